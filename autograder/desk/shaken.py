"""The modules of the reference that a class gets, without the functions that it has to write.

Notebooks import functions for their experiments, and those use others. What they reach is kept, the
rest is left out, definition by definition: a module that a notebook needs may hold answers as well.
"""

from __future__ import annotations

import ast
import importlib.util
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

REFERENCE = "reference_impl"
Name = tuple[str, str]  # a module, and what it defines; "" is the module as a whole


@dataclass
class Module:
    """A module of the reference, statement by statement."""

    name: str
    path: Path
    text: str = field(repr=False)

    @cached_property
    def body(self) -> list[ast.stmt]:
        return ast.parse(self.text).body

    @property
    def is_package(self) -> bool:
        return self.path.name == "__init__.py"

    @cached_property
    def imported(self) -> dict[str, Name]:
        """What a name stands for that is imported from the reference."""
        return dict(_imported(self.body))

    @cached_property
    def defined(self) -> dict[str, list[ast.stmt]]:
        """The statements that bind each name of the module."""
        found: dict[str, list[ast.stmt]] = {}
        for statement in self.body:
            for name in binds(statement):
                found.setdefault(name, []).append(statement)
        return found


def _imported(body: Iterable[ast.AST]) -> Iterator[tuple[str, Name]]:
    for statement in body:
        if isinstance(statement, ast.ImportFrom) and _is_ours(statement.module):
            for alias in statement.names:
                yield alias.asname or alias.name, (str(statement.module), alias.name)
        elif isinstance(statement, ast.Import):
            for alias in statement.names:
                if _is_ours(alias.name):
                    yield alias.asname or alias.name.split(".")[0], (alias.name, "")


def _is_ours(module: str | None) -> bool:
    return module is not None and module.split(".")[0] == REFERENCE


def binds(statement: ast.stmt) -> set[str]:
    """The names that a statement gives a meaning to; imports are looked at by themselves."""
    if isinstance(statement, ast.FunctionDef | ast.ClassDef):
        return {statement.name}
    targets: list[ast.expr] = []
    if isinstance(statement, ast.Assign):
        targets = statement.targets
    elif isinstance(statement, ast.AnnAssign | ast.AugAssign):
        targets = [statement.target]
    return {n.id for t in targets for n in ast.walk(t) if isinstance(n, ast.Name)}


