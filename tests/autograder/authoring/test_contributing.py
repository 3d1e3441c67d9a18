"""An exercise is added as CONTRIBUTING says, in a fresh clone, with its own commands."""

from __future__ import annotations

import json
import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest

pytestmark = pytest.mark.long

ROOT = Path(__file__).resolve().parents[3]

ENTRY = '''"""How long a value is remembered."""

from __future__ import annotations

import numpy as np

from autograder.checking.exercise import Case, Exercise
from autograder.exercises._cases import Rng, call
from reference_impl import ewma as reference

half_life = Exercise(
    "half_life",
    reference=reference.half_life,
    hint="After h steps the weight is β^h times what it was: solve β^h = ½ for h.",
    minutes=4,
    difficulty=2,
)


@half_life.cases("three values of β", points=2)
def _(rng: Rng) -> list[Case]:
    return [
        call("β = 0.5", 0.5),
        call("β = 0.99", 0.99),
        call("β drawn at random", float(rng.uniform(0.6, 0.95))),
    ]


@half_life.misconception("upside down", "You have log β / log ½: it is the other way round.")
def _(beta):
    return float(np.log(beta) / np.log(0.5))


@half_life.misconception("the window", "That is 1/(1-β), after which a third is left, not a half.")
def _(beta):
    return 1 / (1 - beta)


@half_life.equivalent("with base 2")
def _(beta):
    return float(-1 / np.log2(beta))


@half_life.equivalent("with math")
def _(beta):
    import math

    return math.log(2) / -math.log(beta)
'''

REFERENCE = '''def half_life(beta: float) -> float:
    """After how many steps half of a value's weight is left.

    h = log ½ / log β

    Parameters
    ----------
    beta : weight of the past, in (0, 1)

    Returns
    -------
    h in steps

    Raises
    ------
    ValueError : beta outside (0, 1)
    """
    positive(beta=beta)
    between("beta", beta, 0, 1, below=True)
    return float(np.log(0.5) / np.log(beta))
'''

CELLS = {  # what `new` wrote in the notebook → what an author writes
    "TODO: a heading": "After how long is half forgotten?",
    "TODO: the idea, the formula, and a worked number.": "After $h$ steps with $\\\\beta^h = 1/2$.",
    "TODO: what it returns, in one sentence.": "Steps after which half of the weight is left.",
    "beta: TODO": "beta: weight of the old average",
    "returns: TODO": "returns: the number of steps",
    "half_life(TODO)": "half_life(0.5)",
    "\n    TODO\n": "\n    1.0\n",
    'raise NotImplementedError("TODO: the answer")': "return float(np.log(0.5) / np.log(beta))",
    "TODO: what to try; not the answer itself.": "Take the logarithm of both sides.",
}

EDITOR = """
import json, pathlib, re, sys
texts = json.loads(pathlib.Path(__file__).with_name("texts.json").read_text("utf-8"))
for path in map(pathlib.Path, sys.argv[1:]):
    text = path.read_text("utf-8")
    if path.name == "half_life.py":
        text = texts["entry"]
    elif path.parent.name == "reference_impl":
        text = re.sub(r"^def half_life.*", lambda _: texts["reference"], text, flags=re.M | re.S)
    else:
        for old, new in texts["cells"].items():
            assert text.count(old) == 1, (old, text.count(old))
            text = text.replace(old, new)
    path.write_text(text, "utf-8")
"""


def git(*arguments: str, folder: Path, given: bytes | None = None) -> bytes:
    return subprocess.run(
        ["git", *arguments], cwd=folder, input=given, capture_output=True, check=True
    ).stdout


@pytest.fixture(scope="module")
def clone(tmp_path_factory) -> Path:
    """The repository as it is now, cloned; its .venv is the environment of this test."""
    folder = tmp_path_factory.mktemp("clone") / "course"
    git("clone", "--quiet", "--shared", str(ROOT), str(folder), folder=ROOT)
    if changes := git("diff", "--binary", "HEAD", folder=ROOT):
        git("apply", "--whitespace=nowarn", folder=folder, given=changes)
    for name in git("ls-files", "-o", "--exclude-standard", "-z", folder=ROOT).decode().split("\0"):
        if name:
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_bytes((ROOT / name).read_bytes())
    git("add", "-A", folder=folder)
    git("-c", "user.name=a", "-c", "user.email=a@b", "commit", "-qm", "all", "--allow-empty",
        folder=folder)  # fmt: skip
    programs = folder / ".venv" / "bin"
    programs.mkdir(parents=True)
    for name, module in {"autograder": "autograder.cli", "ruff": "ruff"}.items():
        script = programs / name
        script.write_text(f'#!/bin/sh\nexec {shlex.quote(sys.executable)} -m {module} "$@"\n')
        script.chmod(0o755)
    return folder


