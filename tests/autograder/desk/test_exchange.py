"""nbgrader's own exchange, from the release to the feedback, with our commands in between."""

from __future__ import annotations

import getpass
import os
import shutil
import subprocess
import sys

import pytest

from autograder import cli, folders
from autograder.authoring.sample_class import authors, fill_in
from autograder.desk.marked import MarkedClass
from autograder.exercises import REGISTRY

NAME = "01_ewma"
POINTS = sum(e.points for e in REGISTRY.values() if e.notebook == NAME)
WHO = os.environ.get("JUPYTERHUB_USER") or getpass.getuser()


def nbgrader(folder, *command):
    """A command as one types it in a folder with a configuration."""
    done = subprocess.run(
        [sys.executable, "-m", "nbgrader", *command],
        cwd=folder, capture_output=True, text=True, env=os.environ | {"HOME": str(folder)},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return done.stderr


def configure(folder, exchange):
    with (folder / folders.CONFIGURATION).open("a") as file:
        file.write(f"c.Exchange.root = {str(exchange)!r}\nc.CourseDirectory.course_id = 'nn'\n")


@pytest.fixture
def class_folder(tmp_path):
    """A course that was released; somebody has fetched it and handed it in."""
    folder, student, exchange = (tmp_path / name for name in ("class", "student", "exchange"))
    for path in (folder, student, exchange):
        path.mkdir()
    exchange.chmod(0o777)
    shutil.copy(folders.repository() / folders.CONFIGURATION, folder)
    configure(folder, exchange)
    (student / folders.CONFIGURATION).write_text("c = get_config()\n")
    configure(student, exchange)
    shutil.copytree(folders.master(NAME).parent, folder / folders.SOLUTIONS / NAME)
    assert folders.nbgrader(folder).generate_assignment(NAME)["success"]
    nbgrader(folder, "release_assignment", NAME)
    nbgrader(student, "fetch_assignment", NAME)
    notebook = student / NAME / f"{NAME}.ipynb"
    notebook.write_text(fill_in(notebook.read_text("utf-8"), authors(NAME)), "utf-8")
    nbgrader(student, "submit", NAME)
    return folder


def files(folder):
    return {p.name: p.read_bytes() for p in (folder / "submitted" / WHO / NAME).iterdir()}


def test_what_was_submitted_is_graded_and_its_feedback_fetched(class_folder, capsys):
    folder, student = class_folder, class_folder.parent / "student"
    where = ["--course-dir", str(folder)]
    copy = shutil.copytree(folder, folder.parent / "copy")
    nbgrader(copy, "collect", NAME)
    inbound = folder.parent / "exchange" / "nn" / "inbound"
    assert cli.main(["collect", str(inbound), *where]) == 0
    said = capsys.readouterr().out
    assert f"{NAME}, as nbgrader's exchange exports it: 1 collected" in said
    assert files(folder) == files(copy)  # whoever collects, also the time

    assert cli.main(["grade", NAME, "--workers", "1", *where]) == 0
    marked = MarkedClass(folder, NAME)
    given = marked.submissions[WHO].notebooks[NAME].marks.values()
    assert sum(mark.auto or 0.0 for mark in given) == POINTS
    assert cli.main(["feedback", NAME, *where]) == 0
    nbgrader(folder, "release_feedback", NAME)
    nbgrader(student, "fetch_feedback", NAME)
    [page] = (student / NAME / "feedback").rglob("*.html")
    assert page.read_bytes() == (folder / "feedback" / WHO / NAME / f"{NAME}.html").read_bytes()
