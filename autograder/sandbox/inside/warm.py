"""Process 1 of the sandbox: a warm interpreter that forks for each notebook, and watches the fork.

It has imported everything that takes long, holds no secret, and runs no line of a student's code.
It talks with the outside over its own socket, which a fork closes first. The messages are packets
of JSON; "fork" comes with the socket for requests to the fork. The fork is watched while it lives.
When it ends or has used up a limit, every process is killed, and "ended" says why. Copies of the
notebook's process that wait to be driven, one for each check, are spared ("keep"): after "ended",
one after the other gets its turn ("drive") and is killed with all that it started ("dismiss").
Then the files are deleted.

Without a sandbox (``unsafe``) this is an ordinary process that kills only its descendants.
"""

from __future__ import annotations

import array
import contextlib
import ctypes
import gc
import importlib
import json
import os
import resource
import select
import signal
import socket
import sys
import time
import traceback
from pathlib import Path
from typing import Any

POLL_SECONDS = 0.05
RLIMITS = 16  # the kernel's
PR_SET_DUMPABLE, PR_SET_CHILD_SUBREAPER = 4, 36

_prctl = ctypes.CDLL(None, use_errno=True).prctl


def main() -> None:
    # What the process outside may use is its own affair; `confine` limits each notebook.
    _, most = resource.getrlimit(resource.RLIMIT_AS)
    resource.setrlimit(resource.RLIMIT_AS, (most, most))
    control = socket.socket(fileno=int(sys.argv[1]))
    control.set_inheritable(False)
    config = json.loads(control.recv(2**20))
    sys.path[:] = config["path"]
    warm = Warm(control, config)
    warm.load()
    warm.serve()
    os._exit(0)  # nothing in here needs an orderly end


