"""A kernel that moves over an image, its gradients, and what it is good for."""

from __future__ import annotations

from typing import Any

import numpy as np

from autograder.checking.exercise import Case, Exercise, quiz
from autograder.exercises._cases import Rng, call
from reference_impl.layers import convolution as reference

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
    "and this course, uses the kernel as it is: W[…, i, j] multiplies the pixel in row i and "
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
    "You add the bias once for each weight of the kernel: add it once, outside the sum.",
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
    "Only the last input channel counts. Each kernel has weights for every channel, and the "
    "products of all channels are added (+=, or a sum over that axis too).",
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
    "np.pad(X, pad) pads all four axes, so it also adds new samples and new channels. Give it a "
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
    "You put the zeros below and on the right only. They belong on all four sides, `pad` of them "
    "on each side.",
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


@conv2d.misconception(
    "only the first channel",
    "Only the first input channel counts. Each kernel has weights for every channel, and the "
    "products of all channels are added.",
)
def _(X, W, b, stride=1, pad=0):
    P = np.pad(X, ((0, 0), (0, 0), (pad, pad), (pad, pad)))
    kh, kw = W.shape[2:]
    height, width = (P.shape[2] - kh) // stride + 1, (P.shape[3] - kw) // stride + 1
    Y = np.zeros((len(X), len(W), height, width))
    for y in range(height):
        for x in range(width):
            seen = P[:, 0, y * stride : y * stride + kh, x * stride : x * stride + kw]
            Y[:, :, y, x] = np.einsum("nij,oij->no", seen, W[:, 0]) + b
    return Y


@conv2d.misconception(
    "channels averaged",
    "You take the mean over the input channels: their products are added.",
)
def _(X, W, b, stride=1, pad=0):
    P = np.pad(X, ((0, 0), (0, 0), (pad, pad), (pad, pad)))
    kh, kw = W.shape[2:]
    height, width = (P.shape[2] - kh) // stride + 1, (P.shape[3] - kw) // stride + 1
    Y = np.zeros((len(X), len(W), height, width))
    for y in range(height):
        for x in range(width):
            seen = P[:, :, y * stride : y * stride + kh, x * stride : x * stride + kw]
            Y[:, :, y, x] = np.einsum("ncij,ocij->no", seen, W) / X.shape[1] + b
    return Y


@conv2d.misconception(
    "the mean of the window",
    "You take the mean over the window: the products of pixels and weights are added.",
)
def _(X, W, b, stride=1, pad=0):
    P = np.pad(X, ((0, 0), (0, 0), (pad, pad), (pad, pad)))
    kh, kw = W.shape[2:]
    height, width = (P.shape[2] - kh) // stride + 1, (P.shape[3] - kw) // stride + 1
    Y = np.zeros((len(X), len(W), height, width))
    for y in range(height):
        for x in range(width):
            seen = P[:, :, y * stride : y * stride + kh, x * stride : x * stride + kw]
            Y[:, :, y, x] = np.einsum("ncij,ocij->no", seen, W) / W[0].size + b
    return Y


@conv2d.misconception(
    "kernel taken for a square",
    "You use the kernel's height for its width as well. Kernels need not be square: the two last "
    "sizes of W are height and width.",
)
def _(X, W, b, stride=1, pad=0):
    P = np.pad(X, ((0, 0), (0, 0), (pad, pad), (pad, pad)))
    k = W.shape[2]
    height, width = (P.shape[2] - k) // stride + 1, (P.shape[3] - k) // stride + 1
    Y = np.zeros((len(X), len(W), height, width))
    for y in range(height):
        for x in range(width):
            seen = P[:, :, y * stride : y * stride + k, x * stride : x * stride + k]
            for o in range(len(W)):
                Y[:, o, y, x] = (seen * W[o]).sum(axis=(1, 2, 3)) + b[o]
    return Y


@conv2d.misconception(
    "image taken for a square",
    "You use the image's height for its width as well: the number of columns is that of "
    "X.shape[3].",
)
def _(X, W, b, stride=1, pad=0):
    P = np.pad(X, ((0, 0), (0, 0), (pad, pad), (pad, pad)))
    kh, kw = W.shape[2:]
    height = width = (P.shape[2] - kh) // stride + 1
    Y = np.zeros((len(X), len(W), height, width))
    for y in range(height):
        for x in range(width):
            seen = P[:, :, y * stride : y * stride + kh, x * stride : x * stride + kw]
            Y[:, :, y, x] = (
                np.resize(
                    np.einsum("ncij,ocij->no", seen, W[..., : seen.shape[3]]), (len(X), len(W))
                )
                + b
            )
    return Y


@conv2d.misconception(
    "rows and columns exchanged",
    "Rows and columns are exchanged: your result has as many rows as it should have columns. "
    "The first index of a place is its row, y.",
)
def _(X, W, b, stride=1, pad=0):
    P = np.pad(X, ((0, 0), (0, 0), (pad, pad), (pad, pad)))
    kh, kw = W.shape[2:]
    height, width = (P.shape[2] - kh) // stride + 1, (P.shape[3] - kw) // stride + 1
    Y = np.zeros((len(X), len(W), width, height))
    for y in range(height):
        for x in range(width):
            seen = P[:, :, y * stride : y * stride + kh, x * stride : x * stride + kw]
            Y[:, :, x, y] = np.einsum("ncij,ocij->no", seen, W) + b
    return Y


