"""The benchmark's tables say what was measured, and it refuses to compare different work.

No peer is needed here, nothing is graded by a program, and no test looks at a time.
"""

from __future__ import annotations

import subprocess
import sys
from collections import Counter
from dataclasses import replace

import numpy as np
import pytest

from autograder.authoring.sample_class import authors
from autograder.checking.written import as_definition
from autograder.desk import roster, table
from autograder.desk.archives import opened
from autograder.desk.layouts import recognised
from autograder.exercises import REGISTRY
from benchmarks import fresh, report, sentence
from benchmarks.desk import runs as desk
from benchmarks.desk import tables as desk_tables
from benchmarks.grading import classroom, limit, marks, runs, tables
from benchmarks.grading.memory import Peaks, Watch
from benchmarks.grading.students import CLASS, KINDS, NOTEBOOK, PART, Student, students
from benchmarks.peers import PEERS
from benchmarks.rounds import Measured, OtherWorkError, require_same_work
from benchmarks.worker import Outcome
from benchmarks.workloads import (
    REACH,
    Training,
    mlp,
    networks,
    read_rows,
    starting_parameters,
    write_rows,
)
from reference_impl.handwritten import mnist5k


@pytest.fixture
def work():
    rng = np.random.default_rng(0)
    layers = mlp(4, 3, 2)
    X = rng.random((8, 4), dtype=np.float32)
    labels = rng.integers(2, size=8)
    start = starting_parameters(layers, rng)
    peers = ("ours", "torch", "jax")
    return Training("small", "a small one", layers, X, labels, 2, "adam", start, peers)


def moved(work, by, loss=0.5):
    return Outcome([a + by for a in work.start], loss)


def measured(work, torch, jax):
    """Rounds in which the machine itself was once twice as slow."""
    machine = np.array([1e-3, 2e-3, 1e-3, 1e-3])
    times = {"ours": machine, "torch": torch * machine, "jax": jax * machine}
    return Measured(work, {name: list(seconds) for name, seconds in times.items()})


def rendered(*rows):
    return report.render(report.Results("a machine", 4, 0.3, list(rows)))


def cells(text, title):
    line = next(line for line in text.splitlines() if line.startswith(f"| {title}"))
    return [cell.strip() for cell in line.strip("|").split("|")]


def test_the_winner_is_bold_and_only_the_winner(work):
    row = cells(rendered(measured(work, 2.0, 3.0)), work.title)
    assert [cell.startswith("**") for cell in row] == [False, True, False, False]
    row = cells(rendered(measured(work, 0.9, 0.5)), work.title)
    assert [cell.startswith("**") for cell in row] == [False, False, False, True]


def test_a_ratio_is_taken_within_its_round(work):
    """A slow moment of the machine hits both and leaves no trace in the spread."""
    assert "5.0 (5.0–5.0)" in cells(rendered(measured(work, 5.0, 7.0)), work.title)


def test_who_is_faster_is_said_in_words(work):
    text = rendered(measured(work, np.array([0.9, 1.1, 0.9, 1.1]), 0.5))
    assert f"**JAX, jitted step is faster**: {work.title} (0.50)" in text
    assert f"PyTorch eager, no clear winner: {work.title} (1.00)" in text
    assert "is faster**: PyTorch" not in text


def test_a_row_without_a_peer_still_has_its_column(work):
    alone = replace(work, title="alone", peers=("ours", "torch"))
    lacking = measured(alone, 2.0, 3.0)
    del lacking.seconds["jax"]
    row = cells(rendered(measured(work, 2.0, 3.0), lacking), "alone")
    assert row[-1] == "–"


def test_only_what_is_between_the_markers_is_replaced():
    begin, end = report.markers("results")
    text = f"before\n{begin}\nold\n{end}\nafter\n"
    once = report.replaced(text, "results", "new")
    assert once.startswith("before\n")
    assert once.endswith("\nafter\n")
    assert "old" not in once
    assert report.replaced(once, "results", "new") == once
    with pytest.raises(ValueError, match="once each"):
        report.replaced("no markers", "results", "new")


@pytest.mark.parametrize("part", ["results", "results on Haswell", "grading", "desk"])
def test_the_readme_has_a_place_for_the_tables(part):
    text = report.README.read_text(encoding="utf-8")
    assert report.replaced(text, part, "new") != text


def test_the_readmes_sentence_about_speed_is_what_the_table_says():
    said = sentence.speed(report.README.read_text("utf-8"))
    readme = sentence.README.read_text("utf-8")
    assert report.replaced(readme, sentence.PART, said) == readme


