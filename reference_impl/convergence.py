"""How fast the heavy ball converges on a quadratic, and the pair that makes it fastest.

Along an eigenvector of the Hessian a quadratic is ½ λ θ², and a step is a 2×2 matrix. What happens
after many steps is decided by that matrix's eigenvalues.
"""

from __future__ import annotations

import numpy as np

from reference_impl._validate import Array, dimensions, not_empty, positive


def momentum_matrix(lr: float, momentum: float, lam: float) -> Array:
    """The heavy ball's step on ½ λ θ², as the matrix that takes (θ, v) to the next (θ, v).

    v' = μ v + η λ θ          (θ')   (1 - ηλ   -μ) (θ)
    θ' = θ - v'               (v') = (  ηλ      μ) (v)

    Its determinant is μ and its trace 1 + μ - ηλ.

    Parameters
    ----------
    lr : learning rate η
    momentum : share μ of the velocity that stays
    lam : curvature λ

    Returns
    -------
    (2, 2)

    Source: Polyak, "Some methods of speeding up the convergence of iteration methods", 1964.
    """
    push = lr * lam
    return np.array([[1 - push, -momentum], [push, momentum]])


def convergence_rate(lr: float, momentum: float, eigenvalues: Array) -> float:
    """The factor by which the slowest direction shrinks in a step, once the start is forgotten.

    max over λ of ρ(M(η, μ, λ)),   ρ(M) = the largest |eigenvalue| of M

    Below 1 the heavy ball converges on a quadratic with these curvatures, above 1 it diverges.

    Parameters
    ----------
    lr : learning rate η
    momentum : share μ of the velocity that stays
    eigenvalues : (d,) the curvatures λ

    Returns
    -------
    the rate, 0 or more

    Raises
    ------
    ValueError : eigenvalues that are not one-dimensional, or none
    """
    dimensions("eigenvalues", eigenvalues, 1)
    not_empty(eigenvalues=np.asarray(eigenvalues))
    matrices = [momentum_matrix(lr, momentum, lam) for lam in eigenvalues]
    return float(np.abs(np.linalg.eigvals(matrices)).max())


def best_momentum(H: Array) -> tuple[float, float]:
    """The learning rate and the momentum with which the heavy ball is fastest on ½ θᵀ H θ.

    η = (2 / (√λ_max + √λ_min))²,   μ = ((√λ_max - √λ_min) / (√λ_max + √λ_min))²

    With complex eigenvalues every direction shrinks by √μ in a step. They are complex for
    (1 - √μ)² < ηλ < (1 + √μ)². The smallest μ that still holds all curvatures between these two
    ends puts λ_min on the one and λ_max on the other.

    Parameters
    ----------
    H : (d, d) symmetric positive definite

    Returns
    -------
    (lr, momentum)

    Raises
    ------
    ValueError : H not square, not symmetric, or not positive definite

    Source: Polyak, 1964; Goh, "Why Momentum Really Works", Distill, 2017.
    """
    dimensions("H", H, 2)
    if H.shape[0] != H.shape[1] or not np.allclose(H, H.T):
        raise ValueError(f"H has shape {H.shape} and must be square and symmetric")
    eigenvalues = np.linalg.eigvalsh(H)
    positive(smallest_eigenvalue_of_H=float(eigenvalues[0]))
    flat, steep = np.sqrt(eigenvalues[[0, -1]])
    return float((2 / (steep + flat)) ** 2), float(((steep - flat) / (steep + flat)) ** 2)
