"""Ridge in one formula, the threshold of the lasso, and the lasso in many small steps."""

from __future__ import annotations

from typing import Any

import numpy as np

from autograder.checking.exercise import Case, Exercise
from autograder.exercises._cases import Rng, call
from reference_impl import regularization as reference


def design(rng: Rng, n: int, d: int) -> Any:
    """A matrix whose columns are neither alike nor of one size: all singular values in 1.5 … 3."""
    u, _, vt = np.linalg.svd(rng.normal(size=(n, d)), full_matrices=False)
    return u @ np.diag(np.linspace(3.0, 1.5, min(n, d))) @ vt


# ------------------------------------------------------------------------------- ridge
ridge_fit = Exercise(
    "ridge_fit",
    reference=reference.ridge_fit,
    hint="Set the gradient to 0: (XᵀX + λI) w = Xᵀy. np.linalg.solve solves it.",
    minutes=10,
    difficulty=3,
)


@ridge_fit.cases("more rows than columns", points=1)
def _(rng: Rng) -> list[Case]:
    X, y = design(rng, 12, 3), rng.normal(size=12)
    return [
        call("12 rows, 3 columns, λ = 2.5", X, y, 2.5),
        call("λ = 0: least squares", X, y, 0.0),
        call("one column, λ = 5", np.array([[1.0], [2.0]]), np.array([2.0, 4.0]), 5.0),
    ]


@ridge_fit.cases("where least squares has no answer", points=1)
def _(rng: Rng) -> list[Case]:
    X, y = design(rng, 8, 2), rng.normal(size=8)
    return [
        call("two columns that are equal, λ = 0.5", X[:, [0, 1, 0]], y, 0.5),
        call("more columns than rows, λ = 3", design(rng, 3, 3)[:, [0, 1, 2, 0, 1]], y[:3], 3.0),
    ]


@ridge_fit.misconception(
    "λ added everywhere",
    "XᵀX + λ adds λ to every element of the matrix. λ belongs on the diagonal: add λ times the "
    "identity matrix.",
)
def _(X, y, lam):
    return np.linalg.lstsq(X.T @ X + lam, X.T @ y, rcond=None)[0]


@ridge_fit.misconception(
    "λ added everywhere, and solved",
    "XᵀX + λ adds λ to every element, so that the matrix stays singular where columns repeat each "
    "other. λ belongs on the diagonal: λ times the identity matrix.",
)
def _(X, y, lam):
    return np.linalg.solve(X.T @ X + lam, X.T @ y)


@ridge_fit.misconception(
    "no λ", "These are the least squares: λ does not appear. It goes on the diagonal of XᵀX."
)
def _(X, y, lam):
    return np.linalg.lstsq(X, y, rcond=None)[0]


@ridge_fit.misconception(
    "λ times n",
    "You multiply λ by the number of rows. That belongs to a *mean* of squared errors; here they "
    "are summed.",
)
def _(X, y, lam):
    return np.linalg.lstsq(X.T @ X + len(X) * lam * np.eye(X.shape[1]), X.T @ y, rcond=None)[0]


@ridge_fit.misconception(
    "half of λ",
    "Your λ counts half: ‖y - Xw‖² and λ‖w‖² both give a factor 2 when differentiated, and it "
    "cancels.",
)
def _(X, y, lam):
    return np.linalg.lstsq(X.T @ X + lam / 2 * np.eye(X.shape[1]), X.T @ y, rcond=None)[0]


@ridge_fit.misconception(
    "twice λ",
    "Your λ counts twice: ‖y - Xw‖² and λ‖w‖² both give a factor 2 when differentiated, and it "
    "cancels.",
)
def _(X, y, lam):
    return np.linalg.lstsq(X.T @ X + 2 * lam * np.eye(X.shape[1]), X.T @ y, rcond=None)[0]


@ridge_fit.misconception(
    "least squares divided",
    "You shrink the least-squares weights by 1+λ. That is ridge only where XᵀX is the identity: "
    "in general each direction shrinks by its own amount.",
)
def _(X, y, lam):
    return np.linalg.lstsq(X, y, rcond=None)[0] / (1 + lam)


@ridge_fit.misconception(
    "λ subtracted", "You subtract λ on the diagonal: that makes the weights larger. Add it."
)
def _(X, y, lam):
    return np.linalg.lstsq(X.T @ X - lam * np.eye(X.shape[1]), X.T @ y, rcond=None)[0]


@ridge_fit.misconception(
    "λ subtracted, and solved",
    "You subtract λ on the diagonal: the matrix can then be singular, and the weights become "
    "larger. Add it.",
)
def _(X, y, lam):
    return np.linalg.solve(X.T @ X - lam * np.eye(X.shape[1]), X.T @ y)


