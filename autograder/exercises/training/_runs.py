"""What must hold for any training, whatever its optimizer and the order of its batches.

A case carries its own judge: a function of the outcomes that tests one property.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import combinations, pairwise
from typing import Any

import numpy as np

from autograder.checking.compare import Difference, first_difference
from autograder.checking.drive import Call, Outcome, Plain
from autograder.checking.drive import Rng as Seed
from autograder.checking.exercise import Case
from reference_impl.activations import relu, relu_grad, sigmoid
from reference_impl.layers.output import SoftmaxOutput
from reference_impl.losses import cross_entropy, cross_entropy_grad
from reference_impl.mlp import mlp_backward, mlp_forward

Judge = Callable[[Sequence[Call], Sequence[Outcome]], Difference | None]
CURVES = ("loss", "val_loss", "val_accuracy")
ONLY_THE_LAST = "only the last batch of an epoch"
OTHERS: tuple[Callable[[Any], Any], ...] = (np.tanh, sigmoid, np.asarray)  # in place of ReLU


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
    return _unmoved(case.script, got) or case.judge(case.script, got)


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


def _unmoved(script: Sequence[Call], got: Sequence[Outcome]) -> Difference | None:
    """The network that comes back is the one that was given: no other property says anything."""
    for call, outcome in zip(script, got, strict=True):
        if not np.array_equal(_flat(outcome.value[0]), _flat(call.args[0])):
            return None
    k = int(np.argmax([call.kwargs["lr"] for call in script]))
    call, (_, history) = script[k], got[k].value
    start = cross_entropy(call.args[4], _logits(call.args[3], call.args[0]))
    stood = np.allclose(np.asarray(history["val_loss"], dtype=np.float64), start, rtol=1e-12)
    return wrong(
        "params",
        "what the steps have made of them",
        "the params that train was given",
        "no step" if stood else "the first params returned",
    )


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
        true = np.array([cross_entropy(labels_val, logits), _share_right(labels_val, logits)])
        if np.isclose(reported, true[:, None], rtol=1e-6, atol=1e-9).all(axis=0).any():
            continue
        logits = _logits(X, after)
        other = np.array([cross_entropy(labels, logits), _share_right(labels, logits)])
        on_training = np.isclose(reported[:, -1], other, rtol=1e-6, atol=1e-9).all()
        name = _which_network(call, after, reported[0])
        note = "does the network have ReLU between its layers, and do you measure after the "
        note += "epoch's steps?"
        if on_training:
            name, note = "validation on the training data", ""
        elif np.isclose(reported[::-1, -1], true, rtol=1e-6, atol=1e-9).all():
            name, note = "validation numbers exchanged", ""
        elif np.isclose(reported[0, -1], true[0], rtol=1e-6, atol=1e-9):
            name = _which_accuracy(reported[1, -1], true[1], len(X_val))
            note = "val_loss is right; val_accuracy is a share of X_val, from 0 to 1"
        return wrong(
            "history of the last epoch",
            f"val_loss {true[0]:.4g} and val_accuracy {true[1]:.4g}, which is what the returned "
            "network gives on X_val",
            f"{reported[0, -1]:.4g} and {reported[1, -1]:.4g}",
            name,
            note,
        )
    return None


def _which_network(call: Call, after: Plain, val_loss: Any) -> str:
    """What network the validation losses belong to, if it is one of the usual wrong ones."""
    X_val, labels_val = call.args[3:]

    def belongs(loss: float, place: int) -> bool:
        return bool(np.isclose(val_loss[place], loss, rtol=1e-6, atol=1e-9))

    for activation in OTHERS:
        if belongs(cross_entropy(labels_val, _logits(X_val, after, activation)), -1):
            return "no ReLU between the layers"
    if belongs(cross_entropy(labels_val, relu(_logits(X_val, after))), -1):
        return "ReLU after the last layer"
    if belongs(cross_entropy(labels_val, _logits(X_val, call.args[0])), 0):
        return "measured before the epoch"
    return ""


def _which_accuracy(reported: float, true: float, n: int) -> str:
    for factor, name in ((100, "accuracy in per cent"), (n, "accuracy as a count")):
        if np.isclose(reported, factor * true):
            return name
    return "the error rate for the accuracy" if np.isclose(reported, 1 - true) else ""


def the_loss_is_a_mean(script: Sequence[Call], got: Sequence[Outcome]) -> Difference | None:
    """With steps of almost no length, the epoch's loss is that of the start."""
    call, (_, history) = script[0], got[0].value
    params, X, labels = call.args[:3]
    start = cross_entropy(labels, _logits(X, params))
    first = float(np.asarray(history["loss"], dtype=np.float64)[0])
    if abs(first / start - 1) < 1e-5:
        return None
    return wrong(
        "history['loss'], with a learning rate near 0",
        f"{start:.4g}, the mean loss of the start",
        f"{first:.4g}",
        _which_loss(call, first, start) or step_name(script[1:], got[1:]),
    )


