"""Which edition this is: one to teach oneself with, or one for a class."""

from __future__ import annotations

SELF_STUDY = True
"""The reference is here: a student may borrow a function, and see other ways to write an answer."""
