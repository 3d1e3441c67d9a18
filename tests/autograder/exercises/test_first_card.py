"""The first card of a wrong answer says what is wrong, and not what to write instead.

The formula comes later: a second wrong answer offers it folded.
"""

from __future__ import annotations

import ast
import re
from functools import cache

import nbformat
import numpy as np
import pytest

from autograder.cells import is_solution, names_defined, without_solution_marks
from autograder.checking.render import SEEN, as_text
from autograder.checking.verdict import assess_here
from autograder.exercises import REGISTRY
from autograder.folders import master, notebooks

WRITTEN = [e for e in REGISTRY.values() if not e.is_quiz]
every_exercise = pytest.mark.parametrize("exercise", WRITTEN, ids=lambda e: e.id)


def squeezed(text):
    return re.sub(r"\s", "", text)


def computed(source):
    """What an answer's lines compute, without those parts that any program might have."""
    values = [
        node.value
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.Return | ast.Assign | ast.AugAssign)
        # Several outputs and their order are the contract, as the docstring says it.
        and not isinstance(node.value, ast.Tuple | None)
    ]
    texts = [ast.unparse(value) for value in values]
    return {squeezed(text) for text in texts if len(re.findall(r"\w+", text)) > 2}


@cache
def answers():
    """Exercise → what its lines compute, in the master."""
    found = {}
    for name in notebooks():
        for cell in nbformat.read(master(name), as_version=4).cells:
            if cell.cell_type == "code" and is_solution(cell.source):
                source = without_solution_marks(cell.source)
                found |= {id_: computed(source) for id_ in names_defined(source)}
    return found


def given_away(exercise, text):
    return sorted(piece for piece in answers()[exercise.id] if piece in squeezed(text))


def test_a_message_that_is_a_line_of_the_answer_would_be_seen():
    assert given_away(REGISTRY["relu"], "Write np.maximum(0.0, z), and all is well.")
    assert not given_away(REGISTRY["relu"], "Cut off what is below 0.")


@every_exercise
def test_no_message_to_a_mistake_says_what_the_answer_computes(exercise):
    told = {v.name: given_away(exercise, v.message) for v in exercise.misconceptions}
    assert not {name: pieces for name, pieces in told.items() if pieces}


@every_exercise
def test_a_first_wrong_answer_without_a_name_gets_neither_hint_nor_formula(exercise):
    """An answer that returns a number of no meaning, whatever it is given."""

    def mine(*args, **kwargs):
        return np.pi / 7

    verdict = assess_here(exercise, mine)
    card = as_text(verdict, rung=SEEN)
    assert verdict.problem is not None
    assert squeezed(exercise.hint) not in squeezed(card)
    assert not given_away(exercise, card)
