"""The notebooks: what is released, what it gives away, and what it does when nothing is written."""

from __future__ import annotations

import html
import importlib
import os
import pkgutil
import re
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from typing import ClassVar

import matplotlib
import nbformat
import pytest
from IPython.core.interactiveshell import InteractiveShell
from nbclient import NotebookClient
from traitlets.config import Config

import reference_impl
from autograder import folders
from autograder.authoring.build import annotate, failed_conclusions
from autograder.authoring.kernels import with_own_sockets
from autograder.authoring.stub import stub_faults
from autograder.cells import SOLUTION_BEGIN, SOLUTION_END, as_check, is_solution
from autograder.checking.render import as_text
from autograder.exercises import REGISTRY
from autograder.notebook.check import verdict_on
from autograder.notebook.companion import Companion
from autograder.notebook.ways import other_ways
from reference_impl import widgets
from reference_impl.training import Trainer

NAMES = folders.notebooks()


def read(path):
    return nbformat.read(path, as_version=4)


def grade_id(cell):
    return cell.metadata.get("nbgrader", {}).get("grade_id")


def solution_lines(notebook):
    """The lines of all answers, without those that any program might have."""
    for cell in notebook.cells:
        if cell.cell_type != "code" or not is_solution(cell.source):
            continue
        inside = False
        for line in cell.source.splitlines():
            if line.strip() in (SOLUTION_BEGIN, SOLUTION_END):
                inside = line.strip() == SOLUTION_BEGIN
            elif inside and len(re.findall(r"\w+", line)) > 2:
                yield line.strip()


@pytest.mark.parametrize("name", NAMES)
def test_a_stored_card_unfolds_what_the_reference_is_now(name):
    """If not: autograder build NN."""
    shown = [
        (REGISTRY[check.exercise_id], html.unescape(output.data["text/html"]))
        for cell in read(folders.master(name)).cells
        if cell.cell_type == "code" and (check := as_check(cell.source))
        for output in cell.outputs
        if "<summary>Other ways to write it" in output.get("data", {}).get("text/html", "")
    ]
    assert shown
    assert not [e.id for e, card in shown if other_ways(e) not in card]


@pytest.mark.parametrize("name", NAMES)
def test_no_line_of_an_answer_leaks(name):
    released = folders.released(name).read_text(encoding="utf-8")
    lines = set(solution_lines(read(folders.master(name))))
    assert lines
    source = "\n".join(cell.source for cell in read(folders.released(name)).cells)
    present = {line.strip() for line in source.splitlines()}
    assert not lines & present
    assert "SOLUTION" not in released
    assert "MARK SCHEME" not in released


@pytest.mark.parametrize("name", NAMES)
def test_a_release_has_no_outputs(name):
    for cell in read(folders.released(name)).cells:
        assert not cell.get("outputs")
        assert cell.get("execution_count") is None


@pytest.mark.parametrize("name", NAMES)
def test_the_masters_metadata_is_what_its_cells_say(name):
    """Points and ids come from the registry: building again changes nothing."""
    master = read(folders.master(name))
    before = [cell.metadata.get("nbgrader") for cell in master.cells]
    annotate(master, name)
    assert [cell.metadata.get("nbgrader") for cell in master.cells] == before


@pytest.mark.parametrize("name", NAMES)
def test_a_master_is_executed_and_every_check_has_full_marks(name):
    for cell in read(folders.master(name)).cells:
        if cell.cell_type != "code":
            continue
        assert cell.execution_count is not None
        assert not [o for o in cell.outputs if o.output_type == "error"]
        assert not [o for o in cell.outputs if o.get("name") == "stderr"]
        if (grade_id(cell) or "").startswith("check_"):
            exercise = REGISTRY[grade_id(cell).removeprefix("check_")]
            [output] = cell.outputs
            assert float(output.data["text/plain"]) == exercise.points


@pytest.mark.parametrize("name", NAMES)
def test_what_a_master_concludes_is_what_its_run_shows(name):
    assert not failed_conclusions(read(folders.master(name)))


