"""From the step to swish: the activations themselves."""

from __future__ import annotations

import numpy as np

from autograder.checking.exercise import Case, Exercise
from autograder.exercises._cases import Rng, call
from autograder.exercises.activations._elementwise import any_shape, both_signs, far_out
from reference_impl import activations as reference

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
    "z kept above 0",
    "Above 0 you return z itself, as ReLU does. The step ignores the size of z: it is 1.",
)
def _(z):
    return np.where(z >= 0, z, 0.0)


@binary_step.misconception(
    "half at 0",
    "At exactly 0 you return ½: this neuron fires there. The step is 1 for z ≥ 0.",
)
def _(z):
    return np.heaviside(z, 0.5)


@binary_step.misconception(
    "-1, 0 and 1",
    "np.sign has three values, -1, 0 and 1. The step has two: 0 below 0, and 1 from 0 on.",
)
def _(z):
    return np.sign(z)


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
    "always 4", "The 4 was only the number in the example: use the argument a as the slope."
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


@linear.misconception("divided by a", "You divide by a. Here a is the slope: it multiplies z.")
def _(z, a):
    return z / a


@linear.misconception(
    "a ReLU with a slope", "Below 0 you return 0. A line goes on below 0: a·z everywhere."
)
def _(z, a):
    return np.where(z > 0, a * z, 0.0)


@linear.misconception(
    "moved by a", "You add a once more: the line goes through 0, it is a·z alone."
)
def _(z, a):
    return a * z + a


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
    "Your curve falls where it should rise: the exponent is -z, not z. (Or, if you wrote two "
    "cases, they are swapped.)",
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


@sigmoid.misconception(
    "e^-z above",
    "Your curve falls where it should rise. With e^-z below, the numerator is 1; e^-z above it "
    "gives σ(-z).",
)
def _(z):
    return np.exp(-z) / (1 + np.exp(-z))


@sigmoid.misconception(
    "tanh of z, not of z/2",
    "Your curve is twice as steep as a sigmoid: in (1 + tanh)/2, tanh is taken at z/2.",
)
def _(z):
    return (1 + np.tanh(z)) / 2


@sigmoid.misconception(
    "the exponential alone",
    "You return 1/e^-z, which is e^z and has no bound: the denominator is 1 + e^-z.",
)
def _(z):
    return 1 / np.exp(-z)


@sigmoid.misconception(
    "softmax",
    "You divide by the sum over the whole array, as softmax does. A sigmoid looks at each number "
    "alone.",
)
def _(z):
    e = np.exp(z - np.max(z))
    return e / np.sum(e)


@sigmoid.misconception(
    "the derivative",
    "That is σ·(1-σ), the slope of the sigmoid: return σ itself.",
)
def _(z):
    s = 1 / (1 + np.exp(-z))
    return s * (1 - s)


@sigmoid.misconception(
    "nan made 0",
    "Far above 0 you get infinity / infinity, which is nan, and you make it 0. There the sigmoid "
    "is 1. Use a form in which nothing overflows: e^-z where z is positive.",
)
def _(z):
    with np.errstate(all="ignore"):
        return np.nan_to_num(np.exp(z) / (1 + np.exp(z)))


@sigmoid.misconception(
    "one case for both sides",
    "1 / (1 + e^-|z|) is right for z above 0 only; below 0 your curve is mirrored. There the "
    "numerator is e^-|z|, and not 1.",
)
def _(z):
    return 1 / (1 + np.exp(-np.abs(z)))


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
    "fraction upside down", "Numerator and denominator are swapped: that is 1 / tanh."
)
def _(z):
    return 1 / np.tanh(z)


@tanh.misconception(
    "sinh",
    "(e^z - e^-z)/2 is sinh, which has no bound: the denominator is e^z + e^-z.",
)
def _(z):
    return (np.exp(z) - np.exp(-z)) / 2


@tanh.misconception(
    "fraction upside down, with exponentials",
    "Numerator and denominator are swapped: the difference of the exponentials is above, the sum "
    "below.",
)
def _(z):
    return (np.exp(z) + np.exp(-z)) / (np.exp(z) - np.exp(-z))


