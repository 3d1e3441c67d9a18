"""The sentence about speed in the project's README.md, made of the table in this folder's.

`python -m benchmarks.sentence` writes it; a whole run of the benchmarks does so, too.
"""

from __future__ import annotations

import textwrap
from pathlib import Path

from benchmarks import report
from benchmarks.peers import PEERS
from benchmarks.workloads import networks

README = Path(__file__).resolve().parents[1] / "README.md"
PART = "speed"

FUSED = ("torch-fused",)
PYTORCH = ("torch", "torch-fused", "torch-channels-last")


def speed(tables: str) -> str:
    """What the table of training says of PyTorch, where it is at its best."""
    digits, dense, image = (
        _ratios(tables, [title for name, title, *_ in networks() if name.startswith(start)], peers)
        for start, peers in (("digits", FUSED), ("mlp-", FUSED), ("cnn", PYTORCH))
    )
    text = (
        "Beside PyTorch with its fastest optimizer, on the same processor, it trains the small "
        f"network of the digits {digits[0]} times as fast, "
        f"784-256-128-10 {dense[0]} to {dense[-1]} times as fast, depending on the batch and the "
        f"optimizer, and a small CNN {image[0]} times as fast as PyTorch's best layout. A number "
        "below 1 is a loss: [`benchmarks/`](benchmarks/README.md) has all of them, and "
        "`make bench` takes them again."
    )
    return textwrap.fill(text, 120, break_long_words=False, break_on_hyphens=False)


def write() -> None:
    tables = report.README.read_text(encoding="utf-8")
    text = report.replaced(README.read_text(encoding="utf-8"), PART, speed(tables))
    README.write_text(text, encoding="utf-8")


def _ratios(tables: str, titles: list[str], peers: tuple[str, ...]) -> list[str]:
    """The medians in the rows of these titles and the columns of these peers, lowest first."""
    begin, end = report.markers("results")
    lines = tables[tables.index(begin) : tables.index(end)].splitlines()
    rows = [[cell.strip(" *") for cell in line.strip("|").split("|")] for line in lines]
    heading = next(row for row in rows if PEERS["torch-fused"].title in row)
    columns = [heading.index(PEERS[peer].title) for peer in peers]
    cells = [row[i] for row in rows if row[0] in titles for i in columns]
    if not cells:
        raise ValueError(f"the table has no row of {', '.join(titles)}")
    return sorted((cell.split()[0] for cell in cells if cell != "–"), key=float)


if __name__ == "__main__":
    write()
