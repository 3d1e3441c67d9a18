"""One module per library: how it trains a `Training` and makes the steps of an `Update`.

Each has `versions()`, `threads()` and, for what it can do, `Trainer(work, **options)` and
`Updater(update, **options)`. Nothing here is imported before it runs in its own process.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray


class Trains(Protocol):
    """A network of one library, on its data."""

    def start(self) -> None:
        """Back to the starting parameters and a fresh optimizer. Not timed."""

    def epoch(self, order: NDArray[np.int64]) -> None:
        """Train on the rows of `order` in batches; return when everything is computed."""

    def parameters(self) -> list[NDArray[np.float32]]:
        """The parameters, in the order and the shapes of `Training.start`."""

    def loss(self) -> float:
        """The mean loss of the first 512 rows, in training mode."""


class Steps(Protocol):
    """An optimizer of one library, on one flat vector and a gradient that stays."""

    def step(self) -> None:
        """One step; return when it is computed."""

    def parameters(self) -> list[NDArray[np.float32]]:
        """[θ]"""


@dataclass(frozen=True)
class Peer:
    """A column of the tables: a module of this package, with options."""

    title: str
    module: str
    options: dict[str, Any] = field(default_factory=dict)
    environment: dict[str, str] = field(default_factory=dict)


PEERS = {
    "ours": Peer("this reference", "ours", {"compiled": True}),
    "ours-numpy": Peer("this reference without Numba", "ours", {"compiled": False}),
    "torch": Peer("PyTorch eager", "pytorch"),
    "torch-fused": Peer("PyTorch eager, fused optimizer", "pytorch", {"fused": True}),
    "torch-channels-last": Peer(
        "PyTorch eager, fused, channels_last", "pytorch", {"fused": True, "channels_last": True}
    ),
    "torch-compile": Peer("torch.compile", "pytorch", {"fused": True, "compiled": True}),
    "sklearn": Peer("scikit-learn", "scikit"),
    "jax": Peer("JAX, jitted step", "jax_step"),
    "jax-flat": Peer("JAX, jitted step, flat vector", "jax_step", {"flat": True}),
    "keras": Peer("Keras on PyTorch", "keras3", environment={"KERAS_BACKEND": "torch"}),
    "textbook": Peer("textbook NumPy", "textbook"),
    "copy-1": Peer("copy, one thread", "memory", {"threads": 1}),
    "copy-all": Peer("copy, all threads", "memory"),
}
"""The peers of the tables, in the order of their columns."""
