"""The registry: every exercise of every notebook, by its id.

Each folder here is a subject and belongs to one notebook, which its ``NOTEBOOK`` names. Every
exercise that its modules define is registered under its own name. If an entry is not complete,
nothing is registered, and one sentence says what to do. Modules whose names begin with ``_`` are
helpers.

``REGISTRY`` is read when it is first used, so that an author's tools can also look at entries that
are not complete: :func:`read_entries`.
"""

from __future__ import annotations

import functools
import importlib
import os
import traceback
from dataclasses import dataclass, field
from pathlib import Path
from types import ModuleType
from typing import Any

from autograder.checking.exercise import Exercise, made_meanwhile

REGISTRY: dict[str, Exercise]


@dataclass(frozen=True)
class Fault:
    """What is wrong in a file, in one sentence that says what to do.

    Attributes:
        file: ``autograder/exercises/ewma/moving_average.py``.
        sentence: names the exercise, if it is about one.
        exercise_id: the exercise that it is about; empty if it is about the whole file.
        cause: what Python said, if the file cannot be read.
    """

    file: str
    sentence: str
    exercise_id: str = ""
    cause: Exception | None = None

    def __str__(self) -> str:
        return f"{self.file}: {self.sentence}"


@dataclass(frozen=True)
class Entries:
    """All entries, complete or not, and what is wrong with them."""

    exercises: dict[str, Exercise] = field(default_factory=dict)
    files: dict[str, str] = field(default_factory=dict)  # exercise id → the file of its entry
    subjects: dict[str, str] = field(default_factory=dict)  # notebook → the folder's name
    faults: list[Fault] = field(default_factory=list)

    def complete(self) -> dict[str, Exercise]:
        """The exercises, if nothing is wrong.

        Raises:
            ValueError: in one sentence, about the first thing that is.
        """
        if not self.faults:
            return self.exercises
        first, *others = self.faults
        more = f" (and {len(others)} more to mend)" if others else ""
        raise ValueError(f"{first}{more}") from first.cause


@functools.cache
def read_entries(package: str = __name__, folder: Path = Path(__file__).parent) -> Entries:
    """Read the entries of all subjects in the folder of a package."""
    return _Reader(package, folder).read()


def __getattr__(name: str) -> Any:
    if name != "REGISTRY":
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    registry = globals()["REGISTRY"] = read_entries().complete()
    return registry


class _Reader:
    """Reads one package of subjects."""

    def __init__(self, package: str, folder: Path) -> None:
        self.package, self.folder = package, folder
        self.found = Entries()
        self.places: dict[int, str] = {}  # of each exercise that some module has: the first file

    def read(self) -> Entries:
        subjects = [s for s in map(self._subject, self._entries(self.folder)) if s]
        made: dict[int, tuple[Exercise, str]] = {}
        for notebook, subject in sorted(subjects):
            if (first := self.found.subjects.setdefault(notebook, subject)) != subject:
                sentence = f"belongs to {notebook}, as {first}/ does: move its files there"
                self._fault(self._label(self.folder / subject), sentence)
                continue
            for path in self._entries(self.folder / subject):
                with made_meanwhile() as meanwhile:
                    self._module(path, notebook)
                for exercise in meanwhile:
                    made.setdefault(id(exercise), (exercise, self._label(path)))
        for exercise, _ in made.values():
            exercise.siblings = [
                other
                for other, _ in made.values()
                if other.notebook == exercise.notebook and other is not exercise
            ]
        unread = {fault.file for fault in self.found.faults if fault.cause}
        for exercise, file in made.values():
            if id(exercise) not in self.places and file not in unread:
                sentence = (
                    f"{exercise.id} is made here and lost: keep it under its own name, "
                    f"{exercise.id} = Exercise(…), and use that name for nothing else"
                )
                self._fault(file, sentence, str(exercise.id))
        return self.found

    def _subject(self, path: Path) -> tuple[str, str] | None:
        """The notebook of a folder, and the folder's name."""
        if path.suffix == ".py":
            self._fault(self._label(path), "must stand in the folder of its notebook: move it")
            return None
        notebook = None
        if (path / "__init__.py").exists():
            module = self._import(path / "__init__.py")
            if module is None:
                return None
            notebook = getattr(module, "NOTEBOOK", None)
        if not isinstance(notebook, str) or not notebook:
            self._fault(
                self._label(path),
                'has no NOTEBOOK: write NOTEBOOK = "NN_name" into its __init__.py',
            )
            return None
        return notebook, path.name

    def _module(self, path: Path, notebook: str) -> None:
        file = self._label(path)
        if path.suffix != ".py":
            self._fault(file, "is a folder in a subject, where none is read: move its files up")
            return
        module = self._import(path)
        if module is None:
            return
        entries = {n: e for n, e in vars(module).items() if isinstance(e, Exercise)}
        if not entries:
            self._fault(file, "has no exercise: let the name of a file of helpers begin with _")
        for name, exercise in entries.items():
            self._exercise(file, name, exercise, notebook)

    def _exercise(self, file: str, name: str, exercise: Exercise, notebook: str) -> None:
        first = self.places.setdefault(id(exercise), file)
        if first != file:
            sentence = f"{name} is the exercise of {first}: import its reference instead"
            self._fault(file, sentence, exercise.id)
        elif exercise.id in self.found.exercises:
            other = self.found.files[exercise.id]
            sentence = f"{exercise.id} is there already, in {other}: give one of them another id"
            self._fault(file, sentence, exercise.id)
        else:
            self.found.exercises[exercise.id] = exercise
            self.found.files[exercise.id] = file
            if name != exercise.id:
                sentence = f"{name} is the exercise {exercise.id!r}: call both the same"
                self._fault(file, sentence, exercise.id)
            for sentence in exercise.faults():
                self._fault(file, sentence, exercise.id)
            exercise.notebook = notebook

    def _import(self, path: Path) -> ModuleType | None:
        parts = path.relative_to(self.folder).with_suffix("").parts
        name = ".".join([self.package, *(part for part in parts if part != "__init__")])
        try:
            return importlib.import_module(name)
        except Exception as error:
            lines = [f.lineno for f in traceback.extract_tb(error.__traceback__)
                     if f.filename == str(path)]  # fmt: skip
            line = error.lineno if isinstance(error, SyntaxError) else (lines or [None])[-1]
            said = error.msg if isinstance(error, SyntaxError) else str(error)
            where = f"line {line}: " if line else ""
            problem = f"cannot be read: {where}{type(error).__name__}: {said}"
            self._fault(self._label(path), problem, cause=error)
            return None

    def _entries(self, folder: Path) -> list[Path]:
        """The modules and packages in a folder. What Git has left of a folder is none."""
        with os.scandir(folder) as entries:
            names = sorted(
                e.name
                for e in entries
                if not e.name.startswith(("_", "."))
                and (e.name.endswith(".py") or (e.is_dir() and any(Path(e).glob("*.py"))))
            )
        return [folder / name for name in names]

    def _label(self, path: Path) -> str:
        return "/".join([*self.package.split("."), *path.relative_to(self.folder).parts])

    def _fault(
        self, file: str, sentence: str, exercise_id: str = "", cause: Exception | None = None
    ) -> None:
        self.found.faults.append(Fault(file, sentence, exercise_id, cause))
