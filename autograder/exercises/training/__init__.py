"""The student's own network on real data."""

NOTEBOOK = "12_training"
