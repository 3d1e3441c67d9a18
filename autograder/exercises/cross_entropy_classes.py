"""Notebook 06: the cross-entropy of many classes."""

from __future__ import annotations

import numpy as np

from autograder.exercise import Case, Exercise
from autograder.exercises._cases import Rng, call
from autograder.exercises.cross_entropy import compare_large
from reference_impl import losses as reference

NOTEBOOK = "06_losses_and_backprop"


def _classes(rng: Rng, label: str, n: int, k: int) -> Case:
    """Neighbours have different labels, and labels repeat where n > k."""
    labels = (rng.integers(k) + np.arange(n)) % k
    return call(label, labels, rng.uniform(-3, 3, (n, k)))


LEVELS = np.array([[1000.0, 1002.0, 999.0], [-1000.0, -1001.0, -997.0]])

# ------------------------------------------------------------------------------- the loss
cross_entropy = Exercise(
    "cross_entropy",
    reference=reference.cross_entropy,
    minutes=14,
    difficulty=4,
    compare=compare_large,
    hint="Subtract each row's largest logit, then log P = z - log Σ e^z; pick the label's column "
    "in each row, average, and change the sign.",
)


@cross_entropy.cases("moderate logits", points=1)
def _(rng: Rng) -> list[Case]:
    return [
        call("one sample, logits 2, 1, 0", np.array([0]), np.array([[2.0, 1.0, 0.0]])),
        _classes(rng, "7 samples, 3 classes", 7, 3),
        _classes(rng, "2 samples, 5 classes", 2, 5),
        _classes(rng, "4 samples, 4 classes", 4, 4),
    ]


@cross_entropy.cases("logits up to 1000", points=2)
def _(rng: Rng) -> list[Case]:
    far = np.array([[1000.0, 0.0, -1000.0]])
    return [
        call("certain, and wrong", np.array([2]), far),
        call(
            "one certain and right, one certain and wrong", np.array([0, 1]), np.tile(far, (2, 1))
        ),
        call("a row near 1000, a row near -1000", np.array([1, 0]), LEVELS),
    ]


@cross_entropy.misconception(
    "log of 0",
    "Right for small logits. For large ones a probability has become exactly 0, and its log is "
    "infinite. Take the log on paper: log P = z - log Σ e^z, with z counted from its row's max.",
)
def _(labels, logits):
    z = logits - logits.max(axis=1, keepdims=True)
    P = np.exp(z) / np.sum(np.exp(z), axis=1, keepdims=True)
    return -np.mean(np.log(P[np.arange(len(labels)), labels]))


@cross_entropy.misconception(
    "overflow",
    "e^1000 is infinite, and infinity over infinity is nan. Subtract each row's largest logit "
    "first: the probabilities stay the same.",
)
def _(labels, logits):
    P = np.exp(logits) / np.sum(np.exp(logits), axis=1, keepdims=True)
    return -np.mean(np.log(P[np.arange(len(labels)), labels]))


@cross_entropy.misconception(
    "overflow in the sum",
    "Almost: in log Σ e^z the exponential still overflows. Subtract each row's largest logit "
    "before you take it.",
)
def _(labels, logits):
    total = np.log(np.sum(np.exp(logits), axis=1))
    return np.mean(total - logits[np.arange(len(labels)), labels])


@cross_entropy.misconception(
    "one maximum for all rows",
    "You subtract the largest logit of the whole table. A row far below it then has only zeros "
    "left: take the largest of each row (axis=1, keepdims=True).",
)
def _(labels, logits):
    z = logits - logits.max()
    total = np.log(np.sum(np.exp(z), axis=1))
    return np.mean(total - z[np.arange(len(labels)), labels])


@cross_entropy.misconception(
    "shifted in one place only",
    "You subtract the row's largest logit inside the sum, but not from the z in front of it. "
    "Shift once, before anything else, and use the shifted z in both places.",
)
def _(labels, logits):
    top = logits.max(axis=1, keepdims=True)
    log_P = logits - np.log(np.exp(logits - top).sum(axis=1, keepdims=True))
    return -np.mean(log_P[np.arange(len(labels)), labels])


@cross_entropy.misconception(
    "clipped",
    "Finite, but too small: clipping P (or adding an ε inside the log) puts a ceiling on the loss "
    "of a confident mistake. With log P = z - log Σ e^z the true value is within reach.",
)
def _(labels, logits):
    z = logits - logits.max(axis=1, keepdims=True)
    P = np.exp(z) / np.sum(np.exp(z), axis=1, keepdims=True)
    return -np.mean(np.log(np.maximum(P[np.arange(len(labels)), labels], 1e-12)))


