"""The exponentially weighted moving average."""

from __future__ import annotations

import numpy as np

from autograder.checking.drive import Call, Previous
from autograder.checking.exercise import Case, Exercise
from autograder.exercises._cases import Rng, call
from reference_impl import ewma as reference

# ------------------------------------------------------------------------------- one step
ewma_step = Exercise(
    "ewma_step",
    reference=reference.ewma_step,
    hint="v_t = β·v_{t-1} + (1-β)·x_t: the old average keeps the share β.",
    minutes=3,
    difficulty=1,
)


@ewma_step.cases("numbers", points=1)
def _(rng: Rng) -> list[Case]:
    v, x = rng.uniform(1, 5, 2)
    start = Call((0.0, float(x), 0.9))
    onwards = [Call((Previous(), float(y), 0.9)) for y in rng.uniform(-5, 5, 3)]
    return [
        call("β = 0.9 from v = 2", 2.0, 7.0, 0.9),
        call("β = 0.3", float(v), float(x), 0.3),
        Case("four steps from v = 0", (start, *onwards)),
    ]


@ewma_step.cases("arrays", points=1)
def _(rng: Rng) -> list[Case]:
    v, x = rng.normal(size=(2, 3, 2))
    return [call("arrays of shape (3, 2)", v, x, 0.8)]


@ewma_step.misconception(
    "weights swapped",
    "β and 1-β are swapped: β is the weight of the old average v, not of the new value.",
)
def _(v, x, beta):
    return (1 - beta) * v + beta * x


@ewma_step.misconception(
    "weights do not sum to 1",
    "The new value is added with full weight: it needs the weight 1-β, or the average grows to "
    "x/(1-β).",
)
def _(v, x, beta):
    return beta * v + x


@ewma_step.misconception(
    "memory dropped", "Only the new value is left: the term β·v with the old average is missing."
)
def _(v, x, beta):
    return (1 - beta) * x


@ewma_step.misconception(
    "changes v in place",
    "You update v itself (v *= … or v += …): right numbers, but the caller's v is gone.",
)
def _(v, x, beta):
    v *= beta
    v += (1 - beta) * x
    return v


@ewma_step.equivalent("as a correction")
def _(v, x, beta):
    return v + (1 - beta) * (x - v)


@ewma_step.equivalent("with np.average")
def _(v, x, beta):
    return np.average(np.stack([v, x]), axis=0, weights=[beta, 1 - beta])


# ------------------------------------------------------------------------------- the series
ewma = Exercise(
    "ewma",
    reference=reference.ewma,
    hint="Start with v = 0, call ewma_step once for each x, and keep every v.",
    minutes=5,
    difficulty=2,
)


@ewma.cases("a short series", points=1)
def _(rng: Rng) -> list[Case]:
    return [
        call("four values, β = 0.5", np.array([1.0, 2.0, 3.0, 4.0]), 0.5),
        call("one value", np.array([3.0]), 0.9),
    ]


@ewma.cases("longer series", points=1)
def _(rng: Rng) -> list[Case]:
    return [
        call("30 values, β = 0.9", rng.normal(3.0, 1.0, 30), 0.9),
        call("β = 0: no memory", rng.normal(size=6), 0.0),
    ]


@ewma.misconception(
    "starts at x_1",
    "Your first value is x_1: here the average starts at v_0 = 0, so v_1 = (1-β)·x_1. "
    "(Starting at x is what pandas does with adjust=False.)",
)
def _(x, beta):
    v = x[0]
    out = []
    for value in x:
        v = beta * v + (1 - beta) * value
        out.append(v)
    return np.array(out)


@ewma.misconception(
    "v_0 returned as well",
    "The first number you return is v_0 = 0: the result has one value for each x, from v_1 on.",
)
def _(x, beta):
    out = [0.0]
    for value in x:
        out.append(beta * out[-1] + (1 - beta) * value)
    return np.array(out[: len(x)])


