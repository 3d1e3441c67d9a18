"""What a notebook may use up while it is graded, and what the grader may use up for it."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import asdict, dataclass, fields, replace
from typing import Any

MIB = 2**20

# Where one of these ends, a call fails inside the notebook, which may handle it: from outside it
# cannot be seen whether that changed anything.
REFUSING = ("memory_bytes", "processes", "open_files", "file_bytes", "disk_bytes")


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
        terminals: pseudo terminals, of which a machine has a few thousand.
        file_bytes: size of a file.
        disk_bytes: size of all files together.
        files: number of files and folders.
        output_bytes: outputs of all cells.
        grader_seconds: CPU time of the grader itself for a submission: reading it, comparing what
            it returned, cleaning its outputs.
        grader_memory_bytes: memory of the grader itself, beyond what it needs for any submission.
    """

    cell_seconds: float = 60.0
    notebook_seconds: float = 300.0
    cpu_seconds: int = 300
    memory_bytes: int = 2048 * MIB
    processes: int = 64
    open_files: int = 256
    terminals: int = 16
    file_bytes: int = 64 * MIB
    disk_bytes: int = 256 * MIB
    files: int = 10_000
    output_bytes: int = 10 * MIB
    grader_seconds: float = 30.0
    grader_memory_bytes: int = 2048 * MIB

    def __post_init__(self) -> None:
        for field in fields(self):
            value = getattr(self, field.name)
            allowed = int | float if field.type == "float" else int
            if isinstance(value, bool) or not isinstance(value, allowed) or not 0 < value < 2**53:
                kind = "a number" if field.type == "float" else "a whole number"
                raise ValueError(f"the limit {field.name} is {value!r}; it must be {kind} above 0")
        for name in ("memory_bytes", "grader_memory_bytes"):
            if (value := getattr(self, name)) < MIB:
                raise ValueError(f"the limit {name} is {value}; it counts bytes: 1 MiB is {MIB}")

    @classmethod
    def from_mapping(cls, values: Mapping[str, Any]) -> Limits:
        """The defaults with these values in their place; a value may be a text, ``"90"``.

        Raises:
            ValueError: for a name that is not a limit, a value that is not a positive number, or a
                memory of less than 1 MiB.
        """
        kinds = {field.name: field.type for field in fields(cls)}
        for name in values:
            if name not in kinds:
                raise ValueError(f"there is no limit called {name!r}; there are {', '.join(kinds)}")
        return replace(cls(), **{name: _number(value) for name, value in values.items()})

    def change(self, before: Mapping[str, Any], hit: Collection[str], *, lost: bool) -> bool:
        """Whether these limits may give somebody another mark.

        Args:
            before: the limits under which this mark was made.
            hit: names of the limits that ended something.
            lost: whether points are missing; only then a refusal may have mattered.
        """
        now = asdict(self)
        return any(now[name] != before.get(name) for name in hit if name in now) or (
            lost and any(now[name] > before.get(name, 0) for name in REFUSING)
        )

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
            case "grader_seconds":
                return f"the grader itself needed more than {value:g} s of CPU time for it"
            case "grader_memory_bytes":
                return f"the grader itself needed more than {as_size(value)} of memory for it"
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
