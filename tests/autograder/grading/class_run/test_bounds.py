"""Whatever one submission makes the judge do, it costs that submission, and no other one."""

from __future__ import annotations

import dataclasses
import json
import shutil
import time
from functools import cache
from pathlib import Path
from typing import Any

import nbformat
import pytest
from small_course import NAME, hand_in

from autograder import folders
from autograder.authoring.sample_class import authors, fill_in
from autograder.grading import assignment as assignments
from autograder.grading.bounded import apart
from autograder.grading.class_run import run
from autograder.grading.cluster import grade as grade_on_a_cluster
from autograder.grading.collected import students
from autograder.grading.command import summary
from autograder.grading.submission import Submission
from autograder.grading.workers import Workers
from autograder.sandbox import Limits

MIB = 2**20
LIMITS = Limits(
    cell_seconds=60, notebook_seconds=120, grader_seconds=1.5, grader_memory_bytes=700 * MIB
)
GIVEN_UP = 300  # seconds at most for a class of two, on a busy machine; without limits: hours
DESCENT, ADAPTIVE = "02_gradient_descent", "04_adaptive"


@cache
def released(name: str) -> str:
    return folders.released(name).read_text("utf-8")


@cache
def loaded(folder: Any, name: str) -> Any:
    return assignments.load(folder, name, limits=LIMITS)


def notebook(name: str, *cells: str, **answers: str) -> dict[str, Any]:
    """The released notebook without its illustrations, with cells in front and with answers."""
    made: dict[str, Any] = json.loads(fill_in(released(name), answers))
    made["cells"] = [
        cell
        for cell in made["cells"]
        if cell["cell_type"] == "code" and "nbgrader" in cell["metadata"]
    ]
    for i, source in enumerate(("import numpy as np", *cells)):
        cell = nbformat.v4.new_code_cell(source)
        made["cells"].insert(i, {**cell, "id": f"own-{i}"})
    return made


def submission(student: str, name: str, document: dict[str, Any]) -> Submission:
    return Submission(student, {name: json.dumps(document).encode()})


def honest(name: str) -> Submission:
    return submission("zoe", name, notebook(name, **authors(name)))


def points(graded: Any) -> dict[str, float]:
    marks = {k: mark for n in graded.notebooks.values() for k, mark in n.marks.items()}
    return {grade_id: mark.score for grade_id, mark in marks.items() if mark.score is not None}


def old_format() -> dict[str, Any]:
    """A notebook of format 3 with an output in every form that has to be converted."""
    outputs = [
        {"output_type": "pyout", "prompt_number": i, "text": [f"{i}"]} for i in range(200_000)
    ]
    cell = {"cell_type": "code", "language": "python", "input": ["1"], "outputs": outputs}
    return {"nbformat": 3, "nbformat_minor": 0, "metadata": {}, "worksheets": [{"cells": [cell]}]}


CHAIN = [f"def f{i}(x): return f{i - 1}(x) + f{i // 2}(x)" for i in range(1, 980)]
QUADRATIC = "def minibatches(n, b, rng):\n    return [np.zeros(10**7 if n == 7 else 1, np.int8)]"


def many_names() -> list[str]:
    return [" + ".join(f"a{(i + j) % 997}" for j in range(400)) for i in range(900)]


# Made when they are needed: each process of a test run imports this.
ONE_LINE = {
    "an answer of ten million numbers": lambda: notebook(DESCENT, minibatches=QUADRATIC),
    "magics in thousands of lines": lambda: notebook(DESCENT, "a = !b\n" * 6_000),
    "lines and a bracket": lambda: notebook(DESCENT, *["a?\n" * 480 + "(" for _ in range(100)]),
    "a chain of functions": lambda: notebook(DESCENT, *CHAIN),
    "statements of many names": lambda: notebook(DESCENT, *many_names()),
    "a notebook of format 3": old_format,
}


