"""AdaGrad and RMSprop."""

from __future__ import annotations

from typing import Any

import numpy as np

from autograder.checking.exercise import Case, Exercise
from autograder.exercises._cases import Rng, call, gradients, walk
from reference_impl import optimizers as reference

EPS = 1e-8
FALLING = (0.1, 0.05, 0.2, 0.02, 0.01)


def point(rng: Rng, shape: tuple[int, ...]) -> Any:
    """Parameters away from 0."""
    return rng.uniform(0.5, 2.0, shape) * rng.choice((-1.0, 1.0), shape)


# ------------------------------------------------------------------------------- AdaGrad
adagrad_step = Exercise(
    "adagrad_step",
    reference=reference.adagrad_step,
    outputs=("theta", "G"),
    hint="First G = G + g², then θ = θ - lr·g/√(G + ε) with the new G.",
    minutes=6,
    difficulty=2,
)


@adagrad_step.cases("one step", points=1)
def _(rng: Rng) -> list[Case]:
    theta, grad = point(rng, (3,)), gradients(rng, 1, (3,))[0]
    return [
        call("one step from G > 0", theta, rng.uniform(0.5, 2.0, 3), grad, 0.1, EPS),
        call("one parameter", point(rng, (1,)), np.array([4.0]), np.array([-1.5]), 0.5, EPS),
    ]


@adagrad_step.cases("several steps", points=2)
def _(rng: Rng) -> list[Case]:
    start = (point(rng, (2, 3)), np.zeros((2, 3)))
    return [
        walk(
            "five steps from G = 0, shape (2, 3), a learning rate that changes",
            start,
            gradients(rng, 5, (2, 3)),
            EPS,
            lrs=FALLING,
        )
    ]


@adagrad_step.cases("ε, and very small gradients", points=1)
def _(rng: Rng) -> list[Case]:
    start = (point(rng, (3,)), np.zeros(3))
    zero = np.array([0.0, 1.0, 0.0])
    return [
        walk("gradients as small as √ε", start, gradients(rng, 3, (3,), 1e-4), 0.1, EPS),
        call("gradients that are 0, from G = 0", point(rng, (3,)), np.zeros(3), zero, 0.1, EPS),
        call("ε = 0.1", point(rng, (3,)), np.ones(3), gradients(rng, 1, (3,))[0], 0.1, 0.1),
    ]


@adagrad_step.misconception(
    "ε outside the root",
    "Your ε is outside the root, as in the paper and in PyTorch. Here, as in Keras, it is inside: "
    "√(G + ε).",
)
def _(theta, G, grad, lr, eps):
    G = G + grad**2
    return theta - lr * grad / (np.sqrt(G) + eps), G


@adagrad_step.misconception(
    "ε ignored",
    "You use a fixed ε. Use the one that is passed in: the caller may want another value.",
)
def _(theta, G, grad, lr, eps):
    G = G + grad**2
    return theta - lr * grad / np.sqrt(G + 1e-8), G


@adagrad_step.misconception(
    "ε missing",
    "There is no ε under your root (is it inside the brackets of np.sqrt?): a parameter that has "
    "seen no gradient yet divides 0 by 0.",
)
def _(theta, G, grad, lr, eps):
    G = G + grad**2
    return theta - lr * grad / np.sqrt(G), G


@adagrad_step.misconception(
    "the old G",
    "You divide by the root of the old G. Add the gradient of this step to G first: otherwise, "
    "from G = 0, you divide by almost nothing.",
)
def _(theta, G, grad, lr, eps):
    return theta - lr * grad / np.sqrt(G + eps), G + grad**2


@adagrad_step.misconception(
    "memory dropped",
    "Your G is the square of this gradient only: the old G has to stay in the sum.",
)
def _(theta, G, grad, lr, eps):
    G = grad**2
    return theta - lr * grad / np.sqrt(G + eps), G


@adagrad_step.misconception(
    "only the increment returned",
    "The step is right, but the G that you return is this step's g² alone: return the sum.",
)
def _(theta, G, grad, lr, eps):
    return theta - lr * grad / np.sqrt(G + grad**2 + eps), grad**2


@adagrad_step.misconception(
    "without the root",
    "You divide by G itself. G is a sum of squares: compare g with its root.",
)
def _(theta, G, grad, lr, eps):
    G = G + grad**2
    return theta - lr * grad / (G + eps), G


@adagrad_step.misconception(
    "sizes instead of squares", "Your G adds up |g|. It is the sum of the squares g²."
)
def _(theta, G, grad, lr, eps):
    G = G + np.abs(grad)
    return theta - lr * grad / np.sqrt(G + eps), G


