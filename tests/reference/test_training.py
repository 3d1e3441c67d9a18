"""Training learns, stops, resumes to the last bit, and refuses what it cannot use."""

from __future__ import annotations

import math
import os
import signal
import subprocess
import sys
import textwrap
import time
import warnings

import numpy as np
import pytest

from reference_impl import optim
from reference_impl.callbacks import Callback, Checkpoint, ProgressBar, StopOnPlateau
from reference_impl.checkpoint import read_checkpoint, write_checkpoint
from reference_impl.datasets import blobs, moons
from reference_impl.layers.activation import ReLU
from reference_impl.layers.batchnorm import BatchNorm
from reference_impl.layers.dense import Dense
from reference_impl.layers.dropout import Dropout
from reference_impl.layers.output import LinearOutput
from reference_impl.network import Network
from reference_impl.regularization import l1_penalty, l1_subgradient, l2_gradient, l2_penalty
from reference_impl.schedules import cosine_decay
from reference_impl.training import Trainer


def network(seed=0, dtype=np.float32):
    layers = [Dense(16), ReLU(), Dense(2)]
    return Network(layers, (2,), np.random.default_rng(seed), dtype=dtype)


def data(seed=5, n=203):
    return moons(n, 0.15, np.random.default_rng(seed))


def test_training_learns_what_can_be_learned():
    X, labels = data(n=600)
    history = Trainer(network(), optim.Adam(0.01)).fit(
        X[:400], labels[:400], until_epoch=40, validation=(X[400:], labels[400:])
    )
    assert {name: len(values) for name, values in history.items()} == {
        "loss": 40,
        "lr": 40,
        "val_loss": 40,
        "val_accuracy": 40,
    }
    assert history["loss"][-1] < 0.2 * history["loss"][0]
    assert history["val_accuracy"][-1] > 0.97


def test_an_epoch_is_a_step_on_each_batch_with_the_short_last_one():
    """Written out by hand: the same parameters, and the mean loss weighted by batch sizes."""
    X, labels = data(n=70)
    trained, by_hand = network(dtype=np.float64), network(dtype=np.float64)
    loss = Trainer(trained, optim.SGD(0.1), batch_size=32).fit(X, labels, 1)["loss"][0]
    order = by_hand.rng.permutation(70)
    total = 0.0
    for batch in (order[:32], order[32:64], order[64:]):
        total += len(batch) * by_hand.backprop(X[batch], labels[batch])
        by_hand.theta -= 0.1 * by_hand.grad
    np.testing.assert_allclose(trained.theta, by_hand.theta, rtol=1e-12)
    assert loss == pytest.approx(total / 70)


def test_the_schedule_is_followed_within_an_epoch():
    X, labels = data(n=100)
    asked = []

    def schedule(epoch):
        asked.append(epoch)
        return cosine_decay(0.1, epoch, 2)

    history = Trainer(network(), optim.SGD(1.0), batch_size=25, schedule=schedule).fit(X, labels, 2)
    assert asked == [0, 0.25, 0.5, 0.75, 1, 1.25, 1.5, 1.75]
    assert history["lr"] == [cosine_decay(0.1, 0.75, 2), cosine_decay(0.1, 1.75, 2)]


@pytest.mark.parametrize(("l1", "l2"), [(0.03, 0.0), (0.0, 0.02), (0.03, 0.02)])
def test_penalties_act_on_weights_and_not_on_biases(l1, l2):
    X, labels = data(n=8)
    net = network(dtype=np.float64)
    net.theta += 0.1
    plain = net.backprop(X, labels)
    grad = net.grad.copy()
    weights = [layer.W.copy() for layer in (net.layers[0], net.layers[2])]
    trainer = Trainer(net, optim.SGD(0.1), batch_size=8, l1=l1, l2=l2)
    before = net.theta.copy()
    loss = trainer.train_step(X, labels)
    assert loss == pytest.approx(plain + l1_penalty(weights, l1) + l2_penalty(weights, l2))
    moved = (before - net.theta) / 0.1 - grad
    extra = [
        a + b for a, b in zip(l1_subgradient(weights, l1), l2_gradient(weights, l2), strict=True)
    ]
    expected = np.concatenate([extra[0].ravel(), np.zeros(16), extra[1].ravel(), np.zeros(2)])
    np.testing.assert_allclose(moved, expected, atol=1e-12)


