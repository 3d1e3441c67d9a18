"""Softmax, and the gradient through it."""

from __future__ import annotations

import numpy as np

from autograder.checking.exercise import Case, Exercise
from autograder.exercises._cases import Rng, call
from reference_impl import softmax as reference

# ------------------------------------------------------------------------------- softmax
softmax = Exercise(
    "softmax",
    reference=reference.softmax,
    hint="Subtract each row's maximum, take e^, divide each row by its sum; keepdims=True keeps "
    "each row's number in that row.",
    minutes=7,
    difficulty=3,
)


@softmax.cases("moderate scores", points=2)
def _(rng: Rng) -> list[Case]:
    return [
        call("(5, 3)", rng.normal(0, 2, (5, 3))),
        call("one row of 4", rng.normal(0, 2, (1, 4))),
        call("(3, 3)", rng.normal(0, 2, (3, 3))),
        call("three rows of one class", rng.normal(0, 2, (3, 1))),
    ]


@softmax.cases("large scores", points=1)
def _(rng: Rng) -> list[Case]:
    Z = rng.normal(0, 1, (3, 3))
    return [
        call("rows around 1000, 0 and -1000", Z + np.array([[1000.0], [0.0], [-1000.0]])),
        call("1000, 0 and -1000 in one row", np.array([[1000.0, 0.0, -1000.0]])),
    ]


@softmax.misconception(
    "overflows",
    "Right for moderate scores, but e^1000 is infinite, and e^-1000 is 0 in a whole row. Subtract "
    "each row's maximum first: the result is the same.",
)
def _(Z):
    E = np.exp(Z)
    return E / E.sum(axis=1, keepdims=True)


@softmax.misconception(
    "one maximum for all rows",
    "You subtract one maximum from the whole table. A row far below it becomes 0 everywhere, and "
    "0 / 0 is nan: each row has its own maximum.",
)
def _(Z):
    E = np.exp(Z - np.max(Z))
    return E / E.sum(axis=1, keepdims=True)


@softmax.misconception(
    "columns",
    "Your columns sum to 1, not your rows: a sample is a row, so sum over axis=1.",
)
def _(Z):
    E = np.exp(Z - Z.max(axis=0, keepdims=True))
    return E / E.sum(axis=0, keepdims=True)


@softmax.misconception(
    "the whole table",
    "You divide by the sum of the whole table: each row is a sample of its own, and sums to 1.",
)
def _(Z):
    E = np.exp(Z - Z.max(axis=1, keepdims=True))
    return E / E.sum()


@softmax.misconception(
    "keepdims forgotten",
    "The sums of the rows have shape (n,), and NumPy lays them along the columns. With "
    "keepdims=True they stay in their rows.",
)
def _(Z):
    E = np.exp(Z - Z.max(axis=1, keepdims=True))
    return E / E.sum(axis=1)


@softmax.misconception(
    "not divided", "You stop after the exponentials: divide each row by its sum."
)
def _(Z):
    return np.exp(Z - Z.max(axis=1, keepdims=True))


@softmax.misconception(
    "logarithm",
    "These are logarithms of the probabilities: take the exponential of the result.",
)
def _(Z):
    Z = Z - Z.max(axis=1, keepdims=True)
    return Z - np.log(np.exp(Z).sum(axis=1, keepdims=True))


@softmax.misconception(
    "sigmoids",
    "A sigmoid of each score looks at it alone, so rows do not sum to 1. Softmax compares.",
)
def _(Z):
    return 1 / (1 + np.exp(-Z))


@softmax.misconception(
    "the whole table, one maximum",
    "np.max(Z) and np.sum(…) look at the whole table, so all numbers together sum to 1. Each row "
    "is a sample of its own: axis=1, with keepdims=True.",
)
def _(Z):
    E = np.exp(Z - np.max(Z))
    return E / np.sum(E)


@softmax.misconception(
    "the whole table, no maximum",
    "Two things: you divide by the sum of the whole table, where each row should sum to 1; and "
    "e^1000 is infinite, so subtract each row's maximum first.",
)
def _(Z):
    E = np.exp(Z)
    return E / np.sum(E)


