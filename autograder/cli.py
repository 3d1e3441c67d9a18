"""The command ``autograder``."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from autograder import faults, folders


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command; 0 if all went well, 1 with a sentence if not."""
    own, for_jupyterlab = _divided(sys.argv[1:] if arguments is None else arguments)
    parser = argparse.ArgumentParser(prog="autograder", description=__doc__)
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    _student_commands(commands, for_jupyterlab)

    new = commands.add_parser("new", help="begin an exercise: its entry, reference and cells")
    new.add_argument("notebook", help="such as 01_ewma or 01")
    new.add_argument(
        "exercise", metavar="ID", help="what the student will define, such as half_life"
    )
    new.add_argument("arguments", nargs="*", metavar="ARGUMENT", help="its arguments, such as beta")
    new.set_defaults(run=_new)

    edit = commands.add_parser("edit", help="edit a master as text, in $EDITOR")
    edit.add_argument("notebook", help="such as 01_ewma or 01")
    edit.set_defaults(run=_edit)

    trial = commands.add_parser(
        "try", help="say what is wrong with an exercise, and what a student would see"
    )
    trial.add_argument("exercises", nargs="+", metavar="ID", help="such as ewma_step")
    trial.add_argument("--seeds", type=_positive, default=20, metavar="N", help="default: 20")
    trial.set_defaults(run=_try)

    build = commands.add_parser("build", help="annotate and execute masters in solutions/")
    build.add_argument("notebooks", nargs="*", help="such as 01_ewma or 01; default: all")
    build.set_defaults(run=_build)

    release = commands.add_parser("release", help="make course/ from solutions/")
    release.add_argument("notebooks", nargs="*", help="such as 01_ewma or 01; default: all")
    release.add_argument("--check", action="store_true", help="change nothing; fail on drift")
    release.set_defaults(run=_release)

    guide = commands.add_parser("guide", help="write the tables of the instructor's guide")
    guide.add_argument("--check", action="store_true", help="change nothing; fail if they differ")
    guide.set_defaults(run=_guide)

    demo = commands.add_parser("demo", help="grade a sample class and show the marks")
    demo.add_argument("--folder", type=Path, help="default: build/demo")
    demo.set_defaults(run=_demo)

    grade = commands.add_parser("grade", help="grade what a class handed in")
    grade.add_argument("assignment", help="such as 01_ewma")
    grade.add_argument(
        "--course-dir",
        type=Path,
        metavar="DIR",
        help="that has submitted/; default: this folder if it has source/, or else the repository",
    )
    where = grade.add_mutually_exclusive_group()
    where.add_argument("--workers", type=_positive, metavar="N", help="default: one per processor")
    where.add_argument("--scheduler", metavar="ADDRESS", help="of a Dask cluster to grade on")
    grade.add_argument(
        "--student", action="append", default=[], metavar="ID", help="only this one; repeatable"
    )
    grade.add_argument("--force", action="store_true", help="grade again what is graded")
    grade.add_argument(
        "--all-cells", action="store_true", help="also run cells on which no mark depends"
    )
    grade.add_argument(
        "--limit", action="append", default=[], metavar="NAME=VALUE", help="e.g. cell_seconds=120"
    )
    grade.add_argument(
        "--unsafe-no-sandbox",
        action="store_true",
        help="trust every submission; only to try things out",
    )
    grade.set_defaults(run=_grade)
    _desk_class_commands(commands)
    _desk_paper_commands(commands)
    _desk_bundle_command(commands)
    _desk_platform_commands(commands)

    options = parser.parse_args(own)
    try:
        return int(options.run(options))
    except (ValueError, OSError, RuntimeError) as error:
        said = faults.in_words(error) if isinstance(error, OSError) else error
        print(f"autograder: {said}", file=sys.stderr)
        return 1


def _divided(arguments: Sequence[str]) -> tuple[list[str], list[str]]:
    """The command's own arguments, and the options that ``start`` hands on to JupyterLab."""
    own = list(arguments)
    if own[:1] != ["start"]:
        return own, []
    options = [i for i, word in enumerate(own) if word.startswith("-")]
    if not options or own[options[0]] in ("-h", "--help"):
        return own, []
    return own[: options[0]], own[options[0] :]


def _student_commands(commands: Any, for_jupyterlab: list[str]) -> None:
    start = commands.add_parser(
        "start",
        help="open the course in JupyterLab, in a copy of your own",
        epilog="Options after the folder go to JupyterLab, such as --no-browser.",
    )
    start.add_argument(
        "folder",
        nargs="?",
        type=Path,
        help="of your copy; default: the one in which you are, or else my_course",
    )
    start.set_defaults(run=_start, for_jupyterlab=for_jupyterlab)

    progress = commands.add_parser("progress", help="say how far your notebooks are")
    progress.add_argument("folder", nargs="?", type=Path, help="of your copy of the course")
    progress.set_defaults(run=_progress)

    fresh = commands.add_parser("fresh", help="begin a notebook again, and keep the old one")
    fresh.add_argument("notebook", help="such as 01_ewma or 01")
    fresh.set_defaults(run=_fresh)

    validate = commands.add_parser("validate", help="run a notebook and say what is still open")
    validate.add_argument("notebook", type=Path, help="the file, such as 01_ewma.ipynb")
    validate.set_defaults(run=_validate)