@tanh.misconception(
    "not stretched",
    "Your curve runs from -1 to 0: stretch the sigmoid by 2 before you subtract 1.",
)
def _(z):
    return 1 / (1 + np.exp(-2 * z)) - 1


@tanh.misconception(
    "the sigmoid",
    "That is the sigmoid, which runs from 0 to 1. tanh runs from -1 to 1.",
)
def _(z):
    return 1 / (1 + np.exp(-z))


@tanh.misconception(
    "brackets missing",
    "Division comes before subtraction: put e^z - e^-z in brackets, and e^z + e^-z as well.",
)
def _(z):
    return np.exp(z) - np.exp(-z) / np.exp(z) + np.exp(-z)


@tanh.misconception(
    "the tangent", "np.tan is the tangent of an angle. This is the hyperbolic one: np.tanh."
)
def _(z):
    return np.tan(z)


@tanh.equivalent("as a stretched sigmoid")
def _(z):
    return 2 / (1 + np.exp(-2 * z)) - 1


@tanh.equivalent("with one small exponential")
def _(z):
    small = np.exp(-2 * np.abs(z))
    return np.sign(z) * (1 - small) / (1 + small)


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
    return [
        *any_shape(rng),
        call("-7, 0 and 7", np.array([-7.0, 0.0, 7.0])),
        call("-0.5 and 0.5", np.array([-0.5, 0.5])),
        *far_out(),
    ]


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
    "the derivative",
    "Above 0 you return 1: that is the slope of ReLU. ReLU itself returns z there.",
)
def _(z):
    return np.where(z > 0, 1.0, 0.0)


@relu.misconception(
    "leaky",
    "Below 0 you return a small part of z: that is leaky ReLU, which comes next. ReLU is 0 there.",
)
def _(z):
    return np.where(z > 0, z, 0.01 * z)


@relu.misconception("cut at 1 as well", "You cut off at 1, too. ReLU has no upper bound.")
def _(z):
    return np.clip(z, 0, 1)


@relu.misconception(
    "negative numbers left out",
    "You take the negative numbers out, and the array gets shorter: they become 0, in their place.",
)
def _(z):
    return z[z > 0]


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
        call("-7, 0 and 7, the default slope", np.array([-7.0, 0.0, 7.0])),
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
    "Your slope is always 0.1, as one source draws it. Here the slope is an argument, and its "
    "default is 0.01.",
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


@leaky_relu.misconception(
    "slope on both sides",
    "You multiply all of z by the slope: above 0 leaky ReLU returns z unchanged.",
)
def _(z, slope=0.01):
    return slope * z


@leaky_relu.misconception(
    "the smaller line",
    "You take the smaller of z and slope·z. With a slope below 1 it is the larger one: above 0 "
    "that is z.",
)
def _(z, slope=0.01):
    return np.minimum(slope * z, z)


@leaky_relu.misconception(
    "plain ReLU", "Below 0 you return 0: leaky ReLU lets slope·z through there."
)
def _(z, slope=0.01):
    return np.maximum(0.0, z)


@leaky_relu.misconception(
    "z divided", "Below 0 you divide z by the slope, which makes it larger: multiply."
)
def _(z, slope=0.01):
    return np.where(z > 0, z, z / slope)


@leaky_relu.misconception("slope added to z", "Below 0 you add the slope to z: multiply them.")
def _(z, slope=0.01):
    return np.where(z > 0, z, z + slope)


@leaky_relu.misconception(
    "the derivative", "Those are the slopes, 1 and `slope`: the function multiplies them by z."
)
def _(z, slope=0.01):
    return np.where(z > 0, 1.0, slope)


