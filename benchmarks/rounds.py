"""The measurement: all peers do the same work, then take turns in a changing order."""

from __future__ import annotations

import time
from collections.abc import Iterable
from dataclasses import dataclass, field

import numpy as np

from benchmarks.worker import Outcome, Work, Worker
from benchmarks.workloads import Training

MOVES = 5e-3
"""How far a peer's move from the start may be from the first peer's, relative to its length."""

LOSS = 1e-3
"""How far its loss may be from the first peer's."""

LOSS_WITH_DROPOUT = 0.15
"""The same after an epoch in which every peer drew its own masks."""

PAUSE = 0.05
"""Seconds between two turns, so that the threads of the last one go to sleep."""


class OtherWorkError(AssertionError):
    """A peer did other work than the others: the times would say nothing."""


@dataclass
class Measured:
    """A workload's times."""

    work: Work
    seconds: dict[str, list[float]] = field(default_factory=dict)  # a step, by peer and round
    idle_cpu: float = 0.0  # the most CPU time that a peer used while it waited


def require_same_work(
    work: Work, outcomes: dict[str, Outcome], loss_only: bool = False
) -> dict[str, float]:
    """How far each peer is from the first; raises OtherWorkError if that is too far."""
    (first, expected), *others = outcomes.items()
    start = flat(work.start if isinstance(work, Training) else [work.theta])
    move = flat(expected.parameters) - start
    distances = {}
    for name, outcome in others:
        got = flat(outcome.parameters)
        if got.shape != start.shape:
            raise OtherWorkError(
                f"{work.name}: {name} has {got.size} parameters, {first} {start.size}"
            )
        far = float(np.linalg.norm(got - start - move) / np.linalg.norm(move))
        distances[name] = far
        # Written so that NaN fails too.
        if not loss_only and not far <= MOVES:
            raise OtherWorkError(f"{work.name}: {name} did not end where {first} did, by {far:.2g}")
        if expected.loss is None or outcome.loss is None:
            continue
        limit = LOSS_WITH_DROPOUT if loss_only else LOSS
        if not abs(outcome.loss / expected.loss - 1) <= limit:
            raise OtherWorkError(
                f"{work.name}: {name} has a loss of {outcome.loss:.6g}, {first} {expected.loss:.6g}"
            )
    return distances


def flat(arrays: Iterable[np.ndarray]) -> np.ndarray:
    return np.concatenate([np.ravel(a) for a in arrays]).astype(np.float64)


def check(work: Work, workers: dict[str, Worker]) -> dict[str, float]:
    """Require the same result from all peers, by `require_same_work`."""
    checked = work.exact() if isinstance(work, Training) else work
    outcomes = {name: workers[name]("outcome", checked) for name in work.peers}
    distances = require_same_work(checked, {k: v for k, v in outcomes.items() if v})
    if isinstance(work, Training) and work.p:
        losses = {name: workers[name]("outcome", work) for name in work.peers}
        require_same_work(work, losses, loss_only=True)
    return distances


def measure(
    work: Work, workers: dict[str, Worker], rounds: int, seconds: float, rng: np.random.Generator
) -> Measured:
    """Every peer gets one turn in every round, in a new order each round."""
    for name in work.peers:
        workers[name]("build", work)
    measured = Measured(work, {name: [] for name in work.peers})
    # The first round warms up: compilers, caches, the processor's clock.
    for number in range(rounds + 1):
        for name in rng.permutation(work.peers):
            time.sleep(PAUSE)
            turn = workers[name]("slice", seconds)
            if number:
                measured.seconds[name].append(turn.seconds)
                measured.idle_cpu = max(measured.idle_cpu, turn.idle_cpu)
    return measured
