"""Dropout: textbook form, layer form, PyTorch and Keras.

normalization.npz is made by make_normalization_fixtures.py; no framework is needed here.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from layer_checks import (
    check_batches_stay_apart,
    check_float32,
    check_gradients,
    memory_orders,
    same_order,
)

from reference_impl.layers import dropout
from reference_impl.layers.dropout import (
    Dropout,
    dropout_forward,
    dropout_inference,
    dropout_mask,
    inverted_dropout_backward,
    inverted_dropout_forward,
    mc_dropout,
    random_uint16,
)
from reference_impl.network import Network

FIXTURES = Path(__file__).parents[1] / "fixtures" / "normalization.npz"
GENERATORS = [np.random.PCG64, np.random.PCG64DXSM, np.random.Philox, np.random.SFC64]
GENERATORS += [np.random.MT19937]
every_generator = pytest.mark.parametrize("bits", GENERATORS)

few = settings(max_examples=40)
sizes = st.integers(1, 6)
seeds = st.integers(0, 99)
shapes = st.tuples(sizes) | st.tuples(sizes, st.integers(1, 3), st.integers(1, 3))
chances = st.sampled_from([0.0, 1e-9, 0.1, 0.5, 0.9])


@pytest.fixture(scope="module")
def stored():
    with np.load(FIXTURES) as file:
        return dict(file)


def made(layer: Dropout, shape: tuple[int, ...], bits=np.random.PCG64, seed: int = 0) -> Network:
    return Network([layer], shape, np.random.Generator(bits(seed)), dtype=np.float64)


def within_chance(kept: np.ndarray, p: float) -> bool:
    """The share of kept units is 1 - p to five standard deviations: wrong once in two million."""
    return abs(kept.mean() - (1 - p)) < 5 * np.sqrt(p * (1 - p) / kept.size)


@few
@given(shape=shapes, n=sizes, p=chances, inverted=st.booleans(), seed=seeds)
def test_gradients(shape, n, p, inverted, seed):
    check_gradients(lambda: Dropout(p, inverted), shape, n, seed)


@few
@given(shape=shapes, n=sizes, p=chances, inverted=st.booleans())
def test_float32_and_buffers(shape, n, p, inverted):
    check_float32(lambda: Dropout(p, inverted), shape, n)
    check_batches_stay_apart(lambda: Dropout(p, inverted), shape, n)


@given(shape=st.tuples(sizes, st.integers(1, 3), st.integers(1, 3)), n=sizes)
def test_order_in_memory(shape, n):
    """Images keep their order in memory, and each element has a draw of its own."""
    x = np.random.default_rng(0).normal(size=(n, *shape))
    for laid in memory_orders(x):
        network = made(Dropout(0.5), shape)
        y = network.forward(laid, training=True)
        assert same_order(y, laid)
        np.testing.assert_array_equal(y, np.where(y, 2 * x, 0))
        draws = random_uint16(x.size, np.random.default_rng(0))
        np.testing.assert_array_equal(y.ravel(order="K") != 0, draws >= 2**15)


@given(shape=shapes, n=sizes, p=chances, inverted=st.booleans(), seed=seeds)
def test_both_forms_agree(shape, n, p, inverted, seed):
    layer = Dropout(p, inverted)
    network = made(layer, shape, seed=seed)
    x, dy = np.random.default_rng(seed).normal(size=(2, n, *shape))
    y, dx = network.forward(x, training=True), network.backward(dy.copy(), need_dx=True)
    mask = y != 0
    if inverted:
        wanted = inverted_dropout_forward(x, mask, p), inverted_dropout_backward(dy, mask, p), x
    else:
        wanted = dropout_forward(x, mask), dy * mask, dropout_inference(x, p)
    for got, textbook in zip((y, dx, network.forward(x)), wanted, strict=True):
        np.testing.assert_allclose(got, textbook, rtol=1e-12)


@pytest.mark.parametrize("framework", ["torch", "keras"])
def test_the_frameworks_dropout_is_the_inverted_one(stored, framework):
    x, dy, p = stored["dropout_x"], stored["dropout_dy"], float(stored["p"])
    y, dx = stored[f"{framework}_dropout_y"], stored[f"{framework}_dropout_dx"]
    mask = y != 0
    assert 0 < mask.mean() < 1
    np.testing.assert_allclose(inverted_dropout_forward(x, mask, p), y, rtol=1e-12)
    np.testing.assert_allclose(inverted_dropout_backward(dy, mask, p), dx, rtol=1e-12)


def test_the_layer_with_a_frameworks_mask_is_that_framework(stored, monkeypatch):
    """Integers that are 65535 where it kept, and 0 where it dropped, give the same mask."""
    mask = stored["torch_dropout_y"] != 0
    monkeypatch.setattr(
        dropout, "random_uint16", lambda count, rng: np.where(mask, 65535, 0).ravel()
    )
    network = made(Dropout(float(stored["p"])), mask.shape[1:])
    y = network.forward(stored["dropout_x"], training=True)
    np.testing.assert_allclose(y, stored["torch_dropout_y"], rtol=1e-12)
    dx = network.backward(stored["dropout_dy"].copy(), need_dx=True)
    np.testing.assert_allclose(dx, stored["torch_dropout_dx"], rtol=1e-12)


@given(p=st.floats(0, 1 - 2**-17, exclude_max=True))
def test_p_counts_to_one_in_65536(p):
    """Of all integers of 16 bits, once each, the share below the limit is dropped."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(
            dropout, "random_uint16", lambda count, rng: np.arange(count, dtype=np.uint16)
        )
        y = made(Dropout(p), (2**16,)).forward(np.ones((1, 2**16)), training=True)
    assert abs(np.mean(y == 0) - p) <= 0.5 / 2**16


