"""``autograder collect``: what a platform exported goes to ``submitted/STUDENT/ASSIGNMENT``."""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path, PurePosixPath
from typing import Any

from autograder import folders
from autograder.desk import page
from autograder.desk.archives import Archive, File, Refused, brief, opened
from autograder.desk.layouts import NOTEBOOK, HandIn, Recognised, recognised
from autograder.desk.roster import Roster, load, unusable
from autograder.grading.assignment import PRIVATE
from autograder.grading.collected import TIMESTAMP
from autograder.grading.gradebook import date
from autograder.grading.graded_folder import Folder
from autograder.grading.submission.folder import OF_TOOLS, SAVED_AS_TEXT

MODE = 0o644
MOST_LISTED = 5  # files of a student, in one line
MAX_BYTES = 200 * 2**20  # of one hand-in, unpacked
STAMP = "%Y-%m-%d %H:%M:%S.%f UTC"  # as nbgrader writes it
JUNK = {*OF_TOOLS, "__MACOSX", ".DS_Store", "Thumbs.db", "desktop.ini"}
BESIDE = "beside the folder of this assignment, which counts"
PACKED = (".7z", ".rar", ".tar", ".tgz", ".gz", ".bz2", ".xz")


@dataclass
class Collection:
    """What a run of :func:`collect` did: names of students, and files with a reason.

    Attributes:
        fresh: whose hand-in was put into ``submitted``.
        same: whose hand-in was there already.
        kept: whose hand-in in ``submitted`` is newer than the archive's.
        missing: who is on the roster and has nothing in ``submitted``.
        unknown: who is not on the roster.
        late: who is late, as the platform says, without a time.
        left: what was left aside, with the reason.
        timeless: how many hand-ins have no time.
    """

    assignment: str
    platform: str
    fresh: list[str] = field(default_factory=list)
    same: list[str] = field(default_factory=list)
    kept: list[str] = field(default_factory=list)
    missing: list[str] = field(default_factory=list)
    unknown: list[str] = field(default_factory=list)
    late: list[str] = field(default_factory=list)
    left: list[tuple[str, str]] = field(default_factory=list)
    timeless: int = 0
    without_roster: bool = False


def collect(root: Path, path: Path, assignment: str = "") -> Collection:
    """Put what is in a zip or a folder where it is graded.

    Args:
        root: the course's folder.
        path: the archive.
        assignment: what it is about; empty: what its notebooks are called.

    Raises:
        archives.Refused: if the archive is hostile. Then nothing was written.
        ValueError: if nobody can tell whose files these are, or of which assignment.
        FileNotFoundError: if there is no such archive.
    """
    notebooks = _assignments(root)
    if assignment and assignment not in notebooks:
        raise ValueError(
            f"no assignment is called {assignment!r}; there are: {', '.join(notebooks)}"
        )
    with opened(path) as archive:
        found = _recognised(archive, list(notebooks))
        name = assignment or _guessed(found.hand_ins, notebooks)
        archive.left += found.left  # inner zips, which are opened later, add to it
        done = Collection(name, found.platform, left=archive.left)
        roster = load(root)
        done.without_roster = not roster.members
        place = _Place(root, name)
        for student, hand_in in _whose(_of_assignment(found.hand_ins, done), roster, done):
            _one(archive, place, student, hand_in, notebooks[name], done)
        place.save()
    there = {*done.fresh, *done.same, *done.kept}
    done.unknown = [name for name in done.unknown if name in there]  # the others are left aside
    submitted = folders.directory(root, "submitted")
    done.missing = [s for s in roster.members if not (submitted / s / name).is_dir()]
    return done


def _assignments(root: Path) -> dict[str, set[str]]:
    """The course's assignments, with the names of their notebooks."""
    found: dict[str, set[str]] = {}
    for folder in folders.sources(root):
        of_folder: dict[str, set[str]] = defaultdict(set)
        for path in folder.glob("*/*.ipynb"):
            of_folder[path.parent.name].add(path.stem)
        found = {**of_folder, **found}
    return dict(sorted(found.items()))


