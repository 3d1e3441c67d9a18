"""Which files of a submission's folder are read, and how: no link is followed, no device read."""

from __future__ import annotations

import errno
import os
import re
import stat
from collections.abc import Collection, Iterator, Sequence
from pathlib import Path

from autograder.grading.submission.cells import SourceCell, Unreadable
from autograder.grading.submission.reading import MAX_BYTES, brief, read, too_big
from autograder.grading.submission.restoring import restore

SAVED_AS_TEXT = (".ipynb.txt", ".ipynb.json")  # what browsers make of a notebook's name
NOTEBOOKS = (".ipynb", *SAVED_AS_TEXT)
# What tools make for themselves, thousands of files at times: nobody's work.
OF_TOOLS = frozenset({".git", "site-packages", "node_modules", ".ipynb_checkpoints", "__pycache__"})
# What `autograder fresh` calls the notebook that stood there before: nobody asks for its answers.
_BEFORE = re.compile(r" \d{4}-\d\d-\d\d \d\d\.\d\d\b[^.]*\.ipynb$")
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


def choose(
    folder: Path, name: str, source: Sequence[SourceCell], known: Collection[str] = ()
) -> tuple[Path, list[str]]:
    """The file that was handed in as notebook ``name``, and notes on how it was found.

    The name itself comes first, then the same name with other capitals, then a browser's copies of
    it (``03_momentum (1).ipynb``), then the only notebook with cells of this assignment; then the
    same in the folder's only folder, as unpacking an archive makes one. Of several notebooks of
    one name, the only one with answers counts. Where the name itself has none, that may be one of
    another name (``03_momentum_final.ipynb``).

    Args:
        folder: of one student and assignment.
        name: of the notebook, without ending.
        source: the cells of the notebook's source.
        known: names of the assignment's notebooks: each counts as itself only.

    Raises:
        Unreadable: if there is none, or more than one may be meant.
    """
    wanted = f"{name}.ipynb"
    files, _ = _listed(folder)
    path = folder / wanted
    there = wanted in files or os.path.lexists(path)  # what is no file is refused by name later
    notebooks = [n for n in files if n.lower().endswith(".ipynb")]
    same, copies = _beside(files, name)
    if there:
        own = {wanted, *same, *copies, *(f"{other}.ipynb" for other in known)}
        strangers = [n for n in notebooks if n not in own and _fits(folder / n, source)]
        return _with_answers(folder, wanted, [*same, *copies], strangers, source)
    ours = [n for n in notebooks if _fits(folder / n, source)] if not same + copies else []
    for found in (same, copies, ours):
        if len(found) == 1:
            return folder / found[0], [f"{wanted} is missing: {brief(found[0])} was graded"]
        if found:
            listed = ", ".join(map(brief, found))
            raise Unreadable(f"There is no {wanted}, and any of {listed} may be meant: rename one.")
    if deeper := _unpacked(folder):
        path, notes = choose(folder / deeper, name, source, known)
        return path, [*notes, f"{wanted} is in the folder {brief(deeper)}"]
    listed = ", ".join(map(brief, notebooks or files)) or "nothing"
    raise Unreadable(f"There is no {wanted}; the folder has {listed}.")


def is_alone(path: Path, known: Collection[str] = ()) -> bool:
    """Whether a notebook is there, and beside it only those ``known``: nothing has to be read."""
    own = {path.name, *(f"{name}.ipynb" for name in known)}
    try:
        files = _listed(path.parent)[0]
    except Unreadable:
        return False
    return os.path.lexists(path) and not any(
        n.lower().endswith(NOTEBOOKS) and n not in own for n in files
    )


def _beside(files: Sequence[str], name: str) -> tuple[list[str], list[str]]:
    """Which files are notebook ``name`` with other capitals, and which are copies of it."""
    wanted = f"{name}.ipynb"
    others = [n for n in files if n != wanted]
    same = [n for n in others if n.lower() == wanted.lower()]
    return same, [n for n in others if n not in same and _is_copy(n, name)]


