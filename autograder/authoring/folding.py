"""Which cells of a notebook are folded: those whose code only draws.

A beginner's page is then text, stub, check, picture. Whoever wants to see how a picture was drawn
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
    used: set[str] = set()  # by the cells below that stay open
    for cell in reversed(notebook.cells):
        if cell.cell_type != "code":
            continue
        tags = cell.metadata.get("tags", [])
        if OPEN in tags or not (FOLDED in tags or _only_draws(cell.source, used)):
            cell.metadata.pop("jupyter", None)
            # What an open cell uses, a reader of the page may want to see.
            used |= _needed(cell.source)
        else:
            cell.metadata["jupyter"] = {"source_hidden": True}


def _only_draws(source: str, used: set[str]) -> bool:
    """Whether a cell ends in a picture, prints no numbers, and defines nothing that others use.

    What it concludes from the picture may come behind: that is read in its output.
    """
    if is_solution(source) or as_check(source):
        return False
    body = _body(source)
    while body and _calls(body[-1]) == "conclude":
        body.pop()
    if not body or _calls(body[-1]) not in DRAWING:
        return False
    nodes = [node for statement in body for node in ast.walk(statement)]
    prints = any(isinstance(node, ast.Name) and node.id == "print" for node in nodes)
    imports = any(isinstance(node, ast.Import | ast.ImportFrom) for node in nodes)
    return not prints and not imports and used.isdisjoint(set().union(*map(_bound, body)))


def _calls(statement: ast.stmt) -> str | None:
    """The name of the function that a statement calls, if that is all it does."""
    match statement:
        case ast.Expr(ast.Call(ast.Name(name))):
            return name
    return None


def _needed(source: str) -> set[str]:
    """The names that a cell takes from the cells above it."""
    needed: set[str] = set()
    bound: set[str] = set()
    for statement in _body(source):
        names = [node for node in ast.walk(statement) if isinstance(node, ast.Name)]
        loaded = {name.id for name in names if isinstance(name.ctx, ast.Load)}
        simple = isinstance(statement, ast.Assign | ast.AugAssign | ast.AnnAssign)
        inside = {name.id for name in names if isinstance(name.ctx, ast.Store)} | {
            node.arg for node in ast.walk(statement) if isinstance(node, ast.arg)
        }
        # `x = f(x)` needs an x; a loop over x, and a function with an x of its own, do not.
        needed |= loaded - bound - (inside - _bound(statement) if simple else inside)
        bound |= _bound(statement)
    return needed


def _bound(statement: ast.stmt) -> set[str]:
    """The names that a statement gives to the notebook: not those inside a function."""
    if isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
        return {statement.name}
    if isinstance(statement, ast.Import | ast.ImportFrom):
        return {(name.asname or name.name).partition(".")[0] for name in statement.names}
    inner = {
        name.id
        for node in ast.walk(statement)
        if isinstance(node, ast.comprehension)
        for name in ast.walk(node.target)
        if isinstance(name, ast.Name)
    }
    stored = (node for node in ast.walk(statement) if isinstance(node, ast.Name))
    return {name.id for name in stored if isinstance(name.ctx, ast.Store)} - inner


def _body(source: str) -> list[ast.stmt]:
    lines = [line for line in source.splitlines() if not line.lstrip().startswith(("%", "!"))]
    try:
        return ast.parse("\n".join(lines)).body
    except SyntaxError:
        return []
