"""What a class gets: no answer is in it, and its checks say what the repository's say."""

from __future__ import annotations

import inspect
import json
import os
import subprocess
import sys
import sysconfig
import zipfile
from pathlib import Path

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_notebook

from autograder import folders
from autograder.cells import SOLUTION_BEGIN
from autograder.checking.verdict import assess_here
from autograder.checking.written import as_definition
from autograder.desk import answers, handout
from autograder.desk.bundle import Bundle, write
from autograder.exercises import REGISTRY
from reference_impl.experiments.labs import MISSING

NAMES = ("01_ewma", "03_momentum")
HERE = Path(__file__).parent


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """The folder that `write` has made, and what it says of it."""
    folder = tmp_path_factory.mktemp("bundle") / "out"
    return folder, write(folder, ["03", "01"])


@pytest.fixture(scope="module")
def folder(made):
    return made[0]


@pytest.fixture(scope="module")
def bundle(made):
    return made[1]


@pytest.fixture(scope="module")
def clean(folder, tmp_path_factory):
    """``clean(*arguments)`` runs Python in an environment in which the bundle was installed.

    Other packages come from this one: a test needs no network.
    """
    venv = tmp_path_factory.mktemp("class") / "venv"
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", venv], check=True)
    inside = {"base": str(venv), "platbase": str(venv)}
    packages = Path(sysconfig.get_path("purelib", "venv", vars=inside))
    (packages / "others.pth").write_text(sysconfig.get_path("purelib"))
    python = Path(sysconfig.get_path("scripts", "venv", vars=inside)) / "python"
    pinned = (folder / "handout/requirements.txt").read_text("utf-8").splitlines()[-1]
    alone = folder.parent / "alone.txt"
    alone.write_text(pinned)
    pip = [sys.executable, "-m", "pip", "--python", python, "install", "--quiet"]
    offline = ["--no-index", "--no-deps", "--require-hashes", "-r", alone]
    subprocess.run([*pip, *offline], cwd=folder / "handout", check=True)
    environment = {k: v for k, v in os.environ.items() if k not in ("PYTHONPATH", "VIRTUAL_ENV")}

    def run(*arguments, cwd=None):
        return subprocess.run(
            [python, *map(str, arguments)],
            cwd=cwd or folder.parent,
            env=environment | {"MPLBACKEND": "agg"},
            capture_output=True,
            text=True,
            timeout=280,
        )

    return run


def executed(clean, notebook, path):
    """The notebook, run by a kernel of the clean environment."""
    path.parent.mkdir(parents=True, exist_ok=True)
    nbformat.write(notebook, path)
    done = clean(
        *("-m", "nbconvert", "--to", "notebook", "--execute", "--allow-errors", "--inplace", path)
    )
    assert done.returncode == 0, done.stderr[-3000:]
    return nbformat.read(path, as_version=4)


def texts(folder):
    """Every file that is handed out, those in the wheel by themselves, as text."""
    for path in sorted((folder / "handout").rglob("*")):
        if path.suffix == ".whl":
            with zipfile.ZipFile(path) as wheel:
                for name in wheel.namelist():
                    yield name, wheel.read(name).decode("utf-8", "ignore")
        elif path.is_file():
            yield path.name, path.read_text("utf-8")


def test_no_line_of_an_answer_is_handed_out(folder, bundle):
    lines = bundle.answer_lines
    assert {"ewma", "momentum_step", "is_adam", "mlp_forward"} <= set(lines.values())
    found = [(name, answers.found_in(text, lines)) for name, text in texts(folder)]
    assert [(name, leaks) for name, leaks in found if leaks] == []
    assert bundle.needed == {}


@pytest.mark.parametrize("exercise_id", ["ewma", "momentum_step", "best_momentum", "conv2d"])
def test_a_leak_would_be_found(bundle, exercise_id):
    exercise = REGISTRY[exercise_id]
    for function in (exercise.reference, *(v.function for v in exercise.equivalents)):
        assert answers.found_in(inspect.getsource(function), bundle.answer_lines)


def test_nothing_that_can_be_imported_is_an_answer(clean, tmp_path):
    done = clean(HERE / "handing_in.py", tmp_path / "earns.json", *NAMES)
    assert done.returncode == 0, done.stderr[-3000:]
    said = json.loads((tmp_path / "earns.json").read_text())
    assert said["callables"] > 500
    assert said["earns"] == []


