"""Activations as layers: the functions of `activations`, with what backward needs kept.

Where a formula here is another than there, it is that of the same function with fewer passes over
the arrays, or without a choice for each element: `np.where` on random signs costs ten times as much
as arithmetic that comes to the same.
"""

from __future__ import annotations

import numpy as np

from reference_impl._validate import between, positive, whole
from reference_impl.activations import SELU_ALPHA, SELU_SCALE, binary_step
from reference_impl.layers.arrays import channel_sums, per_channel
from reference_impl.layers.dense import Dense
from reference_impl.layers.layer import Floats, Layer, Shape
from reference_impl.softmax import softmax, softmax_backward

CACHED = 2**18
"""Elements of an array that is likely to stay in the processor's cache."""


class BinaryStep(Layer):
    """y = 1 where x ≥ 0, else 0;   dx = 0: the layers before it never learn"""

    def forward(self, x: Floats, training: bool = False) -> Floats:
        return binary_step(x)

    def backward(self, dy: Floats, need_dx: bool = True) -> Floats:
        dy[...] = 0
        return dy


class ReLU(Layer):
    """y = max(0, x),   dx = dy where y > 0"""

    cuts_at_zero = True
    _zeros = np.empty(0)

    def forward(self, x: Floats, training: bool = False) -> Floats:
        if x.size > CACHED:
            y = np.maximum(x, 0)
        else:
            # Against an array NumPy takes a loop that is twice as fast, while it is in the cache.
            if self._zeros.shape != x.shape or self._zeros.dtype != x.dtype:
                self._zeros = np.zeros_like(x)
            y = np.maximum(x, self._zeros)
        if training:
            self._y = y
        return y

    def backward(self, dy: Floats, need_dx: bool = True) -> Floats:
        dy *= self._y > 0
        return dy


class LeakyReLU(Layer):
    """y = max(x, slope · x),   dx = dy · (1 if x > 0, else slope)

    Parameters
    ----------
    slope : in [0, 1]; PyTorch has 0.01, Keras' layer 0.3
    """

    def __init__(self, slope: float = 0.01) -> None:
        between("slope", slope, 0, 1)
        self.slope = slope

    def forward(self, x: Floats, training: bool = False) -> Floats:
        if training:
            self._x = x
        y = self.slope * x
        return np.maximum(x, y, out=y)

    def backward(self, dy: Floats, need_dx: bool = True) -> Floats:
        factor = (self._x > 0).astype(dy.dtype)
        dy *= np.maximum(factor, self.slope, out=factor)
        return dy


class PReLU(Layer):
    """y = max(0, x) + a · min(0, x), with a learned

    dx = dy · (1 if x > 0, else a),   da = Σ dy · min(0, x)

    Parameters
    ----------
    start : first value of a
    shared : one slope for all; False: one for each unit of a vector, or channel of an image
    """

    a: Floats
    da: Floats

    def __init__(self, start: float = 0.25, shared: bool = True) -> None:
        self.start = start
        self.shared = shared

    def build(self, shape: Shape) -> Shape:
        if not shape:
            raise ValueError("PReLU needs samples of shape (features,) or (channels, …), not ()")
        self._slopes = 1 if self.shared else shape[0]
        return shape

    def parameter_shapes(self) -> dict[str, Shape]:
        return {"a": (self._slopes,)}

    def initialize(self, rng: np.random.Generator) -> None:
        self.a[...] = self.start

    def forward(self, x: Floats, training: bool = False) -> Floats:
        if training:
            self._x = x
        y: Floats = np.minimum(x, 0)
        y *= per_channel(self.a, x)
        y += np.maximum(x, 0)
        return y

    def backward(self, dy: Floats, need_dx: bool = True) -> Floats:
        below = dy * (self._x <= 0)
        dy -= below  # now 0 wherever x ≤ 0
        sums = channel_sums(below * self._x)
        self.da[...] = sums.sum() if self.shared else sums
        below *= per_channel(self.a, dy)
        dy += below
        return dy


class ELU(Layer):
    """y = x if x > 0, else α (e^x - 1);   dx = dy · (1 if x > 0, else α e^x)

    Parameters
    ----------
    alpha : α, above 0
    """

    _scale = 1.0

    def __init__(self, alpha: float = 1.0) -> None:
        positive(alpha=alpha)
        self.alpha = alpha

    def forward(self, x: Floats, training: bool = False) -> Floats:
        y: Floats = np.minimum(x, 0)
        np.expm1(y, out=y)
        y *= self._scale * self.alpha
        above = np.maximum(x, 0)
        above *= self._scale
        y += above
        if training:
            self._x = x
        return y

    def backward(self, dy: Floats, need_dx: bool = True) -> Floats:
        # Not y + λ α, which is 0 where e^x is still a number.
        at_zero = self._scale * self.alpha
        slope = np.minimum(self._x, 0)
        np.exp(slope, out=slope)
        slope *= at_zero
        above = (self._x > 0).astype(dy.dtype)
        above *= self._scale - at_zero
        slope += above
        dy *= slope
        return dy


