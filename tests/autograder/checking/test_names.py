"""Wrong answers that no author wrote: what is named, and what is not."""

# ruff: noqa: E501 - programs, each in a few lines

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from autograder.checking.answer_key import answer_key
from autograder.checking.compare import Difference
from autograder.checking.drive import Call, Outcome
from autograder.checking.exercise import Case, Exercise
from autograder.checking.observed import Observed
from autograder.checking.render import FORMULA, SEEN, WHERE_TO_LOOK, as_html, as_text
from autograder.checking.verdict import NOT_WRONG, assess_here, describe, explain_in_public
from autograder.exercises import REGISTRY

ADAM = """
def adam_step({head}):
    m = {b1} * m + (1 - {b1}) * grad
    v = {b2} * v + (1 - {b2}) * grad**2
    m_hat, v_hat = m / (1 - {b1} ** {t}), v / (1 - {b2} ** {t})
    return {out}
"""
ADAMS_HEAD = "theta, m, v, grad, t, lr, beta1, beta2, eps"
STEP = "theta - lr * m_hat / (np.sqrt(v_hat) + eps)"


def adam(head=ADAMS_HEAD, b1="beta1", b2="beta2", t="t", out=f"{STEP}, m, v"):
    return ADAM.format(head=head, b1=b1, b2=b2, t=t, out=out)


MSE = """
def mse_and_gradient(w, X, y):
    {before}
    r = X @ w - y
    return {loss}, {gradient}
"""


def regression(before="", loss="np.mean(r**2)", gradient="2 * X.T @ r / len(y)"):
    return MSE.format(before=before, loss=loss, gradient=gradient)


