"""Losses with their gradients."""

from __future__ import annotations

import numpy as np

from reference_impl._validate import Array, dimensions


def mse_and_gradient(w: Array, X: Array, y: Array) -> tuple[float, Array]:
    """Mean squared error of the linear model ŷ = X w, and its gradient in w.

    L = (1/n) Σ (ŷ - y)²,   ∇L = (2/n) Xᵀ (ŷ - y)

    Parameters
    ----------
    w : (d,) weights
    X : (n, d) a row a sample
    y : (n,) targets

    Returns
    -------
    (loss, gradient (d,))

    Raises
    ------
    ValueError : y not (n,) or w not (d,)
    """
    dimensions("X", X, 2)
    n, d = X.shape
    if np.shape(y) != (n,):
        # A (n, 1) target would make ŷ - y an (n, n) table, and a plausible loss.
        raise ValueError(f"y has shape {np.shape(y)}; it needs ({n},), a target for each row of X")
    if np.shape(w) != (d,):
        raise ValueError(f"w has shape {np.shape(w)}; it needs ({d},), a weight a column of X")
    residual = X @ w - y
    return float(np.mean(residual**2)), 2 / n * X.T @ residual
