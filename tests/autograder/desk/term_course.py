"""The folder of a class, its commands, and what Canvas and Moodle export."""

from __future__ import annotations

import csv
import io
import json
import os
import runpy
import shutil
import subprocess
import sys
import traceback
import unicodedata
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import cache
from pathlib import Path
from typing import IO, Any

import nbformat
from term_story import DUE, MENDED, PLATFORMS, POLICY, HandIn, Person

from autograder import folders
from autograder.authoring.sample_class import authors, equivalents, fill_in
from autograder.checking.written import as_definition
from autograder.exercises import REGISTRY

COPIED = (
    "autograder", "reference_impl", "requirements", "pyproject.toml",
    folders.SOLUTIONS, folders.COURSE, folders.CONFIGURATION,
)  # fmt: skip
PLOT = "plt.plot([count_turns([1, 2, 1])] * 3)\nplt.title('three turns')\nplt.show()"
SECONDS = 600  # of one command


class Differs(AssertionError):  # noqa: N818 - it says what happened
    """A command ended otherwise than it should."""


@dataclass
class Course:
    """A copy of the repository, in which a class is taught."""

    root: Path
    forked: bool = False  # commands run in forks, which need not load everything again

    @classmethod
    def new(cls, root: Path, *, forked: bool = False) -> Course:
        """A copy, with the exercises as they are before somebody mends them."""
        root.mkdir(parents=True)
        for name in COPIED:
            path = folders.repository() / name
            if path.is_dir():
                shutil.copytree(path, root / name)
            else:
                shutil.copy2(path, root)
        course = cls(root, forked)
        for name, changes in MENDED.items():
            text = (root / name).read_text("utf-8")
            for after, before in changes:
                assert text.count(after) == 1, f"{name} has another text now: {after!r}"
                text = text.replace(after, before)
            (root / name).write_text(text, "utf-8")
        course.configure({})
        return course

    def mend(self, name: str) -> None:
        """Bring the repository's file: somebody has mended it."""
        shutil.copy2(folders.repository() / name, self.root / name)

    def configure(self, extensions: Mapping[str, object]) -> None:
        config = (folders.repository() / folders.CONFIGURATION).read_text("utf-8")
        lines = [config, POLICY, f"c.LatePolicy.extensions = {dict(extensions)!r}\n"]
        (self.root / folders.CONFIGURATION).write_text("\n".join(lines), "utf-8")

    def run(self, *words: str | Path, status: int = 0) -> str:
        """What `autograder …` says, on both channels.

        Raises:
            Differs: if it ends with another status.
        """
        return self._run("autograder.cli", [*map(str, words)], status)

    def due(self, name: str) -> None:
        """Tell nbgrader when an assignment is due."""
        words = ["db", "assignment", "add", name, f"--duedate={DUE[name]:%Y-%m-%d %H:%M:%S} UTC"]
        self._run("nbgrader", words, 0)

    def _run(self, module: str, words: Sequence[str], status: int) -> str:
        command = f"{module.partition('.')[0]} {' '.join(words)}"
        with (self.root / "term.log").open("a+", encoding="utf-8") as log:
            print(f"$ {command}", file=log, flush=True)
            start = log.tell()
            run = _in_a_fork if self.forked else _in_a_process
            got = run(self, module, words, log)
            log.seek(start)
            said = log.read()
        if got != status:
            raise Differs(f"{command}: {got}, not {status}:\n{said}")
        return said

    @property
    def environment(self) -> dict[str, str]:
        return os.environ | {"PYTHONPATH": str(self.root)}

    def tables(self, names: Sequence[str]) -> dict[str, dict[str, dict[str, str]]]:
        """How everybody stands, by assignment and student: `autograder class … --csv`."""
        path = self.root / "class.csv"
        self.run("class", *names, "--csv", path)
        found: dict[str, dict[str, dict[str, str]]] = {name: {} for name in names}
        for row in read(path):
            found[row["assignment"]][row["student"]] = row
        return found


def _in_a_process(course: Course, module: str, words: Sequence[str], log: IO[str]) -> int:
    command = [sys.executable, "-m", module, *words]
    return subprocess.run(
        command, cwd=course.root, env=course.environment, stdout=log, stderr=log, timeout=SECONDS
    ).returncode


def _in_a_fork(course: Course, module: str, words: Sequence[str], log: IO[str]) -> int:
    """The same without loading the packages of others: only ours may have been mended."""
    import nbgrader.apps  # noqa: F401 - so that the fork has it

    child = os.fork()
    if child:
        return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    try:
        os.dup2(log.fileno(), 1)
        os.dup2(log.fileno(), 2)
        sys.stdout, sys.stderr = (os.fdopen(n, "w", closefd=False) for n in (1, 2))
        os.chdir(course.root)
        os.environ.update(course.environment)
        for name in [n for n in sys.modules if n.split(".")[0] in COPIED]:
            del sys.modules[name]
        sys.path[:0], sys.argv = [str(course.root)], [module, *words]
        runpy.run_module(module, run_name="__main__")
        status = 0
    except SystemExit as end:
        status = end.code if isinstance(end.code, int) else int(end.code is not None)
    except BaseException:
        traceback.print_exc()
        status = 99
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(status)


def read(path: Path) -> list[dict[str, str]]:
    """The rows of a table."""
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def write(path: Path, rows: Sequence[Mapping[str, str]]) -> Path:
    """A table, as a spreadsheet saves it."""
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        table = csv.DictWriter(file, list(rows[0]))
        table.writeheader()
        table.writerows(rows)
    return path


