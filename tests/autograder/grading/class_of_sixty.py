"""A class of sixty in which everything happens to somebody: run by hand, with `make hard-class`.

Forty are honest, some of them wrong. To each of the others one of the accidents or attacks happens
that have cost marks or time before. Each has a mark and a reason that are known beforehand. The
class is graded in one go, then killed midway and started again, then on two workers of a Dask
cluster: everybody must get the same each time.
"""

from __future__ import annotations

import base64
import contextlib
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
sys.path[:0] = [str(HERE / "attacks"), str(HERE / "class_run")]

from arena import ALL_POINTS, NAME, marked, notebook, released, right  # noqa: E402
from test_cluster import dask  # noqa: E402

from autograder.authoring.sample_class import equivalents, expected_mark  # noqa: E402
from autograder.checking.written import as_definition  # noqa: E402
from autograder.exercises import REGISTRY  # noqa: E402
from autograder.grading.class_run import Result, run  # noqa: E402
from autograder.grading.collected import students  # noqa: E402
from autograder.grading.command import summary  # noqa: E402
from autograder.sandbox import Limits  # noqa: E402

FILE = f"{NAME}.ipynb"
LIMITS = {"cell_seconds": 8.0, "notebook_seconds": 25.0, "grader_seconds": 20.0}
HONEST = 40
STEP, STEP_POINTS = "momentum_step", 3.0
KILLS = (0.3, 0.3)  # of the time that the whole class takes

Put = Callable[[Path], None]


@dataclass(frozen=True)
class Case:
    """What somebody hands in, the points that it must get, and words that somebody must read.

    Attributes:
        points: None: it cannot be graded.
        says: in the reason, in a note, or in the notebook that is given back.
    """

    put: Put
    points: float | None = ALL_POINTS
    says: str = ""


def _file(document: Any, name: str = FILE) -> Put:
    data = document if isinstance(document, bytes) else json.dumps(document).encode()

    def put(folder: Path) -> None:
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_bytes(data)

    return put


def _all(*puts: Put) -> Put:
    def put(folder: Path) -> None:
        for one in puts:
            one(folder)

    return put


def _whole(*cells: str, answers: dict[str, str] | None = None, at: int = 2) -> dict[str, Any]:
    return notebook(*cells, at=at, answers=right() | (answers or {}))


def honest() -> Iterator[Case]:
    """Right in several words, then one mistake each, then beginners."""
    exercises = [e for e in REGISTRY.values() if e.notebook == NAME]
    for answers in (right(), equivalents(NAME, 0), equivalents(NAME, 1)):
        yield Case(_file(notebook(answers=answers)))
    yield Case(_file(notebook(answers={})), 0.0, "is not written yet")
    number = 0
    while True:
        for exercise in exercises:
            slips = exercise.misconceptions
            if number < len(slips) and not exercise.is_quiz:
                wrong = {exercise.id: as_definition(slips[number].function, exercise.id)}
                answers = equivalents(NAME, number % 2) | wrong
                points = expected_mark(answers)
                yield Case(_file(notebook(answers=answers)), points, slips[number].message[:20])
        number += 1


def _with_backup() -> Any:
    document = _whole()
    stub = dict(marked(json.loads(released()), STEP))
    document["cells"].append({**stub, "id": "backup"})
    return document


def _doubled() -> Any:
    document = _whole()
    stale = notebook(answers={})["cells"]
    document["cells"] += [{**cell, "id": f"stale-{i}"} for i, cell in enumerate(stale)]
    return document


def _with_photo(kinds: tuple[str, ...] = ()) -> Any:
    document = _whole()
    photo = base64.b64encode(b"\xff\xd8\xff" + bytes(4_000_000)).decode()
    answer = {"cell_type": "markdown", "id": "why", "metadata": {}}
    document["cells"].append(answer)
    answer["source"] = f"As drawn: ![photo](data:image/jpeg;base64,{photo})"
    if kinds:
        answer["source"] = "".join(f"![a](attachment:a.{kind})" for kind in kinds)
        picture = {"png": "iVBORw0KGgo=", "webp": "UklGRgAAAABXRUJQ"}
        answer["attachments"] = {f"a.{k}": {f"image/{k}": picture[k]} for k in kinds}
    return document


