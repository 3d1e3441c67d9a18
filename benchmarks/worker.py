"""A process for each peer. It lives through the whole run and sleeps until its turn."""

from __future__ import annotations

import importlib
import multiprocessing
import os
import time
import traceback
from contextlib import suppress
from dataclasses import dataclass
from multiprocessing.connection import Connection
from typing import Any

import numpy as np

from benchmarks.peers import PEERS, Peer, Steps, Trains
from benchmarks.workloads import Training, Update

Work = Training | Update

EPOCHS = 10
"""After so many epochs training starts again: a fast peer must not reach the tiny gradients, and
the subnormal numbers, of a network that has nothing left to learn."""


class PeerError(RuntimeError):
    """A peer failed; the message is its own traceback."""


@dataclass(frozen=True)
class Outcome:
    """A peer's state after an epoch, or after three steps of an optimizer."""

    parameters: list[np.ndarray]
    loss: float | None = None


@dataclass(frozen=True)
class Slice:
    """A turn: seconds per step, and the processor time that was used since the last turn."""

    seconds: float
    idle_cpu: float


class Worker:
    """The parent's end of a peer's process."""

    def __init__(self, name: str) -> None:
        self.name = name
        context = multiprocessing.get_context("spawn")
        self._pipe, theirs = context.Pipe()
        before = os.environ.copy()
        os.environ.update(PEERS[name].environment)
        self._process = context.Process(target=serve, args=(theirs, PEERS[name]), daemon=True)
        self._process.start()
        os.environ.clear()
        os.environ.update(before)
        theirs.close()

    def __call__(self, method: str, *arguments: Any) -> Any:
        """Call a method in the process, and wait for the result."""
        try:
            self._pipe.send((method, arguments))
            fine, result = self._pipe.recv()
        except (EOFError, BrokenPipeError):
            raise PeerError(f"{self.name}: its process ended") from None
        if not fine:
            raise PeerError(f"{self.name}, {method}:\n{result}")
        return result

    def close(self) -> None:
        with suppress(OSError):
            self._pipe.close()
        self._process.join(timeout=10)
        if self._process.is_alive():
            self._process.kill()


def serve(pipe: Connection, peer: Peer) -> None:
    """The process: it answers calls until the parent ends."""
    bench: Bench | None = None
    while True:
        try:
            method, arguments = pipe.recv()
        except EOFError:
            return
        try:
            bench = bench or Bench(peer)
            answer = (True, getattr(bench, method)(*arguments))
        except Exception:
            answer = (False, traceback.format_exc())
        pipe.send(answer)


class Bench:
    """The methods that can be called in a process."""

    def __init__(self, peer: Peer) -> None:
        self.peer = peer
        self.module = importlib.import_module(f"benchmarks.peers.{peer.module}")
        self.rng = np.random.default_rng(0)
        self.cpu = time.process_time()

    def about(self) -> tuple[str, int]:
        """(library and version, threads)"""
        return self.module.versions(), self.module.threads()

    def outcome(self, work: Work) -> Outcome | None:
        """The result of the same steps on the same rows. None: there is nothing to compare."""
        if isinstance(work, Update):
            updater: Steps = self.module.Updater(work, **self.peer.options)
            if not hasattr(updater, "parameters"):
                return None
            for _ in range(3):
                updater.step()
            return Outcome(updater.parameters())
        trainer: Trains = self.module.Trainer(work, **self.peer.options)
        trainer.start()
        if hasattr(trainer, "checked"):
            trainer.checked(True)
        trainer.epoch(np.random.default_rng(0).permutation(len(work.X)))
        return Outcome(trainer.parameters(), trainer.loss())

    def build(self, work: Work) -> None:
        """Make ready for `slice`."""
        self.work = work
        kind = "Updater" if isinstance(work, Update) else "Trainer"
        self.built = getattr(self.module, kind)(work, **self.peer.options)

    def slice(self, seconds: float) -> Slice:
        """Work for about so long, in whole steps or epochs; a first one does not count."""
        idle = time.process_time() - self.cpu
        measure = self.steps if isinstance(self.work, Update) else self.epochs
        measured = measure(seconds)
        # Work that threads of this turn still do afterwards counts as idle time of the next turn.
        self.cpu = time.process_time()
        return Slice(measured, idle)

    def steps(self, seconds: float) -> float:
        self.built.step()
        count, begin = 0, time.perf_counter()
        while True:
            self.built.step()
            count += 1
            spent = time.perf_counter() - begin
            if spent >= seconds:
                return spent / count

    def epochs(self, seconds: float) -> float:
        count, spent, rows = 0, 0.0, len(self.work.X)
        while True:
            self.built.start()
            self.built.epoch(self.rng.permutation(rows))
            for _ in range(EPOCHS):
                begin = time.perf_counter()
                # Each epoch draws a new order, and drawing it is part of the work.
                self.built.epoch(self.rng.permutation(rows))
                spent += time.perf_counter() - begin
                count += self.work.steps
                if spent >= seconds:
                    return spent / count
