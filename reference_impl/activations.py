"""Activations and their derivatives.

First those that act on each element, for arrays of any shape: z are the pre-activations, and the
result has their shape. Then those of a whole layer: maxout over its pieces, and how many of its
units are saturated or dead. Softmax has a file of its own, `softmax`.

Every function is safe from overflow: no exponential here is taken of a number above 0. At a kink
the derivative is the one from the left, as in PyTorch.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from reference_impl._validate import (
    Array,
    dimensions,
    has_shape,
    no_nan,
    not_empty,
    not_negative,
)

SELU_SCALE = 1.0507009873554804934193349852946
SELU_ALPHA = 1.6732632423543772848170429916717
"""λ and α for which mean 0 and variance 1 are the fixed point: SELU paper, equation 14."""

GELU_CUBIC = 0.044715
"""The factor of z³ in `gelu_tanh`."""

_erfc = np.vectorize(math.erfc, otypes=[float])


def binary_step(z: Array) -> Array:
    """The first artificial neuron: it fires or it does not.

    1 if z ≥ 0, else 0

    Source: McCulloch and Pitts, "A Logical Calculus of the Ideas Immanent in Nervous Activity",
    1943; trained by Rosenblatt, "The Perceptron", 1958.
    """
    return np.heaviside(z, 1.0)


def binary_step_grad(z: Array) -> Array:
    """0 everywhere: nothing for gradient descent to follow.

    At 0 itself, where the step jumps, there is no derivative; 0 is returned there too.
    """
    return np.zeros(np.shape(z))


def linear(z: Array, a: float) -> Array:
    """A straight line: layers of it are one layer, as `collapse_linear` shows.

    a z
    """
    return a * np.asarray(z)


def linear_grad(z: Array, a: float) -> Array:
    """The slope a, whatever z is."""
    return np.full(np.shape(z), float(a))


def sigmoid(z: Array) -> Array:
    """From all numbers to (0, 1): a probability from a logit.

    σ(z) = 1 / (1 + e^-z);   for z < 0 the same as e^z / (1 + e^z)

    Source: Rumelhart, Hinton and Williams, "Learning representations by back-propagating errors",
    1986.
    """
    # e^-z overflows below -709, and 1 / (1 + e^-z) loses the small values before that.
    exp = np.exp(-np.abs(z))
    probability: Array = np.where(np.greater_equal(z, 0), 1.0, exp) / (1 + exp)
    return probability


def sigmoid_grad(z: Array) -> Array:
    """At most 1/4, at 0: ten layers of it leave a millionth of a gradient.

    σ'(z) = σ(z) (1 - σ(z)) = σ(z) σ(-z)
    """
    # 1 - σ(z) is 0 from z = 37 on, where σ(-z) is still right.
    return sigmoid(z) * sigmoid(np.negative(z))


def tanh(z: Array) -> Array:
    """The sigmoid, centred on 0: from -1 to 1.

    tanh z = (e^z - e^-z) / (e^z + e^-z) = 2 σ(2z) - 1

    Source: LeCun, Bottou, Orr and Müller, "Efficient BackProp", 1998, section 4.4.
    """
    return np.tanh(z)


def tanh_grad(z: Array) -> Array:
    """1 at 0, and falling off twice as fast as the sigmoid's.

    tanh' z = 1 - tanh² z
    """
    return 1 - np.tanh(z) ** 2


def relu(z: Array) -> Array:
    """Everything below 0 is cut off.

    max(0, z)

    Source: Nair and Hinton, "Rectified Linear Units Improve Restricted Boltzmann Machines", 2010.
    """
    return np.maximum(0.0, z)


def relu_grad(z: Array) -> Array:
    """1 if z > 0, else 0; at 0, where there is none, 0 as in PyTorch and Keras."""
    return np.heaviside(z, 0.0)


def leaky_relu(z: Array, slope: float = 0.01) -> Array:
    """ReLU that lets a little through below 0, so that no unit dies.

    max(0, z) + slope · min(0, z)

    The slope of the part below 0 is 0.01 in PyTorch too; Keras has 0.3 in its layer and 0.2 in
    its function.

    Source: Maas, Hannun and Ng, "Rectifier Nonlinearities Improve Neural Network Acoustic
    Models", 2013.
    """
    return np.maximum(0.0, z) + slope * np.minimum(0.0, z)


def leaky_relu_grad(z: Array, slope: float = 0.01) -> Array:
    """1 if z > 0, else the slope."""
    return np.where(np.greater(z, 0), 1.0, slope)


def prelu(z: Array, a: float) -> Array:
    """`leaky_relu` whose slope is learned.

    max(0, z) + a · min(0, z)

    Parameters
    ----------
    z : pre-activations, of any shape
    a : the one slope of all units; in the paper and in Keras each channel or unit can have its own

    Raises
    ------
    ValueError : a not a number

    Source: He, Zhang, Ren and Sun, "Delving Deep into Rectifiers", 2015, equation 1.
    """
    dimensions("a", a, 0)
    return leaky_relu(z, a)


def prelu_backward(z: Array, a: float, dout: Array) -> tuple[Array, float]:
    """The gradients of `prelu` in its input and in its slope.

    dz = dout · (1 if z > 0, else a),   da = Σ dout · min(0, z)

    At z = 0 Keras' layer has dz = 0.

    Parameters
    ----------
    z, a : as in `prelu`
    dout : gradient of the loss in what `prelu` returned, of the shape of z

    Returns
    -------
    (dz, da)

    Raises
    ------
    ValueError : a not a number, or dout of another shape than z
    """
    dimensions("a", a, 0)
    has_shape("dout", dout, np.shape(z), "as z")
    return dout * leaky_relu_grad(z, a), float(np.sum(dout * np.minimum(0.0, z)))


def elu(z: Array, alpha: float = 1.0) -> Array:
    """ReLU with a soft floor at -α: the mean of the activations comes nearer to 0.

    z if z > 0, else α (e^z - 1)

    Source: Clevert, Unterthiner and Hochreiter, "Fast and Accurate Deep Network Learning by
    Exponential Linear Units (ELUs)", 2016, equation 15.
    """
    # expm1(z) is e^z - 1, also where e^z rounds to 1.
    return np.maximum(0.0, z) + alpha * np.expm1(np.minimum(0.0, z))


def elu_grad(z: Array, alpha: float = 1.0) -> Array:
    """1 if z > 0, else α e^z."""
    return np.where(np.greater(z, 0), 1.0, alpha * np.exp(np.minimum(0.0, z)))


def selu(z: Array) -> Array:
    """ELU scaled so that signals find their own way to mean 0 and variance 1.

    λ z if z > 0, else λ α (e^z - 1);   λ = 1.0507…, α = 1.6733…

    It needs `lecun_normal` weights and standardized inputs.

    Source: Klambauer, Unterthiner, Mayr and Hochreiter, "Self-Normalizing Neural Networks", 2017,
    equation 2.
    """
    return SELU_SCALE * elu(z, SELU_ALPHA)


def selu_grad(z: Array) -> Array:
    """λ if z > 0, else λ α e^z."""
    return SELU_SCALE * elu_grad(z, SELU_ALPHA)


def swish(z: Array) -> Array:
    """ReLU made smooth, with a dip below 0; also called SiLU.

    z σ(z)

    Source: Ramachandran, Zoph and Le, "Searching for Activation Functions", 2017, with β = 1;
    before that Elfwing, Uchibe and Doya, "Sigmoid-Weighted Linear Units", 2017.
    """
    return z * sigmoid(z)


def swish_grad(z: Array) -> Array:
    """σ(z) + z σ'(z): below 0 left of z = -1.28, above 1 right of z = 1.28."""
    return sigmoid(z) + z * sigmoid_grad(z)


