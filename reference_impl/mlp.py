"""The textbook network: dense layers with an activation between them, forwards and backwards.

Everything is a pure function over `params`, a list with one pair (W, b) per layer. `network` holds
the form that is built for speed.
"""

from __future__ import annotations

from collections.abc import Callable

from reference_impl._validate import Array
from reference_impl.dense import dense_backward, dense_forward

Activation = Callable[[Array], Array]
Params = list[tuple[Array, Array]]
Caches = list[tuple[Array, Array]]


def mlp_forward(X: Array, params: Params, activation: Activation) -> tuple[Array, Caches]:
    """From samples to logits.

    H_0 = X,   Z_l = H_{l-1} W_l + b_l,   H_l = activation(Z_l);   the last Z are the logits

    Parameters
    ----------
    X : (n, d) one row per sample
    params : (W, b) of each layer, W (fan_in, fan_out) and b (fan_out,)
    activation : elementwise function of z, between the layers; what it makes of the last Z is not
        used

    Returns
    -------
    (logits (n, k), caches), where caches holds (H_{l-1}, Z_l) of each layer for `mlp_backward`

    Raises
    ------
    ValueError : no layers, or shapes that do not fit
    """
    if not params:
        raise ValueError("params is empty; it needs a (W, b) for each layer")
    caches: Caches = []
    H = X
    for W, b in params:
        Z = dense_forward(H, W, b)
        caches.append((H, Z))
        H = activation(Z)
    return Z, caches


def mlp_backward(
    dlogits: Array, caches: Caches, params: Params, activation_grad: Activation
) -> Params:
    """The gradient of every weight and bias, from the last layer to the first.

    dZ_L = dlogits,   (dH_{l-1}, dW_l, db_l) = dense_backward(dZ_l, H_{l-1}, W_l)
    dZ_{l-1} = dH_{l-1} · activation'(Z_{l-1})

    Parameters
    ----------
    dlogits : (n, k) gradient of the loss in the logits
    caches, params : of `mlp_forward`
    activation_grad : derivative of the activation, at z

    Returns
    -------
    (dW, db) of each layer, the first layer first

    Raises
    ------
    ValueError : shapes that do not fit

    Source: Rumelhart, Hinton and Williams, "Learning representations by back-propagating errors",
    1986.
    """
    grads: Params = []
    dZ = dlogits
    for layer in reversed(range(len(params))):
        H, _ = caches[layer]
        W, _ = params[layer]
        dH, dW, db = dense_backward(dZ, H, W)
        grads.append((dW, db))
        if layer > 0:
            _, Z = caches[layer - 1]
            dZ = dH * activation_grad(Z)
    return grads[::-1]
