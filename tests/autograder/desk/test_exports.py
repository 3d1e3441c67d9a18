"""Exports: read back, they say what the gradebook holds; nothing open is called final."""

from __future__ import annotations

import csv
import io
from types import SimpleNamespace

import pytest
from class_of_six import NAME

from autograder import cli, folders
from autograder.desk import exports, standing
from autograder.desk.marked import MarkedClass, Student
from autograder.exercises import REGISTRY

POSSIBLE = sum(e.points for e in REGISTRY.values() if e.notebook == NAME) + 4


def made(folder, kind, roster=None):
    marked = MarkedClass(folder, NAME)
    text = exports.FORMATS[kind](marked, standing.rows(marked), roster).text
    return list(csv.DictReader(io.StringIO(text, newline="")))


def in_gradebook(folder, student):
    """The score as nbgrader has it."""
    from nbgrader import api

    with api.Gradebook(folders.configuration(folder).CourseDirectory.db_url) as gradebook:
        submission = gradebook.find_submission(NAME, student)
        return max(0.0, submission.score - submission.late_submission_penalty)


def test_plain_csv_has_a_column_for_each_exercise(folder, by_hand, policy):
    policy("c.LatePolicy.percent_per_day = 10")
    by_hand("bo", 2.5)
    rows = {row["student"]: row for row in made(folder, "csv")}
    assert list(rows) == ["ada", "bo", "cy", "di", "ed", "quin", "zed"]
    assert {"momentum_step", "nag_step", "explain momentum"} <= set(rows["bo"])
    assert (rows["bo"]["momentum_step"], rows["bo"]["explain momentum"]) == ("0", "2.5")
    assert rows["ed"]["explain momentum"] == ""  # not marked yet
    assert rows["di"]["explain momentum"] == "0"  # no answer
    for student in ("ada", "bo", "cy", "di", "ed"):
        assert float(rows[student]["total"]) == in_gradebook(folder, student)
        assert float(rows[student]["possible"]) == POSSIBLE
    assert [rows[name]["state"] for name in rows] == [
        "open", "marked", "open", "marked", "open", "not graded", "missing",
    ]  # fmt: skip
    assert (rows["zed"]["total"], rows["quin"]["total"]) == ("", "")


def test_canvas_has_its_columns_and_the_possible_points_above(folder):
    possible, *rows = made(folder, "canvas")
    assert list(possible) == [*exports.CANVAS, NAME]
    assert possible["Student"].strip() == "Points Possible"
    assert float(possible[NAME]) == POSSIBLE
    ada = next(row for row in rows if row["SIS Login ID"] == "ada")
    assert (ada["Student"], ada["ID"]) == ("Byron, Ada", "71")
    assert float(ada[NAME]) == in_gradebook(folder, "ada")


def test_canvas_s_own_file_gives_the_columns_as_canvas_knows_them(folder, tmp_path):
    roster = tmp_path / "canvas.csv"
    roster.write_text(
        f"Student,ID,SIS User ID,SIS Login ID,Section,{NAME} (4711),Final Score\n"
        "    Points Possible,,,,,20,(read only)\n"
        '"Byron, Ada",71,S1,ada@example.org,Monday,,\n'
        '"Other, One",99,S9,one,Monday,,\n',
        encoding="utf-8-sig",
    )
    _, ada, other = made(folder, "canvas", roster)
    assert list(ada)[-1] == f"{NAME} (4711)"
    assert (ada["SIS User ID"], ada["Section"]) == ("S1", "Monday")
    assert float(ada[f"{NAME} (4711)"]) == in_gradebook(folder, "ada")
    assert other[f"{NAME} (4711)"] == ""
    with pytest.raises(ValueError, match="no gradebook of Moodle"):
        made(folder, "moodle", roster)


