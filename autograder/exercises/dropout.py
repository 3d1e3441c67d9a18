"""Notebook 09: dropout with a given mask, in the paper's form and in that of the frameworks."""

from __future__ import annotations

from typing import Any

import numpy as np

from autograder.exercise import Case, Exercise, quiz
from autograder.exercises._cases import Rng, call
from reference_impl.layers import dropout as reference

NOTEBOOK = "09_dropout"


def signal(rng: Rng, *shape: int) -> np.ndarray[Any, Any]:
    """Numbers of both signs, none near 0 or 1: a dropped one shows."""
    size: np.ndarray[Any, Any] = rng.uniform(1.2, 4.0, shape)
    size *= rng.choice((-1.0, 1.0), shape)
    return size


def mask_of(rng: Rng, *shape: int) -> np.ndarray[Any, Any]:
    """A mask with both kinds in it, and more kept than dropped: its share is no tidy number."""
    mask = rng.permutation(np.arange(int(np.prod(shape))) % 7 > 1)
    return mask.reshape(shape)


# ------------------------------------------------------------------------------- as in the paper
dropout_forward = Exercise(
    "dropout_forward",
    reference=reference.dropout_forward,
    hint="True counts as 1 in a product, False as 0.",
    minutes=3,
    difficulty=1,
)


@dropout_forward.cases("what stays, stays as it is", points=1)
def _(rng: Rng) -> list[Case]:
    return [
        call("a batch of 4 with 5 units", signal(rng, 4, 5), mask_of(rng, 4, 5)),
        call("one sample", signal(rng, 1, 9), mask_of(rng, 1, 9)),
        call("no sample axis", signal(rng, 7), mask_of(rng, 7)),
        call("images, shape (2, 3, 2, 2)", signal(rng, 2, 3, 2, 2), mask_of(rng, 2, 3, 2, 2)),
        call("nothing dropped", signal(rng, 2, 2), np.ones((2, 2), bool)),
    ]


@dropout_forward.misconception(
    "drops the kept ones", "The wrong units are 0: where the mask is True, the unit stays."
)
def _(X, mask):
    return X * ~mask


@dropout_forward.misconception(
    "only the kept ones",
    "You return the kept numbers alone, in a row: X[mask] picks them out. The shape has to stay, "
    "with zeros where a unit is dropped.",
)
def _(X, mask):
    return X[mask]


@dropout_forward.misconception(
    "scaled by the share kept",
    "What you keep is larger than before. In this form nothing is scaled while training; that "
    "comes when predicting.",
)
def _(X, mask):
    return X * mask / mask.mean()


@dropout_forward.misconception(
    "changes X in place",
    "X[~mask] = 0 changes the caller's X: right numbers, but backpropagation may still need the "
    "old ones. Make a new array, by a product or with np.where.",
)
def _(X, mask):
    X[~mask] = 0
    return X


@dropout_forward.equivalent("with np.where")
def _(X, mask):
    return np.where(mask, X, 0.0)


@dropout_forward.equivalent("on a copy")
def _(X, mask):
    out = X.copy()
    out[np.logical_not(mask)] = 0
    return out


dropout_inference = Exercise(
    "dropout_inference",
    reference=reference.dropout_inference,
    hint="Each unit was there with probability 1-p: give it the weight it had on average.",
    minutes=3,
    difficulty=1,
)


@dropout_inference.cases("all units, at the weight they had", points=1)
def _(rng: Rng) -> list[Case]:
    return [
        call("p = 0.2", signal(rng, 4, 5), 0.2),
        call("one sample, p = 0.7", signal(rng, 1, 6), 0.7),
        call("no sample axis, p drawn at random", signal(rng, 5), float(rng.uniform(0.55, 0.9))),
        call("p = 0", signal(rng, 2, 3), 0.0),
    ]


@dropout_inference.misconception(
    "scaled by p",
    "You scale by p, the probability of being dropped. On average a unit was there 1-p of the "
    "time.",
)
def _(X, p):
    return p * X


@dropout_inference.misconception(
    "not scaled",
    "You return X as it is. Now that all units are there, their sum is larger than in training: "
    "what factor brings it back to its mean?",
)
def _(X, p):
    return X.copy()


