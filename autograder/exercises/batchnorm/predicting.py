"""What is tracked while training, and predicting with it."""

from __future__ import annotations

import numpy as np

from autograder.checking.drive import Call, Previous
from autograder.checking.exercise import Case, Exercise
from autograder.exercises._cases import Rng, call
from reference_impl.layers import batchnorm as reference

# ------------------------------------------------------------------------------- tracking
update_running = Exercise(
    "update_running",
    reference=reference.update_running,
    minutes=3,
    difficulty=1,
    hint="A moving average: decay times the old value, plus the rest of the weight times the new "
    "value.",
)


@update_running.cases("batch after batch", points=1)
def _(rng: Rng) -> list[Case]:
    decays = (0.9, 0.99, 0.6, 0.8)
    batches = rng.normal(size=(4, 3))
    start = Call((np.zeros(3), batches[0], decays[0]))
    onwards = zip(batches[1:], decays[1:], strict=True)
    return [
        call("3 units, decay 0.9", rng.normal(size=3), rng.normal(size=3), 0.9),
        call("variances of one unit, decay 0.99", np.ones(1), rng.uniform(1, 5, 1), 0.99),
        Case("four batches from 0", (start, *(Call((Previous(), b, d)) for b, d in onwards))),
    ]


@update_running.misconception(
    "decay for the new",
    "decay and 1-decay are swapped: decay is the weight of the *old* value. (In PyTorch `momentum` "
    "is the weight of the new value; there yours would be right.)",
)
def _(running, new, decay):
    return (1 - decay) * running + decay * new


@update_running.misconception(
    "new added whole",
    "The new value has the weight 1: it should be 1-decay, so that both weights sum to 1.",
)
def _(running, new, decay):
    return decay * running + new


@update_running.misconception("memory dropped", "The old value is gone: decay·running is missing.")
def _(running, new, decay):
    return (1 - decay) * new


@update_running.misconception(
    "halfway", "You take the mean of the two: use decay and 1-decay as their weights."
)
def _(running, new, decay):
    return (running + new) / 2


@update_running.misconception(
    "wrong sign",
    "You subtract the new value: both parts are added, with the weights decay and 1 - decay.",
)
def _(running, new, decay):
    return decay * running - (1 - decay) * new


@update_running.misconception(
    "decay for both",
    "Both parts have the weight decay: the new one gets 1 - decay, so that the weights sum to 1.",
)
def _(running, new, decay):
    return decay * running + decay * new


@update_running.misconception(
    "stays where it was",
    "Your running value never changes: mix the new one in, with the weight 1 - decay.",
)
def _(running, new, decay):
    return running.copy()


@update_running.equivalent("a step towards the new")
def _(running, new, decay):
    return running + (1 - decay) * (new - running)


@update_running.equivalent("number by number")
def _(running, new, decay):
    return [decay * r + (1 - decay) * x for r, x in zip(running, new, strict=True)]


# ------------------------------------------------------------------------------- predicting
batchnorm_inference = Exercise(
    "batchnorm_inference",
    reference=reference.batchnorm_inference,
    minutes=5,
    difficulty=2,
    hint="The formula of training, with running_mean and running_var in place of the batch's.",
)


def learned(rng: Rng, d: int, low: float, high: float) -> tuple[np.ndarray, ...]:
    """γ, β, a running mean, and a running variance between two limits."""
    gamma = rng.uniform(1.5, 3.0, d)
    beta = rng.uniform(0.5, 2.0, d) * rng.choice((-1.0, 1.0), d)
    return gamma, beta, rng.uniform(-2, 2, d), rng.uniform(low, high, d)


@batchnorm_inference.cases("a very small ε", points=1)
def _(rng: Rng) -> list[Case]:
    return [
        call("5 samples of 3 units", rng.normal(size=(5, 3)), *learned(rng, 3, 2, 5), 1e-12),
        call("4 samples of 4 units", rng.normal(size=(4, 4)), *learned(rng, 4, 0.1, 0.5), 1e-12),
    ]


@batchnorm_inference.cases("one sample, and an ε that matters", points=1)
def _(rng: Rng) -> list[Case]:
    constant = (*learned(rng, 2, 1, 2)[:3], np.array([0.0, 2.0]))
    return [
        call("one sample, ε = 0.5", rng.normal(size=(1, 3)), *learned(rng, 3, 0.2, 2), 0.5),
        call("6 samples of one unit", rng.normal(size=(6, 1)), *learned(rng, 1, 0.2, 2), 0.1),
        call("a running variance of 0", rng.normal(size=(3, 2)), *constant, 1e-3),
    ]


@batchnorm_inference.misconception(
    "statistics of the batch",
    "You use the mean and variance of the X that is passed in. When predicting, the result for a "
    "sample must not depend on the other samples: use running_mean and running_var. (A single "
    "sample is its own mean, so for any single sample you return β.)",
)
def _(X, gamma, beta, running_mean, running_var, eps):
    return gamma * (X - X.mean(axis=0)) / np.sqrt(X.var(axis=0) + eps) + beta


@batchnorm_inference.misconception(
    "mean of the batch", "The mean is still that of the batch: subtract running_mean."
)
def _(X, gamma, beta, running_mean, running_var, eps):
    return gamma * (X - X.mean(axis=0)) / np.sqrt(running_var + eps) + beta


