"""Try an exercise before a student does: what is wrong with it, in words, and what a check shows.

The registry reads an entry without running it. Here everything runs, over many seeds: the
reference, every misconception, every equivalent, and the answer and the example in the master.
"""

from __future__ import annotations

import difflib
import traceback
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import nbformat
import numpy as np

from autograder import exercises
from autograder.authoring.notebook_cells import all_names, check_cell, solution_cell
from autograder.authoring.stub import as_stub, example_faults, stub_faults
from autograder.cells import definitions
from autograder.checking import entry
from autograder.checking.answer_key import (
    PUBLIC_SEED,
    answer_key,
    draw_cases,
    in_this_process,
    run_cases,
)
from autograder.checking.drive import Call, Failure, Foreign, Graph, Oracle, Previous, Rng, plain
from autograder.checking.exercise import Case, Exercise, Version
from autograder.checking.render import as_text
from autograder.checking.verdict import Verdict, assess, refuse
from autograder.checking.written import as_definition, read
from autograder.folders import SOLUTIONS, master, package_repository

SEEDS = 20
SHOWN = 2  # misconceptions whose card is shown


@dataclass
class Trial:
    """What came of trying one exercise.

    Attributes:
        faults: what is wrong, each in a sentence.
        passed: what was tried and is right, in the order in which it was tried.
        cards: what a student sees: (of which answer, the card).
    """

    exercise_id: str
    faults: list[str] = field(default_factory=list)
    passed: list[str] = field(default_factory=list)
    cards: list[tuple[str, str]] = field(default_factory=list)

    def add(self, found: Iterable[str], passed: str) -> bool:
        """Note what a step found; whether it found nothing."""
        faults = list(found)
        self.faults += faults
        if not faults:
            self.passed.append(passed)
        return not faults


def pasted(function: Callable[..., Any], name: str) -> Any:
    """What the text of ``function`` defines in a notebook that has ``np`` and nothing else.

    Raises:
        TypeError: if it was not written with def or class.
        Exception: whatever its text raises when it is run there.
    """
    namespace: dict[str, Any] = {"np": np}
    exec(compile(as_definition(function, name), f"the pasted text of {name}", "exec"), namespace)
    return namespace[name]


def try_out(exercise_id: str, seeds: int = SEEDS, report: Callable[[str], None] = print) -> Trial:
    """Try an exercise and report on it.

    Raises:
        ValueError: if there is no such exercise, and no file that could hold it.
    """
    package_repository()
    entries = exercises.read_entries()
    exercise = entries.exercises.get(exercise_id)
    if exercise is None:
        return _unread(entries, exercise_id, report)
    result = Trial(exercise_id)
    written = [f.sentence for f in entries.faults if f.exercise_id == exercise_id]
    report(f"{exercise_id}  ({entries.files[exercise_id]}, notebook {exercise.notebook})")
    result.add(written, f"the entry is complete: {_described(exercise)}")
    drawn = range(PUBLIC_SEED, PUBLIC_SEED + seeds)
    runs = bool(exercise.groups) and not entry.is_unwritten(exercise.reference)
    if runs and result.add(
        case_faults(exercise, drawn),
        f"its cases can be drawn and the reference runs, over {seeds} seeds",
    ):
        _run_versions(exercise, drawn, result)
    else:
        runs = False
    look_at_master(exercise, drawn if runs else (), result)
    for line in result.passed:
        report(f"  ✓ {line}")
    for line in result.faults:
        report(f"  ✗ {line}")
    for of, card in result.cards:
        report(f"\n  What a student sees who hands in {of}:")
        report("\n".join(f"  │ {line}" for line in card.splitlines()))
    others = {f.file: f for f in entries.faults if f.exercise_id != exercise_id}
    for fault in others.values():
        report(f"\n  Another file stops the course until it is mended: {fault}")
    report(_conclusion(result, exercise.notebook))
    return result


def case_faults(exercise: Exercise, seeds: Sequence[int]) -> list[str]:
    """What is wrong with the cases, and with what the reference makes of them."""
    name = exercise.id
    for seed in seeds:
        try:
            groups = draw_cases(exercise, seed)
        except ValueError as error:
            return [str(error)]
        except Exception as error:
            return [f"the cases of {name} cannot be drawn ({_said(error)}; seed {seed})"]
        found = [fault for group in groups for case in group for fault in _of_case(name, case)]
        if not found:
            found = list(_reference_faults(exercise, groups, seed))
        if found:
            return list(dict.fromkeys(found))
    return []


