"""A network forwards, with what the way back will need, and the way back.

The message of `mlp_backward` names the first gradient that is off.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from itertools import pairwise

import numpy as np

from autograder.checking.compare import Difference, first_difference
from autograder.checking.drive import Call, Oracle, Outcome, Plain
from autograder.checking.exercise import Case, Exercise, quiz
from autograder.exercises._cases import Rng
from reference_impl import mlp as reference


def compare_forward(
    case: Case, expected: Sequence[Outcome], got: Sequence[Outcome]
) -> Difference | None:
    """The first array that is off on the way from the first layer to the logits."""
    right, answer = expected[0].value, got[0].value
    if not isinstance(answer, tuple | list) or len(answer) != 2:
        return first_difference(right, answer, names=mlp_forward.outputs)
    return _compare_caches(right[1], answer[1]) or first_difference(
        right[0], answer[0], where="logits"
    )


def _compare_caches(right: Sequence[tuple[Plain, Plain]], answer: Plain) -> Difference | None:
    layers = len(right)
    if not isinstance(answer, tuple | list) or len(answer) != layers:
        wanted = f"a list of {layers}: (H, Z) for each layer"
        size = f"{len(answer)} in it" if isinstance(answer, tuple | list) else "no list"
        kind = "shape" if isinstance(answer, tuple | list) else "type"
        return Difference(kind, "caches", wanted, size)
    for number, (pair, other) in enumerate(zip(right, answer, strict=True), start=1):
        place = f"caches[{number - 1}], which is layer {number} of {layers}"
        if not isinstance(other, tuple | list) or len(other) != 2:
            return first_difference(pair, other, names=("H", "Z"), where=place)
        for name, e, g in zip("HZ", pair, other, strict=True):
            difference = first_difference(e, g, where=f"{place}: {name}")
            if difference is not None:
                return replace(difference, misconception=_which_forward(right, number - 1, other))
    return None


def _which_forward(right: Sequence[tuple[Plain, Plain]], layer: int, pair: Sequence[Plain]) -> str:
    """What the first pair that is off shows: whose H it is, or which activation made it."""
    H, Z = (np.asarray(part, dtype=np.float64) for part in right[layer])

    def same(part: Plain, wanted: Plain) -> bool:
        return first_difference(wanted, part) is None

    if same(pair[0], Z) and same(pair[1], H):
        return "pairs turned round"
    if layer + 1 < len(right) and same(pair[0], right[layer + 1][0]) and same(pair[1], Z):
        return "outputs before their layer"
    if same(pair[0], Z):
        return "Z and its activation cached"
    if layer + 1 < len(right) and same(pair[0], H) and same(pair[1], right[layer + 1][0]):
        return "activation cached in the place of Z"
    if layer != 1:  # behind that, an activation was right once already
        return ""
    before = np.asarray(right[layer - 1][1], dtype=np.float64)
    with np.errstate(over="ignore"):
        made = {
            "no activation": before,
            "always ReLU": np.maximum(before, 0),
            "always tanh": np.tanh(before),
            "always the sigmoid": 1 / (1 + np.exp(-before)),
        }
    return next((name for name, wanted in made.items() if same(pair[0], wanted)), "")


mlp_forward = Exercise(
    "mlp_forward",
    reference=reference.mlp_forward,
    outputs=("logits", "caches"),
    minutes=12,
    difficulty=3,
    compare=compare_forward,
    hint="For each (W, b): Z from H, keep the pair (H, Z), then the activation makes the next H. "
    "The last Z is returned as it is.",
)

Function = Callable[[np.ndarray], np.ndarray]


def network(rng: Rng, sizes: Sequence[int]) -> list[tuple[np.ndarray, np.ndarray]]:
    """Weights and biases that are all different from 0."""
    return [
        (rng.normal(size=(fan_in, fan_out)) / np.sqrt(fan_in), rng.normal(size=fan_out))
        for fan_in, fan_out in pairwise(sizes)
    ]


def wave(z: np.ndarray) -> np.ndarray:
    """An activation that nobody knows: neither f(0) = 0 nor f(f(z)) = f(z)."""
    return np.asarray(0.3 + 0.5 * z + np.sin(z))


def _through(rng: Rng, label: str, n: int, sizes: Sequence[int], activation: Function) -> Case:
    arguments = (rng.normal(size=(n, sizes[0])), network(rng, sizes))
    oracle = Oracle("activation", ("z",))
    return Case(label, (Call((*arguments, oracle)),), {"activation": activation})


@mlp_forward.cases("two layers", points=1)
def _(rng: Rng) -> list[Case]:
    return [
        _through(rng, "2 layers, tanh, one sample", 1, (2, 3, 2), np.tanh),
        _through(rng, "2 layers, an unknown activation, 4 samples", 4, (3, 5, 2), wave),
    ]


@mlp_forward.cases("any number of layers", points=2)
def _(rng: Rng) -> list[Case]:
    return [
        _through(rng, "1 layer: no activation at all", 4, (3, 2), np.tanh),
        _through(rng, "4 layers, tanh", 3, (2, 4, 3, 4, 2), np.tanh),
        _through(rng, "3 layers of 3 units, an unknown activation", 3, (3, 3, 3, 3), wave),
    ]


@mlp_forward.misconception(
    "activation after the last layer",
    "You apply the activation after the last layer, too. The logits are the last Z as it is: that "
    "is what the loss takes.",
)
def _(X, params, activation):
    H, caches = X, []
    for W, b in params:
        Z = H @ W + b
        caches.append((H, Z))
        H = activation(Z)
    return H, caches


@mlp_forward.misconception(
    "no activation", "The activation is never used: without it all layers together are one layer."
)
def _(X, params, activation):
    H, caches = X, []
    for W, b in params:
        Z = H @ W + b
        caches.append((H, Z))
        H = Z
    return H, caches


@mlp_forward.misconception(
    "activation of the inputs",
    "You apply the activation to X as well: the first layer gets the samples as they are.",
)
def _(X, params, activation):
    H, caches = X, []
    for W, b in params:
        H = activation(H)
        Z = H @ W + b
        caches.append((H, Z))
        H = Z
    return H, caches


@mlp_forward.misconception("no bias", "The biases are missing: each layer is H @ W plus its b.")
def _(X, params, activation):
    H, caches = X, []
    for W, _b in params:
        Z = H @ W
        caches.append((H, Z))
        H = activation(Z)
    return Z, caches


@mlp_forward.misconception(
    "output of the layer cached",
    "Right logits, but your caches hold the output of each layer's activation. The way back needs "
    "the H that went *into* the layer, because dW = Hᵀ dZ.",
)
def _(X, params, activation):
    H, caches = X, []
    for W, b in params:
        Z = H @ W + b
        H = activation(Z)
        caches.append((H, Z))
    return Z, caches


@mlp_forward.misconception(
    "activation cached in the place of Z",
    "Right logits, but your caches hold activation(Z) where Z is asked for. The way back takes the "
    "slope at Z: store the pair (H, Z) before Z goes into the activation.",
)
def _(X, params, activation):
    H, caches = X, []
    for i, (W, b) in enumerate(params):
        out = H @ W + b
        if i < len(params) - 1:
            out = activation(out)
        caches.append((H, out))
        H = out
    return H, caches


@mlp_forward.misconception(
    "pairs turned round", "Right logits, but the pairs are (H, Z): the layer's input comes first."
)
def _(X, params, activation):
    H, caches = X, []
    for W, b in params:
        Z = H @ W + b
        caches.append((Z, H))
        H = activation(Z)
    return Z, caches


@mlp_forward.misconception(
    "last layer not cached",
    "Right logits, but the last layer is missing in the caches. Its dW needs its H.",
)
def _(X, params, activation):
    H, caches = X, []
    for W, b in params[:-1]:
        Z = H @ W + b
        caches.append((H, Z))
        H = activation(Z)
    W, b = params[-1]
    return H @ W + b, caches


@mlp_forward.misconception(
    "only the logits", "You return the logits only: the way back needs the caches as well."
)
def _(X, params, activation):
    H = X
    for W, b in params:
        Z = H @ W + b
        H = activation(Z)
    return Z


@mlp_forward.misconception(
    "the input again and again",
    "Every layer gets X itself: the input of a layer is the output of the layer before.",
)
def _(X, params, activation):
    H, caches = X, []
    for W, b in params:
        Z = (H if W.shape[0] == H.shape[1] else np.resize(H, (len(H), len(W)))) @ W + b
        caches.append((X, Z))
    return Z, caches


@mlp_forward.misconception(
    "outputs before their layer",
    "Right logits, but your caches hold (H, Z) with the H of the *next* layer: store H before "
    "it becomes activation(Z).",
)
def _(X, params, activation):
    H, caches = X, []
    for k, (W, b) in enumerate(params):
        Z = H @ W + b
        H = Z if k == len(params) - 1 else activation(Z)
        caches.append((H, Z))
    return Z, caches


@mlp_forward.misconception(
    "two layers only",
    "You write out two layers. `params` may hold one layer or many: use a loop over all of it.",
)
def _(X, params, activation):
    (V, a), (W, b) = params[0], params[1]
    Z1 = X @ V + a
    H = activation(Z1)
    Z2 = H @ W + b
    return Z2, [(X, Z1), (H, Z2)]


@mlp_forward.misconception(
    "two layers unpacked",
    "You unpack just two layers. `params` may hold one layer or many: use a loop over all of it.",
)
def _(X, params, activation):
    (V, a), (W, b) = params
    Z1 = X @ V + a
    H = activation(Z1)
    Z2 = H @ W + b
    return Z2, [(X, Z1), (H, Z2)]


@mlp_forward.misconception(
    "always ReLU",
    "You use ReLU, whatever activation is: call the function that you are given, activation(Z).",
)
def _(X, params, activation):
    H, caches = X, []
    for W, b in params:
        Z = H @ W + b
        caches.append((H, Z))
        H = np.maximum(Z, 0)
    return Z, caches


@mlp_forward.misconception(
    "always tanh",
    "You use tanh, whatever activation is: call the function that you are given, activation(Z).",
)
def _(X, params, activation):
    H, caches = X, []
    for W, b in params:
        Z = H @ W + b
        caches.append((H, Z))
        H = np.tanh(Z)
    return Z, caches


@mlp_forward.misconception(
    "always the sigmoid",
    "You use the sigmoid, whatever activation is: call the function that you are given, "
    "activation(Z).",
)
def _(X, params, activation):
    H, caches = X, []
    for W, b in params:
        Z = H @ W + b
        caches.append((H, Z))
        H = 1 / (1 + np.exp(-Z))
    return Z, caches


@mlp_forward.misconception(
    "softmax at the end",
    "You turn the logits into probabilities. The loss takes the logits themselves, and does "
    "that in a way that cannot overflow.",
)
def _(X, params, activation):
    H, caches = X, []
    for W, b in params:
        Z = H @ W + b
        caches.append((H, Z))
        H = activation(Z)
    E = np.exp(Z - Z.max(axis=1, keepdims=True))
    return E / E.sum(axis=1, keepdims=True), caches


@mlp_forward.misconception(
    "Z and its activation cached",
    "Right logits, but your pairs hold Z and activation(Z). The pair of a layer is (H, Z): what "
    "went into the layer, and its Z.",
)
def _(X, params, activation):
    H, caches = X, []
    for k, (W, b) in enumerate(params):
        Z = H @ W + b
        H = Z if k == len(params) - 1 else activation(Z)
        caches.append((Z, H))
    return Z, caches


@mlp_forward.misconception(
    "only Z cached",
    "Right logits, but your caches hold Z alone. The way back needs H as well: dW = Hᵀ dZ.",
)
def _(X, params, activation):
    H, caches = X, []
    for W, b in params:
        Z = H @ W + b
        caches.append(Z)
        H = activation(Z)
    return Z, caches


@mlp_forward.misconception(
    "weights cached",
    "Right logits, but your caches hold the weights. Those are in params already: store the "
    "pair (H, Z) of each layer.",
)
def _(X, params, activation):
    H, caches = X, []
    for W, b in params:
        Z = H @ W + b
        caches.append((W, b))
        H = activation(Z)
    return Z, caches


@mlp_forward.equivalent("the last layer apart")
def _(X, params, activation):
    caches = []
    for W, b in params[:-1]:
        Z = np.dot(X, W) + b
        caches.append([X, Z])
        X = activation(Z)
    W, b = params[-1]
    logits = np.dot(X, W) + b
    caches.append([X, logits])
    return [logits, caches]


@mlp_forward.equivalent("all H first")
def _(X, params, activation):
    inputs, sums = [X], []
    for i in range(len(params)):
        sums.append(inputs[i] @ params[i][0] + params[i][1][None, :])
        if i < len(params) - 1:
            inputs.append(activation(sums[i]))
    return sums[-1], list(zip(inputs, sums, strict=True))


@mlp_forward.equivalent("calling itself")
def _(X, params, activation):
    def rest(H, layers):
        (W, b), *others = layers
        Z = H @ W + b
        if not others:
            return Z, [(H, Z)]
        logits, caches = rest(activation(Z), others)
        return logits, [(H, Z), *caches]

    return rest(X, params)


def _pairs(count: int) -> str:
    return f"{count} pair{'' if count == 1 else 's'}"


def compare_gradients(
    case: Case, expected: Sequence[Outcome], got: Sequence[Outcome]
) -> Difference | None:
    """Compared from the last layer to the first, as they are computed: errors spread that way."""
    right, answer = expected[0].value, got[0].value
    layers = len(right)
    if not isinstance(answer, tuple | list):
        return first_difference(right, answer)
    if len(answer) != layers:
        return Difference("shape", "", f"a list of {_pairs(layers)} (dW, db)", _pairs(len(answer)))
    for i in reversed(range(layers)):
        place = f"grads[{i}], which is layer {i + 1} of {layers}"
        if not isinstance(answer[i], tuple | list) or len(answer[i]) != 2:
            return first_difference(right[i], answer[i], names=("dW", "db"), where=place)
        in_W, in_b = (
            first_difference(e, g, where=f"{place}: {name}")
            for name, e, g in zip(("dW", "db"), right[i], answer[i], strict=True)
        )
        found = in_W or in_b
        if found is not None:
            notes = (found.note, _what_is_right(in_W is None, in_b is None, i + 1, layers))
            return replace(found, note="; ".join(filter(None, notes)))
    return None


def _what_is_right(dW: bool, db: bool, layer: int, layers: int) -> str:
    """Where to look: between the last gradient that was right and the first that is not."""
    if dW:
        return f"the dW of layer {layer} is right, so dZ is, too: look at how dZ gives db"
    if db:
        return f"the db of layer {layer} is right, so dZ is, too: look at the H in dW"
    if layer == layers:
        return "this is the last layer: its dZ is dlogits, and no activation follows it"
    done = f"layer {layers} is" if layer + 1 == layers else f"layers {layer + 1} to {layers} are"
    return f"{done} right: look at how dZ gets from layer {layer + 1} to layer {layer}"


mlp_backward = Exercise(
    "mlp_backward",
    reference=reference.mlp_backward,
    minutes=20,
    difficulty=4,
    compare=compare_gradients,
    hint="From the last layer to the first: dense_backward with that layer's dZ, H and W; then dH "
    "times the slope of the activation at the Z of the layer before.",
)


def wave_grad(z: np.ndarray) -> np.ndarray:
    return np.asarray(0.5 + np.cos(z))


def tanh_grad(z: np.ndarray) -> np.ndarray:
    return np.asarray(1 - np.tanh(z) ** 2)


def _back(
    rng: Rng, label: str, n: int, sizes: Sequence[int], activation: Function, slope: Function
) -> Case:
    params = network(rng, sizes)
    _, caches = reference.mlp_forward(rng.normal(size=(n, sizes[0])), params, activation)
    dlogits = rng.normal(size=(n, sizes[-1]))
    call = Call((dlogits, caches, params, Oracle("activation_grad", ("z",))))
    return Case(label, (call,), {"activation_grad": slope})


@mlp_backward.cases("one layer", points=1)
def _(rng: Rng) -> list[Case]:
    return [
        _back(rng, "1 layer: no activation, one sample", 1, (3, 2), np.tanh, tanh_grad),
        _back(rng, "1 layer: no activation, 5 samples", 5, (3, 2), wave, wave_grad),
    ]


@mlp_backward.cases("two layers", points=2)
def _(rng: Rng) -> list[Case]:
    return [
        _back(rng, "2 layers, tanh, one sample", 1, (2, 3, 1), np.tanh, tanh_grad),
        _back(rng, "2 layers, an unknown activation, 4 samples", 4, (3, 5, 2), wave, wave_grad),
        _back(rng, "2 layers of 3 units, tanh, 3 samples", 3, (3, 3, 3), np.tanh, tanh_grad),
    ]


@mlp_backward.cases("deeper", points=2)
def _(rng: Rng) -> list[Case]:
    return [
        _back(rng, "4 layers, tanh", 6, (2, 4, 3, 5, 2), np.tanh, tanh_grad),
        _back(rng, "3 layers of 3 units, an unknown activation", 3, (3,) * 4, wave, wave_grad),
    ]


@mlp_backward.misconception(
    "slope at H",
    "You take the activation's slope at H, which is the output of the activation. Take it at Z, "
    "which went into the activation.",
)
def _(dlogits, caches, params, activation_grad):
    grads, dZ = [], dlogits
    for i in reversed(range(len(params))):
        H, _Z = caches[i]
        grads.insert(0, (H.T @ dZ, dZ.sum(axis=0)))
        dZ = dZ @ params[i][0].T * activation_grad(H)
    return grads


@mlp_backward.misconception(
    "slope at the Z of the same layer",
    "You take the slope one layer too late. What comes back through W of layer l is dH of the "
    "layer before, so take the slope at the Z of the layer before, too.",
)
def _(dlogits, caches, params, activation_grad):
    grads, dZ = [], dlogits
    for i in reversed(range(len(params))):
        H, Z = caches[i]
        grads.insert(0, (H.T @ dZ, dZ.sum(axis=0)))
        if i > 0:
            dZ = dZ @ params[i][0].T * activation_grad(Z)
    return grads


@mlp_backward.misconception(
    "slope at the last layer",
    "The last layer has no activation, so its dZ is dlogits itself: multiply by a slope only in "
    "the layers before it.",
)
def _(dlogits, caches, params, activation_grad):
    grads, dH = [], dlogits
    for i in reversed(range(len(params))):
        H, Z = caches[i]
        dZ = dH * activation_grad(Z)
        grads.insert(0, (H.T @ dZ, dZ.sum(axis=0)))
        dH = dZ @ params[i][0].T
    return grads


@mlp_backward.misconception(
    "no slope",
    "The activation's slope is missing: between two layers the gradient also goes through the "
    "activation, dZ = dH · activation'(Z).",
)
def _(dlogits, caches, params, activation_grad):
    grads, dZ = [], dlogits
    for i in reversed(range(len(params))):
        H, _Z = caches[i]
        grads.insert(0, (H.T @ dZ, dZ.sum(axis=0)))
        dZ = dZ @ params[i][0].T
    return grads


@mlp_backward.misconception(
    "activation in place of its slope",
    "Right where there is one layer. Between layers you multiply by H, the activation's value; the "
    "chain rule asks for its slope, activation_grad(Z).",
)
def _(dlogits, caches, params, activation_grad):
    grads, dZ = [], dlogits
    for i in reversed(range(len(params))):
        H, _Z = caches[i]
        grads.insert(0, (H.T @ dZ, dZ.sum(axis=0)))
        dZ = dZ @ params[i][0].T * H
    return grads


@mlp_backward.misconception(
    "last layer first",
    "Right gradients in the wrong order: you found the last layer's first, but the list follows "
    "params, so the first layer comes first.",
)
def _(dlogits, caches, params, activation_grad):
    grads, dZ = [], dlogits
    for i in reversed(range(len(params))):
        H, _Z = caches[i]
        grads.append((H.T @ dZ, dZ.sum(axis=0)))
        if i > 0:
            dZ = dZ @ params[i][0].T * activation_grad(caches[i - 1][1])
    return grads


@mlp_backward.misconception(
    "divided by n again",
    "You divide the gradients by n. The 1/n of the mean is in dlogits already: once is enough.",
)
def _(dlogits, caches, params, activation_grad):
    grads, dZ = [], dlogits
    for i in reversed(range(len(params))):
        H, _Z = caches[i]
        grads.insert(0, (H.T @ dZ / len(H), dZ.mean(axis=0)))
        if i > 0:
            dZ = dZ @ params[i][0].T * activation_grad(caches[i - 1][1])
    return grads


@mlp_backward.misconception(
    "divided by n in every layer",
    "You divide by n again in every layer, so the gradients shrink on their way. The 1/n of the "
    "mean is in dlogits already.",
)
def _(dlogits, caches, params, activation_grad):
    grads, dZ = [], dlogits
    for i in reversed(range(len(params))):
        H, _Z = caches[i]
        dZ = dZ / len(H)
        grads.insert(0, (H.T @ dZ, dZ.sum(axis=0)))
        if i > 0:
            dZ = dZ @ params[i][0].T * activation_grad(caches[i - 1][1])
    return grads


@mlp_backward.misconception(
    "db not summed", "Your db has one row per sample. All samples share one b: sum over the rows."
)
def _(dlogits, caches, params, activation_grad):
    grads, dZ = [], dlogits
    for i in reversed(range(len(params))):
        H, _Z = caches[i]
        grads.insert(0, (H.T @ dZ, dZ))
        if i > 0:
            dZ = dZ @ params[i][0].T * activation_grad(caches[i - 1][1])
    return grads


@mlp_backward.misconception(
    "W not transposed",
    "On the way back the weights are transposed: dH = dZ Wᵀ. (If all layers have the same number "
    "of units, the shapes do not warn you.)",
)
def _(dlogits, caches, params, activation_grad):
    grads, dZ = [], dlogits
    for i in reversed(range(len(params))):
        H, _Z = caches[i]
        grads.insert(0, (H.T @ dZ, dZ.sum(axis=0)))
        if i > 0:
            dZ = dZ @ params[i][0] * activation_grad(caches[i - 1][1])
    return grads


@mlp_backward.misconception(
    "W of the layer before",
    "The gradient of layer l goes back through the weights of layer l itself; you take those of "
    "the layer before.",
)
def _(dlogits, caches, params, activation_grad):
    grads, dZ = [], dlogits
    for i in reversed(range(len(params))):
        H, _Z = caches[i]
        grads.insert(0, (H.T @ dZ, dZ.sum(axis=0)))
        if i > 0:
            dZ = dZ @ params[i - 1][0].T * activation_grad(caches[i - 1][1])
    return grads


@mlp_backward.misconception(
    "through the updated weights",
    "You go back through weights that have been updated already. First compute all gradients, with "
    "the weights that were used forwards; update afterwards.",
)
def _(dlogits, caches, params, activation_grad):
    grads, dZ = [], dlogits
    for i in reversed(range(len(params))):
        H, _Z = caches[i]
        grads.insert(0, (H.T @ dZ, dZ.sum(axis=0)))
        if i > 0:
            W = params[i][0] - grads[0][0]
            dZ = dZ @ W.T * activation_grad(caches[i - 1][1])
    return grads


@mlp_backward.misconception(
    "a slope before the first layer",
    "At the first layer `caches[layer - 1]` is caches[-1], the *last* layer's. No layer comes "
    "before the first: make the next dZ only if layer > 0.",
)
def _(dlogits, caches, params, activation_grad):
    grads, dZ = [], dlogits
    for i in reversed(range(len(params))):
        H, _Z = caches[i]
        grads.insert(0, (H.T @ dZ, dZ.sum(axis=0)))
        dZ = dZ @ params[i][0].T * activation_grad(caches[i - 1][1])
    return grads


@mlp_backward.misconception(
    "always the slope of tanh",
    "1 - H² is the slope of tanh only. You cannot know which activation it is: call "
    "activation_grad at Z.",
)
def _(dlogits, caches, params, activation_grad):
    grads, dZ = [], dlogits
    for i in reversed(range(len(params))):
        H, _Z = caches[i]
        grads.insert(0, (H.T @ dZ, dZ.sum(axis=0)))
        dZ = dZ @ params[i][0].T * (1 - H**2)
    return grads


@mlp_backward.misconception("db first", "Each pair is the wrong way round: (dW, db), W first.")
def _(dlogits, caches, params, activation_grad):
    grads, dZ = [], dlogits
    for i in reversed(range(len(params))):
        H, _Z = caches[i]
        grads.insert(0, (dZ.sum(axis=0), H.T @ dZ))
        if i > 0:
            dZ = dZ @ params[i][0].T * activation_grad(caches[i - 1][1])
    return grads


@mlp_backward.misconception(
    "always the slope of ReLU",
    "(Z > 0) is the slope of ReLU only. You cannot know which activation it is: call "
    "activation_grad at Z.",
)
def _(dlogits, caches, params, activation_grad):
    grads, dZ = [], dlogits
    for i in reversed(range(len(params))):
        H, _Z = caches[i]
        grads.insert(0, (H.T @ dZ, dZ.sum(axis=0)))
        if i > 0:
            dZ = dZ @ params[i][0].T * (caches[i - 1][1] > 0)
    return grads


@mlp_backward.misconception(
    "the slope of the sigmoid",
    "H(1 - H) is the slope of the sigmoid only. You cannot know which activation it is: call "
    "activation_grad at Z.",
)
def _(dlogits, caches, params, activation_grad):
    grads, dZ = [], dlogits
    for i in reversed(range(len(params))):
        H, _Z = caches[i]
        grads.insert(0, (H.T @ dZ, dZ.sum(axis=0)))
        dZ = dZ @ params[i][0].T * H * (1 - H)
    return grads


@mlp_backward.misconception(
    "db averaged",
    "You average dZ for db. The 1/n of the mean is in dlogits already: sum over the rows.",
)
def _(dlogits, caches, params, activation_grad):
    grads, dZ = [], dlogits
    for i in reversed(range(len(params))):
        H, _Z = caches[i]
        grads.insert(0, (H.T @ dZ, dZ.mean(axis=0)))
        if i > 0:
            dZ = dZ @ params[i][0].T * activation_grad(caches[i - 1][1])
    return grads


@mlp_backward.misconception(
    "dlogits for every layer",
    "Every layer gets dlogits. On its way back dZ changes: it goes through W and the "
    "activation, from layer to layer.",
)
def _(dlogits, caches, params, activation_grad):
    grads = []
    for i in reversed(range(len(params))):
        H, _Z = caches[i]
        dZ = np.resize(dlogits, (len(H), params[i][0].shape[1]))
        grads.insert(0, (H.T @ dZ, dZ.sum(axis=0)))
    return grads


@mlp_backward.misconception(
    "two layers only",
    "You write out two layers. `params` may hold one layer or many: use a loop from the last "
    "one to the first.",
)
def _(dlogits, caches, params, activation_grad):
    (X, Z1), (H, _) = caches[0], caches[1]
    dZ1 = dlogits @ params[1][0].T * activation_grad(Z1)
    return [(X.T @ dZ1, dZ1.sum(axis=0)), (H.T @ dlogits, dlogits.sum(axis=0))]


@mlp_backward.misconception(
    "two layers unpacked",
    "You unpack just two layers. `params` may hold one layer or many: use a loop from the last "
    "one to the first.",
)
def _(dlogits, caches, params, activation_grad):
    (X, Z1), (H, _) = caches
    dZ1 = dlogits @ params[1][0].T * activation_grad(Z1)
    return [(X.T @ dZ1, dZ1.sum(axis=0)), (H.T @ dlogits, dlogits.sum(axis=0))]


@mlp_backward.misconception(
    "one list without pairs",
    "Right numbers in one long list. Return a pair (dW, db) for each layer.",
)
def _(dlogits, caches, params, activation_grad):
    grads, dZ = [], dlogits
    for i in reversed(range(len(params))):
        H, _Z = caches[i]
        grads = [H.T @ dZ, dZ.sum(axis=0), *grads]
        if i > 0:
            dZ = dZ @ params[i][0].T * activation_grad(caches[i - 1][1])
    return grads


@mlp_backward.misconception(
    "only the first layer's pair",
    "You return one pair only. Keep the (dW, db) of each layer, in a list.",
)
def _(dlogits, caches, params, activation_grad):
    dZ = dlogits
    for i in reversed(range(len(params))):
        H, _Z = caches[i]
        pair = (H.T @ dZ, dZ.sum(axis=0))
        if i > 0:
            dZ = dZ @ params[i][0].T * activation_grad(caches[i - 1][1])
    return [pair]


@mlp_backward.equivalent("collected backwards and turned round")
def _(dlogits, caches, params, activation_grad):
    collected = []
    dZ = dlogits
    for i in range(len(params) - 1, -1, -1):
        H = caches[i][0]
        collected.append([H.T @ dZ, np.sum(dZ, axis=0)])
        if i > 0:
            dZ = np.dot(dZ, params[i][0].T) * activation_grad(caches[i - 1][1])
    return list(reversed(collected))


@mlp_backward.equivalent("all dZ first")
def _(dlogits, caches, params, activation_grad):
    dZ = [None] * len(params)
    dZ[-1] = dlogits
    for i in range(len(params) - 2, -1, -1):
        dZ[i] = activation_grad(caches[i][1]) * (params[i + 1][0] @ dZ[i + 1].T).T
    ones = np.ones(len(dlogits))
    return tuple((H.T @ d, ones @ d) for (H, _Z), d in zip(caches, dZ, strict=True))


@mlp_backward.equivalent("with Z worked out again")
def _(dlogits, caches, params, activation_grad):
    grads, dZ = [], dlogits
    for i in reversed(range(len(params))):
        H = caches[i][0]
        grads = [(np.einsum("ni,nj->ij", H, dZ), dZ.sum(0)), *grads]
        if i > 0:
            W, b = params[i - 1]
            dZ = (dZ @ params[i][0].T) * activation_grad(caches[i - 1][0] @ W + b)
    return grads


# ------------------------------------------------------------------------------- the quiz
prediction_backprop = quiz(
    "prediction_backprop",
    answer="b",
    a="The last layer does get a gradient: its dW is Hᵀ dZ, and neither H nor dZ contains its own "
    "weights.",
    c="Follow dZ on its way back. To reach the first two layers it is multiplied by the weights of "
    "the third, and those are 0.",
    d="dW of the third layer is fine. But what the layers before it receive has been multiplied by "
    "the weights of the third, and those are 0.",
)
