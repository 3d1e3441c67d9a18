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

# Trained by a network for as long as all other answers take: once, by the authors' answer. Its
# equivalents are marked in test_every_exercise, one of them by a judge in test_held_back.
TRAINED = "images_model"
NOTEBOOKS = [
    pytest.param(name, marks=pytest.mark.long) if name == REGISTRY[TRAINED].notebook else name
    for name in folders.notebooks()
]


@pytest.mark.parametrize("name", NOTEBOOKS)
def test_right_answers_get_everything_and_stubs_nothing(name, tmp_path):
    released = folders.released(name).read_text("utf-8")
    handed_in = {
        "authors": authors(name),
        "equivalents": but_trained(equivalents(name, 0)),
        "other equivalents": but_trained(equivalents(name, 1)),
        "half": first_half(name),
        "stubs": {},
    }
    points = sum(e.points for e in REGISTRY.values() if e.notebook == name)
    of_equivalents = sum(REGISTRY[exercise_id].points for exercise_id in handed_in["equivalents"])
    expected = {
        "authors": points,
        "equivalents": of_equivalents,
        "other equivalents": of_equivalents,
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


def but_trained(answers):
    return {exercise_id: text for exercise_id, text in answers.items() if exercise_id != TRAINED}
