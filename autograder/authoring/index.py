"""``index.ipynb``: the first page of ``course/``, from which a student goes to the notebooks."""

from __future__ import annotations

from pathlib import Path

import nbformat
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from autograder.folders import INDEX
from autograder.notebook.overview import Overview
from autograder.notebook.working_copy import shown

TITLE = """\
# Neural networks from scratch

Click on a notebook to open it. Begin with `00_start_here`. To see how far you are *now*, click into
the next cell and press Ctrl+Enter: it reads the notebooks as they are saved."""

CODE = """\
from autograder import progress

progress()"""

HELP = """\
**To begin a notebook again**, type this in a terminal, in the folder of this page (File ▸ New ▸
Terminal opens one):

```sh
autograder fresh 02
```

Your old notebook stays beside the new one, with the date in its name."""


def write(folder: Path) -> None:
    """Write the index for somebody who has not begun."""
    cells = [
        new_markdown_cell(TITLE, id="title"),
        new_code_cell(CODE, id="progress", execution_count=None),
        new_markdown_cell(HELP, id="help"),
    ]
    cells[1].outputs = [nbformat.from_dict(shown(Overview.of(None)))]
    notebook = new_notebook(cells=cells)
    notebook.metadata.kernelspec = {
        "display_name": "Python 3 (ipykernel)",
        "language": "python",
        "name": "python3",
    }
    notebook.metadata.language_info = {"name": "python", "pygments_lexer": "ipython3"}
    nbformat.validate(notebook)
    text = nbformat.writes(notebook, version=4)
    (folder / INDEX).write_text(f"{text.rstrip()}\n", encoding="utf-8", newline="\n")