def _start(options: argparse.Namespace) -> int:
    from autograder.notebook import student_lab, working_copy

    folder = working_copy.where(options.folder)
    new = working_copy.fill(folder)
    if new:
        print(f"New in {folder}: {', '.join(new)}.")
    print(f"JupyterLab opens in {folder}. Keep this window open while you work.", flush=True)
    return student_lab.run(folder, options.for_jupyterlab)


def _progress(options: argparse.Namespace) -> int:
    from autograder.notebook import overview, working_copy

    folder = options.folder or working_copy.where()
    if not any((folder / name).is_dir() for name in working_copy.names()):
        raise ValueError(f"there are no notebooks of the course in {folder}")
    print(repr(overview.progress(folder)))
    return 0


def _fresh(options: argparse.Namespace) -> int:
    from autograder.notebook import working_copy

    print(working_copy.fresh(options.notebook))
    return 0


def _validate(options: argparse.Namespace) -> int:
    from autograder.notebook import validation

    print(validation.validate(options.notebook).as_text())
    return 0


def _new(options: argparse.Namespace) -> int:
    from autograder.authoring.new import new

    new(options.notebook, options.exercise, options.arguments)
    return 0


def _edit(options: argparse.Namespace) -> int:
    from autograder.authoring.edit import edit

    edit(options.notebook)
    return 0


def _try(options: argparse.Namespace) -> int:
    from autograder.authoring.trial import try_out

    trials = [try_out(exercise_id, options.seeds) for exercise_id in options.exercises]
    return 1 if any(trial.faults for trial in trials) else 0


def _build(options: argparse.Namespace) -> int:
    from autograder.authoring.build import build

    for name in folders.notebooks(options.notebooks):
        build(name)
    return 0


def _release(options: argparse.Namespace) -> int:
    from autograder.authoring.release import drift, release

    names = folders.notebooks(options.notebooks)
    if not options.check:
        release(names)
        print(f"course/ is made: {', '.join(names)}")
        return 0
    differing = drift(names)
    for path in differing:
        print(f"course/{path} differs from its master: run `make release`", file=sys.stderr)
    return 1 if differing else 0


def _guide(options: argparse.Namespace) -> int:
    from autograder.authoring import guide, lessons

    texts = {guide.path(): guide.written()} | lessons.written()
    stale = [path for path, text in texts.items() if path.read_text("utf-8") != text]
    if not options.check:
        for path in stale:
            path.write_text(texts[path], "utf-8")
        print("solutions/README.md has its tables, and docs/lessons its numbers")
        return 0
    for path in stale:
        print(f"{path.name} is not up to date: run `make release`", file=sys.stderr)
    return 1 if stale else 0


def _grade(options: argparse.Namespace) -> int:
    from autograder.grading.lazy_nbgrader import collector_paused, import_nbgrader_lazily

    with collector_paused():
        import_nbgrader_lazily()
        from autograder.grading.command import grade

    return grade(options)


def _desk_class_commands(commands: Any) -> None:
    """Who is in the class, what they handed in, and how everybody stands."""

    def add(name: str, help: str, run: str) -> Any:
        command = commands.add_parser(name, help=help)
        command.add_argument(
            "--course-dir", type=Path, metavar="DIR", help="default: this folder or the repository"
        )
        command.set_defaults(run=_in_the_classroom, step=run)
        return command

    roster = add("roster", "say who is in the class", "take_roster")
    roster.add_argument(
        "file",
        type=Path,
        help="a CSV with ids and names, or as Canvas, Moodle or Gradescope exported it",
    )

    collect = add("collect", "collect what a class handed in, from a zip or a folder", "take_in")
    collect.add_argument(
        "path", type=Path, metavar="FILE.zip|FOLDER", help="as the platform exported it"
    )
    collect.add_argument(
        "--assignment", metavar="NAME", help="default: what the notebooks are called"
    )
    stand = add("class", "say how everybody stands: what is missing, open or changed", "stand")
    stand.add_argument("assignments", nargs="*", metavar="NAME", help="default: all handed in")
    stand.add_argument("--all", action="store_true", help="also those with nothing open")
    stand.add_argument("--csv", type=Path, metavar="FILE", help="write a line for each student")


