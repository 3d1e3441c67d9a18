"""The companion of a notebook: it sees which cells run, and lets Run All reach the end.

It is installed in the kernel by the first ``from autograder import check``. From then on

- the ledger knows which cell defined what, and which one stopped before it got there,
- a cell that needs what is not written yet, or not right yet, says so in one line, and the cells
  after it run,
- what was made with a lent function is known, and pictures say it.
"""

from __future__ import annotations

import difflib
import os
import re
from types import TracebackType
from typing import Any

from IPython.display import display

from autograder.cells import Check, as_check, names_defined
from autograder.checking import render
from autograder.checking.drive import read_value
from autograder.checking.exercise import Exercise
from autograder.checking.tracebacks import without_its_middle
from autograder.checking.verdict import Problem, Verdict, refuse
from autograder.exercises import REGISTRY
from autograder.notebook import on_disk
from autograder.notebook.ledger import CellRun, Ledger, line_of, names_read, names_stored
from autograder.notebook.lend import Loans, lent
from autograder.notebook.stopped import cell_error

_PACKAGE = os.path.dirname(os.path.dirname(__file__))
_NEAR = 0.75  # how alike two names are, from 0 to 1, if one may be the other one misspelt


class Companion:
    """What is known of one kernel's notebook.

    Attributes:
        ledger: the cells that ran.
        loans: what was made with lent functions.
        verdicts: the newest verdict on each exercise.
        tries: how many different answers to an exercise were wrong since it last was right.
    """

    def __init__(self, namespace: dict[str, Any]) -> None:
        self.namespace = namespace
        self.ledger = Ledger()
        self.loans = Loans()
        self.verdicts: dict[str, Verdict] = {}
        self.tries: dict[str, int] = {}
        self._tried: dict[str, object] = {}
        self._waiting: dict[str, str] = {}  # name → what the cell that makes it waits for
        self._source = ""
        self._explained = False
        self._interrupted = False

    # What IPython tells

    def install(self, shell: Any) -> None:
        """Listen to an IPython shell."""
        shell.events.register("pre_run_cell", self._begin)
        shell.events.register("post_run_cell", self._end)
        shell.set_custom_exc((Exception,), self._error)

    def _begin(self, info: Any) -> None:
        self._source, self._explained, self._interrupted = info.raw_cell or "", False, False
        self.ledger.begin(self._source, self.namespace)

    def _end(self, result: Any) -> None:
        error = result.error_before_exec or result.error_in_exec
        source = result.info.raw_cell or ""
        self.ledger.end(
            source,
            self.namespace,
            cell_id=result.info.cell_id or "",
            number=result.execution_count or 0,
            error=error,
            line=line_of(error),
        )
        read, stored = names_read(source), names_stored(source)
        self.loans.cell_ended(read, stored)
        if error is None:
            for name in stored:
                self._waiting.pop(name, None)
        elif not isinstance(error, KeyboardInterrupt) and (
            self._explained or _defines_an_exercise(source)
        ):
            # It is said, so it is no reason to stop: Run All goes on with the next cell.
            result.error_before_exec = result.error_in_exec = None
        if self._interrupted:
            # Who presses the square wants everything to stop, as in any notebook: the cells that
            # wait may call the same function.
            result.error_in_exec = KeyboardInterrupt()

    def _error(
        self,
        shell: Any,
        kind: type[BaseException],
        error: BaseException,
        trace: TracebackType,
        tb_offset: int | None = None,
    ) -> None:
        try:
            self._explained = self._explain(shell, error, trace)
        except Exception:  # IPython would never ask again
            self._explained = False
        if not self._explained:
            short = without_its_middle(error, trace)
            shell.showtraceback((kind, error, short), tb_offset=tb_offset)

    def _explain(self, shell: Any, error: BaseException, trace: TracebackType) -> bool:
        """Show why a cell cannot go on; whether that is known."""
        check = as_check(self._source)
        if check and isinstance(error, NameError) and error.name == check.expression:
            shell.displayhook(self.shown_missing(check))
            return True
        waits_for, sentence = self._reason(error, trace)
        if not waits_for:
            return False
        for name in names_stored(self._source) - self.namespace.keys():
            self._waiting[name] = waits_for
        display({"text/plain": sentence, "text/html": render.note_as_html(sentence)}, raw=True)
        return True

    # Why a cell cannot go on

    def _reason(self, error: BaseException, trace: TracebackType) -> tuple[str, str]:
        """The exercise for which a cell waits, and a sentence; empty if it is another matter."""
        if isinstance(error, NotImplementedError):
            if name := _innermost_exercise(trace):
                return name, f"This cell waits for {name}, which is not written yet."
            if name := _question(self._source):
                return name, f"{name} is not answered yet."
        if isinstance(error, NameError) and error.name in self._waiting:
            waits_for = self._waiting[error.name]
            return waits_for, (
                f"This cell needs {error.name}, which a cell above makes. That cell waits for "
                f"{waits_for}."
            )
        if isinstance(error, NameError) and error.name in REGISTRY:
            problem = self.why_missing(REGISTRY[error.name])
            return error.name, f"This cell waits for {error.name}. {problem.headline}"
        if _defines_an_exercise(self._source):
            return "", ""
        for name in [_innermost_exercise(trace), *names_read(self._source)]:
            verdict = self.verdicts.get(name or "")
            if verdict is not None and not verdict.passed:
                return verdict.exercise_id, (
                    f"This cell waits for {name}, which is not right yet "
                    f"({verdict.points:g} of {verdict.max_points:g} points). "
                    f"It stopped with {type(error).__name__}: {error}".rstrip(".")
                    + "."
                )
        return "", ""

    # What a check asks

    def not_what_stands_there(self, exercise: Exercise, answer: Any) -> Problem | None:
        """Why a verdict on ``answer`` would not be one on the code in the notebook; or None."""
        if answer is not self.namespace.get(exercise.id):
            return None
        run = self.ledger.definition(exercise.id)
        if run is None:
            return None
        if exercise.id not in run.made:
            return self._why_not_made(exercise, run)
        if (line := on_disk.not_yet_run(exercise.id, run)) is not None:
            return Problem(
                "refused",
                f"{exercise.id} was written anew, and that was not run yet.",
                (("new is", line),),
                advice=f"Run the cell of {exercise.id}, then this one.",
            )
        return None

    def why_missing(self, exercise: Exercise) -> Problem:
        """Why there is nothing of the exercise's name."""
        run = self.ledger.definition(exercise.id)
        if run is None and (cell := on_disk.solution_cell(exercise.id)):
            run = self.ledger.of_cell(cell.cell_id)
        if exercise.is_quiz and (run is None or isinstance(run.error, NotImplementedError)):
            return Problem(
                "not written",
                f"{exercise.id} is not answered yet.",
                advice="Put your letter in the cell above, run that cell, then this one.",
            )
        if run is not None:
            return self._why_not_made(exercise, run)
        defined = [name for run in self.ledger.runs for name in run.made if name not in REGISTRY]
        if near := difflib.get_close_matches(exercise.id, defined, n=1, cutoff=_NEAR):
            return _renamed(exercise, near[0])
        return Problem(
            "refused",
            f"{exercise.id} does not exist yet: the cell in which it is written was not run.",
            advice="Run the cell above, then this one. (After a restart: Run ▸ Run All Above "
            "Selected Cell.)",
        )

    def _why_not_made(self, exercise: Exercise, run: CellRun) -> Problem:
        name = exercise.id
        if run.error is not None:
            said, todo = cell_error(run.error, run.source, run.line)
            lines = run.source.splitlines()
            known = 0 < run.line <= len(lines)
            where = f"line {run.line}: {lines[run.line - 1].strip()}" if known else ""
            again = " again" if name in self.namespace else ""
            return Problem(
                "refused",
                f"The cell of {name} stopped before it defined it: {said}.",
                (("stopped at", where),) if where else (),
                advice=f"{todo} Then run that cell and this one{again}.",
            )
        if run.cell_magic:
            return Problem(
                "refused",
                f"The cell of {name} begins with {run.cell_magic}: what it defines is gone when "
                "it ends.",
                advice=f"Remove the line with {run.cell_magic}, run that cell, then this one.",
            )
        if name in run.made:
            return Problem(
                "refused",
                f"{name} was deleted after its cell had run.",
                advice=f"Run the cell of {name} again, then this one.",
            )
        if name in run.defined:
            return Problem(
                "refused",
                f"The cell of {name} has run, and there is no {name} after it.",
                advice=f"Does a line of that cell delete {name}? Remove the line, run that cell, "
                "then this one.",
            )
        near = difflib.get_close_matches(name, run.defined, n=1, cutoff=0.0)
        if near:
            return _renamed(exercise, near[0])
        return Problem(
            "refused",
            f"The cell of {name} does not define {name} any more.",
            advice=f"Write it there again, under the name {name}; run that cell, then this one.",
        )

    def shown_missing(self, check: Check) -> Any:
        """The card for a check whose answer does not exist."""
        from autograder.notebook.check import shown

        exercise = REGISTRY.get(check.exercise_id)
        if exercise is None or check.expression != exercise.id:
            return shown(
                refuse(check.exercise_id, f"{check.expression} does not exist.", "Is it a name?")
            )
        verdict = Verdict(exercise.id, 0.0, exercise.points, (), self.why_missing(exercise))
        self.verdicts[exercise.id] = verdict
        return shown(verdict)

    def count(self, verdict: Verdict, answer: Any) -> int:
        """Note a verdict; the number of different wrong answers so far."""
        name = verdict.exercise_id
        self.verdicts[name] = verdict
        if verdict.problem is not None and verdict.problem.stage == "interrupted":
            self._interrupted = True
        if verdict.passed:
            self.tries.pop(name, None)
            self._tried.pop(name, None)
            return 0
        written = _written(answer)
        if self._tried.get(name) != written:
            self._tried[name] = written
            self.tries[name] = self.tries.get(name, 0) + 1
        return self.tries[name]

    # Lending

    def lend(self, exercise: Exercise) -> None:
        """Put the reference's function in place of the student's; pictures will say so."""
        from reference_impl import plots  # brings matplotlib, which a notebook without it spares

        if self.caption not in plots.captions:
            plots.captions.append(self.caption)
        self.namespace[exercise.id] = lent(exercise, self.loans.called)

    def caption(self) -> str:
        """What a picture that is drawn now must say of lent functions; empty if nothing."""
        names = self.loans.behind(names_read(self._source))
        return f"Lent: drawn with the course's {', '.join(names)}." if names else ""


def _question(source: str) -> str:
    """The question whose cell says ``# prediction = one of the letters``, and no more yet."""
    asked = re.search(r"^# (\w+) = ", source, re.MULTILINE)
    return asked[1] if asked and asked[1] in REGISTRY else ""


def _defines_an_exercise(source: str) -> bool:
    return any(name in REGISTRY for name in names_defined(source))


def _written(answer: Any) -> object:
    """What two answers are compared by: an array or an object says in its own way what is equal."""
    if callable(answer):
        return getattr(answer, "__code__", None) or id(answer)
    return repr(read_value(answer))[:200]


def _renamed(exercise: Exercise, name: str) -> Problem:
    return Problem(
        "refused",
        f"You wrote {name}; the check looks for {exercise.id}.",
        advice=f"Call it {exercise.id} in its cell, run that cell, then this one.",
    )


def _innermost_exercise(trace: TracebackType | None) -> str | None:
    found = None
    while trace is not None:
        code = trace.tb_frame.f_code
        name = code.co_qualname.partition(".")[0]  # a method's begins with its class
        if name in REGISTRY and not code.co_filename.startswith(_PACKAGE):
            found = name
        trace = trace.tb_next
    return found
