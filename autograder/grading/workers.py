"""Grade submissions on this machine's processors: each submission within limits of its own.

A worker is a fork of this process, so everything that was loaded is there at once, including the
assignment with its answer key. Forking is safe only while this process has one thread; it never
starts another. Where it has several, a worker is a new interpreter that is sent the assignment.

What a student's notebook does is limited by the sandbox. What the judge does with it (reading,
comparing, cleaning) is limited here: its CPU time by a timer whose signal ends the worker, even in
the middle of a computation in C; its memory by the kernel; and, in case that it waits for ever, its
time by the process that hands out the submissions.
"""

from __future__ import annotations

import contextlib
import ctypes
import math
import multiprocessing
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from multiprocessing.connection import Connection, wait
from pathlib import Path
from typing import Protocol

from autograder.grading.assignment import Assignment
from autograder.grading.bounded import bounded
from autograder.grading.judge import Graded, Judge
from autograder.grading.submission import Submission
from autograder.sandbox import SandboxUnavailable

ATTEMPTS = 2  # for one submission, if the workers that grade it die
END_SECONDS = 3  # for a worker to end by itself
SPARE_SECONDS = 300.0  # of a submission's deadline, for sandboxes that have to be started again
MOST_PROCESSES = 8  # that run a notebook or a part of it, each within its own time
STRETCH = 30  # a deadline is put off so often at most, while the machine is busy
IDLE = 0.1  # a machine whose processors rest less than this is busy
_FORK = multiprocessing.get_context("fork")
_PR_SET_PDEATHSIG = 1


def processors() -> int:
    """How many processors this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


class Process(Protocol):
    """What is needed of a process: multiprocessing's, or :class:`Interpreter`."""

    @property
    def sentinel(self) -> int:
        """A descriptor that is readable when the process has ended."""

    @property
    def exitcode(self) -> int | None:
        """How it ended; below 0: by this signal."""

    def join(self, timeout: float | None = None) -> None:
        """Wait until it has ended."""

    def kill(self) -> None:
        """End it now."""


class Interpreter:
    """A new Python that serves as a worker's process."""

    def __init__(self, connection: Connection) -> None:
        fd = connection.fileno()
        code = f"from autograder.grading import workers; workers.serve({fd}, {os.getpid()})"
        self._process = subprocess.Popen(
            [sys.executable, "-c", code],
            pass_fds=[fd],
            stdin=subprocess.DEVNULL,
            env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
        )
        self.sentinel = os.pidfd_open(self._process.pid)

    @property
    def exitcode(self) -> int | None:
        return self._process.poll()

    def join(self, timeout: float | None = None) -> None:
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(timeout)

    def kill(self) -> None:
        self._process.kill()

    def __del__(self) -> None:
        os.close(self.sentinel)


