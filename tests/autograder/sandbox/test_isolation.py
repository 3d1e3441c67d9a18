"""What a notebook can read, write and reach from inside."""

import os
import socket
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from autograder.sandbox import Mounts, Sandbox, Stopped, process

REPOSITORY = Path(__file__).parents[3]


def test_the_environment_has_nothing_of_ours(monkeypatch, sandbox):
    monkeypatch.setenv("A_SECRET", "42")
    with Sandbox(Mounts()) as fresh, fresh.session() as session:
        result = session.run_cell("import os; print(sorted(os.environ.items()))")
    shown = result.outputs[0]["text"]
    assert "A_SECRET" not in shown
    assert os.environ["PATH"] not in shown
    assert str(REPOSITORY) not in shown.replace(str(Path(sys.executable).parent), "")


def test_no_file_of_this_course_is_there(say):
    """Walks everything that can be read, and looks for names that only the repository has."""
    found = say(
        "import os\n"
        "names = {'solutions', 'course', 'exercises', 'gradebook.db', 'verdict.py', 'judge.py',\n"
        "         'reference_impl', 'nbgrader_config.py'}\n"
        "for folder, folders, files in os.walk('/', followlinks=False):\n"
        "    if folder == '/': folders[:] = [f for f in folders if f not in ('proc', 'usr')]\n"
        "    if 'site-packages' in folder.split('/')[:-1]: folders[:] = []\n"
        "    for name in (*folders, *files):\n"
        "        if name in names: print(os.path.join(folder, name))\n"
    )
    assert found == ""


@pytest.mark.parametrize(
    "path",
    [
        str(REPOSITORY / "solutions"),
        str(REPOSITORY / "autograder"),
        str(REPOSITORY / ".git"),
        "/home",
        "/root/.bashrc",
        "/etc/passwd",
        "/etc/shadow",
        "/var",
        "/run",
        "/mnt",
        "/proc/1/root",
        "/proc/1/environ",
        "/proc/1/mem",
        "/proc/1/fd",
        "/proc/1/cwd/",
    ],
)
def test_a_path_of_the_machine_is_out_of_reach(say, path):
    said = say(
        "import os\n"
        f"path = {path!r}\n"
        "try:\n"
        "    print(os.listdir(path) if os.path.isdir(path) else open(path, 'rb').read(1))\n"
        "except OSError as error:\n"
        "    print(type(error).__name__)\n"
    )
    assert said in ("FileNotFoundError", "PermissionError", "[]")


def test_of_the_repository_only_an_environment_in_it_is_there(say):
    there = say(
        f"import glob\nprint(*glob.glob('*', root_dir={str(REPOSITORY)!r}, include_hidden=True))\n"
    )
    leads_to_python = {
        path.relative_to(REPOSITORY).parts[0]
        for path in map(Path, sys.path)
        if path.is_relative_to(REPOSITORY) and path != REPOSITORY and "site-packages" in path.parts
    }
    assert set(there.split()) <= leads_to_python


def test_only_the_modules_of_the_room_can_be_imported():
    room = Mounts(modules=("reference_impl.ewma", "reference_impl._validate"))
    source = (
        "import importlib, pkgutil, autograder\n"
        "for name in ('reference_impl.ewma', 'reference_impl.optimizers', 'autograder.exercises',\n"
        "             'autograder.checking.verdict', 'autograder.checking.drive', 'solutions',\n"
        "             'tests'):\n"
        "    try: importlib.import_module(name); print(name)\n"
        "    except ImportError: pass\n"
    )
    with Sandbox(room) as sandbox, sandbox.session() as session:
        text = session.run_cell(source).outputs[0]["text"]
    assert text.split() == ["reference_impl.ewma", "autograder.checking.drive"]


def test_a_hidden_file_cannot_be_read(say):
    import mlxtend.data

    folder = Path(mlxtend.data.__file__).parent
    hidden = next((folder / "data").glob("*.csv*"))
    read = f"open({str(hidden)!r}, 'rb').read()[:0]"
    listed = f"__import__('os').listdir({str(folder.parent / 'plotting')!r})"
    room = Mounts(hidden=(hidden, folder.parent / "plotting", Path("/not/there")))
    with Sandbox(room) as sandbox, sandbox.session() as session:
        assert session.run_cell(read).outputs[0]["ename"] == "PermissionError"
        assert session.run_cell(listed).outputs[0]["data"]["text/plain"] == "[]"
    assert say(f"print({read}, {listed})") != "b'' []"


