"""Batch normalization: textbook form, layer form, PyTorch and Keras.

normalization.npz is made by make_normalization_fixtures.py; no framework is needed here.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from layer_checks import (
    alone,
    check_batches_stay_apart,
    check_float32,
    check_gradients,
    check_memory_order,
    error,
)

from reference_impl.gradients import numerical_gradient
from reference_impl.layers.batchnorm import (
    BatchNorm,
    batch_statistics,
    batchnorm_backward,
    batchnorm_forward,
    batchnorm_inference,
    batchnorm_parameters,
    fold_batchnorm,
    update_running,
)
from reference_impl.layers.dense import dense_forward
from reference_impl.network import Network

FIXTURES = Path(__file__).parents[1] / "fixtures" / "normalization.npz"

# Keras computes this layer in float32, whatever it is given.
PRECISION = {"torch": 1e-10, "keras": 1e-5}

few = settings(max_examples=40)
sizes = st.integers(1, 5)
small = st.integers(1, 3)
seeds = st.integers(0, 99)
shapes = st.tuples(sizes) | st.tuples(sizes, small) | st.tuples(small, small, small)
kinds = pytest.mark.parametrize("kind", ["vectors", "sequences", "images"])
frameworks = pytest.mark.parametrize("framework", ["torch", "keras"])


@pytest.fixture(scope="module")
def stored():
    with np.load(FIXTURES) as file:
        return dict(file)


def columns(x: np.ndarray) -> np.ndarray:
    """Channels as columns: one row per place of every sample."""
    return np.moveaxis(x, 1, -1).reshape(-1, x.shape[1])


def conventions(stored, framework) -> dict:
    """Each framework's defaults as arguments of the layer."""
    momentum = float(stored[f"{framework}_momentum"])
    return {
        "eps": float(stored[f"{framework}_eps"]),
        "decay": 1 - momentum if framework == "torch" else momentum,
        "unbiased_running": framework == "torch",
    }


# With a small ε two rows give gradients near 0 for x, where central differences see only rounding.
@few
@given(shape=shapes, n=sizes, eps=st.sampled_from([0.1, 1.0]), seed=seeds)
def test_gradients(shape, n, eps, seed):
    check_gradients(lambda: BatchNorm(eps), shape, n, seed)


@few
@given(n=st.integers(4, 8), d=sizes, seed=seeds)
def test_gradients_with_a_small_eps(n, d, seed):
    check_gradients(BatchNorm, (d,), n, seed, spread=10.0)


@few
@given(shape=shapes, n=sizes)
def test_float32_and_buffers(shape, n):
    check_float32(lambda: BatchNorm(0.1), shape, n)
    check_batches_stay_apart(BatchNorm, shape, n)


@few
@given(shape=st.tuples(sizes, small, small), n=sizes)
def test_order_in_memory(shape, n):
    check_memory_order(BatchNorm, shape, n)


@few
@given(n=sizes, d=sizes, seed=seeds)
def test_textbook_gradients(n, d, seed):
    rng = np.random.default_rng(seed)
    X, dout = rng.normal(size=(2, n, d))
    gamma, beta = rng.normal(size=(2, d))

    def scalar(X, gamma, beta):
        return float(np.sum(batchnorm_forward(X, gamma, beta, 0.1)[0] * dout))

    dX, dgamma, dbeta = batchnorm_backward(dout, batchnorm_forward(X, gamma, beta, 0.1)[1])
    for got, wanted in (
        (dX, numerical_gradient(lambda X: scalar(X, gamma, beta), X)),
        (dgamma, numerical_gradient(lambda gamma: scalar(X, gamma, beta), gamma)),
        (dbeta, numerical_gradient(lambda beta: scalar(X, gamma, beta), beta)),
    ):
        # Next to a gradient of size 1, one of 1e-9 is 0 up to the rounding of differences.
        np.testing.assert_allclose(got, wanted, rtol=1e-6, atol=1e-9)


