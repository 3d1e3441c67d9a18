"""The training loop, and checkpoints from which it goes on as if it had never stopped."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from reference_impl import optim
from reference_impl._validate import not_negative, positive
from reference_impl.callbacks import Callback
from reference_impl.checkpoint import read_checkpoint, write_checkpoint
from reference_impl.descent import minibatches
from reference_impl.layers.layer import Floats
from reference_impl.network import Network

History = dict[str, list[float]]
"""A list for each quantity, with a value for each epoch: `loss`, `lr`, `val_loss`, …"""


class Trainer:
    """Mini-batch training of one network by one optimizer.

        trainer = Trainer(network, Adam(lr=0.001), batch_size=32)
        history = trainer.fit(X, labels, until_epoch=20, validation=(X_val, labels_val))

    Parameters
    ----------
    network : changed by training
    optimizer : bound to the network here, from a fresh state
    batch_size : samples per step; the last batch of an epoch may have fewer
    schedule : epoch → learning rate, asked at each step with fractions of an epoch: such as
        `lambda epoch: cosine_decay(0.1, epoch, 20)`. None keeps the optimizer's own
    clip_norm, clip_value : limits of the gradient, for its global norm and for each element
    l1, l2 : λ of the penalties λ Σ |w| and λ Σ w², which the loss gains and whose gradients,
        λ sign(w) and 2 λ w, are added to its own; on weights and not on biases
    callbacks : called after each epoch, in this order

    Attributes
    ----------
    history : of all epochs so far
    epoch : number of epochs done
    stop : True once a callback wanted no further epoch, or the loss was no longer finite. `fit`
        then does nothing; set it to False to go on nevertheless
    """

    def __init__(
        self,
        network: Network,
        optimizer: optim.Optimizer,
        *,
        batch_size: int = 32,
        schedule: Callable[[float], float] | None = None,
        clip_norm: float | None = None,
        clip_value: float | None = None,
        l1: float = 0.0,
        l2: float = 0.0,
        callbacks: Sequence[Callback] = (),
    ) -> None:
        positive(batch_size=batch_size)
        if clip_norm is not None:
            positive(clip_norm=clip_norm)
        if clip_value is not None:
            positive(clip_value=clip_value)
        not_negative(l1=l1, l2=l2)
        self.network = network
        self.optimizer = optimizer.bind(network.theta, network.grad)
        self.batch_size = batch_size
        self.schedule = schedule
        self.clip_norm, self.clip_value = clip_norm, clip_value
        self.l1, self.l2 = l1, l2
        self.callbacks = list(callbacks)
        self.history: History = {}
        self.epoch = 0
        self.stop = False
        self._weights = [pair for pair in network.parameters().values() if pair[0].ndim > 1]

    def fit(
        self,
        X: NDArray[Any],
        target: NDArray[Any],
        until_epoch: int,
        validation: tuple[NDArray[Any], NDArray[Any]] | None = None,
    ) -> History:
        """Train until `until_epoch` epochs are done in all: a second call resumes.

        Epochs that are done already count, whether by this trainer or before the checkpoint that it
        loaded: after `fit(X, target, 20)` another `fit(X, target, 20)` does nothing, and
        `fit(X, target, 40)` trains 20 more. Training ends earlier when a callback asks for it, and
        when the loss is no longer finite.

        Parameters
        ----------
        X, target : training samples and their targets, in the form that the network's output takes
        until_epoch : the number of epochs that are done at the end, counted from the very first
        validation : (X, target) of held-back samples, evaluated after each epoch

        Returns
        -------
        the history

        Raises
        ------
        ValueError : no samples, shapes that do not fit, NaN or infinity, labels out of range
        """
        X, target = self._checked(X, target, "X")
        if validation:
            validation = self._checked(*validation, "validation X")
        for callback in self.callbacks:
            callback.on_fit_start(self, until_epoch)
        while self.epoch < until_epoch and not self.stop:
            loss = self.train_epoch(X, target)
            self._record(loss=loss, lr=self.optimizer.lr)
            if validation:
                val_loss, score = self.network.evaluate(*validation)
                self._record(val_loss=val_loss)
                self._record(**{f"val_{self.network.output.score_name}": score})
            self.epoch += 1
            self.stop = not math.isfinite(loss)
            for callback in self.callbacks:
                callback.on_epoch_end(self)
        for callback in self.callbacks:
            callback.on_fit_end(self)
        return self.history

    def train_epoch(self, X: Floats, target: NDArray[Any]) -> float:
        """One step for each mini-batch; the mean loss on the way. Nothing is checked here."""
        batches = minibatches(len(X), self.batch_size, self.network.rng)
        rows = np.empty((min(self.batch_size, len(X)), *X.shape[1:]), X.dtype)
        total = 0.0
        for i, batch in enumerate(batches):
            if self.schedule:
                self.optimizer.lr = self.schedule(self.epoch + i / len(batches))
            # With `out` nothing is allocated; mode "raise" would buffer, three times as slow.
            samples = X.take(batch, axis=0, out=rows[: len(batch)], mode="clip")
            total += len(batch) * self.train_step(samples, target.take(batch, axis=0))
        return total / len(X)

    def train_step(self, X: Floats, target: NDArray[Any]) -> float:
        """One step on one batch; its loss before the step."""
        loss = self.network.backprop(X, target)
        if self.l1 or self.l2:
            loss += self._add_penalties()
        if self.clip_value:
            optim.clip_by_value(self.network.grad, self.clip_value)
        if self.clip_norm:
            optim.clip_by_global_norm(self.network.grad, self.clip_norm)
        self.optimizer.step()
        return loss

    def _add_penalties(self) -> float:
        """λ1 Σ |w| + λ2 Σ w², added to the gradient as λ1 sign(w) + 2 λ2 w."""
        penalty = 0.0
        for W, dW in self._weights:
            if self.l1:
                penalty += self.l1 * float(np.sum(np.abs(W)))
                dW += self.l1 * np.sign(W)
            if self.l2:
                penalty += self.l2 * float(np.vdot(W, W))
                dW += 2 * self.l2 * W
        return penalty

    def _record(self, **values: float) -> None:
        for name, value in values.items():
            self.history.setdefault(name, []).append(value)

    def _checked(
        self, X: NDArray[Any], target: NDArray[Any], name: str
    ) -> tuple[Floats, NDArray[Any]]:
        X = self.network.check_input(X, name)
        if not len(X):
            raise ValueError(f"{name} has no samples; it needs at least one")
        return X, self.network.check_target(target, len(X))

    def save(self, path: str | Path) -> None:
        """Write all that `load` needs, in one file that is either old or new, never half."""
        write_checkpoint(
            path,
            {
                "network": {
                    "theta": self.network.theta,
                    "buffers": self.network.buffers,
                    "layers": repr(self.network.layers),
                    "rng": self.network.rng.bit_generator.state,
                },
                "optimizer": {"name": type(self.optimizer).__name__, **self.optimizer.state_dict()},
                "trainer": {"epoch": self.epoch, "stop": self.stop, "history": self.history},
                "callbacks": {
                    name: callback.state_dict()
                    for name, callback in self._named_callbacks().items()
                },
            },
        )

    def load(self, path: str | Path) -> None:
        """Go on from where `save` was called, bit for bit.

        The trainer must be made as the saved one was; the data are given to `fit` again.

        Raises
        ------
        FileNotFoundError : no such file
        ValueError : not a checkpoint, a damaged one, or one of another network or optimizer
        """
        saved = read_checkpoint(path)
        network, optimizer, trainer = saved["network"], saved["optimizer"], saved["trainer"]
        # All checks before the first change: a refused file leaves everything as it was.
        for what, theirs, ours in [
            ("the layers", network["layers"], repr(self.network.layers)),
            ("the optimizer", optimizer["name"], type(self.optimizer).__name__),
            ("the dtype", str(network["theta"].dtype), str(self.network.dtype)),
            ("the callbacks", list(saved["callbacks"]), list(self._named_callbacks())),
        ]:
            if theirs != ours:
                raise ValueError(
                    f"{path} is of another training: {what} there {theirs}, here {ours}"
                )
        self.network.theta[...] = network["theta"]
        self.network.buffers[...] = network["buffers"]
        self.network.rng.bit_generator.state = network["rng"]
        self.optimizer.load_state_dict(optimizer)
        self.epoch, self.stop, self.history = (
            trainer["epoch"],
            trainer["stop"],
            trainer["history"],
        )
        for name, callback in self._named_callbacks().items():
            callback.load_state_dict(saved["callbacks"][name])

    def _named_callbacks(self) -> dict[str, Callback]:
        return {
            f"{i} {type(callback).__name__}": callback for i, callback in enumerate(self.callbacks)
        }
