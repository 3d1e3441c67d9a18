"""Pooling: a neighbourhood becomes one number."""

from __future__ import annotations

import functools
import itertools
import math

import numpy as np

from reference_impl._validate import Array, dimensions, has_shape, positive, whole
from reference_impl.layers.layer import Floats, Layer, Shape


def max_pool2d(X: Array, size: int) -> Array:
    """The largest of each size × size square; the squares lie side by side.

    Y[n, c, y, x] = max over i, j < size of X[n, c, size·y + i, size·x + j]

    height of Y = ⌊height / size⌋, and the width likewise: rows and columns that are left over are
    ignored, as in PyTorch.

    Parameters
    ----------
    X : (n, channels, height, width)
    size : side of a square, and the stride

    Returns
    -------
    (n, channels, height, width) of Y

    Raises
    ------
    ValueError : X not of four dimensions, or smaller than a square; size below 1
    """
    Y: Array = _squares(X, size).max(axis=-1)
    return Y


def max_pool2d_backward(dout: Array, X: Array, size: int) -> Array:
    """The gradient goes to the largest of each square; the first of equal ones, as in PyTorch.

    dX[n, c, size·y + i*, size·x + j*] = dout[n, c, y, x] at the first largest (i*, j*) in the
    order of reading, rows first; 0 elsewhere

    Parameters
    ----------
    dout : gradient of the loss in Y, of the shape of Y
    X, size : as in `max_pool2d`

    Returns
    -------
    dX, of the shape of X

    Raises
    ------
    ValueError : as `max_pool2d`, or dout of another shape than Y
    """
    squares = _squares(X, size)
    has_shape("dout", dout, squares.shape[:-1], "as the output of the pooling")
    first = squares.argmax(axis=-1)
    return _unsquare(np.eye(size * size)[first] * dout[..., None], X, size)


def avg_pool2d(X: Array, size: int) -> Array:
    """The mean of each size × size square; the squares lie side by side.

    Y[n, c, y, x] = (1 / size²) Σ over i, j < size of X[n, c, size·y + i, size·x + j]

    Rows and columns that are left over are ignored, as in `max_pool2d`.

    Parameters
    ----------
    X : (n, channels, height, width)
    size : side of a square, and the stride

    Returns
    -------
    (n, channels, height, width) of Y

    Raises
    ------
    ValueError : X not of four dimensions, or smaller than a square; size below 1
    """
    Y: Array = _squares(X, size).mean(axis=-1)
    return Y


def avg_pool2d_backward(dout: Array, X: Array, size: int) -> Array:
    """All elements of a square share the gradient equally.

    dX[n, c, size·y + i, size·x + j] = dout[n, c, y, x] / size²;   0 where no square lies

    Parameters
    ----------
    dout : gradient of the loss in Y, of the shape of Y
    X, size : as in `avg_pool2d`

    Returns
    -------
    dX, of the shape of X

    Raises
    ------
    ValueError : as `avg_pool2d`, or dout of another shape than Y
    """
    squares = _squares(X, size)
    has_shape("dout", dout, squares.shape[:-1], "as the output of the pooling")
    return _unsquare(np.broadcast_to(dout[..., None] / size**2, squares.shape), X, size)


def global_avg_pool(X: Array) -> Array:
    """The mean of each channel: an image of any size becomes a vector.

    Y[n, c] = (1 / (height · width)) Σ over y, x of X[n, c, y, x]

    Parameters
    ----------
    X : (n, channels, height, width)

    Returns
    -------
    (n, channels)

    Raises
    ------
    ValueError : X not of four dimensions

    Source: Lin, Chen and Yan, "Network In Network", 2014, section 3.2.
    """
    dimensions("X", X, 4)
    Y: Array = np.asarray(X, dtype=np.float64).mean(axis=(2, 3))
    return Y


def global_avg_pool_backward(dout: Array, X: Array) -> Array:
    """All elements of a channel share the gradient equally.

    dX[n, c, y, x] = dout[n, c] / (height · width)

    Parameters
    ----------
    dout : (n, channels) gradient of the loss in Y
    X : as in `global_avg_pool`

    Returns
    -------
    dX, of the shape of X

    Raises
    ------
    ValueError : X not of four dimensions, or dout of another shape than Y
    """
    dimensions("X", X, 4)
    has_shape("dout", dout, X.shape[:2], "as the output of the pooling")
    return np.tile(dout[:, :, None, None] / (X.shape[2] * X.shape[3]), X.shape[2:])


def _squares(X: Array, size: int) -> Array:
    """(n, channels, y, x, size²): each square as a row, in the order of reading."""
    dimensions("X", X, 4)
    height, width = counts(X.shape[2:], size)
    X = np.asarray(X, dtype=np.float64)[:, :, : height * size, : width * size]
    X = X.reshape(*X.shape[:2], height, size, width, size)
    return X.swapaxes(3, 4).reshape(*X.shape[:3], width, size * size)


