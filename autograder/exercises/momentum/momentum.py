"""Momentum in its two forms."""

from __future__ import annotations

import numpy as np

from autograder.checking.exercise import Case, Exercise, quiz
from autograder.exercises._cases import Rng, call, gradients, walk
from reference_impl import optimizers as reference

# ------------------------------------------------------------------------------- with 1-β
momentum_step = Exercise(
    "momentum_step",
    reference=reference.momentum_step,
    outputs=("theta", "v"),
    hint="First v = β·v + (1-β)·g, then θ = θ - lr·v with the new v.",
    minutes=6,
    difficulty=2,
)
heavy_ball_step = Exercise(
    "heavy_ball_step",
    reference=reference.heavy_ball_step,
    outputs=("theta", "v"),
    hint="First v = μ·v + lr·g, then θ = θ - v with the new v; lr appears once.",
    minutes=4,
    difficulty=1,
)


@heavy_ball_step.cases("one step", points=1)
@momentum_step.cases("one step", points=1)
def _(rng: Rng) -> list[Case]:
    theta, v, grad = rng.uniform(1, 3, (3, 4)) * rng.choice((-1.0, 1.0), (3, 4))
    return [
        call("one step, already moving", theta, v, grad, 0.1, 0.9),
        call("one parameter", np.array([1.0]), np.array([2.0]), np.array([-3.0]), 0.5, 0.8),
    ]


@heavy_ball_step.cases("several steps", points=2)
@momentum_step.cases("several steps", points=2)
def _(rng: Rng) -> list[Case]:
    row, table = rng.normal(size=3), rng.normal(size=(2, 3))
    rates = (0.1, 0.1, 0.05, 0.3)
    return [
        walk(
            "four steps, the learning rate changes",
            (row, np.zeros(3)),
            gradients(rng, 4, (3,)),
            0.9,
            lrs=rates,
        ),
        walk(
            "four steps, parameters of shape (2, 3)",
            (table, rng.uniform(0.5, 1, (2, 3))),
            gradients(rng, 4, (2, 3)),
            0.6,
            lrs=rates,
        ),
    ]


@momentum_step.misconception(
    "memory dropped", "The term β·v is missing, so every step forgets the ones before it."
)
def _(theta, v, grad, lr, beta):
    v = (1 - beta) * grad
    return theta - lr * v, v


@momentum_step.misconception(
    "without 1-β",
    "The gradient goes into v with full weight: in this form it has the weight 1-β. (Without 1-β "
    "you get PyTorch's momentum, whose steps become up to 1/(1-β) times as long.)",
)
def _(theta, v, grad, lr, beta):
    v = beta * v + grad
    return theta - lr * v, v


@momentum_step.misconception(
    "weights swapped", "β and 1-β are swapped: β is the weight of the old v."
)
def _(theta, v, grad, lr, beta):
    v = (1 - beta) * v + beta * grad
    return theta - lr * v, v


@momentum_step.misconception(
    "learning rate inside v",
    "The learning rate is inside v: here v is an average of gradients alone, and lr multiplies v "
    "when θ moves.",
)
def _(theta, v, grad, lr, beta):
    v = beta * v + (1 - beta) * lr * grad
    return theta - v, v


@momentum_step.misconception(
    "heavy ball",
    "That is the other form, the heavy ball of the next section: here the gradient is weighted "
    "by 1-β, and the learning rate stays outside v.",
)
def _(theta, v, grad, lr, beta):
    v = beta * v + lr * grad
    return theta - v, v


@momentum_step.misconception(
    "old velocity used",
    "v is right, but θ moves with the old one: update v first, and step with the result.",
)
def _(theta, v, grad, lr, beta):
    return theta - lr * v, beta * v + (1 - beta) * grad


@momentum_step.misconception(
    "old velocity returned",
    "θ is right, but you return the old v: the next step needs the new one.",
)
def _(theta, v, grad, lr, beta):
    return theta - lr * (beta * v + (1 - beta) * grad), v


@momentum_step.misconception(
    "velocity not used",
    "You keep a velocity, but θ still follows the gradient alone: that is plain gradient descent.",
)
def _(theta, v, grad, lr, beta):
    return theta - lr * grad, beta * v + (1 - beta) * grad