@ewma.misconception(
    "v_0 in front", "You return one value too many: v_0 itself is not in the result."
)
def _(x, beta):
    out = [0.0]
    for value in x:
        out.append(beta * out[-1] + (1 - beta) * value)
    return np.array(out)


@ewma.misconception(
    "return inside the loop", "The `return` is inside the loop: you leave after the first value."
)
def _(x, beta):
    v = 0.0
    out = []
    for value in x:
        v = beta * v + (1 - beta) * value
        out.append(v)
        return np.array(out)


@ewma.misconception(
    "weights swapped",
    "β and 1-β are swapped: β is the weight of the old average v, not of the new value.",
)
def _(x, beta):
    v = 0.0
    out = []
    for value in x:
        v = (1 - beta) * v + beta * value
        out.append(v)
    return np.array(out)


@ewma.misconception(
    "bias-corrected already",
    "This is the bias-corrected average, which comes two exercises later: leave out the "
    "division by 1-β^t here.",
)
def _(x, beta):
    v = 0.0
    out = []
    for t, value in enumerate(x, start=1):
        v = beta * v + (1 - beta) * value
        out.append(v / (1 - beta**t))
    return np.array(out)


@ewma.misconception(
    "only the last value", "You return the last average only: keep every v_t, one for each x."
)
def _(x, beta):
    v = 0.0
    for value in x:
        v = beta * v + (1 - beta) * value
    return v


@ewma.equivalent("as a sum of weights")
def _(x, beta):
    n = len(x)
    lag = np.arange(n)[:, None] - np.arange(n)[None, :]
    return np.where(lag >= 0, (1 - beta) * beta ** np.maximum(lag, 0.0), 0.0) @ x


@ewma.equivalent("a loop over a filled array")
def _(x, beta):
    v = np.empty(len(x))
    v[0] = (1 - beta) * x[0]
    for t in range(1, len(x)):
        v[t] = beta * v[t - 1] + (1 - beta) * x[t]
    return v


# ------------------------------------------------------------------------------- its weights
ewma_weights = Exercise(
    "ewma_weights",
    reference=reference.ewma_weights,
    hint="x_n has the weight 1-β, the value one step older β times that, and so on back to x_1.",
    minutes=7,
    difficulty=3,
)


@ewma_weights.cases("the weights", points=2)
def _(rng: Rng) -> list[Case]:
    return [
        call("n = 5, β = 0.9", 5, 0.9),
        call("n = 1", 1, 0.7),
        call("n = 12, β drawn at random", 12, float(rng.uniform(0.3, 0.95))),
    ]


@ewma_weights.misconception(
    "newest first",
    "Right numbers, wrong order: x_1, the oldest, comes first, so the weights grow to the right.",
)
def _(n, beta):
    return (1 - beta) * beta ** np.arange(n)


@ewma_weights.misconception(
    "normalised",
    "You made them sum to 1. The weights in v_n sum to 1-β^n: the rest is the share of v_0 = 0, "
    "and bias correction repairs just that.",
)
def _(n, beta):
    w = beta ** np.arange(n)[::-1]
    return w / w.sum()


@ewma_weights.misconception(
    "without 1-β", "These are the powers of β: each of them still has to be multiplied by 1-β."
)
def _(n, beta):
    return beta ** np.arange(n)[::-1]


@ewma_weights.misconception(
    "one power too many", "Off by one: the newest value x_n has the weight (1-β)·β^0 = 1-β."
)
def _(n, beta):
    return (1 - beta) * beta ** np.arange(1, n + 1)[::-1]


@ewma_weights.equivalent("by running the average on unit impulses")
def _(n, beta):
    out = []
    for i in range(n):
        v = 0.0
        for t in range(n):
            v = beta * v + (1 - beta) * (1.0 if t == i else 0.0)
        out.append(v)
    return np.array(out)


@ewma_weights.equivalent("multiplying backwards")
def _(n, beta):
    w = [1 - beta]
    while len(w) < n:
        w.insert(0, w[0] * beta)
    return np.array(w)
