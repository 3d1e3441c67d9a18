"""A class in which everything that can happen to a submission happens to some student."""

from __future__ import annotations

import json
import os
import sqlite3
from pathlib import Path

import nbformat
import pytest
from arena import ALL_POINTS, CANARY, NAME, marked, notebook, right

from autograder.grading.class_run import run
from autograder.grading.collected import students
from autograder.sandbox import Limits

FILE = f"{NAME}.ipynb"


def whole():
    return notebook(answers=right())


def written(document, **options):
    return json.dumps(document, **options).encode()


def as_format_3():
    return written(nbformat.v4.downgrade(nbformat.reads(json.dumps(whole()), as_version=4)))


def without_kernelspec():
    document = whole()
    document["metadata"] = {}
    return written(document)


def of_another_kernel():
    document = whole()
    document["metadata"]["kernelspec"] = {"name": "ir", "display_name": "R", "language": "R"}
    return written(document)


def with_large_outputs():
    document = whole()
    document["cells"][-1]["outputs"] = [
        {"output_type": "stream", "name": "stdout", "text": "x" * 50_000_000}
    ]
    return written(document)


def with_a_large_text():
    document = whole()
    document["cells"][0]["source"] = "x" * 50_000_000
    return written(document)


def with_ids_twice():
    document = whole()
    for cell in document["cells"]:
        cell["id"] = "the-same"
    return written(document)


def without_ids():
    document = whole()
    document["nbformat_minor"] = 4
    for cell in document["cells"]:
        del cell["id"]
    return written(document)


def split():
    """One answer in three cells; only the middle one has nbgrader's metadata."""
    document = whole()
    cell = marked(document, "momentum_step")
    below = {**cell, "id": "below", "metadata": {}, "source": "the_same = momentum_step"}
    above = {**cell, "id": "above", "metadata": {}, "source": "also_mine = 1"}
    at = document["cells"].index(cell)
    document["cells"][at : at + 1] = [above, cell, below]
    return written(document)


def merged():
    document = whole()
    first, second = marked(document, "momentum_step"), marked(document, "nag_step")
    first["source"] = "".join(first["source"]) + "\n\n" + "".join(second["source"])
    document["cells"].remove(second)
    return written(document)


def without_checks():
    document = whole()
    document["cells"] = [
        cell
        for cell in document["cells"]
        if not cell["metadata"].get("nbgrader", {}).get("grade_id", "").startswith("check_")
    ]
    return written(document)


def without_metadata():
    document = whole()
    for cell in document["cells"]:
        cell["metadata"] = {}
    return written(document)


# What was handed in as the notebook → the points, or a part of the reason why there are no points.
FILES = {
    "right": (lambda: written(whole()), ALL_POINTS),
    "breaks off": (lambda: written(whole())[:-100], "breaks off at line 1"),
    "no JSON": (lambda: b"Dear teacher", "damaged at line 1"),
    "no notebook": (lambda: b"{}", "no list of cells"),
    "empty": (lambda: b"", "empty"),
    "format 3": (as_format_3, ALL_POINTS),
    "no kernelspec": (without_kernelspec, ALL_POINTS),
    "another kernel": (of_another_kernel, ALL_POINTS),
    "50 MB of outputs": (with_large_outputs, ALL_POINTS),
    "50 MB of text": (with_a_large_text, "characters"),
    "ids twice": (with_ids_twice, ALL_POINTS),
    "no ids": (without_ids, ALL_POINTS),
    "split": (split, ALL_POINTS),
    "merged": (merged, ALL_POINTS),
    "no checks": (without_checks, ALL_POINTS),
    "no metadata": (without_metadata, ALL_POINTS),
    "windows": (lambda: written(whole(), indent=1).replace(b"\n", b"\r\n"), ALL_POINTS),
    "windows in cells": (lambda: written(whole()).replace(rb"\n", rb"\r\n"), ALL_POINTS),
    "byte order mark": (lambda: b"\xef\xbb\xbf" + written(whole()), ALL_POINTS),
    "utf-16": (lambda: written(whole()).decode().encode("utf-16"), ALL_POINTS),
    "stubs": (lambda: written(notebook(answers={})), 0.0),
    "an error first": (lambda: written(notebook("1 / 0", answers=right())), ALL_POINTS),
    "no end first": (lambda: written(notebook("while True: pass", answers=right())), ALL_POINTS),
    "<img src=x onerror=alert(1)>": (lambda: written(whole()), ALL_POINTS),
    "o'neil \"; --": (lambda: written(whole()), ALL_POINTS),
    "Ünï 学生": (lambda: written(whole()), ALL_POINTS),
    "x" * 128: (lambda: written(whole()), ALL_POINTS),
    "x" * 129: (lambda: written(whole()), "at most 128 characters"),
    "a\nline": (lambda: written(whole()), "cannot be written"),
}


def another_name(folder, outside):
    (folder / f"{NAME} (1).ipynb").write_bytes(written(whole()))


def two_other_names(folder, outside):
    for number in (1, 2):
        (folder / f"{NAME} ({number}).ipynb").write_bytes(written(whole()))


def nothing(folder, outside):
    pass


def another_file(folder, outside):
    (folder / "essay.pdf").write_bytes(b"%PDF")


