"""Convolution: one small set of weights, moved over all positions of an image or a sequence.

As in every framework it is a cross-correlation: the kernel is not flipped.
"""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np
from numpy.lib.stride_tricks import as_strided

from reference_impl import initializers
from reference_impl._validate import Array, dimensions, has_shape, not_negative, positive, whole
from reference_impl.layers.layer import Floats, Layer, Shape

BLOCK = 65_536
"""Elements of C, in `Conv2D`, that are made at a time: they stay in a second-level cache."""


def conv2d(X: Array, W: Array, b: Array, stride: int = 1, pad: int = 0) -> Array:
    """A weighted sum of what lies under the kernel, at each position, for each output channel.

    P = X with `pad` zeros on all four sides
    Y[n, o, y, x] = b[o] + Σ over c, i, j of W[o, c, i, j] P[n, c, stride·y + i, stride·x + j]

    height of Y = ⌊(height + 2 pad - kh) / stride⌋ + 1, and the width likewise: rows and columns
    that are left over at the end are ignored, as in PyTorch.

    Parameters
    ----------
    X : (n, channels_in, height, width)
    W : (channels_out, channels_in, kh, kw) one kernel for each output channel
    b : (channels_out,) biases
    stride : rows and columns from one position of the kernel to the next
    pad : rows and columns of zeros; (k - 1) / 2 keeps the size, for odd k and stride 1

    Returns
    -------
    (n, channels_out, height, width) of Y

    Raises
    ------
    ValueError : shapes that do not fit, a kernel larger than P, stride below 1, pad below 0
    """
    height, width = _fit(X, W, stride, pad)
    has_shape("b", b, W.shape[:1], "one bias per output channel")
    P = _padded(X, pad)
    Y = np.tile(np.asarray(b, dtype=np.float64)[:, None, None], (len(X), 1, height, width))
    for i, j in np.ndindex(W.shape[2:]):
        seen = P[:, :, i : i + stride * height : stride, j : j + stride * width : stride]
        Y += np.einsum("oc,ncyx->noyx", W[:, :, i, j], seen)
    return Y


def conv2d_backward(
    dout: Array, X: Array, W: Array, stride: int = 1, pad: int = 0
) -> tuple[Array, Array, Array]:
    """The gradients of what went into `conv2d`, from the gradient of its result.

    dP[n, c, stride·y + i, stride·x + j] += Σ over o of W[o, c, i, j] dout[n, o, y, x]
    dW[o, c, i, j] = Σ over n, y, x of dout[n, o, y, x] P[n, c, stride·y + i, stride·x + j]
    db[o] = Σ over n, y, x of dout[n, o, y, x],   dX = dP without the padding

    Parameters
    ----------
    dout : gradient of the loss in Y, of the shape of Y
    X, W, stride, pad : as in `conv2d`

    Returns
    -------
    (dX, dW, db), each of the shape of its namesake

    Raises
    ------
    ValueError : as `conv2d`
    """
    height, width = _fit(X, W, stride, pad)
    has_shape("dout", dout, (len(X), len(W), height, width), "as the output of conv2d")
    P = _padded(X, pad)
    dP, dW = np.zeros_like(P), np.empty(W.shape)
    for i, j in np.ndindex(W.shape[2:]):
        seen = np.s_[:, :, i : i + stride * height : stride, j : j + stride * width : stride]
        dP[seen] += np.einsum("oc,noyx->ncyx", W[:, :, i, j], dout)
        dW[:, :, i, j] = np.einsum("noyx,ncyx->oc", dout, P[seen])
    dX = dP[:, :, pad : P.shape[2] - pad, pad : P.shape[3] - pad]
    return dX, dW, dout.sum(axis=(0, 2, 3))


def _padded(X: Array, pad: int) -> Array:
    return np.pad(np.asarray(X, dtype=np.float64), ((0, 0), (0, 0), (pad, pad), (pad, pad)))


def _fit(X: Array, W: Array, stride: int, pad: int) -> tuple[int, int]:
    """Height and width of the output."""
    dimensions("X", X, 4)
    dimensions("W", W, 4)
    positive(stride=stride)
    not_negative(pad=pad)
    if W.shape[1] != X.shape[1]:
        raise ValueError(f"W has shape {W.shape}; it needs {X.shape[1]} input channels, as X")
    height, width = (positions(X.shape[a], W.shape[a], stride, pad) for a in (2, 3))
    return height, width


