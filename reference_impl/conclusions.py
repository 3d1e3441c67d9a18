"""What a notebook concludes from a run, computed next to the run.

A sentence such as "momentum needs fewer steps" is true of a run or it is not. A notebook that says
it computes it as well: the reader sees whether it holds for their functions on their processor, and
a notebook whose conclusion fails is not stored.
"""

from __future__ import annotations

import numpy as np

HOLDS, FAILS = "✓", "✗ not in this run:"


def conclude(sentence: str, holds: bool | np.bool_) -> None:
    """Print a conclusion, and whether it is true of the run above it.

    Parameters
    ----------
    sentence : what the text says, in full; any number in it rounded to what holds on every machine
    holds : the comparison that decides

    Raises
    ------
    TypeError : `holds` is no single truth value (an array needs `.all()` or `.any()`)
    """
    if not isinstance(holds, bool | np.bool_):
        raise TypeError(
            f"conclude needs True or False, not {type(holds).__name__}: "
            "compare two numbers, or say .all() of an array"
        )
    print(HOLDS if holds else FAILS, sentence)
