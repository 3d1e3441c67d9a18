"""Moving averages: what must hold for every series."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from reference_impl.ewma import (
    beta_from_alpha,
    effective_window,
    ewma,
    ewma_corrected,
    ewma_step,
    ewma_weights,
)

series = st.integers(0, 40).flatmap(
    lambda n: arrays(np.float64, n, elements=st.floats(-1e3, 1e3, width=32))
)
betas = st.floats(0, 0.999)


@given(series, betas)
def test_ewma_is_its_weights_times_the_series(x, beta):
    v = ewma(x, beta)
    assert v.shape == x.shape
    for t in range(1, len(x) + 1):
        assert v[t - 1] == pytest.approx(ewma_weights(t, beta) @ x[:t], abs=1e-9)


@given(st.integers(0, 200), betas)
def test_weights_sum_to_what_the_start_leaves(n, beta):
    assert ewma_weights(n, beta).sum() == pytest.approx(1 - beta**n, abs=1e-12)


@given(series, betas, st.floats(-10, 10), st.floats(-10, 10))
def test_ewma_is_linear(x, beta, a, b):
    y = np.sin(np.arange(len(x)))
    expected = a * ewma(x, beta) + b * ewma(y, beta)
    np.testing.assert_allclose(ewma(a * x + b * y, beta), expected, atol=1e-8)


@given(st.floats(-1e3, 1e3), st.integers(1, 50), betas)
def test_a_constant_series_is_its_own_corrected_average(level, n, beta):
    averages = ewma_corrected(np.full(n, level), beta)
    np.testing.assert_allclose(averages, level, rtol=1e-9, atol=1e-300)


def test_step_works_elementwise_and_leaves_its_arguments():
    v, x = np.array([1.0, 2.0]), np.array([3.0, -4.0])
    np.testing.assert_array_equal(ewma_step(v, x, 0.5), [2.0, -1.0])
    np.testing.assert_array_equal(v, [1.0, 2.0])


def test_recent_weights_of_claim_e2():
    """Claim E2: at β = 0.9 the newest value counts 10 %, the ones before it 9 % and 8.1 %."""
    np.testing.assert_allclose(ewma_weights(10, 0.9)[:-4:-1], [0.10, 0.09, 0.081])


def test_printed_averages_of_claim_e4():
    """Claim E4: what the source printed for pandas' ewm(alpha=0.9), to its print precision."""
    prices = np.array([9.71, 9.80, 9.95, 9.84, 9.855])
    printed = [9.710000, 9.791818, 9.934324, 9.849424, 9.854442]
    averages = ewma_corrected(prices, beta_from_alpha(0.9))
    np.testing.assert_array_equal(np.round(averages, 6), printed)


@given(st.floats(0.5, 0.999))
def test_older_than_the_window_weighs_about_1_over_e(beta):
    n = 10_000
    older = ewma_weights(n, beta)[: n - round(effective_window(beta))].sum()
    # β^(1/(1-β)) is ¼ at β = ½ and tends to 1/e; rounding the window moves it a little.
    assert 0.17 < older < 1 / np.e + 0.07


def test_beta_1_never_moves():
    assert not ewma(np.ones(5), 1.0).any()


@pytest.mark.parametrize(
    "call",
    [
        lambda: ewma(np.ones((2, 2)), 0.9),
        lambda: ewma(np.ones(2), 1.1),
        lambda: ewma_corrected(np.ones(2), 1.0),
        lambda: ewma_weights(-1, 0.9),
        lambda: effective_window(1.0),
        lambda: beta_from_alpha(0.0),
    ],
)
def test_bad_arguments_are_named(call):
    with pytest.raises(ValueError, match=r"^(x|beta|n|alpha) (is|has shape) .*; it"):
        call()