BY_BEHAVIOUR = {
    "an argument typed in": (
        "ewma_step", "def ewma_step(v, x, beta):\n    return 0.9 * v + 0.1 * x",
        "`beta` has no effect in yours: it is as if it were always 0.9"),
    "an argument left out": (
        "l1_penalty", "def l1_penalty(weights, lam):\n    return sum(abs(W).sum() for W in weights)",
        "always 1"),
    "two arguments typed in": ("adam_step", adam(b1="0.9", b2="0.999"), "`beta1` and `beta2` are"),
    "a size typed in": (
        "max_pool2d",
        "def max_pool2d(X, size):\n    n, c, h, w = X.shape\n    h, w = h // 2, w // 2\n    return "
        "X[:, :, :h*2, :w*2].reshape(n, c, h, 2, w, 2).max(axis=(3, 5))",
        "`size` has no effect"),
    "an activation ignored": (
        "layer_std",
        "def layer_std(X, weights, activation):\n    out = []\n    for W in weights:\n        X = np.tanh("
        "X @ W)\n        out.append(X.std())\n    return out",
        "never calls `activation`"),
    "outputs exchanged": ("adam_step", adam(out=f"{STEP}, v, m"), "(theta, v, m), and (theta, m, v)"),
    "three outputs turned": (
        "adadelta_step",
        "def adadelta_step(theta, s, d, grad, rho, eps):\n    s = rho * s + (1 - rho) * grad**2\n    "
        "step = np.sqrt(d + eps) / np.sqrt(s + eps) * grad\n    d = rho * d + (1 - rho) * step**2\n"
        "    return s, d, theta - step",
        "you return (s, d, theta), and (theta, s, d)"),
    "arguments in another order": (
        "adam_step", adam(head="theta, grad, m, v, t, lr, beta1, beta2, eps"),
        "Your arguments stand in another order: you have (theta, grad, m, v"),
    "t - 1": ("adam_step", adam(t="(t - 1)"), "It is as if t were one less."),
    "ε behind the quotient": (
        "adam_step", adam(out="theta - lr * m_hat / np.sqrt(v_hat) + eps, m, v"), "brackets"),
    "sign of one output": (
        "mse_and_gradient", regression(gradient="2 * X.T @ (y - X @ w) / len(y)"), "sign"),
    "a factor with its reason": (
        "mse_and_gradient", regression(gradient="2 * X.T @ r / X.shape[1]"),
        "gradient is 1.5 times what is expected in “3 samples, 2 weights”, and in every wrong case "
        "this factor is the rows of X/the length of w"),
    "the same factor in both": (
        "mse_and_gradient", regression(loss="np.sum(r**2) / X.shape[1]",
                                       gradient="2 * X.T @ r / X.shape[1]"),
        "All of loss and gradient is 1.5 times"),
    "a gradient summed to one number": (
        "mse_and_gradient", regression(gradient="np.sum(2 * X.T @ r / len(y))"), "the sum of all"),
    "a column, averaged back": (
        "mse_and_gradient",
        regression("w = w.reshape(-1, 1)", gradient="np.mean(2 * X.T @ r / len(y), axis=1)"),
        "(n, 1) met one of shape (n,)"),
    "a column that stays": ("mse_and_gradient", regression("w = w.reshape(-1, 1)"), "(n, 1)"),
    "the first of a series counts as 0": (
        "ewma",
        "def ewma(x, beta):\n    v = np.zeros(len(x))\n    for t in range(1, len(x)):\n        "
        "v[t] = beta * v[t - 1] + (1 - beta) * x[t]\n    return v",
        "the first step is left out"),
    "nothing is carried": (
        "ewma", "def ewma(x, beta):\n    v = 0\n    return np.array([beta * v + (1 - beta) * a for a in x])",
        "a term is missing there"),
    "shifted": (
        "ewma_weights",
        "def ewma_weights(n, beta):\n    w = (1 - beta) * beta ** np.arange(n)[::-1]\n    return "
        "np.append(0, w[:-1])",
        "one place too late"),
    "a list that is kept": (
        "ewma",
        "def ewma(x, beta, out=[]):\n    v = 0\n    for a in x:\n        v = beta * v + (1 - beta) * a\n"
        "        out.append(v)\n    return np.array(out)",
        "a list is kept from call to call"),
    "an argument returned": ("relu", "def relu(z):\n    return z", "You return z as it came in"),
    "an old state returned": (
        "adagrad_step",
        "def adagrad_step(theta, G, grad, lr, eps):\n    new = G + grad**2\n    return theta - lr * grad"
        " / np.sqrt(new + eps), G",
        "The G that you return is G as it came in"),
    "the example typed in": ("mse", "def mse(y, yhat):\n    return 4.333", "the same in every case"),
    "an empty list": (
        "topological_order", "def topological_order(node):\n    order = []\n    return order",
        "nothing but an empty list"),
    "no number and not empty": (
        "init_for", "def init_for(activation):\n    return (None, None)", "the same in every case"),
    "two names for one array": (
        "numerical_gradient",
        "def numerical_gradient(f, x, h=1e-5):\n    g = np.zeros_like(x)\n    for i in np.ndindex(x.shape)"
        ":\n        r = x\n        l = x\n        r[i] += h\n        l[i] -= h\n        g[i] = (f(r) - f(l))"
        " / (2 * h)\n    return g",
        "r and l are the same array as x"),
    "softmax twice": (
        "softmax",
        "def softmax(Z):\n    for _ in range(2):\n        E = np.exp(Z - Z.max(axis=1, keepdims=True))\n"
        "        Z = E / E.sum(axis=1, keepdims=True)\n    return Z",
        "as if the softmax of Z stood in place of Z"),
    "another exercise of the notebook": (
        "mse", "def mse(y, yhat):\n    return np.mean(np.abs(y - yhat))", "What you return is mae"),
    "decimals cut off": (
        "linear", "def linear(z, a):\n    return (a * z).astype(int)", "The decimals are cut off"),
}  # fmt: skip


