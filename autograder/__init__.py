"""Exercises, their checks and the grading of a class.

In a notebook: ``from autograder import check``, and in the index ``progress``. The import is lazy,
so that the part that runs a student's function (:mod:`autograder.checking.drive`) can be loaded
where the reference is out of reach.
"""

from typing import Any

__all__ = ["check", "lend", "progress", "verdict_on"]


def __getattr__(name: str) -> Any:
    if name == "progress":
        from autograder.notebook.overview import progress

        return progress
    if name in __all__:
        from autograder.notebook import check as checks

        return getattr(checks, name)
    raise AttributeError(f"module 'autograder' has no attribute {name!r}")
