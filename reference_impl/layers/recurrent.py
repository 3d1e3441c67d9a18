"""Recurrent layers: what all have in common, the simple one, and both directions at once.

The LSTM stands in `lstm`, the GRU in `gru`: notebook 13 imports `rnn_step`, and their steps are its
exercises. While an exercise is marked, the file that holds its answer is out of reach.
"""

from __future__ import annotations

import copy

import numpy as np

from reference_impl import initializers
from reference_impl._validate import Array, dimensions, has_shape, whole
from reference_impl.layers.layer import Floats, Layer, Shape


def rnn_step(x: Array, h: Array, Wx: Array, Wh: Array, b: Array) -> Array:
    """The simplest memory: the state is a dense layer of the input and of the state before.

    h' = tanh(x Wx + h Wh + b)

    PyTorch's RNN has a second bias beside h Wh; b is the sum of the two.

    Parameters
    ----------
    x : (n, d) the inputs of one time step, one row per sample
    h : (n, u) state of the units
    Wx : (d, u) weights of the input
    Wh : (u, u) weights of the state
    b : (u,) biases

    Returns
    -------
    (n, u), the next state

    Raises
    ------
    ValueError : shapes that do not fit

    Source: Elman, "Finding Structure in Time", 1990.
    """
    fit_step(1, x, h, Wx, Wh, b)
    h_next: Array = np.tanh(x @ Wx + h @ Wh + b)
    return h_next


def fit_step(gates: int, x: Array, h: Array, Wx: Array, Wh: Array, b: Array) -> None:
    """Raise ValueError unless the arguments of one time step fit, with the gates side by side."""
    dimensions("x", x, 2)
    dimensions("h", h, 2)
    n, d = np.shape(x)
    units = np.shape(h)[1]
    columns = gates * units
    has_shape("h", h, (n, units), "one row per row of x")
    has_shape("Wx", Wx, (d, columns), f"(columns of x, {gates} times the units of h)")
    has_shape("Wh", Wh, (units, columns), f"(units of h, {gates} times the units of h)")
    has_shape("b", b, (columns,), f"{gates} times the units of h")


class Recurrent(Layer):
    """A layer that goes through a sequence step by step, from a state of zeros.

    Samples are (time, features), weights as in the textbook steps. Inside, time comes first and
    samples are columns, (time, gates · units, n): one step, and each gate in it, is then a block
    without gaps, which NumPy passes through several times as fast.

    What the input gives to the gates is one product for all steps. Backward through time knows
    all but dh beforehand, so the derivatives of the gates are found for all steps at once, and
    the loop only multiplies by dh; the products for the parameters come after it, one each.

    Parameters
    ----------
    units : size of the state, which is the output
    return_sequences : True for the state after every step, (time, units), False for the last one
    init : name of the initializer of Wx, one matrix per gate; Wh starts as an orthogonal matrix for
        each gate, which keeps the length of the state; the biases start at 0. Nearly as Keras;
        PyTorch draws everything from U(±1/√units)

    Source: Werbos, "Backpropagation Through Time: What It Does and How to Do It", 1990; orthogonal
    start: Saxe, McClelland and Ganguli, "Exact solutions to the nonlinear dynamics of learning in
    deep linear neural networks", 2014.
    """

    slopes: tuple[float, ...]
    """For each gate 1 where it is a tanh, ½ where it is a sigmoid: σ(a) = ½ + ½ tanh(½ a)."""

    Wx: Floats
    Wh: Floats
    b: Floats
    dWx: Floats
    dWh: Floats
    db: Floats

    def __init__(
        self, units: int, return_sequences: bool = False, init: str = "xavier_uniform"
    ) -> None:
        whole(units=units)
        self.units = units
        self.return_sequences = return_sequences
        self.init = init

    def build(self, shape: Shape) -> Shape:
        if len(shape) != 2 or min(shape) < 1:
            raise ValueError(
                f"{type(self).__name__} needs samples of shape (time, features), not {shape}"
            )
        time, self.features = shape
        return (time, self.units) if self.return_sequences else (self.units,)

    def parameter_shapes(self) -> dict[str, Shape]:
        columns = len(self.slopes) * self.units
        return {"Wx": (self.features, columns), "Wh": (self.units, columns), "b": (columns,)}

    def attach(self, arrays: dict[str, Floats]) -> None:
        super().attach(arrays)
        self._slope = np.repeat(self.slopes, self.units).astype(self.b.dtype)

    def initialize(self, rng: np.random.Generator) -> None:
        u = self.units
        for start in range(0, len(self.b), u):
            self.Wx[:, start : start + u] = initializers.draw(
                self.init, (self.features, u), fan_in=self.features, fan_out=u, rng=rng
            )
            Q, R = np.linalg.qr(rng.normal(size=(u, u)))
            # Without the signs of R, Q would prefer some orthogonal matrices.
            self.Wh[:, start : start + u] = Q * np.sign(np.diag(R))
        self.b[...] = 0

    def forward(self, x: Floats, training: bool = False) -> Floats:
        x = x.transpose(1, 2, 0)
        time, _, n = x.shape
        # Slopes go into the weights, once, and not into the gates, at every step.
        a = np.matmul((self.Wx * self._slope).T, x)
        a += (self.b * self._slope)[:, None]
        h = np.empty((time + 1, self.units, n), a.dtype)
        h[0] = 0
        self._walk(a, h, (self.Wh * self._slope).T, training)
        if training:
            self._x, self._h = x, h
        return h[1:].transpose(2, 0, 1) if self.return_sequences else h[-1].T

    def backward(self, dy: Floats, need_dx: bool = True) -> Floats:
        dh = np.zeros_like(self._h)
        if self.return_sequences:
            dh[1:] = dy.transpose(1, 2, 0)
        else:
            dh[-1] = dy.T
        time, _, n = self._x.shape
        # For the products all steps have to stand side by side.
        side_by_side = np.empty((len(self.b), time * n), dh.dtype)
        da = side_by_side.reshape(-1, time, n).transpose(1, 0, 2)
        self._walk_back(dh, da)
        np.matmul(_side_by_side(self._h[:-1]), side_by_side.T, out=self.dWh)
        self._to_input(da)
        np.matmul(_side_by_side(self._x), side_by_side.T, out=self.dWx)
        np.add.reduce(side_by_side, axis=1, out=self.db)
        if not need_dx:
            return dy
        dx: Floats = self.Wx @ side_by_side
        return dx.reshape(-1, time, n).transpose(2, 1, 0)

    def _walk(self, a: Floats, h: Floats, Wh: Floats, training: bool) -> None:
        """Fill h[1:] from h[0], and turn a into the gates.

        a : (time, gates · units, n) slope · (x Wx + b)
        h : (time + 1, units, n)
        Wh : (gates · units, units) slope · Wh, transposed
        """
        raise NotImplementedError

    def _walk_back(self, dh: Floats, da: Floats) -> None:
        """Fill da with the gradient of h Wh.

        dh : (time + 1, units, n) what comes from the output; what comes through time is added
        da : (time, gates · units, n)
        """
        raise NotImplementedError

    def _to_input(self, da: Floats) -> None:
        """Turn the gradient of h Wh into that of x Wx + b: the same, except in the GRU."""


