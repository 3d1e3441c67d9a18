"""Notebook 04: Nadam."""

from __future__ import annotations

import numpy as np

from autograder.exercise import Exercise
from autograder.exercises.adam import one_step, several_steps, small_gradients
from reference_impl import optimizers as reference

NOTEBOOK = "04_adaptive"

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
    "This is Adam: m̂ is m/(1-β1^t). Nadam's m̂ is the mix of the new m and this gradient.",
)
def _(theta, m, v, grad, t, lr, beta1, beta2, eps):
    m = beta1 * m + (1 - beta1) * grad
    v = beta2 * v + (1 - beta2) * grad**2
    return theta - lr * (m / (1 - beta1**t)) / (np.sqrt(v / (1 - beta2**t)) + eps), m, v


@nadam_step.misconception(
    "power t for both",
    "You correct both parts with 1-β1^t. The part with m looks one step ahead: its power is t+1.",
)
def _(theta, m, v, grad, t, lr, beta1, beta2, eps):
    m = beta1 * m + (1 - beta1) * grad
    v = beta2 * v + (1 - beta2) * grad**2
    m_hat = (beta1 * m + (1 - beta1) * grad) / (1 - beta1**t)
    return theta - lr * m_hat / (np.sqrt(v / (1 - beta2**t)) + eps), m, v


@nadam_step.misconception(
    "power t+1 for both",
    "You correct both parts with 1-β1^(t+1). The gradient is of this step: its power is t.",
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
    "There is no correction in your step: m, the gradient's part and v each need theirs.",
)
def _(theta, m, v, grad, t, lr, beta1, beta2, eps):
    m = beta1 * m + (1 - beta1) * grad
    v = beta2 * v + (1 - beta2) * grad**2
    return theta - lr * (beta1 * m + (1 - beta1) * grad) / (np.sqrt(v) + eps), m, v


@nadam_step.misconception("v not corrected", "Your v goes uncorrected: divide it by 1-β2^t.")
def _(theta, m, v, grad, t, lr, beta1, beta2, eps):
    m = beta1 * m + (1 - beta1) * grad
    v = beta2 * v + (1 - beta2) * grad**2
    m_hat = beta1 * m / (1 - beta1 ** (t + 1)) + (1 - beta1) * grad / (1 - beta1**t)
    return theta - lr * m_hat / (np.sqrt(v) + eps), m, v


@nadam_step.misconception(
    "m̂ returned as m",
    "The step is right, but you hand back m̂ in place of m: the next step would look ahead twice.",
)
def _(theta, m, v, grad, t, lr, beta1, beta2, eps):
    m = beta1 * m + (1 - beta1) * grad
    v = beta2 * v + (1 - beta2) * grad**2
    m_hat = beta1 * m / (1 - beta1 ** (t + 1)) + (1 - beta1) * grad / (1 - beta1**t)
    return theta - lr * m_hat / (np.sqrt(v / (1 - beta2**t)) + eps), m_hat, v


@nadam_step.misconception(
    "ε inside the root", "Your ε stands inside the root: in Nadam, as in Adam, it is outside."
)
def _(theta, m, v, grad, t, lr, beta1, beta2, eps):
    m = beta1 * m + (1 - beta1) * grad
    v = beta2 * v + (1 - beta2) * grad**2
    m_hat = beta1 * m / (1 - beta1 ** (t + 1)) + (1 - beta1) * grad / (1 - beta1**t)
    return theta - lr * m_hat / np.sqrt(v / (1 - beta2**t) + eps), m, v


@nadam_step.misconception(
    "ε ignored",
    "Yours has an ε of its own. Use the one that is passed in: someone may want another.",
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
