"""What `make check` and `make portability` choose and tell."""

from __future__ import annotations

from pathlib import Path

import changed
import portability
import pytest
from order import long_ones_first

REPORT = """<testsuites><testsuite>
<testcase classname="solutions.01_ewma.01_ewma.ipynb" name="Cell 0"/>
<testcase classname="solutions.01_ewma.01_ewma.ipynb" name="Cell 12"><failure/></testcase>
<testcase classname="solutions.02_gradient_descent.02_gradient_descent.ipynb" name="Cell 3">
<error/></testcase>
</testsuite></testsuites>"""


def test_each_cell_that_failed_is_named(tmp_path):
    report = tmp_path / "report.xml"
    report.write_text(REPORT)
    assert portability.cells(report) == (1, ("01_ewma [12]", "02_gradient_descent [3]"))


def test_the_other_kernel_is_another_one():
    own, other = portability.machine(), portability.other_kernel()
    assert own is not None
    assert other != own.kernel or not own.kernel


def test_a_kernel_that_does_not_run_is_told(monkeypatch):
    monkeypatch.setattr(
        portability, "PROBE", "import os, signal; os.kill(os.getpid(), signal.SIGILL)"
    )
    rows = list(portability.kernels(portability.How(1, ())))
    assert [row.setting for row in rows] == list(portability.KERNELS)
    assert {row.outcome for row in rows} == {"not on this processor"}


@pytest.mark.parametrize(
    "file",
    [
        "solutions/04_adaptive/04_adaptive.ipynb",
        "course/04_adaptive/04_adaptive.ipynb",
        "autograder/exercises/adaptive/adam.py",
    ],
)
def test_a_notebook_is_touched_by_its_master_and_its_exercises(file):
    assert changed.notebooks_of([Path(file)]) == {"04_adaptive"}


def test_other_files_touch_no_notebook():
    files = ["solutions/README.md", "autograder/exercises/_cases.py", "README.md"]
    assert changed.notebooks_of(map(Path, files)) == set()


def test_a_test_is_touched_by_itself_and_by_what_it_imports():
    found = changed.tests_of([Path("reference_impl/ewma.py"), Path("tests/test_project.py")])
    assert {Path("tests/reference/test_ewma.py"), Path("tests/test_project.py")} <= set(found)
    assert Path("tests/reference/test_idx.py") not in found


def test_a_module_that_no_test_imports_has_the_tests_of_its_importers():
    file = Path("autograder/grading/scopes.py")
    tests = [*changed.ROOT.glob("tests/**/test_*.py")]
    assert not any("autograder.grading.scopes" in changed.imported(test) for test in tests)
    found = changed.tests_of([file])
    assert Path("tests/autograder/grading/test_needed.py") in found
    assert len(found) < 10


def test_the_built_book_is_left_to_its_own_target():
    found = changed.tests_of(
        [Path("book/claims.py"), Path("tests/browser/book_site/test_links.py")]
    )
    assert found == [Path("tests/book/test_book.py")]


class Item:
    """A test of a file, with the arguments of its mark."""

    def __init__(self, path, *marks):
        self.path, self.marks = path, marks

    def get_closest_marker(self, name):
        return getattr(pytest.mark, name)(*self.marks).mark if self.marks else None


@pytest.mark.parametrize("workers", [1, 2, 3])
def test_each_worker_begins_with_long_tests(workers):
    files = [Item("a"), Item("b", "slow"), Item("b", "slow"), Item("c"), Item("d", "other")]
    items = [*files, *(Item("e") for _ in range(12)), Item("f", "third")]
    ordered = list(long_ones_first(items, workers))
    assert sorted(map(id, ordered)) == sorted(map(id, items))
    places = [ordered.index(item) for item in items if item.marks]
    parts = {1: [0, 1, 2, 3], 2: [0, 1, 9, 2], 3: [0, 1, 6, 12]}  # of 18 tests
    assert places == parts[workers]
