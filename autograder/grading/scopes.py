"""Which global names a statement reads and binds, at once and when its functions are called."""

from __future__ import annotations

import ast
import symtable
from collections.abc import Collection, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field

Function = ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda
Names = frozenset[str]

# Not a global name: from Python 3.12 on, a comprehension's variables are in the table around it.
_OF_A_COMPREHENSION = "_of_a_comprehension_"


@dataclass
class Scopes:
    """The global names of a statement, from the compiler's own table of symbols.

    Attributes:
        walruses: the names that ``:=`` in comprehensions binds, and whether that happens later.
        loads, later: names that it reads itself; names that its functions read when called.
        binds, later_binds: names that it binds itself; names that its functions bind by ``global``.
    """

    walruses: Collection[tuple[str, bool]]
    loads: set[str] = field(default_factory=set)
    later: set[str] = field(default_factory=set)
    binds: set[str] = field(default_factory=set)
    later_binds: set[str] = field(default_factory=set)

    @classmethod
    def of(cls, node: ast.stmt, code: str, nodes: Sequence[ast.AST]) -> Scopes:
        """Those of a statement with this text and all these nodes.

        Raises:
            SyntaxError: one that only the compiler sees.
        """
        kinds = set(map(type, nodes))
        scopes = cls(set(_walruses(node)) if ast.NamedExpr in kinds else set())
        scopes._add(_symbols(code, comprehensions=ast.comprehension in kinds), later=False)
        return scopes

    def _add(self, table: symtable.SymbolTable, later: bool) -> None:
        is_function = table.get_type() == "function"
        # A comprehension runs at once, a generator only when a value is asked for.
        later = later or (
            is_function and table.get_name() not in ("listcomp", "setcomp", "dictcomp")
        )
        for symbol in table.get_symbols():
            name = symbol.get_name()
            if name.startswith(_OF_A_COMPREHENSION):
                continue
            if table.get_type() == "module":
                is_global, assigned = True, symbol.is_assigned() or symbol.is_imported()
            else:
                # In a class, a name may be read from outside before it is bound there.
                is_global = symbol.is_global() or not is_function
                assigned = symbol.is_declared_global() and symbol.is_assigned()
            if symbol.is_declared_global() and (name, later) in self.walruses:
                assigned = True  # from Python 3.12 on the table says nothing else about these
            if is_global and symbol.is_referenced():
                (self.later if later else self.loads).add(name)
            if assigned or (table.get_type() == "module" and symbol.is_namespace()):
                (self.later_binds if later else self.binds).add(name)
        for child in table.get_children():
            self._add(child, later)


def parts(node: ast.AST) -> Iterator[tuple[ast.AST, bool]]:
    """All nodes of a statement, and for each whether it runs later, when a function is called."""
    todo: list[tuple[ast.AST, bool]] = [(node, False)]
    while todo:
        part, later = todo.pop()
        yield part, later
        body = part.body if isinstance(part, Function) else []
        inside = body if isinstance(body, list) else [body]
        todo += [(child, later or child in inside) for child in ast.iter_child_nodes(part)]


def _symbols(code: str, *, comprehensions: bool) -> symtable.SymbolTable:
    """The compiler's table of symbols, in which a comprehension's variables can be recognised."""
    if comprehensions:
        with suppress(SyntaxError, ValueError):  # a quote in an f-string that is hard to write
            renamed = ast.unparse(_RenamedComprehensions().visit(ast.parse(code)))
            return symtable.symtable(renamed, "<statement>", "exec")
    return symtable.symtable(code, "<statement>", "exec")


def _walruses(node: ast.stmt) -> Iterator[tuple[str, bool]]:
    """See :class:`Scopes`."""
    for part, later in parts(node):
        if hasattr(part, "generators"):
            for inner in ast.walk(part):
                if isinstance(inner, ast.NamedExpr):
                    yield inner.target.id, later


class _RenamedComprehensions(ast.NodeTransformer):
    """Renames the variables of comprehensions, so that they can be recognised."""

    def __init__(self) -> None:
        self._variables: Names = frozenset()

    def visit_Name(self, node: ast.Name) -> ast.Name:
        prefix = _OF_A_COMPREHENSION if node.id in self._variables else ""
        return ast.copy_location(ast.Name(prefix + node.id, node.ctx), node)

    def generic_visit(self, node: ast.AST) -> ast.AST:
        generators: list[ast.comprehension] = getattr(node, "generators", [])
        if not generators:
            return super().generic_visit(node)
        first, before = generators[0], self._variables
        targets = [part for g in generators for part in ast.walk(g.target)]
        names = [part for part in targets if isinstance(part, ast.Name)]
        outer = self.visit(first.iter)  # it is evaluated outside
        self._variables |= {name.id for name in names if isinstance(name.ctx, ast.Store)}
        first.iter = ast.Constant(None)
        super().generic_visit(node)
        first.iter, self._variables = outer, before
        return node
