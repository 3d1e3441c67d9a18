"""A notebook hits each limit: the limit is named, and the next notebook runs."""

import contextlib
import os
import socket
import time

import pytest

from autograder.checking.drive import Call
from autograder.sandbox import Limits, Mounts, Sandbox, Stopped

MIB = 2**20
LIMITS = Limits(
    cell_seconds=2,
    notebook_seconds=20,
    cpu_seconds=10,
    memory_bytes=300 * MIB,
    processes=20,
    open_files=64,
    file_bytes=8 * MIB,
    disk_bytes=32 * MIB,
    files=500,
    output_bytes=100_000,
)


@pytest.fixture(scope="module")
def sandbox():
    with Sandbox(Mounts(preload=("numpy",)), LIMITS) as started:
        yield started


@pytest.fixture(autouse=True)
def the_next_notebook_runs(sandbox):
    process = sandbox._process.pid
    yield
    with sandbox.session() as session:
        assert session.run_cell("6 * 7").outputs[0]["data"]["text/plain"] == "42"
        assert "clean" in text(session.run_cell(LEFT_OVER))
    assert sandbox._process.pid == process, "the sandbox had to be started again"


LEFT_OVER = """
import os
pids = [p for p in os.listdir('/proc') if p.isdigit()]
left = os.listdir('/tmp') + os.listdir('/dev/shm') + os.listdir('.')
left = [f for f in left if not os.path.ismount('/tmp/' + f)]  # where Python is, if it is there
print('clean' if len(pids) == 2 and set(left) <= {'home', 'notebook'} else (pids, left))
"""


def text(result):
    return "".join(str(o.get("text", "")) + str(o.get("evalue", "")) for o in result.outputs)


def run_all(session, *cells):
    for cell in cells:
        session.run_cell(cell)


def stopped(session, source):
    """Why the notebook was stopped. What one cell started may hit the limit in the next cell."""
    with pytest.raises(Stopped) as caught:
        run_all(session, source, "import time; time.sleep(1.9)")
    assert session.stopped == str(caught.value)
    with pytest.raises(Stopped):
        session.run_cell("1")
    return str(caught.value)


def test_endless_loop(sandbox):
    with sandbox.session() as session:
        result = session.run_cell("x = 5\nwhile True: pass")
        assert result.stopped == "stopped after 2 s: the limit for a cell"
        assert result.outputs[0]["ename"] == "KeyboardInterrupt"
        # As in Jupyter after an interrupt: the notebook goes on.
        assert text(session.run_cell("print(x)")) == "5\n"


def test_endless_loop_in_an_awaited_coroutine(sandbox):
    with sandbox.session() as session:
        result = session.run_cell("import asyncio\nawait asyncio.sleep(1000)")
        assert "2 s" in result.stopped
        assert session.run_cell("1").outputs


def test_endless_loop_that_swallows_interrupts(sandbox):
    source = "import time\nwhile True:\n    try: time.sleep(99)\n    except BaseException: pass"
    with sandbox.session() as session:
        started = time.monotonic()
        assert stopped(session, source) == "stopped after 2 s: the limit for a cell"
        assert time.monotonic() - started < 15


def test_interrupts_that_are_ignored(sandbox):
    source = "import signal, time\nsignal.pthread_sigmask(signal.SIG_BLOCK, range(1, 65))\n"
    with sandbox.session() as session:
        assert stopped(session, source + "while True: time.sleep(1)") == (
            "stopped after 2 s: the limit for a cell"
        )


def test_endless_loop_in_an_answer(sandbox):
    with sandbox.session() as session:
        session.run_cell("def f(n):\n    while n: pass\n    return n")
        script = ([Call((0,)), Call((1,)), Call((0,))], None)
        first, second = session.run_scripts("f", [script, script])
        assert first[0].value == 0
        assert first[1].failure.cause == "limit"
        assert "2 s" in first[1].failure.message
        assert [o.failure.cause for o in second] == ["limit"]
        assert session.run_scripts("f", [([Call((0,))], None)])[0][0].value == 0


def test_a_notebook_takes_too_long(sandbox):
    limits = Limits(cell_seconds=5, notebook_seconds=3)
    with Sandbox(Mounts(), limits) as own, own.session() as session:
        session.run_cell("import time; time.sleep(2)")
        assert stopped(session, "time.sleep(4)") == "stopped after 3 s: the limit for a notebook"


def test_memory_of_an_array_is_refused(sandbox):
    with sandbox.session() as session:
        result = session.run_cell("import numpy as np\nx = np.ones(10**8)")
        assert "MemoryError" in result.outputs[-1]["ename"]
        assert session.run_cell("1").outputs


