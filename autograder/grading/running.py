"""Run a notebook in the sandbox, and ask each check's question of a copy made where it stands.

The process is copied where the checks stand. The copies wait until the notebook's own process has
ended and its outputs have been taken; only then do they get the cases, one after the other, and
each is gone before the next one starts. So no case is ever in the process whose outputs are shown,
and what the notebook does behind a check is not taken from its mark.
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
    copies: Mapping[int, int] | None = None,
) -> Ran:
    """Run a notebook, and ask its questions.

    Args:
        sandbox: where it runs.
        files: that were handed in beside it.
        first: the code of the cells on which a mark may depend, by place.
        last: the code of the others, which run when all questions have a copy to be asked of.
        questions: by the place of their check.
        copies: for each question the place at which the process is copied for it, several
            questions may share a copy; None: each has its own.
    """
    ran = Ran()
    asked: dict[int, dict[int, Question]] = {}  # by the place of the copy
    for check, question in questions.items():
        asked.setdefault(copies[check] if copies else check, {})[check] = question
    forks: dict[int, Fork] = {}
    with sandbox.session(files, len(asked)) as session:
        for place in sorted({*first, *asked}):
            if place not in asked:
                ran.cells[place] = run_cell(session, first[place])
                continue
            try:
                forks[place] = session.fork()
            except Stopped as why:
                ran.answers |= dict.fromkeys(asked[place], why)
        for place, code in sorted(last.items()):
            ran.cells[place] = run_cell(session, code)
        session.settle()
        for place, fork in forks.items():
            ran.answers |= _ask_all(fork, asked[place])
            fork.finish()
    for place, fork in forks.items():
        left = {i: question for i, question in asked[place].items() if i not in ran.answers}
        if left:  # another one has ended their copy
            ran.answers |= run(sandbox, files, first, {}, left).answers
        for i, question in asked[place].items() if fork.threads > 1 else ():
            if i not in left and limit_hit(ran.answers[i]):
                ran.answers[i] = _ask_alone(sandbox, files, first, i, question)
    return ran


def _ask_all(fork: Fork, questions: Mapping[int, Question]) -> dict[int, Answer]:
    """The answers to questions of one copy, as far as it lives."""
    answers: dict[int, Answer] = {}
    for i, question in questions.items():
        answers[i] = _answer(question, fork)
        if limit_hit(answers[i]):
            break
    return answers


def limit_hit(answer: Answer) -> str:
    """What ended it, in the judge's words; "" if it came to its end."""
    if isinstance(answer, Stopped):
        return str(answer)
    failures = [o.failure for group in answer for case in group for o in case if o.failure]
    return next((failure.message for failure in failures if failure.cause == "limit"), "")


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
