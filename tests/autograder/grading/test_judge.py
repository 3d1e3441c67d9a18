"""The judge: what it writes, what it tells, and how it treats cells that are not checks."""

from __future__ import annotations

import json
import re
from html import unescape

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from autograder import folders
from autograder.authoring.sample_class import authors, fill_in
from autograder.grading import assignment, judge
from autograder.grading.judge import CellOutcome, Judge, plain_mark
from autograder.grading.marks import Mark
from autograder.grading.submission import Submission
from autograder.sandbox import Limits

NAME = "03_momentum"
LIMITS = Limits(cell_seconds=4)


@pytest.fixture(scope="module")
def referee(tmp_path_factory):
    with Judge(assignment.load(tmp_path_factory.mktemp("course"), NAME, limits=LIMITS)) as judge:
        yield judge


def graded(referee, answers, change=None, name=NAME):
    """Marks, and cells by ``grade_id``, of a notebook with these answers."""
    text = fill_in(folders.released(name).read_text("utf-8"), answers, change)
    result = referee.grade(Submission("ada", {name: text.encode()})).notebooks[name]
    notebook = nbformat.reads(result.text, as_version=4)
    nbformat.validate(notebook)
    cells = {c.metadata.nbgrader.grade_id: c for c in notebook.cells if "nbgrader" in c.metadata}
    return result, cells


def card(cell):
    """What the card of a check says, without tags."""
    [output] = cell.outputs
    return unescape(re.sub(r"<[^>]+>", " ", output.data["text/html"]))


def test_the_check_cell_shows_the_verdict_and_the_record_has_the_marks(referee):
    result, cells = graded(referee, authors(NAME))
    output = cells["check_momentum_step"].outputs[0]
    assert output.data["text/plain"] == "3.0"
    assert "momentum_step: 3 of 3 points" in output.data["text/html"]
    record = json.loads(result.text)["metadata"]["autograder"]
    assert record["marks"]["check_momentum_step"]["score"] == 3.0
    assert record["isolation"].startswith("bubblewrap")
    assert record["assignment"] == referee.assignment.digest
    assert not result.unanswered


def test_a_mistake_is_told_from_public_cases(referee):
    wrong = "def equivalent_lr(lr, beta):\n    return lr"
    result, cells = graded(referee, authors(NAME) | {"equivalent_lr": wrong})
    assert result.marks["check_equivalent_lr"] == Mark(0.0, 1.0)
    assert cells["check_equivalent_lr"].outputs[0].data["text/plain"] == "0.0"
    assert "expected" in card(cells["check_equivalent_lr"])


def test_who_learned_the_public_cases_by_heart_is_told_where_but_not_what(referee):
    """The public cases are in every notebook: their answers can be typed in."""
    from autograder.checking.answer_key import PUBLIC_SEED, draw_cases
    from autograder.exercises import REGISTRY

    cases = [c for group in draw_cases(REGISTRY["count_turns"], PUBLIC_SEED) for c in group]
    table = {
        case.script[0].args[0].tobytes(): outcome.value
        for case in cases
        for outcome in case.run(REGISTRY["count_turns"].reference)
    }
    learned = f"def count_turns(x):\n    return {table!r}.get(np.asarray(x).tobytes(), -1)"
    result, cells = graded(referee, authors(NAME) | {"count_turns": learned})
    assert result.marks["check_count_turns"].score == 0.0
    told = card(cells["check_count_turns"])
    assert "ran, but what it returned is not right" in told
    assert "tried" in told
    assert "expected" not in told


def test_an_endless_loop_names_the_limit_and_the_rest_is_graded(referee):
    endless = "def momentum_step(theta, v, grad, lr, beta):\n    while True:\n        pass"
    result, cells = graded(referee, authors(NAME) | {"momentum_step": endless})
    told = card(cells["check_momentum_step"])
    assert "stopped after 4 s" in told
    assert result.marks["check_momentum_step"].score == 0.0
    lost = [mark.max_score for mark in result.marks.values() if mark.score < mark.max_score]
    assert lost == [3.0]


