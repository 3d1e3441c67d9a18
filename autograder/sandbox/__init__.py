"""The sandbox in which a student's notebook runs while it is graded.

>>> with Sandbox(Room(modules=("reference_impl.plots",)), Limits()) as sandbox:
...     with sandbox.session() as session:
...         session.run_cell("1 + 1").outputs
"""

from autograder.sandbox.bubblewrap import SandboxUnavailable
from autograder.sandbox.limits import Limits
from autograder.sandbox.process import Sandbox
from autograder.sandbox.room import Room
from autograder.sandbox.session import CellResult, Session, Stopped

__all__ = ["CellResult", "Limits", "Room", "Sandbox", "SandboxUnavailable", "Session", "Stopped"]
