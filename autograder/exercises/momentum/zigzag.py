"""How to count a zigzag."""

from __future__ import annotations

import numpy as np

from autograder.checking.exercise import Case, Exercise
from autograder.exercises._cases import Rng, call
from reference_impl import diagnostics

# ------------------------------------------------------------------------------- the zigzag
count_turns = Exercise(
    "count_turns",
    reference=diagnostics.count_turns,
    hint="A turn is where two neighbouring directions differ. A difference of 0 is no direction: "
    "leave it out first.",
    minutes=7,
    difficulty=3,
)


@count_turns.cases("zigzags", points=1)
def _(rng: Rng) -> list[Case]:
    return [
        call("down, up, down, up", np.array([4.0, 1.0, 3.0, 2.0, 5.0])),
        call("40 random values", 10 + rng.normal(size=40)),
        call("only falling", np.array([3.0, 2.5, 1.0, -1.0, -2.0])),
        call("small turns count as well", np.array([2.0, 2.0001, 2.0, 2.00005, 2.0003, 1.0])),
    ]


@count_turns.cases("plateaus", points=1)
def _(rng: Rng) -> list[Case]:
    # Whole numbers, so that neighbours are often equal.
    return [
        call("up, level, down: one turn", np.array([0.0, 1.0, 1.0, 1.0, 0.0])),
        call("up, level, up: no turn", np.array([0.0, 1.0, 1.0, 2.0])),
        call("down, level, down: no turn", np.array([3.0, 2.0, 2.0, 1.0])),
        call("60 values on four levels", rng.integers(0, 4, 60).astype(float)),
        call("always the same", np.full(5, 2.0)),
        call("two values", np.array([1.0, 2.0])),
    ]


@count_turns.misconception(
    "sign of x itself",
    "You count how often x changes its sign. A turn is where its *difference* changes sign: "
    "from rising to falling, or back.",
)
def _(x):
    return int(np.sum(np.sign(x[1:]) != np.sign(x[:-1])))


@count_turns.misconception(
    "a plateau counted as turns",
    "A difference of 0 counts as a direction of its own: up, level, up is no turn. Drop the zeros "
    "before you compare neighbours.",
)
def _(x):
    signs = np.sign(np.diff(x))
    return int(np.sum(signs[1:] != signs[:-1]))


@count_turns.misconception(
    "a turn lost on a plateau",
    "Up, level, down is a turn, but both products with the 0 in the middle are 0. Drop the zeros "
    "before you compare neighbours.",
)
def _(x):
    d = np.diff(x)
    return int(np.sum(d[1:] * d[:-1] < 0))


@count_turns.misconception(
    "only the peaks", "You count the peaks: a valley, from falling to rising, is a turn as well."
)
def _(x):
    signs = np.sign(np.diff(x))
    signs = signs[signs != 0]
    return int(np.sum(signs[1:] < signs[:-1]))


@count_turns.misconception(
    "pieces instead of turns",
    "You count the pieces that rise or fall. Between two pieces is one turn: it is one less.",
)
def _(x):
    signs = np.sign(np.diff(x))
    signs = signs[signs != 0]
    return int(np.sum(signs[1:] != signs[:-1])) + 1


@count_turns.misconception(
    "only the valleys", "You count the valleys: a peak, from rising to falling, is a turn as well."
)
def _(x):
    signs = np.sign(np.diff(x))
    signs = signs[signs != 0]
    return int(np.sum(signs[1:] > signs[:-1]))


@count_turns.misconception(
    "double turns",
    "Your number is too large by a factor of 2: from -1 to 1 the sign changes by 2, but this is "
    "one turn.",
)
def _(x):
    signs = np.sign(np.diff(x))
    signs = signs[signs != 0]
    return int(np.sum(np.abs(np.diff(signs))))


@count_turns.misconception(
    "changes of slope",
    "You count every change of the slope. A turn is a change of its *sign*: steep, then less "
    "steep, is no turn.",
)
def _(x):
    return int(np.sum(np.diff(np.diff(x)) != 0))


@count_turns.misconception("a share", "You return a share. Return the number of turns.")
def _(x):
    signs = np.sign(np.diff(x))
    signs = signs[signs != 0]
    return float(np.mean(signs[1:] != signs[:-1])) if len(signs) > 1 else 0.0


@count_turns.misconception(
    "level steps counted as rising",
    "A step that stays level counts as rising in yours (>= 0). It is no direction: leave it out.",
)
def _(x):
    up = np.diff(x) >= 0
    return int(np.sum(up[1:] != up[:-1]))


@count_turns.misconception(
    "level steps counted as falling",
    "A step that stays level counts as falling in yours. It is no direction: leave it out.",
)
def _(x):
    up = np.diff(x) > 0
    return int(np.sum(up[1:] != up[:-1]))


@count_turns.misconception(
    "steps instead of turns",
    "You count the steps up or down. A turn is where one direction follows the other.",
)
def _(x):
    return int(np.count_nonzero(np.diff(x)))


@count_turns.misconception(
    "level steps counted as turns",
    "You count every product that is 0, so up, level, up is two turns. Drop the differences of 0 "
    "first.",
)
def _(x):
    d = np.diff(x)
    return int(np.sum(d[1:] * d[:-1] <= 0))


@count_turns.misconception(
    "zeros of x left out",
    "You leave out the zeros of x. What has to go are the zeros of its *differences*: first "
    "np.diff, then leave out.",
)
def _(x):
    signs = np.sign(np.diff(x[x != 0]))
    return int(np.sum(signs[1:] * signs[:-1] < 0))


@count_turns.misconception(
    "zeros of x left out, a plateau counted",
    "You leave out the zeros of x, and a difference of 0 still counts as a direction. First take "
    "np.diff, then leave out the zeros of that.",
)
def _(x):
    signs = np.sign(np.diff(x[x != 0]))
    return int(np.sum(signs[1:] != signs[:-1]))


@count_turns.misconception(
    "the first move counted",
    "You count the first move as a turn: the direction that you remember starts with a value that "
    "differs from every direction. A turn needs a direction before it.",
)
def _(x):
    direction, turns = 0, 0
    for step in np.sign(np.diff(x)):
        if step not in (0, direction):
            turns, direction = turns + 1, step
    return turns


@count_turns.misconception(
    "sign of x itself, without zeros",
    "You count how often x changes its sign. A turn is where its *difference* changes sign: "
    "np.diff comes first.",
)
def _(x):
    signs = np.sign(x)
    signs = signs[signs != 0]
    return int(np.sum(signs[1:] != signs[:-1]))


@count_turns.misconception(
    "not counted",
    "You return a yes or no for each pair of neighbours. Count how many are yes: np.sum.",
)
def _(x):
    signs = np.sign(np.diff(x))
    signs = signs[signs != 0]
    return signs[1:] != signs[:-1]


@count_turns.equivalent("a loop with a memory")
def _(x):
    turns, direction = 0, 0
    for i in range(1, len(x)):
        now = int(x[i] > x[i - 1]) - int(x[i] < x[i - 1])
        if now != 0:
            if direction * now < 0:
                turns += 1
            direction = now
    return turns


@count_turns.equivalent("repeated values dropped first")
def _(x):
    kept = [x[0]]
    for value in x[1:]:
        if value != kept[-1]:
            kept.append(value)
    rising = np.diff(kept) > 0
    return np.count_nonzero(rising[1:] ^ rising[:-1])
