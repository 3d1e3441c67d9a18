"""A sandbox takes a second to start: the tests of a file share one."""

import pytest

from autograder.sandbox import Limits, Mounts, Sandbox

LIMITS = Limits(cell_seconds=20, memory_bytes=512 * 2**20)


@pytest.fixture(scope="module")
def sandbox():
    with Sandbox(Mounts(preload=("numpy", "matplotlib.pyplot")), LIMITS) as started:
        yield started


@pytest.fixture
def session(sandbox):
    with sandbox.session() as opened:
        yield opened


@pytest.fixture
def say(session):
    """Runs a cell and returns what it prints; if the cell fails, the test fails."""
    return lambda source: said(session, source)


def said(session, source):
    outputs = session.run_cell(source).outputs
    errors = [o for o in outputs if o["output_type"] == "error"]
    assert not errors, "\n".join(errors[0]["traceback"])
    return "".join(o["text"] for o in outputs if o["output_type"] == "stream").strip()