def _listed(folder: Path) -> tuple[list[str], list[str]]:
    """The names of the files and of the folders in a folder, without hidden ones."""
    try:
        names = [n for n in sorted(os.listdir(folder)) if not n.startswith((".", "__"))]
    except OSError as error:
        raise Unreadable(f"The folder cannot be read: {error.strerror}.") from None
    files = [n for n in names if _is_file(folder / n)]
    return files, [n for n in names if _is_folder(folder / n)]


def _unpacked(folder: Path) -> str:
    """The only folder in a folder, if the notebooks are in there; or ""."""
    files, folders = _listed(folder)
    if len(folders) != 1 or any(n.lower().endswith(NOTEBOOKS) for n in files):
        return ""
    inside = _listed(folder / folders[0])[0]
    return folders[0] if any(n.lower().endswith(NOTEBOOKS) for n in inside) else ""


def _with_answers(
    folder: Path,
    wanted: str,
    copies: Sequence[str],
    strangers: Sequence[str],
    source: Sequence[SourceCell],
) -> tuple[Path, list[str]]:
    """The notebook ``wanted``, unless the answers are in a copy of it or in a stranger.

    Raises:
        Unreadable: if it and a copy have answers, and not the same ones.
    """
    others = [*copies, *strangers]
    if not others:
        return folder / wanted, []
    mine = answers(folder / wanted, source)
    if mine is None:  # it is refused, and its copy may be an old one
        return folder / wanted, []
    theirs = {n: found for n in others if (found := answers(folder / n, source))}
    different = [n for n, found in theirs.items() if found != mine]
    if not different:
        return folder / wanted, []
    if mine and set(different) <= set(strangers):
        told = [n for n in different if not _BEFORE.search(n)]
        return folder / wanted, [f"{brief(n)} has other answers: not graded" for n in told]
    if mine or len({frozenset(theirs[n].items()) for n in different}) > 1:
        listed = ", ".join(map(brief, [wanted, *different] if mine else different))
        raise Unreadable(f"{listed} have different answers: delete all but one.")
    only = different[0]
    return folder / only, [f"{wanted} has no answers: {brief(only)} was graded"]


def answers(path: Path, source: Sequence[SourceCell]) -> dict[str, str] | None:
    """The texts of a notebook's solutions that are not as released; None: it cannot be read."""
    try:
        cells = restore(read(load(path)), source).cells
    except Unreadable:
        return None
    released = {cell.grade_id: cell.released.rstrip() for cell in source if cell.solution}
    return {
        cell.grade_id: cell.source.rstrip()
        for cell in cells
        if cell.solution and cell.source.rstrip() != released[cell.grade_id]
    }


def companions(folder: Path, notebooks: Collection[str]) -> tuple[dict[str, bytes], list[str]]:
    """The files beside the notebooks, by path from there, and notes on what was left out.

    Args:
        folder: of one student and assignment.
        notebooks: names of the files that are graded; they are not among the companions.
    """
    found: dict[str, bytes] = {}
    notes = []
    size = 0
    beside = f"{_unpacked(folder)}/"
    for path in _walk(folder, MAX_FOLDERS_DEEP):
        relative = path.relative_to(folder).as_posix().removeprefix(beside)
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
    """Everything except folders, sorted by name, without what tools leave behind."""
    try:
        entries = sorted(os.scandir(folder), key=lambda entry: entry.name)
    except OSError:
        return
    for entry in entries:
        if entry.name in OF_TOOLS:
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
    # Each part in one way only: with two, a long name would keep the whole class waiting.
    copy = rf"(copy of )?{stem}([ _-]*(\(\d+\)|copy( ?\d+)?))*[ _-]*"
    return re.fullmatch(rf"{copy}\.ipynb(\.txt|\.json)?", file_name, re.IGNORECASE) is not None


def _is_folder(path: Path) -> bool:
    try:
        return stat.S_ISDIR(path.lstat().st_mode)
    except OSError:
        return False


def _fits(path: Path, source: Sequence[SourceCell]) -> bool:
    """Whether a notebook has at least half of the assignment's marked cells."""
    grade_ids = {cell.grade_id for cell in source if cell.nbgrader}
    try:
        there = {cell.grade_id for cell in read(load(path)).cells}
    except Unreadable:
        return False
    return bool(grade_ids) and 2 * len(there & grade_ids) >= len(grade_ids)
