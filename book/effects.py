"""The figure of a claim: in each setting the mean over the seeds, its interval, and the limit.

It is HTML whose words are text: they wrap on a telephone, follow the theme, and are read out.
"""

from __future__ import annotations

import math
from html import escape
from typing import Any

from autograder.checking.render import in_html

Result = dict[str, Any]

# What a setting's interval says of the claim; "open" is neither.
STATES = {
    "holds": "✓ as claimed",
    "opposite": "✗ the opposite",
    "fails": "✗ not so",
    "open": "these runs do not decide",
}
MOST_TICKS = 5


def figure(result: Result) -> str:
    """Every setting with its words, on one scale."""
    scale = _Scale(result)
    rows = "\n".join(
        f'<div class="effect"><p>{in_html(effect["setting"])}</p>{_track(effect, scale)}'
        f'<p class="said">{_said(effect)}</p></div>'
        for effect in result["effect"]
    )
    ticks = "".join(
        f'<span style="left:{scale(tick):.1f}%">{said(tick)}</span>' for tick in scale.ticks()
    )
    return (
        f'<figure class="effects">\n{rows}\n<div class="ticks" aria-hidden="true">{ticks}</div>\n'
        f"<figcaption>{in_html(result['measure'])}</figcaption>\n</figure>"
    )


def thumbnail(result: Result) -> str:
    """The same without words; the row of the table has them."""
    scale = _Scale(result)
    return "".join(_track(effect, scale, " small") for effect in result["effect"])


def said(number: float) -> str:
    """Three digits: ``0.185``, ``5.14``, ``655``, ``8.4·10⁹``."""
    if number == 0 or 1e-3 <= abs(number) < 1e5:
        small = abs(number) < 999.5  # 999.7 with three digits would be 1e+03
        return f"{number:.3g}" if small else f"{number:,.0f}".replace(",", "\u202f")
    mantissa, exponent = f"{number:.1e}".split("e")
    power = str(int(exponent)).translate(str.maketrans("0123456789-", "⁰¹²³⁴⁵⁶⁷⁸⁹⁻"))
    mantissa = mantissa.removesuffix(".0")
    return f"10{power}" if mantissa == "1" else f"{mantissa}·10{power}"


class _Scale:
    """Number → place, in percent: logarithmic for a ratio."""

    def __init__(self, result: Result) -> None:
        self.ratio = bool(result["ratio"])
        numbers = [e[key] for e in result["effect"] for key in ("low", "high", "limit")]
        numbers.append(1.0 if self.ratio else 0.0)  # no difference
        self.low, self.high = self._at(min(numbers)), self._at(max(numbers))

    def __call__(self, number: float) -> float:
        width = self.high - self.low or 1.0
        return 4 + 92 * (self._at(number) - self.low) / width

    def ticks(self) -> list[float]:
        """Round numbers between the ends, at most five: no two of them stand in each other."""
        low, high = self.low, self.high
        if self.ratio and high - low >= 2:
            step = math.ceil((high - low) / (MOST_TICKS - 1))
            return [10.0**i for i in range(math.ceil(low), math.floor(high) + 1) if i % step == 0]
        if self.ratio:
            one_two_five = [m * 10.0**i for i in range(-3, 4) for m in (1, 2, 5)]
            inside = [n for n in one_two_five if low - 1e-9 <= math.log10(n) <= high + 1e-9]
            return inside[:: math.ceil(len(inside) / MOST_TICKS)]
        raw = (high - low or 1.0) / (MOST_TICKS - 1)
        power = 10.0 ** math.floor(math.log10(raw))
        step = next(m * power for m in (1, 2, 5, 10) if m * power >= raw * (1 - 1e-9))
        return [
            round(i * step, 12)
            for i in range(math.ceil(low / step - 1e-9), math.floor(high / step + 1e-9) + 1)
        ]

    def _at(self, number: float) -> float:
        return math.log10(max(number, 1e-12)) if self.ratio else number


def _track(effect: dict[str, Any], scale: _Scale, size: str = "") -> str:
    """A line from left to right: shaded where the claim puts the effect."""
    side = effect["side"]
    limit = scale(effect["limit"])
    claimed = f"left:{limit:.1f}%" if side == "above" else f"right:{100 - limit:.1f}%"
    low, high = scale(effect["low"]), scale(effect["high"])
    return (
        f'<div class="track{size}" aria-hidden="true">'
        f'<span class="claimed {side}" style="{claimed}"></span>'
        f'<span class="from-to" style="left:{low:.1f}%;width:{high - low:.1f}%"></span>'
        f'<span class="mean {escape(effect["state"])}" style="left:{scale(effect["mean"]):.1f}%">'
        "</span></div>"
    )


def _said(effect: dict[str, Any]) -> str:
    return (
        f"{said(effect['mean'])} ({said(effect['low'])} to {said(effect['high'])}); "
        f"claimed: {effect['side']} {said(effect['limit'])}. {STATES[effect['state']]}"
    )
