"""The way back through a normalization."""

from __future__ import annotations

import numpy as np

from autograder.checking.exercise import Case, quiz
from autograder.exercises._cases import Rng
from autograder.exercises._parts import Part, exercise_in_parts, part
from reference_impl.layers import batchnorm as reference

batchnorm_backward = exercise_in_parts(
    "batchnorm_backward",
    reference=reference.batchnorm_backward,
    outputs=("dX", "dgamma", "dbeta"),
    minutes=15,
    difficulty=4,
    hint="dβ sums dout and dγ sums dout·x̂, column by column. In dX three terms stand in one "
    "bracket: the sample's own dout, the mean of dout, and x̂ times the mean of dout·x̂.",
)


def _back(rng: Rng, label: str, parts: list[int], n: int, d: int, eps: float) -> Part:
    X = rng.normal(size=(n, d)) * rng.uniform(0.3, 3.0, d) + rng.uniform(-4, 4, d)
    gamma = rng.uniform(1.5, 3.0, d) * rng.choice((-1.0, 1.0), d)
    _, cache = reference.batchnorm_forward(X, gamma, np.zeros(d), eps)
    return part(label, parts, rng.normal(0.5, 1.0, (n, d)), cache)


@batchnorm_backward.cases("dγ and dβ", points=2)
def _(rng: Rng) -> list[Case]:
    return [
        _back(rng, "5 samples of 3 units", [1, 2], 5, 3, 1e-5),
        _back(rng, "4 samples of 4 units, ε = 0.5", [1, 2], 4, 4, 0.5),
        _back(rng, "3 samples of one unit", [1, 2], 3, 1, 1e-3),
    ]


@batchnorm_backward.cases("dX", points=3)
def _(rng: Rng) -> list[Case]:
    return [
        _back(rng, "5 samples of 3 units", [0], 5, 3, 1e-5),
        _back(rng, "4 samples of 4 units, ε = 0.5", [0], 4, 4, 0.5),
        _back(rng, "7 samples of one unit", [0], 7, 1, 1e-3),
        _back(rng, "one sample: its mean is itself", [0], 1, 3, 1e-3),
    ]


@batchnorm_backward.misconception(
    "mean and variance as constants",
    "Your dX treats mean and σ as constants. They are computed from X: each sample changes them, "
    "and through them the output of all other samples. Two terms are missing.",
)
def _(dout, cache):
    x_hat, gamma, std = cache
    return dout * gamma / std, (dout * x_hat).sum(axis=0), dout.sum(axis=0)


@batchnorm_backward.misconception(
    "divided by the number of units",
    "In the means of dX you divide by the number of columns. They are means over the batch: n is "
    "the number of rows, dout.shape[0].",
)
def _(dout, cache):
    x_hat, gamma, std = cache
    dbeta, dgamma = dout.sum(axis=0), (dout * x_hat).sum(axis=0)
    units = dout.shape[1]
    return gamma / std * (dout - dbeta / units - x_hat * dgamma / units), dgamma, dbeta


@batchnorm_backward.misconception(
    "way through the variance missing",
    "dX has the way through the mean, but not the way through the variance: add the term with x̂ "
    "times a mean.",
)
def _(dout, cache):
    x_hat, gamma, std = cache
    dX = gamma / std * (dout - dout.mean(axis=0))
    return dX, (dout * x_hat).sum(axis=0), dout.sum(axis=0)


@batchnorm_backward.misconception(
    "way through the mean missing",
    "dX has the way through the variance, but not the way through the mean: subtract the mean of "
    "dout as well.",
)
def _(dout, cache):
    x_hat, gamma, std = cache
    dX = gamma / std * (dout - x_hat * (dout * x_hat).mean(axis=0))
    return dX, (dout * x_hat).sum(axis=0), dout.sum(axis=0)


@batchnorm_backward.misconception(
    "sums in dX",
    "In dX you subtract sums over the batch. They should be means: each of the n samples changes "
    "the mean and the variance by only 1/n.",
)
def _(dout, cache):
    x_hat, gamma, std = cache
    dbeta, dgamma = dout.sum(axis=0), (dout * x_hat).sum(axis=0)
    return gamma / std * (dout - dbeta - x_hat * dgamma), dgamma, dbeta


