"""Data, numerical gradients, clipping and the loss."""

from __future__ import annotations

import warnings

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from reference_impl.datasets import (
    linear_data,
    noisy_series,
    sparse_data,
    standardize,
)
from reference_impl.descent import minibatches
from reference_impl.gradients import (
    clip_by_global_norm,
    clip_by_value,
    numerical_gradient,
    relative_error,
)
from reference_impl.losses import mse_and_gradient

seeds = st.integers(0, 2**32 - 1)


@given(seeds, st.integers(2, 30), st.integers(1, 5))
def test_standardized_columns(seed, n, d):
    X = np.random.default_rng(seed).normal(5, 3, size=(n, d))
    Z = standardize(X)
    np.testing.assert_allclose(Z.mean(axis=0), 0, atol=1e-12)
    np.testing.assert_allclose(Z.std(axis=0), 1)


@pytest.mark.parametrize("level", [0.0, 0.1, 1e9 / 3])
def test_a_constant_column_becomes_0(level):
    X = np.column_stack([np.full(7, level), np.arange(7.0)])
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert not standardize(X)[:, 0].any()


@given(seeds, st.integers(0, 100), st.integers(1, 30))
def test_minibatches_take_every_index_once(seed, n, batch_size):
    batches = minibatches(n, batch_size, np.random.default_rng(seed))
    sizes = [len(batch) for batch in batches]
    assert sorted(i for batch in batches for i in batch) == list(range(n))
    assert all(size == batch_size for size in sizes[:-1])
    assert all(1 <= size <= batch_size for size in sizes)


def test_minibatches_mix_the_samples_and_not_only_the_batches():
    rng = np.random.default_rng(0)
    first = {tuple(sorted(minibatches(100, 10, rng)[0])) for _ in range(20)}
    assert len(first) == 20


def test_toy_data_has_the_promised_shape_and_is_repeatable():
    for make in (
        lambda rng: noisy_series(50, rng),
        lambda rng: linear_data(20, 3, rng, scales=np.array([1.0, 10.0, 0.1])),
        lambda rng: sparse_data(40, 6, rng),
    ):
        once, again = make(np.random.default_rng(3)), make(np.random.default_rng(3))
        assert all(np.array_equal(a, b) for a, b in zip(once, again, strict=True))


def test_linear_data_without_noise_is_linear():
    X, y, w = linear_data(30, 4, np.random.default_rng(0), noise=0.0)
    np.testing.assert_allclose(mse_and_gradient(w, X, y)[0], 0, atol=1e-25)


def test_sparse_features_are_as_rare_as_asked_and_labels_follow_them():
    X, labels, w = sparse_data(20_000, 5, np.random.default_rng(0), most=0.4, least=0.02)
    assert set(np.unique(X)) == {0.0, 1.0}
    np.testing.assert_allclose(X.mean(axis=0)[[0, -1]], [0.4, 0.02], rtol=0.15)
    for j in range(5):
        lift = labels[X[:, j] == 1].mean() - labels[X[:, j] == 0].mean()
        assert lift * w[j] > 0


@given(seeds, st.sampled_from([(), (3,), (2, 3), (2, 1, 2)]))
def test_numerical_gradient_of_a_cubic(seed, shape):
    x = np.random.default_rng(seed).normal(size=shape)
    before = x.copy()
    gradient = numerical_gradient(lambda x: float(np.sum(x**3)), x)
    np.testing.assert_allclose(gradient, 3 * x**2, atol=1e-8)
    np.testing.assert_array_equal(x, before)
    assert gradient.shape == shape


def test_the_differences_are_central():
    """Forward differences are off by h f''/2; central ones are exact on a parabola."""
    assert numerical_gradient(lambda x: float(x**2), np.array(3.0), h=0.5) == pytest.approx(6.0)


def test_integers_are_differentiated_as_floats():
    np.testing.assert_allclose(numerical_gradient(lambda x: x @ x, np.array([1, 2])), [2, 4])


def test_relative_error():
    assert relative_error(np.ones(3), np.ones(3)) == 0
    assert relative_error(np.array([1.0, 1.0]), np.array([1.0, 3.0])) == 0.5
    assert relative_error(np.array([1.0]), np.array([-1.0])) == 1
    assert relative_error(np.zeros(2), np.array([0.0, 1e-9])) == pytest.approx(0.1)
    assert np.isnan(relative_error(np.array([np.nan, 1.0]), np.ones(2)))
    with pytest.raises(ValueError, match=r"b has shape \(3, 1\); it needs \(3,\)"):
        relative_error(np.ones(3), np.ones((3, 1)))


