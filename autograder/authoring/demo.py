"""The whole loop on a sample class: release, hand in, grade, feedback, marks."""

from __future__ import annotations

import shutil
import time
from pathlib import Path
from typing import TYPE_CHECKING

from autograder import folders
from autograder.authoring.sample_class import ASSIGNMENTS, DUE, SampleSubmission, sample_class
from autograder.grading.class_run import Result, run
from autograder.grading.collected import students

if TYPE_CHECKING:
    from nbgrader.apps import NbGraderAPI


def demo(folder: Path) -> int:
    """Grade the sample class in ``folder``; 0 if the gradebook agrees with what must come of it."""
    started = time.perf_counter()
    print("Loading nbgrader …", flush=True)
    from autograder.desk import feedback

    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    shutil.copytree(folders.repository() / folders.SOLUTIONS, folder / folders.SOLUTIONS)
    shutil.copy(folders.repository() / "nbgrader_config.py", folder)  # for formgrader, afterwards
    api = folders.nbgrader(folder)
    for name in ASSIGNMENTS:
        answer = api.generate_assignment(name)
        if not answer["success"]:
            raise RuntimeError(f"nbgrader could not release {name}: {folders.reason(answer)}")
        with api.gradebook as gradebook:
            gradebook.update_or_create_assignment(name, duedate=DUE.replace(tzinfo=None))
        print(f"released {name}", flush=True)

    submissions = sample_class(folder / folders.COURSE)
    for submission in submissions:
        submission.write(folder / "submitted")
    everybody = {s.student for s in submissions}
    print(f"{len(everybody)} students handed in {len(submissions)} notebooks\n", flush=True)

    results: list[Result] = []
    grading = time.perf_counter()
    for name in ASSIGNMENTS:
        for result in run(name, folder, students=students(folder, name)):
            results.append(result)
            print(f"[{len(results)}/{len(submissions)}] {_line(result)}", flush=True)
    print(f"graded in {time.perf_counter() - grading:.0f} s; writing feedback …", flush=True)
    for name in ASSIGNMENTS:
        feedback.write(folder, name)

    wrong = _table(submissions, results)
    _export(api, folder / "grades.csv")
    print(f"\nfeedback for each student   {folder / 'feedback'}")
    print(f"marks for a spreadsheet     {folder / 'grades.csv'}")
    print(f"gradebook                   {folder / 'gradebook.db'}")
    print(f"to look around              cd {folder}; jupyter lab; Nbgrader ▸ Formgrader")
    print(f"\n{time.perf_counter() - started:.0f} s in all")
    return 1 if wrong else 0


def _line(result: Result) -> str:
    who = f"{result.assignment} {result.student}"
    if result.points is None:
        return f"{who}: NOT GRADED: {result.problem}"
    return f"{who}: {result.points:g} of {result.max_points:g}"


def _table(submissions: list[SampleSubmission], results: list[Result]) -> int:
    """Print every mark beside the expected one; how many differ."""
    by_key = {(r.student, r.assignment): r for r in results}
    print(f"\n{'student':<8} {'notebook':<20} {'mark':>11} {'expected':>9}   about the student")
    wrong = 0
    for submission in sorted(submissions, key=lambda s: (s.student, s.notebook)):
        result = by_key[submission.student, submission.notebook]
        agrees = _agrees(submission.mark, result.points)
        wrong += not agrees
        mark = "–" if result.points is None else f"{result.points:g} of {result.max_points:g}"
        expected = "–" if submission.mark is None else f"{submission.mark:g}"
        late = f" ({result.seconds_late / 3600:.0f} h after the due date)" * (
            result.seconds_late > 0
        )
        print(
            f"{submission.student:<8} {submission.notebook:<20} {mark:>11} {expected:>9} "
            f"{'✓' if agrees else '✗'} {submission.remark}{late}"
        )
        if result.problem:
            print(f"{'':<51}{result.problem}")
    agreed = len(submissions) - wrong
    print(f"\nThe gradebook agrees with what was expected in {agreed} of {len(submissions)} cases.")
    return wrong


def _agrees(expected: float | None, got: float | None) -> bool:
    if expected is None or got is None:
        return expected is got
    return abs(expected - got) < 1e-9


def _export(api: NbGraderAPI, path: Path) -> None:
    from nbgrader.plugins.export import CsvExportPlugin

    plugin = CsvExportPlugin()
    plugin.to = str(path)
    with api.gradebook as gradebook:
        plugin.export(gradebook)
