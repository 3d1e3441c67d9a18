"""Weights to start from: a scale for each activation, and what goes wrong without one.

`SCALES` holds every formula, once. `draw` draws an array of any shape from it, for the layers. The
functions of the notebook draw the weights of a dense layer, and all in the same way:

    W = he_normal(fan_in, fan_out, rng)

fan_in and fan_out are the numbers of inputs and units, rng is the source of randomness, W has the
shape (fan_in, fan_out), and a fan below 1 is a ValueError. Their docstrings give the formula and
its source.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

import numpy as np

from reference_impl._validate import Array, dimensions, no_nan, not_empty, not_negative, positive

Shape = tuple[int, ...]

TRUNCATED_STD = math.sqrt(1 - 4 * math.exp(-2) / math.sqrt(2 * math.pi) / math.erf(math.sqrt(2)))
"""Standard deviation, 0.8796…, of what is left of N(0, 1) between -2 and 2."""


def _constant(value: float, shape: Shape, rng: np.random.Generator) -> Array:
    return np.full(shape, value)


def _normal(std: float, shape: Shape, rng: np.random.Generator) -> Array:
    return rng.normal(0, std, shape)


def _uniform(limit: float, shape: Shape, rng: np.random.Generator) -> Array:
    return rng.uniform(-limit, limit, shape)


def _truncated(std: float, shape: Shape, rng: np.random.Generator) -> Array:
    """A normal without its tails: what lies outside ±2 is drawn again. Then scaled to `std`."""
    draws = rng.normal(size=shape)
    while np.any(outside := np.abs(draws) > 2):
        draws[outside] = rng.normal(size=int(np.sum(outside)))
    return draws * (std / TRUNCATED_STD)


SCALES: dict[
    str,
    tuple[Callable[[float, Shape, np.random.Generator], Array], Callable[[int, int], float]],
] = {
    "zeros": (_constant, lambda fan_in, fan_out: 0.0),
    "uniform_fan_in": (_uniform, lambda fan_in, fan_out: math.sqrt(1 / fan_in)),
    "xavier_normal": (_normal, lambda fan_in, fan_out: math.sqrt(2 / (fan_in + fan_out))),
    "xavier_uniform": (_uniform, lambda fan_in, fan_out: math.sqrt(6 / (fan_in + fan_out))),
    "he_normal": (_normal, lambda fan_in, fan_out: math.sqrt(2 / fan_in)),
    "he_uniform": (_uniform, lambda fan_in, fan_out: math.sqrt(6 / fan_in)),
    "lecun_normal": (_normal, lambda fan_in, fan_out: math.sqrt(1 / fan_in)),
    "lecun_uniform": (_uniform, lambda fan_in, fan_out: math.sqrt(3 / fan_in)),
}
SCALES |= {
    f"{scheme}_truncated": (_truncated, SCALES[f"{scheme}_normal"][1])
    for scheme in ("xavier", "he", "lecun")
}
"""Name → (distribution, its scale: the σ of a normal, the limit of a uniform one).

