"""The companion, in a real kernel: what ran, whose fault it is, and Run All to the end."""

from __future__ import annotations

import textwrap
import time

import nbformat
import pytest

RIGHT = """def standardize(X):
    mean, s = X.mean(axis=0), X.std(axis=0)
    s[s == 0] = 1
    return (X - mean) / s"""
CHECK = 'check("standardize", standardize)'


@pytest.mark.parametrize(
    ("broken", "expected"),
    [
        (RIGHT.replace("    s[s", "      s[s"), ["stopped before", "line 3: s[s == 0] = 1"]),
        ("import torch\n" + RIGHT, ["torch is not installed here", "line 1: import torch"]),
        (RIGHT.replace("(X - mean)", "(X − mean)"), ["the sign −", "Type - in its place"]),
        (RIGHT.replace("(X):", "(X)"), ["a colon is missing", "line 1: def standardize(X)"]),
        (RIGHT.replace("    return", "\treturn"), ["tabs"]),
        ("%%timeit -n 1 -r 1\n" + RIGHT, ["%%timeit", "gone when it ends"]),
        (RIGHT.replace("def standardize", "def standardise"), ["You wrote standardise"]),
        ("X = missing\n" + RIGHT, ["NameError: name 'missing'", "line 1: X = missing"]),
    ],
)
@pytest.mark.parametrize("was_right_before", [True, False], ids=["after a right one", "at first"])
def test_no_green_on_code_that_is_not_there(notebook, broken, expected, was_right_before):
    if was_right_before:
        notebook.run(RIGHT, "answer")
        assert notebook.run(CHECK, "check").points == 2
    assert notebook.run(broken, "answer").goes_on
    checked = notebook.run(CHECK, "check")
    assert checked.goes_on
    assert checked.points == 0
    for text in expected:
        assert text in checked.text
    assert "does not exist" not in checked.text
    notebook.run(RIGHT, "answer")
    assert notebook.run(CHECK, "check").points == 2


@pytest.mark.parametrize(
    ("wrong", "expected"),
    [
        ("1 / 0", "ZeroDivisionError: division by zero"),
        ("= 1", "SyntaxError: invalid syntax (foreign.py, line 61)"),
    ],
)
@pytest.mark.parametrize("blank", [60, 1], ids=["far below", "as if of the cell"])
def test_an_error_in_a_file_that_a_cell_imports_is_at_the_line_that_does(
    notebook, tmp_path, wrong, expected, blank
):
    (tmp_path / "foreign.py").write_text(blank * "\n" + f"x = {wrong}\n")
    notebook.run(f"import sys\nsys.path.insert(0, {str(tmp_path)!r})")
    notebook.run(f"X = 1\nimport foreign\n{RIGHT}", "answer")
    checked = notebook.run(CHECK)
    assert "line 2: import foreign" in checked.text
    assert expected.replace("61", str(blank + 1)) in checked.text
    notebook.run("sys.path.pop(0)")
    assert "was not run" in notebook.run('check("numerical_gradient", numerical_gradient)').text


@pytest.mark.parametrize(
    "without_end",
    ["def f(x): return f(x + 1)\nf(1)", "def f(x): return g(x)\ndef g(x): return f(x)\nf(1)"],
)
def test_calls_without_end_fill_no_page(notebook, without_end):
    ran = notebook.run(without_end)
    assert not ran.goes_on
    assert "RecursionError: maximum recursion depth exceeded" in ran.text
    assert "calls between the first and the last are not shown" in ran.text
    assert len(ran.text.splitlines()) < 60


def test_an_error_in_a_text_that_a_cell_runs_is_at_the_line_that_does(notebook):
    notebook.run('exec("\\n\\n\\n\\n\\n\\nx = = 1")\n' + RIGHT, "answer")
    checked = notebook.run(CHECK)
    assert checked.goes_on
    assert 'line 1: exec("' in checked.text
    assert "SyntaxError: invalid syntax (<string>, line 7)" in checked.text


def test_cells_are_explained_after_a_mistake_of_ours(notebook):
    broken = """
    from autograder.notebook.check import companion
    kept, companion.shown_missing = companion.shown_missing, None
    """
    notebook.run(textwrap.dedent(broken))
    ran = notebook.run(CHECK)
    assert not ran.goes_on
    assert "NameError: name 'standardize' is not defined" in ran.text
    assert "Custom TB Handler" not in ran.text
    notebook.run("companion.shown_missing = kept")
    assert "was not run" in notebook.run(CHECK).text


def test_a_name_that_was_deleted_is_told(notebook):
    notebook.run(RIGHT, "answer")
    notebook.run("del standardize")
    checked = notebook.run(CHECK)
    assert checked.goes_on
    assert "standardize was deleted after its cell had run." in checked.text
    notebook.run(RIGHT + "\ndel standardize", "answer")
    checked = notebook.run(CHECK)
    assert "there is no standardize after it" in checked.text
    assert "Does a line of that cell delete standardize?" in checked.text
    assert "You wrote" not in checked.text


