"""``autograder marks``: answers in words go out as a table, and points and comments come back."""

from __future__ import annotations

import csv
import hashlib
import io
import json
import unicodedata
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from autograder.desk import page
from autograder.desk import table as tables
from autograder.desk.marked import CellMark, Graded, MarkedClass, MarkedNotebook

COLUMNS = (
    "student", "notebook", "question", "same answer", "points", "max points", "comment", "answer",
    "text of the question", "rubric", "fingerprint",
)  # fmt: skip
_NEEDED = {"student", "notebook", "question", "points", "comment", "fingerprint"}
_FORMULA = "=+-@\t\r"  # a spreadsheet takes a field that begins so for a formula
MAX_SHOWN = 10  # faults of a table that are named
MAX_ANSWER = 30_000  # characters; a cell of a spreadsheet holds 32,767


@dataclass(frozen=True)
class Answer:
    """One student's answer to one question, with what a person has given for it so far."""

    student: str
    question: Graded
    text: str
    mark: CellMark
    comment: str

    @property
    def key(self) -> tuple[str, str, str]:
        return self.student, self.question.notebook, self.question.grade_id

    @property
    def fingerprint(self) -> str:
        """Two parts: the answer, and what is stored for it."""
        stored = json.dumps([self.mark.manual, self.mark.to_look, self.comment])
        return f"{_digest(json.dumps([*self.key, self.text]))}-{_digest(stored)}"


@dataclass(frozen=True)
class Change:
    """What a table says about one answer: points, None to leave them, and the comment."""

    answer: Answer
    points: float | None
    comment: str


def answers(marked: MarkedClass) -> list[Answer]:
    """Every answer that a person marks, those alike together, the short ones first."""
    found = list(_answers(marked))
    groups = Counter((a.question.grade_id, same(a.text)) for a in found)
    order = {(c.notebook, c.grade_id): i for i, c in enumerate(marked.graded)}

    def place(answer: Answer) -> tuple[object, ...]:
        alike = same(answer.text)
        size = groups[answer.question.grade_id, alike]
        question = order[answer.question.notebook, answer.question.grade_id]
        return question, len(alike), -size, alike, answer.student

    return sorted(found, key=place)


def same(text: str) -> str:
    """An answer without what does not matter to whoever marks it: case, spaces, signs."""
    plain = unicodedata.normalize("NFKC", text).casefold()
    kept = (c if c.isalnum() or c in "+-*/^=<>.,()" else " " for c in plain)
    return " ".join("".join(kept).split()).rstrip(" .,")


def _answers(marked: MarkedClass) -> Iterator[Answer]:
    questions = [cell for cell in marked.graded if cell.by_hand]
    for student, submission in marked.submissions.items():
        for name in marked.sources:
            notebook = marked.load(student, name)
            if notebook is None:
                continue
            entered = submission.notebooks.get(name, MarkedNotebook())
            for question in questions:
                text = notebook.answer_in_words(question) if question.notebook == name else ""
                mark = entered.marks.get(question.grade_id)
                if text and mark is not None:
                    comment = entered.comments.get(question.grade_id, "")
                    yield Answer(student, question, text, mark, comment)


def as_csv(marked: MarkedClass) -> bytes:
    """The table for a spreadsheet: UTF-8 with the mark by which Excel knows it."""
    text = io.StringIO()
    table = csv.writer(text)
    table.writerow(COLUMNS)
    number, last = 0, ("", "")
    for answer in answers(marked):
        question = answer.question
        if (alike := (question.grade_id, same(answer.text))) != last:
            number, last = number + 1, alike
        given = answer.mark.manual
        table.writerow(
            [
                guarded(answer.student),
                question.notebook,
                question.grade_id,
                number,
                "" if given is None else page.number(given),
                page.number(question.max_points),
                guarded(answer.comment),
                guarded(_shortened(answer.text)),
                guarded(question.released),
                guarded(question.rubric),
                answer.fingerprint,
            ]
        )
    return b"\xef\xbb\xbf" + text.getvalue().encode("utf-8", "replace")


def _shortened(text: str) -> str:
    """As much of an answer as a spreadsheet shows. Its fingerprint is that of the whole answer."""
    more = len(text) - MAX_ANSWER
    if more <= 0:
        return text
    return f"{text[:MAX_ANSWER]}\n[{more:,} more characters: read the rest in formgrader]"


