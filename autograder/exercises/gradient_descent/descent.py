"""The gradient, and the walk against it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from autograder.checking.drive import Call, Oracle
from autograder.checking.exercise import Case, Exercise
from autograder.exercises._cases import Rng, call
from reference_impl import descent, losses

# ------------------------------------------------------------------------------- the gradient
mse_and_gradient = Exercise(
    "mse_and_gradient",
    reference=losses.mse_and_gradient,
    outputs=("loss", "gradient"),
    hint="With r = Xw - y: the loss is the mean of r², the gradient (2/n)·Xᵀr.",
    minutes=7,
    difficulty=2,
)


@mse_and_gradient.cases("a few samples", points=1)
def _(rng: Rng) -> list[Case]:
    X = np.array([[1.0, 2.0], [3.0, 0.0], [1.0, -1.0]])
    y = np.array([3.0, 1.0, 2.0])
    return [
        call("3 samples, 2 weights", np.array([1.0, 2.0]), X, y),
        call("weights that fit exactly", np.array([2.0, -1.0]), X, X @ np.array([2.0, -1.0])),
    ]


@mse_and_gradient.cases("other shapes", points=1)
def _(rng: Rng) -> list[Case]:
    def drawn(label, n, d):
        X, w, noise = rng.normal(size=(n, d)), rng.normal(size=d), rng.uniform(1, 2, n)
        return call(label, w, X, X @ w + noise)

    return [
        drawn("20 samples, 3 weights", 20, 3),
        drawn("5 samples, one weight", 5, 1),
        drawn("one sample, 4 weights", 1, 4),
        drawn("2 samples, 5 weights", 2, 5),
    ]


@mse_and_gradient.misconception(
    "half of both", "Loss and gradient are both half: here the loss is the plain mean, without ½."
)
def _(w, X, y):
    r = X @ w - y
    return np.mean(r**2) / 2, X.T @ r / len(y)


@mse_and_gradient.misconception(
    "gradient first", "The order is the other way round: first the loss, then the gradient."
)
def _(w, X, y):
    r = X @ w - y
    return 2 / len(y) * X.T @ r, np.mean(r**2)


@mse_and_gradient.misconception(
    "without the 2",
    "Your gradient is half of what it should be: the derivative of r² brings a factor 2. (Some "
    "books define the loss with ½ to remove this factor; here it is the plain mean.)",
)
def _(w, X, y):
    r = X @ w - y
    return np.mean(r**2), X.T @ r / len(y)


@mse_and_gradient.misconception(
    "sum instead of mean",
    "You sum over the samples: loss and gradient are means, so divide both by n. With a sum, "
    "twice the data would mean twice the step.",
)
def _(w, X, y):
    r = X @ w - y
    return np.sum(r**2), 2 * X.T @ r


@mse_and_gradient.misconception(
    "gradient not divided by n",
    "The loss is a mean, but your gradient is that of the sum: divide it by n.",
)
def _(w, X, y):
    r = X @ w - y
    return np.mean(r**2), 2 * X.T @ r


@mse_and_gradient.misconception(
    "sign of the residual",
    "Your gradient points the wrong way. With r = y - Xw the inner derivative is -X: either keep "
    "that minus, or write r = Xw - y.",
)
def _(w, X, y):
    r = y - X @ w
    return np.mean(r**2), 2 / len(y) * X.T @ r


@mse_and_gradient.misconception(
    "root of the mean",
    "Your loss is the root of the mean square. Leave the root out; the gradient is right without "
    "it.",
)
def _(w, X, y):
    r = X @ w - y
    return np.sqrt(np.mean(r**2)), 2 / len(y) * X.T @ r


@mse_and_gradient.misconception(
    "gradient of a sample, averaged over the weights",
    "You averaged over the weights as well: there is one slope for each weight, so sum over the "
    "samples only.",
)
def _(w, X, y):
    r = X @ w - y
    return np.mean(r**2), np.full(len(w), np.mean(2 * r[:, None] * X))


@mse_and_gradient.misconception(
    "gradient divided by the number of weights",
    "Your gradient is divided by the number of weights. The mean is over the *samples*: n is the "
    "number of rows, len(y).",
)
def _(w, X, y):
    r = X @ w - y
    return np.mean(r**2), 2 / X.shape[1] * X.T @ r


@mse_and_gradient.misconception(
    "both divided by the number of weights",
    "You divide loss and gradient by the number of weights. The mean is over the *samples*, the "
    "rows of X.",
)
def _(w, X, y):
    r = X @ w - y
    return np.sum(r**2) / len(w), 2 / len(w) * X.T @ r


@mse_and_gradient.misconception(
    "means multiplied",
    "You multiply the mean residual by the mean of each column. The mean of a product is not the "
    "product of the means: multiply each sample's residual by its own row first.",
)
def _(w, X, y):
    r = X @ w - y
    return np.mean(r**2), 2 * np.mean(r) * X.mean(axis=0)


@mse_and_gradient.misconception(
    "targets missing in the gradient",
    "The loss is right. In your gradient y is missing: Xᵀ multiplies the residual, and not Xw.",
)
def _(w, X, y):
    return np.mean((X @ w - y) ** 2), 2 / len(y) * X.T @ (X @ w)


@mse_and_gradient.misconception(
    "residual missing in the gradient",
    "The loss is right. In your gradient the residual is missing: each row of X counts with the "
    "error of its sample.",
)
def _(w, X, y):
    return np.mean((X @ w - y) ** 2), 2 / len(y) * X.sum(axis=0)


@mse_and_gradient.misconception(
    "square of the sum",
    "You square after the sum, and residuals of opposite sign cancel: square each residual first.",
)
def _(w, X, y):
    r = X @ w - y
    return np.mean(r) ** 2, 2 / len(y) * X.T @ r


@mse_and_gradient.misconception(
    "sizes instead of squares",
    "Your loss is the mean of |r|, another loss. Here each residual is squared.",
)
def _(w, X, y):
    r = X @ w - y
    return np.mean(np.abs(r)), 2 / len(y) * X.T @ r


@mse_and_gradient.misconception(
    "residual squared in the gradient",
    "In your gradient the residual is squared: the derivative of r² is 2r. (And ** comes before "
    "@.)",
)
def _(w, X, y):
    r = X @ w - y
    return np.mean(r**2), 2 / len(y) * X.T @ r**2


@mse_and_gradient.equivalent("a loop over the samples")
def _(w, X, y):
    loss = 0.0
    gradient = np.zeros(len(w))
    for row, target in zip(X, y):
        error = sum(row[j] * w[j] for j in range(len(w))) - target
        loss += error**2 / len(y)
        for j in range(len(w)):
            gradient[j] += 2 * error * row[j] / len(y)
    return loss, gradient


@mse_and_gradient.equivalent("multiplied out")
def _(w, X, y):
    n = len(y)
    loss = (w @ X.T @ X @ w - 2 * w @ X.T @ y + y @ y) / n
    return loss, 2 * (X.T @ X @ w - X.T @ y) / n


@mse_and_gradient.equivalent("a mean over the rows")
def _(w, X, y):
    r = y - X @ w
    return np.dot(r, r) / X.shape[0], list(np.mean(-2 * r[:, None] * X, axis=0))


# ------------------------------------------------------------------------------- the walk
gradient_descent = Exercise(
    "gradient_descent",
    reference=descent.gradient_descent,
    hint="Keep the start; then, `steps` times, make and keep a new point = old point - lr·grad(old "
    "point).",
    minutes=8,
    difficulty=2,
)


def _descent(label: str, slope, theta: list[float], lr: float, steps: int) -> Case:
    script = (Call((Oracle("grad"), np.array(theta), lr, steps)),)
    return Case(label, script, {"grad": slope})


def _tilted(rng: Rng, d: int) -> Callable[[Any], Any]:
    """The gradient of a bowl whose axes are not the coordinates': each slope needs every θ."""
    H = np.diag(rng.uniform(1, 3, d)) + 0.8
    return lambda p: H @ np.asarray(p)