@batchnorm_inference.misconception(
    "variance of the batch",
    "The variance is still that of the batch: use running_var under the root.",
)
def _(X, gamma, beta, running_mean, running_var, eps):
    return gamma * (X - running_mean) / np.sqrt(X.var(axis=0) + eps) + beta


@batchnorm_inference.misconception(
    "mean divided alone",
    "Only the mean is divided by σ: X - running_mean needs brackets, and the whole is divided.",
)
def _(X, gamma, beta, running_mean, running_var, eps):
    return gamma * (X - running_mean / np.sqrt(running_var + eps)) + beta


@batchnorm_inference.misconception(
    "X not divided",
    "Only running_mean is divided by σ, and X is not: X - running_mean needs brackets. The whole "
    "is multiplied by γ and divided by σ.",
)
def _(X, gamma, beta, running_mean, running_var, eps):
    return gamma * X - running_mean / np.sqrt(running_var + eps) + beta


@batchnorm_inference.misconception(
    "γ and β swapped", "γ and β are swapped: γ multiplies the normalized X, β is added."
)
def _(X, gamma, beta, running_mean, running_var, eps):
    return beta * (X - running_mean) / np.sqrt(running_var + eps) + gamma


@batchnorm_inference.misconception(
    "a cache as well",
    "You return more than the output. Predicting has no way back, so it needs no cache: return the "
    "array alone.",
)
def _(X, gamma, beta, running_mean, running_var, eps):
    std = np.sqrt(running_var + eps)
    x_hat = (X - running_mean) / std
    return gamma * x_hat + beta, (x_hat, gamma, std)


@batchnorm_inference.misconception(
    "ε outside the root",
    "You divide by σ + ε: as in training, ε belongs inside the root, √(running_var + ε).",
)
def _(X, gamma, beta, running_mean, running_var, eps):
    return gamma * (X - running_mean) / (np.sqrt(running_var) + eps) + beta


@batchnorm_inference.misconception(
    "no ε",
    "You do not add ε to the variance. It is added for every unit, and not only where the variance "
    "is 0: √(running_var + ε), as in training.",
)
def _(X, gamma, beta, running_mean, running_var, eps):
    return gamma * (X - running_mean) / np.sqrt(running_var) + beta


@batchnorm_inference.misconception(
    "no root", "running_var is a variance: you divide by it without taking the root."
)
def _(X, gamma, beta, running_mean, running_var, eps):
    return gamma * (X - running_mean) / (running_var + eps) + beta


@batchnorm_inference.misconception(
    "not scaled and shifted",
    "γ and β are missing. Predicting also uses what the layer has learned.",
)
def _(X, gamma, beta, running_mean, running_var, eps):
    return (X - running_mean) / np.sqrt(running_var + eps)


@batchnorm_inference.misconception(
    "not shifted", "β is missing: it is added at the end, as in training."
)
def _(X, gamma, beta, running_mean, running_var, eps):
    return gamma * (X - running_mean) / np.sqrt(running_var + eps)


@batchnorm_inference.misconception(
    "normalized twice",
    "You normalize X by its own batch first, and then by the running statistics: when predicting, "
    "do only the second.",
)
def _(X, gamma, beta, running_mean, running_var, eps):
    x_hat = (X - X.mean(axis=0)) / np.sqrt(X.var(axis=0) + eps)
    return gamma * (x_hat - running_mean) / np.sqrt(running_var + eps) + beta


@batchnorm_inference.misconception(
    "running_var taken for σ",
    "You divide by √(running_var² + ε), as if running_var were a standard deviation. It is a "
    "variance already.",
)
def _(X, gamma, beta, running_mean, running_var, eps):
    return gamma * (X - running_mean) / np.sqrt(running_var**2 + eps) + beta


@batchnorm_inference.misconception(
    "mean added",
    "You add running_mean: it is subtracted.",
)
def _(X, gamma, beta, running_mean, running_var, eps):
    return gamma * (X + running_mean) / np.sqrt(running_var + eps) + beta


@batchnorm_inference.misconception(
    "β scaled as well",
    "β gets the factor γ/σ as well: it is added last, as it is.",
)
def _(X, gamma, beta, running_mean, running_var, eps):
    return gamma * ((X - running_mean) / np.sqrt(running_var + eps) + beta)


@batchnorm_inference.misconception(
    "not scaled",
    "γ is missing: it multiplies the normalized X.",
)
def _(X, gamma, beta, running_mean, running_var, eps):
    return (X - running_mean) / np.sqrt(running_var + eps) + beta


@batchnorm_inference.misconception(
    "times σ",
    "You multiply by σ: divide by it.",
)
def _(X, gamma, beta, running_mean, running_var, eps):
    return gamma * (X - running_mean) * np.sqrt(running_var + eps) + beta


@batchnorm_inference.equivalent("as one line per unit")
def _(X, gamma, beta, running_mean, running_var, eps):
    slope = gamma * (running_var + eps) ** -0.5
    return X * slope + (beta - running_mean * slope)


@batchnorm_inference.equivalent("sample by sample")
def _(X, gamma, beta, running_mean, running_var, eps):
    std = np.sqrt(running_var + eps)
    return [beta + (x - running_mean) / std * gamma for x in X]
