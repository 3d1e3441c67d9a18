"""``autograder report``: what a class can do, what it takes for true, and what to repeat."""

from __future__ import annotations

import ast
import csv
import io
import json
import statistics
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path

from autograder.desk import alike, page
from autograder.desk.marked import Graded, GradedNotebook, MarkedClass
from autograder.desk.shown import is_unwritten, own_cell
from autograder.desk.standing import Row, rows, still_open

BINS = 10  # of the distribution
ENOUGH = 5  # students: below it a correlation says nothing
HARD = 0.7  # share of the points: an exercise below it is worth a repetition
COMMON = 0.1  # share of the class: a misconception of more students is worth one, too
REPEATED = 5  # at most so many things to repeat


@dataclass(frozen=True)
class ExerciseFigures:
    """How a class did in one exercise.

    Attributes:
        full, partial, none: how many have all, some or no points; unwritten: of the last, who wrote
            nothing; waiting: whose answer is not marked yet.
        earned: mean share of the points, known as the difficulty index p of classical test theory.
        discrimination: correlation of the points with those in all other exercises, by Pearson;
            None if there are too few students or all have the same.
        explained: where the course explains it; empty for a question in words.
    """

    notebook: str
    title: str
    max_points: float
    full: int
    partial: int
    none: int
    unwritten: int
    waiting: int
    earned: float | None
    discrimination: float | None
    explained: str


@dataclass(frozen=True)
class Misconception:
    """A mistake with a name, how many hold it, and one example without its author's words."""

    title: str
    message: str
    students: int
    example: str
    explained: str


@dataclass
class ClassReport:
    """Everything that the page says."""

    assignment: str
    possible: float
    totals: list[float]
    open: list[str]
    missing: list[str]
    exercises: list[ExerciseFigures]
    misconceptions: list[Misconception]
    limits: dict[str, list[str]]
    alike: list[alike.Pair]
    repeat: list[str] = field(default_factory=list)

    @property
    def median(self) -> float | None:
        return statistics.median(self.totals) if self.totals else None

    @property
    def bins(self) -> list[tuple[float, float, int]]:
        """From, to and how many, over the possible points."""
        width = self.possible / BINS
        counts = [0] * BINS
        for total in self.totals:
            counts[min(int(total / width), BINS - 1) if width else 0] += 1
        return [(i * width, (i + 1) * width, count) for i, count in enumerate(counts)]


def made(marked: MarkedClass) -> ClassReport:
    """The report on an assignment."""
    found = rows(marked)
    graded = [row for row in found if row.points]
    notebooks = {
        (row.student.id, name): notebook
        for row in graded
        for name in marked.sources
        if (notebook := marked.load(row.student.id, name)) is not None
    }
    report = ClassReport(
        assignment=marked.name,
        possible=sum(cell.max_points for cell in marked.graded),
        totals=sorted(row.total for row in graded),
        open=still_open(found),
        missing=[row.student.name for row in found if row.state == "missing"],
        exercises=[_figures(cell, graded, notebooks) for cell in marked.graded],
        misconceptions=_misconceptions(marked, notebooks),
        limits=_limits(notebooks),
        alike=alike.pairs(_answers(marked, graded, notebooks)),
    )
    report.repeat = _repeat(report, len(graded))
    return report


Notebooks = dict[tuple[str, str], GradedNotebook]  # (student, notebook) →


def _figures(cell: Graded, graded: Sequence[Row], notebooks: Notebooks) -> ExerciseFigures:
    key = cell.notebook, cell.grade_id
    marks = [row.points.get(key) for row in graded]
    known = [points for points in marks if points is not None]
    full = sum(points >= cell.max_points for points in known)
    none = sum(points <= 0 for points in known)
    blank = [n for (_, name), n in notebooks.items() if name == key[0] and _is_blank(n, cell)]
    possible = cell.max_points * len(known)
    return ExerciseFigures(
        cell.notebook,
        cell.title,
        cell.max_points,
        full,
        len(known) - full - none,
        none,
        len(blank),
        len(marks) - len(known),
        sum(known) / possible if possible else None,
        discrimination(key, graded),
        "" if cell.by_hand else cell.explanation,
    )


def _is_blank(notebook: GradedNotebook, cell: Graded) -> bool:
    """Whether nothing was written."""
    if cell.by_hand:
        return not notebook.answer_in_words(cell)
    verdict = notebook.verdict(cell.grade_id)
    problem = verdict.problem if verdict else None
    return problem is not None and (problem.stage == "not written" or is_unwritten(notebook, cell))


