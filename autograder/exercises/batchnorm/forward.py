"""The statistics of a batch, and normalizing by them."""

from __future__ import annotations

import numpy as np

from autograder.checking.exercise import Case, Exercise
from autograder.exercises._cases import Rng, call
from autograder.exercises._parts import exercise_in_parts, part
from reference_impl.layers import batchnorm as reference

# ------------------------------------------------------------------------------- the statistics
batch_statistics = Exercise(
    "batch_statistics",
    reference=reference.batch_statistics,
    outputs=("mean", "variance"),
    minutes=4,
    difficulty=1,
    hint="One mean and one variance for each column: both go over the rows, axis=0.",
)


@batch_statistics.cases("batches", points=2)
def _(rng: Rng) -> list[Case]:
    return [
        call("two samples of two units", np.array([[1.0, 4.0], [3.0, 8.0]])),
        call("5 samples of 3 units", rng.normal(2.0, 1.5, (5, 3))),
        call("4 samples of 4 units", rng.normal(-1.0, [1.0, 2.0, 0.1, 5.0], (4, 4))),
        call("one sample", rng.normal(size=(1, 3))),
        call("one unit", rng.normal(3.0, 2.0, (6, 1))),
    ]


@batch_statistics.misconception(
    "n - 1",
    "Your variance is divided by n-1. Batch normalization divides by n, the number of rows (as "
    "X.var does if you do not give it a ddof).",
)
def _(X):
    return X.mean(axis=0), X.var(axis=0, ddof=1)


@batch_statistics.misconception(
    "over the units",
    "Your statistics go along the rows: one for each sample. A unit is a column, with its own mean "
    "over the samples: axis=0.",
)
def _(X):
    return X.mean(axis=1), X.var(axis=1)


@batch_statistics.misconception(
    "one for all",
    "You have one mean and one variance for the whole batch: each column has its own (axis=0).",
)
def _(X):
    return X.mean(), X.var()


@batch_statistics.misconception(
    "standard deviation", "Your second value is the standard deviation: the variance is its square."
)
def _(X):
    return X.mean(axis=0), X.std(axis=0)


@batch_statistics.misconception(
    "mean square",
    "Your second value is the mean of the squares: subtract the mean from each number first.",
)
def _(X):
    return X.mean(axis=0), (X**2).mean(axis=0)


@batch_statistics.misconception(
    "sum of squares", "The squared distances are summed: a variance is their mean, so divide by n."
)
def _(X):
    mean = X.mean(axis=0)
    return mean, ((X - mean) ** 2).sum(axis=0)


@batch_statistics.misconception(
    "kept dimensions", "Right numbers in a table of one row: here both are (d,), without keepdims."
)
def _(X):
    return X.mean(axis=0, keepdims=True), X.var(axis=0, keepdims=True)


@batch_statistics.misconception(
    "variance first", "Right numbers in the other order: the mean comes first."
)
def _(X):
    return X.var(axis=0), X.mean(axis=0)


@batch_statistics.misconception(
    "median",
    "Your first value is the median: the mean is the sum divided by n.",
)
def _(X):
    return np.median(X, axis=0), X.var(axis=0)


@batch_statistics.misconception(
    "distance without a square",
    "You average the distances |x - mean|: a variance averages their squares.",
)
def _(X):
    mean = X.mean(axis=0)
    return mean, np.abs(X - mean).mean(axis=0)


@batch_statistics.misconception(
    "distances that cancel",
    "You average x - mean without a square: that is always 0.",
)
def _(X):
    mean = X.mean(axis=0)
    return mean, (X - mean).mean(axis=0)


@batch_statistics.misconception(
    "distance from the mean of all",
    "You measure the distance from the mean of the whole batch: take that of the same column.",
)
def _(X):
    return X.mean(axis=0), ((X - X.mean()) ** 2).mean(axis=0)


@batch_statistics.misconception(
    "variance of all",
    "Your variance is one number for the whole batch: each column has its own (axis=0).",
)
def _(X):
    return X.mean(axis=0), X.var()


@batch_statistics.equivalent("from the mean of the squares")
def _(X):
    mean = X.sum(axis=0) / len(X)
    return mean, (X * X).mean(axis=0) - mean**2


