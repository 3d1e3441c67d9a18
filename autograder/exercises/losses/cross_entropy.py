"""How wrong a predicted probability is, from logits of any size; two classes, then many."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np

from autograder.checking.compare import Difference, first_difference
from autograder.checking.drive import Call, Outcome
from autograder.checking.exercise import Case, Exercise, quiz
from autograder.exercises._cases import Rng, call
from reference_impl import losses as reference

# The calls that follow the one a case is about, and tell what is wrong with it: moderate numbers,
# then a confident mistake of each kind.
BINARY_PROBES = (
    Call((np.array([1.0, 0, 0, 1, 1, 0]), np.array([0.3, -1.2, 2.1, -0.4, 1.7, -2.6]))),
    Call((np.array([1.0]), np.array([-1000.0]))),
    Call((np.array([0.0]), np.array([1000.0]))),
)
SOFTMAX_PROBES = (
    Call(
        (
            np.array([2, 0, 1, 0]),
            np.array([[0.5, 2.0, -1.0], [1.5, 0.2, 0.4], [-0.7, 1.1, 0.3], [2.2, -0.1, -1.3]]),
        )
    ),
    Call((np.array([2]), np.array([[1000.0, 0.0, -1000.0]]))),
    Call((np.array([2]), np.array([[0.0, 0.0, -1000.0]]))),
    Call((np.array([0]), np.array([[1000.0, 0.0, -1000.0]]))),
)
EPSILONS = (1e-6, 1e-7, 1e-8, 1e-9, 1e-10, 1e-12, 1e-15, 1e-16)  # that people clip at


def _probed(probes: Sequence[Call], label: str, *args: Any) -> Case:
    """A case of one call, with the probes behind it."""
    return Case(label, (Call(args), *probes), deciding=1)


def compare_losses(
    exercise: Exercise, case: Case, expected: Sequence[Outcome], got: Sequence[Outcome]
) -> Difference | None:
    """The first call alone decides; the probes behind it tell the cause, however it was written."""
    found = first_difference(expected[0].value, got[0].value)
    if found is None or len(got) < len(expected):  # a probe stopped with an error
        return found
    right = [float(o.value) for o in expected[1:]]
    answers = [np.asarray(o.value) for o in got[1:]]
    if any(answer.shape != () or answer.dtype.kind not in "iuf" for answer in answers):
        return found
    seen = [float(answer) for answer in answers]
    if np.isclose(seen[0], right[0], rtol=1e-6, atol=0):
        name = LARGE[exercise.id](right[1:], seen[1:])
    else:
        name = _like(exercise, case, seen[0])
    return replace(found, misconception=name)


def _like(exercise: Exercise, case: Case, answer: float) -> str:
    """The misconception that gives this answer where all numbers are moderate: in call 2."""
    for name, theirs in _answers(exercise, case):
        if np.isclose(theirs, answer, rtol=1e-6, atol=0):
            return name
    if exercise.id == "binary_cross_entropy":
        y, z = case.script[1].args
        for eps in EPSILONS:
            p = np.clip(z, eps, 1 - eps)
            loss = -np.mean(y * np.log(p) + (1 - y) * np.log(1 - p))
            if np.isclose(loss, answer, rtol=1e-6, atol=0):
                return "z taken for a probability"
    return ""


def _answers(exercise: Exercise, case: Case) -> list[tuple[str, float]]:
    """What each misconception gives in call 2, kept: hundreds of slips are compared with it."""
    # With the function and not in the module, whose values are written into a class's edition.
    kept: dict[int, tuple[Case, list[tuple[str, float]]]]
    kept = _answers.__dict__.setdefault("kept", {})
    if id(case) not in kept or kept[id(case)][0] is not case:
        answers = []
        for version in exercise.misconceptions:
            ran = case.run(version.function)
            theirs = np.asarray(ran[1].value if len(ran) > 1 else None)
            if theirs.shape == () and theirs.dtype.kind in "iuf":
                answers.append((version.name, float(theirs)))
        if len(kept) > 50:
            kept.clear()
        kept[id(case)] = case, answers
    return kept[id(case)][1]


def _clipped(right: Sequence[float], seen: Sequence[float]) -> bool:
    return all(np.isfinite(seen)) and all(5 < s < r for r, s in zip(right, seen, strict=True))


def _large_binary(right: Sequence[float], seen: Sequence[float]) -> str:
    """From a confident mistake below 0 and one above 0; both right answers are 1000."""
    low, high = (np.isclose(s, r) for s, r in zip(seen, right, strict=True))
    if _clipped(right, seen):
        return "clipped"
    if np.isfinite(seen).any():
        if low and not np.isfinite(seen[1]):
            return "overflow"
        return "overflow below 0" if high and not np.isfinite(seen[0]) else ""
    return "log of 0"


def _large_softmax(right: Sequence[float], seen: Sequence[float]) -> str:
    """From two confident mistakes, without and with a large logit, and from one that is right.

    What overflows is right without a large logit if the log is taken on paper.
    """
    far, near, sure = (np.isclose(s, r) for s, r in zip(seen, right, strict=True))
    if far and near and sure:
        return "one maximum for all rows"  # the probes have one row
    if _clipped(right[:2], seen[:2]):
        return "clipped"
    if np.isfinite(seen[0]):
        return ""
    if near:
        return "overflow in the sum"
    if np.isfinite(seen[1]):
        return ""
    return "log of 0" if sure else "overflow"


LARGE = {"binary_cross_entropy": _large_binary, "cross_entropy": _large_softmax}


# ------------------------------------------------------------------------------- two classes
binary_cross_entropy = Exercise(
    "binary_cross_entropy",
    reference=reference.binary_cross_entropy,
    minutes=12,
    difficulty=4,
    hint="For each element max(z, 0) - y·z + log(1 + e^(-|z|)); then the mean.",
)


binary_cross_entropy.compare = partial(compare_losses, binary_cross_entropy)


def _binary(rng: Rng, *shape: int) -> tuple[Any, Any]:
    y = np.arange(np.prod(shape)).reshape(shape) % 2.0  # both answers occur
    return y, rng.uniform(-6, 6, shape)


@binary_cross_entropy.cases("moderate logits", points=1)
def _(rng: Rng) -> list[Case]:
    return [
        _probed(BINARY_PROBES, "z = 0, y = 1", np.array([1.0]), np.array([0.0])),
        _probed(BINARY_PROBES, "8 logits", *_binary(rng, 8)),
        _probed(BINARY_PROBES, "logits of shape (3, 2)", *_binary(rng, 3, 2)),
    ]


@binary_cross_entropy.cases("logits up to 1000", points=2)
def _(rng: Rng) -> list[Case]:
    z = np.array([1000.0, -1000.0, 500.0, -40.0, 1.5])
    return [
        _probed(BINARY_PROBES, "z = -1000 where y = 1", np.array([1.0]), np.array([-1000.0])),
        _probed(BINARY_PROBES, "z = 1000 where y = 0", np.array([0.0]), np.array([1000.0])),
        _probed(BINARY_PROBES, "some right and some wrong", np.array([1.0, 0.0, 0.0, 1.0, 1.0]), z),
    ]


@binary_cross_entropy.misconception(
    "log of 0",
    "Right for small z. For a large |z| the probability has become exactly 0 or 1, and its log is "
    "infinite. Do not go through p: rearrange the formula so that it takes z itself.",
)
def _(y, z):
    p = 1 / (1 + np.exp(-z))
    return -np.mean(y * np.log(p) + (1 - y) * np.log(1 - p))


@binary_cross_entropy.misconception(
    "clipped",
    "Finite, but too small: clipping p (or adding an ε inside the log) limits the loss of a "
    "confident mistake. With z itself you reach the true value: about |z|.",
)
def _(y, z):
    p = np.clip(1 / (1 + np.exp(-z)), 1e-12, 1 - 1e-12)
    return -np.mean(y * np.log(p) + (1 - y) * np.log(1 - p))


@binary_cross_entropy.misconception(
    "overflow",
    "The right formula, but e^z is infinite for z = 1000. Make sure that nothing above 0 goes into "
    "the exponent: e^(-|z|) never overflows.",
)
def _(y, z):
    return np.mean(np.log(1 + np.exp(z)) - y * z)


@binary_cross_entropy.misconception(
    "sum", "You add up but do not divide: the loss is the mean over all elements."
)
def _(y, z):
    return np.sum(np.logaddexp(0, z) - y * z)


@binary_cross_entropy.misconception(
    "wrong sign", "Your loss is negative, as the log of a probability is: it needs a minus."
)
def _(y, z):
    return np.mean(y * z - np.logaddexp(0, z))


@binary_cross_entropy.misconception(
    "classes swapped",
    'The labels are swapped: a large z says "yes", so it must cost little where y = 1.',
)
def _(y, z):
    return np.mean(np.logaddexp(0, z) - (1 - y) * z)


@binary_cross_entropy.misconception(
    "only where y = 1",
    'Only the samples with y = 1 count in your loss: where y = 0, a "yes" has to cost something, '
    "too.",
)
def _(y, z):
    return np.mean(y * np.logaddexp(0, -z))


@binary_cross_entropy.misconception(
    "z taken for a probability",
    "You take the log of z itself. z is a logit, any real number: the probability is σ(z).",
)
def _(y, z):
    return -np.mean(y * np.log(z) + (1 - y) * np.log(1 - z))


@binary_cross_entropy.misconception(
    "log to the base 2", "This is in bits (log2): the loss takes the natural logarithm, np.log."
)
def _(y, z):
    return np.mean(np.logaddexp(0, z) - y * z) / np.log(2)


@binary_cross_entropy.misconception(
    "the size of z forgotten",
    "The exponent is -|z|, not -z. With max(z, 0) in front, e^(-z) is right for z above 0 only; "
    "far below 0 it overflows.",
)
def _(y, z):
    return np.mean(np.maximum(z, 0) - y * z + np.log(1 + np.exp(-z)))


@binary_cross_entropy.misconception(
    "e^|z|", "The minus before |z| is missing: e^(-|z|) is never above 1, e^|z| is huge."
)
def _(y, z):
    return np.mean(np.maximum(z, 0) - y * z + np.log(1 + np.exp(np.abs(z))))


@binary_cross_entropy.misconception(
    "z in place of max(z, 0)",
    "The first term is max(z, 0). With z alone, and |z| in the exponent, it is right for z above 0 "
    "only.",
)
def _(y, z):
    return np.mean(z - y * z + np.log(1 + np.exp(-np.abs(z))))


@binary_cross_entropy.misconception(
    "np.max for np.maximum",
    "np.max(z, 0) looks for the largest z along axis 0: the 0 is taken for an axis. np.maximum(z, "
    "0) compares each z with 0.",
)
def _(y, z):
    return np.mean(np.max(z, 0) - y * z + np.log1p(np.exp(-np.abs(z))))


@binary_cross_entropy.misconception(
    "overflow below 0",
    "The right formula, but e^(-z) is infinite for z = -1000. Make sure that nothing above 0 goes "
    "into the exponent: e^(-|z|) never overflows.",
)
def _(y, z):
    return np.mean(z - y * z + np.log(1 + np.exp(-z)))


@binary_cross_entropy.misconception(
    "only where y = 0",
    'Only the samples with y = 0 count in your loss: where y = 1, a "no" has to cost something, '
    "too.",
)
def _(y, z):
    return np.mean((1 - y) * np.logaddexp(0, z))


@binary_cross_entropy.misconception(
    "each class averaged alone",
    "You take a mean over the samples with y = 1, another over those with y = 0, and add them. "
    "There is one mean, over all samples.",
)
def _(y, z):
    return np.mean(np.logaddexp(0, -z)[y == 1]) + np.mean(np.logaddexp(0, z)[y == 0])


@binary_cross_entropy.misconception(
    "probability for the loss",
    "You average 1 - p of the right answer. The loss takes the log of that probability: only then "
    "does a confident mistake cost much.",
)
def _(y, z):
    p = np.exp(-np.logaddexp(0, -z))
    return np.mean(1 - np.where(y == 1, p, 1 - p))


@binary_cross_entropy.misconception(
    "squared error of p",
    "This is the squared error of the probability. Cross-entropy is the log of the probability of "
    "the right answer, with a minus.",
)
def _(y, z):
    return np.mean((np.exp(-np.logaddexp(0, -z)) - y) ** 2)


@binary_cross_entropy.misconception(
    "sigmoid twice",
    "z goes through the sigmoid twice. Once gives the probability; twice squeezes it between 0.5 "
    "and 0.73.",
)
def _(y, z):
    p = np.exp(-np.logaddexp(0, -z))
    return np.mean(np.logaddexp(0, p) - y * p)


@binary_cross_entropy.misconception(
    "divided by the number of rows",
    "In a table you divide by the number of rows: the mean goes over all elements, and `.size` "
    "counts them.",
)
def _(y, z):
    return np.sum(np.logaddexp(0, z) - y * z) / len(z)


@binary_cross_entropy.equivalent("by the sign of the answer")
def _(y, z):
    return np.mean(np.logaddexp(0, np.where(y == 1, -z, z)))


@binary_cross_entropy.equivalent("two cases in a loop")
def _(y, z):
    total = 0.0
    for answer, logit in zip(y.ravel(), z.ravel(), strict=True):
        margin = logit if answer == 1 else -logit
        if margin > 0:
            total += np.log(1 + np.exp(-margin))
        else:
            total += -margin + np.log(1 + np.exp(margin))
    return total / z.size


@binary_cross_entropy.equivalent("as two classes")
def _(y, z):
    log_p, log_q = -np.logaddexp(0, -z), -np.logaddexp(0, z)
    return -np.average(y * log_p + (1 - y) * log_q)


# ------------------------------------------------------------------------------- its gradient
binary_cross_entropy_grad = Exercise(
    "binary_cross_entropy_grad",
    reference=reference.binary_cross_entropy_grad,
    minutes=6,
    difficulty=2,
    hint="(σ(z) - y)/n. The sigmoid of the reference works for a large |z|; use it.",
)


@binary_cross_entropy_grad.cases("moderate logits", points=1)
def _(rng: Rng) -> list[Case]:
    return [
        call("z = 0, y = 1", np.array([1.0]), np.array([0.0])),
        call("8 logits", *_binary(rng, 8)),
        call("logits of shape (3, 2)", *_binary(rng, 3, 2)),
    ]


@binary_cross_entropy_grad.cases("logits up to 1000", points=1)
def _(rng: Rng) -> list[Case]:
    # One of them is moderate on every seed: a probability that is rounded is off there.
    z = np.array([1000.0, -1000.0, 800.0, -800.0, rng.uniform(-4, 4), rng.uniform(-40, 40)])
    return [call("some right and some wrong", np.array([1.0, 0.0, 0.0, 1.0, 1.0, 0.0]), z)]


@binary_cross_entropy_grad.misconception(
    "wrong sign", "The sign is wrong: it is the prediction minus the answer, σ(z) - y."
)
def _(y, z):
    return (y - np.exp(-np.logaddexp(0, -z))) / z.size


@binary_cross_entropy_grad.misconception(
    "without the mean", "The loss is a mean: its 1/n stands in the gradient as well."
)
def _(y, z):
    return np.exp(-np.logaddexp(0, -z)) - y


@binary_cross_entropy_grad.misconception(
    "divided by the number of rows",
    "In a table you divide by the number of rows: the mean of this loss goes over all elements.",
)
def _(y, z):
    return (np.exp(-np.logaddexp(0, -z)) - y) / len(z)


@binary_cross_entropy_grad.misconception(
    "times the slope of the sigmoid",
    "There is one factor p(1-p) too many. It cancels: the log in the loss brings 1/(p(1-p)), and "
    "what is left is p - y.",
)
def _(y, z):
    p = np.exp(-np.logaddexp(0, -z))
    return (p - y) * p * (1 - p) / z.size


@binary_cross_entropy_grad.misconception(
    "gradient in p",
    "This is the gradient with respect to the probability p. Return the one with respect to z: "
    "multiply by dp/dz = p(1-p), and see what cancels.",
)
def _(y, z):
    p = 1 / (1 + np.exp(-z))
    return (p - y) / (p * (1 - p)) / z.size


@binary_cross_entropy_grad.misconception(
    "without the sigmoid", "You subtract y from the logit itself: it has to go through σ first."
)
def _(y, z):
    return (z - y) / z.size


@binary_cross_entropy_grad.misconception(
    "overflow",
    "The sigmoid as e^z/(1 + e^z) is nan for z = 1000: infinity over infinity.",
)
def _(y, z):
    return (np.exp(z) / (1 + np.exp(z)) - y) / z.size


@binary_cross_entropy_grad.misconception(
    "brackets missing",
    "σ(z) - y/n divides only y by n: put the difference in brackets.",
)
def _(y, z):
    return np.exp(-np.logaddexp(0, -z)) - y / z.size


@binary_cross_entropy_grad.misconception(
    "averaged",
    "You return one number, the mean of all gradients. Every logit has a gradient of its own: "
    "divide each by n, and do not add them.",
)
def _(y, z):
    return np.mean(np.exp(-np.logaddexp(0, -z)) - y)


@binary_cross_entropy_grad.misconception(
    "divided by n twice",
    "You divide by n twice: np.mean, or the loss, has its 1/n once only.",
)
def _(y, z):
    return (np.exp(-np.logaddexp(0, -z)) - y) / z.size**2


@binary_cross_entropy_grad.misconception(
    "with the 2 of a square",
    "There is a factor 2 too many: it belongs to the squared error. Here nothing is squared.",
)
def _(y, z):
    return 2 * (np.exp(-np.logaddexp(0, -z)) - y) / z.size


@binary_cross_entropy_grad.misconception(
    "the chain rule as it stands",
    "Right for small z. For a large |z| the probability has become exactly 0 or 1, and you divide "
    "by 0. Multiply the two factors on paper first: what is left is p - y.",
)
def _(y, z):
    p = np.exp(-np.logaddexp(0, -z))
    return (-y / p + (1 - y) / (1 - p)) * p * (1 - p) / z.size


@binary_cross_entropy_grad.misconception(
    "rounded to an answer",
    "You turn the probability into 0 or 1 first. The gradient needs the probability itself: a sure "
    "answer and a doubtful one differ.",
)
def _(y, z):
    return ((z > 0) - y) / z.size


@binary_cross_entropy_grad.equivalent("the plain sigmoid")
def _(y, z):
    return (1 / (1 + np.exp(-z)) - y) / z.size


@binary_cross_entropy_grad.equivalent("through tanh")
def _(y, z):
    return (0.5 * np.tanh(z / 2) + 0.5 - y) / np.prod(z.shape)


@binary_cross_entropy_grad.equivalent("by the sign of the answer")
def _(y, z):
    sign = np.where(y == 1, -1.0, 1.0)
    return sign * np.exp(-np.logaddexp(0, -sign * z)) / z.size


def _classes(rng: Rng, n: int, k: int) -> tuple[Any, Any]:
    """Neighbours have different labels, and labels repeat where n > k."""
    labels = (rng.integers(k) + np.arange(n)) % k
    return labels, rng.uniform(-3, 3, (n, k))


LEVELS = np.array([[1000.0, 1002.0, 999.0], [-1000.0, -1001.0, -997.0]])

# ------------------------------------------------------------------------------- the loss
cross_entropy = Exercise(
    "cross_entropy",
    reference=reference.cross_entropy,
    minutes=14,
    difficulty=4,
    hint="Subtract each row's largest logit, then log P = z - log Σ e^z; pick the label's column "
    "in each row, average, and change the sign.",
)


cross_entropy.compare = partial(compare_losses, cross_entropy)


@cross_entropy.cases("moderate logits", points=1)
def _(rng: Rng) -> list[Case]:
    return [
        _probed(
            SOFTMAX_PROBES, "one sample, logits 2, 1, 0", np.array([0]), np.array([[2.0, 1.0, 0.0]])
        ),
        _probed(SOFTMAX_PROBES, "7 samples, 3 classes", *_classes(rng, 7, 3)),
        _probed(SOFTMAX_PROBES, "2 samples, 5 classes", *_classes(rng, 2, 5)),
        _probed(SOFTMAX_PROBES, "4 samples, 4 classes", *_classes(rng, 4, 4)),
    ]


@cross_entropy.cases("logits up to 1000", points=2)
def _(rng: Rng) -> list[Case]:
    far = np.array([[1000.0, 0.0, -1000.0]])
    return [
        _probed(SOFTMAX_PROBES, "certain, and wrong", np.array([2]), far),
        _probed(
            SOFTMAX_PROBES,
            "one certain and right, one certain and wrong",
            np.array([0, 1]),
            np.tile(far, (2, 1)),
        ),
        _probed(SOFTMAX_PROBES, "a row near 1000, a row near -1000", np.array([1, 0]), LEVELS),
    ]


@cross_entropy.misconception(
    "log of 0",
    "Right for small logits. For large ones a probability has become exactly 0, and its log is "
    "infinite. Take the log on paper: log P = z - log Σ e^z, with each row's maximum subtracted "
    "from z first.",
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
    "Finite, but too small: clipping P (or adding an ε inside the log) limits the loss of a "
    "confident mistake. With log P = z - log Σ e^z you reach the true value.",
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
    "wrong sign", "Your loss is negative, as the log of a probability is: it needs a minus."
)
def _(labels, logits):
    z = logits - logits.max(axis=1, keepdims=True)
    return np.mean(z[np.arange(len(labels)), labels] - np.log(np.exp(z).sum(axis=1)))


@cross_entropy.misconception(
    "labels counted from 1",
    "You take the column before the label's column: labels count from 0 here, as NumPy's do.",
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


@cross_entropy.misconception(
    "softmax twice",
    "The logits go through the softmax twice. Once gives the probabilities; take the log of those.",
)
def _(labels, logits):
    E = np.exp(logits - logits.max(axis=1, keepdims=True))
    P = E / E.sum(axis=1, keepdims=True)
    Q = np.exp(P) / np.exp(P).sum(axis=1, keepdims=True)
    return -np.mean(np.log(Q[np.arange(len(labels)), labels]))


@cross_entropy.misconception(
    "loss without the log",
    "You average the probabilities of the labels, without the log. Only the log makes a confident "
    "mistake expensive.",
)
def _(labels, logits):
    E = np.exp(logits - logits.max(axis=1, keepdims=True))
    P = E / E.sum(axis=1, keepdims=True)
    return -np.mean(P[np.arange(len(labels)), labels])


@cross_entropy.misconception(
    "1 - P",
    "You average 1 - P of the label. The loss is the log of P, with a minus: only then does a "
    "confident mistake cost much.",
)
def _(labels, logits):
    E = np.exp(logits - logits.max(axis=1, keepdims=True))
    P = E / E.sum(axis=1, keepdims=True)
    return np.mean(1 - P[np.arange(len(labels)), labels])


@cross_entropy.misconception(
    "log of the mean",
    "You average the probabilities of the labels first and take the log afterwards: take the log "
    "of each, and then the mean.",
)
def _(labels, logits):
    E = np.exp(logits - logits.max(axis=1, keepdims=True))
    P = E / E.sum(axis=1, keepdims=True)
    return -np.log(np.mean(P[np.arange(len(labels)), labels]))


@cross_entropy.misconception(
    "no softmax",
    "You take the logits themselves for log-probabilities. The log of Σ e^z over the row is "
    "missing: without it the loss can be below 0.",
)
def _(labels, logits):
    return -np.mean(logits[np.arange(len(labels)), labels])


@cross_entropy.misconception(
    "softmax over the whole table",
    "Your probabilities sum to 1 over the whole table: sum along each row, with axis=1 and "
    "keepdims=True.",
)
def _(labels, logits):
    E = np.exp(logits - logits.max())
    P = E / E.sum()
    return -np.mean(np.log(P[np.arange(len(labels)), labels]))


@cross_entropy.misconception(
    "the wrong answers as well",
    "You add log(1 - P) of the other classes, as with two classes. In a row only the label's "
    "probability counts: the softmax ties the others to it.",
)
def _(labels, logits):
    E = np.exp(logits - logits.max(axis=1, keepdims=True))
    P = E / E.sum(axis=1, keepdims=True)
    Y = np.eye(logits.shape[1])[labels]
    return -np.sum(Y * np.log(P) + (1 - Y) * np.log(1 - P)) / len(labels)


@cross_entropy.misconception(
    "divided by the number of classes",
    "You divide by the number of classes (the columns). The mean goes over the samples: divide by "
    "len(labels).",
)
def _(labels, logits):
    z = logits - logits.max(axis=1, keepdims=True)
    log_P = z - np.log(np.exp(z).sum(axis=1, keepdims=True))
    return -np.sum(log_P[np.arange(len(labels)), labels]) / logits.shape[1]


@cross_entropy.misconception(
    "as many classes as labels occur",
    "You count the classes in the labels, and the last class need not occur in them. k is the "
    "number of columns, logits.shape[1].",
)
def _(labels, logits):
    z = logits - logits.max(axis=1, keepdims=True)
    log_P = z - np.log(np.exp(z).sum(axis=1, keepdims=True))
    return -np.sum(np.eye(labels.max() + 1)[labels] * log_P) / len(labels)


@cross_entropy.misconception(
    "the largest in place of the label",
    "You take the probability of the class that the network chose. The loss asks for that of the "
    "*label*, right or wrong.",
)
def _(labels, logits):
    E = np.exp(logits - logits.max(axis=1, keepdims=True))
    P = E / E.sum(axis=1, keepdims=True)
    return -np.mean(np.log(P.max(axis=1)))


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
    hint="The softmax of each row, minus 1 in the column of its label; all divided by n.",
)


@cross_entropy_grad.cases("moderate logits", points=2)
def _(rng: Rng) -> list[Case]:
    return [
        call("one sample, logits 2, 1, 0", np.array([0]), np.array([[2.0, 1.0, 0.0]])),
        call("7 samples, 3 classes", *_classes(rng, 7, 3)),
        call("2 samples, 5 classes", *_classes(rng, 2, 5)),
        call("4 samples, 4 classes", *_classes(rng, 4, 4)),
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
    "You subtract more than the largest logit of the row: the largest of the whole table, or the "
    "largest |z|. A row far below it then has only zeros left, and 0/0 is nan.",
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
    "These are the probabilities: subtract 1 in the column of each label.",
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
    "You subtract in the column before the label's column: labels count from 0, as NumPy's do.",
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


@cross_entropy_grad.misconception(
    "only the label's column",
    "Your gradient is 0 except in the column of the label. Every logit of a row counts, because "
    "all are in the softmax's sum: subtract the one-hot row, do not multiply by it.",
)
def _(labels, logits):
    E = np.exp(logits - logits.max(axis=1, keepdims=True))
    P = E / E.sum(axis=1, keepdims=True)
    Y = np.eye(logits.shape[1])[labels]
    return (P * Y - Y) / len(labels)


@cross_entropy_grad.misconception(
    "times the slope P(1 - P)",
    "There is one factor P(1-P) too many. The log in the loss cancels it: what is left is "
    "P - onehot.",
)
def _(labels, logits):
    E = np.exp(logits - logits.max(axis=1, keepdims=True))
    P = E / E.sum(axis=1, keepdims=True)
    return (P - np.eye(logits.shape[1])[labels]) * P * (1 - P) / len(labels)


@cross_entropy_grad.misconception(
    "gradient in P",
    "This is the gradient with respect to the probabilities, -1/P at the label. Return the one "
    "with respect to the logits: the softmax lies between, and much cancels.",
)
def _(labels, logits):
    E = np.exp(logits - logits.max(axis=1, keepdims=True))
    P = E / E.sum(axis=1, keepdims=True)
    return -np.eye(logits.shape[1])[labels] / P / len(labels)


@cross_entropy_grad.misconception(
    "softmax down the columns",
    "Your probabilities sum to 1 down each column (axis=0). A sample is a row: axis=1.",
)
def _(labels, logits):
    E = np.exp(logits - logits.max(axis=0))
    return (E / E.sum(axis=0) - np.eye(logits.shape[1])[labels]) / len(labels)


@cross_entropy_grad.misconception(
    "as many classes as labels occur",
    "You count the classes in the labels, and the last class need not occur in them. k is the "
    "number of columns, logits.shape[1].",
)
def _(labels, logits):
    E = np.exp(logits - logits.max(axis=1, keepdims=True))
    P = E / E.sum(axis=1, keepdims=True)
    return (P - np.eye(labels.max() + 1)[labels]) / len(labels)


@cross_entropy_grad.misconception(
    "divided by the number of classes",
    "You divide by the number of classes (the columns). The mean goes over the samples: divide by "
    "the number of rows.",
)
def _(labels, logits):
    E = np.exp(logits - logits.max(axis=1, keepdims=True))
    P = E / E.sum(axis=1, keepdims=True)
    return (P - np.eye(logits.shape[1])[labels]) / logits.shape[1]


@cross_entropy_grad.misconception(
    "1/n for the labels only",
    "Only one of the two terms is divided by n: put P - onehot in brackets.",
)
def _(labels, logits):
    E = np.exp(logits - logits.max(axis=1, keepdims=True))
    P = E / E.sum(axis=1, keepdims=True)
    return P - np.eye(logits.shape[1])[labels] / len(labels)


@cross_entropy_grad.misconception(
    "P of another softmax",
    "You take the softmax of the softmax. P is the softmax of the logits, once.",
)
def _(labels, logits):
    E = np.exp(logits - logits.max(axis=1, keepdims=True))
    P = E / E.sum(axis=1, keepdims=True)
    Q = np.exp(P) / np.exp(P).sum(axis=1, keepdims=True)
    return (Q - np.eye(logits.shape[1])[labels]) / len(labels)


@cross_entropy_grad.misconception(
    "the label itself subtracted",
    "You subtract the number of the label (0, 1, 2 …) from the whole row. Subtract 1, and only in "
    "the column of the label.",
)
def _(labels, logits):
    E = np.exp(logits - logits.max(axis=1, keepdims=True))
    return (E / E.sum(axis=1, keepdims=True) - labels[:, None]) / len(labels)


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


# ------------------------------------------------------------------------------- the quiz
prediction_losses = quiz(
    "prediction_losses",
    answer="c",
    a="The accuracy does not change. But the loss asks how much probability the true class got, "
    "and the size of the logits decides that.",
    b="The 95 right answers cost 0.127 each, so there is little left to save. What does a wrong "
    "answer cost, with a logit of 20 against it?",
    d="For the five wrong answers that is nearly so. But each right answer costs less than before, "
    "not ten times as much.",
)
