"""Penalties, ridge, lasso, decoupled weight decay, and stopping in time."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.linear_model import Lasso, Ridge

from reference_impl.gradients import numerical_gradient, relative_error
from reference_impl.optimizers import adam_step, adamw_step
from reference_impl.regularization import (
    EarlyStopping,
    l1_penalty,
    l1_subgradient,
    l2_gradient,
    l2_penalty,
    lasso_fit,
    ridge_fit,
    ridge_line_loss,
    soft_threshold,
)

seeds = st.integers(0, 2**32 - 1)


@pytest.fixture(scope="module")
def stored():
    with np.load(Path(__file__).parents[1] / "fixtures" / "losses.npz") as file:
        return dict(file)


def problem(seed, n, d):
    rng = np.random.default_rng(seed)
    return rng.normal(size=(n, d)), rng.normal(size=n)


@given(seeds, st.floats(0, 10))
def test_ridge_line_penalises_the_slope_and_not_the_intercept(seed, lam):
    rng = np.random.default_rng(seed)
    x, y = rng.normal(size=(2, 5))
    m, b = rng.normal(size=2)
    residuals = [(y[i] - (m * x[i] + b)) ** 2 for i in range(5)]
    assert ridge_line_loss(m, b, x, y, lam) == pytest.approx(sum(residuals) + lam * m * m)


@pytest.mark.parametrize(
    ("penalty", "gradient"), [(l2_penalty, l2_gradient), (l1_penalty, l1_subgradient)]
)
@given(seed=seeds, lam=st.floats(0.01, 5))
def test_gradients_of_penalties_by_central_differences(penalty, gradient, seed, lam):
    rng = np.random.default_rng(seed)
    weights = [
        rng.choice([-1, 1], size=shape) * rng.uniform(0.1, 2, size=shape)
        for shape in [(3, 2), (1,), (1, 2, 2)]
    ]
    before = [w.copy() for w in weights]
    for i, found in enumerate(gradient(weights, lam)):

        def f(w, i=i):
            return penalty([*weights[:i], w, *weights[i + 1 :]], lam)

        assert relative_error(found, numerical_gradient(f, weights[i])) < 1e-6
    assert all(np.array_equal(w, b) for w, b in zip(weights, before, strict=True))


def test_penalties_by_hand():
    weights = [np.array([[1.0, -2.0]]), np.array([0.0, 3.0])]
    assert l2_penalty(weights, 0.5) == 7
    assert l1_penalty(weights, 0.5) == 3
    assert l1_penalty([], 1.0) == l2_penalty([], 1.0) == 0
    np.testing.assert_array_equal(l1_subgradient(weights, 0.5)[1], [0, 0.5])


@given(seeds, st.integers(1, 12), st.integers(1, 6), st.floats(0.05, 20))
def test_ridge_is_where_the_gradient_is_0(seed, n, d, lam):
    """Fewer rows than columns too: λ decides what X leaves open."""
    X, y = problem(seed, n, d)
    w = ridge_fit(X, y, lam)
    (pull,) = l2_gradient([w], lam)
    np.testing.assert_allclose(-2 * X.T @ (y - X @ w) + pull, 0, atol=1e-9)


@pytest.mark.parametrize("lam", [0.1, 3.0, 100.0])
def test_ridge_is_scikit_learns(lam):
    X, y = problem(1, 30, 5)
    theirs = Ridge(alpha=lam, fit_intercept=False, tol=1e-12).fit(X, y).coef_
    np.testing.assert_allclose(ridge_fit(X, y, lam), theirs, rtol=1e-9)


def test_ridge_without_penalty_is_least_squares_or_refused():
    X, y = problem(2, 9, 3)
    np.testing.assert_allclose(ridge_fit(X, y, 0.0), np.linalg.lstsq(X, y)[0], rtol=1e-9)
    with pytest.raises(ValueError, match="lam is 0; it must be above 0"):
        ridge_fit(X[:, [0, 1, 1]], y, 0.0)


@given(st.floats(-5, 5), st.floats(0, 3))
def test_soft_threshold_is_the_proximal_step(w, t):
    """It minimises ½(u - w)² + t|u|: no u near or far is better."""
    best = float(soft_threshold(np.array(w), t))
    others = np.concatenate([np.linspace(-6, 6, 101), best + np.array([-1e-3, 1e-3]), [0.0, w]])
    cost = 0.5 * (others - w) ** 2 + t * np.abs(others)
    assert 0.5 * (best - w) ** 2 + t * abs(best) <= cost.min() + 1e-12


@pytest.mark.parametrize("share", [0.01, 0.2, 0.7])
def test_lasso_is_scikit_learns_with_its_factor_n(share):
    X, y = problem(3, 40, 8)
    lam = share * np.abs(X.T @ y).max()
    theirs = Lasso(alpha=lam / len(X), fit_intercept=False, tol=1e-12, max_iter=100_000).fit(X, y)
    ours = lasso_fit(X, y, lam, 2000)
    np.testing.assert_allclose(ours, theirs.coef_, atol=1e-8)
    np.testing.assert_array_equal(ours == 0, theirs.coef_ == 0)


@given(seeds, st.integers(1, 10), st.integers(1, 5), st.floats(0, 3))
def test_every_step_of_ista_goes_down(seed, n, d, lam):
    X, y = problem(seed, n, d)

    def loss(w):
        return 0.5 * np.sum((y - X @ w) ** 2) + lam * np.abs(w).sum()

    losses = [loss(lasso_fit(X, y, lam, steps)) for steps in range(6)]
    assert losses[0] == pytest.approx(0.5 * y @ y)
    assert all(np.diff(losses) <= 1e-12)


@given(seeds, st.integers(1, 8), st.integers(1, 5))
def test_from_the_largest_correlation_on_the_lasso_is_empty(seed, n, d):
    X, y = problem(seed, n, d)
    limit = np.abs(X.T @ y).max()
    assert not lasso_fit(X, y, limit * 1.001, 50).any()
    assert lasso_fit(X, y, limit * 0.999, 50).any()


@pytest.mark.parametrize("index", range(6))
def test_early_stopping_is_keras(stored, index):
    patience, min_delta = stored["stop_settings"][index]
    stopped = 0
    for curve, (stop, best, best_epoch) in zip(
        stored["curves"], stored["keras_stops"][index], strict=True
    ):
        stopping = EarlyStopping(int(patience), min_delta)
        found = next((epoch for epoch, loss in enumerate(curve) if stopping.step(loss)), -1)
        assert (found, stopping.best, stopping.best_step) == (stop, best, best_epoch)
        stopped += found >= 0
    assert stopped > 0


def test_early_stopping_counts_in_a_row_and_is_not_shared():
    stopping, other = EarlyStopping(2), EarlyStopping(2)
    assert [stopping.step(x) for x in (3, 4, 2, 2, 1, 5, np.nan)] == [False] * 6 + [True]
    assert (stopping.best, stopping.best_step) == (1, 4)
    assert (other.best, other.best_step) == (np.inf, None)


def test_a_gain_of_exactly_min_delta_is_none():
    stopping = EarlyStopping(1, min_delta=0.5)
    assert [stopping.step(x) for x in (2.0, 1.0, 0.5)] == [False, False, True]


def moves(stored, step, name):
    """The way from the start after each step on the stored gradients, ours and theirs."""
    theta = stored["start"]
    m = v = np.zeros_like(theta)
    ours = [theta]
    for t, g in enumerate(stored["gradients"], start=1):
        theta, m, v = step(theta, m, v, g, t)
        ours.append(theta)
    return np.array(ours) - ours[0], stored[name] - stored[name][0]


def test_adamw_is_torch(stored):
    hyper = [stored[name] for name in ("lr", "beta1", "beta2", "eps", "weight_decay")]
    ours, theirs = moves(stored, lambda *state: adamw_step(*state, *hyper), "torch_adamw")
    assert len(ours) > 50
    np.testing.assert_allclose(ours, theirs, rtol=1e-9, atol=1e-14)


def test_adamw_is_keras_but_for_the_place_of_eps(stored):
    """Keras adds ε to √v before the correction: ours, divided by √(1 - β2^t)."""
    lr, beta1, beta2, eps, decay = (
        stored[name] for name in ("lr", "beta1", "beta2", "eps", "weight_decay")
    )

    def step(theta, m, v, g, t):
        return adamw_step(theta, m, v, g, t, lr, beta1, beta2, eps / np.sqrt(1 - beta2**t), decay)

    np.testing.assert_allclose(*moves(stored, step, "keras_adamw"), rtol=1e-9, atol=1e-14)


def test_weight_decay_of_torch_adam_is_an_l2_penalty(stored):
    """Claim Q4: λθ in the gradient is not decoupled decay; the two walks part."""
    *hyper, decay = (stored[name] for name in ("lr", "beta1", "beta2", "eps", "weight_decay"))

    def step(theta, m, v, g, t):
        (pull,) = l2_gradient([theta], decay / 2)
        return adam_step(theta, m, v, g + pull, t, *hyper)

    ours, theirs = moves(stored, step, "torch_adam_l2")
    np.testing.assert_allclose(ours, theirs, rtol=1e-9, atol=1e-14)
    decoupled, _ = moves(stored, lambda *s: adamw_step(*s, *hyper, decay), "torch_adamw")
    assert np.abs(decoupled - ours).max() > 0.05


@given(seeds, st.integers(1, 50))
def test_without_decay_adamw_is_adam_and_changes_nothing_it_got(seed, t):
    rng = np.random.default_rng(seed)
    state = [*rng.normal(size=(2, 3, 2)), *rng.uniform(0.1, 1, size=(1, 3, 2))]
    grad = rng.normal(size=(3, 2))
    before = [a.copy() for a in (*state, grad)]
    with_none = adamw_step(*state, grad, t, 0.1, 0.9, 0.999, 1e-8, 0.0)
    np.testing.assert_array_equal(with_none, adam_step(*state, grad, t, 0.1, 0.9, 0.999, 1e-8))
    # A gradient of 0 without memory: only the decay is left.
    zeros = np.zeros((3, 2))
    theta, _, _ = adamw_step(state[0], zeros, zeros, zeros, t, 0.1, 0.9, 0.999, 1e-8, 0.2)
    np.testing.assert_allclose(theta, state[0] * (1 - 0.1 * 0.2), rtol=1e-12)
    np.testing.assert_array_equal([*state, grad], before)


two, three = np.ones(2), np.ones((3, 2))


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: ridge_line_loss(1, 0, two, np.ones(3), 1), r"y has shape \(3,\)"),
        (lambda: ridge_line_loss(1, 0, two, two, -1), "lam is -1"),
        (lambda: l2_penalty([two], -1), "lam is -1"),
        (lambda: l2_gradient([two], -1), "lam is -1"),
        (lambda: l1_penalty([two], np.nan), "lam is nan"),
        (lambda: l1_subgradient([two], -1), "lam is -1"),
        (lambda: ridge_fit(three, np.ones((3, 1)), 1), r"y has shape \(3, 1\); it needs \(3,\)"),
        (lambda: ridge_fit(two, two, 1), r"X has shape \(2,\); it needs 2 dim"),
        (lambda: ridge_fit(three, np.ones(3), -1), "lam is -1"),
        (lambda: soft_threshold(two, -1), "t is -1"),
        (lambda: lasso_fit(three, two, 1, 5), r"y has shape \(2,\); it needs \(3,\)"),
        (lambda: lasso_fit(three, np.ones(3), 1, -5), "steps is -5"),
        (lambda: lasso_fit(0 * three, np.ones(3), 1, 5), "largest_eigenvalue_of_XtX is 0"),
        (lambda: EarlyStopping(0), "patience is 0"),
        (lambda: EarlyStopping(1, -0.1), "min_delta is -0.1"),
        (lambda: adamw_step(two, two, two, two, 1, 0.1, 0.9, 0.9, 0.1, -1), "weight_decay is -1"),
        (lambda: adamw_step(two, two, two, three, 1, 0.1, 0.9, 0.9, 0.1, 0), "grad has shape"),
    ],
)
def test_bad_arguments_are_named(call, message):
    with pytest.raises(ValueError, match="^" + message):
        call()
