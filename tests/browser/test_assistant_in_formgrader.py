"""An assistant grades in formgrader, with its Autograde button, and looks at the result."""

from __future__ import annotations

import csv
import shutil

import pytest
from playwright.sync_api import expect

from autograder import cli, folders
from autograder.authoring.sample_class import SampleSubmission, authors, fill_in
from autograder.exercises import REGISTRY

pytestmark = pytest.mark.long("browser")  # one JupyterLab for all of them

NOTEBOOK = "01_ewma"
STUB, DRAWS = "ewma_weights", "ewma_step"
QUESTION = "explain_ewma"


def test_the_button_grades_with_the_judge(start_lab, page, picture, tmp_path):
    folder = tmp_path / "class"
    shutil.copytree(folders.master(NOTEBOOK).parent, folder / folders.SOLUTIONS / NOTEBOOK)
    shutil.copy(folders.repository() / "nbgrader_config.py", folder)
    assert folders.nbgrader(folder).generate_assignment(NOTEBOOK)["success"]
    answers = authors(NOTEBOOK)
    del answers[STUB]
    answers[DRAWS] += (
        "\nfrom IPython.display import HTML, display\n"
        "display(HTML('<b>drawn</b><script>window.attacked = true</script>'))"
    )
    released = folders.released(NOTEBOOK).read_text(encoding="utf-8")
    text = fill_in(released, answers, change=give_all_points)
    SampleSubmission("otto", NOTEBOOK, text, None, "").write(folder / "submitted")
    checks = [e for e in REGISTRY.values() if e.notebook == NOTEBOOK]
    points = sum(e.points for e in checks if e.id != STUB)

    with start_lab(folder) as lab:
        page.goto(lab.url("formgrader"))
        page.goto(lab.url(f"formgrader/manage_submissions/{NOTEBOOK}"))
        row = page.get_by_role("row").filter(has_text="otto")
        expect(row).to_contain_text("needs autograding", timeout=60_000)
        row.locator(".autograde a").click()
        page.get_by_text("Successfully autograded").wait_for(timeout=120_000)
        picture("formgrader-autograded")
        page.get_by_role("button", name="OK").click()
        expect(row).to_contain_text(f"{points:g} / ")
        expect(row).to_contain_text("needs manual grading")

        page.goto(lab.url(f"formgrader/gradebook/{NOTEBOOK}/{NOTEBOOK}"))
        page.get_by_text("Submission #1").first.click()
        expect(page.get_by_text(f"✗ {STUB}: 0 of").first).to_be_visible()
        expect(page.locator("b").filter(has_text="drawn")).to_be_visible()
        assert page.evaluate("window.attacked") is None
        expect(page.locator(f"#check_{STUB}")).to_have_attribute("placeholder", "0")
        page.locator(f"#check_{STUB}").scroll_into_view_if_needed()
        picture("formgrader")

        # A teacher's JupyterLab keeps the menus that a student's does without.
        page.goto(lab.url("lab"))
        expect(page.get_by_text("Nbgrader", exact=True).first).to_be_visible(timeout=60_000)
        expect(page.get_by_text("Create Assignment", exact=True).first).to_be_attached()


def give_all_points(notebook):
    """Write the points into the check."""
    for cell in notebook.cells:
        if cell.metadata.get("nbgrader", {}).get("grade_id") == f"check_{STUB}":
            cell.source = f"{REGISTRY[STUB].points}"


def test_points_and_a_comment_reach_feedback_and_export(start_lab, page, tmp_path):
    folder = tmp_path / "class"
    shutil.copytree(folders.master(NOTEBOOK).parent, folder / folders.SOLUTIONS / NOTEBOOK)
    shutil.copy(folders.repository() / "nbgrader_config.py", folder)
    released = folders.released(NOTEBOOK).read_text(encoding="utf-8")
    text = fill_in(released, authors(NOTEBOOK), change=answer_in_words)
    SampleSubmission("otto", NOTEBOOK, text, None, "").write(folder / "submitted")
    command = [NOTEBOOK, "--course-dir", str(folder)]
    assert cli.main(["grade", *command, "--workers", "1"]) == 0
    assert cli.main(["feedback", *command]) == 0
    marks = folder / "marks.csv"
    assert cli.main(["export", *command, "--to", str(marks), "--final"]) == 1
    possible = sum(e.points for e in REGISTRY.values() if e.notebook == NOTEBOOK)

    with start_lab(folder) as lab:
        page.goto(lab.url("formgrader"))
        page.goto(lab.url(f"formgrader/gradebook/{NOTEBOOK}/{NOTEBOOK}"))
        page.get_by_text("Submission #1").first.click()
        # The marks come after the page, and are written over what was typed before.
        page.wait_for_function("window.formgrader?.grades?.loaded && formgrader.comments?.loaded")
        score = page.locator(f"#{QUESTION}")
        with page.expect_response(lambda answer: "/api/grade/" in answer.url):
            score.fill("3")
            score.press("Tab")
        comment = page.locator(f"#{QUESTION}-comment")
        with page.expect_response(lambda answer: "/api/comment/" in answer.url):
            comment.fill("Say why it *starts* low.")
            comment.press("Tab")

    assert cli.main(["feedback", *command]) == 0
    there = folder / "feedback" / "otto" / NOTEBOOK / f"{NOTEBOOK}.html"
    page.goto(there.as_uri())
    section = page.locator(f"#{QUESTION}")
    expect(section).to_contain_text("3 of 4")
    expect(section.locator(".comment em")).to_have_text("starts")
    assert cli.main(["export", *command, "--to", str(marks), "--final"]) == 0
    [row] = csv.DictReader(marks.open(encoding="utf-8", newline=""))
    assert float(row["total"]) == possible + 3


def answer_in_words(notebook):
    """Write something behind the question."""
    ids = [cell.metadata.get("nbgrader", {}).get("grade_id") for cell in notebook.cells]
    notebook.cells[ids.index(QUESTION) + 1].source = "*Your answer:* It starts at zero."
