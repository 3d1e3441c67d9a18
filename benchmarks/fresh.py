"""Import time, and an epoch of MNIST: each figure from a process of its own.

`python -m benchmarks.fresh PEER FILE SEED` trains an epoch on the rows of the file, in the order of
the seed, and prints its time, what the network can do afterwards, and the process' peak of memory.
"""

from __future__ import annotations

import importlib
import json
import os
import resource
import subprocess
import sys
import time
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np

from benchmarks.peers import PEERS
from benchmarks.workloads import read_rows

IMPORTS = {
    "ours": "reference_impl.training, reference_impl.layers.dense",
    "torch": "torch",
    "sklearn": "sklearn.neural_network",
    "jax": "jax.numpy",
    "keras": "keras",
}
"""What a user imports to train a network, NumPy included."""

TIMER = "import time; begin = time.perf_counter(); import {}; print(time.perf_counter() - begin)"


@dataclass(frozen=True)
class Epoch:
    """An epoch from the starting parameters."""

    seconds: float
    accuracy: float  # of the images held out, after it
    peak: int  # bytes, of the whole process


def import_seconds(peer: str) -> float:
    """How long a new process takes for the imports."""
    return float(_ask(peer, "-c", TIMER.format(IMPORTS[peer])))


def epoch(peer: str, rows: Path, seed: int) -> Epoch:
    """An epoch on these rows, in the order of the seed, in a new process."""
    return Epoch(**json.loads(_ask(peer, "-m", "benchmarks.fresh", peer, str(rows), str(seed))))


def _ask(peer: str, *arguments: str) -> str:
    """The last line that a new process of this peer prints."""
    environment = os.environ | PEERS[peer].environment
    done = subprocess.run(
        [sys.executable, *arguments], env=environment, capture_output=True, text=True
    )
    if done.returncode:
        raise RuntimeError(f"{peer}, {' '.join(arguments)}:\n{done.stderr}")
    return done.stdout.splitlines()[-1]


def _train(peer: str, rows: Path, seed: int) -> Epoch:
    work, held_out = read_rows(rows)
    made = PEERS[peer]
    trainer = importlib.import_module(f"benchmarks.peers.{made.module}").Trainer(
        work, **made.options
    )
    order = np.random.default_rng(seed).permutation(len(work.X))
    # As in a turn, the first epoch does not count: a compiler may be at work in it.
    for _ in range(2):
        trainer.start()
        begin = time.perf_counter()
        trainer.epoch(order)
        seconds = time.perf_counter() - begin
    accuracy = held_out.accuracy(work.layers, trainer.parameters())
    return Epoch(seconds, accuracy, _peak())


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
    print(json.dumps(asdict(_train(sys.argv[1], Path(sys.argv[2]), int(sys.argv[3])))))
