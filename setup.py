"""What pyproject.toml cannot say: an installed package has the notebooks of course/ in it.

They are what `autograder start` and `autograder fresh` copy. In a repository both read course/.
"""

import shutil
from pathlib import Path

from setuptools import setup
from setuptools.command.build_py import build_py

COURSE = Path(__file__).resolve().parent / "course"


class BuildWithCourse(build_py):
    """Copies course/ into the package, unless that stays in the repository."""

    def run(self):
        super().run()
        if not self.editable_mode:
            target = Path(self.build_lib) / "autograder" / "pristine"
            shutil.rmtree(target, ignore_errors=True)
            shutil.copytree(COURSE, target, ignore=shutil.ignore_patterns(".ipynb_checkpoints"))


setup(cmdclass={"build_py": BuildWithCourse})
