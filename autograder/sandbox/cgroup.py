"""A control group (version 2) for each sandbox: the kernel's own limit for all of it together.

Where the system gives one, a sandbox has at most so much memory and so many processes, whatever way
they are hidden, and a sandbox with many busy processes gets no larger share of the processors than
one with a single process. These limits lie above those that process 1 watches, which can say what
was exceeded: they are what remains if something is not seen there.

Groups can be made where somebody has delegated a part of the tree to us: ``systemd-run --user
--scope -p Delegate=yes COMMAND`` does. Where nobody has, everything works as without.
"""

from __future__ import annotations

import contextlib
import itertools
import os
import time
from collections.abc import Collection
from pathlib import Path

from autograder.sandbox.limits import MIB, Limits

CONTROLLERS = ("memory", "pids", "cpu")
SPARE_BYTES, SPARE_PROCESSES = (
    512 * MIB,
    16,
)  # for process 1, and before it sees that a limit is hit
OURS = "autograder"  # how the names of our groups begin
END_SECONDS = 2.0
_numbers = itertools.count()


def prepare(needs: Collection[str] = CONTROLLERS) -> Path | None:
    """Make this process's group one in which sandboxes can have their own; None if that cannot be.

    A group has either processes or groups with limits. So this process moves to a group inside.
    It must be called before other processes are started.
    """
    home = _own()
    if home is None or home.name.startswith(OURS):
        return home and home.parent  # None, or prepared before
    leaf = home / f"{OURS}-{os.getpid()}"
    try:
        if not set(needs) <= set((home / "cgroup.controllers").read_text().split()):
            return None
        leaf.mkdir()
        _move(os.getpid(), leaf)
        (home / "cgroup.subtree_control").write_text(" ".join(f"+{name}" for name in needs))
    except OSError:  # not ours, or somebody else's processes are in it
        _undo(home, leaf)
        return None
    return home


class Group:
    """The group of one sandbox."""

    def __init__(self, home: Path, limits: Limits) -> None:
        self.path = home / f"{OURS}-{os.getpid()}-{next(_numbers)}"
        self.path.mkdir()
        for name, value in {
            "memory.max": limits.memory_bytes + limits.disk_bytes + SPARE_BYTES,
            "memory.swap.max": 0,
            "pids.max": limits.processes + SPARE_PROCESSES,
            "cpu.weight": 100,
        }.items():
            with contextlib.suppress(OSError):  # a controller, or swap, that this kernel lacks
                (self.path / name).write_text(str(value))

    def entering(self) -> list[str]:
        """The beginning of a command: it moves to the group before the rest of it starts."""
        return ["/bin/sh", "-c", 'echo $$ > "$0" && exec "$@"', str(self.path / "cgroup.procs")]

    def close(self) -> None:
        """End every process in it, and remove it."""
        with contextlib.suppress(OSError):
            (self.path / "cgroup.kill").write_text("1")
        until = time.monotonic() + END_SECONDS
        while self.path.exists() and time.monotonic() < until:
            try:
                self.path.rmdir()
            except OSError:  # its last processes are about to end
                time.sleep(0.01)


def home() -> Path | None:
    """Where sandboxes can have their groups, if :func:`prepare` could make such a place."""
    own = _own()
    return own.parent if own is not None and own.name.startswith(OURS) else None


def _own() -> Path | None:
    """The folder of this process's group."""
    try:
        lines = Path("/proc/self/cgroup").read_text().splitlines()
        mounts = [line.split() for line in Path("/proc/self/mountinfo").read_text().splitlines()]
    except OSError:
        return None
    name = next((line[3:] for line in lines if line.startswith("0::")), None)
    tree = next((m[4] for m in mounts if m[m.index("-") + 1] == "cgroup2"), None)
    if name is None or tree is None:
        return None
    path = Path(tree + name)
    return path if path.is_dir() else None


def _move(pid: int, group: Path) -> None:
    (group / "cgroup.procs").write_text(str(pid))


def _undo(home: Path, leaf: Path) -> None:
    with contextlib.suppress(OSError):
        _move(os.getpid(), home)
    with contextlib.suppress(OSError):
        leaf.rmdir()
