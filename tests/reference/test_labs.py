"""A lab from a notebook, with one setting changed."""

from __future__ import annotations

import re
import subprocess
import sys

import nbformat
import pytest

from autograder import folders
from reference_impl.experiments.claims import LABS, results
from reference_impl.experiments.labs import MISSING, run_lab

CALL = re.compile(r"run_lab\((.*)\)")
NAMES = folders.notebooks()


def calls(name):
    """The arguments of each call of `run_lab` in a notebook, those that are commented out too."""
    code = [c.source for c in nbformat.read(folders.master(name), 4).cells if c.cell_type == "code"]
    found = CALL.findall("\n".join(code))
    return [eval(f"(lambda id, **more: (id, more))({arguments})") for arguments in found]


def table(text):
    """Setting → (in the lab, here), and under "VERDICT" the two words."""
    return {row[0]: tuple(row[1:]) for row in (re.split(r" {2,}", x) for x in text.splitlines())}


def test_a_changed_setting_changes_the_verdict(capsys):
    run_lab("L1", outlier=0.5, stretch=1.0)
    said = capsys.readouterr().out
    assert said.startswith(f"L1: {LABS['L1'].claim}\n")
    assert "\noutlier = 0.5, in the lab 20.0\nstretch = 1.0, in the lab 10.0\nseed 0 1 2 3 " in said
    shown = table(said)
    assert shown["VERDICT"] == ("holds when", "does not hold")
    kept = results.states(results.read("L1"))
    assert {setting: shown[setting][0].split(" (")[0] for setting in kept} == kept


def test_as_it_is_a_lab_finds_what_it_has_stored(capsys):
    run_lab("Q3")
    said = capsys.readouterr().out
    assert "as in the lab: correlation = 0.5, noise = 0.5" in said
    rows = table(said)
    assert all(
        rows[setting][0] == rows[setting][1] for setting in results.states(results.read("Q3"))
    )


def test_fewer_seeds_and_smaller_runs(capsys):
    run_lab("G10", seeds=3, quick=True, noise=0.0)
    said = capsys.readouterr().out
    assert "\nsmaller runs, seed 0 1 2\n" in said


def test_a_setting_that_is_not_there_names_those_that_are():
    with pytest.raises(ValueError, match=r"lab L1 has no setting size; it has outlier = 20"):
        run_lab("L1", size=3)
    with pytest.raises(ValueError, match=r"lab P4 has no setting size; it has none to change"):
        run_lab("P4", size=3)
    with pytest.raises(ValueError, match="there is no lab Z9; there are E3"):
        run_lab("Z9")
    with pytest.raises(ValueError, match="seeds is 1; it needs 2 to 30"):
        run_lab("L1", seeds=1)


@pytest.mark.parametrize("id", ["E3", "G10", "M5", "L1", "I1", "Q3", "C11"])
def test_each_setting_does_something(id):
    other = {int: lambda x: x // 2, float: lambda x: x / 3 + 0.05}
    kept = results.compute(LABS[id], quick=True)["numbers"]
    for name, value in LABS[id].settings.items():
        changed = {name: other[type(value)](value)}
        assert results.compute(LABS[id], quick=True, **changed)["numbers"] != kept, name


@pytest.mark.parametrize("name", NAMES)
def test_a_notebook_runs_labs_of_its_own_and_settings_that_they_have(name):
    for id, arguments in calls(name):
        assert LABS[id].notebook == name
        own = arguments.keys() - {"seeds", "quick"}
        assert own
        assert own <= LABS[id].settings.keys()


def test_where_there_are_no_labs_a_sentence_says_so(tmp_path):
    """In a class's edition, and while a notebook is marked, there are none."""
    package = tmp_path / "reference_impl" / "experiments"
    package.mkdir(parents=True)
    (package.parent / "__init__.py").touch()
    (package / "__init__.py").touch()
    text = (folders.repository() / "reference_impl/experiments/labs.py").read_text("utf-8")
    (package / "labs.py").write_text(text, "utf-8")
    code = "from reference_impl.experiments.labs import run_lab; run_lab('L1', outlier=1)"
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, env={}, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout == f"{MISSING}\n"


def test_the_module_imports_no_lab_before_one_is_run():
    code = (
        "import sys, reference_impl.experiments.labs\n"
        "print('reference_impl.experiments.claims' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "False\n"
