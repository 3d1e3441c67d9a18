"""Schedules, gradient descent, its largest learning rate, and the turns of a path."""

from __future__ import annotations

import math
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from reference_impl.datasets import linear_data
from reference_impl.descent import gradient_descent, largest_stable_lr, sgd_epoch
from reference_impl.diagnostics import count_turns
from reference_impl.landscapes import ravine
from reference_impl.losses import mse_and_gradient
from reference_impl.schedules import (
    cosine_decay,
    exponential_decay,
    inverse_time_decay,
    linear_warmup,
    step_decay,
    with_warmup,
)

SCHEDULES = {
    "inverse time": lambda epoch: inverse_time_decay(0.3, 0.1, epoch),
    "step": lambda epoch: step_decay(0.3, 0.5, 10, epoch),
    "exponential": lambda epoch: exponential_decay(0.3, 0.1, epoch),
    "cosine": lambda epoch: cosine_decay(0.3, epoch, 40),
}


@pytest.mark.parametrize("schedule", SCHEDULES.values(), ids=SCHEDULES.keys())
def test_schedules_start_at_lr0_and_never_rise(schedule):
    rates = [schedule(epoch) for epoch in range(60)]
    assert rates[0] == 0.3
    assert rates[-1] < 0.3 / 5
    assert all(later <= earlier for earlier, later in pairwise(rates))
    assert all(type(rate) is float for rate in rates)


def test_inverse_time_halves_at_1_over_decay():
    assert inverse_time_decay(0.4, 0.02, 50) == pytest.approx(0.2)


def test_step_drops_on_the_epoch_and_not_before():
    assert [step_decay(8.0, 0.5, 3, epoch) for epoch in (2, 3, 5, 6)] == [8, 4, 4, 2]


@given(st.floats(0, 2), st.integers(0, 50))
def test_exponential_loses_the_same_share_each_epoch(rate, epoch):
    ratio = exponential_decay(1.0, rate, epoch + 1) / exponential_decay(1.0, rate, epoch)
    assert ratio == pytest.approx(math.exp(-rate))


def test_cosine_is_half_way_at_half_time_and_0_from_the_end_on():
    assert cosine_decay(0.4, 10, 20) == pytest.approx(0.2)
    assert [cosine_decay(0.4, epoch, 20) for epoch in (20, 21, 40, 50)] == [0, 0, 0, 0]


def warmed_cosine(lr0, warmup, start, total):
    return with_warmup(lambda epoch: cosine_decay(lr0, epoch, total), warmup, start)


# name in the fixtures → our schedule of (epoch, lr0, warmup, start)
FRAMEWORKS = {
    "torch_step": lambda epoch, lr0, *_: step_decay(lr0, 0.3, 7, epoch),
    "torch_exponential": lambda epoch, lr0, *_: exponential_decay(lr0, -math.log(0.8), epoch),
    "torch_cosine": lambda epoch, lr0, *_: cosine_decay(lr0, epoch, 30),
    "torch_linear": lambda epoch, lr0, warmup, start: linear_warmup(lr0, epoch, warmup, start),
    "torch_linear_cosine": lambda epoch, *given: warmed_cosine(*given, total=24)(epoch),
    "keras_inverse_time": lambda epoch, lr0, *_: inverse_time_decay(lr0, 0.4, epoch),
    "keras_step": lambda epoch, lr0, *_: step_decay(lr0, 0.3, 7, epoch),
    "keras_exponential": lambda epoch, lr0, *_: exponential_decay(lr0, -math.log(0.8), epoch),
    "keras_cosine": lambda epoch, lr0, *_: cosine_decay(lr0, epoch, 25),
    "keras_linear_cosine": lambda epoch, *given: warmed_cosine(*given, total=24)(epoch),
}


@pytest.mark.parametrize("name", FRAMEWORKS)
def test_schedules_are_the_frameworks(name):
    with np.load(Path(__file__).parents[1] / "fixtures" / "losses.npz") as stored:
        theirs = stored[name]
        given = [float(stored[key]) for key in ("lr", "warmup", "warmup_start")]
    ours = [FRAMEWORKS[name](epoch, *given) for epoch in range(len(theirs))]
    # Keras computes its schedules in float32, where a cosine near 0 has lost digits.
    rtol, atol = (1e-12, 1e-17) if name.startswith("torch") else (1e-5, 1e-8)
    np.testing.assert_allclose(ours, theirs, rtol=rtol, atol=atol)


@pytest.mark.parametrize("schedule", SCHEDULES.values(), ids=SCHEDULES.keys())
@given(warmup=st.floats(0.5, 20), start=st.floats(0, 1))
def test_a_warm_up_leads_to_the_start_of_any_schedule(schedule, warmup, start):
    warmed = with_warmup(schedule, warmup, start)
    assert warmed(0) == pytest.approx(0.3 * start)
    assert warmed(warmup / 2) == pytest.approx(0.3 * (1 + start) / 2)
    assert warmed(warmup) == schedule(0)
    assert warmed(warmup + 7) == pytest.approx(schedule(7))
    assert linear_warmup(0.3, warmup + 7, warmup, start) == pytest.approx(0.3)


