"""Pictures: what is in them, and that no path, however wild, raises or warns."""

from __future__ import annotations

import base64
import io
import json
import re
from html import escape, unescape

import matplotlib as mpl
import matplotlib.pyplot as plt
import numpy as np
import pytest
from PIL import Image

from autograder.grading.outputs import harmless_html
from reference_impl import plots, widgets
from reference_impl.descent import gradient_descent
from reference_impl.landscapes import beale, double_well, ravine, rosenbrock, saddle

pytestmark = pytest.mark.filterwarnings("error")


@pytest.fixture(autouse=True)
def _own_style():
    backend = mpl.get_backend()
    plt.switch_backend("Agg")
    with mpl.rc_context():
        plots.use_course_style()
        yield
    plt.close("all")
    plt.switch_backend(backend)


def legend(ax):
    return [text.get_text() for text in ax.get_legend().get_texts()]


def test_the_card_is_white_and_opaque():
    figure = plots.curves({"a": [1, 2]})
    assert figure.get_facecolor() == (1, 1, 1, 1)


def test_curves_draw_what_they_are_given():
    x = np.array([1.0, 10.0, 100.0])
    figure = plots.curves({"a": x, "b": (x, x**2)}, "T", "X", "Y", log_y=True, log_x=True)
    (ax,) = figure.axes
    a, b = ax.get_lines()
    np.testing.assert_array_equal(a.get_xydata(), np.column_stack([np.arange(3), x]))
    np.testing.assert_array_equal(b.get_xydata(), np.column_stack([x, x**2]))
    assert legend(ax) == ["a", "b"]
    assert (ax.get_xscale(), ax.get_yscale()) == ("log", "log")
    assert (ax.get_title(loc="left"), ax.get_xlabel(), ax.get_ylabel()) == ("T", "X", "Y")


def test_lines_differ_in_colour_and_in_style():
    (ax,) = plots.curves({str(i): [0, i] for i in range(len(plots.LINE_COLORS))}).axes
    assert len({line.get_color() for line in ax.get_lines()}) == len(plots.LINE_COLORS)
    assert len({str(line._dash_pattern) for line in ax.get_lines()}) == len(plots.LINE_STYLES)


def test_axes_that_are_given_are_drawn_in():
    figure, axes = plt.subplots(1, 2)
    assert plots.curves({"a": [1, 2]}, ax=axes[0]) is figure
    assert plots.trajectories(ravine(), {"a": np.zeros((3, 2))}, ax=axes[1]) is figure
    assert all(ax.lines for ax in axes)


WILD = {
    "diverges": gradient_descent(ravine().gradient, ravine().start, 0.09, 200),
    "to 1e300": np.array([[0.0, 0.0], [1.0, 1.0], [1e300, -1e300]]),
    "to inf": np.array([[0.0, 0.0], [np.inf, -np.inf], [np.nan, np.nan]]),
    "starts as NaN": np.full((4, 2), np.nan),
    "starts outside": np.array([[100.0, 0.0], [0.0, 0.0]]),
}


@pytest.mark.parametrize("label", WILD)
@pytest.mark.parametrize("landscape", [ravine(), saddle()], ids=lambda landscape: landscape.name)
def test_a_path_that_leaves_is_cut_and_said_so(landscape, label):
    inside = np.zeros((2, 2))
    figure = plots.trajectory_and_loss(landscape, {label: WILD[label], "stays": inside}, "T")
    figure.canvas.draw()
    assert f"{label} (leaves the picture)" in legend(figure.axes[0])
    assert "stays" in legend(figure.axes[0])
    assert figure.axes[0].get_xlim() == landscape.bounds[:2]
    assert figure.axes[0].get_ylim() == landscape.bounds[2:]


def test_a_path_that_stays_is_drawn_whole():
    path = gradient_descent(beale().gradient, beale().start, 0.01, 30)
    (ax,) = plots.trajectories(beale(), {"gd": path}).axes
    np.testing.assert_array_equal(ax.get_lines()[0].get_xydata(), path)
    assert legend(ax)[0] == "gd"


