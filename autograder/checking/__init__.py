"""The arrow exercise → cases → drive → compare → verdict → message; it knows no notebook."""
