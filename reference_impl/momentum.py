"""Momentum: a memory of the gradients, plain and with Nesterov's look ahead.

One step a function: new values out, arguments as they were; the velocity starts at zeros.
"""

from __future__ import annotations

from collections.abc import Callable

from reference_impl._validate import Array, between, same_shape


def momentum_step(
    theta: Array, v: Array, grad: Array, lr: float, beta: float
) -> tuple[Array, Array]:
    """A step along the moving average of the gradients.

    v = β v + (1-β) g
    θ = θ - α v

    Parameters
    ----------
    theta, v, grad : parameters, average and gradient, of one shape
    lr : learning rate α, outside the average
    beta : weight of the past; 0 is gradient descent, and at 1 nothing moves from v = 0

    Returns
    -------
    (theta, v)

    Raises
    ------
    ValueError : different shapes, or beta outside [0, 1]
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

    Raises
    ------
    ValueError : different shapes

    Source: Polyak, "Some methods of speeding up the convergence of iteration methods", 1964.
    """
    same_shape(theta=theta, v=v, grad=grad)
    v = momentum * v + lr * grad
    theta = theta - v
    return theta, v


def equivalent_lr(lr: float, beta: float) -> float:
    """The learning rate at which `heavy_ball_step` follows `momentum_step` at lr.

    η = α (1-β)

    Parameters
    ----------
    lr : learning rate α of `momentum_step`, constant
    beta : β of `momentum_step`, and momentum of `heavy_ball_step`

    Returns
    -------
    η

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

    Raises
    ------
    ValueError : different shapes

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

    Raises
    ------
    ValueError : different shapes

    Source: Bengio, Boulanger-Lewandowski and Pascanu, "Advances in Optimizing Recurrent
    Networks", 2013, section 3.5.
    """
    same_shape(theta=theta, v=v, grad=grad)
    v = momentum * v + grad
    theta = theta - lr * (grad + momentum * v)
    return theta, v
