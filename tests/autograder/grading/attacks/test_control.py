"""The arena would show an attack that succeeds."""

import pytest
from arena import ALL_POINTS, CANARY, HONEST, HONEST_POINTS, notebook, right, submission


def test_a_right_answer_gains_points(stage):
    """If the points were forged, the attack's test would fail in just this way."""
    both = {name: right()[name] for name in (HONEST, "count_turns")}
    with pytest.raises(AssertionError, match=r"5\.0 points for an attack"):
        stage.attack("pass", answers=both)
    with pytest.raises(AssertionError, match=f"{ALL_POINTS:.1f} points for an attack"):
        stage.hand_in(submission(notebook(answers=right())))


def test_an_attacker_gets_the_points_of_what_is_right(stage):
    assert "3 of 3 points" in stage.attack("pass")
    with pytest.raises(AssertionError, match=r"3\.0 points for an attack"):
        stage.attack("pass", points=HONEST_POINTS - 1)


def test_a_canary_that_is_read_is_seen(stage):
    with pytest.raises(AssertionError, match="the contents of a canary"):
        stage.attack(f"print({CANARY[:6]!r} + {CANARY[6:]!r})")


def test_a_canary_that_is_changed_is_seen(stage, tmp_path, monkeypatch):
    path = tmp_path / "canary"
    path.write_text("changed")
    monkeypatch.setattr(stage, "canaries", [path])
    with pytest.raises(AssertionError):
        stage.intact()


def test_an_honest_student_who_gets_something_else_is_seen(stage, monkeypatch):
    monkeypatch.setitem(stage.honest, "notes", ("another",))
    with pytest.raises(AssertionError):
        stage.intact()
