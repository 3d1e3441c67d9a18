"""Gradients that are cut when they are too long."""

from __future__ import annotations

import numpy as np

from autograder.checking.exercise import Case, Exercise
from autograder.exercises._cases import Rng, call, gradients
from reference_impl import gradients as reference

# ------------------------------------------------------------------------------- by value
clip_by_value = Exercise(
    "clip_by_value",
    reference=reference.clip_by_value,
    hint="np.clip works on one array; go through the list and build a new one.",
    minutes=3,
    difficulty=1,
)


@clip_by_value.cases("several arrays", points=1)
def _(rng: Rng) -> list[Case]:
    three = [gradients(rng, 1, shape, 5.0)[0] for shape in ((3,), (2, 3), (1,))]
    return [
        call(
            "some above, some below", [np.array([0.5, -4.0, 3.0]), np.array([[-0.2], [9.0]])], 1.0
        ),
        call("shapes (3,), (2, 3) and (1,)", three, 2.0),
        call("all below", [np.array([0.3, -0.7])], 0.75),
    ]


@clip_by_value.misconception(
    "only from above",
    "Large negative elements get through: cut on both sides, at limit and at -limit.",
)
def _(grads, limit):
    return [np.minimum(g, limit) for g in grads]


@clip_by_value.misconception(
    "only from below",
    "Large positive elements get through: cut on both sides, at limit and at -limit.",
)
def _(grads, limit):
    return [np.maximum(g, -limit) for g in grads]


@clip_by_value.misconception(
    "scaled instead of cut",
    "You scale each array until its largest element fits: clipping by value cuts each element on "
    "its own, and the small ones stay as they are.",
)
def _(grads, limit):
    return [g * min(1.0, limit / np.abs(g).max()) for g in grads]


@clip_by_value.misconception(
    "set to zero", "You set the large elements to 0: cut them to ±limit instead."
)
def _(grads, limit):
    return [np.where(np.abs(g) > limit, 0.0, g) for g in grads]


@clip_by_value.misconception(
    "sign lost", "A large negative element comes out as +limit: its sign is lost."
)
def _(grads, limit):
    return [np.where(np.abs(g) > limit, limit, g) for g in grads]


@clip_by_value.misconception(
    "changes grads in place",
    "You overwrite the caller's arrays: return new ones (no out=grad, no grad[…] = …).",
)
def _(grads, limit):
    for g in grads:
        np.clip(g, -limit, limit, out=g)
    return grads


@clip_by_value.misconception(
    "from 0 to limit",
    "Negative elements become 0: the lower bound is -limit, and not 0.",
)
def _(grads, limit):
    return [np.clip(g, 0, limit) for g in grads]


@clip_by_value.misconception(
    "bounds exchanged",
    "np.clip takes the lower bound first. With limit first, every element becomes -limit.",
)
def _(grads, limit):
    return [np.clip(g, limit, -limit) for g in grads]


@clip_by_value.misconception(
    "every element at the limit",
    "Every element is ±limit now. Cut only those that are too large; the small ones stay as they "
    "are.",
)
def _(grads, limit):
    return [np.sign(g) * limit for g in grads]


@clip_by_value.misconception(
    "by norm",
    "That shortens each array as a whole. Clipping by value cuts each element on its own.",
)
def _(grads, limit):
    out = []
    for g in grads:
        norm = np.sqrt(np.sum(g**2))
        out.append(g * (limit / norm) if norm > limit else g)
    return out


@clip_by_value.misconception(
    "kept inside only",
    "You throw away the elements beyond the limit, so the arrays get shorter: every element stays "
    "in its place.",
)
def _(grads, limit):
    return [g[np.abs(g) <= limit] for g in grads]


@clip_by_value.misconception(
    "the first array only",
    "You clip grads[0] and return that one array: go through the whole list, and return a list of "
    "as many arrays.",
)
def _(grads, limit):
    return np.clip(grads[0], -limit, limit)


@clip_by_value.misconception(
    "put together",
    "Your arrays come back as one long array: return a list of arrays, each with the shape that it "
    "had.",
)
def _(grads, limit):
    return np.clip(np.concatenate([g.ravel() for g in grads]), -limit, limit)


@clip_by_value.equivalent("minimum and maximum")
def _(grads, limit):
    return [np.maximum(-limit, np.minimum(limit, g)) for g in grads]


@clip_by_value.equivalent("sign times size")
def _(grads, limit):
    return tuple(np.sign(g) * np.where(np.abs(g) > limit, limit, np.abs(g)) for g in grads)


@clip_by_value.equivalent("copies, changed where needed")
def _(grads, limit):
    clipped = [g.copy() for g in grads]
    for g in clipped:
        g[g > limit] = limit
        g[g < -limit] = -limit
    return clipped