@ridge_fit.misconception(
    "λ squared",
    "You square λ: (XᵀX + λI) has λ itself.",
)
def _(X, y, lam):
    return np.linalg.lstsq(X.T @ X + lam**2 * np.eye(X.shape[1]), X.T @ y, rcond=None)[0]


@ridge_fit.misconception(
    "root of λ",
    "You take the root of λ. It stands in the form with extra rows of X; on the diagonal of "
    "XᵀX it is λ itself.",
)
def _(X, y, lam):
    return np.linalg.lstsq(X.T @ X + lam**0.5 * np.eye(X.shape[1]), X.T @ y, rcond=None)[0]


@ridge_fit.misconception(
    "with an intercept",
    "You subtract the means of X and y first, as for a fit with an intercept (scikit-learn's "
    "Ridge does that by itself). Here there is none: fit_intercept=False.",
)
def _(X, y, lam):
    A, r = X - X.mean(axis=0), y - y.mean()
    return np.linalg.lstsq(A.T @ A + lam * np.eye(A.shape[1]), A.T @ r, rcond=None)[0]


@ridge_fit.misconception(
    "first weight not penalised",
    "Your first weight is not penalised, as if it were an intercept. Here every weight is.",
)
def _(X, y, lam):
    penalty = lam * np.eye(X.shape[1])
    penalty[0, 0] = 0
    return np.linalg.lstsq(X.T @ X + penalty, X.T @ y, rcond=None)[0]


@ridge_fit.misconception(
    "λ on the right as well",
    "λ stands on the right as well: there it is Xᵀy alone.",
)
def _(X, y, lam):
    return np.linalg.lstsq(X.T @ X + lam * np.eye(X.shape[1]), X.T @ y + lam, rcond=None)[0]


@ridge_fit.equivalent("with the inverse")
def _(X, y, lam):
    d = X.shape[1]
    return np.linalg.inv(X.T @ X + np.diag([lam] * d)) @ (X.T @ y)


@ridge_fit.equivalent("least squares with extra rows")
def _(X, y, lam):
    d = X.shape[1]
    rows = np.vstack([X, np.sqrt(lam) * np.eye(d)])
    return np.linalg.pinv(rows) @ np.concatenate([y, np.zeros(d)])


@ridge_fit.equivalent("by singular values")
def _(X, y, lam):
    u, s, vt = np.linalg.svd(X, full_matrices=False)
    keep = s > 1e-10
    return vt[keep].T @ (s[keep] / (s[keep] ** 2 + lam) * (u[:, keep].T @ y))


@ridge_fit.equivalent("gradient descent, long enough")
def _(X, y, lam):
    w = np.zeros(X.shape[1])
    largest = np.linalg.norm(X, 2) ** 2 + lam
    for _ in range(200):  # with many more, a student would wait for the names of slips in it
        w = w - (X.T @ (X @ w - y) + lam * w) / largest
    return w


# ------------------------------------------------------------------------------- a threshold
soft_threshold = Exercise(
    "soft_threshold",
    reference=reference.soft_threshold,
    hint="sign(w) · max(|w| - t, 0): shorten each number by t, but not past 0, and keep its sign.",
    minutes=6,
    difficulty=2,
)


@soft_threshold.cases("numbers of both signs", points=2)
def _(rng: Rng) -> list[Case]:
    signs = rng.choice((-1.0, 1.0), (2, 4))
    signs[:, 0], signs[:, 1] = -1, 1
    return [
        call("above, below, and 0", np.array([3.0, -4.0, 1.5, -1.5, 0.5, -0.5, 0.0]), 1.0),
        call("shape (2, 4), t = 0.4", signs * np.array([[1.2, 0.9, 0.1, 0.2]]), 0.4),
        call("one number", np.array([-float(rng.uniform(2, 3))]), 0.7),
        call("t = 0: nothing moves", np.append(rng.normal(size=3), 0.0), 0.0),
        call("t larger than all", rng.uniform(-1, 1, 4), 1.5),
    ]


@soft_threshold.misconception(
    "past 0",
    "Small numbers come out on the other side of 0: numbers closer to 0 than t must become 0.",
)
def _(w, t):
    return np.sign(w) * (np.abs(w) - t)


@soft_threshold.misconception(
    "hard threshold",
    "That is the hard threshold: numbers above it stay as large as they were. The soft threshold "
    "also shortens them by t.",
)
def _(w, t):
    return np.where(np.abs(w) > t, w, 0.0)


@soft_threshold.misconception("sign lost", "Negative numbers come out positive: put the sign back.")
def _(w, t):
    return np.maximum(np.abs(w) - t, 0)


@soft_threshold.misconception(
    "only positive numbers",
    "Every negative number becomes 0: shorten |w|, not w, and put the sign back.",
)
def _(w, t):
    return np.maximum(w - t, 0)


