"""How much of the gradient each layer of a network gets."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from reference_impl._validate import Array
from reference_impl.activations import relu, relu_grad
from reference_impl.losses import cross_entropy_grad
from reference_impl.mlp import Params, mlp_backward, mlp_forward


def gradient_norms(params: Params, X: Array, labels: NDArray[np.integer]) -> Array:
    """The size of each layer's gradient: whether it dies, explodes or lasts on its way back.

    ‖∂L/∂W_l‖ = √(Σ_ij (∂L/∂W_l)_ij²),   L the mean cross-entropy, ReLU between the layers

    Parameters
    ----------
    params : (W, b) of each layer, W (fan_in, fan_out) and b (fan_out,)
    X : (n, d) one row per sample
    labels : (n,) integers from 0

    Returns
    -------
    (layers,) the first layer first

    Raises
    ------
    ValueError : no layers, or shapes that do not fit

    Source: Glorot and Bengio, "Understanding the difficulty of training deep feedforward neural
    networks", 2010, which looks at these layer by layer.
    """
    logits, caches = mlp_forward(X, params, relu)
    grads = mlp_backward(cross_entropy_grad(labels, logits), caches, params, relu_grad)
    return np.array([np.linalg.norm(dW) for dW, _ in grads])