@pytest.mark.parametrize(
    "call",
    [
        lambda: linear_warmup(0.1, -1, 5, 0.1),
        lambda: linear_warmup(0.1, 1, 0, 0.1),
        lambda: linear_warmup(0.1, 1, 5, 1.1),
        lambda: with_warmup(SCHEDULES["step"], -1, 0.1),
        lambda: with_warmup(SCHEDULES["step"], 5, -0.1),
        lambda: inverse_time_decay(0.1, -1, 3),
        lambda: step_decay(0.1, 0.5, 0, 3),
        lambda: exponential_decay(0.1, 0.1, -1),
        lambda: cosine_decay(0.1, 1, 0),
        lambda: gradient_descent(lambda p: p, np.ones((2, 2)), 0.1, 3),
        lambda: gradient_descent(lambda p: p, np.ones(2), 0.1, -3),
    ],
)
def test_bad_arguments_are_named(call):
    names = r"^(decay|every|epoch|total|theta|steps|warmup|start)"
    with pytest.raises(ValueError, match=names + r" (is|has shape) .*; it (needs|must)"):
        call()


def test_trajectory_holds_every_point_and_leaves_the_start():
    start = np.array([2.0, -1.0])
    path = gradient_descent(lambda p: p, start, 0.5, 3)
    np.testing.assert_array_equal(path, start * np.array([[1], [0.5], [0.25], [0.125]]))
    path[0] = 99
    np.testing.assert_array_equal(start, [2.0, -1.0])
    np.testing.assert_array_equal(gradient_descent(lambda p: p, start, 0.5, 0), [start])


@given(st.integers(0, 2**32 - 1), st.integers(1, 4))
def test_claim_g1_the_limit_is_sharp(seed, d):
    """Claim G1: below 2/λ_max every start comes closer, above it one direction runs away."""
    rng = np.random.default_rng(seed)
    Q, _ = np.linalg.qr(rng.normal(size=(d, d)))
    eigenvalues = rng.uniform(0.5, 20, size=d)
    H = Q @ np.diag(eigenvalues) @ Q.T
    H = (H + H.T) / 2
    limit = largest_stable_lr(H)
    start = Q[:, np.argmax(eigenvalues)]
    for factor, comes_closer in [(0.99, True), (1.01, False)]:
        path = gradient_descent(lambda p: H @ p, start, factor * limit, 100)
        assert (np.linalg.norm(path[-1]) < np.linalg.norm(start)) == comes_closer


def test_claim_g1_on_the_ravine():
    landscape = ravine(30.0)
    limit = largest_stable_lr(landscape.hessian(landscape.start))
    assert limit == pytest.approx(2 / 30)
    below = gradient_descent(landscape.gradient, landscape.start, 0.95 * limit, 500)
    above = gradient_descent(landscape.gradient, landscape.start, 1.05 * limit, 500)
    np.testing.assert_allclose(below[-1], 0, atol=1e-9)
    assert np.abs(above[-1]).max() > 1e9


@pytest.mark.parametrize(
    "H",
    [np.ones((2, 3)), np.array([[1.0, 2.0], [0.0, 1.0]]), np.diag([1.0, -1.0]), np.zeros((1, 1))],
)
def test_a_matrix_that_has_no_limit_is_refused(H):
    with pytest.raises(ValueError, match="H"):
        largest_stable_lr(H)


def test_an_epoch_of_one_batch_is_a_step_of_gradient_descent():
    X, y, _ = linear_data(12, 3, np.random.default_rng(0))
    w = np.array([1.0, -1.0, 0.5])
    after = sgd_epoch(w, X, y, 0.1, 12, np.random.default_rng(1))
    np.testing.assert_allclose(after, w - 0.1 * mse_and_gradient(w, X, y)[1])
    np.testing.assert_array_equal(w, [1.0, -1.0, 0.5])


@pytest.mark.parametrize("batch_size", [1, 5, 7])
def test_epochs_find_the_weights(batch_size):
    rng = np.random.default_rng(0)
    X, y, w_true = linear_data(60, 3, rng, noise=0.0)
    w = np.zeros(3)
    for _ in range(60):
        w = sgd_epoch(w, X, y, 0.05, batch_size, rng)
    np.testing.assert_allclose(w, w_true, atol=1e-4)


def test_targets_of_another_number_than_samples_are_refused():
    with pytest.raises(ValueError, match=r"y has shape \(5,\); it needs \(3,\), one target"):
        sgd_epoch(np.ones(2), np.ones((3, 2)), np.ones(5), 0.1, 2, np.random.default_rng(0))


def test_turns():
    assert count_turns(np.array([0.0, 1.0, 0.0, 1.0])) == 2
    assert count_turns(np.array([0.0, 1.0, 1.0, 2.0])) == 0, "a rest is no turn"
    assert count_turns(np.array([0.0, 1.0, 1.0, 0.0])) == 1, "a rest at the top hides no turn"
    assert count_turns(np.array([3.0, 3.0])) == count_turns(np.array([])) == 0
    with pytest.raises(ValueError, match=r"x has shape \(2, 1\); it needs 1 dimension"):
        count_turns(np.ones((2, 1)))


@given(st.lists(st.floats(-10, 10), min_size=2, max_size=30))
def test_turns_are_the_same_backwards_and_upside_down(values):
    x = np.array(values)
    assert count_turns(x) == count_turns(x[::-1]) == count_turns(-x) <= max(0, len(x) - 2)
