"""The package as pip builds and installs it, away from the repository."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]


@pytest.fixture(scope="module")
def installed(tmp_path_factory):
    """A folder with what a wheel of the project holds, made from the tracked and new files."""
    folder = tmp_path_factory.mktemp("package")
    listed = subprocess.run(
        ["git", "ls-files", "-co", "--exclude-standard", "-z"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    ).stdout.split("\0")
    for name in filter(None, listed):
        if (ROOT / name).is_file():
            copy = folder / "source" / name
            copy.parent.mkdir(parents=True, exist_ok=True)
            copy.write_bytes((ROOT / name).read_bytes())
    pip = [sys.executable, "-m", "pip", "install", "-q", "--no-deps", "--no-build-isolation"]
    command = [*pip, "--target", str(folder / "installed"), str(folder / "source")]
    subprocess.run(command, check=True, cwd=folder)
    return folder / "installed"


def autograder(installed, folder, *arguments):
    done = subprocess.run(
        [sys.executable, "-m", "autograder.cli", *arguments],
        cwd=folder,
        env=os.environ | {"PYTHONPATH": str(installed)},
        capture_output=True,
        text=True,
    )
    return done.returncode, done.stdout + done.stderr


def test_a_notebook_begins_again_where_no_repository_is(installed, tmp_path):
    code, said = autograder(installed, tmp_path, "fresh", "02")
    assert (code, "02_gradient_descent is there" in said) == (0, True), said
    released = ROOT / "course/02_gradient_descent/02_gradient_descent.ipynb"
    made = tmp_path / released.relative_to(ROOT / "course")
    assert made.read_bytes() == released.read_bytes()


def test_the_settings_for_students_come_along(installed):
    own = ROOT / "autograder/notebook/jupyter"
    for path in own.rglob("*.json"):
        copy = installed / path.relative_to(ROOT)
        assert copy.read_bytes() == path.read_bytes()


def test_progress_knows_the_course_without_the_repository(installed, tmp_path):
    autograder(installed, tmp_path, "fresh", "02")
    code, said = autograder(installed, tmp_path, "progress", ".")
    assert code == 0
    assert re.search(r"^02_gradient_descent +0 of \d+ +0 of \d+ +open", said, re.M), said
