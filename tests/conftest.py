"""What holds for all tests."""

import gc

import postgres_server
import pytest
from find_browser import find_browser
from hypothesis import settings
from order import long_ones_first

from autograder import folders
from autograder.checking.exercise import Exercise

# No test is timed: a machine may be busy with other things.
settings.register_profile("untimed", deadline=None)
settings.load_profile("untimed")


@pytest.fixture(scope="session")
def alembic_is_asked_once() -> None:
    """For each new gradebook nbgrader starts a Python, which says the same every time."""
    folders.ask_alembic_here()


@pytest.fixture(scope="session")
def browser():
    """A real Chromium: Playwright can be started once in a process."""
    from playwright.sync_api import sync_playwright

    executable = find_browser()
    assert executable, "no Chromium found; run: make browser"
    quiet = ("background-networking", "component-update", "sync", "gpu", "quic")
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(
            executable_path=executable,
            args=["--no-sandbox", "--no-first-run", *(f"--disable-{name}" for name in quiet)],
        )
        yield chromium
        chromium.close()


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--notebook",
        action="append",
        metavar="NAME",
        help="only the tests that are about this notebook, or about one of its exercises",
    )


def pytest_collection(session: pytest.Session) -> None:
    """Collecting makes hardly any garbage; looking for it would be a quarter of its time."""
    gc.disable()


def pytest_collection_finish(session: pytest.Session) -> None:
    gc.freeze()  # 600,000 objects that stay to the end
    gc.enable()


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if names := config.getoption("notebook"):
        chosen = [item for item in items if names_of(item) & set(names)]
        config.hook.pytest_deselected(items=[item for item in items if item not in set(chosen)])
        items[:] = chosen
    items[:] = long_ones_first(items, getattr(config, "workerinput", {}).get("workercount", 1))


def names_of(item: pytest.Item) -> set[str]:
    """What a test is about, by its parameters: texts, and the notebooks of exercises."""
    values = item.callspec.params.values() if hasattr(item, "callspec") else ()
    exercises = {value.notebook for value in values if isinstance(value, Exercise)}
    return exercises | {value for value in values if isinstance(value, str)}


@pytest.fixture(scope="session")
def postgres():
    """A PostgreSQL server that runs as long as the tests do."""
    if postgres_server.find_programs() is None:
        pytest.skip("no PostgreSQL server is installed here: make postgres")
    with postgres_server.running() as server:
        yield server
