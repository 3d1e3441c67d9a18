"""The tape and the pieces of a training script, held to PyTorch and to central differences.

tape.npz is made by make_tape_fixtures.py; no framework is needed here.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from reference_impl.ewma import ema_update
from reference_impl.gradients import clip_by_global_norm, numerical_gradient, relative_error
from reference_impl.layers.layernorm import layer_norm
from reference_impl.losses import cross_entropy, cross_entropy_grad
from reference_impl.optimizers import adamw_step
from reference_impl.schedules import cosine_decay, warmup_cosine
from reference_impl.tape import GRADIENTS, Tensor, backpropagate, topological_order, unbroadcast

FIXTURES = Path(__file__).parents[1] / "fixtures" / "tape.npz"
LR, DECAY, MAX_NORM, AVERAGE, WARMUP, TOTAL = 0.1, 0.2, 0.5, 0.7, 3, 8  # as in the script
SHAPES = ((4, 3), (3,), (1, 3), (4, 1), (1, 1), ())


@pytest.fixture(scope="module")
def stored():
    with np.load(FIXTURES) as file:
        return dict(file)


def of(stored, kind):
    return [stored[f"{kind}_p{i}"] for i in range(14)]


def loss_on_tape(params, X, labels):
    """The script's network: dense, two residual blocks, layer normalization, dense."""
    x = X @ params[0] + params[1]
    for block in (2, 6):
        gamma, beta, W, b = params[block : block + 4]
        x = x + np.maximum(layer_norm(x, gamma, beta, 1e-5) @ W + b, 0.0)
    logits = layer_norm(x, params[10], params[11], 1e-5) @ params[12] + params[13]
    value = cross_entropy(labels, logits.value)
    return Tensor(value, (logits,), lambda g: (g * cross_entropy_grad(labels, logits.value),))


def gradients(params, X, labels):
    leaves = [Tensor(p) for p in params]
    loss = loss_on_tape(leaves, Tensor(X), labels)
    backpropagate(loss)
    return float(loss.value), [leaf.grad for leaf in leaves]


def test_a_networks_gradients_are_pytorchs(stored):
    loss, grads = gradients(of(stored, "start"), stored["X"][0], stored["labels"][0])
    assert loss == pytest.approx(stored["losses"][0], rel=1e-12)
    for got, expected in zip(grads, of(stored, "grad"), strict=True):
        np.testing.assert_allclose(got, expected, rtol=1e-9, atol=1e-12)


def test_a_whole_training_goes_pytorchs_way(stored):
    params = of(stored, "start")
    average = params
    m = v = [np.zeros_like(p) for p in params]
    for step, (X, labels) in enumerate(zip(stored["X"], stored["labels"], strict=True)):
        loss, grads = gradients(params, X, labels)
        assert loss == pytest.approx(stored["losses"][step], rel=1e-9)
        grads, norm = clip_by_global_norm(grads, MAX_NORM)
        assert norm == pytest.approx(stored["norms"][step], rel=1e-9)
        if norm > MAX_NORM:  # PyTorch adds 1e-6 to the norm when it clips
            grads = [g * norm / (norm + 1e-6) for g in grads]
        lr = warmup_cosine(step, WARMUP, TOTAL, LR)
        done = [
            adamw_step(*state, step + 1, lr, 0.9, 0.999, 1e-8, DECAY)
            for state in zip(params, m, v, grads, strict=True)
        ]
        params, m, v = ([d[i] for d in done] for i in range(3))
        average = [ema_update(a, p, AVERAGE) for a, p in zip(average, params, strict=True)]
    assert (stored["norms"] > MAX_NORM).any()
    for got, expected in zip(params, of(stored, "end"), strict=True):
        np.testing.assert_allclose(got, expected, rtol=1e-8, atol=1e-10)
    for got, expected in zip(average, of(stored, "average"), strict=True):
        np.testing.assert_allclose(got, expected, rtol=1e-8, atol=1e-10)


def test_the_schedule_is_pytorchs(stored):
    got = [warmup_cosine(step, WARMUP, TOTAL, LR) for step in range(TOTAL + 1)]
    np.testing.assert_allclose(got, stored["lrs"], rtol=1e-12, atol=1e-15)
    assert got[0] == 0
    assert warmup_cosine(TOTAL + 5, WARMUP, TOTAL, LR) == 0
    assert warmup_cosine(2, 0, TOTAL, LR) == cosine_decay(LR, 2, TOTAL)


def test_layer_norm_is_pytorchs_and_its_gradient_needs_no_second_formula(stored):
    X, gamma, beta = (Tensor(stored[f"norm_{name}"]) for name in ("X", "gamma", "beta"))
    assert isinstance(layer_norm(X.value, gamma.value, beta.value, 1e-5), np.ndarray)
    y = layer_norm(X, gamma, beta, 1e-5)
    np.testing.assert_allclose(y.value, stored["norm_y"], rtol=1e-10)
    backpropagate((y * stored["norm_dout"]).sum())
    for leaf, name in ((X, "dX"), (gamma, "dgamma"), (beta, "dbeta")):
        np.testing.assert_allclose(leaf.grad, stored[f"norm_{name}"], rtol=1e-8, atol=1e-10)


def test_broadcast_operands_get_pytorchs_gradients(stored):
    for i, shape in enumerate(SHAPES):
        got = unbroadcast(stored["broadcast_weights"], shape)
        np.testing.assert_allclose(got, stored[f"broadcast_{i}"], rtol=1e-12)
        assert got.shape == shape


