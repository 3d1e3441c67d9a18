"""Pictures: one look for the whole course, readable on any theme and without colours.

Each function returns the matplotlib Figure, for `show`; with `ax` it draws there instead of in a
new one.
Colours are those of Okabe and Ito, which colour-blind readers can tell apart; every line has a
style of its own as well.
"""

from __future__ import annotations

import base64
import io
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from html import escape
from itertools import cycle
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
from cycler import cycler
from IPython.display import display
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.colors import BoundaryNorm, LinearSegmentedColormap
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import MaxNLocator

from reference_impl._validate import Array
from reference_impl.landscapes import Landscape

COLORS = {
    "blue": "#0072B2",
    "vermillion": "#D55E00",
    "green": "#009E73",
    "purple": "#CC79A7",
    "orange": "#E69F00",
    "sky": "#56B4E9",
    "black": "#000000",
    "yellow": "#F0E442",
}
"""Okabe and Ito's palette, in the order in which lines take them; yellow is too pale for lines."""

LINE_COLORS = [color for name, color in COLORS.items() if name != "yellow"]
LINE_STYLES = ["-", "--", "-.", ":", (0, (5, 1, 1, 1, 1, 1)), (0, (1, 1)), (0, (8, 2))]
FAINT = "#9A9A9A"
GROUND = LinearSegmentedColormap.from_list("ground", ["#D2D2D2", "#FCFCFC"])
MARKERS = ["o", "s", "^", "D", "v", "P", "X"]

# A picture is paper on a dark theme too, but not glaring white: the card behind it takes some of
# the theme's colour, and the picture is printed on it. Where styles are dropped, it is white.
CARD = (
    "display:inline-block;max-width:100%;border-radius:6px;padding:4px 0;"
    "background:color-mix(in srgb, white 86%, var(--jp-layout-color0, white));isolation:isolate"
)
ON_CARD = "display:block;max-width:100%;mix-blend-mode:multiply"

captions: list[Callable[[], str]] = []
"""Who else has something to say of a picture. Each is asked when one is shown, after it was drawn,
and gives a sentence or an empty text; what is said stands below the picture and in its alternative
text. `captions.append(lambda: "Drawn with a lent function.")`"""

Curve = Array | Sequence[float] | tuple[Array | Sequence[float], Array | Sequence[float]]


def show(figure: Figure, alt: str) -> None:
    """Display a figure in a notebook, with a text for those who cannot see it; then close it.

    Parameters
    ----------
    figure : from any function here; `plt.gcf()` for one drawn by hand
    alt : what a reader of the text alone should know of the picture, in a sentence or two

    Raises
    ------
    ValueError : an empty text
    """
    if not alt.strip():
        raise ValueError("alt is empty; it must say what the figure shows")
    # The words that stand beside a picture are part of what it says.
    alt = said(alt)
    buffer = io.BytesIO()
    # Tight, as Jupyter does it: a title that leaves the figure would be cut otherwise.
    figure.savefig(buffer, format="png", bbox_inches="tight")
    plt.close(figure)
    image = base64.b64encode(buffer.getvalue()).decode()
    # JupyterLab has no place for an alternative text beside image/png; HTML has.
    html = (
        f'<div style="{CARD}"><img alt="{escape(alt)}" style="{ON_CARD}" '
        f'src="data:image/png;base64,{image}"></div>{caption()}'
    )
    display({"text/html": html, "text/plain": alt}, raw=True)


def said(alt: str) -> str:
    """An alternative text, and what the `captions` say of the picture."""
    return " ".join([alt, *_captions()])


def caption() -> str:
    """What the `captions` say, as HTML to stand below a picture; empty if they say nothing."""
    text = escape(" ".join(_captions()))
    return f'<p style="margin:2px 0;font-size:90%"><em>{text}</em></p>' if text else ""


def _captions() -> list[str]:
    return list(dict.fromkeys(filter(None, (text() for text in captions))))


