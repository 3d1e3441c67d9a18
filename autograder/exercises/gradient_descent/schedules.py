"""Learning rates that fall."""

from __future__ import annotations

import numpy as np

from autograder.checking.exercise import Case, Exercise
from autograder.exercises._cases import Rng, call
from reference_impl import schedules as reference

# ------------------------------------------------------------------------------- 1 / (1 + kt)
inverse_time_decay = Exercise(
    "inverse_time_decay",
    reference=reference.inverse_time_decay,
    hint="lr0 divided by all of (1 + decay·epoch): mind the brackets.",
    minutes=3,
    difficulty=1,
)


@inverse_time_decay.cases("a few epochs", points=1)
def _(rng: Rng) -> list[Case]:
    lr0, decay = (float(value) for value in rng.uniform(0.1, 0.9, 2))
    return [
        call("epoch 0", 0.5, 0.1, 0),
        call("epoch 10, decay 0.1: a half", 0.4, 0.1, 10),
        call("epoch 7, drawn at random", lr0, decay, 7),
        call("no decay", lr0, 0.0, 30),
    ]


@inverse_time_decay.misconception(
    "a straight line",
    "You subtract decay·epoch: then the learning rate reaches 0 and becomes negative. Divide by 1 "
    "+ decay·epoch.",
)
def _(lr0, decay, epoch):
    return lr0 * (1 - decay * epoch)


@inverse_time_decay.misconception(
    "the power instead of the product",
    "(1 + decay)^epoch falls exponentially: here epoch is a factor, not a power.",
)
def _(lr0, decay, epoch):
    return lr0 / (1 + decay) ** epoch


@inverse_time_decay.misconception(
    "epochs counted from 1",
    "You are one epoch ahead: at epoch 0 the learning rate is still lr0.",
)
def _(lr0, decay, epoch):
    return lr0 / (1 + decay * (epoch + 1))


@inverse_time_decay.misconception(
    "brackets missing", "Division comes before addition: put 1 + decay·epoch in brackets."
)
def _(lr0, decay, epoch):
    return lr0 / 1 + decay * epoch


@inverse_time_decay.misconception(
    "applied again and again",
    "You divide the rate of the last epoch once more, so it falls faster than it should. Divide "
    "lr0, once, for any epoch.",
)
def _(lr0, decay, epoch):
    lr = lr0
    for e in range(1, epoch + 1):
        lr = lr / (1 + decay * e)
    return lr


@inverse_time_decay.misconception(
    "the 1 missing",
    "There is no 1 in your denominator: at epoch 0 you divide by 0.",
)
def _(lr0, decay, epoch):
    return lr0 / (decay * epoch)


@inverse_time_decay.misconception(
    "epoch outside the denominator",
    "epoch belongs in the denominator, beside decay: yours multiplies the whole fraction.",
)
def _(lr0, decay, epoch):
    return lr0 / (1 + decay) * epoch


@inverse_time_decay.misconception(
    "subtracted",
    "You subtract decay·epoch: that is a straight line, and soon below 0. Divide lr0 by "
    "1 + decay·epoch.",
)
def _(lr0, decay, epoch):
    return lr0 - decay * epoch


@inverse_time_decay.misconception(
    "under a root",
    "You divide by a root: without it, lr0 / (1 + decay·epoch).",
)
def _(lr0, decay, epoch):
    return lr0 / np.sqrt(1 + decay * epoch)


@inverse_time_decay.misconception(
    "exponential",
    "That is exponential decay, e^(-decay·epoch), which comes later and falls much faster. Here "
    "lr0 is divided.",
)
def _(lr0, decay, epoch):
    return lr0 * np.exp(-decay * epoch)


@inverse_time_decay.equivalent("as a reciprocal")
def _(lr0, decay, epoch):
    return 1 / (1 / lr0 + decay * epoch / lr0)


@inverse_time_decay.equivalent("with a power")
def _(lr0, decay, epoch):
    return lr0 * (1 + decay * epoch) ** -1.0


# ------------------------------------------------------------------------------- in steps
step_decay = Exercise(
    "step_decay",
    reference=reference.step_decay,
    hint="How many drops have there been by now? epoch // every.",
    minutes=3,
    difficulty=2,
)


