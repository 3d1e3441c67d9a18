"""The dense layer: every output sees every input."""

from __future__ import annotations

import numpy as np

from reference_impl import initializers
from reference_impl._validate import whole
from reference_impl.dense import dense_backward, dense_forward
from reference_impl.layers.arrays import ones, product_into
from reference_impl.layers.layer import Floats, Layer, Shape

__all__ = ["Dense", "dense_backward", "dense_forward"]


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
        whole(units=units)
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
        z: Floats = x.dot(self.W)
        if self.bias:
            z += self.b
        return z

    def backward(self, dy: Floats, need_dx: bool = True) -> Floats:
        product_into(self.dW, self._x.T, dy)
        if self.bias:
            ones(len(dy), dy.dtype).dot(dy, out=self.db)  # Σ over rows
        return dy.dot(self.W.T) if need_dx else dy
