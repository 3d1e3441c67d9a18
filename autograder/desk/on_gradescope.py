"""What runs in Gradescope's container: one submission is graded, and its results are written.

``run_autograder`` of the zip that :mod:`.gradescope` makes calls it with the folder that Gradescope
prepares, ``/autograder``. The judge, and the words, are those of ``autograder grade`` and
``autograder feedback``.

A submission that cannot be graded has 0 points and a sentence. A fault of the machine, such as a
missing sandbox, is nobody's zero: there are no results then, and Gradescope calls the staff.

Source: gradescope-autograders.readthedocs.io, "Autograder Specifications".
"""

from __future__ import annotations

import argparse
import json
import shutil
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from autograder import folders
from autograder.checking import render
from autograder.desk import feedback, page
from autograder.desk.marked import MarkedClass
from autograder.grading import class_run
from autograder.grading.command import UNSAFE, summary
from autograder.sandbox import Limits, Mounts, Sandbox, SandboxUnavailable, cgroup

STUDENT = "student"  # Gradescope knows who it is, and tells the container no more than it must

Results = dict[str, Any]


def main(arguments: Sequence[str] | None = None) -> int:
    """Grade ``submission/`` and write ``results/results.json``; 0 if that is written."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("assignment")
    parser.add_argument("--root", type=Path, default=Path("/autograder"))
    parser.add_argument("--without-sandbox", action="store_true")
    options = parser.parse_args(arguments)
    try:
        made = results(
            options.root / "submission", options.assignment, may_trust=options.without_sandbox
        )
        path = options.root / "results" / "results.json"
        page.write(path, json.dumps(made, ensure_ascii=False, indent=1) + "\n")
    except (ValueError, OSError, RuntimeError) as error:
        print(f"autograder: {error}", file=sys.stderr)
        return 1
    return 0


def results(submission: Path, name: str, *, may_trust: bool = False) -> Results:
    """What Gradescope is told about a submission.

    Args:
        submission: the folder with what was handed in.
        name: of the assignment.
        may_trust: grade without a sandbox where none can be started.

    Raises:
        SandboxUnavailable: if none can be started, and ``may_trust`` is not set.
        RuntimeError: if a part of the system is missing, or the machine or the grader fails.
    """
    unsafe = not _has_sandbox()
    if unsafe and not may_trust:
        raise SandboxUnavailable(
            "No sandbox can be started in this container, so nothing was graded. Give it the "
            "rights that a sandbox needs, or make the zip with --without-sandbox and read in "
            "docs/desk.md what is not promised then."
        )
    if unsafe:
        print(UNSAFE)
    with tempfile.TemporaryDirectory() as made:
        root = Path(made)
        repository = folders.repository()
        shutil.copy(repository / folders.CONFIGURATION, root)
        handed_in = folders.directory(root, "submitted") / STUDENT / name
        try:  # links stay links: the judge refuses them by name
            shutil.copytree(_work(submission, name), handed_in, symlinks=True)
        except shutil.Error:
            return _of(0.0, "Something that was handed in is no file and no folder.", [])
        cgroup.prepare()
        settings = folders.configuration(root).Judge
        limits = Limits.from_mapping(settings.get("limits", {}))
        [result] = class_run.run(
            name, root, students=[STUDENT], workers=1, limits=limits, unsafe=unsafe
        )
        print(summary([result]))  # for the staff alone
        if result.problem and result.ours:
            raise RuntimeError(f"nothing was graded, and there are no marks: {result.problem}")
        if result.problem:
            return _of(0.0, result.problem, [])
        return _marks(MarkedClass(root, name))


def _has_sandbox() -> bool:
    """Whether a notebook can be run in a sandbox here; tried, since only a run shows it."""
    try:
        with Sandbox(Mounts(), Limits()) as sandbox, sandbox.session() as session:
            session.run_cell("1")
    except SandboxUnavailable as problem:
        print(f"no sandbox: {problem}")
        return False
    return True


def _work(submission: Path, name: str) -> Path:
    """The folder with the notebook: in a whole repository it is that of the student's copy."""
    if any(submission.glob("*.ipynb")):
        return submission
    found = [path.parent for path in sorted(submission.rglob(f"{name}.ipynb"))]
    own = [
        folder
        for folder in found
        if not any(
            part == folders.COURSE or part.startswith(".")
            for part in folder.relative_to(submission).parts
        )
    ]
    return own[0] if len(own) == 1 else submission


def _marks(marked: MarkedClass) -> Results:
    """The points and words of a graded submission."""
    tests, by_hand = [], []
    score = possible = 0.0
    for notebook in marked.sources:
        if marked.load(STUDENT, notebook) is None:
            continue
        notes = marked.submissions[STUDENT].notebooks[notebook].notes
        for item in feedback.items(marked, STUDENT, notebook):
            graded = item.graded
            if graded.by_hand or item.points is None:
                by_hand.append(f"{graded.title} ({page.counted(graded.max_points, 'point')})")
                continue
            score, possible = score + item.points, possible + graded.max_points
            tests.append(
                {
                    "name": graded.title,
                    "score": item.points,
                    "max_score": graded.max_points,
                    "output": "\n".join([*_words(item), notes.get(graded.grade_id, "")]).strip(),
                    "output_format": "text",
                    "visibility": "visible",
                }
            )
    said = [f"The checks give {page.number(score)} of {page.counted(possible, 'point')}."]
    if by_hand:
        said.append(f"Marked by a person, and not in this score: {', '.join(by_hand)}.")
    return _of(score, " ".join(said), tests)


def _words(item: feedback.Item) -> list[str]:
    """What the feedback page says of an exercise, without its name and points."""
    if item.verdict is not None and item.verdict.problem is not None:
        return render.as_text(item.verdict).splitlines()[1:]
    return [item.first_line or ("All points." if item.state == "right" else "")]


def _of(score: float, output: str, tests: Sequence[Results]) -> Results:
    return {
        "score": score,
        "output": output,
        "output_format": "text",
        "stdout_visibility": "hidden",
        "tests": list(tests),
    }


if __name__ == "__main__":
    sys.exit(main())
