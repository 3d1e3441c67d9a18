"""Grade a class in a process that is killed: ``killed_run.py SECONDS LOG ARGUMENTS...``.

The command ``autograder grade ARGUMENTS`` runs in its own process, which notes in LOG each
submission that it starts to run. After SECONDS it gets SIGKILL. The output says in JSON how it
ended and which of its processes outlived it.

Without arguments each line of the input has them, as a list in JSON, and each is a run of its own.
It is a fork of this process, which has imported everything: that would take longer than to grade.
"""

from __future__ import annotations

import ctypes
import json
import os
import signal
import sys
import time
from collections.abc import Iterable
from pathlib import Path

PATIENCE = 300.0  # seconds for orphans to die, on a busy machine too
PR_SET_CHILD_SUBREAPER = 36


def main(lines: Iterable[list[str]]) -> None:
    # Orphans of the grading process become children of this one, and can be counted.
    ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1)
    for seconds, log, *arguments in lines:
        print(json.dumps(grade_for(float(seconds), Path(log), arguments)), flush=True)


def grade_for(seconds: float, log: Path, arguments: list[str]) -> dict[str, object]:
    """Grade for so many seconds; how the process ended, and what outlived it."""
    began = time.monotonic()
    child = os.fork()
    if child == 0:
        grade(log, arguments)
    status = None
    while status is None:
        done, code = os.waitpid(child, os.WNOHANG)
        if done:
            status = os.waitstatus_to_exitcode(code)
        elif time.monotonic() - began > seconds:
            os.kill(child, signal.SIGKILL)
            status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
        time.sleep(0.001)
    return {"status": status, "survivors": survivors()}


def grade(log: Path, arguments: list[str]) -> None:
    from autograder import cli
    from autograder.grading import workers

    grade_one = workers._grade

    def noted(judge, submission):
        with log.open("a") as file:
            file.write(f"{submission.student}\n")
        return grade_one(judge, submission)

    workers._grade = noted
    with open(os.devnull, "w") as nowhere:
        sys.stdout = sys.stderr = nowhere
        status = cli.main(["grade", *arguments])
    os._exit(status)


def survivors() -> list[str]:
    """The commands of those processes that do not end by themselves."""
    give_up = time.monotonic() + PATIENCE
    while time.monotonic() < give_up:
        try:
            if os.waitpid(-1, os.WNOHANG) == (0, 0):
                time.sleep(0.01)
        except ChildProcessError:
            return []
    children = Path(f"/proc/self/task/{os.getpid()}/children").read_text().split()
    return [Path(f"/proc/{child}/cmdline").read_text() for child in children]


if __name__ == "__main__":
    if sys.argv[1:]:
        main([sys.argv[1:]])
    else:
        sys.path.insert(0, str(Path(__file__).parents[2]))
        import forked

        forked.load()
        main(map(json.loads, sys.stdin))