def test_all_that_stands_for_an_answer_is_data(clean):
    code = """
import inspect
from autograder.exercises import REGISTRY
for exercise in REGISTRY.values():
    if exercise.notebook in ("01_ewma", "03_momentum") and not exercise.is_quiz:
        for value in (exercise.reference, *(v.function for v in exercise.misconceptions)):
            assert not callable(value), exercise.id
            assert type(value).__name__ == "Recorded"
        assert exercise.equivalents == []
print(sorted({exercise.notebook for exercise in REGISTRY.values()}))
"""
    done = clean("-c", code)
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() == "['00_start_here', '01_ewma', '03_momentum']"


def test_right_answers_are_green_in_a_kernel(clean, folder, tmp_path):
    name = "01_ewma"
    notebook = nbformat.read(folder / f"handout/course/{name}/{name}.ipynb", as_version=4)
    right = {
        cell.metadata.nbgrader.grade_id: cell.source
        for cell in nbformat.read(folders.master(name), as_version=4).cells
        if cell.cell_type == "code" and SOLUTION_BEGIN in cell.source
    }
    for cell in notebook.cells:
        cell.source = right.get(cell.metadata.get("nbgrader", {}).get("grade_id"), cell.source)
    ran = executed(clean, notebook, tmp_path / f"{name}/{name}.ipynb")
    outputs = [output for cell in ran.cells for output in cell.get("outputs", [])]
    assert [output for output in outputs if output.output_type == "error"] == []
    assert "✗" not in json.dumps(outputs, ensure_ascii=False)
    points = [
        float(output.data["text/plain"])
        for cell in ran.cells
        if cell.cell_type == "code" and cell.source.startswith("check(")
        for output in cell.outputs
        if output.output_type == "execute_result"
    ]
    assert sum(points) == sum(e.points for e in REGISTRY.values() if e.notebook == name)


def test_mistakes_have_the_repositorys_names_in_a_kernel(clean, tmp_path):
    tried = [
        (exercise, version)
        for exercise in map(REGISTRY.get, ("ewma_corrected", "nag_step", "best_momentum"))
        for version in exercise.misconceptions
    ]
    cells = [new_code_cell("import numpy as np\nfrom autograder import check")]
    for exercise, version in tried:
        definition = as_definition(version.function, exercise.id)
        asked = f'_ = check("{exercise.id}", {exercise.id}).verdict\nprint(_.points)'
        cells += [
            new_code_cell(definition),
            new_code_cell(f"{asked}\nprint(_.problem.misconception)"),
        ]
    ran = executed(clean, new_notebook(cells=cells), tmp_path / "mistakes.ipynb")
    for (exercise, version), cell in zip(tried, ran.cells[2::2], strict=True):
        verdict = assess_here(exercise, version.function)
        said = f"{verdict.points}\n{verdict.problem.misconception}\n"
        assert "".join(output.text for output in cell.outputs) == said, (exercise.id, version.name)


def test_a_lab_says_that_there_are_none_here(clean):
    """Labs call functions that are answers: the notebooks' cells find a sentence, no traceback."""
    done = clean(
        "-c", "from reference_impl.experiments.labs import run_lab\nrun_lab('M5', rate=0.05)"
    )
    assert (done.stdout, done.stderr) == (f"{MISSING}\n", "")


def test_only_functions_of_closed_notebooks_are_lent(clean, tmp_path):
    right = "def effective_window(beta):\n    return 1 / (1 - beta)"
    cells = [
        "import numpy as np\nfrom autograder import check, lend",
        'lend("ewma")',
        'lend("standardize")\nprint(standardize(np.array([[1.0], [3.0]])))',
        f'{right}\nprint("Other ways" in check("effective_window", effective_window).card)',
        "from reference_impl.datasets import standardize as right\n"
        'print("Other ways" in check("standardize", lambda X: right(X)).card)',
    ]
    made = new_notebook(cells=[new_code_cell(source) for source in cells])
    ran = executed(clean, made, tmp_path / "lent.ipynb")
    said = ["".join(str(o) for o in cell.outputs) for cell in ran.cells]
    assert "not lent in this edition" in said[1]
    assert "as long as 01_ewma can be handed in" in said[1]
    assert "standardize is lent" in said[2]
    assert "-1." in said[2]
    assert "False" in said[3]
    assert "True" in said[4]