def _which_loss(call: Call, first: float, start: float) -> str:
    """How the losses of an epoch's batches were put together, in a run that stands still."""
    n, size = len(call.args[1]), call.kwargs["batch_size"]
    batches = n / size
    for factor, name in (
        (batches, "loss summed over batches"),
        (n, "loss summed over samples"),
        (batches / n, "batch losses divided by n"),
        (-1, "loss with the wrong sign"),
    ):
        if abs(first / start / factor - 1) < 1e-3:
            return name
    params, X, labels = call.args[:3]
    logits = _logits(X, params)
    each = [cross_entropy(labels[i : i + 1], logits[i : i + 1]) for i in range(n)]
    one_batch = [sum(some) / size for some in combinations(each, size)]
    return "loss of one batch" if np.isclose(one_batch, first, rtol=1e-7).any() else ""


def the_loss_is_of_its_epoch(script: Sequence[Call], got: Sequence[Outcome]) -> Difference | None:
    """One step an epoch, on all of X, which is the validation set as well.

    Then the loss of an epoch, before its step or after, stands in the validation losses. Whoever
    never empties the list (or never sets the sum to 0) reports the mean of all epochs so far.
    """
    _, history = got[0].value
    loss, after = (np.asarray(history[name], dtype=np.float64) for name in CURVES[:2])
    epoch = np.arange(1, len(loss) + 1)
    if _fits(loss, after):
        return None
    sums = (epoch * loss, loss)
    if not any(_fits(np.diff(total, prepend=0), after) for total in sums):
        return None  # another way to measure, which the other cases judge
    return wrong(
        f"history['loss'], epoch {len(loss)} of {len(loss)}",
        f"{after[-2]:.4g}, the loss in this epoch",
        f"{loss[-1]:.4g}, with the losses of the epochs before it",
        "losses of earlier epochs kept",
    )


def _fits(loss: Any, after: Any) -> bool:
    """Whether the losses were measured before each epoch's step, or after it."""
    before = np.allclose(loss[1:], after[:-1], rtol=1e-6, atol=0)
    return bool(before or np.allclose(loss, after, rtol=1e-6, atol=0))


def every_sample_is_used(script: Sequence[Call], got: Sequence[Outcome]) -> Difference | None:
    """X is the identity: sample i changes only row i of the first W."""
    unused = []
    for call, outcome in zip(script, got, strict=True):
        before, after = call.args[0][0][0], np.asarray(outcome.value[0][0][0])
        unused.append(int((after == before).all(axis=1).sum()))
    if not any(unused):
        return None
    short = [len(call.args[1]) % call.kwargs["batch_size"] for call in script]
    name = "short last batch dropped" if unused == short else ""
    sizes = [(len(call.args[1]), call.kwargs["batch_size"]) for call in script]
    if unused == [n - (n % size or size) for n, size in sizes]:
        name = ONLY_THE_LAST
    if all(count == len(call.args[1]) for count, call in zip(unused, script, strict=True)):
        name = _which_arrays_stood(script[0].args[0], got[0].value[0])
    k = int(np.argmax(np.array(unused) > 0))
    n, size = len(script[k].args[1]), script[k].kwargs["batch_size"]
    return wrong(
        f"an epoch of {n} samples in batches of {size}",
        "the network learns from every sample",
        f"it never learns from {unused[k]} of them",
        name,
    )