TWO = [ufunc for ufunc in GRADIENTS if ufunc.nin == 2 and ufunc not in (np.matmul, np.power)]
CALCULATIONS = {
    **{f"{u.__name__} of two": (lambda x, u=u: u(x, x[:1] + 3.0).sum()) for u in TWO},
    **{
        u.__name__: (lambda x, u=u: (u(x * x / 9 + 0.5) * x).sum())
        for u in GRADIENTS
        if u.nin == 1
    },
    "a matrix by a matrix": lambda x: ((x @ x.T) @ x).sum(),
    "powers": lambda x: (x**3 + x**2).sum(),
    "powers of 0": lambda x: ((x * 0.0 + x[0]) ** 0 + (x - x[0]) ** 0 + (x - x[0]) ** 1).sum(),
    "mean, variance and spread": lambda x: (
        np.mean(x) + np.var(x, axis=1).sum() + np.std(x, axis=0, keepdims=True).sum()
    ),
    "parts and shapes": lambda x: (x[:, 1] * x.reshape(-1)[:4] * x[[0, 0, 1, 2], 0]).sum(),
    "a comparison": lambda x: (x * (x > 0)).sum(),
}  # fmt: skip


@pytest.mark.parametrize("name", CALCULATIONS)
def test_each_gradient_is_the_slope(name):
    f = CALCULATIONS[name]
    at = np.random.default_rng(3).normal(size=(4, 3)) * 2
    x = Tensor(at)
    backpropagate(f(x))
    slopes = numerical_gradient(lambda a: float(f(Tensor(a)).value), at)
    assert relative_error(x.grad, slopes) < 1e-6


def test_a_leaf_keeps_what_it_had():
    w = Tensor([1.0, 2.0])
    for _ in range(2):
        backpropagate((w * 3.0).sum())
    np.testing.assert_array_equal(w.grad, [6.0, 6.0])


def test_two_losses_may_share_nodes_and_only_leaves_add_up():
    x = Tensor(2.0)
    h = x * 3.0
    first, second = h * 1.0, h * 2.0
    backpropagate(first)
    assert x.grad == 3.0
    backpropagate(second)
    assert x.grad == 3.0 + 6.0
    assert h.grad == 2.0
    backpropagate(second)
    assert x.grad == 3.0 + 6.0 + 6.0
    leaf = Tensor(5.0)
    leaf.grad = 2.0
    backpropagate(leaf)
    assert leaf.grad == 3.0


@pytest.mark.parametrize("swap", [False, True])
def test_at_a_tie_each_gets_half_in_either_order(swap):
    x, y = Tensor([1.0, 0.0, -2.0]), Tensor([0.0, 0.0, 0.0])
    backpropagate(np.maximum(*((y, x) if swap else (x, y))).sum())
    np.testing.assert_array_equal(x.grad, [1.0, 0.5, 0.0])
    np.testing.assert_array_equal(y.grad, [0.0, 0.5, 1.0])


@pytest.mark.parametrize(
    ("compute", "message"),
    [
        (lambda t: np.var(t, ddof=1), "ddof is 1; the var of a tensor takes axis and keepdims"),
        (lambda t: np.std(t, ddof=1), "ddof is 1; the std of a tensor"),
        (lambda t: np.sum(t, initial=10), "initial is 10; the sum of a tensor"),
        (lambda t: np.sum(t, where=t > 1), "where is array"),
        (lambda t: np.mean(t, dtype=np.float32), "dtype is <class"),
        (lambda t: 2.0**t, "the exponent of a power is a tensor"),
        (lambda t: np.power(t, t), "the exponent of a power is a tensor"),
    ],
)
def test_what_would_be_ignored_is_refused(compute, message):
    with pytest.raises(TypeError, match=message):
        compute(Tensor([1.0, 2.0]))


def test_every_node_comes_after_its_parents_also_in_a_long_chain():
    x = Tensor(1.0)
    y = x
    for _ in range(3000):
        y = y * x + 0.0
    order = topological_order(y)
    place = {id(node): i for i, node in enumerate(order)}
    assert len(place) == len(order)
    assert order[-1] is y
    assert all(place[id(p)] < place[id(node)] for node in order for p in node.parents)
    backpropagate(y)
    assert x.grad == 3001.0


def test_what_cannot_be_differentiated_says_so():
    with pytest.raises(TypeError, match="arctan"):
        np.arctan(Tensor(1.0))
    x = Tensor(np.eye(2))
    for compute in (np.dot, np.outer, lambda a, b: np.where(a > 0, a, b), np.linalg.norm):
        with pytest.raises(TypeError, match=r"use an operator such as @"):
            compute(x, x)
    with pytest.raises(ValueError, match="cannot be broadcast"):
        unbroadcast(np.ones((2, 3)), (2,))
    with pytest.raises(ValueError, match="total"):
        warmup_cosine(0, 5, 5, 0.1)
    with pytest.raises(ValueError, match="step is -1"):
        warmup_cosine(-1, 0, 5, 0.1)
    with pytest.raises(ValueError, match="warmup is -1"):
        warmup_cosine(0, -1, 5, 0.1)
    with pytest.raises(ValueError, match="gamma"):
        layer_norm(np.ones((2, 3)), np.ones(2), np.ones(3), 1e-5)
    with pytest.raises(ValueError, match="eps is -1"):
        layer_norm(np.ones((2, 3)), np.ones(3), np.ones(3), -1)
    with pytest.raises(ValueError, match="value"):
        ema_update(np.ones(2), np.ones(3), 0.9)
    with pytest.raises(ValueError, match="value"):
        ema_update(np.ones(2), 5.0, 0.9)
