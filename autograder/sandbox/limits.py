"""What a notebook may use up while it is graded."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from typing import Any

MIB = 2**20


@dataclass(frozen=True)
class Limits:
    """Limits of one notebook. The defaults suit the course, whose slowest notebook takes a minute.

    Attributes:
        cell_seconds: wall time of a cell, or of the calls of one check.
        notebook_seconds: wall time of all of them.
        cpu_seconds: CPU time of all processes of the notebook.
        memory_bytes: memory of all of them, files included, beyond what the interpreter needs.
        processes: processes and threads at a time.
        open_files: of one process.
        file_bytes: size of a file.
        disk_bytes: size of all files together.
        files: number of files and folders.
        output_bytes: outputs of all cells.
    """

    cell_seconds: float = 60.0
    notebook_seconds: float = 300.0
    cpu_seconds: int = 300
    memory_bytes: int = 2048 * MIB
    processes: int = 64
    open_files: int = 256
    file_bytes: int = 64 * MIB
    disk_bytes: int = 256 * MIB
    files: int = 10_000
    output_bytes: int = 10 * MIB

    def __post_init__(self) -> None:
        for field in fields(self):
            value = getattr(self, field.name)
            allowed = int | float if field.type == "float" else int
            if isinstance(value, bool) or not isinstance(value, allowed) or not 0 < value < 2**53:
                kind = "a number" if field.type == "float" else "a whole number"
                raise ValueError(f"the limit {field.name} is {value!r}; it must be {kind} above 0")

    @classmethod
    def from_mapping(cls, values: Mapping[str, Any]) -> Limits:
        """The defaults with these values in their place; a value may be a text, ``"90"``.

        Raises:
            ValueError: for a name that is not a limit, or a value that is not a positive number.
        """
        kinds = {field.name: field.type for field in fields(cls)}
        for name in values:
            if name not in kinds:
                raise ValueError(f"there is no limit called {name!r}; there are {', '.join(kinds)}")
        return replace(cls(), **{name: _number(value) for name, value in values.items()})

    def sentence(self, name: str) -> str:
        """What a student reads when the limit ``name`` was hit."""
        value = getattr(self, name)
        match name:
            case "cell_seconds":
                return f"stopped after {value:g} s: the limit for a cell"
            case "notebook_seconds":
                return f"stopped after {value:g} s: the limit for a notebook"
            case "cpu_seconds":
                return f"stopped after {value:g} s of CPU time: the limit for a notebook"
            case "memory_bytes" | "output_bytes":
                what = name.removesuffix("_bytes")
                return f"stopped: more than {as_size(value)} of {what}, the limit for a notebook"
            case _:
                return f"stopped: more than {value:,} {name}, the limit for a notebook"


def as_size(count: int) -> str:
    """A number of bytes in the unit in which it is short: 2 GiB, 10 MiB."""
    for unit, size in (("GiB", 2**30), ("MiB", 2**20), ("KiB", 2**10)):
        if count >= size:
            return f"{count / size:.3g} {unit}"
    return f"{count} bytes"


def _number(value: Any) -> Any:
    if not isinstance(value, str):
        return value
    try:
        return int(value)
    except ValueError:
        try:
            return float(value)
        except ValueError:
            return value