@pytest.mark.parametrize(
    "folder", ["/", "/usr/bin", "/dev", "/sandbox/lib", "/sandbox/lib/autograder", "/proc/sys"]
)
def test_only_the_temporary_folders_can_be_written(say, folder):
    said = say(
        f"try: open({folder + '/x'!r}, 'w')\nexcept OSError as error: print(type(error).__name__)"
    )
    assert said in ("OSError", "PermissionError", "FileNotFoundError")


def test_installed_packages_cannot_be_written(say):
    said = say(
        "import numpy, os\n"
        "try: open(os.path.join(os.path.dirname(numpy.__file__), 'x.py'), 'w')\n"
        "except OSError as error: print(error.strerror)"
    )
    assert said in ("Read-only file system", "Permission denied")


def test_no_network(say):
    """A server on this machine's loopback cannot be reached from inside."""
    server = socket.create_server(("127.0.0.1", 0))
    port = server.getsockname()[1]
    said = say(
        "import socket\n"
        f"for address in (('127.0.0.1', {port}), ('10.0.0.1', 80), ('::1', {port})):\n"
        "    try: socket.create_connection(address, 2); print('connected')\n"
        "    except OSError as error: print(type(error).__name__)\n"
        "try: socket.getaddrinfo('example.org', 80); print('resolved')\n"
        "except OSError as error: print(type(error).__name__)\n"
    )
    server.close()
    assert "connected" not in said
    assert "resolved" not in said


def test_an_installation_that_finds_no_network_does_not_try_again(say):
    """Trying again takes ten seconds for each line, and notebooks from Colab have several."""
    found = say("!pip install seaborn")
    assert "No matching distribution found" in found
    assert "Retry(" not in found


def test_sockets_that_no_network_namespace_holds_are_refused(say):
    said = say(
        "import socket\n"
        "for family in (socket.AF_VSOCK, socket.AF_NETLINK, socket.AF_ALG, socket.AF_PACKET):\n"
        "    try: socket.socket(family, socket.SOCK_DGRAM); print('open')\n"
        "    except OSError: print('refused')\n"
    )
    assert said.split() == ["refused"] * 4


def test_the_processes_of_the_machine_are_not_seen(say):
    pids = say("import os; print(*[p for p in os.listdir('/proc') if p.isdigit()])").split()
    assert len(pids) == 2
    assert "1" in pids


def test_a_notebook_has_no_rights(say):
    status = dict(
        line.split(":\t", 1)
        for line in say("print(open('/proc/self/status').read())").splitlines()
        if ":\t" in line
    )
    kinds = ("CapPrm", "CapEff", "CapAmb", "CapInh", "CapBnd")
    assert {kind: int(status[kind], 16) for kind in kinds} == dict.fromkeys(kinds, 0)
    assert status["NoNewPrivs"] == "1"
    assert status["Seccomp"] == "2"
    assert "0" not in status["Uid"].split()
    assert "0" not in status["Groups"].split()


def test_setuid_programs_gain_nothing(say):
    assert "0" not in say("!id -u").split()
    assert "uid=0" not in say("!su -c id 2>&1; true")


@pytest.mark.parametrize(
    "source",
    [
        "os.kill(1, signal.SIGKILL)",
        "os.kill(1, signal.SIGINT)",
        "[os.kill(1, s) for s in range(1, 65) if s not in (32, 33)]",
        "os.kill(1, signal.SIGSTOP)",
        "os.killpg(1, signal.SIGKILL)",
        "resource.prlimit(1, resource.RLIMIT_NOFILE, (0, 0))",
        "os.sched_setaffinity(1, {0})",
        "os.setpriority(os.PRIO_PROCESS, 1, 19)",
        "os.setpriority(os.PRIO_USER, 0, 19)",
        "os.setpriority(os.PRIO_PGRP, 1, 19)",
        "os.setuid(0)",
        "os.setgroups([0])",
        "os.unshare(os.CLONE_NEWUSER) if hasattr(os, 'unshare') else libc.unshare(0x10000000)",
        "libc.ptrace(16, 1, 0, 0)",
        "libc.mount(b'none', b'/tmp', b'tmpfs', 0, None)",
        "libc.memfd_create(b'x', 0)",
        "os.memfd_create('x')",
        "libc.shmget(0, 4096, 0o1777)",
        "resource.setrlimit(resource.RLIMIT_AS, (-1, -1))",
        "resource.setrlimit(resource.RLIMIT_NPROC, (-1, -1))",
        "open('/proc/1/oom_score_adj', 'w').write('1000')",
        "open('/proc/sys/kernel/core_pattern', 'w').write('x')",
        "os.chroot('/tmp')",
        "os.mknod('/tmp/disk', 0o60600, os.makedev(254, 0))",
    ],
)
def test_process_1_and_the_machine_are_out_of_reach(sandbox, source):
    """Each of these is refused, or does nothing; the same process 1 serves the next notebook."""
    before = sandbox._process.pid
    with sandbox.session() as session:
        result = session.run_cell(
            "import ctypes, os, resource, signal\n"
            "libc = ctypes.CDLL(None, use_errno=True)\n"
            "try:\n"
            f"    print('returned', {source})\n"
            "except (OSError, ValueError) as error:\n"
            "    print('refused', error)\n"
        )
        said = "".join(o.get("text", "") for o in result.outputs)
        assert "refused" in said or "-1" in said or "kill" in source, result.outputs
    with sandbox.session() as session:
        assert session.run_cell("1 + 1").outputs[0]["data"]["text/plain"] == "2"
    assert sandbox._process.pid == before