def test_the_sentence_about_speed_has_the_numbers_of_its_rows():
    titles = {name: title for name, title, *_ in networks()}
    columns = [PEERS[peer].title for peer in ("torch", "torch-fused", "torch-channels-last")]
    begin, end = report.markers("results")
    lines = [f"| | ours | {' | '.join(columns)} |"]
    for name, title in titles.items():
        ratio = {"digits": "**5.5 (5–6)**", "cnn": "1.70 (1–2)", "mlp-adam-8": "0.93 (0–1)"}
        cells = ["20 (9–30)", ratio.get(name, "1.20 (1.10–1.30)"), "–"]
        if name == "cnn":
            cells[2] = "**0.71 (0.7–0.8)**"
        lines.append(f"| {title} | 1 ms | {' | '.join(cells)} |")
    said = " ".join(sentence.speed("\n".join([begin, *lines, end])).split())
    assert "digits 5.5 times as fast, 784-256-128-10 0.93 to 1.20 times as fast" in said
    assert "a small CNN 0.71 times as fast" in said
    with pytest.raises(ValueError, match="no row of digits"):
        sentence.speed("\n".join([begin, lines[0], end]))


def test_the_same_work_is_let_through(work):
    outcomes = {"ours": moved(work, 0.1), "torch": moved(work, 0.1 + 1e-6, 0.5 + 1e-6)}
    assert 0 < require_same_work(work, outcomes)["torch"] < 1e-4


@pytest.mark.parametrize(
    ("other", "message"),
    [
        (lambda work: moved(work, 0.2), "did not end where"),
        (lambda work: moved(work, np.nan), "did not end where"),
        (lambda work: moved(work, 0.1, loss=0.6), "has a loss"),
        (lambda work: moved(work, 0.1, loss=np.nan), "has a loss"),
        (lambda work: Outcome(moved(work, 0.1).parameters[:-1], 0.5), "parameters"),
    ],
)
def test_other_work_stops_the_run(work, other, message):
    with pytest.raises(OtherWorkError, match=f"torch .*{message}"):
        require_same_work(work, {"ours": moved(work, 0.1), "torch": other(work)})


def test_with_dropout_the_loss_alone_decides(work):
    ours, torch = moved(work, 0.1, 0.5), moved(work, -0.3, 0.52)
    require_same_work(work, {"ours": ours, "torch": torch}, loss_only=True)
    with pytest.raises(OtherWorkError):
        require_same_work(work, {"ours": ours, "torch": moved(work, 0.1, 0.9)}, loss_only=True)


@pytest.mark.parametrize(
    ("seconds", "shown"),
    [
        (1.5, "1.50 s"),
        (71.23e-6, "71.2 µs"),
        (3.5e-9, "3.50 ns"),
        (0.25, "250 ms"),
        (0, "0.00 ns"),
        (999.7e-6, "1.00 ms"),
        (0.9994, "999 ms"),
    ],
)
def test_times_have_three_digits(seconds, shown):
    assert report.si(seconds) == shown


@pytest.fixture(scope="module")
def rows(tmp_path_factory):
    path = tmp_path_factory.mktemp("mnist") / "rows.npz"
    write_rows(path, 4_300)
    return path


def test_rows_like_those_of_mnist_are_moved_images_and_none_is_held_out_as_well(rows):
    work, held_out = read_rows(rows)
    data = mnist5k()
    assert work.X.shape == (4_300, 784)
    assert work.X.dtype == held_out.X.dtype == np.float32
    np.testing.assert_array_equal(work.labels, np.resize(data.labels, 4_300))
    np.testing.assert_array_equal(held_out.X, data.X_test.astype(np.float32))
    # The first and the last repetition of an image: the same ink, elsewhere.
    first, again = (work.X[i].reshape(28, 28) for i in (0, 4_000))
    places = [np.argwhere(image).min(axis=0) for image in (first, again)]
    assert (abs(places[0] - places[1]) <= 2 * REACH).all()
    cut = [image[image.any(axis=1)][:, image.any(axis=0)] for image in (first, again)]
    np.testing.assert_array_equal(*cut)
    assert (first != again).any()


def test_an_epoch_on_these_rows_teaches_the_same_whoever_trains(rows):
    ours, textbook = (fresh.epoch(peer, rows, 0) for peer in ("ours-numpy", "textbook"))
    assert ours.accuracy == pytest.approx(textbook.accuracy, abs=0.01)
    assert ours.accuracy > 0.7  # chance is 0.1
    assert ours.peak > 4_300 * 784 * 4
    assert ours.seconds > 0


