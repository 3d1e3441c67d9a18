"""What a class gets: notebooks without their answers, and a package in which ``check`` works.

In the package there is no function that a student of these notebooks has to write, nor one of a
later notebook. A check holds what is returned against stored outcomes (:mod:`.recording`); of the
reference there is what the notebooks' experiments import (:mod:`.shaken`). Where an experiment
cannot run without such a function, the report names it.
"""

from __future__ import annotations

import ast
import contextlib
import hashlib
import json
import shutil
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

from autograder import folders
from autograder.checking.answer_key import answer_key
from autograder.checking.drive import Outcome
from autograder.checking.exercise import Case, Exercise
from autograder.desk import answers, handout
from autograder.desk.recording import Stored, index, store
from autograder.desk.shaken import REFERENCE, Name, Reference
from autograder.desk.wheel import archive, wheel
from autograder.exercises import REGISTRY
from autograder.folders import COURSE, INDEX, PRISTINE

PACKAGE = Path(__file__).resolve().parents[1]
SHIPPED = ("__init__.py", "cells.py", "cli.py", "faults.py", "folders.py", "own_work.py",
           "py.typed", "checking", "notebook")  # fmt: skip
INSTEAD = {  # modules of the class's edition, and where they stand there
    "desk/inside/exercises.py": "exercises/__init__.py",
    "desk/inside/student.py": "student.py",
}


