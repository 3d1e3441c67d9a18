"""Notebook 06: a network forwards, with what the way back will need."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import pairwise

import numpy as np

from autograder.compare import Difference, first_difference
from autograder.drive import Call, Oracle, Outcome, Plain
from autograder.exercise import Case, Exercise
from autograder.exercises._cases import Rng
from reference_impl import mlp as reference

NOTEBOOK = "06_losses_and_backprop"


def compare_forward(
    case: Case, expected: Sequence[Outcome], got: Sequence[Outcome]
) -> Difference | None:
    """The first array that is off on the way from the first layer to the logits."""
    right, answer = expected[0].value, got[0].value
    if not isinstance(answer, tuple | list) or len(answer) != 2:
        return first_difference(right, answer, names=mlp_forward.outputs)
    return _compare_caches(right[1], answer[1]) or first_difference(
        right[0], answer[0], where="logits"
    )


def _compare_caches(right: Sequence[tuple[Plain, Plain]], answer: Plain) -> Difference | None:
    layers = len(right)
    if not isinstance(answer, tuple | list) or len(answer) != layers:
        wanted = f"a list of {layers}: (H, Z) for each layer"
        size = f"{len(answer)} in it" if isinstance(answer, tuple | list) else "no list"
        kind = "shape" if isinstance(answer, tuple | list) else "type"
        return Difference(kind, "caches", wanted, size)
    for number, (pair, other) in enumerate(zip(right, answer, strict=True), start=1):
        place = f"caches[{number - 1}], which is layer {number} of {layers}"
        if not isinstance(other, tuple | list) or len(other) != 2:
            return first_difference(pair, other, names=("H", "Z"), where=place)
        for name, e, g in zip("HZ", pair, other, strict=True):
            difference = first_difference(e, g, where=f"{place}: {name}")
            if difference is not None:
                return difference
    return None


mlp_forward = Exercise(
    "mlp_forward",
    reference=reference.mlp_forward,
    outputs=("logits", "caches"),
    minutes=12,
    difficulty=3,
    compare=compare_forward,
    hint="For each (W, b): Z from H, keep the pair (H, Z), then the activation makes the next H. "
    "The last Z is returned as it is.",
)

Function = Callable[[np.ndarray], np.ndarray]


def network(rng: Rng, sizes: Sequence[int]) -> list[tuple[np.ndarray, np.ndarray]]:
    """Weights and biases that are all different from 0."""
    return [
        (rng.normal(size=(fan_in, fan_out)) / np.sqrt(fan_in), rng.normal(size=fan_out))
        for fan_in, fan_out in pairwise(sizes)
    ]


def wave(z: np.ndarray) -> np.ndarray:
    """An activation that nobody has by heart: neither f(0) = 0 nor f(f(z)) = f(z)."""
    return np.asarray(0.3 + 0.5 * z + np.sin(z))


def _through(rng: Rng, label: str, n: int, sizes: Sequence[int], activation: Function) -> Case:
    arguments = (rng.normal(size=(n, sizes[0])), network(rng, sizes))
    oracle = Oracle("activation", ("z",))
    return Case(label, (Call((*arguments, oracle)),), {"activation": activation})


@mlp_forward.cases("two layers", points=1)
def _(rng: Rng) -> list[Case]:
    return [
        _through(rng, "2 layers, tanh, one sample", 1, (2, 3, 2), np.tanh),
        _through(rng, "2 layers, an unknown activation, 4 samples", 4, (3, 5, 2), wave),
    ]


@mlp_forward.cases("any number of layers", points=2)
def _(rng: Rng) -> list[Case]:
    return [
        _through(rng, "1 layer: no activation at all", 4, (3, 2), np.tanh),
        _through(rng, "4 layers, tanh", 3, (2, 4, 3, 4, 2), np.tanh),
        _through(rng, "3 layers of 3 units, an unknown activation", 3, (3, 3, 3, 3), wave),
    ]


@mlp_forward.misconception(
    "activation after the last layer",
    "The activation follows the last layer, too. The logits are the last Z as it is: the loss "
    "takes them from there.",
)
def _(X, params, activation):
    H, caches = X, []
    for W, b in params:
        Z = H @ W + b
        caches.append((H, Z))
        H = activation(Z)
    return H, caches


@mlp_forward.misconception(
    "no activation", "The activation is never used: without it all layers together are one layer."
)
def _(X, params, activation):
    H, caches = X, []
    for W, b in params:
        Z = H @ W + b
        caches.append((H, Z))
        H = Z
    return H, caches


@mlp_forward.misconception(
    "activation of the inputs",
    "The activation is taken of X itself as well: the first layer sees the samples as they are.",
)
def _(X, params, activation):
    H, caches = X, []
    for W, b in params:
        H = activation(H)
        Z = H @ W + b
        caches.append((H, Z))
        H = Z
    return H, caches


@mlp_forward.misconception("no bias", "The biases are missing: each layer is H @ W plus its b.")
def _(X, params, activation):
    H, caches = X, []
    for W, _b in params:
        Z = H @ W
        caches.append((H, Z))
        H = activation(Z)
    return Z, caches


@mlp_forward.misconception(
    "output of the layer cached",
    "Right logits; but your caches hold what comes out of each layer's activation. The way back "
    "needs the H that went *in*, because dW = Hᵀ dZ.",
)
def _(X, params, activation):
    H, caches = X, []
    for W, b in params:
        Z = H @ W + b
        H = activation(Z)
        caches.append((H, Z))
    return Z, caches


@mlp_forward.misconception(
    "pairs turned round", "Right logits; but the pairs are (H, Z): what went in comes first."
)
def _(X, params, activation):
    H, caches = X, []
    for W, b in params:
        Z = H @ W + b
        caches.append((Z, H))
        H = activation(Z)
    return Z, caches


@mlp_forward.misconception(
    "last layer not cached",
    "Right logits; but the last layer is missing in the caches. Its H is needed for its dW.",
)
def _(X, params, activation):
    H, caches = X, []
    for W, b in params[:-1]:
        Z = H @ W + b
        caches.append((H, Z))
        H = activation(Z)
    W, b = params[-1]
    return H @ W + b, caches


@mlp_forward.misconception(
    "only the logits", "You return the logits only: the way back needs the caches as well."
)
def _(X, params, activation):
    H = X
    for W, b in params:
        Z = H @ W + b
        H = activation(Z)
    return Z


@mlp_forward.equivalent("the last layer apart")
def _(X, params, activation):
    caches = []
    for W, b in params[:-1]:
        Z = np.dot(X, W) + b
        caches.append([X, Z])
        X = activation(Z)
    W, b = params[-1]
    logits = np.dot(X, W) + b
    caches.append([X, logits])
    return [logits, caches]


@mlp_forward.equivalent("all H first")
def _(X, params, activation):
    inputs, sums = [X], []
    for i in range(len(params)):
        sums.append(inputs[i] @ params[i][0] + params[i][1][None, :])
        if i < len(params) - 1:
            inputs.append(activation(sums[i]))
    return sums[-1], list(zip(inputs, sums, strict=True))


@mlp_forward.equivalent("calling itself")
def _(X, params, activation):
    def rest(H, layers):
        (W, b), *others = layers
        Z = H @ W + b
        if not others:
            return Z, [(H, Z)]
        logits, caches = rest(activation(Z), others)
        return logits, [(H, Z), *caches]

    return rest(X, params)
