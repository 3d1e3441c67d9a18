"""A student at the desk that ``autograder start`` opens: the index, a notebook, Validate."""

from __future__ import annotations

import re
import shutil
import time
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect

from autograder import folders, verdict_on
from autograder.authoring.sample_class import authors, fill_in
from autograder.checking.written import as_definition
from autograder.exercises import REGISTRY
from autograder.notebook import working_copy
from autograder.notebook.progress import standing
from conftest import Lab

pytestmark = pytest.mark.long("browser")  # one JupyterLab for all of them

NOTEBOOK, EXERCISE = "00_start_here", "standardize"


def cell_with(page: Page, text: str) -> Locator:
    """The code cell whose source has this text, scrolled into view."""
    cell = page.locator(".jp-CodeCell", has=page.locator(".cm-content", has_text=text)).first
    cell.scroll_into_view_if_needed()
    return cell


def type_in(page: Page, cell: Locator, text: str) -> None:
    """Replace a cell's source as a person would, but by pasting."""
    cell.locator(".cm-content").click()
    page.keyboard.press("ControlOrMeta+A")
    page.keyboard.insert_text(text)


def run(page: Page, cell: Locator, keys: str = "Shift+Enter") -> None:
    """Run a cell, and wait until it has a new number."""
    prompt = cell.locator(".jp-InputPrompt")
    before = prompt.inner_text().strip()
    for _ in range(30):
        cell.locator(".cm-content").click()
        page.keyboard.press(keys)
        try:
            expect(prompt).not_to_have_text(before, timeout=2000)
            break
        except AssertionError:
            continue  # a key pressed while JupyterLab is still busy with itself is lost
    expect(prompt).to_have_text(re.compile(r"\[\d+\]:"), timeout=60_000)


def answer(folder: Path, name: str, answers: dict[str, str]) -> None:
    """Write answers into a notebook, without running it."""
    path = folder / name / f"{name}.ipynb"
    path.write_text(fill_in(path.read_text(encoding="utf-8"), answers), encoding="utf-8")


def open_notebook(page: Page, lab: Lab, name: str) -> None:
    page.goto(lab.url(f"lab/tree/{name}/{name}.ipynb"))
    page.locator(".jp-Notebook").wait_for()
    expect(page.get_by_text("Python 3 (ipykernel) | Idle")).to_be_visible(timeout=90_000)


def _wait_until_saved(page: Page, last: Locator, folder: Path, says: str) -> None:
    """Wait until JupyterLab has saved, by itself, a notebook of which ``progress`` says this.

    What changes while JupyterLab saves counts as saved with it, and is not, until something else
    changes (jupyterlab#17365). A tab that is clean over an old file gets what it gets from a
    student, too: the last cell is run once more.
    """
    path = folder / NOTEBOOK / f"{NOTEBOOK}.ipynb"
    unsaved = page.locator(".lm-TabBar-tab.jp-mod-dirty")
    deadline = time.monotonic() + 180  # on a busy machine
    while not (found := standing(NOTEBOOK, {}, path)).startswith(says):
        expect(page.locator(".jp-Dialog")).to_have_count(0)
        assert time.monotonic() < deadline, found
        if unsaved.count() == 0:
            run(page, last)
        page.wait_for_timeout(500)


