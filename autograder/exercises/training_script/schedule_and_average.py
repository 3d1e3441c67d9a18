"""The learning rate of a script, and the average of the weights."""

from __future__ import annotations

import numpy as np

from autograder.checking.drive import Call, Previous
from autograder.checking.exercise import Case, Exercise, quiz
from autograder.exercises._cases import Rng, call
from reference_impl import ewma, schedules

warmup_cosine = Exercise(
    "warmup_cosine",
    reference=schedules.warmup_cosine,
    hint="Three pieces: before `warmup`, between `warmup` and `total`, and from `total` on. In the "
    "middle one, count the steps from the end of the warm-up.",
    minutes=8,
    difficulty=3,
)


def at(steps: list[int], warmup: int, total: int, lr: float) -> list[Case]:
    return [call(f"step {s} of {total}, {warmup} to warm up", s, warmup, total, lr) for s in steps]


@warmup_cosine.cases("warm-up", points=1)
def _(rng: Rng) -> list[Case]:
    lr = float(rng.uniform(0.01, 0.5))
    return [*at([0, 1, 3, 7], 10, 50, lr), *at([2], 4, 20, 2 * lr)]


@warmup_cosine.cases("cosine", points=2)
def _(rng: Rng) -> list[Case]:
    lr = float(rng.uniform(0.01, 0.5))
    middle = int(rng.integers(12, 48))
    return [*at([10, middle, 30, 49], 10, 50, lr), *at([6, 15], 4, 20, 2 * lr)]


@warmup_cosine.cases("the ends, and no warm-up", points=1)
def _(rng: Rng) -> list[Case]:
    lr = float(rng.uniform(0.01, 0.5))
    return [*at([50, 60, 95], 10, 50, lr), *at([0, 5, 20], 0, 20, lr)]


@warmup_cosine.misconception(
    "rising cosine",
    "Your rate rises after the warm-up: 1 - cos begins at 0 and ends at 2. 1 + cos begins at 2 "
    "and falls.",
)
def _(step, warmup, total, lr):
    if step < warmup:
        return lr * step / warmup
    done = (step - warmup) / (total - warmup)
    return lr / 2 * (1 - np.cos(np.pi * done)) if step < total else 0.0


@warmup_cosine.misconception(
    "division by a warm-up of 0",
    "With 0 steps of warm-up yours divides by 0: at step 0 `step <= warmup` holds. The rise is for "
    "step < warmup only.",
)
def _(step, warmup, total, lr):
    if step >= total:
        return 0.0
    if step <= warmup:
        return lr * step / warmup
    return lr / 2 * (1 + np.cos(np.pi * (step - warmup) / (total - warmup)))


@warmup_cosine.misconception(
    "brackets missing",
    "Brackets are missing in the cosine: step - warmup is divided as a whole, by total - warmup "
    "as a whole.",
)
def _(step, warmup, total, lr):
    if step < warmup:
        return lr * step / warmup
    angle = np.pi * step - warmup / total - warmup
    return lr / 2 * (1 + np.cos(angle)) if step < total else 0.0


@warmup_cosine.misconception(
    "cosine from step 0",
    "Your cosine counts from step 0, so it jumps at the end of the warm-up. It begins when the "
    "warm-up ends, and has only the steps that are left then.",
)
def _(step, warmup, total, lr):
    if step < warmup:
        return lr * step / warmup
    return lr / 2 * (1 + np.cos(np.pi * step / total)) if step < total else 0.0


@warmup_cosine.misconception(
    "as long as total",
    "Your cosine takes `total` steps after the warm-up, so it reaches 0 too late. It has total - "
    "warmup steps.",
)
def _(step, warmup, total, lr):
    if step < warmup:
        return lr * step / warmup
    done = (step - warmup) / total
    return lr / 2 * (1 + np.cos(np.pi * done)) if step < total else 0.0


@warmup_cosine.misconception(
    "as long as total, and on",
    "Your cosine takes `total` steps after the warm-up: at `total` it is not yet 0. It has total - "
    "warmup steps.",
)
def _(step, warmup, total, lr):
    if step < warmup:
        return lr * step / warmup
    done = min((step - warmup) / total, 1.0)
    return lr / 2 * (1 + np.cos(np.pi * done))