@momentum_step.misconception(
    "uphill", "v is right, but θ moves with it instead of against it: look at the sign."
)
def _(theta, v, grad, lr, beta):
    v = beta * v + (1 - beta) * grad
    return theta + lr * v, v


@momentum_step.misconception("v first", "Right numbers, wrong order: return theta first, then v.")
def _(theta, v, grad, lr, beta):
    v = beta * v + (1 - beta) * grad
    return v, theta - lr * v


@momentum_step.misconception(
    "changes v in place",
    "You update v itself (v *= … or v += …): right numbers, but the caller's v is gone.",
)
def _(theta, v, grad, lr, beta):
    v *= beta
    v += (1 - beta) * grad
    return theta - lr * v, v


@momentum_step.misconception(
    "changes theta in place",
    "You update theta itself (theta -= …): code that stores the path would store the last point "
    "many times.",
)
def _(theta, v, grad, lr, beta):
    v = beta * v + (1 - beta) * grad
    theta -= lr * v
    return theta, v


@momentum_step.misconception(
    "minus inside, plus outside",
    "You subtract the gradient from v and add v to θ, as Keras does. The v that is passed in here "
    "points uphill: add (1-β)·g to it, and subtract lr·v from θ.",
)
def _(theta, v, grad, lr, beta):
    v = beta * v - (1 - beta) * grad
    return theta + lr * v, v


@momentum_step.misconception(
    "1-β twice",
    "1-β is in v already: θ moves by lr·v, without another 1-β.",
)
def _(theta, v, grad, lr, beta):
    v = beta * v + (1 - beta) * grad
    return theta - lr * (1 - beta) * v, v


@momentum_step.misconception(
    "β once more in the step",
    "v is right, but in the step you mix it with the gradient once more (that is Nesterov's "
    "idea, which comes later). Here θ moves by lr·v.",
)
def _(theta, v, grad, lr, beta):
    v = beta * v + (1 - beta) * grad
    return theta - lr * (beta * v + (1 - beta) * grad), v


@momentum_step.misconception(
    "squares in v",
    "Your v averages the square of the gradient, as RMSprop does. Momentum averages the gradient "
    "itself, with its sign.",
)
def _(theta, v, grad, lr, beta):
    v = beta * v + (1 - beta) * grad**2
    return theta - lr * v, v


@momentum_step.misconception(
    "brackets missing",
    "Multiplication comes before subtraction: β·v + 1 - β·g adds 1 to v. Put 1-β in brackets.",
)
def _(theta, v, grad, lr, beta):
    v = beta * v + 1 - beta * grad
    return theta - lr * v, v


@momentum_step.misconception(
    "old velocity kept whole",
    "The old velocity never fades: it has the weight β.",
)
def _(theta, v, grad, lr, beta):
    v = v + (1 - beta) * grad
    return theta - lr * v, v


@momentum_step.misconception(
    "the gradient as well",
    "θ moves by lr·v and by lr·g: the gradient is in v already.",
)
def _(theta, v, grad, lr, beta):
    v = beta * v + (1 - beta) * grad
    return theta - lr * v - lr * grad, v


@momentum_step.misconception(
    "learning rate on all of v",
    "lr multiplies all of v, the old part at every step once more. Keep v as an average of "
    "gradients; lr comes in when θ moves.",
)
def _(theta, v, grad, lr, beta):
    v = lr * (beta * v + (1 - beta) * grad)
    return theta - v, v


@momentum_step.equivalent("as a correction")
def _(theta, v, grad, lr, beta):
    new_v = v + (1 - beta) * (grad - v)
    return theta - lr * new_v, new_v


@momentum_step.equivalent("element by element")
def _(theta, v, grad, lr, beta):
    new_theta, new_v = np.empty_like(theta), np.empty_like(v)
    for i in np.ndindex(theta.shape):
        new_v[i] = beta * v[i] + (1 - beta) * grad[i]
        new_theta[i] = theta[i] - lr * new_v[i]
    return [new_theta, new_v]


