"""From what an author wrote to a finished master: nbgrader's metadata, outputs, tidy JSON.

An author marks nothing by hand. What a cell is for stands in the cell:

- code with ``### BEGIN SOLUTION`` is the solution of the exercise that it defines,
- ``check("id", id)`` is the check of that exercise, worth the points of its entry,
- code that only draws is folded (:mod:`autograder.authoring.folding`),
- Markdown with ``=== BEGIN MARK SCHEME ===`` is a question marked by hand; its first line says for
  how many points: ``**In your own words** (4 points)``.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import nbformat
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError

from autograder.authoring.folding import fold
from autograder.authoring.kernels import with_own_sockets
from autograder.authoring.stub import stub_faults
from autograder.cells import SCHEME_BEGIN, as_check, is_solution, names_defined
from autograder.checking.entry import TODO
from autograder.exercises import REGISTRY
from autograder.folders import master
from reference_impl.conclusions import FAILS

CELL_LIMIT = 60  # seconds


def build(name: str, report: Callable[[str], None] = print) -> None:
    """Annotate, execute and save one master.

    Raises:
        ValueError: if a cell's purpose cannot be told, or the notebook and the registry disagree.
        RuntimeError: if a cell fails, or a conclusion that it computes does not hold.
    """
    path = master(name)
    notebook = nbformat.read(path, as_version=4)
    annotate(notebook, name)
    started = time.perf_counter()
    try:
        slowest, cell = execute(notebook, path.parent)
    except CellExecutionError as error:
        raise RuntimeError(f"{name} does not run:\n{error}") from None
    if failed := failed_conclusions(notebook):
        raise RuntimeError(f"{name} concludes what its run does not show:\n" + "\n".join(failed))
    report(
        f"{name}: {time.perf_counter() - started:.1f} s, the slowest cell {slowest:.1f} s "
        f"({cell.source.strip().splitlines()[0] if cell else '-'})"
    )
    tidy(notebook)
    nbformat.write(notebook, path)


def annotate(notebook: Any, name: str) -> None:
    """Give every cell the metadata that its text asks for: nbgrader's, and whether it is folded.

    Raises:
        ValueError: if the notebook's exercises are not those of the registry, each once; if a stub
            is not what its contract says; or if something is left to be filled in.
    """
    fold(notebook)
    solved: list[str] = []
    checked: list[str] = []
    for cell in notebook.cells:
        if TODO in cell.source:
            line = next(line for line in cell.source.splitlines() if TODO in line)
            raise ValueError(f"{name} still says {TODO}, fill it in: {line.strip()!r}")
        cell.metadata.pop("nbgrader", None)
        if cell.cell_type == "code" and is_solution(cell.source):
            exercise = _defined_exercise(cell.source)
            solved.append(exercise)
            for fault in stub_faults(cell.source, REGISTRY[exercise]):
                raise ValueError(f"{name}: {fault}")
            cell.metadata["nbgrader"] = _metadata(exercise, solution=True)
        elif cell.cell_type == "code" and (check := as_check(cell.source)):
            exercise = check.exercise_id
            if exercise not in REGISTRY or check.expression != exercise:
                raise ValueError(
                    f'{name}: {cell.source.strip()} checks no exercise: write check("id", id)'
                )
            checked.append(exercise)
            points = float(REGISTRY[exercise].points)
            cell.metadata["nbgrader"] = _metadata(
                f"check_{exercise}", grade=True, locked=True, points=points
            )
        elif cell.cell_type == "markdown" and SCHEME_BEGIN in cell.source:
            points = _task_points(cell.source, name)
            cell.metadata["nbgrader"] = _metadata(
                f"explain_{name[3:]}", task=True, locked=True, points=points
            )
    expected = [e.id for e in REGISTRY.values() if e.notebook == name]
    for what, found in (("solution", solved), ("check", checked)):
        for exercise in sorted({*found, *expected}):
            if (times := found.count(exercise)) != expected.count(exercise):
                here = REGISTRY[exercise].notebook == name
                why = "it needs one" if here else f"it belongs to {REGISTRY[exercise].notebook}"
                raise ValueError(f"{name} has {times or 'no'} {what} cells for {exercise}: {why}")


def execute(notebook: Any, folder: Path) -> tuple[float, Any]:
    """Run all cells in ``folder``; how long the slowest took, and which it was."""
    times: list[tuple[float, Any]] = [(0.0, None)]
    begun = 0.0

    def start(cell: Any, cell_index: int) -> None:
        nonlocal begun
        begun = time.perf_counter()

    def stop(cell: Any, cell_index: int, execute_reply: Any) -> None:
        times.append((time.perf_counter() - begun, cell))

    client = NotebookClient(
        notebook,
        timeout=CELL_LIMIT,
        kernel_name="python3",
        config=with_own_sockets(),
        resources={"metadata": {"path": str(folder)}},
        record_timing=False,
        extra_arguments=["--IPKernelApp.log_level=40"],  # it warns of its ports at every start
        on_cell_execute=start,
        on_cell_executed=stop,
    )
    client.execute()
    return max(times, key=lambda pair: pair[0])


def failed_conclusions(notebook: Any) -> list[str]:
    """What a notebook concludes, and its run does not bear out."""
    texts = [o.get("text", "") for c in notebook.cells for o in c.get("outputs", [])]
    return [line for text in texts for line in text.splitlines() if line.startswith(FAILS)]


def tidy(notebook: Any) -> None:
    """Drop what differs from machine to machine and says nothing."""
    notebook.metadata = nbformat.from_dict(
        {
            "kernelspec": {
                "display_name": "Python 3 (ipykernel)",
                "language": "python",
                "name": "python3",
            },
            "language_info": {"name": "python", "pygments_lexer": "ipython3"},
        }
    )
    for cell in notebook.cells:
        if cell.cell_type == "code":
            cell.outputs = _joined(cell.outputs)
        kept = {"nbgrader", "tags", "jupyter", "tolerance"}
        cell.metadata = nbformat.from_dict({k: v for k, v in cell.metadata.items() if k in kept})


def _joined(outputs: list[Any]) -> list[Any]:
    """The outputs with neighbouring pieces of one stream put together: they are cut by chance."""
    joined: list[Any] = []
    for output in outputs:
        last = joined[-1] if joined else None
        if output.output_type == "stream" and last and last.get("name") == output.name:
            last.text += output.text
        else:
            joined.append(output)
    return joined


def _defined_exercise(source: str) -> str:
    defined = names_defined(source)
    exercises = [name for name in defined if name in REGISTRY]
    if len(exercises) != 1:
        raise ValueError(
            "a solution cell must define one exercise; this one defines "
            f"{', '.join(defined) or 'nothing'}: {source[:80]!r}"
        )
    return exercises[0]


def _task_points(source: str, name: str) -> float:
    match = re.search(r"\((\d+) points?\)", source.strip().splitlines()[0])
    if match is None:
        raise ValueError(f"{name}: the first line of a question must say its points: '(4 points)'")
    return float(match[1])


def _metadata(
    grade_id: str,
    *,
    grade: bool = False,
    solution: bool = False,
    locked: bool = False,
    task: bool = False,
    points: float | None = None,
) -> dict[str, Any]:
    metadata: dict[str, Any] = {
        "grade": grade,
        "grade_id": grade_id,
        "locked": locked,
        "schema_version": 3,
        "solution": solution,
        "task": task,
    }
    if points is not None:
        metadata["points"] = points
    return metadata