@leaky_relu.misconception(
    "slope·z added everywhere",
    "You add slope·z above 0, too, where it should be z alone: take np.minimum(z, 0) for the lower "
    "half.",
)
def _(z, slope=0.01):
    return np.maximum(z, 0) + slope * z


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
    "the larger of the two branches",
    "The larger of z and α·(e^z - 1) is right only while α is at most 1: with a larger α the curve "
    "lies below the line z just below 0. Choose by the sign of z.",
)
def _(z, alpha=1.0):
    return np.maximum(z, alpha * (np.exp(np.minimum(z, 0)) - 1))


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


@elu.misconception(
    "1 - e^z",
    "Below 0 your curve is positive: the bracket is e^z - 1, which is negative there.",
)
def _(z, alpha=1.0):
    return np.where(z > 0, z, alpha * (1 - np.exp(z)))


@elu.misconception(
    "e^-z",
    "Below 0 your exponent is -z, and the curve grows without bound. It is z: e^z goes to 0 there.",
)
def _(z, alpha=1.0):
    return np.where(z > 0, z, alpha * (np.exp(-z) - 1))


@elu.misconception(
    "leaky",
    "Below 0 you have a straight line, α·z. ELU bends: α·(e^z - 1) goes to a floor at -α.",
)
def _(z, alpha=1.0):
    return np.where(z > 0, z, alpha * z)


@elu.misconception(
    "α on both sides", "Above 0 you return α·z: α belongs to the lower branch alone."
)
def _(z, alpha=1.0):
    return alpha * np.where(z > 0, z, np.exp(np.minimum(z, 0)) - 1)


@elu.misconception(
    "α in the exponent", "Your α is in the exponent: it stands in front of the bracket."
)
def _(z, alpha=1.0):
    return np.where(z > 0, z, np.exp(alpha * z) - 1)


@elu.misconception("the derivative", "That is the slope, 1 and α·e^z: return the function.")
def _(z, alpha=1.0):
    return np.where(z > 0, 1.0, alpha * np.exp(z))


@elu.misconception(
    "branches swapped",
    "The branches are swapped: z where it is above 0, the exponential below.",
)
def _(z, alpha=1.0):
    return np.where(z > 0, alpha * (np.exp(z) - 1), z)


@elu.misconception(
    "-1 in the exponent",
    "The -1 is in your exponent: e^(z-1) is not e^z - 1.",
)
def _(z, alpha=1.0):
    return np.where(z > 0, z, alpha * np.exp(z - 1))


@elu.misconception(
    "α subtracted only", "Your lower branch is e^z - α: α multiplies the whole bracket e^z - 1."
)
def _(z, alpha=1.0):
    return np.where(z > 0, z, np.exp(z) - alpha)


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
    hint="λ times ELU with that α. Both constants are in the cell above.",
    minutes=3,
    difficulty=1,
)


@selu.cases("ELU with two constants", points=1)
def _(rng: Rng) -> list[Case]:
    return [*any_shape(rng), *far_out()]


@selu.misconception(
    "the larger of the two branches",
    "The larger of z and α·(e^z - 1) is right only while α is at most 1, and here it is 1.67: just "
    "below 0 the curve lies below the line z. Choose by the sign of z.",
)
def _(z):
    scale, alpha = 1.0507009873554804934193349852946, 1.6732632423543772848170429916717
    return scale * np.maximum(z, alpha * (np.exp(np.minimum(z, 0)) - 1))


@selu.misconception("λ forgotten", "That is ELU with SELU's α: multiply all of it by λ.")
def _(z):
    return np.where(z > 0, z, 1.6732632423543772 * np.expm1(np.minimum(z, 0)))


@selu.misconception(
    "λ on one branch", "λ multiplies both branches; in yours it is missing from the lower one."
)
def _(z):
    return np.where(z > 0, 1.0507009873554805 * z, 1.6732632423543772 * np.expm1(np.minimum(z, 0)))


@selu.misconception(
    "λ below 0 only", "Above 0 you return z as it is: λ multiplies both branches, so it is λ·z."
)
def _(z):
    return np.where(z > 0, z, 1.0507009873554805 * 1.6732632423543772 * np.expm1(np.minimum(z, 0)))