@pytest.mark.parametrize(
    "landscape", [rosenbrock(), double_well(), saddle()], ids=lambda landscape: landscape.name
)
def test_loss_is_measured_from_the_minimum_where_there_is_one(landscape):
    path = gradient_descent(landscape.gradient, landscape.start, 1e-3, 20)
    figure = plots.trajectory_and_loss(landscape, {"gd": path})
    (line,) = figure.axes[1].get_lines()
    np.testing.assert_array_equal(line.get_ydata(), landscape.f(path) - (landscape.lowest or 0))
    assert figure.axes[1].get_yscale() == ("linear" if landscape.lowest is None else "log")


def test_a_run_that_diverged_leaves_the_others_room():
    """Over 200 steps its loss passes 1e40; the axis ends near where the losses are."""
    landscape = ravine()
    calm = gradient_descent(landscape.gradient, landscape.start, 0.03, 200)
    figure = plots.trajectory_and_loss(landscape, {"wild": WILD["diverges"], "calm": calm})
    start = landscape.f(landscape.start)
    bottom, top = figure.axes[1].get_ylim()
    assert landscape.f(WILD["diverges"][-1]) > 1e40
    assert bottom < landscape.f(calm[-1]) < start < top < 1e4 * start


def test_a_path_that_falls_for_ever_leaves_the_others_room():
    path = gradient_descent(saddle().gradient, saddle().start, 0.1, 80)
    figure = plots.trajectory_and_loss(saddle(), {"falls": path})
    bottom, top = figure.axes[1].get_ylim()
    assert saddle().f(path[-1]) < -1000
    assert -10 < bottom < saddle().f(path[0]) < top < 10


def test_a_path_of_the_wrong_shape_is_named():
    with pytest.raises(ValueError, match=r"paths\['a'\] has shape \(2, 3\); it needs"):
        plots.trajectories(ravine(), {"a": np.zeros((2, 3))})
    for draw in (plots.trajectories, plots.trajectory_and_loss):
        with pytest.raises(ValueError, match=r"paths\['a'\] has shape \(0, 2\); it needs"):
            draw(ravine(), {"a": np.zeros((0, 2))})


def test_bars_say_their_values():
    (ax,) = plots.bars(["adam", "sgd"], [2, 0], "T", "floats").axes
    assert [bar.get_height() for bar in ax.patches] == [2, 0]
    assert [text.get_text() for text in ax.texts] == ["2", "0"]


@pytest.fixture
def shown(monkeypatch):
    """What the widgets display."""
    bundles = []
    monkeypatch.setattr(widgets, "display", lambda bundle, raw: bundles.append(bundle))
    return bundles


class Moving:
    """A picture as a browser reads it."""

    def __init__(self, html):
        [self.alt] = map(unescape, re.findall(r'<img alt="([^"]*)"', html))
        [base] = re.findall(r"data:image/png;base64,([^\"]*)", html)
        self.base = Image.open(io.BytesIO(base64.b64decode(base))).convert("RGB")
        [data] = re.findall(r"\n\}\)\((\{.*\})\);</script>", html)
        assert "<" not in data
        self.data = json.loads(data)

    def frame(self, place):
        """The pixels of a frame."""
        x, y, image = self.data["images"][self.data["frames"][place]]
        whole = self.base.copy()
        if image:
            over = Image.open(io.BytesIO(base64.b64decode(image))).convert("RGBA")
            whole.paste(over, (x, y), over)
        return np.asarray(whole, dtype=int)


def drawn_alone(figure):
    """What a figure looks like by itself, with as many pixels as a frame has."""
    buffer = io.BytesIO()
    figure.savefig(buffer, format="png", dpi=150)
    return np.asarray(Image.open(buffer).convert("RGB"), dtype=int)


