"""Validate runs a notebook and says, in the course's own words, what it gives and what is open."""

from __future__ import annotations

import os
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output
from nbgrader.validator import Validator
from traitlets.config import Config

from autograder import folders, verdict_on
from autograder.authoring.sample_class import authors, fill_in
from autograder.checking.written import as_definition
from autograder.exercises import REGISTRY
from autograder.notebook.saved import Unreadable
from autograder.notebook.validation import Report, validate
from autograder.notebook.validation_button import answer

NAME = "00_start_here"
WRONG = REGISTRY["standardize"].misconceptions[0]


def notebook(tmp_path, answers, change=None):
    """The first notebook, with these answers."""
    text = folders.released(NAME).read_text("utf-8")
    path = tmp_path / f"{NAME}.ipynb"
    path.write_text(fill_in(text, answers, change=change), encoding="utf-8")
    return path


def limited(seconds):
    return Config(Execute={"timeout": seconds})


def by_name(report):
    return {line.name: line for line in report.lines}


def test_each_exercise_has_its_points_and_its_first_line(tmp_path):
    answers = authors(NAME) | {
        "standardize": as_definition(WRONG.function, "standardize"),
        "numerical_gradient": "def numerical_gradient(f, x, h=1e-5):\n    retrun x",
    }
    path = notebook(tmp_path, answers)
    report = validate(path)
    lines = by_name(report)
    verdict = verdict_on("standardize", WRONG.function)
    assert (lines["standardize"].points, lines["standardize"].message) == (
        verdict.points,
        verdict.problem.headline,
    )
    assert lines["numerical_gradient"].points == 0
    assert lines["numerical_gradient"].message == (
        "Its own cell stops with SyntaxError: invalid syntax (line 2)"
    )
    assert (lines["relative_error"].points, lines["relative_error"].message) == (2, "")
    total = verdict.points + 2
    assert report.summary == f"{NAME}: 1 of 3 exercises, {total:g} of 7 points."
    assert "Still empty: the question in words" in report.as_text()
    assert report.as_html().startswith("<p>Still empty: the question in words")

    failed = Validator().validate(str(path))["failed"]
    checks = {f'check("{x.name}", {x.name})' for x in report.lines if x.points < x.possible}
    assert {entry["source"] for entry in failed} == checks


def test_what_is_not_written_is_said_and_an_answer_in_words_is_not_asked_for(tmp_path):
    def write(document):
        for cell in document.cells:
            if cell.source == "*Your answer:*":
                cell.source = "Rounding: $h$ was too small."

    report = validate(notebook(tmp_path, {}, write))
    assert [x.message for x in report.lines] == [
        f"{x.name} is not written yet." for x in report.lines
    ]
    assert report.sentences == []


def test_a_loop_without_end_costs_its_limit_and_the_rest_goes_on(tmp_path):
    endless = "def numerical_gradient(f, x, h=1e-5):\n    while True:\n        pass"
    answers = authors(NAME) | {"numerical_gradient": endless}
    begun = time.monotonic()
    report = validate(notebook(tmp_path, answers), limited(6))
    lines = by_name(report)
    assert lines["numerical_gradient"].message == (
        "It did not end within 6 seconds, and was stopped. Is there a loop that never ends?"
    )
    assert lines["numerical_gradient"].points == 0
    assert [lines[n].points for n in ("standardize", "relative_error")] == [2, 2]
    # Not once more for each picture that needs the function.
    assert time.monotonic() - begun < 60
    assert "Traceback" not in report.as_text()


def test_a_kernel_that_cannot_be_interrupted_ends_in_a_sentence(tmp_path, monkeypatch):
    monkeypatch.setattr("autograder.notebook.validation.PATIENCE", 3)
    deaf = (
        "def standardize(X):\n    import signal, time\n"
        "    signal.signal(signal.SIGINT, signal.SIG_IGN)\n    time.sleep(60)"
    )
    report = validate(notebook(tmp_path, authors(NAME) | {"standardize": deaf}), limited(8))
    assert "cannot be stopped" in report.trouble
    assert "not run" in by_name(report)["relative_error"].message
    assert sum(line.points for line in report.lines) == 0


def test_a_kernel_that_dies_ends_in_a_sentence(tmp_path):
    before = dict(os.environ)
    fatal = "def numerical_gradient(f, x, h=1e-5):\n    import os\n    os._exit(1)"
    report = validate(notebook(tmp_path, authors(NAME) | {"numerical_gradient": fatal}))
    assert report.trouble.startswith("The kernel died")
    assert dict(os.environ) == before
    assert by_name(report)["standardize"].points == 2