@selu.misconception("α forgotten", "Your lower branch has α = 1: SELU's is 1.6733.")
def _(z):
    return 1.0507009873554805 * np.where(z > 0, z, np.expm1(np.minimum(z, 0)))


@selu.misconception("constants swapped", "The two constants are swapped: λ = 1.0507, α = 1.6733.")
def _(z):
    return 1.6732632423543772 * np.where(z > 0, z, 1.0507009873554805 * np.expm1(np.minimum(z, 0)))


@selu.misconception(
    "rounded constants",
    "Your constants are rounded to four decimals: use SELU_SCALE and SELU_ALPHA from the cell "
    "above.",
)
def _(z):
    return 1.0507 * np.where(z > 0, z, 1.6733 * np.expm1(np.minimum(z, 0)))


@selu.misconception(
    "two decimals",
    "Your constants are rounded to two decimals: use SELU_SCALE and SELU_ALPHA from the cell "
    "above.",
)
def _(z):
    return 1.05 * np.where(z > 0, z, 1.67 * np.expm1(np.minimum(z, 0)))


@selu.misconception(
    "-1 outside the brackets",
    "α belongs to both terms: α·(e^z - 1), not α·e^z - 1.",
)
def _(z):
    return 1.0507009873554805 * np.where(z > 0, z, 1.6732632423543772 * np.exp(z) - 1)


@selu.misconception(
    "-1 missing",
    "At 0 your curve jumps: subtract 1 from e^z, so that both branches meet at 0.",
)
def _(z):
    return 1.0507009873554805 * np.where(z > 0, z, 1.6732632423543772 * np.exp(z))


@selu.misconception(
    "λα above 0 as well",
    "Above 0 you have λ·α·z: α belongs to the lower branch alone.",
)
def _(z):
    both = 1.0507009873554805 * 1.6732632423543772
    return both * np.where(z > 0, z, np.expm1(np.minimum(z, 0)))


@selu.misconception(
    "plain ELU", "That is ELU with α = 1. SELU has two constants: λ, and its own α."
)
def _(z):
    return np.where(z > 0, z, np.expm1(np.minimum(z, 0)))


@selu.misconception(
    "λ inside",
    "You multiply z by λ before the ELU. λ multiplies what comes out of it: λ·ELU(z).",
)
def _(z):
    z = 1.0507009873554805 * z
    return np.where(z > 0, z, 1.6732632423543772 * np.expm1(np.minimum(z, 0)))


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
    "z / (1 - e^-z) is a mistake printed in one source: the denominator is 1 plus e^-z. (Yours has "
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


@swish.misconception(
    "tanh for the sigmoid", "You multiply z by tanh(z): it is multiplied by the sigmoid, σ(z)."
)
def _(z):
    return z * np.tanh(z)


@swish.misconception(
    "GELU", "The factor 1.702 makes it an approximation of GELU. Swish takes σ(z)."
)
def _(z):
    return z / (1 + np.exp(-1.702 * z))


@swish.misconception(
    "σ of σ",
    "You take the sigmoid twice: multiply z by σ(z).",
)
def _(z):
    return z / (1 + np.exp(-1 / (1 + np.exp(-z))))


@swish.misconception(
    "the slope of the sigmoid",
    "You multiply z by the slope σ·(1-σ): it is multiplied by σ itself.",
)
def _(z):
    s = 1 / (1 + np.exp(-z))
    return z * s * (1 - s)


@swish.misconception(
    "brackets missing",
    "z / 1 + e^-z is z + e^-z: the whole sum belongs under the fraction bar.",
)
def _(z):
    return z / 1 + np.exp(-z)


@swish.misconception(
    "hard swish",
    "You use straight lines in place of the sigmoid (hard swish). Here it is z·σ(z).",
)
def _(z):
    return z * np.clip(z + 3, 0, 6) / 6


@swish.equivalent("as one fraction")
def _(z):
    return z / (1 + np.exp(-z))


@swish.equivalent("through tanh")
def _(z):
    return z * (1 + np.tanh(z / 2)) / 2
