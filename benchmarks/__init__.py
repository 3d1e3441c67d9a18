"""The reference timed against the libraries that a student would pick instead: `make bench`."""
