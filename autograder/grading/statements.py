"""What a statement of a notebook reads, binds and visibly changes, found from its text alone.

In doubt an answer has a name too many: that costs only time, but a name too few costs a mark.
"""

from __future__ import annotations

import ast
import re
import warnings
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Literal

from autograder.grading.scopes import Names, Scopes

# Lines with these magics change nothing on which a mark depends.
HARMLESS_MAGICS = ("matplotlib", "config", "pip")
# What stands behind these is run as if they were not there.
_TIMED = re.compile(r"^(?:\s*%%(?:time|capture)\b[^\n]*|[ \t]*%time\b[ \t]*)", re.MULTILINE)


@dataclass(frozen=True)
class Statement:
    """A statement at the left margin; for an import, one of its names.

    Attributes:
        code: its text.
        loads, later: global names that it reads itself; those that its functions read when called.
        binds: names to which it, or a function of it by ``global``, may give a value.
        later_binds: of these, what only its functions bind when they are called.
        changes: names whose objects it visibly changes: ``x[0] = 1``, ``x.a += 1``,
            ``x.append(1)`` or ``np.random.seed(0)`` on a line of its own.
        kind: the kind of thing that its names are bound to.
        module: what an import imports; module and name for ``from module import name``.
        keep: it runs whatever it binds: a magic, a ``__future__``.
        opaque: it reads or binds names that its text does not show.
    """

    code: str
    loads: Names = frozenset()
    later: Names = frozenset()
    binds: Names = frozenset()
    later_binds: Names = frozenset()
    changes: Names = frozenset()
    kind: Literal["import", "function", "constant", "object"] = "object"
    module: tuple[str, str] | None = None
    keep: bool = False
    opaque: bool = False

    @property
    def reads(self) -> Names:
        """All names that it, or a function of it, reads."""
        return self.loads | self.later


# A name like this may read or bind any other.
DYNAMIC = frozenset(
    "__import__ __main__ eval exec get_ipython globals importlib locals vars".split()  # noqa: SIM905
)


class Unclear(Exception):  # noqa: N818 - not wrong, but too large to analyse
    """A text that is too large for the parser, though it may run."""


def parse(text: str) -> tuple[ast.Module, str]:
    """The tree of a cell's text, and this text with magics written as calls.

    Raises:
        SyntaxError: nothing in it would run.
        Unclear: it is nested too deeply.
    """
    try:
        try:
            return _tree(text), text
        except SyntaxError:
            # Slow to import, and needed only for cells with magics.
            from IPython.core.inputtransformer2 import TransformerManager

            text = TransformerManager().transform_cell(text)
            return _tree(text), text
    except (MemoryError, RecursionError, ValueError) as error:
        raise Unclear(str(error)) from None


def _tree(text: str) -> ast.Module:
    flags = ast.PyCF_ONLY_AST | ast.PyCF_ALLOW_TOP_LEVEL_AWAIT
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # about a string such as "\d": not our concern
        tree = compile(text, "<cell>", "exec", flags, dont_inherit=True)
    assert isinstance(tree, ast.Module)
    return tree


@lru_cache(maxsize=8192)  # a class hands in the same cells over and over
def statements(text: str) -> tuple[Statement, ...]:
    """The statements of a cell.

    Raises:
        SyntaxError, Unclear: as :func:`parse`.
    """
    tree, text = parse(_TIMED.sub("", text))
    lines = text.encode().splitlines(keepends=True)
    found: list[Statement] = []
    try:
        for node in tree.body:
            found += _statements(node, lines)
    except SyntaxError:
        pass  # one that only the compiler sees: IPython runs the statements before it
    except RecursionError as error:
        raise Unclear(str(error)) from None
    return tuple(found)


