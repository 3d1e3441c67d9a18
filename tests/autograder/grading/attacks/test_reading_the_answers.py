"""A search for the answers finds none: on disk, among modules, in memory, in frames."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from arena import (
    ALL_POINTS,
    CANARY,
    HONEST,
    HONEST_POINTS,
    NAME,
    notebook,
    printed,
    right,
    score,
    submission,
)

from autograder import folders
from autograder.checking.answer_key import PUBLIC_SEED
from autograder.exercises import REGISTRY
from autograder.grading.assignment import PRELOAD, checks, variants
from autograder.grading.needed import answer_modules, reference_modules, without_answers
from autograder.grading.submission import source_cells
from autograder.sandbox import Limits, Mounts, Sandbox

REPOSITORY = folders.repository()


@pytest.fixture(scope="module")
def slow(stage):
    """The room in which marks are made, with enough time to search it."""
    with Sandbox(stage.assignment.marks_mounts, Limits(cell_seconds=60)) as sandbox:
        yield sandbox


# Counts how often a text is in the memory of the process that runs this.
MEMORY = """
def search(needle):
    hits = 0
    with open("/proc/self/maps") as maps, open("/proc/self/mem", "rb", 0) as memory:
        for line in maps:
            place, rights = line.split()[:2]
            start, end = (int(x, 16) for x in place.split("-"))
            while "rw" in rights and start < end:
                memory.seek(start)
                try: text = memory.read(min(2**20, end - start))
                except OSError: break
                hits += text.count(needle)
                start += 2**20
    return hits
"""


def said_in(session, source):
    """The words that a cell prints."""
    [output] = session.run_cell(source).outputs
    return output["text"].split()


def test_no_file_that_can_be_read_has_an_answer(slow):
    """Walks the whole file system, and reads Python files, notebooks and databases."""
    telling = ["def momentum_step(", "heavy_ball_step.misconception", "check_momentum_step", CANARY]
    reading = f"""
import os
telling = [text.encode() for text in {[f"{text[:7]}§{text[7:]}" for text in telling]!r}]
telling = [text.replace("§".encode(), b"") for text in telling]
mine = os.getcwd()
seen = 0
for folder, folders, files in os.walk("/", followlinks=False):
    if folder == "/":
        folders[:] = [name for name in folders if name not in ("proc", "sys")]
    packages = "site-packages" in folder or "dist-packages" in folder
    for name in files:
        path = os.path.join(folder, name)
        if not name.endswith((".py", ".ipynb", ".pth", ".json", ".db")) or os.path.islink(path):
            continue
        if packages and folder.count("/") > 8 and not name.endswith((".pth", ".ipynb")):
            continue
        try:
            with open(path, "rb") as file:
                text = file.read()
        except OSError:
            continue
        seen += 1
        for number, tell in enumerate(telling):
            if tell in text:
                print("FOUND", number, path)
print("files:", seen)
"""
    with slow.session() as session:
        said = said_in(session, reading)
    assert "FOUND" not in said
    assert int(said[said.index("files:") + 1]) > 1_000


def test_no_path_leads_to_the_repository(stage):
    """The finders of editable installs, sys.path, the environment and the mounts do not open it."""
    text = stage.attack(f"""
import os, sys, importlib, pkgutil
places = [*sys.path, os.getcwd(), *os.environ.values(), {str(REPOSITORY)!r}, "/proc/1/cwd",
          "/proc/1/root", "/proc/self/root/../..", {str(Path.home())!r}, "/root", "/home"]
with open("/proc/self/mountinfo") as file:
    for line in file:
        places += [line.split()[3], line.split()[4]]
for place in places:
    for name in ("solutions", "course", "autograder/checking/verdict.py", "autograder/exercises",
                 "reference_impl/losses.py", "gradebook.db", "submitted", ".autograder", ".git"):
        if os.path.exists(os.path.join(place, name)):
            print("FOUND", place, name)
for name in ("autograder.exercises", "autograder.checking.verdict", "autograder.grading.judge",
             "autograder.folders",
             "reference_impl.losses", "reference_impl.optimizers", "tests", "solutions"):
    try:
        importlib.import_module(name)
        print("FOUND", name)
    except ImportError:
        pass
for finder in sys.meta_path:
    for name in ("autograder.exercises", "reference_impl.losses", "reference_impl.optimizers"):
        for path in (None, sys.path):
            try:
                spec = finder.find_spec(name, path)
            except Exception:
                continue
            if spec is not None:
                print("FOUND", finder, name)
print("looked")
""")
    assert "FOUND" not in printed(text)
    assert "looked" in printed(text)


def test_nothing_that_a_process_holds_tells_what_is_expected(stage):
    """The checked function itself searches objects, frames and modules."""
    search = """
import gc, sys
import numpy as np
from autograder.checking import drive

