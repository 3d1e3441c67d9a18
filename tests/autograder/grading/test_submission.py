"""From what was handed in to cells that can be graded: structure from the source, work kept."""

from __future__ import annotations

import json
import os
import re
from dataclasses import replace

import nbformat
import pytest
from nbformat.v3 import nbbase as v3

from autograder import folders
from autograder.grading.submission import (
    Unreadable,
    choose,
    companions,
    load,
    read,
    restore,
    source_cells,
)
from autograder.grading.submission.folder import _is_copy, is_alone
from autograder.notebook.working_copy import _dated

NAME = "03_momentum"
IMAGE = {"image/png": "iVBORw0KGgo="}


def code(source, grade_id="", cell_id="", **marks):
    cell = {"cell_type": "code", "source": source, "metadata": {}, "outputs": []}
    return _marked(cell | {"execution_count": None}, grade_id, cell_id, marks)


def text(source, grade_id="", cell_id="", **marks):
    return _marked(
        {"cell_type": "markdown", "source": source, "metadata": {}}, grade_id, cell_id, marks
    )


def _marked(cell, grade_id, cell_id, marks):
    if grade_id:
        kinds = {"grade": False, "solution": False, "locked": False, "task": False, **marks}
        cell["metadata"]["nbgrader"] = {"grade_id": grade_id, "schema_version": 3, **kinds}
    return cell | {"id": cell_id or f"{grade_id or 'x'}-{abs(hash(cell['source'])) % 10**8}"}


def answer(name, body, cell_id=""):
    return code(f"def {name}(x):\n    {body}", name, cell_id, solution=True)


def check(name, extra=""):
    return code(
        f'check("{name}", {name}){extra}', f"check_{name}", grade=True, locked=True, points=1
    )


def notebook(*cells, **top):
    document = {"cells": list(cells), "metadata": {}, "nbformat": 4, "nbformat_minor": 5, **top}
    return json.dumps(document).encode()


TASK = "What did you see?\n=== BEGIN MARK SCHEME ===\nsee\n=== END MARK SCHEME ==="
SOURCE = [
    code("import numpy as np", cell_id="imports"),
    answer("f", "### BEGIN SOLUTION\n    return x + 1\n    ### END SOLUTION", "id-f"),
    check("f"),
    code("print(f(1))", cell_id="picture"),
    answer("g", "### BEGIN SOLUTION\n    return f(x)\n    ### END SOLUTION", "id-g"),
    check("g", "\n### BEGIN HIDDEN TESTS\nassert g(2) == 3\n### END HIDDEN TESTS"),
    text("because", "why", solution=True, grade=True, points=2),
    text(TASK, "task", task=True, locked=True, points=3),
    text("The end.", cell_id="end"),
]
PARTS = source_cells(notebook(*SOURCE))
GIVEN = [cell | {"source": part.released} for cell, part in zip(SOURCE, PARTS, strict=True)]
IMPORTS, F, CHECK_F, PICTURE, G, CHECK_G, WHY, TASK_CELL, END = GIVEN


def edited(cell, source):
    return cell | {"source": source}


def bare(cell):
    """A cell whose metadata an editor has lost."""
    return cell | {"metadata": {}, "id": "lost"}


MINE_F = edited(F, "def f(x):\n    return 1 + x")
MINE_G = edited(G, "def g(x):\n    return f(x)")


def restored(*cells):
    return restore(read(notebook(*cells)), PARTS)


def shape(result):
    """The order of the cells: the grade_id or text of each."""
    return [cell.grade_id or cell.source for cell in result.cells]


WHOLE = [
    "import numpy as np",
    "f",
    "check_f",
    "print(f(1))",
    "g",
    "check_g",
    "why",
    "task",
    "The end.",
]


def test_the_source_has_stubs_and_hidden_tests_and_students_have_neither():
    assert "return x + 1" not in PARTS[1].source
    assert "NotImplementedError" in PARTS[1].source
    assert PARTS[1].defines == ("f",)
    assert "assert g(2)" in PARTS[5].source
    assert "assert g(2)" not in PARTS[5].released
    assert "MARK SCHEME" in PARTS[7].source
    assert "MARK SCHEME" not in PARTS[7].released
    assert PARTS[6].source == "YOUR ANSWER HERE"


