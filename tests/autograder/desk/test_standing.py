"""How everybody stands: one state, which `class`, `grade` and `export --final` all read."""

from __future__ import annotations

import csv
import shutil
import zipfile
from datetime import timedelta

import pytest
from class_of_six import DUE, NAME, QUESTION, SLIP, says

from autograder import cli, folders
from autograder.authoring.sample_class import SampleSubmission, authors, fill_in
from autograder.checking.written import as_definition
from autograder.desk import feedback, roster, standing
from autograder.desk.marked import MarkedClass
from autograder.exercises import REGISTRY
from autograder.grading.graded_folder import Folder

ROSTER = "id,name,section\nada,Ada Byron,Mo\nbo,Bo Ek,Tu\ncy,,\ndi,,\ned,,\nquin,,\nnew,N. N.,Mo\n"
POINTS = REGISTRY["momentum_step"].points


@pytest.fixture
def on_roster(folder):
    (folder / roster.FILE).write_text(ROSTER)
    return folder


def rows(folder):
    return {row.student.id: row for row in standing.of(folder, NAME)}


def resubmit(folder, student, answers, words):
    released = folders.released(NAME).read_text(encoding="utf-8")
    text = fill_in(released, answers, says(words))
    shutil.rmtree(folder / "submitted" / student / NAME)
    SampleSubmission(student, NAME, text, None, "", DUE).write(folder / "submitted")


def grade(folder, capsys, *options):
    command = ["grade", NAME, "--course-dir", str(folder), "--workers", "1", *options]
    status = cli.main(command)
    return status, capsys.readouterr().out


def stored(folder, student):
    return MarkedClass(folder, NAME).submissions[student].notebooks[NAME].marks[QUESTION]


def test_each_student_stands_as_the_class_was_made(on_roster):
    found = rows(on_roster)
    assert list(found) == ["ada", "bo", "cy", "di", "ed", "new", "quin"]  # zed is not on the roster
    assert {name: row.state for name, row in found.items()} == {
        "ada": "open", "bo": "open", "cy": "open", "di": "marked", "ed": "open", "new": "missing",
        "quin": "not graded",
    }  # fmt: skip
    assert found["bo"].seconds_late == (2 * 24 + 3) * 3600
    assert [name for name, row in found.items() if row.seconds_late] == ["bo"]
    assert found["ed"].to_mark == ["explain momentum"]
    assert found["di"].to_mark == []  # an empty answer waits for nobody
    assert found["quin"].problem
    assert "cannot be graded: " + found["quin"].problem in standing.remarks(found["quin"])
    assert {row.feedback for row in found.values()} == {"none", ""}
    assert (found["bo"].section, found["bo"].student.id) == ("Tu", "bo")


def test_the_command_names_everybody_with_something_open(on_roster, tmp_path, capsys, by_hand):
    by_hand("ada", 3.0)
    feedback.write(on_roster, NAME, ["ada"])
    table = tmp_path / "class.csv"
    command = ["class", "--course-dir", str(on_roster), "--csv", str(table)]
    assert cli.main(command) == 0
    head, *lines = capsys.readouterr().out.splitlines()
    assert head == (
        f"{NAME}: 7 students: 1 missing, 1 not graded, 1 late, 3 to be marked by hand, "
        "4 without feedback, 1 with nothing open"
    )
    said = {line.split()[0]: line for line in lines}
    assert set(said) == {"bo", "cy", "di", "ed", "new", "quin"}
    assert "late by 2 days 3 hours; to be marked by hand: explain momentum" in said["bo"]
    assert said["new"].endswith("missing")
    assert cli.main([*command, f"{NAME}/", "--all"]) == 0
    assert any(
        line.split()[0] == "ada" and line.endswith("done")
        for line in capsys.readouterr().out.splitlines()
    )
    written = {row["student"]: row for row in csv.DictReader(table.open(encoding="utf-8"))}
    assert written["bo"]["to mark"] == "explain momentum"
    assert written["quin"]["problem"] == rows(on_roster)["quin"].problem
    assert written["ada"]["name"] == "Ada Byron"


