"""Notebook 02: one epoch of mini-batch steps. Random, so judged by what must hold.

With five samples at most there are few enough orders to try: a right result belongs to one of
them. Which one is rng's affair, not ours.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import lru_cache
from itertools import permutations
from typing import Any

import numpy as np

from autograder.compare import Difference, first_difference
from autograder.drive import Call, Outcome, Plain, Rng
from autograder.exercise import Case, Exercise
from autograder.exercises.minibatches import Batch, Generator, wrong_order
from reference_impl import descent

NOTEBOOK = "02_gradient_descent"

FEW = 8  # generators, below which a right answer may well draw the same order from all

# The wrong epochs that show in the result, whatever the order of the samples was.
WRONG = (
    "sum instead of mean",
    "divided by batch_size",
    "without the 2",
    "uphill",
    "short last batch dropped",
    "one batch only",
    "full gradient each time",
    "gradient at the old w",
    "X and y shuffled separately",
)


def _epoch(
    name: str, w: Any, X: Any, y: Any, lr: float, size: int, batches: Sequence[Batch]
) -> Any:
    """The weights after these batches, in this order, with a misconception ("": none)."""
    start = w
    for k, batch in enumerate(batches):
        if (name == "short last batch dropped" and len(batch) < size) or (
            name == "one batch only" and k > 0
        ):
            continue
        rows = list(range(len(y))) if name == "full gradient each time" else list(batch)
        at = start if name == "gradient at the old w" else w
        factor = {
            "sum instead of mean": len(rows),
            "divided by batch_size": len(rows) / size,
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


def _possible(name: str, case: Case, step: int) -> Iterator[tuple[tuple[Batch, ...], Any]]:
    """Where each order of the samples would lead."""
    w, X, y, lr, size, _ = case.script[step].args
    n = len(y)
    in_turn = tuple(tuple(range(i, min(i + size, n))) for i in range(0, n, size))
    targets = [y]
    if name == "X and y shuffled separately" and n <= 4:
        targets = [y[list(order)] for order in permutations(range(n))]
    for way in (in_turn,) if (X == X[0]).all() else _orders(n, size):
        for ys in targets:
            yield way, _epoch(name, w, X, ys, lr, size, way)


def _order_behind(name: str, case: Case, step: int, value: Plain) -> tuple[Batch, ...] | None:
    for way, weights in _possible(name, case, step):
        if first_difference(weights, value) is None:
            return way
    return None


def compare_epochs(
    case: Case, expected: Sequence[Outcome], got: Sequence[Outcome]
) -> Difference | None:
    """Every result must belong to some order of the samples; and `rng` alone decides which."""
    for step, outcome in enumerate(got):
        difference = first_difference(expected[step].value, outcome.value)
        if difference is not None and difference.stage != "value":
            return difference
    orders = [_order_behind("", case, step, outcome.value) for step, outcome in enumerate(got)]
    if None in orders:
        step = orders.index(None)
        names = [
            name
            for name in WRONG
            if all(_order_behind(name, case, k, o.value) is not None for k, o in enumerate(got))
        ]
        return Difference(
            "value",
            "w after the epoch",
            _text(expected[step].value) if len(list(_possible("", case, step))) == 1 else "",
            _text(got[step].value),
            "no order of the samples leads there",
            names[0] if len(names) == 1 else "",
        )
    if len(case.script) < FEW:
        return None
    in_turn = _orders(len(case.script[0].args[2]), case.script[0].args[4])[0]
    if all(order == in_turn for order in orders):
        return wrong_order("the stored order, every time", "not shuffled")
    together = len(in_turn[0]) > 1
    if together and all(set(order or ()) == set(in_turn) for order in orders):
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
    hint="Loop over your minibatches: one gradient on the rows of the batch, at the w of this "
    "moment; one step; next batch.",
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
    axes, seed = np.diag(rng.uniform(1, 2, 6)), Rng(int(rng.integers(1000)))
    targets = rng.normal(size=6)
    return [
        Case("one batch of all 4 samples", (Call((w, X, y, 0.1, 4, seed)),)),
        Case("a batch larger than the data", (Call((w, X, y, 0.1, 10, seed)),)),
        Case("7 equal samples, batches of 3", (Call((w, same_X, same_y, 0.05, 3, seed)),)),
        Case("a feature a sample", (Call((np.ones(6), axes, targets, 0.1, 2, seed)),)),
    ]


@sgd_epoch.cases("one of the possible results", points=1)
def _(rng: Generator) -> list[Case]:
    seeds = [Rng(int(seed)) for seed in rng.choice(10_000, 3, replace=False)]
    shapes = [("batches of 2, 2 and 1", 5, 2, 2), ("batches of 3 and 2", 5, 3, 3)]
    shapes += [("a sample a batch", 4, 1, 1)]
    return [
        Case(label, tuple(Call((*data, 0.1, size, seed)) for seed in seeds))
        for label, n, d, size in shapes
        for data in [_draw(rng, n, d)]
    ]


@sgd_epoch.cases("in an order from rng", points=1)
def _(rng: Generator) -> list[Case]:
    # Sixteen right answers that all share one pairing of four samples: once in ten million.
    seeds = [Rng(int(seed)) for seed in rng.choice(10_000, 16, replace=False)]
    four, five = _draw(rng, 4, 2), _draw(rng, 5, 2)
    return [
        Case("4 samples, sixteen generators", tuple(Call((*four, 0.1, 2, s)) for s in seeds)),
        Case(
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
    "Every gradient is taken at the w of the epoch's beginning: after a step, go on from the "
    "new w.",
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
    "The order does not come from rng: hand it on to minibatches, and use neither np.random nor "
    "a generator of your own.",
)
def _(w, X, y, lr, batch_size, rng):
    order = np.random.default_rng(0).permutation(len(y))
    for i in range(0, len(y), batch_size):
        b = order[i : i + batch_size]
        w = w - lr * 2 / len(b) * X[b].T @ (X[b] @ w - y[b])
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