def _to_the_outside(folder: Path) -> None:
    (folder / FILE).symlink_to("/etc/passwd")


RECORDER = """\
SEEN = []
def recorded(function):
    def call(*arguments):
        SEEN.append(arguments)
        return function(*arguments)
    return call
momentum_step = recorded(momentum_step)"""
SPEND = "import time\ntime.sleep(7)"
IN_PLACE = """\
def momentum_step(theta, v, grad, lr, beta):
    v *= beta
    v += (1 - beta) * grad
    return theta - lr * v, v"""
FORGE = """\
import builtins, sys
class Verdict:
    points = max_points = 100.0
    passed = True
builtins.check = lambda *_: 100.0
for module in list(sys.modules.values()):
    for name in ("assess", "verdict_on", "check"):
        if hasattr(module, name):
            setattr(module, name, lambda *_, **__: Verdict())"""
SEARCH = """\
import glob, os
for pattern in ("/**/secret", "/**/gradebook.db", "/**/solutions/*/*.ipynb", "/root/*"):
    for path in glob.glob(pattern, recursive=False):
        print("found", path, open(path).read())"""
LAST = 10**6  # behind everything


def odd() -> dict[str, Case]:
    """By student: one accident or attack each."""
    own = right()
    backup = _file(notebook(answers={}))
    return {
        "a backup of a stub": Case(_file(_with_backup()), says="exists 2 times"),
        "a stale half": Case(_file(_doubled()), says="exists 2 times"),
        "the original beside its copy": Case(
            _all(backup, _file(_whole(), f"{NAME}-Copy1.ipynb")), says="has no answers"
        ),
        "slow experiments": Case(_file(_whole(*[SPEND] * 4)), says="notebook_seconds"),
        "a missing package": Case(
            _file(_whole(answers={STEP: f"import seaborn\n{own[STEP]}"})),
            ALL_POINTS - STEP_POINTS,
            "No module named",
        ),
        "changes in place": Case(
            _file(_whole(answers={STEP: IN_PLACE})), ALL_POINTS - STEP_POINTS / 2, "in place"
        ),
        "a recorder": Case(_file(_whole(RECORDER, "print(len(SEEN), SEEN)", at=LAST))),
        "half a file": Case(_file(json.dumps(_whole()).encode()[:-100]), None, "breaks off"),
        "a link": Case(_to_the_outside, None, "symbolic link"),
        "a folder deeper": Case(_file(_whole(), f"{NAME}/{FILE}"), says="is in the folder"),
        "words for a date": Case(
            _all(_file(_whole()), _file(b"late, sorry", "timestamp.txt")), says="has no date"
        ),
        "photos in the text": Case(_file(_with_photo()), says="picture in its text was left out"),
        "two kinds of pictures": Case(_file(_with_photo(("png", "webp")))),
        "UTF-16, no metadata": Case(_file(_bare()), says="had lost its id"),
        "an endless loop": Case(_file(_whole("while True: pass")), says="cell_seconds"),
        "the end of the process": Case(_file(_whole("import os\nos._exit(1)", at=LAST))),
        "a bomb of processes": Case(_file(_whole("import os\nwhile True: os.fork()", at=LAST))),
        "all of the memory": Case(_file(_whole("x = [bytes(2**28) for _ in range(99)]", at=LAST))),
        "a reader's trap": Case(
            _file(_whole("a = !b\n" * 4000, at=LAST)), None, "the grader itself needed more than"
        ),
        "a forger": Case(_file(notebook(FORGE)), STEP_POINTS),
        "a searcher": Case(_file(notebook(SEARCH)), STEP_POINTS),
        "a giant answer": Case(
            _file(_whole(answers={STEP: _GIANT})), ALL_POINTS - STEP_POINTS, STEP
        ),
    }


