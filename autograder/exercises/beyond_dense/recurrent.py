"""One step of a network with a memory."""

from __future__ import annotations

import numpy as np

from autograder.checking.drive import Call, Previous
from autograder.checking.exercise import Case, Exercise
from autograder.exercises._cases import Rng, call
from reference_impl.layers import gru, lstm


def _weights(rng: Rng, gates: int, d: int, u: int) -> tuple[np.ndarray, ...]:
    """Wx, Wh, b: large enough for gates that differ from one half."""
    shapes = ((d, gates * u), (u, gates * u), (gates * u,))
    Wx, Wh, b = (rng.normal(0, 1, shape) for shape in shapes)
    return Wx, Wh, b


def _single(rng: Rng, label: str, *, states: int, gates: int, n: int, d: int, u: int) -> Case:
    x, state = rng.normal(size=(n, d)), rng.normal(size=(states, n, u))
    return call(label, x, *state, *_weights(rng, gates, d, u))


def _sequence(
    rng: Rng, label: str, *, states: int, gates: int, n: int, d: int, u: int, steps: int = 4
) -> Case:
    """Along its own states, from zeros."""
    weights = _weights(rng, gates, d, u)
    script = [Call((rng.normal(size=(n, d)), *np.zeros((states, n, u)), *weights))]
    for _ in range(steps - 1):
        state = [Previous(i) for i in range(states)] if states > 1 else [Previous()]
        script.append(Call((rng.normal(size=(n, d)), *state, *weights)))
    return Case(label, tuple(script))


# ------------------------------------------------------------------------------- LSTM
lstm_step = Exercise(
    "lstm_step",
    reference=lstm.lstm_step,
    outputs=("h", "c"),
    minutes=12,
    difficulty=3,
    hint="One table of pre-activations, x @ Wx + h @ Wh + b, cut into four: i, f, g, o. Three go "
    "through a sigmoid, g through tanh. Then c = f·c + i·g and h = o·tanh(c), with the new c.",
)


@lstm_step.cases("one step", points=2)
def _(rng: Rng) -> list[Case]:
    worked = [np.array([[v]]) for v in (1.0, 0.0, 2.0)]
    third = np.log(3.0)
    return [
        call(
            "one unit, gates one half and three quarters",
            *worked,
            np.array([[0.0, third, third / 2, 0.0]]),
            np.zeros((1, 4)),
            np.zeros(4),
        ),
        _single(rng, "one sample, 2 inputs, 3 units", states=2, gates=4, n=1, d=2, u=3),
        _single(rng, "4 samples, 3 inputs, 2 units", states=2, gates=4, n=4, d=3, u=2),
    ]


@lstm_step.cases("a sequence", points=2)
def _(rng: Rng) -> list[Case]:
    return [
        _sequence(rng, "4 steps from zeros, 2 units", states=2, gates=4, n=3, d=2, u=2),
        _sequence(rng, "6 steps, one unit", states=2, gates=4, n=1, d=1, u=1, steps=6),
    ]


@lstm_step.misconception(
    "f and i swapped",
    "The forget gate and the input gate are swapped: i is the first of the four blocks; f is the "
    "second, and multiplies the old memory.",
)
def _(x, h, c, Wx, Wh, b):
    f, i, g, o = np.split(x @ Wx + h @ Wh + b, 4, axis=1)
    i, f, o = 1 / (1 + np.exp(-i)), 1 / (1 + np.exp(-f)), 1 / (1 + np.exp(-o))
    c = f * c + i * np.tanh(g)
    return o * np.tanh(c), c


@lstm_step.misconception(
    "order i, f, o, g",
    "You take the four blocks as i, f, o, g, as some courses have them. Here, as in PyTorch and "
    "Keras, g comes third and o last.",
)
def _(x, h, c, Wx, Wh, b):
    i, f, o, g = np.split(x @ Wx + h @ Wh + b, 4, axis=1)
    i, f, o = 1 / (1 + np.exp(-i)), 1 / (1 + np.exp(-f)), 1 / (1 + np.exp(-o))
    c = f * c + i * np.tanh(g)
    return o * np.tanh(c), c


