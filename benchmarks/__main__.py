"""Take every measurement in one run, and write the tables: `make bench`."""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
import time
from collections.abc import Callable, Iterable
from dataclasses import replace
from pathlib import Path
from typing import TypeVar

import numpy as np

from benchmarks import fresh, machine, report, sentence
from benchmarks.desk import runs as desk_runs
from benchmarks.desk import tables as desk_tables
from benchmarks.grading import runs
from benchmarks.grading import tables as grading_tables
from benchmarks.rounds import check, measure
from benchmarks.worker import Worker
from benchmarks.workloads import DENSE, ROWS, Training, trainings, updates, write_rows

Figure = TypeVar("Figure")
WHOLE = ("", "grading", "desk")  # what `--only` may say so that a whole part is measured


def main() -> None:
    options = arguments()
    if options.kernel:
        os.environ["OPENBLAS_CORETYPE"] = options.kernel  # of the peers' processes
    works = [*trainings(options.only), *updates(options.only)]
    whole = not options.kernel  # a kernel changes nothing else
    with_imports = whole and options.only in "imports"
    with_rows = options.only in "rows"
    with_grading = whole and not options.without_grading and options.only in "grading"
    with_desk = whole and not options.without_grading and options.only in "desk"
    if options.compile:
        works = [
            replace(w, peers=(*w.peers, "torch-compile")) if isinstance(w, Training) else w
            for w in works
        ]
    if not (works or with_imports or with_rows or with_grading or with_desk):
        sys.exit(f"no workload has {options.only!r} in its name")

    begin, load = time.perf_counter(), machine.Load()
    results = report.Results(machine.describe(), options.rounds, options.seconds)
    workers = {name: Worker(name) for name in dict.fromkeys(p for w in works for p in w.peers)}
    try:
        results.about = {name: worker("about") for name, worker in workers.items()}
        rng = np.random.default_rng(0)
        for number, work in enumerate(works, start=1):
            say(begin, f"{number} of {len(works)}: {work.title}")
            results.distance = max(results.distance, *check(work, workers).values())
            results.measured.append(measure(work, workers, options.rounds, options.seconds, rng))
    finally:
        for worker in workers.values():
            worker.close()
    if with_rows:
        say(begin, f"MNIST, {ROWS:,} rows")
        results.epochs = epochs(1 if options.quick else 5)
    if with_imports:
        say(begin, "import time")
        # The first round fills the disk's cache and is dropped.
        seconds = by_round(fresh.IMPORTS, lambda peer, _: fresh.import_seconds(peer), 6)
        results.imports = {name: values[1:] for name, values in seconds.items()}
    parts = {}
    if works or with_rows or with_imports:
        results.foreign = load.foreign_share()
        parts[f"results on {options.kernel}" if options.kernel else "results"] = report.render(
            results
        )
    if with_grading:
        # Last, when no peer waits for a turn any more.
        parts["grading"] = graded(begin, quick=options.quick)
    if with_desk:
        parts["desk"] = at_the_desk(begin, options.students)
    print(*parts.values(), sep="\n\n")
    name = report.README.name
    if options.quick or options.students != desk_runs.CLASS or options.only not in WHOLE:
        say(begin, f"{name} stays as it is: its figures come from one whole run")
    elif (results.foreign or 0) > report.BUSY:
        sys.exit(
            f"{name} stays as it is: other processes took {results.foreign:.0%} of the processors "
            "during the run, and these figures are not to be trusted. Try again on a quiet machine."
        )
    else:
        text = report.README.read_text(encoding="utf-8")
        for part, tables in parts.items():
            text = report.replaced(text, part, tables)
        report.README.write_text(text, encoding="utf-8")
        sentence.write()
        say(begin, f"{report.README} is written")


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument(
        "--only", default="", metavar="TEXT", help="workloads with this in their name"
    )
    parser.add_argument(
        "--without-grading",
        action="store_true",
        help="the trainings: half of the time; neither grading nor desk",
    )
    parser.add_argument("--rounds", type=int, default=9, help="turns for each peer (9)")
    parser.add_argument("--seconds", type=float, default=0.2, help="length of a turn (0.2)")
    parser.add_argument(
        "--students",
        type=int,
        default=desk_runs.CLASS,
        metavar="N",
        help=f"at the desk ({desk_runs.CLASS:,})",
    )
    parser.add_argument("--quick", action="store_true", help="3 rounds of 0.1 s, only to try it")
    parser.add_argument(
        "--kernel", metavar="NAME", help="OpenBLAS's kernel, such as Haswell; its own by default"
    )
    parser.add_argument("--compile", action="store_true", help="torch.compile as one more peer")
    options = parser.parse_args()
    if options.quick:
        options.rounds, options.seconds, options.students = 3, 0.1, 4
    if options.rounds < 1 or options.students < 1 or not options.seconds > 0:
        parser.error("--rounds, --seconds and --students must be above 0")
    return options


def graded(begin: float, *, quick: bool) -> str:
    """The tables about grading a class."""
    with tempfile.TemporaryDirectory() as folder:
        grading = runs.measure(
            Path(folder), lambda text: say(begin, f"grading, {text}"), quick=quick
        )
    return grading_tables.render(grading)


def at_the_desk(begin: float, count: int) -> str:
    """The tables about the assistant's desk, with a class of this size."""
    with tempfile.TemporaryDirectory() as folder:
        desk = desk_runs.measure(
            Path(folder), lambda text: say(begin, f"desk, {text}"), count=count
        )
    return desk_tables.render(desk)


def epochs(rounds: int) -> dict[str, list[fresh.Epoch]]:
    """The epochs on as many rows as MNIST has, of each peer."""
    with tempfile.TemporaryDirectory() as folder:
        rows = Path(folder) / "rows.npz"
        write_rows(rows)
        return by_round(DENSE, lambda peer, number: fresh.epoch(peer, rows, number), rounds)


def by_round(
    peers: Iterable[str], figure: Callable[[str, int], Figure], rounds: int
) -> dict[str, list[Figure]]:
    """A figure of each peer, measured in turns, so many times; it is told the round."""
    found: dict[str, list[Figure]] = {name: [] for name in peers}
    for number in range(rounds):
        for name, values in found.items():
            values.append(figure(name, number))
    return found


def say(begin: float, text: str) -> None:
    print(f"[{time.perf_counter() - begin:4.0f} s] {text}", file=sys.stderr, flush=True)


if __name__ == "__main__":
    main()
