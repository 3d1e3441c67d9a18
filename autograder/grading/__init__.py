"""Grading what a class handed in."""
