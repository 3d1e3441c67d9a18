"""Adam, and Nadam, which looks ahead."""

from __future__ import annotations

from typing import Any

import numpy as np

from autograder.checking.drive import Call, Previous
from autograder.checking.exercise import Case, Exercise
from autograder.exercises._cases import Rng, call, gradients, walk
from reference_impl import optimizers as reference

EPS = 1e-8
BETAS = (0.9, 0.999)


def in_a_run(rng: Rng, shape: tuple[int, ...]) -> tuple[Any, Any, Any]:
    """Parameters and moments as they are in the middle of a run."""
    theta = rng.uniform(0.5, 2.0, shape) * rng.choice((-1.0, 1.0), shape)
    v = rng.uniform(0.1, 1.0, shape)
    v[..., 0] = 1.5  # above any square that comes: this one shrinks
    return theta, 0.3 * rng.normal(size=shape), v


def from_zero(rng: Rng, shape: tuple[int, ...]) -> tuple[Any, Any, Any]:
    """Parameters, and moments that have seen nothing."""
    return in_a_run(rng, shape)[0], np.zeros(shape), np.zeros(shape)


def one_step(rng: Rng) -> list[Case]:
    grad = gradients(rng, 1, (3,))[0]
    return [
        call("step 7 of a run", *in_a_run(rng, (3,)), grad, 7, 0.1, *BETAS, EPS),
        call("step 1, other β", *in_a_run(rng, (1,)), np.array([-1.5]), 1, 0.5, 0.7, 0.95, EPS),
    ]


def several_steps(rng: Rng) -> list[Case]:
    shape = (2, 3)
    moving = []
    for t, (lr, beta1) in enumerate([(0.1, 0.5), (0.05, 0.9), (0.2, 0.95)], start=4):
        state = in_a_run(rng, shape) if t == 4 else [Previous(i) for i in range(3)]
        moving.append(Call((*state, gradients(rng, 1, shape)[0], t, lr, beta1, 0.99, EPS)))
    return [
        walk(
            "five steps from zero moments, a learning rate that changes",
            from_zero(rng, shape),
            gradients(rng, 5, shape),
            *BETAS,
            EPS / 100,  # does not show: where ε stands is asked in a group of its own
            lrs=(0.1, 0.05, 0.2, 0.02, 0.01),
            count=True,
        ),
        Case("steps 4 to 6 of a run, with β1 and the learning rate changing", tuple(moving)),
    ]


def small_gradients(rng: Rng) -> list[Case]:
    small = gradients(rng, 4, (3,), EPS)
    start, zero = from_zero(rng, (3,)), np.array([0.0, 1.0, 0.0])
    return [
        walk("gradients as small as ε", start, small, *BETAS, EPS, lrs=(0.1,) * 4, count=True),
        call("gradients that are 0, from zero moments", *start, zero, 1, 0.1, *BETAS, EPS),
        call("ε = 0.1", *in_a_run(rng, (3,)), gradients(rng, 1, (3,))[0], 3, 0.1, *BETAS, 0.1),
    ]


adam_step = Exercise(
    "adam_step",
    reference=reference.adam_step,
    outputs=("theta", "m", "v"),
    hint="Two averages, two corrections, one step: m and v from the gradient, m̂ and v̂ from m and "
    "v, and θ - lr·m̂/(√v̂ + ε).",
    minutes=10,
    difficulty=3,
)
adam_step.cases("one step", points=2)(one_step)
adam_step.cases("several steps", points=2)(several_steps)
adam_step.cases("ε, and very small gradients", points=1)(small_gradients)


@adam_step.misconception(
    "no bias correction",
    "The bias correction is missing: divide m by 1-β1^t and v by 1-β2^t before you step.",
)
def _(theta, m, v, grad, t, lr, beta1, beta2, eps):
    m = beta1 * m + (1 - beta1) * grad
    v = beta2 * v + (1 - beta2) * grad**2
    return theta - lr * m / (np.sqrt(v) + eps), m, v


@adam_step.misconception("only m corrected", "You correct m but not v: both started at 0.")
def _(theta, m, v, grad, t, lr, beta1, beta2, eps):
    m = beta1 * m + (1 - beta1) * grad
    v = beta2 * v + (1 - beta2) * grad**2
    return theta - lr * m / (1 - beta1**t) / (np.sqrt(v) + eps), m, v


@adam_step.misconception("only v corrected", "You correct v but not m: both started at 0.")
def _(theta, m, v, grad, t, lr, beta1, beta2, eps):
    m = beta1 * m + (1 - beta1) * grad
    v = beta2 * v + (1 - beta2) * grad**2
    return theta - lr * m / (np.sqrt(v / (1 - beta2**t)) + eps), m, v


@adam_step.misconception(
    "t one too high",
    "Your exponent is t+1. t counts from 1 already, so the first step divides by 1-β.",
)
def _(theta, m, v, grad, t, lr, beta1, beta2, eps):
    m = beta1 * m + (1 - beta1) * grad
    v = beta2 * v + (1 - beta2) * grad**2
    m_hat, v_hat = m / (1 - beta1 ** (t + 1)), v / (1 - beta2 ** (t + 1))
    return theta - lr * m_hat / (np.sqrt(v_hat) + eps), m, v


