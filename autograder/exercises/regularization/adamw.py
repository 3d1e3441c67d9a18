"""Adam, with a decay of the weights that does not pass through it."""

from __future__ import annotations

from typing import Any

import numpy as np

from autograder.checking.drive import Call, Previous
from autograder.checking.exercise import Case, Exercise
from autograder.exercises._cases import Rng, call, gradients, walk
from reference_impl import optimizers as reference

EPS = 1e-8
BETAS = (0.9, 0.999)

adamw_step = Exercise(
    "adamw_step",
    reference=reference.adamw_step,
    outputs=("theta", "m", "v"),
    hint="m, v, m̂ and v̂ from the gradient alone, as in Adam; then θ - lr·(m̂/(√v̂ + ε) + λθ).",
    minutes=12,
    difficulty=3,
)


def _in_a_run(rng: Rng, shape: tuple[int, ...]) -> tuple[Any, Any, Any]:
    """Parameters and moments as they are in the middle of a run."""
    theta = rng.uniform(0.5, 2.0, shape) * rng.choice((-1.0, 1.0), shape)
    return theta, 0.3 * rng.normal(size=shape), rng.uniform(0.1, 1.0, shape)


@adamw_step.cases("one step", points=2)
def _(rng: Rng) -> list[Case]:
    grad = gradients(rng, 1, (3,))[0]
    return [
        call("step 7 of a run", *_in_a_run(rng, (3,)), grad, 7, 0.1, *BETAS, EPS, 0.2),
        call("step 1", *_in_a_run(rng, (1,)), np.array([-1.5]), 1, 0.5, 0.7, 0.95, EPS, 0.05),
        call("no decay", *_in_a_run(rng, (2,)), grad[:2], 3, 0.1, *BETAS, EPS, 0.0),
    ]


@adamw_step.cases("several steps", points=2)
def _(rng: Rng) -> list[Case]:
    shape = (2, 3)
    start = _in_a_run(rng, shape)[0], np.zeros(shape), np.zeros(shape)
    moving = []
    for t, (lr, decay) in enumerate([(0.1, 0.5), (0.05, 0.1), (0.2, 0.3)], start=4):
        state = _in_a_run(rng, shape) if t == 4 else [Previous(i) for i in range(3)]
        moving.append(Call((*state, gradients(rng, 1, shape)[0], t, lr, 0.8, 0.99, EPS, decay)))
    return [
        walk(
            "five steps from zero moments, a learning rate that changes",
            start,
            gradients(rng, 5, shape),
            *BETAS,
            EPS,
            0.1,
            lrs=(0.1, 0.05, 0.2, 0.02, 0.01),
            count=True,
        ),
        Case("steps 4 to 6 of a run, the decay and the learning rate changing", tuple(moving)),
    ]


@adamw_step.cases("ε, and gradients of 0", points=1)
def _(rng: Rng) -> list[Case]:
    shape = (3,)
    theta = _in_a_run(rng, shape)[0]
    zeros = np.zeros(shape)
    small = gradients(rng, 4, shape, EPS)
    return [
        walk(
            "gradients as small as ε",
            (theta, zeros, zeros),
            small,
            *BETAS,
            EPS,
            0.3,
            lrs=(0.1,) * 4,
            count=True,
        ),
        call("a gradient of 0: only the decay", theta, zeros, zeros, zeros, 1, 0.1, *BETAS, EPS, 2),
        call("ε = 0.1", *_in_a_run(rng, shape), small[0], 3, 0.1, *BETAS, 0.1, 0.4),
    ]


@adamw_step.misconception(
    "L2 through the gradient",
    "You add λθ to the gradient, so it passes through m and v and is divided by √v̂: that is L2 "
    "regularization in Adam. Decoupled decay leaves the gradient as it is.",
)
def _(theta, m, v, grad, t, lr, beta1, beta2, eps, weight_decay):
    grad = grad + weight_decay * theta
    m = beta1 * m + (1 - beta1) * grad
    v = beta2 * v + (1 - beta2) * grad**2
    m_hat, v_hat = m / (1 - beta1**t), v / (1 - beta2**t)
    return theta - lr * m_hat / (np.sqrt(v_hat) + eps), m, v


