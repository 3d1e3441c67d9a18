"""G: how many samples a step should see."""

from __future__ import annotations

import time
import tracemalloc

import numpy as np

from reference_impl._validate import Array
from reference_impl.datasets import Labels, linear_data
from reference_impl.descent import sgd_epoch
from reference_impl.experiments.claims.descent import NOTEBOOK, RATES
from reference_impl.experiments.claims.lab import LAYERS, NOTES, SLIDES, Numbers, Part, lab
from reference_impl.experiments.claims.small import best, fit, grid, hidden, sets
from reference_impl.layers.dense import Dense
from reference_impl.layers.layer import Floats
from reference_impl.losses import mse_and_gradient
from reference_impl.network import Network
from reference_impl.optim import SGD
from reference_impl.training import Trainer


def sgd_wrong(rate: float, seed: int, batch: int, epochs: int) -> float:
    data = sets(seed)
    return fit(data, hidden((32,)), SGD(rate), epochs, seed, batch).on(data.validation)[0]


G2_SIZES = (1, 32, 1000)


def _g2(n: Numbers) -> list[Part]:
    return [
        Part("less noise: 32 against 1", n["noise 1"] / n["noise 32"], above=2),
        Part("less noise: 1000 against 32", n["noise 32"] / n["noise 1000"], above=2),
        Part("a costlier step: 32 against 1", n["step 32"] / n["step 1"], above=2),
        Part("a costlier step: 1000 against 32", n["step 1000"] / n["step 32"], above=2),
        Part("a cheaper epoch: 32 against 1", n["epoch 1"] / n["epoch 32"], above=2),
        Part("further after an epoch: 32 against 1000", n["loss 1000"] / n["loss 32"], above=1.5),
        Part("further after an epoch: 1 against 32", n["loss 32"] / n["loss 1"], above=1.5),
        Part("more memory: 32 against 1", n["memory 32"] / n["memory 1"], above=2),
        Part("more memory: 1000 against 32", n["memory 1000"] / n["memory 32"], above=2),
    ]


@lab(
    "G2",
    NOTEBOOK,
    "A batch of all samples gives smooth but costly steps, a single sample noisy but cheap ones; "
    "a mini-batch lies between.",
    (SLIDES, LAYERS),
    "1,000 digits, batches of 1, 32 and 1000: how far a batch's gradient is from the whole one, "
    "the processor time of a step and of an epoch, the loss after one epoch, each batch size at "
    "its best of ten rates, and the memory that a step takes, beside the parameters and the data.",
    "what each line names",
    _g2,
    yes={
        "noise 1": 9,
        "noise 32": 3,
        "noise 1000": 1,
        "step 1": 1,
        "step 32": 3,
        "step 1000": 9,
        "epoch 1": 9,
        "epoch 32": 3,
        "loss 1000": 9,
        "loss 32": 3,
        "loss 1": 1,
        "memory 1": 1,
        "memory 32": 3,
        "memory 1000": 9,
    },
    no={
        "noise 1": 1,
        "noise 32": 1,
        "noise 1000": 1,
        "step 1": 1,
        "step 32": 1,
        "step 1000": 1,
        "epoch 1": 1,
        "epoch 32": 1,
        "loss 1000": 1,
        "loss 32": 1,
        "loss 1": 1,
        "memory 1": 1,
        "memory 32": 1,
        "memory 1000": 1,
    },
)
def _(seed: int, quick: bool) -> dict[str, float]:
    data, rng = sets(seed), np.random.default_rng(seed)
    X, labels = data.train
    network = Network([*hidden((32,)), Dense(10)], (64,), rng)
    trainer = Trainer(network, SGD(1e-9))  # the steps are timed and lead nowhere
    X = network.check_input(X)
    network.backprop(X, labels)
    whole = network.grad.copy()
    found = {}
    for size in G2_SIZES:
        far, took = [], []
        for _ in range(50 if size < 1000 else 20):
            batch = rng.choice(1000, size, replace=False)
            start = time.process_time()
            trainer.train_step(X[batch], labels[batch])
            took.append(time.process_time() - start)
            far.append(np.linalg.norm(network.grad - whole) / np.linalg.norm(whole))
        found[f"noise {size}"] = max(float(np.mean(far)), 1e-3)
        found[f"step {size}"] = 1e6 * float(np.median(took))
        rates = (0.001, 0.003, *RATES) if size == 1 else RATES
        rate = best(sgd_loss_after, rates[::3] if quick else rates, seed, size)
        found[f"loss {size}"] = sgd_loss_after(rate, seed, size)
        found[f"memory {size}"] = _memory_of_a_step(X[:size], labels[:size], seed)
    for size in (1, 32):
        start = time.process_time()
        fit(data, hidden((32,)), SGD(0.01), 1, seed, size)
        found[f"epoch {size}"] = 1e3 * (time.process_time() - start)
    return found


