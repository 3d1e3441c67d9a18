"""Do the notebooks print the same everywhere? One factor is varied at a time.

    python tests/portability.py                  all of it (`make portability`)
    python tests/portability.py kernels threads  these factors only
    python tests/portability.py kernels --notebook 04 --notebook 12
    python tests/portability.py other-kernel     names an old kernel other than this machine's own

The matrix products of NumPy are OpenBLAS's, which picks a kernel by the processor; each adds in
another order. A network that was trained for some hundred steps therefore ends elsewhere, and what
a notebook prints must not depend on it. Here nbval runs the masters under each kernel, with one
thread and two, without NumPy's own vector instructions, with each CPython that is found, and with
Numba, which compiles the optimizers. The labs run under three kernels: each claim must keep its
verdict. The locks are resolved, with nothing installed, for every Python and system that they are
for.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from xml.etree import ElementTree

from autograder import folders

ROOT = Path(__file__).resolve().parents[1]
BUILD = ROOT / "build"
DEV = "requirements/dev.txt"
LOCKS = ("requirements/course.txt", DEV, "requirements/book.txt")

KERNELS = ("Haswell", "SkylakeX", "Zen", "Sandybridge", "Nehalem")
OLD_KERNELS = ("Sandybridge", "Nehalem", "ARMV8")
TESTED = ("3.11", "3.12", "3.13")
RESOLVED = (*TESTED, "3.14", "3.15")
SYSTEMS = ("linux", "macos", "windows")

# Run in a process of its own: a kernel that the processor cannot do ends it by a signal.
PROBE = """
import json
import numpy as np
from numpy._core._multiarray_umath import __cpu_dispatch__ as dispatched, __cpu_features__ as has
from threadpoolctl import threadpool_info
for kind in (np.float32, np.float64):
    square = np.ones((200, 200), kind)
    assert (square @ square == 200).all()
[blas] = [i for i in threadpool_info() if i["internal_api"] == "openblas"] or [{}]
print(json.dumps({"kernel": blas.get("architecture", ""), "threads": blas.get("num_threads", 0),
                  "features": [name for name in dispatched if has[name]]}))
"""


@dataclass(frozen=True)
class Machine:
    """What really computes in a process with some environment."""

    kernel: str  # "" if NumPy has no OpenBLAS here
    threads: int
    features: tuple[str, ...]  # vector instructions that NumPy chooses at run time

    def __str__(self) -> str:
        threads = f"{self.threads} thread{'s' * (self.threads != 1)}"
        return f"{self.kernel or 'no OpenBLAS'}, {threads}, {' '.join(self.features) or 'no SIMD'}"


@dataclass(frozen=True)
class Row:
    """A line of the table: how the notebooks did with one setting."""

    factor: str
    setting: str
    outcome: str
    failed: tuple[str, ...] = ()  # notebook and cell
    ok: bool = True


@dataclass(frozen=True)
class How:
    """What is run for a row: so many at a time of these notebooks, the longest first."""

    jobs: int
    masters: tuple[str, ...]


def environment(**changes: str) -> dict[str, str]:
    """This process's, with ``changes``."""
    return os.environ | changes


def machine(python: str = sys.executable, **changes: str) -> Machine | None:
    """What computes in a process of ``python``; None if the processor cannot do it."""
    command = [python, "-c", PROBE]
    done = subprocess.run(command, env=environment(**changes), capture_output=True, text=True)
    if done.returncode:
        return None
    found = json.loads(done.stdout)
    return Machine(found["kernel"], found["threads"], tuple(found["features"]))


def other_kernel() -> str:
    """A kernel of older processors, other than the one that runs here.

    Empty if there is none: where NumPy has no OpenBLAS, or on the oldest processor.
    """
    own = machine()
    for name in OLD_KERNELS:
        other = machine(OPENBLAS_CORETYPE=name)
        if own and other and other.kernel == name != own.kernel:
            return name
    return ""


def run_notebooks(
    factor: str, setting: str, how: How, python: str = sys.executable, **changes: str
) -> Row:
    """nbval over the masters, in an environment with ``changes``."""
    print(f"{factor} {setting} …", file=sys.stderr, flush=True)
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder) / "report.xml"
        command = [python, "-m", "pytest", "--nbval", "--nbval-current-env", "-q", "--no-header"]
        command += ["-n", str(how.jobs), "--dist", "loadfile", "--no-loadscope-reorder"]
        command += ["-p", "no:cacheprovider", f"--junit-xml={report}", *how.masters]
        done = subprocess.run(
            command, cwd=ROOT, env=environment(**changes), capture_output=True, text=True
        )
        if not report.exists():
            return Row(
                factor, setting, f"did not run: {last_line(done.stdout + done.stderr)}", ok=False
            )
        passed, failed = cells(report)
    outcome = f"{passed} passed, {len(failed)} failed"
    return Row(factor, setting, outcome, failed, ok=not failed and done.returncode == 0)


