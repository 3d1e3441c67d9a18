"""What must run for the marks, and in which order, and which modules of the reference it imports.

A mark depends on what a student wrote and on the tests. The course's illustrations cannot change
it, and they take most of the time that a notebook runs; a student's experiments cannot either, and
may take up all of it.
"""

from __future__ import annotations

import ast
import importlib.util
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache, cached_property, lru_cache
from itertools import chain
from pathlib import Path

from autograder.cells import as_check
from autograder.checking.exercise import Exercise
from autograder.grading.statements import Statement, Unclear, parse, segment, statements
from autograder.grading.submission.cells import Cell

REFERENCE = "reference_impl"

# The course's longest notebook has 250 statements, in cells of at most 4,000 characters. A notebook
# that is far longer runs whole, in its own order, under the sandbox's limits.
MAX_STATEMENTS = 1_000
MAX_CELL = 50_000  # characters

_OF_THE_PROCESS = {"os", "sys"}  # what a line does to these, an import or a file may depend on


@dataclass(frozen=True)
class Plan:
    """The code to run of each cell, by place: on what a mark may depend first, then the rest."""

    first: dict[int, str]
    last: dict[int, str]


def needed(cells: Sequence[Cell], available: Collection[str]) -> Plan:
    """What must run of a notebook, and what of it only when the marks no longer depend on it.

    Tests and a student's cells run whole. A mark needs the tests and the student's cells whose
    names they reach. Of the cells that came with the notebook it needs the imports, functions,
    classes and constants that those reach; if they reach anything else that the notebook computes,
    all of it runs, since what happens to such an object is not seen in a text. A student's cell
    that has nothing to do with all that is an experiment: it runs last, with what it seems to
    need.

    Imports of reference modules that are not there are left out of every cell, name by name: such
    a name in a line must not cost the names after it.

    Args:
        cells: of the restored notebook, in order.
        available: modules of the reference that can be imported where the code runs.
    """
    return _Notebook(cells, available).plan()


def names_reached(cells: Sequence[Cell], places: Iterable[int]) -> dict[int, set[str]]:
    """By place, the names on which the check there depends, through all that defines them."""
    notebook = _Notebook(cells, ())
    return {place: notebook.reached_from(place) for place in places}


def copies(cells: Sequence[Cell], plan: Plan, checks: Iterable[int]) -> dict[int, int]:
    """For each check the check at whose place the process may be copied for it.

    That is its own place or a later one, as long as nothing in between may change what it asks for.
    A copy takes some milliseconds, and for most notebooks one is enough.
    """
    return _Notebook(cells, ()).copies(plan, sorted(checks))


@dataclass(frozen=True)
class _Item:
    """A statement, and the place of its cell."""

    place: int
    statement: Statement


