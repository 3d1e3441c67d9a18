"""From a notebook file's bytes to its cells, whatever the bytes are."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from typing import Any

from autograder.grading.submission.cells import Attachments, RawCell, ReadNotebook, Unreadable

MAX_BYTES = 100_000_000  # of a notebook file; most of them would be outputs, which are dropped
MAX_CELLS = 5_000
MAX_SOURCE = 5_000_000  # characters, of all cells
MAX_ITEMS = 5_000_000  # commas and brackets of the JSON: 100 MB of "[],[]," are gigabytes of lists

MEDIA_TYPES = {
    "png": "image/png",
    "jpg": "image/jpeg",
    "jpeg": "image/jpeg",
    "gif": "image/gif",
    "webp": "image/webp",
    "svg": "image/svg+xml",
}
IMAGES = frozenset(MEDIA_TYPES.values())

_CELL_ID = re.compile(r"[A-Za-z0-9_-]{1,64}")
_PICTURE = re.compile(r"data:image/[\w.+-]+;base64,[A-Za-z0-9+/=]{1000,}+")
# The beginning of a word of JSON, of a number or of an escaped character; also nothing at all.
_BEGUN = re.compile(r"(t(ru?)?|f(a(ls?)?)?|n(ul?)?|-|[.eE][+-]?|u[0-9a-fA-F]{0,4})?")
_STRING = re.compile(r'"[^"\\]*+(?:\\.[^"\\]*+)*+"?', re.DOTALL)


def read(data: bytes) -> ReadNotebook:
    """The cells of a notebook file.

    Raises:
        Unreadable: for everything that can be wrong with it.
    """
    document = _document(_text(data))
    notes: list[str] = []
    if document.get("nbformat", 4) not in (4, 4.0) or "worksheets" in document:
        document = _converted(document, notes)
    cells = document.get("cells")
    if not isinstance(cells, list):
        raise Unreadable("The file is JSON, but not a notebook: it has no list of cells.")
    if len(cells) > MAX_CELLS:
        raise Unreadable(f"The notebook has {len(cells)} cells; at most {MAX_CELLS} are graded.")
    if (language := _language(document)) not in ("", "python", "ipython"):
        notes.append(f"the notebook says that it is written in {brief(language)}, not in Python")
    raw_cells = [_raw_cell(number, cell) for number, cell in enumerate(cells, 1)]
    if sum(len(cell.source) for cell in raw_cells) > MAX_SOURCE:
        raw_cells = [_without_pictures(i, cell, notes) for i, cell in enumerate(raw_cells, 1)]
    if (length := sum(len(cell.source) for cell in raw_cells)) > MAX_SOURCE:
        raise Unreadable(
            f"The notebook's cells have {length} characters of text; at most {MAX_SOURCE} are "
            "graded. Is there data in a cell that belongs in a file?"
        )
    return ReadNotebook(raw_cells, notes, _python(document))


def _without_pictures(number: int, cell: RawCell, notes: list[str]) -> RawCell:
    """A text without the pictures that an editor has written into it, which can be megabytes."""
    if cell.cell_type == "code":
        return cell
    source, count = _PICTURE.subn("", cell.source)
    if count:
        notes.append(f"cell {number}: a picture in its text was left out, it is too large")
    return replace(cell, source=source)


def _text(data: bytes) -> str:
    if len(data) > MAX_BYTES:
        raise Unreadable(too_big(len(data)))
    if not data.strip(b" \t\r\n\0"):
        raise Unreadable("The file is empty: ask for it again.")
    encoding = json.detect_encoding(data)
    try:
        return data.decode(encoding, "surrogatepass")
    except UnicodeDecodeError as error:
        raise Unreadable(
            f"The file is not {encoding.upper()}: byte {error.start} is {data[error.start]:#04x}. "
            "A notebook is saved as UTF-8; another program has saved this one in another "
            "encoding, perhaps Latin-1. Save it there as UTF-8, or ask for it again."
        ) from None


def too_big(size: int) -> str:
    """The sentence for a file of ``size`` bytes."""
    return (
        f"The file has {size / 1e6:.0f} MB; at most {MAX_BYTES / 1e6:.0f} MB are read. "
        "Ask for the notebook without outputs (Edit, Clear Outputs of All Cells)."
    )


def _document(text: str) -> dict[str, Any]:
    if _items(text) > MAX_ITEMS and _items(_STRING.sub("", text)) > MAX_ITEMS:
        raise Unreadable(
            f"The file has more than {MAX_ITEMS:,} values. Ask for the notebook without outputs "
            "(Edit, Clear Outputs of All Cells)."
        )
    try:
        # A number of a million digits raises an error in `int`, not a JSONDecodeError. Tabs and
        # line ends within a string are against the rules, but harmless.
        document = json.loads(text, parse_int=float, strict=False)
    except json.JSONDecodeError as error:
        rest = text.rstrip()[error.pos :]
        cut_off = error.msg.startswith("Unterminated") or _BEGUN.fullmatch(rest) is not None
        what = "It breaks off" if cut_off else "It is damaged"
        raise Unreadable(
            f"The file is not a notebook. {what} at line {error.lineno}, column {error.colno} "
            f"({error.msg}): ask for it again."
        ) from None
    except RecursionError:
        raise Unreadable("The file is not a notebook: its JSON is nested too deeply.") from None
    if not isinstance(document, dict):
        raise Unreadable(f"The file is JSON, but not a notebook: it is a {_kind(document)}.")
    return document


def _items(text: str) -> int:
    return sum(map(text.count, ",[{"))


def _converted(document: dict[str, Any], notes: list[str]) -> dict[str, Any]:
    """A notebook of a format other than 4, converted to format 4."""
    version = document.get("nbformat", 3)
    if isinstance(version, float) and version > 4:
        notes.append(f"the file is of format {version:g}: read as if it were 4")
        return document
    import nbformat  # slow to import, and hardly ever needed

    try:
        number = int(version)
        whole = nbformat.from_dict({**document, "nbformat": number, "nbformat_minor": 0})
        converted: dict[str, Any] = nbformat.convert(whole, 4)
    except Exception as error:  # a damaged notebook can raise anything
        raise Unreadable(
            f"The notebook is of format {brief(str(version))} and cannot be converted to 4 "
            f"({type(error).__name__}). Open it in JupyterLab, save it, and hand in that."
        ) from None
    notes.append(f"the file was of format {number}: converted to 4")
    return converted


def _language(document: dict[str, Any]) -> str:
    metadata = document.get("metadata")
    for section, key in (("kernelspec", "language"), ("language_info", "name")):
        found = metadata.get(section) if isinstance(metadata, dict) else None
        if isinstance(found, dict) and isinstance(language := found.get(key), str):
            return language.lower()
    return ""


def _python(document: dict[str, Any]) -> tuple[int, int]:
    """The version of Python that a notebook says it ran with; zeros if it says none."""
    metadata = document.get("metadata")
    info = metadata.get("language_info") if isinstance(metadata, dict) else None
    said = info.get("version") if isinstance(info, dict) else None
    found = re.match(r"(\d{1,4})\.(\d{1,4})", said, re.ASCII) if isinstance(said, str) else None
    return (int(found[1]), int(found[2])) if found else (0, 0)


def _raw_cell(number: int, cell: Any) -> RawCell:
    if not isinstance(cell, dict):
        raise Unreadable(f"Cell {number} of the notebook is not a cell, but a {_kind(cell)}.")
    source = cell.get("source", "")
    if isinstance(source, list) and all(isinstance(line, str) for line in source):
        source = "".join(source)
    if not isinstance(source, str):
        raise Unreadable(f"Cell {number} of the notebook has no text, but a {_kind(source)}.")
    metadata = cell.get("metadata")
    nbgrader = metadata.get("nbgrader") if isinstance(metadata, dict) else None
    grade_id = nbgrader.get("grade_id") if isinstance(nbgrader, dict) else None
    cell_type, cell_id = cell.get("cell_type"), cell.get("id")
    return RawCell(
        cell_type if cell_type in ("code", "markdown") else "raw",
        _clean(source),
        cell_id if isinstance(cell_id, str) and _CELL_ID.fullmatch(cell_id) else "",
        _clean(grade_id) if isinstance(grade_id, str) else "",
        {} if cell_type == "code" else images(cell.get("attachments")),
    )


def _clean(text: str) -> str:
    """The text with plain line ends, and only with characters that UTF-8 and a parser accept."""
    text = text.replace("\r\n", "\n").replace("\r", "\n").replace("\0", "\N{REPLACEMENT CHARACTER}")
    if text.isascii():
        return text
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def images(attachments: Any) -> Attachments:
    found: Attachments = {}
    for name, bundle in attachments.items() if isinstance(attachments, dict) else ():
        for media_type, data in bundle.items() if isinstance(bundle, dict) else ():
            if isinstance(data, list) and all(isinstance(line, str) for line in data):
                data = "".join(data)  # Jupyter takes it for text: an SVG
            if media_type in IMAGES and isinstance(data, str) and data.isascii():
                found.setdefault(_clean(name), {})[media_type] = data
    return found


def _kind(value: Any) -> str:
    names = {dict: "object", list: "list", str: "string", float: "number", bool: "truth value"}
    return names.get(type(value), "null")


def brief(text: str) -> str:
    """A student's text for a note: short, on one line, printable, and UTF-8."""
    text = " ".join(text.encode("utf-8", "replace").decode().split())
    text = "".join(c if c.isprintable() else "\ufffd" for c in text[:100])
    return text if len(text) <= 60 else f"{text[:57]}…"
