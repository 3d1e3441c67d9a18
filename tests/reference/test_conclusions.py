"""A conclusion is printed with what the run says of it."""

import numpy as np
import pytest

from reference_impl.conclusions import conclude


def test_a_conclusion_says_whether_it_holds(capsys):
    conclude("larger is larger", 2 > 1)
    conclude("smaller is larger", np.float64(1) > 2)
    assert capsys.readouterr().out.splitlines() == [
        "✓ larger is larger",
        "✗ not in this run: smaller is larger",
    ]


@pytest.mark.parametrize("nothing_to_decide", [np.array([True, False]), 0.3, "yes", None])
def test_what_is_no_truth_value_is_refused(nothing_to_decide):
    with pytest.raises(TypeError, match="True or False"):
        conclude("something", nothing_to_decide)