def search(theta, v, grad, lr, beta):
    wanted_v = beta * v + lr * grad
    wanted = (theta - wanted_v, wanted_v)
    found = []
    given = {id(wanted_v), *map(id, wanted)}
    def same(x):
        return (type(x) is np.ndarray and id(x) not in given and x.shape == theta.shape
                and x.dtype == float and any(np.allclose(x, w) for w in wanted))
    objects = [o for o in gc.get_objects() if type(o) in (list, tuple, dict, drive.Outcome)]
    frame = sys._getframe()
    while frame is not None:
        objects += list(frame.f_locals.values())
        frame = frame.f_back
    for thing in objects:
        inner = list(vars(thing).values()) if hasattr(thing, "__dict__") else thing
        inner = list(inner.values()) if isinstance(inner, dict) else inner
        if isinstance(inner, (list, tuple)):
            found += [x for x in inner if same(x) and not any(x is w for w in wanted)]
    return None if found else wanted
"""
    graded = stage.judge.grade(submission(notebook(search, answers={HONEST: f"{HONEST} = search"})))
    assert score(graded) == HONEST_POINTS  # it found nothing


def test_no_module_has_the_name_of_something_that_answers(stage):
    text = stage.attack("""
import gc, sys
names = ("momentum_step", "nag_step", "nag_step_stored", "count_turns", "equivalent_lr")
for name, module in list(sys.modules.items()):
    for wanted in names:
        if hasattr(module, "__dict__") and wanted in vars(module) and name != "__main__":
            print("FOUND", name, wanted)
for thing in gc.get_objects():
    if type(thing).__name__ in ("Exercise", "Case", "Key", "Verdict", "Judge", "Assignment"):
        print("FOUND", type(thing))
print("looked")
""")
    assert "FOUND" not in printed(text)
    assert "looked" in printed(text)


def test_the_seed_is_nowhere(slow, stage):
    """Not in the environment, in an argument, in a file of /proc, in memory."""
    seed = stage.assignment.seed
    halves = [seed.to_bytes(32, order)[part] for order in ("big", "little")
              for part in (slice(0, 12), slice(12, 24))]  # fmt: skip
    with slow.session() as session:
        said = said_in(
            session,
            MEMORY
            + f"""
import glob, os
needles = [bytes(b ^ 255 for b in half) for half in {[bytes(b ^ 255 for b in h) for h in halves]}]
needles += [str(int({str(seed)[::-1]!r}[::-1]))[:30].encode()]
found = sum(search(needle) for needle in needles[:-1])
for path in glob.glob("/proc/[0-9]*/*") + glob.glob("/proc/[0-9]*/fd/*"):
    try: text = open(path, "rb").read(2**20)
    except OSError: continue
    found += sum(text.count(needle) for needle in needles)
print("found:", found)
try: open("/proc/1/mem", "rb"); print("opened")
except OSError: print("refused")
""",
        )
    # A search always finds its own text in memory, once or twice.
    assert int(said[said.index("found:") + 1]) <= 2 * len(halves)
    assert "refused" in said


def test_what_was_handed_in_before_is_nowhere(slow):
    """Not in files, and in memory only the words of the search itself."""
    mark = "mark-of-the-neighbour"
    with slow.session({"notes.txt": mark.encode()}) as session:
        session.run_cell(f"kept = [{mark!r} * 1000, open('notes.txt').read()]")
        session.run_cell(f"open('/tmp/left', 'w').write({mark!r}); print({mark!r})")
    looking = f"""
import os
needle = ({mark[:8]!r} + {mark[8:]!r}).encode()
hits = search(needle)
for folder, _, names in os.walk("/tmp"):
    for name in names:
        try: hits += 100 * open(os.path.join(folder, name), "rb").read().count(needle)
        except OSError: pass
print(hits, search("mark-of-mine-A1B2".swapcase().encode()))
"""
    with slow.session() as session:
        session.run_cell("others = ['MARK-OF-MINE-a1b2'] * 2")
        found, control = map(int, said_in(session, MEMORY + looking))
    assert control > 0, "the search finds nothing at all"
    assert found <= 5  # the needle itself, and copies of it


@pytest.mark.parametrize("name", sorted(folders.notebooks([])))
def test_the_answers_of_a_notebook_cannot_be_imported_where_it_is_graded(name):
    """For no exercise: neither its reference's module, nor another with a function of that name."""
    cells = source_cells(folders.master(name), folders.configuration(folders.repository()))
    exercises = [REGISTRY[e.id] for e in REGISTRY.values() if e.notebook == name]
    assert exercises
    room = without_answers(reference_modules(cells), answer_modules(exercises))
    assert not room & {e.reference.__module__ for e in exercises if not e.is_quiz}
    defined = {e.id for e in exercises if not e.is_quiz}
    for file_name, file in Mounts(modules=tuple(room)).files().items():
        text = file.read_text("utf-8")
        for exercise_id in defined:
            assert f"def {exercise_id}(" not in text, f"{file_name} has {exercise_id}"
            assert f"\n{exercise_id} =" not in text, f"{file_name} has {exercise_id}"


