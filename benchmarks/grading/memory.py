"""How much memory the processes of a run hold, watched from outside while it runs."""

from __future__ import annotations

import threading
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path

INTERVAL = 0.2
"""Seconds between two looks."""


@dataclass
class Peaks:
    """The largest memory seen, in bytes of PSS: a page that several processes share is divided
    among them.

    Attributes:
        main: the process that was started.
        worker: the largest of its children.
        sandbox: the processes below one child, all together; the largest such sum.
        together: all at one moment.
    """

    main: int = 0
    worker: int = 0
    sandbox: int = 0
    together: int = 0


class Watch:
    """Watch a process and its descendants until told to stop."""

    def __init__(self, pid: int) -> None:
        self.peaks = Peaks()
        self._pid = pid
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._watch)

    def __enter__(self) -> Watch:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join()

    def _watch(self) -> None:
        while not self._stop.wait(INTERVAL):
            self._look()

    def _look(self) -> None:
        children = _children()
        main = _pss(self._pid)
        workers = {pid: _pss(pid) for pid in children[self._pid]}
        sandboxes = [sum(map(_pss, _below(pid, children))) for pid in workers]
        seen = Peaks(
            main,
            max(workers.values(), default=0),
            max(sandboxes, default=0),
            main + sum(workers.values()) + sum(sandboxes),
        )
        self.peaks = Peaks(
            *map(max, zip(vars(self.peaks).values(), vars(seen).values(), strict=True))
        )


def _children() -> dict[int, list[int]]:
    """Parent → children, of all processes."""
    found: dict[int, list[int]] = defaultdict(list)
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            after_name = stat.read_text(errors="replace").rpartition(")")[2].split()
        except OSError:
            continue  # it has ended
        found[int(after_name[1])].append(int(stat.parent.name))
    return found


def _below(pid: int, children: dict[int, list[int]]) -> list[int]:
    found = []
    for child in children.get(pid, []):
        found += [child, *_below(child, children)]
    return found


def _pss(pid: int) -> int:
    """The memory of a process; 0 if it has ended, or may not be read."""
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    except OSError:
        return 0
    return next((int(line.split()[1]) * 1024 for line in lines if line.startswith("Pss:")), 0)
