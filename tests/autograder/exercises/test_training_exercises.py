"""Notebook 12's exercises leave the student free: what freedom there really is."""

from __future__ import annotations

import numpy as np
import pytest

from autograder.checking.answer_key import (
    PUBLIC_SEED,
    answer_key,
    in_this_process,
    run_cases,
)
from autograder.checking.drive import Call
from autograder.checking.exercise import Case, Exercise
from autograder.checking.verdict import assess_here
from autograder.exercises import REGISTRY
from autograder.exercises.training.diagnosis import KINDS
from reference_impl import diagnostics, optimizers
from reference_impl.activations import relu, relu_grad
from reference_impl.descent import minibatches
from reference_impl.losses import cross_entropy, cross_entropy_grad
from reference_impl.mlp import mlp_backward, mlp_forward
from reference_impl.mlp_training import accuracy


def verdict(name, answer, seed=PUBLIC_SEED):
    return assess_here(REGISTRY[name], answer, seed)


STEPS = {  # name: (arrays that are kept, one step)
    "gradient descent": (0, lambda x, g, t, lr: (x - lr * g,)),
    "momentum": (1, lambda x, v, g, t, lr: optimizers.momentum_step(x, v, g, lr, 0.9)),
    "heavy ball": (1, lambda x, v, g, t, lr: optimizers.heavy_ball_step(x, v, g, lr / 4, 0.9)),
    "AdaGrad": (1, lambda x, G, g, t, lr: optimizers.adagrad_step(x, G, g, lr, 1e-8)),
    "RMSprop": (1, lambda x, s, g, t, lr: optimizers.rmsprop_step(x, s, g, lr, 0.99, 1e-8)),
    "Adam": (
        2,
        lambda x, m, v, g, t, lr: optimizers.adam_step(x, m, v, g, t, lr, 0.9, 0.999, 1e-8),
    ),
    "AdamW": (
        2,
        lambda x, m, v, g, t, lr: optimizers.adamw_step(x, m, v, g, t, lr, 0.9, 0.999, 1e-8, 0.01),
    ),
    "Nadam": (
        2,
        lambda x, m, v, g, t, lr: optimizers.nadam_step(x, m, v, g, t, lr, 0.9, 0.999, 1e-8),
    ),
}


def trainer(memory, step):
    """A training loop with that optimizer."""

    def train(params, X, labels, X_val, labels_val, *, lr, batch_size, epochs, rng):
        sizes = len(params)
        flat = [theta for pair in params for theta in pair]
        kept = [[np.zeros_like(theta) for _ in range(memory)] for theta in flat]
        history, t = {"loss": [], "val_loss": [], "val_accuracy": []}, 0
        for _ in range(epochs):
            losses = []
            for batch in minibatches(len(X), batch_size, rng):
                t += 1
                params = [(flat[2 * i], flat[2 * i + 1]) for i in range(sizes)]
                logits, caches = mlp_forward(X[batch], params, relu)
                losses.append(cross_entropy(labels[batch], logits))
                dlogits = cross_entropy_grad(labels[batch], logits)
                grads = mlp_backward(dlogits, caches, params, relu_grad)
                slopes = [slope for pair in grads for slope in pair]
                for i, slope in enumerate(slopes):
                    flat[i], *kept[i] = step(flat[i], *kept[i], slope, t, lr)
            params = [(flat[2 * i], flat[2 * i + 1]) for i in range(sizes)]
            logits, _ = mlp_forward(X_val, params, relu)
            history["loss"].append(float(np.mean(losses)))
            history["val_loss"].append(cross_entropy(labels_val, logits))
            history["val_accuracy"].append(accuracy(labels_val, logits))
        return params, history

    return train


@pytest.mark.parametrize("seed", [PUBLIC_SEED, 1, 2, 3, 20_26])
@pytest.mark.parametrize("name", STEPS)
def test_every_common_optimizer_trains(name, seed):
    assert verdict("train", trainer(*STEPS[name]), seed).problem is None