def use_course_style() -> None:
    """Set the look of every figure drawn from here on.

    The background is white and opaque: also where nothing is behind it, it is not black on black.
    """
    plt.rcParams.update(
        {
            "figure.dpi": 100,
            "figure.figsize": (7.0, 4.0),
            "figure.facecolor": "white",
            "figure.constrained_layout.use": True,
            "savefig.facecolor": "white",
            "axes.facecolor": "white",
            "axes.edgecolor": "#444444",
            "axes.labelcolor": "#222222",
            "axes.titlecolor": "#222222",
            "axes.titlesize": 12,
            "axes.titlelocation": "left",
            "axes.titleweight": "bold",
            "axes.labelsize": 11,
            "axes.spines.top": False,
            "axes.spines.right": False,
            "axes.grid": True,
            "axes.axisbelow": True,
            "axes.prop_cycle": cycler(color=LINE_COLORS) + cycler(linestyle=LINE_STYLES),
            "grid.color": "#E3E3E3",
            "grid.linewidth": 0.8,
            "font.family": "sans-serif",
            "font.sans-serif": ["DejaVu Sans"],
            "text.color": "#222222",
            "xtick.color": "#444444",
            "ytick.color": "#444444",
            "xtick.labelsize": 10,
            "ytick.labelsize": 10,
            "lines.linewidth": 2.0,
            "legend.fontsize": 10,
            "legend.frameon": True,
            "legend.framealpha": 0.9,
            "legend.edgecolor": "#CCCCCC",
        }
    )


def curves(
    series: Mapping[str, Curve],
    title: str = "",
    xlabel: str = "",
    ylabel: str = "",
    log_y: bool = False,
    log_x: bool = False,
    faint: Collection[str] = (),
    ax: Axes | None = None,
) -> Figure:
    """Lines with a legend.

    Parameters
    ----------
    series : label → y, or label → (x, y); a y alone is drawn over 0, 1, 2, …
    title, xlabel, ylabel : texts
    log_y, log_x : logarithmic axes
    faint : labels drawn thin and grey: noisy data, under the lines that matter
    ax : where to draw; a new figure without it

    Returns
    -------
    the Figure
    """
    figure, ax = _figure_and_axes(ax)
    looks = zip(cycle(LINE_COLORS), cycle(LINE_STYLES), strict=False)
    for (label, curve), (color, style) in zip(series.items(), looks, strict=False):
        x, y = curve if isinstance(curve, tuple) else (np.arange(len(curve)), curve)
        y = np.asarray(y, dtype=np.float64)
        # A run that diverged shows up to where it was still a number.
        y = np.where(np.isfinite(y), y, np.nan)
        if label in faint:
            ax.plot(x, y, color=FAINT, linestyle="-", linewidth=1.0, label=label, zorder=1.5)
        else:
            ax.plot(x, y, color=color, linestyle=style, label=label)
    if log_x:
        ax.set_xscale("log")
    # A logarithmic axis without a positive value warns; a run that was NaN at once has none.
    if log_y and any((np.asarray(line.get_ydata()) > 0).any() for line in ax.get_lines()):
        ax.set_yscale("log")
    ax.set(title=title, xlabel=xlabel, ylabel=ylabel)
    if len(series) > 1:
        ax.legend()
    return figure


def bars(
    labels: Sequence[str], values: Sequence[float], title: str = "", ylabel: str = ""
) -> Figure:
    """Bars with their values written on them.

    Parameters
    ----------
    labels, values : one of each per bar
    title, ylabel : texts

    Returns
    -------
    the Figure
    """
    figure, ax = _figure_and_axes(None)
    drawn = ax.bar(labels, values, color=COLORS["blue"], width=0.65)
    ax.bar_label(drawn, fmt="{:.3g}", padding=3)
    ax.margins(y=0.12)
    ax.grid(visible=False, axis="x")
    ax.set(title=title, ylabel=ylabel)
    if sum(map(len, labels)) > 60:
        ax.tick_params(axis="x", rotation=30)
    return figure


