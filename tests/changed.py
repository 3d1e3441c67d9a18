"""Drift, and the tests of what changed: `make check`, or of one notebook: `make check NB=04`.

Changed is what differs from the main branch, committed or not. A notebook is touched by its master
and by its exercises, a test file by itself and by the modules that it imports. For a module that no
test imports, the tests of those run that import it. Of the tests that have not changed themselves,
the long ones are left to `make test`.
"""

from __future__ import annotations

import ast
import importlib
import subprocess
import sys
from collections.abc import Collection, Iterable, Set
from functools import cache
from pathlib import Path

from autograder import folders

ROOT = Path(__file__).resolve().parents[1]
PACKAGES = ("reference_impl", "autograder", "book")
# Its tests need Sphinx, and ten minutes: `make test-book` runs them.
BUILT_BOOK = Path("tests/browser/book_site")
NOTHING_TO_RUN = 5  # pytest's status, if all tests of the files are long ones
OF_A_NOTEBOOK = (
    "tests/test_notebooks.py",
    "tests/autograder/exercises",
    "tests/autograder/grading/test_every_notebook_is_judged.py",
)


def changed() -> list[Path]:
    """The files that differ from main, with those that git does not know yet."""
    base = git("merge-base", "HEAD", "main") or git("merge-base", "HEAD", "origin/main") or ["HEAD"]
    names = git("diff", "--name-only", "--diff-filter=d", *base)
    return [Path(name) for name in names + git("ls-files", "--others", "--exclude-standard")]


def git(*arguments: str) -> list[str]:
    """The lines that git says; none if it fails, as for a branch that is not there."""
    done = subprocess.run(["git", *arguments], cwd=ROOT, capture_output=True, text=True)
    return done.stdout.splitlines() if done.returncode == 0 else []


def notebooks_of(files: Iterable[Path]) -> set[str]:
    """The notebooks whose masters, or whose exercises, are among the files."""
    known, found = set(folders.notebooks()), set()
    for file in files:
        if file.parts[0] in (folders.SOLUTIONS, folders.COURSE):
            found |= {file.stem} & known
        elif file.match("autograder/exercises/*/*.py"):
            found.add(importlib.import_module(".".join(file.parts[:-1])).NOTEBOOK)
    return found


def tests_of(files: Iterable[Path]) -> list[Path]:
    """The test files among the files, and those that are about a module among them."""
    files = set(files)
    paths = [path.relative_to(ROOT) for path in sorted((ROOT / "tests").rglob("test_*.py"))]
    tests = {path: imported(ROOT / path) for path in paths if BUILT_BOOK not in path.parents}
    modules = {module(file) for file in files if file.parts[0] in PACKAGES and file.suffix == ".py"}
    wanted = {name for changed in modules for name in tested(changed, tests.values())}
    return [test for test in tests if test in files or tests[test] & wanted]


def tested(changed: str, by_tests: Collection[Set[str]]) -> set[str]:
    """A module if a test imports it, or else the nearest ones that import it and have a test."""
    near, seen = {changed}, {changed}
    while near and not any(names & near for names in by_tests):
        near = {name for name, uses in modules_and_imports().items() if uses & near} - seen
        seen |= near
    return near


@cache
def modules_and_imports() -> dict[str, set[str]]:
    """Our modules, each with what it imports."""
    paths = [path for package in PACKAGES for path in (ROOT / package).rglob("*.py")]
    return {module(path.relative_to(ROOT)): imported(path) for path in paths}


def module(file: Path) -> str:
    parts = file.with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def imported(file: Path) -> set[str]:
    """The modules that a file imports; what it imports from one may be one."""
    names = set()
    for node in ast.walk(ast.parse(file.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            names |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
    return names


def commands(names: list[str]) -> list[list[str]]:
    """What to run; for all that changed if no notebook is named."""
    if names:
        files: list[Path] = []
        notebooks = masters = set(folders.notebooks(names))
    else:
        files = changed()
        notebooks = notebooks_of(files)
        masters = notebooks_of(file for file in files if file.parts[0] == folders.SOLUTIONS)
    run = [["autograder", "release", "--check", *sorted(notebooks if names else ())]]
    if not names:
        run.append(["autograder", "guide", "--check"])
    if notebooks:
        chosen = [f"--notebook={name}" for name in sorted(notebooks)]
        run.append(["pytest", "-q", "-n2", "--dist=worksteal", *chosen, *OF_A_NOTEBOOK])
    tests = tests_of(files)
    if own := [str(test) for test in tests if test in set(files)]:
        run.append(["pytest", "-q", "-n2", "--dist=worksteal", *own])
    if others := [str(test) for test in tests if test not in set(files)]:
        run.append(["pytest", "-q", "-n2", "--dist=worksteal", "-m", "not long", *others])
    if masters:
        paths = [str(folders.master(name)) for name in sorted(masters)]
        run.append(
            ["pytest", "-q", "-n2", "--dist=loadfile", "--nbval", "--nbval-current-env", *paths]
        )
    return run


def main() -> int:
    for program, *arguments in commands(sys.argv[1:]):
        print("▸", program, *arguments, flush=True)
        path = Path(sys.executable).with_name(program)
        status = subprocess.run([path, *arguments], cwd=ROOT).returncode
        if status not in (0, NOTHING_TO_RUN):
            return status
    return 0


if __name__ == "__main__":
    sys.exit(main())
