"""What a whole layer does: lines that collapse, units that saturate or die."""

from __future__ import annotations

from itertools import pairwise

import numpy as np

from autograder.checking.exercise import Case, Exercise, quiz
from autograder.exercises._cases import Rng, call
from autograder.exercises.activations._elementwise import both_signs
from reference_impl import activations as reference

# ------------------------------------------------------------------------------- lines collapse
collapse_linear = Exercise(
    "collapse_linear",
    reference=reference.collapse_linear,
    hint="X meets W1 first, so W1 comes first in the product. The @ multiplies matrices.",
    minutes=3,
    difficulty=2,
)


@collapse_linear.cases("one matrix for three", points=1)
def _(rng: Rng) -> list[Case]:
    def layers(*sizes: int) -> Case:
        weights = [rng.normal(size=pair) for pair in pairwise(sizes)]
        return call(" to ".join(map(str, sizes)) + " units", *weights)

    return [layers(2, 4, 3, 5), layers(3, 3, 3, 3), layers(4, 1, 2, 1)]


@collapse_linear.misconception(
    "other way round",
    "You multiply from the last layer to the first. Rows are samples here, so the product is X W1 "
    "W2 W3, and W1 comes first. (Some texts write Z = WX; there your order would be right.)",
)
def _(W1, W2, W3):
    return W3 @ W2 @ W1


@collapse_linear.misconception(
    "element by element",
    "* multiplies element by element: a chain of layers is a matrix product, @.",
)
def _(W1, W2, W3):
    return W1 * W2 * W3


@collapse_linear.misconception(
    "a layer left out", "The third layer is missing: the product has three matrices."
)
def _(W1, W2, W3):
    return W1 @ W2


@collapse_linear.misconception(
    "the first left out", "The first layer is missing: the product has three matrices."
)
def _(W1, W2, W3):
    return W2 @ W3


@collapse_linear.misconception(
    "added", "You add the matrices. Layers come one after the other: that is a product, @."
)
def _(W1, W2, W3):
    return W1 + W2 + W3


@collapse_linear.misconception(
    "transposes", "No transpose is needed: the columns of W1 meet the rows of W2, as they are."
)
def _(W1, W2, W3):
    return W1.T @ W2.T @ W3.T


@collapse_linear.equivalent("from the right")
def _(W1, W2, W3):
    return np.dot(W1, np.dot(W2, W3))


@collapse_linear.equivalent("by sending unit vectors through")
def _(W1, W2, W3):
    out = []
    for x in np.eye(len(W1)):
        out.append(x @ W1 @ W2 @ W3)
    return np.array(out)


# ------------------------------------------------------------------------------- saturation
saturated_fraction = Exercise(
    "saturated_fraction",
    reference=reference.saturated_fraction,
    hint="The mean of an array of True and False is the share of True.",
    minutes=3,
    difficulty=1,
)


@saturated_fraction.cases("the share", points=1)
def _(rng: Rng) -> list[Case]:
    return [
        call("-5, -1, 2 and 4", np.array([-5.0, -1.0, 2.0, 4.0])),
        call("shape (6, 5)", both_signs(rng, (6, 5), 8.0)),
        call("shape (4, 3), limit 1", np.append(both_signs(rng, (11,)), -3.5).reshape(4, 3), 1.0),
        call("none", both_signs(rng, (3,), 2.0)),
        call("-3, 1, 3 and 7: two at the limit", np.array([-3.0, 1.0, 3.0, 7.0])),
    ]


@saturated_fraction.misconception(
    "only one side",
    "You count the large positive z only: the curve is as flat at -5 as at 5. Take |z|.",
)
def _(z, limit=3.0):
    return np.mean(z > limit)


@saturated_fraction.misconception(
    "counted", "You return how many there are: the share is that divided by the number of all z."
)
def _(z, limit=3.0):
    return np.sum(np.abs(z) > limit)


@saturated_fraction.misconception(
    "the rest", "That is the share that is *not* saturated: |z| > limit, not below it."
)
def _(z, limit=3.0):
    return np.mean(np.abs(z) <= limit)


@saturated_fraction.misconception(
    "inside", "You count the z between the limits: the saturated ones lie outside, |z| > limit."
)
def _(z, limit=3.0):
    return np.mean(np.abs(z) < limit)


@saturated_fraction.misconception("percent", "You return percent; a share runs from 0 to 1.")
def _(z, limit=3.0):
    return 100 * np.mean(np.abs(z) > limit)


@saturated_fraction.misconception("limit ignored", "Your limit is always 3: use the argument.")
def _(z, limit=3.0):
    return np.mean(np.abs(z) > 3)


@saturated_fraction.misconception(
    "the limit itself", "You count a z that equals the limit: a z beyond the limit has |z| > limit."
)
def _(z, limit=3.0):
    return np.mean(np.abs(z) >= limit)


@saturated_fraction.misconception(
    "divided by the number of rows",
    "In a table you divide by the number of rows: it is a share of all z, and `.size` counts them.",
)
def _(z, limit=3.0):
    return np.sum(np.abs(z) > limit) / len(z)


@saturated_fraction.misconception(
    "a share for each column",
    "You return a share for each column: without axis, np.mean takes all z together.",
)
def _(z, limit=3.0):
    return np.mean(np.abs(z) > limit, axis=0)