def test_before_anything_is_graded(tmp_path, capsys):
    (tmp_path / "source" / NAME).mkdir(parents=True)
    shutil.copy(folders.master(NAME), tmp_path / "source" / NAME)
    (tmp_path / roster.FILE).write_text("id,name\nada,Ada Byron\nbo,Bo Ek\n")
    assert cli.main(["class", "--course-dir", str(tmp_path)]) == 0
    assert "nobody has handed in anything" in capsys.readouterr().out
    SampleSubmission("bo", NAME, "{}", None, "", DUE).write(tmp_path / "submitted")
    assert cli.main(["class", "--course-dir", str(tmp_path)]) == 0
    said = capsys.readouterr().out
    assert f"{NAME}: 2 students: 1 missing, 1 not graded, 0 with nothing open" in said
    assert "not graded yet" in said
    table = tmp_path / "class.csv"
    assert cli.main(["class", "--course-dir", str(tmp_path), "--csv", str(table)]) == 0
    written = csv.DictReader(table.open(encoding="utf-8"))
    assert [row["name"] for row in written] == ["Ada Byron", "Bo Ek"]  # who is missing, and who not
    assert cli.main(["class", "no_such", "--course-dir", str(tmp_path)]) == 1


def test_who_is_not_in_the_gradebook_has_the_name_of_the_roster(folder):
    (folder / roster.FILE).write_text("id,name\nada,Another Name\nnew,N. N.\n")
    SampleSubmission("new", NAME, "{}", None, "", DUE).write(folder / "submitted")
    found = rows(folder)
    assert (found["new"].state, found["new"].student.name) == ("not graded", "N. N.")
    assert found["ada"].student.name == "Ada Byron"  # as the gradebook has it


def test_feedback_that_is_older_and_a_mark_that_changed_after_it_was_sent(
    on_roster, by_hand, tmp_path, capsys
):
    by_hand("ed", 1.0)
    feedback.write(on_roster, NAME)
    command = ["export", NAME, "--course-dir", str(on_roster), "--to", str(tmp_path / "m.csv")]
    assert cli.main(command) == 0
    ed = rows(on_roster)["ed"]
    assert (standing.remarks(ed), ed.feedback, ed.sent) == ([], "current", ed.total)
    by_hand("ed", 3.5)
    ed = rows(on_roster)["ed"]
    assert ed.feedback == "older than the marks"
    assert ed.total == ed.sent + 2.5
    assert f"changed since the export: {ed.sent:g} → {ed.total:g}" in standing.remarks(ed)
    assert cli.main(command) == 0
    feedback.write(on_roster, NAME)
    assert standing.remarks(rows(on_roster)["ed"]) == []


def test_an_answer_in_words_that_changed_asks_for_another_look(folder, by_hand, capsys):
    for student in ("bo", "ed"):
        by_hand(student, 3.0, "kept")
    wrong = {"momentum_step": as_definition(SLIP.function, "momentum_step")}
    resubmit(folder, "ed", authors(NAME) | wrong, "Something else altogether.")
    resubmit(folder, "bo", authors(NAME), "The rate is ten times less.")  # only code is new
    assert rows(folder)["ed"].newer
    assert "handed in again after it was graded: grade it" in standing.remarks(rows(folder)["ed"])
    status, said = grade(folder, capsys, "--student", "ed", "--student", "bo")
    assert status == 0
    ed, bo = stored(folder, "ed"), stored(folder, "bo")
    assert (ed.manual, ed.to_look) == (3.0, True)
    assert (bo.manual, bo.to_look) == (3.0, False)
    assert "marked by hand, but the answer has changed since: ed" in said
    most = sum(e.points for e in REGISTRY.values() if e.notebook == NAME)
    assert "other points than before (2):" in said
    assert f"  ed: {most:g} → {most - POINTS:g}, handed in again: " in said
    assert f"momentum_step {POINTS:g} → 0" in said
    found = rows(folder)["ed"]
    assert (found.state, found.to_look, found.newer) == ("open", ["explain momentum"], False)
    command = ["export", NAME, "--course-dir", str(folder), "--final"]
    assert cli.main(command) == 1
    assert "to look at again: ada, cy, ed" in capsys.readouterr().err
    by_hand("ed", 2.0)  # somebody has looked
    _, said = grade(folder, capsys, "--student", "ed")
    assert "changed since" not in said
    assert stored(folder, "ed").to_look is False


