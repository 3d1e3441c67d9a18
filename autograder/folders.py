"""The course's folders, and nbgrader for them."""

from __future__ import annotations

import re
import warnings
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from traitlets.config import Config
from traitlets.config.loader import PyFileConfigLoader

if TYPE_CHECKING:
    from nbgrader.apps import NbGraderAPI

SOLUTIONS, COURSE = "solutions", "course"
CONFIGURATION = "nbgrader_config.py"
INDEX = "index.ipynb"
GLOSSARY = "glossary.md"
COURSE_ID = "default_course"  # as nbgrader calls a course without a name
PRISTINE = "pristine"  # in the installed package: what is course/ in the repository


def repository() -> Path:
    """The repository: the nearest folder, from here upwards, with ``solutions`` in it.

    Raises:
        FileNotFoundError: if the package was installed without the course around it.
    """
    if course := _course():
        return course
    raise FileNotFoundError(
        "no course found: run this inside the repository, where solutions/ and "
        "nbgrader_config.py are"
    )


def _course() -> Path | None:
    for folder in (Path.cwd(), *Path.cwd().parents, *Path(__file__).resolve().parents):
        if (folder / SOLUTIONS).is_dir() and (folder / CONFIGURATION).is_file():
            return folder
    return None


def sources(class_folder: Path) -> list[Path]:
    """Where an assignment's source may be: in the class's own folder, then in the repository's."""
    course = _course()
    return [directory(class_folder, "source"), *([course / SOLUTIONS] if course else [])]


def pristine() -> Path:
    """The folder of the notebooks as they are handed out, whatever has become of a student's copy.

    In a repository it is ``course/`` beside this package; an installed package brings it along.
    """
    inside = Path(__file__).resolve().parent
    beside = inside.parent / COURSE
    return beside if (inside.parent / CONFIGURATION).is_file() else inside / PRISTINE


def package_repository() -> Path:
    """The repository that this package stands in, for what an author writes into the package.

    Raises:
        ValueError: if that is not the repository of the current folder.
    """
    here, own = repository().resolve(), Path(__file__).resolve().parents[1]
    if here != own:
        raise ValueError(
            f"this is {here}, and the autograder that runs is the one of {own}: use the .venv of "
            "the repository that you are in"
        )
    return own


def notebooks(names: list[str] | None = None) -> list[str]:
    """The names of the notebooks, ``01_ewma`` and so on; a prefix (``01``) is enough.

    Raises:
        ValueError: if a name belongs to no notebook.
    """
    known = sorted(path.stem for path in (repository() / SOLUTIONS).glob("*/*.ipynb"))
    return [matching(name, known) for name in names] if names else known


def matching(name: str, known: list[str]) -> str:
    """The notebook that begins with ``name``.

    Raises:
        ValueError: if there is none, or more than one.
    """
    matches = [k for k in known if k.startswith(name)]
    if len(matches) != 1:
        raise ValueError(f"no notebook is called {name!r}; there are: {', '.join(known)}")
    return matches[0]


def master(name: str) -> Path:
    """The notebook that an author edits."""
    return repository() / SOLUTIONS / name / f"{name}.ipynb"


def released(name: str) -> Path:
    """The notebook that a student opens."""
    return repository() / COURSE / name / f"{name}.ipynb"


def configuration(class_folder: Path) -> Config:
    """nbgrader's configuration for ``class_folder``: its own file, or else the repository's.

    A folder with a ``source`` and without a file is a course of its own, with nbgrader's defaults.
    """
    folder = configuration_folder(class_folder)
    config = _configuration_in(folder) if folder else Config()
    config.CourseDirectory.root = str(class_folder)
    for part in ("header", "footer"):  # nbgrader reads them from the folder that it works in
        if path := config.IncludeHeaderFooter.get(part):
            config.IncludeHeaderFooter[part] = str(class_folder / path)
    if "db_url" not in config.CourseDirectory:
        # A process that finds the gradebook locked by another one waits for it, at most a minute.
        gradebook = (class_folder / "gradebook.db").as_posix()
        config.CourseDirectory.db_url = f"sqlite:///{gradebook}?timeout=60"
    elif not str(config.CourseDirectory.db_url).startswith("sqlite"):
        # A server insists that an assignment belongs to a course, and nbgrader has none by default.
        config.CourseDirectory.setdefault("course_id", COURSE_ID)
    return config


def configuration_folder(class_folder: Path) -> Path | None:
    """Where the configuration for ``class_folder`` is; None: there is none, nbgrader's defaults."""
    if (class_folder / CONFIGURATION).is_file():
        return class_folder
    return None if (class_folder / "source").is_dir() else _course()


def _configuration_in(folder: Path) -> Config:
    config: Config = PyFileConfigLoader(CONFIGURATION, path=str(folder)).load_config()
    return config


def directory(class_folder: Path, step: str) -> Path:
    """Where nbgrader keeps what belongs to a step: ``source``, ``submitted`` or ``autograded``."""
    settings = configuration(class_folder).CourseDirectory
    return class_folder / str(settings.get(f"{step}_directory", step))


def nbgrader(class_folder: Path) -> NbGraderAPI:
    """nbgrader for the class in ``class_folder``."""
    from nbgrader.apps import NbGraderAPI  # takes seconds: only a caller that needs it waits

    config = configuration(class_folder)
    ask_alembic_here()
    # Both are about nbgrader's internals, and mean nothing to the person who grades.
    warnings.filterwarnings("ignore", message="Object of type <Submitted")
    warnings.filterwarnings("ignore", message="Cell is missing an id field")
    return NbGraderAPI(config=config)


def ask_alembic_here() -> None:
    """Let nbgrader ask alembic in this process which version a new gradebook has.

    By itself it starts the program ``alembic``: that takes a second, and where no environment is
    activated there is no program of this name.
    """
    from nbgrader import api

    api.get_alembic_version = _newest_gradebook


@cache
def _newest_gradebook() -> str | None:
    from alembic.script import ScriptDirectory
    from nbgrader import dbutil

    return ScriptDirectory(dbutil.ALEMBIC_DIR).get_current_head()


def reason(answer: Mapping[str, str]) -> str:
    """The error in an answer of nbgrader's API: the line of its log that names it."""
    text = f"{answer.get('error') or ''}\n{answer.get('log') or ''}"
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    named = [line for line in lines if re.match(r"(?!nbgrader)[\w.]*(Error|Exception)\b", line)]
    return (named or lines or ["nbgrader gave no reason"])[-1]
