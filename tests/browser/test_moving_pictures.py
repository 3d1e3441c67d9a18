"""A slider and a player in JupyterLab: dragged, played, saved, opened again, exported."""

from __future__ import annotations

import re
import subprocess
import sys
import time
from pathlib import Path
from statistics import median

import nbformat
import pytest
from playwright.sync_api import Locator, Page, expect

pytestmark = pytest.mark.long("browser")  # one JupyterLab for all of them

CELLS = [
    """\
from reference_impl import plots
from reference_impl.descent import gradient_descent
from reference_impl.landscapes import ravine
from reference_impl.plots import show
from reference_impl.widgets import slider, step_through
plots.use_course_style()
bowl = ravine(25)""",
    """\
def draw(lr):
    path = gradient_descent(bowl.gradient, bowl.start, lr, 40)
    return plots.trajectories(bowl, {f"η = {lr:.3f}": path}, "40 steps")
slider(draw, lr=(0.01, 0.09, 0.01, 0.07), alt="The path jumps from wall to wall.")""",
    """\
path = gradient_descent(bowl.gradient, bowl.start, 0.03, 20)
step_through(bowl, {"a walk": path}, "Walk")""",
    """show(plots.curves({"loss": [3, 2, 1]}, "Loss"), alt="The loss falls.")""",
]
STANDS_STILL = "This picture stands still"

# From the event of a slider to the moment when its picture is on the canvas, for each place.
TIMES = """async (input) => {
  const canvas = input.closest("[data-moving-picture]").querySelector("canvas");
  const times = [];
  for (let place = 0; place <= Number(input.max); place++) {
    const began = performance.now();
    input.value = place;
    input.dispatchEvent(new Event("input"));
    while (canvas.dataset.frame !== String(place)) await new Promise((next) => setTimeout(next));
    times.push(performance.now() - began);
  }
  return times;
}"""
# The colours of a canvas, as one number.
INK = """(canvas) => canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height)
  .data.reduce((sum, value, i) => (sum * 31 + value * (i % 7919)) % 4294967291, 0)"""


def moving(page: Page, name: str) -> tuple[Locator, Locator]:
    """The slider of this name, and its picture."""
    panel = page.locator("[data-moving-picture]", has=page.get_by_role("slider", name=name))
    panel.scroll_into_view_if_needed()
    return panel.get_by_role("slider"), panel.get_by_role("img")


def drag(page: Page, handle: Locator, share: float) -> None:
    """Drag a slider with the mouse from where it is to a share of its length."""
    box = handle.bounding_box()
    assert box
    now, most = float(handle.input_value()), float(handle.get_attribute("max") or 1)
    y, inner = box["y"] + box["height"] / 2, box["width"] - 16
    page.mouse.move(box["x"] + 8 + now / most * inner, y)
    page.mouse.down()
    page.mouse.move(box["x"] + 8 + share * inner, y, steps=8)
    page.mouse.up()


def assert_alive(page: Page) -> None:
    """The slider moves with mouse and keys, and its picture says and shows what the slider says."""
    handle, picture = moving(page, "lr")
    seen = {}
    for share, value in ((1.0, "0.09"), (0.0, "0.01"), (0.5, "0.05")):
        drag(page, handle, share)
        expect(handle).to_have_attribute("aria-valuetext", value)
        expect(picture).to_have_attribute("aria-label", re.compile(f"^lr = {value}. 40 steps: η"))
        seen[value] = picture.evaluate(INK)
    assert len(set(seen.values())) == 3
    handle.press("ArrowRight")
    expect(handle).to_have_attribute("aria-valuetext", "0.06")
    handle.press("Home")
    expect(picture).to_have_attribute("aria-label", re.compile("^lr = 0.01"))
    assert picture.evaluate(INK) == seen["0.01"]
    expect(page.get_by_text(STANDS_STILL)).to_have_count(0)


@pytest.fixture
def notebook(student_lab):
    cells = [nbformat.v4.new_code_cell(cell) for cell in CELLS]
    written = nbformat.v4.new_notebook(
        cells=cells, metadata={"kernelspec": {"name": "python3", "display_name": "Python 3"}}
    )
    nbformat.write(written, student_lab.folder / "moving.ipynb")
    return student_lab.folder / "moving.ipynb"


def open_in(lab, page: Page, name: str) -> None:
    page.goto(lab.url(f"lab/tree/{name}"))
    page.locator(".jp-Notebook").wait_for()


def wait_until_saved(path: Path) -> None:
    deadline = time.monotonic() + 20
    while "data-moving-picture" not in path.read_text("utf-8"):
        assert time.monotonic() < deadline, "not saved"
        time.sleep(0.1)


def test_pictures_live(notebook, student_lab, page, picture):
    lab = student_lab
    lab.use_theme("Dark")
    open_in(lab, page, notebook.name)
    expect(page.get_by_text("Python 3 (ipykernel) | Idle")).to_be_visible(timeout=90_000)
    page.get_by_role("menuitem", name="Run", exact=True).click()
    page.get_by_text("Run All Cells", exact=True).click()
    expect(page.get_by_role("img", name="The loss falls.")).to_have_count(1, timeout=60_000)
    assert_alive(page)
    handle, _ = moving(page, "lr")
    times = handle.evaluate(TIMES)
    assert median(times) < 50, times
    picture("moving-dark")
    # A player stands at the end, and plays from the beginning.
    step, shown = moving(page, "step")
    expect(shown).to_have_attribute("aria-label", "Walk: step 20 of 20. a walk.")
    end = shown.evaluate(INK)
    page.get_by_role("button", name="Play").click()
    expect(page.get_by_role("button", name="Pause")).to_be_visible()
    expect(shown).to_have_attribute("aria-label", re.compile(r"^Walk: step 1?[1-9] of 20\."))
    expect(page.get_by_role("button", name="Play")).to_be_visible()
    expect(step).to_have_attribute("aria-valuetext", "20")
    assert shown.evaluate(INK) == end
    picture("player-dark")
    page.keyboard.press("ControlOrMeta+S")
    wait_until_saved(notebook)

    # Opened again: nothing runs, and the pictures live.
    lab.use_theme("Light")
    open_in(lab, page, notebook.name)
    assert_alive(page)
    picture("moving-light")

    # Not trusted: the first picture stands there, with its text and a sentence.
    stranger = nbformat.read(notebook, as_version=4)
    stranger.cells.append(nbformat.v4.new_markdown_cell("from elsewhere"))
    nbformat.write(stranger, notebook.with_name("stranger.ipynb"))
    open_in(lab, page, "stranger.ipynb")
    still = page.get_by_role("img", name=re.compile(r"^lr = 0\.07\. 40 steps"))
    still.scroll_into_view_if_needed()
    expect(page.get_by_text(f"{STANDS_STILL}, at lr = 0.07.")).to_be_visible()
    expect(page.locator("canvas")).to_have_count(0)
    picture("moving-untrusted")

    command = [sys.executable, "-m", "nbconvert", "--to", "html", str(notebook)]
    subprocess.run(command, check=True, capture_output=True)
    page.goto(notebook.with_suffix(".html").as_uri())
    assert_alive(page)
    picture("moving-exported")
