"""A master is edited as text: outputs and metadata stay, and no text is lost."""

from __future__ import annotations

import shlex
import sys

import nbformat
import pytest

from autograder import cli, folders
from autograder.authoring import edit

NAME = "01_ewma"


@pytest.fixture
def course(tmp_path, monkeypatch):
    """A course of one small notebook."""
    v4 = nbformat.v4
    (tmp_path / "nbgrader_config.py").write_text("")
    cells = [
        v4.new_markdown_cell("# Title\n\nWith $\\beta$ and `code`."),
        v4.new_code_cell("x = 1\nprint(x)", outputs=[v4.new_output("stream", text="1\n")],
                         execution_count=1, metadata={"tolerance": 0.02, "tags": ["keep"]}),
        v4.new_code_cell("%matplotlib inline\ny = 2", execution_count=2),
        v4.new_code_cell("\nprint(y)\n", outputs=[v4.new_output("stream", text="2\n")],
                         execution_count=3, metadata={"nbgrader": {"grade_id": "y"}}),
    ]  # fmt: skip
    path = tmp_path / "solutions" / NAME / f"{NAME}.ipynb"
    path.parent.mkdir(parents=True)
    nbformat.write(v4.new_notebook(cells=cells), path)
    monkeypatch.chdir(path.parent)
    return path


@pytest.fixture
def editor(tmp_path, monkeypatch):
    """Lets an editor do something: Python that sees `text` and `path`."""

    def does(code: str, variable: str = "EDITOR") -> None:
        script = tmp_path / "editor.py"
        script.write_text(
            "import pathlib, sys\npath = pathlib.Path(sys.argv[1])\n"
            f"text = path.read_text('utf-8')\n{code}\n"
        )
        monkeypatch.delenv("VISUAL", raising=False)
        monkeypatch.setenv(variable, f"{shlex.quote(sys.executable)} {shlex.quote(str(script))}")

    return does


def cells(path):
    return nbformat.read(path, as_version=4).cells


@pytest.mark.parametrize("name", folders.notebooks())
def test_a_master_that_went_through_text_is_the_same(name):
    notebook = nbformat.read(folders.master(name), as_version=4)
    back = edit.from_text(edit.as_text(notebook)).cells
    assert [(c.cell_type, c.source) for c in back] == [
        (c.cell_type, c.source) for c in notebook.cells
    ]


def test_an_edit_that_changes_nothing_changes_nothing(course, editor, capsys):
    before = course.read_bytes()
    editor("")
    assert cli.main(["edit", "01"]) == 0
    assert course.read_bytes() == before
    assert "nothing has changed" in capsys.readouterr().out
    assert not edit.text_path(NAME).exists()


def test_what_is_not_changed_keeps_its_outputs_and_metadata(course, editor, capsys):
    before = cells(course)
    editor("path.write_text(text.replace('print(y)', 'print(2 * y)').replace('# Title', '# New'))")
    assert cli.main(["edit", "01"]) == 0
    said = capsys.readouterr().out
    assert f"{NAME}: cells: 2 changed, 2 as before, with their outputs" in said
    assert "autograder build 01" in said
    title, first, second, last = cells(course)
    assert (first, second) == (before[1], before[2])
    assert title.source.startswith("# New")
    assert last.source.strip() == "print(2 * y)"
    assert (last.outputs, last.execution_count) == ([], None)
    assert (last.id, last.metadata) == (before[3].id, before[3].metadata)


def test_cells_move_come_and_go(course, editor):
    before = cells(course)
    editor(
        "head, one, two, three = text.split('# %%')[1:]\n"
        "new = ' [markdown]\\n# News.\\n\\n'\n"
        "path.write_text('# %%'.join(['', three + '\\n\\n', new, head, one]))"
    )
    assert cli.main(["edit", "01"]) == 0
    last, new, head, one = cells(course)
    assert (last.outputs, last.id) == (before[3].outputs, before[3].id)
    assert (new.cell_type, new.source) == ("markdown", "News.")
    assert (head, one) == (before[0], before[1])


