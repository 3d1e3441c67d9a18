"""What a student is given to fill in: the cell in the master, its docstring and its example."""

from __future__ import annotations

import ast
import doctest
import io
import re
from collections.abc import Collection, Iterable, Mapping
from typing import Any

from autograder.cells import SOLUTION_BEGIN, SOLUTION_END
from autograder.checking.entry import TODO
from autograder.checking.exercise import Exercise

NOT_WRITTEN = 'raise NotImplementedError("not written yet")'


def as_stub(source: str) -> str:
    """A master's cell without its answer, as nbgrader releases it."""
    lines: list[str] = []
    inside = False
    for line in source.splitlines():
        if line.strip() == SOLUTION_BEGIN:
            inside = True
            indentation = line[: len(line) - len(line.lstrip())]
            lines += [f"{indentation}# YOUR CODE HERE", indentation + NOT_WRITTEN]
        elif line.strip() == SOLUTION_END:
            inside = False
        elif not inside:
            lines.append(line)
    return "\n".join(lines)


def stub_faults(source: str, exercise: Exercise) -> list[str]:
    """What is wrong with a cell, of the master or released: a sentence each, saying what to do.

    A quiz has none: its cell is one line.
    """
    if exercise.is_quiz:
        return []
    try:
        body = ast.parse(source).body
    except SyntaxError as error:
        return [f"the cell of {exercise.id} cannot be read: line {error.lineno}: {error.msg}"]
    definition = next(
        (
            node
            for node in body
            if isinstance(node, ast.FunctionDef | ast.ClassDef) and node.name == exercise.id
        ),
        None,
    )
    if definition is None:
        return [f"the cell of {exercise.id} must define it with def or class"]
    found = []
    docstring = ast.get_docstring(definition)
    if docstring is None:
        found.append(f"the stub of {exercise.id} needs a docstring, with an example (>>>)")
    elif ">>>" not in docstring:
        found.append(
            f"the docstring of {exercise.id} needs an example: a line that begins with "
            f">>> {exercise.id}(…), and below it what that gives"
        )
    arguments = _arguments(definition)
    if arguments != exercise.parameters:
        found.append(
            f"the stub of {exercise.id} takes ({', '.join(arguments)}), and the reference takes "
            f"({', '.join(exercise.parameters)}): give it the same arguments"
        )
    if TODO in source:
        found.append(f"the cell of {exercise.id} still says {TODO}: fill it in")
    return found


def example_faults(
    source: str, exercise: Exercise, namespace: Mapping[str, Any], elsewhere: Collection[str] = ()
) -> list[str]:
    """Where the examples in a stub's docstring give something else than is written there.

    Args:
        source: the cell.
        exercise: whose cell it is.
        namespace: what the examples may use: the exercise's name among it.
        elsewhere: names that only a run of the notebook gives: an example that needs one of them
            is not looked at.
    """
    definition = next(
        node for node in ast.parse(source).body if getattr(node, "name", "") == exercise.id
    )
    assert isinstance(definition, ast.FunctionDef | ast.ClassDef)
    docstring = ast.get_docstring(definition) or ""
    try:
        test = doctest.DocTestParser().get_doctest(
            docstring, dict(namespace), exercise.id, None, None
        )
    except ValueError as error:
        return [f"the example of {exercise.id} cannot be read: {error}"]
    if any(name in elsewhere and name not in namespace for name in _names(test.examples)):
        return []
    runner = _Runner()
    runner.run(test, out=io.StringIO().write)
    return [f"the example {line}" for line in runner.found]


class _Checker(doctest.OutputChecker):
    """A NumPy scalar is a number: how it is wrapped is not what an exercise asks about."""

    def check_output(self, want: str, got: str, optionflags: int) -> bool:
        return super().check_output(_unwrapped(want), _unwrapped(got), optionflags)


def _unwrapped(text: str) -> str:
    return re.sub(r"np\.(?:float|int|bool)\d*_?\(([^()]*)\)", r"\1", text)


def _names(examples: Iterable[doctest.Example]) -> set[str]:
    """The names that examples read and do not make themselves."""
    nodes: list[ast.AST] = []
    for example in examples:
        try:
            nodes += ast.walk(ast.parse(example.source))
        except SyntaxError:
            continue  # running it says so
    names = [node for node in nodes if isinstance(node, ast.Name)]
    return {n.id for n in names} - {n.id for n in names if isinstance(n.ctx, ast.Store)}


class _Runner(doctest.DocTestRunner):
    """Keeps what is wrong in lines of its own."""

    def __init__(self) -> None:
        flags = doctest.NORMALIZE_WHITESPACE | doctest.ELLIPSIS
        super().__init__(_Checker(), verbose=False, optionflags=flags)
        self.found: list[str] = []

    def report_failure(self, out: Any, test: Any, example: Any, got: str) -> None:
        code, want = example.source.strip(), example.want.strip() or "nothing"
        self.found.append(f"{code} gives {got.strip() or 'nothing'}, and is said to give {want}")

    def report_unexpected_exception(self, out: Any, test: Any, example: Any, exc_info: Any) -> None:
        code = example.source.strip()
        self.found.append(f"{code} stops with {exc_info[0].__name__}: {exc_info[1]}")


def _arguments(definition: ast.FunctionDef | ast.ClassDef) -> tuple[str, ...]:
    called: Any = definition
    if isinstance(definition, ast.ClassDef):
        called = next((n for n in definition.body if getattr(n, "name", "") == "__init__"), None)
        if called is None:
            return ()
    of = called.args
    names = [a.arg for a in [*of.posonlyargs, *of.args, *of.kwonlyargs]]
    return tuple(names[called is not definition :])  # without self
