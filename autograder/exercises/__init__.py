"""The registry: every exercise of every notebook, by its id.

A module here belongs to the notebook that its ``NOTEBOOK`` names; the exercises in it are
registered by being there.
"""

from __future__ import annotations

import importlib
import pkgutil

from autograder.exercise import Exercise

REGISTRY: dict[str, Exercise] = {}


def _load() -> None:
    modules = [
        importlib.import_module(f"{__name__}.{info.name}")
        for info in pkgutil.iter_modules(__path__)
        if not info.name.startswith("_")
    ]
    for module in sorted(modules, key=lambda m: (m.NOTEBOOK, m.__name__)):
        for exercise in vars(module).values():
            if isinstance(exercise, Exercise):
                if exercise.id in REGISTRY:
                    raise ValueError(f"two exercises are called {exercise.id!r}")
                exercise.notebook = module.NOTEBOOK
                REGISTRY[exercise.id] = exercise


_load()
