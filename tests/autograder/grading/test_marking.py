"""A slip costs its own exercise, and a reason is the one that is true."""

from __future__ import annotations

import json
import re
from html import unescape

import numpy as np
import pytest
from shortened import without_pictures

from autograder import folders
from autograder.authoring.sample_class import authors, fill_in
from autograder.grading import assignment
from autograder.grading.judge import Judge
from autograder.grading.lending import CALLS, Lender
from autograder.grading.submission import Submission
from autograder.sandbox import Limits

EWMA, DESCENT, MOMENTUM = "01_ewma", "02_gradient_descent", "03_momentum"


@pytest.fixture(scope="module")
def judges(tmp_path_factory):
    """A judge for each notebook, made when it is asked for."""
    course, made = tmp_path_factory.mktemp("course"), {}

    def judge(name):
        if name not in made:
            limits = Limits(cell_seconds=20)
            made[name] = Judge(assignment.load(course, name, limits=limits))
        return made[name]

    yield judge
    for judge in made.values():
        judge.close()


def graded(judges, name, answers, arranged=lambda cells: cells):
    """The points by exercise, and what the checks' cells say."""
    # Where a cell has a magic, all cells before a check run.
    change = without_pictures if name == MOMENTUM else None
    text = fill_in(folders.released(name).read_text("utf-8"), authors(name) | answers, change)
    text = json.dumps({**json.loads(text), "cells": arranged(json.loads(text)["cells"])})
    result = judges(name).grade(Submission("ada", {name: text.encode()})).notebooks[name]
    said = {}
    for cell in json.loads(result.text)["cells"]:
        grade_id = cell["metadata"].get("nbgrader", {}).get("grade_id", "")
        if grade_id.startswith("check_"):
            shown = [o.get("text") or o["data"]["text/html"] for o in cell["outputs"]]
            said[grade_id[6:]] = " ".join(unescape(re.sub("<[^>]+>", " ", " ".join(shown))).split())
    return {i[6:]: m.score for i, m in result.marks.items() if i.startswith("check_")}, said


def lost(judges, name, points):
    with_all, _ = graded(judges, name, {})
    return {i: with_all[i] - points[i] for i in points if points[i] != with_all[i]}


SWAPPED = "def ewma_step(v, x, beta):\n    return (1 - beta) * v + beta * x"
CALLING = """
def ewma(x, beta):
    v, out = 0.0, []
    for value in x:
        v = ewma_step(v, value, beta)
        out.append(v)
    return np.array(out)
"""
DROPS_THE_LAST = """
def minibatches(n, batch_size, rng):
    order = rng.permutation(n)
    return [order[i : i + batch_size] for i in range(0, n - n % batch_size, batch_size)]
"""


def test_a_slip_in_an_answer_costs_not_those_that_call_it(judges):
    points, said = graded(judges, EWMA, {"ewma_step": SWAPPED, "ewma": CALLING})
    assert list(lost(judges, EWMA, points)) == ["ewma_step"]
    told = "the reference's ewma_step in place of yours, because your ewma_step is not right yet"
    assert told in said["ewma"]


def test_of_several_the_one_is_named_that_is_wrong_itself(judges):
    """ewma is right as soon as ewma_step is, and has its points."""
    points, said = graded(judges, EWMA, {"ewma_step": SWAPPED, "ewma": CALLING})
    assert points["ewma"] == points["ewma_corrected"] == 2.0
    told = "the reference's ewma, ewma_step in place of yours, because your ewma_step is not right"
    assert told in said["ewma_corrected"]


IN_A_CIRCLE = """
def ewma_step(v, x, beta):
    v, x = np.broadcast_arrays(np.asarray(v, float), x)
    pairs = zip(v.ravel() / (1 - beta), x.ravel())
    return np.array([ewma(np.array(pair), beta)[-1] for pair in pairs]).reshape(v.shape)
"""


def test_no_later_answer_is_lent_to_an_earlier_one(judges):
    """ewma is right if ewma_step is. But ewma_step by way of ewma is no formula."""
    points, said = graded(judges, EWMA, {"ewma_step": IN_A_CIRCLE, "ewma": CALLING})
    assert list(lost(judges, EWMA, points)) == ["ewma_step"]
    assert "There is no function ewma" in said["ewma_step"]
    assert "the reference's ewma_step in place of yours" in said["ewma"]


UNDONE = """
def ewma(x, beta):
    return ewma_corrected(x, beta) * (1 - beta ** np.arange(1, len(x) + 1))
"""


