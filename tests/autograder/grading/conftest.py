"""What holds for all tests of grading."""

from __future__ import annotations

import pytest


@pytest.fixture(scope="session", autouse=True)
def _quick_new_gradebooks(alembic_is_asked_once) -> None:
    pass
