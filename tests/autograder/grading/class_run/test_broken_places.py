"""Where something cannot be written, there is a sentence; then the same command goes on."""

from __future__ import annotations

import os
import shutil
import sqlite3
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from small_course import NAME, hand_in, tables

from autograder import cli

FORKED = Path(__file__).parents[2] / "forked.py"
LOUD = "print('x' * 3_000_000)\ndef double(x):\n    return 2 * x"


@pytest.fixture
def folder(entered, tmp_path):
    folder = tmp_path / "course"
    shutil.copytree(entered, folder)
    hand_in(folder, "ada")
    hand_in(folder, "zoe")
    return folder


def grade(folder: Path, capsys: Any, *options: str) -> tuple[int, str]:
    status = cli.main(["grade", NAME, "--course-dir", str(folder), "--workers", "1", *options])
    said = capsys.readouterr()
    assert "Traceback" not in said.err
    return status, said.out + said.err


def goes_on(folder: Path, capsys: Any) -> None:
    status, said = grade(folder, capsys)
    assert status == 0, said
    assert len(tables(folder / "gradebook.db")["submitted_assignment"]) == 2


def set_url(folder: Path, url: str) -> None:
    with (folder / "nbgrader_config.py").open("a") as file:
        file.write(f"c.CourseDirectory.db_url = {url!r}\n")


def test_a_locked_gradebook(folder, capsys):
    book = folder / "gradebook.db"
    set_url(folder, f"sqlite:///{book}?timeout=1")
    other = sqlite3.connect(book)
    other.execute("BEGIN EXCLUSIVE")
    status, said = grade(folder, capsys)
    assert status == 1
    assert "database is locked. Another program is writing to it: wait until it is done" in said
    assert "[SQL" not in said
    other.rollback()
    other.close()
    goes_on(folder, capsys)


@pytest.mark.parametrize("left", [0, 3_000, 0.5])
def test_a_truncated_gradebook(folder, capsys, left):
    goes_on(folder, capsys)
    hand_in(folder, "zoe", why="New.")
    book = folder / "gradebook.db"
    os.truncate(book, left if left > 1 else int(book.stat().st_size * left))
    status, said = grade(folder, capsys)
    if status:
        assert "move it away for a new one" in said
        book.unlink()
    goes_on(folder, capsys)


def test_a_missing_driver(folder, capsys):
    config = folder / "nbgrader_config.py"
    before = config.read_text()
    for url in ("nosuch://host/class", "oracle+cx_oracle://teacher:secret@host/class"):
        config.write_text(before)
        set_url(folder, url)
        status, said = grade(folder, capsys)
        assert status == 1
        assert "Install the Python package that connects to" in said
        assert "secret" not in said
    config.write_text(before)
    goes_on(folder, capsys)


def in_a_small_world(folder: Path, script: str) -> str:
    """Run shell commands with mounts that nobody else sees."""
    if os.geteuid() != 0:
        pytest.skip("only root can mount")
    done = subprocess.run(
        ["unshare", "--mount", "sh", "-c", f"set -e; cd {folder.parent}; {script}"],
        capture_output=True,
        text=True,
        env={
            **os.environ,
            "RUN": f"{sys.executable} {FORKED}",
            "GRADE": f"grade {NAME} --course-dir {folder} --workers 1",
        },
    )
    said = done.stdout + done.stderr
    assert done.returncode == 0, said
    assert "Traceback" not in said
    return said


def test_a_full_disk(folder, capsys):
    hand_in(folder, "ada", LOUD)
    said = in_a_small_world(
        folder,
        "mkdir full; mount -t tmpfs -o size=2m none full; cp -a course/. full; "
        "mount --bind full course; "
        '$RUN --fail "$GRADE" "$GRADE"; mount -o remount,size=90m full; $RUN "$GRADE"',
    )
    first, second, third, _ = said.split("====")
    assert "ada: There is no room on the disk for its result." in said
    assert "1 graded, 0 graded before" in first
    assert "0 graded, 1 graded before" in second
    assert "1 graded, 1 graded before" in third


def test_a_disk_that_is_full_to_the_last_byte(folder, capsys):
    said = in_a_small_world(
        folder,
        "mkdir full; mount -t tmpfs -o size=2m none full; cp -a course/. full; "
        "mount --bind full course; "
        'cat /dev/zero > course/filler 2> /dev/null || true; $RUN --fail "$GRADE"; '
        'rm course/filler; $RUN "$GRADE"',
    )
    assert "no room on the disk" in said or "Make room on this disk" in said
    assert "2 graded, 0 graded before" in said or "1 graded, 1 graded before" in said


def test_a_disk_that_cannot_be_written(folder, capsys):
    said = in_a_small_world(
        folder,
        'mount --bind course course; mount -o remount,ro,bind course; $RUN --fail "$GRADE"; '
        'umount course; $RUN "$GRADE"',
    )
    assert "cannot be written: Read-only file system. Make the folder writable for you" in said
    assert "2 graded, 0 graded before" in said


def test_a_folder_as_the_shell_completes_it(folder, capsys):
    status = cli.main(["grade", f"{NAME}/", "--course-dir", str(folder), "--student", "ada"])
    assert status == 0
    assert "1 graded" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ([NAME, "--course-dir", "/not/there"], "/not/there: there is no such folder"),
        (["solutions/small"], "'solutions/small' is no name of an assignment"),
        (["/"], "'/' is no name of an assignment"),
    ],
)
def test_a_place_that_is_not_there_is_named(arguments, says, capsys):
    assert cli.main(["grade", *arguments]) == 1
    assert says in capsys.readouterr().err
