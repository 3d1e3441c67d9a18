"""Notebook 12: a kernel that moves over an image, and a prediction about what that is good for."""

from __future__ import annotations

from typing import Any

import numpy as np

from autograder.exercise import Case, Exercise, quiz
from autograder.exercises._cases import Rng, call
from reference_impl.layers import convolution as reference

NOTEBOOK = "12_beyond_dense"

conv2d = Exercise(
    "conv2d",
    reference=reference.conv2d,
    minutes=15,
    difficulty=4,
    hint="Pad the two last axes; then at each place (y, x) of the result take the kh × kw window "
    "of the padded X that begins at row stride·y and column stride·x, multiply it by W[o], sum "
    "over channels, rows and columns, and add b[o].",
)


def _image(rng: Rng, label: str, *shape: int, kernel: tuple[int, int, int], **how: Any) -> Case:
    """`shape` is that of X, `kernel` is (channels_out, kh, kw)."""
    out, *size = kernel
    X, W, b = rng.normal(size=shape), rng.normal(size=(out, shape[1], *size)), rng.normal(size=out)
    return call(label, X, W, b, **how)


@conv2d.cases("one image, one channel, one kernel", points=1)
def _(rng: Rng) -> list[Case]:
    return [
        call(
            "3 × 3 numbers under a 2 × 2 kernel",
            np.arange(1.0, 10.0).reshape(1, 1, 3, 3),
            np.array([[[[1.0, 2.0], [0.0, 1.0]]]]),
            np.array([0.5]),
        ),
        _image(rng, "5 × 6 numbers under a 3 × 2 kernel", 1, 1, 5, 6, kernel=(1, 3, 2)),
        _image(rng, "a kernel as large as the image", 1, 1, 3, 4, kernel=(1, 3, 4)),
    ]


@conv2d.cases("samples and channels", points=1)
def _(rng: Rng) -> list[Case]:
    return [
        _image(rng, "2 samples, 3 channels, 4 kernels", 2, 3, 5, 4, kernel=(4, 2, 3)),
        _image(rng, "2 samples, 2 channels, 2 kernels of 1 × 1", 2, 2, 2, 3, kernel=(2, 1, 1)),
    ]


@conv2d.cases("stride and padding", points=2)
def _(rng: Rng) -> list[Case]:
    return [
        _image(rng, "stride 2, a row left over", 2, 2, 6, 7, kernel=(3, 3, 2), stride=2),
        _image(rng, "padding 1", 2, 2, 4, 5, kernel=(2, 3, 3), pad=1),
        _image(rng, "stride 2, padding 1", 2, 1, 5, 6, kernel=(2, 3, 3), stride=2, pad=1),
        _image(rng, "stride 3, padding 2", 1, 2, 5, 7, kernel=(2, 2, 3), stride=3, pad=2),
    ]


@conv2d.misconception(
    "kernel flipped",
    "Your kernel is turned by 180°. That is what mathematics calls a convolution; every framework, "
    "and this course, lays the kernel down as it is: W[…, i, j] meets the pixel in row i and "
    "column j of the window.",
)
def _(X, W, b, stride=1, pad=0):
    P = np.pad(X, ((0, 0), (0, 0), (pad, pad), (pad, pad)))
    F = W[:, :, ::-1, ::-1]
    kh, kw = F.shape[2:]
    height, width = (P.shape[2] - kh) // stride + 1, (P.shape[3] - kw) // stride + 1
    Y = np.zeros((len(X), len(F), height, width))
    for y in range(height):
        for x in range(width):
            seen = P[:, :, y * stride : y * stride + kh, x * stride : x * stride + kw]
            Y[:, :, y, x] = np.einsum("ncij,ocij->no", seen, F) + b
    return Y


@conv2d.misconception(
    "no bias", "The bias is missing: each output channel o adds its b[o] everywhere."
)
def _(X, W, b, stride=1, pad=0):
    P = np.pad(X, ((0, 0), (0, 0), (pad, pad), (pad, pad)))
    kh, kw = W.shape[2:]
    height, width = (P.shape[2] - kh) // stride + 1, (P.shape[3] - kw) // stride + 1
    Y = np.zeros((len(X), len(W), height, width))
    for y in range(height):
        for x in range(width):
            seen = P[:, :, y * stride : y * stride + kh, x * stride : x * stride + kw]
            Y[:, :, y, x] = np.einsum("ncij,ocij->no", seen, W)
    return Y


