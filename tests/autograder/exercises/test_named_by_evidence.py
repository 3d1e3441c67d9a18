"""A name is given only if what was seen supports it, however the answer was written."""

from __future__ import annotations

import numpy as np
import pytest

from autograder.checking.verdict import assess_here
from autograder.exercises import REGISTRY


def said(exercise_id, answer, seed=0):
    """(points, the name of the misconception)."""
    verdict = assess_here(REGISTRY[exercise_id], answer, seed)
    assert verdict.problem is not None
    names = {v.message: v.name for v in REGISTRY[exercise_id].misconceptions}
    return verdict.points, names.get(verdict.problem.misconception, "")


def sigmoid(z):
    return 1 / (1 + np.exp(-z))


def through_p(y, p):
    return y * np.log(p) + (1 - y) * np.log(1 - p)


def softmax(z, axis=1):
    E = np.exp(z)
    return E / E.sum(axis=axis, keepdims=True)


def shifted(z):
    return softmax(z - z.max(axis=1, keepdims=True))


def of_label(P, labels):
    return P[np.arange(len(labels)), labels]


TWO_CLASSES = {
    "wrong sign": (0, lambda y, z: np.sum(through_p(y, sigmoid(z))) / y.size),
    "sum": (0, lambda y, z: -np.sum(through_p(y, sigmoid(z)))),
    "only where y = 1": (0, lambda y, z: -np.mean(y * np.log(sigmoid(z)))),
    "z taken for a probability": (
        0,
        lambda y, z: -np.mean(through_p(y, np.clip(z, 1e-7, 1 - 1e-7))),
    ),
    "log of 0": (1, lambda y, z: -np.mean(np.log(np.where(y == 1, sigmoid(z), 1 - sigmoid(z))))),
    "clipped": (1, lambda y, z: -np.mean(through_p(y, np.clip(sigmoid(z), 1e-7, 1 - 1e-7)))),
    "overflow": (1, lambda y, z: np.mean(np.log1p(np.exp(z)) - y * z)),
    "overflow below 0": (1, lambda y, z: np.mean((1 - y) * z + np.log1p(np.exp(-z)))),
}
MANY_CLASSES = {
    "wrong sign": (0, lambda y, z: np.mean(np.log(of_label(softmax(z), y)))),
    "sum": (0, lambda y, z: -np.sum(np.log(of_label(softmax(z), y)))),
    "sum down the columns": (0, lambda y, z: -np.mean(np.log(of_label(softmax(z, 0), y)))),
    "divided by all elements": (
        0,
        lambda y, z: -np.mean(np.eye(z.shape[1])[y] * np.log(np.maximum(shifted(z), 1e-9))),
    ),
    "softmax twice": (0, lambda y, z: -np.mean(np.log(of_label(shifted(shifted(z)), y)))),
    "loss without the log": (0, lambda y, z: -np.mean(of_label(softmax(z), y))),
    "log of 0": (1, lambda y, z: -np.mean(np.log(of_label(shifted(z), y)))),
    "overflow": (1, lambda y, z: -np.mean(np.log(of_label(softmax(z), y)))),
    "overflow in the sum": (
        1,
        lambda y, z: np.mean(np.log(np.exp(z).sum(axis=1)) - of_label(z, y)),
    ),
    "clipped": (1, lambda y, z: -np.mean(np.log(of_label(shifted(z), y) + 1e-8))),
}


@pytest.mark.filterwarnings("ignore:.*:RuntimeWarning")
@pytest.mark.parametrize("seed", [0, 7])
@pytest.mark.parametrize("name", TWO_CLASSES)
def test_two_classes(name, seed):
    points, loss = TWO_CLASSES[name]
    assert said("binary_cross_entropy", loss, seed) == (points, name)


@pytest.mark.filterwarnings("ignore:.*:RuntimeWarning")
@pytest.mark.parametrize("seed", [0, 7])
@pytest.mark.parametrize("name", MANY_CLASSES)
def test_many_classes(name, seed):
    points, loss = MANY_CLASSES[name]
    assert said("cross_entropy", loss, seed) == (points, name)


ACTIVATIONS = {
    "always ReLU": lambda z: np.maximum(z, 0),
    "always tanh": np.tanh,
    "no activation": lambda z: z,
}