@cross_entropy.misconception(
    "sum", "You add up the samples but do not divide: the loss is the mean over them."
)
def _(labels, logits):
    z = logits - logits.max(axis=1, keepdims=True)
    return np.sum(np.log(np.exp(z).sum(axis=1)) - z[np.arange(len(labels)), labels])


@cross_entropy.misconception(
    "divided by all elements",
    "You divide by n·k, as np.mean over the whole table does. Each sample has one label: divide "
    "by n.",
)
def _(labels, logits):
    z = logits - logits.max(axis=1, keepdims=True)
    log_P = z - np.log(np.exp(z).sum(axis=1, keepdims=True))
    return -np.mean(np.eye(logits.shape[1])[labels] * log_P)


@cross_entropy.misconception(
    "wrong sign", "Your loss is negative: the log of a probability is, so it needs a minus."
)
def _(labels, logits):
    z = logits - logits.max(axis=1, keepdims=True)
    return np.mean(z[np.arange(len(labels)), labels] - np.log(np.exp(z).sum(axis=1)))


@cross_entropy.misconception(
    "labels counted from 1",
    "You take the column before the label's: labels count from 0 here, as NumPy's columns do.",
)
def _(labels, logits):
    z = logits - logits.max(axis=1, keepdims=True)
    return np.mean(np.log(np.exp(z).sum(axis=1)) - z[np.arange(len(labels)), labels - 1])


@cross_entropy.misconception(
    "every row takes every label",
    "logits[:, labels] takes the columns of all labels in every row. Each row needs its own label "
    "only: np.arange(n) in place of the colon.",
)
def _(labels, logits):
    z = logits - logits.max(axis=1, keepdims=True)
    log_P = z - np.log(np.exp(z).sum(axis=1, keepdims=True))
    return -np.mean(log_P[:, labels])


@cross_entropy.misconception(
    "log to the base 2", "This is in bits (log2): the loss takes the natural logarithm, np.log."
)
def _(labels, logits):
    z = logits - logits.max(axis=1, keepdims=True)
    nats = np.mean(np.log(np.exp(z).sum(axis=1)) - z[np.arange(len(labels)), labels])
    return nats / np.log(2)


@cross_entropy.misconception(
    "sum down the columns",
    "Your probabilities sum to 1 down each column (axis=0). A sample is a row: axis=1.",
)
def _(labels, logits):
    z = logits - logits.max(axis=0)
    log_P = z - np.log(np.exp(z).sum(axis=0))
    return -np.mean(log_P[np.arange(len(labels)), labels])


@cross_entropy.equivalent("with np.logaddexp")
def _(labels, logits):
    total = np.logaddexp.reduce(logits, axis=1)
    return np.mean(total - logits[np.arange(len(labels)), labels])


@cross_entropy.equivalent("in a loop")
def _(labels, logits):
    loss = 0.0
    for row, label in zip(logits, labels, strict=True):
        loss += np.log(np.sum(np.exp(row - max(row)))) + max(row) - row[label]
    return loss / len(labels)


@cross_entropy.equivalent("from the label's point of view")
def _(labels, logits):
    behind = logits - np.take_along_axis(logits, labels[:, None], axis=1)
    return np.mean(np.logaddexp.reduce(behind, axis=1))


@cross_entropy.equivalent("with one-hot labels")
def _(labels, logits):
    z = logits - np.max(logits, axis=1, keepdims=True)
    log_P = z - np.log(np.sum(np.exp(z), axis=1, keepdims=True))
    return -np.sum(np.eye(logits.shape[1])[labels] * log_P) / logits.shape[0]


# ------------------------------------------------------------------------------- its gradient
cross_entropy_grad = Exercise(
    "cross_entropy_grad",
    reference=reference.cross_entropy_grad,
    minutes=10,
    difficulty=3,
    hint="The softmax of each row, less 1 in the column of its label, divided by n.",
)


@cross_entropy_grad.cases("moderate logits", points=2)
def _(rng: Rng) -> list[Case]:
    return [
        call("one sample, logits 2, 1, 0", np.array([0]), np.array([[2.0, 1.0, 0.0]])),
        _classes(rng, "7 samples, 3 classes", 7, 3),
        _classes(rng, "2 samples, 5 classes", 2, 5),
        _classes(rng, "4 samples, 4 classes", 4, 4),
    ]


