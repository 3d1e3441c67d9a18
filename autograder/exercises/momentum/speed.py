"""Why momentum is fast: the step as a matrix, its rate, and the best pair."""

from __future__ import annotations

import numpy as np

from autograder.checking.exercise import Case, Exercise
from autograder.exercises._cases import Rng, call
from reference_impl import convergence

# ----------------------------------------------------------------------------- the step as a matrix
momentum_matrix = Exercise(
    "momentum_matrix",
    reference=convergence.momentum_matrix,
    hint="Write both lines for the slope λ·θ, then put the new v into the second line, so that "
    "only the old θ and the old v are left.",
    minutes=8,
    difficulty=3,
)


@momentum_matrix.cases("without momentum", points=1)
def _(rng: Rng) -> list[Case]:
    return [
        call("η = 0.1, μ = 0, λ = 4", 0.1, 0.0, 4.0),
        call(
            "drawn at random, μ = 0", float(rng.uniform(0.01, 0.2)), 0.0, float(rng.uniform(2, 9))
        ),
        call("a nearly flat valley, μ = 0", 0.0123, 0.0, 0.0457),
    ]


@momentum_matrix.cases("with momentum", points=2)
def _(rng: Rng) -> list[Case]:
    return [
        call("η = 0.5, μ = 0.8, λ = 1", 0.5, 0.8, 1.0),
        call("η = 0.1, μ = 0.9, λ = 25", 0.1, 0.9, 25.0),
        call(
            "drawn at random",
            float(rng.uniform(0.01, 0.2)),
            float(rng.uniform(0.55, 0.95)),
            float(rng.uniform(2, 9)),
        ),
        # Its numbers are so small that a result rounded as in the example is never close enough.
        call("a nearly flat valley", 0.0123, 0.8, 0.0457),
    ]


@momentum_matrix.misconception(
    "θ moves with the old v",
    "Your θ moves with the old v: put μ·v + η·λ·θ in its place, and the first row changes.",
)
def _(lr, momentum, lam):
    return np.array([[1.0, -1.0], [lr * lam, momentum]])


@momentum_matrix.misconception(
    "μ missing in the first row",
    "The first row has v with weight -1: of the old v only the share μ is in the new one.",
)
def _(lr, momentum, lam):
    return np.array([[1 - lr * lam, -1.0], [lr * lam, momentum]])


@momentum_matrix.misconception(
    "μ missing in the second row",
    "The second row keeps v whole: of the old v only the share μ stays.",
)
def _(lr, momentum, lam):
    return np.array([[1 - lr * lam, -momentum], [lr * lam, 1.0]])


@momentum_matrix.misconception(
    "sign of μ in the first row",
    "θ moves *against* v. So μ·v is subtracted in the first row, as η·λ·θ is.",
)
def _(lr, momentum, lam):
    return np.array([[1 - lr * lam, momentum], [lr * lam, momentum]])


@momentum_matrix.misconception(
    "v points downhill",
    "In yours v points downhill and is added to θ, as in Keras. Here v = μ·v + η·λ·θ, and it "
    "is subtracted.",
)
def _(lr, momentum, lam):
    return np.array([[1 - lr * lam, momentum], [-lr * lam, momentum]])


@momentum_matrix.misconception(
    "uphill",
    "In yours θ moves with v, uphill: θ - v, so both entries of the first row change their "
    "sign before 1 is added.",
)
def _(lr, momentum, lam):
    return np.array([[1 + lr * lam, momentum], [lr * lam, momentum]])


@momentum_matrix.misconception(
    "v first",
    "Your matrix is for the column (v, θ). Here θ comes first: swap the rows, and swap the "
    "columns.",
)
def _(lr, momentum, lam):
    return np.array([[momentum, lr * lam], [-momentum, 1 - lr * lam]])


@momentum_matrix.misconception(
    "rows exchanged",
    "Your rows are exchanged: the first row makes the new θ, the second one the new v.",
)
def _(lr, momentum, lam):
    return np.array([[lr * lam, momentum], [1 - lr * lam, -momentum]])


@momentum_matrix.misconception(
    "columns exchanged",
    "Your columns are exchanged: the first column is what the old θ is multiplied by.",
)
def _(lr, momentum, lam):
    return np.array([[-momentum, 1 - lr * lam], [momentum, lr * lam]])


@momentum_matrix.misconception(
    "transposed",
    "Your matrix is transposed: a row holds what makes *one* new number, from the old θ and "
    "the old v.",
)
def _(lr, momentum, lam):
    return np.array([[1 - lr * lam, lr * lam], [-momentum, momentum]])


@momentum_matrix.misconception(
    "the averaging form",
    "That is momentum_step as a matrix. Here the heavy ball is meant: no 1-μ, and lr inside v.",
)
def _(lr, momentum, lam):
    push = (1 - momentum) * lam
    return np.array([[1 - lr * push, -lr * momentum], [push, momentum]])


