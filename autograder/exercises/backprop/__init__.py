"""A dense layer both ways, and backpropagation through a whole network."""

NOTEBOOK = "07_backprop"
