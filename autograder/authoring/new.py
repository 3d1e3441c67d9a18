"""Begin an exercise: its entry, its reference and its cells, with TODO where something is to say.

Nothing that is written here passes for finished: the registry, ``autograder try`` and ``autograder
build`` all refuse a text that still says TODO, and a function that says it is not written.
"""

from __future__ import annotations

import builtins
import importlib
import re
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import nbformat

from autograder import exercises
from autograder.authoring.notebook_cells import all_names, closing_part
from autograder.cells import SOLUTION_BEGIN, SOLUTION_END
from autograder.checking.entry import (
    DIFFICULTY,
    EQUIVALENTS,
    MINUTES,
    TODO,
    is_name,
    is_step,
    misconceptions_needed,
)
from autograder.folders import master, notebooks, package_repository

LINE = 100  # characters, for ruff
_KIND = "Array"  # how the reference modules call an array of numbers


def new(
    notebook: str,
    exercise_id: str,
    arguments: Sequence[str] = (),
    report: Callable[[str], None] = print,
) -> None:
    """Write what an author fills in: all of it, or nothing.

    Args:
        notebook: ``01_ewma`` or ``01``.
        exercise_id: what the student will define.
        arguments: the names of its arguments; a guess without.
        report: how to say what was written.

    Raises:
        ValueError: if there can be no such exercise; the sentence says why.
    """
    [name] = notebooks([notebook])
    root = package_repository()
    entries = exercises.read_entries()
    _refuse_bad_names(exercise_id, arguments)
    if exercise_id in entries.files:
        raise ValueError(f"{exercise_id} is there already, in {entries.files[exercise_id]}")
    if name not in entries.subjects:
        raise ValueError(
            f'no folder in autograder/exercises/ has NOTEBOOK = "{name}" in its __init__.py: '
            'CONTRIBUTING says how under "Add a notebook"'
        )
    subject = entries.subjects[name]
    entry = root / "autograder" / "exercises" / subject / f"{exercise_id}.py"
    if entry.exists():
        raise ValueError(f"{entry.relative_to(root)} is there already: choose another name")

    if not arguments:
        arguments = ("theta", "grad", "lr") if is_step(exercise_id) else ("x",)
    module = _reference_module(entries, name, subject)
    reference = root / "reference_impl" / f"{module.replace('.', '/')}.py"
    path = master(name)
    cells = nbformat.read(path, as_version=4)
    if exercise_id in all_names(cells):
        raise ValueError(f"{exercise_id} means something else in {name}: choose another name")

    texts = {
        entry: entry_text(exercise_id, arguments, module),
        reference: _with_reference(reference, module, name, exercise_id, arguments),
    }
    _insert(cells, cells_of(exercise_id, arguments))
    for file, text in texts.items():
        file.write_text(text, "utf-8")
    nbformat.write(cells, path)
    rows = {
        entry: "the entry: hint, cases, misconceptions, equivalents",
        reference: "the reference function, at the end",
        path: f"its cells, before the closing part (autograder edit {name[:2]})",
    }
    width = max(len(str(file.relative_to(root))) for file in rows)
    report(f"{exercise_id} has begun. Fill in what says {TODO} in")
    for file, what in rows.items():
        report(f"  {file.relative_to(root)!s:<{width}}  {what}")
    report(f"and ask what is missing:  autograder try {exercise_id}")


def entry_text(exercise_id: str, arguments: Sequence[str], module: str) -> str:
    """The module of the entry."""
    signature = ", ".join(arguments)
    package, _, last = f"reference_impl.{module}".rpartition(".")
    helpers, cases = _cases(exercise_id, arguments)
    parts = [
        f'''"""The exercise {exercise_id}."""

from __future__ import annotations

from autograder.checking.exercise import Case, Exercise
from autograder.exercises._cases import {helpers}
from {package} import {last} as reference

{exercise_id} = Exercise(
    "{exercise_id}",
    reference=reference.{exercise_id},
    hint="{TODO}: one sentence that helps, whatever is wrong",
    minutes=0,  # {TODO}: what a student who has read the text needs, {_range(MINUTES)}
    difficulty=0,  # {TODO}: {_range(DIFFICULTY)}: 1 is a formula to type, 5 needs a plan first
)


# The cases of one group earn their points together. Add a group for what can be right on its own.
# Draw from rng what can be drawn: cases with other numbers decide the mark.
@{exercise_id}.cases("{TODO}: what these cases are about", points=1)
def _(rng: Rng) -> list[Case]:
{cases}'''
    ]
    for number in range(misconceptions_needed(exercise_id)):
        note = "# A mistake that students make, as they would write it.\n" if not number else ""
        told = f'"{TODO}: its name", "{TODO}: what to tell a student who made this mistake"'
        call = f"@{exercise_id}.misconception({told})"
        if len(call) > LINE:
            call = f"@{exercise_id}.misconception(\n    {told}\n)"
        parts.append(
            f'''{note}{call}
def _({signature}):
    raise NotImplementedError("{TODO}: a wrong {exercise_id}")'''
        )
    for number in range(EQUIVALENTS):
        note = "# Right as well, and written in another way.\n" if not number else ""
        parts.append(
            f'''{note}@{exercise_id}.equivalent("{TODO}: its name")
def _({signature}):
    raise NotImplementedError("{TODO}: a right {exercise_id}")'''
        )
    return "\n\n\n".join(parts) + "\n"


