"""Dropout: units left out at random while training.

Source of all formulas: Srivastava, Hinton, Krizhevsky, Sutskever and Salakhutdinov, "Dropout: A
Simple Way to Prevent Neural Networks from Overfitting", 2014. Its p is the probability of
*keeping*; here, as in PyTorch and Keras, p is that of dropping.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from reference_impl._validate import Array, between, has_shape, positive
from reference_impl.layers.arrays import buffer_like
from reference_impl.layers.layer import Floats, Layer, Shape

Mask = NDArray[np.bool_]


def dropout_mask(shape: Shape, p: float, rng: np.random.Generator) -> Mask:
    """Which units stay: one independent draw for each sample and unit.

    mask_ij = 1 with probability 1 - p, else 0

    Parameters
    ----------
    shape : of the layer's output for a batch
    p : probability of dropping, in [0, 1)
    rng : source of randomness

    Returns
    -------
    array of that shape, True where kept

    Raises
    ------
    ValueError : p outside [0, 1)
    """
    _probability(p)
    return rng.random(shape) >= p


def dropout_forward(X: Array, mask: Mask) -> Array:
    """Dropout of the paper while training: nothing is scaled, so sums shrink by 1 - p.

    mask X

    Parameters
    ----------
    X : output of a layer, of any shape
    mask : from `dropout_mask`, of the shape of X

    Returns
    -------
    array of that shape

    Raises
    ------
    ValueError : mask of another shape
    """
    has_shape("mask", mask, np.shape(X), "as X")
    return X * mask


def dropout_inference(X: Array, p: float) -> Array:
    """Dropout of the paper when predicting: every unit, at the weight it had on average.

    (1 - p) X

    Parameters
    ----------
    X : output of a layer, of any shape
    p : probability of dropping, as in training

    Returns
    -------
    array of that shape

    Raises
    ------
    ValueError : p outside [0, 1)
    """
    _probability(p)
    return (1 - p) * X


def inverted_dropout_forward(X: Array, mask: Mask, p: float) -> Array:
    """Dropout of the frameworks while training: scaled here, so that predicting needs nothing.

    mask X / (1 - p),   whose mean over masks is X

    Parameters
    ----------
    X : output of a layer, of any shape
    mask : from `dropout_mask`, of the shape of X
    p : probability of dropping, in [0, 1)

    Returns
    -------
    array of that shape

    Raises
    ------
    ValueError : mask of another shape, or p outside [0, 1)
    """
    _probability(p)
    return dropout_forward(X, mask) / (1 - p)


def inverted_dropout_backward(dout: Array, mask: Mask, p: float) -> Array:
    """The gradient passes where the signal passed, scaled alike.

    mask dout / (1 - p)

    Parameters
    ----------
    dout : gradient of the loss in the output
    mask, p : as in `inverted_dropout_forward`

    Returns
    -------
    gradient in X, of the shape of dout

    Raises
    ------
    ValueError : mask of another shape, or p outside [0, 1)
    """
    _probability(p)
    has_shape("mask", mask, np.shape(dout), "as dout")
    return dout * mask / (1 - p)


def mc_dropout(
    predict: Callable[[Array, np.random.Generator], Array],
    X: Array,
    samples: int,
    rng: np.random.Generator,
) -> tuple[Array, Array]:
    """Dropout left on when predicting: how far the thinned networks disagree.

    mean = (1/S) Σ_s y_s,   std = √((1/S) Σ_s (y_s - mean)²)

    Parameters
    ----------
    predict : predict(X, rng) → output with masks drawn from rng
    X : samples, as `predict` takes them
    samples : S, how often to predict
    rng : source of randomness

    Returns
    -------
    (mean, standard deviation), each of the shape of one output

    Raises
    ------
    ValueError : samples not above 0

    Source: Gal and Ghahramani, "Dropout as a Bayesian Approximation", 2016.
    """
    positive(samples=samples)
    outputs = np.stack([predict(X, rng) for _ in range(samples)])
    return outputs.mean(axis=0), outputs.std(axis=0)


def _probability(p: float) -> None:
    between("p", p, 0, 1, below=True)


_RAW_64_BITS = (
    np.random.PCG64,
    np.random.PCG64DXSM,
    np.random.Philox,
    np.random.SFC64,
)


def random_uint16(count: int, rng: np.random.Generator) -> NDArray[np.uint16]:
    """Uniform integers 0 … 65535, four from each draw of 64 bits; none is left for the next call.

    A float for each unit takes six times as long. `random_raw` gives what `integers` gives, without
    its 5 µs per call; where raw numbers have fewer bits, as with MT19937, `integers` fills them up.
    """
    draws = -(-count // 4)
    if isinstance(rng.bit_generator, _RAW_64_BITS):
        raw = rng.bit_generator.random_raw(draws)
    else:
        raw = rng.integers(0, 2**64, draws, dtype=np.uint64)
    return raw.view(np.uint16)[:count]


class Dropout(Layer):
    """`inverted_dropout_forward` and its backward, or the paper's form.

    While training a unit is dropped where a random integer of 16 bits is below p · 65536: p counts
    to 1/65536. The draws come from the network's generator: restore its state, and the same masks
    come again. p = 0 draws nothing.

    Parameters
    ----------
    p : probability of dropping, in [0, 1)
    inverted : scale by 1/(1 - p) while training, as the frameworks; False: by 1 - p when
        predicting, as the paper

    Raises
    ------
    ValueError : p outside [0, 1), or so near to 1 that every unit would be dropped
    """

    def __init__(self, p: float, inverted: bool = True) -> None:
        _probability(p)
        if round(p * 2**16) == 2**16:
            raise ValueError(f"p is {p!r}; it counts to 1/65536, and that is 1: nothing is left")
        self.p = p
        self.inverted = inverted
        self._mask = np.empty(0)

    def initialize(self, rng: np.random.Generator) -> None:
        self._rng = rng

    def forward(self, x: Floats, training: bool = False) -> Floats:
        if not self.p:
            return x
        if not training:
            return x if self.inverted else x * (1 - self.p)
        kept = random_uint16(x.size, self._rng) >= round(self.p * 2**16)
        # Floats: a product with booleans takes twice as long, here and in backward.
        mask = self._mask = buffer_like(x, self._mask)
        # Draw by draw as the elements lie in memory, whatever their order there: see Conv2D.
        mask.ravel(order="K")[...] = kept
        if self.inverted:
            mask *= 1 / (1 - self.p)
        return x * mask

    def backward(self, dy: Floats, need_dx: bool = True) -> Floats:
        if self.p:
            dy *= self._mask
        return dy
