"""What a student wrote: the text and the arguments of a function, where they can be read.

In a notebook they can; the judge has the outcomes alone, and every message does without.
"""

from __future__ import annotations

import ast
import inspect
import textwrap
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from autograder.checking import entry


@dataclass(frozen=True)
class Written:
    """The text of a definition.

    Attributes:
        source: of the whole definition, as it stands in its cell.
        first_line: the line of the cell in which it begins.
        parameters: the names of its arguments.
        around: what its names mean, such as those of the functions that it calls.
    """

    source: str = ""
    first_line: int = 1
    parameters: tuple[str, ...] = ()
    around: Mapping[str, Any] = field(default_factory=dict, repr=False, compare=False)

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
    return Written(source, max(first, 1), parameters, getattr(function, "__globals__", {}))


def as_definition(function: Any, name: str) -> str:
    """The source of a function or class as ``def name(…)``, without decorators and docstring.

    Raises:
        TypeError: if it was not written with def or class.
    """
    source = textwrap.dedent(inspect.getsource(function))
    node = ast.parse(source).body[0]
    if not isinstance(node, ast.FunctionDef | ast.ClassDef):
        raise TypeError(f"the version of {name} must be written with def or class")
    lines = source.splitlines()
    if _is_docstring(node.body[0]) and len(node.body) > 1:
        del lines[node.body[0].lineno - 1 : node.body[0].end_lineno]
    del lines[: node.lineno - 1]
    lines[0] = lines[0].replace(f" {node.name}", f" {name}", 1)
    return "\n".join(lines)


def leftover(written: Written) -> bool:
    """Whether there is an answer, and below it still the stub's ``raise NotImplementedError``."""
    definition = next(iter(written.tree.body), None) if written.tree else None
    body = [s for s in getattr(definition, "body", []) if not _is_docstring(s)]
    return len(body) > 1 and any(isinstance(s, ast.Raise) for s in body)


def _is_docstring(statement: ast.AST) -> bool:
    return isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant)


def in_the_text(written: Written) -> str:
    """What a text shows of a wrong answer.

    Chance, what is kept from call to call, names for one array, or unused arguments.
    """
    return _by_chance(written) or _kept(written) or _two_names(written) or _unused(written)


def _by_chance(written: Written) -> str:
    """``np.random`` in a function that is given no generator: nothing in it is to be random."""
    used = any(
        isinstance(node, ast.Attribute)
        and node.attr == "random"
        and isinstance(node.value, ast.Name)
        and node.value.id in ("np", "numpy")
        for node in written.nodes()
    )
    if not used or "rng" in written.parameters:
        return ""
    return (
        "Your function draws random numbers (np.random), so it returns something else each time. "
        "Nothing is random here: the arguments decide."
    )


def _kept(written: Written) -> str:
    """A ``global`` name: by hand, and in the first call, such an answer may well be right."""
    stored = {n.id for n in written.nodes() if isinstance(n, ast.Name) and _is_stored(n)}
    kept = [name for n in written.nodes() if isinstance(n, ast.Global) for name in n.names]
    for name in kept:
        if name in stored:
            return (
                f"`global {name}`: what one call leaves in {name}, the next one finds there. Take "
                f"that line out, and give {name} its first value inside the function."
            )
    return ""


def _is_stored(name: ast.Name) -> bool:
    return isinstance(name.ctx, ast.Store)


def _unused(written: Written) -> str:
    tree = written.tree
    if tree is None or not tree.body or not isinstance(tree.body[0], ast.FunctionDef):
        return ""
    used = {n.id for n in ast.walk(tree) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Load)}
    unused = [f"`{name}`" for name in written.parameters if name not in used]
    if not unused or used & {"locals", "eval", "vars"}:
        return ""
    which = ", ".join(unused[:-1]) + (" and " if len(unused) > 1 else "") + unused[-1]
    verb, it = ("are", "they count") if len(unused) > 1 else ("is", "it counts")
    return f"{which} {verb} never used in your function, and {it} in the result."


def _two_names(written: Written) -> str:
    """``r = x`` and ``l = x``: three names for one array, and it is changed."""
    aliases: dict[str, list[str]] = {}
    for node in written.nodes():
        if not isinstance(node, ast.Assign) or not isinstance(node.value, ast.Name):
            continue
        if node.value.id in written.parameters:
            names = [t.id for t in node.targets if isinstance(t, ast.Name)]
            aliases.setdefault(node.value.id, []).extend(names)
    for argument, names in aliases.items():
        if len(names) > 1 and any(name in _stored_into(written) for name in names):
            return (
                f"{' and '.join(names)} are the same array as {argument}: `{names[0]} = "
                f"{argument}` makes no copy, so a change of one changes all. Write "
                f"{argument}.copy()."
            )
    return ""


def _stored_into(written: Written) -> set[str]:
    found = set()
    for node in written.nodes():
        targets = node.targets if isinstance(node, ast.Assign) else [getattr(node, "target", None)]
        for target in targets:
            base: Any = target
            while isinstance(base, ast.Subscript | ast.Attribute):
                base = base.value
            if isinstance(base, ast.Name) and base is not target:
                found.add(base.id)
    return found
