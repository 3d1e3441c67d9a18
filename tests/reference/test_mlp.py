"""The textbook network: its gradients, its training, and its model of images."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reference_impl import activations
from reference_impl.augmentation import disturbed
from reference_impl.gradients import numerical_gradient
from reference_impl.handwritten import mnist5k
from reference_impl.losses import cross_entropy, cross_entropy_grad
from reference_impl.mlp import mlp_backward, mlp_forward
from reference_impl.mlp_training import accuracy, build_mlp, images_model, train

seeds = st.integers(0, 2**32 - 1)


@pytest.fixture(scope="module")
def stored():
    with np.load(Path(__file__).parents[1] / "fixtures" / "losses.npz") as file:
        return dict(file)


@pytest.mark.parametrize("index", range(5))
def test_logits_loss_and_gradients_are_torch_autograd(stored, index):
    name, layers, activation = str(stored["networks"][index]).split()
    params = [(stored[f"{name}_W{i}"], stored[f"{name}_b{i}"]) for i in range(int(layers))]
    X, labels = stored[f"{name}_X"], stored[f"{name}_labels"]
    logits, caches = mlp_forward(X, params, getattr(activations, activation))
    np.testing.assert_allclose(logits, stored[f"{name}_logits"], rtol=1e-12, atol=1e-14)
    assert cross_entropy(labels, logits) == pytest.approx(float(stored[f"{name}_loss"]), rel=1e-12)
    dlogits = cross_entropy_grad(labels, logits)
    grads = mlp_backward(dlogits, caches, params, getattr(activations, f"{activation}_grad"))
    assert len(grads) == len(params)
    for i, (dW, db) in enumerate(grads):
        np.testing.assert_allclose(dW, stored[f"{name}_dW{i}"], rtol=1e-10, atol=1e-15)
        np.testing.assert_allclose(db, stored[f"{name}_db{i}"], rtol=1e-10, atol=1e-15)


@given(seeds, st.lists(st.integers(1, 5), min_size=2, max_size=5), st.integers(1, 6))
@settings(max_examples=30)
def test_gradients_by_central_differences(seed, sizes, n):
    rng = np.random.default_rng(seed)
    params = [(W, 0.5 * rng.normal(size=b.shape)) for W, b in build_mlp(sizes, rng)]
    X, dlogits = rng.normal(size=(n, sizes[0])), rng.normal(size=(n, sizes[-1]))
    _, caches = mlp_forward(X, params, np.tanh)
    grads = mlp_backward(dlogits, caches, params, activations.tanh_grad)
    for layer, pair in enumerate(params):
        for which in range(2):

            def f(theta, layer=layer, which=which):
                changed = [list(p) for p in params]
                changed[layer][which] = theta
                return float(np.sum(mlp_forward(X, changed, np.tanh)[0] * dlogits))

            numerical = numerical_gradient(f, pair[which], h=1e-4)
            # The absolute part: where all terms cancel, differences have no relative precision.
            np.testing.assert_allclose(grads[layer][which], numerical, rtol=1e-6, atol=1e-7)


def test_the_last_layer_is_linear_and_one_layer_is_a_linear_model():
    X, W, b = np.array([[1.0, -2.0]]), -np.eye(2), np.array([0.0, -9.0])
    logits, _ = mlp_forward(X, [(W, b)], activations.relu)
    np.testing.assert_array_equal(logits, [[-1.0, -7.0]])


def test_built_networks_have_he_weights_and_no_biases():
    params = build_mlp([400, 300, 1, 7], np.random.default_rng(0))
    assert [W.shape for W, _ in params] == [(400, 300), (300, 1), (1, 7)]
    assert [b.shape for _, b in params] == [(300,), (1,), (7,)]
    assert not any(b.any() for _, b in params)
    assert params[0][0].std() == pytest.approx(np.sqrt(2 / 400), rel=0.02)


@given(seeds, st.integers(1, 20), st.integers(1, 5))
def test_accuracy_counts(seed, n, k):
    rng = np.random.default_rng(seed)
    logits, labels = rng.normal(size=(n, k)), rng.integers(0, k, n)
    right = [max(range(k), key=row.__getitem__) for row in logits] == labels
    assert accuracy(labels, logits) == pytest.approx(np.sum(right) / n)


def blobs(seed, n=90):
    """Three groups of points that a network can tell apart."""
    rng = np.random.default_rng(seed)
    labels = rng.integers(0, 3, n)
    return np.array([[0.0, 2.0], [2.0, -1.0], [-2.0, -1.0]])[labels] + rng.normal(
        size=(n, 2)
    ) * 0.5, labels


def fit(lr=0.01, epochs=15, batch_size=16, seed=0):
    params = build_mlp([2, 8, 3], np.random.default_rng(seed))
    rng = np.random.default_rng(seed + 1)
    data = (*blobs(1), *blobs(2))
    return params, *train(params, *data, lr=lr, batch_size=batch_size, epochs=epochs, rng=rng)


def test_training_learns_and_leaves_what_it_got():
    before, after, history = fit()
    again = build_mlp([2, 8, 3], np.random.default_rng(0))
    for given_, built in zip(before, again, strict=True):
        np.testing.assert_array_equal(given_[0], built[0])
        np.testing.assert_array_equal(given_[1], built[1])
    assert {name: len(curve) for name, curve in history.items()} == dict.fromkeys(
        ("loss", "val_loss", "val_accuracy"), 15
    )
    assert history["loss"][-1] < history["loss"][0] / 3
    assert history["val_accuracy"][-1] > 0.95
    X_val, labels_val = blobs(2)
    logits, _ = mlp_forward(X_val, after, activations.relu)
    assert history["val_loss"][-1] == cross_entropy(labels_val, logits)
    assert history["val_accuracy"][-1] == accuracy(labels_val, logits)


def test_the_same_seed_gives_the_same_run():
    _, params, history = fit(epochs=3)
    _, again, history_again = fit(epochs=3)
    assert history == history_again
    assert all(np.array_equal(a[0], b[0]) for a, b in zip(params, again, strict=True))


def test_the_first_loss_is_a_mean_over_samples_and_not_over_batches():
    """With next to no step, it is the loss of the start: short last batch or not."""
    before, _, history = fit(lr=1e-12, epochs=1, batch_size=40)
    X, labels = blobs(1)
    start = cross_entropy(labels, mlp_forward(X, before, activations.relu)[0])
    assert history["loss"][0] == pytest.approx(start, rel=1e-9)


def test_no_epochs_give_the_start_and_an_empty_history():
    before, after, history = fit(epochs=0)
    assert after is before
    assert history == {"loss": [], "val_loss": [], "val_accuracy": []}


@pytest.mark.filterwarnings("error")
def test_a_run_that_explodes_ends_there_and_says_so():
    _, _, history = fit(lr=1e200, epochs=5)
    assert len(history["loss"]) == len(history["val_loss"]) < 5
    assert np.isnan(history["loss"][-1]) or np.isnan(history["val_loss"][-1])


def test_images():
    """A quarter of what the exam gives, and the answer to one image does not need the others."""
    data = mnist5k()
    rng = np.random.default_rng(0)
    predict = images_model(255 * data.X[:1000], data.labels[:1000], rng)
    shown = 255 * disturbed(data.X_test, rng)
    answers = predict(shown)
    assert np.mean(answers == data.labels_test) > 0.4
    np.testing.assert_array_equal(predict(shown[:1]), answers[:1])


rng = np.random.default_rng(0)
X, params = np.ones((4, 2)), build_mlp([2, 3], rng)
labels = np.array([0, 1, 2, 0])


def training(X=X, labels=labels, X_val=X, labels_val=labels, **options):
    return train(
        params,
        X,
        labels,
        X_val,
        labels_val,
        **{"lr": 0.1, "batch_size": 2, "epochs": 1} | options,
        rng=rng,
    )


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: mlp_forward(X, [], np.tanh), "params is empty"),
        (lambda: mlp_forward(X, build_mlp([3, 2], rng), np.tanh), "W has shape"),
        (lambda: mlp_backward(X, mlp_forward(X, params, np.tanh)[1], params, np.tanh), "dZ has"),
        (lambda: build_mlp([3], rng), r"sizes is \[3\]"),
        (lambda: build_mlp([3, 0], rng), "fan_out is 0"),
        (lambda: accuracy(labels, X[:, 0]), r"logits has shape \(4,\)"),
        (lambda: accuracy(labels, X), "labels is 2 somewhere"),
        (lambda: accuracy(labels % 2, X * np.nan), "logits holds NaN"),
        (lambda: training(labels=labels[:3]), r"labels has shape \(3,\); it needs \(4,\)"),
        (lambda: training(labels_val=labels + 1), "labels_val is 3 somewhere"),
        (lambda: training(X=X * np.nan), "X holds NaN"),
        (lambda: training(X_val=X * np.nan), "X_val holds NaN"),
        (lambda: training(X_val=X[:, :1]), "W has shape"),
        (lambda: training(lr=0), "lr is 0"),
        (lambda: training(batch_size=0), "batch_size is 0"),
        (lambda: training(epochs=-1), "epochs is -1"),
        (lambda: images_model(X, labels, rng), r"X has shape \(4, 2\); it needs \(4, 784\)"),
        (lambda: images_model(np.zeros((4, 784)), labels, rng), "largest_of_X is 0"),
        (lambda: images_model(np.ones((3, 784)), labels, rng), r"labels has shape \(4,\)"),
    ],
)
def test_bad_arguments_are_named(call, message):
    with pytest.raises(ValueError, match="^" + message):
        call()