@pytest.fixture(scope="module")
def shell(clone, tmp_path_factory):
    """Runs a command in the clone; its exit status, and what it said."""
    desk = tmp_path_factory.mktemp("desk")
    (desk / "editor.py").write_text(EDITOR, "utf-8")
    texts = {"entry": ENTRY, "reference": REFERENCE, "cells": CELLS}
    (desk / "texts.json").write_text(json.dumps(texts), "utf-8")
    environment = {
        **{k: v for k, v in os.environ.items() if k != "VISUAL"},
        "PYTHONPATH": str(clone),
        "EDITOR": f"{shlex.quote(sys.executable)} {shlex.quote(str(desk / 'editor.py'))}",
    }

    def run(command: str) -> tuple[int, str]:
        ran = subprocess.run(
            ["sh", "-c", command], cwd=clone, env=environment, capture_output=True, text=True,
            check=False,
        )  # fmt: skip
        return ran.returncode, ran.stdout + ran.stderr

    return run


def documented() -> list[str]:
    """The commands of "Add an exercise", in order."""
    text = (ROOT / "CONTRIBUTING.md").read_text("utf-8")
    [section] = re.findall(r"^## Add an exercise\n(.*?)^## ", text, re.M | re.S)
    blocks = re.findall(r"```sh\n(.*?)```", section, re.S)
    return [line for block in blocks for line in block.splitlines()]


# `make check NB=01` sets up an environment of its own, and runs more than what is new. That course/
# and the guide are up to date need not be asked: they have just been made.
CHECK = (
    ".venv/bin/ruff format --check .",
    ".venv/bin/ruff check .",
    f"{shlex.quote(sys.executable)} -m pytest -q -p no:cacheprovider "
    "tests/autograder/exercises/test_every_exercise.py tests/test_notebooks.py "
    "-k 'half_life or (01_ewma and not reaches_its_end)'",
)


def test_an_exercise_is_added_as_contributing_says(clone, shell):
    commands = documented()
    assert [c.split()[1] for c in commands if "bin/autograder " in c] == [
        "new", "edit", "try", "build", "release", "guide",
    ]  # fmt: skip
    for command in commands:
        if command.startswith("make "):
            assert command == "make check NB=01"
            for step in CHECK:
                status, said = shell(step)
                assert status == 0, f"{step}\n{said}"
            continue
        status, said = shell(command)
        assert status == 0, f"{command}\n{said}"
        if " new " in command:
            nothing_passes_for_done(clone, shell)
        if " try " in command:
            assert "half_life: nothing to mend" in said
            assert "→ You have log β / log ½: it is the other way round." in said
    status, said = shell("git status --porcelain")
    assert {line[3:] for line in said.splitlines()} == {
        "autograder/exercises/ewma/half_life.py",
        "course/01_ewma/01_ewma.ipynb",
        "course/index.ipynb",
        "docs/lessons/01_ewma.md",
        "reference_impl/ewma.py",
        "solutions/01_ewma/01_ewma.ipynb",
        "solutions/README.md",
    }
    cells = nbformat.read(clone / "course" / "01_ewma" / "01_ewma.ipynb", as_version=4).cells
    sources = [cell.source for cell in cells]
    check = sources.index('check("half_life", half_life)')
    assert sources[check - 2].startswith("def half_life(beta):")
    assert sources[check + 1].startswith("## Where conventions differ")


def nothing_passes_for_done(clone, shell):
    """What `new` wrote is found incomplete by everything that comes after."""
    status, said = shell(".venv/bin/autograder try half_life")
    assert status == 1
    for fault in (
        "half_life has no hint",
        "half_life has minutes=0",
        "half_life needs a name for its misconception 2",
        "half_life has a reference that is not written yet",
        "the cell of half_life still says TODO",
        "01_ewma still says '## TODO: a heading'",
    ):
        assert f"✗ {fault}" in said
    status, said = shell(".venv/bin/autograder build 01")
    assert status == 1
    assert said.startswith("autograder: autograder/exercises/ewma/half_life.py: half_life ")
    assert said.count("\n") == 1
    status, said = shell(f"{shlex.quote(sys.executable)} -c 'from autograder import check'")
    assert status == 1
    assert "half_life" in said.splitlines()[-1]


def test_an_exercise_begins_also_where_the_references_stand_in_a_folder(clone, shell):
    for number, module in {"09": "batchnorm", "10": "dropout", "13": "pooling"}.items():
        status, said = shell(f".venv/bin/autograder new {number} begun_here x")
        assert status == 0, said
        assert f"reference_impl/layers/{module}.py" in said
        assert "def begun_here(" in (clone / f"reference_impl/layers/{module}.py").read_text()
        shell("git checkout -q . && git clean -fdq autograder")