def test_an_answer_that_calls_a_wrong_one_is_told_so(clean, tmp_path):
    cells = [
        "import numpy as np\nfrom autograder import check",
        "def ewma(x, beta):\n    return np.asarray(x) * 1.5",
        "def ewma_corrected(x, beta):\n"
        "    return ewma(x, beta) / (1 - beta ** np.arange(1, len(x) + 1))",
        'print(check("ewma_corrected", ewma_corrected).verdict.problem.evidence[-1][1])',
    ]
    made = new_notebook(cells=[new_code_cell(source) for source in cells])
    ran = executed(clean, made, tmp_path / "calls.ipynb")
    assert "your ewma, which is not right yet: 0 of" in ran.cells[-1].outputs[0].text


def test_the_students_command(clean, folder, tmp_path):
    (tmp_path / "my").mkdir()
    done = clean("-m", "autograder.student", "fresh", "03", cwd=tmp_path / "my")
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "my/03_momentum/03_momentum.ipynb").is_file()
    done = clean("-m", "autograder.student", "progress", tmp_path / "my")
    assert done.returncode == 0, done.stderr
    rows = [line.split()[0] for line in done.stdout.splitlines() if line[:2].isdigit()]
    assert rows == list(NAMES)
    done = clean("-m", "autograder.student", "grade", "03_momentum")
    assert done.returncode == 2


def test_the_same_files_give_the_same_bits(folder, tmp_path):
    again = tmp_path / "again"
    environment = os.environ | {"PYTHONHASHSEED": "1"}
    command = [sys.executable, "-m", "autograder.cli", "bundle", again, *NAMES]
    subprocess.run(command, env=environment, cwd=folders.repository(), check=True)
    assert (again / "handout.zip").read_bytes() == (folder / "handout.zip").read_bytes()
    assert (again / "REPORT.md").read_text("utf-8") == (folder / "REPORT.md").read_text("utf-8")


def test_the_zip_is_the_folder(folder):
    with zipfile.ZipFile(folder / "handout.zip") as zipped:
        inside = {name: zipped.read(name) for name in zipped.namelist()}
    beside = {
        path.relative_to(folder / "handout").as_posix(): path.read_bytes()
        for path in (folder / "handout").rglob("*")
        if path.is_file()
    }
    assert inside == beside
    assert {Path(name).suffix for name in inside} == {".ipynb", ".md", ".txt", ".whl"}


@pytest.mark.parametrize("name", folders.notebooks())
def test_no_experiment_needs_an_answer(name):
    assert Bundle([name]).needed == {}


@pytest.mark.parametrize("name", ["04_adaptive", "05_activations", "07_backprop"])
def test_no_file_has_a_line_of_an_answer(name):
    bundle = Bundle([name])
    leaks = {
        (place, *found)
        for place, content in bundle.package().items()
        if (found := answers.found_in(content.decode("utf-8", "ignore"), bundle.answer_lines))
    }
    assert leaks == set()
    report = handout.report(bundle)
    assert "None: no function of these notebooks or of a later one." in report
    assert "Every exercise is checked in the notebook." in report


def test_an_answer_that_an_experiment_needs_is_named(monkeypatch):
    bundle = Bundle(["05_activations"])
    line = "from reference_impl.mlp import mlp_forward"
    monkeypatch.setattr(bundle, "cells", lambda name: iter([f"{line}\nmlp_forward"]))
    assert bundle.needed == {
        "reference_impl.dense.dense_forward": ["05_activations"],
        "reference_impl.mlp.mlp_forward": ["05_activations"],
    }
    said = "`reference_impl.mlp.mlp_forward`, the answer to `mlp_forward` of 07_backprop"
    assert said in handout.report(bundle)


def test_an_answer_that_a_closed_notebook_has_under_another_name_is_listed():
    bundle = Bundle(["14_reading_a_training_script"])
    assert bundle.same == {"ema_update": ["ewma_step", "update_running"]}


def test_a_folder_with_something_in_it_is_left_alone(tmp_path):
    (tmp_path / "marks.csv").write_text("1")
    with pytest.raises(ValueError, match="is there already"):
        write(tmp_path, ["01"])
    assert [path.name for path in tmp_path.iterdir()] == ["marks.csv"]


def test_an_unknown_notebook_is_named(tmp_path):
    with pytest.raises(ValueError, match="no notebook is called 'momentum'"):
        write(tmp_path / "out", ["momentum"])
