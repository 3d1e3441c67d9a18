"""The registry: every exercise of every notebook, by its id.

Each folder here is a subject and belongs to one notebook, which its ``NOTEBOOK`` names. Every
exercise that its modules define is registered. Names that begin with ``_`` are helpers.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Iterable
from types import ModuleType

from autograder.checking.exercise import Exercise

REGISTRY: dict[str, Exercise] = {}


def _load() -> None:
    for subject in sorted(_modules_of(__name__, __path__), key=lambda module: module.NOTEBOOK):
        for module in _modules_of(subject.__name__, subject.__path__):
            for exercise in vars(module).values():
                if isinstance(exercise, Exercise):
                    if exercise.id in REGISTRY:
                        raise ValueError(f"two exercises are called {exercise.id!r}")
                    exercise.notebook = subject.NOTEBOOK
                    REGISTRY[exercise.id] = exercise


def _modules_of(package: str, path: Iterable[str]) -> list[ModuleType]:
    names = sorted(info.name for info in pkgutil.iter_modules(path))
    return [importlib.import_module(f"{package}.{n}") for n in names if not n.startswith("_")]


_load()
