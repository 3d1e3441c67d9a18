"""nbgrader's own autograde with the judge in it, and its pages about a student's work."""

from __future__ import annotations

import itertools
import json
import re
import shutil
import time
from html import escape

import nbformat
import pytest
from bs4 import BeautifulSoup
from jinja2 import Environment
from nbconvert.filters.markdown_mistune import markdown2html_mistune

from autograder import folders
from autograder.authoring.sample_class import SampleSubmission, authors, fill_in
from autograder.exercises import REGISTRY
from autograder.grading import class_run
from autograder.grading.nbgrader_plugins import MAX_MARKDOWN, markdown2html

NAME = "01_ewma"
POINTS = {f"check_{e.id}": float(e.points) for e in REGISTRY.values() if e.notebook == NAME}
SPIN = "effective_window"  # in eva's notebook it never returns
CELL_SECONDS = 2


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A course of one notebook, with submissions, graded by nbgrader."""
    folder = tmp_path_factory.mktemp("course")
    config = (folders.repository() / "nbgrader_config.py").read_text(encoding="utf-8")
    config += f"\nc.Judge.limits = {{'cell_seconds': {CELL_SECONDS}}}\n"
    (folder / "nbgrader_config.py").write_text(config, encoding="utf-8")
    shutil.copytree(folders.master(NAME).parent, folder / folders.SOLUTIONS / NAME)
    assert folders.nbgrader(folder).generate_assignment(NAME)["success"]
    released = (folder / folders.COURSE / NAME / f"{NAME}.ipynb").read_text(encoding="utf-8")
    right = fill_in(released, authors(NAME))
    texts = {
        "ada": right,
        "bom": "\ufeff" + right,
        "cleo": fill_in(released, {}, change=cheat),
        "eva": fill_in(
            released, authors(NAME) | {SPIN: f"def {SPIN}(b):\n    while True:\n        pass"}
        ),
        "quin": right[: len(right) // 2],
        "link": right,
    }
    for student, text in texts.items():
        SampleSubmission(student, NAME, text, None, "").write(folder / "submitted")
    (folder / "submitted" / "link").rename(folder / "elsewhere")
    (folder / "submitted" / "link").symlink_to(folder / "elsewhere")
    beside = folder / "submitted" / "ada" / NAME
    (beside / "mine.csv").write_text("1,2", encoding="utf-8")
    (folder / "somebody's.csv").write_text("3,4", encoding="utf-8")
    (beside / "not_mine.csv").symlink_to(folder / "somebody's.csv")
    return folder


def cheat(notebook):
    """Replace the check by one that gives all points, with outputs that say so."""
    for cell in notebook.cells:
        if cell.metadata.get("nbgrader", {}).get("grade_id") in POINTS:
            cell.source = f"{REGISTRY['ewma_step'].points}"
            cell.outputs = [
                nbformat.v4.new_output("execute_result", {"text/plain": "2.0"}, execution_count=1)
            ]


@pytest.fixture(scope="module")
def answers(folder):
    """What nbgrader's interface for formgrader says about each submission."""
    api = folders.nbgrader(folder)
    students = sorted(path.name for path in (folder / "submitted").iterdir())
    return {student: api.autograde(NAME, student) for student in students}


def grades(folder, student):
    with folders.nbgrader(folder).gradebook as gradebook:
        rows = gradebook.find_submission_notebook(NAME, NAME, student).grades
        return {row.name: (row.auto_score, row.needs_manual_grade) for row in rows}


def checks(folder, student):
    return {name: score for name, (score, _) in grades(folder, student).items() if name in POINTS}


def no_response(folder, student):
    with folders.nbgrader(folder).gradebook as gradebook:
        rows = gradebook.find_submission_notebook(NAME, NAME, student).comments
        return {row.name for row in rows if row.auto_comment == "No response."}


def autograded(folder, student):
    path = folder / "autograded" / student / NAME / f"{NAME}.ipynb"
    return nbformat.read(path, as_version=4)


def test_right_answers_get_their_points_and_what_is_by_hand_waits(folder, answers):
    assert answers["ada"]["success"], answers["ada"]["log"]
    assert checks(folder, "ada") == POINTS
    by_hand = {name: row for name, row in grades(folder, "ada").items() if name not in POINTS}
    assert by_hand == {"explain_ewma": (None, True)}
    assert no_response(folder, "ada") == set()
    notebook = autograded(folder, "ada")
    nbformat.validate(notebook)
    assert notebook.metadata.autograder.isolation.startswith("bubblewrap")


def test_files_come_along_and_links_do_not(folder, answers):
    there = {path.name for path in (folder / "autograded" / "ada" / NAME).iterdir()}
    assert "mine.csv" in there
    assert "not_mine.csv" not in there


def test_a_file_that_nbformat_cannot_read_is_graded_if_the_judge_can(folder, answers):
    with pytest.raises(nbformat.reader.NotJSONError):
        nbformat.read(folder / "submitted" / "bom" / NAME / f"{NAME}.ipynb", as_version=4)
    assert answers["bom"]["success"], answers["bom"]["log"]
    assert checks(folder, "bom") == POINTS