@adam_step.misconception(
    "correction that does not fade",
    "You divide by 1-β at every step. The correction has to fade as the averages fill: 1-β^t.",
)
def _(theta, m, v, grad, t, lr, beta1, beta2, eps):
    m = beta1 * m + (1 - beta1) * grad
    v = beta2 * v + (1 - beta2) * grad**2
    return theta - lr * (m / (1 - beta1)) / (np.sqrt(v / (1 - beta2)) + eps), m, v


@adam_step.misconception(
    "correction multiplied",
    "You multiply by 1-β^t, which makes small averages smaller still. Dividing enlarges them: that "
    "is what the correction is for.",
)
def _(theta, m, v, grad, t, lr, beta1, beta2, eps):
    m = beta1 * m + (1 - beta1) * grad
    v = beta2 * v + (1 - beta2) * grad**2
    m_hat, v_hat = m * (1 - beta1**t), v * (1 - beta2**t)
    return theta - lr * m_hat / (np.sqrt(v_hat) + eps), m, v


@adam_step.misconception("β1 and β2 swapped", "β1 and β2 are swapped: β1 belongs to m, β2 to v.")
def _(theta, m, v, grad, t, lr, beta1, beta2, eps):
    m = beta2 * m + (1 - beta2) * grad
    v = beta1 * v + (1 - beta1) * grad**2
    m_hat, v_hat = m / (1 - beta2**t), v / (1 - beta1**t)
    return theta - lr * m_hat / (np.sqrt(v_hat) + eps), m, v


@adam_step.misconception(
    "β and 1-β swapped",
    "In both averages β and 1-β are swapped: β is the weight of the old value.",
)
def _(theta, m, v, grad, t, lr, beta1, beta2, eps):
    m = (1 - beta1) * m + beta1 * grad
    v = (1 - beta2) * v + beta2 * grad**2
    m_hat, v_hat = m / (1 - beta1**t), v / (1 - beta2**t)
    return theta - lr * m_hat / (np.sqrt(v_hat) + eps), m, v


@adam_step.misconception(
    "memory dropped",
    "Your m and v hold this gradient only: the terms β1·m and β2·v with the past are missing.",
)
def _(theta, m, v, grad, t, lr, beta1, beta2, eps):
    m = (1 - beta1) * grad
    v = (1 - beta2) * grad**2
    m_hat, v_hat = m / (1 - beta1**t), v / (1 - beta2**t)
    return theta - lr * m_hat / (np.sqrt(v_hat) + eps), m, v


@adam_step.misconception(
    "v averages |g|", "Your v averages the size of the gradient. It averages the square, g²."
)
def _(theta, m, v, grad, t, lr, beta1, beta2, eps):
    m = beta1 * m + (1 - beta1) * grad
    v = beta2 * v + (1 - beta2) * np.abs(grad)
    m_hat, v_hat = m / (1 - beta1**t), v / (1 - beta2**t)
    return theta - lr * m_hat / (np.sqrt(v_hat) + eps), m, v


@adam_step.misconception(
    "v averages m²",
    "Your v averages the square of m. It averages the square of the gradient itself.",
)
def _(theta, m, v, grad, t, lr, beta1, beta2, eps):
    m = beta1 * m + (1 - beta1) * grad
    v = beta2 * v + (1 - beta2) * m**2
    m_hat, v_hat = m / (1 - beta1**t), v / (1 - beta2**t)
    return theta - lr * m_hat / (np.sqrt(v_hat) + eps), m, v


@adam_step.misconception(
    "corrected moments returned",
    "You return the corrected moments, so the next step corrects them again. Return the raw m and "
    "v.",
)
def _(theta, m, v, grad, t, lr, beta1, beta2, eps):
    m = (beta1 * m + (1 - beta1) * grad) / (1 - beta1**t)
    v = (beta2 * v + (1 - beta2) * grad**2) / (1 - beta2**t)
    return theta - lr * m / (np.sqrt(v) + eps), m, v


@adam_step.misconception(
    "the gradient instead of m",
    "You step along the gradient: this is RMSprop with a correction. Adam steps along m̂.",
)
def _(theta, m, v, grad, t, lr, beta1, beta2, eps):
    m = beta1 * m + (1 - beta1) * grad
    v = beta2 * v + (1 - beta2) * grad**2
    return theta - lr * grad / (np.sqrt(v / (1 - beta2**t)) + eps), m, v


@adam_step.misconception(
    "ε inside the root",
    "Your ε is inside the root, as in AdaGrad and RMSprop here. Adam's paper adds it outside: √v̂ "
    "+ ε.",
)
def _(theta, m, v, grad, t, lr, beta1, beta2, eps):
    m = beta1 * m + (1 - beta1) * grad
    v = beta2 * v + (1 - beta2) * grad**2
    m_hat, v_hat = m / (1 - beta1**t), v / (1 - beta2**t)
    return theta - lr * m_hat / np.sqrt(v_hat + eps), m, v


@adam_step.misconception(
    "ε ignored",
    "You use a fixed ε. Use the one that is passed in: the caller may want another value.",
)
def _(theta, m, v, grad, t, lr, beta1, beta2, eps):
    m = beta1 * m + (1 - beta1) * grad
    v = beta2 * v + (1 - beta2) * grad**2
    return theta - lr * (m / (1 - beta1**t)) / (np.sqrt(v / (1 - beta2**t)) + 1e-8), m, v


@adam_step.misconception(
    "β times t",
    "You multiply β by t. The correction has a power: 1 - β**t, with t as the exponent.",
)
def _(theta, m, v, grad, t, lr, beta1, beta2, eps):
    m = beta1 * m + (1 - beta1) * grad
    v = beta2 * v + (1 - beta2) * grad**2
    return theta - lr * (m / (1 - beta1 * t)) / (np.sqrt(v / (1 - beta2 * t)) + eps), m, v


