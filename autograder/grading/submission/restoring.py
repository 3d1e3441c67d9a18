"""Restore a submission from the source: which of its cells is which, and where each belongs."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Collection, Sequence
from dataclasses import replace

from autograder.cells import names_defined
from autograder.grading.submission.cells import (
    Cell,
    RawCell,
    ReadNotebook,
    Restored,
    SourceCell,
    compared,
)
from autograder.grading.submission.reading import brief

MAX_NOTES = 30

# Where a cell goes: a cell of the submission, and before (-1), at (0) or after (1) that cell.
Place = tuple[int, int, int]


def restore(handed_in: ReadNotebook, source: Sequence[SourceCell]) -> Restored:
    """The notebook to be graded.

    Every locked cell of the source (checks, tasks, locked text) is there once, with the source's
    text. It stands where the student has it, but after the solutions that come before it in the
    source; a check that the student deleted stands at the end. Solutions keep the student's text,
    and everything else runs where the student put it. Of several texts for one solution, the one
    counts that was in force where the student's check stands; a released stub or a text without the
    definition counts only if there is no other.
    """
    return _Restoration(handed_in, source).result()


class _Restoration:
    def __init__(self, handed_in: ReadNotebook, source: Sequence[SourceCell]) -> None:
        self.handed_in = handed_in.cells
        self.source = source
        self.notes = list(handed_in.notes)
        self.marked = [i for i, cell in enumerate(source) if cell.nbgrader]
        self.found: dict[int, int] = {}  # index in the source → index in the submission
        self.vanished: set[int] = set()  # copies of locked cells and of stubs
        self.defined_at: dict[int, int] = {}  # a solution → the last cell that has its definition
        self.released: dict[int, int] = {}  # … → in the source, the same text
        self.placed: list[tuple[Place, Cell]] = []
        self.texts = [compared(cell.source) for cell in self.handed_in]
        self.names = [
            set(names_defined(cell.source)) if cell.cell_type == "code" else set()
            for cell in self.handed_in
        ]

    def result(self) -> Restored:
        self._recognise()
        self._match_released()
        self._place_locked()
        self._place_others()
        self.placed.sort(key=lambda pair: pair[0])
        notes = list(dict.fromkeys(self.notes))
        if len(notes) > MAX_NOTES:
            notes = [*notes[:MAX_NOTES], f"and {len(notes) - MAX_NOTES} more"]
        return Restored(_with_ids([cell for _, cell in self.placed]), notes)

    # Which cell is which

    def _recognise(self) -> None:
        """Find the source's marked cells: by nbgrader's id, cell id, text, what they define."""
        by_grade_id: dict[str, list[int]] = {}
        for i, raw in enumerate(self.handed_in):
            if raw.grade_id:
                by_grade_id.setdefault(raw.grade_id, []).append(i)
        # A solution's copies are told apart by where its check stands: so the checks come first.
        for k in sorted(self.marked, key=lambda k: not self.source[k].locked):
            if places := by_grade_id.pop(self.source[k].grade_id, []):
                self._choose(k, places)
        for stranger in by_grade_id:
            self.notes.append(f"{brief(stranger)}: the source has no such cell")
        taken = {i for places in by_grade_id.values() for i in places}
        taken |= self.vanished | set(self.found.values())
        free = [i for i in range(len(self.handed_in)) if i not in taken]
        for k in self.marked:
            if k not in self.found:
                for place in self._by_other_signs(self.source[k], free):
                    self.found[k] = place
                    free.remove(place)
        for k in self.marked:
            self._find_definition(k, free)

    def _choose(self, k: int, places: list[int]) -> None:
        """Which of the cells with a marked cell's id counts."""
        cell = self.source[k]
        if cell.locked:
            self.found[k] = places[-1]
            self.vanished.update(places[:-1])
            counts = "the last one counts"
        else:
            self.found[k], counts = self._in_force(k, places)
        if len(places) > 1:
            self._note(cell, f"exists {len(places)} times: {counts}")

    def _in_force(self, k: int, places: list[int]) -> tuple[int, str]:
        """Of several texts for one solution, the one that was in force where its check stands."""
        answers = [i for i in places if self._is_answer(i, self.source[k])]
        check = next((self.found[j] for j in self.marked if j > k and self._checks(j)), None)
        before = [i for i in answers if check is None or i < check]
        if before and before[-1] != answers[-1]:
            return before[-1], "the one counts that stands before its check"
        if answers and answers[-1] != places[-1]:
            return answers[-1], "the one with an answer counts"
        return places[-1], "the last one counts"

    def _checks(self, j: int) -> bool:
        return j in self.found and self.source[j].locked and self.source[j].graded

    def _is_answer(self, i: int, cell: SourceCell) -> bool:
        """Whether a cell may answer a solution: not as it was released, and with what it defines.

        Without the definition a copy is still the student's; it takes no answer's place.
        """
        if self._unchanged(i, cell):
            return False
        return not cell.defines or bool(self.names[i].intersection(cell.defines))

    def _by_other_signs(self, cell: SourceCell, free: Collection[int]) -> list[int]:
        """Among cells without nbgrader's id: that with the cell id, or a locked cell's text."""
        same_type = [i for i in free if self.handed_in[i].cell_type == cell.cell_type]
        same_id = [i for i in same_type if self.handed_in[i].id == cell.id]
        same_text = [i for i in same_type if cell.locked and self._unchanged(i, cell)]
        return (same_id or same_text)[-1:]

    def _find_definition(self, k: int, free: list[int]) -> None:
        """Where a solution is defined if its cell is missing or as released: in another cell."""
        cell = self.source[k]
        if not cell.solution:
            return
        here = self._defining(k)
        if k in self.found and here and self._unchanged(self.found[k], cell):
            self.vanished.add(self.found.pop(k))  # the stub, or it would take the answer's place
        if k in self.found:
            self._drop_stubs(k, free)
            return
        if not here:
            self._note(cell, "is missing" + (": put back empty" if cell.graded else ""))
        elif here[-1] in free:
            self.found[k] = here[-1]
            free.remove(here[-1])
            self._note(cell, "had lost its id: recognised by the name that it defines")
        else:
            self.defined_at[k] = here[-1]
            self._note(cell, "is defined in another cell")
        if here:
            self._drop_stubs(k, free)

    def _defining(self, k: int) -> list[int]:
        """The cells that define what a solution should, if possible before the next check."""
        cell = self.source[k]
        following = [self.found[j] for j in self.marked if j > k and j in self.found]
        end = min(following, default=len(self.handed_in))
        defining = [i for i, names in enumerate(self.names) if names.intersection(cell.defines)]
        defining = [i for i in defining if i not in self.vanished]
        answers = [i for i in defining if not self._unchanged(i, cell)]
        if k in self.found:
            return answers
        return [i for i in answers if i < end] or answers or defining[-1:]

    def _drop_stubs(self, k: int, free: list[int]) -> None:
        """Leave out copies of a stub without marks, if there is something better."""
        cell = self.source[k]
        if not cell.defines or (k in self.found and self._unchanged(self.found[k], cell)):
            return
        for i in [i for i in free if self._unchanged(i, cell)]:
            free.remove(i)
            self.vanished.add(i)

    def _match_released(self) -> None:
        """Which of the other cells are unchanged cells of the source."""
        others = [k for k, cell in enumerate(self.source) if not cell.nbgrader]
        by_text: dict[tuple[str, str], list[int]] = {}
        by_id = {self.source[k].id: k for k in others}
        for k in reversed(others):
            cell = self.source[k]
            by_text.setdefault((cell.cell_type, compared(cell.source)), []).append(k)
        taken = self.vanished | set(self.found.values())
        free = [i for i in range(len(self.handed_in)) if i not in taken]
        for i in free:
            same_id = by_id.get(self.handed_in[i].id)
            same = by_text.get((self.handed_in[i].cell_type, self.texts[i]), [])
            if same_id in same:
                same.remove(same_id)
                self.released[i] = same_id
        for i in free:
            same = by_text.get((self.handed_in[i].cell_type, self.texts[i]), [])
            if i not in self.released and same:
                self.released[i] = same.pop()

    # Where each belongs

    def _place_locked(self) -> None:
        in_order = _longest_increasing({i: k for k, i in self.found.items()})
        last: Place = (-1, 1, 0)  # the place after which the next locked cell must come
        for count, k in enumerate(self.marked, 1):
            cell = self.source[k]
            if cell.solution:
                at = self.found.get(k, self.defined_at.get(k))
                if cell.graded and k not in self.found:
                    # A stub must not come after the definition that it stands for.
                    place = (last[0], 1, count) if at is None else (at, -1, count)
                    self.placed.append((place, _own(cell)))
                if at is not None and cell.cell_type == "code":
                    last = max(last, (at, 0, 0))
                continue
            words = self._students_words(k)
            if words is not None:
                before = (self.found[k], -1 if words.cell_type == "code" else 1, 0)
                self.placed.append((before, words))
                last = max(last, before) if words.cell_type == "code" else last
            place = (self.found.get(k, -1), 0, 0)
            if k not in self.found and cell.graded and cell.cell_type == "code":
                self._note(cell, "was missing: put back at the end")
                self.placed.append(((len(self.handed_in), 0, count), _own(cell)))
                continue
            if k not in in_order or place < last:
                moved = k in self.found
                self._note(cell, "was moved: put back" if moved else "was missing: put back")
                place = (self._end_of_work(last[0]), 1, count)
            self.placed.append((place, _own(cell)))
            last = max(last, place)

    def _students_words(self, k: int) -> Cell | None:
        """What a student wrote into a locked cell, if it may be an answer: definitions, or text."""
        cell = self.source[k]
        if k not in self.found or not cell.locked or self._unchanged(self.found[k], cell):
            return None
        raw = self.handed_in[self.found[k]]
        self._note(cell, "was edited: restored")
        if raw.cell_type == "code" and not self.names[self.found[k]]:
            return None
        return Cell(raw.cell_type, raw.source, raw.id, attachments=raw.attachments)

    def _end_of_work(self, i: int) -> int:
        """The last of the student's cells just after cell ``i``: the rest of a split solution."""
        taken = self.vanished | self.released.keys() | set(self.found.values())
        while i >= 0 and i + 1 < len(self.handed_in) and i + 1 not in taken:
            i += 1
        return i

    def _place_others(self) -> None:
        solutions = {i: k for k, i in self.found.items() if not self.source[k].locked}
        locked = {i for k, i in self.found.items() if self.source[k].locked}
        for i, raw in enumerate(self.handed_in):
            if i in self.vanished or i in locked:
                continue
            if i in self.released:
                cell: Cell = _own(self.source[self.released[i]])
            elif i in solutions:
                cell = self._solution(raw, self.source[solutions[i]])
            else:
                cell = Cell(raw.cell_type, raw.source, raw.id, attachments=raw.attachments)
            self.placed.append(((i, 0, 0), cell))

    def _solution(self, raw: RawCell, cell: SourceCell) -> Cell:
        if raw.cell_type != cell.cell_type:
            self._note(cell, f"was a {raw.cell_type} cell: read as {cell.cell_type}")
        attachments = {} if cell.cell_type == "code" else raw.attachments
        return Cell(cell.cell_type, raw.source, cell.id, cell.nbgrader, "student", attachments)

    def _unchanged(self, i: int, cell: SourceCell) -> bool:
        same_type = self.handed_in[i].cell_type == cell.cell_type
        return same_type and self.texts[i] in cell.unchanged

    def _note(self, cell: SourceCell, what: str) -> None:
        self.notes.append(f"{cell.grade_id} {what}")


