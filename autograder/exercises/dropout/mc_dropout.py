"""The mean and the spread of many thinned networks' predictions.

`predict` is answered from outside, and its answers are remembered. So the student's result is
compared with the very predictions that their function got, however it drew from rng.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from autograder.checking import drive
from autograder.checking.compare import Difference, first_difference
from autograder.checking.drive import Call, Oracle, Outcome, Plain
from autograder.checking.exercise import Case, Exercise
from autograder.exercises._cases import Rng
from reference_impl.layers.dropout import mc_dropout as reference

Array = np.ndarray[Any, Any]
OUTPUTS = ("mean", "std")


def thinned_network(rng: Rng, inputs: int, outputs: int) -> Callable[..., Array]:
    """predict(X, rng) of a small network with dropout; ``outputs`` 0: one number per sample."""
    W1, W2 = rng.normal(size=(inputs, 12)), rng.normal(size=(12, max(1, outputs)))

    def predict(X: Array, masks: object) -> Array:
        if not isinstance(masks, drive.Rng):
            raise TypeError("predict(X, rng) needs a generator as rng")
        hidden = np.tanh(X @ W1)
        mask = np.random.default_rng(masks.seed).random(hidden.shape) >= 0.4
        result: Array = 5.0 + hidden * mask / 0.6 @ W2
        return result if outputs else result[:, 0]

    return predict


def compare_with_what_was_predicted(
    case: Case, expected: Sequence[Outcome], got: Sequence[Outcome]
) -> Difference | None:
    """Each call against its own predictions; if there are more calls, whether rng alone decides."""
    for step, outcome in enumerate(got):
        difference = _of_one_call(case, step, expected[step], outcome)
        if difference:
            return difference
    seeds = [call.args[3].seed for call in case.script]
    asked = [[arguments[1].seed for _, arguments in outcome.asked] for outcome in got]
    if any(a != asked[seeds.index(seed)] for seed, a in zip(seeds, asked, strict=True)):
        seen, name = "other masks from a generator of the same seed", "not from rng"
    elif len(asked) > 1 and all(a == asked[0] for a in asked):
        seen, name = "the same masks from generators of different seeds", "seeds of its own"
    else:
        return None
    return Difference("value", "the masks", "new ones from rng", seen, misconception=name)


def _of_one_call(case: Case, step: int, expected: Outcome, got: Outcome) -> Difference | None:
    _, X, samples, _ = case.script[step].args
    shape = first_difference(expected.value, got.value, names=OUTPUTS)
    if shape and shape.stage != "value":
        return shape
    if any(not np.array_equal(arguments[0], X) for _, arguments in got.asked):
        return Difference("value", "predict", "the X that you are given", "another X")
    calls = f"{len(got.asked)} calls" if len(got.asked) != 1 else "one call"
    wrong_number = Difference("value", "predict", f"{samples} calls", calls)
    if len(got.asked) < samples:
        name = "one prediction, repeated" if len(got.asked) == 1 else ""
        if not name and len(got.asked) == samples - 1:
            name = "one prediction missing"
        return replace(wrong_number, misconception=name)
    used = got.asked[-samples:]  # a first call, made only for the shape, does not count
    if len({arguments[1].seed for _, arguments in used}) < samples:
        seen, name = "the same masks more than once", "the same masks each time"
        return Difference("value", "predict", "new masks in each call", seen, misconception=name)
    difference = _spread_differs(case, used, got)
    if difference is None or len(got.asked) == samples:
        return difference
    all_count = len(got.asked) == samples + 1 and not _spread_differs(case, got.asked, got)
    return replace(wrong_number, misconception="one prediction more" if all_count else "")


def _spread_differs(
    case: Case, questions: Sequence[tuple[str, tuple[Plain, ...]]], got: Outcome
) -> Difference | None:
    """Whether the answer is other than mean and spread of what these questions were answered."""
    predictions = np.stack([case.ask(*question) for question in questions])
    right = predictions.mean(axis=0), predictions.std(axis=0)
    return first_difference(right, got.value, names=OUTPUTS)


mc_dropout = Exercise(
    "mc_dropout",
    reference=reference,
    outputs=OUTPUTS,
    compare=compare_with_what_was_predicted,
    hint="Call predict(X, rng) `samples` times and keep every result; then take mean and std over "
    "these.",
    minutes=8,
    difficulty=3,
)


def _predictions(rng: Rng, label: str, n: int, inputs: int, outputs: int, samples: int,
                 calls: int = 1) -> Case:  # fmt: skip
    """A script of calls with seeds s, t, s, …, and the network behind `predict`."""
    one, other = (int(seed) for seed in rng.choice(10_000, 2, replace=False))
    X = rng.normal(size=(n, inputs))
    predict = Oracle("predict", ("X", "rng"))
    seeds = [one, other, one][:calls]
    script = tuple(Call((predict, X, samples, drive.Rng(seed))) for seed in seeds)
    return Case(label, script, {"predict": thinned_network(rng, inputs, outputs)})


@mc_dropout.cases("the mean and the spread", points=2)
def _(rng: Rng) -> list[Case]:
    return [
        _predictions(rng, "4 samples of 3 numbers, 3 outputs, 20 predictions", 4, 3, 3, 20),
        _predictions(rng, "one number per sample, 7 predictions", 5, 2, 0, 7),
        _predictions(rng, "one sample, one output, 10 predictions", 1, 4, 1, 10),
    ]


@mc_dropout.cases("new masks from rng", points=1)
def _(rng: Rng) -> list[Case]:
    return [
        _predictions(rng, "two generators, one of them twice", 3, 3, 2, 6, calls=3),
    ]


@mc_dropout.misconception(
    "one number for all",
    "You take the mean and spread of all numbers together. Each output of each sample has its "
    "own: go over the predictions only (axis=0).",
)
def _(predict, X, samples, rng):
    outputs = np.stack([predict(X, rng) for _ in range(samples)])
    return outputs.mean(), outputs.std()


@mc_dropout.misconception(
    "divided by samples - 1",
    "Your spread is a little too large: you divide by samples - 1 (ddof=1). The formula here "
    "divides by the number of samples.",
)
def _(predict, X, samples, rng):
    outputs = np.stack([predict(X, rng) for _ in range(samples)])
    return outputs.mean(axis=0), outputs.std(axis=0, ddof=1)


@mc_dropout.misconception(
    "variance", "That is the variance: the standard deviation is its square root."
)
def _(predict, X, samples, rng):
    outputs = np.stack([predict(X, rng) for _ in range(samples)])
    return outputs.mean(axis=0), outputs.var(axis=0)


@mc_dropout.misconception(
    "standard error",
    "You divide the spread by √samples: that says how well you know the mean. Return how far the "
    "predictions lie from each other.",
)
def _(predict, X, samples, rng):
    outputs = np.stack([predict(X, rng) for _ in range(samples)])
    return outputs.mean(axis=0), outputs.std(axis=0) / np.sqrt(samples)


@mc_dropout.misconception(
    "one prediction, repeated",
    "You call predict once, and repeat the result: nothing varies. Call it again for each "
    "prediction, so that each has its own masks.",
)
def _(predict, X, samples, rng):
    outputs = np.stack([predict(X, rng)] * samples)
    return outputs.mean(axis=0), outputs.std(axis=0)


@mc_dropout.misconception(
    "one prediction more",
    "Mean and spread are taken of one prediction more than `samples`: is there one before the "
    "loop, or does the loop turn once too often?",
)
def _(predict, X, samples, rng):
    outputs = np.stack([predict(X, rng) for _ in range(samples + 1)])
    return outputs.mean(axis=0), outputs.std(axis=0)


@mc_dropout.misconception(
    "one prediction missing",
    "You make one prediction less than `samples`: range(samples) turns `samples` times, and "
    "range(1, samples) once less.",
)
def _(predict, X, samples, rng):
    outputs = np.stack([predict(X, rng) for _ in range(1, samples)])
    return outputs.mean(axis=0), outputs.std(axis=0)


@mc_dropout.misconception(
    "the same masks each time",
    "Each call gets a generator that starts from the beginning, so all masks are the same. Pass "
    "the same rng to every call: it continues where it stopped.",
)
def _(predict, X, samples, rng):
    outputs = np.stack([predict(X, np.random.default_rng(0)) for _ in range(samples)])
    return outputs.mean(axis=0), outputs.std(axis=0)


@mc_dropout.misconception(
    "seeds of its own",
    "You make the generators for the masks yourself, with the same seeds every time: whatever rng "
    "you are given, the result is the same. Pass rng on to predict.",
)
def _(predict, X, samples, rng):
    outputs = np.stack([predict(X, np.random.default_rng(s)) for s in range(samples)])
    return outputs.mean(axis=0), outputs.std(axis=0)


@mc_dropout.misconception(
    "not from rng",
    "The masks do not come from rng: two runs with the same seed differ, and nobody can repeat "
    "yours. Pass rng on to predict.",
)
def _(predict, X, samples, rng):
    fresh = np.random.default_rng()
    outputs = np.stack([predict(X, fresh) for _ in range(samples)])
    return outputs.mean(axis=0), outputs.std(axis=0)


@mc_dropout.misconception(
    "std first",
    "Right numbers, but in the wrong order: first the mean, then the standard deviation.",
)
def _(predict, X, samples, rng):
    outputs = np.stack([predict(X, rng) for _ in range(samples)])
    return outputs.std(axis=0), outputs.mean(axis=0)


@mc_dropout.misconception(
    "all predictions",
    "You return the predictions themselves. Return two arrays, each with the shape of one "
    "prediction: the mean and the standard deviation.",
)
def _(predict, X, samples, rng):
    return np.stack([predict(X, rng) for _ in range(samples)])


@mc_dropout.misconception(
    "only the mean", "You return the mean alone. The second result is the standard deviation."
)
def _(predict, X, samples, rng):
    return np.stack([predict(X, rng) for _ in range(samples)]).mean(axis=0)


@mc_dropout.misconception(
    "one spread for all",
    "Your std is one number for everything. Each output of each sample has its own: go over the "
    "predictions only, axis=0, as for the mean.",
)
def _(predict, X, samples, rng):
    outputs = np.stack([predict(X, rng) for _ in range(samples)])
    return outputs.mean(axis=0), outputs.std()


@mc_dropout.equivalent("running sums")
def _(predict, X, samples, rng):
    total = squares = 0.0
    for _ in range(samples):
        y = predict(X=X, rng=rng)
        total = total + y
        squares = squares + y**2
    mean = total / samples
    return mean, np.sqrt(np.maximum(squares / samples - mean**2, 0))


@mc_dropout.equivalent("a list, and the formula as it stands")
def _(predict, X, samples, rng):
    outputs = [predict(X, rng) for _ in range(samples)]
    mean = sum(outputs) / samples
    return [mean, (sum((y - mean) ** 2 for y in outputs) / samples) ** 0.5]


@mc_dropout.equivalent("one call more, for the shape")
def _(predict, X, samples, rng):
    outputs = np.empty((samples, *np.shape(predict(X, rng))))
    for s in range(samples):
        outputs[s] = predict(X, rng)
    return outputs.mean(axis=0), outputs.std(axis=0)


@mc_dropout.equivalent("a generator for each prediction, drawn from rng")
def _(predict, X, samples, rng):
    seeds = rng.integers(2**31, size=samples)
    outputs = np.array([predict(X, np.random.default_rng(seed)) for seed in seeds])
    return np.mean(outputs, 0), np.std(outputs, 0)