@momentum_matrix.misconception(
    "1-μ added",
    "The slope has its full weight in the heavy ball: there is no 1-μ.",
)
def _(lr, momentum, lam):
    push = (1 - momentum) * lr * lam
    return np.array([[1 - push, -momentum], [push, momentum]])


@momentum_matrix.misconception(
    "learning rate outside",
    "In yours lr multiplies v when θ moves, as in PyTorch. In the heavy ball lr is inside v.",
)
def _(lr, momentum, lam):
    return np.array([[1 - lr * lam, -lr * momentum], [lam, momentum]])


@momentum_matrix.misconception(
    "λ missing",
    "The curvature is missing: the slope at θ is λ·θ, not θ.",
)
def _(lr, momentum, lam):
    return np.array([[1 - lr, -momentum], [lr, momentum]])


@momentum_matrix.misconception(
    "lr missing in the second row",
    "lr is missing in the second row: v takes in lr·λ·θ.",
)
def _(lr, momentum, lam):
    return np.array([[1 - lr * lam, -momentum], [lam, momentum]])


@momentum_matrix.misconception(
    "half the slope",
    "The slope of ½·λ·θ² is λ·θ: the 2 of the square and the ½ cancel.",
)
def _(lr, momentum, lam):
    return np.array([[1 - lr * lam / 2, -momentum], [lr * lam / 2, momentum]])


@momentum_matrix.misconception(
    "twice the slope",
    "The slope of ½·λ·θ² is λ·θ. Yours is twice as large: that is the slope of λ·θ².",
)
def _(lr, momentum, lam):
    return np.array([[1 - 2 * lr * lam, -momentum], [2 * lr * lam, momentum]])


@momentum_matrix.misconception(
    "Nesterov's",
    "That is Nesterov's step, with the slope at θ - μ·v. The heavy ball takes the slope at θ.",
)
def _(lr, momentum, lam):
    keep = 1 - lr * lam
    return np.array([[keep, -momentum * keep], [lr * lam, momentum * keep]])


@momentum_matrix.misconception(
    "the last two points",
    "Your matrix is for the last two points, (θ now, θ before). It has the same eigenvalues, "
    "but here the column is (θ, v).",
)
def _(lr, momentum, lam):
    return np.array([[1 + momentum - lr * lam, -momentum], [1.0, 0.0]])


@momentum_matrix.misconception(
    "θ and v apart",
    "In yours θ and v do not meet. v takes in the slope, and θ moves with v: all four entries"
    " are needed.",
)
def _(lr, momentum, lam):
    return np.array([[1 - lr * lam, 0.0], [0.0, momentum]])


@momentum_matrix.misconception(
    "v does not see θ",
    "In yours the slope does not get into v: the lower left entry is not 0.",
)
def _(lr, momentum, lam):
    return np.array([[1 - lr * lam, -momentum], [0.0, momentum]])


@momentum_matrix.misconception(
    "1-μ stays",
    "In yours the share 1-μ of the velocity stays. What stays is μ.",
)
def _(lr, momentum, lam):
    return np.array([[1 - lr * lam, momentum - 1], [lr * lam, 1 - momentum]])


@momentum_matrix.misconception(
    "θ is forgotten",
    "The 1 of the old θ is missing: θ - v starts from where the ball is.",
)
def _(lr, momentum, lam):
    return np.array([[-lr * lam, -momentum], [lr * lam, momentum]])


@momentum_matrix.misconception(
    "second row exchanged",
    "In your second row the two numbers are exchanged: the first is what the old θ is "
    "multiplied by.",
)
def _(lr, momentum, lam):
    return np.array([[1 - lr * lam, -momentum], [momentum, lr * lam]])


@momentum_matrix.misconception(
    "one row of four",
    "The four numbers are right, but the matrix has two rows: np.array([[…, …], […, …]]).",
)
def _(lr, momentum, lam):
    return np.array([1 - lr * lam, -momentum, lr * lam, momentum])


@momentum_matrix.equivalent("from two steps of the heavy ball")
def _(lr, momentum, lam):
    columns = []
    for theta, v in ((1.0, 0.0), (0.0, 1.0)):
        v = momentum * v + lr * lam * theta
        columns.append([theta - v, v])
    return np.array(columns).T


@momentum_matrix.equivalent("a product of two matrices")
def _(lr, momentum, lam):
    push = np.array([[1.0, 0.0], [lr * lam, momentum]])
    move = np.array([[1.0, -1.0], [0.0, 1.0]])
    return move @ push


@momentum_matrix.equivalent("entry by entry")
def _(lr, momentum, lam):
    M = np.zeros((2, 2))
    M[1] = lr * lam, momentum
    M[0] = np.array([1.0, 0.0]) - M[1]
    return M


# ------------------------------------------------------------------------------- its rate
convergence_rate = Exercise(
    "convergence_rate",
    reference=convergence.convergence_rate,
    hint="For each curvature: the eigenvalues of your momentum_matrix, then their absolute values. "
    "Of all these the largest counts.",
    minutes=6,
    difficulty=3,
)


