"""Collecting: each platform's export, as it comes, ends in submitted/STUDENT/ASSIGNMENT."""

from __future__ import annotations

import os
import zipfile
from datetime import UTC, datetime, timedelta
from io import BytesIO

import pytest

from autograder import cli
from autograder.desk import archives, roster
from autograder.desk.collect import collect, notes
from autograder.grading.gradebook import date
from autograder.grading.submission.folder import choose

NAME = "03_momentum"
FILE = f"{NAME}.ipynb"
DUE = datetime(2026, 10, 1, 18, 0, tzinfo=UTC)
CLASS = """id,first name,last name,email,lms user id,participant
ada,Ada,Byron,ada@x.org,71,1001
jml,Jürgen,Müller-Lüdenscheidt,jml@x.org,72,1002
bo,Bo,Ek,bo@x.org,73,1003
"""


@pytest.fixture
def root(tmp_path):
    """A course with two assignments and a roster of three."""
    root = tmp_path / "course"
    for name in (NAME, "04_adaptive"):
        (root / "source" / name).mkdir(parents=True)
        (root / "source" / name / f"{name}.ipynb").write_text("{}")
    (root / roster.FILE).write_text(CLASS, encoding="utf-8")
    return root


def entry(name, minutes):
    """An entry with a time, in minutes after the due date; without one if None."""
    if minutes is None:
        return zipfile.ZipInfo(name)
    when = (DUE + timedelta(minutes=minutes)).astimezone()
    return zipfile.ZipInfo(name, when.timetuple()[:6])


def zipped(files):
    """A zip of name → content, or name → (content, minutes after the due date)."""
    data = BytesIO()
    with zipfile.ZipFile(data, "w") as archive:
        for name, content in files.items():
            content, minutes = content if isinstance(content, tuple) else (content, None)
            archive.writestr(entry(name, minutes), content)
    return data.getvalue()


def take(root, files, **options):
    path = root.parent / "export.zip"
    path.write_bytes(zipped(files))
    return collect(root, path, **options)


def there(root, name=NAME):
    """What is in submitted/: student → name → text."""
    return {
        folder.parent.name: {
            path.relative_to(folder).as_posix(): path.read_text(encoding="utf-8")
            for path in sorted(folder.rglob("*"))
            if path.is_file()
        }
        for folder in sorted((root / "submitted").glob(f"*/{name}"))
    }


def stamped(root, student):
    text = (root / "submitted" / student / NAME / "timestamp.txt").read_text()
    return date(text).replace(tzinfo=UTC)


def test_canvas_with_late_files_and_files_that_were_handed_in_again(root):
    done = take(
        root,
        {
            f"byronada_71_901_{FILE}": "first",
            f"byronada_71_901_{NAME}-2.ipynb": "third",
            f"byronada_71_901_{NAME}-1.ipynb": "second",
            "byronada_71_901_plot-1.png": "a picture of this name",
            f"ekbo_LATE_73_903_{FILE}": "late",
            f"guest_99_904_{FILE}": "guest",
            "readme.txt": "x",
        },
    )
    assert done.platform == "Canvas"
    assert there(root) == {
        "ada": {FILE: "third", "plot-1.png": "a picture of this name"},
        "bo": {FILE: "late"},
        "guest": {FILE: "guest"},
    }
    assert done.missing == ["jml"]
    assert done.unknown == ["guest"]
    assert done.late == ["bo"]
    assert dict(done.left) == {
        "readme.txt": "not a name that Canvas gives",
        f"byronada_71_901_{FILE}": f"byronada_71_901_{NAME}-1.ipynb is newer",
        f"byronada_71_901_{NAME}-1.ipynb": f"byronada_71_901_{NAME}-2.ipynb is newer",
    }
    assert done.timeless == 3
    assert notes(root, NAME)["bo"]["late"]


def test_of_canvas_s_files_the_newest_by_time_counts_if_there_is_one(root):
    take(
        root,
        {
            f"byronada_71_901_{FILE}": ("newer", 60),
            f"byronada_71_901_{NAME}-1.ipynb": ("older", -60),
            f"ekbo_73_903_{FILE}": ("bo's", -30),
        },
    )
    assert there(root)["ada"][FILE] == "newer"
    assert stamped(root, "ada") == DUE + timedelta(minutes=60)
    assert stamped(root, "bo") == DUE - timedelta(minutes=30)