def trajectories(
    landscape: Landscape,
    paths: Mapping[str, Array],
    title: str | None = None,
    ax: Axes | None = None,
) -> Figure:
    """Paths on the contours of a landscape.

    A ring marks a start, a filled marker an end, a star a minimum. A path is drawn up to where it
    first leaves the picture or is no longer a number, and its label says so.

    Parameters
    ----------
    landscape : what they walk on
    paths : label → (steps+1, 2)
    title : the landscape's name without it
    ax : where to draw; a new figure without it

    Returns
    -------
    the Figure

    Raises
    ------
    ValueError : a path that is not (steps+1, 2)
    """
    return _trajectories(landscape, paths, title, ax)[0]


class Walk:
    """The picture of `trajectories`, at any step.

    figure : with the whole paths
    moving : the artists that differ from step to step, and what lies above them; to be drawn in
        this order
    words : the labels of the paths
    """

    def __init__(self, landscape: Landscape, paths: Mapping[str, Array], title: str) -> None:
        self.figure, self._drawn = _trajectories(landscape, paths, title, None)
        plt.close(self.figure)
        (ax,) = self.figure.axes
        self._title = ax.set_title(title)
        self.moving: list[Artist] = [*ax.get_lines(), self._title]
        self.words = ", ".join(str(path.line.get_label()) for path in self._drawn) + "."

    def to(self, step: int, title: str) -> None:
        """Go to a step; a shorter path waits at its end."""
        self._title.set_text(title)
        for path in self._drawn:
            now = min(step, len(path.points) - 1)
            path.line.set_data(*path.points[: now + 1].T)
            path.end.set_data(*path.points[max(0, now) : now + 1].T)
            path.end.set_visible(not path.leaves or now < len(path.points) - 1)


def trajectory_and_loss(
    landscape: Landscape, paths: Mapping[str, Array], title: str = ""
) -> Figure:
    """Paths on the landscape, and beside them how far above the minimum each step is.

    Parameters
    ----------
    landscape : what they walk on
    paths : label → (steps+1, 2)
    title : of the whole figure

    Returns
    -------
    the Figure

    Raises
    ------
    ValueError : a path that is not (steps+1, 2)
    """
    figure, (left, right) = plt.subplots(1, 2, figsize=(11.0, 4.6), layout="constrained")
    trajectories(landscape, paths, ax=left)
    lowest = landscape.lowest
    with np.errstate(over="ignore", invalid="ignore"):
        losses = {
            label: landscape.f(np.asarray(path)) - (lowest or 0) for label, path in paths.items()
        }
    curves(
        losses,
        title="loss" if lowest is None else "loss above the minimum",
        xlabel="step",
        ylabel="$f$" if lowest is None else r"$f - f_{\min}$",
        log_y=lowest is not None,
        ax=right,
    )
    if lowest is None:
        # Without a floor a path that left falls for ever; the heights of the picture are enough.
        heights = _heights(landscape)[2]
        right.set_ylim(1.1 * heights.min(), 1.1 * heights.max())
    else:
        _keep_near(right, max((float(loss[0]) for loss in losses.values()), default=0.0))
    right.xaxis.set_major_locator(MaxNLocator(integer=True))
    figure.suptitle(title)
    return figure


@dataclass(frozen=True)
class _DrawnPath:
    """A path in a picture: its line, the mark at its end, its points up to where it leaves."""

    line: Line2D
    end: Line2D
    points: Array
    leaves: bool


def _trajectories(
    landscape: Landscape, paths: Mapping[str, Array], title: str | None, ax: Axes | None
) -> tuple[Figure, list[_DrawnPath]]:
    for label, path in paths.items():
        if np.ndim(path) != 2 or np.shape(path)[1] != 2 or not len(path):
            raise ValueError(f"paths[{label!r}] has shape {np.shape(path)}; it needs (steps+1, 2)")
    figure, ax = _figure_and_axes(ax, size=(7.0, 4.8))
    _contours(landscape, ax)
    looks = zip(cycle(LINE_COLORS), cycle(LINE_STYLES), cycle(MARKERS), strict=False)
    drawn = [
        _draw_path(ax, label, np.asarray(path, dtype=np.float64), landscape.bounds, *look)
        for (label, path), look in zip(paths.items(), looks, strict=False)
    ]
    if len(landscape.minima):
        x, y = landscape.minima.T
        ax.plot(x, y, "*k", markersize=15, markeredgecolor="white", zorder=3, label="minimum")
    x_low, x_high, y_low, y_high = landscape.bounds
    ax.set(
        title=landscape.name if title is None else title,
        xlabel="$x$",
        ylabel="$y$",
        xlim=(x_low, x_high),
        ylim=(y_low, y_high),
    )
    ax.grid(visible=False)
    ax.legend(loc="upper center", bbox_to_anchor=(0.5, -0.13), ncols=2, frameon=False)
    return figure, drawn


