"""A class of six who handed in notebook 03."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

from autograder import folders
from autograder.authoring.sample_class import SampleSubmission, authors, equivalents, fill_in
from autograder.checking.written import as_definition
from autograder.exercises import REGISTRY

NAME = "03_momentum"
QUESTION = "explain_momentum"
DUE = datetime(2026, 10, 1, 18, 0, tzinfo=UTC)
SLIP = REGISTRY["momentum_step"].misconceptions[0]
WORDS = (
    "The pushes add up to $\\frac{1}{1-\\beta}$ of them.\n\n$$v_t = \\beta v_{t-1} + g$$\n\n"
    '<script>alert("mine")</script>\n\n<img src="x" onerror="alert(1)">'
)
PLOT = "plt.plot([count_turns([1, 2, 1])] * 3)\nplt.show()"


def says(words):
    """Put an answer in the cell behind the question."""

    def change(notebook):
        for i, cell in enumerate(notebook.cells):
            if cell.metadata.get("nbgrader", {}).get("grade_id") == QUESTION:
                notebook.cells[i + 1].source = f"*Your answer:* {words}"

    return change


def draws(notebook):
    says(WORDS)(notebook)
    cell = next(c for c in notebook.cells if c.source.startswith("check") and "turns" in c.source)
    drawing = notebook.cells[1].copy()
    drawing.update(cell_type="code", source=PLOT, id="drawing", metadata={})
    drawing.update(outputs=[], execution_count=None)
    notebook.cells.insert(notebook.cells.index(cell) + 1, drawing)


def hand_in(submitted: Path) -> None:
    """Put everybody's submission where nbgrader looks."""
    released = folders.released(NAME).read_text(encoding="utf-8")
    wrong = {"momentum_step": as_definition(SLIP.function, "momentum_step")}
    right = authors(NAME)
    everybody = {
        "ada": fill_in(released, right, draws),
        "bo": fill_in(released, equivalents(NAME, 0) | wrong, says("The rate is ten times less.")),
        "cy": fill_in(released, equivalents(NAME, 1) | wrong, says("=1+1")),
        "di": fill_in(released, {}),
        "ed": fill_in(released, right, says("The rate is ten times less.")),
    }
    for student, text in everybody.items():
        late = timedelta(days=2, hours=3) if student == "bo" else timedelta(hours=-1)
        SampleSubmission(student, NAME, text, None, "", DUE + late).write(submitted)
    SampleSubmission("quin", NAME, released[:5000], None, "", DUE).write(submitted)