# ------------------------------------------------------------------------------- what is handed in
def document(released: str, hand_in: HandIn) -> bytes:
    """The file that somebody hands in."""
    if hand_in.form == "unchanged":
        return released.encode()
    answers = dict(_right(hand_in.notebook, hand_in.style))
    for slip in hand_in.slips:
        answers.pop(slip.exercise)
        if slip.what:
            answers[slip.exercise] = _wrong(slip.exercise, slip.what)
    text = fill_in(released, answers, lambda notebook: _write(notebook, hand_in))
    return text.encode()[: len(text) // 3 if hand_in.form == "half" else None]


@cache
def _right(notebook: str, style: int) -> Mapping[str, str]:
    return equivalents(notebook, style - 1) if style else authors(notebook)


def _wrong(exercise: str, what: str) -> str:
    named = {m.name: m for m in REGISTRY[exercise].misconceptions}
    return as_definition(named[what].function, exercise) if what in named else what


def _write(notebook: Any, hand_in: HandIn) -> None:
    """Put the answer in words behind the question, and a picture behind the checks."""
    cells = notebook.cells
    [task] = [i for i, c in enumerate(cells) if c.metadata.get("nbgrader", {}).get("task")]
    if hand_in.words:
        cells[task + 1].source = f"*Your answer:* {hand_in.words}"
    if hand_in.draws:
        cells.insert(task, nbformat.v4.new_code_cell(PLOT))


# ------------------------------------------------------------------------------- what is exported
def export(
    path: Path,
    released: str,
    handed_in: Mapping[Person, HandIn],
    *,
    number: int,
    dated: bool = True,
    guest: tuple[str, str] | None = None,
) -> Path:
    """The zip of a platform. ``number``: of the export, the higher, the later."""
    [notebook] = {hand_in.notebook for hand_in in handed_in.values()}
    named = _canvas if PLATFORMS[notebook] == "canvas" else _moodle
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for i, (person, hand_in) in enumerate(handed_in.items()):
            for name, of in named(person, hand_in, 1000 * number + i):
                moment = DUE[notebook] + timedelta(hours=of.hours)
                when = (moment if dated else DUE[notebook]).astimezone()
                entry = zipfile.ZipInfo(name, when.timetuple()[:6])
                archive.writestr(entry, _packed(of, document(released, of)))
        if guest:
            person = Person("guest", *guest, 9999, 9999, "")
            [(name, _)] = named(person, HandIn(notebook), 1000 * number + 999)
            archive.writestr(zipfile.ZipInfo(name, when.timetuple()[:6]), released)
    return path


def _packed(hand_in: HandIn, data: bytes) -> bytes:
    if hand_in.form != "zip":
        return b"%PDF-1.7" if hand_in.form == "pdf" else data
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr(f"my work/{hand_in.notebook}.ipynb", data)
        archive.writestr(f"__MACOSX/my work/._{hand_in.notebook}.ipynb", b"junk")
    return file.getvalue()


def _file(hand_in: HandIn) -> tuple[str, str]:
    stem = "Untitled" if hand_in.form == "renamed" else hand_in.notebook
    ending = {"pdf": "pdf", "zip": "zip"}.get(hand_in.form, "ipynb")
    return stem, ending


def _canvas(person: Person, hand_in: HandIn, number: int) -> Iterator[tuple[str, HandIn]]:
    """``byronada_LATE_7101_1001_FILE-1.ipynb``: a later version has a number."""
    versions = [hand_in]
    while versions[0].earlier:
        versions.insert(0, versions[0].earlier)
    key = "".join(c for c in f"{person.last}{person.first}".casefold() if c.isalnum())
    for i, version in enumerate(versions):
        stem, ending = _file(version)
        late = "LATE_" if version.hours > 0 else ""
        behind = f"-{i}" if i else ""
        yield f"{key}_{late}{person.canvas}_{number}_{stem}{behind}.{ending}", version


def _moodle(person: Person, hand_in: HandIn, number: int) -> Iterator[tuple[str, HandIn]]:
    """``Ada Byron_2101_assignsubmission_file_/FILE``; a Mac writes its umlauts in two parts."""
    name = unicodedata.normalize("NFD" if number % 2 else "NFC", person.name)
    stem, ending = _file(hand_in)
    yield f"{name}_{person.moodle}_assignsubmission_file_/{stem}.{ending}", hand_in


def canvas_gradebook(path: Path, people: Sequence[Person], assignments: Sequence[str]) -> Path:
    """What Canvas exports as a gradebook, with the assignments' own numbers."""
    columns = [f"{name} ({4700 + i})" for i, name in enumerate(assignments)]
    head = ("Student", "ID", "SIS User ID", "SIS Login ID", "Section")
    rows = [dict(zip(head, ("    Points Possible", "", "", "", ""), strict=True))]
    for person in people:
        of = (f"{person.last}, {person.first}", person.canvas, f"S{person.canvas}", person.id)
        rows.append(dict(zip(head, (*map(str, of), person.section), strict=True)))
    rows.append(dict(zip(head, ("Student, Test", "9998", "", "test", "Monday"), strict=True)))
    empty = dict.fromkeys([*columns, "Final Score"], "")
    return write(path, [row | empty for row in rows])


def moodle_gradebook(path: Path, people: Sequence[Person], name: str) -> Path:
    """What Moodle exports as grades."""
    head = ("First name", "Last name", "ID number", "Institution", "Email address")
    return write(
        path,
        [
            dict(zip(head, (p.first, p.last, p.id, "", p.email), strict=True))
            | {f"Assignment: {name} (Real)": "-"}
            for p in people
        ],
    )


def released(handout: Path, name: str) -> str:
    """A notebook as the class has it."""
    text = (handout / name / f"{name}.ipynb").read_text("utf-8")
    assert json.loads(text)["cells"]
    return text