@batchnorm_backward.misconception(
    "x̂ only inside the mean",
    "In the last term of dX, x̂ appears twice: inside the mean, and in front of it, where each "
    "sample has its own. The one in front is missing.",
)
def _(dout, cache):
    x_hat, gamma, std = cache
    dX = gamma / std * (dout - dout.mean(axis=0) - (dout * x_hat).mean(axis=0))
    return dX, (dout * x_hat).sum(axis=0), dout.sum(axis=0)


@batchnorm_backward.misconception(
    "x̂ only in front of the mean",
    "In the last term of dX, x̂ appears twice: in front of the mean, and inside it, as dout·x̂. "
    "The one inside is missing.",
)
def _(dout, cache):
    x_hat, gamma, std = cache
    dX = gamma / std * (dout - dout.mean(axis=0) - x_hat * dout.mean(axis=0))
    return dX, (dout * x_hat).sum(axis=0), dout.sum(axis=0)


@batchnorm_backward.misconception(
    "wrong sign of the last term",
    "The last term of dX has the wrong sign: both means are subtracted.",
)
def _(dout, cache):
    x_hat, gamma, std = cache
    dX = gamma / std * (dout - dout.mean(axis=0) + x_hat * (dout * x_hat).mean(axis=0))
    return dX, (dout * x_hat).sum(axis=0), dout.sum(axis=0)


@batchnorm_backward.misconception(
    "bracket closed too early",
    "In dX your bracket closes too early: γ/σ multiplies the term with x̂ as well.",
)
def _(dout, cache):
    x_hat, gamma, std = cache
    dX = gamma / std * (dout - dout.mean(axis=0)) - x_hat * (dout * x_hat).mean(axis=0)
    return dX, (dout * x_hat).sum(axis=0), dout.sum(axis=0)


@batchnorm_backward.misconception(
    "γ with the first term only",
    "In dX γ multiplies the first term only: it belongs in front of the whole bracket, γ/σ.",
)
def _(dout, cache):
    x_hat, gamma, std = cache
    dX = (gamma * dout - dout.mean(axis=0) - x_hat * (dout * x_hat).mean(axis=0)) / std
    return dX, (dout * x_hat).sum(axis=0), dout.sum(axis=0)


@batchnorm_backward.misconception(
    "factor missing in dX",
    "In dX the bracket is right; the factor in front of it, γ/σ, is missing.",
)
def _(dout, cache):
    x_hat, _gamma, _std = cache
    dX = dout - dout.mean(axis=0) - x_hat * (dout * x_hat).mean(axis=0)
    return dX, (dout * x_hat).sum(axis=0), dout.sum(axis=0)


@batchnorm_backward.misconception(
    "dX averaged",
    "You divide all of dX by n. If the loss is a mean, its 1/n is in dout already: only the two "
    "means inside the bracket have one of their own.",
)
def _(dout, cache):
    x_hat, gamma, std = cache
    bracket = dout - dout.mean(axis=0) - x_hat * (dout * x_hat).mean(axis=0)
    return gamma / std * bracket / len(dout), (dout * x_hat).sum(axis=0), dout.sum(axis=0)


@batchnorm_backward.misconception(
    "one mean for all units",
    "In dX you take means over the whole batch, one number for all units. Each column has its own: "
    "axis=0.",
)
def _(dout, cache):
    x_hat, gamma, std = cache
    dX = gamma / std * (dout - dout.mean() - x_hat * (dout * x_hat).mean())
    return dX, (dout * x_hat).sum(axis=0), dout.sum(axis=0)


@batchnorm_backward.misconception(
    "γ missing in dX", "γ is missing in dX: on its way back dout passes the product γ·x̂ first."
)
def _(dout, cache):
    x_hat, _gamma, std = cache
    dX = (dout - dout.mean(axis=0) - x_hat * (dout * x_hat).mean(axis=0)) / std
    return dX, (dout * x_hat).sum(axis=0), dout.sum(axis=0)


@batchnorm_backward.misconception(
    "σ missing in dX", "σ is missing in dX: forwards you divide by σ, so backwards as well."
)
def _(dout, cache):
    x_hat, gamma, _std = cache
    dX = gamma * (dout - dout.mean(axis=0) - x_hat * (dout * x_hat).mean(axis=0))
    return dX, (dout * x_hat).sum(axis=0), dout.sum(axis=0)


@batchnorm_backward.misconception(
    "another root",
    "The third item in the cache is σ. Its root has been taken already: do not take it again.",
)
def _(dout, cache):
    x_hat, gamma, std = cache
    bracket = dout - dout.mean(axis=0) - x_hat * (dout * x_hat).mean(axis=0)
    return gamma / np.sqrt(std) * bracket, (dout * x_hat).sum(axis=0), dout.sum(axis=0)