class _Notebook:
    """The statements of a notebook's cells."""

    def __init__(self, cells: Sequence[Cell], available: Collection[str]) -> None:
        self.cells = cells
        self.available = available
        self.items: dict[int, list[_Item]] = {}  # by place
        self.unclear = False
        count = 0
        for i, cell in enumerate(cells):
            if cell.cell_type != "code":
                continue
            found = self._statements(cell, count)
            count += len(found)
            self.items[i] = [_Item(i, statement) for statement in found]
        self.unclear = self.unclear or count > MAX_STATEMENTS
        self.own = [i for i in self.items if not self._released(i) and not self._marked(i)]

    def _statements(self, cell: Cell, count: int) -> Sequence[Statement]:
        if self.unclear or count > MAX_STATEMENTS or len(cell.source) > MAX_CELL:
            self.unclear = True
            return ()
        if cell.graded and (check := as_check(cell.source)):
            return statements(check.expression)
        try:
            return statements(cell.source)
        except SyntaxError:
            return ()  # nothing of it will run
        except Unclear:
            self.unclear = True
            return ()

    def _marked(self, i: int) -> bool:
        return self.cells[i].graded and not self.cells[i].solution

    def _released(self, i: int) -> bool:
        cell = self.cells[i]
        return not cell.graded and not cell.solution and cell.origin == "released"

    def plan(self) -> Plan:
        """See :func:`needed`."""
        whole = {i: self._code(i, self.items[i]) for i in self.items}
        marked = [i for i in self.items if self._marked(i)]
        if self.unclear or self._any_opaque([*marked, *self.own]):
            return Plan(_there(whole), {})
        first = set(marked)
        while True:
            reached = self._reach(first)
            end = max(first, default=-1)
            if any(self._computed.get(name, end) < end for name in reached):
                first |= {i for i in self.items if self._released(i) and i < end}
                reached = self._reach(first)
            more = {i for i in self.own if i not in first and self._touches(i, reached)}
            if not more:
                break
            first |= more
        chosen = self._chosen(first, reached, end)
        if any(item.statement.opaque for item in chosen):
            return Plan(_there(whole), {})
        return Plan(
            self._codes(first, chosen), self._last([i for i in self.own if i not in first], chosen)
        )

    def reached_from(self, place: int) -> set[str]:
        """See :func:`names_reached`."""
        return self._reach([place]) if place in self.items else set()

    def copies(self, plan: Plan, checks: Sequence[int]) -> dict[int, int]:
        """See :func:`copies`."""
        ends = {i: self._end(plan, i) for i in checks}
        found: dict[int, int] = {}
        for i in sorted(checks, key=lambda i: ends[i]):
            if i not in found:
                place = max(other for other in checks if i <= other < ends[i])
                found |= {c: place for c in checks if c not in found and c <= place < ends[c]}
        return found

    def _end(self, plan: Plan, i: int) -> int:
        """Where the code begins that may change what the check at a place asks for."""
        reached = self.reached_from(i)
        for later in sorted(plan.first):
            if later > i and (
                self.unclear or self._any_opaque([i, later]) or self._touches(later, reached)
            ):
                return later
        return len(self.cells)

    def _any_opaque(self, places: Iterable[int]) -> bool:
        return any(item.statement.opaque for i in places for item in self.items[i])

    # What is reached

    def _reach(self, places: Iterable[int]) -> set[str]:
        """The names that cells read, also those that are read by what defines them."""
        reached: set[str] = set()
        todo = [n for i in places for item in self.items[i] for n in item.statement.reads]
        todo += [n for i in places for item in self.items[i] for n in item.statement.changes]
        while todo:
            name = todo.pop()
            if name not in reached:
                reached.add(name)
                todo += [n for item in self._binding.get(name, ()) for n in item.statement.reads]
        return reached

    @cached_property
    def _binding(self) -> dict[str, list[_Item]]:
        """By name, the statements that bind it."""
        found = defaultdict(list)
        for item in chain.from_iterable(self.items.values()):
            for name in item.statement.binds:
                found[name].append(item)
        return found

    @cached_property
    def _computed(self) -> dict[str, int]:
        """The names of what is computed, neither imported nor defined, and where that is released.

        A name that is only given once more what it was (``f = faster(f)``) is no such name.
        """
        found: dict[str, int] = {}
        for name, binding in self._binding.items():
            defined = any(item.statement.kind in ("import", "function") for item in binding)
            for place, s in ((item.place, item.statement) for item in binding):
                if s.kind == "object" and not (defined and name in s.loads):
                    place = place if self._released(place) else len(self.cells)
                    found[name] = min(place, found.get(name, place))
        return found

    def _touches(self, i: int, reached: set[str]) -> bool:
        """Whether a student's own cell may change what is reached by a mark."""
        for item in self.items[i]:
            s = item.statement
            if s.changes & (reached | _OF_THE_PROCESS) or s.keep:
                return True
            if s.binds & reached and not self._is_there(item):
                return True
        reads = self._reach([i])
        if any(self._effects[name] & reached for name in reads & self._effects.keys()):
            return True
        # What it reads may be changed in a function. Definitions are no objects.
        return not self._computed.keys().isdisjoint(reads & reached)

    @cached_property
    def _effects(self) -> dict[str, set[str]]:
        """By function, the names that it binds by ``global``, or whose objects it visibly changes.

        Modules do not count: ``np.add.at(out, …)`` changes an argument.
        """
        modules = {
            name
            for name, binding in self._binding.items()
            if all(item.statement.kind == "import" for item in binding)
        }
        found: dict[str, set[str]] = defaultdict(set)
        for s in (item.statement for items in self.items.values() for item in items):
            if s.kind == "function" and (effects := (s.later_binds | s.changes) - modules):
                for name in s.binds - s.later_binds:
                    found[name] |= effects
        return found

    def _is_there(self, item: _Item) -> bool:
        """Whether an import only repeats one of the notebook's."""
        s = item.statement
        return s.kind == "import" and any(
            other.place < item.place
            and (other.statement.module, other.statement.code) == (s.module, s.code)
            and other.place not in self.own
            for name in s.binds
            for other in self._binding[name]
        )

    # What runs

    def _chosen(self, first: set[int], reached: set[str], end: int) -> list[_Item]:
        """The statements of released cells that a mark needs."""
        return [
            item
            for i, items in self.items.items()
            if self._released(i)
            for item in items
            if item.statement.keep or (i < end and (i in first or _serves(item, reached)))
        ]

    def _last(self, places: Sequence[int], before: Sequence[_Item]) -> dict[int, str]:
        """The experiments, with what they seem to need: no mark depends on it."""
        reached = self._reach(places)
        end = max(places, default=-1)
        chosen = [
            item
            for i, items in self.items.items()
            if self._released(i) and i < end
            for item in items
            if _serves(item, reached) and item not in before
        ]
        return self._codes(set(places), chosen)

    def _codes(self, whole: set[int], chosen: Iterable[_Item]) -> dict[int, str]:
        """The code of whole cells, and that of the released statements that were chosen."""
        items = defaultdict(list)
        for item in chosen:
            items[item.place].append(item)
        places = {i for i in whole if not self._released(i)} | set(items)
        return _there({i: self._code(i, items[i]) for i in sorted(places)})

    def _code(self, i: int, items: Iterable[_Item]) -> str:
        if not self._released(i):
            return without_imports(self.cells[i].source, self.available)
        codes = [x.statement.code for x in items if _importable(x.statement, self.available)]
        return "\n".join(codes)


