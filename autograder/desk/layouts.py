"""How platforms put a class's files into an archive: Canvas, Moodle, Gradescope, nbgrader."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import PurePosixPath
from typing import Any

import yaml  # type: ignore[import-untyped]

from autograder.desk.archives import File, brief
from autograder.grading.collected import TIMESTAMP
from autograder.grading.gradebook import date
from autograder.grading.submission.folder import SAVED_AS_TEXT

NOTEBOOK = ".ipynb"
_ZONED = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\S* [A-Za-z]+")  # as nbgrader writes a time
METADATA = "submission_metadata.yml"
_MOODLE = re.compile(
    r"(?P<name>.+)_(?P<number>\d+)_assignsubmission_(?P<kind>[a-z]+)_?(?P<file>.*)"
)
_CANVAS = re.compile(r"(?P<key>[^_]+)_(?P<late>LATE_)?(?P<user>\d+)_(?P<hand_in>\d+)_(?P<file>.+)")
_AGAIN = re.compile(r"(?P<stem>.+)-(?P<number>\d+)(?P<ending>\.[^.]+)")
_GRADESCOPE = re.compile(r"submission_\d+")
SAME_TIME = 600  # seconds: if all files are as old as this, it is when the archive was made


@dataclass(frozen=True)
class HandIn:
    """What one student handed in, once.

    Attributes:
        owner: what tells this student from others on the platform.
        names: by which the roster may know them, the surest first; the first is shown.
        lms_user_id, participant: numbers that Canvas and Moodle give, if they do.
        time: when it was handed in, if the platform says.
        number: the higher, the later.
        late: whether the platform says so.
        assignment: if the platform says; otherwise empty.
    """

    owner: tuple[str, ...]
    names: tuple[str, ...]
    files: Mapping[PurePosixPath, File]
    lms_user_id: str = ""
    participant: str = ""
    time: datetime | None = None
    number: tuple[int, ...] = ()
    late: bool = False
    assignment: str = ""


@dataclass
class Recognised:
    """An archive's hand-ins; what is left, by name, with the reason."""

    platform: str
    hand_ins: list[HandIn]
    left: list[tuple[str, str]] = field(default_factory=list)


def recognised(files: Sequence[File], assignments: Sequence[str]) -> Recognised:
    """Who handed in what, from the names of files and folders.

    Args:
        assignments: names of the course's assignments.

    Raises:
        ValueError: if no platform arranges files like this.
    """
    depth, plain = 0, -1
    while any(file.path[depth:] for file in files):
        tops: dict[str, list[File]] = defaultdict(list)
        for file in files:
            tops["/".join(file.path[depth : depth + 1])].append(file)
        for layout in (_exchange, _gradescope, _moodle, _canvas):
            if found := layout(tops, depth):
                return found
        if plain < 0 and (len(tops) > 1 or _is_a_student(files, depth, assignments)):
            plain = depth
        if "inbound" in tops:  # of nbgrader's exchange; its neighbours were handed out
            files = tops["inbound"]
        elif len(tops) > 1:
            break
        depth += 1
    found = _folders(files, max(plain, 0), assignments)
    if not found.hand_ins:
        raise ValueError(
            "no hand-in was found: neither names as Canvas, Moodle, Gradescope or nbgrader write "
            "them, nor a folder for each student"
        )
    return found


def _is_a_student(files: Sequence[File], depth: int, assignments: Sequence[str]) -> bool:
    """Whether the only folder at this depth is a student's, with hand-ins right in it."""
    deeper = [file.path[depth + 1] for file in files if len(file.path) > depth + 2]
    return not deeper or any(name in assignments for name in deeper)


def _under(files: Sequence[File], depth: int) -> dict[PurePosixPath, File]:
    return {PurePosixPath(*f.path[depth:]): f for f in files if len(f.path) > depth}


def _mostly(tops: Mapping[str, Any], fits: Callable[[str], Any]) -> bool:
    return 2 * sum(bool(fits(name)) for name in tops) > len(tops)