def discrimination(key: tuple[str, str], graded: Sequence[Row]) -> float | None:
    """Pearson's correlation of an exercise's points with the sum of all other exercises."""
    both = [
        (own, sum(p or 0.0 for k, p in row.points.items() if k != key))
        for row in graded
        if (own := row.points.get(key)) is not None
    ]
    if len(both) < ENOUGH:
        return None
    try:
        return statistics.correlation(*zip(*both, strict=True))
    except statistics.StatisticsError:  # everybody has the same
        return None


def _misconceptions(marked: MarkedClass, notebooks: Notebooks) -> list[Misconception]:
    examples: dict[tuple[str, str], list[str]] = defaultdict(list)
    cells = {}
    for (_, name), notebook in notebooks.items():
        for cell in marked.graded_in(name):
            verdict = notebook.verdict(cell.grade_id)
            if verdict and verdict.problem and verdict.problem.misconception:
                cells[cell.title] = cell
                code = _anonymous(own_cell(notebook, cell))
                examples[cell.title, verdict.problem.misconception].append(code)
    found = [
        Misconception(title, message, len(codes), min(codes, key=len), cells[title].explanation)
        for (title, message), codes in examples.items()
    ]
    return sorted(found, key=lambda m: (-m.students, m.title, m.message))


def _anonymous(code: str) -> str:
    """Code without comments and docstrings, in which somebody may have written a name."""
    if len(code) > alike.MAX_CODE:
        return ""
    try:
        tree = ast.parse(code)
        for node in ast.walk(tree):
            if isinstance(node, ast.FunctionDef):
                alike.without_docstring(node)
        return ast.unparse(tree)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return ""


def _limits(notebooks: Notebooks) -> dict[str, list[str]]:
    found: dict[str, list[str]] = defaultdict(list)
    for (student, _), notebook in sorted(notebooks.items()):
        for limit in notebook.record.get("hit", ()):
            value = notebook.record.get("limits", {}).get(limit)
            name = f"{limit}={value:g}" if isinstance(value, int | float) else limit
            found[name].append(student)
    return dict(found)


def _answers(
    marked: MarkedClass, graded: Sequence[Row], notebooks: Notebooks
) -> Iterator[alike.Answer]:
    """What students wrote themselves: no text that was handed out, no letters of a quiz."""
    points = {row.student.id: row.points for row in graded}
    for (student, name), notebook in notebooks.items():
        for cell in marked.graded_in(name):
            right = (points[student].get((name, cell.grade_id)) or 0.0) >= cell.max_points
            if cell.by_hand:
                text = " ".join(notebook.answer_in_words(cell).split())
            else:
                code = own_cell(notebook, cell)
                text = "" if code.strip() in cell.given else code
                text = alike.normalized(text, cell.exercise_id)
            if text:
                yield alike.Answer(student, cell.title, text, right)


def _repeat(report: ClassReport, students: int) -> list[str]:
    """What the next lecture should come back to, the hardest first."""
    common = [m for m in report.misconceptions if m.students > max(1, COMMON * students)]
    said = []
    # The few that are marked first, such as empty answers, say nothing about all.
    known = [e for e in report.exercises if e.waiting < e.full + e.partial + e.none]
    hard = [e for e in known if e.earned is not None and e.earned < HARD]
    by_title = {e.title: e for e in report.exercises}
    titles = [e.title for e in sorted(hard, key=lambda e: e.earned or 0.0)]
    titles += [m.title for m in common if m.title not in titles]
    for title in dict.fromkeys(titles):
        figures = by_title[title]
        parts = [
            f"`{title}`: the class earned {100 * (figures.earned or 0.0):.0f} % of the points."
        ]
        parts += [
            f"{m.students} of {students} hold: {m.message}" for m in common if m.title == title
        ]
        if figures.unwritten > max(1, COMMON * students):
            parts.append(f"{figures.unwritten} wrote nothing.")
        if figures.explained:
            parts.append(f"It is explained in {figures.explained}.")
        said.append(" ".join(parts))
    return said[:REPEATED]


def write(root: Path, name: str, folder: Path | None = None) -> tuple[ClassReport, Path]:
    """Write the report as a page, a table of exercises, and data.

    Returns:
        The report, and the page.
    """
    report = made(MarkedClass(root, name))
    folder = folder or root / "reports" / name
    page.write(folder / "report.html", page.page("report.html", report=report))
    page.write(folder / "exercises.csv", as_csv(report))
    page.write(folder / "report.json", json.dumps(asdict(report), ensure_ascii=False, indent=1))
    return report, folder / "report.html"


def as_csv(report: ClassReport) -> str:
    """One line per exercise."""
    text = io.StringIO(newline="")
    lines = [asdict(exercise) for exercise in report.exercises]
    table = csv.DictWriter(text, list(ExerciseFigures.__dataclass_fields__))
    table.writeheader()
    table.writerows(lines)
    return text.getvalue()