@batch_statistics.equivalent("column by column")
def _(X):
    means, variances = [], []
    for column in X.T:
        mean = sum(column) / len(column)
        means.append(mean)
        variances.append(sum((x - mean) ** 2 for x in column) / len(column))
    return means, variances


@batch_statistics.equivalent("the standard deviation squared")
def _(X):
    return [np.average(X, axis=0), np.std(X, axis=0) ** 2]


# ------------------------------------------------------------------------------- forwards
batchnorm_forward = exercise_in_parts(
    "batchnorm_forward",
    reference=reference.batchnorm_forward,
    outputs=("out", "cache"),
    inner={1: ("x_hat", "gamma", "std")},
    minutes=10,
    difficulty=2,
    hint="Mean and variance of each column (axis=0); then σ = √(variance + ε), x̂ = (X - mean)/σ, "
    "and the output is γ·x̂ + β. The cache is (x_hat, gamma, std).",
)


def _batch(rng: Rng, n: int, d: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """X with columns of different means and spreads, γ away from 1 and β away from 0."""
    X = rng.normal(size=(n, d)) * rng.uniform(0.5, 3.0, d) + rng.uniform(-4, 4, d)
    return X, rng.uniform(1.5, 3.0, d), rng.uniform(0.5, 2.0, d) * rng.choice((-1.0, 1.0), d)


def _narrow(rng: Rng, n: int, d: int, spread: float) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """A batch whose columns have about this standard deviation."""
    X, gamma, beta = _batch(rng, n, d)
    return spread * rng.uniform(0.5, 2.0, d) * rng.normal(size=(n, d)) + X[0], gamma, beta


@batchnorm_forward.cases("the output, with a very small ε", points=2)
def _(rng: Rng) -> list[Case]:
    return [
        part("6 samples of 3 units", [0], *_batch(rng, 6, 3), 1e-12),
        part("4 samples of 4 units", [0], *_batch(rng, 4, 4), 1e-12),
        part("9 samples of one unit", [0], *_batch(rng, 9, 1), 1e-12),
    ]


@batchnorm_forward.cases("the output where ε matters", points=1)
def _(rng: Rng) -> list[Case]:
    X, gamma, beta = _batch(rng, 5, 3)
    X[:, 1] = X[0, 1]
    return [
        part("ε = 0.5", [0], *_batch(rng, 6, 3), 0.5),
        part("a spread of about √ε", [0], *_narrow(rng, 5, 3, 0.03), 1e-3),
        part("a unit that is always the same", [0], X, gamma, beta, 1e-3),
        part("one sample", [0], *_batch(rng, 1, 3), 1e-3),
    ]


@batchnorm_forward.cases("the cache", points=1)
def _(rng: Rng) -> list[Case]:
    return [
        part("5 samples of 3 units, ε = 0.5", [1], *_batch(rng, 5, 3), 0.5),
        part("3 samples of 3 units, ε = 0.1", [1], *_batch(rng, 3, 3), 0.1),
    ]


@batchnorm_forward.misconception(
    "ε outside the root",
    "You divide by σ + ε. In batch normalization ε is inside the root, with the variance: "
    "√(variance + ε).",
)
def _(X, gamma, beta, eps):
    std = np.sqrt(X.var(axis=0)) + eps
    x_hat = (X - X.mean(axis=0)) / std
    return gamma * x_hat + beta, (x_hat, gamma, std)


@batchnorm_forward.misconception(
    "no ε",
    "You do not add ε to the variance. It is added in every column, and not only where the "
    "variance is 0: √(variance + ε).",
)
def _(X, gamma, beta, eps):
    std = X.std(axis=0)
    x_hat = (X - X.mean(axis=0)) / std
    return gamma * x_hat + beta, (x_hat, gamma, std)


@batchnorm_forward.misconception(
    "n - 1",
    "Your variance is divided by n-1: in a training batch it is divided by n (ddof = 0). Your "
    "batch_statistics has the right one.",
)
def _(X, gamma, beta, eps):
    std = np.sqrt(X.var(axis=0, ddof=1) + eps)
    x_hat = (X - X.mean(axis=0)) / std
    return gamma * x_hat + beta, (x_hat, gamma, std)


@batchnorm_forward.misconception(
    "no root",
    "You divide by the variance. The root is missing: it is the standard deviation that brings the "
    "spread to 1.",
)
def _(X, gamma, beta, eps):
    std = X.var(axis=0) + eps
    x_hat = (X - X.mean(axis=0)) / std
    return gamma * x_hat + beta, (x_hat, gamma, std)


@batchnorm_forward.misconception(
    "the larger of variance and ε",
    "You take the larger of variance and ε. ε is always added to the variance, before the root.",
)
def _(X, gamma, beta, eps):
    std = np.sqrt(np.maximum(X.var(axis=0), eps))
    x_hat = (X - X.mean(axis=0)) / std
    return gamma * x_hat + beta, (x_hat, gamma, std)


@batchnorm_forward.misconception(
    "mean left in", "You divide by σ, but the mean is still in X: subtract it first."
)
def _(X, gamma, beta, eps):
    std = np.sqrt(X.var(axis=0) + eps)
    return gamma * (X / std) + beta, (X / std, gamma, std)


@batchnorm_forward.misconception(
    "mean divided alone",
    "Only the mean is divided by σ: X - mean needs brackets, and the whole is divided.",
)
def _(X, gamma, beta, eps):
    std = np.sqrt(X.var(axis=0) + eps)
    x_hat = X - X.mean(axis=0) / std
    return gamma * x_hat + beta, (x_hat, gamma, std)


@batchnorm_forward.misconception(
    "over the units",
    "You normalize each sample over its units. That exists (layer normalization), but here each "
    "unit is normalized over the samples: axis=0.",
)
def _(X, gamma, beta, eps):
    std = np.sqrt(X.var(axis=1, keepdims=True) + eps)
    x_hat = (X - X.mean(axis=1, keepdims=True)) / std
    return gamma * x_hat + beta, (x_hat, gamma, std)


@batchnorm_forward.misconception(
    "one for all",
    "You have one mean and one variance for the whole batch: each column has its own (axis=0).",
)
def _(X, gamma, beta, eps):
    std = np.sqrt(X.var() + eps)
    x_hat = (X - X.mean()) / std
    return gamma * x_hat + beta, (x_hat, gamma, std)


@batchnorm_forward.misconception(
    "not scaled and shifted",
    "You return x̂ itself: it still has to be multiplied by γ and shifted by β.",
)
def _(X, gamma, beta, eps):
    std = np.sqrt(X.var(axis=0) + eps)
    x_hat = (X - X.mean(axis=0)) / std
    return x_hat, (x_hat, gamma, std)


@batchnorm_forward.misconception(
    "γ and β swapped", "γ and β are swapped: γ multiplies x̂, β is added."
)
def _(X, gamma, beta, eps):
    std = np.sqrt(X.var(axis=0) + eps)
    x_hat = (X - X.mean(axis=0)) / std
    return beta * x_hat + gamma, (x_hat, gamma, std)


@batchnorm_forward.misconception(
    "shifted before scaled", "You multiply β by γ as well: first γ·x̂, then add β."
)
def _(X, gamma, beta, eps):
    std = np.sqrt(X.var(axis=0) + eps)
    x_hat = (X - X.mean(axis=0)) / std
    return gamma * (x_hat + beta), (x_hat, gamma, std)


@batchnorm_forward.misconception(
    "X scaled", "You scale and shift X itself: γ multiplies x̂, the normalized X."
)
def _(X, gamma, beta, eps):
    std = np.sqrt(X.var(axis=0) + eps)
    return gamma * X + beta, ((X - X.mean(axis=0)) / std, gamma, std)


@batchnorm_forward.misconception(
    "X in the cache",
    "The first item in your cache is X. It should be x̂, the normalized X: the gradients are "
    "computed from it.",
)
def _(X, gamma, beta, eps):
    std = np.sqrt(X.var(axis=0) + eps)
    return gamma * (X - X.mean(axis=0)) / std + beta, (X, gamma, std)


@batchnorm_forward.misconception(
    "the output in the cache",
    "The first item in your cache is the output. It should be x̂ as it was before γ and β. (After "
    "`out = x_hat` both names mean one array: `*=` and `+=` change it for both.)",
)
def _(X, gamma, beta, eps):
    std = np.sqrt(X.var(axis=0) + eps)
    out = gamma * (X - X.mean(axis=0)) / std + beta
    return out, (out, gamma, std)


@batchnorm_forward.misconception(
    "1/σ in the cache",
    "The last item in your cache is 1/σ. It should be σ itself, the one that you divided by.",
)
def _(X, gamma, beta, eps):
    inverse = 1 / np.sqrt(X.var(axis=0) + eps)
    x_hat = (X - X.mean(axis=0)) * inverse
    return gamma * x_hat + beta, (x_hat, gamma, inverse)


@batchnorm_forward.misconception(
    "variance in the cache",
    "The last item in your cache is the variance. It should be what you divided by: σ = √(variance "
    "+ ε).",
)
def _(X, gamma, beta, eps):
    var = X.var(axis=0)
    x_hat = (X - X.mean(axis=0)) / np.sqrt(var + eps)
    return gamma * x_hat + beta, (x_hat, gamma, var)


@batchnorm_forward.misconception(
    "σ without ε in the cache",
    "The σ in your cache has no ε in it. Keep the σ that you divided by.",
)
def _(X, gamma, beta, eps):
    x_hat = (X - X.mean(axis=0)) / np.sqrt(X.var(axis=0) + eps)
    return gamma * x_hat + beta, (x_hat, gamma, X.std(axis=0))


@batchnorm_forward.misconception(
    "σ a table of one row",
    "The σ in your cache has one dimension too many: its shape is (d,), so no keepdims here.",
)
def _(X, gamma, beta, eps):
    std = np.sqrt(X.var(axis=0, keepdims=True) + eps)
    x_hat = (X - X.mean(axis=0)) / std
    return gamma * x_hat + beta, (x_hat, gamma, std)


@batchnorm_forward.misconception(
    "γ last in the cache",
    "The right things are in your cache, in another order: (x_hat, gamma, std), with σ at the end.",
)
def _(X, gamma, beta, eps):
    std = np.sqrt(X.var(axis=0) + eps)
    x_hat = (X - X.mean(axis=0)) / std
    return gamma * x_hat + beta, (x_hat, std, gamma)


@batchnorm_forward.misconception(
    "only the output",
    "You return the output only. The way back needs the cache: return out, (x_hat, gamma, std).",
)
def _(X, gamma, beta, eps):
    return gamma * (X - X.mean(axis=0)) / np.sqrt(X.var(axis=0) + eps) + beta


@batchnorm_forward.misconception(
    "cache not in brackets",
    "You return four items. The last three belong together in brackets: return out, (x_hat, gamma, "
    "std).",
)
def _(X, gamma, beta, eps):
    std = np.sqrt(X.var(axis=0) + eps)
    x_hat = (X - X.mean(axis=0)) / std
    return gamma * x_hat + beta, x_hat, gamma, std


@batchnorm_forward.equivalent("with the power -1/2")
def _(X, gamma, beta, eps):
    centred = X - X.mean(axis=0)
    inverse = (np.mean(centred**2, axis=0) + eps) ** -0.5
    return [gamma * centred * inverse + beta, [centred * inverse, gamma, 1 / inverse]]


@batchnorm_forward.equivalent("column by column")
def _(X, gamma, beta, eps):
    out, x_hat, std = np.empty_like(X), np.empty_like(X), []
    for j in range(X.shape[1]):
        column = X[:, j]
        mean = np.sum(column) / len(column)
        sigma = (np.sum((column - mean) ** 2) / len(column) + eps) ** 0.5
        std.append(sigma)
        x_hat[:, j] = (column - mean) / sigma
        out[:, j] = gamma[j] * x_hat[:, j] + beta[j]
    return out, (x_hat, gamma, std)


@batchnorm_forward.equivalent("as one line per column")
def _(X, gamma, beta, eps):
    mean = X.mean(axis=0)
    std = np.sqrt((X**2).mean(axis=0) - mean**2 + eps)  # loses digits where the mean is large
    slope = gamma / std
    return X * slope + (beta - mean * slope), ((X - mean) / std, gamma, std)
