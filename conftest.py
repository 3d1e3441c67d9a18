"""Make nbval run cells as a notebook does, with history, and compare what is the same everywhere.

IPython looks up in the history whether a cell ends in a semicolon. nbval runs cells without one, so
every figure whose cell ends in `;` would show twice, and differ from the stored outputs.

Pixels differ between versions of matplotlib: a figure shown as HTML is compared by its alternative
text, which stands beside it as plain text; so is a verdict. Numbers may differ by the tolerance
that a cell's metadata give.

Several processes run notebooks at once, and each kernel has sockets of its own.
"""

from __future__ import annotations

from typing import Any

import nbval.kernel
from jupyter_client.manager import KernelManager
from nbval.kernel import RunningKernel
from nbval.plugin import IPyNbCell

from autograder.authoring.kernels import own_sockets
from autograder.authoring.tolerance import tolerant

_compare_outputs = IPyNbCell.compare_outputs
_sanitize = IPyNbCell.sanitize


def _manager(**settings: Any) -> KernelManager:
    return KernelManager(**own_sockets(), **settings)


def _execute_with_history(self: RunningKernel, cell_input: str, allow_stdin: bool = False) -> str:
    return self.kc.execute(cell_input, allow_stdin=allow_stdin, stop_on_error=False)


def _compare_all_but_html(self: IPyNbCell, test: Any, ref: Any, skip_compare: Any = None) -> bool:
    skipped = (*(skip_compare or self.parent.skip_compare), "text/html")
    return _compare_outputs(self, test, ref, skip_compare=skipped)


def _sanitize_for_comparison(self: IPyNbCell, text: Any) -> Any:
    return tolerant(_sanitize(self, text), self.cell)


nbval.kernel.KernelManager = _manager
RunningKernel.execute_cell_input = _execute_with_history
IPyNbCell.compare_outputs = _compare_all_but_html
IPyNbCell.sanitize = _sanitize_for_comparison
