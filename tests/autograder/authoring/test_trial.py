"""`autograder try` and `new` say in words what is wrong, all of it."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from autograder import cli, exercises
from autograder.authoring import trial
from autograder.authoring.new import entry_text
from autograder.authoring.stub import as_stub, example_faults, stub_faults
from autograder.checking.drive import Call, Oracle
from autograder.checking.exercise import Case, Exercise, Version
from autograder.exercises import REGISTRY
from autograder.exercises._cases import call


@pytest.fixture
def half_wrong(monkeypatch):
    """Puts another version of an exercise into the registry."""

    def put(exercise_id: str, **changes) -> None:
        entries = exercises.read_entries()
        changed = dataclasses.replace(entries.exercises[exercise_id], **changes)
        monkeypatch.setitem(entries.exercises, exercise_id, changed)

    return put


def tried(capsys, *arguments: str) -> tuple[int, str]:
    status = cli.main(["try", *arguments])
    return status, capsys.readouterr().out


def test_a_right_exercise_is_shown_as_a_student_sees_it(capsys):
    status, said = tried(capsys, "beta_from_alpha", "prediction_ewma", "--seeds", "3")
    assert status == 0
    assert "✗" not in said.split("What a student sees")[0]
    count = len(REGISTRY["beta_from_alpha"].misconceptions)
    assert f"✓ {count} misconceptions are caught and named over 3 seeds" in said
    assert "  │ beta_from_alpha is not written yet." in said
    assert "  │ → alpha and β are not the same: alpha weighs the new value, β the old" in said
    assert "beta_from_alpha: nothing to mend. Next:  autograder build 01" in said


def test_an_answer_that_does_not_run_is_said(capsys, monkeypatch):
    real = trial.nbformat.read

    def spoiled(path, **options):
        notebook = real(path, **options)
        cell = notebook.cells[trial.solution_cell(notebook, "beta_from_alpha")]
        cell.source = cell.source.replace("return 1 - alpha", "return (1 - alpha")
        return notebook

    monkeypatch.setattr(trial.nbformat, "read", spoiled)
    status, said = tried(capsys, "beta_from_alpha", "--seeds", "1")
    assert status == 1
    assert "✗ the cell of beta_from_alpha cannot be read: line " in said
    assert "beta_from_alpha: 1 thing to mend" in said


def test_a_comparison_that_stops_is_shown_with_its_line(half_wrong, capsys):
    def compare(case, expected, got):
        return case.label + got[0].value

    half_wrong("beta_from_alpha", compare=compare)
    status, said = tried(capsys, "beta_from_alpha", "--seeds", "1")
    assert status == 1
    assert (
        "✗ the reference is refused on every seed: What it returned could not be compared: " in said
    )
    assert (
        'TypeError: can only concatenate str (not "float") to str, at '
        "`return case.label + got[0].value` in tests/autograder/authoring/test_trial.py, line "
    ) in said


def test_all_faults_are_said_and_not_just_the_first(half_wrong, capsys):
    def right(alpha):
        return 1 - alpha

    def twice(alpha):
        return alpha

    def late(alpha):
        return 1 - alpha if alpha > 0.2 else 7.0

    def elsewhere(alpha):
        return np.subtract(1, alpha) + Case  # not there where it is pasted

    of = REGISTRY["beta_from_alpha"]
    half_wrong(
        "beta_from_alpha",
        hint="",
        misconceptions=[
            *of.misconceptions,
            Version("right", right, "Not caught."),
            Version("twice", twice, "Not recognised."),
            Version("elsewhere", elsewhere, "Not pasted."),
        ],
        equivalents=[*of.equivalents, Version("late", late)],
    )
    _, said = tried(capsys, "beta_from_alpha", "--seeds", "20")
    assert (
        "✗ the misconception 'right' is not caught on every seed: add a case in which it gives "
        "something else"
    ) in said
    assert (
        "✗ the misconception 'twice' is not recognised on every seed: it does the same as "
        "'the same': add a case in which they differ"
    ) in said
    assert "✗ the misconception 'elsewhere' is not recognised on every seed: its text, with" in said
    assert "✗ the equivalent 'late' is refused on seed " in said
    assert "more of 20: beta_from_alpha ran, but what it returned is not right. (tried" in said


@pytest.mark.parametrize(
    ("case", "sentence"),
    [
        (call("", 0.5), "a case of odd needs a label that says what is tried; it has ''"),
        (call("TODO", 0.5), "a case of odd needs a label that says what is tried; it has 'TODO'"),
        (call("a set", ({1},)), "the case 'a set' of odd has a set in its arguments"),
        (call("f", Oracle("f")), "the case 'f' of odd has no function behind Oracle"),
        (call("text", "half"), "the reference of odd stops in 'text' (seed 0): TypeError"),
        (call("list", [1.0]), "the reference of odd changes its arguments in 'list' (seed 0)"),
        (call("more", 0.5, 1), "the reference of odd stops in 'more' (seed 0): TypeError"),
        (call("zero", 0), "the reference of odd returns a function in 'zero' (seed 0)"),
        (Case("x", ["x"]), "the case 'x' of odd must consist of Calls: use call(…) or walk(…)"),
    ],
)
def test_what_is_wrong_with_a_case(case, sentence):
    def odd(x):
        if isinstance(x, list):
            x.append(1)
        return np.sin(x) if x else odd

    exercise = Exercise("odd", reference=odd, minutes=1, difficulty=1)
    exercise.cases("all", points=1)(lambda rng: [call("one", 1.0), case])
    assert any(f.startswith(sentence) for f in trial.case_faults(exercise, [0, 1]))


def test_cases_that_cannot_be_drawn_on_some_seed():
    exercise = Exercise("odd", reference=abs, minutes=1, difficulty=1)

    @exercise.cases("all", points=1)
    def _(rng):
        return [Case("one", [Call((1 // int(rng.integers(2)),))])]

    [fault] = trial.case_faults(exercise, range(20))
    assert fault.startswith("the cases of odd cannot be drawn (ZeroDivisionError: ")


@pytest.mark.parametrize(
    ("source", "sentence"),
    [
        ("def f(x, y):\n    return x", "needs a docstring"),
        ('def f(x, y):\n    """Sum."""', "the docstring of f needs an example: a line that begins"),
        ('def f(x):\n    """>>> f(1)"""', "the stub of f takes (x), and the reference takes (x, y"),
        ("f = 1", "the cell of f must define it with def or class"),
        ("def f(x:", "the cell of f cannot be read: line 1"),
        ('def f(x, y):\n    """>>> f(1)\n    TODO"""', "the cell of f still says TODO"),
    ],
)
def test_what_is_wrong_with_a_stub(source, sentence):
    exercise = Exercise("f", reference=lambda x, y: x + y, minutes=1, difficulty=1)
    assert any(sentence in fault for fault in stub_faults(source, exercise))


@pytest.mark.parametrize(
    ("example", "fault"),
    [
        (">>> f(1, 2)\n    3", None),
        (">>> f(np.float64(1), 2)\n    3.0", None),
        (">>> f(1, unknown)\n    3", "the example f(1, unknown) stops with NameError"),
        (">>> f(1, of_a_run)\n    3", None),
        (">>> f(1, 2)\n    4", "the example f(1, 2) gives 3, and is said to give 4"),
    ],
)
def test_the_example_is_run(example, fault):
    exercise = Exercise("f", reference=lambda x, y: x + y, minutes=1, difficulty=1)
    source = f'def f(x, y):\n    """Sum.\n\n    {example}\n    """'
    names = {"np": np, "f": exercise.reference}
    found = example_faults(source, exercise, names, elsewhere={"of_a_run"})
    assert [f.split(":")[0] for f in found] == ([fault] if fault else [])


def test_a_stub_is_what_a_student_gets():
    source = "def f(x):\n    y = x\n    ### BEGIN SOLUTION\n    return y\n    ### END SOLUTION"
    assert as_stub(source) == (
        "def f(x):\n    y = x\n    # YOUR CODE HERE\n"
        '    raise NotImplementedError("not written yet")'
    )


@pytest.mark.parametrize(
    ("exercise_id", "arguments"),
    [("half_life", ["beta"]), ("lion_step", ["theta", "m", "grad", "t", "lr", "beta"])],
)
def test_the_skeleton_of_an_entry_is_python_in_ruffs_format(exercise_id, arguments, tmp_path):
    import subprocess
    import sys

    path = tmp_path / f"{exercise_id}.py"
    path.write_text(entry_text(exercise_id, arguments, "ewma"), "utf-8")
    for command in (["format", "--check"], ["check", "--select", "E,F,I"]):
        line = [sys.executable, "-m", "ruff", *command, "--line-length", "100", str(path)]
        ran = subprocess.run(line, capture_output=True, text=True, check=False)
        assert ran.returncode == 0, ran.stdout


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["new", "01", "ewma"], "ewma is there already, in autograder/exercises/ewma/moving_av"),
        (["new", "77", "half_life"], "no notebook is called '77'"),
        (["new", "01", "half-life"], "'half-life' is no name that a student can define"),
        (["new", "01", "lambda"], "'lambda' is no name"),
        (["new", "01", "sum"], "sum is a name of Python's own"),
        (["new", "01", "temperature"], "temperature means something else in 01_ewma"),
        (["new", "01", "half_life", "x", "x"], "the exercise and each of its arguments need names"),
        (["new", "01", "moving_average"], "autograder/exercises/ewma/moving_average.py is there"),
        (["new", "06", "sigmoid"], "sigmoid"),
        (["try", "ewma_stepp"], "there is no exercise ewma_stepp: did you mean ewma_step?"),
        (["try", "zzzz"], "there is no exercise zzzz: `autograder new` begins one"),
    ],
)
def test_what_cannot_be_is_refused_in_one_sentence(arguments, sentence, capsys):
    assert cli.main(arguments) == 1
    said = capsys.readouterr().err
    assert said.startswith(f"autograder: {sentence}")
    assert said.count("\n") == 1
