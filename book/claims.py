"""What the claims lab measured: a table of all claims, and a page for each.

The lab keeps its results as data; without any the book has no such pages.
"""

from __future__ import annotations

import json
import re
from functools import cache
from html import escape
from pathlib import Path
from typing import Any

from autograder import folders
from autograder.checking.render import in_html
from book.effects import figure, said, thumbnail
from book.labs import program
from book.places import RESULTS, settings, source_link, title
from reference_impl.experiments.claims.page import LIMITS

NEEDED = ("id", "notebook", "claim", "source", "setting", "measure", "seeds", "numbers", "verdict")
NEEDED += ("sentence", "ratio", "effect", "interval", "versions")
SIGNS = {"holds": "✓", "holds when": "◐", "does not hold": "✗"}

Result = dict[str, Any]


@cache
def results(folder: Path = RESULTS) -> list[Result]:
    """What the lab has kept: in the order of the chapters, then of the ids (M4 before M10).

    Raises
    ------
    ValueError : a result without one of the fields, or with another verdict, by the file's name
    """
    found = [_read(path) for path in folder.glob("*.json")]
    return sorted(found, key=lambda result: (result["notebook"], _by_number(result["id"])))


def of_notebook(name: str, folder: Path = RESULTS) -> list[Result]:
    """The results of one chapter."""
    return [result for result in results(folder) if result["notebook"] == name]


def link(id: str) -> str:
    """A link to a claim's page from a page that stands beside the folder of the claims."""
    return f'<a href="../claims/{id}.html">{id}</a>'


def pages(folder: Path = RESULTS) -> dict[str, str]:
    """Page → its Markdown; none if there are no results."""
    all_results = results(folder)
    if not all_results:
        return {}
    below = {f"claims/{result['id']}": _page(result) for result in all_results}
    return {"claims/index": _index(all_results), **below}


def _read(path: Path) -> Result:
    result: Result = json.loads(path.read_text("utf-8"))
    if missing := [field for field in NEEDED if field not in result]:
        raise ValueError(f"{path.name} has no {', '.join(missing)}; a claim's page needs them all")
    if result["verdict"] not in SIGNS:
        raise ValueError(f"{path.name}: the verdict {result['verdict']!r} is none of {[*SIGNS]}")
    return result


def _by_number(id: str) -> tuple[str, int]:
    letters, digits = re.fullmatch(r"(\D*)(\d*)", id).groups()  # type: ignore[union-attr]
    return letters, int(digits or 0)


def _index(found: list[Result]) -> str:
    counts = ", ".join(
        f"{sum(r['verdict'] == verdict for r in found)} {words}"
        for verdict, words in (
            ("holds", "hold"),
            ("holds when", "hold under a condition"),
            ("does not hold", "do not hold"),
        )
    )
    rows = "\n".join(_row(result) for result in found)
    below = "\n".join(result["id"] for result in found)
    return f"""\
# What the sources claim, measured

Courses repeat claims. Here each claim was tried with several seeds, in several settings, against a
limit that it has to reach. Of {len(found)} claims {counts}. {LIMITS}

{_form(found)}
<div class="claims rows-as-cards"><table class="table"><thead><tr><th>claim</th><th>verdict</th>\
<th>effect</th><th>chapter</th></tr></thead>
<tbody>
{rows}
</tbody></table></div>

In the small pictures each line is a setting: the dot is the mean over the seeds, the line its 95 %
interval, and the shaded side is where the claim puts it.

```{{toctree}}
:hidden:

{below}
```
"""


def _form(found: list[Result]) -> str:
    """The filters; the script that makes them work also shows them."""
    names = dict.fromkeys(result["notebook"] for result in found)
    topics = {name: title(name) for name in names}
    verdicts = {v: v for v in SIGNS if any(r["verdict"] == v for r in found)}
    selects = "".join(
        f'<label>{word}<select name="{word}"><option value="">all</option>'
        + "".join(f'<option value="{value}">{escape(text)}</option>' for value, text in of.items())
        + "</select></label>"
        for word, of in (("topic", topics), ("verdict", verdicts))
    )
    return f'<form class="claim-filter" hidden>{selects}<output></output></form>'


def _row(result: Result) -> str:
    name = result["notebook"]
    states = [effect["state"] for effect in result["effect"]]
    return (
        f'<tr data-topic="{name}" data-verdict="{result["verdict"]}">'
        f'<td><a href="{result["id"]}.html">{result["id"]}</a> {in_html(result["claim"])}</td>'
        f"<td>{_verdict(result)}</td>"
        f'<td>{thumbnail(result)}<span class="settings">'
        f"{states.count('holds')} of {len(states)} settings</span></td>"
        f'<td><a href="../course/{name}.html">{escape(title(name))}</a></td></tr>'
    )


def _verdict(result: Result) -> str:
    return f'<span class="verdict">{SIGNS[result["verdict"]]} {result["verdict"]}</span>'


def _page(result: Result) -> str:
    id, name = result["id"], result["notebook"]
    source = result["source"] if isinstance(result["source"], str) else ", ".join(result["source"])
    versions = ", ".join(f"{key} {value}" for key, value in result["versions"].items())
    chapter = (
        f"It belongs to [{title(name)}](../course/{name}.ipynb)."
        if name in folders.notebooks()
        else ""
    )
    return f"""\
# {id} · {result["claim"].rstrip(".")}

So say the {source}. {chapter}
{_rival(result)}
<p>{_verdict(result)}. {in_html(result["sentence"])}</p>

## What was run

{result["setting"]}

## What came out

The effect is {result["measure"]}. Interval: {result["interval"]}.

{figure(result)}

## The numbers

{_numbers(result)}

{len(result["seeds"])} seeds: {", ".join(map(str, result["seeds"]))}. {versions}.
{_again(id)}"""


def _rival(result: Result) -> str:
    """What another source says, and where it is right."""
    if not (rival := result.get("rival")):
        return ""
    where = "; ".join(rival["holds in"]) or "in none of these settings"
    return f"\nThe {rival['source']} say otherwise: *{rival['claim']}* This is so: {where}.\n"


def _again(id: str) -> str:
    """How to run the lab again, and to change it."""
    if not (found := program(id)):
        return ""
    return f"""
## Try to break it

Change a setting in {source_link(*found, settings())}, and run

```sh
make claims ARGS="--only {id} --check"
```

It takes other seeds, and compares the verdict with the one on this page.
"""


def _numbers(result: Result) -> str:
    lines = [
        "| what was measured | mean | lowest | highest |",
        "|---|---:|---:|---:|",
    ]
    for name, values in result["numbers"].items():
        mean = sum(values) / len(values)
        # A bar would end the cell.
        name = name.replace("|", "\\|")
        lines.append(f"| {name} | {said(mean)} | {said(min(values))} | {said(max(values))} |")
    return "\n".join(lines)
