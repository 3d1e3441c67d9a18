"""Hostile zips are refused by name; nothing of them is written."""

from __future__ import annotations

import io
import os
import stat
import struct
import zipfile
from datetime import UTC, datetime

import pytest

from autograder.desk import archives
from autograder.desk.archives import Refused, opened


def zipped(*entries, compression=zipfile.ZIP_DEFLATED):
    """A zip of (name or ZipInfo, content)."""
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w", compression) as archive:
        for entry, content in entries:
            archive.writestr(entry, content)
    return data.getvalue()


def link(name, target):
    info = zipfile.ZipInfo(name)
    info.create_system = 3
    info.external_attr = (stat.S_IFLNK | 0o777) << 16
    return info, target


def pipe(name):
    info = zipfile.ZipInfo(name)
    info.create_system = 3
    info.external_attr = (stat.S_IFIFO | 0o666) << 16
    return info, ""


def encrypted():
    data = bytearray(zipped(("secret.ipynb", "x")))
    for signature, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        place = data.index(signature) + offset
        data[place] |= 1
    return bytes(data)


def twice():
    with pytest.warns(UserWarning, match="Duplicate"):
        return zipped(("a/x.ipynb", "1"), ("a/x.ipynb", "2"))


def backslashes():
    """A name that only Windows would take for a path upwards."""
    return zipped(("a__x__y", "1")).replace(b"a__x__y", b"..\\..\\y")


HOSTILE = {
    "../up.ipynb": (lambda: zipped(("../up.ipynb", "x")), "leads out of its folder"),
    "a/../../b": (lambda: zipped(("a/../../b", "x")), "leads out of its folder"),
    "backslashes": (backslashes, "leads out of its folder"),
    "absolute": (lambda: zipped(("/etc/x", "x")), "/etc/x has an absolute path"),
    "drive": (lambda: zipped(("C:/x", "x")), "C:/x has an absolute path"),
    "link": (lambda: zipped(link("way/out", "/etc/passwd")), "way/out is a symbolic link"),
    "pipe": (lambda: zipped(pipe("p")), "p is not an ordinary file"),
    "encrypted": (encrypted, "secret.ipynb is encrypted"),
    "twice": (twice, "2 entries are called a/x.ipynb"),
    "the same umlaut twice": (
        lambda: zipped(("\u00fc", "1"), ("u\u0308", "2")), "2 entries are called"),
    "file and folder": (lambda: zipped(("a", "1"), ("a/b", "2")), "a is a file and a folder"),
    "long": (lambda: zipped(("x" * 300, "x")), "a path that is too long"),
    "deep": (lambda: zipped(("a/" * 40 + "x", "x")), "a path that is too long"),
    "control": (lambda: zipped(("a\x1b[2J", "x")), "a name that cannot be written"),
    "no zip": (lambda: b"PK\x03\x04 and then nothing", "is no zip"),
    "cut off": (lambda: zipped(("a", "x" * 1000))[:-30], "is no zip"),
}  # fmt: skip


@pytest.mark.parametrize("kind", HOSTILE)
def test_a_hostile_zip_is_refused_by_name(tmp_path, kind):
    make, says = HOSTILE[kind]
    path = tmp_path / "in" / "handed.zip"
    path.parent.mkdir()
    path.write_bytes(make())
    with pytest.raises(Refused) as caught, opened(path):
        pass
    assert says in str(caught.value)
    assert "handed.zip" in str(caught.value)
    assert [p.name for p in tmp_path.rglob("*")] == ["in", "handed.zip"]


@pytest.mark.parametrize("kind", HOSTILE)
def test_so_is_a_hostile_zip_in_a_zip(tmp_path, kind):
    make, says = HOSTILE[kind]
    path = tmp_path / "handed.zip"
    path.write_bytes(zipped(("ada/work.zip", make())))
    with opened(path) as archive:
        [file] = archive.files
        with pytest.raises(Refused) as caught:
            archive.inside(file)
    assert says in str(caught.value)
    assert "ada/work.zip" in str(caught.value)


def test_bombs_by_their_total_by_their_number_and_by_their_depth(tmp_path, monkeypatch):
    path = tmp_path / "big.zip"
    path.write_bytes(zipped(*((f"{i}", os.urandom(1000)) for i in range(20))))
    for name, limit, says in (("MAX_BYTES", 19_999, "it would have more"),
                              ("MAX_FILES", 19, "more than 19 files")):  # fmt: skip
        with monkeypatch.context() as patch:
            patch.setattr(archives, name, limit)
            with pytest.raises(Refused, match=says), opened(path):
                pass
    inner = zipped(("x", "x"))
    for _ in range(archives.MAX_DEEP):
        inner = zipped(("in.zip", inner))
    path.write_bytes(inner)
    with opened(path) as archive:
        [file] = archive.files
        for _ in range(archives.MAX_DEEP - 1):
            [file] = archive.inside(file)
        with pytest.raises(Refused, match="zips in each other"):
            archive.inside(file)