@dataclass
class Bundle:
    """What is handed out for some notebooks.

    Attributes:
        notebooks: their names, in order. The notebooks before the first of them are closed: their
            answers need not be kept from anybody.
    """

    notebooks: Sequence[str]
    reference: Reference = field(default_factory=Reference)

    @cached_property
    def closed(self) -> list[str]:
        return [name for name in folders.notebooks() if name < self.notebooks[0]]

    @cached_property
    def kept_back(self) -> dict[Name, Exercise]:
        """The functions that are answers of these notebooks or of later ones."""
        return {
            self._place(exercise): exercise
            for exercise in REGISTRY.values()
            if not exercise.is_quiz and exercise.notebook not in self.closed
        }

    @cached_property
    def answer_lines(self) -> dict[str, str]:
        """The lines of all answers that are kept back."""
        closed = [e for e in REGISTRY.values() if e.notebook in self.closed]
        return answers.lines_of(self.kept_back.values(), closed)

    @cached_property
    def exercises(self) -> list[Stored]:
        """The exercises of these notebooks and of the closed ones."""
        names = {*self.notebooks, *self.closed}
        return [self._stored(e) for e in REGISTRY.values() if e.notebook in names]

    @cached_property
    def kept(self) -> set[Name]:
        """The parts of the reference that are handed out."""
        roots = {name for names in self.imported.values() for name in names}
        for path in self._shipped():
            if path.suffix == ".py":
                roots |= self.reference.used_by(ast.parse(path.read_text("utf-8")))
        for stored in self.exercises:
            roots |= stored.borrowed
            if stored.about["reference"] and not stored.about["quiz"]:
                module, _, name = stored.about["reference"].partition(":")
                roots.add((module, name))
        return self.reference.reached(roots)

    @cached_property
    def imported(self) -> dict[str, set[Name]]:
        """What the cells of each notebook use of the reference."""
        found = {}
        for name in self.notebooks:
            tree = ast.parse("\n".join(self.cells(name)))
            # A call may be commented out, for the reader to try; its import runs.
            used = self.reference.used_by(tree) | self.reference.imported_by(tree)
            for module in {module for module, own in used if not own}:
                used |= self.reference.all_of(module, self.kept_back)
            found[name] = used
        return found

    @property
    def needed(self) -> dict[str, list[str]]:
        """The answers that had to stay, because experiments call them, and the notebooks."""
        found: dict[str, list[str]] = {}
        for notebook, roots in self.imported.items():
            for name in sorted(self.reference.reached(roots) & self.kept_back.keys()):
                found.setdefault(f"{name[0]}.{name[1]}", []).append(notebook)
        return found

    @property
    def same(self) -> dict[str, list[str]]:
        """The exercises whose answer is a function of a closed notebook under another name."""
        found: dict[str, list[str]] = {}
        functions = [e for e in REGISTRY.values() if not e.is_quiz]
        for exercise in (e for e in functions if e.notebook in self.notebooks):
            for other in (e for e in functions if e.notebook in self.closed):
                alike = len(other.parameters) == len(exercise.parameters)
                if alike and _earns(exercise, other.reference):
                    found.setdefault(exercise.id, []).append(other.id)
        return found

    def _place(self, exercise: Exercise) -> Name:
        function = exercise.reference
        return self.reference.resolve((function.__module__, function.__name__))

    def may_borrow(self, module: str, name: str) -> bool:
        """Whether a function of the reference may be handed out, with all that it uses."""
        return not self.reference.reached([(module, name)]) & self.kept_back.keys()

    def _stored(self, exercise: Exercise) -> Stored:
        reference = ""
        if exercise.notebook in self.closed and not exercise.is_quiz:
            module, name = self._place(exercise)
            if module.split(".")[0] == REFERENCE and self.may_borrow(module, name):
                reference = f"{module}:{name}"
        return store(exercise, self.may_borrow, self.is_answer, reference)

    def is_answer(self, text: str) -> bool:
        """Whether a line of an answer stands in a text."""
        return bool(answers.found_in(text, self.answer_lines))

    def cells(self, name: str) -> Iterator[str]:
        """The code cells of a notebook that are Python."""
        for cell in json.loads(folders.released(name).read_bytes())["cells"]:
            source = "".join(cell["source"])
            if cell["cell_type"] == "code":
                with contextlib.suppress(SyntaxError):
                    ast.parse(source)
                    yield source

    # The files

    def package(self) -> dict[str, bytes]:
        """The files of the package, by their places in site-packages."""
        files = {
            f"autograder/{path.relative_to(PACKAGE).as_posix()}": path.read_bytes()
            for path in self._shipped()
        }
        for source, place in INSTEAD.items():
            files[f"autograder/{place}"] = (PACKAGE / source).read_bytes()
        files["autograder/notebook/edition.py"] = self._edition().encode()
        for stored in self.exercises:
            for name, content in stored.files.items():
                files[f"autograder/exercises/stored/{name}"] = content
        files["autograder/exercises/stored/index.json"] = index(self.exercises)
        for place, text in self.reference.shaken(self.kept).items():
            files[place] = text.encode()
        for name, content in self.course().items():
            files[f"autograder/{PRISTINE}/{name}"] = content
        return files

    def course(self) -> dict[str, bytes]:
        """The notebooks, and the index."""
        files = {}
        for name in self.notebooks:
            folder = folders.released(name).parent
            for path in sorted(folder.rglob("*")):
                if path.is_file() and ".ipynb_checkpoints" not in path.parts:
                    files[f"{name}/{path.relative_to(folder).as_posix()}"] = path.read_bytes()
        files[INDEX] = handout.index(
            (folders.repository() / COURSE / INDEX).read_bytes(), self.notebooks
        )
        return files

    def files(self) -> dict[str, bytes]:
        """All files that a student gets."""
        project = tomllib.loads((folders.repository() / "pyproject.toml").read_text("utf-8"))
        about = project["project"]
        name, content = wheel(
            self.package(),
            about["version"],
            about["dependencies"],
            about["requires-python"],
            {"autograder": "autograder.student:main"},
        )
        pinned = (folders.repository() / "requirements" / "course.txt").read_text("utf-8")
        digest = hashlib.sha256(content).hexdigest()
        return {
            name: content,
            "requirements.txt": f"{pinned}./{name} --hash=sha256:{digest}\n".encode(),
            "README.md": handout.readme(self.notebooks).encode(),
            **{f"{COURSE}/{place}": text for place, text in self.course().items()},
        }

    def _shipped(self) -> Iterator[Path]:
        for name in SHIPPED:
            path = PACKAGE / name
            found = sorted(path.rglob("*")) if path.is_dir() else [path]
            yield from (p for p in found if p.is_file() and "__pycache__" not in p.parts)

    def _edition(self) -> str:
        text = (PACKAGE / "notebook" / "edition.py").read_text("utf-8")
        closed = f"frozenset({self.closed!r})" if self.closed else "frozenset()"
        return text.replace("SELF_STUDY = True", "SELF_STUDY = False").replace(
            "= frozenset()", f"= {closed}"
        )


def _earns(exercise: Exercise, function: object) -> bool:
    """Whether a function earns any points."""
    key = answer_key(exercise)
    return any(
        all(_is_right(exercise, *one, function) for one in zip(cases, expected, strict=True))
        for cases, expected in zip(key.cases, key.expected, strict=True)
    )


def _is_right(
    exercise: Exercise, case: Case, expected: Sequence[Outcome], function: object
) -> bool:
    try:
        return exercise.difference(case, expected, case.run(function)) is None
    except Exception:  # a comparison need not be ready for what another function returns
        return False


def write(folder: Path, names: Sequence[str]) -> Bundle:
    """Write ``handout/``, ``handout.zip`` and ``REPORT.md`` into a new folder.

    Raises:
        ValueError: if a name belongs to no notebook, or the folder has something in it.
    """
    bundle = Bundle(sorted(set(folders.notebooks(list(names)))))
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise ValueError(f"{folder} is there already: name a new folder, or remove it")
    files = bundle.files()
    try:
        _write(folder / "handout", files)
        (folder / "handout.zip").write_bytes(archive(files))
        (folder / "REPORT.md").write_text(handout.report(bundle), "utf-8")
    except OSError:
        shutil.rmtree(folder, ignore_errors=True)
        raise
    return bundle


def _write(folder: Path, files: Mapping[str, bytes]) -> None:
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
