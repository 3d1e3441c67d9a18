"""How the book's pages are made, without Sphinx; the built book has `make test-book`."""

from __future__ import annotations

import json
import re
import tomllib

import claims_results
import pytest
from leaks import NAMES, answers, leaks

from autograder.exercises import REGISTRY
from book import chapters, claims, effects, labs
from book.docstrings import prepared
from book.pages import write_pages
from book.places import PAGES, ROOT, SETTINGS, open_links, pages, relinked, settings

NOWHERE = {"github": "", "branch": "main", "jupyterlab": ""}
GITHUB = NOWHERE | {"github": "owner/name", "jupyterlab": "http://localhost:8888/lab/tree/"}


def test_a_leak_would_be_found(tmp_path):
    line = max(answers()["03_momentum"], key=len)
    (tmp_path / "page.html").write_text(f'<pre><span class="n">{line[:5]}</span>{line[5:]}\n</pre>')
    assert leaks(tmp_path) == [("page.html", line)]


def test_the_instructors_edition_has_every_answer_folded():
    page = chapters.chapter("03_momentum", instructor=True, where=NOWHERE)
    shown = [cell for cell in page.cells if "answer" in cell.metadata.get("tags", [])]
    assert all("hide-input" in cell.metadata.tags for cell in shown)
    text = "\n".join(cell.source for cell in shown)
    assert answers()["03_momentum"] <= {line.strip() for line in text.splitlines()}
    assert any("How to mark it" in cell.source for cell in page.cells)


@pytest.mark.parametrize("name", NAMES)
def test_every_exercise_has_a_place_of_its_own(name):
    page = chapters.chapter(name, instructor=False, where=NOWHERE)
    text = "\n".join(cell.source for cell in page.cells)
    places = [chapters.anchor(exercise) for exercise in chapters.exercises(name)]
    assert places
    assert re.findall(r"^\((exercise-.*)\)=$", text, re.M) == places
    assert text.count("its notebook</a>") == len(places)
    if claims.of_notebook(name):
        assert text.count("tried in the labs") + text.count("labs of this chapter") == len(places)


def test_an_exercise_names_the_labs_that_call_its_reference():
    assert "M4" in labs.tried_in(REGISTRY["heavy_ball_step"])
    assert not {"M4", "G1"} & set(labs.tried_in(REGISTRY["standardize"]))
    assert any(labs.tried_in(exercise) for exercise in chapters.exercises("04_adaptive"))


def test_what_the_settings_leave_empty_makes_no_link():
    empty = tomllib.loads(SETTINGS.read_text("utf-8"))["open"]
    assert open_links("03_momentum", empty) == {}
    page = chapters.chapter("03_momentum", instructor=False, where=empty)
    assert not re.search("open in", "".join(cell.source for cell in page.cells), re.I)
    filled = chapters.chapter("03_momentum", instructor=False, where=GITHUB)
    text = "".join(cell.source for cell in filled.cells)
    for place, address in open_links("03_momentum", GITHUB).items():
        links = text.count(f'<a href="{address}">open in {place}</a>')
        assert links == len(chapters.exercises("03_momentum"))
        assert f'<a href="{address}">Open in {place}</a>' in text
    assert list(open_links("03_momentum", GITHUB)) == ["JupyterLab", "Binder", "Colab"]
    lab = "http://localhost:8888/lab/tree/03_momentum/03_momentum.ipynb"
    assert open_links("03_momentum", GITHUB)["JupyterLab"] == lab


def test_the_environment_goes_before_the_settings(monkeypatch):
    monkeypatch.setenv("BOOK_GITHUB", "somebody/else")
    assert settings()["github"] == "somebody/else"


def test_links_lead_to_pages_to_github_or_become_words():
    text = "[a](docs/glossary.md#x), [b](LICENSE), `[c](d)`\n\n```\n[e](f)\n```\n"
    assert relinked("[a](../docs/glossary.md#x)", "solutions/README.md", NOWHERE) == (
        "[a](../glossary.md#x)"
    )
    assert "b, " in relinked(text, "README.md", NOWHERE)
    assert "https://github.com/owner/name/blob/main/LICENSE" in relinked(text, "README.md", GITHUB)
    assert "[e](f)" in relinked(text, "README.md", NOWHERE)


def test_what_the_book_shows_as_other_files_is_linked_there():
    text = "[a](../docs/claims.md), [b](../docs/claims.md#m4), [c](03_momentum/03_momentum.ipynb)"
    assert relinked(text, "solutions/README.md", NOWHERE) == (
        "[a](../claims/index.md), [b](../claims/M4.md), [c](../course/03_momentum.ipynb)"
    )


def test_every_page_comes_from_a_file_of_the_repository():
    assert all((ROOT / file).is_file() for file in pages(instructor=True))
    assert pages(instructor=False) == PAGES