@gradient_descent.cases("one step", points=1)
def _(rng: Rng) -> list[Case]:
    tilted = _tilted(rng, 3)
    return [
        _descent("f = θ², one step from 3", lambda p: 2 * np.asarray(p), [3.0], 0.25, 1),
        _descent("one step in three dimensions", tilted, list(rng.uniform(1, 2, 3)), 0.1, 1),
    ]


@gradient_descent.cases("several steps", points=2)
def _(rng: Rng) -> list[Case]:
    steep = float(rng.uniform(3, 6))

    def ravine(p):
        return np.array([1.0, steep]) * np.asarray(p)

    def quartic(p):
        return np.asarray(p) ** 3 - 1.0

    return [
        _descent("f = θ², four steps from 3", lambda p: 2 * np.asarray(p), [3.0], 0.25, 4),
        _descent("30 steps in a ravine", ravine, list(rng.uniform(1, 4, 2)), 0.2, 30),
        _descent("8 steps in a tilted bowl", _tilted(rng, 3), list(rng.uniform(1, 2, 3)), 0.1, 8),
        _descent("6 steps, slope not linear", quartic, list(rng.uniform(1.2, 2, 4)), 0.05, 6),
        _descent("no step at all", ravine, [1.5, -2.0], 0.1, 0),
        _descent("from the minimum: every step is kept", ravine, [0.0, 0.0], 0.1, 3),
    ]