@momentum_step.equivalent("on copies, in place")
def _(theta, v, grad, lr, beta):
    theta, v = theta.copy(), v.copy()
    v *= beta
    v += (1 - beta) * grad
    theta -= lr * v
    return theta, v


# ------------------------------------------------------------------------------- the heavy ball
@heavy_ball_step.misconception(
    "memory dropped", "The term μ·v is missing: this is gradient descent, one step at a time."
)
def _(theta, v, grad, lr, momentum):
    v = lr * grad
    return theta - v, v


@heavy_ball_step.misconception(
    "1-μ added",
    "There is no 1-μ in this form: the old velocity decays, and the gradient pushes with its "
    "full weight lr.",
)
def _(theta, v, grad, lr, momentum):
    v = momentum * v + (1 - momentum) * lr * grad
    return theta - v, v


@heavy_ball_step.misconception(
    "the other form",
    "This is momentum_step again. The heavy ball has no 1-μ, and its learning rate is inside v.",
)
def _(theta, v, grad, lr, momentum):
    v = momentum * v + (1 - momentum) * grad
    return theta - lr * v, v


@heavy_ball_step.misconception(
    "learning rate outside",
    "You multiply by lr when θ moves, as PyTorch does. Here lr is inside v: multiply the gradient "
    "by lr when you add it to v.",
)
def _(theta, v, grad, lr, momentum):
    v = momentum * v + grad
    return theta - lr * v, v


@heavy_ball_step.misconception(
    "learning rate twice", "lr is already inside v: θ moves by v itself, not by lr·v."
)
def _(theta, v, grad, lr, momentum):
    v = momentum * v + lr * grad
    return theta - lr * v, v


@heavy_ball_step.misconception(
    "minus inside, plus outside",
    "You subtract the gradient from v and add v to θ, as Keras does. The v that is passed in here "
    "points uphill: add lr·g to it, and subtract it from θ.",
)
def _(theta, v, grad, lr, momentum):
    v = momentum * v - lr * grad
    return theta + v, v


@heavy_ball_step.misconception(
    "uphill", "v is right, but θ moves with it instead of against it: look at the sign."
)
def _(theta, v, grad, lr, momentum):
    v = momentum * v + lr * grad
    return theta + v, v


@heavy_ball_step.misconception(
    "old velocity used",
    "v is right, but θ moves with the old one: update v first, and step with the result.",
)
def _(theta, v, grad, lr, momentum):
    return theta - v, momentum * v + lr * grad


@heavy_ball_step.misconception("v first", "Right numbers, wrong order: return theta first, then v.")
def _(theta, v, grad, lr, momentum):
    v = momentum * v + lr * grad
    return v, theta - v


@heavy_ball_step.misconception(
    "changes v in place",
    "You update v itself (v *= … or v += …): right numbers, but the caller's v is gone.",
)
def _(theta, v, grad, lr, momentum):
    v *= momentum
    v += lr * grad
    return theta - v, v


@heavy_ball_step.misconception(
    "Nesterov's step",
    "v is right. θ moves by μ·v + lr·g with the new v: that is Nesterov's step, as Keras and "
    "PyTorch have it. The heavy ball moves by v itself.",
)
def _(theta, v, grad, lr, momentum):
    v = momentum * v + lr * grad
    return theta - (momentum * v + lr * grad), v


@heavy_ball_step.misconception(
    "lr on the old velocity",
    "lr multiplies the old velocity as well, at every step once more. It belongs to the gradient "
    "alone.",
)
def _(theta, v, grad, lr, momentum):
    v = lr * (momentum * v + grad)
    return theta - v, v


@heavy_ball_step.misconception(
    "velocity never fades",
    "The old velocity never fades: it has the factor μ, or the ball never comes to rest.",
)
def _(theta, v, grad, lr, momentum):
    v = v + lr * grad
    return theta - v, v


@heavy_ball_step.misconception(
    "old velocity returned",
    "θ is right, but you return the old v: the next push has to add to the new one.",
)
def _(theta, v, grad, lr, momentum):
    return theta - (momentum * v + lr * grad), v