def cells(report: Path) -> tuple[int, tuple[str, ...]]:
    """How many cells passed, and which failed, by pytest's report."""
    passed, failed = 0, []
    for case in ElementTree.parse(report).iter("testcase"):
        if case.find("failure") is None and case.find("error") is None:
            passed += 1
        else:
            notebook = re.search(r"\w+(?=\.ipynb)", case.get("classname", ""))
            cell = re.search(r"\d+$", case.get("name", ""))
            failed.append(f"{notebook[0] if notebook else '?'} [{cell[0] if cell else '?'}]")
    return passed, tuple(failed)


def last_line(text: str) -> str:
    return (text.strip().splitlines() or ["it says nothing"])[-1]


def kernels(how: How) -> Iterator[Row]:
    for name in KERNELS:
        found = machine(OPENBLAS_CORETYPE=name)
        if found is None:
            yield Row("kernel", name, "not on this processor")
        elif found.kernel != name:
            yield Row(
                "kernel", name, f"not in this OpenBLAS: runs {found.kernel or 'none'} instead"
            )
        else:
            yield run_notebooks("kernel", name, how, OPENBLAS_CORETYPE=name)


def threads(how: How) -> Iterator[Row]:
    for number in ("1", "2"):
        found = machine(OPENBLAS_NUM_THREADS=number)
        if found is None or found.threads != int(number):
            yield Row("threads", number, "not on this machine")
        else:
            yield run_notebooks("threads", number, how, OPENBLAS_NUM_THREADS=number)


def simd(how: How) -> Iterator[Row]:
    own = machine()
    if own is None or not own.features:
        yield Row("SIMD", "reduced", "nothing to switch off on this processor")
        return
    off = {"NPY_DISABLE_CPU_FEATURES": " ".join(own.features)}
    yield run_notebooks("SIMD", f"without {off['NPY_DISABLE_CPU_FEATURES']}", how, **off)


def pythons(how: How) -> Iterator[Row]:
    for version in TESTED:
        found = find_python(version)
        if not found:
            yield Row("CPython", version, "not found on this machine")
            continue
        setting = f"{version} ({found})".replace(str(Path.home()), "~")
        problem, python = installed(version, found)
        if problem:
            yield Row("CPython", setting, f"not installed: {problem}", ok=False)
        else:
            yield run_notebooks("CPython", setting, how, python)


def numba(how: How) -> Iterator[Row]:
    running = ".".join(map(str, sys.version_info[:2]))
    problem, python = installed("-numba", sys.executable, "numba")
    if problem:
        yield Row("Numba", running, f"not installed: {problem}", ok=False)
        return
    row = run_notebooks("Numba", "installed", how, python)
    # That it is there and used, and that the loops are the in-place forms to the last bit.
    command = [
        python,
        "-m",
        "pytest",
        "-q",
        "-p",
        "no:cacheprovider",
        "tests/reference/test_compiled.py",
    ]
    done = subprocess.run(command, cwd=ROOT, env=environment(), capture_output=True, text=True)
    yield row
    yield Row("Numba", "test_compiled", last_line(done.stdout), ok=done.returncode == 0)


def labs(how: How) -> Iterator[Row]:
    """Has each claim the verdict that is stored, which came from one processor?"""
    command = [sys.executable, "-m", "reference_impl.experiments.claims", "--check", "0"]
    command += ["--jobs", str(how.jobs)]
    for name in ("SkylakeX", "Haswell", "Sandybridge"):
        found = machine(OPENBLAS_CORETYPE=name)
        if found is None or found.kernel != name:
            yield Row("labs", name, "not on this machine")
            continue
        print(f"labs {name} …", file=sys.stderr, flush=True)
        done = subprocess.run(
            command,
            cwd=ROOT,
            env=environment(OPENBLAS_CORETYPE=name),
            stdout=subprocess.PIPE,
            text=True,
        )
        lines = done.stdout.splitlines()
        other = tuple(line.split()[0] for line in lines if "VERDICT" in line or " failed: " in line)
        same = sum(line.endswith(" the same") for line in lines)
        outcome = f"{same} the same, {len(other)} other verdicts"
        yield Row("labs", name, outcome, other, ok=done.returncode == 0)


