"""Activations with parameters, PReLU and maxout."""

from __future__ import annotations

import numpy as np

from autograder.checking.exercise import Case, Exercise
from autograder.exercises._cases import Rng, call
from autograder.exercises._parts import exercise_in_parts, part
from autograder.exercises.activations._elementwise import any_shape, both_signs
from reference_impl import activations as reference

# ------------------------------------------------------------------------------- PReLU
prelu = Exercise(
    "prelu",
    reference=reference.prelu,
    hint="z where it is above 0, a·z elsewhere. Choose by the sign of z, whatever a is.",
    minutes=3,
    difficulty=2,
)


@prelu.cases("usual slopes", points=1)
def _(rng: Rng) -> list[Case]:
    return [*any_shape(rng, 0.25, says=", a = 0.25"), call("-2 and 2", np.array([-2.0, 2.0]), 0.1)]


@prelu.cases("slopes that learning may reach", points=1)
def _(rng: Rng) -> list[Case]:
    return [
        call("a = 1.5", both_signs(rng, (4,)), 1.5),
        call("a = -0.5", both_signs(rng, (2, 3)), -0.5),
    ]


@prelu.misconception(
    "size of a",
    "You drop the sign of a. It is learned, and may go below 0: multiply z by a as it is.",
)
def _(z, a):
    return np.where(z > 0, z, abs(a) * z)


@prelu.misconception(
    "the larger of two lines",
    "max(z, a·z) is right only while a is at most 1, and a is learned: it may leave that range. "
    "Choose by the sign of z.",
)
def _(z, a):
    return np.maximum(z, a * z)


@prelu.misconception(
    "a on both sides", "You multiply all of z by a: above 0 PReLU returns z unchanged."
)
def _(z, a):
    return a * z


@prelu.misconception(
    "always 0.01", "The slope below 0 is the argument a here; you have a fixed 0.01."
)
def _(z, a):
    return np.where(z > 0, z, 0.01 * z)


@prelu.misconception("a alone below 0", "Below 0 you return a itself: multiply it by z.")
def _(z, a):
    return np.where(z > 0, z, a)


@prelu.misconception("a·|z|", "Below 0 you have a·|z|: z keeps its sign there.")
def _(z, a):
    return np.where(z > 0, z, -a * z)


@prelu.misconception("plain ReLU", "Below 0 you return 0: PReLU returns a·z there.")
def _(z, a):
    return np.maximum(z, 0.0)


@prelu.misconception(
    "the smaller of two lines",
    "min(z, a·z) is right only if a is above 1. Choose by the sign of z.",
)
def _(z, a):
    return np.minimum(z, a * z)


@prelu.misconception("sides swapped", "The sides are swapped: a multiplies the z *below* 0.")
def _(z, a):
    return np.where(z > 0, a * z, z)


@prelu.misconception("a added", "Below 0 you add a to z: multiply them.")
def _(z, a):
    return np.where(z > 0, z, z + a)


@prelu.equivalent("two halves added")
def _(z, a):
    return np.maximum(z, 0) + a * np.minimum(z, 0)


@prelu.equivalent("a slope for each number")
def _(z, a):
    return z * np.where(z < 0, a, 1.0)


# ------------------------------------------------------------------------------- its gradients
prelu_backward = exercise_in_parts(
    "prelu_backward",
    reference=reference.prelu_backward,
    outputs=("dz", "da"),
    hint="dz: dout times the slope at z. da: for each z below 0, the derivative of the output with "
    "respect to a is z; multiply it by dout and sum over all of them, since they share one a.",
    minutes=9,
    difficulty=4,
)


def _back(rng: Rng, output: int) -> list[Case]:
    """Rows and batches, in which this output counts."""
    z, dout = np.array([-2.0, 3.0, -1.0]), np.array([1.0, 10.0, 100.0])
    above = rng.uniform(1, 2, 3)
    return [
        part("three numbers", [output], z, 0.25, dout),
        part("five numbers", [output], both_signs(rng, (5,)), 0.1, both_signs(rng, (5,))),
        part("shape (4, 3)", [output], both_signs(rng, (4, 3)), 0.3, rng.normal(size=(4, 3))),
        part("a = -0.5", [output], both_signs(rng, (3, 2)), -0.5, rng.normal(size=(3, 2))),
        part("all above 0: a has no effect", [output], above, 0.3, rng.normal(size=3)),
    ]


@prelu_backward.cases("dz", points=1)
def _(rng: Rng) -> list[Case]:
    return _back(rng, 0)


