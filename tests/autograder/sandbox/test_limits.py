"""How limits are configured, and what students read about them."""

import re
from dataclasses import asdict, fields

import pytest

from autograder import folders
from autograder.sandbox import Limits


def test_each_limit_can_be_set_from_a_text():
    for field in fields(Limits):
        assert asdict(Limits.from_mapping({field.name: "7000000"}))[field.name] == 7e6
    assert Limits.from_mapping({"cell_seconds": "0.5"}).cell_seconds == 0.5
    assert Limits.from_mapping({}) == Limits()


@pytest.mark.parametrize(
    ("values", "says"),
    [
        ({"cell_second": 1}, "no limit called 'cell_second'; there are cell_seconds,"),
        ({"cell_seconds": 0}, "must be a number above 0"),
        ({"cell_seconds": "soon"}, "the limit cell_seconds is 'soon'"),
        ({"cell_seconds": float("nan")}, "must be a number above 0"),
        ({"cell_seconds": float("inf")}, "must be a number above 0"),
        ({"processes": 1.5}, "must be a whole number above 0"),
        ({"processes": True}, "must be a whole number above 0"),
        ({"memory_bytes": "2 GiB"}, "the limit memory_bytes is '2 GiB'"),
        ({"memory_bytes": 2048}, "memory_bytes is 2048; it counts bytes: 1 MiB is 1048576"),
        ({"files": -1}, "must be a whole number above 0"),
    ],
)
def test_a_wrong_limit_is_named(values, says):
    with pytest.raises(ValueError, match=says):
        Limits.from_mapping(values)


def test_the_assistants_page_has_every_limit_with_its_default():
    text = (folders.repository() / "docs/desk.md").read_text("utf-8")
    told = re.findall(r"^\| `(\w+)` \| (\d+) \|", text.partition("## Limits")[2], re.M)
    assert {name: float(value) for name, value in told} == asdict(Limits())


def test_each_limit_has_a_sentence():
    limits = Limits()
    assert limits.sentence("cell_seconds") == "stopped after 60 s: the limit for a cell"
    assert limits.sentence("memory_bytes") == (
        "stopped: more than 2 GiB of memory, the limit for a notebook"
    )
    assert limits.sentence("files") == "stopped: more than 10,000 files, the limit for a notebook"


def test_other_limits_matter_only_to_those_whom_they_may_have_stopped():
    before = asdict(Limits())
    slower, larger = Limits(cell_seconds=90), Limits(memory_bytes=2**40)
    assert slower.change(before, ["cell_seconds"], lost=True)
    assert not slower.change(before, [], lost=True)
    assert not slower.change(before, ["cpu_seconds"], lost=True)
    assert larger.change(before, ["memory_bytes"], lost=False)
    assert larger.change(before, [], lost=True)  # a MemoryError inside is not seen from outside
    assert not larger.change(before, [], lost=False)
    assert not Limits(memory_bytes=2**20).change(before, [], lost=True)
    assert not Limits().change(before, ["cell_seconds"], lost=True)
