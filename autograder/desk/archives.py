"""What was handed in, as files in a zip or a folder. A hostile archive is refused by name."""

from __future__ import annotations

import os
import re
import stat
import struct
import tempfile
import unicodedata
import zipfile
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import IO

from autograder.grading.submission.folder import OF_TOOLS

MAX_FILES = 100_000
MAX_BYTES = 4 * 2**30  # of all files, unpacked
MAX_DEEP = 3  # zips in zips
MAX_PARTS = 30  # folders in folders
MAX_RATIO, RATIO_COUNTS = 200, 10 * 2**20  # unpacked to packed, for files of so many bytes
IN_MEMORY = 16 * 2**20  # an inner zip up to this size is not put on the disk
CHUNK = 2**20
READABLE = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA)
ENCRYPTED, UTF8 = 0x1, 0x800  # bits of a zip's flags
EXTENDED_TIMESTAMP = 0x5455  # an extra field: seconds since 1970, in UTC


class Refused(ValueError):  # noqa: N818 - it says why
    """An archive that is not opened: it would write where it must not, or fill the disk."""


@dataclass(frozen=True)
class File:
    """A file in an archive.

    Attributes:
        path: its folders and its name; an inner zip is a folder.
        size: in bytes, unpacked.
        time: when it was put there, as the archive says; a folder does not know.
        deep: in how many zips it is.
    """

    path: tuple[str, ...]
    size: int
    time: datetime | None
    deep: int
    read: Callable[[], bytes] = field(repr=False, compare=False)

    @property
    def name(self) -> str:
        return self.path[-1]

    @property
    def shown(self) -> str:
        return brief("/".join(self.path))


@dataclass
class Archive:
    """The files of a zip or a folder, and what is left out, with the reason."""

    files: list[File] = field(default_factory=list)
    left: list[tuple[str, str]] = field(default_factory=list)
    _open: ExitStack = field(default_factory=ExitStack)
    _bytes: int = 0
    _count: int = 0

    def inside(self, file: File) -> list[File]:
        """The files in an inner zip.

        Raises:
            Refused: if it is no zip that can be opened without danger.
        """
        if file.deep >= MAX_DEEP:
            raise Refused(f"{file.shown}: more than {MAX_DEEP} zips in each other")
        self._count_in(file.shown, [file.size])
        copy: IO[bytes] = self._open.enter_context(
            tempfile.SpooledTemporaryFile(max_size=IN_MEMORY)  # noqa: SIM115
        )
        copy.write(file.read())
        return self._zip(copy, file.path, file.deep + 1)

    def _zip(self, source: Path | IO[bytes], path: tuple[str, ...], deep: int) -> list[File]:
        where = brief("/".join(path)) or str(source)
        try:
            archive = self._open.enter_context(zipfile.ZipFile(source))
            entries = [e for e in archive.infolist() if not OF_TOOLS & {*_split(_name(e))}]
        except (zipfile.BadZipFile, NotImplementedError, ValueError, EOFError) as error:
            raise Refused(f"{where} is no zip: {error}") from None
        bombs = [_bomb(entry) for entry in entries]
        sizes = [0 if bomb else entry.file_size for bomb, entry in zip(bombs, entries, strict=True)]
        self._count_in(where, sizes)
        parts = [_parts(where, entry) for entry in entries]
        _refuse_collisions(where, parts, entries)
        found = []
        for p, entry, bomb in zip(parts, entries, bombs, strict=True):
            if bomb:
                self.left.append((brief("/".join((*path, *p))), bomb))
            elif not entry.is_dir():
                read = _reader(archive, entry)
                found.append(File((*path, *p), entry.file_size, _time(entry), deep, read))
        return found

    def _count_in(self, where: str, sizes: Sequence[int]) -> None:
        self._count += len(sizes)
        self._bytes += sum(sizes)
        if self._count > MAX_FILES:
            raise Refused(f"{where}: more than {MAX_FILES:,} files")
        if self._bytes > MAX_BYTES:
            raise Refused(f"{where}: unpacked, it would have more than {MAX_BYTES / 2**30:g} GB")

    def _folder(self, folder: Path, path: tuple[str, ...] = ()) -> None:
        for entry in sorted(os.scandir(folder), key=lambda entry: entry.name):
            inner = (*path, entry.name)
            shown = brief("/".join(inner))
            if entry.name in OF_TOOLS:
                continue
            if entry.is_symlink():
                self.left.append((shown, "a symbolic link; those are not followed"))
            elif entry.is_dir():
                if len(inner) <= MAX_PARTS:
                    self._folder(Path(entry.path), inner)
            elif not entry.is_file():
                self.left.append((shown, "not an ordinary file"))
            else:
                size = entry.stat().st_size
                self._count_in(shown, [size])
                self.files.append(File(inner, size, None, 0, Path(entry.path).read_bytes))


