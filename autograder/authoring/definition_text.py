"""The text of a registered version, as a student would have written it."""

from __future__ import annotations

import ast
import inspect
import textwrap
from collections.abc import Callable
from typing import Any

import numpy as np


def as_definition(function: Callable[..., Any], name: str) -> str:
    """The source of ``function`` as ``def name(…)``, without decorators."""
    tree = ast.parse(textwrap.dedent(inspect.getsource(function)))
    definition = tree.body[0]
    if not isinstance(definition, ast.FunctionDef | ast.ClassDef):
        raise TypeError(f"the version of {name} must be written with def or class")
    definition.name = name
    definition.decorator_list = []
    return ast.unparse(definition)


def pasted(function: Callable[..., Any], name: str) -> Any:
    """What the text of ``function`` defines in a notebook that has ``np`` and nothing else.

    Raises:
        TypeError: if it was not written with def or class.
        Exception: whatever its text raises when it is run there.
    """
    namespace: dict[str, Any] = {"np": np}
    exec(compile(as_definition(function, name), f"the pasted text of {name}", "exec"), namespace)
    return namespace[name]
