"""Late work: what it costs follows the policy, the due date, extensions and marks by hand."""

from __future__ import annotations

from datetime import timedelta

import pytest
from class_of_six import DUE, NAME, QUESTION
from sqlalchemy import Engine, event
from traitlets.config import Config

from autograder import cli, folders
from autograder.desk import standing
from autograder.desk.marked import MarkedClass
from autograder.grading.late import DAY, LatePolicy, LatePolicyError

TEN = "c.LatePolicy.percent_per_day = 10"
PLUGIN = """
from nbgrader.plugins import BasePlugin


class PerDay(BasePlugin):
    def late_submission_penalty(self, student_id, score, total_seconds_late):
        {body}
"""


def stored(folder, student="bo"):
    """Score and penalty, as nbgrader has them."""
    from nbgrader import api

    with api.Gradebook(folders.configuration(folder).CourseDirectory.db_url) as gradebook:
        notebook = gradebook.find_submission_notebook(NAME, NAME, student)
        return notebook.score, notebook.late_submission_penalty


def change(folder, what):
    from nbgrader import api

    with api.Gradebook(folders.configuration(folder).CourseDirectory.db_url) as gradebook:
        what(gradebook)
        gradebook.db.commit()


def penalty(folder, student="bo"):
    """The penalty after a command that reads the marks."""
    assert cli.main(["class", NAME, "--course-dir", str(folder)]) == 0
    return stored(folder, student)[1]


def test_a_class_is_read_with_as_many_questions_however_many_are_late(folder, policy):
    policy(TEN)
    asked, counts = [], {}

    def ask(*_):
        asked.append(1)

    for hours in (0, -5):
        due = (DUE + timedelta(hours=hours)).replace(tzinfo=None)
        change(folder, lambda g, due=due: g.update_or_create_assignment(NAME, duedate=due))
        MarkedClass(folder, NAME)  # brings the penalties up to date
        event.listen(Engine, "before_cursor_execute", ask)
        marked = MarkedClass(folder, NAME)
        event.remove(Engine, "before_cursor_execute", ask)
        counts[sum(s.seconds_late > 0 for s in marked.submissions.values())] = len(asked)
        asked.clear()
    assert counts.keys() == {1, 5}
    assert counts[1] == counts[5] > 0


@pytest.mark.parametrize(
    ("settings", "late", "share"),
    [
        ({}, DAY, 0.0),
        ({"percent_per_day": 10}, 1, 0.1),
        ({"percent_per_day": 10}, DAY, 0.1),
        ({"percent_per_day": 10}, DAY + 1, 0.2),
        ({"percent_per_day": 10, "grace_minutes": 15}, 900, 0.0),
        ({"percent_per_day": 10, "grace_minutes": 15}, 901, 0.1),
        ({"percent_per_day": 10, "grace_minutes": 15}, DAY + 900, 0.1),
        ({"percent_per_day": 10, "at_most_percent": 25}, 9 * DAY, 0.25),
        ({"percent_per_day": 60}, 9 * DAY, 1.0),
    ],
)
def test_the_share_that_lateness_costs(settings, late, share):
    assert LatePolicy(config=Config(LatePolicy=settings)).share(late) == pytest.approx(share)


def test_a_policy_is_computed_from_all_points_and_follows_every_change(folder, by_hand, policy):
    assert penalty(folder) is None
    policy(TEN)
    without, cost = stored(folder)[0], penalty(folder)
    assert cost == pytest.approx(0.3 * without)  # 2 days 3 hours are three days begun
    by_hand("bo", 4.0)
    assert penalty(folder) == pytest.approx(0.3 * (without + 4.0))
    policy("c.LatePolicy.percent_per_day = 5", "c.LatePolicy.at_most_percent = 12")
    assert penalty(folder) == pytest.approx(0.12 * (without + 4.0))
    policy(TEN)
    later = DUE.replace(tzinfo=None) + timedelta(days=2)
    change(folder, lambda g: g.update_or_create_assignment(NAME, duedate=later))
    assert penalty(folder) == pytest.approx(0.1 * (without + 4.0))
    policy()
    assert penalty(folder) is None
    assert penalty(folder, "ed") is None