def gelu(z: Array) -> Array:
    """ReLU made smooth by a probability: z times the share of normal numbers below it.

    z Φ(z) = ½ z (1 + erf(z / √2))

    PyTorch's and Keras' `gelu` have this form unless they are asked for the approximation, which is
    `gelu_tanh`.

    Source: Hendrycks and Gimpel, "Gaussian Error Linear Units (GELUs)", 2016, equation 1.
    """
    return z * _normal_share(z)


def gelu_grad(z: Array) -> Array:
    """Φ(z) + z φ(z), with the normal density φ(z) = e^(-z²/2) / √(2π).

    Below 0 left of z = -0.75, above 1 right of z = 0.75.
    """
    return _normal_share(z) + z * np.exp(-np.square(z) / 2) / math.sqrt(2 * math.pi)


def gelu_tanh(z: Array) -> Array:
    """The approximation of `gelu` that needs no error function.

    ½ z (1 + tanh u),   u = √(2/π) (z + 0.044715 z³)

    PyTorch: `approximate="tanh"`, Keras: `approximate=True`.

    Source: Hendrycks and Gimpel, as `gelu`, section 2.
    """
    value: Array = 0.5 * z * (1 + np.tanh(_cubic(z)))
    return value


def gelu_tanh_grad(z: Array) -> Array:
    """½ (1 + tanh u) + ½ z (1 - tanh² u) √(2/π) (1 + 3 · 0.044715 z²), with u as in `gelu_tanh`."""
    t = np.tanh(_cubic(z))
    inner = math.sqrt(2 / math.pi) * (1 + 3 * GELU_CUBIC * np.square(z))
    slope: Array = 0.5 * (1 + t) + 0.5 * z * (1 - t**2) * inner
    return slope


def _normal_share(z: Array) -> Array:
    """Φ(z): the share of standard normal numbers below z."""
    # erfc keeps the digits that 1 + erf loses below 0.
    share: Array = 0.5 * _erfc(-np.asarray(z) / math.sqrt(2))
    return share