@few
@given(shape=shapes, n=sizes, eps=st.sampled_from([1e-5, 1e-3, 0.1]), seed=seeds)
def test_both_forms_agree(shape, n, eps, seed):
    """Images are the textbook's columns, with a row for each place of each sample."""
    layer = BatchNorm(eps)
    network = alone(layer, shape, seed)
    x, dy = np.random.default_rng(seed).normal(size=(2, n, *shape))
    y = network.forward(x, training=True)
    out, cache = batchnorm_forward(columns(x), layer.gamma, layer.beta, eps)
    np.testing.assert_allclose(columns(y), out, rtol=1e-9, atol=1e-12)
    dX, dgamma, dbeta = batchnorm_backward(columns(dy), cache)
    dx = network.backward(dy.copy(), need_dx=True)
    np.testing.assert_allclose(columns(dx), dX, rtol=1e-9, atol=1e-9)
    np.testing.assert_allclose(layer.dgamma, dgamma, rtol=1e-9, atol=1e-9)
    np.testing.assert_allclose(layer.dbeta, dbeta, rtol=1e-9, atol=1e-12)
    np.testing.assert_allclose(
        columns(network.forward(x)),
        batchnorm_inference(
            columns(x), layer.gamma, layer.beta, layer.running_mean, layer.running_var, eps
        ),
        rtol=1e-9,
        atol=1e-12,
    )


@frameworks
@kinds
def test_the_layer_is_that_of_the_frameworks(stored, framework, kind):
    layer = BatchNorm(**conventions(stored, framework))
    x, dy = stored[f"{kind}_x"], stored[f"{kind}_dy"]
    network = Network([layer], x.shape[2:], np.random.default_rng(0), dtype=float)
    layer.gamma[...], layer.beta[...] = stored[f"{kind}_gamma"], stored[f"{kind}_beta"]
    for step, (batch, gradient) in enumerate(zip(x, dy, strict=True)):
        results = {
            "y": network.forward(batch, training=True),
            "dx": network.backward(gradient.copy(), need_dx=True),
            "dgamma": layer.dgamma,
            "dbeta": layer.dbeta,
            "running_mean": layer.running_mean,
            "running_var": layer.running_var,
        }
        for name, got in results.items():
            wanted = stored[f"{framework}_{kind}_batchnorm_{name}"][step]
            assert error(got, wanted) < PRECISION[framework], name
    predicted = stored[f"{framework}_{kind}_batchnorm_predicted"]
    assert error(network.predict(x[0]), predicted) < PRECISION[framework]


@frameworks
def test_the_textbook_is_that_of_the_frameworks(stored, framework):
    named = conventions(stored, framework)
    gamma, beta = stored["vectors_gamma"], stored["vectors_beta"]
    running_mean, running_var = np.zeros_like(beta), np.ones_like(beta)
    prefix = f"{framework}_vectors_batchnorm"
    for step, (X, dout) in enumerate(zip(stored["vectors_x"], stored["vectors_dy"], strict=True)):
        out, cache = batchnorm_forward(X, gamma, beta, named["eps"])
        dX, dgamma, dbeta = batchnorm_backward(dout, cache)
        mean, var = batch_statistics(X)
        if named["unbiased_running"]:
            var = np.var(X, axis=0, ddof=1)
        running_mean = update_running(running_mean, mean, named["decay"])
        running_var = update_running(running_var, var, named["decay"])
        for name, got in {
            "y": out,
            "dx": dX,
            "dgamma": dgamma,
            "dbeta": dbeta,
            "running_mean": running_mean,
            "running_var": running_var,
        }.items():
            assert error(got, stored[f"{prefix}_{name}"][step]) < PRECISION[framework], name
    predicted = batchnorm_inference(
        stored["vectors_x"][0], gamma, beta, running_mean, running_var, named["eps"]
    )
    assert error(predicted, stored[f"{prefix}_predicted"]) < PRECISION[framework]


