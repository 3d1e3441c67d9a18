"""Processes that send unasked messages, outlive their notebook, kill others, use up everything."""

from __future__ import annotations

import os
import signal
import socket
import threading
from textwrap import dedent

import pytest
from arena import FUNCTIONS, HONEST, right

FORGED = """
import os, socket, struct, threading, time
from autograder.checking import drive
from autograder.sandbox import wire
import numpy as np
channel = socket.socket(fileno=os.dup(3))
pair = (np.zeros(4), np.zeros(4))
def reply(number, count=4):
    outcomes = [[drive.Outcome(value=pair)] for _ in range(count)]
    return {"number": number, "outcomes": outcomes, "asked": [[0]] * count}
def frame(message):
    data = wire.pack(message)
    return struct.pack(">I", len(data)) + data
"""

# What is written to the channel, in a cell or from a thread.
MESSAGES = {
    "replies in advance": "for n in range(100): channel.sendall(frame(reply(n)))",
    "marks": "channel.sendall(frame({'number': 1, 'points': 3.0, 'passed': True, 'score': 16.0}))",
    "the reply of a cell twice": """
        for n in range(20):
            channel.sendall(frame({"number": n, "outputs": [{"output_type": "execute_result",
                "data": {"text/plain": "3.0"}, "metadata": {}}], "execution_count": 1}))
    """,
    "questions nobody has": """
        for name in ("grad_fn", "reference", "expected", "momentum_step", "__init__"):
            channel.sendall(frame({"number": 1, "ask": name, "arguments": (1.0,), "script": 0}))
    """,
    "a huge length": "channel.sendall(struct.pack('>I', 2**32 - 1))",
    "a length of nothing": "channel.sendall(struct.pack('>I', 0) * 1000)",
    "half a message": "channel.sendall(frame(reply(1))[:20])",
    "half a length": "channel.sendall(b'\\0\\0')",
    "half a message and silence": "channel.sendall(frame(reply(1))[:20]); time.sleep(30)",
    "a message that never ends": """
        channel.sendall(struct.pack('>I', 2**20))
        while True:
            channel.send(b'x')
            time.sleep(0.1)
    """,
    "noise": "channel.sendall(os.urandom(2**16))",
    "noise without end": """
        def noise():
            while True: channel.sendall(os.urandom(2**16))
        threading.Thread(target=noise, daemon=True).start()
    """,
    "an array of objects": """
        import io, pickle
        npy = io.BytesIO()
        class Bite:
            def __reduce__(self): return os.system, ("touch /tmp/bitten",)
        np.save(npy, np.array([Bite()], dtype=object), allow_pickle=True)
        blob = npy.getvalue()
        header = b'["dict","number",1,"outcomes",["ndarray",%d],"asked",["list"]]' % len(blob)
        data = struct.pack(">I", len(header)) + header + blob
        channel.sendall(struct.pack(">I", len(data)) + data)
    """,
    "a pickle": """
        import pickle
        data = pickle.dumps({"number": 1, "outcomes": []})
        channel.sendall(struct.pack(">I", len(data)) + data)
    """,
    "the end": "channel.shutdown(socket.SHUT_RDWR)",
    "the end, on every descriptor": "os.closerange(0, 256)",
    "something on every descriptor": """
        for fd in range(256):
            try: os.write(fd, frame(reply(1)))
            except OSError: pass
    """,
    "requests to itself": """
        left, r = socket.socketpair()
        os.dup2(r.fileno(), 3)
        left.sendall(frame({"number": 1, "source": "16.0"}))
    """,
    "descriptors": "socket.send_fds(channel, [frame(reply(1))], [0, 1, 2])",
}


@pytest.mark.parametrize("what", MESSAGES)
def test_forged_messages_from_a_cell(arena, what):
    arena.attack(FORGED + dedent(MESSAGES[what]))


@pytest.mark.parametrize("what", ["replies in advance", "marks", "a huge length", "the end"])
def test_forged_messages_while_a_check_is_made(arena, what):
    forger = FORGED + "def lie(*args):\n" + _indented(MESSAGES[what]) + "\n    return pair"
    lying = {name: f"def {name}(*args):\n    return lie(*args)" for name in FUNCTIONS}
    arena.attack(forger, answers={**lying, HONEST: right()[HONEST]})


def test_replies_of_the_right_number_and_form(arena):
    """Every request is answered at once, by a thread that reads along and guesses."""
    arena.attack(
        FORGED
        + dedent("""
        def guess():
            while True:
                try:
                    request = wire.receive(channel)
                except Exception:
                    continue
                scripts = request.get("scripts", ())
                outcomes = [[drive.Outcome(value=pair) for _ in s] or [drive.Outcome(value="a")]
                            for s in scripts]
                answer = {"outcomes": outcomes, "asked": [[0] * len(o) for o in outcomes]}
                if "source" in request:
                    answer = {"outputs": [], "execution_count": 1}
                channel.sendall(frame({"number": request["number"], **answer}))
        threading.Thread(target=guess, daemon=True).start()
        """),
        points=HONEST_AND_A_GUESS,
    )


