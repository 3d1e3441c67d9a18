"""How the lesson goes: a page for each notebook, for whoever stands before the class.

An author writes ``docs/lessons/NN_name.md``. What stands elsewhere already is filled in, and a page
that names something that is not there is refused:

- the first column of a table that begins with ``| time |``: minutes, as `length` counts them. A row
  names one heading of the notebook, or several with `` · `` between them, and has what follows
  until the next heading that is named. *The opening* is what stands before the first. Time besides
  the notebook, to talk, is a row such as ``*The board (5 minutes)*``, or ``*(+5 minutes)*`` behind
  a heading. A row whose text begins with ``**At home.**`` takes no time in class.
  A section that no row names gets one, whose text the author writes.
- the end of a line ``- ✓ the first words …``: the conclusion that the notebook prints.
- the last column of a table that begins with ``| exercise |``: what the check says to this mistake.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import nbformat

from autograder.authoring import length
from autograder.exercises import REGISTRY
from autograder.folders import master, notebooks, repository

FOLDER = "docs/lessons"
OPENING = "The opening"
HOME = "**At home.**"
UNWRITTEN = f"{HOME} Nobody has written yet what happens here."
AND, MORE = " · ", "…"
SHORT = 2.0  # minutes: a section that may go without a row of its own

_BESIDES = re.compile(r"\*[^*]*\(\+?(\d+) minutes?\)\*$")
_CONCLUSION = re.compile(r"(\s*- ✓ )(.+)")


def path(name: str) -> Path:
    """The page of a notebook."""
    return repository() / FOLDER / f"{name}.md"


def written() -> dict[Path, str]:
    """Every page as it should be now.

    Raises:
        ValueError: if a page names what its notebook or the exercises do not have; it says which.
        FileNotFoundError: if a notebook has no page.
    """
    return {path(name): filled(name, path(name).read_text("utf-8")) for name in notebooks()}


def filled(name: str, text: str) -> str:
    """A page's text with everything filled in; `written` says what it raises."""
    cells = nbformat.read(master(name), as_version=4).cells
    lines = text.splitlines()
    try:
        _fill_times(lines, length.stretches(cells))
        known = conclusions(cells)
        lines = [_concluded(line, known) for line in lines]
        _fill_messages(lines)
    except ValueError as error:
        raise ValueError(f"{FOLDER}/{name}.md: {error}") from None
    return "\n".join(lines) + "\n"


def conclusions(cells: list[Any]) -> list[str]:
    """What the notebook concludes from its stored runs."""
    return [
        line.removeprefix("✓ ")
        for cell in cells
        for output in cell.get("outputs", ())
        for line in output.get("text", "").splitlines()
        if line.startswith("✓ ")
    ]


def _tables(lines: list[str], header: str) -> Iterator[list[int]]:
    """The numbers of the rows of each table with this first column."""
    for start, line in enumerate(lines):
        if line.startswith(f"| {header} |"):
            end = start + 2  # behind the header's own line stand the dashes
            while end < len(lines) and lines[end].startswith("|"):
                end += 1
            yield list(range(start + 2, end))


def _columns(line: str) -> list[str]:
    return [column.strip() for column in re.split(r"(?<!\\)\|", line)[1:-1]]


def _fill_times(lines: list[str], stretches: list[length.Stretch]) -> None:
    tables = list(_tables(lines, "time"))
    if len(tables) != stretches[-1].sitting + 1:
        raise ValueError("it needs a table of times for each sitting of the notebook")
    for sitting, rows in reversed([*enumerate(tables)]):  # a new row moves those behind it
        columns = [_columns(lines[row]) for row in rows]
        here = [s for s in stretches if s.sitting == sitting]
        for at, heading in _missing([section for _, section, _ in columns], here):
            columns.insert(at, ["", heading, UNWRITTEN])
            lines.insert(rows[0] + at, "")
            rows.append(rows[-1] + 1)
        minutes, clock = _minutes([section for _, section, _ in columns], here), 0.0
        for row, took, (_, section, text) in zip(rows, minutes, columns, strict=True):
            if text.startswith(HOME):
                time = f"home, {max(1, round(took))}"
            else:
                time = f"{round(clock)}–{round(clock + took)}"
                clock += took
            lines[row] = f"| {time} | {section} | {text} |"
        if clock > length.SITTING:
            raise ValueError(f"a class has {length.SITTING} minutes, and this takes {clock:.0f}")


def _minutes(sections: list[str], stretches: list[length.Stretch]) -> list[float]:
    """How long each row takes."""
    besides = [_BESIDES.search(section) for section in sections]
    minutes = [float(found[1]) if found else 0.0 for found in besides]
    row_of: dict[str, int] = {}
    for row, section in enumerate(sections):
        for heading in headings(section):
            if heading in row_of:
                raise ValueError(f"two rows are about {heading}")
            row_of[heading] = row
    if unknown := row_of.keys() - {stretch.heading for stretch in stretches}:
        raise ValueError(f"the notebook has no heading {', '.join(sorted(unknown))} there")
    now = min(row_of.values())
    for stretch in stretches:
        at = row_of.get(stretch.heading)
        if at is not None and at < now:
            raise ValueError(f"in the notebook {stretch.heading} stands elsewhere")
        now = now if at is None else at
        minutes[now] += stretch.minutes
    return minutes


def _missing(sections: list[str], stretches: list[length.Stretch]) -> Iterator[tuple[int, str]]:
    """The sections that no row is about, each with the number of its new row."""
    row_of = {heading: row for row, s in enumerate(sections) for heading in headings(s)}
    behind, new = 0, 0
    for stretch in stretches:
        if stretch.heading in row_of:
            behind = row_of[stretch.heading] + 1
        elif stretch.level == 2 and stretch.minutes > SHORT:
            yield behind + new, stretch.heading
            new += 1


def headings(section: str) -> list[str]:
    """The headings that a row names in its second column; before the first one it is ``""``."""
    named = _BESIDES.sub("", section).strip()
    return ["" if heading == OPENING else heading for heading in named.split(AND) if heading]


def _concluded(line: str, known: list[str]) -> str:
    found = _CONCLUSION.fullmatch(line)
    if not found or found[2] in known:
        return line
    begins = [c for c in known if found[2].endswith(MORE) and c.startswith(found[2][:-1].strip())]
    if len(begins) == 1:
        return found[1] + begins[0]
    near = difflib.get_close_matches(found[2], known, n=1, cutoff=0.0)
    raise ValueError(f"the notebook concludes no ✓ {found[2]} (perhaps: {' '.join(near)})")


def _fill_messages(lines: list[str]) -> None:
    for rows in _tables(lines, "exercise"):
        for row in rows:
            exercise, mistake, *_ = _columns(lines[row])
            lines[row] = f"| {exercise} | {mistake} | {_message(exercise.strip('`'), mistake)} |"


def _message(exercise: str, mistake: str) -> str:
    if exercise not in REGISTRY:
        raise ValueError(f"there is no exercise {exercise}")
    for version in REGISTRY[exercise].misconceptions:
        if version.name == mistake:
            # Signs that mean something else in Markdown.
            return re.sub(r"([|*<$])", r"\\\1", version.message)
    raise ValueError(f"the check of {exercise} names no mistake {mistake}")
