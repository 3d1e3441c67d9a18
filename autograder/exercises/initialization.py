"""Notebook 07: symmetric starts, and the spread of a signal through layers."""

from __future__ import annotations

from itertools import pairwise

import numpy as np

from autograder.drive import Call, Oracle
from autograder.exercise import Case, Exercise
from autograder.exercises._cases import Rng, call
from reference_impl import activations, initializers

NOTEBOOK = "07_initialization"

# ------------------------------------------------------------------------------- a constant
constant_init = Exercise(
    "constant_init",
    reference=initializers.constant_init,
    hint="np.full(shape, value), with the shape (fan_in, fan_out).",
    minutes=3,
    difficulty=1,
)


@constant_init.cases("every weight the same", points=1)
def _(rng: Rng) -> list[Case]:
    return [
        call("fan_in 3, fan_out 2, value 0.5", 3, 2, 0.5),
        call("fan_in 1, fan_out 4, value 0", 1, 4, 0.0),
        call("fan_in 4, fan_out 3", 4, 3, float(rng.uniform(-2, -1))),
    ]


@constant_init.misconception(
    "transposed", "The shape is (fan_in, fan_out): a row for each input, a column for each unit."
)
def _(fan_in, fan_out, value):
    return np.full((fan_out, fan_in), value)


@constant_init.misconception(
    "zeros, whatever value is", "You return zeros whatever `value` is: it is the number to fill in."
)
def _(fan_in, fan_out, value):
    return np.zeros((fan_in, fan_out))


@constant_init.misconception(
    "only on the diagonal",
    "Only the diagonal has the value: np.eye makes an identity matrix. Fill every place.",
)
def _(fan_in, fan_out, value):
    return value * np.eye(fan_in, fan_out)


@constant_init.misconception(
    "one row", "You return one row of weights: there is a row for each of the fan_in inputs."
)
def _(fan_in, fan_out, value):
    return np.full(fan_out, value)


@constant_init.equivalent("zeros and the value")
def _(fan_in, fan_out, value):
    return np.zeros((fan_in, fan_out)) + value


@constant_init.equivalent("lists")
def _(fan_in, fan_out, value):
    return [[value] * fan_out for _ in range(fan_in)]


# ------------------------------------------------------------------------------- copies
distinct_units = Exercise(
    "distinct_units",
    reference=initializers.distinct_units,
    hint="Go through the columns; count one if it is unlike every column that you have met before.",
    minutes=12,
    difficulty=3,
)


def _columns(rng: Rng, units: int, step: float = 0.25) -> np.ndarray:
    """Different columns on a grid of steps, so that any way of rounding tells them apart."""
    H = np.array([rng.permutation(units) + 1.0 for _ in range(5)])
    return step * H


@distinct_units.cases("different and alike", points=1)
def _(rng: Rng) -> list[Case]:
    H = _columns(rng, 6)
    return [
        call("6 units, all different", H),
        call("4 copies of one unit", np.repeat(H[:, :1], 4, axis=1)),
        call("one unit", H[:, :1]),
        call("copies that are not neighbours", H[:, [0, 1, 0, 2, 1, 0]]),
        call("one sample", np.array([[0.5, 2.0, 0.5, -1.0]])),
        call("the same numbers in another order", np.array([[0.5, 2.0], [1.0, 1.0], [2.0, 0.5]])),
    ]


@distinct_units.cases("up to tol", points=2)
def _(rng: Rng) -> list[Case]:
    H = _columns(rng, 5)
    noisy = H[:, [0, 1, 0, 1, 2]]
    noisy[3, 2:4] += rng.choice([-1e-13, 1e-13], 2)
    close = H[:, [0, 1, 0, 2]]
    close[2, 2] += 1e-6
    wide = _columns(rng, 4, step=2.0)[:, [0, 1, 2, 0, 3, 1]]
    wide[1, 3] += 0.15
    wide[4, 5] -= 0.15
    return [
        call("copies up to rounding errors", noisy),
        call("almost a copy: 1e-6 off in one sample", close),
        call("tol = 0.5", wide, 0.5),
        call("tol = 0", H[:, [0, 1, 1, 2]], 0.0),
    ]


