"""A student at the desk that ``autograder start`` opens: the index, a notebook, Validate."""

from __future__ import annotations

import re
import shutil
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

NOTEBOOK, EXERCISE = "03_momentum", "momentum_step"


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


def run(page: Page, cell: Locator) -> None:
    """Run a cell, and wait until it has a new number."""
    prompt = cell.locator(".jp-InputPrompt")
    before = prompt.inner_text().strip()
    for _ in range(30):
        # A key pressed while JupyterLab is still busy with itself is lost: press again.
        if prompt.inner_text().strip() != before:
            break
        cell.locator(".cm-content").click()
        page.keyboard.press("Shift+Enter")
        page.wait_for_timeout(2000)
    expect(prompt).to_have_text(re.compile(r"\[\d+\]:"), timeout=60_000)


@pytest.fixture
def folder(tmp_path):
    """A student's copy of the course."""
    folder = tmp_path / "my_course"
    working_copy.fill(folder)
    return folder


def answer(folder: Path, name: str, answers: dict[str, str]) -> None:
    """Write answers into a notebook, without running it."""
    path = folder / name / f"{name}.ipynb"
    path.write_text(fill_in(path.read_text(encoding="utf-8"), answers), encoding="utf-8")


def open_notebook(page: Page, lab: Lab, path: str) -> None:
    page.goto(lab.url(f"lab/tree/{path}"))
    page.locator(".jp-Notebook").wait_for()
    expect(page.get_by_text("Python 3 (ipykernel) | Idle")).to_be_visible(timeout=90_000)


@pytest.fixture
def opened(start_lab, page, folder):
    """The notebook with all exercises done except one, opened in JupyterLab."""
    answer(folder, NOTEBOOK, {k: v for k, v in authors(NOTEBOOK).items() if k != EXERCISE})
    with start_lab(folder, student=True) as lab:
        open_notebook(page, lab, f"{NOTEBOOK}/{NOTEBOOK}.ipynb")
        yield page


def test_wrong_then_right_then_saved_then_validated(opened, picture, folder):
    page = opened
    exercise = REGISTRY[EXERCISE]
    slip = exercise.misconceptions[0]
    run(page, cell_with(page, "from autograder import check"))
    stub = cell_with(page, f"def {EXERCISE}(")
    check = cell_with(page, f'check("{EXERCISE}", {EXERCISE})')

    run(page, check)
    expect(check.locator(".jp-OutputArea")).to_contain_text(f"{EXERCISE} does not exist yet")
    run(page, stub)
    run(page, check)
    expect(check.locator(".jp-OutputArea")).to_contain_text("is not written yet")
    picture("not-written")

    type_in(page, stub, as_definition(slip.function, EXERCISE))
    run(page, stub)
    run(page, check)
    expect(check.locator(".jp-OutputArea")).to_contain_text(slip.message)
    expect(check.locator(".jp-OutputArea")).not_to_contain_text("Traceback")
    picture("misconception")

    type_in(page, stub, authors(NOTEBOOK)[EXERCISE])
    run(page, stub)
    run(page, check)
    points = f"{exercise.points:g} of {exercise.points:g}"
    expect(check.locator(".jp-OutputArea")).to_contain_text(points)
    picture("full-marks")

    page.wait_for_timeout(25_000)  # it is saved every ten seconds, without the student's doing
    line = standing(NOTEBOOK, {}, folder / NOTEBOOK / f"{NOTEBOOK}.ipynb")
    assert line.startswith(f"{NOTEBOOK}: 1 of 7 exercises, {exercise.points:g} of 16 points.")

    validate(page)
    dialog = page.locator(".jp-Dialog")
    everything = f"{NOTEBOOK}: 7 of 7 exercises, 16 of 16 points."
    expect(dialog).to_contain_text(everything, timeout=180_000)
    expect(dialog).to_contain_text("Still empty: the question in words")
    expect(dialog.get_by_text("The following cell failed")).to_be_hidden()
    picture("validated")


def validate(page: Page) -> None:
    """Press the button; the notebook is saved first, and run by the server."""
    # Once nothing is being saved: on a busy machine JupyterLab's own saving can take a while.
    expect(page.locator(".lm-TabBar-tab.jp-mod-dirty")).to_have_count(0, timeout=90_000)
    page.get_by_role("button", name="Validate").click()


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_validate_says_what_is_open(start_lab, page, folder, picture, dark):
    name = "00_start_here"
    wrong = REGISTRY["standardize"].misconceptions[0]
    answers = authors(name) | {
        "standardize": as_definition(wrong.function, "standardize"),
        "numerical_gradient": "def numerical_gradient(f, x, h=1e-5):\n    retrun x",
    }
    answer(folder, name, answers)
    with start_lab(folder, student=True, dark=dark) as lab:
        open_notebook(page, lab, f"{name}/{name}.ipynb")
        validate(page)
        dialog = page.locator(".jp-Dialog")
        expect(dialog).to_contain_text(f"{name}: 1 of 3 exercises", timeout=120_000)
        picture(f"validate-{'dark' if dark else 'light'}")
        rows = dialog.get_by_role("row")
        expect(rows.filter(has_text="relative_error")).to_contain_text("2 of 2")
        expect(rows.filter(has_text="numerical_gradient")).to_contain_text("SyntaxError")
        verdict = verdict_on("standardize", wrong.function)
        expect(rows.filter(has_text="standardize")).to_contain_text(verdict.problem.headline)
        expect(dialog).to_contain_text("Still empty: the question in words")
        expect(dialog.get_by_text("The following cell failed")).to_be_hidden()


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_the_index_shows_what_is_done_and_leads_to_the_notebooks(
    start_lab, page, folder, picture, dark
):
    done = ["00_start_here", "01_ewma", NOTEBOOK]
    for name in done:  # a master is a notebook that is solved, run and saved
        shutil.copy(folders.master(name), folder / name)
    with start_lab(folder, student=True, dark=dark) as lab:
        page.goto(lab.url("lab/tree/index.ipynb"))
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
        picture(f"index-{'dark' if dark else 'light'}")
        expect(page.get_by_text("Jupyter news")).to_have_count(0)
        for text in ("Nbgrader", "Create Assignment"):
            expect(page.get_by_text(text, exact=True)).to_have_count(0)

        run(page, cell_with(page, "progress()"))
        expect(rows.filter(has=page.locator("a", has_text="01"))).to_contain_text(
            "✓ 7 of 7", timeout=60_000
        )
        rows.locator("a", has_text="02 · ").click()
        tab = page.get_by_role("tab", name="02_gradient_descent.ipynb")
        expect(tab).to_be_visible(timeout=60_000)
        expect(page.get_by_text("Python 3 (ipykernel) | Idle")).to_be_visible(timeout=90_000)
        picture(f"opened-from-index-{'dark' if dark else 'light'}")


def test_a_teachers_jupyterlab_keeps_its_menus(start_lab, page, folder):
    with start_lab(folder) as lab:
        page.goto(lab.url("lab/tree/index.ipynb"))
        expect(page.get_by_text("Nbgrader", exact=True).first).to_be_visible(timeout=60_000)
        expect(page.get_by_text("Create Assignment", exact=True).first).to_be_attached()
