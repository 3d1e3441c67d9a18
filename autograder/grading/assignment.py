"""An assignment as a worker needs it: its source, its answer key, the contents of its sandbox.

Made once for a class, by the process that may read everything; a worker only gets this.
"""

from __future__ import annotations

import difflib
import hashlib
import hmac
import inspect
import json
import os
import secrets
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from traitlets.config import Config

from autograder import folders
from autograder.cells import Check, as_check
from autograder.checking.answer_key import PUBLIC_SEED, Outcomes, answer_key
from autograder.checking.exercise import Exercise
from autograder.exercises import REGISTRY
from autograder.grading.autotests import tests_made
from autograder.grading.held_back import replacements
from autograder.grading.needed import answer_modules, reference_modules, without_answers
from autograder.grading.submission import SourceCell, source_cells
from autograder.sandbox import Limits, Mounts, wire

PRIVATE = ".autograder"  # our own folder in a course's folder
SECRET_BYTES = 32
VARIANTS = 8  # of the secret cases: which of them a submission gets, its digest decides

# Loaded before the fork: modules that take time to import and hold no answer.
PRELOAD = ("numpy",)
PLOTTING = ("matplotlib.pyplot",)


@dataclass(frozen=True)
class Source:
    """A notebook as its author wrote it.

    Attributes:
        cells: without the answers; the tests complete.
        metadata: of the notebook: kernel and language.
    """

    cells: tuple[SourceCell, ...]
    metadata: Mapping[str, Any]


@dataclass(frozen=True)
class Assignment:
    """Everything that is needed to grade a submission. Plain data: it travels to workers.

    Attributes:
        name: nbgrader's name for it.
        notebooks: name → source.
        seed: of everything secret about it.
        expected: seed → exercise → what the reference does in each case.
        marks_mounts: what the sandbox holds where marks are made; no answer is in it.
        figures_mounts: what it holds where only pictures are made; None: no pictures are made.
        unsafe: run without a sandbox.
        digest: changes with anything that can change a mark, except the limits: each mark has its
            own note of those.
        ignored_stderr: a pattern of what a test may write to stderr at no cost; "": nothing.
    """

    name: str
    notebooks: Mapping[str, Source]
    seed: int
    expected: Mapping[int, Mapping[str, Outcomes]]
    limits: Limits
    marks_mounts: Mounts
    figures_mounts: Mounts | None
    unsafe: bool
    digest: str
    ignored_stderr: str = ""

    def seed_for(self, submission: str) -> int:
        """The seed of the cases that decide the points of a submission with this digest.

        A table of the cases that one hand-in has seen is worth little for the next one, since
        another text has other cases.
        """
        drawn = hmac.digest(self.seed.to_bytes(SECRET_BYTES), submission.encode(), "sha256")
        return variants(self.seed)[int.from_bytes(drawn) % VARIANTS]


def variants(seed: int) -> list[int]:
    """The seeds of the secret cases of an assignment with this seed."""
    secret = seed.to_bytes(SECRET_BYTES)
    return [
        int.from_bytes(hmac.digest(secret, f"cases {i}".encode(), "sha256"))
        for i in range(VARIANTS)
    ]


def load(
    class_folder: Path,
    name: str,
    *,
    limits: Limits | None = None,
    all_cells: bool = False,
    unsafe: bool = False,
) -> Assignment:
    """Read an assignment's source and work out its answer key.

    Args:
        class_folder: folder in nbgrader's layout. Its secret seed is made there at the first use.
        name: of the assignment.
        limits: of what a submission may use; None: the defaults.
        all_cells: also run the cells that no mark depends on, for their pictures.
        unsafe: without a sandbox.

    Raises:
        FileNotFoundError: no assignment has this name.
        ValueError: a cell checks an exercise that does not exist.
    """
    limits = limits or Limits()
    config = folders.configuration(class_folder)
    paths = _source_paths(class_folder, name)
    made = tests_made(class_folder, name, paths)
    sources = {path.stem: _read(path, config, made.get(path.stem, {})) for path in paths}
    exercises = [
        _exercise(check.exercise_id) for source in sources.values() for check in checks(source)
    ]
    seed = _seed(class_folder, name)
    expected = {
        s: {exercise.id: answer_key(exercise, s).expected for exercise in exercises}
        for s in (*variants(seed), PUBLIC_SEED)
    }
    cells = [cell for source in sources.values() for cell in source.cells]
    used = reference_modules(cells)
    available = tuple(sorted(without_answers(used, answer_modules(exercises))))
    ids = {exercise.id for exercise in exercises}
    replaced = replacements(ids, variants(seed))
    marks_mounts = Mounts(modules=available, preload=PRELOAD, replaced=replaced)
    figures_mounts = Mounts(tuple(sorted(used)), PRELOAD + PLOTTING) if all_cells else None
    digest = hashlib.sha256()
    for s, by_id in expected.items():
        digest.update(wire.pack({str(s): dict(by_id)}))
    digest.update(repr([_how_it_is_marked(exercise) for exercise in exercises]).encode())
    settings = config.IgnorePattern
    ignored = str(settings.get("pattern", "")) if settings.get("enabled") else ""
    digest.update(repr((sources, marks_mounts, figures_mounts, unsafe, ignored)).encode())
    return Assignment(
        name,
        sources,
        seed,
        expected,
        limits,
        marks_mounts,
        figures_mounts,
        unsafe,
        digest.hexdigest(),
        ignored,
    )


