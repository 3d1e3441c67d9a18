"""The long short-term memory: a state that is added to, and gates that say how much."""

from __future__ import annotations

import numpy as np

from reference_impl._validate import Array, has_shape
from reference_impl.activations import sigmoid
from reference_impl.layers.layer import Floats
from reference_impl.layers.recurrent import Recurrent, fit_step


def lstm_step(x: Array, h: Array, c: Array, Wx: Array, Wh: Array, b: Array) -> tuple[Array, Array]:
    """A memory c that is kept, added to and shown, each as far as its gate is open.

    [a_i, a_f, a_g, a_o] = x Wx + h Wh + b
    i = σ(a_i),   f = σ(a_f),   g = tanh(a_g),   o = σ(a_o)
    c' = f c + i g
    h' = o tanh(c')

    Through c' the gradient of c is only multiplied by f, and by no matrix: it lasts.

    PyTorch has this order of the gates and a second bias beside h Wh; b is the sum of the two.
    Keras has this order too, and calls g the candidate c.

    Parameters
    ----------
    x : (n, d) the inputs of one time step, one row per sample
    h, c : (n, u) output and memory of the units
    Wx : (d, 4u) weights of the input, gates i, f, g, o side by side
    Wh : (u, 4u) weights of the output of the step before
    b : (4u,) biases

    Returns
    -------
    (h, c), each (n, u), after the step

    Raises
    ------
    ValueError : shapes that do not fit

    Source: Hochreiter and Schmidhuber, "Long Short-Term Memory", 1997; the forget gate f: Gers,
    Schmidhuber and Cummins, "Learning to Forget: Continual Prediction with LSTM", 2000.
    """
    fit_step(4, x, h, Wx, Wh, b)
    has_shape("c", c, np.shape(h), "as h")
    a_i, a_f, a_g, a_o = np.split(x @ Wx + h @ Wh + b, 4, axis=1)
    i, f, g, o = sigmoid(a_i), sigmoid(a_f), np.tanh(a_g), sigmoid(a_o)
    c = f * c + i * g
    h = o * np.tanh(c)
    return h, c


def lstm_step_backward(
    dh: Array, dc: Array, x: Array, h: Array, c: Array, Wx: Array, Wh: Array, b: Array
) -> tuple[Array, Array, Array, Array, Array, Array]:
    """The gradients of what went into `lstm_step`, from those of the h' and c' that came out.

    With the gates of `lstm_step`, c' = f c + i g and dc' = dc + dh o (1 - tanh² c'):

    da_i = dc' g i (1 - i),   da_f = dc' c f (1 - f),   da_g = dc' i (1 - g²)
    da_o = dh tanh(c') o (1 - o),   da = [da_i, da_f, da_g, da_o]
    dx = da Wxᵀ,   dh = da Whᵀ,   dc = dc' f,   dWx = xᵀ da,   dWh = hᵀ da,   db = Σ over n of da

    Parameters
    ----------
    dh, dc : (n, u) gradients of the loss in h' and c'
    x, h, c, Wx, Wh, b : as they went into `lstm_step`

    Returns
    -------
    (dx, dh, dc, dWx, dWh, db), each of the shape of its namesake

    Raises
    ------
    ValueError : shapes that do not fit
    """
    fit_step(4, x, h, Wx, Wh, b)
    for name, array in (("c", c), ("dh", dh), ("dc", dc)):
        has_shape(name, array, np.shape(h), "as h")
    a_i, a_f, a_g, a_o = np.split(x @ Wx + h @ Wh + b, 4, axis=1)
    i, f, g, o = sigmoid(a_i), sigmoid(a_f), np.tanh(a_g), sigmoid(a_o)
    tanh_c = np.tanh(f * c + i * g)
    dc = dc + dh * o * (1 - tanh_c**2)
    da_i, da_f = dc * g * i * (1 - i), dc * c * f * (1 - f)
    da_g, da_o = dc * i * (1 - g**2), dh * tanh_c * o * (1 - o)
    da = np.concatenate([da_i, da_f, da_g, da_o], axis=1)
    return da @ Wx.T, da @ Wh.T, dc * f, x.T @ da, h.T @ da, da.sum(axis=0)


