"""What a tolerance forgives, and what it does not."""

import pytest

from autograder.authoring.tolerance import Tolerant, tolerant

STORED = "loss after 300 steps:   0.512, twice the other's"


@pytest.mark.parametrize(
    "run",
    [
        STORED,
        "loss after 300 steps:   0.520, twice the other's",
        "loss after 300 steps:  0.504, twice the other's",
    ],
)
def test_numbers_may_differ_by_their_share(run):
    assert Tolerant(STORED, 0.02) == run
    assert Tolerant(run, 0.02) == STORED


@pytest.mark.parametrize(
    "run",
    [
        "loss after 300 steps:   0.530, twice the other's",  # further away
        "loss after 300 steps:   -0.512, twice the other's",  # another sign
        "loss after 300 steps:   0.512, half the other's",  # another sentence
        "loss after 300 steps:   0.512 0.512, twice the other's",  # a number more
        "loss after 300 steps:   nan, twice the other's",
    ],
)
def test_another_number_or_sentence_is_a_difference(run):
    assert Tolerant(STORED, 0.02) != run
    assert Tolerant(run, 0.02) != STORED


def test_where_rounding_tips_nothing_is_wrong():
    assert Tolerant("0.04", 1e-9) == "0.05"
    assert Tolerant("0.04", 1e-9) != "0.06"
    assert Tolerant("1.2e-05", 1e-9) == "1.3e-05"
    assert Tolerant("12%", 1e-9) != "15%"
    for one, other in (("0.5", "0.46"), ("0.46", "0.5"), ("100", "102"), ("102", "100")):
        assert Tolerant(one, 0.0198) == other  # the coarser digit, the larger number


def test_only_a_cell_that_says_so_is_compared_with_a_tolerance():
    with_tolerance = {"metadata": {"tolerance": 0.1}}
    assert tolerant("1.00", with_tolerance) == "1.09"
    assert tolerant("1.00", {"metadata": {}}) != "1.01"
    assert tolerant(None, with_tolerance) is None
