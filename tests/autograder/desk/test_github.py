"""GitHub Classroom's workflow: what it runs is what a student of the handout has."""

from __future__ import annotations

import subprocess
import tomllib

import yaml
from packaging.specifiers import SpecifierSet

from autograder import folders
from autograder.desk import github
from autograder.desk.inside import student
from autograder.notebook import working_copy

NAMES = ("01_ewma", "03_momentum")


def steps():
    [job] = yaml.safe_load(github.workflow(NAMES))["jobs"].values()
    return job["steps"]


def _script(step, folder):
    """The step's script, in a file."""
    path = folder / "step.sh"
    path.write_text(step["run"], "utf-8")
    return path


def test_it_has_a_step_for_each_notebook_and_asks_for_no_rights():
    made = yaml.safe_load(github.workflow(NAMES))
    assert made["permissions"] == {"contents": "read"}
    assert [step["name"] for step in steps() if "name" in step] == ["install", *NAMES]


def test_its_python_is_one_that_the_course_runs_under():
    project = tomllib.loads((folders.repository() / "pyproject.toml").read_text("utf-8"))
    [used] = [step["with"]["python-version"] for step in steps() if "with" in step]
    assert used in SpecifierSet(project["project"]["requires-python"])


def test_a_step_says_what_validate_says_and_fails_where_it_fails(tmp_path):
    step = next(step for step in steps() if step.get("name") == NAMES[0])
    path = tmp_path / working_copy.NAME / NAMES[0] / f"{NAMES[0]}.ipynb"
    command = tmp_path / "bin" / "autograder"
    command.parent.mkdir()
    command.write_text('#!/bin/sh\necho "ran $*"; [ ! -s "$2" ]\n', "utf-8")
    command.chmod(0o755)

    def run():
        environment = {"PATH": f"{command.parent}:/usr/bin:/bin"}
        environment["GITHUB_STEP_SUMMARY"] = str(tmp_path / "summary")
        # as GitHub runs a step whose shell is bash
        shell = ["bash", "--noprofile", "--norc", "-eo", "pipefail"]
        return subprocess.run(
            [*shell, _script(step, tmp_path)],
            cwd=tmp_path, env=environment, capture_output=True, text=True,
        )  # fmt: skip

    assert "commit the folder my_course" in run().stdout
    path.parent.mkdir(parents=True)
    path.touch()
    done = run()
    said = f"ran validate {path.relative_to(tmp_path).as_posix()}\n"
    assert (done.returncode, done.stdout) == (0, said)
    assert (tmp_path / "summary").read_text("utf-8") == said
    path.write_text("not a notebook", "utf-8")
    assert run().returncode == 1


def test_the_command_that_it_runs_is_one_of_the_student_s(tmp_path, capsys):
    path = tmp_path / "01_ewma.ipynb"
    path.write_text("not a notebook", "utf-8")
    assert student.main(["validate", str(path)]) == 1
    assert "autograder: " in capsys.readouterr().err
