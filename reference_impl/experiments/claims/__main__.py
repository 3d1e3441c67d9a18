"""Run the labs: `make claims`, or

    python -m reference_impl.experiments.claims                 those that have no result yet
    python -m reference_impl.experiments.claims --only P5 N2    these
    python -m reference_impl.experiments.claims --again         all from nothing
    python -m reference_impl.experiments.claims --check         with other seeds, beside the results
    python -m reference_impl.experiments.claims --check 0       with the same, on another processor
    python -m reference_impl.experiments.claims --page docs/claims.md    and write the page of all

A result is kept as soon as it is there, in `experiments/results/ID.json`. Stop it, start it again
(without `--again`), and it goes on with what is missing. Where only a lab's words or limits have
changed since, the kept numbers are judged anew; where its numbers or seeds have, it is run anew.
"""

from __future__ import annotations

import argparse
import multiprocessing
import os
import signal
import sys
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import Future, ProcessPoolExecutor, as_completed
from pathlib import Path
from typing import Any

from tqdm import tqdm

from reference_impl.experiments.claims import LABS, page, results
from reference_impl.experiments.claims.results import Result

OTHER_SEEDS = 1000


def main(arguments: Sequence[str] | None = None) -> int:
    """The command; 1 if a lab failed, or if a check found another verdict."""
    parser = argparse.ArgumentParser(prog="claims", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--only", nargs="+", metavar="ID", help="these labs", default=list(LABS))
    parser.add_argument("--quick", action="store_true", help="small runs; nothing is kept")
    parser.add_argument("--jobs", type=int, default=2, help="how many at a time (2)")
    parser.add_argument("--again", action="store_true", help="forget the results first")
    parser.add_argument(
        "--check",
        nargs="?",
        type=int,
        const=OTHER_SEEDS,
        metavar="SEED",
        help=f"compare with a run whose seeds begin here ({OTHER_SEEDS}); nothing is kept",
    )
    parser.add_argument(
        "--to", type=Path, default=results.FOLDER, help="where results are kept (with the labs)"
    )
    parser.add_argument("--page", type=Path, help="write the page of all claims to this file")
    options = parser.parse_args(arguments)
    unknown = sorted(set(options.only) - LABS.keys())
    if unknown:
        parser.error(f"there is no lab {', '.join(unknown)}; there are {', '.join(LABS)}")
    keep = not options.quick and options.check is None
    if options.again and keep:
        for id in options.only:
            results.path_of(id, options.to).unlink(missing_ok=True)
    waiting = [id for id in options.only if not keep or not results.renew(LABS[id], options.to)]
    try:
        failed = run(waiting, options, keep) if waiting else 0
    except KeyboardInterrupt:
        # With --again it would forget what is done.
        goes_on = "without --again it" if options.again else "the same command"
        print(f"Stopped. What is done is kept; {goes_on} goes on.", file=sys.stderr)
        return 130
    if keep:
        kept = [results.read(id, options.to) for id in options.only]
        words = Counter(result["verdict"] for result in kept if result)
        print(", ".join(f"{count} {word}" for word, count in words.most_common()))
    if options.page and keep and not failed:
        options.page.write_text(page.page(results.read_all(options.to)), "utf-8")
    return int(failed > 0)


def run(waiting: Sequence[str], options: argparse.Namespace, keep: bool) -> int:
    """Run these labs, and say each verdict; the number of those that failed or came out other."""
    # Two processes have two processors already; a worker is a new process and reads this.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    failed = 0
    # An interruption reaches all processes; a worker would take it for the end of one lab.
    pool = ProcessPoolExecutor(
        options.jobs,
        multiprocessing.get_context("spawn"),
        initializer=signal.signal,
        initargs=(signal.SIGINT, signal.SIG_IGN),
    )
    with pool, tqdm(total=len(waiting), unit="lab", file=sys.stderr) as bar:
        first = options.check or 0
        running = {
            pool.submit(results.compute_by_id, id, first, options.quick): id for id in waiting
        }
        try:
            for done in as_completed(running):
                failed += _finished(done, running[done], options, keep, bar)
                bar.update()
        except KeyboardInterrupt:
            for worker in multiprocessing.active_children():
                worker.terminate()
            raise
    return failed


def _finished(
    done: Future[Result], id: str, options: argparse.Namespace, keep: bool, bar: Any
) -> bool:
    """Keep a result and say what it is; True if the lab failed or came out other."""
    try:
        result = done.result()
    except Exception as error:  # a broken lab does not take the others with it
        bar.write(f"{id:<4} failed: {type(error).__name__}: {error}", file=sys.stdout)
        return True
    if keep:
        results.write(result, options.to)
    if options.check is None:
        bar.write(said(result), file=sys.stdout)
        return False
    changes = compared(result)
    bar.write(f"{id:<4} {', '.join(changes) or 'the same'}", file=sys.stdout)
    return any(change.startswith("VERDICT") for change in changes)


def said(result: Result) -> str:
    """A verdict, and a line for each setting."""
    lines = [f"{result['id']:<4} {result['verdict']}: {result['claim']} ({result['seconds']} s)"]
    for effect in result["effect"]:
        lines.append(
            f"       {effect['state']:<9}{effect['mean']:9.3g} [{effect['low']:.3g}, "
            f"{effect['high']:.3g}] {effect['side']} {effect['limit']:g}  {effect['setting']}"
        )
    return "\n".join(lines)


def compared(result: Result) -> list[str]:
    """How a second opinion differs from the result that is kept."""
    kept = results.read(result["id"])
    if kept is None:
        return ["no result is kept"]
    changes = []
    if result["verdict"] != kept["verdict"]:
        changes.append(f"VERDICT {kept['verdict']} → {result['verdict']}")
    here = results.states(result)
    for setting, state in results.states(kept).items():
        if here.get(setting) != state:
            changes.append(f"{setting}: {state} → {here.get(setting)}")
    return changes


if __name__ == "__main__":
    sys.exit(main())