def _recognised(archive: Archive, assignments: Sequence[str]) -> Recognised:
    """The archive's hand-ins; if there is none, those in its inner zips."""
    try:
        return recognised(archive.files, assignments)
    except ValueError:
        inner = [file for file in archive.files if file.name.lower().endswith(".zip")]
        if not inner:
            raise
    files = [file for file in archive.files if file not in inner]
    for file in inner:
        try:
            files += archive.inside(file)
        except Refused as why:
            archive.left.append((file.shown, f"refused: {why}"))
    return recognised(files, assignments)


def _guessed(hand_ins: Sequence[HandIn], notebooks: Mapping[str, set[str]]) -> str:
    """The assignment that most hand-ins have a notebook of.

    Raises:
        ValueError: if none is, or several may be meant.
    """
    counts: Counter[str] = Counter()
    for hand_in in hand_ins:
        endings = (NOTEBOOK, ".zip", *SAVED_AS_TEXT)
        stems = [p.stem.casefold() for p in hand_in.files if p.name.lower().endswith(endings)]
        counts.update(
            name
            for name, own in notebooks.items()
            if hand_in.assignment == name
            or any(stem.startswith(n.casefold()) for stem in stems for n in own)
        )
    best = [name for name, count in counts.items() if count == max(counts.values())]
    if len(best) != 1:
        which = f"{' or '.join(best)} may be meant" if best else "no notebook has a known name"
        raise ValueError(f"of which assignment is this? {which}: say --assignment NAME")
    return best[0]


def _of_assignment(hand_ins: Sequence[HandIn], done: Collection) -> list[HandIn]:
    """What may belong to the assignment.

    Where a student has a folder of its name, what lies beside this folder does not.
    """
    others = Counter(h.assignment for h in hand_ins if h.assignment not in ("", done.assignment))
    done.left += [
        (brief(name), f"another assignment: {page.counted(count, 'hand-in')}")
        for name, count in sorted(others.items())
    ]
    named = {h.owner for h in hand_ins if h.assignment == done.assignment}
    beside = [h for h in hand_ins if not h.assignment and h.owner in named]
    done.left += [
        (f"{brief(h.owner[0])}: {_listed(list(map(str, h.files)))}", BESIDE) for h in beside
    ]
    of_it = [h for h in hand_ins if h.assignment in ("", done.assignment)]
    return [hand_in for hand_in in of_it if hand_in not in beside]


def _whose(
    hand_ins: Sequence[HandIn], roster: Roster, done: Collection
) -> list[tuple[str, HandIn]]:
    """The newest hand-in of each student, by id."""
    by_student: dict[str, dict[tuple[str, ...], list[HandIn]]] = defaultdict(dict)
    on_it: set[str] = set()
    for hand_in in hand_ins:
        known = roster.find(
            *hand_in.names, lms_user_id=hand_in.lms_user_id, participant=hand_in.participant
        )
        if known:
            on_it.add(known)
        student = known or hand_in.names[0].strip()
        by_student[student].setdefault(hand_in.owner, []).append(hand_in)
    found = []
    for student, by_owner in sorted(by_student.items()):
        for owner, of in by_owner.items():
            # Two people of one name must not take each other's place.
            name = student if len(by_owner) == 1 else "_".join(dict.fromkeys((student, *owner)))
            if why := unusable(name):
                done.left.append((brief(owner[0]), why))
                continue
            if roster.members and (student not in on_it or len(by_owner) > 1):
                done.unknown.append(name)
            older, newest = _by_age(of)
            done.left += [(f"{brief(name)}, {_when(h)}", "a newer one is there") for h in older]
            found.append((name, newest))
    return found


def _by_age(hand_ins: Sequence[HandIn]) -> tuple[Sequence[HandIn], HandIn]:
    timed = all(hand_in.time for hand_in in hand_ins)
    *older, newest = sorted(
        hand_ins, key=lambda h: (h.time if timed else None, h.number)[not timed :]
    )
    return older, newest


def _listed(names: Sequence[str]) -> str:
    more = f" and {len(names) - MOST_LISTED} more" if len(names) > MOST_LISTED else ""
    return ", ".join(map(brief, names[:MOST_LISTED])) + more