def test_the_source_uses_the_stub_of_the_courses_configuration():
    config = folders.configuration(folders.repository())
    assert (
        'NotImplementedError("not written yet")'
        in source_cells(notebook(*SOURCE), config)[1].source
    )


@pytest.mark.parametrize("name", folders.notebooks())
def test_a_released_notebook_is_its_source(name):
    source = source_cells(folders.master(name), folders.configuration(folders.repository()))
    result = restore(read(folders.released(name).read_bytes()), source)
    assert result.notes == []
    assert [cell.id for cell in result.cells] == [cell.id for cell in source]
    assert [cell.source for cell in result.cells] == [cell.source for cell in source]
    assert [cell.nbgrader for cell in result.cells] == [cell.nbgrader for cell in source]
    assert [c.origin == "student" for c in result.cells] == [c.solution for c in source]
    released = nbformat.read(folders.released(name), as_version=4).cells
    assert [cell.source for cell in released] == [cell.released for cell in source]
    for ours, theirs in zip(source, released, strict=True):
        if ours.solution:
            assert ours.nbgrader == theirs.metadata.nbgrader  # its checksum, too


def test_the_students_answers_are_kept_and_all_else_is_the_sources():
    result = restored(IMPORTS, MINE_F, CHECK_F, PICTURE, MINE_G, CHECK_G, WHY, TASK_CELL, END)
    assert shape(result) == WHOLE
    assert result.notes == []
    assert result.cells[1].source == "def f(x):\n    return 1 + x"
    assert result.cells[5].source == PARTS[5].source
    assert [c.origin for c in result.cells if not c.nbgrader] == ["released"] * 3


def test_an_edited_check_is_restored():
    result = restored(*GIVEN[:2], edited(CHECK_F, "print(100)"), *GIVEN[3:])
    assert shape(result) == WHOLE
    assert result.cells[2].source == 'check("f", f)'
    assert result.notes == ["check_f was edited: restored"]


def test_forged_marks_are_the_sources():
    forged = code("x = 1", "f", grade=True, points=1000)
    result = restored(forged, *GIVEN[2:])
    assert result.cells[0].nbgrader == PARTS[1].nbgrader
    stranger = code("1000", "mine", grade=True, points=1000)
    result = restored(*GIVEN, stranger)
    assert result.cells[-1].nbgrader is None
    assert result.notes == ["mine: the source has no such cell"]


def test_deleted_checks_come_back_at_the_end():
    result = restored(IMPORTS, MINE_F, PICTURE, MINE_G)
    assert sorted(shape(result)) == sorted(WHOLE[:8])
    assert shape(result)[-2:] == ["check_f", "check_g"]
    assert result.notes == [
        "why is missing: put back empty",
        "check_f was missing: put back at the end",
        "check_g was missing: put back at the end",
        "task was missing: put back",
    ]


def test_nothing_at_all_gets_every_check():
    result = restored()
    assert sorted(shape(result)) == ["check_f", "check_g", "task", "why"]
    assert "f is missing" in result.notes


def test_the_rest_of_a_split_solution_comes_before_its_check():
    first, rest = edited(F, "def f(x):"), code("def f(x):\n    return 2")
    result = restored(first, rest, PICTURE, MINE_G)
    assert shape(result)[:2] == ["f", rest["source"]]
    assert shape(result)[-2:] == ["check_f", "check_g"]
    result = restored(first, rest, CHECK_F)
    assert shape(result)[:3] == ["f", rest["source"], "check_f"]


def test_merged_cells_run_as_they_are_and_are_checked_after():
    merged = edited(F, 'def f(x): return 1\n\ncheck("f", f)\n\ndef g(x): return 2')
    result = restored(IMPORTS, merged, END)
    assert shape(result)[:2] == ["import numpy as np", "f"]
    assert shape(result)[-2:] == ["check_f", "check_g"]
    assert result.cells[1].source == merged["source"]
    assert "g is defined in another cell" in result.notes


