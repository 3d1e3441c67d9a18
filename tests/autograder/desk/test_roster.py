"""The roster: as platforms export it, and its names in nbgrader's gradebook."""

from __future__ import annotations

import shutil

import pytest
from class_of_six import NAME, hand_in

from autograder import cli, folders
from autograder.desk import roster, table
from autograder.desk.marked import MarkedClass, Student

OWN = "id;first_name;last_name;email;section\nada;Ada;Byron;ada@example.org;Mo\nbo;Bo;Ek;;\n"
CANVAS = (
    "Student,ID,SIS User ID,SIS Login ID,Section,03_momentum (4711),Final Score\n"
    "    Points Possible,,,,,20,(read only)\n"
    '"Byron, Ada",71,S1,ada@example.org,Monday,,\n'
    '"Ek, Bo",72,S2,,Monday,,\n'
    '"Student, Test",99,,f00,Monday,,\n'
)
MOODLE = (
    "First name,Surname,ID number,Email address,Groups\n"
    "Jürgen,Müller-Lüdenscheidt,4711,jml@example.org,B\nAda,Byron,,ada@example.org,\n"
)
WORKSHEET = (
    "Identifier,Full name,Email address,Status\n"
    "Participant 123,Ada King Byron,ada@example.org,Submitted\n"
)
GRADESCOPE = (
    "Name,SID,Email,Role\nAda Byron,17,ada@example.org,Student\nProf,1,p@x.org,Instructor\n"
)


def read(text, encoding="utf-8"):
    return roster.parsed(*table.parsed(text.encode(encoding))).members


def test_a_table_of_one_s_own():
    ada, bo = read(OWN).values()
    assert ada == roster.Member(Student("ada", "Ada", "Byron", "ada@example.org"), "Mo")
    assert bo.student == Student("bo", "Bo", "Ek")


def test_canvas_s_gradebook():
    members = read(CANVAS)
    assert list(members) == ["S2", "ada@example.org"]  # no possible points, no trial student
    ada = Student("ada@example.org", "Ada", "Byron", "ada@example.org", "71")
    assert members["ada@example.org"] == roster.Member(ada, "Monday")


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "cp1252"])
def test_moodle_s_participants(encoding):
    members = read(MOODLE, encoding)
    assert list(members) == ["4711", "ada@example.org"]
    assert members["4711"].student.name == "Jürgen Müller-Lüdenscheidt"
    assert members["4711"].section == "B"


def test_a_column_that_nobody_needs_may_stand_there_twice():
    assert list(read("id,note,note\nada,x,y\n")) == ["ada"]


def test_moodle_s_grading_worksheet_and_gradescope():
    [ada] = read(WORKSHEET).values()
    assert (ada.number, ada.student.first_name, ada.student.last_name) == (
        "123", "Ada King", "Byron",
    )  # fmt: skip
    assert [m.student.id for m in read(GRADESCOPE).values()] == ["17"]


def test_a_roster_that_was_written_is_the_same_when_read():
    for text in (OWN, CANVAS, MOODLE, WORKSHEET):
        members = read(text)
        assert read(roster.as_csv(roster.Roster(members))) == members


def test_students_are_found_by_what_platforms_call_them():
    known = roster.Roster(
        read("id,first name,last name,email,lms user id\n"
             "a1,Jürgen,Müller-Lüdenscheidt,jml@x.org,71\na2,An,Li,li@x.org,72\n"
             "a3,An,Li,an.li@x.org,73\nli,Other,One,o@x.org,74\n")
    )  # fmt: skip
    for name in ("A1", "JML@x.org", "jml", "Ju\u0308rgen Müller-Lüdenscheidt",
                 "müllerlüdenscheidtjürgen"):  # fmt: skip
        assert known.find(name) == "a1", name
    assert known.find("An Li") == ""  # two of one name
    assert known.find("An Li", lms_user_id="73") == "a3"
    assert known.find("73") == ""  # a number of the platform is no name
    assert known.find("li") == "li"  # an id, and not the beginning of an address
    assert known.find("nobody", "") == ""