@lstm_step.misconception(
    "order i, g, f, o",
    "You take the four blocks as i, g, f, o, as old TensorFlow has them. Here f comes second and g "
    "third.",
)
def _(x, h, c, Wx, Wh, b):
    i, g, f, o = np.split(x @ Wx + h @ Wh + b, 4, axis=1)
    i, f, o = 1 / (1 + np.exp(-i)), 1 / (1 + np.exp(-f)), 1 / (1 + np.exp(-o))
    c = f * c + i * np.tanh(g)
    return o * np.tanh(c), c


@lstm_step.misconception(
    "sigmoid for all four",
    "You send all four blocks through the sigmoid. g is not a gate but the new content, which may "
    "be negative: it goes through tanh.",
)
def _(x, h, c, Wx, Wh, b):
    i, f, g, o = np.split(1 / (1 + np.exp(-(x @ Wx + h @ Wh + b))), 4, axis=1)
    c = f * c + i * g
    return o * np.tanh(c), c


@lstm_step.misconception(
    "nothing forgotten",
    "The old memory is kept whole: multiply it by f. (The LSTM of 1997 had no forget gate.)",
)
def _(x, h, c, Wx, Wh, b):
    i, _, g, o = np.split(x @ Wx + h @ Wh + b, 4, axis=1)
    i, o = 1 / (1 + np.exp(-i)), 1 / (1 + np.exp(-o))
    c = c + i * np.tanh(g)
    return o * np.tanh(c), c


@lstm_step.misconception(
    "input gate left out",
    "All of the new content g goes in: the input gate i says how much of it should.",
)
def _(x, h, c, Wx, Wh, b):
    _, f, g, o = np.split(x @ Wx + h @ Wh + b, 4, axis=1)
    f, o = 1 / (1 + np.exp(-f)), 1 / (1 + np.exp(-o))
    c = f * c + np.tanh(g)
    return o * np.tanh(c), c


@lstm_step.misconception(
    "h from the old c", "Your h is made from the memory before this step: use the new c."
)
def _(x, h, c, Wx, Wh, b):
    i, f, g, o = np.split(x @ Wx + h @ Wh + b, 4, axis=1)
    i, f, o = 1 / (1 + np.exp(-i)), 1 / (1 + np.exp(-f)), 1 / (1 + np.exp(-o))
    return o * np.tanh(c), f * c + i * np.tanh(g)


@lstm_step.misconception(
    "no tanh at the exit", "The memory leaves as it is: take its tanh before you multiply by o."
)
def _(x, h, c, Wx, Wh, b):
    i, f, g, o = np.split(x @ Wx + h @ Wh + b, 4, axis=1)
    i, f, o = 1 / (1 + np.exp(-i)), 1 / (1 + np.exp(-f)), 1 / (1 + np.exp(-o))
    c = f * c + i * np.tanh(g)
    return o * c, c


@lstm_step.misconception("no bias", "The bias b is missing in the pre-activations.")
def _(x, h, c, Wx, Wh, b):
    i, f, g, o = np.split(x @ Wx + h @ Wh, 4, axis=1)
    i, f, o = 1 / (1 + np.exp(-i)), 1 / (1 + np.exp(-f)), 1 / (1 + np.exp(-o))
    c = f * c + i * np.tanh(g)
    return o * np.tanh(c), c


@lstm_step.misconception("c before h", "Right values in another order: return h first, then c.")
def _(x, h, c, Wx, Wh, b):
    i, f, g, o = np.split(x @ Wx + h @ Wh + b, 4, axis=1)
    i, f, o = 1 / (1 + np.exp(-i)), 1 / (1 + np.exp(-f)), 1 / (1 + np.exp(-o))
    c = f * c + i * np.tanh(g)
    return c, o * np.tanh(c)


@lstm_step.misconception(
    "changes c in place",
    "You update c itself (c *= … or c += …): right numbers, but the caller's memory is gone.",
)
def _(x, h, c, Wx, Wh, b):
    i, f, g, o = np.split(x @ Wx + h @ Wh + b, 4, axis=1)
    i, f, o = 1 / (1 + np.exp(-i)), 1 / (1 + np.exp(-f)), 1 / (1 + np.exp(-o))
    c *= f
    c += i * np.tanh(g)
    return o * np.tanh(c), c


