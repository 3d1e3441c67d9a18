"""What must hold for any training, whatever its optimizer and the order of its batches.

A case carries its own judge: a function of the outcomes that tests one property.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np

from autograder.checking.compare import Difference, first_difference
from autograder.checking.drive import Call, Outcome, Plain
from autograder.checking.drive import Rng as Seed
from autograder.checking.exercise import Case
from reference_impl.activations import relu, relu_grad
from reference_impl.losses import cross_entropy, cross_entropy_grad
from reference_impl.mlp import mlp_backward, mlp_forward
from reference_impl.mlp_training import accuracy

Judge = Callable[[Sequence[Call], Sequence[Outcome]], Difference | None]
CURVES = ("loss", "val_loss", "val_accuracy")


@dataclass(frozen=True)
class Judged(Case):
    """A case whose outcomes are judged by a property; the judge never crosses to the student."""

    judge: Judge = lambda script, got: None


def judged(label: str, judge: Judge, *calls: Call) -> Judged:
    return Judged(label, calls, {}, judge)


def compare_runs(
    case: Case, expected: Sequence[Outcome], got: Sequence[Outcome]
) -> Difference | None:
    """The form of what each call returned, then the property that the case is about."""
    for call, outcome in zip(case.script, got, strict=True):
        wrong = _form(call, outcome.value)
        if wrong is not None:
            return wrong
    assert isinstance(case, Judged)
    return case.judge(case.script, got)


def wrong(where: str, expected: str, got: str, name: str = "", note: str = "") -> Difference:
    return Difference("value", where, expected, got, note, name)


# ---------------------------------------------------------------------------------- the form
def _form(call: Call, value: Plain) -> Difference | None:
    params = call.args[0]
    if not isinstance(value, tuple | list) or len(value) != 2:
        return first_difference((list(params), {}), value, names=("params", "history"))
    after, history = value
    if not isinstance(history, dict):  # params alone are a pair as well, if there are two layers
        return first_difference({}, history, where="the second value, history")
    if not isinstance(after, tuple | list):
        return first_difference(list(params), after, where="params")
    if len(after) != len(params):
        return Difference("shape", "params", f"{len(params)} layers", f"{len(after)}")
    for number, (pair, other) in enumerate(zip(params, after, strict=True), start=1):
        found = first_difference(tuple(pair), other, names=("W", "b"))
        if found is not None and found.stage != "value":
            return Difference(
                found.stage, f"params, layer {number} {found.where}", found.expected, found.got
            )
    return _lists(
        history, call.kwargs["epochs"], -(-len(call.args[1]) // call.kwargs["batch_size"])
    )


def _lists(history: dict[str, Plain], epochs: int, batches: int) -> Difference | None:
    missing = [name for name in CURVES if name not in history]
    if missing:
        return Difference("shape", "history", f"the key {missing[0]!r}", f"the keys {[*history]}")
    for name in CURVES:
        found = first_difference(np.zeros(epochs), history[name], where=f"history[{name!r}]")
        if found is not None and found.stage != "value":
            steps = found.stage == "shape" and np.size(history[name]) == epochs * batches
            return Difference(
                found.stage,
                found.where,
                f"one number per epoch, {epochs} in all",
                found.got,
                "",
                "one number per batch" if steps else "",
            )
    return None


# ---------------------------------------------------------------------------------- the judges
def history_is_of_the_validation_set(
    script: Sequence[Call], got: Sequence[Outcome]
) -> Difference | None:
    """The validation numbers of some epoch are those of the parameters that were returned.

    Most answers return the parameters of the last epoch; those of the best epoch are right as well.
    """
    for call, outcome in zip(script, got, strict=True):
        after, history = outcome.value
        _, X, labels, X_val, labels_val = call.args
        reported = np.array([history[name] for name in CURVES[1:]], dtype=np.float64)
        logits = _logits(X_val, after)
        true = np.array([cross_entropy(labels_val, logits), accuracy(labels_val, logits)])
        if np.isclose(reported, true[:, None], rtol=1e-6, atol=1e-9).all(axis=0).any():
            continue
        logits = _logits(X, after)
        other = np.array([cross_entropy(labels, logits), accuracy(labels, logits)])
        on_training = np.isclose(reported[:, -1], other, rtol=1e-6, atol=1e-9).all()
        note = "does the network have ReLU between its layers, and do you measure after the "
        note += "epoch's steps?"
        if on_training:
            note = "they are those of the training data"
        elif np.isclose(reported[0, -1], true[0], rtol=1e-6, atol=1e-9):
            note = "val_loss is right; val_accuracy is a share of X_val, from 0 to 1"
        return wrong(
            "history of the last epoch",
            f"val_loss {true[0]:.4g} and val_accuracy {true[1]:.4g}, which is what the returned "
            "network gives on X_val",
            f"{reported[0, -1]:.4g} and {reported[1, -1]:.4g}",
            "validation on the training data" if on_training else "",
            note,
        )
    return None


def the_loss_is_a_mean(script: Sequence[Call], got: Sequence[Outcome]) -> Difference | None:
    """With steps of almost no length, the epoch's loss is that of the start."""
    call, (_, history) = script[0], got[0].value
    params, X, labels = call.args[:3]
    start = cross_entropy(labels, _logits(X, params))
    first = float(np.asarray(history["loss"], dtype=np.float64)[0])
    if abs(first / start - 1) < 1e-3:
        return None
    batches = len(X) / call.kwargs["batch_size"]
    summed = abs(first / start / batches - 1) < 1e-3
    return wrong(
        "history['loss'], with a learning rate near 0",
        f"{start:.4g}, the mean loss of the start",
        f"{first:.4g}",
        "loss summed over batches" if summed else "",
    )