@saturated_fraction.misconception(
    "below -limit only",
    "You count the z below -limit only: the curve is as flat above the limit.",
)
def _(z, limit=3.0):
    return np.mean(z < -limit)


@saturated_fraction.misconception(
    "which ones", "You return which ones are saturated. Return their share: the mean of that."
)
def _(z, limit=3.0):
    return np.abs(z) > limit


@saturated_fraction.misconception(
    "and for or",
    "Your share is always 0. Do you ask for z above limit *and* below -limit? One of the two is "
    "enough: take |z|, or | in place of &. Or do you divide with `//`? It drops the decimals.",
)
def _(z, limit=3.0):
    return np.mean((z > limit) & (z < -limit))


@saturated_fraction.equivalent("counted and divided")
def _(z, limit=3.0):
    return np.count_nonzero((z > limit) | (z < -limit)) / z.size


@saturated_fraction.equivalent("one number at a time")
def _(z, limit=3.0):
    flat = [abs(v) > limit for v in z.ravel()]
    return sum(flat) / len(flat)


# ------------------------------------------------------------------------------- death
dead_units = Exercise(
    "dead_units",
    reference=reference.dead_units,
    hint="Z > 0 says which unit fires for which sample. A unit is dead if its column has no True "
    "at all.",
    minutes=4,
    difficulty=2,
)


@dead_units.cases("which units are dead", points=2)
def _(rng: Rng) -> list[Case]:
    Z = -rng.uniform(0.5, 2.0, (6, 5))
    Z[rng.integers(6), 1] = 0.3  # alive, for one sample only
    Z[:, 3] = rng.uniform(0.5, 2.0, 6)
    Z[2, 3] = -0.1  # alive, though not for all
    square = -rng.uniform(0.5, 2.0, (3, 3))
    square[0, 1], square[0, 2] = 1.0, 1e-4  # above 0 is alive, however little
    return [
        call("6 samples, 5 units", Z),
        call("3 samples, 3 units", square),
        call("one sample", np.array([[-1.0, 2.0]])),
        call("z of exactly 0", np.array([[0.0, -1.0, 0.0], [-2.0, 0.5, 0.0]])),
    ]


@dead_units.misconception(
    "samples instead of units",
    "You have a verdict for each sample: a unit is a column, so look along axis=0.",
)
def _(Z):
    return ~np.any(Z > 0, axis=1)


@dead_units.misconception(
    "one silence is enough",
    "You call a unit dead as soon as one sample leaves it silent. A dead unit is silent for all.",
)
def _(Z):
    return np.any(Z <= 0, axis=0)


@dead_units.misconception(
    "by the mean",
    "A unit with a negative mean may still fire for one sample, and learn from it. Look at every "
    "sample.",
)
def _(Z):
    return np.mean(Z, axis=0) <= 0


@dead_units.misconception("the living", "True and False are swapped: True means dead.")
def _(Z):
    return np.any(Z > 0, axis=0)


@dead_units.misconception(
    "0 counted as alive",
    "A z of exactly 0 is not above 0: ReLU returns 0 for it. A unit that never gets above 0 is "
    "dead.",
)
def _(Z):
    return np.all(Z < 0, axis=0)


@dead_units.misconception(
    "Z taken for activations",
    "You look for a Z of exactly 0. Z comes before the ReLU: a unit is dead if it is *never above* "
    "0.",
)
def _(Z):
    return np.all(Z == 0, axis=0)


@dead_units.misconception(
    "counted", "You return how many there are. Return True or False for each unit."
)
def _(Z):
    return np.sum(np.all(Z <= 0, axis=0))


@dead_units.misconception(
    "their numbers", "You return the numbers of the dead units. Return True or False for each unit."
)
def _(Z):
    return np.where(np.all(Z <= 0, axis=0))[0]


@dead_units.misconception(
    "by the sum",
    "A unit with a negative sum may still fire for one sample. Look at every sample.",
)
def _(Z):
    return Z.sum(axis=0) < 0


@dead_units.misconception(
    "one for the layer", "You return one answer for the whole layer: each unit, a column, has one."
)
def _(Z):
    return bool(np.all(Z <= 0))


@dead_units.misconception(
    "a verdict for each number",
    "You return a verdict for each number. A unit is a column: combine it with np.all over axis=0.",
)
def _(Z):
    return Z <= 0


@dead_units.misconception(
    "a share", "You return for how many of the samples a unit is silent. It is dead if for all."
)
def _(Z):
    return np.mean(Z <= 0, axis=0)


@dead_units.equivalent("by the maximum")
def _(Z):
    return Z.max(axis=0) <= 0


@dead_units.equivalent("unit by unit")
def _(Z):
    return [not (column > 0).any() for column in Z.T]


# ------------------------------------------------------------------------------- the quiz
prediction_activations = quiz(
    "prediction_activations",
    answer="b",
    a="ReLU's slope below 0 is 0, not negative: it is a flat line. The gradient is multiplied by "
    "0, so there is nothing to push the weights either way.",
    c="The bias gets its gradient through the same slope of 0 as the weights do: it does not move "
    "either.",
    d="A learning rate multiplies the gradient, and any number times 0 is 0. A large rate is "
    "rather how units die.",
)