@pytest.mark.parametrize(
    ("trained", "g", "expected"),
    [
        # θ = 2, η = 0.1, λ = 0.5: the table of README.md, with the numbers put in.
        (lambda net: Trainer(net, optim.SGD(0.1)), 3, 2 - 0.1 * 3),
        (lambda net: Trainer(net, optim.SGD(0.1), l2=0.5), 3, 2 - 0.1 * (3 + 2 * 0.5 * 2)),
        (lambda net: Trainer(net, optim.SGD(0.1, coupled_decay=0.5)), 3, 2 - 0.1 * (3 + 0.5 * 2)),
        # Adam's first step has the length η and the sign of what m and v see: g, g + 2 λ θ = g + 2,
        # or g + λ θ = g + 1.
        (lambda net: Trainer(net, optim.Adam(0.1)), -0.5, 2 + 0.1),
        (lambda net: Trainer(net, optim.Adam(0.1), l2=0.5), -1.5, 2 - 0.1),
        (lambda net: Trainer(net, optim.Adam(0.1, coupled_decay=0.5)), -1.5, 2 + 0.1),
        (lambda net: Trainer(net, optim.Adam(0.1, coupled_decay=0.5)), -0.5, 2 - 0.1),
        (
            lambda net: Trainer(net, optim.AdamW(0.1, weight_decay=0.5)),
            -0.5,
            2 + 0.1 - 0.1 * 0.5 * 2,
        ),
    ],
)
def test_each_way_to_keep_weights_small_on_one_weight(trained, g, expected):
    net = Network(
        [Dense(1, bias=False)], (1,), np.random.default_rng(0), LinearOutput(), np.float64
    )
    net.theta[:] = 2
    y = 2 - g / 2  # the loss (θ - y)² has the gradient 2 (θ - y)
    trained(net).train_step(np.ones((1, 1)), np.array([[y]]))
    assert net.theta[0] == pytest.approx(expected, rel=1e-7)


def test_clipping_by_norm_limits_the_step():
    X, labels = data(n=20)
    net = network(dtype=np.float64)
    before = net.theta.copy()
    Trainer(net, optim.SGD(1.0), batch_size=20, clip_norm=1e-3).fit(X, labels, 1)
    assert np.linalg.norm(net.theta - before) == pytest.approx(1e-3)


def test_clipping_by_value_limits_each_element():
    X, labels = data(n=20)
    net = network(dtype=np.float64)
    before = net.theta.copy()
    Trainer(net, optim.SGD(1.0), batch_size=20, clip_value=1e-4).fit(X, labels, 1)
    assert np.abs(net.theta - before).max() == pytest.approx(1e-4)


def test_training_ends_when_the_loss_is_no_longer_finite():
    rng = np.random.default_rng(0)
    X, y = rng.normal(size=(64, 2)), rng.normal(size=64)
    trainer = Trainer(Network([Dense(1)], (2,), rng, LinearOutput()), optim.SGD(1e6))
    with np.errstate(over="ignore"), pytest.warns(RuntimeWarning) as said:
        history = trainer.fit(X, y, until_epoch=1000)
    assert not math.isfinite(history["loss"][-1])
    assert len(history["loss"]) < 100
    [warning] = said
    assert f"in epoch {trainer.epoch}, at a learning rate of 1e+06" in str(warning.message)
    assert warning.filename == __file__
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        trainer.fit(X, y, until_epoch=1000)  # it was said once
        with np.errstate(all="ignore"):  # as where rates too large are a part of the search
            Trainer(Network([Dense(1)], (2,), rng, LinearOutput()), optim.SGD(1e6)).fit(X, y, 1000)


def test_a_gradient_that_is_not_finite_is_not_clipped_into_a_finite_one():
    grad = np.array([1.0, np.nan])
    optim.clip_by_global_norm(grad, 1.0)
    assert np.isnan(grad).all()  # as torch.nn.utils.clip_grad_norm_ does


