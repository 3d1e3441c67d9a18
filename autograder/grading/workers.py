"""Grade submissions on this machine's processors.

A worker is a fork of this process, so everything that was loaded is there at once, including the
assignment with its answer key. Forking is safe only while this process has one thread; it never
starts another.
"""

from __future__ import annotations

import contextlib
import ctypes
import multiprocessing
import os
import signal
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from multiprocessing.connection import Connection, wait
from multiprocessing.process import BaseProcess

from autograder.grading.assignment import Assignment
from autograder.grading.judge import Graded, Judge
from autograder.grading.submission import Submission
from autograder.sandbox import SandboxUnavailable

ATTEMPTS = 2  # for one submission, if the workers that grade it die
END_SECONDS = 3  # for a worker to end by itself
_FORK = multiprocessing.get_context("fork")
_PR_SET_PDEATHSIG = 1


def processors() -> int:
    """How many processors this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


@dataclass
class Worker:
    """A process that grades, and what it is working on."""

    process: BaseProcess
    connection: Connection
    submission: Submission | None = None
    attempt: int = 0

    def hand_out(self, submission: Submission, attempt: int) -> None:
        """Give it a submission. If it is dead, :func:`wait` will show it."""
        self.submission, self.attempt = submission, attempt
        with contextlib.suppress(OSError):
            self.connection.send(submission)

    def answer(self) -> Graded | Exception | None:
        """What it sent; None if it died first."""
        try:
            return self.connection.recv() if self.connection.poll() else None
        except (EOFError, OSError):
            return None

    def end(self) -> None:
        """An idle worker closes its sandbox and ends; otherwise both are killed."""
        self.connection.close()
        if self.submission is None:
            self.process.join(END_SECONDS)
        self.process.kill()
        self.process.join()


class Workers:
    """Processes, each with its own judge."""

    def __init__(self, assignment: Assignment, count: int) -> None:
        self._assignment = assignment
        self._workers: list[Worker] = []
        for _ in range(count):
            self._workers.append(self._start())

    def __enter__(self) -> Workers:
        return self

    def __exit__(self, *exception: object) -> None:
        for worker in self._workers:
            worker.connection.close()  # all of them first: then none has to wait for another
        for worker in self._workers:
            worker.end()

    def grade(self, submissions: Iterable[Submission]) -> Iterator[Graded]:
        """Start to grade, and give each result as soon as it is there, in any order.

        A worker gets a submission when it has finished the last one. If it dies, the submission is
        tried once more; after that it counts as one that cannot be graded.

        Raises:
            SandboxUnavailable: if no sandbox can be started here.
        """
        todo = iter(submissions)
        for worker in self._workers:
            self._next(worker, todo)
        return self._results(todo)

    def _results(self, todo: Iterator[Submission]) -> Iterator[Graded]:
        while busy := [worker for worker in self._workers if worker.submission]:
            ready = wait([x for w in busy for x in (w.connection, w.process.sentinel)])
            for worker in busy:
                if worker.connection in ready or worker.process.sentinel in ready:
                    yield from self._take(worker, todo)

    def _take(self, worker: Worker, todo: Iterator[Submission]) -> Iterator[Graded]:
        submission, attempt = worker.submission, worker.attempt
        assert submission is not None
        answer = worker.answer()
        if isinstance(answer, Exception):
            raise answer
        if answer is not None:
            self._next(worker, todo)
            yield answer
            return
        worker.end()
        self._workers.remove(worker)
        replacement = self._start()
        self._workers.append(replacement)
        if attempt < ATTEMPTS:
            replacement.hand_out(submission, attempt + 1)
            return
        self._next(replacement, todo)
        yield Graded(submission.student, {}, _death(worker.process))

    def _next(self, worker: Worker, todo: Iterator[Submission]) -> None:
        worker.submission = None
        if (submission := next(todo, None)) is not None:
            worker.hand_out(submission, 1)

    def _start(self) -> Worker:
        ours, theirs = _FORK.Pipe()
        others = [worker.connection for worker in self._workers]
        process = _FORK.Process(
            target=_work, args=(theirs, [ours, *others], self._assignment, os.getpid()), daemon=True
        )
        process.start()
        theirs.close()
        return Worker(process, ours)


def _death(process: BaseProcess) -> str:
    code = process.exitcode or 0
    how = signal.Signals(-code).name if code < 0 else f"exit status {code}"
    return (
        f"the process that graded it died {ATTEMPTS} times, the last time by {how}; is there "
        "enough memory for so many workers?"
    )


def _work(
    connection: Connection, not_ours: list[Connection], assignment: Assignment, parent: int
) -> None:
    """A worker: it judges until nobody is left to ask it."""
    # Ctrl-C reaches all processes of a terminal; this one is ended by its parent.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    for other in not_ours:
        other.close()
    _die_with(parent)
    try:
        with Judge(assignment) as judge:
            while True:
                connection.send(_grade(judge, connection.recv()))
    except (EOFError, BrokenPipeError):
        pass
    except Exception as error:  # no judge can start: it would be the same for every submission
        connection.send(error)


def _grade(judge: Judge, submission: Submission) -> Graded:
    try:
        return judge.grade(submission)
    except SandboxUnavailable:
        raise
    except Exception as error:  # our own mistake: the class goes on without this submission
        problem = f"the grader itself failed: {type(error).__name__}: {error}"
        return Graded(submission.student, {}, problem)


def _die_with(parent: int) -> None:
    """A worker that is busy when its parent is killed must not go on alone."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
        if os.getppid() != parent:
            os._exit(1)
