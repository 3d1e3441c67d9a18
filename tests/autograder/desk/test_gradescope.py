"""Gradescope's zip, unpacked and run as Gradescope does, gives the marks of `autograder grade`."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import tomllib
import zipfile

import pytest

from autograder import folders
from autograder.authoring.sample_class import authors, fill_in
from autograder.checking.written import as_definition
from autograder.desk import gradescope, on_gradescope
from autograder.exercises import REGISTRY
from autograder.grading import class_run

NAME = "01_ewma"
RELEASED = folders.released(NAME).read_text("utf-8")
SLIP = REGISTRY["ewma_step"].misconceptions[0]
RIGHT = authors(NAME)
WRONG = RIGHT | {"ewma_step": as_definition(SLIP.function, "ewma_step")}
TEXTS = {
    "right": fill_in(RELEASED, RIGHT),
    "wrong": fill_in(RELEASED, WRONG),
    "broken": RELEASED[:5000],
}


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    return gradescope.write(tmp_path_factory.mktemp("zip"), "01")


@pytest.fixture(scope="module")
def root(made, tmp_path_factory):
    """What Gradescope makes of the zip: its folder /autograder."""
    folder = tmp_path_factory.mktemp("autograder")
    with zipfile.ZipFile(made.path) as zipped:
        zipped.extractall(folder / "source")
    shutil.copy(folder / "source" / "run_autograder", folder)
    (folder / "results").mkdir()
    return folder


@pytest.fixture
def submission(root):
    """The folder of what was handed in, empty."""
    folder = root / "submission"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    (root / "results" / "results.json").unlink(missing_ok=True)
    return folder


def run(root):
    """Run the zip's own script, with the packages of this Python."""
    environment = os.environ | {"AUTOGRADER_ROOT": str(root), "AUTOGRADER_PYTHON": sys.executable}
    script = root / "run_autograder"
    done = subprocess.run(["bash", script], env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return json.loads((root / "results" / "results.json").read_text("utf-8"))


@pytest.fixture(scope="module")
def class_marks(tmp_path_factory):
    """What `autograder grade` gives to the same notebooks."""
    folder = tmp_path_factory.mktemp("class")
    shutil.copy(folders.repository() / folders.CONFIGURATION, folder)
    for student, text in TEXTS.items():
        place = folder / "submitted" / student / NAME
        place.mkdir(parents=True)
        (place / f"{NAME}.ipynb").write_text(text, "utf-8")
    found = class_run.run(NAME, folder, students=list(TEXTS), workers=1)
    return {result.student: result for result in found}


def test_the_zip_is_the_same_every_time_and_keeps_no_secret(made, tmp_path):
    again = gradescope.write(tmp_path, NAME)
    assert again.path.read_bytes() == made.path.read_bytes()
    names = zipfile.ZipFile(made.path).namelist()
    assert {"setup.sh", "run_autograder", f"course/solutions/{NAME}/{NAME}.ipynb"} <= set(names)
    assert [name for name in names if "/." in name or name.endswith((".db", ".pyc"))] == []
    with pytest.raises(ValueError, match="is there already"):
        gradescope.write(tmp_path, NAME)


def test_the_zip_says_what_to_enter_in_gradescope(made):
    assert made.points == sum(e.points for e in REGISTRY.values() if e.notebook == NAME)
    said = gradescope.say(made)
    assert f"autograder points: {made.points:g}" in said
    assert "a question to mark by hand: explain ewma, 4 points" in said


@pytest.mark.parametrize("option", [False, True])
def test_the_scripts_are_bash_and_name_no_host(option, tmp_path):
    files = gradescope.files(NAME, without_sandbox=option)
    for name in ("setup.sh", "run_autograder"):
        (tmp_path / name).write_bytes(files[name])
        subprocess.run(["bash", "-n", tmp_path / name], check=True)
        assert files[name].startswith(b"#!/usr/bin/env bash\n")
        assert b"\r" not in files[name]
        assert b"://" not in files[name]
    assert (b"--without-sandbox" in files["run_autograder"]) is option


def test_the_setup_takes_a_python_that_the_course_runs_under():
    project = tomllib.loads((folders.repository() / "pyproject.toml").read_text("utf-8"))
    minor = re.match(r">=3\.(\d+),", project["project"]["requires-python"])[1]
    setup = gradescope.files(NAME)["setup.sh"].decode()
    assert f"sys.version_info < (3, {minor})" in setup
    assert f"python3.{minor}-venv" in setup


@pytest.mark.parametrize("student", TEXTS)
def test_the_marks_are_those_of_the_class(root, submission, class_marks, student):
    (submission / f"{NAME}.ipynb").write_text(TEXTS[student], "utf-8")
    said, ours = run(root), class_marks[student]
    assert said["score"] == (ours.points or 0.0)
    assert said["stdout_visibility"] == "hidden"
    if ours.problem:
        assert (said["output"], said["tests"]) == (ours.problem, [])
        return
    tests = {test["name"]: test for test in said["tests"]}
    assert sum(test["score"] for test in tests.values()) == said["score"]
    assert set(tests) == {e.id for e in REGISTRY.values() if e.notebook == NAME}
    assert all(test["max_score"] == REGISTRY[name].points for name, test in tests.items())
    assert "Marked by a person, and not in this score: explain ewma (4 points)" in said["output"]
    lost = [name for name, test in tests.items() if test["score"] < test["max_score"]]
    assert lost == ([] if student == "right" else ["ewma_step"])
    if lost:
        assert SLIP.message in tests["ewma_step"]["output"].replace("→ ", "")


@pytest.mark.parametrize(
    ("names", "said"),
    [
        ([], "There is no 01_ewma.ipynb; the folder has nothing"),
        (["notes.txt"], "There is no 01_ewma.ipynb; the folder has notes.txt"),
        (["01_ewma (1).ipynb", "01_ewma (2).ipynb"], "may be meant: rename one"),
    ],
)
def test_what_cannot_be_graded_has_no_points_and_a_sentence(submission, names, said):
    for name in names:
        (submission / name).write_text(TEXTS["right"], "utf-8")
    found = on_gradescope.results(submission, NAME)
    assert (found["score"], found["tests"]) == (0.0, [])
    assert said in found["output"]


def test_of_a_whole_repository_the_student_s_copy_is_graded(submission, class_marks):
    for place, text in {"my_course": TEXTS["wrong"], "course": RELEASED}.items():
        path = submission / place / NAME / f"{NAME}.ipynb"
        path.parent.mkdir(parents=True)
        path.write_text(text, "utf-8")
    found = on_gradescope.results(submission, NAME)
    assert found["score"] == class_marks["wrong"].points


def test_a_file_of_another_name_is_graded_if_it_is_the_only_one(submission, class_marks):
    (submission / "homework.ipynb").write_text(TEXTS["wrong"], "utf-8")
    assert on_gradescope.results(submission, NAME)["score"] == class_marks["wrong"].points


def test_a_submission_cannot_stop_the_run(submission):
    os.mkfifo(submission / "pipe")
    found = on_gradescope.results(submission, NAME)
    assert (found["score"], found["output"][:9]) == (0.0, "Something")


@pytest.mark.parametrize("ours", [True, False])
def test_a_fault_of_the_machine_is_nobody_s_zero(root, submission, monkeypatch, capsys, ours):
    result = class_run.Result("student", NAME, problem="There is no room.", ours=ours)
    monkeypatch.setattr(class_run, "run", lambda *_, **__: iter([result]))
    monkeypatch.setattr(on_gradescope, "_has_sandbox", lambda: True)
    path = root / "results" / "results.json"
    assert on_gradescope.main([NAME, "--root", str(root)]) == ours
    if ours:
        assert "nothing was graded, and there are no marks: There is no room." in (
            capsys.readouterr().err
        )
        assert not path.exists()
    else:
        said = json.loads(path.read_text("utf-8"))
        assert (said["score"], said["output"]) == (0.0, "There is no room.")


REFUSED = """\
#!/bin/sh
[ "$1" = --version ] && echo "bubblewrap 0.11.0" && exit
echo "bwrap: No permissions to create new namespace" >&2
exit 1
"""


def test_without_a_sandbox_it_is_refused_or_asked_for(
    root, submission, tmp_path, monkeypatch, capsys
):
    refused = tmp_path / "bwrap"  # as it is in a container without the rights
    refused.write_text(REFUSED, "utf-8")
    refused.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    (submission / f"{NAME}.ipynb").write_text(TEXTS["right"], "utf-8")
    assert on_gradescope.main([NAME, "--root", str(root)]) == 1
    assert "No sandbox can be started" in capsys.readouterr().err
    assert not (root / "results" / "results.json").exists()
    assert on_gradescope.main([NAME, "--root", str(root), "--without-sandbox"]) == 0
    said = json.loads((root / "results" / "results.json").read_text("utf-8"))
    assert said["score"] == sum(test["max_score"] for test in said["tests"])
    assert "WARNING: without a sandbox" in capsys.readouterr().out
