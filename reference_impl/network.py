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

from reference_impl._objects import hold, make_plain, refuse_held
from reference_impl._validate import generator, not_empty, whole
from reference_impl.layers.layer import Floats, Layer, Shape, swap_for_speed
from reference_impl.layers.output import Output, SoftmaxOutput


class Network:
    """Layers in a row, and the output that says what their result means and how it is judged.

    z = layer_k(… layer_2(layer_1(x)))

    Parameters
    ----------
    layers : from the input to the last linear layer; a layer belongs to one network only
    input_shape : shape of one sample, (64,) or (channels, height, width)
    rng : source of the first weights, and later of what layers draw while training
    output : what z means and how it is judged; class scores by default
    dtype : float32 to train, float64 to check

    Attributes
    ----------
    theta, grad : (parameters,) every parameter, and its gradient after `backprop`; layers and
        optimizer have views into them, so new values are written into them: `theta[...] = …`
    buffers : (tracked,) what layers track without learning it
    shapes : the shape of one sample before each layer, and after the last

    A deep copy or a pickle of a network is a network of its own, and trains on as this one does.

    Raises
    ------
    ValueError : no layers, a layer that cannot take the shape that it would get or that belongs to
        another network, an input_shape that is no tuple of whole numbers, a dtype that cannot train
    """

    def __init__(
        self,
        layers: Sequence[Layer],
        input_shape: Shape,
        rng: np.random.Generator,
        output: Output | None = None,
        dtype: DTypeLike = np.float32,
    ) -> None:
        if isinstance(layers, str) or not isinstance(layers, Sequence):
            raise ValueError(
                f"layers is {layers!r}; it must be a list of layers, such as [Dense(2)]"
            )
        if not layers:
            raise ValueError("layers is empty; a network needs at least one")
        if len({id(layer) for layer in layers}) < len(layers):
            raise ValueError("layers has one layer twice; make a new one for each place")
        for i, layer in enumerate(layers):
            if isinstance(layer, type):
                raise ValueError(
                    f"layers[{i}] is the class {layer.__name__}; write {layer.__name__}()"
                )
            if not isinstance(layer, Layer):
                raise ValueError(f"layers[{i}] is {layer!r}; it must be a layer, such as ReLU()")
            refuse_held(f"layers[{i}]", layer, self)
        if not isinstance(input_shape, tuple):
            raise ValueError(f"input_shape is {input_shape!r}; it must be a tuple, such as (64,)")
        whole(0, **{f"input_shape[{axis}]": length for axis, length in enumerate(input_shape)})
        if np.dtype(dtype) not in (np.float32, np.float64, np.longdouble):
            raise ValueError(
                f"dtype is {np.dtype(dtype)}; it must be float32 to train or float64 to check"
            )
        generator(rng)
        if not isinstance(output, Output | None):
            raise ValueError(f"output is {output!r}; it must be an output, such as LinearOutput()")
        self.layers = list(layers)
        self.rng = rng
        self.output = output or SoftmaxOutput()
        self.shapes = [input_shape]
        for layer in self.layers:
            make_plain(layer)
            self.shapes.append(layer.build(self.shapes[-1]))
        self._in_order_of_work = swap_for_speed(self.layers)
        self.theta = np.zeros(sum(_size(layer.parameter_shapes()) for layer in layers), dtype)
        self.grad = np.zeros_like(self.theta)
        self.buffers = np.zeros(sum(_size(layer.buffer_shapes()) for layer in layers), dtype)
        self._attach_layers()
        for layer in self.layers:
            layer.initialize(rng)
        self._hold_layers()

    def _attach_layers(self) -> None:
        """Give the layers their views."""
        theta, grad, buffers = _cutter(self.theta), _cutter(self.grad), _cutter(self.buffers)
        for layer in self.layers:
            shapes = layer.parameter_shapes()
            layer.attach(
                {name: theta(shape) for name, shape in shapes.items()}
                | {f"d{name}": grad(shape) for name, shape in shapes.items()}
                | {name: buffers(shape) for name, shape in layer.buffer_shapes().items()}
            )

    def _hold_layers(self) -> None:
        """From now on they are this network's. Not before all that may fail is done."""
        for layer in self.layers:
            hold(layer, self)

    def __setstate__(self, state: dict[str, Any]) -> None:
        vars(self).update(state)
        self._attach_layers()
        self._hold_layers()

    def __setattr__(self, name: str, new: Any) -> None:
        # In the place of one of these, another array would be one that no layer looks into.
        # `theta -= step` writes into the array and then sets it, to itself: that is fine.
        if name in ("theta", "grad", "buffers") and new is not vars(self).get(name, new):
            raise ValueError(
                f"{name} is what the layers look into; write into it: {name}[...] = new"
            )
        super().__setattr__(name, new)

    @property
    def dtype(self) -> np.dtype[Any]:
        """The floating-point type of everything in the network."""
        return self.theta.dtype

    def forward(self, X: Floats, training: bool = False) -> Floats:
        """z for a batch X of shape (n, *input_shape), of the network's dtype."""
        for layer in self._in_order_of_work:
            X = layer.forward(X, training)
        return X

    def backward(self, dz: Floats, need_dx: bool = False) -> Floats:
        """Write the gradients of all parameters; with `need_dx`, return that of the input."""
        first = self._in_order_of_work[0]
        for layer in reversed(self._in_order_of_work):
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
        whole(batch_size=batch_size)
        X = self.check_input(X)
        batches = [self.forward(X[i : i + batch_size]) for i in range(0, len(X), batch_size)]
        return np.concatenate(batches or [np.empty((0, *self.shapes[-1]), self.dtype)])

    def predict_proba(self, X: NDArray[Any], batch_size: int = 512) -> Floats:
        """What z means: the probability of each class, or of each yes; z itself of numbers.

        Raises
        ------
        ValueError : as `predict`
        """
        return self.output.activation(self.predict(X, batch_size))

    def evaluate(self, X: NDArray[Any], target: NDArray[Any]) -> tuple[float, float]:
        """(loss, score) on held-out samples; the score is the accuracy where there are classes.

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
        if np.ma.isMaskedArray(X):
            raise ValueError(f"{name} is a masked array; fill what is masked: {name}.filled(0)")
        X = np.asarray(X)
        if X.dtype.kind == "c":
            raise ValueError(f"{name} is complex; give the real and the imaginary part as features")
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
        ValueError : a shape that does not fit, labels out of range, NaN, a masked array
        """
        if np.ma.isMaskedArray(target):
            raise ValueError("the targets are a masked array; leave out the samples without one")
        target = self.output.check_target(target, (n, *self.shapes[-1]))
        if target.dtype.kind in "iu":
            return target
        with np.errstate(over="ignore"):
            numbers = target.astype(self.dtype)
        if not np.isfinite(numbers).all():
            where = tuple(int(i[0]) for i in np.nonzero(~np.isfinite(numbers)))
            raise ValueError(
                f"y has {target[where]:g} at {where}; that is too large for {self.dtype}"
            )
        return numbers

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
