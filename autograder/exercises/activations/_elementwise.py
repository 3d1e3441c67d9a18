"""Cases of functions that treat each number of an array alone."""

from __future__ import annotations

from typing import Any

import numpy as np

from autograder.checking.exercise import Case
from autograder.exercises._cases import Rng, call

FAR = np.array([-1000.0, -720.0, -300.0, -40.0, -1.5, 1.5, 40.0, 300.0, 720.0, 1000.0])
"""z for which e^z or e^-z is too large or too small for float64, and two usual z as a control."""


def both_signs(rng: Rng, shape: tuple[int, ...], largest: float = 4.0) -> Any:
    """Numbers between 0.2 and ``largest`` in size: -, +, -, + … and none of them 0.

    The first two are small and the next two large: a limit in between shows on every seed.
    """
    sign = np.resize([-1.0, 1.0], shape)
    size = rng.uniform(0.2, largest, shape)
    size.flat[:2] = rng.uniform(0.05, 0.2, 2) * largest
    size.flat[2:4] = rng.uniform(0.75, 1.0, 2) * largest
    return sign * size


def any_shape(rng: Rng, *hyper: Any, says: str = "") -> list[Case]:
    """A row, a table, one number above 0 and one below: what a formula gives for usual z."""
    return [
        call(f"a row of 5 numbers{says}", both_signs(rng, (5,)), *hyper),
        call(f"an array of shape (3, 2){says}", both_signs(rng, (3, 2)), *hyper),
        call(f"one number below 0, in an array{says}", -rng.uniform(0.2, 4.0, (1,)), *hyper),
        call(f"one number above 0, in an array{says}", rng.uniform(0.2, 4.0, (1,)), *hyper),
    ]


def far_out(*hyper: Any) -> list[Case]:
    """z so large that an exponential overflows."""
    return [call("z from -1000 to 1000", FAR, *hyper)]
