"""The fork: it serves one notebook.

Everything here shares its process with the student's code, which can change all of it. So nothing
that it says is trusted outside; it only has to be right for students who do no harm.
"""

from __future__ import annotations

import asyncio
import builtins
import contextlib
import gc
import os
import random
import signal
import socket
import sys
import threading
import traceback
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

from tornado.ioloop import IOLoop

from autograder.checking import drive
from autograder.sandbox import wire
from autograder.sandbox.inside import ANSWER_BYTES
from autograder.sandbox.inside.shell import Shell

SMALL_BYTES = 2**16  # of the outcome of one call, if those of a check together are too large


def run(kernel: Any, channel: socket.socket, folder: Path, request: dict[str, Any]) -> None:
    """Prepare the process for one notebook, and answer requests until none come any more.

    Args:
        kernel: from before the fork.
        channel: where requests come from and answers go to.
        folder: where the notebook may write.
        request: from process 1: what to do with outputs that are too long.
    """
    try:
        prepare(channel, folder)
        shell = Shell(kernel, request["limits"]["output_bytes"], request["note"], folder)
    except Exception:  # a mistake of ours, or of this machine
        wire.send(channel, {"failed": traceback.format_exc()})
        raise
    wire.send(channel, {"failed": ""})
    asyncio.run(Session(shell, channel).serve())


def prepare(channel: socket.socket, folder: Path) -> None:
    """Make the folders of a notebook, and write its files."""
    fresh_randomness()
    make_home()
    work = folder / "notebook"
    work.mkdir()
    first = wire.receive(channel)
    assert first is not None
    write_files(work, first["files"])
    os.chdir(work)
    os.environ["PWD"] = str(work)
    sys.path.append(str(work))  # last, so that a numpy.py that was handed in hides nothing


def fresh_randomness() -> None:
    """Seed again: two notebooks must not have the same random numbers from their parent."""
    random.seed()
    if "numpy" in sys.modules:
        sys.modules["numpy"].random.seed()


def make_home() -> None:
    """What IPython and matplotlib expect to find, or would take time to make."""
    ipython = Path(os.environ["IPYTHONDIR"]) / "profile_default"
    for part in ("db", "startup", "static", "security", "log", "pid"):
        (ipython / part).mkdir(parents=True)
    cache = Path(os.environ["MPLCONFIGDIR"])
    cache.mkdir(parents=True)
    for font_list in Path(os.environ["FONT_LISTS"]).glob("fontlist-*.json"):
        (cache / font_list.name).symlink_to(font_list)


def write_files(work: Path, files: dict[str, bytes]) -> None:
    """Write the files that were handed in beside the notebook; their names were checked outside."""
    for name, content in files.items():
        path = work / name
        with contextlib.suppress(OSError):  # a name that no file can have here
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)