@lstm_step.misconception(
    "columns dealt in turn",
    "You deal the columns out in turn (0::4, 1::4, …). The four blocks lie side by side: the "
    "first u columns are i, the next u are f. With one unit both are the same.",
)
def _(x, h, c, Wx, Wh, b):
    a = x @ Wx + h @ Wh + b
    i, f, g, o = (a[:, k::4] for k in range(4))
    i, f, o = 1 / (1 + np.exp(-i)), 1 / (1 + np.exp(-f)), 1 / (1 + np.exp(-o))
    c = f * c + i * np.tanh(g)
    return o * np.tanh(c), c


@lstm_step.misconception(
    "h not used",
    "The old h does nothing: all four blocks also get h @ Wh. That is what makes the network "
    "recurrent.",
)
def _(x, h, c, Wx, Wh, b):
    i, f, g, o = np.split(x @ Wx + b, 4, axis=1)
    i, f, o = 1 / (1 + np.exp(-i)), 1 / (1 + np.exp(-f)), 1 / (1 + np.exp(-o))
    c = f * c + i * np.tanh(g)
    return o * np.tanh(c), c


@lstm_step.misconception(
    "bias twice",
    "The bias is added twice, once with x and once with h. There is one b: PyTorch has two "
    "vectors, and this is their sum.",
)
def _(x, h, c, Wx, Wh, b):
    i, f, g, o = np.split(x @ Wx + b + h @ Wh + b, 4, axis=1)
    i, f, o = 1 / (1 + np.exp(-i)), 1 / (1 + np.exp(-f)), 1 / (1 + np.exp(-o))
    c = f * c + i * np.tanh(g)
    return o * np.tanh(c), c


@lstm_step.misconception(
    "output gate left out",
    "All of the memory goes out: the output gate o says how much of tanh(c) becomes h.",
)
def _(x, h, c, Wx, Wh, b):
    i, f, g, _ = np.split(x @ Wx + h @ Wh + b, 4, axis=1)
    i, f = 1 / (1 + np.exp(-i)), 1 / (1 + np.exp(-f))
    c = f * c + i * np.tanh(g)
    return np.tanh(c), c


@lstm_step.misconception(
    "1 - f in place of i",
    "You let in 1 - f of the new content. That is the GRU's way; the LSTM has a gate of its "
    "own for this, i.",
)
def _(x, h, c, Wx, Wh, b):
    _, f, g, o = np.split(x @ Wx + h @ Wh + b, 4, axis=1)
    f, o = 1 / (1 + np.exp(-f)), 1 / (1 + np.exp(-o))
    c = f * c + (1 - f) * np.tanh(g)
    return o * np.tanh(c), c


@lstm_step.misconception(
    "no tanh for g",
    "The new content g goes in without its tanh, so the memory may grow as far as it likes.",
)
def _(x, h, c, Wx, Wh, b):
    i, f, g, o = np.split(x @ Wx + h @ Wh + b, 4, axis=1)
    i, f, o = 1 / (1 + np.exp(-i)), 1 / (1 + np.exp(-f)), 1 / (1 + np.exp(-o))
    c = f * c + i * g
    return o * np.tanh(c), c


@lstm_step.misconception(
    "tanh for all four",
    "You send all four blocks through tanh. Gates say how much, from 0 to 1: i, f and o go "
    "through the sigmoid.",
)
def _(x, h, c, Wx, Wh, b):
    i, f, g, o = np.tanh(np.split(x @ Wx + h @ Wh + b, 4, axis=1))
    c = f * c + i * g
    return o * np.tanh(c), c


@lstm_step.misconception(
    "memory kept squashed",
    "You return tanh(c) as the new memory. The memory stays as it is; only what leaves as h "
    "goes through tanh.",
)
def _(x, h, c, Wx, Wh, b):
    i, f, g, o = np.split(x @ Wx + h @ Wh + b, 4, axis=1)
    i, f, o = 1 / (1 + np.exp(-i)), 1 / (1 + np.exp(-f)), 1 / (1 + np.exp(-o))
    c = np.tanh(f * c + i * np.tanh(g))
    return o * c, c


