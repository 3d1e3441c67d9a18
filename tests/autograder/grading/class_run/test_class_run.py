"""Each submission is graded once, whatever was graded before and whatever was handed in."""

from __future__ import annotations

import json
import os
import shutil
import sqlite3
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from small_course import NAME, NO_CODE, PARTS, hand_in, record, tables

from autograder import cli
from autograder.grading import class_run
from autograder.grading.class_run import Change, Result, run
from autograder.grading.collected import students
from autograder.grading.command import summary
from autograder.sandbox import Limits

RIGHT, WRONG = "def double(x):\n    return 2 * x", "def double(x):\n    return 3 * x"


@pytest.fixture(scope="module")
def graded_class(entered, tmp_path_factory):
    folder = tmp_path_factory.mktemp("class") / "course"
    shutil.copytree(entered, folder)
    hand_in(folder, "ada")
    hand_in(folder, "bela", WRONG, why="Hm.")
    assert not any(result.problem for result in grade(folder).values())
    return folder


@pytest.fixture
def folder(graded_class, tmp_path):
    """Ada, who is right, and Bela, who is not, are graded."""
    folder = tmp_path / "course"
    shutil.copytree(graded_class, folder)
    return folder


def grade(folder: Path, **options) -> dict[str, Result]:
    found = students(folder, NAME)
    # One worker: to start a second one takes longer than to grade two students.
    results = list(run(NAME, folder, students=found, **{"workers": 1, **options}))
    assert sorted(result.student for result in results) == found
    return {result.student: result for result in results}


def fresh(results: dict[str, Result]) -> set[str]:
    return {student for student, result in results.items() if result.fresh and not result.problem}


def written(folder: Path, student: str) -> int:
    """A number that changes when the autograded folder is written again."""
    return (folder / "autograded" / student / NAME).stat().st_ino


def test_points_and_what_is_left_to_a_person(folder):
    results = grade(folder, force=True)
    # A notebook has 2 points for a test and 2 for one with partial credit; there all get 1.5.
    assert (results["ada"].points, results["ada"].max_points) == (2 * 2 + 2 * 1.5, 2 * 4 + 3)
    assert (results["bela"].points, results["bela"].by_hand) == (2 * 0.5, 1)
    assert fresh(results) == {"ada", "bela"}


def test_what_is_graded_is_not_graded_again(folder):
    before = {student: written(folder, student) for student in ("ada", "bela")}
    results = grade(folder)
    assert fresh(results) == set()
    assert results["ada"].points == 7
    assert {student: written(folder, student) for student in before} == before


def test_force_grades_again(folder):
    before = written(folder, "ada")
    assert fresh(grade(folder, force=True)) == {"ada", "bela"}
    assert written(folder, "ada") != before
    assert os.listdir(folder / "autograded" / "ada") == [NAME]


def test_a_newer_submission_is_graded(folder):
    hand_in(folder, "bela", RIGHT, why="Hm.")
    results = grade(folder)
    assert fresh(results) == {"bela"}
    assert results["bela"].points == 7


def test_a_changed_file_beside_the_notebook_is_a_newer_submission(folder):
    (folder / "submitted" / "ada" / NAME / "notes.txt").write_text("mine")
    assert fresh(grade(folder)) == {"ada"}
    assert (folder / "autograded" / "ada" / NAME / "notes.txt").read_text() == "mine"
    assert fresh(grade(folder)) == set()


def test_a_changed_source_is_graded_again(folder):
    path = folder / "solutions" / NAME / "counting.ipynb"
    path.write_text(path.read_text().replace("double(2) == 4", "double(4) == 8"))
    assert fresh(grade(folder)) == {"ada", "bela"}


