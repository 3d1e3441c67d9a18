"""What ran in this kernel: which cell defined what, and which cell stopped.

A kernel keeps a function after its cell was changed, renamed or broken. A check that looked only at
the function would put a green sign under code that is not there any more; the ledger tells.
"""

from __future__ import annotations

import ast
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from autograder.cells import names_defined

_PUT = ("append", "extend", "insert", "update", "setdefault")


@dataclass(frozen=True)
class CellRun:
    """One run of a cell.

    Attributes:
        source: the cell's text.
        cell_id: nbformat's id of the cell; empty if the front end does not tell.
        number: as in ``[5]``.
        defined: the names that its text defines, also if it never got there.
        made: those of them that it really gave a value.
        error: with which it stopped, or None.
        line: of the cell, at which it stopped; 0 if unknown.
        ended: when, in seconds since the epoch.
    """

    source: str
    cell_id: str
    number: int
    defined: tuple[str, ...]
    made: frozenset[str]
    error: BaseException | None = None
    line: int = 0
    ended: float = field(default_factory=time.time)

    @property
    def cell_magic(self) -> str:
        """``%%timeit`` if the cell begins with it: what such a cell defines is gone afterwards."""
        first = self.source.lstrip().split(maxsplit=1)
        return first[0] if first and first[0].startswith("%%") else ""


class Ledger:
    """The runs of the cells, in order."""

    def __init__(self) -> None:
        self.runs: list[CellRun] = []
        self._before: dict[str, Any] = {}

    def begin(self, source: str, namespace: Mapping[str, Any]) -> None:
        """A cell is about to run."""
        self._before = {name: namespace.get(name) for name in names_defined(source)}

    def end(
        self,
        source: str,
        namespace: Mapping[str, Any],
        *,
        cell_id: str = "",
        number: int = 0,
        error: BaseException | None = None,
        line: int = 0,
    ) -> CellRun:
        """The cell has run, or has stopped."""
        run = CellRun(source, cell_id, number, names_defined(source), frozenset(), error, line)
        # An equal letter is the same object as before, so for a cell that ended its text counts.
        ended = error is None and not run.cell_magic
        made = {
            name
            for name, old in self._before.items()
            if name in namespace and (ended or namespace[name] is not old)
        }
        run = replace(run, made=frozenset(made))
        self.runs.append(run)
        return run

    def definition(self, name: str) -> CellRun | None:
        """The run that decides what ``name`` is: the newest of a cell that defines it.

        If that cell was run again since, and defines it no more or stopped before, that one does.
        """
        newest = self._newest(run for run in self.runs if name in run.defined)
        if newest is None or not newest.cell_id:
            return newest
        return self._newest(run for run in self.runs if run.cell_id == newest.cell_id)

    def of_cell(self, cell_id: str) -> CellRun | None:
        """The newest run of a cell."""
        return self._newest(run for run in self.runs if cell_id and run.cell_id == cell_id)

    @staticmethod
    def _newest(runs: Iterable[CellRun]) -> CellRun | None:
        return max(runs, key=lambda run: run.number, default=None)


def line_of(error: BaseException | None) -> int:
    """The line of the cell at which an error stopped it; 0 if it is not known."""
    if running := _line_running(error):
        return running
    return (error.lineno or 0) if isinstance(error, SyntaxError) else 0


def is_unreadable(error: BaseException | None) -> bool:
    """Whether Python could not read the cell itself, and not what it runs or imports."""
    return isinstance(error, SyntaxError) and not _line_running(error)


def _line_running(error: BaseException | None) -> int:
    """The line of the cell that was running, also if the error is in a file that it imports."""
    trace = error.__traceback__ if error else None
    while trace is not None:
        if trace.tb_frame.f_code.co_name == "<module>":
            return trace.tb_lineno  # the first is the cell's own, the next are of other files
        trace = trace.tb_next
    return 0


def names_stored(source: str) -> set[str]:
    """Every name to which a cell gives a value, or into whose value it puts something."""
    return {
        node.id for step in _steps(source) for node in [*_names(step, ast.Store), *_filled(step)]
    }


def names_read(source: str) -> set[str]:
    """Every name that a cell uses and has not given a value itself before."""
    read: set[str] = set()
    stored: set[str] = set()
    for step in _steps(source):
        used = {node.id for node in _names(step, ast.Load) + _changed(step)}
        if isinstance(step, ast.FunctionDef):  # what its arguments are is decided at each call
            used -= {node.arg for node in ast.walk(step) if isinstance(node, ast.arg)}
        read |= used - stored
        stored |= {node.id for node in _names(step, ast.Store)}
    return read


def _changed(step: ast.stmt) -> list[ast.Name]:
    """The ``x`` of ``x += 1``: its old value is used, and Python counts it as stored alone."""
    targets = [node.target for node in ast.walk(step) if isinstance(node, ast.AugAssign)]
    return [target for target in targets if isinstance(target, ast.Name)]


def _filled(step: ast.stmt) -> list[ast.Name]:
    """The ``x`` of ``x[i] = 1``, of ``x.append(1)`` and the like; not the np of ``np.append``."""
    found = []
    for node in ast.walk(step):
        filled: ast.expr | None = None
        if isinstance(node, ast.Subscript) and isinstance(node.ctx, ast.Store):
            filled = node.value
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            filled = node.func.value if node.func.attr in _PUT else None
        while isinstance(filled, ast.Attribute | ast.Subscript):
            filled = filled.value
        if isinstance(filled, ast.Name) and filled.id not in ("np", "numpy"):
            found.append(filled)
    return found


def _steps(source: str) -> list[ast.stmt]:
    lines = (line for line in source.splitlines() if not line.lstrip().startswith(("%", "!")))
    try:
        return ast.parse("\n".join(lines)).body
    except (SyntaxError, ValueError):
        return []


def _names(step: ast.stmt, context: type[ast.expr_context]) -> list[ast.Name]:
    return [
        node
        for node in ast.walk(step)
        if isinstance(node, ast.Name) and isinstance(node.ctx, context)
    ]
