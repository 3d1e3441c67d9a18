"""One dense layer, forwards and backwards."""

from __future__ import annotations

import numpy as np

from autograder.checking.exercise import Case, Exercise
from autograder.exercises._cases import Rng, call
from autograder.exercises._parts import exercise_in_parts, part
from reference_impl.layers import dense as reference

# ------------------------------------------------------------------------------- forwards
dense_forward = Exercise(
    "dense_forward",
    reference=reference.dense_forward,
    minutes=3,
    difficulty=1,
    hint="X @ W, and b added to each row.",
)


@dense_forward.cases("several layers", points=1)
def _(rng: Rng) -> list[Case]:
    def layer(label, n, fan_in, fan_out):
        drawn = [rng.normal(size=shape) for shape in ((n, fan_in), (fan_in, fan_out), fan_out)]
        return call(label, *drawn)

    return [
        layer("one sample, 2 inputs, 3 units", 1, 2, 3),
        layer("5 samples, 3 inputs, 2 units", 5, 3, 2),
        layer("3 samples, 3 inputs, 3 units", 3, 3, 3),
        layer("4 samples, 2 inputs, 1 unit", 4, 2, 1),
    ]


@dense_forward.misconception("no bias", "The bias b is missing: each unit adds its own.")
def _(X, W, b):
    return X @ W


@dense_forward.misconception(
    "W first",
    "W comes first in your product. That is the form Z = WX + b, in which samples are columns. "
    "Here they are rows, so X comes first.",
)
def _(X, W, b):
    return W @ X + b


@dense_forward.misconception(
    "element by element", "* multiplies element by element; a weighted sum needs the product @."
)
def _(X, W, b):
    return X * W + b


@dense_forward.misconception(
    "W transposed",
    "W is (fan_in, fan_out) here and needs no transpose. (PyTorch stores it the other way round.)",
)
def _(X, W, b):
    return X @ W.T + b


@dense_forward.misconception(
    "b down the rows",
    "b belongs to the units, which are columns here: add b to each row as it is.",
)
def _(X, W, b):
    return X @ W + b[:, None]


@dense_forward.misconception(
    "b multiplied",
    "You multiply by b: the bias is added.",
)
def _(X, W, b):
    return (X @ W) * b


@dense_forward.misconception(
    "b subtracted",
    "You subtract the bias: it is added.",
)
def _(X, W, b):
    return X @ W - b


@dense_forward.misconception(
    "one b for all",
    "You add the sum of b (or one of its numbers) to every unit: each unit has a bias of its own.",
)
def _(X, W, b):
    return X @ W + b.sum()


@dense_forward.misconception(
    "b inside the sum",
    "You add b to the inputs of each sum, so it counts once for each input: add it once, "
    "after the product.",
)
def _(X, W, b):
    return X @ W + X.shape[1] * b


@dense_forward.misconception(
    "an activation as well",
    "There is an activation in your layer. Here a layer is the sum alone: the activation is a "
    "step of its own.",
)
def _(X, W, b):
    return np.maximum(X @ W + b, 0)


@dense_forward.equivalent("unit by unit")
def _(X, W, b):
    return np.stack([X @ W[:, j] + b[j] for j in range(W.shape[1])], axis=1)


@dense_forward.equivalent("samples as columns, and back")
def _(X, W, b):
    return (W.T @ X.T + b[:, None]).T


@dense_forward.equivalent("with a column of ones")
def _(X, W, b):
    return np.hstack([X, np.ones((len(X), 1))]) @ np.vstack([W, b])


# ------------------------------------------------------------------------------- backwards
dense_backward = exercise_in_parts(
    "dense_backward",
    reference=reference.dense_backward,
    outputs=("dX", "dW", "db"),
    minutes=12,
    difficulty=3,
    hint="Each gradient has the shape of what it belongs to; dX needs dZ and W, dW needs X and dZ, "
    "db sums dZ over the samples.",
)


def _back(rng: Rng, output: int) -> list[Case]:
    """Batches of several shapes, in which this output counts."""

    def case(label: str, n: int, fan_in: int, fan_out: int) -> Case:
        shapes = ((n, fan_out), (n, fan_in), (fan_in, fan_out))
        return part(label, [output], *(rng.normal(size=shape) for shape in shapes))

    return [
        case("one sample, 2 inputs, 3 units", 1, 2, 3),
        case("one sample, 3 inputs, 1 unit", 1, 3, 1),
        case("5 samples, 3 inputs, 2 units", 5, 3, 2),
        case("3 samples, 3 inputs, 3 units", 3, 3, 3),
        case("4 samples, one input, 2 units", 4, 1, 2),
    ]


@dense_backward.cases("dX", points=1)
def _(rng: Rng) -> list[Case]:
    return _back(rng, 0)


@dense_backward.cases("dW", points=1)
def _(rng: Rng) -> list[Case]:
    return _back(rng, 1)


@dense_backward.cases("db", points=1)
def _(rng: Rng) -> list[Case]:
    return _back(rng, 2)