def test_a_slider_has_a_frame_of_each_value_and_shows_the_first(shown):
    def draw(beta, n):
        return plots.curves({"a": [beta, n, 0], "b": [n]}, f"T{beta} {n}")

    widgets.slider(draw, alt="Bends <there>.", beta=(0.1, 0.3, 0.1, 0.2), n=(1, 7, 3, 4))
    [bundle] = shown
    assert bundle["text/plain"] == "Sliders for beta, n. Bends <there>."
    moving = Moving(bundle["text/html"])
    assert moving.data["controls"] == [
        {"name": "beta", "values": ["0.1", "0.2", "0.3"], "first": 1},
        {"name": "n", "values": ["1", "4", "7"], "first": 1},
    ]
    assert len(moving.data["frames"]) == 9
    assert moving.alt == moving.data["alts"][4]
    assert moving.data["alts"][5] == "beta = 0.2, n = 7. T0.2 7: a, b. Bends <there>."
    np.testing.assert_array_equal(moving.frame(4), np.asarray(moving.base))
    assert plt.get_fignums() == []


def test_a_frame_is_the_figure_of_its_value(shown):
    """Apart from its shades, of which fewer are kept."""

    def draw(x):
        figure, ax = plt.subplots(figsize=(4, 3), layout="constrained")
        ax.plot([0, 1], [0, x])
        ax.set(ylim=(0, 3), title=f"x = {x}")
        return figure

    widgets.slider(draw, x=(0, 3, 1, 1))
    moving = Moving(shown[0]["text/html"])
    for x in range(4):
        alone = drawn_alone(draw(x))
        assert np.abs(moving.frame(x) - alone).max() <= 6
    assert np.abs(moving.frame(0) - moving.frame(3)).max() > 100


def test_the_axes_stay_where_they_are_while_their_labels_grow(shown):
    def draw(x):
        return plots.curves({"a": [0.0, 10.0**x]})

    widgets.slider(draw, x=(0, 6, 3, 0))
    moving = Moving(shown[0]["text/html"])
    spines = []
    for place in range(3):
        dark = (moving.frame(place) < 100).all(axis=-1)
        spines.append(int(dark.sum(axis=0).argmax()))
        assert not dark[:, 0].any()  # no label is cut
    assert len(set(spines)) == 1


def test_values_may_be_listed_and_are_the_numbers_that_were_written(shown):
    got = []

    def draw(beta):
        got.append(beta)
        return plots.curves({"a": [0, beta]})

    widgets.slider(draw, beta=([0.5, 0.9, 0.999], 0.9))
    assert sorted(got) == [0.5, 0.9, 0.999]
    [control] = Moving(shown[0]["text/html"]).data["controls"]
    assert control["values"] == ["0.500", "0.900", "0.999"]
    got.clear()
    widgets.slider(draw, beta=(0.0, 0.7, 0.1, 0.3))
    assert sorted(got) == [0.0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7]


def test_a_function_that_fails_for_one_value_leaves_the_others(shown, capsys):
    def draw(x):
        print("drawn")
        figure = plots.curves({"a": [x, 1]})
        if x > 1:
            raise RuntimeError("x must not cost more than $1$")
        return figure

    widgets.slider(draw, x=(0.0, 2.0, 0.5, 0.5))
    assert capsys.readouterr().out == "drawn\n"
    alts = Moving(shown[0]["text/html"]).data["alts"]
    assert alts[2] == "x = 1.0."
    assert alts[4] == (
        "x = 2.0. For x = 2.0 the picture could not be drawn. "
        "RuntimeError: x must not cost more than $1$."
    )
    assert plt.get_fignums() == []


def test_a_function_that_fails_at_first_stops_as_it_would_by_itself(shown):
    def draw(x):
        plt.figure()
        raise ZeroDivisionError("by x")

    with pytest.raises(ZeroDivisionError, match="by x"):
        widgets.slider(draw, x=(0, 1, 1, 0))
    assert plt.get_fignums() == []
    with pytest.raises(TypeError, match="returned None; it needs to return a Figure"):
        widgets.slider(lambda x: None, x=(0, 1, 1, 0))
    assert not shown


