"""The class report: its figures are those of the gradebook, and its examples are anonymous."""

from __future__ import annotations

import csv
import json
import shutil
import statistics

import pytest
from bs4 import BeautifulSoup
from class_of_six import NAME, SLIP

from autograder import cli
from autograder.desk import alike, report, standing
from autograder.desk.marked import MarkedClass

LONG = (
    "def f(x, rate):\n    # by Ada\n    total = 0\n    for value in x:\n"
    "        total = total + rate * value ** 2 - np.log(1 + abs(value))\n"
    "    scale = np.sqrt(total + 1e-8) / max(len(x), 1)\n    return total / scale, scale\n"
)
RENAMED = (
    LONG.replace("total", "s").replace("rate", "lr").replace("value", "v").replace("Ada", "Bo")
)
OTHER = (
    'def f(x, rate):\n    """Mine."""\n    x = np.asarray(x, dtype=float)\n'
    "    squares = rate * (x * x).sum() - np.log1p(np.abs(x)).sum()\n"
    "    if not x.size:\n        return 0.0, 1.0\n"
    "    return squares * x.size / np.sqrt(squares + 1e-8), np.sqrt(squares + 1e-8) / x.size\n"
)


@pytest.fixture
def made(folder):
    return report.made(MarkedClass(folder, NAME))


def test_the_figures_are_those_of_the_marks(folder, made):
    found = [row for row in standing.rows(MarkedClass(folder, NAME)) if row.points]
    assert made.totals == sorted(row.total for row in found)
    assert made.median == statistics.median(row.total for row in found)
    assert sum(count for _, _, count in made.bins) == len(found) == 5
    step = next(e for e in made.exercises if e.title == "momentum_step")
    assert (step.full, step.partial, step.none, step.unwritten) == (2, 0, 3, 1)
    assert step.earned == pytest.approx(2 / 5)
    quiz = next(e for e in made.exercises if e.title == "prediction_momentum")
    assert (quiz.none, quiz.unwritten) == (1, 1)  # its stub stops: it is not written all the same
    words = next(e for e in made.exercises if e.title == "explain momentum")
    assert (words.waiting, words.none, words.unwritten) == (4, 1, 1)


def test_discrimination_is_the_correlation_with_all_other_exercises():
    def row(number, one, two):
        return standing.Row(
            standing.Student(f"s{number}"), "marked", {("n", "a"): one, ("n", "b"): two}
        )

    rows = [row(i, float(i), 2.0 * i) for i in range(6)]
    assert report.discrimination(("n", "a"), rows) == pytest.approx(1.0)
    against = [row(i, float(i), -2.0 * i) for i in range(6)]
    assert report.discrimination(("n", "a"), against) == pytest.approx(-1.0)
    assert report.discrimination(("n", "a"), rows[:4]) is None  # too few
    assert report.discrimination(("n", "a"), [row(i, 1.0, i) for i in range(6)]) is None


def test_a_misconception_is_counted_with_an_example_and_a_place(made):
    [slip] = [m for m in made.misconceptions if m.title == "momentum_step"]
    assert (slip.students, slip.message) == (2, SLIP.message)
    assert "def momentum_step" in slip.example
    assert slip.explained.startswith(NAME)
    assert any(SLIP.message in line and "2 of 5" in line for line in made.repeat)


def test_what_is_mostly_not_marked_yet_is_nothing_to_repeat(folder, by_hand):
    def repeated():
        return any(
            "`explain momentum`" in line for line in report.made(MarkedClass(folder, NAME)).repeat
        )

    assert not repeated()
    for student in ("ada", "bo", "cy", "ed"):
        by_hand(student, 1.0)
    assert repeated()


def test_an_example_has_no_words_of_its_author():
    assert "Ada" not in report._anonymous(LONG)
    assert "Mine" not in report._anonymous(OTHER)
    assert report._anonymous("def f(:\n    # by Ada") == ""


def test_who_has_not_handed_in_is_named_and_who_is_not_graded_is_not(made):
    assert made.missing == ["Zed Nobody"]
    assert any("quin" in line for line in made.open)


def test_a_limit_is_named_with_whom_it_stopped(folder):
    path = folder / "autograded" / "ed" / NAME / f"{NAME}.ipynb"
    notebook = json.loads(path.read_text(encoding="utf-8"))
    notebook["metadata"]["autograder"]["hit"] = ["cell_seconds"]
    seconds = notebook["metadata"]["autograder"]["limits"]["cell_seconds"]
    path.chmod(0o644)
    path.write_text(json.dumps(notebook), encoding="utf-8")
    limits = report.made(MarkedClass(folder, NAME)).limits
    assert limits == {f"cell_seconds={seconds:g}": ["ed"]}


def test_renamed_copies_are_found_and_different_ways_are_not():
    texts = {name: alike.normalized(code, "f") for name, code in
             {"a": LONG, "b": RENAMED, "c": OTHER}.items()}  # fmt: skip
    assert texts["a"] == texts["b"]
    answers = [alike.Answer(name, "f", text, right=False) for name, text in texts.items()]
    [pair] = alike.pairs(answers)
    assert (pair.students, pair.exercises, pair.wrong) == (("a", "b"), ["f"], ["f"])


def test_short_answers_and_what_everybody_writes_are_left_out():
    short = alike.normalized("def g(x):\n    return x + 1", "g")
    assert not alike.pairs([alike.Answer(n, "g", short, right=True) for n in "ab"])
    usual = alike.normalized(LONG, "f")
    assert not alike.pairs([alike.Answer(n, "f", usual, right=True) for n in "abcdef"])
    assert len(alike.pairs([alike.Answer(n, "f", usual, right=False) for n in "abc"])) == 3


def test_the_stub_is_nobody_s_copy(folder):
    for copy in ("ed", "cy"):
        for kind in ("submitted", "autograded"):
            source, target = folder / kind / "di" / NAME, folder / kind / copy / NAME
            shutil.rmtree(target)
            shutil.copytree(source, target)
    found = report.made(MarkedClass(folder, NAME)).alike
    assert not any({"di", "ed", "cy"} & set(pair.students) for pair in found)


def test_code_that_cannot_be_read_is_no_answer():
    assert alike.normalized("def f(:") == ""
    assert alike.normalized("(" * 5000 + ")" * 5000) == ""
    assert alike.normalized("x = 1\n" * 100_000) == ""  # too long to wait for


def test_page_table_and_data(folder, capsys):
    assert cli.main(["report", NAME, "--course-dir", str(folder)]) == 0
    assert "5 with marks, 1 have not handed in" in capsys.readouterr().out
    there = folder / "reports" / NAME
    data = json.loads((there / "report.json").read_text(encoding="utf-8"))
    lines = list(csv.DictReader((there / "exercises.csv").open(encoding="utf-8")))
    assert [line["title"] for line in lines] == [e["title"] for e in data["exercises"]]
    html = (there / "report.html").read_text(encoding="utf-8")
    soup = BeautifulSoup(html, "html.parser")
    assert not soup.select("script, link")
    assert len(soup.select("section")) >= 6