def not_plain(argument: Any) -> str:
    """The type of what is not plain data somewhere inside an argument; empty if all of it is.

    Markers stand for what is made at the call: as an argument, or in a list that is one.
    """
    if isinstance(argument, Previous | Rng | Oracle | Graph):
        return ""
    if isinstance(argument, list):
        return next(filter(None, map(not_plain, argument)), "")
    return _not_data(argument)


def _not_data(value: Any) -> str:
    if isinstance(value, list | tuple):
        return next(filter(None, map(_not_data, value)), "")
    if isinstance(value, dict):
        keys = [type(key).__name__ for key in value if not isinstance(key, str)]
        return next(filter(None, [*keys, *map(_not_data, value.values())]), "")
    if isinstance(value, Iterator | range):
        return type(value).__name__
    copy = plain(value)
    return copy.type_name if isinstance(copy, Foreign) else ""


def _of_case(name: str, case: Case) -> Iterator[str]:
    if not case.label or entry.TODO in case.label:
        yield f"a case of {name} needs a label that says what is tried; it has {case.label!r}"
    for call in case.script:
        if not isinstance(call, Call):
            yield f"the case {case.label!r} of {name} must consist of Calls: use call(…) or walk(…)"
            continue
        for argument in [*call.args, *call.kwargs.values()]:
            if kind := not_plain(argument):
                yield (
                    f"the case {case.label!r} of {name} has a {kind} in its arguments: give plain "
                    "data (numbers, texts, arrays, and lists, tuples and dicts of them), "
                    "an Oracle for a function, Rng(seed) for a generator, a Graph for nodes"
                )
            if isinstance(argument, Oracle) and argument.name not in case.oracles:
                yield f"the case {case.label!r} of {name} has no function behind {argument}"


def _reference_faults(
    exercise: Exercise, groups: tuple[tuple[Case, ...], ...], seed: int
) -> Iterator[str]:
    name = exercise.id
    for cases, ran in zip(
        groups, run_cases(groups, in_this_process(exercise.reference)), strict=True
    ):
        for case, outcomes in zip(cases, ran, strict=True):
            last = outcomes[-1]
            where = f"in {case.label!r} (seed {seed})"
            if last.failure:
                yield f"the reference of {name} stops {where}: {_failed(last.failure)}"
            elif any(o.changed for o in outcomes):
                yield f"the reference of {name} changes its arguments {where}: work on a copy"
            elif isinstance(last.value, Foreign):
                yield (
                    f"the reference of {name} returns a {last.value.type_name} {where}: "
                    "what is compared is plain data"
                )


def _run_versions(exercise: Exercise, seeds: Sequence[int], result: Trial) -> None:
    count = f"over {len(seeds)} seeds"
    of_reference = _refused("the reference", exercise.reference, exercise, seeds)
    if not result.add(of_reference, f"the reference has full marks {count}"):
        return
    texts: dict[int, Any] = {}
    usable: dict[str, list[Version]] = {}
    for kind in ("misconception", "equivalent"):
        usable[kind] = []
        for version in getattr(exercise, f"{kind}s"):
            if not exercise.is_quiz and entry.version_fault(exercise, version):
                continue  # the entry's faults say so
            try:
                texts[id(version)] = (
                    version.function if exercise.is_quiz else pasted(version.function, exercise.id)
                )
            except Exception as error:
                result.faults.append(f"the {kind} {version.name!r} has no text: {_said(error)}")
            else:
                usable[kind].append(version)
    wrong, right = usable["misconception"], usable["equivalent"]
    found = [f for v in wrong for f in _unnamed(v, texts[id(v)], exercise, seeds)]
    result.add(found, f"{len(wrong)} misconceptions are caught and named {count}")
    if not exercise.is_quiz:
        found = [
            f
            for v in right
            for f in _refused(f"the equivalent {v.name!r}", texts[id(v)], exercise, seeds)
        ]
        result.add(found, f"{len(right)} equivalents have full marks {count}")
    for version in wrong[:SHOWN]:
        card = as_text(_verdict(exercise, texts[id(version)]))
        result.cards.append((f"the misconception {version.name!r}", card))