@adam_step.misconception(
    "power of the bracket", "The power t belongs to β alone: 1 - β**t, and not (1 - β)**t."
)
def _(theta, m, v, grad, t, lr, beta1, beta2, eps):
    m = beta1 * m + (1 - beta1) * grad
    v = beta2 * v + (1 - beta2) * grad**2
    return theta - lr * (m / (1 - beta1) ** t) / (np.sqrt(v / (1 - beta2) ** t) + eps), m, v


@adam_step.misconception(
    "ε missing",
    "There is no ε in your denominator: a parameter whose gradients were all 0 divides 0 by 0.",
)
def _(theta, m, v, grad, t, lr, beta1, beta2, eps):
    m = beta1 * m + (1 - beta1) * grad
    v = beta2 * v + (1 - beta2) * grad**2
    return theta - lr * (m / (1 - beta1**t)) / np.sqrt(v / (1 - beta2**t)), m, v


@adam_step.misconception(
    "Keras' ε",
    "You add ε to √v before the correction. Keras does just that (the paper calls it ε-hat); here "
    "ε is added to √v̂, after the correction.",
)
def _(theta, m, v, grad, t, lr, beta1, beta2, eps):
    m = beta1 * m + (1 - beta1) * grad
    v = beta2 * v + (1 - beta2) * grad**2
    rate = lr * np.sqrt(1 - beta2**t) / (1 - beta1**t)
    return theta - rate * m / (np.sqrt(v) + eps), m, v


@adam_step.misconception(
    "changes m and v in place",
    "Right numbers, but m *= … or v += … changes the caller's arrays. Build new ones.",
)
def _(theta, m, v, grad, t, lr, beta1, beta2, eps):
    m *= beta1
    m += (1 - beta1) * grad
    v *= beta2
    v += (1 - beta2) * grad**2
    return theta - lr * (m / (1 - beta1**t)) / (np.sqrt(v / (1 - beta2**t)) + eps), m, v


@adam_step.misconception(
    "ε after the division",
    "a / b + ε adds ε after the division: it comes to θ, and not to the denominator. Put the sum "
    "√v̂ + ε in brackets.",
)
def _(theta, m, v, grad, t, lr, beta1, beta2, eps):
    m = beta1 * m + (1 - beta1) * grad
    v = beta2 * v + (1 - beta2) * grad**2
    m_hat, v_hat = m / (1 - beta1**t), v / (1 - beta2**t)
    return theta - lr * m_hat / np.sqrt(v_hat) + eps, m, v


@adam_step.misconception(
    "ε added to the step",
    "Your ε is added to the finished step. It belongs in the denominator, beside √v̂: its task "
    "is to keep that from being 0.",
)
def _(theta, m, v, grad, t, lr, beta1, beta2, eps):
    m = beta1 * m + (1 - beta1) * grad
    v = beta2 * v + (1 - beta2) * grad**2
    m_hat, v_hat = m / (1 - beta1**t), v / (1 - beta2**t)
    return theta - (lr * m_hat / np.sqrt(v_hat) + eps), m, v


@adam_step.misconception(
    "ε added to the quotient",
    "Your ε is added to m̂/√v̂, and is then multiplied by lr. It belongs in the denominator: "
    "brackets around √v̂ + ε.",
)
def _(theta, m, v, grad, t, lr, beta1, beta2, eps):
    m = beta1 * m + (1 - beta1) * grad
    v = beta2 * v + (1 - beta2) * grad**2
    m_hat, v_hat = m / (1 - beta1**t), v / (1 - beta2**t)
    return theta - lr * (m_hat / np.sqrt(v_hat) + eps), m, v


@adam_step.misconception(
    "root forgotten",
    "You divide by v̂ itself. It averages squares: only its root has the size of a gradient.",
)
def _(theta, m, v, grad, t, lr, beta1, beta2, eps):
    m = beta1 * m + (1 - beta1) * grad
    v = beta2 * v + (1 - beta2) * grad**2
    m_hat, v_hat = m / (1 - beta1**t), v / (1 - beta2**t)
    return theta - lr * m_hat / (v_hat + eps), m, v


@adam_step.misconception(
    "root before the correction",
    "You take the root of v first and correct it afterwards. v̂ is v/(1-β2^t), and the root is "
    "taken of all of v̂.",
)
def _(theta, m, v, grad, t, lr, beta1, beta2, eps):
    m = beta1 * m + (1 - beta1) * grad
    v = beta2 * v + (1 - beta2) * grad**2
    root = np.sqrt(v) / (1 - beta2**t)
    return theta - lr * (m / (1 - beta1**t)) / (root + eps), m, v


@adam_step.misconception(
    "β1 in both corrections",
    "You correct v with β1: v was averaged with β2, so its correction has β2.",
)
def _(theta, m, v, grad, t, lr, beta1, beta2, eps):
    m = beta1 * m + (1 - beta1) * grad
    v = beta2 * v + (1 - beta2) * grad**2
    m_hat, v_hat = m / (1 - beta1**t), v / (1 - beta1**t)
    return theta - lr * m_hat / (np.sqrt(v_hat) + eps), m, v