# ------------------------------------------------------------------------------- by global norm
clip_by_global_norm = Exercise(
    "clip_by_global_norm",
    reference=reference.clip_by_global_norm,
    outputs=("grads", "norm"),
    hint="One norm: the root of the sum of *all* squares. Only if it is above max_norm, multiply "
    "every array by max_norm/norm. (A norm of 0 is short enough.)",
    minutes=9,
    difficulty=3,
)

# PyTorch divides by ‖g‖ + 1e-6, against a division by 0. A student who writes it that way has
# understood clipping, so it is accepted: every norm that is clipped here is 8 or more, where the
# 1e-6 makes a difference of 1.3e-7, and the tolerance is 1e-6.


@clip_by_global_norm.cases("too long", points=2)
def _(rng: Rng) -> list[Case]:
    shapes = ((4,), (3, 2), (1,))
    drawn = [10 * g for shape in shapes for g in gradients(rng, 1, shape)]
    return [
        call("norm 13, clipped to 1", [np.array([3.0, 4.0]), np.array([[12.0]])], 1.0),
        call("shapes (4,), (3, 2) and (1,)", drawn, 2.5),
        call("each short enough, together too long", [np.full(3, 3.0), np.full(6, -3.0)], 8.0),
    ]


@clip_by_global_norm.cases("short enough", points=1)
def _(rng: Rng) -> list[Case]:
    return [
        call("below: unchanged", gradients(rng, 2, (3,), 0.5), 20.0),
        call("norm 5 of 7.5: unchanged", [np.array([3.0]), np.array([[4.0], [0.0]])], 7.5),
        call("exactly at max_norm", [np.array([6.0, 0.0]), np.array([8.0])], 10.0),
        call("one tiny array", [np.array([3e-9, -4e-9])], 1.0),
        call("all zero", [np.zeros(3), np.zeros((2, 2))], 1.0),
    ]


@clip_by_global_norm.misconception(
    "each array by its own norm",
    "You clip each array by its own norm: then long ones shrink more than short ones, and the "
    "gradient as a whole changes its direction. Use one norm over all arrays.",
)
def _(grads, max_norm):
    norm = np.sqrt(sum(np.sum(g**2) for g in grads))
    out = []
    for g in grads:
        own = np.sqrt(np.sum(g**2))
        out.append(g * (max_norm / own if own > max_norm else 1.0))
    return out, norm


@clip_by_global_norm.misconception(
    "the square compared",
    "You compare the sum of all squares with max_norm. The norm is its root: take the root first.",
)
def _(grads, max_norm):
    total = sum(np.sum(g**2) for g in grads)
    norm = np.sqrt(total)
    return [g * (max_norm / norm if total > max_norm else 1.0) for g in grads], norm


@clip_by_global_norm.misconception(
    "norm not returned",
    "You return the arrays only. Return two things: the list, and the norm before clipping.",
)
def _(grads, max_norm):
    norm = np.sqrt(sum(np.sum(g**2) for g in grads))
    return [g * min(1.0, max_norm / norm) if norm else g for g in grads]


@clip_by_global_norm.misconception(
    "by value",
    "That cuts each element on its own. Clipping by norm multiplies all of them by one factor.",
)
def _(grads, max_norm):
    norm = np.sqrt(sum(np.sum(g**2) for g in grads))
    return [np.clip(g, -max_norm, max_norm) for g in grads], norm


@clip_by_global_norm.misconception(
    "norm after clipping",
    "The arrays are right, but the norm to return is the one *before* clipping: it is what you "
    "want to see in a log.",
)
def _(grads, max_norm):
    norm = np.sqrt(sum(np.sum(g**2) for g in grads))
    out = [g * (max_norm / norm if norm > max_norm else 1.0) for g in grads]
    return out, np.sqrt(sum(np.sum(g**2) for g in out))


@clip_by_global_norm.misconception(
    "short ones made longer",
    "You scale even when the norm is below max_norm, and so make short gradients longer (and zeros "
    "NaN): leave those as they are.",
)
def _(grads, max_norm):
    norm = np.sqrt(sum(np.sum(g**2) for g in grads))
    return [g * (max_norm / norm) for g in grads], norm


@clip_by_global_norm.misconception(
    "short ones made longer, zeros guarded",
    "You scale even when the norm is below max_norm, so a small gradient becomes a long one: "
    "leave those as they are.",
)
def _(grads, max_norm):
    norm = np.sqrt(sum(np.sum(g**2) for g in grads))
    return [g * (max_norm / (norm + 1e-12)) for g in grads], norm


@clip_by_global_norm.misconception(
    "without the root",
    "That is the square of the norm: take the root of the sum of squares.",
)
def _(grads, max_norm):
    norm = sum(np.sum(g**2) for g in grads)
    return [g * (max_norm / norm if norm > max_norm else 1.0) for g in grads], norm


