"""The judge grades every notebook of the course: with right answers, with stubs, in each room."""

from __future__ import annotations

import pytest

from autograder import folders
from autograder.authoring.sample_class import (
    authors,
    equivalents,
    expected_mark,
    fill_in,
    first_half,
)
from autograder.exercises import REGISTRY
from autograder.grading import assignment
from autograder.grading.judge import Judge
from autograder.grading.submission import Submission


@pytest.mark.parametrize("name", folders.notebooks())
def test_right_answers_get_everything_and_stubs_nothing(name, tmp_path):
    released = folders.released(name).read_text("utf-8")
    handed_in = {
        "authors": authors(name),
        "equivalents": equivalents(name, 0),
        "other equivalents": equivalents(name, 1),
        "half": first_half(name),
        "stubs": {},
    }
    points = sum(e.points for e in REGISTRY.values() if e.notebook == name)
    expected = {
        "authors": points,
        "equivalents": points,
        "other equivalents": points,
        "half": expected_mark(handed_in["half"]),
        "stubs": 0,
    }
    got = {}
    with Judge(assignment.load(tmp_path, name)) as judge:
        for student, answers in handed_in.items():
            text = fill_in(released, answers)
            graded = judge.grade(Submission(student, {name: text.encode()}))
            assert not graded.problem
            marks = graded.notebooks[name].marks.values()
            assert sum(mark.max_score for mark in marks) == points
            got[student] = sum(mark.score for mark in marks)
    assert got == pytest.approx(expected, abs=1e-9)
