"""Formulas as MathML, which browsers draw themselves: no script, no font, no network."""

from __future__ import annotations

import re

from latex2mathml.converter import convert


def mathml(latex: str, *, block: bool = False) -> str:
    r"""A formula.

    Raises
    ------
    ValueError : something that is not understood, and that a reader would see as ``\name``
    """
    # A backslash at the end of a line is a space; two of them end a row.
    latex = re.sub(r"(?<!\\)((?:\\\\)*)\\\n", r"\1\\ ", latex)
    formula: str = convert(latex, display="block" if block else "inline")
    formula = formula.replace(r"<mi>\arg</mi>", "<mo>arg</mo>")  # as max
    formula = formula.replace(r"\_", "_")  # in \text
    if "\\" in formula:
        raise ValueError(f"latex2mathml does not understand all of {latex!r}: {formula}")
    return formula
