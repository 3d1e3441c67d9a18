"""Tables as spreadsheets and learning platforms save them: CSV in many coats."""

from __future__ import annotations

import csv
import io
import re
from codecs import BOM_UTF16_BE, BOM_UTF16_LE
from collections.abc import Sequence
from pathlib import Path

from autograder.desk import page

SIGNS = {",": "a comma", ";": "a semicolon", "\t": "a tab"}  # that stand between fields

_NOTE = re.compile(r"\A\"?sep=[,;\t]\"?[,;\t]*\r?\n")  # for Excel: which sign stands between fields


def read(path: Path) -> tuple[list[str], list[dict[str, str]]]:
    """The columns of a file, and its rows by column.

    Raises:
        ValueError: if the file is not a table.
    """
    try:
        return parsed(path.read_bytes())
    except ValueError as fault:
        raise ValueError(f"{path}: {fault}") from None


def parsed(data: bytes) -> tuple[list[str], list[dict[str, str]]]:
    """The columns of a table, and its rows; commas, semicolons or tabs stand between fields.

    Raises:
        ValueError: if it is not a table, or a row has more fields than there are columns.
    """
    text = _NOTE.sub("", _text(data))
    header = text.partition("\n")[0]
    delimiter = max(SIGNS, key=header.count)
    csv.field_size_limit(max(csv.field_size_limit(), len(text)))  # all of it is in memory anyway
    try:
        lines = list(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter))
    except csv.Error as error:
        raise ValueError(f"the table cannot be read: {error}") from None
    if not lines:
        raise ValueError("the table is empty")
    columns = [name.strip() for name in lines[0]]
    for number, line in enumerate(lines[1:], start=2):
        if any(field.strip() for field in line[len(columns) :]):
            raise ValueError(
                f"row {number} has {len(line)} fields, but the table has "
                f"{page.counted(len(columns), 'column')}: a field with {SIGNS[delimiter]} in it "
                "needs quotes around it"
            )
    return columns, [_row(columns, line) for line in lines[1:]]


def _row(columns: Sequence[str], line: Sequence[str]) -> dict[str, str]:
    missing = [""] * (len(columns) - len(line))
    return dict(zip(columns, [*line, *missing], strict=False))


def _text(data: bytes) -> str:
    """The text of a table: UTF-8, UTF-16 (Excel's "Unicode text"), or old Windows."""
    if data.startswith((BOM_UTF16_LE, BOM_UTF16_BE)):
        return data.decode("utf-16", "replace")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return data.decode("cp1252", "replace")
