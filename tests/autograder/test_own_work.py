"""A student's functions of earlier notebooks: which are taken, and what is said of the others."""

from __future__ import annotations

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_notebook

from autograder.own_work import mine
from reference_impl.activations import relu, relu_grad
from reference_impl.ewma import ewma_step
from reference_impl.gradients import clip_by_value


def write(folder, name, *cells):
    (folder / name).mkdir()
    notebook = new_notebook(cells=[new_code_cell(cell) for cell in cells])
    nbformat.write(notebook, folder / name / f"{name}.ipynb")


@pytest.fixture
def here(tmp_path):
    """The folder of a notebook; beside it one with a right, a wrong and an unwritten function."""
    write(
        tmp_path,
        "05_activations",
        "%matplotlib inline\nimport numpy as np\nHALF = 0.5",
        "def helper(z):\n    return (z + np.abs(z)) * HALF",
        "def relu(z):\n    return helper(z)",
        "this is no Python",
        "def relu_grad(z):\n    return 2.0 * (z > 0)",
        "raise SystemExit('a cell that must not be run')",
    )
    stub = "def ewma_step(v, x, beta):\n    raise NotImplementedError('not written yet')"
    write(tmp_path, "01_ewma", stub)
    return tmp_path / "12_training"


def test_a_right_function_is_taken_and_every_other_is_the_references(here, capsys):
    chosen = mine(relu, relu_grad, ewma_step, clip_by_value, write, beside=here)
    said = capsys.readouterr().out.splitlines()
    assert chosen[0] is not relu
    assert chosen[1:] == (relu_grad, ewma_step, clip_by_value, write)
    assert chosen[0](-1.0) == 0
    reasons = ["yours, from 05", "0 of ", "not written yet", "none of yours", "not an exercise"]
    assert all(reason in line for reason, line in zip(reasons, said, strict=True))


@pytest.mark.parametrize("text", ["", "{", "{}"])
def test_a_damaged_notebook_is_as_none(tmp_path, text):
    (tmp_path / "01_ewma").mkdir()
    (tmp_path / "01_ewma" / "01_ewma.ipynb").write_text(text)
    assert mine(ewma_step, beside=tmp_path / "12_training") == (ewma_step,)