def test_whose_mark_changed_from_what_to_what_and_why(folder):
    assert not any(result.changes for result in grade(folder).values())
    path = folder / "solutions" / NAME / "counting.ipynb"
    path.write_text(path.read_text().replace("double(2) == 4", "double(2) == 5"))
    results = grade(folder)
    ada, bela = results["ada"], results["bela"]
    assert (ada.changes, ada.why) == (
        (Change("test_double", 2.0, 0.0),),
        "the assignment has changed",
    )
    assert bela.changes == ()  # her answer was wrong before and is wrong now
    said = summary(list(results.values()))
    assert "other points than before (1):\n  ada: 7 → 5, the assignment has changed: " in said
    assert "test_double 2 → 0" in said
    assert not any(result.changes for result in grade(folder).values())
    again = grade(folder, force=True)
    assert {result.why for result in again.values()} == {"graded again"}
    hand_in(folder, "ada", answer="def double(x):\n    return 5")
    ada = grade(folder)["ada"]
    assert ada.why == "handed in again"
    assert Change("test_double", 0.0, 2.0) in ada.changes  # 5 is what the changed test wants


def test_marks_that_the_gradebook_lacks_come_from_the_record(folder):
    complete = tables(folder / "gradebook.db")
    (folder / "gradebook.db").unlink()
    before = written(folder, "ada")
    assert fresh(grade(folder)) == set()
    assert written(folder, "ada") == before
    assert tables(folder / "gradebook.db") == complete


def test_a_mark_that_differs_is_put_right_from_the_record(folder):
    complete = tables(folder / "gradebook.db")
    with sqlite3.connect(folder / "gradebook.db") as connection:
        connection.execute("UPDATE grade SET auto_score = 100 WHERE auto_score = 2")
    connection.close()
    grade(folder)
    assert tables(folder / "gradebook.db") == complete


def test_the_record_in_a_submission_counts_for_nothing(folder):
    """Somebody hands in an autograded notebook, with marks of their own in its metadata."""
    home = hand_in(folder, "otto", WRONG)
    for part in PARTS:
        document = json.loads((home / f"{part}.ipynb").read_bytes())
        forged = record(folder, "ada", part)
        for mark in forged["marks"].values():
            mark["score"] = mark["max_score"]
        document["metadata"]["autograder"] = forged
        (home / f"{part}.ipynb").write_text(json.dumps(document))
    assert grade(folder)["otto"].points == 1
    assert record(folder, "otto")["marks"]["test_double"]["score"] == 0


def test_one_of_two_notebooks_gets_nothing_if_it_is_missing(folder):
    hand_in(folder, "chen", parts=PARTS[:1])
    result = grade(folder)["chen"]
    assert (result.points, result.problem) == (3.5, "")
    assert any("words.ipynb" in note and "no points" in note for note in result.notes)


def test_what_cannot_be_graded_costs_nobody_else_anything(folder):
    hand_in(folder, "chen")
    submitted = folder / "submitted"
    broken = hand_in(folder, "dana")
    (broken / "counting.ipynb").write_text('{"cells": [')
    (submitted / "emil" / NAME).mkdir(parents=True)
    (submitted / "finn").mkdir()
    (submitted / "finn" / NAME).symlink_to(submitted / "ada" / NAME)
    (submitted / "gita").symlink_to(submitted / "ada")
    (submitted / "hugo").mkdir()
    (submitted / "hugo" / NAME).write_text("a file")
    hand_in(folder, "i\nes")
    results = grade(folder)
    assert results["chen"].points == 7
    assert {student for student, result in results.items() if result.problem} == {
        "dana", "emil", "finn", "gita", "hugo", "i\nes",
    }  # fmt: skip
    assert "line 1" in results["dana"].problem
    assert "There is no notebook" in results["emil"].problem
    assert "symbolic link" in results["finn"].problem
    assert "symbolic link" in results["gita"].problem
    assert "not a folder" in results["hugo"].problem
    assert "characters" in results["i\nes"].problem
    assert not (folder / "autograded" / "gita").exists()
    with sqlite3.connect(folder / "gradebook.db") as connection:
        known = {name for (name,) in connection.execute("SELECT id FROM student")}
    assert known == {"ada", "bela", "chen"}


