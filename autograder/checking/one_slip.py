"""One slip in the right code: the programs that differ from a right one in a single place.

Most wrong answers are a right formula with one thing amiss: a factor, a root, a sign, a variable, a
bracket, an axis. The right programs of an exercise are known, the reference and its equivalents. So
the slips can be *made*, and run on the cases. If one of them does what the answer does wherever the
answer is wrong, the student is told what it looks like.
"""

from __future__ import annotations

import ast
import contextlib
import inspect
import textwrap
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import islice, pairwise
from types import CodeType
from typing import Any

from autograder.checking.answer_key import numbers_in
from autograder.checking.exercise import Exercise
from autograder.checking.naming import agrees, is_comparable, is_evidence
from autograder.checking.observed import Observed

MOST = 2_500  # slips of one exercise
MOST_NODES = 150_000  # of the syntax trees of all of them: what takes time is to compile these
TURNS = 10  # times as many as the right program takes in all cases, a slip's loops may take
MOST_TURNS = 50_000
MOST_CALLS = 100  # of the functions and oracles in all cases: what costs more is not run over again
_TURN = "_turn"
LONGEST = 72  # characters of code that a message shows

Path = tuple[tuple[str, int | None], ...]
Edit = tuple[Path, ast.AST]  # a place, and what stands there instead
Change = tuple[Sequence[Edit], str]  # and what that is


@dataclass(frozen=True)
class Slip:
    """A wrong program, and how to tell a student who may have written it.

    Attributes:
        name: of what the program defines.
        code: the program. Thousands are kept: functions, each with a namespace, would be too large.
        known: the names that it may use.
        right: the syntax tree of the right program.
        edits: what the slip changes in it.
        why: what that is.
        nodes: of the syntax tree.
    """

    name: str
    code: CodeType
    known: dict[str, Any]
    right: ast.FunctionDef | ast.ClassDef
    edits: Sequence[Edit]
    why: str
    nodes: int

    @property
    def message(self) -> str:
        """To the student: put in words only for the one in thousands that is told."""
        with _edited(self.right, self.edits):
            return _message(self.right, self.edits[0][0], self.why)

    def function(self, turn: Callable[[], None]) -> Callable[..., Any] | None:
        """What the program defines; None if it does not even get there.

        Args:
            turn: is called at each turn of a loop.
        """
        scope = {**self.known, _TURN: turn}
        with contextlib.suppress(Exception):
            exec(self.code, scope)
        return scope[self.name] if scope.get(self.name) is not self.known.get(self.name) else None


class Turns:
    """Counts the turns of loops, and ends a program that takes too many."""

    def __init__(self, most: int = MOST_TURNS) -> None:
        self.taken, self.most = 0, most

    def __call__(self) -> None:
        self.taken += 1
        if self.taken > self.most:
            raise RuntimeError("this does not end")


def explain(exercise: Exercise, observed: Sequence[Observed]) -> tuple[str, Observed] | None:
    """The slip that explains every case that failed, and one of these; None if there is none."""
    failed = sorted((seen for seen in observed if seen.failed), key=_size)
    shown = next((seen for seen in failed if seen.has_values), None)
    if exercise.is_quiz or shown is None or not is_evidence(failed, failed):
        return None
    calls = sum(1 + len(outcome.asked) for seen in observed for outcome in seen.expected)
    if calls > MOST_CALLS or not is_comparable(exercise, shown):
        return None
    best, most = "", 0
    enough = _enough_turns(exercise, observed)
    for slip in slips(exercise):
        function = slip.function(Turns(enough))
        if function and all(_agrees(exercise, function, seen) for seen in failed):
            count = sum(_agrees(exercise, function, seen) for seen in observed)
            if count > most:
                best, most = slip.message, count
            if count == len(observed):
                break
    return (best, shown) if best else None


def _enough_turns(exercise: Exercise, observed: Sequence[Observed]) -> int:
    """How many turns a slip may take: one with a wrong bound would be tried for long, in vain."""
    taken = 0
    for right in _rights(exercise):
        if (program := _program(right)) and (function := program.function(turns := Turns())):
            for seen in observed:
                seen.case.run(function)
            taken = max(taken, turns.taken)
    return min(MOST_TURNS, TURNS * (taken + 10))


def _size(seen: Observed) -> int:
    return sum(numbers_in(outcome.value) for outcome in seen.expected)


def _agrees(exercise: Exercise, function: Callable[..., Any], seen: Observed) -> bool:
    return agrees(exercise, seen.case.run(function), seen)


