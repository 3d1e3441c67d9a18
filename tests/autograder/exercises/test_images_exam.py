"""Notebook 12's exam: what it shows, who passes it, and what earns nothing there."""

from __future__ import annotations

import numpy as np
import pytest

from autograder.checking.answer_key import PUBLIC_SEED, answer_key, draw_cases
from autograder.checking.verdict import assess_here
from autograder.exercises import REGISTRY
from autograder.exercises.training.images import BARS, DRAWS, HELD_OUT, held_out
from reference_impl.augmentation import PATCH
from reference_impl.experiments import images_stored
from reference_impl.experiments.exam import SEEDS, WAYS, WITHOUT_TRAINING, drawn, reached
from reference_impl.experiments.exam_stored import ROWS
from reference_impl.handwritten import mnist5k
from reference_impl.mlp_training import images_model

EXAM = REGISTRY["images_model"]
LEARNED = dict(images_stored.ROWS)


def points(model, seed=PUBLIC_SEED):
    return assess_here(EXAM, model, seed).points


def exam(seed):
    """(X, labels) to learn from, what each draw shows, and the true labels."""
    [case] = draw_cases(EXAM, seed)[0]
    X, labels, _ = case.script[0].args
    shown = [call.args[0] for call in case.script[1 : 1 + DRAWS]]
    return X, labels, shown, np.array(case.labels)


def right_about(share):
    """A model that knows all answers, and gives this share of them."""
    right = np.arange(HELD_OUT) < HELD_OUT * share
    spoiled = {image.tobytes() for images in exam(PUBLIC_SEED)[2] for image in images[~right]}

    def model(X, labels, rng):
        known = EXAM.reference(X, labels, rng)
        return lambda images: (known(images) + [x.tobytes() in spoiled for x in images]) % 10

    return model


def test_the_references_network_passes_its_exam():
    assert points(images_model) == EXAM.points


def test_one_training_answers_for_all_three_bars():
    trained = []

    def model(X, labels, rng):
        trained.append(X)
        return EXAM.reference(X, labels, rng)

    assert points(model) == EXAM.points
    assert len(trained) == 1


@pytest.mark.parametrize("passed", range(len(BARS) + 1))
def test_the_bars_are_where_they_are_said_to_be(passed):
    """A model that gives too few right answers for the next bar."""
    verdict = assess_here(EXAM, right_about((*BARS, 1.01)[passed] - 0.005), PUBLIC_SEED)
    assert verdict.points == 2 * passed
    assert passed == len(BARS) or "more epochs" in dict(verdict.problem.evidence)["note"]


@pytest.mark.parametrize(("name", "asked"), [("no augmentation", True), ("base", False)])
def test_only_who_did_not_learn_from_changed_images_is_asked_whether(name, asked):
    """The share decides what is asked; here it is that of stored networks."""
    for share in LEARNED[name]:
        verdict = assess_here(EXAM, right_about(share), PUBLIC_SEED)
        assert ("did it learn from" in dict(verdict.problem.evidence)["note"]) == asked


@pytest.mark.parametrize("seed", [PUBLIC_SEED, 7])
def test_a_table_of_all_images_earns_nothing(seed):
    """Picture → label, brought along: whole pictures, or as many bits as tell them all apart."""
    data = mnist5k(test_size=1)
    images = np.rint(255 * data.X).astype(np.float32)

    def model(shortened):
        known = dict(zip(map(shortened, images), data.labels, strict=True))
        return lambda X, labels, rng: lambda X: [int(known.get(shortened(x), 0)) for x in X]

    for shortened in (lambda x: x.tobytes(), lambda x: (x > x.mean()).tobytes()):
        assert len(set(map(shortened, images))) > 4900
        assert points(model(shortened), seed) == 0


def test_what_is_shown_is_moved_and_partly_covered_and_drawn_anew():
    _, _, shown, _ = exam(7)
    wide = np.pad(held_out(7).reshape(-1, 28, 28), ((0, 0), (3, 3), (3, 3)))
    moves = [wide[:, i : i + 28, j : j + 28].reshape(-1, 784) for i in range(7) for j in range(7)]
    same = np.array([[(image == move).sum(axis=1) for move in moves] for image in shown])
    covered = 784 - same.max(axis=1)
    assert 100 < np.median(covered) <= covered.max() == PATCH**2
    assert len({images.tobytes() for images in shown}) == DRAWS
    assert len(np.unique(same.argmax(axis=1))) == len(moves)


def test_neither_the_images_to_learn_from_nor_the_calls_hold_an_answer():
    [case] = answer_key(EXAM).cases[0]
    X, labels, _ = case.script[0].args
    learned = {image.tobytes() for image in X}
    assert len(labels) == len(X) == 5000 - HELD_OUT
    assert not learned & {image.tobytes() for image in held_out(PUBLIC_SEED)}
    assert not learned & {image.tobytes() for call in case.script[1:] for image in call.args[0]}


# ------------------------------------------------- what the stored runs of many exams say
STORED = dict(ROWS)


def test_every_way_is_stored_with_every_seed():
    assert list(STORED) == list(WAYS)
    assert {way: len(STORED[way]) for way in WAYS} == {way: len(SEEDS[way]) for way in WAYS}
    assert min(map(len, STORED.values())) >= 20


def test_the_stored_runs_are_of_this_exam():
    X, labels, shown, truth = exam(7)
    again = drawn(7)
    np.testing.assert_array_equal(np.rint(255 * again.X), X)
    np.testing.assert_array_equal(again.labels, labels)
    np.testing.assert_array_equal([np.rint(255 * images) for images in again.shown], shown)
    np.testing.assert_array_equal(again.truth, truth)


@pytest.mark.parametrize("way", WITHOUT_TRAINING)
def test_what_does_not_train_stays_below_the_first_bar_on_every_seed(way):
    assert max(STORED[way]) < BARS[0]


def test_the_network_passes_the_last_bar_on_every_seed():
    """And it is not near: the gap is more than three spreads wide."""
    shares = np.array(STORED["network"])
    assert shares.min() > BARS[-1]
    assert shares.mean() - 3 * shares.std() > BARS[-1]


@pytest.mark.parametrize("way", ["nearest neighbour", "patch found by hand"])
def test_a_stored_share_is_what_the_script_computes(way):
    """Another processor may round otherwise, so that a few of the images have another nearest."""
    assert reached(way, 3) == pytest.approx(STORED[way][3], abs=0.01)
