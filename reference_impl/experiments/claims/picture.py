"""The picture of a lab: each setting's effect with its interval, and where the claim expects it."""

from __future__ import annotations

import textwrap

import matplotlib.pyplot as plt
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, LogLocator, NullFormatter

from reference_impl.experiments.claims.results import Result
from reference_impl.plots import COLORS, FAINT

LOOKS = {
    "holds": ("o", COLORS["blue"], "the claim holds here"),
    "fails": ("X", COLORS["vermillion"], "it does not hold here"),
    "opposite": ("v", COLORS["vermillion"], "the opposite holds here"),
    "open": ("D", COLORS["black"], "these runs do not decide"),
}
"""State → (marker, colour, legend)."""

WIDEST = 1e4
"""A ratio beyond this is drawn at the edge: it would press all others into a line."""


def figure(result: Result) -> Figure:
    """One line per setting: the mean of the seeds, its 95 % interval, a line at the claim's limit.

    The shaded side is where the claim expects it. A dashed line marks "no difference".
    """
    effects, ratio = result["effect"], result["ratio"]
    size = (8.6, 1.5 + 0.42 * len(effects))
    drawn, ax = plt.subplots(figsize=size, layout="constrained")
    places = range(len(effects) - 1, -1, -1)

    def kept(x: float) -> float:
        return min(max(x, 1 / WIDEST), WIDEST) if ratio else x

    ends = [kept(e[name]) for e in effects for name in ("low", "high", "limit", "mean")]
    ends.append(1.0 if ratio else 0.0)
    low, high = min(ends), max(ends)
    low, high = (low / 1.3, high * 1.3) if ratio else _widened(low, high)
    if ratio:
        ax.set_xscale("log")
        ax.xaxis.set_major_locator(LogLocator(subs=(1, 2, 5) if high / low < 300 else (1,)))
        ax.xaxis.set_major_formatter(FuncFormatter(lambda x, _: f"{x:g}"))
        ax.xaxis.set_minor_formatter(NullFormatter())
    for place, effect in zip(places, effects, strict=True):
        limit = effect["limit"]
        side = (limit, high) if effect["side"] == "above" else (low, limit)
        ax.fill_betweenx([place - 0.4, place + 0.4], *side, color=COLORS["sky"], alpha=0.18, lw=0)
        ax.plot([limit, limit], [place - 0.4, place + 0.4], color=COLORS["blue"], lw=1, ls="-")
        marker, color, _ = LOOKS[effect["state"]]
        ax.plot(
            [kept(effect["low"]), kept(effect["high"])], [place, place], color=color, lw=2, ls="-"
        )
        ax.plot(kept(effect["mean"]), place, marker, color=color, markersize=8, ls="none")
    ax.axvline(1.0 if ratio else 0.0, color=FAINT, linestyle="--", lw=1, zorder=0)
    for state, (marker, color, label) in LOOKS.items():
        if any(effect["state"] == state for effect in effects):
            ax.plot([], [], marker, color=color, label=label)
    ax.fill_between([], [], color=COLORS["sky"], alpha=0.3, label="where the claim expects it")
    ax.set_yticks(list(places), [textwrap.fill(effect["setting"], 44) for effect in effects])
    ax.set(xlim=(low, high), ylim=(-0.6, len(effects) - 0.4), xlabel=result["measure"])
    ax.grid(visible=False, axis="y")
    title = f"{result['id']} {result['verdict']}: {result['claim']}"
    drawn.suptitle(textwrap.fill(title, 92), fontsize=11)
    drawn.legend(loc="outside lower center", ncols=3, frameon=False)
    return drawn


def text(result: Result) -> str:
    """The picture in words, for those who cannot see it."""
    lines = [
        f"{effect['setting']}: {effect['mean']:.3g} ({effect['low']:.3g} to {effect['high']:.3g}), "
        f"{LOOKS[effect['state']][2]}"
        for effect in result["effect"]
    ]
    return f"{result['measure']}. {'. '.join(lines)}."


def _widened(low: float, high: float) -> tuple[float, float]:
    room = 0.06 * max(high - low, 1e-3)
    return low - room, high + room
