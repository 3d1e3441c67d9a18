"""Grade submissions on a Dask cluster: the task of a local worker, on other machines.

Scheduler and workers must be the teachers' own: anybody who reaches a Dask scheduler can run code
on it. Each worker needs this package, of the same version, and what the sandbox needs.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Any

from autograder.grading.assignment import Assignment
from autograder.grading.judge import Graded
from autograder.grading.submission import Submission
from autograder.grading.workers import Workers

WAIT = 30  # seconds for the scheduler to answer
AHEAD = 2  # submissions that the cluster holds at a time, for each of its threads

_of_this_thread = threading.local()


def grade(assignment: Assignment, submission: Submission) -> Graded:
    """One task, in a process that a thread of a Dask worker keeps for the next one.

    So the limits of a submission are those of this machine's own workers, and no submission can
    hold up or end a worker of the cluster.
    """
    worker: Workers | None = getattr(_of_this_thread, "worker", None)
    if worker is None or not _is_same(worker.assignment, assignment):
        if worker is not None:
            worker.close()
        worker = _of_this_thread.worker = Workers(assignment, 1, fork=False)
    (graded,) = worker.grade([submission])
    return graded


def _is_same(one: Assignment, other: Assignment) -> bool:
    return (one.digest, one.limits) == (other.digest, other.limits)


def _unchanged(assignment: Assignment) -> Assignment:
    return assignment


class Cluster:
    """The workers of a Dask scheduler.

    Raises:
        RuntimeError: if Dask is not installed, or the scheduler does not answer or has no workers.
    """

    def __init__(self, assignment: Assignment, address: str) -> None:
        try:
            import distributed
        except ImportError:
            raise RuntimeError("--scheduler needs Dask: pip install distributed") from None
        self._distributed: Any = distributed
        try:
            self._client = self._distributed.Client(address, timeout=WAIT)
            self._client.wait_for_workers(1, timeout=WAIT)
        except (OSError, ValueError, TimeoutError) as error:
            raise RuntimeError(f"no Dask cluster at {address}: {error}") from error
        # A task and no scattered data: Dask makes it again if it is lost with a worker.
        self._assignment = self._client.submit(_unchanged, assignment, pure=False)

    def __enter__(self) -> Cluster:
        return self

    def __exit__(self, *exception: object) -> None:
        self._client.close()

    def grade(self, submissions: Iterable[Submission]) -> Iterator[Graded]:
        """Start to grade, and give each result as soon as it is there, in any order.

        If a worker dies, Dask gives its submissions to another one.
        """
        todo = iter(submissions)
        students = {}

        def submit(submission: Submission) -> Any:
            future = self._client.submit(grade, self._assignment, submission, pure=False)
            students[future.key] = submission.student
            return future

        threads = sum(self._client.nthreads().values())
        first = [submit(submission) for submission in islice(todo, AHEAD * threads)]

        def results() -> Iterator[Graded]:
            completed = self._distributed.as_completed(first)
            for future in completed:
                for submission in islice(todo, 1):
                    completed.add(submit(submission))
                student = students.pop(future.key)
                try:
                    graded = future.result()
                except Exception as error:
                    problem = f"the cluster could not grade it: {type(error).__name__}: {error}"
                    graded = Graded(student, {}, problem, ours=True)
                yield graded

        return results()
