"""Batch normalization, both ways and when predicting."""

NOTEBOOK = "08_batchnorm"
