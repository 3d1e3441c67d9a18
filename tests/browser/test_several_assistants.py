"""Two graders and formgrader at once on a PostgreSQL server: nothing lost, nothing doubled."""

from __future__ import annotations

import csv
import os
import shutil
import subprocess
import sys
import time

from playwright.sync_api import expect

from autograder import cli, folders
from autograder.authoring.sample_class import SampleSubmission, authors, equivalents, fill_in

NOTEBOOKS = ("01_ewma", "03_momentum")
QUESTION = "explain_ewma"
STUDENTS = ("ada", "bo", "cy", "zed")
GIVEN = 3
SLOW = "\nimport time\ntime.sleep(45)"  # longer than it takes to give points in formgrader


def make_class(folder, slow=""):
    """Everybody hands in both notebooks; the last one's may take long."""
    folder.mkdir()
    shutil.copy(folders.repository() / folders.CONFIGURATION, folder)
    for name in NOTEBOOKS:
        shutil.copytree(folders.master(name).parent, folder / folders.SOLUTIONS / name)
        released = folders.released(name).read_text(encoding="utf-8")
        for number, student in enumerate(STUDENTS):
            answers = authors(name) if number % 2 else equivalents(name, number)
            if student == STUDENTS[-1]:
                first = next(iter(answers))
                answers = {**answers, first: answers[first] + slow}
            text = fill_in(released, answers, change=in_words)
            SampleSubmission(student, name, text, None, "").write(folder / "submitted")


def in_words(notebook):
    ids = [cell.metadata.get("nbgrader", {}).get("grade_id") for cell in notebook.cells]
    if QUESTION in ids:
        notebook.cells[ids.index(QUESTION) + 1].source = "*Your answer:* It starts at zero."


def grader(folder, name):
    command = [sys.executable, "-m", "autograder.cli", "grade", name, "--workers", "1"]
    command += ["--limit", "cell_seconds=100", "--course-dir", str(folder)]
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT, "text": True}
    return subprocess.Popen(command, cwd=folder, env=dict(os.environ), **pipes)


def totals(folder, name):
    to = folder / f"{name}.csv"
    assert cli.main(["export", name, "--course-dir", str(folder), "--to", str(to)]) == 0
    with to.open(encoding="utf-8", newline="") as file:
        return {row["student"]: float(row["total"]) for row in csv.DictReader(file)}


def test_two_graders_and_formgrader_at_once(postgres, start_lab, page, picture, tmp_path, capsys):
    folder, plain = tmp_path / "class", tmp_path / "plain"
    make_class(folder, SLOW)
    make_class(plain)
    with (folder / folders.CONFIGURATION).open("a") as file:
        file.write(f"c.CourseDirectory.db_url = {postgres.database('class')!r}\n")
        file.write("c.CourseDirectory.course_id = 'nn'\n")
    first = NOTEBOOKS[0]
    with start_lab(folder) as lab:
        page.goto(lab.url("formgrader"))  # it is open all the time
        graders = [grader(folder, name) for name in NOTEBOOKS]
        # The quick ones are graded, the last one's notebook runs.
        for name in NOTEBOOKS:
            while len(list((folder / "autograded").glob(f"*/{name}"))) != len(STUDENTS) - 1:
                assert all(one.poll() is None for one in graders)
                time.sleep(0.1)
        page.goto(lab.url(f"formgrader/manage_submissions/{first}"))
        row = page.get_by_role("row").filter(has_text="ada")
        expect(row).to_contain_text("needs manual grading", timeout=60_000)
        picture("formgrader-on-postgresql")
        page.goto(lab.url(f"formgrader/gradebook/{first}/{first}"))
        page.get_by_text("Submission #1").first.click()
        page.wait_for_function("window.formgrader?.grades?.loaded && formgrader.comments?.loaded")
        score = page.locator(f"#{QUESTION}")
        with page.expect_response(lambda answer: "/api/grade/" in answer.url) as answered:
            score.fill(str(GIVEN))
            score.press("Tab")
        assert answered.value.ok
        assert all(one.poll() is None for one in graders), "the graders were done too soon"
        for one in graders:
            said, _ = one.communicate()
            assert one.returncode == 0, said
            assert f"{len(STUDENTS)} graded, 0 graded before" in said
        page.goto(lab.url(f"formgrader/manage_submissions/{first}"))
        row = page.get_by_role("row").filter(has_text=STUDENTS[-1])
        expect(row).to_contain_text("needs manual grading", timeout=60_000)

    assert cli.main(["class", "--course-dir", str(folder)]) == 0
    said = capsys.readouterr().out
    for name in NOTEBOOKS:
        assert f"{name}: {len(STUDENTS)} students" in said
        alone = grader(plain, name)
        assert alone.wait() == 0, alone.communicate()[0]
    by_formgrader, by_sqlite = ([totals(f, n) for n in NOTEBOOKS] for f in (folder, plain))
    assert by_formgrader[1] == by_sqlite[1]
    more = [by_formgrader[0][s] - by_sqlite[0][s] for s in STUDENTS]
    assert sorted(more) == [0, 0, 0, GIVEN]
    assert more[-1] == 0
