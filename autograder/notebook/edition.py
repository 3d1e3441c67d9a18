"""Which edition this is: one to teach oneself with, or one for a class."""

from __future__ import annotations

SELF_STUDY = True
"""The reference is here: a student may borrow a function, and see other ways to write an answer."""
CLOSED: frozenset[str] = frozenset()
"""In a class's edition, the notebooks whose answers need not be kept from anybody any more."""


def shows_answers(notebook: str) -> bool:
    """Whether the functions of a notebook may be lent and shown."""
    return SELF_STUDY or notebook in CLOSED
