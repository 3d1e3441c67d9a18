"""Call a student's function, and say in plain data what happened.

Everything that goes in and everything that comes out is plain: numbers, strings, NumPy arrays, and
lists, tuples and dicts of them. This module knows neither the reference nor the checks, so it can
run in a process of its own; the part that compares never sees the function.

A *script* is a list of :class:`Call`. An argument is a plain value or a marker:

==================  =================================================================
``Previous(i)``     output ``i`` of the call before (``Previous()``: all of it), so
                    that a step function walks along its own trajectory
``Rng(seed)``       a fresh ``numpy.random.default_rng(seed)``
``Oracle(name)``    a function whose values are given from outside, through ``ask``; a generator
                    that it is called with arrives there as an ``Rng``, its seed drawn from it
``Graph(nodes)``    the last of these nodes, each with ``.parents``, ``.grad``, ``.backward()``
==================  =================================================================
"""

from __future__ import annotations

import contextlib
import inspect
import io
import linecache
import math
import os
import sysconfig
import warnings
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from types import CodeType
from typing import Any, Literal

import numpy as np

Plain = Any  # None, bool, int, float, str, ndarray, or a tuple, list or dict of them
Ask = Callable[[str, tuple[Plain, ...]], Plain]

Cause = Literal[
    "raised",  # an exception in the student's code
    "not written",  # the stub's NotImplementedError
    "interrupted",  # by a KeyboardInterrupt
    "absent",  # no such name in the notebook
    "not callable",
    "unsendable",  # what it returned cannot be sent to another process
    "limit",  # a limit of the judge's; only the judge's side says so
]

_ROOT = str(Path(__file__).parents[2])

# Where the files are that a student did not write: the standard library, NumPy, a debugger's stubs.
_LIBRARIES = (
    *{sysconfig.get_path(name) for name in ("stdlib", "platstdlib", "purelib", "platlib")},
    "<__array_function__",
    "<frozen",
    # Ours: an error inside the reference is at the student's line that called it.
    *(os.path.join(_ROOT, package, "") for package in ("autograder", "reference_impl")),
)
_COMPILED = (".pyx", ".pxd")  # NumPy's random generators: Cython names its sources, without a path

_TOO_LARGE = 2**63  # for a whole number in an array
MAX_ITEMS = 100_000  # taken from an iterator that a student returns; an endless one must end


@dataclass(frozen=True)
class Previous:
    """Output ``index`` of the call before; all of it if ``index`` is None."""

    index: int | None = None


@dataclass(frozen=True)
class Rng:
    """A fresh random generator."""

    seed: int


@dataclass(frozen=True)
class Oracle:
    """A function argument, answered from outside: ``ask(name, arguments)``.

    If it has the names of its ``parameters``, it can also be called by keyword.
    """

    name: str
    parameters: tuple[str, ...] = ()


# Name, value and gradient of a node, and for each parent its place among the nodes and the slope.
NodeData = tuple[str, Plain, Plain, tuple[tuple[int, Plain], ...]]


@dataclass(frozen=True)
class Graph:
    """What a computation left behind: the argument is its last node, and the rest hangs on that.

    Attributes:
        nodes: each after its parents. ``.backward()`` adds slope · gradient to each parent's
            gradient. A node that comes back is its name.
        filled: the outcome's value is what the call leaves in the nodes, ``{"x.grad": gradient}``,
            and not what it returns.
    """

    nodes: tuple[NodeData, ...]
    filled: bool = False


class GraphNode:
    """A node of a :class:`Graph`, as a student's function meets it."""

    def __init__(
        self, name: str, value: Plain, grad: Plain, parents: tuple[GraphNode, ...], slopes: Plain
    ) -> None:
        self.value, self.grad, self.parents = value, grad, parents
        self._name, self._slopes = name, slopes

    def backward(self) -> None:
        for parent, slope in zip(self.parents, self._slopes, strict=True):
            parent.grad = parent.grad + slope * self.grad

    def __repr__(self) -> str:
        return self._name


def nodes_of(graph: Graph) -> list[GraphNode]:
    """The nodes, made anew."""
    made: list[GraphNode] = []
    for name, value, grad, edges in graph.nodes:
        parents = tuple(made[place] for place, _ in edges)
        made.append(GraphNode(name, plain(value), plain(grad), parents, [s for _, s in edges]))
    return made


@dataclass(frozen=True)
class Call:
    """One call. ``method`` calls that method of what the first call returned.

    ``attribute`` reads that attribute of it, and takes no arguments.
    """

    args: tuple[Any, ...] = ()
    kwargs: dict[str, Any] = field(default_factory=dict)
    method: str | None = None
    attribute: str | None = None


@dataclass(frozen=True)
class Foreign:
    """Stands for a value that is not plain data: only its type's name crosses."""

    type_name: str


@dataclass(frozen=True)
class Instance:
    """Stands for an object that has the methods that the script calls: they show what it is."""

    methods: tuple[str, ...]


