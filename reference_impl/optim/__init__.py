"""Optimizers in place, for training: each is its formula on two flat vectors.

`optimizers` has the same formulas as papers write them, one step per function. Here a step
overwrites θ and its own state, in blocks that stay in the processor's cache. Where a framework
departs from the paper, the departure is a parameter.
"""

from reference_impl.optim.adam import Adam, AdamW, Nadam
from reference_impl.optim.adaptive import AdaDelta, AdaGrad, RMSprop
from reference_impl.optim.optimizer import Optimizer, clip_by_global_norm, clip_by_value
from reference_impl.optim.sgd import SGD

__all__ = [
    "SGD",
    "AdaDelta",
    "AdaGrad",
    "Adam",
    "AdamW",
    "Nadam",
    "Optimizer",
    "RMSprop",
    "clip_by_global_norm",
    "clip_by_value",
]
