"""Recurrent layers: against differences, against their textbook steps, against PyTorch and Keras.

recurrent.npz is made by make_recurrent_fixtures.py; no framework is needed here.
"""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from layer_checks import alone, check_float32, check_gradients

from reference_impl.gradients import numerical_gradient
from reference_impl.layers.dense import Dense
from reference_impl.layers.gru import GRU, gru_step
from reference_impl.layers.lstm import LSTM, lstm_step, lstm_step_backward
from reference_impl.layers.recurrent import Bidirectional, SimpleRNN, rnn_step
from reference_impl.network import Network
from reference_impl.optim.adam import Adam

FIXTURES = Path(__file__).parents[1] / "fixtures" / "recurrent.npz"

KINDS = {
    "rnn": SimpleRNN,
    "lstm": LSTM,
    "gru": GRU,
    "gru with two biases": lambda *args, **options: GRU(*args, **options, recurrent_bias=True),
}
kinds = st.sampled_from(list(KINDS))
small = st.integers(1, 3)
time = st.integers(1, 4)


def make(kind, units, sequences, both_ways=False):
    layer = KINDS[kind](units, return_sequences=sequences)
    return Bidirectional(layer) if both_ways else layer


@settings(max_examples=60)
@given(
    kind=kinds,
    n=small,
    time=time,
    features=small,
    units=small,
    sequences=st.booleans(),
    both_ways=st.booleans(),
    seed=st.integers(0, 99),
)
def test_gradients(kind, n, time, features, units, sequences, both_ways, seed):
    check_gradients(lambda: make(kind, units, sequences, both_ways), (time, features), n, seed)


@given(
    kind=kinds,
    n=small,
    time=time,
    features=small,
    units=small,
    sequences=st.booleans(),
    both_ways=st.booleans(),
)
def test_float32(kind, n, time, features, units, sequences, both_ways):
    check_float32(lambda: make(kind, units, sequences, both_ways), (time, features), n)


def textbook(kind, layer, x):
    """(n, time, units): the step of the notebook, in a loop."""
    h = c = np.zeros((len(x), layer.units))
    path = []
    for x_t in x.transpose(1, 0, 2):
        if kind == "lstm":
            h, c = lstm_step(x_t, h, c, layer.Wx, layer.Wh, layer.b)
        else:
            step = {"rnn": rnn_step, "gru": gru_step}[kind]
            h = step(x_t, h, layer.Wx, layer.Wh, layer.b)
        path.append(h)
    return np.stack(path, axis=1)


@given(
    kind=st.sampled_from(["rnn", "lstm", "gru"]),
    n=small,
    time=time,
    features=small,
    units=small,
    seed=st.integers(0, 99),
)
def test_layers_are_their_steps_in_a_loop(kind, n, time, features, units, seed):
    x = np.random.default_rng(seed).normal(size=(n, time, features))
    for sequences in (True, False):
        layer = make(kind, units, sequences)
        y = alone(layer, (time, features), seed).forward(x)
        wanted = textbook(kind, layer, x)
        np.testing.assert_allclose(y, wanted if sequences else wanted[:, -1], rtol=1e-11)


@pytest.mark.parametrize("kind", KINDS)
def test_a_batch_is_its_rows_one_by_one(kind):
    network = alone(make(kind, 3, True, both_ways=True), (5, 2))
    x = np.random.default_rng(7).normal(size=(4, 5, 2))
    one_by_one = np.concatenate([network.forward(row[None]) for row in x])
    np.testing.assert_allclose(network.forward(x), one_by_one, rtol=1e-12)


@pytest.mark.parametrize("kind", KINDS)
def test_both_ways_is_each_way_with_its_own_weights(kind):
    """At each time the second half has seen the sequence from there to its end."""
    layer = make(kind, 3, True, both_ways=True)
    network = alone(layer, (5, 2))
    x = np.random.default_rng(7).normal(size=(4, 5, 2))
    y = network.forward(x)
    for prefix, half, seen in (("forward_", y[..., :3], x), ("backward_", y[..., 3:], x[:, ::-1])):
        single = make(kind, 3, True)
        one_way = alone(single, (5, 2))
        for name in single.parameter_shapes():
            getattr(single, name)[...] = getattr(layer, prefix + name)
        z = one_way.forward(np.ascontiguousarray(seen))
        np.testing.assert_allclose(half, z if prefix == "forward_" else z[:, ::-1], rtol=1e-12)


