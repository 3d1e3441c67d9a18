"""What broadcasting stretched, the gradient sums again."""

from __future__ import annotations

import numpy as np

from autograder.checking.exercise import Case, Exercise
from autograder.exercises._cases import Rng, call
from reference_impl import tape as reference

unbroadcast = Exercise(
    "unbroadcast",
    reference=reference.unbroadcast,
    hint="Two kinds of axes: those in front, which the operand does not have (sum them away), and "
    "those where the operand has size 1 (sum with keepdims=True). An axis of the operand's own "
    "size stays.",
    minutes=10,
    difficulty=3,
)


def stretched(rng: Rng, whole: tuple[int, ...], shape: tuple[int, ...]) -> Case:
    return call(f"{shape} was stretched to {whole}", rng.normal(size=whole), shape)


@unbroadcast.cases("axes in front", points=1)
def _(rng: Rng) -> list[Case]:
    return [
        stretched(rng, (5, 3), (3,)),
        stretched(rng, (3, 3), (3,)),
        stretched(rng, (2, 4, 3), (4, 3)),
        stretched(rng, (2, 3, 2), (2,)),
    ]


@unbroadcast.cases("axes of size 1", points=1)
def _(rng: Rng) -> list[Case]:
    return [
        stretched(rng, (4, 3), (4, 1)),
        stretched(rng, (4, 4), (1, 4)),
        stretched(rng, (2, 3, 4), (2, 1, 4)),
        stretched(rng, (2, 3), (1, 1)),
    ]


@unbroadcast.cases("both, all, and none", points=1)
def _(rng: Rng) -> list[Case]:
    return [
        stretched(rng, (2, 4, 3), (4, 1)),
        stretched(rng, (3, 3, 3), (1, 3)),
        stretched(rng, (4, 3), ()),
        stretched(rng, (4, 3), (4, 3)),
        stretched(rng, (4, 1), (4, 1)),
    ]


@unbroadcast.misconception(
    "one axis in front",
    "You sum away one axis in front, but there may be several: go on as long as the gradient has "
    "more axes than the shape, with `while` in place of `if`.",
)
def _(grad, shape):
    if grad.ndim > len(shape):
        grad = grad.sum(axis=0)
    for axis, size in enumerate(shape):
        if size == 1:
            grad = grad.sum(axis=axis, keepdims=True)
    return grad


@unbroadcast.misconception(
    "keepdims forgotten in the loop",
    "An axis of size 1 disappears in your sum, and those behind it get other numbers. It has to "
    "stay, with size 1: keepdims=True.",
)
def _(grad, shape):
    while grad.ndim > len(shape):
        grad = grad.sum(axis=0)
    for axis, size in enumerate(shape):
        if size == 1:
            grad = grad.sum(axis=axis)
    return grad


@unbroadcast.misconception(
    "only axes in front",
    "Axes in front are summed, and axes of size 1 are not: where the operand has size 1 and the "
    "gradient more, that axis was stretched too.",
)
def _(grad, shape):
    while grad.ndim > len(shape):
        grad = grad.sum(axis=0)
    return grad


@unbroadcast.misconception(
    "only axes of size 1",
    "Axes of size 1 are summed, and axes in front are not: an operand with fewer axes than the "
    "gradient was repeated along the ones that it does not have.",
)
def _(grad, shape):
    for axis, size in enumerate(shape):
        if size == 1:
            grad = grad.sum(axis=axis, keepdims=True)
    return grad


@unbroadcast.misconception(
    "mean instead of sum",
    "You take the mean. An element that was used n times has n parts of gradient: they add up.",
)
def _(grad, shape):
    while grad.ndim > len(shape):
        grad = grad.mean(axis=0)
    for axis, size in enumerate(shape):
        if size == 1:
            grad = grad.mean(axis=axis, keepdims=True)
    return grad


@unbroadcast.misconception(
    "one copy only",
    "You keep the gradient of the first copy and drop those of the others. All copies are one "
    "element, so their gradients add up.",
)
def _(grad, shape):
    while grad.ndim > len(shape):
        grad = grad[0]
    for axis, size in enumerate(shape):
        if size == 1:
            grad = np.take(grad, [0], axis=axis)
    return grad


@unbroadcast.misconception(
    "always over the rows",
    "You always sum over the first axis. Which axes are summed depends on the shape: those that "
    "the operand does not have, and those where its size is 1.",
)
def _(grad, shape):
    return grad.sum(axis=0)


@unbroadcast.misconception(
    "everything in one number",
    "You sum over all axes, so every element gets the same gradient. Only stretched axes are "
    "summed.",
)
def _(grad, shape):
    return np.full(shape, grad.sum())


@unbroadcast.misconception(
    "axes at the end",
    "You sum away axes at the *end*. NumPy lines shapes up at their right ends, so what an operand "
    "does not have stands in front.",
)
def _(grad, shape):
    while grad.ndim > len(shape):
        grad = grad.sum(axis=-1)
    for axis, size in enumerate(shape):
        if size == 1:
            grad = grad.sum(axis=axis, keepdims=True)
    return grad


@unbroadcast.misconception(
    "keepdims forgotten",
    "An axis of size 1 disappears in your sum. It has to stay, with size 1: keepdims=True, or a "
    "reshape at the end.",
)
def _(grad, shape):
    while grad.ndim > len(shape):
        grad = grad.sum(axis=0)
    stretched = tuple(axis for axis, size in enumerate(shape) if size == 1)
    return grad.sum(axis=stretched)


@unbroadcast.misconception(
    "cut to the shape",
    "You cut the gradient to the shape, or fold it with resize. The parts that are cut off belong "
    "to the same elements: sum them.",
)
def _(grad, shape):
    return np.resize(grad, shape)


@unbroadcast.misconception(
    "not summed",
    "You return the gradient as it came. Its shape has to be that of the operand.",
)
def _(grad, shape):
    return grad


@unbroadcast.misconception(
    "largest copy",
    "You take the largest of the copies' gradients. They add up.",
)
def _(grad, shape):
    while grad.ndim > len(shape):
        grad = grad.max(axis=0)
    for axis, size in enumerate(shape):
        if size == 1:
            grad = grad.max(axis=axis, keepdims=True)
    return grad


@unbroadcast.equivalent("first the front, then the ones")
def _(grad, shape):
    while grad.ndim > len(shape):
        grad = grad.sum(axis=0)
    for axis in range(len(shape)):
        if shape[axis] == 1:
            grad = grad.sum(axis=axis, keepdims=True)
    return grad


@unbroadcast.equivalent("element by element")
def _(grad, shape):
    padded = (1,) * (grad.ndim - len(shape)) + tuple(shape)
    out = np.zeros(padded)
    for place in np.ndindex(*grad.shape):
        out[tuple(i if size > 1 else 0 for i, size in zip(place, padded))] += grad[place]
    return out.reshape(shape)


@unbroadcast.equivalent("counted by where each element went")
def _(grad, shape):
    size = int(np.prod(shape))
    source = np.broadcast_to(np.arange(size).reshape(shape), grad.shape)
    return np.bincount(source.ravel(), grad.ravel(), minlength=size).reshape(shape)