@adam_step.misconception(
    "β2 in both corrections",
    "You correct m with β2: m was averaged with β1, so its correction has β1.",
)
def _(theta, m, v, grad, t, lr, beta1, beta2, eps):
    m = beta1 * m + (1 - beta1) * grad
    v = beta2 * v + (1 - beta2) * grad**2
    m_hat, v_hat = m / (1 - beta2**t), v / (1 - beta2**t)
    return theta - lr * m_hat / (np.sqrt(v_hat) + eps), m, v


@adam_step.misconception(
    "t one too low",
    "Your exponent is t-1. t counts from 1 already; at the first step 1-β^0 is 0, and you divide "
    "by it.",
)
def _(theta, m, v, grad, t, lr, beta1, beta2, eps):
    m = beta1 * m + (1 - beta1) * grad
    v = beta2 * v + (1 - beta2) * grad**2
    with np.errstate(all="ignore"):
        m_hat, v_hat = m / (1 - beta1 ** (t - 1)), v / (1 - beta2 ** (t - 1))
        return theta - lr * m_hat / (np.sqrt(v_hat) + eps), m, v


@adam_step.misconception(
    "divided by β^t",
    "You divide by β^t. What is missing from the sum of the weights is β^t; the sum itself, by "
    "which you divide, is 1-β^t.",
)
def _(theta, m, v, grad, t, lr, beta1, beta2, eps):
    m = beta1 * m + (1 - beta1) * grad
    v = beta2 * v + (1 - beta2) * grad**2
    m_hat, v_hat = m / beta1**t, v / beta2**t
    return theta - lr * m_hat / (np.sqrt(v_hat) + eps), m, v


@adam_step.misconception(
    "β1 in v",
    "Your v is averaged with β1. It has a decay of its own, β2.",
)
def _(theta, m, v, grad, t, lr, beta1, beta2, eps):
    m = beta1 * m + (1 - beta1) * grad
    v = beta1 * v + (1 - beta1) * grad**2
    m_hat, v_hat = m / (1 - beta1**t), v / (1 - beta2**t)
    return theta - lr * m_hat / (np.sqrt(v_hat) + eps), m, v


@adam_step.misconception(
    "β1 everywhere",
    "You use β1 for v as well, in its average and in its correction: both have β2.",
)
def _(theta, m, v, grad, t, lr, beta1, beta2, eps):
    m = beta1 * m + (1 - beta1) * grad
    v = beta1 * v + (1 - beta1) * grad**2
    m_hat, v_hat = m / (1 - beta1**t), v / (1 - beta1**t)
    return theta - lr * m_hat / (np.sqrt(v_hat) + eps), m, v


@adam_step.misconception(
    "1-β1 in v",
    "The weight of g² in v is 1-β2: yours is 1-β1, so the two weights do not sum to 1.",
)
def _(theta, m, v, grad, t, lr, beta1, beta2, eps):
    m = beta1 * m + (1 - beta1) * grad
    v = beta2 * v + (1 - beta1) * grad**2
    m_hat, v_hat = m / (1 - beta1**t), v / (1 - beta2**t)
    return theta - lr * m_hat / (np.sqrt(v_hat) + eps), m, v


@adam_step.misconception(
    "the new gradient whole",
    "In both averages the new value has full weight: it needs 1-β1 in m, and 1-β2 in v.",
)
def _(theta, m, v, grad, t, lr, beta1, beta2, eps):
    m = beta1 * m + grad
    v = beta2 * v + grad**2
    m_hat, v_hat = m / (1 - beta1**t), v / (1 - beta2**t)
    return theta - lr * m_hat / (np.sqrt(v_hat) + eps), m, v


@adam_step.misconception(
    "square forgotten in v",
    "Your v averages g, and under the root there may be a negative number: it averages g².",
)
def _(theta, m, v, grad, t, lr, beta1, beta2, eps):
    m = beta1 * m + (1 - beta1) * grad
    v = beta2 * v + (1 - beta2) * grad
    with np.errstate(all="ignore"):
        m_hat, v_hat = m / (1 - beta1**t), v / (1 - beta2**t)
        return theta - lr * m_hat / (np.sqrt(v_hat) + eps), m, v


@adam_step.misconception(
    "AMSGrad",
    "Your v never shrinks: that is AMSGrad. In Adam v is the plain average, whether it grows or "
    "not.",
)
def _(theta, m, v, grad, t, lr, beta1, beta2, eps):
    m = beta1 * m + (1 - beta1) * grad
    v = np.maximum(v, beta2 * v + (1 - beta2) * grad**2)
    m_hat, v_hat = m / (1 - beta1**t), v / (1 - beta2**t)
    return theta - lr * m_hat / (np.sqrt(v_hat) + eps), m, v


@adam_step.misconception(
    "AdaGrad's sum in v",
    "Your v only ever grows: this is AdaGrad's sum. In Adam the old v has the weight β2, the new "
    "square 1-β2.",
)
def _(theta, m, v, grad, t, lr, beta1, beta2, eps):
    m = beta1 * m + (1 - beta1) * grad
    v = v + grad**2
    m_hat, v_hat = m / (1 - beta1**t), v / (1 - beta2**t)
    return theta - lr * m_hat / (np.sqrt(v_hat) + eps), m, v


@adam_step.misconception(
    "ε as a floor",
    "You take the larger of √v̂ and ε. ε is added: with gradients as small as ε that is another "
    "number.",
)
def _(theta, m, v, grad, t, lr, beta1, beta2, eps):
    m = beta1 * m + (1 - beta1) * grad
    v = beta2 * v + (1 - beta2) * grad**2
    m_hat, v_hat = m / (1 - beta1**t), v / (1 - beta2**t)
    return theta - lr * m_hat / np.maximum(np.sqrt(v_hat), eps), m, v


