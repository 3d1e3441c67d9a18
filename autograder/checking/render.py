"""Show a verdict: as HTML in a notebook, as coloured text where only text can go."""

from __future__ import annotations

import re
from collections.abc import Sequence
from html import escape
from typing import Any

from autograder.checking.verdict import Problem, Verdict

# Okabe-Ito colours: colour-blind readers can tell them apart, and a sign always comes with them.
GREEN, ORANGE, RED, GREY = "#009E73", "#E69F00", "#D55E00", "#808080"


def mark(verdict: Verdict) -> str:
    """``✓`` all points, ``◐`` some, ``✗`` none."""
    if verdict.passed:
        return "✓"
    return "◐" if verdict.points else "✗"


def title(verdict: Verdict) -> str:
    """``✓ momentum_step: 3 of 3 points``."""
    unit = "point" if verdict.max_points == 1 else "points"
    return (
        f"{mark(verdict)} {verdict.exercise_id}: "
        f"{verdict.points:g} of {verdict.max_points:g} {unit}"
    )


# How much is told of a mistake that has no name: what was seen, where to look, the formula.
SEEN, WHERE_TO_LOOK, FORMULA = 1, 2, 3


def arrows(problem: Problem, rung: int = FORMULA) -> list[str]:
    """What is told below the evidence, up to a rung of the ladder: the name always first."""
    look = problem.look if rung >= WHERE_TO_LOOK else ""
    advice = problem.advice if rung >= FORMULA or not problem.on_request else ""
    return [text for text in (problem.misconception, look, advice) if text]


def as_text(verdict: Verdict, *, colour: bool = False, rung: int = FORMULA) -> str:
    """The verdict in lines of text; ``colour`` adds terminal colours."""

    def paint(text: str, code: str) -> str:
        return f"\x1b[{code}m{text}\x1b[0m" if colour else text

    # No red for zero points: it is how everybody starts, and the sign says it.
    hue = ";32" if verdict.passed else ";33" if verdict.points else ""
    lines = [paint(title(verdict), f"1{hue}")]
    problem = verdict.problem
    if problem is not None:
        lines.append(paint(problem.headline, "1"))
        lines += [f"  {label:<9} {text}" for label, text in problem.evidence]
        lines += _groups(verdict)
        for text in arrows(problem, rung):
            line = f"→ {text}"
            lines.append(paint(line, "1") if text == problem.misconception else line)
    return "\n".join(lines)


def as_html(
    verdict: Verdict,
    *,
    rung: int = FORMULA,
    folded: Sequence[tuple[str, str]] = (),
    lines: Sequence[str] = (),
) -> str:
    """The verdict as a card that follows JupyterLab's light or dark theme.

    Args:
        rung: how far to go up the ladder.
        folded: title and text of parts that a click unfolds.
        lines: what stands at the bottom, in small print.
    """
    colour = GREEN if verdict.passed else ORANGE if verdict.points else RED
    parts = [f"<strong>{escape(title(verdict))}</strong>"]
    problem = verdict.problem
    if problem is not None:
        parts.append(f"<div>{in_html(problem.headline)}</div>")
        rows = "".join(
            f'<div style="opacity:.75">{escape(label)}</div><div><code>{escape(text)}</code></div>'
            for label, text in problem.evidence
        )
        if rows:
            parts.append(
                '<div style="display:grid;grid-template-columns:max-content auto;'
                f'column-gap:1em;margin:.3em 0">{rows}</div>'
            )
        parts += [f"<div>{escape(line.strip())}</div>" for line in _groups(verdict)]
        for text in arrows(problem, rung):
            parts.append(f'<div style="margin-top:.3em">→ {in_html(text)}</div>')
    parts += [
        f'<details style="margin-top:.3em"><summary>{escape(title)}</summary>'
        f'<pre style="margin:.3em 0">{escape(code)}</pre></details>'
        for title, code in folded
    ]
    parts += [f'<div style="margin-top:.3em;font-size:90%">{escape(line)}</div>' for line in lines]
    return _card(colour, "".join(parts))


def in_html(text: str) -> str:
    """A sentence whose `code` and *words* look like it."""
    text = re.sub(r"`([^`]+)`", r"<code>\1</code>", escape(text))
    return re.sub(r"(?<![\w*])\*(\w+(?: \w+)*)\*(?![\w*])", r"<em>\1</em>", text)


def note_as_html(text: str) -> str:
    """A sentence that is no verdict, as a card beside the verdicts."""
    return _card(GREY, escape(text))


def _card(colour: str, content: str) -> str:
    return (
        f'<div style="border-left:5px solid {colour};padding:.4em .8em;'
        f'color:var(--jp-content-font-color1,inherit)">{content}</div>'
    )


def as_outputs(verdict: Verdict, score: float) -> list[dict[str, Any]]:
    """The outputs of a check's cell, as a kernel gives them and as nbgrader reads them."""
    data = {"text/plain": f"{float(score)!r}", "text/html": as_html(verdict)}
    result = {"output_type": "execute_result", "data": data}
    return [{**result, "metadata": {}, "execution_count": None}]


def _groups(verdict: Verdict) -> list[str]:
    """Where points were earned and where not, when there is something to tell apart."""
    if len(verdict.groups) < 2 or not verdict.points:
        return []
    return [
        f"  {'✓' if earned else '✗'} {name}: {earned:g} of {possible:g}"
        for name, earned, possible in verdict.groups
    ]