@convergence_rate.cases("one curvature", points=1)
def _(rng: Rng) -> list[Case]:
    return [
        call("no momentum", 0.25, 0.0, np.array([1.0])),
        call("it swings: complex eigenvalues", 0.1, 0.81, np.array([1.0])),
        call("it creeps: real eigenvalues", 0.002, 0.5, np.array([1.0])),
        call("it bounces: a negative one", 0.28, 0.5, np.array([10.0])),
        call("too large a step: it diverges", 0.4, 0.5, np.array([10.0])),
        call("it swings, drawn at random", 0.2, float(rng.uniform(0.5, 0.9)), np.array([3.0])),
        call("one step nearly arrives", 0.1, 0.0, np.array([9.987654])),
    ]


@convergence_rate.cases("several curvatures", points=1)
def _(rng: Rng) -> list[Case]:
    return [
        call("the flat direction is the slow one", 0.02, 0.3, np.array([25.0, 1.0, 9.0])),
        call("the steep direction is the slow one", 0.1, 0.3, np.array([9.0, 25.0, 3.0])),
        call("a direction in between is faster", 0.077, 0.0, np.array([1.0, 13.0, 25.0])),
        call("all of them swing", 0.1, 0.9, np.array([1.0, 25.0])),
        call("five, drawn at random", 0.03, 0.6, rng.uniform(0.1, 20, 5)),
        call("five that creep", 0.002, 0.6, rng.uniform(1, 20, 5)),
    ]


@convergence_rate.misconception(
    "largest without |…|",
    "You take the largest eigenvalue as it stands. A factor of -0.9 shrinks no faster than "
    "0.9, and complex ones have a length: take absolute values first.",
)
def _(lr, momentum, eigenvalues):
    rates = []
    for lam in eigenvalues:
        M = np.array([[1 - lr * lam, -momentum], [lr * lam, momentum]])
        rates.append(np.linalg.eigvals(M).real.max())
    return max(rates)


@convergence_rate.misconception(
    "|…| of the largest",
    "You take the largest eigenvalue first and its absolute value afterwards. Of 0.2 and -2.3 the "
    "larger number is 0.2, but -2.3 has the larger size: absolute values first, then the maximum.",
)
def _(lr, momentum, eigenvalues):
    rates = []
    for lam in eigenvalues:
        M = np.array([[1 - lr * lam, -momentum], [lr * lam, momentum]])
        rates.append(abs(np.linalg.eigvals(M).max()))
    return max(rates)


@convergence_rate.misconception(
    "length of the real part",
    "You take the real part of the eigenvalues and drop the imaginary one. The length of a "
    "complex number is np.abs of the whole.",
)
def _(lr, momentum, eigenvalues):
    rates = []
    for lam in eigenvalues:
        M = np.array([[1 - lr * lam, -momentum], [lr * lam, momentum]])
        rates.append(np.abs(np.linalg.eigvals(M).real).max())
    return max(rates)


@convergence_rate.misconception(
    "the fastest direction",
    "You return the rate of the fastest direction. The slowest one decides when you are "
    "there: take the maximum.",
)
def _(lr, momentum, eigenvalues):
    rates = []
    for lam in eigenvalues:
        M = np.array([[1 - lr * lam, -momentum], [lr * lam, momentum]])
        rates.append(np.abs(np.linalg.eigvals(M)).max())
    return min(rates)


@convergence_rate.misconception(
    "the mean over directions",
    "You average over the directions. After many steps only the slowest one is left: take the"
    " maximum.",
)
def _(lr, momentum, eigenvalues):
    rates = []
    for lam in eigenvalues:
        M = np.array([[1 - lr * lam, -momentum], [lr * lam, momentum]])
        rates.append(np.abs(np.linalg.eigvals(M)).max())
    return sum(rates) / len(rates)


@convergence_rate.misconception(
    "the steepest direction only",
    "You look at the largest curvature alone. With a small learning rate the flat direction "
    "is the slow one.",
)
def _(lr, momentum, eigenvalues):
    lam = np.max(eigenvalues)
    M = np.array([[1 - lr * lam, -momentum], [lr * lam, momentum]])
    return np.abs(np.linalg.eigvals(M)).max()


@convergence_rate.misconception(
    "the flattest direction only",
    "You look at the smallest curvature alone. With a large learning rate the steep direction"
    " is the slow one, or diverges.",
)
def _(lr, momentum, eigenvalues):
    lam = np.min(eigenvalues)
    M = np.array([[1 - lr * lam, -momentum], [lr * lam, momentum]])
    return np.abs(np.linalg.eigvals(M)).max()


@convergence_rate.misconception(
    "the last direction only",
    "You return the rate of the last curvature: each round of your loop replaces the one "
    "before. Keep the largest.",
)
def _(lr, momentum, eigenvalues):
    for lam in eigenvalues:
        M = np.array([[1 - lr * lam, -momentum], [lr * lam, momentum]])
        rate = np.abs(np.linalg.eigvals(M)).max()
    return rate


