"""The course's notebooks as chapters: the text and stubs of ``course/``, the masters' outputs.

The student's edition shows no answer. In the instructor's edition each stub is followed by its
answer, and each question in words by its mark scheme; both are folded.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import nbformat
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from autograder import folders
from autograder.cells import (
    SCHEME_BEGIN,
    SCHEME_END,
    as_check,
    is_solution,
    names_defined,
    without_solution_marks,
)
from autograder.checking.exercise import Exercise
from autograder.exercises import REGISTRY
from book import claims
from book.labs import tried_in
from book.places import open_links

# In a check's card: other ways to write the answer, and how far the author is.
_ANSWERS = re.compile(r"<details.*?</details>", re.S)
_PROGRESS = re.compile(r'<div style="margin-top:\.3em;font-size:90%">[^<]*</div>')


def chapter(name: str, *, instructor: bool, where: dict[str, str]) -> Any:
    """A notebook of the course as a page of the book.

    Parameters
    ----------
    name : of the notebook
    instructor : with the answers
    where : the settings
    """
    released = nbformat.read(folders.released(name), as_version=4)
    master = nbformat.read(folders.master(name), as_version=4)
    cells = []
    for given, written in zip(released.cells, master.cells, strict=True):
        cells += list(_cells(given, written, instructor, where))
    cells.insert(1, _opening(name, where))
    book = new_notebook(cells=cells)
    book.metadata.kernelspec = master.metadata.kernelspec
    book.metadata.language_info = master.metadata.language_info
    return book


def exercises(name: str) -> list[Exercise]:
    """The exercises of a notebook, in its order."""
    cells = nbformat.read(folders.released(name), as_version=4).cells
    checks = [as_check(cell.source) for cell in cells if cell.cell_type == "code"]
    return [REGISTRY[check.exercise_id] for check in checks if check]


def anchor(exercise: Exercise) -> str:
    """The label of an exercise's place in its chapter."""
    return f"exercise-{exercise.id.replace('_', '-').lower()}"


def difficulty(exercise: Exercise) -> str:
    """``●●○○○``."""
    return "●" * exercise.difficulty + "○" * (5 - exercise.difficulty)


def reference_name(exercise: Exercise) -> str | None:
    """The dotted name of the reference's function, if it is one of ``reference_impl``."""
    module = getattr(exercise.reference, "__module__", "") or ""
    if not module.startswith("reference_impl."):
        return None
    return f"{module}.{exercise.reference.__qualname__}"


def _cells(given: Any, written: Any, instructor: bool, where: dict[str, str]) -> Iterator[Any]:
    """The cells that stand in the book for one of the course's."""
    if given.cell_type != "code":
        yield new_markdown_cell(given.source)
        if instructor and SCHEME_BEGIN in written.source:
            scheme = written.source.split(SCHEME_BEGIN)[1].split(SCHEME_END)[0].strip()
            yield new_markdown_cell(folded("How to mark it", scheme))
        return
    if is_solution(written.source):
        if exercise := _exercise(written.source):
            yield new_markdown_cell(_announced(exercise, instructor, where))
        yield new_code_cell(given.source, metadata={"tags": ["stub"]})
        if instructor:
            yield new_code_cell(
                without_solution_marks(written.source),
                metadata={
                    "tags": ["hide-input", "answer"],
                    "mystnb": {"code_prompt_show": "Show the answer", "code_prompt_hide": "Answer"},
                },
                outputs=written.outputs,
            )
        return
    tags = ["hide-input"] if written.metadata.get("jupyter", {}).get("source_hidden") else []
    outputs = [_shown(output, instructor) for output in written.outputs]
    if _only_conclusions(outputs):
        tags.append("conclusions")
    if as_check(written.source):
        tags = ["check"]
    yield new_code_cell(given.source, metadata={"tags": tags}, outputs=outputs)


def _exercise(source: str) -> Exercise | None:
    return next((REGISTRY[name] for name in names_defined(source) if name in REGISTRY), None)


def _only_conclusions(outputs: list[Any]) -> bool:
    """Whether all that a cell prints are sentences with their ✓ or ✗."""
    text = "".join(output.text for output in outputs if output.output_type == "stream")
    return bool(text) and all(line.startswith(("✓ ", "✗ ")) for line in text.splitlines())


def _shown(output: Any, instructor: bool) -> Any:
    """A stored output as a reader may see it."""
    html = output.get("data", {}).get("text/html", "")
    if 'style="border-left:5px solid' in html:  # a check's card
        html = _PROGRESS.sub("", html)
        output.data["text/html"] = html if instructor else _ANSWERS.sub("", html)
    return output


def _opening(name: str, where: dict[str, str]) -> Any:
    """What stands below the chapter's introduction: where its notebook is."""
    links = [f'<a href="../notebooks/{name}.ipynb" download>Download the notebook</a>']
    for place, address in open_links(name, where).items():
        links.append(f'<a href="{address}">Open in {place}</a>')
    if measured := claims.of_notebook(name):
        ids = " ".join(claims.link(result["id"]) for result in measured)
        links.append(f"<span>Claims that were measured: {ids}</span>")
    return new_markdown_cell(f'<p class="open-links">{" ".join(links)}</p>')


def _announced(exercise: Exercise, instructor: bool, where: dict[str, str]) -> str:
    """The head of an exercise, with its links."""
    unit = "point" if exercise.points == 1 else "points"
    facts = (
        f"**Exercise** `{exercise.id}` · {exercise.points:g} {unit} · {exercise.minutes} minutes · "
        f"{difficulty(exercise)}"
    )
    name = exercise.notebook
    links = [f'<a href="../notebooks/{name}.ipynb" download>its notebook</a>']
    links += [
        f'<a href="{address}">open in {place}</a>'
        for place, address in open_links(name, where).items()
    ]
    if formula := reference_name(exercise):
        links.append(f"{{py:obj}}`its formula in the reference <{formula}>`")
        if instructor:
            page = formula.rsplit(".", 1)[0].replace(".", "/")
            line = exercise.reference.__qualname__
            links.append(f'<a href="../_modules/{page}.html#{line}">the line of the reference</a>')
    measured = [result["id"] for result in claims.results()]
    if labs := [id for id in tried_in(exercise) if id in measured]:
        links.append(f"tried in the labs {' '.join(map(claims.link, labs))}")
    elif claims.of_notebook(name):
        address = f"../claims/index.html?topic={name}"
        links.append(f'<a href="{address}">labs of this chapter</a>')
    return (
        f"({anchor(exercise)})=\n::::{{container}} exercise\n{facts}\n\n{' · '.join(links)}\n::::\n"
    )


def folded(summary: str, text: str) -> str:
    """Markdown that a click unfolds."""
    return f'<details class="instructor"><summary>{summary}</summary>\n\n{text}\n\n</details>'