@warmup_cosine.misconception(
    "rises again",
    "After `total` yours rises again: a cosine is a wave. From `total` on the rate is 0.",
)
def _(step, warmup, total, lr):
    if step < warmup:
        return lr * step / warmup
    return lr / 2 * (1 + np.cos(np.pi * (step - warmup) / (total - warmup)))


@warmup_cosine.misconception(
    "one step ahead",
    "Your warm-up is one step ahead: (step + 1) / warmup. Here step 0 has the rate 0.",
)
def _(step, warmup, total, lr):
    if step < warmup:
        return lr * (step + 1) / warmup
    done = (step - warmup) / (total - warmup)
    return lr / 2 * (1 + np.cos(np.pi * done)) if step < total else 0.0


@warmup_cosine.misconception(
    "no warm-up",
    "Before `warmup` yours is at lr already. It rises from 0 to lr in a straight line.",
)
def _(step, warmup, total, lr):
    done = min(max((step - warmup) / (total - warmup), 0.0), 1.0)
    return lr / 2 * (1 + np.cos(np.pi * done))


@warmup_cosine.misconception(
    "constant after the warm-up",
    "After the warm-up yours stays at lr. It falls, by half a wave of the cosine, to 0 at `total`.",
)
def _(step, warmup, total, lr):
    return lr * step / warmup if step < warmup else lr


@warmup_cosine.misconception(
    "a straight line down",
    "You go down in a straight line. Down it follows half a wave of the cosine.",
)
def _(step, warmup, total, lr):
    if step < warmup:
        return lr * step / warmup
    return lr * max(0.0, (total - step) / (total - warmup))


@warmup_cosine.misconception(
    "not halved",
    "At the end of the warm-up yours is twice lr: 1 + cos is between 0 and 2, so it needs lr/2.",
)
def _(step, warmup, total, lr):
    if step < warmup:
        return lr * step / warmup
    done = (step - warmup) / (total - warmup)
    return lr * (1 + np.cos(np.pi * done)) if step < total else 0.0


@warmup_cosine.misconception(
    "a quarter of a wave",
    "You take a quarter of a wave, cos from 0 to π/2. It is half a wave, lifted and halved: "
    "(1 + cos) / 2 from 0 to π.",
)
def _(step, warmup, total, lr):
    if step < warmup:
        return lr * step / warmup
    done = min((step - warmup) / (total - warmup), 1.0)
    return lr * np.cos(np.pi / 2 * done)


@warmup_cosine.misconception(
    "cosine alone",
    "Your rate becomes negative: a cosine is between -1 and 1. Lift it and halve it: lr/2 · (1 + "
    "cos).",
)
def _(step, warmup, total, lr):
    if step < warmup:
        return lr * step / warmup
    done = (step - warmup) / (total - warmup)
    return lr * np.cos(np.pi * done) if step < total else 0.0


@warmup_cosine.misconception(
    "both at once",
    "You multiply the warm-up by a cosine that runs from step 0. They follow each other: first the "
    "rise, then the cosine, counted from the end of the warm-up.",
)
def _(step, warmup, total, lr):
    rise = min(1.0, step / warmup) if warmup else 1.0
    return rise * lr / 2 * (1 + np.cos(np.pi * min(step / total, 1.0)))


@warmup_cosine.misconception(
    "degrees",
    "np.cos takes radians: half a wave is π, not 180.",
)
def _(step, warmup, total, lr):
    if step < warmup:
        return lr * step / warmup
    done = (step - warmup) / (total - warmup)
    return lr / 2 * (1 + np.cos(180 * done)) if step < total else 0.0


@warmup_cosine.misconception(
    "π missing",
    "Your cosine ends at cos(1). Half a wave ends at cos(π): the π is missing.",
)
def _(step, warmup, total, lr):
    if step < warmup:
        return lr * step / warmup
    done = (step - warmup) / (total - warmup)
    return lr / 2 * (1 + np.cos(done)) if step < total else 0.0


@warmup_cosine.equivalent("by the square of a cosine")
def _(step, warmup, total, lr):
    if step >= total:
        return 0.0
    if step < warmup:
        return step / warmup * lr
    return lr * np.cos(np.pi / 2 * (step - warmup) / (total - warmup)) ** 2


