"""The code that a check needs besides data: a comparison of an exercise's own, and its oracles.

Such a function stands in a module with the answers. Here it is cut out, with the functions, classes
and constants that it uses, directly or indirectly. What it must not use is refused: another
exercise, or a function of the reference that holds an answer.
"""

from __future__ import annotations

import ast
import dis
import functools
import inspect
import sys
import types
from collections.abc import Callable, Iterator
from functools import lru_cache
from typing import Any

import numpy as np

from autograder.checking.exercise import Exercise

OWN = "autograder.exercises"
REFERENCE = "reference_impl"
BELOW = "autograder.checking"


class RefusedError(Exception):
    """The code cannot be handed out; the message says why."""


class Slice:
    """A module that holds some functions and classes, and all that they use.

    Attributes:
        borrowed: the functions of the reference that it imports, ``(module, name)``.
    """

    def __init__(self, exercise: Exercise, may_borrow: Callable[[str, str], bool]) -> None:
        self.exercise = exercise
        self.may_borrow = may_borrow
        self.borrowed: set[tuple[str, str]] = set()
        self._imports: set[str] = set()
        self._text: list[str] = []
        self._names: dict[int, str] = {}  # identity → the name that stands for it
        self._taken: set[str] = {"exercise", "np"}
        self._alive: list[Any] = []

    def add(self, name: str, value: Any) -> None:
        """Let ``name`` be this value in the module."""
        made = self.expression(value)
        if made != name:
            self._text.append(f"{name} = {made}")
            self._taken.add(name)

    def named(self, value: Any) -> str:
        """The name of a function or class in the module, which gets one if it has none."""
        made = self.expression(value)
        if not made.isidentifier():
            name = self._free("function")
            self._text.append(f"{name} = {made}")
            self._names[id(value)] = made = name
            self._alive.append(value)
        return made

    def source(self) -> str:
        """The text of the module; empty if nothing was added."""
        if not self._text and not self._imports:
            return ""
        head = ["from __future__ import annotations", "import numpy as np", *sorted(self._imports)]
        return "\n".join(head) + "\n\n\n" + "\n\n\n".join(self._text) + "\n"

    # Values

    def expression(self, value: Any) -> str:
        """Code for a value. What has a name of its own is defined before.

        Raises:
            RefusedError: if it must not be handed out, or there is no code for it.
        """
        if value is self.exercise:
            return "exercise"
        if isinstance(value, Exercise):
            raise RefusedError(f"it uses the exercise {value.id}")
        if id(value) in self._names:
            return self._names[id(value)]
        if value is None or type(value) in (bool, int, str):
            return repr(value)
        if type(value) is float:
            return repr(value) if np.isfinite(value) else f"float({str(value)!r})"
        if isinstance(value, np.ndarray):
            return (
                f"np.array({value.ravel().tolist()!r}, {value.dtype.str!r}).reshape({value.shape})"
            )
        if type(value) in (tuple, list, set, frozenset, dict):
            return self._container(value)
        if isinstance(value, functools.partial):
            self._imports.add("from functools import partial")
            parts = [value.func, *value.args]
            return f"partial({', '.join(map(self.expression, parts))})"
        if isinstance(value, types.ModuleType):
            return self._module(value)
        return self._named(value)

    def _container(self, value: Any) -> str:
        if isinstance(value, dict):
            pairs = (f"{self.expression(k)}: {self.expression(v)}" for k, v in value.items())
            return f"{{{', '.join(pairs)}}}"
        made = map(self.expression, value)
        items = ", ".join(sorted(made) if isinstance(value, set | frozenset) else made)
        if isinstance(value, tuple):
            return f"({items},)" if value else "()"
        return f"[{items}]" if isinstance(value, list) else f"{type(value).__name__}([{items}])"

    def _module(self, module: types.ModuleType) -> str:
        name = module.__name__
        if name == "numpy":
            return "np"
        if name.split(".")[0] in (REFERENCE, "autograder") and not name.startswith(BELOW):
            raise RefusedError(f"it uses the whole module {name}")
        package, _, last = name.rpartition(".")
        self._imports.add(f"from {package} import {last}" if package else f"import {name}")
        return last

    def _named(self, value: Any) -> str:
        """A function or class, imported or defined here."""
        name, module = getattr(value, "__name__", ""), getattr(value, "__module__", None) or ""
        if getattr(np, name, None) is value:
            return f"np.{name}"
        if module == "builtins" or (isinstance(value, types.BuiltinFunctionType) and not module):
            return name
        top = module.split(".")[0]
        if module.startswith(OWN) or not name.isidentifier() or name == "<lambda>":
            return self._defined(value)
        if top == REFERENCE:
            if getattr(value, "__closure__", None) or "<locals>" in value.__qualname__:
                raise RefusedError(f"it uses a function made by {module}")
            if not self.may_borrow(module, name):
                raise RefusedError(f"it uses {module}.{name}")
            self.borrowed.add((module, name))
        elif not (module.startswith(BELOW) or top in sys.stdlib_module_names):
            raise RefusedError(f"it uses {module}.{name}")
        self._imports.add(f"from {module} import {name}")
        return name

    # Definitions

    def _defined(self, value: Any) -> str:
        name = getattr(value, "__name__", "")
        name = self._free(name if name.isidentifier() else "function")
        self._names[id(value)] = name
        self._alive.append(value)
        plain = inspect.unwrap(value)
        if isinstance(plain, type):
            node: Any = _definition_of_class(plain)
            scope = vars(sys.modules[plain.__module__])
            used = {n.id for n in ast.walk(node) if isinstance(n, ast.Name)} & scope.keys()
        elif isinstance(plain, types.FunctionType):
            node, scope = _definition_of_function(plain), plain.__globals__
            used = set(_global_names(plain.__code__)) & scope.keys()
        else:
            raise RefusedError(f"there is no text of {value!r}")
        at_definition = list(getattr(node, "decorator_list", ()))
        if not isinstance(node, ast.ClassDef):
            at_definition += [*node.args.defaults, *filter(None, node.args.kw_defaults)]
        used |= scope.keys() & {
            n.id for part in at_definition for n in ast.walk(part) if isinstance(n, ast.Name)
        }
        node = _Rewritten(self, scope, used - {getattr(plain, "__name__", "")}).visit(node)
        self._write(name, ast.fix_missing_locations(node), plain)
        return name

    def _write(self, name: str, node: Any, value: Any) -> None:
        closure = getattr(value, "__closure__", None) or ()
        free = value.__code__.co_freevars if closure else ()
        given = [self.expression(cell.cell_contents) for cell in closure]
        if isinstance(node, ast.Lambda):
            text = f"{name} = {ast.unparse(node)}"
        else:
            node.name = name
            text = ast.unparse(node)
        if free:
            body = "\n".join(f"    {line}" for line in text.splitlines())
            maker = self._free(f"_make_{name}")
            text = f"def {maker}({', '.join(free)}):\n{body}\n    return {name}\n\n"
            text += f"{name} = {maker}({', '.join(given)})"
        self._text.append(text)

    def _free(self, name: str) -> str:
        number, free = 2, name
        while free in self._taken:
            free, number = f"{name}_{number}", number + 1
        self._taken.add(free)
        return free


