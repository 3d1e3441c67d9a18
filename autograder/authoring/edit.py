"""Edit a master as text: every cell a paragraph of Python, and the outputs stay where they are.

The text shows of a cell's metadata what an author writes (:data:`SHOWN`); nbgrader's come from the
cells themselves when the notebook is built.
"""

from __future__ import annotations

import ast
import copy
import difflib
import os
import shlex
import shutil
import subprocess
from collections import defaultdict
from collections.abc import Callable
from pathlib import Path
from typing import Any

import nbformat

from autograder.folders import master, notebooks, repository

SHOWN = ("tolerance", "tags")
EDITORS = ("sensible-editor", "nano", "vim", "vi", "notepad")
# What an editor with windows needs so that it ends when the file is closed.
WAIT = {"code": "--wait", "codium": "--wait", "code-insiders": "--wait", "cursor": "--wait",
        "zed": "--wait", "subl": "--wait", "mate": "--wait", "gvim": "--nofork"}  # fmt: skip


def edit(notebook: str, report: Callable[[str], None] = print) -> None:
    """Open a master in the author's editor, and put back what comes of it.

    Raises:
        ValueError: if there is no such notebook, or the text that came back cannot be put back; it
            is kept, and editing again goes on with it.
        RuntimeError: if there is no editor, or it failed.
    """
    [name] = notebooks([notebook])
    path, text = master(name), text_path(name)
    before = path.read_bytes()
    shown = text.relative_to(repository())
    command = editor()
    _write_text(text, path)
    if status := subprocess.run([*command, str(text)], check=False).returncode:
        raise RuntimeError(
            f"the editor {command[0]} ended with status {status}: {name} is as it was, and your "
            f"text is {shown}"
        )
    if path.read_bytes() != before:
        raise ValueError(f"{name} was changed by another program meanwhile; your text is {shown}")
    try:
        summary = put_back(name, text)
    except Exception as error:
        raise ValueError(
            f"{error}. {name} is as it was, your text is {shown}: "
            f"`autograder edit {notebook}` goes on with it"
        ) from error
    text.unlink()
    report(f"{name}: {summary}")
    if not summary.startswith("nothing"):
        report(f"Next:  autograder try ID   for an exercise, then   autograder build {name[:2]}")


def text_path(name: str) -> Path:
    """Where the text of a master is while it is edited."""
    return repository() / "build" / "edit" / f"{name}.py"


def as_text(notebook: Any) -> str:
    """A notebook as text."""
    shown = copy.deepcopy(notebook)
    for cell in shown.cells:
        cell.metadata = {k: v for k, v in cell.metadata.items() if k in SHOWN}
    shown.metadata = {"jupytext": {"notebook_metadata_filter": "-all"}}
    return str(_jupytext().writes(shown, fmt="py:percent"))


def from_text(text: str) -> Any:
    """The cells of a text.

    Raises:
        ValueError: if there are none, or the code of one is no Python.
    """
    notebook = _jupytext().reads(text, fmt="py:percent")
    if not text.strip() or not notebook.cells:
        raise ValueError("the text is empty")
    for number, cell in enumerate(notebook.cells, 1):
        if cell.cell_type == "code":
            _parse(cell.source, number)
    return notebook


def put_back(name: str, text: Path) -> str:
    """Write what the text says into the master; what has changed, in words."""
    notebook = nbformat.read(master(name), as_version=4)
    edited = from_text(text.read_text("utf-8")).cells
    # Held against what the text said before, and not against the master: how a cell is written as
    # text and read again is no change.
    previous = from_text(as_text(notebook)).cells
    if len(previous) != len(notebook.cells):
        raise ValueError("a cell of the master looks like two in the text")
    before = copy.deepcopy(notebook)
    kept, changed, new = _merge(notebook, previous, edited)
    gone = len(previous) - kept - changed
    counts = {"changed": changed, "new": new, "removed": gone}
    told = [f"{number} {what}" for what, number in counts.items() if number]
    if notebook == before:
        return "nothing has changed"
    nbformat.write(notebook, master(name))
    return f"cells: {', '.join([*told, f'{kept} as before, with their outputs'])}"