def positions(length: int, size: int, stride: int, pad: int) -> int:
    """How many positions a kernel has along one axis."""
    if size > length + 2 * pad:
        raise ValueError(f"the kernel spans {size}; with padding there are {length + 2 * pad}")
    return (length + 2 * pad - size) // stride + 1


class Conv2D(Layer):
    """`conv2d` and `conv2d_backward` as products of matrices.

    Column (y, x, n) of a matrix C holds what the kernel sees at position (y, x) of sample n, and
    below it a 1 for the bias:

    Y = [W b] C,   [dW db]ᵀ = C dYᵀ

    dP is found for one row i of the kernel after the other. D is dY with its columns `stride` apart
    and kw - 1 zeros at both ends:

    E[i, c, y, x] = Σ over o, j of W[o, c, i, j] D[o, y, x + kw - 1 - j]
    dP[c, stride·y + i, x] += E[i, c, y, x],   dX = dP without the padding

    All E are one product. A convolution of dY by the kernel turned around gives dX at once, but
    copies kh times as much, and its product has kh times fewer rows, which BLAS likes less.

    In memory the samples are the last axis, (channels, height, width, n): C is then filled by
    runs of n elements or more, whatever the stride. Only the memory is in that order: the arrays
    have the shape (n, channels, height, width), and elementwise layers keep both. C is larger
    than a cache, so a few rows y of it are made at a time, and again on the way back.

    Parameters
    ----------
    channels : of the output
    size : of the kernel, one number or (kh, kw)
    stride, pad : as in `conv2d`
    init : name of the weights' initializer; the biases start at 0
    """

    W: Floats
    b: Floats
    dW: Floats
    db: Floats

    def __init__(
        self,
        channels: int,
        size: int | tuple[int, int],
        stride: int = 1,
        pad: int = 0,
        init: str = "he_normal",
    ) -> None:
        self._kernel = size if isinstance(size, tuple) else (size, size)
        whole(channels=channels, stride=stride)
        if len(self._kernel) != 2:
            raise ValueError(f"size is {size!r}; it must be one whole number or two")
        for length in self._kernel:
            whole(size=length)
        whole(0, pad=pad)
        self.channels = channels
        self.size = size
        self.stride = stride
        self.pad = pad
        self.init = init
        self._pads = (pad, pad)

    def build(self, shape: Shape) -> Shape:
        if len(shape) != 3:
            raise ValueError(
                f"{self} needs samples of shape (channels, height, width), not {shape}"
            )
        self._input = shape
        height, width = (
            positions(length, size, self.stride, pad)
            for length, size, pad in zip(shape[1:], self._kernel, self._pads, strict=True)
        )
        self._output = (self.channels, height, width)
        return self._output

    def parameter_shapes(self) -> dict[str, Shape]:
        return {"W": (self.channels, self._input[0], *self._kernel), "b": (self.channels,)}

    def initialize(self, rng: np.random.Generator) -> None:
        fan_in, fan_out = initializers.fans(self.W.shape)
        self.W[...] = initializers.draw(self.init, self.W.shape, fan_in, fan_out, rng)
        self.b[...] = 0

    def forward(self, x: Floats, training: bool = False) -> Floats:
        channels, height, width = self._input
        ph, pw = self._pads
        P = np.zeros((channels, height + 2 * ph, width + 2 * pw, len(x)), x.dtype)
        P[:, ph : ph + height, pw : pw + width] = x.transpose(1, 2, 3, 0)
        seen = _seen(P, self._kernel, self._output[1:], self.stride)
        if training:
            self._seen = seen
        return _convolve(seen, self.W.reshape(self.channels, -1), self.b)

    def backward(self, dy: Floats, need_dx: bool = True) -> Floats:
        dY = np.ascontiguousarray(dy.transpose(1, 2, 3, 0))
        rows_dY = dY.reshape(self.channels, -1)
        dW_db = sum(C @ rows_dY[:, columns].T for columns, C in _columns(self._seen))
        self.dW[...] = dW_db[:-1].T.reshape(self.dW.shape)
        self.db[...] = dW_db[-1]
        return self._dx(dY) if need_dx else dy

    def _dx(self, dY: Floats) -> Floats:
        channels, height, width = self._input
        (kh, kw), (ph, pw), s = self._kernel, self._pads, self.stride
        out, rows, columns, n = dY.shape
        D = np.zeros((out, rows, width + 2 * pw + kw - 1, n), dY.dtype)
        D[:, :, kw - 1 : kw - 1 + s * columns : s] = dY
        # From where the input begins, behind its padding.
        seen = _seen(D[:, :, pw:], (1, kw), (rows, width), 1)
        turned = self.W.reshape(out, channels, kh, kw)[..., ::-1].transpose(2, 1, 0, 3)
        turned = turned.reshape(kh * channels, out * kw)
        dP = np.zeros((channels, height + 2 * ph, width, n), dY.dtype)
        top = 0
        for _, C in _columns(seen):
            E = np.matmul(turned, C[:-1]).reshape(kh, channels, -1, width, n)
            end = top + s * E.shape[2]
            for i in range(kh):
                dP[:, top + i : end + i : s] += E[i]
            top = end
        return dP[:, ph : ph + height].transpose(3, 0, 1, 2)


