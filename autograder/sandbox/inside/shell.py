"""An IPython kernel without its sockets: a recorder keeps what the kernel would publish.

The kernel is ipykernel's own, so magics, rich outputs, top-level await and error messages are as in
a notebook. It has no threads: it is made before the fork, and used after it.
"""

from __future__ import annotations

import importlib
import io
import json
import logging
import os
import sys
import threading
import time
from collections.abc import Mapping
from pathlib import Path
from types import SimpleNamespace, TracebackType
from typing import Any

from ipykernel.iostream import OutStream
from ipykernel.ipkernel import IPythonKernel
from ipykernel.kernelapp import IPKernelApp
from IPython.core.profiledir import ProfileDir
from jupyter_client import session as jupyter_session
from jupyter_client.jsonutil import json_default
from traitlets.config import Config

from autograder.checking.tracebacks import without_its_middle

FLUSH_SECONDS = 0.2  # how long a kernel collects text before it publishes it
_OUTPUTS = ("display_data", "execute_result", "error", "stream")
_FIELDS = {
    "display_data": ("data", "metadata"),
    "execute_result": ("data", "metadata", "execution_count"),
    "error": ("ename", "evalue", "traceback"),
    "stream": ("name", "text"),
}

Output = dict[str, Any]


class Recorder(jupyter_session.Session):
    """Takes a kernel's messages, and keeps the outputs that a notebook would show."""

    def start(self, room: int, note: str) -> None:
        """Keep at most ``room`` bytes from now on; where the rest is missing, there is ``note``."""
        self.room, self.note = room, note
        self.outputs: list[Output] = []
        self.displays: dict[str, list[Output]] = {}
        self.widgets: set[str] = set()
        self.inside: list[str] = []
        self.waiting_to_clear = False
        self.size = 0

    def take(self) -> list[Output]:
        """The outputs since the last time, as plain JSON."""
        taken, self.outputs = self.outputs, []
        self.room -= self.size
        self.size, self.displays, self.waiting_to_clear, self.inside = 0, {}, False, []
        return taken

    def send(
        self,
        stream: Any,
        msg_or_type: dict[str, Any] | str,
        content: Mapping[str, Any] | None = None,
        *args: Any,
        **kwargs: Any,
    ) -> None:
        if isinstance(msg_or_type, dict):
            kind, content = msg_or_type["header"]["msg_type"], msg_or_type["content"]
        else:
            kind = msg_or_type
        content = content or {}
        if kind.startswith("comm_"):
            self.follow_widgets(content)
        elif self.inside:
            pass  # it is shown in a widget, not in the cell
        elif kind in _OUTPUTS:
            self.add(kind, content)
        elif kind == "update_display_data":
            self.update(content)
        elif kind == "clear_output":
            self.waiting_to_clear = bool(content.get("wait"))
            if not self.waiting_to_clear:
                self.clear()

    def follow_widgets(self, content: Mapping[str, Any]) -> None:
        """An Output widget takes what is published between two changes of its ``msg_id``."""
        widget, data = content.get("comm_id", ""), content.get("data", {})
        state = data.get("state", {})
        if state.get("_model_name") == "OutputModel":
            self.widgets.add(widget)
        elif widget in self.widgets and data.get("method") == "update" and "msg_id" in state:
            if state["msg_id"]:
                self.inside.append(widget)
            elif widget in self.inside:
                self.inside.remove(widget)

    def clear(self) -> None:
        self.outputs, self.displays, self.size = [], {}, 0
        self.waiting_to_clear = False

    def add(self, kind: str, content: Mapping[str, Any]) -> None:
        if self.waiting_to_clear:
            self.clear()
        output = {"output_type": kind, **{name: content[name] for name in _FIELDS[kind]}}
        last = self.outputs[-1] if self.outputs else None
        if kind == "stream" and last and last.get("name") == content["name"]:
            kept = self.fitted(content["text"])
            last["text"] += kept
            return
        text = as_json(output)
        if self.size + len(text) > self.room:
            if kind == "stream" and self.size < self.room:
                self.outputs.append({**output, "text": self.fitted(content["text"])})
            elif self.size <= self.room:
                self.truncate()
            return
        self.size += len(text)
        self.outputs.append(json.loads(text))
        if display_id := (content.get("transient") or {}).get("display_id"):
            self.displays.setdefault(str(display_id), []).append(self.outputs[-1])

    def fitted(self, text: str) -> str:
        """As much of a text as there is room for, with a note if something is missing."""
        left = self.room - self.size
        if left < 0:
            return ""
        size = len(as_json(text))
        if size <= left:
            self.size += size
            return text
        self.size = self.room + 1
        return text[: len(text) * left // size] + f"\n… {self.note}\n"

    def truncate(self) -> None:
        """Say once that something is missing."""
        self.size = self.room + 1
        self.outputs.append({"output_type": "stream", "name": "stdout", "text": f"… {self.note}\n"})

    def update(self, content: Mapping[str, Any]) -> None:
        display_id = str((content.get("transient") or {}).get("display_id"))
        for output in self.displays.get(display_id, ()):
            text = as_json({name: content[name] for name in ("data", "metadata")})
            self.size += len(text) - len(as_json(output))
            if self.size <= self.room:
                output.update(json.loads(text))


def as_json(value: Any) -> str:
    """``value`` as a kernel would send it."""
    try:
        return json.dumps(value, default=json_default)
    except (ValueError, TypeError):
        return json.dumps(value, default=str, skipkeys=True)


class Stream(OutStream):
    """``sys.stdout`` or ``sys.stderr``: published before other outputs, and at the end of a cell.

    What other programs and C code write directly to the descriptor goes to a file, and is read from
    there in order.
    """

    def __init__(self, recorder: Recorder, name: str, fd: int) -> None:
        self.session = recorder
        self.name = name
        self.fd = fd
        self.lock = threading.RLock()
        self.parts: list[str] = []
        self.since = 0.0
        self.file: io.FileIO | None = None
        self.position = 0
        self._isatty = False

    def watch(self, folder: Path) -> None:
        """Point the file descriptor to a file that has no name."""
        path = folder / f".{self.name}"
        with open(path, "ab", buffering=0) as target:
            self.file = open(path, "rb", buffering=0)  # noqa: SIM115 - as long as the process
            os.dup2(target.fileno(), self.fd)
        path.unlink()

    def read_file(self) -> None:
        if self.file is None:
            return
        size = os.fstat(self.file.fileno()).st_size
        if size > self.position:
            self.file.seek(self.position)
            data = self.file.read(min(size - self.position, 2**24)) or b""
            self.position = size
            self.parts.append(data.decode(errors="replace"))

    def write(self, string: str) -> int:
        if not isinstance(string, str):
            raise TypeError(f"write() argument must be str, not {type(string)}")
        with self.lock:
            self.read_file()
            now = time.monotonic()
            if not self.parts:
                self.since = now
            self.parts.append(string)
            if now - self.since > FLUSH_SECONDS or len(self.parts) > 10_000:
                self.flush()
        return len(string)

    def writelines(self, sequence: Any) -> None:
        for string in sequence:
            self.write(string)

    def flush(self) -> None:
        with self.lock:
            self.read_file()
            parts, self.parts = self.parts, []
            if parts:
                text = "".join(parts)
                self.session.send(None, "stream", {"name": self.name, "text": text})

    def fileno(self) -> int:
        return self.fd

    @property
    def closed(self) -> bool:
        return False

    def close(self) -> None:
        self.flush()

    def set_parent(self, parent: Any) -> None:
        pass


def make_kernel() -> IPythonKernel:
    """A kernel like a notebook's, in a process that has none yet."""
    sys.modules["debugpy"] = None  # type: ignore[assignment]  # a debugger that starts threads
    os.environ.setdefault("MPLBACKEND", "module://matplotlib_inline.backend_inline")
    config = Config()
    config.HistoryManager.enabled = False  # a database and a thread
    profile = ProfileDir(location=os.path.join(os.environ["IPYTHONDIR"], "profile_default"))
    recorder = Recorder(config=config)
    recorder.start(0, "")
    silent = logging.getLogger("autograder.kernel")
    silent.addHandler(logging.NullHandler())
    silent.propagate = False
    app = IPKernelApp.instance(config=config)
    app.kernel = kernel = IPythonKernel.instance(
        parent=app,
        log=silent,
        session=recorder,
        profile_dir=profile,
        shell_channel_thread=SimpleNamespace(parent_thread=threading.main_thread()),
    )
    del sys.modules["debugpy"]
    assert kernel.shell is not None
    kernel.shell.set_custom_exc((RecursionError,), _show)
    sys.argv = ["ipykernel_launcher.py"]
    return kernel


def _show(
    shell: Any,
    kind: type[BaseException],
    error: BaseException,
    trace: TracebackType,
    tb_offset: int | None = None,
) -> None:
    """Show an error as IPython does, but not thousands of its frames."""
    shell.showtraceback((kind, error, without_its_middle(error, trace)), tb_offset=tb_offset)


def warm_up(kernel: Any) -> None:
    """Do in advance what the first cell, the first error and the first figure would have to do."""
    for source in ("1", "1 / 0"):
        kernel.shell.run_cell(source, store_history=False, silent=True)
    for name in ("last_type", "last_value", "last_traceback", "last_exc"):
        vars(sys).pop(name, None)
    for name in ("IPython.core.logger", "numpy.random", "tornado.platform.asyncio"):
        importlib.import_module(name)
    if "matplotlib" not in sys.modules:
        return
    import matplotlib_inline.backend_inline  # noqa: F401
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure()
    FigureCanvasAgg(figure)
    axes = figure.subplots()
    axes.plot([1, 2], [1, 2], label="$x$")
    axes.set_title("title")
    axes.legend()
    figure.savefig(io.BytesIO(), format="png", bbox_inches="tight")


def _no_breakpoint(*args: Any, **kwargs: Any) -> None:
    """Nobody sits here to debug: a ``breakpoint()`` that was left in a cell does nothing."""


class Shell:
    """The kernel in the fork: runs cells one after the other."""

    def __init__(self, kernel: Any, room: int, note: str, folder: Path) -> None:
        self.kernel = kernel
        assert isinstance(kernel.session, Recorder)
        self.recorder = kernel.session
        self.recorder.start(room, note)
        self.streams = (Stream(self.recorder, "stdout", 1), Stream(self.recorder, "stderr", 2))
        for stream in self.streams:
            stream.watch(folder)
        sys.stdout, sys.stderr = self.streams
        sys.breakpointhook = _no_breakpoint

    async def run_cell(self, source: str) -> tuple[list[Output], int]:
        """Run a cell, and return its outputs and its number."""
        header = self.recorder.msg_header("execute_request")
        self.kernel.set_parent([], {"header": header, "msg_id": header["msg_id"]})
        count = self.kernel.execution_count
        await self.kernel.do_execute(source, silent=False, allow_stdin=False)
        return self.outputs(), count

    def unlock(self) -> None:
        """Free the streams, which a thread that this process does not have may have locked."""
        for stream in self.streams:
            stream.lock = threading.RLock()

    def outputs(self) -> list[Output]:
        for stream in self.streams:
            stream.flush()
        return self.recorder.take()
