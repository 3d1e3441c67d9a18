"""The verdicts on a notebook's checks: what runs when, and what a student may read of it."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

from autograder.cells import Check
from autograder.checking.answer_key import PUBLIC_SEED, Key
from autograder.checking.verdict import (
    Verdict,
    assess,
    explain_in_public,
    not_a_function,
    not_comparable,
    not_written,
    refuse,
)
from autograder.exercises import REGISTRY
from autograder.grading.lending import can_be_lent
from autograder.grading.needed import Plan, copies, names_reached
from autograder.grading.reasons import absent, is_stub
from autograder.grading.running import Answer, Question, Ran, limit_hit, run
from autograder.grading.submission import Cell
from autograder.sandbox import Sandbox, Stopped

Outputs = Mapping[int, Sequence[Mapping[str, Any]]]


@dataclass
class Marking:
    """One notebook while its checks are marked.

    Attributes:
        sandbox: where it runs.
        key: the answer key of an exercise for a seed.
        seed: of the cases that decide.
        cells: of the notebook.
        checks: those of its cells that are checks, by place.
        order: the exercises as the author's notebook has them.
        plan: what runs of it.
        files: beside it.
        python: the version that the notebook says it ran with.
        verdicts: by place.
        lent: by place, the judge's functions with which an answer was tried.
    """

    sandbox: Sandbox
    key: Callable[[str, int], Key]
    seed: int
    cells: Sequence[Cell]
    checks: Mapping[int, Check]
    order: Sequence[str]
    plan: Plan
    files: Mapping[str, bytes]
    python: tuple[int, int] = (0, 0)
    verdicts: dict[int, Verdict] = field(default_factory=dict)
    lent: dict[int, list[str]] = field(default_factory=dict)

    @cached_property
    def _first(self) -> dict[int, str]:
        return {i: code for i, code in self.plan.first.items() if i not in self.checks}

    def run(self) -> Ran:
        """Run the notebook, and ask the secret cases."""
        questions = self._questions(self.checks, self.seed)
        self._copies = copies(self.cells, Plan(self._first, {}), self.checks)
        ran = run(self.sandbox, self.files, self._first, self.plan.last, questions, self._copies)
        self._answers = ran.answers
        return ran

    def judge(self, outputs: Outputs) -> None:
        """Make the verdicts.

        Args:
            outputs: of the cells that ran, by place.
        """
        for i, answer in self._answers.items():
            self.verdicts[i] = self._verdict(i, answer, outputs)
        self._ask_alone(
            [i for i, v in self.verdicts.items() if v.problem and not v.groups], outputs
        )
        self._try_with_right_ones()
        self._explain(outputs)

    def _ask_alone(self, checks: Collection[int], outputs: Outputs) -> None:
        """Ask once more, each in a copy of its own: another check may have spoiled a shared one.

        An answer that nobody has written was not there to be spoiled.
        """
        shared = list(self._copies.values())
        again = [
            i
            for i in checks
            if shared.count(self._copies[i]) > 1
            and not is_stub(self.checks[i].expression, self.cells, outputs, i)
        ]
        for i, answer in self._run_again(again, self.seed).items():
            self._answers[i] = answer
            self.verdicts[i] = self._verdict(i, answer, outputs)

    def _run_again(self, checks: Collection[int], seed: int) -> Mapping[int, Answer]:
        """The answers for other cases, each in a process that no case has reached before."""
        if not checks:
            return {}
        first = {i: code for i, code in self._first.items() if i < max(checks)}
        return run(self.sandbox, self.files, first, {}, self._questions(checks, seed)).answers

    def _questions(self, checks: Collection[int], seed: int) -> dict[int, Question]:
        return {
            i: Question(
                self.checks[i].expression,
                self.key(self.checks[i].exercise_id, seed).cases,
                {name: REGISTRY[name].reference for name in self.lent.get(i, ())},
            )
            for i in checks
        }

    def _verdict(self, i: int, answer: Answer, outputs: Outputs) -> Verdict:
        """The verdict on the secret cases."""
        check, exercise = self.checks[i], REGISTRY[self.checks[i].exercise_id]
        if isinstance(answer, Stopped):
            return refuse(
                exercise.id,
                f"The notebook's process ended during this check: {answer}.",
                "Restart the kernel, choose Run All, and see which cell does not finish.",
                exercise.points,
            )
        first = answer[0][0][0].failure
        if first and first.cause == "not callable":
            words = not_a_function(exercise.id, first.message)
            return refuse(exercise.id, *words, exercise.points)
        if first and first.cause == "absent":
            words = absent(check.expression, self.cells, outputs, i, self.python)
            return refuse(exercise.id, *words, exercise.points)
        return self._assess(i, self.seed, answer)

    def _assess(self, i: int, seed: int, answer: Answer) -> Verdict:
        exercise = REGISTRY[self.checks[i].exercise_id]
        assert not isinstance(answer, Stopped)
        try:
            return assess(exercise, self.key(exercise.id, seed), answer)
        except Exception as error:  # whatever the process sent, the class goes on
            if isinstance(error, MemoryError):
                self.sandbox.hit.add("grader_memory_bytes")
            return not_comparable(exercise, error)

    # An answer that calls another one

    def _try_with_right_ones(self) -> None:
        """An answer that calls one that is not right is tried with the judge's in its place.

        Only one of an earlier exercise is lent. An earlier answer that calls a later one could undo
        what the reference's does, and nobody would have written a formula.
        """
        wrong = {
            self.checks[i].exercise_id: i for i, verdict in self.verdicts.items() if verdict.problem
        }
        wrong = {name: i for name, i in wrong.items() if can_be_lent(REGISTRY[name])}
        tried = [i for i, verdict in self.verdicts.items() if _is_to_explain(verdict)]
        reached = names_reached(self.cells, tried) if tried and wrong else {}
        for i, names in reached.items():
            calls = names.intersection(wrong, self._before(self.checks[i].exercise_id))
            if calls:
                self.lent[i] = sorted(calls)
        if not self.lent:
            return
        for i, answer in self._run_again(self.lent, self.seed).items():
            verdict = None if isinstance(answer, Stopped) else self._assess(i, self.seed, answer)
            if verdict and verdict.points > self.verdicts[i].points:
                self.verdicts[i], self._answers[i] = verdict, answer
            else:
                del self.lent[i]

    def _before(self, exercise_id: str) -> Sequence[str]:
        """The exercises above this one in the author's notebook."""
        return self.order[: self.order.index(exercise_id)] if exercise_id in self.order else ()

    def with_others(self, i: int) -> str:
        """With which functions an answer was tried, and why; "" if with the student's alone."""
        if i not in self.lent:
            return ""
        names = self.lent[i]
        by_name = {self.checks[j].exercise_id: v for j, v in self.verdicts.items()}
        # One of them may be right as soon as another one is.
        name = next((name for name in names if by_name[name].problem), names[0])
        first = by_name[name]
        told = f"your {name} is not right yet: {first.points:g} of {first.max_points:g} points"
        return f"the reference's {', '.join(names)} in place of yours, because {told}"

    # What may be read

    def _explain(self, outputs: Outputs) -> None:
        """Put messages about the cases that a student has in the place of the secret ones."""
        unclear = [
            i
            for i, verdict in self.verdicts.items()
            if _is_to_explain(verdict) and not limit_hit(self._answers[i])
        ]
        shown = {}
        for i, answer in self._run_again(unclear, PUBLIC_SEED).items():
            points = REGISTRY[self.checks[i].exercise_id].points
            shown[i] = Verdict(self.checks[i].exercise_id, points, points)
            if not isinstance(answer, Stopped):
                shown[i] = self._assess(i, PUBLIC_SEED, answer)
        better = [i for i, public in shown.items() if public.points > self.verdicts[i].points]
        self._ask_alone([i for i in better if i not in self.lent], outputs)
        for i, public in shown.items():
            if not self.verdicts[i].passed:
                slips = REGISTRY[self.checks[i].exercise_id].misconceptions
                named = [slip.message for slip in slips]
                self.verdicts[i] = explain_in_public(self.verdicts[i], public, named)
        for i, verdict in self.verdicts.items():
            if verdict.problem and verdict.groups and (limit := limit_hit(self._answers[i])):
                headline = f"{verdict.exercise_id} was {limit}."
                problem = replace(verdict.problem, headline=headline, evidence=())
                self.verdicts[i] = replace(verdict, problem=problem)
        for i in self.lent:
            verdict = self.verdicts[i]
            if verdict.problem:
                evidence = (*verdict.problem.evidence, ("with", self.with_others(i)))
                problem = replace(verdict.problem, evidence=evidence)
                self.verdicts[i] = replace(verdict, problem=problem)


def _is_to_explain(verdict: Verdict) -> bool:
    """Whether the message depends on what the answer did in the secret cases."""
    return bool(verdict.problem and verdict.groups) and not _is_stub(verdict)


def _is_stub(verdict: Verdict) -> bool:
    problem = verdict.problem
    return problem is not None and problem.headline == not_written(verdict.exercise_id)
