"""What is wrong in an entry is said when it is registered, in one sentence that says what to do."""

from __future__ import annotations

import itertools
import subprocess
import sys
import textwrap
import time

import pytest

from autograder import exercises
from autograder.checking.exercise import Exercise
from autograder.checking.verdict import assess_here

ENTRY = '''
from autograder.checking.exercise import Case, Exercise
from autograder.exercises._cases import call
import numpy as np


def reference(beta):
    """ln ½ / ln β"""
    return np.log(0.5) / np.log(beta)


half_life = Exercise("half_life", reference=reference, hint="Logarithms.", minutes=5, difficulty=2)


@half_life.cases("three values", points=2)
def _(rng):
    return [call("β = 0.9", 0.9)]


@half_life.misconception("upside down", "The other way round.")
def _(beta):
    return np.log(beta) / np.log(0.5)


@half_life.misconception("window", "That is the window.")
def _(beta):
    return 1 / (1 - beta)


@half_life.equivalent("base 2")
def _(beta):
    return -1 / np.log2(beta)


@half_life.equivalent("base 10")
def _(beta):
    return np.log10(0.5) / np.log10(beta)
'''

QUIZ = """
from autograder.checking.exercise import quiz

guess = quiz("guess", answer="b", a="No: too small.", c="No: too large.")
"""

FILE = "subjects/ewma/half_life.py"
numbers = itertools.count()


@pytest.fixture
def registered(tmp_path, monkeypatch):
    """Registers a folder of files; what is wrong with them, each in a sentence."""
    package = f"subjects_{next(numbers)}"  # modules stay imported: each test has its own

    def register(files: dict[str, str]) -> list[str]:
        folder = tmp_path / package
        for name, text in {"__init__.py": "", **files}.items():
            path = folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(textwrap.dedent(text), "utf-8")
        monkeypatch.syspath_prepend(tmp_path)
        entries = exercises.read_entries(package, folder)
        if entries.faults:
            with pytest.raises(ValueError, match=r"\S") as error:
                entries.complete()
            assert str(error.value).startswith(str(entries.faults[0]))
        return [str(fault).replace(package, "subjects") for fault in entries.faults]

    return register


def subject(entry: str, notebook: str = "01_ewma") -> dict[str, str]:
    return {"ewma/__init__.py": f'NOTEBOOK = "{notebook}"', "ewma/half_life.py": entry}


def test_a_complete_entry_is_registered(registered):
    assert not registered(subject(ENTRY))