@pytest.mark.parametrize("kill", ["kill -9 -1", "kill -9 0", "kill -9 $PPID"])
def test_killing_everybody_ends_the_notebook_alone(sandbox, kill):
    with sandbox.session() as session, pytest.raises(Stopped):
        session.run_cell(f"import os, time; os.system({kill!r}); os.kill(0, 9); time.sleep(9)")
    with sandbox.session() as session:
        assert session.run_cell("1").outputs


def test_only_its_own_channel_is_open(say):
    """It has no descriptor of process 1, of the outside, or of another notebook."""
    kinds = say(
        "import os\n"
        "for fd in range(3, 256):\n"
        "    try: os.fstat(fd)\n"
        "    except OSError: continue\n"
        "    print(fd, os.readlink(f'/proc/self/fd/{fd}'))\n"
    ).splitlines()
    kinds = sorted(kind.partition(":[")[0].split(" ", 1)[1] for kind in kinds)
    # The event loop has its own pair of sockets, and a descriptor to wait with.
    mine = ["/tmp/.stderr (deleted)", "/tmp/.stdout (deleted)", "anon_inode"]
    assert kinds == [*mine, "socket", "socket", "socket"]


def test_names_of_files_handed_in_cannot_leave_the_folder(sandbox):
    for name in ("../x", "/etc/x", "a/../../x", "", "a//b", ".", "a\0b"):
        with pytest.raises(ValueError, match="relative path"):
            sandbox.session({name: b""})
    files = {"data/a.txt": b"1", "numpy.py": b"raise SystemExit", "helper.py": b"x = 5"}
    with sandbox.session(files) as session:
        result = session.run_cell(
            "import numpy, helper; print(helper.x, numpy.ones(1), open('data/a.txt').read())"
        )
    assert result.outputs[0]["text"] == "5 [1.] 1\n"


def test_two_sandboxes_do_not_see_each_other(sandbox):
    with Sandbox(Mounts()) as other, other.session() as theirs, sandbox.session() as ours:
        ours.run_cell("open('/tmp/mark', 'w').write('x'); open('/dev/shm/mark', 'w').write('x')")
        seen = theirs.run_cell("import os; print(os.listdir('/tmp'), os.listdir('/dev/shm'))")
    assert "mark" not in seen.outputs[0]["text"]


def test_a_sandbox_made_in_a_thread_works_after_it():
    made = []
    thread = threading.Thread(target=lambda: made.append(Sandbox(Mounts())))
    thread.start()
    thread.join()
    with made[0] as sandbox, sandbox.session() as session:
        assert session.run_cell("1").outputs


def test_what_a_thread_starts_does_not_end_with_it():
    """As bwrap's --die-with-parent has it, which counts threads as parents."""
    program = "import ctypes; ctypes.CDLL(None).prctl(1, 9); print(flush=True); input()"
    made = []

    def start():
        pipe = subprocess.PIPE
        made.append(process._started([sys.executable, "-c", program], stdin=pipe, stdout=pipe))
        made[0].stdout.readline()

    thread = threading.Thread(target=start)
    thread.start()
    thread.join()
    with made[0] as started:
        with pytest.raises(subprocess.TimeoutExpired):
            started.wait(0.2)
        started.kill()
