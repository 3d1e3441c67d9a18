"""The student's own network on real data."""

NOTEBOOK = "11_training"
