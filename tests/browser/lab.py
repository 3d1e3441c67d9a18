"""A real JupyterLab, for tests that look at it or ask it something."""

from __future__ import annotations

import json
import os
import secrets
import subprocess
import sys
import sysconfig
import time
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ports import free_port


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


@contextmanager
def running_lab(
    folder: Path,
    home: Path,
    environment: Mapping[str, str] = os.environ,
    *,
    student: bool = False,
    opened_by: Sequence[str | Path] = (),
) -> Iterator[Lab]:
    """A JupyterLab over ``folder``.

    Args:
        home: where its settings and its log go.
        student: it is the one that ``autograder start`` opens.
        opened_by: it is the one that this command opens when it is called beside the folder.
    """
    lab = Lab(free_port(), secrets.token_hex(8), folder, home)
    environment = {
        **environment,
        "JUPYTER_CONFIG_DIR": str(home / "config"),
        "JUPYTERLAB_SETTINGS_DIR": str(home / "settings"),
        "JUPYTERLAB_WORKSPACES_DIR": str(home / "workspaces"),
    }
    if not opened_by:
        scripts = sysconfig.get_path("scripts")
        environment["PATH"] = os.pathsep.join([scripts, environment["PATH"]])
    # Else the first thing a new user sees is a question about news, on top of the notebook. A
    # student must not see it either, but that is for `autograder start` to prevent.
    if not student and not opened_by:
        lab.set("notification", {"fetchNews": "false", "checkForUpdates": False})
    log = home / "lab.log"
    place = folder  # formgrader reads the configuration there
    command = [*opened_by] or [sys.executable, "-m", "jupyter", "lab", f"--notebook-dir={folder}"]
    if student:
        command, place = [sys.executable, "-m", "autograder.cli", "start", folder], home
    elif opened_by:
        place = folder.parent
    command += ["--no-browser", "--allow-root", f"--port={lab.port}"]
    command += [f"--IdentityProvider.token={lab.token}"]
    with log.open("w") as output:
        server = subprocess.Popen(
            command,
            cwd=place,
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


def _wait_for(url: str, server: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + 90
    while time.monotonic() < deadline and server.poll() is None:
        try:
            with urllib.request.urlopen(url, timeout=5):
                return
        except OSError:
            time.sleep(0.3)
    raise RuntimeError(f"JupyterLab did not start:\n{log.read_text()[-3000:]}")
