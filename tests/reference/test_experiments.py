"""What the experiments claim, at a size that a test can afford."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from reference_impl.experiments import (
    capacity,
    capacity_stored,
    depth,
    depth_stored,
    digits,
    exam,
    exam_stored,
    images,
    images_stored,
    kernels,
    kernels_stored,
    mnist1d,
    moved_digits,
    moved_digits_stored,
    notepad,
    notepad_stored,
    optimizers,
    optimizers_stored,
    signals,
    signals_stored,
    stored,
)
from reference_impl.network import Network


def test_digits_are_above_98_percent(capsys):
    """On the mean of three splits: a single one has 360 images, and 0.28 % for each."""
    assert digits.main(["--splits", "3"]) == 0
    *_, summary = capsys.readouterr().out.splitlines()
    mean = float(summary.split()[1].rstrip("%,"))
    assert mean > 98


def test_digits_need_a_split():
    with pytest.raises(SystemExit):
        digits.main(["--splits", "0"])


@pytest.mark.parametrize("name", ["logistic", "mlp"])
def test_the_quick_rows_of_the_table(name, capsys):
    assert mnist1d.main([name]) == 0
    row = capsys.readouterr().out.splitlines()[1].split()
    assert row[0] == name
    published, here = (float(cell.rstrip("%")) for cell in row[2:4])
    assert here > published - 100 * mnist1d.ALLOWANCE


@pytest.mark.parametrize("name", ["cnn", "gru"])
def test_the_slow_rows_learn(name):
    """A few of their epochs leave the multilayer perceptron of the table behind already, or nearly:
    the whole run is the command's."""
    model = replace(mnist1d.MODELS[name], epochs=8)
    accuracy, parameters, _ = mnist1d.reproduce(model)
    assert accuracy > 0.6
    network = Network(model.layers(), model.input_shape, np.random.default_rng(0))
    assert parameters == network.theta.size


def test_a_model_that_falls_short_is_told_by_the_status(monkeypatch):
    impossible = replace(mnist1d.MODELS["logistic"], published=0.9, epochs=1)
    monkeypatch.setitem(mnist1d.MODELS, "logistic", impossible)
    assert mnist1d.main(["logistic"]) == 1


def test_a_model_that_is_not_there(capsys):
    with pytest.raises(SystemExit):
        mnist1d.main(["transformer"])
    assert "no model transformer; there are logistic, mlp, cnn, gru" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("module", "text"),
    [
        (capacity_stored, lambda m: capacity.as_module(m.ROWS)),
        (depth_stored, lambda m: depth.as_module(m.ROWS, m.EPOCH_MS)),
        (exam_stored, lambda m: exam.as_module(m.ROWS)),
        (images_stored, lambda m: images.as_module(m.ROWS)),
        (kernels_stored, lambda m: kernels.as_module(m.ROWS)),
        (moved_digits_stored, lambda m: moved_digits.as_module(m.ROWS)),
        (notepad_stored, lambda m: notepad.as_module(m.ROWS)),
        (optimizers_stored, lambda m: optimizers.as_module([*m.TRIED, *m.RACED, *m.REACHED])),
        (signals_stored, lambda m: signals.as_module(m.ROWS)),
    ],
    ids=[
        "capacity",
        "depth",
        "exam",
        "images",
        "kernels",
        "moved_digits",
        "notepad",
        "optimizers",
        "signals",
    ],
)
def test_the_stored_modules_are_as_their_scripts_write_them(module, text, tmp_path):
    stored.write(tmp_path / Path(module.__file__.replace("_stored", "")).name, text(module))
    written = tmp_path / Path(module.__file__).name
    assert written.read_text("utf-8") == Path(module.__file__).read_text("utf-8")


def test_each_row_is_printed_when_it_is_there(capsys):
    def rows():
        yield ("one", 1)
        assert capsys.readouterr().out == "one 1\n"
        yield ("two", 2)

    assert stored.told(rows()) == [("one", 1), ("two", 2)]
    assert capsys.readouterr().out == "two 2\n"
