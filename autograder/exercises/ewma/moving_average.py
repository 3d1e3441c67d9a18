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


@ewma_step.misconception(
    "brackets missing",
    "Multiplication comes before subtraction: β·v + 1 - β·x is 1 plus a difference. Put 1-β in "
    "brackets.",
)
def _(v, x, beta):
    return beta * v + 1 - beta * x


@ewma_step.misconception(
    "old average kept whole",
    "The old average keeps its full weight, so old values never fade: multiply it by β.",
)
def _(v, x, beta):
    return v + (1 - beta) * x


@ewma_step.misconception("β - 1", "The new value has the weight β-1, which is negative: it is 1-β.")
def _(v, x, beta):
    return beta * v + (beta - 1) * x


@ewma_step.misconception(
    "β on both",
    "Brackets: the β in front multiplies the new value as well. It is the weight of v alone.",
)
def _(v, x, beta):
    return beta * (v + (1 - beta) * x)


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
        call("whole numbers, an array of int", np.array([10, 20, 30, 40, 50]), 0.8),
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
    "This is the bias-corrected average, which comes later in this notebook: leave out the "
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


@ewma.misconception(
    "x_1 never used",
    "The first number is 0 and the first value of x is never used: your loop starts at index 1. "
    "v_1 is (1-β)·x_1 already; v_0 = 0 stands before the first value.",
)
def _(x, beta):
    v = np.zeros(len(x))
    for t in range(1, len(x)):
        v[t] = beta * v[t - 1] + (1 - beta) * x[t]
    return v


@ewma.misconception(
    "v not carried on",
    "v does not go from one step to the next: each number comes from one x alone, as if v were 0 "
    "again. Store the new v, and use it in the next round.",
)
def _(x, beta):
    v = 0.0
    out = []
    for value in x:
        out.append(beta * v + (1 - beta) * value)
    return np.array(out)


@ewma.misconception(
    "weights do not sum to 1",
    "In the loop the new value is added with full weight: it needs the weight 1-β.",
)
def _(x, beta):
    v = 0.0
    out = []
    for value in x:
        v = beta * v + value
        out.append(v)
    return np.array(out)


@ewma.misconception(
    "mixed with the value before",
    "You mix each x with the x before it. The average mixes it with the *average* so far: that "
    "holds all older values.",
)
def _(x, beta):
    before = np.append(0.0, x[:-1])
    return beta * before + (1 - beta) * x


@ewma.misconception(
    "x_1, then a loop over all of x",
    "You start with x_1 and then go through all of x, so x_1 counts twice and the result is too "
    "long. Start with v = 0, which is not in the result.",
)
def _(x, beta):
    out = [x[0]]
    for value in x:
        out.append(beta * out[-1] + (1 - beta) * value)
    return np.array(out)


@ewma.misconception(
    "mean of all so far",
    "That is the plain mean of all values so far: every value has the same weight. Here an old "
    "value counts less and less, by β at each step.",
)
def _(x, beta):
    return np.cumsum(x) / np.arange(1, len(x) + 1)


@ewma.misconception(
    "brackets missing",
    "In the loop 1-β needs brackets: β·v + 1 - β·x adds 1 at every step.",
)
def _(x, beta):
    v = 0.0
    out = []
    for value in x:
        v = beta * v + 1 - beta * value
        out.append(v)
    return np.array(out)


@ewma.misconception(
    "from the other end",
    "You go through x from its last value to its first. The oldest value, x_1, comes first.",
)
def _(x, beta):
    v = 0.0
    out = []
    for value in x[::-1]:
        v = beta * v + (1 - beta) * value
        out.append(v)
    return np.array(out[::-1])


@ewma.misconception(
    "stored after the loop",
    "Only one value is in your result: you store v after the loop. Store it in the loop, once for "
    "each x.",
)
def _(x, beta):
    v = 0.0
    out = []
    for value in x:
        v = beta * v + (1 - beta) * value
    out.append(v)
    return np.array(out)


@ewma.misconception(
    "decimals of whole numbers cut off",
    "Right, until x holds whole numbers: np.zeros_like(x) has the dtype of x, and an array of int "
    "cuts the decimals off. np.zeros(len(x)) makes an array of floats.",
)
def _(x, beta):
    out = np.zeros_like(x)
    v = 0.0
    for t in range(len(x)):
        v = beta * v + (1 - beta) * x[t]
        out[t] = v
    return out


@ewma.misconception(
    "goes on with the cut value",
    "Right, until x holds whole numbers: np.zeros_like(x) has the dtype of x, and an array of int "
    "cuts the decimals off. The next step goes on with what is left. Use np.zeros(len(x)).",
)
def _(x, beta):
    v = np.zeros_like(x)
    for t in range(len(x)):
        v[t] = beta * (v[t - 1] if t else 0.0) + (1 - beta) * x[t]
    return v


@ewma.equivalent("zeros, where v[-1] is still 0")
def _(x, beta):
    v = np.zeros(len(x))
    for t in range(len(x)):
        v[t] = beta * v[t - 1] + (1 - beta) * x[t]
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
    "the same for all",
    "All your weights are 1-β. An older value counts less: with each step of age its weight is "
    "multiplied by β.",
)
def _(n, beta):
    return np.full(n, 1 - beta)


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


@ewma_weights.misconception(
    "newest first, without 1-β",
    "Two things: each power of β is still to be multiplied by 1-β; and x_1, the oldest value, "
    "comes first.",
)
def _(n, beta):
    return beta ** np.arange(n)


@ewma_weights.misconception(
    "newest first, one power too many",
    "Two things: x_1, the oldest value, comes first; and the newest value has the weight "
    "(1-β)·β^0.",
)
def _(n, beta):
    return (1 - beta) * beta ** np.arange(1, n + 1)


@ewma_weights.misconception(
    "x_1 as the start",
    "Your first weight is β^(n-1), without 1-β: that belongs to an average which starts at x_1. "
    "Ours starts at v_0 = 0, so x_1 has the factor 1-β as every other value.",
)
def _(n, beta):
    w = (1 - beta) * beta ** np.arange(n)[::-1]
    w[0] = beta ** (n - 1)
    return w


@ewma_weights.misconception(
    "weights swapped",
    "β and 1-β are swapped: the newest value has the weight 1-β, and with each step of age a "
    "weight is multiplied by β.",
)
def _(n, beta):
    return beta * (1 - beta) ** np.arange(n)[::-1]


@ewma_weights.misconception(
    "power of the product",
    "You raise (1-β)·β as a whole. Only β has the power: the factor 1-β stands once in each "
    "weight.",
)
def _(n, beta):
    return ((1 - beta) * beta) ** np.arange(n)[::-1]


@ewma_weights.misconception(
    "times in the place of to the power of",
    "You multiply β by the age. With each step of age a weight is multiplied by β once more: that "
    "is a power, β**age.",
)
def _(n, beta):
    return (1 - beta) * beta * np.arange(n)[::-1]


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
