"""A small term: what `make term` plays with forty students in four notebooks."""

from __future__ import annotations

from term import play_briefly
from term_assistants import Term
from term_course import Course
from term_formgrader import its_tables
from term_story import NOTEBOOKS, PEOPLE

WHO = ("ada", "bo", "chen", "mona", "pia", "uma")


def test_a_term_with_six_students(tmp_path):
    people = [person for person in PEOPLE if person.id in WHO]
    term = Term(Course.new(tmp_path / "term", forked=True), people, its_tables)
    play_briefly(term)
    assert term.faults == []
    assert term.compared > 50

    # What is not as reckoned is found, and named.
    ewma = NOTEBOOKS[0]
    term.accounts[ewma]["ada"].hand += 0.5
    term.accounts[ewma]["bo"].look_again = True
    term.stand(ewma)
    ada, bo = term.faults
    assert ada.startswith(f"{ewma}, ada: ")
    assert "total is" in ada
    assert "to look at again is '', not 'explain ewma'" in bo