def _when(hand_in: HandIn) -> str:
    return f"{hand_in.time:%Y-%m-%d %H:%M} UTC" if hand_in.time else "without a time"


def _one(
    archive: Archive,
    place: _Place,
    student: str,
    hand_in: HandIn,
    notebooks: set[str],
    done: Collection,
) -> None:
    """Put one hand-in in its place, unless it is refused or what is there is newer."""
    try:
        chosen = _chosen(archive, hand_in, notebooks, lambda n, why: done.left.append((n, why)))
        if sum(file.size for file in chosen.values()) > MAX_BYTES:
            raise Refused(f"it has more than {MAX_BYTES / 2**20:g} MB")
        content = {path.as_posix(): file.read() for path, file in chosen.items()}
        _refuse_collisions(chosen)
    except Refused as why:
        done.left.append((student, f"refused: {why}"))
        return
    if not any(_is_notebook(path, notebooks) for path in chosen):
        done.left.append((student, f"no notebook: {_listed(sorted(content)) or 'nothing'}"))
        return
    if hand_in.time:
        content[TIMESTAMP] = hand_in.time.astimezone(UTC).strftime(STAMP).encode()
    try:
        result = place.put(student, hand_in, content)
    except Refused as why:
        done.left.append((student, str(why)))
        return
    getattr(done, result).append(student)
    done.timeless += not hand_in.time
    if hand_in.late and not hand_in.time:
        done.late.append(student)


def _chosen(
    archive: Archive, hand_in: HandIn, notebooks: set[str], leave: Any
) -> dict[PurePosixPath, File]:
    """The files of a hand-in; without a notebook, what its zips hold. The notebook is on top.

    Raises:
        Refused: if a zip is hostile.
    """
    files = _without_junk(hand_in.files)
    for _ in range(3):
        zips = {path: file for path, file in files.items() if path.suffix.lower() == ".zip"}
        if not zips or any(_is_notebook(path, notebooks) for path in files):
            break
        files = {path: file for path, file in files.items() if path not in zips}
        for path, file in zips.items():
            start = len(file.path)
            inner = {
                path.with_suffix("") / PurePosixPath(*f.path[start:]): f
                for f in archive.inside(file)
            }
            files |= _without_junk(inner)
    for path, file in files.items():
        if path.suffix.lower() in PACKED:
            leave(file.shown, f"packed as {path.suffix}, which is not opened")
    return _on_top(files, notebooks, leave)


def _is_notebook(path: PurePosixPath, notebooks: set[str]) -> bool:
    """Whether the grader may read a file as a notebook; it knows better which one counts."""
    name = path.name.lower()
    if name.endswith(SAVED_AS_TEXT):
        return any(own.lower() in name for own in notebooks)
    return name.endswith(NOTEBOOK)


def _without_junk(files: Mapping[PurePosixPath, File]) -> dict[PurePosixPath, File]:
    """Without what systems leave behind, and without notes of the time: those are ours."""
    return {
        path: file
        for path, file in files.items()
        if not set(path.parts) & JUNK
        and not path.name.startswith("._")
        and path.name.casefold() != TIMESTAMP
    }


def _on_top(
    files: dict[PurePosixPath, File], notebooks: set[str], leave: Any
) -> dict[PurePosixPath, File]:
    """Files with the folder of the notebook as the top, if the notebook is not there already."""
    wanted = {f"{name}.ipynb".casefold() for name in notebooks}
    places = {path.parent for path in files if _is_notebook(path, notebooks)}
    if PurePosixPath(".") in places or not places:
        return files
    named = {path.parent for path in files if path.name.casefold() in wanted}
    if len(named or places) != 1:
        return files
    [top] = named or places
    moved = {path.relative_to(top): f for path, f in files.items() if path.is_relative_to(top)}
    for path, file in files.items():
        if not path.is_relative_to(top):
            if path in moved:
                leave(file.shown, f"a file of this name is beside the notebook in {top}")
            else:
                moved[path] = file
    return moved


def _refuse_collisions(files: Mapping[PurePosixPath, File]) -> None:
    for path in files:
        if any(parent in files for parent in path.parents):
            raise Refused(f"{path} is in something that is a file and a folder")


