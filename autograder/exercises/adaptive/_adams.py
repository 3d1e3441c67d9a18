"""Adams, right and wrong, for a test of Adams to find out about.

Each is made from a step that is right, by what that is called with and by what is done with its
results. So a class can be handed them without an Adam: there they are made from the student's own
``adam_step``.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any, NamedTuple

import numpy as np

Results = tuple[Any, Any, Any]
Step = Callable[..., Results]
Candidates = dict[str, Callable[[Step], Step]]


class Asked(NamedTuple):
    """What a step is called with."""

    theta: Any
    m: Any
    v: Any
    grad: Any
    t: int
    lr: float
    beta1: float
    beta2: float
    eps: float


LATE = 10**9  # a step so late that no correction is left


def shares(a: Asked) -> tuple[float, float]:
    """How much of its weight each average has got so far."""
    return 1 - a.beta1**a.t, 1 - a.beta2**a.t


def with_v(step: Step, a: Asked, wanted: Any) -> Results:
    """The step whose new v is ``wanted``. Two tries show the line on which the new v lies."""
    at_0 = step(*a._replace(v=0 * a.v))[2]
    rise = step(*a._replace(v=0 * a.v + 1))[2] - at_0
    return step(*a._replace(v=(wanted - at_0) / rise))


Made = Callable[[Step, Asked], Results]


def candidate(made: Made) -> Callable[[Step], Step]:
    """What makes a candidate of a right step; ``made(step, asked)`` are its results."""
    return partial(of_a_right_step, made)


def of_a_right_step(made: Made, step: Step) -> Step:
    """The candidate that is made of this step."""

    def its_step(*arguments: Any) -> Results:
        theta, m, v, grad = (np.asarray(array, dtype=np.float64) for array in arguments[:4])
        with np.errstate(all="ignore"):
            theta, m, v = made(step, Asked(theta, m, v, grad, *arguments[4:]))
        return np.asarray(theta), np.asarray(m), np.asarray(v)

    return its_step


def correction_in_the_rate(step: Step, a: Asked) -> Results:
    """The efficient order of the paper's section 2, with ε scaled to give the same result."""
    of_m, of_v = shares(a)
    root = np.sqrt(of_v)
    return step(*a._replace(t=LATE, lr=a.lr * root / of_m, eps=a.eps * root))


def by_loops(step: Step, a: Asked) -> Results:
    """One parameter at a time."""
    each = zip(*(array.ravel() for array in a[:4]), strict=True)
    done = [step(*numbers, *a[4:]) for numbers in each]
    first, second, third = (np.array([d[i] for d in done]) for i in range(3))
    shape = a.theta.shape
    return first.reshape(shape), second.reshape(shape), third.reshape(shape)


def in_thirds(step: Step, a: Asked) -> Results:
    """In a unit a third as large: all numbers are three times as large, and round otherwise."""
    thrice = a._replace(theta=3 * a.theta, m=3 * a.m, v=9 * a.v, grad=3 * a.grad)
    theta, m, v = step(*thrice._replace(lr=3 * a.lr, eps=3 * a.eps))
    return theta / 3, m / 3, v / 9


def eps_inside_the_root(step: Step, a: Asked) -> Results:
    _, m, v = step(*a)
    return with_v(step, a._replace(eps=0.0), v + a.eps * shares(a)[1])[0], m, v


def corrected_moments(step: Step, a: Asked) -> Results:
    theta, m, v = step(*a)
    of_m, of_v = shares(a)
    return theta, m / of_m, v / of_v


def one_v_for_all(step: Step, a: Asked) -> Results:
    of_this_gradient = step(*a._replace(v=0 * a.v))[2]
    return with_v(step, a, step(*a)[2] - of_this_gradient + np.mean(of_this_gradient))


def mean_of_v(step: Step, a: Asked) -> Results:
    theta, m, v = step(*a)
    return theta, m, np.mean(v)


RIGHT: Candidates = {
    "the textbook's Adam": candidate(lambda step, a: step(*a)),
    "the paper's, with the correction in the learning rate": candidate(correction_in_the_rate),
    "Adam by a loop over the parameters": candidate(by_loops),
    "Adam in another unit": candidate(in_thirds),
}
PLAIN: Candidates = {
    "an Adam without bias correction": candidate(lambda step, a: step(*a._replace(t=LATE))),
    "an Adam that corrects m only": candidate(
        lambda step, a: step(*a._replace(t=LATE, lr=a.lr / shares(a)[0]))
    ),
    "an Adam with β1 and β2 swapped": candidate(
        lambda step, a: step(*a._replace(beta1=a.beta2, beta2=a.beta1))
    ),
    "an Adam whose v averages |g|": candidate(
        lambda step, a: with_v(step, a, step(*a._replace(grad=np.sqrt(np.abs(a.grad))))[2])
    ),
    "an Adam whose t is one too high": candidate(lambda step, a: step(*a._replace(t=a.t + 1))),
}
SUBTLE: Candidates = {
    "an Adam that forgets the past (m and v of this gradient only)": candidate(
        lambda step, a: step(*a._replace(m=0 * a.m, v=0 * a.v))
    ),
    "an Adam that corrects as if every step were the first": candidate(
        lambda step, a: step(*a._replace(t=1))
    ),
    "an Adam whose v never shrinks": candidate(
        lambda step, a: with_v(step, a, np.maximum(a.v, step(*a)[2]))
    ),
    "an Adam that returns the corrected moments": candidate(corrected_moments),
    "an Adam that ignores lr and takes 0.001": candidate(
        lambda step, a: step(*a._replace(lr=0.001))
    ),
}
HIDDEN: Candidates = {
    "an Adam with ε inside the root": candidate(eps_inside_the_root),
    "an Adam without ε": candidate(lambda step, a: step(*a._replace(eps=0.0))),
    "an Adam with Keras' ε, added before the correction": candidate(
        lambda step, a: step(*a._replace(eps=a.eps / np.sqrt(shares(a)[1])))
    ),
    "an Adam whose β are always 0.9 and 0.999": candidate(
        lambda step, a: step(*a._replace(beta1=0.9, beta2=0.999))
    ),
    "an Adam whose v is one number for the whole array": candidate(one_v_for_all),
    "an Adam that returns only the mean of v": candidate(mean_of_v),
    "an Adam that adds weight decay to the gradient": candidate(
        lambda step, a: step(*a._replace(grad=a.grad + 0.01 * a.theta))
    ),
}


def textbook(theta, m, v, grad, t, lr, beta1, beta2, eps):
    """The right step here. It refuses nothing: a candidate may ask for an ε of 0."""
    m = beta1 * m + (1 - beta1) * grad
    v = beta2 * v + (1 - beta2) * grad**2
    return theta - lr * (m / (1 - beta1**t)) / (np.sqrt(v / (1 - beta2**t)) + eps), m, v
