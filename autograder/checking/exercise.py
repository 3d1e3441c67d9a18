"""An exercise is data: what is asked, how it is measured, and how people get it wrong.

An author writes one entry, in ``autograder/exercises/``, from top to bottom::

    momentum_step = Exercise(
        "momentum_step",
        reference=optimizers.momentum_step,
        outputs=("theta", "v"),
        hint="First the velocity, then the parameters, with the *new* velocity.",
        minutes=6,
        difficulty=2,
    )

    @momentum_step.cases("several steps", points=2)
    def _(rng): ...                       # -> list of Case

    @momentum_step.misconception("memory dropped", "Your v is (1-β)·g only: where is βv?")
    def _(theta, v, grad, lr, beta): ...  # a wrong implementation

    @momentum_step.equivalent("in the other order")
    def _(theta, v, grad, lr, beta): ...  # a right one, written another way

Misconceptions and equivalents use nothing but ``np`` and what they define themselves: their text
is also pasted into the notebooks of the sample class.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Any, TypeVar

import numpy as np

from autograder.checking import entry
from autograder.checking.compare import STAGES, Difference, Tolerance, first_difference
from autograder.checking.drive import Call, Failure, Instance, Outcome, Plain, read_value, run
from autograder.checking.recorded import Recorded

F = TypeVar("F", bound=Callable[..., Any])


@dataclass(frozen=True)
class Case:
    """One script of calls, and the functions that answer its oracles.

    Attributes:
        label: what is tried, as a person would say it: ``"one row"``.
        script: the calls, plain data.
        oracles: for each :class:`~autograder.checking.drive.Oracle` in the script, the function
            behind it.
        parts: the outputs that count; all if there are none.
        deciding: how many of the calls decide; all if it is None. What those behind them do only
            tells the cause, so nothing in them costs a point.
    """

    label: str
    script: Sequence[Call]
    oracles: Mapping[str, Callable[..., Any]] = field(default_factory=dict)
    parts: tuple[int, ...] = field(default=(), kw_only=True)
    deciding: int | None = field(default=None, kw_only=True)

    def ask(self, name: str, arguments: tuple[Plain, ...]) -> Plain:
        return self.oracles[name](*arguments)

    def stored(self, misconceptions: Sequence[Version]) -> Case:
        """The case as a class gets it, where misconceptions are only what they do."""
        return self

    def run(self, function: Any) -> list[Outcome]:
        if isinstance(function, Recorded):
            return function.outcomes(self)
        return run(function, self.script, self.ask) if self.script else read_value(function)


# (case, outcomes of the reference, outcomes of the student) -> the first difference, or None
Compare = Callable[[Case, Sequence[Outcome], Sequence[Outcome]], Difference | None]


@dataclass(frozen=True)
class Group:
    """Cases that earn their points together: all of them, or none."""

    name: str
    points: float
    make: Callable[[np.random.Generator], list[Case]]


@dataclass(frozen=True)
class Version:
    """A named implementation, wrong (with what to tell a student) or right."""

    name: str
    function: Any
    message: str = ""


@dataclass(eq=False)  # an exercise is itself: its identity keys the cache of answers
class Exercise:
    """One graded exercise.

    Attributes:
        id: the name that the student defines, and the ``grade_id`` of its solution cell.
        reference: the right function, or the right value for a quiz.
        outputs: names of what is returned, if it is several things.
        hint: one sentence that helps a student who is stuck, whatever is wrong.
        minutes: what a student who has read the text needs for it.
        difficulty: from 1, a formula to type, to 5, think before you type.
        tolerance: how close numbers must be.
        compare: how outcomes are compared where there is more than one right answer;
            by default each call's value is held against the reference's.
        notebook: set by the registry, from the module's ``NOTEBOOK``.
        siblings: set by the registry: the other exercises of its notebook.
        elsewhere: in a class's edition, why it is checked only where it is handed in.
        made_from: in a class's edition, the exercise whose answer its check is made from.
    """

    id: str
    reference: Any
    outputs: tuple[str, ...] = ()
    hint: str = ""
    minutes: int = field(kw_only=True)
    difficulty: int = field(kw_only=True)
    tolerance: Tolerance = field(default_factory=Tolerance)
    compare: Compare | None = None
    notebook: str = ""
    siblings: Sequence[Exercise] = field(default=(), repr=False)
    elsewhere: str = field(default="", kw_only=True)
    made_from: str = field(default="", kw_only=True)
    groups: list[Group] = field(default_factory=list)
    misconceptions: list[Version] = field(default_factory=list)
    equivalents: list[Version] = field(default_factory=list)

    def __post_init__(self) -> None:
        for made in _listening:
            made.append(self)

    @property
    def points(self) -> float:
        return sum(group.points for group in self.groups)

    @property
    def is_quiz(self) -> bool:
        return not callable(self.reference)

    @property
    def letters(self) -> tuple[str, ...]:
        """The answers that a quiz offers."""
        return tuple(sorted({self.reference, *(v.function for v in self.misconceptions)}))

    @property
    def parameters(self) -> tuple[str, ...]:
        """Names of the arguments, from the reference's signature."""
        return () if self.is_quiz else entry.parameters(self.reference)

    @property
    def signature(self) -> str:
        """How it is called: ``conv2d(X, W, b, stride=1, pad=0)``."""
        shown = [
            p.name if p.default is p.empty else f"{p.name}={p.default!r}"
            for p in inspect.signature(self.reference).parameters.values()
        ]
        return f"{self.id}({', '.join(shown)})"

    def faults(self) -> list[str]:
        """What is wrong with the entry, as far as it shows without running: one sentence each."""
        return [f"{self.id} {fault}" for fault in entry.faults(self)]

    def cases(self, name: str, points: float) -> Callable[[F], F]:
        """Register a group of cases: a function ``rng -> list of Case``."""

        def register(make: F) -> F:
            self._keep_its_name(make)
            self.groups.append(Group(name, points, make))
            return make

        return register

    def misconception(self, name: str, message: str) -> Callable[[F], F]:
        """Register a wrong implementation, and what to tell a student who has it."""

        def register(function: F) -> F:
            self._keep_its_name(function)
            self.misconceptions.append(Version(name, function, message))
            return function

        return register

    def equivalent(self, name: str) -> Callable[[F], F]:
        """Register a right implementation that is written another way."""
        if not isinstance(name, str):
            raise ValueError(f'{self.id}: write @{self.id}.equivalent("its name"), with a name')

        def register(function: F) -> F:
            self._keep_its_name(function)
            self.equivalents.append(Version(name, function))
            return function

        return register

    def _keep_its_name(self, function: Any) -> None:
        if getattr(function, "__name__", "") == self.id:
            raise ValueError(
                f"{self.id} must stay the exercise: call its cases and versions `_`, because "
                f"`def {self.id}` takes the name away"
            )

    def difference(
        self, case: Case, expected: Sequence[Outcome], got: Sequence[Outcome]
    ) -> Difference | None:
        """What is wrong with the outcomes of one case: the first call that is off; or None."""
        for step, outcome in enumerate(got[: case.deciding]):
            found = self._differences_of_a_call(expected[step], outcome)
            if found:
                first = min(found, key=lambda d: STAGES.index(d.stage))
                return _at_step(first, step, case.script[: case.deciding])
        return self.compare(case, expected, got) if self.compare else None

    def _differences_of_a_call(self, expected: Outcome, got: Outcome) -> list[Difference]:
        if got.failure is not None:
            return [_raised(got.failure)]
        found = []
        if got.changed:
            found.append(Difference("changed", where=self._argument(got.changed[0])))
        if got.value is None and expected.value is not None:
            found.append(Difference("returned nothing"))
        elif self.compare is None or isinstance(expected.value, Instance):
            difference = first_difference(
                expected.value, got.value, names=self.outputs, tolerance=self.tolerance
            )
            found += [difference] if difference else []
        return found

    def _argument(self, place: int | str) -> str:
        """The parameter that is meant; empty if it is none, for a process may say what it likes."""
        if isinstance(place, int) and 0 <= place < len(self.parameters):
            return self.parameters[place]
        return place if place in self.parameters else ""


