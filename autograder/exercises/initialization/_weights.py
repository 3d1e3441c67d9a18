"""Random weights, judged by their distribution: a seed does not fix the numbers of a right answer.

A student who draws in another order, or with another method of the generator, gets other numbers
and is right as well. So each answer is described by a few statistics of many draws, and these are
compared with the exercise's distribution. Misconceptions are named by the same statistics: the one
whose own draws look like the student's.

The limits are wide enough that a right answer never fails: with 30,000 draws a standard deviation
is off by 0.4 % (one in 10¹² times by 3 %), a mean by 0.006 σ, a kurtosis by 0.03.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import astuple, dataclass, replace
from typing import Any

import numpy as np

from autograder.checking.compare import Difference, first_difference
from autograder.checking.drive import Call, Foreign, Outcome, Plain, Rng
from autograder.checking.exercise import Case, Exercise, Version
from reference_impl import initializers

Array = np.ndarray[Any, Any]

MANY = 10_000  # from so many draws on, a distribution is visible
LAYERS = ((400, 75), (60, 500), (200, 150))  # 30,000 weights each, fan_in on both sides of fan_out
SMALL = ((5, 3), (1, 12), (12, 1))


@dataclass(frozen=True)
class Look:
    """A matrix of weights in a few numbers."""

    shape: tuple[int, ...]
    mean: float
    std: float
    kurtosis: float  # 3 for a normal, 1.8 for a uniform distribution
    low: float
    high: float
    different: int  # numbers

    @classmethod
    def at(cls, W: Array) -> Look:
        mean, std = float(W.mean()), float(W.std())
        kurtosis = float(np.mean(((W - mean) / std) ** 4)) if std > 0 else 0.0
        different = np.unique(W).size
        return cls(W.shape, mean, std, kurtosis, float(W.min()), float(W.max()), different)

    def resembles(self, other: Look) -> bool:
        size = math.prod(self.shape)
        return (
            self.shape == other.shape
            and self.std * other.std > 0
            and abs(math.log(self.std / other.std)) < 0.04
            and abs(self.mean - other.mean) < 0.08 * other.std
            and abs(self.kurtosis - other.kurtosis) < 0.3
            and abs(self.different - other.different) < 0.1 * size
        )


@dataclass(frozen=True)
class Drawn(Case):
    """Calls that draw weights.

    Attributes:
        scales: for each call the scale that is right.
        looks: in a class's edition, how the draws of each misconception look in each call.
    """

    scales: tuple[float, ...] = ()
    looks: tuple[tuple[str, tuple[tuple[Any, ...], ...]], ...] = ()

    def looks_of(self, version: Version) -> list[Look]:
        for name, looks in self.looks:
            if name == version.name:
                return [Look(*look) for look in looks]
        values = [outcome.value for outcome in self.run(version.function)]
        return [Look.at(W) for W in values if isinstance(W, np.ndarray) and W.size]

    def stored(self, misconceptions: Sequence[Version]) -> Case:
        looks = ((v.name, tuple(map(astuple, self.looks_of(v)))) for v in misconceptions)
        return replace(self, looks=tuple(looks))


def random_init(id: str, *, points: Sequence[float], **about: Any) -> Exercise:
    """An exercise that draws weights: (fan_in, fan_out, rng) → (fan_in, fan_out).

    With two ``points``, the distribution and the use of rng are two groups; with one, they are one
    group.
    """
    exercise = Exercise(id, reference=getattr(initializers, id), **about)

    def compare(
        case: Case, expected: Sequence[Outcome], got: Sequence[Outcome]
    ) -> Difference | None:
        return _difference(exercise, case, got)

    exercise.compare = compare
    if len(points) == 2:
        exercise.cases("the distribution", points[0])(lambda rng: [_large(id, rng)])
        exercise.cases("new numbers from rng", points[1])(_small)
    else:
        exercise.cases("the distribution, from rng", points[0])(
            lambda rng: [_large(id, rng), *_small(rng)]
        )
    return exercise


def _large(id: str, rng: np.random.Generator) -> Case:
    scales = tuple(float(initializers.SCALES[id][1](*fans)) for fans in LAYERS)
    seeds = rng.choice(10_000, len(LAYERS), replace=False)
    calls = (Call((*fans, Rng(int(s)))) for fans, s in zip(LAYERS, seeds, strict=True))
    return Drawn("three large layers", tuple(calls), scales=scales)


def _small(rng: np.random.Generator) -> list[Case]:
    seeds = [int(seed) for seed in rng.choice(10_000, 3, replace=False)]
    return [
        Case(f"fan_in {a}, fan_out {b}: three generators, each twice",
             tuple(Call((a, b, Rng(seed))) for seed in [*seeds, *seeds]))
        for a, b in SMALL
    ]  # fmt: skip


# --------------------------------------------------------------------------- what is wrong
def _difference(exercise: Exercise, case: Case, got: Sequence[Outcome]) -> Difference | None:
    drawn: list[Array] = []
    for call, outcome in zip(case.script, got, strict=True):
        W = _matrix(exercise, call.args[:2], outcome.value)
        if isinstance(W, Difference):
            return W
        drawn.append(W)
    if drawn[0].size < MANY:
        return _not_from_rng(exercise, drawn)
    assert isinstance(case, Drawn)
    for call, scale, W in zip(case.script, case.scales, drawn, strict=True):
        look = Look.at(W)
        wrong = _wrong_distribution("uniform" in exercise.id, scale, look)
        if wrong:
            note, expected = wrong
            low, high = look.low + 0.0, look.high + 0.0  # nobody asked for -0
            seen = f"from {low:.3g} to {high:.3g}, standard deviation {look.std:.3g}"
            name = _one_row(exercise, W) or _clipped(exercise, W)
            name = name or _look_alike(exercise, case, drawn)
            where = "fan_in = {}, fan_out = {}".format(*call.args[:2])
            return Difference("value", where, expected, seen, note, name)
    return None


def _matrix(exercise: Exercise, fans: tuple[int, int], value: Plain) -> Array | Difference:
    """The weights of one call as numbers, or what is wrong with them before any statistics."""
    wanted = f"shape {tuple(fans)}"
    where = "fan_in = {}, fan_out = {}".format(*fans)
    if isinstance(value, list | tuple):
        try:
            value = np.array(value)
        except ValueError:
            return Difference("type", where, wanted, "lists of different lengths")
    if isinstance(value, Foreign | bool | str | dict):
        found = first_difference(np.zeros(fans), value, where=where)
        assert found is not None  # none of these is an array
        return found
    W = np.asarray(value)
    if W.dtype.kind not in "iuf":
        return Difference("type", where, wanted, f"an array of {W.dtype}")
    if W.shape != tuple(fans):
        got = f"shape {W.shape}" if W.ndim else "one number"
        name = "transposed" if W.shape == tuple(fans)[::-1] else ""
        note = "rows and columns are swapped" if name else ""
        return Difference("shape", where, wanted, got, note, _known(exercise, name))
    if not np.isfinite(W).all():
        return Difference("not finite", where, "numbers", "a nan or an infinity")
    return W.astype(np.float64)


def _wrong_distribution(uniform: bool, scale: float, look: Look) -> tuple[str, str] | None:
    """(what is wrong, what was expected) of a large matrix, or None."""
    std = scale / math.sqrt(3) if uniform else scale
    kind = f"uniform from {-scale:.3g} to {scale:.3g}" if uniform else "normal around 0"
    expected = f"{kind}, standard deviation {std:.3g}"
    size = math.prod(look.shape)
    if look.different == 1:
        return "all weights are the same number", expected
    if look.different < 0.98 * size:
        return f"only {look.different} different numbers among {size}", expected
    if look.low >= 0:
        return "no weight is negative", expected
    if abs(look.mean) > 0.05 * look.std:
        return f"the mean is {look.mean:.3g}, not 0", expected
    if abs(look.std / std - 1) > 0.03:
        return f"the standard deviation is {look.std / std:.3g} times what it should be", expected
    if uniform and max(-look.low, look.high) > scale * (1 + 1e-6):
        return f"there are numbers outside ±{scale:.3g}", expected
    if abs(look.kurtosis - (1.8 if uniform else 3.0)) > (0.15 if uniform else 0.25):
        return "the spread is right, but the shape of the distribution is not", expected
    if uniform and min(-look.low, look.high) < 0.998 * scale:
        return f"no number comes near ±{scale:.3g}", expected
    return None


def _not_from_rng(exercise: Exercise, drawn: Sequence[Array]) -> Difference | None:
    """Whether rng alone decides, tried with three seeds, each twice."""
    first, again = drawn[: len(drawn) // 2], drawn[len(drawn) // 2 :]
    if any(np.unique(W).size < W.size for W in drawn):
        got, note = "the same number more than once", "each weight is drawn by itself"
        repeated = next(W for W in drawn if np.unique(W).size < W.size)
        name = _one_row(exercise, repeated) or _clipped(exercise, repeated)
    elif any(not np.array_equal(a, b) for a, b in zip(first, again, strict=True)):
        got, name = "two matrices from generators of the same seed", "not from rng"
        method = "uniform" if "uniform" in exercise.id else "normal"
        note = f"something other than rng decides: rng.{method}(…), not np.random.{method}(…)"
    elif np.array_equal(first[0], first[1]):
        got, name = "one matrix from generators of different seeds", "a seed of its own"
        note = "rng has no influence"
    else:
        return None
    name = _known(exercise, name)
    return Difference("value", "the numbers", "new ones from rng", got, note, name)


def _one_row(exercise: Exercise, W: Array) -> str:
    if min(W.shape) < 2:
        return ""  # a matrix with a single row has one row, whatever was drawn
    same = (W == W[:1]).all() != (W == W[:, :1]).all()  # with both, it is one number for all
    return _known(exercise, "one row for all") if same else ""


def _clipped(exercise: Exercise, W: Array) -> str:
    """Only the largest size is there more than once: what lay beyond it was cut off."""
    sizes, counts = np.unique(np.abs(W), return_counts=True)
    cut = sizes.size > 1 and counts[-1] > 1 and (counts[:-1] == 1).all()
    return _known(exercise, "clipped") if cut else ""


def _known(exercise: Exercise, name: str) -> str:
    """The name, if the exercise has a misconception of that name."""
    return name if any(version.name == name for version in exercise.misconceptions) else ""


def _look_alike(exercise: Exercise, case: Case, drawn: Sequence[Array]) -> str:
    """The misconception whose draws have the same statistics in every call, if there is one.

    One that draws from the right distribution, such as "not from rng", explains no wrong one.
    """
    assert isinstance(case, Drawn)
    uniform = "uniform" in exercise.id
    looks = [Look.at(W) for W in drawn]
    for version in exercise.misconceptions:
        theirs = case.looks_of(version)
        if len(theirs) == len(looks) and all(map(Look.resembles, looks, theirs)):
            for scale, look in zip(case.scales, theirs, strict=True):
                if _wrong_distribution(uniform, scale, look):
                    return version.name
    return ""