HONEST_AND_A_GUESS = 4.0  # any answer may guess a letter

OUTLIVING = {
    "a thread": """
        import threading, time
        threading.Thread(target=lambda: [time.sleep(1) for _ in range(60)]).start()
    """,
    "a daemon": """
        import os, time
        if os.fork() == 0:
            os.setsid()
            if os.fork():
                os._exit(0)
            os.closerange(0, 256)
            while True: time.sleep(1)
    """,
    "many daemons that fork on": """
        import os, signal, time
        for _ in range(10):
            if os.fork() == 0:
                os.setsid()
                signal.pthread_sigmask(signal.SIG_BLOCK, range(1, 65))
                while True:
                    if os.fork(): os._exit(0)
        time.sleep(0.5)
    """,
    "a shell": "!nohup setsid sh -c 'while :; do sleep 1; done' >/dev/null 2>&1 &",
    "stopped": """
        import os, signal
        if os.fork() == 0: os.kill(os.getpid(), signal.SIGSTOP)
    """,
    "atexit and signals": """
        import atexit, os, signal, time
        atexit.register(lambda: time.sleep(60))
        for number in range(1, 65):
            try: signal.signal(number, lambda *args: os.fork())
            except (OSError, ValueError): pass
    """,
    "files everywhere": """
        import os
        for folder in ("/tmp", "/dev/shm", "/var/tmp", os.path.expanduser("~"), ".", ".."):
            for name in ("left", "numpy.py", "sitecustomize.py", "usercustomize.py", ".bashrc",
                         ".pythonrc", "autograder.py", "conftest.py", ".ipython/startup.py"):
                try: open(os.path.join(folder, name), "w").write("raise SystemExit")
                except OSError: pass
    """,
    "start-up files": """
        import os, site, sys
        from pathlib import Path
        code = "import os; os._exit(0)"
        for folder in (*sys.path, site.getusersitepackages(), os.environ["IPYTHONDIR"] +
                       "/profile_default/startup", os.environ["MPLCONFIGDIR"], "/etc", "/usr/lib"):
            for name in ("evil.pth", "sitecustomize.py", "usercustomize.py", "00-evil.py"):
                try:
                    Path(folder).mkdir(parents=True, exist_ok=True)
                    Path(folder, name).write_text(code)
                except OSError: pass
        Path(os.environ["MPLCONFIGDIR"], "matplotlibrc").write_text("backend: evil")
    """,
    "folders without rights": """
        import os
        os.makedirs("/tmp/a/b/c"); os.chmod("/tmp/a/b", 0); os.chmod("/tmp/a", 0)
        os.symlink("/sandbox/lib", "/tmp/link"); os.mkfifo("/tmp/pipe"); os.chmod("/dev/shm", 0o777)
    """,
    "very deep folders": """
        import os
        for _ in range(900):
            os.mkdir("d" * 200); os.chdir("d" * 200)
    """,
    "shared memory": """
        from multiprocessing import shared_memory
        import ctypes
        shared = shared_memory.SharedMemory("left", create=True, size=2**20)
        ctypes.CDLL(None).shmget(1234, 2**20, 0o1666)
    """,
}


@pytest.mark.parametrize("what", OUTLIVING)
def test_what_outlives_a_cell_does_not_outlive_its_notebook(arena, what):
    arena.attack(dedent(OUTLIVING[what]))
    said = arena.attack(LEFT)
    assert "nothing-left" in said


LEFT = """
import os
pids = [p for p in os.listdir("/proc") if p.isdigit()]
print("nothing-left" if len(pids) <= 2 else pids)
for folder in ("/tmp", "/dev/shm"):
    strangers = set(os.listdir(folder)) - {"home", "notebook"}
    # A folder that leads to Python is mounted, if Python is here.
    strangers = [name for name in strangers if not os.path.ismount(os.path.join(folder, name))]
    assert not strangers, strangers
"""

KILLS = {
    "itself": "import os; os._exit(0)",
    "itself, politely": "raise SystemExit",
    "itself, by a fault": "import ctypes; ctypes.string_at(0)",
    "its parent": "import os, signal; os.kill(os.getppid(), signal.SIGKILL)",
    "process 1, by any signal": """
        import os
        for number in range(1, 65): os.kill(1, number)
    """,
    "all": "import os, signal; os.kill(-1, signal.SIGKILL)",
    "all, by stopping them": """
        import os, signal
        for pid in (-1, 1, os.getpid()): os.kill(pid, signal.SIGSTOP)
    """,
    "its group": "import os, signal; os.killpg(0, signal.SIGKILL)",
    "process 1, by its limits": """
        import resource
        for limit in range(16):
            try: resource.prlimit(1, limit, (0, 0))
            except (OSError, ValueError): pass
    """,
    "process 1, by its priority": """
        import os
        for attempt in (lambda: os.sched_setaffinity(1, {0}),
                        lambda: os.setpriority(os.PRIO_PROCESS, 1, 19),
                        lambda: os.sched_setscheduler(1, os.SCHED_IDLE, os.sched_param(0))):
            try: attempt(); print("done")
            except OSError: pass
    """,
    "process 1, by its memory": """
        for name in ("mem", "fd/3", "environ", "oom_score_adj", "clear_refs", "root/x", "comm"):
            try: open("/proc/1/" + name, "w").write("1000"); print("done")
            except OSError: pass
    """,
}


