"""The optimizers' formulas as loops that Numba compiles: `pip install numba`, or `.[fast]`.

A formula in NumPy passes over the vectors once for each operation. Its loop passes over them once
in all, and takes a tenth of the time. Nothing else changes: a loop does the same operations in the
same order as the in-place form in `optim`, so the two agree to the last bit, and whether Numba is
there changes no number.

    trainer = Trainer(network, Adam())                    # compiled, if Numba is there
    trainer = Trainer(network, Adam(), compiled=False)    # the in-place form in any case
"""

from __future__ import annotations

import importlib.util
from collections.abc import Callable
from functools import cache, partial
from typing import Any

import numpy as np
from numpy.typing import DTypeLike

DTYPES = (np.float32, np.float64)
"""What Numba can compute with; a longdouble is for checks."""


def available(dtype: DTypeLike) -> bool:
    """Whether loops over vectors of this dtype can be compiled here."""
    return np.dtype(dtype) in DTYPES and importlib.util.find_spec("numba") is not None


@cache
def machine_code(loop: Callable[..., None], dtype: np.dtype[Any]) -> Callable[..., None]:
    """The loop, compiled for vectors and numbers of this dtype, within a second, and kept.

    A float64 among float32 would make all of the loop float64, so what is called with Python's
    floats turns them into the dtype first.

    It is kept in the user's cache folder. Where nothing can be written there, each process
    compiles anew.
    """
    # Here, not above: importing Numba takes four times as long as importing NumPy.
    import numba

    number = numba.from_dtype(dtype)
    types = {"Floats": number[::1], "float": number, "bool": numba.boolean}
    arguments = [types[name] for name in loop.__annotations__.values() if name in types]
    compile_ = partial(numba.njit, numba.void(*arguments), error_model="numpy")

    # Beside the source, Numba's first choice, would be inside an installation.
    settings: Any = numba.config
    before = settings.CACHE_LOCATOR_CLASSES
    settings.CACHE_LOCATOR_CLASSES = before or "UserWideCacheLocator"
    try:
        # Without fastmath: it is no faster here, and would change the last bits.
        made: Callable[..., None] = compile_(cache=True)(loop)
    except RuntimeError:
        made = compile_()(loop)
    finally:
        settings.CACHE_LOCATOR_CLASSES = before
    return made
