"""A cell's outputs are the same as those of a stock kernel, as nbclient stores them."""

import base64
import io
import re
import shutil
from pathlib import Path

import nbformat
import numpy as np
import pytest
from matplotlib.image import imread
from nbclient import NotebookClient

from autograder.authoring.kernels import with_own_sockets
from autograder.cells import as_check
from autograder.sandbox import Limits, Mounts, Sandbox

ROOT = Path(__file__).parents[3]
# Together they have all kinds of outputs. They train nothing: no output depends on the processor.
SOLUTIONS = sorted(ROOT.glob("solutions/0[01]_*/*.ipynb"))
REFERENCE = tuple(
    ".".join(path.relative_to(ROOT).with_suffix("").parts)
    for path in ROOT.glob("reference_impl/**/*.py")
    if path.stem != "__init__"
)

PNG = re.compile(r"(iVBORw0KGgo[A-Za-z0-9+/]+={0,2})")
FRAMES = re.compile(r'("controls":\[.*?\]),"images":.*(?=</script>)')

TRICKY = Path(__file__).with_name("tricky_cells.txt").read_text()
CELLS = TRICKY.removesuffix("\n").split("\n# %%\n")


@pytest.fixture(scope="module")
def library(tmp_path_factory):
    """A folder that gives a stock kernel those modules of ours that the sandbox has."""
    folder = tmp_path_factory.mktemp("lib")

    def fill(room):
        for name, file in room.files().items():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(file, folder / name)
        return folder

    return fill


def by_nbclient(cells, library, folder, monkeypatch):
    monkeypatch.setenv("PYTHONPATH", str(library))
    monkeypatch.delenv("PYTEST_CURRENT_TEST")  # ipykernel looks at it
    for name in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS"):
        monkeypatch.setenv(name, "1")
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(c) for c in cells])
    client = NotebookClient(
        notebook,
        timeout=600,
        kernel_name="python3",
        config=with_own_sockets(),
        allow_errors=True,
        resources={"metadata": {"path": str(folder)}},
    )
    client.execute()
    return [(cell.execution_count, as_stored(cell.outputs)) for cell in notebook.cells]


def by_the_sandbox(cells, room):
    limits = Limits(cell_seconds=600, notebook_seconds=3000, output_bytes=2**26)
    with Sandbox(room, limits) as sandbox, sandbox.session() as session:
        results = [session.run_cell(cell) for cell in cells]
    return [(result.execution_count, as_stored(result.outputs)) for result in results]


def as_stored(outputs):
    """Without what differs from run to run; consecutive texts are joined."""
    joined = []
    for output in map(dict, outputs):
        before = joined[-1] if joined else {}
        if output["output_type"] == "stream" and before.get("name") == output["name"]:
            before["text"] += output["text"]
        else:
            joined.append(output)
    return [plain(output) for output in joined]


def plain(value):
    if isinstance(value, dict):
        return {k: plain(v) for k, v in value.items()}
    if isinstance(value, list | tuple):
        return [plain(v) for v in value]
    if not isinstance(value, str):
        return value
    parts = PNG.split(value)  # base64 may contain anything
    parts[::2] = map(plain_text, parts[::2])
    return "".join(parts)


def plain_text(value):
    for pattern, replacement in (
        (r"/tmp/ipykernel_\d+/", "/tmp/ipykernel/"),
        (r"0x[0-9a-f]{6,}", "0x"),
        (r"[0-9a-f]{32}", "id"),
        (r"[0-9.]+(e[+-]\d+)? [µμnm]?s( ± [0-9.]+ [µμnm]?s)?", "some time"),
        (r"started \d+", "started"),
        (r"[~/][/\w.-]*/(lib/python3[./\w-]*)", r"\1"),
    ):
        value = re.sub(pattern, replacement, value)
    return value


def assert_equal(cells, here, there):
    different = [
        f"--- {cell}\nsandbox: {str(a)[:1500]}\nkernel:  {str(b)[:1500]}"
        for cell, a, b in zip(cells, here, there, strict=True)
        if a != b
    ]
    assert not different, "\n".join(different)


def test_cells_that_are_tricky(library, tmp_path, monkeypatch):
    room = Mounts(preload=("numpy", "matplotlib.pyplot"))
    there = by_nbclient(CELLS, library(room), tmp_path, monkeypatch)
    assert_equal(CELLS, by_the_sandbox(CELLS, room), there)


@pytest.mark.parametrize("path", SOLUTIONS, ids=lambda path: path.stem)
def test_every_cell_of_a_solution(path):
    """nbclient made the outputs in the masters, and nbval compares a stock kernel with them."""
    notebook = nbformat.read(path, as_version=4)
    cells = [cell for cell in notebook.cells if cell.cell_type == "code"]
    room = Mounts(modules=REFERENCE, preload=("numpy", "matplotlib.pyplot"))
    ran = by_the_sandbox([cell.source for cell in cells], room)
    compared = [  # the judge fills a check's cell; numbers of one run are not compared
        (cell.source, here, (cell.execution_count, as_stored(cell.outputs)))
        for cell, here in zip(cells, ran, strict=True)
        if not as_check(cell.source)
        and "tolerance" not in cell.metadata
        and "run_lab(" not in cell.source  # where marks are made there are no labs
    ]
    sources, here, there = zip(*compared, strict=True)
    for ours, theirs in zip(pictures(here), pictures(there), strict=True):
        assert ours.shape == theirs.shape
        # Equal on this machine; other versions of libraries draw the edge of a pixel differently.
        assert np.mean(np.abs(ours - theirs)) < 0.01
    assert_equal(sources, without_pictures(here), without_pictures(there))


def pictures(results):
    """The pixels of every picture in some outputs, those in HTML too."""
    found = PNG.findall(repr(results))
    return [imread(io.BytesIO(base64.b64decode(text))) for text in found]


def without_pictures(results):
    if isinstance(results, str):
        # What a slider shows are the pixels of its frames, and the numbers of a run in their words.
        return FRAMES.sub(r"\1", PNG.sub("picture", results))
    if isinstance(results, dict):
        return {key: without_pictures(value) for key, value in results.items()}
    if isinstance(results, list | tuple):
        return [without_pictures(value) for value in results]
    return results
