"""Which files of a submission's folder are read, and how: no link is followed, no device read."""

from __future__ import annotations

import errno
import os
import re
import stat
from collections.abc import Collection, Iterator
from pathlib import Path

from autograder.grading.submission.cells import Unreadable
from autograder.grading.submission.reading import MAX_BYTES, brief, read, too_big

MAX_FILES = 1_000
MAX_FOLDERS_DEEP = 10
MAX_COMPANIONS = 20_000_000  # bytes, of all files beside the notebook


def load(path: Path, limit: int = MAX_BYTES) -> bytes:
    """The content of an ordinary file of at most ``limit`` bytes.

    Raises:
        Unreadable: if it is not an ordinary file, or cannot be read.
    """
    name = brief(path.name)
    try:
        # Without O_NONBLOCK, opening a pipe would wait for its other end.
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    except OSError as error:
        if error.errno == errno.ELOOP:
            raise Unreadable(f"{name} is a symbolic link; those are not followed.") from None
        raise Unreadable(f"{name} cannot be read: {error.strerror}.") from None
    try:
        status = os.fstat(descriptor)
        if not stat.S_ISREG(status.st_mode):
            raise Unreadable(f"{name} is not a file, but {_kind(status.st_mode)}.")
        if status.st_size > limit:
            raise Unreadable(f"{name}: {too_big(status.st_size)}")
        with open(descriptor, "rb", closefd=False) as file:
            return file.read(limit)
    except OSError as error:
        raise Unreadable(f"{name} cannot be read: {error.strerror}.") from None
    finally:
        os.close(descriptor)


def choose(folder: Path, name: str, grade_ids: Collection[str]) -> tuple[Path, list[str]]:
    """The file that was handed in as notebook ``name``, and notes on how it was found.

    The name itself comes first, then the same name with other capitals, then a browser's copies of
    it (``03_momentum (1).ipynb``), then the only notebook with cells of this assignment.

    Args:
        folder: of one student and assignment.
        grade_ids: of the source's cells.

    Raises:
        Unreadable: if there is none, or more than one may be meant.
    """
    wanted = f"{name}.ipynb"
    try:
        names = sorted(os.listdir(folder))
    except OSError as error:
        raise Unreadable(f"The folder cannot be read: {error.strerror}.") from None
    if wanted in names:
        return folder / wanted, []
    files = [n for n in names if not n.startswith(".") and _is_file(folder / n)]
    notebooks = [n for n in files if n.lower().endswith(".ipynb")]
    same = [n for n in notebooks if n.lower() == wanted.lower()]
    copies = [n for n in files if _is_copy(n, name)]
    ours = [n for n in notebooks if _fits(folder / n, grade_ids)] if not same + copies else []
    for found in (same, copies, ours):
        if len(found) == 1:
            return folder / found[0], [f"{wanted} is missing: {brief(found[0])} was graded"]
        if found:
            listed = ", ".join(map(brief, found))
            raise Unreadable(f"There is no {wanted}, and any of {listed} may be meant: rename one.")
    listed = ", ".join(map(brief, notebooks or files)) or "nothing"
    raise Unreadable(f"There is no {wanted}; the folder has {listed}.")


def companions(folder: Path, notebooks: Collection[str]) -> tuple[dict[str, bytes], list[str]]:
    """The files beside the notebooks, by path in the folder, and notes on what was left out.

    Args:
        folder: of one student and assignment.
        notebooks: names of the files that are graded; they are not among the companions.
    """
    found: dict[str, bytes] = {}
    notes = []
    size = 0
    for path in _walk(folder, MAX_FOLDERS_DEEP):
        relative = path.relative_to(folder).as_posix()
        if relative in notebooks:
            continue
        if len(found) == MAX_FILES:
            notes.append(f"more than {MAX_FILES} files were handed in: the rest was left out")
            break
        try:
            relative.encode()
            content = load(path, MAX_COMPANIONS - size)
        except UnicodeEncodeError:
            notes.append(f"{brief(relative)} was left out: its name is not UTF-8")
        except Unreadable:
            notes.append(
                f"{brief(relative)} was left out: not an ordinary file, unreadable or too big"
            )
        else:
            found[relative] = content
            size += len(content)
    return found, notes


def _walk(folder: Path, depth: int) -> Iterator[Path]:
    """Everything except folders, sorted by name, without what Jupyter and Python leave behind."""
    try:
        entries = sorted(os.scandir(folder), key=lambda entry: entry.name)
    except OSError:
        return
    for entry in entries:
        if entry.name in (".ipynb_checkpoints", "__pycache__"):
            continue
        if not entry.is_dir(follow_symlinks=False):
            yield Path(entry.path)
        elif depth:
            yield from _walk(Path(entry.path), depth - 1)


def _kind(mode: int) -> str:
    if stat.S_ISDIR(mode):
        return "a folder"
    return "a pipe" if stat.S_ISFIFO(mode) else "a device"


def _is_file(path: Path) -> bool:
    try:
        return stat.S_ISREG(path.lstat().st_mode)
    except OSError:
        return False


def _is_copy(file_name: str, name: str) -> bool:
    """Whether a browser, a desktop or Jupyter would give a copy of the notebook this name."""
    stem = re.escape(name)
    copy = rf"(copy of )?{stem}([ _-]*(\(\d+\)|copy ?\d*( \(\d+\))?))*"
    return re.fullmatch(rf"{copy}\.ipynb(\.txt|\.json)?", file_name, re.IGNORECASE) is not None


def _fits(path: Path, grade_ids: Collection[str]) -> bool:
    """Whether a notebook has at least half of the assignment's marked cells."""
    try:
        there = {cell.grade_id for cell in read(load(path)).cells}
    except Unreadable:
        return False
    return bool(grade_ids) and 2 * len(there & set(grade_ids)) >= len(set(grade_ids))
