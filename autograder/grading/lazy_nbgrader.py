"""Import nbgrader, nbconvert and nbformat without the slow parts that grading does not need."""

from __future__ import annotations

import ast
import gc
import importlib
import importlib.util
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib.machinery import ModuleSpec
from pathlib import Path
from types import ModuleType
from typing import Any

# Each imports everything that it offers at once: server extensions, exporters to every format, and
# the parsers that these need. Outer packages come first.
_GENEROUS = (
    "nbconvert",
    "nbconvert.exporters",
    "nbconvert.preprocessors",
    "nbgrader",
    "nbgrader.auth",
    "nbgrader.preprocessors",
)
# jsonschema imports these if they are installed, for text formats that no notebook's schema uses;
# one of them needs more than a second to compile the grammar of international web addresses.
_FORMATS = ("idna", "isoduration", "rfc3987_syntax", "webcolors")
# nbgrader needs these only to unpack archives when it collects, but loads all of setuptools for
# them.
_LATER = {"setuptools.archive_util": ("unpack_archive", "unpack_tarfile", "unpack_zipfile")}


@contextmanager
def collector_paused() -> Iterator[None]:
    """Let the garbage collector rest while modules are imported, which make hardly any garbage.

    It would look through all of them again and again, which is a seventh of the time to start.
    What is there at the end stays, so it is not looked through later either.
    """
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        gc.enable()


def import_nbgrader_lazily() -> None:
    """From now on these packages import only what is asked for.

    A package is loaded in full when somebody asks for a name that is neither one of its modules nor
    imported from one.
    """
    if "jsonschema" not in sys.modules:
        missing = [name for name in _FORMATS if name not in sys.modules]
        sys.modules.update(dict.fromkeys(missing))  # type: ignore[arg-type] # to `import`: missing
        importlib.import_module("jsonschema")
        for name in missing:
            del sys.modules[name]
    for name, functions in _LATER.items():
        if name not in sys.modules:
            sys.modules[name] = _later(name, functions)
    for name in _GENEROUS:
        if name not in sys.modules and (spec := importlib.util.find_spec(name)):
            _register(spec)


def _later(name: str, functions: tuple[str, ...]) -> ModuleType:
    """A stand-in for a module: its functions import it when one of them is called."""

    def import_now() -> ModuleType:
        if sys.modules.get(name) is stand_in:
            del sys.modules[name]
        return importlib.import_module(name)

    def function(attribute: str) -> Callable[..., Any]:
        return lambda *args, **kwargs: getattr(import_now(), attribute)(*args, **kwargs)

    def ask(attribute: str) -> Any:
        if attribute == "__path__":
            raise AttributeError(attribute)  # `from ... import` asks whether it is a package
        return getattr(import_now(), attribute)

    stand_in = ModuleType(name)
    vars(stand_in).update({attribute: function(attribute) for attribute in functions})
    vars(stand_in)["__getattr__"] = ask
    return stand_in


def _register(spec: ModuleSpec) -> None:
    """Register a package whose code has not run yet."""
    assert spec.loader is not None
    loader, name = spec.loader, spec.name
    package = importlib.util.module_from_spec(spec)
    origins = dict(_origins(Path(spec.origin or "")))

    def ask(attribute: str) -> Any:
        if attribute in origins:
            module = importlib.import_module(f".{origins[attribute]}", name)
            return getattr(module, attribute)
        if importlib.util.find_spec(f"{name}.{attribute}"):
            raise AttributeError(attribute)  # `from nbgrader import api` goes on and imports it
        del vars(package)["__getattr__"]
        loader.exec_module(package)
        return getattr(package, attribute)

    vars(package)["__getattr__"] = ask
    sys.modules[name] = package
    parent, _, child = name.rpartition(".")
    if parent:
        setattr(sys.modules[parent], child, package)


def _origins(file: Path) -> Iterator[tuple[str, str]]:
    """The names that a package takes from its modules, each with its module."""
    for node in ast.walk(ast.parse(file.read_bytes())):
        if isinstance(node, ast.ImportFrom) and node.level == 1 and node.module:
            for alias in node.names:
                yield alias.asname or alias.name, node.module
