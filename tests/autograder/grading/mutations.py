"""What people and programs do to the cells of a notebook, accidents and forgeries alike."""

from __future__ import annotations

import json
import random


def changed(document, changes, seed):
    """The bytes of a notebook after each of the changes, in places drawn with ``seed``."""
    document = json.loads(json.dumps(document))
    rng = random.Random(seed)
    for change in changes:
        if len(document["cells"]) > 1:
            change(document["cells"], lambda n: rng.randrange(n) if n else 0)
    return json.dumps(document).encode()


def move(cells, draw):
    cells.insert(draw(len(cells)), cells.pop(draw(len(cells))))


def delete(cells, draw):
    del cells[draw(len(cells))]


def duplicate(cells, draw):
    cells.insert(draw(len(cells)), dict(cells[draw(len(cells))]))


def merge(cells, draw):
    i = draw(len(cells) - 1)
    below = cells.pop(i + 1)
    cells[i] = {**cells[i], "source": f"{_text(cells[i])}\n\n{_text(below)}"}


def split(cells, draw):
    i = draw(len(cells))
    lines = _text(cells[i]).split("\n")
    at = draw(len(lines))
    cells[i] = {**cells[i], "source": "\n".join(lines[:at])}
    cells.insert(i + 1, {**cells[i], "source": "\n".join(lines[at:]), "metadata": {}, "id": "new"})


def edit(cells, draw):
    i = draw(len(cells))
    text = _text(cells[i])
    at = draw(len(text) + 1)
    cells[i] = {**cells[i], "source": text[:at] + "\r\n€\ud800x = 1\0" + text[at + draw(9) :]}


def retype(cells, draw):
    i = draw(len(cells))
    cells[i] = {**cells[i], "cell_type": ("code", "markdown", "raw", "heading")[draw(4)]}


def lose_marks(cells, draw):
    i = draw(len(cells))
    cells[i] = {**cells[i], "metadata": {}}


def lose_id(cells, draw):
    i = draw(len(cells))
    cells[i] = {**cells[i], "id": ("", "same", None, "a b", 7)[draw(5)]}


def forge(cells, draw):
    """A cell takes the metadata of another."""
    marks = cells[draw(len(cells))].get("metadata", {})
    i = draw(len(cells))
    cells[i] = {**cells[i], "metadata": marks}


def spoil(cells, draw):
    """A field has a value of another kind."""
    i = draw(len(cells))
    field = ("source", "metadata", "id", "cell_type", "attachments", "outputs")[draw(6)]
    values = (None, 5, [], {}, ["a", 1], {"a": {"b": "c"}}, {"nbgrader": 5}, "\udfff", True, 1e999)
    cells[i] = {**cells[i], field: values[draw(len(values))]}


def _text(cell):
    source = cell.get("source", "")
    if isinstance(source, list):
        source = "".join(map(str, source))
    return str(source)


CHANGES = (
    *(move, delete, duplicate, merge, split, edit, retype),
    *(lose_marks, lose_id, forge, spoil),
)