@pytest.mark.parametrize("kind", KINDS)
def test_prediction_in_between_does_not_disturb_backward(kind):
    network = alone(make(kind, 3, True, both_ways=True), (5, 2))
    rng = np.random.default_rng(7)
    x, other, dy = (rng.normal(size=shape) for shape in ((4, 5, 2), (2, 5, 2), (4, 5, 6)))
    network.forward(x, training=True)
    network.backward(dy.copy())
    wanted = network.grad.copy()
    network.forward(x, training=True)
    network.forward(other)
    network.backward(dy.copy())
    np.testing.assert_array_equal(network.grad, wanted)


@pytest.mark.parametrize("kind", KINDS)
def test_layers_stand_on_one_another(kind):
    layers = [make(kind, 3, True, both_ways=True), make(kind, 2, False), Dense(2)]
    network = Network(layers, (5, 2), np.random.default_rng(0), dtype=np.float64)
    rng = np.random.default_rng(7)
    x, dy = rng.normal(size=(4, 5, 2)), rng.normal(size=(4, 2))
    network.forward(x, training=True)
    dx = network.backward(dy.copy(), need_dx=True).copy()
    h = 1e-6
    direction = rng.normal(size=x.shape)
    slope = np.sum((network.forward(x + h * direction) - network.forward(x - h * direction)) * dy)
    assert np.sum(dx * direction) == pytest.approx(slope / (2 * h), rel=1e-6)


@pytest.mark.parametrize("kind", KINDS)
def test_huge_inputs_saturate_without_a_warning(kind):
    network = alone(make(kind, 3, True, both_ways=True), (5, 2), dtype=np.float32)
    x = np.full((2, 5, 2), 1e30, np.float32)
    x[1] *= -1
    with np.errstate(all="raise", under="ignore"):
        y = network.forward(x, training=True)
        dx = network.backward(np.ones_like(y), need_dx=True)
    assert np.isfinite(y).all()
    assert np.isfinite(dx).all()
    assert np.abs(y).max() <= 1


@pytest.mark.parametrize("kind", KINDS)
def test_gates_start_orthogonal_and_within_xavier(kind):
    layer = make(kind, 5, False)
    Network([layer], (4, 3), np.random.default_rng(3), dtype=np.float64)
    gates = layer.Wh.shape[1] // 5
    blocks = np.split(layer.Wh, gates, axis=1)
    for Wh in blocks:
        np.testing.assert_allclose(Wh.T @ Wh, np.eye(5), atol=1e-12)
    for first, second in pairwise(blocks):
        assert not np.allclose(first, second)
    limit = np.sqrt(6 / (3 + 5))
    assert 0.8 * limit < np.abs(layer.Wx).max() <= limit


def test_orthogonal_matrices_are_drawn_without_preference():
    """Both orthogonal matrices of one element, 1 and -1, occur."""
    layer = SimpleRNN(1)
    network = Network([layer], (4, 3), np.random.default_rng(0))
    starts = set()
    for _ in range(20):
        layer.initialize(network.rng)
        starts.add(float(layer.Wh[0, 0]))
    assert starts == {-1.0, 1.0}


def test_biases_start_at_0_but_for_the_forget_gate():
    layer = LSTM(2)
    Network([layer], (4, 3), np.random.default_rng(0))
    np.testing.assert_array_equal(layer.b, [0, 0, 1, 1, 0, 0, 0, 0])
    layer = LSTM(2, forget_bias=0.5)
    Network([layer], (4, 3), np.random.default_rng(0))
    assert layer.b[2] == 0.5
    layer = GRU(2, recurrent_bias=True)
    Network([layer], (4, 3), np.random.default_rng(0))
    assert not layer.b.any()
    assert not layer.bh.any()
    layer.bh[...] = 1
    layer.initialize(np.random.default_rng(1))
    assert not layer.bh.any()


def test_both_ways_do_not_start_alike():
    layer = Bidirectional(GRU(3))
    Network([layer], (4, 2), np.random.default_rng(0))
    assert not np.allclose(layer.forward_Wx, layer.backward_Wx)


@pytest.mark.parametrize("kind", KINDS)
def test_they_learn_what_came_first(kind):
    """The class is the sign of the first of six values: without memory there is nothing to see."""
    rng = np.random.default_rng(5)
    x = rng.normal(size=(128, 6, 1))
    labels = (x[:, 0, 0] > 0).astype(int)
    network = Network([make(kind, 8, False), Dense(2)], (6, 1), rng)
    optimizer = Adam(lr=0.02).bind(network.theta, network.grad)
    x = network.check_input(x)
    for _ in range(150):
        network.backprop(x, labels)
        optimizer.step()
    assert network.evaluate(x, labels)[1] > 0.95


