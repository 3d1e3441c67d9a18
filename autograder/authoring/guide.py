"""The tables of the instructor's guide, ``solutions/README.md``, made from the exercises."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import nbformat

from autograder.authoring import length, lessons
from autograder.cells import SCHEME_BEGIN, SCHEME_END, as_check
from autograder.checking.exercise import Exercise
from autograder.exercises import REGISTRY
from autograder.folders import SOLUTIONS, master, notebooks, repository

BEGIN, END = "<!-- exercises:begin -->", "<!-- exercises:end -->"


def path() -> Path:
    """The guide."""
    return repository() / SOLUTIONS / "README.md"


def written() -> str:
    """The guide with its tables as they should be now.

    Raises:
        ValueError: if the guide has lost the marks between which they stand.
    """
    text = path().read_text("utf-8")
    if text.count(BEGIN) != 1 or text.count(END) != 1:
        raise ValueError(f"{path().name} needs {BEGIN} and {END}, once each, around its tables")
    before, rest = text.split(BEGIN)
    _, after = rest.split(END)
    parts = [_notebook(name) for name in notebooks()]
    return "\n\n".join([before + BEGIN, *parts, END + after])


def _notebook(name: str) -> str:
    cells = nbformat.read(master(name), as_version=4).cells
    checks = [as_check(cell.source) for cell in cells if cell.cell_type == "code"]
    exercises = [REGISTRY[check.exercise_id] for check in checks if check]
    question, by_hand, scheme = _question(name, cells)
    points = sum(e.points for e in exercises)
    lines = [
        f"### {name}",
        "",
        f"{len(exercises)} exercises, {points:g} points and {by_hand} by hand, "
        f"{sum(e.minutes for e in exercises)} minutes of exercises; with reading "
        f"{length.in_words(cells)}.",
        "",
        f"[How the lesson goes](../{lessons.FOLDER}/{name}.md), minute by minute.",
        "",
        "| exercise | points | minutes | difficulty | mistakes that its check names |",
        "|---|---:|---:|---|---|",
        *map(_row, exercises),
        "",
        "<details><summary>The question in words, and how to mark it</summary>",
        "",
        question,
        "",
        scheme,
        "",
        "</details>",
    ]
    return "\n".join(lines)


def _row(exercise: Exercise) -> str:
    difficulty = "●" * exercise.difficulty + "○" * (5 - exercise.difficulty)
    if exercise.is_quiz:
        mistakes = f"a question to predict; the answer is {exercise.reference}"
    else:
        mistakes = "; ".join(v.name for v in exercise.misconceptions).replace("|", "\\|")
    cells = (f"`{exercise.id}`", f"{exercise.points:g}", exercise.minutes, difficulty, mistakes)
    return f"| {' | '.join(map(str, cells))} |"


def _question(name: str, cells: list[Any]) -> tuple[str, str, str]:
    """(the question, its points, the scheme to mark it by) of a notebook's last task."""
    for cell in cells:
        if cell.cell_type == "markdown" and SCHEME_BEGIN in cell.source:
            question, rest = cell.source.split(SCHEME_BEGIN)
            points = re.search(r"\((\d+) points?\)", question)
            assert points is not None  # `build` sees to it
            return question.strip(), points[1], rest.split(SCHEME_END)[0].strip()
    raise ValueError(f"{name} has no question with a mark scheme")
