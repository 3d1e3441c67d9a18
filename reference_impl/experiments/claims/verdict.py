"""How a verdict is drawn: from an effect in each of several settings, and a limit for each.

A verdict is a pure function of the numbers, and can come out against the claim.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from reference_impl._validate import Array, not_empty

HOLDS, HOLDS_WHEN, DOES_NOT_HOLD = "holds", "holds when", "does not hold"
SMALLEST, LARGEST = 1e-12, 1e12
"""What a ratio is kept between, so that one run at 0 or at infinity has a logarithm."""

Numbers = Mapping[str, Array]
"""Name → what was measured, (seeds,)."""

# fmt: off
T_975 = (
    12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228, 2.201, 2.179, 2.160,
    2.145, 2.131, 2.120, 2.110, 2.101, 2.093, 2.086, 2.080, 2.074, 2.069, 2.064, 2.060, 2.056,
    2.052, 2.048, 2.045,
)
# fmt: on
"""Student's t for a 95 % interval, for 1 … 29 degrees of freedom."""


@dataclass(frozen=True)
class Part:
    """One setting: the effect of each seed, and the side of a limit where the claim expects it.

    Give one of `above` and `below`.
    """

    setting: str
    effects: Array
    above: float | None = None
    below: float | None = None


@dataclass(frozen=True)
class Found:
    """The effect in one setting: its mean over the seeds, a 95 % interval, and what they say.

    state : "holds", the whole interval is on the claim's side of the limit; "opposite", the whole
        interval is beyond the limit of the reversed claim; "fails", the whole interval is on the
        wrong side; "open", the interval has the limit inside
    """

    setting: str
    mean: float
    low: float
    high: float
    limit: float
    side: str
    state: str

    def small(self, ratio: bool) -> bool:
        """Whether the whole interval is nearer to "no difference" than the limit is."""
        least = 1 / self.limit if ratio else -self.limit
        return self.side == "above" and least < self.low and self.high < self.limit


@dataclass(frozen=True)
class Verdict:
    """The word, and what was found in each setting."""

    word: str
    found: tuple[Found, ...]

    def settings(self, *states: str) -> list[str]:
        """The settings in one of these states."""
        return [found.setting for found in self.found if found.state in states]

    def sentence(self) -> str:
        """The verdict in words."""
        if self.word == HOLDS:
            return "It holds in every setting that was tried."
        said = []
        if self.settings("holds"):
            said.append("It holds for: " + "; ".join(self.settings("holds")) + ".")
        if self.settings("fails"):
            said.append("It does not hold for: " + "; ".join(self.settings("fails")) + ".")
        if self.settings("opposite"):
            said.append("The opposite holds for: " + "; ".join(self.settings("opposite")) + ".")
        if self.settings("open"):
            said.append("These runs do not decide: " + "; ".join(self.settings("open")) + ".")
        return " ".join(said)


def interval(values: Array, ratio: bool) -> tuple[float, float, float]:
    """(mean, low, high): the mean of the seeds and Student's 95 % interval around it.

    x̄ ± t(0.975, n - 1) · s / √n;   of the logarithms, and back, where the effect is a ratio

    Parameters
    ----------
    values : (n,) one effect per seed, 2 to 30 of them
    ratio : whether equal is 1 and not 0

    Returns
    -------
    (mean, low, high); the mean is the geometric one for a ratio
    """
    not_empty(values=values)
    x = np.log(np.clip(values, SMALLEST, LARGEST)) if ratio else np.asarray(values, np.float64)
    middle = float(x.mean())
    half = float(T_975[len(x) - 2] * x.std(ddof=1) / np.sqrt(len(x)))
    ends = np.array([middle, middle - half, middle + half])
    mean, low, high = np.exp(np.clip(ends, -700, 700)) if ratio else ends
    return float(mean), float(low), float(high)


def judge(parts: Sequence[Part], ratio: bool) -> Verdict:
    """The verdict that all labs share: in how many settings the claim is right.

    holds : in all of them;   holds when : in some;   does not hold : in none
    """
    found = tuple(_found(part, ratio) for part in parts)
    right = sum(one.state == "holds" for one in found)
    word = HOLDS if right == len(found) else HOLDS_WHEN if right else DOES_NOT_HOLD
    return Verdict(word, found)


def _found(part: Part, ratio: bool) -> Found:
    mean, low, high = interval(part.effects, ratio)
    if part.above is not None:
        limit, side = part.above, "above"
        opposite = 1 / limit if ratio else -limit
        # "Above 0" has 0 for its own opposite.
        if low > limit:
            state = "holds"
        elif high < limit:
            state = "opposite" if high < opposite else "fails"
        else:
            state = "open"
    else:
        assert part.below is not None, f"{part.setting}: a part has a limit above or below"
        limit, side = part.below, "below"
        state = "holds" if high < limit else "fails" if low > limit else "open"
    return Found(part.setting, mean, low, high, limit, side, state)