class SELU(ELU):
    """y = λ x if x > 0, else λ α (e^x - 1);   dx = dy · (λ if x > 0, else λ α e^x)

    λ and α are those of `activations.selu`.
    """

    _scale = SELU_SCALE

    def __init__(self) -> None:
        super().__init__(SELU_ALPHA)


class Sigmoid(Layer):
    """y = 1 / (1 + e^-x),   dx = dy · y (1 - y)"""

    def forward(self, x: Floats, training: bool = False) -> Floats:
        y = _sigmoid(x)
        if training:
            self._y = y
        return y

    def backward(self, dy: Floats, need_dx: bool = True) -> Floats:
        dy *= self._y
        dy *= 1 - self._y
        return dy


def _sigmoid(x: Floats) -> Floats:
    """1 / (1 + e^-x), as exact for negative x as `activations.sigmoid`, and without its choice."""
    y = np.negative(x)
    with np.errstate(over="ignore"):  # where e^-x is too large for the dtype, y is 0
        np.exp(y, out=y)
    y += 1
    return np.divide(1, y, out=y)


class Tanh(Layer):
    """y = tanh x,   dx = dy · (1 - y²)"""

    def forward(self, x: Floats, training: bool = False) -> Floats:
        y: Floats = np.tanh(x)
        if training:
            self._y = y
        return y

    def backward(self, dy: Floats, need_dx: bool = True) -> Floats:
        slope = np.square(self._y)
        dy *= np.subtract(1, slope, out=slope)
        return dy


class Swish(Layer):
    """y = x σ(x),   dx = dy · (σ + y (1 - σ))"""

    def forward(self, x: Floats, training: bool = False) -> Floats:
        sigma = _sigmoid(x)
        y = x * sigma
        if training:
            self._sigma, self._y = sigma, y
        return y

    def backward(self, dy: Floats, need_dx: bool = True) -> Floats:
        slope = 1 - self._sigma
        slope *= self._y
        slope += self._sigma
        dy *= slope
        return dy


class Softmax(Layer):
    """y = e^x / Σ e^x over the features,   dx = y (dy - Σ dy y)

    For a place inside the network: at the end of a classifier `SoftmaxOutput` has it already.
    """

    def build(self, shape: Shape) -> Shape:
        return _vectors(self, shape)

    def forward(self, x: Floats, training: bool = False) -> Floats:
        y = softmax(x)
        if training:
            self._y = y
        return y

    def backward(self, dy: Floats, need_dx: bool = True) -> Floats:
        return softmax_backward(self._y, dy)


class Maxout(Layer):
    """y = max_j (x W_j + b_j): the largest of some linear functions, with weights of its own.

    dz_j = dy where z_j is the first of the largest, else 0;   dx, dW, db as in a dense layer

    Parameters
    ----------
    units : number of outputs
    pieces : linear functions for each unit; piece j has the columns j · units … (j + 1) · units - 1
        of W, and those places of b
    init : name of the weights' initializer
    """

    def __init__(self, units: int, pieces: int = 2, init: str = "he_normal") -> None:
        whole(units=units, pieces=pieces)
        self.units = units
        self.pieces = pieces
        self.init = init
        self._dense = Dense(pieces * units, init)

    def build(self, shape: Shape) -> Shape:
        self._dense.build(_vectors(self, shape))
        return (self.units,)

    def parameter_shapes(self) -> dict[str, Shape]:
        return self._dense.parameter_shapes()

    def attach(self, arrays: dict[str, Floats]) -> None:
        super().attach(arrays)
        self._dense.attach(arrays)

    def initialize(self, rng: np.random.Generator) -> None:
        self._dense.initialize(rng)

    def forward(self, x: Floats, training: bool = False) -> Floats:
        z = self._dense.forward(x, training).reshape(len(x), self.pieces, self.units)
        y: Floats = np.maximum.reduce(z, axis=1)
        if training:
            self._z, self._y = z, y
        return y

    def backward(self, dy: Floats, need_dx: bool = True) -> Floats:
        dz = np.empty_like(self._z)
        for j in range(self.pieces - 1):
            np.multiply(dy, self._z[:, j] == self._y, out=dz[:, j])
            dy -= dz[:, j]  # what is given away is not there for the next
        dz[:, -1] = dy
        return self._dense.backward(dz.reshape(len(dy), -1), need_dx)


def _vectors(layer: Layer, shape: Shape) -> Shape:
    if len(shape) != 1:
        raise ValueError(
            f"{type(layer).__name__} needs samples of shape (features,), not {shape}: Flatten first"
        )
    return shape
