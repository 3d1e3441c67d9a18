"""Exercises, their checks and the grading of a class.

In a notebook: ``from autograder import check``. The import is lazy, so that the part that
runs a student's function (:mod:`autograder.checking.drive`) can be loaded where the reference is
out of reach.
"""

from typing import Any

__all__ = ["check"]


def __getattr__(name: str) -> Any:
    if name == "check":
        from autograder.notebook.check import check

        return check
    raise AttributeError(f"module 'autograder' has no attribute {name!r}")
