"""What nbgrader is told about the place that it runs in."""

import os
import subprocess
import sys
import sysconfig

TWICE = """
from nbgrader import api
print(api.get_alembic_version())
from autograder import folders
folders.ask_alembic_here()
print(api.get_alembic_version())
"""


def test_a_new_gradebook_has_the_version_that_nbgrader_would_ask_for():
    path = os.pathsep.join([sysconfig.get_path("scripts"), os.environ["PATH"]])
    program = [sys.executable, "-c", TWICE]
    said = subprocess.check_output(program, env=os.environ | {"PATH": path}, text=True).split()
    assert len(said) == 2
    assert said[0] == said[1]