@step_decay.cases("a few epochs", points=1)
def _(rng: Rng) -> list[Case]:
    lr0, factor = float(rng.uniform(0.1, 0.9)), float(rng.uniform(0.2, 0.8))
    return [
        call("before the first drop", lr0, 0.5, 10, 9),
        call("at the first drop", 0.8, 0.5, 10, 10),
        call("after the second, drawn at random", lr0, factor, 7, 17),
        call("a drop each epoch", lr0, 0.9, 1, 5),
    ]


@step_decay.misconception(
    "no steps",
    "epoch/every is not a whole number between drops, so your curve has no steps: count the full "
    "periods, with // .",
)
def _(lr0, factor, every, epoch):
    return lr0 * factor ** (epoch / every)


@step_decay.misconception(
    "factor times the number of drops",
    "The factor is applied once for each drop: that is a power, factor**drops.",
)
def _(lr0, factor, every, epoch):
    return lr0 * factor * (epoch // every)


@step_decay.misconception(
    "only one drop",
    "Your learning rate drops once and then stays: every further `every` epochs it drops again.",
)
def _(lr0, factor, every, epoch):
    return lr0 * factor if epoch >= every else lr0


@step_decay.misconception(
    "one epoch early", "The drop comes an epoch early: with every = 10, epoch 9 has no drop yet."
)
def _(lr0, factor, every, epoch):
    return lr0 * factor ** ((epoch + 1) // every)


@step_decay.misconception(
    "dropped only at the multiples",
    "You drop only in the epochs that `every` divides, and forget the drop in the next one: a drop "
    "is permanent.",
)
def _(lr0, factor, every, epoch):
    return lr0 * factor if epoch and epoch % every == 0 else lr0


@step_decay.misconception(
    "factor times the number of drops, from the first on",
    "The second drop multiplies what the first one left: factor twice is factor**2, not 2·factor.",
)
def _(lr0, factor, every, epoch):
    drops = epoch // every
    return lr0 * factor * drops if drops else lr0


@step_decay.misconception(
    "the remainder",
    "epoch % every is the remainder, the epochs since the last drop. Count the drops, with // .",
)
def _(lr0, factor, every, epoch):
    return lr0 * factor ** (epoch % every)


@step_decay.misconception(
    "rounded to the nearest",
    "You round epoch/every to the nearest whole number, so a drop comes half a period early. Only "
    "full periods count: //.",
)
def _(lr0, factor, every, epoch):
    return lr0 * factor ** round(epoch / every)


@step_decay.misconception(
    "subtracted",
    "You subtract the factor at each drop: the learning rate is multiplied by it.",
)
def _(lr0, factor, every, epoch):
    return lr0 - factor * (epoch // every)


@step_decay.misconception(
    "every epoch",
    "Yours drops in each epoch: only every `every` epochs is there a drop.",
)
def _(lr0, factor, every, epoch):
    return lr0 * factor**epoch


@step_decay.misconception(
    "lr0 in the power",
    "The power applies to lr0, too: only the factor is raised to the number of drops.",
)
def _(lr0, factor, every, epoch):
    return (lr0 * factor) ** (epoch // every)


@step_decay.misconception(
    "factor divided",
    "You divide by the factor: it is below 1, so your learning rate grows. Multiply.",
)
def _(lr0, factor, every, epoch):
    return lr0 / factor ** (epoch // every)


@step_decay.misconception(
    "rounded up",
    "You round epoch/every up, so the first drop comes in epoch 1. Only full periods count: //.",
)
def _(lr0, factor, every, epoch):
    return lr0 * factor ** np.ceil(epoch / every)


@step_decay.equivalent("a loop")
def _(lr0, factor, every, epoch):
    lr = lr0
    for e in range(1, epoch + 1):
        if e % every == 0:
            lr *= factor
    return lr


@step_decay.equivalent("with floor")
def _(lr0, factor, every, epoch):
    return lr0 * np.exp(np.floor(epoch / every) * np.log(factor))


# ------------------------------------------------------------------------------- e^(-kt)
exponential_decay = Exercise(
    "exponential_decay",
    reference=reference.exponential_decay,
    hint="At epoch 1/rate the learning rate has fallen to lr0/e: which sign does the exponent "
    "have?",
    minutes=3,
    difficulty=1,
)


@exponential_decay.cases("a few epochs", points=1)
def _(rng: Rng) -> list[Case]:
    lr0, rate = float(rng.uniform(0.1, 0.9)), float(rng.uniform(0.05, 0.5))
    return [
        call("epoch 0", 0.5, 0.1, 0),
        call("epoch 10, rate 0.1: lr0/e", 0.4, 0.1, 10),
        call("epoch 6, drawn at random", lr0, rate, 6),
    ]


@exponential_decay.misconception(
    "rate as the base",
    "rate is in the exponent here: lr0·e^(-rate·epoch). (lr0·γ^epoch is the same family with "
    "γ = e^(-rate), and is what PyTorch's ExponentialLR takes.)",
)
def _(lr0, rate, epoch):
    return lr0 * rate**epoch


@exponential_decay.misconception(
    "1 - rate as the base",
    "(1 - rate)^epoch is close for a small rate, but it is not e^(-rate·epoch).",
)
def _(lr0, rate, epoch):
    return lr0 * (1 - rate) ** epoch


@exponential_decay.misconception(
    "grows", "Your learning rate grows: the exponent is *minus* rate·epoch."
)
def _(lr0, rate, epoch):
    return lr0 * np.exp(rate * epoch)


@exponential_decay.misconception(
    "lr0 in the exponent",
    "You have lr0 in the exponent: it belongs in front, as a factor.",
)
def _(lr0, rate, epoch):
    return np.exp(-rate * epoch * lr0)


@exponential_decay.misconception(
    "divided by the rate",
    "You divide epoch by rate: then a larger rate would fall more slowly. They are multiplied.",
)
def _(lr0, rate, epoch):
    return lr0 * np.exp(-epoch / rate)


@exponential_decay.misconception(
    "epoch outside the exponent",
    "epoch stands outside the exponent, so at epoch 0 your rate is 0. It belongs beside `rate`, "
    "inside np.exp.",
)
def _(lr0, rate, epoch):
    return lr0 * np.exp(-rate) * epoch


@exponential_decay.misconception(
    "the part that is lost",
    "1 - e^… is the part that has been lost. Return the part that is left.",
)
def _(lr0, rate, epoch):
    return lr0 * (1 - np.exp(-rate * epoch))


@exponential_decay.misconception(
    "power of 10",
    "You take a power of 10. This decay has the base e: np.exp.",
)
def _(lr0, rate, epoch):
    return lr0 * 10 ** (-rate * epoch)


@exponential_decay.misconception(
    "power of 2",
    "You take a power of 2, as for a half-life. This decay has the base e: np.exp.",
)
def _(lr0, rate, epoch):
    return lr0 * 2 ** (-rate * epoch)


@exponential_decay.equivalent("a share lost each epoch")
def _(lr0, rate, epoch):
    keep = np.exp(-rate)
    for _ in range(epoch):
        lr0 = lr0 * keep
    return lr0


@exponential_decay.equivalent("divided by a growth")
def _(lr0, rate, epoch):
    return lr0 / np.e ** (rate * epoch)


# ------------------------------------------------------------------------------- half a wave
cosine_decay = Exercise(
    "cosine_decay",
    reference=reference.cosine_decay,
    hint="(1 + cos(π·epoch/total))/2 falls from 1 to 0; from `total` on return 0.",
    minutes=5,
    difficulty=2,
)


@cosine_decay.cases("on the way", points=1)
def _(rng: Rng) -> list[Case]:
    lr0 = float(rng.uniform(0.1, 0.9))
    return [
        call("epoch 0", 0.5, 0, 20),
        call("half way: half of it", 0.5, 10, 20),
        call("epoch 7 of 20", lr0, 7, 20),
        call("epoch 29 of 30", lr0, 29, 30),
    ]


@cosine_decay.cases("at the end, and after it", points=1)
def _(rng: Rng) -> list[Case]:
    lr0 = float(rng.uniform(0.1, 0.9))
    return [
        call("epoch 5 of 20", lr0, 5, 20),
        call("at total", lr0, 20, 20),
        call("after it", lr0, 27, 20),
        call("twice total", lr0, 40, 20),
    ]


@cosine_decay.misconception(
    "rises again",
    "After `total` your cosine climbs back: return 0 from there on. (PyTorch's CosineAnnealingLR "
    "does climb back.)",
)
def _(lr0, epoch, total):
    return lr0 / 2 * (1 + np.cos(np.pi * epoch / total))


@cosine_decay.misconception(
    "cosine alone",
    "lr0·cos(…) falls to -lr0: lift the wave by 1 and halve it, so that it runs from lr0 to 0.",
)
def _(lr0, epoch, total):
    return lr0 * np.cos(np.pi * epoch / total) if epoch < total else 0.0


@cosine_decay.misconception(
    "a quarter of a wave",
    "A quarter of a wave starts flat but ends steep: half a wave, lifted by 1, is flat at both "
    "ends.",
)
def _(lr0, epoch, total):
    return lr0 * np.cos(np.pi / 2 * epoch / total) if epoch < total else 0.0


@cosine_decay.misconception(
    "a whole wave", "2π is a whole wave, down and up again: the way from lr0 to 0 is half of it, π."
)
def _(lr0, epoch, total):
    return lr0 / 2 * (1 + np.cos(2 * np.pi * epoch / total)) if epoch < total else 0.0


@cosine_decay.misconception(
    "not halved", "At epoch 0 you return twice lr0: 1 + cos(0) is 2, so divide by 2."
)
def _(lr0, epoch, total):
    return lr0 * (1 + np.cos(np.pi * epoch / total)) if epoch < total else 0.0


@cosine_decay.misconception(
    "a whole wave, held at total",
    "At `total` your learning rate is lr0 again: 2π is a whole wave, down and up. Half of it leads "
    "from lr0 to 0.",
)
def _(lr0, epoch, total):
    return lr0 / 2 * (1 + np.cos(2 * np.pi * min(epoch, total) / total))


@cosine_decay.misconception(
    "starts again",
    "After `total` you start again from lr0, as with warm restarts (epoch % total). Here the rate "
    "stays at 0.",
)
def _(lr0, epoch, total):
    return lr0 / 2 * (1 + np.cos(np.pi * (epoch % total) / total))


@cosine_decay.misconception(
    "degrees",
    "np.cos takes radians: half a wave is π, not 180.",
)
def _(lr0, epoch, total):
    return lr0 / 2 * (1 + np.cos(180 * epoch / total)) if epoch <= total else 0.0


@cosine_decay.misconception(
    "π missing",
    "There is no π in your cosine: epoch/total runs from 0 to 1, and half a wave is π long.",
)
def _(lr0, epoch, total):
    return lr0 / 2 * (1 + np.cos(epoch / total)) if epoch <= total else 0.0


@cosine_decay.misconception(
    "a straight line",
    "That is a straight line from lr0 to 0. The cosine stays high at first and falls fastest half "
    "way.",
)
def _(lr0, epoch, total):
    return lr0 * max(0.0, 1 - epoch / total)


@cosine_decay.misconception(
    "1 minus the cosine",
    "Yours starts at 0 and rises to lr0: it is 1 *plus* the cosine.",
)
def _(lr0, epoch, total):
    return lr0 / 2 * (1 - np.cos(np.pi * epoch / total)) if epoch < total else 0.0


@cosine_decay.misconception(
    "lr0 kept after total",
    "After `total` you return lr0, so the rate jumps back to its start. It has fallen to 0, and "
    "stays there.",
)
def _(lr0, epoch, total):
    return lr0 / 2 * (1 + np.cos(np.pi * epoch / total)) if epoch < total else lr0


@cosine_decay.misconception(
    "half of lr0 in front only",
    "The ½ multiplies the 1 only: put 1 + cos(…) in brackets, and halve the whole.",
)
def _(lr0, epoch, total):
    return lr0 * (0.5 + np.cos(np.pi * epoch / total)) if epoch < total else 0.0


@cosine_decay.misconception(
    "π missing, held at total",
    "At the end more than half of lr0 is left: there is no π in your cosine, and half a wave is π "
    "long.",
)
def _(lr0, epoch, total):
    return lr0 / 2 * (1 + np.cos(min(epoch, total) / total))


@cosine_decay.misconception(
    "sine",
    "The sine begins at 0, so at epoch 0 you have half of lr0. The cosine begins at 1.",
)
def _(lr0, epoch, total):
    return lr0 / 2 * (1 + np.sin(np.pi * min(epoch, total) / total))


@cosine_decay.equivalent("the square of a cosine")
def _(lr0, epoch, total):
    return lr0 * np.cos(np.pi / 2 * min(epoch / total, 1)) ** 2


@cosine_decay.equivalent("epoch held at total")
def _(lr0, epoch, total):
    return 0.5 * lr0 * (1 + np.cos(np.pi * min(epoch, total) / total))
