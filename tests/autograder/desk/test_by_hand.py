"""The table of answers: what goes out comes back, and nothing else is changed."""

from __future__ import annotations

import csv
import io

import pytest
from class_of_six import NAME, QUESTION

from autograder import cli
from autograder.desk import by_hand, feedback
from autograder.desk.marked import MarkedClass
from autograder.grading.words import answer_to_task

MAX = 4.0


def read(folder):
    text = by_hand.as_csv(MarkedClass(folder, NAME)).decode("utf-8-sig")
    return list(csv.DictReader(io.StringIO(text, newline="")))


def saved(rows, delimiter=",", encoding="utf-8-sig"):
    text = io.StringIO(newline="")
    table = csv.DictWriter(text, by_hand.COLUMNS, delimiter=delimiter)
    table.writeheader()
    table.writerows(rows)
    return text.getvalue().encode(encoding, "replace")


def enter(folder, table):
    marked = MarkedClass(folder, NAME)
    wanted = by_hand.changes(marked, table)
    by_hand.enter(marked, wanted)
    return len(wanted)


def stored(folder):
    submissions = MarkedClass(folder, NAME).submissions
    return {
        student: (
            s.notebooks[NAME].marks[QUESTION].manual,
            s.notebooks[NAME].comments.get(QUESTION),
        )
        for student, s in submissions.items()
    }


def test_alike_answers_stand_together_and_the_short_ones_first(folder):
    rows = read(folder)
    assert [row["student"] for row in rows] == ["cy", "bo", "ed", "ada"]  # di wrote nothing
    assert rows[1]["same answer"] == rows[2]["same answer"] != rows[0]["same answer"]
    assert "pushes add up" in rows[0]["rubric"]
    assert "MARK SCHEME" not in rows[0]["text of the question"]


def test_an_answer_above_the_question_is_one_if_there_is_none_behind_it():
    """Jupyter's key A makes a cell above the one that is chosen."""

    def cell(text, kind="markdown", **nbgrader):
        return {"cell_type": kind, "source": text, "metadata": {"nbgrader": nbgrader}}

    given = {"Look.", "*Your answer:*", "The end."}
    question, rest = cell("Why?", grade_id="why"), [cell("*Your answer:*"), cell("The end.")]
    first, note = cell("Not this.", "code"), cell("Because.")
    for above in ([cell("Look."), note], [first, note], [note, first, note]):
        assert answer_to_task([*above, question, *rest], "why", given) == "Because."
    assert answer_to_task([note, cell("Look."), question, *rest], "why", given) == ""
    behind = [cell("*Your answer:* So."), rest[1]]
    assert answer_to_task([note, question, *behind], "why", given) == "So."


def test_no_answer_is_a_formula_of_the_spreadsheet(folder):
    for row in read(folder):
        assert not any(field.startswith(("=", "+", "-", "@")) for field in row.values())
    assert read(folder)[0]["answer"] == "'=1+1"


def test_points_and_comments_come_back(folder):
    rows = read(folder)
    for row in rows:
        row["points"], row["comment"] = "2.5", "=so, “ürgently”\nread §3"
    assert enter(folder, saved(rows)) == 4
    assert stored(folder)["bo"] == (2.5, "=so, “ürgently”\nread §3")
    assert stored(folder)["di"] == (None, None)
    assert enter(folder, saved(read(folder))) == 0  # what went out again changes nothing
    assert feedback.write(folder, NAME).open == []
    assert "ürgently" in (folder / "feedback" / "bo" / NAME / f"{NAME}.html").read_text("utf-8")


@pytest.mark.parametrize(("delimiter", "encoding"), [(";", "cp1252"), ("\t", "utf-8")])
def test_as_other_spreadsheets_save_it(folder, delimiter, encoding):
    rows = read(folder)
    rows[0]["points"], rows[0]["comment"] = "1,5", "schön"
    assert enter(folder, saved(rows, delimiter, encoding)) == 1
    assert stored(folder)[rows[0]["student"]] == (1.5, "schön")


