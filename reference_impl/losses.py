"""Losses with their gradients."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from reference_impl._validate import (
    Array,
    class_labels,
    dimensions,
    floats,
    has_shape,
    no_nan,
    not_empty,
)
from reference_impl.activations import sigmoid
from reference_impl.softmax import softmax


def mse_and_gradient(w: Array, X: Array, y: Array) -> tuple[float, Array]:
    """Mean squared error of the linear model ŷ = X w, and its gradient in w.

    L = (1/n) Σ (ŷ - y)²,   ∇L = (2/n) Xᵀ (ŷ - y)

    Parameters
    ----------
    w : (d,) weights
    X : (n, d) one row per sample
    y : (n,) targets

    Returns
    -------
    (loss, gradient (d,))

    Raises
    ------
    ValueError : y not (n,), w not (d,), or no samples
    """
    dimensions("X", X, 2)
    n, d = X.shape
    if np.shape(y) != (n,):
        # A (n, 1) target would make ŷ - y an (n, n) table, and a plausible loss.
        raise ValueError(f"y has shape {np.shape(y)}; it needs ({n},), one target per row of X")
    if np.shape(w) != (d,):
        raise ValueError(f"w has shape {np.shape(w)}; it needs ({d},), one weight per column of X")
    not_empty(y=y)
    residual = X @ w - y
    return float(np.mean(residual**2)), 2 / n * X.T @ residual


def mse(y: Array, yhat: Array) -> float:
    """Mean squared error.

    L = (1/n) Σ (ŷ - y)²,   n the number of elements

    Parameters
    ----------
    y : targets, of any shape
    yhat : predictions ŷ, of the same shape

    Returns
    -------
    L

    Raises
    ------
    ValueError : different shapes, or no elements
    """
    return float(np.mean(_difference(y, yhat) ** 2))


def mse_grad(y: Array, yhat: Array) -> Array:
    """The gradient of `mse` in ŷ.

    ∂L/∂ŷ = 2 (ŷ - y) / n

    Parameters, errors: as `mse`. Returns an array of the shape of ŷ.
    """
    difference = _difference(y, yhat)
    return 2 * difference / difference.size


def mae(y: Array, yhat: Array) -> float:
    """Mean absolute error.

    L = (1/n) Σ |ŷ - y|,   n the number of elements

    Parameters
    ----------
    y : targets, of any shape
    yhat : predictions ŷ, of the same shape

    Returns
    -------
    L

    Raises
    ------
    ValueError : different shapes, or no elements
    """
    return float(np.mean(np.abs(_difference(y, yhat))))


def mae_grad(y: Array, yhat: Array) -> Array:
    """A subgradient of `mae` in ŷ.

    ∂L/∂ŷ = sign(ŷ - y) / n,   0 where ŷ = y

    Parameters, errors: as `mae`. Returns an array of the shape of ŷ.
    """
    difference = _difference(y, yhat)
    gradient: Array = np.sign(difference) / difference.size
    return gradient


def binary_cross_entropy(y: Array, z: Array) -> float:
    """How many nats the answers y cost a model that says yes with probability σ(z).

    L = -(1/n) Σ [y log σ(z) + (1-y) log(1 - σ(z))],   n the number of elements
      = (1/n) Σ [max(z, 0) - y z + log(1 + e^(-|z|))]

    The second form is computed: no exponent is above 0, and no logarithm is of 0.

    Parameters
    ----------
    y : targets in [0, 1], of any shape
    z : logits, of the same shape

    Returns
    -------
    L

    Raises
    ------
    ValueError : different shapes, no elements, y outside [0, 1], or NaN in z
    """
    _check_binary(y, z)
    return float(np.mean(np.maximum(z, 0) - y * z + np.log1p(np.exp(-np.abs(z)))))


def binary_cross_entropy_grad(y: Array, z: Array) -> Array:
    """The gradient of `binary_cross_entropy` in z.

    ∂L/∂z = (σ(z) - y) / n

    Parameters, errors: as `binary_cross_entropy`. Returns an array of the shape of z.
    """
    _check_binary(y, z)
    return (sigmoid(z) - y) / np.size(z)


def cross_entropy(labels: NDArray[np.integer], logits: Array) -> float:
    """How many nats the labels cost a model whose probabilities are P = softmax(logits).

    L = -(1/n) Σ_i log P[i, label_i],   log P = z - log Σ_j e^(z_j),   z = logits - their row's max

    The logarithm is taken of the sum, never of a P that has become 0.

    Parameters
    ----------
    labels : (n,) integers in 0 … k-1
    logits : (n, k)

    Returns
    -------
    L

    Raises
    ------
    ValueError : shapes that do not fit, no elements, labels not integers or out of range, or NaN
        in logits
    """
    _check_classes(labels, logits)
    z = logits - logits.max(axis=1, keepdims=True)
    log_P = z - np.log(np.sum(np.exp(z), axis=1, keepdims=True))
    return float(-np.mean(log_P[np.arange(len(labels)), labels]))


def cross_entropy_grad(labels: NDArray[np.integer], logits: Array) -> Array:
    """The gradient of `cross_entropy` in the logits.

    ∂L/∂logits = (P - onehot(labels)) / n,   P = softmax(logits)

    Parameters, errors: as `cross_entropy`. Returns an (n, k) array.
    """
    _check_classes(labels, logits)
    onehot: Array = np.eye(logits.shape[1])[labels]
    return (softmax(logits) - onehot) / len(labels)


def _difference(y: Array, yhat: Array) -> Array:
    # An (n, 1) prediction for (n,) targets would make an (n, n) table, and a plausible loss.
    has_shape("yhat", yhat, np.shape(y), "as y")
    not_empty(yhat=yhat)
    return np.asarray(floats(yhat) - floats(y), dtype=np.float64)


def _check_binary(y: Array, z: Array) -> None:
    has_shape("z", z, np.shape(y), "as y")
    not_empty(z=z)
    no_nan(z=z)
    if not np.all((np.asarray(y) >= 0) & (np.asarray(y) <= 1)):
        raise ValueError("y has values that are not in [0, 1]; each must be a probability")


def _check_classes(labels: NDArray[np.integer], logits: Array) -> None:
    dimensions("logits", logits, 2)
    not_empty(logits=logits)
    no_nan(logits=logits)
    class_labels("labels", labels, *logits.shape)
