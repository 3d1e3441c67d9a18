"""Penalties, early stopping, decoupled weight decay."""

NOTEBOOK = "10_regularization"
