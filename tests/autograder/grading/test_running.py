"""Each check is asked in a copy of the process, made where the check stands."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from autograder import folders
from autograder.authoring.sample_class import authors, fill_in
from autograder.exercises import REGISTRY
from autograder.grading import assignment
from autograder.grading.judge import Judge
from autograder.grading.submission import Submission
from autograder.sandbox import Limits
from autograder.sandbox import session as conversation

NAME = "03_momentum"
FULL = sum(exercise.points for exercise in REGISTRY.values() if exercise.notebook == NAME)
ANSWERS = authors(NAME)
MIB = 2**20


@pytest.fixture(scope="module")
def loaded(tmp_path_factory):
    limits = Limits(cell_seconds=25, notebook_seconds=60, memory_bytes=512 * MIB)
    return assignment.load(tmp_path_factory.mktemp("course"), NAME, limits=limits)


@pytest.fixture(scope="module")
def referee(loaded):
    with Judge(loaded) as judge:
        yield judge


@pytest.fixture(scope="module")
def impatient(loaded):
    """For what has no end: each limit of time is waited for."""
    with Judge(replace(loaded, limits=replace(loaded.limits, cell_seconds=3))) as judge:
        yield judge


def code(source):
    return {
        "cell_type": "code",
        "id": f"own-{abs(hash(source))}",
        "metadata": {},
        "source": source,
        "outputs": [],
        "execution_count": None,
    }


def place_of(cells, grade_id):
    return next(
        i
        for i, c in enumerate(cells)
        if c["metadata"].get("nbgrader", {}).get("grade_id") == grade_id
    )


def hand_in(answers=ANSWERS, before=(), behind=(), above=()):
    """The notebook's bytes, with cells above everything, and before or behind a check."""
    document = json.loads(fill_in(folders.released(NAME).read_text("utf-8"), dict(answers)))
    cells = document["cells"]
    illustrations = [
        c for c in cells[2:] if c["cell_type"] == "code" and "nbgrader" not in c["metadata"]
    ]  # they only take time, and a student may leave them out
    document["cells"] = cells = [c for c in cells if c not in illustrations[1:]]
    for grade_id, source in before:
        cells.insert(place_of(cells, grade_id), code(source))
    for grade_id, source in behind:
        cells.insert(place_of(cells, grade_id) + 1, code(source))
    cells[2:2] = [code(source) for source in above]
    return json.dumps(document).encode()


def grade(referee, data):
    result = referee.grade(Submission("ada", {NAME: data})).notebooks[NAME]
    return {grade_id: mark.score for grade_id, mark in result.marks.items()}, result.text


def points(marks):
    return sum(score or 0.0 for score in marks.values())


@pytest.mark.parametrize(
    "later",
    [
        "def momentum_step(*args):\n    return None",
        "momentum_step = heavy_ball_step = None",
        "import os\nos._exit(0)",
        "import numpy\nnumpy.zeros = None",
        "x = [0] * 10**9",
        "import time\ntime.sleep(61)",
    ],
)
def test_what_is_behind_the_last_check_costs_nothing(impatient, later):
    marks, _ = grade(impatient, hand_in(behind=[(grade_last(), later)]))
    assert points(marks) == FULL


def grade_last():
    cells = json.loads(folders.released(NAME).read_text("utf-8"))["cells"]
    ids = [c["metadata"].get("nbgrader", {}).get("grade_id", "") for c in cells]
    return [grade_id for grade_id in ids if grade_id.startswith("check_")][-1]


def test_a_check_sees_the_notebook_as_it_is_there(referee):
    wrong = "def momentum_step(*args):\n    return None"
    marks, _ = grade(referee, hand_in(behind=[("check_momentum_step", wrong)]))
    assert marks["check_momentum_step"] == 3.0
    marks, _ = grade(referee, hand_in(before=[("check_momentum_step", wrong)]))
    assert marks["check_momentum_step"] == 0.0
    assert points(marks) == FULL - 3.0