@batchnorm_backward.misconception(
    "dγ without x̂",
    "Your dγ is the sum of dout, which is dβ. γ multiplies x̂ in the output: x̂ belongs in the sum.",
)
def _(dout, cache):
    x_hat, gamma, std = cache
    dX = gamma / std * (dout - dout.mean(axis=0) - x_hat * (dout * x_hat).mean(axis=0))
    return dX, dout.sum(axis=0), dout.sum(axis=0)


@batchnorm_backward.misconception(
    "one sum for all units",
    "Your dγ and dβ are one number each. Every unit has its own γ and β: sum with axis=0.",
)
def _(dout, cache):
    x_hat, gamma, std = cache
    dX = gamma / std * (dout - dout.mean(axis=0) - x_hat * (dout * x_hat).mean(axis=0))
    return dX, (dout * x_hat).sum(), dout.sum()


@batchnorm_backward.misconception(
    "dγ with X",
    "In dγ you multiply by X - mean. γ multiplies x̂ in the output, and x̂ is what the cache holds.",
)
def _(dout, cache):
    x_hat, gamma, std = cache
    dX = gamma / std * (dout - dout.mean(axis=0) - x_hat * (dout * x_hat).mean(axis=0))
    return dX, (dout * x_hat * std).sum(axis=0), dout.sum(axis=0)


@batchnorm_backward.misconception(
    "dγ and dβ averaged",
    "You average for dγ and dβ. If the loss is a mean, its 1/n is in dout already: sum. (The means "
    "inside dX are right.)",
)
def _(dout, cache):
    x_hat, gamma, std = cache
    dX = gamma / std * (dout - dout.mean(axis=0) - x_hat * (dout * x_hat).mean(axis=0))
    return dX, (dout * x_hat).mean(axis=0), dout.mean(axis=0)


@batchnorm_backward.misconception(
    "γ in dγ and dβ",
    "Your dγ and dβ are multiplied by γ. They come from dout as it arrives: γ belongs in dX only.",
)
def _(dout, cache):
    x_hat, gamma, std = cache
    g, n = gamma * dout, len(dout)
    dgamma, dbeta = np.sum(g * x_hat, axis=0), np.sum(g, axis=0)
    return (g - dbeta / n - x_hat * dgamma / n) / std, dgamma, dbeta


@batchnorm_backward.misconception(
    "dγ and dβ not summed",
    "Your dγ and dβ have one row per sample. All samples share one γ and one β: sum over the rows.",
)
def _(dout, cache):
    x_hat, gamma, std = cache
    dX = gamma / std * (dout - dout.mean(axis=0) - x_hat * (dout * x_hat).mean(axis=0))
    return dX, dout * x_hat, dout


@batchnorm_backward.misconception(
    "tables of one row",
    "Your dγ and dβ have one dimension too many: their shape is (d,), like γ and β, so no keepdims "
    "here.",
)
def _(dout, cache):
    x_hat, gamma, std = cache
    dX = gamma / std * (dout - dout.mean(axis=0) - x_hat * (dout * x_hat).mean(axis=0))
    return dX, (dout * x_hat).sum(axis=0, keepdims=True), dout.sum(axis=0, keepdims=True)


@batchnorm_backward.misconception(
    "another order", "Right gradients in another order: return dX, then dγ, then dβ."
)
def _(dout, cache):
    x_hat, gamma, std = cache
    dX = gamma / std * (dout - dout.mean(axis=0) - x_hat * (dout * x_hat).mean(axis=0))
    return dX, dout.sum(axis=0), (dout * x_hat).sum(axis=0)


@batchnorm_backward.misconception(
    "σ twice",
    "You divide dX by σ twice (or by the variance): forwards there is one σ.",
)
def _(dout, cache):
    x_hat, gamma, std = cache
    inner = dout - dout.mean(axis=0) - x_hat * (dout * x_hat).mean(axis=0)
    return gamma / std**2 * inner, (dout * x_hat).sum(axis=0), dout.sum(axis=0)


@batchnorm_backward.misconception(
    "γ in dγ",
    "There is a γ too many in dγ: out = γ·x̂ + β, so its derivative in γ is x̂ alone.",
)
def _(dout, cache):
    x_hat, gamma, std = cache
    inner = dout - dout.mean(axis=0) - x_hat * (dout * x_hat).mean(axis=0)
    return gamma / std * inner, (dout * x_hat * gamma).sum(axis=0), dout.sum(axis=0)


