"""Pictures of a training: they show what they were given, and say what they cannot show."""

from __future__ import annotations

import matplotlib as mpl
import matplotlib.pyplot as plt
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn import metrics

from reference_impl import network_plots, plots
from reference_impl.datasets import moons
from reference_impl.layers.activation import ReLU
from reference_impl.layers.dense import Dense
from reference_impl.layers.output import LinearOutput, SigmoidOutput
from reference_impl.network import Network
from reference_impl.optim import Adam
from reference_impl.training import Trainer

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


def titles(figure):
    """The title above each panel, wherever it stands."""
    return ["".join(ax.get_title(loc=loc) for loc in ("left", "center")) for ax in figure.axes]


def pixels(figure):
    """Drawing shows what building hides: a font's missing sign, an overflow, a warning."""
    figure.canvas.draw()
    return np.asarray(figure.canvas.buffer_rgba())


# Learning curves

HISTORY = {
    "loss": [2.0, 1.5, 1.0, 0.8],
    "lr": [0.1, 0.1, 0.1, 0.1],
    "val_loss": [1.9, 1.2, 1.3, 1.2],
    "val_accuracy": [0.3, 0.5, 0.7, 0.6],
}


def test_learning_curves_draw_the_history_from_epoch_1():
    figure = network_plots.learning_curves(HISTORY, "T")
    assert figure.get_suptitle() == "T"
    assert titles(figure) == ["loss", "validation accuracy"]
    left, right = figure.axes
    for line, key in [
        (left.get_lines()[0], "loss"),
        (left.get_lines()[1], "val_loss"),
        (right.get_lines()[0], "val_accuracy"),
    ]:
        np.testing.assert_array_equal(line.get_xdata(), [1, 2, 3, 4])
        np.testing.assert_array_equal(line.get_ydata(), HISTORY[key])


def test_the_first_epoch_of_the_lowest_validation_loss_is_ringed_in_both_panels():
    left, right = network_plots.learning_curves(HISTORY).axes
    np.testing.assert_array_equal(left.get_lines()[-1].get_xydata(), [[2, 1.2]])
    np.testing.assert_array_equal(right.get_lines()[-1].get_xydata(), [[2, 0.5]])
    assert legend(left) == ["training", "validation", "lowest, epoch 2: 1.2"]
    assert legend(right) == ["validation", "epoch 2: 0.5"]


def test_without_validation_there_is_one_panel_and_no_ring():
    (ax,) = network_plots.learning_curves({"loss": [2.0, 1.0]}).axes
    assert legend(ax) == ["training"]
    assert len(ax.get_lines()) == 1


@pytest.mark.parametrize(
    ("output", "name"), [(LinearOutput(), "R²"), (SigmoidOutput(), "accuracy")]
)
def test_the_history_of_a_training_is_drawn_as_it_is(output, name):
    rng = np.random.default_rng(0)
    X, y = moons(40, 0.1, rng)
    trainer = Trainer(Network([Dense(4), ReLU(), Dense(1)], (2,), rng, output), Adam(lr=0.01))
    history = trainer.fit(X[:30], y[:30], 3, (X[30:], y[30:]))
    figure = network_plots.learning_curves(history)
    assert titles(figure) == ["loss", f"validation {name}"]
    (score,) = [key for key in history if key.startswith("val_") and key != "val_loss"]
    np.testing.assert_array_equal(figure.axes[1].get_lines()[0].get_ydata(), history[score])


def test_a_run_that_diverges_is_drawn_to_its_last_number_and_said_so():
    history = {"loss": [2.0, 1e7, np.nan], "val_loss": [1.5, np.inf, np.nan]}
    figure = network_plots.learning_curves(history)
    (ax,) = figure.axes
    training, validation, ring = ax.get_lines()
    np.testing.assert_array_equal(training.get_ydata(), [2.0, 1e7, np.nan])
    np.testing.assert_array_equal(validation.get_ydata(), [1.5, np.nan, np.nan])
    np.testing.assert_array_equal(ring.get_xydata(), [[1, 1.5]])
    assert legend(ax)[:2] == ["training (diverges at epoch 3)", "validation (diverges at epoch 2)"]
    pixels(figure)


@pytest.mark.parametrize("wild", [np.nan, -np.inf, 1e300, -1e300, 1e99, -1e99])
@pytest.mark.parametrize("epochs", [1, 30])
def test_no_history_is_too_wild_to_draw(wild, epochs):
    calm = [0.5] * (epochs - 1)
    history = {"loss": [*calm, wild], "val_loss": [*calm, wild], "val_r2": [*calm, wild]}
    figure = network_plots.learning_curves(history)
    pixels(figure)
    for ax in figure.axes:
        low, high = ax.get_xlim()
        assert low < 1 <= epochs < high