@dataclass
class Worker:
    """A process that grades, and what it is working on."""

    process: Process
    connection: Connection
    submission: Submission | None = None
    attempt: int = 0
    since: float = 0.0
    deadline: float = math.inf
    put_off: int = 0
    idle: float = field(default_factory=lambda: _idle_seconds())

    def hand_out(self, submission: Submission, attempt: int, seconds: float) -> None:
        """Give it a submission. If it is dead, :func:`wait` will show it."""
        self.submission, self.attempt = submission, attempt
        self.since = time.monotonic()
        self.put_off, self.deadline = 0, self.since + seconds
        self.idle = _idle_seconds()
        with contextlib.suppress(OSError):
            self.connection.send(submission)

    def is_overdue(self, seconds: float) -> bool:
        """Whether it has used up its time; the deadline is put off if the machine was busy."""
        now = time.monotonic()
        if now < self.deadline:
            return False
        rest = (_idle_seconds() - self.idle) / (now - self.since) / (os.cpu_count() or 1)
        if rest > IDLE or self.put_off == STRETCH:
            return True
        self.put_off += 1
        self.deadline = now + seconds
        return False

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
    """Processes, each with its own judge.

    Args:
        assignment: what they grade.
        count: how many.
        fork: whether this process has, and will have, a single thread.
    """

    def __init__(self, assignment: Assignment, count: int, *, fork: bool = True) -> None:
        self.assignment = assignment
        self._fork = fork
        self._seconds = _longest(assignment)
        self._workers: list[Worker] = []
        for _ in range(count):
            self._workers.append(self._start())

    def __enter__(self) -> Workers:
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()

    def close(self) -> None:
        """End all of them."""
        for worker in self._workers:
            worker.connection.close()  # all of them first: then none has to wait for another
        for worker in self._workers:
            worker.end()
        self._workers = []

    def grade(self, submissions: Iterable[Submission]) -> Iterator[Graded]:
        """Start to grade, and give each result as soon as it is there, in any order.

        A worker gets a submission when it has finished the last one. If it dies, the submission is
        tried once more; after that it counts as one that cannot be graded. One that exceeds a limit
        of the grader is not tried again.

        Raises:
            SandboxUnavailable: if no sandbox can be started here.
        """
        todo = iter(submissions)
        for worker in self._workers:
            self._next(worker, todo)
        return self._results(todo)

    def _results(self, todo: Iterator[Submission]) -> Iterator[Graded]:
        while busy := [worker for worker in self._workers if worker.submission]:
            next_deadline = min(worker.deadline for worker in busy)
            ready = wait(
                [x for w in busy for x in (w.connection, w.process.sentinel)],
                max(0.0, next_deadline - time.monotonic()),
            )
            for worker in busy:
                if worker.connection in ready or worker.process.sentinel in ready:
                    yield from self._take(worker, todo)
                elif worker.is_overdue(self._seconds):
                    yield self._give_up(worker, todo, self._overdue(worker), "notebook_seconds")

    def _take(self, worker: Worker, todo: Iterator[Submission]) -> Iterator[Graded]:
        submission, attempt = worker.submission, worker.attempt
        assert submission is not None
        answer = worker.answer()
        if isinstance(answer, Exception):
            raise answer
        if answer is not None:
            seconds = time.monotonic() - worker.since
            self._next(worker, todo)
            yield replace(answer, seconds=seconds)
            return
        worker.process.join(END_SECONDS)
        if worker.process.exitcode == -signal.SIGPROF:
            why = self.assignment.limits.sentence("grader_seconds")
            yield self._give_up(worker, todo, why, "grader_seconds")
        elif attempt < ATTEMPTS:
            self._replace(worker).hand_out(submission, attempt + 1, self._seconds)
        else:
            yield self._give_up(worker, todo, "")

    def _give_up(
        self, worker: Worker, todo: Iterator[Submission], why: str, limit: str = ""
    ) -> Graded:
        """End a worker. What it was working on cannot be graded."""
        submission, seconds = worker.submission, time.monotonic() - worker.since
        assert submission is not None
        self._next(self._replace(worker), todo)
        hit = frozenset([limit] if limit else ())
        problem = why or _death(worker.process)
        return Graded(submission.student, {}, problem, hit, seconds, ours=not limit)

    def _replace(self, worker: Worker) -> Worker:
        worker.end()
        self._workers.remove(worker)
        replacement = self._start()
        self._workers.append(replacement)
        return replacement

    def _overdue(self, worker: Worker) -> str:
        return f"it was not graded after {time.monotonic() - worker.since:.0f} s"

    def _next(self, worker: Worker, todo: Iterator[Submission]) -> None:
        worker.submission = None
        if (submission := next(todo, None)) is not None:
            worker.hand_out(submission, 1, self._seconds)

    def _start(self) -> Worker:
        if not self._fork:
            return self._start_interpreter()
        ours, theirs = _FORK.Pipe()
        others = [worker.connection for worker in self._workers]
        process = _FORK.Process(
            target=_work, args=(theirs, [ours, *others], self.assignment, os.getpid()), daemon=True
        )
        process.start()
        theirs.close()
        return Worker(process, ours)

    def _start_interpreter(self) -> Worker:
        ours, theirs = socket.socketpair()
        connection = Connection(theirs.detach())
        process = Interpreter(connection)
        connection.close()
        worker = Worker(process, Connection(ours.detach()))
        with contextlib.suppress(OSError):  # if it is dead, wait() will show it
            worker.connection.send(self.assignment)
        return worker


def serve(descriptor: int, parent: int) -> None:
    """Be a worker in an interpreter of its own."""
    connection = Connection(descriptor)
    _work(connection, [], connection.recv(), parent)


def _longest(assignment: Assignment) -> float:
    """Seconds that a submission may take if it reaches every limit, and the judge never waits."""
    limits = assignment.limits
    processes = len(assignment.notebooks) * MOST_PROCESSES
    return processes * limits.notebook_seconds + limits.grader_seconds + SPARE_SECONDS


def _death(process: Process) -> str:
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
    limits = judge.assignment.limits
    hit, ours = frozenset[str](), False
    try:
        with bounded(limits):
            return judge.grade(submission)
    except SandboxUnavailable:
        raise
    except MemoryError:
        problem, hit = limits.sentence("grader_memory_bytes"), frozenset(["grader_memory_bytes"])
    except Exception as error:  # our own mistake: the class goes on without this submission
        problem, ours = f"the grader itself failed: {type(error).__name__}: {error}", True
    return Graded(submission.student, {}, problem, hit, ours=ours)


def _idle_seconds() -> float:
    """How long the machine's processors have rested, all together; 0 if it does not say."""
    try:
        fields = Path("/proc/stat").read_text().split(maxsplit=6)
    except OSError:
        return 0.0
    return (int(fields[4]) + int(fields[5])) / os.sysconf("SC_CLK_TCK")


def _die_with(parent: int) -> None:
    """A worker that is busy when its parent is killed must not go on alone."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
        if os.getppid() != parent:
            os._exit(1)