@convergence_rate.misconception(
    "the first direction only",
    "You return in the first round of your loop, so only the first curvature counts.",
)
def _(lr, momentum, eigenvalues):
    for lam in eigenvalues:
        M = np.array([[1 - lr * lam, -momentum], [lr * lam, momentum]])
        return np.abs(np.linalg.eigvals(M)).max()


@convergence_rate.misconception(
    "singular values",
    "You take the matrix's norm, its largest singular value. That is how much *one* step can "
    "stretch. What many steps do is in the eigenvalues.",
)
def _(lr, momentum, eigenvalues):
    rates = []
    for lam in eigenvalues:
        M = np.array([[1 - lr * lam, -momentum], [lr * lam, momentum]])
        rates.append(np.linalg.norm(M, 2))
    return max(rates)


@convergence_rate.misconception(
    "the norm of all entries",
    "np.linalg.norm(M) is the root of the sum of all squared entries. What many steps do is "
    "in the eigenvalues.",
)
def _(lr, momentum, eigenvalues):
    rates = []
    for lam in eigenvalues:
        M = np.array([[1 - lr * lam, -momentum], [lr * lam, momentum]])
        rates.append(np.linalg.norm(M))
    return max(rates)


@convergence_rate.misconception(
    "gradient descent's rate",
    "That is the rate of gradient descent, |1 - ηλ|. With momentum the whole matrix counts.",
)
def _(lr, momentum, eigenvalues):
    return max(abs(1 - lr * lam) for lam in eigenvalues)


@convergence_rate.misconception(
    "√μ everywhere",
    "√μ is the rate only where the eigenvalues are complex. Where they are real, the larger "
    "one is slower than that.",
)
def _(lr, momentum, eigenvalues):
    return np.sqrt(momentum)


@convergence_rate.misconception(
    "the determinant",
    "You take the determinant, the product of the two eigenvalues. The larger of the two decides.",
)
def _(lr, momentum, eigenvalues):
    rates = []
    for lam in eigenvalues:
        M = np.array([[1 - lr * lam, -momentum], [lr * lam, momentum]])
        rates.append(abs(np.linalg.det(M)))
    return max(rates)


@convergence_rate.misconception(
    "the trace",
    "You take the trace, the sum of the two eigenvalues. The larger of the two decides.",
)
def _(lr, momentum, eigenvalues):
    rates = []
    for lam in eigenvalues:
        M = np.array([[1 - lr * lam, -momentum], [lr * lam, momentum]])
        rates.append(abs(np.trace(M)))
    return max(rates)


@convergence_rate.misconception(
    "the smaller eigenvalue",
    "Of the two eigenvalues of a direction you take the smaller. The larger one is what is "
    "left after many steps.",
)
def _(lr, momentum, eigenvalues):
    rates = []
    for lam in eigenvalues:
        M = np.array([[1 - lr * lam, -momentum], [lr * lam, momentum]])
        rates.append(np.abs(np.linalg.eigvals(M)).min())
    return max(rates)


@convergence_rate.misconception(
    "one for each direction",
    "You return a rate for each direction. Return one number, the largest of them.",
)
def _(lr, momentum, eigenvalues):
    rates = []
    for lam in eigenvalues:
        M = np.array([[1 - lr * lam, -momentum], [lr * lam, momentum]])
        rates.append(np.abs(np.linalg.eigvals(M)).max())
    return np.array(rates)


@convergence_rate.misconception(
    "the product over directions",
    "You multiply the rates of the directions. They shrink side by side, and the slowest "
    "decides: take the maximum.",
)
def _(lr, momentum, eigenvalues):
    rates = []
    for lam in eigenvalues:
        M = np.array([[1 - lr * lam, -momentum], [lr * lam, momentum]])
        rates.append(np.abs(np.linalg.eigvals(M)).max())
    return np.prod(rates)


@convergence_rate.misconception(
    "the sum over directions",
    "You add up the rates of the directions. They shrink side by side, and the slowest "
    "decides: take the maximum.",
)
def _(lr, momentum, eigenvalues):
    rates = []
    for lam in eigenvalues:
        M = np.array([[1 - lr * lam, -momentum], [lr * lam, momentum]])
        rates.append(np.abs(np.linalg.eigvals(M)).max())
    return np.sum(rates)


@convergence_rate.misconception(
    "what is lost",
    "You return what is lost in a step. The rate is what is left: 1 minus yours.",
)
def _(lr, momentum, eigenvalues):
    rates = []
    for lam in eigenvalues:
        M = np.array([[1 - lr * lam, -momentum], [lr * lam, momentum]])
        rates.append(np.abs(np.linalg.eigvals(M)).max())
    return 1 - max(rates)


@convergence_rate.misconception(
    "the loss's rate",
    "You return the square. That is how the *loss* shrinks; the rate is how the distance does.",
)
def _(lr, momentum, eigenvalues):
    rates = []
    for lam in eigenvalues:
        M = np.array([[1 - lr * lam, -momentum], [lr * lam, momentum]])
        rates.append(np.abs(np.linalg.eigvals(M)).max())
    return max(rates) ** 2


