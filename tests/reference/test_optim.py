"""Optimizers in place: their textbook forms, PyTorch and Keras, blocks, and going on later.

optim.npz is made by make_optim_fixtures.py; no framework is needed here.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reference_impl import gradients
from reference_impl.optim import (
    SGD,
    AdaDelta,
    AdaGrad,
    Adam,
    AdamW,
    Nadam,
    RMSprop,
    clip_by_global_norm,
    clip_by_value,
    optimizer,
)
from reference_impl.optimizers import (
    adadelta_step,
    adagrad_step,
    adam_step,
    adamw_step,
    heavy_ball_step,
    momentum_step,
    nadam_step,
    nag_step,
    nag_step_stored,
    rmsprop_step,
)

FIXTURES = Path(__file__).parents[1] / "fixtures" / "optim.npz"

LR, MU, DECAY = 0.1, 0.8, 0.2
EPS = 1e-7


def decayed(step):
    """A textbook step that sees g + λ θ in place of g."""
    return lambda theta, state, g, t, lr: step(theta, state, g + DECAY * theta, t, lr)


def outside(theta, state, g, t, lr):
    """v = μ v + g is (1-β)⁻¹ times the average of `momentum_step`."""
    theta, average = momentum_step(theta, (1 - MU) * state[0], g, lr / (1 - MU), MU)
    return theta, average / (1 - MU)


def nag_seen_ahead(theta, state, g, t, lr):
    """`nag_step`, followed where its gradient is taken: θ = φ - μ v."""
    (v,) = state
    phi, v = nag_step(theta + MU * v, v, lambda _: g, lr, MU)
    return phi - MU * v, v


def adadelta(theta, state, g, t, lr):
    move, *state = adadelta_step(np.zeros_like(theta), *state, g, 0.9, EPS)
    return theta + lr * move, *state


def adam(theta, state, g, t, lr):
    return adam_step(theta, *state, g, t, lr, 0.9, 0.99, EPS)


def adam_eps_hat(theta, state, g, t, lr):
    """√v + ε̂ before the correction is √v̂ + ε̂ / √(1 - β2^t) after it."""
    return adam_step(theta, *state, g, t, lr, 0.9, 0.99, EPS / np.sqrt(1 - 0.99**t))


# name → (the optimizer in place, its textbook form, arrays of state)
FORMS = {
    "sgd": (lambda: SGD(LR), lambda theta, state, g, t, lr: (theta - lr * g,), 0),
    "sgd decay": (
        lambda: SGD(LR, coupled_decay=DECAY),
        decayed(lambda theta, state, g, t, lr: (theta - lr * g,)),
        0,
    ),
    "outside": (lambda: SGD(LR, MU), outside, 1),
    "inside": (
        lambda: SGD(LR, MU, form="inside"),
        lambda theta, state, g, t, lr: heavy_ball_step(theta, *state, g, lr, MU),
        1,
    ),
    "average": (
        lambda: SGD(LR, MU, form="average"),
        lambda theta, state, g, t, lr: momentum_step(theta, *state, g, lr, MU),
        1,
    ),
    "outside decay": (lambda: SGD(LR, MU, coupled_decay=DECAY), decayed(outside), 1),
    "outside nesterov": (
        lambda: SGD(LR, MU, nesterov=True),
        lambda theta, state, g, t, lr: nag_step_stored(theta, *state, g, lr, MU),
        1,
    ),
    "inside nesterov": (lambda: SGD(LR, MU, nesterov=True, form="inside"), nag_seen_ahead, 1),
    "adagrad": (
        lambda: AdaGrad(LR, EPS),
        lambda theta, state, g, t, lr: adagrad_step(theta, *state, g, lr, EPS),
        1,
    ),
    "rmsprop": (
        lambda: RMSprop(LR, 0.8, EPS),
        lambda theta, state, g, t, lr: rmsprop_step(theta, *state, g, lr, 0.8, EPS),
        1,
    ),
    "adadelta": (lambda: AdaDelta(LR, 0.9, EPS), adadelta, 2),
    "adam": (lambda: Adam(LR, 0.9, 0.99, EPS), adam, 2),
    "adam without memory": (
        lambda: Adam(LR, 0.0, 0.0, EPS),
        lambda theta, state, g, t, lr: adam_step(theta, *state, g, t, lr, 0, 0, EPS),
        2,
    ),
    "adam eps hat": (lambda: Adam(LR, 0.9, 0.99, EPS, eps_hat=True), adam_eps_hat, 2),
    "adam coupled decay": (lambda: Adam(LR, 0.9, 0.99, EPS, coupled_decay=DECAY), decayed(adam), 2),
    "adamw": (
        lambda: AdamW(LR, 0.9, 0.99, EPS, weight_decay=DECAY),
        lambda theta, state, g, t, lr: adamw_step(theta, *state, g, t, lr, 0.9, 0.99, EPS, DECAY),
        2,
    ),
    "nadam": (
        lambda: Nadam(LR, 0.9, 0.99, EPS),
        lambda theta, state, g, t, lr: nadam_step(theta, *state, g, t, lr, 0.9, 0.99, EPS),
        2,
    ),
}

MAKES = {name: make for name, (make, _, _) in FORMS.items()} | {
    "adagrad outside": lambda: AdaGrad(LR, EPS, eps_inside=False, start=0.1),
    "rmsprop outside": lambda: RMSprop(LR, 0.8, EPS, eps_inside=False),
    "nadam scheduled": lambda: Nadam(LR, momentum_decay=0.004),
}

every_optimizer = pytest.mark.parametrize("make", MAKES.values(), ids=MAKES.keys())
every_form = pytest.mark.parametrize(("make", "step", "states"), FORMS.values(), ids=FORMS.keys())
seeds = st.integers(0, 2**32 - 1)


def drawn(steps, n, seed=0):
    """Gradients (steps, n), each column of another size, 100 to 1e-12, with zeros among them."""
    rng = np.random.default_rng(seed)
    sizes = np.resize([100.0, 1.0, 1e-3, 1e-7, 1e-8, 1e-12], n)
    g = rng.normal(size=(steps, n)) * sizes
    g[rng.uniform(size=g.shape) < 0.1] = 0.0
    if n > 6:
        g[:, 6] = 0.0
    return g, rng.normal(size=n) * sizes


def walk(bound, theta, grad, g, schedule=None):
    """The parameters after each step of an optimizer that is bound to theta and grad."""
    lr = bound.lr
    path = [theta.copy()]
    for t, row in enumerate(g):
        if schedule is not None:
            bound.lr = lr * float(schedule[t])
        grad[...] = row
        bound.step()
        path.append(theta.copy())
    return np.array(path)


def walk_in_place(made, start, g, schedule=None):
    theta, grad = start.copy(), np.zeros_like(start)
    return walk(made.bind(theta, grad), theta, grad, g, schedule)


def walk_textbook(step, states, start, g, schedule):
    theta, state = start, [np.zeros_like(start)] * states
    path = [theta]
    for t, row in enumerate(g, start=1):
        theta, *state = step(theta, state, row, t, LR * schedule[t - 1])
        path.append(theta)
    return np.array(path)


def deviation(path, expected):
    """The largest difference, relative to how far each parameter went from its start."""
    way = np.max(np.abs(expected - expected[0]), axis=0)
    off = np.max(np.abs((path - path[0]) - (expected - expected[0])), axis=0)
    return np.max(np.divide(off, way, where=way > 0, out=np.where(off > 0, np.inf, 0.0)))


SCHEDULE = 1 / (1 + 0.1 * np.arange(70))


@every_form
@pytest.mark.parametrize("n", [1, 9])
def test_a_step_in_place_is_the_textbook_step(make, step, states, n):
    g, start = drawn(70, n)
    expected = walk_textbook(step, states, start, g, SCHEDULE)
    assert deviation(walk_in_place(make(), start, g, SCHEDULE), expected) < 1e-10
    assert make().bind(start, g[0]).state.shape == (states, n)


@every_form
def test_float32_stays_float32_and_close(make, step, states):
    g, start = drawn(70, 9)
    # A start of the size of the gradients would hide the way from it behind its own rounding.
    start = (start * 1e-3).astype(np.float32)
    g = g.astype(np.float32)
    quick = walk_in_place(make(), start, g, SCHEDULE)
    assert quick.dtype == np.float32
    assert make().bind(start, g[0]).state.dtype == np.float32
    exact = walk_textbook(step, states, start.astype(float), g.astype(float), SCHEDULE)
    assert deviation(quick, exact) < 1e-4


@every_optimizer
def test_the_type_of_the_settings_does_not_matter(make):
    """A schedule or a search may give np.float64: the work stays in float32, bit for bit."""
    g, start = (a.astype(np.float32) for a in drawn(5, 9))
    expected = walk_in_place(make(), start, g)
    made = make()
    made.lr = np.float64(made.lr)
    for name, value in list(vars(made).items()):
        if isinstance(value, float):
            setattr(made, name, np.float64(value))
    np.testing.assert_array_equal(walk_in_place(made, start, g), expected)


def test_a_learning_rate_may_become_0_but_not_negative():
    theta = np.ones(3)
    bound = Adam().bind(theta, np.ones(3))
    bound.lr = 0.0
    bound.step()
    np.testing.assert_array_equal(theta, 1)
    with pytest.raises(ValueError, match=r"lr is -0.1"):
        bound.lr = -0.1


@every_optimizer
@settings(max_examples=20)
@given(n=st.integers(1, 40), block=st.integers(1, 40), seed=seeds)
def test_blocks_do_not_matter(make, n, block, seed):
    g, start = drawn(5, n, seed)
    whole = walk_in_place(make(), start, g)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(optimizer, "BLOCK", block)
        np.testing.assert_array_equal(walk_in_place(make(), start, g), whole)


@every_optimizer
def test_more_than_two_blocks_are_one(make, monkeypatch):
    g, start = drawn(3, 2 * optimizer.BLOCK + 77)
    blocked = walk_in_place(make(), start, g)
    monkeypatch.setattr(optimizer, "BLOCK", len(start))
    np.testing.assert_array_equal(blocked, walk_in_place(make(), start, g))


@pytest.fixture(scope="module")
def stored():
    with np.load(FIXTURES) as file:
        return dict(file)


# The frameworks' defaults, written out; after each, what differs from it in one convention.
CONVENTIONS = {
    "torch_sgd": (SGD(0.001), {"lr": SGD(0.01)}),
    "keras_sgd": (SGD(0.01), {"lr": SGD(0.001)}),
    "torch_sgd_momentum": (
        SGD(0.001, 0.9),
        {"inside": SGD(0.001, 0.9, form="inside"), "average": SGD(0.001, 0.9, form="average")},
    ),
    "keras_sgd_momentum": (SGD(0.01, 0.9, form="inside"), {"outside": SGD(0.01, 0.9)}),
    "torch_sgd_nesterov": (
        SGD(0.001, 0.9, nesterov=True),
        {
            "inside": SGD(0.001, 0.9, nesterov=True, form="inside"),
            "plain": SGD(0.001, 0.9),
        },
    ),
    "keras_sgd_nesterov": (
        SGD(0.01, 0.9, nesterov=True, form="inside"),
        {
            "outside": SGD(0.01, 0.9, nesterov=True),
            "plain": SGD(0.01, 0.9, form="inside"),
        },
    ),
    "torch_sgd_decay": (SGD(0.001, 0.9, coupled_decay=0.1), {"none": SGD(0.001, 0.9)}),
    "torch_adagrad": (
        AdaGrad(0.01, 1e-10, eps_inside=False),
        {"inside": AdaGrad(0.01, 1e-10), "start": AdaGrad(0.01, 1e-10, False, start=0.1)},
    ),
    "keras_adagrad": (
        AdaGrad(0.001, 1e-7, start=0.1),
        {
            "outside": AdaGrad(0.001, 1e-7, eps_inside=False, start=0.1),
            "start": AdaGrad(0.001, 1e-7),
        },
    ),
    "torch_rmsprop": (
        RMSprop(0.01, 0.99, 1e-8, eps_inside=False),
        {"inside": RMSprop(0.01, 0.99, 1e-8), "beta": RMSprop(0.01, 0.9, 1e-8, False)},
    ),
    "keras_rmsprop": (
        RMSprop(0.001, 0.9, 1e-7),
        {
            "outside": RMSprop(0.001, 0.9, 1e-7, eps_inside=False),
            "beta": RMSprop(0.001, 0.99, 1e-7),
        },
    ),
    "torch_adadelta": (
        AdaDelta(1.0, 0.9, 1e-6),
        {"rho": AdaDelta(1.0, 0.95, 1e-6), "eps": AdaDelta(1.0, 0.9, 1e-7)},
    ),
    "keras_adadelta": (
        AdaDelta(0.001, 0.95, 1e-7),
        {"lr": AdaDelta(1.0, 0.95, 1e-7), "eps": AdaDelta(0.001, 0.95, 1e-6)},
    ),
    "torch_adam": (Adam(), {"hat": Adam(eps_hat=True), "eps": Adam(eps=1e-7)}),
    "keras_adam": (Adam(eps=1e-7, eps_hat=True), {"no hat": Adam(eps=1e-7)}),
    "torch_adam_decay": (
        Adam(coupled_decay=0.1),
        {"decoupled": AdamW(weight_decay=0.1), "none": Adam()},
    ),
    "keras_adam_decay": (
        AdamW(eps=1e-7, eps_hat=True, weight_decay=0.1),
        {
            "coupled": Adam(eps=1e-7, eps_hat=True, coupled_decay=0.1),
            "no hat": AdamW(eps=1e-7, weight_decay=0.1),
        },
    ),
    "torch_adamw": (
        AdamW(),
        {
            "coupled": Adam(coupled_decay=0.01),
            "decay": AdamW(weight_decay=0.004),
            "hat": AdamW(eps_hat=True),
        },
    ),
    "keras_adamw": (
        AdamW(eps=1e-7, eps_hat=True, weight_decay=0.004),
        {
            "coupled": Adam(eps=1e-7, eps_hat=True, coupled_decay=0.004),
            "decay": AdamW(eps=1e-7, eps_hat=True, weight_decay=0.01),
            "no hat": AdamW(eps=1e-7, weight_decay=0.004),
        },
    ),
    "torch_nadam": (
        Nadam(0.002, momentum_decay=0.004),
        {"keras": Nadam(0.002, momentum_decay=1.0), "constant": Nadam(0.002)},
    ),
    "keras_nadam": (
        Nadam(0.001, eps=1e-7, momentum_decay=1.0),
        {
            "torch": Nadam(0.001, eps=1e-7, momentum_decay=0.004),
            "constant": Nadam(0.001, eps=1e-7),
        },
    ),
}


@pytest.mark.parametrize("name", CONVENTIONS)
def test_conventions_are_those_of_the_framework(stored, name):
    ours, others = CONVENTIONS[name]
    g, start, schedule, theirs = (stored[k] for k in ("gradients", "start", "schedule", name))
    assert deviation(walk_in_place(ours, start, g, schedule), theirs) < 1e-9
    for what, other in others.items():
        off = deviation(walk_in_place(other, start, g, schedule), theirs)
        assert off > 1e-7, f"{what} makes no difference"


def test_every_stored_path_is_followed_for_50_steps_of_a_changing_lr(stored):
    paths = {name for name in stored if name.startswith(("torch_", "keras_"))}
    assert paths == set(CONVENTIONS)
    assert min(len(stored[name]) for name in paths) > 50
    assert len(set(stored["schedule"])) > 2


@every_optimizer
@pytest.mark.parametrize("stop", [0, 1, 57, 100])
def test_going_on_later_is_bit_for_bit_the_same(make, stop):
    """Also over the flush after 100 steps."""
    g, start = drawn(120, 9)
    whole = walk_in_place(make(), start, g)

    theta, grad = start.copy(), np.zeros_like(start)
    first = make().bind(theta, grad)
    walk(first, theta, grad, g[:stop])
    theta_then, saved = theta.copy(), first.state_dict()
    walk(first, theta, grad, g[stop:])  # what was saved stays as it was

    later = make()
    later.lr = 123.0
    theta, grad = theta_then, np.zeros_like(start)
    later.bind(theta, grad).load_state_dict(saved)
    assert (later.t, later.lr) == (stop, LR)
    np.testing.assert_array_equal(walk(later, theta, grad, g[stop:]), whole[stop:])


@every_optimizer
def test_bind_starts_afresh(make):
    g, start = drawn(7, 9)
    used = make()
    once = walk_in_place(used, start, g)
    np.testing.assert_array_equal(walk_in_place(used, start, g), once)


def test_state_of_another_size_is_refused():
    saved = Adam().bind(np.zeros(3), np.zeros(3)).state_dict()
    with pytest.raises(ValueError, match=r"state has shape \(2, 3\); it needs \(2, 4\)"):
        Adam().bind(np.zeros(4), np.zeros(4)).load_state_dict(saved)
    with pytest.raises(ValueError, match=r"state has shape \(2, 3\); it needs \(1, 3\)"):
        SGD(0.1, 0.9).bind(np.zeros(3), np.zeros(3)).load_state_dict(saved)


def subnormal(state):
    return (state != 0) & (np.abs(state) < np.finfo(state.dtype).tiny)


@pytest.mark.parametrize(
    "make",
    [
        lambda: SGD(LR, MU),
        lambda: RMSprop(LR, MU),
        lambda: AdaDelta(1.0, MU),
        lambda: Adam(LR, 0.9, MU),
        lambda: Nadam(LR, 0.9, MU),
    ],
    ids=["sgd", "rmsprop", "adadelta", "adam", "nadam"],
)
def test_subnormals_are_swept_away_and_nothing_moves_otherwise(make, monkeypatch):
    g = np.zeros((1000, 4), np.float32)
    g[:5] = np.random.default_rng(0).normal(size=(5, 4))
    start = np.ones(4, np.float32)
    swept, kept = make(), make()
    path = walk_in_place(swept, start, g)
    monkeypatch.setattr(optimizer, "FLUSH_EVERY", 10**9)
    np.testing.assert_allclose(path, walk_in_place(kept, start, g), rtol=1e-6)
    assert subnormal(kept.state).any()
    assert not subnormal(swept.state).any()


@given(seed=seeds, size=st.floats(1e-3, 1e3), limit=st.floats(1e-3, 1e3))
def test_clipping_in_place_is_the_textbook_clipping(seed, size, limit):
    g = np.random.default_rng(seed).normal(size=7) * size
    by_value, by_norm = g.copy(), g.copy()
    clip_by_value(by_value, limit)
    np.testing.assert_array_equal(by_value, gradients.clip_by_value([g], limit)[0])
    norm = clip_by_global_norm(by_norm, limit)
    pieces, wanted = gradients.clip_by_global_norm([g[:3], g[3:]], limit)
    assert norm == pytest.approx(wanted, rel=1e-12)
    np.testing.assert_allclose(by_norm, np.concatenate(pieces), rtol=1e-12)


@pytest.mark.parametrize(
    ("dtype", "size"), [(np.float32, 1e19), (np.float64, 1e200), (np.float64, 1e307)]
)
def test_a_gradient_whose_squares_are_infinite_is_clipped_all_the_same(dtype, size):
    g = np.array([3.0, 4.0], dtype) * dtype(size)
    with np.errstate(over="ignore"):
        pieces, wanted = gradients.clip_by_global_norm([g[:1], g[1:]], 1.0)
        norm = clip_by_global_norm(by_norm := g.copy(), 1.0)
        assert norm == pytest.approx(5 * size, rel=1e-6)
        assert wanted == pytest.approx(5 * size, rel=1e-6)
        for clipped in (by_norm, np.concatenate(pieces)):
            assert clipped.dtype == dtype
            np.testing.assert_allclose(clipped, [0.6, 0.8], rtol=1e-6)
        clip_by_global_norm(whole := g.copy(), 1.7e308)
        if dtype is np.float32:  # it is not too long
            np.testing.assert_array_equal(whole, g)
            np.testing.assert_array_equal(gradients.clip_by_global_norm([g], 1e30)[0][0], g)


@pytest.mark.parametrize("clip", [clip_by_value, clip_by_global_norm])
def test_clipping_keeps_float32_and_needs_a_limit(clip):
    g = np.array([3.0, -4.0], np.float32)
    clip(g, 2.0)
    assert g.dtype == np.float32
    assert np.max(np.abs(g)) <= 2
    with pytest.raises(ValueError, match=r"(limit|max_norm) is 0"):
        clip(g, 0)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: SGD(0.0), "lr is 0.0"),
        (lambda: Adam(-0.1), "lr is -0.1"),
        (lambda: RMSprop(np.nan), "lr is nan"),
        (lambda: SGD(0.1, momentum=1.0), r"momentum is 1.0; it must lie in \[0, 1\)"),
        (lambda: SGD(0.1, momentum=-0.1), "momentum is -0.1"),
        (lambda: SGD(0.1, 0.9, coupled_decay=-1.0), "coupled_decay is -1.0"),
        (lambda: SGD(0.1, 0.9, form="outsdie"), "form is 'outsdie'; it must be 'outside'"),
        (lambda: SGD(0.1, nesterov=True), "nesterov needs momentum"),
        (lambda: SGD(0.1, 0.9, nesterov=True, form="average"), "nesterov needs momentum"),
        (lambda: AdaGrad(0.1, eps=0.0), "eps is 0.0"),
        (lambda: AdaGrad(0.1, start=-0.1), "start is -0.1"),
        (lambda: RMSprop(0.1, beta=1.0), "beta is 1.0"),
        (lambda: RMSprop(0.1, eps=-1.0), "eps is -1.0"),
        (lambda: AdaDelta(rho=1.0), "rho is 1.0"),
        (lambda: AdaDelta(eps=0.0), "eps is 0.0"),
        (lambda: Adam(beta1=1.0), "beta1 is 1.0"),
        (lambda: Adam(beta2=1.0), "beta2 is 1.0"),
        (lambda: Adam(eps=0.0), "eps is 0.0"),
        (lambda: Adam(coupled_decay=-1.0), "coupled_decay is -1.0"),
        (lambda: AdamW(weight_decay=-1.0), "weight_decay is -1.0"),
        (lambda: Nadam(beta1=1.0), "beta1 is 1.0"),
        (lambda: Nadam(beta2=-0.1), "beta2 is -0.1"),
        (lambda: Nadam(eps=0.0), "eps is 0.0"),
        (lambda: Nadam(momentum_decay=-1.0), "momentum_decay is -1.0"),
    ],
)
def test_hyperparameters_that_make_no_sense(make, message):
    with pytest.raises(ValueError, match=message):
        make()


@pytest.mark.parametrize(
    ("theta", "grad"),
    [
        (np.zeros(3), np.zeros(4)),
        (np.zeros(3), np.zeros(3, np.float32)),
        (np.zeros((3, 1)), np.zeros((3, 1))),
    ],
)
def test_vectors_that_do_not_belong_together(theta, grad):
    with pytest.raises(ValueError, match=r"grad is float\d\d of shape .* as theta, flat"):
        Adam().bind(theta, grad)


def test_a_network_without_parameters_can_be_stepped():
    bound = Adam().bind(np.zeros(0), np.zeros(0))
    bound.step()
    assert bound.t == 1


def test_a_step_before_bind_says_what_comes_first():
    with pytest.raises(ValueError, match="bind"):
        Adam().step()
    with pytest.raises(ValueError, match="bind"):
        Adam().state_dict()
    with pytest.raises(ValueError, match="bind"):
        Adam().load_state_dict({})