def _seen(P: Floats, kernel: Shape, places: Shape, stride: int) -> Floats:
    """P as a kernel sees it from these places, (channels, kh, kw, y, x, n), without a copy."""
    channel, row, column, sample = P.strides
    return as_strided(
        P,
        (len(P), *kernel, *places, P.shape[3]),
        (channel, row, column, stride * row, stride * column, sample),
        writeable=False,
    )


def _columns(seen: Floats) -> Iterator[tuple[slice, Floats]]:
    """C, a few rows y at a time: the position of its columns, and the columns themselves."""
    *kernel, height, width, n = seen.shape
    K = math.prod(kernel)
    step = min(height, max(1, BLOCK // max(1, K * width * n)))
    C = np.empty((K + 1, step * width * n), seen.dtype)
    C[-1] = 1
    for top in range(0, height, step):
        rows = seen[:, :, :, top : top + step]
        size = rows.shape[3] * width * n
        C[:-1, :size].reshape(rows.shape)[...] = rows
        start = top * width * n
        yield slice(start, start + size), C[:, :size]


def _convolve(seen: Floats, W: Floats, b: Floats) -> Floats:
    """[W b] C, in the shape (n, channels, y, x)."""
    *_, height, width, n = seen.shape
    W_b = np.concatenate((W, b[:, None]), axis=1)
    Y = np.empty((len(W), height * width * n), seen.dtype)
    for columns, C in _columns(seen):
        np.matmul(W_b, C, out=Y[:, columns])
    return Y.reshape(len(W), height, width, n).transpose(3, 0, 1, 2)


class Conv1D(Conv2D):
    """`Conv2D` along one axis, on samples (channels, length): an image of height 1.

    Y[n, o, x] = b[o] + Σ over c, j of W[o, c, j] P[n, c, stride·x + j]

    Parameters
    ----------
    size : of the kernel, one number
    others : as Conv2D
    """

    size: int

    def __init__(
        self, channels: int, size: int, stride: int = 1, pad: int = 0, init: str = "he_normal"
    ) -> None:
        whole(size=size)
        super().__init__(channels, size, stride, pad, init)
        self._kernel = (1, size)
        self._pads = (0, pad)

    def build(self, shape: Shape) -> Shape:
        if len(shape) != 2:
            raise ValueError(f"{self} needs samples of shape (channels, length), not {shape}")
        channels, _, length = super().build((shape[0], 1, shape[1]))
        return channels, length

    def parameter_shapes(self) -> dict[str, Shape]:
        return {"W": (self.channels, self._input[0], self.size), "b": (self.channels,)}

    def forward(self, x: Floats, training: bool = False) -> Floats:
        return super().forward(x[:, :, None], training)[:, :, 0]

    def backward(self, dy: Floats, need_dx: bool = True) -> Floats:
        return super().backward(dy[:, :, None], need_dx)[:, :, 0]