@pytest.mark.parametrize("name", ["gradient descent", "momentum", "Adam"])
def test_whoever_ignores_batch_size_loses_the_same_on_every_seed(name, seeds):
    """One step in each epoch is slow, but it learns what the check asks for."""
    train = trainer(*STEPS[name])

    def on_all(params, X, *data, batch_size, **settings):
        return train(params, X, *data, batch_size=len(X), **settings)

    lost = {
        seed: REGISTRY["train"].points - verdict("train", on_all, seed).points for seed in seeds
    }
    assert set(lost.values()) == {2 + 1}, lost  # the steps, and what rng decides


@pytest.mark.parametrize(
    ("step", "said"),
    [
        (lambda x, g, t, lr: (x - 0.01 * g,), "whatever lr is"),
        (lambda x, g, t, lr: (x + lr * g,), "goes up"),
    ],
)
def test_a_wrong_step_is_named_with_any_optimizer(step, said):
    problem = verdict("train", trainer(0, step)).problem
    assert problem is not None
    assert said in problem.misconception


@pytest.mark.parametrize("kind", KINDS)
def test_one_answer_for_every_run_earns_nothing(kind):
    assert verdict("diagnose", lambda history: kind).points == 0


def test_the_runs_to_diagnose_are_clear_cases():
    versions = REGISTRY["diagnose"].equivalents
    for seed in range(40):
        for diagnose in (diagnostics.diagnose, *(version.function for version in versions)):
            assert verdict("diagnose", diagnose, seed).passed, (seed, diagnose)


def test_a_script_that_cases_share_is_run_once_and_others_are_not():
    calls = []

    def function():
        calls.append(1)
        return len(calls)

    script, nothing = (Call(),), {}
    exercise = Exercise("f", reference=lambda: 1, minutes=3, difficulty=1)
    exercise.cases("a", points=1)(
        lambda rng: [Case("one", script, nothing), Case("own", (Call(),))]
    )
    exercise.cases("b", points=1)(lambda rng: [Case("the same", script, nothing)])
    outcomes = run_cases(answer_key(exercise).cases, in_this_process(function))
    assert [[o.value for o in case] for group in outcomes for case in group] == [[1], [2], [1]]