@pytest.mark.parametrize("p", [0.1, 0.5, 0.8])
def test_the_share_of_kept_units(p):
    rng = np.random.default_rng(0)
    textbook = dropout_mask((300, 200), p, rng)
    assert textbook.dtype == np.bool_
    layers = made(Dropout(p), (200,)).forward(np.ones((300, 200)), training=True) != 0
    for kept in (textbook, layers):
        assert within_chance(kept, p)
        # As for neighbours: both are kept with probability (1 - p)².
        assert within_chance(kept[:, 1:] & kept[:, :-1], 1 - (1 - p) ** 2)
        assert within_chance(kept[1:] & kept[:-1], 1 - (1 - p) ** 2)
        # A mask for each sample, and no unit that is always in or out.
        assert len(np.unique(kept, axis=0)) == len(kept)
        assert kept.mean(axis=0).min() > 0
        assert kept.mean(axis=0).max() < 1


@pytest.mark.parametrize("inverted", [True, False])
def test_on_average_training_is_predicting(inverted):
    x = np.random.default_rng(1).normal(size=(1, 6))
    p, repeats = 0.3, 20_000
    layer = Dropout(p, inverted)
    network = made(layer, (6,))
    y = network.forward(np.repeat(x, repeats, axis=0), training=True)
    scale = 1 / (1 - p) if inverted else 1
    spread = np.abs(x[0]) * scale * np.sqrt(p * (1 - p) / repeats)
    assert (np.abs(y.mean(axis=0) - network.forward(x)[0]) < 5 * spread).all()


