"""Bias correction, the length of the memory, and pandas."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from autograder.checking.compare import Difference, first_difference
from autograder.checking.drive import Outcome
from autograder.checking.exercise import Case, Exercise, quiz
from autograder.exercises._cases import Rng, call
from reference_impl import ewma as reference


# ------------------------------------------------------------------------------- bias correction
def compare_corrected(
    case: Case, expected: Sequence[Outcome], got: Sequence[Outcome]
) -> Difference | None:
    """As usual; a t that counts from 0 is named whatever stands in place of the first 0/0."""
    difference = first_difference(expected[0].value, got[0].value)
    if difference is None or difference.stage != "value":
        return difference
    mine, right = np.ravel(got[0].value), np.asarray(expected[0].value)
    power = case.script[0].args[1] ** np.arange(len(right) + 1)
    late = right[1:] * (1 - power[2:]) / (1 - power[1:-1])
    if len(mine) > 1 and np.allclose(mine[1:], late, rtol=1e-6, atol=1e-12):
        return replace(difference, misconception="t from 0, the first guarded")
    return difference


ewma_corrected = Exercise(
    "ewma_corrected",
    reference=reference.ewma_corrected,
    compare=compare_corrected,
    hint="v̂_t = v_t / (1-β^t), where t counts from 1.",
    minutes=5,
    difficulty=2,
)


@ewma_corrected.cases("corrected series", points=2)
def _(rng: Rng) -> list[Case]:
    return [
        call("a constant series stays constant", np.full(6, 4.0), 0.9),
        call("25 values, β = 0.95", rng.normal(2.0, 1.0, 25), 0.95),
        call("one value", np.array([-2.5]), 0.99),
        call("whole numbers, an array of int", np.array([10, 20, 30, 40, 50]), 0.8),
    ]


@ewma_corrected.misconception(
    "not corrected", "This is the plain average: divide v_t by 1-β^t, which is small at first."
)
def _(x, beta):
    v = 0.0
    out = []
    for value in x:
        v = beta * v + (1 - beta) * value
        out.append(v)
    return np.array(out)


@ewma_corrected.misconception(
    "t from 0, then 1 skipped",
    "The power is one too high: at the first value t is 1 and you divide by 1-β, not by 1-β².",
)
def _(x, beta):
    v = 0.0
    out = []
    for t, value in enumerate(x, start=2):
        v = beta * v + (1 - beta) * value
        out.append(v / (1 - beta**t))
    return np.array(out)


@ewma_corrected.misconception(
    "multiplied",
    "You multiply by 1-β^t, which makes the small averages smaller still: divide by it.",
)
def _(x, beta):
    v = 0.0
    out = []
    for t, value in enumerate(x, start=1):
        v = beta * v + (1 - beta) * value
        out.append(v * (1 - beta**t))
    return np.array(out)


@ewma_corrected.misconception(
    "n for t", "You divide every value by 1-β^n: t is the number of values *so far*."
)
def _(x, beta):
    v = 0.0
    out = []
    for value in x:
        v = beta * v + (1 - beta) * value
        out.append(v)
    return np.array(out) / (1 - beta ** len(x))


@ewma_corrected.misconception(
    "constant correction",
    "You divide by 1-β at every step: the correction must fade, as 1-β^t goes to 1.",
)
def _(x, beta):
    v = 0.0
    out = []
    for value in x:
        v = beta * v + (1 - beta) * value
        out.append(v / (1 - beta))
    return np.array(out)


@ewma_corrected.misconception(
    "corrected value fed back",
    "The corrected value goes into the next step. Keep the raw v for the recursion, and correct "
    "only what you return.",
)
def _(x, beta):
    v = 0.0
    out = []
    for t, value in enumerate(x, start=1):
        v = (beta * v + (1 - beta) * value) / (1 - beta**t)
        out.append(v)
    return np.array(out)


@ewma_corrected.misconception(
    "t from 0",
    "Your t starts at 0, so the first value is divided by 1-β^0 = 0. t is the number of values so "
    "far: 1 at the first one. Use enumerate(x, start=1), or np.arange(1, n+1).",
)
def _(x, beta):
    v = np.zeros(len(x))
    last = 0.0
    for t in range(len(x)):
        last = v[t] = beta * last + (1 - beta) * x[t]
    with np.errstate(all="ignore"):
        return v / (1 - beta ** np.arange(len(x)))


@ewma_corrected.misconception(
    "divided by β^t",
    "You divide by β^t. What is missing from the sum of the weights is β^t; the sum itself, by "
    "which you divide, is 1-β^t.",
)
def _(x, beta):
    v = 0.0
    out = []
    for t, value in enumerate(x, start=1):
        v = beta * v + (1 - beta) * value
        out.append(v / beta**t)
    return np.array(out)


@ewma_corrected.misconception(
    "power of the bracket",
    "The power t belongs to β alone: 1 - beta**t, and not (1 - beta)**t.",
)
def _(x, beta):
    v = 0.0
    out = []
    for t, value in enumerate(x, start=1):
        v = beta * v + (1 - beta) * value
        out.append(v / (1 - beta) ** t)
    return np.array(out)


@ewma_corrected.misconception(
    "β times t",
    "You multiply β by t. The correction has a power: 1 - beta**t, with t as the exponent.",
)
def _(x, beta):
    v = 0.0
    out = []
    for t, value in enumerate(x, start=1):
        v = beta * v + (1 - beta) * value
        out.append(v / (1 - beta * t))
    return np.array(out)


@ewma_corrected.misconception(
    "starts at x_1 and corrects",
    "You start at x_1 and correct as well. The correction repairs a start at v_0 = 0: an average "
    "that starts at x_1 has nothing to repair, and comes out too large.",
)
def _(x, beta):
    v = x[0]
    out = []
    for t, value in enumerate(x, start=1):
        v = beta * v + (1 - beta) * value
        out.append(v / (1 - beta**t))
    return np.array(out)


@ewma_corrected.misconception(
    "only the start changed",
    "You start at x_1 and divide by nothing. That is another way to begin (pandas with "
    "adjust=False); here the average starts at 0 and is divided by 1-β^t.",
)
def _(x, beta):
    v = x[0]
    out = []
    for value in x:
        v = beta * v + (1 - beta) * value
        out.append(v)
    return np.array(out)


@ewma_corrected.misconception(
    "t from 0, the first left as it is",
    "Your t starts at 0, so every correction is one step late, and the first value has none. At "
    "the first value t is 1.",
)
def _(x, beta):
    v = 0.0
    out = []
    for t, value in enumerate(x):
        v = beta * v + (1 - beta) * value
        out.append(v / (1 - beta**t) if t else v)
    return np.array(out)


@ewma_corrected.misconception(
    "brackets missing",
    "Division comes before subtraction: put 1 - beta**t in brackets.",
)
def _(x, beta):
    v = 0.0
    out = []
    for t, value in enumerate(x, start=1):
        v = beta * v + (1 - beta) * value
        out.append(v / 1 - beta**t)
    return np.array(out)


@ewma_corrected.misconception(
    "t from 0, the first guarded",
    "Your t starts at 0, so every correction is one step late, and the guard against a division "
    "by 0 hides it. At the first value t is 1: then nothing has to be guarded.",
)
def _(x, beta):
    v = 0.0
    out = []
    for t, value in enumerate(x):
        v = beta * v + (1 - beta) * value
        out.append(v / max(1 - beta**t, 1e-8))
    return np.array(out)


@ewma_corrected.misconception(
    "decimals of whole numbers cut off",
    "Right, until x holds whole numbers: np.zeros_like(x) has the dtype of x, and an array of int "
    "cuts the decimals off. np.zeros(len(x)) makes an array of floats.",
)
def _(x, beta):
    out = np.zeros_like(x)
    v = 0.0
    for t in range(len(x)):
        v = beta * v + (1 - beta) * x[t]
        out[t] = v / (1 - beta ** (t + 1))
    return out


@ewma_corrected.equivalent("as a weighted mean")
def _(x, beta):
    return np.array(
        [np.average(x[: n + 1], weights=beta ** np.arange(n, -1, -1.0)) for n in range(len(x))]
    )


@ewma_corrected.equivalent("as a pair of running sums")
def _(x, beta):
    total, weight, out = 0.0, 0.0, []
    for value in x:
        total = beta * total + value
        weight = beta * weight + 1
        out.append(total / weight)
    return np.array(out)


# ------------------------------------------------------------------------------- window and α
effective_window = Exercise(
    "effective_window",
    reference=reference.effective_window,
    hint="One division: β = 0.9 gives 10, β = 0.99 gives 100.",
    minutes=3,
    difficulty=1,
)


@effective_window.cases("three values of β", points=1)
def _(rng: Rng) -> list[Case]:
    return [
        call("β = 0.9", 0.9),
        call("β = 0", 0.0),
        call("β drawn at random", float(rng.uniform(0.5, 0.99))),
    ]


@effective_window.misconception("1/β", "You return 1/β: the window is 1/(1-β).")
def _(beta):
    return 1 / beta


@effective_window.misconception(
    "without brackets",
    "You return 1-β, the weight of the newest value. The window is 1 divided by it. (Without "
    "brackets 1 / 1 - β is just 1 - β.)",
)
def _(beta):
    return 1 / 1 - beta


@effective_window.misconception(
    "(1+β)/(1-β)",
    "That is the window of a plain mean with the same variance. Return 1/(1-β), the number of "
    "steps after which a weight has shrunk to about a third.",
)
def _(beta):
    return (1 + beta) / (1 - beta)


@effective_window.misconception(
    "β/(1-β)",
    "β/(1-β) is the mean age of the values, pandas' `com`. The window is 1/(1-β), which is one "
    "more.",
)
def _(beta):
    return beta / (1 - beta)


@effective_window.misconception(
    "-1/log β",
    "That is the exact number of steps after which a weight has shrunk to 1/e. The usual rule, "
    "which is asked for here, is 1/(1-β): for β near 1 the two are close.",
)
def _(beta):
    return -1 / np.log(beta) if beta else 0.0


@effective_window.misconception("rounded", "You round to a whole number. Return 1/(1-β) as it is.")
def _(beta):
    return round(1 / (1 - beta))


@effective_window.misconception(
    "1/(1+β)", "You divide by 1+β, and get less than one step: it is 1-β."
)
def _(beta):
    return 1 / (1 + beta)


@effective_window.equivalent("the sum of the geometric series")
def _(beta):
    return float(np.sum(beta ** np.arange(20000.0)))


@effective_window.equivalent("as a power")
def _(beta):
    return (1 - beta) ** -1


beta_from_alpha = Exercise(
    "beta_from_alpha",
    reference=reference.beta_from_alpha,
    hint="pandas' alpha is the weight of the *new* value.",
    minutes=3,
    difficulty=1,
)


@beta_from_alpha.cases("three values of alpha", points=1)
def _(rng: Rng) -> list[Case]:
    return [
        call("alpha = 0.9", 0.9),
        call("alpha = 1", 1.0),
        call("alpha drawn at random", float(rng.uniform(0.05, 0.4))),
    ]


@beta_from_alpha.misconception(
    "the same", "alpha and β are not the same: alpha weighs the new value, β the old average."
)
def _(alpha):
    return alpha


@beta_from_alpha.misconception(
    "from the span",
    "That turns a span into β. alpha is already a weight: which weight is left for the old "
    "average?",
)
def _(alpha):
    return 1 - 2 / (alpha + 1)


@beta_from_alpha.misconception(
    "the window",
    "1/alpha is the length of the window, 10 for alpha = 0.1. β is the weight that is left for "
    "the old average.",
)
def _(alpha):
    return 1 / alpha


@beta_from_alpha.misconception(
    "alpha - 1", "Your result is negative: the two weights sum to 1, so it is 1 minus alpha."
)
def _(alpha):
    return alpha - 1


@beta_from_alpha.misconception(
    "from com",
    "com/(1+com) is how pandas turns a centre of mass into β. alpha is already a weight.",
)
def _(alpha):
    return alpha / (1 + alpha)


@beta_from_alpha.misconception(
    "1 - 1/alpha",
    "You take 1/alpha, which is the length of a window, from 1. alpha is a weight already: take "
    "alpha itself from 1.",
)
def _(alpha):
    return 1 - 1 / alpha


@beta_from_alpha.equivalent("negated")
def _(alpha):
    return -(alpha - 1)


@beta_from_alpha.equivalent("the weight that one old value keeps")
def _(alpha):
    return float(np.subtract(1.0, alpha))


prediction_ewma = quiz(
    "prediction_ewma",
    answer="b",
    a="It is the other way round: with β close to 1 the new value has the small weight 1-β. "
    "Move the slider to 0.98 and watch the curve lag.",
    c="The weights of v_n sum to 1-β^n, nearly 1 for every β once n is large: in the long run the "
    "level is the same (in the first window or two it is too low, because of the start at 0). What "
    "changes is the age of the values in the average.",
    d="β does matter: compare the curves for 0.5 and 0.98.",
)