@gradient_descent.misconception(
    "start left out",
    "The start is missing: the trajectory begins with θ_0 itself, so it has steps+1 rows.",
)
def _(grad, theta, lr, steps):
    path = np.empty((steps, len(theta)))
    for i in range(steps):
        theta = theta - lr * grad(theta)
        path[i] = theta
    return path


@gradient_descent.misconception(
    "stops early",
    "You stop before `steps` steps are done. The result always has steps+1 rows.",
)
def _(grad, theta, lr, steps):
    path = [theta]
    for _ in range(steps):
        slope = grad(path[-1])
        if np.linalg.norm(slope) < 1e-3:
            break
        path.append(path[-1] - lr * slope)
    return np.array(path)


@gradient_descent.misconception(
    "return inside the loop", "The `return` is inside the loop: it leaves after the first step."
)
def _(grad, theta, lr, steps):
    path = [theta]
    for _ in range(steps):
        path.append(path[-1] - lr * grad(path[-1]))
        return np.array(path)


@gradient_descent.misconception(
    "each step from the start",
    "The gradient is that of the last point, but you subtract it from the start each time: take "
    "the step from the last point, too.",
)
def _(grad, theta, lr, steps):
    path = [theta]
    for _ in range(steps):
        path.append(theta - lr * grad(path[-1]))
    return np.array(path)


@gradient_descent.misconception(
    "never goes on",
    "Every row after the first is the same point: take the next gradient at the *new* point.",
)
def _(grad, theta, lr, steps):
    path = [theta]
    for _ in range(steps):
        path.append(theta - lr * grad(theta))
    return np.array(path)


@gradient_descent.misconception(
    "one step short",
    "You count the start as a step: `steps` updates give steps+1 points.",
)
def _(grad, theta, lr, steps):
    path = [theta.copy()]
    for _ in range(steps - 1):
        path.append(path[-1] - lr * grad(path[-1]))
    return np.array(path)


@gradient_descent.misconception(
    "every row is the last point",
    "All rows are the last point. You update one array in place (theta -= …) and append that same "
    "array each time: store a copy, or make a new array at each step.",
)
def _(grad, theta, lr, steps):
    theta = theta.copy()
    path = [theta]
    for _ in range(steps):
        theta -= lr * grad(theta)
        path.append(theta)
    return np.array(path)


@gradient_descent.misconception(
    "theta changed, and every row the last point",
    "theta -= … changes the caller's start, and the list holds that one array over and over: "
    "write theta = theta - …, which makes a new array.",
)
def _(grad, theta, lr, steps):
    path = [theta]
    for _ in range(steps):
        theta -= lr * grad(theta)
        path.append(theta)
    return np.array(path)


@gradient_descent.misconception(
    "theta changed",
    "The points are right, but theta -= … has moved the caller's start: copy it first, or write "
    "theta = theta - ….",
)
def _(grad, theta, lr, steps):
    path = [theta.copy()]
    for _ in range(steps):
        theta -= lr * grad(theta)
        path.append(theta.copy())
    return np.array(path)


@gradient_descent.misconception(
    "gradient computed once",
    "You compute the gradient once, at the start, and walk along it: call grad again at every new "
    "point.",
)
def _(grad, theta, lr, steps):
    slope = grad(theta)
    path = [theta]
    for _ in range(steps):
        path.append(path[-1] - lr * slope)
    return np.array(path)


@gradient_descent.misconception(
    "uphill", "You walk uphill: the gradient points to where f grows, so subtract it."
)
def _(grad, theta, lr, steps):
    path = [theta]
    for _ in range(steps):
        path.append(path[-1] + lr * grad(path[-1]))
    return np.array(path)


