"""From images to vectors."""

from __future__ import annotations

import math

import numpy as np

from reference_impl.layers.layer import Floats, Layer, Shape


class Flatten(Layer):
    """Samples of any shape as rows, the last axis running fastest: (channels, h, w) → (c·h·w,)."""

    def build(self, shape: Shape) -> Shape:
        self._shape = shape
        return (math.prod(shape),)

    def forward(self, x: Floats, training: bool = False) -> Floats:
        if training:
            self._x = x
        return x.reshape(len(x), math.prod(self._shape))

    def backward(self, dy: Floats, need_dx: bool = True) -> Floats:
        # In the order in memory of x, whose samples may be its last axis: see Conv2D.
        dx = np.empty_like(self._x)
        dx[...] = dy.reshape(dx.shape)
        return dx
