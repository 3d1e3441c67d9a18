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
