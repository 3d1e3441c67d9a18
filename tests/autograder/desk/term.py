"""A term with a class of forty, from the roster to the final marks: run by hand, with `make term`.

The story is in ``term_story.py``: who does what. Here it is played, with the commands that two
assistants type, in a copy of the repository (``term_course.py``). After each step the state of
every student, as `autograder class` tells it, is compared with what was reckoned by hand
(``term_account.py``), and at the end the columns that Canvas and Moodle read.
"""

from __future__ import annotations

import argparse
import shutil
import sys
import tempfile
import time
from pathlib import Path

import term_course as files
from term_assistants import Term
from term_course import Course
from term_formgrader import formgrader, its_tables
from term_story import (
    AFTERWARDS,
    AGAIN,
    AT_LAST,
    DUE,
    MENDED,
    NAMESAKES,
    NOTEBOOKS,
    ONCE_MORE,
    PEOPLE,
    again,
    hand_ins,
)


def play(term: Term, *, bundle: bool = True) -> None:
    """The whole term."""
    ewma, descent, momentum, adaptive = NOTEBOOKS
    people, course = term.people, term.course
    term.begin(NOTEBOOKS, bundle=bundle)
    with term.marking(course) as marking:
        first = hand_ins(ewma, people)
        term.collect(ewma, first)
        term.stand(ewma)
        term.grade(ewma)
        term.stand(ewma)
        term.mark(ewma, marking, clash=True)
        term.stand(ewma)
        term.feedback(ewma)
        term.report(ewma)
        term.stand(ewma)
        term.refused(ewma)

        collect_with_namesakes(term, descent)
        term.extend(ONCE_MORE)
        second = first | again(AGAIN, ewma, first)
        term.collect(ewma, second)
        term.stand(ewma, descent)
        term.grade(descent)
        term.grade(ewma)
        term.stand(ewma, descent)
        term.refused(ewma)
        term.mark(descent, marking)
        term.mark(ewma, marking)
        for name in (ewma, descent):
            term.feedback(name)
            term.report(name)
        term.stand(ewma, descent)
        term.extend(AFTERWARDS)
        term.stand(ewma, descent)
        term.tell(f"{descent}: an extension for {', '.join(AFTERWARDS)}")
        term.feedback(descent)
        term.final(descent)
        term.stand(descent)

        term.collect(momentum, hand_ins(momentum, people), dated=False)
        term.stand(momentum)
        term.grade(momentum)
        term.mark(momentum, marking)
        term.feedback(momentum)
        term.report(momentum)
        term.stand(momentum)
        term.refused(momentum)
        write_times(term, momentum)
        term.stand(momentum)
        term.grade(momentum)
        term.final(momentum)
        term.stand(momentum)

        term.collect(adaptive, hand_ins(adaptive, people))
        mend(term, momentum, descent)
        for name in NOTEBOOKS:
            term.grade(name)
        term.stand(*NOTEBOOKS)
        term.mark(adaptive, marking)
        for name in NOTEBOOKS:
            term.feedback(name)
        term.report(adaptive)
        term.stand(*NOTEBOOKS)

        term.refused(ewma)  # one hand-in cannot be graded still
        term.collect(ewma, second | again(AT_LAST, ewma, second))
        term.grade(ewma)
        term.mark(ewma, marking)
        term.feedback(ewma)
    for name in NOTEBOOKS:
        term.report(name)
        term.final(name)
    term.stand(*NOTEBOOKS)


def play_briefly(term: Term) -> None:
    """Of each kind of event one, in two notebooks."""
    ewma, _, momentum, _ = NOTEBOOKS
    term.begin((ewma, momentum), bundle=False)
    with term.marking(term.course) as marking:
        first = hand_ins(ewma, term.people)
        term.collect(ewma, first)
        term.grade(ewma)
        term.mark(ewma, marking, clash=True)
        term.feedback(ewma)
        term.refused(ewma)
        term.extend(ONCE_MORE)
        second = first | again(AGAIN, ewma, first)
        term.collect(ewma, second)
        term.grade(ewma)
        term.collect(momentum, hand_ins(momentum, term.people), dated=False)
        term.grade(momentum)
        term.stand(ewma, momentum)
        term.mark(ewma, marking)
        term.mark(momentum, marking)
        term.feedback(momentum)
        write_times(term, momentum)
        mend(term, momentum)
        term.grade(momentum)
        term.feedback(momentum)
        term.report(momentum)
    term.final(momentum)
    term.stand(ewma, momentum)


def collect_with_namesakes(term: Term, name: str) -> None:
    """Moodle knows two students of one name by a number that Canvas's roster has not.

    They are collected under names of their own; somebody writes the numbers into the roster.
    """
    handed_in = hand_ins(name, term.people)
    by_id = {person.id: person for person in term.people}
    strangers = [f"{by_id[n].name}_{by_id[n].moodle}" for n in NAMESAKES]
    said = term.course.run("collect", term.export(name, handed_in))
    for student, hand_in in handed_in.items():
        if student not in NAMESAKES:
            term.accounts[name][student].collected = hand_in
    term.says(said, f"under these names ({len(strangers)}): {', '.join(strangers)}")
    rows = files.read(term.course.root / "roster.csv")
    for row in rows:
        if row["id"] in NAMESAKES:
            row["participant"] = str(by_id[row["id"]].moodle)
    with_numbers = files.write(term.course.root / "roster-with-numbers.csv", rows)
    term.says(term.course.run("roster", with_numbers), "(0 new, 2 changed)")
    for stranger in strangers:
        shutil.rmtree(term.course.root / "submitted" / stranger)
    term.collect(name, handed_in)


def write_times(term: Term, name: str) -> None:
    """Somebody looks up when those handed in of whom Canvas says that they are late."""
    for student, account in term.accounts[name].items():
        if account.called_late and account.collected:
            moment = DUE[name].timestamp() + 3600 * account.collected.hours
            stamp = time.strftime("%Y-%m-%d %H:%M:%S UTC", time.gmtime(moment))
            place = term.course.root / "submitted" / student / name / "timestamp.txt"
            place.write_text(stamp, "utf-8")
            account.dated = True


def mend(term: Term, *notebooks: str) -> None:
    """Somebody mends the exercises of these notebooks."""
    for name in MENDED:
        term.course.mend(name)
    term.mended |= set(notebooks)
    term.tell(f"exercises of {' and '.join(notebooks)} are mended")


def main() -> int:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--folder", type=Path, help="that is made; default: a temporary one")
    options.add_argument("--students", type=int, default=len(PEOPLE), help="default: all")
    options.add_argument(
        "--quick", action="store_true", help="in forks, without bundle and formgrader"
    )
    said = options.parse_args()
    folder = said.folder or Path(tempfile.mkdtemp()) / "term"
    course = Course.new(folder, forked=said.quick)
    term = Term(course, PEOPLE[: said.students], its_tables if said.quick else formgrader)
    try:
        play(term, bundle=not said.quick)
    finally:
        right = term.compared - len(term.faults)
        term.tell(f"{right} of {term.compared} as expected; everything is in {folder}")
    return 1 if term.faults else 0


if __name__ == "__main__":
    sys.exit(main())