@lstm_step.misconception(
    "only h",
    "You return h alone: the next step needs the memory c as well.",
)
def _(x, h, c, Wx, Wh, b):
    i, f, g, o = np.split(x @ Wx + h @ Wh + b, 4, axis=1)
    i, f, o = 1 / (1 + np.exp(-i)), 1 / (1 + np.exp(-f)), 1 / (1 + np.exp(-o))
    return o * np.tanh(f * c + i * np.tanh(g))


@lstm_step.equivalent("gate by gate")
def _(x, h, c, Wx, Wh, b):
    u = h.shape[1]
    a = [x @ Wx[:, k * u : (k + 1) * u] + h @ Wh[:, k * u : (k + 1) * u] for k in range(4)]
    a = [part + b[k * u : (k + 1) * u] for k, part in enumerate(a)]
    i, f, o = (1 / (1 + np.exp(-a[k])) for k in (0, 1, 3))
    memory = f * c + i * np.tanh(a[2])
    return o * np.tanh(memory), memory


@lstm_step.equivalent("one product, and a sigmoid from tanh")
def _(x, h, c, Wx, Wh, b):
    a = np.hstack([x, h]) @ np.vstack([Wx, Wh]) + b
    i, f, g, o = a.reshape(len(x), 4, -1).transpose(1, 0, 2)
    i, f, o = (0.5 + 0.5 * np.tanh(gate / 2) for gate in (i, f, o))
    c = np.add(f * c, i * np.tanh(g))
    return [o * np.tanh(c), c]


# ------------------------------------------------------------------------------- GRU
gru_step = Exercise(
    "gru_step",
    reference=gru.gru_step,
    minutes=12,
    difficulty=4,
    hint="Keep x @ Wx + b and h @ Wh apart and cut each into r, z, n. r and z are sigmoids of the "
    "sums; in n, r multiplies only what comes from h; at the end z weighs the old h.",
)


@gru_step.cases("one step", points=2)
def _(rng: Rng) -> list[Case]:
    third = np.log(3.0)
    return [
        call(
            "one unit, gates one half and three quarters",
            np.array([[1.0]]),
            np.array([[2.0]]),
            np.array([[0.0, third, 0.0]]),
            np.array([[0.0, 0.0, third / 2]]),
            np.zeros(3),
        ),
        _single(rng, "one sample, 2 inputs, 3 units", states=1, gates=3, n=1, d=2, u=3),
        _single(rng, "4 samples, 3 inputs, 2 units", states=1, gates=3, n=4, d=3, u=2),
    ]


@gru_step.cases("a sequence", points=2)
def _(rng: Rng) -> list[Case]:
    return [
        _sequence(rng, "4 steps from zeros, 2 units", states=1, gates=3, n=3, d=2, u=2),
        _sequence(rng, "6 steps, 3 units", states=1, gates=3, n=1, d=1, u=3, steps=6),
    ]


@gru_step.misconception(
    "z and 1 - z swapped",
    "z and 1-z are swapped: here z is the share of the old h that is kept. (Some papers call the "
    "other share z.)",
)
def _(x, h, Wx, Wh, b):
    xr, xz, xn = np.split(x @ Wx + b, 3, axis=1)
    hr, hz, hn = np.split(h @ Wh, 3, axis=1)
    r, z = 1 / (1 + np.exp(-xr - hr)), 1 / (1 + np.exp(-xz - hz))
    return z * np.tanh(xn + r * hn) + (1 - z) * h


@gru_step.misconception(
    "r before the product",
    "You multiply r into h before the product with Whn: (r·h) @ Whn. That is the GRU of the paper, "
    "and of Keras with reset_after=False; here r multiplies the result, r·(h @ Whn), as in "
    "PyTorch.",
)
def _(x, h, Wx, Wh, b):
    u = h.shape[1]
    xr, xz, xn = np.split(x @ Wx + b, 3, axis=1)
    hr, hz = h @ Wh[:, :u], h @ Wh[:, u : 2 * u]
    r, z = 1 / (1 + np.exp(-xr - hr)), 1 / (1 + np.exp(-xz - hz))
    return (1 - z) * np.tanh(xn + (r * h) @ Wh[:, 2 * u :]) + z * h