def _unsquare(squares: Array, X: Array, size: int) -> Array:
    """The inverse of `_squares`, with 0 where X was left over."""
    n, channels, height, width, _ = squares.shape
    dX = np.zeros(X.shape)
    dX[:, :, : height * size, : width * size] = (
        squares.reshape(n, channels, height, width, size, size)
        .swapaxes(3, 4)
        .reshape(n, channels, height * size, width * size)
    )
    return dX


def counts(shape: Shape, size: int) -> Shape:
    """How many pieces of `size` fit along each axis."""
    positive(size=size)
    if min(shape) < size:
        raise ValueError(f"size is {size}; there are only {min(shape)} to pool")
    return tuple(length // size for length in shape)


class _Pool(Layer):
    """Neighbourhoods side by side along the last axes of samples (channels, …)."""

    axes: tuple[str, ...]
    """What is pooled, in the order of the shape."""

    def __init__(self, size: int) -> None:
        whole(size=size)
        self.size = size

    def build(self, shape: Shape) -> Shape:
        if len(shape) != 1 + len(self.axes):
            raise ValueError(
                f"{self} needs samples of shape (channels, {', '.join(self.axes)}), not {shape}"
            )
        self._exact = all(length % self.size == 0 for length in shape[1:])
        return shape[:1] + counts(shape[1:], self.size)

    def _places(self, x: Floats) -> list[Floats]:
        """The first of all neighbourhoods, all the second, …, in the order of reading: views."""
        axes = x.shape[2:]
        starts = itertools.product(range(self.size), repeat=len(axes))
        return [
            x[
                :,
                :,
                *(
                    slice(start, length // self.size * self.size, self.size)
                    for start, length in zip(place, axes, strict=True)
                ),
            ]
            for place in starts
        ]

    def _room(self, x: Floats) -> Floats:
        """For the gradient of x, in x's order in memory: 0 where nothing was pooled."""
        return np.empty_like(x) if self._exact else np.zeros_like(x)


class MaxPool2D(_Pool):
    """`max_pool2d` and `max_pool2d_backward`, on samples (channels, height, width).

    Parameters
    ----------
    size : side of a square, and the stride
    """

    axes: tuple[str, ...] = ("height", "width")
    takes_largest = True

    def forward(self, x: Floats, training: bool = False) -> Floats:
        first, *others = self._places(x)
        y = first.copy(order="K")
        larger = []
        for place in others:
            if training:
                larger.append(place > y)
            np.maximum(y, place, out=y)
        if training:
            self._x, self._larger = x, larger
        return y

    def backward(self, dy: Floats, need_dx: bool = True) -> Floats:
        dx = self._room(self._x)
        first, *others = self._places(dx)
        # From the end: the last that was larger than all before it is the first of the largest.
        left = np.ones_like(dy, dtype=bool)
        for place, larger in zip(reversed(others), reversed(self._larger), strict=True):
            np.multiply(dy, larger & left, out=place)
            left &= ~larger
        np.multiply(dy, left, out=first)
        return dx


class MaxPool1D(MaxPool2D):
    """The largest of `size` neighbours, on samples (channels, length).

    Parameters
    ----------
    size : how many neighbours, and the stride
    """

    axes: tuple[str, ...] = ("length",)


class AvgPool2D(_Pool):
    """`avg_pool2d` and `avg_pool2d_backward`, on samples (channels, height, width).

    Parameters
    ----------
    size : side of a square, and the stride
    """

    axes: tuple[str, ...] = ("height", "width")

    def forward(self, x: Floats, training: bool = False) -> Floats:
        if training:
            self._x = x
        y: Floats = functools.reduce(np.add, self._places(x)) / self.size ** len(self.axes)
        return y

    def backward(self, dy: Floats, need_dx: bool = True) -> Floats:
        dx = self._room(self._x)
        dy /= self.size ** len(self.axes)
        for place in self._places(dx):
            place[...] = dy
        return dx


class AvgPool1D(AvgPool2D):
    """The mean of `size` neighbours, on samples (channels, length).

    Parameters
    ----------
    size : how many neighbours, and the stride
    """

    axes: tuple[str, ...] = ("length",)


class GlobalAvgPool(Layer):
    """`global_avg_pool` on samples (channels, …), images or signals: (channels,).

    A signal is (channels, length). What a recurrent layer returns, (time, units), does not fit: the
    mean would go over the units.
    """

    def build(self, shape: Shape) -> Shape:
        if len(shape) < 2:
            raise ValueError(f"{self} needs samples of shape (channels, …), not {shape}")
        return shape[:1]

    def forward(self, x: Floats, training: bool = False) -> Floats:
        if training:
            self._x = x
        y: Floats = x.mean(axis=tuple(range(2, x.ndim)))
        return y

    def backward(self, dy: Floats, need_dx: bool = True) -> Floats:
        dx = np.empty_like(self._x)
        dy /= math.prod(dx.shape[2:])
        dx.T[...] = dy.T
        return dx