@cross_entropy_grad.cases("logits up to 1000", points=1)
def _(rng: Rng) -> list[Case]:
    far = np.array([[1000.0, 0.0, -1000.0], [1000.0, 0.0, -1000.0]])
    return [
        call("one certain and right, one certain and wrong", np.array([0, 2]), far),
        call("a row near 1000, a row near -1000", np.array([1, 0]), LEVELS),
    ]


@cross_entropy_grad.misconception(
    "overflow",
    "e^1000 is infinite, and infinity over infinity is nan. Subtract each row's largest logit "
    "before the exponential.",
)
def _(labels, logits):
    P = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    P[np.arange(len(labels)), labels] -= 1
    return P / len(labels)


@cross_entropy_grad.misconception(
    "one maximum for all rows",
    "You subtract the largest logit of the whole table. A row far below it then has only zeros "
    "left, and 0/0 is nan: take the largest of each row.",
)
def _(labels, logits):
    P = np.exp(logits - logits.max())
    P = P / P.sum(axis=1, keepdims=True)
    P[np.arange(len(labels)), labels] -= 1
    return P / len(labels)


@cross_entropy_grad.misconception(
    "wrong sign", "The sign is wrong: it is the prediction minus the answer, P - onehot."
)
def _(labels, logits):
    P = np.exp(logits - logits.max(axis=1, keepdims=True))
    P = P / P.sum(axis=1, keepdims=True)
    P[np.arange(len(labels)), labels] -= 1
    return -P / len(labels)


@cross_entropy_grad.misconception(
    "without the mean", "The loss is a mean over the samples: its 1/n is missing here."
)
def _(labels, logits):
    P = np.exp(logits - logits.max(axis=1, keepdims=True))
    P = P / P.sum(axis=1, keepdims=True)
    P[np.arange(len(labels)), labels] -= 1
    return P


@cross_entropy_grad.misconception(
    "divided by all elements",
    "You divide by n·k. The mean of this loss goes over the n samples only.",
)
def _(labels, logits):
    P = np.exp(logits - logits.max(axis=1, keepdims=True))
    P = P / P.sum(axis=1, keepdims=True)
    P[np.arange(len(labels)), labels] -= 1
    return P / P.size


@cross_entropy_grad.misconception(
    "the 1 is not subtracted",
    "These are the probabilities: the 1 in the column of each label has not been subtracted.",
)
def _(labels, logits):
    P = np.exp(logits - logits.max(axis=1, keepdims=True))
    return P / P.sum(axis=1, keepdims=True) / len(labels)


@cross_entropy_grad.misconception(
    "subtracted in every row",
    "P[:, labels] -= 1 subtracts in every row, in the columns of all labels. Each row has one "
    "label: np.arange(n) in place of the colon.",
)
def _(labels, logits):
    P = np.exp(logits - logits.max(axis=1, keepdims=True))
    P = P / P.sum(axis=1, keepdims=True)
    P[:, labels] -= 1
    return P / len(labels)


@cross_entropy_grad.misconception(
    "labels counted from 1",
    "You subtract in the column before the label's: labels count from 0, as NumPy's columns do.",
)
def _(labels, logits):
    P = np.exp(logits - logits.max(axis=1, keepdims=True))
    P = P / P.sum(axis=1, keepdims=True)
    P[np.arange(len(labels)), labels - 1] -= 1
    return P / len(labels)


@cross_entropy_grad.misconception(
    "no softmax", "You subtract from the logits themselves: they have to go through softmax first."
)
def _(labels, logits):
    return (logits - np.eye(logits.shape[1])[labels]) / len(labels)


@cross_entropy_grad.equivalent("a loop over the samples")
def _(labels, logits):
    n, k = logits.shape
    gradient = np.zeros((n, k))
    for i in range(n):
        e = np.exp(logits[i] - np.max(logits[i]))
        for j in range(k):
            gradient[i, j] = (e[j] / np.sum(e) - (j == labels[i])) / n
    return gradient


@cross_entropy_grad.equivalent("through the log of the sum")
def _(labels, logits):
    P = np.exp(logits - np.logaddexp.reduce(logits, axis=1)[:, None])
    return (P - (labels[:, None] == np.arange(logits.shape[1]))) / len(labels)


@cross_entropy_grad.equivalent("subtracting in place from an own array")
def _(labels, logits):
    z = logits - logits.max(axis=-1)[:, None]
    P = np.exp(z) / np.exp(z).sum(axis=-1)[:, None]
    P[range(len(labels)), labels] -= 1.0
    P /= len(labels)
    return P