def checks(source: Source) -> Iterator[Check]:
    """The checks of a notebook, in order."""
    for cell in source.cells:
        if cell.nbgrader and (check := as_check(cell.source)):
            yield check


def _exercise(exercise_id: str) -> Any:
    if exercise_id not in REGISTRY:
        near = difflib.get_close_matches(exercise_id, REGISTRY, n=1, cutoff=0.5)
        hint = f"; did its author mean {near[0]!r}?" if near else ""
        raise ValueError(f"the source checks {exercise_id!r}, which is not an exercise{hint}")
    return REGISTRY[exercise_id]


def _how_it_is_marked(exercise: Exercise) -> tuple[object, ...]:
    """What turns outcomes into points: it may be mended while the outcomes stay the same."""
    groups = [(group.name, group.points) for group in exercise.groups]
    parts = [[case.parts for case in group] for group in answer_key(exercise).cases]
    # A comparison of its own may call what stands beside it.
    compare = exercise.compare and inspect.getsource(sys.modules[exercise.compare.__module__])
    return exercise.id, groups, parts, exercise.tolerance, compare


def source_folder(class_folder: Path, name: str) -> Path:
    """Where the source of an assignment is: in the course, or else in the repository.

    Raises:
        FileNotFoundError: no assignment has this name.
    """
    return _source_paths(class_folder, name)[0].parent


def sources_of(class_folder: Path, name: str) -> dict[str, Source]:
    """The notebooks of an assignment, without the tests that nbgrader makes from templates.

    Raises:
        FileNotFoundError: no assignment has this name.
        ValueError: if one is not in Python.
    """
    config = folders.configuration(class_folder)
    return {path.stem: _read(path, config, {}) for path in _source_paths(class_folder, name)}


def _source_paths(class_folder: Path, name: str) -> list[Path]:
    places = folders.sources(class_folder)
    for folder in places:
        if found := sorted((folder / name).glob("*.ipynb")):
            return found
    known = sorted({path.parent.name for folder in places for path in folder.glob("*/*.ipynb")})
    near = difflib.get_close_matches(name, known, n=1, cutoff=0.3)
    hint = f"Did you mean {near[0]!r}? " if near else ""
    there = ", ".join(known) or f"none in {places[0]}"
    raise FileNotFoundError(f"no assignment is called {name!r}. {hint}There are: {there}")


def _read(path: Path, config: Config, made: Mapping[str, str]) -> Source:
    metadata = json.loads(path.read_bytes().decode("utf-8-sig")).get("metadata", {})
    kernel = metadata.get("kernelspec", {})
    if (language := str(kernel.get("language", "python"))).lower() != "python":
        raise ValueError(f"{path.name} is written in {language}: only Python is graded here")
    kept = {key: metadata[key] for key in ("kernelspec", "language_info") if key in metadata}
    return Source(tuple(source_cells(path, config, made)), kept)


def _seed(class_folder: Path, name: str) -> int:
    """The seed of an assignment: the same in every run of a course, and nobody can guess it."""
    path = class_folder / PRIVATE / "secret"
    if not path.exists():
        path.parent.mkdir(mode=0o700, exist_ok=True)
        new = path.with_suffix(f".{os.getpid()}")
        new.touch(mode=0o600)
        new.write_bytes(secrets.token_bytes(SECRET_BYTES))
        try:
            os.link(new, path)  # unless another process was faster: then its secret is used
        except FileExistsError:
            pass
        finally:
            new.unlink()
    secret = path.read_bytes()
    if len(secret) != SECRET_BYTES:
        raise ValueError(
            f"{path} is damaged: {len(secret)} bytes where {SECRET_BYTES} should be. "
            "Delete it for a new one; submissions will then be graded on new cases."
        )
    return int.from_bytes(hmac.digest(secret, name.encode(), "sha256"))
