"""A student opens 03_momentum in JupyterLab, gets it wrong, gets it right, and validates."""

from __future__ import annotations

import re
import shutil

import pytest
from playwright.sync_api import Locator, Page, expect

from autograder import folders
from autograder.authoring.definition_text import as_definition
from autograder.authoring.sample_class import authors, fill_in
from autograder.exercises import REGISTRY

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
def opened(start_lab, page, tmp_path):
    """The notebook with all exercises done except one, opened in JupyterLab."""
    folder = tmp_path / folders.COURSE
    shutil.copytree(folders.repository() / folders.COURSE, folder)
    path = folder / NOTEBOOK / f"{NOTEBOOK}.ipynb"
    answers = {k: v for k, v in authors(NOTEBOOK).items() if k != EXERCISE}
    path.write_text(fill_in(path.read_text(encoding="utf-8"), answers), encoding="utf-8")
    with start_lab(folder) as lab:
        page.goto(lab.url(f"lab/tree/{NOTEBOOK}/{NOTEBOOK}.ipynb"))
        page.locator(".jp-Notebook").wait_for()
        expect(page.get_by_text("Python 3 (ipykernel) | Idle")).to_be_visible(timeout=90_000)
        yield page


def test_wrong_then_right_then_validated(opened, picture):
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

    page.get_by_role("button", name="Validate").click()
    dialog = page.locator(".jp-Dialog")
    expect(dialog).to_contain_text("Success! Your notebook passes all the tests.", timeout=180_000)
    picture("validated")
