"""What must hold of every exercise there is."""

from __future__ import annotations

import ast
import copy
from pathlib import Path

import numpy as np
import pytest

from autograder import exercises
from autograder.authoring.trial import case_faults, not_plain, pasted
from autograder.checking.answer_key import answer_key
from autograder.checking.drive import Oracle, Previous, Rng
from autograder.checking.exercise import Exercise, Version
from autograder.checking.verdict import NOT_WRONG, assess_here
from autograder.exercises import REGISTRY

FUNCTIONS = [e for e in REGISTRY.values() if not e.is_quiz]
QUIZZES = [e for e in REGISTRY.values() if e.is_quiz]


def answer(exercise: Exercise, version: Version):
    """What a notebook has in which the version's text was pasted: it needs np and nothing else."""
    return version.function if exercise.is_quiz else pasted(version.function, exercise.id)


def test_no_version_stands_there_without_the_line_that_registers_it():
    folder = Path(exercises.__file__).parent
    lost = [
        f"{path.relative_to(folder)}:{part.lineno}"
        for path in sorted(folder.rglob("*.py"))
        for part in ast.parse(path.read_text("utf-8")).body
        if isinstance(part, ast.FunctionDef | ast.ClassDef)
        and part.name == "_"
        and not part.decorator_list
    ]
    assert not lost


@pytest.mark.parametrize("exercise", REGISTRY.values(), ids=REGISTRY)
def test_the_reference_gets_full_marks(exercise, seeds):
    for seed in seeds:
        result = assess_here(exercise, exercise.reference, seed)
        assert result.passed, seed
        assert result.points == exercise.points > 0


# One test for all versions of an exercise: to collect and to report one takes as long as to run it.


TRAINED = {"images_model"}  # its versions take seconds: only `make sweep` tries more than one seed
EXERCISES = [
    pytest.param(e, marks=pytest.mark.long if e.id in {*TRAINED, "train"} else ())
    for e in REGISTRY.values()
]


@pytest.mark.parametrize("exercise", EXERCISES, ids=REGISTRY)
def test_equivalents_get_full_marks(exercise, seeds, few_seeds):
    refused = {}
    for version in exercise.equivalents:
        function = answer(exercise, version)
        for seed in few_seeds if exercise.id in TRAINED else seeds:
            if problem := assess_here(exercise, function, seed).problem:
                refused[version.name, seed] = problem.headline
    assert not refused


@pytest.mark.parametrize("exercise", EXERCISES, ids=REGISTRY)
def test_misconceptions_fail_and_are_named(exercise, seeds, few_seeds):
    wrong = {}
    for version in exercise.misconceptions:
        function = answer(exercise, version)
        earned = set()
        for seed in few_seeds if exercise.id in TRAINED else seeds:
            result = assess_here(exercise, function, seed)
            if result.points >= exercise.points or result.problem is None:
                wrong[version.name, seed] = "passes"
            elif result.problem.misconception != version.message:
                wrong[version.name, seed] = result.problem.misconception or result.problem.headline
            earned.add(tuple(points for _, points, _ in result.groups))
        # A class has one secret seed: with another one, nobody must have had better luck.
        if len(earned) > 1:
            wrong[version.name] = earned
    assert not wrong


@pytest.mark.parametrize("exercise", QUIZZES, ids=lambda e: e.id)
def test_a_letter_may_be_large_and_another_one_earns_nothing(exercise):
    assert assess_here(exercise, exercise.reference.upper() + " ").passed
    assert not assess_here(exercise, "z").points


def nothing(*args, **kwargs):
    return None


def stub(*args, **kwargs):
    raise NotImplementedError("not written yet")


def raises(*args, **kwargs):
    return 1 / 0


def takes_nothing():
    return 0.0


class AlwaysEqual:
    """Claims to equal whatever it is compared with."""

    def __eq__(self, other):
        return True

    def __hash__(self):
        return 0

    def __float__(self):
        return 1.0

    def __array__(self, *args, **kwargs):
        return self


def claims_equality(*args, **kwargs):
    return AlwaysEqual()


def returns_text(*args, **kwargs):
    return "the answer"


def returns_itself(*args, **kwargs):
    return returns_itself


def wrong_shape_of(exercise):
    return lambda *a, **k: _spoil(exercise.reference(*a, **k), lambda x: np.zeros((7, 5, 3)))


def nan_of(exercise):
    return lambda *a, **k: _spoil(exercise.reference(*a, **k), lambda x: x * np.nan)


def one_too_many_of(exercise):
    return lambda *a, **k: (exercise.reference(*a, **k), 0.0, 0.0)


def in_place_of(exercise):
    """The right answer, and every argument that can be changed is changed."""

    def function(*args, **kwargs):
        result = exercise.reference(*copy.deepcopy(args), **copy.deepcopy(kwargs))
        for argument in [*args, *kwargs.values()]:
            arrays = argument if isinstance(argument, list) else [argument]
            for array in arrays:
                if isinstance(array, np.ndarray) and array.dtype.kind == "f":
                    array += 1.0
        return result

    return function


def _spoil(value, how):
    if isinstance(value, tuple):
        return tuple(_spoil(v, how) for v in value)
    if isinstance(value, list):
        return [_spoil(v, how) for v in value]
    if isinstance(value, np.ndarray | float) and not isinstance(value, bool):
        return how(value)
    return np.full((7, 5, 3), np.nan)


