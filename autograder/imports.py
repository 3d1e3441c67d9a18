"""Import nbgrader and nbformat without what takes seconds and grading has no use for."""

from __future__ import annotations

import importlib
import importlib.util
import sys
from typing import Any

_NBGRADER = "nbgrader"
# jsonschema compiles this grammar, of international web addresses, if it finds it; no notebook's
# schema asks for it.
_GRAMMAR = "rfc3987_syntax"


def be_lean() -> None:
    """From now on ``import nbgrader.api`` loads that, and not the server's extensions as well.

    The package itself is completed when somebody asks for something of it that is no submodule.
    """
    if _GRAMMAR not in sys.modules:
        sys.modules[_GRAMMAR] = None  # type: ignore[assignment] # to `import`: it is missing
        importlib.import_module("jsonschema")

        del sys.modules[_GRAMMAR]
    spec = importlib.util.find_spec(_NBGRADER)
    if _NBGRADER in sys.modules or spec is None or spec.loader is None:
        return
    loader = spec.loader
    package = importlib.util.module_from_spec(spec)

    def complete(name: str) -> Any:
        if importlib.util.find_spec(f"{_NBGRADER}.{name}"):
            raise AttributeError(name)  # `from nbgrader import api` goes on and imports it
        del vars(package)["__getattr__"]
        loader.exec_module(package)
        return getattr(package, name)

    vars(package)["__getattr__"] = complete
    sys.modules[_NBGRADER] = package