def test_the_conventions_of_the_frameworks_differ(stored):
    """Or the fixtures could not tell one from the other."""
    for name in ("y", "dx", "running_mean", "running_var", "predicted"):
        torch, keras = (stored[f"{f}_images_batchnorm_{name}"] for f in ("torch", "keras"))
        assert error(torch, keras) > 10 * max(PRECISION.values())


@given(n=st.integers(2, 9), d=sizes, seed=seeds)
def test_what_comes_out_has_mean_beta_and_deviation_gamma(n, d, seed):
    rng = np.random.default_rng(seed)
    X, gamma, beta = 5 + 3 * rng.normal(size=(n, d)), rng.normal(size=d), rng.normal(size=d)
    out, _ = batchnorm_forward(X, gamma, beta, 0.0)
    np.testing.assert_allclose(out.mean(axis=0), beta, atol=1e-9)
    np.testing.assert_allclose(out.std(axis=0), np.abs(gamma), rtol=1e-6)


@given(d=sizes, seed=seeds, unbiased=st.booleans())
def test_one_row_is_its_own_mean(d, seed, unbiased):
    layer = BatchNorm(unbiased_running=unbiased)
    network = alone(layer, (d,), seed)
    x, dy = np.random.default_rng(seed).normal(size=(2, 1, d))
    np.testing.assert_array_equal(network.forward(x, training=True), layer.beta[None])
    assert not network.backward(dy.copy(), need_dx=True).any()
    assert not layer.dgamma.any()
    np.testing.assert_array_equal(layer.dbeta, dy[0])
    # One value has no unbiased variance; the biased one is 0.
    np.testing.assert_allclose(layer.running_var, 1.0 if unbiased else 0.9)
    np.testing.assert_allclose(layer.running_mean, 0.1 * x[0])


def test_a_constant_column_comes_out_as_beta():
    x = np.full((7, 2), 3.0)
    network = alone(BatchNorm(), (2,))
    np.testing.assert_allclose(
        network.forward(x, training=True), np.tile(network.layers[0].beta, (7, 1)), atol=1e-12
    )
    assert np.isfinite(network.backward(np.ones_like(x), need_dx=True)).all()


def test_a_layer_starts_as_a_plain_standardization():
    network = Network([BatchNorm(eps=1e-9)], (3,), np.random.default_rng(0), dtype=float)
    x = 4 + 2 * np.random.default_rng(1).normal(size=(50, 3))
    np.testing.assert_allclose(network.predict(x), x, rtol=1e-6)  # running mean 0, variance 1
    np.testing.assert_allclose(
        network.forward(x, training=True), (x - x.mean(axis=0)) / x.std(axis=0), rtol=1e-6
    )


def test_running_statistics_reach_those_of_the_data():
    rng = np.random.default_rng(0)
    layer = BatchNorm()
    network = Network([layer], (2,), rng, dtype=float)
    data = rng.normal([3.0, -1.0], [2.0, 0.5], size=(4000, 2))
    for batch in data.reshape(100, 40, 2):
        network.forward(batch, training=True)
    # An average over about 1/(1 - decay) batches of 40: 400 values.
    np.testing.assert_allclose(layer.running_mean, data.mean(axis=0), atol=4 * 2 / 20)
    np.testing.assert_allclose(layer.running_var, data.var(axis=0), rtol=4 * np.sqrt(2 / 400))


@given(n=sizes, d=sizes, units=sizes, seed=seeds)
def test_folded_into_the_dense_layer_before(n, d, units, seed):
    rng = np.random.default_rng(seed)
    X, W = rng.normal(size=(n, d)), rng.normal(size=(d, units))
    b, gamma, beta, mean = rng.normal(size=(4, units))
    var = rng.uniform(0.01, 4, units)
    both = batchnorm_inference(dense_forward(X, W, b), gamma, beta, mean, var, 1e-3)
    one = dense_forward(X, *fold_batchnorm(W, b, gamma, beta, mean, var, 1e-3))
    np.testing.assert_allclose(one, both, rtol=1e-9, atol=1e-9)


