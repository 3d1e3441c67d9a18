"""Ways to draw cases that many exercises share."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from autograder.checking.drive import Call, Previous
from autograder.checking.exercise import Case

Rng = np.random.Generator


def call(label: str, *args: Any, **kwargs: Any) -> Case:
    """A case of one call."""
    return Case(label, (Call(args, kwargs),))


def walk(
    label: str,
    start: Sequence[Any],
    grads: Sequence[Any],
    *hyper: Any,
    lrs: Sequence[float] | None = None,
    count: bool = False,
) -> Case:
    """A step function that walks along its own trajectory, one call per gradient.

    Call ``k`` is ``step(*state, grads[k], [t,] [lrs[k],] *hyper)``: the state is ``start`` in the
    first call and what the step returned in every later one; ``t`` counts from 1 if ``count``.
    """
    script = []
    for k, grad in enumerate(grads):
        state = start if k == 0 else [Previous(i) for i in range(len(start))]
        t = (k + 1,) if count else ()
        lr = (lrs[k],) if lrs is not None else ()
        script.append(Call((*state, grad, *t, *lr, *hyper)))
    return Case(label, tuple(script))


def gradients(rng: Rng, steps: int, shape: tuple[int, ...], scale: float = 1.0) -> list[Any]:
    """Gradients of both signs, between scale/10 and scale in size."""
    size = rng.uniform(0.1, 1.0, (steps, *shape)) * scale
    return list(size * rng.choice((-1.0, 1.0), (steps, *shape)))
