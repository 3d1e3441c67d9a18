"""How weights begin."""

NOTEBOOK = "07_initialization"
