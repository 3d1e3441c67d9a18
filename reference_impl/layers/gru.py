"""The gated recurrent unit: a state that is partly kept and partly replaced."""

from __future__ import annotations

import numpy as np

from reference_impl._validate import Array
from reference_impl.activations import sigmoid
from reference_impl.layers.layer import Floats, Shape
from reference_impl.layers.recurrent import Recurrent, fit_step


def gru_step(x: Array, h: Array, Wx: Array, Wh: Array, b: Array) -> Array:
    """One state, of which z is kept; r says how much of it the new part n sees.

    Wx = [Wxr, Wxz, Wxn],   Wh = [Whr, Whz, Whn],   b = [br, bz, bn]
    r = σ(x Wxr + h Whr + br)
    z = σ(x Wxz + h Whz + bz)
    n = tanh(x Wxn + bn + r (h Whn))
    h' = (1 - z) n + z h

    This is the form of PyTorch and cuDNN, "reset after" the product with Whn. The paper, and Keras
    with `reset_after=False`, have (r h) Whn instead, which is another function and is not
    implemented here. Keras' gates stand in the order z, r, n. Some papers write 1 - z for this z.

    Parameters
    ----------
    x : (n, d) the inputs of one time step, one row per sample
    h : (n, u) state of the units
    Wx : (d, 3u) weights of the input, gates r, z, n side by side
    Wh : (u, 3u) weights of the state
    b : (3u,) biases

    Returns
    -------
    (n, u), the next state

    Raises
    ------
    ValueError : shapes that do not fit

    Source: Cho et al., "Learning Phrase Representations using RNN Encoder–Decoder for Statistical
    Machine Translation", 2014.
    """
    fit_step(3, x, h, Wx, Wh, b)
    xr, xz, xn = np.split(x @ Wx + b, 3, axis=1)
    hr, hz, hn = np.split(h @ Wh, 3, axis=1)
    r = sigmoid(xr + hr)
    z = sigmoid(xz + hz)
    n = np.tanh(xn + r * hn)
    return (1 - z) * n + z * h


class GRU(Recurrent):
    """`gru_step` along a sequence.

    dh_t = dy_t + dh_{t+1} z_{t+1} + da'_{t+1} Whᵀ
    da_n = dh_t (1 - z) (1 - n²)
    da_z = dh_t (h_{t-1} - n) z (1 - z)
    da_r = da_n (h_{t-1} Whn) r (1 - r)

    da = [da_r, da_z, da_n] is the gradient of x Wx + b, and da' = [da_r, da_z, r da_n] that of
    h Wh; from them the parameters' gradients as in `SimpleRNN`.

    Parameters
    ----------
    units, return_sequences, init : as in `Recurrent`
    recurrent_bias : True for biases bh beside b, n = tanh(x Wxn + bn + r (h Whn + bhn)): PyTorch's
        bias_hh, the second row of the bias in Keras' GRU with `reset_after=True`. In r and z they
        are added to those of b; they start at 0
    """

    slopes = (0.5, 0.5, 1.0)
    bh: Floats
    dbh: Floats

    def __init__(
        self,
        units: int,
        return_sequences: bool = False,
        init: str = "xavier_uniform",
        recurrent_bias: bool = False,
    ) -> None:
        super().__init__(units, return_sequences, init)
        self.recurrent_bias = recurrent_bias

    def parameter_shapes(self) -> dict[str, Shape]:
        shapes = super().parameter_shapes()
        if self.recurrent_bias:
            shapes["bh"] = shapes["b"]
        return shapes

    def initialize(self, rng: np.random.Generator) -> None:
        super().initialize(rng)
        if self.recurrent_bias:
            self.bh[...] = 0

    def _walk(self, a: Floats, h: Floats, Wh: Floats, training: bool) -> None:
        u = self.units
        if self.recurrent_bias:
            a[:, : 2 * u] += (self.bh * self._slope)[: 2 * u, None]
            bhn = self.bh[2 * u :, None]
        from_h = np.empty_like(a[0])
        hrz, hn = from_h[: 2 * u], from_h[2 * u :]
        rz = a[:, : 2 * u]
        r, z, n = _by_gate(a)
        h_Whn = np.empty_like(h[1:])
        for t in range(len(a)):
            np.matmul(Wh, h[t], out=from_h)
            rz_t, n_t, h_t = rz[t], n[t], h[t + 1]
            rz_t += hrz
            np.tanh(rz_t, out=rz_t)
            rz_t *= 0.5
            rz_t += 0.5
            if self.recurrent_bias:
                hn += bhn
            h_Whn[t] = hn
            hn *= r[t]
            n_t += hn
            np.tanh(n_t, out=n_t)
            # (1 - z) n + z h, in one product less.
            np.subtract(h[t], n_t, out=h_t)
            h_t *= z[t]
            h_t += n_t
        if training:
            self._gates, self._h_Whn = a, h_Whn

    def _walk_back(self, dh: Floats, da: Floats) -> None:
        r, z, n = _by_gate(self._gates)
        da_r, da_z, r_da_n = _by_gate(da)
        # In place: to allocate arrays for all steps takes longer than to compute with them.
        da_n = np.multiply(n, n)  # (1 - z) (1 - n²)
        np.subtract(1, da_n, out=da_n)
        np.subtract(1, z, out=da_z)
        da_n *= da_z
        np.multiply(da_n, r, out=r_da_n)
        np.subtract(1, r, out=da_r)  # r (1 - r) (h Whn) of da_n
        da_r *= self._h_Whn
        da_r *= r_da_n
        da_z *= z  # (h - n) z (1 - z)
        da_z *= np.subtract(self._h[:-1], n)
        by_dh = da.reshape(len(da), 3, *dh[0].shape)
        through_time = np.empty_like(dh[0])
        for t in range(len(da) - 1, -1, -1):
            dh_t = dh[t + 1]
            by_dh[t] *= dh_t
            np.matmul(self.Wh, da[t], out=through_time)
            dh[t] += through_time
            np.multiply(dh_t, z[t], out=through_time)
            dh[t] += through_time
        da_n *= dh[1:]
        self._da_n = da_n

    def _to_input(self, da: Floats) -> None:
        if self.recurrent_bias:
            np.add.reduce(da, axis=(0, 2), out=self.dbh)
        da[:, 2 * self.units :] = self._da_n


def _by_gate(a: Floats) -> tuple[Floats, Floats, Floats]:
    """Views (time, units, n) of the gates r, z, n."""
    r, z, n = np.split(a, 3, axis=1)
    return r, z, n
