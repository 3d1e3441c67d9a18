"""A real JupyterLab, and a real Chromium looking at it."""

from __future__ import annotations

import json
import os
import secrets
import shutil
import socket
import subprocess
import sys
import sysconfig
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from find_browser import find_browser
from playwright.sync_api import sync_playwright

from autograder.notebook import working_copy


@dataclass(frozen=True)
class Lab:
    """A running JupyterLab over ``folder``."""

    port: int
    token: str
    folder: Path
    home: Path

    def url(self, path: str) -> str:
        return f"http://127.0.0.1:{self.port}/{path}?token={self.token}&reset"

    def use_theme(self, name: str) -> None:
        """What the next page that is opened looks like: ``"Light"`` or ``"Dark"``."""
        self.set("themes", {"theme": f"JupyterLab {name}"})

    def ask(self, method: str, path: str) -> Any:
        """What the server's own interface answers."""
        request = urllib.request.Request(
            f"http://127.0.0.1:{self.port}/api/{path}",
            method=method,
            headers={"Authorization": f"token {self.token}"},
        )
        with urllib.request.urlopen(request, timeout=30) as answer:
            return json.loads(answer.read() or "null")

    def set(self, plugin: str, value: dict[str, object]) -> None:
        path = self.home / "settings/@jupyterlab/apputils-extension"
        path.mkdir(parents=True, exist_ok=True)
        (path / f"{plugin}.jupyterlab-settings").write_text(json.dumps(value))


@pytest.fixture(scope="session")
def start_lab(alembic_is_asked_once, tmp_path_factory):
    """``start_lab(folder)``: a context in which a JupyterLab runs over that folder.

    With ``student=True`` it is the one that ``autograder start`` opens.
    """

    @contextmanager
    def start(folder: Path, *, student: bool = False) -> Iterator[Lab]:
        home = tmp_path_factory.mktemp("home")
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            lab = Lab(probe.getsockname()[1], secrets.token_hex(8), folder, home)
        environment = os.environ | {
            "PATH": os.pathsep.join([sysconfig.get_path("scripts"), os.environ["PATH"]]),
            "JUPYTER_CONFIG_DIR": str(home / "config"),
            "JUPYTERLAB_SETTINGS_DIR": str(home / "settings"),
            "JUPYTERLAB_WORKSPACES_DIR": str(home / "workspaces"),
        }
        # Else the first thing a new user sees is a question about news, on top of the notebook. A
        # student must not see it either, but that is for `autograder start` to prevent.
        if not student:
            lab.set("notification", {"fetchNews": "false", "checkForUpdates": False})
        log = home / "lab.log"
        command = [sys.executable, "-m", "jupyter", "lab", f"--notebook-dir={folder}"]
        if student:
            command = [sys.executable, "-m", "autograder.cli", "start", str(folder)]
        command += ["--no-browser", "--allow-root", f"--port={lab.port}"]
        command += [f"--IdentityProvider.token={lab.token}"]
        with log.open("w") as output:
            server = subprocess.Popen(
                command,
                cwd=home if student else folder,  # formgrader reads the configuration there
                env=environment,
                stdout=output,
                stderr=subprocess.STDOUT,
            )
            try:
                _wait_for(lab.url("api"), server, log)
                yield lab
            finally:
                server.terminate()
                try:
                    server.wait(20)
                except subprocess.TimeoutExpired:
                    # A kernel that is just starting keeps Jupyter's server from stopping.
                    server.kill()
                    server.wait(20)

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


def _wait_for(url: str, server: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + 90
    while time.monotonic() < deadline and server.poll() is None:
        try:
            with urllib.request.urlopen(url, timeout=5):
                return
        except OSError:
            time.sleep(0.3)
    pytest.fail(f"JupyterLab did not start:\n{log.read_text()[-3000:]}")


@pytest.fixture(scope="session")
def browser():
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
