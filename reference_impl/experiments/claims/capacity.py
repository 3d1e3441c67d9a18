"""H: how wide, how deep, and what the layers of a convolutional network answer to."""

from __future__ import annotations

import numpy as np

from reference_impl._validate import Array
from reference_impl.datasets import Labels, spirals
from reference_impl.experiments.claims.lab import NOTES, Numbers, Part, lab, over
from reference_impl.experiments.claims.small import Sets, best, fit, grid, hidden, sets
from reference_impl.layers.activation import ReLU
from reference_impl.layers.convolution import Conv2D
from reference_impl.layers.flatten import Flatten
from reference_impl.layers.layer import Layer
from reference_impl.network import Network
from reference_impl.optim import Adam

NOTEBOOK = "12_training"
H1_SHAPES = ("three of 30", "one of 500", "one of as many parameters")
H1_DATA = {
    "digits": ("digits", 15),
    "signals": ("signals", 15),
    "spirals after 10 epochs": ("spirals", 10),
    "spirals after 100 epochs": ("spirals", 100),
}


def _samples(name: str, seed: int) -> Sets:
    if name != "spirals":
        return sets(seed, name=name)
    rng = np.random.default_rng(6000 + seed)
    train, validation, test = (spirals(k, 0.05, rng) for k in (600, 400, 1000))
    return Sets(train, validation, test)


def _h1(n: Numbers) -> list[Part]:
    return [
        Part(f"{data}, {shape}", n[f"{shape}, {data}"] / n[f"three of 30, {data}"], above=1.1)
        for data in H1_DATA
        for shape in H1_SHAPES
        if shape != "three of 30"
    ]


def _h1_numbers(factor: float) -> dict[str, float]:
    return {f"{s}, {d}": 1 if s == "three of 30" else factor for s in H1_SHAPES for d in H1_DATA}


@lab(
    "H1",
    NOTEBOOK,
    "Three hidden layers of 30 units beat one of 500.",
    (NOTES,),
    "The digits and MNIST-1D's signals, 15 epochs; three spirals, 10 and 100 epochs. Three layers "
    "of 30, one of 500, and one with as many parameters as the three, Adam at the best of six "
    "rates.",
    "wrong test answers of the wide network divided by those of the deep one",
    _h1,
    yes=_h1_numbers(2),
    no=_h1_numbers(1),
    seeds=12,
    limits={"width": (1, 200)},
)
def _(seed: int, quick: bool, *, width: int = 30) -> dict[str, float]:
    found = {}
    for place, (data, epochs) in H1_DATA.items():
        for shape in H1_SHAPES:
            setting = shape, data, 1 if quick else epochs, width
            rate = best(_shaped, grid(0.0003, 0.1, 6), seed, *setting)
            found[f"{shape}, {place}"] = _shaped(rate, seed, *setting, test=True)
    return found


def _shaped(
    rate: float, seed: int, shape: str, name: str, epochs: int, width: int, test: bool = False
) -> float:
    data = _samples(name, seed)
    inputs = data.train[0].shape[1]
    # The parameters of the three, but for the last biases; one layer has inputs + 11 for each unit.
    deep = width * (inputs + 1) + (2 * width + 10) * (width + 1)
    widths = dict(
        zip(H1_SHAPES, ((width,) * 3, (500,), (round(deep / (inputs + 11)),)), strict=True)
    )
    run = fit(data, hidden(widths[shape]), Adam(rate), epochs, seed)
    return run.on(data.test if test else data.validation)[1]


H3_LABELS = {"clean labels": 0.0, "a third of the labels wrong": 0.33}
H3_SIZES = {"8 layers against 1": ((32,) * 8, (32,)), "512 units against 16": ((512,), (16,))}


def _h3(n: Numbers) -> list[Part]:
    return [
        Part(
            f"{size}, {labels}",
            n[f"large {size}, {labels}"] / n[f"small {size}, {labels}"],
            above=1.1,
        )
        for size in H3_SIZES
        for labels in H3_LABELS
    ]


_H3_PLACES = [f"{size}, {labels}" for size in H3_SIZES for labels in H3_LABELS]


@lab(
    "H3",
    "11_regularization",
    "Too many layers or units overfit.",
    (NOTES,),
    "300 digits, 60 epochs, Adam at the best of four rates. Depth and width, with clean labels and "
    "with a third of the training labels wrong.",
    "wrong test answers of the larger network divided by those of the smaller one",
    _h3,
    yes=over({"large": 2, "small": 1}, *_H3_PLACES),
    no=over({"large": 1, "small": 1}, *_H3_PLACES),
    seeds=10,
)
def _(seed: int, quick: bool) -> dict[str, float]:
    found = {}
    for size, pair in H3_SIZES.items():
        for labels, noisy in H3_LABELS.items():
            for word, widths in zip(("large", "small"), pair, strict=True):
                setting = widths, noisy, 2 if quick else 60
                rate = best(_sized, grid(0.0003, 0.01, 4), seed, *setting)
                found[f"{word} {size}, {labels}"] = _sized(rate, seed, *setting, test=True)
    return found


