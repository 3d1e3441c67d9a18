"""How long a notebook takes: no sitting over 90 minutes, and its head says so."""

from __future__ import annotations

import re

import nbformat
import pytest

from autograder import folders
from autograder.authoring import length
from autograder.exercises import REGISTRY

CODE, TEXT = nbformat.v4.new_code_cell, nbformat.v4.new_markdown_cell


def cells_of(name):
    return nbformat.read(folders.master(name), as_version=4).cells


@pytest.mark.parametrize("name", folders.notebooks())
def test_no_sitting_is_longer_than_ninety_minutes(name):
    assert max(length.sittings(cells_of(name))) <= length.SITTING


@pytest.mark.parametrize("name", folders.notebooks())
def test_the_head_of_a_notebook_says_what_the_guide_says_of_its_length(name):
    cells = cells_of(name)
    [said] = re.findall(r"\*\*Time\*\*:(.*?)\bminutes", cells[0].source, re.DOTALL)
    guide = length.in_words(cells)
    assert re.findall(r"\d+", said) == re.findall(r"\d+", guide)


def test_words_lines_and_exercises_are_counted():
    text = TEXT(" ".join(["word"] * length.WORDS))
    code = CODE("\n\n".join(["a = 1"] * length.LINES))
    check = CODE('check("ewma_step", ewma_step)')
    assert length.sittings([text, code, check]) == [2 + REGISTRY["ewma_step"].minutes]


def test_what_a_student_does_not_see_at_first_is_not_counted():
    folded = CODE("a = 1", metadata={"jupyter": {"source_hidden": True}})
    hint = TEXT("<details><summary>Hint</summary>\n\nnot at first\n</details>")
    scheme = TEXT("=== BEGIN MARK SCHEME ===\n1 point\n=== END MARK SCHEME ===")
    answer = CODE("### BEGIN SOLUTION\nx = 1\n### END SOLUTION")
    assert length.sittings([folded, hint, scheme, answer]) == [0]
    stub = CODE(f"def f():\n{answer.source}\n    # the end")
    assert length.sittings([stub]) == [2 / length.LINES]


def test_a_named_break_begins_a_sitting():
    words = " ".join(["word"] * length.WORDS)
    cells = [TEXT(f"{words}\n\n{length.BREAK}\n\n{words} {words}"), TEXT(words)]
    assert length.sittings(cells) == [1, 3]
    assert length.in_words(cells * 5) == "sittings of about 0 and 5 and 5 and 5 and 5 and 5 minutes"


def test_the_stretches_of_a_notebook_are_what_stands_between_its_headings():
    words = " ".join(["word"] * length.WORDS)
    cells = [
        TEXT(f"{words}\n\n## One\n\n{words}"),
        CODE('check("ewma_step", ewma_step)'),
        TEXT(f"### Below\n\n{length.BREAK}\n\n{words}\n\n## Two"),
    ]
    found = length.stretches(cells)
    assert [(s.sitting, s.level, s.heading) for s in found] == [
        (0, 0, ""),
        (0, 2, "One"),
        (0, 3, "Below"),
        (1, 3, "Below"),
        (1, 2, "Two"),
    ]
    minutes = [s.minutes for s in found]
    assert minutes == pytest.approx([1, 1 + REGISTRY["ewma_step"].minutes, 0, 1, 0], abs=0.02)
