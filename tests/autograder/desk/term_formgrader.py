"""How a second assistant marks: in formgrader, as its pages do it, or without its server."""

from __future__ import annotations

import json
import sys
import tempfile
import urllib.parse
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Protocol

from term_course import Course

# The one place that knows how JupyterLab is started.
sys.path.append(str(Path(__file__).parents[2] / "browser"))
from lab import Lab, running_lab

Points = Mapping[str, tuple[float, str]]  # student → points and comment


class Marking(Protocol):
    """Gives points and comments for the question in words of a notebook."""

    def __call__(self, name: str, given: Points) -> None: ...


@contextmanager
def formgrader(course: Course) -> Iterator[Marking]:
    """A running formgrader, and what its page sends when somebody types points."""
    home = Path(tempfile.mkdtemp())
    with running_lab(course.root, home, course.environment) as lab:

        def mark(name: str, given: Points) -> None:
            submissions = _ask(lab, f"submitted_notebooks/{name}/{name}")
            question = f"explain_{name[3:]}"
            for submission in submissions:
                if submission["student"] in given:
                    points, comment = given[submission["student"]]
                    _put(lab, submission["id"], question, "grade", {"manual_score": points})
                    _put(lab, submission["id"], question, "comment", {"manual_comment": comment})

        yield mark


@contextmanager
def its_tables(course: Course) -> Iterator[Marking]:
    """What formgrader's server does then, without the server: nbgrader's ``GradeHandler.put``."""
    from nbgrader import api

    def mark(name: str, given: Points) -> None:
        with api.Gradebook(f"sqlite:///{course.root / 'gradebook.db'}") as gradebook:
            for student, (points, comment) in given.items():
                place = (f"explain_{name[3:]}", name, name, student)
                grade = gradebook.find_grade(*place)
                grade.manual_score, grade.needs_manual_grade = points, False
                gradebook.find_comment(*place).manual_comment = comment
            gradebook.db.commit()

    yield mark


def _put(lab: Lab, submission: str, question: str, what: str, value: Mapping[str, Any]) -> None:
    [found] = [
        each
        for each in _ask(lab, f"{what}s?submission_id={submission}")
        if each["name"] == question
    ]
    _ask(lab, f"{what}/{found['id']}", "PUT", {**found, **value})


def _ask(lab: Lab, path: str, method: str = "GET", value: Mapping[str, Any] | None = None) -> Any:
    """What formgrader's interface answers."""
    request = urllib.request.Request(
        f"http://127.0.0.1:{lab.port}/formgrader/api/{urllib.parse.quote(path, safe='/?=&')}",
        method=method,
        data=None if value is None else json.dumps(value).encode(),
        headers={"Authorization": f"token {lab.token}", "Content-Type": "application/json"},
    )
    with urllib.request.urlopen(request, timeout=60) as answer:
        return json.loads(answer.read() or "null")
