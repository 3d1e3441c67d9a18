"""An exercise that is stored without its answer gives the verdicts of the exercise itself."""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest

from autograder.checking.answer_key import answer_key
from autograder.checking.drive import Call, Failure, Graph, Outcome, Previous, Rng
from autograder.checking.recorded import Numbers, Recorded, decode, encode
from autograder.checking.stored import read
from autograder.checking.verdict import assess_here
from autograder.checking.written import as_definition
from autograder.desk.bundle import Bundle
from autograder.desk.recording import index, store
from autograder.exercises import REGISTRY
from autograder.exercises.adaptive._adams import textbook
from autograder.notebook import check

SLOW = {"images_model", "train"}  # the second below, with fewer versions
EVERY = 4  # of the misconceptions one in so many is tried
FUNCTIONS = [e for e in REGISTRY.values() if not e.is_quiz and e.id not in SLOW]


bundle_of = cache(lambda notebook: Bundle([notebook]))


def stored_and_read(exercise, folder, may_borrow=None, is_answer=None):
    bundle = bundle_of(exercise.notebook)
    stored = store(exercise, may_borrow or bundle.may_borrow, is_answer or bundle.is_answer)
    for name, content in stored.files.items():
        (folder / name).write_bytes(content)
    (folder / "index.json").write_bytes(index([stored]))
    return stored, read(folder, f"stored_for_a_test_{exercise.id}")[exercise.id]


def told(exercise, function):
    verdict = assess_here(exercise, function)
    problem = verdict.problem
    seen = (problem.stage, problem.headline, problem.misconception) if problem else None
    return verdict.points, verdict.groups, seen


@pytest.mark.parametrize("exercise", FUNCTIONS, ids=lambda e: e.id)
def test_its_verdicts_are_the_same(exercise, tmp_path):
    stored, again = stored_and_read(exercise, tmp_path)
    assert again.signature == exercise.signature
    assert again.points == exercise.points
    assert not callable(again.reference)
    assert again.elsewhere == ""
    if again.made_from:
        return  # below
    tried = [exercise.reference, *(v.function for v in exercise.equivalents)]
    tried += [v.function for v in exercise.misconceptions[::EVERY] if v.name not in stored.unnamed]
    assert [told(again, f) for f in tried] == [told(exercise, f) for f in tried]


def test_a_training_is_judged_by_the_same_properties(tmp_path):
    exercise = REGISTRY["train"]
    _, again = stored_and_read(exercise, tmp_path)
    assert again.elsewhere == ""
    names = (
        "short last batch dropped",
        "accuracy in per cent",
        "ignores lr",
        "only the last layer",
    )
    tried = [v.function for v in exercise.misconceptions if v.name in names]
    tried.append(exercise.equivalents[0].function)
    verdicts = [told(again, f) for f in tried]
    assert verdicts == [told(exercise, f) for f in tried]
    assert verdicts[-1][0] == exercise.points
    assert len(tried) == len(names) + 1


def test_what_it_is_judged_with_may_be_an_answer_of_another_notebook():
    bundle = Bundle(["07_backprop", "12_training"])
    stored = store(REGISTRY["train"], bundle.may_borrow, bundle.is_answer)
    assert "it uses reference_impl.mlp.mlp_" in stored.about["elsewhere"]
    assert stored.files == {}


def test_a_quiz_says_why_a_letter_is_wrong(tmp_path):
    exercise = REGISTRY["prediction_momentum"]
    _, again = stored_and_read(exercise, tmp_path)
    assert again.letters == exercise.letters
    for letter in exercise.letters:
        assert told(again, letter) == told(exercise, letter)


def test_a_mistake_that_nobody_foresaw_is_named_by_its_outputs(tmp_path):
    """Without the reference: what is changed is what it returned."""
    exercise = REGISTRY["ewma"]
    _, again = stored_and_read(exercise, tmp_path)
    shifted = told(exercise, lambda x, beta: exercise.reference(x, beta) + 1)
    assert shifted[2][2] == "Every number is 1 too large."
    assert told(again, lambda x, beta: exercise.reference(x, beta) + 1) == shifted


def beside(version, function, name, other):
    """The function as in a notebook in which ``other`` was written."""
    namespace = {"np": np, "__builtins__": __builtins__, name: other}
    exec(as_definition(version, function), namespace)
    return namespace[function]


RIGHT_STEP = REGISTRY["adam_step"].equivalents[0].function


def test_candidates_are_made_from_the_students_own_step(tmp_path):
    exercise = REGISTRY["is_adam"]
    _, again = stored_and_read(exercise, tmp_path)
    assert again.made_from == "adam_step"
    versions = [*exercise.misconceptions, *exercise.equivalents]
    expected = [told(exercise, version.function) for version in versions]
    assert [
        message for *_, seen in expected[: len(exercise.misconceptions)] for message in [seen[2]]
    ] == [version.message for version in exercise.misconceptions]
    for step in (textbook, RIGHT_STEP):
        tried = [beside(v.function, "is_adam", "adam_step", step) for v in versions]
        said = [told(again, function) for function in tried]
        if step is textbook:
            assert said == expected
        else:  # it rounds otherwise, which a test for equal bits takes for a mistake every time
            same = [v.name != "exact equality" for v in versions]
            assert [a == b for a, b in zip(said, expected, strict=True)] == same
            assert [one[0] for one in said] == [one[0] for one in expected]


