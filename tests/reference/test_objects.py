"""Networks, trainers, layers and optimizers as objects: copied, pickled, sent away, and shared."""

from __future__ import annotations

import copy
import gc
import pickle

import joblib
import numpy as np
import pytest

from reference_impl import layers, optim
from reference_impl.callbacks import ProgressBar, StopOnPlateau
from reference_impl.datasets import moons
from reference_impl.layers import (
    GRU,
    LSTM,
    AvgPool1D,
    AvgPool2D,
    BatchNorm,
    Bidirectional,
    Conv1D,
    Conv2D,
    Dense,
    Dropout,
    Elementwise,
    Flatten,
    GlobalAvgPool,
    LinearOutput,
    Maxout,
    MaxPool1D,
    MaxPool2D,
    ReLU,
    SigmoidOutput,
    SimpleRNN,
)
from reference_impl.network import Network
from reference_impl.training import Trainer

VECTOR, IMAGE, SIGNAL, SEQUENCE = (6,), (2, 6, 6), (2, 12), (5, 3)
BEFORE_THE_END = {
    **{
        name: (lambda name=name: [Dense(6), getattr(layers, name)()], VECTOR)
        for name in (
            "BinaryStep",
            "ELU",
            "LeakyReLU",
            "PReLU",
            "SELU",
            "Sigmoid",
            "Softmax",
            "Swish",
            "Tanh",
        )
    },
    "ReLU": (lambda: [Dense(6), ReLU()], VECTOR),
    "Elementwise": (lambda: [Dense(6), Elementwise(np.sin, np.cos)], VECTOR),
    "BatchNorm": (lambda: [Dense(6), BatchNorm()], VECTOR),
    "Dropout": (lambda: [Dense(6), Dropout(0.3)], VECTOR),
    "Maxout": (lambda: [Maxout(6, 2)], VECTOR),
    "Conv2D": (lambda: [Conv2D(3, 3, pad=1), BatchNorm(), ReLU(), GlobalAvgPool()], IMAGE),
    "MaxPool2D": (lambda: [Conv2D(3, 3), MaxPool2D(2), Flatten()], IMAGE),
    "AvgPool2D": (lambda: [AvgPool2D(2), Dropout(0.2), Flatten()], IMAGE),
    "Conv1D": (lambda: [Conv1D(3, 3), MaxPool1D(2), Flatten()], SIGNAL),
    "AvgPool1D": (lambda: [Conv1D(3, 3), AvgPool1D(2), Flatten()], SIGNAL),
    "SimpleRNN": (lambda: [SimpleRNN(4)], SEQUENCE),
    "LSTM": (lambda: [LSTM(4, return_sequences=True), LSTM(3)], SEQUENCE),
    "GRU": (lambda: [GRU(4)], SEQUENCE),
    "Bidirectional": (lambda: [Bidirectional(LSTM(3))], SEQUENCE),
}
OPTIMIZERS = {
    "SGD": lambda: optim.SGD(0.1),
    "momentum": lambda: optim.SGD(0.05, momentum=0.9, nesterov=True),
    "AdaGrad": lambda: optim.AdaGrad(0.05, start=0.1),
    "RMSprop": lambda: optim.RMSprop(0.01),
    "AdaDelta": lambda: optim.AdaDelta(),
    "Adam": lambda: optim.Adam(0.01),
    "AdamW": lambda: optim.AdamW(0.01),
    "Nadam": lambda: optim.Nadam(0.01, momentum_decay=0.004),
}


def made(name="ReLU", optimizer="Adam", seed=0, **settings):
    """A trainer of a small network with these layers, and data for it."""
    before, shape = BEFORE_THE_END[name]
    rng = np.random.default_rng(seed)
    network = Network([*before(), Dense(3)], shape, rng)
    data = np.random.default_rng(1)
    X, labels = data.normal(size=(45, *shape)), data.integers(0, 3, 45)
    return Trainer(network, OPTIMIZERS[optimizer](), **{"batch_size": 16, **settings}), X, labels


def saved_and_loaded(trainer, name, optimizer, path):
    trainer.save(path)
    other = made(name, optimizer, seed=7, l2=trainer.l2)[0]
    other.load(path)
    return other


WAYS = {
    "copy": lambda trainer, *_: copy.deepcopy(trainer),
    "pickle": lambda trainer, *_: pickle.loads(pickle.dumps(trainer)),
    "file": saved_and_loaded,
}


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize(
    ("name", "optimizer"),
    [(name, "Adam") for name in BEFORE_THE_END] + [("BatchNorm", name) for name in OPTIMIZERS],
)
def test_a_copy_trains_on_as_the_original_does_to_the_last_bit(name, optimizer, way, tmp_path):
    trainer, X, labels = made(name, optimizer, l2=0.001)
    trainer.fit(X, labels, 2)
    other = WAYS[way](trainer, name, optimizer, tmp_path / "run.npz")
    before = trainer.network.theta.copy()
    other.fit(X, labels, 4)
    np.testing.assert_array_equal(trainer.network.theta, before, "the copy moved the original")
    trainer.fit(X, labels, 4)
    assert other.history == trainer.history
    assert len(set(trainer.history["loss"])) == 4, "nothing was learned: this would hide all"
    np.testing.assert_array_equal(other.network.theta, trainer.network.theta)
    np.testing.assert_array_equal(other.network.buffers, trainer.network.buffers)
    np.testing.assert_array_equal(other.network.predict(X), trainer.network.predict(X))