@softmax.misconception(
    "columns, one maximum",
    "axis=0 sums down the columns, so your columns sum to 1. A sample is a row: its maximum and "
    "its sum go over axis=1.",
)
def _(Z):
    E = np.exp(Z - np.max(Z))
    return E / E.sum(axis=0)


@softmax.misconception(
    "columns, no maximum",
    "Two things: axis=0 sums down the columns, and a sample is a row; and e^1000 is infinite, so "
    "subtract each row's maximum first.",
)
def _(Z):
    E = np.exp(Z)
    return E / E.sum(axis=0)


@softmax.misconception(
    "keepdims forgotten twice",
    "Maxima and sums of the rows have shape (n,), and NumPy lays them along the columns. Write "
    "keepdims=True in both.",
)
def _(Z):
    E = np.exp(Z - Z.max(axis=1))
    return E / E.sum(axis=1)


@softmax.misconception(
    "keepdims forgotten, no maximum",
    "The sums of the rows have shape (n,), and NumPy lays them along the columns: keepdims=True. "
    "And e^1000 is infinite: subtract each row's maximum first.",
)
def _(Z):
    E = np.exp(Z)
    return E / E.sum(axis=1)


@softmax.misconception(
    "not exponentiated",
    "You divide the scores themselves by their sum: take e^ of them first, or there are negative "
    "probabilities.",
)
def _(Z):
    return Z / Z.sum(axis=1, keepdims=True)


@softmax.misconception(
    "divided by the maximum",
    "You divide the scores by their maximum: subtract it. Only a difference leaves the result as "
    "it was.",
)
def _(Z):
    with np.errstate(all="ignore"):
        E = np.exp(Z / Z.max(axis=1, keepdims=True))
        return E / E.sum(axis=1, keepdims=True)


@softmax.misconception(
    "largest score only",
    "You return 1 for the largest score and 0 for the others. That is the decision; softmax gives "
    "each class a probability.",
)
def _(Z):
    return (Z == Z.max(axis=1, keepdims=True)).astype(float)


@softmax.misconception(
    "maximum subtracted above only",
    "You subtract the maximum in the numerator, but not in the denominator: use the same "
    "exponentials in both.",
)
def _(Z):
    E = np.exp(Z - Z.max(axis=1, keepdims=True))
    return E / np.exp(Z).sum(axis=1, keepdims=True)


@softmax.misconception(
    "maximum of the columns",
    "You subtract the maximum of each *column*, which changes the differences inside a row. Each "
    "row has its own maximum: axis=1.",
)
def _(Z):
    E = np.exp(Z - Z.max(axis=0))
    return E / E.sum(axis=1, keepdims=True)


@softmax.misconception(
    "mean subtracted",
    "Right for moderate scores, but a score can lie far above its row's mean, and then e^ of the "
    "difference is infinite. Subtract the maximum.",
)
def _(Z):
    E = np.exp(Z - Z.mean(axis=1, keepdims=True))
    return E / E.sum(axis=1, keepdims=True)


@softmax.equivalent("row by row")
def _(Z):
    rows = []
    for z in Z:
        e = np.exp(z - max(z))
        rows.append(e / sum(e))
    return np.array(rows)


@softmax.equivalent("through the logarithm")
def _(Z):
    top = Z.max(axis=1)[:, None]
    return np.exp(Z - top - np.log(np.exp(Z - top).sum(axis=1))[:, None])


@softmax.equivalent("transposed")
def _(Z):
    E = np.exp(Z.T - Z.max(axis=1))
    return (E / E.sum(axis=0)).T


# ------------------------------------------------------------------------------- backwards
softmax_backward = Exercise(
    "softmax_backward",
    reference=reference.softmax_backward,
    hint="For each row: one number, Σ dP·P. Subtract it from the row of dP, and multiply by P.",
    minutes=10,
    difficulty=4,
)


def _probabilities(rng: Rng, n: int, k: int) -> Case:
    P = reference.softmax(rng.normal(0, 1.5, (n, k)))
    return call(f"shape ({n}, {k})", P, rng.normal(size=(n, k)))


@softmax_backward.cases("one row", points=1)
def _(rng: Rng) -> list[Case]:
    return [
        call("two classes", np.array([[0.25, 0.75]]), np.array([[4.0, 0.0]])),
        _probabilities(rng, 1, 4),
    ]


