"""Convolution, pooling, LSTM and GRU."""

NOTEBOOK = "12_beyond_dense"