@given(seeds, st.floats(1e-3, 1e3))
def test_clipped_norm_and_direction(seed, max_norm):
    rng = np.random.default_rng(seed)
    grads = [rng.normal(size=shape) * 10 ** rng.uniform(-2, 2) for shape in [(3,), (2, 4), ()]]
    before = [g.copy() for g in grads]
    clipped, norm = clip_by_global_norm(grads, max_norm)
    flat = np.concatenate([g.ravel() for g in grads])
    flat_clipped = np.concatenate([np.ravel(g) for g in clipped])
    assert norm == pytest.approx(np.linalg.norm(flat))
    assert np.linalg.norm(flat_clipped) == pytest.approx(min(norm, max_norm))
    np.testing.assert_allclose(flat_clipped * norm, flat * min(norm, max_norm), rtol=1e-9)
    assert all(np.array_equal(g, b) for g, b in zip(grads, before, strict=True))


def test_clipping_nothing_and_zeros():
    assert clip_by_global_norm([], 1.0) == ([], 0.0)
    assert not clip_by_global_norm([np.zeros(2)], 1.0)[0][0].any()
    short = np.ones(2)
    [same], _ = clip_by_global_norm([short], 9.0)
    np.testing.assert_array_equal(same, short)
    assert not np.shares_memory(same, short)


@given(seeds, st.floats(1e-3, 10))
def test_clip_by_value_is_the_nearest_point_of_the_box(seed, limit):
    g = np.random.default_rng(seed).normal(size=(3, 2)) * 5
    (clipped,) = clip_by_value([g], limit)
    assert np.abs(clipped).max() <= limit
    np.testing.assert_array_equal(clipped[np.abs(g) <= limit], g[np.abs(g) <= limit])
    np.testing.assert_array_equal(np.sign(clipped), np.sign(g))
    assert clipped is not g


@given(seeds, st.integers(1, 20), st.integers(1, 5))
def test_mse_gradient_by_central_differences(seed, n, d):
    rng = np.random.default_rng(seed)
    w, X, y = rng.normal(size=d), rng.normal(size=(n, d)), rng.normal(size=n)
    loss, gradient = mse_and_gradient(w, X, y)
    assert loss == pytest.approx(sum((X[i] @ w - y[i]) ** 2 for i in range(n)) / n)
    numerical = numerical_gradient(lambda w: mse_and_gradient(w, X, y)[0], w)
    np.testing.assert_allclose(gradient, numerical, rtol=1e-5, atol=1e-7)


@pytest.mark.parametrize("size", [1e-200, 1e-320, 1e200, 1e308])
def test_columns_of_extreme_size_are_standardized(size):
    X = np.array([[1.0, 1.0, 1.0], [0.5, 3.0, 1.0]]) * [size, 1.0, size]
    np.testing.assert_allclose(standardize(X), [[1, -1, 0], [-1, 1, 0]], rtol=1e-9)


@pytest.mark.parametrize(
    "call",
    [
        lambda: mse_and_gradient(np.ones(2), np.ones((3, 2)), np.ones((3, 1))),
        lambda: mse_and_gradient(np.ones((2, 1)), np.ones((3, 2)), np.ones(3)),
        lambda: mse_and_gradient(np.ones(2), np.ones((0, 2)), np.ones(0)),
        lambda: standardize(np.ones(3)),
        lambda: minibatches(3, 0, np.random.default_rng(0)),
        lambda: clip_by_value([np.ones(2)], 0.0),
        lambda: clip_by_global_norm([np.ones(2)], -1.0),
        lambda: numerical_gradient(np.sum, np.ones(2), h=0.0),
        lambda: linear_data(3, 2, np.random.default_rng(0), scales=np.ones(3)),
        lambda: sparse_data(3, 2, np.random.default_rng(0), most=1.5),
    ],
)
def test_bad_arguments_are_named(call):
    names = r"^(w|X|y|batch_size|limit|max_norm|h|scales|most)"
    with pytest.raises(ValueError, match=names + r" (is|has shape) .*; it (needs|must)"):
        call()