@adam_step.misconception(
    "the old moments",
    "You step with the m and v that came in: take this step's gradient into them first.",
)
def _(theta, m, v, grad, t, lr, beta1, beta2, eps):
    m_hat, v_hat = m / (1 - beta1**t), v / (1 - beta2**t)
    theta = theta - lr * m_hat / (np.sqrt(v_hat) + eps)
    return theta, beta1 * m + (1 - beta1) * grad, beta2 * v + (1 - beta2) * grad**2


@adam_step.misconception(
    "old moments returned",
    "θ is right, but you return the m and v that came in: the next step needs the new ones.",
)
def _(theta, m, v, grad, t, lr, beta1, beta2, eps):
    new_m = beta1 * m + (1 - beta1) * grad
    new_v = beta2 * v + (1 - beta2) * grad**2
    m_hat, v_hat = new_m / (1 - beta1**t), new_v / (1 - beta2**t)
    return theta - lr * m_hat / (np.sqrt(v_hat) + eps), m, v


@adam_step.misconception("uphill", "You add the step. m points uphill, so the step is subtracted.")
def _(theta, m, v, grad, t, lr, beta1, beta2, eps):
    m = beta1 * m + (1 - beta1) * grad
    v = beta2 * v + (1 - beta2) * grad**2
    m_hat, v_hat = m / (1 - beta1**t), v / (1 - beta2**t)
    return theta + lr * m_hat / (np.sqrt(v_hat) + eps), m, v


@adam_step.misconception(
    "bracket squared",
    "In v you square the weight 1-β2 as well: only the gradient is squared.",
)
def _(theta, m, v, grad, t, lr, beta1, beta2, eps):
    m = beta1 * m + (1 - beta1) * grad
    v = beta2 * v + ((1 - beta2) * grad) ** 2
    m_hat, v_hat = m / (1 - beta1**t), v / (1 - beta2**t)
    return theta - lr * m_hat / (np.sqrt(v_hat) + eps), m, v


@adam_step.misconception(
    "1-β2 in m",
    "The weight of g in m is 1-β1: yours is 1-β2, so the two weights do not sum to 1.",
)
def _(theta, m, v, grad, t, lr, beta1, beta2, eps):
    m = beta1 * m + (1 - beta2) * grad
    v = beta2 * v + (1 - beta2) * grad**2
    m_hat, v_hat = m / (1 - beta1**t), v / (1 - beta2**t)
    return theta - lr * m_hat / (np.sqrt(v_hat) + eps), m, v


@adam_step.misconception(
    "brackets of the correction missing",
    "Division comes before subtraction: m / 1 - β1^t is m - β1^t. Put 1 - β1^t in brackets, and "
    "1 - β2^t too.",
)
def _(theta, m, v, grad, t, lr, beta1, beta2, eps):
    m = beta1 * m + (1 - beta1) * grad
    v = beta2 * v + (1 - beta2) * grad**2
    with np.errstate(all="ignore"):
        m_hat, v_hat = m / 1 - beta1**t, v / 1 - beta2**t
        return theta - lr * m_hat / (np.sqrt(v_hat) + eps), m, v


@adam_step.misconception(
    "multiplied by the root",
    "You multiply by √v̂ + ε: large gradients then make the step longer still. Divide by it.",
)
def _(theta, m, v, grad, t, lr, beta1, beta2, eps):
    m = beta1 * m + (1 - beta1) * grad
    v = beta2 * v + (1 - beta2) * grad**2
    m_hat, v_hat = m / (1 - beta1**t), v / (1 - beta2**t)
    return theta - lr * m_hat * (np.sqrt(v_hat) + eps), m, v


@adam_step.misconception(
    "root forgotten, ε after the division",
    "Two things: v̂ averages squares, so divide by its root; and put √v̂ + ε in brackets.",
)
def _(theta, m, v, grad, t, lr, beta1, beta2, eps):
    m = beta1 * m + (1 - beta1) * grad
    v = beta2 * v + (1 - beta2) * grad**2
    m_hat, v_hat = m / (1 - beta1**t), v / (1 - beta2**t)
    return theta - lr * m_hat / v_hat + eps, m, v


@adam_step.equivalent("the correction in the learning rate, and in ε")
def _(theta, m, v, grad, t, lr, beta1, beta2, eps):
    m = m + (1 - beta1) * (grad - m)
    v = v + (1 - beta2) * (grad * grad - v)
    root = np.sqrt(1 - beta2**t)
    return theta - lr * root / (1 - beta1**t) * m / (np.sqrt(v) + eps * root), m, v


@adam_step.equivalent("a loop over the parameters")
def _(theta, m, v, grad, t, lr, beta1, beta2, eps):
    theta, m, v = np.array(theta), np.array(m), np.array(v)
    for i in np.ndindex(theta.shape):
        m[i] = beta1 * m[i] + (1 - beta1) * grad[i]
        v[i] = beta2 * v[i] + (1 - beta2) * grad[i] ** 2
        v_hat = v[i] / (1 - beta2**t)
        theta[i] -= lr * m[i] / (1 - beta1**t) / (v_hat**0.5 + eps)
    return [theta, m, v]


