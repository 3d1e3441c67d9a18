"""Where the machine fails, a command ends in a sentence, and the same command goes on later."""

from __future__ import annotations

import os
import shlex
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
from class_of_six import NAME

from autograder import cli
from autograder.desk.marked import MarkedClass

FORKED = Path(__file__).parents[1] / "forked.py"
READING = (["class"], ["feedback", NAME], ["export", NAME], ["report", NAME],
           ["marks", "export", NAME])  # fmt: skip


@pytest.fixture
def papers(folder):
    """A roster and an export of Canvas beside the class, and every command that writes."""
    beside = folder.parent
    (beside / "roster.csv").write_text("id,name\nada,Ada King\n")
    with zipfile.ZipFile(beside / "canvas.zip", "w") as archive:
        archive.writestr(f"ada_1_2_{NAME}.ipynb", "x" * 3_000_000)
    return [
        f"roster {beside}/roster.csv",
        f"collect {beside}/canvas.zip",
        f"feedback {NAME}",
        f"report {NAME}",
        f"export {NAME} --to {folder}/marks.csv",
        f"marks export {NAME} --to {folder}/table.csv",
        f"grade {NAME} --workers 1",
    ]


def in_a_small_world(folder, script):
    """Run shell commands with mounts that nobody else sees; each must end without a traceback."""
    if os.geteuid() != 0:
        pytest.skip("only root can mount")
    done = subprocess.run(
        ["unshare", "--mount", "sh", "-c", f"set -e; cd {folder.parent}; {script}"],
        capture_output=True,
        text=True,
        env={**os.environ, "RUN": f"{sys.executable} {FORKED}"},
    )
    said = done.stdout + done.stderr
    assert done.returncode == 0, said
    assert "Traceback" not in said
    return said


def quoted(folder, *commands):
    """The commands about this class, each as one word of the shell."""
    return shlex.join(f"{command} --course-dir {folder}" for command in commands)


def test_a_folder_that_cannot_be_written(folder, papers):
    reads = quoted(folder, "class")
    said = in_a_small_world(
        folder,
        f"mount --bind class class; mount -o remount,ro,bind class; $RUN {reads}; "
        f"$RUN --fail {quoted(folder, *papers)}; umount class; $RUN {quoted(folder, papers[2])}",
    )
    said_of_class, *said_of_each, said_after, _ = said.split("====")
    assert f"{NAME}: 7 students" in said_of_class  # what only reads, works
    assert len(said_of_each) == len(papers)
    for command, words in zip(papers, said_of_each, strict=True):
        assert "Make the folder writable for you" in words or "Make it writable" in words, command
    assert "5 pages written" in said_after


def test_a_full_disk_loses_nothing(folder, papers):
    commands = quoted(folder, *papers[:5])
    said = in_a_small_world(
        folder,
        "mkdir full; mount -t tmpfs -o size=80m none full; cp -a class/. full; "
        "mount --bind full class; cat /dev/zero > class/filler 2> /dev/null || true; "
        f"$RUN --fail {commands}; echo LEFT; "
        "find class -name '.*.csv.*' -o -name '*.html*' -o -name '*.new'; "
        f"echo NOW; rm class/filler; $RUN {commands}",
    )
    full, said_after = said.split("LEFT")
    left, after = said_after.split("NOW")
    assert full.count("Make room on this disk") == 5
    assert left.strip() == ""
    assert "5 pages written" in after
    assert "1 collected" in after


def test_a_damaged_gradebook(folder, capsys, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    book = folder / "gradebook.db"
    data = bytearray(book.read_bytes())
    data[:100] = bytes(100)
    book.write_bytes(data)
    (tmp_path / "ids.csv").write_text("id\nada\n")
    for command in (*READING, ["roster", "ids.csv"], ["grade", NAME, "--workers", "1"]):
        assert cli.main([*command, "--course-dir", str(folder)]) == 1
        assert "move it away for a new one" in capsys.readouterr().err
    assert book.read_bytes() == data


@pytest.mark.parametrize("url", ["nosuch://host/class", "oracle+cx_oracle://me:secret@host/class"])
def test_a_missing_driver(folder, capsys, policy, tmp_path, monkeypatch, url):
    monkeypatch.chdir(tmp_path)
    policy(f"c.CourseDirectory.db_url = {url!r}")
    (tmp_path / "ids.csv").write_text("id\nada\n")
    for command in (*READING, ["roster", "ids.csv"]):
        assert cli.main([*command, "--course-dir", str(folder)]) == 1
        said = capsys.readouterr().err
        assert "Install the Python package that connects to" in said
        assert "secret" not in said


def test_a_damaged_notebook_is_named_and_graded_again(folder, capsys, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    path = MarkedClass(folder, NAME).path("ed", NAME)
    path.chmod(0o644)
    path.write_text(path.read_text("utf-8")[:1000], "utf-8")
    for command in READING:
        assert cli.main([*command, "--course-dir", str(folder)]) == 1
        assert f"{path} is damaged" in capsys.readouterr().err
    command = ["grade", NAME, "--student", "ed", "--workers", "1", "--course-dir", str(folder)]
    assert cli.main(command) == 0
    assert cli.main(["class", "--course-dir", str(folder)]) == 0