def _figure_and_axes(
    ax: Axes | None, size: tuple[float, float] | None = None
) -> tuple[Figure, Axes]:
    """A new figure, or the one that `ax` belongs to."""
    if ax is None:
        return plt.subplots(figsize=size, layout="constrained")
    figure = ax.get_figure(root=True)
    assert isinstance(figure, Figure)
    return figure, ax


def _draw_path(
    ax: Axes,
    label: str,
    path: Array,
    bounds: tuple[float, float, float, float],
    color: str,
    style: Any,
    marker: str,
) -> _DrawnPath:
    points, remark = _inside(path, bounds)
    [line] = ax.plot(
        *points.T,
        color=color,
        linestyle=style,
        linewidth=1.8,
        marker=marker,
        markersize=3.5,
        markevery=max(1, len(points) // 60),
        label=label + remark,
    )
    ax.plot(*points[:1].T, "o", markersize=10, markerfacecolor="white", color=color)
    [end] = ax.plot(*points[-1:].T, marker, markersize=8, markeredgecolor="white", color=color)
    end.set_visible(not remark)
    return _DrawnPath(line, end, points, bool(remark))


def _keep_near(ax: Axes, start: float) -> None:
    """Limit a loss axis: one run at 1e13, or at 1e-30, would press all others into a line."""
    if start > 0 and np.isfinite(start) and ax.get_yscale() == "log":
        bottom, top = ax.get_ylim()
        ax.set_ylim(max(bottom, 1e-12 * start), min(top, 1e3 * start))


def _heights(landscape: Landscape) -> tuple[Array, Array, Array]:
    """x, y and f on a grid over the picture."""
    x_low, x_high, y_low, y_high = landscape.bounds
    x, y = np.meshgrid(np.linspace(x_low, x_high, 201), np.linspace(y_low, y_high, 201))
    return x, y, landscape.f(np.stack([x, y], axis=-1))


def _contours(landscape: Landscape, ax: Axes) -> None:
    """Shades of grey: the paths, not the ground, should catch the eye."""
    x, y, z = _heights(landscape)
    low = z.min() if landscape.lowest is None else landscape.lowest
    height = z.max() - low
    # Powers of even steps put rings near the minimum too, where even levels would show none.
    power = 1 if landscape.lowest is None else 2 if height < 100 else 5
    levels = low + height * np.linspace(0, 1, 16) ** power
    # Shaded by rank: by value, all but the outermost rings would have one shade.
    shades = BoundaryNorm(levels, GROUND.N)
    ax.contourf(x, y, z, levels=levels, cmap=GROUND, norm=shades)
    ax.contour(x, y, z, levels=levels, colors="#B0B0B0", linewidths=0.6, linestyles="solid")


def _inside(path: Array, bounds: tuple[float, float, float, float]) -> tuple[Array, str]:
    """The path up to its first point outside the bounds, that one included, and a remark."""
    x_low, x_high, y_low, y_high = bounds
    x, y = path.T
    # NaN compares as False, so it counts as outside.
    inside = (x_low <= x) & (x <= x_high) & (y_low <= y) & (y <= y_high)
    if inside.all():
        return path, ""
    first = int(np.argmin(inside))
    remark = " (leaves the picture)"
    if not np.isfinite(path[first]).all():
        return path[:first], remark
    # Matplotlib's renderer overflows on lines of 1e300; the border is as far as the eye sees.
    width, height = x_high - x_low, y_high - y_low
    end = np.clip(
        path[first],
        [x_low - 9 * width, y_low - 9 * height],
        [x_high + 9 * width, y_high + 9 * height],
    )
    return np.vstack([path[:first], end]), remark
