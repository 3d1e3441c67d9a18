"""Notebook 05: the slopes of the smooth activations, which backpropagation multiplies."""

from __future__ import annotations

import numpy as np

from autograder.exercise import Case, Exercise
from autograder.exercises._cases import Rng, call
from autograder.exercises._elementwise import any_shape, far_out
from reference_impl import activations as reference

NOTEBOOK = "05_activations"

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


@sigmoid_grad.misconception(
    "σ squared", "You multiply σ by itself: the second factor is 1 - σ, what is left to 1."
)
def _(z):
    return 1 / (1 + np.exp(-z)) ** 2


@sigmoid_grad.misconception(
    "infinity over infinity",
    "Right for moderate z, but e^-z overflows far below 0 and infinity / infinity is nan. Use "
    "σ·(1 - σ).",
)
def _(z):
    return np.exp(-z) / (1 + np.exp(-z)) ** 2


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
    hint="The product rule on z·σ(z): two terms, and you have both functions that they need. They "
    "also stand a z of 1000, where a formula with e^z or e^-z of your own may not.",
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


@swish_grad.equivalent("with the value of swish")
def _(z):
    s = 1 / (1 + np.exp(-z))
    return z * s + s * (1 - z * s)


@swish_grad.equivalent("σ bracketed out")
def _(z):
    s = 1 / (1 + np.exp(-z))
    return s * (1 + z * (1 - s))
