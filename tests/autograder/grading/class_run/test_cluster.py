"""A class on a Dask cluster: the same result, also when one of its machines fails."""

from __future__ import annotations

import contextlib
import json
import re
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from small_course import NAME, hand_in, tables

from autograder.grading.class_run import run
from autograder.grading.collected import students
from autograder.sandbox import Limits

pytest.importorskip("distributed")

pytestmark = pytest.mark.long

STUDENTS = [f"student-{number:02}" for number in range(8)]
START = 60.0  # seconds, at most, for a process to say that it is there


@contextlib.contextmanager
def dask(*arguments: str, says: str):
    """Runs ``dask ARGUMENTS``; gives what it prints about itself when it has started."""
    command = [sys.executable, "-m", "dask", *arguments]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as process:
        try:
            for line in process.stderr:
                if found := re.search(says, line):
                    break
            yield process, found.group(1)
        finally:
            process.kill()


@pytest.fixture(scope="module")
def machines():
    """The address of a scheduler, and what makes that two workers run."""
    with contextlib.ExitStack() as stack:
        scheduler = ["scheduler", "--host", "127.0.0.1", "--port", "0", "--no-dashboard"]
        _, address = stack.enter_context(dask(*scheduler, says=r"Scheduler at:\s+(tcp://\S+)"))
        worker = ["worker", address, "--nthreads", "1", "--no-nanny", "--no-dashboard"]
        running = []

        def two_that_run():
            running[:] = [process for process in running if process.poll() is None]
            while len(running) < 2:
                process, _ = stack.enter_context(dask(*worker, says=r"Registered to:\s+(\S+)"))
                running.append(process)
            return list(running)

        yield address, two_that_run


@pytest.fixture
def cluster(machines):
    """The address of a scheduler with two workers, and the workers' processes.

    They take long to start: a test gets those that the one before has left alive.
    """
    address, two_that_run = machines
    return address, two_that_run()


def make_class(entered: Path, folder: Path) -> Path:
    shutil.copytree(entered, folder)
    for number, student in enumerate(STUDENTS):
        answer = f"import time\ntime.sleep(0.1)\ndef double(x):\n    return {2 + number % 2} * x"
        hand_in(folder, student, answer)
    return folder


def test_one_submission_costs_itself_on_a_cluster_too(cluster, entered, tmp_path):
    address, workers = cluster
    folder = make_class(entered, tmp_path / "course")
    outputs = [{"output_type": "pyout", "prompt_number": i, "text": ["1"]} for i in range(200_000)]
    cell = {"cell_type": "code", "language": "python", "input": ["1"], "outputs": outputs}
    old = {"nbformat": 3, "nbformat_minor": 0, "metadata": {}, "worksheets": [{"cells": [cell]}]}
    (hand_in(folder, "mallory") / "counting.ipynb").write_text(json.dumps(old))
    who = students(folder, NAME)
    limits = Limits(grader_seconds=1.0)
    results = list(run(NAME, folder, students=who, scheduler=address, limits=limits))
    problems = {result.student: result.problem for result in results if result.problem}
    assert problems == {"mallory": "the grader itself needed more than 1 s of CPU time for it"}
    assert sorted(result.student for result in results) == ["mallory", *STUDENTS]
    assert [worker.poll() for worker in workers] == [None, None]


def test_a_worker_that_is_killed_in_the_middle(cluster, entered, tmp_path):
    address, workers = cluster
    here, there = make_class(entered, tmp_path / "here"), make_class(entered, tmp_path / "there")
    assert not any(r.problem for r in run(NAME, here, students=students(here, NAME), workers=2))
    results = []
    for result in run(NAME, there, students=students(there, NAME), scheduler=address):
        results.append(result)
        if len(results) == 3:
            workers[0].send_signal(signal.SIGKILL)
            workers[0].wait()
    assert sorted(result.student for result in results) == STUDENTS
    assert not [result.problem for result in results if result.problem]
    assert workers[1].poll() is None
    assert tables(there / "gradebook.db") == tables(here / "gradebook.db")


def test_no_cluster_there(entered, tmp_path, monkeypatch):
    monkeypatch.setattr("autograder.grading.cluster.WAIT", 1)
    folder = make_class(entered, tmp_path / "course")
    began = time.monotonic()
    with pytest.raises(RuntimeError, match=r"no Dask cluster at tcp://127\.0\.0\.1:9"):
        list(run(NAME, folder, students=students(folder, NAME), scheduler="tcp://127.0.0.1:9"))
    assert time.monotonic() - began < START


def test_without_dask_it_is_said_what_to_install(entered, tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "distributed", None)
    folder = make_class(entered, tmp_path / "course")
    with pytest.raises(RuntimeError, match="pip install distributed"):
        list(run(NAME, folder, students=students(folder, NAME), scheduler="tcp://127.0.0.1:9"))
