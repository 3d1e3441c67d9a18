"""A run that is killed at any moment and started again completes the class; nothing runs twice."""

from __future__ import annotations

import json
import os
import random
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from small_course import AFTER, NAME, NO_WORDS, PARTS, hand_in, make_course, tables

pytestmark = pytest.mark.long

SCRIPT = Path(__file__).with_name("killed_run.py")
STUDENTS = [f"student-{number:02}" for number in range(8)]
KILLS = 3
COMPLETE = float("inf")  # seconds: no run is killed that is to be completed


def make_class(folder: Path, entered: Path | None = None) -> Path:
    """Make a class; without ``entered``, the gradebook does not even have the assignment."""
    if entered:
        shutil.copytree(entered, folder)
    else:
        make_course(folder)
    for number, student in enumerate(STUDENTS):
        # Different marks, some late, and enough work that a kill interrupts it.
        answer = f"import time\ntime.sleep(0.05)\ndef double(x):\n    return {2 + number % 2} * x"
        when = {"when": AFTER} if number % 3 == 0 else {}
        hand_in(folder, student, answer, why="So." if number % 4 else NO_WORDS, **when)
    return folder


@pytest.fixture(scope="module")
def grade() -> Iterator[Callable[..., tuple[int, list[str]]]]:
    """Grades for so many seconds; the exit status, and the students whose work was run."""
    with subprocess.Popen(
        [sys.executable, str(SCRIPT)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdin
        assert process.stdout

        def run(folder: Path, seconds: float = COMPLETE) -> tuple[int, list[str]]:
            log = folder / "began"
            log.write_text("")
            command = [str(seconds), str(log), NAME, "--course-dir", str(folder), "--workers", "2"]
            process.stdin.write(json.dumps(command) + "\n")
            process.stdin.flush()
            said = json.loads(process.stdout.readline())
            assert said["survivors"] == []
            return said["status"], log.read_text().split()

        yield run
        process.stdin.close()


def stored(folder: Path) -> set[str]:
    """The students who have a result in its place."""
    return {path.parent.name for path in folder.glob(f"autograded/*/{NAME}")}


@pytest.fixture(scope="module")
def unbroken(grade, tmp_path_factory):
    """The class, graded without interruption: its tables, and the seconds that it took."""
    folder = make_class(tmp_path_factory.mktemp("unbroken") / "course")
    began = time.monotonic()
    status, run = grade(folder)
    assert status == 0
    assert sorted(run) == STUDENTS
    return tables(folder / "gradebook.db"), time.monotonic() - began


def test_killed_at_any_moment_and_started_again(grade, unbroken, tmp_path):
    expected, seconds = unbroken
    folder = make_class(tmp_path / "course")
    moments = random.Random(5)
    status = 1
    for kill in range(KILLS):
        before = stored(folder)
        # The first runs are killed anywhere, later ones while there is work.
        status, run = grade(folder, moments.uniform(0, seconds))
        assert not before & set(run), f"run again after kill {kill}"
        assert len(run) == len(set(run))
        assert before <= stored(folder) | old(folder)
        assert status in (0, -signal.SIGKILL)
    before = stored(folder)
    status, run = grade(folder)
    assert status == 0
    assert not before & set(run)
    assert grade(folder) == (0, [])
    assert tables(folder / "gradebook.db") == expected
    for student in STUDENTS:
        assert os.listdir(folder / "autograded" / student) == [NAME]
        assert len(list((folder / "autograded" / student / NAME).glob("*.ipynb"))) == len(PARTS)
    assert sorted(os.listdir(folder / ".autograder")) == ["gradebook.lock", "grading", "secret"]
    assert not list(folder.glob("gradebook.db?*"))


def old(folder: Path) -> set[str]:
    """The students whose result had just been moved aside for a newer one."""
    return {path.parent.name for path in folder.glob(f"autograded/*/.{NAME}.old")}


def test_between_the_folder_and_the_gradebook(grade, unbroken, entered, tmp_path):
    """The process dies when the result is in its folder and not in the gradebook."""
    folder = make_class(tmp_path / "course", entered)
    program = (
        "import os, signal\n"
        "from autograder import cli\n"
        "from autograder.grading import gradebook\n"
        "gradebook.ClassGradebook.write = lambda *_: os.kill(os.getpid(), signal.SIGKILL)\n"
        f"cli.main(['grade', {NAME!r}, '--course-dir', {str(folder)!r}])"
    )
    died = subprocess.run([sys.executable, "-c", program], capture_output=True, check=False)
    assert died.returncode == -signal.SIGKILL
    [first] = stored(folder)
    status, run = grade(folder)
    assert status == 0
    assert sorted([first, *run]) == STUDENTS
    assert tables(folder / "gradebook.db") == unbroken[0]


def test_in_the_middle_of_a_transaction(grade, unbroken, entered, tmp_path):
    """The process dies when half of a submission's rows are written."""
    folder = make_class(tmp_path / "course", entered)
    program = (
        "import os, signal\n"
        "from autograder import cli\n"
        "from autograder.grading import gradebook\n"
        "write = gradebook._write_marks\n"
        "def half(notebook, *marks):\n"
        "    write(notebook, *marks)\n"
        "    if notebook.name == 'words':\n"
        "        os.kill(os.getpid(), signal.SIGKILL)\n"
        "gradebook._write_marks = half\n"
        f"cli.main(['grade', {NAME!r}, '--course-dir', {str(folder)!r}])"
    )
    died = subprocess.run([sys.executable, "-c", program], capture_output=True, check=False)
    assert died.returncode == -signal.SIGKILL
    assert tables(folder / "gradebook.db")["submitted_assignment"] == []
    assert grade(folder)[0] == 0
    assert tables(folder / "gradebook.db") == unbroken[0]


def test_control_c_says_how_to_go_on(grade, entered, tmp_path):
    folder = make_class(tmp_path / "course", entered)
    command = [sys.executable, "-m", "autograder.cli", "grade", NAME, "--course-dir", str(folder)]
    with subprocess.Popen(
        command,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
        # A shell starts background processes with this signal ignored, and tests may run in one.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    ) as process:
        while not stored(folder):
            assert process.poll() is None
            time.sleep(0.01)
        os.killpg(process.pid, signal.SIGINT)  # as a terminal does: to every process of it
        said, errors = process.communicate()
    assert process.returncode == 130, errors
    assert "Run the same command again to continue." in said
    assert "Traceback" not in errors
    done = len(stored(folder))
    left = [len(STUDENTS) - done, len(STUDENTS) - done + 1]  # one may have its folder and no more
    assert any(f"{number} of {len(STUDENTS)} are left" in said for number in left)
    status, run = grade(folder)
    assert (status, len(run)) == (0, len(STUDENTS) - done)