@batchnorm_backward.misconception(
    "γ in dβ",
    "There is a γ in dβ: β is added after the scaling, so its derivative is 1.",
)
def _(dout, cache):
    x_hat, gamma, std = cache
    inner = dout - dout.mean(axis=0) - x_hat * (dout * x_hat).mean(axis=0)
    return gamma / std * inner, (dout * x_hat).sum(axis=0), (dout * gamma).sum(axis=0)


@batchnorm_backward.misconception(
    "γ twice in dX",
    "There is a γ too many in dX: on its way back dout passes γ once.",
)
def _(dout, cache):
    x_hat, gamma, std = cache
    d = dout * gamma
    inner = d - d.mean(axis=0) - x_hat * (d * x_hat).mean(axis=0)
    return gamma / std * inner, (dout * x_hat).sum(axis=0), dout.sum(axis=0)


@batchnorm_backward.misconception(
    "times σ",
    "You multiply dX by σ: forwards you divide by σ, and so backwards as well.",
)
def _(dout, cache):
    x_hat, gamma, std = cache
    inner = dout - dout.mean(axis=0) - x_hat * (dout * x_hat).mean(axis=0)
    return gamma * std * inner, (dout * x_hat).sum(axis=0), dout.sum(axis=0)


@batchnorm_backward.misconception(
    "half of the way through the variance",
    "The last term is half of what it should be: the square in the variance brings a 2, and "
    "the root a ½; they cancel.",
)
def _(dout, cache):
    x_hat, gamma, std = cache
    inner = dout - dout.mean(axis=0) - x_hat * (dout * x_hat).mean(axis=0) / 2
    return gamma / std * inner, (dout * x_hat).sum(axis=0), dout.sum(axis=0)


@batchnorm_backward.misconception(
    "twice the way through the variance",
    "The last term is twice what it should be: the square in the variance brings a 2, and the "
    "root a ½; they cancel.",
)
def _(dout, cache):
    x_hat, gamma, std = cache
    inner = dout - dout.mean(axis=0) - 2 * x_hat * (dout * x_hat).mean(axis=0)
    return gamma / std * inner, (dout * x_hat).sum(axis=0), dout.sum(axis=0)


@batchnorm_backward.equivalent("step by step, as in the paper")
def _(dout, cache):
    x_hat, gamma, std = cache
    n = len(dout)
    centred = x_hat * std
    dx_hat = dout * gamma
    dvar = np.sum(dx_hat * centred * -0.5 * std**-3, axis=0)
    dmean = np.sum(-dx_hat / std, axis=0) + dvar * np.mean(-2 * centred, axis=0)
    dX = dx_hat / std + dvar * 2 * centred / n + dmean / n
    return dX, np.sum(dout * x_hat, axis=0), np.sum(dout, axis=0)


@batchnorm_backward.equivalent("with n in front")
def _(dout, cache):
    x_hat, gamma, std = cache
    n = dout.shape[0]
    dbeta = dout.sum(0)
    dgamma = np.einsum("ij,ij->j", dout, x_hat)
    return [(gamma / (n * std)) * (n * dout - dbeta - x_hat * dgamma), dgamma, dbeta]


@batchnorm_backward.equivalent("by the matrix of all slopes")
def _(dout, cache):
    x_hat, gamma, std = cache
    n, d = dout.shape
    dX, dgamma, dbeta = np.zeros((n, d)), np.zeros(d), np.zeros(d)
    for j in range(d):
        slopes = np.eye(n) - 1 / n - np.outer(x_hat[:, j], x_hat[:, j]) / n
        dX[:, j] = gamma[j] / std[j] * (slopes @ dout[:, j])
        dgamma[j] = dout[:, j] @ x_hat[:, j]
        dbeta[j] = sum(dout[:, j])
    return dX, dgamma, dbeta


# ------------------------------------------------------------------------------- the quiz
prediction_batchnorm = quiz(
    "prediction_batchnorm",
    answer="c",
    a="The batch's mean and σ also grow ten times, and the normalization removes both: the output "
    "is the same as before.",
    b="It is right that the output stays the same. But now a small change of W is a tenth as large "
    "compared with W itself, so it turns the output less.",
    d="It is right that the output stays the same. Follow the way back: dX of the normalization is "
    "divided by σ, and σ has grown.",
)