_GIANT = """\
def momentum_step(theta, v, grad, lr, beta):
    return ["x" * 14 * 2**20] + [""] * 30, v"""


def _bare() -> bytes:
    document = _whole()
    for cell in document["cells"]:
        cell["metadata"] = {}
        del cell["id"]
    document["nbformat_minor"] = 4
    return json.dumps(document).encode("utf-16")


def hand_in(folder: Path) -> dict[str, Case]:
    """Make the class's folder; gives the cases by student."""
    strange = odd()
    usual = zip((f"honest {i:02}" for i in range(HONEST)), honest(), strict=False)
    cases = strange | dict(usual)
    for student, case in cases.items():
        home = folder / "submitted" / student / NAME
        home.mkdir(parents=True)
        case.put(home)
    return cases


def wrong(folder: Path, cases: dict[str, Case], results: dict[str, Result]) -> list[str]:
    """A line for everybody who got something else."""
    lines = []
    for student, case in cases.items():
        got = results[student]
        graded = folder / "autograded" / student / NAME / FILE
        text = graded.read_text("utf-8") if graded.exists() else ""
        said = " ".join([got.problem, *got.notes, *got.hit, text])
        if got.points != case.points:
            lines.append(f"{student}: {got.points} points, not {case.points}: {got.problem}")
        elif json.dumps(case.says)[1:-1] not in said and case.says not in said:
            lines.append(f"{student}: nothing says {case.says!r}")
    return lines


def graded(folder: Path, **where: Any) -> dict[str, Result]:
    limits = Limits.from_mapping(LIMITS)
    found = run(NAME, folder, students=students(folder, NAME), limits=limits, **where)
    return {result.student: result for result in found}


def killed(folder: Path, seconds: float) -> None:
    """Begin to grade, and be killed after so many seconds."""
    limits = [word for name, value in LIMITS.items() for word in ("--limit", f"{name}={value}")]
    command = [str(HERE / "class_run" / "killed_run.py"), str(seconds), str(folder / "began"), NAME]
    command += ["--course-dir", str(folder), "--workers", "2", *limits]
    said = subprocess.run([sys.executable, *command], capture_output=True, text=True, check=True)
    done = len(list(folder.glob(f"autograded/*/{NAME}")))
    print(f"  killed: {json.loads(said.stdout)['status']}, {done} were graded", flush=True)


@contextlib.contextmanager
def cluster() -> Iterator[str]:
    """The address of a Dask scheduler with two workers."""
    with contextlib.ExitStack() as stack:
        begin = ["scheduler", "--host", "127.0.0.1", "--port", "0", "--no-dashboard"]
        _, address = stack.enter_context(dask(*begin, says=r"Scheduler at:\s+(tcp://\S+)"))
        worker = ["worker", address, "--nthreads", "1", "--no-nanny", "--no-dashboard"]
        for _ in range(2):
            stack.enter_context(dask(*worker, says=r"Registered to:\s+(\S+)"))
        yield address


def main() -> int:
    failed = []
    with tempfile.TemporaryDirectory() as home:
        seconds = 0.0
        for way in ("in one go", "killed midway and started again", "on two workers of a cluster"):
            folder = Path(home) / way.replace(" ", "_")
            cases = hand_in(folder)
            print(f"{way}: {len(cases)} submissions", flush=True)
            begin = time.monotonic()
            if way.startswith("killed"):
                for share in KILLS:
                    killed(folder, share * seconds)
            if "cluster" in way:
                with cluster() as address:
                    results = graded(folder, scheduler=address)
            else:
                results = graded(folder, workers=2)
            seconds = time.monotonic() - begin
            lines = wrong(folder, cases, results)
            print(f"  {seconds:.0f} s; {len(lines)} of them got something else", flush=True)
            failed += lines
            for line in lines:
                print(f"  {line}", flush=True)
            if way == "in one go":
                print(summary(list(results.values())), flush=True)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
