"""What happens between the epochs of a training: stop in time, save, show progress."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from reference_impl._validate import whole
from reference_impl.regularization import EarlyStopping

if TYPE_CHECKING:
    from reference_impl.network import Network
    from reference_impl.training import Trainer


class Callback:
    """What the trainer calls. Override the methods for the moments that you need."""

    def on_fit_start(self, trainer: Trainer, until_epoch: int) -> None:
        """Before the first epoch of `fit(…, until_epoch)`."""

    def on_epoch_end(self, trainer: Trainer) -> None:
        """After each epoch: its values are in `trainer.history`; `trainer.stop = True` ends all."""

    def on_fit_end(self, trainer: Trainer) -> None:
        """After the last epoch, unless an error or an interruption ended it."""

    def state_dict(self) -> dict[str, Any]:
        """What a checkpoint has to keep of this callback."""
        return {}

    def load_state_dict(self, saved: dict[str, Any]) -> None:
        """Go on from what `state_dict` gave."""


class StopOnPlateau(Callback):
    """Ends the training when a quantity of the history no longer improves, as `EarlyStopping` says.

    The network then has the parameters of its best epoch again. If `fit` ended for another reason,
    at its `until_epoch`, the next `fit` goes on from the last epoch nevertheless.

    It belongs to one trainer only. In a new one, whose first epoch is still to come, it begins
    anew.

    Parameters
    ----------
    patience : epochs without an improvement before training stops; as many again if it goes on
        nevertheless, with `trainer.stop = False`
    min_delta : only a change by more than this is an improvement
    monitor : name of the quantity
    restore_best : at the end of training put the network back to its best epoch; after an
        interruption, `restore(network)` does
    mode : "min" if the quantity should fall, "max" if it should rise; None: a loss should fall,
        everything else rise
    """

    def __init__(
        self,
        patience: int,
        min_delta: float = 0.0,
        monitor: str = "val_loss",
        restore_best: bool = True,
        mode: str | None = None,
    ) -> None:
        if mode not in (None, "min", "max"):
            raise ValueError(f"mode is {mode!r}; it must be 'min', 'max' or None")
        self.monitor = monitor
        self.restore_best = restore_best
        self._sign = -1 if (mode or ("min" if monitor.endswith("loss") else "max")) == "max" else 1
        self.stopping = EarlyStopping(patience, min_delta)
        self._best: dict[str, Any] = {}
        self._last: dict[str, Any] = {}

    def on_fit_start(self, trainer: Trainer, until_epoch: int) -> None:
        if trainer.epoch == 0:
            self.stopping = EarlyStopping(self.stopping.patience, self.stopping.min_delta)
            self._best, self._last = {}, {}
        network = trainer.network
        # Unless somebody has written other parameters in the meantime.
        if self._last and np.array_equal(network.theta, self._best["theta"]):
            self._put(network, self._last)
        self._last = {}
        if not trainer.stop and self.stopping._waited >= self.stopping.patience:
            self.stopping._waited = 0

    def on_epoch_end(self, trainer: Trainer) -> None:
        if self.monitor not in trainer.history:
            raise ValueError(
                f"monitor is {self.monitor!r}; the history has {', '.join(trainer.history)}: "
                "a val_… needs `validation` in fit"
            )
        before = self.stopping.best_step
        if self.stopping.step(self._sign * trainer.history[self.monitor][-1]):
            trainer.stop = True
        if self.stopping.best_step != before or not self._best:
            self._best = self._copied(trainer.network)

    def on_fit_end(self, trainer: Trainer) -> None:
        if self.restore_best and self._best:
            if not trainer.stop:
                self._last = self._copied(trainer.network)
            self.restore(trainer.network)

    def restore(self, network: Network) -> None:
        """Put the network that was trained back to its best epoch.

        Raises
        ------
        ValueError : there was no epoch yet
        """
        if not self._best:
            raise ValueError("there is no best epoch yet: fit comes first")
        self._put(network, self._best)

    @staticmethod
    def _copied(network: Network) -> dict[str, Any]:
        return {"theta": network.theta.copy(), "buffers": network.buffers.copy()}

    @staticmethod
    def _put(network: Network, kept: dict[str, Any]) -> None:
        network.theta[...] = kept["theta"]
        network.buffers[...] = kept["buffers"]

    def state_dict(self) -> dict[str, Any]:
        seen = {k: v for k, v in vars(self.stopping).items() if k not in ("patience", "min_delta")}
        return {"stopping": seen, "best": self._best, "last": self._last}

    def load_state_dict(self, saved: dict[str, Any]) -> None:
        vars(self.stopping).update(saved["stopping"])
        self._best = saved["best"]
        self._last = saved.get("last", {})  # older files have none


class Checkpoint(Callback):
    """`trainer.save(path)` after every `every` epochs. Put it last: it saves the others' state.

    Parameters
    ----------
    path : the file, replaced each time; with "{epoch}" in it, which is filled in, all are kept
    every : epochs
    """

    def __init__(self, path: str | Path, every: int = 1) -> None:
        whole(every=every)
        try:
            str(path).format(epoch=0)
        except (IndexError, KeyError, ValueError):
            raise ValueError(
                f"path is {str(path)!r}; only {{epoch}} may stand in braces, as in run{{epoch}}.npz"
            ) from None
        self.path = path
        self.every = every

    def on_epoch_end(self, trainer: Trainer) -> None:
        if trainer.epoch % self.every == 0 or trainer.stop:
            trainer.save(str(self.path).format(epoch=trainer.epoch))


class ProgressBar(Callback):
    """A bar with the epochs done, the time left and the last values, by tqdm."""

    def __getstate__(self) -> dict[str, Any]:
        return {}  # a bar stays where it is shown

    def on_fit_start(self, trainer: Trainer, until_epoch: int) -> None:
        # Here, not above: importing tqdm takes nearly as long as importing NumPy.
        from tqdm.auto import tqdm

        self._bar = tqdm(total=until_epoch, initial=trainer.epoch, unit="epoch")

    def on_epoch_end(self, trainer: Trainer) -> None:
        latest = {name: f"{values[-1]:.4g}" for name, values in trainer.history.items()}
        self._bar.set_postfix(latest, refresh=False)
        self._bar.update()

    def on_fit_end(self, trainer: Trainer) -> None:
        self._bar.close()
