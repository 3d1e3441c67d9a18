"""Find a Chromium for the browser tests; with --install, get one if there is none."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys

NAMES = ("chromium", "chromium-browser", "google-chrome", "chrome")


def find_browser() -> str | None:
    """Path of an installed Chromium or Chrome; None if there is none."""
    for name in NAMES:
        if path := shutil.which(name):
            return path
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        path = playwright.chromium.executable_path
    return path if os.path.exists(path) else None


def install() -> None:
    """Install Debian's package if it is available, otherwise the build that playwright offers.

    Raises:
        subprocess.CalledProcessError: if neither can be installed.
    """
    if shutil.which("apt-get") and os.geteuid() == 0:
        quiet = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
        subprocess.run(["apt-get", "update", "-qq"], check=True, env=quiet)
        packages = ["chromium", "fonts-dejavu-core"]
        command = ["apt-get", "install", "-y", "-qq", "--no-install-recommends", *packages]
        subprocess.run(command, check=True, env=quiet, stdout=subprocess.DEVNULL)
    else:
        subprocess.run([sys.executable, "-m", "playwright", "install", "chromium"], check=True)


if __name__ == "__main__":
    if not find_browser():
        if "--install" not in sys.argv:
            sys.exit("no Chromium found; run: make browser")
        print("Installing Chromium for the browser tests …", flush=True)
        try:
            install()
        except subprocess.CalledProcessError as error:
            sys.exit(f"Chromium could not be installed ({error}). Install it, then try again.")