@pytest.mark.parametrize("seed", [0, 2026])
@pytest.mark.parametrize("what", BY_BEHAVIOUR)
def test_behaviour_alone_names_it(what, seed, verdict_on_cells, monkeypatch):
    exercise, cell, said = BY_BEHAVIOUR[what]
    monkeypatch.setattr(REGISTRY[exercise], "misconceptions", [])  # no author has thought of it
    problem = verdict_on_cells(exercise, cell, seed=seed).problem
    if "“" in said and seed:  # the numbers of the first case are those of the public seed
        said = said.split(" is ")[0]
    assert said in problem.misconception, problem


GUARDED = {
    "the start left out, and no steps at all": (
        "gradient_descent", None,
        "def gradient_descent(grad, theta, lr, steps):\n    out = []\n    for _ in range(steps):\n        "
        "theta = theta - lr * grad(theta)\n        out.append(theta)\n    return np.array(out)"),
    "a product in place of a power, guarded": (
        "step_decay", None,
        "def step_decay(lr0, factor, every, epoch):\n    return lr0 * factor * (epoch // every) if epoch >= "
        "every else lr0"),
    "ddof=1, guarded for one row": (
        "batch_statistics", "n - 1",
        "def batch_statistics(X):\n    if len(X) == 1:\n        return X[0].copy(), 0 * X[0]\n    return "
        "X.mean(axis=0), X.var(axis=0, ddof=1)"),
    "a whole wave, held": (
        "cosine_decay", "a whole wave",
        "def cosine_decay(lr0, epoch, total):\n    if epoch >= total:\n        return 0.0\n    return lr0 * "
        "0.5 * (1 + np.cos(2 * np.pi * epoch / total))"),
    "no bars, with the other sign": (
        "mae", None, "def mae(y, yhat):\n    return np.mean(y - yhat)"),
    "ddof=1, which is nan for one row": (
        "standardize", None,
        "def standardize(X):\n    s = X.std(axis=0, ddof=1)\n    return (X - X.mean(axis=0)) / np.where("
        "s == 0, 1, s)"),
    "the probability clipped": (
        "binary_cross_entropy_grad", None,
        "def binary_cross_entropy_grad(y, z):\n    p = np.clip(1 / (1 + np.exp(-z)), 1e-12, 1 - 1e-12)\n"
        "    return (p - y) / (p * (1 - p)) / y.size"),
}  # fmt: skip


@pytest.mark.parametrize("seed", [0, 2026])
@pytest.mark.parametrize("what", GUARDED)
def test_an_authors_name_survives_a_guard(what, seed, verdict_on_cells):
    exercise, version, cell = GUARDED[what]
    problem = verdict_on_cells(exercise, cell, seed=seed).problem
    messages = {v.name: v.message for v in REGISTRY[exercise].misconceptions}
    assert problem.misconception in messages.values(), problem
    if version:
        assert problem.misconception == messages[version]


UNSUPPORTED = {
    "the minus forgotten": (
        "binary_cross_entropy", "Right for small z",
        "p = 1 / (1 + np.exp(-z)); return np.mean(y * np.log(p) + (1 - y) * np.log(1 - p))"),
    "the sum, through probabilities": (
        "binary_cross_entropy", "Right for small z",
        "p = 1 / (1 + np.exp(-z)); return -np.sum(y * np.log(p) + (1 - y) * np.log(1 - p))"),
    "z taken for a probability, and clipped": (
        "binary_cross_entropy", "Finite, but too small",
        "p = np.clip(z, 1e-12, 1 - 1e-12); return -np.mean(y*np.log(p) + (1 - y)*np.log(1 - p))"),
}  # fmt: skip