class _Place:
    """``submitted/``, with a note for each student of what was collected from where."""

    def __init__(self, root: Path, assignment: str) -> None:
        self._submitted = folders.directory(root, "submitted")
        self._assignment = assignment
        self._path = notes_path(root, assignment)
        self._notes = notes(root, assignment)

    def put(self, student: str, hand_in: HandIn, content: dict[str, bytes]) -> str:
        """Put a hand-in in its place: ``fresh``, or ``same`` or ``kept`` if it is not needed.

        Raises:
            Refused: if the place leads elsewhere.
        """
        folder = Folder(self._submitted, student, self._assignment, MODE)
        for path in (self._submitted / student, folder.path):
            if path.is_symlink():
                raise Refused(f"{path} is a symbolic link; those are not followed")
        folder.path.parent.mkdir(parents=True, exist_ok=True)
        folder.recover()
        before = _content(folder.path)
        if before and self._is_older(student, hand_in, before):
            return "kept"
        self._notes[student] = {"number": list(hand_in.number), "late": hand_in.late}
        if TIMESTAMP in before and not hand_in.time:  # somebody has written it by hand
            content = {**content, TIMESTAMP: before[TIMESTAMP]}
            if before != content:  # but of another hand-in
                del content[TIMESTAMP]
        if before == content:
            return "same"
        folder.write({}, content)
        return "fresh"

    def _is_older(self, student: str, hand_in: HandIn, before: Mapping[str, bytes]) -> bool:
        stamp: datetime | None = date(before.get(TIMESTAMP, b"").decode("utf-8", "replace").strip())
        if stamp and hand_in.time:
            return hand_in.time.replace(microsecond=0) < stamp.replace(tzinfo=UTC, microsecond=0)
        number = self._notes.get(student, {}).get("number", [])
        return bool(hand_in.number) and list(hand_in.number) < number

    def save(self) -> None:
        page.write(self._path, json.dumps(self._notes, ensure_ascii=False, indent=1))


def notes_path(root: Path, assignment: str) -> Path:
    return root / PRIVATE / "collected" / f"{assignment}.json"


def notes(root: Path, assignment: str) -> dict[str, Any]:
    """What is known of collected hand-ins, by student; nothing if none were collected here."""
    try:
        return dict(json.loads(notes_path(root, assignment).read_text("utf-8")))
    except (OSError, ValueError, TypeError):
        return {}


def time_noted(root: Path, student: str, assignment: str) -> bool:
    """Whether the time of a hand-in in ``submitted`` is known."""
    path = folders.directory(root, "submitted") / student / assignment / TIMESTAMP
    try:
        return date(path.read_text("utf-8", "replace").strip()) is not None
    except OSError:
        return False


def _content(folder: Path) -> dict[str, bytes]:
    """The files of a folder, links left out."""
    if not folder.is_dir():
        return {}
    paths = [path for path in folder.rglob("*") if path.is_file() and not path.is_symlink()]
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in paths}


def say(done: Collection) -> str:
    """What an assistant wants to know after a run."""
    lines = [
        f"{done.assignment}, as {done.platform} exports it: {len(done.fresh)} collected, "
        f"{len(done.same)} there before"
    ]
    if done.kept:
        lines.append(f"what is there is newer: {', '.join(done.kept)}")
    if done.without_roster:
        lines.append("nobody can say who is missing: `autograder roster FILE` first")
    lines += _named("on the roster, and missing", done.missing)
    lines += _named("not on the roster, collected under these names", done.unknown)
    lines += _named("late, as the platform says; the time is not known", done.late)
    if done.timeless:
        lines.append(
            f"{page.counted(done.timeless, 'hand-in')} without a time, so none of them counts as "
            f"late: write it into submitted/STUDENT/{done.assignment}/{TIMESTAMP}"
        )
    if done.left:
        lines.append(f"left aside ({len(done.left)}):")
        lines += [f"  {name}: {why}" for name, why in done.left]
    return "\n".join(lines)


def _named(what: str, names: Sequence[str]) -> list[str]:
    return [f"{what} ({len(names)}): {', '.join(names)}"] if names else []
