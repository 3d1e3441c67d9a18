"""A model of handwritten digits, graded on digits that were held back.

What counts is how many it gets right. The labels of the digits held back stay on the side of the
comparison; the student's code never gets them. One training answers for all three levels.
"""

from __future__ import annotations

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
from reference_impl.datasets import stratified_split

HELD_BACK = 360  # of the 1,797
ALONE = 5  # of them are also shown one at a time
NO_ORACLES: dict[str, Any] = {}


@dataclass(frozen=True)
class Exam(Case):
    """The calls, with the share that must be right and the labels that decide it."""

    bar: float = 0.0
    labels: tuple[int, ...] = ()
    one_by_one: bool = False


def kernel_ridge(X: Any, labels: Any, rng: Any) -> Any:
    """It stands in for a network: it trains at once, and is right about as often.

    The check needs a right answer only to compare the form of other answers with it. The
    reference's own network takes some seconds, and every student would wait for them.
    """
    largest = np.max(X)
    inputs = X / largest

    def similar(A: Any) -> Any:
        squares = (A**2).sum(axis=1)[:, None] + (inputs**2).sum(axis=1) - 2 * A @ inputs.T
        return np.exp(-0.1 * squares)

    targets = np.eye(10)[labels]
    weights = np.linalg.solve(similar(inputs) + 0.01 * np.eye(len(inputs)), targets)
    return lambda X: (similar(X / largest) @ weights).argmax(axis=1)


@lru_cache(maxsize=8)
def _exam(seed: int) -> tuple[tuple[Call, ...], tuple[int, ...]]:
    """The calls and the true labels, for one way to hold digits back.

    Every way is equally hard: the digits whose nearest neighbour is of another class are divided in
    the same proportion, like the classes.
    """
    from sklearn.datasets import load_digits

    X, labels = load_digits(return_X_y=True)
    rng = np.random.default_rng(seed)
    strata = 2 * labels + _odd(X, labels)
    learn, held = stratified_split(strata, HELD_BACK, rng)
    calls = [Call((X[learn], labels[learn], Seed(int(rng.integers(10_000)))))]
    shown = _inked_anew(X[held], rng)
    calls += [Call((shown,), method="__call__")]
    calls += [Call((shown[i : i + 1],), method="__call__") for i in range(ALONE)]
    return tuple(calls), tuple(int(label) for label in labels[held])


def held_back(seed: int) -> Any:
    """The images on which the exam of a seed is based, as they are in scikit-learn's data."""
    from sklearn.datasets import load_digits

    X, labels = load_digits(return_X_y=True)
    _, held = stratified_split(2 * labels + _odd(X, labels), HELD_BACK, np.random.default_rng(seed))
    return X[held]


def _inked_anew(X: Any, rng: Any) -> Any:
    """The images with a little more or less ink in each pixel that has some.

    A table of the images that somebody brings along finds none of these in it. A model is as often
    right as before.
    """
    return np.clip(X + rng.integers(-1, 2, X.shape) * (X > 0), 0, 16)


def _odd(X: Any, labels: Any) -> Any:
    """Which digits have a nearest neighbour of another class."""
    squares = (X**2).sum(axis=1)
    distances = squares[:, None] + squares - 2 * X @ X.T
    np.fill_diagonal(distances, np.inf)
    return labels[distances.argmin(axis=1)] != labels


def compare_predictions(
    case: Case, expected: Sequence[Outcome], got: Sequence[Outcome]
) -> Difference | None:
    """Form, then how many are right, then whether an answer depends on the other images."""
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
    reached = float(np.mean(answers[0] == labels))
    if reached < case.bar:
        return _too_few(case.bar, reached, answers[0], labels)
    alone = np.concatenate(answers[1:])
    if case.one_by_one and np.mean(alone == answers[0][:ALONE]) < 0.7:
        return Difference(
            "value",
            "the first digits, shown one at a time",
            "the same answers",
            f"{int(np.sum(alone != answers[0][:ALONE]))} of {ALONE} get another answer",
            "",
            "scaled by what it predicts",
        )
    return None


def _form(right: Any, answer: Any) -> Difference | None:
    found = first_difference(right, answer, where="predict(X)")
    if found is None or found.stage == "value":
        return None
    scores = found.stage == "shape" and np.shape(answer) == (len(right), 10)
    one = found.stage == "shape" and np.ndim(answer) == 0 and len(right) > 1
    name = "scores instead of digits" if scores else "one digit for all" if one else ""
    where = "predict(X), shown one image" if len(right) == 1 else found.where
    return Difference(found.stage, where, found.expected, found.got, found.note, name)


def _too_few(bar: float, reached: float, answer: Any, labels: Any) -> Difference:
    note = name = ""
    if reached < 0.02:
        name = "the least likely digit"  # who guesses has 10 % right
    elif len(np.unique(answer)) == 1:
        note = f"predict answers {answer[0]} to every image"
    elif reached < 0.2:
        note = (
            "that is no better than guessing: do images and labels still belong together, and does "
            "predict treat X as the training did?"
        )
    elif reached < 0.85:
        note = "the network has learned something: did its training loss come down?"
    expected = f"at least {bar:.1%} right"
    got = f"{reached:.1%}, {int(np.sum(answer != labels))} of {len(labels)} mistaken"
    return Difference("value", "the held-back digits", expected, got, note, name)