def reference_text(exercise_id: str, arguments: Sequence[str], kind: str) -> str:
    """The reference function."""
    signature = ", ".join(f"{a}: {kind}" for a in arguments)
    described = "\n    ".join(f"{a} : {TODO}" for a in arguments)
    return f'''def {exercise_id}({signature}) -> {kind}:
    """{TODO}: what it is, in one sentence.

    {TODO}: its formula

    Parameters
    ----------
    {described}

    Returns
    -------
    {TODO}
    """
    raise NotImplementedError("{exercise_id} is not written yet")
'''


def cells_of(exercise_id: str, arguments: Sequence[str]) -> list[Any]:
    """The cells of the master: text, stub with the answer, hint, check."""
    signature = ", ".join(arguments)
    described = "\n    ".join(f"{a}: {TODO}" for a in arguments)
    stub = f'''def {exercise_id}({signature}):
    """{TODO}: what it returns, in one sentence.

    {described}
    returns: {TODO}

    >>> {exercise_id}({", ".join([TODO] * len(arguments))})
    {TODO}
    """
    {SOLUTION_BEGIN}
    raise NotImplementedError("{TODO}: the answer")
    {SOLUTION_END}'''
    v4 = nbformat.v4
    return [
        v4.new_markdown_cell(
            f"## {TODO}: a heading\n\n{TODO}: the idea, the formula, and a worked number."
        ),
        v4.new_code_cell(stub),
        v4.new_markdown_cell(
            "<details><summary>Hint</summary>\n\n"
            f"{TODO}: what to try; not the answer itself.\n</details>"
        ),
        v4.new_code_cell(f'check("{exercise_id}", {exercise_id})'),
    ]


def _refuse_bad_names(exercise_id: str, arguments: Sequence[str]) -> None:
    for name in (exercise_id, *arguments):
        if not is_name(name):
            raise ValueError(f"{name!r} is no name that a student can define: take one in Python")
    if hasattr(builtins, exercise_id):
        raise ValueError(f"{exercise_id} is a name of Python's own: choose another")
    if len({exercise_id, *arguments}) < 1 + len(arguments):
        raise ValueError("the exercise and each of its arguments need names of their own")


def _reference_module(entries: exercises.Entries, notebook: str, subject: str) -> str:
    """Where most references of a subject stand: ``ewma``, for ``reference_impl/ewma.py``."""
    modules = Counter(
        e.reference.__module__
        for e in entries.exercises.values()
        if e.notebook == notebook
        and getattr(e.reference, "__module__", "").startswith("reference_impl.")
    )
    return modules.most_common(1)[0][0].removeprefix("reference_impl.") if modules else subject


def _with_reference(
    path: Path, dotted: str, name: str, exercise_id: str, arguments: Sequence[str]
) -> str:
    """The text of the reference's module, ``layers.batchnorm``, with a function more."""
    if not path.exists():
        text = reference_text(exercise_id, arguments, _KIND)
        return (
            f'"""What notebook {name} asks for."""\n\nfrom __future__ import annotations\n\n'
            f"from reference_impl._validate import {_KIND}\n\n\n{text}"
        )
    module = importlib.import_module(f"reference_impl.{dotted}")
    if hasattr(module, exercise_id):
        raise ValueError(
            f"reference_impl/{dotted.replace('.', '/')}.py has a {exercise_id} already: choose "
            "another name"
        )
    text = path.read_text("utf-8")
    if listed := re.search(r"^__all__ = \[\n(.*?)^\]", text, re.M | re.S):
        lines = listed[1].splitlines()
        place = next((i for i, line in enumerate(lines) if line > f'    "{exercise_id}",'), None)
        lines.insert(len(lines) if place is None else place, f'    "{exercise_id}",')
        text = text[: listed.start(1)] + "\n".join(lines) + "\n" + text[listed.end(1) :]
    kind = _KIND if hasattr(module, _KIND) else "float"
    return f"{text.rstrip()}\n\n\n{reference_text(exercise_id, arguments, kind)}"


def _insert(notebook: Any, cells: list[Any]) -> None:
    """Put cells before the closing part, in a cell of which it may begin in the middle."""
    index, offset = closing_part(notebook)
    if offset:
        whole = notebook.cells[index]
        rest = nbformat.v4.new_markdown_cell(whole.source[offset:])
        whole.source = whole.source[:offset].rstrip()
        cells = [*cells, rest]
        index += 1
    notebook.cells[index:index] = cells


def _cases(exercise_id: str, arguments: Sequence[str]) -> tuple[str, str]:
    """The helpers to import, and the body of the first group."""
    if not is_step(exercise_id) or "grad" not in arguments:
        numbers = ", ".join(["rng.normal(size=4)"] * len(arguments))
        return "Rng, call", (
            f'    return [\n        call("{TODO}: what is tried", {numbers}),\n'
            f'        call("{TODO}: what else", {numbers}),\n    ]'
        )
    state = arguments[: arguments.index("grad")]
    hyper = list(arguments[arguments.index("grad") + 1 :])
    options = ""
    if hyper[:1] == ["t"]:
        del hyper[0]
        options += ", count=True"
    if hyper[:1] == ["lr"]:
        del hyper[0]
        options += ", lrs=[0.1, 0.1, 0.01, 0.01]"
    start = ", ".join(["rng.normal(size=3)"] * len(state))
    numbers = "".join([", 0.9"] * len(hyper))
    return "Rng, gradients, walk", (
        f"    start = [{start}]\n"
        "    grads = gradients(rng, 4, (3,))\n"
        "    # Each step goes on from what the step before returned.\n"
        f'    return [walk("{TODO}: four steps", start, grads{numbers}{options})]'
    )


def _range(limits: tuple[int, int]) -> str:
    return f"{limits[0]} to {limits[1]}"