@contextmanager
def opened(path: Path) -> Iterator[Archive]:
    """A zip or a folder, as long as its files are read.

    Raises:
        FileNotFoundError: if it is not there.
        Refused: if it cannot be opened without danger; then nothing of it has been written.
    """
    archive = Archive()
    with archive._open:
        if path.is_dir():
            archive._folder(path)
        elif path.exists():
            archive.files = archive._zip(path, (), 1)
        else:
            raise FileNotFoundError(f"{path}: there is no such file or folder")
        yield archive


def _parts(where: str, entry: zipfile.ZipInfo) -> tuple[str, ...]:
    """The folders and the name of an entry.

    Raises:
        Refused: if it is one of an attack.
    """
    name = _name(entry)
    shown = f"{where}: {brief(name)}"
    parts = [part for part in _split(name) if part not in ("", ".")]
    if name.startswith(("/", "\\")) or re.match(r"[A-Za-z]:", name):
        raise Refused(f"{shown} has an absolute path")
    if ".." in parts:
        raise Refused(f"{shown} leads out of its folder")
    if not parts or any(unicodedata.category(c) in ("Cc", "Cs") for c in name):
        raise Refused(f"{shown} has a name that cannot be written")
    if len(parts) > MAX_PARTS or max(len(part.encode()) for part in parts) > 255:
        raise Refused(f"{shown} has a path that is too long")
    kind = stat.S_IFMT(entry.external_attr >> 16)
    if kind == stat.S_IFLNK:
        raise Refused(f"{shown} is a symbolic link")
    if kind not in (0, stat.S_IFREG, stat.S_IFDIR):
        raise Refused(f"{shown} is not an ordinary file")
    if entry.flag_bits & ENCRYPTED:
        raise Refused(f"{shown} is encrypted")
    if entry.compress_type not in READABLE:
        raise Refused(f"{shown} is packed in a way that cannot be read")
    return tuple(parts)


def _split(name: str) -> list[str]:
    return re.split(r"[/\\]", name)


def _bomb(entry: zipfile.ZipInfo) -> str:
    """Why an entry is not unpacked: it may be there to fill the disk. Empty: it may be unpacked."""
    packed = max(entry.compress_size, 1)
    if entry.file_size <= RATIO_COUNTS or entry.file_size <= MAX_RATIO * packed:
        return ""
    return (
        f"it would be {entry.file_size // packed} times as big, unpacked. If it is no attack, "
        "unpack the archive and collect the folder"
    )


def _name(entry: zipfile.ZipInfo) -> str:
    """The name of an entry. Macs write UTF-8 without saying so, and it is read as DOS's letters."""
    name = entry.orig_filename
    if not entry.flag_bits & UTF8:
        with suppress(UnicodeError):
            name = name.encode("cp437").decode("utf-8")
    return unicodedata.normalize("NFC", name)


def _refuse_collisions(
    where: str, parts: Sequence[tuple[str, ...]], entries: Sequence[zipfile.ZipInfo]
) -> None:
    """Refuse two entries of one name, and a file that is also a folder.

    Raises:
        Refused: with the name.
    """
    files = [p for p, entry in zip(parts, entries, strict=True) if not entry.is_dir()]
    for path, count in Counter(files).items():
        if count > 1:
            raise Refused(f"{where}: {count} entries are called {brief('/'.join(path))}")
    folders = {path[:i] for path in parts for i in range(1, len(path))}
    if both := sorted(folders & set(files)):
        raise Refused(f"{where}: {brief('/'.join(both[0]))} is a file and a folder")


def _reader(archive: zipfile.ZipFile, entry: zipfile.ZipInfo) -> Callable[[], bytes]:
    def read() -> bytes:
        """The content; zipfile gives no more bytes than the entry says that it has.

        Raises:
            Refused: if it is damaged.
        """
        try:
            with archive.open(entry) as file:
                return b"".join(iter(lambda: file.read(CHUNK), b""))
        except (zipfile.BadZipFile, NotImplementedError, EOFError, ValueError) as error:
            raise Refused(f"{brief(entry.filename)} cannot be unpacked: {error}") from None
        except Exception as error:  # of zlib, bz2 or lzma, each its own
            raise Refused(f"{brief(entry.filename)} is damaged: {error}") from None

    return read


def _time(entry: zipfile.ZipInfo) -> datetime | None:
    """When the entry was put there: in UTC if the zip says so, otherwise this machine's zone."""
    extra = entry.extra
    while len(extra) >= 4:
        kind, length = struct.unpack("<HH", extra[:4])
        content, extra = extra[4 : 4 + length], extra[4 + length :]
        if kind == EXTENDED_TIMESTAMP and len(content) >= 5 and content[0] & 1:
            return datetime.fromtimestamp(struct.unpack("<i", content[1:5])[0], UTC)
    if entry.date_time[:3] <= (1980, 1, 1):  # what writes no time writes this
        return None
    try:
        return datetime(*entry.date_time).astimezone(UTC)
    except ValueError:
        return None


def brief(text: str) -> str:
    """A name that may be long or odd, for a message."""
    shown = "".join(c if c.isprintable() else "�" for c in text)
    return shown if len(shown) <= 120 else f"{shown[:60]}…{shown[-50:]}"