@pytest.mark.parametrize(
    ("extensions", "days"),
    [
        ({"bo": 1}, 2),
        ({"bo": {NAME: 2}}, 1),
        ({"bo": {"01_ewma": 9}}, 3),
        ({"ed": 9}, 3),
        ({"bo": 3}, 0),
        ({"bo": 0.5}, 2),
    ],
)
def test_extensions_by_student_and_by_assignment(folder, policy, extensions, days):
    policy(TEN, f"c.LatePolicy.extensions = {extensions!r}")
    cost = penalty(folder)
    assert (cost or 0.0) == pytest.approx(0.1 * days * stored(folder)[0])
    [row] = [r for r in standing.of(folder, NAME) if r.student.id == "bo"]
    assert bool(row.seconds_late) == bool(days)


def test_the_longer_of_two_extensions_counts(folder, policy):
    policy(TEN, 'c.LatePolicy.extensions = {"bo": 1}')
    change(folder, lambda g: g.grant_extension(NAME, "bo", days=2))
    assert penalty(folder) == pytest.approx(0.1 * stored(folder)[0])
    policy(TEN, 'c.LatePolicy.extensions = {"bo": 2.5}')
    assert penalty(folder) is None


def test_nbgrader_s_own_plugin_comes_first(folder, policy):
    policy(TEN, 'c.LateSubmissionPlugin.penalty_method = "zero"')
    assert penalty(folder) == stored(folder)[0]
    policy(TEN, 'c.LateSubmissionPlugin.penalty_method = "none"')
    assert penalty(folder) == pytest.approx(0.3 * stored(folder)[0])


def test_a_plugin_in_a_file_beside_the_configuration(folder, policy, by_hand, capsys):
    (folder / "beside_it.py").write_text(PLUGIN.format(body="return score / 4"))
    policy('c.AssignLatePenalties.plugin_class = "beside_it.PerDay"')
    command = ["grade", NAME, "--course-dir", str(folder), "--workers", "1", "--student", "bo"]
    assert cli.main(command) == 0  # graded before: no --force
    score, cost = stored(folder)
    assert cost == score / 4
    assert f"another late penalty than before (1): bo 0 → {cost:g}" in capsys.readouterr().out
    by_hand("bo", 4.0)
    assert penalty(folder) == (score + 4.0) / 4


@pytest.mark.parametrize(
    ("lines", "says"),
    [
        (['c.AssignLatePenalties.plugin_class = "not_there.PerDay"'], "not_there"),
        (["c.LatePolicy.percent_per_day = -1"], "percent_per_day"),
        (["c.LatePolicy.extensions = {'bo': 'a week'}"], "'bo' has no number of days: 'a week'"),
        (['c.AssignLatePenalties.plugin_class = "failing.PerDay"'], "ZeroDivisionError"),
    ],
)
def test_what_cannot_be_used_ends_in_a_sentence(folder, policy, capsys, lines, says):
    (folder / "failing.py").write_text(PLUGIN.format(body="return 1 / 0"))
    policy(*lines)
    for command in (["grade", NAME, "--workers", "1"], ["class"], ["feedback", NAME]):
        assert cli.main([*command, "--course-dir", str(folder)]) == 1
        said = capsys.readouterr()
        assert says in said.err + said.out
    with pytest.raises(LatePolicyError):
        MarkedClass(folder, NAME)


def test_stock_nbgrader_s_grading_has_the_same_policy(folder, policy, by_hand):
    by_hand("bo", 4.0)
    policy(TEN, 'c.LatePolicy.extensions = {"bo": {"03_momentum": 1}}')
    answer = folders.nbgrader(folder).autograde(NAME, "bo", force=True)
    assert answer["success"], answer
    score, cost = stored(folder)
    assert cost == pytest.approx(0.2 * score)
    assert MarkedClass(folder, NAME).submissions["bo"].notebooks[NAME].marks[QUESTION].manual == 4.0