@gru_step.misconception(
    "order z, r, n",
    "You take the three blocks as z, r, n: that is Keras' order. Here, as in PyTorch, r comes "
    "first.",
)
def _(x, h, Wx, Wh, b):
    xz, xr, xn = np.split(x @ Wx + b, 3, axis=1)
    hz, hr, hn = np.split(h @ Wh, 3, axis=1)
    r, z = 1 / (1 + np.exp(-xr - hr)), 1 / (1 + np.exp(-xz - hz))
    return (1 - z) * np.tanh(xn + r * hn) + z * h


@gru_step.misconception(
    "r left out", "r does nothing in your n: it multiplies the part that comes from h."
)
def _(x, h, Wx, Wh, b):
    _, xz, xn = np.split(x @ Wx + b, 3, axis=1)
    _, hz, hn = np.split(h @ Wh, 3, axis=1)
    z = 1 / (1 + np.exp(-xz - hz))
    return (1 - z) * np.tanh(xn + hn) + z * h


@gru_step.misconception(
    "r over everything",
    "r multiplies everything that goes into n. It says how much of the *state* is seen: x·Wxn and "
    "bn stay outside r's bracket.",
)
def _(x, h, Wx, Wh, b):
    xr, xz, xn = np.split(x @ Wx + b, 3, axis=1)
    hr, hz, hn = np.split(h @ Wh, 3, axis=1)
    r, z = 1 / (1 + np.exp(-xr - hr)), 1 / (1 + np.exp(-xz - hz))
    return (1 - z) * np.tanh(r * (xn + hn)) + z * h


@gru_step.misconception(
    "bias inside r's bracket",
    "Your bias bn is multiplied by r: here it belongs to x·Wxn, outside the bracket. (PyTorch has "
    "a second bias inside it.)",
)
def _(x, h, Wx, Wh, b):
    xr, xz, xn = np.split(x @ Wx, 3, axis=1)
    hr, hz, hn = np.split(h @ Wh + b, 3, axis=1)
    r, z = 1 / (1 + np.exp(-xr - hr)), 1 / (1 + np.exp(-xz - hz))
    return (1 - z) * np.tanh(xn + r * hn) + z * h


@gru_step.misconception(
    "sigmoid for all three",
    "Your n goes through the sigmoid. It is not a gate but the new content, which may be negative: "
    "it goes through tanh.",
)
def _(x, h, Wx, Wh, b):
    xr, xz, xn = np.split(x @ Wx + b, 3, axis=1)
    hr, hz, hn = np.split(h @ Wh, 3, axis=1)
    r, z = 1 / (1 + np.exp(-xr - hr)), 1 / (1 + np.exp(-xz - hz))
    return (1 - z) / (1 + np.exp(-xn - r * hn)) + z * h


@gru_step.misconception("no bias", "The bias b is missing: it belongs to all three blocks.")
def _(x, h, Wx, Wh, b):
    xr, xz, xn = np.split(x @ Wx, 3, axis=1)
    hr, hz, hn = np.split(h @ Wh, 3, axis=1)
    r, z = 1 / (1 + np.exp(-xr - hr)), 1 / (1 + np.exp(-xz - hz))
    return (1 - z) * np.tanh(xn + r * hn) + z * h


@gru_step.misconception(
    "columns dealt in turn",
    "You deal the columns out in turn (0::3, 1::3, 2::3). The three blocks lie side by side: "
    "the first u columns are r, the next u are z. With one unit both are the same.",
)
def _(x, h, Wx, Wh, b):
    (xr, xz, xn), (hr, hz, hn) = (tuple(a[:, k::3] for k in range(3)) for a in (x @ Wx + b, h @ Wh))
    r, z = 1 / (1 + np.exp(-xr - hr)), 1 / (1 + np.exp(-xz - hz))
    return (1 - z) * np.tanh(xn + r * hn) + z * h


@gru_step.misconception(
    "gates without h",
    "Your gates see only x: r and z also get their part of h @ Wh.",
)
def _(x, h, Wx, Wh, b):
    xr, xz, xn = np.split(x @ Wx + b, 3, axis=1)
    hn = (h @ Wh)[:, 2 * h.shape[1] :]
    r, z = 1 / (1 + np.exp(-xr)), 1 / (1 + np.exp(-xz))
    return (1 - z) * np.tanh(xn + r * hn) + z * h


