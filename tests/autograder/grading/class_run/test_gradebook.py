"""The gradebook after our grading and after stock nbgrader's is the same."""

from __future__ import annotations

from pathlib import Path

import pytest
from small_course import AFTER, DUE, NAME, NO_CODE, hand_in, make_course, tables

from autograder import folders
from autograder.grading.class_run import Result, run
from autograder.grading.collected import students

pytestmark = pytest.mark.long

ADA, BELA, CHEN, DANA = "ada", "bela", "chen", "dana"


def set_due(folder: Path) -> None:
    with folders.nbgrader(folder).gradebook as gradebook:
        gradebook.update_or_create_assignment(NAME, duedate=DUE)


def make_class(folder: Path) -> Path:
    make_course(folder)
    hand_in(folder, ADA, why="Because it is twice as much.")
    hand_in(folder, BELA, answer="def double(x):\n    return 3 * x", when=AFTER)
    hand_in(folder, CHEN, parts=("counting",), when=AFTER)
    hand_in(folder, DANA, answer=NO_CODE)
    return folder


def grade(folder: Path, **options) -> dict[str, Result]:
    who = students(folder, NAME)
    return {result.student: result for result in run(NAME, folder, students=who, **options)}


def grade_by_stock(folder: Path, *who: str) -> None:
    api = folders.nbgrader(folder)
    for student in who:
        answer = api.autograde(NAME, student, force=True)
        assert answer["success"], answer


def a_person_marks(folder: Path) -> None:
    """Ada's essay gets points, her passed test fewer than it had, her code a comment."""
    with folders.nbgrader(folder).gradebook as gradebook:
        for cell, part, score in [("why", "words", 2.5), ("test_double", "counting", 1.0)]:
            mark = gradebook.find_grade(cell, part, NAME, ADA)
            mark.manual_score, mark.needs_manual_grade = score, False
        gradebook.find_comment("double", "counting", NAME, ADA).manual_comment = "Try again."
        gradebook.db.commit()


@pytest.fixture(scope="module")
def two_classes(tmp_path_factory):
    """A class graded by us and the same class graded by nbgrader."""
    ours, stock = (make_class(tmp_path_factory.mktemp(who) / "course") for who in ("our", "stock"))
    set_due(ours)
    set_due(stock)
    assert folders.nbgrader(stock).generate_assignment(NAME)["success"]
    results = grade(ours)
    assert not any(result.problem for result in results.values()), results
    grade_by_stock(stock, ADA, BELA, CHEN, DANA)
    return ours, stock


def test_the_tables_are_those_of_stock_nbgrader(two_classes):
    ours, stock = (tables(folder / "gradebook.db") for folder in two_classes)
    assert ours.keys() == stock.keys()
    for name in stock:
        assert ours[name] == stock[name], name
    assert len(ours["grade"]) == 4 * 6
    # Dana's code in both notebooks, and the words of everybody who handed in words, except Ada.
    assert sum("No response." in row for row in ours["comment"]) == 2 + 2


def test_the_files_are_those_of_stock_nbgrader(two_classes):
    def files(folder):
        home = folder / "autograded"
        return sorted(
            (str(path.relative_to(home)), path.stat().st_mode)
            for path in home.rglob("*")
            if path.is_file()
        )

    ours, stock = map(files, two_classes)
    assert ours == stock
    assert ("chen/small/data.txt", 0o100444) in ours


def test_nothing_is_released(two_classes):
    assert not (two_classes[0] / "course").exists()


def test_what_a_person_marked_stays_when_it_is_graded_again(two_classes):
    for folder in two_classes:
        a_person_marks(folder)
    ours, stock = two_classes
    grade(ours, force=True)
    grade_by_stock(stock, ADA)
    assert tables(ours / "gradebook.db") == tables(stock / "gradebook.db")
    with folders.nbgrader(ours).gradebook as gradebook:
        assert gradebook.find_grade("why", "words", NAME, ADA).score == 2.5
        assert gradebook.find_grade("test_double", "counting", NAME, ADA).needs_manual_grade