def test_a_second_one_waits_for_the_first_and_the_environment_is_as_before(tmp_path):
    (tmp_path / "second").mkdir()
    first = made(tmp_path, ["1.0"])
    second = made(tmp_path / "second", ["__import__('time').sleep(3) or 2.0"])  # is last to end
    before = dict(os.environ)
    with ThreadPoolExecutor(2) as pool:
        reports = [pool.submit(validate, first)]
        while "NBGRADER_VALIDATING" not in os.environ and not reports[0].done():
            time.sleep(0.01)
        reports.append(pool.submit(validate, second))
        points = [[line.points for line in report.result().lines] for report in reports]
    assert points == [[1], [2]]
    assert dict(os.environ) == before


def test_outputs_that_are_stored_give_no_points_where_nothing_is_run(tmp_path):
    def change(document):
        for cell in document.cells:
            grade_id = cell.metadata.get("nbgrader", {}).get("grade_id")
            if grade_id == "check_relative_error":
                cell.cell_type = "markdown"
                del cell["outputs"], cell["execution_count"]
            elif grade_id == "check_standardize":
                stale = {"data": {"text/plain": "2.0"}, "execution_count": 5, "metadata": {}}
                cell.outputs = [new_output("execute_result", **stale)]
                cell.execution_count = 5

    report = validate(notebook(tmp_path, {}, change))
    assert report.lines == ()
    assert report.summary == f"{NAME}: no check was run."
    assert report.trouble.endswith("another type than it was handed out with. Nothing was run.")


def made(tmp_path, sources):
    """A notebook of checks with these texts."""
    cells = []
    for number, source in enumerate(sources):
        marks = {"grade": True, "grade_id": f"check_{number}", "locked": True, "points": 2.0}
        marks |= {"schema_version": 3, "solution": False, "task": False, "cell_type": "code"}
        cells.append(new_code_cell(source, metadata={"nbgrader": marks}))
    path = tmp_path / "made.ipynb"
    nbformat.write(new_notebook(cells=cells), path)
    return path


SHOWN = """
class Zero(float):
    def _repr_mimebundle_(self, include=None, exclude=None):
        return {{"text/plain": "0.0", "text/html": {html!r}}}, {metadata!r}
Zero()
"""
CARD = (
    "<div><strong>✗ f: 0 of 2 points</strong><div>a &lt; b &amp; <code>c</code></div><p>x</p></div>"
)


MESSAGES = {
    SHOWN.format(html=CARD, metadata={}): "a < b & c",
    SHOWN.format(html="", metadata={"verdict": {"headline": "as data"}}): "as data",
    SHOWN.format(html="strange", metadata={"verdict": 3}): "",
    "raise ValueError('first\\nsecond')": "ValueError: first",
    "import sys; sys.stderr.write('a warning')": "",
}


def test_a_message_is_read_wherever_a_check_puts_it(tmp_path):
    lines = validate(made(tmp_path, MESSAGES)).lines
    assert [line.message for line in lines] == list(MESSAGES.values())
    assert {(line.points, line.possible) for line in lines} == {(0, 2)}


@pytest.mark.parametrize("content", ["", "{", "[]"])
def test_what_is_no_notebook_is_told(tmp_path, content):
    path = tmp_path / "x.ipynb"
    path.write_text(content)
    with pytest.raises(Unreadable, match=r"x\.ipynb is"):
        validate(path)


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16"])
def test_a_notebook_is_read_as_an_editor_saved_it(tmp_path, encoding):
    path = tmp_path / "x.ipynb"
    path.write_text(nbformat.writes(new_notebook(cells=[new_code_cell("1")])), encoding)
    assert validate(path).trouble == "There is no exercise in this notebook."


def test_a_folder_is_told_by_the_name_that_was_given():
    with pytest.raises(Unreadable, match=r"^\. cannot be read"):
        validate(Path("."))


def test_a_notebook_without_exercises_is_told(tmp_path):
    path = tmp_path / "index.ipynb"
    nbformat.write(new_notebook(cells=[new_markdown_cell("# x")]), path)
    assert validate(path).sentences == ["There is no exercise in this notebook."]


def test_nothing_that_a_notebook_says_becomes_html():
    evil = "<img src=x onerror=alert(1)>"
    [entry] = answer(Report(evil, (), (evil,), evil))["value"]["failed"]
    assert "<img" not in entry["error"]
    assert "&lt;img" in entry["error"]
