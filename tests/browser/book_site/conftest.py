"""Both editions of the book, built once for all tests: `make test-book`."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import claims_results
import pytest

ROOT = Path(__file__).resolve().parents[3]


def build(edition: str, site: Path, **environment: str) -> Path:
    command = [sys.executable, "-m", "book", "--edition", edition, "--to", str(site)]
    done = subprocess.run(
        command, cwd=ROOT, env=os.environ | environment, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr[-3000:]
    return site


@pytest.fixture(scope="session")
def invented_claims(tmp_path_factory):
    return str(claims_results.write(tmp_path_factory.mktemp("claims")))


@pytest.fixture(scope="session")
def student(tmp_path_factory, invented_claims):
    """The students' edition, as it is if the settings are empty."""
    empty = {f"BOOK_{key}": "" for key in ("GITHUB", "JUPYTERLAB")}
    return build(
        "student", tmp_path_factory.mktemp("student"), BOOK_CLAIMS=invented_claims, **empty
    )


@pytest.fixture(scope="session")
def instructor(tmp_path_factory, invented_claims):
    """The instructors' edition, with every setting, and without claims."""
    return build(
        "instructor",
        tmp_path_factory.mktemp("instructor"),
        BOOK_CLAIMS=f"{invented_claims}/none",
        BOOK_GITHUB="owner/name",
        BOOK_JUPYTERLAB="http://localhost:8888/lab/tree",
    )
