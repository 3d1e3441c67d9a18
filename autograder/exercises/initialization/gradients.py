"""The size of each layer's gradient in a network with ReLU."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import numpy as np

from autograder.checking.exercise import Case, Exercise
from autograder.exercises._cases import Rng, call
from reference_impl import gradient_flow

gradient_norms = Exercise(
    "gradient_norms",
    reference=gradient_flow.gradient_norms,
    hint="Logits and caches from mlp_forward, the gradient of the logits from cross_entropy_grad, "
    "all (dW, db) from mlp_backward; then np.linalg.norm of each dW.",
    minutes=8,
    difficulty=3,
)


def _network(rng: Rng, label: str, sizes: Sequence[int], n: int = 9) -> Case:
    """Biases other than 0, inputs of both signs, and every class among the labels."""
    params = [
        (rng.normal(size=(a, b)) * np.sqrt(2 / a), rng.normal(0.2, 0.3, b))
        for a, b in pairwise(sizes)
    ]
    labels = rng.permutation(np.arange(n) % sizes[-1])
    return call(label, params, rng.normal(0.3, 1.0, (n, sizes[0])), labels)


@gradient_norms.cases("no hidden layer", points=1)
def _(rng: Rng) -> list[Case]:
    return [
        _network(rng, "one layer, 3 classes", (4, 3)),
        _network(rng, "one layer, 2 classes", (3, 2), n=8),
    ]


@gradient_norms.cases("through ReLU", points=3)
def _(rng: Rng) -> list[Case]:
    return [
        _network(rng, "two layers", (4, 7, 3)),
        _network(rng, "four layers of different widths", (3, 8, 6, 7, 4), n=12),
        _network(rng, "eight layers of 6 units", (6,) * 8 + (3,), n=12),
    ]


@gradient_norms.misconception(
    "last layer first",
    "Your norms run from the last layer to the first, as the backward pass does: turn them round.",
)
def _(params, X, labels):
    H, caches = X, []
    for W, b in params:
        Z = H @ W + b
        caches.append((H, Z))
        H = np.maximum(Z, 0)
    P = np.exp(Z - Z.max(axis=1, keepdims=True))
    P = P / P.sum(axis=1, keepdims=True)
    P[np.arange(len(X)), labels] -= 1
    dZ, norms = P / len(X), []
    for k in reversed(range(len(params))):
        H, _ = caches[k]
        norms.append(np.linalg.norm(H.T @ dZ))
        if k > 0:
            dZ = (dZ @ params[k][0].T) * (caches[k - 1][1] > 0)
    return norms


@gradient_norms.misconception(
    "ReLU forgotten on the way back",
    "The gradient passes every ReLU in yours. Where Z was not above 0, ReLU lets nothing "
    "back: multiply by relu_grad(Z).",
)
def _(params, X, labels):
    H, caches = X, []
    for W, b in params:
        Z = H @ W + b
        caches.append((H, Z))
        H = np.maximum(Z, 0)
    P = np.exp(Z - Z.max(axis=1, keepdims=True))
    P = P / P.sum(axis=1, keepdims=True)
    P[np.arange(len(X)), labels] -= 1
    dZ, norms = P / len(X), []
    for k in reversed(range(len(params))):
        H, _ = caches[k]
        norms.append(np.linalg.norm(H.T @ dZ))
        if k > 0:
            dZ = dZ @ params[k][0].T
    return norms[::-1]


@gradient_norms.misconception(
    "ReLU of the wrong layer",
    "You multiply by ReLU's slope at the Z of the layer behind. The gradient that arrives at "
    "a layer's output passes that layer's own ReLU.",
)
def _(params, X, labels):
    H, caches = X, []
    for W, b in params:
        Z = H @ W + b
        caches.append((H, Z))
        H = np.maximum(Z, 0)
    P = np.exp(Z - Z.max(axis=1, keepdims=True))
    P = P / P.sum(axis=1, keepdims=True)
    P[np.arange(len(X)), labels] -= 1
    dZ, norms = P / len(X), []
    for k in reversed(range(len(params))):
        H, _ = caches[k]
        dZ = dZ * (caches[k][1] > 0) if k < len(params) - 1 else dZ
        dZ = dZ * (caches[k][1] > 0)
        norms.append(np.linalg.norm(H.T @ dZ))
        if k > 0:
            dZ = dZ @ params[k][0].T
    return norms[::-1]


@gradient_norms.misconception(
    "summed over the batch",
    "Your gradient is that of the *sum* over the samples. The loss is their mean: divide by "
    "n, once.",
)
def _(params, X, labels):
    H, caches = X, []
    for W, b in params:
        Z = H @ W + b
        caches.append((H, Z))
        H = np.maximum(Z, 0)
    P = np.exp(Z - Z.max(axis=1, keepdims=True))
    P = P / P.sum(axis=1, keepdims=True)
    P[np.arange(len(X)), labels] -= 1
    dZ, norms = P, []
    for k in reversed(range(len(params))):
        H, _ = caches[k]
        norms.append(np.linalg.norm(H.T @ dZ))
        if k > 0:
            dZ = (dZ @ params[k][0].T) * (caches[k - 1][1] > 0)
    return norms[::-1]


@gradient_norms.misconception(
    "divided by n twice",
    "You divide by n twice. cross_entropy_grad has the mean in it already.",
)
def _(params, X, labels):
    H, caches = X, []
    for W, b in params:
        Z = H @ W + b
        caches.append((H, Z))
        H = np.maximum(Z, 0)
    P = np.exp(Z - Z.max(axis=1, keepdims=True))
    P = P / P.sum(axis=1, keepdims=True)
    P[np.arange(len(X)), labels] -= 1
    dZ, norms = P / len(X) ** 2, []
    for k in reversed(range(len(params))):
        H, _ = caches[k]
        norms.append(np.linalg.norm(H.T @ dZ))
        if k > 0:
            dZ = (dZ @ params[k][0].T) * (caches[k - 1][1] > 0)
    return norms[::-1]


@gradient_norms.misconception(
    "labels not subtracted",
    "The gradient of the logits is (softmax − one-hot labels) / n. The labels have no part in "
    "yours.",
)
def _(params, X, labels):
    H, caches = X, []
    for W, b in params:
        Z = H @ W + b
        caches.append((H, Z))
        H = np.maximum(Z, 0)
    P = np.exp(Z - Z.max(axis=1, keepdims=True))
    P = P / P.sum(axis=1, keepdims=True)
    dZ, norms = P / len(X), []
    for k in reversed(range(len(params))):
        H, _ = caches[k]
        norms.append(np.linalg.norm(H.T @ dZ))
        if k > 0:
            dZ = (dZ @ params[k][0].T) * (caches[k - 1][1] > 0)
    return norms[::-1]


@gradient_norms.misconception(
    "logits without softmax",
    "You subtract the labels from the logits. The gradient of the cross-entropy needs the "
    "softmax of the logits first.",
)
def _(params, X, labels):
    H, caches = X, []
    for W, b in params:
        Z = H @ W + b
        caches.append((H, Z))
        H = np.maximum(Z, 0)
    P = Z.copy()
    P[np.arange(len(X)), labels] -= 1
    dZ, norms = P / len(X), []
    for k in reversed(range(len(params))):
        H, _ = caches[k]
        norms.append(np.linalg.norm(H.T @ dZ))
        if k > 0:
            dZ = (dZ @ params[k][0].T) * (caches[k - 1][1] > 0)
    return norms[::-1]


@gradient_norms.misconception(
    "squared norms",
    "Your numbers are sums of squares: a norm is the root of that sum, as np.linalg.norm gives it.",
)
def _(params, X, labels):
    H, caches = X, []
    for W, b in params:
        Z = H @ W + b
        caches.append((H, Z))
        H = np.maximum(Z, 0)
    P = np.exp(Z - Z.max(axis=1, keepdims=True))
    P = P / P.sum(axis=1, keepdims=True)
    P[np.arange(len(X)), labels] -= 1
    dZ, norms = P / len(X), []
    for k in reversed(range(len(params))):
        H, _ = caches[k]
        norms.append(np.sum((H.T @ dZ) ** 2))
        if k > 0:
            dZ = (dZ @ params[k][0].T) * (caches[k - 1][1] > 0)
    return norms[::-1]


@gradient_norms.misconception(
    "root of the mean square",
    "You take the root of the *mean* of the squares. The norm is the root of their sum, "
    "without a division by the number of weights.",
)
def _(params, X, labels):
    H, caches = X, []
    for W, b in params:
        Z = H @ W + b
        caches.append((H, Z))
        H = np.maximum(Z, 0)
    P = np.exp(Z - Z.max(axis=1, keepdims=True))
    P = P / P.sum(axis=1, keepdims=True)
    P[np.arange(len(X)), labels] -= 1
    dZ, norms = P / len(X), []
    for k in reversed(range(len(params))):
        H, _ = caches[k]
        norms.append(np.sqrt(np.mean((H.T @ dZ) ** 2)))
        if k > 0:
            dZ = (dZ @ params[k][0].T) * (caches[k - 1][1] > 0)
    return norms[::-1]


@gradient_norms.misconception(
    "sum of absolute values",
    "You add up absolute values. The norm here is the root of the sum of squares, np.linalg.norm.",
)
def _(params, X, labels):
    H, caches = X, []
    for W, b in params:
        Z = H @ W + b
        caches.append((H, Z))
        H = np.maximum(Z, 0)
    P = np.exp(Z - Z.max(axis=1, keepdims=True))
    P = P / P.sum(axis=1, keepdims=True)
    P[np.arange(len(X)), labels] -= 1
    dZ, norms = P / len(X), []
    for k in reversed(range(len(params))):
        H, _ = caches[k]
        norms.append(np.abs(H.T @ dZ).sum())
        if k > 0:
            dZ = (dZ @ params[k][0].T) * (caches[k - 1][1] > 0)
    return norms[::-1]


@gradient_norms.misconception(
    "mean absolute value",
    "You take the mean of the absolute values. The norm is the root of the sum of squares, "
    "np.linalg.norm.",
)
def _(params, X, labels):
    H, caches = X, []
    for W, b in params:
        Z = H @ W + b
        caches.append((H, Z))
        H = np.maximum(Z, 0)
    P = np.exp(Z - Z.max(axis=1, keepdims=True))
    P = P / P.sum(axis=1, keepdims=True)
    P[np.arange(len(X)), labels] -= 1
    dZ, norms = P / len(X), []
    for k in reversed(range(len(params))):
        H, _ = caches[k]
        norms.append(np.abs(H.T @ dZ).mean())
        if k > 0:
            dZ = (dZ @ params[k][0].T) * (caches[k - 1][1] > 0)
    return norms[::-1]


@gradient_norms.misconception(
    "largest element",
    "You take the largest element of each gradient. The norm counts all of them: the root of "
    "the sum of squares.",
)
def _(params, X, labels):
    H, caches = X, []
    for W, b in params:
        Z = H @ W + b
        caches.append((H, Z))
        H = np.maximum(Z, 0)
    P = np.exp(Z - Z.max(axis=1, keepdims=True))
    P = P / P.sum(axis=1, keepdims=True)
    P[np.arange(len(X)), labels] -= 1
    dZ, norms = P / len(X), []
    for k in reversed(range(len(params))):
        H, _ = caches[k]
        norms.append(np.abs(H.T @ dZ).max())
        if k > 0:
            dZ = (dZ @ params[k][0].T) * (caches[k - 1][1] > 0)
    return norms[::-1]


@gradient_norms.misconception(
    "spectral norm",
    "np.linalg.norm(dW, 2) is the largest singular value. Leave the 2 out: the root of the "
    "sum of all squares is asked for.",
)
def _(params, X, labels):
    H, caches = X, []
    for W, b in params:
        Z = H @ W + b
        caches.append((H, Z))
        H = np.maximum(Z, 0)
    P = np.exp(Z - Z.max(axis=1, keepdims=True))
    P = P / P.sum(axis=1, keepdims=True)
    P[np.arange(len(X)), labels] -= 1
    dZ, norms = P / len(X), []
    for k in reversed(range(len(params))):
        H, _ = caches[k]
        norms.append(np.linalg.norm(H.T @ dZ, 2))
        if k > 0:
            dZ = (dZ @ params[k][0].T) * (caches[k - 1][1] > 0)
    return norms[::-1]


@gradient_norms.misconception(
    "standard deviation",
    "You measure the standard deviation of each gradient. Its norm is asked for: the root of "
    "the sum of squares, with no mean taken off.",
)
def _(params, X, labels):
    H, caches = X, []
    for W, b in params:
        Z = H @ W + b
        caches.append((H, Z))
        H = np.maximum(Z, 0)
    P = np.exp(Z - Z.max(axis=1, keepdims=True))
    P = P / P.sum(axis=1, keepdims=True)
    P[np.arange(len(X)), labels] -= 1
    dZ, norms = P / len(X), []
    for k in reversed(range(len(params))):
        H, _ = caches[k]
        norms.append(np.std(H.T @ dZ))
        if k > 0:
            dZ = (dZ @ params[k][0].T) * (caches[k - 1][1] > 0)
    return norms[::-1]


@gradient_norms.misconception(
    "bias in the norm",
    "Your norms count the bias's gradient as well. Only the weights W are asked for.",
)
def _(params, X, labels):
    H, caches = X, []
    for W, b in params:
        Z = H @ W + b
        caches.append((H, Z))
        H = np.maximum(Z, 0)
    P = np.exp(Z - Z.max(axis=1, keepdims=True))
    P = P / P.sum(axis=1, keepdims=True)
    P[np.arange(len(X)), labels] -= 1
    dZ, norms = P / len(X), []
    for k in reversed(range(len(params))):
        H, _ = caches[k]
        norms.append(np.sqrt(np.sum((H.T @ dZ) ** 2) + np.sum(dZ.sum(axis=0) ** 2)))
        if k > 0:
            dZ = (dZ @ params[k][0].T) * (caches[k - 1][1] > 0)
    return norms[::-1]


@gradient_norms.misconception(
    "of the biases",
    "These are the norms of the biases' gradients. In each pair (dW, db) the first one is "
    "asked for.",
)
def _(params, X, labels):
    H, caches = X, []
    for W, b in params:
        Z = H @ W + b
        caches.append((H, Z))
        H = np.maximum(Z, 0)
    P = np.exp(Z - Z.max(axis=1, keepdims=True))
    P = P / P.sum(axis=1, keepdims=True)
    P[np.arange(len(X)), labels] -= 1
    dZ, norms = P / len(X), []
    for k in reversed(range(len(params))):
        H, _ = caches[k]
        norms.append(np.linalg.norm(dZ.sum(axis=0)))
        if k > 0:
            dZ = (dZ @ params[k][0].T) * (caches[k - 1][1] > 0)
    return norms[::-1]


@gradient_norms.misconception(
    "of the pre-activations",
    "These are the norms of ∂L/∂Z. The gradient of a layer's weights is Hᵀ times that, with "
    "the H that goes into the layer.",
)
def _(params, X, labels):
    H, caches = X, []
    for W, b in params:
        Z = H @ W + b
        caches.append((H, Z))
        H = np.maximum(Z, 0)
    P = np.exp(Z - Z.max(axis=1, keepdims=True))
    P = P / P.sum(axis=1, keepdims=True)
    P[np.arange(len(X)), labels] -= 1
    dZ, norms = P / len(X), []
    for k in reversed(range(len(params))):
        H, _ = caches[k]
        norms.append(np.linalg.norm(dZ))
        if k > 0:
            dZ = (dZ @ params[k][0].T) * (caches[k - 1][1] > 0)
    return norms[::-1]


@gradient_norms.misconception(
    "of the inputs",
    "These are the norms of the gradients that leave the layers, ∂L/∂H. The gradients of the "
    "weights are asked for: Hᵀ ∂L/∂Z.",
)
def _(params, X, labels):
    H, caches = X, []
    for W, b in params:
        Z = H @ W + b
        caches.append((H, Z))
        H = np.maximum(Z, 0)
    P = np.exp(Z - Z.max(axis=1, keepdims=True))
    P = P / P.sum(axis=1, keepdims=True)
    P[np.arange(len(X)), labels] -= 1
    dZ, norms = P / len(X), []
    for k in reversed(range(len(params))):
        H, _ = caches[k]
        norms.append(np.linalg.norm(dZ @ params[k][0].T))
        if k > 0:
            dZ = (dZ @ params[k][0].T) * (caches[k - 1][1] > 0)
    return norms[::-1]


@gradient_norms.misconception(
    "of the weights",
    "These are the norms of the weights themselves. Their gradients are asked for: go "
    "forward, then back.",
)
def _(params, X, labels):
    H, caches = X, []
    for W, b in params:
        Z = H @ W + b
        caches.append((H, Z))
        H = np.maximum(Z, 0)
    P = np.exp(Z - Z.max(axis=1, keepdims=True))
    P = P / P.sum(axis=1, keepdims=True)
    P[np.arange(len(X)), labels] -= 1
    dZ, norms = P / len(X), []
    for k in reversed(range(len(params))):
        H, _ = caches[k]
        norms.append(np.linalg.norm(params[k][0]))
        if k > 0:
            dZ = (dZ @ params[k][0].T) * (caches[k - 1][1] > 0)
    return norms[::-1]


@gradient_norms.misconception(
    "relative to the weights",
    "You divide each norm by the norm of the layer's weights. That is worth knowing, but here "
    "the gradient's own norm is asked for.",
)
def _(params, X, labels):
    H, caches = X, []
    for W, b in params:
        Z = H @ W + b
        caches.append((H, Z))
        H = np.maximum(Z, 0)
    P = np.exp(Z - Z.max(axis=1, keepdims=True))
    P = P / P.sum(axis=1, keepdims=True)
    P[np.arange(len(X)), labels] -= 1
    dZ, norms = P / len(X), []
    for k in reversed(range(len(params))):
        H, _ = caches[k]
        norms.append(np.linalg.norm(H.T @ dZ) / np.linalg.norm(params[k][0]))
        if k > 0:
            dZ = (dZ @ params[k][0].T) * (caches[k - 1][1] > 0)
    return norms[::-1]


@gradient_norms.misconception(
    "powers of ten",
    "You return logarithms. Return the norms themselves; the picture takes the logarithm.",
)
def _(params, X, labels):
    H, caches = X, []
    for W, b in params:
        Z = H @ W + b
        caches.append((H, Z))
        H = np.maximum(Z, 0)
    P = np.exp(Z - Z.max(axis=1, keepdims=True))
    P = P / P.sum(axis=1, keepdims=True)
    P[np.arange(len(X)), labels] -= 1
    dZ, norms = P / len(X), []
    for k in reversed(range(len(params))):
        H, _ = caches[k]
        norms.append(np.log10(np.linalg.norm(H.T @ dZ)))
        if k > 0:
            dZ = (dZ @ params[k][0].T) * (caches[k - 1][1] > 0)
    return norms[::-1]


@gradient_norms.misconception(
    "one norm for all",
    "You return one number for the whole network. Return one for each layer.",
)
def _(params, X, labels):
    H, caches = X, []
    for W, b in params:
        Z = H @ W + b
        caches.append((H, Z))
        H = np.maximum(Z, 0)
    P = np.exp(Z - Z.max(axis=1, keepdims=True))
    P = P / P.sum(axis=1, keepdims=True)
    P[np.arange(len(X)), labels] -= 1
    dZ, norms = P / len(X), []
    for k in reversed(range(len(params))):
        H, _ = caches[k]
        norms.append(np.linalg.norm(H.T @ dZ))
        if k > 0:
            dZ = (dZ @ params[k][0].T) * (caches[k - 1][1] > 0)
    return np.sqrt(np.sum(np.square(norms)))


@gradient_norms.misconception(
    "without the last layer",
    "The last layer is missing. It has weights as well: return a norm for each pair in params.",
)
def _(params, X, labels):
    H, caches = X, []
    for W, b in params:
        Z = H @ W + b
        caches.append((H, Z))
        H = np.maximum(Z, 0)
    P = np.exp(Z - Z.max(axis=1, keepdims=True))
    P = P / P.sum(axis=1, keepdims=True)
    P[np.arange(len(X)), labels] -= 1
    dZ, norms = P / len(X), []
    for k in reversed(range(len(params))):
        H, _ = caches[k]
        norms.append(np.linalg.norm(H.T @ dZ))
        if k > 0:
            dZ = (dZ @ params[k][0].T) * (caches[k - 1][1] > 0)
    return norms[:0:-1]


@gradient_norms.misconception(
    "ReLU after the last layer",
    "You apply ReLU to the logits. The last layer stays linear.",
)
def _(params, X, labels):
    H, caches = X, []
    for W, b in params:
        Z = H @ W + b
        caches.append((H, Z))
        H = np.maximum(Z, 0)
    Z = np.maximum(Z, 0)
    P = np.exp(Z - Z.max(axis=1, keepdims=True))
    P = P / P.sum(axis=1, keepdims=True)
    P[np.arange(len(X)), labels] -= 1
    dZ, norms = P / len(X), []
    for k in reversed(range(len(params))):
        H, _ = caches[k]
        norms.append(np.linalg.norm(H.T @ dZ))
        if k > 0:
            dZ = (dZ @ params[k][0].T) * (caches[k - 1][1] > 0)
    return norms[::-1]


@gradient_norms.misconception(
    "ReLU on the inputs",
    "You apply ReLU to X. The first layer gets the samples as they are.",
)
def _(params, X, labels):
    H, caches = np.maximum(X, 0), []
    for W, b in params:
        Z = H @ W + b
        caches.append((H, Z))
        H = np.maximum(Z, 0)
    P = np.exp(Z - Z.max(axis=1, keepdims=True))
    P = P / P.sum(axis=1, keepdims=True)
    P[np.arange(len(X)), labels] -= 1
    dZ, norms = P / len(X), []
    for k in reversed(range(len(params))):
        H, _ = caches[k]
        norms.append(np.linalg.norm(H.T @ dZ))
        if k > 0:
            dZ = (dZ @ params[k][0].T) * (caches[k - 1][1] > 0)
    return norms[::-1]


@gradient_norms.misconception(
    "biases left out",
    "Your forward pass leaves out the biases: each layer is H @ W + b.",
)
def _(params, X, labels):
    H, caches = X, []
    for W, b in params:
        Z = H @ W + 0 * b
        caches.append((H, Z))
        H = np.maximum(Z, 0)
    P = np.exp(Z - Z.max(axis=1, keepdims=True))
    P = P / P.sum(axis=1, keepdims=True)
    P[np.arange(len(X)), labels] -= 1
    dZ, norms = P / len(X), []
    for k in reversed(range(len(params))):
        H, _ = caches[k]
        norms.append(np.linalg.norm(H.T @ dZ))
        if k > 0:
            dZ = (dZ @ params[k][0].T) * (caches[k - 1][1] > 0)
    return norms[::-1]


@gradient_norms.misconception(
    "no ReLU at all",
    "There is no ReLU in yours. Without it all layers together are one linear layer.",
)
def _(params, X, labels):
    H, caches = X, []
    for W, b in params:
        Z = H @ W + b
        caches.append((H, Z))
        H = Z
    P = np.exp(Z - Z.max(axis=1, keepdims=True))
    P = P / P.sum(axis=1, keepdims=True)
    P[np.arange(len(X)), labels] -= 1
    dZ, norms = P / len(X), []
    for k in reversed(range(len(params))):
        H, _ = caches[k]
        norms.append(np.linalg.norm(H.T @ dZ))
        if k > 0:
            dZ = dZ @ params[k][0].T
    return norms[::-1]


@gradient_norms.misconception(
    "no ReLU going forward",
    "ReLU is missing in your forward pass. Hand relu to mlp_forward, and relu_grad to "
    "mlp_backward.",
)
def _(params, X, labels):
    H, caches = X, []
    for W, b in params:
        Z = H @ W + b
        caches.append((H, Z))
        H = Z
    P = np.exp(Z - Z.max(axis=1, keepdims=True))
    P = P / P.sum(axis=1, keepdims=True)
    P[np.arange(len(X)), labels] -= 1
    dZ, norms = P / len(X), []
    for k in reversed(range(len(params))):
        H, _ = caches[k]
        norms.append(np.linalg.norm(H.T @ dZ))
        if k > 0:
            dZ = (dZ @ params[k][0].T) * (caches[k - 1][1] > 0)
    return norms[::-1]


@gradient_norms.misconception(
    "tanh",
    "Your network has tanh between its layers. Here it is ReLU.",
)
def _(params, X, labels):
    H, caches = X, []
    for W, b in params:
        Z = H @ W + b
        caches.append((H, Z))
        H = np.tanh(Z)
    P = np.exp(Z - Z.max(axis=1, keepdims=True))
    P = P / P.sum(axis=1, keepdims=True)
    P[np.arange(len(X)), labels] -= 1
    dZ, norms = P / len(X), []
    for k in reversed(range(len(params))):
        H, _ = caches[k]
        norms.append(np.linalg.norm(H.T @ dZ))
        if k > 0:
            dZ = (dZ @ params[k][0].T) * (1 - np.tanh(caches[k - 1][1]) ** 2)
    return norms[::-1]


@gradient_norms.misconception(
    "sigmoid",
    "Your network has sigmoids between its layers. Here it is ReLU.",
)
def _(params, X, labels):
    H, caches = X, []
    for W, b in params:
        Z = H @ W + b
        caches.append((H, Z))
        H = 1 / (1 + np.exp(-Z))
    P = np.exp(Z - Z.max(axis=1, keepdims=True))
    P = P / P.sum(axis=1, keepdims=True)
    P[np.arange(len(X)), labels] -= 1
    dZ, norms = P / len(X), []
    for k in reversed(range(len(params))):
        H, _ = caches[k]
        norms.append(np.linalg.norm(H.T @ dZ))
        if k > 0:
            dZ = (
                (dZ @ params[k][0].T)
                * np.exp(-caches[k - 1][1])
                / (1 + np.exp(-caches[k - 1][1])) ** 2
            )
    return norms[::-1]


@gradient_norms.misconception(
    "relu where its slope belongs",
    "You multiply by ReLU itself on the way back. Multiply by its slope: 1 where Z is above "
    "0, else 0. Hand relu_grad to mlp_backward.",
)
def _(params, X, labels):
    H, caches = X, []
    for W, b in params:
        Z = H @ W + b
        caches.append((H, Z))
        H = np.maximum(Z, 0)
    P = np.exp(Z - Z.max(axis=1, keepdims=True))
    P = P / P.sum(axis=1, keepdims=True)
    P[np.arange(len(X)), labels] -= 1
    dZ, norms = P / len(X), []
    for k in reversed(range(len(params))):
        H, _ = caches[k]
        norms.append(np.linalg.norm(H.T @ dZ))
        if k > 0:
            dZ = (dZ @ params[k][0].T) * np.maximum(caches[k - 1][1], 0)
    return norms[::-1]


@gradient_norms.misconception(
    "ReLU of the gradient",
    "You apply ReLU to the gradient. What decides is the sign of Z in the forward pass, not "
    "that of the gradient.",
)
def _(params, X, labels):
    H, caches = X, []
    for W, b in params:
        Z = H @ W + b
        caches.append((H, Z))
        H = np.maximum(Z, 0)
    P = np.exp(Z - Z.max(axis=1, keepdims=True))
    P = P / P.sum(axis=1, keepdims=True)
    P[np.arange(len(X)), labels] -= 1
    dZ, norms = P / len(X), []
    for k in reversed(range(len(params))):
        H, _ = caches[k]
        norms.append(np.linalg.norm(H.T @ dZ))
        if k > 0:
            dZ = np.maximum(dZ @ params[k][0].T, 0)
    return norms[::-1]


@gradient_norms.misconception(
    "squared error",
    "You take the gradient of a squared error of the probabilities or logits. The loss is the "
    "cross-entropy.",
)
def _(params, X, labels):
    H, caches = X, []
    for W, b in params:
        Z = H @ W + b
        caches.append((H, Z))
        H = np.maximum(Z, 0)
    P = Z.copy()
    P[np.arange(len(X)), labels] -= 1
    dZ, norms = 2 * P / P.size, []
    for k in reversed(range(len(params))):
        H, _ = caches[k]
        norms.append(np.linalg.norm(H.T @ dZ))
        if k > 0:
            dZ = (dZ @ params[k][0].T) * (caches[k - 1][1] > 0)
    return norms[::-1]


@gradient_norms.misconception(
    "softmax over the samples",
    "Your softmax sums over the samples. The probabilities of one sample sum to 1: axis=1.",
)
def _(params, X, labels):
    H, caches = X, []
    for W, b in params:
        Z = H @ W + b
        caches.append((H, Z))
        H = np.maximum(Z, 0)
    P = np.exp(Z - Z.max())
    P = P / P.sum(axis=0, keepdims=True)
    P[np.arange(len(X)), labels] -= 1
    dZ, norms = P / len(X), []
    for k in reversed(range(len(params))):
        H, _ = caches[k]
        norms.append(np.linalg.norm(H.T @ dZ))
        if k > 0:
            dZ = (dZ @ params[k][0].T) * (caches[k - 1][1] > 0)
    return norms[::-1]


@gradient_norms.misconception(
    "the output in place of the input",
    "A layer's gradient is Hᵀ ∂L/∂Z with the H that goes *into* the layer. You take another.",
)
def _(params, X, labels):
    H, caches = X, []
    for W, b in params:
        Z = H @ W + b
        caches.append((H, Z))
        H = np.maximum(Z, 0)
    P = np.exp(Z - Z.max(axis=1, keepdims=True))
    P = P / P.sum(axis=1, keepdims=True)
    P[np.arange(len(X)), labels] -= 1
    dZ, norms = P / len(X), []
    for k in reversed(range(len(params))):
        H = np.maximum(caches[k][1], 0)
        norms.append(np.linalg.norm(H.T @ dZ))
        if k > 0:
            dZ = (dZ @ params[k][0].T) * (caches[k - 1][1] > 0)
    return norms[::-1]


@gradient_norms.misconception(
    "pairs of norms",
    "You return the norm of dW and that of db. The weights' alone is asked for.",
)
def _(params, X, labels):
    H, caches = X, []
    for W, b in params:
        Z = H @ W + b
        caches.append((H, Z))
        H = np.maximum(Z, 0)
    P = np.exp(Z - Z.max(axis=1, keepdims=True))
    P = P / P.sum(axis=1, keepdims=True)
    P[np.arange(len(X)), labels] -= 1
    dZ, norms = P / len(X), []
    for k in reversed(range(len(params))):
        H, _ = caches[k]
        norms.append((np.linalg.norm(H.T @ dZ), np.linalg.norm(dZ.sum(axis=0))))
        if k > 0:
            dZ = (dZ @ params[k][0].T) * (caches[k - 1][1] > 0)
    return norms[::-1]


@gradient_norms.misconception(
    "the gradients themselves",
    "You return the gradients. Return the norm of each: one number per layer.",
)
def _(params, X, labels):
    H, caches = X, []
    for W, b in params:
        Z = H @ W + b
        caches.append((H, Z))
        H = np.maximum(Z, 0)
    P = np.exp(Z - Z.max(axis=1, keepdims=True))
    P = P / P.sum(axis=1, keepdims=True)
    P[np.arange(len(X)), labels] -= 1
    dZ, norms = P / len(X), []
    for k in reversed(range(len(params))):
        H, _ = caches[k]
        norms.append(H.T @ dZ)
        if k > 0:
            dZ = (dZ @ params[k][0].T) * (caches[k - 1][1] > 0)
    return norms[::-1]


@gradient_norms.misconception(
    "a norm for each unit",
    "You return a norm for each unit (axis=0). Return one for the whole matrix.",
)
def _(params, X, labels):
    H, caches = X, []
    for W, b in params:
        Z = H @ W + b
        caches.append((H, Z))
        H = np.maximum(Z, 0)
    P = np.exp(Z - Z.max(axis=1, keepdims=True))
    P = P / P.sum(axis=1, keepdims=True)
    P[np.arange(len(X)), labels] -= 1
    dZ, norms = P / len(X), []
    for k in reversed(range(len(params))):
        H, _ = caches[k]
        norms.append(np.linalg.norm(H.T @ dZ, axis=0))
        if k > 0:
            dZ = (dZ @ params[k][0].T) * (caches[k - 1][1] > 0)
    return norms[::-1]


@gradient_norms.equivalent("by hand, with one-hot labels")
def _(params, X, labels):
    inputs, slopes, H = [], [], X
    for k, (W, b) in enumerate(params):
        inputs.append(H)
        Z = H.dot(W) + b
        slopes.append(np.where(Z > 0, 1.0, 0.0))
        H = Z * slopes[-1] if k < len(params) - 1 else Z
    odds = np.exp(H)
    D = odds / odds.sum(axis=1)[:, None] - np.eye(H.shape[1])[labels]
    D = D / X.shape[0]
    norms = np.zeros(len(params))
    for k in range(len(params) - 1, -1, -1):
        norms[k] = np.sqrt(np.sum((inputs[k].T @ D) ** 2))
        D = D @ params[k][0].T * (slopes[k - 1] if k else 1.0)
    return norms


@gradient_norms.equivalent("forward by recursion, as a tuple")
def _(params, X, labels):
    def norms_of(layer, H):
        W, b = params[layer]
        Z = H @ W + b
        if layer == len(params) - 1:
            P = np.exp(Z - Z.max(axis=1, keepdims=True))
            P /= P.sum(axis=1, keepdims=True)
            P[np.arange(len(labels)), labels] -= 1.0
            dZ, later = P / len(labels), ()
        else:
            later, dH = norms_of(layer + 1, np.maximum(0, Z))
            dZ = dH * (Z >= 0)
        return (float(np.linalg.norm(np.einsum("ni,nj->ij", H, dZ))), *later), dZ @ W.T

    return norms_of(0, X)[0]