def test_words_in_a_timestamp_cost_nothing_and_are_said(folder):
    path = hand_in(folder, "joao") / "timestamp.txt"
    good = path.read_text()
    for wrong in ("yesterday evening", good + " or so" * 10**6):
        path.write_text(wrong)
        for _ in range(2):  # graded now, and then by an earlier run
            joao = grade(folder)["joao"]
            assert (joao.points, joao.problem) == (7, "")
            assert f"timestamp.txt has no date, but '{wrong[:17]}" in " ".join(joao.notes)
    path.write_text(good)
    assert not grade(folder)["joao"].notes


def test_the_summary_says_for_whom_something_was_put_right(folder):
    home = hand_in(folder, "chen")
    path = home / "counting.ipynb"
    document = json.loads(path.read_bytes())
    answer = next(cell for cell in document["cells"] if "def double" in "".join(cell["source"]))
    stub = {**answer, "id": "backup", "source": NO_CODE}
    document["cells"].append(stub)
    path.write_text(json.dumps(document))
    text = summary(list(grade(folder).values()))
    assert "worth a look (1):\n  chen: double exists 2 times: the one" in text
    with sqlite3.connect(folder / "gradebook.db") as connection:
        comments = [said for (said,) in connection.execute("SELECT auto_comment FROM comment")]
    assert sum(str(said).startswith("This cell exists 2 times: the one") for said in comments) == 1


def test_the_summary_of_a_large_class_begins_with_what_is_rare():
    moved = Result("s", NAME, 1.0, 1.0, notes=("a moved",))
    results = [replace(moved, student=f"s{i:02}") for i in range(30)]
    results += [Result("zoe", NAME, 1.0, 1.0, notes=("a moved", *(f"note {i}" for i in range(9))))]
    lines = summary(results).splitlines()
    assert lines[1:3] == [
        "worth a look (31):",
        "  zoe: note 0; note 1; note 2; note 3; and 6 more",
    ]
    assert lines[-1] == "  and s19, s20, s21, s22, s23, s24, s25, s26, s27, s28, s29"


def test_a_file_in_the_way_of_the_sources_is_left_out(folder):
    (folder / "solutions" / NAME / "tables").mkdir()
    (folder / "solutions" / NAME / "tables" / "a.csv").write_text("1")
    home = hand_in(folder, "ada")
    (home / "tables").write_text("a file where the author has a folder")
    (home / "data.txt").write_text("changed")
    assert not grade(folder)["ada"].problem
    graded = folder / "autograded" / "ada" / NAME
    assert (graded / "tables" / "a.csv").read_text() == "1"
    assert (graded / "data.txt").read_text() == "given"


def test_the_old_result_comes_back_if_the_new_one_was_not_in_place(folder):
    home = folder / "autograded" / "ada"
    (home / NAME).rename(home / f".{NAME}.old")
    (home / f".{NAME}.new").mkdir()
    assert fresh(grade(folder)) == set()
    assert os.listdir(home) == [NAME]


def test_leftovers_of_somebody_else_go_as_well(folder):
    leftover = folder / "autograded" / "nobody" / f".{NAME}.new"
    leftover.mkdir(parents=True)
    grade(folder)
    assert not leftover.exists()


def test_only_one_grades_at_a_time(folder):
    command = [sys.executable, "-m", "autograder.cli", "grade", NAME, "--course-dir", str(folder)]
    with class_run._only_one(folder, NAME):
        second = subprocess.run(command, capture_output=True, text=True, check=False)
    assert second.returncode == 1
    assert f"somebody is grading {NAME} in" in second.stderr
    assert subprocess.run(command, capture_output=True, check=False).returncode == 0