def test_the_table_of_epochs_has_medians_their_spread_and_ratios():
    epochs = {
        "ours": [fresh.Epoch(1.0, 0.95, 200_000_000), fresh.Epoch(3.0, 0.97, 200_000_000)],
        "jax": [fresh.Epoch(0.5, 0.96, 500_000_000), fresh.Epoch(1.5, 0.96, 500_000_000)],
    }
    text = report.render(report.Results("a machine", 2, 0.3, epochs=epochs))
    assert "### MNIST, 60,000 rows" in text
    assert cells(text, "this reference")[1:] == [
        "2.00 s", "", "96.0% (95.0–97.0)", "**200 MB**", "",
    ]  # fmt: skip
    assert cells(text, "JAX")[1:] == [
        "**1.00 s**", "0.50 (0.50–0.50)", "96.0% (96.0–96.0)", "500 MB", "2.50 (2.50–2.50)",
    ]  # fmt: skip


def grade_ids(notebook):
    return [c.metadata.get("nbgrader", {}).get("grade_id") for c in notebook.cells]


def test_an_assistants_asserts_give_the_marks_of_the_checks():
    for student in students(KINDS):
        marks.require_same("plain asserts", student, marks.by_asserts(student))


@pytest.mark.parametrize("exercise_id", [e for e in marks.EXERCISES if not REGISTRY[e].is_quiz])
def test_the_asserts_find_every_mistake(exercise_id):
    for slip in REGISTRY[exercise_id].misconceptions:
        text = as_definition(slip.function, exercise_id)
        student = Student("someone", authors(NOTEBOOK) | {exercise_id: text}, slip.name)
        found = marks.by_asserts(student)
        assert found[exercise_id] < REGISTRY[exercise_id].points
        marks.require_same("plain asserts", student, found)


def test_marks_that_differ_stop_the_run():
    [student] = students(1)
    with pytest.raises(marks.OtherMarksError, match="someone"):
        marks.require_same("someone", student, marks.by_checks(student) | {"nag_step": 1.0})
    with pytest.raises(marks.OtherMarksError, match="someone"):
        marks.require_same("someone", student, None)


def test_the_assistants_notebook_is_the_masters_but_for_its_tests():
    stock = classroom.master(classroom.WHOLE, stock=True)
    ours = classroom.master(classroom.WHOLE, stock=False)
    assert grade_ids(stock) == grade_ids(ours)
    for theirs, cell in zip(stock.cells, ours.cells, strict=True):
        if "check" not in cell.source:
            assert theirs.source == cell.source
        assert "autograder" not in theirs.source


def test_the_small_notebook_keeps_what_is_graded_and_a_picture():
    cells = classroom.master(classroom.SMALL, stock=False)
    whole = classroom.master(classroom.WHOLE, stock=False)
    assert [i for i in grade_ids(cells) if i] == [i for i in grade_ids(whole) if i]
    others = [c.source for c in cells.cells if "nbgrader" not in c.metadata]
    assert len(others) == 2
    assert "import numpy as np" in others[0]
    assert "show(" in others[1]


def test_the_limit_is_the_time_of_what_each_program_runs(tmp_path):
    [student] = students(1)
    for name in ("ours", "stock"):
        stock = name == "stock"
        classroom.make(tmp_path / name, classroom.SMALL, [student], stock=stock)
    for_marks = limit.marks_cells(tmp_path / "ours", student.name)
    everything = limit.all_cells(tmp_path / "stock", student.name)
    assert 0 < len(for_marks) <= len(everything) + 1  # what only an experiment needs comes again
    assert not any("check(" in cell for cell in for_marks)
    assert all(seconds > 0 for seconds in limit.cpu_seconds([for_marks, everything]))


def test_students_are_the_same_in_every_run_and_nobody_copies():
    classmates = students(2 * KINDS)
    again = students(2 * KINDS)
    assert [(s.name, s.answers) for s in classmates] == [(s.name, s.answers) for s in again]
    written = [text for student in classmates for text in student.answers.values()]
    assert len(set(written)) == len(written)
    assert len({student.name for student in classmates}) == len(classmates)


def test_a_part_of_the_class_is_as_mixed_as_the_class():
    part, classmates = (Counter(s.kind for s in students(count)) for count in (PART, CLASS))
    for kind, count in classmates.items():
        assert abs(part[kind] / PART - count / CLASS) <= 0.05 + 1e-9


@pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc")
def test_on_many_processors_more_of_a_class_is_graded(monkeypatch):
    for cores, count in ((2, PART), (16, 32), (64, CLASS)):
        monkeypatch.setattr(runs.machine, "cores", lambda cores=cores: cores)
        assert runs.graded_by(runs.ALL_CELLS, CLASS, PART) == count
        assert runs.graded_by(runs.STOCK, CLASS, PART) == PART
        assert runs.graded_by(runs.GRADE, CLASS, PART) == CLASS


