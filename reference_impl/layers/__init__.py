"""Layers, each with its forward and its backward side by side, and in textbook form beside them.

    from reference_impl.layers import BatchNorm, Dense, ReLU

The package itself is empty: a layer's module is imported when the layer is first asked for. Some
of these modules hold answers of the course, and where marks are made their files are not there.
Which files some code needs there is read from its import lines. So the modules of `reference_impl`,
and cells that a mark depends on, name the module: `from reference_impl.layers.dense import Dense`.
`__init__.pyi` lists the same names for type checkers and editors.
"""

from importlib import import_module
from typing import Any

_MODULE_OF = {
    name: module
    for module, names in {
        "activation": "BinaryStep ELU LeakyReLU Maxout PReLU ReLU SELU Sigmoid Softmax Swish Tanh",
        "batchnorm": "BatchNorm",
        "convolution": "Conv1D Conv2D",
        "dense": "Dense",
        "dropout": "Dropout",
        "elementwise": "Elementwise",
        "flatten": "Flatten",
        "gru": "GRU",
        "layer": "Layer",
        "lstm": "LSTM",
        "output": "LinearOutput Output SigmoidOutput SoftmaxOutput",
        "pooling": "AvgPool1D AvgPool2D GlobalAvgPool MaxPool1D MaxPool2D",
        "recurrent": "Bidirectional SimpleRNN",
    }.items()
    for name in names.split()
}

__all__ = sorted(_MODULE_OF)


def __getattr__(name: str) -> Any:
    if name not in _MODULE_OF:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_MODULE_OF[name]}"), name)


def __dir__() -> list[str]:
    return [*globals(), *__all__]
