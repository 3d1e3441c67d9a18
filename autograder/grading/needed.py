"""Which released code must run for the marks, and which modules of the reference it may import.

A mark depends on what a student wrote and on the tests. From the unchanged cells that came with the
notebook, only those statements run on which the student's code and the tests depend: a backward
slice. The other illustrations of the course cannot change a mark, and they take most of the time
that a notebook runs.
"""

from __future__ import annotations

import ast
import importlib.util
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import replace
from functools import cache, lru_cache
from pathlib import Path

from autograder.cells import as_check
from autograder.checking.exercise import Exercise
from autograder.grading.slicing import Item, backward_slice
from autograder.grading.statements import Effects, Statement, Unclear, parse, segment, statements
from autograder.grading.submission.cells import Cell

REFERENCE = "reference_impl"

# The course's longest notebook has 250 statements, in cells of at most 4,000 characters. Slicing
# many more takes minutes, so a notebook with more of them runs whole, under the sandbox's limits.
MAX_STATEMENTS = 1_000
MAX_CELL = 50_000  # characters


def needed(cells: Sequence[Cell], available: Collection[str]) -> list[str | None]:
    """For each cell, the code to run; None: nothing of it.

    Graded cells and a student's own cells run whole. Imports of reference modules that are not
    there are left out of every cell, name by name: such a name in a line must not cost the names
    after it.

    Args:
        cells: of the restored notebook, in order.
        available: modules of the reference that can be imported where the code runs.
    """
    items: list[Item] = []
    everything = False
    for i, cell in enumerate(cells):
        if cell.cell_type != "code":
            continue
        kept = _kept_whole(cell)
        if kept and (len(items) > MAX_STATEMENTS or len(cell.source) > MAX_CELL):
            everything = True
            continue
        try:
            found = statements(cell.source)
        except SyntaxError:
            continue  # nothing of it will run
        except Unclear:
            everything = True
            continue
        if cell.graded and not cell.solution:
            found = tuple(map(_asked, found))
        items += [Item(i, s, kept or s.keep) for s in found]
    everything = everything or len(items) > MAX_STATEMENTS
    chosen = set(range(len(items))) if everything else backward_slice(items)
    if any(items[i].statement.opaque for i in chosen):
        chosen = set(range(len(items)))
    code = defaultdict(list)
    for i in sorted(chosen):
        if _importable(items[i].statement, available):
            code[items[i].cell].append(items[i].statement.code)
    return [
        without_imports(cell.source, available)
        if cell.cell_type == "code" and _kept_whole(cell)
        else "\n".join(code[i]) or None
        for i, cell in enumerate(cells)
    ]


def _kept_whole(cell: Cell) -> bool:
    return cell.graded or cell.solution or cell.origin == "student"


def _asked(statement: Statement) -> Statement:
    """For ``check("id", answer)``, which the judge does itself, only the answer matters."""
    if as_check(statement.code):
        return replace(statement, loads=statement.loads - {"check"}, effects=Effects())
    return statement


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
