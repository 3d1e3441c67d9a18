"""What a lab is: a claim, a run with numbers for each seed, and a rule that draws the verdict.

A lab measures an effect in several settings. What the claim says of each of them is a limit that
stands in its file: "in a narrow valley the ratio of the steps is above 1.5". Each lab brings two
sets of invented numbers as well, one for the claim and one against it, and a test gives both to
the rule.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from reference_impl.experiments.claims.verdict import T_975, Numbers, Part, Verdict, judge

__all__ = ["LABS", "Lab", "Numbers", "Part", "lab", "over"]

NOTES = "notes on improving a network"
SLIDES = "lecture slides"
OPTIMIZERS = "notes on optimizers"
ADAPTIVE = "notes on AdaGrad to Adam"
LAYERS = "notes on layers and activations"

Run = Callable[..., Mapping[str, float]]
Rule = Callable[[Numbers], Sequence[Part]]


@dataclass(frozen=True)
class Rival:
    """What another source says of the same thing.

    claim, source : in words, and where
    equal : whether it says that there is no difference; otherwise it says the opposite
    """

    claim: str
    source: str
    equal: bool = False

    def holds_in(self, verdict: Verdict, ratio: bool) -> list[str]:
        """The settings that show this source right."""
        if not self.equal:
            return verdict.settings("opposite")
        return [found.setting for found in verdict.found if found.small(ratio)]


@dataclass(frozen=True)
class Lab:
    """A claim and how it is tried.

    id : of the claim, such as "N2"
    notebook : where it is taught
    claim : in words, as the sources say it
    source : which of them
    setting : what is run, and what is varied
    measure : what the effect is, in words: the axis of the picture
    parts : the rule, from the numbers to the settings and their limits
    yes, no : invented numbers, one for each name, that must lead to "holds" and "does not hold"
    ratio : whether the effects are ratios (equal is 1) or differences (equal is 0)
    seeds : how many runs
    rival : the claim of a source that contradicts
    run : (seed, quick) → the numbers of one run; quick is a smaller one for a test. What it takes
        by keyword are the settings that a reader can change
    limits : from where to where each setting can be changed: what has a meaning, and ends soon
    """

    id: str
    notebook: str
    claim: str
    source: tuple[str, ...]
    setting: str
    measure: str
    parts: Rule = field(repr=False)
    yes: Mapping[str, float] = field(repr=False)
    no: Mapping[str, float] = field(repr=False)
    run: Run = field(repr=False)
    ratio: bool = True
    seeds: int = 5
    rival: Rival | None = None
    limits: Mapping[str, tuple[float, float]] = field(default_factory=dict, repr=False)

    @property
    def settings(self) -> dict[str, Any]:
        """What a reader can change, and what it is in the lab."""
        taken = inspect.signature(self.run).parameters.values()
        return {p.name: p.default for p in taken if p.kind is p.KEYWORD_ONLY}

    def rule(self, numbers: Numbers) -> Verdict:
        """The verdict: a function of the numbers and of nothing else."""
        return judge(self.parts(numbers), self.ratio)


def over(values: Mapping[str, float], *settings: object) -> dict[str, float]:
    """Invented numbers that are the same in all settings: {"gd": 9} → {"gd 2": 9, "gd 25": 9}."""
    return {f"{name} {setting}": value for name, value in values.items() for setting in settings}


LABS: dict[str, Lab] = {}
"""All labs by id; `experiments.claims` imports the files that fill it."""


def lab(
    id: str,
    notebook: str,
    claim: str,
    source: tuple[str, ...],
    setting: str,
    measure: str,
    parts: Rule,
    yes: Mapping[str, float],
    no: Mapping[str, float],
    ratio: bool = True,
    seeds: int = 5,
    rival: Rival | None = None,
    limits: Mapping[str, tuple[float, float]] | None = None,
) -> Callable[[Run], Run]:
    """Register the function below it as the run of a lab; the arguments are those of `Lab`."""

    def register(run: Run) -> Run:
        if id in LABS:
            raise ValueError(f"there are two labs {id}")
        if not 2 <= seeds <= len(T_975) + 1:
            raise ValueError(f"lab {id} has {seeds} seeds; it needs 2 to {len(T_975) + 1}")
        new = Lab(
            id, notebook, claim, source, setting, measure, parts, yes, no, run, ratio, seeds, rival,
            limits or {},
        )  # fmt: skip
        if new.limits.keys() != new.settings.keys():
            raise ValueError(f"lab {id} needs limits for {', '.join(new.settings) or 'nothing'}")
        LABS[id] = new
        return run

    return register