def _memory_of_a_step(X: Floats, labels: Labels, seed: int) -> float:
    """Bytes that a first step takes at most, at a time, beside the parameters and the data."""
    network = Network([*hidden((32,)), Dense(10)], (64,), np.random.default_rng(seed))
    trainer = Trainer(network, SGD(0.01))
    tracemalloc.start()
    try:
        trainer.train_step(X, labels)
        return float(tracemalloc.get_traced_memory()[1])
    finally:
        tracemalloc.stop()


def sgd_loss_after(rate: float, seed: int, batch: int) -> float:
    """The training loss after one epoch, not on the way."""
    data = sets(seed)
    return fit(data, hidden((32,)), SGD(rate), 1, seed, batch).on(data.train)[0]


def _g3(n: Numbers) -> list[Part]:
    return [
        Part("wrong on the test, one rate for both", n["fixed 512"] / n["fixed 8"], above=1.2),
        Part("wrong on the test, each its own rate", n["tuned 512"] / n["tuned 8"], above=1.2),
        Part("the same, and as many updates", n["updates 512"] / n["updates 8"], above=1.2),
        Part("time of an epoch", n["time 8"] / n["time 512"], above=1.2),
    ]


@lab(
    "G3",
    NOTEBOOK,
    "Small batches are accurate and slow, large ones fast and less accurate.",
    (NOTES,),
    "A network on the digits with batches of 8 and of 512. Ten epochs at the rate that is best for "
    "8; ten epochs, each at its own best of ten rates; and, for 512, as many updates as 8 has in "
    "ten epochs.",
    "share of wrong answers, 512 divided by 8 (time: 8 divided by 512)",
    _g3,
    yes={
        "fixed 8": 1,
        "fixed 512": 2,
        "tuned 8": 1,
        "tuned 512": 2,
        "updates 8": 1,
        "updates 512": 2,
        "time 8": 9,
        "time 512": 1,
    },
    no={
        "fixed 8": 1,
        "fixed 512": 1,
        "tuned 8": 1,
        "tuned 512": 1,
        "updates 8": 1,
        "updates 512": 1,
        "time 8": 1,
        "time 512": 1,
    },
    seeds=10,
)
def _(seed: int, quick: bool) -> dict[str, float]:
    data, epochs = sets(seed), 2 if quick else 10
    rates = {
        size: best(sgd_wrong, RATES[3:8] if quick else RATES, seed, size, epochs)
        for size in (8, 512)
    }
    found = {}

    def wrong(rate: float, size: int, epochs: int) -> float:
        return fit(data, hidden((32,)), SGD(rate), epochs, seed, size).on(data.test)[1]

    for size in (8, 512):
        start = time.process_time()
        found[f"tuned {size}"] = wrong(rates[size], size, epochs)
        found[f"time {size}"] = 1e3 * (time.process_time() - start) / epochs
    found["fixed 8"] = found["updates 8"] = found["tuned 8"]
    found["fixed 512"] = wrong(rates[8], 512, epochs)
    found["updates 512"] = wrong(rates[512], 512, epochs * 125 // 2)
    return found


G10_SCALES = {"κ ≈ 2": 1.0, "κ ≈ 10": 3.0, "κ ≈ 100": 10.0}


def _g10(n: Numbers) -> list[Part]:
    return [Part(name, n[f"{name}, all"] / n[f"{name}, 16"], above=1.2) for name in G10_SCALES]


@lab(
    "G10",
    NOTEBOOK,
    "Batches of 8 to 256 samples are better than the whole data set.",
    (NOTES, SLIDES, LAYERS),
    "Linear regression, 512 samples, ten features whose scales make condition numbers of about 2, "
    "10 and 100. How far the loss is above its minimum after ten epochs, with batches of 16 and of "
    "all 512, each at its best of 40 rates.",
    "excess loss with the whole data set, divided by that with small batches",
    _g10,
    yes={f"{name}, {b}": 3 if b == "all" else 1 for name in G10_SCALES for b in ("all", "16")},
    no={f"{name}, {b}": 1 for name in G10_SCALES for b in ("all", "16")},
    limits={"batch": (4, 512), "noise": (0, 100)},
)
def _(seed: int, quick: bool, *, batch: int = 16, noise: float = 0.5) -> dict[str, float]:
    rates = grid(1e-4, 2.0, 10 if quick else 40)
    found = {}
    for name, ratio in G10_SCALES.items():
        for label, size in (("16", batch), ("all", 512)):
            rate = best(_excess, rates, seed, ratio, size, noise)
            found[f"{name}, {label}"] = _excess(rate, seed, ratio, size, noise)
    return found


def _excess(rate: float, seed: int, ratio: float, batch: int, noise: float) -> float:
    rng = np.random.default_rng(seed)
    X, y, _ = linear_data(512, 10, rng, noise=noise, scales=np.geomspace(1, 1 / ratio, 10))
    w: Array = np.zeros(10)
    lowest = mse_and_gradient(np.asarray(np.linalg.lstsq(X, y)[0], np.float64), X, y)[0]
    with np.errstate(all="ignore"):
        for _ in range(10):
            w = sgd_epoch(w, X, y, rate, batch, rng)
        excess = mse_and_gradient(w, X, y)[0] - lowest
    return max(excess, 1e-9) if excess < 1e6 else 1e6