@softmax_backward.cases("many rows", points=2)
def _(rng: Rng) -> list[Case]:
    return [_probabilities(rng, 5, 3), _probabilities(rng, 3, 3), _probabilities(rng, 4, 6)]


@softmax_backward.misconception(
    "diagonal only",
    "P·(1 - P)·dP is the sigmoid's rule. Here every score moves every probability of its row: the "
    "terms between different classes are missing.",
)
def _(P, dP):
    return P * (1 - P) * dP


@softmax_backward.misconception(
    "sum not weighted",
    "You subtract the plain sum of dP: in the sum, each dP is weighted by its P.",
)
def _(P, dP):
    return P * (dP - dP.sum(axis=1, keepdims=True))


@softmax_backward.misconception(
    "nothing subtracted",
    "P·dP is the first term only: softmax also divides by the sum of the row, and that gives the "
    "second.",
)
def _(P, dP):
    return P * dP


@softmax_backward.misconception(
    "not multiplied by P", "The bracket is right: it still has to be multiplied by P."
)
def _(P, dP):
    return dP - (dP * P).sum(axis=1, keepdims=True)


@softmax_backward.misconception(
    "sum over everything",
    "You sum over all samples: each row has its own sum, over axis=1.",
)
def _(P, dP):
    return P * (dP - (dP * P).sum())


@softmax_backward.misconception(
    "sum over the samples",
    "You sum over axis=0, the samples: a score touches only the probabilities of its own row.",
)
def _(P, dP):
    return P * (dP - (dP * P).sum(axis=0, keepdims=True))


@softmax_backward.misconception(
    "cross-entropy's gradient",
    "P - dP looks like the gradient of softmax and cross-entropy together. Here dP may come from "
    "any loss: multiply it by the Jacobian.",
)
def _(P, dP):
    return P - dP


@softmax_backward.misconception(
    "mean in place of the sum",
    "You take the mean of dP·P over the classes: it is their sum.",
)
def _(P, dP):
    return P * (dP - (dP * P).mean(axis=1, keepdims=True))


@softmax_backward.misconception(
    "plain mean",
    "You subtract the plain mean of dP. It is a mean with weights, and the weights are the "
    "probabilities: Σ dP·P.",
)
def _(P, dP):
    return P * (dP - dP.mean(axis=1, keepdims=True))


@softmax_backward.misconception(
    "P subtracted",
    "You subtract P from dP. Subtract one number per row: the sum of dP·P.",
)
def _(P, dP):
    return P * (dP - P)


@softmax_backward.misconception(
    "sum of P",
    "The sum of P is 1 in every row. The sum is that of the products dP·P.",
)
def _(P, dP):
    return P * (dP - P.sum(axis=1, keepdims=True))


@softmax_backward.misconception(
    "P squared",
    "You multiply by P twice in the first term: it is P·dP.",
)
def _(P, dP):
    return P * (P * dP - (dP * P).sum(axis=1, keepdims=True))


@softmax_backward.misconception(
    "plus the sum",
    "You add the sum of dP·P: subtract it. (Then the gradients of each row sum to 0.)",
)
def _(P, dP):
    return P * (dP + (dP * P).sum(axis=1, keepdims=True))


@softmax_backward.misconception(
    "softmax's slope by 1 - P",
    "P·(1 - P) is only the diagonal of the Jacobian, and dP is missing as well: every row has "
    "terms between its classes.",
)
def _(P, dP):
    return P * (1 - P)


@softmax_backward.misconception(
    "brackets missing",
    "P multiplies the first term only: put dP - Σ dP·P in brackets.",
)
def _(P, dP):
    return P * dP - (dP * P).sum(axis=1, keepdims=True)


@softmax_backward.equivalent("a Jacobian for each row")
def _(P, dP):
    out = []
    for p, d in zip(P, dP):
        J = np.diag(p) - np.outer(p, p)
        out.append(J @ d)
    return np.array(out)


@softmax_backward.equivalent("two terms")
def _(P, dP):
    weighted = P * dP
    return weighted - P * weighted.sum(axis=1)[:, None]


@softmax_backward.equivalent("with einsum")
def _(P, dP):
    J = np.einsum("ni,ij->nij", P, np.eye(P.shape[1])) - np.einsum("ni,nj->nij", P, P)
    return np.einsum("nij,nj->ni", J, dP)