def goes_downhill(script: Sequence[Call], got: Sequence[Outcome]) -> Difference | None:
    """The first step on all samples at once goes against the gradient, in every array.

    The first step of every common optimizer does that, whatever its length is. The other
    calls are for `step_name`.
    """
    params, X, labels = script[0].args[:3]
    grads = _gradients(params, X, labels)
    after = got[0].value[0]
    name = step_name(script, got)
    for number, (pair, other, slopes) in enumerate(zip(params, after, grads, strict=True), start=1):
        for array, theta, moved, slope in zip("Wb", pair, other, slopes, strict=True):
            step = np.asarray(moved) - theta
            where = f"{array} of layer {number}, after one step on all samples"
            if not step.any():
                note = "is every layer updated?"
                return wrong(where, "a step", "it has not moved", name, note)
            downhill = _share_downhill(step, slope)
            if downhill < 0.9:
                return wrong(
                    where,
                    "a step against the gradient",
                    f"{downhill:.0%} of its numbers go that way",
                    name,
                )
    return None


def step_name(script: Sequence[Call], got: Sequence[Outcome]) -> str:
    """Which usual mistake explains one step on all samples, where X is the identity.

    Then row i of the first W learns from sample i alone, and shows which label it was given.
    """
    (params, X, labels), after = script[0].args[:3], got[0].value[0]
    steps = [
        tuple(np.asarray(new) - old for old, new in zip(*pair, strict=True))
        for pair in zip(params, after, strict=True)
    ]
    stood = _which_arrays_stood(params, after)
    if stood:
        return stood
    true = _gradients(params, X, labels)
    if _all_against(steps, true):
        return ""
    if _all_against([(-dW, -db) for dW, db in steps], true):
        return "uphill"
    if _all_against(steps, _gradients(params, X, labels, np.ones_like)):
        return "no slope of ReLU"
    if _labels_are_dealt_anew(_labels_behind(steps[0][0], params, X), labels):
        return "X and labels shuffled apart"
    if not _same(got[0], got[1]):
        return "learns from validation"
    every = (steps[0][0].any(axis=1) | ~true[0][0].any(axis=1)).all()
    return "batches of a fixed size" if every and not _same(got[0], got[2]) else ""


def _which_arrays_stood(before: Plain, after: Plain) -> str:
    moved = np.array(
        [
            [not np.array_equal(old, new) for old, new in zip(*pair, strict=True)]
            for pair in zip(before, after, strict=True)
        ]
    )
    if len(moved) > 1 and moved[-1].all() and not moved[:-1].any():
        return "only the last layer"
    if len(moved) > 1 and moved[0].all() and not moved[1:].any():
        return "only the first layer"
    if moved[:, 0].all() and not moved[:, 1].any():
        return "biases stand still"
    return ""


def _gradients(params: Any, X: Any, labels: Any, slope: Callable[[Any], Any] = relu_grad) -> Any:
    logits, caches = mlp_forward(X, params, relu)
    return mlp_backward(cross_entropy_grad(labels, logits), caches, params, slope)


def _share_downhill(step: Any, slope: Any) -> float:
    clear = np.abs(slope) > 1e-3 * np.abs(slope).max()
    return float(np.mean(step[clear] * slope[clear] < 0)) if clear.any() else 1.0


def _all_against(steps: Any, grads: Any) -> bool:
    pairs = zip(steps, grads, strict=True)
    return all(_share_downhill(s, g) > 0.98 for pair in pairs for s, g in zip(*pair, strict=True))


