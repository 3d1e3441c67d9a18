"""Stopping in time."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from autograder.checking.drive import Call
from autograder.checking.exercise import Case, Exercise
from autograder.exercises._cases import Rng
from reference_impl import regularization as reference

EarlyStopping = Exercise(
    "EarlyStopping",
    reference=reference.EarlyStopping,
    hint="Is the loss below self.best by more than min_delta? Then store it and start to wait from "
    "0 again; if not, wait one step longer. In both cases, count the step.",
    minutes=15,
    difficulty=3,
)


def watched(
    losses: Sequence[float],
    patience: int,
    min_delta: float | None = None,
    reads: bool = False,
    scale: float = 1.0,
) -> Case:
    """A stopper that is shown these losses and, if `reads`, is asked for the best."""
    losses = [round(scale * loss, 6) for loss in losses]
    settings = (patience,) if min_delta is None else (patience, min_delta)
    script = [Call(settings), *(Call((loss,), method="step") for loss in losses)]
    if reads:
        script += [Call(attribute="best"), Call(attribute="best_step")]
    shown = ", ".join(f"{loss:g}" for loss in losses)
    delta = "" if min_delta is None else f", min_delta {min_delta:g}"
    return Case(f"patience {patience}{delta}, losses {shown}", tuple(script))


@EarlyStopping.cases("when to stop", points=2)
def _(rng: Rng) -> list[Case]:
    scale = float(rng.integers(1, 9)) / 4
    return [
        watched((5, 4, 4.5, 4.2, 3, 3.5, 3.2, 3.1), 3, scale=scale),
        watched((2, 1, 1.5), 1, scale=scale),
        watched((4, 3, 3, 3), 2, scale=scale),
        watched((6, 5, 4, 3, 2, 1), 1, scale=scale),
        watched((3, 4, 2.5, 3, 2.6, 2.7, 2.55), 4, scale=scale),
    ]


@EarlyStopping.cases("min_delta", points=1)
def _(rng: Rng) -> list[Case]:
    delta = float(rng.integers(1, 5)) / 20
    steps = [delta * k for k in (20, 15, 14.5, 14.2, 13.5, 13.2, 13.1, 12.9, 12.7)]
    return [
        watched(steps, 4, delta, reads=True),
        watched([delta * k for k in (20, 20.5, 20.4, 20.6)], 3, delta, reads=True),
        watched((4, 3.8, 3.7, 3.5, 3.4), 3, 0.25, reads=True),
    ]


@EarlyStopping.cases("the best, and when it was", points=1)
def _(rng: Rng) -> list[Case]:
    scale = float(rng.integers(1, 9)) / 4
    return [
        watched((5, 4, 4.5, 4.2, 3, 3.5, 3.2), 3, reads=True, scale=scale),
        watched((1, 2, 3), 2, reads=True, scale=scale),
        watched((3, 2, 2, 2.5), 3, reads=True, scale=scale),
        watched((0.5, -0.5, -1.5, -1), 2, reads=True, scale=scale),
    ]


@EarlyStopping.misconception(
    "never waits from 0 again",
    "Your counter is never set back: after an improvement the waiting starts from 0 again.",
)
class _NeverWaitsFrom0Again:
    def __init__(self, patience, min_delta=0.0):
        self.patience, self.min_delta = patience, min_delta
        self.best, self.best_step = np.inf, None
        self.count = self.waited = 0

    def step(self, loss):
        if loss < self.best - self.min_delta:
            self.best, self.best_step = loss, self.count
        else:
            self.waited += 1
        self.count += 1
        return self.waited >= self.patience


@EarlyStopping.misconception(
    "compared with the last loss",
    "You compare with the previous loss: a loss that falls a little after a rise then counts as an "
    "improvement. Compare with the best so far.",
)
class _ComparedWithTheLast:
    def __init__(self, patience, min_delta=0.0):
        self.patience, self.min_delta = patience, min_delta
        self.best, self.best_step, self.last = np.inf, None, np.inf
        self.count = self.waited = 0

    def step(self, loss):
        if loss < self.best:
            self.best, self.best_step = loss, self.count
        if loss < self.last - self.min_delta:
            self.waited = 0
        else:
            self.waited += 1
        self.last = loss
        self.count += 1
        return self.waited >= self.patience


@EarlyStopping.misconception(
    "compared with the last loss, and stored",
    "You compare with the previous loss: a loss that falls a little after a rise then counts as an "
    "improvement, and even replaces the best. Compare with self.best.",
)
class _TheLastIsStored:
    def __init__(self, patience, min_delta=0.0):
        self.patience, self.min_delta = patience, min_delta
        self.best, self.best_step, self.last = np.inf, None, np.inf
        self.count = self.waited = 0

    def step(self, loss):
        if loss < self.last - self.min_delta:
            self.best, self.best_step, self.waited = loss, self.count, 0
        else:
            self.waited += 1
        self.last = loss
        self.count += 1
        return self.waited >= self.patience


@EarlyStopping.misconception(
    "best overwritten by the last",
    "You store every loss as the best: only an improvement may replace self.best.",
)
class _BestOverwritten:
    def __init__(self, patience, min_delta=0.0):
        self.patience, self.min_delta = patience, min_delta
        self.best, self.best_step = np.inf, None
        self.count = self.waited = 0

    def step(self, loss):
        self.waited = 0 if loss < self.best - self.min_delta else self.waited + 1
        self.best, self.best_step = loss, self.count
        self.count += 1
        return self.waited >= self.patience


@EarlyStopping.misconception(
    "min_delta ignored",
    "min_delta makes no difference: an improvement has to be larger than that.",
)
class _NoMinDelta:
    def __init__(self, patience, min_delta=0.0):
        self.patience = patience
        self.best, self.best_step = np.inf, None
        self.count = self.waited = 0

    def step(self, loss):
        if loss < self.best:
            self.best, self.best_step, self.waited = loss, self.count, 0
        else:
            self.waited += 1
        self.count += 1
        return self.waited >= self.patience


@EarlyStopping.misconception(
    "min_delta added",
    "You compare with best + min_delta, so that a slightly worse loss counts as better: an "
    "improvement lies below best - min_delta.",
)
class _DeltaAdded:
    def __init__(self, patience, min_delta=0.0):
        self.patience, self.min_delta = patience, min_delta
        self.best, self.best_step = np.inf, None
        self.count = self.waited = 0

    def step(self, loss):
        if loss < self.best + self.min_delta:
            self.best, self.best_step, self.waited = loss, self.count, 0
        else:
            self.waited += 1
        self.count += 1
        return self.waited >= self.patience


@EarlyStopping.misconception(
    "best creeps",
    "You lower self.best by falls that are too small to count. Then many small falls never add up "
    "to an improvement: best changes only when min_delta is exceeded.",
)
class _BestCreeps:
    def __init__(self, patience, min_delta=0.0):
        self.patience, self.min_delta = patience, min_delta
        self.best, self.best_step = np.inf, None
        self.count = self.waited = 0

    def step(self, loss):
        self.waited = 0 if loss < self.best - self.min_delta else self.waited + 1
        if loss < self.best:
            self.best, self.best_step = loss, self.count
        self.count += 1
        return self.waited >= self.patience


@EarlyStopping.misconception(
    "one step too late",
    "You go on when it is time to stop: with patience 2, the second loss in a row without "
    "improvement is the last. (Is it > where it should be >=?)",
)
class _TooLate:
    def __init__(self, patience, min_delta=0.0):
        self.patience, self.min_delta = patience, min_delta
        self.best, self.best_step = np.inf, None
        self.count = self.waited = 0

    def step(self, loss):
        if loss < self.best - self.min_delta:
            self.best, self.best_step, self.waited = loss, self.count, 0
        else:
            self.waited += 1
        self.count += 1
        return self.waited > self.patience


@EarlyStopping.misconception(
    "no patience", "You stop at the first loss that is no improvement, whatever patience says."
)
class _NoPatience:
    def __init__(self, patience, min_delta=0.0):
        self.min_delta = min_delta
        self.best, self.best_step = np.inf, None
        self.count = 0

    def step(self, loss):
        stop = not loss < self.best - self.min_delta
        if not stop:
            self.best, self.best_step = loss, self.count
        self.count += 1
        return stop


@EarlyStopping.misconception(
    "a tie counts as better",
    "You count a loss that equals the best as an improvement: on a plateau, training would never "
    "end. The loss has to be lower.",
)
class _TieCounts:
    def __init__(self, patience, min_delta=0.0):
        self.patience, self.min_delta = patience, min_delta
        self.best, self.best_step = np.inf, None
        self.count = self.waited = 0

    def step(self, loss):
        if loss <= self.best - self.min_delta:
            self.best, self.best_step, self.waited = loss, self.count, 0
        else:
            self.waited += 1
        self.count += 1
        return self.waited >= self.patience


@EarlyStopping.misconception(
    "counted from 1",
    "best_step is one too high: it counts from 0, so that history[best_step] is the best loss.",
)
class _CountedFrom1:
    def __init__(self, patience, min_delta=0.0):
        self.patience, self.min_delta = patience, min_delta
        self.best, self.best_step = np.inf, None
        self.count = self.waited = 0

    def step(self, loss):
        self.count += 1
        if loss < self.best - self.min_delta:
            self.best, self.best_step, self.waited = loss, self.count, 0
        else:
            self.waited += 1
        return self.waited >= self.patience


@EarlyStopping.misconception(
    "counts improvements only",
    "You count a loss only when it improves: best_step needs all of them.",
)
class _CountsImprovementsOnly:
    def __init__(self, patience, min_delta=0.0):
        self.patience, self.min_delta = patience, min_delta
        self.best, self.best_step = np.inf, None
        self.count = self.waited = 0

    def step(self, loss):
        if loss < self.best - self.min_delta:
            self.best, self.best_step, self.waited = loss, self.count, 0
            self.count += 1
        else:
            self.waited += 1
        return self.waited >= self.patience


@EarlyStopping.misconception(
    "never counts", "best_step is always 0: the number of losses so far has to go up at each call."
)
class _NeverCounts:
    def __init__(self, patience, min_delta=0.0):
        self.patience, self.min_delta = patience, min_delta
        self.best, self.best_step = np.inf, None
        self.count = self.waited = 0

    def step(self, loss):
        if loss < self.best - self.min_delta:
            self.best, self.best_step, self.waited = loss, self.count, 0
        else:
            self.waited += 1
        return self.waited >= self.patience


@EarlyStopping.misconception(
    "best_step forgotten", "You store the best loss, but not when it was: set best_step, too."
)
class _BestStepForgotten:
    def __init__(self, patience, min_delta=0.0):
        self.patience, self.min_delta = patience, min_delta
        self.best, self.best_step = np.inf, None
        self.waited = 0

    def step(self, loss):
        if loss < self.best - self.min_delta:
            self.best, self.waited = loss, 0
        else:
            self.waited += 1
        return self.waited >= self.patience


@EarlyStopping.misconception(
    "min_delta as a share",
    "You take min_delta as a share of the best loss. It is a difference: an improvement lies below "
    "best - min_delta.",
)
class _DeltaAsAShare:
    def __init__(self, patience, min_delta=0.0):
        self.patience, self.min_delta = patience, min_delta
        self.best, self.best_step = np.inf, None
        self.count = self.waited = 0

    def step(self, loss):
        if loss < self.best * (1 - self.min_delta):
            self.best, self.best_step, self.waited = loss, self.count, 0
        else:
            self.waited += 1
        self.count += 1
        return self.waited >= self.patience


@EarlyStopping.misconception(
    "improvement in both directions",
    "You take the absolute value of the change, so that a clear *rise* counts as an "
    "improvement, too.",
)
class _BothDirections:
    def __init__(self, patience, min_delta=0.0):
        self.patience, self.min_delta = patience, min_delta
        self.best, self.best_step = np.inf, None
        self.count = self.waited = 0

    def step(self, loss):
        if abs(self.best - loss) > self.min_delta:
            self.best, self.best_step, self.waited = loss, self.count, 0
        else:
            self.waited += 1
        self.count += 1
        return self.waited >= self.patience


@EarlyStopping.misconception(
    "the answer turned round",
    "Your answer is turned round: step returns True when it is time to stop.",
)
class _TurnedRound:
    def __init__(self, patience, min_delta=0.0):
        self.patience, self.min_delta = patience, min_delta
        self.best, self.best_step = np.inf, None
        self.count = self.waited = 0

    def step(self, loss):
        if loss < self.best - self.min_delta:
            self.best, self.best_step, self.waited = loss, self.count, 0
        else:
            self.waited += 1
        self.count += 1
        return self.waited < self.patience


@EarlyStopping.misconception(
    "accuracy in mind",
    "You take a larger number for an improvement. A loss gets better when it falls.",
)
class _Larger:
    def __init__(self, patience, min_delta=0.0):
        self.patience, self.min_delta = patience, min_delta
        self.best, self.best_step = -np.inf, None
        self.count = self.waited = 0

    def step(self, loss):
        if loss > self.best + self.min_delta:
            self.best, self.best_step, self.waited = loss, self.count, 0
        else:
            self.waited += 1
        self.count += 1
        return self.waited >= self.patience


@EarlyStopping.misconception(
    "one step too early",
    "You stop one step too early: patience = 3 allows three losses in a row without "
    "improvement, and the third stops.",
)
class _TooEarly:
    def __init__(self, patience, min_delta=0.0):
        self.patience, self.min_delta = patience, min_delta
        self.best, self.best_step = np.inf, None
        self.count = self.waited = 0

    def step(self, loss):
        if loss < self.best - self.min_delta:
            self.best, self.best_step, self.waited = loss, self.count, 0
        else:
            self.waited += 1
        self.count += 1
        return self.waited >= max(self.patience - 1, 1)


@EarlyStopping.misconception(
    "stops after patience steps in all",
    "You count all steps: patience counts the steps since the last improvement.",
)
class _AllSteps:
    def __init__(self, patience, min_delta=0.0):
        self.patience, self.min_delta = patience, min_delta
        self.best, self.best_step = np.inf, None
        self.count = 0

    def step(self, loss):
        if loss < self.best - self.min_delta:
            self.best, self.best_step = loss, self.count
        self.count += 1
        return self.count >= self.patience


@EarlyStopping.misconception(
    "never waits from 0, min_delta ignored",
    "Your counter is never set back, and min_delta makes no difference: start to wait from 0 "
    "after each improvement, and let only a fall of more than min_delta be one.",
)
class _NeitherResetNorDelta:
    def __init__(self, patience, min_delta=0.0):
        self.patience, self.min_delta = patience, min_delta
        self.best, self.best_step = np.inf, None
        self.count = self.waited = 0

    def step(self, loss):
        if loss < self.best:
            self.best, self.best_step = loss, self.count
        else:
            self.waited += 1
        self.count += 1
        return self.waited >= self.patience


@EarlyStopping.misconception(
    "best is the last loss",
    "You store every loss in self.best, so you compare with the loss before. Store it only if it "
    "is an improvement.",
)
class _BestIsTheLast:
    def __init__(self, patience, min_delta=0.0):
        self.patience, self.min_delta = patience, min_delta
        self.best, self.best_step = np.inf, None
        self.count = self.waited = 0

    def step(self, loss):
        if loss < self.best - self.min_delta:
            self.waited, self.best_step = 0, self.count
        else:
            self.waited += 1
        self.best = loss
        self.count += 1
        return self.waited >= self.patience


@EarlyStopping.equivalent("by the distance from the best")
class _ByDistance:
    def __init__(self, patience, min_delta=0.0):
        self.patience, self.min_delta = patience, min_delta
        self.best, self.best_step, self.now = float("inf"), -1, -1

    def step(self, loss):
        self.now += 1
        if self.best - loss > self.min_delta:
            self.best, self.best_step = float(loss), self.now
        return self.now - self.best_step >= self.patience


@EarlyStopping.equivalent("a list of all losses, gone through each time")
class _AllLosses:
    def __init__(self, patience, min_delta=0.0):
        self.patience, self.min_delta, self.losses = patience, min_delta, []

    def step(self, loss):
        self.losses.append(loss)
        self.best, self.best_step = np.inf, -1
        for i, seen in enumerate(self.losses):
            if seen < self.best - self.min_delta:
                self.best, self.best_step = seen, i
        return np.bool_(len(self.losses) - 1 - self.best_step >= self.patience)


@EarlyStopping.equivalent("patience that is used up")
class _PatienceUsedUp:
    def __init__(self, patience, min_delta=0.0):
        self.settings = (patience, min_delta)
        self.left = patience
        self.seen = 0
        self.best = np.inf
        self.best_step = None

    def step(self, loss):
        patience, min_delta = self.settings
        if loss < self.best - min_delta:
            self.best = loss
            self.best_step = self.seen
            self.left = patience
        else:
            self.left -= 1
        self.seen += 1
        if self.left <= 0:
            return True
        return False
