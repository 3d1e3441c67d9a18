"""The desk in a course whose tests are plain asserts, some of them hidden."""

from __future__ import annotations

import nbformat
import pytest
from bs4 import BeautifulSoup
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from autograder import cli

STUB = "def double(x):\n    ### BEGIN SOLUTION\n    return 2 * x\n    ### END SOLUTION"
OPEN_TEST = 'assert double(1) == 2, "double(1) should be 2"'
HIDDEN = 'assert double(7) == 14, "fourteen"'


def cell(make, source, grade_id, **nbgrader):
    roles = {"grade": False, "solution": False, "locked": False, "task": False, **nbgrader}
    return make(source, metadata={"nbgrader": {**roles, "grade_id": grade_id, "schema_version": 3}})


def notebook(
    answer=STUB, why="Why?", hidden=f"\n### BEGIN HIDDEN TESTS\n{HIDDEN}\n### END HIDDEN TESTS"
):
    return new_notebook(
        cells=[
            new_markdown_cell("# Doubling"),
            cell(new_code_cell, answer, "double", solution=True),
            cell(new_code_cell, OPEN_TEST, "open", grade=True, locked=True, points=1),
            cell(new_code_cell, OPEN_TEST + hidden, "all", grade=True, locked=True, points=2),
            cell(new_markdown_cell, why, "why", grade=True, solution=True, points=3),
        ],
        metadata={"kernelspec": {"name": "python3", "language": "python", "display_name": "3"}},
    )


@pytest.fixture
def course(tmp_path, monkeypatch):
    """Two students: one whose answer fails the hidden test only, one who fails both."""
    place = tmp_path / "source" / "ps1"
    place.mkdir(parents=True)
    nbformat.write(notebook(), place / "ps1.ipynb")
    for student, factor in {"amy": "2 if x == 1 else 3", "ben": "5"}.items():
        folder = tmp_path / "submitted" / student / "ps1"
        folder.mkdir(parents=True)
        answer = f"def double(x):\n    return {factor}"
        nbformat.write(notebook(answer, f"Since {student} $x^2$", ""), folder / "ps1.ipynb")
    monkeypatch.chdir(tmp_path)
    assert cli.main(["grade", "ps1", "--workers", "1"]) == 0
    return tmp_path


def test_every_paper_is_written_and_no_hidden_test_is_told(course):
    for command in (["feedback"], ["marks", "export"], ["export"], ["report"]):
        assert cli.main([*command, "ps1"]) == 0
    pages = {
        student: (course / "feedback" / student / "ps1" / "ps1.html").read_text(encoding="utf-8")
        for student in ("amy", "ben")
    }
    for html in pages.values():
        assert "fourteen" not in html
        assert "double(7)" not in html
        assert "AssertionError, in a test that is not handed out as a whole" in html
    assert "double(1) should be 2" in pages["ben"]
    assert "double(1) should be 2" not in pages["amy"]
    own = BeautifulSoup(pages["amy"], "html.parser").find(id="all").select_one("pre code").text
    assert "2 if x == 1 else 3" in own
    assert "Since amy" in pages["amy"]
    assert (course / "reports" / "ps1" / "report.html").exists()