class InterruptedValidation(LinearOutput):
    """Ctrl-C while the loss on validation samples is computed, at the third time."""

    scored = 0

    def score(self, z, target):
        self.scored += 1
        if self.scored == 3:
            raise KeyboardInterrupt
        return super().score(z, target)


def test_an_epoch_is_in_the_history_as_a_whole_or_not_at_all():
    rng = np.random.default_rng(0)
    X, y = rng.normal(size=(64, 2)), rng.normal(size=64)
    net = Network([Dense(1)], (2,), rng, InterruptedValidation())
    trainer = Trainer(net, optim.Adam())
    with pytest.raises(KeyboardInterrupt):
        trainer.fit(X, y, 10, validation=(X, y))
    assert {len(values) for values in trainer.history.values()} == {trainer.epoch} == {2}
    trainer.fit(X, y, 10, validation=(X, y))
    assert {len(values) for values in trainer.history.values()} == {10}


def test_what_was_not_measured_is_nan():
    X, labels = data()
    trainer = Trainer(network(), optim.Adam())
    trainer.fit(X, labels, 2)
    trainer.fit(X, labels, 3, validation=(X, labels))
    trainer.fit(X, labels, 4)
    assert np.isnan(trainer.history["val_loss"]).tolist() == [True, True, False, True]


class Interrupt(Callback):
    """An error in the middle, as when somebody stops the kernel."""

    def __init__(self, epoch):
        self.epoch = epoch

    def on_epoch_end(self, trainer):
        if trainer.epoch == self.epoch:
            raise KeyboardInterrupt


OPTIMIZERS = {
    "sgd": lambda: optim.SGD(0.1),
    "nag": lambda: optim.SGD(0.1, momentum=0.9, nesterov=True),
    "adagrad": lambda: optim.AdaGrad(0.05),
    "rmsprop": lambda: optim.RMSprop(0.01),
    "adadelta": lambda: optim.AdaDelta(),
    "adam": lambda: optim.Adam(0.01),
    "adamw": lambda: optim.AdamW(0.01),
    "nadam": lambda: optim.Nadam(0.01, momentum_decay=0.004),
}


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_resumed_training_ends_bit_for_bit_where_an_unbroken_run_ends(name, tmp_path):
    X, labels = data()
    held_out = data(seed=6, n=50)

    def trainer(seed, *more):
        return Trainer(
            network(seed),
            OPTIMIZERS[name](),
            schedule=lambda epoch: cosine_decay(0.05, epoch, 9),
            callbacks=[
                StopOnPlateau(patience=50),
                Checkpoint(tmp_path / "run.npz", every=2),
                *more,
            ],
        )

    whole = trainer(0)
    whole.fit(X, labels, 9, validation=held_out)

    broken = trainer(0, Interrupt(5))  # after the checkpoint of epoch 4
    with pytest.raises(KeyboardInterrupt):
        broken.fit(X, labels, 9, validation=held_out)

    resumed = trainer(1, Interrupt(-1))  # another start: all must come from the file
    resumed.load(tmp_path / "run.npz")
    assert resumed.epoch == 4
    resumed.fit(X, labels, 9, validation=held_out)
    assert resumed.history == whole.history
    np.testing.assert_array_equal(resumed.network.theta, whole.network.theta)
    np.testing.assert_array_equal(resumed.optimizer.state, whole.optimizer.state)
    assert resumed.network.rng.bit_generator.state == whole.network.rng.bit_generator.state