nadam_step = Exercise(
    "nadam_step",
    reference=reference.nadam_step,
    outputs=("theta", "m", "v"),
    hint="m, v and v̂ are Adam's. Only m̂ is new: the new m, looking one step ahead, and this "
    "gradient, each with a correction of its own.",
    minutes=6,
    difficulty=2,
)
nadam_step.cases("one step", points=1)(one_step)
nadam_step.cases("several steps", points=2)(several_steps)
nadam_step.cases("ε, and very small gradients", points=1)(small_gradients)


@nadam_step.misconception(
    "plain Adam",
    "This is Adam: m̂ is m/(1-β1^t). Nadam's m̂ mixes the new m and this gradient.",
)
def _(theta, m, v, grad, t, lr, beta1, beta2, eps):
    m = beta1 * m + (1 - beta1) * grad
    v = beta2 * v + (1 - beta2) * grad**2
    return theta - lr * (m / (1 - beta1**t)) / (np.sqrt(v / (1 - beta2**t)) + eps), m, v


@nadam_step.misconception(
    "power t for both",
    "You correct both parts with 1-β1^t. This form is published (Ruder's overview prints it), and "
    "is near to ours. Here, as Dozat and the libraries have it, the part with m looks one step "
    "ahead: its power is t+1.",
)
def _(theta, m, v, grad, t, lr, beta1, beta2, eps):
    m = beta1 * m + (1 - beta1) * grad
    v = beta2 * v + (1 - beta2) * grad**2
    m_hat = (beta1 * m + (1 - beta1) * grad) / (1 - beta1**t)
    return theta - lr * m_hat / (np.sqrt(v / (1 - beta2**t)) + eps), m, v


@nadam_step.misconception(
    "power t+1 for both",
    "You correct both parts with 1-β1^(t+1). The gradient belongs to this step: its power is t.",
)
def _(theta, m, v, grad, t, lr, beta1, beta2, eps):
    m = beta1 * m + (1 - beta1) * grad
    v = beta2 * v + (1 - beta2) * grad**2
    m_hat = (beta1 * m + (1 - beta1) * grad) / (1 - beta1 ** (t + 1))
    return theta - lr * m_hat / (np.sqrt(v / (1 - beta2**t)) + eps), m, v


@nadam_step.misconception(
    "the old m",
    "Your m̂ uses the m that came in. Looking ahead means: β1 times the *new* m.",
)
def _(theta, m, v, grad, t, lr, beta1, beta2, eps):
    v = beta2 * v + (1 - beta2) * grad**2
    m_hat = beta1 * m / (1 - beta1 ** (t + 1)) + (1 - beta1) * grad / (1 - beta1**t)
    m = beta1 * m + (1 - beta1) * grad
    return theta - lr * m_hat / (np.sqrt(v / (1 - beta2**t)) + eps), m, v


@nadam_step.misconception(
    "the gradient whole",
    "The gradient enters m̂ with its full weight: it needs the factor 1-β1, as in m.",
)
def _(theta, m, v, grad, t, lr, beta1, beta2, eps):
    m = beta1 * m + (1 - beta1) * grad
    v = beta2 * v + (1 - beta2) * grad**2
    m_hat = beta1 * m / (1 - beta1 ** (t + 1)) + grad / (1 - beta1**t)
    return theta - lr * m_hat / (np.sqrt(v / (1 - beta2**t)) + eps), m, v


@nadam_step.misconception(
    "no bias correction",
    "There is no correction in your step: m, the gradient's part and v each need their own.",
)
def _(theta, m, v, grad, t, lr, beta1, beta2, eps):
    m = beta1 * m + (1 - beta1) * grad
    v = beta2 * v + (1 - beta2) * grad**2
    return theta - lr * (beta1 * m + (1 - beta1) * grad) / (np.sqrt(v) + eps), m, v


@nadam_step.misconception("v not corrected", "Your v is not corrected: divide it by 1-β2^t.")
def _(theta, m, v, grad, t, lr, beta1, beta2, eps):
    m = beta1 * m + (1 - beta1) * grad
    v = beta2 * v + (1 - beta2) * grad**2
    m_hat = beta1 * m / (1 - beta1 ** (t + 1)) + (1 - beta1) * grad / (1 - beta1**t)
    return theta - lr * m_hat / (np.sqrt(v) + eps), m, v


@nadam_step.misconception(
    "m̂ returned as m",
    "The step is right, but you return m̂ in place of m: the next step would look ahead twice.",
)
def _(theta, m, v, grad, t, lr, beta1, beta2, eps):
    m = beta1 * m + (1 - beta1) * grad
    v = beta2 * v + (1 - beta2) * grad**2
    m_hat = beta1 * m / (1 - beta1 ** (t + 1)) + (1 - beta1) * grad / (1 - beta1**t)
    return theta - lr * m_hat / (np.sqrt(v / (1 - beta2**t)) + eps), m_hat, v


@nadam_step.misconception(
    "ε inside the root", "Your ε is inside the root: in Nadam, as in Adam, it is outside."
)
def _(theta, m, v, grad, t, lr, beta1, beta2, eps):
    m = beta1 * m + (1 - beta1) * grad
    v = beta2 * v + (1 - beta2) * grad**2
    m_hat = beta1 * m / (1 - beta1 ** (t + 1)) + (1 - beta1) * grad / (1 - beta1**t)
    return theta - lr * m_hat / np.sqrt(v / (1 - beta2**t) + eps), m, v


