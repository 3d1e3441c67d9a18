"""The first three functions; the rest of the course uses them."""

NOTEBOOK = "00_start_here"
