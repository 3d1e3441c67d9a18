"""The slopes of the activations, which backpropagation multiplies."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from autograder.checking.compare import Difference, first_difference
from autograder.checking.drive import Outcome
from autograder.checking.exercise import Case, Exercise
from autograder.exercises._cases import Rng, call
from autograder.exercises.activations._elementwise import any_shape, both_signs, far_out
from reference_impl import activations as reference


# ------------------------------------------------------------------------------- ReLU
def _either_side(
    case: Case, expected: Sequence[Outcome], got: Sequence[Outcome]
) -> Difference | None:
    """At a z of exactly 0 the slope from the right, 1, is as good as the one from the left, 0."""
    z = case.script[0].args[0]
    wanted = np.array(expected[0].value)
    value = got[0].value
    at = np.asarray(value) if isinstance(value, np.ndarray | list) else np.empty(0)
    if at.shape == z.shape and at.dtype.kind in "biuf":
        wanted[(z == 0) & (at == 1)] = 1.0
    return first_difference(wanted, value)


relu_grad = Exercise(
    "relu_grad",
    reference=reference.relu_grad,
    hint="1 where z is above 0, 0 where it is below.",
    minutes=3,
    difficulty=1,
    compare=_either_side,
)


@relu_grad.cases("slopes", points=1)
def _(rng: Rng) -> list[Case]:
    return [*any_shape(rng), *far_out()]


@relu_grad.cases("0 or 1 at z = 0", points=1)
def _(rng: Rng) -> list[Case]:
    z = np.array([-2.0, 0.0, 3.0, 0.0, 0.5])
    return [call("-2, 0, 3, 0 and 0.5", z)]


@relu_grad.misconception("the function itself", "Above 0 you return z: its slope there is 1.")
def _(z):
    return np.maximum(0.0, z)


@relu_grad.misconception(
    "negative below 0",
    "Below 0 your slope is -1. ReLU is flat there, and a flat line has slope 0. (One source says "
    "that it 'becomes negative': it does not.)",
)
def _(z):
    return np.where(z > 0, 1.0, -1.0)


@relu_grad.misconception(
    "1 everywhere", "You return 1 below 0, too: ReLU is flat there, so its slope is 0."
)
def _(z):
    return np.ones_like(z)


@relu_grad.misconception(
    "0 divided by 0",
    "Right except at 0, where you divide 0 by 0. Compare z with 0 instead.",
)
def _(z):
    return np.maximum(0.0, z) / z


@relu_grad.misconception(
    "half at 0",
    "Right except at 0, where you give ½: take the slope of one of the two sides, 0 or 1.",
)
def _(z):
    return (1 + np.sign(z)) / 2


@relu_grad.misconception(
    "upside down", "The two sides are swapped: the slope is 1 above 0, and 0 below."
)
def _(z):
    return np.where(z > 0, 0.0, 1.0)


@relu_grad.misconception(
    "1 below 0, 0 above", "Your slope is 1 below 0 and 0 above: it is the other way round."
)
def _(z):
    return np.where(z < 0, 1.0, 0.0)


@relu_grad.misconception(
    "leaky", "Below 0 you return a small slope, as of leaky ReLU. ReLU is flat there: 0."
)
def _(z):
    return np.where(z > 0, 1.0, 0.01)


@relu_grad.misconception(
    "of the whole array",
    "You return one number. Each element has a slope of its own.",
)
def _(z):
    return 1.0 if np.max(z) > 0 else 0.0


@relu_grad.misconception(
    "the sign of z",
    "You return the sign of z, which is -1 below 0. ReLU is flat there: its slope is 0.",
)
def _(z):
    return np.sign(z)


@relu_grad.equivalent("1 at 0")
def _(z):
    return np.where(z >= 0, 1.0, 0.0)


@relu_grad.equivalent("True and False")
def _(z):
    return z > 0


# ------------------------------------------------------------------------------- leaky ReLU
leaky_relu_grad = Exercise(
    "leaky_relu_grad",
    reference=reference.leaky_relu_grad,
    hint="1 above 0, and below 0 the slope of the line slope·z.",
    minutes=3,
    difficulty=1,
)


@leaky_relu_grad.cases("slopes", points=1)
def _(rng: Rng) -> list[Case]:
    return [
        call("-7 and 7, the default slope", np.array([-7.0, 7.0])),
        *any_shape(rng, 0.3, says=", slope 0.3"),
        call("shape (2, 3), slope 0.05", both_signs(rng, (2, 3)), 0.05),
    ]


@leaky_relu_grad.misconception(
    "0 below 0", "Below 0 you return 0, as for plain ReLU: the slope there is `slope`."
)
def _(z, slope=0.01):
    return np.where(z > 0, 1.0, 0.0)


@leaky_relu_grad.misconception(
    "the function itself",
    "You return the values of leaky ReLU. The slope of a straight line is the same everywhere: "
    "no z in it.",
)
def _(z, slope=0.01):
    return np.where(z > 0, z, slope * z)


@leaky_relu_grad.misconception(
    "slope times z", "Below 0 you return slope·z: that is the function. Its slope has no z in it."
)
def _(z, slope=0.01):
    return np.where(z > 0, 1.0, slope * z)


@leaky_relu_grad.misconception(
    "slope typed in", "Below 0 your slope is always 0.01: use the argument slope."
)
def _(z, slope=0.01):
    return np.where(z > 0, 1.0, 0.01)


@leaky_relu_grad.misconception(
    "sides swapped", "The two sides are swapped: the slope is 1 above 0, and `slope` below."
)
def _(z, slope=0.01):
    return np.where(z > 0, slope, 1.0)


@leaky_relu_grad.misconception(
    "slope on both sides", "Above 0 the slope is 1: the function is z itself there."
)
def _(z, slope=0.01):
    return np.full(np.shape(z), slope)


@leaky_relu_grad.misconception(
    "z above 0", "Above 0 you return z: that is the function there, and its slope is 1."
)
def _(z, slope=0.01):
    return np.where(z > 0, z, slope)


@leaky_relu_grad.misconception(
    "minus the slope", "Below 0 your slope is negative: the line slope·z rises there, too."
)
def _(z, slope=0.01):
    return np.where(z > 0, 1.0, -slope)


@leaky_relu_grad.equivalent("two comparisons")
def _(z, slope=0.01):
    return (z > 0) + slope * (z <= 0)


@leaky_relu_grad.equivalent("ones, then the slope put in")
def _(z, slope=0.01):
    out = np.ones_like(z)
    out[z < 0] = slope
    return out


# ------------------------------------------------------------------------------- ELU
elu_grad = Exercise(
    "elu_grad",
    reference=reference.elu_grad,
    hint="1 above 0. Below, differentiate α·(e^z - 1): the constant goes, the exponential stays.",
    minutes=4,
    difficulty=2,
)


@elu_grad.cases("slopes", points=1)
def _(rng: Rng) -> list[Case]:
    return [
        call("-5 and 5, α = 0.1", np.array([-5.0, 5.0]), 0.1),
        *any_shape(rng),
        call("shape (2, 3), α = 1.6", both_signs(rng, (2, 3)), 1.6),
        call("just below 0 and just above, α = 2", np.array([-0.125, 0.25, -0.5]), 2.0),
    ]


@elu_grad.cases("far out", points=1)
def _(rng: Rng) -> list[Case]:
    return far_out(0.7)


@elu_grad.misconception(
    "the smaller of the two slopes",
    "The smaller of 1 and α·e^z is right only while α is at most 1: with a larger α the slope just "
    "below 0 is above 1. Choose by the sign of z.",
)
def _(z, alpha=1.0):
    return np.minimum(1, alpha * np.exp(z))


@elu_grad.misconception(
    "z above 0",
    "Above 0 you return z. One source prints that; but z is the function there, and its slope "
    "is 1.",
)
def _(z, alpha=1.0):
    return np.where(z > 0, z, alpha * np.exp(z))


@elu_grad.misconception(
    "-1 kept", "The derivative of a constant is 0: the -1 (with its α) is gone in the slope."
)
def _(z, alpha=1.0):
    return np.where(z > 0, 1.0, alpha * (np.exp(z) - 1))


@elu_grad.misconception("α forgotten", "Below 0 the α is missing: the slope is α·e^z.")
def _(z, alpha=1.0):
    return np.where(z > 0, 1.0, np.exp(z))


@elu_grad.misconception(
    "0 times infinity",
    "Right for moderate z, but far above 0 you multiply an infinite e^z by 0, and that is nan. "
    "Choose with np.where, or take e^z of np.minimum(z, 0).",
)
def _(z, alpha=1.0):
    return (z > 0) + (z <= 0) * alpha * np.exp(z)


@elu_grad.misconception(
    "the function plus α, everywhere",
    "elu(z) + α is the slope below 0 only. Above 0 the slope is 1.",
)
def _(z, alpha=1.0):
    return np.where(z > 0, z, alpha * (np.exp(z) - 1)) + alpha


@elu_grad.misconception("the function itself", "That is ELU: return its slope.")
def _(z, alpha=1.0):
    return np.where(z > 0, z, alpha * (np.exp(z) - 1))


@elu_grad.misconception(
    "α alone", "Below 0 you return α. That is the slope at 0; further down it is α·e^z."
)
def _(z, alpha=1.0):
    return np.where(z > 0, 1.0, alpha)


@elu_grad.misconception(
    "z from a power rule",
    "You have z·e^(z-1) below 0, as for a power. The exponential is its own derivative.",
)
def _(z, alpha=1.0):
    return np.where(z > 0, 1.0, alpha * z * np.exp(z - 1))


@elu_grad.misconception("α on both sides", "Above 0 your slope is α: it is 1 there, whatever α is.")
def _(z, alpha=1.0):
    return alpha * np.where(z > 0, 1.0, np.exp(np.minimum(z, 0)))


@elu_grad.misconception("e^-z", "The derivative of e^z is e^z: yours has -z in the exponent.")
def _(z, alpha=1.0):
    return np.where(z > 0, 1.0, alpha * np.exp(-z))


@elu_grad.misconception(
    "-1 outside the brackets",
    "You have α·e^z - 1: a constant has no slope, so the -1 is gone.",
)
def _(z, alpha=1.0):
    return np.where(z > 0, 1.0, alpha * np.exp(z) - 1)


@elu_grad.equivalent("ELU plus α")
def _(z, alpha=1.0):
    value = np.where(z > 0, z, alpha * (np.exp(z) - 1))
    return np.where(z > 0, 1.0, value + alpha)


@elu_grad.equivalent("np.where")
def _(z, alpha=1.0):
    return np.where(z < 0, alpha * np.exp(z), 1)


# ------------------------------------------------------------------------------- sigmoid
sigmoid_grad = Exercise(
    "sigmoid_grad",
    reference=reference.sigmoid_grad,
    hint="σ(z)·(1 - σ(z)): call your sigmoid once, and use the result twice.",
    minutes=3,
    difficulty=1,
)


@sigmoid_grad.cases("slopes", points=1)
def _(rng: Rng) -> list[Case]:
    return [*any_shape(rng), call("-3, 0 and 3", np.array([-3.0, 0.0, 3.0])), *far_out()]


@sigmoid_grad.misconception(
    "z taken for σ(z)",
    "You computed z·(1 - z). The argument z comes before the sigmoid: take σ(z) first.",
)
def _(z):
    return z * (1 - z)


@sigmoid_grad.misconception("the function itself", "That is σ(z): the derivative is σ·(1 - σ).")
def _(z):
    return 1 / (1 + np.exp(-z))


@sigmoid_grad.misconception(
    "1 - σ²", "That is tanh's pattern, 1 minus a square: for the sigmoid it is σ·(1 - σ)."
)
def _(z):
    return 1 - 1 / (1 + np.exp(-z)) ** 2


@sigmoid_grad.misconception("σ squared", "You multiply σ by itself: the second factor is 1 - σ.")
def _(z):
    return 1 / (1 + np.exp(-z)) ** 2


@sigmoid_grad.misconception(
    "infinity over infinity",
    "Right for moderate z, but e^-z overflows far below 0 and infinity / infinity is nan. Use "
    "σ·(1 - σ).",
)
def _(z):
    return np.exp(-z) / (1 + np.exp(-z)) ** 2


@sigmoid_grad.misconception(
    "sigmoid twice",
    "You take the sigmoid of a value that has been through it already: σ(z) once, and use the "
    "result twice.",
)
def _(z):
    s = 1 / (1 + np.exp(-z))
    s = 1 / (1 + np.exp(-s))
    return s * (1 - s)


@sigmoid_grad.misconception("1 - z for 1 - σ", "Your second factor is 1 - z: it is 1 - σ(z).")
def _(z):
    return (1 - z) / (1 + np.exp(-z))


@sigmoid_grad.misconception("1 - σ alone", "You return 1 - σ: it is still to be multiplied by σ.")
def _(z):
    return 1 - 1 / (1 + np.exp(-z))


@sigmoid_grad.misconception(
    "the square forgotten",
    "By the quotient rule the denominator is squared: e^-z / (1 + e^-z)².",
)
def _(z):
    return np.exp(-z) / (1 + np.exp(-z))


@sigmoid_grad.misconception("tanh's slope", "That is the slope of tanh, 1 - tanh².")
def _(z):
    return 1 - np.tanh(z) ** 2


@sigmoid_grad.misconception(
    "the sign of the inner derivative",
    "Your slope is negative: the exponent -z brings a second minus, and the sigmoid rises "
    "everywhere.",
)
def _(z):
    s = 1 / (1 + np.exp(-z))
    return -s * (1 - s)


@sigmoid_grad.misconception("σ·(1 + σ)", "You have a plus between: it is σ·(1 - σ).")
def _(z):
    s = 1 / (1 + np.exp(-z))
    return s * (1 + s)


@sigmoid_grad.misconception(
    "brackets missing",
    "σ·1 - σ is 0 for every z: put 1 - σ in brackets, σ·(1 - σ).",
)
def _(z):
    s = 1 / (1 + np.exp(-z))
    return s * 1 - s


@sigmoid_grad.equivalent("σ(1 - σ)")
def _(z):
    s = 1 / (1 + np.exp(-z))
    return s * (1 - s)


@sigmoid_grad.equivalent("through tanh")
def _(z):
    return (1 - np.tanh(z / 2) ** 2) / 4


@sigmoid_grad.equivalent("one fraction")
def _(z):
    return 1 / (2 + np.exp(z) + np.exp(-z))


# ------------------------------------------------------------------------------- tanh
tanh_grad = Exercise(
    "tanh_grad",
    reference=reference.tanh_grad,
    hint="1 minus the square of tanh(z).",
    minutes=3,
    difficulty=1,
)


@tanh_grad.cases("slopes", points=1)
def _(rng: Rng) -> list[Case]:
    return [*any_shape(rng), call("-3, 0 and 3", np.array([-3.0, 0.0, 3.0])), *far_out()]


@tanh_grad.misconception("square forgotten", "You have 1 - tanh(z): the square is missing.")
def _(z):
    return 1 - np.tanh(z)


@tanh_grad.misconception(
    "z taken for tanh z",
    "You computed 1 - z². The argument z comes before the tanh: take tanh(z) first.",
)
def _(z):
    return 1 - z**2


@tanh_grad.misconception(
    "sigmoid's pattern",
    "t·(1 - t) is the sigmoid's pattern. For t = tanh(z) the slope is 1 minus the square of t.",
)
def _(z):
    return np.tanh(z) * (1 - np.tanh(z))


@tanh_grad.misconception(
    "half as steep",
    "You have σ(z)·(1 - σ(z)), the sigmoid's slope: tanh is four times as steep at 0.",
)
def _(z):
    s = 1 / (1 + np.exp(-z))
    return s * (1 - s)


@tanh_grad.misconception("tanh of the square", "You square z first: it is the square of tanh(z).")
def _(z):
    return 1 - np.tanh(z**2)


@tanh_grad.misconception(
    "1 + square", "You add the square: the slope is largest at 0, and falls where tanh flattens."
)
def _(z):
    return 1 + np.tanh(z) ** 2


@tanh_grad.misconception(
    "tanh twice", "You take tanh of a value that has been through it already: once is enough."
)
def _(z):
    return 1 - np.tanh(np.tanh(z)) ** 2


@tanh_grad.misconception(
    "square of the difference", "You square 1 - tanh(z) as a whole: only tanh(z) is squared."
)
def _(z):
    return (1 - np.tanh(z)) ** 2


@tanh_grad.misconception("the square alone", "You return tanh²: it is subtracted from 1.")
def _(z):
    return np.tanh(z) ** 2


@tanh_grad.misconception("the function itself", "That is tanh: return its slope.")
def _(z):
    return np.tanh(z)


@tanh_grad.misconception(
    "square first, the sign too",
    "You return tanh² - 1: the sign is the other way round, for tanh rises everywhere.",
)
def _(z):
    return np.tanh(z) ** 2 - 1


@tanh_grad.equivalent("1 / cosh²")
def _(z):
    return 1 / np.cosh(z) ** 2


@tanh_grad.equivalent("two factors")
def _(z):
    t = np.tanh(z)
    return (1 - t) * (1 + t)


# ------------------------------------------------------------------------------- swish
swish_grad = Exercise(
    "swish_grad",
    reference=reference.swish_grad,
    hint="Use the product rule on z·σ(z): it gives two terms, and you have already written both "
    "functions that they need. Those functions also work for z = 1000; a new formula with e^z or "
    "e^-z may not.",
    minutes=6,
    difficulty=2,
)


@swish_grad.cases("slopes", points=1)
def _(rng: Rng) -> list[Case]:
    return [*any_shape(rng), call("-1.278, 0 and 4", np.array([-1.278, 0.0, 4.0]))]


@swish_grad.cases("far out", points=1)
def _(rng: Rng) -> list[Case]:
    return far_out()


@swish_grad.misconception(
    "second term alone",
    "You differentiated σ and left z as it is: the product rule has a second term, in which z is "
    "differentiated.",
)
def _(z):
    s = 1 / (1 + np.exp(-z))
    return z * s * (1 - s)


@swish_grad.misconception(
    "first term alone",
    "You differentiated z and treated σ(z) as a constant: it depends on z too, so a second term "
    "is missing.",
)
def _(z):
    return 1 / (1 + np.exp(-z))


@swish_grad.misconception(
    "derivatives multiplied",
    "The derivative of a product is not the product of the derivatives: 1·σ'(z) is too little.",
)
def _(z):
    s = 1 / (1 + np.exp(-z))
    return s * (1 - s)


@swish_grad.misconception(
    "z lost", "In the second term σ' has to be multiplied by z: z is the factor that stays."
)
def _(z):
    s = 1 / (1 + np.exp(-z))
    return s + s * (1 - s)


@swish_grad.misconception(
    "sigmoid's pattern", "f·(1 - f) holds for the sigmoid only: swish needs the product rule."
)
def _(z):
    f = z / (1 + np.exp(-z))
    return f * (1 - f)


@swish_grad.misconception(
    "a σ missing",
    "In the second term you have z·(1 - σ): the slope of the sigmoid has two factors.",
)
def _(z):
    s = 1 / (1 + np.exp(-z))
    return s + z * (1 - s)


@swish_grad.misconception(
    "a product for the sum",
    "You multiply the two terms of the product rule: they are added.",
)
def _(z):
    s = 1 / (1 + np.exp(-z))
    return s * (z * s * (1 - s))


@swish_grad.misconception(
    "minus between the terms", "You subtract the second term: the product rule adds it."
)
def _(z):
    s = 1 / (1 + np.exp(-z))
    return s - z * s * (1 - s)


@swish_grad.misconception("the function itself", "That is swish: return its slope.")
def _(z):
    return z / (1 + np.exp(-z))


@swish_grad.misconception(
    "infinity over infinity",
    "Right for moderate z, but e^-z overflows far below 0 and infinity / infinity is nan. Write it "
    "with your sigmoid.",
)
def _(z):
    e = np.exp(-z)
    return (1 + e + z * e) / (1 + e) ** 2


@swish_grad.misconception(
    "σ of the function",
    "Your σ is taken of swish(z): it is taken of z.",
)
def _(z):
    f = z / (1 + np.exp(-z))
    s = 1 / (1 + np.exp(-f))
    return s + z * s * (1 - s)


@swish_grad.misconception(
    "z on both terms", "You multiply both terms by z: in the first one z has been differentiated."
)
def _(z):
    s = 1 / (1 + np.exp(-z))
    return z * (s + s * (1 - s))


@swish_grad.misconception(
    "σ for its slope",
    "In the second term you have z·σ: there σ is differentiated, so it is z·σ'.",
)
def _(z):
    s = 1 / (1 + np.exp(-z))
    return s + z * s


@swish_grad.equivalent("with the value of swish")
def _(z):
    s = 1 / (1 + np.exp(-z))
    return z * s + s * (1 - z * s)


@swish_grad.equivalent("σ bracketed out")
def _(z):
    s = 1 / (1 + np.exp(-z))
    return s * (1 + z * (1 - s))
