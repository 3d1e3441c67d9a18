"""Columns of very different sizes, brought to one scale."""

from __future__ import annotations

import numpy as np

from autograder.checking.exercise import Case, Exercise
from autograder.exercises._cases import Rng, call
from reference_impl import datasets

standardize = Exercise(
    "standardize",
    reference=datasets.standardize,
    hint="Mean and standard deviation of each column (axis=0); divide by 1 where a column is "
    "constant.",
    minutes=8,
    difficulty=2,
)


@standardize.cases("ordinary columns", points=1)
def _(rng: Rng) -> list[Case]:
    scales = np.array([0.5, 40.0, 3.0])
    return [
        call("3 rows, 2 columns", np.array([[1.0, 10.0], [3.0, 30.0], [8.0, 20.0]])),
        call("7 rows, 3 columns of different size", 5 + scales * rng.normal(size=(7, 3))),
    ]


@standardize.cases("a constant column", points=1)
def _(rng: Rng) -> list[Case]:
    # Constants whose mean is exact: rounding in the mean is not what is asked about.
    table = rng.normal(2.0, 3.0, (8, 4))
    table[:, 1], table[:, 3] = 4.0, 0.0
    table[[0, 1, -1], 2] = 2.5  # begins and ends with equal numbers, and is not constant
    return [call("two of four columns constant", table), call("one row", np.array([[2.0, -1.5]]))]


@standardize.misconception(
    "nan in a constant column",
    "A constant column has standard deviation 0, and 0/0 is nan. Divide by 1 there: the column "
    "becomes 0.",
)
def _(X):
    return (X - X.mean(axis=0)) / X.std(axis=0)


@standardize.misconception(
    "one mean for the whole table",
    "You took the mean and the standard deviation of the whole table. Each column needs its own: "
    "axis=0.",
)
def _(X):
    return (X - X.mean()) / X.std()


@standardize.misconception(
    "rows",
    "You standardised the rows. A row is a sample and a column a feature: go along axis=0.",
)
def _(X):
    mean, std = X.mean(axis=1, keepdims=True), X.std(axis=1, keepdims=True)
    return (X - mean) / np.where(std == 0, 1, std)


@standardize.misconception(
    "sample standard deviation",
    "Your standard deviation divides by n-1 (ddof=1). Here it divides by n, as np.std does by "
    "default.",
)
def _(X):
    std = np.sqrt(np.sum((X - X.mean(axis=0)) ** 2, axis=0) / max(len(X) - 1, 1))
    return (X - X.mean(axis=0)) / np.where(std == 0, 1, std)


@standardize.misconception(
    "divided by the variance",
    "You divide by the variance. Its square root is the standard deviation, in the data's unit.",
)
def _(X):
    var = X.var(axis=0)
    return (X - X.mean(axis=0)) / np.where(var == 0, 1, var)


@standardize.misconception(
    "only shifted", "The means are 0 now. The division by the standard deviation is still missing."
)
def _(X):
    return X - X.mean(axis=0)


@standardize.misconception(
    "scaled to 0 … 1",
    "You scaled each column to run from 0 to 1. It should have mean 0 and standard deviation 1.",
)
def _(X):
    low, high = X.min(axis=0), X.max(axis=0)
    return (X - low) / np.where(high == low, 1, high - low)


@standardize.misconception(
    "changes X in place",
    "You change X itself (X -= … or X /= …): right numbers, but the caller's data are gone.",
)
def _(X):
    X -= X.mean(axis=0)
    std = X.std(axis=0)
    X /= np.where(std == 0, 1, std)
    return X


@standardize.misconception(
    "sample standard deviation, nan for one row",
    "Your standard deviation divides by n-1 (ddof=1), as pandas and PyTorch do. For one row that "
    "is 0/0. Here it divides by n, as np.std does by default.",
)
def _(X):
    std = np.std(X, axis=0, ddof=1)
    return (X - X.mean(axis=0)) / np.where(std == 0, 1, std)


@standardize.misconception(
    "sample standard deviation, nan in a constant column",
    "Two things: your standard deviation divides by n-1 (ddof=1), where it should be n; and a "
    "constant column still gives 0/0.",
)
def _(X):
    return (X - X.mean(axis=0)) / np.std(X, axis=0, ddof=1)


@standardize.misconception(
    "brackets missing",
    "Division comes before subtraction: you divide only the mean, and subtract the result from X. "
    "Put X - mean in brackets.",
)
def _(X):
    std = X.std(axis=0)
    return X - X.mean(axis=0) / np.where(std == 0, 1, std)


@standardize.misconception(
    "brackets missing, nan in a constant column",
    "Division comes before subtraction, so only the mean is divided: put X - mean in brackets. "
    "Then look at a constant column, where you divide by 0.",
)
def _(X):
    return X - X.mean(axis=0) / X.std(axis=0)


@standardize.misconception(
    "constant columns not shifted",
    "You leave a constant column as it was. Its mean is subtracted too, so it becomes 0.",
)
def _(X):
    std = X.std(axis=0)
    shifted = (X - X.mean(axis=0)) / np.where(std == 0, 1, std)
    return np.where(std == 0, X, shifted)


@standardize.misconception(
    "not shifted",
    "You divide by the standard deviation, but do not subtract the mean of each column first.",
)
def _(X):
    std = X.std(axis=0)
    return X / np.where(std == 0, 1, std)


@standardize.misconception(
    "1 added to every standard deviation",
    "You add 1 to every standard deviation, so the others come out too small. Only where it is 0 "
    "is it replaced by 1.",
)
def _(X):
    return (X - X.mean(axis=0)) / (X.std(axis=0) + 1)


@standardize.misconception(
    "something added to every standard deviation",
    "You add a number to the standard deviation of *every* column, so no column has standard "
    "deviation 1. Change only that of a constant column, to 1. (Its own need not be "
    "exactly 0: rounding leaves 1e-17 on a column of 0.1s. Ask whether all its numbers are equal.)",
)
def _(X):
    return (X - X.mean(axis=0)) / (X.std(axis=0) + 0.1)


@standardize.equivalent("column by column")
def _(X):
    columns = []
    for column in X.T:
        deviation = column - column.mean()
        size = np.sqrt(np.mean(deviation**2))
        columns.append(deviation / size if np.ptp(column) > 0 else deviation * 0)
    return np.array(columns).T


@standardize.equivalent("divide by 1 where all numbers are equal")
def _(X):
    constant = (X == X[0]).all(axis=0)
    return (X - X.mean(axis=0)) / np.where(constant, 1, X.std(axis=0))


@standardize.equivalent("nan mended afterwards")
def _(X):
    Z = np.nan_to_num((X - X.mean(axis=0)) / X.std(axis=0), nan=0.0)
    Z[:, (X == X[0]).all(axis=0)] = 0.0
    return Z


@standardize.equivalent("a tiny number in the denominator")
def _(X):
    return (X - X.mean(axis=0)) / (X.std(axis=0) + 1e-9)
