"""Diagnoses of drawn and of real curves, and the choice from a search."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from reference_impl.diagnostics import best_setting, diagnose, wilson_interval
from reference_impl.mlp_training import build_mlp, train

seeds = st.integers(0, 2**32 - 1)


def falling(rng, epochs, end):
    """From 1 down to `end` (shares of the start), at a speed that gets there."""
    t = np.linspace(0, 1, epochs)
    return end + (1 - end) * np.exp(-rng.uniform(5, 12) * t)


def fine(rng, epochs):
    end = rng.uniform(0.0, 0.3)
    return falling(rng, epochs, end), falling(rng, epochs, end * 1.1 + 0.02)


def underfitting(rng, epochs):
    """Too high a plateau, or still on the way down."""
    end = rng.uniform(0.6, 0.9)
    if rng.random() < 0.5:
        return falling(rng, epochs, end), falling(rng, epochs, end + 0.02)
    line = np.linspace(1, end, epochs)
    return line, line + 0.02


def overfitting(rng, epochs):
    """The validation loss turns up, or stays high without that."""
    loss = falling(rng, epochs, rng.uniform(0, 0.1))
    if rng.random() < 0.5:
        return loss, falling(rng, epochs, rng.uniform(0.65, 0.9))
    low, t = rng.uniform(0.2, 0.6), np.linspace(0, 1, epochs)
    return loss, falling(rng, epochs, low) + rng.uniform(0.4, 2) * np.maximum(0, t - 0.4)


def diverging(rng, epochs):
    """To NaN or infinity, up from the start, or up again after a fall."""
    loss, val_loss = fine(rng, epochs)
    kind = rng.integers(3)
    if kind == 0:
        loss[-1] = rng.choice([np.nan, np.inf])
    else:
        t = np.linspace(0, 1, epochs)
        loss = kind - 1 + (2 - kind) * loss + 3 * t ** rng.uniform(1, 5)
    return loss, val_loss + 3 * np.linspace(0, 1, epochs) ** 2


def dead(rng, epochs):
    """Nothing moves from the start on, or from behind the burst of the first epoch on."""
    loss, val_loss = np.ones((2, epochs))
    if rng.random() < 0.5:
        loss[0] = rng.uniform(10, 1000)
    return loss, val_loss


KINDS = {f.__name__: f for f in (fine, underfitting, overfitting, diverging, dead)}


def history(kind, seed):
    """A labelled run: curves of one kind at some scale, with noise and an accuracy to match."""
    rng = np.random.default_rng(seed)
    epochs = int(rng.integers(10, 120))
    loss, val_loss = KINDS[kind](rng, epochs)
    start = rng.uniform(0.5, 5)
    noise = 0.003 if kind == "dead" else 0.02
    loss, val_loss = (
        start * curve * (1 + noise * rng.uniform(-1, 1, size=epochs)) for curve in (loss, val_loss)
    )
    val_accuracy = np.exp(-2.3 * np.clip(np.nan_to_num(val_loss / start, nan=1), 0, 1))
    if kind == "fine":
        val_accuracy[-1] = 0.9
    return {
        "loss": list(loss),
        "val_loss": list(val_loss),
        "val_accuracy": list(val_accuracy),
    }


@pytest.mark.parametrize("kind", KINDS)
def test_drawn_curves_of_each_kind(kind):
    wrong = [seed for seed in range(400) if diagnose(history(kind, seed)) != kind]
    assert not wrong


@given(seeds, st.floats(0.05, 0.45))
def test_a_run_whose_losses_are_fine_and_whose_accuracy_is_not_is_dead(seed, guessing):
    run = history("fine", seed)
    run["val_accuracy"] = [guessing] * len(run["loss"])
    assert diagnose(run) == "dead"


@given(seeds, st.sampled_from(list(KINDS)), st.floats(1e-3, 1e3))
def test_the_unit_of_the_loss_does_not_matter(seed, kind, unit):
    run = history(kind, seed)
    scaled = {
        name: [x if name == "val_accuracy" else unit * x for x in curve]
        for name, curve in run.items()
    }
    assert diagnose(scaled) == diagnose(run)


@pytest.mark.parametrize("name", ["loss", "val_loss"])
@given(seed=seeds, kind=st.sampled_from(list(KINDS)), bad=st.sampled_from([np.nan, np.inf]))
def test_whatever_is_not_finite_has_diverged(name, seed, kind, bad):
    run = history(kind, seed)
    run[name][seed % len(run[name])] = bad
    assert diagnose(run) == "diverging"


@pytest.fixture(scope="module")
def digits():
    """scikit-learn's digits: (X, labels) to learn from and (X, labels) to watch."""
    from sklearn.datasets import load_digits

    X, labels = load_digits(return_X_y=True)
    order = np.random.default_rng(0).permutation(len(X))
    X, labels = X[order] / 16, labels[order]
    return X[:900], labels[:900], X[900:1300], labels[900:1300]


def real_run(digits, seed, samples=900, lr=3e-3, epochs=25, bias=0.0):
    X, labels, X_val, labels_val = digits
    rng = np.random.default_rng(seed)
    params = [(W, b + bias) for W, b in build_mlp([64, 32, 10], rng)]
    params = [*params[:-1], (params[-1][0], 0 * params[-1][1])]
    _, run = train(
        params,
        X[:samples],
        labels[:samples],
        X_val,
        labels_val,
        lr=lr,
        batch_size=32,
        epochs=epochs,
        rng=rng,
    )
    return run


