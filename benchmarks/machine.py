"""The machine on which the figures were taken, and whether it was busy with something else."""

from __future__ import annotations

import contextlib
import ctypes
import os
import platform
import re
import sys
import time
from pathlib import Path

_PR_SET_CHILD_SUBREAPER = 36


def describe() -> str:
    """Processor, cores, memory, system and Python."""
    memory = ""
    if hasattr(os, "sysconf") and "SC_PHYS_PAGES" in os.sysconf_names:
        size = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
        memory = f", {size / 2**30:.0f} GiB of memory"
    python = f"{platform.python_implementation()} {platform.python_version()}"
    return f"{processor()}, {cores()} cores{memory}, {platform.system()}, {python}"


def cores() -> int:
    """The processors that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def processor() -> str:
    """The model, and those vector instructions that decide the speed of products."""
    try:
        text = Path("/proc/cpuinfo").read_text()
    except OSError:
        return platform.processor() or platform.machine()
    found = re.search(r"^model name\s*:\s*(.+)$", text, re.M)
    flags = re.search(r"^flags\s*:\s*(.+)$", text, re.M)
    known = [f for f in ("avx2", "avx512f") if flags and f in flags[1].split()]
    model = found[1] if found else platform.machine()
    return f"{model} ({', '.join(known)})" if known else model


class Load:
    """The share of the processors that other processes take from now on."""

    def __init__(self) -> None:
        self._start = time.perf_counter(), _used_by_all(), _used_by_us()

    def foreign_share(self) -> float | None:
        """0 … 1. None if the system does not say. Our own children count when they have ended."""
        began, everybody, we = self._start
        now = _used_by_all()
        if everybody is None or now is None:
            return None
        others = (now - everybody) - (_used_by_us() - we)
        # The system counts in ticks of 10 ms: an idle machine can come out below 0.
        return max(0.0, others / ((time.perf_counter() - began) * (os.cpu_count() or 1)))


def adopt_orphans() -> None:
    """Processes that our children have started also count as ours, if the children end first."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_CHILD_SUBREAPER, 1)


def reap() -> None:
    """Count the children that have ended."""
    with contextlib.suppress(ChildProcessError):
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass


def _used_by_us() -> float:
    return sum(os.times()[:4])


def _used_by_all() -> float | None:
    try:
        fields = Path("/proc/stat").read_text().split("\n")[0].split()[1:]
    except OSError:
        return None
    user, nice, system, _idle, _wait, irq, softirq, steal = map(int, fields[:8])
    return (user + nice + system + irq + softirq + steal) / os.sysconf("SC_CLK_TCK")
