"""What a class is handed out, as a student uses it: two commands, JupyterLab, a notebook.

Nothing comes from the Internet. What the pinned requirements name is taken from the environment of
the tests, or, if BUNDLE_WHEELS names a folder of wheels, installed from there as on a new computer.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sysconfig
import zipfile
from pathlib import Path

import pytest
from playwright.sync_api import expect
from test_student_in_jupyterlab import cell_with, open_notebook, run, type_in

from autograder.authoring.sample_class import authors
from autograder.checking.written import as_definition
from autograder.desk.bundle import write
from autograder.exercises import REGISTRY

NAME = "01_ewma"
WHEELS = os.environ.get("BUNDLE_WHEELS", "")


@pytest.fixture(scope="module")
def environment():
    """Of a student's terminal: nothing of this repository is in it, and no Internet."""
    own = ("PYTHONPATH", "VIRTUAL_ENV", "BUNDLE_WHEELS")
    kept = {k: v for k, v in os.environ.items() if k not in own and not k.startswith("PIP_")}
    kept |= {"PIP_NO_INDEX": "1", "PIP_FIND_LINKS": WHEELS, "PIP_CONFIG_FILE": os.devnull}
    if WHEELS:
        return kept
    here = Path(sysconfig.get_path("data")) / "share" / "jupyter"
    return kept | {
        "PATH": os.pathsep.join([sysconfig.get_path("scripts"), os.environ["PATH"]]),
        "JUPYTER_PATH": str(here),  # JupyterLab's own files, which are no Python
        "JUPYTERLAB_DIR": str(here / "lab"),
    }


@pytest.fixture(scope="module")
def handout(tmp_path_factory, environment):
    """The unpacked ``handout.zip``, in which the README's two commands were run."""
    folder = tmp_path_factory.mktemp("class")
    write(folder / "bundle", [NAME])
    unpacked = folder / "for class"  # a space, as in many a folder of a student
    with zipfile.ZipFile(folder / "bundle" / "handout.zip") as zipped:
        zipped.extractall(unpacked)
    readme = (unpacked / "README.md").read_text("utf-8")
    make, install = re.search(r"macOS and Linux:\n\n```sh\n(.*)\n(.*)\n```", readme).groups()

    def command(line: str) -> None:
        done = subprocess.run(
            line, shell=True, cwd=unpacked, env=environment, capture_output=True, text=True
        )
        assert done.returncode == 0, f"{line}\n{done.stdout[-2000:]}{done.stderr[-2000:]}"

    command(make)
    if not WHEELS:
        (packages,) = (unpacked / ".venv").glob("lib/python*/site-packages")
        (packages / "others.pth").write_text(sysconfig.get_path("purelib"))
        for old in packages.glob("setuptools*"):  # what Python 3.11 puts there hides the pinned one
            shutil.rmtree(old)
    command(install)
    return unpacked


def test_from_the_readme_to_green_checks_and_a_picture(
    handout, environment, start_lab, page, picture
):
    exercise = REGISTRY["ewma"]
    slip = exercise.misconceptions[0]
    command = [handout / ".venv" / "bin" / "autograder", "start"]
    with start_lab(handout / "my_course", environment=environment, opened_by=command) as lab:
        open_notebook(page, lab, NAME)
        run(page, cell_with(page, "from autograder import check"))
        for answer in ("ewma_step", "ewma"):
            stub = cell_with(page, f"def {answer}(")
            check = cell_with(page, f'check("{answer}", {answer})')
            card = check.locator(".jp-OutputArea")
            if answer == "ewma":
                type_in(page, stub, as_definition(slip.function, answer))
                run(page, stub)
                run(page, check)
                expect(card).to_contain_text(slip.message)
                picture("bundle-mistake")
            type_in(page, stub, authors(NAME)[answer])
            run(page, stub)
            run(page, check)
            points = REGISTRY[answer].points
            expect(card).to_contain_text(f"{points:g} of {points:g}")
        # The code of experiments is folded, so they are run as a student would run them: all.
        page.get_by_role("menuitem", name="Run", exact=True).click()
        page.get_by_text("Run All Cells", exact=True).click()
        drawn = page.locator('img[alt^="Your average runs through the middle"]').first
        drawn.wait_for(state="attached")
        drawn.scroll_into_view_if_needed()
        expect(drawn).to_be_visible()
        experiment = page.locator(".jp-CodeCell", has=drawn)
        expect(experiment).to_contain_text("✓")
        expect(experiment).not_to_contain_text("✗")
        picture("bundle-right")
        kernels = lab.ask("GET", "kernels")
    assert len(kernels) == 1
    code = "import autograder, reference_impl; print(autograder.__file__, reference_impl.__file__)"
    python = handout / ".venv" / "bin" / "python"
    said = subprocess.run(
        [python, "-c", code], cwd=handout, env=environment, capture_output=True, text=True
    )
    assert said.stdout.count(str(handout / ".venv")) == 2, said.stderr