class _Made:
    """The slips of an exercise, each made when it is first needed and then kept."""

    def __init__(self, exercise: Exercise) -> None:
        self._kept: list[Slip] = []
        self._more = islice(_affordable(_make(exercise)), MOST)

    def __iter__(self) -> Iterator[Slip]:
        yield from self._kept
        for slip in self._more:
            self._kept.append(slip)
            yield slip


@lru_cache(maxsize=8)
def slips(exercise: Exercise) -> Iterable[Slip]:
    """The slips in the right programs of an exercise."""
    return _Made(exercise)


def _make(exercise: Exercise) -> Iterator[Slip]:
    """The likely ones of all programs first."""
    for kind in (steps_and_signs, other_names, factors_too_many):
        for right in _rights(exercise):
            yield from _slips_in(right, kind)


def _rights(exercise: Exercise) -> list[Any]:
    return [exercise.reference, *(version.function for version in exercise.equivalents)]


def _affordable(slips: Iterator[Slip]) -> Iterator[Slip]:
    """As many as can be made while a student waits, the same ones on every machine."""
    nodes = 0
    for slip in slips:
        nodes += slip.nodes
        if nodes > MOST_NODES:
            return
        yield slip


def _slips_in(right: Any, kind: Callable[[Any], Iterator[Change]]) -> Iterator[Slip]:
    if (program := _program(right)) is None:
        return
    for edits, why in list(kind(program.right)):
        with _edited(program.right, edits):
            try:
                code = _compiled(program.right)
            except (SyntaxError, TypeError, ValueError):
                continue  # Python refuses the change
        yield replace(program, code=code, edits=edits, why=why)


def _program(right: Any) -> Slip | None:
    """A right program, as a slip that changes nothing; None if it has no text."""
    if (definition := _definition(right)) is None:
        return None
    inside = [right] if inspect.isfunction(right) else vars(right).values()
    function = next(filter(inspect.isfunction, inside))
    size = sum(1 for _ in ast.walk(definition))
    code = _compiled(definition)
    return Slip(definition.name, code, function.__globals__, definition, (), "", size)


def _compiled(definition: ast.FunctionDef | ast.ClassDef) -> CodeType:
    return compile(ast.Module([definition], []), "<a slip>", "exec")


def _definition(right: Any) -> ast.FunctionDef | ast.ClassDef | None:
    """A right program without decorators and docstrings; None if it has no text.

    Its loops count their turns: with a slip in it, one may never end.
    """
    try:
        [definition] = ast.parse(textwrap.dedent(inspect.getsource(right))).body
    except (OSError, TypeError, SyntaxError, ValueError):
        return None
    if not isinstance(definition, ast.FunctionDef | ast.ClassDef):
        return None
    definition.decorator_list = []
    for node in list(ast.walk(definition)):
        if isinstance(node, ast.For | ast.While):
            node.body.insert(0, ast.parse(f"{_TURN}()").body[0])
        if isinstance(node, ast.FunctionDef | ast.ClassDef) and ast.get_docstring(node) is not None:
            node.body = node.body[1:] or [ast.Pass()]
    return definition


def _message(definition: ast.AST, path: Path, why: str) -> str:
    """What the answer looks like: the changed statement, or the changed part if that is long."""
    shown = ""
    node: Any = definition
    for field, index in path:
        node = getattr(node, field) if index is None else getattr(node, field)[index]
        is_head = isinstance(node, ast.FunctionDef | ast.For | ast.If | ast.ClassDef)
        if isinstance(node, ast.stmt | ast.expr) and not is_head:
            text = ast.unparse(_without_type(node))
            if "\n" not in text and len(text) <= LONGEST:
                shown = text
                break
    if not shown or shown == "pass":
        return f"Your results come out if {why}."
    return f"Your results are those of `{shown}`: {why}."


@contextlib.contextmanager
def _edited(definition: ast.AST, edits: Sequence[Edit]) -> Iterator[None]:
    """Inside, the definition is changed; what is new gets a place in the text, as all else has."""
    held = [(path, _put(definition, path, ast.fix_missing_locations(node))) for path, node in edits]
    try:
        yield
    finally:
        for path, node in reversed(held):
            _put(definition, path, node)


def _without_type(node: ast.AST) -> ast.AST:
    """``Y = …`` for ``Y: Array = …``: students write no types."""
    if not isinstance(node, ast.AnnAssign) or node.value is None:
        return node
    return ast.copy_location(ast.Assign([node.target], node.value), node)


