"""scikit-learn: MLPClassifier.partial_fit, one call per epoch."""

from __future__ import annotations

import numpy as np
import sklearn
from sklearn.neural_network import MLPClassifier

from benchmarks.workloads import HYPER, Training


def versions() -> str:
    return f"scikit-learn {sklearn.__version__}"


def threads() -> int:
    from threadpoolctl import threadpool_info

    return max(pool["num_threads"] for pool in threadpool_info())


class Trainer:
    """It draws its own batches; `shuffle` is off only while the work is checked."""

    def __init__(self, work: Training) -> None:
        self.work = work
        h = HYPER[work.optimizer]
        chosen = (
            {"solver": "adam", "beta_1": h["beta1"], "beta_2": h["beta2"], "epsilon": h["eps"]}
            if work.optimizer == "adam"
            else {"solver": "sgd", "momentum": h["momentum"], "nesterovs_momentum": False}
        )
        hidden = [layer[2] for layer in work.layers if layer[0] == "dense"][:-1]
        self.net = MLPClassifier(
            hidden,
            alpha=0,
            batch_size=work.batch,
            learning_rate_init=h["lr"],
            random_state=0,
            **chosen,
        )
        classes = np.arange(work.layers[-1][-1])
        # The first call makes the arrays that `start` fills.
        self.net.partial_fit(work.X[: work.batch], work.labels[: work.batch], classes=classes)

    def start(self) -> None:
        self.net.coefs_ = [W.copy() for W in self.work.start[::2]]
        self.net.intercepts_ = [b.copy() for b in self.work.start[1::2]]
        # partial_fit continues with the optimizer that it finds.
        del self.net._optimizer

    def epoch(self, order: np.ndarray) -> None:
        # A copy of all rows is needed only where it does not draw its own order.
        X, labels = self.work.X, self.work.labels
        if not self.net.shuffle:
            X, labels = X[order], labels[order]
        self.net.partial_fit(X, labels)

    def checked(self, on: bool) -> None:
        self.net.shuffle = not on

    def parameters(self) -> list[np.ndarray]:
        pairs = zip(self.net.coefs_, self.net.intercepts_, strict=True)
        return [a.copy() for pair in pairs for a in pair]

    def loss(self) -> float:
        p = self.net.predict_proba(self.work.X[:512])
        return float(-np.log(p[np.arange(len(p)), self.work.labels[:512]]).mean())
