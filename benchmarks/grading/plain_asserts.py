"""The notebook as an assistant would have written it for stock nbgrader: tests of plain asserts.

Each check becomes a cell that imports none of our code: numbers in, numbers expected, a `score` as
the cell's value. Its numbers are the cases of the exercise and the reference's results.
"""

from __future__ import annotations

import ast
import copy
import inspect
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from autograder.checking.answer_key import answer_key
from autograder.checking.drive import Oracle, Outcome, Previous
from autograder.checking.exercise import Case, Exercise
from autograder.exercises import REGISTRY

CHECK_IMPORT = "from autograder import check, lend"

QUIZ = """\
assert {id}.strip(" .()").lower() == {answer!r}"""

HEAD = """\
# {id}: {points:g} points
import copy

import numpy as np


def agrees(got, expected):
    if isinstance(expected, tuple):
        right = isinstance(got, tuple | list) and len(got) == len(expected)
        return right and all(map(agrees, got, expected))
    return np.shape(got) == np.shape(expected) and np.allclose(got, expected, {rtol!r}, {atol!r})


changed = []


def tried(arguments, expected):
    before = copy.deepcopy(arguments)
    got = {id}(*arguments)
    for now, then in zip(arguments, before):
        if not np.array_equal(now, then):
            changed.append(now)
    assert agrees(got, expected), f"expected {{expected}}, got {{got}}"
    return got"""

TAIL = """

score = 0
for group, points in {groups}.items():
    try:
        group()
        score += points
    except Exception as error:
        print(f"{{group.__name__}}: {{type(error).__name__}}: {{error}}")
if changed:
    print("an argument was changed: half of the points")
    score /= 2
score"""


def with_plain_asserts(notebook: Any) -> Any:
    """A copy of a master in which each check is a cell of plain asserts."""
    notebook = copy.deepcopy(notebook)
    for cell in notebook.cells:
        nbgrader = cell.metadata.get("nbgrader", {})
        if cell.cell_type == "code" and nbgrader.get("grade"):
            cell.source = test_cell(REGISTRY[nbgrader["grade_id"].removeprefix("check_")])
        elif cell.cell_type == "code":
            lines = cell.source.split("\n")
            cell.source = "\n".join(line for line in lines if line != CHECK_IMPORT)
    return notebook


@cache
def test_cell(exercise: Exercise) -> str:
    """The test of an exercise, with its points by groups.

    Raises:
        ValueError: if a case makes a call that cannot be written this way.
    """
    if exercise.is_quiz:
        return QUIZ.format(id=exercise.id, answer=exercise.reference)
    key = answer_key(exercise)
    tolerance = exercise.tolerance
    points = []
    text = HEAD.format(
        id=exercise.id, points=exercise.points, rtol=tolerance.rtol, atol=tolerance.atol
    )
    for group, cases, expected in zip(exercise.groups, key.cases, key.expected, strict=True):
        name = group.name.replace(" ", "_")
        points.append(f"{name}: {group.points:g}")
        text += f"\n\n\ndef {name}():\n"
        text += "\n".join(_case(*pair) for pair in zip(cases, expected, strict=True))
    return text + "\n" + TAIL.format(groups=f"{{{', '.join(points)}}}")


def _case(case: Case, expected: list[Outcome]) -> str:
    lines = [f"# {case.label}"]
    for name, function in case.oracles.items():
        lines += _definition(name, function)
    for call, outcome in zip(case.script, expected, strict=True):
        if call.kwargs or call.method or call.attribute:
            raise ValueError(f"a plain assert cannot express {call}")
        lines.append(f"got = tried({_literal(call.args)}, {_literal(outcome.value)})")
    return "\n".join("    " + line for line in lines)


def _literal(value: Any) -> str:
    match value:
        case Previous(index=None):
            return "got"
        case Previous(index=int(i)):
            return f"got[{i}]"
        case Oracle(name=name):
            return name
        case np.ndarray():
            return f"np.array({value.tolist()!r})"
        case tuple():
            return f"({', '.join(map(_literal, value))},)"
        case bool() | int() | float() | str():
            return repr(value)
    raise ValueError(f"a plain assert cannot express {value!r}")


def _definition(name: str, function: Callable[..., Any]) -> list[str]:
    """The lambda behind an oracle, and the numbers in it."""
    code = function.__code__
    module = ast.parse(Path(code.co_filename).read_text(encoding="utf-8"))
    [found] = [
        node
        for node in ast.walk(module)
        if isinstance(node, ast.Lambda) and node.lineno == code.co_firstlineno
    ]
    numbers = inspect.getclosurevars(function).nonlocals
    lines = [f"{variable} = {_literal(value)}" for variable, value in numbers.items()]
    return [*lines, f"{name} = {ast.unparse(found)}"]
