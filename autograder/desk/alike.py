"""Nearly equal answers in a class: places to look at, no verdict."""

from __future__ import annotations

import ast
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

import numpy as np
from rapidfuzz import fuzz, process

NEAR = 95  # per cent: two texts that differ less are nearly equal
SHORT = 160  # characters of code without names and comments; below it, right answers must be alike
LONG = 5_000  # characters that are compared of an answer, and MAX_CODE that are read of a cell:
MAX_CODE = 50_000  # one odd submission must not hold up the report on a class
USUAL = 80  # per cent: if half of all pairs are this much alike, there is one way to write it


@dataclass(frozen=True)
class Answer:
    """What one student wrote for one exercise; ``right`` if it has all points."""

    student: str
    title: str
    text: str
    right: bool


@dataclass
class Pair:
    """Two students, and the exercises in which their answers are nearly equal."""

    students: tuple[str, str]
    exercises: list[str] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)  # of these, those that both have wrong


def pairs(answers: Iterable[Answer]) -> list[Pair]:
    """Pairs with nearly equal answers; those who share mistakes first."""
    by_title: dict[str, list[Answer]] = defaultdict(list)
    for answer in answers:
        if len(answer.text) >= SHORT:
            by_title[answer.title].append(answer)
    found: dict[tuple[str, str], Pair] = {}
    for title, group in by_title.items():
        for one, other in _near(group):
            students = tuple(sorted((one.student, other.student)))
            pair = found.setdefault(students, Pair(students))  # type: ignore[arg-type]
            pair.exercises.append(title)
            if not one.right and not other.right:
                pair.wrong.append(title)
    return sorted(found.values(), key=lambda p: (-len(p.wrong), -len(p.exercises), p.students))


def _near(group: list[Answer]) -> Iterator[tuple[Answer, Answer]]:
    if len(group) < 2:
        return
    texts = [answer.text[:LONG] for answer in group]
    # uint8 holds per cents, and a matrix of a class of 1,000 is 1 MB.
    alike = process.cdist(texts, texts, scorer=fuzz.ratio, dtype=np.uint8, workers=1)
    first, second = np.triu_indices(len(group), k=1)
    per_cent = alike[first, second]
    usual = len(group) > 4 and np.median(per_cent) >= USUAL
    near = per_cent >= NEAR
    for i, j in zip(first[near], second[near], strict=True):
        both_wrong = not group[i].right and not group[j].right
        if both_wrong or not usual:
            yield group[i], group[j]


def normalized(code: str, name: str = "") -> str:
    """Code without comments, docstrings, layout, and the names that its author chose.

    Args:
        name: of the function that counts; without one, or if it is not there, all of the cell.

    Returns:
        The text, empty if the code cannot be read.
    """
    if len(code) > MAX_CODE:
        return ""
    try:
        tree = ast.parse(code)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return ""
    wanted = [node for node in tree.body if isinstance(node, ast.FunctionDef) and node.name == name]
    tree.body = list(wanted[-1:]) or tree.body
    try:
        chosen = _chosen(tree)
        return ast.unparse(_Renamed(chosen).visit(tree))
    except RecursionError:
        return ""


def _chosen(tree: ast.AST) -> Mapping[str, str]:
    """The names that the code defines, each with a number in their order."""
    names: dict[str, str] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.arg):
            names.setdefault(node.arg, f"v{len(names)}")
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            names.setdefault(node.id, f"v{len(names)}")
    return names


class _Renamed(ast.NodeTransformer):
    """Gives chosen names their numbers, and leaves out docstrings and annotations."""

    def __init__(self, names: Mapping[str, str]) -> None:
        self._names = names

    def visit_Name(self, node: ast.Name) -> ast.AST:
        return ast.copy_location(ast.Name(self._names.get(node.id, node.id), node.ctx), node)

    def visit_arg(self, node: ast.arg) -> ast.AST:
        return ast.copy_location(ast.arg(self._names.get(node.arg, node.arg)), node)

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.AST:
        without_docstring(node)
        node.returns = None
        return self.generic_visit(node)


def without_docstring(node: ast.FunctionDef) -> None:
    """Leave out a function's docstring."""
    if ast.get_docstring(node) is not None:
        node.body = node.body[1:] or [ast.Pass()]
