"""An argument that is changed: the student's line, and one that works in its place."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from autograder.checking.answer_key import answer_key
from autograder.checking.compare import Difference
from autograder.checking.in_place import copy_first
from autograder.checking.render import as_text
from autograder.checking.verdict import NOT_WRONG
from autograder.exercises import REGISTRY

CHANGES = [
    ("relu", "(z)", "z[z < 0] = 0\n    return z", "2", "`z = z.copy()` before that line"),
    ("relu", "(z)", "z *= z > 0\n    return z", "2", "write `z = z * (z > 0)`"),
    ("relu", "(z)", "np.maximum(z, 0, out=z)\n    return z", "2", "`z = z.copy()` before"),
    ("relu", "(z)", "r = z\n    r[r < 0] = 0\n    return r", "3", "`z = z.copy()` before"),
    ("standardize", "(X)", "X[:, 0] = 0\n    return X", "2", "`X = X.copy()` before"),
    ("standardize", "(X)", "X -= X.mean(axis=0)\n    return X", "2", "`X = X - X.mean(axis=0)`"),
    ("adagrad_step", "(theta, G, grad, lr, eps)",
     "G += grad**2\n    return theta - lr * grad / np.sqrt(G + eps), G", "2", "`G = G + grad**2`"),
    ("ewma", "(x, beta)", "x.sort()\n    return x", "2", "`x = np.sort(x)`"),
    ("best_setting", "(results)",
     "results.sort(key=lambda r: -np.nan_to_num(r['val_accuracy'], nan=-1.0))\n"
     "    return results[0]['setting']",
     "2", "`results = sorted(results, key=lambda r: -np.nan_to_num(r['val_accuracy'], nan=-1.0))`"),
    ("standardize", "(X)", "X.sort(axis=0)\n    return X", "2", "`X = np.sort(X, axis=0)`"),
    ("ewma", "(x, beta)", "rng = np.random.default_rng(3)\n    rng.shuffle(x)\n    return x", "3",
     "`x = rng.permutation(x)`"),
    ("clip_by_value", "(grads, limit)", "grads[0] = grads[0] * 0\n    return grads", "2",
     "`grads = [p.copy() for p in grads]` before"),
    ("clip_by_value", "(grads, limit)", "for g in grads:\n        g *= 0.5\n    return grads", "3",
     "`grads = [p.copy() for p in grads]` before"),
]  # fmt: skip


@pytest.mark.parametrize(("exercise", "head", "body", "line", "said"), CHANGES)
def test_the_advice_shows_the_students_own_line(exercise, head, body, line, said, verdict_on_cells):
    problem = verdict_on_cells(exercise, f"def {exercise}{head}:\n    {body}\n").problem
    assert problem.stage == "changed"
    told = problem.misconception or problem.advice
    if not problem.misconception:  # an author's own message stands in its place
        assert said in told
        own = body.split("\n")[int(line) - 2].strip()
        assert f"Line {line} of its cell, `{own}`" in told
    assert bool(problem.misconception) != bool(problem.advice)  # never two arrows


def test_what_the_advice_says_mends_it(verdict_on_cells):
    cell = "def relu(z):\n    z = z.copy()\n    z[z < 0] = 0\n    return z\n"
    assert verdict_on_cells("relu", cell).passed


def test_a_right_answer_that_changes_an_argument_has_half_of_the_points(verdict_on_cells):
    step = "def ewma_step(v, x, beta):\n    v *= beta\n    v += {} * x\n    return v\n"
    half = verdict_on_cells("ewma_step", step.format("(1 - beta)"))
    assert half.points == sum(earned for _, earned, _ in half.groups) == half.max_points / 2
    assert half.problem.stage == "changed"
    assert NOT_WRONG in half.problem.evidence
    assert half.problem.headline == "ewma_step changed its argument v in place."
    wrong = verdict_on_cells("ewma_step", step.format("beta"))
    assert wrong.points == 0
    assert NOT_WRONG not in wrong.problem.evidence
    text = as_text(wrong)
    assert not any(name in text for name, *_ in wrong.groups)  # nothing to tell apart
    assert all(name in as_text(half) for name, *_ in half.groups)


def test_the_argument_is_named_alone_also_in_one_of_several_calls():
    exercise = REGISTRY["adagrad_step"]
    key = answer_key(exercise)
    case, expected = next(
        (case, outcomes)
        for cases, ran in zip(key.cases, key.expected, strict=True)
        for case, outcomes in zip(cases, ran, strict=True)
        if len(case.script) > 1
    )
    got = [*expected[:-1], replace(expected[-1], changed=(1,))]
    assert exercise.difference(case, expected, got) == Difference("changed", where="G")


def test_without_the_text_the_advice_is_by_the_kind_of_argument():
    assert "`" not in copy_first("z", None, None)
    assert "z = z.copy()" in copy_first("z", None, None)
    assert "d = dict(d)" in copy_first("d", {"a": 1}, None)
    pairs = copy_first("params", [(np.zeros(2), np.zeros(1))], None)
    assert "params = [tuple(p.copy() for p in pair) for pair in params]" in pairs
    assert "x = list(x)" in copy_first("x", [1.0], None)
