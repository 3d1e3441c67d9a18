"""The claims lab: the rules, the results that are kept, and a few labs run for real."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
from layer_checks import alone, check_float32, check_gradients
from scipy.special import ndtr, stdtrit

from reference_impl.experiments.claims import LABS, __main__, lab, page, picture, results, small
from reference_impl.experiments.claims.activations import GELU
from reference_impl.experiments.claims.tuned import WindowAdaDelta
from reference_impl.experiments.claims.verdict import T_975, Part, interval, judge

ROOT = Path(__file__).resolve().parents[2]
ALL = sorted(LABS)


def seeds_around(numbers):
    """What a run could give for invented numbers: three seeds, 1 % apart."""
    spread = np.array([0.99, 1.0, 1.01])
    return {name: value * spread for name, value in numbers.items()}


# ── the rules ─────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("id", ALL)
def test_a_rule_can_come_out_either_way(id):
    one = LABS[id]
    assert one.yes.keys() == one.no.keys()
    assert one.rule(seeds_around(one.yes)).word == "holds"
    assert one.rule(seeds_around(one.no)).word == "does not hold"


@pytest.mark.parametrize("id", ALL)
def test_a_rule_names_each_setting_once(id):
    settings = [part.setting for part in LABS[id].parts(seeds_around(LABS[id].yes))]
    assert len(set(settings)) == len(settings)


def test_some_settings_are_not_all():
    parts = [
        Part("wide", np.array([2.0, 2.1, 1.9]), above=1.5),
        Part("narrow", np.array([1.0, 1.1, 0.9]), above=1.5),
        Part("turned", np.array([0.2, 0.21, 0.19]), above=1.5),
        Part("noisy", np.array([1.0, 9.0, 0.3]), above=1.5),
    ]
    verdict = judge(parts, ratio=True)
    assert verdict.word == "holds when"
    assert [found.state for found in verdict.found] == ["holds", "fails", "opposite", "open"]
    assert verdict.sentence() == (
        "It holds for: wide. It does not hold for: narrow. The opposite holds for: turned. "
        "These runs do not decide: noisy."
    )


def test_the_opposite_of_a_difference_has_its_sign():
    values = np.array([-0.3, -0.31, -0.29])
    assert judge([Part("a", values, above=0.2)], ratio=False).found[0].state == "opposite"
    assert judge([Part("a", values + 0.2, above=0.2)], ratio=False).found[0].state == "fails"


def test_a_limit_from_above():
    states = {
        value: judge([Part("a", np.array([value, value]), below=0.5)], ratio=False).found[0].state
        for value in (0.4, 0.6)
    }
    assert states == {0.4: "holds", 0.6: "fails"}


def test_the_table_of_students_t():
    expected = stdtrit(np.arange(1, len(T_975) + 1), 0.975)
    assert np.round(expected, 3).tolist() == list(T_975)


def test_the_interval_has_the_mean_in_95_of_100_cases():
    rng = np.random.default_rng(0)
    ends = np.array([interval(rng.normal(3, 1, 5), ratio=False)[1:] for _ in range(2000)])
    assert np.mean((ends[:, 0] < 3) & (ends[:, 1] > 3)) == pytest.approx(0.95, abs=0.015)


def test_a_ratio_and_its_inverse_have_inverse_intervals():
    values = np.array([2.0, 3.0, 5.0, 2.5])
    mean, low, high = interval(values, ratio=True)
    assert interval(1 / values, ratio=True) == pytest.approx((1 / mean, 1 / high, 1 / low))
    assert mean == pytest.approx(np.prod(values) ** 0.25)


def test_a_run_at_infinity_has_an_interval():
    assert np.isfinite(interval(np.array([np.inf, 2.0, 0.0]), ratio=True)).all()


def test_two_labs_of_one_name_are_refused():
    one = LABS["E3"]
    with pytest.raises(ValueError, match="two labs E3"):
        lab.lab("E3", "", "", (), "", "", one.parts, {}, {})(one.run)


# ── what is kept ──────────────────────────────────────────────────────────────────────────────────


def test_every_lab_has_a_result_and_every_result_a_lab():
    assert sorted(path.stem for path in results.FOLDER.iterdir()) == ALL


@pytest.mark.parametrize("id", ALL)
def test_a_kept_result_is_what_its_lab_says_of_the_kept_numbers(id):
    one, kept = LABS[id], results.read(id)
    said = results.judged(one, kept["seeds"], kept["numbers"])
    # Intervals are sums of logarithms: their sixth digit is the processor's.
    for here, there in zip(said.pop("effect"), kept.pop("effect"), strict=True):
        words = {name for name, value in there.items() if isinstance(value, str)}
        assert {name: here.pop(name) for name in words} == {name: there.pop(name) for name in words}
        assert here == pytest.approx(there, rel=1e-4, abs=1e-9)
    assert said == {name: kept[name] for name in said}


@pytest.mark.parametrize("id", ALL)
def test_a_result_has_enough_seeds_and_no_unknown_numbers(id):
    one, kept = LABS[id], results.read(id)
    assert kept["seeds"] == list(range(one.seeds))
    assert one.seeds >= 5
    assert kept["numbers"].keys() == one.yes.keys()
    assert all(len(values) == one.seeds for values in kept["numbers"].values())


def test_a_rival_is_right_where_the_opposite_holds_or_nothing_differs():
    parts = [
        Part("reversed", np.array([0.5, 0.51, 0.49]), above=1.2),
        Part("the same", np.array([1.0, 1.01, 0.99]), above=1.2),
        Part("clear", np.array([2.0, 2.01, 1.99]), above=1.2),
    ]
    verdict = judge(parts, ratio=True)
    assert lab.Rival("", "").holds_in(verdict, ratio=True) == ["reversed"]
    assert lab.Rival("", "", equal=True).holds_in(verdict, ratio=True) == ["the same"]


@pytest.mark.parametrize("id", ALL)
def test_a_lab_belongs_to_a_notebook(id):
    notebook = LABS[id].notebook
    assert (ROOT / "solutions" / notebook / f"{notebook}.ipynb").exists()


def test_the_rates_are_chosen_on_other_seeds_than_reported():
    for seed in (0, 29, 1000, 1029):
        assert not set(small.choosing(seed)) & set(range(30))
        assert not set(small.choosing(seed)) & set(range(1000, 1030))


def test_what_chooses_does_not_test():
    data = small.sets(0)
    parts = {tuple(row) for row in data.train[0]}, {tuple(row) for row in data.validation[0]}
    assert not any(tuple(row) in part for row in data.test[0] for part in parts)
    assert not parts[0] & parts[1]


def test_the_page_is_what_the_results_give():
    text = (ROOT / "docs/claims.md").read_text("utf-8")
    assert text == page.page(results.read_all()), "make claims writes it again"
    assert all(f"## {id}\n" in text for id in ALL)


# ── a run ─────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("id", ["M8", "C4", "L1"])
def test_a_quick_run_has_the_verdict_that_is_kept(id):
    quick = results.compute(LABS[id], first_seed=2000, quick=True)
    kept = results.read(id)
    assert quick["numbers"].keys() == kept["numbers"].keys()
    for here, there in zip(quick["effect"], kept["effect"], strict=True):
        assert here["mean"] == pytest.approx(there["mean"], rel=0.9), here["setting"]
    # Two seeds leave more open, but nothing turns round.
    turned = {("holds", "fails"), ("holds", "opposite"), ("fails", "holds"), ("opposite", "holds")}
    pairs = zip(results.states(quick).values(), results.states(kept).values(), strict=True)
    assert not turned & set(pairs)


def test_a_run_is_kept_and_not_repeated(tmp_path, capsys):
    command = ["--only", "P4", "--jobs", "1", "--to", str(tmp_path)]
    assert __main__.main(command) == 0
    first = (tmp_path / "P4.json").read_bytes()
    first_written = (tmp_path / "P4.json").stat().st_mtime_ns
    assert json.loads(first)["verdict"] == results.read("P4")["verdict"]
    assert "P4   holds when" in capsys.readouterr().out
    assert __main__.main([*command, "--page", str(tmp_path / "page.md")]) == 0
    assert (tmp_path / "P4.json").read_bytes() == first
    assert capsys.readouterr().out == "1 holds when\n"
    assert "## P4\n" in (tmp_path / "page.md").read_text("utf-8")
    assert __main__.main([*command, "--again"]) == 0
    assert (tmp_path / "P4.json").stat().st_mtime_ns > first_written


@pytest.mark.parametrize("again", [False, True])
def test_what_is_done_when_it_is_stopped_is_kept_and_not_done_again(tmp_path, again):
    command = [sys.executable, "-m", "reference_impl.experiments.claims", "--jobs", "1"]
    command += ["--only", "P4", "M5", "--to", str(tmp_path)]
    if again:
        for id in ("P4", "M5"):
            results.write(results.read(id) | {"seconds": "of an earlier run"}, tmp_path)

    def is_there():
        kept = results.read("P4", tmp_path)
        return kept is not None and kept["seconds"] != "of an earlier run"

    running = subprocess.Popen(
        [*command, *(["--again"] if again else [])],
        cwd=ROOT,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        stderr=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        text=True,
        start_new_session=True,
    )
    try:
        deadline = time.monotonic() + 60
        while not is_there() and time.monotonic() < deadline:
            time.sleep(0.05)
        os.killpg(running.pid, signal.SIGINT)  # as a terminal does: to every process of the command
        error = running.communicate(timeout=30)[1]
    finally:
        running.kill()
    assert running.returncode == 130
    assert ("without --again it goes on" if again else "the same command goes on") in error
    assert [path.name for path in tmp_path.iterdir()] == ["P4.json"]
    kept = (tmp_path / "P4.json").stat().st_mtime_ns
    assert __main__.main(command[3:]) == 0
    assert (tmp_path / "P4.json").stat().st_mtime_ns == kept
    assert results.read("M5", tmp_path)["verdict"] == results.read("M5")["verdict"]


def test_other_words_need_no_new_run_and_other_seeds_do(tmp_path):
    one, kept = LABS["P4"], results.read("P4")
    results.write(kept | {"claim": "as it was put before"}, tmp_path)
    assert results.renew(one, tmp_path)["claim"] == one.claim
    assert results.read("P4", tmp_path)["claim"] == one.claim
    results.write(kept | {"seeds": [0, 1]}, tmp_path)
    assert results.renew(one, tmp_path) is None
    results.write(kept | {"numbers": {}}, tmp_path)
    assert results.renew(one, tmp_path) is None
    assert results.renew(LABS["M8"], tmp_path) is None


def test_a_check_tells_what_is_different():
    kept = results.read("P4")
    other = json.loads(json.dumps(kept))
    assert __main__.compared(other) == []
    other["effect"][0]["state"], other["verdict"] = "fails", "does not hold"
    setting = other["effect"][0]["setting"]
    assert __main__.compared(other) == [
        "VERDICT holds when → does not hold",
        f"{setting}: holds → fails",
    ]


def test_a_lab_that_is_not_there(capsys):
    with pytest.raises(SystemExit):
        __main__.main(["--only", "Z9"])
    assert "there is no lab Z9; there are E3, G1," in capsys.readouterr().err


def test_a_quick_run_of_the_command_keeps_nothing():
    before = results.path_of("M8").read_bytes()
    command = [sys.executable, "-m", "reference_impl.experiments.claims"]
    done = subprocess.run(
        [*command, "--only", "M8", "--quick", "--jobs", "1"],
        cwd=ROOT,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    assert "M8 " in done.stdout
    assert results.path_of("M8").read_bytes() == before


def test_a_number_that_is_nan_is_refused():
    broken = lab.Lab(**{**vars(LABS["E3"]), "run": lambda seed, quick: {"past, 0.5": float("nan")}})
    with pytest.raises(ValueError, match="NaN"):
        results.compute(broken)


@pytest.mark.parametrize("id", ["N2", "B4", "C11"])
def test_a_picture_shows_every_setting(id):
    kept = results.read(id)
    drawn = picture.figure(kept)
    (ax,) = drawn.axes
    labels = [label.get_text().replace("\n", " ") for label in ax.get_yticklabels()]
    assert labels == list(results.states(kept))
    assert kept["verdict"] in drawn.get_suptitle()
    assert all(setting in picture.text(kept) for setting in labels)
    drawn.clear()


# ── what only the labs have ───────────────────────────────────────────────────────────────────────


def test_gelu_is_nearly_x_times_the_normal_distribution():
    x = np.linspace(-6, 6, 1001)
    assert alone(GELU(), x.shape).forward(x[None])[0] == pytest.approx(x * ndtr(x), abs=1e-3)
    check_gradients(GELU, (5,), 4)
    check_float32(GELU, (5,), 4)


def test_the_window_of_adadelta_holds_the_last_ten_squares():
    rng = np.random.default_rng(0)
    gradients = rng.standard_normal((25, 4))
    theta, grad = np.zeros(4), np.zeros(4)
    optimizer = WindowAdaDelta(1e-3).bind(theta, grad)
    updates = [np.zeros(4)]
    for t, g in enumerate(gradients):
        s = (gradients[max(0, t - 9) : t + 1] ** 2).sum(axis=0) / 10
        d = (np.array(updates[-10:]) ** 2).sum(axis=0) / 10
        updates.append(np.sqrt((d + 1e-3) / (s + 1e-3)) * g)
        grad[...] = g
        optimizer.step()
    assert theta == pytest.approx(-np.sum(updates, axis=0))
