"""Penalties on the weights, and how they pull."""

from __future__ import annotations

from typing import Any

import numpy as np

from autograder.checking.exercise import Case, Exercise, quiz
from autograder.exercises._cases import Rng, call
from reference_impl import regularization as reference


def _weights(rng: Rng) -> list[Any]:
    """Arrays of odd shapes, away from 0."""
    shapes = [(3, 2), (4,), (1, 1)]
    return [rng.uniform(0.3, 2, shape) * rng.choice((-1, 1), shape) for shape in shapes]


def _whole_list(rng: Rng) -> list[Case]:
    some = np.array([[3.0, -4.0], [0.0, 1.0]])
    return [
        call("one matrix, λ = 0.5", [some], 0.5),
        call("three arrays of different shapes, λ = 0.1", _weights(rng), 0.1),
        call("three arrays, λ = 2", _weights(rng), 2.0),
        call("mostly below 0", [np.array([-2.0, -1.5]), np.array([[0.5]])], 0.4),
        call("λ = 0", _weights(rng), 0.0),
    ]


l2_penalty = Exercise(
    "l2_penalty",
    reference=reference.l2_penalty,
    hint="λ times the sum of all squares: over every element of every array in the list.",
    minutes=5,
    difficulty=1,
)
l2_penalty.cases("lists of arrays", points=1)(_whole_list)


@l2_penalty.misconception(
    "half of it",
    "There is one factor ½ too many. Some frameworks write ½λΣw²; here it is λΣw².",
)
def _(weights, lam):
    return lam / 2 * sum(np.sum(w**2) for w in weights)


@l2_penalty.misconception(
    "square of the sum",
    "You sum first and square afterwards, so that weights of opposite signs cancel: square each "
    "weight.",
)
def _(weights, lam):
    return lam * sum(np.sum(w) ** 2 for w in weights)


@l2_penalty.misconception(
    "square of the total",
    "You add all weights up first and square the total, so that weights of opposite signs cancel: "
    "square each weight.",
)
def _(weights, lam):
    return lam * sum(np.sum(w) for w in weights) ** 2


@l2_penalty.misconception(
    "the norm", "This is the length √Σw²: leave out the root, the penalty is the sum of squares."
)
def _(weights, lam):
    return lam * np.sqrt(sum(np.sum(w**2) for w in weights))


@l2_penalty.misconception(
    "only the first array", "You look at the first array only: go through the whole list."
)
def _(weights, lam):
    return lam * np.sum(weights[0] ** 2)


@l2_penalty.misconception(
    "mean", "You take the mean of the squares in each array: the penalty is their sum."
)
def _(weights, lam):
    return lam * sum(np.mean(w**2) for w in weights)


@l2_penalty.misconception(
    "λ missing", "This is the sum of the squares alone: its price λ is missing."
)
def _(weights, lam):
    return sum(np.sum(w**2) for w in weights)


@l2_penalty.misconception("absolute values", "This is the L1 penalty: L2 takes the squares.")
def _(weights, lam):
    return lam * sum(np.sum(np.abs(w)) for w in weights)


@l2_penalty.misconception(
    "the norm of each array",
    "You add the lengths ‖w‖ of the arrays: np.linalg.norm takes a root. Square it, or sum "
    "the squares.",
)
def _(weights, lam):
    return lam * sum(np.sqrt(np.sum(w**2)) for w in weights)


@l2_penalty.misconception(
    "λ squared as well",
    "You multiply by λ before you square, so λ counts twice: λ stands outside the squares.",
)
def _(weights, lam):
    return sum(np.sum((lam * w) ** 2) for w in weights)


@l2_penalty.misconception(
    "divided by the number of weights",
    "You divide by the number of all weights: the penalty is the sum, not the mean.",
)
def _(weights, lam):
    return lam * sum(np.sum(w**2) for w in weights) / sum(w.size for w in weights)


