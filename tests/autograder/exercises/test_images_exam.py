"""Notebook 12's exam: what it shows, who passes it, and what earns nothing there."""

from __future__ import annotations

import numpy as np
import pytest

from autograder.checking.answer_key import PUBLIC_SEED, answer_key, draw_cases
from autograder.checking.verdict import assess_here
from autograder.exercises import REGISTRY
from autograder.exercises.training.images import BARS, DRAWS, HELD_OUT, held_out
from reference_impl.handwritten import mnist5k
from reference_impl.mlp_training import images_model

EXAM = REGISTRY["images_model"]


def points(model, seed=PUBLIC_SEED):
    return assess_here(EXAM, model, seed).points


def exam(seed):
    """(X, labels) to learn from, what each draw shows, and the true labels."""
    [case] = draw_cases(EXAM, seed)[0]
    X, labels, _ = case.script[0].args
    shown = [call.args[0] for call in case.script[1 : 1 + DRAWS]]
    return X, labels, shown, np.array(case.labels)


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
    """A model that knows the answers, and gives too few of them right for the next bar."""
    share = (*BARS, 1.01)[passed] - 0.005
    right = np.arange(HELD_OUT) < HELD_OUT * share
    spoiled = {image.tobytes() for images in exam(PUBLIC_SEED)[2] for image in images[~right]}

    def model(X, labels, rng):
        known = EXAM.reference(X, labels, rng)
        return lambda images: (known(images) + [x.tobytes() in spoiled for x in images]) % 10

    assert points(model) == 2 * passed


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
    assert 100 < np.median(covered) <= covered.max() == 2 * 8 * 8
    assert len({images.tobytes() for images in shown}) == DRAWS
    assert len(np.unique(same.argmax(axis=1))) == len(moves)


def test_neither_the_images_to_learn_from_nor_the_calls_hold_an_answer():
    [case] = answer_key(EXAM).cases[0]
    X, labels, _ = case.script[0].args
    learned = {image.tobytes() for image in X}
    assert len(labels) == len(X) == 5000 - HELD_OUT
    assert not learned & {image.tobytes() for image in held_out(PUBLIC_SEED)}
    assert not learned & {image.tobytes() for call in case.script[1:] for image in call.args[0]}


# -------------------------------------------------------------- what does not train earns nothing
def copies(X, labels, moves):
    """The images moved by up to three pixels, each in all of these moves squared."""
    wide = np.pad(X.reshape(-1, 28, 28), ((0, 0), (3, 3), (3, 3)))
    moved = [wide[:, i : i + 28, j : j + 28].reshape(len(X), -1) for i in moves for j in moves]
    return np.concatenate(moved), np.tile(labels, len(moved))


def nearest(known, labels, asked, k):
    """The vote of the k nearest."""
    distances = (known**2).sum(axis=1) - 2 * asked @ known.T
    near = labels[np.argpartition(distances, k, axis=1)[:, :k]]
    return np.array([np.bincount(row, minlength=10).argmax() for row in near])


def centred(X):
    """The images with their centre of mass in the middle."""
    images, middle = X.reshape(-1, 28, 28), np.arange(28)
    rows = np.rint(13.5 - images.sum(axis=2) @ middle / images.sum(axis=(1, 2))).astype(int)
    columns = np.rint(13.5 - images.sum(axis=1) @ middle / images.sum(axis=(1, 2))).astype(int)
    rolled = [np.roll(x, (i, j), (0, 1)) for x, i, j in zip(images, rows, columns, strict=True)]
    return np.array(rolled).reshape(len(X), -1)


def by_crops(known, labels, asked, side, limit):
    """Nine crops of an image, each with the nearest same crop of each class; far ones are cut."""
    order = np.argsort(labels, kind="stable")
    known, starts = known[order], np.searchsorted(labels[order], np.arange(10))
    total = np.zeros((len(asked), 10))
    corners = np.linspace(0, 28 - side, 3).astype(int)
    for i in corners:
        for j in corners:
            a, b = (
                images.reshape(-1, 28, 28)[:, i : i + side, j : j + side].reshape(len(images), -1)
                for images in (asked, known)
            )
            distances = np.minimum.reduceat((b**2).sum(axis=1) - 2 * a @ b.T, starts, axis=1)
            far = distances - distances.min(axis=1, keepdims=True)
            total += np.minimum(far, limit)
    return total.argmin(axis=1)


def test_what_does_not_train_stays_below_the_first_bar():
    """Nearest neighbours plain, centred and on moved copies, and a table of crops."""
    X, labels, shown, truth = exam(11)
    some = np.random.default_rng(0).permutation(HELD_OUT)[:400]
    X, asked, truth = X / 255, shown[0][some] / 255, truth[some]
    known, classes = copies(X, labels, (0, 2, 4, 6))
    reached = {
        "plain": nearest(X, labels, asked, 1),
        "centred": nearest(centred(X), labels, centred(asked), 1),
        "on copies": nearest(known, classes, asked, 9),
        "crops": by_crops(known, classes, asked, 14, limit=4.0),
    }
    shares = {name: np.mean(answers == truth) for name, answers in reached.items()}
    assert max(shares.values()) < BARS[0], shares
