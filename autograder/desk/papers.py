"""The desk's commands that write papers: feedback, tables of answers, exports, the report."""

from __future__ import annotations

import argparse
from pathlib import Path

from autograder import folders

KINDS = {"csv": "marks"}  # what the file of a format is called, where the format does not say it


def course_of(options: argparse.Namespace) -> Path:
    """The course's folder.

    Raises:
        FileNotFoundError: if there is none.
    """
    here = Path.cwd()
    default = here if (here / "source").is_dir() else None
    root = (options.course_dir or default or folders.repository()).resolve()
    if not root.is_dir():
        raise FileNotFoundError(f"--course-dir {options.course_dir}: there is no such folder")
    return root


def _where(options: argparse.Namespace) -> tuple[Path, str]:
    """The course's folder, and the assignment's name."""
    return course_of(options), options.assignment.rstrip("/\\")  # as a shell completes a folder


def feedback(options: argparse.Namespace) -> int:
    """Write the pages that are older than the marks."""
    from autograder.desk import feedback as pages

    root, name = _where(options)
    print(pages.say(pages.write(root, name, options.student)))
    return 0


def marks_export(options: argparse.Namespace) -> int:
    """Write the table of answers that a person marks."""
    from autograder.desk import by_hand, page
    from autograder.desk.marked import MarkedClass

    root, name = _where(options)
    marked = MarkedClass(root, name)
    found = by_hand.answers(marked)
    path = options.to or Path(f"{name}-by-hand.csv")
    page.write(path, by_hand.as_csv(marked))
    different = len({(a.question.grade_id, by_hand.same(a.text)) for a in found})
    left = sum(a.mark.manual is None or a.mark.to_look for a in found)
    answers = page.counted(len(found), "answer")
    print(f"{path}: {answers}, {different} different, {left} still to be marked")
    return 0


def marks_import(options: argparse.Namespace) -> int:
    """Enter the points and comments of a table."""
    from autograder.desk import by_hand, page
    from autograder.desk.marked import MarkedClass

    root, name = _where(options)
    marked = MarkedClass(root, name)
    wanted = by_hand.changes(marked, options.file.read_bytes())
    by_hand.enter(marked, wanted)
    print(f"new points or a new comment: {page.counted(len(wanted), 'answer')}")
    if wanted:
        print(f"next: autograder feedback {name}")
    return 0


def export(options: argparse.Namespace) -> int:
    """Write the marks; with ``--final`` only if nothing is open."""
    from autograder.desk import exports, page, standing
    from autograder.desk.marked import MarkedClass

    root, name = _where(options)
    marked = MarkedClass(root, name)
    found = standing.rows(marked)
    left = standing.still_open(found)
    if left and options.final:
        raise ValueError(f"{name} is not final:\n" + "\n".join(f"  {line}" for line in left))
    path = options.to or Path(f"{name}-{KINDS.get(options.format, options.format)}.csv")
    made = exports.FORMATS[options.format](marked, found, options.roster)
    page.write(path, made.text)
    there = [row for row in found if row.student.id in made.students]
    standing.note_sent(root, name, there)
    with_marks = sum(bool(row.points) for row in there)
    without = len(made.students) + len(made.unknown) - with_marks
    print(f"{path}: {with_marks} with marks, {without} without")
    lost = [row.student.id for row in found if row.points and row not in there]
    for what, names in (
        (f"with marks, and in no row of {options.roster}", lost),
        (f"rows of {options.roster} that are of no student here", made.unknown),
    ):
        if names:
            print(f"{what} ({len(names)}): {'; '.join(names)}")  # a name has commas
    if left:
        print("not final:\n" + "\n".join(f"  {line}" for line in left))
    return 0


def report(options: argparse.Namespace) -> int:
    """Write the report on a class."""
    from autograder.desk import report as reports

    root, name = _where(options)
    made, path = reports.write(root, name, options.to)
    print(f"{path}: {len(made.totals)} with marks, {len(made.missing)} have not handed in")
    for line in made.repeat:
        print(f"  repeat {line}")
    return 0