def test_what_was_merged_into_a_check_runs_before_it():
    merged = edited(CHECK_F, 'check("f", f)\n\ndef g(x):\n    return 2')
    result = restored(IMPORTS, MINE_F, merged, CHECK_G)
    assert shape(result)[:5] == ["import numpy as np", "f", merged["source"], "check_f", "check_g"]


def test_an_answer_written_into_a_locked_text_is_kept_beside_it():
    result = restored(*GIVEN[:7], edited(TASK_CELL, "I saw a ravine."), END)
    assert shape(result) == [*WHOLE[:8], "I saw a ravine.", WHOLE[8]]
    assert result.cells[7].source == TASK


def test_a_check_that_was_moved_goes_back_and_takes_no_other_with_it():
    result = restored(IMPORTS, MINE_F, PICTURE, MINE_G, CHECK_G, WHY, TASK_CELL, END, CHECK_F)
    assert shape(result) == WHOLE
    assert result.notes == ["check_f was moved: put back"]
    result = restored(CHECK_F, IMPORTS, MINE_F, PICTURE, MINE_G, CHECK_G, WHY, TASK_CELL, END)
    assert shape(result) == WHOLE


def test_where_a_solution_was_moved_its_check_follows():
    result = restored(IMPORTS, CHECK_F, PICTURE, MINE_G, CHECK_G, WHY, TASK_CELL, END, MINE_F)
    assert shape(result) == [
        *("import numpy as np", "print(f(1))", "g", "why", "The end.", "f"),
        *("check_f", "check_g", "task"),
    ]


def test_of_a_solution_that_is_there_twice_the_last_counts():
    old = edited(F, "def f(x):\n    return 0")
    result = restored(IMPORTS, old, MINE_F, CHECK_F, CHECK_F, *GIVEN[3:])
    assert shape(result) == [WHOLE[0], old["source"], *WHOLE[1:]]
    assert result.cells[1].nbgrader is None
    assert result.notes == [
        "check_f exists 2 times: the last one counts",
        "f exists 2 times: the last one counts",
    ]


def counts(result, grade_id):
    """The text of a solution that runs before its check, as the last of those that define it."""
    place = shape(result).index(f"check_{grade_id}")
    defining = [c.source for c in result.cells[:place] if c.source.startswith(f"def {grade_id}")]
    return defining[-1]


REST = (WHY, TASK_CELL, END)


@pytest.mark.parametrize("copy", [F, bare(F), edited(F, F["source"] + "  \n")])
def test_a_backup_copy_of_a_stub_takes_no_answers_place(copy):
    for cells in (
        (IMPORTS, MINE_F, CHECK_F, PICTURE, MINE_G, CHECK_G, *REST, copy),
        (IMPORTS, copy, MINE_F, CHECK_F, PICTURE, MINE_G, CHECK_G, *REST),
        (IMPORTS, MINE_F, copy, CHECK_F, PICTURE, MINE_G, CHECK_G, *REST),
    ):
        result = restored(*cells)
        assert shape(result) == WHOLE
        assert counts(result, "f") == MINE_F["source"]
        assert not any("moved" in note for note in result.notes)


def test_an_old_attempt_behind_the_check_does_not_count():
    old = edited(F, "def f(x):\n    return 0")
    result = restored(IMPORTS, MINE_F, CHECK_F, PICTURE, MINE_G, CHECK_G, *REST, old)
    assert shape(result) == [*WHOLE, old["source"]]
    assert counts(result, "f") == MINE_F["source"]
    assert result.notes == ["f exists 2 times: the one counts that stands before its check"]


def test_a_copy_without_the_definition_does_not_count():
    comment = edited(F, "# def f(x): return 0")
    result = restored(IMPORTS, MINE_F, comment, CHECK_F, PICTURE, MINE_G, CHECK_G, *REST)
    assert counts(result, "f") == MINE_F["source"]
    assert result.notes == ["f exists 2 times: the one with an answer counts"]


