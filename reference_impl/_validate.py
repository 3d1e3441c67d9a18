"""Checks of arguments. Each takes one line where it is used, so the formula stays in view."""

from __future__ import annotations

import operator
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
"""What every function here computes with: float64 arrays."""


def floats(value: Any) -> Array:
    """An array; of integers and truth values it is float64, in which nothing wraps around."""
    array: Array = np.asarray(value)
    return array.astype(np.float64) if array.dtype.kind in "iub" else array


def between(name: str, value: float, low: float, high: float, *, below: bool = False) -> None:
    """Raise ValueError unless low ≤ value ≤ high (low ≤ value < high with `below`)."""
    try:
        inside = low <= value < high if below else low <= value <= high
    except (TypeError, ValueError):  # no number, or several
        inside = False
    if not inside:
        interval = f"[{low:g}, {high:g}{')' if below else ']'}"
        raise ValueError(f"{name} is {value!r}; it must lie in {interval}")


def positive(**values: float) -> None:
    """Raise ValueError for the first named value that is not above 0."""
    for name, value in values.items():
        if not _compares(value, operator.gt, 0):
            raise ValueError(f"{name} is {value!r}; it must be above 0")


def not_negative(**values: float) -> None:
    """Raise ValueError for the first named value that is below 0 or NaN."""
    for name, value in values.items():
        if not _compares(value, operator.ge, 0):
            raise ValueError(f"{name} is {value!r}; it must be 0 or more")


def whole(least: int = 1, **values: int) -> None:
    """Raise ValueError for the first named value that is no integer of at least `least`."""
    for name, value in values.items():
        integer = isinstance(value, int | np.integer) and not isinstance(value, bool)
        if not integer or value < least:
            raise ValueError(f"{name} is {value!r}; it must be a whole number, {least} or more")


def generator(rng: np.random.Generator) -> None:
    """Raise ValueError unless `rng` is a NumPy generator."""
    if not isinstance(rng, np.random.Generator):
        raise ValueError(f"rng is {rng!r}; it must be a generator: np.random.default_rng(0)")


def _compares(value: Any, comparison: Callable[[Any, Any], Any], limit: float) -> bool:
    """Whether it does; what is no number, or several, does not."""
    try:
        return bool(comparison(value, limit))
    except (TypeError, ValueError):
        return False


def dimensions(name: str, value: NDArray[Any] | float, ndim: int) -> None:
    """Raise ValueError unless `value` has `ndim` axes."""
    if np.ndim(value) != ndim:
        raise ValueError(f"{name} has shape {np.shape(value)}; it needs {ndim} dimension(s)")


def same_shape(**arrays: Array | float) -> None:
    """Raise ValueError unless all named arrays have the shape of the first, or are scalars.

    NumPy would silently stretch a (d, 1) gradient over a (d,) parameter.
    """
    names = list(arrays)
    shape = np.shape(arrays[names[0]])
    for name in names[1:]:
        if np.shape(arrays[name]) not in (shape, ()):
            raise ValueError(
                f"{name} has shape {np.shape(arrays[name])}; it needs {shape}, as {names[0]}"
            )


def has_shape(name: str, value: NDArray[Any] | float, shape: tuple[int, ...], why: str) -> None:
    """Raise ValueError unless `value` has this shape; `why` says where it comes from."""
    if np.shape(value) != shape:
        raise ValueError(f"{name} has shape {np.shape(value)}; it needs {shape}, {why}")


def no_nan(**arrays: Array) -> None:
    """Raise ValueError for the first named array that holds a NaN."""
    for name, value in arrays.items():
        count = int(np.sum(np.isnan(value)))
        if count:
            raise ValueError(f"{name} holds NaN in {count} place(s); it must hold numbers only")


def finite(**arrays: NDArray[Any]) -> None:
    """Raise ValueError for the first named array that holds a NaN or an infinity."""
    for name, value in arrays.items():
        count = int(np.sum(~np.isfinite(value)))
        if count:
            raise ValueError(f"{name} is not finite in {count} place(s); it must be everywhere")


def not_empty(**arrays: NDArray[Any]) -> None:
    """Raise ValueError for the first named array without elements."""
    for name, value in arrays.items():
        if not np.size(value):
            raise ValueError(f"{name} has shape {np.shape(value)}; it needs at least one element")


def class_labels(
    name: str, labels: NDArray[np.integer], n: int, classes: int | None = None
) -> None:
    """Raise ValueError unless `labels` are n integers in 0 … classes-1, or 0, 1, … without it.

    NumPy would silently take label -1 for the last class.
    """
    labels = np.asarray(labels)
    allowed = "0, 1, …" if classes is None else f"0 … {classes - 1}"
    if labels.shape != (n,):
        raise ValueError(f"{name} has shape {labels.shape}; it needs ({n},), one class per sample")
    if not np.issubdtype(labels.dtype, np.integer):
        raise ValueError(f"{name} is {labels.dtype}; it must be integers {allowed}")
    outside = labels[(labels < 0) | (labels >= (np.inf if classes is None else classes))]
    if outside.size:
        raise ValueError(f"{name} is {outside[0]} somewhere; it must lie in {allowed}")