@pytest.mark.parametrize("seed", range(3))
def test_real_curves(digits, seed):
    assert diagnose(real_run(digits, seed)) == "fine"
    assert diagnose(real_run(digits, seed, lr=1e-4, epochs=8)) == "underfitting"
    assert diagnose(real_run(digits, seed, samples=30, lr=0.03, epochs=100)) == "overfitting"
    # Every hidden unit below 0 for all images: only the last biases learn, the class shares.
    assert diagnose(real_run(digits, seed, bias=-100.0, lr=1e-3, epochs=8)) == "dead"
    # The first steps throw the network to where no unit is active any more.
    assert diagnose(real_run(digits, seed, lr=3.0, epochs=8)) == "dead"
    assert diagnose(real_run(digits, seed, lr=1e200, epochs=8)) == "diverging"


def test_a_loss_that_explodes_in_the_last_epoch_has_diverged():
    run = {
        "loss": [2.3, 1, 0.5, 0.4, 3],
        "val_loss": [2, 1, 0.6, 0.5, 4],
        "val_accuracy": [0.5] * 5,
    }
    assert diagnose(run) == "diverging"


def test_one_bad_epoch_of_validation_at_the_end_is_no_overfitting():
    loss = [2.3 * 0.7**t for t in range(20)]
    run = {"loss": loss, "val_loss": [*loss[:-1], 1.5], "val_accuracy": [0.9] * 20}
    assert diagnose(run) == "fine"


def test_a_first_epoch_that_learns_most_has_not_killed_the_network():
    run = {"loss": [1.0, 0.2, 0.2, 0.19], "val_loss": [0.2] * 4, "val_accuracy": [0.97] * 4}
    assert diagnose(run) == "fine"


def test_the_end_is_the_last_fifth():
    loss = [*np.linspace(1, 0.4, 15), 0.4, 0.45, 0.45, 0.6, 0.6]  # the median of the last 4: 0.525
    assert diagnose({"loss": loss, "val_loss": loss, "val_accuracy": [0.9] * 20}) == "underfitting"


def test_a_loss_that_came_back_to_its_start_has_moved():
    loss = [1.0, 0.95, 0.95, 0.95, 1.0]
    assert diagnose({"loss": loss, "val_loss": loss, "val_accuracy": [0.2] * 5}) == "underfitting"


def test_where_the_training_loss_rises_too_nothing_is_overfitted():
    rising = [2.0, 1.0, 0.5, 0.4, 0.5, 0.6, 0.7]
    assert diagnose({"loss": rising, "val_loss": rising, "val_accuracy": [0.8] * 7}) == "fine"


@pytest.mark.parametrize(
    ("run", "message"),
    [
        ({}, "history has nothing; it needs loss too"),
        ({"loss": [1.0], "val_loss": [1.0]}, "history has loss, val_loss; it needs val_accuracy"),
        ({"loss": [], "val_loss": [], "val_accuracy": []}, r"loss has shape \(0,\)"),
        (
            {"loss": [2.0, 1.0], "val_loss": [1.0], "val_accuracy": [0.5]},
            r"val_loss has shape \(1,\); it needs \(2,\)",
        ),
        ({"loss": [[1.0]], "val_loss": [1.0], "val_accuracy": [0.5]}, r"loss has shape \(1, 1\)"),
    ],
)
def test_a_history_that_is_none_is_refused(run, message):
    with pytest.raises(ValueError, match="^" + message):
        diagnose(run)


def test_the_setting_is_chosen_by_validation():
    results = [
        {"setting": {"lr": 0.1}, "val_accuracy": 0.90, "test_accuracy": 0.99},
        {"setting": {"lr": 0.2}, "val_accuracy": 0.95, "test_accuracy": 0.10},
        {"setting": {"lr": 0.3}, "val_accuracy": 0.95, "test_accuracy": 0.98},
        {"setting": {"lr": 0.4}, "val_accuracy": np.nan, "test_accuracy": 1.0},
    ]
    assert best_setting(results) == {"lr": 0.2}
    assert best_setting(results[:1]) == {"lr": 0.1}
    assert best_setting(results[::-1]) == {"lr": 0.3}
    without_test = [{k: r[k] for k in ("setting", "val_accuracy")} for r in results]
    assert best_setting(without_test) == {"lr": 0.2}
    worst = {"setting": "diverged", "val_accuracy": np.nan}
    assert best_setting([worst, {"setting": "all wrong", "val_accuracy": 0.0}]) == "all wrong"


def test_a_search_without_results_is_refused():
    with pytest.raises(ValueError, match="results is empty"):
        best_setting([])
    with pytest.raises(ValueError, match=r"results\[1\] has no setting"):
        best_setting([{"setting": 1, "val_accuracy": 0.5}, {"val_accuracy": 0.6}])


@given(st.integers(1, 2000), st.floats(0, 1), st.floats(0.1, 4))
def test_the_ends_of_wilsons_interval_are_the_last_shares_that_are_believed(n, share, z):
    right = round(share * n)
    for end in wilson_interval(right, n, z):
        assert 0 <= end <= 1
        assert abs(right / n - end) == pytest.approx(z * np.sqrt(end * (1 - end) / n), abs=1e-7)


def test_wilsons_interval_of_known_counts():
    assert wilson_interval(8, 10, 1.959964) == pytest.approx((0.490162, 0.943318), abs=1e-6)
    assert wilson_interval(0, 10) == pytest.approx((0.0, 1.96**2 / (10 + 1.96**2)))
    assert wilson_interval(10, 10)[1] == 1.0


@pytest.mark.parametrize("arguments", [(1, 0), (-1, 10), (11, 10), (5, 10, -1.0)])
def test_what_is_no_count_has_no_interval(arguments):
    with pytest.raises(ValueError, match="must"):
        wilson_interval(*arguments)