@pytest.mark.parametrize("lost", [[], [0], [1], [0, 1]])
@pytest.mark.parametrize("stale_first", [True, False])
def test_a_notebook_doubled_with_a_stale_half_has_its_answers(stale_first, lost):
    """Real-time collaboration can double a notebook, and an editor can lose a half's marks."""
    halves = [GIVEN, [IMPORTS, MINE_F, CHECK_F, PICTURE, MINE_G, CHECK_G, *REST]]
    halves = halves if stale_first else halves[::-1]
    for i in lost:
        halves[i] = [bare(cell) for cell in halves[i]]
    result = restored(*halves[0], *halves[1])
    assert counts(result, "f") == MINE_F["source"]
    assert counts(result, "g") == MINE_G["source"]


def test_an_answer_in_a_cell_of_its_own_counts_beside_the_stub():
    own = code("def f(x):\n    return 1 + x")
    for cells in ((IMPORTS, F, own, CHECK_F), (IMPORTS, own, F, CHECK_F)):
        result = restored(*cells, PICTURE, MINE_G, CHECK_G, *REST)
        assert counts(result, "f") == own["source"]


def test_lost_marks_are_found_again():
    by_id = {**MINE_F, "metadata": {}, "id": "id-f"}
    result = restored(
        IMPORTS, by_id, bare(CHECK_F), PICTURE, bare(MINE_G), bare(CHECK_G), *GIVEN[6:]
    )
    assert shape(result) == WHOLE
    assert result.notes == ["g had lost its id: recognised by the name that it defines"]


def test_a_copy_of_a_picture_is_the_students():
    result = restored(*GIVEN[:4], code(PICTURE["source"] + "  \n"), *GIVEN[4:])
    assert [c.origin for c in result.cells[3:5]] == ["released", "student"]
    other = restored(*GIVEN[:3], edited(PICTURE, "print(f(2))"), *GIVEN[4:]).cells[3]
    assert (other.origin, other.source) == ("student", "print(f(2))")


def test_white_space_at_the_end_of_lines_makes_no_students_cell():
    result = restored(edited(IMPORTS, "import numpy as np  \n\n"), *GIVEN[1:])
    assert (result.cells[0].origin, result.cells[0].source) == ("released", "import numpy as np")


def test_a_solution_of_another_type_is_read_as_the_sources_type():
    result = restored(text(MINE_F["source"], "f"), *GIVEN[2:])
    assert (result.cells[0].cell_type, result.cells[0].grade_id) == ("code", "f")
    assert result.notes == ["f was a markdown cell: read as code"]


def test_ids_are_unique_and_valid():
    strange = [
        code("1", cell_id=i) | {"id": i} for i in ("a", "a", "b c", "ä", "", "x" * 65, 5, "imports")
    ]
    cells = restored(*GIVEN, *strange).cells
    document = nbformat.v4.new_notebook()
    for cell in cells:
        make = {"code": nbformat.v4.new_code_cell, "markdown": nbformat.v4.new_markdown_cell}
        document.cells.append(make[cell.cell_type](cell.source, id=cell.id))
    nbformat.validate(document)
    assert len({cell.id for cell in cells}) == len(cells) == len(GIVEN) + len(strange)


def test_only_images_are_attached():
    attachments = {
        "a.png": IMAGE,
        "b.html": {"text/html": "<script>"},
        "c": 5,
        "d": {"image/png": [1]},
    }
    mine = edited(WHY, "![](attachment:a.png)") | {"attachments": attachments}
    own = text("mine") | {"attachments": attachments}
    result = restored(*GIVEN[:6], mine, own, *GIVEN[7:])
    assert result.cells[6].attachments == result.cells[7].attachments == {"a.png": IMAGE}


def test_of_many_notes_some_are_named():
    notes = restored(*(code("1", f"no-{i}") for i in range(200))).notes
    assert len(notes) == 31
    assert notes[-1].startswith("and ")


# Accidents

