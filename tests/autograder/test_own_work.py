"""A student's functions of earlier notebooks: which are taken, and what is said of the others."""

from __future__ import annotations

import ast

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_notebook

from autograder import folders
from autograder.exercises import REGISTRY
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


TRAINABLE = [e for e in REGISTRY.values() if "02" <= e.notebook[:2] <= "11" and not e.is_quiz]
MASTERS = folders.repository() / folders.SOLUTIONS


def test_every_function_of_02_to_11_can_be_the_students_own(capsys):
    """The masters are the students here: schedules, clipping, layers and classes are all taken."""
    references = [exercise.reference for exercise in TRAINABLE]
    chosen = mine(*references, beside=MASTERS / "12_training")
    said = capsys.readouterr().out.splitlines()
    assert len(said) == len(TRAINABLE) > 90
    assert [line for line in said if "yours, from" not in line] == []
    assert not [f for f, reference in zip(chosen, references, strict=True) if f is reference]


def test_the_capstone_offers_each_part_of_a_training_under_its_own_name():
    """No name is swapped with another one, and every notebook from 02 to 11 has a share."""
    cells = nbformat.read(MASTERS / "12_training" / "12_training.ipynb", as_version=4).cells
    [cell] = [c.source for c in cells if c.source.startswith("USE_MY_OWN")]
    offered = set()
    for node in ast.walk(ast.parse(cell)):
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Call):
            [target] = node.targets
            assert ast.unparse(target).strip("()") == ", ".join(map(ast.unparse, node.value.args))
            offered |= {argument.id for argument in node.value.args}
    assert {REGISTRY[name].notebook for name in offered} == {e.notebook for e in TRAINABLE}
    assert offered >= {
        *("cosine_decay", "step_decay", "clip_by_global_norm", "adamw_step", "l2_gradient"),
        *("EarlyStopping", "batchnorm_backward", "inverted_dropout_backward", "he_uniform"),
    }
