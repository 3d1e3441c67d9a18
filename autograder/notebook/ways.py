"""Other ways to write an answer: the reference's, and the equivalents that every check accepts."""

from __future__ import annotations

from autograder.checking.exercise import Exercise
from autograder.checking.written import as_definition


def other_ways(exercise: Exercise) -> str:
    """The text of each, under its name."""
    versions = [("as the course writes it", exercise.reference)]
    versions += [(version.name, version.function) for version in exercise.equivalents]
    return "\n\n".join(
        f"# {name}\n{as_definition(function, exercise.id)}" for name, function in versions
    )
