"""The class that is graded: as many students as wanted, of mixed quality, always the same ones."""

from __future__ import annotations

import ast
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from autograder.authoring.sample_class import authors, equivalents, first_half
from autograder.checking.exercise import Exercise
from autograder.checking.written import as_definition
from autograder.exercises import REGISTRY

NOTEBOOK = "03_momentum"
CLASS = 60
SEED = 3
KINDS = 20
"""After so many students the kinds repeat, but not the words or mistakes."""

PART = KINDS // 2
"""The size of a part that is as mixed as the class: every second kind, and these come first."""

TROUBLES = {
    "an endless loop": "def count_turns(x):\n    while True:\n        pass",
    "a crash of the process": "def count_turns(x):\n    import os\n    os.abort()",
}

Change = Callable[[Any], None]  # of a notebook, in place


@dataclass(frozen=True)
class Student:
    """A student's work, for any shape of the notebook.

    Attributes:
        answers: exercise id → the text of its cell; without one the stub stays.
        kind: what is special about it.
        changes: made to the other cells.
    """

    name: str
    answers: dict[str, str]
    kind: str
    changes: tuple[Change, ...] = ()

    def __str__(self) -> str:
        return f"{self.name} ({self.kind})"


def students(count: int) -> list[Student]:
    """A class of this size. Its first :data:`PART` students are as mixed as the whole class."""
    first = range(0, KINDS, 2)
    order = [*first, *(number for number in range(count) if number not in first)]
    return [_student(number) for number in order[:count]]


def troubled() -> list[Student]:
    """Students whose code does not end."""
    return [
        Student(f"trouble{number}", authors(NOTEBOOK) | {"count_turns": text}, kind)
        for number, (kind, text) in enumerate(TROUBLES.items())
    ]


def _student(number: int) -> Student:
    rng = np.random.default_rng([SEED, number])
    name = f"student{number:04d}"
    changes: list[Change] = []
    match number % KINDS:
        case 0 | 1 | 2 | 3:
            kind, answers = "the authors' answers", authors(NOTEBOOK)
        case 4 | 5 | 6 | 7:
            kind, answers = "right, in another style", equivalents(NOTEBOOK, number)
        case 8 | 9 | 10 | 11 | 12:
            kind, answers = "one mistake", _with_mistakes(rng, 1)
        case 13 | 14 | 15:
            kind, answers = "two mistakes", _with_mistakes(rng, 2)
        case 16 | 17:
            kind, answers = "the first half", first_half(NOTEBOOK)
        case 18:
            kind, answers = "stubs only", {}
        case _:
            kind, answers = "one check deleted, one edited", equivalents(NOTEBOOK, number)
            deleted, edited = rng.choice(list(answers), 2, replace=False)
            del answers[edited]
            changes += [_delete_check(deleted), _edit_check(edited)]
    if number % 5 == 0:
        changes += [_edit_picture, _add_cell(name)]
    answers = {id: _in_own_words(text, name, rng) for id, text in answers.items()}
    return Student(name, answers, kind, tuple(changes))


def _exercises() -> list[Exercise]:
    return [exercise for exercise in REGISTRY.values() if exercise.notebook == NOTEBOOK]


def _with_mistakes(rng: np.random.Generator, count: int) -> dict[str, str]:
    """Right answers, except for some, which have one of the registered misconceptions each."""
    answers = equivalents(NOTEBOOK, int(rng.integers(3)))
    exercises = _exercises()
    for place in rng.choice(len(exercises), count, replace=False):
        exercise = exercises[place]
        slip = exercise.misconceptions[int(rng.integers(len(exercise.misconceptions)))].function
        letter = f'{exercise.id} = "{slip}"'
        answers[exercise.id] = letter if exercise.is_quiz else as_definition(slip, exercise.id)
    return answers


def _in_own_words(text: str, name: str, rng: np.random.Generator) -> str:
    """The same code with a comment and with other local names."""
    tree = ast.parse(text)
    parameters = {node.arg for node in ast.walk(tree) if isinstance(node, ast.arg)}
    local = {
        node.id
        for function in tree.body
        if isinstance(function, ast.FunctionDef)
        for node in ast.walk(function)
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)
    } - parameters
    ending = rng.choice(["_now", "_", "2", "_k"])
    for node in ast.walk(tree):
        if isinstance(node, ast.Name) and node.id in local:
            node.id += ending
    return f"# {name}, take {rng.integers(1, 9)}\n{ast.unparse(tree)}"


def _delete_check(exercise_id: str) -> Change:
    def change(notebook: Any) -> None:
        notebook.cells = [c for c in notebook.cells if _grade_id(c) != f"check_{exercise_id}"]

    return change


def _edit_check(exercise_id: str) -> Change:
    def change(notebook: Any) -> None:
        for cell in notebook.cells:
            if _grade_id(cell) == f"check_{exercise_id}":
                cell.source = f"{REGISTRY[exercise_id].points:g}"

    return change


def _edit_picture(notebook: Any) -> None:
    """A change that a student may try: how strongly the gradients of a picture are remembered."""
    for cell in notebook.cells:
        if cell.cell_type == "code" and not _grade_id(cell):
            cell.source = cell.source.replace("0.1, 0.9)", "0.1, 0.95)")


def _add_cell(name: str) -> Change:
    def change(notebook: Any) -> None:
        from nbformat.v4 import new_code_cell

        text = f"# {name}: a try\nmomentum_step(np.ones(2), np.zeros(2), np.ones(2), 0.1, 0.9)"
        after = [_grade_id(cell) for cell in notebook.cells].index("momentum_step")
        notebook.cells.insert(after + 1, new_code_cell(text, id=f"try-{name}"))

    return change


def _grade_id(cell: Any) -> str:
    return str(cell.metadata.get("nbgrader", {}).get("grade_id", ""))
