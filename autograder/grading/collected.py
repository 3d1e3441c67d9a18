"""What was collected from a class: who handed in what, read as the judge gets it."""

from __future__ import annotations

import difflib
import unicodedata
from collections.abc import Collection, Mapping, Sequence
from fnmatch import fnmatch
from pathlib import Path, PurePath
from typing import Protocol

from autograder import folders
from autograder.grading.assignment import Source, source_folder
from autograder.grading.bounded import apart
from autograder.grading.submission import (
    SourceCell,
    Submission,
    Unreadable,
    choose,
    companions,
    is_alone,
    load,
)
from autograder.sandbox import Limits

TIMESTAMP = "timestamp.txt"  # nbgrader's note of when a submission was handed in
MAX_NAME = 128  # characters of a student's name, nbgrader's limit
IGNORED = [".ipynb_checkpoints", "*.pyc", "__pycache__", "feedback"]  # nbgrader's default


def students(class_folder: Path, name: str, wanted: Collection[str] = ()) -> list[str]:
    """The students who handed something in for an assignment; only the ``wanted`` ones, if given.

    Raises:
        FileNotFoundError: if there is no such assignment.
        ValueError: if a wanted student handed in nothing.
    """
    source_folder(class_folder, name)
    handed_in = folders.directory(class_folder, "submitted").glob(f"*/{name}")
    found = sorted(f.parent.name for f in handed_in if not f.parent.name.startswith("."))
    for student in wanted:
        if student not in found:
            near = difflib.get_close_matches(student, found, n=3, cutoff=0.5)
            hint = f"; did you mean {' or '.join(near)}?" if near else ""
            raise ValueError(f"{student} handed in nothing for {name}{hint}")
    return sorted(set(wanted)) or found


def handed_in_at(submission: Submission) -> str:
    """When it was handed in, as noted in a file beside it; "" if there is no note."""
    return submission.files.get(TIMESTAMP, b"").decode("utf-8", "replace").strip()


class Asked(Protocol):
    """As much of an assignment as reading a submission needs."""

    @property
    def name(self) -> str: ...
    @property
    def notebooks(self) -> Mapping[str, Source]: ...
    @property
    def limits(self) -> Limits: ...


class Collected:
    """The submissions of one assignment."""

    def __init__(self, class_folder: Path, assignment: Asked) -> None:
        self._assignment = assignment
        self._submitted = folders.directory(class_folder, "submitted")
        config = folders.configuration(class_folder)
        self._ignored: list[str] = config.CourseDirectory.get("ignore", IGNORED)
        kept = config.Autograde.get("exclude_overwriting", {}).get(assignment.name, [])
        self._given = self._files_of_source(class_folder, kept)
        self._chosen: dict[Path, tuple[Path, list[str]]] = {}

    def read(self, student: str) -> Submission:
        """What a student handed in, with the source's files over it.

        Raises:
            Unreadable: if there is nothing that can be graded.
        """
        folder = self._submitted / student / self._assignment.name
        _refuse_odd(student, folder)
        notebooks, notes = {}, []
        for name in self._assignment.notebooks:
            try:
                notebooks[name], found = self._notebook(folder, name)
            except Unreadable as problem:
                if len(self._assignment.notebooks) == 1 or (folder / f"{name}.ipynb").exists():
                    raise
                found = [f"{problem} It gets no points."]
            notes += found
        if not notebooks:
            raise Unreadable(f"There is no notebook. {notes[0]}")
        files, left_out = companions(folder, ())
        given = {PurePath(path) for path in self._given}
        kept = {
            path: content
            for path, content in files.items()
            if not self._is_ignored(PurePath(path)) and not _collides(PurePath(path), given)
        }
        return Submission(student, notebooks, {**kept, **self._given}, (*notes, *left_out))

    def digest(self, student: str) -> str:
        """The digest of what a student handed in; empty if it cannot be read."""
        try:
            return self.read(student).digest
        except Unreadable:
            return ""

    def _notebook(self, folder: Path, name: str) -> tuple[bytes, list[str]]:
        """One notebook of a submission, and notes on how it was found."""
        source = self._assignment.notebooks[name]
        path, notes = self._choice(folder, name, source.cells)
        if path.stem != name and path.stem in self._assignment.notebooks:
            raise Unreadable(f"There is no {name}.ipynb.")
        return load(path), notes

    def _choice(
        self, folder: Path, name: str, cells: Sequence[SourceCell]
    ) -> tuple[Path, list[str]]:
        """The file that was handed in as a notebook. To find it, some may have to be read."""
        wanted = folder / f"{name}.ipynb"
        known = self._assignment.notebooks
        if is_alone(wanted, known):
            return wanted, []
        if wanted not in self._chosen:
            try:
                self._chosen[wanted] = apart(
                    self._assignment.limits, lambda: choose(folder, name, cells, known)
                )
            except (MemoryError, TimeoutError) as error:
                raise Unreadable(
                    f"It cannot be told which file is {name}.ipynb: {error}. Leave only that one."
                ) from None
        return self._chosen[wanted]

    def _files_of_source(self, class_folder: Path, kept: Collection[str]) -> dict[str, bytes]:
        """The author's files beside the notebook, without those that students may change."""
        folder = source_folder(class_folder, self._assignment.name)
        paths = {path.relative_to(folder): path for path in folder.rglob("*") if path.is_file()}
        return {
            relative.as_posix(): path.read_bytes()
            for relative, path in paths.items()
            if relative.as_posix() not in kept and not self._is_ignored(relative)
        }

    def _is_ignored(self, path: PurePath) -> bool:
        """Whether nbgrader would leave this file out, too."""
        patterns = ["*.ipynb", *self._ignored]
        return any(fnmatch(part, pattern) for part in path.parts for pattern in patterns)


def _collides(path: PurePath, others: Collection[PurePath]) -> bool:
    """Whether ``path`` and another file cannot both exist: one would have to be a folder."""
    return any(path in other.parents or other in path.parents for other in others)


def _refuse_odd(student: str, folder: Path) -> None:
    """Refuse a student's name or folder into which no submission can be collected.

    Raises:
        Unreadable: with the reason.
    """
    if len(student) > MAX_NAME:
        raise Unreadable(f"A student's name may have at most {MAX_NAME} characters.")
    if any(unicodedata.category(c) in ("Cc", "Cs") for c in student):
        raise Unreadable("The student's name has characters that cannot be written.")
    for path in (folder.parent, folder):
        if path.is_symlink():
            raise Unreadable(f"The folder {path.name} is a symbolic link; those are not followed.")
    if not folder.is_dir():
        raise Unreadable(f"{folder.name} is not a folder.")