@pytest.mark.parametrize("way", ["copy", "pickle"])
def test_a_network_copied_by_itself_is_a_network_of_its_own(way):
    trainer, X, labels = made("BatchNorm")
    trainer.fit(X, labels, 1)
    network = WAYS[way](trainer.network)
    np.testing.assert_array_equal(network.predict(X), trainer.network.predict(X))
    kept = trainer.network.theta.copy()
    network.theta[...] = 0
    assert not network.predict(X).any()
    np.testing.assert_array_equal(trainer.network.theta, kept)


def test_a_pair_of_network_and_optimizer_stays_a_pair():
    trainer, X, labels = made()
    network, optimizer = copy.deepcopy((trainer.network, trainer.optimizer))
    before = network.theta.copy()
    network.backprop(network.check_input(X), labels)
    optimizer.step()
    assert (network.theta != before).all()


def trained(trainer, X, labels):
    trainer.fit(X, labels, 4)
    return trainer


def test_networks_are_trained_in_processes_of_their_own():
    trainers = [made("LSTM", seed=seed)[0] for seed in (0, 1)]
    _, X, labels = made("LSTM")
    away = joblib.Parallel(n_jobs=2)(joblib.delayed(trained)(t, X, labels) for t in trainers)
    for here, there in zip(trainers, away, strict=True):
        assert here.epoch == 0
        here.fit(X, labels, 4)
        assert there.history == here.history
        np.testing.assert_array_equal(there.network.theta, here.network.theta)


def test_a_pickle_is_not_much_larger_than_parameters_and_gradients():
    network = Network([Dense(300), ReLU(), Dense(10)], (200,), np.random.default_rng(0))
    network.backprop(np.ones((500, 200), np.float32), np.zeros(500, int))
    assert len(pickle.dumps(network)) < 2 * network.theta.nbytes + 5_000


def test_a_copy_of_a_layer_is_a_new_layer_with_its_settings():
    trainer, X, _ = made("Conv2D")
    layer = copy.deepcopy(trainer.network.layers[0])
    assert repr(layer) == "Conv2D(3, 3, pad=1)"
    assert not hasattr(layer, "W")
    Network([layer, Flatten(), Dense(2)], IMAGE, np.random.default_rng(0)).predict(X)


def test_a_layer_belongs_to_one_living_network():
    rng, parts = np.random.default_rng(0), [Dense(4), ReLU(), Dense(2)]
    first = Network(parts, (3,), rng)
    predicted = first.predict(np.ones((1, 3)))
    with pytest.raises(ValueError, match=r"layers\[0\], Dense\(4\), belongs to another Network"):
        Network(parts, (3,), rng)
    np.testing.assert_array_equal(first.predict(np.ones((1, 3))), predicted)
    del first
    gc.collect()
    Network(parts, (3,), rng)


def test_a_layer_that_goes_both_ways_has_weights_of_its_own():
    rng, inner = np.random.default_rng(0), GRU(2)
    first = Network([Bidirectional(inner)], (4, 3), rng)
    predicted = first.predict(np.ones((1, 4, 3)))
    Network([Bidirectional(inner)], (4, 3), rng)
    Network([inner], (4, 3), rng)
    np.testing.assert_array_equal(first.predict(np.ones((1, 4, 3))), predicted)
    assert vars(first.layers[0].layer)["Wx"].base is first.theta


def test_a_network_that_could_not_be_made_keeps_no_layers():
    rng, parts = np.random.default_rng(0), [Dense(4), Dense(2, init="he_norml")]
    with pytest.raises(ValueError, match="he_norml"):
        Network(parts, (3,), rng)
    del parts[1]
    Network(parts, (3,), rng)


def test_an_optimizer_belongs_to_one_living_trainer():
    trainer, _, _ = made()
    other, _, _ = made()
    with pytest.raises(ValueError, match=r"optimizer, Adam\(lr=0.01\), belongs to another Trainer"):
        Trainer(other.network, trainer.optimizer)
    copied = copy.deepcopy(trainer)
    with pytest.raises(ValueError, match="belongs to another Trainer"):
        Trainer(other.network, copied.optimizer)
    copy.copy(trainer)  # one that shares the optimizer, and is gone at once
    gc.collect()
    with pytest.raises(ValueError, match="belongs to another Trainer"):
        Trainer(other.network, trainer.optimizer)


def test_flat_vectors_are_written_into_and_not_replaced():
    network = made()[0].network
    network.theta *= 0.5
    for name in ("theta", "grad", "buffers"):
        with pytest.raises(ValueError, match=f"{name} is what the layers look into"):
            setattr(network, name, np.zeros_like(getattr(network, name)))