@adagrad_step.misconception(
    "one G for all",
    "You add the squares of all parameters into one number. Each parameter keeps its own sum: that "
    "is the point of the method.",
)
def _(theta, G, grad, lr, eps):
    G = G + np.sum(grad**2)
    return theta - lr * grad / np.sqrt(G + eps), G


@adagrad_step.misconception(
    "uphill", "You add the step. The gradient points uphill, so the step is subtracted."
)
def _(theta, G, grad, lr, eps):
    G = G + grad**2
    return theta + lr * grad / np.sqrt(G + eps), G


@adagrad_step.misconception(
    "changes G in place",
    "Right numbers, but G += … changes the caller's array. Write G = G + … instead.",
)
def _(theta, G, grad, lr, eps):
    G += grad**2
    return theta - lr * grad / np.sqrt(G + eps), G


@adagrad_step.misconception(
    "ε after the division",
    "a / b + ε adds ε after the division, so it comes to θ and not to the denominator. Put the "
    "sum inside the root: np.sqrt(G + eps).",
)
def _(theta, G, grad, lr, eps):
    G = G + grad**2
    return theta - lr * grad / np.sqrt(G) + eps, G


@adagrad_step.misconception(
    "ε added to the step",
    "Your ε is added to the finished step. It belongs under the root, with G: its task is to keep "
    "the denominator from being 0.",
)
def _(theta, G, grad, lr, eps):
    G = G + grad**2
    return theta - (lr * grad / np.sqrt(G) + eps), G


@adagrad_step.misconception(
    "ε added to the quotient",
    "Your ε is added to g/√G, and is then multiplied by lr. It belongs under the root, with G: "
    "np.sqrt(G + eps).",
)
def _(theta, G, grad, lr, eps):
    G = G + grad**2
    return theta - lr * (grad / np.sqrt(G) + eps), G


@adagrad_step.misconception(
    "ε kept in G",
    "You add ε to G itself, so it is added again at every step. G holds squares only; ε joins it "
    "under the root.",
)
def _(theta, G, grad, lr, eps):
    G = G + grad**2 + eps
    return theta - lr * grad / np.sqrt(G), G


@adagrad_step.misconception(
    "a moving average",
    "Your G forgets, as RMSprop's does. AdaGrad adds up: all of the old G stays.",
)
def _(theta, G, grad, lr, eps):
    G = 0.9 * G + 0.1 * grad**2
    return theta - lr * grad / np.sqrt(G + eps), G


@adagrad_step.misconception(
    "gradient missing in the step",
    "lr/√(G + ε) is the rate of each parameter. The step is this rate times the gradient.",
)
def _(theta, G, grad, lr, eps):
    G = G + grad**2
    return theta - lr / np.sqrt(G + eps), G


@adagrad_step.misconception(
    "sum of gradients",
    "Your G adds up g itself, and gradients of both signs cancel. It is the sum of the squares g².",
)
def _(theta, G, grad, lr, eps):
    G = G + grad
    return theta - lr * grad / np.sqrt(np.abs(G) + eps), G


@adagrad_step.misconception(
    "this gradient only under the root",
    "You divide by the root of this step's g², so every step has the length lr. Divide by the root "
    "of the sum, G.",
)
def _(theta, G, grad, lr, eps):
    return theta - lr * grad / np.sqrt(grad**2 + eps), G + grad**2


@adagrad_step.misconception(
    "root kept",
    "You return the root. What goes on to the next step is the sum G itself.",
)
def _(theta, G, grad, lr, eps):
    root = np.sqrt(G + grad**2 + eps)
    return theta - lr * grad / root, root


@adagrad_step.equivalent("a learning rate for each parameter")
def _(theta, G, grad, lr, eps):
    G = np.add(G, np.multiply(grad, grad))
    rates = lr * (G + eps) ** -0.5
    return [theta - rates * grad, G]


@adagrad_step.equivalent("a loop over the parameters")
def _(theta, G, grad, lr, eps):
    theta, G = theta.copy(), G.copy()
    for i in np.ndindex(theta.shape):
        G[i] += grad[i] ** 2
        theta[i] -= lr * grad[i] / (G[i] + eps) ** 0.5
    return theta, G


# ------------------------------------------------------------------------------- RMSprop
rmsprop_step = Exercise(
    "rmsprop_step",
    reference=reference.rmsprop_step,
    outputs=("theta", "s"),
    hint="s is the moving average of g²: β·s + (1-β)·g². Then divide by √(s + ε), the new s.",
    minutes=4,
    difficulty=1,
)