@l2_penalty.misconception(
    "divided by the number of arrays",
    "You average over the arrays: their penalties are added.",
)
def _(weights, lam):
    return lam * sum(np.sum(w**2) for w in weights) / len(weights)


@l2_penalty.misconception(
    "only the last array",
    "Only the last array counts: add (+=) where you assign (=).",
)
def _(weights, lam):
    return lam * np.sum(weights[-1] ** 2)


@l2_penalty.misconception(
    "spectral norm",
    "np.linalg.norm(w, 2) of a matrix is its largest singular value: sum the squares of all "
    "elements.",
)
def _(weights, lam):
    return lam * sum(np.linalg.norm(w, 2) ** 2 for w in weights)


@l2_penalty.equivalent("number by number")
def _(weights, lam):
    total = 0.0
    for w in weights:
        for value in w.ravel():
            total += lam * value * value
    return total


@l2_penalty.equivalent("one long vector")
def _(weights, lam):
    flat = np.concatenate([np.ravel(w) for w in weights])
    return lam * np.linalg.norm(flat) ** 2


l2_gradient = Exercise(
    "l2_gradient",
    reference=reference.l2_gradient,
    hint="The derivative of λw² is 2λw, for each weight by itself: a list of arrays of the same "
    "shapes.",
    minutes=4,
    difficulty=1,
)
l2_gradient.cases("lists of arrays", points=1)(_whole_list)


@l2_gradient.misconception(
    "factor 2 missing",
    "The factor 2 is missing: the derivative of w² is 2w. (It goes with a penalty of ½λΣw².)",
)
def _(weights, lam):
    return [lam * w for w in weights]


@l2_gradient.misconception("λ missing", "This is 2w: how hard the penalty pulls, λ, is missing.")
def _(weights, lam):
    return [2 * w for w in weights]


@l2_gradient.misconception("squares", "These are squares: the derivative of w² is 2w, not 2w².")
def _(weights, lam):
    return [2 * lam * w**2 for w in weights]


@l2_gradient.misconception(
    "sign lost",
    "Your gradient is never negative: it must keep the sign of w, so that it pulls w towards 0.",
)
def _(weights, lam):
    return [2 * lam * np.abs(w) for w in weights]


@l2_gradient.misconception(
    "descent built in",
    "The sign is wrong: this is the direction of descent. The gradient is added to that of the "
    "loss, and the optimizer subtracts both.",
)
def _(weights, lam):
    return [-2 * lam * w for w in weights]


@l2_gradient.misconception(
    "one long vector", "You return one long vector: return one array for each array of the list."
)
def _(weights, lam):
    return np.concatenate([2 * lam * w.ravel() for w in weights])


@l2_gradient.misconception(
    "one number",
    "You return one number, a sum: every weight has a gradient of its own. Return a list with an "
    "array for each array, and sum nothing.",
)
def _(weights, lam):
    return sum(2 * lam * np.sum(w) for w in weights)


@l2_gradient.misconception(
    "one number each",
    "You return one number for each array: every weight has a gradient of its own.",
)
def _(weights, lam):
    return [2 * lam * np.sum(w) for w in weights]


@l2_gradient.misconception(
    "2λ without w",
    "You return 2λ for every weight: the pull is as large as the weight, 2λw.",
)
def _(weights, lam):
    return [2 * lam * np.ones_like(w) for w in weights]


@l2_gradient.misconception(
    "as L1",
    "This is L1's gradient, λ·sign(w): that of a square grows with w.",
)
def _(weights, lam):
    return [lam * np.sign(w) for w in weights]


@l2_gradient.misconception(
    "averaged",
    "You divide by the number of weights: the penalty is a sum, not a mean.",
)
def _(weights, lam):
    return [2 * lam * w / w.size for w in weights]


@l2_gradient.equivalent("in a loop")
def _(weights, lam):
    grads = []
    for w in weights:
        grads.append(lam * w + lam * w)
    return grads


