"""Optimizers: what must hold for each, and for all of them."""

from __future__ import annotations

from functools import partial

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from reference_impl.landscapes import ravine, rosenbrock
from reference_impl.optimizers import (
    STATES,
    adadelta_step,
    adagrad_step,
    adam_step,
    adamw_step,
    equivalent_lr,
    heavy_ball_step,
    momentum_step,
    nadam_step,
    nag_step,
    nag_step_stored,
    optimizer_memory,
    rmsprop_step,
)

ADAM = (0.1, 0.9, 0.999, 1e-8)

# name → (step, number of state arrays, what follows the gradient)
STEPS = {
    "momentum": (momentum_step, 1, (0.1, 0.9)),
    "heavy ball": (heavy_ball_step, 1, (0.1, 0.9)),
    "nag": (
        lambda theta, v, grad, lr, mu: nag_step(theta, v, lambda _: grad, lr, mu),
        1,
        (0.1, 0.9),
    ),
    "nag stored": (nag_step_stored, 1, (0.1, 0.9)),
    "adagrad": (adagrad_step, 1, (0.1, 1e-8)),
    "rmsprop": (rmsprop_step, 1, (0.1, 0.9, 1e-8)),
    "adadelta": (adadelta_step, 2, (0.95, 1e-6)),
    "adam": (adam_step, 2, (3, *ADAM)),
    "adamw": (adamw_step, 2, (3, *ADAM, 0.01)),
    "nadam": (nadam_step, 2, (3, *ADAM)),
}

every_step = pytest.mark.parametrize(("step", "states", "hyper"), STEPS.values(), ids=STEPS.keys())
seeds = st.integers(0, 2**32 - 1)


def drawn(states, shape, seed=0):
    """Parameters, state (squares where needed: all positive) and gradient."""
    rng = np.random.default_rng(seed)
    theta, grad = rng.normal(size=shape), rng.normal(size=shape)
    return theta, [rng.uniform(0.1, 1, size=shape) for _ in range(states)], grad


@every_step
@pytest.mark.parametrize("shape", [(), (1,), (4,), (2, 3), (3, 1, 2)])
def test_steps_are_pure_and_keep_the_shape(step, states, hyper, shape):
    theta, state, grad = drawn(states, shape)
    arguments = [theta, *state, grad]
    before = [np.array(a) for a in arguments]
    results = step(theta, *state, grad, *hyper)
    assert len(results) == 1 + states
    assert all(np.shape(result) == shape for result in results)
    assert all(np.array_equal(a, b) for a, b in zip(arguments, before, strict=True))
    assert not any(
        isinstance(r, np.ndarray) and isinstance(a, np.ndarray) and np.shares_memory(r, a)
        for r in results
        for a in arguments
    )


@every_step
def test_steps_treat_each_parameter_alone(step, states, hyper):
    theta, state, grad = drawn(states, (5,))
    together = step(theta, *state, grad, *hyper)
    for i in range(5):
        alone = step(theta[i], *[s[i] for s in state], grad[i], *hyper)
        np.testing.assert_allclose([result[i] for result in together], alone, rtol=1e-14)


@every_step
def test_steps_from_rest_go_against_the_gradient(step, states, hyper):
    theta, _, grad = drawn(states, (5,))
    moved = step(theta, *[np.zeros(5)] * states, grad, *hyper)[0] - theta
    assert (moved * grad < 0).all()


@every_step
def test_a_column_is_not_stretched_over_a_row(step, states, hyper):
    theta, state, grad = drawn(states, (3,))
    with pytest.raises(ValueError, match=r"grad has shape \(3, 1\); it needs \(3,\), as theta"):
        step(theta, *state, grad[:, None], *hyper)


def walk(step, landscape, steps, states, *hyper, counted=False):
    theta, state = landscape.start, [np.zeros(2)] * states
    path = [theta]
    for t in range(1, steps + 1):
        count = (t,) if counted else ()
        theta, *state = step(theta, *state, landscape.gradient(theta), *count, *hyper)
        path.append(theta)
    return np.array(path)


