"""The small course with its assignment in the gradebook: entering it takes seconds."""

from __future__ import annotations

import pytest
from small_course import NAME, make_course

from autograder.grading import assignment
from autograder.grading.gradebook import ClassGradebook


@pytest.fixture(scope="session")
def entered(tmp_path_factory):
    folder = make_course(tmp_path_factory.mktemp("entered") / "course")
    with ClassGradebook(folder, assignment.load(folder, NAME)):
        return folder
