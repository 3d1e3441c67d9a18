"""The dense layer in textbook form. It draws no weights, so that `mlp` needs no initializer."""

from __future__ import annotations

import numpy as np

from reference_impl._validate import Array, dimensions


def dense_forward(X: Array, W: Array, b: Array) -> Array:
    """A weighted sum of the inputs, and a bias, for each unit.

    Z = X W + b

    Parameters
    ----------
    X : (n, fan_in) one row per sample
    W : (fan_in, fan_out) weights
    b : (fan_out,) biases

    Returns
    -------
    (n, fan_out)

    Raises
    ------
    ValueError : shapes that do not fit
    """
    _fit(X, W)
    if np.shape(b) != W.shape[1:]:
        raise ValueError(f"b has shape {np.shape(b)}; it needs {W.shape[1:]}, as the columns of W")
    return X @ W + b


def dense_backward(dZ: Array, X: Array, W: Array) -> tuple[Array, Array, Array]:
    """The gradients of what went into Z = X W + b, from the gradient of Z.

    dX = dZ Wᵀ,   dW = Xᵀ dZ,   db = Σ over rows of dZ

    Parameters
    ----------
    dZ : (n, fan_out) gradient of the loss in Z
    X, W : as in `dense_forward`

    Returns
    -------
    (dX (n, fan_in), dW (fan_in, fan_out), db (fan_out,))

    Raises
    ------
    ValueError : shapes that do not fit
    """
    _fit(X, W)
    if np.shape(dZ) != (len(X), W.shape[1]):
        raise ValueError(f"dZ has shape {np.shape(dZ)}; it needs {(len(X), W.shape[1])}")
    return dZ @ W.T, X.T @ dZ, dZ.sum(axis=0)


def _fit(X: Array, W: Array) -> None:
    dimensions("X", X, 2)
    dimensions("W", W, 2)
    if X.shape[1] != W.shape[0]:
        raise ValueError(f"W has shape {W.shape}; it needs {X.shape[1]} rows, one per column of X")
