"""Figures as frames: pixels of one size, of which only what differs from the first is kept.

A frame is drawn by the kernel once, and shown by a browser as often as a slider passes it. A few
hundred kilobytes hold them all, because most of a picture (its ground, its axes, its words) is the
same in each of them.
"""

from __future__ import annotations

import io
import textwrap
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from numpy.typing import NDArray
from PIL import Image

SHARPNESS = 1.5  # pixels drawn for one shown: sharp enough on high-resolution screens


def _shade(value: int) -> int:
    """One of few shades, which take less room: pale greys finely, all else coarsely."""
    return round(value / 3) * 3 if value >= 204 else round(value / 12) * 12


_SHADES = 4 * [_shade(value) for value in range(256)]  # of red, green, blue and opacity

Pixels = NDArray[np.uint32]
"""(height, width) of colours, four bytes each."""


@dataclass
class Frames:
    """The first frame, and of each other one the rectangle in which it differs.

    base : PNG, which every viewer shows
    width : of the picture on a screen
    images : (x, y, WebP) to lay over the base; (0, 0, b"") for the base as it is
    places : for each frame its place in `images`; equal frames share one
    """

    base: bytes
    width: int
    images: list[tuple[int, int, bytes]] = field(default_factory=list)
    places: list[int] = field(default_factory=list)


def as_frames(first: Pixels, others: Iterable[Pixels]) -> Frames:
    """Pack pictures of the size of the first one, which is what shows where nothing moves."""
    rgba = first.view(np.uint8).reshape(*first.shape, 4)
    base = _bytes(Image.fromarray(rgba[..., :3]), "PNG")
    frames = Frames(base, round(first.shape[1] / SHARPNESS))
    known: dict[tuple[int, int, bytes], int] = {}
    for pixels in others:
        overlay = _difference(first, pixels)
        if overlay not in known:
            known[overlay] = len(frames.images)
            frames.images.append(overlay)
        frames.places.append(known[overlay])
    return frames


def pixels_of(figure: Figure) -> Pixels:
    """What a figure looks like, as a new array."""
    canvas = canvas_for(figure)
    canvas.draw()
    return as_pixels(canvas)


def canvas_for(figure: Figure) -> Any:  # matplotlib's canvas has no types
    """Where a figure is drawn for frames."""
    figure.set_dpi(SHARPNESS * 100)
    return FigureCanvasAgg(figure)


def as_pixels(canvas: Any) -> Pixels:
    """What has been drawn on a canvas, as a new array."""
    image = Image.fromarray(np.asarray(canvas.buffer_rgba())).point(_SHADES)
    return np.array(image).view(np.uint32)[..., 0]


def lay_out_alike(figures: Sequence[Figure]) -> None:
    """Put the axes of all figures where those of each have room, so that none moves in between.

    Figures with another number of axes than the first keep their own layout.
    """
    places = [_places(figure) for figure in figures]
    alike = [place for place in places if place.shape == places[0].shape]
    lows = np.max([place[:, :2] for place in alike], axis=0)
    highs = np.min([place[:, 2:] for place in alike], axis=0)
    for figure in figures:
        put_axes(figure, np.hstack([lows, highs]))


def put_axes(figure: Figure, places: NDArray[np.float64]) -> None:
    """Put the axes of a figure at (left, bottom, right, top), without solving for their layout."""
    if len(figure.axes) != len(places):
        return
    figure.set_layout_engine("none")
    for ax, (left, bottom, right, top) in zip(figure.axes, places, strict=True):
        ax.set_position((left, bottom, right - left, top - bottom))


def axes_places(figure: Figure) -> NDArray[np.float64]:
    """(axes, 4): left, bottom, right, top of each, as they stand."""
    return np.array([ax.get_position(original=True).extents for ax in figure.axes]).reshape(-1, 4)


def failed_frame(error: Exception, state: str, size: tuple[float, float]) -> Figure:
    """A figure that says why there is none."""
    figure = Figure(figsize=size, dpi=100, facecolor="white")
    said = f"{type(error).__name__}: {error}"
    lines = [f"For {state} the picture could not be drawn.", *textwrap.wrap(said, 60)[:8]]
    # Words of a program are no formulas.
    text = "\n".join(lines).replace("$", r"\$")
    figure.text(0.05, 0.9, text, va="top", fontsize=11, color="#222222")
    return figure


def _places(figure: Figure) -> NDArray[np.float64]:
    engine = figure.get_layout_engine()
    if engine is not None and figure.axes:
        engine.execute(figure)
    return axes_places(figure)


def _difference(first: Pixels, pixels: Pixels) -> tuple[int, int, bytes]:
    changed = first != pixels
    if not changed.any():
        return 0, 0, b""
    rows, columns = (np.flatnonzero(changed.any(axis=axis)) for axis in (1, 0))
    box = slice(rows[0], rows[-1] + 1), slice(columns[0], columns[-1] + 1)
    over = np.where(changed[box], pixels[box], 0).astype(np.uint32)
    image = Image.fromarray(over.view(np.uint8).reshape(*over.shape, 4))
    return int(columns[0]), int(rows[0]), _bytes(image, "WEBP", lossless=True, quality=10, method=1)


def _bytes(image: Image.Image, kind: str, **settings: object) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, kind, **settings)
    return buffer.getvalue()
