"""Notebook 05: the slopes of the activations that bend or are joined at 0."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from autograder.compare import Difference, first_difference
from autograder.drive import Outcome
from autograder.exercise import Case, Exercise
from autograder.exercises._cases import Rng, call
from autograder.exercises._elementwise import any_shape, both_signs, far_out
from reference_impl import activations as reference

NOTEBOOK = "05_activations"


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


@relu_grad.cases("at 0 it takes a side", points=1)
def _(rng: Rng) -> list[Case]:
    return [call("-2, 0, 3 and 0", np.array([-2.0, 0.0, 3.0, 0.0]))]


@relu_grad.misconception("the function itself", "Above 0 you return z: its slope there is 1.")
def _(z):
    return np.maximum(0.0, z)


@relu_grad.misconception(
    "negative below 0",
    "Below 0 your slope is -1. ReLU is flat there, and a flat line has slope 0. (One source has it "
    "'become negative': it does not.)",
)
def _(z):
    return np.where(z > 0, 1.0, -1.0)


@relu_grad.misconception(
    "1 everywhere", "You return 1 below 0 too: ReLU is flat there, so nothing comes through."
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
        call("-7 and 7, without a slope", np.array([-7.0, 7.0])),
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
    "slope typed in", "Below 0 it is always 0.01 in yours: use the argument slope."
)
def _(z, slope=0.01):
    return np.where(z > 0, 1.0, 0.01)


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
    ]


@elu_grad.cases("far out", points=1)
def _(rng: Rng) -> list[Case]:
    return far_out(0.7)


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


@elu_grad.equivalent("ELU plus α")
def _(z, alpha=1.0):
    value = np.where(z > 0, z, alpha * (np.exp(z) - 1))
    return np.where(z > 0, 1.0, value + alpha)


@elu_grad.equivalent("np.where")
def _(z, alpha=1.0):
    return np.where(z < 0, alpha * np.exp(z), 1)
