"""Dropout in both forms, and as a measure of doubt."""

NOTEBOOK = "10_dropout"
