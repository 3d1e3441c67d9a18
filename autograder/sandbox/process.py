"""The sandbox from outside: starts the warm interpreter, and starts it again if it was damaged."""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict
from functools import cache
from pathlib import Path
from typing import Any

from autograder.sandbox import bubblewrap, cgroup, seccomp
from autograder.sandbox.bubblewrap import SandboxUnavailable
from autograder.sandbox.limits import Limits, as_size
from autograder.sandbox.mounts import Mounts
from autograder.sandbox.session import Ended, Session

START_SECONDS = 120.0  # a cold disk, a first import of everything
CLEAN_SECONDS = 20.0
FIRST_UID, UIDS = 61184, 4096  # for students' processes under root: no user and no file has these


class Sandbox:
    """One warm interpreter that runs notebooks, one at a time, each in a process of its own.

    Not to be shared by threads.

    Args:
        room: what a notebook finds.
        limits: what it may use up.
        unsafe: without bubblewrap. Limits hold and processes are separate, but a notebook can read
            and write everything that this user can.

    Raises:
        SandboxUnavailable: if it does not start; says what to install or to change.
    """

    def __init__(
        self, room: Mounts | None = None, limits: Limits | None = None, *, unsafe: bool = False
    ) -> None:
        self.room = room or Mounts()
        self.limits = limits or Limits()
        self.unsafe = unsafe
        self.hit: set[str] = set()  # names of the limits that ended something
        self._program: Path | None = None
        self.isolation = "none"
        if not unsafe:
            self._program, version = bubblewrap.find()
            self.isolation = f"bubblewrap {version}"
        self._process: subprocess.Popen[bytes] | None = None
        self._group: cgroup.Group | None = None
        self._early: dict[str, Any] | None = None  # an "ended" that came before it was asked for
        self._sessions = 0
        self._session: Session | None = None
        self._start()

    def session(self, files: Mapping[str, bytes] | None = None, forks: int = 0) -> Session:
        """A new process for a notebook, in a folder that holds ``files`` and nothing else.

        Args:
            files: their contents by relative path.
            forks: how many copies of the process will be asked for, beyond the limit on processes.

        Raises:
            ValueError: for the name of a file that is not a plain relative path.
            RuntimeError: if the previous session is still open.
            SandboxUnavailable: if the sandbox has to be started again, and does not start.
        """
        for name in files or {}:
            _check_name(name)
        if self._session and self._session.is_open:
            raise RuntimeError("the previous notebook is not closed yet")
        for _ in range(2):
            self._session = self._fork(forks)
            problem = self._session.begin(files or {}) if self._session else "it is gone"
            if self._session and not problem:
                return self._session
            self._start()
        raise SandboxUnavailable(f"The sandbox starts, but not a notebook's process: {problem}")

    def preload(self, *modules: str) -> None:
        """Import modules before the next notebook, once for it and all later ones.

        So a module that imports slowly and that few need is imported only when the first one needs
        it.
        """
        missing = [module for module in modules if module not in self._loaded]
        if missing and self._tell({"do": "preload", "modules": missing}):
            while (answer := self._hear(START_SECONDS)) and "preloaded" not in answer:
                pass
        self._loaded |= set(missing)

    def close(self) -> None:
        """End the sandbox, and every process in it."""
        if self._process is None:
            return
        self._control.close()
        try:
            self._process.wait(0.5)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._process = None
        if self._group is not None:
            self._group.close()
        self._log.close()
        if self.unsafe:
            shutil.rmtree(self._folder, ignore_errors=True)
        else:
            self._contents.cleanup()

    def __enter__(self) -> Sandbox:
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()

    # What a session asks for.

    def interrupt(self) -> None:
        """Send SIGINT to the notebook's process, or to its copy that is driven; wait for that."""
        if self._tell({"do": "interrupt"}):
            while (answer := self._hear(CLEAN_SECONDS)) and "interrupted" not in answer:
                if "ended" in answer:
                    self._early = answer
                    return

    def stolen_seconds(self, seconds: float) -> float:
        """How much of the last ``seconds`` other programs on this machine took from a notebook."""
        if self._early is None and self._tell({"do": "load", "seconds": seconds}):
            while answer := self._hear(CLEAN_SECONDS):
                if "stolen" in answer:
                    return float(answer["stolen"])
                if "ended" in answer:
                    self._early = answer
                    break
        return 0.0

    def end(self, number: int, settle_seconds: float = 0.0) -> Ended:
        """Kill all processes of a session and delete its files; return how it had ended before.

        A process that is about to end by itself gets ``settle_seconds`` for that.
        """
        answer, self._early = self._early, None
        if answer is None and self._tell({"do": "end", "settle": settle_seconds}):
            answer = self._hear(CLEAN_SECONDS)
            while answer and answer.get("ended") != number:
                answer = self._hear(CLEAN_SECONDS)
        return self._how(answer)

    def keep(self, pid: int) -> None:
        """Spare a copy of the notebook's process at the end of the session's own process."""
        self._tell({"do": "keep", "pid": pid})

    def drive(self, pid: int) -> None:
        """A copy gets its turn: from now on it is the one that is watched."""
        self._tell({"do": "drive", "pid": pid})

    def dismiss(self, settle_seconds: float = 0.0) -> Ended:
        """Kill the copy that is driven, and all that it started; see :meth:`end`."""
        return self._how(self._reply("dismissed", {"do": "dismiss", "settle": settle_seconds}))

    def close_session(self) -> None:
        """Kill the copies that are left, and delete the files."""
        if self._reply("closed", {"do": "close"}) is None:
            self.close()

    def _reply(self, kind: str, message: Mapping[str, Any]) -> dict[str, Any] | None:
        answer = self._hear(CLEAN_SECONDS) if self._tell(message) else None
        while answer and kind not in answer:
            answer = self._hear(CLEAN_SECONDS)
        return answer

    def _how(self, answer: dict[str, Any] | None) -> Ended:
        if answer is None:
            self.close()
            return Ended(sandbox_gone=True)
        return Ended(limit=answer["cause"], status=answer["status"])

    # The process.

    def _start(self) -> None:
        self.close()
        self._early = None
        self._loaded = set(self.room.preload)
        self._control, inside = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self._log = tempfile.TemporaryFile()  # noqa: SIM115 - as long as the process
        with inside:
            self._process = self._spawn(inside)
        config = {
            "path": [str(self._library), *bubblewrap.search_path()],
            "preload": self.room.preload,
            "folders": [str(folder) for folder in self._folders],
            "uid": FIRST_UID + self._process.pid % UIDS if self._is_root else None,
        }
        if not (self._tell(config) and self._hear(START_SECONDS)):
            self._process.kill()
            self._process.wait()
            self._log.seek(0)
            said = self._log.read().decode(errors="replace").strip()
            self.close()
            raise SandboxUnavailable(_why(said))

    def _spawn(self, control: socket.socket) -> subprocess.Popen[bytes]:
        files = self.room.files()
        if self.unsafe:
            self._folder = Path(tempfile.mkdtemp(prefix="autograder-"))
            self._library, tmp = self._folder / "lib", self._folder / "tmp"
            tmp.mkdir()
            for name, file in files.items():
                (self._library / name).parent.mkdir(parents=True, exist_ok=True)
                shutil.copy(file, self._library / name)
            self._folders = [tmp]
            fonts = _matplotlib_folder()
        else:
            self._library = bubblewrap.LIBRARY
            self._folders = [tmp := bubblewrap.TMP, bubblewrap.SHM]
            fonts = bubblewrap.FONTS
        environment = _environment(tmp, fonts)
        warm = self._library / "autograder/sandbox/inside/warm.py"
        python = [sys.executable, "-P", "-B", str(warm), str(control.fileno())]
        with tempfile.TemporaryFile() as options, tempfile.TemporaryFile() as filter_:
            if self._program:
                arguments = bubblewrap.arguments(
                    files,
                    _font_lists(),
                    self.room.hidden,
                    self.limits.disk_bytes,
                    environment,
                    root=self._is_root,
                )
                arguments += self._replacements()
                options.write(b"".join(os.fsencode(a) + b"\0" for a in arguments))
                filter_.write(_filter())
                options.seek(0)
                filter_.seek(0)
                if (home := cgroup.home()) is not None:
                    self._group = cgroup.Group(home, self.limits)
                python = [
                    *(self._group.entering() if self._group else ()),
                    str(self._program),
                    *("--args", str(options.fileno())),
                    *("--seccomp", str(filter_.fileno())),
                    "--",
                    *python,
                ]
            return _started(
                python,
                pass_fds=[control.fileno(), options.fileno(), filter_.fileno()],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=self._log,
                env=environment,
                cwd="/",  # otherwise bwrap would pass our folder to the notebook, as PWD
                start_new_session=True,
            )

    def _replacements(self) -> list[str]:
        """bwrap's options for files that have another content there."""
        self._contents = tempfile.TemporaryDirectory(prefix="autograder-")
        folder = Path(self._contents.name)
        options = []
        for number, (path, content) in enumerate(self.room.replaced.items()):
            if path.exists():
                (folder / str(number)).write_bytes(content)
                (folder / str(number)).chmod(0o444)
                options += ["--ro-bind", str(folder / str(number)), str(path)]
        return options

    @property
    def _is_root(self) -> bool:
        return not self.unsafe and os.geteuid() == 0

    def _fork(self, forks: int) -> Session | None:
        """A session, if the warm interpreter accepts it."""
        self._sessions += 1
        channel, inside = socket.socketpair()
        limits = asdict(self.limits)
        limits["processes"] += forks
        note = f"output truncated: the limit is {as_size(self.limits.output_bytes)} per notebook"
        request = {"do": "fork", "session": self._sessions, "limits": limits, "note": note}
        with inside:
            if self._process and self._tell(request, inside.fileno()):
                return Session(self, channel, self._sessions)
        channel.close()
        return None

    def _tell(self, message: Mapping[str, Any], *fds: int) -> bool:
        try:
            socket.send_fds(self._control, [json.dumps(message).encode()], fds)
        except OSError:
            return False
        return True

    def _hear(self, seconds: float) -> dict[str, Any] | None:
        """The next message of process 1; None if it is gone or says nothing."""
        self._control.settimeout(seconds)
        try:
            data = self._control.recv(2**16)
        except OSError:
            return None
        return json.loads(data) if data else None