class Reference:
    """All modules of the reference."""

    def __init__(self, folder: Path | None = None) -> None:
        spec = importlib.util.find_spec(REFERENCE)
        assert spec is not None
        assert spec.submodule_search_locations is not None
        self.folder = folder or Path(spec.submodule_search_locations[0])
        self.modules = {module.name: module for module in self._read()}
        self._used: dict[ast.stmt, set[Name]] = {}  # by the modules' own statements

    def _read(self) -> Iterator[Module]:
        for path in sorted(self.folder.rglob("*.py")):
            parts = [REFERENCE, *path.relative_to(self.folder).with_suffix("").parts]
            name = ".".join(parts[:-1] if parts[-1] == "__init__" else parts)
            yield Module(name, path, path.read_text("utf-8"))

    def resolve(self, name: Name) -> Name:
        """Where a name is defined: it may be imported from elsewhere."""
        module, own = name
        while own:
            if (whole := f"{module}.{own}") in self.modules:
                return whole, ""
            if module not in self.modules or own not in self.modules[module].imported:
                return module, own
            module, own = self.modules[module].imported[own]
        return module, own

    def used_by(self, node: ast.AST, module: Module | None = None) -> set[Name]:
        """The names of the reference that some code uses, directly."""
        known = dict(module.imported) if module else {}
        own = module.defined if module else {}
        known |= dict(_imported(ast.walk(node)))
        used = set()
        attributes = {id(n.value): n for n in ast.walk(node) if isinstance(n, ast.Attribute)}
        for name in ast.walk(node):
            if not isinstance(name, ast.Name):
                continue
            if name.id in known:
                target = self.resolve(known[name.id])
                outer = attributes.get(id(name))
                while target[1] == "" and outer is not None:
                    target = self.resolve((target[0], outer.attr))
                    outer = attributes.get(id(outer))
                used.add(target)
            elif module and name.id in own:
                used.add((module.name, name.id))
        return used

    def _used_by_own(self, statement: ast.stmt, module: Module) -> set[Name]:
        """The same for a statement of a module, which is looked through once."""
        if statement not in self._used:
            self._used[statement] = self.used_by(statement, module)
        return self._used[statement]

    def imported_by(self, node: ast.AST) -> set[Name]:
        """The names that some code imports from modules, whether it uses them or not."""
        found = {self.resolve(name) for _, name in _imported(ast.walk(node))}
        return {(module, own) for module, own in found if own}

    def reached(self, roots: Iterable[Name]) -> set[Name]:
        """The roots and all that they use, directly or indirectly."""
        todo, found = [self.resolve(root) for root in roots], set[Name]()
        while todo:
            name = todo.pop()
            if name in found:
                continue
            found.add(name)
            module = self.modules.get(name[0])
            if module is None:
                continue
            if name[1]:
                for statement in module.defined.get(name[1], ()):
                    todo += self._used_by_own(statement, module)
            todo.append((module.name, ""))
            for statement in filter(_runs_at_import, module.body):
                todo += self._used_by_own(statement, module)
            todo += [(module.name, own) for own in module.defined if own.startswith("__")]
            parent = module.name.rpartition(".")[0]
            if parent:
                todo.append((parent, ""))
        return found

    def all_of(self, module: str, without: Collection[Name]) -> set[Name]:
        """What a module defines and what reaches none of the names that must stay out."""
        forbidden = set(without)
        names = {(module, name) for name in self.modules[module].defined}
        return {name for name in names if not self.reached([name]) & forbidden}

    def shaken(self, kept: set[Name]) -> dict[str, str]:
        """The text of each module of which something is kept: path in the package → text."""
        parent = self.folder.parent
        return {
            str(module.path.relative_to(parent).as_posix()): self._shaken(module, kept)
            for module in self.modules.values()
            if (module.name, "") in kept
        }

    def _shaken(self, module: Module, kept: set[Name]) -> str:
        lines = module.text.splitlines(keepends=True)
        gone: set[int] = set()
        for statement in module.body:
            replacement = self._replaced(module, statement, kept)
            if replacement is None:
                continue
            first = min([statement.lineno, *_decorators(statement)]) - 1
            while first and lines[first - 1].lstrip().startswith("#") and not replacement:
                first -= 1  # the comment above it is about it
            last = statement.end_lineno or statement.lineno
            gone |= set(range(first, last))
            if replacement:
                lines[first] = replacement
                gone.discard(first)
        return "".join(line for i, line in enumerate(lines) if i not in gone)

    def _replaced(self, module: Module, statement: ast.stmt, kept: set[Name]) -> str | None:
        """What stands in place of a statement: None if it stays, empty if it goes."""
        if isinstance(statement, ast.ImportFrom) and _is_ours(statement.module):
            names = [a for a in statement.names if self._is_kept(statement, a, kept)]
            if len(names) == len(statement.names):
                return None
            listed = ", ".join(ast.unparse(a) for a in names)
            return f"from {statement.module} import {listed}\n" if names else ""
        bound = binds(statement)
        if "__all__" in bound and isinstance(statement, ast.Assign):
            return self._exported(module, statement, kept)
        if not bound:
            return "" if _is_main(statement) else None
        return None if any((module.name, name) in kept for name in bound) else ""

    def _is_kept(self, statement: ast.ImportFrom, alias: ast.alias, kept: set[Name]) -> bool:
        return self.resolve((str(statement.module), alias.name)) in kept

    def _exported(self, module: Module, statement: ast.Assign, kept: set[Name]) -> str | None:
        if not isinstance(statement.value, ast.List | ast.Tuple):
            return None
        names = [str(n.value) for n in statement.value.elts if isinstance(n, ast.Constant)]
        there = [n for n in names if self.resolve((module.name, n)) in kept]
        return f"__all__ = {there!r}\n"


def _decorators(statement: ast.stmt) -> Sequence[int]:
    return [node.lineno for node in getattr(statement, "decorator_list", ())]


def _runs_at_import(statement: ast.stmt) -> bool:
    is_import = isinstance(statement, ast.Import | ast.ImportFrom)
    return not (binds(statement) or is_import or _is_main(statement))


def _is_main(statement: ast.stmt) -> bool:
    return isinstance(statement, ast.If) and "__name__" in ast.unparse(statement.test)
