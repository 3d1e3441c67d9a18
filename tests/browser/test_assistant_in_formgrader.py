"""An assistant opens formgrader over a class that was graded."""

from __future__ import annotations

import shutil

from playwright.sync_api import expect

from autograder import course
from autograder.grading import grade, handed_in
from autograder.sample_class import sample_class

NOTEBOOK = "01_ewma"


def test_the_marks_are_there(start_lab, page, picture, tmp_path):
    folder = tmp_path / "class"
    shutil.copytree(course.master(NOTEBOOK).parent, folder / course.SOLUTIONS / NOTEBOOK)
    shutil.copy(course.root() / "nbgrader_config.py", folder)
    assert course.nbgrader(folder).generate_assignment(NOTEBOOK)["success"]
    [submission] = [
        s
        for s in sample_class(course.root() / course.COURSE)
        if (s.student, s.notebook) == ("finn", NOTEBOOK)
    ]
    submission.write(folder / "submitted")
    [result] = grade(folder, handed_in(folder), workers=1)
    assert result.points == submission.mark

    with start_lab(folder) as lab:
        page.goto(lab.url("formgrader"))
        row = page.get_by_role("row").filter(has_text=NOTEBOOK)
        expect(row).to_contain_text("1")
        page.goto(lab.url(f"formgrader/manage_submissions/{NOTEBOOK}"))
        expect(page.get_by_role("row").filter(has_text="finn")).to_contain_text(
            f"{result.points:g} / "
        )
        picture("formgrader")
