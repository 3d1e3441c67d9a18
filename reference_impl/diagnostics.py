"""Numbers that say how a run went."""

from __future__ import annotations

import numpy as np

from reference_impl._validate import Array, dimensions


def count_turns(x: Array) -> int:
    """How often a series turns from rising to falling or back: the zigzag of a trajectory.

    the number of sign changes of x_{i+1} - x_i, differences of 0 skipped

    Parameters
    ----------
    x : (n,) the series, such as one coordinate of a trajectory

    Returns
    -------
    0 for a monotone series, n - 2 at most

    Raises
    ------
    ValueError : x not one-dimensional
    """
    dimensions("x", x, 1)
    signs = np.sign(np.diff(x))
    signs = signs[signs != 0]
    return int(np.sum(signs[1:] != signs[:-1]))
