"""Losses, a dense layer both ways, and backpropagation."""

NOTEBOOK = "06_losses_and_backprop"