GENERIC = {  # name: how to make it for an exercise, and the stages its message may be about
    "a stub": (lambda e: stub, {"not written"}),
    "returns None": (lambda e: nothing, {"returned nothing"}),
    "raises": (lambda e: raises, {"raised"}),
    "takes no arguments": (lambda e: takes_nothing, {"raised"}),
    "claims equality": (lambda e: claims_equality, {"type"}),
    "text": (lambda e: returns_text, {"type"}),
    "a function": (lambda e: returns_itself, {"type"}),
    "wrong shape": (wrong_shape_of, {"shape", "type"}),
    "nan": (nan_of, {"not finite", "shape", "type"}),
    "one value too many": (one_too_many_of, {"shape", "type"}),
}


FILLS = {"backpropagate"}  # it changes what it is given; what it returns does not matter


@pytest.mark.parametrize("exercise", FUNCTIONS, ids=lambda e: e.id)
def test_a_generic_wrong_answer_gets_no_points_and_a_clear_message(exercise):
    passed_over = {}
    for name, (make, stages) in GENERIC.items():
        if exercise.id in FILLS and not stages <= {"not written", "raised"}:
            continue
        result = assess_here(exercise, make(exercise))
        problem = result.problem
        clear = problem and problem.headline and (problem.advice or problem.evidence)
        if result.points or not clear or problem.stage not in stages:
            passed_over[name] = result
    assert not passed_over


def _takes_arrays(exercise: Exercise) -> bool:
    def arrays(argument):
        items = argument if isinstance(argument, list) else [argument]
        return any(isinstance(a, np.ndarray) and a.dtype.kind == "f" for a in items)

    return all(
        any(arrays(a) for call in case.script for a in call.args)
        for group in answer_key(exercise).cases
        for case in group
    )


@pytest.mark.parametrize("exercise", [e for e in FUNCTIONS if _takes_arrays(e)], ids=lambda e: e.id)
def test_changing_an_argument_in_place_costs_half_of_the_points_and_names_it(exercise):
    result = assess_here(exercise, in_place_of(exercise))
    assert result.points == exercise.points / 2
    assert not result.passed
    assert result.problem.evidence[-1] == NOT_WRONG
    assert result.problem.stage == "changed"
    assert any(name in result.problem.headline for name in exercise.parameters)


@pytest.mark.parametrize("exercise", FUNCTIONS, ids=lambda e: e.id)
def test_prints_and_warnings_cost_nothing(exercise, capsys):
    def noisy(*args, **kwargs):
        print("here")
        np.log(np.zeros(1))
        import sys
        import warnings

        warnings.warn("careful", stacklevel=1)
        print("there", file=sys.stderr)
        return exercise.reference(*args, **kwargs)

    assert assess_here(exercise, noisy).passed
    assert capsys.readouterr() == ("", "")


@pytest.mark.parametrize("exercise", FUNCTIONS, ids=lambda e: e.id)
def test_its_cases_are_labelled_plain_data_on_which_the_reference_runs(exercise, seeds):
    assert not case_faults(exercise, seeds)


@pytest.mark.parametrize(
    "argument",
    [
        object(),
        (1, object()),
        [1, [object()]],
        {"a": {"b": object()}},
        {1: 2.0},
        ([{"a": (1, {2})}],),
        np.array([object()]),
        [np.array(["text"])],
        len,
        np.random.default_rng(0),
        (Rng(0),),  # a marker is found in a list, and only there
        {"f": Oracle("f")},
        iter([1]),
        range(3),
    ],
)
def test_what_is_no_plain_data_is_found_wherever_it_is(argument):
    assert not_plain(argument)


@pytest.mark.parametrize(
    "argument",
    [None, True, 1, 0.5, "text", np.float64(1), np.zeros((2, 0)), [1, (2, {"a": [np.ones(3)]})],
     Previous(), [Previous(1), [Rng(3)]], Oracle("f")],
    ids=repr,
)  # fmt: skip
def test_plain_data_and_markers_are_let_through(argument):
    assert not not_plain(argument)


def stops(EarlyStopping, losses, patience):
    stopper = EarlyStopping(patience)
    return [bool(stopper.step(loss)) for loss in losses], stopper.best


AT_THE_EDGE = {  # what the reference takes too, and cases do not ask about
    "standardize": lambda f: f(np.full((3, 1), 0.1)),
    "best_setting": lambda f: [[f([{"setting": s, "val_accuracy": 0.5} for s in (1, 2, 3)])]],
    "heavy_ball_step": lambda f: f(np.ones(2), np.ones(2), np.ones(2), 0.0, 0.9),
    "inverted_dropout_backward": lambda f: f(np.ones((2, 2)), np.array([[1, 0], [0, 1]]), 0.5),
    "EarlyStopping": lambda f: [
        stops(f, [np.nan, 2.0, 1.0, 1.5], 3),
        stops(f, [1.0, 2.0, 3.0, 4.0, 0.5], 2),
    ],
}


@pytest.mark.parametrize("name", AT_THE_EDGE)
def test_equivalents_are_the_reference_at_the_edge_as_well(name):
    exercise, ask = REGISTRY[name], AT_THE_EDGE[name]
    expected = ask(exercise.reference)
    for version in exercise.equivalents:
        with np.errstate(all="ignore"):
            got = ask(answer(exercise, version))
        for a, b in zip(expected, got, strict=True):
            np.testing.assert_allclose(
                np.hstack(a), np.hstack(b), rtol=1e-6, atol=1e-6, err_msg=version.name
            )
