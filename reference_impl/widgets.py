"""Interactive pictures: a slider for any drawing function, and a player for trajectories.

All their pictures are drawn at once, and the browser shows them: at once while a slider is dragged,
without a kernel, and in a page that was exported.
"""

from __future__ import annotations

import contextlib
import io
import itertools
import math
import re
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence

import matplotlib.pyplot as plt
from IPython.display import display
from matplotlib.figure import Figure

from reference_impl._frames import (
    Pixels,
    as_frames,
    as_pixels,
    axes_places,
    canvas_for,
    failed_frame,
    lay_out_alike,
    pixels_of,
    put_axes,
)
from reference_impl._moving import Control, moving_html
from reference_impl._validate import Array
from reference_impl.landscapes import Landscape
from reference_impl.plots import Walk, said

Range = tuple[float, float, float, float] | tuple[Sequence[float], float]

MOST_PICTURES = 120  # drawn for one slider or player: ten seconds' work
INTERVAL = 120  # milliseconds between two pictures of a player


def slider(draw: Callable[..., Figure], *, alt: str = "", **ranges: Range) -> None:
    """Show a picture with a slider for each argument of the function that draws it.

    slider(draw, beta=(0.0, 0.9, 0.1, 0.5))

    The function is called once for each value, before anything is shown: for each combination, if
    there are several sliders. If it fails for one value, the picture there says so.

    Parameters
    ----------
    draw : called with all arguments by name; returns the Figure to show
    alt : what a reader of the text alone should know of the pictures, in a sentence or two
    ranges : argument → (lowest, highest, step, value at first), or ([all values], value at first);
        integers give whole numbers

    Raises
    ------
    ValueError : a range that is neither, a first value that is none of the slider's, or too many
        pictures
    TypeError : `draw` does not return a Figure
    """
    stops = [_Stops(name, numbers) for name, numbers in ranges.items()]
    count = math.prod(len(stop.values) for stop in stops)
    if count > MOST_PICTURES:
        each = " × ".join(str(len(stop.values)) for stop in stops)
        raise ValueError(
            f"{', '.join(ranges)}: this makes {each} = {count} pictures; at most {MOST_PICTURES} "
            "are drawn. Take a larger step"
        )
    states = list(itertools.product(*(range(len(stop.values)) for stop in stops)))
    first = states.index(tuple(stop.first for stop in stops))
    base, drawn = _drawn(draw, stops, states, first)
    pixels, alts = [], []
    for picture, words in drawn:
        pixels.append(picture)
        alts.append(f"{words} {alt}".strip())
    controls = [Control(stop.name, stop.words, stop.first) for stop in stops]
    what = "A slider" if len(ranges) == 1 else "Sliders"
    _show(
        moving_html(controls, as_frames(base, pixels), alts), f"{what} for {', '.join(ranges)}", alt
    )


def step_through(
    landscape: Landscape, paths: Mapping[str, Array], title: str | None = None, *, alt: str = ""
) -> None:
    """Show a player that walks the paths step by step. It stands at their ends at first.

    Parameters
    ----------
    landscape : what they walk on
    paths : label → (steps+1, 2); a shorter path waits at its end
    title : of the picture; the step is added to it
    alt : what a reader of the text alone should know of the walk, in a sentence or two

    Raises
    ------
    ValueError : no paths, or a path that is not (steps+1, 2)
    """
    html = player_html(landscape, paths, title, alt=alt)
    _show(html, f"A player of {_last_step(paths)} steps", alt)


def player_html(
    landscape: Landscape, paths: Mapping[str, Array], title: str | None = None, *, alt: str = ""
) -> str:
    """The player of `step_through` as HTML, for a page that is no notebook.

    Raises
    ------
    ValueError : no paths, or a path that is not (steps+1, 2)
    """
    last = _last_step(paths)
    # Of a long walk every second step or every third, and the last one.
    steps = sorted({*range(0, last, max(1, math.ceil(last / MOST_PICTURES))), last})
    name = landscape.name if title is None else title
    titles = {step: f"{name}: step {step} of {last}" for step in steps}
    walk = Walk(landscape, paths, titles[last])
    pixels = list(_walked(walk, titles))
    alts = [f"{title}. {walk.words} {alt}".strip() for title in titles.values()]
    control = Control("step", [str(step) for step in steps], len(steps) - 1)
    return moving_html([control], as_frames(pixels[-1], pixels), alts, play=INTERVAL)


def _last_step(paths: Mapping[str, Array]) -> int:
    if not paths:
        raise ValueError("paths is empty; it needs at least one label → (steps+1, 2)")
    return max(len(path) for path in paths.values()) - 1


def _show(html: str, what: str, alt: str) -> None:
    display({"text/html": html, "text/plain": said(f"{what}. {alt}".strip())}, raw=True)


