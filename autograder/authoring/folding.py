"""Which cells of a notebook are folded: those that make a picture.

A beginner's page is then text, stub, check, picture. Whoever wants to see how a picture came about
unfolds its cell.
"""

from __future__ import annotations

import ast
from typing import Any

from autograder.cells import as_check, is_solution

DRAWING = {"show", "slider", "step_through"}
OPEN, FOLDED = "open", "folded"  # tags with which an author decides otherwise


def fold(notebook: Any) -> None:
    """Set or remove JupyterLab's mark of a folded cell on each code cell."""
    for cell in notebook.cells:
        if cell.cell_type != "code":
            continue
        tags = cell.metadata.get("tags", [])
        if OPEN not in tags and (FOLDED in tags or _draws(cell.source)):
            cell.metadata["jupyter"] = {"source_hidden": True}
        else:
            cell.metadata.pop("jupyter", None)


def _draws(source: str) -> bool:
    if is_solution(source) or as_check(source):
        return False
    return any(_calls(statement) in DRAWING for statement in _body(source))


def _calls(statement: ast.stmt) -> str | None:
    """The name of the function that a statement calls, if that is all it does."""
    match statement:
        case ast.Expr(ast.Call(ast.Name(name))):
            return name
    return None


def _body(source: str) -> list[ast.stmt]:
    lines = [line for line in source.splitlines() if not line.lstrip().startswith(("%", "!"))]
    try:
        return ast.parse("\n".join(lines)).body
    except SyntaxError:
        return []
