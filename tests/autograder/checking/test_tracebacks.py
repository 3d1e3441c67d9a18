"""A traceback of thousands of frames has its two ends."""

import traceback

import pytest

from autograder.checking.tracebacks import KEPT, LONG, without_its_middle


def down(depth):
    return 1 / depth if depth == 0 else down(depth - 1)


def error_at(depth):
    with pytest.raises(ZeroDivisionError) as raised:
        down(depth)
    return raised.value


@pytest.mark.parametrize("depth", [0, LONG - 2])
def test_one_that_is_not_long_stays_as_it_is(depth):
    error = error_at(depth)
    assert without_its_middle(error, error.__traceback__) is error.__traceback__
    assert len(traceback.extract_tb(error.__traceback__)) == depth + 2  # and the test's own frame
    assert not hasattr(error, "__notes__")


@pytest.mark.parametrize("depth", [LONG - 1, 800])
def test_of_a_long_one_both_ends_are_left(depth):
    error = error_at(depth)
    whole = traceback.extract_tb(error.__traceback__)
    short = without_its_middle(error, error.__traceback__)
    assert error.__traceback__ is short
    assert list(traceback.extract_tb(short)) == [*whole[:KEPT], *whole[-KEPT:]]
    assert error.__notes__ == [
        f"({depth + 2 - 2 * KEPT} calls between the first and the last are not shown.)"
    ]
