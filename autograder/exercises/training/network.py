"""The network's first weights, and the share of right answers."""

# ruff: noqa: RUF007 - a version has np alone, and zip needs no import

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import numpy as np

from autograder.checking.compare import Difference, first_difference
from autograder.checking.drive import Call, Outcome, Plain
from autograder.checking.drive import Rng as Seed
from autograder.checking.exercise import Case, Exercise
from autograder.exercises._cases import Rng, call
from reference_impl import mlp_training as reference

# ------------------------------------------------------------------------------- build_mlp
MANY = 10_000  # from so many weights on, a distribution is visible

SCALES = {  # a standard deviation other than √(2 / fan_in), and the mistake behind it
    "xavier": lambda i, o: np.sqrt(2 / (i + o)),
    "lecun": lambda i, o: np.sqrt(1 / i),
    "fan_out": lambda i, o: np.sqrt(2 / o),
    "no root": lambda i, o: 2 / i,
    "not scaled": lambda i, o: 1.0,
    "a fixed small scale": lambda i, o: 0.01,
}


def compare_networks(
    case: Case, expected: Sequence[Outcome], got: Sequence[Outcome]
) -> Difference | None:
    """First the shapes and the biases, then what can be said about random weights."""
    built = []
    for call_, right, outcome in zip(case.script, expected, got, strict=True):
        sizes = call_.args[0]
        wrong = _shapes(sizes, right.value, outcome.value)
        if wrong is not None:
            return wrong
        built.append([np.asarray(W, dtype=np.float64) for W, _ in outcome.value])
    large = built[0][0].size >= MANY
    return _scale(built) if large else _from_rng(case, built)


def _shapes(sizes: Sequence[int], right: Plain, answer: Plain) -> Difference | None:
    layers = len(sizes) - 1
    if not isinstance(answer, tuple | list):
        return first_difference(right, answer)
    if len(answer) != layers:
        wanted = f"{layers} layers for the sizes {list(sizes)}"
        return Difference("shape", "", wanted, f"{len(answer)}", "", _few(len(answer), sizes))
    for number, (pair, other) in enumerate(zip(right, answer, strict=True), start=1):
        where = f"layer {number} of the sizes {list(sizes)}"
        if not isinstance(other, tuple | list) or len(other) != 2:
            return first_difference(tuple(pair), other, names=("W", "b"), where=where)
        wrong = _numbers(pair[0], other[0], f"{where}: W") or first_difference(
            pair[1], other[1], where=f"{where}: b"
        )
        if wrong is not None:
            return wrong
    return None


def _few(layers: int, sizes: Sequence[int]) -> str:
    return "last layer missing" if layers == len(sizes) - 2 else ""


def _numbers(right: Any, other: Plain, where: str) -> Difference | None:
    """Shape and kind of a random matrix; its numbers are not compared."""
    found = first_difference(right, other, where=where)
    if found is None or found.stage == "value":
        return None
    if found.stage == "shape" and np.shape(other) == right.shape[::-1]:
        return Difference("shape", where, found.expected, found.got, "", "transposed")
    return found


def _scale(networks: Sequence[Sequence[np.ndarray]]) -> Difference | None:
    layers = [W for network in networks for W in network]
    off = [abs(W.std() / np.sqrt(2 / len(W)) - 1) > 0.04 for W in layers]
    for W, wrong in zip(layers, off, strict=True):
        wanted = np.sqrt(2 / len(W))
        if not wrong and abs(W.mean()) < 0.05 * wanted and np.unique(W).size > 0.9 * W.size:
            continue
        names = [
            name
            for name, scale in SCALES.items()
            if all(abs(V.std() / scale(*V.shape) - 1) < 0.04 for V in layers)
        ]
        return Difference(
            "value",
            f"W with fan_in {len(W)}, fan_out {W.shape[1]}",
            f"mean 0, standard deviation {wanted:.4g}, each weight drawn by itself",
            f"mean {W.mean():.2g}, standard deviation {W.std():.4g}, "
            f"{np.unique(W).size} different numbers",
            "",
            names[0] if len(names) == 1 else "",
        )
    return None


