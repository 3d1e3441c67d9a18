"""What a student reads about where he stands, from notebooks as they are saved."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from nbclient import NotebookClient
from nbformat.v4 import new_code_cell, new_notebook

from autograder import folders
from autograder.authoring.kernels import with_own_sockets
from autograder.exercises import REGISTRY
from autograder.notebook import saved
from autograder.notebook.progress import NotebookProgress, standing

NOTEBOOK = "02_gradient_descent"
OF_IT = [e for e in REGISTRY.values() if e.notebook == NOTEBOOK]
FULL = {e.id: float(e.points) for e in OF_IT}


@pytest.fixture
def path(tmp_path):
    return Path(shutil.copy(folders.pristine() / NOTEBOOK / f"{NOTEBOOK}.ipynb", tmp_path))


def edited(path, change):
    """The notebook, saved again with its cells changed."""
    notebook = json.loads(path.read_text("utf-8"))
    for cell in notebook["cells"]:
        change(cell)
    path.write_text(json.dumps(notebook), encoding="utf-8")


def with_outputs(path, outputs):
    """The notebook with these outputs under the checks of these exercises."""

    def change(cell):
        marks = cell["metadata"].get("nbgrader", {})
        exercise_id = marks.get("grade_id", "").removeprefix("check_")
        if marks.get("grade") and exercise_id in outputs:
            cell["outputs"] = outputs[exercise_id]

    edited(path, change)


def result(text):
    return [{"output_type": "execute_result", "data": {"text/plain": text}, "metadata": {}}]


ERROR = [{"output_type": "error", "ename": "NameError", "evalue": "", "traceback": []}]


def test_every_notebook_has_its_line_in_its_own_order():
    for name in folders.notebooks():
        checks = saved.read(folders.master(name)).order
        exercises = [e for e in REGISTRY.values() if e.notebook == name]
        assert sorted(checks) == sorted(e.id for e in exercises)
        total = f"{sum(e.points for e in exercises):g}"
        for number, exercise_id in enumerate(checks):
            points = {e: float(REGISTRY[e].points) for e in checks[:number]}
            line = standing(name, points, None)
            assert line.startswith(f"{name}: {number} of {len(checks)} exercises, ")
            assert line.endswith(f" of {total} points. Next: {exercise_id}.")
        full = {e.id: float(e.points) for e in exercises}
        assert standing(name, full, None) == (
            f"{name}: all {len(checks)} exercises, {total} of {total} points. "
            "Next: the question in words, near the end."
        )


def test_partial_credit_earns_its_points_and_is_not_done():
    line = standing(NOTEBOOK, {"mse_and_gradient": 1.0, "gradient_descent": 3.0}, None)
    assert line == f"{NOTEBOOK}: 1 of 12 exercises, 4 of 22 points. Next: mse_and_gradient."


def test_a_name_that_is_no_notebook_has_no_line():
    assert standing("shopping_list", {}, None) == ""


def test_what_the_kernel_says_stands_above_what_is_saved(path):
    with_outputs(path, {"mse_and_gradient": result("2.0"), "minibatches": result("3.0")})
    assert standing(NOTEBOOK, {}, path).startswith(f"{NOTEBOOK}: 2 of 12 exercises, 5 of 22")
    line = standing(NOTEBOOK, {"mse_and_gradient": 0.0, "step_decay": 1.0}, path)
    assert line == f"{NOTEBOOK}: 2 of 12 exercises, 4 of 22 points. Next: mse_and_gradient."


def test_points_that_are_no_points_of_this_notebook_change_nothing():
    assert standing(NOTEBOOK, {"ewma": 9.0, "nothing": 1.0}, None) == standing(NOTEBOOK, {}, None)
    assert " 2 of 22 points" in standing(NOTEBOOK, {"mse_and_gradient": 99.0}, None)


@pytest.mark.parametrize(
    ("outputs", "expected"),
    [
        (result("2.0"), 2.0),
        (result(["2.0"]), 2.0),
        (result("0.0"), 0.0),
        (ERROR, 0.0),
        ([], None),
        (result("a text"), None),
        ([{"output_type": "stream", "name": "stdout", "text": "2.0"}, *result("1.0")], 1.0),
        ([{"output_type": "stream", "name": "stdout", "text": "2.0"}], None),
        (["nonsense", {"data": 3}], None),
        (3, None),
    ],
)
def test_stored_outputs_say_how_many_points(path, outputs, expected):
    with_outputs(path, {"mse_and_gradient": outputs})
    assert NotebookProgress.of(NOTEBOOK, path).points.get("mse_and_gradient") == expected


def test_a_check_that_a_student_adds_does_not_take_the_place_of_the_courses(path):
    with_outputs(path, {"mse_and_gradient": result("1.0")})
    notebook = json.loads(path.read_text("utf-8"))
    own = {"cell_type": "code", "metadata": {}, "execution_count": 1, "outputs": result("2.0")}
    own["source"] = 'check("mse_and_gradient", mse_and_gradient)'
    notebook["cells"].append(own)
    path.write_text(json.dumps(notebook), encoding="utf-8")
    assert NotebookProgress.of(NOTEBOOK, path).points == {"mse_and_gradient": 1.0}


def test_the_question_in_words_is_open_until_something_stands_there(path):
    assert standing(NOTEBOOK, FULL, path).endswith("Next: the question in words, near the end.")

    def answer(cell):
        if "".join(cell["source"]) == "*Your answer:*":
            cell["source"] = "*Your answer:* She compared numbers of updates."

    edited(path, answer)
    assert standing(NOTEBOOK, FULL, path).endswith("The question in words has an answer, too.")


def test_minutes_and_difficulty_are_of_what_is_left():
    state = NotebookProgress.of(NOTEBOOK, None)
    assert state.minutes_left == sum(e.minutes for e in OF_IT)
    hardest = max(OF_IT, key=lambda e: e.difficulty)
    assert state.difficulty == (min(e.difficulty for e in OF_IT), hardest.difficulty)
    rest = {k: v for k, v in FULL.items() if k != hardest.id}
    state = NotebookProgress.of(NOTEBOOK, None, rest)
    assert (state.minutes_left, state.difficulty) == (hardest.minutes, (hardest.difficulty,) * 2)
    assert NotebookProgress.of(NOTEBOOK, None, FULL).difficulty is None


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"not json",
        b"\xff\xfe",
        b"[]",
        b"3",
        b'{"cells": 3}',
        b"[" * 100_000,
        b'{"cells": [3, {}, {"cell_type": "code", "source": 7, "metadata": []}]}',
    ],
)
def test_a_damaged_notebook_costs_a_sentence(path, content):
    path.write_bytes(content)
    state = NotebookProgress.of(NOTEBOOK, path)
    assert len(state.exercises) == len(OF_IT)
    assert state.done == 0
    if content.startswith(b'{"cells": ['):
        assert not state.trouble  # nothing in it that could be told, and nothing that stops us
    else:
        assert path.name in state.trouble
    assert standing(NOTEBOOK, {"step_decay": 1.0}, path).startswith(f"{NOTEBOOK}: 1 of 12")


def test_a_notebook_that_is_not_there_is_not_started(tmp_path):
    state = NotebookProgress.of(NOTEBOOK, tmp_path / "none.ipynb")
    assert (state.started, state.trouble, state.done) == (False, "", 0)


ASK = """
from autograder.notebook.progress import running_notebook
print("at", running_notebook())
"""


def asked(path, name, **variables):
    """What a kernel prints that runs as Jupyter's server would start it for ``path``."""
    notebook = new_notebook(cells=[new_code_cell(f"__vsc_ipynb_file__ = {name!r}\n{ASK}")])
    folder = {"metadata": {"path": str(path.parent)}}
    client = NotebookClient(notebook, resources=folder, config=with_own_sockets())
    client.execute(env=os.environ | variables)
    return notebook.cells[0].outputs[-1].text.strip()


def test_a_kernel_knows_which_notebook_it_runs(path):
    other = path.with_name("shopping list.ipynb")
    shutil.copy(path, other)
    assert asked(path, None, JPY_SESSION_NAME=str(path)) == f"at {path}"
    assert asked(path, str(path)) == f"at {path}"
    assert asked(path, None, JPY_SESSION_NAME=str(other)) == "at None"
    assert asked(path, None, JPY_SESSION_NAME=str(path.with_name("gone.ipynb"))) == "at None"
    assert asked(path, None, JPY_SESSION_NAME="0b5e62d2-9a52-4b8f-8b77-0d3a1e9d1c11") == "at None"


def test_it_costs_a_kernel_little():
    """No notebook library comes with it, and nothing that a check has not loaded already."""
    program = (
        "import sys\n"
        "from autograder import check\n"
        "check\n"
        "before = set(sys.modules)\n"
        "import autograder.notebook.progress\n"
        "print(*sorted({m.split('.')[0] for m in set(sys.modules) - before}))\n"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert not {"nbformat", "nbgrader", "nbclient", "jupyter_client"} & set(done.stdout.split())
    assert done.returncode == 0
