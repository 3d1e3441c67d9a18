"""A real kernel of the course, and cells that run in it as a front end runs them."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from dataclasses import dataclass
from html import unescape
from pathlib import Path
from typing import Any

import pytest
from jupyter_client.manager import KernelManager

from autograder import folders
from autograder.authoring.kernels import own_sockets


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

    def __init__(self, manager: KernelManager, client: Any) -> None:
        self.manager = manager
        self.client = client

    def run(self, source: str, cell_id: str = "") -> Ran:
        """Run a cell. With ``cell_id``, as JupyterLab does it; without, as other front ends do."""
        return self._answer(self._send(source, cell_id))

    def run_and_interrupt(self, *sources: str) -> list[Ran]:
        """Send cells as Run All does, and press the square when the first of them says STOP."""
        sent = [self._send(source, "") for source in sources]
        return [self._answer(message, interrupt=True) for message in sent]

    def _send(self, source: str, cell_id: str) -> str:
        content = {
            "code": source, "silent": False, "store_history": True, "user_expressions": {},
            "allow_stdin": False, "stop_on_error": True,
        }  # fmt: skip
        message = self.client.session.msg("execute_request", content)
        if cell_id:
            message["metadata"] = {"cellId": cell_id}
        self.client.shell_channel.send(message)
        return str(message["header"]["msg_id"])

    def _answer(self, message: str, *, interrupt: bool = False) -> Ran:
        outputs: list[dict[str, Any]] = []
        while True:
            sent = self.client.get_iopub_msg(timeout=60)
            if sent["parent_header"].get("msg_id") != message:
                continue
            kind, said = sent["msg_type"], sent["content"]
            if kind == "status" and said["execution_state"] == "idle":
                break
            if kind == "display_data" and interrupt:
                time.sleep(0.5)  # the loop has begun, on a busy machine too
                self.manager.interrupt_kernel()
            elif kind in ("execute_result", "display_data", "error", "stream"):
                outputs.append(said)
        while True:
            reply = self.client.get_shell_msg(timeout=60)
            if reply["parent_header"]["msg_id"] == message:
                return Ran(outputs, reply["content"]["status"] == "ok")


FRESH = """\
%reset -f
import os
from autograder.notebook.check import companion
companion.__init__(get_ipython().user_ns)
os.environ["JPY_SESSION_NAME"] = {file!r}
del os, companion
"""


@pytest.fixture(scope="module")
def kernel(tmp_path_factory) -> Iterator[Notebook]:
    """A kernel for the tests of a file: each begins in it as after a restart."""
    manager = KernelManager(kernel_name="python3", **own_sockets())
    manager.start_kernel(cwd=str(tmp_path_factory.mktemp("kernel")))
    client = manager.client()
    client.start_channels()
    client.wait_for_ready(timeout=60)
    yield Notebook(manager, client)
    client.stop_channels()
    manager.shutdown_kernel(now=True)


def begin(kernel: Notebook, file: str) -> Notebook:
    """Forget all that ran, and run the course's first cell."""
    assert kernel.run(FRESH.format(file=file)).outputs == []
    kernel.run("import numpy as np\nfrom autograder import check, lend", "setup")
    return kernel


@pytest.fixture
def notebook(kernel) -> Notebook:
    """A notebook that no server has opened."""
    return begin(kernel, "")


@pytest.fixture
def saved_notebook(kernel, tmp_path) -> tuple[Notebook, Path]:
    """A notebook that a server has opened, and where it is saved."""
    file = tmp_path / "00_start_here.ipynb"
    file.write_bytes(folders.released("00_start_here").read_bytes())
    return begin(kernel, str(file)), file