def test_no_check_touches_another(referee):
    spoils = (
        "def equivalent_lr(lr, beta):\n"
        "    np.zeros = np.array = None\n    globals().clear()\n    return lr * (1 - beta)"
    )
    marks, _ = grade(referee, hand_in(ANSWERS | {"equivalent_lr": spoils}))
    assert points(marks) >= FULL - 1.0


def test_what_nobody_has_written_is_asked_for_once(referee, monkeypatch):
    """For an answer that another check may have spoiled the notebook runs once more."""
    begun = []
    begin = conversation.Session.begin
    monkeypatch.setattr(
        conversation.Session, "begin", lambda *args: begun.append(1) or begin(*args)
    )
    marks, _ = grade(referee, hand_in({}))
    assert points(marks) == 0
    assert len(begun) == 1
    removes = "def equivalent_lr(lr, beta):\n    globals().clear()\n    return lr * (1 - beta)"
    marks, _ = grade(referee, hand_in(ANSWERS | {"equivalent_lr": removes}))
    assert points(marks) >= FULL - 1.0
    assert len(begun) > 2


KEPT = """
import atexit, mmap, sys, threading
SEEN = []
POOL = open("/dev/shm/pool", "w+b")
POOL.truncate(2**20)
SHARED = mmap.mmap(POOL.fileno(), 2**20)
FILE = open("/dev/shm/seen", "w+b", buffering=0)
OUT = sys.stdout
def keep(*args):
    text = repr(args)
    SEEN.append(text)
    SHARED[:3] = b"yes"
    FILE.write(b"yes")
    print("seen", text, file=OUT, flush=True)
    os.write(1, b"seen")
"""
SHOW = """
print(len(SEEN), SHARED[:3] == b"yes", FILE.seek(0, 2))
"""


def recorder(name, arguments):
    return f"import os\n{KEPT}\ndef {name}({arguments}):\n    keep({arguments})\n    return 0.0"


def test_nothing_of_the_cases_reaches_the_page(referee):
    """The attack: keep the arguments, show them in a last cell, and hand in a table of them."""
    answers = ANSWERS | {"equivalent_lr": recorder("equivalent_lr", "lr, beta")}
    marks, text = grade(referee, hand_in(answers, behind=[(grade_last(), SHOW)]))
    assert marks["check_equivalent_lr"] == 0.0
    streams = "".join(
        str(o.get("text", "")) for c in json.loads(text)["cells"] for o in c.get("outputs", ())
    )
    assert "0 False 0" in streams
    assert "seen" not in streams


@pytest.mark.parametrize(
    "tell",
    [
        "raise ValueError(f'told {args}')",
        "raise type(f'told {args}', (Exception,), {})",
        "raise NotImplementedError(f'told {args}')",
        "return {f'told {args}': args}",
        "return f'told {args}'",
    ],
)
def test_a_secret_case_is_not_told_in_the_answers_own_words(referee, tell):
    """The answer tells the public cases, which it knows, from the others."""
    from autograder.checking.answer_key import PUBLIC_SEED, draw_cases
    from autograder.exercises import REGISTRY

    drawn = draw_cases(REGISTRY["equivalent_lr"], PUBLIC_SEED)
    known = {tuple(map(float, case.script[0].args)) for group in drawn for case in group}
    answer = (
        "def equivalent_lr(lr, beta):\n"
        f"    args = (float(lr), float(beta))\n    if args not in {known!r}:\n        {tell}\n"
        "    return lr * (1 - beta)"
    )
    marks, text = grade(referee, hand_in(ANSWERS | {"equivalent_lr": answer}))
    assert marks["check_equivalent_lr"] == 0.0
    outputs = [c["outputs"] for c in json.loads(text)["cells"] if c["cell_type"] == "code"]
    assert "told" not in json.dumps(outputs)