def _exchange(tops: Mapping[str, list[File]], depth: int) -> Recognised | None:
    """nbgrader's ``inbound``: ``STUDENT+ASSIGNMENT+TIME`` and, perhaps, ``+`` something secret."""
    if not _mostly(tops, _submitted_at):
        return None
    found = Recognised("nbgrader's exchange", [])
    for top, files in tops.items():
        said = _submitted_at(top)
        if said is None:
            found.left.append((brief(top), "not a hand-in of nbgrader's exchange"))
            continue
        student, assignment, time = said
        under = _under(files, depth + 1)
        found.hand_ins.append(
            HandIn((student,), (student,), under, time=time, assignment=assignment)
        )
    return found


def _submitted_at(name: str) -> tuple[str, str, datetime] | None:
    """Student, assignment and time in the name of a folder of nbgrader's exchange.

    Raises:
        ValueError: if the time is of a zone that this machine does not know.
    """
    for behind in (2, 1):  # with and without something secret behind the time
        parts = name.rsplit("+", behind + 1)
        if len(parts) == behind + 2 and _ZONED.fullmatch(parts[2]) and not date(parts[2]):
            raise ValueError(
                f"{brief(name)}: this machine does not know the zone of the time. Say where it was "
                "written: TZ=Europe/Berlin autograder collect …"
            )
        if len(parts) == behind + 2 and parts[0] and (moment := date(parts[2])):
            return parts[0], parts[1], moment.replace(tzinfo=UTC)
    return None


def _gradescope(tops: Mapping[str, list[File]], depth: int) -> Recognised | None:
    """Gradescope's export: ``submission_123`` folders, and one file that says whose they are."""
    if METADATA not in tops or not any(map(_GRADESCOPE.fullmatch, tops)):
        return None
    said = _metadata(tops[METADATA][0])
    found = Recognised("Gradescope", [])
    for top, files in tops.items():
        if top == METADATA:
            continue
        about = said.get(top)
        if not isinstance(about, Mapping) or not about.get(":submitters"):
            found.left.append((brief(top), f"{METADATA} does not say whose it is"))
            continue
        created = about.get(":created_at")
        created = created.get("utc") if isinstance(created, Mapping) else created
        time = date(str(created)) if created else None
        for person in about[":submitters"]:
            names = tuple(str(person[k]) for k in (":sid", ":email", ":name") if person.get(k))
            if names:
                hand_in = HandIn(names, names, _under(files, depth + 1))
                hand_in = replace(hand_in, time=time and time.replace(tzinfo=UTC))
                found.hand_ins.append(hand_in)
    return found


class _RubyYaml(yaml.SafeLoader):  # type: ignore[misc]
    """YAML in which Ruby has named its types: they are plain mappings here."""


_RubyYaml.add_multi_constructor(
    "!ruby/", lambda loader, _, node: loader.construct_mapping(node, deep=True)
)


def _metadata(file: File) -> Mapping[str, Any]:
    try:
        said = yaml.load(file.read(), Loader=_RubyYaml)
    except yaml.YAMLError as error:
        raise ValueError(f"{file.shown} cannot be read: {error}") from None
    return said if isinstance(said, Mapping) else {}


def _moodle(tops: Mapping[str, list[File]], depth: int) -> Recognised | None:
    """Moodle: ``NAME_123_assignsubmission_file_`` is a folder, or stands before a file's name."""
    if not _mostly(tops, _MOODLE.fullmatch):
        return None
    found = Recognised("Moodle", [])
    by_owner: dict[tuple[str, str], dict[PurePosixPath, File]] = defaultdict(dict)
    for top, files in tops.items():
        said = _MOODLE.fullmatch(top)
        if said is None or said["kind"] != "file":
            why = "not a file that was handed in" if said else "not a name that Moodle gives"
            found.left.append((brief(top), why))
            continue
        of = by_owner[said["name"], said["number"]]
        if said["file"]:
            of[PurePosixPath(said["file"])] = files[0]
        of |= _under(files, depth + 1)
    for (name, number), files_of in by_owner.items():
        hand_in = HandIn((name, number), (name,), files_of, participant=number)
        found.hand_ins.append(hand_in)
    return _timed(found)