def _from_rng(case: Case, networks: Sequence[Sequence[np.ndarray]]) -> Difference | None:
    """Three seeds, each twice: rng alone decides."""
    flat = [np.concatenate([W.ravel() for W in network]) for network in networks]
    first, again = flat[: len(flat) // 2], flat[len(flat) // 2 :]
    if any(not np.array_equal(a, b) for a, b in zip(first, again, strict=True)):
        note, name = "two generators of the same seed gave different weights", ""
    elif any(np.array_equal(V, W) for network in networks for V, W in pairwise(network)):
        note, name = (
            "two layers of one size have the same weights: draw new numbers for each layer",
            "",
        )
    elif any(np.array_equal(first[0], other) for other in first[1:]):
        note, name = "generators of different seeds gave the same weights", "ignores rng"
    else:
        return None
    return Difference("value", "the weights", "new numbers from rng", "", note, name)


build_mlp = Exercise(
    "build_mlp",
    reference=reference.build_mlp,
    compare=compare_networks,
    minutes=6,
    difficulty=2,
    hint="Walk over the neighbours in sizes: zip(sizes[:-1], sizes[1:]) gives (fan_in, fan_out) of "
    "each layer. W is he_normal(fan_in, fan_out, rng), b is zeros.",
)


def _seeds(rng: Rng, count: int) -> list[Seed]:
    return [Seed(int(seed)) for seed in rng.choice(10_000, count, replace=False)]


@build_mlp.cases("layers, shapes and biases", points=1)
def _(rng: Rng) -> list[Case]:
    [seed] = _seeds(rng, 1)
    shapes = ([3, 5, 2], [2, 3], [4, 1, 1, 3, 2], [6, 6, 6])
    cases = []
    for sizes in shapes:
        calls = tuple(Call((sizes, Seed(seed.seed + k))) for k in (0, 1, 2, 0, 1, 2))
        cases.append(Case(f"sizes {sizes}, three generators, each twice", calls))
    return cases


@build_mlp.cases("He's scale", points=1)
def _(rng: Rng) -> list[Case]:
    one, two = _seeds(rng, 2)
    calls = (Call(([400, 120, 300], one)), Call(([150, 300, 200, 100], two)))
    return [Case("large layers", calls)]


@build_mlp.misconception(
    "last layer missing",
    "A layer is missing: n sizes have n - 1 pairs of neighbours, and each pair is a layer, "
    "including the one to the outputs.",
)
def _(sizes, rng):
    sizes = sizes[:-1]
    return [(rng.normal(0, np.sqrt(2 / i), (i, o)), np.zeros(o)) for i, o in zip(sizes, sizes[1:])]


@build_mlp.misconception(
    "zeros",
    "All weights are 0. Then the units of a layer stay copies of one another, and no gradient gets "
    "through: draw them with he_normal.",
)
def _(sizes, rng):
    return [(np.zeros((i, o)), np.zeros(o)) for i, o in zip(sizes, sizes[1:])]


@build_mlp.misconception(
    "transposed", "W has its rows and columns swapped: here W is (fan_in, fan_out), as in X @ W."
)
def _(sizes, rng):
    return [(rng.normal(0, np.sqrt(2 / i), (o, i)), np.zeros(o)) for i, o in zip(sizes, sizes[1:])]


@build_mlp.misconception(
    "not scaled",
    "The weights have standard deviation 1: after a layer of many inputs the signal is many times "
    "too large. He's scale depends on fan_in.",
)
def _(sizes, rng):
    return [(rng.standard_normal((i, o)), np.zeros(o)) for i, o in zip(sizes, sizes[1:])]


@build_mlp.misconception(
    "a fixed small scale",
    "All layers have the scale 0.01, whatever their size: the signal fades from layer to layer. "
    "He's scale depends on fan_in.",
)
def _(sizes, rng):
    return [(0.01 * rng.standard_normal((i, o)), np.zeros(o)) for i, o in zip(sizes, sizes[1:])]


@build_mlp.misconception(
    "xavier",
    "These are Xavier's weights, √(2 / (fan_in + fan_out)). The layers are followed by ReLU, which "
    "halves the signal: use He's weights, with fan_in alone.",
)
def _(sizes, rng):
    return [
        (rng.normal(0, np.sqrt(2 / (i + o)), (i, o)), np.zeros(o)) for i, o in zip(sizes, sizes[1:])
    ]


@build_mlp.misconception(
    "lecun",
    "The variance is 1 / fan_in: right for a layer without ReLU behind it. ReLU takes away half of "
    "the signal; He's 2 makes up for that.",
)
def _(sizes, rng):
    return [(rng.normal(0, np.sqrt(1 / i), (i, o)), np.zeros(o)) for i, o in zip(sizes, sizes[1:])]


@build_mlp.misconception(
    "fan_out", "The scale is taken from fan_out. A unit adds up its inputs: use fan_in."
)
def _(sizes, rng):
    return [(rng.normal(0, np.sqrt(2 / o), (i, o)), np.zeros(o)) for i, o in zip(sizes, sizes[1:])]


@build_mlp.misconception(
    "no root", "2 / fan_in is He's *variance*; a generator needs the standard deviation."
)
def _(sizes, rng):
    return [(rng.normal(0, 2 / i, (i, o)), np.zeros(o)) for i, o in zip(sizes, sizes[1:])]


@build_mlp.misconception(
    "random biases",
    "The biases are random. Start them at 0: the random weights already make the units different.",
)
def _(sizes, rng):
    return [
        (rng.normal(0, np.sqrt(2 / i), (i, o)), rng.normal(0, 0.1, o))
        for i, o in zip(sizes, sizes[1:])
    ]


@build_mlp.misconception(
    "ignores rng",
    "Every network is the same: the numbers must come from the rng that you are given, not from a "
    "generator with a seed of its own.",
)
def _(sizes, rng):
    rng = np.random.default_rng(0)
    return [(rng.normal(0, np.sqrt(2 / i), (i, o)), np.zeros(o)) for i, o in zip(sizes, sizes[1:])]


@build_mlp.equivalent("by index, from the last layer on, lists for pairs")
def _(sizes, rng):
    params = []
    for k in range(len(sizes) - 1, 0, -1):
        W = rng.standard_normal((sizes[k], sizes[k - 1])).T * (2 / sizes[k - 1]) ** 0.5
        params.insert(0, [W, 0.0 * W[0]])
    return tuple(params)


@build_mlp.equivalent("He's uniform form")
def _(sizes, rng):
    params = []
    fan_in = sizes[0]
    for units in sizes[1:]:
        limit = np.sqrt(6 / fan_in)
        params.append((rng.uniform(-limit, limit, size=(fan_in, units)), np.zeros(units)))
        fan_in = units
    return params


# ------------------------------------------------------------------------------- accuracy
accuracy = Exercise(
    "accuracy",
    reference=reference.accuracy,
    minutes=4,
    difficulty=1,
    hint="The predicted class of a row is the index of its largest logit: argmax along the row. "
    "Then compare with labels, and take the mean.",
)


def _batch(rng: Rng, n: int, k: int, right: int, scale: float = 1.0) -> tuple[Any, Any]:
    """Labels, and logits that are right for `right` of them."""
    logits = scale * rng.normal(size=(n, k))
    labels = logits.argmax(axis=1)
    wrong = rng.permutation(n)[right:]
    labels[wrong] = (labels[wrong] + rng.integers(1, k, len(wrong))) % k
    return labels, logits


def _between_0_and_1(rng: Rng) -> np.ndarray:
    """Of the right classes all are above 0, none is above one half, and two of four win."""
    right, others = rng.uniform(0.2, 0.45, 4), np.array([0.1, 0.1, 0.9, 0.9])
    logits = np.column_stack([right, others])
    logits[1:3] = logits[1:3, ::-1]  # whose label is 1
    return logits


@accuracy.cases("several batches", points=2)
def _(rng: Rng) -> list[Case]:
    return [
        call("logits between 0 and 1", np.array([0, 1, 1, 0]), _between_0_and_1(rng)),
        call("7 samples, 3 classes", *_batch(rng, 7, 3, 4)),
        call("4 samples, 4 classes", *_batch(rng, 4, 4, 3)),
        call("3 samples, 10 classes", *_batch(rng, 3, 10, 1)),
        call("one sample, right", *_batch(rng, 1, 3, 1)),
        call("all wrong", *_batch(rng, 5, 2, 0)),
        call("logits around ±1000", *_batch(rng, 6, 3, 2, scale=1000.0)),
        call("all logits below 0", *(a - b for a, b in zip(_batch(rng, 5, 3, 3), (0, 9.0)))),
    ]


@accuracy.misconception("a count", "You return how many are right; the accuracy is their *share*.")
def _(labels, logits):
    return int(np.sum(logits.argmax(axis=1) == labels))


@accuracy.misconception("in per cent", "A share goes from 0 to 1: leave out the factor 100.")
def _(labels, logits):
    return 100 * float(np.mean(logits.argmax(axis=1) == labels))


@accuracy.misconception(
    "the error rate", "You return the share that is wrong; the accuracy is the share that is right."
)
def _(labels, logits):
    return float(np.mean(logits.argmax(axis=1) != labels))


@accuracy.misconception(
    "argmax down the columns",
    "argmax(axis=0) finds the best *sample* of each class. The best class of each sample is along "
    "its row: axis=1.",
)
def _(labels, logits):
    best = logits.argmax(axis=0)
    return float(np.mean([best[i % len(best)] == label for i, label in enumerate(labels)]))


@accuracy.misconception(
    "a threshold",
    "You ask whether the logit of the right class is above 0. Logits are compared with one "
    "another: the largest of a row wins, whatever its sign.",
)
def _(labels, logits):
    return float(np.mean(logits[np.arange(len(labels)), labels] > 0))


@accuracy.misconception(
    "a threshold of one half",
    "You ask whether the logit of the right class is above 0.5. Logits are no probabilities, and "
    "with many classes even those can win below one half: the largest of a row wins.",
)
def _(labels, logits):
    return float(np.mean(logits[np.arange(len(labels)), labels] > 0.5))


@accuracy.misconception(
    "argmin",
    "argmin finds the class that the network believes in least: the largest logit wins.",
)
def _(labels, logits):
    return float(np.mean(logits.argmin(axis=1) == labels))


@accuracy.misconception(
    "the largest logit, not its place",
    "max gives the largest logit itself, and you compare it with a class number. argmax gives its "
    "place in the row.",
)
def _(labels, logits):
    return float(np.mean(logits.max(axis=1) == labels))


@accuracy.misconception(
    "rounded logits",
    "You turn the logits into 0 or 1 and compare whole rows. Only the place of the largest counts.",
)
def _(labels, logits):
    onehot = np.eye(logits.shape[1])[labels]
    return float(np.mean((logits > 0.5) == onehot))


@accuracy.misconception(
    "all or nothing",
    "You return whether *all* answers are right. The accuracy is the share that is right.",
)
def _(labels, logits):
    return float((logits.argmax(axis=1) == labels).all())


@accuracy.misconception(
    "divided by the number of classes",
    "You divide the count by the number of classes (the columns); it is a share of the samples.",
)
def _(labels, logits):
    return float(np.sum(logits.argmax(axis=1) == labels) / logits.shape[1])


@accuracy.equivalent("a loop that counts")
def _(labels, logits):
    right = 0
    for label, row in zip(labels.tolist(), logits.tolist(), strict=True):
        right += row.index(max(row)) == label
    return right / len(labels)


@accuracy.equivalent("through probabilities")
def _(labels, logits):
    P = np.exp(logits - logits.max(axis=1, keepdims=True))
    P = P / P.sum(axis=1, keepdims=True)
    return (P.argmax(axis=1) == labels).mean()
