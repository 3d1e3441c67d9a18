"""A network: layers in a row, and all their parameters in one flat vector.

An optimizer is then its formula on two vectors, a checkpoint is a few arrays, and one norm of one
vector is the global norm.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import DTypeLike, NDArray

from reference_impl._validate import not_empty, positive
from reference_impl.layers.layer import Floats, Layer, Shape
from reference_impl.layers.output import Output, SoftmaxOutput


class Network:
    """Layers in a row, and the output that says what their result means and how it is judged.

    z = layer_k(… layer_2(layer_1(x)))

    Parameters
    ----------
    layers : from the input to the last linear layer; a layer stands in one network only
    input_shape : shape of one sample, (64,) or (channels, height, width)
    rng : source of the first weights, and later of what layers draw while training
    output : what z means and how it is judged; class scores by default
    dtype : float32 to train, float64 to check

    Attributes
    ----------
    theta, grad : (parameters,) every parameter, and its gradient after `backprop`
    buffers : (tracked,) what layers track without learning it
    shapes : the shape of one sample before each layer, and after the last

    Raises
    ------
    ValueError : no layers, a layer that cannot take the shape that it would get, an input_shape
        that is no tuple, or a dtype without fractions
    """

    def __init__(
        self,
        layers: Sequence[Layer],
        input_shape: Shape,
        rng: np.random.Generator,
        output: Output | None = None,
        dtype: DTypeLike = np.float32,
    ) -> None:
        if not layers:
            raise ValueError("layers is empty; a network needs at least one")
        if len({id(layer) for layer in layers}) < len(layers):
            raise ValueError("layers has one layer twice; make a new one for each place")
        if not isinstance(input_shape, tuple):
            raise ValueError(f"input_shape is {input_shape!r}; it must be a tuple, such as (64,)")
        if not np.issubdtype(dtype, np.floating):
            raise ValueError(f"dtype is {np.dtype(dtype)}; it must be a floating-point type")
        self.layers = list(layers)
        self.rng = rng
        self.output = output or SoftmaxOutput()
        self.shapes = [input_shape]
        for layer in self.layers:
            self.shapes.append(layer.build(self.shapes[-1]))
        self.theta = np.zeros(sum(_size(layer.parameter_shapes()) for layer in layers), dtype)
        self.grad = np.zeros_like(self.theta)
        self.buffers = np.zeros(sum(_size(layer.buffer_shapes()) for layer in layers), dtype)
        theta, grad, buffers = _cutter(self.theta), _cutter(self.grad), _cutter(self.buffers)
        for layer in self.layers:
            shapes = layer.parameter_shapes()
            layer.attach(
                {name: theta(shape) for name, shape in shapes.items()}
                | {f"d{name}": grad(shape) for name, shape in shapes.items()}
                | {name: buffers(shape) for name, shape in layer.buffer_shapes().items()}
            )
            layer.initialize(rng)

    @property
    def dtype(self) -> np.dtype[Any]:
        """The floating-point type of everything in the network."""
        return self.theta.dtype

    def forward(self, X: Floats, training: bool = False) -> Floats:
        """z for a batch X of shape (n, *input_shape), of the network's dtype."""
        for layer in self.layers:
            X = layer.forward(X, training)
        return X

    def backward(self, dz: Floats, need_dx: bool = False) -> Floats:
        """Write the gradients of all parameters; with `need_dx`, return that of the input."""
        first = self.layers[0]
        for layer in reversed(self.layers):
            dz = layer.backward(dz, need_dx or layer is not first)
        return dz

    def backprop(self, X: Floats, target: NDArray[Any]) -> float:
        """Write the gradient of a training batch's loss into `grad`, and return the loss.

        The innermost call of training, so nothing is checked here: `check_input` does that once
        for a whole data set.
        """
        loss, dz = self.output.loss_and_gradient(self.forward(X, training=True), target)
        self.backward(dz)
        return loss

    def predict(self, X: NDArray[Any], batch_size: int = 512) -> Floats:
        """z for samples of any number, a batch at a time, as when training is over.

        Raises
        ------
        ValueError : samples of another shape, or NaN or infinity among them
        """
        positive(batch_size=batch_size)
        X = self.check_input(X)
        batches = [self.forward(X[i : i + batch_size]) for i in range(0, len(X), batch_size)]
        return np.concatenate(batches or [np.empty((0, *self.shapes[-1]), self.dtype)])

    def evaluate(self, X: NDArray[Any], target: NDArray[Any]) -> tuple[float, float]:
        """(loss, score) on held-back samples; the score is the accuracy where there are classes.

        Raises
        ------
        ValueError : no samples, or what `check_input` and `check_target` refuse
        """
        not_empty(X=X)
        z = self.predict(X)
        target = self.check_target(target, len(z))
        return self.output.loss_and_gradient(z, target)[0], self.output.score(z, target)

    def check_input(self, X: NDArray[Any], name: str = "X") -> Floats:
        """X in the network's dtype.

        Raises
        ------
        ValueError : samples of another shape, or NaN or infinity among them
        """
        X = np.asarray(X)
        if X.shape[1:] != self.shapes[0] or X.ndim == 0:
            raise ValueError(f"{name} has shape {X.shape}; it needs (n, *{self.shapes[0]})")
        with np.errstate(over="ignore"):  # what is too large becomes infinite, and is found below
            X = np.ascontiguousarray(X, dtype=self.dtype)
        # The extremes tell it without a second array of the size of X.
        if X.size and not (np.isfinite(X.min()) and np.isfinite(X.max())):
            where = tuple(int(i[0]) for i in np.nonzero(~np.isfinite(X)))
            raise ValueError(f"{name} has {X[where]} at {where}; it must be finite everywhere")
        return X

    def check_target(self, target: NDArray[Any], n: int) -> NDArray[Any]:
        """Targets of n samples, as the output takes them; numbers in the network's dtype.

        Raises
        ------
        ValueError : a shape that does not fit, labels out of range, NaN
        """
        target = self.output.check_target(target, (n, *self.shapes[-1]))
        return target if target.dtype.kind in "iu" else target.astype(self.dtype)

    def parameters(self) -> dict[str, tuple[Floats, Floats]]:
        """Each parameter with its gradient, as views, in the order of `theta`.

        {"0.W": (W, dW), "0.b": (b, db), "2.W": …}: the number is the layer's place.
        """
        theta, grad = _cutter(self.theta), _cutter(self.grad)
        return {
            f"{i}.{name}": (theta(shape), grad(shape))
            for i, layer in enumerate(self.layers)
            for name, shape in layer.parameter_shapes().items()
        }

    def summary(self) -> str:
        """A table of the layers, the shapes that leave them, and their numbers of parameters."""
        rows = [("layer", "output", "parameters")]
        for layer, shape in zip(self.layers, self.shapes[1:], strict=True):
            rows.append((repr(layer), str(shape), f"{_size(layer.parameter_shapes()):,}"))
        left, middle, right = (max(map(len, column)) for column in zip(*rows, strict=True))
        lines = [f"{a:<{left}}  {b:<{middle}}  {c:>{right}}" for a, b, c in rows]
        rule = "-" * len(lines[0])
        total = f"{self.theta.size:,} parameters, {self.theta.nbytes / 2**10:,.0f} KiB"
        tracked = f"; {self.buffers.size:,} tracked" if self.buffers.size else ""
        return "\n".join([lines[0], rule, *lines[1:], rule, total + tracked])


def _size(shapes: dict[str, Shape]) -> int:
    return sum(map(math.prod, shapes.values()))


def _cutter(flat: Floats) -> Callable[[Shape], Floats]:
    """Hands out one view after another of a flat vector."""
    start = 0

    def cut(shape: Shape) -> Floats:
        nonlocal start
        end = start + math.prod(shape)
        view = flat[start:end].reshape(shape)
        start = end
        return view

    return cut
