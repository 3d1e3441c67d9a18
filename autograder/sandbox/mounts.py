"""What is in the sandbox besides the system: a few of our files, with no answer among them."""

from __future__ import annotations

import importlib.util
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

PACKAGE = Path(__file__).resolve().parent.parent
REFERENCE = "reference_impl"


@dataclass(frozen=True)
class Mounts:
    """What a notebook finds.

    Attributes:
        modules: dotted names of modules of ``reference_impl``. Only their files are there, and the
            ``__init__`` of the packages that they are in.
        preload: names of modules that are imported before the fork.
        hidden: files and folders that are covered up.
        replaced: files of the system that have another content there.
    """

    modules: tuple[str, ...] = ()
    preload: tuple[str, ...] = ()
    hidden: tuple[Path, ...] = ()
    replaced: Mapping[Path, bytes] = field(default_factory=dict)

    def files(self) -> dict[str, Path]:
        """The place of each file in the folder of our modules → the file.

        Raises:
            ValueError: for a module that does not exist.
        """
        inside = "autograder/sandbox/inside"
        found = {
            "autograder/__init__.py": PACKAGE / "sandbox/inside/stub/__init__.py",
            "autograder/own_work.py": PACKAGE / "sandbox/inside/stub/own_work.py",
            "autograder/checking/drive.py": PACKAGE / "checking/drive.py",
            "autograder/checking/tracebacks.py": PACKAGE / "checking/tracebacks.py",
            "autograder/sandbox/wire.py": PACKAGE / "sandbox/wire.py",
            **{
                f"{inside}/{name}.py": PACKAGE / f"sandbox/inside/{name}.py"
                for name in ("__init__", "warm", "system", "session", "shell")
            },
        }
        for module in self.modules:
            found |= dict(_module_files(module))
        return found


def _module_files(module: str) -> Iterator[tuple[str, Path]]:
    """The files of a module and of the packages that it is in."""
    top, *rest = module.split(".")
    spec = importlib.util.find_spec(REFERENCE) if top == REFERENCE else None
    if spec is None or not spec.submodule_search_locations:
        raise ValueError(f"{module} is not a module of {REFERENCE}")
    folder, place = Path(spec.submodule_search_locations[0]), top
    yield f"{place}/__init__.py", folder / "__init__.py"
    for name in rest:
        if (folder / f"{name}.py").is_file():
            yield f"{place}/{name}.py", folder / f"{name}.py"
            folder = folder / f"{name}.py"
        elif (folder / name / "__init__.py").is_file():
            folder, place = folder / name, f"{place}/{name}"
            yield f"{place}/__init__.py", folder / "__init__.py"
        else:
            raise ValueError(f"{module} is not a module of {REFERENCE}")