def _labels_behind(step: Any, params: Any, X: Any) -> Any:
    """Which labels (columns) explain the step that each sample's row of the first W took."""
    return np.array(
        [
            [
                _share_downhill(row, slope) > 0.98
                for row, slope in zip(step, _gradients(params, X, label)[0][0], strict=True)
            ]
            for label in (np.full(len(X), k) for k in range(params[-1][1].size))
        ]
    ).T


def _labels_are_dealt_anew(fits: Any, labels: Any) -> bool:
    """Whether the samples learned from the same labels, but not each from its own.

    A step may fit several labels. One label each can be dealt out if, for every set of labels,
    no more samples need one of them than there are (Hall's theorem).
    """
    classes = range(fits.shape[1])
    if fits[np.arange(len(labels)), labels].all() or not fits.any(axis=1).all():
        return False
    return all(
        np.sum(~np.delete(fits, chosen, axis=1).any(axis=1)) <= np.isin(labels, chosen).sum()
        for size in classes
        for chosen in combinations(classes, size)
    )


def _steps(script: Sequence[Call], got: Sequence[Outcome]) -> Any:
    return [_flat(o.value[0]) - _flat(call.args[0]) for call, o in zip(script, got, strict=True)]


def direction_is_that_of_a_small_step(
    script: Sequence[Call], got: Sequence[Outcome]
) -> Difference | None:
    """A first step of any length has one direction: all gradients are those of the old weights.

    The third call has other validation data and the fourth another order, which change nothing
    where one step is made on all of X and nothing else.
    """
    long, short, *_ = (step / (np.linalg.norm(step) or 1.0) for step in _steps(script, got))
    off = float(np.linalg.norm(long - short))
    if off < 1e-3:
        return None
    return wrong(
        f"the first step with lr = {script[0].kwargs['lr']:g}",
        f"the direction of the step with lr = {script[1].kwargs['lr']:g}",
        f"one that is {off:.2g} away from it, for directions of length 1",
        _why_it_turns(*got[1:]),
    )


def _why_it_turns(short: Outcome, elsewhere: Outcome, shuffled: Outcome) -> str:
    if not _same(short, elsewhere):
        return "learns from validation"
    return "weights updated too early" if _same(short, shuffled) else ""


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
    """Two sizes of batches, and a third call as the first, with another seed.

    Only where every step is made on all of X does another order of the samples change nothing.
    """
    if not _same(got[0], got[1]):
        return None
    sizes = " and ".join(str(call.kwargs["batch_size"]) for call in script[:2])
    name = "batch_size ignored" if _same(got[0], got[2]) else "batches of a fixed size"
    return wrong(f"batches of {sizes}", "different runs", "the same network", name)


def it_learns(lowest: float) -> Judge:
    """Whether the loss falls, and the returned network is right often enough at the end.

    The first call is the run; the others are single steps, and one epoch of several steps: they
    tell why it does not learn.
    """

    def judge(script: Sequence[Call], got: Sequence[Outcome]) -> Difference | None:
        after, history = got[0].value
        X_val, labels_val = script[0].args[3:]
        loss = np.asarray(history["loss"], dtype=np.float64)
        reached = _share_right(labels_val, _logits(X_val, after))
        if loss[-1] > 0.6 * loss[0]:
            return wrong(
                "history['loss']",
                "it falls to less than half",
                f"from {loss[0]:.3g} to {loss[-1]:.3g}",
                _why_it_does_not_learn(script, got),
            )
        if reached < lowest:
            return wrong(
                "accuracy on X_val of the network that you returned",
                f"{lowest:g} at least",
                f"{reached:.3g}",
                _why_it_does_not_learn(script, got),
            )
        return None

    return judge