KILL = "import os, signal\nos.kill(os.getpid(), signal.SIGKILL)"


def test_a_cell_that_ends_the_process_is_told_in_every_check_after_it(referee):
    result, cells = graded(referee, authors(NAME) | {"heavy_ball_step": KILL})
    assert sum(mark.score for mark in result.marks.values()) == 4.0  # those before it
    for grade_id in ("check_heavy_ball_step", "check_nag_step"):
        assert "signal SIGKILL" in card(cells[grade_id])


def test_an_answer_that_ends_the_process_costs_only_its_own_points(referee):
    fatal = "def heavy_ball_step(*args):\n    " + KILL.replace("\n", "\n    ")
    result, cells = graded(referee, authors(NAME) | {"heavy_ball_step": fatal})
    assert "signal SIGKILL" in card(cells["check_heavy_ball_step"])
    lost = [mark.max_score for mark in result.marks.values() if mark.score == 0]
    assert lost == [3.0]


def test_a_name_that_is_nowhere_and_one_that_is_no_function(referee):
    answers = authors(NAME) | {"nag_step": "nag = 1", "count_turns": "count_turns = 3"}
    _, cells = graded(referee, answers)
    assert "nag_step does not exist" in card(cells["check_nag_step"])
    assert "is not a function here, but 3" in card(cells["check_count_turns"])


@pytest.mark.parametrize(("version", "noted"), [("3.99.1", True), ("3.11.0", False), ("x", False)])
def test_a_cell_that_a_newer_python_may_read_is_noted(referee, version, noted):
    released = json.loads(folders.released(NAME).read_text("utf-8"))
    released["metadata"]["language_info"]["version"] = version
    for source, unread in (("def equivalent_lr[T", True), ("def equivalent_lr(): 0", False)):
        text = fill_in(json.dumps(released), {"equivalent_lr": source})
        handed_in = Submission("ada", {NAME: text.encode()})
        result = referee.grade(handed_in).notebooks[NAME]
        assert any("it ran with 3.99" in n for n in result.notes) is (noted and unread)
        assert ("If it runs with your Python 3.99: write it" in result.text) is (noted and unread)


def test_an_unanswered_cell_is_noted(referee):
    result, _ = graded(referee, {"momentum_step": authors(NAME)["momentum_step"]})
    assert "momentum_step" not in result.unanswered
    assert "nag_step" in result.unanswered


def pictures(text):
    outputs = [c["outputs"] for c in json.loads(text)["cells"] if c["cell_type"] == "code"]
    return [o for os in outputs for o in os if "<img" in str(o.get("data", {}))]


def test_what_a_student_plots_is_shown(referee):
    plot = "\n\nimport matplotlib.pyplot as plt\nplt.plot([momentum_step(1, 0, 1, 0.1, 0.9)[0]])"
    answers = authors(NAME)
    answers["momentum_step"] += plot
    for _ in range(2):
        _, cells = graded(referee, answers)
        assert "image/png" in cells["momentum_step"].outputs[-1].data


def test_illustrations_run_only_where_pictures_are_wanted(tmp_path, referee):
    without, _ = graded(referee, authors(NAME))
    assert not pictures(without.text)
    everything = assignment.load(tmp_path, "00_start_here", all_cells=True)
    with Judge(everything) as with_pictures:
        result, _ = graded(with_pictures, authors("00_start_here"), name="00_start_here")
    drawn = pictures(folders.master("00_start_here").read_text("utf-8"))
    assert drawn
    assert len(pictures(result.text)) == len(drawn)


def test_a_process_without_a_sandbox_says_so_in_every_mark(tmp_path):
    with Judge(assignment.load(tmp_path, "01_ewma", unsafe=True)) as unsafe:
        result, cells = graded(unsafe, authors("01_ewma"), name="01_ewma")
    assert json.loads(result.text)["metadata"]["autograder"]["isolation"] == "none"
    for grade_id in result.marks:
        assert judge.UNSAFE in str(cells[grade_id].outputs)


