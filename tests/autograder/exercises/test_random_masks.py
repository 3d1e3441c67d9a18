"""Notebook 10's random exercises: other draws than the reference's, right and wrong."""

from __future__ import annotations

import numpy as np
import pytest

from autograder.checking.verdict import assess_here
from autograder.exercises import REGISTRY

MASKS = {v.name: v.message for v in REGISTRY["dropout_mask"].misconceptions}
CROWDS = {v.name: v.message for v in REGISTRY["mc_dropout"].misconceptions}


def verdict(name, answer, seed):
    return assess_here(REGISTRY[name], answer, seed)


def ranks(shape, rng, axis):
    """0, 1, 2, … in random order along an axis."""
    return np.argsort(np.argsort(rng.uniform(size=shape), axis=axis), axis=axis)


WRONG_MASKS = [  # drawn in other ways than the registered versions
    ("keeps the share p", lambda s, p, rng: rng.uniform(0, 2, s) < 2 * p),
    ("one row for all", lambda s, p, rng: rng.uniform(size=s[1:]) > p),
    ("one row for all", lambda s, p, rng: np.repeat(
        rng.uniform(size=(1, *s[1:])) > p, s[0], axis=0)),
    ("one coin for a row", lambda s, p, rng: np.array(
        [np.full(s[1:], rng.uniform() > p) for _ in range(s[0])])),
    ("one coin for all", lambda s, p, rng: rng.uniform() > p),
    ("an exact share", lambda s, p, rng: ranks(np.prod(s), rng, 0).reshape(s) >= p * np.prod(s)),
    ("an exact share", lambda s, p, rng: ranks(s, rng, -1) >= int(p * s[-1])),
    ("already scaled", lambda s, p, rng: np.where(rng.uniform(size=s) > p, 1 / (1 - p), 0)),
    ("not compared", lambda s, p, rng: 1 - rng.uniform(size=s)),
    ("a fair coin", lambda s, p, rng: rng.uniform(size=s) > 0.5),
    ("normal numbers", lambda s, p, rng: -rng.standard_normal(s) > p),
    ("not from rng", lambda s, p, rng: np.random.default_rng().uniform(size=s) > p),
    ("a seed of its own", lambda s, p, rng: np.random.default_rng(42).uniform(size=s) > p),
]  # fmt: skip


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize(("name", "answer"), WRONG_MASKS)
def test_wrong_masks_are_named_whatever_was_drawn(name, answer, seed):
    result = verdict("dropout_mask", answer, seed)
    assert result.points < 3
    assert result.problem.misconception == MASKS[name]


@pytest.mark.parametrize("answer", [np.ones, lambda s: np.zeros(s, bool)])
def test_a_mask_without_chance_is_nobodys_mistake_in_particular(answer):
    result = verdict("dropout_mask", lambda shape, p, rng: answer(shape), 0)
    assert not result.points
    assert result.problem.evidence


def outputs(draw):
    def answer(predict, X, samples, rng):
        predictions = np.stack(draw(predict, X, samples, rng))
        return predictions.mean(axis=0), predictions.std(axis=0)

    return answer


def fresh(seed):
    return np.random.default_rng(seed)


@pytest.mark.parametrize(
    ("name", "draw"),
    [
        ("the same masks each time", lambda f, X, s, rng: [f(X, fresh(7)) for _ in range(s)]),
        ("seeds of its own", lambda f, X, s, rng: [f(X, fresh(3 + k)) for k in range(s)]),
        ("not from rng", lambda f, X, s, rng: [f(X, fresh(None)) for _ in range(s)]),
    ],
)
def test_crowds_that_do_not_use_rng_are_named(name, draw):
    result = verdict("mc_dropout", outputs(draw), 1)
    assert result.points < 3
    assert result.problem.misconception == CROWDS[name]


@pytest.mark.parametrize("rng", [np.random, 0, None])
def test_what_is_no_generator_is_refused_in_words(rng):
    result = verdict("mc_dropout", outputs(lambda f, X, s, _: [f(X, rng) for _ in range(s)]), 1)
    assert "needs a generator" in result.problem.headline


@pytest.mark.parametrize("seed", range(20))
def test_right_answers_pass_whatever_they_draw(seed):
    assert verdict("dropout_mask", lambda s, p, rng: rng.uniform(size=s) > p, seed).passed
    assert verdict("dropout_mask", lambda s, p, rng: rng.binomial(1, 1 - p, s), seed).passed
    children = outputs(lambda f, X, s, rng: [f(X, child) for child in rng.spawn(s)])
    assert verdict("mc_dropout", children, seed).passed
