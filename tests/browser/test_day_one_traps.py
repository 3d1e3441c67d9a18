"""What goes wrong on the first day, in a browser: a check speaks of the code that stands there."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect
from test_student_in_jupyterlab import cell_with, open_notebook, run, type_in

pytestmark = pytest.mark.long("browser")  # one JupyterLab for all of them

NAME, EXERCISE = "00_start_here", "standardize"
RIGHT = """def standardize(X):
    mean, s = X.mean(axis=0), X.std(axis=0)
    s[s == 0] = 1
    return (X - mean) / s
"""
TRAPS = {
    "indentation": (RIGHT.replace("    s[s", "      s[s"), "further to the right"),
    "a missing module": ("import torch\n" + RIGHT, "torch is not installed here"),
    "renamed": (RIGHT.replace("standardize", "standardise"), "You wrote standardise"),
    "a minus from a formula": (RIGHT.replace("X - mean", "X − mean"), "Type - in its place"),
}


def replace_text(page: Page, cell, text: str) -> None:
    type_in(page, cell, text)
    # JupyterLab closes brackets and indents as one types: what was pasted must stand as it is.
    expect(cell.locator(".cm-content")).to_contain_text(text.splitlines()[-1].strip())


def test_no_green_on_code_that_is_not_there_and_run_all_to_the_end(student_lab, page, picture):
    student_lab.use_theme("Dark")
    open_notebook(page, student_lab, NAME)
    run(page, cell_with(page, "from autograder import check"))
    answer = cell_with(page, f"def {EXERCISE}(")
    check = cell_with(page, f'check("{EXERCISE}", {EXERCISE})')
    card = check.locator(".jp-OutputArea")
    replace_text(page, answer, RIGHT)
    run(page, answer)
    run(page, check)
    expect(card).to_contain_text("2 of 2 points")
    expect(card).to_contain_text("Next: ")
    for trap, (source, said) in TRAPS.items():
        replace_text(page, cell_with(page, "s[s == 0] = 1"), source)
        run(page, cell_with(page, "s[s == 0] = 1"))
        run(page, check)
        expect(card).to_contain_text(said)
        expect(card).to_contain_text("0 of 2 points")
        picture(f"trap-{trap.replace(' ', '-')}")

    replace_text(page, cell_with(page, "s[s == 0] = 1"), RIGHT.replace("/ s", "/ s**2"))
    page.get_by_role("menuitem", name="Run", exact=True).click()
    page.get_by_text("Run All Cells", exact=True).click()
    # The last code cell is folded: its first line stands for it.
    last = page.locator(".jp-CodeCell", has_text="W = np.random.default_rng(0)")
    expect(last.locator(".jp-OutputArea")).to_contain_text("This cell waits for", timeout=60_000)
    picture("run-all-end")
    page.locator(".jp-WindowedPanel-outer").first.evaluate("panel => { panel.scrollTop = 0 }")
    check.scroll_into_view_if_needed()
    expect(card).to_contain_text("You divide by the variance")
    picture("run-all-wrong")
