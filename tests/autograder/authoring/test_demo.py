"""The whole way on a sample class: notebooks, marks, feedback."""

from __future__ import annotations

import json

import nbformat
import pytest

from autograder import folders
from autograder.authoring.demo import demo
from autograder.authoring.sample_class import (
    ASSIGNMENTS,
    authors,
    fill_in,
    sample_class,
)


def test_filling_in_changes_the_cells_of_the_answers_only():
    text = folders.released(ASSIGNMENTS[0]).read_text(encoding="utf-8")
    before, after = json.loads(text), json.loads(fill_in(text, authors(ASSIGNMENTS[0])))
    changed = [
        new["metadata"]["nbgrader"]["grade_id"]
        for old, new in zip(before["cells"], after["cells"], strict=True)
        if old["source"] != new["source"]
    ]
    assert sorted(changed) == sorted(authors(ASSIGNMENTS[0]))


def test_the_sample_class_has_all_kinds():
    submissions = sample_class(folders.repository() / folders.COURSE)
    assert len({s.student for s in submissions}) >= 16
    assert {s.notebook for s in submissions} == set(ASSIGNMENTS)
    assert [s.student for s in submissions if s.mark is None] == ["quin"]
    for submission in submissions:
        if submission.mark is None:
            with pytest.raises(nbformat.reader.NotJSONError):
                nbformat.reads(submission.text, as_version=4)


def test_the_gradebook_agrees_with_what_each_student_must_get(tmp_path, capsys):
    """The demo itself: release, hand in, grade, feedback, marks."""
    assert demo(tmp_path / "demo") == 0
    printed = capsys.readouterr().out
    assert "quin: NOT GRADED: The file is not a notebook. It breaks off" in printed
    assert "pia      01_ewma" in printed
    assert "48 h after the due date" in printed
    assert (tmp_path / "demo" / "feedback/ada/01_ewma/01_ewma.html").is_file()
    marks = (tmp_path / "demo" / "grades.csv").read_text().splitlines()
    assert len(marks) > len(ASSIGNMENTS)
