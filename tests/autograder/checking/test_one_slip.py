"""A slip is named by making it: one change in the right code that does what the answer does."""

from __future__ import annotations

import re

import numpy as np
import pytest

from autograder.checking import one_slip
from autograder.exercises import REGISTRY

SLIPS = {
    "equivalent_lr": ("(lr, beta)", "return lr * 1 - beta", "`return lr * 1 - beta`: brackets"),
    "exponential_decay": (
        "(lr0, rate, epoch)", "return lr0 * np.exp(-rate) * epoch", "brackets end too early"),
    "adam_step": (
        "(theta, m, v, grad, t, lr, beta1, beta2, eps)",
        "m = beta1 * m + (1 - beta1) * grad\n    v = beta2 * v + (1 - beta2) * grad**2\n"
        "    m_hat, v_hat = m / (1 - beta1**t), v / (1 - beta1**t)\n"
        "    return theta - lr * m_hat / (np.sqrt(v_hat) + eps), m, v",
        "`beta1` is not what belongs there"),
    "momentum_step": (
        "(theta, v, grad, lr, beta)",
        "v = beta * v + (1 - beta) * grad\n    return theta - lr * v / (1 - beta), v",
        "something stands there that does not belong"),
    "nag_step": (
        "(theta, v, grad_fn, lr, momentum)",
        "v = momentum * v + lr * (grad_fn(theta) - momentum * v)\n    return theta - v, v",
        "the brackets end too early"),
}  # fmt: skip


@pytest.mark.parametrize("seed", [0, 2026])
@pytest.mark.parametrize("exercise", SLIPS)
def test_a_slip_that_no_author_has_thought_of_is_shown(
    exercise, seed, verdict_on_cells, monkeypatch
):
    head, body, said = SLIPS[exercise]
    monkeypatch.setattr(REGISTRY[exercise], "misconceptions", [])
    problem = verdict_on_cells(exercise, f"def {exercise}{head}:\n    {body}\n", seed=seed).problem
    assert problem.misconception.startswith("Your results are those of `")
    assert said in problem.misconception


def test_two_slips_at_once_are_not_called_one(verdict_on_cells, monkeypatch):
    monkeypatch.setattr(REGISTRY["momentum_step"], "misconceptions", [])
    cell = (
        "def momentum_step(theta, v, grad, lr, beta):\n    v = beta**3 * v + np.sqrt(beta) * grad\n"
        "    return theta - lr * np.tanh(v), v\n"
    )
    assert "Your results" not in verdict_on_cells("momentum_step", cell).problem.misconception


def test_a_slip_that_never_ends_is_ended():
    """One of them appends to the list over which it loops; it would take all memory."""
    exercise = REGISTRY["l2_gradient"]
    [case] = exercise.groups[0].make(np.random.default_rng(0))[:1]
    [slip] = [s for s in one_slip.slips(exercise) if "`weights.append(" in s.message][:1]
    assert "this does not end" in case.run(slip.function(one_slip.Turns(1000)))[0].failure.message


INTO_ITSELF = re.compile(r"`(\w+)\.\w+\((\d, )?\1[,)]")


def test_no_slip_puts_a_list_into_itself():
    """np.array of such a list never ends, and no turn of a loop is counted in there."""
    made = [s.message for s in one_slip.slips(REGISTRY["ewma_weights"])]
    assert any(message.startswith("Your results are those of `out.append(") for message in made)
    assert not [message for message in made if INTO_ITSELF.search(message)]


def test_a_slip_may_take_ten_times_the_turns_of_the_right_program(verdict_on_cells, monkeypatch):
    """Among the slips of gradient descent are loops that would ask for thousands of gradients."""
    counters = []

    class Kept(one_slip.Turns):
        def __init__(self, *most):
            super().__init__(*most)
            counters.append(self)

    monkeypatch.setattr(one_slip, "Turns", Kept)
    cell = (
        "def gradient_descent(grad, theta, lr, steps):\n    path = [theta]\n"
        "    for _ in range(steps):\n        theta = theta - lr * grad(theta) + lr * theta / 10\n"
        "        path.append(theta)\n    return np.array(path)\n"
    )
    assert not verdict_on_cells("gradient_descent", cell).problem.misconception
    rights = [turns.taken for turns in counters if turns.most == one_slip.MOST_TURNS]
    bounds = {turns.most for turns in counters} - {one_slip.MOST_TURNS}
    assert bounds == {one_slip.TURNS * (max(rights) + 10)}
    assert any(turns.taken > turns.most for turns in counters)