def find_python(version: str) -> str:
    """An interpreter of CPython ``version``, from PATH or pyenv's; empty if there is none."""
    pyenv = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv")) / "versions"
    candidates = [shutil.which(f"python{version}"), *sorted(pyenv.glob(f"{version}.*/bin/python"))]
    for candidate in map(str, filter(None, candidates)):
        command = [candidate, "-c", "import sys, venv; print('%d.%d' % sys.version_info[:2])"]
        done = subprocess.run(command, capture_output=True, text=True)
        if done.returncode == 0 and done.stdout.strip() == version:
            return candidate
    return ""


def installed(version: str, python: str, *more: str) -> tuple[str, str]:
    """An environment below build/ from the lock: what went wrong, and its interpreter."""
    home = BUILD / f"python{version}"
    inside = home / "bin" / "python"
    into = [uv(), "pip", "install", "--quiet", "--python", str(inside)]
    for command in (
        [uv(), "venv", "--quiet", "--allow-existing", "--python", python, str(home)],
        [*into, "--require-hashes", "-r", DEV],
        [*into, "--no-deps", "--no-build-isolation", "--editable", "."],
        *([*into, package] for package in more),
    ):
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
        if done.returncode:
            return last_line(done.stderr), ""
    return "", str(inside)


def uv() -> str:
    return str(Path(sys.executable).with_name("uv"))


def locks() -> Iterator[tuple[str, str, dict[str, str]]]:
    """For each lock and Python: what each system would install, from wheels alone.

    uv evaluates markers for the system that is asked for; pip, with --platform, for its own.
    """
    for lock in LOCKS:
        for version in RESOLVED:
            yield lock, version, {system: resolve(lock, version, system) for system in SYSTEMS}


def resolve(lock: str, version: str, system: str) -> str:
    with tempfile.TemporaryDirectory() as nowhere:
        command = [
            uv(),
            "pip",
            "install",
            "--dry-run",
            "--require-hashes",
            "--only-binary",
            ":all:",
        ]
        command += ["--python", sys.executable, "--python-version", version]
        command += ["--python-platform", system, "--target", nowhere, "-r", lock]
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    number = re.search(r"Would install (\d+) packages", done.stderr)
    if done.returncode == 0 and number:
        return f"{number[1]} packages"
    because = re.search(r"Because (.*?)(?: and |,)", " ".join(done.stderr.split()))
    return f"FAILS: {because[1] if because else last_line(done.stderr)}"


FACTORS = {
    "kernels": kernels,
    "threads": threads,
    "simd": simd,
    "pythons": pythons,
    "numba": numba,
    "labs": labs,
}


def report(factors: Sequence[str], how: How) -> bool:
    """Print the tables as they come about; whether all is well."""
    well = True
    chosen = [name for name in FACTORS if name in factors]
    if chosen:
        print(f"Own choice of this machine: {machine()}. Each row varies one thing.\n")
        print(
            f"| {'factor':8} | {'setting':30} | {'cells':30} |\n|{'-' * 10}|{'-' * 32}|{'-' * 32}|",
            flush=True,
        )
    for name in chosen:
        for row in FACTORS[name](how):
            print(f"| {row.factor:8} | {row.setting:30} | {row.outcome:30} |", flush=True)
            for cell in row.failed:
                print(f"| {'':8} | {'':30} | {cell:30} |", flush=True)
            well = well and row.ok
    if "locks" in factors:
        print(f"\n| {'lock':24} | {'CPython':7} | " + " | ".join(f"{s:13}" for s in SYSTEMS) + " |")
        print("|" + "|".join("-" * width for width in (26, 9, *[15] * len(SYSTEMS))) + "|")
        for lock, version, outcomes in locks():
            print(f"| {lock:24} | {version:7} | {columns(outcomes)} |", flush=True)
            well = well and not any("FAILS" in outcome for outcome in outcomes.values())
    return well


def columns(outcomes: Mapping[str, str]) -> str:
    return " | ".join(f"{outcome:13}" for outcome in outcomes.values())


def main() -> int:
    what = [*FACTORS, "locks"]
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "factors", nargs="*", metavar="FACTOR", help=f"other-kernel, or of {', '.join(what)}"
    )
    parser.add_argument("--jobs", type=int, default=2, metavar="N", help="notebooks side by side")
    parser.add_argument(
        "--notebook", action="append", metavar="NAME", help="only this one, such as 04; repeatable"
    )
    options = parser.parse_args()
    if options.factors == ["other-kernel"]:
        print(other_kernel())
        return 0
    if unknown := set(options.factors) - set(what):
        parser.error(f"no factor: {', '.join(sorted(unknown))}")
    masters = [str(folders.master(name)) for name in folders.notebooks(options.notebook)]
    how = How(options.jobs, tuple(reversed(masters)))
    return 0 if report(options.factors or what, how) else 1


if __name__ == "__main__":
    sys.exit(main())
