"""Activation functions, their slopes, and what they do to a layer."""

NOTEBOOK = "05_activations"
