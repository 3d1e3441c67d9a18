"""Pictures of a training and of what came out of it: its curves, its confusions, its regions.

Each function returns the matplotlib Figure, in the look of `plots.use_course_style`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import LinearSegmentedColormap, ListedColormap, to_rgb
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator
from numpy.typing import NDArray

from reference_impl._validate import Array, class_labels, dimensions, finite, not_empty, same_shape
from reference_impl.datasets import Labels
from reference_impl.plots import COLORS, LINE_COLORS, LINE_STYLES, MARKERS

QUIET = "#E9E9E9"
"""Colour of the cells of a confusion matrix that count right answers."""
MISTAKES = LinearSegmentedColormap.from_list("mistakes", ["#FFFFFF", COLORS["vermillion"]])


def learning_curves(history: Mapping[str, Sequence[float]], title: str = "") -> Figure:
    """Losses over the epochs, and beside them the validation score where there is one.

    A ring marks the epoch with the lowest validation loss. A run that diverged is drawn up to
    where it was still a number, and its label says so. The axis of the losses is logarithmic where
    a linear one would press the judged loss into the last twentieth.

    Parameters
    ----------
    history : as `Trainer.fit` returns it: "loss", and with validation "val_loss" and
        "val_accuracy" or "val_r2"; one value per epoch
    title : of the whole figure

    Returns
    -------
    the Figure

    Raises
    ------
    ValueError : no "loss", lists without values or of different lengths
    """
    if "loss" not in history:
        raise ValueError(f"history has {', '.join(history) or 'nothing'}; it needs loss too")
    score = next((key for key in history if key.startswith("val_") and key != "val_loss"), None)
    shown = [key for key in ("loss", "val_loss", score) if key in history]
    lines = {key: np.asarray(history[key], dtype=np.float64) for key in shown if key}
    for key, line in lines.items():
        dimensions(key, line, 1)
    not_empty(**lines)
    same_shape(**lines)
    panels = 1 if score is None else 2
    figure, axes = plt.subplots(
        1, panels, figsize=(5.5 * panels, 4.0), squeeze=False, layout="constrained"
    )
    left, right = axes[0, 0], axes[0, -1]
    _curve(left, lines["loss"], "training", 0)
    judged = lines["val_loss"] if "val_loss" in lines else lines["loss"]
    if "val_loss" in lines:
        _curve(left, judged, "validation", 1)
    left.set(title="loss", yscale="log" if _is_wide(lines["loss"], judged) else "linear")
    if score is not None:
        name = score.removeprefix("val_").replace("r2", "R²")
        right.set(title=f"validation {name}")
        _curve(right, lines[score], "validation", 1)
        _keep_near_best(right, lines[score])
    if "val_loss" in lines and _drawable(judged).any():
        best = int(np.argmin(np.where(_drawable(judged), judged, np.inf)))
        _ring(left, best, judged, "lowest, ")
        if score is not None:
            _ring(right, best, lines[score])
    epochs = len(lines["loss"])
    margin = max(0.5, 0.03 * epochs)  # room for a ring at the last one
    for ax in axes[0]:
        ax.set(xlabel="epoch", xlim=(1 - margin, epochs + margin))
        ax.xaxis.set_major_locator(MaxNLocator(integer=True, min_n_ticks=1))
        ax.legend()
    figure.suptitle(title)
    return figure


def confusion_matrix(
    labels: Labels, predicted: Labels, classes: int | None = None
) -> NDArray[np.intp]:
    """How often each class was predicted as each class.

    C_ij = number of samples of class i predicted as j;   right ones stand on the diagonal

    Parameters
    ----------
    labels, predicted : (n,) classes 0 … k-1, the true and the predicted ones
    classes : k; without it, up to the largest class that occurs

    Returns
    -------
    (k, k) counts, rows true, columns predicted

    Raises
    ------
    ValueError : no samples, different numbers of them, classes that are not integers 0 … k-1
    """
    labels, predicted = np.asarray(labels), np.asarray(predicted)
    not_empty(labels=labels, predicted=predicted)
    class_labels("labels", labels, labels.size, classes)
    class_labels("predicted", predicted, labels.size, classes)
    k = 1 + int(max(labels.max(), predicted.max())) if classes is None else classes
    C = np.zeros((k, k), dtype=np.intp)
    np.add.at(C, (labels, predicted), 1)
    return C


def confusion_plot(
    labels: Labels,
    predicted: Labels,
    names: Sequence[str] | None = None,
    title: str | None = None,
) -> Figure:
    """The confusion matrix with its counts: mistakes in colour, what is right in grey.

    Parameters
    ----------
    labels, predicted : (n,) classes 0 … k-1, the true and the predicted ones
    names : of the k classes; their numbers without it
    title : without it, how many were mistaken

    Returns
    -------
    the Figure

    Raises
    ------
    ValueError : as `confusion_matrix`
    """
    C = confusion_matrix(labels, predicted, None if names is None else len(names))
    k = len(C)
    names = [str(i) for i in range(k)] if names is None else names
    side = 2.2 + 0.42 * k
    figure, ax = plt.subplots(figsize=(max(side, 4.0), max(side, 4.0) - 0.4), layout="constrained")
    mistakes = C - np.diag(C.diagonal())
    shades = np.ma.masked_array(mistakes, mask=np.eye(k, dtype=bool))
    cmap = MISTAKES.with_extremes(bad=QUIET)
    ax.imshow(shades, cmap=cmap, vmin=0, vmax=max(1, mistakes.max()))
    for (i, j), count in np.ndenumerate(C):
        color = "black" if count or i == j else "#B8B8B8"
        ax.text(j, i, f"{count}", ha="center", va="center", color=color, fontsize=10)
    ax.set(
        title=f"{mistakes.sum():,} of {C.sum():,} mistaken" if title is None else title,
        xlabel="predicted",
        ylabel="true",
    )
    ax.set_xticks(range(k), names, rotation=90 if max(map(len, names)) > 3 else 0)
    ax.set_yticks(range(k), names)
    ax.grid(visible=False)
    return figure


def decision_regions(
    predict: Callable[[Array], NDArray[Any]],
    X: Array,
    labels: Labels,
    title: str = "",
    ax: Axes | None = None,
) -> Figure:
    """What a classifier of points in the plane says everywhere, under the samples.

    Parameters
    ----------
    predict : (m, 2) → (m,) class numbers, (m, k) scores or probabilities of which the largest
        counts, or (m,) or (m, 1) probabilities of class 1. A network's `predict` gives scores, of
        which a single one is not a probability: `network.output.activation(network.predict(X))` is
    X : (n, 2) samples
    labels : (n,) their classes, 0 … k-1
    title : of the figure
    ax : draw there, without a legend, to set several side by side

    Returns
    -------
    the Figure

    Raises
    ------
    ValueError : X not (n, 2) or not finite, labels that are not classes, more classes than can be
        told apart, predictions that are none of the above
    """
    X, labels = np.asarray(X), np.asarray(labels)
    not_empty(X=X)
    if X.ndim != 2 or X.shape[1] != 2:
        raise ValueError(f"X has shape {X.shape}; it needs (n, 2)")
    finite(X=X)
    class_labels("labels", labels, len(X), len(LINE_COLORS))
    low, high = X.min(axis=0), X.max(axis=0)
    margin = 0.1 * np.where(high > low, high - low, 1.0)
    low, high = low - margin, high + margin
    x, y = (np.linspace(low[i], high[i], 251) for i in range(2))
    grid = np.stack(np.meshgrid(x, y), axis=-1)
    regions = _classes(predict(grid.reshape(-1, 2)), grid.size // 2).reshape(grid.shape[:2])
    alone = ax is None
    if ax is None:
        _, ax = plt.subplots(figsize=(6.4, 4.8), layout="constrained")
    pale = ListedColormap([tuple(0.25 * c + 0.75 for c in to_rgb(color)) for color in LINE_COLORS])
    ax.pcolormesh(x, y, regions, cmap=pale, vmin=-0.5, vmax=pale.N - 0.5, rasterized=True)
    for c in np.unique(regions)[1:]:
        ax.contour(x, y, regions >= c, levels=[0.5], colors="#444444", linewidths=1.0)
    for c in np.unique(labels):
        ax.plot(
            *X[labels == c].T,
            marker=MARKERS[c],
            color=LINE_COLORS[c],
            linestyle="none",
            markeredgecolor="white",
            markeredgewidth=0.6,
            label=f"class {c}",
        )
    ax.set(title=title, xlabel="$x_1$", ylabel="$x_2$")
    ax.grid(visible=False)
    if alone:
        ax.legend(loc="upper left", bbox_to_anchor=(1.0, 1.0), frameon=False)
    figure = ax.get_figure(root=True)
    assert figure is not None
    return figure


def _drawable(values: Array) -> NDArray[np.bool_]:
    """Where a value is a number, and small enough for Matplotlib, which overflows at 1e300."""
    return np.abs(values) < 1e100


def _curve(ax: Axes, values: Array, label: str, look: int) -> None:
    """One value per epoch, from epoch 1; those that are not `_drawable` are left out."""
    drawable = _drawable(values)
    if not drawable.all():
        label += f" (diverges at epoch {1 + int(np.argmin(drawable))})"
    ax.plot(
        np.arange(1, len(values) + 1),
        np.where(drawable, values, np.nan),
        color=LINE_COLORS[look],
        linestyle=LINE_STYLES[look],
        # A run that diverges in its second epoch is a point and no line.
        marker="o" if len(values) < 20 else None,
        markersize=4,
        label=label,
    )


def _ring(ax: Axes, best: int, values: Array, remark: str = "") -> None:
    """A ring around the best epoch, with its value in the legend."""
    ax.plot(
        best + 1,
        values[best],
        "o",
        color=LINE_COLORS[1],
        markersize=10,
        markerfacecolor="none",
        markeredgewidth=2,
        label=f"{remark}epoch {best + 1}: {values[best]:.3g}",
    )


def _is_wide(loss: Array, judged: Array) -> bool:
    """Whether the judged loss comes down below a twentieth of the largest loss."""
    both = np.concatenate([loss, judged])
    down = judged[_drawable(judged) & (judged > 0)]
    return bool(down.size and both[_drawable(both)].max() > 20 * down.min())


def _keep_near_best(ax: Axes, score: Array) -> None:
    """Limit a score axis from below: an R² of -1e20 would press all others into a line."""
    good = score[_drawable(score)]
    if good.size:
        best, lowest = good.max(), min(good.max(), 0.0) - 1
        if good.min() < lowest:
            ax.set_ylim(lowest, best + 0.1)


def _classes(predictions: NDArray[Any], m: int) -> Labels:
    """The class of each of m points, from class numbers, scores or probabilities."""
    predictions = np.asarray(predictions)
    finite(predictions=predictions)
    if predictions.ndim == 2:
        one = predictions.shape[1] == 1
        predictions = predictions[:, 0] if one else predictions.argmax(axis=1)
    if predictions.dtype.kind in "bf":
        if not ((predictions >= 0) & (predictions <= 1)).all():
            raise ValueError(
                "predict gives one number per point, but no probability; it must give numbers in "
                "[0, 1], class numbers (integers), or one score per point and class"
            )
        predictions = (predictions > 0.5).astype(np.intp)
    class_labels("predictions", predictions, m, len(LINE_COLORS))
    return predictions
