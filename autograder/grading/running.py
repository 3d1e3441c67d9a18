"""Run a notebook in the sandbox, and ask each check's question of a copy made where it stands.

The process is copied at every check. The copies wait until the notebook's own process has ended and
its outputs have been taken; only then do they get the cases, one after the other, and each is gone
before the next one starts. So no case is ever in the process whose outputs are shown, no check
touches another, and what the notebook does behind a check is not taken from its mark.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from autograder.checking.answer_key import Outcomes, run_cases
from autograder.checking.drive import Outcome
from autograder.checking.exercise import Case
from autograder.grading.lending import Lender
from autograder.sandbox import Sandbox, Session, Stopped
from autograder.sandbox.session import CellResult, Fork


@dataclass(frozen=True)
class Question:
    """What a check asks.

    Attributes:
        expression: Python, usually a name: what is asked.
        cases: by group.
        lent: the judge's functions that take the place of the notebook's.
    """

    expression: str
    cases: Sequence[Sequence[Case]]
    lent: Mapping[str, Callable[..., Any]] = field(default_factory=dict)

    def ask(self, process: Session | Fork) -> Outcomes:
        """The outcomes of the cases in a process.

        Raises:
            Stopped: if it ends.
        """

        def run_all(cases: Sequence[Case]) -> list[list[Outcome]]:
            scripts = [(case.script, case.ask) for case in cases]
            lender = Lender(self.lent) if self.lent else None
            return process.run_scripts(self.expression, scripts, lender)

        return run_cases(self.cases, run_all)


Answer = Outcomes | Stopped


@dataclass
class Ran:
    """What a notebook did: the results of its cells and the answers to its checks, by place."""

    cells: dict[int, CellResult | Stopped] = field(default_factory=dict)
    answers: dict[int, Answer] = field(default_factory=dict)


def run(
    sandbox: Sandbox,
    files: Mapping[str, bytes],
    first: Mapping[int, str],
    last: Mapping[int, str],
    questions: Mapping[int, Question],
) -> Ran:
    """Run a notebook, and ask its questions.

    Args:
        sandbox: where it runs.
        files: that were handed in beside it.
        first: the code of the cells on which a mark may depend, by place.
        last: the code of the others, which run when all questions have a copy to be asked of.
        questions: by the place at which the process is copied for them.
    """
    ran = Ran()
    forks: dict[int, Fork] = {}
    with sandbox.session(files, len(questions)) as session:
        for place in sorted({*first, *questions}):
            if place in questions:
                try:
                    forks[place] = session.fork()
                except Stopped as why:
                    ran.answers[place] = why
            else:
                ran.cells[place] = run_cell(session, first[place])
        for place, code in sorted(last.items()):
            ran.cells[place] = run_cell(session, code)
        session.settle()
        for place, fork in forks.items():
            ran.answers[place] = _answer(questions[place], fork)
    for place, fork in forks.items():
        if fork.threads > 1 and timed_out(ran.answers[place]):
            ran.answers[place] = _ask_alone(sandbox, files, first, place, questions[place])
    return ran


def timed_out(answer: Answer) -> bool:
    """Whether a limit ended it."""
    if isinstance(answer, Stopped):
        return True
    failures = [o.failure for group in answer for case in group for o in case if o.failure]
    return any(failure.cause == "limit" for failure in failures)


def run_cell(session: Session, code: str) -> CellResult | Stopped:
    """Run a cell; if the process ends, that is its result."""
    try:
        return session.run_cell(code)
    except Stopped as why:
        return why


def _answer(question: Question, process: Session | Fork) -> Answer:
    try:
        return question.ask(process)
    except Stopped as why:
        return why


def _ask_alone(
    sandbox: Sandbox,
    files: Mapping[str, bytes],
    first: Mapping[int, str],
    place: int,
    question: Question,
) -> Answer:
    """Ask in the notebook's own process, run once more up to there; nothing of it is shown.

    A copy has only the thread that made it: where the answer needs another one, the copy hangs.
    """
    with sandbox.session(files) as session:
        for before, code in sorted(first.items()):
            if before < place:
                run_cell(session, code)
        return _answer(question, session)
