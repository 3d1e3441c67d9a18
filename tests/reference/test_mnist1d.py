"""MNIST-1D is the published one.

mnist1d.npz is made from the authors' file and code by make_mnist1d_fixtures.py.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from reference_impl.mnist1d import mnist1d, templates

FIXTURES = Path(__file__).parents[1] / "fixtures" / "mnist1d.npz"


@pytest.fixture(scope="module")
def stored():
    with np.load(FIXTURES) as file:
        return dict(file)


def test_templates(stored):
    np.testing.assert_allclose(templates(), stored["templates"], rtol=1e-12, atol=1e-15)


@pytest.mark.parametrize(
    ("name", "arguments"), [("frozen", {}), ("other", {"seed": 7, "permute": True})]
)
def test_every_sample_is_the_published_one(stored, name, arguments):
    X, labels, X_test, labels_test = mnist1d(**arguments)
    both = np.concatenate([X, X_test])
    np.testing.assert_array_equal([X.shape, X_test.shape], stored[f"{name}_shapes"])
    np.testing.assert_array_equal(np.concatenate([labels, labels_test]), stored[f"{name}_labels"])
    for ours, key in [
        (X[:40], "first"),
        (X_test[:20], "first_test"),
        (both @ np.cos(np.arange(both.shape[1])), "weighted_sums"),
        ([both.mean(), both.std()], "mean_std"),
        (np.quantile(both, stored["levels"]), "quantiles"),
    ]:
        np.testing.assert_allclose(ours, stored[f"{name}_{key}"], rtol=0, atol=1e-12, err_msg=key)


def test_permuting_only_reorders_places():
    plain, permuted = mnist1d(), mnist1d(permute=True)
    np.testing.assert_array_equal(plain.labels, permuted.labels)
    np.testing.assert_allclose(np.sort(plain.X), np.sort(permuted.X), rtol=0, atol=1e-12)
    assert np.abs(plain.X - permuted.X).max() > 1


@pytest.mark.parametrize("seed", [-1, 2**32])
def test_seeds_that_the_generator_cannot_take(seed):
    with pytest.raises(ValueError, match="Seed must be between"):
        mnist1d(seed=seed)