def test_the_text_decides_about_the_tolerance_and_tags(course, editor):
    before = cells(course)
    editor("path.write_text(text.replace('tolerance=0.02', 'tolerance=0.5'))")
    assert cli.main(["edit", "01"]) == 0
    cell = cells(course)[1]
    assert cell.metadata == {"tolerance": 0.5, "tags": ["keep"]}
    assert cell.outputs == before[1].outputs


@pytest.mark.parametrize(
    ("spoil", "sentence"),
    [
        ("text.replace('x = 1', 'x = (1')", "cell 2 cannot be read: '(' was never closed"),
        ("''", "the text is empty"),
    ],
)
def test_a_text_that_cannot_be_read_is_kept_and_gone_on_with(
    course, editor, capsys, spoil, sentence
):
    before = course.read_bytes()
    editor(f"path.write_text({spoil})")
    assert cli.main(["edit", "01"]) == 1
    said = capsys.readouterr().err
    assert said.startswith(f"autograder: {sentence}")
    assert said.count("\n") == 1
    assert f"your text is build/edit/{NAME}.py" in said
    assert course.read_bytes() == before
    kept = edit.text_path(NAME).read_text()
    editor("assert text == " + repr(kept) + "\npath.write_text('# %%\\nx = 3\\n')")
    assert cli.main(["edit", "01"]) == 0
    assert [cell.source for cell in cells(course)] == ["x = 3"]


def test_a_text_older_than_the_master_is_not_put_over_it(course, editor, capsys):
    editor("path.write_text('# %%\\nx = (\\n')")
    assert cli.main(["edit", "01"]) == 1
    nbformat.write(nbformat.read(course, as_version=4), course)
    assert cli.main(["edit", "01"]) == 1
    assert "is left from an earlier edit" in capsys.readouterr().err
    assert edit.text_path(NAME).exists()


def test_a_master_that_changes_meanwhile_wins_and_the_text_is_kept(course, editor, capsys):
    editor(f"pathlib.Path({str(course)!r}).write_text('{{}}')\npath.write_text(text + 'z = 1\\n')")
    assert cli.main(["edit", "01"]) == 1
    assert course.read_text() == "{}"
    assert "changed by another program meanwhile" in capsys.readouterr().err
    assert "z = 1" in edit.text_path(NAME).read_text()


def test_an_editor_that_fails_changes_nothing(course, editor, capsys):
    before = course.read_bytes()
    editor("path.write_text('x = 1')\nsys.exit(3)")
    assert cli.main(["edit", "01"]) == 1
    assert "ended with status 3" in capsys.readouterr().err
    assert course.read_bytes() == before
    assert edit.text_path(NAME).read_text() == "x = 1"


def test_without_an_editor_it_is_said_what_to_do(course, monkeypatch, capsys):
    monkeypatch.delenv("VISUAL", raising=False)
    monkeypatch.delenv("EDITOR", raising=False)
    monkeypatch.setenv("PATH", "")
    assert cli.main(["edit", "01"]) == 1
    assert "there is no editor: name yours" in capsys.readouterr().err
    monkeypatch.setenv("EDITOR", "no-such-editor -w")
    assert cli.main(["edit", "01"]) == 1
    assert "the editor 'no-such-editor' is not there" in capsys.readouterr().err
    assert not edit.text_path(NAME).exists()


def test_visual_comes_before_editor_and_windows_are_waited_for(tmp_path, monkeypatch):
    code = tmp_path / "code"
    code.write_text("#!/bin/sh\n")
    code.chmod(0o755)
    monkeypatch.setenv("EDITOR", "no-such-editor")
    monkeypatch.setenv("VISUAL", str(code))
    assert edit.editor() == [str(code), "--wait"]