def _put(root: ast.AST, path: Path, node: ast.AST) -> ast.AST:
    """Put a node in a place; returns what stood there."""
    *upper, (field, index) = path
    parent: Any = root
    for name, place in upper:
        parent = getattr(parent, name) if place is None else getattr(parent, name)[place]
    held = getattr(parent, field) if index is None else getattr(parent, field)[index]
    if index is None:
        setattr(parent, field, node)
    else:
        getattr(parent, field)[index] = node
    return held  # type: ignore[no-any-return]


def steps_and_signs(definition: ast.AST) -> Iterator[Change]:
    """Single changes of an operation, a call, a number, a condition or a step."""
    for path, node in _walk(definition):
        if isinstance(node, ast.expr):
            yield from (([(path, new)], why) for new, why in _in_expression(node))
        elif isinstance(node, ast.stmt):
            yield from (([(path, new)], why) for new, why in _in_statement(node))
    for path, node in [((), definition), *_walk(definition)]:
        yield from _exchanged(path, getattr(node, "body", None))


def other_names(definition: ast.AST) -> Iterator[Change]:
    """A variable in place of another one."""
    names, barred = _data_names(definition), _not_into_itself(definition)
    for path, node in _names_read(definition, names):
        for other in names:
            if other != node.id and other not in barred.get(id(node), ()):
                why = f"`{other}` is not what belongs there"
                yield [(path, ast.Name(other, ast.Load()))], why


def _not_into_itself(definition: ast.AST) -> dict[int, set[str]]:
    """For each name in a line ``out.append(v)``: the names that must not take its place.

    ``out.append(out)`` puts a list into itself, and np.array of that takes all memory.
    """
    barred: dict[int, set[str]] = {}
    for line in ast.walk(definition):
        match line:
            case ast.Expr(ast.Call(ast.Attribute(ast.Name() as filled), args)):
                put = [n for a in args for n in ast.walk(a) if isinstance(n, ast.Name)]
                barred[id(filled)] = {name.id for name in put}
                barred |= {id(name): {filled.id} for name in put}
    return barred


def factors_too_many(definition: ast.AST) -> Iterator[Change]:
    """A variable with a factor, a power or a sign that does not belong there."""
    arguments = [node.arg for node in ast.walk(definition) if isinstance(node, ast.arg)]
    for path, node in _names_read(definition, _data_names(definition)):
        for new in _with_a_factor(node, arguments):
            yield [(path, new)], "something stands there that does not belong"


def _names_read(definition: ast.AST, names: Sequence[str]) -> Iterator[tuple[Path, ast.Name]]:
    for path, node in _walk(definition):
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load) and node.id in names:
            yield path, node


def _with_a_factor(node: ast.Name, arguments: Sequence[str]) -> Iterator[ast.expr]:
    """The value times or divided by an argument, by 1 minus it, by itself or by 2."""
    for argument in arguments:
        factor = ast.Name(argument, ast.Load())
        for by in (factor, ast.BinOp(ast.Constant(1), ast.Sub(), factor)):
            yield ast.BinOp(node, ast.Mult(), by)
            yield ast.BinOp(node, ast.Div(), by)
    yield ast.BinOp(node, ast.Pow(), ast.Constant(2))
    yield _sqrt(node)
    yield ast.BinOp(node, ast.Div(), ast.Constant(2))
    yield ast.BinOp(ast.Constant(2), ast.Mult(), node)
    yield ast.UnaryOp(ast.USub(), node)
    yield ast.BinOp(ast.Constant(1), ast.Sub(), node)


def _walk(root: ast.AST) -> Iterator[tuple[Path, ast.AST]]:
    waiting: list[tuple[Path, ast.AST]] = [((), root)]
    while waiting:
        path, node = waiting.pop(0)
        for field, value in ast.iter_fields(node):
            if field in ("annotation", "returns", "args") and not isinstance(node, ast.Call):
                continue
            if isinstance(value, ast.AST):
                waiting.append(((*path, (field, None)), value))
                yield (*path, (field, None)), value
            elif isinstance(value, list):
                for i, item in enumerate(value):
                    if isinstance(item, ast.AST):
                        waiting.append(((*path, (field, i)), item))
                        yield (*path, (field, i)), item


def _data_names(definition: ast.AST) -> list[str]:
    """Arguments and local variables, in the order in which they appear."""
    found: dict[str, None] = {}
    for node in ast.walk(definition):
        if isinstance(node, ast.arg) and node.arg != "self":
            found[node.arg] = None
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            found[node.id] = None
    return list(found)