# A wrong answer, and the version of it that an author has; without that, no other name may stand.
CLOSE_TO_ANOTHER = [
    ("binary_cross_entropy_grad", "wrong sign", "nan for z = 1000"),
    ("cross_entropy_grad", "wrong sign", "largest logit of the whole table"),
    ("relative_error", "nan at 0", "(n, 1)"),
    ("EarlyStopping", "min_delta ignored", "best + min_delta"),
    ("EarlyStopping", "best creeps", "previous loss"),
    ("best_setting", "np.argmax takes the nan", "Accuracy is not a loss"),
    ("distinct_units", "the first sample only", "times what is expected"),
    ("constant_init", "one row", "means of the columns"),
]


@pytest.mark.parametrize("seed", [0, 2026])
@pytest.mark.parametrize(("exercise", "version", "never"), CLOSE_TO_ANOTHER)
def test_a_mistake_without_a_name_does_not_get_its_neighbours(
    exercise, version, never, seed, monkeypatch
):
    entry = REGISTRY[exercise]
    (left_out,) = [v for v in entry.misconceptions if v.name == version]
    rest = [v for v in entry.misconceptions if v is not left_out]
    monkeypatch.setattr(entry, "misconceptions", rest)
    problem = assess_here(entry, left_out.function, seed).problem
    assert never not in problem.misconception


@pytest.mark.parametrize("what", UNSUPPORTED)
def test_a_name_is_not_given_against_the_evidence(what, verdict_on_cells):
    exercise, never, body = UNSUPPORTED[what]
    head = ", ".join(REGISTRY[exercise].parameters)
    problem = verdict_on_cells(exercise, f"def {exercise}({head}):\n    {body}").problem
    assert never not in problem.misconception


def test_an_error_in_a_batch_is_not_named_after_its_steps(verdict_on_cells):
    minibatches = """
    def minibatches(n, batch_size, rng):
        order = rng.permutation(n)
        return [order[i : i + batch_size] for i in range(0, n, batch_size)]
    """
    cell = """
    def sgd_epoch(w, X, y, lr, batch_size, rng):
        for rows in minibatches(len(X) + 1, batch_size, rng):
            r = X[rows] @ w - y[rows]
            w = w - lr * 2 * X[rows].T @ r / len(rows)
        return w
    """
    problem = verdict_on_cells("sgd_epoch", minibatches, cell).problem
    assert "are two arguments exchanged?" in problem.misconception


# ------------------------------------------------------------------------------ the ladder
def test_what_has_no_name_is_a_ladder(verdict_on_cells):
    cell = adam(out="theta - lr * m_hat / (np.sqrt(v_hat) + eps + lr), m, v")
    verdict = verdict_on_cells("adam_step", cell)
    problem = verdict.problem
    assert problem.misconception == ""
    assert problem.look.startswith("m and v are right everywhere; theta is not.")
    assert problem.on_request
    assert problem.advice == REGISTRY["adam_step"].hint
    for show in (as_text, as_html):
        shown = [show(verdict, rung=rung) for rung in (SEEN, WHERE_TO_LOOK, FORMULA)]
        assert ["right everywhere" in text for text in shown] == [False, True, True]
        assert ["Two averages" in text for text in shown] == [False, False, True]


def test_only_what_can_be_worked_out_by_hand_is_to_be():
    def look(exercise, answer):
        return assess_here(REGISTRY[exercise], answer).problem.look

    def spread(fan_in, fan_out, rng):
        return rng.standard_normal((fan_in, fan_out)) * 7

    def guess(X, labels, rng):
        return lambda asked: np.arange(len(asked)) % 10

    assert "“four values, β = 0.5”, work it out by hand" in look("ewma", lambda x, beta: x**2)
    for another_form in (
        look("ewma", lambda x, beta: list(x) * 2),
        look("images_model", lambda X, labels, rng: 3),
    ):
        assert another_form.startswith("The numbers do not count yet")
    assert not look("is_adam", lambda step: True), "a function is judged, not a number"
    assert not look("images_model", guess), "no image has a right answer by hand"
    assert "by hand" not in look("he_normal", spread)


