"""One judge for all attacks: a sandbox takes seconds to start, an attack a tenth of a second."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[1]))
sys.path.insert(0, str(Path(__file__).parent))

from arena import ALL_POINTS, CANARY, NAME, Arena, outcome

from autograder.grading import assignment
from autograder.grading.judge import Judge
from autograder.sandbox import Limits

MIB = 2**20
LIMITS = Limits(
    cell_seconds=2,
    notebook_seconds=8,
    cpu_seconds=8,
    memory_bytes=400 * MIB,
    processes=40,
    file_bytes=16 * MIB,
    disk_bytes=64 * MIB,
    files=1_000,
    output_bytes=MIB,
)


@pytest.fixture(scope="session")
def canaries(tmp_path_factory):
    """Files where an attacker would look: the course, the gradebook, others, home, /tmp."""
    class_folder = tmp_path_factory.mktemp("course")
    paths = [
        class_folder / "gradebook.db",
        class_folder / "submitted/neighbour" / NAME / f"{NAME}.ipynb",
        class_folder / "autograded/neighbour" / NAME / f"{NAME}.ipynb",
        Path.home() / f".autograder-{CANARY}-{os.getpid()}",
        Path("/tmp") / f"autograder-{CANARY}-{os.getpid()}",
        Path("/dev/shm") / f"autograder-{CANARY}-{os.getpid()}",
    ]
    for path in paths:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"{CANARY} {path.name}")
        path.chmod(0o666)  # only the sandbox protects it
    yield class_folder, paths
    for path in paths[3:]:
        path.unlink()


@pytest.fixture(scope="session")
def stage(canaries):
    class_folder, paths = canaries
    loaded = assignment.load(class_folder, NAME, limits=LIMITS)
    with Judge(loaded) as judge:
        arena = Arena(judge, paths)
        arena.honest = outcome(judge)
        assert arena.honest["score"] == ALL_POINTS, arena.honest
        yield arena


@pytest.fixture
def arena(stage):
    """The judge; after the test, everything else must be as before."""
    yield stage
    stage.intact()
