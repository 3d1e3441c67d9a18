"""Layer normalization: every sample standardized over its own units, then scaled and shifted."""

from __future__ import annotations

import numpy as np

from reference_impl._validate import Array, dimensions, has_shape, not_negative


def layer_norm(X: Array, gamma: Array, beta: Array, eps: float) -> Array:
    """Normalization of each row by its own mean and variance.

    μ_i = (1/d) Σ_j X_ij,   var_i = (1/d) Σ_j (X_ij - μ_i)²
    out_ij = γ_j (X_ij - μ_i) / √(var_i + ε) + β_j

    No row sees another one, so it does the same in training and when predicting.

    Parameters
    ----------
    X : (n, d) one row per sample
    gamma, beta : (d,) scale and shift of each unit, both learned
    eps : ε, keeps a row of equal values from a division by 0

    Returns
    -------
    (n, d)

    Raises
    ------
    ValueError : shapes that do not fit, or eps negative

    Source: Ba, Kiros and Hinton, "Layer Normalization", 2016, equations 3 and 4; ε as in PyTorch's
    LayerNorm.
    """
    dimensions("X", X, 2)
    for name, value in {"gamma": gamma, "beta": beta}.items():
        has_shape(name, value, X.shape[1:], "one for each column of X")
    not_negative(eps=eps)
    mean = np.mean(X, axis=1, keepdims=True)
    var = np.var(X, axis=1, keepdims=True)
    out: Array = gamma * (X - mean) / np.sqrt(var + eps) + beta
    return out