def _in_statement(node: ast.stmt) -> Iterator[tuple[ast.AST, str]]:
    match node:
        case ast.AugAssign(target=target, op=op, value=value):
            if isinstance(op, ast.Add | ast.Sub):
                yield ast.AugAssign(target, _SIGN[type(op)](), value), _WHY_SIGN
            yield ast.Assign([target], value, lineno=0), "the old value is lost there"
            yield ast.Pass(), f"`{ast.unparse(target)}` stays as it is"
        case ast.Assign(targets=[target]):
            yield ast.Pass(), f"the step that makes `{ast.unparse(target)}` is left out"
        case ast.If(body=body, orelse=orelse, test=test):
            condition = ast.unparse(test)
            told = f"the case `{condition}`" if len(condition) <= LONGEST else "a special case"
            yield ast.If(ast.Constant(True), body, orelse), f"{told} is taken always"
            yield ast.If(ast.Constant(False), body, orelse), f"{told} is left out"


_SIGN: dict[type[ast.operator], type[ast.operator]] = {ast.Add: ast.Sub, ast.Sub: ast.Add}
_WHY_SIGN = "a sign is the other way round there"


_STEPS = (ast.Assign, ast.AugAssign, ast.Expr)


def _exchanged(path: Path, body: Any) -> Iterator[Change]:
    """Two neighbouring steps in the other order."""
    steps = body if isinstance(body, list) else []
    for i, (first, second) in enumerate(pairwise(steps)):
        if isinstance(first, _STEPS) and isinstance(second, _STEPS) and not _counts(first):
            edits = [((*path, ("body", i)), second), ((*path, ("body", i + 1)), first)]
            yield edits, "this step comes too early"


def _counts(step: ast.stmt) -> bool:
    return isinstance(step, ast.Expr) and ast.unparse(step) == f"{_TURN}()"


def _in_expression(node: ast.expr) -> Iterator[tuple[ast.expr, str]]:
    match node:
        case ast.BinOp():
            yield from _in_operation(node)
        case ast.UnaryOp(op=ast.USub(), operand=operand):
            yield operand, "the minus in front is missing there"
        case ast.Call():
            yield from _in_call(node)
        case ast.Compare(left=left, ops=[op], comparators=[right]):
            for other in _COMPARISONS.get(type(op), ()):
                yield ast.Compare(left, [other()], [right]), "the comparison is another one"
        case ast.Constant(value=bool() | str() | None):
            pass
        case ast.Constant(value=int(value)):
            for other_value in (value - 1, value + 1):
                yield (
                    ast.Constant(other_value),
                    f"{other_value} is not the number that belongs there",
                )
        case ast.Constant(value=float(value)):
            for factor in (0.0, 0.5, 1.0, 2.0):
                if (new := factor * value if factor != 1.0 else 1.0) != value:
                    yield ast.Constant(new), f"{new:g} is not the number that belongs there"
        case ast.IfExp(body=body, orelse=orelse, test=test):
            yield body, f"the condition `{ast.unparse(test)}` is missing"
            yield orelse, f"the condition `{ast.unparse(test)}` is missing"
        case ast.Slice(lower=lower, upper=upper, step=step):
            if lower is not None:
                yield ast.Slice(None, upper, step), "it begins somewhere else"
            if upper is not None:
                yield ast.Slice(lower, None, step), "it ends somewhere else"
        case ast.Attribute(value=value, attr="T"):
            yield value, "a transpose is missing there"
        case ast.BoolOp(values=[first, second]):
            yield first, "a condition is missing there"
            yield second, "a condition is missing there"