def test_a_process_killed_while_it_trains_leaves_a_checkpoint_that_goes_on(tmp_path):
    """SIGKILL at some moment, with a save every epoch: the file is whole, and the end the same."""
    path = tmp_path / "run.npz"
    program = textwrap.dedent(
        """
        import sys
        import numpy as np
        from reference_impl import optim
        from reference_impl.callbacks import Checkpoint
        from reference_impl.datasets import moons
        from reference_impl.layers.activation import ReLU
        from reference_impl.layers.dense import Dense
        from reference_impl.network import Network
        from reference_impl.training import Trainer

        path, epochs, resume = sys.argv[1], int(sys.argv[2]), sys.argv[3] == "resume"
        X, labels = moons(203, 0.15, np.random.default_rng(5))
        net = Network([Dense(16), ReLU(), Dense(2)], (2,), np.random.default_rng(0))
        trainer = Trainer(net, optim.Adam(0.01), callbacks=[Checkpoint(path)])
        if resume:
            trainer.load(path)
        trainer.fit(X, labels, epochs)
        print(trainer.epoch, net.theta.tobytes().hex())
        """
    )

    def run(*arguments):
        command = [sys.executable, "-c", program, str(path), *arguments]
        return subprocess.Popen(command, stdout=subprocess.PIPE, text=True)

    victim = run("100000", "fresh")
    deadline = time.monotonic() + 60
    while not path.exists() and time.monotonic() < deadline:
        time.sleep(0.01)
    time.sleep(0.3)
    victim.send_signal(signal.SIGKILL)
    victim.wait()
    probe = Trainer(network(), optim.Adam(0.01), callbacks=[Checkpoint(path)])
    probe.load(path)
    end = str(probe.epoch + 7)
    assert 0 < probe.epoch < 100000
    resumed = run(end, "resume").communicate()[0]
    unbroken = run(end, "fresh").communicate()[0]
    assert resumed == unbroken
    assert resumed.split()[0] == end


