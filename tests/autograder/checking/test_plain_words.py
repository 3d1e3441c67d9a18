"""Errors of Python and NumPy, raised by real code, and what a student reads of them."""

from __future__ import annotations

import signal
from dataclasses import replace

import pytest

from autograder.checking.drive import Failure
from autograder.checking.plain_words import in_plain_words
from autograder.checking.render import as_text
from autograder.exercises import REGISTRY

# What stands in `def mse(y, yhat):`, and a part of the sentence.
LINES = {
    "return np.mean((y - yhat) ^ 2)": "Write `**`: x**2.",
    "return 2 ^ 1.5": "Write `**`: x**2.",
    "r = (y - yhat).tolist(); return r[0] ^ 2": "Write `**`",
    "o = np.random.default_rng(0).shuffle(y.copy()); return o[0]": "rng.permutation(…) returns a",
    "r = list(y.ravel()).sort(); return len(r)": "`.sort(…)` changes what stands before the dot",
    "r = [].append(y); return r + 1": "`.append(…)` changes",
    "n = None; return n.shape": "Something in this line is None",
    "o = np.sort(y); n = None; return n + o": "Something in this line is None",
    "o = np.append(y, 1); n = None; return n + o": "Something in this line is None",
    "n = None; return np.sort(y)[0] + n": "Something in this line is None",
    "o = np.sort(y).sort(); return o[0]": "`.sort(…)` changes what stands before the dot",
    "return math.exp(y)": "math.exp takes one number. np.exp takes a whole array.",
    "return sum(range(np.append(y, 1)))": "An array stands where one number must be",
    "return float(np.append(y, 1))": "float(…) makes one number",
    "return np.max(1e-8, np.abs(y) + 1)": "np.max(a, b) takes b for an axis",
    "return np.min(np.abs(y) + 1, np.append(y, 1))": "write np.minimum(a, b)",
    "return np.max(0, np.append(y, 1))": "write np.maximum(a, b)",
    "return 1 if np.append(y, 1) > 0 else 0": "np.where(z > 0, a, b)",
    "r = np.append(y, 1); return r[(r > 0) and (r < 1)]": "&, | and ~",
    "return np.ones((7, 3)) / np.ones((7, 3)).sum(axis=1)": "If it holds one number for each row",
    "return np.ones((2, 3)) + np.zeros(2)": "a column of shape (2, 1): keepdims",
    "return np.ones((2, 3)) + np.ones((4, 5))": "The shapes (2, 3) and (4, 5) do not fit together",
    "return np.einsum('ij,jk', np.ones((2, 3)), np.ones((2, 3)))": "lengths that their letters",
    "z = np.zeros((2, 3)); z[:] = np.ones((3, 2)); return z": "of shape (3,2) in a place of shape",
    "return np.ones((5, 2)) @ np.ones((3, 4))": "here these are 2 and 3",
    "return np.dot(np.ones((5, 2)), np.ones(3))": "here the shapes are (5,2) and (3,)",
    "return np.ones(3) @ 2.0": "one side is a single number",
    "return np.array([[1, 2], [3]])": "rows of different lengths",
    "z = np.zeros(3); z[0] = [1, 2]; return z": "One element of an array holds one number",
    "return np.ones(6).reshape(4, 2)": "6 of them do not fill the shape (4,2)",
    "return np.concatenate([np.ones((2, 3)), np.ones((2, 4))])": "do not have the same shape",
    "return y[:0].max()": "the array is empty",
    "return np.ones(7)[7]": "with the indices 0 to 6: there is no 7",
    "return np.ones(7)[9]": "Axis 0 has 7 elements, with the indices 0 to 6, and you ask",
    "return np.ones(1)[9]": "Axis 0 has 1 element, with the index 0, and you ask",
    "return [1, 2][2]": "The index is past the end",
    "return np.ones(3)[0, 1]": "You give 2 indices, and this array has 1 axes",
    "return y[len(y) / 2]": "An index must be a whole number",
    "return [1, 2][1.0]": "An index must be a whole number",
    "return np.ones(3)[np.array([True, False])]": "The condition in the brackets has",
    "return np.ones(3).sum(axis=1)": "There is no axis 1: this array has 1 axes",
    "return sum(1 for _ in range(len(y) / 2))": "Use `//` or int(…)",
    "return np.zeros(3.0)": "Use `//` or int(…)",
    "z = np.ones(3); return z(0)": "this is an array: its elements are in x[…]",
    "return yhat(y)": "`yhat` is an array here, and no function",
    "return np.array([1.0, 2.0], [3.0, 4.0])": "they need brackets of their own",
    "error = y - yhat; return np.mean(eror**2)": "Did you mean `error`?",
    "return 2 (y)": "Is a `*` missing",
    "return np.mean[y]": "it is called with round brackets",
    "return maths.exp(y)": "`maths` is no argument of mse",
    "return numpy.mean((y - yhat) ** 2)": "under the name np: write np.",
    "return e ** y": "e to the power of x is np.exp(x)",
    "return y * pi": "The number is np.pi",
    "return np.ones(3) - np.ones(7)": "One array has 3 numbers, the other 7.",
    "g = lambda: (1.0, 2.0); return 0.5 * g()": "`g(…)` gives several values",
    "return 2 / np.linalg.eig(np.eye(2)).max()": "np.linalg.eig gives two things",
    "return 2 / np.linalg.eigh(np.eye(2))": "np.linalg.eigh gives two things",
    "n = 7; return n.permutation(3)": "`.permutation` belongs to a generator, rng",
    "return np.array_split(y, 1 // 2)": "is asked for 0 parts",
    "return np.mean((Y - yhat) ** 2)": "`Y` is no argument of mse",
    "return sigmoid(y)": "There is no function `sigmoid`",
    "return relu(y)": "There is no function `relu`",
    "for v in y.ravel(): total += v\n    return total": "`total` is used before it has a value",
    "return y.ravel()[0][0]": "One number is used here as if it were an array",
    "return [v for v in len(y)]": "`for i in range(n)`",
    "a, b = 1.0; return a": "One number is used here",
    "a, b = 1, 2, 3; return a": "are not as many as the values",
    "return 0.5 * y.ravel().tolist()": "repeats the list",
    "return [1] - [2]": "`-` does not work on a list",
    "return y.mean / 2": "A function stands here without its brackets",
    "return 'y' - y.size": "stands between a text and a number",
    "return [1.0] + 2.0": "`+` puts lists (or texts) together",
    "return -[1.0]": "does not work on a list",
    "return [1.0] > 0": "list and int cannot be compared",
    "z = np.arange(3); z -= 0.5; return z": "cannot take decimals in place",
    "return np.float(3)": "use float",
    "return np.product(y)": "use np.prod",
    "return np.sqr(y)": "Did you mean np.sqrt?",
    "return np.random.default_rng(0).randn(3)": "standard_normal(size)",
    "return np.random.default_rng(0).randint(3)": "integers(low, high)",
    "y.append(1)": "An array has a fixed length",
    "return [1.0].mean()": "A list has no `.mean`",
    "return math.sqr(2)": "There is no `sqr` in math",
    "return 1 / (1 - 0.9**0)": "What this line divides by is 0",
    "return mse(y, yhat)": "calls itself without end",
    "return {'a': 1}['b']": "The dict has no key 'b'",
    "t = (1, 2); t[0] = 3": "A tuple cannot be changed",
    "z = np.broadcast_to(y, (2, *y.shape)); z[:] = 0; return z": "This array cannot be changed",
    "return np.linalg.inv(np.zeros((2, 2)))": "This matrix has no inverse",
    "return np.linalg.inv(np.zeros((2, 3)))": "needs a square matrix",
    "return math.log(-1.0)": "the root or the log of a number that has none",
    "return math.exp(1000)": "math.exp stops above 709",
    "import torch_is_not_here": "`torch_is_not_here` is not there to be imported",
    "assert y.sum() == 1e9": "An `assert` in your own code",
    "exit()": "use `return`",
    "import bdb; raise bdb.BdbQuit": "There is a breakpoint() left",
    "return np.mean(y, axes=0)": "has no argument `axes`",
    "return np.linalg.norm()": "too few or too many arguments",
    "return abs([1.0])": "does not work on a list",
}


