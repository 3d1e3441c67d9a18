"""What is stored of the depth lab is what its script computes."""

from __future__ import annotations

import numpy as np
import pytest

from reference_impl.experiments import depth
from reference_impl.experiments.depth_stored import EPOCH_MS, ROWS


def test_every_kind_of_network_is_stored_once():
    kinds = {
        (activation, optimizer, normalize, hidden)
        for activation in depth.ACTIVATIONS
        for optimizer in depth.OPTIMIZERS
        for normalize in (False, True)
        for hidden in depth.DEPTHS
    }
    assert {row[:4] for row in ROWS} == kinds
    assert len(ROWS) == len(kinds)
    assert all(row[4] in depth.OPTIMIZERS[row[1]][1] for row in ROWS)


@pytest.mark.parametrize(
    "kind",
    [("sigmoid", "Adam", True, 12), ("ReLU", "gradient descent", True, 8)],
    ids=str,
)
def test_a_stored_row_is_what_the_script_computes(kind):
    """At the stored rate: the search takes minutes. Another processor may round otherwise."""
    rate, stored = next(row[4:] for row in ROWS if row[:4] == kind)
    here = [depth.trained(*kind, rate, seed)[1] for seed in depth.REPORTED[:3]]
    assert np.median(here) == pytest.approx(np.median(stored), abs=0.06)


def test_a_network_that_diverges_has_an_infinite_loss():
    loss, right = depth.trained("ReLU", "gradient descent", False, 4, 100.0, 0, epochs=1)
    assert loss == np.inf
    assert right < 0.3


def test_a_normalization_costs_time():
    """As stored: on a busy machine a measurement of a test would say nothing."""
    plain, normalized = EPOCH_MS
    assert plain < normalized


def test_the_text_of_the_stored_module_gives_the_rows_back():
    row = ("ReLU", "Adam", True, 30, 0.01, [0.1, 0.2])
    module: dict[str, object] = {}
    exec(depth.as_module([row], [1.0, 2.0]), module)
    assert module["ROWS"] == [row]
    assert module["EPOCH_MS"] == (1.0, 2.0)