CELL = code("x = 1")


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (b"", "empty"),
        (b" \n\t ", "empty"),
        (b"\xef\xbb\xbf", "breaks off at line 1"),
        (b"\0\0\0\0", "empty"),
        (notebook(CELL)[:-40], "breaks off at line 1, column"),
        (b'{\n "cells": [\n}', "damaged at line 3, column 1"),
        (b"<html>", "damaged at line 1, column 1"),
        (b"\x89PNG\r\n\x1a\n", "UTF-8: byte 0 is 0x89"),
        ('{"cells": ["é"]}'.encode("latin-1"), "UTF-8: byte 12 is 0xe9"),
        (b"[]", "is a list"),
        (b"null", "is a null"),
        (b"{}", "no list of cells"),
        (b'{"cells": {}, "nbformat": 4}', "no list of cells"),
        (b'{"cells": [5]}', "Cell 1 of the notebook is not a cell, but a number"),
        (notebook({"cell_type": "code", "source": ["a", 5]}), "Cell 1 of the notebook has no text"),
        (notebook({"cell_type": "code", "source": None}), "Cell 1 of the notebook has no text"),
        (notebook(*[CELL] * 5001), "5001 cells"),
        (notebook(code("x" * 5_000_001)), "5000001 characters"),
        (b"[" * 100_000, "nested too deeply"),
        (b'{"cells":' * 100_000, "nested too deeply"),
        (b'{"cells": [' + b"[]," * 5_000_001 + b"[]]}", "more than 5,000,000 values"),
        (b'{"nbformat": "x", "worksheets": 5}', "format x and cannot be converted"),
        (b'{"nbformat": 3, "worksheets": [{"cells": [{"cell_type": []}]}]}', "format 3"),
        (b'{"nbformat": 2, "cells": []}', "format 2"),
        (b'{"nbformat": NaN}', "format nan"),
        (b'{"nbformat": -Infinity}', "format -inf"),
        (b" " * 100_000_001, "100 MB; at most 100 MB"),
    ],
)
def test_what_cannot_be_read_is_refused_with_its_reason(data, says):
    with pytest.raises(Unreadable) as refused:
        read(data)
    assert says in str(refused.value)
    assert str(refused.value).endswith((".", "?", ")", "again."))
    assert "\n" not in str(refused.value)


WITH_EVERYTHING = rb'{"cells": [true, false, null, -1.5e+3, 0, "a \u00e9 \n"]}'


@pytest.mark.parametrize("length", range(1, len(WITH_EVERYTHING)))
def test_a_file_that_ends_too_early_breaks_off_wherever_that_is(length):
    with pytest.raises(Unreadable, match="It breaks off at line 1, column"):
        read(WITH_EVERYTHING[:length])


READABLE = [
    notebook(CELL),
    b"\xef\xbb\xbf" + notebook(CELL),
    notebook(CELL).decode().encode("utf-16"),
    notebook(CELL).decode().encode("utf-32"),
    json.dumps(json.loads(notebook(CELL)), indent=1).replace("\n", "\r\n").encode(),
    notebook(CELL | {"id": "x\ty"}).replace(rb"\t", b"\t"),
    notebook(CELL, metadata=None),
    notebook(CELL, metadata={"kernelspec": {"name": "gone", "language": "python"}}),
    notebook(CELL, nbformat_minor=99, signature=5),
    notebook(CELL)[:-1] + b', "huge": ' + b"9" * 10_000 + b"}",
    notebook(CELL)[:-1] + b', "huge": NaN, "cells2": [[[1e999]]]}',
    b'{"cells": [], ' + notebook(CELL)[1:],
    notebook(CELL | {"source": ["x ", "= 1"]}),
    notebook(CELL | {"source": "x = 1", "metadata": [], "outputs": "none"}),
    notebook(CELL | {"outputs": [{"data": {"text/plain": "x" * 50_000_000}}]}),
]


@pytest.mark.parametrize("data", READABLE, ids=range(len(READABLE)))
def test_what_can_be_read_is(data):
    cells = read(data).cells
    assert [(cell.cell_type, cell.source) for cell in cells] == [("code", "x = 1")]


def test_a_photo_in_a_text_costs_no_code():
    """Colab writes a pasted photo into the text of its cell."""
    photo = f"Look: ![photo](data:image/jpeg;base64,{'QUJD' * 1_500_000}) a ravine."
    found = read(notebook(MINE_F, text(photo, "why")))
    assert [cell.source for cell in found.cells] == [MINE_F["source"], "Look: ![photo]() a ravine."]
    assert found.notes == ["cell 2: a picture in its text was left out, it is too large"]


