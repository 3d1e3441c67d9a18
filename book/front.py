"""The first page: what the course is, at a glance."""

from __future__ import annotations

import re

import matplotlib
import numpy as np

from autograder import folders
from autograder.exercises import REGISTRY
from book import claims
from book.pages import toctree
from book.places import ROOT, title
from reference_impl import plots
from reference_impl.landscapes import ravine
from reference_impl.optimizers import adam_step, heavy_ball_step
from reference_impl.widgets import player_html

STEPS = 60
_ROW = re.compile(r"^\| `(\d\d_\w+)` \| (.+) \|$", re.M)
_PICTURE = re.compile(r"^!\[(.+)\]\((docs/\S+\.png)\)$", re.M)

# A reader who asked for less motion presses Play.
_PLAY = """<script>
addEventListener("load", () => {
  if (matchMedia("(prefers-reduced-motion: reduce)").matches) return;
  document.querySelector(".front-player button")?.click();
});
</script>"""


def front() -> str:
    """The page in Markdown."""
    readme = (ROOT / "README.md").read_text("utf-8")
    alt, picture = _PICTURE.findall(readme)[0]
    names = folders.notebooks()
    cards = "\n".join(_card(name, text) for name, text in _ROW.findall(readme))
    return f"""\
# Neural networks from scratch

You write the training of neural networks yourself, in NumPy: {len(names)} notebooks, and
{len(REGISTRY)} exercises that are checked on the spot. Here three optimizers cross a ravine. You
will write all three.

<div class="front-player">
{_player()}
</div>
{_PLAY}

<p class="front-links"><a class="front-button" href="course/{names[0]}.html">Start reading</a>
<a class="front-button" href="#start-writing">Start writing</a></p>

## The chapters

<div class="cards">
{cards}
</div>

## Start writing

You need Python and the folder of this project. One command opens the notebooks in JupyterLab, in a
copy of your own:

```sh
make lab
```

A check says what is wrong and, for the mistakes that people usually make, which one it is:

![{alt}](images/{picture.split("/")[-1]})

{toctree(_parts(), ":hidden:")}
"""


def _parts() -> list[str]:
    """The parts of the book, in short words that stand beside each other in a header."""
    parts = {"Course": "course/index"}
    if claims.results():
        parts["Claims"] = "claims/index"
    parts |= {"Conventions": "conventions", "Glossary": "glossary"}
    parts |= {"Reference": "reference/index", "Benchmarks": "benchmarks"}
    parts["Teachers"] = "teachers/index"
    return [f"{words} <{page}>" for words, page in parts.items()]


def _player() -> str:
    """Three optimizers on one surface, as HTML."""
    matplotlib.use("agg")
    plots.use_course_style()
    valley = ravine(25.0)
    paths = {"gradient descent": [valley.start], "momentum": [valley.start], "Adam": [valley.start]}
    zero = np.zeros(2)
    v, m, s = zero, zero, zero
    for t in range(1, STEPS + 1):
        descent, ball, adam = (path[-1] for path in paths.values())
        paths["gradient descent"].append(descent - 0.075 * valley.gradient(descent))
        ball, v = heavy_ball_step(ball, v, valley.gradient(ball), 0.04, 0.8)
        paths["momentum"].append(ball)
        adam, m, s = adam_step(adam, m, s, valley.gradient(adam), t, 0.5, 0.9, 0.999, 1e-8)
        paths["Adam"].append(adam)
    return player_html(
        valley,
        {name: np.array(path) for name, path in paths.items()},
        "Across the ravine",
        alt="Gradient descent jumps from wall to wall and creeps along. Momentum swings and is at "
        "the minimum early. Adam goes in a smooth curve.",
    ).replace("\n\n", "\n")  # in Markdown an empty line would end the HTML


def _card(name: str, text: str) -> str:
    number, _, heading = title(name).partition(" · ")
    text = text.replace("`", "")
    return (
        f'<a class="card-link" href="course/{name}.html"><span class="card-number">{number}</span>'
        f'<span class="card-title">{heading}</span><span class="card-text">{text}</span></a>'
    )