@pytest.mark.parametrize(
    "numbers", [(0, 1, 0.1), (0.0, 1.0, 0.1, 2.0), (0, 1, 0, 0), ([], 1), (0.0, 1.0, 0.1, 0.25)]
)
def test_a_range_that_is_none_is_named(numbers):
    with pytest.raises(ValueError, match=r"^beta is .*; it needs"):
        widgets.slider(lambda beta: plots.curves({}), beta=numbers)


def test_more_pictures_than_anybody_waits_for_are_refused():
    with pytest.raises(ValueError, match="this makes 100 × 11 = 1100 pictures; at most 120"):
        widgets.slider(lambda a, b: plots.curves({}), a=(1, 100, 1, 1), b=(0, 10, 1, 0))


def test_a_player_shows_each_step_as_trajectories_does(shown):
    paths = {
        "short": np.linspace([-9, 1], [0, 0], 4),
        "leaves": np.linspace([-5, 0], [30, 0], 9),
    }
    widgets.step_through(ravine(), paths, "Walk", alt="One leaves.")
    assert plt.get_fignums() == []
    moving = Moving(shown[0]["text/html"])
    assert shown[0]["text/plain"] == "A player of 8 steps. One leaves."
    assert moving.data["controls"][0]["values"] == [str(step) for step in range(9)]
    assert moving.alt == "Walk: step 8 of 8. short, leaves (leaves the picture). One leaves."
    for step in (0, 2, 8):
        so_far = {label: path[: step + 1] for label, path in paths.items()}
        alone = plots.trajectories(ravine(), so_far, f"Walk: step {step} of 8")
        # What the label says of a path that will leave is said from the beginning.
        alone.axes[0].get_legend().get_texts()[1].set_text("leaves (leaves the picture)")
        differs = np.abs(moving.frame(step) - drawn_alone(alone)).max(axis=-1) > 40
        assert differs.mean() < 2e-3


def test_a_long_walk_has_every_other_step_and_the_last(shown):
    widgets.step_through(ravine(), {"a": np.zeros((302, 2)), "nan": np.full((3, 2), np.nan)})
    moving = Moving(shown[0]["text/html"])
    values = moving.data["controls"][0]["values"]
    assert values[:3] == ["0", "3", "6"]
    assert values[-1] == "301"
    # Nothing moves but the number in the title: equal pictures are kept once.
    assert len(moving.data["images"]) <= len(values)


def test_step_through_needs_a_path():
    with pytest.raises(ValueError, match="paths is empty"):
        widgets.step_through(ravine(), {})
    with pytest.raises(ValueError, match="it needs"):
        widgets.step_through(ravine(), {"a": np.zeros((3, 3))})


def test_what_the_captions_say_stands_below_every_picture(shown, monkeypatch):
    monkeypatch.setattr(plots, "captions", [lambda: "Drawn with a <lent> ewma.", lambda: ""])
    widgets.slider(lambda x: plots.curves({"a": [x]}), alt="A dot.", x=(0, 1, 1, 0))
    [bundle] = shown
    assert bundle["text/plain"] == "A slider for x. A dot. Drawn with a <lent> ewma."
    assert "<em>Drawn with a &lt;lent&gt; ewma.</em>" in bundle["text/html"]


def test_a_page_of_feedback_shows_the_first_picture_and_its_text(shown):
    def draw(x):
        return plots.trajectories(ravine(), {f"x = {x}": np.full((2, 2), x)})

    widgets.slider(draw, alt="It goes & comes.", x=(-2, 2, 1, 1))
    html = harmless_html(shown[0]["text/html"])
    moving = Moving(shown[0]["text/html"])
    assert f'alt="{escape(moving.alt)}"' in html
    [image] = re.findall(r"data:image/png;base64,([^\"]*)", html)
    assert image in shown[0]["text/html"]
    assert "This picture stands still, at x = 1. To use the slider, run this cell." in html
    assert "script" not in html
    assert "color-mix" not in html