def test_a_run_that_is_killed_asks_for_a_look_before_the_answer_is_new(
    folder, by_hand, capsys, monkeypatch
):
    by_hand("ed", 3.0)
    resubmit(folder, "ed", authors(NAME), "Something else altogether.")

    def killed(*_):
        raise RuntimeError("killed")

    with monkeypatch.context() as patch:
        patch.setattr(Folder, "write", killed)
        assert grade(folder, capsys, "--student", "ed")[0] == 1
    assert stored(folder, "ed").to_look
    assert grade(folder, capsys, "--student", "ed")[0] == 0
    assert (stored(folder, "ed").manual, stored(folder, "ed").to_look) == (3.0, True)


def test_what_a_person_has_to_mark_is_in_the_summary_of_grading(folder, capsys):
    _, said = grade(folder, capsys)
    assert "4 with answers to mark by hand (4 answers): autograder marks export" in said
    assert "other points" not in said


def test_stock_nbgrader_s_grading_asks_for_another_look_too(folder, by_hand):
    by_hand("ed", 3.0)
    by_hand("di", None)
    answer = folders.nbgrader(folder).autograde(NAME, "ed", force=True)
    assert answer["success"], answer
    assert (stored(folder, "ed").manual, stored(folder, "ed").to_look) == (3.0, True)


def test_what_was_collected_is_graded_and_late_by_the_platform_s_time(folder, tmp_path, capsys):
    text = fill_in(folders.released(NAME).read_text(encoding="utf-8"), authors(NAME))
    export = tmp_path / "canvas.zip"
    with zipfile.ZipFile(export, "w") as archive:
        for student, hours in (("ed", 2), ("bo", -30)):
            when = (DUE + timedelta(hours=hours)).astimezone().timetuple()[:6]
            archive.writestr(zipfile.ZipInfo(f"{student}_1_2_{NAME}-1.ipynb", when), text)
    assert cli.main(["collect", str(export), "--course-dir", str(folder)]) == 0
    said = capsys.readouterr().out
    assert "1 collected, 0 there before\nwhat is there is newer: bo" in said
    assert rows(folder)["ed"].newer
    assert grade(folder, capsys, "--student", "ed")[0] == 0
    ed = rows(folder)["ed"]
    assert (ed.seconds_late, ed.newer, ed.to_mark) == (2 * 3600, False, [])


def test_a_reason_belongs_to_the_hand_in_that_could_not_be_graded(folder):
    assert rows(folder)["quin"].problem
    resubmit(folder, "quin", authors(NAME), "Whole this time.")
    assert rows(folder)["quin"].problem == ""
    assert "not graded yet" in standing.remarks(rows(folder)["quin"])
    resubmit(folder, "ed", authors(NAME), "")
    (folder / "submitted" / "ed" / NAME / f"{NAME}.ipynb").write_text("{", encoding="utf-8")
    assert rows(folder)["ed"].problem == ""  # nobody has tried yet


def test_who_is_late_by_a_time_that_is_known_is_not_called_late_without_one(tmp_path, capsys):
    root = tmp_path / "course"
    (root / "source" / NAME).mkdir(parents=True)
    shutil.copy(folders.master(NAME), root / "source" / NAME)
    export = tmp_path / "canvas.zip"
    with zipfile.ZipFile(export, "w") as archive:
        for name, hours in ((f"bo_LATE_1_2_{NAME}.ipynb", 2), (f"ed_3_4_{NAME}.ipynb", -30)):
            when = (DUE + timedelta(hours=hours)).astimezone().timetuple()[:6]
            archive.writestr(zipfile.ZipInfo(name, when), "{}")
    assert cli.main(["collect", str(export), "--course-dir", str(root)]) == 0
    assert not any(row.called_late for row in rows(root).values())
    (root / "submitted" / "bo" / NAME / "timestamp.txt").unlink()
    assert [name for name, row in rows(root).items() if row.called_late] == ["bo"]
