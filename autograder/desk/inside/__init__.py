"""Modules of a class's edition that stand in the place of the repository's."""