def test_how_they_are_written():
    assert repr(GRU(6)) == "GRU(6)"
    assert repr(LSTM(3, forget_bias=0.0)) == "LSTM(3, forget_bias=0.0)"
    layer = Bidirectional(GRU(6, return_sequences=True, recurrent_bias=True))
    assert repr(layer) == "Bidirectional(GRU(6, return_sequences=True, recurrent_bias=True))"


# Against the frameworks -------------------------------------------------------------------------


@pytest.fixture(scope="module")
def stored():
    with np.load(FIXTURES) as file:
        return dict(file)


def case(stored, framework, kind, sequences):
    """The arrays of one case by the framework's own names, and the gradient given."""
    end = "sequences" if sequences else "last"
    start = f"{framework}_{kind}_{end}_"
    arrays = {key[len(start) :]: value for key, value in stored.items() if key.startswith(start)}
    return arrays, stored[f"dy_{'bi' if kind.startswith('bi') else ''}{end}"]


def check(stored, arrays, layer, dy, to_ours, rtol):
    """Same output and same gradients, the framework's parameters brought into the layer's form.

    to_ours : (arrays, "" or "d") → {our name: array}, for the parameters or their gradients
    """
    x = stored["x"]
    network = Network([layer], x.shape[1:], np.random.default_rng(0), dtype=np.float64)
    ours, gradients = to_ours(arrays, ""), to_ours(arrays, "d")
    assert set(ours) == set(layer.parameter_shapes())
    for name, value in ours.items():
        getattr(layer, name)[...] = value
    y = network.forward(x, training=True)
    atol = rtol / 100
    np.testing.assert_allclose(y, arrays["y"], rtol=rtol, atol=atol)
    dx = network.backward(dy.copy(), need_dx=True)
    np.testing.assert_allclose(dx, arrays["dx"], rtol=rtol, atol=atol)
    for name in ours:
        np.testing.assert_allclose(
            getattr(layer, f"d{name}"), gradients[name], rtol=rtol, atol=atol, err_msg=name
        )


def from_torch(arrays, d, suffix, two_biases):
    """Torch's matrices are (gates · units, inputs); its two biases may be one here."""
    get = {name: arrays[f"{d}{name}_l0{suffix}"] for name in ("weight_ih", "weight_hh")}
    b, bh = (arrays[f"{d}bias_{name}_l0{suffix}"] for name in ("ih", "hh"))
    ours = {"Wx": get["weight_ih"].T, "Wh": get["weight_hh"].T, "b": b}
    if two_biases:
        ours["bh"] = bh
    elif not d:
        ours["b"] = b + bh
    return ours


def from_keras(arrays, d, prefix, two_biases):
    """Keras' GRU has its gates in the order z, r, n, and its biases in two rows."""
    kernel, recurrent, bias = (
        arrays[f"{d}{prefix}{name}"] for name in ("kernel", "recurrent_kernel", "bias")
    )
    ours = {"Wx": kernel, "Wh": recurrent, "b": bias}
    if two_biases:
        ours["b"], ours["bh"] = bias
        for name, value in ours.items():
            z, r, n = np.split(value, 3, axis=-1)
            ours[name] = np.concatenate([r, z, n], axis=-1)
    return ours


CONVERSIONS = {
    "torch": (from_torch, {"forward_": "", "backward_": "_reverse"}),
    "keras": (from_keras, {"forward_": "forward_", "backward_": "backward_"}),
}


@pytest.mark.parametrize("sequences", [True, False])
@pytest.mark.parametrize("both_ways", [False, True])
@pytest.mark.parametrize("kind", ["rnn", "lstm", "gru"])
@pytest.mark.parametrize("framework", ["torch", "keras"])
def test_output_and_gradients_are_the_frameworks(stored, framework, kind, both_ways, sequences):
    convert, names = CONVERSIONS[framework]
    arrays, dy = case(stored, framework, ("bi" if both_ways else "") + kind, sequences)
    two_biases = kind == "gru"
    units = dy.shape[-1] // (1 + both_ways)
    layer = make("gru with two biases" if two_biases else kind, units, sequences, both_ways)

    def to_ours(arrays, d):
        if not both_ways:
            return convert(arrays, d, "", two_biases)
        return {
            ours + name: value
            for ours, theirs in names.items()
            for name, value in convert(arrays, d, theirs, two_biases).items()
        }

    # On PyTorch, Keras' own matmul, which only SimpleRNN goes through, works in float32.
    rtol = 1e-4 if (framework, kind) == ("keras", "rnn") else 1e-9
    check(stored, arrays, layer, dy, to_ours, rtol)