def test_how_the_lessons_go_stands_in_the_instructors_edition_alone(tmp_path):
    for instructor in (True, False):
        write_pages(tmp_path / str(instructor), instructor=instructor, where=GITHUB)
    lessons = {f"{name}.md" for name in NAMES}
    assert {p.name for p in (tmp_path / "True/teachers/lessons").iterdir()} == lessons
    assert not (tmp_path / "False/teachers/lessons").exists()
    guide, cut = (
        (tmp_path / f"{edition}/teachers/index.md").read_text("utf-8") for edition in (True, False)
    )
    for name in NAMES:
        assert f"[How the lesson goes](lessons/{name}.md)" in guide
        assert f"\nlessons/{name}\n" in guide  # in the tree of pages
        assert f"lessons/{name}" not in cut
    page = (tmp_path / "True/teachers/lessons/03_momentum.md").read_text("utf-8")
    assert "](../index.md)" in page


def test_without_results_there_are_no_pages_of_claims(tmp_path):
    assert claims.pages(tmp_path) == {}
    assert claims.pages(tmp_path / "none") == {}


def test_each_claim_has_a_row_and_a_page(tmp_path):
    pages = claims.pages(claims_results.write(tmp_path))
    assert list(pages) == ["claims/index", "claims/E3", "claims/M4", "claims/M10"]
    rows = re.findall(r'<tr data-topic="(\w+)" data-verdict="([\w ]+)">', pages["claims/index"])
    assert rows == [
        ("01_ewma", "does not hold"),
        ("03_momentum", "holds when"),
        ("03_momentum", "holds"),
    ]
    assert "1 hold, 1 hold under a condition, 1 do not hold" in pages["claims/index"]
    assert "<code>code</code> &amp; &lt;signs&gt;" in pages["claims/index"]
    assert pages["claims/M4"].count('class="effect"') == 3
    assert "3 (2.7 to 3.3); claimed: above 1.5. ✓ as claimed" in pages["claims/M4"]
    assert "say otherwise: *The other way round.* This is so: a bowl." in pages["claims/M4"]
    assert "say otherwise" not in pages["claims/E3"]
    assert "experiments/claims/momentum.py`, line" in pages["claims/M4"]


@pytest.mark.parametrize(
    ("change", "says"),
    [({"verdict": "perhaps"}, "'perhaps' is none of"), ({"seeds": None}, "has no seeds")],
)
def test_a_result_that_cannot_be_shown_is_named(tmp_path, change, says):
    one = claims_results.RESULTS[0] | change
    kept = {key: value for key, value in one.items() if value is not None}
    (tmp_path / "M10.json").write_text(json.dumps(kept), "utf-8")
    with pytest.raises(ValueError, match=f"M10.json.*{says}"):
        claims.pages(tmp_path)


@pytest.mark.parametrize("one", claims_results.RESULTS, ids=lambda one: one["id"])
def test_everything_in_a_figure_stands_inside_it(one):
    html = effects.figure(one)
    places = [float(p) for p in re.findall(r"(?:left|right):([-\d.]+)%", html)]
    assert places
    assert all(0 <= place <= 100 for place in places)
    ticks = re.search(r'<div class="ticks".*?</div>', html)[0]
    assert 1 <= ticks.count("<span") <= effects.MOST_TICKS + 1


@pytest.mark.parametrize(
    ("number", "words"),
    [
        (0, "0"),
        (0.185425, "0.185"),
        (5.14, "5.14"),
        (655.0, "655"),
        (999.7, "1\u202f000"),
        (24821.0, "24\u202f821"),
        (8.36e9, "8.4·10⁹"),
        (1e-12, "10⁻¹²"),
        (-0.002, "-0.002"),
    ],
)
def test_numbers_have_three_digits(number, words):
    assert effects.said(number) == words


def test_a_table_of_sentences_has_a_frame_and_one_of_numbers_has_none(tmp_path):
    write_pages(tmp_path, instructor=True, where=NOWHERE)
    guide = (tmp_path / "teachers/index.md").read_text("utf-8")
    assert guide.count("::::{container} of-sentences\n|") > 10
    promises = (tmp_path / "teachers/threat-model.md").read_text("utf-8")
    assert "::::{container} rows-as-cards\n| Promise" in promises
    exercises = (tmp_path / "course/exercises.md").read_text("utf-8")
    assert "{container}" not in exercises


def test_what_follows_a_docstrings_sections_is_no_entry_of_the_last():
    written = ["Does.", "", "Raises", "------", "ValueError : no", "", "Source: a paper."]
    assert prepared(written)[-4:] == ["", "", "Source: a paper.", ""]
    written = ["Does.", "", "Returns", "-------", "a number, and", "more of it"]
    assert prepared(written)[-3:] == [":returns: a number, and", "    more of it", ""]