FAULTS = {  # what stands in the complete entry, what takes its place, the sentence
    "no cases": (
        '@half_life.cases("three values", points=2)\n', "",
        'half_life has no cases: add @half_life.cases("what they are about", points=2)',
    ),
    "no points": (
        "points=2", "points=0",
        "half_life gives no points for its cases 'three values' (points=0)",
    ),
    "points are no number": (
        "points=2", 'points="2"',
        "half_life gives no points for its cases 'three values' (points='2')",
    ),
    "a group without a name": (
        '"three values"', '" "',
        "half_life needs a name for its group of cases 1: say what they are about",
    ),
    "cases without rng": (
        "def _(rng)", "def _()",
        "half_life must draw its cases 'three values' from one argument: def _(rng): …",
    ),
    "an empty hint": (
        'hint="Logarithms."', 'hint=" "',
        "half_life has no hint: write one sentence that helps, whatever is wrong (hint=…)",
    ),
    "a hint to be written": (
        'hint="Logarithms."', 'hint="TODO: logarithms?"',
        "half_life has no hint: write one sentence that helps, whatever is wrong (hint=…)",
    ),
    "minutes": (
        "minutes=5", "minutes=31",
        "half_life has minutes=31: it must be a whole number from 1 to 30",
    ),
    "difficulty": (
        "difficulty=2", "difficulty=2.5",
        "half_life has difficulty=2.5: it must be a whole number from 1 to 5",
    ),
    "outputs are one text": (
        'hint="L', 'outputs="theta", hint="L',
        "half_life has outputs='theta': it must be a tuple of names, such as (\"theta\", \"v\")",
    ),
    "outputs twice": (
        'hint="L', 'outputs=("v", "v"), hint="L',
        "half_life gives two of its outputs one name: v, v",
    ),
    "a tolerance that is a number": (
        'hint="L', 'tolerance=1e-3, hint="L',
        "half_life has tolerance=0.001: write Tolerance(rtol=…)",
    ),
    "one misconception": (
        '@half_life.misconception("window", "That is the window.")\n', "",
        "half_life has 1 misconception and needs 2: add @half_life.misconception"
        '("its name", "what to tell the student")',
    ),
    "no equivalent": (
        "@half_life.equivalent", "# ",
        'half_life has no equivalents and needs 2: add @half_life.equivalent("its name")',
    ),
    "a name twice": (
        '"window"', '"upside down"',
        "half_life has two misconceptions called 'upside down': give each a name of its own",
    ),
    "an equivalent's name twice": (
        '"base 10"', '"base 2"',
        "half_life has two equivalents called 'base 2': give each a name of its own",
    ),
    "a name that is empty": (
        '"base 10"', '""',
        "half_life needs a name for its equivalent 2: say in some words what it does",
    ),
    "a message that is empty": (
        '"That is the window."', '""',
        "half_life needs a message for its misconception 'window': tell the student what is wrong",
    ),
    "a message twice": (
        '"That is the window."', '"The other way round."',
        "half_life says the same of two misconceptions, 'upside down' and 'window': tell each "
        "student what is wrong in theirs",
    ),
    "an equivalent with an argument more": (
        '"base 2")\ndef _(beta)', '"base 2")\ndef _(beta, extra)',
        "half_life has the equivalent 'base 2', which takes (beta, extra), and the reference "
        "takes (beta): give it the same arguments",
    ),
    "a misconception with another name for it": (
        'round.")\ndef _(beta)', 'round.")\ndef _(alpha)',
        "half_life has the misconception 'upside down', which takes (alpha), and the reference "
        "takes (beta): give it the same arguments",
    ),
    "an equivalent to be written": (
        "return -1 / np.log2(beta)", "raise NotImplementedError",
        "half_life has the equivalent 'base 2', which is not written yet: replace its "
        "NotImplementedError",
    ),
    "a lambda": (
        'return np.log10(0.5) / np.log10(beta)\n',
        'pass\n\n\nhalf_life.equivalents.pop()\nhalf_life.equivalent("short")(lambda beta: 1)\n',
        "half_life has the equivalent 'short', which must be written with def or class, as a "
        "student would write it",
    ),
    "a reference to be written": (
        "return np.log(0.5) / np.log(beta)\n\n\nhalf", "raise NotImplementedError\n\n\nhalf",
        "half_life has a reference that is not written yet: subjects.ewma.half_life.reference",
    ),
    "a docstring to be written": (
        "ln ½ / ln β", "TODO",
        "half_life has a reference whose docstring still says TODO: "
        "subjects.ewma.half_life.reference",
    ),
    "no reference": (
        "reference=reference", "reference=None",
        "half_life has the reference None: give it a function, or for a quiz a letter",
    ),
    "an id that is no name": (
        '"half_life"', '"half-life"',
        "half_life is the exercise 'half-life': call both the same",
    ),
    "another name": (
        "half_life = Exercise(", "_half_life = half_life = Exercise(",
        "_half_life is the exercise 'half_life': call both the same",
    ),
    "an equivalent without brackets": (
        '@half_life.equivalent("base 2")', "@half_life.equivalent",
        'cannot be read: line 30: ValueError: half_life: write @half_life.equivalent("its name"), '
        "with a name",
    ),
    "a version with the exercise's name": (
        '"base 2")\ndef _(', '"base 2")\ndef half_life(',
        "cannot be read: line 30: ValueError: half_life must stay the exercise: call its cases "
        "and versions `_`, because `def half_life` takes the name away",
    ),
    "no minutes": (
        "minutes=5, ", "",
        "cannot be read: line 12: TypeError: Exercise.__init__() missing 1 required keyword-only "
        "argument: 'minutes'",
    ),
    "a mistake in Python": (
        "return -1 / np.log2(beta)", "return -1 / np.log2(beta",
        "cannot be read: line 32: SyntaxError: '(' was never closed",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", FAULTS)
def test_what_is_wrong_is_said_in_a_sentence_with_the_file_and_the_exercise(registered, name):
    right, wrong, sentence = FAULTS[name]
    assert right in ENTRY
    found = registered(subject(ENTRY.replace(right, wrong)))
    assert f"{FILE}: {sentence}" in found
    assert all("\n" not in fault for fault in found)


def test_a_star_is_no_substitute_for_the_arguments(registered):
    [fault] = registered(subject(ENTRY.replace('round.")\ndef _(beta)', 'round.")\ndef _(*args)')))
    assert "'upside down', which takes (args)" in fault


def test_a_step_needs_four_misconceptions(registered):
    files = {
        "ewma/__init__.py": 'NOTEBOOK = "01_ewma"',
        "ewma/half_step.py": ENTRY.replace("half_life", "half_step"),
    }
    [fault] = registered(files)
    assert "half_step has 2 misconceptions and needs 4, because it is a step: add" in fault


def test_an_exercise_that_something_takes_the_name_of_is_missed(registered):
    [fault] = registered(
        subject(ENTRY + "\n\ndef half_life(beta):\n    return 0\n\n\n" + QUIZ.strip())
    )
    assert fault == (
        f"{FILE}: half_life is made here and lost: keep it under its own name, half_life = "
        "Exercise(…), and use that name for nothing else"
    )


def test_two_exercises_of_one_name(registered):
    files = {**subject(ENTRY), "ewma/again.py": ENTRY}
    assert registered(files) == [
        f"{FILE}: half_life is there already, in subjects/ewma/again.py: give one of them "
        "another id"
    ]


def test_two_exercises_of_one_name_in_one_file(registered):
    [fault] = registered(subject(ENTRY + ENTRY))
    assert fault.startswith(f"{FILE}: half_life is made here and lost")


def test_an_exercise_is_not_imported_into_another_module(registered):
    files = subject(ENTRY)
    files["ewma/later.py"] = "from .half_life import half_life\n" + QUIZ
    assert registered(files) == [
        "subjects/ewma/later.py: half_life is the exercise of subjects/ewma/half_life.py: "
        "import its reference instead"
    ]


@pytest.mark.parametrize(
    ("files", "sentence"),
    [
        ({"ewma/__init__.py": "", "ewma/half_life.py": ENTRY},
         'subjects/ewma: has no NOTEBOOK: write NOTEBOOK = "NN_name" into its __init__.py'),
        ({"ewma/half_life.py": ENTRY},
         'subjects/ewma: has no NOTEBOOK: write NOTEBOOK = "NN_name" into its __init__.py'),
        ({**subject(ENTRY), "other/__init__.py": 'NOTEBOOK = "01_ewma"', "other/guess.py": QUIZ},
         "subjects/other: belongs to 01_ewma, as ewma/ does: move its files there"),
        ({**subject(ENTRY), "guess.py": QUIZ},
         "subjects/guess.py: must stand in the folder of its notebook: move it"),
        ({**subject(ENTRY), "ewma/more/__init__.py": "", "ewma/more/guess.py": QUIZ},
         "subjects/ewma/more: is a folder in a subject, where none is read: move its files up"),
        ({**subject(ENTRY), "ewma/helpers.py": "HALF = 0.5"},
         "subjects/ewma/helpers.py: has no exercise: let the name of a file of helpers begin "
         "with _"),
        ({"ewma/__init__.py": "NOTEBOOK = 1 / 0", "ewma/half_life.py": ENTRY},
         "subjects/ewma/__init__.py: cannot be read: line 1: ZeroDivisionError: division by zero"),
    ],
)  # fmt: skip
def test_what_is_wrong_with_a_folder(registered, files, sentence):
    assert registered(files) == [sentence]


def test_helpers_and_what_git_has_left_of_a_folder_are_no_subjects(registered):
    files = {"_helpers.py": "", "ewma/_more.py": "HALF = 0.5", "gone/__pycache__/x.pyc": ""}
    assert not registered({**subject(ENTRY), **files})


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ('answer="b", a="No."', "guess is a quiz about the letters a, b: it needs three or more"),
        ('answer="b", a="No.", d="Too far."', "guess is a quiz about the letters a, b, d: it"),
        ('answer="b", a="No.", b="Yes."', "guess is a quiz about the letters a, b, b: it needs"),
        ('answer="B", a="No.", c="No!"', "guess is a quiz about the letters B, a, c: it needs"),
        ('answer="b", a="", c="No."', "guess needs a message for its misconception 'answer a': "),
        ('answer="b", points=0, a="No.", c="No!"', "guess gives no points for its cases"),
    ],
)
def test_what_is_wrong_with_a_quiz(registered, wrong, sentence):
    files = subject(QUIZ.replace('answer="b", a="No: too small.", c="No: too large."', wrong))
    assert any(fault.startswith(f"{FILE}: {sentence}") for fault in registered(files))


