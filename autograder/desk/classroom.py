"""The desk's commands about who is in the class and what was handed in."""

from __future__ import annotations

import argparse

from autograder.desk.papers import course_of


def take_roster(options: argparse.Namespace) -> int:
    """Take a roster, and enter its names in the gradebook."""
    from autograder.desk import roster

    print(roster.say(roster.take(course_of(options), options.file)))
    return 0


def take_in(options: argparse.Namespace) -> int:
    """Collect what a class handed in."""
    from autograder.desk import collect

    name = (options.assignment or "").rstrip("/\\")
    print(collect.say(collect.collect(course_of(options), options.path, name)))
    return 0


def stand(options: argparse.Namespace) -> int:
    """Say how everybody stands."""
    from autograder.desk import page, standing

    root = course_of(options)
    names = [name.rstrip("/\\") for name in options.assignments] or standing.assignments(root)
    if not names:
        print(f"nobody has handed in anything: there is no {root}/submitted/*/*")
    classes = {name: standing.of(root, name) for name in names}
    for name, found in classes.items():
        print(standing.say(name, found, everybody=options.all))
    if options.csv:
        page.write(options.csv, standing.as_csv(classes))
    return 0