@rmsprop_step.cases("one step", points=1)
def _(rng: Rng) -> list[Case]:
    theta, grad = point(rng, (3,)), gradients(rng, 1, (3,))[0]
    return [
        call("one step from s > 0", theta, rng.uniform(0.5, 2.0, 3), grad, 0.1, 0.9, EPS),
        call("one parameter", point(rng, (1,)), np.array([4.0]), np.array([-1.5]), 0.5, 0.8, EPS),
    ]


@rmsprop_step.cases("several steps", points=2)
def _(rng: Rng) -> list[Case]:
    start = (point(rng, (2, 3)), rng.uniform(0.5, 2.0, (2, 3)))
    return [
        walk(
            "five steps, shape (2, 3), a learning rate that changes",
            start,
            gradients(rng, 5, (2, 3)),
            0.95,
            EPS,
            lrs=FALLING,
        )
    ]


@rmsprop_step.cases("ε, and very small gradients", points=1)
def _(rng: Rng) -> list[Case]:
    start = (point(rng, (3,)), np.zeros(3))
    zero = np.array([0.0, 1.0, 0.0])
    return [
        walk("gradients as small as √ε", start, gradients(rng, 3, (3,), 1e-4), 0.1, 0.9, EPS),
        call("gradients that are 0, from s = 0", start[0], np.zeros(3), zero, 0.1, 0.9, EPS),
        call("ε = 0.1", point(rng, (3,)), np.ones(3), gradients(rng, 1, (3,))[0], 0.1, 0.9, 0.1),
    ]


@rmsprop_step.misconception(
    "AdaGrad",
    "Your s only ever grows: this is AdaGrad's sum. Here the old s keeps the share β, and the new "
    "square gets 1-β.",
)
def _(theta, s, grad, lr, beta, eps):
    s = s + grad**2
    return theta - lr * grad / np.sqrt(s + eps), s


@rmsprop_step.misconception(
    "weights swapped",
    "β and 1-β are swapped: β is the weight of the old average s.",
)
def _(theta, s, grad, lr, beta, eps):
    s = (1 - beta) * s + beta * grad**2
    return theta - lr * grad / np.sqrt(s + eps), s


@rmsprop_step.misconception(
    "the new square whole",
    "The new square is added with full weight: it needs the weight 1-β, or s grows to g²/(1-β).",
)
def _(theta, s, grad, lr, beta, eps):
    s = beta * s + grad**2
    return theta - lr * grad / np.sqrt(s + eps), s


@rmsprop_step.misconception(
    "memory dropped",
    "Your s holds this gradient only: the term β·s with the old average is missing.",
)
def _(theta, s, grad, lr, beta, eps):
    s = (1 - beta) * grad**2
    return theta - lr * grad / np.sqrt(s + eps), s


@rmsprop_step.misconception(
    "ε outside the root",
    "Your ε is outside the root, as in PyTorch. Here, as in Keras, it is inside: √(s + ε).",
)
def _(theta, s, grad, lr, beta, eps):
    s = beta * s + (1 - beta) * grad**2
    return theta - lr * grad / (np.sqrt(s) + eps), s


@rmsprop_step.misconception(
    "ε ignored",
    "You use a fixed ε. Use the one that is passed in: the caller may want another value.",
)
def _(theta, s, grad, lr, beta, eps):
    s = beta * s + (1 - beta) * grad**2
    return theta - lr * grad / np.sqrt(s + 1e-8), s


@rmsprop_step.misconception(
    "ε missing",
    "There is no ε under your root (is it inside the brackets of np.sqrt?): a parameter that has "
    "seen no gradient yet divides 0 by 0.",
)
def _(theta, s, grad, lr, beta, eps):
    s = beta * s + (1 - beta) * grad**2
    return theta - lr * grad / np.sqrt(s), s


@rmsprop_step.misconception(
    "the old s", "You divide by the root of the old s: update s first, then take its root."
)
def _(theta, s, grad, lr, beta, eps):
    return theta - lr * grad / np.sqrt(s + eps), beta * s + (1 - beta) * grad**2


@rmsprop_step.misconception(
    "without the root", "You divide by s itself: s averages squares, and the step needs its root."
)
def _(theta, s, grad, lr, beta, eps):
    s = beta * s + (1 - beta) * grad**2
    return theta - lr * grad / (s + eps), s


@rmsprop_step.misconception(
    "average of the gradients",
    "You average g itself and square afterwards. Square first: gradients of both signs would "
    "cancel in the average.",
)
def _(theta, s, grad, lr, beta, eps):
    s = beta * s + (1 - beta) * grad
    return theta - lr * grad / np.sqrt(s**2 + eps), s