@convergence_rate.misconception(
    "eigvalsh",
    "np.linalg.eigvalsh is for symmetric matrices; it reads half of the matrix and believes "
    "that the other half is the same. This one is not symmetric: use np.linalg.eigvals.",
)
def _(lr, momentum, eigenvalues):
    rates = []
    for lam in eigenvalues:
        M = np.array([[1 - lr * lam, -momentum], [lr * lam, momentum]])
        rates.append(np.abs(np.linalg.eigvalsh(M)).max())
    return max(rates)


@convergence_rate.misconception(
    "the sum of the curvatures",
    "You add up the curvatures and make one matrix. Each curvature is a direction of its own,"
    " with a matrix of its own.",
)
def _(lr, momentum, eigenvalues):
    lam = np.sum(eigenvalues)
    M = np.array([[1 - lr * lam, -momentum], [lr * lam, momentum]])
    return np.abs(np.linalg.eigvals(M)).max()


@convergence_rate.misconception(
    "the mean curvature",
    "You make one matrix with the mean curvature. Each curvature is a direction of its own, "
    "with a matrix of its own.",
)
def _(lr, momentum, eigenvalues):
    lam = np.mean(eigenvalues)
    M = np.array([[1 - lr * lam, -momentum], [lr * lam, momentum]])
    return np.abs(np.linalg.eigvals(M)).max()


@convergence_rate.misconception(
    "steps in place of a rate",
    "You return a number of steps, -1/log(rate). Return the rate itself.",
)
def _(lr, momentum, eigenvalues):
    rates = []
    for lam in eigenvalues:
        M = np.array([[1 - lr * lam, -momentum], [lr * lam, momentum]])
        rates.append(np.abs(np.linalg.eigvals(M)).max())
    return -1 / np.log(max(rates))


@convergence_rate.misconception(
    "Nesterov's rate",
    "That is the rate of Nesterov's step. Here the heavy ball's is asked for.",
)
def _(lr, momentum, eigenvalues):
    rates = []
    for lam in eigenvalues:
        k = 1 - lr * lam
        M = np.array([[k, -momentum * k], [lr * lam, momentum * k]])
        rates.append(np.abs(np.linalg.eigvals(M)).max())
    return max(rates)


@convergence_rate.misconception(
    "the sum of the two",
    "You add up the lengths of the two eigenvalues. The larger one alone is left after many steps.",
)
def _(lr, momentum, eigenvalues):
    rates = []
    for lam in eigenvalues:
        M = np.array([[1 - lr * lam, -momentum], [lr * lam, momentum]])
        rates.append(np.abs(np.linalg.eigvals(M)).sum())
    return max(rates)


@convergence_rate.misconception(
    "the first eigenvalue only",
    "You look at the first of the two eigenvalues. They come in no order: take the longer one.",
)
def _(lr, momentum, eigenvalues):
    rates = []
    for lam in eigenvalues:
        M = np.array([[1 - lr * lam, -momentum], [lr * lam, momentum]])
        rates.append(abs(np.linalg.eigvals(M)[0]))
    return max(rates)


@convergence_rate.misconception(
    "which direction",
    "You return *which* direction is the slowest (argmax). Return its rate (max).",
)
def _(lr, momentum, eigenvalues):
    rates = []
    for lam in eigenvalues:
        M = np.array([[1 - lr * lam, -momentum], [lr * lam, momentum]])
        rates.append(np.abs(np.linalg.eigvals(M)).max())
    return int(np.argmax(rates))


@convergence_rate.misconception(
    "never above 1",
    "In yours the rate is never above 1. Where the ball diverges it is: leave it as it is.",
)
def _(lr, momentum, eigenvalues):
    rates = []
    for lam in eigenvalues:
        M = np.array([[1 - lr * lam, -momentum], [lr * lam, momentum]])
        rates.append(np.abs(np.linalg.eigvals(M)).max())
    return min(1.0, max(rates))


@convergence_rate.equivalent("from the quadratic equation")
def _(lr, momentum, eigenvalues):
    trace = 1 + momentum - lr * np.asarray(eigenvalues)
    root = np.sqrt((trace**2 - 4 * momentum).astype(complex))
    return np.maximum(np.abs(trace + root), np.abs(trace - root)).max() / 2


@convergence_rate.equivalent("real and complex apart")
def _(lr, momentum, eigenvalues):
    worst = 0.0
    for lam in eigenvalues:
        half = (1 + momentum - lr * lam) / 2
        inside = half**2 - momentum
        if inside < 0:
            rate = np.sqrt(momentum)
        else:
            rate = abs(half) + np.sqrt(inside)
        worst = max(worst, rate)
    return worst


@convergence_rate.equivalent("all matrices at once")
def _(lr, momentum, eigenvalues):
    push = lr * np.asarray(eigenvalues)
    M = np.empty((len(push), 2, 2))
    M[:, 0, 0], M[:, 0, 1] = 1 - push, -momentum
    M[:, 1, 0], M[:, 1, 1] = push, momentum
    return np.abs(np.linalg.eigvals(M)).max()


