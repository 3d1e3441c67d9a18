"""A gradebook on a real PostgreSQL server: the same marks as with SQLite, whoever works at once."""

from __future__ import annotations

import csv
import os
import re
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest
from small_course import NAME, NO_CODE, hand_in, make_course
from sqlalchemy import create_engine, text

from autograder import cli, folders
from autograder.grading.database import Database

STUDENTS = [f"student-{number}" for number in range(6)]
EVERYTHING = """
    SELECT course.id, assignment.name, student.id, notebook.name, base_cell.name, grade.auto_score,
           grade.manual_score, grade.needs_manual_grade, comment.auto_comment,
           submitted_notebook.late_submission_penalty
    FROM submitted_notebook
    JOIN notebook ON notebook.id = submitted_notebook.notebook_id
    JOIN submitted_assignment ON submitted_assignment.id = submitted_notebook.assignment_id
    JOIN assignment ON assignment.id = submitted_assignment.assignment_id
    JOIN course ON course.id = assignment.course_id
    JOIN student ON student.id = submitted_assignment.student_id
    JOIN base_cell ON base_cell.notebook_id = notebook.id
    LEFT JOIN grade ON grade.notebook_id = submitted_notebook.id AND grade.cell_id = base_cell.id
    LEFT JOIN comment
      ON comment.notebook_id = submitted_notebook.id AND comment.cell_id = base_cell.id
"""


def make_class(folder: Path) -> Path:
    """Two assignments, handed in by the same students."""
    make_course(folder)
    shutil.copytree(folder / "solutions" / NAME, folder / "solutions" / "other")
    for number, student in enumerate(STUDENTS):
        answer = f"def double(x):\n    return {2 + number % 2} * x" if number else NO_CODE
        home = hand_in(folder, student, answer)
        shutil.copytree(home, home.with_name("other"))
    return folder


def use(folder: Path, url: str, course_id: str = "nn") -> None:
    """Write the database into the course's configuration, as docs/desk.md says."""
    with (folder / folders.CONFIGURATION).open("a") as file:
        file.write(f"c.CourseDirectory.db_url = {url!r}\n")
        file.write(f"c.CourseDirectory.course_id = {course_id!r}\n")


def start(folder: Path, *command: str) -> subprocess.Popen[str]:
    words = [sys.executable, "-m", "autograder.cli", *command, "--course-dir", str(folder)]
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT, "text": True}
    return subprocess.Popen(words, cwd=folder, env={**os.environ, "COLUMNS": "200"}, **pipes)


def grade_both(*where: Path) -> None:
    """One grader for each assignment, in these folders, at the same moment."""
    graders = [
        start(folder, "grade", name, "--workers", "1")
        for folder, name in zip(where, (NAME, "other"), strict=True)
    ]
    for grader in graders:
        said, _ = grader.communicate()
        assert grader.returncode == 0, said
        assert f"{len(STUDENTS)} graded, 0 graded before" in said


def rows(folder: Path) -> list[tuple[object, ...]]:
    """Everything that students got, without nbgrader's random ids; the course comes first."""
    engine = create_engine(Database.of(folder).url)
    with engine.connect() as connection:
        found = sorted((tuple(row) for row in connection.execute(text(EVERYTHING))), key=repr)
        [students] = connection.execute(text("SELECT COUNT(*) FROM student")).one()
    engine.dispose()
    assert students == len(STUDENTS)
    return found


def as_sqlite_says(rows: list[tuple[object, ...]]) -> list[tuple[object, ...]]:
    """SQLite has no truth values in a query without a type, only 0 and 1."""
    plain = [tuple(int(v) if isinstance(v, bool) else v for v in row) for row in rows]
    return sorted(plain, key=repr)


@pytest.fixture(scope="module")
def by_sqlite(tmp_path_factory):
    """The class and its marks in the usual gradebook."""
    folder = make_class(tmp_path_factory.mktemp("sqlite") / "course")
    with (folder / folders.CONFIGURATION).open("a") as file:
        file.write("c.CourseDirectory.course_id = 'nn'\n")
    grade_both(folder, folder)  # two graders get on with each other there as well
    return folder, rows(folder)


def test_two_graders_on_an_empty_database_give_the_marks_of_sqlite(postgres, by_sqlite, tmp_path):
    """Once in one folder, once in two checkouts, as on two machines."""
    for name, same_folder in (("together", True), ("apart", False)):
        url = postgres.database(name)
        where = [make_class(tmp_path / f"{name}{i}") for i in range(2 - same_folder)]
        for folder in where:
            use(folder, url)
        grade_both(where[0], where[-1])
        assert as_sqlite_says(rows(where[0])) == as_sqlite_says(by_sqlite[1])


