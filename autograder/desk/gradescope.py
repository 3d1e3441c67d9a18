"""``autograder gradescope``: the zip with which Gradescope marks an assignment as we do.

The zip holds the course with its answers: who teaches uploads it, and Gradescope shows it to no
student. What runs in the container is :mod:`.on_gradescope`.

Source: gradescope-autograders.readthedocs.io, "Autograder Specifications".
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from autograder import folders
from autograder.desk import page
from autograder.desk.marked import Graded, graded_cells
from autograder.desk.wheel import archive
from autograder.grading.assignment import sources_of

ZIP = "autograder.zip"
COURSE = "course"  # the folder in the zip in which the course's repository is
PINNED = "requirements/course.txt"
PACKAGES = ("autograder", "reference_impl")
SCRIPTS = Path(__file__).with_name("scripts")


@dataclass(frozen=True)
class Made:
    """What Gradescope asks for besides the zip.

    Attributes:
        path: of the zip.
        graded: every cell that earns points.
    """

    path: Path
    graded: list[Graded]

    @property
    def points(self) -> float:
        """Of the checks: the assignment's "autograder points"."""
        return sum(cell.max_points for cell in self.graded if not cell.by_hand)

    @property
    def by_hand(self) -> list[Graded]:
        return [cell for cell in self.graded if cell.by_hand]


def write(folder: Path, name: str, *, without_sandbox: bool = False) -> Made:
    """Write the zip into a folder, which is made if it is not there.

    Args:
        name: of the notebook; a prefix (``03``) is enough.
        without_sandbox: grade also in a container in which no sandbox can be started.

    Raises:
        ValueError: if the name belongs to no notebook, or there is a zip already.
    """
    [name] = folders.notebooks([name])
    path = folder / ZIP
    if path.exists():
        raise ValueError(f"{path} is there already: name another folder, or remove it")
    page.write(path, archive(files(name, without_sandbox=without_sandbox)))
    sources = sources_of(folders.repository(), name)
    return Made(path, [cell for key, one in sources.items() for cell in graded_cells(key, one)])


def files(name: str, *, without_sandbox: bool = False) -> dict[str, bytes]:
    """The files of the zip, by their places in it."""
    options = " --without-sandbox" if without_sandbox else ""
    run = (SCRIPTS / "run_autograder").read_text("utf-8")
    found = {
        "setup.sh": (SCRIPTS / "setup.sh").read_bytes(),
        "run_autograder": run.replace("ASSIGNMENT", f"{name}{options}").encode(),
    }
    repository = folders.repository()
    for path in _course(repository, name):
        found[f"{COURSE}/{path.relative_to(repository).as_posix()}"] = path.read_bytes()
    return found


def _course(repository: Path, name: str) -> Iterator[Path]:
    """The parts of the repository that grading needs."""
    yield repository / folders.CONFIGURATION
    yield repository / PINNED
    for part in (*PACKAGES, f"{folders.SOLUTIONS}/{name}"):
        for path in sorted((repository / part).rglob("*")):
            parts = path.relative_to(repository).parts
            if path.is_file() and not any(p == "__pycache__" or p.startswith(".") for p in parts):
                yield path


def say(made: Made) -> str:
    """What is to be entered in Gradescope."""
    lines = [
        f"{made.path}: upload it to Gradescope as the assignment's autograder",
        f"autograder points: {page.number(made.points)}",
    ]
    for cell in made.by_hand:
        points = page.counted(cell.max_points, "point")
        lines.append(f"a question to mark by hand: {cell.title}, {points}")
    lines.append(
        "It holds the answers: give it to no student. Try it with a submission of your own."
    )
    return "\n".join(lines)
