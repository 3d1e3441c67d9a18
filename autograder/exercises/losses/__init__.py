"""Losses with their gradients, and softmax, which makes scores probabilities."""

NOTEBOOK = "06_losses"