def test_the_watch_sees_a_process_and_what_it_started():
    hold = "import time; held = b'1' * {} * 1_000_000; time.sleep(1)"
    start = "import subprocess, sys; held = b'1' * 80_000_000; "
    start += f'subprocess.run([sys.executable, "-c", "{hold.format(40)}"])'
    process = subprocess.Popen([sys.executable, "-c", start])
    with Watch(process.pid) as watch:
        process.wait()
    peaks = watch.peaks
    assert peaks.main > 80e6
    assert 40e6 < peaks.worker < 80e6
    assert peaks.sandbox == 0
    assert peaks.together >= peaks.main + 40e6


def graded(*seconds, way=runs.STOCK, part=60):
    limits = [20.0, 26.0][: len(seconds)]
    return runs.Timed(classroom.SMALL, way, part, list(seconds), limits)


def grown(count, seconds):
    return runs.Grown(count, seconds, Peaks(100_000_000, 50_000_000, 90_000_000, 380_000_000))


def test_the_grading_tables_say_what_was_measured():
    points = {runs.STOCK: None, runs.GRADE: 8.0}
    grading = runs.Grading(
        60,
        2,
        [graded(10.0, 20.0, way=runs.GRADE), graded(200.0, 400.0, part=10)],
        [runs.Trouble("a crash", {runs.STOCK: 12.0, runs.GRADE: 3.0}, points)],
        [grown(10, 4.0), grown(100, 14.3), grown(1000, 103.0)],
        0.01,
    )
    text = tables.render(grading)
    title = "`nbgrader autograde` |"
    assert cells(text, title)[1:] == ["300 s", "5.00 s", "", "11.5 s", "25 (20–31)", "10"]
    title = "`autograder grade` |"
    times = ["20 (20–20)", "11.5 s", "1.27 (1.00–1.54)"]
    assert cells(text, title)[1:] == ["15.0 s", "250 ms", *times, "all"]
    assert cells(text, "a crash") == ["a crash", "12.0 s", "not graded", "3.00 s", "8"]
    assert cells(text, "1,000")[1:] == ["103 s", "103 ms", "100 MB", "50 MB", "90 MB", "380 MB"]
    assert "20 times faster than stock, 1.27 times its cells alone: both aims are met" in text
    assert (
        "3.00 s to start, and 100 ms per submission. 100 submissions took 10% more than that."
        in text
    )
    assert "not to be trusted" not in text
    slow = replace(grading, timed=[graded(30.0, way=runs.GRADE), graded(200.0)])
    assert "**not 20 times faster and more than 2 times its cells alone**" in tables.render(slow)
    assert "not to be trusted" in tables.render(replace(grading, foreign=0.5))


def test_the_class_at_the_desk_is_what_canvas_exports(tmp_path):
    classmates = students(3)
    classroom.make(tmp_path, classroom.SMALL, [], stock=False)
    desk.write_roster(tmp_path / desk.ROSTER, classmates)
    desk.write_zip(tmp_path / desk.HANDED_IN, tmp_path, classmates)
    known = roster.parsed(*table.read(tmp_path / desk.ROSTER))
    assert list(known.members) == sorted(student.name for student in classmates)
    with opened(tmp_path / desk.HANDED_IN) as archive:
        found = recognised(archive.files, [NOTEBOOK])
        assert (found.platform, found.left) == ("Canvas", [])
        by = {known.find(lms_user_id=h.lms_user_id): h for h in found.hand_ins}
        assert by.keys() == known.members.keys()
        [text] = [file.read().decode() for file in by[classmates[1].name].files.values()]
    released = (tmp_path / "course" / NOTEBOOK / f"{NOTEBOOK}.ipynb").read_text("utf-8")
    assert text == classroom.handed_in(released, classmates[1])


def test_the_table_of_the_desk_says_what_was_measured():
    peaks = Peaks(100_000_000, 50_000_000, 90_000_000, 380_000_000)
    step, again = desk.Step("class", 4.0, peaks), desk.Step("grade", 2.0, peaks)
    measured = desk.Desk(1000, 2, [step], [again], 1.5, 0.01)
    text = desk_tables.render(measured)
    assert cells(text, "`autograder class`")[1:] == ["4.00 s", "4.00 ms", "380 MB", "100 MB"]
    assert cells(text, "`autograder grade`")[1:] == ["2.00 s", "2.00 ms", "380 MB", "100 MB"]
    assert "in a browser after 1.50 s" in text
    assert "Students: 1,000" in text
    assert "not to be trusted" not in text
    busy = desk_tables.render(replace(measured, foreign=0.5, list_seconds=None))
    assert "not to be trusted" in busy
    assert "browser" not in busy