def test_wrong_then_right_then_saved_then_validated(student_lab, page, picture):
    exercise = REGISTRY[EXERCISE]
    slip, wrong = exercise.misconceptions[0], REGISTRY["relative_error"].misconceptions[0]
    others = {
        "relative_error": as_definition(wrong.function, "relative_error"),
        "numerical_gradient": "def numerical_gradient(f, x, h=1e-5):\n    retrun x",
    }
    answer(student_lab.folder, NOTEBOOK, others)
    open_notebook(page, student_lab, NOTEBOOK)
    run(page, cell_with(page, "from autograder import check"))
    stub = cell_with(page, f"def {EXERCISE}(")
    check = cell_with(page, f'check("{EXERCISE}", {EXERCISE})')
    card = check.locator(".jp-OutputArea")

    run(page, check)
    expect(card).to_contain_text(f"{EXERCISE} does not exist yet")
    run(page, stub)
    run(page, check)
    expect(card).to_contain_text("is not written yet")
    picture("not-written")

    type_in(page, stub, as_definition(slip.function, EXERCISE))
    run(page, stub)
    run(page, check)
    expect(card).to_contain_text(slip.message)
    expect(card).not_to_contain_text("Traceback")
    picture("misconception")

    type_in(page, stub, authors(NOTEBOOK)[EXERCISE])
    run(page, stub)
    run(page, check)
    expect(card).to_contain_text(f"{exercise.points:g} of {exercise.points:g}")
    picture("full-marks")

    # It is saved without the student's doing.
    _wait_until_saved(page, check, student_lab.folder, f"{NOTEBOOK}: 1 of 3 exercises, 2 of 7")

    # Once nothing is being saved: on a busy machine JupyterLab's own saving can take a while.
    expect(page.locator(".lm-TabBar-tab.jp-mod-dirty")).to_have_count(0, timeout=90_000)
    page.get_by_role("button", name="Validate").click()
    dialog = page.locator(".jp-Dialog")
    expect(dialog).to_contain_text(f"{NOTEBOOK}: 1 of 3 exercises", timeout=120_000)
    picture("validated")
    rows = dialog.locator("tr")
    expect(rows.filter(has_text=EXERCISE)).to_contain_text("2 of 2")
    expect(rows.filter(has_text="numerical_gradient")).to_contain_text("SyntaxError")
    verdict = verdict_on("relative_error", wrong.function)
    expect(rows.filter(has_text="relative_error")).to_contain_text(verdict.problem.headline)
    expect(dialog).to_contain_text("Still empty: the question in words")
    expect(dialog.get_by_text("The following cell failed")).to_be_hidden()


def test_the_index_shows_what_is_done_and_leads_to_the_notebooks(student_lab, page, picture):
    done = ["00_start_here", "01_ewma", "03_momentum"]
    for name in done:  # a master is a notebook that is solved, run and saved
        shutil.copy(folders.master(name), student_lab.folder / name)
    working_copy.refresh_index(student_lab.folder)  # as each start does
    student_lab.use_theme("Dark")
    page.goto(student_lab.url("lab/tree/index.ipynb"))
    # What is stored, before anything runs.
    table = page.locator(".jp-OutputArea table")
    rows = table.locator("tbody tr")
    expect(rows).to_have_count(len(folders.notebooks()), timeout=60_000)
    for name in folders.notebooks():
        row = rows.filter(has=page.locator(f'a[href*="{name}"]'))
        expect(row).to_contain_text("✓" if name in done else "0 of")
        bar = row.locator("progress")
        full = bar.get_attribute("value") == bar.get_attribute("max")
        assert full == (name in done)
    expect(page.locator(".jp-Notebook")).to_contain_text("Next: ")
    page.wait_for_timeout(3000)  # news, if there were any, come a moment later
    picture("index")
    expect(page.get_by_text("Jupyter news")).to_have_count(0)
    for text in ("Nbgrader", "Create Assignment"):
        expect(page.get_by_text(text, exact=True)).to_have_count(0)

    run(page, cell_with(page, "progress()"), "Control+Enter")  # as the page says
    expect(rows.filter(has=page.locator("a", has_text="01"))).to_contain_text(
        "✓ 7 of 7", timeout=60_000
    )
    number = sum(exercise.notebook in done for exercise in REGISTRY.values())
    said = f"Done: {number} of {len(REGISTRY)} exercises"
    expect(page.get_by_text(said)).to_be_in_viewport()
    rows.locator("a", has_text="02 · ").click()
    tab = page.get_by_role("tab", name="02_gradient_descent.ipynb")
    expect(tab).to_be_visible(timeout=60_000)
    expect(page.get_by_text("Python 3 (ipykernel) | Idle")).to_be_visible(timeout=90_000)
    picture("opened-from-index")
