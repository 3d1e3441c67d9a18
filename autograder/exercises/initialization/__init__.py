"""How weights begin."""

NOTEBOOK = "08_initialization"
