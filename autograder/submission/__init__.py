"""What was handed in, from files to cells that can be graded.

Of a submission only text is taken: each cell's type and source, the ids by which it is recognised,
and images pasted into text. Whatever is graded or locked is the source's, in the source's order;
how a notebook came to differ from that is noted for the teacher.
"""

from autograder.submission.cells import (
    Cell,
    HandedIn,
    RawCell,
    Restored,
    SourceCell,
    Unreadable,
)
from autograder.submission.folder import choose, companions, load
from autograder.submission.reading import read
from autograder.submission.restoring import restore
from autograder.submission.source import source_cells

__all__ = [
    "Cell",
    "HandedIn",
    "RawCell",
    "Restored",
    "SourceCell",
    "Unreadable",
    "choose",
    "companions",
    "load",
    "read",
    "restore",
    "source_cells",
]