def _in_operation(node: ast.BinOp) -> Iterator[tuple[ast.expr, str]]:
    left, right = node.left, node.right

    def with_(op: ast.operator, a: ast.expr = left, b: ast.expr = right) -> ast.expr:
        return ast.BinOp(a, op, b)

    match node.op:
        case ast.Add() | ast.Sub():
            minus = isinstance(node.op, ast.Sub)
            yield with_(ast.Add() if minus else ast.Sub()), _WHY_SIGN
            yield left, "a term is missing there"
            yield right, "a term is missing there"
            if minus:
                yield with_(ast.Sub(), right, left), "the two sides of the minus are exchanged"
            for one, other in ((left, right), (right, left)):
                if isinstance(one, ast.Call) and _function(one) == "sqrt" and one.args:
                    inside = ast.BinOp(one.args[0], node.op, other)
                    yield ast.Call(one.func, [inside], []), "the root goes over too much there"
        case ast.Mult():
            yield left, "a factor is missing there"
            yield right, "a factor is missing there"
            yield with_(ast.Div()), "it is divided there, and not multiplied"
            yield with_(ast.MatMult()), "`@` is not what belongs there"
            for one, other, is_left in ((left, right, True), (right, left, False)):
                if isinstance(one, ast.BinOp) and isinstance(one.op, ast.Add | ast.Sub):
                    loose = (
                        ast.BinOp(one.left, one.op, ast.BinOp(one.right, ast.Mult(), other))
                        if is_left
                        else ast.BinOp(ast.BinOp(other, ast.Mult(), one.left), one.op, one.right)
                    )
                    yield loose, "brackets are missing there"
                if isinstance(one, ast.Call) and len(one.args) == 1:
                    inside = ast.BinOp(other, ast.Mult(), one.args[0])
                    yield ast.Call(one.func, [inside], one.keywords), "the factor stands inside"
        case ast.Div():
            yield left, "a division is missing there"
            yield with_(ast.Mult()), "it is multiplied there, and not divided"
            yield with_(ast.Div(), right, left), "numerator and denominator are exchanged"
            yield with_(ast.FloorDiv()), "`//` drops what is behind the point"
            if isinstance(left, ast.BinOp) and isinstance(left.op, ast.Add | ast.Sub):
                loose = ast.BinOp(left.left, left.op, ast.BinOp(left.right, ast.Div(), right))
                yield loose, "brackets are missing there"
            if isinstance(right, ast.BinOp):
                if isinstance(right.op, ast.Add | ast.Sub):
                    loose = ast.BinOp(ast.BinOp(left, ast.Div(), right.left), right.op, right.right)
                    yield loose, "brackets are missing there"
                elif isinstance(right.op, ast.Mult):
                    loose = ast.BinOp(
                        ast.BinOp(left, ast.Div(), right.left), ast.Mult(), right.right
                    )
                    yield loose, "brackets are missing there"
            yield ast.BinOp(left, ast.Div(), _sqrt(right)), "a root too many stands there"
        case ast.Pow():
            yield left, "the exponent is missing there"
            if isinstance(left, ast.Call) and len(left.args) == 1:
                power = with_(ast.Pow(), left.args[0])
                yield (
                    ast.Call(left.func, [power], left.keywords),
                    "the power stands too far inside",
                )
            yield with_(ast.Mult()), "`**` is a power, `*` a product"
            if not isinstance(right, ast.Constant):
                one = ast.Constant(1)
                yield with_(ast.Pow(), left, ast.BinOp(right, ast.Add(), one)), "1 too many"
                yield with_(ast.Pow(), left, ast.BinOp(right, ast.Sub(), one)), "1 too few"
        case ast.MatMult():
            yield with_(ast.MatMult(), right, left), "the two factors stand in the other order"
            for a, b in ((_T(left), right), (left, _T(right))):
                yield ast.BinOp(a, ast.MatMult(), b), "the transpose does not belong there"
            yield with_(ast.Mult()), "`*` multiplies element by element"


def _function(call: ast.Call) -> str:
    func = call.func
    return func.attr if isinstance(func, ast.Attribute) else getattr(func, "id", "")


def _T(node: ast.expr) -> ast.expr:
    return ast.Attribute(node, "T", ast.Load())


def _sqrt(node: ast.expr) -> ast.expr:
    return ast.Call(ast.Attribute(ast.Name("np", ast.Load()), "sqrt", ast.Load()), [node], [])


_SIBLINGS = {
    "mean": ("sum", "median", "max"), "sum": ("mean",), "max": ("min", "mean", "sum"),
    "min": ("max",), "argmax": ("argmin", "max"), "argmin": ("argmax",), "maximum": ("minimum",),
    "minimum": ("maximum",), "std": ("var",), "var": ("std",), "zeros": ("ones",),
    "ones": ("zeros",), "zeros_like": ("ones_like",), "ones_like": ("zeros_like",),
    "floor": ("ceil", "round"), "ceil": ("floor",), "cumsum": ("cumprod",), "log1p": ("log",),
    "expm1": ("exp",), "log": ("log2", "log10"), "cos": ("sin",), "sin": ("cos",), "any": ("all",),
    "all": ("any",), "flatnonzero": ("nonzero",),
}  # fmt: skip
_UNDONE = {
    "sqrt": "a square root is missing there", "abs": "the bars are missing there",
    "exp": "`exp` is missing there", "log": "`log` is missing there",
    "maximum": "a limit is missing there", "minimum": "a limit is missing there",
    "clip": "a limit is missing there", "square": "a square is missing there",
    "sign": "`sign` is missing there", "mean": "the mean is missing there",
    "sum": "the sum is missing there", "sigmoid": "`sigmoid` is missing there",
    "tanh": "`tanh` is missing there", "relu": "`relu` is missing there",
}  # fmt: skip
_COMPARISONS: dict[type[ast.cmpop], tuple[type[ast.cmpop], ...]] = {
    ast.Lt: (ast.LtE, ast.Gt), ast.LtE: (ast.Lt, ast.GtE), ast.Gt: (ast.GtE, ast.Lt),
    ast.GtE: (ast.Gt, ast.LtE), ast.Eq: (ast.NotEq,), ast.NotEq: (ast.Eq,),
}  # fmt: skip


