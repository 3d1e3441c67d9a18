"""``check("ewma", ewma)``: the verdict on an exercise, in the notebook where it was written."""

from __future__ import annotations

import difflib
import os
import sys
from typing import Any

from autograder.checking import render
from autograder.checking.exercise import Exercise
from autograder.checking.verdict import (
    Problem,
    Verdict,
    assess_here,
    not_a_function,
    refuse,
)
from autograder.exercises import REGISTRY
from autograder.notebook import edition
from autograder.notebook.companion import Companion
from autograder.notebook.lend import is_lent
from autograder.notebook.needs import blame, mend_first
from autograder.notebook.progress import running_notebook, standing
from autograder.notebook.ways import other_ways

_MISSING = object()
OFFER_AFTER = 3  # different wrong answers, after which a function may be borrowed


class ShownPoints(float):
    """The points of a verdict. Shows the verdict; its text is the number that nbgrader reads."""

    verdict: Verdict
    card: str

    def __new__(cls, verdict: Verdict, card: str) -> ShownPoints:
        mark = super().__new__(cls, verdict.points)
        mark.verdict, mark.card = verdict, card
        return mark

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, str]:
        return {"text/plain": f"{float(self)!r}", "text/html": self.card}


def check(exercise_id: str, answer: Any = _MISSING) -> ShownPoints:
    """Check an exercise and show the verdict.

    Args:
        exercise_id: the name of the exercise, ``"ewma"``.
        answer: what you wrote: the function itself (``ewma``, without parentheses), or the letter.

    Returns:
        The points, which show as a message. No points are 0.0: nothing is raised, so that the
        cells after a check run.
    """
    exercise = REGISTRY.get(exercise_id) if isinstance(exercise_id, str) else None
    if exercise is None or answer is _MISSING:
        return shown(verdict_on(exercise_id, answer))
    if problem := companion.not_what_stands_there(exercise, answer):
        return shown(Verdict(exercise.id, 0.0, exercise.points, (), problem))
    if is_lent(answer):
        problem = Problem(
            "refused",
            f"{exercise.id} is lent: it is the course's, and not yours.",
            advice="Write your own in its cell whenever you like, and run that cell.",
        )
        return shown(Verdict(exercise.id, 0.0, exercise.points, (), problem))
    verdict = verdict_on(exercise.id, answer)
    stage = verdict.problem.stage if verdict.problem else "right"
    if stage not in ("right", "not written", "refused", "interrupted"):
        verdict = blame(exercise, answer, verdict)
    return shown(verdict, tries=companion.count(verdict, answer))


def verdict_on(exercise_id: str, answer: Any = _MISSING) -> Verdict:
    """The verdict on an answer as data, whatever the notebook around it."""
    if not isinstance(exercise_id, str):
        return refuse(
            "check",
            "The first argument is the name of the exercise, in quotes.",
            'For example: check("ewma", ewma)',
        )
    exercise = REGISTRY.get(exercise_id)
    if exercise is None:
        return _unknown(exercise_id)
    if answer is _MISSING:
        return refuse(
            exercise_id,
            "The check was given a name, but not what you wrote.",
            f'Call it as check("{exercise_id}", {exercise_id}).',
            exercise.points,
        )
    if not exercise.is_quiz and not callable(answer):
        return refuse(
            exercise_id, *not_a_function(exercise_id, _described(answer)), exercise.points
        )
    if exercise.elsewhere:
        return refuse(
            exercise_id,
            f"{exercise_id} is checked when you hand it in: this edition cannot check it here.",
            "Try it on the examples above, then go on.",
            exercise.points,
        )
    return mend_first(exercise, answer) or assess_here(exercise, answer)


def lend(exercise_id: str) -> None:
    """Put the course's function in place of yours, for the pictures that come later; no points.

    Args:
        exercise_id: the name of the exercise, ``"largest_stable_lr"``.

    Every picture that is drawn with it says so. When you write your own and run its cell, yours is
    used again.
    """
    exercise = REGISTRY.get(exercise_id) if isinstance(exercise_id, str) else None
    if exercise is None:
        _say(render.as_text(_unknown(str(exercise_id))))
    elif exercise.is_quiz:
        _say(f"{exercise.id} is a question: nothing can be lent.")
    elif not edition.shows_answers(exercise.notebook) or not callable(exercise.reference):
        _say(
            f"{exercise.id} is not lent in this edition of the course, as long as "
            f"{exercise.notebook} can be handed in. Go on with the next cells."
        )
    else:
        companion.lend(exercise)
        _say(
            f"{exercise.id} is lent: run the cells below. Pictures that are drawn with it say so. "
            "Your own takes its place when you run its cell."
        )


def shown(verdict: Verdict, tries: int = 0) -> ShownPoints:
    """A verdict as the card that a notebook shows."""
    exercise = REGISTRY.get(verdict.exercise_id)
    lines: list[str] = []
    folded: list[tuple[str, str]] = []
    rung = render.WHERE_TO_LOOK if tries > 1 else render.SEEN
    if exercise is not None:
        companion.verdicts[exercise.id] = verdict
        if tries >= OFFER_AFTER and _can_be_lent(exercise):
            lines.append(
                f'Stuck? lend("{exercise.id}") in a cell of its own lets you go on with the '
                "pictures; come back later."
            )
        if verdict.problem is not None and verdict.problem.stage == "interrupted":
            lines.append("Cells that were waiting to run are not run either.")
        lines.append(_standing(exercise))
        if verdict.passed and _can_be_lent(exercise):
            folded.append(("Other ways to write it", other_ways(exercise)))
    problem = verdict.problem
    if problem is not None and problem.on_request and problem.advice and tries > 1:
        folded.append(("Show me the formula", problem.advice))
    if not verdict.points and os.environ.get("NBGRADER_EXECUTION") == "validate":
        # All that nbgrader's own Validate can show of a check; it gives no points for one either.
        print(render.as_text(verdict), file=sys.stderr)
    card = render.as_html(verdict, rung=rung, folded=folded, lines=lines)
    return ShownPoints(verdict, card)


def _standing(exercise: Exercise) -> str:
    points = {name: verdict.points for name, verdict in companion.verdicts.items()}
    return standing(exercise.notebook, points, running_notebook())


def _can_be_lent(exercise: Exercise) -> bool:
    return edition.shows_answers(exercise.notebook) and callable(exercise.reference)


def _unknown(exercise_id: str) -> Verdict:
    near = difflib.get_close_matches(exercise_id, REGISTRY, n=1, cutoff=0.5)
    return refuse(
        exercise_id,
        f"There is no exercise called {exercise_id!r}.",
        f"Did you mean {near[0]!r}?" if near else f"There are: {', '.join(REGISTRY)}.",
    )


def _described(value: Any) -> str:
    try:
        text = repr(value)
    except Exception:  # the student's own
        text = ""
    return text if 0 < len(text) <= 40 else f"a {type(value).__name__}"


def _say(text: str) -> None:
    from IPython.display import display

    display({"text/plain": text, "text/html": render.note_as_html(text)}, raw=True)


_ipython = sys.modules.get("IPython")
_shell = _ipython.get_ipython() if _ipython else None
companion = Companion(_shell.user_ns if _shell else {})
if _shell:
    companion.install(_shell)
