"""Why a cell stopped, in plain words: what is wrong in which line, and what to do."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable

from autograder.notebook.ledger import is_unreadable

# A sign that looks right and is another one: copied from a formula, a PDF or a web page.
_LOOKALIKES = {
    "−": "-", "–": "-", "—": "-", "×": "*", "·": "*", "∗": "*", "÷": "/", "“": '"', "”": '"',
    "„": '"', "‘": "'", "’": "'", "≤": "<=", "≥": ">=", "≠": "!=", "²": "**2", "³": "**3",
    "\xa0": "a space",
}  # fmt: skip


def cell_error(error: BaseException, source: str, line: int) -> tuple[str, str]:
    """What stopped a cell, and what to do: two sentences.

    Args:
        error: with which it stopped.
        source: the cell's text.
        line: the number of the line, from 1; 0 if it is not known.
    """
    lines = source.splitlines()
    text = lines[line - 1].strip() if 0 < line <= len(lines) else ""
    if isinstance(error, SyntaxError) and is_unreadable(error):
        return _syntax(type(error).__name__, str(error.msg), text)
    if isinstance(error, KeyboardInterrupt):
        return "you stopped it while it ran", "Run it again, and let it come to its end."
    if isinstance(error, ModuleNotFoundError):
        module = error.name or "a module"
        return (
            f"{module} is not installed here",
            f"The exercises need nothing but NumPy: remove the line that imports {module}.",
        )
    if isinstance(error, NameError) and _is_unquoted_letter(error.name, text):
        return (
            f"{error.name} is a name here, not a letter",
            f'Write the letter in quotes: "{error.name}".',
        )
    said = str(error)
    return f"{type(error).__name__}{': ' if said else ''}{said}".rstrip("."), "Mend that line."


def _is_unquoted_letter(name: str | None, line: str) -> bool:
    return bool(name and len(name) == 1 and re.fullmatch(rf"\w+\s*=\s*{re.escape(name)}", line))


def _syntax(kind: str, message: str, text: str) -> tuple[str, str]:
    if kind == "TabError":
        return (
            "some lines begin with tabs and some with spaces",
            "Use spaces alone: four for each level. (Select the lines, Shift+Tab, then Tab.)",
        )
    if "print" in message and "parentheses" in message:
        return "print is a function", "Write print(…), with parentheses."
    if (
        odd := re.search(r"invalid (?:non-printable )?character.*U\+([0-9A-F]{4,6})", message)
    ) and (said := _odd_character(chr(int(odd[1], 16)))):
        return said
    for pattern, words in _SYNTAX:
        if found := re.search(pattern, message):
            return words(found)
    message = re.sub(r"^invalid syntax\. ", "", message).rstrip(".")
    if message == "invalid syntax" and text.endswith(":"):
        return "Python cannot read that line", "Is a bracket or a quote open in the line above?"
    return f"Python cannot read that line ({message})", "Mend that line."


def _odd_character(sign: str) -> tuple[str, str]:
    if plain := _LOOKALIKES.get(sign):
        shown = "an unusual space" if sign == "\xa0" else f"the sign {sign}"
        return f"{shown} is not one of Python's", f"Type {plain} in its place."
    name = unicodedata.name(sign, "").lower()
    return (
        f"the sign {sign} ({name}) cannot be part of a name" if name else f"{sign} is no letter",
        "Use letters, digits and _ in names.",
    )


_Words = Callable[[re.Match[str]], tuple[str, str]]
_SYNTAX: list[tuple[str, _Words]] = [
    (
        r"expected an indented block after (.+) on line (\d+)",
        lambda m: (
            f"nothing is indented below the {m[1]} of line {m[2]}",
            "Begin the lines that belong to it with four spaces.",
        ),
    ),
    (
        r"unexpected indent",
        lambda m: (
            "the line begins further to the right than the line above",
            "Lines of one block begin at the same place: take the spaces away.",
        ),
    ),
    (
        r"unindent does not match",
        lambda m: (
            "the line begins at a place where no block begins",
            "Lines of one block begin at the same place, four spaces for each level.",
        ),
    ),
    (r"expected ':'", lambda m: ("a colon is missing at the end", "Put : at the end of the line.")),
    (
        r"'(.)' was never closed",
        lambda m: (f"the bracket {m[1]} is never closed", "Close it where it should end."),
    ),
    (
        r"unmatched '(.)'",
        lambda m: (f"the bracket {m[1]} closes what was not opened", "Count the brackets."),
    ),
    (
        r"closing parenthesis '(.)' does not match opening parenthesis '(.)'",
        lambda m: (f"the bracket {m[2]} is closed by {m[1]}", "Count the brackets."),
    ),
    (
        r"unterminated .*string literal",
        lambda m: ("a quote is open at the end of the line", "Close it with the same quote."),
    ),
    (
        r"Maybe you meant '=='",
        lambda m: ("= gives a value, and here a comparison is needed", "Write ==."),
    ),
    (
        r"Perhaps you forgot a comma",
        lambda m: ("a comma or a sign such as * is missing", "Add it."),
    ),
    (
        r"'return' outside function",
        lambda m: (
            "the return stands outside the function",
            "Indent the lines of the function by four spaces.",
        ),
    ),
]
