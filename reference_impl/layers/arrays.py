"""What several layers do with their arrays: sums per channel, one value per channel, buffers."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.typing import DTypeLike, NDArray

from reference_impl.layers.layer import Floats

LARGE = 2**16
"""Elements of an array that is no longer in the innermost caches."""


@lru_cache(maxsize=64)
def ones(n: int, dtype: DTypeLike) -> Floats:
    """(n,) to multiply by: ones · x takes a third of the time of `sum`. Shared, so read-only."""
    row = np.ones(n, dtype)
    row.flags.writeable = False
    return row


@lru_cache(maxsize=64)
def first_integers(n: int) -> NDArray[np.intp]:
    """0 … n-1. Shared, so read-only."""
    row = np.arange(n)
    row.flags.writeable = False
    return row


def product_into(out: Floats, a: Floats, b: Floats) -> None:
    """out = a b, for two matrices.

    `np.dot` costs less to call and takes a tenth of the time for an outer product; but it first
    fills `out` with zeros, which counts where `out` is large and the product itself is not.
    """
    if out.size > LARGE and a.shape[1] > 1:
        np.matmul(a, b, out=out)
    else:
        np.dot(a, b, out=out)


def channel_sums(x: Floats) -> Floats:
    """Σ x over all axes but the second: (n, d) → (d,), images (n, c, h, w) → (c,).

    For images einsum does as well as a product with ones, in any order of memory.
    """
    if x.ndim == 2:
        sums: Floats = np.dot(ones(len(x), x.dtype), x)
    else:
        sums = np.einsum("ncl->c", x.reshape(*x.shape[:2], -1))
    return sums


def channel_products(x: Floats, y: Floats, scratch: Floats) -> Floats:
    """Σ x y over all axes but the second; `scratch`, of their shape, may be overwritten."""
    if x.ndim == 2:
        return channel_sums(np.multiply(x, y, out=scratch))
    shape = (*x.shape[:2], -1)
    sums: Floats = np.einsum("ncl,ncl->c", x.reshape(shape), y.reshape(shape))
    return sums


def per_channel(values: Floats, x: Floats) -> Floats:
    """values (c,) as they meet x of shape (n, c, …)."""
    return values.reshape(-1, *(1,) * (x.ndim - 2))


def buffer_like(x: Floats, buffer: Floats) -> Floats:
    """The buffer of the last batch, or a new one for a batch of another shape, type or order.

    Asking for new memory at every step costs as much as the arithmetic on it. A buffer belongs to
    the layer: it is never returned as a result.
    """
    # Strides are in bytes: they tell float32 from float64, too.
    if buffer.shape == x.shape and buffer.strides == x.strides:
        return buffer
    return np.empty_like(x)
