"""Images changed at random in ways that leave their class as it is: moved, and partly covered.

Training on such changes is called data augmentation.
"""

from __future__ import annotations

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from reference_impl._validate import between, dimensions, finite, has_shape, not_empty, not_negative
from reference_impl.layers.layer import Floats

REACH = 3  # pixels that `disturbed` moves an image by, at most
PATCH = 14  # the side of the square of another image that it pastes in
SIDE = 28  # pixels of an image of MNIST


def moved(images: Floats, reach: int, rng: np.random.Generator) -> Floats:
    """Each image moved by up to `reach` pixels, in both directions; zeros come in at the border.

    Parameters
    ----------
    images : (n, channels, height, width)
    reach : a move is a whole number, -reach … reach, all equally likely
    rng : source of the moves

    Returns
    -------
    the moved images, of the shape of `images`

    Raises
    ------
    ValueError : images with other than four axes, or reach below 0
    """
    dimensions("images", images, 4)
    not_negative(reach=reach)
    height, width = images.shape[2:]
    wide = np.pad(images, ((0, 0), (0, 0), (reach, reach), (reach, reach)))
    i, j = rng.integers(0, 2 * reach + 1, (len(images), 2)).T
    return _windows(wide, height, width)[np.arange(len(images)), :, i, j]


def negative_patch(images: Floats, side: int, rng: np.random.Generator) -> Floats:
    """Each image with a square of another one pasted in as a negative: ink is paper there.

    The patch comes from the same place of an image drawn at random, which now and then is the image
    itself, and shows 1 - pixel.

    Parameters
    ----------
    images : (n, channels, height, width), from 0 to 1
    side : of the patch, in pixels
    rng : source of the images that patches come from and of the places, all equally likely

    Returns
    -------
    the patched images, of the shape of `images`

    Raises
    ------
    ValueError : images with other than four axes, or a side that is negative or longer than the
        image's
    """
    dimensions("images", images, 4)
    height, width = images.shape[2:]
    between("side", side, 0, min(height, width))
    patched = np.array(images)
    others = rng.permutation(len(images))
    i, j = rng.integers(0, (height - side + 1, width - side + 1), (len(images), 2)).T
    patches = _windows(images, side, side)[others, :, i, j]
    _windows(patched, side, side)[np.arange(len(images)), :, i, j] = 1 - patches
    return patched


def _windows(images: Floats, height: int, width: int) -> Floats:
    """All windows, as a view: (image, channel, top row, left column, row, column)."""
    return sliding_window_view(images, (height, width), axis=(2, 3), writeable=True)


def disturbed(X: Floats, rng: np.random.Generator) -> Floats:
    """Images of MNIST as the exam of notebook 12 shows them.

    Each is moved by up to 3 pixels, and a 14 by 14 patch of an image drawn among them is pasted in
    as a negative.

    Parameters
    ----------
    X : (n, 784) one image per row, from 0 to 1
    rng : source of all chance

    Returns
    -------
    (n, 784) new images; X stays as it is

    Raises
    ------
    ValueError : X of another shape, or NaN or infinity in it
    """
    not_empty(X=X)
    has_shape("X", X, (len(X), SIDE * SIDE), "one image of 28 by 28 pixels per row")
    finite(X=X)
    images = moved(X.reshape(-1, 1, SIDE, SIDE), REACH, rng)
    return negative_patch(images, PATCH, rng).reshape(len(X), -1)