@l2_gradient.equivalent("element by element, as a tuple")
def _(weights, lam):
    def one(w):
        grad = np.zeros(w.shape)
        for place in np.ndindex(w.shape):
            grad[place] = 2 * lam * w[place]
        return grad

    return tuple(one(w) for w in weights)


l1_penalty = Exercise(
    "l1_penalty",
    reference=reference.l1_penalty,
    hint="λ times the sum of all absolute values, over every element of every array in the list.",
    minutes=3,
    difficulty=1,
)
l1_penalty.cases("lists of arrays", points=1)(_whole_list)


@l1_penalty.misconception(
    "no absolute value",
    "You sum the weights as they are, so that negative ones lower the penalty: take |w| of each.",
)
def _(weights, lam):
    return lam * sum(np.sum(w) for w in weights)


@l1_penalty.misconception(
    "absolute value of the sum",
    "You take the absolute value after summing, so that opposite signs cancel: take |w| of each.",
)
def _(weights, lam):
    return lam * sum(abs(np.sum(w)) for w in weights)


@l1_penalty.misconception(
    "absolute value of the total",
    "You add everything up and take the absolute value at the very end, so that opposite signs "
    "cancel: take |w| of each weight.",
)
def _(weights, lam):
    return lam * abs(sum(np.sum(w) for w in weights))


@l1_penalty.misconception(
    "λ missing", "This is the sum of the sizes alone: its price λ is missing."
)
def _(weights, lam):
    return sum(np.sum(np.abs(w)) for w in weights)


@l1_penalty.misconception("squares", "This is the L2 penalty: L1 takes absolute values.")
def _(weights, lam):
    return lam * sum(np.sum(w**2) for w in weights)


@l1_penalty.misconception(
    "a matrix norm",
    "np.linalg.norm(w, 1) of a *matrix* is its largest column sum: sum all absolute values.",
)
def _(weights, lam):
    return lam * sum(np.linalg.norm(w, 1) for w in weights)


@l1_penalty.misconception(
    "only the first array", "You look at the first array only: go through the whole list."
)
def _(weights, lam):
    return lam * np.sum(np.abs(weights[0]))


@l1_penalty.misconception(
    "mean",
    "You take the mean of the sizes in each array: the penalty is their sum.",
)
def _(weights, lam):
    return lam * sum(np.mean(np.abs(w)) for w in weights)


@l1_penalty.misconception(
    "half",
    "There is one factor ½ too many: it belongs to L2, where some write it to cancel the 2.",
)
def _(weights, lam):
    return lam / 2 * sum(np.sum(np.abs(w)) for w in weights)


@l1_penalty.misconception(
    "only the last array",
    "Only the last array counts: add (+=) where you assign (=).",
)
def _(weights, lam):
    return lam * np.sum(np.abs(weights[-1]))


@l1_penalty.misconception(
    "the norm",
    "This is the length √Σw²: L1 adds the absolute values.",
)
def _(weights, lam):
    return lam * sum(np.sqrt(np.sum(w**2)) for w in weights)


@l1_penalty.misconception(
    "the largest",
    "You take the largest |w| of each array: all of them are added.",
)
def _(weights, lam):
    return lam * sum(np.max(np.abs(w)) for w in weights)


@l1_penalty.equivalent("number by number")
def _(weights, lam):
    return sum(lam * abs(float(value)) for w in weights for value in w.ravel())


@l1_penalty.equivalent("norm of one long vector")
def _(weights, lam):
    return lam * np.linalg.norm(np.concatenate([w.ravel() for w in weights]), 1)


def _with_zeros(rng: Rng) -> list[Case]:
    return [
        *_whole_list(rng),
        call("zeros of both kinds", [np.array([0.0, 2.0, -0.0, -0.5]), np.zeros((2, 1))], 0.3),
        call("tiny weights", [1e-9 * w for w in _weights(rng)], 0.3),
    ]