@distinct_units.misconception(
    "rows instead of columns",
    "You compare samples: a unit is a *column* of H, and there is a row for each sample.",
)
def _(H, tol=1e-9):
    count = 0
    for i in range(len(H)):
        count += all(np.max(np.abs(H[i] - H[k])) > tol for k in range(i))
    return count


@distinct_units.misconception(
    "exact comparison",
    "You compare exactly: two copies that differ by a rounding error count as two. Use tol.",
)
def _(H, tol=1e-9):
    return np.unique(H, axis=1).shape[1]


@distinct_units.misconception(
    "decimals of its own",
    "You round to a fixed number of decimals: how close copies are is what the argument tol says.",
)
def _(H, tol=1e-9):
    return np.unique(np.round(H, 9), axis=1).shape[1]


@distinct_units.misconception(
    "only neighbours",
    "You compare each column with its neighbour only: copies may stand further apart.",
)
def _(H, tol=1e-9):
    gaps = np.abs(np.diff(H, axis=1)).max(axis=0)
    return 1 + int(np.sum(gaps > tol))


@distinct_units.misconception(
    "only the first column",
    "You count the columns that are unlike the *first* one; two of those may be copies of each "
    "other.",
)
def _(H, tol=1e-9):
    gaps = np.abs(H - H[:, :1]).max(axis=0)
    return 1 + int(np.sum(gaps > tol))


@distinct_units.misconception(
    "sums of columns",
    "You compare the columns by their sum or mean; different columns can have the same. Compare "
    "sample by sample.",
)
def _(H, tol=1e-9):
    sums = H.mean(axis=0)
    return sum(all(abs(sums[j] - sums[k]) > tol for k in range(j)) for j in range(H.shape[1]))


@distinct_units.misconception(
    "allclose's own tolerance",
    "np.allclose and np.isclose have a relative tolerance of 1e-5 besides atol: give them rtol=0.",
)
def _(H, tol=1e-9):
    units = H.shape[1]
    return sum(
        not any(np.allclose(H[:, j], H[:, k], atol=tol) for k in range(j)) for j in range(units)
    )


@distinct_units.misconception(
    "differs everywhere",
    "You call two columns different only if they differ in *every* sample; one sample is enough.",
)
def _(H, tol=1e-9):
    units = H.shape[1]
    return sum(all(np.min(np.abs(H[:, j] - H[:, k])) > tol for k in range(j)) for j in range(units))


@distinct_units.misconception(
    "units without a copy",
    "You count the units that have no copy at all: a group of copies counts once, not zero times.",
)
def _(H, tol=1e-9):
    units = H.shape[1]
    gaps = np.abs(H[:, :, None] - H[:, None, :]).max(axis=0)
    return int(np.sum((gaps <= tol).sum(axis=0) == 1)) if units else 0


@distinct_units.equivalent("a list of those met")
def _(H, tol=1e-9):
    met = []
    for column in H.T:
        if not any(np.allclose(column, other, rtol=0, atol=tol) for other in met):
            met.append(column)
    return len(met)


@distinct_units.equivalent("a table of all pairs")
def _(H, tol=1e-9):
    gaps = np.abs(H[:, :, None] - H[:, None, :]).max(axis=0)
    earlier = np.triu(gaps <= tol, k=1)
    return np.sum(~earlier.any(axis=0))


@distinct_units.equivalent("rounded to tol")
def _(H, tol=1e-9):
    rounded = np.round(H / tol) if tol > 0 else H
    return len({tuple(column) for column in rounded.T})


@distinct_units.equivalent("by distance")
def _(H, tol=1e-9):
    count = 0
    for j in range(H.shape[1]):
        count += all(np.linalg.norm(H[:, j] - H[:, k]) > tol for k in range(j))
    return float(count)


# ------------------------------------------------------------------------------- the signal
layer_std = Exercise(
    "layer_std",
    reference=initializers.layer_std,
    hint="Start with H = X. For each W: H becomes activation(H @ W); note down np.std of all of H.",
    minutes=8,
    difficulty=2,
)


