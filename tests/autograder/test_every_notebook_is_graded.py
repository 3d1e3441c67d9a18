"""What the demonstration has no time for: all other notebooks through nbgrader."""

from __future__ import annotations

import shutil

import pytest

from autograder import course
from autograder.exercises import REGISTRY
from autograder.grading import grade, handed_in
from autograder.sample_class import ASSIGNMENTS, Submission, authors, fill_in

OTHERS = [name for name in course.notebooks() if name not in ASSIGNMENTS]


@pytest.mark.parametrize("name", OTHERS)
def test_stubs_get_nothing_and_the_authors_answers_everything(name, tmp_path):
    shutil.copytree(course.root() / course.SOLUTIONS / name, tmp_path / course.SOLUTIONS / name)
    assert course.nbgrader(tmp_path).generate_assignment(name)["success"]
    released = (tmp_path / course.COURSE / name / f"{name}.ipynb").read_text("utf-8")
    for student, answers in [("emil", {}), ("ada", authors(name))]:
        submission = Submission(student, name, fill_in(released, answers), None, "")
        submission.write(tmp_path / "submitted")
    results = {r.student: r for r in grade(tmp_path, handed_in(tmp_path))}
    points = sum(e.points for e in REGISTRY.values() if e.notebook == name)
    assert (results["emil"].points, results["emil"].problem) == (0, "")
    assert (results["ada"].points, results["ada"].problem) == (points, "")