def test_line_ends_and_characters_become_plain():
    texts = "a\r\nb\rc\0d \ud800 \ud83d\ude00 é"
    cell = read(notebook(code("") | {"source": texts})).cells[0]
    assert cell.source == "a\nb\nc\ufffdd \ufffd 😀 é"
    cell.source.encode()


def test_notebooks_of_format_3_are_converted():
    worksheet = v3.new_worksheet(
        cells=[v3.new_text_cell("heading", "Title"), v3.new_code_cell("def f(x):\n    return 1")]
    )
    data = json.dumps(v3.new_notebook(worksheets=[worksheet])).encode()
    handed_in = read(data)
    assert [cell.source for cell in handed_in.cells] == ["# Title", "def f(x):\n    return 1"]
    assert handed_in.notes == ["the file was of format 3: converted to 4"]
    notes = restore(handed_in, PARTS).notes
    assert notes[0] == handed_in.notes[0]
    assert "f had lost its id: recognised by the name that it defines" in notes


def test_a_later_format_and_another_language_are_noted():
    data = notebook(CELL, nbformat=5, metadata={"language_info": {"name": "R"}})
    assert read(data).notes == [
        "the file is of format 5: read as if it were 4",
        "the notebook says that it is written in r, not in Python",
    ]


# The folder


def put(folder, *names, data=None):
    for name in names:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(notebook(*GIVEN) if data is None else data)


@pytest.mark.parametrize(
    ("names", "chosen"),
    [
        ([f"{NAME}.ipynb", "03_Momentum.ipynb", f"{NAME} (1).ipynb"], f"{NAME}.ipynb"),
        (["03_Momentum.ipynb", f"{NAME} (1).ipynb"], "03_Momentum.ipynb"),
        ([f"{NAME} (1).ipynb", "other.ipynb"], f"{NAME} (1).ipynb"),
        ([f"{NAME}-Copy1.ipynb"], f"{NAME}-Copy1.ipynb"),
        ([f"{NAME} - Copy (2).ipynb"], f"{NAME} - Copy (2).ipynb"),
        ([f"Copy of {NAME}.ipynb"], f"Copy of {NAME}.ipynb"),
        ([f"{NAME}.ipynb.txt"], f"{NAME}.ipynb.txt"),
        (["homework.ipynb", ".hidden.ipynb", "data.csv"], "homework.ipynb"),
    ],
)
def test_the_notebook_is_found_by_its_name_or_what_is_close(tmp_path, names, chosen):
    put(tmp_path, *names)
    path, notes = choose(tmp_path, NAME, PARTS)
    assert path == tmp_path / chosen
    assert bool(notes) == (chosen != f"{NAME}.ipynb")


ANSWERED = notebook(IMPORTS, MINE_F, CHECK_F, PICTURE, MINE_G, CHECK_G, *REST)


@pytest.mark.parametrize(
    ("ending", "is_one"),
    [
        *((ending, True) for ending in ("-Copy1", " (1)", " - Copy", "_copy 2 (3)", " copy ")),
        ("copy (1)" * 28, True),
        ("copy (1)" * 28 + "x", False),
        ("-" * 200 + "x", False),
    ],
)
def test_what_a_copy_is_called_however_long(ending, is_one):
    assert _is_copy(f"{NAME}{ending}.ipynb", NAME) is is_one


@pytest.mark.parametrize("copy", [f"{NAME}-Copy1.ipynb", f"{NAME} (1).ipynb"])
def test_of_an_original_and_its_copy_the_one_with_answers_counts(tmp_path, copy):
    put(tmp_path, f"{NAME}.ipynb")
    put(tmp_path, copy, data=ANSWERED)
    path, notes = choose(tmp_path, NAME, PARTS)
    assert path.name == copy
    assert notes == [f"{NAME}.ipynb has no answers: {copy} was graded"]
    put(tmp_path, f"{NAME}.ipynb", data=ANSWERED)
    assert choose(tmp_path, NAME, PARTS) == (tmp_path / f"{NAME}.ipynb", [])
    put(tmp_path, copy)
    assert choose(tmp_path, NAME, PARTS) == (tmp_path / f"{NAME}.ipynb", [])
    put(tmp_path, copy, data=notebook(*GIVEN[:4], MINE_G, *GIVEN[5:]))
    with pytest.raises(Unreadable, match="different answers: delete all but one"):
        choose(tmp_path, NAME, PARTS)


