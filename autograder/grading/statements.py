"""What a statement of a notebook reads, binds and may change, found from its text alone.

In doubt an answer has a name too many: that costs only time, but a name too few costs a mark.
"""

from __future__ import annotations

import ast
import warnings
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import Literal

from autograder.grading.scopes import Names, Scopes, parts

# Lines with these magics change nothing on which a mark depends.
HARMLESS_MAGICS = ("matplotlib", "config", "pip")

Pairs = frozenset[tuple[str, str]]


@dataclass(frozen=True)
class Effects:
    """What a piece of code does to the objects behind names.

    Attributes:
        changes: ``x[0] = 1``, ``x.a = 1``, ``x += 1``, ``del x[0]``.
        methods: ``(x, append)`` for ``x.append(1)``.
        passes: ``(np.copyto, x)`` for ``np.copyto(x, y)``; ``("", f)`` for ``f()``.
    """

    changes: Names = frozenset()
    methods: Pairs = frozenset()
    passes: Pairs = frozenset()


@dataclass(frozen=True)
class Statement:
    """A statement at the left margin; for an import, one of its names.

    Attributes:
        code: its text.
        loads, later: global names that it reads itself; those that its functions read when called.
        binds: names to which it may give a value.
        surely: those of them that certainly have a value afterwards.
        later_binds: what its functions bind by ``global``.
        effects, later_effects: its own effects; those of its functions, also on local names.
        parameters: of its functions.
        same_within: pairs of names that, while it runs, may be the same object or a part of it.
        same: pairs of which this is true afterwards.
        rooted: ``np.random.seed``, if it is only that call.
        kind: the kind of thing that its names are bound to.
        module: what an import imports; module and name for ``from module import name``.
        keep: it runs whatever it binds: a magic, a ``__future__``.
        opaque: it reads or binds names that its text does not show.
    """

    code: str
    loads: Names = frozenset()
    later: Names = frozenset()
    binds: Names = frozenset()
    surely: Names = frozenset()
    later_binds: Names = frozenset()
    effects: Effects = Effects()
    later_effects: Effects = Effects()
    parameters: Names = frozenset()
    same_within: Pairs = frozenset()
    same: Pairs = frozenset()
    rooted: str = ""
    kind: Literal["import", "function", "constant", "object"] = "object"
    module: tuple[str, str] | None = None
    keep: bool = False
    opaque: bool = False


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
    tree, text = parse(text)
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
    facts, magic = _facts(node, code), _magic(node)
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
            surely=bound,
            kind="import",
            module=module,
            keep=module[0] == "__future__",
            opaque=alias.name == "*" or not DYNAMIC.isdisjoint({name, module[0].partition(".")[0]}),
        )


def _magic(node: ast.stmt) -> str | None:
    """The name of the line magic that a line is; "" for a shell command or a cell magic."""
    for call in ast.walk(node):
        match call:
            case ast.Call(ast.Attribute(ast.Call(ast.Name("get_ipython")), method), args):
                line = isinstance(node, ast.Expr) and node.value is call
                if line and method == "run_line_magic" and isinstance(args[0], ast.Constant):
                    return str(args[0].value)
                return ""
    return None


def _facts(node: ast.stmt, code: str) -> Statement:
    scopes = Scopes.of(node, code)
    now, later = _Collected(), _Collected()
    parameters: set[str] = set()
    for part, is_later in parts(node):
        (later if is_later else now).add(part)
        if isinstance(part, ast.arg):
            parameters.add(part.arg)
    rooted = ""
    match node:
        case ast.Expr(ast.Call(ast.Attribute() as method)):
            rooted = _dotted(method)
    return Statement(
        code,
        loads=frozenset(scopes.loads | (now.augmented & scopes.binds)),
        later=frozenset(scopes.later),
        binds=frozenset(scopes.binds),
        surely=frozenset(_surely(node)),
        later_binds=frozenset(scopes.later_binds),
        effects=now.effects(),
        later_effects=later.effects(),
        parameters=frozenset(parameters),
        same_within=frozenset(_same_within(node)),
        same=frozenset(_same_after(node)),
        rooted=rooted,
        kind=_kind(node),
        opaque=not DYNAMIC.isdisjoint(scopes.loads | scopes.binds | scopes.later),
    )


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