@pytest.mark.parametrize(
    ("history", "scale"),
    [
        ({"loss": [2.0, 0.001], "val_loss": [2.0, 0.5]}, "linear"),
        ({"loss": [2.0, 0.001], "val_loss": [2.0, 0.05]}, "log"),
        ({"loss": [2.0, 0.001]}, "log"),
        ({"loss": [2.0, 1e9], "val_loss": [2.0, 1e9]}, "log"),
        ({"loss": [2.0, 1.0, 0.0]}, "linear"),
        ({"loss": [0.0, 0.0]}, "linear"),
    ],
)
def test_the_loss_axis_is_logarithmic_where_the_judged_loss_would_lie_on_the_floor(history, scale):
    figure = network_plots.learning_curves(history)
    assert figure.axes[0].get_yscale() == scale


@pytest.mark.parametrize("best", [0.9, 0.0, -5.0])
def test_a_wild_score_leaves_the_best_one_in_sight(best):
    history = {"loss": [1.0, 1.0], "val_loss": [1.0, 1.0], "val_r2": [-1e20, best]}
    bottom, top = network_plots.learning_curves(history).axes[1].get_ylim()
    assert bottom == min(best, 0) - 1
    assert best < top < best + 1


@pytest.mark.parametrize(
    ("history", "message"),
    [
        ({"val_loss": [1.0]}, "history has val_loss; it needs loss too"),
        ({}, "history has nothing"),
        ({"loss": []}, r"loss has shape \(0,\)"),
        ({"loss": [1.0, 2.0], "val_loss": [1.0]}, r"val_loss has shape \(1,\); it needs \(2,\)"),
        ({"loss": [[1.0]]}, "loss has shape"),
    ],
)
def test_a_history_that_is_none_is_named(history, message):
    with pytest.raises(ValueError, match=message):
        network_plots.learning_curves(history)


# Confusion

PAIRS = st.lists(st.tuples(st.integers(0, 4), st.integers(0, 4)), min_size=1)


@given(PAIRS, st.integers(5, 7))
def test_the_confusion_matrix_is_scikit_learns(pairs, classes):
    labels, predicted = np.array(pairs).T
    expected = metrics.confusion_matrix(labels, predicted, labels=range(classes))
    C = network_plots.confusion_matrix(labels, predicted, classes)
    np.testing.assert_array_equal(C, expected)
    k = 1 + np.max(pairs)
    np.testing.assert_array_equal(
        network_plots.confusion_matrix(labels, predicted), expected[:k, :k]
    )


def test_the_confusion_plot_writes_every_count_in_its_cell():
    rng = np.random.default_rng(0)
    labels, predicted = rng.integers(0, 3, (2, 50))
    figure = network_plots.confusion_plot(labels, predicted, ["cat", "dog", "hippo"])
    (ax,) = figure.axes
    C = network_plots.confusion_matrix(labels, predicted)
    written = {(text.get_position()[::-1]): text.get_text() for text in ax.texts}
    assert written == {(i, j): str(C[i, j]) for i in range(3) for j in range(3)}
    assert (ax.get_xlabel(), ax.get_ylabel()) == ("predicted", "true")
    for axis in (ax.xaxis, ax.yaxis):
        assert [label.get_text() for label in axis.get_ticklabels()] == ["cat", "dog", "hippo"]
    assert titles(figure) == [f"{np.sum(labels != predicted)} of 50 mistaken"]
    pixels(figure)


def test_mistakes_have_a_colour_and_what_is_right_has_none():
    labels = np.array([0] * 90 + [1] * 5 + [2] * 5)
    predicted = labels.copy()
    predicted[:3] = 2
    (ax,) = network_plots.confusion_plot(labels, predicted, title="T").axes
    image = ax.images[0]
    colors = image.to_rgba(image.get_array())[..., :3]
    spread = np.ptp(colors, axis=-1)
    assert (spread[np.eye(3, dtype=bool)] == 0).all()
    assert spread[0, 2] == spread.max() > 0.5
    assert spread[0, 1] == 0
    assert ax.get_title(loc="left") == "T"


def test_nothing_mistaken_is_drawn_too():
    pixels(network_plots.confusion_plot(np.array([0, 1]), np.array([0, 1])))
    pixels(network_plots.confusion_plot(np.array([0]), np.array([0])))


@pytest.mark.parametrize("draw", [network_plots.confusion_matrix, network_plots.confusion_plot])
@pytest.mark.parametrize(
    ("labels", "predicted", "message"),
    [
        ([0, 1], [0], r"predicted has shape \(1,\); it needs \(2,\)"),
        ([0, 1], [[0.2, 0.8], [0.3, 0.7]], r"predicted has shape \(2, 2\)"),
        ([0, -1], [0, 0], "labels is -1 somewhere; it must lie in 0, 1, …"),
        ([0, 1], [0.0, 1.0], "predicted is float64; it must be integers"),
        ([], [], "labels has shape"),
    ],
)
def test_confusions_of_what_are_no_classes_are_named(draw, labels, predicted, message):
    with pytest.raises(ValueError, match=message):
        draw(np.array(labels), np.array(predicted))