class Warm:
    """The warm interpreter.

    Args:
        control: the socket to the outside.
        config: ``preload``, ``folders`` (writable, emptied after each notebook), ``uid`` (of the
            students' processes; None: the same as here).
    """

    def __init__(self, control: socket.socket, config: dict[str, Any]) -> None:
        self.control = control
        self.config = config
        self.alone = os.getpid() == 1
        self.kept: set[int] = set()  # processes that wait to be driven
        self.ended: dict[int, int] = {}  # those that did not wait: pid → exit status
        self.folders = [Path(folder) for folder in config["folders"]]

    def load(self) -> None:
        """Import and set up all that a notebook may need, once."""
        # With Python's own handler, any process in here could interrupt process 1.
        signal.signal(signal.SIGINT, signal.SIG_DFL if self.alone else signal.SIG_IGN)
        from autograder.sandbox.inside import session, shell, system

        self.system = system
        self.shell, self.session = shell, session
        session.make_home()
        self.kernel = shell.make_kernel()
        self.empty_folders()
        self.preload(self.config["preload"])
        _prctl(PR_SET_DUMPABLE, 0)  # no ptrace, no /proc/1/mem
        if not self.alone:
            _prctl(PR_SET_CHILD_SUBREAPER, 1)

    def preload(self, modules: list[str]) -> None:
        """Import modules, for every fork from now on."""
        self.session.make_home()
        for name in modules:
            importlib.import_module(name)
        self.shell.warm_up(self.kernel)
        self.empty_folders()
        gc.collect()
        gc.freeze()  # otherwise each fork would copy what its garbage collector looks at
        own = self.system.usage(os.getpid())
        self.memory = own.resident if own else 0
        self.state = self.own_state()

    def serve(self) -> None:
        """Fork for each notebook, until the outside closes the socket or this is damaged."""
        self.tell(ready=True)
        while True:
            data, fds = self.receive()
            if not data:
                return
            request = json.loads(data)
            if request["do"] == "preload":
                self.preload(request["modules"])
                self.tell(preloaded=True)
            if request["do"] != "fork":
                continue  # a request to end a notebook that has ended meanwhile
            child = self.fork(fds[0], request)
            os.close(fds[0])
            self.kept, self.ended = set(), {}
            cause = self.watch(child, request["limits"])
            self.take_notes()
            answer = {"ended": request["session"], "cause": cause}
            if self.kept:
                with contextlib.suppress(OSError):
                    self.tell(**answer, status=self.kill_others(child))
                self.watch_kept(request["limits"])
                answer = {"closed": request["session"]}
            status = self.kill_all(child)
            self.empty_folders()
            if self.own_state() != self.state:
                return
            with contextlib.suppress(OSError):  # the outside is gone, as the next packet will say
                self.tell(**answer, status=status)

    def receive(self) -> tuple[bytes, array.array[int]]:
        fds = array.array("i")
        try:
            data, ancillary, _, _ = self.control.recvmsg(
                2**20, socket.CMSG_SPACE(fds.itemsize), socket.MSG_CMSG_CLOEXEC
            )
        except ConnectionResetError:
            return b"", fds
        for level, kind, payload in ancillary:
            if (level, kind) == (socket.SOL_SOCKET, socket.SCM_RIGHTS):
                fds.frombytes(payload)
        return data, fds

    def tell(self, **message: Any) -> None:
        self.control.send(json.dumps(message).encode())

    def fork(self, fd: int, request: dict[str, Any]) -> int:
        child = os.fork()
        if child:
            return child
        try:  # this never returns to the loop above
            os.setsid()
            self.control.close()
            if fd != 3:
                os.dup2(fd, 3, inheritable=False)
            os.closerange(4, 2**16)
            self.system.confine(request["limits"], self.config["uid"], alone=self.alone)
            _prctl(PR_SET_DUMPABLE, 1)
            self.session.run(self.kernel, socket.socket(fileno=3), self.folders[0], request)
        except BaseException:
            traceback.print_exc()
        finally:
            os._exit(1)

    # Watching.

    def watch(self, child: int, limits: dict[str, Any]) -> str:
        """Wait until the fork ends or must be ended; return the limit that it hit, or ""."""
        self.account = self.system.Account(self.folders, self.memory, alone=self.alone)
        used_before = self.cpu_seconds()
        pidfd = os.pidfd_open(child)
        waiting = select.poll()
        waiting.register(pidfd, select.POLLIN)
        waiting.register(self.control, select.POLLIN)
        try:
            look = time.monotonic() + POLL_SECONDS
            while True:
                ready = {fd for fd, _ in waiting.poll(max(0.0, look - time.monotonic()) * 1000)}
                if self.control.fileno() in ready:
                    data, _ = self.receive()
                    request: dict[str, Any] = {"do": "end", "settle": 0.0}
                    request = json.loads(data) if data else request
                    if request["do"] == "end":
                        select.select([pidfd], [], [], request["settle"])
                        return ""
                    if request["do"] == "interrupt":
                        os.kill(child, signal.SIGINT)
                        self.tell(interrupted=True)
                    if request["do"] == "load":
                        self.tell(stolen=self.account.stolen_seconds(request["seconds"]))
                    if request["do"] == "keep":
                        self.kept.add(request["pid"])
                        continue
                if pidfd in ready:
                    return ""
                if time.monotonic() < look:
                    continue  # a message came: no reason to look more often
                self.reap(child)
                if limit := self.limit_hit(limits, used_before):
                    return limit
                look = time.monotonic() + POLL_SECONDS
        finally:
            os.close(pidfd)

    def limit_hit(self, limits: dict[str, Any], used_before: float) -> str:
        """The name of the limit that all processes together exceed, or ""."""
        return self.account.limit_hit(self.stats(), limits, used_before)

    def cpu_seconds(self) -> float:
        """The CPU time of all processes, and of those that have ended."""
        return self.account.cpu_seconds(self.stats())

    def stats(self) -> list[Any]:
        return [s for pid in self.processes() if (s := self.system.usage(pid))]

    def take_notes(self) -> None:
        """Read what the outside said of processes to keep before it could know of an end."""
        while select.select([self.control], [], [], 0)[0]:
            data = self.control.recv(2**20, socket.MSG_PEEK)
            request: dict[str, Any] = json.loads(data) if data else {"do": ""}
            if request["do"] != "keep":
                return
            self.receive()
            self.kept.add(request["pid"])

    def watch_kept(self, limits: dict[str, Any]) -> None:
        """Watch the processes that were kept, one at a time, until the outside closes them all."""
        driven, cause, used_before = 0, "", 0.0
        look = time.monotonic() + POLL_SECONDS
        while True:
            if select.select([self.control], [], [], max(0.0, look - time.monotonic()))[0]:
                data, _ = self.receive()
                request: dict[str, Any] = json.loads(data) if data else {"do": "close"}
                match request["do"]:
                    case "close":
                        return
                    case "drive":
                        driven, cause, used_before = request["pid"], "", self.cpu_seconds()
                    case "load":
                        self.tell(stolen=self.account.stolen_seconds(request["seconds"]))
                    case "interrupt":
                        with contextlib.suppress(ProcessLookupError):
                            os.kill(driven, signal.SIGINT)
                        self.tell(interrupted=True)
                    case "dismiss":
                        self.settle(driven, request["settle"])
                        status = self.ended.get(driven)
                        self.kept.discard(driven)
                        self.kill_others(driven)
                        self.tell(dismissed=driven, cause=cause, status=status)
                        driven = 0
            self.reap(0)
            if time.monotonic() < look:
                continue
            if driven and not cause and (cause := self.limit_hit(limits, used_before)):
                self.kept.discard(driven)
                self.kill_others(driven)
            look = time.monotonic() + POLL_SECONDS

    def settle(self, pid: int, seconds: float) -> None:
        """Give a process that is about to end by itself some time for that."""
        with contextlib.suppress(OSError):
            pidfd = os.pidfd_open(pid)
            select.select([pidfd], [], [], seconds)
            os.close(pidfd)
        self.reap(0)

    def processes(self) -> list[int]:
        """Every process except this one; without a sandbox, the descendants of this one."""
        pids = [int(name) for name in os.listdir("/proc") if name.isdigit()]
        if self.alone:
            return [pid for pid in pids if pid != 1]
        parents = {pid: s.parent for pid in pids if (s := self.system.usage(pid))}
        found = {os.getpid()}
        while new := {pid for pid, parent in parents.items() if parent in found} - found:
            found |= new
        return sorted(found - {os.getpid()})

    # Cleaning up.

    def reap(self, child: int) -> None:
        """Wait for the ended processes that a notebook left behind, but not for the fork itself."""
        with contextlib.suppress(ChildProcessError):
            while True:
                info = os.waitid(os.P_ALL, 0, os.WEXITED | os.WNOHANG | os.WNOWAIT)
                if info is None or info.si_pid == child:
                    return
                pid, status = os.waitpid(info.si_pid, 0)
                if pid in self.kept:
                    self.ended[pid] = os.waitstatus_to_exitcode(status)

    def kill_all(self, child: int) -> int | None:
        """Kill every process that is left. Return how the fork ended before; None: it was alive."""
        ended = None
        with contextlib.suppress(ChildProcessError):  # it may have been waited for
            pid, status = os.waitpid(child, os.WNOHANG)
            ended = os.waitstatus_to_exitcode(status) if pid else None
        while True:
            self.kill()
            with contextlib.suppress(ChildProcessError):
                pid, status = os.waitpid(-1, 0)
                code = os.waitstatus_to_exitcode(status)
                if pid == child and code != -signal.SIGKILL:
                    ended = code  # it was about to end
                continue
            return ended

    def kill_others(self, child: int) -> int | None:
        """Kill every process that is not kept. Return how ``child`` had ended; None: it had not."""
        ended = None
        with contextlib.suppress(ChildProcessError):
            pid, status = os.waitpid(child, os.WNOHANG)
            ended = os.waitstatus_to_exitcode(status) if pid else None
        for how in (signal.SIGSTOP, signal.SIGKILL):  # what is stopped starts no other
            told: set[int] = set()
            while new := set(self.processes()) - self.kept - told:
                for pid in new:
                    with contextlib.suppress(ProcessLookupError):
                        os.kill(pid, how)
                told |= new
        if ended is None:
            with contextlib.suppress(ChildProcessError):
                code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
                ended = None if code == -signal.SIGKILL else code  # it was about to end
        return ended

    def kill(self) -> None:
        if self.alone:
            assert os.getpid() == 1
            with contextlib.suppress(ProcessLookupError):
                os.kill(-1, signal.SIGKILL)
        else:
            for pid in self.processes():
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)

    def empty_folders(self) -> None:
        for folder in self.folders:
            self.system.empty(folder)

    def own_state(self) -> Any:
        """What a notebook could have changed in this process, or in what the next one finds."""
        limits = [resource.getrlimit(i) for i in range(RLIMITS)]
        left = [sorted(os.listdir(folder)) for folder in self.folders]
        there = [os.path.exists(entry) for entry in sys.path]
        return limits, os.sched_getaffinity(0), os.nice(0), left, there, len(self.processes())


if __name__ == "__main__":
    main()
