"""The instructor's guide says what is, and its worked example works."""

from __future__ import annotations

import re

import pytest

from autograder import cli
from autograder.authoring import guide
from autograder.checking.answer_key import PUBLIC_SEED
from autograder.checking.exercise import Exercise
from autograder.checking.verdict import assess_here
from autograder.exercises import REGISTRY
from autograder.folders import notebooks


@pytest.fixture(scope="module")
def example() -> Exercise:
    """The exercise of the guide, as somebody would copy it."""
    (code,) = re.findall(r"```python\n(.*?)```", guide.path().read_text("utf-8"), re.DOTALL)
    namespace: dict[str, object] = {}
    exec(compile(code, "solutions/README.md", "exec"), namespace)
    exercise = namespace["huber"]
    assert isinstance(exercise, Exercise)
    return exercise


@pytest.mark.parametrize("seed", [PUBLIC_SEED, 1, 2])
def test_the_worked_example_holds_to_what_it_teaches(example, seed):
    assert not example.faults()
    assert assess_here(example, example.reference, seed).points == example.points > 0
    for version in example.equivalents:
        assert assess_here(example, version.function, seed).passed, version.name
    for version in example.misconceptions:
        problem = assess_here(example, version.function, seed).problem
        assert problem is not None
        assert problem.misconception == version.message


def test_the_guide_has_every_notebook_and_every_exercise():
    text = guide.path().read_text("utf-8")
    for name in notebooks():
        assert f"### {name}\n" in text
    for exercise in REGISTRY.values():
        assert f"| `{exercise.id}` | {exercise.points:g} | {exercise.minutes} |" in text


def test_the_check_sees_a_change(monkeypatch, tmp_path, capsys):
    stale = tmp_path / "README.md"
    stale.write_text(guide.written().replace("| `ewma` |", "| `emwa` |"), "utf-8")
    monkeypatch.setattr(guide, "path", lambda: stale)
    assert cli.main(["guide", "--check"]) == 1
    assert "run `make release`" in capsys.readouterr().err
    assert cli.main(["guide"]) == 0
    assert cli.main(["guide", "--check"]) == 0


def test_a_guide_without_its_marks_is_not_written_over(monkeypatch, tmp_path):
    bare = tmp_path / "README.md"
    bare.write_text("# Mine\n", "utf-8")
    monkeypatch.setattr(guide, "path", lambda: bare)
    assert cli.main(["guide"]) == 1
    assert bare.read_text("utf-8") == "# Mine\n"
