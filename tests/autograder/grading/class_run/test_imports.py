"""nbgrader without its extensions is the same nbgrader, and loads the rest when needed."""

from __future__ import annotations

import subprocess
import sys
import zipfile

PROGRAM = """
import sys
from autograder.grading.lazy_nbgrader import import_nbgrader_lazily
import_nbgrader_lazily()
from nbgrader import api
from nbgrader.preprocessors import AssignLatePenalties
assert "nbgrader.server_extensions" not in sys.modules
assert "isoduration" not in sys.modules
assert "setuptools" not in sys.modules
from nbgrader.apps import NbGraderAPI
import nbgrader
assert nbgrader.__version__ and nbgrader._jupyter_server_extension_points()
assert "nbgrader.server_extensions" in sys.modules
assert nbgrader.api is api
assert sys.modules[NbGraderAPI.__module__].Gradebook is api.Gradebook
import isoduration
from nbgrader import utils
utils.unpack_archive(sys.argv[1], sys.argv[2])
from setuptools import archive_util
assert archive_util.unpack_directory
"""


def test_the_parts_are_those_of_the_whole(tmp_path):
    archive, unpacked = tmp_path / "handed-in.zip", tmp_path / "unpacked"
    with zipfile.ZipFile(archive, "w") as file:
        file.writestr("work.txt", "done")
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, archive, unpacked], capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    assert (unpacked / "work.txt").read_text() == "done"
