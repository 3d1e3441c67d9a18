"""What a student reads, in the notebook."""

from __future__ import annotations

import re

import numpy as np
import pytest
from IPython.core.interactiveshell import InteractiveShell

from autograder.checking.render import as_html, as_text
from autograder.exercises import REGISTRY
from autograder.notebook import errors
from autograder.notebook.check import CheckFailed, check, verdict_on
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


def test_no_points_is_an_exception_that_shows_the_verdict_and_no_traceback():
    with pytest.raises(CheckFailed) as caught:
        check("ewma_step", lambda v, x, beta: (1 - beta) * v + beta * x)
    shown = "\n".join(caught.value._render_traceback_())
    assert "β and 1-β are swapped" in shown
    assert "Traceback" not in shown
    assert re.search(r"expected +2\.5", shown)
    assert re.search(r"got +6\.5", shown)


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


def test_an_interrupt_while_checking_shows_no_traceback_of_the_checker():
    def endless(x, beta):
        raise KeyboardInterrupt

    assert "Your code stopped with KeyboardInterrupt" in said("ewma", endless)


def test_what_students_write_cannot_inject_html():
    def mine(x, beta):
        raise ValueError("<script>alert(1)</script>")

    assert "<script>" not in as_html(verdict_on("ewma", mine))


def run_cell(source):
    """Run a cell in a real IPython; return the error that it published and what it showed."""
    shell = InteractiveShell()
    errors.install(shell)
    shown = []
    shell._showtraceback = lambda etype, evalue, stb: shown.append((etype, "\n".join(stb)))
    result = shell.run_cell(source, silent=True)
    return result.error_in_exec, shown


def test_a_cell_run_out_of_order_says_which_to_run():
    error, [(kind, text)] = run_cell("ewma(3)")
    assert isinstance(error, NameError)
    assert kind is NameError
    assert "ewma does not exist yet" in text
    assert "Traceback" not in text


def test_a_stub_that_is_called_says_that_it_is_not_written():
    source = "def ewma(x):\n    raise NotImplementedError\nprint(ewma(3))"
    error, [(_, text)] = run_cell(source)
    assert isinstance(error, NotImplementedError)
    assert "ewma is not written yet" in text


def test_any_other_name_error_is_pythons_own():
    error, [(_, text)] = run_cell("something_else")
    assert isinstance(error, NameError)
    assert "name 'something_else' is not defined" in text


def test_an_attribute_that_is_never_set_is_not_a_missing_return():
    class NeverSet(REGISTRY["EarlyStopping"].reference):
        best_step = property(lambda self: None, lambda self, value: None)

    text = said("EarlyStopping", NeverSet)
    assert "(.best_step)" in text
    assert "return" not in text.replace("returned", "")
