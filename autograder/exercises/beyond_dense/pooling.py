"""A neighbourhood becomes one number."""

from __future__ import annotations

import numpy as np

from autograder.checking.exercise import Case, Exercise
from autograder.exercises._cases import Rng, call
from reference_impl.layers import pooling as reference

FOUR_BY_FOUR = np.array(
    [[[[1.0, 3.0, 2.0, 0.0], [5.0, 7.0, 0.0, 2.0], [0.0, 0.0, 4.0, 1.0], [1.0, 2.0, 1.0, 8.0]]]]
)


def _fitting(rng: Rng) -> list[Case]:
    return [
        call("4 × 4 numbers, size 2", FOUR_BY_FOUR.copy(), 2),
        call("2 samples, 3 channels, 4 × 6, size 2", rng.normal(size=(2, 3, 4, 6)), 2),
        call("one sample, 2 channels, 9 × 6, size 3", rng.normal(size=(1, 2, 9, 6)), 3),
        call("size 1", rng.normal(size=(2, 1, 2, 3)), 1),
        call("numbers below 0", -rng.uniform(1, 2, (1, 2, 4, 4)), 2),
    ]


def _left_over(rng: Rng) -> list[Case]:
    odd, odder = rng.normal(size=(2, 2, 5, 7)), rng.normal(size=(1, 3, 8, 5))
    odder[:, :, :3, :3] *= -np.sign(odder[:, :, :3, :3])  # a whole square below 0, on every seed
    return [
        call("5 × 7, size 2: a row and a column left over", odd, 2),
        call("8 × 5, size 3: two of each left over", odder, 3),
    ]


# ------------------------------------------------------------------------------- the largest
max_pool2d = Exercise(
    "max_pool2d",
    reference=reference.max_pool2d,
    minutes=8,
    difficulty=3,
    hint="Place (y, x) of the result is the largest number in rows size·y … size·y + size - 1 and "
    "columns size·x … size·x + size - 1 of X, for each sample and channel by itself.",
)
max_pool2d.cases("squares that fit", points=1)(_fitting)
max_pool2d.cases("rows left over", points=1)(_left_over)


