"""What a student reads, in the notebook."""

from __future__ import annotations

import re

import numpy as np
import pytest

from autograder.checking.render import as_html, as_text
from autograder.checking.verdict import Problem, Verdict
from autograder.exercises import REGISTRY
from autograder.notebook.check import check, verdict_on
from reference_impl.ewma import ewma


def said(exercise_id, *answer):
    return as_text(verdict_on(exercise_id, *answer))


def test_full_marks_are_a_number_and_a_card():
    mark = check("ewma", ewma)
    bundle = mark._repr_mimebundle_()
    assert float(bundle["text/plain"]) == mark == REGISTRY["ewma"].points
    assert "✓ ewma: 2 of 2 points" in bundle["text/html"]


def test_partial_credit_says_what_was_earned_and_what_not():
    def only_numbers(v, x, beta):
        return float(beta * v + (1 - beta) * x)

    mark = check("ewma_step", only_numbers)
    assert 0 < mark < REGISTRY["ewma_step"].points
    text = as_text(mark.verdict)
    assert "◐ ewma_step: 1 of 2 points" in text
    assert "✓ numbers: 1 of 1" in text
    assert "✗ arrays: 0 of 1" in text


def test_no_points_are_a_number_too_and_nothing_is_raised():
    mark = check("ewma_step", lambda v, x, beta: (1 - beta) * v + beta * x)
    assert mark == 0
    shown = mark._repr_mimebundle_()
    assert float(shown["text/plain"]) == 0
    assert "β and 1-β are swapped" in shown["text/html"]
    text = as_text(mark.verdict)
    assert re.search(r"expected +2\.5", text)
    assert re.search(r"got +6\.5", text)


@pytest.mark.parametrize(
    ("call", "expected"),
    [
        (("emwa", ewma), "Did you mean 'ewma'?"),
        (("xyzzy", ewma), "There are: "),
        (("ewma",), 'check("ewma", ewma)'),
        (("ewma", ewma(np.ones(3), 0.5)), "is not a function here"),
        (("ewma", None), "ewma is not a function here, but None"),
        ((ewma, "ewma"), "The first argument is the name of the exercise"),
        (("ewma", lambda x: x), "It is called as ewma(x, beta)"),
    ],
)
def test_a_wrong_call_is_told_what_to_do(call, expected):
    assert expected in said(*call)


def test_an_object_that_cannot_be_shown_is_told_by_its_type():
    class Broken:
        def __repr__(self):
            raise ValueError("no")

    assert "ewma is not a function here, but a Broken" in said("ewma", Broken())


@pytest.mark.parametrize("number", [2**64, 10**400, 10**5_000], ids=["64 bits", "401", "5001"])
@pytest.mark.parametrize("exercise_id", ["ewma_step", "ewma", "mse", "count_turns"])
def test_a_very_large_whole_number_is_wrong_like_any_other(exercise_id, number):
    for wrapped in (number, [number] * 4):
        verdict = verdict_on(exercise_id, lambda *args, value=wrapped: value)
        assert verdict.points == 0
        assert "could not be compared" not in verdict.problem.headline


def test_an_answer_that_cannot_be_compared_still_gets_a_verdict(monkeypatch):
    def broken(*args):
        raise RuntimeError("a mistake of ours")

    monkeypatch.setattr(REGISTRY["ewma"], "compare", broken)
    verdict = verdict_on("ewma", ewma)
    assert verdict.points == 0
    assert "could not be compared (RuntimeError)" in verdict.problem.headline


@pytest.mark.parametrize("answer", ["b", " B", "b)", "(b)", "b."])
def test_a_quiz_takes_the_letter_however_it_is_typed(answer):
    assert verdict_on("prediction_ewma", answer).passed


@pytest.mark.parametrize("answer", ["e", ["b"], 2, "because of β"])
def test_a_quiz_says_which_letters_there_are(answer):
    assert "prediction_ewma is one letter in quotes: a, b, c, d." in said("prediction_ewma", answer)


def test_an_exception_is_told_with_its_line():
    def mine(x, beta):
        total = 0
        return total / 0

    text = said("ewma", mine)
    assert "ZeroDivisionError" in text
    assert "return total / 0" in text


def test_a_stub_that_an_answer_calls_is_named():
    def ewma_step(v, x, beta):
        raise NotImplementedError("not written yet")

    def ewma(x, beta):
        return np.array([ewma_step(0.0, value, beta) for value in x])

    assert "ewma needs ewma_step, which is not written yet." in said("ewma", ewma)


def test_one_interrupt_ends_a_check_and_shows_no_traceback_of_the_checker():
    calls = []

    def endless(x, beta):
        calls.append(x)
        raise KeyboardInterrupt

    verdict = verdict_on("ewma", endless)
    assert len(calls) == 1
    assert verdict.problem.stage == "interrupted"
    assert "Traceback" not in as_text(verdict)


def test_code_and_stressed_words_look_like_it():
    problem = Problem("value", "Your `f < 1` is *not* right.", advice="Take 2 * a * b, `x**2`.")
    card = as_html(Verdict("ewma", 0.0, 3.0, (), problem))
    assert "<div>Your <code>f &lt; 1</code> is <em>not</em> right.</div>" in card
    assert "→ Take 2 * a * b, <code>x**2</code>.</div>" in card
    assert "`f < 1` is *not*" in as_text(Verdict("ewma", 0.0, 3.0, (), problem))


def test_what_students_write_cannot_inject_html():
    def mine(x, beta):
        raise ValueError("<script>alert(1)</script>")

    assert "<script>" not in as_html(verdict_on("ewma", mine))


def test_an_attribute_that_is_never_set_is_not_a_missing_return():
    class NeverSet(REGISTRY["EarlyStopping"].reference):
        best_step = property(lambda self: None, lambda self, value: None)

    text = said("EarlyStopping", NeverSet)
    assert "(.best_step)" in text
    assert "return" not in text.replace("returned", "")
