"""How the lesson goes: a page names what is there, and its minutes are those of the notebook."""

from __future__ import annotations

import re

import nbformat
import pytest

from autograder import cli
from autograder.authoring import length, lessons
from autograder.exercises import REGISTRY
from autograder.folders import master, notebooks

every_notebook = pytest.mark.parametrize("name", notebooks())

SECTIONS = [
    "Before class",
    "Minute by minute",
    "What to ask",
    "What the labs show",
    "Misconceptions",
    "When time is short",
    "A question for the exam",
]


def page(name):
    return lessons.path(name).read_text("utf-8")


def cells_of(name):
    return nbformat.read(master(name), as_version=4).cells


def tables_of(text, first):
    """The rows of each table with this first column, as lists of cells."""
    blocks = re.findall(rf"^\| {first} \|.*\n\|[-|:]+\n((?:\|.*\n)+)", text, re.M)
    return [[row.strip("| ").split(" | ") for row in block.splitlines()] for block in blocks]


@every_notebook
def test_every_page_is_as_the_notebook_and_the_exercises_are_now(name):
    assert lessons.filled(name, page(name)) == page(name)


@every_notebook
def test_every_page_has_the_same_sections(name):
    assert re.findall(r"^## (.+)$", page(name), re.M) == SECTIONS
    assert "**Aim.**" in page(name)


@every_notebook
def test_the_minutes_of_a_page_are_those_of_its_notebook(name):
    tables = tables_of(page(name), "time")
    counted = length.sittings(cells_of(name))
    assert len(tables) == len(counted)
    for rows, minutes in zip(tables, counted, strict=True):
        end, besides, at_home = 0, 0, []
        for time, section, text in rows:
            assert text.startswith(lessons.HOME) == time.startswith("home, ")
            if time.startswith("home"):
                at_home.append(int(time.removeprefix("home, ")))
                continue
            start, stop = map(int, time.split("–"))
            assert start == end
            end = stop
            if extra := re.search(r"\(\+?(\d+) minutes?\)\*$", section):
                besides += int(extra[1])
        assert end <= length.SITTING
        # Each row at home is rounded by itself, and is at least a minute.
        assert end + sum(at_home) - besides == pytest.approx(minutes, abs=1 + len(at_home))


@every_notebook
def test_every_heading_of_the_notebook_that_takes_time_is_in_the_plan(name):
    stretches = length.stretches(cells_of(name))
    for sitting, rows in enumerate(tables_of(page(name), "time")):
        named = {heading for _, section, _ in rows for heading in lessons.headings(section)}
        for stretch in stretches:
            if (
                stretch.sitting == sitting
                and stretch.level == 2
                and stretch.minutes > lessons.SHORT
            ):
                assert stretch.heading in named


@every_notebook
def test_every_name_in_a_page_is_an_exercise_or_stands_in_the_notebook(name):
    text = page(name)
    own = {e.id for e in REGISTRY.values() if e.notebook == name}
    for rows in tables_of(text, "exercise"):
        assert {row[0].strip("`") for row in rows} <= own
        assert 2 <= len(rows) <= 3
    source = "\n".join(cell.source for cell in cells_of(name))
    for term in re.findall(r"`([^`]+)`", text):
        assert term in own or term in source, term


@every_notebook
def test_every_lab_of_a_page_is_a_heading_of_the_notebook(name):
    section = page(name).split("## What the labs show\n")[1].split("\n## ")[0]
    headings = {stretch.heading for stretch in length.stretches(cells_of(name))}
    named = re.findall(r"^- \*(.+?)\*(?:: |$)", section, re.M)
    assert named
    assert set(named) <= headings
    assert section.count("- ✓ ") >= 3


TABLE = """| time | section | what happens |
|---|---|---|
| 0–99 | The opening · How a notebook works | |
| x | *Board (4 minutes)* | |
| x | How an exercise works · One scale for every column · The slope of anything | |
| x | Do two gradients agree? | **At home.** |
| x | Where conventions differ · In short | |
"""