def _started(program: list[str], **options: Any) -> subprocess.Popen[bytes]:
    """A process that lives as long as this one: bwrap ends with the *thread* that started it."""
    if threading.current_thread() is threading.main_thread():
        return subprocess.Popen(program, **options)
    return _lasting_thread().submit(lambda: subprocess.Popen(program, **options)).result()


@cache
def _lasting_thread() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(1, "starts sandboxes")


os.register_at_fork(after_in_child=_lasting_thread.cache_clear)  # a fork has no such thread


def _filter() -> bytes:
    try:
        return seccomp.program()
    except ValueError as error:
        raise SandboxUnavailable(str(error)) from None


def _check_name(name: str) -> None:
    parts = name.split("/")
    if any(part in ("", ".", "..") or "\0" in part for part in parts):
        raise ValueError(f"{name!r} is not a relative path of a file")


def _environment(tmp: Path, fonts: Path) -> dict[str, str]:
    """All environment variables of a notebook; none comes from this process."""
    home = tmp / "home"
    programs = (Path(sys.executable).parent, "/usr/local/bin", "/usr/bin", "/bin")
    return {
        "PATH": os.pathsep.join(map(str, programs)),
        "HOME": str(home),
        "TMPDIR": str(tmp),
        "USER": "student",
        "LOGNAME": "student",
        "LANG": "C.UTF-8",
        "IPYTHONDIR": str(home / ".ipython"),
        "MPLCONFIGDIR": str(home / ".matplotlib"),
        "MPLBACKEND": "module://matplotlib_inline.backend_inline",
        "FONT_LISTS": str(fonts),
        "OPENBLAS_NUM_THREADS": "1",
        "OMP_NUM_THREADS": "1",
        "MKL_NUM_THREADS": "1",
        "PYTHONDONTWRITEBYTECODE": "1",
        # There is no network: pip would try six times, ten seconds for each `!pip install`.
        "PIP_RETRIES": "0",
        "PIP_NO_INPUT": "1",
        "PIP_DISABLE_PIP_VERSION_CHECK": "1",
        "NBGRADER_EXECUTION": "autograde",  # as nbgrader says it: a test may ask
    }


