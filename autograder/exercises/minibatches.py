"""Notebook 02: the mini-batches of an epoch. Random, so judged by what must hold.

Whoever draws the order another way than the reference gets other batches, and is right. So the
comparison asks what must hold of *any* right answer, and names a misconception by its traces.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from autograder.compare import Difference
from autograder.drive import Call, Foreign, Outcome, Plain, Rng
from autograder.exercise import Case, Exercise
from reference_impl import descent

NOTEBOOK = "02_gradient_descent"

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
    if len(epochs) == 1:
        return None
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
        return Difference("type", "", wanted, f"a {value.type_name}")
    if not isinstance(value, list | tuple | np.ndarray):
        return Difference("type", "", wanted, repr(value))
    batches: list[Batch] = []
    for k, batch in enumerate(value):
        array = _as_indices(batch)
        if array is not None and array.size == 0:
            array = np.zeros(0, int)
        if array is None or array.ndim != 1 or array.dtype.kind not in "iu":
            foreign = batch.type_name if isinstance(batch, Foreign) else ""
            got = f"a {foreign or type(batch).__name__}" if array is None else f"{array.dtype}"
            name = "slices" if foreign == "slice" else ""
            shape = f" of shape {array.shape}" if array is not None else ""
            where = f"batch {k + 1}"
            note = "X[(4, 0)] means row 4, column 0: a batch is an array or a list"
            note = note if isinstance(batch, tuple) else ""
            return Difference("type", where, "whole numbers (n,)", got + shape, note, name)
        batches.append(tuple(int(i) for i in array))
    return _wrong_batches(n, size, batches) or batches


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
        return wrong("value", "every sample once", flat, note, "samples with replacement")
    if absent := sorted(set(range(n)) - set(flat)):
        return wrong("value", "every sample once", flat, f"sample {absent[0]} is in no batch")
    if sizes != right:
        name = ""
        if 0 in sizes:
            name = "an empty batch at the end"
        elif all(batch == tuple(range(batch[0], batch[-1] + 1)) for batch in batches):
            name = "shuffles the order of fixed batches"
        elif max(sizes) - min(sizes) <= 1:
            name = "batches of nearly the same size"
        return wrong("shape", f"sizes {right}", f"sizes {sizes}", "", name)
    return None


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
        "a short last batch": (7, 3),
        "batches that fit": (6, 2),
        "one batch of all": (5, 5),
        "a batch larger than the data": (4, 9),
        "one sample a batch": (5, 1),
        "a last batch of one": (16, 5),
    }
    seed = int(rng.integers(1000))
    return [
        Case(label, tuple(Call((n, size, Rng(seed))) for _ in range(2)))
        for label, (n, size) in sizes.items()
    ]


@minibatches.cases("in an order from rng", points=1)
def _(rng: Generator) -> list[Case]:
    seeds = [int(seed) for seed in rng.choice(10_000, 12, replace=False)]
    script = tuple(Call((12, 4, Rng(seed))) for seed in [*seeds, *seeds])
    return [Case("twelve generators, each twice", script)]


@minibatches.misconception(
    "hardly shuffled",
    "Some samples always keep their place or their neighbours. rng has a function that mixes all.",
)
def _(n, batch_size, rng):
    order = np.roll(np.arange(n), rng.integers(n))
    return [order[i : i + batch_size] for i in range(0, n, batch_size)]


@minibatches.misconception(
    "drops the short last batch",
    "The last n mod batch_size samples are in no batch. Keep the short one: nobody should be left "
    "out of an epoch.",
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
    "Each batch is drawn anew from all the samples, so some come twice and others never. Shuffle "
    "once for the whole epoch, and cut.",
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
    "When batch_size divides n, an empty batch comes last, and the mean over no sample is NaN. "
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
