"""Convolution, pooling, LSTM and GRU."""

NOTEBOOK = "13_beyond_dense"
