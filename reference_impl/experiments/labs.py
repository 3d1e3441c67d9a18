"""Run a lab from a notebook with one setting changed: "try to break it".

    run_lab("L1", outlier=1)

The labs are imported when one is run, and only then: they call functions that are answers. Where
these must not be seen, in a class's edition or while a notebook is marked, there are no labs, and
`run_lab` says so in a sentence.
"""

from __future__ import annotations

from importlib import import_module
from numbers import Integral, Real
from typing import Any

import numpy as np

LABS = "reference_impl.experiments.claims"
MOST_SEEDS = 30
MISSING = (
    "This edition of the course has no labs: they are made of functions that its readers are about "
    "to write."
)

WORDS = {
    "opposite": "the reversed claim would hold",
    "open": "these runs do not decide",
    "holds when": "in some of the lines",
    "does not hold": "in none of the lines",
}


class LabError(ValueError):
    """What was asked of a lab cannot be run; the message says what can.

    A notebook shows the message alone: the lines of this file are no help to a reader.
    """

    def _render_traceback_(self) -> list[str]:
        return [f"run_lab cannot run this: {self}"]


def run_lab(id: str, *, seeds: int | None = None, quick: bool = False, **settings: Any) -> None:
    """Run a lab, and print what it finds beside what it has stored.

    Parameters
    ----------
    id : of the claim, such as "L1"; `docs/claims.md` has all
    seeds : how many runs, 2 to 30; as many as the lab has if it is not given
    quick : smaller runs, whose numbers are rougher
    settings : what is to be different; without any the lab's own settings are printed

    Raises
    ------
    LabError : there is no such lab, it has no such setting, or the setting cannot have this
        value; it says what there is
    """
    try:
        labs = import_module(LABS).LABS
        results = import_module(f"{LABS}.results")
    except ModuleNotFoundError as error:
        if not (error.name or "").startswith(__name__.split(".")[0]):
            raise
        print(MISSING)
        return
    if not isinstance(id, str) or id not in labs:
        raise LabError(f"there is no lab {id}; there are {', '.join(labs)}")
    lab = labs[id]
    if unknown := settings.keys() - lab.settings.keys():
        raise LabError(
            f"lab {id} has no setting {', '.join(sorted(unknown))}; "
            f"it has {_listed(lab.settings) or 'none to change'}"
        )
    for name, value in settings.items():
        _in_range(name, value, *lab.limits[name], whole=isinstance(lab.settings[name], int))
    if seeds is not None:
        _in_range("seeds", seeds, 2, MOST_SEEDS, whole=True)
    print(f"{id}: {lab.claim}")
    for name, value in settings.items():
        print(f"{name} = {value}, in the lab {lab.settings[name]}")
    if not settings:
        print(f"as in the lab: {_listed(lab.settings) or 'there is no setting to change'}")
    print("smaller runs, seed" if quick else "seed", end="")
    with np.errstate(all="ignore"):  # a run that diverges is a result, and the table shows it
        found = results.compute(
            lab,
            quick=quick,
            count=seeds,
            started=lambda seed: print(f" {seed}", end="", flush=True),
            **settings,
        )
    table = _table(results.read(id), found)
    print(f"\n\n{table}\n\nIn brackets: {lab.measure}.")
    for word, meaning in WORDS.items():
        if f"  {word}" in table:
            print(f"{word}: {meaning}.")


def _in_range(name: str, value: Any, low: float, high: float, *, whole: bool) -> None:
    number = isinstance(value, Integral if whole else Real) and not isinstance(value, bool)
    if not number or not low <= value <= high:
        kind = "whole number" if whole else "number"
        raise LabError(f"{name} is {value!r}; it needs a {kind} from {low:g} to {high:g}")


def _listed(settings: dict[str, Any]) -> str:
    return ", ".join(f"{name} = {value}" for name, value in settings.items())


def _table(kept: dict[str, Any], found: dict[str, Any]) -> str:
    """One line per setting: what the claim expects, and what came; then the verdicts."""
    rows = [
        (there["setting"], f"{there['side']} {there['limit']:g}", _said(there), _said(here))
        for there, here in zip(kept["effect"], found["effect"], strict=True)
    ]
    rows = [
        ("", "the claim", "in the lab", "here"),
        *rows,
        ("VERDICT", "", kept["verdict"], found["verdict"]),
    ]
    a, b, c, _ = (max(map(len, column)) for column in zip(*rows, strict=True))
    return "\n".join(f"{w:<{a}}  {x:<{b}}  {y:<{c}}  {z}" for w, x, y, z in rows)


def _said(effect: dict[str, Any]) -> str:
    return f"{effect['state']} ({_rounded(effect['mean'])})"


def _rounded(number: float) -> str:
    """Two digits, as the third is the processor's, and none of what is very small or very large."""
    if abs(number) >= 1000:
        return f"{'below -' if number < 0 else 'above '}1,000"
    if abs(number) < 0.005:
        return "0.00"
    return f"{round(number, -1):.0f}" if abs(number) >= 99.5 else f"{number:#.2g}".rstrip(".")
