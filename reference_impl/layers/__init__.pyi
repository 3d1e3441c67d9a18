"""The names of `__init__.py`, as type checkers and editors read them."""

from reference_impl.layers.activation import (
    ELU,
    SELU,
    BinaryStep,
    LeakyReLU,
    Maxout,
    PReLU,
    ReLU,
    Sigmoid,
    Softmax,
    Swish,
    Tanh,
)
from reference_impl.layers.batchnorm import BatchNorm
from reference_impl.layers.convolution import Conv1D, Conv2D
from reference_impl.layers.dense import Dense
from reference_impl.layers.dropout import Dropout
from reference_impl.layers.elementwise import Elementwise
from reference_impl.layers.flatten import Flatten
from reference_impl.layers.gru import GRU
from reference_impl.layers.layer import Layer
from reference_impl.layers.lstm import LSTM
from reference_impl.layers.output import LinearOutput, Output, SigmoidOutput, SoftmaxOutput
from reference_impl.layers.pooling import AvgPool1D, AvgPool2D, GlobalAvgPool, MaxPool1D, MaxPool2D
from reference_impl.layers.recurrent import Bidirectional, SimpleRNN

__all__ = [
    "ELU",
    "GRU",
    "LSTM",
    "SELU",
    "AvgPool1D",
    "AvgPool2D",
    "BatchNorm",
    "Bidirectional",
    "BinaryStep",
    "Conv1D",
    "Conv2D",
    "Dense",
    "Dropout",
    "Elementwise",
    "Flatten",
    "GlobalAvgPool",
    "Layer",
    "LeakyReLU",
    "LinearOutput",
    "MaxPool1D",
    "MaxPool2D",
    "Maxout",
    "Output",
    "PReLU",
    "ReLU",
    "Sigmoid",
    "SigmoidOutput",
    "SimpleRNN",
    "Softmax",
    "SoftmaxOutput",
    "Swish",
    "Tanh",
]
