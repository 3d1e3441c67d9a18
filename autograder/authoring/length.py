"""How long a notebook takes: reading, looking at code, and the exercises.

The rule, as CONTRIBUTING says it: words / 180 + lines of code that are shown / 20 + the minutes of
the exercises. What a student does not see at first is not counted: folded cells, hints, answers,
mark schemes.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from autograder.cells import SCHEME_BEGIN, SCHEME_END, SOLUTION_BEGIN, SOLUTION_END, as_check
from autograder.exercises import REGISTRY

WORDS, LINES = 180, 20  # in a minute
SITTING = 90  # minutes, at most
BREAK = "**A good place to stop for today.**"

_UNSEEN = re.compile(rf"<details>.*?</details>|{SCHEME_BEGIN}.*?{SCHEME_END}", re.DOTALL)
_BORDER = re.compile(rf"(^#{{2,4}} .+$|{re.escape(BREAK)})", re.MULTILINE)


@dataclass
class Stretch:
    """What stands between a heading, or a named break, and the next.

    Attributes:
        sitting: counted from 0.
        level: of its heading, 2 to 4; 0 before the first one.
        heading: without its signs.
    """

    sitting: int
    level: int
    heading: str
    minutes: float = 0.0


def stretches(cells: list[Any]) -> list[Stretch]:
    """The notebook in the order in which it is read, with the minutes of each stretch."""
    found = [Stretch(0, 0, "")]
    for cell in cells:
        if cell.cell_type == "markdown":
            for part in _BORDER.split(_UNSEEN.sub(" ", cell.source)):
                last = found[-1]
                if part == BREAK:
                    found.append(Stretch(last.sitting + 1, last.level, last.heading))
                    continue
                if _BORDER.fullmatch(part):
                    signs, heading = part.split(maxsplit=1)
                    found.append(Stretch(last.sitting, len(signs), heading.strip()))
                found[-1].minutes += len(part.split()) / WORDS
        elif cell.cell_type == "code":
            found[-1].minutes += _of_code(cell)
    return found


def sittings(cells: list[Any]) -> list[float]:
    """The minutes of each sitting: a notebook is one, and one more behind every named break."""
    found = stretches(cells)
    minutes = [0.0] * (found[-1].sitting + 1)
    for stretch in found:
        minutes[stretch.sitting] += stretch.minutes
    return minutes


def in_words(cells: list[Any]) -> str:
    """``about 40 minutes``, or ``sittings of about 50 and 45 minutes``."""
    rounded = [str(5 * round(minutes / 5)) for minutes in sittings(cells)]
    what = f"about {' and '.join(rounded)} minutes"
    return what if len(rounded) == 1 else f"sittings of {what}"


def _of_code(cell: Any) -> float:
    if check := as_check(cell.source):
        return REGISTRY[check.exercise_id].minutes
    if cell.metadata.get("jupyter", {}).get("source_hidden"):
        return 0.0
    return len(_shown(cell.source)) / LINES


def _shown(source: str) -> list[str]:
    """The lines of a code cell that a student sees, without the blank ones."""
    lines, answer = [], False
    for line in source.splitlines():
        answer = answer or line.strip() == SOLUTION_BEGIN
        if line.strip() and not answer:
            lines.append(line)
        answer = answer and line.strip() != SOLUTION_END
    return lines
