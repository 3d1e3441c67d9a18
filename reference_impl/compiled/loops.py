"""Each optimizer's step as one loop over the parameters: θ, g and the state, element by element.

The arguments of each are the vectors θ, g and the rows of the state, then the numbers that its
optimizer's `coefficients` and `numbers` give. The formulas, and their sources, stand in `optim`.
The annotations are what `machine_code` compiles for: a float has the dtype of the vectors.
"""

from __future__ import annotations

import math

from reference_impl.layers.layer import Floats


def sgd(theta: Floats, g: Floats, lr: float, coupled_decay: float) -> None:
    """θ = θ - η g"""
    for i in range(theta.size):
        g_i = g[i] + coupled_decay * theta[i]
        theta[i] -= lr * g_i


def momentum_outside(
    theta: Floats, g: Floats, v: Floats, lr: float, coupled_decay: float, mu: float, nesterov: bool
) -> None:
    """v = μ v + g,   θ = θ - η v, or with Nesterov θ = θ - η (g + μ v)"""
    for i in range(theta.size):
        g_i = g[i] + coupled_decay * theta[i]
        v[i] = mu * v[i] + g_i
        theta[i] -= lr * (mu * v[i] + g_i if nesterov else v[i])


def momentum_inside(
    theta: Floats, g: Floats, v: Floats, lr: float, coupled_decay: float, mu: float, nesterov: bool
) -> None:
    """v = μ v + η g,   θ = θ - v, or with Nesterov θ = θ - η g - μ v"""
    for i in range(theta.size):
        step = lr * (g[i] + coupled_decay * theta[i])
        v[i] = mu * v[i] + step
        if nesterov:
            theta[i] = theta[i] - step - mu * v[i]
        else:
            theta[i] -= v[i]


def momentum_average(
    theta: Floats, g: Floats, v: Floats, lr: float, coupled_decay: float, mu: float, rest: float
) -> None:
    """v = μ v + (1-μ) g,   θ = θ - η v"""
    for i in range(theta.size):
        g_i = g[i] + coupled_decay * theta[i]
        v[i] = mu * v[i] + rest * g_i
        theta[i] -= lr * v[i]


def adam(
    theta: Floats,
    g: Floats,
    M: Floats,
    V: Floats,
    lr_t: float,
    eps_t: float,
    beta1: float,
    beta2: float,
    coupled_decay: float,
    shrink: float,
) -> None:
    """M = β1 M + g,   V = β2 V + g²,   θ = shrink θ - α_t M / (√V + ε_t)"""
    for i in range(theta.size):
        g_i = g[i] + coupled_decay * theta[i]
        M[i] = beta1 * M[i] + g_i
        V[i] = beta2 * V[i] + g_i * g_i
        theta[i] = shrink * theta[i] - lr_t * (M[i] / (math.sqrt(V[i]) + eps_t))


def nadam(
    theta: Floats,
    g: Floats,
    m: Floats,
    v: Floats,
    weight_m: float,
    weight_g: float,
    correction: float,
    eps: float,
    beta1: float,
    rest1: float,
    beta2: float,
    rest2: float,
) -> None:
    """m = β1 m + (1-β1) g,   v = β2 v + (1-β2) g²,   θ = θ - α m̂ / (√v̂ + ε)"""
    for i in range(theta.size):
        m[i] = beta1 * m[i] + rest1 * g[i]
        v[i] = beta2 * v[i] + rest2 * (g[i] * g[i])
        root = correction * math.sqrt(v[i]) + eps
        theta[i] -= (weight_m * m[i] + weight_g * g[i]) / root


def adagrad(theta: Floats, g: Floats, G: Floats, lr: float, eps: float, eps_inside: bool) -> None:
    """G = G + g²,   θ = θ - α g / √(G + ε), or / (√G + ε)"""
    for i in range(theta.size):
        G[i] += g[i] * g[i]
        root = math.sqrt(G[i] + eps) if eps_inside else math.sqrt(G[i]) + eps
        theta[i] -= lr * (g[i] / root)


def rmsprop(
    theta: Floats,
    g: Floats,
    s: Floats,
    lr: float,
    eps: float,
    eps_inside: bool,
    beta: float,
    rest: float,
) -> None:
    """s = β s + (1-β) g²,   θ = θ - α g / √(s + ε), or / (√s + ε)"""
    for i in range(theta.size):
        s[i] = beta * s[i] + rest * (g[i] * g[i])
        root = math.sqrt(s[i] + eps) if eps_inside else math.sqrt(s[i]) + eps
        theta[i] -= lr * (g[i] / root)


def adadelta(
    theta: Floats, g: Floats, s: Floats, d: Floats, lr: float, eps: float, rho: float, rest: float
) -> None:
    """s = ρ s + (1-ρ) g²,   Δ = √(d + ε) / √(s + ε) · g,   d = ρ d + (1-ρ) Δ²,   θ = θ - α Δ"""
    for i in range(theta.size):
        s[i] = rho * s[i] + rest * (g[i] * g[i])
        delta = math.sqrt((d[i] + eps) / (s[i] + eps)) * g[i]
        d[i] = rho * d[i] + rest * (delta * delta)
        theta[i] -= lr * delta