@every_generator
@given(count=st.integers(0, 70), seed=seeds)
def test_bits_are_those_of_integers(bits, count, seed):
    """Every bit of a draw is random, and a short call leaves nothing behind."""
    ours, theirs = np.random.Generator(bits(seed)), np.random.Generator(bits(seed))
    for _ in range(2):
        wanted = theirs.integers(0, 2**64, -(-count // 4), dtype=np.uint64).view(np.uint16)
        np.testing.assert_array_equal(random_uint16(count, ours), wanted[:count])
    assert ours.random() == theirs.random()


@every_generator
def test_all_sixteen_bits_are_used(bits):
    values = random_uint16(40_000, np.random.Generator(bits(0)))
    for bit in range(16):
        for lane in range(4):
            assert within_chance(values[lane::4] >> bit & 1, 0.5)


@every_generator
@given(n=sizes, d=sizes)
def test_a_restored_generator_gives_the_same_masks(bits, n, d):
    network = made(Dropout(0.5), (d,), bits)
    x = np.ones((n, d))
    network.forward(x, training=True)
    state = network.rng.bit_generator.state
    later = [network.forward(x, training=True) for _ in range(3)]
    other = made(Dropout(0.5), (d,), bits, seed=1)
    other.rng.bit_generator.state = state
    for y in later:
        np.testing.assert_array_equal(other.forward(x, training=True), y)


@pytest.mark.parametrize(("p", "training"), [(0.0, True), (0.0, False), (0.5, False)])
def test_nothing_is_drawn_where_nothing_is_dropped(p, training):
    network = made(Dropout(p), (7,))
    state = network.rng.bit_generator.state
    x = np.random.default_rng(0).normal(size=(5, 7))
    np.testing.assert_array_equal(network.forward(x, training), x)
    assert network.rng.bit_generator.state == state


def test_a_buffer_has_the_type_of_its_batch():
    layer = Dropout(0.5)
    for dtype in (np.float64, np.float32, np.float64):
        layer.initialize(np.random.default_rng(0))
        y = layer.forward(np.ones((4, 3), dtype), training=True)
        assert y.dtype == layer.backward(np.ones_like(y)).dtype == dtype


def test_a_buffer_has_the_order_of_its_batch():
    """Or a mask would depend on the batch before, and a resumed run would draw another."""
    layer = Dropout(0.5)
    for laid in memory_orders(np.ones((4, 3, 2, 2))):
        fresh = made(Dropout(0.5), laid.shape[1:])
        layer.initialize(np.random.default_rng(0))
        np.testing.assert_array_equal(
            layer.forward(laid, training=True), fresh.forward(laid, training=True)
        )


def test_mc_dropout_is_mean_and_deviation_of_its_samples():
    X = np.random.default_rng(1).normal(size=(4, 3))
    seen = []

    def predict(X, rng):
        seen.append(inverted_dropout_forward(X, dropout_mask(X.shape, 0.5, rng), 0.5))
        return seen[-1]

    mean, std = mc_dropout(predict, X, 30, np.random.default_rng(2))
    assert len(seen) == 30
    assert (std > 0).all()
    np.testing.assert_allclose(mean, sum(seen) / 30, rtol=1e-12)
    np.testing.assert_allclose(std, np.sqrt(sum((y - mean) ** 2 for y in seen) / 30), rtol=1e-12)


def test_mc_dropout_of_what_does_not_draw_has_no_deviation():
    X = np.arange(6.0).reshape(2, 3)
    mean, std = mc_dropout(lambda X, rng: 2 * X, X, 3, np.random.default_rng(0))
    np.testing.assert_array_equal(mean, 2 * X)
    np.testing.assert_array_equal(std, 0 * X)


@given(n=sizes, d=sizes, seed=seeds)
def test_arguments_are_never_changed(n, d, seed):
    rng = np.random.default_rng(seed)
    X, mask = rng.normal(size=(n, d)), rng.random((n, d)) < 0.5
    kept = X.copy(), mask.copy()
    dropout_forward(X, mask)
    dropout_inference(X, 0.5)
    inverted_dropout_forward(X, mask, 0.5)
    inverted_dropout_backward(X, mask, 0.5)
    for array, before in zip((X, mask), kept, strict=True):
        np.testing.assert_array_equal(array, before)


X, MASK = np.ones((4, 3)), np.ones((4, 3), bool)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: Dropout(1.0), r"p is 1.0; it must lie in \[0, 1\)"),
        (lambda: Dropout(-0.1), "p is -0.1"),
        (lambda: Dropout(float("nan")), "p is nan"),
        (lambda: dropout_mask((2, 3), 1, np.random.default_rng(0)), "p is 1"),
        (lambda: dropout_inference(X, 2), "p is 2"),
        (lambda: dropout_forward(X, MASK[:1]), r"mask has shape \(1, 3\)"),
        (lambda: inverted_dropout_forward(X, MASK[0], 0.5), r"mask has shape \(3,\)"),
        (lambda: inverted_dropout_forward(X, MASK, 1.0), "p is 1.0"),
        (lambda: inverted_dropout_backward(X, MASK[:, :1], 0.5), r"mask has shape \(4, 1\)"),
        (lambda: inverted_dropout_backward(X, MASK, -1), "p is -1"),
        (lambda: mc_dropout(lambda X, rng: X, X, 0, np.random.default_rng(0)), "samples is 0"),
    ],
)
def test_bad_arguments(call, message):
    with pytest.raises(ValueError, match=message):
        call()