@pytest.mark.parametrize(
    ("exercise", "cell", "said"),
    [
        # The small layers are asked for their generator, the large ones for their distribution.
        ("lecun_normal", "return rng.normal(0, 0.7 / np.sqrt(fan_in), (fan_in, fan_out))", ""),
        (
            "constant_init",
            "return np.full((fan_out, fan_in + fan_out), value)",
            "behind your `return`",
        ),
        ("prediction_losses", 'prediction_losses = print("c")', ""),
    ],
)
def test_where_to_look_leads_nowhere_else(exercise, cell, said, verdict_on_cells):
    if cell.startswith("return"):
        cell = f"def {exercise}({', '.join(REGISTRY[exercise].parameters)}):\n    {cell}"
    problem = verdict_on_cells(exercise, cell).problem
    assert not problem.misconception
    assert said in problem.look if said else not problem.look
    if exercise == "prediction_losses":
        assert 'Write prediction_losses = "a"' in problem.advice


def test_what_fills_a_graph_returns_nothing_wrong(verdict_on_cells):
    one_step = "def backpropagate(node):\n    node.grad = 1.0\n    node.backward()\n"
    flat = one_step + "    for parent in node.parents:\n        parent.grad = np.ones(2)\n"
    for cell, said in ((one_step, "a gradient that it leaves"), (flat, "of the wrong shape")):
        problem = verdict_on_cells("backpropagate", cell).problem
        assert said in problem.headline
        assert ".grad" in dict(problem.evidence)["at"]


def test_small_inputs_are_shown_as_a_call_and_secret_ones_never(verdict_on_cells):
    wrong = "def ewma_step(v, x, beta):\n    return beta * v + 1 - beta * x\n"
    verdict = verdict_on_cells("ewma_step", wrong)
    assert dict(verdict.problem.evidence)["called"] == "ewma_step(v=2, x=7, beta=0.9)"
    right = verdict_on_cells(
        "ewma_step", "def ewma_step(v, x, beta):\n    return beta * v + (1 - beta) * x\n"
    )
    told = dict(explain_in_public(verdict, right, ()).problem.evidence)
    assert set(told) == {"tried"}


def test_by_which_factor_it_differs_in_secret_is_not_told(verdict_on_cells):
    wrong = "def count_turns(x):\n    return 3 * (len(x) - 2)\n"
    verdict = verdict_on_cells("count_turns", wrong)
    slip = "The result is 3 times what is expected, in every wrong case."
    secret = replace(verdict, problem=replace(verdict.problem, misconception=slip))
    passed = replace(verdict, problem=None)
    assert explain_in_public(secret, passed, ()).problem.misconception == ""
    assert explain_in_public(secret, passed, [slip]).problem.misconception == slip


def in_secret(verdict):
    """What is told of a verdict that only secret cases have given."""
    return explain_in_public(verdict, replace(verdict, problem=None), ()).problem


def test_chance_is_named_only_where_nothing_is_random(verdict_on_cells):
    draws = "{} = np.random.rand(*np.shape({})); return {}"
    told = verdict_on_cells("relu", "def relu(z):\n    " + draws.format("z", "z", "z"))
    assert "Nothing is random here" in told.problem.misconception
    mask = "def dropout_mask(shape, p, rng):\n    return np.random.random(shape) ** 9 > p\n"
    told = verdict_on_cells("dropout_mask", mask)
    assert "Nothing is random here" not in told.problem.misconception


def test_an_argument_that_is_changed_in_secret_is_told(verdict_on_cells):
    change = """
    def ewma_corrected(x, beta):
        out, v = [], 0.0
        for t, value in enumerate(x, 1):
            v = beta * v + (1 - beta) * value
            out.append(v / (1 - beta**t))
        x[0] = 7.0
        return np.array(out)
    """
    verdict = verdict_on_cells("ewma_corrected", change)
    problem = in_secret(verdict)
    assert problem.headline == "ewma_corrected changed its argument x in place."
    assert problem.evidence == (NOT_WRONG,)


