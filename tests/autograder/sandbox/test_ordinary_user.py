"""The sandbox of an ordinary user, if root runs these tests."""

import importlib.util
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

NOBODY = 65534
HERE = Path(__file__).parent
SELECTED = ["test_isolation.py", "test_lifecycle.py"]


@pytest.fixture
def run(tmp_path_factory):
    """Run Python as an ordinary user, who cannot read root's home."""
    if os.geteuid() != 0:
        pytest.skip("all tests of the sandbox are an ordinary user's already")
    home = Path("/tmp") / f"home-of-an-ordinary-user-{os.getpid()}"
    home.mkdir()
    os.chown(home, NOBODY, NOBODY)
    packages = Path(importlib.util.find_spec("pytest").origin).parents[1]
    environment = {
        "PATH": os.environ["PATH"],
        "HOME": str(home),
        "PYTHONPATH": f"{HERE.parents[2]}:{packages}",
        "PYTHONDONTWRITEBYTECODE": "1",
        "OPENBLAS_NUM_THREADS": "1",
    }
    version = f"python{sys.version_info.major}.{sys.version_info.minor}"

    def run_with(interpreter, *arguments):
        return subprocess.run(
            [interpreter, *arguments],
            user=NOBODY,
            group=NOBODY,
            extra_groups=[],
            cwd=home,
            env=environment,
            capture_output=True,
            text=True,
        )

    for interpreter in (sys.executable, f"/usr/bin/{version}"):
        try:
            if run_with(interpreter, "-c", "import numpy, pytest, autograder").returncode == 0:
                yield lambda *arguments, python=interpreter: run_with(python, *arguments)
                break
        except OSError:
            continue
    else:
        shutil.rmtree(home)
        pytest.skip("an ordinary user can read no Python with these packages")
    shutil.rmtree(home)


def test_the_same_holds_for_an_ordinary_user(run):
    files = [str(HERE / name) for name in SELECTED]
    # A system's own Python lets nothing be installed, with a network or without.
    arguments = [
        "-q",
        "-p",
        "no:cacheprovider",
        "-k",
        "not Unsafe and not replaced and not installation",
        "--rootdir",
        str(HERE),
    ]
    done = run("-m", "pytest", *arguments, *files)
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
    assert "skipped" not in done.stdout
