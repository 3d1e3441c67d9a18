"""What counts as the same, and what the message says about the first difference."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays

from autograder.checking.compare import first_difference, same_outcomes
from autograder.checking.drive import Failure, Foreign, Outcome

X = np.array([1.0, -2.0, 3.0])


@pytest.mark.parametrize(
    ("expected", "got"),
    [
        (X, X + 1e-9),
        (X, [1.0, -2.0, 3.0]),
        (X, (1, -2, 3)),
        (np.array([1.0, 2.0]), np.array([1, 2])),
        (2.0, np.array(2.0)),
        (2.0, 2),
        (3, 3.0),
        ((X, 2.0), [X, 2.0]),
        ([X, X], (X, X)),
        ([X, X], np.stack([X, X])),
        ([1.0, 2.0], np.array([1, 2])),
        ([1.0, 2.0], np.array([1.0, 2.0], np.float32)),
        ((X, [1.0, 2.0]), (X, np.array([1, 2]))),
        ([True, False], np.array([True, False])),
        ([3, 4], np.array([3.0, 4.0])),
        (np.array([True, False]), np.array([1, 0])),
        ("b", " B "),
        (np.array([np.inf, np.nan]), np.array([np.inf, np.nan])),
        ({"loss": [1.0, 2.0]}, {"loss": [1.0, 2.0], "more": 3}),
    ],
)
def test_the_same_wrapped_another_way(expected, got):
    assert first_difference(expected, got) is None


@pytest.mark.parametrize(
    ("expected", "got", "stage"),
    [
        (X, None, "returned nothing"),
        (X, Foreign("function"), "type"),
        (X, "text", "type"),
        (X, [[1.0], [2.0, 3.0]], "type"),
        (X, X[:2], "shape"),
        (X, X[:, None], "shape"),
        (X, 1.0, "shape"),
        (1.0, X, "shape"),
        (1.0, True, "type"),
        (True, 1.0, "type"),
        ([1.0, 2.0], np.array([True, False]), "type"),
        ([1.0, [2.0]], np.array([1.0, 2.0]), "type"),
        ((X, X), X, "type"),
        ((X, X), (X, X, X), "shape"),
        ((X, X), (X, None), "returned nothing"),
        (X, X * np.nan, "not finite"),
        (X, np.array([1.0, np.inf, 3.0]), "not finite"),
        (X, X + 1e-3 * (X > 2), "value"),
        (np.array([True, False]), np.array([True, True]), "value"),
        (np.array([True, False]), np.array([0.3, 0.0]), "value"),
        ("b", "c", "value"),
        (1.0, 2**64, "value"),
        pytest.param(1.0, -(10**400), "not finite", id="a number of 401 digits"),
        pytest.param(np.array(1.0), 10**400, "not finite", id="and for an array"),
        (X, [1, 2**64, 10**400], "type"),
        (X, [1.0, 2, 10**400], "type"),
        ({"loss": [1.0]}, {"val": [1.0]}, "shape"),
        ({"loss": [1.0]}, {"loss": [2.0]}, "value"),
    ],
)
def test_a_difference_is_sorted_by_what_kind_it_is(expected, got, stage):
    assert first_difference(expected, got).stage == stage


def test_the_place_is_named():
    difference = first_difference((X, np.zeros((2, 2))), (X, np.eye(2)), names=("theta", "v"))
    assert difference.where == "v[0, 0]"
    assert (difference.expected, difference.got) == ("0", "1")
    difference = first_difference(np.array([True, False]), np.array([1.0, 0.3]))
    assert (difference.where, difference.got) == ("result[1]", "0.3")


def test_two_numbers_that_differ_never_look_alike():
    difference = first_difference(1.0, 1.0 + 3e-6)
    assert (difference.expected, difference.got) == ("1.0", "1.000003")


def test_the_most_basic_difference_comes_first():
    difference = first_difference((X, X, X), (X + 1, X[:2], X), names=("a", "b", "c"))
    assert (difference.where, difference.stage) == ("b", "shape")


@pytest.mark.parametrize(
    ("factor", "note"), [(-1.0, "wrong sign"), (3.0, "3 times"), (0.5, "0.5 times")]
)
def test_a_constant_ratio_is_noted(factor, note):
    assert note in first_difference(X, factor * X).note


def test_float32_is_noted():
    got = (X * (1 + 1e-5)).astype(np.float32)
    assert "float32" in first_difference(X, got).note
    difference = first_difference(X.tolist(), got)
    assert difference.where == "[0]"
    assert "float32" in difference.note


def test_an_infinity_is_close_to_nothing_else():
    """A wrong version that gives inf does not explain a student's finite number."""
    assert first_difference(np.inf, 27.6).stage == "value"
    assert first_difference(np.array([np.inf, 1.0]), np.array([np.inf, 2.0])).stage == "value"


def test_no_ratio_is_invented():
    assert first_difference(X, np.array([1.0, 2.0, 3.1])).note == ""
    assert first_difference(np.zeros(2), np.ones(2)).note == ""
    assert first_difference(X, 0 * X).note == ""
    assert first_difference(np.array([0.0, 2.0]), np.array([5.0, 4.0])).note == ""


def test_two_functions_do_the_same_only_if_they_fail_and_change_alike():
    value, failed = Outcome(value=1.0), Outcome(failure=Failure("ValueError", "no"))
    assert same_outcomes(
        [value, failed], [value, Outcome(failure=Failure("ValueError", "another text"))]
    )
    for other in (
        [value],
        [replace(value, value=2.0), failed],
        [replace(value, changed=(0,)), failed],
        [value, value],
        [value, Outcome(failure=Failure("TypeError", "no"))],
    ):
        assert not same_outcomes([value, failed], other)


finite = st.floats(-1e6, 1e6, allow_subnormal=False)


@given(arrays(np.float64, array_shapes(max_dims=3, max_side=4), elements=finite))
def test_anything_equals_itself_and_not_itself_moved(x):
    assert first_difference(x, x.copy()) is None
    moved = x.copy()
    moved.flat[-1] += 1e-3 * max(1.0, abs(moved.flat[-1]))
    difference = first_difference(x, moved, where="x")
    assert difference is not None
    assert difference.stage == "value"
    last = ", ".join(str(n - 1) for n in x.shape)
    assert difference.where == f"x[{last}]"