def _why_it_does_not_learn(script: Sequence[Call], got: Sequence[Outcome]) -> str:
    if name := step_name(script[1:4], got[1:4]):
        return name
    unused = every_sample_is_used(script[4:], got[4:])
    only_last = unused is not None and unused.misconception == ONLY_THE_LAST
    return ONLY_THE_LAST if only_last else ""


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
    """Three seeds, each twice.

    The last two calls are the first with the rows of X in another order, and with one batch.
    """
    *runs, turned, whole = got
    first, again = runs[: len(runs) // 2], runs[len(runs) // 2 :]
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
            _why_the_same(first[0], turned, whole),
        )
    return None


def each_epoch_has_an_order(script: Sequence[Call], got: Sequence[Outcome]) -> Difference | None:
    """Some epochs of three samples, one by one, with nine seeds.

    There are six orders. If all epochs of a run have the same one, there are six runs at most; else
    the chance that nine seeds give so few is below one in a thousand million. Where all runs are
    the same, the case about rng tells why.
    """
    different: list[Outcome] = []
    for outcome in got:
        if not any(_same(outcome, other) for other in different):
            different.append(outcome)
    if len(different) == 1 or len(different) > 6:
        return None
    epochs = script[0].kwargs["epochs"]
    return wrong(
        f"{len(got)} seeds, each with {epochs} epochs of 3 samples, one by one",
        "different runs",
        f"{len(different)} different",
        "one order for all epochs",
    )


def _why_the_same(one: Outcome, turned: Outcome, whole: Outcome) -> str:
    """Why no seed changes the run."""
    if not _same(one, turned):
        return "never shuffled"
    return "batch_size ignored" if _same(one, whole) else "all of X in every step"


def _logits(X: Any, params: Plain, activation: Callable[[Any], Any] = relu) -> Any:
    layers = [(np.asarray(W, dtype=np.float64), np.asarray(b)) for W, b in params]
    return mlp_forward(X, layers, activation)[0]


def _share_right(labels: Any, logits: Any) -> float:
    # A class's edition has this check and not the answer to `accuracy`.
    return SoftmaxOutput().score(logits, labels)


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


def single_step(rng: np.random.Generator, *hidden: int) -> tuple[Call, ...]:
    """One step on all of 12 samples, thrice; X is the identity.

    The second call has other validation data, the third has the data of the first in another order.
    """
    labels = rng.permutation(np.arange(12) % 3)
    start, settings = network(rng, 12, *hidden, 3), {"batch_size": 12, "lr": 1e-3}
    seed = int(rng.integers(1000))
    others = [(rng.normal(size=(5, 12)), rng.permutation(np.arange(5) % 3)) for _ in range(2)]
    one, two = ((start, np.eye(12), labels, *other) for other in others)
    return tuple(run(d, s, **settings) for d, s in ((one, seed), (two, seed), (one, seed + 1)))


def several_steps(rng: np.random.Generator) -> Call:
    """An epoch of two steps; X is the identity."""
    X_val, labels_val = rng.normal(size=(4, 6)), np.arange(4) % 3
    data = (network(rng, 6, 12, 3), np.eye(6), np.arange(6) % 3, X_val, labels_val)
    return run(data, int(rng.integers(1000)))


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


def with_every_label(X: Any, labels: Any) -> tuple[Any, Any]:
    """The samples, and the first of them twice more, so that it has each of the three labels.

    Then no network is right everywhere or nowhere. (0 in per cent and as a count is 0.)
    """
    others = (labels[0] + np.arange(1, 3)) % 3
    return np.concatenate([X, X[:1], X[:1]]), np.concatenate([labels, others])


def ring(rng: np.random.Generator, n: int) -> tuple[Any, Any]:
    """A cloud, and a ring around it: no straight line separates them."""
    labels = rng.permutation(np.arange(n) % 2)
    angle, radius = rng.uniform(0, 2 * np.pi, n), 0.4 * rng.random(n) + 1.6 * labels
    return radius[:, None] * np.column_stack([np.cos(angle), np.sin(angle)]), labels