def _in_the_classroom(options: argparse.Namespace) -> int:
    from autograder.grading.lazy_nbgrader import import_nbgrader_lazily

    import_nbgrader_lazily()
    from autograder.desk import classroom

    return int(getattr(classroom, options.step)(options))


def _desk_paper_commands(commands: Any) -> None:
    """What is written for students and for the office, from the marks."""

    def add(name: str, help: str, run: str, parent: Any = commands) -> Any:
        command = parent.add_parser(name, help=help)
        command.add_argument("assignment", help="such as 03_momentum")
        command.add_argument(
            "--course-dir", type=Path, metavar="DIR", help="default: this folder or the repository"
        )
        command.set_defaults(run=_at_the_desk, paper=run)
        return command

    feedback = add("feedback", "write a page for each student, as new as the marks", "feedback")
    feedback.add_argument(
        "--student", action="append", default=[], metavar="ID", help="only this one; repeatable"
    )
    marks = commands.add_parser("marks", help="mark answers in words in a table (CSV)")
    steps = marks.add_subparsers(required=True, metavar="export|import")
    out = add("export", "write the answers that a person marks", "marks_export", steps)
    out.add_argument("--to", type=Path, metavar="FILE", help="default: ASSIGNMENT-by-hand.csv")
    back = add("import", "read points and comments from the table", "marks_import", steps)
    back.add_argument("file", type=Path)
    export = add("export", "write the marks for a spreadsheet, Canvas or Moodle", "export")
    export.add_argument("--format", choices=("csv", "canvas", "moodle"), default="csv")
    export.add_argument(
        "--to",
        type=Path,
        metavar="FILE",
        help="default: ASSIGNMENT-marks.csv, or -canvas.csv, -moodle.csv",
    )
    export.add_argument("--final", action="store_true", help="refuse while something is open")
    export.add_argument(
        "--roster", type=Path, metavar="FILE", help="the gradebook that Canvas or Moodle exported"
    )
    report = add("report", "write a page about the class: what to repeat", "report")
    report.add_argument("--to", type=Path, metavar="DIR", help="default: reports/ASSIGNMENT")


def _at_the_desk(options: argparse.Namespace) -> int:
    from autograder.grading.lazy_nbgrader import import_nbgrader_lazily

    import_nbgrader_lazily()
    from autograder.desk import papers

    return int(getattr(papers, options.paper)(options))


def _desk_bundle_command(commands: Any) -> None:
    """What a class is handed out."""

    def bundle(options: argparse.Namespace) -> int:
        from autograder.desk.bundle import write

        made = write(options.folder, options.notebooks)
        print(f"{options.folder / 'handout.zip'}: {', '.join(made.notebooks)}")
        print(f"{options.folder / 'REPORT.md'} says what is in it: read it first")
        return 0

    command = commands.add_parser(
        "bundle", help="make what a class gets: notebooks and checks without the answers"
    )
    command.add_argument("folder", type=Path, metavar="FOLDER", help="is made")
    command.add_argument("notebooks", nargs="+", help="such as 03_momentum or 03")
    command.set_defaults(run=bundle)


def _desk_platform_commands(commands: Any) -> None:
    """What Gradescope and GitHub Classroom run."""

    def gradescope(options: argparse.Namespace) -> int:
        from autograder.desk import gradescope as zips

        made = zips.write(options.folder, options.notebook, without_sandbox=options.without_sandbox)
        print(zips.say(made))
        return 0

    command = commands.add_parser(
        "gradescope", help="make the zip with which Gradescope gives the same marks"
    )
    command.add_argument("folder", type=Path, metavar="FOLDER", help="for autograder.zip")
    command.add_argument("notebook", help="such as 03_momentum or 03")
    command.add_argument(
        "--without-sandbox",
        action="store_true",
        help="grade also where no sandbox can be started: students' code can read the answers then",
    )
    command.set_defaults(run=gradescope)

    def github(options: argparse.Namespace) -> int:
        from autograder.desk import github as templates

        made = templates.write(options.folder, options.notebooks)
        print(
            f"{options.folder / 'handout'}: the template repository of {', '.join(made.notebooks)}"
        )
        print(f"{options.folder / 'REPORT.md'} says what is in it: read it first")
        return 0

    command = commands.add_parser(
        "github", help="make what a class gets, as a template for GitHub Classroom"
    )
    command.add_argument("folder", type=Path, metavar="FOLDER", help="is made")
    command.add_argument("notebooks", nargs="+", help="such as 03_momentum or 03")
    command.set_defaults(run=github)


def _positive(text: str) -> int:
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError("at least 1")
    return number


def _demo(options: argparse.Namespace) -> int:
    from autograder.authoring.demo import demo

    return demo((options.folder or folders.repository() / "build" / "demo").resolve())


if __name__ == "__main__":
    sys.exit(main())
