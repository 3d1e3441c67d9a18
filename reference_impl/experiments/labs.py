"""Run a lab from a notebook with one setting changed: "try to break it".

    run_lab("L1", outlier=1)

The labs are imported when one is run, and only then: they call functions that are answers. Where
these must not be seen, in a class's edition or while a notebook is marked, there are no labs, and
`run_lab` says so in a sentence.
"""

from __future__ import annotations

from importlib import import_module
from typing import Any

LABS = "reference_impl.experiments.claims"
MOST_SEEDS = 30
MISSING = (
    "This edition of the course has no labs: they are made of functions that its readers are about "
    "to write."
)


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
    ValueError : there is no such lab, it has no such setting, or `seeds` is out of range; it says
        what there is
    """
    try:
        labs = import_module(LABS).LABS
        results = import_module(f"{LABS}.results")
    except ModuleNotFoundError as error:
        if not (error.name or "").startswith(__name__.split(".")[0]):
            raise
        print(MISSING)
        return
    if id not in labs:
        raise ValueError(f"there is no lab {id}; there are {', '.join(labs)}")
    lab = labs[id]
    if unknown := settings.keys() - lab.settings.keys():
        raise ValueError(
            f"lab {id} has no setting {', '.join(sorted(unknown))}; "
            f"it has {_listed(lab.settings) or 'none to change'}"
        )
    if seeds is not None and not 2 <= seeds <= MOST_SEEDS:
        raise ValueError(f"seeds is {seeds}; it needs 2 to {MOST_SEEDS}")
    print(f"{id}: {lab.claim}")
    for name, value in settings.items():
        print(f"{name} = {value}, in the lab {lab.settings[name]}")
    if not settings:
        print(f"as in the lab: {_listed(lab.settings) or 'there is no setting to change'}")
    print("smaller runs, seed" if quick else "seed", end="")
    found = results.compute(
        lab,
        quick=quick,
        count=seeds,
        started=lambda seed: print(f" {seed}", end="", flush=True),
        **settings,
    )
    print(f"\n\n{_table(results.read(id), found)}")


def _listed(settings: dict[str, Any]) -> str:
    return ", ".join(f"{name} = {value}" for name, value in settings.items())


def _table(kept: dict[str, Any], found: dict[str, Any]) -> str:
    """One line per setting: the effect and what it says, in the lab and here; then the verdicts."""
    rows = [
        (there["setting"], _said(there), _said(here))
        for there, here in zip(kept["effect"], found["effect"], strict=True)
    ]
    rows = [("", "in the lab", "here"), *rows, ("VERDICT", kept["verdict"], found["verdict"])]
    wide = [max(len(row[i]) for row in rows) for i in (0, 1)]
    return "\n".join(f"{a:<{wide[0]}}  {b:<{wide[1]}}  {c}" for a, b, c in rows)


def _said(effect: dict[str, Any]) -> str:
    return f"{effect['state']} ({_rounded(effect['mean'])})"


def _rounded(number: float) -> str:
    """Two digits, as the third is the processor's, and none of what is very small or very large."""
    if abs(number) >= 1000:
        return f"{'below -' if number < 0 else 'above '}1,000"
    if abs(number) < 0.005:
        return "0.00"
    return f"{round(number, -1):.0f}" if abs(number) >= 99.5 else f"{number:#.2g}".rstrip(".")
