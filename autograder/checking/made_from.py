"""Cases whose functions are made from a right answer to another exercise."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from types import FunctionType
from typing import Any

from autograder.checking.drive import Failure, Outcome
from autograder.checking.exercise import Case, Version
from autograder.checking.recorded import Recorded

Function = Callable[..., Any]


@dataclass(frozen=True)
class MadeFrom(Case):
    """A case with functions that are made from a right answer to another exercise.

    In a class's edition there is no right answer but the student's own: they are made from it.

    Attributes:
        other: the exercise whose answer they are made from.
        makers: for each oracle of the script what makes it.
        theirs: whether they are made from the student's answer.
    """

    other: str = ""
    makers: Mapping[str, Callable[[Function], Function]] = field(default_factory=dict)
    theirs: bool = False

    def stored(self, misconceptions: Sequence[Version]) -> Case:
        return replace(self, oracles={}, theirs=True)

    def run(self, function: Any) -> list[Outcome]:
        if not self.theirs or isinstance(function, Recorded):
            return super().run(function)
        other = namespace_of(function).get(self.other)
        if not callable(other):
            missing = Failure("NameError", f"{self.other} is not there", cause="absent")
            return [Outcome(failure=missing)]
        made = {name: make(other) for name, make in self.makers.items()}
        return Case(self.label, self.script, made).run(function)


def functions_of(answer: Any) -> list[FunctionType]:
    """The functions of an answer: itself, or the methods of a class."""
    if isinstance(answer, type):
        return [value for value in vars(answer).values() if isinstance(value, FunctionType)]
    return [answer] if isinstance(answer, FunctionType) else []


def namespace_of(answer: Any) -> dict[str, Any]:
    """The names of the notebook in which an answer was written."""
    return next((function.__globals__ for function in functions_of(answer)), {})
