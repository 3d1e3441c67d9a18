"""docs/train-your-own.md: its programs run, in their order, and they learn."""

from __future__ import annotations

import re
from pathlib import Path

PAGE = Path(__file__).parents[1] / "docs/train-your-own.md"


def test_its_programs_run_one_after_the_other_and_learn(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    names: dict = {}
    for program in re.findall(r"^```python\n(.*?)^```", PAGE.read_text("utf-8"), re.M | re.S):
        exec(program, names)
    shares = [int(share) for share in re.findall(r"(\d+)% of", capsys.readouterr().out)]
    assert len(shares) == 3
    assert min(shares) > 85
    assert names["r2"] > 0.85
    assert names["tomorrow"].epoch < 30
    assert set(names["names"]) <= {"iris", "poppy", "rose"}
