"""The registry of a class's edition: every exercise that it knows, by its id, as stored data.

It is written as ``autograder/exercises/__init__.py`` there.
"""

from __future__ import annotations

from pathlib import Path

from autograder.checking.exercise import Exercise
from autograder.checking.stored import read

REGISTRY: dict[str, Exercise] = read(Path(__file__).parent / "stored", f"{__name__}.stored")
