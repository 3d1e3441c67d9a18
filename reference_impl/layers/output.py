"""The end of a network: what its result z means, the loss, and where backward starts."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from reference_impl._objects import Written
from reference_impl._validate import class_labels, finite, has_shape
from reference_impl.layers.arrays import first_integers, ones
from reference_impl.layers.layer import Floats, Shape


class Output(Written):
    """What the end of a network must say.

    Targets are checked once for a data set, by `check_target`; the other functions take what it
    returned.
    """

    score_name = "accuracy"

    def activation(self, z: Floats) -> Floats:
        """What z means to a user: probabilities, say."""
        raise NotImplementedError

    def loss_and_gradient(self, z: Floats, target: NDArray[Any]) -> tuple[float, Floats]:
        """(L, dz); L is the mean over the batch."""
        raise NotImplementedError

    def score(self, z: Floats, target: NDArray[Any]) -> float:
        """How good, in one number to read: higher is better, 1 is perfect."""
        raise NotImplementedError

    def check_target(self, target: NDArray[Any], shape: Shape) -> NDArray[Any]:
        """The target for a z of this shape, in the type that the loss wants, or a ValueError."""
        raise NotImplementedError


class SoftmaxOutput(Output):
    """One class of k, trained by cross-entropy from logits; labels are integers 0 … k-1.

    p = e^z / Σ e^z,   L = -(1/n) Σ log p[label],   dz = (p - onehot) / n
    """

    def activation(self, z: Floats) -> Floats:
        p: Floats = np.exp(z - np.maximum.reduce(z, axis=1, keepdims=True))
        p /= np.add.reduce(p, axis=1, keepdims=True)
        return p

    def loss_and_gradient(self, z: Floats, target: NDArray[Any]) -> tuple[float, Floats]:
        """`losses.cross_entropy` and `losses.cross_entropy_grad`, sharing what they share."""
        n, k = z.shape
        # One row per class: a maximum or sum over classes then takes whole rows of samples at once.
        z = z.T.copy()
        z -= np.maximum.reduce(z, axis=0)
        p = np.exp(z)
        total = ones(k, p.dtype).dot(p)
        place = target * n + first_integers(n)  # of each sample's class, in the flat arrays
        # log p = z - log Σ e^z: finite where p itself is 0.
        loss = float(ones(n, p.dtype).dot(np.log(total) - z.take(place))) / n
        total *= n
        p /= total
        p.reshape(-1)[place] -= p.dtype.type(1 / n)
        return loss, p.T

    def score(self, z: Floats, target: NDArray[Any]) -> float:
        """Accuracy: the share of samples whose largest z is that of their class."""
        return float(np.mean(z.argmax(axis=1) == target))

    def check_target(self, target: NDArray[Any], shape: Shape) -> NDArray[np.intp]:
        if len(shape) != 2:
            raise ValueError(f"z has shape {shape}; SoftmaxOutput needs (n, classes), from a Dense")
        labels = np.asarray(target)
        if labels.dtype.kind == "f":
            raise ValueError(
                f"labels is {labels.dtype}; it must be integers 0 … {shape[1] - 1}, one class per "
                "sample. To predict numbers, make the network with output=LinearOutput()"
            )
        class_labels("labels", labels, *shape)
        return np.asarray(labels, np.intp)


class SigmoidOutput(Output):
    """Yes or no for each of k questions, by binary cross-entropy from logits; targets in [0, 1].

    p = 1 / (1 + e^-z),   L = mean of log(1 + e^z) - y z,   dz = (p - y) / (n k)
    """

    def activation(self, z: Floats) -> Floats:
        e = np.exp(-np.abs(z))  # never above 1, so nothing overflows
        p: Floats = np.where(z >= 0, 1, e) / (1 + e)
        return p

    def loss_and_gradient(self, z: Floats, target: NDArray[Any]) -> tuple[float, Floats]:
        """`losses.binary_cross_entropy` and `losses.binary_cross_entropy_grad`."""
        loss = float(np.mean(np.maximum(z, 0) - target * z + np.log1p(np.exp(-np.abs(z)))))
        return loss, (self.activation(z) - target) / z.dtype.type(z.size)

    def score(self, z: Floats, target: NDArray[Any]) -> float:
        """Accuracy at p = ½."""
        return float(np.mean((z > 0) == (target > 0.5)))

    def check_target(self, target: NDArray[Any], shape: Shape) -> NDArray[Any]:
        y = _columns("y", target, shape)
        if not ((y >= 0) & (y <= 1)).all():
            raise ValueError("y has values outside [0, 1]; a probability lies within")
        return y


class LinearOutput(Output):
    """A number for each output, by its mean squared or mean absolute error.

    squared: L = mean of (z - y)²,   dz = 2 (z - y) / (n k)
    absolute: L = mean of |z - y|,   dz = sign(z - y) / (n k)

    Parameters
    ----------
    loss : "mse" or "mae"
    """

    score_name = "r2"

    def __init__(self, loss: str = "mse") -> None:
        if loss not in ("mse", "mae"):
            raise ValueError(f"loss is {loss!r}; it must be 'mse' or 'mae'")
        self.loss = loss

    def activation(self, z: Floats) -> Floats:
        return z

    def loss_and_gradient(self, z: Floats, target: NDArray[Any]) -> tuple[float, Floats]:
        difference = z - target
        if self.loss == "mse":
            return float(np.mean(difference**2)), difference * z.dtype.type(2 / z.size)
        return float(np.mean(np.abs(difference))), np.sign(difference) / z.dtype.type(z.size)

    def score(self, z: Floats, target: NDArray[Any]) -> float:
        """R²: the share of the targets' variance that is explained."""
        residual = np.sum((target - z) ** 2)
        if (target == target[:1]).all():  # rounding in the mean would leave some variance
            return float(residual == 0)
        spread = np.sum((target - target.mean(axis=0)) ** 2)
        return float(1 - residual / spread) if spread else float(residual == 0)

    def check_target(self, target: NDArray[Any], shape: Shape) -> NDArray[Any]:
        return _columns("y", target, shape)


def _columns(name: str, target: NDArray[Any], shape: Shape) -> NDArray[Any]:
    """Targets as floats, of the shape of z; one column may come as (n,)."""
    y = np.asarray(target)
    if y.dtype.kind == "c":
        raise ValueError(f"{name} is complex; give the real and the imaginary part as two columns")
    if y.dtype.kind != "f":
        y = y.astype(np.float64)
    if y.ndim == 1 and len(shape) == 2 and shape[1] == 1:
        y = y[:, None]
    has_shape(name, y, shape, "as the network's output")
    finite(**{name: y})
    return y
