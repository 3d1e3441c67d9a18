"""Code that makes a picture is folded, and nothing else is."""

from __future__ import annotations

import nbformat
import pytest

from autograder import folders
from autograder.authoring.folding import fold
from autograder.authoring.release import generate

DRAWS = 'figure = plots.curves({"a": ewma(x, 0.9)})\nshow(figure, alt="A line.")'


def folded(*sources, tags=()):
    """Whether each of these code cells is folded; the tags are those of the first."""
    cells = [nbformat.v4.new_code_cell(source) for source in sources]
    cells[0].metadata["tags"] = list(tags)
    cells.insert(1, nbformat.v4.new_markdown_cell("text"))
    fold(nbformat.v4.new_notebook(cells=cells))
    del cells[1]
    return [cell.metadata.get("jupyter", {}).get("source_hidden", False) for cell in cells]


@pytest.mark.parametrize(
    "source",
    [
        DRAWS,
        "def draw(beta):\n    return curve(beta)\n\n\nslider(draw, beta=(0, 1, 1, 0))",
        'step_through(bowl, paths, "Bowl")',
        DRAWS + '\nconclude("it falls", figure is not None)',
        "%matplotlib inline\n" + DRAWS,
        "for loss in losses:\n    print(loss)\n" + DRAWS,
        "from reference_impl import plots\n" + DRAWS,
        DRAWS + "\nlast = figure\nprint(last)",
    ],
)
def test_a_cell_that_makes_a_picture_is_folded(source):
    assert folded(source) == [True]


@pytest.mark.parametrize(
    "source",
    [
        "x = 1",
        "def f(x):\n    ### BEGIN SOLUTION\n    return x\n    ### END SOLUTION\n\n\n" + DRAWS,
        'check("ewma", ewma)',
        "def draw():\n    show(figure, alt='A line.')",
        'conclude("it falls", True)',
        "show(figure, alt=",
        "",
    ],
)
def test_any_other_cell_stays_open(source):
    assert folded(source) == [False]


def test_an_author_can_decide_otherwise():
    assert folded(DRAWS, tags=["open"]) == [False]
    assert folded("print(1)", tags=["folded"]) == [True]


def test_a_cell_that_draws_no_longer_is_opened_again():
    cell = nbformat.v4.new_code_cell("x = 1", metadata={"jupyter": {"source_hidden": True}})
    fold(nbformat.v4.new_notebook(cells=[cell]))
    assert "jupyter" not in cell.metadata


@pytest.mark.parametrize("name", folders.notebooks())
def test_a_master_is_folded_as_its_cells_say(name):
    master = nbformat.read(folders.master(name), as_version=4)
    before = [cell.metadata.get("jupyter") for cell in master.cells]
    fold(master)
    assert [cell.metadata.get("jupyter") for cell in master.cells] == before


def test_a_release_is_folded_as_its_master(tmp_path):
    generate(["01_ewma"], tmp_path)
    release, master = (
        nbformat.read(path, as_version=4)
        for path in (tmp_path / "01_ewma" / "01_ewma.ipynb", folders.master("01_ewma"))
    )
    hidden = [cell.source for cell in release.cells if "jupyter" in cell.metadata]
    assert hidden == [cell.source for cell in master.cells if "jupyter" in cell.metadata]
    assert len(hidden) > 2