@dataclass(frozen=True)
class Failure:
    """Why there is no value.

    Attributes:
        type_name: of the exception, if there was one; a student's own exception may have any name.
        message: what it says.
        line_number, line, function: the deepest place in the student's code.
        cause: what kind of failure it is. All decisions use this field, not the name.
        cell: the function in whose cell the line stands, if that is another cell than the one of
            the function that was called.
    """

    type_name: str
    message: str
    line_number: int | None = None
    line: str = ""
    function: str = ""
    cause: Cause = "raised"
    cell: str = ""


@dataclass(frozen=True)
class Outcome:
    """What one call did: its value or its failure, and which arguments it changed in place."""

    value: Plain = None
    failure: Failure | None = None
    changed: tuple[int | str, ...] = ()
    asked: tuple[tuple[str, tuple[Plain, ...]], ...] = ()


def plain(value: Any) -> Plain:
    """A copy of ``value`` as plain data; what cannot be copied becomes :class:`Foreign`."""
    if type(value) is int:
        return in_range(value)
    if value is None or type(value) in (bool, float, str):
        return value
    # NumPy's text, an Enum's member. A subclass may define anything anew: its base class is asked.
    if issubclass(type(value), str):
        return str.__str__(value)
    if issubclass(type(value), float):
        return float.__float__(value)
    if issubclass(type(value), int):
        return in_range(int.__int__(value))
    if isinstance(value, np.generic | np.ndarray):
        array = np.array(value, subok=False)
        if array.dtype.kind == "U" and array.shape == ():
            return array.item()  # np.where(relu, "he", "xavier")
        if array.dtype.kind not in "biuf":
            return Foreign(f"array of {array.dtype}")
        if array.dtype.kind == "f" and array.dtype.itemsize > 8:
            # np.longdouble has more digits than a check compares, and its item() is no float.
            array = array.astype(np.float64)
        return array if isinstance(value, np.ndarray) else array.item()
    if isinstance(value, tuple):
        return tuple(plain(item) for item in value)
    if isinstance(value, list):
        return [plain(item) for item in value]
    if isinstance(value, dict):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, Iterator | range):  # where a list is asked for: it has the same values
        return [plain(item) for item in islice(value, MAX_ITEMS)]
    if type(value) is GraphNode:
        return repr(value)
    return Foreign(type(value).__name__)


def in_range(number: float) -> float:
    """A whole number that no array can hold becomes a float, which is infinite if need be."""
    if isinstance(number, float) or -_TOO_LARGE <= number < _TOO_LARGE:
        return number
    try:
        return float(number)
    except OverflowError:
        return math.inf if number > 0 else -math.inf


def read_value(value: Any) -> list[Outcome]:
    """The outcome of an exercise that is a value and not a function (a quiz)."""
    try:
        return [Outcome(value=plain(value))]
    except Exception:  # a list that holds itself, an object that answers nothing
        return [Outcome(value=Foreign(type(value).__name__))]


def run(function: Callable[..., Any], script: Sequence[Call], ask: Ask) -> list[Outcome]:
    """Run ``script`` with ``function``; the outcomes end at the first failure.

    Output, warnings and NumPy's floating-point complaints of the student's code are swallowed.
    """
    outcomes: list[Outcome] = []
    methods = tuple(dict.fromkeys(call.method for call in script if call.method))
    instance: Any = None
    value: Any = None
    for call in script:
        outcome, value = _one_call(_target(function, instance, call), call, value, ask, methods)
        if instance is None:
            instance, methods = value, ()
        outcomes.append(outcome)
        if outcome.failure is not None:
            break
    return outcomes


def _target(function: Callable[..., Any], instance: Any, call: Call) -> Callable[..., Any]:
    """What a call calls. The attribute is looked up later: that may run the student's code."""
    if call.attribute:
        return lambda: getattr(instance, str(call.attribute))
    if call.method:
        return lambda *args, **kwargs: getattr(instance, str(call.method))(*args, **kwargs)
    return function


