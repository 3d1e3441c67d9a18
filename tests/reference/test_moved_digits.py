"""What is stored of the moved digits is what the script computes."""

from __future__ import annotations

import numpy as np
import pytest

from reference_impl.experiments import moved_digits
from reference_impl.experiments.moved_digits_stored import ROWS


def test_every_network_is_stored_twice_and_its_rate_is_inside_the_grid():
    kinds = {(name, moved) for name in moved_digits.NETWORKS for moved in (True, False)}
    assert {row[:2] for row in ROWS} == kinds
    assert len(ROWS) == len(kinds)
    inside = moved_digits.RATES[1:-1]
    assert {row[3] for row in ROWS} <= set(inside)


def test_a_stored_row_is_what_the_script_computes():
    """At the stored rate: the search takes longer. Another processor may round otherwise."""
    name, move, parameters, rate, stored = next(
        row for row in ROWS if row[:2] == ("convolution", True)
    )
    data = moved_digits.digits(move)
    network = moved_digits.trained(name, data, rate, moved_digits.REPORTED[0])
    assert network.theta.size == parameters
    assert network.evaluate(data.X_test, data.labels_test)[1] == pytest.approx(stored[0], abs=0.03)


def test_an_image_moves_as_a_whole_and_loses_only_what_leaves_it():
    rng = np.random.default_rng(0)
    images = np.zeros((1000, 1, 9, 9))
    images[:, :, 3:6, 3:6] = rng.uniform(1, 2, (1000, 1, 3, 3))
    there = moved_digits.moved(images, 3, rng)
    np.testing.assert_allclose(there.sum(axis=(1, 2, 3)), images.sum(axis=(1, 2, 3)))
    corners = {tuple(np.argwhere(image[0])[0]) for image in there}
    assert corners == {(i, j) for i in range(7) for j in range(7)}
    with pytest.raises(ValueError, match="images has shape"):
        moved_digits.moved(images[0], 3, rng)
