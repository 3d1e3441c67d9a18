"""LeCun's scale, which scheme suits which activation, and the prediction."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from autograder.checking.compare import Difference, first_difference
from autograder.checking.drive import Outcome
from autograder.checking.exercise import Case, Exercise, quiz
from autograder.exercises._cases import Rng, call
from autograder.exercises.initialization._weights import random_init
from reference_impl import initializers

# ------------------------------------------------------------------------------- LeCun
lecun_normal = random_init(
    "lecun_normal",
    points=(2,),
    hint="rng.normal(0, sigma, shape) takes the standard deviation: √(1 / fan_in).",
    minutes=3,
    difficulty=1,
)


@lecun_normal.misconception(
    "no scale",
    "Your standard deviation is 1, whatever the layer: with fan_in inputs it is √(1/fan_in).",
)
def _(fan_in, fan_out, rng):
    return rng.normal(0, 1, (fan_in, fan_out))


@lecun_normal.misconception(
    "multiplied",
    "Your weights grow with fan_in: σ is √fan_in in yours. The more inputs are added up, the "
    "smaller each weight has to be: divide.",
)
def _(fan_in, fan_out, rng):
    return rng.normal(0, np.sqrt(fan_in), (fan_in, fan_out))


@lecun_normal.misconception(
    "He's 2",
    "There is a 2 where LeCun has a 1. (√(2/fan_in) comes later: it is He's scale, for ReLU.)",
)
def _(fan_in, fan_out, rng):
    return rng.normal(0, np.sqrt(2 / fan_in), (fan_in, fan_out))


@lecun_normal.misconception(
    "no root", "1/fan_in is the variance: rng.normal needs its root, the standard deviation."
)
def _(fan_in, fan_out, rng):
    return rng.normal(0, 1 / fan_in, (fan_in, fan_out))


@lecun_normal.misconception(
    "a uniform",
    "Your numbers are uniform between ±1/√fan_in. That was uniform_fan_in; here 1/√fan_in is the "
    "standard deviation of a normal distribution.",
)
def _(fan_in, fan_out, rng):
    limit = 1 / np.sqrt(fan_in)
    return rng.uniform(-limit, limit, (fan_in, fan_out))


@lecun_normal.misconception(
    "fan_out",
    "You divide by fan_out: a unit adds up fan_in inputs, and that sum should keep its size.",
)
def _(fan_in, fan_out, rng):
    return rng.normal(0, np.sqrt(1 / fan_out), (fan_in, fan_out))


@lecun_normal.misconception(
    "not from rng",
    "Your numbers do not come from rng: np.random.… is another generator, and nobody can repeat "
    "the run. Call a method of the rng that you are given.",
)
def _(fan_in, fan_out, rng):
    return np.random.normal(0, np.sqrt(1 / fan_in), (fan_in, fan_out))


@lecun_normal.misconception(
    "a seed of its own",
    "You make a generator of your own inside, so every layer gets the very same numbers. Use the "
    "rng that you are given.",
)
def _(fan_in, fan_out, rng):
    rng = np.random.default_rng(0)
    return rng.normal(0, np.sqrt(1 / fan_in), (fan_in, fan_out))


@lecun_normal.misconception(
    "clipped",
    "Large weights are cut off: many of yours are exactly the largest that there is, and the "
    "spread is too small. Return the numbers of rng as they are.",
)
def _(fan_in, fan_out, rng):
    sigma = np.sqrt(1 / fan_in)
    return np.clip(rng.normal(0, sigma, (fan_in, fan_out)), -sigma, sigma)


@lecun_normal.equivalent("divided by the root")
def _(fan_in, fan_out, rng):
    return rng.normal(size=(fan_in, fan_out)) / fan_in**0.5


@lecun_normal.equivalent("from the covariance of a unit")
def _(fan_in, fan_out, rng):
    return np.sqrt(1 / fan_in) * rng.standard_normal(size=(fan_out, fan_in)).transpose()


# ------------------------------------------------------------------------------- the choice
SCHEMES = ("he", "xavier", "lecun")


def compare_schemes(
    case: Case, expected: Sequence[Outcome], got: Sequence[Outcome]
) -> Difference | None:
    """A text that names no scheme at all is the wrong kind of answer, not a wrong choice."""
    for wanted, outcome in zip(expected, got, strict=True):
        difference = first_difference(wanted.value, outcome.value)
        known = any(first_difference(s, outcome.value) is None for s in SCHEMES)
        if difference and difference.stage == "value" and not known:
            return Difference("type", "", " or ".join(map(repr, SCHEMES)), difference.got)
        if difference:
            return difference
    return None


init_for = Exercise(
    "init_for",
    reference=initializers.init_for,
    compare=compare_schemes,
    hint="Which of them lose half of the mean square? Which keeps it at 1? Which are a straight "
    "line near 0?",
    minutes=4,
    difficulty=1,
)


@init_for.cases("rectifiers and S-curves", points=1)
def _(rng: Rng) -> list[Case]:
    return [call(name, name) for name in ("relu", "leaky_relu", "tanh", "sigmoid")]


@init_for.cases("SELU", points=1)
def _(rng: Rng) -> list[Case]:
    return [call("selu", "selu")]


@init_for.misconception(
    "He for SELU too",
    "SELU looks like a rectifier, but it corrects the signal itself: its scale was computed for "
    "weights of variance 1/fan_in. He's 2 on top of that is too much.",
)
def _(activation):
    return "xavier" if activation in ("tanh", "sigmoid") else "he"


@init_for.misconception(
    "He and Xavier swapped",
    "He and Xavier are swapped: He's 2 makes up for the half that a rectifier throws away.",
)
def _(activation):
    if activation in ("relu", "leaky_relu"):
        return "xavier"
    return "lecun" if activation == "selu" else "he"


@init_for.misconception(
    "leaky ReLU with Xavier",
    "A leaky ReLU with a slope of 0.01 throws away nearly as much as ReLU does: it needs He, too.",
)
def _(activation):
    if activation == "relu":
        return "he"
    return "lecun" if activation == "selu" else "xavier"


@init_for.misconception(
    "the function's name",
    'You return the name of a function ("he_normal"): the name of the scheme is enough, "he".',
)
def _(activation):
    if "relu" in activation:
        return "he_normal"
    return "lecun_normal" if activation == "selu" else "xavier_normal"


@init_for.misconception(
    "always he",
    'You return "he" for every activation. `a == "relu" or "leaky_relu"` is always true, because '
    'a text alone counts as true. Write a in ("relu", "leaky_relu").',
)
def _(activation):
    if activation == "relu" or "leaky_relu":
        return "he"
    return "lecun" if activation == "selu" else "xavier"


@init_for.equivalent("a table")
def _(activation):
    table = {"he": ("relu", "leaky_relu"), "xavier": ("tanh", "sigmoid"), "lecun": ("selu",)}
    return next(scheme for scheme, names in table.items() if activation in names)


@init_for.equivalent("one case after another")
def _(activation):
    match activation:
        case "selu":
            return "LeCun"
        case "tanh" | "sigmoid":
            return "Xavier"
        case _:
            return "He"


# ------------------------------------------------------------------------------- the prediction
prediction_init = quiz(
    "prediction_init",
    answer="c",
    a="That holds for a layer without an activation, and nearly for tanh. ReLU sets about half of "
    "the numbers to 0; what does that do to their squares, and 30 times over?",
    b="Two layers already take away half: √½ each. The same happens in each of the thirty layers.",
    d="The signal would grow with weights that are too large. Here each layer returns less than "
    "it gets.",
)
