"""Functions of a whole layer: softmax over its units, maxout over its pieces, and how it fares."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from reference_impl._validate import (
    Array,
    dimensions,
    has_shape,
    no_nan,
    not_empty,
    not_negative,
)


def softmax(Z: Array) -> Array:
    """A row of scores as probabilities.

    P_ij = e^(Z_ij - max_k Z_ik) / Σ_k e^(Z_ik - max_k Z_ik)

    Without the maximum the value is the same, and e^1000 overflows.

    Parameters
    ----------
    Z : (n, k) a row of logits a sample

    Returns
    -------
    (n, k), rows sum to 1

    Raises
    ------
    ValueError : Z not two-dimensional

    Source: Bridle, "Probabilistic Interpretation of Feedforward Classification Network Outputs",
    1990.
    """
    dimensions("Z", Z, 2)
    exp = np.exp(Z - np.max(Z, axis=1, keepdims=True))
    P: Array = exp / np.sum(exp, axis=1, keepdims=True)
    return P


def softmax_backward(P: Array, dP: Array) -> Array:
    """From the gradient in the probabilities to the gradient in the logits.

    dZ_ij = P_ij (dP_ij - Σ_k dP_ik P_ik),   each row's Jacobian being diag(p) - p pᵀ

    Parameters
    ----------
    P : (n, k) what `softmax` returned
    dP : (n, k) gradient of the loss in P

    Returns
    -------
    (n, k), rows sum to 0

    Raises
    ------
    ValueError : P not two-dimensional, or dP of another shape
    """
    dimensions("P", P, 2)
    has_shape("dP", dP, np.shape(P), "as P")
    dZ: Array = P * (dP - np.sum(dP * P, axis=1, keepdims=True))
    return dZ


def maxout(X: Array, W1: Array, b1: Array, W2: Array, b2: Array) -> Array:
    """Each unit the larger of two linear functions: an activation that is learned.

    max(X W1 + b1, X W2 + b2)

    Parameters
    ----------
    X : (n, d) a row a sample
    W1, W2 : (d, units) weights of the two pieces
    b1, b2 : (units,) their biases

    Returns
    -------
    (n, units)

    Raises
    ------
    ValueError : shapes that do not fit

    Source: Goodfellow et al., "Maxout Networks", 2013, with k = 2 pieces.
    """
    _check_maxout(X, W1, b1, W2, b2)
    return np.maximum(X @ W1 + b1, X @ W2 + b2)


def maxout_backward(
    dout: Array, X: Array, W1: Array, b1: Array, W2: Array, b2: Array
) -> tuple[Array, Array, Array, Array, Array]:
    """The gradient goes to the piece that was the larger; at a tie, to the first.

    dZ1 = dout where X W1 + b1 ≥ X W2 + b2, else 0;   dZ2 = dout - dZ1
    dX = dZ1 W1ᵀ + dZ2 W2ᵀ,   dW1 = Xᵀ dZ1,   db1 = Σ over rows of dZ1,   likewise dW2, db2

    Parameters
    ----------
    dout : (n, units) gradient of the loss in what `maxout` returned
    X, W1, b1, W2, b2 : as in `maxout`

    Returns
    -------
    (dX, dW1, db1, dW2, db2)

    Raises
    ------
    ValueError : shapes that do not fit
    """
    _check_maxout(X, W1, b1, W2, b2)
    has_shape("dout", dout, (len(X), W1.shape[1]), "a row a sample and a column a unit")
    dZ1 = np.where(X @ W1 + b1 >= X @ W2 + b2, dout, 0.0)
    dZ2 = dout - dZ1
    dX = dZ1 @ W1.T + dZ2 @ W2.T
    return dX, X.T @ dZ1, dZ1.sum(axis=0), X.T @ dZ2, dZ2.sum(axis=0)


def _check_maxout(X: Array, W1: Array, b1: Array, W2: Array, b2: Array) -> None:
    dimensions("X", X, 2)
    dimensions("W1", W1, 2)
    _check_chain("X", X, "W1", W1)
    has_shape("b1", b1, W1.shape[1:], "one for each column of W1")
    has_shape("W2", W2, W1.shape, "as W1")
    has_shape("b2", b2, W1.shape[1:], "one for each column of W2")


def _check_chain(left_name: str, left: Array, right_name: str, right: Array) -> None:
    """Raise ValueError unless left @ right exists."""
    has_shape(
        right_name, right, (left.shape[1], *right.shape[1:]), f"a row a column of {left_name}"
    )


def collapse_linear(W1: Array, W2: Array, W3: Array) -> Array:
    """Three linear layers are one: depth without an activation adds nothing.

    X W1 W2 W3 = X (W1 W2 W3)

    Parameters
    ----------
    W1, W2, W3 : (d, h1), (h1, h2), (h2, units)

    Returns
    -------
    (d, units)

    Raises
    ------
    ValueError : shapes that do not fit
    """
    for name, W in (("W1", W1), ("W2", W2), ("W3", W3)):
        dimensions(name, W, 2)
    _check_chain("W1", W1, "W2", W2)
    _check_chain("W2", W2, "W3", W3)
    return W1 @ W2 @ W3


def saturated_fraction(z: Array, limit: float = 3.0) -> float:
    """The share of a layer that sits where sigmoid and tanh are flat.

    the number of |z| > limit, divided by the number of all z

    Parameters
    ----------
    z : pre-activations, of any shape
    limit : from where on a unit counts as saturated; σ'(3) is 0.045, tanh'(3) is 0.010

    Returns
    -------
    from 0 to 1

    Raises
    ------
    ValueError : z empty or with NaN, or limit below 0
    """
    not_empty(z=z)
    no_nan(z=z)
    not_negative(limit=limit)
    return float(np.mean(np.abs(z) > limit))


def dead_units(Z: Array) -> NDArray[np.bool_]:
    """Which units are above 0 for no sample: ReLU passes them neither signal nor gradient.

    unit j is dead if Z_ij ≤ 0 for every i

    Parameters
    ----------
    Z : (n, units) pre-activations of a batch; the larger, the surer the verdict

    Returns
    -------
    (units,) True where dead

    Raises
    ------
    ValueError : Z not two-dimensional, empty, or with NaN
    """
    dimensions("Z", Z, 2)
    not_empty(Z=Z)
    no_nan(Z=Z)
    alive: NDArray[np.bool_] = np.any(Z > 0, axis=0)
    return ~alive