def test_a_cell_that_fails_after_its_def_is_checked(notebook):
    notebook.run(RIGHT + "\nstandardize(1, 2)", "answer")
    assert notebook.run(CHECK).points == 2


def test_a_quiz_letter_without_quotes_is_told_about_quotes(notebook):
    notebook.run("prediction_ewma = b", "answer")
    checked = notebook.run('check("prediction_ewma", prediction_ewma)')
    assert checked.points == 0
    assert 'Write the letter in quotes: "b"' in checked.text
    notebook.run('prediction_ewma = "b"', "answer")
    assert notebook.run('check("prediction_ewma", prediction_ewma)').points == 1


@pytest.mark.parametrize("letter", ['np.array(["a", "b"])', "np.zeros((2, 2))", "[np.ones(2)]"])
def test_a_quiz_answered_with_an_array_gets_its_verdict(notebook, letter):
    for _ in range(2):
        notebook.run(f"prediction_ewma = {letter}", "answer")
        checked = notebook.run('check("prediction_ewma", prediction_ewma)')
        assert checked.points == 0
        assert "one letter in quotes" in checked.text


def test_a_cell_that_was_not_run_is_asked_for(notebook):
    checked = notebook.run(CHECK)
    assert checked.goes_on
    assert checked.points == 0
    assert "was not run" in checked.text


def test_what_is_written_elsewhere_under_the_name_is_checked_as_it_is(notebook):
    notebook.run(RIGHT, "answer")
    notebook.run(RIGHT.replace("== 0", "== 7"), "another cell")
    assert notebook.run(CHECK).points < 2
    notebook.run(RIGHT, "answer")
    assert notebook.run(CHECK).points == 2


def save(file, exercise_id, source):
    """Save the notebook with an answer in its cell, as JupyterLab does; the cell's id."""
    notebook = nbformat.read(file, as_version=4)
    [cell] = [
        c for c in notebook.cells if c.metadata.get("nbgrader", {}).get("grade_id") == exercise_id
    ]
    cell.source = source
    time.sleep(0.05)  # later than what ran, by the clock of any file system
    nbformat.write(notebook, file)
    return cell.id


def test_a_newer_answer_that_was_saved_and_not_run_gets_no_green(saved_notebook):
    notebook, file = saved_notebook
    cell_id = save(file, "standardize", "# still the old text")
    notebook.run(RIGHT, cell_id)
    assert notebook.run(CHECK).points == 2  # the file is older than the run: it says nothing
    save(file, "standardize", RIGHT.replace("== 0", "== 1"))
    checked = notebook.run(CHECK)
    assert checked.points == 0
    assert "was written anew, and that was not run yet" in checked.text
    assert "line 3: s[s == 1] = 1" in checked.text
    save(file, "standardize", RIGHT)
    assert notebook.run(CHECK).points == 2


def test_a_cell_that_cannot_be_read_is_named_by_its_place_in_the_notebook(saved_notebook):
    notebook, file = saved_notebook
    broken = RIGHT.replace("def standardize", "dev standardize")
    notebook.run(broken, save(file, "standardize", broken))
    checked = notebook.run(CHECK)
    assert "line 1: dev standardize(X):" in checked.text
    assert "does not exist" not in checked.text


WRONG_STEP = "def ewma_step(v, x, beta):\n    return (1 - beta) * v + beta * x"
RIGHT_STEP = "def ewma_step(v, x, beta):\n    return beta * v + (1 - beta) * x"
EWMA = """def ewma(x, beta):
    v, out = 0.0, []
    for value in x:
        v = ewma_step(v, value, beta)
        out.append(v)
    return np.array(out)"""


def test_an_innocent_function_is_not_blamed(notebook):
    notebook.run(WRONG_STEP)
    notebook.run(EWMA)
    checked = notebook.run('check("ewma", ewma)')
    assert checked.points == 0
    assert "your ewma_step is not right yet: 0 of 2 points" in checked.text
    assert "Leave ewma as it is" in checked.text
    notebook.run(RIGHT_STEP)
    assert notebook.run('check("ewma", ewma)').points == 2


def test_a_fault_of_its_own_is_told_with_the_needed_one_right(notebook):
    notebook.run(WRONG_STEP)
    notebook.run(
        EWMA.replace("    return np.array(out)", "    out[0] = 7.0\n    return np.array(out)")
    )
    checked = notebook.run('check("ewma", ewma)')
    assert "the reference's ewma_step in place of yours" in checked.text
    assert "Leave ewma" not in checked.text


def test_run_all_reaches_the_end(notebook):
    stub = 'def ewma_step(v, x, beta):\n    raise NotImplementedError("not written yet")'
    cells = [
        stub,
        'check("ewma_step", ewma_step)',
        "value = ewma_step(0.0, 1.0, 0.9)",
        "print(value + 1)",
        "table = [value] * 3",
        "print(table)",
        'print("the end")',
    ]
    ran = [notebook.run(cell, f"cell{i}") for i, cell in enumerate(cells)]
    assert all(one.goes_on for one in ran)
    assert ran[1].points == 0
    assert "This cell waits for ewma_step, which is not written yet." in ran[2].text
    assert "needs value, which a cell above makes" in ran[3].text
    assert "needs table" in ran[5].text
    assert ran[6].text == "the end"