def test_a_time_that_all_files_have_is_the_archive_s(root):
    done = take(
        root,
        {f"byronada_71_901_{FILE}": ("a", 600), f"ekbo_73_903_{FILE}": ("b", 601)},
    )
    assert done.timeless == 2
    assert "timestamp.txt" not in there(root)["ada"]


def test_moodle_with_folders_umlauts_and_spaces(root):
    done = take(
        root,
        {
            f"Ju\u0308rgen Müller-Lüdenscheidt_1002_assignsubmission_file_/{FILE}": ("j", 5),
            "Jürgen Müller-Lüdenscheidt_1002_assignsubmission_onlinetext/onlinetext.html": "hi",
            "Ada Byron_1001_assignsubmission_file_/my work/Untitled (1).ipynb": ("a", -90),
            "Ada Byron_1001_assignsubmission_file_/notes.pdf": "pdf",
            "Bo Ek_1003_assignsubmission_file_/report.pdf": "pdf",
        },
        assignment=NAME,
    )
    assert done.platform == "Moodle"
    found = there(root)
    assert found["jml"][FILE] == "j"
    assert found["ada"]["Untitled (1).ipynb"] == "a"  # the grader knows what to do with it
    assert found["ada"]["notes.pdf"] == "pdf"
    assert stamped(root, "jml") == DUE + timedelta(minutes=5)
    assert ("bo", "no notebook: report.pdf") in done.left
    assert done.missing == ["bo"]
    assert any("onlinetext" in name for name, _ in done.left)


def test_moodle_without_folders_and_two_of_one_name(root):
    (root / roster.FILE).write_text("id,name\na1,An Li\na2,An Li\n", encoding="utf-8")
    done = take(
        root,
        {
            f"An Li_1_assignsubmission_file_{FILE}": "one",
            f"An Li_2_assignsubmission_file_{FILE}": "two",
        },
    )
    assert there(root) == {"An Li_1": {FILE: "one"}, "An Li_2": {FILE: "two"}}
    assert done.unknown == ["An Li_1", "An Li_2"]
    assert done.missing == ["a1", "a2"]


def test_who_is_not_on_the_roster_and_left_aside_was_not_collected(root):
    done = take(
        root,
        {
            f"Gu Est_7_assignsubmission_file_/{FILE}": "guest",
            "Pd Ef_8_assignsubmission_file_/report.pdf": "pdf",
        },
        assignment=NAME,
    )
    assert done.unknown == ["Gu Est"]
    assert ("Pd Ef", "no notebook: report.pdf") in done.left


METADATA = """---
submission_11:
  :submitters:
  - :name: Ada Byron
    :sid: ada
    :email: ada@x.org
  - :name: Bo Ek
    :sid:
    :email: bo@x.org
  :created_at: 2026-10-01 20:00:30.000000000 Z
  :score: 3.0
submission_12:
  :submitters:
  - :name: Müller-Lüdenscheidt, Jürgen
  :created_at: !ruby/object:ActiveSupport::TimeWithZone
    utc: 2026-10-01 17:00:00.000000000 Z
    zone: !ruby/object:ActiveSupport::TimeZone
      name: Etc/UTC
"""


def test_gradescope_with_a_group_and_its_own_times(root):
    done = take(
        root,
        {
            "assignment_5_export/submission_metadata.yml": METADATA,
            f"assignment_5_export/submission_11/{FILE}": "pair",
            f"assignment_5_export/submission_12/hand in/{FILE}": "j",
            f"assignment_5_export/submission_13/{FILE}": "whose?",
        },
    )
    assert done.platform == "Gradescope"
    assert {who: files[FILE] for who, files in there(root).items()} == {
        "ada": "pair", "bo": "pair", "jml": "j",
    }  # fmt: skip
    assert stamped(root, "bo") == DUE + timedelta(hours=2, seconds=30)
    assert stamped(root, "jml") == DUE - timedelta(hours=1)
    assert done.left == [("submission_13", "submission_metadata.yml does not say whose it is")]


@pytest.mark.parametrize(
    ("said", "moment"),
    [
        ("2026-10-20 15:00:00.000000 UTC", "2026-10-20 15:00"),
        ("2026-10-20 15:00 Europe/Berlin", "2026-10-20 13:00"),
        ("2026-10-25 02:30 +0200", "2026-10-25 00:30"),
        ("2026-10-25 02:30 +01:00", "2026-10-25 01:30"),
        ("2026-10-20 15:00 UTC+2", "2026-10-20 13:00"),
        ("2026-10-20 3:00 pm", "2026-10-20 15:00"),
        ("2026-10-20 15:00 XYZT", None),  # a zone that nobody knows, as CEST is to a server in UTC
        ("Oct 20, 2026 at 3:00pm XYZT", None),
        ("20 Oct 2026", "2026-10-20 00:00"),
        ("yesterday evening", None),
    ],
)
def test_the_zone_of_a_time_counts_and_one_that_is_not_known_makes_no_time(said, moment):
    found = date(said)
    assert (f"{found:%Y-%m-%d %H:%M}" if found else None) == moment


