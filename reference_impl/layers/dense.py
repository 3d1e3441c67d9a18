"""The dense layer: every output sees every input."""

from __future__ import annotations

import numpy as np

from reference_impl import initializers
from reference_impl._validate import Array, dimensions, positive
from reference_impl.layers.arrays import ones
from reference_impl.layers.layer import Floats, Layer, Shape


def dense_forward(X: Array, W: Array, b: Array) -> Array:
    """A weighted sum of the inputs, and a bias, for each unit.

    Z = X W + b

    Parameters
    ----------
    X : (n, fan_in) one row per sample
    W : (fan_in, fan_out) weights
    b : (fan_out,) biases

    Returns
    -------
    (n, fan_out)

    Raises
    ------
    ValueError : shapes that do not fit
    """
    _fit(X, W)
    if np.shape(b) != W.shape[1:]:
        raise ValueError(f"b has shape {np.shape(b)}; it needs {W.shape[1:]}, as the columns of W")
    return X @ W + b


def dense_backward(dZ: Array, X: Array, W: Array) -> tuple[Array, Array, Array]:
    """The gradients of what went into Z = X W + b, from the gradient of Z.

    dX = dZ Wᵀ,   dW = Xᵀ dZ,   db = Σ over rows of dZ

    Parameters
    ----------
    dZ : (n, fan_out) gradient of the loss in Z
    X, W : as in `dense_forward`

    Returns
    -------
    (dX (n, fan_in), dW (fan_in, fan_out), db (fan_out,))

    Raises
    ------
    ValueError : shapes that do not fit
    """
    _fit(X, W)
    if np.shape(dZ) != (len(X), W.shape[1]):
        raise ValueError(f"dZ has shape {np.shape(dZ)}; it needs {(len(X), W.shape[1])}")
    return dZ @ W.T, X.T @ dZ, dZ.sum(axis=0)


def _fit(X: Array, W: Array) -> None:
    dimensions("X", X, 2)
    dimensions("W", W, 2)
    if X.shape[1] != W.shape[0]:
        raise ValueError(f"W has shape {W.shape}; it needs {X.shape[1]} rows, one per column of X")


class Dense(Layer):
    """`dense_forward` and `dense_backward` on the network's vectors.

    Parameters
    ----------
    units : number of outputs
    init : name of the weights' initializer; the biases start at 0
    bias : False for Z = X W, as before a batch normalization that has a shift of its own
    """

    W: Floats
    b: Floats
    dW: Floats
    db: Floats

    def __init__(self, units: int, init: str = "he_normal", bias: bool = True) -> None:
        positive(units=units)
        self.units = units
        self.init = init
        self.bias = bias

    def build(self, shape: Shape) -> Shape:
        if len(shape) != 1:
            raise ValueError(
                f"Dense needs samples of shape (features,), not {shape}: Flatten first"
            )
        (self.fan_in,) = shape
        return (self.units,)

    def parameter_shapes(self) -> dict[str, Shape]:
        shapes: dict[str, Shape] = {"W": (self.fan_in, self.units)}
        if self.bias:
            shapes["b"] = (self.units,)
        return shapes

    def initialize(self, rng: np.random.Generator) -> None:
        shape = self.W.shape
        self.W[...] = initializers.draw(
            self.init, shape, fan_in=shape[0], fan_out=shape[1], rng=rng
        )
        if self.bias:
            self.b[...] = 0

    def forward(self, x: Floats, training: bool = False) -> Floats:
        if training:
            self._x = x
        z: Floats = x @ self.W
        if self.bias:
            z += self.b
        return z

    def backward(self, dy: Floats, need_dx: bool = True) -> Floats:
        if len(dy) == 1:
            # With a second row, of zeros, the product takes a third of the time of that of one.
            x2, dy2 = (np.concatenate((row, np.zeros_like(row))) for row in (self._x, dy))
            np.matmul(x2.T, dy2, out=self.dW)
        else:
            np.matmul(self._x.T, dy, out=self.dW)
        if self.bias:
            np.dot(ones(len(dy), dy.dtype), dy, out=self.db)  # Σ over rows
        return dy @ self.W.T if need_dx else dy