@pytest.mark.parametrize("as_folder", [False, True])
def test_a_repository_and_an_environment_count_as_nothing(tmp_path, monkeypatch, as_folder):
    monkeypatch.setattr(archives, "MAX_FILES", 3)
    of_tools = [f"ada/{top}/{i}" for top in (".git", "env/site-packages") for i in range(9)]
    path = tmp_path / "class.zip"
    path.write_bytes(zipped(*[(name, b"x") for name in (*of_tools, "ada/a.ipynb", "ada/b.py")]))
    if as_folder:
        zipfile.ZipFile(path).extractall(path := tmp_path / "class")
    with archives.opened(path) as archive:
        assert [file.shown for file in archive.files] == ["ada/a.ipynb", "ada/b.py"]


def test_a_bomb_by_its_ratio_costs_only_itself(tmp_path, monkeypatch):
    path = tmp_path / "x.zip"
    zeros = ("zeros.npy", bytes(archives.RATIO_COUNTS + 1))
    inner = zipped(zeros, ("small", "s"))
    path.write_bytes(zipped(("good", "good"), zeros, ("work.zip", inner)))
    monkeypatch.setattr(archives, "MAX_BYTES", archives.RATIO_COUNTS)  # it does not count in full
    with opened(path) as archive:
        good, work = archive.files
        assert good.read() == b"good"
        assert [file.shown for file in archive.inside(work)] == ["work.zip/small"]
        assert [name for name, _ in archive.left] == ["zeros.npy", "work.zip/zeros.npy"]
        assert all("times as big, unpacked" in why for _, why in archive.left)


def test_many_files_just_under_the_ratio_are_bounded_by_their_total(tmp_path, monkeypatch):
    path = tmp_path / "x.zip"
    many = [(f"{i}", bytes(archives.RATIO_COUNTS)) for i in range(3)]
    path.write_bytes(zipped(*many))
    monkeypatch.setattr(archives, "MAX_BYTES", 3 * archives.RATIO_COUNTS - 1)
    with pytest.raises(Refused, match="it would have more"), opened(path):
        pass


def test_inner_zips_share_the_total(tmp_path, monkeypatch):
    path = tmp_path / "quine.zip"
    path.write_bytes(zipped(*((f"{i}.zip", zipped(("x", os.urandom(5_000)))) for i in range(5))))
    monkeypatch.setattr(archives, "MAX_BYTES", 50_000)
    with opened(path) as archive:
        archive.inside(archive.files[0])
        with pytest.raises(Refused, match="it would have more"):
            list(map(archive.inside, archive.files[1:]))


def test_a_damaged_file_costs_only_itself(tmp_path):
    data = bytearray(zipped(("good", "good"), ("bad", b"bad" * 10), compression=0))
    data[data.index(b"badbad") + 3] ^= 1
    path = tmp_path / "x.zip"
    path.write_bytes(data)
    with opened(path) as archive:
        good, bad = archive.files
        assert good.read() == b"good"
        with pytest.raises(Refused, match="bad cannot be unpacked: Bad CRC"):
            bad.read()


def test_names_and_times_are_read_as_their_zips_mean_them(tmp_path):
    path = tmp_path / "x.zip"
    when = datetime(2026, 10, 1, 17, 59, 58, tzinfo=UTC)
    exact = zipfile.ZipInfo("exact", (2026, 10, 1, 12, 0, 0))
    exact.extra = struct.pack("<HHBi", archives.EXTENDED_TIMESTAMP, 5, 1, int(when.timestamp()))
    local = zipfile.ZipInfo("local", when.astimezone().timetuple()[:6])
    none = zipfile.ZipInfo("none")
    mac = "Ju\u0308rgen".encode().decode("cp437")
    data = zipped((exact, "x"), (local, "x"), (none, "x"), ("mac_____", "x"))
    path.write_bytes(data.replace(b"mac_____", mac.encode("cp437")))
    with opened(path) as archive:
        assert [file.name for file in archive.files] == ["exact", "local", "none", "Jürgen"]
        assert [file.time for file in archive.files[:3]] == [when, when, None]


def test_links_and_pipes_in_a_folder_are_left_aside_by_name(tmp_path):
    (tmp_path / "ada").mkdir()
    (tmp_path / "ada" / "x.ipynb").write_text("{}")
    (tmp_path / "ada" / "way_out").symlink_to("/etc")
    os.mkfifo(tmp_path / "ada" / "pipe")
    with opened(tmp_path) as archive:
        assert [file.shown for file in archive.files] == ["ada/x.ipynb"]
        assert archive.left == [
            ("ada/pipe", "not an ordinary file"),
            ("ada/way_out", "a symbolic link; those are not followed"),
        ]