@adamw_step.misconception(
    "L2 with its factor 2",
    "You add 2λθ to the gradient, so it passes through m and v and is divided by √v̂: that is L2 "
    "regularization in Adam. Decoupled decay leaves the gradient as it is.",
)
def _(theta, m, v, grad, t, lr, beta1, beta2, eps, weight_decay):
    grad = grad + 2 * weight_decay * theta
    m = beta1 * m + (1 - beta1) * grad
    v = beta2 * v + (1 - beta2) * grad**2
    m_hat, v_hat = m / (1 - beta1**t), v / (1 - beta2**t)
    return theta - lr * m_hat / (np.sqrt(v_hat) + eps), m, v


@adamw_step.misconception(
    "decay not multiplied by lr",
    "Your decay is λθ whatever the learning rate: here it is lr·λ·θ, so that both parts of the "
    "step shrink together.",
)
def _(theta, m, v, grad, t, lr, beta1, beta2, eps, weight_decay):
    m = beta1 * m + (1 - beta1) * grad
    v = beta2 * v + (1 - beta2) * grad**2
    m_hat, v_hat = m / (1 - beta1**t), v / (1 - beta2**t)
    return theta - lr * m_hat / (np.sqrt(v_hat) + eps) - weight_decay * theta, m, v


@adamw_step.misconception(
    "decay divided by √v̂",
    "Your λθ is in the numerator, so √v̂ divides it, too: it belongs beside the fraction.",
)
def _(theta, m, v, grad, t, lr, beta1, beta2, eps, weight_decay):
    m = beta1 * m + (1 - beta1) * grad
    v = beta2 * v + (1 - beta2) * grad**2
    m_hat, v_hat = m / (1 - beta1**t), v / (1 - beta2**t)
    return theta - lr * (m_hat + weight_decay * theta) / (np.sqrt(v_hat) + eps), m, v


@adamw_step.misconception(
    "decay of the moved weights",
    "You take the step first, and then decay the new weights: the formula decays the θ at which "
    "the step began.",
)
def _(theta, m, v, grad, t, lr, beta1, beta2, eps, weight_decay):
    m = beta1 * m + (1 - beta1) * grad
    v = beta2 * v + (1 - beta2) * grad**2
    m_hat, v_hat = m / (1 - beta1**t), v / (1 - beta2**t)
    theta = theta - lr * m_hat / (np.sqrt(v_hat) + eps)
    return theta - lr * weight_decay * theta, m, v


@adamw_step.misconception(
    "decay missing", "This is Adam without any decay: weight_decay does not appear in your step."
)
def _(theta, m, v, grad, t, lr, beta1, beta2, eps, weight_decay):
    m = beta1 * m + (1 - beta1) * grad
    v = beta2 * v + (1 - beta2) * grad**2
    m_hat, v_hat = m / (1 - beta1**t), v / (1 - beta2**t)
    return theta - lr * m_hat / (np.sqrt(v_hat) + eps), m, v


@adamw_step.misconception(
    "weights that grow", "The decay has the wrong sign: your weights grow. Subtract lr·λ·θ."
)
def _(theta, m, v, grad, t, lr, beta1, beta2, eps, weight_decay):
    m = beta1 * m + (1 - beta1) * grad
    v = beta2 * v + (1 - beta2) * grad**2
    m_hat, v_hat = m / (1 - beta1**t), v / (1 - beta2**t)
    return theta - lr * m_hat / (np.sqrt(v_hat) + eps) + lr * weight_decay * theta, m, v


@adamw_step.misconception(
    "decay with a factor 2",
    "Your decay has a factor 2, as if it were the gradient of λθ²: it is lr·λ·θ here.",
)
def _(theta, m, v, grad, t, lr, beta1, beta2, eps, weight_decay):
    m = beta1 * m + (1 - beta1) * grad
    v = beta2 * v + (1 - beta2) * grad**2
    m_hat, v_hat = m / (1 - beta1**t), v / (1 - beta2**t)
    return theta - lr * (m_hat / (np.sqrt(v_hat) + eps) + 2 * weight_decay * theta), m, v


@adamw_step.misconception(
    "sign of the weights", "You decay by sign(θ), as L1 does: the decay is proportional to θ."
)
def _(theta, m, v, grad, t, lr, beta1, beta2, eps, weight_decay):
    m = beta1 * m + (1 - beta1) * grad
    v = beta2 * v + (1 - beta2) * grad**2
    m_hat, v_hat = m / (1 - beta1**t), v / (1 - beta2**t)
    return theta - lr * (m_hat / (np.sqrt(v_hat) + eps) + weight_decay * np.sign(theta)), m, v