def _side_by_side(a: Floats) -> Floats:
    """(time, k, n) → (k, time · n)"""
    return a.transpose(1, 0, 2).reshape(a.shape[1], -1)


class SimpleRNN(Recurrent):
    """`rnn_step` along a sequence.

    dh_t = dy_t + da_{t+1} Whᵀ,   da_t = dh_t (1 - h_t²)

    dWx = Σ x_tᵀ da_t,   dWh = Σ h_{t-1}ᵀ da_t,   db = Σ da_t,   dx_t = da_t Wxᵀ

    Parameters
    ----------
    units, return_sequences, init : as in `Recurrent`
    """

    slopes = (1.0,)

    def _walk(self, a: Floats, h: Floats, Wh: Floats, training: bool) -> None:
        for a_t, h_before, h_t in zip(a, h[:-1], h[1:], strict=True):
            np.matmul(Wh, h_before, out=h_t)
            h_t += a_t
            np.tanh(h_t, out=h_t)

    def _walk_back(self, dh: Floats, da: Floats) -> None:
        h = self._h[1:]
        np.multiply(h, h, out=da)
        np.subtract(1, da, out=da)
        through_time = np.empty_like(dh[0])
        for t in range(len(da) - 1, -1, -1):
            da[t] *= dh[t + 1]
            np.matmul(self.Wh, da[t], out=through_time)
            dh[t] += through_time


class Bidirectional(Layer):
    """A layer through the sequence, and another of its kind through it from the end.

    y = [layer(x), reverse(layer'(reverse(x)))]

    With `return_sequences` both halves of the output belong to the same time, otherwise each is
    the state at its direction's end. As PyTorch's `bidirectional=True` (there `output`, or h_n)
    and Keras' Bidirectional. Parameters are `forward_Wx`, …, `backward_Wx`, ….

    Parameters
    ----------
    layer : a SimpleRNN, LSTM or GRU; it is copied, for each direction once, and keeps no weights

    Raises
    ------
    ValueError : another layer

    Source: Schuster and Paliwal, "Bidirectional Recurrent Neural Networks", 1997.
    """

    def __init__(self, layer: Recurrent) -> None:
        if not isinstance(layer, Recurrent):
            raise ValueError(f"layer is {layer!r}; it must be a SimpleRNN, LSTM or GRU")
        self.layer = copy.deepcopy(layer)
        self._reverse = copy.deepcopy(layer)
        self._directions = {"forward_": self.layer, "backward_": self._reverse}

    def build(self, shape: Shape) -> Shape:
        self._reverse.build(shape)
        *time, units = self.layer.build(shape)
        return (*time, 2 * units)

    def parameter_shapes(self) -> dict[str, Shape]:
        return {
            prefix + name: shape
            for prefix, layer in self._directions.items()
            for name, shape in layer.parameter_shapes().items()
        }

    def attach(self, arrays: dict[str, Floats]) -> None:
        super().attach(arrays)
        for prefix, layer in self._directions.items():
            names = layer.parameter_shapes()
            layer.attach(
                {name: arrays[prefix + name] for name in names}
                | {f"d{name}": arrays[f"d{prefix}{name}"] for name in names}
            )

    def initialize(self, rng: np.random.Generator) -> None:
        for layer in self._directions.values():
            layer.initialize(rng)

    def forward(self, x: Floats, training: bool = False) -> Floats:
        ahead = self.layer.forward(x, training)
        back = self._reverse.forward(x[:, ::-1], training)
        return np.concatenate([ahead, self._in_time(back)], axis=-1)

    def backward(self, dy: Floats, need_dx: bool = True) -> Floats:
        u = self.layer.units
        dx = self.layer.backward(dy[..., :u], need_dx)
        dx_back = self._reverse.backward(self._in_time(dy[..., u:]), need_dx)
        if need_dx:
            dx += dx_back[:, ::-1]
        return dx

    def _in_time(self, y: Floats) -> Floats:
        return y[:, ::-1] if self.layer.return_sequences else y
