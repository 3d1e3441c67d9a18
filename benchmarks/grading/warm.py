"""A warm interpreter that runs notebooks: `python -m benchmarks.grading.warm`.

It reads notebooks from its input, as lists of cells' code, and prints the processor time of each.
IPython, NumPy and matplotlib are loaded when it forks, once for each notebook.
"""

from __future__ import annotations

import json
import os
import sys
import time

import matplotlib.pyplot  # noqa: F401 - loaded before the forks
from IPython.core.interactiveshell import InteractiveShell
from IPython.utils.capture import capture_output
from matplotlib_inline.backend_inline import configure_inline_support


def main() -> None:
    shell = InteractiveShell.instance()
    configure_inline_support(shell, os.environ["MPLBACKEND"])
    print(json.dumps([_in_a_fork(shell, cells) for cells in json.load(sys.stdin)]))


def _in_a_fork(shell: InteractiveShell, cells: list[str]) -> float:
    reading, writing = os.pipe()
    if (child := os.fork()) == 0:
        os.write(writing, repr(_run(shell, cells)).encode())
        os._exit(0)
    os.close(writing)
    os.waitpid(child, 0)
    with open(reading, encoding="ascii") as pipe:
        return float(pipe.read())


def _run(shell: InteractiveShell, cells: list[str]) -> float:
    begin = time.process_time()
    for code in cells:
        with capture_output():  # outputs are made as for a page, and then dropped
            shell.run_cell(code)
    return time.process_time() - begin


if __name__ == "__main__":
    main()
