"""The notebook file as an attack: its metadata, its outputs, the files beside it, its HTML."""

from __future__ import annotations

import json
from copy import deepcopy

import nbformat
import pytest
from arena import HONEST, HONEST_POINTS, marked, notebook, printed, right, score, submission
from bs4 import BeautifulSoup
from hypothesis import example, given, settings
from hypothesis import strategies as st
from mutations import CHANGES, changed, delete, forge, merge

CHECKS = ("momentum_step", HONEST, "nag_step", "count_turns")


def more_points(document):
    for name in CHECKS:
        marked(document, f"check_{name}")["metadata"]["nbgrader"]["points"] = 1000


def points_for_everything(document):
    for cell in document["cells"]:
        cell["metadata"].setdefault("nbgrader", {}).update(grade=True, points=50, locked=False)


def no_grades(document):
    for name in CHECKS:
        marked(document, f"check_{name}")["metadata"]["nbgrader"].update(grade=False, points=0)


def checks_are_answers(document):
    for name in CHECKS:
        kind = marked(document, f"check_{name}")["metadata"]["nbgrader"]
        kind.update(grade=True, solution=True, locked=False)


def checks_of_another_name(document):
    for name in ("nag_step", "count_turns"):
        marked(document, f"check_{name}")["source"] = f'check("{HONEST}", {HONEST})'


def exchanged_marks(document):
    ours, theirs = (marked(document, f"check_{name}") for name in (HONEST, "nag_step"))
    ours["metadata"], theirs["metadata"] = theirs["metadata"], ours["metadata"]


def checks_that_say_yes(document):
    for name in CHECKS:
        marked(document, f"check_{name}")["source"] = "16.0"


def checks_of_another_kind(document):
    for name, kind in zip(CHECKS, ("markdown", "raw", "code", "heading"), strict=True):
        marked(document, f"check_{name}")["cell_type"] = kind


def checks_with_outputs(document):
    for name in CHECKS:
        marked(document, f"check_{name}")["outputs"] = [
            {"output_type": "execute_result", "data": {"text/plain": "16.0"}, "metadata": {},
             "execution_count": 1},
        ]  # fmt: skip


def one_check_many_times(document):
    check = marked(document, f"check_{HONEST}")
    document["cells"] += [deepcopy(check) for _ in range(20)]


def a_mark_on_record(document):
    marks = {f"check_{name}": {"score": 16.0, "max_score": 16.0} for name in CHECKS}
    document["metadata"]["autograder"] = {"marks": marks, "isolation": "none", "unanswered": []}


def skipped(document):
    tags = [
        "skip-execution",
        "nbval-skip",
        "nbval-ignore-output",
        "raises-exception",
        "remove_cell",
    ]
    for cell in document["cells"]:
        cell["metadata"].update(tags=tags, execution={"iopub.execute_input": ""})


def hidden(document):
    for cell in document["cells"]:
        jupyter = {"source_hidden": True, "outputs_hidden": True}
        cell["metadata"].update(jupyter=jupyter, collapsed=True, editable=False, deletable=False)


def another_kernel(document):
    document["metadata"]["kernelspec"] = {"name": "../../evil", "argv": ["sh", "-c", "id"]}
    document["metadata"]["language_info"] = {"name": "python", "version": "2.7"}


def widgets(document):
    model = {"model_name": "HTMLModel", "state": {"value": "<script>alert(1)</script>"}}
    document["metadata"]["widgets"] = {"application/vnd.jupyter.widget-state+json": model}


CHANGED = (
    more_points, points_for_everything, no_grades, checks_are_answers, checks_of_another_name,
    exchanged_marks, checks_that_say_yes, checks_of_another_kind, checks_with_outputs,
    one_check_many_times, a_mark_on_record, skipped, hidden, another_kernel, widgets,
)  # fmt: skip


@pytest.mark.parametrize("change", CHANGED, ids=lambda change: change.__name__)
def test_what_a_notebook_says_of_itself_changes_no_mark(stage, change):
    """Neither up nor down: the one right answer counts, whatever else is in the file."""
    document = notebook("mine = 1")
    change(document)
    graded = stage.judge.grade(submission(document))
    (result,) = graded.notebooks.values()
    assert score(graded) == HONEST_POINTS
    assert sum(mark.max_score for mark in result.marks.values()) == sum(
        mark.max_score for mark in stage.honest["marks"].values()
    )
    assert "alert" not in json.dumps(json.loads(result.text)["metadata"])


SHADOWED = "print('shadowed'); raise SystemExit"


