"""What Sphinx would read, of both editions; made once for all tests."""

from __future__ import annotations

import pytest

from book.sources import prepare

SETTINGS = {"GITHUB": "owner/name", "JUPYTERLAB": "http://localhost:8888/lab/tree"}


@pytest.fixture(scope="session")
def student(tmp_path_factory):
    """The students' edition, as it is if the settings are empty."""
    with pytest.MonkeyPatch.context() as patch:
        for name in SETTINGS:
            patch.setenv(f"BOOK_{name}", "")
        target = tmp_path_factory.mktemp("book") / "student"
        prepare(target, instructor=False)
    return target


@pytest.fixture(scope="session")
def instructor(tmp_path_factory):
    """The instructors' edition, with every setting."""
    with pytest.MonkeyPatch.context() as patch:
        for name, value in SETTINGS.items():
            patch.setenv(f"BOOK_{name}", value)
        target = tmp_path_factory.mktemp("book") / "instructor"
        prepare(target, instructor=True)
    return target
