"""Which units stay, and how they are scaled: the paper's form and that of the frameworks.

A mask is random, so it is judged by what must hold for every right mask: another order of drawing,
or another method of the generator, gives another mask and is right as well. The limits are wide
enough that a right answer never fails: a share may be off by seven standard deviations, sums over
rows by a factor that one right answer in 10⁹ exceeds.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from autograder.checking.compare import Difference
from autograder.checking.drive import Call, Foreign, Outcome, Plain, Rng
from autograder.checking.exercise import Case, Exercise, quiz
from autograder.exercises._cases import call
from reference_impl.layers import dropout as reference

Array = np.ndarray[Any, Any]
Generator = np.random.Generator
Shape = tuple[int, ...]

LARGE = 10_000  # from so many units on, a share is visible
SHARES: dict[str, Callable[[float], float]] = {  # what is kept, by misconception
    "keeps the share p": lambda p: p,
    "a fair coin": lambda p: 0.5,
    "normal numbers": lambda p: 0.5 * math.erfc(p / math.sqrt(2)),
}
MASKS = (((300, 100), 0.2), ((60, 500), 0.5), ((40, 30, 30), 0.75), ((30_000,), 0.4))


def compare_masks(
    case: Case, expected: Sequence[Outcome], got: Sequence[Outcome]
) -> Difference | None:
    """Each mask by itself; then what only several masks together show."""
    calls = [case.script[step].args[:2] for step in range(len(got))]
    masks: list[Array] = []
    for (shape, p), outcome in zip(calls, got, strict=True):
        mask = _mask(shape, p, outcome.value)
        if isinstance(mask, Difference):
            return mask
        masks.append(mask)
    if len(masks) > 1 and all(mask.all() or not mask.any() for mask in masks):
        return _all_alike(masks)
    for (shape, p), mask in zip(calls, masks, strict=True):
        wrong = _wrong_draws(shape, p, mask)
        if wrong:
            by_share = wrong.misconception in SHARES
            fits = all(
                _kept_by(wrong.misconception, q, other)
                for (_, q), other in zip(calls, masks, strict=True)
                if by_share and other.size >= LARGE
            )
            return wrong if fits else replace(wrong, misconception="")
    if len(masks) == 1:
        return None
    if masks[0].size < LARGE:
        return _not_from_rng(masks)
    if all(
        abs(mask.sum() - round((1 - p) * mask.size)) < 1
        for mask, (_, p) in zip(masks, calls, strict=True)
    ):
        return Difference(
            "value",
            "the number of kept units",
            "a little more or less each time",
            "exactly its mean in every mask",
            misconception="an exact share",
        )
    return None


def _mask(shape: Shape, p: float, value: Plain) -> Array | Difference:
    """An answer as booleans, or what is wrong with it before any statistics."""
    where, wanted = f"shape = {shape}, p = {p}", f"True and False, in shape {shape}"
    if isinstance(value, list | tuple):
        try:
            value = np.array(value)
        except ValueError:
            return Difference("type", where, wanted, "lists of different lengths")
    if isinstance(value, Foreign | str | dict):
        kind = value.type_name if isinstance(value, Foreign) else type(value).__name__
        return Difference("type", where, wanted, f"{'an' if kind[0] in 'ai' else 'a'} {kind}")
    mask = np.asarray(value)
    if mask.dtype.kind not in "biuf":
        return Difference("type", where, wanted, f"an array of {mask.dtype}")
    if mask.shape != shape:
        got = f"shape {mask.shape}" if mask.ndim else "one number"
        one_row = mask.ndim > 0 and mask.shape in (shape[1:], (1, *shape[1:]))
        a_row_each = mask.shape == shape[:1]
        name = ""
        if not mask.ndim and len(shape) > 1:  # for a vector, one row is one coin
            name = "one coin for all"
        elif one_row != a_row_each:  # for one sample with one unit it may be either
            name = "one row for all" if one_row else "one coin for a row"
        return Difference("shape", where, wanted, got, misconception=name)
    if not np.isfinite(mask).all():
        return Difference("not finite", where, wanted, "a nan or an infinity")
    if not np.isin(mask, (0, 1)).all():
        levels = np.unique(mask)
        got = f"numbers from {levels[0]:.3g} to {levels[-1]:.3g}"
        scaled = len(levels) <= 2 and np.isin(levels, (0, 1 / (1 - p))).all()
        name = "already scaled" if scaled else "not compared" if len(levels) > 20 else ""
        return Difference("value", where, wanted, got, misconception=name)
    return mask.astype(bool)


def _wrong_draws(shape: Shape, p: float, mask: Array) -> Difference | None:
    """What is wrong with the draws of one mask, as far as one mask shows it."""
    share = float(mask.mean())
    where = f"shape = {shape}, p = {p}"

    def wrong(wanted: str, got: str, name: str = "") -> Difference:
        return Difference("value", where, wanted, got, misconception=name)

    about = f"a share of about {1 - p:.3g} kept"
    if p == 0:
        name = "keeps the share p" if not mask.any() else ""
        return None if mask.all() else wrong("all units kept", f"a share of {share:.3g} kept", name)
    if mask.size < LARGE:
        return None
    rows = mask.reshape(shape[0], -1)
    if mask.ndim > 1 and (rows == rows[:1]).all():
        return wrong(
            "another row of True and False for each sample",
            "the same row for every sample",
            "one row for all",
        )
    if mask.ndim > 1 and (rows == rows[:, :1]).all():
        return wrong(
            "True and False in each sample",
            "samples that are all True or all False",
            "one coin for a row",
        )
    if not _near(share, 1 - p, mask.size):
        name = next((n for n in SHARES if _kept_by(n, p, mask)), "")
        return wrong(about, f"a share of {share:.3g} kept", name)
    spread = _spreads(mask, p)
    if min(spread, default=1) < 0.1:
        return wrong(
            "sometimes more kept, sometimes fewer",
            "the same number kept everywhere",
            "an exact share",
        )
    if max(spread, default=1) > 4:
        return wrong("each unit dropped by itself", "whole groups dropped together")
    return None


def _all_alike(masks: Sequence[Array]) -> Difference:
    """Every mask is all True or all False."""
    wanted = "some units dropped, some kept"
    if all(mask.all() for mask in masks):
        return Difference("value", "", wanted, "all True", "no unit is ever dropped")
    if not any(mask.any() for mask in masks):
        return Difference("value", "", wanted, "all False", "no unit is ever kept")
    name = "one coin for all" if masks[0].ndim > 1 else ""
    return Difference("value", "", wanted, "each mask all True or all False", "", name)


def _kept_by(misconception: str, p: float, mask: Array) -> bool:
    """Whether this mask keeps the share that this misconception would."""
    return _near(float(mask.mean()), SHARES[misconception](p), mask.size)


def _near(share: float, expected: float, size: int) -> bool:
    """Whether so many draws can have this share: within seven standard deviations."""
    return abs(share - expected) < 7 * math.sqrt(expected * (1 - expected) / size)


def _spreads(mask: Array, p: float) -> list[float]:
    """For each axis, how much its slices vary, relative to independent draws."""
    if mask.ndim == 1:
        return []
    counts = [
        np.moveaxis(mask, axis, 0).reshape(length, -1).sum(axis=1)
        for axis, length in enumerate(mask.shape)
    ]
    return [float(c.var(ddof=1) / (p * (1 - p) * mask.size / len(c))) for c in counts]


def _not_from_rng(masks: Sequence[Array]) -> Difference | None:
    """Whether rng alone decides, tried with three seeds, each twice."""
    first, again = masks[: len(masks) // 2], masks[len(masks) // 2 :]
    if any(not np.array_equal(a, b) for a, b in zip(first, again, strict=True)):
        got, name = "two masks from generators of the same seed", "not from rng"
    elif all(np.array_equal(mask, first[0]) for mask in first):
        got, name = "one mask from generators of different seeds", "a seed of its own"
    else:
        return None
    return Difference("value", "the mask", "a new one from rng", got, misconception=name)


dropout_mask = Exercise(
    "dropout_mask",
    reference=reference.dropout_mask,
    compare=compare_masks,
    hint="rng.random(shape) is a number between 0 and 1 for each unit: compare them with p.",
    minutes=6,
    difficulty=2,
)


@dropout_mask.cases("the share that is kept", points=2)
def _(rng: Generator) -> list[Case]:
    seeds = [int(seed) for seed in rng.choice(10_000, len(MASKS) + 2, replace=False)]
    masks = (Call((shape, p, Rng(s))) for (shape, p), s in zip(MASKS, seeds, strict=False))
    return [
        Case("four large masks", tuple(masks)),
        call("p = 0", (3, 4), 0.0, Rng(seeds[-1])),
        call("one unit", (1, 1), 0.5, Rng(seeds[-2])),
    ]


@dropout_mask.cases("a new mask from rng", points=1)
def _(rng: Generator) -> list[Case]:
    seeds = [int(seed) for seed in rng.choice(10_000, 3, replace=False)]
    return [
        Case(
            f"shape {shape}: three generators, each twice",
            tuple(Call((shape, 0.5, Rng(seed))) for seed in [*seeds, *seeds]),
        )
        for shape in ((8, 9), (70,), (4, 5, 6))
    ]


@dropout_mask.misconception(
    "keeps the share p",
    "Your mask is True for a share p of the units. True means kept here, and p is the probability "
    "of being dropped. (In the original paper p is the probability of being kept.)",
)
def _(shape, p, rng):
    return rng.random(shape) < p


@dropout_mask.misconception(
    "one row for all",
    "Every sample of your batch gets the same mask. Draw a number for each sample and each unit: "
    "the whole shape, not only its last part.",
)
def _(shape, p, rng):
    return np.broadcast_to(rng.random(shape[1:]) >= p, shape).copy()


@dropout_mask.misconception(
    "one coin for a row",
    "You drop or keep whole samples. Each unit of each sample is dropped by itself, so you need a "
    "random number for each.",
)
def _(shape, p, rng):
    coins = rng.random((shape[0],) + (1,) * (len(shape) - 1)) >= p
    return np.broadcast_to(coins, shape).copy()


@dropout_mask.misconception(
    "one coin for all",
    "You throw one coin for the whole array, so that all units go or stay together: rng.random() "
    "is one number, rng.random(shape) is one for each unit.",
)
def _(shape, p, rng):
    return np.full(shape, rng.random() >= p)


@dropout_mask.misconception(
    "an exact share",
    "You always drop exactly the share p. In dropout each unit is dropped by itself, with "
    "probability p, so that the number of dropped ones varies.",
)
def _(shape, p, rng):
    size = int(np.prod(shape))
    mask = np.arange(size) >= round(p * size)
    return rng.permutation(mask).reshape(shape)


@dropout_mask.misconception(
    "already scaled",
    "Your mask has 1/(1-p) where it should say True. Another function does the scaling; the mask "
    "only says which units stay.",
)
def _(shape, p, rng):
    return (rng.random(shape) >= p) / (1 - p)


@dropout_mask.misconception(
    "not compared",
    "These are random numbers, not decisions yet: compare each with p to get True or False.",
)
def _(shape, p, rng):
    return rng.random(shape)


@dropout_mask.misconception(
    "a fair coin",
    "Your mask keeps half of the units, whatever p is: use p.",
)
def _(shape, p, rng):
    return rng.integers(0, 2, shape) == 1


@dropout_mask.misconception(
    "normal numbers",
    "You compare normally distributed numbers with p; they lie below p with a probability far "
    "above p. Take uniform numbers between 0 and 1: rng.random.",
)
def _(shape, p, rng):
    return rng.normal(size=shape) >= p


@dropout_mask.misconception(
    "not from rng",
    "Your numbers do not come from rng: np.random.… is another generator, and nobody can repeat "
    "the run. Call a method of the rng that you are given.",
)
def _(shape, p, rng):
    return np.random.random(shape) >= p


@dropout_mask.misconception(
    "a seed of its own",
    "You make a generator of your own inside, so every call gives the very same mask. Use the rng "
    "that you are given.",
)
def _(shape, p, rng):
    return np.random.default_rng(0).random(shape) >= p


@dropout_mask.equivalent("zeros and ones from a binomial distribution")
def _(shape, p, rng):
    return rng.binomial(1, 1 - p, size=shape)


@dropout_mask.equivalent("a choice between True and False")
def _(shape, p, rng):
    return rng.choice([True, False], size=shape, p=[1 - p, p])


@dropout_mask.equivalent("uniform numbers below 1 - p")
def _(shape, p, rng):
    return rng.uniform(0, 1, shape) < 1 - p


@dropout_mask.equivalent("one unit after another")
def _(shape, p, rng):
    mask = np.ones(shape)
    for index in np.ndindex(*shape):
        if rng.random() < p:
            mask[index] = 0
    return mask


def signal(rng: Generator, *shape: int) -> np.ndarray[Any, Any]:
    """Numbers of both signs, none near 0 or 1, so that a dropped one is visible."""
    size: np.ndarray[Any, Any] = rng.uniform(1.2, 4.0, shape)
    size *= rng.choice((-1.0, 1.0), shape)
    return size


def mask_of(rng: Generator, *shape: int) -> np.ndarray[Any, Any]:
    """A mask with both kinds in it, more kept than dropped; the share is not a round number."""
    mask = rng.permutation(np.arange(int(np.prod(shape))) % 7 > 1)
    return mask.reshape(shape)


# ------------------------------------------------------------------------------- as in the paper
dropout_forward = Exercise(
    "dropout_forward",
    reference=reference.dropout_forward,
    hint="True counts as 1 in a product, False as 0.",
    minutes=3,
    difficulty=1,
)


@dropout_forward.cases("kept units are unchanged", points=1)
def _(rng: Generator) -> list[Case]:
    return [
        call("a batch of 4 with 5 units", signal(rng, 4, 5), mask_of(rng, 4, 5)),
        call("one sample", signal(rng, 1, 9), mask_of(rng, 1, 9)),
        call("no sample axis", signal(rng, 7), mask_of(rng, 7)),
        call("images, shape (2, 3, 2, 2)", signal(rng, 2, 3, 2, 2), mask_of(rng, 2, 3, 2, 2)),
        call("nothing dropped", signal(rng, 2, 2), np.ones((2, 2), bool)),
    ]


@dropout_forward.misconception(
    "drops the kept ones", "The wrong units are 0: where the mask is True, the unit stays."
)
def _(X, mask):
    return X * ~mask


@dropout_forward.misconception(
    "only the kept ones",
    "You return the kept numbers alone, in a row: X[mask] picks them out. The shape has to stay, "
    "with zeros where a unit is dropped.",
)
def _(X, mask):
    return X[mask]


@dropout_forward.misconception(
    "scaled by the share kept",
    "What you keep is larger than before. In this form nothing is scaled while training, only when "
    "predicting.",
)
def _(X, mask):
    return X * mask / mask.mean()


@dropout_forward.misconception(
    "changes X in place",
    "X[~mask] = 0 changes the caller's X: right numbers, but backpropagation may still need the "
    "old ones. Make a new array, by a product or with np.where.",
)
def _(X, mask):
    X[~mask] = 0
    return X


@dropout_forward.misconception(
    "mask in place of X",
    "You return the mask as numbers: multiply X by it.",
)
def _(X, mask):
    return mask.astype(float)


@dropout_forward.misconception(
    "mask added",
    "You add the mask: multiply, so that dropped units become 0.",
)
def _(X, mask):
    return X + mask


@dropout_forward.misconception(
    "nothing dropped",
    "You return X as it is: use the mask.",
)
def _(X, mask):
    return X.copy()


@dropout_forward.equivalent("with np.where")
def _(X, mask):
    return np.where(mask, X, 0.0)


@dropout_forward.equivalent("on a copy")
def _(X, mask):
    out = X.copy()
    out[np.logical_not(mask)] = 0
    return out


dropout_inference = Exercise(
    "dropout_inference",
    reference=reference.dropout_inference,
    hint="Each unit was there with probability 1-p: give it the weight it had on average.",
    minutes=3,
    difficulty=1,
)


@dropout_inference.cases("all units, with their average weight", points=1)
def _(rng: Generator) -> list[Case]:
    return [
        call("p = 0.2", signal(rng, 4, 5), 0.2),
        call("one sample, p = 0.7", signal(rng, 1, 6), 0.7),
        call("no sample axis, p drawn at random", signal(rng, 5), float(rng.uniform(0.55, 0.9))),
        call("p = 0", signal(rng, 2, 3), 0.0),
    ]


@dropout_inference.misconception(
    "scaled by p",
    "You scale by p, the probability of being dropped. On average a unit was there 1-p of the "
    "time.",
)
def _(X, p):
    return p * X


@dropout_inference.misconception(
    "not scaled",
    "You return X as it is. Now that all units are there, their sum is larger than in training: "
    "which factor brings it back to the mean in training?",
)
def _(X, p):
    return X.copy()


@dropout_inference.misconception(
    "divided",
    "You divide by 1-p, which makes the sums larger still. (The other form divides, and does so "
    "while training.)",
)
def _(X, p):
    return X / (1 - p)


@dropout_inference.misconception(
    "brackets missing",
    "`1 - p * X` takes p·X away from 1: the product comes first. Put 1 - p in brackets.",
)
def _(X, p):
    return 1 - p * X


@dropout_inference.misconception(
    "drops some",
    "Some of your results are 0: when predicting, no unit is dropped. Only the scale changes.",
)
def _(X, p):
    return X * (np.random.default_rng(0).random(X.shape) >= p)


@dropout_inference.equivalent("X minus what is missing")
def _(X, p):
    return X - p * X


@dropout_inference.equivalent("unit by unit")
def _(X, p):
    out = np.empty(X.shape)
    for index in np.ndindex(*X.shape):
        out[index] = X[index] * (1.0 - p)
    return out


# ------------------------------------------------------------------------------- inverted
inverted_dropout_forward = Exercise(
    "inverted_dropout_forward",
    reference=reference.inverted_dropout_forward,
    hint="First drop, as before; then divide what is left by the probability of staying.",
    minutes=4,
    difficulty=2,
)


@inverted_dropout_forward.cases("batches", points=1)
def _(rng: Generator) -> list[Case]:
    return [
        call("4 samples, 5 units, p = 0.2", signal(rng, 4, 5), mask_of(rng, 4, 5), 0.2),
        call("3 samples, 8 units, p = 0.75", signal(rng, 3, 8), mask_of(rng, 3, 8), 0.75),
    ]


@inverted_dropout_forward.cases("other shapes", points=1)
def _(rng: Generator) -> list[Case]:
    p = float(rng.uniform(0.6, 0.9))
    return [
        call("one sample, p = 0.4", signal(rng, 1, 9), mask_of(rng, 1, 9), 0.4),
        call("no sample axis, p drawn at random", signal(rng, 7), mask_of(rng, 7), p),
        call("shape (2, 3, 2, 2), p = 0.1", signal(rng, 2, 3, 2, 2), mask_of(rng, 2, 3, 2, 2), 0.1),
        call("p = 0", signal(rng, 2, 2), np.ones((2, 2), bool), 0.0),
    ]


@inverted_dropout_forward.misconception(
    "not scaled",
    "The factor 1/(1-p) is missing: this is the paper's form, whose sums are too small on average.",
)
def _(X, mask, p):
    return X * mask


@inverted_dropout_forward.misconception(
    "multiplied",
    "You multiply by 1-p, so the sums shrink twice. The kept units have to become larger, to make "
    "up for the dropped ones.",
)
def _(X, mask, p):
    return X * mask * (1 - p)


@inverted_dropout_forward.misconception(
    "divided by p",
    "You divide by p, the probability of being dropped: divide by that of staying, 1-p.",
)
def _(X, mask, p):
    return X * mask / p


@inverted_dropout_forward.misconception(
    "scaled by the share kept",
    "You divide by the share that this mask happens to keep. The scale is 1/(1-p), whatever was "
    "drawn: only then does each unit have the right mean.",
)
def _(X, mask, p):
    return X * mask / mask.mean()


@inverted_dropout_forward.misconception(
    "mask not applied", "Everything is scaled, but nothing is dropped: use the mask."
)
def _(X, mask, p):
    return X / (1 - p)


@inverted_dropout_forward.misconception(
    "brackets missing", "`… / 1 - p` divides by 1 and then subtracts p: put 1 - p in brackets."
)
def _(X, mask, p):
    return X * mask / 1 - p


@inverted_dropout_forward.misconception(
    "drops the kept ones", "The wrong units are 0: where the mask is True, the unit stays."
)
def _(X, mask, p):
    return X * ~mask / (1 - p)


@inverted_dropout_forward.misconception(
    "changes X in place",
    "Right numbers, but `*=` and `/=` on X (or X[~mask] = 0) change the caller's X: make a new "
    "array.",
)
def _(X, mask, p):
    X *= mask
    X /= 1 - p
    return X


@inverted_dropout_forward.misconception(
    "scaled twice",
    "You divide by 1 - p twice: once is enough to keep the average.",
)
def _(X, mask, p):
    return X * mask / (1 - p) ** 2


@inverted_dropout_forward.misconception(
    "root of the scale",
    "You divide by √(1 - p): that keeps the size of the squares. Here the average is kept: "
    "divide by 1 - p.",
)
def _(X, mask, p):
    return X * mask / np.sqrt(1 - p)


@inverted_dropout_forward.misconception(
    "multiplied by p",
    "You multiply by p: kept units have to become *larger*, to make up for the others.",
)
def _(X, mask, p):
    return X * mask * p


@inverted_dropout_forward.misconception(
    "1 + p",
    "You multiply by 1 + p. With p = 0.5 half is left, which needs a factor 2: it is 1/(1-p).",
)
def _(X, mask, p):
    return X * mask * (1 + p)


@inverted_dropout_forward.misconception(
    "only the kept ones",
    "You return the kept numbers only, in one row: dropped units stay in their place, as 0.",
)
def _(X, mask, p):
    return X[mask.astype(bool)] / (1 - p)


@inverted_dropout_forward.equivalent("a mask of scales")
def _(X, mask, p):
    return X * (mask * (1 / (1 - p)))


@inverted_dropout_forward.equivalent("with np.where")
def _(X, mask, p):
    return np.where(mask, X / (1 - p), 0)


inverted_dropout_backward = Exercise(
    "inverted_dropout_backward",
    reference=reference.inverted_dropout_backward,
    hint="On the way forward each unit was multiplied by a number; on the way back its gradient is "
    "multiplied by the same number.",
    minutes=5,
    difficulty=2,
)


@inverted_dropout_backward.cases("batches", points=1)
def _(rng: Generator) -> list[Case]:
    return [
        call("4 samples, 5 units, p = 0.2", signal(rng, 4, 5), mask_of(rng, 4, 5), 0.2),
        call("3 samples, 8 units, p = 0.75", signal(rng, 3, 8), mask_of(rng, 3, 8), 0.75),
    ]


@inverted_dropout_backward.cases("other shapes", points=1)
def _(rng: Generator) -> list[Case]:
    p = float(rng.uniform(0.6, 0.9))
    return [
        call("one sample, p = 0.4", signal(rng, 1, 9), mask_of(rng, 1, 9), 0.4),
        call("no sample axis, p drawn at random", signal(rng, 7), mask_of(rng, 7), p),
        call("shape (2, 3, 2, 2), p = 0.1", signal(rng, 2, 3, 2, 2), mask_of(rng, 2, 3, 2, 2), 0.1),
        call("p = 0", signal(rng, 2, 2), np.ones((2, 2), bool), 0.0),
    ]


@inverted_dropout_backward.misconception(
    "mask not applied",
    "A gradient comes through units that were dropped: they had no effect on the loss, so their "
    "gradient is 0. Apply the mask here, too.",
)
def _(dout, mask, p):
    return dout / (1 - p)


@inverted_dropout_backward.misconception(
    "not scaled",
    "The factor 1/(1-p) is missing: on the way forward the kept units were multiplied by it, so by "
    "the chain rule their gradient is multiplied by it, too.",
)
def _(dout, mask, p):
    return dout * mask


@inverted_dropout_backward.misconception(
    "passed on unchanged",
    "You pass the gradient on as it comes. On the way forward each unit was multiplied by a "
    "number, 0 or 1/(1-p); the chain rule multiplies by this number again.",
)
def _(dout, mask, p):
    return dout.copy()


@inverted_dropout_backward.misconception(
    "scaled the other way",
    "You multiply by 1-p, as if to undo the scaling of the way forward. A gradient is multiplied "
    "by the *same* factor.",
)
def _(dout, mask, p):
    return dout * mask * (1 - p)


@inverted_dropout_backward.misconception(
    "divided by p",
    "You divide by p, the probability of being dropped: divide by that of staying, 1-p.",
)
def _(dout, mask, p):
    return dout * mask / p


@inverted_dropout_backward.misconception(
    "brackets missing", "`… / 1 - p` divides by 1 and then subtracts p: put 1 - p in brackets."
)
def _(dout, mask, p):
    return dout * mask / 1 - p


@inverted_dropout_backward.misconception(
    "drops the kept ones",
    "The gradient goes to the units that were dropped: where the mask is True, the unit was there.",
)
def _(dout, mask, p):
    return dout * ~mask / (1 - p)


@inverted_dropout_backward.misconception(
    "changes dout in place",
    "Right numbers, but `*=` or `/=` on dout changes the caller's array: make a new one.",
)
def _(dout, mask, p):
    dout *= mask
    dout /= 1 - p
    return dout


@inverted_dropout_backward.misconception(
    "scaled twice",
    "You divide by 1 - p twice. On the way forward each kept unit was multiplied by 1/(1-p) once.",
)
def _(dout, mask, p):
    return dout * mask / (1 - p) ** 2


@inverted_dropout_backward.misconception(
    "multiplied by p",
    "You multiply by p. A gradient is multiplied by the same factor as the unit on its way "
    "forward.",
)
def _(dout, mask, p):
    return dout * mask * p


@inverted_dropout_backward.misconception(
    "root of the scale",
    "You divide by √(1 - p): it is the factor of the way forward, 1/(1-p).",
)
def _(dout, mask, p):
    return dout * mask / np.sqrt(1 - p)


@inverted_dropout_backward.misconception(
    "scaled by the share kept",
    "You divide by the share that this mask keeps. The way forward used 1 - p, whatever the "
    "mask was.",
)
def _(dout, mask, p):
    return dout * mask / max(np.mean(mask), 1e-12)


@inverted_dropout_backward.equivalent("with np.where")
def _(dout, mask, p):
    return np.where(mask, dout, 0.0) / (1 - p)


@inverted_dropout_backward.equivalent("on a copy, the kept ones only")
def _(dout, mask, p):
    dX = np.zeros(dout.shape)
    kept = mask > 0
    dX[kept] = dout[kept] / (1 - p)
    return dX


# ------------------------------------------------------------------------------- prediction
prediction_dropout = quiz(
    "prediction_dropout",
    answer="c",
    a="Dropout makes it harder to fit the training data, not easier: each step is taken by a "
    "network that lacks half of its units, and the loss of that network is recorded.",
    b="The curve is recorded while training, with units missing; without dropout no unit is "
    "missing. The two losses could agree only by accident.",
    d="It is noisier, but there is still much to learn: each thinned network is pushed towards the "
    "right answers, and they share their weights.",
)