@adamw_step.misconception(
    "no bias correction",
    "The bias correction is missing: divide m by 1-β1^t and v by 1-β2^t before you step.",
)
def _(theta, m, v, grad, t, lr, beta1, beta2, eps, weight_decay):
    m = beta1 * m + (1 - beta1) * grad
    v = beta2 * v + (1 - beta2) * grad**2
    return theta - lr * (m / (np.sqrt(v) + eps) + weight_decay * theta), m, v


@adamw_step.misconception("ε inside the root", "Your ε is inside the root: Adam has it outside.")
def _(theta, m, v, grad, t, lr, beta1, beta2, eps, weight_decay):
    m = beta1 * m + (1 - beta1) * grad
    v = beta2 * v + (1 - beta2) * grad**2
    m_hat, v_hat = m / (1 - beta1**t), v / (1 - beta2**t)
    return theta - lr * (m_hat / np.sqrt(v_hat + eps) + weight_decay * theta), m, v


@adamw_step.misconception(
    "v without the square", "v averages the gradient itself: it is the *square* that goes into v."
)
def _(theta, m, v, grad, t, lr, beta1, beta2, eps, weight_decay):
    m = beta1 * m + (1 - beta1) * grad
    v = beta2 * v + (1 - beta2) * grad
    m_hat, v_hat = m / (1 - beta1**t), v / (1 - beta2**t)
    return theta - lr * (m_hat / (np.sqrt(v_hat) + eps) + weight_decay * theta), m, v


@adamw_step.misconception("no root", "The root is missing: the denominator is √v̂ + ε.")
def _(theta, m, v, grad, t, lr, beta1, beta2, eps, weight_decay):
    m = beta1 * m + (1 - beta1) * grad
    v = beta2 * v + (1 - beta2) * grad**2
    m_hat, v_hat = m / (1 - beta1**t), v / (1 - beta2**t)
    return theta - lr * (m_hat / (v_hat + eps) + weight_decay * theta), m, v


@adamw_step.misconception(
    "no ε", "ε is missing: with a gradient of 0 from the start your fraction is 0/0."
)
def _(theta, m, v, grad, t, lr, beta1, beta2, eps, weight_decay):
    m = beta1 * m + (1 - beta1) * grad
    v = beta2 * v + (1 - beta2) * grad**2
    m_hat, v_hat = m / (1 - beta1**t), v / (1 - beta2**t)
    return theta - lr * (m_hat / np.sqrt(v_hat) + weight_decay * theta), m, v


@adamw_step.misconception(
    "corrected moments returned",
    "You return m̂ and v̂: the next step needs m and v, uncorrected.",
)
def _(theta, m, v, grad, t, lr, beta1, beta2, eps, weight_decay):
    m_hat = (beta1 * m + (1 - beta1) * grad) / (1 - beta1**t)
    v_hat = (beta2 * v + (1 - beta2) * grad**2) / (1 - beta2**t)
    theta = theta - lr * (m_hat / (np.sqrt(v_hat) + eps) + weight_decay * theta)
    return theta, m_hat, v_hat


@adamw_step.misconception(
    "corrected with t - 1",
    "Your corrections use t - 1. t counts from 1, and is the number of this step: 1 - β^t.",
)
def _(theta, m, v, grad, t, lr, beta1, beta2, eps, weight_decay):
    m = beta1 * m + (1 - beta1) * grad
    v = beta2 * v + (1 - beta2) * grad**2
    with np.errstate(all="ignore"):
        m_hat = m / (1 - np.float64(beta1) ** (t - 1))
        v_hat = v / (1 - np.float64(beta2) ** (t - 1))
        return theta - lr * (m_hat / (np.sqrt(v_hat) + eps) + weight_decay * theta), m, v


@adamw_step.misconception(
    "corrected with t + 1",
    "Your corrections use t + 1. t counts from 1, and is the number of this step: 1 - β^t.",
)
def _(theta, m, v, grad, t, lr, beta1, beta2, eps, weight_decay):
    m = beta1 * m + (1 - beta1) * grad
    v = beta2 * v + (1 - beta2) * grad**2
    m_hat, v_hat = m / (1 - beta1 ** (t + 1)), v / (1 - beta2 ** (t + 1))
    return theta - lr * (m_hat / (np.sqrt(v_hat) + eps) + weight_decay * theta), m, v


