"""Make the picture of the README again: a check that names a mistake, and the mistake's plot."""

from __future__ import annotations

import tempfile
from pathlib import Path

import nbformat
from find_browser import find_browser
from nbclient import NotebookClient
from nbconvert import HTMLExporter
from nbformat import NotebookNode
from playwright.sync_api import sync_playwright
from traitlets.config import Config

from autograder import folders
from autograder.authoring.sample_class import fill_in
from autograder.checking.written import as_definition
from autograder.exercises import REGISTRY

PICTURE = folders.repository() / "docs" / "notebook.png"
EXERCISE, SLIP = "momentum_step", "memory dropped"
FOLDED = "folded"


def executed() -> NotebookNode:
    """The notebook from the exercise to the first plot behind its check, run."""
    exercise = REGISTRY[EXERCISE]
    [slip] = [version for version in exercise.misconceptions if version.name == SLIP]
    answers = {EXERCISE: as_definition(slip.function, EXERCISE)}
    text = fill_in(folders.released(exercise.notebook).read_text("utf-8"), answers)
    notebook = nbformat.reads(text, as_version=4)
    ids = [cell.metadata.get("nbgrader", {}).get("grade_id") for cell in notebook.cells]
    first, check = ids.index(EXERCISE), ids.index(f"check_{EXERCISE}")
    last = next(i for i in range(check + 1, len(ids)) if notebook.cells[i].cell_type == "code")
    notebook.cells = notebook.cells[: last + 1]
    with tempfile.TemporaryDirectory() as folder:
        NotebookClient(notebook, resources={"metadata": {"path": folder}}).execute()
    notebook.cells = notebook.cells[first:]
    notebook.cells[-1].metadata.tags = [FOLDED]
    return notebook


def main() -> None:
    """Write ``docs/notebook.png``."""
    folds = {"enabled": True, "remove_input_tags": {FOLDED}}
    exporter = HTMLExporter(template_name="lab", config=Config(TagRemovePreprocessor=folds))
    page, _ = exporter.from_notebook_node(executed())
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        path = Path(folder) / "notebook.html"
        path.write_text(page, encoding="utf-8")
        browser = playwright.chromium.launch(executable_path=find_browser(), args=["--no-sandbox"])
        view = browser.new_page(viewport={"width": 1170, "height": 400})
        view.goto(path.as_uri())
        view.wait_for_timeout(1000)
        view.locator("main").screenshot(path=PICTURE)
        browser.close()


if __name__ == "__main__":
    main()