@conv2d.misconception(
    "bias for every weight",
    "The bias is added once for each weight of the kernel: it stands outside the sum, and is added "
    "once.",
)
def _(X, W, b, stride=1, pad=0):
    P = np.pad(X, ((0, 0), (0, 0), (pad, pad), (pad, pad)))
    kh, kw = W.shape[2:]
    height, width = (P.shape[2] - kh) // stride + 1, (P.shape[3] - kw) // stride + 1
    Y = np.zeros((len(X), len(W), height, width))
    for i in range(kh):
        for j in range(kw):
            seen = P[:, :, i : i + stride * height : stride, j : j + stride * width : stride]
            Y += np.einsum("oc,ncyx->noyx", W[:, :, i, j], seen) + b[:, None, None]
    return Y


@conv2d.misconception(
    "only the last channel",
    "Only the last input channel counts. Each kernel has a layer of weights for every channel, and "
    "the products of all channels are added (+=, or a sum over that axis too).",
)
def _(X, W, b, stride=1, pad=0):
    P = np.pad(X, ((0, 0), (0, 0), (pad, pad), (pad, pad)))
    kh, kw = W.shape[2:]
    height, width = (P.shape[2] - kh) // stride + 1, (P.shape[3] - kw) // stride + 1
    Y = np.zeros((len(X), len(W), height, width))
    for y in range(height):
        for x in range(width):
            seen = P[:, -1, y * stride : y * stride + kh, x * stride : x * stride + kw]
            Y[:, :, y, x] = np.einsum("nij,oij->no", seen, W[:, -1]) + b
    return Y


@conv2d.misconception(
    "stride ignored",
    "The stride does nothing: the kernel must move by `stride` rows and columns, so the result has "
    "fewer places.",
)
def _(X, W, b, stride=1, pad=0):
    P = np.pad(X, ((0, 0), (0, 0), (pad, pad), (pad, pad)))
    kh, kw = W.shape[2:]
    height, width = P.shape[2] - kh + 1, P.shape[3] - kw + 1
    Y = np.zeros((len(X), len(W), height, width))
    for y in range(height):
        for x in range(width):
            seen = P[:, :, y : y + kh, x : x + kw]
            Y[:, :, y, x] = np.einsum("ncij,ocij->no", seen, W) + b
    return Y


@conv2d.misconception(
    "stride in the size only",
    "The size of the result is right, but your windows still move by 1: the window of place (y, x) "
    "begins at row stride·y and column stride·x.",
)
def _(X, W, b, stride=1, pad=0):
    P = np.pad(X, ((0, 0), (0, 0), (pad, pad), (pad, pad)))
    kh, kw = W.shape[2:]
    height, width = (P.shape[2] - kh) // stride + 1, (P.shape[3] - kw) // stride + 1
    Y = np.zeros((len(X), len(W), height, width))
    for y in range(height):
        for x in range(width):
            seen = P[:, :, y : y + kh, x : x + kw]
            Y[:, :, y, x] = np.einsum("ncij,ocij->no", seen, W) + b
    return Y


@conv2d.misconception(
    "padding ignored", "`pad` does nothing: put that many rows and columns of zeros on each side."
)
def _(X, W, b, stride=1, pad=0):
    kh, kw = W.shape[2:]
    height, width = (X.shape[2] - kh) // stride + 1, (X.shape[3] - kw) // stride + 1
    Y = np.zeros((len(X), len(W), height, width))
    for y in range(height):
        for x in range(width):
            seen = X[:, :, y * stride : y * stride + kh, x * stride : x * stride + kw]
            Y[:, :, y, x] = np.einsum("ncij,ocij->no", seen, W) + b
    return Y


@conv2d.misconception(
    "every axis padded",
    "np.pad(X, pad) pads all four axes, so there are new samples and new channels, too. Give it a "
    "pair for each axis, with (0, 0) for the first two.",
)
def _(X, W, b, stride=1, pad=0):
    P = np.pad(X, pad)
    kh, kw = W.shape[2:]
    height, width = (P.shape[2] - kh) // stride + 1, (P.shape[3] - kw) // stride + 1
    Y = np.zeros((len(X), len(W), height, width))
    for y in range(height):
        for x in range(width):
            seen = P[:, :, y * stride : y * stride + kh, x * stride : x * stride + kw]
            Y[:, :, y, x] = np.einsum("ncij,ocij->no", seen, W) + b
    return Y


