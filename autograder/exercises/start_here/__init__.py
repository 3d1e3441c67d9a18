"""The first three functions, on which the rest of the course leans."""

NOTEBOOK = "00_start_here"
