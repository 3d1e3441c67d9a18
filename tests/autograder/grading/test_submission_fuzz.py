"""Whatever is done to a real notebook, it is restored or refused with a sentence."""

from __future__ import annotations

import json

import nbformat
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from mutations import CHANGES, changed, delete, duplicate, forge, merge, move

from autograder import folders
from autograder.authoring.sample_class import as_definition
from autograder.exercises import REGISTRY
from autograder.grading.needed import needed, reference_modules
from autograder.grading.submission import Unreadable, read, restore, source_cells

NAMES = ("01_ewma", "03_momentum", "05_activations")
SOURCES = {name: source_cells(folders.master(name)) for name in NAMES}
RELEASED = {name: folders.released(name).read_bytes() for name in NAMES}
AVAILABLE = {name: reference_modules(source) for name, source in SOURCES.items()}


def put_right(name, data):
    """Read and restore; if that works, the result keeps everything that is promised."""
    source = SOURCES[name]
    try:
        handed_in = read(data)
    except Unreadable as problem:
        sentence = str(problem)
        assert sentence[0].isupper()
        assert sentence.isprintable()
        assert len(sentence) < 500
        return None
    result = restore(handed_in, source)
    locked = [cell for cell in source if cell.locked]
    there = [cell for cell in result.cells if cell.locked]
    assert {c.grade_id: (c.cell_type, c.source, c.nbgrader) for c in there} == {
        c.grade_id: (c.cell_type, c.source, c.nbgrader) for c in locked
    }
    by_hand = [cell.grade_id for cell in source if cell.graded and cell.solution]
    assert sorted(c.grade_id for c in result.cells if c.graded and c.solution) == sorted(by_hand)
    marked = [cell.grade_id for cell in result.cells if cell.nbgrader]
    assert len(marked) == len(set(marked))
    _checks_come_after_what_they_check(result, source)
    texts = {cell.source.rstrip() for cell in source}
    for cell in result.cells:
        assert cell.origin == "student" or cell.source.rstrip() in texts
        assert "### BEGIN SOLUTION" not in cell.source or b"BEGIN SOLUTION" in data
    _can_be_written(result)
    plan = needed(result.cells, AVAILABLE[name])
    assert set(plan.first).isdisjoint(i for i in plan.last if result.cells[i].origin == "student")
    return result


def _checks_come_after_what_they_check(result, source):
    before = {}
    seen = []
    for cell in source:
        if cell.locked:
            before[cell.grade_id] = list(seen)
        elif cell.solution and cell.cell_type == "code":
            seen.append(cell.grade_id)
    place = {cell.grade_id: i for i, cell in enumerate(result.cells) if cell.nbgrader}
    for grade_id, solutions in before.items():
        assert all(place[s] < place[grade_id] for s in solutions if s in place)


def _can_be_written(result):
    notebook = nbformat.v4.new_notebook()
    for cell in result.cells:
        make = getattr(nbformat.v4, f"new_{cell.cell_type}_cell")
        more = {"attachments": cell.attachments} if cell.attachments else {}
        notebook.cells.append(make(cell.source, id=cell.id, **more))
    nbformat.validate(notebook)
    nbformat.writes(notebook).encode()
    "".join(result.notes).encode()
    assert all(note.isprintable() and len(note) < 200 for note in result.notes)


def answered(name):
    """The released notebook with right answers in it."""
    document = json.loads(RELEASED[name])
    for cell in document["cells"]:
        exercise = REGISTRY.get(cell["metadata"].get("nbgrader", {}).get("grade_id", ""))
        if exercise and exercise.equivalents:
            cell["source"] = as_definition(exercise.equivalents[0].function, exercise.id)
    return document


ANSWERED = {name: answered(name) for name in NAMES}


@pytest.mark.parametrize("name", NAMES)
def test_untouched_and_answered_notebooks_need_no_putting_right(name):
    for data in (RELEASED[name], json.dumps(ANSWERED[name]).encode()):
        result = put_right(name, data)
        assert result.notes == []
        assert [c.id for c in result.cells] == [c.id for c in SOURCES[name]]


@given(
    st.sampled_from(NAMES), st.lists(st.sampled_from(CHANGES), max_size=12), st.integers(0, 2**32)
)
@settings(max_examples=150)
@example("03_momentum", [move] * 30, 0)
@example("03_momentum", [merge] * 30, 0)
@example("03_momentum", [delete] * 60, 0)
@example("03_momentum", [forge, duplicate] * 30, 0)
def test_changed_cells(name, changes, seed):
    put_right(name, changed(ANSWERED[name], changes, seed))


JSON = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=8,
)
KEYS = ("cells", "metadata", "nbformat", "nbformat_minor", "worksheets", "kernelspec")


@given(st.dictionaries(st.sampled_from(KEYS), JSON, max_size=4))
@settings(max_examples=150)
@example({"nbformat": "\x1b[2J"})
def test_changed_documents(fields):
    document = {**ANSWERED["01_ewma"], **fields}
    put_right("01_ewma", json.dumps(document).encode())


@given(st.lists(st.dictionaries(st.sampled_from(("cell_type", "source", "id", "metadata")), JSON)))
@settings(max_examples=100)
def test_invented_cells(cells):
    put_right("01_ewma", json.dumps({"cells": cells, "nbformat": 4}).encode())


@given(
    st.lists(
        st.tuples(st.sampled_from(("flip", "cut", "insert", "drop")), st.floats(0, 1), st.binary()),
        min_size=1,
        max_size=6,
    )
)
@settings(max_examples=150)
def test_changed_bytes(changes):
    data = bytearray(json.dumps(ANSWERED["03_momentum"]).encode())
    for kind, where, more in changes:
        at = int(where * len(data))
        if kind == "flip" and at < len(data):
            data[at] ^= (more or b"\1")[0]
        elif kind == "cut":
            del data[at:]
        elif kind == "insert":
            data[at:at] = more
        else:
            del data[at : at + len(more)]
    put_right("03_momentum", bytes(data))