def test_a_cell_that_breaks_on_a_wrong_answer_says_so(notebook):
    notebook.run("def ewma_step(v, x, beta):\n    v + x")
    notebook.run('check("ewma_step", ewma_step)')
    ran = notebook.run("total = ewma_step(0.0, 1.0, 0.5) + 1")
    assert ran.goes_on
    assert "This cell waits for ewma_step, which is not right yet (0 of 2 points)." in ran.text
    assert notebook.run("print(total)").goes_on


@pytest.mark.parametrize("source", ["1 / 0", "never_made + 1", "raise NotImplementedError"])
def test_a_students_own_mistake_stops_as_in_any_notebook(notebook, source):
    ran = notebook.run(source)
    assert not ran.goes_on
    assert "Traceback" in ran.text or "Error" in ran.text


ENDLESS = """def ewma_step(v, x, beta):
    display({"text/plain": "STOP"}, raw=True)
    while beta < 1:
        v = v * beta"""


@pytest.mark.parametrize("answer", ["ewma_step", "ewma"])
def test_after_an_interrupt_the_line_is_told_and_the_waiting_cells_do_not_run(notebook, answer):
    notebook.run(ENDLESS)
    notebook.run(EWMA)
    check = f'check("{answer}", {answer})'
    checked, later = notebook.run_and_interrupt(check, "print('later')")
    assert f"{answer} was stopped while it ran" in checked.text
    assert "so while beta < 1: never ends" in checked.text
    assert ("line 3 of the cell of ewma_step" in checked.text) == (answer == "ewma")
    assert "Cells that were waiting to run are not run either" in checked.text
    assert "Traceback" not in checked.text
    assert checked.points == 0
    assert not checked.goes_on
    assert later.outputs == []
    notebook.run(RIGHT_STEP)
    assert notebook.run(check).goes_on
    assert notebook.run(check).points == 2


def test_a_lent_function_draws_and_gives_no_points(notebook):
    wrong = "def ewma_step(v, x, beta):\n    return {}"
    for i in range(3):
        notebook.run(wrong.format(f"v + {i}"), "answer")
        checked = notebook.run('check("ewma_step", ewma_step)')
    assert 'lend("ewma_step")' in checked.text
    assert "is lent" in notebook.run('lend("ewma_step")').text
    assert notebook.run("print(ewma_step(4.0, 0.0, 0.5))").text == "2.0"
    assert notebook.run('check("ewma_step", ewma_step)').points == 0
    notebook.run(RIGHT_STEP, "answer")
    assert notebook.run('check("ewma_step", ewma_step)').points == 2


def test_every_picture_that_rests_on_a_lent_function_says_so(notebook):
    notebook.run("import matplotlib.pyplot as plt\nfrom reference_impl.plots import show")
    picture = (
        "figure = plt.figure(figsize=(1, 1))\nfigure.text(0, 0, {})\nshow(figure, alt='A number.')"
    )
    notebook.run('lend("ewma_step")')
    assert "Lent" not in notebook.run(picture.format("3")).text
    assert (
        "Lent: drawn with the course's ewma_step."
        in notebook.run(picture.format("ewma_step(0, 1, 0.5)")).text
    )
    notebook.run("value = ewma_step(0, 1, 0.5)")
    notebook.run("double = 2 * value")
    assert "Lent" in notebook.run(picture.format("double")).text
    notebook.run("double += 1")
    assert "Lent" in notebook.run(picture.format("double")).text
    notebook.run("values, table = [], {'seen': []}")
    assert "Lent" not in notebook.run(picture.format("values[:1] + table['seen']")).text
    notebook.run("for x in (1, 2):\n    values.append(ewma_step(0, x, 0.5))")
    notebook.run("table['seen'] = values[0]")
    for name in ("values", "table"):
        assert "Lent" in notebook.run(picture.format(name)).text
    notebook.run("double = 4.0")
    assert "Lent" not in notebook.run(picture.format("double")).text
    notebook.run(RIGHT_STEP + "\nvalue = ewma_step(0, 1, 0.5)")
    assert "Lent" not in notebook.run(picture.format("value")).text


def test_nothing_is_offered_before_the_third_try(notebook):
    wrong = "def ewma_step(v, x, beta):\n    return {}"
    for i in (0, 1, 1, 1):
        notebook.run(wrong.format(f"v + {i}"), "answer")
        assert "lend(" not in notebook.run('check("ewma_step", ewma_step)').text


def test_after_full_marks_other_ways_can_be_unfolded(notebook):
    notebook.run(RIGHT_STEP)
    [output] = notebook.run('check("ewma_step", ewma_step)').outputs
    html = output["data"]["text/html"]
    assert "<summary>Other ways to write it</summary>" in html
    assert "def ewma_step(v, x, beta):" in html