@nadam_step.misconception(
    "ε ignored",
    "You use a fixed ε. Use the one that is passed in: the caller may want another value.",
)
def _(theta, m, v, grad, t, lr, beta1, beta2, eps):
    m = beta1 * m + (1 - beta1) * grad
    v = beta2 * v + (1 - beta2) * grad**2
    ahead = beta1 * m / (1 - beta1 ** (t + 1)) + (1 - beta1) * grad / (1 - beta1**t)
    return theta - lr * ahead / (np.sqrt(v / (1 - beta2**t)) + 1e-8), m, v


@nadam_step.misconception(
    "ε missing", "There is no ε in your denominator: gradients that are all 0 give 0 divided by 0."
)
def _(theta, m, v, grad, t, lr, beta1, beta2, eps):
    m = beta1 * m + (1 - beta1) * grad
    v = beta2 * v + (1 - beta2) * grad**2
    m_hat = beta1 * m / (1 - beta1 ** (t + 1)) + (1 - beta1) * grad / (1 - beta1**t)
    return theta - lr * m_hat / np.sqrt(v / (1 - beta2**t)), m, v


@nadam_step.misconception(
    "ε after the division",
    "a / b + ε adds ε after the division: it comes to θ, and not to the denominator. Put the sum "
    "√v̂ + ε in brackets.",
)
def _(theta, m, v, grad, t, lr, beta1, beta2, eps):
    m = beta1 * m + (1 - beta1) * grad
    v = beta2 * v + (1 - beta2) * grad**2
    m_hat = beta1 * m / (1 - beta1 ** (t + 1)) + (1 - beta1) * grad / (1 - beta1**t)
    return theta - lr * m_hat / np.sqrt(v / (1 - beta2**t)) + eps, m, v


@nadam_step.misconception(
    "ε added to the step",
    "Your ε is added to the finished step. It belongs in the denominator, beside √v̂.",
)
def _(theta, m, v, grad, t, lr, beta1, beta2, eps):
    m = beta1 * m + (1 - beta1) * grad
    v = beta2 * v + (1 - beta2) * grad**2
    m_hat = beta1 * m / (1 - beta1 ** (t + 1)) + (1 - beta1) * grad / (1 - beta1**t)
    return theta - (lr * m_hat / np.sqrt(v / (1 - beta2**t)) + eps), m, v


@nadam_step.misconception(
    "ε added to the quotient",
    "Your ε is added to m̂/√v̂, and is then multiplied by lr. It belongs in the denominator: "
    "brackets around √v̂ + ε.",
)
def _(theta, m, v, grad, t, lr, beta1, beta2, eps):
    m = beta1 * m + (1 - beta1) * grad
    v = beta2 * v + (1 - beta2) * grad**2
    m_hat = beta1 * m / (1 - beta1 ** (t + 1)) + (1 - beta1) * grad / (1 - beta1**t)
    return theta - lr * (m_hat / np.sqrt(v / (1 - beta2**t)) + eps), m, v


@nadam_step.misconception(
    "root forgotten",
    "You divide by v̂ itself. It averages squares: only its root has the size of a gradient.",
)
def _(theta, m, v, grad, t, lr, beta1, beta2, eps):
    m = beta1 * m + (1 - beta1) * grad
    v = beta2 * v + (1 - beta2) * grad**2
    m_hat = beta1 * m / (1 - beta1 ** (t + 1)) + (1 - beta1) * grad / (1 - beta1**t)
    return theta - lr * m_hat / (v / (1 - beta2**t) + eps), m, v


@nadam_step.misconception(
    "powers exchanged",
    "The two powers are exchanged: m looks one step ahead, so its power is t+1; the gradient "
    "belongs to this step, and its power is t.",
)
def _(theta, m, v, grad, t, lr, beta1, beta2, eps):
    m = beta1 * m + (1 - beta1) * grad
    v = beta2 * v + (1 - beta2) * grad**2
    m_hat = beta1 * m / (1 - beta1**t) + (1 - beta1) * grad / (1 - beta1 ** (t + 1))
    return theta - lr * m_hat / (np.sqrt(v / (1 - beta2**t)) + eps), m, v


@nadam_step.misconception(
    "β1 missing before m",
    "In m̂ the m has no factor: by the next step only β1 of it will be left.",
)
def _(theta, m, v, grad, t, lr, beta1, beta2, eps):
    m = beta1 * m + (1 - beta1) * grad
    v = beta2 * v + (1 - beta2) * grad**2
    m_hat = m / (1 - beta1 ** (t + 1)) + (1 - beta1) * grad / (1 - beta1**t)
    return theta - lr * m_hat / (np.sqrt(v / (1 - beta2**t)) + eps), m, v


@nadam_step.misconception(
    "gradient's part not corrected",
    "The part with the gradient has no correction: it is divided by 1-β1^t.",
)
def _(theta, m, v, grad, t, lr, beta1, beta2, eps):
    m = beta1 * m + (1 - beta1) * grad
    v = beta2 * v + (1 - beta2) * grad**2
    m_hat = beta1 * m / (1 - beta1 ** (t + 1)) + (1 - beta1) * grad
    return theta - lr * m_hat / (np.sqrt(v / (1 - beta2**t)) + eps), m, v


@nadam_step.misconception(
    "m's part not corrected",
    "The part with m has no correction: it looks one step ahead, so it is divided by 1-β1^(t+1).",
)
def _(theta, m, v, grad, t, lr, beta1, beta2, eps):
    m = beta1 * m + (1 - beta1) * grad
    v = beta2 * v + (1 - beta2) * grad**2
    m_hat = beta1 * m + (1 - beta1) * grad / (1 - beta1**t)
    return theta - lr * m_hat / (np.sqrt(v / (1 - beta2**t)) + eps), m, v


