"""Data: scaling, a split for training and test, and small sets made from a random generator."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from reference_impl._validate import Array, between, dimensions, not_empty, not_negative, positive

Labels = NDArray[np.intp]
"""Class numbers 0 … k-1, one per sample."""


class Split(NamedTuple):
    """A classification set in two parts: to train on, and to test with once at the end."""

    X: NDArray[np.floating[Any]]
    """(n, d) training samples, one per row"""
    labels: Labels
    """(n,) their classes"""
    X_test: NDArray[np.floating[Any]]
    """(m, d) test samples"""
    labels_test: Labels
    """(m,) their classes"""


def standardize(X: Array) -> Array:
    """Each column shifted to mean 0 and scaled to standard deviation 1.

    (X - μ) / σ,   σ² = (1/n) Σ (x - μ)²;   a constant column becomes 0

    Parameters
    ----------
    X : (n, d) one row per sample, n ≥ 1

    Returns
    -------
    (n, d)

    Raises
    ------
    ValueError : X not two-dimensional
    """
    dimensions("X", X, 2)
    X = _of_ordinary_size(np.asarray(X, dtype=np.float64))
    mu = X.mean(axis=0)
    sigma = X.std(axis=0)
    # Not `sigma == 0`: rounding in the mean leaves 1e-17 on a column of 0.1s, not 0.
    constant = (X[:1] == X).all(axis=0)
    return np.where(constant, 0.0, (X - mu) / np.where(constant, 1.0, sigma))


def _of_ordinary_size(X: Array) -> Array:
    """Columns whose squares would be 0 or infinite, divided by their largest number."""
    largest = np.abs(X).max(axis=0, initial=0.0)
    extreme = (largest > 1e100) | ((largest < 1e-100) & (largest > 0))
    return X / np.where(extreme, largest, 1.0)


def stratified_split(
    labels: Labels, test_size: int, rng: np.random.Generator
) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Indices of training and test samples, each class with its share in both, in random order.

    A class with c of the n samples gives ⌊c m / n⌋ or ⌈c m / n⌉ of them to the test.

    Parameters
    ----------
    labels : (n,)
    test_size : m, 1 … n-1
    rng : source of the choice and of the order

    Returns
    -------
    (train, test) : (n-m,) and (m,), without a common index

    Raises
    ------
    ValueError : labels not one-dimensional, or test_size that leaves one part empty
    """
    dimensions("labels", labels, 1)
    n = len(labels)
    between("test_size", test_size, 1, n - 1)
    order = rng.permutation(n)
    by_class = order[np.argsort(labels[order], kind="stable")]
    # Evenly spaced along the sorted labels: no class is met more or less often than its share.
    places = np.arange(test_size) * n // test_size
    train, test = np.delete(by_class, places), by_class[places]
    return rng.permutation(train), rng.permutation(test)


def noisy_series(
    n: int, rng: np.random.Generator, noise: float = 2.0, level: float = 15.0, season: float = 8.0
) -> tuple[Array, Array]:
    """A slow wave under noise, such as a year of daily temperatures.

    x_t = level + season · sin(2π t / n - π/2) + noise · N(0, 1),   t = 0 … n-1

    Parameters
    ----------
    n : number of values
    rng : source of the noise
    noise : standard deviation of the noise
    level : mean of the series; far from 0, so that the start at v_0 = 0 shows
    season : amplitude of the wave

    Returns
    -------
    (x, signal) : (n,) the noisy series and (n,) the wave alone

    Raises
    ------
    ValueError : n or noise negative
    """
    not_negative(n=n, noise=noise)
    t = np.arange(n)
    signal = level + season * np.sin(2 * np.pi * t / n - np.pi / 2)
    return signal + noise * rng.standard_normal(n), signal


def linear_data(
    n: int,
    d: int,
    rng: np.random.Generator,
    noise: float = 0.1,
    scales: Array | float = 1.0,
) -> tuple[Array, Array, Array]:
    """A linear regression problem with known weights.

    X = Z · scales,   y = X w + noise · N(0, 1),   Z and w from N(0, 1)

    Different scales make a ravine: the condition number of the problem grows with the
    square of their ratio.

    Parameters
    ----------
    n, d : samples and features
    rng : source of Z, w and the noise
    noise : standard deviation of the noise in y
    scales : (d,) or one number: standard deviation of each feature

    Returns
    -------
    (X, y, w) : (n, d), (n,), (d,)

    Raises
    ------
    ValueError : n, d or noise negative, or scales neither a number nor (d,)
    """
    not_negative(n=n, d=d, noise=noise)
    if np.shape(scales) not in ((), (d,)):
        raise ValueError(f"scales has shape {np.shape(scales)}; it needs () or ({d},)")
    X = rng.standard_normal((n, d)) * scales
    w = rng.standard_normal(d)
    y = X @ w + noise * rng.standard_normal(n)
    return X, y, w