def every_sample_is_used(script: Sequence[Call], got: Sequence[Outcome]) -> Difference | None:
    """X is the identity: sample i changes only row i of the first W."""
    unused = []
    for call, outcome in zip(script, got, strict=True):
        before, after = call.args[0][0][0], np.asarray(outcome.value[0][0][0])
        unused.append(int((after == before).all(axis=1).sum()))
    if not any(unused):
        return None
    short = [len(call.args[1]) % call.kwargs["batch_size"] for call in script]
    k = int(np.argmax(np.array(unused) > 0))
    n, size = len(script[k].args[1]), script[k].kwargs["batch_size"]
    return wrong(
        f"an epoch of {n} samples in batches of {size}",
        "the network learns from every sample",
        f"it never learns from {unused[k]} of them",
        "short last batch dropped" if unused == short else "",
    )


def goes_downhill(script: Sequence[Call], got: Sequence[Outcome]) -> Difference | None:
    """The first step on all samples at once goes against the gradient, in every array.

    The first step of every common optimizer does that, whatever its length is.
    """
    params, X, labels = script[0].args[:3]
    logits, caches = mlp_forward(X, params, relu)
    grads = mlp_backward(cross_entropy_grad(labels, logits), caches, params, relu_grad)
    after = got[0].value[0]
    for number, (pair, other, slopes) in enumerate(zip(params, after, grads, strict=True), start=1):
        for name, theta, moved, slope in zip("Wb", pair, other, slopes, strict=True):
            step = np.asarray(moved) - theta
            where = f"{name} of layer {number}, after one step on all samples"
            if not step.any():
                return wrong(where, "a step", "it has not moved", note="is every layer updated?")
            clear = np.abs(slope) > 1e-3 * np.abs(slope).max()
            downhill = float(np.mean(step[clear] * slope[clear] < 0))
            if downhill < 0.9:
                return wrong(
                    where,
                    "a step against the gradient",
                    f"{downhill:.0%} of its numbers go that way",
                    "uphill" if downhill < 0.02 else "",
                )
    return None


def lr_counts(script: Sequence[Call], got: Sequence[Outcome]) -> Difference | None:
    """The first call's step is ten times as long as the second's."""
    start = _flat(script[0].args[0])
    large, small = (np.linalg.norm(_flat(o.value[0]) - start) for o in got)
    wanted = script[0].kwargs["lr"] / script[1].kwargs["lr"]
    if small > 0 and abs(large / small / wanted - 1) < 0.05:
        return None
    return wrong(
        f"the first step, with an lr {wanted:g} times as large",
        f"{wanted:g} times as long",
        f"{large / small:.3g} times" if small > 0 else "no step at all",
        "ignores lr" if small > 0 and abs(large / small - 1) < 1e-6 else "",
    )