def changes(marked: MarkedClass, table: bytes) -> list[Change]:
    """What a table changes; a row without new points and comment changes nothing.

    Raises:
        ValueError: if a row cannot be entered. Then no row is, and the sentences name each.
    """
    known = {answer.key: answer for answer in _answers(marked)}
    faults: list[str] = []
    found: dict[tuple[str, str, str], Change] = {}
    for line, row in enumerate(_rows(table), start=2):
        key = (_unguarded(row["student"]), row["notebook"], row["question"])
        try:
            change = _change(key, row, known, marked)
            if key in found:
                raise ValueError("this student has another row for this question")
        except ValueError as fault:
            faults.append(f"  row {line}, {key[0]}: {fault}")
            continue
        found[key] = change
    if faults:
        more = len(faults) - MAX_SHOWN
        shown = faults[:MAX_SHOWN] + ([f"  and {more} more"] if more > 0 else [])
        raise ValueError("nothing was entered, because of:\n" + "\n".join(shown))
    return [c for c in found.values() if _is_new(c)]


def _is_new(change: Change) -> bool:
    mark = change.answer.mark
    points = change.points is not None and (change.points != mark.manual or mark.to_look)
    return points or change.comment != change.answer.comment


def _change(
    key: tuple[str, str, str],
    row: Mapping[str, str],
    known: Mapping[tuple[str, str, str], Answer],
    marked: MarkedClass,
) -> Change:
    """What a row says.

    Raises:
        ValueError: if it cannot be entered.
    """
    answer = known.get(key)
    if answer is None:
        if key[0] not in marked.submissions:
            raise ValueError(f"no student of this name has a mark for {marked.name}")
        if key[1:] not in {(q.notebook, q.grade_id) for q in marked.graded if q.by_hand}:
            raise ValueError(f"{marked.name} has no question {key[2]!r} in {key[1]!r} to mark")
        raise ValueError(f"there is no answer to {key[2]} any more: export the table again")
    text, _, stored = row["fingerprint"].strip().partition("-")
    now_text, _, now_stored = answer.fingerprint.partition("-")
    if text != now_text:
        raise ValueError(f"the answer to {key[2]} has changed: export the table again")
    points = _points(row["points"], answer.question.max_points)
    # A spreadsheet may write other line ends. A comment that was not touched stays as it is.
    comment = _unguarded(row["comment"]).replace("\r\n", "\n")
    if comment.strip() == answer.comment.replace("\r\n", "\n").strip():
        comment = answer.comment
    if stored != now_stored and points is None and not comment.strip():
        return Change(answer, None, answer.comment)  # left to whoever marks it elsewhere
    change = Change(answer, points, comment)
    if stored != now_stored and _is_new(change):
        raise ValueError(
            f"{key[2]} was marked elsewhere after the table was exported: export it again"
        )
    if points is None and answer.mark.manual is not None:
        raise ValueError(
            f"the points for {key[2]} are missing, but {page.number(answer.mark.manual)} are "
            "stored: write 0 if that is what you mean"
        )
    return change


def _points(text: str, most: float) -> float | None:
    text = text.strip().replace(",", ".")
    if not text:
        return None
    try:
        points = float(text)
    except ValueError:
        raise ValueError(f"{text!r} is no number of points") from None
    if not 0 <= points <= most:  # also what is not a number at all
        raise ValueError(f"{text} points are not between 0 and {page.number(most)}")
    return points


def _rows(table: bytes) -> Sequence[dict[str, str]]:
    """The rows of a table that a spreadsheet has saved: with commas, semicolons or tabs.

    Raises:
        ValueError: if a column is missing, or the file is not a table.
    """
    columns, rows = tables.parsed(table)
    if missing := sorted(_NEEDED - set(columns)):
        raise ValueError(f"the table has no column {', '.join(map(repr, missing))}")
    return [row for row in rows if any(row[name].strip() for name in _NEEDED)]


def enter(marked: MarkedClass, wanted: Sequence[Change]) -> None:
    """Enter points and comments in the gradebook, all of them or none.

    Raises:
        RuntimeError: if the database cannot be written.
    """
    with marked.database.opened() as gradebook:
        try:
            for change in wanted:
                student, notebook, question = change.answer.key
                place = (question, notebook, marked.name, student)
                if change.points is not None:
                    grade = gradebook.find_grade(*place)
                    grade.manual_score, grade.needs_manual_grade = change.points, False
                gradebook.find_comment(*place).manual_comment = change.comment or None
            gradebook.db.commit()
        except Exception:
            gradebook.db.rollback()
            raise


def guarded(text: str) -> str:
    """A text that no spreadsheet takes for a formula."""
    return f"'{text}" if text[:1] and text[0] in f"{_FORMULA}'" else text


def _unguarded(text: str) -> str:
    return text[1:] if text[:1] == "'" and text[1:2] and text[1] in f"{_FORMULA}'" else text


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()[:12]
