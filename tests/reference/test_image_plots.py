"""Pictures of samples and weights: each panel holds the numbers that it was given."""

from __future__ import annotations

import matplotlib as mpl
import matplotlib.pyplot as plt
import numpy as np
import pytest

from reference_impl import image_plots, plots

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


@pytest.fixture
def rng():
    return np.random.default_rng(0)


def panels(figure):
    """All axes but that of a colour bar."""
    return [ax for ax in figure.axes if ax.get_label() != "<colorbar>"]


def names(figure):
    return [ax.get_title(loc="center") for ax in panels(figure)]


def image(ax):
    (drawn,) = ax.images
    return drawn.get_array()


# Weights


def test_a_column_of_a_dense_layer_is_an_image(rng):
    W = rng.standard_normal((12, 5))
    figure = image_plots.weight_images(W, (3, 4), count=4, title="T")
    assert figure.get_suptitle() == "T"
    assert names(figure) == ["0", "1", "2", "3"]
    for j, ax in enumerate(panels(figure)):
        np.testing.assert_array_equal(image(ax), W[:, j].reshape(3, 4))
    figure.canvas.draw()


def test_a_kernel_is_an_image_its_channels_side_by_side(rng):
    W = rng.standard_normal((2, 3, 4, 5))
    figure = image_plots.weight_images(W)
    assert len(panels(figure)) == 2
    for kernel, ax in zip(W, panels(figure), strict=True):
        drawn = image(ax)
        assert drawn.shape == (4, 3 * 5 + 2)
        for channel, part in zip(kernel, (drawn[:, i : i + 5] for i in (0, 6, 12)), strict=True):
            np.testing.assert_array_equal(part, channel)
        assert drawn[:, [5, 11]].mask.all()
    figure.canvas.draw()


def test_a_dense_layer_on_images_with_channels_is_drawn_as_kernels_are(rng):
    W = rng.standard_normal((2, 3, 4, 5))
    dense = image_plots.weight_images(W.reshape(2, -1).T, (3, 4, 5))
    for ours, theirs in zip(panels(dense), panels(image_plots.weight_images(W)), strict=True):
        np.testing.assert_array_equal(image(ours), image(theirs))


def test_one_scale_for_all_with_white_at_0(rng):
    W = rng.standard_normal((4, 3))
    W[2, 1] = -7
    figure = image_plots.weight_images(W, (2, 2))
    assert {ax.images[0].get_clim() for ax in panels(figure)} == {(-7, 7)}
    assert len(figure.axes) == 4
    red, green, blue, _ = panels(figure)[0].images[0].to_rgba(np.array([[-6.0, 0.0, 6.0]]))[0].T
    assert red[1] == pytest.approx(green[1], abs=0.01)
    assert blue[1] == pytest.approx(green[1], abs=0.01)
    assert blue[0] > red[0]
    assert red[2] > blue[2]


@pytest.mark.parametrize("shape", [(1, 1, 3, 3), (1, 1, 1, 1), (1, 40, 3, 3), (6, 1, 1, 9)])
def test_weights_of_any_shape_are_drawn_zeros_as_well(shape):
    image_plots.weight_images(np.zeros(shape), count=100).canvas.draw()


@pytest.mark.parametrize(
    ("W", "arguments", "message"),
    [
        (np.zeros((4, 2)), {}, r"W has shape \(4, 2\); it needs \(units, channels"),
        (np.zeros((4, 2)), {"shape": (2, 3)}, r"shape is \(2, 3\); it needs .* 4 values"),
        (np.zeros((4, 2)), {"shape": (4,)}, r"shape is \(4,\)"),
        (np.zeros((2, 1, 3, 3)), {"shape": (3, 3)}, "W has shape .* it needs 2 dimension"),
        (np.zeros((4, 0)), {"shape": (2, 2)}, r"W has shape \(4, 0\); it needs at least one"),
        (np.array([[np.nan]]), {"shape": (1, 1)}, "W is not finite in 1 place"),
        (np.zeros((1, 1)), {"shape": (1, 1), "count": 0}, "count is 0"),
    ],
)
def test_weights_that_do_not_fit_are_named(W, arguments, message):
    with pytest.raises(ValueError, match=message):
        image_plots.weight_images(W, **arguments)


# Samples and mistakes


def test_samples_are_images_under_their_labels(rng):
    X = rng.random((5, 6))
    figure = image_plots.samples(X, np.array([3, 1, 4, 1, 5]), (2, 3), count=4, title="T")
    assert figure.get_suptitle() == "T"
    assert names(figure) == ["3", "1", "4", "1"]
    for x, ax in zip(X[:4], panels(figure), strict=True):
        np.testing.assert_array_equal(image(ax), x.reshape(2, 3))
    assert {ax.images[0].get_clim() for ax in panels(figure)} == {(X[:4].min(), X[:4].max())}
    figure.canvas.draw()


