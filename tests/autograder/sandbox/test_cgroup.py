"""Each sandbox has a control group, where groups can be made.

Which controllers there are is up to the machine. Where it has those that limit something, that is
tested as well; a machine that runs the older groups (version 1) has none of them here.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from autograder.sandbox import Limits, cgroup

INSIDE = """
import os, sys
from pathlib import Path
from autograder.sandbox import Limits, Mounts, Sandbox, Stopped, cgroup

def groups():
    return sorted(p.name for p in home.iterdir() if p.is_dir())

home = cgroup.prepare(sys.argv[1:])
assert home is not None
assert cgroup.prepare(sys.argv[1:]) == home == cgroup.home()
ours = groups()
assert len(ours) == 1
limits = Limits(memory_bytes=300 * 2**20)
with Sandbox(Mounts(), limits) as sandbox, sandbox.session() as session:
    (group,) = set(groups()) - set(ours)
    inside = (home / group / "cgroup.procs").read_text().split()
    assert len(inside) >= 3, inside  # bwrap, process 1, the notebook
    assert str(os.getpid()) not in inside
    assert session.run_cell("print(open('/proc/self/cgroup').read())").outputs
    if "memory" in sys.argv:
        most = int((home / group / "memory.max").read_text())
        assert most == limits.memory_bytes + limits.disk_bytes + cgroup.SPARE_BYTES
    if "pids" in sys.argv:
        assert int((home / group / "pids.max").read_text()) == limits.processes + 16
assert groups() == ours
print("fine")
"""


@pytest.fixture
def delegated():
    """A group that is ours, as systemd would delegate one."""
    own = cgroup._own()
    if own is None:
        pytest.skip("this machine has no control groups of version 2")
    group = own / f"delegated-{os.getpid()}"
    try:
        group.mkdir()
    except OSError:
        pytest.skip("no control group can be made here: nobody has delegated one")
    yield group
    group.rmdir()


def test_a_sandbox_is_in_a_group_of_its_own(delegated):
    there = (delegated / "cgroup.controllers").read_text().split()
    controllers = [name for name in cgroup.CONTROLLERS if name in there]
    done = subprocess.run(
        [
            *("/bin/sh", "-c", 'echo $$ > "$0" && "$@"', str(delegated / "cgroup.procs")),
            *(sys.executable, "-c", INSIDE, *controllers),
        ],
        capture_output=True,
        text=True,
    )
    for leaf in sorted(delegated.glob("autograder-*")):
        leaf.rmdir()
    assert done.stdout == "fine\n", done.stderr


def test_where_no_group_can_be_made_nothing_changes():
    before = Path("/proc/self/cgroup").read_text()
    own = cgroup._own()
    assert cgroup.prepare(["nosuchcontroller"]) is None
    assert cgroup.home() is None
    assert Path("/proc/self/cgroup").read_text() == before
    assert own is None or not list(own.glob(f"autograder-{os.getpid()}*"))


def test_a_group_that_cannot_be_removed_is_no_error(tmp_path):
    group = cgroup.Group(tmp_path, Limits())
    (group.path / "cgroup.procs").touch()
    group.close()
