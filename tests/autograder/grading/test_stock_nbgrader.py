"""nbgrader's own commands, as an assistant types them in the course's folder."""

from __future__ import annotations

import os
import shutil
import subprocess
import sysconfig

import pytest
from shortened import without_pictures

from autograder import folders
from autograder.authoring.sample_class import SampleSubmission, authors, equivalents, fill_in
from autograder.exercises import REGISTRY

pytestmark = pytest.mark.long

NAME = "01_ewma"
POINTS = sum(e.points for e in REGISTRY.values() if e.notebook == NAME)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """The course as it is in the repository, with one notebook."""
    folder = tmp_path_factory.mktemp("course")
    shutil.copy(folders.repository() / "nbgrader_config.py", folder)
    shutil.copytree(folders.master(NAME).parent, folder / folders.SOLUTIONS / NAME)
    shutil.copytree(folders.released(NAME).parent, folder / folders.COURSE / NAME)
    return folder


def nbgrader(folder, *arguments, fails=False):
    scripts = sysconfig.get_path("scripts")
    environment = os.environ | {"PATH": os.pathsep.join([scripts, os.environ["PATH"]])}
    done = subprocess.run(
        [os.path.join(scripts, "nbgrader"), *arguments],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    output = done.stdout + done.stderr
    assert (done.returncode != 0) == fails, output
    return output


def test_the_commands_in_their_order(folder):
    nbgrader(folder, "generate_assignment", NAME)
    released = folder / folders.COURSE / NAME / f"{NAME}.ipynb"
    assert released.read_bytes() == folders.released(NAME).read_bytes()

    text = released.read_text(encoding="utf-8")
    slip = {"effective_window": "def effective_window(b): 1"}
    right = fill_in(text, authors(NAME), without_pictures)
    wrong = fill_in(text, equivalents(NAME, 0) | slip, without_pictures)
    for student, content in (("ada", right), ("finn", wrong), ("quin", text[: len(text) // 2])):
        SampleSubmission(student, NAME, content, None, "").write(folder / "submitted")

    submitted = folder / "submitted"
    handed_in = [str(submitted / who / NAME / f"{NAME}.ipynb") for who in ("ada", "finn")]
    valid, invalid = nbgrader(folder, "validate", *handed_in).split("VALIDATION FAILED ON 1 CELL")
    assert "Success! Your notebook passes all the tests." in valid
    assert "effective_window returned nothing (None)." in invalid

    log = nbgrader(folder, "autograde", NAME, fails=True)  # because one of them is broken
    assert f"error processing assignment '{NAME}' for student 'quin'" in log
    assert "It breaks off at line" in log
    nbgrader(folder, "generate_feedback", NAME)
    nbgrader(folder, "export")

    rows = [row.split(",") for row in (folder / "grades.csv").read_text().splitlines()]
    column = {name: i for i, name in enumerate(rows[0])}
    marks = {row[column["student_id"]]: float(row[column["raw_score"]]) for row in rows[1:]}
    lost = REGISTRY["effective_window"].points
    assert marks["ada"] == POINTS
    assert marks["finn"] == POINTS - lost
    feedback = (folder / "feedback" / "finn" / NAME / f"{NAME}.html").read_text(encoding="utf-8")
    assert "effective_window returned nothing (None)." in feedback