@pytest.mark.parametrize(
    ("step", "states", "hyper", "counted"),
    [
        (momentum_step, 1, (0.2, 0.9), False),
        (heavy_ball_step, 1, (0.02, 0.9), False),
        (nag_step_stored, 1, (0.02, 0.9), False),
        (adagrad_step, 1, (2.0, 1e-8), False),
        (adam_step, 2, (0.1, 0.9, 0.999, 1e-8), True),
        (nadam_step, 2, (0.1, 0.9, 0.999, 1e-8), True),
    ],
)
def test_optimizers_reach_the_bottom_of_the_ravine(step, states, hyper, counted):
    path = walk(step, ravine(), 600, states, *hyper, counted=counted)
    np.testing.assert_allclose(path[-1], 0, atol=1e-3)


@given(seeds, st.floats(0, 0.99), st.floats(1e-4, 1))
def test_heavy_ball_follows_momentum_while_lr_is_constant(seed, beta, lr):
    """Claims M1 and M2."""
    gradients = np.random.default_rng(seed).normal(size=(20, 3))
    a = b = np.zeros(3)
    v = u = np.zeros(3)
    for g in gradients:
        a, v = momentum_step(a, v, g, lr, beta)
        b, u = heavy_ball_step(b, u, g, equivalent_lr(lr, beta), beta)
        np.testing.assert_allclose(a, b, rtol=1e-9, atol=1e-12)


def test_heavy_ball_and_momentum_part_when_lr_changes():
    """Claim M2: the heavy ball keeps the speed that the old learning rate gave it."""
    g, beta = np.ones(1), 0.9
    a = b = v = u = np.zeros(1)
    for t in range(20):
        lr = 0.1 if t < 10 else 0.0
        before_a, before_b = a, b
        a, v = momentum_step(a, v, g, lr, beta)
        b, u = heavy_ball_step(b, u, g, equivalent_lr(lr, beta), beta)
        moved_a, moved_b = (a - before_a).item(), (b - before_b).item()
        if t < 10:
            assert moved_a == pytest.approx(moved_b)
        else:
            assert moved_a == 0
            assert moved_b < 0


def test_momentum_without_memory_is_gradient_descent_and_with_nothing_else_stands_still():
    """Claim M3, with its erratum: in this form nothing moves at β = 1."""
    theta, (v,), g = drawn(1, (3,))
    np.testing.assert_allclose(momentum_step(theta, v, g, 0.1, 0.0)[0], theta - 0.1 * g)
    np.testing.assert_array_equal(momentum_step(theta, np.zeros(3), g, 0.1, 1.0)[0], theta)


@given(st.floats(0, 0.95), st.floats(1e-5, 5e-4))
def test_both_forms_of_nesterov_walk_one_way(momentum, lr):
    """Claim N1: θ_stored = φ - μ u and v_stored = u / η, at every step."""
    landscape = rosenbrock()
    phi, u = landscape.start, np.zeros(2)
    theta, v = landscape.start, np.zeros(2)
    for _ in range(40):
        phi, u = nag_step(phi, u, landscape.gradient, lr, momentum)
        theta, v = nag_step_stored(theta, v, landscape.gradient(theta), lr, momentum)
        np.testing.assert_allclose(theta, phi - momentum * u, rtol=1e-6, atol=1e-9)
        np.testing.assert_allclose(v * lr, u, rtol=1e-6, atol=1e-9)


def test_nag_takes_the_gradient_ahead_and_once():
    asked = []

    def grad_fn(point):
        asked.append(point)
        return np.zeros(2)

    nag_step(np.array([1.0, 2.0]), np.array([10.0, -10.0]), grad_fn, 0.1, 0.5)
    np.testing.assert_array_equal(asked, [[-4.0, 7.0]])


