"""Experiments that take a minute or more: each module is a command, `python -m` and its name."""
