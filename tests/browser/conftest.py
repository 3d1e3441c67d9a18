"""A real JupyterLab, and a real Chromium looking at it."""

from __future__ import annotations

import json
import os
import secrets
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

import pytest
from find_browser import find_browser
from playwright.sync_api import sync_playwright


@dataclass(frozen=True)
class Lab:
    """A running JupyterLab over ``folder``."""

    port: int
    token: str
    folder: Path

    def url(self, path: str) -> str:
        return f"http://127.0.0.1:{self.port}/{path}?token={self.token}&reset"


@pytest.fixture
def start_lab(tmp_path):
    """``start_lab(folder)``: a context in which a JupyterLab runs over that folder.

    With ``student=True`` it is the one that ``autograder start`` opens.
    """

    @contextmanager
    def start(folder: Path, *, student: bool = False, dark: bool = False) -> Iterator[Lab]:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            lab = Lab(probe.getsockname()[1], secrets.token_hex(8), folder)
        environment = os.environ | {
            "PATH": os.pathsep.join([sysconfig.get_path("scripts"), os.environ["PATH"]]),
            "JUPYTER_CONFIG_DIR": str(tmp_path / "config"),
            "JUPYTERLAB_SETTINGS_DIR": str(tmp_path / "settings"),
            "JUPYTERLAB_WORKSPACES_DIR": str(tmp_path / "workspaces"),
        }
        # Else the first thing a new user sees is a question about news, on top of the notebook. A
        # student must not see it either, but that is for `autograder start` to prevent.
        settings = {
            "notification": {} if student else {"fetchNews": "false", "checkForUpdates": False},
            "themes": {"theme": "JupyterLab Dark" if dark else "JupyterLab Light"},
        }
        for plugin, value in settings.items():
            path = tmp_path / "settings/@jupyterlab/apputils-extension"
            path.mkdir(parents=True, exist_ok=True)
            (path / f"{plugin}.jupyterlab-settings").write_text(json.dumps(value))
        log = tmp_path / "lab.log"
        command = [sys.executable, "-m", "jupyter", "lab", f"--notebook-dir={folder}"]
        if student:
            command = [sys.executable, "-m", "autograder.cli", "start", str(folder)]
        command += ["--no-browser", "--allow-root", f"--port={lab.port}"]
        command += [f"--IdentityProvider.token={lab.token}"]
        with log.open("w") as output:
            server = subprocess.Popen(
                command,
                cwd=tmp_path if student else folder,  # formgrader reads the configuration there
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


@pytest.fixture
def page(browser):
    page = browser.new_page(viewport={"width": 1280, "height": 900})
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
