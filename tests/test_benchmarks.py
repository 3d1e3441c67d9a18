"""The benchmark's tables say what was measured, and it refuses to compare different work.

No peer is needed here, and no test looks at a time.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from benchmarks import report
from benchmarks.rounds import Measured, OtherWorkError, require_same_work
from benchmarks.worker import Outcome
from benchmarks.workloads import Training, mlp, starting_parameters


@pytest.fixture
def work():
    rng = np.random.default_rng(0)
    layers = mlp(4, 3, 2)
    X = rng.random((8, 4), dtype=np.float32)
    labels = rng.integers(2, size=8)
    start = starting_parameters(layers, rng)
    peers = ("ours", "torch", "jax")
    return Training("small", "a small one", layers, X, labels, 2, "adam", start, peers)


def moved(work, by, loss=0.5):
    return Outcome([a + by for a in work.start], loss)


def measured(work, torch, jax):
    """Rounds in which the machine itself was once twice as slow."""
    machine = np.array([1e-3, 2e-3, 1e-3, 1e-3])
    times = {"ours": machine, "torch": torch * machine, "jax": jax * machine}
    return Measured(work, {name: list(seconds) for name, seconds in times.items()})


def rendered(*rows):
    return report.render(report.Results("a machine", 4, 0.3, list(rows)))


def cells(text, title):
    line = next(line for line in text.splitlines() if line.startswith(f"| {title}"))
    return [cell.strip() for cell in line.strip("|").split("|")]


def test_the_winner_is_bold_and_only_the_winner(work):
    row = cells(rendered(measured(work, 2.0, 3.0)), work.title)
    assert [cell.startswith("**") for cell in row] == [False, True, False, False]
    row = cells(rendered(measured(work, 0.9, 0.5)), work.title)
    assert [cell.startswith("**") for cell in row] == [False, False, False, True]


def test_a_ratio_is_taken_within_its_round(work):
    """A slow moment of the machine hits both and leaves no trace in the spread."""
    assert "5.0 (5.0–5.0)" in cells(rendered(measured(work, 5.0, 7.0)), work.title)


def test_who_is_faster_is_said_in_words(work):
    text = rendered(measured(work, np.array([0.9, 1.1, 0.9, 1.1]), 0.5))
    assert f"**JAX, jitted step is faster**: {work.title} (0.50)" in text
    assert f"PyTorch eager, no clear winner: {work.title} (1.00)" in text
    assert "is faster**: PyTorch" not in text


def test_a_row_without_a_peer_still_has_its_column(work):
    alone = replace(work, title="alone", peers=("ours", "torch"))
    lacking = measured(alone, 2.0, 3.0)
    del lacking.seconds["jax"]
    row = cells(rendered(measured(work, 2.0, 3.0), lacking), "alone")
    assert row[-1] == "–"


def test_only_what_is_between_the_markers_is_replaced():
    text = f"before\n{report.BEGIN}\nold\n{report.END}\nafter\n"
    once = report.replaced(text, "new")
    assert once.startswith("before\n")
    assert once.endswith("\nafter\n")
    assert "old" not in once
    assert report.replaced(once, "new") == once
    with pytest.raises(ValueError, match="once each"):
        report.replaced("no markers", "new")


def test_the_readme_has_a_place_for_the_tables():
    text = report.README.read_text(encoding="utf-8")
    assert report.replaced(text, "new") != text


def test_the_same_work_is_let_through(work):
    outcomes = {"ours": moved(work, 0.1), "torch": moved(work, 0.1 + 1e-6, 0.5 + 1e-6)}
    assert 0 < require_same_work(work, outcomes)["torch"] < 1e-4


@pytest.mark.parametrize(
    ("other", "message"),
    [
        (lambda work: moved(work, 0.2), "moved elsewhere"),
        (lambda work: moved(work, np.nan), "moved elsewhere"),
        (lambda work: moved(work, 0.1, loss=0.6), "has a loss"),
        (lambda work: moved(work, 0.1, loss=np.nan), "has a loss"),
        (lambda work: Outcome(moved(work, 0.1).parameters[:-1], 0.5), "parameters"),
    ],
)
def test_other_work_stops_the_run(work, other, message):
    with pytest.raises(OtherWorkError, match=f"torch .*{message}"):
        require_same_work(work, {"ours": moved(work, 0.1), "torch": other(work)})


def test_with_dropout_the_loss_alone_decides(work):
    ours, torch = moved(work, 0.1, 0.5), moved(work, -0.3, 0.52)
    require_same_work(work, {"ours": ours, "torch": torch}, loss_only=True)
    with pytest.raises(OtherWorkError):
        require_same_work(work, {"ours": ours, "torch": moved(work, 0.1, 0.9)}, loss_only=True)


@pytest.mark.parametrize(
    ("seconds", "shown"),
    [(1.5, "1.50 s"), (71.23e-6, "71.2 µs"), (3.5e-9, "3.50 ns"), (0.25, "250 ms"), (0, "0.00 ns")],
)
def test_times_have_three_digits(seconds, shown):
    assert report.si(seconds) == shown
