"""Batch normalization: every unit standardized over the batch, then scaled and shifted again.

Source of all formulas: Ioffe and Szegedy, "Batch Normalization: Accelerating Deep Network Training
by Reducing Internal Covariate Shift", 2015, algorithms 1 and 2. σ is √(var + ε) throughout.
"""

from __future__ import annotations

import numpy as np

from reference_impl._validate import (
    Array,
    between,
    dimensions,
    has_shape,
    not_empty,
    not_negative,
    positive,
)
from reference_impl.ewma import ewma_step
from reference_impl.layers.arrays import buffer_like, channel_products, channel_sums, per_channel
from reference_impl.layers.layer import Floats, Layer, Shape


def batch_statistics(X: Array) -> tuple[Array, Array]:
    """Mean and variance of each column over the batch.

    μ_j = (1/n) Σ_i X_ij,   var_j = (1/n) Σ_i (X_ij - μ_j)²

    Parameters
    ----------
    X : (n, d) one row per sample

    Returns
    -------
    (mean (d,), biased variance (d,))

    Raises
    ------
    ValueError : X not two-dimensional, or without rows
    """
    dimensions("X", X, 2)
    not_empty(X=X)
    return np.mean(X, axis=0), np.var(X, axis=0)


def batchnorm_forward(
    X: Array, gamma: Array, beta: Array, eps: float
) -> tuple[Array, tuple[Array, Array, Array]]:
    """Normalization of a training batch by its own statistics.

    x̂ = (X - μ) / √(var + ε),   out = γ x̂ + β

    A batch of one row is its own mean: out is β, whatever the sample.

    Parameters
    ----------
    X : (n, d) one row per sample
    gamma, beta : (d,) scale and shift, both learned
    eps : ε, keeps a constant column from a division by 0

    Returns
    -------
    (out (n, d), cache for `batchnorm_backward`: (x̂, γ, σ))

    Raises
    ------
    ValueError : shapes that do not fit, or eps negative
    """
    mean, var = batch_statistics(X)
    _one_per_column(X, gamma=gamma, beta=beta)
    not_negative(eps=eps)
    std = np.sqrt(var + eps)
    x_hat = (X - mean) / std
    return gamma * x_hat + beta, (x_hat, gamma, std)


def batchnorm_backward(
    dout: Array, cache: tuple[Array, Array, Array]
) -> tuple[Array, Array, Array]:
    """The gradients of `batchnorm_forward`: mean and variance depend on X as well.

    dβ = Σ dout,   dγ = Σ dout x̂
    dX = (γ/σ) (dout - mean(dout) - x̂ mean(dout x̂)),   sums and means over the batch

    Parameters
    ----------
    dout : (n, d) gradient of the loss in out
    cache : from `batchnorm_forward`

    Returns
    -------
    (dX (n, d), dgamma (d,), dbeta (d,)); each column of dX sums to 0

    Raises
    ------
    ValueError : dout of another shape than the batch
    """
    x_hat, gamma, std = cache
    has_shape("dout", dout, x_hat.shape, "as the batch")
    dX = gamma / std * (dout - dout.mean(axis=0) - x_hat * (dout * x_hat).mean(axis=0))
    return dX, (dout * x_hat).sum(axis=0), dout.sum(axis=0)


def update_running(running: Array, new: Array, decay: float) -> Array:
    """The statistics for predicting: a moving average of those of the training batches.

    running_t = decay · running_{t-1} + (1 - decay) · new

    PyTorch's momentum is the weight of the *new*: its 0.1 is decay 0.9. Keras' momentum is the
    decay itself, 0.99.

    Parameters
    ----------
    running : (d,) the average so far; means start at 0, variances at 1
    new : (d,) the mean or variance of this batch
    decay : weight of the old, in [0, 1]

    Returns
    -------
    (d,)

    Raises
    ------
    ValueError : different shapes, or decay outside [0, 1]
    """
    has_shape("new", new, np.shape(running), "as running")
    between("decay", decay, 0, 1)
    return ewma_step(running, new, decay)


def batchnorm_inference(
    X: Array, gamma: Array, beta: Array, running_mean: Array, running_var: Array, eps: float
) -> Array:
    """Normalization when predicting: by running statistics, so samples do not affect each other.

    out = γ (X - running_mean) / √(running_var + ε) + β

    Parameters
    ----------
    X : (n, d), n may be 1
    gamma, beta : (d,) as learned
    running_mean, running_var : (d,) from `update_running`
    eps : ε, as in training

    Returns
    -------
    (n, d)

    Raises
    ------
    ValueError : shapes that do not fit, or eps or a variance negative
    """
    dimensions("X", X, 2)
    _one_per_column(X, gamma=gamma, beta=beta, running_mean=running_mean, running_var=running_var)
    _not_below_0(running_var, eps)
    return gamma * (X - running_mean) / np.sqrt(running_var + eps) + beta


