"""Notebook 05: the step, the line, sigmoid and tanh."""

from __future__ import annotations

import numpy as np

from autograder.exercise import Case, Exercise
from autograder.exercises._cases import Rng, call
from autograder.exercises._elementwise import any_shape, both_signs, far_out
from reference_impl import activations as reference

NOTEBOOK = "05_activations"

# ------------------------------------------------------------------------------- the step
binary_step = Exercise(
    "binary_step",
    reference=reference.binary_step,
    hint="1 where z is 0 or more, 0 elsewhere: a comparison gives you True and False.",
    minutes=3,
    difficulty=1,
)


@binary_step.cases("fires or not", points=1)
def _(rng: Rng) -> list[Case]:
    return [*any_shape(rng), call("-2, 0 and 2", np.array([-2.0, 0.0, 2.0]))]


@binary_step.misconception("0 at 0", "At exactly 0 this neuron fires: the step is 1 for z ≥ 0.")
def _(z):
    return np.where(z > 0, 1.0, 0.0)


@binary_step.misconception(
    "the sign", "Below 0 you return -1: that is the sign of z. The step is 0 there."
)
def _(z):
    return np.where(z >= 0, 1.0, -1.0)


@binary_step.misconception(
    "upside down", "You have it upside down: it is 1 where z is 0 or more, and 0 below."
)
def _(z):
    return np.where(z >= 0, 0.0, 1.0)


@binary_step.misconception(
    "z kept above 0", "Above 0 you hand on z itself, as ReLU will. The step forgets the size: 1."
)
def _(z):
    return np.where(z >= 0, z, 0.0)


@binary_step.equivalent("a comparison as a number")
def _(z):
    return (z >= 0).astype(float)


@binary_step.equivalent("one number at a time")
def _(z):
    return np.vectorize(lambda v: 0 if v < 0 else 1)(z)


# ------------------------------------------------------------------------------- the line
linear = Exercise(
    "linear",
    reference=reference.linear,
    hint="The number a times z.",
    minutes=3,
    difficulty=1,
)


@linear.cases("a straight line", points=1)
def _(rng: Rng) -> list[Case]:
    return [
        call("4 and -2, a = 4", np.array([4.0, -2.0]), 4.0),
        *any_shape(rng, -2.5, says=", a = -2.5"),
        call("shape (2, 3), a = 0.3", both_signs(rng, (2, 3)), 0.3),
    ]


@linear.misconception(
    "always 4", "The 4 was only the worked number: use the argument a as the slope."
)
def _(z, a):
    return 4 * z


@linear.misconception("a added", "You add a. Here a is the slope: it multiplies z.")
def _(z, a):
    return z + a


@linear.misconception(
    "the derivative",
    "You return the slope a itself, which is the derivative: the function is the slope times z.",
)
def _(z, a):
    return np.full(np.shape(z), a)


@linear.equivalent("with np.multiply")
def _(z, a):
    return np.multiply(z, a)


@linear.equivalent("as a sum of two halves")
def _(z, a):
    return a * np.maximum(z, 0) + a * np.minimum(z, 0)


# ------------------------------------------------------------------------------- sigmoid
sigmoid = Exercise(
    "sigmoid",
    reference=reference.sigmoid,
    hint="1 / (1 + e^-z), with np.exp; mind the brackets, and the minus sign.",
    minutes=4,
    difficulty=1,
)


@sigmoid.cases("values", points=1)
def _(rng: Rng) -> list[Case]:
    return [*any_shape(rng), call("7, 0 and -22", np.array([7.0, 0.0, -22.0]))]


@sigmoid.cases("far out", points=1)
def _(rng: Rng) -> list[Case]:
    return far_out()


@sigmoid.misconception(
    "sign of the exponent",
    "Your curve falls where it should rise: the exponent is -z, not z. (Or, in a form with two "
    "cases, the cases have changed places.)",
)
def _(z):
    return 1 / (1 + np.exp(z))


@sigmoid.misconception(
    "infinity over infinity",
    "Right for moderate z, but e^z overflows above 709 and infinity / infinity is nan. Use the "
    "form with e^-z where z is positive.",
)
def _(z):
    return np.exp(z) / (1 + np.exp(z))


@sigmoid.misconception(
    "brackets", "Brackets: 1 / 1 + e^-z is 1 + e^-z. The whole sum belongs under the fraction bar."
)
def _(z):
    return 1 / 1 + np.exp(-z)


@sigmoid.misconception(
    "minus in the denominator", "The denominator is 1 plus e^-z; yours subtracts it."
)
def _(z):
    return 1 / (1 - np.exp(-z))


@sigmoid.misconception(
    "tanh", "That runs from -1 to 1: it is tanh, which comes next. A sigmoid runs from 0 to 1."
)
def _(z):
    return np.tanh(z)


@sigmoid.equivalent("the plain formula")
def _(z):
    return 1 / (1 + np.exp(-z))


@sigmoid.equivalent("through tanh")
def _(z):
    return (1 + np.tanh(z / 2)) / 2


@sigmoid.equivalent("two forms, each where it is safe")
def _(z):
    out = np.empty_like(z)
    above = z >= 0
    out[above] = 1 / (1 + np.exp(-z[above]))
    small = np.exp(z[~above])
    out[~above] = small / (1 + small)
    return out


@sigmoid.equivalent("clipped first")
def _(z):
    return 1 / (1 + np.exp(-np.clip(z, -500, 500)))


# ------------------------------------------------------------------------------- tanh
tanh = Exercise(
    "tanh",
    reference=reference.tanh,
    hint="Twice your sigmoid at 2z, minus 1; or NumPy's own function.",
    minutes=3,
    difficulty=1,
)


@tanh.cases("values", points=1)
def _(rng: Rng) -> list[Case]:
    return [*any_shape(rng), call("0.5, 0 and -1", np.array([0.5, 0.0, -1.0]))]


@tanh.cases("far out", points=1)
def _(rng: Rng) -> list[Case]:
    return far_out()


@tanh.misconception(
    "2σ(z) - 1",
    "The range is right but the curve is too flat: the sigmoid is taken at 2z, not at z.",
)
def _(z):
    return 2 / (1 + np.exp(-z)) - 1


@tanh.misconception(
    "infinity over infinity",
    "Right for moderate z, but e^z and e^-z overflow and infinity / infinity is nan. Write it "
    "with your sigmoid, or use np.tanh.",
)
def _(z):
    return (np.exp(z) - np.exp(-z)) / (np.exp(z) + np.exp(-z))


@tanh.misconception(
    "1 not subtracted", "Your curve runs from 0 to 2: stretch the sigmoid by 2 *and* lower it by 1."
)
def _(z):
    return 2 / (1 + np.exp(-2 * z))


@tanh.misconception(
    "fraction upside down", "Numerator and denominator have changed places: that is 1 / tanh."
)
def _(z):
    return 1 / np.tanh(z)


@tanh.equivalent("as a stretched sigmoid")
def _(z):
    return 2 / (1 + np.exp(-2 * z)) - 1


@tanh.equivalent("with one small exponential")
def _(z):
    small = np.exp(-2 * np.abs(z))
    return np.sign(z) * (1 - small) / (1 + small)
