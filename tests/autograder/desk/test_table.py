"""Tables as others save them: each field is read under its column, or the row is named."""

from __future__ import annotations

import pytest

from autograder.desk import table


@pytest.mark.parametrize(
    ("text", "sign"),
    [
        ("id,name,email\na1,An Li,an@x.org\na2,Doe, Jane,jane@x.org\n", "a comma"),
        ("id;name;email\na1;An Li;an@x.org\na2;Doe; Jane;jane@x.org\n", "a semicolon"),
        ("id\tname\na1\tAn Li\na2\tDoe\tJane\n", "a tab"),
    ],
)
def test_a_row_with_more_fields_than_columns_is_named(tmp_path, text, sign):
    path = tmp_path / "class.csv"
    path.write_text(text)
    with pytest.raises(ValueError, match=rf"class\.csv: row 3 .*{sign} in it needs quotes"):
        table.read(path)


def test_empty_fields_behind_the_last_column_are_none():
    columns, rows = table.parsed(b"id,name\na1,An Li,, \n\na2\n")
    assert columns == ["id", "name"]
    assert rows == [
        {"id": "a1", "name": "An Li"}, {"id": "", "name": ""}, {"id": "a2", "name": ""},
    ]  # fmt: skip


@pytest.mark.parametrize("note", ["sep=;", '"sep=;"', "sep=;;"])
def test_a_note_for_excel_above_the_table_is_no_part_of_it(note):
    columns, rows = table.parsed(f"{note}\r\nid;name\r\na1;An Li, the first\r\n".encode())
    assert columns == ["id", "name"]
    assert rows == [{"id": "a1", "name": "An Li, the first"}]


def test_a_field_may_be_long():
    text = "x" * 400_000
    _, rows = table.parsed(f"student,answer\nada,{text}\nbo,short\n".encode())
    assert [row["answer"] for row in rows] == [text, "short"]