@pytest.mark.parametrize(
    ("setup", "use"),
    [
        (
            "from concurrent.futures import ThreadPoolExecutor\npool = ThreadPoolExecutor(2)\n"
            "print(list(pool.map(abs, [1, -2, 3])))",
            "list(pool.map(abs, [1]))",
        ),
        (
            "from multiprocessing import Pool\npool = Pool(2)\nprint(pool.map(abs, [1, -2]))",
            "pool.map(abs, [1])",
        ),
        (
            "from joblib import Parallel, delayed\nprint(Parallel(2)([delayed(abs)(1)] * 4))",
            "Parallel(2)([delayed(abs)(1)] * 4)",
        ),
        (
            "from tqdm.auto import tqdm\nfor _ in tqdm(range(3)): pass",
            "[i for i in tqdm(range(3))]",
        ),
        (
            "import threading\nlock = threading.Lock()\nlock.acquire()\n"
            "import time\ndef free():\n    time.sleep(1)\n    lock.release()\n"
            "threading.Thread(target=free).start()",
            "(lock.acquire(), lock.release())",
        ),
        ("import threading\nthreading.Thread(target=threading.Event().wait).start()", "None"),
    ],
    ids=["threads", "processes", "joblib", "tqdm", "lock", "idle"],
)
def test_an_answer_that_needs_a_thread_of_the_notebook_is_judged_in_another_way(
    referee, monkeypatch, setup, use
):
    monkeypatch.setattr(conversation, "HANG_SECONDS", 2.0)  # every copy that hangs takes so long
    uses = f"def equivalent_lr(lr, beta):\n    {use}\n    return lr * (1 - beta)"
    answers = ANSWERS | {"equivalent_lr": f"{setup}\n\n{uses}"}
    marks, text = grade(referee, hand_in(answers))
    assert points(marks) == FULL, text[-3000:]


@pytest.mark.parametrize(
    ("does", "says"),
    [
        ("os._exit(3)", "ended by itself (exit status 3)"),
        ("os.kill(os.getpid(), 9)", "signal SIGKILL"),
        ("x = [bytearray(2**20) for _ in range(600)]", "memory"),
        ("os.fork()\n    while True: pass", "stopped after"),
    ],
)
def test_an_answer_is_stopped_at_its_own_limits(impatient, does, says):
    bad = f"import os\ndef equivalent_lr(lr, beta):\n    {does}"
    marks, text = grade(impatient, hand_in(ANSWERS | {"equivalent_lr": bad}))
    assert points(marks) == FULL - 1.0
    assert says in text or "MemoryError" in text


def test_a_table_of_recorded_cases_gets_nothing(referee):
    """An answer keeps its cases wherever it can; the next hand-in is a table of them."""
    answers = ANSWERS | {"equivalent_lr": recorder("equivalent_lr", "lr, beta")}
    showing = "print(SEEN, SHARED[:3], open('/dev/shm/seen').read())"
    _, text = grade(referee, hand_in(answers, behind=[(grade_last(), showing)]))
    cells = json.loads(text)["cells"]
    seen = [o["text"] for c in cells for o in c.get("outputs", ()) if "text" in o]
    table = f"TABLE = {''.join(seen)!r}\ndef equivalent_lr(lr, beta):\n    return 0.0"
    marks, _ = grade(referee, hand_in(ANSWERS | {"equivalent_lr": table}))
    assert marks["check_equivalent_lr"] == 0.0
    assert not any("0." in line or "yes" in line for line in seen)


def test_slow_cells_of_ones_own_cost_no_points(loaded):
    """Each is below the limit of a cell, together they are above that of the notebook."""
    limits = replace(loaded.limits, cell_seconds=4, notebook_seconds=8)
    with Judge(replace(loaded, limits=limits)) as judge:
        slow = ["import time\nimport numpy as np\ntime.sleep(2.5)"] * 2
        slow += ["%%time\ntime.sleep(2.5)", "momentum_step(0, 0, 0, 0, 0); time.sleep(2.5)"]
        marks, text = grade(judge, hand_in(above=slow))
    assert points(marks) == FULL
    assert "stopped after 8 s" in text