def unreadable(folder, outside):
    (folder / FILE).write_bytes(written(whole()))
    (folder / FILE).chmod(0)


def link_to_a_notebook(folder, outside):
    (folder / FILE).symlink_to(folder.parents[1] / "right" / NAME / FILE)


def link_to_the_gradebook(folder, outside):
    (folder / FILE).symlink_to(outside / "gradebook.db")


def hard_to_open(folder, outside):
    os.mkfifo(folder / FILE)


def a_folder(folder, outside):
    (folder / FILE).mkdir()


def folder_of_another(folder, outside):
    folder.rmdir()
    folder.symlink_to(folder.parents[1] / "right" / NAME)


def links_beside(folder, outside):
    """If one of them were read, its text would be printed."""
    reading = (
        "import os\n"
        "for place in ('key.txt', 'all/key.txt', '../key.txt', 'loop/loop/key.txt'):\n"
        "    if os.path.exists(place): print(open(place).read())"
    )
    (folder / FILE).write_bytes(written(notebook(reading, answers=right())))
    (folder / "key.txt").symlink_to(outside / "key.txt")
    (folder / "all").symlink_to(outside)
    (folder / "loop").symlink_to(folder)
    (folder / "pipe").mkdir()
    os.mkfifo(folder / "pipe" / "pipe")


def hidden_names(folder, outside):
    (folder / FILE).write_bytes(written(whole()))
    for name in (".git", ".nbgrader", "\\..\\evil", "~", "$HOME", "a\nb", "-rf", "nul", " "):
        (folder / name).write_bytes(b"x")


def files_in_the_way(folder, outside):
    """The names of files that grading writes."""
    (folder / FILE).write_bytes(written(whole()))
    for name in ("gradebook.db", "autograded", f".{NAME}.new", "secret"):
        (folder / name).write_bytes(b"x")


FOLDERS = {
    another_name: ALL_POINTS,
    two_other_names: "may be meant",
    nothing: "There is no",
    another_file: "the folder has essay.pdf",
    unreadable: ALL_POINTS if os.geteuid() == 0 else "Permission denied",
    link_to_a_notebook: "symbolic link",
    link_to_the_gradebook: "symbolic link",
    hard_to_open: "a pipe",
    a_folder: "a folder",
    folder_of_another: "symbolic link",
    links_beside: ALL_POINTS,
    hidden_names: ALL_POINTS,
    files_in_the_way: ALL_POINTS,
}
EXPECTED = {name: expected for name, (_, expected) in FILES.items()} | {
    make.__name__: expected for make, expected in FOLDERS.items()
}


@pytest.fixture(scope="module")
def class_folder(tmp_path_factory):
    root = tmp_path_factory.mktemp("course")
    outside = tmp_path_factory.mktemp("outside")
    for name in ("gradebook.db", "key.txt"):
        (outside / name).write_text(CANARY)

    def folder_of(student):
        folder = root / "submitted" / student / NAME
        folder.mkdir(parents=True)
        return folder

    for student, (make, _) in FILES.items():
        (folder_of(student) / FILE).write_bytes(make())
    for put in FOLDERS:
        put(folder_of(put.__name__), outside)
    return root


@pytest.fixture(scope="module")
def before(class_folder):
    return state(class_folder / "submitted")


@pytest.fixture(scope="module")
def results(class_folder, before):
    who = students(class_folder, NAME)
    limits = Limits(cell_seconds=2)
    return {
        result.student: result
        for result in run(NAME, class_folder, students=who, workers=2, limits=limits)
    }


def state(folder: Path) -> dict[str, object]:
    """The content of each file below."""
    return {
        str(path): (path.lstat().st_mode, path.lstat().st_mtime_ns, path.lstat().st_size)
        for path in folder.rglob("*")
    }


@pytest.mark.parametrize("student", EXPECTED)
def test_everybody_has_a_mark_or_a_reason(results, student):
    result, expected = results[student], EXPECTED[student]
    if isinstance(expected, str):
        assert expected in result.problem
        assert result.points is None
    else:
        assert (result.points, result.problem) == (expected, "")


def test_nobody_is_left_out(results):
    assert set(results) == set(EXPECTED)


def test_the_gradebook_has_the_marks_of_those_who_have_one(class_folder, results):
    with sqlite3.connect(class_folder / "gradebook.db") as connection:
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        scores = dict(
            connection.execute(
                "SELECT submitted_assignment.student_id, SUM(grade.auto_score) FROM grade"
                " JOIN submitted_notebook ON grade.notebook_id = submitted_notebook.id"
                " JOIN submitted_assignment"
                " ON submitted_notebook.assignment_id = submitted_assignment.id"
                " GROUP BY submitted_assignment.student_id"
            )
        )
    assert scores == {name: r.points for name, r in results.items() if not r.problem}


def test_nothing_was_read_or_written_that_is_not_ones_own(class_folder, results, before):
    assert state(class_folder / "submitted") == before
    written_files = [path for path in (class_folder / "autograded").rglob("*") if path.is_file()]
    assert written_files
    assert not any(CANARY.encode() in path.read_bytes() for path in written_files)
    assert not any(path.is_symlink() for path in (class_folder / "autograded").rglob("*"))
    there = {path.name for path in (class_folder / "autograded").iterdir()}
    assert there == {name for name, result in results.items() if not result.problem}