def editor() -> list[str]:
    """The author's editor, as a command.

    Raises:
        RuntimeError: if there is none.
    """
    wanted = os.environ.get("VISUAL") or os.environ.get("EDITOR")
    if wanted:
        command = shlex.split(wanted)
    else:
        command = [found for name in EDITORS if (found := shutil.which(name))][:1]
    if not command:
        raise RuntimeError("there is no editor: name yours, for example  export EDITOR=nano")
    if shutil.which(command[0]) is None:
        raise RuntimeError(
            f"the editor {command[0]!r} is not there: name another, for example  export EDITOR=nano"
        )
    wait = WAIT.get(Path(command[0]).stem)
    return [*command, wait] if wait and len(command) == 1 else command


def _write_text(text: Path, path: Path) -> None:
    """The text to edit; one that an earlier edit has left is gone on with."""
    if not text.exists():
        text.parent.mkdir(parents=True, exist_ok=True)
        text.write_text(as_text(nbformat.read(path, as_version=4)), "utf-8")
    elif text.stat().st_mtime_ns < path.stat().st_mtime_ns:
        raise ValueError(
            f"{text.relative_to(repository())} is left from an earlier edit, and {path.name} has "
            "changed since: keep of it what you need, then delete it"
        )


def _merge(notebook: Any, previous: list[Any], edited: list[Any]) -> tuple[int, int, int]:
    """Make the notebook's cells those of ``edited``; how many are as before, changed and new."""
    old, keys, new_keys = notebook.cells, list(map(_key, previous)), list(map(_key, edited))
    partner: dict[int, int] = {}  # place in edited → place in the old notebook
    waiting: dict[int, int] = {}
    matcher = difflib.SequenceMatcher(None, keys, new_keys, autojunk=False)
    for what, i, i_end, j, j_end in matcher.get_opcodes():
        if what == "equal":
            partner |= zip(range(j, j_end), range(i, i_end), strict=True)
        elif what == "replace":
            waiting |= zip(range(j, j_end), range(i, i_end), strict=False)
    same = set(partner)
    free: dict[tuple[str, str], list[int]] = defaultdict(list)
    for i in sorted(set(range(len(keys))) - set(partner.values()), reverse=True):
        free[_bare(keys[i])].append(i)
    for j, key in enumerate(new_keys):  # a cell that has moved, perhaps to or from the text's end
        if j not in partner and free[_bare(key)]:
            partner[j] = free[_bare(key)].pop()
            same.add(j)
    taken = set(partner.values())
    for j, i in waiting.items():  # a cell that was changed where it stands
        if j not in partner and i not in taken and keys[i][0] == new_keys[j][0]:
            partner[j] = i
    cells = []
    for j, cell in enumerate(edited):
        now = _cell(cell) if j not in partner else old[partner[j]]
        if j in partner and j not in same:
            now.source = cell.source
            if now.cell_type == "code":
                now.outputs, now.execution_count = [], None
        for shown in SHOWN:
            now.metadata.pop(shown, None)
            if shown in cell.metadata:
                now.metadata[shown] = cell.metadata[shown]
        cells.append(now)
    notebook.cells = cells
    return len(same), len(partner) - len(same), len(edited) - len(partner)


def _key(cell: Any) -> tuple[str, str]:
    return cell.cell_type, cell.source


def _bare(key: tuple[str, str]) -> tuple[str, str]:
    return key[0], key[1].strip("\n")


def _cell(cell: Any) -> Any:
    make = {
        "code": nbformat.v4.new_code_cell,
        "markdown": nbformat.v4.new_markdown_cell,
        "raw": nbformat.v4.new_raw_cell,
    }[cell.cell_type]
    return make(cell.source)


def _parse(source: str, number: int) -> None:
    lines = ["" if line.lstrip().startswith(("%", "!")) else line for line in source.splitlines()]
    try:
        ast.parse("\n".join(lines))
    except SyntaxError as error:
        code = lines[(error.lineno or 1) - 1].strip() if lines else ""
        raise ValueError(
            f"cell {number} cannot be read: {error.msg}, in its line {error.lineno}: {code!r}"
        ) from None


def _jupytext() -> Any:
    try:
        import jupytext
    except ImportError:
        raise RuntimeError("to edit as text needs jupytext: run `make dev` first") from None
    return jupytext