def test_a_check_of_ones_own_gives_nothing(folder, answers):
    assert answers["cleo"]["success"], answers["cleo"]["log"]
    assert set(checks(folder, "cleo").values()) == {0.0}
    assert no_response(folder, "cleo") == {name.removeprefix("check_") for name in POINTS}
    assert re.search(r"cleo, 01_ewma: .*check_ewma_step.*", answers["cleo"]["log"])


def test_a_limit_of_the_configuration_ends_a_loop(folder, answers):
    assert answers["eva"]["success"], answers["eva"]["log"]
    score = checks(folder, "eva")
    assert score.pop(f"check_{SPIN}") == 0.0
    assert f"stopped after {CELL_SECONDS} s" in json.dumps(autograded(folder, "eva"))


def test_what_cannot_be_graded_has_its_reason_in_the_log(folder, answers):
    for student, reason in (
        ("quin", "It breaks off at line"),
        ("link", "The folder link is a symbolic link; those are not followed."),
    ):
        assert not answers[student]["success"]
        assert reason in answers[student]["log"]
        assert not (folder / "autograded" / student / NAME).exists()


def test_autograder_grade_finds_these_results_done(folder, answers):
    students = ["ada", "cleo"]
    limits = class_run.Limits(cell_seconds=CELL_SECONDS)
    results = list(class_run.run(NAME, folder, students=students, workers=1, limits=limits))
    assert [(result.student, result.fresh) for result in results] == [
        ("ada", False),
        ("cleo", False),
    ]


def test_a_persons_mark_stays_and_is_to_be_looked_at_again(folder, answers):
    api = folders.nbgrader(folder)
    with api.gradebook as gradebook:
        grade = gradebook.find_grade("check_ewma_step", NAME, NAME, "cleo")
        grade.manual_score = 1.5
        gradebook.db.commit()
    assert api.autograde(NAME, "cleo")["success"]
    with api.gradebook as gradebook:
        grade = gradebook.find_grade("check_ewma_step", NAME, NAME, "cleo")
        assert (grade.auto_score, grade.manual_score, grade.needs_manual_grade) == (0.0, 1.5, True)


def test_without_a_sandbox_the_mark_says_so(folder, answers):
    config = folder / "nbgrader_config.py"
    before = config.read_text(encoding="utf-8")
    config.write_text(before + "\nc.Judge.unsafe_no_sandbox = True\n", encoding="utf-8")
    try:
        answer = folders.nbgrader(folder).autograde(NAME, "bom")
    finally:
        config.write_text(before, encoding="utf-8")
    assert answer["success"], answer["log"]
    assert "WITHOUT A SANDBOX" in answer["log"]
    assert checks(folder, "bom") == POINTS
    assert autograded(folder, "bom").metadata.autograder.isolation == "none"


def rendered(source, **cell):
    context = Environment().from_string("").new_context({"cell": cell})
    return markdown2html(context, source)


def as_seen(html):
    """Tags and texts, without attributes that only links and scripts use.

    A link to a file beside the notebook leads nowhere from a page of its own: it is dropped there.
    """
    page = BeautifulSoup(html, "html.parser")
    for anchor in page.select("a.anchor-link"):
        anchor.decompose()
    for tag in page.find_all(True):
        tag.attrs = {k: v for k, v in tag.attrs.items() if k not in ("id", "rel")}
        if not tag.attrs.get("href", "").startswith(("http", "#")):
            tag.attrs.pop("href", None)
    return re.sub(r"\s+", "", str(page))


@pytest.mark.parametrize("name", folders.notebooks())
def test_texts_of_the_course_look_the_same(name):
    for cell in nbformat.read(folders.master(name), as_version=4).cells:
        if cell.cell_type == "markdown":
            assert as_seen(rendered(cell.source)) == as_seen(markdown2html_mistune(cell.source))


def test_a_picture_pasted_into_a_text_is_shown():
    attachments = {"a.png": {"image/png": "iVBORw0KGgo="}}
    html = rendered("![a](attachment:a.png)", attachments=attachments)
    assert '<img src="data:image/png;base64,iVBORw0KGgo=" alt="a">' in html


@pytest.mark.parametrize("source", ["x" * MAX_MARKDOWN + "<b>", "<b>" * MAX_MARKDOWN])
def test_a_text_that_cannot_be_rendered_is_shown_as_it_was_typed(source):
    assert rendered(source) == f"<pre>{escape(source)}</pre>"


def test_no_text_of_a_student_takes_a_page_long():
    pieces = ["[", "*", "`", "$", "_a", "> ", "![[", "\\begin{a}", "|a", "<a ", "<!--", "1. ", "~~"]
    slow = []
    for piece in itertools.chain(pieces, ("[a](b", "*a_", "\\(", "a\n", "http://", "<b id=x>")):
        text = (piece * MAX_MARKDOWN)[:MAX_MARKDOWN]
        start = time.perf_counter()
        rendered(text)
        slow += [piece] * (time.perf_counter() - start > 10)
    assert not slow
