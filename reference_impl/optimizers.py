"""Optimizers, one step per function: new values out, the arguments as they were.

Every function reads as its paper does, in the order in which one idea grew out of another:
momentum and Nesterov's look ahead, a learning rate for each parameter, and Adam, which has both.
State (v, G, s, m, …) starts at zeros of the shape of theta. Arrays of different shapes are a
ValueError in every step. `descent` has the loops around such steps, and `optim` the same formulas
in place, for training.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from reference_impl._validate import Array, between, not_negative, positive, same_shape

AdamStep = Callable[
    [Array, Array, Array, Array, int, float, float, float, float], tuple[Array, Array, Array]
]


def momentum_step(
    theta: Array, v: Array, grad: Array, lr: float, beta: float
) -> tuple[Array, Array]:
    """A step along the moving average of the gradients.

    v = β v + (1-β) g
    θ = θ - η v

    Parameters
    ----------
    theta, v, grad : parameters, average and gradient, of one shape
    lr : learning rate η, outside the average
    beta : weight of the past; 0 is gradient descent, and at 1 nothing moves from v = 0

    Returns
    -------
    (theta, v)

    Raises
    ------
    ValueError : beta outside [0, 1]
    """
    same_shape(theta=theta, v=v, grad=grad)
    between("beta", beta, 0, 1)
    v = beta * v + (1 - beta) * grad
    theta = theta - lr * v
    return theta, v


def heavy_ball_step(
    theta: Array, v: Array, grad: Array, lr: float, momentum: float
) -> tuple[Array, Array]:
    """A step with a velocity: the past decays, the gradient pushes with full weight.

    v = μ v + η g
    θ = θ - v

    The learning rate is inside v: a change of it reaches the old pushes only as they decay.
    PyTorch's SGD keeps it outside (b = μb + g, θ -= η b), which is the same while η is constant.

    Parameters
    ----------
    theta, v, grad : parameters, velocity and gradient, of one shape
    lr : learning rate η
    momentum : share μ of the velocity that stays; at 1 nothing is lost

    Returns
    -------
    (theta, v)

    Source: Polyak, "Some methods of speeding up the convergence of iteration methods", 1964.
    """
    same_shape(theta=theta, v=v, grad=grad)
    v = momentum * v + lr * grad
    theta = theta - v
    return theta, v


def equivalent_lr(lr: float, beta: float) -> float:
    """The learning rate at which `heavy_ball_step` follows `momentum_step` at lr.

    η_heavy = η (1-β)

    Parameters
    ----------
    lr : learning rate η of `momentum_step`, constant
    beta : β of `momentum_step`, and momentum of `heavy_ball_step`

    Returns
    -------
    η_heavy

    Raises
    ------
    ValueError : beta outside [0, 1]
    """
    between("beta", beta, 0, 1)
    return lr * (1 - beta)


def nag_step(
    theta: Array, v: Array, grad_fn: Callable[[Array], Array], lr: float, momentum: float
) -> tuple[Array, Array]:
    """Nesterov's step: look ahead to where the velocity leads, and take the gradient there.

    v = μ v + η ∇f(θ - μ v)
    θ = θ - v

    Parameters
    ----------
    theta, v : parameters and velocity, of one shape
    grad_fn : the function ∇f; called once
    lr : learning rate η
    momentum : share μ of the velocity that stays

    Returns
    -------
    (theta, v)

    Source: Nesterov, "A method of solving a convex programming problem with convergence rate
    O(1/k²)", 1983; in this form Sutskever et al., "On the importance of initialization and
    momentum in deep learning", 2013.
    """
    grad = grad_fn(theta - momentum * v)
    same_shape(theta=theta, v=v, grad=grad)
    v = momentum * v + lr * grad
    theta = theta - v
    return theta, v


def nag_step_stored(
    theta: Array, v: Array, grad: Array, lr: float, momentum: float
) -> tuple[Array, Array]:
    """Nesterov's step when the stored point is the look-ahead point, as in PyTorch.

    v = μ v + g
    θ = θ - η (g + μ v)

    With φ and u the parameters and velocity of `nag_step` and η constant: θ = φ - μ u, v = u / η.

    Parameters
    ----------
    theta, v, grad : look-ahead point, velocity and the gradient at theta, of one shape
    lr : learning rate η
    momentum : share μ of the velocity that stays

    Returns
    -------
    (theta, v)

    Source: Bengio, Boulanger-Lewandowski and Pascanu, "Advances in Optimizing Recurrent
    Networks", 2013, section 3.5.
    """
    same_shape(theta=theta, v=v, grad=grad)
    v = momentum * v + grad
    theta = theta - lr * (grad + momentum * v)
    return theta, v


def adagrad_step(theta: Array, G: Array, grad: Array, lr: float, eps: float) -> tuple[Array, Array]:
    """A learning rate for each parameter, smaller the more gradient it has seen.

    G = G + g²
    θ = θ - η g / √(G + ε)

    Parameters
    ----------
    theta, G, grad : parameters, sum of squared gradients and gradient, of one shape
    lr : learning rate η
    eps : ε, inside the root

    Returns
    -------
    (theta, G)

    Source: Duchi, Hazan and Singer, "Adaptive Subgradient Methods for Online Learning and
    Stochastic Optimization", 2011.
    """
    same_shape(theta=theta, G=G, grad=grad)
    G = G + grad**2
    theta = theta - lr * grad / np.sqrt(G + eps)
    return theta, G


def rmsprop_step(
    theta: Array, s: Array, grad: Array, lr: float, beta: float, eps: float
) -> tuple[Array, Array]:
    """AdaGrad that forgets: the moving average of the squared gradients in place of their sum.

    s = β s + (1-β) g²
    θ = θ - η g / √(s + ε)

    Parameters
    ----------
    theta, s, grad : parameters, average of squared gradients and gradient, of one shape
    lr : learning rate η
    beta : weight of the past
    eps : ε, inside the root

    Returns
    -------
    (theta, s)

    Source: Tieleman and Hinton, "Neural Networks for Machine Learning", lecture 6.5, 2012.
    """
    same_shape(theta=theta, s=s, grad=grad)
    s = beta * s + (1 - beta) * grad**2
    theta = theta - lr * grad / np.sqrt(s + eps)
    return theta, s


def adadelta_step(
    theta: Array, s: Array, d: Array, grad: Array, rho: float, eps: float
) -> tuple[Array, Array, Array]:
    """RMSprop whose learning rate is the size of its own past updates.

    s = ρ s + (1-ρ) g²
    Δθ = - √(d + ε) / √(s + ε) · g
    d = ρ d + (1-ρ) Δθ²
    θ = θ + Δθ

    Parameters
    ----------
    theta, grad : parameters and gradient, of one shape
    s, d : averages of squared gradients and of squared updates, of the shape of theta
    rho : weight of the past
    eps : ε, inside both roots; the first updates are as large as it lets them be

    Returns
    -------
    (theta, s, d)

    Source: Zeiler, "ADADELTA: An Adaptive Learning Rate Method", 2012, algorithm 1.
    """
    same_shape(theta=theta, s=s, d=d, grad=grad)
    s = rho * s + (1 - rho) * grad**2
    delta = -np.sqrt(d + eps) / np.sqrt(s + eps) * grad
    d = rho * d + (1 - rho) * delta**2
    theta = theta + delta
    return theta, s, d


def adam_step(
    theta: Array,
    m: Array,
    v: Array,
    grad: Array,
    t: int,
    lr: float,
    beta1: float,
    beta2: float,
    eps: float,
) -> tuple[Array, Array, Array]:
    """Momentum over RMSprop, both averages corrected for their start at 0.

    m = β1 m + (1-β1) g
    v = β2 v + (1-β2) g²
    m̂ = m / (1 - β1^t),   v̂ = v / (1 - β2^t)
    θ = θ - η m̂ / (√v̂ + ε)

    Parameters
    ----------
    theta, m, v, grad : parameters, first and second moment and gradient, of one shape
    t : number of this step, from 1
    lr : learning rate η
    beta1, beta2 : weights of the past; in the paper 0.9 and 0.999
    eps : ε, outside the root; in the paper 1e-8

    Returns
    -------
    (theta, m, v), the moments as averaged, not corrected

    Raises
    ------
    ValueError : t below 1

    Source: Kingma and Ba, "Adam: A Method for Stochastic Optimization", 2015, algorithm 1.
    """
    same_shape(theta=theta, m=m, v=v, grad=grad)
    positive(t=t)
    m = beta1 * m + (1 - beta1) * grad
    v = beta2 * v + (1 - beta2) * grad**2
    m_hat = m / (1 - beta1**t)
    v_hat = v / (1 - beta2**t)
    theta = theta - lr * m_hat / (np.sqrt(v_hat) + eps)
    return theta, m, v


def adamw_step(
    theta: Array,
    m: Array,
    v: Array,
    grad: Array,
    t: int,
    lr: float,
    beta1: float,
    beta2: float,
    eps: float,
    weight_decay: float,
) -> tuple[Array, Array, Array]:
    """Adam, and beside it a decay of the weights that the moments never see.

    m, v, m̂, v̂ as in `adam_step`
    θ = θ - η (m̂ / (√v̂ + ε) + λ θ)

    Adding λ θ to g instead is L2 regularization: there √v̂ divides it too, and weights with large
    gradients hardly decay. In the paper λ is not multiplied by η, only by the schedule's factor;
    PyTorch and Keras multiply it by the learning rate, as here.

    Parameters
    ----------
    theta, m, v, grad, t, lr, beta1, beta2, eps : as in `adam_step`
    weight_decay : λ, 0 or more; 0 is Adam

    Returns
    -------
    (theta, m, v), the moments as averaged, not corrected

    Raises
    ------
    ValueError : t below 1, or weight_decay negative

    Source: Loshchilov and Hutter, "Decoupled Weight Decay Regularization", 2019, algorithm 2.
    """
    not_negative(weight_decay=weight_decay)
    adam_theta, m, v = adam_step(theta, m, v, grad, t, lr, beta1, beta2, eps)
    theta = adam_theta - lr * weight_decay * theta
    return theta, m, v


def nadam_step(
    theta: Array,
    m: Array,
    v: Array,
    grad: Array,
    t: int,
    lr: float,
    beta1: float,
    beta2: float,
    eps: float,
) -> tuple[Array, Array, Array]:
    """Adam that looks ahead as Nesterov does, with a constant β1.

    m = β1 m + (1-β1) g
    v = β2 v + (1-β2) g²
    m̂ = β1 m / (1 - β1^(t+1)) + (1-β1) g / (1 - β1^t),   v̂ = v / (1 - β2^t)
    θ = θ - η m̂ / (√v̂ + ε)

    Parameters, returns, errors: as `adam_step`.

    Source: Dozat, "Incorporating Nesterov Momentum into Adam", 2016, with μ_t = β1.
    """
    same_shape(theta=theta, m=m, v=v, grad=grad)
    positive(t=t)
    m = beta1 * m + (1 - beta1) * grad
    v = beta2 * v + (1 - beta2) * grad**2
    m_hat = beta1 * m / (1 - beta1 ** (t + 1)) + (1 - beta1) * grad / (1 - beta1**t)
    v_hat = v / (1 - beta2**t)
    theta = theta - lr * m_hat / (np.sqrt(v_hat) + eps)
    return theta, m, v


STATES = {
    "sgd": 0,
    "momentum": 1,
    "nag": 1,
    "adagrad": 1,
    "rmsprop": 1,
    "adadelta": 2,
    "adam": 2,
    "nadam": 2,
}
"""How many arrays of the shape of theta each optimizer keeps from step to step."""


def optimizer_memory(name: str, n: int) -> int:
    """How many floats an optimizer keeps besides n parameters and their gradients.

    Parameters
    ----------
    name : sgd, momentum, nag, adagrad, rmsprop, adadelta, adam or nadam
    n : number of parameters

    Returns
    -------
    0, n or 2n

    Raises
    ------
    ValueError : a name that is not one of these
    """
    if name not in STATES:
        raise ValueError(f"name is {name!r}; it must be one of {', '.join(STATES)}")
    return STATES[name] * n


def is_adam(step: AdamStep) -> bool:
    """Whether a function with `adam_step`'s contract is Adam.

    Runs it beside `adam_step` from states that are not zero, over several steps, with gradients
    from 0 over ε to 1000, a learning rate that changes and several β and ε, in several shapes. A
    function that raises, changes an argument, or changes what it returned earlier, is not Adam.

    Parameters
    ----------
    step : (theta, m, v, grad, t, lr, beta1, beta2, eps) → (theta, m, v), for any shape

    Returns
    -------
    True if every value agrees to 1 part in 10⁷
    """
    rng = np.random.default_rng(0)
    magnitudes = np.array([1e3, 1.0, 1e-3, 1e-8, 1e-8, 0.0])
    for shape in [(6,), (2, 3), (6, 1), ()]:
        for beta1, beta2, eps in [(0.9, 0.999, 1e-8), (0.5, 0.8, 1e-3), (0.0, 0.9, 1e-8)]:
            # Both starts: zeros, where the correction matters most, and the middle of a run.
            for start in (1, 7):
                scale = np.resize(magnitudes, shape) if shape else np.array(1e-8)
                theta = rng.normal(size=shape)
                m = (start > 1) * rng.normal(size=shape) * scale
                v = (start > 1) * rng.uniform(0.5, 2, size=shape) * scale**2
                if not _follows_adam(step, (theta, m, v), scale, start, (beta1, beta2, eps), rng):
                    return False
    return True


def _follows_adam(
    step: AdamStep,
    state: tuple[Array, Array, Array],
    scale: Array,
    start: int,
    betas_eps: tuple[float, float, float],
    rng: np.random.Generator,
) -> bool:
    """Five steps of `step` and of `adam_step` side by side."""
    given, expected = state, state
    history = []
    for t in range(start, start + 5):
        grad = rng.normal(size=np.shape(scale)) * scale
        lr = 0.1 / t
        arguments = (*given, grad)
        before = [np.array(a) for a in arguments]
        try:
            with np.errstate(all="ignore"):
                given = step(*arguments, t, lr, *betas_eps)
            if len(given) != 3 or not all(map(np.array_equal, arguments, before)):
                return False
        except Exception:
            return False
        expected = adam_step(*expected, grad, t, lr, *betas_eps)
        history.append((given, expected))
    # Compared at the end: a function may hand out a buffer that its next call overwrites.
    return all(
        np.shape(a) == np.shape(b) and np.allclose(a, b, rtol=1e-7, atol=0)
        for outputs in history
        for a, b in zip(*outputs, strict=True)
    )
