"""The spread of a signal through layers."""

from __future__ import annotations

from itertools import pairwise

import numpy as np

from autograder.checking.drive import Call, Oracle
from autograder.checking.exercise import Case, Exercise
from autograder.exercises._cases import Rng
from reference_impl import activations, initializers

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
    "You measure activation(Z), but pass Z itself to the next layer: pass activation(Z) on.",
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
    "You average the standard deviations of the units (axis=0): take one standard deviation over "
    "all elements of H at once.",
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
    "You return a number for each unit (axis=0): return one for the whole layer.",
)
def _(X, weights, activation):
    H = X
    stds = []
    for W in weights:
        H = activation(H @ W)
        stds.append(np.std(H, axis=0))
    return stds


@layer_std.misconception(
    "of the weights", "You measure the weights W: measure the outputs of the layers."
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


@layer_std.misconception(
    "the input each time",
    "Every layer gets X itself: the output of a layer is the input of the next one.",
)
def _(X, weights, activation):
    return [np.std(activation(X @ W)) for W in weights]


@layer_std.misconception(
    "root of the mean square",
    "You take √(mean of the squares): the standard deviation subtracts the mean first (np.std).",
)
def _(X, weights, activation):
    H = X
    sizes = []
    for W in weights:
        H = activation(H @ W)
        sizes.append(np.sqrt(np.mean(H**2)))
    return sizes


@layer_std.misconception(
    "after the first layer",
    "You return after the first layer: the `return` is inside the loop, one indent too deep.",
)
def _(X, weights, activation):
    return [np.std(activation(X @ weights[0]))]


@layer_std.misconception(
    "always tanh",
    "You use tanh, whatever activation is: call the function that you are given.",
)
def _(X, weights, activation):
    H, stds = X, []
    for W in weights:
        H = np.tanh(H @ W)
        stds.append(np.std(H))
    return stds


@layer_std.misconception(
    "always ReLU",
    "You use ReLU, whatever activation is: call the function that you are given.",
)
def _(X, weights, activation):
    H, stds = X, []
    for W in weights:
        H = np.maximum(H @ W, 0)
        stds.append(np.std(H))
    return stds


@layer_std.misconception(
    "no activation",
    "The activation is never used: each layer bends what its product gives.",
)
def _(X, weights, activation):
    H, stds = X, []
    for W in weights:
        H = H @ W
        stds.append(np.std(H))
    return stds


@layer_std.misconception(
    "activation twice",
    "The activation is applied twice: once to pass the signal on, and once more to measure it.",
)
def _(X, weights, activation):
    H, stds = X, []
    for W in weights:
        H = activation(H @ W)
        stds.append(np.std(activation(H)))
    return stds


@layer_std.misconception(
    "the mean",
    "You return the mean of each layer: its *spread* is asked for, np.std.",
)
def _(X, weights, activation):
    H, stds = X, []
    for W in weights:
        H = activation(H @ W)
        stds.append(np.mean(H))
    return stds


@layer_std.misconception(
    "over the first",
    "You divide by the spread of X: return the standard deviations as they are.",
)
def _(X, weights, activation):
    H, stds = X, []
    for W in weights:
        H = activation(H @ W)
        stds.append(np.std(H) / np.std(X))
    return stds


@layer_std.misconception(
    "the input of each layer",
    "You measure what goes into a layer, before you compute the layer: measure what comes out.",
)
def _(X, weights, activation):
    H, stds = X, []
    for W in weights:
        stds.append(np.std(H))
        H = activation(H @ W)
    return stds


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
