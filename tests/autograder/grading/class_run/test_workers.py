"""If a worker dies, its submission is tried again, and nobody else notices."""

from __future__ import annotations

import os
import signal
from pathlib import Path

import nbformat
import pytest
from small_course import NAME, PARTS, source

from autograder.grading import assignment as assignments
from autograder.grading import workers
from autograder.grading.judge import Judge
from autograder.grading.submission import Submission
from autograder.sandbox import SandboxUnavailable

STUDENTS = ["ada", "bela", "chen", "dana", "emil"]


class Fragile(Judge):
    """Dies at an exact point, as often as there are files with a student's name."""

    deaths: Path

    def grade(self, submission):
        for death in sorted(self.deaths.glob(f"{submission.student}*")):
            death.unlink()
            os.kill(os.getpid(), signal.SIGKILL)
        return super().grade(submission)


@pytest.fixture(scope="module")
def assignment(entered):
    return assignments.load(entered, NAME)


@pytest.fixture(scope="module")
def submissions():
    notebooks = {part: nbformat.writes(source(part)).encode() for part in PARTS}
    return [Submission(student, notebooks) for student in STUDENTS]


def test_each_submission_is_graded_once(assignment, submissions):
    with workers.Workers(assignment, 2) as pool:
        results = list(pool.grade(submissions))
        processes = [worker.process for worker in pool._workers]
    assert sorted(result.student for result in results) == STUDENTS
    assert not any(result.problem for result in results)
    assert [process.exitcode for process in processes] == [0, 0]  # each closed its sandbox


@pytest.mark.parametrize("count", [1, 2])
def test_a_worker_that_dies_is_replaced(assignment, submissions, tmp_path, monkeypatch, count):
    Fragile.deaths = tmp_path
    monkeypatch.setattr(workers, "Judge", Fragile)
    for death in ("bela-1", "dana-1", "dana-2"):
        (tmp_path / death).touch()
    with workers.Workers(assignment, count) as pool:
        results = {result.student: result for result in pool.grade(submissions)}
    assert sorted(results) == STUDENTS
    assert [name for name, result in results.items() if result.problem] == ["dana"]
    assert "died 2 times, the last time by SIGKILL" in results["dana"].problem
    assert results["dana"].ours
    assert not results["bela"].ours


def test_an_error_of_the_grader_is_the_problem_of_one_submission(
    assignment, submissions, monkeypatch
):
    class Faulty(Judge):
        def grade(self, submission):
            if submission.student == "bela":
                raise ZeroDivisionError("of ours")
            return super().grade(submission)

    monkeypatch.setattr(workers, "Judge", Faulty)
    with workers.Workers(assignment, 1) as pool:
        results = {result.student: result for result in pool.grade(submissions)}
    assert {name for name, result in results.items() if result.problem} == {"bela"}
    assert "ZeroDivisionError: of ours" in results["bela"].problem
    assert results["bela"].ours


def test_where_no_sandbox_starts_it_is_said_at_once(assignment, submissions, monkeypatch):
    class Nowhere(Judge):
        def __init__(self, assignment):
            raise SandboxUnavailable("install bubblewrap")

    monkeypatch.setattr(workers, "Judge", Nowhere)
    with (
        workers.Workers(assignment, 2) as pool,
        pytest.raises(SandboxUnavailable, match="install bubblewrap"),
    ):
        list(pool.grade(submissions))