@max_pool2d.misconception(
    "the mean",
    "You take the mean of each square: that is average pooling. Here the largest number counts.",
)
def _(X, size):
    n, c, h, w = X.shape
    X = X[:, :, : h // size * size, : w // size * size]
    return X.reshape(n, c, h // size, size, w // size, size).mean(axis=(3, 5))


@max_pool2d.misconception(
    "not below 0",
    "Where a whole square lies below 0 you return 0: you compare with a start of zeros. Start with "
    "a number from the square itself.",
)
def _(X, size):
    n, c, h, w = X.shape
    X = X[:, :, : h // size * size, : w // size * size]
    return np.maximum(X.reshape(n, c, h // size, size, w // size, size).max(axis=(3, 5)), 0.0)


@max_pool2d.misconception(
    "the first of each square",
    "You keep the first number of each square. That only thins the image out; take the largest.",
)
def _(X, size):
    h, w = X.shape[2:]
    return X[:, :, : h // size * size : size, : w // size * size : size].copy()


@max_pool2d.misconception(
    "stride 1",
    "Your squares overlap: they lie side by side, so the next one begins `size` further on.",
)
def _(X, size):
    squares = np.lib.stride_tricks.sliding_window_view(X, (size, size), axis=(2, 3))
    return squares.max(axis=(4, 5))


@max_pool2d.misconception(
    "wrong axes after reshape",
    "After your reshape, a square has its numbers in the axes 3 and 5; you take the largest over "
    "the axes 2 and 4, which count the squares.",
)
def _(X, size):
    n, c, h, w = X.shape
    X = X[:, :, : h // size * size, : w // size * size]
    return X.reshape(n, c, h // size, size, w // size, size).max(axis=(2, 4))


@max_pool2d.misconception(
    "squares by reshape alone",
    "reshape(…, h // size, w // size, size, size) takes the numbers as they lie in memory, row by "
    "row: those are no squares. Split each axis where it stands, height into (squares, size) and "
    "width into (squares, size).",
)
def _(X, size):
    n, c, h, w = X.shape
    X = X[:, :, : h // size * size, : w // size * size]
    return X.reshape(n, c, h // size, w // size, size, size).max(axis=(4, 5))


@max_pool2d.misconception(
    "leftovers not cut off",
    "Your reshape works only where the squares fill the image. First cut off the rows and columns "
    "that are left over: h // size * size rows stay.",
)
def _(X, size):
    n, c, h, w = X.shape
    return X.reshape(n, c, h // size, size, w // size, size).max(axis=(3, 5))


@max_pool2d.misconception(
    "leftovers kept",
    "You make a smaller square of the rows and columns that are left over. Here, as in PyTorch, "
    "they are ignored: the new height is height // size.",
)
def _(X, size):
    n, c, h, w = X.shape
    P = np.pad(X, ((0, 0), (0, 0), (0, -h % size), (0, -w % size)), constant_values=-np.inf)
    return P.reshape(n, c, -(-h // size), size, -(-w // size), size).max(axis=(3, 5))


@max_pool2d.misconception(
    "image taken for a square",
    "You use the height for the width as well: the number of squares in a row comes from "
    "X.shape[3].",
)
def _(X, size):
    n, c, h, w = X.shape
    squares = np.full((n, c, h // size, h // size), 0.0)
    for y in range(h // size):
        for x in range(min(h, w) // size):
            square = X[:, :, y * size : y * size + size, x * size : x * size + size]
            squares[:, :, y, x] = square.max(axis=(2, 3))
    return squares


@max_pool2d.misconception(
    "rows and columns exchanged",
    "Rows and columns are exchanged: your result has as many rows as it should have columns.",
)
def _(X, size):
    n, c, h, w = X.shape
    X = X[:, :, : h // size * size, : w // size * size]
    Y = X.reshape(n, c, h // size, size, w // size, size).max(axis=(3, 5))
    return Y.transpose(0, 1, 3, 2)


@max_pool2d.misconception(
    "over the channels as well",
    "You take the largest over all channels: each channel is pooled by itself.",
)
def _(X, size):
    n, c, h, w = X.shape
    X = X[:, :, : h // size * size, : w // size * size]
    return X.reshape(n, c, h // size, size, w // size, size).max(axis=(1, 3, 5))


@max_pool2d.misconception(
    "the smallest",
    "You take the smallest of each square: max pooling takes the largest.",
)
def _(X, size):
    n, c, h, w = X.shape
    X = X[:, :, : h // size * size, : w // size * size]
    return X.reshape(n, c, h // size, size, w // size, size).min(axis=(3, 5))


@max_pool2d.misconception(
    "the largest size",
    "You take the largest |x| of each square. A number far below 0 is not large.",
)
def _(X, size):
    n, c, h, w = X.shape
    X = X[:, :, : h // size * size, : w // size * size]
    return np.abs(X).reshape(n, c, h // size, size, w // size, size).max(axis=(3, 5))


@max_pool2d.misconception(
    "in one direction only",
    "You take the largest of each column of a square only: go over its rows and its columns.",
)
def _(X, size):
    n, c, h, w = X.shape
    X = X[:, :, : h // size * size, : w // size * size]
    return X.reshape(n, c, h // size, size, w).max(axis=3)


@max_pool2d.misconception(
    "windows begin one further on",
    "The size of the result is right, but your squares move by 1 and overlap: the square of place "
    "(y, x) begins at row size·y and column size·x.",
)
def _(X, size):
    n, c, h, w = X.shape
    largest = np.zeros((n, c, h // size, w // size))
    for y in range(h // size):
        for x in range(w // size):
            largest[:, :, y, x] = X[:, :, y : y + size, x : x + size].max(axis=(2, 3))
    return largest


@max_pool2d.misconception(
    "over the channels too",
    "You take the maximum over the channels as well. Each channel has its own: go over the rows "
    "and columns of the square only, axis=(2, 3).",
)
def _(X, size):
    n, c, h, w = X.shape
    largest = np.zeros((n, c, h // size, w // size))
    for y in range(h // size):
        for x in range(w // size):
            r, q = y * size, x * size
            square = X[:, :, r : r + size, q : q + size]
            largest[:, :, y, x] = square.max(axis=(1, 2, 3))[:, None]
    return largest


@max_pool2d.equivalent("square by square")
def _(X, size):
    n, c, h, w = X.shape
    Y = np.empty((n, c, h // size, w // size))
    for y in range(h // size):
        for x in range(w // size):
            square = X[:, :, y * size : (y + 1) * size, x * size : (x + 1) * size]
            Y[:, :, y, x] = square.max(axis=(2, 3))
    return Y


@max_pool2d.equivalent("first in one direction, then in the other")
def _(X, size):
    h, w = X.shape[2] // size, X.shape[3] // size
    rows = np.stack([X[:, :, i : size * h : size] for i in range(size)]).max(axis=0)
    return np.stack([rows[..., j : size * w : size] for j in range(size)]).max(axis=0)


# ---------------------------------------------------------------------- the largest, backwards
max_pool2d_backward = Exercise(
    "max_pool2d_backward",
    reference=reference.max_pool2d_backward,
    minutes=12,
    difficulty=4,
    hint="Start with zeros of the shape of X. For each place of dout, cut its square out of X, "
    "find the place of the largest with argmax, and write the number of dout there. argmax counts "
    "along the flattened square: divmod(k, size) makes row and column of it.",
)


def _gradient_of(X: np.ndarray, size: int, rng: Rng) -> np.ndarray:
    """A number for each square, none near 0, and no two alike."""
    shape = (*X.shape[:2], X.shape[2] // size, X.shape[3] // size)
    numbers = np.linspace(0.5, 2.5, int(np.prod(shape)))
    signs = np.where(np.arange(numbers.size) % 2, 1.0, -1.0)
    return np.asarray(rng.permutation(numbers * signs)).reshape(shape)


def _back(label: str, X: np.ndarray, size: int, rng: Rng) -> Case:
    return call(label, _gradient_of(X, size, rng), X, size)


def _apart(rng: Rng, *shape: int) -> np.ndarray:
    """Whole numbers, every one another, above and below 0."""
    numbers = np.arange(float(np.prod(shape))) - np.prod(shape) // 2
    return np.asarray(rng.permutation(numbers)).reshape(shape)


@max_pool2d_backward.cases("squares that fit", points=2)
def _(rng: Rng) -> list[Case]:
    wide = _apart(rng, 2, 3, 4, 6)
    wide[0, 0, :2, :2] = [[-90.0, 80.0], [95.0, 60.0]]  # not where the first, last or |x| is
    return [
        _back("2 samples, 3 channels, 4 × 6, size 2", wide, 2, rng),
        _back("one sample, 2 channels, 9 × 6, size 3", _apart(rng, 1, 2, 9, 6), 3, rng),
        _back("numbers below 0", -rng.permutation(np.arange(1.0, 33)).reshape(1, 2, 4, 4), 2, rng),
    ]


@max_pool2d_backward.cases("equal numbers in a square: the first of them", points=1)
def _(rng: Rng) -> list[Case]:
    relu = np.array([[0.0, 0, 0, 3], [0, 0, 3, 1], [2, 5, 1, 1], [5, 5, 4, 4]])
    return [
        _back("behind a ReLU, with many zeros, size 2", relu[None, None], 2, rng),
        _back("all numbers alike, 2 channels, size 3", np.full((1, 2, 3, 6), 0.5), 3, rng),
    ]


@max_pool2d_backward.cases("rows left over", points=1)
def _(rng: Rng) -> list[Case]:
    odder = _apart(rng, 1, 3, 8, 5)
    odder[:, :, :3, :3] -= 1 + odder.max()  # a whole square below 0, on every seed
    return [
        _back("5 × 7, size 2: a row and a column left over", _apart(rng, 2, 2, 5, 7), 2, rng),
        _back("8 × 5, size 3: two of each left over", odder, 3, rng),
    ]


@max_pool2d_backward.misconception(
    "all of the largest",
    "Where the largest number stands twice in a square, you give the gradient to both. Then it "
    "arrives twice: only the first one gets it.",
)
def _(dout, X, size):
    h, w = X.shape[2:]
    dX = np.zeros(X.shape)
    for y, x in np.ndindex(h // size, w // size):
        place = np.s_[:, :, y * size : (y + 1) * size, x * size : (x + 1) * size]
        won = X[place] == X[place].max(axis=(2, 3), keepdims=True)
        dX[place] = won * dout[:, :, y, x][:, :, None, None]
    return dX


@max_pool2d_backward.misconception(
    "shared by the largest",
    "Where the largest number stands twice in a square, you share the gradient among both. Here, "
    "as in PyTorch, the first one gets all of it.",
)
def _(dout, X, size):
    h, w = X.shape[2:]
    dX = np.zeros(X.shape)
    for y, x in np.ndindex(h // size, w // size):
        place = np.s_[:, :, y * size : (y + 1) * size, x * size : (x + 1) * size]
        won = X[place] == X[place].max(axis=(2, 3), keepdims=True)
        won = won / won.sum(axis=(2, 3), keepdims=True)
        dX[place] = won * dout[:, :, y, x][:, :, None, None]
    return dX


@max_pool2d_backward.misconception(
    "the last of the largest",
    "Where the largest number stands twice in a square, you take the last one. Take the first, row "
    "by row: compare with > and not with >=.",
)
def _(dout, X, size):
    n, c, h, w = X.shape
    dX = np.zeros(X.shape)
    for i, j, y, x in np.ndindex(n, c, h // size, w // size):
        square = X[i, j, y * size : (y + 1) * size, x * size : (x + 1) * size]
        k = size * size - 1 - int(np.argmax(square.ravel()[::-1]))
        dX[i, j, y * size + k // size, x * size + k % size] = dout[i, j, y, x]
    return dX


@max_pool2d_backward.misconception(
    "the first of the largest by columns",
    "Where the largest number stands twice in a square, you take the first by columns. The first "
    "is meant as one reads: row by row.",
)
def _(dout, X, size):
    n, c, h, w = X.shape
    dX = np.zeros(X.shape)
    for i, j, y, x in np.ndindex(n, c, h // size, w // size):
        square = X[i, j, y * size : (y + 1) * size, x * size : (x + 1) * size]
        k = int(np.argmax(square.T))
        dX[i, j, y * size + k % size, x * size + k // size] = dout[i, j, y, x]
    return dX


@max_pool2d_backward.misconception(
    "in equal shares",
    "You share each number of dout among the whole square: that is average pooling. The largest "
    "number alone made the output, so it alone gets the gradient.",
)
def _(dout, X, size):
    dX = np.zeros(X.shape)
    h, w = dout.shape[2] * size, dout.shape[3] * size
    dX[:, :, :h, :w] = np.repeat(np.repeat(dout, size, axis=2), size, axis=3) / size**2
    return dX


@max_pool2d_backward.misconception(
    "to the whole square",
    "You give each number of dout to the whole square. The others did not reach the output: they "
    "get 0.",
)
def _(dout, X, size):
    dX = np.zeros(X.shape)
    h, w = dout.shape[2] * size, dout.shape[3] * size
    dX[:, :, :h, :w] = np.repeat(np.repeat(dout, size, axis=2), size, axis=3)
    return dX


@max_pool2d_backward.misconception(
    "dout not used",
    "You mark the winners with 1. Each of them gets the number of dout that belongs to its square.",
)
def _(dout, X, size):
    n, c, h, w = X.shape
    dX = np.zeros(X.shape)
    for i, j, y, x in np.ndindex(n, c, h // size, w // size):
        square = X[i, j, y * size : (y + 1) * size, x * size : (x + 1) * size]
        a, b = divmod(int(np.argmax(square)), size)
        dX[i, j, y * size + a, x * size + b] = 1.0
    return dX


@max_pool2d_backward.misconception(
    "times the largest",
    "You multiply dout by the largest number. The output *is* that number: its slope in it is 1.",
)
def _(dout, X, size):
    n, c, h, w = X.shape
    dX = np.zeros(X.shape)
    for i, j, y, x in np.ndindex(n, c, h // size, w // size):
        square = X[i, j, y * size : (y + 1) * size, x * size : (x + 1) * size]
        a, b = divmod(int(np.argmax(square)), size)
        dX[i, j, y * size + a, x * size + b] = dout[i, j, y, x] * square[a, b]
    return dX


@max_pool2d_backward.misconception(
    "the largest itself",
    "You put the largest number itself where it stood. What arrives there is the gradient: the "
    "number of dout.",
)
def _(dout, X, size):
    n, c, h, w = X.shape
    dX = np.zeros(X.shape)
    for i, j, y, x in np.ndindex(n, c, h // size, w // size):
        square = X[i, j, y * size : (y + 1) * size, x * size : (x + 1) * size]
        a, b = divmod(int(np.argmax(square)), size)
        dX[i, j, y * size + a, x * size + b] = square[a, b]
    return dX


@max_pool2d_backward.misconception(
    "row and column in the square exchanged",
    "argmax counts row by row: the row is k // size, the column k % size. You have them exchanged.",
)
def _(dout, X, size):
    n, c, h, w = X.shape
    dX = np.zeros(X.shape)
    for i, j, y, x in np.ndindex(n, c, h // size, w // size):
        square = X[i, j, y * size : (y + 1) * size, x * size : (x + 1) * size]
        a, b = divmod(int(np.argmax(square)), size)
        dX[i, j, y * size + b, x * size + a] = dout[i, j, y, x]
    return dX


@max_pool2d_backward.misconception(
    "the place within the square",
    "The row and column of argmax are counted within the square. The square of place (y, x) begins "
    "at row y·size and column x·size: add that.",
)
def _(dout, X, size):
    dX = np.zeros(X.shape)
    for n, c, y, x in np.ndindex(dout.shape):
        square = X[n, c, y * size : (y + 1) * size, x * size : (x + 1) * size]
        i, j = divmod(int(np.argmax(square)), size)
        dX[n, c, i, j] = dout[n, c, y, x]
    return dX


@max_pool2d_backward.misconception(
    "squares begin one further on, in dX",
    "You find the largest in the right square, and put the gradient at (y + row, x + column). The "
    "square of place (y, x) begins at row y·size and column x·size.",
)
def _(dout, X, size):
    dX = np.zeros(X.shape)
    for n, c, y, x in np.ndindex(dout.shape):
        square = X[n, c, y * size : (y + 1) * size, x * size : (x + 1) * size]
        i, j = divmod(int(np.argmax(square)), size)
        dX[n, c, y + i, x + j] += dout[n, c, y, x]
    return dX


@max_pool2d_backward.misconception(
    "always the first of the square",
    "The gradient goes to the first number of each square, whatever its size. It goes to the "
    "largest.",
)
def _(dout, X, size):
    dX = np.zeros(X.shape)
    h, w = dout.shape[2] * size, dout.shape[3] * size
    dX[:, :, :h:size, :w:size] = dout
    return dX


@max_pool2d_backward.misconception(
    "the largest |x|",
    "You look for the largest |x| of each square. A number far below 0 is not large.",
)
def _(dout, X, size):
    n, c, h, w = X.shape
    dX = np.zeros(X.shape)
    for i, j, y, x in np.ndindex(n, c, h // size, w // size):
        square = X[i, j, y * size : (y + 1) * size, x * size : (x + 1) * size]
        a, b = divmod(int(np.argmax(np.abs(square))), size)
        dX[i, j, y * size + a, x * size + b] = dout[i, j, y, x]
    return dX


@max_pool2d_backward.misconception(
    "the smallest",
    "The gradient goes to the smallest number of each square: max pooling let the largest through.",
)
def _(dout, X, size):
    n, c, h, w = X.shape
    dX = np.zeros(X.shape)
    for i, j, y, x in np.ndindex(n, c, h // size, w // size):
        square = X[i, j, y * size : (y + 1) * size, x * size : (x + 1) * size]
        a, b = divmod(int(np.argmin(square)), size)
        dX[i, j, y * size + a, x * size + b] = dout[i, j, y, x]
    return dX


@max_pool2d_backward.misconception(
    "not below 0",
    "Where a whole square lies below 0, nobody gets the gradient: you compare with a start of 0. "
    "Start with a number from the square itself.",
)
def _(dout, X, size):
    n, c, h, w = X.shape
    dX = np.zeros(X.shape)
    for i, j, y, x in np.ndindex(n, c, h // size, w // size):
        square = X[i, j, y * size : (y + 1) * size, x * size : (x + 1) * size]
        if square.max() >= 0:
            a, b = divmod(int(np.argmax(square)), size)
            dX[i, j, y * size + a, x * size + b] = dout[i, j, y, x]
    return dX


@max_pool2d_backward.misconception(
    "squares begin one further on",
    "Your squares move by 1 and overlap: the square of place (y, x) begins at row size·y and "
    "column size·x.",
)
def _(dout, X, size):
    n, c, h, w = X.shape
    dX = np.zeros(X.shape)
    for i, j, y, x in np.ndindex(n, c, h // size, w // size):
        square = X[i, j, y : y + size, x : x + size]
        a, b = divmod(int(np.argmax(square)), size)
        dX[i, j, y + a, x + b] += dout[i, j, y, x]
    return dX


@max_pool2d_backward.misconception(
    "leftovers cut off",
    "dX lacks the rows and columns that filled no square. They get 0, but they belong to it: dX "
    "has the shape of X.",
)
def _(dout, X, size):
    n, c, h, w = X.shape
    dX = np.zeros((n, c, h // size * size, w // size * size))
    for i, j, y, x in np.ndindex(n, c, h // size, w // size):
        square = X[i, j, y * size : (y + 1) * size, x * size : (x + 1) * size]
        a, b = divmod(int(np.argmax(square)), size)
        dX[i, j, y * size + a, x * size + b] = dout[i, j, y, x]
    return dX


@max_pool2d_backward.misconception(
    "one winner for all channels",
    "You look for the largest over all channels, and for all of them alike. Each channel of each "
    "sample has a winner of its own.",
)
def _(dout, X, size):
    h, w = X.shape[2:]
    dX = np.zeros(X.shape)
    for i, y, x in np.ndindex(len(X), h // size, w // size):
        square = X[i, :, y * size : (y + 1) * size, x * size : (x + 1) * size].max(axis=0)
        a, b = divmod(int(np.argmax(square)), size)
        dX[i, :, y * size + a, x * size + b] = dout[i, :, y, x]
    return dX


@max_pool2d_backward.equivalent("square by square")
def _(dout, X, size):
    n, c, h, w = X.shape
    dX = np.zeros_like(X)
    for i, j, y, x in np.ndindex(n, c, h // size, w // size):
        square = X[i, j, y * size : (y + 1) * size, x * size : (x + 1) * size]
        a, b = np.unravel_index(np.argmax(square), square.shape)
        dX[i, j, y * size + a, x * size + b] = dout[i, j, y, x]
    return dX


@max_pool2d_backward.equivalent("each square as a row, with a table of ones")
def _(dout, X, size):
    n, c, h, w = dout.shape
    rows = X[:, :, : h * size, : w * size].reshape(n, c, h, size, w, size).swapaxes(3, 4)
    won = np.eye(size * size)[rows.reshape(n, c, h, w, -1).argmax(axis=-1)] * dout[..., None]
    dX = np.zeros(X.shape)
    squares = won.reshape(n, c, h, w, size, size).swapaxes(3, 4)
    dX[:, :, : h * size, : w * size] = squares.reshape(n, c, h * size, w * size)
    return dX


@max_pool2d_backward.equivalent("place by place, from the last to the first")
def _(dout, X, size):
    h, w = dout.shape[2] * size, dout.shape[3] * size
    largest = np.full(dout.shape, -np.inf)
    for a in range(size):
        for b in range(size):
            largest = np.maximum(largest, X[:, :, a:h:size, b:w:size])
    dX, left = np.zeros(X.shape), np.ones(dout.shape, dtype=bool)
    for a in range(size):
        for b in range(size):
            won = (X[:, :, a:h:size, b:w:size] == largest) & left
            dX[:, :, a:h:size, b:w:size] = won * dout
            left &= ~won
    return dX


# ------------------------------------------------------------------------------- the mean
avg_pool2d = Exercise(
    "avg_pool2d",
    reference=reference.avg_pool2d,
    minutes=5,
    difficulty=3,
    hint="A kernel of size × size with the same number everywhere, and a stride of size: which "
    "number makes a mean? Each channel is an image of its own: X.reshape(n * channels, 1, h, w).",
)


@avg_pool2d.cases("squares that fit, and rows left over", points=1)
def _(rng: Rng) -> list[Case]:
    return [*_fitting(rng), *_left_over(rng)]


@avg_pool2d.misconception(
    "over all channels",
    "Your kernel goes over all channels, so that each output is the mean of all of them. Each "
    "channel is pooled by itself: make an image of one channel of each.",
)
def _(X, size):
    n, c, h, w = X.shape
    X = X[:, :, : h // size * size, : w // size * size]
    means = X.reshape(n, c, h // size, size, w // size, size).mean(axis=(3, 5))
    return np.repeat(means.mean(axis=1, keepdims=True), c, axis=1)


@avg_pool2d.misconception(
    "added up over the channels",
    "You add up the means of all channels: a kernel of ones for each channel does that. Each "
    "channel is pooled by itself: make an image of one channel of each.",
)
def _(X, size):
    n, c, h, w = X.shape
    X = X[:, :, : h // size * size, : w // size * size]
    means = X.reshape(n, c, h // size, size, w // size, size).mean(axis=(3, 5))
    return np.repeat(means.sum(axis=1, keepdims=True), c, axis=1)


@avg_pool2d.misconception(
    "the largest", "You take the largest of each square: that is max pooling. Here the mean counts."
)
def _(X, size):
    n, c, h, w = X.shape
    X = X[:, :, : h // size * size, : w // size * size]
    return X.reshape(n, c, h // size, size, w // size, size).max(axis=(3, 5))


@avg_pool2d.misconception(
    "the sum", "You return the sum of each square: divide by the size² numbers in it."
)
def _(X, size):
    n, c, h, w = X.shape
    X = X[:, :, : h // size * size, : w // size * size]
    return X.reshape(n, c, h // size, size, w // size, size).sum(axis=(3, 5))


@avg_pool2d.misconception(
    "divided by the side",
    "You divide by size. A square has size · size numbers, so the mean divides by size².",
)
def _(X, size):
    n, c, h, w = X.shape
    X = X[:, :, : h // size * size, : w // size * size]
    return X.reshape(n, c, h // size, size, w // size, size).sum(axis=(3, 5)) / size


@avg_pool2d.misconception(
    "stride 1",
    "Your squares overlap: they lie side by side, so the next one begins `size` further on.",
)
def _(X, size):
    squares = np.lib.stride_tricks.sliding_window_view(X, (size, size), axis=(2, 3))
    return squares.mean(axis=(4, 5))


@avg_pool2d.misconception(
    "wrong axes after reshape",
    "After your reshape, a square has its numbers in the axes 3 and 5; you average over the axes "
    "2 and 4, which count the squares.",
)
def _(X, size):
    n, c, h, w = X.shape
    X = X[:, :, : h // size * size, : w // size * size]
    return X.reshape(n, c, h // size, size, w // size, size).mean(axis=(2, 4))


@avg_pool2d.misconception(
    "squares by reshape alone",
    "reshape(…, h // size, w // size, size, size) takes the numbers as they lie in memory, row by "
    "row: those are no squares. Split each axis where it stands, height into (squares, size) and "
    "width into (squares, size).",
)
def _(X, size):
    n, c, h, w = X.shape
    X = X[:, :, : h // size * size, : w // size * size]
    return X.reshape(n, c, h // size, w // size, size, size).mean(axis=(4, 5))


@avg_pool2d.misconception(
    "leftovers not cut off",
    "Your reshape works only where the squares fill the image. First cut off the rows and columns "
    "that are left over: h // size * size rows stay.",
)
def _(X, size):
    n, c, h, w = X.shape
    return X.reshape(n, c, h // size, size, w // size, size).mean(axis=(3, 5))


@avg_pool2d.equivalent("square by square")
def _(X, size):
    n, c, h, w = X.shape
    Y = np.zeros((n, c, h // size, w // size))
    for i, j, y, x in np.ndindex(n, c, h // size, w // size):
        Y[i, j, y, x] = np.mean(X[i, j, y * size : (y + 1) * size, x * size : (x + 1) * size])
    return Y


@avg_pool2d.equivalent("a sum of thinned-out images")
def _(X, size):
    h, w = X.shape[2] // size * size, X.shape[3] // size * size
    total = 0.0
    for i in range(size):
        for j in range(size):
            total = total + X[:, :, i:h:size, j:w:size] / size**2
    return total


# ------------------------------------------------------------------------------- everything
global_avg_pool = Exercise(
    "global_avg_pool",
    reference=reference.global_avg_pool,
    minutes=3,
    difficulty=1,
    hint="One mean over the two last axes: (n, channels, height, width) becomes (n, channels).",
)


@global_avg_pool.cases("one number per channel", points=1)
def _(rng: Rng) -> list[Case]:
    return [
        call("4 × 4 numbers", FOUR_BY_FOUR.copy()),
        call("3 samples, 2 channels, 4 × 5", rng.normal(size=(3, 2, 4, 5))),
        call("one sample, 3 channels, one pixel", rng.normal(size=(1, 3, 1, 1))),
        call("numbers below 0", -rng.uniform(1, 2, (2, 2, 3, 2))),
    ]


@global_avg_pool.misconception(
    "axes kept",
    "Right numbers, but two axes of length 1 are left: the result has shape (n, channels), so no "
    "keepdims.",
)
def _(X):
    return X.mean(axis=(2, 3), keepdims=True)


@global_avg_pool.misconception(
    "over the channels too",
    "You average over the channels as well. Each channel keeps a number of its own.",
)
def _(X):
    return X.mean(axis=(1, 2, 3))


@global_avg_pool.misconception(
    "over the samples too",
    "You average over the samples as well. Each sample keeps a row of its own.",
)
def _(X):
    return X.mean(axis=(0, 2, 3))


@global_avg_pool.misconception(
    "the sum", "You return the sum of each channel: divide by height · width."
)
def _(X):
    return X.sum(axis=(2, 3))


@global_avg_pool.misconception(
    "the largest", "You take the largest number of each channel. Here the mean counts."
)
def _(X):
    return X.max(axis=(2, 3))


@global_avg_pool.misconception(
    "mean of everything",
    "You return one mean of all numbers. Each channel of each sample has its own: axis=(2, 3).",
)
def _(X):
    return X.mean()


@global_avg_pool.misconception(
    "channels instead of places",
    "You average over the channels, and rows and columns are left. It is the other way round: the "
    "channels stay, and the two last axes go.",
)
def _(X):
    return X.mean(axis=1)


@global_avg_pool.misconception(
    "one direction only",
    "You average over the rows only, and the columns are left: both axes go, axis=(2, 3).",
)
def _(X):
    return X.mean(axis=2)


@global_avg_pool.misconception(
    "the other direction only",
    "You average over the columns only, and the rows are left: both axes go, axis=(2, 3).",
)
def _(X):
    return X.mean(axis=3)


@global_avg_pool.equivalent("as rows")
def _(X):
    return X.reshape(X.shape[0], X.shape[1], -1).mean(axis=-1)


@global_avg_pool.equivalent("in one direction after the other")
def _(X):
    return [[float(channel.mean(axis=0).mean()) for channel in image] for image in X]
