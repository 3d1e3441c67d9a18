"""The sandbox in which a student's notebook runs while it is graded.

>>> with Sandbox(Mounts(modules=("reference_impl.plots",)), Limits()) as sandbox:
...     with sandbox.session() as session:
...         session.run_cell("1 + 1").outputs
"""

from autograder.sandbox.bubblewrap import SandboxUnavailable
from autograder.sandbox.limits import Limits
from autograder.sandbox.mounts import Mounts
from autograder.sandbox.process import Sandbox
from autograder.sandbox.session import CellResult, Session, Stopped

__all__ = ["CellResult", "Limits", "Mounts", "Sandbox", "SandboxUnavailable", "Session", "Stopped"]
