"""A right answer gets its points, however Python or NumPy wraps it."""

from __future__ import annotations

import numpy as np
import pytest

from autograder.checking.verdict import assess_here
from autograder.exercises import REGISTRY


class Text(str):
    """As a library may return one."""


class Number(float):
    """As a library may return one."""


WRAPPERS = {
    "NumPy's text": lambda text: np.array([text, "another text"])[0],
    "np.where": lambda text: np.where(True, text, "another text"),
    "a subclass": Text,
}


@pytest.mark.parametrize("wrap", WRAPPERS.values(), ids=WRAPPERS)
@pytest.mark.parametrize("name", ["init_for", "diagnose", "best_setting"])
def test_a_text_may_be_numpys(name, wrap):
    exercise = REGISTRY[name]

    def answer(*args):
        right = exercise.reference(*args)
        return wrap(right) if isinstance(right, str) else right

    verdict = assess_here(exercise, answer)
    assert verdict.passed, verdict.problem


def test_a_number_may_be_of_a_subclass():
    mse = REGISTRY["mse"]
    assert assess_here(mse, lambda y, yhat: Number(mse.reference(y, yhat))).passed


def test_what_is_no_list_of_nodes_is_told_so():
    topological_order = REGISTRY["topological_order"]
    right = topological_order.reference
    told = {}
    for answer in (lambda node: set(right(node)), lambda node: [n.parents for n in right(node)]):
        problem = assess_here(topological_order, answer).problem
        assert problem is not None
        evidence = dict(problem.evidence)
        assert evidence["tried"] == "a chain of 4 nodes"
        told[evidence["got"]] = evidence["expected"]
    assert told == {"a set": "a list of 4", "a list of something else": "a list of nodes"}


@pytest.mark.parametrize("name", ["he_normal", "xavier_uniform", "dropout_mask"])
@pytest.mark.parametrize("kind", [list, tuple])
def test_drawn_rows_may_stand_in_a_list_or_a_tuple(name, kind):
    exercise = REGISTRY[name]
    verdict = assess_here(exercise, lambda *args: kind(exercise.reference(*args)))
    assert verdict.passed, verdict.problem