def _statements(node: ast.stmt, lines: list[bytes]) -> Iterator[Statement]:
    if isinstance(node, ast.Import | ast.ImportFrom):
        yield from _imports(node)
        return
    code = segment(node, lines)
    nodes = list(ast.walk(node))
    facts, magic = _facts(node, code, nodes), _magic(node, nodes)
    if magic is not None:
        facts = replace(facts, keep=True, opaque=magic not in HARMLESS_MAGICS)
    yield facts


def segment(node: ast.stmt, lines: list[bytes]) -> str:
    """The text of a statement, with its decorators."""
    decorators = getattr(node, "decorator_list", [])
    first = min([node.lineno, *(d.lineno for d in decorators)])
    start = lines[first - 1 : node.end_lineno]
    if first == node.end_lineno:
        return start[0][node.col_offset : node.end_col_offset].decode()
    start[-1] = start[-1][: node.end_col_offset]
    start[0] = start[0][node.col_offset :]
    return b"".join(start).decode()


def _imports(node: ast.Import | ast.ImportFrom) -> Iterator[Statement]:
    for alias in node.names:
        name = alias.asname or alias.name.partition(".")[0]
        as_ = f" as {alias.asname}" if alias.asname else ""
        if isinstance(node, ast.Import):
            code, module = f"import {alias.name}{as_}", (alias.name, "")
        else:
            origin = "." * node.level + (node.module or "")
            code, module = f"from {origin} import {alias.name}{as_}", (origin, alias.name)
        bound = frozenset({name})
        yield Statement(
            code,
            binds=bound,
            kind="import",
            module=module,
            keep=module[0] == "__future__",
            opaque=alias.name == "*" or not DYNAMIC.isdisjoint({name, module[0].partition(".")[0]}),
        )


def _magic(node: ast.stmt, nodes: Sequence[ast.AST]) -> str | None:
    """The name of the line magic that a line is; "" for a shell command or a cell magic."""
    for call in nodes:
        match call:
            case ast.Call(ast.Attribute(ast.Call(ast.Name("get_ipython")), method), args):
                line = isinstance(node, ast.Expr) and node.value is call
                if line and method == "run_line_magic" and isinstance(args[0], ast.Constant):
                    return str(args[0].value)
                return ""
    return None


def _facts(node: ast.stmt, code: str, nodes: Sequence[ast.AST]) -> Statement:
    scopes = Scopes.of(node, code, nodes)
    everywhere = scopes.loads | scopes.later | scopes.binds | scopes.later_binds
    return Statement(
        code,
        loads=frozenset(scopes.loads),
        later=frozenset(scopes.later),
        binds=frozenset(scopes.binds | scopes.later_binds),
        later_binds=frozenset(scopes.later_binds - scopes.binds),
        changes=frozenset(everywhere.intersection(_changes(nodes))),
        kind=_kind(node),
        opaque=not DYNAMIC.isdisjoint(scopes.loads | scopes.binds | scopes.later),
    )


def _changes(nodes: Sequence[ast.AST]) -> Iterator[str]:
    for part in nodes:
        match part:
            case ast.Attribute() | ast.Subscript() if not isinstance(part.ctx, ast.Load):
                yield from _root(part)
            case ast.AugAssign(target) | ast.Expr(ast.Call(ast.Attribute() as target)):
                yield from _root(target)


def _root(node: ast.AST) -> Iterator[str]:
    """The name at the beginning of ``x``, ``x.a``, ``x[0]``, ``x.f().a``."""
    while isinstance(node, ast.Attribute | ast.Subscript | ast.Call):
        node = node.func if isinstance(node, ast.Call) else node.value
    if isinstance(node, ast.Name):
        yield node.id


def _kind(node: ast.stmt) -> Literal["function", "constant", "object"]:
    match node:
        case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.ClassDef():
            return "function"
        case ast.Assign(value=ast.Lambda()):
            return "function"
        case ast.Assign(value=value) if all(
            isinstance(part, ast.Constant | ast.Tuple | ast.UnaryOp | ast.unaryop | ast.Load)
            for part in ast.walk(value)
        ):
            return "constant"
    return "object"