def test_times_conclusions_and_messages_are_filled_in():
    text = (
        TABLE
        + "\n- ✓ A is right: …\n\n| exercise | mistake | what its check says |\n|---|---|---|\n"
        + "| `relative_error` | absolute error | |\n"
    )
    filled = lessons.filled("00_start_here", text)
    [rows] = tables_of(filled, "time")
    assert rows[0][0].startswith("0–")
    start, stop = rows[1][0].split("–")
    assert int(stop) - int(start) == 4
    assert rows[3][0].startswith("home, ")
    assert rows[4][0].split("–")[0] == rows[2][0].split("–")[1]
    known = lessons.conclusions(cells_of("00_start_here"))
    assert re.search(r"- ✓ (A is right: .+)", filled)[1] in known
    [[[_, _, says]]] = tables_of(filled, "exercise")
    [version] = [v for v in REGISTRY["relative_error"].misconceptions if v.name == "absolute error"]
    assert says.replace("\\", "") == version.message
    assert lessons.filled("00_start_here", filled) == filled


def test_a_section_that_no_row_names_gets_one_where_it_stands():
    """So an exercise can be added first, and the page be written afterwards."""
    others = TABLE.replace("How an exercise works · ", "").replace(" · The slope of anything", "")
    [rows] = tables_of(lessons.filled("00_start_here", others), "time")
    new = {i: row[1] for i, row in enumerate(rows) if lessons.UNWRITTEN in row}
    assert new == {1: "How an exercise works", 4: "The slope of anything"}
    assert [row[1] for row in (rows[2], rows[3])] == [
        "*Board (4 minutes)*", "One scale for every column",
    ]  # fmt: skip
    assert rows[1][0].startswith("home, ")


@every_notebook
def test_every_row_says_what_happens(name):
    assert lessons.UNWRITTEN not in page(name)


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("How a notebook works", "How notebooks work", "no heading How notebooks work"),
        ("4 minutes", "70 minutes", "a class has 90 minutes, and this takes"),
        ("| 0–99 | The opening", "| 0–99 | In short · The opening", "two rows are about In short"),
        (
            TABLE,
            TABLE.replace(" · In short", "").replace("| The opening", "| In short · The opening"),
            "in the notebook .* stands elsewhere",
        ),
        ("| time |", "| minutes |", "a table of times for each sitting"),
        (TABLE, f"{TABLE}\n- ✓ A is wrong\n", "concludes no ✓ A is wrong .perhaps: A is right"),
        (
            TABLE,
            f"{TABLE}\n| exercise | a | b |\n|---|---|---|\n| `standardise` | rows | |\n",
            "there is no exercise standardise",
        ),
        (
            TABLE,
            f"{TABLE}\n| exercise | a | b |\n|---|---|---|\n| `standardize` | wrong | |\n",
            "the check of standardize names no mistake wrong",
        ),
    ],
)
def test_what_is_not_there_is_refused(old, new, says):
    assert TABLE.replace(old, new) != TABLE
    with pytest.raises(ValueError, match=f"docs/lessons/00_start_here.md: .*{says}"):
        lessons.filled("00_start_here", TABLE.replace(old, new))


def test_the_check_sees_a_page_that_is_out_of_date(monkeypatch, tmp_path, capsys):
    for name in notebooks():
        (tmp_path / f"{name}.md").write_text(page(name), "utf-8")
    monkeypatch.setattr(lessons, "path", lambda name: tmp_path / f"{name}.md")
    assert cli.main(["guide", "--check"]) == 0
    stale = tmp_path / "01_ewma.md"
    stale.write_text(page("01_ewma").replace("| 0–", "| 1–", 1), "utf-8")
    assert cli.main(["guide", "--check"]) == 1
    assert "01_ewma.md is not up to date: run `make release`" in capsys.readouterr().err