@dataclass
class _Collected:
    """The effects that were found so far."""

    changes: set[str] = field(default_factory=set)
    methods: set[tuple[str, str]] = field(default_factory=set)
    passes: set[tuple[str, str]] = field(default_factory=set)
    augmented: set[str] = field(default_factory=set)

    def effects(self) -> Effects:
        return Effects(frozenset(self.changes), frozenset(self.methods), frozenset(self.passes))

    def add(self, node: ast.AST) -> None:
        match node:
            case (
                ast.Attribute(ctx=ast.Store() | ast.Del())
                | ast.Subscript(ctx=ast.Store() | ast.Del())
            ):
                self.changes.update(_roots(node))
            case ast.AugAssign(target=target):
                self.changes.update(_roots(target))
                self.augmented.update(_roots(target))
            case ast.Call(func, args, keywords):
                if isinstance(func, ast.Attribute):
                    self.methods.update((name, func.attr) for name in _roots(func))
                else:
                    self.passes.update(("", name) for name in _roots(func))
                for argument in args:
                    self.passes.update((_dotted(func), name) for name in _roots(argument))
                for keyword in keywords:
                    # Where these names are used, they show which object is written to.
                    written = keyword.arg in ("ax", "out")
                    callee = "" if written else _dotted(func)
                    self.passes.update((callee, name) for name in _roots(keyword.value))


def _dotted(node: ast.expr) -> str:
    """``np.random.seed`` for that expression; "" for anything else."""
    match node:
        case ast.Name(name):
            return name
        case ast.Attribute(value, attr):
            start = _dotted(value)
            return start and f"{start}.{attr}"
    return ""


def _roots(node: ast.AST) -> Iterator[str]:
    """The names whose objects an expression passes on, as a whole or in part."""
    match node:
        case ast.Name(name):
            yield name
        case ast.Attribute(value) | ast.Subscript(value) | ast.Starred(value):
            yield from _roots(value)
        case ast.NamedExpr(value=value) | ast.Await(value) | ast.keyword(value=value):
            yield from _roots(value)
        case ast.Call(ast.Attribute(value)):  # a method may return a part of its object
            yield from _roots(value)
        case ast.List(items) | ast.Tuple(items) | ast.Set(items) | ast.BoolOp(values=items):
            for item in items:
                yield from _roots(item)
        case ast.Dict(keys, values):
            for item in filter(None, (*keys, *values)):
                yield from _roots(item)
        case ast.IfExp(body=body, orelse=orelse):
            yield from _roots(body)
            yield from _roots(orelse)


def _same_within(node: ast.stmt) -> Iterator[tuple[str, str]]:
    """A loop's variable and what it runs over, the two sides of an assignment."""
    for part in ast.walk(node):
        match part:
            case ast.For() | ast.AsyncFor() | ast.comprehension():
                yield from _product(part.target, part.iter)
            case ast.withitem(source, ast.expr() as target):
                yield from _product(target, source)
            case ast.Assign(targets, source):
                yield from ((a, b) for t in targets for a in _roots(t) for b in _roots(source))
            case ast.NamedExpr(target, source):
                yield from ((a, b) for a in _roots(target) for b in _roots(source))


def _product(target: ast.expr, source: ast.expr) -> Iterator[tuple[str, str]]:
    names = [part.id for part in ast.walk(source) if isinstance(part, ast.Name)]
    return ((a, b) for a in _roots(target) for b in names)


def _same_after(node: ast.stmt) -> Iterator[tuple[str, str]]:
    """``a = b``, ``a = b.c``, ``a = b[0]``: two names of one object, or of a part of it."""
    for part, later in parts(node):
        names: list[str] = []
        match part:
            case ast.Assign(targets, ast.Name() | ast.Attribute() | ast.Subscript() as value):
                names = [*_names(targets), *_roots(value)]
            case ast.Assign([_, _, *_] as targets):
                names = list(_names(targets))
            case ast.For(target, ast.Name() | ast.Attribute() | ast.Subscript() as source):
                names = [*_names([target]), *_roots(source)]
        yield from ((a, b) for a in names for b in names if a < b and not later)


def _surely(node: ast.stmt) -> Iterator[str]:
    match node:
        case ast.FunctionDef(name) | ast.AsyncFunctionDef(name) | ast.ClassDef(name):
            yield name
        case ast.Assign(targets):
            yield from _names(targets)
        case ast.AnnAssign(target, value=ast.expr()):
            yield from _names([target])


def _names(targets: Iterable[ast.expr]) -> Iterator[str]:
    for target in targets:
        match target:
            case ast.Name(name):
                yield name
            case ast.Tuple(items) | ast.List(items):
                yield from _names(items)
            case ast.Starred(value):
                yield from _names([value])
