"""Interactive pictures: a slider for any drawing function, and a player for trajectories.

A picture is an image widget that is given new pixels: nothing flickers, and nothing depends on how
a front end captures output.
"""

from __future__ import annotations

import html
import io
from collections.abc import Callable, Mapping
from typing import Any

import ipywidgets
import matplotlib.pyplot as plt
import numpy as np
from matplotlib.figure import Figure

from reference_impl._validate import Array
from reference_impl.landscapes import Landscape
from reference_impl.plots import trajectories

Range = tuple[float, float, float, float]

SHARPNESS = 2  # pixels drawn for one shown: sharp on high-resolution screens


class Panel(ipywidgets.VBox):  # type: ignore[misc]
    """Controls above a picture. Where no kernel runs, its text says what would be there."""

    def __init__(self, controls: ipywidgets.Widget, text: str) -> None:
        self.text = text
        self.picture = ipywidgets.Image(format="png")
        self.message = ipywidgets.HTML()
        super().__init__([controls, self.picture, self.message])

    def __repr__(self) -> str:
        return self.text

    def show(self, figure: Figure) -> None:
        """Put a figure's pixels in the picture, and close it.

        Raises
        ------
        TypeError : what is drawn is not a Figure
        """
        if not isinstance(figure, Figure):
            raise TypeError(
                f"the drawing function returned {figure!r}; it needs to return a Figure"
            )
        pixels = io.BytesIO()
        figure.savefig(pixels, format="png", dpi=SHARPNESS * figure.dpi)
        self.picture.width = str(round(figure.get_figwidth() * figure.dpi))
        self.picture.value = pixels.getvalue()
        plt.close(figure)

    def redraw(self, draw: Callable[[], Figure]) -> None:
        """Show what `draw` draws; below the picture say what went wrong, if anything did."""
        try:
            self.show(draw())
            self.message.value = ""
        except Exception as error:  # nobody would see an exception in a widget's callback
            said = html.escape(f"{type(error).__name__}: {error}")
            self.message.value = f"The picture could not be drawn. <code>{said}</code>"


def slider(draw: Callable[..., Figure], **ranges: Range) -> Panel:
    """A slider for each argument of a drawing function, which is called when one is let go.

    slider(draw, beta=(0.0, 0.99, 0.01, 0.9))

    Parameters
    ----------
    draw : called with all arguments by name; returns the Figure to show
    ranges : argument → (lowest, highest, step, value at first); integers give whole numbers

    Returns
    -------
    the widget; as the last expression of a cell it is shown

    Raises
    ------
    ValueError : a range that is not four numbers, or a first value outside it
    TypeError : `draw` does not return a Figure
    """
    sliders = {name: _slider(name, numbers) for name, numbers in ranges.items()}
    panel = Panel(
        ipywidgets.VBox(list(sliders.values())),
        f"A slider for {', '.join(ranges)} (it needs a running kernel)",
    )

    def drawn() -> Figure:
        return draw(**{name: control.value for name, control in sliders.items()})

    for control in sliders.values():
        control.observe(lambda change: panel.redraw(drawn), names="value")
    panel.show(drawn())
    return panel


def step_through(
    landscape: Landscape, paths: Mapping[str, Array], title: str | None = None
) -> Panel:
    """A player that walks the paths step by step.

    Parameters
    ----------
    landscape : what they walk on
    paths : label → (steps+1, 2); a shorter path waits at its end
    title : of the picture; the step is added to it

    Returns
    -------
    the widget; as the last expression of a cell it is shown

    Raises
    ------
    ValueError : no paths, or a path that is not (steps+1, 2)
    """
    if not paths:
        raise ValueError("paths is empty; it needs at least one label → (steps+1, 2)")
    last = max(len(path) for path in paths.values()) - 1
    play = ipywidgets.Play(min=0, max=last, value=0, interval=250)
    step = ipywidgets.IntSlider(min=0, max=last, value=0, description="step")
    ipywidgets.jslink((play, "value"), (step, "value"))
    panel = Panel(
        ipywidgets.HBox([play, step]), f"A player of {last} steps (it needs a running kernel)"
    )
    name = landscape.name if title is None else title

    def drawn() -> Figure:
        so_far = {label: path[: step.value + 1] for label, path in paths.items()}
        return trajectories(landscape, so_far, f"{name}: step {step.value} of {last}")

    step.observe(lambda change: panel.redraw(drawn), names="value")
    panel.show(drawn())
    return panel


def _slider(name: str, numbers: Range) -> Any:
    if len(numbers) != 4 or not numbers[0] <= numbers[3] <= numbers[1]:
        raise ValueError(f"{name} is {numbers!r}; it needs (lowest, highest, step, value at first)")
    low, high, step, value = numbers
    whole = all(isinstance(number, int) for number in numbers)
    kind = ipywidgets.IntSlider if whole else ipywidgets.FloatSlider
    decimals = max(0, -int(np.floor(np.log10(step))))
    return kind(
        value=value,
        min=low,
        max=high,
        step=step,
        description=name,
        # A redraw for every pixel of the mouse's way would lag behind it.
        continuous_update=False,
        readout_format="d" if whole else f".{decimals}f",
        style={"description_width": "initial"},
    )