def test_an_argument_that_a_process_invents_is_not_named():
    exercise = REGISTRY["ewma_step"]
    case = answer_key(exercise).cases[0][0]
    expected = answer_key(exercise).expected[0][0]
    for invented in ("2.0, 7.0, 0.9", 12345, -9):
        got = [replace(outcome, changed=(invented,)) for outcome in expected]
        assert exercise.difference(case, expected, got) == Difference("changed")
    problem = describe(exercise, Observed(case, expected, got, Difference("changed")), [], "", None)
    assert problem.headline == "ewma_step changed an argument in place."
    assert "Copy it first" in problem.advice


def test_which_values_are_right_in_secret_is_not_told(verdict_on_cells):
    cell = """
    def ewma_corrected(x, beta):
        out, v = [], 0.0
        for t, value in enumerate(x, 1):
            v = beta * v + (1 - beta) * value
            out.append(v / (1 - beta ** min(t, 2)))
        return np.array(out)
    """
    verdict = verdict_on_cells("ewma_corrected", cell)
    assert "the first 2 numbers are right" in verdict.problem.look
    assert in_secret(verdict).look == ""


# ------------------------------------------------------------------------------ what must not be
def test_a_search_that_fails_costs_no_points(monkeypatch, verdict_on_cells):
    def broken(*args):
        raise RuntimeError("a mistake of ours")

    monkeypatch.setattr("autograder.checking.verdict.name", broken)
    wrong = "def ewma_step(v, x, beta):\n    return beta * v + (1 - beta) * float(np.mean(x))\n"
    verdict = verdict_on_cells("ewma_step", wrong)
    assert verdict.points == 1
    assert verdict.problem.misconception == ""


def test_one_number_over_and_over_is_not_enough_for_a_name():
    def seen(got):
        case = Case("one case", [Call((1.0,))])
        right, wrong = (Outcome(value=value) for value in (np.zeros(5), got))
        return Observed(case, [right], [wrong], Difference("value"))

    assert seen(np.linspace(0.11, 0.57, 5)).is_rich
    assert seen(np.full(5, 0.3)).is_telling
    assert not seen(np.full(5, 0.3)).is_rich


def test_of_two_mistakes_that_explain_as_much_none_is_named():
    exercise = Exercise("doubled", reference=lambda x: 2 * x, minutes=1, difficulty=1)
    exercise.cases("numbers", points=1)(
        lambda rng: [Case(f"x = {x}", [Call((x,))]) for x in (0.31, 0.77, 1.13, -0.4, -0.9)]
    )
    for name, below in (("none below 0", 0.0), ("one below 0", 1.0)):
        exercise.misconception(name, f"You have {name}.")(
            lambda x, below=below: 3 * x**1.5 if x > 0 else below
        )
    answer = assess_here(exercise, lambda x: 3 * x**1.5 if x > 0 else 2 * x)
    assert not answer.problem.misconception.startswith("You have")
    exercise.misconceptions.pop()
    answer = assess_here(exercise, lambda x: 3 * x**1.5 if x > 0 else 2 * x)
    assert answer.problem.misconception == "You have none below 0."


def test_what_a_global_name_keeps_from_call_to_call_is_told(verdict_on_cells):
    cell = (
        "v = 0.0\ndef ewma(x, beta):\n    global v\n    out = []\n    for a in x:\n"
        "        v = beta * v + (1 - beta) * a\n        out.append(v)\n    return np.array(out)\n"
    )
    assert verdict_on_cells("ewma", cell).problem.misconception.startswith("`global v`: what one")
    cell = (
        "scale = 3.0\ndef linear(z, a):\n    global scale\n    return np.tanh(scale * z) + a * z\n"
    )
    assert "global" not in verdict_on_cells("linear", cell).problem.misconception