def with_the_later_one_above(cells):
    names = [cell["metadata"].get("nbgrader", {}).get("grade_id") for cell in cells]
    answer, check = (cells[names.index(f"{kind}ewma_corrected")] for kind in ("", "check_"))
    rest = [cell for cell in cells if cell not in (answer, check)]
    first = names.index("ewma_step")
    return [*rest[:first], answer, check, *rest[first:]]


def test_an_answer_that_undoes_a_later_one_is_no_answer(judges):
    """ewma_corrected is left as a stub, or hides that it calls ewma; or it stands above."""
    hidden = """
def ewma_corrected(x, beta):
    return globals()["ew" + "ma"](x, beta) / (1 - beta ** np.arange(1, len(x) + 1))
"""
    for later in ("def ewma_corrected(x, beta):\n    pass", hidden):
        for arranged in (list, with_the_later_one_above):
            answers = {"ewma": UNDONE, "ewma_corrected": later}
            points, _ = graded(judges, EWMA, answers, arranged)
            assert points["ewma"] == points["ewma_corrected"] == 0.0


def test_also_if_it_draws_from_a_generator(judges):
    """The reference draws from the very generator of the caller, which goes on from there."""
    assert "minibatches(" in authors(DESCENT)["sgd_epoch"]
    points, said = graded(judges, DESCENT, {"minibatches": DROPS_THE_LAST})
    assert list(lost(judges, DESCENT, points)) == ["minibatches"]
    assert "the reference's minibatches in place of yours" in said["sgd_epoch"]


def test_what_is_wrong_itself_stays_wrong(judges):
    wrong = CALLING.replace("v, out = 0.0", "v, out = 1.0")
    points, said = graded(judges, EWMA, {"ewma_step": SWAPPED, "ewma": wrong})
    assert points["ewma_step"] == points["ewma"] == 0.0
    assert "expected" in said["ewma"]


def test_a_lent_function_is_called_only_so_often_and_with_so_much():
    lender = Lender({"f": lambda *args: np.add(*args)})
    tall, wide = np.ones((6000, 1)), np.ones((1, 6000))
    for arguments in ((tall, wide), (np.ones((300, 300)), 1), (10**9, 1), ([0] * 10**6, 1)):
        with pytest.raises(ValueError, match="larger than any check needs"):
            lender.call("f", arguments, {}, {})
    for _ in range(CALLS - 4):
        assert lender.call("f", (1, 2), {}, {}) == (3, {})
    with pytest.raises(RuntimeError, match="more than 5,000 times"):
        lender.call("f", (1, 2), {}, {})


@pytest.mark.parametrize(
    ("cell", "says"),
    [
        ("import seaborn\n{}", "its cell stopped at line 1: seaborn is not installed here"),
        ("{}\n x = 1", "the line begins at a place where no block begins"),
        ("x = 2 − 1\n{}", "the sign − is not one of Python's"),
        ("print 'x'\n{}", "print is a function"),
        ("%%writefile answer.py\n{}", "its cell begins with %%writefile"),
        ("%%timeit -n1 -r1\n{}", "its cell begins with %%timeit"),
        ("y = nothing\n{}", "its cell stopped at line 1: NameError: name 'nothing' is not defined"),
        ("raise KeyError('k')\n{}", "stopped at line 1: KeyError"),
        ("def momentum_step(theta, v, grad, lr, beta)\n    return 1", "a colon is missing"),
        ("nothing = 1", "no cell above defines it"),
    ],
)
def test_why_an_answer_is_not_there(judges, cell, says):
    answer = cell.format(authors(MOMENTUM)["momentum_step"])
    points, said = graded(judges, MOMENTUM, {"momentum_step": answer})
    assert points["momentum_step"] == 0.0
    assert (
        f"momentum_step does not exist{':' if 'no cell' in says else ''}" in said["momentum_step"]
    )
    assert says in said["momentum_step"]


def test_a_letter_without_quotes_is_a_name(judges):
    _, said = graded(judges, MOMENTUM, {"prediction_momentum": "prediction_momentum = b"})
    assert "b is a name here, not a letter" in said["prediction_momentum"]
    assert 'Write the letter in quotes: "b".' in said["prediction_momentum"]


def test_a_breakpoint_left_in_and_more_digits_cost_nothing(judges):
    answer = (
        "breakpoint()\ndef equivalent_lr(lr, beta):\n    breakpoint()\n"
        "    return np.longdouble(lr) * (1 - np.longdouble(beta))"
    )
    points, _ = graded(judges, MOMENTUM, {"equivalent_lr": answer})
    assert points["equivalent_lr"] == 1.0
