"""The page of all claims, `docs/claims.md`: written from the results, never edited."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from reference_impl.experiments.claims.results import Result
from reference_impl.experiments.claims.verdict import DOES_NOT_HOLD, HOLDS, HOLDS_WHEN

LIMITS = """Most limits were written before the
first run. For A2, A5, B5, B7, E3, G4, H1, I1, I6, P6 and Q2 the settings or a limit were changed
after one, most often because the verdict hung on what was not varied: read these with more care."""
"""How far the limits were known before the numbers."""

HEAD = f"""# What the sources say, and what a run shows

Each claim below stands in one of the five documents that this course is made from, and in many
others. Here it is measured. `make claims` writes this page.

How to read it. An effect is measured in several settings, with some seeds each. The claim expects
it above or below a limit, which stands in the lab's file. {LIMITS}
A setting *holds* if the whole 95 % interval of the mean lies on the claim's side, and *fails* if it
lies on the other. *Opposite* means that the reversed claim would hold, *open* that the runs do not
decide. A claim *holds* if it does so in every setting, and *does not hold* if it does so in none.

Learning rates and strengths are chosen for each method by the same search, with five seeds of
their own, on samples that are not reported. The networks are small, and the data are small: what
is said here is said of them. Processors round differently: on another one, a line whose interval
reaches its limit may read *open*.

Try to break one. `run_lab("L1", outlier=1)`, from `reference_impl.experiments.labs`, runs a lab
with a setting changed, and prints what it finds beside what stands here; `run_lab("L1")` names the
settings. Most notebooks end with such a cell. What has no name can be changed in the lab's file in
`reference_impl/experiments/claims/`, and run with
`python -m reference_impl.experiments.claims --check --only P5`: it compares the verdict with the
one on this page.
"""

STATES = {"holds": "holds", "fails": "fails", "opposite": "**opposite**", "open": "open"}


def page(kept: Sequence[Result]) -> str:
    """The text of the page, for these results in this order."""
    counts = Counter(result["verdict"] for result in kept)
    lines = [HEAD, "| verdict | claims |", "|---|---:|"]
    lines += [f"| {word} | {counts[word]} |" for word in (HOLDS, HOLDS_WHEN, DOES_NOT_HOLD)]
    lines += ["", "| | claim | verdict | holds in | opposite in | notebook |"]
    lines.append("|---|---|---|---:|---:|---|")
    for result in kept:
        states = [effect["state"] for effect in result["effect"]]
        lines.append(
            f"| [{result['id']}](#{result['id'].lower()}) | {result['claim']} | "
            f"{result['verdict']} | {states.count('holds')} of {len(states)} | "
            f"{states.count('opposite') or ''} | "
            f"{result['notebook'][:2]} |"
        )
    for result in kept:
        lines += ["", *_section(result)]
    return "\n".join(lines) + "\n"


def _section(result: Result) -> list[str]:
    notebook = result["notebook"]
    lines = [
        f"## {result['id']}",
        "",
        f"**{result['verdict'].capitalize()}:** {result['claim']}",
        "",
        f"Said in: {', '.join(result['source'])}. Taught in "
        f"[{notebook}](../solutions/{notebook}/{notebook}.ipynb).",
        "",
        *_rival(result),
        f"{result['setting']} Measured: {result['measure']}. {len(result['seeds'])} seeds.",
        "",
        "| setting | effect | 95 % interval | the claim expects | |",
        "|---|---:|---:|---:|---|",
    ]
    for effect in result["effect"]:
        low, high = _said(effect["low"]), _said(effect["high"])
        lines.append(
            f"| {effect['setting'].replace('|', '')} | {_said(effect['mean'])} | {low} to {high} | "
            f"{effect['side']} {_said(effect['limit'])} | {STATES[effect['state']]} |"
        )
    return lines


def _rival(result: Result) -> list[str]:
    """What the other source says, and where it is right."""
    rival = result["rival"]
    if rival is None:
        return []
    where = "; ".join(rival["holds in"]) or "in none of these settings"
    return [f"The {rival['source']} say otherwise: *{rival['claim']}* Shown: {where}.", ""]


def _said(number: float) -> str:
    """Three digits; no power of ten for what is read easily without."""
    if number == 0 or 0.001 <= abs(number) < 100_000:
        text = f"{float(f'{number:.3g}'):,}"
        return text.removesuffix(".0")
    mantissa, exponent = f"{number:.1e}".split("e")
    return f"{mantissa}·10^{int(exponent)}"