def _canvas(tops: Mapping[str, list[File]], depth: int) -> Recognised | None:
    """Canvas: ``NAME_LATE_USER_NUMBER_FILE``; a file that was handed in again ends in ``-1``."""
    if not _mostly(tops, _CANVAS.fullmatch):
        return None
    found = Recognised("Canvas", [])
    versions: dict[tuple[str, str], list[tuple[tuple[int, int], bool, str, File]]]
    versions = defaultdict(list)
    for top, files in tops.items():
        said = _CANVAS.fullmatch(top)
        if said is None or len(files[0].path) > depth + 1:
            found.left.append((brief(top), "not a name that Canvas gives"))
            continue
        again = _AGAIN.fullmatch(said["file"])
        name = said["file"]
        number = (int(said["hand_in"]), 0)
        whole = [t for t in tops if again and t.endswith(f"_{again['stem']}{again['ending']}")]
        first = again["stem"] + again["ending"] if again else ""
        if again and (whole or first.lower().endswith((NOTEBOOK, ".zip", *SAVED_AS_TEXT))):
            name = first
            number = (int(said["hand_in"]), int(again["number"]))
        late = bool(said["late"])
        versions[said["key"], said["user"]].append((number, late, name, files[0]))
    for (key, user), of in versions.items():
        newest = _newest_of_each_name(of, found)
        hand_in = HandIn(
            (key, user),
            (key,),
            {PurePosixPath(name): file for name, (_, _, file) in newest.items()},
            lms_user_id=user,
            number=max(number for number, _, _ in newest.values()),
            late=any(late for _, late, _ in newest.values()),
        )
        found.hand_ins.append(hand_in)
    return _timed(found)


def _newest_of_each_name(
    versions: Sequence[tuple[tuple[int, int], bool, str, File]], found: Recognised
) -> dict[str, tuple[tuple[int, int], bool, File]]:
    """Of files of one name the newest: by time if each has another, otherwise by number."""
    newest: dict[str, tuple[tuple[int, int], bool, File]] = {}
    times = [file.time for _, _, _, file in versions]
    timed = all(times) and len(set(times)) == len(times)

    def age(version: tuple[tuple[int, int], bool, str, File]) -> Any:
        return (version[3].time, version[0]) if timed else version[0]

    for number, late, name, file in sorted(versions, key=age):
        if name in newest:
            found.left.append((newest[name][2].shown, f"{file.name} is newer"))
        newest[name] = number, late, file
    return newest


def _timed(found: Recognised) -> Recognised:
    """Hand-ins with the times of their files, unless these are all of the archive's making."""
    times = [
        max((f.time for f in h.files.values() if f.time), default=None) for h in found.hand_ins
    ]
    known = [time for time in times if time]
    if not known or (max(known) - min(known)).total_seconds() <= SAME_TIME:
        return found
    found.hand_ins = [
        replace(hand_in, time=time) for hand_in, time in zip(found.hand_ins, times, strict=True)
    ]
    return found


def _folders(files: Sequence[File], depth: int, assignments: Sequence[str]) -> Recognised:
    """A folder for each student; in it, as in nbgrader's ``submitted``, one for each assignment.

    A note of the time is believed if all have one: a student can write one, too.
    """
    found = Recognised("a folder for each student", [])
    by_owner: dict[tuple[str, str], dict[PurePosixPath, File]] = defaultdict(dict)
    for file in files:
        parts = file.path[depth:]
        if len(parts) < 2:
            found.left.append((file.shown, "not in the folder of a student"))
            continue
        named = parts[1] in assignments and len(parts) > 2
        owner = (parts[0].removesuffix(".zip"), parts[1] if named else "")
        by_owner[owner][PurePosixPath(*parts[1 + named :])] = file
    noted = all(PurePosixPath(TIMESTAMP) in of for (_, name), of in by_owner.items() if name)
    for (student, assignment), of in by_owner.items():
        hand_in = HandIn((student,), (student,), of, assignment=assignment)
        if noted and assignment:
            said = of[PurePosixPath(TIMESTAMP)].read()[:1000].decode("utf-8", "replace").strip()
            moment = date(said)
            hand_in = replace(hand_in, time=moment and moment.replace(tzinfo=UTC))
        found.hand_ins.append(hand_in)
    return found