@gradient_descent.misconception(
    "only the last point", "You return the last point only: keep every point, from the start on."
)
def _(grad, theta, lr, steps):
    for _ in range(steps):
        theta = theta - lr * grad(theta)
    return theta


@gradient_descent.misconception(
    "steps of fixed length",
    "You divide the gradient by its length, so every step is lr long: a step is lr·gradient, "
    "shorter where the ground is flatter.",
)
def _(grad, theta, lr, steps):
    path = [theta]
    for _ in range(steps):
        slope = np.asarray(grad(path[-1]))
        path.append(path[-1] - lr * slope / np.linalg.norm(slope))
    return np.array(path)


@gradient_descent.misconception(
    "one coordinate after the other",
    "You change θ one coordinate at a time and ask for the gradient again in between, at a point "
    "that is half moved. One step: one gradient at the old point, then all coordinates together.",
)
def _(grad, theta, lr, steps):
    here = theta.copy()
    path = [here.copy()]
    for _ in range(steps):
        for j in range(len(here)):
            here[j] = here[j] - lr * grad(here)[j]
        path.append(here.copy())
    return np.array(path)


@gradient_descent.misconception(
    "start left out, as a list",
    "θ_0 is not in your list: put the start into it before the loop. `steps` steps give steps+1 "
    "points.",
)
def _(grad, theta, lr, steps):
    path = []
    for _ in range(steps):
        theta = theta - lr * grad(theta)
        path.append(theta)
    return np.array(path)


@gradient_descent.misconception(
    "one step too many",
    "You make one step too many: the start is a point, but not a step. `steps` updates give "
    "steps+1 rows.",
)
def _(grad, theta, lr, steps):
    path = [theta]
    for _ in range(steps + 1):
        path.append(path[-1] - lr * grad(path[-1]))
    return np.array(path)


@gradient_descent.misconception(
    "the step in place of the point",
    "Your new point is the step alone: it has to be taken *from* the old point.",
)
def _(grad, theta, lr, steps):
    path = [theta]
    for _ in range(steps):
        path.append(-lr * grad(path[-1]))
    return np.array(path)


@gradient_descent.misconception(
    "stored before the step",
    "You store each point before its step, so the start is there and the last point is not: store "
    "once more after the loop.",
)
def _(grad, theta, lr, steps):
    path = []
    for _ in range(steps):
        path.append(theta)
        theta = theta - lr * grad(theta)
    return np.array(path)


@gradient_descent.misconception(
    "gradients instead of points",
    "You keep the gradients. Keep the points: the start, and where each step leads.",
)
def _(grad, theta, lr, steps):
    path = [theta]
    for _ in range(steps):
        slope = grad(theta)
        theta = theta - lr * slope
        path.append(slope)
    return np.array(path)


@gradient_descent.misconception(
    "slopes added up",
    "You add up the slopes, and move every coordinate by the same amount. Each coordinate moves by "
    "its own slope.",
)
def _(grad, theta, lr, steps):
    path = [theta]
    for _ in range(steps):
        path.append(path[-1] - lr * np.sum(grad(path[-1])))
    return np.array(path)


@gradient_descent.misconception(
    "signs only",
    "You use only the sign of each slope, so no step gets shorter near the minimum: a step is "
    "lr·gradient.",
)
def _(grad, theta, lr, steps):
    path = [theta]
    for _ in range(steps):
        path.append(path[-1] - lr * np.sign(grad(path[-1])))
    return np.array(path)


@gradient_descent.equivalent("into a filled array")
def _(grad, theta, lr, steps):
    path = np.zeros((steps + 1, theta.size))
    path[0] = theta
    for i in range(1, steps + 1):
        path[i] = path[i - 1] - lr * grad(path[i - 1])
    return path


@gradient_descent.equivalent("a list of copies of one array")
def _(grad, theta, lr, steps):
    here = np.array(theta)
    path = [here.copy()]
    while len(path) <= steps:
        here -= lr * np.asarray(grad(here))
        path.append(here.copy())
    return path


@gradient_descent.equivalent("as a sum of all steps so far")
def _(grad, theta, lr, steps):
    moves = [np.zeros_like(theta)]
    for _ in range(steps):
        moves.append(-lr * grad(theta + np.sum(moves, axis=0)))
    return theta + np.cumsum(moves, axis=0)