@adamw_step.misconception(
    "ε outside the fraction",
    "`m̂ / √v̂ + ε` adds ε after the division: put √v̂ + ε in brackets.",
)
def _(theta, m, v, grad, t, lr, beta1, beta2, eps, weight_decay):
    m = beta1 * m + (1 - beta1) * grad
    v = beta2 * v + (1 - beta2) * grad**2
    m_hat, v_hat = m / (1 - beta1**t), v / (1 - beta2**t)
    with np.errstate(all="ignore"):
        return theta - lr * (m_hat / np.sqrt(v_hat) + eps + weight_decay * theta), m, v


@adamw_step.misconception(
    "β1 in both corrections",
    "You correct v with β1: m belongs to β1, v to β2.",
)
def _(theta, m, v, grad, t, lr, beta1, beta2, eps, weight_decay):
    m = beta1 * m + (1 - beta1) * grad
    v = beta2 * v + (1 - beta2) * grad**2
    m_hat, v_hat = m / (1 - beta1**t), v / (1 - beta1**t)
    return theta - lr * (m_hat / (np.sqrt(v_hat) + eps) + weight_decay * theta), m, v


@adamw_step.misconception(
    "β1 and β2 exchanged",
    "β1 and β2 are exchanged: m forgets quickly, with β1; v remembers long, with β2.",
)
def _(theta, m, v, grad, t, lr, beta1, beta2, eps, weight_decay):
    m = beta2 * m + (1 - beta2) * grad
    v = beta1 * v + (1 - beta1) * grad**2
    m_hat, v_hat = m / (1 - beta2**t), v / (1 - beta1**t)
    return theta - lr * (m_hat / (np.sqrt(v_hat) + eps) + weight_decay * theta), m, v


@adamw_step.misconception(
    "uphill",
    "You add the gradient's part, and so walk uphill: both parts are subtracted.",
)
def _(theta, m, v, grad, t, lr, beta1, beta2, eps, weight_decay):
    m = beta1 * m + (1 - beta1) * grad
    v = beta2 * v + (1 - beta2) * grad**2
    m_hat, v_hat = m / (1 - beta1**t), v / (1 - beta2**t)
    return theta + lr * m_hat / (np.sqrt(v_hat) + eps) - lr * weight_decay * theta, m, v


@adamw_step.misconception(
    "gradient in place of m",
    "Your step uses the gradient itself: m is updated, but does nothing. The step goes along m̂.",
)
def _(theta, m, v, grad, t, lr, beta1, beta2, eps, weight_decay):
    m = beta1 * m + (1 - beta1) * grad
    v = beta2 * v + (1 - beta2) * grad**2
    v_hat = v / (1 - beta2**t)
    return theta - lr * (grad / (np.sqrt(v_hat) + eps) + weight_decay * theta), m, v


@adamw_step.misconception(
    "decay of the moments as well",
    "You shrink m by the decay as well: the decay touches θ alone.",
)
def _(theta, m, v, grad, t, lr, beta1, beta2, eps, weight_decay):
    m = beta1 * m + (1 - beta1) * grad
    v = beta2 * v + (1 - beta2) * grad**2
    m_hat, v_hat = m / (1 - beta1**t), v / (1 - beta2**t)
    theta = theta - lr * (m_hat / (np.sqrt(v_hat) + eps) + weight_decay * theta)
    return theta, m - lr * weight_decay * m, v


@adamw_step.equivalent("shrink first, as PyTorch does")
def _(theta, m, v, grad, t, lr, beta1, beta2, eps, weight_decay):
    m = beta1 * m + (1 - beta1) * grad
    v = beta2 * v + (1 - beta2) * grad * grad
    theta = (1 - lr * weight_decay) * theta
    return theta - lr * m / (1 - beta1**t) / (np.sqrt(v / (1 - beta2**t)) + eps), m, v


@adamw_step.equivalent("both corrections in the learning rate")
def _(theta, m, v, grad, t, lr, beta1, beta2, eps, weight_decay):
    m = m + (1 - beta1) * (grad - m)
    v = v + (1 - beta2) * (grad**2 - v)
    root = np.sqrt(1 - beta2**t)
    step = lr * root / (1 - beta1**t) * m / (np.sqrt(v) + eps * root)
    return theta - step - lr * weight_decay * theta, m, v
