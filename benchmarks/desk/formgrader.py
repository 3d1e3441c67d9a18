"""How long a browser takes until nbgrader's list of submissions is complete."""

from __future__ import annotations

import os
import secrets
import subprocess
import sys
import sysconfig
import time
import urllib.request
from pathlib import Path

from autograder import folders

# The one place that knows where a browser is.
sys.path.append(str(Path(__file__).parents[2] / "tests"))

PATIENCE = 120.0  # seconds


def list_seconds(course: Path, assignment: str, count: int) -> float | None:
    """Seconds from opening the page to the last row; None if there is no browser here."""
    from find_browser import find_browser
    from ports import free_port

    try:
        from playwright.sync_api import sync_playwright
    except ModuleNotFoundError:
        return None
    if not (executable := find_browser()):
        return None
    port, token = free_port(), secrets.token_hex(8)
    home = f"http://127.0.0.1:{port}"
    path = os.pathsep.join([sysconfig.get_path("scripts"), os.environ["PATH"]])
    command = [sys.executable, "-m", "jupyter", "lab", f"--notebook-dir={course}", "--no-browser"]
    command += ["--allow-root", f"--port={port}", f"--IdentityProvider.token={token}"]
    # The course's configuration imports the grader, which need not be installed here.
    environment = os.environ | {"PATH": path, "PYTHONPATH": str(folders.repository())}
    with (course / "lab.txt").open("w") as log:
        server = subprocess.Popen(command, cwd=course, env=environment, stdout=log, stderr=log)
        try:
            _wait_for(f"{home}/api?token={token}", server)
            with sync_playwright() as playwright:
                browser = playwright.chromium.launch(
                    executable_path=executable, args=["--no-sandbox", "--disable-gpu"]
                )
                page = browser.new_page()
                page.set_default_timeout(1000 * PATIENCE)
                # The first page loads what all pages need, and signs in.
                first = page.goto(f"{home}/formgrader?token={token}")
                if not (first and first.ok):
                    raise RuntimeError("formgrader did not start: see lab.txt")
                begin = time.perf_counter()
                page.goto(f"{home}/formgrader/manage_submissions/{assignment}")
                page.wait_for_function(f"window.models?.loaded && models.length === {count}")
                seconds = time.perf_counter() - begin
                browser.close()
        finally:
            server.terminate()
            server.wait()
    return seconds


def _wait_for(url: str, server: subprocess.Popen[bytes]) -> None:
    """Wait until a server answers.

    Raises:
        RuntimeError: if it ends.
    """
    while server.poll() is None:
        try:
            with urllib.request.urlopen(url, timeout=5):
                return
        except OSError:
            time.sleep(0.2)
    raise RuntimeError("JupyterLab did not start: see lab.txt")
