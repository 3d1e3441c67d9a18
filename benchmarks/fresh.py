"""Import time and peak memory: each figure from a process of its own.

`python -m benchmarks.fresh PEER` trains an epoch on 60,000 x 784 numbers and prints its peak.
"""

from __future__ import annotations

import importlib
import os
import resource
import subprocess
import sys
from pathlib import Path

import numpy as np

from benchmarks.peers import PEERS
from benchmarks.workloads import many_rows

IMPORTS = {
    "ours": "reference_impl.training, reference_impl.layers.dense",
    "torch": "torch",
    "sklearn": "sklearn.neural_network",
    "jax": "jax.numpy",
    "keras": "keras",
}
"""What a user imports to train a network, NumPy included."""

TIMER = "import time; begin = time.perf_counter(); import {}; print(time.perf_counter() - begin)"


def import_seconds(peer: str) -> float:
    """How long a new process takes for the imports."""
    return _ask(peer, "-c", TIMER.format(IMPORTS[peer]))


def peak_bytes(peer: str) -> float:
    """The most memory that a new process holds while it trains an epoch."""
    return _ask(peer, "-m", "benchmarks.fresh", peer)


def _ask(peer: str, *arguments: str) -> float:
    environment = os.environ | PEERS[peer].environment
    done = subprocess.run(
        [sys.executable, *arguments], env=environment, capture_output=True, text=True
    )
    if done.returncode:
        raise RuntimeError(f"{peer}, {' '.join(arguments)}:\n{done.stderr}")
    return float(done.stdout.split()[-1])


def _train(peer: str) -> None:
    work = many_rows()
    trainer = importlib.import_module(f"benchmarks.peers.{PEERS[peer].module}").Trainer(work)
    trainer.start()
    trainer.epoch(np.random.default_rng(0).permutation(len(work.X)))
    print(_peak())


def _peak() -> int:
    """The most memory that this process has held, in bytes."""
    status = Path("/proc/self/status")
    if status.exists():
        # Linux' ru_maxrss starts with the memory that the parent held when it started this process.
        lines = dict(line.split(":", 1) for line in status.read_text().splitlines())
        return int(lines["VmHWM"].split()[0]) * 1024
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else peak * 1024


if __name__ == "__main__":
    _train(sys.argv[1])
