"""Whether an answer was never written, or was there and was spoiled."""

from autograder.grading.reasons import is_stub
from autograder.grading.submission import Cell

ANSWER = Cell("code", "double = lambda x: 2 * x", "")
STUB = Cell("code", "def double(x):\n    raise NotImplementedError\n\ndouble(1)", "")
CHECK = Cell("code", "check('double', double)", "")
RAISED = [{"output_type": "error", "ename": "NotImplementedError"}]


def test_a_stub_is_an_answer_that_nobody_has_written():
    assert is_stub("double", [STUB, CHECK], {0: RAISED}, 1)


def test_a_stub_beside_an_answer_is_none():
    assert not is_stub("double", [STUB, ANSWER, CHECK], {0: RAISED}, 2)
    assert not is_stub("double", [ANSWER, STUB, CHECK], {1: RAISED}, 2)


def test_what_no_cell_defines_is_no_stub():
    assert not is_stub("double", [CHECK], {}, 0)


def test_a_cell_with_another_error_is_no_stub():
    assert not is_stub(
        "double", [STUB, CHECK], {0: [{"output_type": "error", "ename": "NameError"}]}, 1
    )
