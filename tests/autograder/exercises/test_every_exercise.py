"""What must hold of every exercise there is."""

from __future__ import annotations

import inspect

import numpy as np
import pytest

from autograder.authoring.definition_text import as_definition
from autograder.checking.answer_key import PUBLIC_SEED, answer_key
from autograder.checking.drive import Call, Foreign, Oracle, Previous, Rng, plain
from autograder.checking.exercise import Exercise, Version
from autograder.checking.verdict import assess_here
from autograder.exercises import REGISTRY

SEEDS = (PUBLIC_SEED, 1, 20_26)
FUNCTIONS = [e for e in REGISTRY.values() if not e.is_quiz]
QUIZZES = [e for e in REGISTRY.values() if e.is_quiz]
MISCONCEPTIONS = [(e, v) for e in REGISTRY.values() for v in e.misconceptions]
EQUIVALENTS = [(e, v) for e in REGISTRY.values() for v in e.equivalents]


def ids(pairs: list[tuple[Exercise, Version]]) -> list[str]:
    return [f"{e.id}: {v.name}" for e, v in pairs]


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("exercise", REGISTRY.values(), ids=REGISTRY)
def test_the_reference_gets_full_marks(exercise, seed):
    result = assess_here(exercise, exercise.reference, seed)
    assert result.passed
    assert result.points == exercise.points > 0


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize(("exercise", "version"), EQUIVALENTS, ids=ids(EQUIVALENTS))
def test_an_equivalent_gets_full_marks(exercise, version, seed):
    assert assess_here(exercise, version.function, seed).problem is None


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize(("exercise", "version"), MISCONCEPTIONS, ids=ids(MISCONCEPTIONS))
def test_a_misconception_fails_and_is_named(exercise, version, seed):
    result = assess_here(exercise, version.function, seed)
    assert result.points < exercise.points
    assert result.problem is not None
    assert result.problem.misconception == version.message


@pytest.mark.parametrize("exercise", REGISTRY.values(), ids=REGISTRY)
def test_its_minutes_and_its_difficulty_are_on_their_scales(exercise):
    assert 1 <= exercise.minutes <= 30
    assert 1 <= exercise.difficulty <= 5


@pytest.mark.parametrize("exercise", FUNCTIONS, ids=lambda e: e.id)
def test_enough_misconceptions_and_equivalents(exercise):
    is_step = exercise.id.endswith("_step") or exercise.id == "nag_step_stored"
    assert len(exercise.misconceptions) >= (4 if is_step else 2)
    assert len(exercise.equivalents) >= 2
    names = [v.name for v in exercise.misconceptions]
    messages = [v.message for v in exercise.misconceptions]
    assert len(set(names)) == len(names)
    assert len(set(messages)) == len(messages)
    assert exercise.hint


@pytest.mark.parametrize("exercise", QUIZZES, ids=lambda e: e.id)
def test_every_wrong_letter_of_a_quiz_is_explained(exercise):
    letters = {v.function for v in exercise.misconceptions} | {exercise.reference}
    assert letters == set("abcdefgh"[: len(letters)])
    assert len(letters) >= 3
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
        result = exercise.reference(*args, **kwargs)
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


@pytest.mark.parametrize("name", GENERIC)
@pytest.mark.parametrize("exercise", FUNCTIONS, ids=lambda e: e.id)
def test_a_generic_wrong_answer_gets_no_points_and_a_clear_message(exercise, name):
    make, stages = GENERIC[name]
    result = assess_here(exercise, make(exercise))
    assert result.points == 0
    assert result.problem is not None
    assert result.problem.stage in stages
    assert result.problem.headline
    assert result.problem.advice or result.problem.evidence


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
def test_changing_an_argument_in_place_costs_points_and_names_it(exercise):
    result = assess_here(exercise, in_place_of(exercise))
    assert result.points == 0
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
def test_the_arguments_of_every_case_are_plain_data_or_markers(exercise):
    def check(argument):
        if isinstance(argument, Previous | Rng | Oracle):
            return
        if isinstance(argument, list):
            for item in argument:
                check(item)
            return
        assert not isinstance(plain(argument), Foreign), argument

    for seed in SEEDS:
        for group in answer_key(exercise, seed).cases:
            assert group, "a group without cases gives its points away"
            for case in group:
                assert case.label
                for call in case.script:
                    assert isinstance(call, Call)
                    for argument in [*call.args, *call.kwargs.values()]:
                        check(argument)


@pytest.mark.parametrize(
    ("exercise", "version"),
    [(e, v) for e, v in MISCONCEPTIONS + EQUIVALENTS if not e.is_quiz],
    ids=lambda value: getattr(value, "id", getattr(value, "name", None)),
)
def test_a_version_stands_on_its_own_text(exercise, version):
    """Its text can be pasted into a notebook: it needs np and nothing else."""
    text = as_definition(version.function, exercise.id)
    namespace = {"np": np}
    exec(compile(text, exercise.id, "exec"), namespace)
    defined = namespace[exercise.id]
    original = assess_here(exercise, version.function)
    pasted = assess_here(exercise, defined)
    assert (pasted.points, pasted.problem is None) == (original.points, original.problem is None)


@pytest.mark.parametrize("exercise", FUNCTIONS, ids=lambda e: e.id)
def test_misconceptions_take_the_arguments_of_the_contract(exercise):
    for version in [*exercise.misconceptions, *exercise.equivalents]:
        assert tuple(inspect.signature(version.function).parameters) == exercise.parameters