def test_images_with_a_channel_axis_are_drawn_as_rows_are(rng):
    X, labels = rng.random((2, 1, 2, 3)), np.array([0, 1])
    for x, ax in zip(X, panels(image_plots.samples(X, labels, (2, 3))), strict=True):
        np.testing.assert_array_equal(image(ax), x[0])


def test_without_a_shape_samples_are_curves_on_one_scale(rng):
    X = rng.standard_normal((3, 40))
    figure = image_plots.samples(X, np.array([0, 1, 2]))
    for x, ax in zip(X, panels(figure), strict=True):
        (line,) = ax.get_lines()
        np.testing.assert_array_equal(line.get_ydata(), x)
    ((low, high),) = {ax.get_ylim() for ax in panels(figure)}
    assert low < X.min() < X.max() < high
    figure.canvas.draw()


@pytest.mark.parametrize("shape", [None, (1, 3)])
def test_samples_without_any_contrast_are_drawn_too(shape):
    image_plots.samples(np.zeros((1, 3)), np.array([0]), shape).canvas.draw()


def test_samples_of_truth_values_and_of_small_integers_are_drawn_too():
    yes_and_no = np.array([[True, False, True]])
    image_plots.samples(yes_and_no, np.array([0])).canvas.draw()
    (ax,) = panels(image_plots.samples(np.array([[-100, 100]], np.int8), np.array([0])))
    low, high = ax.get_ylim()
    assert low < -100 < 100 < high


def test_only_what_was_mistaken_is_shown(rng):
    X = rng.random((5, 4))
    labels, predicted = np.array([0, 1, 2, 3, 4]), np.array([0, 7, 2, 1, 0])
    figure = image_plots.misclassified(X, labels, predicted, (2, 2), count=2)
    assert figure.get_suptitle() == "3 of 5 mistaken: true → predicted"
    assert names(figure) == ["1 → 7", "3 → 1"]
    for i, ax in zip([1, 3], panels(figure), strict=True):
        np.testing.assert_array_equal(image(ax), X[i].reshape(2, 2))
    figure = image_plots.misclassified(X, labels, predicted, title="T")
    assert figure.get_suptitle() == "T"
    for i, ax in zip([1, 3, 4], panels(figure), strict=True):
        np.testing.assert_array_equal(ax.get_lines()[0].get_ydata(), X[i])
    figure.canvas.draw()


@pytest.mark.parametrize("shape", [None, (2, 2)])
def test_where_nothing_was_mistaken_the_picture_says_so(shape):
    labels = np.array([0, 1, 2])
    figure = image_plots.misclassified(np.zeros((3, 4)), labels, labels, shape)
    assert figure.get_suptitle() == "0 of 3 mistaken"
    assert figure.axes == []
    figure.canvas.draw()


@pytest.mark.parametrize(
    ("X", "labels", "arguments", "message"),
    [
        (np.zeros((2, 4)), [0, 1], {"shape": (2, 3)}, r"shape is \(2, 3\); it needs .* 4 values"),
        (np.zeros((2, 4)), [0, 1], {"shape": (1, 2, 2)}, r"shape is \(1, 2, 2\)"),
        (np.zeros((2, 4)), [0], {}, r"labels has shape \(1,\); it needs \(2,\)"),
        (np.zeros((2, 4)), [0, -1], {}, "labels is -1 somewhere"),
        (np.zeros((2, 4)), [0.5, 1.0], {}, "labels is float64"),
        (np.zeros((0, 4)), [], {}, r"X has shape \(0, 4\); it needs at least one"),
        (np.full((1, 4), np.inf), [0], {}, "X is not finite in 4 place"),
        (np.zeros((2, 4)), [0, 1], {"count": 0}, "count is 0"),
    ],
)
def test_samples_that_do_not_fit_are_named(X, labels, arguments, message):
    labels = np.array(labels)
    with pytest.raises(ValueError, match=message):
        image_plots.samples(X, labels, **arguments)
    other = np.full(len(X), 9)
    with pytest.raises(ValueError, match=message):
        image_plots.misclassified(X, labels, other, **arguments)


def test_predictions_that_do_not_fit_are_named():
    with pytest.raises(ValueError, match=r"predicted has shape \(2, 3\); it needs \(2,\)"):
        image_plots.misclassified(np.zeros((2, 4)), np.array([0, 1]), np.zeros((2, 3)))