@dropout_inference.misconception(
    "divided",
    "You divide by 1-p, which makes the sums larger still. (Dividing belongs to the other form, "
    "and there it is done while training.)",
)
def _(X, p):
    return X / (1 - p)


@dropout_inference.misconception(
    "brackets missing",
    "`1 - p * X` takes p·X away from 1: the product comes first. Put 1 - p in brackets.",
)
def _(X, p):
    return 1 - p * X


@dropout_inference.misconception(
    "drops some",
    "Some of your results are 0: when predicting, no unit is dropped. Only the scale changes.",
)
def _(X, p):
    return X * (np.random.default_rng(0).random(X.shape) >= p)


@dropout_inference.equivalent("X minus what is missing")
def _(X, p):
    return X - p * X


@dropout_inference.equivalent("unit by unit")
def _(X, p):
    out = np.empty(X.shape)
    for index in np.ndindex(*X.shape):
        out[index] = X[index] * (1.0 - p)
    return out


# ------------------------------------------------------------------------------- inverted
inverted_dropout_forward = Exercise(
    "inverted_dropout_forward",
    reference=reference.inverted_dropout_forward,
    hint="First drop, as before; then divide what is left by the probability of staying.",
    minutes=4,
    difficulty=2,
)


@inverted_dropout_forward.cases("batches", points=1)
def _(rng: Rng) -> list[Case]:
    return [
        call("4 samples, 5 units, p = 0.2", signal(rng, 4, 5), mask_of(rng, 4, 5), 0.2),
        call("3 samples, 8 units, p = 0.75", signal(rng, 3, 8), mask_of(rng, 3, 8), 0.75),
    ]


@inverted_dropout_forward.cases("other shapes", points=1)
def _(rng: Rng) -> list[Case]:
    p = float(rng.uniform(0.6, 0.9))
    return [
        call("one sample, p = 0.4", signal(rng, 1, 9), mask_of(rng, 1, 9), 0.4),
        call("no sample axis, p drawn at random", signal(rng, 7), mask_of(rng, 7), p),
        call("shape (2, 3, 2, 2), p = 0.1", signal(rng, 2, 3, 2, 2), mask_of(rng, 2, 3, 2, 2), 0.1),
        call("p = 0", signal(rng, 2, 2), np.ones((2, 2), bool), 0.0),
    ]


@inverted_dropout_forward.misconception(
    "not scaled",
    "The factor 1/(1-p) is missing: this is the paper's form, whose sums are too small on average.",
)
def _(X, mask, p):
    return X * mask


@inverted_dropout_forward.misconception(
    "multiplied",
    "You multiply by 1-p, so the sums shrink twice. What is kept has to become larger, to stand "
    "in for what is gone.",
)
def _(X, mask, p):
    return X * mask * (1 - p)


@inverted_dropout_forward.misconception(
    "divided by p",
    "You divide by p, the probability of being dropped; it is that of staying.",
)
def _(X, mask, p):
    return X * mask / p


@inverted_dropout_forward.misconception(
    "scaled by the share kept",
    "You divide by the share that this mask happens to keep. The scale is 1/(1-p), whatever was "
    "drawn: only then is each unit right on average.",
)
def _(X, mask, p):
    return X * mask / mask.mean()


@inverted_dropout_forward.misconception(
    "mask not applied", "Everything is scaled, but nothing is dropped: the mask does not come in."
)
def _(X, mask, p):
    return X / (1 - p)


@inverted_dropout_forward.misconception(
    "brackets missing", "`… / 1 - p` divides by 1 and then subtracts p: put 1 - p in brackets."
)
def _(X, mask, p):
    return X * mask / 1 - p


@inverted_dropout_forward.misconception(
    "drops the kept ones", "The wrong units are 0: where the mask is True, the unit stays."
)
def _(X, mask, p):
    return X * ~mask / (1 - p)


@inverted_dropout_forward.misconception(
    "changes X in place",
    "Right numbers, but `*=` and `/=` on X (or X[~mask] = 0) change the caller's X: make a new "
    "array.",
)
def _(X, mask, p):
    X *= mask
    X /= 1 - p
    return X


@inverted_dropout_forward.equivalent("a mask of scales")
def _(X, mask, p):
    return X * (mask * (1 / (1 - p)))