digits_model = Exercise(
    "digits_model",
    reference=kernel_ridge,
    outputs=("predict",),
    compare=compare_predictions,
    minutes=25,
    difficulty=4,
    hint="Scale X, build a network, train it, and return a function that scales in the same way "
    "and takes the argmax of the logits. Then hold back some of X and see what helps: more epochs, "
    "a wider layer, a small lr at the end, images moved a little, several networks that vote.",
)


def _level(bar: float, one_by_one: bool = False) -> Any:
    def make(rng: Rng) -> list[Case]:
        # One seed for all groups, so that one training answers for all: the first of [seed, group].
        entropy = np.atleast_1d(rng.bit_generator.seed_seq.entropy)  # type: ignore[attr-defined]
        script, labels = _exam(int(entropy[0]))
        label = f"{len(labels)} digits that your model has not seen"
        return [Exam(label, script, NO_ORACLES, bar, labels, one_by_one)]

    return make


digits_model.cases("93 % of the held-back digits", points=2)(_level(0.93))
digits_model.cases("95 % of them", points=2)(_level(0.95))
digits_model.cases("96.5 % of them, also one at a time", points=2)(_level(0.965, True))


# ------------------------------------------------------------------------ how it goes wrong
@digits_model.misconception(
    "scores instead of digits",
    "predict returns ten numbers for each image. It should return the digit: the index of the "
    "largest, argmax along the row.",
)
def _(X, labels, rng):
    means = np.array([X[labels == k].mean(axis=0) for k in range(10)])
    return lambda X: X @ means.T


@digits_model.misconception(
    "one digit for all",
    "predict returns one number for all images: argmax without an axis looks for the largest of "
    "the whole table. axis=1 gives one for each row.",
)
def _(X, labels, rng):
    means = np.array([X[labels == k].mean(axis=0) for k in range(10)])
    return lambda X: int(np.argmax(X @ means.T)) % 10


@digits_model.misconception(
    "always the same answer",
    "Every image gets the same answer. Is predict using the trained network, and does the training "
    "loss fall at all?",
)
def _(X, labels, rng):
    most = np.bincount(labels).argmax()
    return lambda X: np.full(len(X), most)


@digits_model.misconception(
    "the least likely digit",
    "Almost no answer is right, which is much worse than guessing: predict knows the digits, and "
    "takes the wrong end. The class is that of the *largest* logit (argmax) or of the smallest "
    "distance (argmin).",
)
def _(X, labels, rng):
    means = np.array([X[labels == k].mean(axis=0) for k in range(10)])
    return lambda A: ((A[:, None] - means) ** 2).sum(axis=2).argmax(axis=1)


@digits_model.misconception(
    "images and labels shuffled apart",
    "It does no better than guessing, as if images and labels had been shuffled apart: shuffle "
    "both in the same order.",
)
def _(X, labels, rng):
    apart = labels[rng.permutation(len(labels))]
    means = np.array([X[apart == k].mean(axis=0) for k in range(10)])
    return lambda A: ((A[:, None] - means) ** 2).sum(axis=2).argmin(axis=1)


@digits_model.misconception(
    "no training: the mean of each class",
    "You compare with the mean image of each digit. That is a good first try, and it reaches about "
    "90 %: people write each digit in several ways.",
)
def _(X, labels, rng):
    means = np.array([X[labels == k].mean(axis=0) for k in range(10)])
    return lambda A: ((A[:, None] - means) ** 2).sum(axis=2).argmin(axis=1)


@digits_model.misconception(
    "scaled by what it predicts",
    "predict scales by the images that it is shown. Then the answer to one image depends on the "
    "other images: keep the mean and the scale of the training images, and use those.",
)
def _(X, labels, rng):
    def scaled(A):
        return (A - A.mean(axis=0)) / (A.std() + 1e-9)

    inputs = scaled(X)

    def predict(A):
        A = scaled(A)
        distances = (A**2).sum(axis=1)[:, None] + (inputs**2).sum(axis=1) - 2 * A @ inputs.T
        return labels[distances.argmin(axis=1)]

    return predict


# -------------------------------------------------------------------------------- right ones
@digits_model.equivalent("the nearest three, voting; a list of digits")
def _(X, labels, rng):
    def predict(A):
        digits = []
        for image in A:
            near = np.argsort(((X - image) ** 2).sum(axis=1))[:3]
            votes = np.bincount(labels[near], minlength=10)
            digits.append(int(labels[near[0]]) if votes.max() == 1 else int(votes.argmax()))
        return digits

    return predict


@digits_model.equivalent("kernel ridge regression in a class")
def _(X, labels, rng):
    class Model:
        def __init__(self):
            self.weights = np.linalg.solve(self.near(X) + 0.02 * np.eye(len(X)), np.eye(10)[labels])

        def near(self, A):
            squares = (A**2).sum(axis=1)[:, None] + (X**2).sum(axis=1) - 2 * A @ X.T
            return np.exp(-squares / 2000)

        def __call__(self, A):
            return (self.near(np.asarray(A)) @ self.weights).argmax(axis=1).astype(float)

    return Model()
