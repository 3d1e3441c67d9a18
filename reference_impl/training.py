"""The training loop, and checkpoints from which it goes on as if it had never stopped."""

from __future__ import annotations

import math
import warnings
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from reference_impl import optim
from reference_impl._objects import hold, plain, refuse_held
from reference_impl._validate import not_negative, positive, whole
from reference_impl.callbacks import Callback
from reference_impl.checkpoint import read_checkpoint, write_checkpoint
from reference_impl.compiled import DTYPES, available
from reference_impl.descent import minibatches
from reference_impl.layers.layer import Floats
from reference_impl.network import Network

History = dict[str, list[float]]
"""A list for each quantity, with a value for each epoch: `loss`, `lr`, `val_loss`, …"""


_PARTS = {"settings", "network", "optimizer", "trainer", "callbacks"}
"""What `Trainer.save` writes."""


class Trainer:
    """Mini-batch training of one network by one optimizer.

        trainer = Trainer(network, Adam(lr=0.001), batch_size=32)
        history = trainer.fit(X, labels, until_epoch=20, validation=(X_val, labels_val))

    Parameters
    ----------
    network : changed by training
    optimizer : bound to the network here, from a fresh state; it belongs to one trainer only
    batch_size : samples per step; the last batch of an epoch may have fewer
    schedule : epoch → learning rate, asked at each step with fractions of an epoch: such as
        `lambda epoch: cosine_decay(0.1, epoch, 20)`. None keeps the optimizer's own
    clip_norm, clip_value : limits of the gradient, for its global norm and for each element
    l1, l2 : λ of the penalties λ Σ |w| and λ Σ w², which the loss gains and whose gradients,
        λ sign(w) and 2 λ w, are added to its own; on weights and not on biases
    callbacks : called after each epoch, in this order; one that a checkpoint keeps something of,
        such as StopOnPlateau, belongs to one trainer only
    compiled : True for optimizers that Numba compiles, False for those in NumPy, None for compiled
        ones where Numba is installed; no number changes by it. `summary` says which it is

    Attributes
    ----------
    history : of all epochs so far; nan where a quantity was not measured
    epoch : number of epochs done
    stop : True once a callback wanted no further epoch, or the loss was no longer finite. `fit`
        then does nothing; set it to False to go on nevertheless

    A deep copy or a pickle has a network and an optimizer of its own, and trains on as this one
    does.
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
        compiled: bool | None = None,
    ) -> None:
        if not isinstance(network, Network):
            raise ValueError(
                f"network is {network!r}; it must be a network: Network([Dense(2)], (64,), rng)"
            )
        if not isinstance(optimizer, optim.Optimizer):
            raise ValueError(
                f"optimizer is {optimizer!r}; it must be an optimizer, such as Adam(lr=0.001)"
            )
        refuse_held("optimizer", optimizer, self)
        whole(batch_size=batch_size)
        if schedule is not None and not callable(schedule):
            raise ValueError(
                f"schedule is {schedule!r}; it must be a function, epoch → learning rate; one rate "
                "for all epochs is the optimizer's own lr"
            )
        if not isinstance(callbacks, Sequence):
            raise ValueError(
                f"callbacks is {callbacks!r}; it must be a list, such as [ProgressBar()]"
            )
        for i, callback in enumerate(callbacks):
            if not isinstance(callback, Callback):
                raise ValueError(
                    f"callbacks[{i}] is {callback!r}; it must be a Callback, such as ProgressBar()"
                )
            if _has_state(callback):
                refuse_held(f"callbacks[{i}]", callback, self)
        if clip_norm is not None:
            positive(clip_norm=clip_norm)
        if clip_value is not None:
            positive(clip_value=clip_value)
        not_negative(l1=l1, l2=l2)
        self.network = network
        self.optimizer = optimizer.bind(network.theta, network.grad, compiled)
        hold(optimizer, self)
        self.batch_size = plain(batch_size)
        self.schedule = schedule
        self.clip_norm, self.clip_value = plain(clip_norm), plain(clip_value)
        self.l1, self.l2 = plain(l1), plain(l2)
        self.callbacks = list(callbacks)
        self._hold_callbacks()
        self.history: History = {}
        self.stop = False
        self._weights = self._weights_of(network)

    def __setstate__(self, state: dict[str, Any]) -> None:
        vars(self).update(state)
        hold(self.optimizer, self)
        self._hold_callbacks()
        self._weights = self._weights_of(self.network)

    def __getstate__(self) -> dict[str, Any]:
        return {**vars(self), "_weights": None}

    def _hold_callbacks(self) -> None:
        for callback in self.callbacks:
            if _has_state(callback):
                hold(callback, self)

    @staticmethod
    def _weights_of(network: Network) -> list[tuple[Floats, Floats]]:
        return [pair for pair in network.parameters().values() if pair[0].ndim > 1]

    @property
    def epoch(self) -> int:
        return len(self.history.get("loss", ()))

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
        `fit(X, target, 40)` trains 20 more, as the second half of a `fit(X, target, 40)` would.
        Training ends earlier when a callback asks for it, and when the loss is no longer finite;
        then a warning says what may help, except under `np.errstate(invalid="ignore")`.

        An epoch is recorded as a whole, after its validation: interrupted before, it is not in the
        history, and is trained again by the next call.

        Parameters
        ----------
        X, target : training samples and their targets, in the form that the network's output takes
        until_epoch : the number of epochs that are done at the end, counted from the very first
        validation : (X, target) of held-out samples, evaluated after each epoch

        Returns
        -------
        the history, in lists of its own: what is done to them changes nothing here

        Raises
        ------
        ValueError : no samples, shapes that do not fit, NaN or infinity, labels out of range
        """
        whole(0, until_epoch=until_epoch)
        X, target = self._checked(X, target)
        if validation is not None:
            if not isinstance(validation, tuple) or len(validation) != 2:
                raise ValueError("validation must be a tuple of two: (X, target)")
            try:
                validation = self._checked(*validation)
            except ValueError as error:
                raise ValueError(f"in validation: {error}") from None
        for callback in self.callbacks:
            callback.on_fit_start(self, until_epoch)
        while self.epoch < until_epoch and not self.stop:
            values = {"loss": self.train_epoch(X, target), "lr": self.optimizer.lr}
            if validation:
                values["val_loss"], score = self.network.evaluate(*validation)
                values[f"val_{self.network.output.score_name}"] = score
            self._record(values)
            if not math.isfinite(values["loss"]):
                self._say_diverged(values["loss"])
                self.stop = True
            for callback in self.callbacks:
                callback.on_epoch_end(self)
        for callback in self.callbacks:
            callback.on_fit_end(self)
        return {name: list(values) for name, values in self.history.items()}

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

    def summary(self) -> str:
        """The network's table, the optimizer, and whether Numba compiles its step."""
        dtype = self.network.dtype
        if self.optimizer.compiled:
            form = "compiled by Numba; Trainer(…, compiled=False) does without"
        elif available(dtype):
            form = "in NumPy; Trainer(…, compiled=True) has Numba compile it"
        elif dtype in DTYPES:
            form = "in NumPy; with Numba installed (pip install numba) it would be compiled"
        else:
            form = f"in NumPy; Numba does not compile {dtype}"
        return f"{self.network.summary()}\n{self.optimizer!r}, {form}"

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

    def _record(self, values: dict[str, float]) -> None:
        """The epoch's values, in one assignment: no interruption leaves half of them."""
        missing = [math.nan] * self.epoch
        self.history = {
            name: [*self.history.get(name, missing), values.get(name, math.nan)]
            for name in self.history | values
        }

    def _say_diverged(self, loss: float) -> None:
        if np.geterr()["invalid"] == "ignore":
            return
        limit = "" if self.clip_norm else ", or clip_norm=1.0 to begin with"
        warnings.warn(
            f"The loss is {loss} in epoch {self.epoch}, at a learning rate of "
            f"{self.optimizer.lr:g}: the training has diverged, and stops. Make a new network and "
            f"trainer, with a smaller learning rate{limit}.",
            RuntimeWarning,
            stacklevel=3,
        )

    def _checked(self, X: NDArray[Any], target: NDArray[Any]) -> tuple[Floats, NDArray[Any]]:
        X = self.network.check_input(X)
        if not len(X):
            raise ValueError("X has no samples; it needs at least one")
        return X, self.network.check_target(target, len(X))

    def save(self, path: str | Path) -> None:
        """Write all that `load` needs, in one file that is either old or new, never half."""
        write_checkpoint(
            path,
            {
                "settings": self._settings(),
                "network": {
                    "theta": self.network.theta,
                    "buffers": self.network.buffers,
                    "rng": self.network.rng.bit_generator.state,
                },
                "optimizer": self.optimizer.state_dict(),
                "trainer": {"stop": self.stop, "history": self.history},
                "callbacks": {
                    name: callback.state_dict()
                    for name, callback in self._named_callbacks().items()
                },
            },
        )

    def load(self, path: str | Path) -> None:
        """Go on from where `save` was called, bit for bit.

        The trainer must be made as the saved one was, but for the learning rate, which the file
        has, and what the callbacks are asked to do, as by `patience`; the data are given to `fit`
        again.

        Raises
        ------
        FileNotFoundError : no such file
        ValueError : not a checkpoint, a damaged one, or one of a training with other settings;
            then everything stays as it was
        """
        saved = read_checkpoint(path)
        if not isinstance(saved, dict) or _PARTS - saved.keys():
            raise ValueError(f"{path} is no training that was saved: Trainer.save writes one")
        for what, ours in self._settings().items():
            if (theirs := saved["settings"].get(what)) != ours:
                raise ValueError(
                    f"{path} is of another training: {what} there {theirs}, here {ours}"
                )
        network, trainer = saved["network"], saved["trainer"]
        self.network.theta[...] = network["theta"]
        self.network.buffers[...] = network["buffers"]
        self.network.rng.bit_generator.state = network["rng"]
        self.optimizer.load_state_dict(saved["optimizer"])
        self.stop, self.history = trainer["stop"], trainer["history"]
        for name, callback in self._named_callbacks().items():
            callback.load_state_dict(saved["callbacks"][name])

    def _settings(self) -> dict[str, Any]:
        """What must be the same where a training goes on; arrays then have the same shapes."""
        network = self.network
        return {
            "the layers": repr(network.layers),
            "the input's shape": list(network.shapes[0]),
            "the output": repr(network.output),
            "the dtype": str(network.dtype),
            "the generator": type(network.rng.bit_generator).__name__,
            "the optimizer": self.optimizer.written(but="lr"),
            "the schedule": "none" if self.schedule is None else "one",
            "the callbacks": list(self._named_callbacks()),
            **{
                name: getattr(self, name)
                for name in ("batch_size", "clip_norm", "clip_value", "l1", "l2")
            },
        }

    def _named_callbacks(self) -> dict[str, Callback]:
        return {
            f"{i} {type(callback).__name__}": callback for i, callback in enumerate(self.callbacks)
        }


def _has_state(callback: Callback) -> bool:
    """Whether a checkpoint keeps something of it, which belongs to one training."""
    return type(callback).state_dict is not Callback.state_dict