@given(n=sizes, d=sizes, seed=seeds)
def test_a_prediction_does_not_depend_on_its_batch(n, d, seed):
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(n, d))
    values = (*rng.normal(size=(3, d)), rng.uniform(0.01, 4, d), 1e-5)
    rows = np.vstack([batchnorm_inference(row[None], *values) for row in X])
    np.testing.assert_allclose(batchnorm_inference(X, *values), rows, rtol=1e-12)


@given(units=sizes)
def test_numbers_kept_are_those_of_the_layer(units):
    network = alone(BatchNorm(), (units,))
    assert batchnorm_parameters(units) == (network.theta.size, network.buffers.size)


def test_arguments_are_never_changed():
    rng = np.random.default_rng(0)
    X, dout = rng.normal(size=(2, 5, 3))
    gamma, beta = rng.normal(size=(2, 3))
    given_arrays = (X, dout, gamma, beta)
    kept = [array.copy() for array in given_arrays]
    batchnorm_backward(dout, batchnorm_forward(X, gamma, beta, 1e-5)[1])
    batchnorm_inference(X, gamma, beta, gamma, beta**2, 1e-5)
    update_running(gamma, beta, 0.9)
    for array, before in zip(given_arrays, kept, strict=True):
        np.testing.assert_array_equal(array, before)


X, ROW = np.ones((4, 3)), np.ones(3)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: batch_statistics(ROW), r"X has shape \(3,\)"),
        (lambda: batch_statistics(np.ones((0, 3))), r"X has shape \(0, 3\)"),
        (lambda: batchnorm_forward(X, np.ones(4), ROW, 1e-5), r"gamma has shape \(4,\)"),
        (lambda: batchnorm_forward(X, ROW, X, 1e-5), r"beta has shape \(4, 3\)"),
        (lambda: batchnorm_forward(X, ROW, ROW, -1.0), "eps is -1"),
        (lambda: batchnorm_backward(ROW, batchnorm_forward(X, ROW, ROW, 1)[1]), "dout has shape"),
        (lambda: batchnorm_inference(ROW, ROW, ROW, ROW, ROW, 1e-5), r"X has shape \(3,\)"),
        (lambda: batchnorm_inference(X, ROW, ROW, X, ROW, 1e-5), "running_mean has shape"),
        (lambda: batchnorm_inference(X, ROW, ROW, ROW, -ROW, 1e-5), "variance is -1"),
        (lambda: fold_batchnorm(X, np.ones(4), ROW, ROW, ROW, ROW, 1e-5), "b has shape"),
        (lambda: fold_batchnorm(X, ROW, ROW, ROW, ROW, -ROW, 1e-5), "variance is -1"),
        (lambda: fold_batchnorm(X, ROW, ROW, ROW, ROW, [1, -2, 1] * ROW, 1e-5), "variance is -2"),
        (lambda: update_running(ROW, np.ones(2), 0.9), "new has shape"),
        (lambda: update_running(ROW, 5.0, 0.9), r"new has shape \(\); it needs \(3,\), as running"),
        (lambda: update_running(ROW, ROW, 1.1), "decay is 1.1"),
        (lambda: batchnorm_parameters(0), "units is 0"),
        (lambda: BatchNorm(eps=0), "eps is 0"),
        (lambda: BatchNorm(decay=-0.1), "decay is -0.1"),
        (lambda: Network([BatchNorm()], (), np.random.default_rng(0)), r"BatchNorm needs .* \(\)"),
    ],
)
def test_bad_arguments(call, message):
    with pytest.raises(ValueError, match=message):
        call()
