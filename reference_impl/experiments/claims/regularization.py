"""O and Q: dropout, penalties, stopping in time."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from reference_impl._validate import Array
from reference_impl.experiments.claims.lab import NOTES, SLIDES, Numbers, Part, lab, over
from reference_impl.experiments.claims.small import Fit, best, fit, grid, hidden, sets
from reference_impl.optim import Adam, AdamW
from reference_impl.regularization import lasso_fit, ridge_fit

NOTEBOOK = "11_regularization"
NOISY = 0.33

O2_CASES = {
    "100 samples, 128 units": (100, 128, 0.0),
    "1000 samples, 128 units": (1000, 128, 0.0),
    "1000 samples, 8 units": (1000, 8, 0.0),
    "1000 samples, 128 units, a third of the labels wrong": (1000, 128, NOISY),
}


def _o2(n: Numbers) -> list[Part]:
    return [Part(name, n[f"without {name}"] / n[f"with {name}"], above=1.1) for name in O2_CASES]


@lab(
    "O2",
    "10_dropout",
    "Dropout reduces overfitting.",
    (NOTES,),
    "Two hidden layers on the digits, Adam at 0.003, 30 epochs, with dropout of ½ and without. The "
    "number of samples, the width and the share of wrong labels are varied.",
    "wrong test answers without dropout divided by those with it",
    _o2,
    yes=over({"without": 2, "with": 1}, *O2_CASES),
    no=over({"without": 1, "with": 1}, *O2_CASES),
    seeds=10,
    limits={"p": (0, 0.95)},
)
def _(seed: int, quick: bool, *, p: float = 0.5) -> dict[str, float]:
    found = {}
    for name, (samples, width, noisy) in O2_CASES.items():
        data = sets(seed, samples, noisy=noisy)
        for word, dropped in (("without", 0.0), ("with", p)):
            layers = hidden((width, width), dropout=dropped)
            run = fit(data, layers, Adam(0.003), 2 if quick else 30, seed)
            found[f"{word} {name}"] = run.on(data.test)[1]
    return found


def _regression(
    seed: int, correlation: float, samples: int = 80, noise: float = 0.5
) -> tuple[Array, Array, Array]:
    """(X, y, w): 20 features, of which four count; neighbours are correlated."""
    rng = np.random.default_rng(seed)
    X = rng.standard_normal((samples, 20))
    for j in range(1, 20):
        X[:, j] = correlation * X[:, j - 1] + np.sqrt(1 - correlation**2) * X[:, j]
    w = np.zeros(20)
    w[[2, 7, 12, 17]] = [2, -2, 1, -1]
    return X, X @ w + noise * rng.standard_normal(samples), w


Q2_CORRELATIONS = (0.0, 0.95)


def _q2(n: Numbers) -> list[Part]:
    return [
        Part("ridge: share of weights that are 0, at any λ", n["ridge 0.0"], below=0.01),
        Part("lasso: share of weights that are 0", n["lasso 0.0"], above=0.5),
        *(
            Part(f"lasso keeps those that count, correlation {c}", n[f"kept {c}"], above=0.9)
            for c in Q2_CORRELATIONS
        ),
        *(
            Part(f"lasso drops the others, correlation {c}", n[f"dropped {c}"], above=0.9)
            for c in Q2_CORRELATIONS
        ),
    ]


@lab(
    "Q2",
    NOTEBOOK,
    "Ridge never sets a weight to 0, lasso does, and so it selects the features that count.",
    (NOTES,),
    "Linear regression with 80 samples and 20 features of which four count; neighbours are "
    "independent, or correlated. 12 λ from a thousandth of the largest that makes sense. At the λ "
    "with the lowest error on 80 other samples: the share of the four that have a weight, and the "
    "share of the 16 others that have none.",
    "share",
    _q2,
    yes={"ridge 0.0": 0, "lasso 0.0": 0.8, **over({"kept": 1, "dropped": 1}, *Q2_CORRELATIONS)},
    no={"ridge 0.0": 0.8, "lasso 0.0": 0, **over({"kept": 0.1, "dropped": 0.1}, *Q2_CORRELATIONS)},
    ratio=False,
    seeds=10,
)
def _(seed: int, quick: bool) -> dict[str, float]:
    found: dict[str, float] = {}
    for c in Q2_CORRELATIONS:
        X, y, w = _regression(seed, c)
        X_new, y_new, _ = _regression(seed + 500, c)
        most = float(np.abs(X.T @ y).max())
        lasso, errors = [], []
        for lam in np.geomspace(1e-3, 0.9, 12) * most:
            if c == 0:
                ridge = ridge_fit(X, y, lam)
                found["ridge 0.0"] = max(found.get("ridge 0.0", 0), float(np.mean(ridge == 0)))
            lasso.append(lasso_fit(X, y, lam, 500 if quick else 3000))
            errors.append(np.mean((y_new - X_new @ lasso[-1]) ** 2))
        chosen = lasso[int(np.argmin(errors))]
        found[f"kept {c}"] = float(np.mean(chosen[w != 0] != 0))
        if c == 0:
            found["lasso 0.0"] = float(max(np.mean(one == 0) for one in lasso[:-1]))
        found[f"dropped {c}"] = float(np.mean(chosen[w == 0] == 0))
    return found


Q3_FACTORS = (0.01, 1.0, 100.0)


def _q3(n: Numbers) -> list[Part]:
    return [
        *(
            Part(f"smaller weights, λ = {f:g} n", n["norm 0.0"] / n[f"norm {f}"], above=1.25)
            for f in Q3_FACTORS
        ),
        *(
            Part(
                f"larger test error, λ = {f:g} n, {k} samples",
                n[f"error {f} {k}"] / n[f"error 0.0 {k}"],
                above=1.25,
            )
            for k in (25, 80)
            for f in Q3_FACTORS
        ),
    ]


_Q3_ERRORS = [f"{f} {k}" for k in (25, 80) for f in Q3_FACTORS]


@lab(
    "Q3",
    NOTEBOOK,
    "A growing ridge penalty makes the weights smaller, down to underfitting.",
    (NOTES,),
    "Linear regression with 25 and with 80 samples of 20 correlated features, λ = 0 and 0.01, 1 "
    "and 100 times the number of samples n: the norm of the weights, and the error on 1,000 new "
    "samples.",
    "norm without divided by with the penalty; error with divided by without",
    _q3,
    yes={
        "norm 0.0": 9,
        **over({"norm": 1}, *Q3_FACTORS),
        **over({"error": 9}, *_Q3_ERRORS),
        "error 0.0 25": 1,
        "error 0.0 80": 1,
    },
    no={
        "norm 0.0": 1,
        **over({"norm": 1}, *Q3_FACTORS),
        **over({"error": 1}, *_Q3_ERRORS),
        "error 0.0 25": 1,
        "error 0.0 80": 1,
    },
    seeds=20,
    limits={"correlation": (-0.99, 0.99), "noise": (0, 100)},
)
def _(seed: int, quick: bool, *, correlation: float = 0.5, noise: float = 0.5) -> dict[str, float]:
    found = {}
    for samples in (25, 80):
        X, y, _ = _regression(seed, correlation, samples, noise)
        X_new, y_new, _ = _regression(seed + 500, correlation, 1000, noise)
        for factor in (0.0, *Q3_FACTORS):
            w = ridge_fit(X, y, factor * samples)
            found[f"error {factor} {samples}"] = float(np.mean((y_new - X_new @ w) ** 2))
            if samples == 25:
                found[f"norm {factor}"] = float(np.linalg.norm(w))
    return found


Remedy = Callable[[float, int, int], Fit]
L2_STRENGTHS, DECAYS = grid(1e-4, 1e-2, 5), grid(0.01, 3, 6)


def plain(_: float, seed: int, epochs: int, samples: int = 200, noisy: float = NOISY) -> Fit:
    data = sets(seed, samples, noisy=noisy)
    return fit(data, hidden((128, 128)), Adam(0.003), epochs, seed)


Q4_CASES = {
    f"{k} samples, {d} hidden layer{'s' * (d > 1)}, {name}": (k, d, noisy)
    for k in (200, 1000)
    for d in (1, 4)
    for name, noisy in (("clean labels", 0.0), ("a third wrong", NOISY))
}


def _q4(n: Numbers) -> list[Part]:
    return [
        *(Part(f"L2: {name}", n[f"no {name}"] / n[f"l2 {name}"], above=1.1) for name in Q4_CASES),
        *(
            Part(
                f"better still by AdamW's decay: {name}",
                n[f"l2 {name}"] / n[f"decay {name}"],
                above=1.1,
            )
            for name in Q4_CASES
            if "1000" in name
        ),
    ]


@lab(
    "Q4",
    NOTEBOOK,
    "L2 regularization works well in deep networks.",
    (NOTES,),
    "Networks with one and with four hidden layers of 64 units on the digits, Adam at 0.003, 20 "
    "epochs: without a penalty, with the best of five λ in the loss, with the best of six decays "
    "beside Adam (AdamW). Samples and wrong labels are varied.",
    "wrong test answers without L2 divided by with it; L2 divided by AdamW",
    _q4,
    yes=over({"no": 4, "l2": 2, "decay": 1}, *Q4_CASES),
    no=over({"no": 1, "l2": 1, "decay": 1}, *Q4_CASES),
    seeds=8,
)
def _(seed: int, quick: bool) -> dict[str, float]:
    found = {}
    for name, setting in Q4_CASES.items():
        for how, strengths in (("no", (0.0,)), ("l2", L2_STRENGTHS), ("decay", DECAYS)):
            case = how, *setting, 1 if quick else 20
            strength = best(_penalized, strengths, seed, *case)
            found[f"{how} {name}"] = _penalized(strength, seed, *case, test=True)
    return found


def _penalized(
    strength: float,
    seed: int,
    how: str,
    samples: int,
    depth: int,
    noisy: float,
    epochs: int,
    test: bool = False,
) -> float:
    data = sets(seed, samples, noisy=noisy)
    optimizer = AdamW(0.003, weight_decay=strength) if how == "decay" else Adam(0.003)
    l2 = strength if how == "l2" else 0.0
    run = fit(data, hidden((64,) * depth), optimizer, epochs, seed, l2=l2)
    return run.on(data.test if test else data.validation)[1]


def stopped(seed: int, epochs: int, samples: int, noisy: float) -> int:
    """The epoch with the lowest validation loss."""
    data = sets(seed, samples, noisy=noisy)
    run = fit(data, hidden((128, 128)), Adam(0.003), epochs, seed, watch=data.validation)
    return 1 + int(np.nanargmin(run.validation_losses))


Q5_LABELS = {"clean labels": 0.0, "a third of the labels wrong": NOISY}


def _q5(n: Numbers) -> list[Part]:
    return [
        Part(f"{what}, {name}", n[f"late {what} {name}"] / n[f"stopped {what} {name}"], above=1.1)
        for name in Q5_LABELS
        for what in ("test loss", "wrong test answers")
    ]


_Q5_PLACES = [f"{w} {name}" for name in Q5_LABELS for w in ("test loss", "wrong test answers")]


@lab(
    "Q5",
    NOTEBOOK,
    "Early stopping finds the right number of epochs.",
    (NOTES, SLIDES),
    "Two hidden layers of 128 units on 200 digits, Adam at 0.003, 60 epochs: the network of the "
    "last epoch against that of the epoch with the lowest validation loss. With clean labels, and "
    "with a third of the training labels wrong.",
    "after the last epoch divided by the epoch chosen",
    _q5,
    yes=over({"late": 3, "stopped": 1}, *_Q5_PLACES),
    no=over({"late": 1, "stopped": 1}, *_Q5_PLACES),
    seeds=10,
)
def _(seed: int, quick: bool) -> dict[str, float]:
    found = {}
    epochs = 5 if quick else 60
    for name, noisy in Q5_LABELS.items():
        test = sets(seed, 200, noisy=noisy).test
        for word, until in (("late", epochs), ("stopped", stopped(seed, epochs, 200, noisy))):
            loss, wrong = plain(0, seed, until, noisy=noisy).on(test)
            found[f"{word} test loss {name}"] = loss
            found[f"{word} wrong test answers {name}"] = wrong
    return found


def _stop(_: float, seed: int, epochs: int) -> Fit:
    return plain(0, seed, stopped(seed, epochs, 200, NOISY))


def _net(
    seed: int, epochs: int, width: int = 128, l1: float = 0, l2: float = 0, p: float = 0
) -> Fit:
    layers = hidden((width, width), dropout=p)
    data = sets(seed, 200, noisy=NOISY)
    return fit(data, layers, Adam(0.003), epochs, seed, l1=l1, l2=l2)


REMEDIES: dict[str, tuple[Remedy, tuple[float, ...]]] = {
    "five times the data": (lambda _, seed, epochs: plain(0, seed, epochs, 1000), (0.0,)),
    "a smaller network": (lambda w, seed, epochs: _net(seed, epochs, int(w)), (4, 8, 16, 32)),
    "early stopping": (_stop, (0.0,)),
    "L1": (lambda lam, seed, epochs: _net(seed, epochs, l1=lam), grid(1e-4, 1e-2, 5)),
    "L2": (lambda lam, seed, epochs: _net(seed, epochs, l2=lam), grid(1e-3, 1e-1, 5)),
    "dropout": (lambda p, seed, epochs: _net(seed, epochs, p=p), (0.2, 0.5, 0.8)),
}


def _q6(n: Numbers) -> list[Part]:
    return [Part(name, n["plain"] / n[name], above=1.1) for name in REMEDIES]


@lab(
    "Q6",
    NOTEBOOK,
    "Against overfitting help more data, a smaller model, early stopping, L1, L2 and dropout.",
    (NOTES,),
    "Two hidden layers of 128 units on 200 digits, a third of whose labels are wrong, Adam at "
    "0.003, 40 epochs: each remedy, its strength chosen by the validation samples.",
    "wrong test answers without a remedy divided by those with it",
    _q6,
    yes={"plain": 3, **dict.fromkeys(REMEDIES, 1)},
    no={"plain": 1, **dict.fromkeys(REMEDIES, 1)},
    seeds=16,
)
def _(seed: int, quick: bool) -> dict[str, float]:
    epochs = 2 if quick else 40
    found = {"plain": plain(0, seed, epochs).on(sets(seed, 200, noisy=NOISY).test)[1]}
    for name, (remedy, strengths) in REMEDIES.items():
        strength = best(_remedied, strengths, seed, name, epochs)
        run = remedy(strength, seed, epochs)
        found[name] = run.on(sets(seed, 1000 if "data" in name else 200, noisy=NOISY).test)[1]
    return found


def _remedied(strength: float, seed: int, name: str, epochs: int) -> float:
    run = REMEDIES[name][0](strength, seed, epochs)
    data = sets(seed, 1000 if "data" in name else 200, noisy=NOISY)
    return run.on(data.validation)[1]