@conv2d.misconception(
    "gaps inside the window",
    "Your stride stretches the window: it takes every `stride`-th pixel inside. That is "
    "dilation. The window stays dense, only its start moves.",
)
def _(X, W, b, stride=1, pad=0):
    P = np.pad(X, ((0, 0), (0, 0), (pad, pad), (pad, pad)))
    P = np.pad(P, ((0, 0), (0, 0), (0, 9), (0, 9)))
    kh, kw = W.shape[2:]
    height = (P.shape[2] - 9 - kh) // stride + 1
    width = (P.shape[3] - 9 - kw) // stride + 1
    Y = np.zeros((len(X), len(W), height, width))
    for y in range(height):
        for x in range(width):
            r, q = y * stride, x * stride
            seen = P[:, :, r : r + stride * kh : stride, q : q + stride * kw : stride]
            Y[:, :, y, x] = np.einsum("ncij,ocij->no", seen, W) + b
    return Y


@conv2d.misconception(
    "padding repeats the edge",
    "You pad with copies of the edge. Here, as in PyTorch, the padding is zeros.",
)
def _(X, W, b, stride=1, pad=0):
    P = np.pad(X, ((0, 0), (0, 0), (pad, pad), (pad, pad)), mode="edge")
    kh, kw = W.shape[2:]
    height, width = (P.shape[2] - kh) // stride + 1, (P.shape[3] - kw) // stride + 1
    Y = np.zeros((len(X), len(W), height, width))
    for y in range(height):
        for x in range(width):
            seen = P[:, :, y * stride : y * stride + kh, x * stride : x * stride + kw]
            Y[:, :, y, x] = np.einsum("ncij,ocij->no", seen, W) + b
    return Y


@conv2d.misconception(
    "one bias for all",
    "You add the sum of all biases everywhere: output channel o has its own, b[o].",
)
def _(X, W, b, stride=1, pad=0):
    P = np.pad(X, ((0, 0), (0, 0), (pad, pad), (pad, pad)))
    kh, kw = W.shape[2:]
    height, width = (P.shape[2] - kh) // stride + 1, (P.shape[3] - kw) // stride + 1
    Y = np.zeros((len(X), len(W), height, width))
    for y in range(height):
        for x in range(width):
            seen = P[:, :, y * stride : y * stride + kh, x * stride : x * stride + kw]
            Y[:, :, y, x] = np.einsum("ncij,ocij->no", seen, W) + b.sum()
    return Y


@conv2d.misconception(
    "bias along the columns",
    "Y + b adds the biases along the last axis, the columns. Give b the shape (channels, 1, "
    "1), so that it goes along the channels.",
)
def _(X, W, b, stride=1, pad=0):
    P = np.pad(X, ((0, 0), (0, 0), (pad, pad), (pad, pad)))
    seen = np.lib.stride_tricks.sliding_window_view(P, W.shape[2:], axis=(2, 3))
    return np.einsum("ncyxij,ocij->noyx", seen[:, :, ::stride, ::stride], W) + b


@conv2d.misconception(
    "size counted without the padding",
    "You pad, but count the places of the image without its padding: the result is too small. The "
    "height is (h + 2·pad - kh) // stride + 1, and the width likewise.",
)
def _(X, W, b, stride=1, pad=0):
    P = np.pad(X, ((0, 0), (0, 0), (pad, pad), (pad, pad)))
    kh, kw = W.shape[2:]
    height, width = (X.shape[2] - kh) // stride + 1, (X.shape[3] - kw) // stride + 1
    Y = np.zeros((len(X), len(W), height, width))
    for y in range(height):
        for x in range(width):
            seen = P[:, :, y * stride : y * stride + kh, x * stride : x * stride + kw]
            Y[:, :, y, x] = np.einsum("ncij,ocij->no", seen, W) + b
    return Y


@conv2d.misconception(
    "bias inside the sum",
    "You add the bias to each product, inside the sum: add it once, outside.",
)
def _(X, W, b, stride=1, pad=0):
    P = np.pad(X, ((0, 0), (0, 0), (pad, pad), (pad, pad)))
    kh, kw = W.shape[2:]
    height, width = (P.shape[2] - kh) // stride + 1, (P.shape[3] - kw) // stride + 1
    Y = np.zeros((len(X), len(W), height, width))
    for n, o, y, x in np.ndindex(Y.shape):
        r, q = y * stride, x * stride
        Y[n, o, y, x] = (P[n, :, r : r + kh, q : q + kw] * W[o] + b[o]).sum()
    return Y


