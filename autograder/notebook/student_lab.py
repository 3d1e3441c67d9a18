"""JupyterLab as a student sees it: no news, saved every few seconds, nothing of the teacher's.

The settings are files in ``jupyter/``, which Jupyter reads because ``JUPYTER_CONFIG_PATH`` names
the folder. They are defaults of this one server: nothing is written into the student's own
settings, and what the student sets there counts.

JupyterLab does not let one save wait for another. If a student saves while a notebook is being
saved, it takes its own file for somebody else's and asks what to do; so files whose times differ
by less than the interval of saving are taken as the same.
"""

from __future__ import annotations

import os
import subprocess
import sys
import sysconfig
from collections.abc import Sequence
from pathlib import Path

from autograder.folders import INDEX

SETTINGS = Path(__file__).parent / "jupyter"


def run(folder: Path, options: Sequence[str] = ()) -> int:
    """Run JupyterLab over ``folder`` with the index open, until it is closed."""
    command = [sys.executable, "-m", "jupyterlab", INDEX, f"--ServerApp.root_dir={folder}"]
    command += options
    if os.name == "posix":  # this process becomes JupyterLab: every signal goes to it
        os.chdir(folder)
        os.execve(sys.executable, command, environment())
    server = subprocess.Popen(command, cwd=folder, env=environment())
    while True:
        try:
            return server.wait()
        except KeyboardInterrupt:
            continue  # JupyterLab was told as well, and asks whether to stop


def environment() -> dict[str, str]:
    """This process's environment, with the students' settings, and this Python's commands."""
    first = {
        "JUPYTER_CONFIG_PATH": str(SETTINGS),
        "PATH": sysconfig.get_path("scripts"),  # `autograder` in a terminal of JupyterLab's
    }
    joined = {
        name: os.pathsep.join(filter(None, [path, os.environ.get(name, "")]))
        for name, path in first.items()
    }
    return os.environ | joined