# ------------------------------------------------------------------------------- the best pair
best_momentum = Exercise(
    "best_momentum",
    reference=convergence.best_momentum,
    outputs=("lr", "momentum"),
    hint="Write a for √η and b for √μ. The flat end says a·√λ_min = 1 - b, the steep end "
    "a·√λ_max = 1 + b. Add the two lines, and b is gone.",
    minutes=10,
    difficulty=4,
)


def _turned(rng: Rng, *curvatures: float) -> np.ndarray:
    """A symmetric matrix with these eigenvalues, not along the axes."""
    d = len(curvatures)
    Q, _ = np.linalg.qr(rng.normal(size=(d, d)) + 3 * np.eye(d) + 1)
    H = Q @ np.diag(curvatures) @ Q.T
    return np.asarray((H + H.T) / 2)


@best_momentum.cases("along the axes", points=2)
def _(rng: Rng) -> list[Case]:
    return [
        call("a ravine", np.diag([1.0, 25.0])),
        call("the flat direction is not 1", np.diag([0.04, 0.49])),
        # Its eigenvalues come from np.linalg.eigvals as they stand, the largest in the middle.
        call("three dimensions", np.diag([4.0, 36.0, 9.0, 16.0])),
        call("drawn at random", np.diag(rng.uniform(0.2, 2, 3) * np.array([30.0, 1.0, 5.0]))),
    ]


@best_momentum.cases("in any direction", points=2)
def _(rng: Rng) -> list[Case]:
    return [
        call("a ravine in between", _turned(rng, 0.5, 3.0, 12.0)),
        call("two directions, turned", _turned(rng, 0.3, 6.0)),
        # Its eigenvalues are 1, 9 and 3; np.linalg.eigvals has the 3 at one end.
        call("two of three turned", np.array([[3.0, 0, 0], [0, 5, 4], [0, 4, 5]])),
        call("a round bowl: no momentum is needed", np.diag([8.0, 8.0])),
    ]


@best_momentum.misconception(
    "√μ returned",
    "Your second number is √μ: the two equations are about √η and √μ, so square what you find.",
)
def _(H):
    m, L = np.linalg.eigvalsh(H)[[0, -1]]
    return (2 / (np.sqrt(L) + np.sqrt(m))) ** 2, (np.sqrt(L) - np.sqrt(m)) / (
        np.sqrt(L) + np.sqrt(m)
    )


@best_momentum.misconception(
    "√η returned",
    "Your first number is √η: the two equations are about √η and √μ, so square what you find.",
)
def _(H):
    m, L = np.linalg.eigvalsh(H)[[0, -1]]
    return 2 / (np.sqrt(L) + np.sqrt(m)), (
        (np.sqrt(L) - np.sqrt(m)) / (np.sqrt(L) + np.sqrt(m))
    ) ** 2


@best_momentum.misconception(
    "√η and √μ returned",
    "You return √η and √μ: square both.",
)
def _(H):
    m, L = np.linalg.eigvalsh(H)[[0, -1]]
    return 2 / (np.sqrt(L) + np.sqrt(m)), (np.sqrt(L) - np.sqrt(m)) / (np.sqrt(L) + np.sqrt(m))


@best_momentum.misconception(
    "momentum first",
    "Right numbers, wrong order: return the learning rate first, then the momentum.",
)
def _(H):
    m, L = np.linalg.eigvalsh(H)[[0, -1]]
    return ((np.sqrt(L) - np.sqrt(m)) / (np.sqrt(L) + np.sqrt(m))) ** 2, (
        2 / (np.sqrt(L) + np.sqrt(m))
    ) ** 2


@best_momentum.misconception(
    "the roots of λ missing",
    "The equations hold √λ_min and √λ_max, not the curvatures themselves.",
)
def _(H):
    m, L = np.linalg.eigvalsh(H)[[0, -1]]
    return (2 / (L + m)) ** 2, ((L - m) / (L + m)) ** 2


@best_momentum.misconception(
    "the roots of λ missing in the momentum",
    "Your learning rate is right. In the momentum, too, there are √λ_min and √λ_max, not the "
    "curvatures.",
)
def _(H):
    m, L = np.linalg.eigvalsh(H)[[0, -1]]
    return (2 / (np.sqrt(L) + np.sqrt(m))) ** 2, ((L - m) / (L + m)) ** 2


@best_momentum.misconception(
    "the roots of λ missing in the learning rate",
    "Your momentum is right. In the learning rate, too, there are √λ_min and √λ_max, not the "
    "curvatures.",
)
def _(H):
    m, L = np.linalg.eigvalsh(H)[[0, -1]]
    return (2 / (L + m)) ** 2, ((np.sqrt(L) - np.sqrt(m)) / (np.sqrt(L) + np.sqrt(m))) ** 2


@best_momentum.misconception(
    "gradient descent's best",
    "That is the best rate of gradient descent, 2/(λ_min + λ_max), without momentum. With "
    "momentum there is a better pair.",
)
def _(H):
    m, L = np.linalg.eigvalsh(H)[[0, -1]]
    return 2 / (L + m), 0.0


