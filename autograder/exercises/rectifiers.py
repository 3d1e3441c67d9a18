"""Notebook 05: ReLU and what was made of it: leaky ReLU, ELU, SELU, swish."""

from __future__ import annotations

import numpy as np

from autograder.exercise import Case, Exercise
from autograder.exercises._cases import Rng, call
from autograder.exercises._elementwise import any_shape, both_signs, far_out
from reference_impl import activations as reference

NOTEBOOK = "05_activations"

# ------------------------------------------------------------------------------- ReLU
relu = Exercise(
    "relu",
    reference=reference.relu,
    hint="np.maximum takes two things and keeps the larger one, element by element.",
    minutes=3,
    difficulty=1,
)


@relu.cases("cut off at 0", points=1)
def _(rng: Rng) -> list[Case]:
    return [*any_shape(rng), call("-7, 0 and 7", np.array([-7.0, 0.0, 7.0])), *far_out()]


@relu.misconception(
    "the smaller one", "You keep what is negative and cut off the rest: it is the other way round."
)
def _(z):
    return np.minimum(0.0, z)


@relu.misconception("absolute value", "You flip the negative numbers; they should become 0.")
def _(z):
    return np.abs(z)


@relu.misconception(
    "one maximum of all",
    "max, or np.max, gives one number for the whole array. np.maximum compares element by element.",
)
def _(z):
    return max(0.0, np.max(z))


@relu.misconception(
    "whole numbers",
    "Your numbers lost their decimals: np.vectorize takes its type from the first result. Return "
    "0.0, not 0, or use np.maximum.",
)
def _(z):
    return np.vectorize(lambda v: 0 if v < 0 else v)(z)


@relu.misconception(
    "the derivative", "Above 0 you return 1: that is the slope of ReLU. ReLU itself hands z on."
)
def _(z):
    return np.where(z > 0, 1.0, 0.0)


@relu.equivalent("z times a comparison")
def _(z):
    return z * (z > 0)


@relu.equivalent("half of z + |z|")
def _(z):
    return (z + np.abs(z)) / 2


@relu.equivalent("a copy with zeros put in")
def _(z):
    out = z.copy()
    out[out < 0] = 0
    return out


# ------------------------------------------------------------------------------- leaky ReLU
leaky_relu = Exercise(
    "leaky_relu",
    reference=reference.leaky_relu,
    hint="z where it is above 0, slope·z elsewhere: np.where(condition, then, otherwise).",
    minutes=3,
    difficulty=1,
)


@leaky_relu.cases("a small slope below 0", points=1)
def _(rng: Rng) -> list[Case]:
    return [
        call("-7, 0 and 7, without a slope", np.array([-7.0, 0.0, 7.0])),
        *any_shape(rng, 0.3, says=", slope 0.3"),
        call("shape (2, 3), slope 0.05", both_signs(rng, (2, 3)), 0.05),
    ]


@leaky_relu.misconception(
    "slope typed in", "The slope is always 0.01 in yours: use the argument slope instead."
)
def _(z, slope=0.01):
    return np.where(z > 0, z, 0.01 * z)


@leaky_relu.misconception(
    "0.1 of a figure",
    "Your slope is always 0.1. One source draws it so; here it is the argument, and 0.01 without "
    "one.",
)
def _(z, slope=0.01):
    return np.maximum(0.1 * z, z)


@leaky_relu.misconception(
    "a constant below 0", "Below 0 you return the slope itself: multiply it by z."
)
def _(z, slope=0.01):
    return np.where(z > 0, z, slope)


@leaky_relu.misconception(
    "sign flipped", "Below 0 your result is positive: z keeps its sign and only shrinks."
)
def _(z, slope=0.01):
    return np.where(z > 0, z, -slope * z)


@leaky_relu.equivalent("the larger of two lines")
def _(z, slope=0.01):
    return np.maximum(slope * z, z)


@leaky_relu.equivalent("two halves added")
def _(z, slope=0.01):
    return np.maximum(z, 0) + slope * np.minimum(z, 0)


# ------------------------------------------------------------------------------- ELU
elu = Exercise(
    "elu",
    reference=reference.elu,
    hint="z above 0, and α·(e^z - 1) elsewhere; the -1 is inside the brackets.",
    minutes=4,
    difficulty=2,
)


@elu.cases("values", points=1)
def _(rng: Rng) -> list[Case]:
    return [
        call("-5, 0 and 5, α = 0.1", np.array([-5.0, 0.0, 5.0]), 0.1),
        *any_shape(rng),
        call("shape (2, 3), α = 1.6", both_signs(rng, (2, 3)), 1.6),
    ]


@elu.cases("far out", points=1)
def _(rng: Rng) -> list[Case]:
    return far_out(0.7)


@elu.misconception(
    "-1 outside the brackets", "α belongs to both terms: α·(e^z - 1), not α·e^z - 1."
)
def _(z, alpha=1.0):
    return np.where(z > 0, z, alpha * np.exp(z) - 1)


@elu.misconception(
    "-1 missing",
    "At 0 your curve jumps up to α: subtract 1 from e^z, so that both branches meet at 0.",
)
def _(z, alpha=1.0):
    return np.where(z > 0, z, alpha * np.exp(z))