def batch_size_counts(script: Sequence[Call], got: Sequence[Outcome]) -> Difference | None:
    if not _same(got[0], got[1]):
        return None
    sizes = " and ".join(str(call.kwargs["batch_size"]) for call in script)
    return wrong(f"batches of {sizes}", "different runs", "the same network", "batch_size ignored")


def it_learns(lowest: float) -> Judge:
    """Whether the loss falls, and the returned network is right often enough at the end."""

    def judge(script: Sequence[Call], got: Sequence[Outcome]) -> Difference | None:
        for call, outcome in zip(script, got, strict=True):
            after, history = outcome.value
            X_val, labels_val = call.args[3:]
            loss = np.asarray(history["loss"], dtype=np.float64)
            reached = accuracy(labels_val, _logits(X_val, after))
            if loss[-1] > 0.6 * loss[0]:
                return wrong(
                    "history['loss']",
                    "it falls to less than half",
                    f"from {loss[0]:.3g} to {loss[-1]:.3g}",
                )
            if reached < lowest:
                return wrong(
                    "accuracy on X_val of the network that you returned",
                    f"{lowest:g} at least",
                    f"{reached:.3g}",
                )
        return None

    return judge


def validation_is_only_watched(script: Sequence[Call], got: Sequence[Outcome]) -> Difference | None:
    """The first two calls are the same, the others differ only in X_val and labels_val."""
    if not _same(got[0], got[1]) or all(_same(got[0], other) for other in got[2:]):
        return None  # the case about rng tells a student who draws from elsewhere
    return wrong(
        "two runs of one seed, with other validation data",
        "the same network",
        "another one",
        "learns from validation",
    )


def rng_decides(script: Sequence[Call], got: Sequence[Outcome]) -> Difference | None:
    """Three seeds, each twice."""
    first, again = got[: len(got) // 2], got[len(got) // 2 :]
    if any(not _same(a, b) for a, b in zip(first, again, strict=True)):
        return wrong(
            "two runs of one seed",
            "the same network",
            "two different ones",
            "not from rng",
            "does something other than rng decide?",
        )
    if all(_same(first[0], other) for other in first[1:]):
        return wrong(
            "runs of different seeds",
            "different orders of the samples",
            "the same network each time",
            "never shuffled",
        )
    return None


def _logits(X: Any, params: Plain) -> Any:
    layers = [(np.asarray(W, dtype=np.float64), np.asarray(b)) for W, b in params]
    return mlp_forward(X, layers, relu)[0]


def _flat(params: Plain) -> Any:
    return np.concatenate([np.ravel(array) for pair in params for array in pair])


def _same(one: Outcome, other: Outcome) -> bool:
    return bool(np.allclose(_flat(one.value[0]), _flat(other.value[0]), rtol=1e-9, atol=1e-12))


# ------------------------------------------------------------------------------------- the data
def run(data: Sequence[Any], seed: int, **settings: Any) -> Call:
    """A call of train: lr 0.05, batches of 4 and one epoch, unless said otherwise."""
    return Call(
        tuple(data), {"lr": 0.05, "batch_size": 4, "epochs": 1} | settings | {"rng": Seed(seed)}
    )


def network(rng: np.random.Generator, *sizes: int) -> list[tuple[Any, Any]]:
    """He weights, and biases that are not 0."""
    return [
        (rng.normal(0, np.sqrt(2 / i), (i, o)), 0.1 * rng.normal(size=o))
        for i, o in pairwise(sizes)
    ]


def clouds(rng: np.random.Generator, n: int, spread: float = 0.5) -> tuple[Any, Any]:
    """Three groups of points that a network can tell apart, each class as often as the others."""
    labels = rng.permutation(np.arange(n) % 3)
    centers = np.array([[0.0, 2.0], [2.0, -1.0], [-2.0, -1.0]])
    return centers[labels] + spread * rng.normal(size=(n, 2)), labels


def ring(rng: np.random.Generator, n: int) -> tuple[Any, Any]:
    """A cloud, and a ring around it: no straight line separates them."""
    labels = rng.permutation(np.arange(n) % 2)
    angle, radius = rng.uniform(0, 2 * np.pi, n), 0.4 * rng.random(n) + 1.6 * labels
    return radius[:, None] * np.column_stack([np.cos(angle), np.sin(angle)]), labels