def _own(cell: SourceCell) -> Cell:
    """A cell of the source as a cell of the notebook to be graded."""
    return Cell(
        cell.cell_type,
        cell.source,
        cell.id,
        cell.nbgrader,
        "student" if cell.solution else "released",
        cell.attachments,
    )


def _longest_increasing(values: dict[int, int]) -> set[int]:
    """A longest increasing run of the values, in the order of their keys."""
    tails: list[int] = []
    before: dict[int, int | None] = {}
    for key in sorted(values):
        value = values[key]
        length = bisect_left(tails, value)
        before[value] = tails[length - 1] if length else None
        tails[length : length + 1] = [value]
    run: set[int] = set()
    value_or_none = tails[-1] if tails else None
    while value_or_none is not None:
        run.add(value_or_none)
        value_or_none = before[value_or_none]
    return run


def _with_ids(cells: list[Cell]) -> list[Cell]:
    """The cells, each with an id of its own; the source's cells keep theirs."""
    used = {cell.id for cell in cells if _of_source(cell)}
    result = []
    for number, cell in enumerate(cells):
        new = cell.id
        while not _of_source(cell) and (not new or new in used):
            new = f"cell-{number}"
            number += len(cells)
        used.add(new)
        result.append(replace(cell, id=new))
    return result


def _of_source(cell: Cell) -> bool:
    return cell.nbgrader is not None or cell.origin == "released"
