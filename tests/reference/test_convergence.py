"""The matrix of a step with momentum: it is the step, and its rate is what a run shows."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from reference_impl.convergence import best_momentum, convergence_rate, momentum_matrix
from reference_impl.optimizers import heavy_ball_step

RATES = st.floats(0.001, 0.5)
SHARES = st.floats(0, 0.99)
CURVATURES = st.floats(0.1, 30)


@given(RATES, SHARES, CURVATURES, st.floats(-3, 3), st.floats(-3, 3))
def test_the_matrix_is_the_step(lr, momentum, lam, theta, v):
    step = heavy_ball_step(np.array([theta]), np.array([v]), np.array([lam * theta]), lr, momentum)
    after = momentum_matrix(lr, momentum, lam) @ [theta, v]
    np.testing.assert_allclose(after, np.concatenate(step), atol=1e-12)


@pytest.mark.parametrize(
    ("lr", "momentum"), [(0.02, 0.0), (0.02, 0.5), (0.1, 0.9), (0.11, 0.3), (0.13, 0.6)]
)
def test_a_long_run_shrinks_by_the_rate(lr, momentum):
    curvatures = np.array([1.0, 7.0, 25.0])
    theta, v, lengths = np.ones(3), np.zeros(3), []
    for _ in range(1200):
        theta, v = heavy_ball_step(theta, v, curvatures * theta, lr, momentum)
        size = float(np.linalg.norm([theta, v]))
        lengths.append(size)
        theta, v = theta / size, v / size  # a linear step: only the direction is carried on
    shrinks = np.exp(np.mean(np.log(lengths[200:])))
    assert convergence_rate(lr, momentum, curvatures) == pytest.approx(shrinks, rel=2e-3)


@given(SHARES, CURVATURES)
def test_it_is_stable_up_to_twice_one_plus_momentum_over_the_curvature(momentum, lam):
    limit = 2 * (1 + momentum) / lam
    assert convergence_rate(0.999 * limit, momentum, np.array([lam])) < 1
    assert convergence_rate(1.001 * limit, momentum, np.array([lam])) > 1


@given(st.integers(0, 2**32 - 1))
def test_no_pair_beats_the_best_one(seed):
    rng = np.random.default_rng(seed)
    curvatures = np.sort(rng.uniform(0.1, 30, 4))
    lr, momentum = best_momentum(np.diag(curvatures))
    rate = convergence_rate(lr, momentum, curvatures)
    root = np.sqrt(curvatures[-1] / curvatures[0])
    assert rate == pytest.approx((root - 1) / (root + 1), rel=1e-6)
    for _ in range(20):
        other = lr * rng.uniform(0.5, 1.5), np.clip(momentum + rng.uniform(-0.3, 0.3), 0, 1)
        assert convergence_rate(*other, curvatures) > rate - 1e-6


def test_claim_m7_it_is_the_root_of_the_condition_number_and_09_is_best_near_1440():
    assert best_momentum(np.diag([1.0, 25.0])) == pytest.approx((1 / 9, 4 / 9))
    assert best_momentum(np.diag([1.0, 1441.7]))[1] == pytest.approx(0.9, abs=1e-4)


@pytest.mark.parametrize("H", [np.ones((2, 3)), np.array([[1.0, 2.0], [0.0, 1.0]]), -np.eye(2)])
def test_a_matrix_that_has_no_best_pair_is_refused(H):
    with pytest.raises(ValueError, match="H"):
        best_momentum(H)


@pytest.mark.parametrize("eigenvalues", [np.ones((2, 2)), np.array([])])
def test_a_rate_needs_a_row_of_curvatures(eigenvalues):
    with pytest.raises(ValueError, match="eigenvalues"):
        convergence_rate(0.1, 0.9, eigenvalues)