def stream(name):
    return {"output_type": "stream", "name": name, "text": "x"}


def value(text):
    return {"output_type": "execute_result", "data": {"text/plain": text}}


@pytest.mark.parametrize(
    ("outputs", "mark"),
    [
        ([], Mark(4.0, 4.0)),
        ([stream("stdout")], Mark(4.0, 4.0)),
        ([stream("stderr")], Mark(0.0, 4.0)),
        ([{"output_type": "error", "ename": "AssertionError"}], Mark(0.0, 4.0)),
        ([value("1.5")], Mark(1.5, 4.0)),
        ([stream("stdout"), value("4")], Mark(4.0, 4.0)),
        ([value("5")], Mark(None, 4.0, True)),
        ([value("-1")], Mark(None, 4.0, True)),
        ([value("nan")], Mark(None, 4.0, True)),
        ([value("all right")], Mark(None, 4.0, True)),
        ([value("")], Mark(None, 4.0, True)),
        ([{"output_type": "execute_result", "data": {}}], Mark(None, 4.0, True)),
        ([value("1.5"), stream("stderr")], Mark(1.5, 4.0)),
    ],
)
def test_an_assistants_own_test_cell_is_marked_by_nbgraders_rules(outputs, mark):
    """But if nbgrader gives full marks because it does not understand the value, a person looks."""
    assert plain_mark(CellOutcome(outputs), 4.0) == mark


def test_plain_cells_answers_by_hand_and_tasks_in_one_notebook(tmp_path):
    def cell(kind, source, grade_id, points=None, **flags):
        flags = {"grade": False, "solution": False, "locked": False, "task": False} | flags
        metadata = flags | {"grade_id": grade_id, "schema_version": 3}
        metadata |= {} if points is None else {"points": points}
        return kind(source, metadata={"nbgrader": metadata})

    double = "def double(x):\n    ### BEGIN SOLUTION\n    return 2 * x\n    ### END SOLUTION"
    source = new_notebook(
        cells=[
            cell(new_code_cell, double, "double", solution=True),
            cell(new_code_cell, "assert double(2) == 4", "t1", 2.0, grade=True, locked=True),
            cell(new_code_cell, "assert double(2) == 4\n1.5", "t2", 2.0, grade=True, locked=True),
            cell(new_code_cell, "double(1)\n'fine'", "t3", 2.0, grade=True, locked=True),
            cell(new_markdown_cell, "why?", "why", 3.0, grade=True, solution=True),
            cell(new_markdown_cell, "task", "task", 4.0, locked=True, task=True),
        ]
    )
    folder = tmp_path / folders.SOLUTIONS / "mini"
    folder.mkdir(parents=True)
    nbformat.write(source, folder / "mini.ipynb")
    answered = nbformat.from_dict(json.loads(json.dumps(source)))
    answered.cells[4].source = "because"
    released = nbformat.from_dict(json.loads(json.dumps(source)))
    released.cells[0].source = "def double(x):\n    raise NotImplementedError"
    released.cells[4].source = "YOUR ANSWER HERE"
    with Judge(assignment.load(tmp_path, "mini")) as referee:
        right, stub = (
            referee.grade(Submission("ada", {"mini": nbformat.writes(n).encode()})).notebooks[
                "mini"
            ]
            for n in (answered, released)
        )
    by_hand = Mark(None, 3.0, needs_manual_grade=True)
    assert right.marks == {
        "t1": Mark(2.0, 2.0),
        "t2": Mark(1.5, 2.0),
        "t3": Mark(None, 2.0, needs_manual_grade=True),
        "why": by_hand,
    }
    assert stub.marks == {
        "t1": Mark(0.0, 2.0),
        "t2": Mark(0.0, 2.0),
        "t3": Mark(0.0, 2.0),
        "why": Mark(0.0, 3.0),
    }
    assert "why" in stub.unanswered
    assert right.unanswered == frozenset()