@conv2d.misconception(
    "padding at one end only",
    "You put the zeros below and on the right only: they belong on all four sides, `pad` of them "
    "on each.",
)
def _(X, W, b, stride=1, pad=0):
    P = np.pad(X, ((0, 0), (0, 0), (0, 2 * pad), (0, 2 * pad)))
    kh, kw = W.shape[2:]
    height, width = (P.shape[2] - kh) // stride + 1, (P.shape[3] - kw) // stride + 1
    Y = np.zeros((len(X), len(W), height, width))
    for y in range(height):
        for x in range(width):
            seen = P[:, :, y * stride : y * stride + kh, x * stride : x * stride + kw]
            Y[:, :, y, x] = np.einsum("ncij,ocij->no", seen, W) + b
    return Y


@conv2d.misconception(
    "one place too few",
    "The last place in each direction is missing: a kernel of size k has (length - k) // stride + "
    "1 places.",
)
def _(X, W, b, stride=1, pad=0):
    P = np.pad(X, ((0, 0), (0, 0), (pad, pad), (pad, pad)))
    kh, kw = W.shape[2:]
    height, width = (P.shape[2] - kh) // stride, (P.shape[3] - kw) // stride
    Y = np.zeros((len(X), len(W), height, width))
    for y in range(height):
        for x in range(width):
            seen = P[:, :, y * stride : y * stride + kh, x * stride : x * stride + kw]
            Y[:, :, y, x] = np.einsum("ncij,ocij->no", seen, W) + b
    return Y


@conv2d.equivalent("number by number")
def _(X, W, b, stride=1, pad=0):
    n, channels, h, w = X.shape
    P = np.zeros((n, channels, h + 2 * pad, w + 2 * pad))
    P[:, :, pad : pad + h, pad : pad + w] = X
    out, _, kh, kw = W.shape
    height, width = (h + 2 * pad - kh) // stride + 1, (w + 2 * pad - kw) // stride + 1
    Y = np.empty((n, out, height, width))
    for s in range(n):
        for o in range(out):
            for y in range(height):
                for x in range(width):
                    r, q = y * stride, x * stride
                    Y[s, o, y, x] = np.sum(P[s, :, r : r + kh, q : q + kw] * W[o]) + b[o]
    return Y


@conv2d.equivalent("as a product of matrices")
def _(X, W, b, stride=1, pad=0):
    P = np.pad(X, [(0, 0), (0, 0), (pad, pad), (pad, pad)])
    seen = np.lib.stride_tricks.sliding_window_view(P, W.shape[2:], axis=(2, 3))
    seen = seen[:, :, ::stride, ::stride]
    n, _, height, width = seen.shape[:4]
    rows = seen.transpose(0, 2, 3, 1, 4, 5).reshape(n * height * width, -1)
    Y = rows @ W.reshape(len(W), -1).T + b
    return Y.reshape(n, height, width, len(W)).transpose(0, 3, 1, 2)


@conv2d.equivalent("weight by weight")
def _(X, W, b, stride=1, pad=0):
    P = np.pad(X, ((0, 0), (0, 0), (pad, pad), (pad, pad)))
    kh, kw = W.shape[2:]
    height, width = P.shape[2] - kh + 1, P.shape[3] - kw + 1
    Y = np.zeros((len(X), len(W), height, width)) + b[None, :, None, None]
    for i in range(kh):
        for j in range(kw):
            seen = P[:, :, i : i + height, j : j + width]
            Y += np.tensordot(seen, W[:, :, i, j], axes=(1, 1)).transpose(0, 3, 1, 2)
    return Y[:, :, ::stride, ::stride].tolist()


# ------------------------------------------------------------------------------- a prediction
prediction_beyond_dense = quiz(
    "prediction_beyond_dense",
    answer="c",
    a="A convolution has its weights for neighbours. In the new order, neighbours are values that "
    "have nothing to do with each other.",
    b="The dense network takes no notice at all: its first layer has a weight for each place, and "
    "learns the same weights in another order.",
    d="The order is the same for all signals, so nothing is lost: whoever reads each place by a "
    "weight of its own sees just what was there before.",
)