class _Stops:
    """What a slider can stand at.

    values : as the drawing function gets them
    words : as the slider says them, all with as many decimals
    first : the place of the one at which it stands at first
    """

    def __init__(self, name: str, numbers: Range) -> None:
        self.name = name
        match numbers:
            case (low, high, step, first) if low <= first <= high and step > 0:
                count = 1 + math.floor((high - low) / step + 1e-9)
                values = [low + i * step for i in range(count)]
            case ([_, *_] as listed, first):
                values = list(listed)
            case _:
                raise ValueError(
                    f"{name} is {numbers!r}; it needs (lowest, highest, step, value at first), "
                    "or ([all values], value at first)"
                )
        # The numbers that an author would write: 0.3, not 0.30000000000000004.
        written = [f"{value:.12g}" for value in values]
        whole = all(isinstance(value, int) for value in values)
        self.values = values if whole else list(map(float, written))
        decimals = max(len(number.partition(".")[2]) for number in written)
        self.words = [f"{value:.{decimals}f}" for value in self.values]
        if first not in self.values:
            raise ValueError(
                f"{name} is {first} at first, and its values are {', '.join(self.words[:3])} …; "
                "it needs to be one of them"
            )
        self.first = self.values.index(first)


def _drawn(
    draw: Callable[..., Figure],
    stops: Sequence[_Stops],
    states: Sequence[tuple[int, ...]],
    first: int,
) -> tuple[Pixels, Iterator[tuple[Pixels, str]]]:
    """The pixels of the first state, and those of all states with their words."""

    def values(state: tuple[int, ...]) -> dict[str, float]:
        return {stop.name: stop.values[i] for stop, i in zip(stops, state, strict=True)}

    def words(state: tuple[int, ...]) -> str:
        return ", ".join(
            f"{stop.name} = {stop.words[i]}" for stop, i in zip(stops, state, strict=True)
        )

    figure = _figure(draw, values(states[first]))
    size = figure.get_figwidth(), figure.get_figheight()

    def other(state: tuple[int, ...]) -> Figure:
        try:
            with _quietly():
                picture = _figure(draw, values(state))
        except Exception as error:
            picture = failed_frame(error, words(state), size)
        picture.set_size_inches(size)
        return picture

    # Room for the labels of the first picture, and for those at both ends of the sliders.
    known = {i: other(states[i]) for i in {0, len(states) - 1} - {first}}
    lay_out_alike([figure, *known.values()])
    known[first] = figure
    places = axes_places(figure)
    base = pixels_of(figure)

    def pictures() -> Iterator[tuple[Pixels, str]]:
        for i, state in enumerate(states):
            picture = known.pop(i) if i in known else other(state)
            put_axes(picture, places)
            pixels = base if i == first else pixels_of(picture)
            yield pixels, f"{words(state)}. {words_of(picture)}".strip()

    return base, pictures()


def _figure(draw: Callable[..., Figure], values: Mapping[str, float]) -> Figure:
    """What the function draws, taken from pyplot's list; nothing is left there if it fails."""
    before = set(plt.get_fignums())
    try:
        figure = draw(**values)
    finally:
        for number in set(plt.get_fignums()) - before:
            plt.close(number)
    if not isinstance(figure, Figure):
        raise TypeError(f"the drawing function returned {figure!r}; it needs to return a Figure")
    return figure


@contextlib.contextmanager
def _quietly() -> Iterator[None]:
    """What a function prints or warns of, it says for the first picture, and not for each."""
    with contextlib.redirect_stdout(io.StringIO()), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


def words_of(figure: Figure) -> str:
    """The words in a figure: its titles, and what its lines are."""
    heading = figure.get_suptitle()
    parts = [heading] if heading else []
    for ax in figure.axes:
        title = ax.get_title("left") or ax.get_title("center")
        legend = ax.get_legend()
        lines = ", ".join(text.get_text() for text in legend.get_texts()) if legend else ""
        parts += [": ".join(filter(None, [title, lines]))]
    parts += [text.get_text() for text in figure.texts if not figure.axes]
    return " ".join(f"{_without_tex(part)}." for part in parts if part)


def _without_tex(text: str) -> str:
    """A text as it is read out: `$\\lambda = 10^{-3}$` as `λ = 10^-3`."""
    formula = re.compile(r"(?<!\\)\$(.*?)(?<!\\)\$")
    plain = formula.sub(lambda m: re.sub(r"[{}]", "", m[1].replace(r"\lambda", "λ")), text)
    return plain.replace(r"\$", "$").replace("\n", " ")


def _walked(walk: Walk, titles: Mapping[int, str]) -> Iterator[Pixels]:
    """The pixels of each step. The ground is drawn once; only the paths are drawn again."""
    canvas = canvas_for(walk.figure)
    for artist in walk.moving:
        artist.set_animated(True)
    canvas.draw()
    ground = canvas.copy_from_bbox(walk.figure.bbox)
    for step, title in titles.items():
        canvas.restore_region(ground)
        walk.to(step, title)
        for artist in walk.moving:
            artist.draw(canvas.get_renderer())
        yield as_pixels(canvas)