@pytest.mark.parametrize("name", ACTIVATIONS)
def test_a_network_with_an_activation_of_its_own(name):
    def forward(X, params, activation):
        caches = []
        for k, (W, b) in enumerate(params):
            Z = X @ W + b
            caches.append((X, Z))
            X = Z if k == len(params) - 1 else ACTIVATIONS[name](Z)
        return X, caches

    assert said("mlp_forward", forward)[1] == name


def test_a_network_that_keeps_the_output_for_the_input():
    def forward(X, params, activation):
        caches = []
        for W, b in params[:-1]:
            Z = X @ W + b
            X = activation(Z)
            caches.append((X, Z))
        W, b = params[-1]
        logits = X @ W + b
        return logits, [*caches, (logits, logits)]

    assert said("mlp_forward", forward)[1] == "outputs before their layer"


def knows(accuracy):
    return max(accuracy) > 0.5


def both_finite(L, V):
    return np.isfinite(L).all() and np.isfinite(V).all()


def diagnosis(diverges, still, high, knows=knows, finite=both_finite):
    """A diagnosis with these questions for diverging, dead, underfitting and fine."""

    def diagnose(history):
        L, V = np.array(history["loss"]), np.array(history["val_loss"])
        if not finite(L, V) or diverges(L):
            return "diverging"
        if still(L):
            return "dead"
        if V[-1] > V.min() + 0.1 * V[0] and L[-1] < 0.5 * L[0]:
            return "overfitting"
        if high(L):
            return "underfitting"
        return "fine" if knows(history["val_accuracy"]) else "dead"

    return diagnose


def climbs(L):
    return L[-1] > 1.3 * L[0]


def stands(L):
    return np.abs(L - L[0]).max() < 0.03 * L[0]


def is_high(L):
    return L[-1] > 0.5 * L[0]


@pytest.mark.parametrize(
    "questions",
    [
        (climbs, stands, is_high, knows, lambda L, V: True),  # nan slips through
        (climbs, stands, is_high, knows, lambda L, V: np.isfinite(L).all()),
        (climbs, stands, is_high, knows, lambda L, V: np.isfinite(V).all()),
        (lambda L: L[-1] > L[0], stands, is_high),
        (climbs, lambda L: np.ptp(L) < 0.03, is_high),
        (climbs, stands, lambda L: L[-1] > 1),
        (climbs, stands, is_high, lambda accuracy: True),
        (climbs, stands, is_high, lambda accuracy: accuracy[-1] > 50),
    ],
)
def test_no_seed_gives_full_marks_to_a_diagnosis_by_luck(questions):
    for seed in range(60):
        assert assess_here(REGISTRY["diagnose"], diagnosis(*questions), seed).points < 6, seed


def test_the_same_diagnosis_without_a_slip_passes():
    assert assess_here(REGISTRY["diagnose"], diagnosis(climbs, stands, is_high)).passed


def test_worse_than_guessing_is_not_called_guessing():
    def model(X, labels, rng):
        right = REGISTRY["images_model"].reference(X, labels, rng)
        return lambda A: (right(A) + 1) % 10

    assert said("images_model", model) == (0, "the least likely digit")


DRAWS = {  # wrong numbers, but from rng, and each drawn by itself
    "the mean taken away": ("uniform_fan_in", lambda W, limit: W - W.mean()),
    "a bit too narrow": ("he_normal", lambda W, sigma: 0.965 * W),
    "rounded": ("uniform_fan_in", lambda W, limit: np.round(W, 1)),
    "three values": ("uniform_fan_in", lambda W, limit: limit * np.round(W / limit)),
    "half of them 0": ("he_normal", lambda W, sigma: np.maximum(W, 0)),
}


@pytest.mark.parametrize("draw", DRAWS)
def test_draws_from_rng_and_no_copies_are_not_called_so(draw):
    exercise_id, change = DRAWS[draw]
    exercise = REGISTRY[exercise_id]

    def answer(fan_in, fan_out, rng):
        scale = 1 / np.sqrt(fan_in) if exercise_id == "uniform_fan_in" else np.sqrt(2 / fan_in)
        return change(exercise.reference(fan_in, fan_out, rng), scale)

    assert said(exercise_id, answer)[1] == ""


def test_nothing_is_printed_while_a_name_is_looked_for(capfd):
    """LAPACK would print into the student's cell, from below Python: np.linalg.lstsq with a nan."""

    def weighted(X, y, lam):
        A = X.T @ X
        return np.linalg.solve(A + lam * np.diag(np.diag(A)), X.T @ y)

    assert said("ridge_fit", weighted) == (0, "")
    assert capfd.readouterr() == ("", "")
