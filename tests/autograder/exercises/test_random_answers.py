"""Notebook 02's random exercises: other draws than the reference's, right and wrong."""

from __future__ import annotations

import numpy as np
import pytest

from autograder.checking.verdict import assess_here
from autograder.exercises import REGISTRY

BATCHES = {v.name: v.message for v in REGISTRY["minibatches"].misconceptions}
EPOCHS = {v.name: v.message for v in REGISTRY["sgd_epoch"].misconceptions}


def verdict(name, answer, seed):
    return assess_here(REGISTRY[name], answer, seed)


def shuffled(n, rng):
    """Not rng.permutation, which the registered versions use."""
    return np.argsort(rng.random(n))


def cut(order, size):
    return [order[i : i + size] for i in range(0, len(order), size)]


def filled_up(order, size, rng):
    """The short last batch gets any of the samples that have had their turn."""
    *full, last = cut(order, size)
    return [*full, np.append(last, rng.choice(order, size - len(last)))]


WRONG_BATCHES = {
    "drops the short last batch": lambda n, b, rng: cut(shuffled(n, rng)[: n - n % b], b),
    "shuffles the order of fixed batches": lambda n, b, rng: sorted(
        cut(np.arange(n), b), key=lambda _: rng.random()
    ),
    "not shuffled": lambda n, b, rng: (batch.tolist() for batch in cut(np.arange(n), b)),
    "samples with replacement": lambda n, b, rng: [
        rng.integers(n, size=len(part)) for part in cut(np.arange(n), b)
    ],
    "ignores rng": lambda n, b, rng: cut(shuffled(n, np.random.default_rng(7)), b),
    "batches of nearly the same size": lambda n, b, rng: np.array_split(
        shuffled(n, rng), int(np.ceil(n / b))
    ),
    "an empty batch at the end": lambda n, b, rng: (
        cut(shuffled(n, rng), b) + [np.array([])] * (n % b == 0)
    ),
    "only the first batch": lambda n, b, rng: shuffled(n, rng)[:b],
    "not cut into batches": lambda n, b, rng: shuffled(n, rng),
    "counts from 1": lambda n, b, rng: cut(shuffled(n, rng) + 1, b),
    "the last batch filled up": lambda n, b, rng: filled_up(shuffled(n, rng), b, rng),
    "overlapping batches": lambda n, b, rng: (
        order[i : i + b] for order in [shuffled(n, rng)] for i in range(n)
    ),
    "batch_size taken for the number of batches": lambda n, b, rng: [
        shuffled(n, rng)[:0] if k >= n else order[k::b]
        for order in [shuffled(n, rng)]
        for k in range(b)
    ],
    "not cut, in a list": lambda n, b, rng: (shuffled(n, rng),),
}


@pytest.mark.parametrize("seed", [0, 1, 2])
@pytest.mark.parametrize("name", WRONG_BATCHES)
def test_wrong_batches_are_named_whatever_was_drawn(name, seed):
    result = verdict("minibatches", WRONG_BATCHES[name], seed)
    assert result.points < 3
    assert result.problem.misconception == BATCHES[name]


DRAWN = np.random.default_rng(5)


def epoch(factor=lambda rows, size: 1.0, *, keep=lambda parts, size: parts, old=False):
    def function(w, X, y, lr, batch_size, rng):
        start = w
        for rows in keep(cut(shuffled(len(X), rng), batch_size), batch_size):
            at = start if old else w
            slope = 2 * X[rows].T @ (X[rows] @ at - y[rows]) / len(rows)
            w = w - lr * slope * factor(rows, batch_size)
        return w

    return function


WRONG_EPOCHS = {
    "sum instead of mean": epoch(lambda rows, size: len(rows)),
    "divided by batch_size": epoch(lambda rows, size: len(rows) / size),
    "without the 2": epoch(lambda rows, size: 0.5),
    "uphill": epoch(lambda rows, size: -1.0),
    "short last batch dropped": epoch(
        keep=lambda parts, size: [p for p in parts if len(p) == size]
    ),
    "one batch only": epoch(keep=lambda parts, size: parts[:1]),
    "divided by the number of all samples": lambda w, X, y, lr, size, rng: epoch(
        lambda rows, size: len(rows) / len(y)
    )(w, X, y, lr, size, rng),
    "batches drawn anew": epoch(
        keep=lambda parts, size: [DRAWN.choice(np.concatenate(parts), len(p)) for p in parts]
    ),
    "the first rows only": epoch(keep=lambda parts, size: [range(len(parts[0]))]),
    "gradient at the old w": epoch(old=True),
    "X and y shuffled separately": lambda w, X, y, lr, size, rng: epoch()(
        w, X, y[shuffled(len(y), rng)], lr, size, rng
    ),
    "not shuffled": epoch(keep=lambda parts, size: cut(np.arange(sum(map(len, parts))), size)),
    "ignores rng": epoch(
        keep=lambda parts, size: cut(
            shuffled(sum(map(len, parts)), np.random.default_rng(11)), size
        )
    ),
}


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_a_new_order_for_every_batch_is_drawing_with_replacement(seed):
    result = verdict(
        "minibatches", lambda n, b, rng: [shuffled(n, rng)[i : i + b] for i in range(0, n, b)], seed
    )
    assert result.problem.misconception == BATCHES["samples with replacement"]


def test_swapped_arguments_of_minibatches_are_no_return_inside_the_loop():
    cut_up = REGISTRY["minibatches"].reference

    def answer(w, X, y, lr, batch_size, rng):
        for rows in cut_up(batch_size, len(X), rng):
            w = w - lr * 2 / len(rows) * X[rows].T @ (X[rows] @ w - y[rows])
        return w

    for seed in range(3):
        result = verdict("sgd_epoch", answer, seed)
        assert result.problem.misconception == EPOCHS["the first rows only"]


@pytest.mark.parametrize("seed", [0, 1, 2])
@pytest.mark.parametrize("name", WRONG_EPOCHS)
def test_wrong_epochs_are_named_whatever_was_drawn(name, seed):
    result = verdict("sgd_epoch", WRONG_EPOCHS[name], seed)
    assert result.points < 3
    assert result.problem.misconception == EPOCHS[name]


@pytest.mark.parametrize("seed", range(20))
def test_right_answers_pass_whatever_they_draw(seed):
    assert verdict("sgd_epoch", epoch(), seed).passed
    assert verdict("minibatches", lambda n, b, rng: cut(shuffled(n, rng), b), seed).passed
    assert verdict("minibatches", REGISTRY["minibatches"].reference, seed).passed
    assert verdict("sgd_epoch", REGISTRY["sgd_epoch"].reference, seed).passed


@pytest.mark.parametrize(
    "answer",
    [
        lambda n, b, rng: np.full((2, 2), "x"),
        lambda n, b, rng: [[1, [2]], 3],
        lambda n, b, rng: [np.zeros((1, 3), int)],
        lambda n, b, rng: [{}],
        lambda n, b, rng: [tuple(p.tolist()) for p in cut(shuffled(n, rng), b)],
        lambda n, b, rng: [p.astype(float) for p in cut(shuffled(n, rng), b)],
        lambda n, b, rng: [np.isin(np.arange(n), p) for p in cut(shuffled(n, rng), b)],
        lambda n, b, rng: [],
        lambda n, b, rng: 3,
    ],
)
def test_what_is_no_list_of_index_arrays_is_refused_in_words(answer):
    result = verdict("minibatches", answer, 0)
    assert not result.points
    assert result.problem.evidence