def test_the_papers_are_those_of_sqlite(postgres, by_sqlite, tmp_path, capsys, monkeypatch):
    folder = make_class(tmp_path / "course")
    use(folder, postgres.database("papers").replace(f":{postgres.password}", ""))
    passwords = tmp_path / "pgpass"
    passwords.write_text(f"127.0.0.1:{postgres.port}:papers:*:{postgres.password}\n")
    passwords.chmod(0o600)
    monkeypatch.setenv("PGPASSFILE", str(passwords))
    (folder / "ids.csv").write_text(
        "id,name\n" + "".join(f"{s},Name {s.title()}\n" for s in STUDENTS)
    )
    assert cli.main(["roster", str(folder / "ids.csv"), "--course-dir", str(folder)]) == 0
    assert cli.main(["grade", NAME, "--course-dir", str(folder), "--workers", "1"]) == 0
    assert cli.main(["class", NAME, "--course-dir", str(folder)]) == 0
    said = capsys.readouterr().out
    assert f"{NAME}: {len(STUDENTS)} students: " in said
    tables = []
    for course in (folder, by_sqlite[0]):
        to = course / "marks.csv"
        assert cli.main(["export", NAME, "--course-dir", str(course), "--to", str(to)]) == 0
        tables.append([row["total"] for row in csv.DictReader(to.open(encoding="utf-8"))])
        assert cli.main(["feedback", NAME, "--course-dir", str(course)]) == 0
    assert tables[0] == tables[1]
    assert len(tables[0]) == len(STUDENTS)


OPEN_IN_TURN = """
import sys
import time
from pathlib import Path
from autograder.grading.database import Database
from nbgrader import api

print("ready", flush=True)
for line in sys.stdin:
    with Database.of(Path(line.strip())).opened() as gradebook:
        print(gradebook.students, flush=True)
"""


def test_everybody_who_comes_first_finds_the_tables(postgres, tmp_path):
    """Five programs open an empty database at the same moment, three times."""
    folders_of = [make_course(tmp_path / f"course{number}") for number in range(3)]
    for number, folder in enumerate(folders_of):
        use(folder, postgres.database(f"race{number}"))
    pipes = dict.fromkeys(("stdin", "stdout", "stderr"), subprocess.PIPE)
    programs = [
        subprocess.Popen([sys.executable, "-c", OPEN_IN_TURN], **pipes, text=True) for _ in range(5)
    ]
    assert [program.stdout.readline() for program in programs] == ["ready\n"] * 5
    for folder in folders_of:
        for program in programs:
            program.stdin.write(f"{folder}\n")
            program.stdin.flush()
        assert [program.stdout.readline() for program in programs] == ["[]\n"] * 5
    assert [program.communicate()[1] for program in programs] == [""] * 5


def test_without_a_course_id_there_is_nbgraders_own(postgres, tmp_path):
    folder = make_class(tmp_path / "course")
    url = postgres.database("nameless")
    with (folder / folders.CONFIGURATION).open("a") as file:
        file.write(f"c.CourseDirectory.db_url = {url!r}\n")
    assert cli.main(["grade", NAME, "--course-dir", str(folder), "--workers", "1"]) == 0
    assert {row[0] for row in rows(folder)} == {folders.COURSE_ID}


@pytest.mark.parametrize("command", [["class"], ["grade", NAME, "--workers", "1"]])
@pytest.mark.parametrize(
    ("change", "says"),
    [
        (lambda url: re.sub(r":\w+@", ":wrong@", url), "password authentication failed"),
        (lambda url: f"{url}_of_nobody", "does not exist"),
        (lambda url: re.sub(r":\d+/", ":1/", url), "refused"),
    ],
)
def test_a_server_that_lets_nobody_in(postgres, tmp_path, capsys, change, says, command):
    folder = make_class(tmp_path / "course")
    url = postgres.database(tmp_path.name)
    use(folder, change(url))
    assert cli.main([*command, "--course-dir", str(folder)]) == 1
    said = capsys.readouterr().err
    assert says in said
    assert "See that the server runs and can be reached" in said
    assert postgres.password not in said
    assert "Traceback" not in said


def test_a_driver_that_is_missing(postgres, tmp_path, capsys, monkeypatch):
    folder = make_class(tmp_path / "course")
    use(folder, postgres.database("driverless"))
    monkeypatch.setitem(sys.modules, "psycopg", None)  # as if nobody had installed it
    assert cli.main(["class", NAME, "--course-dir", str(folder)]) == 1
    said = capsys.readouterr().err
    assert "pip install -e '.[postgres]'" in said
    assert postgres.password not in said


def test_a_server_that_goes_away_in_the_middle(postgres, by_sqlite, tmp_path):
    folder = make_class(tmp_path / "course")
    use(folder, postgres.database("midway"))
    for student in STUDENTS:  # slow enough that the server goes away before the end
        hand_in(folder, student, "import time\ntime.sleep(1)\ndef double(x):\n    return 2 * x")
    grader = start(folder, "grade", NAME, "--workers", "1")
    graded = folder / "autograded"
    while grader.poll() is None and len(list(graded.glob(f"*/{NAME}"))) < 2:
        time.sleep(0.05)
    postgres.stop()
    try:
        said, _ = grader.communicate()
        assert grader.returncode == 1, said
        assert "See that the server runs and can be reached" in said
        assert "Traceback" not in said
        before = len(list(graded.glob(f"*/{NAME}")))
        assert 2 <= before < len(STUDENTS)
    finally:
        postgres.start()
    again = start(folder, "grade", NAME, "--workers", "1")
    said, _ = again.communicate()
    assert again.returncode == 0, said
    assert f"{len(STUDENTS) - before} graded, {before} graded before" in said
    found = [row for row in rows(folder) if row[4] == "test_double"]
    assert [row[5] for row in found] == [2.0] * 2 * len(STUDENTS)