@warmup_cosine.equivalent("by interpolation")
def _(step, warmup, total, lr):
    done = np.interp(step, [warmup, total], [0.0, 1.0])
    rise = min(1.0, step / warmup) if warmup > 0 else 1.0
    return float(rise * lr * (1 + np.cos(np.pi * done)) / 2)


# --------------------------------------------------------------------------------------------------
ema_update = Exercise(
    "ema_update",
    reference=ewma.ema_update,
    hint="It is the step of the moving average of 01_ewma: `decay` is the weight of the old one.",
    minutes=4,
    difficulty=1,
)


@ema_update.cases("one step", points=1)
def _(rng: Rng) -> list[Case]:
    return [
        call("a vector, decay 0.9", rng.normal(size=4), rng.normal(size=4), 0.9),
        call("a matrix, decay 0.99", rng.normal(size=(3, 2)), rng.normal(size=(3, 2)), 0.99),
        call("decay 0.25", rng.normal(size=3), rng.normal(size=3), 0.25),
    ]


@ema_update.cases("several steps", points=1)
def _(rng: Rng) -> list[Case]:
    first, *others = rng.normal(size=(5, 3))
    script = [Call((rng.normal(size=3), first, 0.8))]
    script += [Call((Previous(), weights, 0.8)) for weights in others]
    return [Case("5 steps, decay 0.8", tuple(script))]


@ema_update.misconception(
    "bias correction",
    "You divide by 1 - decay, as if the average had started at 0. It starts at the first weights, "
    "so there is nothing to correct.",
)
def _(average, value, decay):
    return (decay * average + (1 - decay) * value) / (1 - decay)


@ema_update.misconception(
    "weights exchanged",
    "Your weights are exchanged: `decay` belongs to the old average, 1 - decay to the new weights.",
)
def _(average, value, decay):
    return (1 - decay) * average + decay * value


@ema_update.misconception(
    "only the new weights",
    "The old average is lost: it has the weight `decay`.",
)
def _(average, value, decay):
    return (1 - decay) * value


@ema_update.misconception("weights as they are", "You return the weights as they are.")
def _(average, value, decay):
    return 1.0 * value


@ema_update.misconception(
    "the new weights in full",
    "The new weights count in full in yours. The two shares are decay and 1 - decay, together 1.",
)
def _(average, value, decay):
    return decay * average + value


@ema_update.misconception(
    "the average in full",
    "The old average is not shrunk in yours. The two shares are decay and 1 - decay, together 1.",
)
def _(average, value, decay):
    return average + (1 - decay) * value


@ema_update.misconception("half and half", "You take the plain mean; decay makes no difference.")
def _(average, value, decay):
    return (average + value) / 2


@ema_update.misconception(
    "changed in place",
    "Your function changes `average`, the array that it is given. Return a new array.",
)
def _(average, value, decay):
    average *= decay
    average += (1 - decay) * value
    return average


@ema_update.misconception("decay on both", "Both have the weight decay in yours.")
def _(average, value, decay):
    return decay * (average + value)


@ema_update.misconception(
    "decay - 1", "The new weights come in with the wrong sign: their share is 1 - decay."
)
def _(average, value, decay):
    return decay * average + (decay - 1) * value


@ema_update.misconception(
    "brackets missing",
    "Brackets are missing round 1 - decay: `1 - decay * value` is something else.",
)
def _(average, value, decay):
    return decay * average + 1 - decay * value


@ema_update.equivalent("a step towards the new weights")
def _(average, value, decay):
    return average + (1 - decay) * (value - average)


@ema_update.equivalent("with np.average")
def _(average, value, decay):
    return np.average([average, value], axis=0, weights=[decay, 1 - decay])


prediction_script = quiz(
    "prediction_script",
    answer="c",
    a="Nothing overwrites a gradient: .backward() *adds* to .grad, because a tensor that is used "
    "twice needs both parts. So the next step adds to what is there.",
    b="PyTorch says nothing: it cannot know whether you want the sum. (Some scripts want it: they "
    "add up several small batches before one step.)",
    d="The gradients grow, they do not vanish: each step adds a new one to all the old ones.",
)