def test_a_trainer_with_callbacks_can_be_copied_while_its_bar_is_open(capsys):
    trainer, X, labels = made(callbacks=[ProgressBar(), StopOnPlateau(2, monitor="loss")])
    trainer.fit(X, labels, 1)
    copy.deepcopy(trainer).fit(X, labels, 2)
    assert "2/2" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda rng: Network([Dense(2)], (3,), 0), "rng is 0; it must be a generator"),
        (lambda rng: Network([Dense(2)], (3,), np.random.RandomState(0)), "must be a generator"),
        (lambda rng: Network([ReLU], (3,), rng), r"layers\[0\] is the class ReLU; write ReLU\(\)"),
        (lambda rng: Network(["relu"], (3,), rng), r"layers\[0\] is 'relu'; it must be a layer"),
        (lambda rng: Network([Dense(2)], (3,), rng, "softmax"), "output is 'softmax'; it must be"),
        (lambda rng: Network([Dense(2)], (3,), rng, None, np.float16), "dtype is float16"),
        (lambda rng: Network(Dense(2), (3,), rng), r"layers is Dense\(2\); it must be a list of"),
        (
            lambda rng: Network((Dense(2) for _ in "a"), (3,), rng),
            "layers is <generator.*a list of",
        ),
        (
            lambda rng: Network([Dense(2)], (-1,), rng),
            r"input_shape\[0\] is -1; it must be a whole",
        ),
        (lambda rng: Network([Dense(2)], (2.0,), rng), r"input_shape\[0\] is 2\.0; it must be a"),
        (
            lambda rng: Trainer([Dense(2)], optim.Adam()),
            r"network is \[Dense\(2\)\]; it must be a n",
        ),
        (
            lambda rng: made(callbacks=ProgressBar()),
            r"callbacks is <.*it must be a list, such as \[",
        ),
        (
            lambda rng: made(callbacks=(c for c in [])),
            "callbacks is <generator.* it must be a list",
        ),
        (lambda rng: made(schedule=0.1), r"schedule is 0\.1; it must be a function"),
        (lambda rng: Dropout("0.5"), r"p is '0\.5'; it must lie in \[0, 1\)"),
        (lambda rng: Dropout(0.999999), "p is 0.999999; it counts to 1/65536, and that is 1"),
        (lambda rng: Dense("16"), "units is '16'; it must be a whole number, 1 or more"),
        (lambda rng: Dense(16.0), r"units is 16\.0; it must be a whole number"),
        (lambda rng: Dense(0), "units is 0; it must be a whole number, 1 or more"),
        (lambda rng: Conv2D(8, 3, pad="same"), "pad is 'same'; it must be a whole number, 0 or"),
        (lambda rng: Conv2D(8, [3, 3]), r"size is \[3, 3\]; it must be a whole number"),
        (lambda rng: Conv2D(8, (3, 3, 3)), "it must be one whole number or two"),
        (lambda rng: Conv2D(8, 3, stride=(2, 2)), r"stride is \(2, 2\); it must be a whole"),
        (lambda rng: Conv1D(8, (3, 3)), r"size is \(3, 3\); it must be a whole number"),
        (lambda rng: LSTM(None), "units is None; it must be a whole number"),
        (lambda rng: optim.Adam("0.1"), "lr is '0.1'; it must be above 0"),
        (lambda rng: optim.Adam(np.ones(2)), r"lr is array\(\[1., 1.\]\); it must be above 0"),
        (lambda rng: Dropout(np.zeros(2)), r"p is array\(\[0., 0.\]\); it must lie in"),
        (lambda rng: Trainer(made()[0].network, optim.Adam), "optimizer is <class"),
        (lambda rng: made(batch_size=32.0), "batch_size is 32.0; it must be a whole number"),
        (lambda rng: made(callbacks=[print]), r"callbacks\[0\] is <built-in function print>"),
    ],
)
def test_what_cannot_be_made_is_refused_in_words(make, message):
    with pytest.raises(ValueError, match=message):
        make(np.random.default_rng(0))


def test_numbers_for_classes_are_told_of_the_output_for_numbers():
    X, _ = moons(20, 0.1, np.random.default_rng(0))
    network = Network([Dense(1)], (2,), np.random.default_rng(0))
    with pytest.raises(ValueError, match=r"make the network with output=LinearOutput\(\)"):
        Trainer(network, optim.Adam()).fit(X, X[:, 0], 1)


def test_probabilities_and_what_they_come_from():
    X = np.random.default_rng(0).normal(size=(5, 3))
    for output, units in ((None, 4), (SigmoidOutput(), 2), (LinearOutput(), 1)):
        network = Network([Dense(units)], (3,), np.random.default_rng(0), output)
        z, p = network.predict(X), network.predict_proba(X)
        np.testing.assert_array_equal(p, network.output.activation(z))
    softmax = Network([Dense(4)], (3,), np.random.default_rng(0))
    np.testing.assert_allclose(softmax.predict_proba(X).sum(axis=1), 1, rtol=1e-6)
