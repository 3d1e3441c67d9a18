"""Activations as layers: the functions of `activations`, with what backward needs kept."""

from __future__ import annotations

import numpy as np

from reference_impl.layers.layer import Floats, Layer


class ReLU(Layer):
    """y = max(0, x),   dx = dy where y > 0"""

    _zeros: Floats | None = None

    def forward(self, x: Floats, training: bool = False) -> Floats:
        # Against an array NumPy takes its fast loop; the scalar 0 or a row of zeros costs twice
        # as much.
        if self._zeros is None or self._zeros.shape != x.shape or self._zeros.dtype != x.dtype:
            self._zeros = np.zeros_like(x)
        y = np.maximum(x, self._zeros)
        if training:
            self._y = y
        return y

    def backward(self, dy: Floats, need_dx: bool = True) -> Floats:
        dy *= self._y > 0
        return dy
