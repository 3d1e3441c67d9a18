"""The reference's docstrings as reStructuredText.

They are written to be read in a terminal: formulas stand in lines of their own, names in single
backticks, and a parameter's text on the line of its name.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from sphinx.application import Sphinx

SECTIONS = ("Parameters", "Returns", "Raises", "Attributes", "Yields")
_ENTRY = re.compile(r"^([*\w][^:`]*?) : (.*)$")
_FORMULA = re.compile(r"[=←∂∇Σ√]|→")


def prepared(lines: list[str]) -> list[str]:
    """The lines of a docstring, so that Napoleon and docutils read them as they are meant."""
    out: list[str] = []
    in_section = False
    for block in _blocks(lines):
        heading = len(block) > 1 and set(block[1].strip()) == {"-"} and block[0].strip()
        # Napoleon would take a sentence for a type.
        sentence = heading == "Returns" and not any(map(_ENTRY.match, block[2:]))
        if in_section and (sentence or not heading):
            out.append("")  # two empty lines end a section: what follows is no entry of it
        in_section = bool(heading) and not sentence
        if sentence:
            first, *more = map(_plain, block[2:])
            out += [f":returns: {first}", *(f"    {line}" for line in more), ""]
        elif heading in SECTIONS:
            out += [*block[:2], *_entries(block[2:]), ""]
        elif any(line.lstrip().startswith((">>>", "- ", "* ")) for line in block):
            out += [*map(_plain, block), ""]
        elif any(line.startswith(" ") for line in block) or (out and _is_formula(block)):
            # Aligned by hand, or a formula: as it stands.
            out += [".. code-block:: none", "", *(f"    {line}" for line in block), ""]
        else:
            out += [*map(_plain, block), ""]
    return out


def _blocks(lines: list[str]) -> list[list[str]]:
    blocks: list[list[str]] = [[]]
    for line in lines:
        if line.strip():
            blocks[-1].append(line)
        elif blocks[-1]:
            blocks.append([])
    return [block for block in blocks if block]


def _entries(lines: list[str]) -> list[str]:
    out = []
    for line in lines:
        entry = _ENTRY.match(line)
        if entry and not line.startswith(" "):
            out += [entry[1], f"    {_plain(entry[2])}"]
        else:
            out.append(_plain(line))
    return out


def _is_formula(block: list[str]) -> bool:
    """Lines that are all formulas: none reads as a sentence."""
    return all(_FORMULA.search(line) and not re.search(r"[.:;]$|\. [A-Z]", line) for line in block)


def _plain(line: str) -> str:
    """Stars and bars are multiplication and absolute values, not markup."""
    parts = re.split(r"(`+[^`]*`+)", line)
    for i in range(0, len(parts), 2):
        parts[i] = re.sub(r"([*|\\_])", r"\\\1", parts[i])
    for i in range(1, len(parts), 2):
        parts[i] = re.sub(r"^`+|`+$", "``", parts[i])
    return "".join(parts)


def _process(app: Sphinx, what: str, name: str, obj: Any, options: Any, lines: list[str]) -> None:
    lines[:] = prepared(lines)


def setup(app: Sphinx) -> dict[str, bool]:
    """Come before Napoleon."""
    app.connect("autodoc-process-docstring", _process, priority=100)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
