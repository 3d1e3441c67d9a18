"""The mini-batches of an epoch, and an epoch of steps. Random, so judged by properties.

Another way of drawing the order gives other batches than the reference's, and is right as well. So
the comparison tests what must hold for *any* right answer, and names a misconception by its traces.
With five samples at most there are few enough orders to try all of them: a right result of an epoch
belongs to one of them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import combinations_with_replacement, permutations
from typing import Any

import numpy as np

from autograder.checking.compare import ATOL, RTOL, Difference, first_difference
from autograder.checking.drive import Call, Foreign, Outcome, Plain, Rng
from autograder.checking.exercise import Case, Exercise, Version
from reference_impl import descent

Generator = np.random.Generator
Batch = tuple[int, ...]


# ------------------------------------------------------------------------------- minibatches
def compare_batches(
    case: Case, expected: Sequence[Outcome], got: Sequence[Outcome]
) -> Difference | None:
    """Each call by itself; then, over the calls, whether `rng` alone decides the order."""
    epochs: dict[int, list[list[Batch]]] = {}
    for step, outcome in enumerate(got):
        n, size, rng = case.script[step].args
        difference = _batches_of(n, size, outcome.value)
        if isinstance(difference, Difference):
            return difference
        epochs.setdefault(rng.seed, []).append(difference)
    if len(epochs) == len(got):
        return None  # no generator comes twice: this case is not about the order
    n, size, _ = case.script[0].args
    in_turn = [tuple(range(i, min(i + size, n))) for i in range(0, n, size)]
    drawn = [epoch for repeats in epochs.values() for epoch in repeats]
    if all(epoch == in_turn for epoch in drawn):
        return wrong_order("0, 1, 2, … in turn, every time", "not shuffled")
    if all(
        {frozenset(batch) for batch in epoch} == set(map(frozenset, in_turn)) for epoch in drawn
    ):
        return wrong_order(
            "the same batches, in another order", "shuffles the order of fixed batches"
        )
    if any(epoch != repeats[0] for repeats in epochs.values() for epoch in repeats):
        return wrong_order("two orders from generators of the same seed", "ignores rng")
    if all(epoch == drawn[0] for epoch in drawn):
        return wrong_order("the same order from generators of different seeds", "ignores rng")
    orders = np.array([[i for batch in epoch for i in batch] for epoch in drawn])
    rolled = (np.diff(orders, axis=1) % n == 1).all()
    if rolled or (orders == orders[0]).all(axis=0).any():
        return wrong_order("samples that keep their place or their neighbours", "hardly shuffled")
    return None


def wrong_order(got: str, name: str) -> Difference:
    return Difference("value", "the order of the samples", "a new one from rng", got, "", name)


def _batches_of(n: int, size: int, value: Plain) -> list[Batch] | Difference:
    """The batches of one epoch as tuples of indices, or what is wrong with them."""
    wanted = "a list of index arrays"
    if isinstance(value, np.ndarray) and value.ndim == 1 and value.dtype.kind in "iu":
        name = "not cut into batches" if len(value) == n > size else ""
        name = "only the first batch" if len(value) == size < n else name
        got = f"one array of {len(value)} indices"
        return Difference("type", "", wanted, got, misconception=name)
    if isinstance(value, Foreign):
        return Difference("type", "", wanted, _a(value.type_name))
    if not isinstance(value, list | tuple | np.ndarray):
        return Difference("type", "", wanted, repr(value))
    batches: list[Batch] = []
    for k, batch in enumerate(value):
        array = _as_indices(batch)
        if array is not None and array.size == 0:
            array = np.zeros(0, int)
        if array is None or array.ndim != 1 or array.dtype.kind not in "iu":
            foreign = batch.type_name if isinstance(batch, Foreign) else ""
            got = _a(foreign or type(batch).__name__) if array is None else f"{array.dtype}"
            name = "slices" if foreign == "slice" else ""
            shape = f" of shape {array.shape}" if array is not None else ""
            where = f"batch {k + 1}"
            note = "X[(4, 0)] means row 4, column 0: a batch is an array or a list"
            note = note if isinstance(batch, tuple) else ""
            return Difference("type", where, "whole numbers (n,)", got + shape, note, name)
        batches.append(tuple(int(i) for i in array))
    return _wrong_batches(n, size, batches) or batches


def _a(kind: str) -> str:
    return f"{'an' if kind[0] in 'aeiou' else 'a'} {kind}"


def _as_indices(batch: Plain) -> np.ndarray[Any, Any] | None:
    if isinstance(batch, list) and all(isinstance(i, int | float) for i in batch):
        return np.array(batch)
    return batch if isinstance(batch, np.ndarray) else None


def _wrong_batches(n: int, size: int, batches: list[Batch]) -> Difference | None:
    tried = f"n = {n}, batch_size = {size}"
    flat = [i for batch in batches for i in batch]
    sizes, full = [len(batch) for batch in batches], [size] * (n // size)
    right = full + [n % size] * (n % size > 0)

    def wrong(stage: str, want: object, got: object, note: str, name: str = "") -> Difference:
        return Difference(stage, tried, str(want), str(got), note, name)

    if outside := sorted({i for i in flat if not 0 <= i < n}):
        name = "counts from 1" if set(flat) <= set(range(1, n + 1)) else ""
        return wrong("value", f"indices 0 … {n - 1}", outside[-1], "no such sample", name)
    if sizes == full != right and len(set(flat)) == len(flat):
        note = f"{n - len(flat)} samples are in no batch"
        return wrong(
            "shape", f"sizes {right}", f"sizes {sizes}", note, "drops the short last batch"
        )
    if repeated := sorted({i for i in flat if flat.count(i) > 1}):
        missing = len(set(range(n)) - set(flat))
        note = f"sample {repeated[0]} comes {flat.count(repeated[0])} times; {missing} never come"
        name = _why_repeated(n, size, batches, missing)
        return wrong("value", "every sample once", flat, note, name)
    if absent := sorted(set(range(n)) - set(flat)):
        return wrong("value", "every sample once", flat, f"sample {absent[0]} is in no batch")
    if sizes != right:
        name = ""
        if len(sizes) == size == 1:
            name = ""  # not cut, or cut into batch_size pieces: nobody can tell
        elif len(sizes) == size != len(right) and (size > n or 0 not in sizes):
            name = "batch_size taken for the number of batches"
        elif len(sizes) == 1:
            name = "not cut, in a list"
        elif 0 in sizes:
            name = "an empty batch at the end"
        elif all(batch == tuple(range(batch[0], batch[-1] + 1)) for batch in batches):
            name = "shuffles the order of fixed batches"
        elif max(sizes) - min(sizes) <= 1:
            name = "batches of nearly the same size"
        return wrong("shape", f"sizes {right}", f"sizes {sizes}", "", name)
    return None


def _why_repeated(n: int, size: int, batches: list[Batch], missing: int) -> str:
    """Which mistake makes samples come twice; empty if none that is known."""
    flat = [i for batch in batches for i in batch]
    firsts = [batch[0] for batch in batches if batch]
    if all(len(batch) == size for batch in batches) and sorted(flat[:n]) == list(range(n)):
        return "the last batch filled up"
    in_steps_of_one = [tuple(firsts[k : k + size]) for k in range(n)]
    if size > 1 and sorted(firsts) == list(range(n)) and batches == in_steps_of_one:
        return "overlapping batches"
    return "samples with replacement" if missing else ""


minibatches = Exercise(
    "minibatches",
    reference=descent.minibatches,
    compare=compare_batches,
    hint="Shuffle 0 … n-1 once with rng, then cut the result into pieces of batch_size.",
    minutes=7,
    difficulty=2,
)


@minibatches.cases("every sample once", points=2)
def _(rng: Generator) -> list[Case]:
    sizes = {
        "a short last batch": (10, 4),
        "batches that fit": (6, 2),
        "one batch of all": (5, 5),
        "a batch larger than the data": (4, 9),
        "one sample per batch": (5, 1),
        "a last batch of one": (16, 5),
    }
    # Six draws: whichever batch is the short one, it does not come last each time by luck.
    seeds = [int(seed) for seed in rng.choice(1000, 6, replace=False)]
    return [
        Case(label, tuple(Call((n, size, Rng(seed))) for seed in seeds))
        for label, (n, size) in sizes.items()
    ]


@minibatches.cases("in an order from rng", points=1)
def _(rng: Generator) -> list[Case]:
    seeds = [int(seed) for seed in rng.choice(10_000, 12, replace=False)]
    script = tuple(Call((12, 4, Rng(seed))) for seed in [*seeds, *seeds])
    return [Case("twelve generators, each twice", script)]


@minibatches.misconception(
    "hardly shuffled",
    "Some samples always keep their place or their neighbours. rng has a function that mixes all "
    "of them.",
)
def _(n, batch_size, rng):
    order = np.roll(np.arange(n), rng.integers(n))
    return [order[i : i + batch_size] for i in range(0, n, batch_size)]


@minibatches.misconception(
    "drops the short last batch",
    "The last n mod batch_size samples are in no batch. Keep the short one: no sample should be "
    "left out of an epoch.",
)
def _(n, batch_size, rng):
    order = rng.permutation(n)
    return [order[i * batch_size : (i + 1) * batch_size] for i in range(n // batch_size)]


@minibatches.misconception(
    "shuffles the order of fixed batches",
    "The same samples share a batch in every epoch: you shuffle the batches, or inside them. "
    "Shuffle all the indices first, and cut afterwards.",
)
def _(n, batch_size, rng):
    batches = [np.arange(i, min(i + batch_size, n)) for i in range(0, n, batch_size)]
    return [batches[k] for k in rng.permutation(len(batches))]


@minibatches.misconception(
    "not shuffled",
    "The samples come in their stored order, every time. If they are sorted (by class, say), each "
    "batch sees one corner of the data: shuffle with rng.",
)
def _(n, batch_size, rng):
    return [np.arange(i, min(i + batch_size, n)) for i in range(0, n, batch_size)]


@minibatches.misconception(
    "samples with replacement",
    "You draw each batch from all the samples, so some come twice and others never. Shuffle once "
    "for the whole epoch, and cut.",
)
def _(n, batch_size, rng):
    sizes = [min(batch_size, n - i) for i in range(0, n, batch_size)]
    return [rng.choice(n, size) for size in sizes]


@minibatches.misconception(
    "ignores rng",
    "The order does not come from rng: with np.random (or a generator that you make inside) "
    "nobody can repeat the run. Call a method of the rng you are given.",
)
def _(n, batch_size, rng):
    order = np.random.permutation(n)
    return [order[i : i + batch_size] for i in range(0, n, batch_size)]


@minibatches.misconception(
    "batches of nearly the same size",
    "np.array_split evens the sizes out. Here every batch has batch_size samples, except the last, "
    "which gets what is left.",
)
def _(n, batch_size, rng):
    return np.array_split(rng.permutation(n), -(-n // batch_size))


@minibatches.misconception(
    "an empty batch at the end",
    "When batch_size divides n, an empty batch comes last, and the mean over zero samples is NaN. "
    "Count the batches by rounding up, or step through range(0, n, batch_size).",
)
def _(n, batch_size, rng):
    order = rng.permutation(n)
    return [order[i * batch_size : (i + 1) * batch_size] for i in range(n // batch_size + 1)]


@minibatches.misconception(
    "only the first batch",
    "One batch comes back, and then it ends: a `return` inside the loop leaves it in the first "
    "round. Collect the batches in a list, or use `yield`.",
)
def _(n, batch_size, rng):
    order = rng.permutation(n)
    for i in range(0, n, batch_size):
        return order[i : i + batch_size]


@minibatches.misconception(
    "not cut into batches", "You shuffled; now cut: pieces of batch_size, one after the other."
)
def _(n, batch_size, rng):
    return rng.permutation(n)


@minibatches.misconception(
    "slices",
    "Slices can only name neighbours, so nothing is shuffled: return arrays of indices, such as "
    "order[0:3].",
)
def _(n, batch_size, rng):
    return [slice(i, min(i + batch_size, n)) for i in range(0, n, batch_size)]


@minibatches.misconception(
    "counts from 1", "Your indices run from 1 to n: rows are counted from 0, up to n-1."
)
def _(n, batch_size, rng):
    order = rng.permutation(n) + 1
    return [order[i : i + batch_size] for i in range(0, n, batch_size)]


@minibatches.misconception(
    "the last batch filled up",
    "You fill the last batch up to batch_size with samples that have come before. The last batch "
    "is allowed to be short: every sample comes once.",
)
def _(n, batch_size, rng):
    order = rng.permutation(n)
    count = -(-n // batch_size)
    return list(np.resize(order, count * batch_size).reshape(count, batch_size))


@minibatches.misconception(
    "overlapping batches",
    "Your batches overlap: the next one starts one sample later. It starts where the last one "
    "ended: range(0, n, batch_size).",
)
def _(n, batch_size, rng):
    order = rng.permutation(n)
    return [order[i : i + batch_size] for i in range(n)]


@minibatches.misconception(
    "batch_size taken for the number of batches",
    "You make batch_size batches. batch_size is the number of samples *in* a batch.",
)
def _(n, batch_size, rng):
    return np.array_split(rng.permutation(n), batch_size)


@minibatches.misconception(
    "not cut, in a list",
    "Your list holds one array with all samples: cut that array into pieces of batch_size.",
)
def _(n, batch_size, rng):
    return [rng.permutation(n)]


@minibatches.equivalent("a generator")
def _(n, batch_size, rng):
    order = np.arange(n)
    rng.shuffle(order)
    start = 0
    while start < n:
        yield order[start : start + batch_size]
        start += batch_size


@minibatches.equivalent("np.split at the multiples")
def _(n, batch_size, rng):
    return np.split(np.argsort(rng.random(n)), range(batch_size, n, batch_size))


@minibatches.equivalent("lists, drawn one sample at a time")
def _(n, batch_size, rng):
    left, batches = list(range(n)), []
    while left:
        batch = []
        while left and len(batch) < batch_size:
            batch.append(left.pop(rng.integers(len(left))))
        batches.append(batch)
    return batches


@minibatches.equivalent("a table of rows where it fits")
def _(n, batch_size, rng):
    order = rng.choice(n, n, replace=False)
    if n % batch_size == 0:
        return order.reshape(-1, batch_size)
    return tuple(order[i : i + batch_size] for i in range(0, n, batch_size))


MANY = 5  # samples: of more there are too many orders to try them all
FEW = 8  # with fewer generators, a right answer may well draw the same order from all

# The wrong epochs that can be seen in the result, whatever the order of the samples was.
WRONG = (
    "sum instead of mean",
    "divided by batch_size",
    "divided by the number of all samples",
    "without the 2",
    "uphill",
    "short last batch dropped",
    "one batch only",
    "full gradient each time",
    "gradient at the old w",
    "the first rows only",
    "X and y shuffled separately",
    "batches drawn anew",
)


def _epoch(
    name: str, w: Any, X: Any, y: Any, lr: float, size: int, batches: Sequence[Batch]
) -> Any:
    """The weights after these batches, in this order, with a misconception ("": none)."""
    start = w
    for k, batch in enumerate(batches):
        if (name == "short last batch dropped" and len(batch) < size) or (
            name in ("one batch only", "the first rows only") and k > 0
        ):
            continue
        rows = list(range(len(y))) if name == "full gradient each time" else list(batch)
        at = start if name == "gradient at the old w" else w
        factor = {
            "sum instead of mean": len(rows),
            "divided by batch_size": len(rows) / size,
            "divided by the number of all samples": len(rows) / len(y),
            "without the 2": 0.5,
            "uphill": -1,
        }.get(name, 1)
        w = w - lr * factor * 2 / len(rows) * X[rows].T @ (X[rows] @ at - y[rows])
    return w


@lru_cache
def _orders(n: int, size: int) -> tuple[tuple[Batch, ...], ...]:
    """Every way to cut n samples into batches in turn; the stored order first."""
    cuts = range(0, n, size)
    ways = {
        tuple(tuple(sorted(order[i : i + size])) for i in cuts) for order in permutations(range(n))
    }
    return tuple(sorted(ways))


def _in_turn(case: Case) -> tuple[Batch, ...]:
    """The batches in the stored order."""
    _, _, y, _, size, _ = case.script[0].args
    return tuple(tuple(range(i, min(i + size, len(y)))) for i in range(0, len(y), size))


def _ways(name: str, case: Case) -> tuple[tuple[Batch, ...], ...]:
    """The batches of an epoch, for every order that makes a difference."""
    _, X, y, _, size, _ = case.script[0].args
    if name == "the first rows only" or (X == X[0]).all():
        return (_in_turn(case),)
    return _orders(len(y), size)


@dataclass(frozen=True)
class Epochs(Case):
    """Calls on the same data: only their generators differ.

    Attributes:
        tables: in a class's edition, where each kind of epoch can lead.
    """

    tables: Mapping[str, np.ndarray[Any, Any]] = field(default_factory=dict)

    def ends(self, name: str) -> np.ndarray[Any, Any]:
        """Where a wrong epoch of this kind ("": a right one) can lead: a row for each way."""
        return self.tables[name]


class Computed(Epochs):
    """The same, with the tables made when they are asked for."""

    def ends(self, name: str) -> np.ndarray[Any, Any]:
        if name == "X and y shuffled separately":
            return _with_foreign_targets(self)
        if name == "batches drawn anew":
            return _drawn_anew(self)
        w, X, y, lr, size, _ = self.script[0].args
        return np.array([_epoch(name, w, X, y, lr, size, way) for way in _ways(name, self)])

    def stored(self, misconceptions: Sequence[Version]) -> Case:
        tables = {name: self.ends(name) for name in ("", *WRONG)}
        return Epochs(self.label, self.script, tables=tables)


def _reached(ends: np.ndarray[Any, Any], value: Plain) -> int | None:
    """Which of the ends a result is; None if it is none of them."""
    off = np.abs(ends - np.asarray(value)) > ATOL + RTOL * np.abs(ends)
    (found,) = np.nonzero(~off.any(axis=1))
    return int(found[0]) if found.size else None


def _with_foreign_targets(case: Case) -> np.ndarray[Any, Any]:
    """Where an epoch can lead in which a row may have any target: one row for each pairing.

    The weights after an epoch depend on the targets linearly, so a run for each target is enough.
    """
    w, X, y, lr, size, _ = case.script[0].args
    if len(y) > MANY:
        return np.empty((0, len(w)))
    pairings = y[np.array(list(permutations(range(len(y)))))]
    ends = []
    for way in _ways("", case):
        start = _epoch("", w, X, np.zeros(len(y)), lr, size, way)
        moves = [_epoch("", w, X, unit, lr, size, way) - start for unit in np.eye(len(y))]
        ends.append(start + pairings @ np.array(moves))
    return np.concatenate(ends)


def _drawn_anew(case: Case) -> np.ndarray[Any, Any]:
    """Where an epoch can lead in which each batch is drawn from all samples: one row for each."""
    w, X, y, lr, size, _ = case.script[0].args
    (*before, last) = map(len, _in_turn(case))
    at = w[None, :]
    for k in before:
        at = _steps(at, X, y, lr, k)
    return np.concatenate([_steps(at, X, y, lr, k) for k in sorted({last, min(size, len(y))})])


def _steps(at: np.ndarray[Any, Any], X: Any, y: Any, lr: float, size: int) -> Any:
    """From each of these weights, a step for each batch of this size that can be drawn."""
    if (X == X[0]).all():
        drawn = np.zeros((1, size), int)
    else:
        drawn = np.array(list(combinations_with_replacement(range(len(y)), size)))
    rows, targets = X[drawn], y[drawn]
    errors = np.einsum("bsd,nd->nbs", rows, at) - targets
    slopes = 2 / size * np.einsum("nbs,bsd->nbd", errors, rows)
    return (at[:, None, :] - lr * slopes).reshape(-1, at.shape[1])


def _name_of(case: Epochs, got: Sequence[Outcome]) -> str:
    """The wrong epoch that leads to every result of a case; empty if none does, or several."""
    names = []
    for name in WRONG:
        ends = case.ends(name)
        if all(_reached(ends, outcome.value) is not None for outcome in got):
            names.append(name)
    if "the first rows only" in names and len(_ways("", case)) > 1:
        return "the first rows only"  # which batch it was says more than that it was only one
    return names[0] if len(names) == 1 else ""


def compare_epochs(
    case: Case, expected: Sequence[Outcome], got: Sequence[Outcome]
) -> Difference | None:
    """Every result must belong to some order of the samples; and `rng` alone decides which."""
    for step, outcome in enumerate(got):
        difference = first_difference(expected[step].value, outcome.value)
        if difference is not None and difference.stage != "value":
            return difference
    assert isinstance(case, Epochs)
    ways, ends = _ways("", case), case.ends("")
    reached = [_reached(ends, outcome.value) for outcome in got]
    orders = [ways[index] for index in reached if index is not None]
    if len(orders) < len(reached):
        step = reached.index(None)
        return Difference(
            "value",
            "w after the epoch",
            _text(expected[step].value) if len(ways) == 1 else "",
            _text(got[step].value),
            "no order of the samples leads there",
            _name_of(case, got),
        )
    return _wrong_orders(case, orders)


def _wrong_orders(case: Case, orders: Sequence[tuple[Batch, ...]]) -> Difference | None:
    """What is wrong with the orders of a case with many generators."""
    if len(case.script) < FEW:
        return None
    in_turn = _in_turn(case)
    if all(order == in_turn for order in orders):
        return wrong_order("the stored order, every time", "not shuffled")
    together = len(in_turn[0]) > 1
    if together and all(set(order) == set(in_turn) for order in orders):
        return wrong_order("the same batches, in another order", "fixed batches shuffled")
    by_seed: dict[int, set[Any]] = {}
    for call, order in zip(case.script, orders, strict=True):
        by_seed.setdefault(call.args[5].seed, set()).add(order)
    if len(set(orders)) == 1 or any(len(found) > 1 for found in by_seed.values()):
        return wrong_order("an order that rng does not decide", "ignores rng")
    return None


def _text(weights: Any) -> str:
    return np.array2string(np.asarray(weights), precision=4)


sgd_epoch = Exercise(
    "sgd_epoch",
    reference=descent.sgd_epoch,
    compare=compare_epochs,
    hint="Loop over your minibatches: one gradient on the rows of the batch, at the current w; one "
    "step; next batch.",
    minutes=7,
    difficulty=2,
)


def _draw(rng: Generator, n: int, d: int) -> tuple[Any, Any, Any]:
    X, w = rng.uniform(0.5, 1.5, (n, d)) * rng.choice((-1.0, 1.0), (n, d)), rng.normal(size=d)
    return w, X, X @ rng.normal(size=d) + rng.normal(size=n)


@sgd_epoch.cases("where the order does not matter", points=1)
def _(rng: Generator) -> list[Case]:
    w, X, y = _draw(rng, 4, 2)
    same_X, same_y = np.tile(X[0], (7, 1)), np.full(7, y[0])
    axes, targets = np.diag(rng.uniform(1, 2, 6)), rng.normal(size=6)
    # Batches that are drawn anew divide the six samples among them by luck: once in 37 epochs.
    seeds = [Rng(int(seed)) for seed in rng.choice(1000, 4, replace=False)]
    seed = seeds[0]
    return [
        Computed("one batch of all 4 samples", (Call((w, X, y, 0.1, 4, seed)),)),
        Computed("a batch larger than the data", (Call((w, X, y, 0.1, 10, seed)),)),
        Computed("7 equal samples, batches of 3", (Call((w, same_X, same_y, 0.05, 3, seed)),)),
        Computed(
            "one feature per sample, four generators",
            tuple(Call((np.ones(6), axes, targets, 0.1, 2, s)) for s in seeds),
        ),
    ]


@sgd_epoch.cases("one of the possible results", points=1)
def _(rng: Generator) -> list[Case]:
    seeds = [Rng(int(seed)) for seed in rng.choice(10_000, 3, replace=False)]
    shapes = [("batches of 2, 2 and 1", 5, 2, 2), ("batches of 3 and 2", 5, 3, 3)]
    shapes += [("one sample per batch", 4, 1, 1)]
    return [
        Computed(label, tuple(Call((*data, 0.1, size, seed)) for seed in seeds))
        for label, n, d, size in shapes
        for data in [_draw(rng, n, d)]
    ]


@sgd_epoch.cases("in an order from rng", points=1)
def _(rng: Generator) -> list[Case]:
    # Once in ten million, sixteen right answers all share one pairing of the four samples.
    seeds = [Rng(int(seed)) for seed in rng.choice(10_000, 16, replace=False)]
    four, five = _draw(rng, 4, 2), _draw(rng, 5, 2)
    return [
        Computed("4 samples, sixteen generators", tuple(Call((*four, 0.1, 2, s)) for s in seeds)),
        Computed(
            "5 samples, four generators, each twice",
            tuple(Call((*five, 0.1, 1, s)) for s in [*seeds[:4], *seeds[:4]]),
        ),
    ]


@sgd_epoch.misconception(
    "sum instead of mean",
    "Your step grows with the batch: the gradient of a batch is the *mean* over its samples.",
)
def _(w, X, y, lr, batch_size, rng):
    order = rng.permutation(len(y))
    for i in range(0, len(y), batch_size):
        b = order[i : i + batch_size]
        w = w - lr * 2 * X[b].T @ (X[b] @ w - y[b])
    return w


@sgd_epoch.misconception(
    "divided by batch_size",
    "The short last batch has fewer than batch_size samples: divide by its own length.",
)
def _(w, X, y, lr, batch_size, rng):
    order = rng.permutation(len(y))
    for i in range(0, len(y), batch_size):
        b = order[i : i + batch_size]
        w = w - lr * 2 / batch_size * X[b].T @ (X[b] @ w - y[b])
    return w


@sgd_epoch.misconception(
    "without the 2",
    "Each step is half of what it should be: the gradient of the squared error has a factor 2. "
    "Use your mse_and_gradient.",
)
def _(w, X, y, lr, batch_size, rng):
    order = rng.permutation(len(y))
    for i in range(0, len(y), batch_size):
        b = order[i : i + batch_size]
        w = w - lr / len(b) * X[b].T @ (X[b] @ w - y[b])
    return w


@sgd_epoch.misconception(
    "uphill", "You add the gradient, and so walk uphill: each step subtracts lr·gradient."
)
def _(w, X, y, lr, batch_size, rng):
    order = rng.permutation(len(y))
    for i in range(0, len(y), batch_size):
        b = order[i : i + batch_size]
        w = w + lr * 2 / len(b) * X[b].T @ (X[b] @ w - y[b])
    return w


@sgd_epoch.misconception(
    "short last batch dropped",
    "The samples of the short last batch are never used: an epoch sees every sample once.",
)
def _(w, X, y, lr, batch_size, rng):
    order = rng.permutation(len(y))
    for i in range(0, len(y) - batch_size + 1, batch_size):
        b = order[i : i + batch_size]
        w = w - lr * 2 / len(b) * X[b].T @ (X[b] @ w - y[b])
    return w


@sgd_epoch.misconception(
    "one batch only",
    "You make one step and stop. An epoch is one step for *every* batch: is the `return` inside "
    "the loop?",
)
def _(w, X, y, lr, batch_size, rng):
    b = rng.permutation(len(y))[:batch_size]
    return w - lr * 2 / len(b) * X[b].T @ (X[b] @ w - y[b])


@sgd_epoch.misconception(
    "full gradient each time",
    "Each step uses all of X and y: take the rows of the batch, X[batch] and y[batch].",
)
def _(w, X, y, lr, batch_size, rng):
    for i in range(0, len(y), batch_size):
        w = w - lr * 2 / len(y) * X.T @ (X @ w - y)
    return w


@sgd_epoch.misconception(
    "gradient at the old w",
    "Every gradient is taken at the w from the beginning of the epoch: after a step, go on from "
    "the new w.",
)
def _(w, X, y, lr, batch_size, rng):
    order, start = rng.permutation(len(y)), w
    for i in range(0, len(y), batch_size):
        b = order[i : i + batch_size]
        w = w - lr * 2 / len(b) * X[b].T @ (X[b] @ start - y[b])
    return w


@sgd_epoch.misconception(
    "X and y shuffled separately",
    "The rows of X and the targets in y no longer belong together: draw one order, and use it for "
    "both, X[batch] and y[batch].",
)
def _(w, X, y, lr, batch_size, rng):
    X, y = rng.permutation(X), rng.permutation(y)
    for i in range(0, len(y), batch_size):
        b = slice(i, i + batch_size)
        w = w - lr * 2 / len(y[b]) * X[b].T @ (X[b] @ w - y[b])
    return w


@sgd_epoch.misconception(
    "changes w in place",
    "The numbers are right, but w -= … has changed the caller's weights: write w = w - ….",
)
def _(w, X, y, lr, batch_size, rng):
    order = rng.permutation(len(y))
    for i in range(0, len(y), batch_size):
        b = order[i : i + batch_size]
        w -= lr * 2 / len(b) * X[b].T @ (X[b] @ w - y[b])
    return w


@sgd_epoch.misconception(
    "not shuffled",
    "The batches come in the stored order in every epoch: let minibatches shuffle, with rng.",
)
def _(w, X, y, lr, batch_size, rng):
    for i in range(0, len(y), batch_size):
        b = slice(i, i + batch_size)
        w = w - lr * 2 / len(y[b]) * X[b].T @ (X[b] @ w - y[b])
    return w


@sgd_epoch.misconception(
    "fixed batches shuffled",
    "The same samples share a batch in every epoch: you shuffle the batches, or inside them. "
    "Shuffle the samples, then cut.",
)
def _(w, X, y, lr, batch_size, rng):
    batches = [slice(i, i + batch_size) for i in range(0, len(y), batch_size)]
    for k in rng.permutation(len(batches)):
        b = batches[k]
        w = w - lr * 2 / len(y[b]) * X[b].T @ (X[b] @ w - y[b])
    return w


@sgd_epoch.misconception(
    "ignores rng",
    "The order does not come from rng: pass rng to minibatches, and use neither np.random nor a "
    "generator of your own.",
)
def _(w, X, y, lr, batch_size, rng):
    order = np.random.default_rng(0).permutation(len(y))
    for i in range(0, len(y), batch_size):
        b = order[i : i + batch_size]
        w = w - lr * 2 / len(b) * X[b].T @ (X[b] @ w - y[b])
    return w


@sgd_epoch.misconception(
    "batches drawn anew",
    "You draw each batch from all the samples, so some are used twice and others never. An epoch "
    "is one walk through your minibatches.",
)
def _(w, X, y, lr, batch_size, rng):
    for i in range(0, len(y), batch_size):
        b = rng.choice(len(y), min(batch_size, len(y) - i), replace=False)
        w = w - lr * 2 / len(b) * X[b].T @ (X[b] @ w - y[b])
    return w


@sgd_epoch.misconception(
    "divided by the number of all samples",
    "You divide the gradient of a batch by the number of *all* samples, so the steps are too "
    "short. It is the mean over the batch: divide by len(batch).",
)
def _(w, X, y, lr, batch_size, rng):
    order = rng.permutation(len(y))
    for i in range(0, len(y), batch_size):
        b = order[i : i + batch_size]
        w = w - lr * 2 / len(y) * X[b].T @ (X[b] @ w - y[b])
    return w


@sgd_epoch.misconception(
    "the first rows only",
    "You make one step, and always with the first batch_size rows. In the call of minibatches, are "
    "the arguments in the right order? It is minibatches(n, batch_size, rng): first the number of "
    "samples.",
)
def _(w, X, y, lr, batch_size, rng):
    n, batch_size = batch_size, len(y)
    order = rng.permutation(n)
    for i in range(0, n, batch_size):
        b = order[i : i + batch_size]
        w = w - lr * 2 / len(b) * X[b].T @ (X[b] @ w - y[b])
    return w


@sgd_epoch.misconception(
    "divided by the batch size twice",
    "Your steps are too short by the factor len(batch): the gradient of mse_and_gradient is a mean "
    "already, so do not divide it again.",
)
def _(w, X, y, lr, batch_size, rng):
    order = rng.permutation(len(y))
    for i in range(0, len(y), batch_size):
        b = order[i : i + batch_size]
        w = w - lr / len(b) * 2 / len(b) * X[b].T @ (X[b] @ w - y[b])
    return w


@sgd_epoch.misconception(
    "the loss in the place of the gradient",
    "You subtract lr·loss, the same number from every weight. mse_and_gradient returns the loss "
    "first and the gradient second: take the second.",
)
def _(w, X, y, lr, batch_size, rng):
    order = rng.permutation(len(y))
    for i in range(0, len(y), batch_size):
        b = order[i : i + batch_size]
        w = w - lr * np.mean((X[b] @ w - y[b]) ** 2)
    return w


@sgd_epoch.equivalent("X and y shuffled together")
def _(w, X, y, lr, batch_size, rng):
    order = np.argsort(rng.random(len(y)))
    X, y = X[order], y[order]
    while len(y):
        rows, targets = X[:batch_size], y[:batch_size]
        error = rows @ w - targets
        w = w - lr * np.mean(2 * error[:, None] * rows, axis=0)
        X, y = X[batch_size:], y[batch_size:]
    return w


@sgd_epoch.equivalent("a copy, changed in place")
def _(w, X, y, lr, batch_size, rng):
    order, w = np.arange(len(X)), w.copy()
    rng.shuffle(order)
    for b in np.split(order, range(batch_size, len(X), batch_size)):
        slope = np.zeros(len(w))
        for i in b:
            slope += 2 * (X[i] @ w - y[i]) * X[i] / len(b)
        w -= lr * slope
    return w


@sgd_epoch.equivalent("samples taken out of a hat")
def _(w, X, y, lr, batch_size, rng):
    hat = set(range(len(X)))
    while hat:
        b = rng.choice(sorted(hat), min(batch_size, len(hat)), replace=False)
        hat -= set(b.tolist())
        w = w + lr * 2 / len(b) * (y[b] - X[b] @ w) @ X[b]
    return list(w)
