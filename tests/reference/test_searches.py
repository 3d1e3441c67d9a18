"""The searches behind notebook 13: rates inside their grids, and rows that come out again."""

from __future__ import annotations

import numpy as np
import pytest

from reference_impl.experiments import (
    kernels,
    kernels_stored,
    notepad,
    notepad_stored,
    signals,
    signals_stored,
)
from reference_impl.experiments.mnist1d import MODELS
from reference_impl.gradients import numerical_gradient, relative_error


def test_no_chosen_rate_stands_at_the_edge_of_its_grid():
    assert {rate for _, rate, *_ in notepad_stored.ROWS} <= set(notepad.RATES[1:-1])
    assert {rate for _, rate, *_ in signals_stored.ROWS} <= set(signals.RATES[1:-1])


@pytest.mark.parametrize("search", [notepad, signals])
def test_what_chooses_is_not_reported(search):
    assert not set(search.CHOOSING) & set(search.REPORTED)
    assert len(search.REPORTED) >= 5


def test_a_stored_row_of_the_signals_is_what_the_script_computes():
    name, rate, found, _ = signals_stored.ROWS[0]
    data = signals.mnist1d()
    learn, judge = (data.X, data.labels), (data.X_test, data.labels_test)
    right = signals.right(name, rate, signals.REPORTED[0], learn, judge)
    assert right == pytest.approx(found[0], abs=0.03)
    assert [row[0] for row in signals_stored.ROWS] == list(MODELS)


def test_the_gradient_through_time_is_the_slope_of_the_error():
    rng = np.random.default_rng(0)
    u = notepad.UNITS
    shapes = {"Wx": (2, 4 * u), "Wh": (u, 4 * u), "b": (4 * u,), "w": (u, 1), "w0": (1,)}
    p = {name: rng.normal(size=shape) for name, shape in shapes.items()}
    X, y = notepad.notes(5, rng, time=7)
    assert (np.sum(X[:, :, 1], axis=1) == 1).all()
    assert (X[X[:, :, 1] == 1][:, 0] == y).all()
    grads = notepad.gradients(X, y, p)
    for name in p:

        def error(value, name=name):
            return float(np.mean((notepad.read(X, p | {name: value})[0] - y) ** 2))

        assert relative_error(grads[name], numerical_gradient(error, p[name])) < 1e-5


def test_every_bias_is_stored_with_five_errors_of_each_length():
    assert [row[0] for row in notepad_stored.ROWS] == list(notepad.BIASES)
    assert all(len(row[2]) == len(row[3]) == 5 for row in notepad_stored.ROWS)


def test_noise_has_roughness_1_and_one_weight_everywhere_0():
    rng = np.random.default_rng(0)
    assert kernels.roughness(rng.normal(size=(500, 1, 5, 5))) == pytest.approx(1, abs=0.05)
    assert kernels.roughness(np.full((3, 1, 5, 5), 2.0)) == 0
    checked = np.indices((5, 5)).sum(axis=0) % 2 * 2.0 - 1
    assert kernels.roughness(checked[None, None]) == pytest.approx(2)


def test_a_slope_is_all_edge_and_noise_two_parts_of_25():
    slope = np.tile(np.arange(-2.0, 3.0), (5, 1))
    noise = np.random.default_rng(0).normal(size=(2000, 1, 5, 5))
    assert kernels.edge_share(slope[None, None])[0] == pytest.approx(1)
    assert kernels.edge_share(noise).mean() == pytest.approx(2 / 25, abs=0.01)
    assert [row[0] for row in kernels_stored.ROWS] == list(kernels.REPORTED)