@prelu_backward.cases("da", points=2)
def _(rng: Rng) -> list[Case]:
    return _back(rng, 1)


@prelu_backward.misconception(
    "da not summed",
    "da is an array in yours. All numbers share the one a, so their contributions are summed.",
)
def _(z, a, dout):
    return dout * np.where(z > 0, 1.0, a), dout * np.minimum(0, z)


@prelu_backward.misconception(
    "dout missing in da",
    "In da the chain rule is missing: each z below 0 counts with its dout.",
)
def _(z, a, dout):
    return dout * np.where(z > 0, 1.0, a), np.sum(np.minimum(0, z))


@prelu_backward.misconception(
    "da over all z",
    "In da only the z below 0 count: above 0, the output does not depend on a.",
)
def _(z, a, dout):
    return dout * np.where(z > 0, 1.0, a), np.sum(dout * z)


@prelu_backward.misconception(
    "mean instead of sum",
    "You average the contributions to da. They are added: any mean is in dout already.",
)
def _(z, a, dout):
    return dout * np.where(z > 0, 1.0, a), np.mean(dout * np.minimum(0, z))


@prelu_backward.misconception(
    "a in da", "da has one factor a too many: the derivative of a·z with respect to a is z."
)
def _(z, a, dout):
    return dout * np.where(z > 0, 1.0, a), np.sum(dout * a * np.minimum(0, z))


@prelu_backward.misconception(
    "counts instead of values",
    "In da you add dout over the z below 0: multiply each dout by its z first.",
)
def _(z, a, dout):
    return dout * np.where(z > 0, 1.0, a), np.sum(dout * (z < 0))


@prelu_backward.misconception(
    "dout missing in dz", "dz is the slope alone: by the chain rule it is multiplied by dout."
)
def _(z, a, dout):
    return np.where(z > 0, 1.0, a), np.sum(dout * np.minimum(0, z))


@prelu_backward.misconception(
    "plain ReLU in dz", "Your dz is 0 where z is below 0: there the slope is a."
)
def _(z, a, dout):
    return dout * (z > 0), np.sum(dout * np.minimum(0, z))


@prelu_backward.misconception(
    "order of the two", "Both are right, but in the wrong order: return dz first, then da."
)
def _(z, a, dout):
    return np.sum(dout * np.minimum(0, z)), dout * np.where(z > 0, 1.0, a)


@prelu_backward.misconception(
    "a number for each column",
    "You sum da over the rows only, and have a number for each column. There is one a for all: sum "
    "over everything.",
)
def _(z, a, dout):
    return dout * np.where(z > 0, 1.0, a), np.sum(dout * np.minimum(0, z), axis=0)


@prelu_backward.misconception(
    "sides swapped in da",
    "In da you count the z above 0. There the output does not depend on a: count those below.",
)
def _(z, a, dout):
    return dout * np.where(z > 0, 1.0, a), np.sum(dout * np.maximum(0, z))


@prelu_backward.misconception(
    "the function in dz",
    "In dz you multiply dout by the output of PReLU: multiply it by the slope, 1 or a.",
)
def _(z, a, dout):
    return dout * np.where(z > 0, z, a * z), np.sum(dout * np.minimum(0, z))


@prelu_backward.misconception(
    "sides swapped in dz",
    "In dz the sides are swapped: the slope is 1 above 0, and a below.",
)
def _(z, a, dout):
    return dout * np.where(z > 0, a, 1.0), np.sum(dout * np.minimum(0, z))


@prelu_backward.misconception(
    "dz by max",
    "In dz you take the larger of 1 and a. Choose by the sign of z.",
)
def _(z, a, dout):
    return dout * max(1.0, a), np.sum(dout * np.minimum(0, z))


@prelu_backward.misconception(
    "dz into da",
    "In da you use dz, which has the factor a in it: use dout.",
)
def _(z, a, dout):
    dz = dout * np.where(z > 0, 1.0, a)
    return dz, np.sum(dz * z)


@prelu_backward.equivalent("with a mask")
def _(z, a, dout):
    below = z < 0
    dz = dout.copy()
    dz[below] = a * dout[below]
    return dz, np.sum(dout[below] * z[below])


@prelu_backward.equivalent("one number at a time")
def _(z, a, dout):
    dz = np.zeros(z.shape)
    da = 0.0
    for i, value in np.ndenumerate(z):
        if value > 0:
            dz[i] = dout[i]
        else:
            dz[i] = a * dout[i]
            da = da + dout[i] * value
    return [dz, da]