class Session:
    """Answers requests; each reply has the number of its request."""

    def __init__(self, shell: Shell, channel: socket.socket) -> None:
        self.shell = shell
        self.channel = channel
        self.pid = os.getpid()
        self.number = 0
        self.lent: list[str] = []
        self.lock = threading.RLock()

    async def serve(self) -> None:
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        loop = asyncio.get_running_loop()
        self.shell.kernel.io_loop = IOLoop.current()
        # From now on any signal wakes the loop, also SIGINT during an await.
        loop.add_signal_handler(signal.SIGWINCH, int)
        while True:
            await readable(loop, self.channel)  # meanwhile, what a cell started goes on
            request = wire.receive(self.channel)
            if request is None:
                return
            self.number = request["number"]
            signal.signal(signal.SIGINT, signal.default_int_handler)
            try:
                answer = await self.answer(request)
            except KeyboardInterrupt:  # between the student's code and ours
                answer = self.nothing(request)
            if os.getpid() != self.pid:
                os._exit(0)  # a cell forked, and this is its child
            signal.signal(signal.SIGINT, signal.SIG_IGN)
            self.reply(**answer)

    async def answer(self, request: dict[str, Any]) -> dict[str, Any]:
        if "source" in request:
            outputs, count = await self.shell.run_cell(request["source"])
            return {"outputs": outputs, "execution_count": count}
        if "fork" in request:
            return self.fork()
        return self.answer_here(request)

    def answer_here(self, request: dict[str, Any]) -> dict[str, Any]:
        """The outcomes of scripts, with functions of the judge's where it lends some."""
        self.lent = request.get("lent", [])
        return self.run_scripts(request["expression"], request["scripts"])

    def fork(self) -> dict[str, Any]:
        """Make a copy of this process, which waits on a channel of its own; only this one returns.

        The copy has one thread. What another thread has locked stays locked in it: the number of
        threads lets the outside expect that.
        """
        _, [fd], _, _ = socket.recv_fds(self.channel, 1, 1)
        threads = len(os.listdir("/proc/self/task"))
        try:
            pid = os.fork()
        except OSError:  # a limit
            pid = -1
        if pid:
            os.close(fd)
            return {"forked": pid, "threads": threads}
        try:
            signal.signal(signal.SIGINT, signal.SIG_IGN)
            signal.set_wakeup_fd(-1)  # it wakes the other process
            self.channel.close()
            self.channel = socket.socket(fileno=fd)
            self.lock = threading.RLock()
            self.shell.unlock()
            gc.freeze()  # otherwise it would copy what its garbage collector looks at
            self.wait()
        finally:
            os._exit(0)

    def wait(self) -> None:
        """Answer requests, in a copy."""
        while request := wire.receive(self.channel):
            self.number = request["number"]
            signal.signal(signal.SIGINT, signal.default_int_handler)
            try:
                answer = self.answer_here(request)
            except KeyboardInterrupt:
                answer = self.nothing(request)
            signal.signal(signal.SIGINT, signal.SIG_IGN)
            self.reply(**answer)

    def nothing(self, request: dict[str, Any]) -> dict[str, Any]:
        if "source" in request:
            return {"outputs": self.shell.outputs(), "execution_count": None}
        if "fork" in request:
            return {"forked": -1, "threads": 0}
        return {"outcomes": [], "asked": []}

    def reply(self, **message: Any) -> None:
        with self.lock:
            try:
                wire.send(self.channel, {"number": self.number, **message}, ANSWER_BYTES)
            except wire.WireError as error:
                wire.send(self.channel, {"number": self.number, **sendable(message, error)})

    # Scripts.

    def run_scripts(self, expression: str, scripts: list[list[drive.Call]]) -> dict[str, Any]:
        """The outcomes of each script, up to an interrupt, and each call's number of questions."""
        outcomes: list[list[drive.Outcome]] = []
        for i, script in enumerate(scripts):
            outcomes.append(self.run_script(expression, script, i))
            failure = outcomes[-1][-1].failure
            if failure and failure.cause == "interrupted":
                break
        self.shell.outputs()  # what was written directly to a descriptor belongs to no cell
        asked = [[len(outcome.asked) for outcome in script] for script in outcomes]
        return {
            "outcomes": [[replace(o, asked=()) for o in script] for script in outcomes],
            "asked": asked,
        }

    def run_script(
        self, expression: str, script: list[drive.Call], index: int
    ) -> list[drive.Outcome]:
        namespace = self.shell.kernel.shell.user_ns
        namespace.update({name: self.lend(name, index) for name in self.lent})
        try:
            value = eval(expression, namespace)
            shown = "" if callable(value) or not script else short(value)
        except BaseException as error:
            cause = cause_of(error)
            failure = drive.Failure(type(error).__name__, text(error), cause=cause)
            return [drive.Outcome(failure=failure)]
        if not script:
            return drive.read_value(value)
        if not callable(value):
            return [
                drive.Outcome(failure=drive.Failure("NotCallable", shown, cause="not callable"))
            ]
        return drive.run(value, script, self.ask_for(index))

    def ask_for(self, script: int) -> drive.Ask:
        def ask(name: str, arguments: tuple[Any, ...]) -> Any:
            return self.outside({"ask": name, "arguments": arguments, "script": script})["answer"]

        return ask

    def lend(self, name: str, script: int) -> Callable[..., Any]:
        """A function of the judge's, which stays outside."""

        def lent(*args: Any, **kwargs: Any) -> Any:
            given = {**{str(i): value for i, value in enumerate(args)}, **kwargs}
            rngs = {k: v for k, v in given.items() if hasattr(v, "bit_generator")}
            call = {
                "lend": name,
                "script": script,
                "arguments": tuple(_crossing(value) for value in args),
                "keywords": {key: _crossing(value) for key, value in kwargs.items()},
                "rngs": {key: rng.bit_generator.state for key, rng in rngs.items()},
            }
            answer = self.outside(call)
            for key, state in answer["rngs"].items():
                rngs[key].bit_generator.state = state
            return answer["answer"]

        lent.__name__ = lent.__qualname__ = name
        return lent

    def outside(self, question: dict[str, Any]) -> dict[str, Any]:
        """What the judge answers; an error is raised here."""
        with self.lock:
            wire.send(self.channel, {"number": self.number, **question})
            answer = wire.receive(self.channel)
        if answer is None:
            raise SystemExit
        if "error" in answer:
            kind, message = answer["error"]
            raise error_type(kind)(message)
        return answer


def _crossing(value: Any) -> Any:
    """An argument as plain data; the state of a generator crosses in another way."""
    return None if hasattr(value, "bit_generator") else drive.plain(value)


def sendable(message: dict[str, Any], error: wire.WireError) -> dict[str, Any]:
    """A reply without the parts that are too large or cannot be sent."""
    if "outputs" in message:
        note = {"output_type": "stream", "name": "stderr", "text": f"output left out: {error}\n"}
        return {**message, "outputs": [note]}
    outcomes = [[_sendable(outcome) for outcome in script] for script in message["outcomes"]]
    return {**message, "outcomes": outcomes}


def _sendable(outcome: drive.Outcome) -> drive.Outcome:
    try:
        if len(wire.pack({"outcome": outcome})) < SMALL_BYTES:
            return outcome
        why = "it is too large"
    except wire.WireError as error:
        why = str(error)
    message = f"what it returned was not read: {why}"
    return drive.Outcome(failure=drive.Failure("Unsendable", message, cause="unsendable"))


def cause_of(error: BaseException) -> drive.Cause:
    """Why an expression has no value."""
    if isinstance(error, NameError):
        return "absent"
    return "interrupted" if isinstance(error, KeyboardInterrupt) else "raised"


def error_type(name: str) -> Callable[[str], Exception]:
    kind: Any = getattr(builtins, name, None)
    fits = isinstance(kind, type) and issubclass(kind, Exception)
    return kind if fits and not issubclass(kind, UnicodeError) else RuntimeError


def short(value: Any) -> str:
    with contextlib.suppress(Exception):  # it may be the student's own
        if len(shown := repr(value)) <= 40:
            return shown
    return f"a {type(value).__name__}"


def text(error: BaseException) -> str:
    try:
        return str(error)[:10_000]
    except Exception:  # it is the student's own
        return ""


async def readable(loop: asyncio.AbstractEventLoop, channel: socket.socket) -> None:
    ready = loop.create_future()
    loop.add_reader(channel, ready.set_result, None)
    try:
        await ready
    finally:
        loop.remove_reader(channel)