def _one_call(
    target: Callable[..., Any], call: Call, previous: Any, ask: Ask, methods: tuple[str, ...] = ()
) -> tuple[Outcome, Any]:
    asked: list[tuple[str, tuple[Plain, ...]]] = []
    filled: list[GraphNode] = []

    def resolve(argument: Any) -> Any:
        match argument:
            case Previous(index=None):
                return plain(previous)
            case Previous(index=int(i)):
                # A missing output is reported where it was due, one call earlier.
                there = isinstance(previous, tuple | list) and i < len(previous)
                return plain(previous[i]) if there else None
            case Rng(seed=seed):
                return np.random.default_rng(seed)
            case Oracle():
                return _oracle(argument, ask, asked)
            case Graph():
                nodes = nodes_of(argument)
                if argument.filled:
                    filled.extend(nodes)
                return nodes[-1]
            case list():
                return [resolve(item) for item in argument]
            case _:
                return plain(argument)

    args = [resolve(a) for a in call.args]
    kwargs = {k: resolve(v) for k, v in call.kwargs.items()}
    before_args, before_kwargs = plain(args), plain(kwargs)
    try:
        with _quietly():
            value = target(*args, **kwargs)
            result = plain({f"{n!r}.grad": n.grad for n in filled} if filled else value)
            if methods and all(callable(getattr(value, name, None)) for name in methods):
                result = Instance(methods)
            if isinstance(value, Iterator):  # consumed by now: the copy stands for it
                value = result
            changed: list[int | str] = []
            changed += [i for i, a in enumerate(args) if _is_changed(a, before_args[i])]
            changed += [k for k, a in kwargs.items() if _is_changed(a, before_kwargs[k])]
    except BaseException as error:  # what a student raises may be no Exception
        return Outcome(failure=_failure(error), asked=tuple(asked)), None
    return Outcome(value=result, changed=tuple(changed), asked=tuple(asked)), value


def _is_changed(argument: Any, before: Plain) -> bool:
    """Whether an argument is another one than before; so is one that cannot be read any more."""
    try:
        return not _same(plain(argument), before)
    except Exception:  # a list that was put into itself
        return True


def _oracle(
    oracle: Oracle, ask: Ask, asked: list[tuple[str, tuple[Plain, ...]]]
) -> Callable[..., Any]:
    keywords = inspect.Parameter.POSITIONAL_OR_KEYWORD
    signature = inspect.Signature([inspect.Parameter(p, keywords) for p in oracle.parameters])

    def function(*args: Any, **kwargs: Any) -> Any:
        if oracle.parameters:
            args = signature.bind(*args, **kwargs).args
        elif kwargs:
            raise TypeError(f"{oracle.name}() takes its arguments by position")
        arguments = tuple(_question(a) for a in args)
        asked.append((oracle.name, arguments))
        return ask(oracle.name, arguments)

    # An error speaks of step(), not of us.
    function.__name__ = function.__qualname__ = oracle.name
    return function


def _question(argument: Any) -> Plain:
    """What an oracle gets in place of an argument. Two calls with one generator give two seeds."""
    if isinstance(argument, np.random.Generator):
        return Rng(int(argument.integers(2**63)))
    return plain(argument)


@contextlib.contextmanager
def _quietly() -> Iterator[None]:
    """No print and no warning may cost a point, and nbgrader fails a cell that wrote to stderr."""
    sink = io.StringIO()
    with (
        contextlib.redirect_stdout(sink),
        contextlib.redirect_stderr(sink),
        warnings.catch_warnings(),
        np.errstate(all="ignore"),
    ):
        warnings.simplefilter("ignore")
        yield


def _failure(error: BaseException) -> Failure:
    """The failure, with the deepest line that the student wrote."""
    try:
        message = str.__str__(str(error))
    except KeyboardInterrupt as stop:
        error, message = stop, ""
    except BaseException:  # its text is the student's own code too
        message = ""
    first = place = None
    trace = error.__traceback__
    while trace is not None:
        filename = trace.tb_frame.f_code.co_filename
        if filename == __file__ and place is not None:
            break  # inside an oracle: the line that called it is the student's
        library = filename.startswith(_LIBRARIES) or filename.endswith(_COMPILED)
        if filename != __file__ and not library:
            first, place = first or trace, trace
        trace = trace.tb_next
    name, cause = type(error).__name__, _cause(error)
    if first is None or place is None:
        return Failure(name, message, cause=cause)
    code = place.tb_frame.f_code
    line = linecache.getline(code.co_filename, place.tb_lineno).strip()
    same_cell = code.co_filename == first.tb_frame.f_code.co_filename
    cell = "" if same_cell else _written_as(code)
    return Failure(name, message, place.tb_lineno, line, code.co_name, cause, cell)


def _written_as(code: CodeType) -> str:
    """The function that a person sees: not the comprehension or the lambda inside it."""
    names = [part for part in code.co_qualname.split(".") if not part.startswith("<")]
    return names[-1] if names else code.co_name


def _cause(error: BaseException) -> Cause:
    if isinstance(error, NotImplementedError):
        return "not written"
    return "interrupted" if isinstance(error, KeyboardInterrupt) else "raised"


def _same(a: Plain, b: Plain) -> bool:
    if isinstance(a, np.ndarray) and isinstance(b, np.ndarray):
        return a.shape == b.shape and bool(np.array_equal(a, b, equal_nan=a.dtype.kind == "f"))
    if isinstance(a, list | tuple) and isinstance(b, list | tuple):
        return len(a) == len(b) and all(_same(x, y) for x, y in zip(a, b, strict=True))
    if isinstance(a, dict) and isinstance(b, dict):
        return a.keys() == b.keys() and all(_same(a[k], b[k]) for k in a)
    return type(a) is type(b) and (a == b or a != a)
