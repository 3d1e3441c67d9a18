"""A student's own functions, from the notebooks beside the one they are in.

``relu, adam_step = mine(relu, adam_step)`` takes the reference's functions and gives back, for
each, the student's own where it is written and right, and else the one it was given.
"""

from __future__ import annotations

import ast
import contextlib
import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

import nbformat
import numpy as np

from autograder.exercises import REGISTRY
from autograder.notebook.check import verdict_on

Function = Callable[..., Any]


def mine(*references: Function, beside: Path | None = None) -> tuple[Function, ...]:
    """The student's version of each function; prints where each comes from.

    Args:
        references: functions of the reference. Their names are the names of the exercises.
        beside: the folder of a notebook; the other notebooks are sought in the folders next to it.
            The current folder without it.

    Returns:
        a function for each: the student's if it has all the points of its exercise, else the
        reference's.
    """
    course = (beside or Path.cwd()).resolve().parent
    defined: dict[str, dict[str, Any]] = {}
    chosen = []
    for reference in references:
        name = reference.__name__
        exercise = REGISTRY.get(name)
        notebook = exercise.notebook if exercise else ""
        if notebook not in defined:
            defined[notebook] = definitions(course / notebook / f"{notebook}.ipynb")
        own, why = _judge(name, notebook, defined[notebook].get(name))
        print(f"{name:28}{why}")
        chosen.append(own or reference)
    return tuple(chosen)


def definitions(path: Path) -> dict[str, Any]:
    """What a notebook's cells import and define, without running anything else of it.

    A cell that cannot be read or run is left out: one mistake must not cost the whole notebook.
    """
    namespace: dict[str, Any] = {"np": np, "__name__": path.stem}
    try:
        cells = nbformat.read(path, as_version=4).cells
    except Exception:  # not there, cut off, edited by hand: there is nothing of use in it
        return {}
    for cell in cells:
        if cell.cell_type != "code":
            continue
        # A new notebook-wide name from a failing line is no loss; a printed traceback would be.
        with (
            contextlib.suppress(Exception),
            contextlib.redirect_stdout(io.StringIO()),
            contextlib.redirect_stderr(io.StringIO()),
        ):
            exec(compile(_kept(cell.source), f"{path.stem}, a cell of yours", "exec"), namespace)
    return namespace


def _kept(source: str) -> ast.Module:
    """The imports, functions, classes and plain constants of a cell."""
    lines = [line for line in source.splitlines() if not line.lstrip().startswith(("%", "!"))]
    tree = ast.parse("\n".join(lines))
    tree.body = [node for node in tree.body if _is_definition(node)]
    return tree


def _is_definition(node: ast.stmt) -> bool:
    if isinstance(node, ast.Assign):
        return isinstance(node.value, ast.Constant)
    return isinstance(node, ast.Import | ast.ImportFrom | ast.FunctionDef | ast.ClassDef)


def _judge(name: str, notebook: str, own: Any) -> tuple[Function | None, str]:
    """The function, or None, and what to say of it."""
    if not notebook:
        return None, "the reference's: it is no exercise"
    if not callable(own):
        return None, f"the reference's: there is none of yours beside this notebook ({notebook})"
    verdict = verdict_on(name, own)
    if verdict.passed:
        return own, f"yours, from {notebook}"
    stage = verdict.problem.stage if verdict.problem else ""
    if stage == "not written":
        return None, f"the reference's: yours is not written yet ({notebook})"
    points = f"{verdict.points:g} of {verdict.max_points:g} points"
    return None, f"the reference's: yours has {points} ({notebook})"
