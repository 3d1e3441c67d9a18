"""A training script, line by line, and the tape that runs it."""

NOTEBOOK = "14_reading_a_training_script"
