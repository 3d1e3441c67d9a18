"""Where a student stands in the whole course: the table in the index, and of the command.

``progress()`` in a notebook shows it as HTML that also survives JupyterLab's sanitizer, which
cleans outputs that were not run here; so it has elements and few styles, and follows the theme.
"""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from pathlib import Path

from autograder import folders
from autograder.exercises import REGISTRY
from autograder.notebook.progress import NotebookProgress

HEADINGS = ("notebook", "exercises", "points", "in words", "minutes left", "difficulty")
_LEFT = 'style="text-align:left"'


def progress(folder: str | Path | None = None) -> Overview:
    """Show how far the notebooks in a folder are; the default is the current folder."""
    return Overview.of(Path(folder) if folder is not None else Path.cwd())


class Overview:
    """The state of all notebooks of the course; shows as a table."""

    def __init__(self, notebooks: Sequence[NotebookProgress]) -> None:
        self.notebooks = tuple(notebooks)

    @classmethod
    def of(cls, folder: Path | None) -> Overview:
        """The notebooks as they are saved in ``folder``; None if nobody has begun."""
        names = sorted({e.notebook for e in REGISTRY.values() if _is_there(e.notebook, folder)})
        return cls(
            [
                NotebookProgress.of(name, folder / name / f"{name}.ipynb" if folder else None)
                for name in names
            ]
        )

    @property
    def summary(self) -> str:
        """``Done: 22 of 126 exercises, 41 of 283 points. About 9 hours are left.``"""
        done, all_exercises = (
            sum(n.done for n in self.notebooks),
            sum(len(n.exercises) for n in self.notebooks),
        )
        earned, possible = (
            sum(n.earned for n in self.notebooks),
            sum(n.possible for n in self.notebooks),
        )
        return (
            f"Done: {done} of {all_exercises} exercises, {earned:g} of {possible:g} points. "
            f"{_time_left(sum(n.minutes_left for n in self.notebooks))}"
        )

    @property
    def next_step(self) -> str:
        """A sentence about the first notebook in which something is left."""
        for notebook in self.notebooks:
            if not notebook.finished:
                return f"{notebook.what_next.removesuffix('.')}, in {notebook.name}."
        return "Everything is done."

    @property
    def troubles(self) -> list[str]:
        return [notebook.trouble for notebook in self.notebooks if notebook.trouble]

    def __repr__(self) -> str:
        rows = [HEADINGS, *([n.name, *_cells(n)] for n in self.notebooks)]
        widths = [max(len(row[i]) for row in rows) for i in range(len(HEADINGS))]
        lines = [
            "  ".join(text.ljust(width) for text, width in zip(row, widths, strict=True)).rstrip()
            for row in rows
        ]
        return "\n".join([*lines, "", self.summary, self.next_step, *self.troubles])

    def _repr_html_(self) -> str:
        first, second, *others = HEADINGS
        head = f'<th {_LEFT}>{first}</th><th {_LEFT} colspan="2">{second}</th>'
        head += "".join(f"<th>{text}</th>" for text in others)
        rows = "".join(f"<tr>{_html_cells(n)}</tr>" for n in self.notebooks)
        sentences = "".join(
            f"<p>{escape(text)}</p>" for text in [self.summary, self.next_step, *self.troubles]
        )
        return (
            f"{sentences}<table><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>"
            "<p>Minutes left and difficulty (from 1 to 5) are of the exercises that are not done. "
            "Points of the question in words are given by a teacher and not counted here.</p>"
        )


def _is_there(name: str, folder: Path | None) -> bool:
    """Whether a notebook was handed out: a class's edition knows exercises of earlier ones."""
    places = [folders.pristine(), *([folder] if folder else [])]
    return any((place / name / f"{name}.ipynb").is_file() for place in places)


def _time_left(minutes: int) -> str:
    if minutes == 0:
        return "Nothing is left to write."
    if minutes < 100:
        return f"About {minutes} minutes are left."
    return f"About {round(minutes / 60)} hours are left."


def _cells(notebook: NotebookProgress) -> list[str]:
    """A row without its first cell, as text."""
    sign = "✓ " if not notebook.left else ""
    levels = notebook.difficulty
    return [
        f"{sign}{notebook.done} of {len(notebook.exercises)}",
        f"{notebook.earned:g} of {notebook.possible:g}",
        _in_words(notebook),
        str(notebook.minutes_left),
        "–" if levels is None else "–".join(str(level) for level in dict.fromkeys(levels)),
    ]


def _in_words(notebook: NotebookProgress) -> str:
    if not notebook.questions:
        return "–"
    return "open" if notebook.open_questions else "✓ answered"


def _html_cells(notebook: NotebookProgress) -> str:
    done, *others = (escape(cell).replace(" ", "&nbsp;") for cell in _cells(notebook))
    link = f'<a href="{notebook.name}/{notebook.name}.ipynb">{escape(notebook.title)}</a>'
    # The element says the same to a screen reader as the words beside it.
    bar = (
        f'<progress value="{notebook.done}" max="{len(notebook.exercises)}" '
        'style="width:6em"></progress>'
    )
    first = f"<td {_LEFT}>{link}</td><td>{bar}</td><td {_LEFT}>{done}</td>"
    return first + "".join(f"<td>{cell}</td>" for cell in others)