def test_a_class_beyond_those_given_is_named():
    with pytest.raises(ValueError, match=r"predicted is 2 somewhere; it must lie in 0 … 1"):
        network_plots.confusion_matrix(np.array([0, 1]), np.array([0, 2]), 2)
    with pytest.raises(ValueError, match=r"labels is 2 somewhere; it must lie in 0 … 1"):
        network_plots.confusion_plot(np.array([0, 2]), np.array([0, 1]), ["no", "yes"])


# Decision regions


def right_of_0(P):
    return (P[:, 0] > 0).astype(int)


PREDICTORS = {
    "class numbers": right_of_0,
    "scores": lambda P: np.stack([-P[:, 0], P[:, 0]], axis=1),
    "probabilities of class 1": lambda P: 1 / (1 + np.exp(-P[:, 0])),
    "in a column": lambda P: 1 / (1 + np.exp(-P[:, :1])),
    "true or false": lambda P: P[:, 0] > 0,
}


@pytest.mark.parametrize("predict", PREDICTORS.values(), ids=PREDICTORS)
def test_regions_are_what_is_predicted_and_samples_what_is_given(predict):
    X, labels = moons(31, 0.1, np.random.default_rng(0))
    figure = network_plots.decision_regions(predict, X, labels, "T")
    (ax,) = figure.axes
    mesh = ax.collections[0]
    x = mesh.get_coordinates()[..., 0]
    middles = (x[1:, 1:] + x[1:, :-1]) / 2
    np.testing.assert_array_equal(mesh.get_array(), middles > 1e-9)
    for c, line in enumerate(ax.get_lines()):
        np.testing.assert_array_equal(line.get_xydata(), X[labels == c])
    assert legend(ax) == ["class 0", "class 1"]
    assert (ax.get_title(loc="left"), ax.get_xlabel(), ax.get_ylabel()) == ("T", "$x_1$", "$x_2$")


def test_every_sample_lies_inside_and_a_boundary_is_drawn_where_there_is_one():
    X = np.array([[-3.0, 5.0], [2.0, 5.0]])
    figure = network_plots.decision_regions(right_of_0, X, np.array([0, 1]))
    pixels(figure)
    (ax,) = figure.axes
    assert ax.get_xlim()[0] < -3 < 2 < ax.get_xlim()[1]
    assert ax.get_ylim()[0] < 5 < ax.get_ylim()[1]
    (boundary,) = ax.collections[1:]
    x = np.concatenate([path.vertices for path in boundary.get_paths()])[:, 0]
    assert len(x)
    np.testing.assert_allclose(x, 0, atol=0.03)
    (ax,) = network_plots.decision_regions(
        lambda P: np.zeros(len(P), int), X, np.array([0, 1])
    ).axes
    assert len(ax.collections) == 1


def test_classes_differ_in_colour_and_in_marker():
    labels = np.arange(7)
    X = np.random.default_rng(0).standard_normal((7, 2))
    (ax,) = network_plots.decision_regions(right_of_0, X, labels).axes
    assert len({line.get_color() for line in ax.get_lines()}) == 7
    assert len({line.get_marker() for line in ax.get_lines()}) == 7


@pytest.mark.parametrize(
    ("predict", "X", "labels", "message"),
    [
        (right_of_0, np.zeros((3, 3)), [0, 0, 0], r"X has shape \(3, 3\); it needs \(n, 2\)"),
        (right_of_0, np.zeros((0, 2)), [], "X has shape"),
        (right_of_0, np.full((1, 2), np.nan), [0], "X is not finite in 2 place"),
        (right_of_0, np.zeros((2, 2)), [0], r"labels has shape \(1,\); it needs \(2,\)"),
        (right_of_0, np.zeros((1, 2)), [7], "labels is 7 somewhere; it must lie in 0 … 6"),
        (lambda P: 3 * P[:, 0], np.zeros((1, 2)), [0], "predict gives .* no probability"),
        (lambda P: np.full(len(P), np.nan), np.zeros((1, 2)), [0], "predictions is not finite"),
        (lambda P: np.full((len(P), 2), np.nan), np.zeros((1, 2)), [0], "predictions is not"),
        (lambda P: np.zeros(3, int), np.zeros((1, 2)), [0], "predictions has shape"),
        (lambda P: np.full(len(P), -1), np.zeros((1, 2)), [0], "predictions is -1"),
        (lambda P: np.zeros((len(P), 2, 2)), np.zeros((1, 2)), [0], "predictions has shape"),
    ],
)
def test_regions_of_what_does_not_fit_are_named(predict, X, labels, message):
    with pytest.raises(ValueError, match=message):
        network_plots.decision_regions(predict, X, np.array(labels, dtype=int))


def test_regions_side_by_side_share_a_figure_and_need_no_legend():
    figure, axes = plt.subplots(1, 2)
    X, labels = np.array([[0.0, 0], [1, 1]]), np.array([0, 1])
    for ax in axes:
        assert (
            network_plots.decision_regions(lambda X: X[:, 0] > 0.5, X, labels, "side", ax=ax)
            is figure
        )
        assert "side" in {ax.get_title(loc) for loc in ("left", "center")}
        assert ax.get_legend() is None