def test_times_of_an_exchange_in_a_zone_that_is_not_known_are_no_times(root):
    folder = root.parent / "inbound" / f"ada+{NAME}+2026-10-20 15:00:00.000000 XYZT"
    folder.mkdir(parents=True)
    (folder / FILE).write_text("x")
    with pytest.raises(ValueError, match="does not know the zone of the time"):
        collect(root, folder.parent)
    assert not (root / "submitted").exists()


def test_nbgrader_s_exchange_and_the_newest_of_several(root):
    inbound = root.parent / "exchange" / "nn" / "inbound"
    for student, assignment, time, text in (
        ("ada", NAME, "2026-10-01 17:00:00.000000 UTC", "first"),
        ("ada", NAME, "2026-10-01 19:00:00.000000 UTC", "second"),
        ("o+o", NAME, "2026-10-01 10:00:00.000000 UTC", "plus"),
        ("bo", "04_adaptive", "2026-10-01 10:00:00.000000 UTC", "other"),
    ):
        folder = inbound / f"{student}+{assignment}+{time}+c2VjcmV0"
        folder.mkdir(parents=True)
        (folder / f"{assignment}.ipynb").write_text(text)
        (folder / "timestamp.txt").write_text("1999-01-01 00:00:00 UTC")  # a student's hand
    (inbound.parent / "outbound" / NAME).mkdir(parents=True)
    (inbound.parent / "outbound" / NAME / FILE).write_text("handed out")
    done = collect(root, inbound.parent)
    assert {who: files[FILE] for who, files in there(root).items()} == {
        "ada": "second", "o+o": "plus",
    }  # fmt: skip
    assert stamped(root, "ada") == DUE + timedelta(hours=1)
    assert ("ada, 2026-10-01 17:00 UTC", "a newer one is there") in done.left
    assert ("04_adaptive", "another assignment: 1 hand-in") in done.left


def test_folders_of_students_as_nbgrader_has_them(root):
    done = take(
        root,
        {
            f"submitted/ada/{NAME}/{FILE}": "a",
            f"submitted/ada/{NAME}/timestamp.txt": "2026-10-01 19:00:00 UTC",
            f"submitted/bo/{NAME}/{FILE}": "b",
            f"submitted/bo/{NAME}/timestamp.txt": "2026-10-01 17:00:00 UTC",
        },
    )
    assert sorted(done.fresh) == ["ada", "bo"]
    assert stamped(root, "ada") == DUE + timedelta(hours=1)


def test_a_folder_of_the_assignment_counts_and_not_what_lies_beside_it(root):
    times = {"ada": "19:00:00", "bo": "17:00:00"}
    folders_of = {
        f"all/{who}/{NAME}/{name}": text
        for who, time in times.items()
        for name, text in ((FILE, who), ("timestamp.txt", f"2026-10-01 {time} UTC"))
    }
    done = take(root, {**folders_of, "all/ada/index.ipynb": "i", "all/ada/04_adaptive.ipynb": "x"})
    assert sorted(done.fresh) == ["ada", "bo"]
    assert there(root)["ada"][FILE] == "ada"
    assert stamped(root, "ada") == DUE + timedelta(hours=1)
    [(what, why)] = done.left
    assert "index.ipynb" in what
    assert "beside the folder" in why
    other = take(root, {**folders_of, "all/ada/04_adaptive.ipynb": "x"}, assignment="04_adaptive")
    assert other.fresh == ["ada"]
    many = {f"all/ada/{i}.txt": "x" for i in range(9)}
    [(what, _)] = take(root, {**folders_of, **many}).left
    assert what == "ada: 0.txt, 1.txt, 2.txt, 3.txt, 4.txt and 4 more"


def test_no_student_says_when_it_was_handed_in(root):
    forged = {"timestamp.txt": "2026-09-01", "sub/TIMESTAMP.txt": "2026-09-01"}
    work = zipped({f"z/{FILE}": "a", **{f"z/{name}": text for name, text in forged.items()}})
    take(
        root,
        {
            "byronada_71_901_work.zip": (work, 90),
            "byronada_71_901_timestamp.txt": ("2026-09-01", -999),
            f"ekbo_73_903_{FILE}": ("b", -30),
        },
    )
    assert set(there(root)["ada"]) == {FILE, "timestamp.txt"}
    assert stamped(root, "ada") == DUE + timedelta(minutes=90)


