"""What to write in place of a line that changes an argument of the caller's."""

from __future__ import annotations

import ast

from autograder.checking.drive import Plain
from autograder.checking.written import Written

_METHODS = (
    *("sort", "append", "extend", "insert", "pop", "remove", "clear"),
    *("reverse", "update", "fill", "resize", "setdefault"),
)
_NEW = {
    "sort": "{0} = sorted({0}, …)",
    "reverse": "{0} = {0}[::-1]",
    "append": "{0} = [*{0}, …]",
    "extend": "{0} = [*{0}, *…]",
}
_KINDS = {"Add": "+", "Sub": "-", "Mult": "*", "Div": "/", "Pow": "**", "MatMult": "@"}


def copy_first(argument: str, value: Plain, written: Written | None) -> str:
    """What to do about an argument that was changed in place: the line, and one that works."""
    if not argument:
        return "The caller still needs the old one. Copy it first, and change the copy."
    copy = _copy(argument, value)
    node = _change(argument, written) if written else None
    if node is None or written is None:
        return (
            f"The caller still needs the old {argument}. Copy it first, {copy}, and change the "
            "copy; or make a new one."
        )
    line, number = written.text(node), written.number(node)
    simple = _in_one_line(argument, node, value)
    where = "before the loop" if _in_a_loop(node, written) else "before that line"
    instead = f"write `{simple}`" if simple else f"copy it first, with `{copy}` {where}"
    return (
        f"Line {number} of its cell, `{line}`, changes the caller's {argument}, whose old "
        f"values are still needed: {instead}."
    )


def _in_a_loop(node: ast.AST, written: Written) -> bool:
    """In a loop a copy before the line would come too late, or again at each turn."""
    line = getattr(node, "lineno", 0)
    return any(
        isinstance(loop, ast.For | ast.While) and loop.lineno < line <= (loop.end_lineno or 0)
        for loop in written.nodes()
    )


def _copy(argument: str, value: Plain) -> str:
    if isinstance(value, list | tuple):
        if any(isinstance(item, tuple | list) for item in value):
            return f"{argument} = [tuple(p.copy() for p in pair) for pair in {argument}]"
        nested = any(hasattr(item, "copy") for item in value)
        return f"{argument} = [p.copy() for p in {argument}]" if nested else (
            f"{argument} = list({argument})"
        )  # fmt: skip
    if isinstance(value, dict):
        return f"{argument} = dict({argument})"
    return f"{argument} = {argument}.copy()"


def _change(argument: str, written: Written) -> ast.AST | None:
    """The first statement or call that changes the object which a name stands for."""
    names = {argument, *_aliases(argument, written)}
    found = [node for node in written.nodes() if _changes(node, names)]
    return min(found, key=lambda node: getattr(node, "lineno", 0), default=None)


def _aliases(argument: str, written: Written) -> set[str]:
    """The names that stand for the argument or its elements: ``W = v``, ``for g in grads``."""
    found: set[str] = set()
    for node in written.nodes():
        if isinstance(node, ast.Assign) and _is_name(node.value, argument):
            found |= {t.id for t in node.targets if isinstance(t, ast.Name)}
        if isinstance(node, ast.For) and argument in _names(node.iter):
            found |= _names(node.target)
    return found


def _changes(node: ast.AST, names: set[str]) -> bool:
    if isinstance(node, ast.AugAssign):
        return _base(node.target) in names
    if isinstance(node, ast.Assign):
        parts = [p for t in node.targets for p in (t.elts if isinstance(t, ast.Tuple) else [t])]
        return any(isinstance(p, ast.Subscript) and _base(p) in names for p in parts)
    if isinstance(node, ast.Delete):
        return any(isinstance(t, ast.Subscript) and _base(t) in names for t in node.targets)
    if not isinstance(node, ast.Call):
        return False
    if any(k.arg == "out" and _base(k.value) in names for k in node.keywords):
        return True
    if not isinstance(node.func, ast.Attribute):
        return False
    if node.func.attr in ("shuffle", "copyto", "put", "fill_diagonal") and node.args:
        return _base(node.args[0]) in names
    return node.func.attr in _METHODS and _base(node.func.value) in names


def _in_one_line(argument: str, node: ast.AST, value: Plain) -> str:
    """The same step as one new object, where that is a plain line."""
    if (
        isinstance(node, ast.AugAssign)
        and isinstance(node.target, ast.Name)
        and node.target.id == argument
        and (operator := _KINDS.get(type(node.op).__name__))
        and not isinstance(value, list | dict)
    ):
        right = ast.unparse(node.value)
        simple = isinstance(node.value, ast.Name | ast.Constant | ast.Call | ast.Subscript)
        bracket = simple or (operator == "+" and isinstance(node.value, ast.BinOp))
        return f"{argument} = {argument} {operator} {right if bracket else f'({right})'}"
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
        if node.func.attr == "shuffle" and _is_name(node.args[0], argument):
            return f"{argument} = {ast.unparse(node.func.value)}.permutation({argument})"
        if _is_name(node.func.value, argument):
            new = _NEW.get(node.func.attr, "").format(argument)
            if node.func.attr == "sort" and not isinstance(value, list):
                new = f"{argument} = np.sort({argument}, …)"
            given = ", ".join(map(ast.unparse, [*node.args, *node.keywords]))
            return new.replace("…", given) if given else new.replace(", …)", ")")
    return ""


def _base(node: ast.AST) -> str:
    while isinstance(node, ast.Subscript | ast.Attribute | ast.Starred):
        node = node.value
    return node.id if isinstance(node, ast.Name) else ""


def _names(node: ast.AST) -> set[str]:
    return {n.id for n in ast.walk(node) if isinstance(n, ast.Name)}


def _is_name(node: ast.AST, name: str) -> bool:
    return isinstance(node, ast.Name) and node.id == name
