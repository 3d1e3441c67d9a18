"""The desk's commands that write papers: feedback, tables of answers, exports, the report."""

from __future__ import annotations

import argparse
from pathlib import Path

from autograder import folders


def _where(options: argparse.Namespace) -> tuple[Path, str]:
    """The course's folder, and the assignment's name."""
    here = Path.cwd()
    default = here if (here / "source").is_dir() else None
    root = (options.course_dir or default or folders.repository()).resolve()
    if not root.is_dir():
        raise FileNotFoundError(f"--course-dir {options.course_dir}: there is no such folder")
    return root, options.assignment.rstrip("/\\")  # as a shell completes the name of a folder


def feedback(options: argparse.Namespace) -> int:
    """Write the pages that are older than the marks."""
    from autograder.desk import feedback as pages

    root, name = _where(options)
    print(pages.say(pages.write(root, name, options.student)))
    return 0
