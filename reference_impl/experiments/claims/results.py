"""The result of a lab: computed, kept as JSON, read again."""

from __future__ import annotations

import json
import math
import platform
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np

from reference_impl._validate import Array
from reference_impl.experiments.claims.lab import LABS, Lab
from reference_impl.experiments.claims.verdict import LARGEST

FOLDER = Path(__file__).parents[1] / "results"
DIGITS = 6
"""Digits that are kept of a number: the rule sees no more, so stored numbers give its verdict."""

Result = dict[str, Any]


def compute(
    lab: Lab,
    first_seed: int = 0,
    quick: bool = False,
    count: int | None = None,
    started: Callable[[int], object] = lambda seed: None,
    **settings: Any,
) -> Result:
    """Run a lab with each of its seeds, and apply its rule: a table that JSON can hold.

    Parameters
    ----------
    lab : which
    first_seed : 0 for what is reported, 1000 for a second opinion
    quick : small runs, and two seeds if no count is given, to see whether it works
    count : how many seeds; as many as the lab has if it is not given
    started : called with each seed before its run
    settings : those of `lab.settings` that are to be different

    Returns
    -------
    id, notebook, claim, source, rival, setting, measure, seeds, numbers, verdict, sentence, ratio,
    effect (one entry per setting: mean, low, high, limit, side, state), interval, seconds, versions
    """
    start = time.perf_counter()
    seeds = [first_seed + i for i in range(count or (2 if quick else lab.seeds))]
    runs = []
    for seed in seeds:
        started(seed)
        runs.append(lab.run(seed, quick, **settings))
    if any(run.keys() != runs[0].keys() for run in runs):
        raise ValueError(f"the runs of lab {lab.id} have different names in their numbers")
    numbers = {name: [_short(run[name]) for run in runs] for name in runs[0]}
    return judged(lab, seeds, numbers) | {
        "seconds": round(time.perf_counter() - start, 1),
        "versions": {
            "python": platform.python_version(),
            "numpy": np.__version__,
            "machine": platform.machine(),
        },
    }


def judged(lab: Lab, seeds: Sequence[int], numbers: Mapping[str, Sequence[float]]) -> Result:
    """What a lab says of numbers: all of a result but when and where it was computed."""
    verdict = lab.rule(arrays(numbers))
    rival = lab.rival
    return {
        "id": lab.id,
        "notebook": lab.notebook,
        "claim": lab.claim,
        "source": list(lab.source),
        "rival": rival
        and {
            "claim": rival.claim,
            "source": rival.source,
            "holds in": rival.holds_in(verdict, lab.ratio),
        },
        "setting": lab.setting,
        "measure": lab.measure,
        "seeds": list(seeds),
        "numbers": {name: list(values) for name, values in numbers.items()},
        "verdict": verdict.word,
        "sentence": verdict.sentence(),
        "ratio": lab.ratio,
        "effect": [_shortened(asdict(found)) for found in verdict.found],
        "interval": "95 %, Student's t over the seeds" + ", of the logarithm" * lab.ratio,
    }


def compute_by_id(id: str, first_seed: int, quick: bool) -> Result:
    """`compute`, with arguments that reach another process."""
    return compute(LABS[id], first_seed, quick)


def arrays(numbers: Mapping[str, Sequence[float]]) -> dict[str, Array]:
    """The numbers of a result, as the rule takes them."""
    return {name: np.array(values, dtype=np.float64) for name, values in numbers.items()}


def path_of(id: str, folder: Path = FOLDER) -> Path:
    return folder / f"{id}.json"


def write(result: Result, folder: Path = FOLDER) -> None:
    """Keep a result; the file is there as a whole or not at all."""
    folder.mkdir(parents=True, exist_ok=True)
    path = path_of(result["id"], folder)
    new = path.with_suffix(".new")
    new.write_text(json.dumps(result, indent=1, ensure_ascii=False) + "\n", "utf-8")
    new.replace(path)


def read(id: str, folder: Path = FOLDER) -> Result | None:
    """A result that is kept, or None."""
    path = path_of(id, folder)
    if not path.exists():
        return None
    result: Result = json.loads(path.read_text("utf-8"))
    return result


def renew(lab: Lab, folder: Path = FOLDER) -> Result | None:
    """A kept result in the words and by the limits of its lab as it is now, kept again.

    None if there is none, or if the lab has other numbers or seeds by now.
    """
    kept = read(lab.id, folder)
    if kept is None or kept["numbers"].keys() != lab.yes.keys():
        return None
    if kept["seeds"] != list(range(lab.seeds)):
        return None
    new = kept | judged(lab, kept["seeds"], kept["numbers"])
    if new != kept:
        write(new, folder)
    return new


def read_all(folder: Path = FOLDER) -> list[Result]:
    """All results that are kept, in the order of the labs."""
    return [result for id in LABS if (result := read(id, folder)) is not None]


def states(result: Result) -> dict[str, str]:
    """Setting → what the run says of it, in the words of `lab.Found`."""
    return {effect["setting"]: effect["state"] for effect in result["effect"]}


def _short(number: float) -> float:
    if math.isnan(number):
        raise ValueError("a lab's number is NaN; it must say what it makes of a diverged run")
    return float(f"{min(max(float(number), -LARGEST), LARGEST):.{DIGITS}g}")


def _shortened(effect: dict[str, Any]) -> dict[str, Any]:
    return {k: _short(v) if isinstance(v, float) else v for k, v in effect.items()}