class LSTM(Recurrent):
    """`lstm_step` along a sequence; the memory c starts at zeros too.

    dh_t = dy_t + da_{t+1} Whᵀ
    dc_t = dh_t o (1 - tanh² c_t) + dc_{t+1} f_{t+1}
    da_i = dc_t g i (1 - i),   da_f = dc_t c_{t-1} f (1 - f),   da_g = dc_t i (1 - g²)
    da_o = dh_t tanh(c_t) o (1 - o)

    and from da_t = [da_i, da_f, da_g, da_o] the parameters' gradients as in `SimpleRNN`.

    Parameters
    ----------
    units, return_sequences, init : as in `Recurrent`
    forget_bias : where the biases of f start: at 1, as in Keras, the memory lasts from the
        first step on; PyTorch's gates start half open

    Source: Jozefowicz, Zaremba and Sutskever, "An Empirical Exploration of Recurrent Network
    Architectures", 2015, for the start at 1.
    """

    slopes = (0.5, 0.5, 1.0, 0.5)

    def __init__(
        self,
        units: int,
        return_sequences: bool = False,
        init: str = "xavier_uniform",
        forget_bias: float = 1.0,
    ) -> None:
        super().__init__(units, return_sequences, init)
        self.forget_bias = forget_bias

    def initialize(self, rng: np.random.Generator) -> None:
        super().initialize(rng)
        self.b[self.units : 2 * self.units] = self.forget_bias

    def _walk(self, a: Floats, h: Floats, Wh: Floats, training: bool) -> None:
        slope = self._slope[:, None]
        shift = 1 - slope
        c = np.empty_like(h)
        c[0] = 0
        tanh_c = np.empty_like(h[1:])
        from_h = np.empty_like(a[0])
        i, f, g, o = _by_gate(a)
        for t in range(len(a)):
            a_t = a[t]
            np.matmul(Wh, h[t], out=from_h)
            a_t += from_h
            np.tanh(a_t, out=a_t)
            a_t *= slope
            a_t += shift
            c_t = c[t + 1]
            np.multiply(f[t], c[t], out=c_t)
            # h[t + 1] holds i g until its own value is known.
            np.multiply(i[t], g[t], out=h[t + 1])
            c_t += h[t + 1]
            np.tanh(c_t, out=tanh_c[t])
            np.multiply(o[t], tanh_c[t], out=h[t + 1])
        if training:
            self._gates, self._c, self._tanh_c = a, c, tanh_c

    def _walk_back(self, dh: Floats, da: Floats) -> None:
        i, f, g, o = _by_gate(self._gates)
        tanh_c = self._tanh_c
        da_i, da_f, da_g, da_o = _by_gate(da)
        # In place: to allocate arrays for all steps takes longer than to compute with them.
        for gate, factor, da_gate in ((i, g, da_i), (f, self._c[:-1], da_f), (o, tanh_c, da_o)):
            np.subtract(1, gate, out=da_gate)  # factor · gate (1 - gate)
            da_gate *= gate
            da_gate *= factor
        np.multiply(g, g, out=da_g)  # i (1 - g²)
        np.subtract(1, da_g, out=da_g)
        da_g *= i
        dc_from_h = np.multiply(tanh_c, tanh_c)  # o (1 - tanh² c)
        np.subtract(1, dc_from_h, out=dc_from_h)
        dc_from_h *= o
        by_dc = da.reshape(len(da), 4, *dh[0].shape)[:, :3]
        dc = np.zeros_like(dh[0])
        through_time = np.empty_like(dc)
        for t in range(len(da) - 1, -1, -1):
            dh_t = dh[t + 1]
            dc_from_h[t] *= dh_t
            dc += dc_from_h[t]
            by_dc[t] *= dc
            da_o[t] *= dh_t
            dc *= f[t]
            np.matmul(self.Wh, da[t], out=through_time)
            dh[t] += through_time


def _by_gate(a: Floats) -> tuple[Floats, Floats, Floats, Floats]:
    """Views (time, units, n) of the gates i, f, g, o."""
    i, f, g, o = np.split(a, 4, axis=1)
    return i, f, g, o