def _serves(item: _Item, reached: set[str]) -> bool:
    return bool((item.statement.binds | item.statement.changes) & reached)


def _there(codes: dict[int, str]) -> dict[int, str]:
    return {i: code for i, code in codes.items() if code}


# Modules of the reference


def without_imports(source: str, available: Collection[str]) -> str:
    """A cell's text without the imports of reference modules that are not there."""
    if REFERENCE not in source or len(source) > MAX_CELL:
        return source
    try:
        tree, text = parse(source)
    except (SyntaxError, Unclear):
        return source
    lines = text.encode().splitlines(keepends=True)
    changed = False
    for node in reversed(tree.body):
        if not isinstance(node, ast.Import | ast.ImportFrom):
            continue
        names = statements(segment(node, lines))
        there = [s.code for s in names if _importable(s, available)]
        if len(there) < len(names):
            changed = True
            _replace(lines, node, "; ".join(there) or "pass")
    return b"".join(lines).decode() if changed else source


def _replace(lines: list[bytes], node: ast.stmt, code: str) -> None:
    """Replace a statement by other code; the code after it stays on its line."""
    assert node.end_lineno is not None
    first, last = node.lineno - 1, node.end_lineno - 1
    before, after = lines[first][: node.col_offset], lines[last][node.end_col_offset :]
    # As many lines as before: an error names the line that the student sees.
    lines[first : last + 1] = [before + code.encode() + after, *[b"\n"] * (last - first)]


def _importable(statement: Statement, available: Collection[str]) -> bool:
    if statement.module is None or statement.module[0].partition(".")[0] != REFERENCE:
        return True
    module, name = statement.module
    whole = f"{module}.{name}"
    return module in available and (not name or whole in available or _file(whole) is None)


def reference_modules(cells: Iterable[Cell]) -> frozenset[str]:
    """The modules of the reference that a notebook imports, with all that those import."""
    found: set[str] = set()
    for cell in cells:
        if cell.cell_type == "code":
            try:
                found.update(_imported(parse(cell.source)[0], ""))
            except (SyntaxError, Unclear):
                continue
    return _closure(found)


def answer_modules(exercises: Iterable[Exercise]) -> frozenset[str]:
    """The modules of the reference in which these exercises' answers are written."""
    modules = {exercise.reference.__module__ for exercise in exercises if not exercise.is_quiz}
    return frozenset(module for module in modules if _file(module) is not None)


def without_answers(modules: Iterable[str], answers: Collection[str]) -> frozenset[str]:
    """The modules that hold no answer and import none that does, directly or indirectly."""
    return frozenset(module for module in modules if not _closure([module]) & set(answers))


def _closure(modules: Iterable[str]) -> frozenset[str]:
    """The modules, with all reference modules that they import, directly or indirectly."""
    todo, closure = list(modules), set[str]()
    while todo:
        module = todo.pop()
        if module not in closure:
            closure.add(module)
            todo += _imports(module)
    return frozenset(closure)


@lru_cache
def _folder() -> Path:
    found = importlib.util.find_spec(REFERENCE)
    assert found is not None
    assert found.submodule_search_locations is not None
    return Path(found.submodule_search_locations[0])


def _file(module: str) -> Path | None:
    """The file of a module of the reference; None if there is no such module."""
    package, *parts = module.split(".")
    if package != REFERENCE or not all(part.isidentifier() for part in parts):
        return None
    path = _folder().joinpath(*parts)
    for file in (path / "__init__.py", path.with_suffix(".py")):
        if file.is_file():
            return file
    return None


@cache
def _imports(module: str) -> frozenset[str]:
    """The modules of the reference that one of them imports itself, its packages included."""
    file = _file(module)
    assert file is not None
    is_package = file.name == "__init__.py"
    package = module if is_package else module.rpartition(".")[0]
    found = _imported(ast.parse(file.read_text("utf-8")), package)
    return frozenset(_with_packages([*found, module])) - {module}


def _imported(tree: ast.AST, package: str) -> frozenset[str]:
    """The modules of the reference that some code imports, their packages included."""
    names: list[str] = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            parents = package.split(".")[: len(package.split(".")) + 1 - node.level]
            origin = ".".join([*(parents if node.level else []), *filter(None, [node.module])])
            names += [origin, *(f"{origin}.{alias.name}" for alias in node.names)]
    return frozenset(_with_packages(names))


def _with_packages(names: Iterable[str]) -> Iterator[str]:
    for name in names:
        while name:
            if _file(name) is not None:
                yield name
            name = name.rpartition(".")[0]