def _matplotlib_folder() -> Path:
    """Where matplotlib keeps its list of fonts, without importing it."""
    if folder := os.environ.get("MPLCONFIGDIR"):
        return Path(folder)
    cache = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(cache) / "matplotlib"


def _font_lists() -> list[Path]:
    """matplotlib's lists of fonts; without one, each start takes seconds to make it."""
    folder = _matplotlib_folder()
    if not list(folder.glob("fontlist-*.json")):
        subprocess.run(
            [sys.executable, "-c", "import matplotlib.font_manager"], capture_output=True
        )
    return list(folder.glob("fontlist-*.json"))


def _why(said: str) -> str:
    """What to do, from what bwrap or the interpreter in it said when it did not start."""
    if "uid map" in said or "new namespace" in said or "user namespace" in said:
        advice = (
            "This machine does not let ordinary users make namespaces. Let an administrator run: "
            "sysctl -w kernel.unprivileged_userns_clone=1 (Debian), or "
            "sysctl -w kernel.apparmor_restrict_unprivileged_userns=0 (Ubuntu); or install the "
            "system's package bubblewrap."
        )
    else:
        advice = (
            "A container has to be started with --security-opt seccomp=unconfined --security-opt "
            "apparmor=unconfined --security-opt systempaths=unconfined, and for root with "
            '--cap-add SYS_ADMIN (docs/threat-model.md, "How to run it").'
        )
    return f"The sandbox does not start: {said[-2000:] or 'it says nothing'}\n{advice}"
