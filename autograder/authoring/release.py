"""Make ``course/`` from ``solutions/`` with nbgrader, and tell where the two have come apart."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path

from autograder.authoring import index
from autograder.folders import (
    COURSE,
    GLOSSARY,
    INDEX,
    SOLUTIONS,
    nbgrader,
    notebooks,
    reason,
    repository,
)


def generate(names: list[str], target: Path) -> None:
    """Write the students' version of the notebooks into ``target/NAME/NAME.ipynb``.

    nbgrader does it, in a folder and with a gradebook of its own: a release leaves the class's
    gradebook alone.

    Raises:
        RuntimeError: if nbgrader cannot release a notebook; its log says why.
    """
    with tempfile.TemporaryDirectory() as folder:
        workshop = Path(folder)
        for name in names:
            shutil.copytree(repository() / SOLUTIONS / name, workshop / SOLUTIONS / name)
        api = nbgrader(workshop)
        for name in names:
            result = api.generate_assignment(name, force=True, create=True)
            if not result["success"]:
                raise RuntimeError(f"nbgrader could not release {name}: {reason(result)}")
            shutil.rmtree(target / name, ignore_errors=True)
            shutil.copytree(workshop / COURSE / name, target / name)


def drift(names: list[str]) -> list[str]:
    """The files in ``course/`` of these notebooks that differ from what their masters give now.

    If they are all the notebooks, files that belong to no master differ as well.
    """
    with tempfile.TemporaryDirectory() as folder:
        fresh = Path(folder)
        generate(names, fresh)
        _write_beside(fresh)
        wanted, present = _contents(fresh), _contents(repository() / COURSE)
    if names != notebooks():
        mine = {*names, INDEX, GLOSSARY}
        present = {path: text for path, text in present.items() if path.parts[0] in mine}
    paths = wanted.keys() | present.keys()
    return sorted(str(path) for path in paths if wanted.get(path) != present.get(path))


def _contents(folder: Path) -> dict[Path, bytes]:
    return {
        path.relative_to(folder): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file() and ".ipynb_checkpoints" not in path.parts
    }


def release(names: list[str]) -> None:
    """Write ``course/`` with its index and glossary; what belongs to no master any more goes."""
    course = repository() / COURSE
    course.mkdir(exist_ok=True)
    generate(names, course)
    _write_beside(course)
    for folder in course.iterdir():
        if folder.is_dir() and folder.name not in notebooks():
            shutil.rmtree(folder)


def _write_beside(folder: Path) -> None:
    """What stands beside the notebooks, and what they link to."""
    index.write(folder)
    shutil.copyfile(repository() / "docs" / GLOSSARY, folder / GLOSSARY)