@pytest.mark.parametrize("line", LINES)
def test_an_error_is_told_in_plain_words(line, verdict_on_cells):
    problem = verdict_on_cells("mse", f"def mse(y, yhat):\n    {line}\n").problem
    assert problem.stage == "raised", problem
    assert LINES[line] in problem.misconception
    assert not problem.headline.endswith("..")
    shown = dict(problem.evidence)["at"]
    assert shown.startswith("line ")
    assert " of its cell: " in shown


def test_where_relu_is_a_modules_its_whole_name_is_told(verdict_on_cells):
    text = "def gradient_norms(params, X, labels):\n    return relu(X @ params[0][0])\n"
    assert (
        "write `activations.relu`" in verdict_on_cells("gradient_norms", text).problem.misconception
    )


@pytest.mark.parametrize(
    ("head", "said"),
    [
        ("(y)", "It is called as mse(y, yhat), with the arguments in this order. Yours takes (y)."),
        ("(y, yhat, n)", "Yours takes (y, yhat, n)."),
        ("(yhat, y)", "you have (yhat, y), and it is called as (y, yhat)"),
    ],
)
def test_a_head_that_does_not_fit_the_call(head, said, verdict_on_cells):
    problem = verdict_on_cells("mse", f"def mse{head}:\n    return 0 * y * yhat\n").problem
    assert said in problem.misconception


