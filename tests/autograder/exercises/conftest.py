"""How many seeds the exercises are tried over: `pytest tests/autograder/exercises --seeds 50`."""

from __future__ import annotations

import pytest

from autograder.checking.answer_key import PUBLIC_SEED

SEEDS = 2  # a mark does not depend on the seed; what a draw could spoil shows over many


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--seeds", type=int, default=SEEDS, help="draws of the cases (2 without)")


@pytest.fixture(scope="session")
def seeds(request: pytest.FixtureRequest) -> tuple[int, ...]:
    # Where this file is read too late to add an option, there is none.
    number = request.config.getoption("--seeds", default=SEEDS)
    return (PUBLIC_SEED, *range(2026, 2026 + number - 1))


@pytest.fixture(scope="session")
def few_seeds(seeds: tuple[int, ...]) -> tuple[int, ...]:
    """For what takes seconds: one, unless more are asked for."""
    return seeds[:1] if len(seeds) == SEEDS else seeds