def test_where_the_original_has_no_answers_they_may_have_another_name(tmp_path):
    put(tmp_path, f"{NAME}.ipynb")
    put(tmp_path, f"{NAME}_final.ipynb", data=ANSWERED)
    path, notes = choose(tmp_path, NAME, PARTS)
    assert path.name == f"{NAME}_final.ipynb"
    assert notes == [f"{NAME}.ipynb has no answers: {path.name} was graded"]
    original = tmp_path / f"{NAME}.ipynb"
    assert choose(tmp_path, NAME, PARTS, known=[NAME, f"{NAME}_final"]) == (original, [])
    put(tmp_path, f"{NAME}.ipynb", data=ANSWERED)
    assert choose(tmp_path, NAME, PARTS) == (original, [])
    put(tmp_path, f"{NAME}.ipynb", data=notebook(*GIVEN[:4], MINE_G, *GIVEN[5:]))
    assert choose(tmp_path, NAME, PARTS) == (
        original, [f"{NAME}_final.ipynb has other answers: not graded"],
    )  # fmt: skip
    before = _dated(original)  # as `autograder fresh` keeps it
    (tmp_path / f"{NAME}_final.ipynb").rename(before)
    assert choose(tmp_path, NAME, PARTS) == (original, [])
    put(tmp_path, f"{NAME}.ipynb")
    assert choose(tmp_path, NAME, PARTS)[0] == before
    before.rename(tmp_path / f"{NAME}_final.ipynb")
    assert not is_alone(original)
    assert is_alone(original, known=[NAME, f"{NAME}_final"])


def test_there_it_is_found_under_the_name_that_a_browser_gives(tmp_path):
    put(tmp_path / "work", f"{NAME}.ipynb.txt")
    path, notes = choose(tmp_path, NAME, PARTS)
    assert path == tmp_path / "work" / f"{NAME}.ipynb.txt"
    assert notes[-1] == f"{NAME}.ipynb is in the folder work"


def test_a_notebook_in_the_folder_that_unpacking_made_is_found(tmp_path):
    put(tmp_path / NAME, f"{NAME}.ipynb")
    put(tmp_path / "__MACOSX", f"._{NAME}.ipynb", data=b"")
    path, notes = choose(tmp_path, NAME, PARTS)
    assert path == tmp_path / NAME / f"{NAME}.ipynb"
    assert notes == [f"{NAME}.ipynb is in the folder {NAME}"]
    put(tmp_path / NAME, "helper.py", data=b"1")
    put(tmp_path, "timestamp.txt", data=b"2")
    found, _ = companions(tmp_path, ())
    assert {"helper.py": b"1", "timestamp.txt": b"2"}.items() <= found.items()
    put(tmp_path / "other", f"{NAME}.ipynb")
    with pytest.raises(Unreadable):
        choose(tmp_path, NAME, PARTS)


@pytest.mark.parametrize(
    ("names", "says"),
    [
        ([], "the folder has nothing"),
        (["notes.txt"], "the folder has notes.txt"),
        (
            [f"{NAME} (1).ipynb", f"{NAME} (2).ipynb"],
            "any of 03_momentum (1).ipynb, 03_momentum (2)",
        ),
        (["a.ipynb", "b.ipynb"], "any of a.ipynb, b.ipynb"),
    ],
)
def test_what_cannot_be_decided_is_refused_by_name(tmp_path, names, says):
    put(tmp_path, *names)
    with pytest.raises(Unreadable, match=re.escape(says)):
        choose(tmp_path, NAME, PARTS)


