"""Feedback pages: they say what the gradebook holds, and nothing that a student may not read."""

from __future__ import annotations

import re

import pytest
from bs4 import BeautifulSoup
from class_of_six import NAME, QUESTION, SLIP

from autograder.desk import feedback, page
from autograder.exercises import REGISTRY
from autograder.folders import master


def pages(folder):
    feedback.write(folder, NAME)
    return {
        path.parts[-3]: BeautifulSoup(path.read_text(encoding="utf-8"), "html.parser")
        for path in (folder / "feedback").glob(f"*/{NAME}/*.html")
    }


def words_of(soup):
    return " ".join(soup.get_text().split())


def test_a_page_for_everybody_who_is_graded_and_a_name_for_who_is_not(folder):
    done = feedback.write(folder, NAME)
    assert (done.fresh, done.current, done.ungraded) == (5, 0, ["quin"])
    assert done.open == ["ada", "bo", "cy", "ed"]  # di has not answered: nobody has to read that


def test_only_what_changed_is_written_again(folder, by_hand):
    feedback.write(folder, NAME)
    done = feedback.write(folder, NAME)
    assert (done.fresh, done.current) == (0, 5)
    by_hand("ed", 3.0, "Good.")
    done = feedback.write(folder, NAME)
    assert (done.fresh, done.current) == (1, 4)
    graded = folder / "autograded" / "bo" / NAME / f"{NAME}.ipynb"
    graded.chmod(0o644)
    graded.write_bytes(graded.read_bytes() + b"\n")  # as a new submission would
    assert feedback.write(folder, NAME).fresh == 1


def test_a_version_of_the_assignment_that_changes_no_mark_makes_no_page_older(folder):
    """When one exercise is mended, all are graded again, and most get what they had."""
    feedback.write(folder, NAME)
    for path in (folder / "autograded").glob(f"*/{NAME}/*.ipynb"):
        before = path.read_bytes()
        after = re.sub(rb'("assignment": ")[0-9a-f]{64}', rb"\g<1>" + b"0" * 64, before)
        assert after != before
        path.chmod(0o644)
        path.write_bytes(after)
    assert feedback.write(folder, NAME).fresh == 0


def test_a_comment_and_its_points_are_on_the_page(folder, by_hand):
    assert "Good **idea**" not in words_of(pages(folder)["ed"])
    by_hand("ed", 3.0, "Good **idea**, but see $\\eta$.")
    soup = pages(folder)["ed"]
    assert "3 of 4" in words_of(soup.find(id=QUESTION))
    assert soup.select_one(".comment strong").text == "idea"
    assert soup.select_one(".comment math")


def test_what_waits_is_no_zero(folder, by_hand):
    soup = pages(folder)["ed"]
    row = soup.find("a", href=f"#{QUESTION}").find_parent("tr")
    assert row.select_one(".points").text.split() == ["–", "of", "4"]
    assert feedback.WAITING in words_of(row)
    assert "up to 4 more" in words_of(soup.header)
    by_hand("ed", 2.0, look_again=True)
    assert feedback.AGAIN in words_of(pages(folder)["ed"])


def test_an_empty_answer_says_that_it_is_empty(folder):
    soup = pages(folder)["di"]
    assert feedback.EMPTY in words_of(soup.table)
    assert "more" not in words_of(soup.header)


def test_what_was_not_written_is_a_line_of_the_table_and_no_section(folder, by_hand):
    """A page of stubs that a student has in the notebook anyway would hide what is said."""
    soup = pages(folder)["di"]
    lines = [words_of(row) for row in soup.select("tbody tr")]
    assert sum(feedback.UNWRITTEN in line for line in lines) == len(lines) - 1  # and the question
    assert not soup.select("section")
    assert "raise NotImplementedError" not in words_of(soup)
    by_hand("di", 0.0, "Come to my office hour.")
    [section] = pages(folder)["di"].select("section")
    assert "office hour" in words_of(section)


def test_a_mistake_is_told_with_its_name_and_the_student_s_own_cell(folder):
    soup = pages(folder)["bo"]
    section = soup.find(id="check_momentum_step")
    assert words_of(BeautifulSoup(str(page.sentence(SLIP.message)), "html.parser")) in words_of(
        section
    )
    assert [dt.text for dt in section.select("dt")][:1] == ["tried"]
    assert {"expected", "got"} <= {dt.text for dt in section.select("dt")}
    assert "def momentum_step" in section.select_one("pre").text
    points = soup.find("a", href="#check_momentum_step").find_parent("tr").select_one(".points")
    assert points.text.split()[-1] == f"{REGISTRY['momentum_step'].points:g}"


def test_lateness_and_what_it_cost(folder, by_hand, policy):
    assert "2 days 3 hours after the due date. This costs no points." in words_of(
        pages(folder)["bo"]
    )
    policy("c.LatePolicy.percent_per_day = 10")
    by_hand("bo", 4.0)
    said = words_of(pages(folder)["bo"].header)
    total, without = re.search(r"([\d.]+) of .*Without it: ([\d.]+) points", said).groups()
    assert float(total) == pytest.approx(0.7 * float(without))
    assert f"This costs {page.number(0.3 * float(without))} points." in said
    assert "Each day begun costs 10 % of the points." in said
    assert "after the due date" not in words_of(pages(folder)["ed"])


def test_the_pictures_of_the_student_s_functions_are_there(folder):
    drawn = pages(folder)
    assert len(drawn["ada"].select('img[src^="data:image/png;base64,"]')) == 1
    assert "plt.plot" in drawn["ada"].select_one("figure").text
    assert not drawn["ed"].select("img")


def test_no_scheme_no_answer_and_no_script(folder):
    text = master(NAME).read_text(encoding="utf-8")
    scheme = re.search(r"=== BEGIN MARK SCHEME ===(.*?)=== END", text, re.DOTALL)[1]
    phrase = "pushes add up, so that steps become"
    assert phrase in scheme
    for student, soup in pages(folder).items():
        html = str(soup)
        assert "MARK SCHEME" not in html, student
        assert phrase not in html, student
        assert "SOLUTION" not in html, student
        assert not soup.select("script, iframe, object, link, [onerror], [onload]"), student
        assert "default-src 'none'" in html, student


def test_formulas_are_mathml_and_what_cannot_be_read_stays_tex():
    assert "<mfrac>" in page.text(r"so $\frac{1}{2}$")
    assert "<math" in page.text("$$\\begin{matrix}1&2\\end{matrix}$$")
    for hostile in (r"\href{javascript:alert(1)}{x}", r"\text{<script>alert(1)</script>}"):
        html = page.text(f"${hostile}$")
        assert "href=" not in html
        assert "<script" not in html
    assert "<code>" in page.text("$" + "{" * 100 + "x" + "}" * 100 + "$")
    assert page.text("$" + r"\frac" * 300 + "$")  # nonsense does not stop the page