def test_zips_in_zips(root):
    inner = zipped({f"my folder/{FILE}": "a", "my folder/data.csv": "1", "__MACOSX/._x": "junk"})
    done = take(
        root,
        {
            "Ada Byron_1001_assignsubmission_file_/work.zip": zipped({"again.zip": inner}),
            "Bo Ek_1003_assignsubmission_file_/work.rar": "Rar!",
            f"Jürgen Müller-Lüdenscheidt_1002_assignsubmission_file_/{FILE}": "j",
            "Jürgen Müller-Lüdenscheidt_1002_assignsubmission_file_/data.zip": "stays as it is",
        },
        assignment=NAME,
    )
    assert there(root) == {
        "ada": {FILE: "a", "data.csv": "1"},
        "jml": {FILE: "j", "data.zip": "stays as it is"},
    }
    left = dict(done.left)
    assert left["bo"] == "no notebook: work.rar"
    assert "packed as .rar" in left["Bo Ek_1003_assignsubmission_file_/work.rar"]


def test_a_zip_for_each_student(root):
    take(root, {"ada.zip": zipped({FILE: "a"}), "bo.zip": zipped({FILE: "b"})})
    assert there(root) == {"ada": {FILE: "a"}, "bo": {FILE: "b"}}


def test_a_zip_around_the_platform_s_zip(root):
    take(root, {"all.zip": zipped({f"byronada_71_901_{FILE}": "a", f"ekbo_73_903_{FILE}": "b"})})
    assert there(root) == {"ada": {FILE: "a"}, "bo": {FILE: "b"}}


