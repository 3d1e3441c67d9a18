"""Make nbval run cells as a notebook does: with history.

IPython looks up in the history whether a cell ends in a semicolon. nbval runs cells without one, so
every figure whose cell ends in `;` would show twice, and differ from the stored outputs.
"""

from __future__ import annotations

from nbval.kernel import RunningKernel


def _execute_with_history(self: RunningKernel, cell_input: str, allow_stdin: bool = False) -> str:
    return self.kc.execute(cell_input, allow_stdin=allow_stdin, stop_on_error=False)


RunningKernel.execute_cell_input = _execute_with_history
