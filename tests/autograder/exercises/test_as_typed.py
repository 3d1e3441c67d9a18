"""Wrong answers as people typed them who had not seen the versions that the entries know.

``as_typed/SUBJECT.py`` holds them, each under ``# %% exercise: the slip``. None has full marks, on
any seed; nearly all are named.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import nbformat
import numpy as np
import pytest

from autograder import folders
from autograder.cells import definitions
from autograder.checking.answer_key import PUBLIC_SEED
from autograder.checking.exercise import Exercise
from autograder.checking.verdict import assess_here
from autograder.exercises import REGISTRY

NAMED = 0.8  # of a subject's answers at least; of all it is more than nine tenths
RIGHT = {  # no slips after all
    "np.where with > 0: gives -1 where the error is 0",  # any slope from -1 to 1 is right there
}
_HEADER = re.compile(r"^# %% (\w+): (.*)$", re.M)


def _typed(path: Path) -> list[tuple[str, str, str]]:
    _, *parts = _HEADER.split(path.read_text("utf-8"))
    return list(zip(parts[::3], parts[1::3], parts[2::3], strict=True))


ANSWERS = {
    path.stem: _typed(path) for path in sorted(Path(__file__).with_name("as_typed").glob("*.py"))
}


@cache
def _given(notebook: str) -> dict[str, Any]:
    """What the cells of a released notebook define, with the reference for each exercise."""
    cells = nbformat.read(folders.released(notebook), as_version=4).cells
    sources = [cell.source for cell in cells if cell.cell_type == "code"]
    given = definitions(sources, notebook, np=np)
    # In its own dictionary: what the notebook defines finds them there as well.
    given |= {e.id: e.reference for e in REGISTRY.values() if not e.is_quiz}
    return given


def _function(exercise: Exercise, text: str) -> Callable[..., Any]:
    namespace = {**_given(exercise.notebook), "np": np}
    exec(compile(text, f"<{exercise.id}>", "exec"), namespace)
    function: Callable[..., Any] = namespace[exercise.id]
    return function


@pytest.mark.parametrize("subject", ANSWERS)
def test_no_typed_slip_has_full_marks_and_nearly_all_have_a_name(subject, seeds):
    unnamed = []
    for exercise_id, slip, text in ANSWERS[subject]:
        exercise = REGISTRY[exercise_id]
        for seed in seeds:
            result = assess_here(exercise, _function(exercise, text), seed)
            if slip in RIGHT:
                assert result.passed, f"{exercise_id}: {slip}, seed {seed}"
                continue
            assert not result.passed, f"{exercise_id}: {slip}, seed {seed}"
            assert result.problem is not None
            if seed == PUBLIC_SEED and not result.problem.misconception:
                unnamed.append(f"{exercise_id}: {slip}: {result.problem.headline}")
    print(*unnamed, sep="\n")
    assert len(unnamed) <= (1 - NAMED) * len(ANSWERS[subject]), unnamed
