"""Starts without randomness, and counting the different units of a layer."""

from __future__ import annotations

import numpy as np

from autograder.checking.exercise import Case, Exercise
from autograder.exercises._cases import Rng, call
from reference_impl import initializers

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
    "zeros, whatever value is", "You return zeros whatever `value` is: fill in `value`."
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


@constant_init.misconception(
    "ones, whatever value is",
    "You return ones whatever `value` is. (W * value on a line of its own changes nothing: return "
    "the product.)",
)
def _(fan_in, fan_out, value):
    return np.ones((fan_in, fan_out))


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
    hint="Go through the columns; count a column if it differs from every column before it.",
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
        call("alike in the first sample", np.array([[1.0, 1.0, 2.0], [3.0, 4.0, 3.0]])),
    ]


@distinct_units.cases("up to tol", points=2)
def _(rng: Rng) -> list[Case]:
    H = _columns(rng, 5)
    noisy = H[:, [0, 1, 0, 1, 2]]
    noisy[3, 2:4] += rng.choice([-1e-13, 1e-13], 2)
    close = H[:, [0, 1, 0, 2]]
    close[2, 2] -= 1e-6
    wide = _columns(rng, 4, step=2.0)[:, [0, 1, 2, 0, 3, 1]]
    wide[1, 3] += 0.15
    wide[4, 5] -= 0.15
    apart = _columns(rng, 3, step=2.0)[:, [0, 1, 2, 1]]
    apart[3, 3] += 0.9  # more than tol here, but less on average
    return [
        call("copies up to rounding errors", noisy),
        call("almost a copy: 1e-6 off in one sample", close),
        call("tol = 0.5", wide, 0.5),
        call("tol = 0.5, a column 0.9 off in one sample", apart, 0.5),
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
    "How close copies are is a number of your own in your code (or a number of decimals): the "
    "argument tol says it.",
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


@distinct_units.misconception(
    "mean difference",
    "You compare the *mean* difference of two columns with tol: the largest difference counts, "
    "because one sample is enough to tell two units apart.",
)
def _(H, tol=1e-9):
    units = H.shape[1]
    gaps = np.abs(H[:, :, None] - H[:, None, :]).mean(axis=0)
    return sum(all(gaps[j, k] > tol for k in range(j)) for j in range(units))


@distinct_units.misconception(
    "the first sample only",
    "You look at the first sample only (H[0]): two units may agree there and differ in another.",
)
def _(H, tol=1e-9):
    first = H[0]
    return sum(all(abs(first[j] - first[k]) > tol for k in range(j)) for j in range(len(first)))


@distinct_units.misconception(
    "no absolute value",
    "Your differences have a sign: where a column is *below* the other one, the largest of them is "
    "0 or less. Take absolute values first.",
)
def _(H, tol=1e-9):
    units = H.shape[1]
    return sum(all(np.max(H[:, j] - H[:, k]) > tol for k in range(j)) for j in range(units))


@distinct_units.misconception(
    "less than tol",
    "Columns that differ by *exactly* tol count as one as well: <= where you have <. (With tol = 0 "
    "equal columns are copies.)",
)
def _(H, tol=1e-9):
    units = H.shape[1]
    gaps = np.abs(H[:, :, None] - H[:, None, :]).max(axis=0)
    return sum(not any(gaps[j, k] < tol for k in range(j)) for j in range(units))


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
