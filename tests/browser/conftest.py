"""A real JupyterLab, and a real Chromium looking at it."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import pytest
from lab import Lab, running_lab

from autograder.notebook import working_copy


@pytest.fixture(scope="session")
def start_lab(alembic_is_asked_once, tmp_path_factory):
    """``start_lab(folder)``: a context in which a JupyterLab runs over that folder.

    What else it takes is what :func:`lab.running_lab` takes.
    """

    def start(folder: Path, **options: Any) -> AbstractContextManager[Lab]:
        return running_lab(folder, tmp_path_factory.mktemp("home"), **options)

    return start


@pytest.fixture(scope="session")
def _student_lab(start_lab, tmp_path_factory) -> Iterator[Lab]:
    folder = tmp_path_factory.mktemp("student") / "my_course"
    with start_lab(folder, student=True) as lab:
        yield lab


@pytest.fixture
def student_lab(_student_lab) -> Iterator[Lab]:
    """What ``autograder start`` opens, with the notebooks as they are handed out.

    It is one for all tests, because it takes long to start: each begins with a fresh copy, and ends
    its kernels.
    """
    lab = _student_lab
    working_copy.fill(lab.folder)
    lab.use_theme("Light")
    yield lab
    for kernel in lab.ask("GET", "kernels"):
        lab.ask("DELETE", f"kernels/{kernel['id']}")
    for path in lab.folder.iterdir():
        shutil.rmtree(path) if path.is_dir() else path.unlink()


@pytest.fixture(scope="session")
def context(browser):
    """One for all pages: JupyterLab's programs are read once for each lab."""
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    yield context
    context.close()


@pytest.fixture
def page(context):
    page = context.new_page()
    page.set_default_timeout(60_000)
    yield page
    page.close()


@pytest.fixture
def picture(page):
    """Keep a screenshot where SCREENSHOTS says, for people who want to look."""

    def keep(name: str) -> None:
        if folder := os.environ.get("SCREENSHOTS"):
            page.screenshot(path=str(Path(folder) / f"{name}.png"))

    return keep
