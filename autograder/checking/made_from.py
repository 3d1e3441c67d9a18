"""Cases whose functions are made from a right answer to another exercise."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from inspect import getattr_static
from types import FunctionType, MethodType
from typing import Any

import numpy as np

from autograder.checking.drive import Failure, Outcome
from autograder.checking.exercise import Case, Version
from autograder.checking.recorded import Recorded

Function = Callable[..., Any]
MAX_WRAPPED = 20  # wrappers of wrappers, which a student's object may have without end


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
    """The functions of an answer: itself, what it wraps, or the methods of a class."""
    for _ in range(MAX_WRAPPED):
        if isinstance(answer, type):
            return [value for value in vars(answer).values() if isinstance(value, FunctionType)]
        inside = _inside(answer)
        if isinstance(answer, FunctionType) and inside is None:
            return [answer]
        answer = inside
    return []


def _inside(answer: Any) -> Any:
    """What is called in the end: by a decorator, a partial, a method, an object that is called."""
    if isinstance(answer, partial):
        return answer.func
    if isinstance(answer, np.vectorize):
        return answer.pyfunc
    if isinstance(answer, MethodType):
        return answer.__func__
    wrapped = getattr_static(answer, "__wrapped__", None)  # runs nothing of the student's
    if wrapped is not None or isinstance(answer, FunctionType):
        return wrapped
    return getattr_static(type(answer), "__call__", None)


def namespace_of(answer: Any) -> dict[str, Any]:
    """The names of the notebook in which an answer was written."""
    return next((function.__globals__ for function in functions_of(answer)), {})
