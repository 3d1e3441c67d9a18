"""A real kernel of the course, and cells that run in it as a front end runs them."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from html import unescape
from pathlib import Path
from typing import Any

import pytest
from jupyter_client.manager import KernelManager

from autograder import folders


@dataclass
class Ran:
    """What a cell showed, and whether a front end that runs all cells would go on."""

    outputs: list[dict[str, Any]]
    goes_on: bool

    @property
    def text(self) -> str:
        """What a reader sees, without tags and colours."""
        parts = []
        for output in self.outputs:
            if "traceback" in output:
                parts.append(re.sub(r"\x1b\[[0-9;]*m", "", "\n".join(output["traceback"])))
            elif "data" in output:
                data = output["data"]
                html = data.get("text/html", data.get("text/plain", ""))
                parts.append(unescape(re.sub(r"<[^>]+>", " ", html)))
            else:
                parts.append(output["text"])
        return re.sub(r"\s+", " ", " ".join(parts)).strip()

    @property
    def points(self) -> float:
        """The number that nbgrader reads."""
        [result] = [o for o in self.outputs if "data" in o and "execution_count" in o]
        return float(result["data"]["text/plain"])


class Notebook:
    """A kernel, and the ids of the cells that run in it."""

    def __init__(self, client: Any) -> None:
        self.client = client

    def run(self, source: str, cell_id: str = "") -> Ran:
        """Run a cell. With ``cell_id``, as JupyterLab does it; without, as other front ends do."""
        content = {
            "code": source, "silent": False, "store_history": True, "user_expressions": {},
            "allow_stdin": False, "stop_on_error": True,
        }  # fmt: skip
        message = self.client.session.msg("execute_request", content)
        if cell_id:
            message["metadata"] = {"cellId": cell_id}
        self.client.shell_channel.send(message)
        outputs: list[dict[str, Any]] = []
        while True:
            sent = self.client.get_iopub_msg(timeout=60)
            if sent["parent_header"].get("msg_id") != message["header"]["msg_id"]:
                continue
            kind, said = sent["msg_type"], sent["content"]
            if kind == "status" and said["execution_state"] == "idle":
                break
            if kind in ("execute_result", "display_data", "error", "stream"):
                outputs.append(said)
        while True:
            reply = self.client.get_shell_msg(timeout=60)
            if reply["parent_header"]["msg_id"] == message["header"]["msg_id"]:
                return Ran(outputs, reply["content"]["status"] == "ok")


def start(environment: dict[str, str], folder: Path) -> Iterator[Notebook]:
    manager = KernelManager(kernel_name="python3")
    manager.start_kernel(cwd=str(folder), env=environment)
    client = manager.client()
    client.start_channels()
    client.wait_for_ready(timeout=60)
    notebook = Notebook(client)
    notebook.run("import numpy as np\nfrom autograder import check, lend", "setup")
    yield notebook
    client.stop_channels()
    manager.shutdown_kernel(now=True)


@pytest.fixture
def notebook(tmp_path) -> Iterator[Notebook]:
    """A fresh kernel with the course's first cell run."""
    environment = {k: v for k, v in os.environ.items() if k != "JPY_SESSION_NAME"}
    yield from start(environment, tmp_path)


@pytest.fixture
def saved_notebook(tmp_path) -> Iterator[tuple[Notebook, Path]]:
    """The same for a notebook that a server has opened, and where it is saved."""
    file = tmp_path / "00_start_here.ipynb"
    file.write_bytes(folders.released("00_start_here").read_bytes())
    for notebook in start(os.environ | {"JPY_SESSION_NAME": str(file)}, tmp_path):
        yield notebook, file
