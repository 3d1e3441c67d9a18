"""What is stored of the capacity experiment is what its script computes."""

from __future__ import annotations

import numpy as np
import pytest

from reference_impl.experiments import capacity
from reference_impl.experiments.capacity_stored import ROWS
from reference_impl.handwritten import digits


def test_every_network_is_stored_once_with_all_its_training_sets():
    assert [row[:2] for row in ROWS] == capacity.networks()
    assert all(len(row[4]) == capacity.SETS for row in ROWS)
    assert all(row[2] == capacity.parameters(row[1]) for row in ROWS)


@pytest.mark.parametrize("kind", [(0.4, (12,)), (0.2, (32, 32))], ids=str)
def test_a_stored_row_is_what_the_script_computes(kind):
    """Its first training sets only. Another processor may round otherwise."""
    stored = next(row for row in ROWS if row[:2] == kind)
    labels = digits().labels_test
    sets = range(4)
    known, P = zip(*(capacity.trained(*kind, seed) for seed in sets), strict=True)
    right = [np.mean(p.argmax(axis=1) == labels) for p in P]
    assert np.median(known) == pytest.approx(stored[3], abs=0.02)
    assert np.mean(right) == pytest.approx(np.mean(stored[4][: len(sets)]), abs=0.06)


def test_a_network_has_the_parameters_that_are_counted():
    assert capacity.parameters(()) == 65 * 10
    assert capacity.parameters((3, 5)) == 65 * 3 + 4 * 5 + 6 * 10


def test_bias_and_variance_add_up_to_the_squared_error():
    rng = np.random.default_rng(0)
    P, labels = rng.dirichlet(np.ones(4), size=(7, 11)), rng.integers(0, 4, 11)
    bias, variance = capacity.split(P, labels)
    error = np.mean(np.sum((P - np.eye(4)[labels]) ** 2, axis=2))
    assert bias + variance == pytest.approx(error)
    assert capacity.split(P[:1], labels)[1] == 0  # of one training set nothing varies


def test_labels_are_drawn_at_random_for_the_share_that_is_asked_for():
    X, clean = capacity.training_set(0, 0.0)
    again, noisy = capacity.training_set(0, 0.4)
    np.testing.assert_array_equal(X, again)
    assert 0.2 < np.mean(clean != noisy) < 0.5


def test_the_text_of_the_stored_module_gives_the_rows_back():
    row = (0.2, (32, 32), 3466, 1.0, [0.7, 0.8], 0.15, 0.3)
    module: dict[str, object] = {}
    exec(capacity.as_module([row]), module)
    assert module["ROWS"] == [row]
