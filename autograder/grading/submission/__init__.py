"""What was handed in, from files to cells that can be graded.

Only text is taken from a submission: each cell's type and source, the ids by which it is
recognised, and images pasted into text. Everything that is graded or locked comes from the source,
in the source's order. Differences of the notebook from the source are noted for the teacher.
"""

from autograder.grading.submission.cells import (
    Cell,
    RawCell,
    ReadNotebook,
    Restored,
    SourceCell,
    Unreadable,
)
from autograder.grading.submission.folder import choose, companions, is_alone, load
from autograder.grading.submission.handed_in import Submission
from autograder.grading.submission.reading import read
from autograder.grading.submission.restoring import restore
from autograder.grading.submission.source import source_cells

__all__ = [
    "Cell",
    "RawCell",
    "ReadNotebook",
    "Restored",
    "SourceCell",
    "Submission",
    "Unreadable",
    "choose",
    "companions",
    "is_alone",
    "load",
    "read",
    "restore",
    "source_cells",
]
