"""A lab from a notebook, with one setting changed."""

from __future__ import annotations

import math
import re
import subprocess
import sys

import nbformat
import pytest

from autograder import folders
from reference_impl.experiments.claims import LABS, results
from reference_impl.experiments.labs import MISSING, LabError, run_lab

CALL = re.compile(r"run_lab\((.*)\)")
NAMES = folders.notebooks()


def calls(name):
    """The arguments of each call of `run_lab` in a notebook, those that are commented out too."""
    code = [c.source for c in nbformat.read(folders.master(name), 4).cells if c.cell_type == "code"]
    found = CALL.findall("\n".join(code))
    return [eval(f"(lambda id, **more: (id, more))({arguments})") for arguments in found]


def table(text):
    """Setting → (in the lab, here), and under "VERDICT" the two words."""
    rows = (re.split(r" {2,}", line) for line in text.splitlines())
    return {row[0]: tuple(row[-2:]) for row in rows}


def test_a_changed_setting_changes_the_verdict(capsys):
    run_lab("L1", outlier=0.5, stretch=1.0)
    said = capsys.readouterr().out
    assert said.startswith(f"L1: {LABS['L1'].claim}\n")
    assert "\noutlier = 0.5, in the lab 20.0\nstretch = 1.0, in the lab 10.0\nseed 0 1 2 3 " in said
    assert f"\n\nIn brackets: {LABS['L1'].measure}.\n" in said
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
    with pytest.raises(ValueError, match="seeds is 1; it needs a whole number from 2 to 30"):
        run_lab("L1", seeds=1)


@pytest.mark.parametrize(
    ("id", "settings", "said"),
    [
        ("E3", {"noise": "much"}, "noise is 'much'; it needs a number from 0 to 100"),
        ("E3", {"noise": math.nan}, "noise is nan; it needs a number"),
        ("E3", {"noise": True}, "noise is True; it needs a number"),
        ("E3", {"level": 2}, "level is 2; it needs a number from 0.01 to 0.99"),
        ("M5", {"rate": -0.1}, "rate is -0.1; it needs a number from 0.001 to 1"),
        ("G10", {"batch": 4.5}, "batch is 4.5; it needs a whole number from 4 to 512"),
        ("G10", {"batch": 1}, "batch is 1; it needs a whole number from 4 to 512"),  # half a minute
        ("B4", {"epochs": 0}, "epochs is 0; it needs a whole number from 1 to 50"),
        ("B4", {"epochs": 10**9}, "epochs is 1000000000; it needs a whole number from 1 to 50"),
        ("P6", {"seeds": "3"}, "seeds is '3'; it needs a whole number from 2 to 30"),
    ],
)
def test_a_value_without_a_meaning_is_refused_before_anything_runs(id, settings, said, capsys):
    with pytest.raises(LabError, match=re.escape(said)) as found:
        run_lab(id, **settings)
    assert capsys.readouterr().out == ""
    # IPython shows this in place of a traceback.
    assert found.value._render_traceback_() == [f"run_lab cannot run this: {found.value}"]


@pytest.mark.parametrize("id", ["E3", "M5", "L1", "I1", "Q3"])
def test_what_is_allowed_runs_without_a_warning(id, capsys):
    for name, ends in LABS[id].limits.items():
        for value in ends:
            run_lab(id, seeds=2, quick=True, **{name: value})
            assert "\nVERDICT " in capsys.readouterr().out


@pytest.mark.parametrize("id", ["E3", "G10", "M5", "L1", "I1", "Q3", "C11", "B4"])
def test_each_setting_does_something(id):
    other = {int: lambda x: 2 * x, float: lambda x: x / 3 + 0.05}
    kept = results.compute(LABS[id], quick=True)["numbers"]
    for name, value in LABS[id].settings.items():
        changed = {name: other[type(value)](value)}
        assert results.compute(LABS[id], quick=True, **changed)["numbers"] != kept, name


@pytest.mark.parametrize("name", [name for name in NAMES if calls(name)])
def test_what_a_notebook_calls_runs_and_changes_a_lab_of_its_own(name, capsys):
    """Here with two seeds: some are commented out, because they take long."""
    for id, arguments in calls(name):
        assert LABS[id].notebook == name
        assert arguments.keys() - {"seeds", "quick"}
        run_lab(id, **arguments | {"seeds": 2, "quick": True})
        assert "\nVERDICT " in capsys.readouterr().out


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