def with_time(assignment: Any) -> Any:
    """The assignment with enough CPU time for the judge to use up any memory."""
    limits = dataclasses.replace(assignment.limits, grader_seconds=60.0)
    return dataclasses.replace(assignment, limits=limits)


def memory(pid: int | str, field: str) -> int:
    """What the kernel notes about a process, in bytes."""
    status = Path(f"/proc/{pid}/status").read_text()
    (line,) = (line for line in status.splitlines() if line.startswith(f"{field}:"))
    return int(line.split()[1]) * 1024


def used_by_the_judge(pool: Workers) -> int:
    """How far the memory of the only worker, the first one, ever rose above what it began with.

    It is a fork of this process, which has run other tests before.
    """
    (worker,) = pool._workers
    return memory(worker.process.pid, "VmHWM") - memory("self", "VmRSS")


@pytest.mark.parametrize("what", ONE_LINE)
def test_one_submission_that_would_take_the_judge_for_ever(entered, what):
    mallory = submission("mallory", DESCENT, ONE_LINE[what]())
    began = time.monotonic()
    with Workers(loaded(entered, DESCENT), 1) as pool:
        results = {graded.student: graded for graded in pool.grade([mallory, honest(DESCENT)])}
    assert time.monotonic() - began < GIVEN_UP
    assert not results["zoe"].problem
    assert min(points(results["zoe"]).values()) > 0
    graded = results["mallory"]
    if graded.problem:
        assert graded.hit <= {"grader_seconds", "grader_memory_bytes"} or "cells" in graded.problem
    print(what, graded.problem, f"{graded.seconds:.1f} s")


def test_an_answer_that_would_take_the_judge_all_memory(entered):
    right = {name: authors(ADAPTIVE)[name] for name in ("adagrad_step", "rmsprop_step")}
    hog = "_right = adagrad_step\ndef adagrad_step(*arguments, first=[1]):\n    if first.pop():\n"
    hog += '        first.append(0)\n        return ["x" * 14 * 2**20] + [""] * 100, 0\n'
    hog += "    first.append(0)\n    return _right(*arguments)"
    mallory = notebook(ADAPTIVE, **{**right, "adagrad_step": f"{right['adagrad_step']}\n{hog}"})
    with Workers(with_time(loaded(entered, ADAPTIVE)), 1) as pool:
        (graded,) = pool.grade([submission("mallory", ADAPTIVE, mallory)])
        assert used_by_the_judge(pool) < LIMITS.grader_memory_bytes
    assert graded.hit <= {"grader_memory_bytes"}
    marks = points(graded)
    assert marks["check_adagrad_step"] < marks["check_rmsprop_step"]


def test_an_absurd_question_costs_the_judge_no_more_memory_than_it_may_use(entered):
    right = {"adagrad_step": authors(ADAPTIVE)["adagrad_step"]}
    source = "def is_adam(step):\n    a, b = np.ones((20_000, 1)), np.ones((1, 20_000))\n"
    source += "    step(a, b, b, b, 1, 1, 0.9, 0.9, 1e-8)\n    return True"
    mallory = submission("mallory", ADAPTIVE, notebook(ADAPTIVE, is_adam=source, **right))
    with Workers(with_time(loaded(entered, ADAPTIVE)), 1) as pool:
        (graded,) = pool.grade([mallory])
        assert used_by_the_judge(pool) < LIMITS.grader_memory_bytes
    if not graded.problem:  # the rest of the notebook has its marks
        assert points(graded)["check_adagrad_step"] > 0


def test_a_worker_of_a_cluster_has_the_same_limits(entered):
    assignment = loaded(entered, DESCENT)
    mallory = submission("mallory", DESCENT, ONE_LINE["magics in thousands of lines"]())
    began = time.monotonic()
    graded = grade_on_a_cluster(assignment, mallory)
    assert time.monotonic() - began < GIVEN_UP
    assert not graded.problem or graded.hit == {"grader_seconds"}
    assert not grade_on_a_cluster(assignment, honest(DESCENT)).problem


