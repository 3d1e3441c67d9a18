"""Numbers that tell how a run went."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from reference_impl._validate import (
    Array,
    between,
    dimensions,
    has_shape,
    not_empty,
    not_negative,
    positive,
)


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


HIGH = 0.5
"""A loss of which more than this share of its start is left is high."""
CLIMB = 0.5
"""A training loss diverges if it ends above its minimum by more than this share of its start."""
RISE = 0.1
"""A validation loss has risen if it ends above its minimum by more than this share of its start."""
STILL = 0.02
"""A loss that stays within this share of its start has not moved."""
KNOWN = 0.5
"""A network that has learned something of ten classes is right more often than this."""
BURST = 3
"""A first training loss of more than so many times the first validation loss was a burst."""


def diagnose(history: Mapping[str, Sequence[float]]) -> str:
    """What is wrong with a run, if anything, from its curves.

    The first rule that fits gives the answer. L and V are the training and the validation loss, A
    is the validation accuracy; index 0 is the first epoch, -1 the last, and "end" the median of the
    last fifth, so that one outlier decides nothing.

    diverging    : L or V is not finite, or L[-1] > min L + CLIMB · L[0]
    dead         : L stays within STILL · L[0] of L[0] throughout;
                   or L[0] > BURST · V[0], L_end > HIGH · V[0] and A stays below KNOWN: too large
                   a learning rate has broken the network at once, and it learns nothing since
    overfitting  : V_end > min V + RISE · V[0], and L has fallen since that minimum;
                   or V_end > HIGH · L[0], and L_end < ½ V_end
    underfitting : L_end > HIGH · L[0]
    dead         : A stays below KNOWN: the losses fell, and nothing was learned
    fine         : the rest

    The rules know neither the number of classes nor the best loss that there is: a run whose first
    epoch has learned most of it already, or whose labels are mostly noise, can look as if it
    underfitted.

    Parameters
    ----------
    history : "loss", "val_loss" and "val_accuracy", each with one number per epoch, as from
        `mlp_training.train`

    Returns
    -------
    "diverging", "dead", "overfitting", "underfitting" or "fine"

    Raises
    ------
    ValueError : a list is missing or empty, or the lists differ in length
    """
    L, V, A = (_curve(history, name) for name in ("loss", "val_loss", "val_accuracy"))
    has_shape("val_loss", V, L.shape, "as loss")
    has_shape("val_accuracy", A, L.shape, "as loss")
    if not np.isfinite(L).all() or not np.isfinite(V).all():
        return "diverging"
    if L[-1] > L.min() + CLIMB * L[0]:
        return "diverging"

    last_fifth = slice(-max(1, len(L) // 5), None)
    L_end, V_end = np.median(L[last_fifth]), np.median(V[last_fifth])
    still = np.abs(L - L[0]).max() <= STILL * L[0]
    broken = L[0] > BURST * V[0] and L_end > HIGH * V[0] and A.max() < KNOWN
    if still or broken:
        return "dead"
    if V_end > V.min() + RISE * V[0] and L_end < L[V.argmin()]:
        return "overfitting"
    if V_end > HIGH * L[0] and L_end < V_end / 2:
        return "overfitting"
    if L_end > HIGH * L[0]:
        return "underfitting"
    return "fine" if A.max() >= KNOWN else "dead"


def _curve(history: Mapping[str, Sequence[float]], name: str) -> Array:
    if name not in history:
        raise ValueError(f"history has {', '.join(history) or 'nothing'}; it needs {name} too")
    curve = np.asarray(history[name], dtype=np.float64)
    dimensions(name, curve, 1)
    not_empty(**{name: curve})
    return curve


def best_setting(results: Sequence[Mapping[str, Any]]) -> Any:
    """The setting of a search with the best validation accuracy; the test accuracy does not count.

    A choice made by test accuracy makes the test set part of the search: the test accuracy then
    promises more than the chosen network keeps on new data.

    Parameters
    ----------
    results : a mapping for each run: "setting" (anything), "val_accuracy" and "test_accuracy",
        which is not looked at

    Returns
    -------
    "setting" of the best run, the first of equal ones; a NaN is below every number

    Raises
    ------
    ValueError : no results, or one without "setting" or "val_accuracy"
    """
    if not results:
        raise ValueError("results is empty; it needs at least one run")
    for i, result in enumerate(results):
        missing = {"setting", "val_accuracy"} - result.keys()
        if missing:
            raise ValueError(
                f"results[{i}] has no {' and no '.join(sorted(missing))}; it needs both"
            )
    accuracies = np.array([result["val_accuracy"] for result in results], dtype=np.float64)
    best = int(np.argmax(np.nan_to_num(accuracies, nan=-np.inf)))
    return results[best]["setting"]


def wilson_interval(right: int, n: int, z: float = 1.96) -> tuple[float, float]:
    """Between which two shares the true one probably lies, when `right` of `n` were right.

    All q that the measured share p = right / n does not contradict: |p - q| ≤ z √(q (1 - q) / n),
    where the spread is that of the candidate q. The ends are the two roots in q,

        (p + z²/(2n) ± z √(p (1 - p) / n + z²/(4n²))) / (1 + z²/n)

    Source: Wilson (1927), Probable inference, the law of succession, and statistical inference.

    Parameters
    ----------
    right : how many of them were right
    n : how many answers there are
    z : how many standard deviations are still believed: 1.96 for 95 %, 2.576 for 99 %

    Returns
    -------
    (low, high), within 0 … 1

    Raises
    ------
    ValueError : n not above 0, right not in 0 … n, z below 0
    """
    positive(n=n)
    between("right", right, 0, n)
    not_negative(z=z)
    p = right / n
    middle = (p + z**2 / (2 * n)) / (1 + z**2 / n)
    half = z * np.sqrt(p * (1 - p) / n + z**2 / (4 * n**2)) / (1 + z**2 / n)
    return max(0.0, float(middle - half)), min(1.0, float(middle + half))
