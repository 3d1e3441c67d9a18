"""An exercise without its answer, as a class is given it.

Everything that a check needs of the reference and of a misconception is what they return in the
public cases. So these outcomes are stored, as JSON and NumPy's ``.npz``; nothing in them is code.
:mod:`autograder.desk.recording` writes what is read here.
"""

from __future__ import annotations

import importlib
import importlib.util
import json
import sys
from dataclasses import dataclass, field
from functools import cached_property, partial
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np

from autograder.checking.compare import Tolerance
from autograder.checking.drive import Call, Outcome
from autograder.checking.exercise import Case, Exercise, Group, Version
from autograder.checking.recorded import Recorded, decode


@dataclass(eq=False, kw_only=True)
class RecordedExercise(Exercise):
    """An exercise whose reference is what it did, or a function of a notebook that is closed."""

    given_parameters: tuple[str, ...] = ()
    given_signature: str = ""
    given_quiz: bool = False
    code: Any = field(default=None, repr=False)

    @property
    def is_quiz(self) -> bool:
        return self.given_quiz

    @property
    def parameters(self) -> tuple[str, ...]:
        return self.given_parameters

    @property
    def signature(self) -> str:
        return self.given_signature


class _Store:
    """The two files of an exercise, read when they are first needed."""

    def __init__(self, folder: Path, exercise: RecordedExercise) -> None:
        self.folder, self.exercise = folder, exercise
        self.nothing: dict[str, Any] = {}  # cases that share their calls share their functions

    @cached_property
    def _data(self) -> dict[str, Any]:
        path = self.folder / f"{self.exercise.id}.json"
        with np.load(path.with_suffix(".npz"), allow_pickle=False) as file:
            flat = {file[name].dtype.str: file[name] for name in file.files}
        text: dict[str, Any] = json.loads(path.read_text("utf-8"))
        return {name: decode(value, flat) for name, value in text.items()}

    @cached_property
    def scripts(self) -> list[tuple[Call, ...]]:
        return list(self._data["scripts"])

    def cases(self, group: int, rng: object) -> list[Case]:
        """The cases of a group, which are the same whatever is drawn."""
        return [self._case(**about) for about in self._data["groups"][group]]

    def _case(
        self,
        kind: str,
        label: str,
        script: int,
        oracles: dict[str, str],
        functions: dict[str, Any] | None = None,
        **more: Any,
    ) -> Case:
        made: type[Case] = self._function(kind) if kind != "Case" else Case
        for part, name in (functions or {}).items():
            more[part] = self._function(name) if isinstance(name, str) else self._functions(name)
        asked = self._functions(oracles) or self.nothing
        return made(label, self.scripts[script], asked, **more)

    def _function(self, name: str) -> Any:
        return getattr(self.exercise.code, name)

    def _functions(self, names: dict[str, str]) -> dict[str, Any]:
        return {key: self._function(name) for key, name in names.items()}

    def outcomes(self, name: str) -> dict[int, list[Outcome]]:
        """By script, what the function of this name did; the reference has the name ``""``."""
        kept = self._data["outcomes"].get(name, [])
        return {id(s): o for s, o in zip(self.scripts, kept, strict=False) if o is not None}


def read(folder: Path, package: str) -> dict[str, Exercise]:
    """The exercises that are stored in a folder, by their ids.

    Args:
        folder: with ``index.json``, and for each exercise a ``.json`` and a ``.npz``, and a ``.py``
            if it has a comparison of its own, or functions for arguments.
        package: the name under which these modules are known.
    """
    found: dict[str, Exercise] = {}
    for about in json.loads((folder / "index.json").read_text("utf-8")):
        found[about["id"]] = _exercise(folder, package, about)
    for exercise in found.values():
        exercise.siblings = [
            e for e in found.values() if e.notebook == exercise.notebook and e is not exercise
        ]
    return found


def _exercise(folder: Path, package: str, about: dict[str, Any]) -> RecordedExercise:
    exercise = RecordedExercise(
        about["id"],
        reference=None,
        outputs=tuple(about["outputs"]),
        hint=about["hint"],
        minutes=about["minutes"],
        difficulty=about["difficulty"],
        tolerance=Tolerance(*about["tolerance"]),
        notebook=about["notebook"],
        elsewhere=about["elsewhere"],
        made_from=about["made_from"],
        given_parameters=tuple(about["parameters"]),
        given_signature=about["signature"],
        given_quiz=about["quiz"],
    )
    store = _Store(folder, exercise)
    if about["code"]:
        exercise.code = _code(folder, package, exercise)
        exercise.compare = getattr(exercise.code, "compare", None)
    for number, (name, points) in enumerate(about["groups"]):
        exercise.groups.append(Group(name, points, partial(store.cases, number)))
    if about["quiz"]:
        exercise.reference = about["reference"]
        exercise.misconceptions = [Version(*version) for version in about["misconceptions"]]
        return exercise
    exercise.reference = (
        _borrowed(about["reference"])
        if about["reference"]
        else Recorded(partial(store.outcomes, ""))
    )
    exercise.misconceptions = [
        Version(name, Recorded(partial(store.outcomes, name)), message)
        for name, message in about["misconceptions"]
    ]
    return exercise


def _code(folder: Path, package: str, exercise: Exercise) -> ModuleType:
    """The module of an exercise. In it, ``exercise`` is the exercise."""
    name = f"{package}.{exercise.id}"
    spec = importlib.util.spec_from_file_location(name, folder / f"{exercise.id}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    module.__dict__["exercise"] = exercise
    sys.modules[name] = module  # a dataclass looks there for its module
    spec.loader.exec_module(module)
    return module


def _borrowed(place: str) -> Any:
    """A function of the reference by its place, ``"reference_impl.ewma:ewma"``."""
    module, _, name = place.partition(":")
    return getattr(importlib.import_module(module), name)
