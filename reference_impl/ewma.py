"""Exponentially weighted moving averages: the memory inside every optimizer of this course."""

from __future__ import annotations

from typing import TypeVar

import numpy as np

from reference_impl._validate import Array, between, dimensions, has_shape, positive

FloatOrArray = TypeVar("FloatOrArray", float, Array)


def ewma_step(v: FloatOrArray, x: FloatOrArray, beta: float) -> FloatOrArray:
    """One step of the moving average.

    v_t = β v_{t-1} + (1-β) x_t

    Parameters
    ----------
    v : the average so far, v_{t-1}; float or array of any shape
    x : the new value, x_t; the shape of v
    beta : weight of the past, in [0, 1]

    Returns
    -------
    v_t, the shape of v

    Raises
    ------
    ValueError : beta outside [0, 1]
    """
    between("beta", beta, 0, 1)
    return beta * v + (1 - beta) * x


def ewma(x: Array, beta: float) -> Array:
    """The moving average after each value, started at v_0 = 0.

    v_t = β v_{t-1} + (1-β) x_t,   v_0 = 0

    Parameters
    ----------
    x : (n,) the series x_1 … x_n
    beta : weight of the past, in [0, 1]

    Returns
    -------
    (n,) v_1 … v_n

    Raises
    ------
    ValueError : x not one-dimensional, or beta outside [0, 1]
    """
    dimensions("x", x, 1)
    between("beta", beta, 0, 1)
    averages = np.empty(len(x))
    v = 0.0
    for t, x_t in enumerate(x):
        v = beta * v + (1 - beta) * x_t
        averages[t] = v
    return averages


def ewma_weights(n: int, beta: float) -> Array:
    """The weight of each value of the series in its last average v_n.

    v_n = Σ_i (1-β) β^(n-i) x_i,   i = 1 … n

    The weights sum to 1 - β^n: what is missing to 1 sits on v_0 = 0.

    Parameters
    ----------
    n : length of the series
    beta : weight of the past, in [0, 1]

    Returns
    -------
    (n,) weights of x_1 … x_n, oldest first

    Raises
    ------
    ValueError : n negative, or beta outside [0, 1]
    """
    between("n", n, 0, np.inf)
    between("beta", beta, 0, 1)
    i = np.arange(1.0, n + 1)
    weights: Array = (1 - beta) * beta ** (n - i)
    return weights


def ewma_corrected(x: Array, beta: float) -> Array:
    """The moving average without its pull towards v_0 = 0.

    v̂_t = v_t / (1 - β^t)

    The same numbers as pandas' `ewm(alpha=1-beta, adjust=True).mean()`, its default.

    Parameters
    ----------
    x : (n,) the series x_1 … x_n
    beta : weight of the past, in [0, 1)

    Returns
    -------
    (n,) v̂_1 … v̂_n

    Raises
    ------
    ValueError : x not one-dimensional, or beta outside [0, 1)

    Source: Kingma and Ba, "Adam: A Method for Stochastic Optimization", 2015, section 3.
    """
    between("beta", beta, 0, 1, below=True)
    v = ewma(x, beta)
    t = np.arange(1, len(v) + 1)
    return v / (1 - beta**t)


def effective_window(beta: float) -> float:
    """About how many values the average remembers.

    1 / (1-β)

    Older values have together a weight of β^(1/(1-β)), about 1/e.

    Parameters
    ----------
    beta : weight of the past, in [0, 1)

    Returns
    -------
    the window in steps

    Raises
    ------
    ValueError : beta outside [0, 1)
    """
    between("beta", beta, 0, 1, below=True)
    return 1 / (1 - beta)


def beta_from_alpha(alpha: float) -> float:
    """pandas' smoothing factor, the weight of the new value, as β, the weight of the past.

    β = 1 - α

    Parameters
    ----------
    alpha : weight of the new value, in (0, 1]

    Returns
    -------
    β in [0, 1)

    Raises
    ------
    ValueError : alpha outside (0, 1]
    """
    positive(alpha=alpha)
    between("alpha", alpha, 0, 1)
    return 1 - alpha


def ema_update(average: FloatOrArray, value: FloatOrArray, decay: float) -> FloatOrArray:
    """The average of the weights that is kept for prediction, after one more step of training.

    average = decay · average + (1 - decay) · value

    It starts at the first weights and not at 0, so it needs no bias correction.

    Parameters
    ----------
    average : the average so far; float or array of any shape
    value : the weights after this step; the shape of average
    decay : weight of the old average, in [0, 1]; such as 0.999

    Returns
    -------
    the new average, the shape of average

    Raises
    ------
    ValueError : decay outside [0, 1], or shapes that differ

    Source: Polyak and Juditsky, "Acceleration of Stochastic Approximation by Averaging", 1992, for
    the idea; with exponential weights as in PyTorch's swa_utils.get_ema_multi_avg_fn.
    """
    has_shape("value", value, np.shape(average), "as average")
    return ewma_step(average, value, decay)