def test_a_print_behind_return_is_not_called_a_missing_return(verdict_on_cells):
    problem = verdict_on_cells("mse", "def mse(y, yhat):\n    return print(y - yhat)\n").problem
    assert problem.advice.startswith("print(…) shows a value and gives None")


def test_a_star_in_the_head_is_not_called_a_missing_default(verdict_on_cells):
    problem = verdict_on_cells("mse", "def mse(y, *, yhat=0):\n    return 0 * y\n").problem
    assert "defaults" not in problem.misconception
    assert "take the `*` out" in problem.misconception


def test_defaults_are_shown_where_they_are_missing(verdict_on_cells):
    problem = verdict_on_cells(
        "conv2d", "def conv2d(X, W, b, stride, pad):\n    return X\n"
    ).problem
    assert "lacks the defaults" in problem.misconception
    assert "conv2d(X, W, b, stride=1, pad=0)" in problem.misconception


def test_a_limit_is_no_error_of_pythons():
    stopped = Failure("MemoryError", "", cause="limit")
    assert in_plain_words(REGISTRY["mse"], stopped, None) == ""
    assert "more memory" in in_plain_words(REGISTRY["mse"], replace(stopped, cause="raised"), None)


def test_a_line_of_another_cell_names_that_cell(verdict_on_cells):
    helper = "def helper(y):\n    n = len(y)\n    return y + missing\n"
    problem = verdict_on_cells("mse", helper, "def mse(y, yhat):\n    return helper(y)\n").problem
    assert dict(problem.evidence)["at"] == "line 3 of the cell of helper: return y + missing"


def test_an_error_inside_the_reference_is_at_the_line_that_called_it(verdict_on_cells):
    cell = """
    def mse(y, yhat):
        from reference_impl.losses import mse as theirs
        return theirs(y, "no array")
    """
    problem = verdict_on_cells("mse", cell).problem
    assert dict(problem.evidence)["at"] == 'line 3 of its cell: return theirs(y, "no array")'


STOP = "signal.raise_signal(signal.SIGINT)"  # what the stop button does


@pytest.fixture
def interruptible():
    """As in a kernel; a shell starts what runs in its background deaf to interrupts."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.mark.usefixtures("interruptible")
@pytest.mark.parametrize(
    ("loop", "said"),
    [
        (f"while t < 5:\n        {STOP}", "Nothing in the loop in line 3 changes t"),
        (f"while True:\n        {STOP}", "has no `break` and no `return`"),
        (f"while t < 5:\n        t -= 1\n        {STOP}", "ever become false?"),
        (f"for t in out:\n        out.append(1)\n        {STOP}", "the list grows while you go"),
        (f"for t in range(9):\n        {STOP}", "Does the loop around it come to its end?"),
    ],
)
def test_an_interrupt_says_what_ran_and_whether_it_ends(loop, said, verdict_on_cells):
    cell = f"def mse(y, yhat):\n    t, out = 0, [1]\n    {loop}\n    return t\n"
    problem = verdict_on_cells("mse", "import signal", cell).problem
    assert said in problem.misconception
    assert f"`{STOP}`" in problem.misconception
    assert problem.headline == "mse was stopped while it ran."


@pytest.mark.usefixtures("interruptible")
def test_an_interrupt_in_a_helper_names_its_cell_and_reads_its_loop(verdict_on_cells):
    helper = f"def helper(y):\n    while y is not None:\n        {STOP}\n"
    cell = "def mse(y, yhat):\n    while True:\n        return helper(y)\n"
    said = verdict_on_cells("mse", "import signal", helper, cell).problem.misconception
    assert f"in line 3 of the cell of helper: `{STOP}`" in said
    assert "Nothing in the loop in line 2 changes y, so `while y is not None:` never ends." in said


def test_a_stub_line_left_below_an_answer_is_named(verdict_on_cells):
    cell = """
    def mse(y, yhat):
        loss = np.mean((y - yhat) ** 2)
        raise NotImplementedError
    """
    problem = verdict_on_cells("mse", cell).problem
    assert "the line with NotImplementedError is still there: remove it" in problem.advice
    stub = verdict_on_cells(
        "mse", 'def mse(y, yhat):\n    """Loss."""\n    raise NotImplementedError'
    )
    assert "Write it in the cell above" in stub.problem.advice


def test_an_error_without_words_has_its_own_and_the_line(verdict_on_cells):
    cell = "def mse(y, yhat):\n    raise ValueError('not like this.')\n"
    problem = verdict_on_cells("mse", cell).problem
    assert problem.headline == "Your code stopped with ValueError: not like this."
    assert problem.misconception == ""
    assert "line 2 of its cell" in as_text(verdict_on_cells("mse", cell))
