"""Other ways to write an answer: the reference's, and the equivalents that every check accepts."""

from __future__ import annotations

import ast
import inspect
import textwrap
from typing import Any

from autograder.checking.exercise import Exercise


def other_ways(exercise: Exercise) -> str:
    """The text of each, under its name."""
    versions = [("as the course writes it", exercise.reference)]
    versions += [(version.name, version.function) for version in exercise.equivalents]
    return "\n\n".join(
        f"# {name}\n{definition(function, exercise.id)}" for name, function in versions
    )


def definition(function: Any, name: str) -> str:
    """The source of a function as ``def name(…)``, without decorators and without docstring."""
    source = textwrap.dedent(inspect.getsource(function))
    node = ast.parse(source).body[0]
    if not isinstance(node, ast.FunctionDef | ast.ClassDef):
        return source
    lines = source.splitlines()[node.lineno - 1 :]
    body = node.body
    if ast.get_docstring(node) is not None and len(body) > 1:
        first, last = body[0].lineno - node.lineno, body[0].end_lineno or body[0].lineno
        del lines[first : last - node.lineno + 1]
    lines[0] = lines[0].replace(f" {node.name}", f" {name}", 1)
    return "\n".join(lines)