@pytest.mark.parametrize(
    ("column", "value", "words"),
    [
        ("student", "nobody", "no student of this name"),
        ("points", "4.5", "not between 0 and 4"),
        ("points", "-1", "not between 0 and 4"),
        ("points", "nan", "not between 0 and 4"),
        ("points", "good", "no number"),
        ("question", "explain_all", "no question 'explain_all'"),
        ("student", "di", "no answer to explain_momentum any more"),
        ("fingerprint", "000000000000-000000000000", "has changed"),
    ],
)
def test_what_does_not_fit_is_refused_by_name_and_nothing_is_entered(folder, column, value, words):
    rows = read(folder)
    for row in rows:
        row["points"] = "3"
    rows[1][column] = value
    with pytest.raises(ValueError, match=words) as caught:
        enter(folder, saved(rows))
    assert f"row 3, {rows[1]['student']}" in str(caught.value)
    assert set(stored(folder).values()) == {(None, None)}


def test_a_row_twice_and_a_missing_column_are_refused(folder):
    rows = read(folder)
    with pytest.raises(ValueError, match="another row"):
        enter(folder, saved([*rows, rows[0]]))
    with pytest.raises(ValueError, match="no column 'fingerprint'"):
        enter(folder, saved(rows).replace(b"fingerprint", b"checksum"))


def test_an_answer_that_changed_meanwhile_is_refused(folder):
    rows = read(folder)
    row = next(row for row in rows if row["student"] == "ed")
    row["points"] = "3"
    graded = folder / "autograded" / "ed" / NAME / f"{NAME}.ipynb"
    graded.chmod(0o644)
    text = graded.read_text(encoding="utf-8")
    assert "ten times less" in text
    graded.write_text(text.replace("ten times less", "nine times less"), encoding="utf-8")
    with pytest.raises(ValueError, match="ed: the answer to explain_momentum has changed"):
        enter(folder, saved(rows))


def test_a_long_answer_is_shortened_in_the_table_and_stops_nobody(folder):
    graded = folder / "autograded" / "ed" / NAME / f"{NAME}.ipynb"
    graded.chmod(0o644)
    text = graded.read_text(encoding="utf-8")
    long = "ten times less" + ", and less" * 20_000
    graded.write_text(text.replace("ten times less", long), encoding="utf-8")
    rows = read(folder)
    answer = rows[-1]["answer"]
    assert rows[-1]["student"] == "ed"
    assert len(answer) < 32_767  # what a cell of a spreadsheet holds
    assert answer.endswith(" more characters: read the rest in formgrader]")
    for row in rows:
        row["points"] = "3"
    assert enter(folder, saved(rows)) == 4
    graded.write_text(text.replace("ten times less", f"{long}!"), encoding="utf-8")
    rows[-1]["points"] = "2"
    with pytest.raises(ValueError, match="ed: the answer to explain_momentum has changed"):
        enter(folder, saved(rows))


def test_what_somebody_entered_in_formgrader_meanwhile_is_not_lost(folder, by_hand):
    rows = read(folder)
    by_hand("ed", 1.0, "from formgrader")
    assert enter(folder, saved(rows)) == 0  # rows that were left empty say nothing
    row = next(row for row in rows if row["student"] == "ed")
    row["points"] = "3"
    with pytest.raises(ValueError, match="marked elsewhere"):
        enter(folder, saved(rows))
    assert stored(folder)["ed"] == (1.0, "from formgrader")


def test_points_that_are_stored_are_not_taken_away_by_an_empty_field(folder, by_hand):
    by_hand("ed", 1.0, "kept")
    rows = read(folder)
    row = next(row for row in rows if row["student"] == "ed")
    row["points"] = ""
    with pytest.raises(ValueError, match="are missing"):
        enter(folder, saved(rows))
    assert stored(folder)["ed"] == (1.0, "kept")


def test_the_commands_say_what_was_done(folder, tmp_path, capsys):
    table = tmp_path / "table.csv"
    where = ["--course-dir", str(folder)]
    assert cli.main(["marks", "export", NAME, *where, "--to", str(table)]) == 0
    assert "4 answers, 3 different, 4 still to be marked" in capsys.readouterr().out
    rows = list(csv.DictReader(table.open(encoding="utf-8-sig", newline="")))
    rows[0]["points"] = "9"
    table.write_bytes(saved(rows))
    assert cli.main(["marks", "import", NAME, str(table), *where]) == 1
    assert "9 points are not between 0 and 4" in capsys.readouterr().err
    rows[0]["points"] = "4"
    table.write_bytes(saved(rows))
    assert cli.main(["marks", "import", NAME, str(table), *where]) == 0
    assert "new points or a new comment: 1 answer\n" in capsys.readouterr().out
    assert stored(folder)[rows[0]["student"]] == (MAX, None)