def test_memory_of_many_processes():
    source = """
import os, time
for _ in range(6):
    if os.fork() == 0:
        block = bytearray(90 * 2**20)
        block[::4096] = bytes(len(block[::4096])).replace(b'\\0', b'x')
        time.sleep(60)
time.sleep(30)
"""
    limits = Limits(memory_bytes=300 * MIB)
    with Sandbox(Mounts(), limits) as own, own.session() as session:
        assert stopped(session, source) == (
            "stopped: more than 300 MiB of memory, the limit for a notebook"
        )


def test_processes_that_share_memory_count_it_once():
    source = """
import os, time
import numpy as np
block = np.ones(12 * 2**20)
children = []
for _ in range(8):
    if (pid := os.fork()) == 0:
        time.sleep(0.7)
        os._exit(0)
    children.append(pid)
for pid in children: os.waitpid(pid, 0)
"""
    limits = Limits(memory_bytes=300 * MIB)
    with Sandbox(Mounts(preload=("numpy",)), limits) as own, own.session() as session:
        assert text(session.run_cell(source + "print('fine')")) == "fine\n"


@pytest.mark.parametrize(
    "source",
    [
        "import os\nwhile True: os.fork()",
        "import os\nwhile True:\n    try: os.fork()\n    except OSError: pass",
        "!:(){ :|:& };:",
        "import threading, time\n"
        "while True: threading.Thread(target=time.sleep, args=(60,)).start()",
    ],
)
def test_fork_bomb(sandbox, source):
    with sandbox.session() as session:
        try:
            run_all(session, source, "1", "1")
        except Stopped as why:
            assert "processes" in str(why) or "CPU" in str(why) or "2 s" in str(why)  # noqa: PT017


def test_too_many_threads_are_refused(sandbox):
    source = "import threading, time\nfor _ in range(30):\n    t = threading.Thread("
    with sandbox.session() as session:
        result = session.run_cell(source + "target=time.sleep, args=(9,), daemon=True); t.start()")
        assert "can't start new thread" in text(result)


def test_cpu_of_many_processes(sandbox):
    source = "import os\nfor _ in range(5):\n    if os.fork() == 0:\n        while True: pass"
    limits = Limits(cell_seconds=300, cpu_seconds=2)
    with Sandbox(Mounts(), limits) as own, own.session() as session:
        with pytest.raises(Stopped, match="2 s of CPU time"):
            session.run_cell(source + "\nimport time; time.sleep(290)")  # a busy machine
        with own.session() as following:
            assert following.run_cell("1").outputs


def test_cpu_of_processes_that_are_no_more(sandbox):
    source = """
import os, time
while True:
    if (pid := os.fork()) == 0:
        end = time.process_time() + 0.3
        while time.process_time() < end: pass
        os._exit(0)
    os.waitpid(pid, 0)
"""
    limits = Limits(cell_seconds=30, cpu_seconds=2)
    with (
        Sandbox(Mounts(), limits) as own,
        own.session() as session,
        pytest.raises(Stopped, match="CPU"),
    ):
        session.run_cell(source)


@pytest.mark.parametrize(
    "source",
    [
        "while True: print('x' * 1000)",
        "import sys\nwhile True: print('x' * 1000, file=sys.stderr)",
        "while True: print(end='x' * 1000)",
        "while True: print('x' * 1000, flush=True)",
        "from IPython.display import display\nwhile True: display('x' * 1000)",
        "'x' * 10**7",
        "raise ValueError('x' * 10**7)",
        "import os\nwhile True: os.write(1, b'x' * 1000)",
        "!yes",
        "import os; os.system('yes')",
        "from IPython.display import display\nh = display('', display_id=True)\n"
        "while True: h.update('x' * 99999)",
    ],
)
def test_output_bomb(sandbox, source):
    with sandbox.session() as session:
        result = session.run_cell(source)
        shown = str(result.outputs)
        assert len(shown) < 3 * LIMITS.output_bytes
        if "update" not in source:
            assert shown.count("output truncated: the limit is 97.7 KiB per notebook") == 1
        assert session.run_cell("print('x' * 100)").stopped == ""


def test_output_of_all_cells_together(sandbox):
    with sandbox.session() as session:
        shown = [text(session.run_cell("print('x' * 30_000)")) for _ in range(6)]
    assert sum(map(len, shown)) < LIMITS.output_bytes + 1000
    assert "truncated" not in shown[2]
    assert "truncated" in shown[3]
    assert shown[5] == ""


