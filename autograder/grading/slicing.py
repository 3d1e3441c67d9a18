"""A backward slice of a notebook: all statements on which some given ones may depend.

It is sound for what the course's notebooks do, but not for all of Python: a change is not seen if
the object is reached in a way that names do not show (kept in another object, returned by a
function).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

from autograder.grading.statements import Effects, Pairs, Statement

# Built-in functions that leave their arguments as they are. (An iterator, which `list` empties, is
# not kept in a name from cell to cell.)
READERS = frozenset(
    "abs all any bool dict enumerate filter float format int isinstance issubclass len "  # noqa: SIM905
    "list map max min print range repr reversed round set sorted str sum tuple type zip".split()
)
# Modules whose functions leave their arguments as they are, and the exceptions in them.
READING_MODULES = (
    "math",
    "matplotlib",
    "numpy",
    "reference_impl.image_plots",
    "reference_impl.landscapes",
    "reference_impl.network_plots",
    "reference_impl.plots",
    "reference_impl.widgets",
)
WRITING = tuple(
    f"numpy.{name}" for name in ("random", "copyto", "put", "place", "fill_diagonal", "set")
)
# Methods of arrays, dicts, lists and strings that leave their object as it is.
READING_METHODS = frozenset(
    "all any argmax argmin argsort astype copy count cumsum dot flatten format get index "  # noqa: SIM905
    "item items join keys max mean min nonzero prod ravel repeat reshape round split squeeze "
    "startswith std strip sum tolist transpose values var".split()
)


@dataclass(frozen=True)
class Item:
    """A statement, its cell, and whether it must run even if nothing depends on it."""

    cell: int
    statement: Statement
    forced: bool


@dataclass(frozen=True)
class _Need:
    """A name whose object is used at a place or, if ``lasting``, at any time up to that place."""

    name: str
    until: int
    lasting: bool


def backward_slice(items: Sequence[Item]) -> set[int]:
    """The forced statements, and those on which they may depend, as indices of ``items``."""
    writers = _writers([item.statement for item in items])
    chosen: set[int] = set()
    seen: set[_Need] = set()
    todo: list[_Need] = []

    def choose(i: int, until: int) -> None:
        """Choose a statement whose functions may be called up to a place."""
        chosen.add(i)
        statement = items[i].statement
        todo.extend(_Need(name, i, False) for name in statement.loads)
        todo.extend(_Need(name, until, True) for name in statement.later)

    for i, item in enumerate(items):
        if item.forced:
            choose(i, i)
    while todo:
        need = todo.pop()
        if need in seen:
            continue
        seen.add(need)
        for i in reversed(writers.get(need.name, [])):
            if i < need.until:
                choose(i, need.until)
                if not need.lasting and need.name in items[i].statement.surely:
                    break
    return chosen


def _writers(found: Sequence[Statement]) -> dict[str, list[int]]:
    """For each name, the statements that may bind it or change its object, in order."""
    names = _Names(found)
    writers: dict[str, list[int]] = defaultdict(list)
    for i, statement in enumerate(found):
        changed = names.changed(statement.effects, statement.same_within)
        if names.changes_a_module(statement):
            changed.add(statement.rooted.partition(".")[0])
        changed &= (statement.loads | statement.binds) & names.kinds.keys()
        for name in statement.loads:
            changed |= names.by_calling.get(name, set())
        for name in statement.binds.union(*(names.same.get(name, {name}) for name in changed)):
            writers[name].append(i)
    return writers


class _Names:
    """What the names of a notebook mean, as far as its statements show."""

    def __init__(self, found: Sequence[Statement]) -> None:
        self.kinds: dict[str, set[str]] = defaultdict(set)
        self.modules: dict[str, str] = {}
        for statement in found:
            for name in statement.binds:
                self.kinds[name].add(statement.kind)
                if statement.module:
                    self.modules[name] = ".".join(filter(None, statement.module))
        pairs = (pair for statement in found for pair in statement.same)
        self.same = _classes(pair for pair in pairs if all(map(self._is_object, pair)))
        self.altering: set[str] = set()  # functions that change an argument
        while more := self._more_altering(found):
            self.altering |= more
        self.by_calling: dict[str, set[str]] = {}  # what a call changes apart from its arguments
        while self._more_by_calling(found):
            pass

    def changed(self, effects: Effects, same: Pairs) -> set[str]:
        """The names whose objects are changed."""
        names = set(effects.changes)
        names.update(
            name
            for name, method in effects.methods
            if method not in READING_METHODS and self._is_object(name)
        )
        names.update(
            name
            for callee, name in effects.passes
            if self._is_object(name) and not self._reads(callee)
        )
        return _spread(names, [pair for pair in same if all(map(self._is_object, pair))])

    def changes_a_module(self, statement: Statement) -> bool:
        """Whether a line calls a module's function for its effect on the module: a seed, a style.

        A function that draws an object is called for the drawing, not for its effect on the module.
        """
        root = statement.rooted.partition(".")[0]
        draws = any(self._is_object(name) for _, name in statement.effects.passes)
        return "import" in self.kinds.get(root, ()) and not (
            draws and self._reads(statement.rooted)
        )

    def _is_object(self, name: str) -> bool:
        """Whether it may be something that a call changes: not a module, function or constant."""
        return self.kinds.get(name, {"object"}) - {"constant"} == {"object"}

    def _reads(self, callee: str) -> bool:
        """Whether a function leaves its arguments as they are."""
        root, _, rest = callee.partition(".")
        kinds = self.kinds.get(root, set())
        if not kinds:
            return callee in READERS
        if kinds == {"import"}:
            whole = ".".join(filter(None, (self.modules[root], rest)))
            return whole.startswith(READING_MODULES) and not whole.startswith(WRITING)
        if rest:
            return rest.rpartition(".")[2] in READING_METHODS
        return kinds <= {"function", "import"} and root not in self.altering

    def _more_altering(self, found: Sequence[Statement]) -> set[str]:
        return {
            name
            for statement in found
            if statement.kind == "function" and not self.altering.issuperset(statement.binds)
            if statement.parameters & self.changed(statement.later_effects, statement.same_within)
            for name in statement.binds
        }

    def _more_by_calling(self, found: Sequence[Statement]) -> bool:
        grown = False
        for statement in found:
            reached = self.changed(statement.later_effects, statement.same_within)
            reached = (reached & statement.later & self.kinds.keys()) | statement.later_binds
            for name in statement.loads | statement.later:
                reached |= self.by_calling.get(name, set())
            for name in statement.binds if reached else ():
                before = self.by_calling.setdefault(name, set())
                grown = grown or not reached <= before
                before |= reached
        return grown


def _classes(pairs: Iterable[tuple[str, str]]) -> dict[str, set[str]]:
    """For each name, all names that may be the same object."""
    classes: dict[str, set[str]] = {}
    for a, b in pairs:
        merged = classes.get(a, {a}) | classes.get(b, {b})
        classes.update(dict.fromkeys(merged, merged))
    return classes


def _spread(names: set[str], pairs: Collection[tuple[str, str]]) -> set[str]:
    """The names, and all names that may be the same objects."""
    grown = names | {b for a, b in pairs if a in names} | {a for a, b in pairs if b in names}
    return names if grown == names else _spread(grown, pairs)
