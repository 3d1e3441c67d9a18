"""The ends of networks: their losses are the textbook ones, their gradients what they say."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from layer_checks import error
from sklearn.metrics import r2_score

from reference_impl import activations, losses
from reference_impl.gradients import numerical_gradient
from reference_impl.layers.output import LinearOutput, SigmoidOutput, SoftmaxOutput
from reference_impl.softmax import softmax

sizes = st.integers(1, 6)
seeds = st.integers(0, 2**32 - 1)
spreads = st.sampled_from([1.0, 30.0, 1000.0])
"""Of z: with 1000, e^z has left the range of float64 on both sides."""


def textbook(output, z, target):
    """(L, dz) from `losses`."""
    if isinstance(output, SoftmaxOutput):
        return losses.cross_entropy(target, z), losses.cross_entropy_grad(target, z)
    if isinstance(output, SigmoidOutput):
        return losses.binary_cross_entropy(target, z), losses.binary_cross_entropy_grad(target, z)
    if output.loss == "mse":
        return losses.mse(target, z), losses.mse_grad(target, z)
    return losses.mae(target, z), losses.mae_grad(target, z)


def drawn(output, n, k, seed, spread=1.0):
    """(z, target): logits of this size, some of them as large as it allows, and the target."""
    rng = np.random.default_rng(seed)
    z = rng.normal(size=(n, k)) * spread / 3
    ends = rng.choice([-spread, spread], size=z.shape)
    z = np.where(rng.uniform(size=z.shape) < 0.3, ends, z)
    if isinstance(output, SoftmaxOutput):
        return z, rng.integers(0, k, n)
    if isinstance(output, SigmoidOutput):
        # Certain answers and probabilities.
        return z, rng.choice([0.0, 1.0, 0.3], size=z.shape)
    return z, rng.normal(size=z.shape)


OUTPUTS = [SoftmaxOutput(), SigmoidOutput(), LinearOutput(), LinearOutput("mae")]
every_output = pytest.mark.parametrize("output", OUTPUTS, ids=repr)


@every_output
@given(n=sizes, k=sizes, seed=seeds, spread=spreads)
def test_loss_and_gradient_are_the_textbook_ones(output, n, k, seed, spread):
    z, target = drawn(output, n, k, seed, spread)
    kept = z.copy()
    with np.errstate(all="raise", under="ignore"):
        loss, dz = output.loss_and_gradient(z, target)
    np.testing.assert_array_equal(z, kept)
    wanted, wanted_dz = textbook(output, z, target)
    assert type(loss) is float
    assert loss == pytest.approx(wanted, rel=1e-12, abs=1e-15)
    np.testing.assert_allclose(dz, wanted_dz, rtol=1e-10, atol=1e-15)


@every_output
@given(n=sizes, k=sizes, seed=seeds)
def test_gradients(output, n, k, seed):
    z, target = drawn(output, n, k, seed)
    if repr(output) == "LinearOutput(loss='mae')":
        z = np.where(np.abs(z - target) < 1e-3, z + 1e-2, z)  # the kink has no gradient
    dz = output.loss_and_gradient(z, target)[1]
    numerical = numerical_gradient(lambda z: output.loss_and_gradient(z, target)[0], z)
    assert error(dz, numerical) < 1e-6


@every_output
@given(n=sizes, k=sizes, seed=seeds, spread=spreads)
def test_float32_stays_float32_and_close(output, n, k, seed, spread):
    z, target = drawn(output, n, k, seed, spread)
    z = z.astype(np.float32)
    if not isinstance(output, SoftmaxOutput):
        target = target.astype(np.float32)
    with np.errstate(all="raise", under="ignore"):
        loss, dz = output.loss_and_gradient(z, target)
        meant = output.activation(z)
    assert dz.dtype == meant.dtype == np.float32
    exact, exact_dz = output.loss_and_gradient(z.astype(np.float64), target)
    assert loss == pytest.approx(exact, rel=1e-5, abs=1e-6)
    np.testing.assert_allclose(dz, exact_dz, rtol=1e-4, atol=1e-6)


@given(n=sizes, k=sizes, seed=seeds, spread=spreads)
def test_activations_are_the_textbook_ones(n, k, seed, spread):
    z, _ = drawn(LinearOutput(), n, k, seed, spread)
    with np.errstate(all="raise", under="ignore"):
        p, q = SoftmaxOutput().activation(z), SigmoidOutput().activation(z)
    np.testing.assert_allclose(p, softmax(z), rtol=1e-12)
    np.testing.assert_allclose(p.sum(axis=1), 1, rtol=1e-12)
    np.testing.assert_allclose(q, activations.sigmoid(z), rtol=1e-12)
    np.testing.assert_array_equal(LinearOutput().activation(z), z)


@given(n=sizes, k=sizes, seed=seeds)
def test_scores_of_classes_count_what_is_right(n, k, seed):
    z, labels = drawn(SoftmaxOutput(), n, k, seed)
    z += np.random.default_rng(seed).normal(size=z.shape)  # no ties
    right = sum(row[label] == max(row) for row, label in zip(z, labels, strict=True))
    assert SoftmaxOutput().score(z, labels) == pytest.approx(right / n)
    z, y = drawn(SigmoidOutput(), n, k, seed)
    answers = SigmoidOutput().activation(z) > 0.5
    assert SigmoidOutput().score(z, y) == pytest.approx(np.mean(answers == (y > 0.5)))


@given(n=st.integers(2, 6), k=sizes, seed=seeds)
def test_score_of_numbers_is_r2(n, k, seed):
    z, y = drawn(LinearOutput(), n, k, seed)
    # All columns together: the weights are their variances.
    expected = r2_score(y, z, multioutput="variance_weighted")
    assert LinearOutput().score(z, y) == pytest.approx(expected, rel=1e-9)
    assert LinearOutput().score(y, y) == 1
    means = np.broadcast_to(y.mean(axis=0), y.shape)
    assert LinearOutput().score(means, y) == pytest.approx(0, abs=1e-9)


def test_score_of_targets_that_do_not_vary():
    y = np.full((3, 1), 2.0)
    assert LinearOutput().score(y, y) == 1
    assert LinearOutput().score(y + 1, y) == 0
    y = np.full((3, 1), 0.1)  # whose mean is rounded
    assert LinearOutput().score(y, y) == 1
    assert LinearOutput().score(y + 1, y) == 0


def test_targets_that_fit_come_back_as_they_are():
    labels = SoftmaxOutput().check_target(np.array([2, 0], np.uint8), (2, 3))
    assert labels.dtype == np.intp
    np.testing.assert_array_equal(labels, [2, 0])
    for output in (SigmoidOutput(), LinearOutput()):
        y = np.array([[0.0, 1.0, 0.5]])
        np.testing.assert_array_equal(output.check_target(y, (1, 3)), y)
        column = output.check_target([True, False], (2, 1))
        assert column.dtype.kind == "f"
        np.testing.assert_array_equal(column, [[1.0], [0.0]])


@pytest.mark.parametrize(
    ("output", "target", "shape", "message"),
    [
        (SoftmaxOutput(), [0, 3], (2, 3), r"labels is 3 somewhere; it must lie in 0 … 2"),
        (SoftmaxOutput(), [0, -1], (2, 3), "labels is -1 somewhere"),
        (SoftmaxOutput(), [0.0, 1.0], (2, 3), "labels is float64; it must be integers"),
        (SoftmaxOutput(), [0, 1, 2], (2, 3), r"labels has shape \(3,\); it needs \(2,\)"),
        (SoftmaxOutput(), [[0], [1]], (2, 3), r"labels has shape \(2, 1\)"),
        (SoftmaxOutput(), [0, 1], (2, 3, 4), r"z has shape \(2, 3, 4\); SoftmaxOutput needs"),
        (SigmoidOutput(), [[1.5]], (1, 1), r"y has values outside \[0, 1\]"),
        (SigmoidOutput(), [[-0.1]], (1, 1), r"y has values outside \[0, 1\]"),
        (SigmoidOutput(), [[np.nan]], (1, 1), "y is not finite"),
        (SigmoidOutput(), [0, 1], (2, 2), r"y has shape \(2,\); it needs \(2, 2\)"),
        (LinearOutput(), [[1.0, 2.0]], (2, 1), r"y has shape \(1, 2\); it needs \(2, 1\)"),
        (LinearOutput(), [1.0, 2.0], (2, 2), r"y has shape \(2,\); it needs \(2, 2\)"),
        (LinearOutput("mae"), [[np.nan]], (1, 1), "y is not finite"),
        (LinearOutput(), [[1j]], (1, 1), "y is complex; give the real and the imaginary part as"),
    ],
)
def test_targets_that_do_not_fit(output, target, shape, message):
    with pytest.raises(ValueError, match=message):
        output.check_target(np.array(target), shape)


def test_a_loss_that_is_not_there():
    with pytest.raises(ValueError, match="loss is 'huber'; it must be 'mse' or 'mae'"):
        LinearOutput("huber")
