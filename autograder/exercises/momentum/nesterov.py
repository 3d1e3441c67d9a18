"""Nesterov's momentum, with the look ahead and in the form that frameworks use."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from autograder.checking.drive import Oracle
from autograder.checking.exercise import Case, Exercise
from autograder.exercises._cases import Rng, call, gradients, walk
from reference_impl import optimizers as reference

# ------------------------------------------------------------------------------- looking ahead
nag_step = Exercise(
    "nag_step",
    reference=reference.nag_step,
    outputs=("theta", "v"),
    hint="g = grad_fn(θ - μ·v); then the heavy ball's two lines with this g, from θ.",
    minutes=7,
    difficulty=3,
)


def _on(label: str, gradient, start, lrs, momentum: float) -> Case:
    oracle = Oracle("grad_fn")
    case = walk(label, start, [oracle] * len(lrs), momentum, lrs=lrs)
    return replace(case, oracles={"grad_fn": gradient})


@nag_step.cases("one step", points=1)
def _(rng: Rng) -> list[Case]:
    curvature = rng.uniform(1, 4, 3)
    theta, v = rng.uniform(1, 3, (2, 3))
    return [
        _on("one step in a bowl", lambda p: curvature * p, (theta, v), (0.1,), 0.9),
        _on(
            "one parameter, a gradient of p³",
            lambda p: p**3,
            (np.array([2.0]), np.array([1.0])),
            (0.05,),
            0.5,
        ),
    ]


@nag_step.cases("several steps", points=2)
def _(rng: Rng) -> list[Case]:
    root = rng.normal(size=(3, 3))
    matrix = root @ root.T / 3 + np.eye(3)
    rates = (0.1, 0.1, 0.05, 0.2)
    waves = rng.uniform(1, 2, (2, 3))
    return [
        _on(
            "four steps in a tilted bowl, the learning rate changes",
            lambda p: matrix @ p,
            (rng.normal(size=3), np.zeros(3)),
            rates,
            0.9,
        ),
        _on(
            "four steps on a wavy surface, shape (2, 3)",
            lambda p: p + waves * np.sin(3 * p),
            (rng.normal(size=(2, 3)), rng.uniform(0.2, 0.5, (2, 3))),
            rates,
            0.7,
        ),
    ]


@nag_step.misconception(
    "gradient at theta",
    "You take the gradient at θ. That is the heavy ball: Nesterov takes it at the point to which "
    "the velocity is about to lead.",
)
def _(theta, v, grad_fn, lr, momentum):
    v = momentum * v + lr * grad_fn(theta)
    return theta - v, v


@nag_step.misconception(
    "looks back",
    "You look back instead of ahead: θ moves by -v, so the point ahead has a minus as well.",
)
def _(theta, v, grad_fn, lr, momentum):
    v = momentum * v + lr * grad_fn(theta + momentum * v)
    return theta - v, v


@nag_step.misconception(
    "learning rate in the look ahead",
    "lr does not belong in the look ahead: it is inside v already. The point is θ - μ·v.",
)
def _(theta, v, grad_fn, lr, momentum):
    v = momentum * v + lr * grad_fn(theta - lr * momentum * v)
    return theta - v, v


@nag_step.misconception(
    "looks too far",
    "You look ahead by the whole of v. Only μ·v of it will be left in the next step.",
)
def _(theta, v, grad_fn, lr, momentum):
    v = momentum * v + lr * grad_fn(theta - v)
    return theta - v, v


@nag_step.misconception(
    "steps from the point ahead",
    "The point ahead is only for the gradient. The step starts at θ; from the point ahead, μ·v "
    "would count twice.",
)
def _(theta, v, grad_fn, lr, momentum):
    ahead = theta - momentum * v
    v = momentum * v + lr * grad_fn(ahead)
    return ahead - v, v


@nag_step.misconception(
    "learning rate outside", "Here lr is inside v: v = μ·v + lr·g, and θ moves by v itself."
)
def _(theta, v, grad_fn, lr, momentum):
    v = momentum * v + grad_fn(theta - momentum * v)
    return theta - lr * v, v


@nag_step.misconception(
    "1-μ added", "There is no 1-μ in this form: the gradient goes into v with its full weight lr."
)
def _(theta, v, grad_fn, lr, momentum):
    v = momentum * v + (1 - momentum) * lr * grad_fn(theta - momentum * v)
    return theta - v, v


@nag_step.misconception(
    "memory dropped",
    "You look ahead along v and then forget it: the new v still needs the term μ·v.",
)
def _(theta, v, grad_fn, lr, momentum):
    v = lr * grad_fn(theta - momentum * v)
    return theta - v, v


@nag_step.misconception(
    "old velocity used",
    "v is right, but θ moves with the old one: update v first, and step with the result.",
)
def _(theta, v, grad_fn, lr, momentum):
    return theta - v, momentum * v + lr * grad_fn(theta - momentum * v)


@nag_step.misconception(
    "uphill", "v is right, but θ moves with it instead of against it: look at the sign."
)
def _(theta, v, grad_fn, lr, momentum):
    v = momentum * v + lr * grad_fn(theta - momentum * v)
    return theta + v, v


@nag_step.misconception("v first", "Right numbers, wrong order: return theta first, then v.")
def _(theta, v, grad_fn, lr, momentum):
    v = momentum * v + lr * grad_fn(theta - momentum * v)
    return v, theta - v


@nag_step.misconception(
    "changes v in place",
    "You update v itself (v *= … or v += …): right numbers, but the caller's v is gone.",
)
def _(theta, v, grad_fn, lr, momentum):
    v *= momentum
    v += lr * grad_fn(theta - v)
    return theta - v, v


@nag_step.misconception(
    "changes theta in place",
    "You move theta itself to the point ahead (theta -= …). Keep θ, and give the point ahead a "
    "name of its own.",
)
def _(theta, v, grad_fn, lr, momentum):
    theta -= momentum * v
    pull = lr * grad_fn(theta)
    return theta - pull, momentum * v + pull


@nag_step.misconception(
    "as Keras and CS231n, with v uphill",
    "You take the gradient at θ, and step by μ·v + lr·g with the new v. Keras and CS231n do so: "
    "their θ *is* the point ahead. Here θ is the point itself, and the gradient is asked for "
    "ahead of it.",
)
def _(theta, v, grad_fn, lr, momentum):
    pull = lr * grad_fn(theta)
    v = momentum * v + pull
    return theta - (momentum * v + pull), v


@nag_step.misconception(
    "as Keras and CS231n",
    "That is Keras' and CS231n's form (x += -μ·v_prev + (1+μ)·v): there v points downhill, and "
    "the stored θ is the point ahead. Here v is subtracted from θ, and the gradient is taken "
    "ahead, at a point of its own.",
)
def _(theta, v, grad_fn, lr, momentum):
    before = v
    v = momentum * v - lr * grad_fn(theta)
    return theta - momentum * before + (1 + momentum) * v, v


@nag_step.misconception(
    "as PyTorch",
    "That is PyTorch's form, which comes next: the gradient at θ, lr outside v. Here you are given "
    "a function, so that you can ask for the gradient *ahead* of θ; and lr is inside v.",
)
def _(theta, v, grad_fn, lr, momentum):
    grad = grad_fn(theta)
    v = momentum * v + grad
    return theta - lr * (grad + momentum * v), v


@nag_step.misconception(
    "minus inside, plus outside",
    "You look ahead along +v, subtract the gradient from v and add v to θ, as Sutskever's paper "
    "does. The v that is passed in here points uphill: θ moves by -v, so ahead is θ - μ·v.",
)
def _(theta, v, grad_fn, lr, momentum):
    v = momentum * v - lr * grad_fn(theta + momentum * v)
    return theta + v, v


@nag_step.misconception(
    "minus inside, plus outside, no look ahead",
    "You take the gradient at θ, subtract it from v and add v to θ: this is Keras' heavy ball. "
    "Here v points uphill, and the gradient comes from the point ahead.",
)
def _(theta, v, grad_fn, lr, momentum):
    v = momentum * v - lr * grad_fn(theta)
    return theta + v, v


@nag_step.misconception(
    "looks ahead with the new v",
    "You first make the heavy ball's v, with the gradient at θ, and look ahead with that. The look "
    "ahead uses the v that came in: only one gradient is needed.",
)
def _(theta, v, grad_fn, lr, momentum):
    first = momentum * v + lr * grad_fn(theta)
    v = momentum * v + lr * grad_fn(theta - momentum * first)
    return theta - v, v


@nag_step.misconception(
    "looks ahead by a gradient step",
    "You look ahead along the gradient, to θ - lr·g. Nesterov looks along the velocity: θ - μ·v.",
)
def _(theta, v, grad_fn, lr, momentum):
    v = momentum * v + lr * grad_fn(theta - lr * grad_fn(theta))
    return theta - v, v


@nag_step.misconception(
    "old velocity returned",
    "θ is right, but you return the old v: the next step needs the new one.",
)
def _(theta, v, grad_fn, lr, momentum):
    return theta - (momentum * v + lr * grad_fn(theta - momentum * v)), v


@nag_step.misconception(
    "learning rate twice", "lr is already inside v: θ moves by v itself, not by lr·v."
)
def _(theta, v, grad_fn, lr, momentum):
    v = momentum * v + lr * grad_fn(theta - momentum * v)
    return theta - lr * v, v


@nag_step.misconception(
    "looks ahead twice",
    "You take the gradient ahead, and then step by μ·v + lr·g with the new v as well: these are "
    "two ways to look ahead. With the gradient from ahead, θ moves by v itself.",
)
def _(theta, v, grad_fn, lr, momentum):
    pull = lr * grad_fn(theta - momentum * v)
    v = momentum * v + pull
    return theta - momentum * v - pull, v


@nag_step.equivalent("a jump, then a correction")
def _(theta, v, grad_fn, lr, momentum):
    jump = momentum * v
    correction = lr * grad_fn(theta - jump)
    return theta - jump - correction, jump + correction


@nag_step.equivalent("from the point ahead, which is asked twice")
def _(theta, v, grad_fn, lr, momentum):
    ahead = theta - momentum * v
    after = ahead - lr * (grad_fn(ahead) + grad_fn(ahead.copy())) / 2
    return (after, theta - after)


# ------------------------------------------------------------------------------- as PyTorch has it
nag_step_stored = Exercise(
    "nag_step_stored",
    reference=reference.nag_step_stored,
    outputs=("theta", "v"),
    hint="v = μ·v + g first; then θ = θ - lr·(g + μ·v), with the new v.",
    minutes=5,
    difficulty=2,
)


@nag_step_stored.cases("one step", points=1)
def _(rng: Rng) -> list[Case]:
    theta, v, grad = rng.uniform(1, 3, (3, 4)) * rng.choice((-1.0, 1.0), (3, 4))
    return [
        call("one step, already moving", theta, v, grad, 0.1, 0.9),
        call("one parameter", np.array([1.0]), np.array([2.0]), np.array([-3.0]), 0.5, 0.8),
    ]


@nag_step_stored.cases("several steps", points=2)
def _(rng: Rng) -> list[Case]:
    rates = (0.1, 0.1, 0.05, 0.3)
    row, table = (rng.normal(size=3), np.zeros(3)), tuple(rng.uniform(0.5, 1, (2, 2, 3)))
    return [
        walk(
            "four steps, the learning rate changes",
            row,
            gradients(rng, 4, (3,)),
            0.9,
            lrs=rates,
        ),
        walk("four steps, shape (2, 3)", table, gradients(rng, 4, (2, 3)), 0.6, lrs=rates),
    ]


@nag_step_stored.misconception(
    "heavy ball",
    "θ moves by lr·(g + μ·v) with the *old* v, which is lr times the new v: the heavy ball. The "
    "new v has to be multiplied by μ once more.",
)
def _(theta, v, grad, lr, momentum):
    v = momentum * v + grad
    return theta - lr * v, v


@nag_step_stored.misconception(
    "μ missing in the step", "In the step v is multiplied by μ once more: g + μ·v, and not g + v."
)
def _(theta, v, grad, lr, momentum):
    v = momentum * v + grad
    return theta - lr * (grad + v), v


@nag_step_stored.misconception(
    "gradient missing in the step", "θ moves by μ·v alone: the gradient itself pushes as well."
)
def _(theta, v, grad, lr, momentum):
    v = momentum * v + grad
    return theta - lr * momentum * v, v


@nag_step_stored.misconception(
    "learning rate inside v",
    "You keep lr inside v, as Keras and nag_step do. Here v collects gradients alone, and lr "
    "multiplies the whole step.",
)
def _(theta, v, grad, lr, momentum):
    v = momentum * v + lr * grad
    return theta - (lr * grad + momentum * v), v


@nag_step_stored.misconception(
    "learning rate on the gradient only",
    "lr multiplies the gradient only: the bracket (g + μ·v) is multiplied as a whole.",
)
def _(theta, v, grad, lr, momentum):
    v = momentum * v + grad
    return theta - (lr * grad + momentum * v), v


@nag_step_stored.misconception(
    "memory dropped", "The new v is the gradient alone: the term μ·v with the old one is missing."
)
def _(theta, v, grad, lr, momentum):
    v = grad
    return theta - lr * (grad + momentum * v), v


@nag_step_stored.misconception(
    "1-μ added", "There is no 1-μ in this form: the gradient goes into v with its full weight."
)
def _(theta, v, grad, lr, momentum):
    v = momentum * v + (1 - momentum) * grad
    return theta - lr * (grad + momentum * v), v


@nag_step_stored.misconception(
    "uphill", "v is right, but θ moves with it instead of against it: look at the sign."
)
def _(theta, v, grad, lr, momentum):
    v = momentum * v + grad
    return theta + lr * (grad + momentum * v), v


@nag_step_stored.misconception("v first", "Right numbers, wrong order: return theta first, then v.")
def _(theta, v, grad, lr, momentum):
    v = momentum * v + grad
    return v, theta - lr * (grad + momentum * v)


@nag_step_stored.misconception(
    "changes v in place",
    "You update v itself (v *= … or v += …): right numbers, but the caller's v is gone.",
)
def _(theta, v, grad, lr, momentum):
    v *= momentum
    v += grad
    return theta - lr * (grad + momentum * v), v


@nag_step_stored.misconception(
    "v in place of g",
    "Your step is lr·(v + μ·v): beside μ·v stands the gradient of this step, and not v.",
)
def _(theta, v, grad, lr, momentum):
    v = momentum * v + grad
    return theta - lr * (v + momentum * v), v


@nag_step_stored.misconception(
    "as Keras",
    "That is Keras' form: v points downhill, and lr is inside it. Here v collects gradients as "
    "they are, and lr·(…) is subtracted from θ.",
)
def _(theta, v, grad, lr, momentum):
    v = momentum * v - lr * grad
    return theta + momentum * v - lr * grad, v


@nag_step_stored.misconception(
    "old velocity returned",
    "θ is right, but you return the old v: the next step needs the new one.",
)
def _(theta, v, grad, lr, momentum):
    return theta - lr * (grad + momentum * (momentum * v + grad)), v


@nag_step_stored.misconception(
    "velocity never fades",
    "The old velocity never fades: in v it has the factor μ.",
)
def _(theta, v, grad, lr, momentum):
    v = v + grad
    return theta - lr * (grad + momentum * v), v


@nag_step_stored.misconception(
    "step returned as v",
    "You return g + μ·v as the new v. That is the step; what is kept is v = μ·v + g.",
)
def _(theta, v, grad, lr, momentum):
    step = grad + momentum * (momentum * v + grad)
    return theta - lr * step, step


@nag_step_stored.misconception(
    "gradient descent",
    "θ moves by lr·g alone: the velocity is kept, but not used.",
)
def _(theta, v, grad, lr, momentum):
    return theta - lr * grad, momentum * v + grad


@nag_step_stored.misconception(
    "μ on the gradient",
    "In the step you have μ·g + v: it is g + μ·v.",
)
def _(theta, v, grad, lr, momentum):
    v = momentum * v + grad
    return theta - lr * (momentum * grad + v), v


@nag_step_stored.equivalent("from the old velocity")
def _(theta, v, grad, lr, momentum):
    push = (1 + momentum) * grad + momentum**2 * v
    return theta - lr * push, grad + momentum * v


@nag_step_stored.equivalent("as Keras keeps it")
def _(theta, v, grad, lr, momentum):
    velocity = momentum * (-lr * v) - lr * grad
    return theta + momentum * velocity - lr * grad, velocity / -lr
