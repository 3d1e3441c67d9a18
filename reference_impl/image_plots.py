"""Pictures of samples and of weights: what a network sees, mistakes, and looks for.

Each function returns the matplotlib Figure, in the look of `plots.use_course_style`.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import Colormap, LinearSegmentedColormap
from matplotlib.figure import Figure
from matplotlib.layout_engine import ConstrainedLayoutEngine
from numpy.typing import NDArray

from reference_impl._validate import (
    class_labels,
    dimensions,
    finite,
    floats,
    not_empty,
    positive,
)
from reference_impl.datasets import Labels
from reference_impl.plots import COLORS

SIGNED = LinearSegmentedColormap.from_list(
    "signed", ["#002C45", COLORS["blue"], "#F7F7F7", COLORS["vermillion"], "#5A2700"]
)
"""Negative blue, zero white, positive vermillion."""

Shape = tuple[int, ...]


def weight_images(
    W: NDArray[Any], shape: Shape | None = None, count: int = 16, title: str = ""
) -> Figure:
    """What the units of a first layer look for: the weights of each as an image.

    All share one colour scale, with white at 0. Of a unit with several channels these stand side
    by side, from the left.

    Parameters
    ----------
    W : (fan_in, units) of a dense layer, or (units, channels, height, width) kernels
    shape : (height, width) or (channels, height, width) of the input of a dense layer
    count : at most so many units, the first ones
    title : of the whole figure

    Returns
    -------
    the Figure

    Raises
    ------
    ValueError : W of another shape, or not finite; a shape that does not fit it
    """
    positive(count=count)
    images = _unit_images(np.asarray(W), shape)[:count]
    n, channels, height, width = images.shape
    tiled = np.full((n, height, channels, width + 1), np.nan)
    tiled[..., :width] = images.transpose(0, 2, 1, 3)
    tiled = tiled.reshape(n, height, -1)[..., :-1]
    most = float(np.abs(images).max()) or 1.0
    figure, axes = _panels(n, tiled.shape[2] / height, title)
    for i, ax in enumerate(axes):
        _image(ax, tiled[i], str(i), SIGNED, -most, most)
    figure.set_figwidth(figure.get_figwidth() + 1.0)
    shrink = min(1.0, 3.0 / figure.get_figheight())
    figure.colorbar(axes[0].images[0], ax=axes, label="weight", aspect=15, shrink=shrink)
    return figure


def samples(
    X: NDArray[Any],
    labels: Labels,
    shape: Shape | None = None,
    count: int = 10,
    title: str = "",
) -> Figure:
    """Examples with their labels: images, or signals as curves.

    `first = np.unique(labels, return_index=True)[1]` picks one of each class.

    Parameters
    ----------
    X : (n, d) or (n, …)
    labels : (n,) classes 0 … k-1
    shape : (height, width) of an image; without it each sample is a curve
    count : at most so many, the first ones
    title : of the whole figure

    Returns
    -------
    the Figure

    Raises
    ------
    ValueError : no samples, X not finite, a shape that does not fit, labels that are not classes
    """
    X, labels = np.asarray(X), np.asarray(labels)
    positive(count=count)
    not_empty(X=X)
    class_labels("labels", labels, len(X))
    return _examples(X[:count], [str(label) for label in labels[:count]], shape, title)


def misclassified(
    X: NDArray[Any],
    labels: Labels,
    predicted: Labels,
    shape: Shape | None = None,
    count: int = 20,
    title: str | None = None,
) -> Figure:
    """Samples that were mistaken, as "true → predicted".

    Parameters
    ----------
    X : (n, d) or (n, …)
    labels, predicted : (n,) classes 0 … k-1, the true and the predicted ones
    shape : (height, width) of an image; without it each sample is a curve
    count : at most so many, the first ones
    title : without it, how many were mistaken

    Returns
    -------
    the Figure; where nothing was mistaken, one that says so

    Raises
    ------
    ValueError : no samples, X not finite, a shape that does not fit, labels that are not classes
    """
    X, labels, predicted = np.asarray(X), np.asarray(labels), np.asarray(predicted)
    positive(count=count)
    not_empty(X=X)
    class_labels("labels", labels, len(X))
    class_labels("predicted", predicted, len(X))
    wrong = np.flatnonzero(labels != predicted)
    if title is None:
        title = f"{len(wrong):,} of {len(X):,} mistaken" + ": true → predicted" * bool(len(wrong))
    names = [f"{labels[i]} → {predicted[i]}" for i in wrong[:count]]
    return _examples(X[wrong[:count]], names, shape, title)


def _unit_images(W: NDArray[Any], shape: Shape | None) -> NDArray[Any]:
    """(units, channels, height, width) of a first layer's weights."""
    not_empty(W=W)
    finite(W=W)
    if shape is None:
        if W.ndim != 4:
            raise ValueError(
                f"W has shape {W.shape}; it needs (units, channels, height, width), or with "
                "`shape` (fan_in, units)"
            )
        return W
    dimensions("W", W, 2)
    if len(shape) not in (2, 3) or math.prod(shape) != len(W):
        raise ValueError(
            f"shape is {shape}; it needs (height, width) or (channels, height, width) with "
            f"{len(W)} values, as W has rows"
        )
    return W.T.reshape(-1, *(1, *shape)[-3:])


def _examples(X: NDArray[Any], names: Sequence[str], shape: Shape | None, title: str) -> Figure:
    """A panel for each sample: an image, or without a shape a curve; all on one scale."""
    X = floats(X)  # the range of small integers does not fit in them, and booleans have none
    finite(X=X)
    if shape is not None and (len(shape) != 2 or math.prod(shape) != math.prod(X.shape[1:])):
        raise ValueError(
            f"shape is {shape}; it needs (height, width) with {math.prod(X.shape[1:])} values, as "
            "a sample has"
        )
    X = X.reshape(len(X), *(shape or (-1,))) if len(X) else X
    figure, axes = _panels(len(X), 1.0 if shape is None else shape[1] / shape[0], title)
    low, high = (X.min(), X.max()) if len(X) else (0, 0)
    margin = 0.05 * (high - low) or 0.5
    for ax, x, name in zip(axes, X, names, strict=True):
        if shape is not None:
            _image(ax, x, name, "Greys", low, high)
            continue
        ax.plot(x, color=COLORS["blue"], linewidth=1.5)
        ax.set(xticks=[], yticks=[0], yticklabels=[], ylim=(low - margin, high + margin))
        ax.tick_params(length=0)
        _name(ax, name)
    return figure


def _panels(n: int, aspect: float, title: str) -> tuple[Figure, list[Axes]]:
    """n panels, `aspect` times as wide as high, ten of square ones in a row."""
    rows = math.ceil(n / max(1, round(10 / aspect)))
    columns = math.ceil(n / max(1, rows))
    width = min(10.0, 1.1 * aspect * columns)
    height = rows * (width / max(1, columns) / aspect + 0.3)
    layout = ConstrainedLayoutEngine(wspace=0.1)
    figure = plt.figure(figsize=(max(width, 4.0), height + 0.5), layout=layout)
    figure.suptitle(title)
    return figure, [figure.add_subplot(rows, columns, i + 1) for i in range(n)]


def _image(
    ax: Axes, image: NDArray[Any], name: str, cmap: Colormap | str, low: float, high: float
) -> None:
    ax.imshow(image, cmap=cmap, vmin=low, vmax=high, interpolation="nearest")
    ax.set_axis_off()
    _name(ax, name)


def _name(ax: Axes, name: str) -> None:
    """Plainer than a title: there are many of them."""
    ax.set_title(name, loc="center", fontsize=10, fontweight="normal")