LOOP = """
def train(params, X, labels, X_val, labels_val, *, lr, batch_size, epochs, rng):
    history = {"loss": [], "val_loss": [], "val_accuracy": []}
    momenta = [(0 * W, 0 * b) for W, b in params]
    for epoch in range(epochs):
        losses = []
        for batch in minibatches(len(X), batch_size, rng):
            logits, caches = mlp_forward(X[batch], params, relu)
            losses.append(cross_entropy(labels[batch], logits))
            dlogits = cross_entropy_grad(labels[batch], logits)
            grads = mlp_backward(dlogits, caches, params, relu_grad)
            momenta = [
                (0.5 * m + dW, 0.5 * n + db) for (m, n), (dW, db) in zip(momenta, grads)
            ]
            params = [(W - lr * m, b - lr * n) for (W, b), (m, n) in zip(params, momenta)]
        logits, _ = mlp_forward(X_val, params, relu)
        history["loss"].append(np.mean(losses))
        history["val_loss"].append(cross_entropy(labels_val, logits))
        history["val_accuracy"].append(accuracy(labels_val, logits))
    return params, history
"""
STEP = "params = [(W - lr * m, b - lr * n) for (W, b), (m, n) in zip(params, momenta)]"
SLIPS = {
    "uphill": [("W - lr * m, b - lr * n", "W + lr * m, b + lr * n")],
    "weights updated too early": [
        (
            "grads = mlp_backward(dlogits, caches, params, relu_grad)\n",
            """new, dZ = [], dlogits
            for k in range(len(params) - 1, -1, -1):
                (W, b), (H, _) = params[k], caches[k]
                W, b = W - lr * (H.T @ dZ), b - lr * dZ.sum(axis=0)
                new.insert(0, (W, b))
                if k:
                    dZ = dZ @ W.T * relu_grad(caches[k - 1][1])
            params = new
            continue
""",
        )
    ],
    "losses of earlier epochs kept": [
        ("        losses = []\n", ""),
        ("    momenta = [(0", "    losses = []\n    momenta = [(0"),
    ],
    "only the last layer": [
        (STEP, STEP + "\n            params[:-1] = start[:-1]"),
        ("    momenta = [(0", "    start = list(params)\n    momenta = [(0"),
    ],
    "biases stand still": [("b - lr * n", "b")],
    "no slope of ReLU": [("params, relu_grad", "params, np.ones_like")],
    "X and labels shuffled apart": [
        (
            "        losses = []\n",
            "        losses = []\n        labels = labels[rng.permutation(len(X))]\n",
        )
    ],
    "learns from validation": [
        (
            "    momenta = [(0",
            "    X = np.concatenate([X, X_val])\n"
            "    labels = np.concatenate([labels, labels_val])\n    momenta = [(0",
        )
    ],
    "batches of a fixed size": [("len(X), batch_size, rng", "len(X), 1, rng")],
    "batch_size ignored": [("len(X), batch_size, rng", "len(X), 32, rng")],
    "all of X in every step": [
        ("mlp_forward(X[batch]", "mlp_forward(X"),
        ("labels[batch]", "labels"),
    ],
    "never shuffled": [
        (
            "in minibatches(len(X), batch_size, rng)",
            "in np.split(np.arange(len(X)), range(batch_size, len(X), batch_size))",
        )
    ],
    "one order for all epochs": [
        (
            "in minibatches(len(X), batch_size, rng)",
            "in batches",
        ),
        (
            "    momenta = [(0",
            "    batches = list(minibatches(len(X), batch_size, rng))\n    momenta = [(0",
        ),
    ],
    "the first params returned": [
        ("    momenta = [(0", "    start = params\n    momenta = [(0"),
        ("return params", "return start"),
    ],
    "no step": [(STEP, "[(W - lr * m, b - lr * n) for (W, b), (m, n) in zip(params, momenta)]")],
    "no ReLU between the layers": [
        (
            "logits, _ = mlp_forward(X_val, params, relu)",
            "logits, _ = mlp_forward(X_val, params, np.tanh)",
        )
    ],
    "accuracy in per cent": [("accuracy(labels_val", "100 * accuracy(labels_val")],
    "loss of one batch": [("np.mean(losses)", "losses[-1]")],
    "loss summed over batches": [("np.mean(losses)", "np.sum(losses)")],
    "batch losses divided by n": [("np.mean(losses)", "np.sum(losses) / len(X)")],
    "validation on the training data": [
        ("mlp_forward(X_val, params", "mlp_forward(X, params"),
        ("labels_val, logits", "labels, logits"),
    ],
    "measured before the epoch": [
        (
            "        losses = []\n",
            "        losses = []\n        logits_val, _ = mlp_forward(X_val, params, relu)\n",
        ),
        ("labels_val, logits", "labels_val, logits_val"),
    ],
}


@pytest.mark.parametrize("seed", [PUBLIC_SEED, 5])
@pytest.mark.parametrize("name", SLIPS)
def test_a_slip_in_a_loop_with_momentum_is_named(name, seed):
    """Written with another optimizer than the catalogue's versions, so nothing is equal to them."""
    text = LOOP
    for right, slip in SLIPS[name]:
        assert right in text
        text = text.replace(right, slip)
    here = dict(globals())
    exec(text, here)
    problem = verdict("train", here["train"], seed).problem
    assert problem is not None
    messages = {v.message: v.name for v in REGISTRY["train"].misconceptions}
    assert messages.get(problem.misconception) == name


def test_the_loop_without_a_slip_passes():
    here = dict(globals())
    exec(LOOP, here)
    assert verdict("train", here["train"]).passed