@dense_backward.misconception(
    "db not summed",
    "Your db is dZ itself, with one row per sample. All samples share one b: sum over the rows "
    "(axis=0).",
)
def _(dZ, X, W):
    return dZ @ W.T, X.T @ dZ, dZ


@dense_backward.misconception(
    "db averaged",
    "You average dZ for db. If the loss is a mean, its 1/n is in dZ already: from here on, sum.",
)
def _(dZ, X, W):
    return dZ @ W.T, X.T @ dZ, dZ.mean(axis=0)


@dense_backward.misconception(
    "divided by n again",
    "You divide dW and db by n. If the loss is a mean, its 1/n is in dZ already.",
)
def _(dZ, X, W):
    return dZ @ W.T, X.T @ dZ / len(X), dZ.sum(axis=0) / len(X)


@dense_backward.misconception(
    "db summed over the units",
    "You sum dZ over the units (axis=1). b has a number for each unit: sum over axis=0.",
)
def _(dZ, X, W):
    return dZ @ W.T, X.T @ dZ, dZ.sum(axis=1)


@dense_backward.misconception(
    "db one number", "You sum all of dZ: b has a number for each unit, so sum over axis=0 only."
)
def _(dZ, X, W):
    return dZ @ W.T, X.T @ dZ, dZ.sum()


@dense_backward.misconception(
    "db a table of one row",
    "db has one dimension too many: b has shape (fan_out,), so no keepdims here.",
)
def _(dZ, X, W):
    return dZ @ W.T, X.T @ dZ, dZ.sum(axis=0, keepdims=True)


@dense_backward.misconception(
    "W not transposed",
    "dX goes from the units back to the inputs, so W has to be transposed. (If there are as many "
    "units as inputs, the shapes do not warn you.)",
)
def _(dZ, X, W):
    return dZ @ W, X.T @ dZ, dZ.sum(axis=0)


@dense_backward.misconception(
    "X not transposed",
    "In dW the sum goes over the samples: transpose X, so that the product sums over them.",
)
def _(dZ, X, W):
    return dZ @ W.T, X @ dZ, dZ.sum(axis=0)


@dense_backward.misconception(
    "dW transposed", "Your dW is the transpose of what it should be: it has the shape of W."
)
def _(dZ, X, W):
    return dZ @ W.T, dZ.T @ X, dZ.sum(axis=0)


@dense_backward.misconception(
    "another order", "Right gradients in another order: return dX first, then dW, then db."
)
def _(dZ, X, W):
    return X.T @ dZ, dZ.sum(axis=0), dZ @ W.T


@dense_backward.misconception(
    "samples as columns",
    "These are the formulas for samples that are *columns* (Z = WX + b): dW = dZ Xᵀ, dX = Wᵀ "
    "dZ. Here samples are rows, so the factors stand the other way round.",
)
def _(dZ, X, W):
    return W.T @ dZ, dZ @ X.T, dZ.sum(axis=1)


@dense_backward.misconception(
    "dW averaged",
    "You divide dW by n. If the loss is a mean, its 1/n is in dZ already.",
)
def _(dZ, X, W):
    return dZ @ W.T, X.T @ dZ / len(X), dZ.sum(axis=0)


@dense_backward.misconception(
    "everything divided by n",
    "You divide all three by n. If the loss is a mean, its 1/n is in dZ already.",
)
def _(dZ, X, W):
    return dZ @ W.T / len(X), X.T @ dZ / len(X), dZ.mean(axis=0)


@dense_backward.misconception(
    "db from X",
    "db has nothing to do with the inputs: Z = XW + b, so each sample gives its dZ to db.",
)
def _(dZ, X, W):
    return dZ @ W.T, X.T @ dZ, (X.sum(axis=1) @ dZ)


@dense_backward.misconception(
    "dX and dW exchanged",
    "dX and dW are exchanged: dX = dZ Wᵀ has the shape of X, dW = Xᵀ dZ has the shape of W. "
    "Return dX first.",
)
def _(dZ, X, W):
    return X.T @ dZ, dZ @ W.T, dZ.sum(axis=0)


@dense_backward.misconception(
    "wrong sign",
    "All your gradients point the other way. A gradient has no minus; the minus belongs to "
    "the step.",
)
def _(dZ, X, W):
    return -(dZ @ W.T), -(X.T @ dZ), -dZ.sum(axis=0)


@dense_backward.equivalent("sample by sample")
def _(dZ, X, W):
    dX, dW, db = np.zeros_like(X), np.zeros_like(W), np.zeros(W.shape[1])
    for i in range(len(X)):
        dX[i] = W @ dZ[i]
        dW += np.outer(X[i], dZ[i])
        db += dZ[i]
    return dX, dW, db


@dense_backward.equivalent("with einsum")
def _(dZ, X, W):
    dX = np.einsum("nk,dk->nd", dZ, W)
    return dX, np.einsum("nd,nk->dk", X, dZ), np.einsum("nk->k", dZ)


@dense_backward.equivalent("db as a product with ones")
def _(dZ, X, W):
    return [(W @ dZ.T).T, (dZ.T @ X).T, np.ones(len(dZ)) @ dZ]
