"""Results of the claims lab that were never measured, one for each verdict."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

RATIO = {"limit": 1.5, "side": "above"}


def effect(setting: str, mean: float, state: str, **more: Any) -> dict[str, Any]:
    return {
        "setting": setting,
        "mean": mean,
        "low": mean * 0.9,
        "high": mean * 1.1,
        "state": state,
        **RATIO,
        **more,
    }


def result(id: str, notebook: str, verdict: str, *effects: dict[str, Any]) -> dict[str, Any]:
    """All fields that a result has."""
    return {
        "id": id,
        "notebook": notebook,
        "claim": "A claim with `code` & <signs>.",
        "source": ["lecture slides", "notes on optimizers"],
        "setting": "Two surfaces, ten starts.",
        "measure": "steps of one, divided by those of the other",
        "seeds": [0, 1, 2],
        "numbers": {"one": [1.0, 2.0, 3.0], "the other|both": [1e-9, 2e6, 4.0]},
        "verdict": verdict,
        "sentence": "It holds for: some.",
        "ratio": True,
        "effect": list(effects),
        "interval": "95 %, Student's t over the seeds",
        "versions": {"python": "3.11.7", "numpy": "2.4.6"},
        "rival": None,
    }


RESULTS = (
    result("M10", "03_momentum", "holds", effect("all", 2e9, "holds")),
    result(
        "M4",
        "03_momentum",
        "holds when",
        effect("a ravine", 3.0, "holds"),
        effect("a bowl", 0.3, "opposite"),
        effect("a plain", 1.5, "open"),
    )
    | {"rival": {"claim": "The other way round.", "source": "slides", "holds in": ["a bowl"]}},
    result(
        "E3",
        "01_ewma",
        "does not hold",
        effect("a jump", 1.1, "fails"),
        effect("a fall", -0.4, "holds", side="below", limit=0.0),
    )
    | {"ratio": False},
)


def write(folder: Path) -> Path:
    """Write them as the lab does, in a folder of their own."""
    folder.mkdir(parents=True, exist_ok=True)
    for one in RESULTS:
        (folder / f"{one['id']}.json").write_text(json.dumps(one), "utf-8")
    return folder
