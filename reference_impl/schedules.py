"""Learning rates that change while training goes on: a decay, and a warm-up before it."""

from __future__ import annotations

import math
from collections.abc import Callable

from reference_impl._validate import between, not_negative, positive


def inverse_time_decay(lr0: float, decay: float, epoch: float) -> float:
    """Fast at first, then ever more slowly.

    η = η0 / (1 + decay · epoch)

    Parameters
    ----------
    lr0 : learning rate at epoch 0
    decay : 0 or more; at epoch 1/decay half of lr0 is left
    epoch : 0 or more

    Returns
    -------
    the learning rate of this epoch

    Raises
    ------
    ValueError : decay or epoch negative
    """
    not_negative(decay=decay, epoch=epoch)
    return lr0 / (1 + decay * epoch)


def step_decay(lr0: float, factor: float, every: int, epoch: float) -> float:
    """Constant for a while, then multiplied by a factor.

    η = η0 · factor^⌊epoch / every⌋

    Parameters
    ----------
    lr0 : learning rate at epoch 0
    factor : above 0, such as 0.5
    every : epochs between two drops, above 0
    epoch : 0 or more

    Returns
    -------
    the learning rate of this epoch

    Raises
    ------
    ValueError : factor or every not above 0, or epoch negative
    """
    positive(factor=factor, every=every)
    not_negative(epoch=epoch)
    return float(lr0 * factor ** (epoch // every))


def exponential_decay(lr0: float, rate: float, epoch: float) -> float:
    """The same share lost each epoch.

    η = η0 · e^(-rate · epoch)

    Parameters
    ----------
    lr0 : learning rate at epoch 0
    rate : 0 or more
    epoch : 0 or more

    Returns
    -------
    the learning rate of this epoch

    Raises
    ------
    ValueError : rate or epoch negative
    """
    not_negative(rate=rate, epoch=epoch)
    return lr0 * math.exp(-rate * epoch)


def cosine_decay(lr0: float, epoch: float, total: float) -> float:
    """Slow, fast, slow: half a wave from lr0 to 0.

    η = η0 / 2 · (1 + cos(π · epoch / total)),   0 from `total` on

    Parameters
    ----------
    lr0 : learning rate at epoch 0
    epoch : 0 or more
    total : the epoch at which 0 is reached, above 0

    Returns
    -------
    the learning rate of this epoch

    Raises
    ------
    ValueError : epoch negative or total not above 0

    Source: Loshchilov and Hutter, "SGDR: Stochastic Gradient Descent with Warm Restarts", 2017,
    equation 5 with one cycle and η_min = 0.
    """
    not_negative(epoch=epoch)
    positive(total=total)
    if epoch >= total:
        return 0.0
    return lr0 / 2 * (1 + math.cos(math.pi * epoch / total))


def linear_warmup(lr0: float, epoch: float, warmup: float, start: float) -> float:
    """Up in a straight line from a share of lr0, and constant from then on.

    η = η0 · (s + (1 - s) · min(1, epoch / warmup))

    As PyTorch's LinearLR(start_factor=s, total_iters=warmup); with an epoch that counts in
    fractions it rises at each step, as in the paper. At s = 0, where Keras starts, nothing is
    learned while epoch is 0.

    Parameters
    ----------
    lr0 : learning rate at the end of the warm-up
    epoch : 0 or more
    warmup : epochs that it takes, above 0; in the paper 5
    start : share s of lr0 at epoch 0, in [0, 1]; in the paper 1/k for k workers

    Returns
    -------
    the learning rate of this epoch

    Raises
    ------
    ValueError : epoch negative, warmup not above 0, or start outside [0, 1]

    Source: Goyal et al., "Accurate, Large Minibatch SGD: Training ImageNet in 1 Hour", 2017,
    section 2.2.
    """
    not_negative(epoch=epoch)
    positive(warmup=warmup)
    between("start", start, 0, 1)
    return lr0 * (start + (1 - start) * min(1.0, epoch / warmup))


def with_warmup(
    schedule: Callable[[float], float], warmup: float, start: float
) -> Callable[[float], float]:
    """Any schedule, later: a linear warm-up to its first learning rate goes before it.

    η = linear_warmup(schedule(0), epoch, warmup, s)   before epoch `warmup`
    η = schedule(epoch - warmup)                       from there on

    As PyTorch's SequentialLR of LinearLR and a decay, and as Keras' CosineDecay with warmup_steps:
    the decay counts its epochs from the end of the warm-up.

    Parameters
    ----------
    schedule : epoch → learning rate, such as lambda epoch: cosine_decay(0.1, epoch, 50)
    warmup, start : as in `linear_warmup`

    Returns
    -------
    the function epoch → learning rate

    Raises
    ------
    ValueError : warmup not above 0, or start outside [0, 1]
    """
    positive(warmup=warmup)
    between("start", start, 0, 1)

    def warmed(epoch: float) -> float:
        if epoch < warmup:
            return linear_warmup(schedule(0), epoch, warmup, start)
        return schedule(epoch - warmup)

    return warmed


def warmup_cosine(step: float, warmup: float, total: float, lr: float) -> float:
    """The schedule of many training scripts: up in a straight line, then down half a wave.

    η = lr · step / warmup                                            while step < warmup
    η = lr / 2 · (1 + cos(π · (step - warmup) / (total - warmup)))    from there on
    η = 0                                                             from `total` on

    Parameters
    ----------
    step : steps done so far, 0 or more
    warmup : steps of the rise, 0 or more; at 0 there is none
    total : the step at which 0 is reached again, above warmup
    lr : the highest learning rate

    Returns
    -------
    the learning rate of this step

    Raises
    ------
    ValueError : step or warmup negative, or total not above warmup

    Source: Goyal et al., 2017, section 2.2 (warm-up), and Loshchilov and Hutter, 2017, equation 5.
    """
    not_negative(step=step, warmup=warmup)
    if not total > warmup:
        raise ValueError(f"total is {total!r}; it must be above warmup, which is {warmup!r}")
    if step < warmup:
        return lr * step / warmup
    return cosine_decay(lr, step - warmup, total - warmup)
