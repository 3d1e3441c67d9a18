"""Which labs try what an exercise asks for, and where a lab's program stands."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from types import CodeType, FunctionType, ModuleType
from typing import Any

from autograder.checking.exercise import Exercise
from book.places import ROOT
from reference_impl.experiments import claims as experiments
from reference_impl.experiments.claims.lab import LABS


def tried_in(exercise: Exercise) -> list[str]:
    """The labs whose run calls the exercise's reference: their ids."""
    return [id for id in LABS if exercise.reference in _called(id)]


def program(id: str) -> tuple[str, int] | None:
    """File and line of a lab's run; None if there is no such lab."""
    if id not in LABS:
        return None
    run: Callable[..., Any] = LABS[id].run
    file = Path(inspect.getfile(run)).relative_to(ROOT).as_posix()
    return file, run.__code__.co_firstlineno


@cache
def _called(id: str) -> set[Any]:
    """What a lab's run calls of the reference, and what the labs' own helpers call for it."""
    seen: set[Any] = set()
    ahead: list[Any] = [LABS[id].run]
    while ahead:
        function = ahead.pop()
        if function in seen:
            continue
        seen.add(function)
        if function.__module__.startswith(experiments.__name__):
            ahead += _named(function)
    return seen


def _named(function: FunctionType) -> Iterator[FunctionType]:
    """The functions that a function's text names."""
    names = set(_names(function.__code__))
    for name in names:
        for value in _inside(function.__globals__.get(name)):
            if isinstance(value, FunctionType):
                yield value
            elif isinstance(value, ModuleType):
                members = (getattr(value, other, None) for other in names)
                yield from (m for m in members if isinstance(m, FunctionType))


def _names(code: CodeType) -> Iterator[str]:
    yield from code.co_names
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield from _names(constant)


def _inside(value: Any) -> list[Any]:
    """The values of a table, the elements of a list, or the thing itself."""
    if isinstance(value, dict):
        return list(value.values())
    return list(value) if isinstance(value, (list, tuple)) else [value]
