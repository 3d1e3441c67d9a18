"""How fast the machine copies memory: an optimizer's step cannot be faster."""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor

import numpy as np

from benchmarks.workloads import Update

COPIED = 16
"""Bytes moved per parameter: two floats read and two written, as many arrays as Adam has."""


def versions() -> str:
    return f"NumPy {np.__version__}"


def threads() -> int:
    return len(os.sched_getaffinity(0))


class Updater:
    """Copies one half of a working set as large as Adam's (θ, g, m, v) to the other half."""

    def __init__(self, work: Update, threads: int = 0) -> None:
        count = threads or len(os.sched_getaffinity(0))
        self.source = np.concatenate([work.theta, work.grad])
        self.target = np.zeros_like(self.source)
        targets, sources = np.array_split(self.target, count), np.array_split(self.source, count)
        self.parts = list(zip(targets, sources, strict=True))
        self.pool = ThreadPoolExecutor(count)

    def step(self) -> None:
        if len(self.parts) == 1:
            np.copyto(*self.parts[0])
        else:
            list(self.pool.map(lambda part: np.copyto(*part), self.parts))
