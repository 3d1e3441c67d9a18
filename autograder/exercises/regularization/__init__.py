"""Penalties, early stopping, decoupled weight decay."""

NOTEBOOK = "11_regularization"
