"""Softmax, which makes the scores of a row probabilities, and the gradient through it.

It stays apart from `activations`: notebook 06 imports the sigmoid from there, and its exercises are
the functions here. While an exercise is marked, the file that holds its answer is out of reach.
"""

from __future__ import annotations

import numpy as np

from reference_impl._validate import Array, dimensions, has_shape


def softmax(Z: Array) -> Array:
    """Scores as probabilities, row by row.

    P_ij = e^(Z_ij - max_k Z_ik) / Σ_k e^(Z_ik - max_k Z_ik)

    Without the maximum the value would be the same, but e^1000 overflows.

    Parameters
    ----------
    Z : (n, k) logits, one row per sample

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