A uniform distribution on ±√3 σ has standard deviation σ: hence 6 where the normal has 2. The
`…_truncated` are what Keras calls GlorotNormal, HeNormal and LecunNormal.
"""


def draw(name: str, shape: Shape, fan_in: int, fan_out: int, rng: np.random.Generator) -> Array:
    """Weights of any shape by the name of their initializer.

    Parameters
    ----------
    name : a key of `SCALES`
    shape : of the array
    fan_in, fan_out : connections into and out of one unit; `fans` counts them for a shape
    rng : source of randomness

    Returns
    -------
    array of that shape

    Raises
    ------
    ValueError : a name that is not one of these, or a fan below 1
    """
    if name not in SCALES:
        raise ValueError(f"the initializer is {name!r}; it must be one of {', '.join(SCALES)}")
    positive(fan_in=fan_in, fan_out=fan_out)
    distribution, scale = SCALES[name]
    return distribution(scale(fan_in, fan_out), shape, rng)


def fans(shape: Shape) -> tuple[int, int]:
    """How many inputs one output is made of, and how many outputs one input goes to.

    dense (in, out): in, out;   convolution (out, in, kh, kw): in · kh · kw, out · kh · kw, and
    with one axis (out, in, k): in · k, out · k

    Parameters
    ----------
    shape : of the weights

    Returns
    -------
    (fan_in, fan_out)

    Raises
    ------
    ValueError : not two, three or four dimensions
    """
    match shape:
        case (units_in, units_out):
            return units_in, units_out
        case (channels_out, channels_in, k):
            return channels_in * k, channels_out * k
        case (channels_out, channels_in, kh, kw):
            return channels_in * kh * kw, channels_out * kh * kw
    raise ValueError(f"shape is {shape}; it must be (in, out), (out, in, k) or (out, in, kh, kw)")


def constant_init(fan_in: int, fan_out: int, value: float) -> Array:
    """Every weight the same: all units of a layer compute and learn the same.

    W_ij = value

    It draws nothing, so it takes the value in place of rng. With 0 in all layers and
    activation(0) = 0, nothing but the last bias learns.
    """
    positive(fan_in=fan_in, fan_out=fan_out)
    return np.full((fan_in, fan_out), float(value))


def uniform_fan_in(fan_in: int, fan_out: int, rng: np.random.Generator) -> Array:
    """The rule of thumb before Xavier, and still the start of PyTorch's Linear.

    W ~ U(-1/√fan_in, 1/√fan_in),   so σ² = 1 / (3 fan_in)

    PyTorch draws the biases likewise.

    Source: the "commonly used heuristic" of Glorot and Bengio, "Understanding the difficulty of
    training deep feedforward neural networks", 2010, equation 1.
    """
    return draw("uniform_fan_in", (fan_in, fan_out), fan_in, fan_out, rng)


def xavier_normal(fan_in: int, fan_out: int, rng: np.random.Generator) -> Array:
    """Signals and gradients keep their variance through layers that are linear near 0.

    W ~ N(0, σ²),   σ = √(2 / (fan_in + fan_out))

    Source: Glorot and Bengio, "Understanding the difficulty of training deep feedforward neural
    networks", 2010, equation 12.
    """
    return draw("xavier_normal", (fan_in, fan_out), fan_in, fan_out, rng)


def xavier_uniform(fan_in: int, fan_out: int, rng: np.random.Generator) -> Array:
    """`xavier_normal`'s variance from a uniform distribution.

    W ~ U(-a, a),   a = √(6 / (fan_in + fan_out))

    Source: Glorot and Bengio, as in `xavier_normal`, equation 16.
    """
    return draw("xavier_uniform", (fan_in, fan_out), fan_in, fan_out, rng)


def he_normal(fan_in: int, fan_out: int, rng: np.random.Generator) -> Array:
    """Twice LeCun's variance, as ReLU lets only half of the signal through.

    W ~ N(0, σ²),   σ = √(2 / fan_in)

    PyTorch draws this too; Keras' HeNormal has the same σ but no tails: `he_truncated` here.

    Source: He, Zhang, Ren and Sun, "Delving Deep into Rectifiers", 2015, equation 10.
    """
    return draw("he_normal", (fan_in, fan_out), fan_in, fan_out, rng)


def he_uniform(fan_in: int, fan_out: int, rng: np.random.Generator) -> Array:
    """`he_normal`'s variance from a uniform distribution.

    W ~ U(-a, a),   a = √(6 / fan_in)

    Source: He, Zhang, Ren and Sun, as in `he_normal`.
    """
    return draw("he_uniform", (fan_in, fan_out), fan_in, fan_out, rng)


def lecun_normal(fan_in: int, fan_out: int, rng: np.random.Generator) -> Array:
    """A weighted sum has the variance of its inputs: what SELU needs.

    W ~ N(0, σ²),   σ = √(1 / fan_in)

    Source: LeCun, Bottou, Orr and Müller, "Efficient BackProp", 1998, equation 16.
    """
    return draw("lecun_normal", (fan_in, fan_out), fan_in, fan_out, rng)


def lecun_uniform(fan_in: int, fan_out: int, rng: np.random.Generator) -> Array:
    """`lecun_normal`'s variance from a uniform distribution.

    W ~ U(-a, a),   a = √(3 / fan_in)

    Source: LeCun, Bottou, Orr and Müller, as in `lecun_normal`.
    """
    return draw("lecun_uniform", (fan_in, fan_out), fan_in, fan_out, rng)


def distinct_units(H: Array, tol: float = 1e-9) -> int:
    """How many units of a layer differ: 1 after a constant start, however long it learns.

    the number of columns j with max_i |H_ij - H_ik| > tol for every earlier column k < j

    Parameters
    ----------
    H : (n, units) activations of a batch, n at least 1
    tol : largest difference of two columns that count as one

    Returns
    -------
    from 1 to units

    Raises
    ------
    ValueError : H not two-dimensional, empty, or with NaN; tol below 0
    """
    dimensions("H", H, 2)
    not_negative(tol=tol)
    not_empty(H=H)
    no_nan(H=H)
    differences = (np.max(np.abs(H[:, :j] - H[:, j : j + 1]), axis=0) for j in range(H.shape[1]))
    return sum(bool(np.all(difference > tol)) for difference in differences)


def layer_std(
    X: Array, weights: Sequence[Array], activation: Callable[[Array], Array]
) -> list[float]:
    """How strong the signal is, layer after layer: whether it dies, explodes or lasts.

    H_0 = X,   H_l = activation(H_{l-1} W_l),   the standard deviation of all elements of H_l

    Parameters
    ----------
    X : (n, d) one row per sample
    weights : W_l, each (fan_in, fan_out); no biases
    activation : function of an array

    Returns
    -------
    one standard deviation per layer

    Raises
    ------
    ValueError : a matrix that does not fit the layer before
    """
    dimensions("X", X, 2)
    H = X
    stds = []
    for layer, W in enumerate(weights):
        dimensions(f"weights[{layer}]", W, 2)
        if len(W) != H.shape[1]:
            raise ValueError(
                f"weights[{layer}] has shape {W.shape}; it needs {H.shape[1]} rows, "
                f"one for each input of the layer"
            )
        H = activation(H @ W)
        stds.append(float(np.std(H)))
    return stds


INIT_FOR = {
    "relu": "he",
    "leaky_relu": "he",
    "tanh": "xavier",
    "sigmoid": "xavier",
    "selu": "lecun",
}


def init_for(activation: str) -> str:
    """The initialization that keeps the signal alive through this activation.

    Parameters
    ----------
    activation : relu, leaky_relu, tanh, sigmoid or selu

    Returns
    -------
    he, xavier or lecun

    Raises
    ------
    ValueError : a name that is not one of these
    """
    if activation not in INIT_FOR:
        raise ValueError(f"activation is {activation!r}; it must be one of {', '.join(INIT_FOR)}")
    return INIT_FOR[activation]
