"""Gradient descent itself: the full gradient, the mini-batches, and how large a step may be.

Every optimizer's single step stands in `optimizers`. The two files stay apart: notebook 11 imports
`minibatches`, and `optimizers.adamw_step` is an exercise there. While an exercise is marked, the
file that holds its answer is out of reach.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from reference_impl._validate import Array, dimensions, has_shape, not_negative, positive
from reference_impl.losses import mse_and_gradient


def gradient_descent(grad: Callable[[Array], Array], theta: Array, lr: float, steps: int) -> Array:
    """Walk against the gradient and keep every point on the way.

    θ_{t+1} = θ_t - η ∇f(θ_t)

    Parameters
    ----------
    grad : the function ∇f, (d,) → (d,)
    theta : (d,) the start θ_0; not changed
    lr : learning rate η
    steps : number of steps

    Returns
    -------
    (steps+1, d) θ_0 … θ_steps

    Raises
    ------
    ValueError : theta not one-dimensional, or steps negative

    Source: Cauchy, "Méthode générale pour la résolution des systèmes d'équations simultanées",
    1847.
    """
    dimensions("theta", theta, 1)
    not_negative(steps=steps)
    trajectory = [np.array(theta, dtype=np.float64)]
    for _ in range(steps):
        theta = theta - lr * grad(theta)
        trajectory.append(theta)
    return np.array(trajectory)


def minibatches(n: int, batch_size: int, rng: np.random.Generator) -> list[NDArray[np.intp]]:
    """One epoch of mini-batches: every sample once, in a new order, the short last batch kept.

    Parameters
    ----------
    n : number of samples
    batch_size : samples in a batch; the last may have fewer
    rng : source of the order

    Returns
    -------
    ⌈n / batch_size⌉ index arrays

    Raises
    ------
    ValueError : n negative, or batch_size not above 0
    """
    not_negative(n=n)
    positive(batch_size=batch_size)
    order = rng.permutation(n)
    return [order[i : i + batch_size] for i in range(0, n, batch_size)]


def sgd_epoch(
    w: Array, X: Array, y: Array, lr: float, batch_size: int, rng: np.random.Generator
) -> Array:
    """One epoch of stochastic gradient descent on the mean squared error of ŷ = X w.

    w = w - η ∇L(w; batch)   for each mini-batch in turn

    A batch size of n is gradient descent, of 1 the purely stochastic form.

    Parameters
    ----------
    w : (d,) weights; not changed
    X : (n, d) one row per sample
    y : (n,) targets
    lr : learning rate η
    batch_size : samples per step
    rng : source of the order of the samples

    Returns
    -------
    (d,) the weights after the epoch

    Raises
    ------
    ValueError : shapes that do not fit, or batch_size not above 0

    Source: Robbins and Monro, "A Stochastic Approximation Method", 1951.
    """
    has_shape("y", y, np.shape(X)[:1], "one target per row of X")
    w = np.array(w, dtype=np.float64)
    for batch in minibatches(len(X), batch_size, rng):
        _, gradient = mse_and_gradient(w, X[batch], y[batch])
        w = w - lr * gradient
    return w


def largest_stable_lr(H: Array) -> float:
    """The learning rate above which gradient descent on ½ θᵀ H θ diverges.

    2 / λ_max(H)

    Along an eigenvector of λ a step multiplies the error by 1 - ηλ; that stays in (-1, 1) for
    0 < η < 2/λ.

    Parameters
    ----------
    H : (d, d) symmetric positive definite

    Returns
    -------
    2 / λ_max

    Raises
    ------
    ValueError : H not square, not symmetric, or not positive definite
    """
    dimensions("H", H, 2)
    if H.shape[0] != H.shape[1] or not np.allclose(H, H.T):
        raise ValueError(f"H has shape {H.shape} and must be square and symmetric")
    eigenvalues = np.linalg.eigvalsh(H)
    positive(smallest_eigenvalue_of_H=float(eigenvalues[0]))
    return float(2 / eigenvalues[-1])