def test_an_output_that_is_replaced_counts_once(sandbox):
    source = """
from IPython.display import clear_output
for i in range(50):
    clear_output(wait=True)
    print(i, 'x' * 9_000)
"""
    with sandbox.session() as session:
        assert text(session.run_cell(source)).startswith("49 xxx")


def test_disk_bomb(sandbox):
    source = "i = 0\nwhile True:\n    i += 1\n    open(f'{i}', 'wb').write(bytes(2**20))"
    with sandbox.session() as session:
        assert "No space left on device" in text(session.run_cell(source))
        assert session.run_cell("1").outputs


def test_a_large_file(sandbox):
    with sandbox.session() as session:
        result = session.run_cell("open('x', 'wb').write(bytes(9 * 2**20))")
        assert "File too large" in text(result)


def test_many_files(sandbox):
    source = "import os\nfor i in range(10**7): os.mkdir(f'{i}')"
    with sandbox.session() as session:
        assert stopped(session, source) == "stopped: more than 500 files, the limit for a notebook"


def test_many_files_handed_in(sandbox):
    files = {f"data/{i}.txt": b"" for i in range(2000)} | {"x" * 300: b"", "data": b""}
    with sandbox.session(files) as session:
        try:
            run_all(session, "import time; time.sleep(0.5)", "1")
        except Stopped as why:
            assert "more than 500 files" in str(why)  # noqa: PT017
        else:
            raise AssertionError


def test_many_open_files(sandbox):
    with sandbox.session() as session:
        source = "files = [open('/dev/null') for _ in range(100)]"
        assert "Too many open files" in text(session.run_cell(source))
        assert session.run_cell("1").outputs


def test_a_process_that_leaves(sandbox):
    cases = {
        "import os; os._exit(0)": "the notebook's process ended by itself (exit status 0)",
        "import os; os._exit(7)": "the notebook's process ended by itself (exit status 7)",
        "import ctypes; ctypes.string_at(0)": (
            "the notebook's process ended by itself (signal SIGSEGV)"
        ),
        "import os; os.kill(os.getpid(), 9)": (
            "the notebook's process ended by itself (signal SIGKILL)"
        ),
    }
    for source, why in cases.items():
        with sandbox.session() as session:
            assert stopped(session, source) == why


def test_a_stopped_notebook_stays_stopped(sandbox):
    with sandbox.session() as session:
        stopped(session, "import os; os._exit(0)")
        with pytest.raises(Stopped):
            session.run_scripts("f", [([Call()], None)])
    with sandbox.session() as session:
        pass
    with pytest.raises(Stopped, match="closed"):
        session.run_cell("1")


# What no process and no folder seems to hold.


@pytest.mark.parametrize(
    "memory", ["mmap.mmap(-1, size)", "mmap.mmap(os.open('/dev/zero', os.O_RDWR), size)"]
)
def test_shared_memory_without_a_file_is_refused(sandbox, memory):
    source = f"import mmap, os\nsize = 100 * 2**20\nblock = {memory}\nblock.write(b'x' * size)\n"
    source += "block.madvise(mmap.MADV_DONTNEED)"
    with sandbox.session() as session:
        assert session.run_cell(source).outputs[-1]["ename"] in ("PermissionError", "OSError")


def test_shared_memory_in_a_file_counts_once():
    source = """
import mmap, os
size = 60 * 2**20
for i in range(4):
    fd = os.open(f'/dev/shm/{i}', os.O_RDWR | os.O_CREAT)
    os.ftruncate(fd, size)
    block = mmap.mmap(fd, size)
    for _ in range(60): block.write(b'x' * 2**20)  # in pieces: these count as well
    os.unlink(f'/dev/shm/{i}')
    block.madvise(mmap.MADV_DONTNEED)  # the file is there as long as it is open
    if i > 2: block.close()
    globals()[f'block{i}'] = block
print('all there')
import time; time.sleep(1)
"""
    limits = Limits(memory_bytes=300 * MIB, disk_bytes=800 * MIB, file_bytes=400 * MIB)
    with Sandbox(Mounts(), limits) as own:
        with own.session() as session:
            assert "all there" in text(session.run_cell(source))
            assert session.run_cell("1").outputs
        with own.session() as session:
            assert "300 MiB of memory" in stopped(session, source.replace("range(4)", "range(9)"))


def test_buffers_of_sockets_are_memory():
    source = """
import os, socket, time
for _ in range(9):
    if os.fork() == 0:
        pairs = [socket.socketpair() for _ in range(60)]
        for a, _ in pairs:
            a.setblocking(False)
            try:
                while True: a.send(b'x' * 65536)
            except BlockingIOError: pass
        time.sleep(60)
time.sleep(30)
"""
    limits = Limits(memory_bytes=300 * MIB)
    with Sandbox(Mounts(), limits) as own, own.session() as session:
        assert "more than 300 MiB of memory" in stopped(session, source)