@elu.misconception("α ignored", "Your floor is always at -1: α has to multiply the lower branch.")
def _(z, alpha=1.0):
    return np.where(z > 0, z, np.exp(z) - 1)


@elu.misconception(
    "the larger branch",
    "The maximum of the two branches is not ELU: above 0 the exponential overtakes z. Choose by "
    "the sign of z.",
)
def _(z, alpha=1.0):
    return np.maximum(z, alpha * (np.exp(z) - 1))


@elu.misconception(
    "0 times infinity",
    "Right for moderate z, but far above 0 you multiply an infinite e^z by 0, and that is nan. "
    "Choose with np.where, or take e^z of np.minimum(z, 0).",
)
def _(z, alpha=1.0):
    return (z > 0) * z + (z <= 0) * alpha * (np.exp(z) - 1)


@elu.equivalent("np.where on both branches")
def _(z, alpha=1.0):
    return np.where(z > 0, z, alpha * (np.exp(z) - 1))


@elu.equivalent("only the negative ones replaced")
def _(z, alpha=1.0):
    out = z.copy()
    below = z < 0
    out[below] = alpha * np.expm1(z[below])
    return out


# ------------------------------------------------------------------------------- SELU
selu = Exercise(
    "selu",
    reference=reference.selu,
    hint="λ times ELU with that α. Both constants stand in the cell above.",
    minutes=3,
    difficulty=1,
)


@selu.cases("ELU with two constants", points=1)
def _(rng: Rng) -> list[Case]:
    return [*any_shape(rng), *far_out()]


@selu.misconception("λ forgotten", "That is ELU with SELU's α: multiply all of it by λ.")
def _(z):
    return np.where(z > 0, z, 1.6732632423543772 * np.expm1(np.minimum(z, 0)))


@selu.misconception(
    "λ on one branch", "λ multiplies both branches; in yours the lower one goes without."
)
def _(z):
    return np.where(z > 0, 1.0507009873554805 * z, 1.6732632423543772 * np.expm1(np.minimum(z, 0)))


@selu.misconception(
    "λ below 0 only", "Above 0 you hand z on as it is: λ multiplies both branches, so it is λ·z."
)
def _(z):
    return np.where(z > 0, z, 1.0507009873554805 * 1.6732632423543772 * np.expm1(np.minimum(z, 0)))


@selu.misconception("α forgotten", "Your lower branch has α = 1: SELU's is 1.6733.")
def _(z):
    return 1.0507009873554805 * np.where(z > 0, z, np.expm1(np.minimum(z, 0)))


@selu.misconception(
    "constants swapped", "The two constants have changed places: λ = 1.0507, α = 1.6733."
)
def _(z):
    return 1.6732632423543772 * np.where(z > 0, z, 1.0507009873554805 * np.expm1(np.minimum(z, 0)))


@selu.misconception(
    "rounded constants",
    "Your constants are rounded to four decimals: use SELU_SCALE and SELU_ALPHA of the cell above.",
)
def _(z):
    return 1.0507 * np.where(z > 0, z, 1.6733 * np.expm1(np.minimum(z, 0)))


@selu.equivalent("two branches")
def _(z):
    scale, alpha = 1.0507009873554804934193349852946, 1.6732632423543772848170429916717
    return np.where(z > 0, scale * z, scale * alpha * (np.exp(z) - 1))


@selu.equivalent("with αe^z - α, as in the paper")
def _(z):
    scale, alpha = 1.0507009873554804934193349852946, 1.6732632423543772848170429916717
    low = np.minimum(z, 0)
    return scale * (np.maximum(z, 0) + alpha * np.exp(low) - alpha)


# ------------------------------------------------------------------------------- swish
swish = Exercise(
    "swish",
    reference=reference.swish,
    hint="z times your sigmoid of z.",
    minutes=3,
    difficulty=1,
)


@swish.cases("values", points=1)
def _(rng: Rng) -> list[Case]:
    return [*any_shape(rng), call("4, 0 and -1.278", np.array([4.0, 0.0, -1.278]))]


@swish.cases("far out", points=1)
def _(rng: Rng) -> list[Case]:
    return far_out()


@swish.misconception(
    "the source's sign",
    "z / (1 - e^-z) is a slip that one source prints: the denominator is 1 plus e^-z. (Yours has "
    "no value at 0, and 4.0746 at 4.)",
)
def _(z):
    return z / (1 - np.exp(-z))


@swish.misconception("sigmoid alone", "That is the sigmoid: swish multiplies it by z.")
def _(z):
    return 1 / (1 + np.exp(-z))


@swish.misconception(
    "the wrong exponent",
    "z / (1 + e^z) is z·σ(-z), a mirror image: the exponent is -z.",
)
def _(z):
    return z / (1 + np.exp(z))


@swish.misconception(
    "infinity over infinity",
    "Right for moderate z, but e^z overflows far above 0 and infinity / infinity is nan. "
    "Multiply z by your sigmoid.",
)
def _(z):
    return z * (np.exp(z) / (1 + np.exp(z)))


@swish.equivalent("as one fraction")
def _(z):
    return z / (1 + np.exp(-z))


@swish.equivalent("through tanh")
def _(z):
    return z * (1 + np.tanh(z / 2)) / 2