def _verdict(exercise: Exercise, function: Any, seed: int = PUBLIC_SEED) -> Verdict:
    """The verdict of a check. If comparing stops, it says with what and where: to the author."""
    key = answer_key(exercise, seed)
    outcomes = run_cases(key.cases, in_this_process(function))
    try:
        return assess(exercise, key, outcomes, None if exercise.is_quiz else read(function))
    except Exception as error:
        return refuse(
            exercise.id,
            f"What it returned could not be compared: {_said(error)}, at {_place(error)}.",
            exercise.hint,
            exercise.points,
        )


def _place(error: Exception) -> str:
    """The deepest line of an author's at which an error was raised, or the deepest of all."""
    frames = traceback.extract_tb(error.__traceback__)
    root = package_repository()
    written = [f for f in frames if Path(f.filename).is_relative_to(root / "autograder/exercises")]
    frame = (written or frames)[-1]
    path = Path(frame.filename)
    file = path.relative_to(root) if path.is_relative_to(root) else path
    return f"`{frame.line}` in {file}, line {frame.lineno}"


def _refused(what: str, function: Any, exercise: Exercise, seeds: Sequence[int]) -> Iterator[str]:
    """One sentence if an answer that is right does not have full marks on every seed."""
    verdicts = {seed: _verdict(exercise, function, seed) for seed in seeds}
    failed = [seed for seed, verdict in verdicts.items() if not verdict.passed]
    if failed:
        yield f"{what} is refused {_on(failed, seeds)}: {_why(verdicts[failed[0]])}"


def _unnamed(
    version: Version, function: Any, exercise: Exercise, seeds: Sequence[int]
) -> Iterator[str]:
    """What is wrong with a misconception: it passes, or something else is said of it."""
    what = f"the misconception {version.name!r}"
    verdicts = {seed: _verdict(exercise, function, seed) for seed in seeds}
    if passing := [seed for seed, v in verdicts.items() if v.points >= exercise.points]:
        yield (
            f"{what} is not caught {_on(passing, seeds)}: add a case in which it gives "
            "something else"
        )
    unnamed = {
        seed: v.problem
        for seed, v in verdicts.items()
        if v.problem is not None and v.problem.misconception != version.message
    }
    if unnamed:
        problem = next(iter(unnamed.values()))
        taken = [v.name for v in exercise.misconceptions if v.message == problem.misconception]
        if taken:
            why = f"it does the same as {taken[0]!r}: add a case in which they differ"
        elif problem.stage == "raised":
            why = f"its text, with nothing but np around it, fails: {problem.headline}"
        else:
            why = f"{problem.headline} Does it give the same each time that it is called?"
        yield f"{what} is not recognised {_on(list(unnamed), seeds)}: {why}"


def look_at_master(exercise: Exercise, seeds: Sequence[int], result: Trial) -> None:
    """Try the exercise's cells in the master; the answer over the seeds, if there are any."""
    name = exercise.notebook
    if not master(name).exists():
        result.faults.append(f"there is no {SOLUTIONS}/{name}/{name}.ipynb: write that notebook")
        return
    notebook = nbformat.read(master(name), as_version=4)
    solution, check = (of(notebook, exercise.id) for of in (solution_cell, check_cell))
    if solution is None or check is None:
        missing = "that defines it, with its SOLUTION marks" if solution is None else "alone"
        lacks = f'check("{exercise.id}", {exercise.id})' if solution is not None else "a cell"
        result.faults.append(f"{name} lacks {lacks} {missing}: autograder edit {name[:2]}")
        return
    source = notebook.cells[solution].source
    stub = as_stub(source)
    result.add(
        stub_faults(source, exercise), "its stub has the same arguments, a docstring and an example"
    )
    result.add(
        _cell_faults(notebook, solution, check, exercise), "its hint stands before its check"
    )
    if entry.TODO in source:
        return
    code = [cell.source for cell in notebook.cells if cell.cell_type == "code"]
    names = definitions(code, name, check=lambda *_: None)
    try:
        for text in (stub, source) if not exercise.is_quiz else (source,):
            exec(compile(text, f"the cell of {exercise.id}", "exec"), names)
            if text is stub and seeds:
                card = as_text(_verdict(exercise, names[exercise.id]))
                result.cards.insert(0, ("the stub", card))
    except SyntaxError:
        return  # said of the stub
    except Exception as error:
        result.faults.append(f"the cell of {exercise.id} in {name} does not run: {_said(error)}")
        return
    if seeds:
        found = _refused("the answer in the notebook", names[exercise.id], exercise, seeds)
        result.add(found, f"the answer in the notebook has full marks over {len(seeds)} seeds")
    if not exercise.is_quiz and ">>>" in source:
        elsewhere = all_names(notebook)
        differing = example_faults(source, exercise, names, elsewhere)
        if not differing and not entry.is_unwritten(exercise.reference):
            of_reference = {**names, exercise.id: exercise.reference}
            differing = [
                f"{fault} (the reference; the answer in the notebook agrees)"
                for fault in example_faults(source, exercise, of_reference, elsewhere)
            ]
        result.add(differing, "the example in the docstring is what the answer gives")


