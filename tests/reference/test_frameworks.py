"""The reference follows PyTorch, Keras and pandas, where CONVENTIONS says that it does.

frameworks.npz is made by make_framework_fixtures.py; no framework is needed here.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from reference_impl.ewma import ewma, ewma_corrected
from reference_impl.gradients import clip_by_global_norm
from reference_impl.optimizers import (
    adadelta_step,
    adagrad_step,
    adam_step,
    equivalent_lr,
    heavy_ball_step,
    momentum_step,
    nadam_step,
    nag_step_stored,
    rmsprop_step,
)

FIXTURES = Path(__file__).parents[1] / "fixtures" / "frameworks.npz"


@pytest.fixture(scope="module")
def stored():
    with np.load(FIXTURES) as file:
        return dict(file)


def walk(stored, step, states, *hyper, counted=False, first_state=None):
    """The parameters after each step on the stored gradients."""
    theta = stored["start"]
    state = [np.zeros_like(theta)] * states if first_state is None else first_state
    path = [theta]
    for t, g in enumerate(stored["gradients"], start=1):
        count = (t,) if counted else ()
        theta, *state = step(theta, *state, g, *count, *hyper)
        path.append(theta)
    return np.array(path)


def assert_same_moves(path, expected):
    """Compare the way from the start: a start of size 1 would hide moves of size 1e-9."""
    np.testing.assert_allclose(path - path[0], expected - expected[0], rtol=1e-9, atol=1e-14)


def test_the_gradients_are_worth_following(stored):
    g = np.abs(stored["gradients"])
    assert len(g) >= 60
    assert g.max() > 100
    assert 0 < g[g > 0].min() < stored["eps"] / 1e4
    assert (g == 0).any()


def test_heavy_ball_is_torch_sgd_with_momentum(stored):
    path = walk(stored, heavy_ball_step, 1, stored["lr"], stored["momentum"])
    assert_same_moves(path, stored["torch_sgd_momentum"])


def test_torch_dampening_starts_at_the_first_gradient(stored):
    """Torch's first b is g: as if the average had started there, and not at 0."""
    g, mu = stored["gradients"], stored["momentum"]
    from_gradient = walk(stored, momentum_step, 1, stored["lr"], mu, first_state=[g[0]])
    assert_same_moves(from_gradient, stored["torch_sgd_dampened"])
    from_zero = walk(stored, momentum_step, 1, stored["lr"], mu)
    assert not np.allclose(from_zero, stored["torch_sgd_dampened"])


def test_momentum_from_zero_is_torch_sgd_at_the_equivalent_lr(stored):
    """(1-β) in front of the gradient is torch's default form at a smaller lr, not dampening."""
    lr_of_average = stored["lr"] / (1 - stored["momentum"])
    assert equivalent_lr(lr_of_average, stored["momentum"]) == pytest.approx(stored["lr"])
    path = walk(stored, momentum_step, 1, lr_of_average, stored["momentum"])
    assert_same_moves(path, stored["torch_sgd_momentum"])


def test_nag_step_stored_is_torch_nesterov(stored):
    path = walk(stored, nag_step_stored, 1, stored["lr"], stored["momentum"])
    assert_same_moves(path, stored["torch_sgd_nesterov"])


@pytest.mark.parametrize(
    ("step", "oracle"), [(adam_step, "torch_adam"), (nadam_step, "torch_nadam")]
)
def test_adam_and_nadam_are_torch(stored, step, oracle):
    hyper = [stored[name] for name in ("lr", "beta1", "beta2", "eps")]
    assert_same_moves(walk(stored, step, 2, *hyper, counted=True), stored[oracle])


def test_adadelta_is_torch_at_lr_1(stored):
    path = walk(stored, adadelta_step, 2, stored["rho"], stored["eps"])
    assert_same_moves(path, stored["torch_adadelta"])


def test_adagrad_is_keras_from_an_empty_sum(stored):
    path = walk(stored, adagrad_step, 1, stored["lr"], stored["eps"])
    assert_same_moves(path, stored["keras_adagrad"])


def test_rmsprop_is_keras(stored):
    path = walk(stored, rmsprop_step, 1, stored["lr"], stored["rho"], stored["eps"])
    assert_same_moves(path, stored["keras_rmsprop"])


@pytest.mark.parametrize(("case", "scale"), [("above", 1.0), ("below", 1e-4)])
def test_clipping_is_torch_but_for_its_1e_6(stored, case, scale):
    g = stored["gradients"]
    pieces = [g[0, :3] * scale, g[1].reshape(7, 1) * scale, g[2:4] * scale]
    clipped, norm = clip_by_global_norm(pieces, float(stored["max_norm"]))
    assert norm == pytest.approx(stored[f"torch_norm_{case}"], rel=1e-12)
    # Torch divides by ‖g‖ + 1e-6, and only shortens.
    theirs = norm / (norm + 1e-6) if norm > stored["max_norm"] else 1.0
    ours = np.concatenate([piece.ravel() for piece in clipped])
    np.testing.assert_allclose(ours * theirs, stored[f"torch_clip_{case}"], rtol=1e-12)


def test_corrected_average_is_pandas_default(stored):
    ours = ewma_corrected(stored["series"], stored["beta"])
    np.testing.assert_allclose(ours, stored["pandas_adjusted"], rtol=1e-12)


def test_pandas_unadjusted_starts_at_the_first_value(stored):
    """adjust=False is v_0 = x_0: neither the raw average nor the corrected one."""
    x, beta = stored["series"], stored["beta"]
    t = np.arange(1, len(x) + 1)
    np.testing.assert_allclose(
        ewma(x, beta) + beta**t * x[0], stored["pandas_unadjusted"], rtol=1e-10
    )
    assert not np.allclose(ewma(x, beta), stored["pandas_unadjusted"])
    assert not np.allclose(ewma_corrected(x, beta), stored["pandas_unadjusted"])
