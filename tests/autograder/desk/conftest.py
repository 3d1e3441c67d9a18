"""A class of six, graded; each test gets a copy of its own."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

import pytest
from class_of_six import DUE, NAME, QUESTION, hand_in

from autograder import folders
from autograder.grading import class_run
from autograder.grading.collected import students

# The one place that knows where a browser is.
sys.path.append(str(Path(__file__).parents[2] / "browser"))


@pytest.fixture(scope="session", autouse=True)
def _quick_new_gradebooks(alembic_is_asked_once) -> None:
    pass


@pytest.fixture(scope="session")
def _graded(tmp_path_factory):
    folder = tmp_path_factory.mktemp("class")
    config = (folders.repository() / "nbgrader_config.py").read_text(encoding="utf-8")
    (folder / "nbgrader_config.py").write_text(config, encoding="utf-8")
    shutil.copytree(folders.master(NAME).parent, folder / folders.SOLUTIONS / NAME)
    hand_in(folder / "submitted")
    list(class_run.run(NAME, folder, students=students(folder, NAME), workers=1))
    from nbgrader import api

    with api.Gradebook(folders.configuration(folder).CourseDirectory.db_url) as gradebook:
        gradebook.update_or_create_assignment(NAME, duedate=DUE.replace(tzinfo=None))
        gradebook.update_or_create_student(
            "ada", first_name="Ada", last_name="Byron", email="ada@example.org", lms_user_id="71"
        )
        gradebook.update_or_create_student("zed", first_name="Zed", last_name="Nobody")
    return folder


@pytest.fixture
def folder(_graded, tmp_path):
    """The class's folder."""
    return shutil.copytree(_graded, tmp_path / "class")


@pytest.fixture
def by_hand(folder):
    """``by_hand(student, points, comment)``: what a person enters in formgrader."""
    from nbgrader import api

    def enter(student, points, comment=None, *, look_again=False):
        with api.Gradebook(folders.configuration(folder).CourseDirectory.db_url) as gradebook:
            grade = gradebook.find_grade(QUESTION, NAME, NAME, student)
            grade.manual_score, grade.needs_manual_grade = points, look_again
            gradebook.find_comment(QUESTION, NAME, NAME, student).manual_comment = comment
            gradebook.db.commit()

    return enter


@pytest.fixture
def policy(folder):
    """``policy(line, …)``: what the class's configuration says besides, from now on."""
    config = folder / "nbgrader_config.py"
    before = config.read_text(encoding="utf-8")

    def say(*lines):
        config.write_text("\n".join([before, *lines, ""]), encoding="utf-8")

    return say
