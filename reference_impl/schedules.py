"""Learning rates that fall while training goes on."""

from __future__ import annotations

import math

from reference_impl._validate import not_negative, positive


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