def fold_batchnorm(
    W: Array, b: Array, gamma: Array, beta: Array, mean: Array, var: Array, eps: float
) -> tuple[Array, Array]:
    """The one dense layer that does what a dense layer and its batch normalization do.

    W' = W γ/σ (one factor per column),   b' = (b - mean) γ/σ + β

    Parameters
    ----------
    W, b : (fan_in, units) and (units,) the dense layer before the normalization
    gamma, beta, mean, var : (units,) learned and running values
    eps : ε, as in training

    Returns
    -------
    (W' (fan_in, units), b' (units,))

    Raises
    ------
    ValueError : shapes that do not fit, or eps or a variance negative
    """
    dimensions("W", W, 2)
    _one_per_column(W, b=b, gamma=gamma, beta=beta, mean=mean, var=var)
    _not_below_0(var, eps)
    scale = gamma / np.sqrt(var + eps)
    return W * scale, (b - mean) * scale + beta


def batchnorm_parameters(units: int) -> tuple[int, int]:
    """How many numbers a batch normalization keeps: γ and β are learned, μ and var tracked.

    (2 units, 2 units)

    Parameters
    ----------
    units : columns, or channels of an image

    Returns
    -------
    (learned, tracked)

    Raises
    ------
    ValueError : units not above 0
    """
    positive(units=units)
    return 2 * units, 2 * units


def _one_per_column(X: Array, **values: Array) -> None:
    for name, value in values.items():
        has_shape(name, value, X.shape[1:], "one for each column")


def _not_below_0(var: Array, eps: float) -> None:
    not_negative(eps=eps)
    if np.any(var < 0):
        raise ValueError(f"a variance is {np.min(var):g}; it must be 0 or more")


class BatchNorm(Layer):
    """`batchnorm_forward` and `batchnorm_backward` for vectors, and per channel for images.

    Samples are (features,), (channels, length) or (channels, height, width); mean and variance are
    taken over the batch and all places of a feature or channel. The layer before needs no bias: β
    is one. PyTorch refuses a batch with one value per channel; here, as in Keras, out is then β and
    dx 0.

    Parameters
    ----------
    eps : ε; PyTorch has 1e-5, Keras 1e-3
    decay : weight of the old in the running statistics; PyTorch's default is 0.9, Keras' 0.99
    unbiased_running : the running variance is divided by n-1, as in the paper and PyTorch; False:
        by n, as in Keras. The variance that normalizes a training batch is divided by n in all
        three. A single value has no unbiased variance: the running one stays as it was.
    """

    gamma: Floats
    beta: Floats
    dgamma: Floats
    dbeta: Floats
    running_mean: Floats
    running_var: Floats

    def __init__(
        self, eps: float = 1e-5, decay: float = 0.9, unbiased_running: bool = True
    ) -> None:
        positive(eps=eps)
        between("decay", decay, 0, 1)
        self.eps = eps
        self.decay = decay
        self.unbiased_running = unbiased_running

    def build(self, shape: Shape) -> Shape:
        if not shape:
            raise ValueError(
                "BatchNorm needs samples of shape (features,) or (channels, …), not ()"
            )
        self.channels = shape[0]
        self._centred = self._scratch = np.empty(0)
        return shape

    def parameter_shapes(self) -> dict[str, Shape]:
        return {"gamma": (self.channels,), "beta": (self.channels,)}

    def buffer_shapes(self) -> dict[str, Shape]:
        return {"running_mean": (self.channels,), "running_var": (self.channels,)}

    def initialize(self, rng: np.random.Generator) -> None:
        self.gamma[...] = 1
        self.beta[...] = 0
        self.running_mean[...] = 0
        self.running_var[...] = 1

    def forward(self, x: Floats, training: bool = False) -> Floats:
        if not training:
            scale = self.gamma / np.sqrt(self.running_var + self.eps)
            y: Floats = x * per_channel(scale, x)
            y += per_channel(self.beta - self.running_mean * scale, x)
            return y
        m = x.size // self.channels
        self._centred = buffer_like(x, self._centred)
        self._scratch = buffer_like(x, self._scratch)
        mean = channel_sums(x) / m
        centred = np.subtract(x, per_channel(mean, x), out=self._centred)
        var = channel_products(centred, centred, self._scratch) / m
        self._std = np.sqrt(var + self.eps)
        self._track(mean, var, m)
        y = centred * per_channel(self.gamma / self._std, x)
        y += per_channel(self.beta, x)
        return y

    def _track(self, mean: Floats, var: Floats, m: int) -> None:
        self.running_mean[...] = ewma_step(self.running_mean, mean, self.decay)
        if self.unbiased_running:
            if m == 1:
                return
            var = var * (m / (m - 1))
        self.running_var[...] = ewma_step(self.running_var, var, self.decay)

    def backward(self, dy: Floats, need_dx: bool = True) -> Floats:
        centred, std, scratch = self._centred, self._std, self._scratch
        m = dy.size // self.channels
        self.dbeta[...] = channel_sums(dy)
        self.dgamma[...] = channel_products(dy, centred, scratch) / std
        if need_dx:
            # dX of `batchnorm_backward`, with x̂ = centred / σ: sums are there, divided by m means.
            dy -= np.multiply(centred, per_channel(self.dgamma / (m * std), dy), out=scratch)
            dy -= per_channel(self.dbeta / m, dy)
            dy *= per_channel(self.gamma / std, dy)
        return dy
