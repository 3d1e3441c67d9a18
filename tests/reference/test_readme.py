"""The README of the reference: its programs run, and it names what there is."""

from __future__ import annotations

import re
from pathlib import Path

import matplotlib.pyplot as plt

import reference_impl
from reference_impl import callbacks, layers

README = (Path(reference_impl.__file__).parent / "README.md").read_text("utf-8")


def test_its_programs_run_one_after_the_other(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    names = {}
    for program in re.findall(r"^```python\n(.*?)^```", README, re.M | re.S):
        exec(program, names)
    assert "2,778 parameters" in capsys.readouterr().out
    assert max(names["history"]["val_accuracy"]) > 0.9
    assert names["trainer"].epoch == 9
    assert names["trainer"].history["val_accuracy"][-1] > 0.5  # chance is 0.1
    plt.close("all")


def test_it_names_every_layer_and_callback():
    for name in layers.__all__:
        assert name in ("Layer", "Output") or f"`{name}`" in README
    for name, value in vars(callbacks).items():
        if isinstance(value, type) and issubclass(value, callbacks.Callback):
            assert name == "Callback" or name in README


def test_the_modules_of_its_first_table_are_there():
    folder = Path(reference_impl.__file__).parent
    table = README[README.index("## Where to read") : README.index("Start with")]
    named = re.findall(r"`([a-z_/]+)(?:\.\w+)?`", table)
    assert len(named) > 30
    for name in named:
        assert name == "nag_step_stored" or (folder / f"{name}.py").is_file()
