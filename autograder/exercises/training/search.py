"""Which setting of a search to take, and what to expect from it."""

from __future__ import annotations

from typing import Any

import numpy as np

from autograder.checking.exercise import Case, Exercise, quiz
from autograder.exercises._cases import Rng, call
from reference_impl import diagnostics as reference

# ------------------------------------------------------------------------------- best_setting
best_setting = Exercise(
    "best_setting",
    reference=reference.best_setting,
    minutes=6,
    difficulty=2,
    hint="Walk over the results, keep the one with the highest val_accuracy so far, and return its "
    '"setting". Do not look at test_accuracy. A nan is never the best.',
)


def _results(rng: Rng, n: int, nan: int | None = None) -> list[dict[str, Any]]:
    """A search whose best by validation, by test and by both are three different runs.

    None of the three is the first or the last, where a loop that never moves on would find it. Nor
    is the best by validation the last one that is better than the first.
    """
    val, test = rng.uniform(0.5, 0.8, (2, n))
    by_val, by_test, by_both = 1 + rng.permutation(n - 2)[:3]
    by_val, by_both = sorted((by_val, by_both))
    val[0], val[-1] = rng.uniform(0.7, 0.8), rng.uniform(0.5, 0.6)
    val[by_val], test[by_val] = 0.95, 0.6
    val[by_test], test[by_test] = 0.55, 0.99
    val[by_both], test[by_both] = 0.9, 0.9
    runs = [
        {
            "setting": {"lr": float(10 ** rng.uniform(-4, -1)), "width": int(rng.integers(8, 200))},
            "val_accuracy": float(val[i]),
            "test_accuracy": float(test[i]),
        }
        for i in range(n)
    ]
    if nan is not None:
        runs[nan]["val_accuracy"] = float("nan")
    return runs


@best_setting.cases("by validation", points=1)
def _(rng: Rng) -> list[Case]:
    named = [{**run, "setting": f"run {i}"} for i, run in enumerate(_results(rng, 5))]
    return [
        call("a search of 8 runs", _results(rng, 8)),
        call("a search of 5 runs, settings that are names", named),
        call("one run only", _results(rng, 5)[:1]),
    ]


@best_setting.cases("with a run that diverged", points=1)
def _(rng: Rng) -> list[Case]:
    return [
        call("6 runs, the first has val_accuracy nan", _results(rng, 6, nan=0)),
        call("6 runs, the last has val_accuracy nan", _results(rng, 6, nan=5)),
    ]


@best_setting.misconception(
    "chosen by test",
    "You choose by test_accuracy. Then the test is part of the search, and the best of many "
    "results on it is partly luck: nothing is left to say how good the choice is.",
)
def _(results):
    return max(results, key=lambda r: r["test_accuracy"])["setting"]


@best_setting.misconception(
    "validation and test together",
    "You choose by validation *and* test. A number that was used for the choice can no longer test "
    "it: leave test_accuracy out.",
)
def _(results):
    return max(results, key=lambda r: np.nan_to_num(r["val_accuracy"]) + r["test_accuracy"])[
        "setting"
    ]


@best_setting.misconception(
    "the whole result", 'You return the whole entry; return only its "setting".'
)
def _(results):
    return max(results, key=lambda r: np.nan_to_num(r["val_accuracy"]))


@best_setting.misconception(
    "its number", 'You return the index in the list; return the "setting" at that index.'
)
def _(results):
    return int(np.argmax([np.nan_to_num(r["val_accuracy"]) for r in results]))


@best_setting.misconception("the lowest", "Accuracy is not a loss: the best is the highest.")
def _(results):
    return min(results, key=lambda r: np.nan_to_num(r["val_accuracy"]))["setting"]


@best_setting.misconception(
    "nan wins",
    "A run that diverged has the accuracy nan, and no comparison with nan is True: if it comes "
    "first, it is never replaced (and np.argmax takes a nan for the largest). Leave such runs out.",
)
def _(results):
    best = results[0]
    for result in results:
        if result["val_accuracy"] > best["val_accuracy"]:
            best = result
    return best["setting"]


@best_setting.misconception(
    "the last run",
    "You return the last run of the list. After a loop its variable is the last entry: keep the "
    "best entry, or its setting, under a name of its own.",
)
def _(results):
    return results[-1]["setting"]


@best_setting.misconception(
    "np.argmax takes the nan",
    "np.argmax takes a nan for the largest of all, so a run that diverged wins. np.nanargmax "
    "leaves it out.",
)
def _(results):
    return results[int(np.argmax([r["val_accuracy"] for r in results]))]["setting"]


@best_setting.misconception(
    "its accuracy",
    'You return the accuracy of the best run; return the "setting" that reached it.',
)
def _(results):
    return max(r["val_accuracy"] for r in results if np.isfinite(r["val_accuracy"]))


@best_setting.misconception(
    "the test accuracy of the choice",
    'You choose rightly, but return the test_accuracy of that run; return its "setting".',
)
def _(results):
    return max(results, key=lambda r: np.nan_to_num(r["val_accuracy"]))["test_accuracy"]


@best_setting.misconception(
    "the last one that improved on the first",
    "You compare each run with the first one, not with the best so far: when a run is better, "
    "remember its accuracy as well.",
)
def _(results):
    best = results[0]["setting"]
    for result in results:
        if not result["val_accuracy"] <= results[0]["val_accuracy"]:
            best = result["setting"]
    return best


@best_setting.equivalent("sorted")
def _(results):
    finite = [r for r in results if np.isfinite(r["val_accuracy"])]
    return sorted(finite, key=lambda r: -r["val_accuracy"])[0]["setting"]


@best_setting.equivalent("nanargmax")
def _(results):
    return results[np.nanargmax([r["val_accuracy"] for r in results])]["setting"]


# --------------------------------------------------------------------------- prediction_training
prediction_training = quiz(
    "prediction_training",
    answer="b",
    a="It would be about the same if only one network had been tried. But the search took the one "
    "of forty that was luckiest on just these 300 images, and it does not have that luck on new "
    "ones.",
    c="Why should new digits be easier? The 300 images were used for the choice; the new ones were "
    "not.",
)
