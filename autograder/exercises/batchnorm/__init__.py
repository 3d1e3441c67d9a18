"""Batch normalization, both ways and when predicting."""

NOTEBOOK = "09_batchnorm"