def _cubic(z: Array) -> Array:
    u: Array = math.sqrt(2 / math.pi) * (z + GELU_CUBIC * np.asarray(z) ** 3)
    return u


def maxout(X: Array, W1: Array, b1: Array, W2: Array, b2: Array) -> Array:
    """Each unit is the larger of two linear functions: an activation that is learned.

    max(X W1 + b1, X W2 + b2)

    Parameters
    ----------
    X : (n, d) one row per sample
    W1, W2 : (d, units) weights of the two pieces
    b1, b2 : (units,) their biases

    Returns
    -------
    (n, units)

    Raises
    ------
    ValueError : shapes that do not fit

    Source: Goodfellow et al., "Maxout Networks", 2013, with k = 2 pieces.
    """
    _check_maxout(X, W1, b1, W2, b2)
    return np.maximum(X @ W1 + b1, X @ W2 + b2)


def maxout_backward(
    dout: Array, X: Array, W1: Array, b1: Array, W2: Array, b2: Array
) -> tuple[Array, Array, Array, Array, Array]:
    """The gradient goes to the piece that was the larger; at a tie, to the first.

    dZ1 = dout where X W1 + b1 ≥ X W2 + b2, else 0;   dZ2 = dout - dZ1
    dX = dZ1 W1ᵀ + dZ2 W2ᵀ,   dW1 = Xᵀ dZ1,   db1 = Σ over rows of dZ1,   likewise dW2, db2

    Parameters
    ----------
    dout : (n, units) gradient of the loss in what `maxout` returned
    X, W1, b1, W2, b2 : as in `maxout`

    Returns
    -------
    (dX, dW1, db1, dW2, db2)

    Raises
    ------
    ValueError : shapes that do not fit
    """
    _check_maxout(X, W1, b1, W2, b2)
    has_shape("dout", dout, (len(X), W1.shape[1]), "one row per sample and one column per unit")
    dZ1 = np.where(X @ W1 + b1 >= X @ W2 + b2, dout, 0.0)
    dZ2 = dout - dZ1
    dX = dZ1 @ W1.T + dZ2 @ W2.T
    return dX, X.T @ dZ1, dZ1.sum(axis=0), X.T @ dZ2, dZ2.sum(axis=0)


def _check_maxout(X: Array, W1: Array, b1: Array, W2: Array, b2: Array) -> None:
    dimensions("X", X, 2)
    dimensions("W1", W1, 2)
    _check_chain("X", X, "W1", W1)
    has_shape("b1", b1, W1.shape[1:], "one for each column of W1")
    has_shape("W2", W2, W1.shape, "as W1")
    has_shape("b2", b2, W1.shape[1:], "one for each column of W2")


def _check_chain(left_name: str, left: Array, right_name: str, right: Array) -> None:
    """Raise ValueError unless left @ right exists."""
    has_shape(
        right_name, right, (left.shape[1], *right.shape[1:]), f"one row per column of {left_name}"
    )


def collapse_linear(W1: Array, W2: Array, W3: Array) -> Array:
    """Three linear layers are one: depth without an activation adds nothing.

    X W1 W2 W3 = X (W1 W2 W3)

    Parameters
    ----------
    W1, W2, W3 : (d, h1), (h1, h2), (h2, units)

    Returns
    -------
    (d, units)

    Raises
    ------
    ValueError : shapes that do not fit
    """
    for name, W in (("W1", W1), ("W2", W2), ("W3", W3)):
        dimensions(name, W, 2)
    _check_chain("W1", W1, "W2", W2)
    _check_chain("W2", W2, "W3", W3)
    return W1 @ W2 @ W3


def saturated_fraction(z: Array, limit: float = 3.0) -> float:
    """The share of a layer that sits where sigmoid and tanh are flat.

    the number of |z| > limit, divided by the number of all z

    Parameters
    ----------
    z : pre-activations, of any shape
    limit : beyond it a unit counts as saturated; σ'(3) is 0.045, tanh'(3) is 0.010

    Returns
    -------
    from 0 to 1

    Raises
    ------
    ValueError : z empty or with NaN, or limit below 0
    """
    not_empty(z=z)
    no_nan(z=z)
    not_negative(limit=limit)
    return float(np.mean(np.abs(z) > limit))


def dead_units(Z: Array) -> NDArray[np.bool_]:
    """Which units are above 0 for no sample: ReLU passes them neither signal nor gradient.

    unit j is dead if Z_ij ≤ 0 for every i

    Parameters
    ----------
    Z : (n, units) pre-activations of a batch; the larger, the surer the verdict

    Returns
    -------
    (units,) True where dead

    Raises
    ------
    ValueError : Z not two-dimensional, empty, or with NaN
    """
    dimensions("Z", Z, 2)
    not_empty(Z=Z)
    no_nan(Z=Z)
    alive: NDArray[np.bool_] = np.any(Z > 0, axis=0)
    return ~alive