def test_moodle_has_its_columns(folder, tmp_path):
    rows = {row["ID number"]: row for row in made(folder, "moodle")}
    column = f"Assignment: {NAME} (Real)"
    assert list(rows["ada"]) == [*exports.MOODLE, column]
    assert rows["ada"]["Email address"] == "ada@example.org"
    assert float(rows["ada"][column]) == in_gradebook(folder, "ada")
    roster = tmp_path / "moodle.csv"
    roster.write_text(
        "First name,Surname,ID number,Institution,Department,Email address,"
        f"Assignment: {NAME} homework (Real)\nAda,Byron,,,,ada@example.org,-\n",
        encoding="utf-8",
    )
    [ada] = made(folder, "moodle", roster)
    assert float(ada[f"Assignment: {NAME} homework (Real)"]) == in_gradebook(folder, "ada")


def of_two(tmp_path, kind, header, *lines):
    """What is written for Ada, who has 3 points, and Bo, who has 4; the header's last column."""
    ada = Student("1001", "Ada", "L", "ada@x.org", "7")
    bo = Student("1002", "Bo", "M", "bo@x.org", "1001")  # Bo's number is Ada's id
    marked = SimpleNamespace(name="hw1", students={s.id: s for s in (ada, bo)}, graded=[])
    found = [
        standing.Row(ada, "marked", {("n", "g"): 3}),
        standing.Row(bo, "marked", {("n", "g"): 4}),
    ]
    path = tmp_path / "platform.csv"
    path.write_text("\n".join([header, *lines, ""]), encoding="utf-8")
    text = exports.FORMATS[kind](marked, found, path).text
    header, *body = csv.reader(io.StringIO(text, newline=""))
    return header[-1], [line[-1] for line in body if line[0] != exports.POSSIBLE]


MOODLE = "First name,Last name,ID number,Email address"
CANVAS = "Student,ID,SIS User ID,SIS Login ID,Section"


@pytest.mark.parametrize(
    ("columns", "column"),
    [
        ("Assignment: hw10 (Real),Assignment: hw1 (Real)", "Assignment: hw1 (Real)"),
        ("Assignment: my_hw1 (Real),Assignment: hw1 again (Real)", "Assignment: hw1 again (Real)"),
        ("Assignment: hw1 again (Real),Quiz: hw1 (Real)", "Quiz: hw1 (Real)"),
        ("Assignment: hw1 (Percentage),Assignment: hw1 (Real)", "Assignment: hw1 (Real)"),
        ("Assignment: hw1 a (Feedback),Assignment: hw1 a (Real)", "Assignment: hw1 a (Real)"),
        ("Aufgabe: hw1 plus (Punkte),Aufgabe: hw1 (Punkte)", "Aufgabe: hw1 (Punkte)"),
        ("Assignment: hw10 (Real)", "Assignment: hw1 (Real)"),
    ],
)
def test_points_go_to_the_column_of_their_own_assignment_in_moodle(tmp_path, columns, column):
    said = of_two(tmp_path, "moodle", f"{MOODLE},{columns}", "Ada,L,1001,,-", "Bo,M,,bo@x.org,-")
    assert said == (column, ["3", "4"])


@pytest.mark.parametrize(
    ("columns", "column"),
    [("hw1 (extra) (12),hw1 (11),hw10 (13)", "hw1 (11)"), ("hw1 (extra) (12),x,y", "hw1")],
)
def test_points_go_to_the_column_of_their_own_assignment_in_canvas(tmp_path, columns, column):
    assert of_two(tmp_path, "canvas", f"{CANVAS},{columns}")[0] == column


@pytest.mark.parametrize(
    ("kind", "header"),
    [
        ("moodle", f"{MOODLE},Assignment: hw1 a (Real),Assignment: hw1 b (Real)"),
        ("canvas", f"{CANVAS},hw1 (11),hw1 (12)"),
    ],
)
def test_of_two_columns_that_may_be_meant_none_is_taken(tmp_path, kind, header):
    with pytest.raises(ValueError, match=r"may be meant by hw1: '.*hw1.*', '.*hw1.*'"):
        of_two(tmp_path, kind, header)


def test_a_login_is_no_number_of_canvas(tmp_path):
    both = ['"L, Ada",7,,1001,', '"M, Bo",1001,,1002,']
    assert of_two(tmp_path, "canvas", CANVAS, *both)[1] == ["3", "4"]
    assert of_two(tmp_path, "canvas", CANVAS, both[0])[1] == ["3"]
    assert of_two(tmp_path, "canvas", CANVAS, '"M, Bo",,,BO@x.org,')[1] == ["4"]
    nobody = ['"N, N",7777,,,', '"O, O",,,,', '"P, P",,,,']
    assert of_two(tmp_path, "canvas", CANVAS, *nobody, both[1])[1] == ["", "", "", "4"]
    assert of_two(tmp_path, "canvas", CANVAS, '"N, N",1002,,,')[1] == [""]  # Bo's id, and no number


