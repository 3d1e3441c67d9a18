"""What a cell is for and what it defines, read from its text. Only this module decides it.

Authors, the judge, the sample class and `mine` all ask here, so they cannot disagree.
"""

from __future__ import annotations

import ast
import contextlib
import io
import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

# nbgrader's marks: between them is an answer, or how a question is marked.
SOLUTION_BEGIN, SOLUTION_END = "### BEGIN SOLUTION", "### END SOLUTION"
SCHEME_BEGIN, SCHEME_END = "=== BEGIN MARK SCHEME ===", "=== END MARK SCHEME ==="

_DEFINES = re.compile(
    r"^(?:(?:async[ \t]+)?def|class)[ \t]+(\w+)|^(\w+)[ \t]*(?::[^=\n]*)?=(?!=)", re.MULTILINE
)


@dataclass(frozen=True)
class Check:
    """A cell ``check("momentum_step", momentum_step)``: which exercise, and what to look at."""

    exercise_id: str
    expression: str


def as_check(source: str) -> Check | None:
    """What a cell checks, if it is one check and nothing else."""
    try:
        body = ast.parse(source).body
    except (SyntaxError, ValueError):
        return None
    match body:
        case [
            ast.Expr(
                ast.Call(ast.Name("check"), [ast.Constant(str(exercise_id)), answer], keywords=[])
            )
        ]:
            return Check(exercise_id, ast.unparse(answer))
    return None


def names_defined(source: str) -> tuple[str, ...]:
    """The names that lines at the left margin define, also in code with errors."""
    return tuple(dict.fromkeys(a or b for a, b in _DEFINES.findall(source)))


def is_solution(source: str) -> bool:
    """Whether a master's cell holds an answer."""
    return SOLUTION_BEGIN in source


def without_solution_marks(source: str) -> str:
    """A master's answer as a student would have written it."""
    marks = (SOLUTION_BEGIN, SOLUTION_END)
    return "\n".join(line for line in source.splitlines() if line.strip() not in marks)


def definitions(sources: Iterable[str], name: str, **given: Any) -> dict[str, Any]:
    """The names that cells import and define, without running anything else in them.

    A cell that cannot be read or run is left out: one mistake must not cost the whole notebook.

    Args:
        sources: the code cells' texts, in order.
        name: of the notebook, for error messages and ``__name__``.
        given: names that exist already.
    """
    namespace: dict[str, Any] = {**given, "__name__": name}
    for source in sources:
        # A name that a failing line would have made is no loss; a printed traceback would be.
        with (
            contextlib.suppress(Exception),
            contextlib.redirect_stdout(io.StringIO()),
            contextlib.redirect_stderr(io.StringIO()),
        ):
            exec(compile(_only_definitions(source), f"{name}, a cell of yours", "exec"), namespace)
    return namespace


def _only_definitions(source: str) -> ast.Module:
    """The imports, functions, classes and plain constants of a cell."""
    lines = [line for line in source.splitlines() if not line.lstrip().startswith(("%", "!"))]
    tree = ast.parse("\n".join(lines))
    tree.body = [node for node in tree.body if _is_definition(node)]
    return tree


def _is_definition(node: ast.stmt) -> bool:
    match node:
        case ast.Assign(targets=targets, value=ast.Constant()):
            return all(isinstance(target, ast.Name) for target in targets)
        case ast.AnnAssign(target=ast.Name(), value=ast.Constant()):
            return True
    return isinstance(
        node,
        ast.Import | ast.ImportFrom | ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef,
    )
