"""Store exercises without their answers; :mod:`autograder.checking.stored` reads them."""

from __future__ import annotations

import io
import json
import random
import zlib
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, fields, replace
from typing import Any

import numpy as np

from autograder.checking.answer_key import PUBLIC_SEED, answer_key
from autograder.checking.drive import Outcome
from autograder.checking.exercise import Case, Exercise, Version
from autograder.checking.made_from import MadeFrom
from autograder.checking.recorded import Numbers, encode
from autograder.desk.slices import RefusedError, Slice

MOST = (
    60_000  # bytes of what one misconception returns, compressed: large random draws are not kept
)


@dataclass
class Stored:
    """What is handed out of one exercise.

    Attributes:
        about: its entry in ``index.json``.
        files: name → content, of its data and of the code that belongs to it.
        borrowed: functions of the reference that this code imports, ``(module, name)``.
        unnamed: misconceptions whose outcomes are too large to be stored.
    """

    about: dict[str, Any]
    files: dict[str, bytes] = field(default_factory=dict)
    borrowed: set[tuple[str, str]] = field(default_factory=set)
    unnamed: list[str] = field(default_factory=list)


def store(
    exercise: Exercise,
    may_borrow: Callable[[str, str], bool],
    is_answer: Callable[[str], bool],
    reference: str = "",
) -> Stored:
    """What can be handed out of an exercise.

    Args:
        exercise: a complete one.
        may_borrow: whether the code of a check may import a function, by its module and name.
        is_answer: whether a text has a line of an answer in it.
        reference: the place of the right function, ``"reference_impl.ewma:ewma"``, if that may be
            handed out because its notebook is closed.
    """
    stored = Stored(_about(exercise, reference))
    if exercise.is_quiz:
        stored.about["reference"] = exercise.reference
        stored.about["misconceptions"] = [
            [v.name, v.function, v.message] for v in exercise.misconceptions
        ]
        stored.files |= _data(exercise.id, [()], [[_quiz_case(exercise)]], {})
        return stored
    try:
        _store_cases(stored, exercise, may_borrow, is_answer)
    except RefusedError as error:
        nothing = {"code": False, "misconceptions": [], "made_from": ""}
        stored.about |= {"elsewhere": str(error), **nothing}
        stored.files.clear()
        stored.borrowed.clear()
    return stored


def _about(exercise: Exercise, reference: str) -> dict[str, Any]:
    return {
        "id": exercise.id,
        "notebook": exercise.notebook,
        "outputs": list(exercise.outputs),
        "hint": exercise.hint,
        "minutes": exercise.minutes,
        "difficulty": exercise.difficulty,
        "tolerance": [exercise.tolerance.rtol, exercise.tolerance.atol],
        "groups": [[group.name, group.points] for group in exercise.groups],
        "misconceptions": [[v.name, v.message] for v in exercise.misconceptions],
        "parameters": list(exercise.parameters),
        "signature": "" if exercise.is_quiz else exercise.signature,
        "quiz": exercise.is_quiz,
        "code": False,
        "elsewhere": "",
        "made_from": "",
        "reference": reference,
    }


def _quiz_case(exercise: Exercise) -> dict[str, Any]:
    [[case]] = answer_key(exercise, PUBLIC_SEED).cases
    return {"kind": "Case", "label": case.label, "script": 0, "oracles": {}}


def _store_cases(
    stored: Stored,
    exercise: Exercise,
    may_borrow: Callable[[str, str], bool],
    is_answer: Callable[[str], bool],
) -> None:
    key = answer_key(exercise, PUBLIC_SEED)
    made_from = {c.other for group in key.cases for c in group if isinstance(c, MadeFrom)}
    stored.about["made_from"] = "".join(made_from)
    code = Slice(exercise, may_borrow)
    scripts: dict[int, Case] = {}  # by identity: a case that groups share is stored once
    groups = []
    for group in key.cases:
        groups.append([_case(c, scripts, code, exercise.misconceptions) for c in group])
    if exercise.compare is not None:
        code.add("compare", exercise.compare)
    if source := code.source():
        if is_answer(source):
            raise RefusedError("its comparison has a line of an answer in it")
        stored.files[f"{exercise.id}.py"] = source.encode()
        stored.about["code"] = True
    stored.borrowed = code.borrowed
    expected = {id(c.script): o for cs, os in zip(key.cases, key.expected, strict=True)
                for c, o in zip(cs, os, strict=True)}  # fmt: skip
    outcomes = {"": [_bare(expected[place], made_from) for place in scripts]}
    for version in exercise.misconceptions:
        with _repeatable():
            ran = [_bare(key.outcomes_of(version, case), made_from) for case in scripts.values()]
        if _size(ran) <= MOST:
            outcomes[version.name] = ran
        else:
            stored.unnamed.append(version.name)
    calls = [tuple(case.script) for case in scripts.values()]
    stored.files |= _data(exercise.id, calls, groups, outcomes)


