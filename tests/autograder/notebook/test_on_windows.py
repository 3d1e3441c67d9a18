"""What a student imports and runs needs nothing that Windows lacks."""

from __future__ import annotations

import subprocess
import sys

import pytest

from autograder.exercises import REGISTRY
from autograder.notebook import working_copy

# Standard modules without which Python for Windows comes.
LACKING = [
    *("_curses", "_posixshmem", "_posixsubprocess", "curses", "crypt", "fcntl", "grp", "nis"),
    *("ossaudiodev", "posix", "pty", "pwd", "readline", "resource", "spwd", "syslog"),
    *("termios", "tty"),
]

# What is loaded first chooses by the system that it is on: it is loaded before the doors close.
PROGRAM = """
import asyncio, getpass, logging, multiprocessing, os, pathlib, shutil, subprocess, sys, tarfile
import tempfile, platformdirs
for name in {lacking!r}:
    sys.modules[name] = None  # from now on `import name` is a ModuleNotFoundError
for name in ("fork", "getuid", "geteuid", "getpgid", "killpg", "sched_getaffinity", "setsid"):
    if hasattr(os, name):
        delattr(os, name)
{program}
"""


def run(program, folder):
    text = PROGRAM.format(lacking=LACKING, program=program)
    return subprocess.run(
        [sys.executable, "-c", text], cwd=folder, capture_output=True, text=True, timeout=120
    )


@pytest.fixture
def copy(tmp_path):
    folder = tmp_path / working_copy.NAME
    working_copy.fill(folder)
    return folder


def test_the_doors_are_closed(tmp_path):
    for name in ("fcntl", "pwd", "resource", "termios"):
        done = run(f"import {name}", tmp_path)
        assert "ModuleNotFoundError" in done.stderr
    assert "AttributeError" in run("os.fork()", tmp_path).stderr


@pytest.mark.parametrize(
    ("program", "said"),
    [
        (
            "from autograder import check\n"
            "from reference_impl.ewma import ewma_step\n"
            "print(check('ewma_step', ewma_step).verdict.passed)",
            "True",
        ),
        ("from autograder import progress\nprint(progress())", "00_start_here"),
        ("from autograder import cli\ncli.main(['progress'])", f"0 of {len(REGISTRY)} exercises"),
        (
            "pathlib.Path('01_ewma/01_ewma.ipynb').write_text('mine')\n"
            "from autograder import cli\ncli.main(['fresh', '01'])",
            "01_ewma begins again",
        ),
        ("from autograder.own_work import mine\nprint(mine)", "function mine"),
        (
            "from autograder.notebook import student_lab\nprint(student_lab.environment()['PATH'])",
            "bin",
        ),
        ("from autograder.notebook.progress import running_notebook as r\nprint(r())", "None"),
    ],
)
def test_a_students_day_runs_without_it(copy, program, said):
    done = run(program, copy)
    assert done.returncode == 0, done.stderr
    assert said in done.stdout
