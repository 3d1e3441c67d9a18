"""Where things stand in a master."""

from __future__ import annotations

import ast
import re
from typing import Any

from autograder.cells import SCHEME_BEGIN, as_check, is_solution, names_defined

_CLOSING = re.compile(r"^## (?:Where conventions differ|What the sources say|In short)", re.M)


def closing_part(notebook: Any) -> tuple[int, int]:
    """Where the part begins that ends every notebook: the cell, and the place in its text.

    It comes after the last check: conventions, what the sources get wrong, the question in words.
    """
    code = [i for i, c in enumerate(notebook.cells) if c.cell_type == "code"]
    checks = [i for i in code if as_check(notebook.cells[i].source)]
    first = checks[-1] + 1 if checks else 0
    for index, cell in enumerate(notebook.cells[first:], first):
        if cell.cell_type == "markdown":
            if found := _CLOSING.search(cell.source):
                return index, found.start()
            if SCHEME_BEGIN in cell.source:
                return index, 0
    return len(notebook.cells), 0


def solution_cell(notebook: Any, exercise_id: str) -> int | None:
    """The index of the cell that holds the answer to an exercise."""
    for index, cell in enumerate(notebook.cells):
        is_answer = cell.cell_type == "code" and is_solution(cell.source)
        if is_answer and exercise_id in names_defined(cell.source):
            return index
    return None


def check_cell(notebook: Any, exercise_id: str) -> int | None:
    """The index of the cell that checks an exercise."""
    for index, cell in enumerate(notebook.cells):
        check = as_check(cell.source) if cell.cell_type == "code" else None
        if check and check.exercise_id == exercise_id:
            return index
    return None


def all_names(notebook: Any) -> set[str]:
    """Every name that the code of a notebook binds at the top of a cell."""
    names: set[str] = set()
    for cell in notebook.cells:
        if cell.cell_type != "code":
            continue
        names |= set(names_defined(cell.source))
        try:
            body = ast.parse(cell.source).body
        except SyntaxError:
            continue
        for statement in body:
            if isinstance(statement, ast.Import | ast.ImportFrom):
                names |= {(a.asname or a.name).split(".")[0] for a in statement.names}
            elif not isinstance(statement, ast.FunctionDef | ast.ClassDef | ast.AsyncFunctionDef):
                names |= {
                    node.id
                    for node in ast.walk(statement)
                    if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)
                }
    return names
