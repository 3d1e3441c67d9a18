"""What a cell is for and what it defines, read from its text."""

import pytest

from autograder.cells import Check, as_check, definitions, names_defined, without_solution_marks


@pytest.mark.parametrize(
    ("source", "check"),
    [
        ('check("ewma", ewma)', Check("ewma", "ewma")),
        ("# again\ncheck('ewma', ewma)\n", Check("ewma", "ewma")),
        ('check("sgd", lambda w: sgd(w, 1))', Check("sgd", "lambda w: sgd(w, 1)")),
        ('check( "ewma", ewma )  # mine', Check("ewma", "ewma")),
        ('check("ewma", ewma); 1', None),
        ('x = check("ewma", ewma)', None),
        ("check(name, ewma)", None),
        ('check("ewma")', None),
        ('assert ewma([1], 0.9) == "check"', None),
        ("check('ewma', ewma", None),
        ("check('ewma', \0)", None),
    ],
)
def test_a_check_is_a_cell_with_one_check_and_nothing_else(source, check):
    assert as_check(source) == check


@pytest.mark.parametrize(
    ("source", "names"),
    [
        ("def f(x):\n    y = x\n    return y", ("f",)),
        ("async def f(x): return x", ("f",)),
        ("class A:\n    b = 1", ("A",)),
        ("x = 1\nx = 2", ("x",)),
        ("x: int = 1", ("x",)),
        ("x == 1", ()),
        ("x += 1", ()),
        ("def f(x:\ny = 1", ("f", "y")),
    ],
)
def test_names_are_those_at_the_left_margin_of_code_with_errors_too(source, names):
    assert names_defined(source) == names


def test_definitions_run_nothing_else(capsys):
    cells = [
        "import math\nA: int = 2",
        "%time f(1)\ndef f(x): return A * x",
        "B = print('seen')",
        "no!",
    ]
    found = definitions(cells, "notebook", given=3)
    assert found["f"](2) == 4
    assert found["given"] == 3
    assert "B" not in found
    assert not capsys.readouterr().out


def test_an_answer_without_its_marks():
    answer = "def f(x):\n    ### BEGIN SOLUTION\n    return x  # my SOLUTION\n    ### END SOLUTION"
    assert without_solution_marks(answer) == "def f(x):\n    return x  # my SOLUTION"
