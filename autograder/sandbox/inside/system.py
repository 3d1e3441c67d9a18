"""What process 1 needs from the operating system: who uses what, limits, deleting everything."""

from __future__ import annotations

import ctypes
import os
import resource
import stat
from dataclasses import dataclass
from pathlib import Path
from typing import Any

PAGE = os.sysconf("SC_PAGE_SIZE")
TICKS = os.sysconf("SC_CLK_TCK")
_PR_CAPBSET_DROP, _CAPABILITY_VERSION = 24, 0x20080522
CPU_GRACE_SECONDS = 5  # from the signal that names the limit to the one that kills


@dataclass(frozen=True)
class Usage:
    """What a process uses: CPU time, including the children it waited for; memory in bytes."""

    pid: int
    parent: int
    cpu_seconds: float
    threads: int
    resident: int


def usage(pid: int) -> Usage | None:
    """What a process uses now; None if it no longer exists."""
    try:
        text = Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return None
    fields = text[text.rindex(")") + 2 :].split()  # a process's name may hold anything
    return Usage(
        pid=pid,
        parent=int(fields[1]),
        cpu_seconds=sum(map(int, fields[11:15])) / TICKS,
        threads=int(fields[17]),
        resident=int(fields[21]) * PAGE,
    )


def proportional(pid: int) -> int:
    """The memory of a process in bytes; what several processes share is divided among them.

    If a process hides this number, all of its memory counts.
    """
    try:
        for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
            if line.startswith("Pss:"):
                return int(line.split()[1]) * 1024
    except OSError:
        pass
    now = usage(pid)
    return now.resident if now else 0


def confine(limits: dict[str, Any], uid: int | None, *, alone: bool) -> None:
    """Give up every right that a notebook does not need; it cannot be regained.

    Args:
        limits: see :class:`autograder.sandbox.Limits`.
        uid: the user to become; None: do not change.
        alone: whether this is a sandbox; without one, a limit on processes would also count those
        outside.
    """
    size = int(Path("/proc/self/statm").read_text().split()[0]) * PAGE
    cpu = limits["cpu_seconds"]
    hard = {
        resource.RLIMIT_AS: size + limits["memory_bytes"],
        resource.RLIMIT_NOFILE: limits["open_files"],
        resource.RLIMIT_FSIZE: limits["file_bytes"],
        resource.RLIMIT_CORE: 0,
        resource.RLIMIT_MEMLOCK: 0,
        resource.RLIMIT_MSGQUEUE: 0,
    }
    if alone:
        hard[resource.RLIMIT_NPROC] = limits["processes"]
    drop_capabilities()
    if uid is not None:
        os.setgroups([])
        os.setresgid(uid, uid, uid)
        os.setresuid(uid, uid, uid)
    for which, most in hard.items():
        _, allowed = resource.getrlimit(which)
        most = most if allowed == resource.RLIM_INFINITY else min(most, allowed)
        resource.setrlimit(which, (most, most))
    resource.setrlimit(resource.RLIMIT_CPU, (cpu, cpu + CPU_GRACE_SECONDS))


def drop_capabilities() -> None:
    """Empty the sets from which a program could get capabilities: bounding and inheritable.

    Becoming another user empties those that are in force; without a change of user, none are.
    """
    call = ctypes.CDLL(None, use_errno=True)
    header, data = (ctypes.c_uint32 * 2)(_CAPABILITY_VERSION, 0), (ctypes.c_uint32 * 6)()
    call.capget(header, data)
    data[2] = data[5] = 0
    call.capset(header, data)
    for capability in range(int(Path("/proc/sys/kernel/cap_last_cap").read_text()) + 1):
        call.prctl(_PR_CAPBSET_DROP, capability, 0, 0, 0)  # refused if there are no rights anyway


def empty(folder: Path) -> None:
    """Delete everything in a folder, however deep, except what is mounted there.

    No path gets longer than three names: what is deeper is moved up first.
    """
    os.chmod(folder, 0o1777)
    device = folder.stat().st_dev
    moved = 0
    prefix = os.urandom(8).hex()
    while True:
        entries = [e for e in os.scandir(folder) if _on(device, e)]
        if not entries:
            return
        for entry in entries:
            if not entry.is_dir(follow_symlinks=False):
                os.unlink(entry.path)
                continue
            os.chmod(entry.path, stat.S_IRWXU)
            for inner in list(os.scandir(entry.path)):
                if inner.is_dir(follow_symlinks=False):
                    os.chmod(inner.path, stat.S_IRWXU)
                    moved += 1
                    os.rename(inner.path, folder / f"{prefix}.{moved}")
                else:
                    os.unlink(inner.path)
            os.rmdir(entry.path)


def _on(device: int, entry: os.DirEntry[str]) -> bool:
    return entry.stat(follow_symlinks=False).st_dev == device
