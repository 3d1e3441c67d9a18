"""What learning curves say."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from autograder.checking.compare import Difference, first_difference
from autograder.checking.drive import Outcome
from autograder.checking.exercise import Case, Exercise
from autograder.exercises._cases import Rng, call
from reference_impl import diagnostics as reference

KINDS = ("fine", "overfitting", "diverging", "underfitting", "dead")


def compare_answers(
    case: Case, expected: Sequence[Outcome], got: Sequence[Outcome]
) -> Difference | None:
    """As usual, but a word other than the five is not a diagnosis at all."""
    right, answer = expected[0].value, got[0].value
    found = first_difference(right, answer)
    if (
        found is not None
        and found.stage == "value"
        and str(answer).strip(" .").lower() not in KINDS
    ):
        return Difference("type", "", f"one of {', '.join(KINDS)}", repr(answer))
    return found


diagnose = Exercise(
    "diagnose",
    reference=reference.diagnose,
    compare=compare_answers,
    minutes=15,
    difficulty=4,
    hint="One rule after another, the plainest first: is anything not finite? Has the training "
    "loss moved? Where is its end, compared with its start? And where is the end of the validation "
    "loss, compared with its own lowest? Only when all of these are well: has the validation "
    "accuracy ever reached one half?",
)

Curves = tuple[np.ndarray, np.ndarray, float]  # training loss, validation loss, last accuracy
# What a kind of run must contain is there on every seed: the number of the run, k, decides it.
Kind = Callable[[Rng, int, int], Curves]
STARTS = ((0.2, 0.5), (0.6, 1.5), (2.0, 4.0), (11.0, 20.0))  # of four runs: limits must be relative
GUESSING = 0.1  # the accuracy of a network that has learned nothing of ten classes


def _falling(rng: Rng, epochs: int, end: float) -> np.ndarray:
    """From 1 down to `end`, at a speed that gets there."""
    t = np.linspace(0, 1, epochs)
    return np.asarray(end + (1 - end) * np.exp(-rng.uniform(5, 9) * t))


def fine(rng: Rng, epochs: int, k: int) -> Curves:
    end = rng.uniform(0.1, 0.2)  # of the largest start, that is more than 1
    loss, val_loss = _falling(rng, epochs, end), _falling(rng, epochs, end * 1.15 + 0.02)
    if k == 0:
        val_loss[-1] *= 0.95  # its lowest, whatever the noise
    elif k == 1:
        val_loss[-1] *= 1.02  # a little above its lowest
    return loss, val_loss, rng.uniform(0.85, 0.97)


def overfitting(rng: Rng, epochs: int, k: int) -> Curves:
    """The validation loss turns in the middle, while the training loss goes on falling."""
    t, turn = np.linspace(0, 1, epochs), rng.uniform(0.25, 0.4)
    low, rise = rng.uniform(0.3, 0.5), rng.uniform(0.5, 1.2)
    loss = np.exp(-rng.uniform(4, 6) * t)
    down = low + (1 - low) * np.exp(-8 * t / turn / 2)
    return loss, down + rise * np.maximum(0, t - turn), rng.uniform(0.65, 0.8)


def underfitting(rng: Rng, epochs: int, k: int) -> Curves:
    """A plateau that is too high, or still on the way down, with more digits known already."""
    end = rng.uniform(0.65, 0.85)
    if k % 2:
        plateau, above = _falling(rng, epochs, end), _falling(rng, epochs, end + 0.02)
        return plateau, above, rng.uniform(0.25, 0.4)
    line = np.linspace(1, end, epochs)
    return line, line + 0.02, rng.uniform(0.6, 0.7)


def diverging(rng: Rng, epochs: int, k: int) -> Curves:
    """Up from the start, or up again after a fall."""
    t = np.linspace(0, 1, epochs)
    start, _, _ = fine(rng, epochs, k)
    up = rng.uniform(2, 20) * t ** rng.uniform(1, 4)
    loss = (1 if k % 2 else start) + up
    return loss, loss * 1.1, GUESSING


def not_finite(rng: Rng, epochs: int, k: int) -> Curves:
    """It looks good, and then the numbers of both curves, or of one, are no longer finite."""
    loss, val_loss, known = fine(rng, epochs, k)
    if k < 2:
        loss[-1] = np.nan if k % 2 else np.inf
    if k != 1:
        val_loss[-1] = np.nan if k % 2 else np.inf
    return loss, val_loss, known


def dead(rng: Rng, epochs: int, k: int) -> Curves:
    """No trend; half of them end a little above their start."""
    loss = np.ones(epochs)
    loss[-1] += 0.005 * (k % 2)
    return loss, loss.copy(), GUESSING


def burst(rng: Rng, epochs: int, k: int) -> Curves:
    """The losses fall as in a good run, from where the first steps threw them; nothing is known.

    In half of the runs the burst is over before the first validation.
    """
    loss, val_loss, _ = fine(rng, epochs, k)
    return loss, np.full(epochs, val_loss[-1]) if k % 2 else val_loss, GUESSING


def _history(rng: Rng, make: Kind, k: int, start: float) -> dict[str, list[float]]:
    """A run of that kind that begins near `start`, with noise on all three curves."""
    epochs = int(rng.integers(15, 80))
    noise = 0.002 if make is dead else 0.015
    *losses, last = make(rng, epochs, k)
    loss, val_loss = (start * curve * (1 + noise * rng.uniform(-1, 1, epochs)) for curve in losses)
    learned = 1 - np.exp(-8 * np.linspace(0.1, 1, epochs))
    known = GUESSING + (last - GUESSING) * learned + 0.01 * rng.uniform(-1, 1, epochs)
    return {"loss": [*loss.tolist()], "val_loss": [*val_loss.tolist()],
            "val_accuracy": [*known.tolist()]}  # fmt: skip


def _said(history: dict[str, list[float]]) -> str:
    """The run in one line, as a person who sees the curves would describe it."""

    def told(curve: list[float]) -> str:
        text = f"{curve[0]:.3g} → {curve[-1]:.3g}"
        low = int(np.nanargmin(curve))
        inside = 0 < low < 0.9 * len(curve)
        return text + f" (lowest {curve[low]:.3g}, epoch {low + 1})" * inside

    return (
        f"{len(history['loss'])} epochs, loss {told(history['loss'])}, "
        f"val_loss {told(history['val_loss'])}, val_accuracy {told(history['val_accuracy'])}"
    )


def _tell_apart(rng: Rng, *kinds: Kind) -> list[Case]:
    """Four runs of each kind, in an order that says nothing."""
    runs = [
        _history(rng, kind, k, rng.uniform(*STARTS[place]))
        for kind in kinds
        for k, place in enumerate(rng.permutation(4))
    ]
    return [call(_said(runs[i]), runs[i]) for i in rng.permutation(len(runs))]


@diagnose.cases("fine or overfitting", points=2)
def _(rng: Rng) -> list[Case]:
    return _tell_apart(rng, fine, overfitting)


@diagnose.cases("fine or underfitting", points=1)
def _(rng: Rng) -> list[Case]:
    return _tell_apart(rng, fine, underfitting)


@diagnose.cases("fine or diverging", points=1)
def _(rng: Rng) -> list[Case]:
    return _tell_apart(rng, fine, diverging, not_finite)


@diagnose.cases("underfitting or dead", points=1)
def _(rng: Rng) -> list[Case]:
    return _tell_apart(rng, underfitting, dead)


@diagnose.cases("fine, or right no more often than by guessing", points=1)
def _(rng: Rng) -> list[Case]:
    return _tell_apart(rng, fine, burst)


@diagnose.misconception(
    "only the training loss",
    "You look at the training loss alone, and there an overfitted run looks best of all. Look at "
    "the validation loss: it turns.",
)
def _(history):
    L = np.array(history["loss"])
    if not np.isfinite(L).all() or L[-1] > 1.2 * L[0]:
        return "diverging"
    if np.ptp(L) < 0.02 * L[0]:
        return "dead"
    if L[-1] > 0.5 * L[0]:
        return "underfitting"
    return "fine" if max(history["val_accuracy"]) > 0.5 else "dead"


@diagnose.misconception(
    "nan slips through",
    "A nan is neither larger nor smaller than anything, so every comparison with it is False and "
    "the run looks like another kind. Check first whether all numbers are finite: np.isfinite.",
)
def _(history):
    L, V = np.array(history["loss"]), np.array(history["val_loss"])
    if L[-1] > 1.2 * L[0] and L[-1] < np.inf:
        return "diverging"
    if L.max() - L.min() < 0.02 * L[0]:
        return "dead"
    if V[-1] > V.min() + 0.1 * V[0]:
        return "overfitting"
    if L[-1] > 0.5 * L[0]:
        return "underfitting"
    return "fine" if max(history["val_accuracy"]) > 0.5 else "dead"


@diagnose.misconception(
    "only the training loss asked for nan",
    "You ask only the training loss whether it is finite. A run diverges as well where the "
    "validation loss is nan or infinite: ask both.",
)
def _(history):
    L, V, A = (np.array(history[k]) for k in ("loss", "val_loss", "val_accuracy"))
    if not np.isfinite(L).all() or L[-1] > 1.2 * L[0]:
        return "diverging"
    if np.abs(L - L[0]).max() < 0.03 * L[0]:
        return "dead"
    if V[-1] > V.min() + 0.1 * V[0] and L[-1] < 0.5 * L[0]:
        return "overfitting"
    if L[-1] > 0.5 * L[0]:
        return "underfitting"
    return "dead" if A.max() < 0.5 else "fine"


@diagnose.misconception(
    "any gap is overfitting",
    "A validation loss a little above the training loss is normal: the network has seen the "
    "training images. Overfitting is a validation loss that *rises* while the other goes on "
    "falling.",
)
def _(history):
    L, V = np.array(history["loss"]), np.array(history["val_loss"])
    if not np.isfinite(L).all() or L[-1] > 1.2 * L[0]:
        return "diverging"
    if np.ptp(L) < 0.02 * L[0]:
        return "dead"
    if L[-1] > 0.5 * L[0]:
        return "underfitting"
    if V[-1] > L[-1]:
        return "overfitting"
    return "fine" if max(history["val_accuracy"]) > 0.5 else "dead"


@diagnose.misconception(
    "any rise is overfitting",
    "Curves are noisy: nearly every one ends a little above its lowest point. Ask for a clear "
    "rise, a tenth of the start, say.",
)
def _(history):
    L, V = np.array(history["loss"]), np.array(history["val_loss"])
    if not np.isfinite(L).all() or L[-1] > 1.2 * L[0]:
        return "diverging"
    if np.ptp(L) < 0.02 * L[0]:
        return "dead"
    if L[-1] > 0.5 * L[0]:
        return "underfitting"
    if V[-1] > V.min():
        return "overfitting"
    return "fine" if max(history["val_accuracy"]) > 0.5 else "dead"


@diagnose.misconception(
    "dead called underfitting",
    "A loss that does not move, apart from noise, belongs to a dead network: no gradient arrives, "
    "and more epochs will not help. Ask for this before you ask for underfitting, and let the loss "
    "move by a few per cent of its start: no curve is exactly constant.",
)
def _(history):
    L, V = np.array(history["loss"]), np.array(history["val_loss"])
    if not np.isfinite(L).all() or L[-1] > 1.2 * L[0]:
        return "diverging"
    if L[-1] > 0.5 * L[0]:
        return "underfitting"
    if V[-1] > V.min() + 0.1 * V[0]:
        return "overfitting"
    return "fine" if max(history["val_accuracy"]) > 0.5 else "dead"


@diagnose.misconception(
    "underfitting called dead",
    "A loss that is high but falling belongs to a network that learns, too slowly or with too "
    "little room. A loss that does not move is dead.",
)
def _(history):
    L, V = np.array(history["loss"]), np.array(history["val_loss"])
    if not np.isfinite(L).all() or L[-1] > 1.2 * L[0]:
        return "diverging"
    if L[-1] > 0.5 * L[0]:
        return "dead"
    if V[-1] > V.min() + 0.1 * V[0]:
        return "overfitting"
    return "fine" if max(history["val_accuracy"]) > 0.5 else "dead"


@diagnose.misconception(
    "a limit in absolute numbers",
    "You compare the loss with a fixed number. What is high depends on the task: compare the end "
    "with the start of the same curve.",
)
def _(history):
    L, V = np.array(history["loss"]), np.array(history["val_loss"])
    if not np.isfinite(L).all() or L[-1] > 10:
        return "diverging"
    if np.ptp(L) < 0.02:
        return "dead"
    if L[-1] > 1.0:
        return "underfitting"
    if V[-1] > V.min() + 0.2:
        return "overfitting"
    return "fine" if max(history["val_accuracy"]) > 0.5 else "dead"


@diagnose.misconception(
    "nan asked after the rest",
    "A nan makes every comparison False, and so the run has got another name before you ask "
    "for it. Ask first whether all numbers are finite.",
)
def _(history):
    L, V = np.array(history["loss"]), np.array(history["val_loss"])
    if np.abs(L - L[0]).max() < 0.03 * L[0]:
        return "dead"
    if L[-1] > 1.2 * L[0]:
        return "diverging"
    if V[-1] > V.min() + 0.1 * V[0] and L[-1] < 0.5 * L[0]:
        return "overfitting"
    if L[-1] > 0.5 * L[0]:
        return "underfitting"
    if L[-1] < 0.5 * L[0] and max(history["val_accuracy"]) > 0.5:
        return "fine"
    return "dead"


@diagnose.misconception(
    "any end above the start diverges",
    "Curves are noisy: a loss that stands still also ends above its start half of the time. "
    "Ask for a clear rise before you say diverging.",
)
def _(history):
    L, V = np.array(history["loss"]), np.array(history["val_loss"])
    if not np.isfinite(L).all() or not np.isfinite(V).all():
        return "diverging"
    if L[-1] > L[0]:
        return "diverging"
    if np.abs(L - L[0]).max() < 0.03 * L[0]:
        return "dead"
    if V[-1] > V.min() + 0.1 * V[0] and L[-1] < 0.5 * L[0]:
        return "overfitting"
    if L[-1] > 0.5 * L[0]:
        return "underfitting"
    return "fine" if max(history["val_accuracy"]) > 0.5 else "dead"


@diagnose.misconception(
    "diverging only if not finite",
    "You call a run diverging only if it ends in nan or infinity. One that climbs, and is "
    "still finite, diverges as well.",
)
def _(history):
    L, V = np.array(history["loss"]), np.array(history["val_loss"])
    if not np.isfinite(L).all() or not np.isfinite(V).all():
        return "diverging"
    if np.abs(L - L[0]).max() < 0.03 * L[0]:
        return "dead"
    if V[-1] > V.min() + 0.1 * V[0] and L[-1] < 0.5 * L[0]:
        return "overfitting"
    if L[-1] > 0.5 * L[0]:
        return "underfitting"
    return "fine" if max(history["val_accuracy"]) > 0.5 else "dead"


@diagnose.misconception(
    "limits in absolute numbers, relative rise",
    "Your limit for underfitting is a fixed number. What is high depends on the task: compare "
    "the end with the start of the same curve.",
)
def _(history):
    L, V = np.array(history["loss"]), np.array(history["val_loss"])
    if not np.isfinite(L).all() or not np.isfinite(V).all():
        return "diverging"
    if L[-1] > 1.2 * L[0]:
        return "diverging"
    if np.abs(L - L[0]).max() < 0.03 * L[0]:
        return "dead"
    if L[-1] > 1.0:
        return "underfitting"
    if V[-1] > V.min() + 0.1 * V[0]:
        return "overfitting"
    return "fine" if max(history["val_accuracy"]) > 0.5 else "dead"


@diagnose.misconception(
    "any gap is overfitting, asked first",
    "Most runs end with a validation loss above the training loss, whatever their kind: the "
    "network has seen the training images. Ask for a validation loss that *rises* from its lowest, "
    "while the training loss falls.",
)
def _(history):
    L, V = np.array(history["loss"]), np.array(history["val_loss"])
    if not np.isfinite(L).all() or not np.isfinite(V).all() or L[-1] > 1.2 * L[0]:
        return "diverging"
    if np.abs(L - L[0]).max() < 0.02 * L[0]:
        return "dead"
    if V[-1] > L[-1]:
        return "overfitting"
    if L[-1] > 0.5 * L[0]:
        return "underfitting"
    return "fine" if max(history["val_accuracy"]) > 0.5 else "dead"


@diagnose.misconception(
    "every limit in absolute numbers",
    "You compare the losses with fixed numbers. What is high, and what is a rise, depends on the "
    "task: compare with the start of the same curve.",
)
def _(history):
    L, V = np.array(history["loss"]), np.array(history["val_loss"])
    if not np.isfinite(L).all() or not np.isfinite(V).all() or L[-1] > L[0] + 1:
        return "diverging"
    if np.ptp(L) < 0.02:
        return "dead"
    if V[-1] - V.min() > 0.2:
        return "overfitting"
    if L[-1] > 0.5:
        return "underfitting"
    return "fine" if max(history["val_accuracy"]) > 0.5 else "dead"


@diagnose.misconception(
    "the accuracy is never asked",
    "A run calls itself fine by its losses, and its accuracy is that of guessing: the first steps "
    "threw the weights so far that the loss could only fall, and nothing has been learned. Look at "
    "val_accuracy before you say fine.",
)
def _(history):
    L, V = np.array(history["loss"]), np.array(history["val_loss"])
    if not np.isfinite(L).all() or not np.isfinite(V).all() or L[-1] > L.min() + 0.5 * L[0]:
        return "diverging"
    if np.abs(L - L[0]).max() < 0.03 * L[0]:
        return "dead"
    if V[-1] > V.min() + 0.1 * V[0] and L[-1] < 0.5 * L[0]:
        return "overfitting"
    return "underfitting" if L[-1] > 0.5 * L[0] else "fine"


@diagnose.misconception(
    "a low accuracy called dead at once",
    "You call a run dead because its accuracy stays below one half, also where the loss is high "
    "and still falling. That one underfits: it has learned something. Ask for the accuracy last, "
    "of runs whose losses look fine.",
)
def _(history):
    L, V, A = (np.array(history[k]) for k in ("loss", "val_loss", "val_accuracy"))
    if not np.isfinite(L).all() or not np.isfinite(V).all() or L[-1] > L.min() + 0.5 * L[0]:
        return "diverging"
    if np.abs(L - L[0]).max() < 0.03 * L[0] or A.max() < 0.5:
        return "dead"
    if V[-1] > V.min() + 0.1 * V[0] and L[-1] < 0.5 * L[0]:
        return "overfitting"
    return "underfitting" if L[-1] > 0.5 * L[0] else "fine"


@diagnose.misconception(
    "a low accuracy called underfitting",
    "The losses have fallen far, and the accuracy is that of guessing: you call that underfitting. "
    "But such a network learns nothing at all, and more epochs will not help it: it is dead.",
)
def _(history):
    L, V, A = (np.array(history[k]) for k in ("loss", "val_loss", "val_accuracy"))
    if not np.isfinite(L).all() or not np.isfinite(V).all() or L[-1] > L.min() + 0.5 * L[0]:
        return "diverging"
    if np.abs(L - L[0]).max() < 0.03 * L[0]:
        return "dead"
    if V[-1] > V.min() + 0.1 * V[0] and L[-1] < 0.5 * L[0]:
        return "overfitting"
    return "underfitting" if L[-1] > 0.5 * L[0] or A.max() < 0.5 else "fine"


@diagnose.misconception(
    "dead by a validation loss that stands",
    "You call a run dead because its validation loss stands still. In another one it falls, from "
    "the same accident, and the accuracy is that of guessing as well. The accuracy tells both.",
)
def _(history):
    L, V = np.array(history["loss"]), np.array(history["val_loss"])
    if not np.isfinite(L).all() or not np.isfinite(V).all() or L[-1] > L.min() + 0.5 * L[0]:
        return "diverging"
    if np.abs(L - L[0]).max() < 0.03 * L[0] or np.abs(V - V[0]).max() < 0.05 * V[0]:
        return "dead"
    if V[-1] > V.min() + 0.1 * V[0] and L[-1] < 0.5 * L[0]:
        return "overfitting"
    return "underfitting" if L[-1] > 0.5 * L[0] else "fine"


@diagnose.misconception(
    "accuracy in per cent",
    "You ask whether the accuracy is below 50. It is a share, from 0 to 1: one half is 0.5.",
)
def _(history):
    L, V, A = (np.array(history[k]) for k in ("loss", "val_loss", "val_accuracy"))
    if not np.isfinite(L).all() or not np.isfinite(V).all() or L[-1] > L.min() + 0.5 * L[0]:
        return "diverging"
    if np.abs(L - L[0]).max() < 0.03 * L[0]:
        return "dead"
    if V[-1] > V.min() + 0.1 * V[0] and L[-1] < 0.5 * L[0]:
        return "overfitting"
    if L[-1] > 0.5 * L[0]:
        return "underfitting"
    return "dead" if A.max() < 50 else "fine"


@diagnose.equivalent("by shares of the start, the end smoothed")
def _(history):
    loss, val = list(history["loss"]), list(history["val_loss"])
    if any(value != value or abs(value) == float("inf") for value in loss + val):
        return "diverging"
    start, end = loss[0], sum(loss[-3:]) / 3
    if end > 1.1 * start:
        return "diverging"
    if max(abs(value - start) for value in loss) < 0.03 * start:
        return "dead"
    if sum(val[-3:]) / 3 > 1.3 * min(val) and end < 0.5 * start:
        return "overfitting"
    if end > 0.4 * start:
        return "underfitting"
    return "fine" if max(history["val_accuracy"]) > 0.5 else "dead"


@diagnose.equivalent("by the ratio of the two ends, and a line through the second half")
def _(history):
    L, V = (np.asarray(history[name], dtype=float) for name in ("loss", "val_loss"))
    with np.errstate(all="ignore"):
        if not np.isfinite(np.sum(L + V)) or L[-1] > max(1.5 * np.min(L), 0.9 * L[0]) * 1.1:
            return "diverging"
    left = L / L[0]
    half = len(V) // 2
    slope = np.polyfit(np.arange(len(V) - half), V[half:], 1)[0] * len(V) / V[0]
    answers = [
        ("dead", abs(left[-1] - 1) < 0.02 and np.ptp(left) < 0.05),
        ("dead", np.mean(history["val_accuracy"]) < 0.2),
        ("underfitting", left[-1] > 0.5),
        ("overfitting", slope > 0.15),
        ("fine", True),
    ]
    return next(name for name, fits in answers if fits)
