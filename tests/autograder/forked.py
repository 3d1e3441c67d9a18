"""Run commands of ``autograder``, one after the other: ``forked.py [--fail] COMMAND...``.

Each COMMAND is one argument, such as ``"grade small --workers 1"``, and runs in a fork of this
process, which has imported everything: a Python for each of them would take two seconds more. Each
must succeed; with ``--fail`` each must end with 1. A line ``====`` follows each.
"""

from __future__ import annotations

import os
import shlex
import sys
import traceback
from collections.abc import Sequence


def load() -> None:
    """Import what the commands need."""
    from autograder.grading.lazy_nbgrader import import_nbgrader_lazily

    import_nbgrader_lazily()
    from autograder.desk import classroom, papers  # noqa: F401
    from autograder.grading import class_run, command, gradebook  # noqa: F401


def run(arguments: Sequence[str]) -> int:
    """Run a command in a fork, and return its exit status; below 0: the signal that ended it."""
    from autograder import cli

    sys.stdout.flush()
    child = os.fork()
    if child:
        return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    status = 2
    try:
        status = cli.main(arguments)
    except BaseException:
        traceback.print_exc()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(status)


def main(commands: Sequence[str]) -> int:
    fails = commands[0] == "--fail"
    os.dup2(1, 2)  # in the order in which it is said
    load()
    for command in commands[fails:]:
        if (status := run(shlex.split(command))) != int(fails):
            print(f"{command}: exit status {status}")
            return 9
        print("====", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
