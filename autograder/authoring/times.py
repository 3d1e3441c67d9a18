"""How long the notebooks take, as measured when they were last built: ``solutions/times.json``."""

from __future__ import annotations

import json
from pathlib import Path

from autograder.folders import SOLUTIONS, repository


def times_path() -> Path:
    """The file: for each notebook the seconds of the whole, and of its slowest cell."""
    return repository() / SOLUTIONS / "times.json"


def read_times() -> dict[str, list[float]]:
    """``{"01_ewma": [9.1, 2.0], …}``"""
    times: dict[str, list[float]] = json.loads(times_path().read_text("utf-8"))
    return times


def record_times(name: str, whole: float, slowest: float) -> None:
    """Keep the times of a build."""
    times = read_times() if times_path().exists() else {}
    times[name] = [round(whole), round(slowest)]
    times_path().write_text(json.dumps(times, indent=1, sort_keys=True) + "\n", "utf-8")
