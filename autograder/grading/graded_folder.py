"""The folders ``autograded/STUDENT/ASSIGNMENT``: written whole, and read to continue a run.

Those of ``submitted`` are written in the same way when a class's files are collected.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

MODE = 0o444  # as nbgrader's: nobody edits what was graded

Records = dict[str, dict[str, Any]]  # notebook → what the judge noted in its metadata


class Folder:
    """Where one submission goes when it is graded or, with another ``mode``, collected.

    It is written beside its place and then renamed. An old one is moved aside first, and deleted
    when the new one is there. If the process is killed, at any moment, :meth:`recover` finds either
    the old folder or the new one, complete.
    """

    def __init__(self, place: Path, student: str, assignment: str, mode: int = MODE) -> None:
        self._mode = mode
        self.path = place / student / assignment
        self._new = self.path.with_name(f".{assignment}.new")
        self._old = self.path.with_name(f".{assignment}.old")

    def recover(self) -> None:
        """Tidy up after a process that was killed."""
        if self._old.exists() and not self.path.exists():
            self._old.rename(self.path)
        for leftover in (self._new, self._old):
            if leftover.exists():
                shutil.rmtree(leftover)

    def records(self) -> Records:
        """The records in its notebooks; none for notebooks that the judge did not write."""
        found = {}
        for path in self.path.glob("*.ipynb"):
            try:
                record = json.loads(path.read_bytes())["metadata"]["autograder"]
            except (OSError, ValueError, KeyError, TypeError):
                continue
            found[path.stem] = record
        return found

    def cells(self, notebook: str) -> list[dict[str, Any]]:
        """The cells of a graded notebook; none if it is not there."""
        try:
            return list(json.loads((self.path / f"{notebook}.ipynb").read_bytes())["cells"])
        except (OSError, ValueError, KeyError, TypeError):
            return []

    def write(self, notebooks: Mapping[str, str], files: Mapping[str, bytes]) -> None:
        """Put a graded submission in its place.

        Args:
            notebooks: name → text.
            files: relative name → content.

        Raises:
            OSError: if it cannot be written; the old one is then still in its place.
        """
        try:
            self._write_beside(notebooks, files)
        except OSError:
            shutil.rmtree(self._new, ignore_errors=True)  # half of it is of no use
            raise
        if self.path.exists():
            self.path.rename(self._old)
        self._new.rename(self.path)
        if self._old.exists():
            shutil.rmtree(self._old)

    def _write_beside(self, notebooks: Mapping[str, str], files: Mapping[str, bytes]) -> None:
        contents = {**files, **{f"{name}.ipynb": text.encode() for name, text in notebooks.items()}}
        for name, content in contents.items():
            path = self._new / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
            path.chmod(self._mode)