@clip_by_global_norm.misconception(
    "sum of the norms",
    "You add the norms of the arrays. Lengths at right angles do not add up: sum the *squares* "
    "of all elements, then take one root.",
)
def _(grads, max_norm):
    norm = sum(np.sqrt(np.sum(g**2)) for g in grads)
    return [g * (max_norm / norm if norm > max_norm else 1.0) for g in grads], norm


@clip_by_global_norm.misconception(
    "changes grads in place",
    "Your grad *= … changes the caller's arrays: build new ones.",
)
def _(grads, max_norm):
    norm = np.sqrt(sum(np.sum(g**2) for g in grads))
    if norm > max_norm:
        for g in grads:
            g *= max_norm / norm
    return grads, norm


@clip_by_global_norm.misconception(
    "root of the sum of the norms",
    "You sum the norms and take the root of that. A root undoes squares: sum the *squares* of all "
    "elements, then take one root.",
)
def _(grads, max_norm):
    norm = np.sqrt(sum(np.sqrt(np.sum(g**2)) for g in grads))
    return [g * (max_norm / norm if norm > max_norm else 1.0) for g in grads], norm


@clip_by_global_norm.misconception(
    "root of the mean",
    "You divide by the number of elements: that is the root of the *mean* square. A length is the "
    "root of the *sum*.",
)
def _(grads, max_norm):
    norm = np.sqrt(np.mean(np.concatenate([g.ravel() ** 2 for g in grads])))
    return [g * (max_norm / norm if norm > max_norm else 1.0) for g in grads], norm


@clip_by_global_norm.misconception(
    "sum of the sizes",
    "You add up |g|. The norm asked for is the length: the root of the sum of the squares.",
)
def _(grads, max_norm):
    norm = sum(np.sum(np.abs(g)) for g in grads)
    return [g * (max_norm / norm if norm > max_norm else 1.0) for g in grads], norm


@clip_by_global_norm.misconception(
    "the longest array decides",
    "You take the largest of the norms. All arrays together are one long vector: its squares are "
    "the sum of all squares.",
)
def _(grads, max_norm):
    norm = max(np.sqrt(np.sum(g**2)) for g in grads)
    return [g * (max_norm / norm if norm > max_norm else 1.0) for g in grads], norm


@clip_by_global_norm.misconception(
    "norm of the last array",
    "Your norm is that of the last array alone: in the loop, add its squares to those of the "
    "arrays before.",
)
def _(grads, max_norm):
    for g in grads:
        norm = np.sqrt(np.sum(g**2))
    return [g * (max_norm / norm if norm > max_norm else 1.0) for g in grads], norm


@clip_by_global_norm.misconception(
    "factor upside down",
    "Your factor is norm/max_norm, which makes long gradients longer still: it is max_norm/norm.",
)
def _(grads, max_norm):
    norm = np.sqrt(sum(np.sum(g**2) for g in grads))
    return [g * (norm / max_norm if norm > max_norm else 1.0) for g in grads], norm


@clip_by_global_norm.misconception(
    "length 1 instead of max_norm",
    "You divide by the norm, so the result has length 1. It should have the length max_norm.",
)
def _(grads, max_norm):
    norm = np.sqrt(sum(np.sum(g**2) for g in grads))
    return [g / norm if norm > max_norm else g for g in grads], norm


@clip_by_global_norm.misconception(
    "the largest element decides",
    "You compare the largest element with max_norm. The norm is the length of the whole gradient.",
)
def _(grads, max_norm):
    norm = max(np.abs(g).max() for g in grads)
    return [g * (max_norm / norm if norm > max_norm else 1.0) for g in grads], norm


@clip_by_global_norm.misconception(
    "nothing clipped",
    "The norm is right, but the arrays come back as they were: multiply each by max_norm/norm "
    "when norm is above max_norm, and return the results.",
)
def _(grads, max_norm):
    return grads, np.sqrt(sum(np.sum(g**2) for g in grads))


@clip_by_global_norm.equivalent("one long vector")
def _(grads, max_norm):
    norm = np.linalg.norm(np.concatenate([g.ravel() for g in grads]))
    if norm <= max_norm:
        return grads, norm
    return [max_norm * g / norm for g in grads], norm


@clip_by_global_norm.equivalent("with the larger of the two")
def _(grads, max_norm):
    norm = np.sqrt(np.sum([np.linalg.norm(g) ** 2 for g in grads]))
    return [g * max_norm / max(norm, max_norm) for g in grads], float(norm)


@clip_by_global_norm.equivalent("as PyTorch, with 1e-6")
def _(grads, max_norm):
    norm = np.sqrt(sum((g**2).sum() for g in grads))
    scale = min(1.0, max_norm / (norm + 1e-6))
    return [scale * g for g in grads], norm