l1_subgradient = Exercise(
    "l1_subgradient",
    reference=reference.l1_subgradient,
    hint="λ where w is positive, -λ where it is negative, 0 where it is 0.",
    minutes=4,
    difficulty=1,
)
l1_subgradient.cases("signs, and zeros", points=1)(_with_zeros)


@l1_subgradient.misconception(
    "λ missing", "These are the signs alone: how hard they pull, λ, is missing."
)
def _(weights, lam):
    return [np.sign(w) for w in weights]


@l1_subgradient.misconception(
    "one long vector", "You return one long vector: return one array for each array of the list."
)
def _(weights, lam):
    return lam * np.sign(np.concatenate([w.ravel() for w in weights]))


@l1_subgradient.misconception(
    "as L2",
    "This is the gradient of L2, proportional to w. L1 pulls with the same force at every size.",
)
def _(weights, lam):
    return [2 * lam * w for w in weights]


@l1_subgradient.misconception(
    "divided by |w|",
    "w/|w| is 0/0 where a weight is 0, and L1 makes many weights 0: return 0 there.",
)
def _(weights, lam):
    return [lam * w / np.abs(w) for w in weights]


@l1_subgradient.misconception(
    "softened",
    "With an ε in the denominator the pull of L1 fades for tiny weights: it is ±λ at any size, and "
    "0 only at 0.",
)
def _(weights, lam):
    return [lam * w / (np.abs(w) + 1e-8) for w in weights]


@l1_subgradient.misconception(
    "1 at 0", "At w = 0 you return λ: a weight that is 0 should not be pushed away from it."
)
def _(weights, lam):
    return [lam * np.where(w >= 0, 1.0, -1.0) for w in weights]


@l1_subgradient.misconception(
    "-1 at 0", "At w = 0 you return -λ: a weight that is 0 should not be pushed away from it."
)
def _(weights, lam):
    return [lam * np.where(w > 0, 1.0, -1.0) for w in weights]


@l1_subgradient.misconception(
    "sign lost", "Your result is never negative: negative weights must be pulled up, to 0."
)
def _(weights, lam):
    return [lam * np.abs(np.sign(w)) for w in weights]


@l1_subgradient.misconception(
    "the penalty itself",
    "These are the sizes λ|w|: the slope of |w| is 1 or -1, whatever the size.",
)
def _(weights, lam):
    return [lam * np.abs(w) for w in weights]


@l1_subgradient.misconception(
    "wrong sign",
    "The sign is wrong: the minus belongs to the step, not to the subgradient.",
)
def _(weights, lam):
    return [-lam * np.sign(w) for w in weights]


@l1_subgradient.misconception(
    "half",
    "There is a factor ½ too many: the slope of |w| is 1 or -1.",
)
def _(weights, lam):
    return [lam / 2 * np.sign(w) for w in weights]


@l1_subgradient.misconception(
    "twice",
    "There is a factor 2 too many: it comes from a square, and nothing is squared here.",
)
def _(weights, lam):
    return [2 * lam * np.sign(w) for w in weights]


@l1_subgradient.equivalent("two comparisons")
def _(weights, lam):
    return [lam * ((w > 0).astype(float) - (w < 0)) for w in weights]


@l1_subgradient.equivalent("number by number")
def _(weights, lam):
    grads = []
    for w in weights:
        grad = np.zeros_like(w)
        for place, value in np.ndenumerate(w):
            if value > 0:
                grad[place] = lam
            elif value < 0:
                grad[place] = -lam
        grads.append(grad)
    return grads


# ------------------------------------------------------------------------------- a prediction
prediction_regularization = quiz(
    "prediction_regularization",
    answer="c",
    a="L2's pull is 2λw. What happens to it as w gets smaller?",
    b="It does pull harder at 3. But look at the pull when w has come down to 0.01.",
    d="The gradient of the loss is 0, but the gradient of the penalty is not.",
)
