"""What process 1 needs from the operating system: who uses what, limits, deleting everything.

Some of what a notebook uses shows in no process: the CPU time of a child that nobody waited for,
the buffers of sockets. An :class:`Account` counts it, rather too high than too low.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import resource
import stat
import time
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

PAGE = os.sysconf("SC_PAGE_SIZE")
TICKS = os.sysconf("SC_CLK_TCK")
_PR_CAPBSET_DROP, _CAPABILITY_VERSION = 24, 0x20080522
LOAD_SECONDS = 0.25  # between two looks at what others take
SOCKET_BYTES, TCP_BYTES = 2 * 212_992, 6 * 2**20  # the kernel's largest buffers
CPU_GRACE_SECONDS = 5  # from the signal that names the limit to the one that kills


@dataclass(frozen=True)
class Usage:
    """What a process uses: its CPU time, and that of children it waited for; memory in bytes."""

    pid: int
    parent: int
    own_seconds: float
    waited_seconds: float
    threads: int
    started: int
    resident: int

    @property
    def cpu_seconds(self) -> float:
        """Of the process and of the children it waited for."""
        return self.own_seconds + self.waited_seconds


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
        own_seconds=sum(map(int, fields[11:13])) / TICKS,
        waited_seconds=sum(map(int, fields[13:15])) / TICKS,
        threads=int(fields[17]),
        started=int(fields[19]),
        resident=int(fields[21]) * PAGE,
    )


def proportional(pid: int, *, with_files: bool) -> int:
    """The memory of a process in bytes; what several processes share is divided among them.

    If a process hides this number, all of its memory counts.

    Args:
        pid: the process.
        with_files: also what it maps of files in memory, if nobody counts these elsewhere.
    """
    try:
        text = Path(f"/proc/{pid}/smaps_rollup").read_text()
        parts = dict(line.split()[:2] for line in text.splitlines()[1:])
        return 1024 * (int(parts["Pss:"]) - (not with_files) * int(parts.get("Pss_Shmem:", 0)))
    except (OSError, KeyError):
        now = usage(pid)
        return now.resident if now else 0


class Account:
    """What all processes of a sandbox use together.

    Args:
        folders: the writable ones.
        alone: whether nobody else has processes, sockets and files there.
        memory: what process 1 needs itself, and each fork of it has from the beginning.
    """

    def __init__(self, folders: Sequence[Path], memory: int, *, alone: bool) -> None:
        self.folders = folders
        self.alone = alone
        self.memory = memory
        self.processors = len(os.sched_getaffinity(0))
        self.lost = 0.0  # CPU seconds of processes that nobody waited for
        self.before: dict[tuple[int, int], Usage] = {}
        self.reaped = self._reaped()
        self.last_pid, self.moment = self._last_pid(), time.monotonic()
        self.delays: dict[str, float] = {}
        self.machine = machine_seconds()
        self.own_then = 0.0
        self.stolen = [(self.moment, 0.0)]  # (when, CPU seconds that others took away since)

    def cpu_seconds(self, stats: Collection[Usage]) -> float:
        """The CPU time that was ever used here, by those that are there and those that are not."""
        now = {(s.pid, s.started): s for s in stats}
        gone = [s for key, s in self.before.items() if key not in now]
        reaped, moment, last_pid = self._reaped(), time.monotonic(), self._last_pid()
        # What somebody waited for is in that parent's account; the rest would be forgotten.
        waited = reaped - self.reaped
        used = sum(s.cpu_seconds for s in now.values()) + reaped
        for key, s in now.items():
            if key in self.before:
                waited += max(0.0, s.waited_seconds - self.before[key].waited_seconds)
        missing = sum(s.cpu_seconds for s in gone) - waited
        if self.alone:
            unseen = last_pid - self.last_pid - sum(key not in self.before for key in now)
            # Those that came and went between two looks: half of that time each, at most all.
            span = moment - self.moment
            missing += min(max(0, unseen) * span / 2, self.processors * span)
        self.lost += max(0.0, missing)
        self.before, self.reaped = now, reaped
        self.last_pid, self.moment = last_pid, moment
        self._note_load(used + self.lost)
        return used + self.lost

    def limit_hit(
        self, stats: Collection[Usage], limits: Mapping[str, Any], used_before: float
    ) -> str:
        """The name of the limit that all processes together exceed, or ""."""
        if self.cpu_seconds(stats) - used_before > limits["cpu_seconds"]:
            return "cpu_seconds"
        if sum(s.threads for s in stats) > limits["processes"]:
            return "processes"
        if self.alone and self._terminals() > limits["terminals"]:
            return "terminals"
        elsewhere = 0
        if self.alone:
            elsewhere = socket_bytes()
            for folder in self.folders:
                usage = os.statvfs(folder)
                elsewhere += (usage.f_blocks - usage.f_bfree) * usage.f_frsize
                if usage.f_files - usage.f_ffree > limits["files"]:
                    return "files"
        allowed = limits["memory_bytes"] + self.memory
        if elsewhere + sum(s.resident for s in stats) <= allowed:
            return ""
        # Shared memory was counted for each process. Looking more closely takes longer.
        shares = sum(proportional(s.pid, with_files=not self.alone) for s in stats)
        return "memory_bytes" if elsewhere + shares > allowed else ""

    def stolen_seconds(self, seconds: float) -> float:
        """How much of the last ``seconds`` a process here had to wait for others' processes."""
        since = time.monotonic() - seconds
        then = max((s for moment, s in self.stolen if moment <= since), default=0.0)
        return self.stolen[-1][1] - then

    def _note_load(self, own: float) -> None:
        """Note the time that was lost to others since the last note.

        The time that a thread waits for a processor may be the doing of its own siblings. So no
        more counts than the processors gave to others meanwhile.
        """
        last, stolen = self.stolen[-1]
        span = self.moment - last
        if span < LOAD_SECONDS:
            return
        delays = {task: d for s in self.before.values() for task, d in waiting(s.pid)}
        waited = max((d - self.delays.get(task, 0.0) for task, d in delays.items()), default=0.0)
        machine = machine_seconds()
        others = machine - self.machine - (own - self.own_then)
        self.stolen.append((self.moment, stolen + max(0.0, min(waited, others, span))))
        self.delays, self.machine, self.own_then = delays, machine, own

    def _reaped(self) -> float:
        usage = resource.getrusage(resource.RUSAGE_CHILDREN)
        return usage.ru_utime + usage.ru_stime

    def _last_pid(self) -> int:
        """The number that the last process or thread got, of this namespace."""
        return int(Path("/proc/loadavg").read_text().split()[-1])

    def _terminals(self) -> int:
        try:
            return len(os.listdir("/dev/pts")) - 1  # one of them is ptmx
        except OSError:
            return 0


def socket_bytes() -> int:
    """What the buffers of all sockets in this network namespace can hold."""
    try:
        lines = Path("/proc/net/sockstat").read_text().splitlines()
    except OSError:
        return 0
    counts = {line.split()[0]: line.split() for line in lines}
    tcp = counts["TCP:"]  # "alloc" and "mem" are of the whole machine, whoever asks
    return int(counts["sockets:"][2]) * SOCKET_BYTES + int(tcp[tcp.index("inuse") + 1]) * TCP_BYTES


def waiting(pid: int) -> Iterator[tuple[str, float]]:
    """How long each thread of a process was ready to run and had no processor, in seconds."""
    for task in Path(f"/proc/{pid}/task").glob("*/schedstat"):
        with contextlib.suppress(OSError, IndexError):
            yield str(task), int(task.read_text().split()[1]) / 1e9


def machine_seconds() -> float:
    """The CPU time that this machine's processors have given to processes, all together."""
    with open("/proc/stat") as file:
        user, nice, system, _idle, _waiting, irq, softirq = map(int, file.readline().split()[1:8])
    return (user + nice + system + irq + softirq) / TICKS


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
