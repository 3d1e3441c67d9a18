"""Two errors that every student meets, explained so that a beginner knows what to do.

For a stub that is not written yet, and for a name that its cell has not defined yet, two lines
replace the traceback. IPython shows everything else as usual.
"""

from __future__ import annotations

from types import TracebackType
from typing import Any

from autograder.exercises import REGISTRY


def install(shell: Any) -> None:
    """Let an IPython shell explain these errors."""
    shell.set_custom_exc((NotImplementedError, NameError), _explain)


def _explain(
    shell: Any,
    error_type: type[BaseException],
    error: BaseException,
    trace: TracebackType,
    tb_offset: int | None = None,
) -> None:
    lines = _lines(error, trace)
    if lines:
        # The attribute that IPython asks for; the error itself is published as usual, because
        # nbgrader and Run All need it.
        error._render_traceback_ = lambda: lines  # type: ignore[attr-defined]
    shell.showtraceback((error_type, error, trace), tb_offset=tb_offset)


def _lines(error: BaseException, trace: TracebackType) -> list[str]:
    if isinstance(error, NameError) and error.name in REGISTRY:
        name = error.name
        return [
            f"\x1b[1;33m{name} does not exist yet.\x1b[0m",
            "Run the cell above in which it is written, then this one again. "
            "(After a restart: Run ▸ Run All Above Selected Cell.)",
        ]
    if isinstance(error, NotImplementedError):
        name = _innermost_exercise(trace) or "This"
        return [
            f"\x1b[1;33m{name} is not written yet.\x1b[0m",
            "Write it in place of the line with NotImplementedError, run its cell, then this one.",
        ]
    return []


def _innermost_exercise(trace: TracebackType | None) -> str | None:
    found = None
    while trace is not None:
        if trace.tb_frame.f_code.co_name in REGISTRY:
            found = trace.tb_frame.f_code.co_name
        trace = trace.tb_next
    return found
