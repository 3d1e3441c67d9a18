"""Gradients: checked by central differences, and clipped."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

import numpy as np

from reference_impl._validate import Array, positive


def numerical_gradient(f: Callable[[Array], float], x: Array, h: float = 1e-5) -> Array:
    """The gradient of f at x by central differences.

    ∂f/∂x_i ≈ (f(x + h e_i) - f(x - h e_i)) / 2h

    Parameters
    ----------
    f : scalar function of an array of the shape of x
    x : array of any shape; not changed
    h : step; the error falls as h² until rounding, about 1e-16 / h, takes over

    Returns
    -------
    array of the shape of x

    Raises
    ------
    ValueError : h not above 0
    """
    positive(h=h)
    x = np.asarray(x, dtype=np.float64)
    gradient = np.empty_like(x)
    for i in np.ndindex(x.shape):
        h_e = np.zeros_like(x)
        h_e[i] = h
        gradient[i] = (f(x + h_e) - f(x - h_e)) / (2 * h)
    return gradient


def relative_error(a: Array, b: Array) -> float:
    """The largest difference of two arrays, relative to their size.

    max_i |a_i - b_i| / max(1e-8, |a_i| + |b_i|)

    Parameters
    ----------
    a, b : arrays of the same shape

    Returns
    -------
    0 when equal, 1 for opposite signs; NaN if a NaN or an infinity is in either

    Raises
    ------
    ValueError : different shapes
    """
    a, b = np.asarray(a, dtype=np.float64), np.asarray(b, dtype=np.float64)
    if a.shape != b.shape:
        raise ValueError(f"b has shape {b.shape}; it needs {a.shape}, as a")
    errors = np.abs(a - b) / np.maximum(1e-8, np.abs(a) + np.abs(b))
    return float(np.max(errors, initial=0.0))


def clip_by_value(grads: Sequence[Array], limit: float) -> list[Array]:
    """Every element cut to [-limit, limit]; the direction of the gradient may turn.

    g_i = min(max(g_i, -limit), limit)

    Parameters
    ----------
    grads : arrays of any shapes; not changed
    limit : above 0

    Returns
    -------
    list of new arrays

    Raises
    ------
    ValueError : limit not above 0
    """
    positive(limit=limit)
    return [np.clip(g, -limit, limit) for g in grads]


def clip_by_global_norm(grads: Sequence[Array], max_norm: float) -> tuple[list[Array], float]:
    """All gradients shortened by one factor when together they are too long.

    ‖g‖ = √(Σ over all arrays of Σ g²);   g · max_norm / ‖g‖ if ‖g‖ > max_norm, else g

    PyTorch's `clip_grad_norm_` divides by ‖g‖ + 1e-6 instead.

    Parameters
    ----------
    grads : arrays of any shapes; not changed
    max_norm : above 0

    Returns
    -------
    (list of new arrays, ‖g‖ before clipping)

    Raises
    ------
    ValueError : max_norm not above 0

    Source: Pascanu, Mikolov and Bengio, "On the difficulty of training recurrent neural
    networks", 2013, algorithm 1.
    """
    positive(max_norm=max_norm)
    norm = _global_norm(grads)
    scale = max_norm / norm if norm > max_norm else 1.0
    return [g * scale for g in grads], norm


def _global_norm(grads: Sequence[Array]) -> float:
    with np.errstate(over="ignore"):
        norm = math.sqrt(sum(float(np.sum(g**2)) for g in grads))
    largest = max((float(np.max(np.abs(g), initial=0.0)) for g in grads), default=0.0)
    if math.isinf(norm) and math.isfinite(largest):  # only the squares have become infinite
        norm = largest * _global_norm([g / largest for g in grads])
    return norm