@rmsprop_step.misconception(
    "changes s in place",
    "Right numbers, but s *= … or s += … changes the caller's array. Build a new s.",
)
def _(theta, s, grad, lr, beta, eps):
    s *= beta
    s += (1 - beta) * grad**2
    return theta - lr * grad / np.sqrt(s + eps), s


@rmsprop_step.misconception(
    "ε after the division",
    "a / b + ε adds ε after the division, so it comes to θ and not to the denominator. Put the "
    "sum inside the root: np.sqrt(s + eps).",
)
def _(theta, s, grad, lr, beta, eps):
    s = beta * s + (1 - beta) * grad**2
    return theta - lr * grad / np.sqrt(s) + eps, s


@rmsprop_step.misconception(
    "ε added to the step",
    "Your ε is added to the finished step. It belongs under the root, with s: its task is to keep "
    "the denominator from being 0.",
)
def _(theta, s, grad, lr, beta, eps):
    s = beta * s + (1 - beta) * grad**2
    return theta - (lr * grad / np.sqrt(s) + eps), s


@rmsprop_step.misconception(
    "ε added to the quotient",
    "Your ε is added to g/√s, and is then multiplied by lr. It belongs under the root, with s: "
    "np.sqrt(s + eps).",
)
def _(theta, s, grad, lr, beta, eps):
    s = beta * s + (1 - beta) * grad**2
    return theta - lr * (grad / np.sqrt(s) + eps), s


@rmsprop_step.misconception(
    "root kept",
    "You return the root. What is averaged, and goes on to the next step, is s itself.",
)
def _(theta, s, grad, lr, beta, eps):
    root = np.sqrt(beta * s + (1 - beta) * grad**2 + eps)
    return theta - lr * grad / root, root


@rmsprop_step.misconception(
    "sizes instead of squares", "Your s averages |g|. It is the average of the squares g²."
)
def _(theta, s, grad, lr, beta, eps):
    s = beta * s + (1 - beta) * np.abs(grad)
    return theta - lr * grad / np.sqrt(s + eps), s


@rmsprop_step.misconception(
    "one s for all",
    "You average over the parameters as well. Each parameter has its own s: no np.mean, no np.sum.",
)
def _(theta, s, grad, lr, beta, eps):
    s = beta * s + (1 - beta) * np.mean(grad**2)
    return theta - lr * grad / np.sqrt(s + eps), s


@rmsprop_step.misconception(
    "bracket squared",
    "You square the weight 1-β as well: only the gradient is squared.",
)
def _(theta, s, grad, lr, beta, eps):
    s = beta * s + ((1 - beta) * grad) ** 2
    return theta - lr * grad / np.sqrt(s + eps), s


@rmsprop_step.misconception(
    "this gradient only under the root",
    "You divide by the root of this step's g², so every step has the length lr. Divide by the root "
    "of the average, s.",
)
def _(theta, s, grad, lr, beta, eps):
    return theta - lr * grad / np.sqrt(grad**2 + eps), beta * s + (1 - beta) * grad**2


@rmsprop_step.misconception(
    "step along s",
    "You step along s, which has no sign and no direction. Step along the gradient, divided by "
    "√(s + ε).",
)
def _(theta, s, grad, lr, beta, eps):
    s = beta * s + (1 - beta) * grad**2
    return theta - lr * s, s


@rmsprop_step.misconception(
    "ε kept in s",
    "You add ε to s itself, so it is there again in the next step. s holds squares only; ε joins "
    "it under the root.",
)
def _(theta, s, grad, lr, beta, eps):
    s = beta * s + (1 - beta) * grad**2 + eps
    return theta - lr * grad / np.sqrt(s), s


@rmsprop_step.misconception(
    "brackets missing",
    "Multiplication comes before subtraction: β·s + 1 - β·g² adds 1 to s. Put 1-β in brackets.",
)
def _(theta, s, grad, lr, beta, eps):
    s = beta * s + 1 - beta * grad**2
    with np.errstate(all="ignore"):
        return theta - lr * grad / np.sqrt(s + eps), s


@rmsprop_step.equivalent("the average as a correction")
def _(theta, s, grad, lr, beta, eps):
    new = s + (1 - beta) * (grad * grad - s)
    return theta - grad * (lr / np.sqrt(new + eps)), new


@rmsprop_step.equivalent("a loop over the parameters")
def _(theta, s, grad, lr, beta, eps):
    theta, s = np.array(theta), np.array(s)
    for i in np.ndindex(theta.shape):
        s[i] = beta * s[i] + (1 - beta) * grad[i] ** 2
        theta[i] = theta[i] - lr * grad[i] / (s[i] + eps) ** 0.5
    return theta, s