def test_another_assignments_notebook_is_none_of_this(tmp_path):
    put(tmp_path, "other.ipynb", data=notebook(code("1", "elsewhere")))
    put(tmp_path, "broken.ipynb", data=b"{")
    with pytest.raises(Unreadable, match=r"the folder has broken\.ipynb, other\.ipynb"):
        choose(tmp_path, NAME, PARTS)


def _link(path):
    path.symlink_to("/etc/passwd")


@pytest.mark.parametrize(
    ("make", "says"),
    [
        (_link, "symbolic link"),
        (os.mkfifo, "a pipe"),
        (os.mkdir, "a folder"),
        (lambda path: os.mknod(path, 0o020644, os.makedev(1, 5)), "a device"),
    ],
)
def test_only_ordinary_files_are_opened(tmp_path, make, says):
    path = tmp_path / f"{NAME}.ipynb"
    try:
        make(path)
    except PermissionError:
        pytest.skip("only root makes devices")
    chosen, _ = choose(tmp_path, NAME, PARTS)
    with pytest.raises(Unreadable, match=says):
        load(chosen)
    path.rename(tmp_path / "other.ipynb")
    with pytest.raises(Unreadable, match="the folder has nothing"):
        choose(tmp_path, NAME, PARTS)


def test_a_file_that_cannot_be_read_or_is_too_big_is_refused_unread(tmp_path):
    with pytest.raises(Unreadable, match="cannot be read: No such file"):
        load(tmp_path / "none.ipynb")
    big = tmp_path / "big.ipynb"
    with big.open("wb") as file:
        file.truncate(10**12)
    with pytest.raises(Unreadable, match=r"big\.ipynb: The file has 1000000 MB"):
        load(big)


def test_a_file_without_permission_is_named(tmp_path):
    secret = tmp_path / "secret.ipynb"
    secret.touch(mode=0)
    closed = tmp_path / "closed"
    closed.mkdir(mode=0)
    user = os.geteuid()
    if user == 0:  # root may read everything
        os.seteuid(65534)
    try:
        with pytest.raises(Unreadable, match=r"secret\.ipynb cannot be read: Permission denied"):
            load(secret)
        with pytest.raises(Unreadable, match=r"folder cannot be read: Permission denied"):
            choose(closed, NAME, PARTS)
    finally:
        os.seteuid(user)


def test_companions_are_ordinary_files_by_relative_name(tmp_path):
    put(tmp_path, f"{NAME}.ipynb", "helper.py", "data/a.csv", ".ipynb_checkpoints/x", data=b"1")
    (tmp_path / "link.py").symlink_to("/etc/passwd")
    (tmp_path / "loop").symlink_to(tmp_path)
    os.mkfifo(tmp_path / "pipe")
    put(tmp_path, os.fsdecode(b"\xff.txt"), data=b"1")
    found, notes = companions(tmp_path, [f"{NAME}.ipynb"])
    assert found == {"helper.py": b"1", "data/a.csv": b"1"}
    assert len(notes) == 4


def test_companions_are_limited_in_number_and_size(tmp_path):
    for name in ("a", "c"):
        put(tmp_path, name, data=b"1" * 10_000_000)
    put(tmp_path, "b", data=b"1" * 10_000_001)
    put(tmp_path, "d", data=b"1")
    found, notes = companions(tmp_path, [])
    assert list(found) == ["a", "c"]
    assert len(notes) == 2
    for i in range(1100):
        put(tmp_path / "many", f"{i:04}", data=b"")
    found, notes = companions(tmp_path / "many", [])
    assert len(found) == 1000
    assert notes == ["more than 1000 files were handed in: the rest was left out"]


@pytest.mark.parametrize("tool", [".git/objects", ".venv/lib/python3.12/site-packages"])
def test_what_tools_left_beside_a_notebook_takes_no_files_place(tmp_path, tool):
    for i in range(1100):
        put(tmp_path / tool, f"{i:04}", data=b"")
    put(tmp_path, "helper.py", data=b"1")
    assert companions(tmp_path, []) == ({"helper.py": b"1"}, [])


def test_reading_changes_nothing_of_the_source():
    before = [replace(part) for part in PARTS]
    restored(MINE_F)
    assert before == PARTS