@pytest.mark.parametrize("framework", ["torch", "keras"])
def test_one_bias_is_the_frameworks_gru_where_its_second_is_0(stored, framework):
    """In r and z the biases add up; only bhn, under r, is more than b can be."""
    convert, _ = CONVERSIONS[framework]
    arrays, _ = case(stored, framework, "gru", True)
    two = convert(arrays, "", "", True)
    u = two["Wh"].shape[0]
    both, single = GRU(u, return_sequences=True, recurrent_bias=True), GRU(u, return_sequences=True)
    x = stored["x"]
    outputs = []
    for layer in (both, single):
        network = Network([layer], x.shape[1:], np.random.default_rng(0), dtype=np.float64)
        layer.Wx[...], layer.Wh[...], layer.b[...] = two["Wx"], two["Wh"], two["b"]
        if layer is both:
            layer.bh[: 2 * u] = two["bh"][: 2 * u]
        else:
            layer.b[: 2 * u] += two["bh"][: 2 * u]
        outputs.append(network.forward(x))
    np.testing.assert_allclose(*outputs, rtol=1e-12)
    assert not np.allclose(outputs[0], arrays["y"])


# What does not fit ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"x": (3,)}, r"x has shape \(3,\)"),
        ({"h": (2,)}, r"h has shape \(2,\)"),
        ({"h": (1, 2)}, r"h has shape \(1, 2\); it needs \(4, 2\)"),
        ({"Wx": (2, 6)}, r"Wx has shape \(2, 6\); it needs \(3, 6\)"),
        ({"Wx": (3, 8)}, r"Wx has shape \(3, 8\)"),
        ({"Wh": (3, 6)}, r"Wh has shape \(3, 6\); it needs \(2, 6\)"),
        ({"b": (1, 6)}, r"b has shape \(1, 6\); it needs \(6,\)"),
    ],
)
def test_shapes_that_do_not_fit(wrong, message):
    shapes = {"x": (4, 3), "h": (4, 2), "Wx": (3, 6), "Wh": (2, 6), "b": (6,)} | wrong
    with pytest.raises(ValueError, match=message):
        gru_step(*(np.ones(shape) for shape in shapes.values()))


def test_a_memory_of_another_shape():
    x, h, Wx, Wh, b = (np.ones(shape) for shape in ((4, 3), (4, 2), (3, 8), (2, 8), (8,)))
    with pytest.raises(ValueError, match="c has shape"):
        lstm_step(x, h, np.ones((4, 1)), Wx, Wh, b)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("shape", [(4,), (0, 3), (1, 4, 4)])
@pytest.mark.parametrize("both_ways", [False, True])
def test_samples_that_are_no_sequences(kind, shape, both_ways):
    with pytest.raises(ValueError, match=r"\(time, features\)"):
        Network([make(kind, 3, True, both_ways)], shape, np.random.default_rng(0))


@pytest.mark.parametrize("kind", KINDS)
def test_a_layer_needs_units(kind):
    with pytest.raises(ValueError, match="units"):
        KINDS[kind](0)


def test_only_recurrent_layers_go_both_ways():
    with pytest.raises(ValueError, match=r"layer is Dense\(3\)"):
        Bidirectional(Dense(3))


@pytest.mark.parametrize("place", range(6))
def test_a_step_back_agrees_with_central_differences(place):
    rng = np.random.default_rng(place)
    shapes = [(4, 3), (4, 2), (4, 2), (3, 8), (2, 8), (8,)]  # x, h, c, Wx, Wh, b
    given = [rng.normal(size=shape) for shape in shapes]
    dh, dc = rng.normal(size=(2, 4, 2))

    def loss(value):
        h_next, c_next = lstm_step(*given[:place], value, *given[place + 1 :])
        return float(np.sum(h_next * dh) + np.sum(c_next * dc))

    found = lstm_step_backward(dh, dc, *given)[place]
    np.testing.assert_allclose(found, numerical_gradient(loss, given[place]), rtol=1e-6, atol=1e-8)


def test_a_step_back_with_shapes_that_do_not_fit():
    x, h, Wx, Wh, b = (np.ones(shape) for shape in [(4, 3), (4, 2), (3, 8), (2, 8), (8,)])
    with pytest.raises(ValueError, match=r"dh has shape \(2,\); it needs \(4, 2\), as h"):
        lstm_step_backward(h[0], h, x, h, h, Wx, Wh, b)
