"""Mini-batches: which samples each step of an epoch learns from."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from reference_impl._validate import not_negative, positive


def minibatches(n: int, batch_size: int, rng: np.random.Generator) -> list[NDArray[np.intp]]:
    """One epoch of mini-batches: every sample once, in a new order, the short last batch kept.

    Parameters
    ----------
    n : number of samples
    batch_size : samples in a batch; the last may have fewer
    rng : source of the order

    Returns
    -------
    ⌈n / batch_size⌉ index arrays

    Raises
    ------
    ValueError : n negative, or batch_size not above 0
    """
    not_negative(n=n)
    positive(batch_size=batch_size)
    order = rng.permutation(n)
    return [order[i : i + batch_size] for i in range(0, n, batch_size)]
