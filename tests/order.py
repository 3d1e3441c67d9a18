"""In which order the tests run."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby, islice

import pytest


def long_ones_first(items: list[pytest.Item], workers: int) -> Iterator[pytest.Item]:
    """The order in which no worker begins a long test when the others are about to end.

    pytest-xdist gives each worker an equal part of the list, and who has finished steals from the
    end of another one's part. Each part begins with some of the tests marked as long; those of a
    group, by default of a file, share what takes long to start, and stay together.
    """
    marked = {item: mark for item in items if (mark := item.get_closest_marker("long"))}
    by_group = groupby(marked, lambda item: (*marked[item].args, item.path)[0])
    groups = [list(group) for _, group in by_group]
    others = (item for item in items if item not in marked)
    left = len(items)
    for worker in range(workers):
        first = [item for group in groups[worker::workers] for item in group]
        yield from first
        part = left // (workers - worker)
        yield from islice(others, max(0, part - len(first)))
        left -= part
    yield from others