@inverted_dropout_forward.equivalent("with np.where")
def _(X, mask, p):
    return np.where(mask, X / (1 - p), 0)


inverted_dropout_backward = Exercise(
    "inverted_dropout_backward",
    reference=reference.inverted_dropout_backward,
    hint="Forward each unit was multiplied by a number; backward its gradient is, by the same.",
    minutes=5,
    difficulty=2,
)


@inverted_dropout_backward.cases("batches", points=1)
def _(rng: Rng) -> list[Case]:
    return [
        call("4 samples, 5 units, p = 0.2", signal(rng, 4, 5), mask_of(rng, 4, 5), 0.2),
        call("3 samples, 8 units, p = 0.75", signal(rng, 3, 8), mask_of(rng, 3, 8), 0.75),
    ]


@inverted_dropout_backward.cases("other shapes", points=1)
def _(rng: Rng) -> list[Case]:
    p = float(rng.uniform(0.6, 0.9))
    return [
        call("one sample, p = 0.4", signal(rng, 1, 9), mask_of(rng, 1, 9), 0.4),
        call("no sample axis, p drawn at random", signal(rng, 7), mask_of(rng, 7), p),
        call("shape (2, 3, 2, 2), p = 0.1", signal(rng, 2, 3, 2, 2), mask_of(rng, 2, 3, 2, 2), 0.1),
        call("p = 0", signal(rng, 2, 2), np.ones((2, 2), bool), 0.0),
    ]


@inverted_dropout_backward.misconception(
    "mask not applied",
    "A gradient comes through units that were dropped: they had no part in the loss, so theirs is "
    "0. Apply the mask here, too.",
)
def _(dout, mask, p):
    return dout / (1 - p)


@inverted_dropout_backward.misconception(
    "not scaled",
    "The factor 1/(1-p) is missing: forward the kept units were multiplied by it, so by the chain "
    "rule their gradient is.",
)
def _(dout, mask, p):
    return dout * mask


@inverted_dropout_backward.misconception(
    "passed on unchanged",
    "You pass the gradient on as it comes. Forward each unit was multiplied by a number, 0 or "
    "1/(1-p); the chain rule multiplies by it again.",
)
def _(dout, mask, p):
    return dout.copy()


@inverted_dropout_backward.misconception(
    "scaled the other way",
    "You multiply by 1-p, as if to undo the scaling of the way forward. A gradient is multiplied "
    "by the *same* factor.",
)
def _(dout, mask, p):
    return dout * mask * (1 - p)


@inverted_dropout_backward.misconception(
    "divided by p", "You divide by p, the probability of being dropped; it is that of staying."
)
def _(dout, mask, p):
    return dout * mask / p


@inverted_dropout_backward.misconception(
    "brackets missing", "`… / 1 - p` divides by 1 and then subtracts p: put 1 - p in brackets."
)
def _(dout, mask, p):
    return dout * mask / 1 - p


@inverted_dropout_backward.misconception(
    "drops the kept ones",
    "The gradient goes to the units that were dropped: where the mask is True, the unit was there.",
)
def _(dout, mask, p):
    return dout * ~mask / (1 - p)


@inverted_dropout_backward.misconception(
    "changes dout in place",
    "Right numbers, but `*=` or `/=` on dout changes the caller's array: make a new one.",
)
def _(dout, mask, p):
    dout *= mask
    dout /= 1 - p
    return dout


@inverted_dropout_backward.equivalent("with np.where")
def _(dout, mask, p):
    return np.where(mask, dout, 0.0) / (1 - p)


@inverted_dropout_backward.equivalent("on a copy, the kept ones only")
def _(dout, mask, p):
    dX = np.zeros(dout.shape)
    dX[mask] = dout[mask] / (1 - p)
    return dX


# ------------------------------------------------------------------------------- prediction
prediction_dropout = quiz(
    "prediction_dropout",
    answer="c",
    a="Dropout makes it harder to fit the training data, not easier: each step is taken by a "
    "network that lacks half of its units, and its loss is what is recorded.",
    b="The curve is recorded while training, with units missing; without dropout none are. Their "
    "losses cannot agree by anything but accident.",
    d="It is noisier, but there is still much to learn: each thinned network is pushed towards the "
    "right answers, and they share their weights.",
)
