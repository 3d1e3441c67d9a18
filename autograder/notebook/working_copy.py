"""The folder in which a student works: a copy of the notebooks, so that these stay as they are.

Nothing here overwrites or deletes what a student has written.
"""

from __future__ import annotations

import contextlib
import json
import os
import tempfile
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

from autograder import folders
from autograder.notebook.overview import Overview

NAME = "my_course"


def names() -> list[str]:
    """The notebooks that are handed out."""
    return sorted(
        path.stem for path in folders.pristine().glob("*/*.ipynb") if path.stem == path.parent.name
    )


def is_working_copy(folder: Path) -> bool:
    """Whether a student works in this folder: it has the index, and folders of notebooks."""
    if _is_pristine(folder) or not (folder / folders.INDEX).is_file():
        return False
    return any((folder / name).is_dir() for name in names())


def where(folder: Path | None = None) -> Path:
    """The working copy that is meant, which need not be there yet.

    Args:
        folder: what a student has named. Otherwise it is the working copy in which one stands,
            or ``my_course`` in the current folder.

    Raises:
        ValueError: if that is the folder with the notebooks as they are handed out.
    """
    if folder is not None:
        if _is_pristine(folder):
            raise ValueError(
                f"{folder.name} holds the notebooks as they are handed out: name another folder"
            )
        return folder.resolve()
    here = Path.cwd()
    for candidate in (here, here.parent):
        if _is_pristine(candidate):
            return candidate.parent / NAME
        if is_working_copy(candidate):
            return candidate
    return here / NAME


def fill(folder: Path) -> list[str]:
    """Copy what is missing, and bring the index up to date.

    Returns:
        the notebooks that are new.
    """
    new = [name for name in names() if not (folder / name / f"{name}.ipynb").exists()]
    for source in _files(folders.pristine()):
        target = folder / source.relative_to(folders.pristine())
        if not target.exists():
            target.parent.mkdir(parents=True, exist_ok=True)
            _write(target, source.read_bytes())
    refresh_index(folder)
    return new


def refresh_index(folder: Path) -> None:
    """Store the present table in the index, so that it is there before anything runs.

    An index that is damaged is begun again, and the old one kept.
    """
    path = folder / folders.INDEX
    for _ in range(2):
        try:
            notebook = json.loads(path.read_bytes())
            cells = [cell for cell in notebook["cells"] if _shows_progress(cell)]
        except (ValueError, KeyError, TypeError, AttributeError, FileNotFoundError):
            begin_again(path, folders.pristine() / folders.INDEX)
            continue
        for cell in cells:
            cell["outputs"] = [shown(Overview.of(folder))]
        text = json.dumps(notebook, ensure_ascii=False, indent=1, sort_keys=True)
        if text.encode() + b"\n" != path.read_bytes():
            _write(path, text.encode() + b"\n")
        return


def _shows_progress(cell: Any) -> bool:
    return cell.get("cell_type") == "code" and "progress(" in "".join(cell.get("source", ""))


def shown(overview: Overview) -> dict[str, Any]:
    """The output of a cell that shows the table, as a kernel gives it."""
    data = {
        "text/html": overview._repr_html_().splitlines(keepends=True),
        "text/plain": repr(overview).splitlines(keepends=True),
    }
    return {"output_type": "execute_result", "data": data, "metadata": {}, "execution_count": None}


def fresh(prefix: str) -> str:
    """Begin a notebook again, in the folder where one stands; the old one stays beside it.

    Returns:
        what was done, in a sentence or two.

    Raises:
        ValueError: if no notebook begins so, or no copy of the course is here.
    """
    name = folders.matching(prefix, names())
    here = Path.cwd()
    if any(_is_pristine(folder) for folder in (here, here.parent)):
        return _released_again(name)
    path = _place(name, here) / name / f"{name}.ipynb"
    path.parent.mkdir(parents=True, exist_ok=True)
    source = folders.pristine() / name / f"{name}.ipynb"
    if path.exists() and path.read_bytes() == source.read_bytes():
        return f"{name} is as it was handed out: there is nothing to begin again."
    kept = begin_again(path, source)
    if kept is None:
        return f"{name} is there, as it was handed out."
    return (
        f'{name} begins again. Your old notebook is beside it: "{kept.name}".\n'
        "If it is open in JupyterLab, close its tab without saving, and open it again."
    )


def _place(name: str, here: Path) -> Path:
    """The folder in which a notebook's folder is, or belongs."""
    for folder in (here, here.parent, here / NAME):
        if is_working_copy(folder):
            return folder
    if not any(here.iterdir()):
        return here
    folder = here.parent if here.name == name else here
    # An author's masters stand in the same way, but beside nbgrader's configuration.
    if (folder / name).is_dir() and not (folder.parent / folders.CONFIGURATION).is_file():
        return folder
    raise ValueError(
        "there are no notebooks of the course in this folder: go to the folder in which yours "
        "are, or make one with `autograder start`"
    )


def _released_again(name: str) -> str:
    """``course/`` gets the notebook that its master gives; what somebody wrote there is kept."""
    from autograder.authoring.release import generate

    path = folders.pristine() / name / f"{name}.ipynb"
    with tempfile.TemporaryDirectory() as folder:
        generate([name], Path(folder))
        new = (Path(folder) / name / path.name).read_bytes()
    old = path.read_bytes() if path.is_file() else new
    if old == new and path.is_file():
        return f"{name} is as it was handed out: there is nothing to begin again."
    said = f"{name} begins again."
    if old != new:
        kept = _dated(folders.pristine().parent / NAME / name / path.name)
        kept.parent.mkdir(parents=True, exist_ok=True)
        _write(kept, old)
        said += f' Your old notebook is in {NAME}/{name}: "{kept.name}".'
    path.parent.mkdir(parents=True, exist_ok=True)
    _write(path, new)
    return f"{said}\nDo not work in {folders.COURSE}/: `autograder start` makes your own copy."


def begin_again(path: Path, source: Path) -> Path | None:
    """Put ``source`` in the place of ``path``.

    Returns:
        where the old one is now; None if there was none.
    """
    kept = None
    if path.exists():
        kept = _dated(path)
        path.rename(kept)
    _write(path, source.read_bytes())
    return kept


def _dated(path: Path) -> Path:
    """A name that is free: ``02_gradient_descent 2026-11-28 20.15.ipynb``."""
    stem = f"{path.stem} {datetime.now():%Y-%m-%d %H.%M}"
    for name in _numbered(stem):
        candidate = path.with_name(f"{name}{path.suffix}")
        if not candidate.exists():
            return candidate
    raise AssertionError("numbers do not end")


def _numbered(stem: str) -> Iterator[str]:
    yield stem
    number = 2
    while True:
        yield f"{stem} ({number})"
        number += 1


def _files(folder: Path) -> list[Path]:
    return [
        path
        for path in sorted(folder.rglob("*"))
        if path.is_file() and ".ipynb_checkpoints" not in path.parts
    ]


def _write(path: Path, content: bytes) -> None:
    """Write a file whole or not at all: a full disk must not leave half a notebook."""
    part = path.with_name(f".{path.name}.part")
    try:
        part.write_bytes(content)
        os.replace(part, path)
    finally:
        with contextlib.suppress(FileNotFoundError):
            part.unlink()


def _is_pristine(folder: Path) -> bool:
    return folder.resolve() == folders.pristine()