@gru_step.misconception(
    "bias twice",
    "The bias is added twice, once with x and once with h: here there is one b, beside x @ Wx.",
)
def _(x, h, Wx, Wh, b):
    xr, xz, xn = np.split(x @ Wx + b, 3, axis=1)
    hr, hz, hn = np.split(h @ Wh + b, 3, axis=1)
    r, z = 1 / (1 + np.exp(-xr - hr)), 1 / (1 + np.exp(-xz - hz))
    return (1 - z) * np.tanh(xn + r * hn) + z * h


@gru_step.misconception(
    "no tanh for n",
    "The new content n goes in without its tanh.",
)
def _(x, h, Wx, Wh, b):
    xr, xz, xn = np.split(x @ Wx + b, 3, axis=1)
    hr, hz, hn = np.split(h @ Wh, 3, axis=1)
    r, z = 1 / (1 + np.exp(-xr - hr)), 1 / (1 + np.exp(-xz - hz))
    return (1 - z) * (xn + r * hn) + z * h


@gru_step.misconception(
    "old h reset as well",
    "At the end you keep z·(r·h): r belongs to n only. What is kept is z of the old h itself.",
)
def _(x, h, Wx, Wh, b):
    xr, xz, xn = np.split(x @ Wx + b, 3, axis=1)
    hr, hz, hn = np.split(h @ Wh, 3, axis=1)
    r, z = 1 / (1 + np.exp(-xr - hr)), 1 / (1 + np.exp(-xz - hz))
    return (1 - z) * np.tanh(xn + r * hn) + z * r * h


@gru_step.misconception(
    "all of n added",
    "You add all of n to the part of h that is kept: n counts only 1 - z.",
)
def _(x, h, Wx, Wh, b):
    xr, xz, xn = np.split(x @ Wx + b, 3, axis=1)
    hr, hz, hn = np.split(h @ Wh, 3, axis=1)
    r, z = 1 / (1 + np.exp(-xr - hr)), 1 / (1 + np.exp(-xz - hz))
    return np.tanh(xn + r * hn) + z * h


@gru_step.misconception(
    "tanh of the result",
    "There is a tanh too many: the mixture of n and h is returned as it is.",
)
def _(x, h, Wx, Wh, b):
    xr, xz, xn = np.split(x @ Wx + b, 3, axis=1)
    hr, hz, hn = np.split(h @ Wh, 3, axis=1)
    r, z = 1 / (1 + np.exp(-xr - hr)), 1 / (1 + np.exp(-xz - hz))
    return np.tanh((1 - z) * np.tanh(xn + r * hn) + z * h)


@gru_step.misconception(
    "z in place of r",
    "In n you multiply what comes from h by z. That is the work of r; z mixes at the end.",
)
def _(x, h, Wx, Wh, b):
    _, xz, xn = np.split(x @ Wx + b, 3, axis=1)
    _, hz, hn = np.split(h @ Wh, 3, axis=1)
    z = 1 / (1 + np.exp(-xz - hz))
    return (1 - z) * np.tanh(xn + z * hn) + z * h


@gru_step.equivalent("gate by gate")
def _(x, h, Wx, Wh, b):
    u = h.shape[1]
    r = 1 / (1 + np.exp(-(x @ Wx[:, :u] + h @ Wh[:, :u] + b[:u])))
    z = 1 / (1 + np.exp(-(x @ Wx[:, u : 2 * u] + h @ Wh[:, u : 2 * u] + b[u : 2 * u])))
    n = np.tanh(x @ Wx[:, 2 * u :] + b[2 * u :] + r * (h @ Wh[:, 2 * u :]))
    return (1 - z) * n + z * h


@gru_step.equivalent("as a correction, with a sigmoid from tanh")
def _(x, h, Wx, Wh, b):
    from_x, from_h, u = x @ Wx + b, h @ Wh, h.shape[1]
    rz = 0.5 + 0.5 * np.tanh((from_x + from_h)[:, : 2 * u] / 2)
    n = np.tanh(from_x[:, 2 * u :] + rz[:, :u] * from_h[:, 2 * u :])
    return n + rz[:, u:] * (h - n)