@nadam_step.misconception(
    "v corrected for the next step",
    "You correct v with 1-β2^(t+1). Only m looks ahead: v is Adam's, with the power t.",
)
def _(theta, m, v, grad, t, lr, beta1, beta2, eps):
    m = beta1 * m + (1 - beta1) * grad
    v = beta2 * v + (1 - beta2) * grad**2
    m_hat = beta1 * m / (1 - beta1 ** (t + 1)) + (1 - beta1) * grad / (1 - beta1**t)
    return theta - lr * m_hat / (np.sqrt(v / (1 - beta2 ** (t + 1))) + eps), m, v


@nadam_step.misconception(
    "β1 in v",
    "Your v is averaged and corrected with β1. It has a decay of its own, β2.",
)
def _(theta, m, v, grad, t, lr, beta1, beta2, eps):
    m = beta1 * m + (1 - beta1) * grad
    v = beta1 * v + (1 - beta1) * grad**2
    m_hat = beta1 * m / (1 - beta1 ** (t + 1)) + (1 - beta1) * grad / (1 - beta1**t)
    return theta - lr * m_hat / (np.sqrt(v / (1 - beta1**t)) + eps), m, v


@nadam_step.misconception(
    "the part with m alone",
    "Your m̂ looks ahead, but leaves this step's gradient out: it has two parts.",
)
def _(theta, m, v, grad, t, lr, beta1, beta2, eps):
    m = beta1 * m + (1 - beta1) * grad
    v = beta2 * v + (1 - beta2) * grad**2
    m_hat = beta1 * m / (1 - beta1 ** (t + 1))
    return theta - lr * m_hat / (np.sqrt(v / (1 - beta2**t)) + eps), m, v


@nadam_step.misconception("uphill", "You add the step. m̂ points uphill, so the step is subtracted.")
def _(theta, m, v, grad, t, lr, beta1, beta2, eps):
    m = beta1 * m + (1 - beta1) * grad
    v = beta2 * v + (1 - beta2) * grad**2
    m_hat = beta1 * m / (1 - beta1 ** (t + 1)) + (1 - beta1) * grad / (1 - beta1**t)
    return theta + lr * m_hat / (np.sqrt(v / (1 - beta2**t)) + eps), m, v


@nadam_step.misconception(
    "changes m and v in place",
    "Right numbers, but m *= … or v += … changes the caller's arrays. Build new ones.",
)
def _(theta, m, v, grad, t, lr, beta1, beta2, eps):
    m *= beta1
    m += (1 - beta1) * grad
    v *= beta2
    v += (1 - beta2) * grad**2
    m_hat = beta1 * m / (1 - beta1 ** (t + 1)) + (1 - beta1) * grad / (1 - beta1**t)
    return theta - lr * m_hat / (np.sqrt(v / (1 - beta2**t)) + eps), m, v


@nadam_step.misconception(
    "Adam's m̂ and the plain gradient",
    "You mix Adam's m̂, m/(1-β1^t), with the plain gradient. The part with m looks one step ahead, "
    "with the power t+1; and the part with the gradient is divided by 1-β1^t.",
)
def _(theta, m, v, grad, t, lr, beta1, beta2, eps):
    m = beta1 * m + (1 - beta1) * grad
    v = beta2 * v + (1 - beta2) * grad**2
    m_hat = beta1 * m / (1 - beta1**t) + (1 - beta1) * grad
    return theta - lr * m_hat / (np.sqrt(v / (1 - beta2**t)) + eps), m, v


@nadam_step.misconception(
    "exponent without brackets",
    "β1**t + 1 is (β1**t) + 1: a power comes before a sum. Put t + 1 in brackets.",
)
def _(theta, m, v, grad, t, lr, beta1, beta2, eps):
    m = beta1 * m + (1 - beta1) * grad
    v = beta2 * v + (1 - beta2) * grad**2
    m_hat = beta1 * m / (1 - beta1**t + 1) + (1 - beta1) * grad / (1 - beta1**t)
    return theta - lr * m_hat / (np.sqrt(v / (1 - beta2**t)) + eps), m, v


@nadam_step.equivalent("two parts, each corrected first")
def _(theta, m, v, grad, t, lr, beta1, beta2, eps):
    m = m + (1 - beta1) * (grad - m)
    v = v + (1 - beta2) * (grad * grad - v)
    ahead = m / (1 - beta1 ** (t + 1))
    now = grad / (1 - beta1**t)
    root = np.power(v / (1 - beta2**t), 0.5)
    return theta - lr * (beta1 * ahead + (1 - beta1) * now) / (root + eps), m, v


@nadam_step.equivalent("a loop over the parameters")
def _(theta, m, v, grad, t, lr, beta1, beta2, eps):
    theta, m, v = np.array(theta), np.array(m), np.array(v)
    for i in np.ndindex(theta.shape):
        m[i] = beta1 * m[i] + (1 - beta1) * grad[i]
        v[i] = beta2 * v[i] + (1 - beta2) * grad[i] ** 2
        top = beta1 * m[i] / (1 - beta1 ** (t + 1)) + (1 - beta1) * grad[i] / (1 - beta1**t)
        theta[i] -= lr * top / ((v[i] / (1 - beta2**t)) ** 0.5 + eps)
    return theta, m, v