def test_a_judge_that_waits_for_ever_is_ended(entered, monkeypatch):
    from autograder.grading import workers

    class Waiting(workers.Judge):
        def grade(self, submission):
            if submission.student == "mallory":
                time.sleep(10**6)
            return super().grade(submission)

    monkeypatch.setattr(workers, "Judge", Waiting)
    monkeypatch.setattr(workers, "SPARE_SECONDS", 1.0)
    monkeypatch.setattr(workers, "STRETCH", 0)
    monkeypatch.setattr(workers, "MOST_PROCESSES", 1)
    limits = dataclasses.replace(LIMITS, notebook_seconds=2)
    assignment = dataclasses.replace(loaded(entered, DESCENT), limits=limits)
    mallory = dataclasses.replace(honest(DESCENT), student="mallory")
    with Workers(assignment, 1) as pool:
        grading = pool.grade([mallory, honest(DESCENT)])
        assert "was not graded after" in next(grading).problem
        (worker,) = pool._workers
        worker.deadline += GIVEN_UP  # on a busy machine zoe is not graded in seconds either
        zoe = next(grading)
    assert (zoe.student, zoe.problem) == ("zoe", "")


def test_work_apart_ends_at_its_limits():
    assert apart(LIMITS, lambda: 6 * 7) == 42
    with pytest.raises(ZeroDivisionError):
        apart(LIMITS, lambda: 1 // 0)
    with pytest.raises(MemoryError, match="more than 700 MiB of memory"):
        apart(LIMITS, lambda: len(bytearray(800 * MIB)))
    short = dataclasses.replace(LIMITS, grader_seconds=0.5)
    with pytest.raises(TimeoutError, match=r"more than 0\.5 s"):
        apart(short, lambda: sum(range(10**12)))


@pytest.fixture
def folder(entered, tmp_path):
    """Mallory's notebook takes too long to read, and has another name; Ada's is right."""
    folder = tmp_path / "course"
    shutil.copytree(entered, folder)
    hand_in(folder, "ada")
    home = hand_in(folder, "mallory", parts=("words",))
    (home / "counting.ipynb").write_text(json.dumps(old_format()))
    return folder


def grade(folder: Any, **options: Any) -> dict[str, Any]:
    limits = dataclasses.replace(LIMITS, grader_seconds=1.0)
    who = students(folder, NAME)
    results = list(run(NAME, folder, students=who, **{"limits": limits, "workers": 1, **options}))
    print(summary(results))
    return {result.student: result for result in results}


def test_who_was_given_up_does_not_hold_up_the_next_run(folder):
    first = grade(folder)
    assert first["ada"].points == 7
    assert "more than 1 s of CPU time" in first["mallory"].problem
    assert "limit grader_seconds=1 was hit by: mallory" in summary(list(first.values()))

    began = time.monotonic()
    second = grade(folder)["mallory"]
    assert "It is tried again when it changes, with --force, or" in second.problem
    assert second.seconds == 0
    assert time.monotonic() - began < GIVEN_UP

    assert grade(folder, force=True)["mallory"].seconds > 0
    hand_in(folder, "mallory")
    assert grade(folder)["mallory"].points == 7


def test_looking_for_a_notebook_of_another_name_is_limited(folder):
    home = folder / "submitted" / "mallory" / NAME
    (home / "counting.ipynb").rename(home / "mine.ipynb")
    (home / "words.ipynb").unlink()
    results = grade(folder)
    assert results["ada"].points == 7
    assert "more than 1 s of CPU time" in results["mallory"].problem


def test_telling_a_notebook_from_its_copy_is_limited(folder):
    home = folder / "submitted" / "mallory" / NAME
    shutil.copy(home / "counting.ipynb", home / "counting (1).ipynb")
    results = grade(folder)
    assert results["ada"].points == 7
    assert "more than 1 s of CPU time" in results["mallory"].problem
    assert "which file is counting.ipynb" in results["mallory"].problem