def test_without_the_students_step_nothing_in_it_is_an_adam(tmp_path):
    exercise = REGISTRY["is_adam"]
    _, again = stored_and_read(exercise, tmp_path)
    kept = [o for outcomes in again.reference._read().values() for o in outcomes]
    assert any(outcome.asked for outcome in kept)
    assert all(arguments == () for outcome in kept for _, arguments in outcome.asked)
    equivalent = exercise.equivalents[0].function
    assert assess_here(again, equivalent).points == 0  # its notebook has no adam_step


@pytest.mark.parametrize("step", [None, *REGISTRY["adam_step"].misconceptions[:2]])
def test_a_check_that_is_made_from_another_answer_wants_that_one_first(tmp_path, monkeypatch, step):
    exercise = REGISTRY["is_adam"]
    _, again = stored_and_read(exercise, tmp_path)
    registry = {"is_adam": again, "adam_step": REGISTRY["adam_step"]}
    monkeypatch.setattr(check, "REGISTRY", registry)
    equivalent = exercise.equivalents[0].function
    answer = beside(equivalent, "is_adam", "adam_step", step.function if step else None)
    verdict = check.verdict_on("is_adam", answer)
    assert (verdict.points, verdict.max_points) == (0.0, exercise.points)
    assert verdict.problem.stage == "refused"
    assert "made from your adam_step, and that is not right yet" in verdict.problem.headline
    right = beside(equivalent, "is_adam", "adam_step", RIGHT_STEP)
    assert check.verdict_on("is_adam", right).passed


def test_an_exercise_that_cannot_be_checked_says_when_it_is(tmp_path, monkeypatch):
    exercise = REGISTRY["layer_std"]
    _, again = stored_and_read(exercise, tmp_path, may_borrow=lambda module, name: False)
    monkeypatch.setattr(check, "REGISTRY", {exercise.id: again})
    verdict = check.verdict_on(exercise.id, exercise.reference)
    assert (verdict.points, verdict.max_points) == (0.0, exercise.points)
    assert verdict.problem.stage == "refused"
    assert "layer_std is checked when you hand it in" in verdict.problem.headline


def test_a_comparison_that_holds_an_answer_is_not_handed_out(tmp_path):
    exercise = REGISTRY["relu_grad"]
    stored, again = stored_and_read(exercise, tmp_path, is_answer=lambda text: "def" in text)
    assert "line of an answer" in again.elsewhere
    assert stored.files == {}


def test_a_comparison_that_needs_an_answer_is_not_handed_out(tmp_path):
    exercise = REGISTRY["layer_std"]  # its activations are functions of 05
    _, again = stored_and_read(exercise, tmp_path, may_borrow=lambda module, name: False)
    assert again.elsewhere == "it uses reference_impl.activations.tanh"


def test_what_is_stored_is_the_same_every_time():
    exercise = REGISTRY["minibatches"]  # some wrong versions draw from a generator without a seed
    kept = []
    for _ in range(2):
        answer_key.cache_clear()
        kept.append(store(exercise, lambda module, name: True, lambda text: False).files)
    assert kept[0] == kept[1]


@pytest.mark.parametrize(
    "value",
    [
        None,
        True,
        3,
        -0.1,
        float("inf"),
        "β",
        (1, [2.0, (3,)]),
        {"a": {1: "b"}},
        np.array([[1.5, 2], [3, 4]]),
        np.zeros((0, 3)),
        np.array(7),
        np.array([True, False]),
        (np.arange(3), np.arange(3.0)),
        Call((Previous(0), Rng(3)), {"x": 1.0}, None, "best"),
        Outcome((1, np.ones(2)), Failure("ValueError", ""), (0, "x"), (("f", (1.0,)),)),
        Graph((("x", 1.0, 0.0, ()),), True),
    ],
    ids=repr,
)
def test_plain_data_comes_back_as_it_was(value):
    numbers = Numbers()
    text = encode((value, value), numbers)
    first, second = decode(text, numbers.flat())
    for again in (first, second):
        assert type(again) is type(value)
        np.testing.assert_equal(vars(again) if hasattr(again, "__dict__") else again,
                                vars(value) if hasattr(value, "__dict__") else value)  # fmt: skip


def test_an_object_is_refused():
    with pytest.raises(TypeError, match="not plain data: object"):
        encode([object()], Numbers())


def test_what_is_recorded_cannot_be_called():
    assert not callable(Recorded(dict))
