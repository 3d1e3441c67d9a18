"""Regularization: penalties on the weights, the fits they lead to, and stopping in time.

`optimizers.adamw_step` holds the decay of weights that does not pass through the gradient.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from reference_impl._validate import Array, dimensions, has_shape, not_negative, positive


def ridge_line_loss(m: float, b: float, x: Array, y: Array, lam: float) -> float:
    """The squared errors of a line and a penalty on its slope; the intercept is free.

    Σ (y - m x - b)² + λ m²

    Parameters
    ----------
    m, b : slope and intercept
    x, y : (n,) points
    lam : λ, 0 or more

    Returns
    -------
    the loss, a sum and not a mean

    Raises
    ------
    ValueError : x and y of different shapes, or lam negative
    """
    has_shape("y", y, np.shape(x), "as x")
    not_negative(lam=lam)
    return float(np.sum((y - m * x - b) ** 2) + lam * m**2)


def l2_penalty(weights: Sequence[Array], lam: float) -> float:
    """What L2 regularization adds to the loss.

    λ Σ w²,   over all elements of all arrays

    Parameters
    ----------
    weights : arrays of any shapes, usually without the biases
    lam : λ, 0 or more; frameworks that write ½ λ Σ w² need twice as much

    Returns
    -------
    the penalty

    Raises
    ------
    ValueError : lam negative
    """
    not_negative(lam=lam)
    return lam * float(sum(np.sum(w**2) for w in weights))


def l2_gradient(weights: Sequence[Array], lam: float) -> list[Array]:
    """The gradient of `l2_penalty`: each weight is pulled to 0 in proportion to its size.

    2 λ w

    Parameters, errors: as `l2_penalty`. Returns a list of arrays of the shapes of `weights`.
    """
    not_negative(lam=lam)
    return [2 * lam * w for w in weights]


def l1_penalty(weights: Sequence[Array], lam: float) -> float:
    """What L1 regularization adds to the loss.

    λ Σ |w|,   over all elements of all arrays

    Parameters
    ----------
    weights : arrays of any shapes, usually without the biases
    lam : λ, 0 or more

    Returns
    -------
    the penalty

    Raises
    ------
    ValueError : lam negative
    """
    not_negative(lam=lam)
    return lam * float(sum(np.sum(np.abs(w)) for w in weights))


def l1_subgradient(weights: Sequence[Array], lam: float) -> list[Array]:
    """A subgradient of `l1_penalty`: every weight is pulled to 0 with the same force.

    λ sign(w),   0 at w = 0

    Parameters, errors: as `l1_penalty`. Returns a list of arrays of the shapes of `weights`.
    """
    not_negative(lam=lam)
    return [lam * np.sign(w) for w in weights]


def ridge_fit(X: Array, y: Array, lam: float) -> Array:
    """The weights that minimise ‖y - Xw‖² + λ‖w‖².

    w = (XᵀX + λ I)⁻¹ Xᵀ y

    Parameters
    ----------
    X : (n, d) one row per sample; centre X and y first where an intercept is wanted
    y : (n,) targets
    lam : λ, 0 or more

    Returns
    -------
    (d,)

    Raises
    ------
    ValueError : shapes that do not fit, lam negative, or lam = 0 where X does not determine w

    Source: Hoerl and Kennard, "Ridge Regression: Biased Estimation for Nonorthogonal Problems",
    1970.
    """
    _check_fit(X, y, lam)
    d = X.shape[1]
    if lam == 0 and np.linalg.matrix_rank(X) < d:
        raise ValueError("lam is 0; it must be above 0 where columns of X depend on each other")
    w = np.linalg.solve(X.T @ X + lam * np.eye(d), X.T @ y)
    return np.asarray(w, dtype=np.float64)


def soft_threshold(w: Array, t: float) -> Array:
    """Every weight moved towards 0 by t, and no further than 0: the proximal step of t‖w‖₁.

    sign(w) · max(|w| - t, 0)

    Parameters
    ----------
    w : array of any shape
    t : 0 or more

    Returns
    -------
    array of the shape of w

    Raises
    ------
    ValueError : t negative
    """
    not_negative(t=t)
    return np.sign(w) * np.maximum(np.abs(w) - t, 0)


def lasso_fit(X: Array, y: Array, lam: float, steps: int) -> Array:
    """Weights near the minimum of ½‖y - Xw‖² + λ‖w‖₁, by iterative soft thresholding (ISTA).

    w_{k+1} = S(w_k - η Xᵀ(X w_k - y), η λ),   w_0 = 0,   η = 1 / λ_max(XᵀX),   S `soft_threshold`

    The loss lies above its minimum by ‖w*‖² / (2 η k) at most. scikit-learn's Lasso minimises the
    same divided by n: its alpha is λ / n.

    Parameters
    ----------
    X : (n, d) one row per sample; not all 0
    y : (n,) targets
    lam : λ, 0 or more; from max |Xᵀ y| on, w is 0
    steps : number of steps k, 0 or more

    Returns
    -------
    (d,)

    Raises
    ------
    ValueError : shapes that do not fit, lam or steps negative, or X all 0

    Source: Daubechies, Defrise and De Mol, "An iterative thresholding algorithm for linear inverse
    problems with a sparsity constraint", 2004; the bound is theorem 3.1 of Beck and Teboulle, "A
    Fast Iterative Shrinkage-Thresholding Algorithm for Linear Inverse Problems", 2009.
    """
    _check_fit(X, y, lam)
    not_negative(steps=steps)
    largest = float(np.linalg.norm(X, ord=2)) ** 2
    positive(largest_eigenvalue_of_XtX=largest)
    eta = 1 / largest
    w = np.zeros(X.shape[1])
    for _ in range(steps):
        w = soft_threshold(w - eta * X.T @ (X @ w - y), eta * lam)
    return w


class EarlyStopping:
    """Says when the loss has not improved for too long.

    A loss improves if it is below the best so far by more than min_delta; NaN never does.

    Parameters
    ----------
    patience : after so many losses in a row without improvement it is time to stop, above 0
    min_delta : 0 or more

    Attributes
    ----------
    best : the lowest loss that counted as an improvement; infinity before the first
    best_step : which it was, counted from 0: the index in the history; None before the first

    Raises
    ------
    ValueError : patience not above 0, or min_delta negative

    Source: Prechelt, "Early Stopping - But When?", 1998, the criterion UP, with any loss that is no
    improvement for a rise.
    """

    best: float
    best_step: int | None

    def __init__(self, patience: int, min_delta: float = 0.0) -> None:
        positive(patience=patience)
        not_negative(min_delta=min_delta)
        self.patience = patience
        self.min_delta = min_delta
        self.best = math.inf
        self.best_step = None
        self._steps = 0
        self._waited = 0

    def step(self, loss: float) -> bool:
        """Take the next loss, usually that of the validation set; True when to stop."""
        if loss < self.best - self.min_delta:
            self.best = loss
            self.best_step = self._steps
            self._waited = 0
        else:
            self._waited += 1
        self._steps += 1
        return self._waited >= self.patience


def _check_fit(X: Array, y: Array, lam: float) -> None:
    dimensions("X", X, 2)
    # A (n, 1) target would give a (d, 1) result, and a wrong one where it meets a (d,) array.
    has_shape("y", y, X.shape[:1], "one target per row of X")
    not_negative(lam=lam)
