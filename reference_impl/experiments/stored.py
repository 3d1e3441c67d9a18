"""How an experiment keeps its rows: as a module beside it, from which notebooks draw."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any, TypeVar

Row = TypeVar("Row", bound=tuple[Any, ...])


def told(rows: Iterable[Row]) -> list[Row]:
    """All rows; each is printed when it is there."""
    kept = []
    for row in rows:
        print(*row, flush=True)
        kept.append(row)
    return kept


def heading(script: str) -> str:
    """The first lines of the module that this experiment writes."""
    return f'"""Written by `python -m reference_impl.experiments.{script}`."""\n\n'


def as_list(rows: Iterable[tuple[Any, ...]], call: str = "") -> str:
    """The text of a list of these rows: tuples, or calls of a class that makes them."""
    lines = []
    for row in rows:
        values = (f'"{value}"' if isinstance(value, str) else repr(value) for value in row)
        lines.append(f"    {call}({', '.join(values)}),\n")
    return f"[\n{''.join(lines)}]\n"


def write(script: str, text: str) -> None:
    """Write the module beside the script, whose path this is."""
    path = Path(script)
    path.with_name(f"{path.stem}_stored.py").write_text(text, "utf-8")