@pytest.mark.parametrize("name", NAMES)
def test_a_notebook_has_what_every_notebook_has(name):
    text = "\n".join(
        c.source for c in read(folders.master(name)).cells if c.cell_type == "markdown"
    )
    for part in ("**You will be able to**", "**You need**", "**Time**", "In your own words"):
        assert part in text
    assert re.search(r"^## In short", text, re.M)
    assert re.search(r"^## What the sources say that is not so|^## How", text, re.M)
    checks = sum(1 for e in REGISTRY.values() if e.notebook == name and not e.is_quiz)
    assert text.count("<summary>Hint</summary>") >= checks


@pytest.mark.parametrize("name", NAMES)
def test_the_stubs_have_the_contracts_arguments_and_an_example(name):
    for cell in read(folders.released(name)).cells:
        exercise = REGISTRY.get(grade_id(cell) or "")
        if exercise is not None:
            assert not stub_faults(cell.source, exercise)


class Shell(InteractiveShell):
    """A notebook's shell that keeps the tracebacks that a reader would see."""

    tracebacks: ClassVar[list[str]] = []

    def _showtraceback(self, error_type, error, lines):
        self.tracebacks.append("\n".join(lines))


def run_all(name: str) -> list[tuple[list[str], bool, str]]:
    """Run a released notebook: for each code cell its tracebacks, whether Run All goes on, and the
    stage of its verdict. Needs its own process.

    Trainers take one batch for an epoch: how well anything is trained, no stub depends on. A slider
    draws the first of its pictures: where another one fails, that picture says so, and no cell.
    """
    epoch = Trainer.train_epoch
    Trainer.train_epoch = lambda self, X, target: epoch(self, X[:64], target[:64])
    stops = widgets._Stops.__init__

    def first_only(self, *arguments):
        stops(self, *arguments)
        self.values, self.words = self.values[self.first :][:1], self.words[self.first :][:1]
        self.first = 0

    widgets._Stops.__init__ = first_only
    widgets.MOST_PICTURES = 1
    os.chdir(folders.released(name).parent)
    shell = Shell.instance(config=Config(HistoryManager={"enabled": False}))
    Companion(shell.user_ns).install(shell)
    ran = []
    for cell in code_cells(read(folders.released(name))):
        shell.tracebacks.clear()
        result = shell.run_cell(cell.source, store_history=True)
        verdict = getattr(result.result, "verdict", None)
        stage = verdict.problem.stage if verdict and verdict.problem else ""
        ran.append((list(shell.tracebacks), result.success, stage))
    return ran


def code_cells(notebook):
    return [cell for cell in notebook.cells if cell.cell_type == "code"]


@pytest.fixture(scope="module")
def imported():
    """A kernel takes seconds to import matplotlib and the rest; the forks of this process, none."""
    matplotlib.use("agg")
    importlib.import_module("matplotlib.pyplot")
    for module in pkgutil.walk_packages(reference_impl.__path__, "reference_impl."):
        importlib.import_module(module.name)


@pytest.mark.parametrize("name", NAMES)
def test_run_all_of_a_released_notebook_reaches_its_end(name, imported):
    with ProcessPoolExecutor(1, mp_context=get_context("fork")) as process:
        ran = process.submit(run_all, name).result()
    for cell, (tracebacks, goes_on, stage) in zip(
        code_cells(read(folders.released(name))), ran, strict=True
    ):
        assert not tracebacks
        assert goes_on
        assert (stage == "not written") == (grade_id(cell) or "").startswith("check_")


def test_a_kernel_shows_the_same():
    notebook = read(folders.released(NAMES[0]))
    NotebookClient(notebook, timeout=None, config=with_own_sockets()).execute()
    for cell in code_cells(notebook):
        assert not [output for output in cell.outputs if output.output_type == "error"]
        if (grade_id(cell) or "").startswith("check_"):
            [output] = cell.outputs
            assert output.data["text/plain"] == "0.0"
            assert "is not written yet" in output.data["text/html"]


def test_the_verdict_that_the_first_notebook_shows_is_a_real_one():
    text = "\n".join(cell.source for cell in read(folders.master("00_start_here")).cells)
    [quoted] = re.findall(r"^```text\n(✗ .*?)\n```", text, re.MULTILINE | re.DOTALL)
    exercise = REGISTRY["standardize"]
    [slip] = [v for v in exercise.misconceptions if v.message in quoted]
    assert as_text(verdict_on(exercise.id, slip.function)) == quoted