@conv2d.misconception(
    "every axis padded, and each sample looked at",
    "np.pad(X, pad) pads the samples and the channels as well, so a window has more channels than "
    "a kernel. Give it a pair for each axis, with (0, 0) for the first two.",
)
def _(X, W, b, stride=1, pad=0):
    P = np.pad(X, pad)
    kh, kw = W.shape[2:]
    height, width = (P.shape[2] - kh) // stride + 1, (P.shape[3] - kw) // stride + 1
    Y = np.zeros((len(X), len(W), height, width))
    for n, o, y, x in np.ndindex(Y.shape):
        r, q = y * stride, x * stride
        Y[n, o, y, x] = (P[n, :, r : r + kh, q : q + kw] * W[o]).sum() + b[o]
    return Y


@conv2d.misconception(
    "rounded up",
    "You round the number of places up, so the last window reaches beyond the image. Round down, "
    "with //: what is left over at the end is not looked at.",
)
def _(X, W, b, stride=1, pad=0):
    P = np.pad(X, ((0, 0), (0, 0), (pad, pad), (pad, pad)))
    kh, kw = W.shape[2:]
    height, width = (-(-(P.shape[i] - k) // stride) + 1 for i, k in ((2, kh), (3, kw)))
    Y = np.zeros((len(X), len(W), height, width))
    for n, o, y, x in np.ndindex(Y.shape):
        r, q = y * stride, x * stride
        Y[n, o, y, x] = (P[n, :, r : r + kh, q : q + kw] * W[o]).sum() + b[o]
    return Y


@conv2d.misconception(
    "one place too many",
    "There is one place too many in each direction, where the window reaches beyond the image: a "
    "kernel of size k has (length - k) // stride + 1 places.",
)
def _(X, W, b, stride=1, pad=0):
    P = np.pad(X, ((0, 0), (0, 0), (pad, pad), (pad, pad)))
    kh, kw = W.shape[2:]
    height, width = (P.shape[2] - kh) // stride + 2, (P.shape[3] - kw) // stride + 2
    Y = np.zeros((len(X), len(W), height, width))
    for n, o, y, x in np.ndindex(Y.shape):
        r, q = y * stride, x * stride
        Y[n, o, y, x] = (P[n, :, r : r + kh, q : q + kw] * W[o]).sum() + b[o]
    return Y


@conv2d.misconception(
    "channels last",
    "Your result has its channels last, as in Keras. Here, as in PyTorch, they come second: (n, "
    "out, places down, places across).",
)
def _(X, W, b, stride=1, pad=0):
    P = np.pad(X, ((0, 0), (0, 0), (pad, pad), (pad, pad)))
    kh, kw = W.shape[2:]
    height, width = (P.shape[2] - kh) // stride + 1, (P.shape[3] - kw) // stride + 1
    Y = np.zeros((len(X), len(W), height, width))
    for n, o, y, x in np.ndindex(Y.shape):
        r, q = y * stride, x * stride
        Y[n, o, y, x] = (P[n, :, r : r + kh, q : q + kw] * W[o]).sum() + b[o]
    return Y.transpose(0, 2, 3, 1)


@conv2d.misconception(
    "every axis padded, too many channels cut off",
    "np.pad(X, pad) pads all four axes: your result has samples that are not there, and the "
    "channels have moved on by `pad`. Give it a pair for each axis, (0, 0) for the first two.",
)
def _(X, W, b, stride=1, pad=0):
    P = np.pad(X, pad)[:, : W.shape[1]]
    kh, kw = W.shape[2:]
    height, width = (P.shape[2] - kh) // stride + 1, (P.shape[3] - kw) // stride + 1
    Y = np.zeros((len(P), len(W), height, width))
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
    a="A convolution applies its weights to neighbours. In the new order, neighbours are values "
    "that have nothing to do with each other.",
    b="The dense network is not affected at all: its first layer has a weight for each place, and "
    "learns the same weights in another order.",
    d="The order is the same for all signals, so nothing is lost: a network with one weight for "
    "each place sees just what it saw before.",
)


conv2d_backward = Exercise(
    "conv2d_backward",
    reference=reference.conv2d_backward,
    outputs=("dX", "dW", "db"),
    minutes=20,
    difficulty=5,
    hint="Walk over the same windows as forwards. At each place add dout·W to that window of dP, "
    "and dout·window to dW; at the end cut the padding off dP. db sums dout over all axes except "
    "the channels.",
)


def _back(rng: Rng, label: str, *shape: int, kernel: tuple[int, int, int], **how: Any) -> Case:
    """`shape` is that of X, `kernel` is (channels_out, kh, kw)."""
    out, *size = kernel
    X, W = rng.normal(size=shape), rng.normal(size=(out, shape[1], *size))
    dout = rng.normal(size=reference.conv2d(X, W, np.zeros(out), **how).shape)
    return call(label, dout, X, W, **how)


@conv2d_backward.cases("stride 1, no padding", points=2)
def _(rng: Rng) -> list[Case]:
    return [
        call(
            "3 × 3 numbers under a 2 × 2 kernel",
            np.array([[[[1.0, 0.0], [0.0, 2.0]]]]),
            np.arange(1.0, 10.0).reshape(1, 1, 3, 3),
            np.array([[[[1.0, 2.0], [0.0, 1.0]]]]),
        ),
        _back(rng, "one image, 2 channels, 3 kernels of 2 × 3", 1, 2, 4, 5, kernel=(3, 2, 3)),
        _back(rng, "3 samples, 2 channels, 2 kernels of 3 × 2", 3, 2, 5, 4, kernel=(2, 3, 2)),
    ]


@conv2d_backward.cases("stride and padding", points=3)
def _(rng: Rng) -> list[Case]:
    return [
        _back(rng, "padding 1", 2, 2, 4, 5, kernel=(2, 3, 3), pad=1),
        _back(rng, "stride 2, rows left over", 2, 2, 6, 7, kernel=(3, 3, 2), stride=2),
        _back(rng, "stride 2, padding 1", 2, 1, 5, 6, kernel=(2, 3, 3), stride=2, pad=1),
        _back(rng, "stride 3, padding 2", 1, 2, 6, 5, kernel=(2, 2, 3), stride=3, pad=2),
    ]


@conv2d_backward.misconception(
    "padding left on",
    "Your dX still has the padding around it. The zeros were not part of X: cut their rows and "
    "columns off, so that dX has the shape of X.",
)
def _(dout, X, W, stride=1, pad=0):
    P = np.pad(X, ((0, 0), (0, 0), (pad, pad), (pad, pad)))
    dP, dW = np.zeros_like(P), np.zeros_like(W)
    kh, kw = W.shape[2:]
    for y in range(dout.shape[2]):
        for x in range(dout.shape[3]):
            place = np.s_[:, :, y * stride : y * stride + kh, x * stride : x * stride + kw]
            dP[place] += np.einsum("no,ocij->ncij", dout[:, :, y, x], W)
            dW += np.einsum("no,ncij->ocij", dout[:, :, y, x], P[place])
    return dP, dW, dout.sum(axis=(0, 2, 3))


@conv2d_backward.misconception(
    "wrong end cut off",
    "You cut the whole padding off dX at one end. There are `pad` rows and columns of it on each "
    "side: begin at `pad`.",
)
def _(dout, X, W, stride=1, pad=0):
    P = np.pad(X, ((0, 0), (0, 0), (pad, pad), (pad, pad)))
    dP, dW = np.zeros_like(P), np.zeros_like(W)
    kh, kw = W.shape[2:]
    for y in range(dout.shape[2]):
        for x in range(dout.shape[3]):
            place = np.s_[:, :, y * stride : y * stride + kh, x * stride : x * stride + kw]
            dP[place] += np.einsum("no,ocij->ncij", dout[:, :, y, x], W)
            dW += np.einsum("no,ncij->ocij", dout[:, :, y, x], P[place])
    return dP[:, :, : X.shape[2], : X.shape[3]], dW, dout.sum(axis=(0, 2, 3))


@conv2d_backward.misconception(
    "cut from pad to -pad",
    "dP[:, :, pad:-pad, pad:-pad] is empty where pad is 0, because -0 is 0. Count the end of the "
    "cut from the start: pad + height, pad + width.",
)
def _(dout, X, W, stride=1, pad=0):
    P = np.pad(X, ((0, 0), (0, 0), (pad, pad), (pad, pad)))
    dP, dW = np.zeros_like(P), np.zeros_like(W)
    kh, kw = W.shape[2:]
    for y in range(dout.shape[2]):
        for x in range(dout.shape[3]):
            place = np.s_[:, :, y * stride : y * stride + kh, x * stride : x * stride + kw]
            dP[place] += np.einsum("no,ocij->ncij", dout[:, :, y, x], W)
            dW += np.einsum("no,ncij->ocij", dout[:, :, y, x], P[place])
    return dP[:, :, pad:-pad, pad:-pad], dW, dout.sum(axis=(0, 2, 3))


@conv2d_backward.misconception(
    "dX overwritten, window by window",
    "Windows overlap, and a pixel gets a part from each window that it lies in, and from each "
    "kernel: add to dX (+=) where you assign (=).",
)
def _(dout, X, W, stride=1, pad=0):
    P = np.pad(X, ((0, 0), (0, 0), (pad, pad), (pad, pad)))
    dP, dW = np.zeros(P.shape), np.zeros(W.shape)
    kh, kw = W.shape[2:]
    for n, o, y, x in np.ndindex(dout.shape):
        place = np.s_[n, :, y * stride : y * stride + kh, x * stride : x * stride + kw]
        dP[place] = dout[n, o, y, x] * W[o]
        dW[o] += dout[n, o, y, x] * P[place]
    h, w = X.shape[2:]
    return dP[:, :, pad : pad + h, pad : pad + w], dW, dout.sum(axis=(0, 2, 3))


@conv2d_backward.misconception(
    "dW overwritten, window by window",
    "Your dW is that of the last window only: every window of every sample adds its part to the "
    "same kernel, so add (+=) where you assign (=).",
)
def _(dout, X, W, stride=1, pad=0):
    P = np.pad(X, ((0, 0), (0, 0), (pad, pad), (pad, pad)))
    dP, dW = np.zeros(P.shape), np.zeros(W.shape)
    kh, kw = W.shape[2:]
    for n, o, y, x in np.ndindex(dout.shape):
        place = np.s_[n, :, y * stride : y * stride + kh, x * stride : x * stride + kw]
        dP[place] += dout[n, o, y, x] * W[o]
        dW[o] = dout[n, o, y, x] * P[place]
    h, w = X.shape[2:]
    return dP[:, :, pad : pad + h, pad : pad + w], dW, dout.sum(axis=(0, 2, 3))


@conv2d_backward.misconception(
    "both overwritten, window by window",
    "In dX and in dW you assign (=) where you should add (+=): windows overlap, and each of them "
    "adds its part.",
)
def _(dout, X, W, stride=1, pad=0):
    P = np.pad(X, ((0, 0), (0, 0), (pad, pad), (pad, pad)))
    dP, dW = np.zeros(P.shape), np.zeros(W.shape)
    kh, kw = W.shape[2:]
    for n, o, y, x in np.ndindex(dout.shape):
        place = np.s_[n, :, y * stride : y * stride + kh, x * stride : x * stride + kw]
        dP[place] = dout[n, o, y, x] * W[o]
        dW[o] = dout[n, o, y, x] * P[place]
    h, w = X.shape[2:]
    return dP[:, :, pad : pad + h, pad : pad + w], dW, dout.sum(axis=(0, 2, 3))


@conv2d_backward.misconception(
    "db for each sample",
    "Your db has one row per sample. All samples share one bias: sum over them as well, "
    "axis=(0, 2, 3).",
)
def _(dout, X, W, stride=1, pad=0):
    P = np.pad(X, ((0, 0), (0, 0), (pad, pad), (pad, pad)))
    dP, dW = np.zeros(P.shape), np.zeros(W.shape)
    kh, kw = W.shape[2:]
    for n, o, y, x in np.ndindex(dout.shape):
        place = np.s_[n, :, y * stride : y * stride + kh, x * stride : x * stride + kw]
        dP[place] += dout[n, o, y, x] * W[o]
        dW[o] += dout[n, o, y, x] * P[place]
    h, w = X.shape[2:]
    return dP[:, :, pad : pad + h, pad : pad + w], dW, dout.sum(axis=(2, 3))


@conv2d_backward.misconception(
    "dX alone",
    "You return dX alone. Training needs the gradients of the weights as well: return dX, dW, db.",
)
def _(dout, X, W, stride=1, pad=0):
    P = np.pad(X, ((0, 0), (0, 0), (pad, pad), (pad, pad)))
    dP = np.zeros(P.shape)
    kh, kw = W.shape[2:]
    for n, o, y, x in np.ndindex(dout.shape):
        place = np.s_[n, :, y * stride : y * stride + kh, x * stride : x * stride + kw]
        dP[place] += dout[n, o, y, x] * W[o]
    h, w = X.shape[2:]
    return dP[:, :, pad : pad + h, pad : pad + w]


@conv2d_backward.misconception(
    "dW overwritten",
    "Your dW is that of the last place only: every place adds its part to the same kernel, so add "
    "(+=) where you assign (=).",
)
def _(dout, X, W, stride=1, pad=0):
    P = np.pad(X, ((0, 0), (0, 0), (pad, pad), (pad, pad)))
    dP, dW = np.zeros_like(P), np.zeros_like(W)
    kh, kw = W.shape[2:]
    for y in range(dout.shape[2]):
        for x in range(dout.shape[3]):
            place = np.s_[:, :, y * stride : y * stride + kh, x * stride : x * stride + kw]
            dP[place] += np.einsum("no,ocij->ncij", dout[:, :, y, x], W)
            dW = np.einsum("no,ncij->ocij", dout[:, :, y, x], P[place])
    h, w = X.shape[2:]
    return dP[:, :, pad : pad + h, pad : pad + w], dW, dout.sum(axis=(0, 2, 3))


@conv2d_backward.misconception(
    "dX overwritten",
    "Windows overlap, and a pixel gets a part from each window that it lies in: add to dX (+=) "
    "where you assign (=).",
)
def _(dout, X, W, stride=1, pad=0):
    P = np.pad(X, ((0, 0), (0, 0), (pad, pad), (pad, pad)))
    dP, dW = np.zeros_like(P), np.zeros_like(W)
    kh, kw = W.shape[2:]
    for y in range(dout.shape[2]):
        for x in range(dout.shape[3]):
            place = np.s_[:, :, y * stride : y * stride + kh, x * stride : x * stride + kw]
            dP[place] = np.einsum("no,ocij->ncij", dout[:, :, y, x], W)
            dW += np.einsum("no,ncij->ocij", dout[:, :, y, x], P[place])
    h, w = X.shape[2:]
    return dP[:, :, pad : pad + h, pad : pad + w], dW, dout.sum(axis=(0, 2, 3))


@conv2d_backward.misconception(
    "stride ignored",
    "On the way back your windows move by 1. They must be where they were on the way forward: "
    "place (y, x) belongs to row stride·y and column stride·x.",
)
def _(dout, X, W, stride=1, pad=0):
    P = np.pad(X, ((0, 0), (0, 0), (pad, pad), (pad, pad)))
    dP, dW = np.zeros_like(P), np.zeros_like(W)
    kh, kw = W.shape[2:]
    for y in range(dout.shape[2]):
        for x in range(dout.shape[3]):
            place = np.s_[:, :, y : y + kh, x : x + kw]
            dP[place] += np.einsum("no,ocij->ncij", dout[:, :, y, x], W)
            dW += np.einsum("no,ncij->ocij", dout[:, :, y, x], P[place])
    h, w = X.shape[2:]
    return dP[:, :, pad : pad + h, pad : pad + w], dW, dout.sum(axis=(0, 2, 3))


@conv2d_backward.misconception(
    "kernel flipped",
    "In dX your kernel is turned by 180°. It has to be turned only if you write dX as a "
    "convolution of dout; if you add W window by window, add it as it is.",
)
def _(dout, X, W, stride=1, pad=0):
    P = np.pad(X, ((0, 0), (0, 0), (pad, pad), (pad, pad)))
    dP, dW = np.zeros_like(P), np.zeros_like(W)
    kh, kw = W.shape[2:]
    for y in range(dout.shape[2]):
        for x in range(dout.shape[3]):
            place = np.s_[:, :, y * stride : y * stride + kh, x * stride : x * stride + kw]
            dP[place] += np.einsum("no,ocij->ncij", dout[:, :, y, x], W[:, :, ::-1, ::-1])
            dW += np.einsum("no,ncij->ocij", dout[:, :, y, x], P[place])
    h, w = X.shape[2:]
    return dP[:, :, pad : pad + h, pad : pad + w], dW, dout.sum(axis=(0, 2, 3))


@conv2d_backward.misconception(
    "averaged over the samples",
    "You divide dW and db by the number of samples. If the loss is a mean, its 1/n is in dout "
    "already: from here on, sum.",
)
def _(dout, X, W, stride=1, pad=0):
    P = np.pad(X, ((0, 0), (0, 0), (pad, pad), (pad, pad)))
    dP, dW = np.zeros_like(P), np.zeros_like(W)
    kh, kw = W.shape[2:]
    for y in range(dout.shape[2]):
        for x in range(dout.shape[3]):
            place = np.s_[:, :, y * stride : y * stride + kh, x * stride : x * stride + kw]
            dP[place] += np.einsum("no,ocij->ncij", dout[:, :, y, x], W)
            dW += np.einsum("no,ncij->ocij", dout[:, :, y, x], P[place])
    h, w = X.shape[2:]
    db = dout.sum(axis=(0, 2, 3)) / len(X)
    return dP[:, :, pad : pad + h, pad : pad + w], dW / len(X), db


@conv2d_backward.misconception(
    "db averaged over the places",
    "You average dout over the places for db. All places share one bias, and each place adds to "
    "its gradient: sum.",
)
def _(dout, X, W, stride=1, pad=0):
    P = np.pad(X, ((0, 0), (0, 0), (pad, pad), (pad, pad)))
    dP, dW = np.zeros_like(P), np.zeros_like(W)
    kh, kw = W.shape[2:]
    for y in range(dout.shape[2]):
        for x in range(dout.shape[3]):
            place = np.s_[:, :, y * stride : y * stride + kh, x * stride : x * stride + kw]
            dP[place] += np.einsum("no,ocij->ncij", dout[:, :, y, x], W)
            dW += np.einsum("no,ncij->ocij", dout[:, :, y, x], P[place])
    h, w = X.shape[2:]
    db = dout.mean(axis=(2, 3)).sum(axis=0)
    return dP[:, :, pad : pad + h, pad : pad + w], dW, db


@conv2d_backward.misconception(
    "db only over the samples",
    "Your db still has a number for each place. Each output channel has one bias for all samples "
    "and all places: sum over the axes 0, 2 and 3.",
)
def _(dout, X, W, stride=1, pad=0):
    P = np.pad(X, ((0, 0), (0, 0), (pad, pad), (pad, pad)))
    dP, dW = np.zeros_like(P), np.zeros_like(W)
    kh, kw = W.shape[2:]
    for y in range(dout.shape[2]):
        for x in range(dout.shape[3]):
            place = np.s_[:, :, y * stride : y * stride + kh, x * stride : x * stride + kw]
            dP[place] += np.einsum("no,ocij->ncij", dout[:, :, y, x], W)
            dW += np.einsum("no,ncij->ocij", dout[:, :, y, x], P[place])
    h, w = X.shape[2:]
    return dP[:, :, pad : pad + h, pad : pad + w], dW, dout.sum(axis=0)


@conv2d_backward.misconception(
    "another order", "Right gradients in another order: return dX first, then dW, then db."
)
def _(dout, X, W, stride=1, pad=0):
    P = np.pad(X, ((0, 0), (0, 0), (pad, pad), (pad, pad)))
    dP, dW = np.zeros_like(P), np.zeros_like(W)
    kh, kw = W.shape[2:]
    for y in range(dout.shape[2]):
        for x in range(dout.shape[3]):
            place = np.s_[:, :, y * stride : y * stride + kh, x * stride : x * stride + kw]
            dP[place] += np.einsum("no,ocij->ncij", dout[:, :, y, x], W)
            dW += np.einsum("no,ncij->ocij", dout[:, :, y, x], P[place])
    h, w = X.shape[2:]
    return dW, dout.sum(axis=(0, 2, 3)), dP[:, :, pad : pad + h, pad : pad + w]


@conv2d_backward.misconception(
    "db a mean",
    "You average dout for db. All samples and all places share one bias: sum over them.",
)
def _(dout, X, W, stride=1, pad=0):
    P = np.pad(X, ((0, 0), (0, 0), (pad, pad), (pad, pad)))
    dP, dW = np.zeros_like(P), np.zeros_like(W)
    kh, kw = W.shape[2:]
    for y in range(dout.shape[2]):
        for x in range(dout.shape[3]):
            place = np.s_[:, :, y * stride : y * stride + kh, x * stride : x * stride + kw]
            dP[place] += np.einsum("no,ocij->ncij", dout[:, :, y, x], W)
            dW += np.einsum("no,ncij->ocij", dout[:, :, y, x], P[place])
    h, w = X.shape[2:]
    return dP[:, :, pad : pad + h, pad : pad + w], dW, dout.mean(axis=(0, 2, 3))


@conv2d_backward.misconception(
    "db one number",
    "You sum all of dout for db: each output channel has a bias of its own, so leave axis 1 "
    "out of the sum.",
)
def _(dout, X, W, stride=1, pad=0):
    P = np.pad(X, ((0, 0), (0, 0), (pad, pad), (pad, pad)))
    dP, dW = np.zeros_like(P), np.zeros_like(W)
    kh, kw = W.shape[2:]
    for y in range(dout.shape[2]):
        for x in range(dout.shape[3]):
            place = np.s_[:, :, y * stride : y * stride + kh, x * stride : x * stride + kw]
            dP[place] += np.einsum("no,ocij->ncij", dout[:, :, y, x], W)
            dW += np.einsum("no,ncij->ocij", dout[:, :, y, x], P[place])
    h, w = X.shape[2:]
    return dP[:, :, pad : pad + h, pad : pad + w], dW, dout.sum()


@conv2d_backward.misconception(
    "kernel flipped in dW",
    "Your dW is turned by 180°. The kernel lay on the window as it is, so dW takes the window "
    "as it is.",
)
def _(dout, X, W, stride=1, pad=0):
    P = np.pad(X, ((0, 0), (0, 0), (pad, pad), (pad, pad)))
    dP, dW = np.zeros_like(P), np.zeros_like(W)
    kh, kw = W.shape[2:]
    for y in range(dout.shape[2]):
        for x in range(dout.shape[3]):
            place = np.s_[:, :, y * stride : y * stride + kh, x * stride : x * stride + kw]
            dP[place] += np.einsum("no,ocij->ncij", dout[:, :, y, x], W)
            dW += np.einsum("no,ncij->ocij", dout[:, :, y, x], P[place])
    h, w = X.shape[2:]
    return dP[:, :, pad : pad + h, pad : pad + w], dW[:, :, ::-1, ::-1], dout.sum(axis=(0, 2, 3))


@conv2d_backward.misconception(
    "dW averaged over the places",
    "You divide dW by the number of places. Each place adds to the gradient of the one "
    "kernel: sum.",
)
def _(dout, X, W, stride=1, pad=0):
    P = np.pad(X, ((0, 0), (0, 0), (pad, pad), (pad, pad)))
    dP, dW = np.zeros_like(P), np.zeros_like(W)
    kh, kw = W.shape[2:]
    for y in range(dout.shape[2]):
        for x in range(dout.shape[3]):
            place = np.s_[:, :, y * stride : y * stride + kh, x * stride : x * stride + kw]
            dP[place] += np.einsum("no,ocij->ncij", dout[:, :, y, x], W)
            dW += np.einsum("no,ncij->ocij", dout[:, :, y, x], P[place])
    h, w = X.shape[2:]
    places = dout.shape[2] * dout.shape[3]
    return dP[:, :, pad : pad + h, pad : pad + w], dW / places, dout.sum(axis=(0, 2, 3))


@conv2d_backward.misconception(
    "only the first sample",
    "Only the first sample counts in your gradients: sum over all samples for dW, and fill dX "
    "for each.",
)
def _(dout, X, W, stride=1, pad=0):
    P = np.pad(X, ((0, 0), (0, 0), (pad, pad), (pad, pad)))
    dP, dW = np.zeros_like(P), np.zeros_like(W)
    kh, kw = W.shape[2:]
    for y in range(dout.shape[2]):
        for x in range(dout.shape[3]):
            place = np.s_[:1, :, y * stride : y * stride + kh, x * stride : x * stride + kw]
            dP[place] += np.einsum("no,ocij->ncij", dout[:1, :, y, x], W)
            dW += np.einsum("no,ncij->ocij", dout[:1, :, y, x], P[place])
    h, w = X.shape[2:]
    return dP[:, :, pad : pad + h, pad : pad + w], dW, dout[:1].sum(axis=(0, 2, 3))


@conv2d_backward.misconception(
    "only the last kernel reaches dX",
    "Your dX comes from the last output channel only: each pixel feeds all kernels, so their "
    "parts are added.",
)
def _(dout, X, W, stride=1, pad=0):
    P = np.pad(X, ((0, 0), (0, 0), (pad, pad), (pad, pad)))
    dP, dW = np.zeros_like(P), np.zeros_like(W)
    kh, kw = W.shape[2:]
    for y in range(dout.shape[2]):
        for x in range(dout.shape[3]):
            place = np.s_[:, :, y * stride : y * stride + kh, x * stride : x * stride + kw]
            dP[place] += np.einsum("no,ocij->ncij", dout[:, -1:, y, x], W[-1:])
            dW += np.einsum("no,ncij->ocij", dout[:, :, y, x], P[place])
    h, w = X.shape[2:]
    return dP[:, :, pad : pad + h, pad : pad + w], dW, dout.sum(axis=(0, 2, 3))


@conv2d_backward.misconception(
    "dW from X without padding",
    "For dW you take the windows of X. On the way forward they were windows of the *padded* X: "
    "pad it here as well.",
)
def _(dout, X, W, stride=1, pad=0):
    h, w = X.shape[2:]
    dP, dW = np.pad(np.zeros_like(X), [(0, 0), (0, 0), (pad, pad), (pad, pad)]), np.zeros_like(W)
    kh, kw = W.shape[2:]
    for y in range(dout.shape[2]):
        for x in range(dout.shape[3]):
            place = np.s_[:, :, y * stride : y * stride + kh, x * stride : x * stride + kw]
            dP[place] += np.einsum("no,ocij->ncij", dout[:, :, y, x], W)
            seen = X[place]
            part = np.einsum("no,ncij->ocij", dout[:, :, y, x], seen)
            dW[:, :, : seen.shape[2], : seen.shape[3]] += part
    return dP[:, :, pad : pad + h, pad : pad + w], dW, dout.sum(axis=(0, 2, 3))


@conv2d_backward.equivalent("number by number")
def _(dout, X, W, stride=1, pad=0):
    n, channels, h, w = X.shape
    out, _, kh, kw = W.shape
    P = np.zeros((n, channels, h + 2 * pad, w + 2 * pad))
    P[:, :, pad : pad + h, pad : pad + w] = X
    dP, dW, db = np.zeros(P.shape), np.zeros(W.shape), np.zeros(out)
    for s, o, y, x in np.ndindex(*dout.shape):
        r, q = y * stride, x * stride
        dP[s, :, r : r + kh, q : q + kw] += W[o] * dout[s, o, y, x]
        dW[o] += P[s, :, r : r + kh, q : q + kw] * dout[s, o, y, x]
        db[o] += dout[s, o, y, x]
    return dP[:, :, pad : pad + h, pad : pad + w], dW, db


@conv2d_backward.equivalent("dX as a convolution by the turned kernel")
def _(dout, X, W, stride=1, pad=0):
    window = np.lib.stride_tricks.sliding_window_view
    n, _, h, w = X.shape
    out, _, kh, kw = W.shape
    height, width = dout.shape[2:]
    P = np.pad(X, ((0, 0), (0, 0), (pad, pad), (pad, pad)))
    D = np.zeros((n, out, h + 2 * pad + kh - 1, w + 2 * pad + kw - 1))
    D[:, :, kh - 1 :: stride, kw - 1 :: stride][:, :, :height, :width] = dout
    dP = np.einsum("noyxij,ocij->ncyx", window(D, (kh, kw), axis=(2, 3)), W[:, :, ::-1, ::-1])
    seen = window(P, (kh, kw), axis=(2, 3))[:, :, ::stride, ::stride]
    dW = np.einsum("noyx,ncyxij->ocij", dout, seen)
    return dP[:, :, pad : pad + h, pad : pad + w], dW, np.einsum("noyx->o", dout)


@conv2d_backward.equivalent("weight by weight")
def _(dout, X, W, stride=1, pad=0):
    P = np.pad(X, ((0, 0), (0, 0), (pad, pad), (pad, pad)))
    dP, dW = np.zeros_like(P), np.zeros_like(W)
    height, width = dout.shape[2:]
    for i in range(W.shape[2]):
        for j in range(W.shape[3]):
            rows = i + stride * np.arange(height)
            columns = j + stride * np.arange(width)
            place = np.ix_(range(len(P)), range(P.shape[1]), rows, columns)
            dP[place] += np.tensordot(dout, W[:, :, i, j], axes=(1, 0)).transpose(0, 3, 1, 2)
            dW[:, :, i, j] = np.tensordot(dout, P[place], axes=((0, 2, 3), (0, 2, 3)))
    dX = dP[:, :, pad:, pad:][:, :, : X.shape[2], : X.shape[3]]
    return [dX, dW, dout.sum(axis=3).sum(axis=2).sum(axis=0)]