@given(seeds, st.floats(1e-6, 1e6))
@pytest.mark.parametrize("step", [adam_step, nadam_step, partial(adamw_step, weight_decay=0.01)])
def test_adam_does_not_see_the_scale_of_the_gradients(step, seed, scale):
    """With ε = 0 a rescaled loss gives the same path."""
    gradients = np.random.default_rng(seed).normal(size=(10, 3))
    a = b = m_a = v_a = m_b = v_b = np.zeros(3)
    for t, g in enumerate(gradients, start=1):
        a, m_a, v_a = step(a, m_a, v_a, g, t, 0.1, 0.9, 0.999, 0.0)
        b, m_b, v_b = step(b, m_b, v_b, scale * g, t, 0.1, 0.9, 0.999, 0.0)
    np.testing.assert_allclose(a, b, rtol=1e-9, atol=1e-12)


@given(seeds)
def test_first_step_of_adam_has_the_size_of_lr(seed):
    """Claim P2: the correction makes the first step lr · sign(g), whatever the gradient."""
    g = np.random.default_rng(seed).normal(size=4)
    theta, _, _ = adam_step(np.zeros(4), np.zeros(4), np.zeros(4), g, 1, 0.1, 0.9, 0.999, 0.0)
    np.testing.assert_allclose(theta, -0.1 * np.sign(g))


def test_adagrad_slows_down_and_rmsprop_does_not():
    """Claims A2 and R2: under a constant gradient of 1, η/√t against η."""
    a = b = G = s = np.zeros(1)
    for _ in range(400):
        before_a, before_b = a, b
        a, G = adagrad_step(a, G, np.ones(1), 0.1, 1e-8)
        b, s = rmsprop_step(b, s, np.ones(1), 0.1, 0.9, 1e-8)
    assert before_a - a == pytest.approx(0.1 / np.sqrt(400))
    assert before_b - b == pytest.approx(0.1)


@pytest.mark.parametrize(
    ("step", "hyper", "inside"), [(adagrad_step, (), 1.0), (rmsprop_step, (0.9,), 0.1)]
)
def test_epsilon_is_inside_the_root(step, hyper, inside):
    g, eps = 1e-4, 1e-8
    theta, _ = step(np.zeros(1), np.zeros(1), np.array([g]), 1.0, *hyper, eps)
    assert theta.item() == pytest.approx(-g / np.sqrt(inside * g**2 + eps))


def test_first_updates_of_adadelta_are_as_large_as_epsilon_lets_them():
    """Claim D1: no learning rate; from rest the step is √ε / √((1-ρ) g² + ε) · g."""
    theta, _, d = adadelta_step(
        np.zeros(1), np.zeros(1), np.zeros(1), np.array([2.0]), rho=0.9, eps=1e-6
    )
    first = -np.sqrt(1e-6) / np.sqrt(0.1 * 4 + 1e-6) * 2
    assert theta.item() == pytest.approx(first)
    assert d.item() == pytest.approx(0.1 * first**2)


@pytest.mark.parametrize("step", [adam_step, nadam_step])
def test_t_counts_from_1(step):
    with pytest.raises(ValueError, match="t is 0; it must be above 0"):
        step(np.zeros(1), np.zeros(1), np.zeros(1), np.ones(1), 0, *ADAM)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda x: momentum_step(x, x, x, 0.1, 1.1), "beta is 1.1; it must lie in"),
        (lambda x: equivalent_lr(0.1, -0.1), "beta is -0.1; it must lie in"),
        (lambda x: adamw_step(x, x, x, x, 1, *ADAM, -0.1), "weight_decay is -0.1; it must be 0"),
    ],
)
def test_numbers_without_a_meaning_are_refused(call, message):
    with pytest.raises(ValueError, match=message):
        call(np.ones(1))


def test_memory_is_what_the_steps_keep():
    """Claim P4: the state arrays that each step takes and returns, n floats each."""
    kept = {name.split()[0]: states for name, (_, states, _) in STEPS.items() if name in STATES}
    assert {name: optimizer_memory(name, 7) for name in STATES} == {
        "sgd": 0,
        **{name: 7 * states for name, states in kept.items()},
    }


def test_an_unknown_optimizer_is_answered_with_the_known_ones():
    with pytest.raises(ValueError, match=r"'lion'; it must be one of sgd, momentum, .*nadam"):
        optimizer_memory("lion", 3)