def _sized(
    rate: float, seed: int, widths: tuple[int, ...], noisy: float, epochs: int, test: bool = False
) -> float:
    data = sets(seed, 300, noisy=noisy)
    run = fit(data, hidden(widths), Adam(rate), epochs, seed)
    return run.on(data.test if test else data.validation)[1]


def _h4(n: Numbers) -> list[Part]:
    return [
        Part(
            "kernels of layer 1: edges, more than before training",
            n["edges"] - n["edges before"],
            above=0.1,
        ),
        Part(
            "layer 2 tells the classes apart, more than layer 1",
            n["told 2"] - n["told 1"],
            above=0.05,
        ),
        Part("layer 3 more than layer 2", n["told 3"] - n["told 2"], above=0.05),
        Part(
            "the gain from 1 to 3 is learned",
            (n["told 3"] - n["told 1"]) - (n["told before 3"] - n["told before 1"]),
            above=0.05,
        ),
    ]


@lab(
    "H4",
    "13_beyond_dense",
    "In a convolutional network the first layer finds edges, later layers shapes and details.",
    (NOTES,),
    "Three convolutions of 3 × 3 on the digits, Adam at 0.003, 12 epochs. Edges: the share of a "
    "kernel's variation that a straight slope of grey explains (chance: a quarter). Telling the "
    "classes apart: the share of the variance of a channel's mean answer that lies between the "
    "classes, on test images; before and after training.",
    "difference of the shares",
    _h4,
    yes={
        "edges": 0.9,
        "edges before": 0.2,
        "told 1": 0.1,
        "told 2": 0.4,
        "told 3": 0.8,
        "told before 1": 0.1,
        "told before 3": 0.1,
    },
    no={
        "edges": 0.2,
        "edges before": 0.2,
        "told 1": 0.3,
        "told 2": 0.3,
        "told 3": 0.3,
        "told before 1": 0.3,
        "told before 3": 0.3,
    },
    ratio=False,
    seeds=12,
    limits={"kernel": (2, 7)},
)
def _(seed: int, quick: bool, *, kernel: int = 3) -> dict[str, float]:
    flat = sets(seed)
    images = Sets(
        *(
            (X.reshape(-1, 1, 8, 8), labels)
            for X, labels in (flat.train, flat.validation, flat.test)
        )
    )
    layers: list[Layer] = [
        Conv2D(12, kernel, pad=kernel // 2),
        ReLU(),
        Conv2D(12, kernel, pad=kernel // 2),
        ReLU(),
        Conv2D(12, kernel),
        ReLU(),
        Flatten(),
    ]
    before: dict[str, float] = {}

    def keep(network: Network) -> None:
        before.update(_seen(network, images))

    run = fit(images, layers, Adam(0.003), 1 if quick else 12, seed, change=keep)
    now = _seen(run.network, images)
    return {
        "edges": now["edges"],
        "edges before": before["edges"],
        **{f"told {i}": now[f"told {i}"] for i in (1, 2, 3)},
        **{f"told before {i}": before[f"told {i}"] for i in (1, 3)},
    }


def _seen(network: Network, images: Sets) -> dict[str, float]:
    """How much of an edge the first kernels are, and what each convolution knows of the classes."""
    W = network.layers[0].W  # type: ignore[attr-defined]
    kernels = W.reshape(len(W), -1).astype(np.float64)
    kernels = kernels - kernels.mean(axis=1, keepdims=True)
    down, right = np.indices(W.shape[-2:]).reshape(2, -1) - (W.shape[-1] - 1) / 2
    slopes = np.array([down, right]) / np.linalg.norm(down)
    explained = np.sum((kernels @ slopes.T) ** 2) / np.sum(kernels**2)
    found = {"edges": float(explained)}
    X, labels = images.test
    H, place = network.check_input(X), 0
    for layer in network.layers[:-1]:
        H = layer.forward(H)
        if isinstance(layer, ReLU):
            place += 1
            found[f"told {place}"] = _between(H.mean(axis=(2, 3), dtype=np.float64), labels)
    return found


def _between(answers: Array, labels: Labels) -> float:
    """The share of the variance of each column that lies between the classes; its mean."""
    alive = answers[:, answers.std(axis=0) > 1e-9]
    means = np.array([alive[labels == k].mean(axis=0) for k in range(10)])
    sizes = np.bincount(labels, minlength=10) / len(labels)
    within_all = sizes @ (means - alive.mean(axis=0)) ** 2
    return float(np.mean(within_all / alive.var(axis=0)))