def test_a_save_that_fails_leaves_the_old_checkpoint(tmp_path, monkeypatch):
    path = tmp_path / "run.npz"
    trainer = Trainer(network(), optim.Adam())
    trainer.save(path)
    before = path.read_bytes()

    def full(*_, **__):
        raise OSError("No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space left"):
        trainer.save(path)
    assert path.read_bytes() == before
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize("damage", ["empty", "text", "cut", "flipped"])
def test_a_damaged_checkpoint_is_named_and_changes_nothing(damage, tmp_path):
    path = tmp_path / "run.npz"
    trainer = Trainer(network(), optim.Adam())
    trainer.save(path)
    whole = bytearray(path.read_bytes())
    if damage == "flipped":
        whole[len(whole) // 2] ^= 0xFF
    path.write_bytes(
        {"empty": b"", "text": b"hello", "cut": whole[: len(whole) // 2], "flipped": whole}[damage]
    )
    theta = trainer.network.theta.copy()
    with pytest.raises(ValueError, match=r"run\.npz is not a checkpoint"):
        trainer.load(path)
    np.testing.assert_array_equal(trainer.network.theta, theta)


@pytest.mark.parametrize("state", [{}, [1.0], {"network": {}, "settings": {}}])
def test_a_file_of_something_else_is_no_training(state, tmp_path):
    write_checkpoint(tmp_path / "other.npz", state)
    with pytest.raises(ValueError, match=r"other.npz is no training that was saved"):
        Trainer(network(), optim.Adam()).load(tmp_path / "other.npz")


def test_a_checkpoint_that_is_not_there(tmp_path):
    with pytest.raises(FileNotFoundError, match="there is no checkpoint"):
        Trainer(network(), optim.Adam()).load(tmp_path / "nothing.npz")


def other_training(optimizer=None, output=None, size=2, rng=None, **settings):
    net = Network([Dense(16), ReLU(), Dense(2)], (size,), rng or np.random.default_rng(0), output)
    return Trainer(net, optimizer or optim.Adam(), **settings)


@pytest.mark.parametrize(
    ("other", "what"),
    [
        (lambda: other_training(optim.Adam(beta1=0.5)), "optimizer"),
        (lambda: other_training(output=LinearOutput()), "output"),
        (lambda: other_training(size=3), "input's shape"),
        (lambda: other_training(rng=np.random.Generator(np.random.MT19937(0))), "generator"),
        (lambda: other_training(schedule=lambda epoch: 0.1), "schedule"),
        (lambda: Trainer(network(), optim.SGD(0.1, momentum=0.9)), "optimizer"),
        (lambda: Trainer(network(dtype=np.float64), optim.Adam()), "dtype"),
        (lambda: Trainer(network(), optim.Adam(), callbacks=[StopOnPlateau(3)]), "callbacks"),
        (
            lambda: Trainer(
                Network([Dense(2)], (2,), np.random.default_rng(0)),
                optim.Adam(),
            ),
            "layers",
        ),
    ],
)
def test_a_checkpoint_of_another_training_is_refused(other, what, tmp_path):
    path = tmp_path / "run.npz"
    Trainer(network(), optim.Adam()).save(path)
    trainer = other()
    before = trainer.network.theta.copy()
    with pytest.raises(ValueError, match=f"another training: the {what} there"):
        trainer.load(path)
    np.testing.assert_array_equal(trainer.network.theta, before)


@pytest.mark.parametrize(
    "setting",
    [{"batch_size": 7}, {"l1": 0.1}, {"l2": 0.1}, {"clip_norm": 1.0}, {"clip_value": 1.0}],
)
def test_a_checkpoint_of_a_training_with_another_setting_is_refused(setting, tmp_path):
    path = tmp_path / "run.npz"
    Trainer(network(), optim.Adam()).save(path)
    [name] = setting
    with pytest.raises(ValueError, match=f"another training: {name} there"):
        Trainer(network(), optim.Adam(), **setting).load(path)


def test_settings_that_are_numbers_of_numpy_can_be_saved_and_are_the_same(tmp_path):
    X, labels = data(n=40)

    def trainer(whole, number):
        layers = [Dense(whole(3)), Dropout(number(0.5)), Dense(2)]
        net = Network(layers, (2,), np.random.default_rng(0))
        settings = dict.fromkeys(("clip_norm", "clip_value", "l1", "l2"), number(0.5))
        return Trainer(net, optim.Adam(beta1=number(0.5)), batch_size=whole(16), **settings)

    saved = trainer(np.int64, np.float32)
    saved.fit(X, labels, 1)
    saved.save(tmp_path / "run.npz")
    loaded = trainer(int, float)
    loaded.load(tmp_path / "run.npz")
    np.testing.assert_array_equal(loaded.network.theta, saved.network.theta)


@pytest.mark.parametrize(
    "state",
    [
        {"a": [np.ones(2), [np.zeros(1), 3]], "b": {"c": np.arange(3)}},
        {"array": np.ones(2)},
        {"array": {"array": {"array": "array_0"}}, "b": {"array": "text"}},
        {"array": {"dict": [{"array": np.ones(2)}]}},
        {"number": np.float32(0.5), "yes": np.True_, "list": [np.int64(3)]},
    ],
)
def test_a_file_gives_back_what_it_was_given(state, tmp_path):
    write_checkpoint(tmp_path / "state.npz", state)
    np.testing.assert_equal(read_checkpoint(tmp_path / "state.npz"), state)


@pytest.mark.skipif(os.name == "nt", reason="Windows has other permissions")
def test_a_checkpoint_may_be_read_by_whom_the_umask_says(tmp_path):
    before = os.umask(0o027)
    try:
        write_checkpoint(tmp_path / "state.npz", {})
    finally:
        os.umask(before)
    assert (tmp_path / "state.npz").stat().st_mode & 0o777 == 0o640


def noise(seed=3):
    """Nothing to learn: the loss on other samples soon rises."""
    rng = np.random.default_rng(seed)
    draws = [(rng.normal(size=(40, 2)), rng.integers(0, 2, 40)) for _ in range(2)]
    return draws[0], draws[1]


def test_patience_is_the_new_trainers_and_waiting_begins_anew_when_asked(tmp_path):
    (X, labels), held_out = noise()
    short = Trainer(network(), optim.Adam(0.05), callbacks=[StopOnPlateau(2)])
    short.fit(X, labels, 500, validation=held_out)
    stopped = short.epoch
    short.save(tmp_path / "run.npz")
    longer = Trainer(network(), optim.Adam(0.05), callbacks=[StopOnPlateau(6)])
    longer.load(tmp_path / "run.npz")
    longer.stop = False
    longer.fit(X, labels, stopped + 4, validation=held_out)
    assert longer.epoch == stopped + 4
    short.stop, short.optimizer.lr = False, 0.0  # nothing will improve any more
    short.fit(X, labels, 500, validation=held_out)
    assert short.epoch == stopped + 2


def test_a_quantity_that_rises_is_watched_for_its_highest():
    (X, labels), held_out = noise()
    for mode in (None, "max"):
        watch = StopOnPlateau(5, monitor="val_accuracy", mode=mode)
        trainer = Trainer(network(), optim.Adam(0.05), callbacks=[watch])
        accuracy = trainer.fit(X, labels, 500, validation=held_out)["val_accuracy"]
        assert trainer.network.evaluate(*held_out)[1] == max(accuracy)
        assert len(accuracy) == int(np.argmax(accuracy)) + 1 + 5
    with pytest.raises(ValueError, match="mode is 'highest'; it must be 'min', 'max' or None"):
        StopOnPlateau(5, mode="highest")


def test_the_best_epoch_can_be_had_after_an_interruption():
    (X, labels), held_out = noise()
    watch = StopOnPlateau(patience=100)
    with pytest.raises(ValueError, match="there is no best epoch yet"):
        watch.restore(network())
    trainer = Trainer(network(), optim.Adam(0.05), callbacks=[watch, Interrupt(30)])
    with pytest.raises(KeyboardInterrupt):
        trainer.fit(X, labels, 500, validation=held_out)
    losses = trainer.history["val_loss"]
    assert losses[-1] > min(losses)
    watch.restore(trainer.network)
    assert trainer.network.evaluate(*held_out)[0] == min(losses)


def test_a_path_that_cannot_be_filled_in_is_refused_before_the_training():
    with pytest.raises(ValueError, match=r"only \{epoch\} may stand in braces"):
        Checkpoint("run{1}/x.npz")


@pytest.mark.parametrize("until_epoch", [2.5, -1, "10"])
def test_a_number_of_epochs_that_is_none(until_epoch):
    with pytest.raises(ValueError, match=r"until_epoch is .* whole number, 0 or more"):
        Trainer(network(), optim.Adam()).fit(*data(), until_epoch)


def test_stopping_early_brings_the_best_parameters_back():
    rng = np.random.default_rng(3)
    X, labels = rng.normal(size=(40, 2)), rng.integers(0, 2, 40)  # noise: only overfitting left
    X_val, labels_val = rng.normal(size=(40, 2)), rng.integers(0, 2, 40)
    trainer = Trainer(network(), optim.Adam(0.05), callbacks=[StopOnPlateau(patience=4)])
    history = trainer.fit(X, labels, 500, validation=(X_val, labels_val))
    best = int(np.argmin(history["val_loss"]))
    assert len(history["val_loss"]) == best + 1 + 4
    assert trainer.network.evaluate(X_val, labels_val)[0] == history["val_loss"][best]
    again = len(history["loss"])
    trainer.fit(X, labels, 500, validation=(X_val, labels_val))
    assert len(trainer.history["loss"]) == again  # stopped is stopped


def test_stopping_early_brings_what_is_tracked_back_too():
    (X, labels), held_out = noise()
    layers = [Dense(8), BatchNorm(), ReLU(), Dense(2)]
    net = Network(layers, (2,), np.random.default_rng(0))
    trainer = Trainer(net, optim.Adam(0.05), callbacks=[StopOnPlateau(patience=4)])
    history = trainer.fit(X, labels, 500, validation=held_out)
    assert len(history["val_loss"]) < 500
    assert net.evaluate(*held_out)[0] == min(history["val_loss"])


def test_the_epoch_that_stops_is_saved_whatever_its_number(tmp_path):
    (X, labels), held_out = noise()
    callbacks = [StopOnPlateau(3), Checkpoint(tmp_path / "{epoch}.npz", every=1000)]
    trainer = Trainer(network(), optim.Adam(0.05), callbacks=callbacks)
    trainer.fit(X, labels, 500, validation=held_out)
    assert [path.name for path in tmp_path.iterdir()] == [f"{trainer.epoch}.npz"]


def test_a_plateau_is_watched_for_one_trainer_and_begins_anew_in_the_next():
    (X, labels), held_out = noise()
    early = StopOnPlateau(3)
    first, second = network(0), network(1)
    trainer = Trainer(first, optim.Adam(0.05), callbacks=[early])
    trainer.fit(X, labels, 15, validation=held_out)
    with pytest.raises(ValueError, match=r"callbacks\[0\].* another Trainer already; make a new"):
        Trainer(second, optim.Adam(1e-5), callbacks=[early])
    del trainer
    start = second.theta.copy()
    anew = Trainer(second, optim.Adam(1e-5), callbacks=[early])
    losses = anew.fit(X, labels, 5, validation=held_out)["val_loss"]
    assert early.stopping.best == min(losses)
    np.testing.assert_allclose(second.theta, start, atol=1e-3)


@pytest.mark.parametrize("loaded", [False, True])
def test_with_a_plateau_in_parts_is_as_in_one_go(loaded, tmp_path):
    (X, labels), held_out = noise()

    def trainer():
        net = Network([Dense(8), BatchNorm(), ReLU(), Dense(2)], (2,), np.random.default_rng(0))
        return Trainer(net, optim.Adam(0.05), callbacks=[StopOnPlateau(50)])

    whole, parts = trainer(), trainer()
    whole.fit(X, labels, 20, validation=held_out)
    parts.fit(X, labels, 12, validation=held_out)
    assert parts.callbacks[0].stopping.best_step < 11  # so it was put back to an earlier one
    if loaded:
        parts.save(tmp_path / "run.npz")
        parts = trainer()
        parts.load(tmp_path / "run.npz")
    parts.fit(X, labels, 12, validation=held_out)
    parts.fit(X, labels, 20, validation=held_out)
    assert parts.history == whole.history
    np.testing.assert_array_equal(parts.network.theta, whole.network.theta)
    parts.network.theta[...] = 0  # from what somebody wrote, it goes on from there
    parts.callbacks[0].restore_best = False
    parts.fit(X, labels, 20, validation=held_out)
    assert not parts.network.theta.any()


def test_a_training_that_stopped_early_is_over_after_loading_too(tmp_path):
    rng = np.random.default_rng(3)
    X, labels = rng.normal(size=(40, 2)), rng.integers(0, 2, 40)
    held_out = rng.normal(size=(40, 2)), rng.integers(0, 2, 40)

    def trainer(seed):
        callbacks = [StopOnPlateau(patience=4), Checkpoint(tmp_path / "run.npz")]
        return Trainer(network(seed), optim.Adam(0.05), callbacks=callbacks)

    whole, resumed = trainer(0), trainer(1)
    whole.fit(X, labels, 500, validation=held_out)
    resumed.load(tmp_path / "run.npz")
    resumed.fit(X, labels, 500, validation=held_out)
    assert resumed.history == whole.history
    np.testing.assert_array_equal(resumed.network.theta, whole.network.theta)


def test_stopping_on_a_quantity_that_is_not_there():
    X, labels = data()
    trainer = Trainer(network(), optim.Adam(), callbacks=[StopOnPlateau(3)])
    with pytest.raises(ValueError, match=r"monitor is 'val_loss'.*needs `validation`"):
        trainer.fit(X, labels, 2)


def test_numbered_checkpoints_are_all_kept(tmp_path):
    X, labels = data(n=20)
    keep = Checkpoint(tmp_path / "epoch_{epoch}.npz", every=2)
    Trainer(network(), optim.Adam(), callbacks=[keep]).fit(X, labels, 5)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["epoch_2.npz", "epoch_4.npz"]


def test_the_progress_bar_shows_epochs_and_values(capsys):
    X, labels = data(n=20)
    Trainer(network(), optim.Adam(), callbacks=[ProgressBar()]).fit(X, labels, 3)
    shown = capsys.readouterr().err
    assert "3/3" in shown
    assert "loss=" in shown


def test_fit_goes_on_until_an_epoch_and_does_not_count_anew():
    X, labels = data()
    trainer = Trainer(network(), optim.Adam())
    trainer.fit(X, labels, 3)
    trainer.fit(X, labels, 3)
    assert trainer.epoch == len(trainer.history["loss"]) == 3
    history = trainer.fit(X, labels, until_epoch=5)
    assert trainer.epoch == len(trainer.history["loss"]) == 5
    history["loss"].append(0.0)  # the caller's own
    assert trainer.epoch == 5


def test_other_generators_can_be_saved_too(tmp_path):
    X, labels = data(n=20)

    def trainer(seed):
        rng = np.random.Generator(np.random.MT19937(seed))
        return Trainer(Network([Dense(2)], (2,), rng), optim.Adam(0.01))

    whole, first, second = trainer(0), trainer(0), trainer(1)
    whole.fit(X, labels, 4)
    first.fit(X, labels, 2)
    first.save(tmp_path / "run.npz")
    second.load(tmp_path / "run.npz")
    second.fit(X, labels, 4)
    np.testing.assert_array_equal(second.network.theta, whole.network.theta)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"X": np.zeros((4, 3))}, r"X has shape \(4, 3\); it needs \(n, \*\(2,\)\)"),
        ({"X": np.array([[0, 1], [np.nan, 0], [1, 1], [2, 2.0]])}, r"X has nan at \(1, 0\)"),
        ({"X": np.array([[0, 1], [1, 0], [1, -np.inf], [2, 2.0]])}, r"X has -inf at \(2, 1\)"),
        ({"X": np.zeros((0, 2)), "labels": np.zeros(0, int)}, "X has no samples"),
        ({"labels": np.array([0, 1, 2, 0])}, "labels is 2 somewhere; it must lie in 0 … 1"),
        ({"labels": np.array([0, -1, 1, 0])}, "labels is -1 somewhere"),
        ({"labels": np.array([0, 1, 1])}, r"labels has shape \(3,\)"),
        ({"labels": np.array([0.0, 1, 1, 0])}, "labels is float64; it must be integers"),
        ({"validation": (np.zeros((4, 5)), np.zeros(4, int))}, "in validation: X has shape"),
    ],
)
def test_data_that_cannot_be_used(change, message):
    arguments = {"X": np.ones((4, 2)), "labels": np.array([0, 1, 1, 0]), "validation": None}
    arguments |= change
    trainer = Trainer(network(), optim.Adam())
    theta = trainer.network.theta.copy()
    with pytest.raises(ValueError, match=message):
        trainer.fit(arguments["X"], arguments["labels"], 1, arguments["validation"])
    np.testing.assert_array_equal(trainer.network.theta, theta)