def test_the_command(folder, capsys):
    hand_in(folder, "chen", parts=())
    assert cli.main(["grade", NAME, "--course-dir", str(folder)]) == 1
    said = capsys.readouterr()
    assert "0 graded, 2 graded before; points: lowest 1, median 4, highest 7 of 11" in said.out
    assert "1 with answers to mark by hand" in said.out
    assert "1 could not be graded:\n  chen: There is no notebook." in said.out
    assert "3/3" in said.err
    twice = ["--student", "ada", "--student", "ada"]
    only = ["grade", NAME, "--course-dir", str(folder), *twice, "--force", "--workers", "2"]
    assert cli.main(only) == 0
    assert "1 graded, 0 graded before" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["smal"], "no assignment is called 'smal'. Did you mean 'small'?"),
        ([NAME, "--student", "adda"], "adda handed in nothing for small; did you mean ada?"),
        ([NAME, "--limit", "cell_second=3"], "no limit called 'cell_second'"),
        ([NAME, "--limit", "cell_seconds"], "write it as NAME=VALUE"),
        ([NAME, "--limit", "cell_seconds=-1"], "must be a number above 0"),
    ],
)
def test_a_slip_in_the_command_is_named(folder, capsys, arguments, said):
    assert cli.main(["grade", *arguments, "--course-dir", str(folder)]) == 1
    assert said in capsys.readouterr().err


def test_limits_of_the_configuration_hold_and_an_option_comes_before_them(folder, capsys):
    hand_in(folder, "chen", "import time\n\ndef double(x):\n    time.sleep(1.5)\n    return 2 * x")
    with (folder / "nbgrader_config.py").open("a") as file:
        file.write("c.Judge.limits = {'cell_seconds': 1}\n")
    command = ["grade", NAME, "--course-dir", str(folder), "--student", "chen"]
    assert cli.main(command) == 0
    assert "lowest 0" in capsys.readouterr().out
    assert cli.main([*command, "--limit", "cell_seconds=20"]) == 0
    assert "lowest 7" in capsys.readouterr().out


def test_another_limit_grades_again_only_those_whom_it_stopped(folder):
    hand_in(folder, "chen", "import time\n\ndef double(x):\n    time.sleep(1.5)\n    return 2 * x")
    first = grade(folder, limits=Limits(cell_seconds=1))
    assert fresh(first) == {"chen"}
    assert first["chen"].hit == {"cell_seconds": 1}
    assert "limit cell_seconds=1 was hit by: chen" in summary(list(first.values()))
    again = grade(folder, limits=Limits(cell_seconds=1))
    assert fresh(again) == set()
    assert again["chen"].hit == {"cell_seconds": 1}
    assert fresh(grade(folder, limits=Limits(cell_seconds=20))) == {"chen"}
    assert fresh(grade(folder, limits=Limits(cell_seconds=1))) == set()  # it stopped nobody
    # A refusal of memory happens inside a notebook: whoever lost points may have met one.
    assert fresh(grade(folder, limits=Limits(memory_bytes=3 * 2**30))) == {"ada", "bela", "chen"}
    assert fresh(grade(folder)) == set()


def test_the_summary_names_the_slowest():
    results = [Result(f"s{i}", NAME, 1.0, 1.0, seconds=0.5) for i in range(9)]
    results.append(Result("mallory", NAME, 1.0, 1.0, seconds=7.0))
    assert "slowest (most took 0.5 s): mallory 7.0 s" in summary(results)
    assert "slowest" not in summary(results[:-1])


def test_without_a_sandbox_it_is_said_loudly_and_noted(folder, capsys):
    command = ["grade", NAME, "--course-dir", str(folder), "--student", "ada"]
    assert cli.main([*command, "--unsafe-no-sandbox"]) == 0
    assert "WARNING: without a sandbox" in capsys.readouterr().err
    assert record(folder, "ada")["isolation"] == "none"
    assert cli.main(command) == 0  # it was graded without a sandbox, so it is graded again
    assert record(folder, "ada")["isolation"].startswith("bubblewrap")