def test_ids_that_differ_in_capitals_or_signs_only_are_found_as_they_are_written():
    ids = ("a+b", "a;b", "[ab]", "*", "Case", "case", "li.na", "lina")
    known = roster.Roster(read("id\t\n" + "\n".join(ids) + "\n"))
    assert [known.find(name) for name in ids] == list(ids)
    assert known.find("ab") == known.find("CASE") == ""  # any of several may be meant


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("colour\nred\n", "no column names a student"),
        ("id,name\nada,Ada\nada,Ada\n", "row 3: ada stands in it twice"),
        ("id,ID,name\nada,7,Ada\n", "2 columns are called 'id': give the others another name"),
        ("id,name\n,Ada Byron\n", "row 2: Ada Byron has no id"),
        ("id\n../up\n", "row 2: '../up' cannot be the name of a folder"),
        ("id\n.hidden\n", "cannot be the name of a folder"),
        ("id\n2.01912E+11\n", "row 2: 2.01912E+11 is what a spreadsheet made of a longer number"),
        (f"id\n{'x' * 200}\n", "more than 128 characters"),
        ("id\n", "there is no student in it"),
        ("", "the table is empty"),
    ],
)
def test_what_is_no_roster_is_refused_and_the_one_before_stays(tmp_path, capsys, text, says):
    (tmp_path / "source").mkdir()
    new = tmp_path / "new.csv"
    (tmp_path / roster.FILE).write_text(roster.as_csv(roster.Roster(read(OWN))), encoding="utf-8")
    new.write_text(text, encoding="utf-8")
    assert cli.main(["roster", str(new), "--course-dir", str(tmp_path)]) == 1
    said = capsys.readouterr().err
    assert says in said
    assert str(new) in said
    assert list(roster.load(tmp_path).members) == ["ada", "bo"]


@pytest.mark.parametrize("damaged", ["", "id\n", "id,name\nada,Ada\nada,Ada\n", "colour\nred\n"])
def test_a_damaged_roster_is_named_and_a_new_one_takes_its_place(tmp_path, capsys, damaged):
    shutil.copytree(folders.master(NAME).parent, tmp_path / "source" / NAME)
    old, new = tmp_path / roster.FILE, tmp_path / "new.csv"
    old.write_text(damaged)
    where = ["--course-dir", str(tmp_path)]
    assert cli.main(["class", NAME, *where]) == 1
    said = capsys.readouterr().err
    assert f"{old}: " in said
    assert "Give the roster again: autograder roster FILE" in said
    new.write_text(OWN, encoding="utf-8")
    assert cli.main(["roster", str(new), *where]) == 0
    said = capsys.readouterr().out
    assert "2 students (2 new, 0 changed)" in said
    assert "the roster before could not be read, and counts as none" in said
    assert list(roster.load(tmp_path).members) == ["ada", "bo"]
    assert cli.main(["roster", str(new), *where]) == 0
    assert "could not be read" not in capsys.readouterr().out


def test_names_reach_the_gradebook_and_what_it_knew_stays(folder, tmp_path, capsys):
    file = tmp_path / "class.csv"
    file.write_text("id,name,email\nada,Ada King,\nbo,Bo Ek,bo@x.org\nnew,N. N.,\n")
    where = ["--course-dir", str(folder)]
    assert cli.main(["roster", str(file), *where]) == 0
    assert "3 students (3 new, 0 changed)" in capsys.readouterr().out
    students = MarkedClass(folder, NAME).students
    assert students["ada"] == Student("ada", "Ada", "King", "ada@example.org", "71")
    assert (students["bo"].name, students["bo"].email) == ("Bo Ek", "bo@x.org")
    assert "zed" in students
    file.write_text("id,name,email\nada,Ada King,\nbo,Bo Eck,bo@x.org\n")
    assert cli.main(["roster", str(file), *where]) == 0
    said = capsys.readouterr().out
    assert "2 students (0 new, 1 changed)" in said
    assert "no longer on the roster: new; their marks are kept" in said
    assert MarkedClass(folder, NAME).students["bo"].name == "Bo Eck"


def test_a_class_is_graded_into_the_gradebook_that_its_roster_began(tmp_path, capsys):
    shutil.copytree(folders.master(NAME).parent, tmp_path / "source" / NAME)
    file = tmp_path / "class.csv"
    file.write_text("id,name\ndi,Di Oh\n")
    where = ["--course-dir", str(tmp_path)]
    assert cli.main(["roster", str(file), *where]) == 0
    hand_in(tmp_path / "submitted")
    assert cli.main(["grade", NAME, *where, "--student", "di", "--workers", "1"]) == 0
    marked = MarkedClass(tmp_path, NAME)
    assert marked.students["di"].name == "Di Oh"
    assert set(marked.submissions) == {"di"}
