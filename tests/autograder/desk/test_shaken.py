"""Code that is cut out of its modules runs by itself, and has nothing that it must not have."""

from __future__ import annotations

import ast
import os
import subprocess
import sys
from functools import lru_cache

import numpy as np
import pytest

from autograder import folders
from autograder.checking.exercise import Case
from autograder.desk import slices
from autograder.desk.bundle import Bundle
from autograder.desk.shaken import Reference
from autograder.desk.slices import RefusedError, Slice
from autograder.exercises import REGISTRY

REFERENCE = Reference()
SCALE = {"two": np.array([2.0, 3.0])}


@pytest.mark.parametrize("name", folders.notebooks())
def test_what_a_notebook_imports_is_there_and_works(name, tmp_path):
    """Every module that is kept can be imported, and so can all that the cells import."""
    bundle = Bundle([name], REFERENCE)
    kept = REFERENCE.reached(bundle.imported[name])
    for place, text in REFERENCE.shaken(kept).items():
        path = tmp_path / place
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")
    modules = sorted(module for module, own in kept if not own)
    lines = [f"import {module}" for module in modules]
    for cell in bundle.cells(name):
        for node in ast.walk(ast.parse(cell)):
            if isinstance(node, ast.ImportFrom) and node.module.startswith("reference_impl"):
                lines.append(ast.unparse(node))
    names = [f"assert hasattr({module}, {own!r}), {own!r}" for module, own in sorted(kept) if own]
    lines += [f"assert {modules[0]}.__file__.startswith({str(tmp_path)!r})", *names]
    done = subprocess.run(
        [sys.executable, "-c", "\n".join(lines)],
        env=os.environ | {"PYTHONPATH": str(tmp_path), "MPLBACKEND": "agg"},
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr[-2000:]


def test_an_answer_beside_what_is_needed_is_left_out():
    """`losses` has what 04 needs, of the closed 02, and the answers of 06."""
    bundle = Bundle(["04_adaptive"], REFERENCE)
    text = REFERENCE.shaken(REFERENCE.reached(bundle.imported["04_adaptive"]))
    losses = text["reference_impl/losses.py"]
    assert "def mse_and_gradient" in losses
    assert "def cross_entropy" not in losses
    assert "reference_impl/optimizers.py" not in text
    assert bundle.needed == {}


def sliced(value, exercise=REGISTRY["ewma"], may_borrow=lambda module, name: False):
    code = Slice(exercise, may_borrow)
    code.add("made", value)
    scope = {"exercise": exercise}
    exec(compile(code.source(), "<slice>", "exec"), scope)
    return scope["made"]


@lru_cache
def helper(x):
    return SCALE["two"] * x


def with_helper(x):
    """Calls what stands beside it."""
    return [helper(i) for i in range(x)]


def closure(factor, function):
    def inner(x):
        return factor @ function(x)

    return inner


@pytest.fixture(autouse=True)
def _as_an_exercises_module(monkeypatch):
    """Slices are made of modules of exercises: this one stands for such a module."""
    monkeypatch.setattr("autograder.desk.slices.OWN", (slices.OWN, __name__))


def test_a_function_comes_with_what_it_uses():
    np.testing.assert_equal(sliced(with_helper)(2), with_helper(2))


def test_a_closure_comes_with_what_it_closes_over():
    made = closure(np.array([[1.0, 2.0], [0.5, -1.0]]), closure(np.eye(2), np.tanh))
    np.testing.assert_array_equal(sliced(made)(np.ones(2)), made(np.ones(2)))


def test_two_lambdas_in_a_line_are_told_apart():
    w = 3.0
    up, down = (lambda x: x + w, lambda x: x - w)
    assert [sliced(up)(1), sliced(down)(1)] == [4, -2]


def test_a_class_comes_with_its_fields():
    made = sliced(type(REGISTRY["images_model"].groups[0].make(np.random.default_rng(0))[0]))
    assert issubclass(made, Case)
    assert made("a label", (), bar=0.5).bar == 0.5


def test_the_exercise_itself_may_be_used_and_no_other_one():
    own, other = REGISTRY["ewma"], REGISTRY["ewma_step"]
    assert sliced(closure(np.eye(1), own).__closure__[1].cell_contents) is own
    with pytest.raises(RefusedError, match="the exercise ewma_step"):
        sliced([other])


def test_a_function_of_the_reference_is_asked_for():
    reference = REGISTRY["relu"].reference
    with pytest.raises(RefusedError, match=r"reference_impl\.activations\.relu"):
        sliced(reference)
    assert sliced(reference, may_borrow=lambda module, name: name == "relu") is reference