@soft_threshold.misconception(
    "shifted", "You subtract t from negative numbers too, which moves them away from 0."
)
def _(w, t):
    return np.where(np.abs(w) > t, w - t, 0.0)


@soft_threshold.misconception(
    "t subtracted everywhere",
    "You subtract t from every number: negative ones move away from 0, and small ones past it.",
)
def _(w, t):
    return w - t


@soft_threshold.misconception(
    "clipped",
    "You clip at ±t: that keeps the small numbers and cuts the large ones. That is the part to "
    "*subtract* from w.",
)
def _(w, t):
    return np.clip(w, -t, t)


@soft_threshold.misconception(
    "multiplied", "You shrink in proportion, as ridge does: every number moves by the same t here."
)
def _(w, t):
    return w * np.maximum(1 - t, 0)


@soft_threshold.misconception(
    "half of t",
    "You subtract half of t: every number moves by t.",
)
def _(w, t):
    return np.sign(w) * np.maximum(np.abs(w) - t / 2, 0)


@soft_threshold.misconception(
    "moved away from 0",
    "You add t to the sizes: they get smaller by t.",
)
def _(w, t):
    return np.sign(w) * (np.abs(w) + t)


@soft_threshold.misconception(
    "t in place of |w| - t",
    "What lies above t becomes t: that is clipping. It becomes |w| - t, with its sign.",
)
def _(w, t):
    return np.sign(w) * np.where(np.abs(w) > t, t, 0.0)


@soft_threshold.misconception(
    "small ones kept",
    "You shrink only the large numbers; those up to t become 0.",
)
def _(w, t):
    return np.where(np.abs(w) > t, w - np.sign(w) * t, w)


@soft_threshold.misconception(
    "moved, and asked again",
    "You move numbers first, and then ask what you have moved how far it is from 0: 1.5 with t = 1 "
    "becomes 0.5, and then 0. Ask the numbers of w.",
)
def _(w, t):
    out = w.copy()
    out[out > t] -= t
    out[out < -t] += t
    out[np.abs(out) <= t] = 0
    return out


@soft_threshold.equivalent("three branches")
def _(w, t):
    out = np.zeros_like(w)
    out[w > t] = w[w > t] - t
    out[w < -t] = w[w < -t] + t
    return out


@soft_threshold.equivalent("what clipping leaves")
def _(w, t):
    return w - np.clip(w, -t, t)


@soft_threshold.equivalent("two halves")
def _(w, t):
    return np.maximum(w - t, 0) - np.maximum(-w - t, 0)


lasso_fit = Exercise(
    "lasso_fit",
    reference=reference.lasso_fit,
    hint="Each step: a gradient step on the squared errors with η = 1/λ_max(XᵀX), then "
    "soft_threshold of the result by η·λ.",
    minutes=15,
    difficulty=4,
)


def _sparse_problem(rng: Rng, n: int = 10, d: int = 4) -> tuple[Any, Any]:
    """Some weights are 0 at the solution, and some are not."""
    X = design(rng, n, d)
    w = rng.uniform(1.5, 2.5, d) * rng.choice((-1.0, 1.0), d) * (np.arange(d) % 2)
    return X, X @ w + 0.2 * rng.normal(size=n)


@lasso_fit.cases("the first steps", points=1)
def _(rng: Rng) -> list[Case]:
    X, y = _sparse_problem(rng)
    return [
        call("one step from w = 0", X, y, 1.0, 1),
        call("three steps", X, y, 1.0, 3),
        call("one column, two steps", np.array([[1.0], [2.0]]), np.array([2.0, 4.0]), 5.0, 2),
    ]


@lasso_fit.cases("at the minimum", points=2)
def _(rng: Rng) -> list[Case]:
    X, y = _sparse_problem(rng)
    tall, of_tall = _sparse_problem(rng, 20, 5)
    return [
        call("400 steps, λ = 2", X, y, 2.0, 400),
        call("400 steps, 5 columns, λ = 0.5", tall, of_tall, 0.5, 400),
        call("λ = 0: least squares", X, y, 0.0, 400),
        call("λ so large that all weights are 0", X, y, 1.5 * float(np.abs(X.T @ y).max()), 400),
    ]


@lasso_fit.misconception(
    "threshold λ",
    "You threshold by λ: the gradient step has the length η, so the threshold is η·λ.",
)
def _(X, y, lam, steps):
    eta = 1 / np.linalg.norm(X, 2) ** 2
    w = np.zeros(X.shape[1])
    for _ in range(steps):
        u = w - eta * X.T @ (X @ w - y)
        w = np.sign(u) * np.maximum(np.abs(u) - lam, 0)
    return w


