"""A student's own folder: filled, begun again, never lost."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from autograder import cli, folders
from autograder.exercises import REGISTRY
from autograder.notebook import working_copy
from autograder.own_work import mine
from reference_impl.ewma import ewma_step

NOTEBOOK = "02_gradient_descent"
DATED = re.compile(rf"{NOTEBOOK} \d{{4}}-\d\d-\d\d \d\d\.\d\d( \(\d+\))?\.ipynb")


def files(folder):
    return {p.relative_to(folder): p.read_bytes() for p in folder.rglob("*") if p.is_file()}


@pytest.fixture
def copy(tmp_path, monkeypatch):
    """A working copy, in which one stands."""
    folder = tmp_path / working_copy.NAME
    working_copy.fill(folder)
    monkeypatch.chdir(folder)
    return folder


def write(path, text):
    path.write_text(text, encoding="utf-8")


def test_a_copy_has_all_that_is_handed_out(copy):
    assert files(copy) == files(folders.pristine())
    assert working_copy.is_working_copy(copy)


def test_filling_again_brings_what_is_missing_and_touches_nothing_else(copy):
    write(copy / NOTEBOOK / f"{NOTEBOOK}.ipynb", "mine")
    write(copy / "notes.txt", "mine, too")
    shutil.rmtree(copy / "01_ewma")
    before = files(copy)
    assert working_copy.fill(copy) == ["01_ewma"]
    after = files(copy)
    changed = {path for path in after if after[path] != before.get(path)}
    assert changed == {Path("01_ewma/01_ewma.ipynb"), Path(folders.INDEX)}


def test_the_index_holds_what_is_saved(copy):
    shutil.copy(folders.master("01_ewma"), copy / "01_ewma")
    working_copy.fill(copy)
    [cell] = [c for c in json.loads((copy / "index.ipynb").read_text("utf-8"))["cells"]
              if c["cell_type"] == "code"]  # fmt: skip
    [output] = cell["outputs"]
    done = f"Done: 7 of {len(REGISTRY)} exercises, 11 of "
    assert done in "".join(output["data"]["text/plain"])
    assert "✓ 7 of 7" in "".join(output["data"]["text/plain"])
    assert '<progress value="7" max="7"' in "".join(output["data"]["text/html"])


@pytest.mark.parametrize("damaged", ["", "{", "[]", '{"cells": 3}', '{"cells": ["x"]}'])
def test_an_index_that_is_damaged_is_begun_again_and_kept(copy, damaged):
    write(copy / "index.ipynb", damaged)
    working_copy.fill(copy)
    assert files(copy)[Path("index.ipynb")] == files(folders.pristine())[Path("index.ipynb")]
    [kept] = copy.glob("index ????-*.ipynb")
    assert kept.read_text("utf-8") == damaged


@pytest.mark.parametrize("inside", [".", NOTEBOOK])
def test_fresh_keeps_every_old_notebook(copy, inside, monkeypatch, capsys):
    monkeypatch.chdir(copy / inside)
    path = copy / NOTEBOOK / f"{NOTEBOOK}.ipynb"
    versions = ["first", "second", "third"]
    for text in versions:
        write(path, text)
        assert cli.main(["fresh", "02"]) == 0
        [name] = re.findall(r'"(.*)"', capsys.readouterr().out)
        assert DATED.fullmatch(name)
        assert (path.parent / name).read_text() == text
    assert path.read_bytes() == (folders.pristine() / NOTEBOOK / path.name).read_bytes()
    kept = sorted(p.read_text() for p in path.parent.glob("* *.ipynb"))
    assert kept == sorted(versions)
    # What is kept is no notebook of the course: nothing else changes by it.
    assert working_copy.fill(copy) == []
    assert working_copy.names() == folders.notebooks()


def test_nothing_is_begun_again_that_is_new(copy, capsys):
    before = files(copy)
    assert cli.main(["fresh", "02"]) == 0
    assert "nothing to begin again" in capsys.readouterr().out
    assert files(copy) == before


def test_what_is_kept_is_not_taken_for_ones_own_work(copy, capsys):
    folder = copy / "01_ewma"
    shutil.copy(folders.master("01_ewma"), folder)
    working_copy.fresh("01")
    assert mine(ewma_step, beside=copy / NOTEBOOK) == (ewma_step,)
    assert "not written yet" in capsys.readouterr().out


def test_fresh_in_an_empty_folder_makes_the_notebook(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    working_copy.fresh("02")
    assert list(files(tmp_path)) == [Path(NOTEBOOK, f"{NOTEBOOK}.ipynb")]


def test_fresh_elsewhere_changes_nothing_and_says_where_to_go(tmp_path, monkeypatch, capsys):
    write(tmp_path / "thesis.tex", "a year's work")
    monkeypatch.chdir(tmp_path)
    assert cli.main(["fresh", "02"]) == 1
    assert "autograder start" in capsys.readouterr().err
    assert list(files(tmp_path)) == [Path("thesis.tex")]


def test_a_master_is_never_taken_for_a_students_notebook(tmp_path, monkeypatch, capsys):
    """In the folder of an author, who stands in solutions/."""
    write(tmp_path / folders.CONFIGURATION, "")
    master = tmp_path / folders.SOLUTIONS / NOTEBOOK / f"{NOTEBOOK}.ipynb"
    master.parent.mkdir(parents=True)
    write(master, "the master")
    for folder in (master.parent, master.parent.parent):
        monkeypatch.chdir(folder)
        assert cli.main(["fresh", "02"]) == 1
        assert "no notebooks of the course" in capsys.readouterr().err
    assert master.read_text() == "the master"


@pytest.mark.parametrize("name", ["2", "99", "0", ""])
def test_a_name_that_fits_no_notebook_or_several_is_told(copy, name, capsys):
    before = files(copy)
    assert cli.main(["fresh", name]) == 1
    assert "there are: 00_start_here" in capsys.readouterr().err
    assert files(copy) == before


def test_where_a_student_stands_is_where_he_works(copy, monkeypatch):
    assert working_copy.where() == copy
    monkeypatch.chdir(copy / NOTEBOOK)
    assert working_copy.where() == copy
    monkeypatch.chdir(copy.parent)
    assert working_copy.where() == copy
    monkeypatch.chdir(folders.pristine() / NOTEBOOK)
    assert working_copy.where() == folders.pristine().parent / working_copy.NAME


def test_what_is_handed_out_is_no_folder_to_work_in(capsys):
    assert cli.main(["start", str(folders.pristine())]) == 1
    assert "name another folder" in capsys.readouterr().err


def test_course_is_made_again_from_its_masters_and_the_students_work_is_kept(tmp_path):
    """In a repository of its own, where somebody has worked in course/."""
    root = Path(folders.__file__).resolve().parents[1]
    for name in ("autograder", "reference_impl"):
        shutil.copytree(root / name, tmp_path / name)
    for folder in (folders.SOLUTIONS, folders.COURSE):
        shutil.copytree(root / folder / "01_ewma", tmp_path / folder / "01_ewma")
    shutil.copy(root / folders.CONFIGURATION, tmp_path)
    path = tmp_path / folders.COURSE / "01_ewma" / "01_ewma.ipynb"
    released = path.read_bytes()
    write(path, "a student's work")
    done = subprocess.run(
        [sys.executable, "-m", "autograder.cli", "fresh", "01"],
        cwd=path.parent,
        env=os.environ | {"PYTHONPATH": str(tmp_path)},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    assert path.parent.is_dir()
    assert path.read_bytes() == released
    [kept] = (tmp_path / working_copy.NAME / "01_ewma").iterdir()
    assert kept.name in done.stdout
    assert kept.read_text() == "a student's work"


def test_progress_without_a_copy_says_so(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    assert cli.main(["progress"]) == 1
    assert "no notebooks of the course" in capsys.readouterr().err


def test_progress_names_what_it_cannot_read_and_goes_on(copy, capsys):
    write(copy / NOTEBOOK / f"{NOTEBOOK}.ipynb", "{")
    assert cli.main(["progress"]) == 0
    said = capsys.readouterr().out
    assert f"{NOTEBOOK}.ipynb is damaged" in said
    assert "13_beyond_dense" in said