def _in_call(node: ast.Call) -> Iterator[tuple[ast.expr, str]]:
    name = _function(node)
    if isinstance(node.func, ast.Attribute):
        for other in _SIBLINGS.get(name, ()):
            func = ast.Attribute(node.func.value, other, ast.Load())
            yield ast.Call(func, node.args, node.keywords), f"`{other}` is not what belongs there"
    is_method = isinstance(node.func, ast.Attribute) and not (
        isinstance(node.func.value, ast.Name) and node.func.value.id == "np"
    )
    if why := _UNDONE.get(name):
        operands = [node.func.value] if is_method else node.args  # type: ignore[attr-defined]
        for operand in operands:
            if not isinstance(operand, ast.Constant):
                yield operand, why
    if name == "sqrt" and node.args and isinstance(node.args[0], ast.BinOp):
        inner = node.args[0]
        if isinstance(inner.op, ast.Add):
            outside = ast.Call(node.func, [inner.left], [])
            yield ast.BinOp(outside, ast.Add(), inner.right), "brackets end too early there"
        elif isinstance(inner.op, ast.Div | ast.Mult):
            outside = ast.Call(node.func, [inner.left], [])
            yield ast.BinOp(outside, inner.op, inner.right), "the root ends too early there"
            inside = ast.Call(node.func, [inner.right], [])
            yield ast.BinOp(inner.left, inner.op, inside), "the root begins too late there"
    if name == "range" and node.args:
        stop = node.args[-1] if len(node.args) < 3 else node.args[1]
        one = ast.Constant(1)
        if len(node.args) == 1:
            late = ast.Call(node.func, [one, stop], [])
            yield late, "the first step is left out"
            early = ast.Call(node.func, [ast.BinOp(stop, ast.Sub(), one)], [])
            yield early, "the last step is left out"
            yield ast.Call(node.func, [ast.BinOp(stop, ast.Add(), one)], []), "one step too many"
    for i, keyword in enumerate(node.keywords):
        rest = [*node.keywords[:i], *node.keywords[i + 1 :]]
        if keyword.arg == "axis":
            yield ast.Call(node.func, node.args, rest), "without an axis it is one for all"
            for axis in (0, 1):
                changed = [*rest, ast.keyword("axis", ast.Constant(axis))]
                yield ast.Call(node.func, node.args, changed), "the axis is another one"
        elif keyword.arg in ("keepdims", "ddof"):
            yield ast.Call(node.func, node.args, rest), f"`{keyword.arg}` is missing there"
    if name in ("std", "var") and not any(k.arg == "ddof" for k in node.keywords):
        changed = [*node.keywords, ast.keyword("ddof", ast.Constant(1))]
        yield ast.Call(node.func, node.args, changed), "it divides by n - 1"
    if len(node.args) == 2 and name in ("maximum", "minimum", "where", "outer", "dot"):
        yield ast.Call(node.func, node.args[::-1], node.keywords), "the arguments are exchanged"
    if name == "where" and len(node.args) == 3:
        swapped = [node.args[0], node.args[2], node.args[1]]
        yield ast.Call(node.func, swapped, node.keywords), "the two cases are exchanged"
        yield node.args[1], "the condition is missing there"
        yield node.args[2], "the condition is missing there"
    if len(node.args) == 1 and isinstance(node.args[0], ast.BinOp) and name != "sqrt":
        inner = node.args[0]
        first = ast.Call(node.func, [inner.left], node.keywords)
        yield ast.BinOp(first, inner.op, inner.right), "the brackets end too early there"
    if isinstance(node.func, ast.Attribute) and node.func.attr == "copy":
        yield node.func.value, "a copy is missing there"
