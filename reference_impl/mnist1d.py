"""MNIST-1D: ten signals of 40 values, made by a recipe, harder for a linear model than for a CNN.

Source: Greydanus and Kobak, "Scaling Down Deep Learning with MNIST-1D", 2024.
"""

from __future__ import annotations

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from reference_impl._validate import Array
from reference_impl.datasets import Split

SAMPLES, TRAINING = 5000, 4000
PADDED, LENGTH = 72, 40
"""Values of a signal while it is transformed, and at the end."""
LEAST_PADDING, MOST_PADDING = 36, 60
MOST_SHIFT = 48
SCALE, SHEAR = 0.4, 0.75
SMOOTH_NOISE, WHITE_NOISE = 0.25, 0.02


def templates() -> Array:
    """The ten digits as signals of 12 values, each with standard deviation 1/6, starting at 0."""
    x: Array = np.array(
        [
            [5, 6, 6.5, 6.75, 7, 7, 7, 7, 6.75, 6.5, 6, 5],
            [5, 3, 3, 3.4, 3.8, 4.2, 4.6, 5, 5.4, 5.8, 5, 5],
            [5, 6, 6.5, 6.5, 6, 5.25, 4.75, 4, 3.5, 3.5, 4, 5],
            [5, 6, 6.5, 6.5, 6, 5, 5, 6, 6.5, 6.5, 6, 5],
            [5, 4.4, 3.8, 3.2, 2.6, 2.6, 5, 5, 5, 5, 5, 5],
            [5, 3, 3, 3, 3, 5, 6, 6.5, 6.5, 6, 4.5, 5],
            [5, 4, 3.5, 3.25, 3, 3, 3, 3, 3.25, 3.5, 4, 5],
            [5, 7, 7, 6.6, 6.2, 5.8, 5.4, 5, 4.6, 4.2, 5, 5],
            [5, 4, 3.5, 3.5, 4, 5, 5, 4, 3.5, 3.5, 4, 5],
            [5, 4, 3.5, 3.5, 4, 5, 5, 5, 5, 4.7, 4.3, 5],
        ]
    )
    x -= x.mean(axis=1, keepdims=True)
    x /= x.std(axis=1, keepdims=True)
    x -= x[:, :1]
    return x / 6


def mnist1d(seed: int = 42, permute: bool = False) -> Split:
    """5,000 signals of 40 values in ten classes: 4,000 to train on, 1,000 to test with.

    Each is its class's template, padded with 36 … 60 zeros and stretched to 72 values; scaled by
    1 ± 0.2; shifted round by 0 … 47 values; with smooth noise (0.25 · N(0, 1) under a Gaussian
    filter, σ = 2) where it is 0 and white noise (0.02) everywhere; sheared by up to ± 0.375 from
    end to end; resampled to 40 values. At the end the whole set has mean 0 and standard
    deviation 1.

    With seed 42 these are the published data.

    Parameters
    ----------
    seed : of every draw
    permute : the 40 places in one new order for all signals, which takes their neighbourhoods
        from a CNN and nothing from a dense network

    Returns
    -------
    Split with X (4000, 40) and X_test (1000, 40)

    Raises
    ------
    ValueError : seed negative or above 2³² - 1
    """
    # The published data come from NumPy's legacy generator, sample by sample in this order; the
    # arithmetic below is done on all samples at once.
    draws = np.random.RandomState(seed)
    padding, scale, shear = np.empty((3, SAMPLES))
    shift = np.empty(SAMPLES, dtype=np.intp)
    noise = np.empty((SAMPLES, 2, PADDED))
    for i in range(SAMPLES):
        padding[i], scale[i] = draws.random_sample(2)
        shift[i] = draws.randint(MOST_SHIFT)
        noise[i] = draws.standard_normal((2, PADDED))
        shear[i] = draws.random_sample()
    order = draws.permutation(SAMPLES)

    shapes = _stretched_templates()
    labels = np.repeat(np.arange(len(shapes)), SAMPLES // len(shapes))
    X = shapes[labels, (padding * shapes.shape[1]).astype(np.intp)]
    X *= 1 + SCALE * (scale[:, None] - 0.5)
    X = np.take_along_axis(X, (np.arange(PADDED) - shift[:, None]) % PADDED, axis=1)
    smooth, white = noise[:, 0], noise[:, 1]
    X = np.where(X != 0, X, _gaussian_filter(SMOOTH_NOISE * smooth, 2.0)) + WHITE_NOISE * white
    X -= SHEAR * (shear[:, None] - 0.5) * np.linspace(-0.5, 0.5, PADDED)
    X = X @ _resampling(PADDED, LENGTH)

    X, labels = X[order], labels[order]
    if permute:
        X = X[:, draws.permutation(LENGTH)]
    X = (X - X.mean()) / X.std()
    return Split(X[:TRAINING], labels[:TRAINING], X[TRAINING:], labels[TRAINING:])


def _stretched_templates() -> Array:
    """(10, 25, 72): each template with each padding, stretched to 72 values."""
    # Above 0 by a hair: a template's own zeros take no noise, only the padding does.
    shapes = templates() + 1e-8
    paddings = range(LEAST_PADDING, MOST_PADDING + 1)
    grid = np.linspace(0, 1, PADDED)
    return np.array(
        [
            [
                np.interp(grid, np.linspace(0, 1, len(x) + p), np.append(x, np.zeros(p)))
                for p in paddings
            ]
            for x in shapes
        ]
    )


def _gaussian_filter(x: Array, sigma: float) -> Array:
    """Rows smoothed by a Gaussian cut off at 4σ, mirrored at their ends."""
    radius = int(4 * sigma)
    weights = np.exp(-0.5 * (np.arange(-radius, radius + 1) / sigma) ** 2)
    mirrored = np.pad(x, ((0, 0), (radius, radius)), mode="symmetric")
    windows = sliding_window_view(mirrored, len(weights), axis=1)
    smoothed: Array = windows @ (weights / weights.sum())
    return smoothed


def _resampling(n: int, m: int) -> Array:
    """(n, m): the matrix that interpolates rows of n values linearly to m."""
    old, new = np.linspace(0, 1, n), np.linspace(0, 1, m)
    return np.array([np.interp(new, old, unit) for unit in np.eye(n)])
