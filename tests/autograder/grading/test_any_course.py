"""Courses that have nothing of ours are marked as stock nbgrader marks them, cell by cell."""

from __future__ import annotations

import os
import shutil
import sqlite3
import subprocess
from pathlib import Path

import every_kind
import pytest
from nbgrader.apps import QuickStartApp

from autograder import folders
from autograder.cli import main

pytestmark = pytest.mark.long

PS1 = "ps1"
RIGHT = {
    "squares": "def squares(n):\n    if n < 1:\n        raise ValueError\n"
    "    return [i * i for i in range(1, n + 1)]",
    "sum_of_squares": "def sum_of_squares(n):\n    return sum(squares(n))",
    "sum_of_squares_equation": "$\\sum i^2$",
    "part-a": "Fibonacci",
}
WRONG = {
    "squares": "def squares(n):\n    return [i ** 2 for i in range(1, n + 1)]",
    "sum_of_squares": "def sum_of_squares(n):\n    return sum(i ** 2 for i in range(1, n + 1))",
}

# Where we differ on purpose: (student, notebook, cell) → (auto_score, needs a person).
ODD = {
    ("ada", "cells", "odd"): {"stock": (1.0, False), "ours": (None, True)},
    ("bela", "cells", "odd"): {"stock": (1.0, False), "ours": (None, True)},
    ("dana", "cells", "odd"): {"stock": (1.0, False), "ours": (None, True)},
    # The tests that dana has deleted: stock nbgrader knows nothing of them.
    ("dana", "cells", "partial"): {"stock": (None, True), "ours": (3.0, False)},
    ("dana", "cells", "named"): {"stock": (None, True), "ours": (1.0, False)},
    # And the answer that a person would mark.
    ("dana", "cells", "drawing"): {"stock": (None, True), "ours": (0.0, False)},
}


def grades(course: Path):
    """(student, notebook, cell) → points, their maximum, whether a person is asked, comment."""
    query = """
        SELECT submitted_assignment.student_id, notebook.name, base_cell.name, {}
        FROM {} JOIN base_cell ON base_cell.id = cell_id
        JOIN submitted_notebook ON submitted_notebook.id = {}.notebook_id
        JOIN notebook ON notebook.id = submitted_notebook.notebook_id
        JOIN submitted_assignment ON submitted_assignment.id = submitted_notebook.assignment_id"""
    found = {}
    with sqlite3.connect(course / "gradebook.db") as connection:
        for table, columns in (
            ("grade", ("auto_score", "needs_manual_grade", "manual_score", "extra_credit")),
            ("comment", ("auto_comment", "manual_comment")),
        ):
            for row in connection.execute(query.format(", ".join(columns), table, table)):
                found[(table, *row[:3])] = row[3:]
    return found


def both(course: Path, name: str):
    """A course graded by stock nbgrader, and a copy of it, without a gradebook, graded by us."""
    ours = course.with_name("ours")
    kept_out = shutil.ignore_patterns("gradebook.db", "release")
    shutil.copytree(course, ours, ignore=kept_out)
    stock = folders.nbgrader(course)
    for student in sorted(path.name for path in (course / "submitted").iterdir()):
        answer = stock.autograde(name, student)
        assert answer["success"], answer
    assert main(["grade", name, "--course-dir", str(ours), "--workers", "1"]) == 0
    return grades(course), grades(ours)


def released(course: Path, name: str) -> Path:
    answer = folders.nbgrader(course).generate_assignment(name)
    assert answer["success"], answer
    return course


@pytest.fixture(scope="module")
def tour(tmp_path_factory):
    course = tmp_path_factory.mktemp("tour") / "stock"
    every_kind.make(course)
    every_kind.make_class(released(course, every_kind.NAME))
    return both(course, every_kind.NAME)


def _call_without_students(command, **how):
    """Quickstart's calls, but not those that enter students in another gradebook: 4 s each."""
    return 0 if "db" in command else subprocess.run(command, **how).returncode


@pytest.fixture(scope="module")
def quickstart(tmp_path_factory):
    """The course that nbgrader makes for somebody who begins."""
    course = tmp_path_factory.mktemp("quickstart") / "course101"
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(course.parent)
        patch.setattr(subprocess, "call", _call_without_students)
        QuickStartApp().launch_instance([course.name])
    released(course, PS1)
    every_kind.hand_in(course, PS1, "bitdiddle", {"problem1": RIGHT, "problem2": RIGHT})
    every_kind.hand_in(course, PS1, "hacker", {"problem1": WRONG})
    return both(course, PS1)


def test_the_quickstart_course(quickstart):
    stock, ours = quickstart
    assert ours == stock
    marks = {key[1:]: row[0] for key, row in stock.items() if key[0] == "grade"}
    assert marks["bitdiddle", "problem1", "correct_squares"] == 1
    assert marks["hacker", "problem1", "sum_of_squares_uses_squares"] == 0


def test_every_kind_of_cell(tour):
    stock, ours = ({k: row for k, row in found.items() if k[1:] not in ODD} for found in tour)
    assert ours == stock


def test_where_we_differ_on_purpose(tour):
    for who, found in zip(("stock", "ours"), tour, strict=True):
        assert {key: found["grade", *key][:2] for key in ODD} == {
            key: expected[who] for key, expected in ODD.items()
        }


def test_the_class_is_one_in_which_something_happens(tour):
    """Or the marks could be equal because everything is 0."""
    stock, _ = tour
    marks = {key[1:]: row[0] for key, row in stock.items() if key[0] == "grade"}
    assert marks["ada", "files", "made"] == 2
    assert marks["bela", "files", "made"] == 0
    assert marks["ada", "files", "long"] == marks["chen", "files", "long"] == 2
    assert marks["ada", "cells", "nuisance"] == 1
    assert marks["bela", "cells", "warns"] == 0
    assert marks["bela", "cells", "partial"] not in (0, 3)
    assert marks["ada", "files", "named"] == 1


def test_another_language_is_refused_by_name(tmp_path, capsys):
    every_kind.make(tmp_path)
    path = tmp_path / "source" / every_kind.NAME / "cells.ipynb"
    path.write_text(path.read_text().replace('"language": "python"', '"language": "R"'))
    (tmp_path / "submitted" / "ada" / every_kind.NAME).mkdir(parents=True)
    assert main(["grade", every_kind.NAME, "--course-dir", str(tmp_path)]) == 1
    assert "cells.ipynb is written in R: only Python" in capsys.readouterr().err


def test_without_a_configuration_nbgraders_defaults_hold(tmp_path, monkeypatch):
    (tmp_path / "source").mkdir()
    assert folders.directory(tmp_path, "source") == tmp_path / "source"
    assert folders.directory(tmp_path, "release").name == "release"
    monkeypatch.chdir(tmp_path)
    assert main(["grade", "nothing"]) == 1


def test_a_folder_that_is_no_course_is_named(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(os.sep)
    assert main(["grade", "nothing", "--course-dir", str(tmp_path)]) == 1
    assert "no assignment is called 'nothing'" in capsys.readouterr().err
