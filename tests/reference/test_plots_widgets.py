"""Pictures: what is in them, and that no path, however wild, raises or warns."""

from __future__ import annotations

import matplotlib as mpl
import matplotlib.pyplot as plt
import numpy as np
import pytest

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


def test_bars_say_their_values():
    (ax,) = plots.bars(["adam", "sgd"], [2, 0], "T", "floats").axes
    assert [bar.get_height() for bar in ax.patches] == [2, 0]
    assert [text.get_text() for text in ax.texts] == ["2", "0"]


def test_a_slider_calls_with_its_first_values_and_again_when_moved():
    calls = []

    def draw(beta, n):
        calls.append((beta, n))
        return plots.curves({"a": [beta, n]})

    panel = widgets.slider(draw, beta=(0.0, 0.99, 0.01, 0.9), n=(1, 10, 1, 5))
    assert calls == [(0.9, 5)]
    before = bytes(panel.picture.value)
    assert before.startswith(b"\x89PNG")
    beta, n = panel.children[0].children
    assert not beta.continuous_update
    n.value = 7
    assert calls == [(0.9, 5), (0.9, 7)]
    assert panel.picture.value != before
    assert plt.get_fignums() == []


def test_what_goes_wrong_while_sliding_is_said_below_the_picture():
    def draw(x):
        if x > 1:
            raise RuntimeError("x < 1 only")
        return plots.curves({"a": [x]})

    panel = widgets.slider(draw, x=(0.0, 2.0, 0.5, 0.5))
    (control,) = panel.children[0].children
    control.value = 2.0
    assert "RuntimeError: x &lt; 1 only" in panel.message.value
    control.value = 1.0
    assert panel.message.value == ""


@pytest.mark.parametrize("numbers", [(0, 1, 0.1), (0.0, 1.0, 0.1, 2.0)])
def test_a_range_that_is_none_is_named(numbers):
    with pytest.raises(ValueError, match=r"beta is .*; it needs"):
        widgets.slider(lambda beta: plots.curves({}), beta=numbers)


def test_step_through_walks_to_the_end_of_the_longest_path():
    paths = {"a": np.zeros((9, 2)), "b": np.linspace([0, 0], [1, 1], 5)}
    panel = widgets.step_through(ravine(), paths)
    play, step = panel.children[0].children
    assert (play.max, step.max) == (8, 8)
    pictures = set()
    for k in (0, 2, 8):
        step.value = k
        pictures.add(bytes(panel.picture.value))
    assert len(pictures) == 3
    assert plt.get_fignums() == []


def test_step_through_has_the_same_text_each_time():
    paths = {"a": np.zeros((4, 2))}
    first, second = (widgets.step_through(ravine(), paths) for _ in range(2))
    assert repr(first) == repr(second) == "A player of 3 steps (it needs a running kernel)"


def test_step_through_needs_a_path():
    with pytest.raises(ValueError, match="paths is empty"):
        widgets.step_through(ravine(), {})
