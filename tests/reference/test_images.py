"""Changed images, and what is stored of the networks that learn to read them."""

from __future__ import annotations

import numpy as np
import pytest

from reference_impl.augmentation import PATCH, disturbed, moved, negative_patch
from reference_impl.experiments import images
from reference_impl.experiments.images_stored import ROWS


def test_every_setting_is_stored_with_every_seed():
    assert [name for name, _ in ROWS] == list(images.SETTINGS)
    assert {len(shares) for _, shares in ROWS} == {len(images.SEEDS)}


def test_a_stored_share_is_what_the_script_computes():
    """Another processor may round otherwise."""
    name, shares = ROWS[1]
    share = images.reached(images.SETTINGS[name], images.SEEDS[0])
    assert share == pytest.approx(shares[0], abs=0.03)


def test_a_patch_is_the_negative_of_another_image_at_the_same_place():
    rng = np.random.default_rng(0)
    shown = rng.uniform(0, 1, (50, 1, 9, 9))
    before = shown.copy()
    patched = negative_patch(shown, 4, rng)
    np.testing.assert_array_equal(shown, before)
    changed = patched != shown
    negatives = (patched[:, None] == 1 - shown[None]).all(axis=2)
    assert (changed.sum(axis=(1, 2, 3)) <= 16).all()
    assert (negatives.any(axis=1) >= changed[:, 0]).all()
    corners = {tuple(np.argwhere(image[0])[0]) for image in changed if image.any()}
    assert len(corners) > 20
    assert np.max(list(corners), axis=0).tolist() == [5, 5]  # up to the last row and column
    with pytest.raises(ValueError, match=r"side is 10; it must lie in \[0, 9\]"):
        negative_patch(shown, 10, rng)


def test_an_image_moves_by_every_number_of_pixels_and_zeros_come_in():
    images = np.ones((500, 1, 5, 5))
    shown = moved(images, 2, np.random.default_rng(0))[:, 0]
    first_row = shown.any(axis=2).argmax(axis=1)
    last_row = 4 - shown.any(axis=2)[:, ::-1].argmax(axis=1)
    assert set((first_row - (4 - last_row)).tolist()) == {-2, -1, 0, 1, 2}
    assert set(shown.any(axis=1).sum(axis=1).tolist()) == {3, 4, 5}
    assert set(np.unique(shown)) == {0.0, 1.0}


def test_disturbed_images_are_new_at_each_call_and_keep_their_type():
    X = np.random.default_rng(1).uniform(0.1, 1, (20, 784)).astype(np.float32)
    rng = np.random.default_rng(2)
    first, second = disturbed(X, rng), disturbed(X, rng)
    assert first.dtype == np.float32
    assert first.shape == X.shape
    assert not np.array_equal(first, second)
    assert PATCH**2 <= 784 / 4


@pytest.mark.parametrize(
    ("X", "message"),
    [
        (np.zeros((3, 64)), r"X has shape \(3, 64\); it needs \(3, 784\)"),
        (np.zeros((0, 784)), "at least one"),
        (np.full((1, 784), np.nan), "X is not finite"),
    ],
)
def test_what_cannot_be_disturbed_is_named(X, message):
    with pytest.raises(ValueError, match=message):
        disturbed(X, np.random.default_rng(0))