@pytest.mark.parametrize(
    ("kind", "lines"),
    [
        ("canvas", [CANVAS, '"L, Ada",7,,1001,', '"L, Ada",8,,ada@x.org,']),
        ("moodle", [MOODLE, "Ada,L,1001,ada@x.org", "Ada,L,,ada@x.org"]),
    ],
)
def test_two_rows_of_one_student_are_refused(tmp_path, kind, lines):
    with pytest.raises(ValueError, match=r"2 rows are of the student 1001: .*Ada.*; .*Ada"):
        of_two(tmp_path, kind, *lines)


def test_who_has_marks_and_no_row_in_the_platform_s_file_is_named(folder, tmp_path, capsys):
    file = tmp_path / "canvas.csv"
    lines = [
        f"{CANVAS},{NAME}",
        '"Byron, Ada",71,,ada,,',
        '"Ek, Bo",,,BO,,',
        '"Other, One",9,,o,,',
        '"Student, Test",8,,x,,',
    ]
    file.write_text("\n".join(lines), encoding="utf-8")
    (folder / ".autograder/sent" / f"{NAME}.json").unlink(missing_ok=True)
    command = ["export", NAME, "--course-dir", str(folder), "--to", str(tmp_path / "marks.csv")]
    assert cli.main([*command, "--format", "canvas", "--roster", str(file)]) == 0
    said = capsys.readouterr().out
    assert "marks.csv: 2 with marks, 1 without" in said
    assert f"with marks, and in no row of {file} (3): cy; di; ed" in said
    assert f"rows of {file} that are of no student here (1): Other, One 9 o" in said
    assert set(standing.sent(folder, NAME)) == {"ada", "bo"}


def test_ids_that_differ_in_capitals_only_have_their_own_points(tmp_path):
    upper, lower = Student("Lee", "A", "Lee", "a@x.org"), Student("lee", "B", "Lee", "b@x.org")
    ids = exports._Ids(SimpleNamespace(students={s.id: s for s in (upper, lower)}))
    assert (ids.find("Lee"), ids.find("lee"), ids.find("LEE")) == ("Lee", "lee", "")
    assert ids.find("LEE", "B@x.org") == "lee"


def test_final_is_refused_while_something_is_open(folder, by_hand, tmp_path, capsys):
    target = tmp_path / "marks.csv"
    command = ["export", NAME, "--course-dir", str(folder), "--to", str(target)]
    assert cli.main([*command, "--final"]) == 1
    said = capsys.readouterr().err
    assert "4 with an answer that a person has still to mark" in said
    assert "ada, bo, cy, ed" in said
    assert "not graded: quin" in said
    assert not target.exists()
    for student in ("ada", "bo", "cy", "ed"):
        by_hand(student, 2.0)
    for path in sorted((folder / "submitted" / "quin").rglob("*"), reverse=True):
        path.rmdir() if path.is_dir() else path.unlink()
    (folder / "submitted" / "quin").rmdir()
    assert cli.main([*command, "--final"]) == 0
    assert target.exists()
    by_hand("cy", 2.0, look_again=True)
    assert cli.main([*command, "--final"]) == 1


def test_a_submission_that_is_newer_than_its_marks_is_not_final(folder, by_hand, tmp_path, capsys):
    for student in ("ada", "bo", "cy", "ed"):
        by_hand(student, 2.0)
    path = folder / "submitted" / "ed" / NAME / f"{NAME}.ipynb"
    path.write_text(path.read_text(encoding="utf-8") + "\n", encoding="utf-8")
    command = ["export", NAME, "--course-dir", str(folder), "--to", str(tmp_path / "marks.csv")]
    assert cli.main([*command, "--final"]) == 1
    assert "1 with a newer submission than was graded: ed" in capsys.readouterr().err