@pytest.mark.parametrize(
    "argument",
    [{"batch_size": 0}, {"clip_norm": 0.0}, {"clip_value": -1.0}, {"l1": -1}, {"l2": -1}],
)
def test_arguments_that_cannot_be_used(argument):
    with pytest.raises(ValueError, match=next(iter(argument))):
        Trainer(network(), optim.Adam(), **argument)


def test_regression_is_scored_by_the_explained_variance():
    rng = np.random.default_rng(0)
    X = rng.normal(size=(300, 3))
    y = X @ np.array([1.0, -2.0, 0.5]) + 0.1 * rng.normal(size=300)
    net = Network([Dense(1)], (3,), rng, LinearOutput())
    history = Trainer(net, optim.Adam(0.05)).fit(X, y, 30, validation=(X, y))
    assert history["val_r2"][-1] > 0.99
    residual = y[:, None] - net.predict(X)
    assert history["val_r2"][-1] == pytest.approx(1 - residual.var() / y.var(), abs=1e-3)


def test_blobs_are_easy_in_float32_and_float64():
    centers = np.array([[0.0, 0], [3, 0], [0, 3]])
    X, labels = blobs(300, centers, 0.3, np.random.default_rng(1))
    for dtype in (np.float32, np.float64):
        net = Network([Dense(3)], (2,), np.random.default_rng(0), dtype=dtype)
        Trainer(net, optim.Adam(0.1)).fit(X, labels, 20)
        assert net.evaluate(X, labels)[1] > 0.95
