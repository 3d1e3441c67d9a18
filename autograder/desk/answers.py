"""The lines of answers, by which one finds out whether a file holds one."""

from __future__ import annotations

import ast
import contextlib
import inspect
import keyword
import re
import textwrap
from collections.abc import Iterable, Iterator, Mapping
from functools import cache

import nbformat

from autograder import folders
from autograder.cells import SOLUTION_BEGIN, SOLUTION_END
from autograder.checking.exercise import Exercise

WORDS, CHARACTERS = 3, 16  # what has less, any program might have


def normal(text: str) -> str:
    """A text without white space and comments at the ends of lines, with one sort of quotes."""
    lines = (re.sub(r"(?<=\s)#\s.*$", "", line) for line in text.splitlines())
    return re.sub(r"\s+", "", "\n".join(lines)).replace('"', "'")


def lines_of(exercises: Iterable[Exercise], closed: Iterable[Exercise] = ()) -> dict[str, str]:
    """The normal form of each line of the answers, and the exercise that it answers.

    The answers are the reference, its equivalents, and what the master has in place of the stub. A
    line is a statement, or the head of one. No line of an answer is what a released notebook shows,
    or what stands in an answer of a closed notebook as well.
    """
    public = {*_given(), *(line for line, _ in _lines(closed))}
    return {line: exercise_id for line, exercise_id in _lines(exercises) if line not in public}


def _lines(exercises: Iterable[Exercise]) -> Iterator[tuple[str, str]]:
    functions = [exercise for exercise in exercises if not exercise.is_quiz]
    for exercise in functions:
        for function in (exercise.reference, *(v.function for v in exercise.equivalents)):
            source = inspect.getsource(inspect.unwrap(function))
            yield from ((line, exercise.id) for line in statements(source))
    wanted = {exercise.id for exercise in functions}
    for name in {exercise.notebook for exercise in functions}:
        for exercise_id, text in _solutions(name):
            if exercise_id in wanted:
                yield from ((line, exercise_id) for line in statements(text))


def found_in(text: str, lines: Mapping[str, str]) -> list[str]:
    """The lines that stand in a text."""
    flat = normal(text)
    return [line for line in lines if line in flat]


def statements(source: str) -> Iterator[str]:
    """The telling statements of some code, in normal form."""
    for node in ast.walk(ast.parse(textwrap.dedent(source))):
        if not isinstance(node, ast.stmt) or _is_plain(node):
            continue
        if isinstance(node, ast.For | ast.While | ast.If | ast.With):
            node.body = [ast.Pass()]
            if not isinstance(node, ast.With):
                node.orelse = []
        text = ast.unparse(node).removesuffix("pass")
        said = set(re.findall(r"[^\W\d]\w*", text)) - {"np", "return", *keyword.kwlist}
        if len(said) >= WORDS and len(normal(text)) >= CHARACTERS:
            yield normal(text)


def _is_plain(node: ast.stmt) -> bool:
    """What is no part of a formula: a head, an error, a text, a check of an argument."""
    if isinstance(node, ast.Expr):
        called = node.value.func if isinstance(node.value, ast.Call) else None
        return not isinstance(called, ast.Attribute)
    if isinstance(node, ast.If) and isinstance(node.body[0], ast.Raise):
        return True
    return isinstance(
        node, ast.FunctionDef | ast.ClassDef | ast.Raise | ast.Import | ast.ImportFrom | ast.Assert
    )


def _solutions(name: str) -> Iterator[tuple[str, str]]:
    """(id, text) of each answer in a master."""
    for cell in nbformat.read(folders.master(name), as_version=4).cells:
        if cell.cell_type == "code" and SOLUTION_BEGIN in cell.source:
            inside = cell.source.split(SOLUTION_BEGIN)[1].split(SOLUTION_END)[0]
            yield cell.metadata.get("nbgrader", {}).get("grade_id", ""), inside


@cache
def _given() -> frozenset[str]:
    """The statements that the released notebooks show."""
    found: set[str] = set()
    for name in folders.notebooks():
        for cell in nbformat.read(folders.released(name), as_version=4).cells:
            if cell.cell_type == "code":
                with contextlib.suppress(SyntaxError):
                    found.update(statements(cell.source))
    return frozenset(found)
