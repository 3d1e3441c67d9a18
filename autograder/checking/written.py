"""What a student wrote: the text and the arguments of a function, where they can be read.

In a notebook they can; the judge has the outcomes alone, and every message does without.
"""

from __future__ import annotations

import ast
import inspect
import textwrap
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from autograder.checking import entry


@dataclass(frozen=True)
class Written:
    """The text of a definition.

    Attributes:
        source: of the whole definition, as it stands in its cell.
        first_line: the line of the cell in which it begins.
        parameters: the names of its arguments.
    """

    source: str = ""
    first_line: int = 1
    parameters: tuple[str, ...] = ()

    @property
    def tree(self) -> ast.Module | None:
        """The syntax tree, if the text is a definition that can be read by itself."""
        try:
            return ast.parse(textwrap.dedent(self.source))
        except (SyntaxError, ValueError, RecursionError):
            return None

    def nodes(self) -> Iterator[ast.AST]:
        tree = self.tree
        return iter(()) if tree is None else ast.walk(tree)

    def line(self, number: int) -> str:
        """A line of the cell; empty if it is outside of the definition."""
        lines = self.source.splitlines()
        place = number - self.first_line
        return lines[place].strip() if 0 <= place < len(lines) else ""

    def number(self, node: ast.AST) -> int:
        """The line of the cell in which a node begins."""
        return int(getattr(node, "lineno", 1)) + self.first_line - 1

    def text(self, node: ast.AST) -> str:
        """The first line of a node's text, as it stands in the cell."""
        return self.line(self.number(node))


def read(function: Any) -> Written | None:
    """What can be read of a function or class; None if nothing can."""
    try:
        lines, first = inspect.getsourcelines(function)
        source = "".join(lines)
    except (OSError, TypeError, IndexError, SyntaxError):
        source, first = "", 1
    try:
        parameters = entry.parameters(function)
    except (TypeError, ValueError):
        parameters = ()
    if not source and not parameters:
        return None
    return Written(source, max(first, 1), parameters)


def leftover(written: Written) -> bool:
    """Whether there is an answer, and below it still the stub's ``raise NotImplementedError``."""
    definition = next(iter(written.tree.body), None) if written.tree else None
    body = [s for s in getattr(definition, "body", []) if not _is_docstring(s)]
    return len(body) > 1 and any(isinstance(s, ast.Raise) for s in body)


def _is_docstring(statement: ast.AST) -> bool:
    return isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant)