@lasso_fit.misconception(
    "gradient without ½",
    "Your gradient is 2Xᵀ(Xw - y): the loss here is *half* the squared errors, so the 2 cancels.",
)
def _(X, y, lam, steps):
    eta = 1 / np.linalg.norm(X, 2) ** 2
    w = np.zeros(X.shape[1])
    for _ in range(steps):
        u = w - eta * 2 * X.T @ (X @ w - y)
        w = np.sign(u) * np.maximum(np.abs(u) - eta * lam, 0)
    return w


@lasso_fit.misconception(
    "singular value not squared",
    "Your η is 1 over the largest singular value of X. The largest eigenvalue of XᵀX is its "
    "square.",
)
def _(X, y, lam, steps):
    eta = 1 / np.linalg.norm(X, 2)
    w = np.zeros(X.shape[1])
    for _ in range(steps):
        u = w - eta * X.T @ (X @ w - y)
        w = np.sign(u) * np.maximum(np.abs(u) - eta * lam, 0)
    return w


@lasso_fit.misconception(
    "Frobenius norm",
    "np.linalg.norm(X) is the root of the sum of all squares, which is too large here: with the "
    "argument 2 it is the largest singular value.",
)
def _(X, y, lam, steps):
    eta = 1 / np.linalg.norm(X) ** 2
    w = np.zeros(X.shape[1])
    for _ in range(steps):
        u = w - eta * X.T @ (X @ w - y)
        w = np.sign(u) * np.maximum(np.abs(u) - eta * lam, 0)
    return w


@lasso_fit.misconception(
    "subgradient descent",
    "You add λ·sign(w) to the gradient. Then weights tremble around 0 and never stay there: take a "
    "gradient step on the squared errors alone, then use soft_threshold.",
)
def _(X, y, lam, steps):
    eta = 1 / np.linalg.norm(X, 2) ** 2
    w = np.zeros(X.shape[1])
    for _ in range(steps):
        w = w - eta * (X.T @ (X @ w - y) + lam * np.sign(w))
    return w


@lasso_fit.misconception(
    "threshold only at the end",
    "You threshold once, after all steps: the threshold belongs in the loop, after each gradient "
    "step.",
)
def _(X, y, lam, steps):
    eta = 1 / np.linalg.norm(X, 2) ** 2
    w = np.zeros(X.shape[1])
    for _ in range(steps):
        w = w - eta * X.T @ (X @ w - y)
    return np.sign(w) * np.maximum(np.abs(w) - eta * lam, 0)


@lasso_fit.misconception(
    "threshold before the step",
    "You threshold first and step afterwards, so the step moves weights away from 0 again. First "
    "the gradient step, then the threshold.",
)
def _(X, y, lam, steps):
    eta = 1 / np.linalg.norm(X, 2) ** 2
    w = np.zeros(X.shape[1])
    for _ in range(steps):
        w = np.sign(w) * np.maximum(np.abs(w) - eta * lam, 0)
        w = w - eta * X.T @ (X @ w - y)
    return w


@lasso_fit.misconception(
    "hard threshold",
    "Numbers above your threshold keep their size: that is the hard threshold. Use soft_threshold, "
    "which shortens them by η·λ.",
)
def _(X, y, lam, steps):
    eta = 1 / np.linalg.norm(X, 2) ** 2
    w = np.zeros(X.shape[1])
    for _ in range(steps):
        u = w - eta * X.T @ (X @ w - y)
        w = np.where(np.abs(u) > eta * lam, u, 0.0)
    return w


@lasso_fit.misconception(
    "one step only", "You leave after one step: is the `return` inside the loop?"
)
def _(X, y, lam, steps):
    eta = 1 / np.linalg.norm(X, 2) ** 2
    u = eta * X.T @ y
    return np.sign(u) * np.maximum(np.abs(u) - eta * lam, 0)


@lasso_fit.equivalent("with XᵀX made once")
def _(X, y, lam, steps):
    gram, xy = X.T @ X, X.T @ y
    largest = np.linalg.eigvalsh(gram)[-1]
    w = np.zeros(len(xy))
    for _ in range(steps):
        u = w - (gram @ w - xy) / largest
        w = u - np.clip(u, -lam / largest, lam / largest)
    return w


@lasso_fit.equivalent("weight by weight")
def _(X, y, lam, steps):
    eta = 1 / max(np.linalg.eigvalsh(X.T @ X))
    w = np.zeros(X.shape[1])
    for _ in range(steps):
        error = X @ w - y
        new = []
        for j in range(X.shape[1]):
            u = w[j] - eta * np.sum(X[:, j] * error)
            size = max(abs(u) - eta * lam, 0.0)
            new.append(size if u > 0 else -size)
        w = np.array(new)
    return w