# ------------------------------------------------------------------------------- maxout
maxout = Exercise(
    "maxout",
    reference=reference.maxout,
    hint="Two dense layers, X @ W + b each, and the larger result for each sample and unit.",
    minutes=4,
    difficulty=2,
)


@maxout.cases("the larger of two", points=2)
def _(rng: Rng) -> list[Case]:
    def pieces(n: int, d: int, units: int) -> Case:
        X, W1, W2 = (rng.normal(size=shape) for shape in ((n, d), (d, units), (d, units)))
        b1, b2 = both_signs(rng, (units,), 1.0), -both_signs(rng, (units,), 1.0)
        # The first unit is below 0 for one sample: maxout has no ReLU.
        least = np.maximum(X @ W1[:, 0] + b1[0], X @ W2[:, 0] + b2[0]).min()
        b1[0], b2[0] = b1[0] - least - 0.5, b2[0] - least - 0.5
        return call(f"{n} rows of {d}, {units} units", X, W1, b1, W2, b2)

    return [pieces(5, 3, 2), pieces(1, 2, 4), pieces(4, 3, 3), pieces(6, 1, 1)]


@maxout.misconception("biases forgotten", "The biases are missing: each piece is X @ W + b.")
def _(X, W1, b1, W2, b2):
    return np.maximum(X @ W1, X @ W2)


@maxout.misconception(
    "biases after the maximum",
    "The biases come too late: each piece gets its own before the larger one is chosen.",
)
def _(X, W1, b1, W2, b2):
    return np.maximum(X @ W1, X @ W2) + b1 + b2


@maxout.misconception(
    "added", "You add the two pieces, and the sum of two lines is a line: take the larger one."
)
def _(X, W1, b1, W2, b2):
    return X @ W1 + b1 + X @ W2 + b2


@maxout.misconception(
    "ReLU on each",
    "There is no ReLU in maxout: return the larger piece even when it is below 0.",
)
def _(X, W1, b1, W2, b2):
    return np.maximum(np.maximum(0, X @ W1 + b1), np.maximum(0, X @ W2 + b2))


@maxout.misconception(
    "maximum over the units",
    "You take the maximum over the units: compare the two pieces, unit by unit, with np.maximum.",
)
def _(X, W1, b1, W2, b2):
    return np.maximum((X @ W1 + b1).max(axis=1), (X @ W2 + b2).max(axis=1))


@maxout.misconception(
    "one number", "np.max without an axis gives one number. np.maximum compares element by element."
)
def _(X, W1, b1, W2, b2):
    return np.max([X @ W1 + b1, X @ W2 + b2])


@maxout.misconception("the smaller one", "You keep the smaller piece: maxout keeps the larger one.")
def _(X, W1, b1, W2, b2):
    return np.minimum(X @ W1 + b1, X @ W2 + b2)


@maxout.misconception(
    "largest in size",
    "You compare the sizes |z|. A negative number is smaller than a positive one, however long.",
)
def _(X, W1, b1, W2, b2):
    one, two = X @ W1 + b1, X @ W2 + b2
    return np.where(np.abs(one) > np.abs(two), one, two)


@maxout.misconception(
    "larger weights chosen",
    "You take the larger weights and the larger biases, and then one product. The pieces are "
    "compared after the products, for each sample.",
)
def _(X, W1, b1, W2, b2):
    return X @ np.maximum(W1, W2) + np.maximum(b1, b2)


@maxout.misconception(
    "one bias for both", "Both pieces have b1 in yours: the second one has its own bias, b2."
)
def _(X, W1, b1, W2, b2):
    return np.maximum(X @ W1 + b1, X @ W2 + b1)


@maxout.misconception(
    "side by side", "You return both pieces side by side: keep the larger one of each pair."
)
def _(X, W1, b1, W2, b2):
    return np.concatenate([X @ W1 + b1, X @ W2 + b2], axis=1)


@maxout.misconception(
    "biases compared on their own",
    "You compare the products and the biases separately: the larger bias may belong to the other "
    "piece. Add first, then compare.",
)
def _(X, W1, b1, W2, b2):
    return np.maximum(X @ W1, X @ W2) + np.maximum(b1, b2)


@maxout.equivalent("stacked")
def _(X, W1, b1, W2, b2):
    return np.stack([X @ W1 + b1, X @ W2 + b2]).max(axis=0)


@maxout.equivalent("chosen by a comparison")
def _(X, W1, b1, W2, b2):
    one, two = X.dot(W1) + b1, X.dot(W2) + b2
    return np.where(one > two, one, two)