def _cell_faults(notebook: Any, solution: int, check: int, exercise: Exercise) -> Iterator[str]:
    name, cells = exercise.notebook, notebook.cells
    if check < solution:
        yield f"{name} checks {exercise.id} before it is written: move the check behind its cell"
    between = cells[solution + 1 : check]
    if not exercise.is_quiz and not any("<summary>Hint</summary>" in c.source for c in between):
        yield (
            f"{exercise.id} needs a folded hint between its cell and its check: "
            "<details><summary>Hint</summary> … </details>"
        )
    for cell in cells:
        if entry.TODO in cell.source and cell is not cells[solution]:
            line = next(line for line in cell.source.splitlines() if entry.TODO in line)
            yield f"{name} still says {line.strip()!r}"


def _unread(entries: exercises.Entries, exercise_id: str, report: Callable[[str], None]) -> Trial:
    """There is no such exercise: is there a file that should have held it?"""
    about = [
        fault
        for fault in entries.faults
        if fault.exercise_id == exercise_id or fault.file.endswith(f"/{exercise_id}.py")
    ]
    about = about or [fault for fault in entries.faults if not fault.exercise_id]
    if not about:
        near = difflib.get_close_matches(exercise_id, entries.exercises, n=1, cutoff=0.5)
        hint = f"did you mean {near[0]}?" if near else "`autograder new` begins one"
        raise ValueError(f"there is no exercise {exercise_id}: {hint}")
    result = Trial(exercise_id, faults=[str(fault) for fault in about])
    report(f"{exercise_id}  (not read yet)")
    for line in result.faults:
        report(f"  ✗ {line}")
    report(_conclusion(result, ""))
    return result


def _described(exercise: Exercise) -> str:
    groups = len(exercise.groups)
    return (
        f"{exercise.points:g} points for {groups} group{'s' * (groups != 1)} of cases, "
        f"{len(exercise.misconceptions)} misconceptions, {len(exercise.equivalents)} equivalents"
    )


def _conclusion(result: Trial, notebook: str) -> str:
    if result.faults:
        number = len(result.faults)
        return f"\n{result.exercise_id}: {number} thing{'s' * (number != 1)} to mend"
    short = notebook[:2]
    return (
        f"\n{result.exercise_id}: nothing to mend. Next:  autograder build {short}"
        f" && autograder release {short} && autograder guide"
    )


def _on(seeds: Sequence[int], of: Sequence[int]) -> str:
    if len(seeds) == len(of):
        return "on every seed"
    first = f"on seed {seeds[0]}"
    return first if len(seeds) == 1 else f"{first} and {len(seeds) - 1} more of {len(of)}"


def _why(verdict: Verdict) -> str:
    problem = verdict.problem
    assert problem is not None
    rows = ", ".join(f"{label} {text}" for label, text in problem.evidence)
    return f"{problem.headline} ({rows})" if rows else problem.headline


def _failed(failure: Failure) -> str:
    line = f" at `{failure.line}`" if failure.line else ""
    return f"{failure.type_name}: {failure.message}{line}"


def _said(error: Exception) -> str:
    return f"{type(error).__name__}: {error}"
