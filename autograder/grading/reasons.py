"""Why a name that a check asks for is not there: what happened in the cell that should make it."""

from __future__ import annotations

import ast
import builtins
import re
import sys
from collections.abc import Mapping, Sequence
from typing import Any

from autograder.cells import names_defined
from autograder.grading.submission import Cell
from autograder.notebook.stopped import cell_error

_ANSI = re.compile(r"\x1b\[[0-9;]*m")
_LINE = re.compile(r"Cell In\[\d+\], line (\d+)")
_PLACE = re.compile(r" \((?:[^()]*, )?line (\d+)\)$")  # at the end of a SyntaxError's text
_NAME = re.compile(r"'([\w.]+)'")
_KINDS = ("NameError", "ModuleNotFoundError", "KeyboardInterrupt")

Output = Mapping[str, Any]


def absent(
    expression: str,
    cells: Sequence[Cell],
    outputs: Mapping[int, Sequence[Output]],
    place: int,
    python: tuple[int, int] = (0, 0),
) -> tuple[str, str]:
    """Headline and advice for an answer that does not exist.

    Args:
        expression: what the check asks for.
        cells: of the notebook.
        outputs: of the cells that ran, by place.
        place: of the check.
        python: the version that the notebook says it ran with.
    """
    gone = f"{expression} does not exist"
    for i in reversed(_makers(expression, cells, place)):
        source = cells[i].source
        if magic := re.match(r"\s*(%%\w+)", source):
            return (
                f"{gone}: its cell begins with {magic[1]}, and what such a cell defines is gone "
                "afterwards.",
                f"Remove the line with {magic[1]}.",
            )
        for output in outputs.get(i, ()):
            if output.get("output_type") == "error":
                return _stopped(gone, output, source, python)
    return (
        f"{gone}: no cell above defines it.",
        "Is it in the notebook, under this name? Restart the kernel and choose Run All.",
    )


def is_stub(
    expression: str, cells: Sequence[Cell], outputs: Mapping[int, Sequence[Output]], place: int
) -> bool:
    """Whether an answer does not exist because each cell that should make it is still a stub."""
    makers = _makers(expression, cells, place)
    return bool(makers) and all(
        any(output.get("ename") == "NotImplementedError" for output in outputs.get(i, ()))
        for i in makers
    )


def _makers(expression: str, cells: Sequence[Cell], place: int) -> list[int]:
    """The places of the cells that should make what a check asks for."""
    tree = ast.parse(expression)
    names = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}
    return [i for i in range(place) if cells[i].cell_type == "code" and _makes(cells[i], names)]


def _makes(cell: Cell, names: set[str]) -> bool:
    """Whether a cell should make a name; in an answer with an error it may only be mentioned."""
    mentioned = cell.solution and any(re.search(rf"\b{n}\b", cell.source) for n in names)
    return bool(mentioned or names.intersection(names_defined(cell.source)))


def _stopped(gone: str, output: Output, source: str, python: tuple[int, int]) -> tuple[str, str]:
    kind, said = str(output.get("ename")), str(output.get("evalue"))
    if kind == "Stopped":  # a limit, or the end of the process
        return f"{gone}: its cell did not finish ({said}).", "See what takes so long in that cell."
    text = _ANSI.sub("", "\n".join(map(str, output.get("traceback", ()))))
    found = _LINE.search(text) or _PLACE.search(said)
    line = int(found[1]) if found else 0
    what, advice = cell_error(_exception(kind, said), source, line)
    if kind == "SyntaxError" and python > sys.version_info[:2]:  # it may be right there
        theirs, ours = (f"{v[0]}.{v[1]}" for v in (python, sys.version_info))
        advice += f" If it runs with your Python {theirs}: write it for {ours}, which graded it."
    where = f" at line {line}" if line else ""
    return f"{gone}: its cell stopped{where}: {what}.", advice


def _exception(kind: str, said: str) -> BaseException:
    """The exception again, from the words that came out of the sandbox."""
    known = getattr(builtins, kind, None)
    if isinstance(known, type) and issubclass(known, SyntaxError):
        return known(_PLACE.sub("", said))
    if kind in _KINDS:
        error: BaseException = getattr(builtins, kind)(said)
        name = _NAME.search(said)
        if name and isinstance(error, NameError | ImportError):
            error.name = name[1]
        return error
    unknown: type[Exception] = type(kind if kind.isidentifier() else "Error", (Exception,), {})
    return unknown(said)
