"""The textbook network, from its first weights to a trained model.

Pure functions over `params`, as in `mlp`. `training` holds the form that is built for speed.

It stays apart from `mlp`: notebook 12 imports `mlp`, and its exercises are the functions here.
While an exercise is marked, the file that holds its answer is out of reach.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from reference_impl._validate import (
    Array,
    class_labels,
    dimensions,
    has_shape,
    no_nan,
    not_empty,
    not_negative,
    positive,
)
from reference_impl.activations import relu, relu_grad
from reference_impl.augmentation import SIDE, disturbed
from reference_impl.descent import minibatches
from reference_impl.initializers import he_normal
from reference_impl.layers.activation import ReLU
from reference_impl.layers.batchnorm import BatchNorm
from reference_impl.layers.dense import Dense
from reference_impl.layers.layer import Layer
from reference_impl.losses import cross_entropy, cross_entropy_grad
from reference_impl.mlp import Params, mlp_backward, mlp_forward
from reference_impl.network import Network
from reference_impl.optim import AdamW
from reference_impl.optimizers import adam_step
from reference_impl.schedules import cosine_decay
from reference_impl.training import Trainer

History = dict[str, list[float]]


def build_mlp(sizes: Sequence[int], rng: np.random.Generator) -> Params:
    """He-initialised weights and biases of 0.

    Parameters
    ----------
    sizes : units of each layer, input and output included: [64, 32, 10] has two layers of weights
    rng : source of the weights

    Returns
    -------
    (W, b) of each layer

    Raises
    ------
    ValueError : fewer than two sizes, or one not above 0
    """
    if len(sizes) < 2:
        raise ValueError(f"sizes is {sizes!r}; it needs at least the inputs and the outputs")
    return [
        (he_normal(fan_in, fan_out, rng), np.zeros(fan_out)) for fan_in, fan_out in pairwise(sizes)
    ]


def accuracy(labels: NDArray[np.integer], logits: Array) -> float:
    """The share of samples whose largest logit is that of their class.

    (1/n) Σ_i [argmax_j logits_ij = label_i];   of equal logits the first counts

    Parameters
    ----------
    labels : (n,) integers in 0 … k-1
    logits : (n, k); probabilities do as well

    Returns
    -------
    from 0 to 1

    Raises
    ------
    ValueError : shapes that do not fit, no elements, labels out of range, or NaN in logits
    """
    dimensions("logits", logits, 2)
    not_empty(logits=logits)
    no_nan(logits=logits)
    class_labels("labels", labels, *logits.shape)
    return float(np.mean(logits.argmax(axis=1) == labels))


def train(
    params: Params,
    X: Array,
    labels: NDArray[np.integer],
    X_val: Array,
    labels_val: NDArray[np.integer],
    *,
    lr: float,
    batch_size: int,
    epochs: int,
    rng: np.random.Generator,
) -> tuple[Params, History]:
    """A ReLU network trained by Adam on the cross-entropy of mini-batches.

    Adam has the constants of its paper: β1 = 0.9, β2 = 0.999, ε = 1e-8.

    Parameters
    ----------
    params : (W, b) of each layer; not changed
    X, labels : (n, d) and (n,) to learn from
    X_val, labels_val : the same, only to be watched
    lr : learning rate, above 0
    batch_size : samples per step; the last batch of an epoch may have fewer
    epochs : 0 or more
    rng : source of the order of the samples

    Returns
    -------
    (params, history), where history has three lists with one number per epoch: "loss", the mean
    over the epoch's batches while it learned; "val_loss" and "val_accuracy", after the epoch. A run
    whose logits are no longer finite ends there, and its last "loss" or "val_loss" is NaN.

    Raises
    ------
    ValueError : shapes that do not fit, NaN in the data, labels out of range, or lr, batch_size or
        epochs out of range
    """
    classes = params[-1][1].size if params else 0
    class_labels("labels", labels, len(X), classes)
    class_labels("labels_val", labels_val, len(X_val), classes)
    not_empty(X=X, X_val=X_val)
    no_nan(X=X, X_val=X_val)
    positive(lr=lr)
    not_negative(epochs=epochs)
    moments = [[(np.zeros_like(theta), np.zeros_like(theta)) for theta in pair] for pair in params]
    history: History = {"loss": [], "val_loss": [], "val_accuracy": []}
    t = 0
    # A run that diverges is a result, told by its history, and no reason for warnings.
    with np.errstate(over="ignore", invalid="ignore"):
        for _ in range(epochs):
            total = 0.0
            for batch in minibatches(len(X), batch_size, rng):
                logits, caches = mlp_forward(X[batch], params, relu)
                loss, _ = _scores(labels[batch], logits)
                total += loss * len(batch)
                if math.isnan(loss):
                    break
                dlogits = cross_entropy_grad(labels[batch], logits)
                grads = mlp_backward(dlogits, caches, params, relu_grad)
                t += 1
                params, moments = _adam(params, moments, grads, t, lr)
            val_loss, val_accuracy = _scores(labels_val, mlp_forward(X_val, params, relu)[0])
            history["loss"].append(total / len(X))
            history["val_loss"].append(val_loss)
            history["val_accuracy"].append(val_accuracy)
            if math.isnan(total + val_loss):
                break
    return params, history


def images_model(
    X: Array, labels: NDArray[np.integer], rng: np.random.Generator
) -> Callable[[Array], NDArray[np.intp]]:
    """A network for images of MNIST that are moved and partly covered, as `disturbed` does it.

    784-256-128-10 with batch normalization, 60 epochs of AdamW in batches of 256, with a rate that
    falls from 0.004 to 0 along a cosine. Each epoch learns from new changes of the images.

    Parameters
    ----------
    X : (n, 784) pixels, row by row, from 0 up to any largest value
    labels : (n,) integers in 0 … 9
    rng : source of the weights, the changes and the order of the samples

    Returns
    -------
    predict : (m, 784) pixels in the same units → (m,) digits

    Raises
    ------
    ValueError : X not (n, 784), NaN or no positive number in it, or labels out of range
    """
    not_empty(X=X)
    has_shape("X", X, (len(X), SIDE * SIDE), "one image of 28 by 28 pixels per row")
    class_labels("labels", labels, len(X), 10)
    largest = float(np.max(X))
    positive(largest_of_X=largest)
    images = (X / largest).astype(np.float32)
    layers: list[Layer] = []
    for units in (256, 128):
        layers += [Dense(units, bias=False), BatchNorm(), ReLU()]
    network = Network([*layers, Dense(10)], (SIDE * SIDE,), rng)
    lr, epochs = 0.004, 60
    trainer = Trainer(
        network,
        AdamW(lr, weight_decay=0.01),
        batch_size=256,
        schedule=lambda epoch: cosine_decay(lr, epoch, epochs),
    )
    for epoch in range(epochs):
        trainer.fit(disturbed(images, rng), labels, until_epoch=epoch + 1)

    def predict(X: Array) -> NDArray[np.intp]:
        digits: NDArray[np.intp] = network.predict((X / largest).astype(np.float32)).argmax(axis=1)
        return digits

    return predict


def _scores(labels: NDArray[np.integer], logits: Array) -> tuple[float, float]:
    """(loss, accuracy), both NaN when a logit has become infinite or NaN."""
    if not np.isfinite(logits).all():
        return math.nan, math.nan
    return cross_entropy(labels, logits), accuracy(labels, logits)


def _adam(
    params: Params, moments: list[list[tuple[Array, Array]]], grads: Params, t: int, lr: float
) -> tuple[Params, list[list[tuple[Array, Array]]]]:
    """`adam_step` for every W and b."""
    stepped = [
        [
            adam_step(theta, m, v, grad, t, lr, beta1=0.9, beta2=0.999, eps=1e-8)
            for theta, (m, v), grad in zip(*layer, strict=True)
        ]
        for layer in zip(params, moments, grads, strict=True)
    ]
    return (
        [(W, b) for (W, _, _), (b, _, _) in stepped],
        [[(m, v) for _, m, v in layer] for layer in stepped],
    )