def test_a_quiz_is_registered(registered):
    assert not registered(subject(QUIZ))


def test_without_cases_nothing_passes():
    def reference(beta):
        return 1.0

    bare = Exercise("bare", reference=reference, minutes=1, difficulty=1)
    with pytest.raises(ValueError, match="bare has no cases"):
        assess_here(bare, lambda beta: "nonsense")


@pytest.mark.parametrize("drawn", [[], None, ["β = 0.9"]])
def test_a_group_that_draws_nothing_gives_nothing_away(drawn):
    exercise = Exercise("bare", reference=abs, minutes=1, difficulty=1)
    exercise.cases("all", points=1)(lambda rng: drawn)
    with pytest.raises(ValueError, match=r"bare: .*'all'"):
        assess_here(exercise, abs)


def test_all_entries_are_read_in_next_to_no_time():
    entries = exercises.read_entries()
    assert not entries.faults
    began = time.process_time()
    assert not [fault for exercise in entries.exercises.values() for fault in exercise.faults()]
    # 5 ms on a machine of 2024: every student's kernel waits for it. Ten times that is a mistake.
    assert time.process_time() - began < 0.05


def test_an_incomplete_entry_stops_a_kernel_with_its_sentence():
    code = (
        "from autograder import exercises\n"
        "found = exercises.Entries(faults=[exercises.Fault('f.py', 'is.')])\n"
        "exercises.read_entries = lambda: found\n"
        "from autograder.exercises import REGISTRY\n"
    )
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert ran.returncode == 1
    assert ran.stderr.endswith("ValueError: f.py: is.\n")
