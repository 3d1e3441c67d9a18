"""An assignment: the secret seed, what is checked, what the sandbox holds."""

from __future__ import annotations

import pickle
import stat
from dataclasses import replace

import pytest

from autograder import folders
from autograder.checking.answer_key import PUBLIC_SEED
from autograder.checking.compare import Tolerance
from autograder.exercises import REGISTRY
from autograder.grading import assignment
from autograder.grading.assignment import PRIVATE, VARIANTS, checks, variants
from autograder.sandbox import Limits

NAME = "01_ewma"


@pytest.fixture(scope="module")
def root(tmp_path_factory):
    return tmp_path_factory.mktemp("course")


@pytest.fixture(scope="module")
def loaded(root):
    return assignment.load(root, NAME)


def test_every_exercise_of_the_notebook_is_checked_by_it(loaded):
    found = [check.exercise_id for check in checks(loaded.notebooks[NAME])]
    assert sorted(found) == sorted(e.id for e in REGISTRY.values() if e.notebook == NAME)


def test_the_seed_is_kept_secret_and_stays(root, loaded):
    secret = root / PRIVATE / "secret"
    assert stat.S_IMODE(secret.stat().st_mode) == 0o600
    again = assignment.load(root, NAME)
    assert (again.seed, again.digest) == (loaded.seed, loaded.digest)
    assert assignment.load(root, "00_start_here").seed != loaded.seed


def test_another_course_has_another_seed_and_other_cases(tmp_path, loaded):
    other = assignment.load(tmp_path, NAME)
    assert other.seed != loaded.seed
    assert other.seed.bit_length() > 128
    assert other.digest != loaded.digest
    assert set(loaded.expected) == {*variants(loaded.seed), PUBLIC_SEED}
    shown = [repr(key) for a in (loaded, other) for key in a.expected.values()]
    assert len(set(shown)) == 2 * VARIANTS + 1


def test_the_text_that_is_handed_in_decides_which_secret_cases_it_gets(loaded):
    seeds = [loaded.seed_for(f"digest {i}") for i in range(200)]
    assert set(seeds) == set(variants(loaded.seed))
    assert seeds == [loaded.seed_for(f"digest {i}") for i in range(200)]


def test_a_damaged_secret_stops_with_what_to_do(tmp_path):
    assignment.load(tmp_path, NAME)
    (tmp_path / PRIVATE / "secret").write_bytes(b"short")
    with pytest.raises(ValueError, match=r"5 bytes where 32 should be\. Delete it"):
        assignment.load(tmp_path, NAME)


def test_the_digest_changes_with_what_may_change_a_mark(root, loaded):
    with_figures = assignment.load(root, NAME, all_cells=True)
    assert loaded.digest != with_figures.digest
    # A change of the limits matters to those whom they stopped: each record has its own note.
    limited = assignment.load(root, NAME, limits=Limits(cell_seconds=1))
    assert limited.digest == loaded.digest


STEP = REGISTRY["ewma_step"]


@pytest.mark.parametrize(
    "mended",
    [
        {"tolerance": Tolerance(1e-3)},
        {"groups": [replace(group, points=2 * group.points) for group in STEP.groups]},
        {"groups": [replace(group, name=f"{group.name}!") for group in STEP.groups]},
        {"compare": lambda case, expected, got: None},
    ],
    ids=["tolerance", "points", "name of a group", "comparison"],
)
def test_the_digest_changes_when_an_exercise_is_mended_and_its_outcomes_stay(
    root, loaded, monkeypatch, mended
):
    """A check that was too strict must be asked again, although the right answer is the same."""
    monkeypatch.setitem(REGISTRY, STEP.id, replace(STEP))
    assert assignment.load(root, NAME).digest == loaded.digest
    monkeypatch.setitem(REGISTRY, STEP.id, replace(STEP, **mended))
    assert assignment.load(root, NAME).digest != loaded.digest


def test_an_assignment_travels_to_workers(loaded):
    assert pickle.loads(pickle.dumps(loaded)).digest == loaded.digest


def test_an_unknown_name_is_told_with_the_known_ones(root):
    with pytest.raises(FileNotFoundError, match="Did you mean '01_ewma'"):
        assignment.load(root, "01_emwa")


def test_a_source_that_checks_what_does_not_exist_is_refused(tmp_path):
    text = folders.master(NAME).read_text("utf-8").replace("ewma_step", "ewma_stop")
    folder = tmp_path / folders.SOLUTIONS / NAME
    folder.mkdir(parents=True)
    (folder / f"{NAME}.ipynb").write_text(text, "utf-8")
    with pytest.raises(
        ValueError, match=r"checks 'ewma_stop', which is not an exercise; .*'ewma_step'"
    ):
        assignment.load(tmp_path, NAME)


@pytest.mark.parametrize("name", folders.notebooks())
def test_where_marks_are_made_no_answer_is_to_be_had(name, tmp_path):
    room = assignment.load(tmp_path, name).marks_mounts
    for exercise in REGISTRY.values():
        if exercise.notebook == name and not exercise.is_quiz:
            assert exercise.reference.__module__ not in room.modules
    exam = any(e.id == "images_model" and e.notebook == name for e in REGISTRY.values())
    assert [path.name for path in room.replaced] == (["mnist_5k.csv.gz"] if exam else [])