@heavy_ball_step.misconception(
    "μ on the gradient",
    "μ multiplies the gradient, too: it belongs to the old velocity alone.",
)
def _(theta, v, grad, lr, momentum):
    v = momentum * (v + lr * grad)
    return theta - v, v


@heavy_ball_step.misconception(
    "the gradient as well",
    "θ moves by v and by lr·g: the gradient is in v already.",
)
def _(theta, v, grad, lr, momentum):
    v = momentum * v + lr * grad
    return theta - v - lr * grad, v


@heavy_ball_step.misconception(
    "μ once more in the step",
    "v is right, but θ moves by μ·v: it moves by v itself, for μ is in there already.",
)
def _(theta, v, grad, lr, momentum):
    v = momentum * v + lr * grad
    return theta - momentum * v, v


@heavy_ball_step.equivalent("with PyTorch's buffer")
def _(theta, v, grad, lr, momentum):
    if lr == 0:
        return theta - momentum * v, momentum * v
    buffer = momentum * (v / lr) + grad
    return theta - lr * buffer, lr * buffer


@heavy_ball_step.equivalent("with the last two points")
def _(theta, v, grad, lr, momentum):
    before = theta + v
    after = theta - lr * grad + momentum * (theta - before)
    return after, theta - after


# ------------------------------------------------------------------------------- one as the other
equivalent_lr = Exercise(
    "equivalent_lr",
    reference=reference.equivalent_lr,
    hint="On paper, take one step from v = 0 with each of the two. Which lr makes the heavy ball "
    "move as far?",
    minutes=4,
    difficulty=2,
)


@equivalent_lr.cases("three pairs", points=1)
def _(rng: Rng) -> list[Case]:
    return [
        call("lr = 0.5, β = 0.8", 0.5, 0.8),
        call("β = 0: both are gradient descent", 0.3, 0.0),
        call("drawn at random", float(rng.uniform(0.01, 1)), float(rng.uniform(0.6, 0.99))),
        # So small that a result rounded as in the example is never close enough.
        call("a small learning rate", 0.00123, 0.97),
    ]


@equivalent_lr.misconception(
    "the other way round",
    "You divide by 1-β: that turns a learning rate of the heavy ball into one of momentum_step.",
)
def _(lr, beta):
    return lr / (1 - beta)


@equivalent_lr.misconception(
    "times β", "β is the weight of the past. What is the new gradient multiplied by?"
)
def _(lr, beta):
    return lr * beta


@equivalent_lr.misconception(
    "the same",
    "With the same lr the heavy ball takes longer steps: its gradient is not weighted by 1-β.",
)
def _(lr, beta):
    return lr


@equivalent_lr.misconception(
    "brackets missing",
    "Multiplication comes before subtraction: lr * 1 - β is lr - β. Put 1-β in brackets.",
)
def _(lr, beta):
    return lr * 1 - beta


@equivalent_lr.misconception(
    "times 1+β",
    "The factor is the weight that momentum_step gives to a new gradient. It is smaller than 1.",
)
def _(lr, beta):
    return lr * (1 + beta)


@equivalent_lr.misconception(
    "divided by β",
    "β is what the past is multiplied by. Compare what happens to the new gradient in the two "
    "steps.",
)
def _(lr, beta):
    return lr / beta if beta else np.inf


@equivalent_lr.misconception(
    "the weight alone",
    "1-β is the weight of a gradient in v: it still has to meet lr.",
)
def _(lr, beta):
    return 1 - beta


@equivalent_lr.equivalent("multiplied out")
def _(lr, beta):
    return lr - beta * lr


@equivalent_lr.equivalent("the length of the first step")
def _(lr, beta):
    v = beta * np.zeros(1) + (1 - beta) * np.ones(1)
    return float((lr * v)[0])


prediction_momentum = quiz(
    "prediction_momentum",
    answer="c",
    a="That is what the heavy ball does, where the gradient has its full weight. In momentum_step "
    "its weight is 1-β. What is that at β = 1?",
    b="Gradient descent is the other end, β = 0. Put β = 1 into both terms of v.",
    d="A long memory does not make a large number: v is an average of gradients, and no average is "
    "larger than the largest number in it. Put β = 1 into both terms of v.",
)
