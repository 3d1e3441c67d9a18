"""The traceback of a function that calls itself without end, short enough to be read."""

from __future__ import annotations

from types import TracebackType

LONG = 100  # frames
KEPT = 5  # at each end of a long one


def without_its_middle(error: BaseException, trace: TracebackType) -> TracebackType:
    """Take the middle out of an error's traceback if it is long, and note that on the error.

    IPython leaves out frames that repeat, but not those of cells (from 9.11 on): there would be
    three thousand lines, made once to be shown and once for the history.
    """
    entries = [trace]
    while (following := entries[-1].tb_next) is not None:
        entries.append(following)
    if len(entries) <= LONG:
        return trace
    short = None
    for entry in reversed([*entries[:KEPT], *entries[-KEPT:]]):
        short = TracebackType(short, entry.tb_frame, entry.tb_lasti, entry.tb_lineno)
    assert short is not None
    error.__traceback__ = short
    error.add_note(
        f"({len(entries) - 2 * KEPT:,} calls between the first and the last are not shown.)"
    )
    return short