def sparse_data(
    n: int, d: int, rng: np.random.Generator, most: float = 0.5, least: float = 0.01
) -> tuple[Array, NDArray[np.intp], Array]:
    """Yes-or-no features, some common and some rare, as words in texts, with binary labels.

    x_ij = 1 with probability q_j,   q_1 = most … q_d = least, evenly in the logarithm
    y_i = 1 with probability 1 / (1 + e^(-z_i)),   z_i = Σ_j (x_ij - q_j) w_j,   w_j = ±3

    Parameters
    ----------
    n, d : samples and features
    rng : source of features, weights and labels
    most, least : probabilities of the most common and the rarest feature, in (0, 1]

    Returns
    -------
    (X, labels, w) : (n, d) of 0.0 and 1.0, (n,) of 0 and 1, (d,)

    Raises
    ------
    ValueError : n or d negative, or a probability outside (0, 1]
    """
    not_negative(n=n, d=d)
    positive(most=most, least=least)
    between("most", most, 0, 1)
    between("least", least, 0, 1)
    q = np.geomspace(most, least, d)
    X = (rng.random((n, d)) < q).astype(np.float64)
    w = 3.0 * rng.choice([-1.0, 1.0], size=d)
    z = (X - q) @ w
    labels = (rng.random(n) < 1 / (1 + np.exp(-z))).astype(np.intp)
    return X, labels, w


def moons(n: int, noise: float, rng: np.random.Generator) -> tuple[Array, NDArray[np.intp]]:
    """Two half circles, each reaching into the other: no line separates them, but a curve does.

    class 0: x = (cos t, sin t),   class 1: x = (1 - cos t, ½ - sin t),   t from U(0, π)

    Parameters
    ----------
    n : samples; both classes have the same number, or class 0 has one more
    noise : standard deviation of what is added to both coordinates
    rng : source of t, the noise and the order

    Returns
    -------
    (X, labels) : (n, 2), (n,) of 0 and 1

    Raises
    ------
    ValueError : n or noise negative
    """
    not_negative(n=n, noise=noise)
    labels = _balanced_labels(n, 2, rng)
    t = rng.uniform(0, np.pi, n)
    upper = np.column_stack([np.cos(t), np.sin(t)])
    X = np.where(labels[:, None] == 0, upper, [1, 0.5] - upper)
    return X + noise * rng.standard_normal((n, 2)), labels


def spirals(
    n: int, noise: float, rng: np.random.Generator, arms: int = 3
) -> tuple[Array, NDArray[np.intp]]:
    """Arms that turn once around the centre, one for each class.

    x = r (cos φ, sin φ),   φ = 2π (r + label / arms),   r from U(0.1, 1)

    Parameters
    ----------
    n : samples; all classes have the same number, or the first ones have one more
    noise : standard deviation of what is added to both coordinates; the arms are 1 / arms apart
    rng : source of r, the noise and the order
    arms : number of classes

    Returns
    -------
    (X, labels) : (n, 2), (n,) of 0 … arms-1

    Raises
    ------
    ValueError : n or noise negative, or arms below 1
    """
    not_negative(n=n, noise=noise)
    positive(arms=arms)
    labels = _balanced_labels(n, arms, rng)
    r = rng.uniform(0.1, 1, n)
    phi = 2 * np.pi * (r + labels / arms)
    X = r[:, None] * np.column_stack([np.cos(phi), np.sin(phi)])
    return X + noise * rng.standard_normal((n, 2)), labels


def blobs(
    n: int, centers: Array, spread: float, rng: np.random.Generator
) -> tuple[Array, NDArray[np.intp]]:
    """A round cloud of samples around each centre, one for each class.

    x = centers[label] + spread · N(0, I)

    Parameters
    ----------
    n : samples; all classes have the same number, or the first ones have one more
    centers : (k, d) one row per class
    spread : standard deviation of each coordinate
    rng : source of the clouds and of the order

    Returns
    -------
    (X, labels) : (n, d), (n,) of 0 … k-1

    Raises
    ------
    ValueError : n or spread negative, or centers not two-dimensional or empty
    """
    not_negative(n=n, spread=spread)
    dimensions("centers", centers, 2)
    not_empty(centers=centers)
    k, d = np.shape(centers)
    labels = _balanced_labels(n, k, rng)
    return np.asarray(centers)[labels] + spread * rng.standard_normal((n, d)), labels


def _balanced_labels(n: int, classes: int, rng: np.random.Generator) -> NDArray[np.intp]:
    """n labels 0 … classes-1 in random order, each as often as any other or once more."""
    return rng.permutation(np.arange(n) % classes)
