"""The assistant's desk: everything around the marks of a class."""
