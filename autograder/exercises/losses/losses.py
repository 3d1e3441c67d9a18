"""How wrong a predicted number is."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from autograder.checking.compare import Difference, first_difference
from autograder.checking.drive import Outcome
from autograder.checking.exercise import Case, Exercise
from autograder.exercises._cases import Rng, call
from reference_impl import losses as reference


def _drawn(rng: Rng, label: str, *shape: int) -> Case:
    """Errors of both signs and of many sizes, none of them 0."""
    y = rng.normal(0, 3, shape)
    return call(label, y, y + rng.uniform(0.2, 2.5, shape) * rng.choice((-1.0, 1.0), shape))


# ------------------------------------------------------------------------------- squared error
mse = Exercise(
    "mse",
    reference=reference.mse,
    minutes=4,
    difficulty=1,
    hint="Take all differences, square each of them, and average over all elements.",
)


@mse.cases("values and tables", points=1)
def _(rng: Rng) -> list[Case]:
    return [
        call("three values", np.array([1.0, 2.0, 4.0]), np.array([1.0, 4.0, 1.0])),
        _drawn(rng, "12 values", 12),
        _drawn(rng, "a table of 4 samples and 3 outputs", 4, 3),
        _drawn(rng, "one value", 1),
        call("small errors", np.array([0.5, 0.25]), np.array([0.50123, 0.249229])),
    ]


@mse.misconception("half", "You halve it: here the loss is the plain mean, without ½.")
def _(y, yhat):
    return np.mean((yhat - y) ** 2) / 2


@mse.misconception(
    "sum", "You add up the squares but do not divide: the M in MSE is a mean over all elements."
)
def _(y, yhat):
    return np.sum((yhat - y) ** 2)


@mse.misconception(
    "root", "You took the square root at the end: that is RMSE, the root of what is asked for."
)
def _(y, yhat):
    return np.sqrt(np.mean((yhat - y) ** 2))


@mse.misconception(
    "divided by the number of rows",
    "In a table you divide by the number of rows only: the mean goes over all elements, and "
    "`.size` counts them.",
)
def _(y, yhat):
    return np.sum((yhat - y) ** 2) / len(y)


@mse.misconception(
    "not squared",
    "The differences are averaged without a square, so errors of opposite sign cancel.",
)
def _(y, yhat):
    return np.mean(yhat - y)


@mse.misconception(
    "square of the mean",
    "You average first and square afterwards, so errors of opposite sign cancel: square each one "
    "first.",
)
def _(y, yhat):
    return np.mean(yhat - y) ** 2


@mse.misconception(
    "a mean for each column", "With axis=0 you get a mean for each column: the loss is one number."
)
def _(y, yhat):
    return np.mean((yhat - y) ** 2, axis=0)


@mse.misconception(
    "the length",
    "This is the length of the error vector, the root of the *sum* of squares. The loss is "
    "the mean of the squares, without a root.",
)
def _(y, yhat):
    return np.sqrt(np.sum((yhat - y) ** 2))


@mse.misconception(
    "absolute values",
    "You average |ŷ - y|, which is the mean *absolute* error: square the differences instead.",
)
def _(y, yhat):
    return np.mean(np.abs(yhat - y))


@mse.misconception(
    "difference of the squares",
    "You square y and ŷ first and subtract afterwards: subtract first, and square the difference.",
)
def _(y, yhat):
    return np.mean(yhat**2 - y**2)


@mse.misconception(
    "the median",
    "You take the median of the squares: the M stands for mean.",
)
def _(y, yhat):
    return np.median((yhat - y) ** 2)


@mse.misconception(
    "divided by n - 1",
    "You divide by n - 1, as for a variance that is estimated from a sample. This is a plain "
    "mean: divide by n.",
)
def _(y, yhat):
    return np.sum((yhat - y) ** 2) / max(y.size - 1, 1)


@mse.misconception(
    "variance of the errors",
    "np.var subtracts the mean error first. An error that all predictions share has to cost "
    "something, too.",
)
def _(y, yhat):
    return np.var(yhat - y)


@mse.equivalent("as a dot product")
def _(y, yhat):
    error = np.ravel(y - yhat)
    return error @ error / error.size


@mse.equivalent("in a loop")
def _(y, yhat):
    total = 0.0
    for a, b in zip(y.flatten(), yhat.flatten(), strict=True):
        total += (a - b) * (a - b)
    return total / y.size


# ------------------------------------------------------------------------------- its gradient
mse_grad = Exercise(
    "mse_grad",
    reference=reference.mse_grad,
    minutes=6,
    difficulty=2,
    hint="The derivative of (ŷ - y)² with respect to ŷ, times the 1/n of the mean, for each "
    "element.",
)


@mse_grad.cases("values", points=1)
def _(rng: Rng) -> list[Case]:
    return [
        call("three values", np.array([1.0, 2.0, 4.0]), np.array([1.0, 4.0, 1.0])),
        _drawn(rng, "9 values", 9),
    ]


@mse_grad.cases("tables", points=1)
def _(rng: Rng) -> list[Case]:
    return [
        _drawn(rng, "a table of 4 samples and 3 outputs", 4, 3),
        _drawn(rng, "a table of one row", 1, 5),
        _drawn(rng, "a table of one column", 6, 1),
    ]


@mse_grad.misconception(
    "without the 2",
    "Your gradient is half of what it should be: the square brings a factor 2, and there is no ½ "
    "in this loss to cancel it.",
)
def _(y, yhat):
    return (yhat - y) / y.size


@mse_grad.misconception(
    "wrong sign",
    "The sign is wrong: where ŷ is too large, a larger ŷ makes the loss grow, so the gradient is "
    "positive there.",
)
def _(y, yhat):
    return 2 * (y - yhat) / y.size


@mse_grad.misconception(
    "without the mean", "The loss is a mean: its 1/n belongs in the gradient as well."
)
def _(y, yhat):
    return 2 * (yhat - y)


@mse_grad.misconception(
    "divided by the number of rows",
    "In a table you divide by the number of rows: the mean of this loss goes over all elements.",
)
def _(y, yhat):
    return 2 * (yhat - y) / len(y)


@mse_grad.misconception(
    "averaged",
    "You return one number. The gradient has a number for each prediction: the shape of ŷ.",
)
def _(y, yhat):
    return np.mean(2 * (yhat - y))


@mse_grad.misconception(
    "still squared",
    "The square is still there: the derivative of e² is 2e.",
)
def _(y, yhat):
    return 2 * (yhat - y) ** 2 / y.size


@mse_grad.misconception(
    "divided by the number of columns",
    "In a table you divide by the number of columns: the mean of this loss goes over all elements.",
)
def _(y, yhat):
    return 2 * (yhat - y) / y.shape[-1]


@mse_grad.misconception(
    "of the root",
    "You differentiate the root of the loss (RMSE). Here the loss has no root.",
)
def _(y, yhat):
    return (yhat - y) / y.size / np.sqrt(np.mean((yhat - y) ** 2))


@mse_grad.misconception(
    "2 times y only",
    "Brackets are missing: the 2 multiplies one of the two terms only.",
)
def _(y, yhat):
    return (2 * yhat - y) / y.size


@mse_grad.misconception(
    "divided twice",
    "You divide by n twice: the mean has its 1/n once only.",
)
def _(y, yhat):
    return 2 * (yhat - y) / y.size**2


@mse_grad.equivalent("in a loop")
def _(y, yhat):
    gradient = np.zeros_like(yhat)
    for i in np.ndindex(yhat.shape):
        gradient[i] = -2 / yhat.size * (y[i] - yhat[i])
    return gradient


@mse_grad.equivalent("the count from the shape")
def _(y, yhat):
    return (yhat - y) * (2 / np.prod(yhat.shape))


# ------------------------------------------------------------------------------- absolute error
mae = Exercise(
    "mae",
    reference=reference.mae,
    minutes=3,
    difficulty=1,
    hint="Like mse, with np.abs in place of the square.",
)


@mae.cases("values and tables", points=1)
def _(rng: Rng) -> list[Case]:
    return [
        call("three values", np.array([1.0, 2.0, 4.0]), np.array([1.0, 4.0, 1.0])),
        call("two values, the mean error above 0", np.array([1.0, 2.0]), np.array([3.0, 1.0])),
        _drawn(rng, "11 values", 11),
        _drawn(rng, "a table of 4 samples and 3 outputs", 4, 3),
        _drawn(rng, "one value", 1),
        call("small errors", np.array([0.5, 0.25]), np.array([0.50123, 0.249229])),
    ]


@mae.misconception(
    "no sum",
    "You divide each error by n, but do not add them up: a loss is one number. (The formula in one "
    "of the sources also lacks the sum.)",
)
def _(y, yhat):
    return np.abs(yhat - y) / y.size


@mae.misconception(
    "no bars", "Without the absolute value, errors of opposite sign cancel each other."
)
def _(y, yhat):
    return np.mean(yhat - y)


@mae.misconception(
    "bars outside",
    "You take the absolute value after the mean. By then errors of opposite sign have cancelled.",
)
def _(y, yhat):
    return np.abs(np.mean(yhat - y))


@mae.misconception("sum", "You add up the errors but do not divide by their number.")
def _(y, yhat):
    return np.sum(np.abs(yhat - y))


@mae.misconception("squared", "This is the squared error: mae takes the absolute value instead.")
def _(y, yhat):
    return np.mean((yhat - y) ** 2)


@mae.misconception(
    "divided by the number of rows",
    "In a table you divide by the number of rows only: the mean goes over all elements.",
)
def _(y, yhat):
    return np.sum(np.abs(yhat - y)) / len(y)


@mae.misconception(
    "no bars, y - ŷ",
    "You average y - ŷ without the absolute value: errors of opposite sign cancel each other.",
)
def _(y, yhat):
    return np.mean(y - yhat)


@mae.misconception(
    "root of the squares",
    "You average the squares and take the root: that is RMSE. For each element the root of "
    "its square would be |e|, but the mean comes after the root.",
)
def _(y, yhat):
    return np.sqrt(np.mean((yhat - y) ** 2))


@mae.misconception(
    "the length divided by n",
    "You take one root over the sum of the squares, as np.linalg.norm does: take the absolute "
    "value of each error, and then the mean.",
)
def _(y, yhat):
    return np.sqrt(np.sum((yhat - y) ** 2)) / y.size


@mae.misconception(
    "the median",
    "You take the median of the sizes: the M stands for mean.",
)
def _(y, yhat):
    return np.median(np.abs(yhat - y))


@mae.misconception(
    "half",
    "You halve it: here the loss is the plain mean, without ½.",
)
def _(y, yhat):
    return np.mean(np.abs(yhat - y)) / 2


@mae.misconception(
    "a mean for each column",
    "With axis=0 you get a mean for each column: the loss is one number.",
)
def _(y, yhat):
    return np.mean(np.abs(yhat - y), axis=0)


@mae.misconception(
    "difference of the sizes",
    "You take the bars of y and ŷ first and subtract afterwards: subtract first.",
)
def _(y, yhat):
    return np.mean(np.abs(np.abs(yhat) - np.abs(y)))


@mae.equivalent("as the larger minus the smaller")
def _(y, yhat):
    return (np.maximum(y, yhat) - np.minimum(y, yhat)).mean()


@mae.equivalent("as a norm")
def _(y, yhat):
    return np.linalg.norm((y - yhat).ravel(), ord=1) / y.size


# ------------------------------------------------------------------------------- its gradient
def compare_subgradients(
    case: Case, expected: Sequence[Outcome], got: Sequence[Outcome]
) -> Difference | None:
    """Where ŷ = y every slope from -1/n to 1/n is right; 0/0 is not."""
    y, yhat = case.script[0].args
    right, answer = expected[0].value, got[0].value
    if isinstance(answer, np.ndarray) and answer.shape == right.shape:
        tie = (y == yhat) & (np.abs(answer) <= (1 + 1e-9) / y.size)
        right = np.where(tie, answer, right)
    return first_difference(right, answer, tolerance=mae_grad.tolerance)


mae_grad = Exercise(
    "mae_grad",
    reference=reference.mae_grad,
    minutes=6,
    difficulty=2,
    compare=compare_subgradients,
    hint="The slope of |e| is +1 or -1, whatever the size of e; np.sign tells which.",
)


@mae_grad.cases("values", points=1)
def _(rng: Rng) -> list[Case]:
    return [
        call("three values", np.array([1.0, 2.0, 4.0]), np.array([1.5, 4.0, 1.0])),
        _drawn(rng, "9 values", 9),
    ]


@mae_grad.cases("tables, and a prediction that is exact", points=1)
def _(rng: Rng) -> list[Case]:
    table = _drawn(rng, "a table of 4 samples and 3 outputs", 4, 3)
    y, yhat = _drawn(rng, "", 7).script[0].args
    yhat[2] = y[2]
    return [table, call("7 values, one of them predicted exactly", y, yhat)]


@mae_grad.misconception(
    "without the mean", "Right signs, but the loss is a mean: each of them still needs the 1/n."
)
def _(y, yhat):
    return np.sign(yhat - y)


@mae_grad.misconception(
    "wrong sign",
    "The sign is wrong: where ŷ is too large, a larger ŷ makes the loss grow, so the gradient is "
    "positive there.",
)
def _(y, yhat):
    return np.sign(y - yhat) / y.size


@mae_grad.misconception(
    "divided by the number of rows",
    "In a table you divide by the number of rows: the mean of this loss goes over all elements.",
)
def _(y, yhat):
    return np.sign(yhat - y) / len(y)


@mae_grad.misconception(
    "the size of the error is still there",
    "Your slopes grow with the error. The slope of |e| does not: it is +1 or -1.",
)
def _(y, yhat):
    return (yhat - y) / y.size


@mae_grad.misconception(
    "the error without its sign",
    "Your slopes are all positive. Where ŷ is too small, a larger ŷ makes the loss fall.",
)
def _(y, yhat):
    return np.abs(yhat - y) / y.size


@mae_grad.misconception(
    "0/0",
    "Where the prediction is exact you divide 0 by 0. Any slope from -1/n to 1/n is right there, "
    "but nan is not; np.sign gives 0.",
)
def _(y, yhat):
    return (yhat - y) / np.abs(yhat - y) / y.size


@mae_grad.misconception(
    "the 2 of a square",
    "There is a factor 2 too many: it belongs to the squared error. The slope of |e| is 1 or -1.",
)
def _(y, yhat):
    return 2 * np.sign(yhat - y) / y.size


@mae_grad.misconception(
    "sign of the prediction",
    "You take the sign of ŷ. What counts is on which side of y it lies: the sign of ŷ - y.",
)
def _(y, yhat):
    return np.sign(yhat) / y.size


@mae_grad.misconception(
    "0 where it is too small",
    "Where ŷ is too small your slope is 0, so nothing would push it up. The slope is -1 there: a "
    "larger ŷ makes the loss fall.",
)
def _(y, yhat):
    return np.where(yhat > y, 1.0, 0.0) / y.size


@mae_grad.misconception(
    "averaged",
    "You return one number. The gradient has a number for each prediction: the shape of ŷ.",
)
def _(y, yhat):
    return np.mean(np.sign(yhat - y))


@mae_grad.equivalent("by comparing")
def _(y, yhat):
    return np.where(yhat > y, 1.0, -1.0) / yhat.size


@mae_grad.equivalent("two comparisons")
def _(y, yhat):
    return ((yhat > y).astype(float) - (yhat < y)) / np.prod(y.shape)


@mae_grad.equivalent("in a loop")
def _(y, yhat):
    gradient = np.zeros(yhat.shape)
    for i in np.ndindex(yhat.shape):
        if yhat[i] >= y[i]:
            gradient[i] = 1 / yhat.size
        else:
            gradient[i] = -1 / yhat.size
    return gradient