def test_one_student_s_hostile_zip_costs_nobody_else(root):
    bomb = BytesIO()
    with zipfile.ZipFile(bomb, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(FILE, bytes(archives.RATIO_COUNTS + 1))
    done = take(
        root,
        {
            "byronada_71_901_work.zip": zipped({f"../../../bo/{NAME}/{FILE}": "forged"}),
            "ekbo_73_903_work.zip": bomb.getvalue(),
            f"mueller_72_902_{FILE}": "j",
        },
        assignment=NAME,
    )
    assert there(root) == {"jml": {FILE: "j"}}
    left = dict(done.left)
    assert "leads out of its folder" in left["ada"]
    assert left["bo"] == "no notebook: nothing"
    assert "times as big" in left[f"ekbo_73_903_work.zip/{FILE}"]
    assert sorted(p.name for p in root.parent.iterdir()) == ["course", "export.zip"]


def test_a_file_that_would_be_too_many_times_as_big_costs_only_itself(root, capsys):
    path = root.parent / "export.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(f"byronada_71_901_{FILE}", "a")
        archive.writestr(f"ekbo_73_903_{FILE}", "b")
        archive.writestr("ekbo_73_903_zeros.npy", bytes(archives.RATIO_COUNTS + 1))
    assert cli.main(["collect", str(path), "--course-dir", str(root)]) == 0
    assert there(root) == {"ada": {FILE: "a"}, "bo": {FILE: "b"}}
    said = capsys.readouterr().out
    assert "left aside (1):\n  ekbo_73_903_zeros.npy: it would be " in said


@pytest.mark.parametrize(
    "name",
    [f"{FILE}.txt", f"{FILE}.json", f"{NAME} (1).ipynb.txt", f"Copy of {NAME}.IPYNB.TXT", FILE],
)
@pytest.mark.parametrize("place", ["byronada_71_901_{}", "ada/my work/{}"])
def test_what_the_grader_reads_as_a_notebook_is_collected(root, name, place):
    other = f"ekbo_73_903_{FILE}" if place.startswith("byron") else f"bo/{FILE}"
    done = take(root, {place.format(name): "a", other: "b"})
    assert (done.fresh, done.left) == (["ada", "bo"], [])
    chosen, _ = choose(root / "submitted" / "ada" / NAME, NAME, [])
    assert chosen.name == name


def test_what_a_browser_saved_says_which_assignment_it_is(root):
    first, again = f"byronada_71_901_{FILE}.txt", f"byronada_71_901_{FILE}-1.txt"
    assert take(root, {first: "first", again: "second"}).assignment == NAME
    assert there(root)["ada"] == {f"{FILE}.txt": "second"}
    take(root, {f"ekbo_73_903_{FILE}-1.txt": "second"})  # Canvas may give the newest one alone
    assert there(root)["bo"] == {f"{FILE}.txt": "second"}
    inner = zipped({f"my work/{FILE}.json": "a", "my work/data.csv": "1"})
    take(root, {"mueller_72_902_work.zip": inner}, assignment=NAME)
    assert there(root)["jml"] == {f"{FILE}.json": "a", "data.csv": "1"}


def test_a_hostile_export_is_refused_as_a_whole(root, capsys):
    path = root.parent / "export.zip"
    path.write_bytes(zipped({f"ada/{FILE}": "a", "../evil": "x"}))
    assert cli.main(["collect", str(path), "--course-dir", str(root)]) == 1
    assert "../evil leads out of its folder" in capsys.readouterr().err
    assert not (root / "submitted").exists()


def test_again_and_again(root):
    first = {f"byronada_71_901_{FILE}": ("1", -60), f"ekbo_73_903_{FILE}": ("b", -30)}
    later = {f"byronada_71_905_{FILE}": ("2", 600), f"ekbo_73_903_{FILE}": ("b", -30)}
    assert sorted(take(root, first).fresh) == ["ada", "bo"]
    done = take(root, later)
    assert (done.fresh, done.same) == (["ada"], ["bo"])
    done = take(root, first)  # the wrong file once more
    assert (done.fresh, done.same, done.kept) == ([], ["bo"], ["ada"])
    assert there(root)["ada"][FILE] == "2"


def test_without_times_the_higher_number_stays_and_a_time_written_by_hand_too(root):
    take(root, {f"byronada_71_905_{FILE}": "new", f"ekbo_73_903_{FILE}": "b"})
    note = root / "submitted" / "bo" / NAME / "timestamp.txt"
    note.write_text("2026-10-02 UTC")
    done = take(root, {f"byronada_71_901_{FILE}": "old", f"ekbo_73_903_{FILE}": "b"})
    assert (done.kept, done.same) == (["ada"], ["bo"])
    assert there(root)["ada"][FILE] == "new"
    assert note.read_text() == "2026-10-02 UTC"
    take(root, {f"ekbo_73_910_{FILE}": "other", f"byronada_71_905_{FILE}": "new"})
    assert there(root)["bo"] == {FILE: "other"}  # that time was of another hand-in


def test_nothing_is_written_through_a_link(root):
    outside = root.parent / "outside"
    outside.mkdir()
    (root / "submitted").mkdir()
    (root / "submitted" / "ada").symlink_to(outside)
    done = take(root, {f"byronada_71_901_{FILE}": "a", f"ekbo_73_903_{FILE}": "b"})
    assert "symbolic link" in dict(done.left)["ada"]
    assert list(outside.iterdir()) == []


@pytest.mark.parametrize(
    ("files", "options", "says"),
    [
        ({"x/y.txt": "1"}, {}, "of which assignment"),
        ({f"a/{FILE}": "1", "b/04_adaptive.ipynb": "1"}, {}, "03_momentum or 04_adaptive"),
        ({f"a/{FILE}": "1"}, {"assignment": "momentum"}, "no assignment is called 'momentum'"),
        ({FILE: "1"}, {}, "no hand-in was found"),
    ],
)
def test_what_nobody_can_know_is_asked(root, files, options, says):
    with pytest.raises(ValueError, match=says):
        take(root, files, **options)
    assert not (root / "submitted").exists()


def test_the_command_says_who_is_missing_and_what_was_left_aside(root, capsys):
    path = root.parent / "export.zip"
    path.write_bytes(zipped({f"byronada_71_901_{FILE}": "a", f"x_9_9_{FILE}": "x", "why": ""}))
    command = ["collect", str(path), "--course-dir", str(root)]
    assert cli.main(command) == 0
    said = capsys.readouterr().out
    assert "03_momentum, as Canvas exports it: 2 collected, 0 there before" in said
    assert "on the roster, and missing (2): jml, bo" in said or "missing (2): bo, jml" in said
    assert "not on the roster, collected under these names (1): x" in said
    assert "left aside (1):\n  why: not a name that Canvas gives" in said
    (root / roster.FILE).unlink()
    assert cli.main([*command, "--assignment", f"{NAME}/"]) == 0
    assert "nobody can say who is missing" in capsys.readouterr().out
    assert cli.main(["collect", os.devnull + "/no", "--course-dir", str(root)]) == 1