def _case(
    case: Case, scripts: dict[int, Case], code: Slice, misconceptions: Sequence[Version]
) -> dict[str, Any]:
    first = scripts.setdefault(id(case.script), case)
    if case.oracles is not first.oracles and (case.oracles or first.oracles):
        raise RefusedError("two of its cases share their calls, and not their functions")
    case = case.stored(misconceptions)
    about: dict[str, Any] = {
        "kind": "Case" if type(case) is Case else code.named(type(case)),
        "label": case.label,
        "script": list(scripts).index(id(case.script)),
        "oracles": {name: code.named(function) for name, function in case.oracles.items()},
    }
    functions: dict[str, str | dict[str, str]] = {}
    for part in fields(case):
        value = getattr(case, part.name)
        if part.name in ("label", "script", "oracles") or not value:
            continue
        if callable(value):
            functions[part.name] = code.named(value)
        elif isinstance(value, dict) and all(map(callable, value.values())):
            functions[part.name] = {name: code.named(made) for name, made in value.items()}
        else:
            about[part.name] = value
    return about | ({"functions": functions} if functions else {})


def _bare(outcomes: Sequence[Outcome], made_from: Collection[str]) -> list[Outcome]:
    """Without the lines in which a version failed.

    What it asked of functions that are made from another answer is the answer here: which arguments
    tell a right function from a wrong one. Only how often it asked is kept.
    """
    bare = []
    for outcome in outcomes:
        if outcome.failure:
            gone = {"message": "", "line": "", "line_number": None, "function": ""}
            outcome = replace(outcome, failure=replace(outcome.failure, **gone))  # type: ignore[arg-type]
        if made_from:
            outcome = replace(outcome, asked=tuple((name, ()) for name, _ in outcome.asked))
        bare.append(outcome)
    return bare


def _size(ran: list[list[Outcome]]) -> int:
    """The bytes that outcomes take, compressed."""
    numbers = Numbers()
    text = json.dumps(encode(ran, numbers)).encode()
    return sum(
        len(zlib.compress(part)) for part in (text, *(a.tobytes() for a in numbers.flat().values()))
    )


def _data(
    name: str, scripts: list[Any], groups: list[Any], outcomes: dict[str, Any]
) -> dict[str, bytes]:
    """The two files of an exercise."""
    numbers = Numbers()
    try:
        text = {
            part: encode(value, numbers)
            for part, value in (("scripts", scripts), ("groups", groups), ("outcomes", outcomes))
        }
    except TypeError:
        raise RefusedError("its cases hold more than plain data") from None
    file = io.BytesIO()
    flat = numbers.flat()
    np.savez_compressed(file, **{f"n{i}": array for i, array in enumerate(flat.values())})  # type: ignore[arg-type]
    header = json.dumps(text, separators=(",", ":"), ensure_ascii=False)
    return {f"{name}.json": header.encode(), f"{name}.npz": file.getvalue()}


@contextmanager
def _repeatable() -> Iterator[None]:
    """A wrong version that draws from a generator without a seed draws the same here every time."""
    kept, state, python = np.random.default_rng, np.random.get_state(), random.getstate()
    np.random.default_rng = lambda seed=None: kept(0 if seed is None else seed)
    np.random.seed(0)
    random.seed(0)
    try:
        yield
    finally:
        np.random.default_rng = kept
        np.random.set_state(state)
        random.setstate(python)


def index(stored: Sequence[Stored]) -> bytes:
    """The content of ``index.json``."""
    return json.dumps([one.about for one in stored], indent=1, ensure_ascii=False).encode()