@best_momentum.misconception(
    "gradient descent's rates",
    "You use 2/(λ_min + λ_max) and (κ-1)/(κ+1), which belong to gradient descent. The heavy "
    "ball has √λ in their place.",
)
def _(H):
    m, L = np.linalg.eigvalsh(H)[[0, -1]]
    return 2 / (L + m), (L - m) / (L + m)


@best_momentum.misconception(
    "gradient descent's rate with the right μ",
    "Your momentum is right. Your learning rate is the best one of gradient descent; the same"
    " two equations give this one, too.",
)
def _(H):
    m, L = np.linalg.eigvalsh(H)[[0, -1]]
    return 2 / (L + m), ((np.sqrt(L) - np.sqrt(m)) / (np.sqrt(L) + np.sqrt(m))) ** 2


@best_momentum.misconception(
    "squared term by term",
    "(√λ_max + √λ_min)² is more than λ_max + λ_min: a mixed term belongs to it.",
)
def _(H):
    m, L = np.linalg.eigvalsh(H)[[0, -1]]
    return 4 / (L + m), ((np.sqrt(L) - np.sqrt(m)) / (np.sqrt(L) + np.sqrt(m))) ** 2


@best_momentum.misconception(
    "the 2 is missing",
    "Your learning rate is a quarter of the right one: adding the two lines gives 2 on the right.",
)
def _(H):
    m, L = np.linalg.eigvalsh(H)[[0, -1]]
    return 1 / (np.sqrt(L) + np.sqrt(m)) ** 2, (
        (np.sqrt(L) - np.sqrt(m)) / (np.sqrt(L) + np.sqrt(m))
    ) ** 2


@best_momentum.misconception(
    "2 not squared",
    "Your learning rate is half of the right one: the 2 is squared as well.",
)
def _(H):
    m, L = np.linalg.eigvalsh(H)[[0, -1]]
    return 2 / (np.sqrt(L) + np.sqrt(m)) ** 2, (
        (np.sqrt(L) - np.sqrt(m)) / (np.sqrt(L) + np.sqrt(m))
    ) ** 2


@best_momentum.misconception(
    "the diagonal",
    "You use the entries of the diagonal. The curvatures are the eigenvalues of H.",
)
def _(H):
    m, L = np.linalg.eigvalsh(H)[[0, -1]]
    m, L = np.diag(H).min(), np.diag(H).max()
    return (2 / (np.sqrt(L) + np.sqrt(m))) ** 2, (
        (np.sqrt(L) - np.sqrt(m)) / (np.sqrt(L) + np.sqrt(m))
    ) ** 2


@best_momentum.misconception(
    "λ_min taken as 1",
    "Yours is right for λ_min = 1 only: in the learning rate stand λ_min and λ_max "
    "themselves, not κ.",
)
def _(H):
    m, L = np.linalg.eigvalsh(H)[[0, -1]]
    k = np.sqrt(L / m)
    return (2 / (k + 1)) ** 2, ((k - 1) / (k + 1)) ** 2


@best_momentum.misconception(
    "Nesterov's pair",
    "1/λ_max and (√κ-1)/(√κ+1) is the usual pair for Nesterov's method. The heavy ball has "
    "another one.",
)
def _(H):
    m, L = np.linalg.eigvalsh(H)[[0, -1]]
    k = np.sqrt(L / m)
    return 1 / L, (k - 1) / (k + 1)


@best_momentum.misconception(
    "1/λ_max with the right μ",
    "Your momentum is right. With η = 1/λ_max the flat direction is not at its end of the "
    "interval: both ends must fit.",
)
def _(H):
    m, L = np.linalg.eigvalsh(H)[[0, -1]]
    return 1 / L, ((np.sqrt(L) - np.sqrt(m)) / (np.sqrt(L) + np.sqrt(m))) ** 2


@best_momentum.misconception(
    "at the limit",
    "Your momentum is right. Your learning rate is the limit 2(1+μ)/λ_max: there the steep "
    "direction does not shrink at all.",
)
def _(H):
    m, L = np.linalg.eigvalsh(H)[[0, -1]]
    mu = ((np.sqrt(L) - np.sqrt(m)) / (np.sqrt(L) + np.sqrt(m))) ** 2
    return 2 * (1 + mu) / L, mu


@best_momentum.misconception(
    "2/λ_max with the right μ",
    "Your momentum is right. 2/λ_max is the limit of gradient descent; the best rate comes "
    "from the two equations.",
)
def _(H):
    m, L = np.linalg.eigvalsh(H)[[0, -1]]
    return 2 / L, ((np.sqrt(L) - np.sqrt(m)) / (np.sqrt(L) + np.sqrt(m))) ** 2


@best_momentum.misconception(
    "for the averaging form",
    "Your learning rate is that of momentum_step, 1/(1-μ) times as large. Here the heavy "
    "ball's is asked for.",
)
def _(H):
    m, L = np.linalg.eigvalsh(H)[[0, -1]]
    mu = ((np.sqrt(L) - np.sqrt(m)) / (np.sqrt(L) + np.sqrt(m))) ** 2
    return (2 / (np.sqrt(L) + np.sqrt(m))) ** 2 / (1 - mu), mu