def _stack(label: str, X: np.ndarray, weights: list[np.ndarray], name: str) -> Case:
    script = (Call((X, weights, Oracle("activation", ("z",)))),)
    return Case(label, script, {"activation": getattr(activations, name)})


@layer_std.cases("one layer", points=1)
def _(rng: Rng) -> list[Case]:
    X = rng.normal(0.5, 1.0, (4, 3))
    return [_stack(f"one layer, {name}", X, [rng.normal(size=(3, 5))], name)
            for name in ("tanh", "relu")]  # fmt: skip


@layer_std.cases("several layers", points=2)
def _(rng: Rng) -> list[Case]:
    sizes = (3, 6, 4, 5, 2)
    weights = [rng.normal(0, 0.6, size) for size in pairwise(sizes)]
    X = rng.normal(0.5, 1.0, (6, 3))
    square = [rng.normal(0, 0.5, (4, 4)) for _ in range(12)]
    return [
        _stack("four layers of different widths, tanh", X, weights, "tanh"),
        _stack("the same, leaky ReLU", X, weights, "leaky_relu"),
        _stack("twelve square layers, sigmoid", rng.normal(size=(5, 4)), square, "sigmoid"),
    ]


@layer_std.misconception(
    "before the activation",
    "You measure H @ W before the activation: the signal of a layer is what leaves it, after "
    "activation(…).",
)
def _(X, weights, activation):
    stds = []
    for W in weights:
        Z = X @ W
        stds.append(np.std(Z))
        X = activation(Z)
    return stds


@layer_std.misconception(
    "not passed on",
    "Each layer gets what its own activation should have passed on: you measure activation(Z), and "
    "send Z itself to the next layer.",
)
def _(X, weights, activation):
    H = X
    stds = []
    for W in weights:
        H = H @ W
        stds.append(np.std(activation(H)))
    return stds


@layer_std.misconception(
    "variance", "These are variances: the standard deviation is the root (np.std, not np.var)."
)
def _(X, weights, activation):
    H = X
    out = []
    for W in weights:
        H = activation(H @ W)
        out.append(np.var(H))
    return out


@layer_std.misconception(
    "the input as well", "Your first number is that of X: return one for each layer, and no more."
)
def _(X, weights, activation):
    H = X
    stds = [np.std(X)]
    for W in weights:
        H = activation(H @ W)
        stds.append(np.std(H))
    return stds


@layer_std.misconception(
    "n - 1",
    "You divide by n - 1 (ddof=1): here it is the plain standard deviation of all elements.",
)
def _(X, weights, activation):
    H = X
    stds = []
    for W in weights:
        H = activation(H @ W)
        stds.append(np.std(H, ddof=1))
    return stds


@layer_std.misconception(
    "a mean over units",
    "You take a standard deviation for each unit (axis=0) and their mean: take one over all the "
    "elements of H at once.",
)
def _(X, weights, activation):
    H = X
    stds = []
    for W in weights:
        H = activation(H @ W)
        stds.append(np.std(H, axis=0).mean())
    return stds


@layer_std.misconception(
    "one for each unit",
    "You return a number for each unit (axis=0): one for the whole layer is asked for.",
)
def _(X, weights, activation):
    H = X
    stds = []
    for W in weights:
        H = activation(H @ W)
        stds.append(np.std(H, axis=0))
    return stds


@layer_std.misconception(
    "of the weights", "You measure the weights W: it is about what comes out of the layers."
)
def _(X, weights, activation):
    return [np.std(W) for W in weights]


@layer_std.misconception(
    "only the last", "You return the last layer's number only: keep one for each layer."
)
def _(X, weights, activation):
    H = X
    for W in weights:
        H = activation(H @ W)
    return [np.std(H)]


@layer_std.equivalent("by hand, as an array")
def _(X, weights, activation):
    stds = np.zeros(len(weights))
    for layer, W in enumerate(weights):
        X = activation(X.dot(W))
        stds[layer] = np.sqrt(np.mean((X - X.mean()) ** 2))
    return stds


@layer_std.equivalent("all activations first")
def _(X, weights, activation):
    signals = [X]
    for W in weights:
        signals.append(activation(np.einsum("ij,jk->ik", signals[-1], W)))
    return tuple(float(H.std()) for H in signals[1:])