class _Rewritten(ast.NodeTransformer):
    """A definition in which every global name is what stands for its value in a slice."""

    def __init__(self, slice: Slice, scope: dict[str, Any], names: set[str]) -> None:
        self.slice, self.scope, self.names = slice, scope, names

    def visit_Attribute(self, node: ast.Attribute) -> ast.AST:
        if isinstance(node.value, ast.Name) and node.value.id in self.names:
            module = self.scope[node.value.id]
            package = module.__name__.split(".")[0] if isinstance(module, types.ModuleType) else ""
            if package in (REFERENCE, "autograder"):
                return _as_node(self.slice.expression(getattr(module, node.attr)))
        return self.generic_visit(node)

    def visit_Name(self, node: ast.Name) -> ast.AST:
        if node.id not in self.names or not isinstance(node.ctx, ast.Load):
            return node
        return _as_node(self.slice.expression(self.scope[node.id]))

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.AST:
        node.returns = None
        node.body = _without_docstring(node.body)
        return self.generic_visit(node)

    def visit_ClassDef(self, node: ast.ClassDef) -> ast.AST:
        node.body = _without_docstring(node.body)
        return self.generic_visit(node)

    def visit_arg(self, node: ast.arg) -> ast.AST:
        node.annotation = None
        return node

    def visit_AnnAssign(self, node: ast.AnnAssign) -> ast.AST:
        node.annotation = ast.Name("object", ast.Load())
        if node.value is not None:
            node.value = self.visit(node.value)
        return node


def _as_node(expression: str) -> ast.expr:
    return ast.parse(expression, mode="eval").body


def _without_docstring(body: list[ast.stmt]) -> list[ast.stmt]:
    first = body[0]
    said = isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant)
    return (body[1:] or [ast.Pass()]) if said else body


def _global_names(code: types.CodeType) -> Iterator[str]:
    for instruction in dis.get_instructions(code):
        if instruction.opname in ("LOAD_GLOBAL", "LOAD_NAME"):
            yield str(instruction.argval)
    for constant in code.co_consts:
        if isinstance(constant, types.CodeType):
            yield from _global_names(constant)


@lru_cache(maxsize=64)
def _text_of(path: str) -> str:
    with open(path, encoding="utf-8") as file:
        return file.read()


def _definition_of_class(kind: type) -> ast.ClassDef:
    tree = ast.parse(_text_of(str(inspect.getsourcefile(kind))))
    found = [n for n in tree.body if isinstance(n, ast.ClassDef) and n.name == kind.__name__]
    if not found:
        raise RefusedError(f"{kind.__name__} is not defined at the top of its module")
    return found[0]


def _definition_of_function(function: types.FunctionType) -> Any:
    code = function.__code__
    found = [
        node
        for node in ast.walk(ast.parse(_text_of(code.co_filename)))
        if isinstance(node, ast.FunctionDef | ast.Lambda) and _begins(node) == code.co_firstlineno
        and getattr(node, "name", "<lambda>") == code.co_name
    ]  # fmt: skip
    if len(found) > 1:
        found = [node for node in found if _holds(node, code)]
    if not found:
        raise RefusedError(f"there is no text of {function.__qualname__}")
    return found[0]


def _begins(node: Any) -> int:
    return int(min([node.lineno, *(d.lineno for d in getattr(node, "decorator_list", ()))]))


def _holds(node: Any, code: types.CodeType) -> bool:
    """Whether the instructions of a lambda come from this one of several in a line."""
    places = [(line, column) for line, _, column, _ in code.co_positions() if line and column]
    body = node.body
    start, end = (body.lineno, body.col_offset), (body.end_lineno, body.end_col_offset)
    return bool(places) and start <= min(places) and max(places) < end
