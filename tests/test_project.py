"""The project's own files agree with each other."""

from __future__ import annotations

import re
import subprocess
import tomllib
from pathlib import Path

import pytest
from portability import LOCKS, RESOLVED, TESTED

ROOT = Path(__file__).resolve().parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
PIN = re.compile(r"^([\w.-]+)(?:\[[\w,-]+\])?==([^\s;]+)", re.M)


def names(requirements: list[str]) -> set[str]:
    return {re.match(r"[\w-]+", line)[0].lower() for line in requirements}


def pins(lock: str) -> dict[str, list[str]]:
    """name → pinned versions: one, or one for each range of Pythons."""
    found: dict[str, list[str]] = {}
    for name, version in PIN.findall((ROOT / lock).read_text()):
        found.setdefault(name, []).append(version)
    return found


def test_conda_has_the_packages_of_pip_in_the_same_versions():
    text = (ROOT / "environment.yml").read_text()
    conda = dict(re.findall(r"^  - ([\w-]+)=([\d.]+)$", text, re.M))
    assert conda.pop("python") in TESTED
    # What only some systems need, pip brings with `--editable .`.
    everywhere = [line for line in PROJECT["dependencies"] if ";" not in line]
    assert set(conda) == names(everywhere)
    locked = pins("requirements/course.txt")
    for name, version in conda.items():
        assert version in locked[name]


def test_the_same_pythons_are_let_in_everywhere():
    oldest, newest = RESOLVED[0], RESOLVED[-1]
    minor = int(newest.split(".")[1])
    assert PROJECT["requires-python"] == f">={oldest},<3.{minor + 1}"
    check = f"(3, {oldest.split('.')[1]}) <= v[:2] <= (3, {minor})"
    assert check in (ROOT / "Makefile").read_text()


@pytest.mark.parametrize("lock", LOCKS)
def test_every_pin_has_its_hashes_and_no_address(lock):
    text = (ROOT / lock).read_text()
    blocks = PIN.split(text)[PIN.groups + 1 :: PIN.groups + 1]
    assert len(blocks) > 50
    assert all("--hash=sha256:" in block for block in blocks)
    assert "://" not in text
    assert "index-url" not in text


def test_the_locks_hold_what_pyproject_asks_for():
    assert names(PROJECT["dependencies"]) <= pins("requirements/course.txt").keys()
    for extra in ("dev", "book"):
        asked = names(PROJECT["optional-dependencies"][extra])
        assert asked <= pins(f"requirements/{extra}.txt").keys()


def test_all_who_share_an_environment_have_the_same_versions():
    course, *others = (pins(lock) for lock in LOCKS)
    for other in others:
        assert {name: other.get(name) for name in course} == course
    dev, book = others
    assert [name for name in dev.keys() & book if dev[name] != book[name]] == []


def test_the_reference_knows_nothing_of_the_autograder():
    for path in (ROOT / "reference_impl").rglob("*.py"):
        assert "autograder" not in path.read_text()


def test_no_file_names_a_path_of_somebodys_machine():
    tracked = subprocess.run(
        ["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout.split()
    home = re.compile(rb"(?<![\w.])/(?:home|root|Users|work)/\w")
    guilty = [name for name in tracked if home.search((ROOT / name).read_bytes())]
    assert not guilty