_listening: list[list[Exercise]] = []


@contextmanager
def made_meanwhile() -> Iterator[list[Exercise]]:
    """The exercises that come into being inside the block."""
    made: list[Exercise] = []
    _listening.append(made)
    try:
        yield made
    finally:
        _listening.remove(made)


def quiz(id: str, *, answer: str, points: float = 1, **because: str) -> Exercise:
    """A question with letters for answers; ``because`` says for each wrong letter why it is not."""
    exercise = Exercise(id, reference=answer, minutes=3, difficulty=2)
    exercise.cases("your letter", points)(lambda rng: [Case("your letter", ())])
    for letter, message in because.items():
        exercise.misconceptions.append(Version(f"answer {letter}", letter, message))
    return exercise


def _raised(failure: Failure) -> Difference:
    if failure.cause == "not written":
        return Difference("not written", got=failure.function)
    line = ""
    if failure.line_number is not None:
        cell = f"the cell of {failure.cell}" if failure.cell else "its cell"
        line = f"line {failure.line_number} of {cell}: {failure.line}"
    message = failure.message.rstrip()
    said = f": {message.removesuffix('.')}" if message else ""
    return Difference("raised", where=line, got=f"{failure.type_name}{said}")


def _at_step(difference: Difference, step: int, script: Sequence[Call]) -> Difference:
    if len(script) <= 1 or difference.stage == "changed":
        return difference
    call = script[step]
    if call.attribute and difference.stage == "returned nothing":
        difference = replace(difference, stage="value")  # never set: no `return` is missing
    of_what = f" (.{call.method or call.attribute})" if call.method or call.attribute else ""
    if call.method == "__call__":
        of_what = " (of the function that was returned)"
    where = f"call {step + 1} of {len(script)}{of_what}"
    return replace(difference, where=where + (f", {difference.where}" if difference.where else ""))
