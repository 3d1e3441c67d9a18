"""Training and test data of a classification set, and how samples are dealt to them."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from reference_impl._validate import between, dimensions

Labels = NDArray[np.intp]
"""Class numbers 0 … k-1, one a sample."""


class Split(NamedTuple):
    """A classification set in two parts: to train on, and to test with once at the end."""

    X: NDArray[np.floating[Any]]
    """(n, d) training samples, a row each"""
    labels: Labels
    """(n,) their classes"""
    X_test: NDArray[np.floating[Any]]
    """(m, d) test samples"""
    labels_test: Labels
    """(m,) their classes"""


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
