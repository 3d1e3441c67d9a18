"""Limits of what this process itself does with a student's bytes."""

from __future__ import annotations

import contextlib
import multiprocessing
import resource
import signal
import sys
from collections.abc import Callable, Iterator
from multiprocessing.connection import Connection
from pathlib import Path
from typing import TypeVar

from autograder.sandbox import Limits

T = TypeVar("T")
_FORK = multiprocessing.get_context("fork")


@contextlib.contextmanager
def bounded(limits: Limits) -> Iterator[None]:
    """Limit what this process uses, not its children, such as the sandbox.

    Without enough memory there is a MemoryError. After too much CPU time the process ends by
    SIGPROF, also in the middle of a computation in C, where no handler in Python would run.
    """
    soft, hard = resource.getrlimit(resource.RLIMIT_AS)
    if sys.platform == "linux":
        pages = int(Path("/proc/self/statm").read_text().split()[0])
        most = pages * resource.getpagesize() + limits.grader_memory_bytes
        allowed = [most, *(x for x in (soft, hard) if x != resource.RLIM_INFINITY)]
        resource.setrlimit(resource.RLIMIT_AS, (min(allowed), hard))
    signal.setitimer(signal.ITIMER_PROF, limits.grader_seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        resource.setrlimit(resource.RLIMIT_AS, (soft, hard))


def apart(limits: Limits, function: Callable[[], T]) -> T:
    """Call a function within limits, in a fork of this process, which must have a single thread.

    Raises:
        MemoryError, TimeoutError: if it exceeds a limit; says which.
        Exception: what the function raises.
    """
    ours, theirs = _FORK.Pipe(duplex=False)
    process = _FORK.Process(target=_send, args=(theirs, limits, function))
    process.start()
    theirs.close()
    try:
        result: T | Exception = ours.recv()
    except EOFError:
        raise TimeoutError(limits.sentence("grader_seconds")) from None
    finally:
        ours.close()
        process.join()
    if isinstance(result, MemoryError):
        raise MemoryError(limits.sentence("grader_memory_bytes"))
    if isinstance(result, Exception):
        raise result
    return result


def _send(connection: Connection, limits: Limits, function: Callable[[], T]) -> None:
    result: T | Exception
    try:
        with bounded(limits):
            result = function()
    except Exception as error:
        result = error
    connection.send(result)
