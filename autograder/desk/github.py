"""``autograder github``: a template for GitHub Classroom, which runs the checks at every push.

It is the handout of :mod:`.bundle` with a workflow. The workflow runs on what the student pushed,
in the student's own repository, with the public cases: its points are no marks.

Source: docs.github.com, "Workflow syntax for GitHub Actions".
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from autograder.desk import bundle
from autograder.notebook.working_copy import NAME as COPY

WORKFLOW = ".github/workflows/classroom.yml"
IGNORED = ".venv/\n.ipynb_checkpoints/\n__pycache__/\n"

HEAD = """\
# Runs the checks of what was pushed, with the public cases. These points are not the marks.
name: checks
on: [push, workflow_dispatch]
permissions:
  contents: read
defaults:
  run:
    shell: bash
jobs:
  checks:
    runs-on: ubuntu-latest
    if: github.actor != 'github-classroom[bot]'
    timeout-minutes: 30
    steps:
      - uses: actions/checkout@v4
      - uses: actions/setup-python@v5
        with:
          python-version: "3.12"
          cache: pip
      - name: install
        id: install
        run: python -m pip install -r requirements.txt
"""
STEP = """\
      - name: {name}
        if: steps.install.outcome == 'success'
        run: |
          notebook={copy}/{name}/{name}.ipynb
          if [ -f "$notebook" ]; then
            autograder validate "$notebook" | tee -a "$GITHUB_STEP_SUMMARY"
          else
            echo "There is no $notebook yet: commit the folder {copy}."
          fi
"""


def workflow(names: Sequence[str]) -> str:
    """The workflow that runs the checks of these notebooks, a step for each."""
    return HEAD + "".join(STEP.format(name=name, copy=COPY) for name in names)


def write(folder: Path, names: Sequence[str]) -> bundle.Bundle:
    """Write a bundle whose ``handout/`` is ready to be the template repository.

    Raises:
        ValueError: as :func:`.bundle.write`.
    """
    made = bundle.write(folder, names)
    template = folder / "handout"
    path = template / WORKFLOW
    path.parent.mkdir(parents=True)
    path.write_text(workflow(made.notebooks), "utf-8", newline="\n")
    (template / ".gitignore").write_text(IGNORED, "utf-8", newline="\n")
    return made
