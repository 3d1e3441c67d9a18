"""Momentum in two forms, and looking ahead."""

NOTEBOOK = "03_momentum"