@pytest.mark.parametrize(
    "names",
    [
        ["numpy.py", "json.py", "math.py", "IPython.py", "matplotlib.py", "typing.py"],
        ["numpy/__init__.py", "numpy/linalg.py", "IPython/__init__.py"],
        ["autograder.py", "reference_impl.py", "check.py"],
        ["autograder/__init__.py", "autograder/checking/drive.py", "reference_impl/__init__.py"],
        ["autograder/sandbox/inside/session.py", "reference_impl/plots.py"],
        ["sitecustomize.py", "usercustomize.py", "conftest.py", "evil.pth", ".pythonrc"],
        [
            "ipython_config.py",
            "ipython_kernel_config.py",
            "jupyter_config.py",
            "nbgrader_config.py",
        ],
        [".ipython/profile_default/startup/00.py", "home/.ipython/profile_default/startup/0.py"],
        [".bashrc", ".profile", "python", "python3", "ls"],
    ],
    ids=lambda names: names[0],
)
def test_a_file_beside_the_notebook_shadows_nothing(stage, names):
    files = {name.replace(".", "__"): SHADOWED.encode() for name in names}
    said = stage.hand_in(submission(notebook("import numpy, json, math, typing"), **files))
    assert "shadowed" not in printed(said)
    assert "3 of 3 points" in said


def test_a_file_beside_the_notebook_is_there_for_who_asks(stage):
    said = stage.hand_in(
        submission(
            notebook("import helper; print(helper.word, open('data.csv').read())"),
            helper__py=b"word = 'helped'",
            data__csv=b"1,2",
        )
    )
    assert {"helped", "1,2"} <= set(printed(said))


EVIL = (
    "<script>alert(1)</script><img src=x onerror=alert(1)><svg onload=alert(1)></svg>"
    "<iframe srcdoc='<script>alert(1)</script>'></iframe><a href='javascript:alert(1)'>x</a>"
    "<form action='https://example.org'><input name=points></form><style>*{display:none}</style>"
    "<math><mi xlink:href='javascript:alert(1)'>x</mi></math><base href='https://example.org'>"
)
SHOWN = {
    "html": "HTML(EVIL)",
    "javascript": "Javascript('alert(1)')",
    "latex": r"Latex(r'$\href{javascript:alert(1)}{x}$')",
    "markdown": "Markdown(EVIL)",
    "svg": 'SVG(\'<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>\')',
    "any": "display({t: EVIL for t in TYPES}, raw=True)",
    "types": "display({'text/html\"><script>alert(1)</script>': 'x'}, raw=True)",
    "metadata": "display(HTML('x'), metadata={'evil': EVIL, 'isolated': False})",
    "a picture": "display({'image/png': '\"><script>alert(1)</script>'}, raw=True)",
    "updated": "h = display(HTML('x'), display_id='a'); h.update(HTML(EVIL))",
    "printed": "print(EVIL)",
    "raised": "raise type('<script>alert(1)</script>', (Exception,), {})(EVIL)",
    "a representation": "type('X', (), {'_repr_html_': lambda self: EVIL})()",
}


@pytest.mark.parametrize("how", SHOWN)
def test_no_output_has_anything_that_runs(stage, how):
    show = f"""
from IPython.display import HTML, SVG, Javascript, Latex, Markdown, display
EVIL = {EVIL!r}
TYPES = ("text/html", "application/javascript", "image/svg+xml", "text/latex", "application/json",
         "application/vnd.jupyter.widget-view+json", "application/x-evil", "application/pdf")
{SHOWN[how]}
"""
    text = stage.attack(show)
    cell = next(c for c in nbformat.reads(text, as_version=4).cells if "EVIL =" in c.source)
    assert cell["outputs"] or how in ("javascript", "svg", "a picture", "types")
    for output in cell["outputs"]:
        assert "evil" not in output.get("metadata", {})
        for kind, data in output.get("data", {}).items():
            assert kind in ("text/plain", "text/html", "text/latex", "text/markdown")
            if kind in ("text/html", "text/latex"):
                page = BeautifulSoup(data, "html.parser")
                assert not page.find_all(["script", "iframe", "svg", "form", "style", "base"])
                found = [a for tag in page.find_all(True) for a in tag.attrs.items()]
                assert not any(a.startswith("on") for a, _ in found)
                assert "javascript:" not in str(found)
                assert "\\href" not in data


HALF = ("momentum_step", HONEST)


@pytest.fixture(scope="module")
def half(stage):
    """Two right answers and stubs; changing the rest of the file must not earn more."""
    document = notebook(answers={name: right()[name] for name in HALF})
    points = score(stage.judge.grade(submission(document)))
    assert 0 < points < sum(mark.max_score for mark in stage.honest["marks"].values())
    return document, points


@given(changes=st.lists(st.sampled_from(CHANGES), max_size=12), seed=st.integers(0, 2**32))
@settings(max_examples=30)
@example(changes=[forge] * 40, seed=1)
@example(changes=[merge] * 40, seed=2)
@example(changes=[delete] * 40, seed=3)
def test_whatever_is_changed_ends_with_a_mark_or_a_reason(stage, half, changes, seed):
    document, points = half
    handed_in = submission(changed(document, changes, seed))
    graded = stage.judge.grade(handed_in)
    assert bool(graded.problem) != bool(graded.notebooks)
    assert score(graded) <= points
    assert len(graded.problem) < 500
    for result in graded.notebooks.values():
        assert set(result.marks) == set(stage.honest["marks"])


def test_afterwards_an_honest_student_gets_what_was_got_before(stage):
    stage.intact()