@contextlib.contextmanager
def connections(number):
    """So many connections of this machine with itself."""
    with contextlib.ExitStack() as stack:
        server = stack.enter_context(socket.create_server(("127.0.0.1", 0), backlog=number))
        for _ in range(number):
            stack.enter_context(socket.create_connection(server.getsockname()))
            stack.enter_context(server.accept()[0])
        yield


def test_connections_are_memory():
    source = """
import socket
server = socket.create_server(('127.0.0.1', 0))
kept = []
while True:
    kept += [socket.create_connection(server.getsockname()), server.accept()[0]]
"""
    limits = Limits(memory_bytes=300 * MIB)
    with Sandbox(Mounts(), limits) as own, own.session() as session:
        assert "more than 300 MiB of memory" in stopped(session, source)


def test_connections_of_the_machine_are_not_the_notebooks():
    limits = Limits(memory_bytes=100 * MIB)
    with connections(60), Sandbox(Mounts(), limits) as own, own.session() as session:
        session.run_cell("import time; time.sleep(0.5)")
        assert session.run_cell("1").outputs


def test_terminals_are_counted(sandbox):
    with sandbox.session() as session:
        assert stopped(session, "import os\nall = [os.openpty() for _ in range(20)]") == (
            "stopped: more than 16 terminals, the limit for a notebook"
        )


def test_tables_of_the_machine_cannot_be_filled(sandbox):
    source = """
import ctypes
libc = ctypes.CDLL(None, use_errno=True)
context = ctypes.c_ulong()
print(libc.syscall(206, 64_000, ctypes.byref(context)), libc.inotify_init())
"""
    with sandbox.session() as session:
        assert text(session.run_cell(source)) == "-1 -1\n"


@pytest.mark.parametrize("seconds", [0.4, 0.02])
def test_cpu_of_children_that_nobody_waits_for(seconds):
    source = f"""
import os, signal, time
signal.signal(signal.SIGCHLD, signal.SIG_IGN)
while True:
    if (pid := os.fork()) == 0:
        while time.process_time() < {seconds}: pass
        os._exit(0)
    try: os.waitpid(pid, 0)
    except ChildProcessError: pass
"""
    limits = Limits(cell_seconds=60, cpu_seconds=3)
    with (
        Sandbox(Mounts(), limits) as own,
        own.session() as session,
        pytest.raises(Stopped, match="3 s of CPU time"),
    ):
        session.run_cell(source)


def test_children_that_are_waited_for_count_once(sandbox):
    source = """
import os, time
for _ in range(12):
    if (pid := os.fork()) == 0:
        while time.process_time() < 0.2: pass
        os._exit(0)
    os.waitpid(pid, 0)
print('fine')
"""
    limits = Limits(cell_seconds=60, cpu_seconds=5)
    with Sandbox(Mounts(), limits) as own, own.session() as session:
        assert text(session.run_cell(source)) == "fine\n"


# Limits of wall time, and who is to blame for it.

WORK = """
import os
import time
begin = time.process_time()
while time.process_time() - begin < 0.4: pass
print('done')
"""
BUSY = """
import os
for _ in range(6):
    if os.fork() == 0:
        os.setsid()
        while True: pass
"""


@pytest.fixture
def one_processor():
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {min(before)})
    yield
    os.sched_setaffinity(0, before)


def test_busy_neighbours_cost_an_honest_notebook_nothing(one_processor):
    limits = Limits(cell_seconds=1, notebook_seconds=2, cpu_seconds=60)
    with (
        Sandbox(Mounts(), limits) as theirs,
        Sandbox(Mounts(), limits) as ours,
        theirs.session() as mallory,
        ours.session() as zoe,
    ):
        mallory.run_cell(BUSY)
        began = time.monotonic()
        result = zoe.run_cell(WORK)
        assert time.monotonic() - began > limits.cell_seconds
        assert (result.stopped, text(result)) == ("", "done\n")
        assert zoe.run_cell("1").outputs


def test_ones_own_processes_are_no_excuse(one_processor):
    limits = Limits(cell_seconds=1, notebook_seconds=60, cpu_seconds=60)
    with Sandbox(Mounts(), limits) as own, own.session() as session:
        began = time.monotonic()
        session.run_cell(BUSY)
        assert session.run_cell("while True: pass").stopped
        assert time.monotonic() - began < 30