@best_momentum.misconception(
    "0.9",
    "0.9 is a custom, not the best: it is best for a κ of about 1,440 only. Take μ from the "
    "two equations.",
)
def _(H):
    m, L = np.linalg.eigvalsh(H)[[0, -1]]
    return (2 / (np.sqrt(L) + np.sqrt(m))) ** 2, 0.9


@best_momentum.misconception(
    "plus and minus exchanged",
    "Your momentum is above 1: the difference of the roots belongs above, their sum below.",
)
def _(H):
    m, L = np.linalg.eigvalsh(H)[[0, -1]]
    return (2 / (np.sqrt(L) + np.sqrt(m))) ** 2, 1 / (
        ((np.sqrt(L) - np.sqrt(m)) / (np.sqrt(L) + np.sqrt(m))) ** 2 + 1e-300
    )


@best_momentum.misconception(
    "difference below",
    "In your learning rate the roots are subtracted: adding the two lines gives their sum.",
)
def _(H):
    m, L = np.linalg.eigvalsh(H)[[0, -1]]
    return (2 / (np.sqrt(L) - np.sqrt(m) + 1e-300)) ** 2, (
        (np.sqrt(L) - np.sqrt(m)) / (np.sqrt(L) + np.sqrt(m))
    ) ** 2


@best_momentum.misconception(
    "the first and the last of eigvals",
    "np.linalg.eigvals returns the eigenvalues in no order. Take their minimum and maximum, "
    "or use eigvalsh, which sorts.",
)
def _(H):
    e = np.linalg.eigvals(H)
    m, L = e.min(), e[-1]
    m, L = e[0], e[-1]
    return (2 / (np.sqrt(L) + np.sqrt(m))) ** 2, (
        (np.sqrt(L) - np.sqrt(m)) / (np.sqrt(L) + np.sqrt(m))
    ) ** 2


@best_momentum.misconception(
    "critical damping for 1/λ_max",
    "You set η = 1/λ_max and chose μ for the flat direction. A larger η lets the steep one "
    "swing as well, and μ can be smaller.",
)
def _(H):
    m, L = np.linalg.eigvalsh(H)[[0, -1]]
    return 1 / L, (1 - np.sqrt(m / L)) ** 2


@best_momentum.misconception(
    "the limit without momentum",
    "2/λ_max is the limit of gradient descent, not its best; and with momentum there is a "
    "better pair.",
)
def _(H):
    L = np.linalg.eigvalsh(H)[-1]
    return 2 / L, 0.0


@best_momentum.misconception(
    "0.9 and 1/λ_max",
    "You return a custom, 0.9, and a safe learning rate. The best pair comes from the two "
    "equations.",
)
def _(H):
    L = np.linalg.eigvalsh(H)[-1]
    return 1 / L, 0.9


@best_momentum.misconception(
    "first and last entry of the diagonal",
    "You use the first and the last entry of the diagonal. The curvatures are the eigenvalues"
    " of H, the smallest and the largest.",
)
def _(H):
    m, L = H[0, 0], H[-1, -1]
    return (2 / (np.sqrt(L) + np.sqrt(m))) ** 2, (
        (np.sqrt(L) - np.sqrt(m)) / (np.sqrt(L) + np.sqrt(m))
    ) ** 2


@best_momentum.misconception(
    "one end only",
    "Your μ fits one end of the interval only. Both equations hold at once: solve them together.",
)
def _(H):
    m, L = np.linalg.eigvalsh(H)[[0, -1]]
    return (2 / (np.sqrt(L) + np.sqrt(m))) ** 2, 1 - np.sqrt(m / L)


@best_momentum.misconception(
    "κ in place of λ",
    "Your κ is right, but the learning rate also depends on how steep the steepest direction "
    "is: λ_max itself.",
)
def _(H):
    m, L = np.linalg.eigvalsh(H)[[0, -1]]
    k = np.sqrt(L / m)
    return 2 / (k + 1), ((k - 1) / (k + 1)) ** 2


@best_momentum.equivalent("from κ")
def _(H):
    m, L = np.linalg.eigvalsh(H)[[0, -1]]
    root = np.sqrt(L / m)
    b = (root - 1) / (root + 1)
    return ((1 + b) / np.sqrt(L)) ** 2, b**2


@best_momentum.equivalent("two equations, solved by NumPy")
def _(H):
    curvatures = np.linalg.eigvalsh(H)
    flat, steep = np.sqrt(curvatures[0]), np.sqrt(curvatures[-1])
    a, b = np.linalg.solve(np.array([[flat, 1.0], [steep, -1.0]]), np.ones(2))
    return a**2, b**2


@best_momentum.equivalent("multiplied out")
def _(H):
    curvatures = np.linalg.eigvals(H).real
    m, L = curvatures.min(), curvatures.max()
    both = m + L + 2 * np.sqrt(m * L)
    return [4 / both, (m + L - 2 * np.sqrt(m * L)) / both]
