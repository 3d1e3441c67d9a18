"""A student's own functions, from the notebooks beside the present one.

``relu, adam_step = mine(relu, adam_step)`` takes the reference's functions. For each it gives back
the student's own function if that is written and right, and otherwise the reference's.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import nbformat
import numpy as np

from autograder.cells import definitions
from autograder.exercises import REGISTRY
from autograder.notebook.check import verdict_on

Function = Callable[..., Any]


def mine(*references: Function, beside: Path | None = None) -> tuple[Function, ...]:
    """The student's version of each function; prints where each comes from.

    Args:
        references: functions of the reference. Their names are the names of the exercises.
        beside: the folder of a notebook; the other notebooks are sought in the folders next to it.
            Default: the current folder.

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
            defined[notebook] = _written(course / notebook / f"{notebook}.ipynb")
        own, why = _judge(name, notebook, defined[notebook].get(name))
        print(f"{name:28}{why}")
        chosen.append(own or reference)
    return tuple(chosen)


def _written(path: Path) -> dict[str, Any]:
    """What the cells of a notebook define; nothing if it is not there, cut off or damaged."""
    try:
        cells = nbformat.read(path, as_version=4).cells
    except Exception:
        return {}
    sources = [cell.source for cell in cells if cell.cell_type == "code"]
    return definitions(sources, path.stem, np=np)


def _judge(name: str, notebook: str, own: Any) -> tuple[Function | None, str]:
    """The function, or None, and what to say about it."""
    if not notebook:
        return None, "the reference's: it is not an exercise"
    if not callable(own):
        return None, f"the reference's: none of yours was found beside this notebook ({notebook})"
    verdict = verdict_on(name, own)
    if verdict.passed:
        return own, f"yours, from {notebook}"
    stage = verdict.problem.stage if verdict.problem else ""
    if stage == "not written":
        return None, f"the reference's: yours is not written yet ({notebook})"
    points = f"{verdict.points:g} of {verdict.max_points:g} points"
    return None, f"the reference's: yours has {points} ({notebook})"
