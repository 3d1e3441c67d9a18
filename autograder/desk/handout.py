"""The pages of a bundle: the student's README, the index, and the report for who hands it out."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from autograder.desk.bundle import Bundle
    from autograder.desk.recording import Stored

README = """\
# Neural networks from scratch

This folder has {notebooks}.

You need Python 3.11 to 3.15, and the Internet once, for the packages that `requirements.txt`
names. Open a terminal in this folder.

On Windows:

```bat
py -m venv .venv
.venv\\Scripts\\python -m pip install -r requirements.txt
```

On macOS and Linux:

```sh
python3 -m venv .venv
.venv/bin/python -m pip install -r requirements.txt
```

Then, and on every later day, `.venv\\Scripts\\autograder start` on Windows and
`.venv/bin/autograder start` elsewhere. The first start makes the folder `my_course`, in which all
your work is. Hand in the notebook from there, not the one in `course`.

If you have a folder like this one for earlier notebooks, copy these files into it and run the
second command again: your work in `my_course` stays.
"""


def readme(notebooks: Sequence[str]) -> str:
    """What a student reads first."""
    listed = ", ".join(f"`{name}`" for name in notebooks)
    which = "the notebook" if len(notebooks) == 1 else "the notebooks"
    return README.format(notebooks=f"{which} {listed}")


def index(released: bytes, notebooks: Sequence[str]) -> bytes:
    """The first page of the course, which names the first of these notebooks and shows no table.

    Opening the course fills in the table.
    """
    page: dict[str, Any] = json.loads(released)
    for cell in page["cells"]:
        text = "".join(cell["source"]).replace("00_start_here", notebooks[0])
        text = text.replace("autograder fresh 02", f"autograder fresh {notebooks[0][:2]}")
        cell["source"] = text.splitlines(keepends=True)
        if cell["cell_type"] == "code":
            cell["outputs"] = []
    return (json.dumps(page, ensure_ascii=False, indent=1, sort_keys=True) + "\n").encode()


def report(bundle: Bundle) -> str:
    """What is in the bundle, what is not, and what is checked only where it is handed in."""
    stored = [s for s in bundle.exercises if s.about["notebook"] in bundle.notebooks]
    parts = [
        f"# What {', '.join(bundle.notebooks)} hands out",
        "This page is for you. Students get `handout.zip`, or the folder `handout`.",
        "## Answers that are in it",
        _needed(bundle),
        "## Checked only when it is handed in",
        _listed([f"`{s.about['id']}`: {s.about['elsewhere']}" for s in stored
                 if s.about["elsewhere"]]) or "Every exercise is checked in the notebook.",
        "## Mistakes that are not stored",
        _unnamed(stored),
        "## Closed notebooks",
        _closed(bundle),
        "## What students can import",
        "Of the reference, what the experiments in the notebooks and the closed notebooks need. "
        "`reference_impl.layers` and `reference_impl.optim` are the forms in place with which "
        "experiments train.",
        _listed(_modules(bundle)),
    ]  # fmt: skip
    return "\n\n".join(parts) + "\n"


def _needed(bundle: Bundle) -> str:
    needed = bundle.needed
    if not needed:
        return "None: no function of these notebooks or of a later one."
    lines = []
    for place, notebooks in needed.items():
        exercise = bundle.kept_back[tuple(place.rsplit(".", 1))]  # type: ignore[index]
        lines.append(
            f"`{place}`, the answer to `{exercise.id}` of {exercise.notebook}: experiments of "
            f"{', '.join(notebooks)} call it"
        )
    return "These experiments do not run without them:\n\n" + _listed(lines)


def _unnamed(stored: Sequence[Stored]) -> str:
    missing = [(s.about["id"], name) for s in stored for name in s.unnamed]
    if not missing:
        return "None: every mistake that the repository names is named here."
    lines = [f"`{exercise}`: {name}" for exercise, name in missing]
    return (
        "These return too many random numbers. They cost the same points; where their traces do "
        f"not tell which mistake it is, only the feedback names it.\n\n{_listed(lines)}"
    )


def _closed(bundle: Bundle) -> str:
    if not bundle.closed:
        return "There is no notebook before these."
    said = (
        f"{', '.join(bundle.closed)}: their functions can be lent, a right answer shows how the "
        "course writes it, and their checks have the code that they need. Hand this out when "
        "nobody can hand them in any more."
    )
    lines = [
        f"`{name}`: {', '.join(map('`{}`'.format, same))}" for name, same in bundle.same.items()
    ]
    if lines:
        said += "\n\nThese answers are such functions under another name:\n\n" + _listed(lines)
    return said


def _modules(bundle: Bundle) -> list[str]:
    found: dict[str, list[str]] = {}
    for module, name in sorted(bundle.kept):
        defined = bundle.reference.modules[module].defined if name else {}
        if name in defined and not name.startswith("_"):
            found.setdefault(module, []).append(f"`{name}`")
    return [f"`{module}`: {', '.join(names)}" for module, names in found.items()]


def _listed(lines: Sequence[str]) -> str:
    return "\n".join(f"- {line}" for line in lines)