@pytest.mark.parametrize("what", KILLS)
def test_kills(arena, what):
    assert "done" not in arena.attack(dedent(KILLS[what])).split()


@pytest.mark.parametrize("what", ["itself", "its parent", "all", "all, by stopping them"])
def test_kills_while_a_check_is_made(arena, what):
    killing = {name: f"def {name}(*args):\n    kill()" for name in FUNCTIONS if name != HONEST}
    cell = "def kill():\n" + _indented(KILLS[what])
    arena.attack(cell, answers={**killing, HONEST: right()[HONEST]})


BOMBS = {
    "forks": "import os\nwhile True:\n    try: os.fork()\n    except OSError: pass",
    "threads": """
        import threading, time
        while True:
            threading.Thread(target=time.sleep, args=(60,), daemon=True).start()
    """,
    "memory": "x = bytearray(2**20)\nwhile True: x += x",
    "memory of many": """
        import os, time
        for _ in range(8):
            if os.fork() == 0:
                x = b"x" * 2**27
                time.sleep(60)
        time.sleep(60)
    """,
    "disk": """
        for i in range(10_000):
            with open(f"/tmp/{i}", "wb") as file: file.write(b"x" * 2**23)
    """,
    "a large file": "open('/tmp/large', 'wb').truncate(2**40)",
    "files": "for i in range(10**6): open(f'/tmp/{i}', 'w').close()",
    "output": "while True: print('x' * 10**6)",
    "output of a program": "!yes",
    "outputs": """
        from IPython.display import display
        while True: display({"text/plain": "x" * 1000}, raw=True)
    """,
    "no end": "while True:\n    try:\n        while True: pass\n    except BaseException: pass",
    "sleep that ignores signals": """
        import signal, time
        signal.pthread_sigmask(signal.SIG_BLOCK, range(1, 65))
        time.sleep(100)
    """,
    "a regular expression": "import re; re.match('(a*)*b', 'a' * 40)",
    "a number": "10**10**10",
    "open files": "import os\nx = []\nwhile True: x.append(open('/dev/null'))",
}


@pytest.mark.parametrize("what", BOMBS)
def test_bombs(arena, what):
    arena.attack(dedent(BOMBS[what]), "mine = 1")


def test_a_function_without_end_that_swallows_interrupts(arena):
    swallowing = "def momentum_step(*args):\n" + _indented(BOMBS["no end"])
    said = arena.attack("pass", answers={HONEST: right()[HONEST], "momentum_step": swallowing})
    assert "limit for a cell" in said


NETWORK = """
import socket
for family, kind, address in {addresses!r}:
    try:
        s = socket.socket(getattr(socket, family), getattr(socket, kind))
        s.settimeout(1)
        s.connect(address)
        s.sendall(b"stolen")
        if kind == "SOCK_STREAM": print("reached")
    except OSError as error:
        print("refused")
try:
    socket.getaddrinfo("example.org", 80); print("reached")
except OSError:
    print("refused")
for family in ("AF_NETLINK", "AF_PACKET", "AF_VSOCK", "AF_ALG"):
    try:
        socket.socket(getattr(socket, family), socket.SOCK_RAW); print("reached")
    except OSError:
        print("refused")
"""


def test_the_network_is_out_of_reach(arena):
    """Real listeners of this machine hear nothing."""
    with socket.create_server(("127.0.0.1", 0)) as tcp, socket.socket(socket.AF_UNIX) as unix:
        udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        udp.bind(("127.0.0.1", 0))
        unix.bind("\0autograder-listener")
        unix.listen()
        for listener in (tcp, udp, unix):
            listener.settimeout(0.2)
        addresses = [
            ("AF_INET", "SOCK_STREAM", tcp.getsockname()),
            ("AF_INET", "SOCK_DGRAM", udp.getsockname()),
            ("AF_UNIX", "SOCK_STREAM", "\0autograder-listener"),
        ]
        with socket.create_connection(tcp.getsockname()):  # who may, gets through
            tcp.accept()[0].close()
        said = arena.attack(NETWORK.format(addresses=addresses))
        assert "refused" in said
        assert "reached\\n" not in said
        for listen in (tcp.accept, unix.accept, lambda: udp.recv(10)):
            with pytest.raises(TimeoutError):
                listen()
        udp.close()


def test_a_process_of_this_machine_is_out_of_reach(arena):
    """The notebook cannot see its number or send it a signal."""
    received = []
    before = signal.signal(signal.SIGUSR1, lambda *args: received.append(args))
    assert threading.current_thread() is threading.main_thread()
    arena.attack(f"import os, signal\nos.kill({os.getpid()}, signal.SIGUSR1)")
    signal.signal(signal.SIGUSR1, before)
    assert not received


def _indented(text: str) -> str:
    return "\n".join(f"    {line}" for line in dedent(text).strip().splitlines())
