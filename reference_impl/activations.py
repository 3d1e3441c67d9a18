"""Activations and their derivatives, for arrays of any shape.

z are the pre-activations, and what is returned has their shape. Every function is safe from
overflow: no exponential here is taken of a number above 0. At a kink the derivative is the one from
the left, as in PyTorch. What looks at a whole layer (softmax, maxout, …) stands in `layerwise`, and
can be imported from here.
"""

from __future__ import annotations

import numpy as np

from reference_impl._validate import Array, dimensions, same_shape
from reference_impl.layerwise import (
    collapse_linear,
    dead_units,
    maxout,
    maxout_backward,
    saturated_fraction,
    softmax,
    softmax_backward,
)

__all__ = [
    "SELU_ALPHA",
    "SELU_SCALE",
    "binary_step",
    "binary_step_grad",
    "collapse_linear",
    "dead_units",
    "elu",
    "elu_grad",
    "leaky_relu",
    "leaky_relu_grad",
    "linear",
    "linear_grad",
    "maxout",
    "maxout_backward",
    "prelu",
    "prelu_backward",
    "relu",
    "relu_grad",
    "saturated_fraction",
    "selu",
    "selu_grad",
    "sigmoid",
    "sigmoid_grad",
    "softmax",
    "softmax_backward",
    "swish",
    "swish_grad",
    "tanh",
    "tanh_grad",
]

SELU_SCALE = 1.0507009873554804934193349852946
SELU_ALPHA = 1.6732632423543772848170429916717
"""λ and α for which mean 0 and variance 1 are the fixed point: SELU paper, equation 14."""


def binary_step(z: Array) -> Array:
    """The first artificial neuron: it fires or it does not.

    1 if z ≥ 0, else 0

    Source: McCulloch and Pitts, "A Logical Calculus of the Ideas Immanent in Nervous Activity",
    1943; trained by Rosenblatt, "The Perceptron", 1958.
    """
    return np.heaviside(z, 1.0)


def binary_step_grad(z: Array) -> Array:
    """0 everywhere: nothing for gradient descent to follow.

    The jump at 0 has no derivative; 0 is given there too.
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
    """The sigmoid around 0: from -1 to 1.

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
    """What is negative is cut off.

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
    a : the one slope of all units; the paper, and Keras, have one a channel or unit as well

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
    same_shape(z=z, dout=dout)
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

    It asks for `lecun_normal` weights and standardized inputs.

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