def test_a_room_has_no_answers_when_its_modules_are_all_imported():
    """One real room: everything in it is imported, and all names are checked."""
    name = "04_adaptive"
    cells = source_cells(folders.master(name), folders.configuration(folders.repository()))
    exercises = [e for e in REGISTRY.values() if e.notebook == name]
    room = without_answers(reference_modules(cells), answer_modules(exercises))
    names = {e.id for e in exercises} | {e.reference.__name__ for e in exercises if not e.is_quiz}
    looking = f"""
import importlib, sys
for name in {sorted(room)!r}:
    importlib.import_module(name)
for name, module in list(sys.modules.items()):
    if name.startswith(("reference_impl", "autograder")):
        for wanted in {sorted(names)!r}:
            if wanted in vars(module): print("FOUND", name, wanted)
print("looked")
"""
    with Sandbox(Mounts(tuple(room), PRELOAD)) as sandbox, sandbox.session() as session:
        assert session.run_cell(looking).outputs[0]["text"] == "looked\n"


# What messages say about secret cases.


def test_a_wrong_answer_is_not_told_what_a_secret_case_expects(stage):
    """Right in the public cases, wrong in the secret ones: the message has no expected number."""
    key = stage.assignment.expected
    public = key[PUBLIC_SEED]["equivalent_lr"]
    values = [o.value for group in public for outcomes in group for o in outcomes]
    answer = f"""
import itertools
tries = itertools.count()
secret = []
def equivalent_lr(lr, beta):
    secret.append(lr * (1 - beta))
    known = {[float(v) for v in values]!r}
    right = lr * (1 - beta)
    return right if any(abs(right - k) < 1e-12 for k in known) else 1000.0
"""
    text = stage.hand_in(
        submission(notebook(answers={HONEST: right()[HONEST], "equivalent_lr": answer})), 4
    )
    told = database_errors_in_words(text, "check_equivalent_lr")
    expected = [
        f"{o.value:.5g}"
        for seed in variants(stage.assignment.seed)
        for group in key[seed]["equivalent_lr"]
        for outcomes in group
        for o in outcomes
        if not any(abs(o.value - v) < 1e-9 for v in values)
    ]
    assert expected
    assert not [number for number in expected if number in told]


def test_two_courses_have_different_cases(stage, tmp_path):
    from autograder.grading.assignment import load

    other = load(tmp_path, NAME)
    assert other.seed != stage.assignment.seed
    theirs, ours = (repr(a.expected[variants(a.seed)[0]]) for a in (other, stage.assignment))
    assert theirs != ours
    secret = tmp_path / ".autograder" / "secret"
    assert secret.stat().st_mode & 0o077 == 0
    assert secret.parent.stat().st_mode & 0o077 == 0


def test_the_public_cases_are_not_enough(stage):
    """A table of the public cases' answers gets no points."""
    stage.attack("pass", answers={HONEST: right()[HONEST], **_tables(stage)})


def _tables(stage):
    """For each exercise a function that knows the answers of the public cases, and nothing else."""
    import numpy as np

    key = stage.assignment.expected[PUBLIC_SEED]
    found = {}
    for check in checks(stage.assignment.notebooks[NAME]):
        exercise = REGISTRY[check.exercise_id]
        if exercise.is_quiz or exercise.id == HONEST:
            continue
        cases = [case for group in exercise.groups for case in _public(group, exercise)]
        outcomes = [o for group in key[exercise.id] for o in group]
        table = [
            (call.args[0].tolist(), [np.asarray(v).tolist() for v in outcome.value])
            for case, script in zip(cases, outcomes, strict=True)
            for call, outcome in zip(case.script, script, strict=True)
            if hasattr(call.args[0], "tolist") and isinstance(outcome.value, tuple)
        ]
        found[exercise.id] = (
            f"import numpy as np\nTABLE_{exercise.id} = {table!r}\n"
            f"def {exercise.id}(x, *args):\n"
            f"    for theta, values in TABLE_{exercise.id}:\n"
            "        if np.shape(theta) == np.shape(x) and np.allclose(theta, x):\n"
            "            return tuple(map(np.array, values))\n"
            "    return x, x"
        )
    return found


def _public(group, exercise):
    import numpy as np

    return group.make(np.random.default_rng([PUBLIC_SEED, exercise.groups.index(group)]))


def _appended(document, source):
    document["cells"].append({**document["cells"][0], "id": "last", "cell_type": "code"})
    document["cells"][-1] |= {"source": source, "outputs": [], "execution_count": None}
    return document


def database_errors_in_words(text, grade_id):
    """The outputs of one cell."""
    return json.dumps(
        next(
            cell["outputs"]
            for cell in json.loads(text)["cells"]
            if cell["metadata"].get("nbgrader", {}).get("grade_id") == grade_id
        )
    )


def test_everything_right_is_everything(stage):
    """The searches above have left nothing behind."""
    assert stage.honest["score"] == ALL_POINTS
    stage.intact()
