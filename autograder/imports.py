"""Import nbgrader, nbconvert and nbformat without what takes seconds and grading has no use for."""

from __future__ import annotations

import ast
import importlib
import importlib.util
import sys
from collections.abc import Iterator
from importlib.machinery import ModuleSpec
from pathlib import Path
from typing import Any

# Each imports all that it gives as soon as it is imported: servers' extensions, exporters to
# every format, the parsers that those need. Outer packages come first.
_GENEROUS = (
    "nbconvert",
    "nbconvert.exporters",
    "nbconvert.preprocessors",
    "nbgrader",
    "nbgrader.preprocessors",
)
# jsonschema compiles this grammar, of international web addresses, if it finds it; no notebook's
# schema asks for it.
_GRAMMAR = "rfc3987_syntax"


def be_lean() -> None:
    """From now on these packages import what somebody asks for, and not all that they have.

    A package is completed when somebody asks for what is neither one of its modules nor imported
    from one.
    """
    if _GRAMMAR not in sys.modules:
        sys.modules[_GRAMMAR] = None  # type: ignore[assignment] # to `import`: it is missing
        importlib.import_module("jsonschema")

        del sys.modules[_GRAMMAR]
    for name in _GENEROUS:
        if name not in sys.modules and (spec := importlib.util.find_spec(name)):
            _register(spec)


def _register(spec: ModuleSpec) -> None:
    """Put a package in place whose code has not run yet."""
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
    """The names that a package takes from its modules, and from which."""
    for node in ast.walk(ast.parse(file.read_bytes())):
        if isinstance(node, ast.ImportFrom) and node.level == 1 and node.module:
            for alias in node.names:
                yield alias.asname or alias.name, node.module
