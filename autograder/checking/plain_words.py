"""Errors of Python and NumPy in plain words: what it means, and what to do.

A table: the type of the error and a pattern of its text, then the sentence. In a sentence ``{0}``,
``{1}`` … stand for what the pattern's groups matched, and a function may look at the line.
"""

from __future__ import annotations

import ast
import difflib
import re
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from autograder.checking.drive import Failure
from autograder.checking.exercise import Exercise
from autograder.checking.written import Written, read


@dataclass(frozen=True)
class Stopped:
    """An error, and what is known of the place: the line, the text, how it should be called."""

    failure: Failure
    match: re.Match[str]
    exercise: Exercise
    written: Written | None

    @property
    def function(self) -> str:
        return self.exercise.id

    @property
    def parameters(self) -> tuple[str, ...]:
        return self.exercise.parameters

    @property
    def line(self) -> str:
        return self.failure.line


Say = str | Callable[[Stopped], str]


def in_plain_words(exercise: Exercise, failure: Failure, written: Written | None) -> str:
    """What an error means and what to do; empty for an error that is not in the table."""
    if failure.cause == "interrupted":
        return _interrupted(failure, written)
    if failure.cause != "raised":
        return ""
    for types, pattern, say in _TABLE:
        if failure.type_name in types.split() and (
            match := re.search(pattern, failure.message[:2_000])
        ):
            stopped = Stopped(failure, match, exercise, written)
            groups = [group or "" for group in match.groups()]
            text = say.format(*groups) if isinstance(say, str) else say(stopped)
            if text:
                return text
    return ""


# ------------------------------------------------------------------------------ None returned
def returned_nothing(written: Written) -> str:
    """Why a definition returns None, as far as its text shows it; empty if it does not."""
    returns = [node for node in written.nodes() if isinstance(node, ast.Return)]
    for node in returns:
        if method := _works_in_place(node.value, written):
            return _changes_in_place(method)
        match node.value:
            case ast.Call(ast.Name("print")):
                return (
                    "print(…) shows a value and gives None, so `return print(…)` returns nothing. "
                    "Write `return`, and behind it the value alone."
                )
    tree = written.tree
    is_def = tree is not None and tree.body and isinstance(tree.body[0], ast.FunctionDef)
    if is_def and not any(node.value for node in returns):
        return "There is no `return` with a value in it: without one a function gives None."
    return ""


def _works_in_place(value: ast.expr | None, written: Written) -> str:
    """The method of ``return x.sort()``, or of ``x = x.sort()`` if that x is returned."""
    if isinstance(value, ast.Name):
        stored = [
            node.value
            for node in written.nodes()
            if isinstance(node, ast.Assign)
            and any(isinstance(t, ast.Name) and t.id == value.id for t in node.targets)
        ]
        value = stored[-1] if stored else None
    if (
        isinstance(value, ast.Call)
        and isinstance(value.func, ast.Attribute)
        and value.func.attr in _IN_PLACE
        and ast.unparse(value.func.value) not in ("np", "numpy")
    ):
        return value.func.attr
    return ""


# ------------------------------------------------------------------------------ what looks closer
_IN_PLACE = (
    "shuffle",
    "sort",
    "append",
    "extend",
    "insert",
    "reverse",
    "fill",
    "update",
    "clear",
    "put",
)


# A method that works in place; the function of np that has its name does not.
_IN_PLACE_CALL = rf"(?<!\bnp)(?<!\bnumpy)\.({'|'.join(_IN_PLACE)})\("


def _none(s: Stopped) -> str:
    text = s.written.source if s.written else s.line
    found = re.search(rf"=[^=\n]*{_IN_PLACE_CALL}", f"{s.line}\n{text}")
    found = found or re.search(rf"[\w\]]{_IN_PLACE_CALL}[^)]*\)\s*[\[.]", s.line)
    if found:
        return _changes_in_place(found[1])
    return (
        "Something in this line is None. A function without `return` gives None, and so does a "
        "method that works in place, such as .sort() or .append()."
    )


def _changes_in_place(method: str) -> str:
    instead = {
        "shuffle": "rng.permutation(…) returns a new one.",
        "sort": "np.sort(…) or sorted(…) returns a new one.",
        "reverse": "x[::-1] is a new one.",
    }.get(method, "Write it on a line of its own, and go on with what it changed.")
    return f"`.{method}(…)` changes what stands before the dot, and returns None. {instead}"


_OF_TWO = {"max": "larger", "min": "smaller"}


def _scalar_only(s: Stopped) -> str:
    if found := re.search(r"math\.(\w+)", s.line):
        return f"math.{found[1]} takes one number. np.{found[1]} takes a whole array."
    if "integer scalar" in s.failure.message and (
        found := re.search(r"np\.a?(max|min)\([^()]*(?:,|\()", s.line)
    ):
        return (
            f"np.{found[1]}(a, b) takes b for an axis. For the {_OF_TWO[found[1]]} of two, element "
            f"by element, write np.{found[1]}imum(a, b)."
        )
    if "integer scalar" not in s.failure.message and (
        found := re.search(r"\b(float|int)\(", s.line)
    ):
        return (
            f"{found[1]}(…) makes one number, and what stands in it is an array of several. Leave "
            f"{found[1]}(…) out if the whole array is meant; else take a sum, a mean or an element."
        )
    return (
        "An array stands where one number must be. For one number from an array, take an element "
        "(x[0]), a sum or a mean; for whole arrays use the functions of np."
    )


def _truth(s: Stopped) -> str:
    if re.search(r"\b(and|or|not)\b", s.line):
        return (
            "`and`, `or` and `not` need one yes or no, and an array has one for each element. Use "
            "&, | and ~, with brackets: (z > 0) & (z < 1)."
        )
    return (
        "An `if`, a `while`, max() or min() needs one yes or no, and the comparison of an array "
        "gives one for each element. For arrays use np.where(z > 0, a, b), np.maximum, or an index "
        "such as z[z < 0]."
    )


def _shape(text: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in text.strip("() ").split(",") if part.strip())


def _broadcast(s: Stopped) -> str:
    shapes = [_shape(m) for m in re.findall(r"\([\d, ]*\)", s.failure.message)][:2]
    if len(shapes) < 2:
        return _shapes_in_words(shapes)
    one, other = sorted(shapes, key=len, reverse=True)
    if len(other) == 1 and len(one) == 2 and other[0] == one[0]:
        n = one[0]
        return (
            f"One array has {n} rows, the other is flat, of shape ({n},), and NumPy lays a flat "
            "one along the columns. If it holds one number for each row, make it a column of shape "
            f"({n}, 1): keepdims=True in the sum, mean or max, or [:, None] behind it."
        )
    if len(one) == len(other) == 1:
        return (
            f"One array has {one[0]} numbers, the other {other[0]}. Is one of them a part, such as "
            "a batch, and the other still the whole? Or is one cut off too early or too late?"
        )
    column = len(one) == 2 and one[1] == "1" and int(one[0]) > 1
    return _shapes_in_words(shapes) + (
        " One of them is a column: is a reshape(-1, 1), [:, None] or keepdims too much?"
        if column
        else ""
    )


def _shapes_in_words(shapes: list[tuple[str, ...]]) -> str:
    which = " and ".join(f"({', '.join(s)}{',' * (len(s) == 1)})" for s in shapes)
    return (
        f"The shapes {which or 'in this line'} do not fit together. Compared from the right, two "
        "lengths must be equal, or one of them 1. Is a `.T` missing, are rows and columns (or "
        "height and width) exchanged, or is it the wrong array?"
    )


def _remapped(s: Stopped) -> str:
    return (
        "The arrays in this line do not have the lengths that their letters or axes say. Print "
        "the shape of each before this line: are height and width, or two sizes, exchanged?"
    )


def _into(s: Stopped) -> str:
    return (
        f"You put something of shape ({s.match[1]}) in a place of shape ({s.match[2]}). Print both "
        "shapes: is the place cut out with the right sizes, or is a sum over an axis missing?"
    )


def _matmul(s: Stopped) -> str:
    right, left = s.match[1], s.match[2]
    return (
        f"A @ B needs as many columns in A as B has rows; here these are {left} and {right}. Are "
        "the two in the wrong order, or is a `.T` missing?"
    )


def _not_aligned(s: Stopped) -> str:
    return (
        f"In a product, A needs as many columns as B has rows; here the shapes are ({s.match[1]}) "
        f"and ({s.match[2]}). Are the two in the wrong order, or is a `.T` missing?"
    )


def _out_of_bounds(s: Stopped) -> str:
    index, axis, size = int(s.match[1]), s.match[2], int(s.match[3])
    if index == size:
        return (
            f"Axis {axis} has {_elements(size)}: there is no {index}. Is a loop one too long, or "
            "are two arguments exchanged?"
        )
    return (
        f"Axis {axis} has {_elements(size)}, and you ask for the one with index {index}. Are two "
        "arguments or two axes exchanged?"
    )


def _elements(size: int) -> str:
    if size < 2:
        return "1 element, with the index 0" if size else "no elements"
    return f"{size} elements, with the indices 0 to {size - 1}"


def _called(s: Stopped) -> str:
    kind = s.match[1].split(".")[-1]
    argument = next((p for p in s.parameters if re.search(rf"\b{p}\(", s.line)), "")
    if argument and kind == "ndarray":
        return (
            f"`{argument}` is an array here, and no function: use it as it is, without brackets "
            "behind it."
        )
    what = {"ndarray": "an array", "list": "a list", "dict": "a dict", "tuple": "a tuple"}.get(kind)
    if what:
        return f"Round brackets call a function, and this is {what}: its elements are in x[…]."
    return (
        f"Round brackets call a function, and before them stands a value ({kind}). Is a `*` "
        "missing, or has a function's name been given to a value?"
    )


_OTHER_NAMES = {
    "math": "np has the same functions: np.exp, np.sqrt, np.pi. Or write `import math`.",
    "numpy": "The first cell imports it under the name np: write np.",
    "e": "The number is np.e, and e to the power of x is np.exp(x).",
    "pi": "The number is np.pi.",
}  # fmt: skip


def _name(s: Stopped) -> str:
    name = s.match[1]
    if name in ("np", "plt"):
        return (
            f"`{name}` is not imported yet: run the first cell of the notebook, with the imports."
        )
    if name in _OTHER_NAMES:
        return f"`{name}` is not defined here. {_OTHER_NAMES[name]}"
    stored = [
        node.id
        for node in (s.written.nodes() if s.written else ())
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)
    ]
    close = difflib.get_close_matches(name, [*s.parameters, *stored], n=1, cutoff=0.7)
    lower = [p for p in s.parameters if p.lower() == name.lower()]
    hint = f" Did you mean `{(lower or close)[0]}`?" if lower or close else ""
    if name in ("relu", "relu_grad") and s.exercise.notebook == "08_initialization":
        # Elsewhere they are imported by their own names, or written.
        return f"Here `{name}` is the course's: write `activations.{name}`."
    if name == name.lower() and f"{name}(" in s.line.replace(" ", ""):
        return (
            f"There is no function `{name}`: run the cell in which it is written, or look at how "
            f"it is spelt.{hint}"
        )
    if _is_kept(s, name):
        return _no_value_yet(s)
    arguments = ", ".join(s.parameters)
    return (
        f"`{name}` is no argument of {s.function}, and nothing was assigned to it. The arguments "
        f"are: {arguments}.{hint}"
    )


def _is_kept(s: Stopped, name: str) -> bool:
    """Whether it is an attribute in the course's class: in a notebook a class has no source."""
    course = s.exercise.reference
    text = read(course) if isinstance(course, type) else None
    return text is not None and re.search(rf"\bself\.{name}\b", text.source) is not None


def _no_value_yet(s: Stopped) -> str:
    name = s.match[1]
    if _is_kept(s, name):
        return (
            f"`{name}` alone is a name of this one call. What the object remembers from call to "
            f"call is `self.{name}`."
        )
    return (
        f"`{name}` is used before it has a value in this function. Give it a value before the "
        "loop, or in every branch of the `if`. (A name that is assigned anywhere in a function is "
        "local in all of it.)"
    )


def _wrong_count(s: Stopped) -> str:
    called = s.match[1].split(".")[-1]
    if called in (s.function, "<lambda>") or s.failure.line_number is None:
        mine = s.written.parameters if s.written else ()
        if mine == s.parameters and s.failure.message.endswith(" given"):
            return (
                f"It is called as {s.exercise.signature}, with the arguments in this order and "
                "without their names. What stands behind a `*` in your first line can be given "
                "only by its name: take the `*` out."
            )
        if mine == s.parameters:
            return (
                "Your first line lacks the defaults of the one that was given: it is called as "
                f"{s.exercise.signature}, and what stands behind `=` may be left out."
            )
        yours = f" Yours takes ({', '.join(mine)})." if mine else ""
        return f"It is called as {s.exercise.signature}, with the arguments in this order.{yours}"
    return (
        f"This line calls {called} with too few or too many arguments. Look at how {called} begins "
        "(its line with `def`), and give it one value for each argument."
    )


def _single(s: Stopped) -> str:
    method = s.match[2] if "has no attribute" in s.failure.message else ""
    if method in ("permutation", "shuffle", "standard_normal", "integers", "choice"):
        return (
            f"`.{method}` belongs to a generator, rng, and a number came in its place. Where this "
            "function is called, are the arguments in the right order?"
        )
    extra = ""
    if "iterable" in s.failure.message and re.search(r"\bfor\b.*\bin\b", s.line):
        extra = " To count up to n, write `for i in range(n)`."
    return (
        "One number is used here as if it were an array or a list: it has no elements, no length "
        f"and no shape.{extra} Print the value and its type before this line."
    )


_REMOVED = {
    "float": "float", "int": "int", "bool": "bool", "object": "object", "str": "str",
    "product": "np.prod", "cumproduct": "np.cumprod", "alltrue": "np.all", "sometrue": "np.any",
    "float_": "np.float64", "Inf": "np.inf", "Infinity": "np.inf", "NaN": "np.nan",
    "infty": "np.inf", "trapz": "np.trapezoid", "in1d": "np.isin", "row_stack": "np.vstack",
    "asfarray": "np.asarray(x, float)", "mat": "np.asarray", "ln": "np.log",
    "softmax": "np.exp and a sum", "sigmoid": "np.exp", "relu": "np.maximum",
    "pow": "np.power, or **",
}  # fmt: skip


def _no_such_function(s: Stopped) -> str:
    name = s.match[1]
    if name in _REMOVED:
        return f"NumPy has no `np.{name}` (any more): use {_REMOVED[name]}."
    close = difflib.get_close_matches(name, dir(np), n=1, cutoff=0.6)
    return f"NumPy has no `np.{name}`." + (f" Did you mean np.{close[0]}?" if close else "")


_GENERATOR = {
    "randn": "standard_normal(size)", "rand": "random(size)", "randint": "integers(low, high)",
    "random_sample": "random(size)", "ranf": "random(size)", "seed": "",
    "random_integers": "integers(low, high)",
}  # fmt: skip


def _generator(s: Stopped) -> str:
    name = s.match[1]
    if name == "seed":
        return "The generator rng is seeded already: leave the line with `seed` out."
    instead = _GENERATOR.get(name, "")
    if not instead:
        close = difflib.get_close_matches(name, dir(np.random.Generator), n=1, cutoff=0.5)
        instead = f"{close[0]}(…)" if close else ""
    use = f" Write rng.{instead}." if instead else ""
    return f"A generator such as rng has no `{name}`: that is NumPy's old way.{use}"


_EIG = (
    "np.linalg.{0} gives two things, the eigenvalues and the eigenvectors: take the first of them, "
    "with [0]. For a symmetric matrix, np.linalg.eigvalsh gives the eigenvalues alone."
)
_SEVERAL = {"EigResult": _EIG.format("eig"), "EighResult": _EIG.format("eigh")}


def _no_attribute(s: Stopped) -> str:
    kind, name = s.match[1].split(".")[-1], s.match[2]
    if kind == "ndarray":
        if name in ("append", "extend", "insert", "push", "pop"):
            return (
                f"An array has a fixed length and no `.{name}`. Collect the values in a list "
                "(out = []; out.append(v)), and return np.array(out)."
            )
        known = {"len": "len(x) or x.size", "length": "len(x) or x.size", "exp": "np.exp(x)"}
        instead = known.get(name) or (f"np.{name}(x)" if hasattr(np, name) else "")
        return f"An array has no `.{name}`." + (f" Write {instead}." if instead else "")
    if kind in _SEVERAL:
        return _SEVERAL[kind]
    if kind in ("list", "tuple", "float", "int"):
        what = {"list": "A list", "tuple": "A tuple"}.get(kind, "A plain number")
        return f"{what} has no `.{name}`. np.asarray(x) makes an array of it, if that is wanted."
    return ""


def _unsupported(s: Stopped) -> str:
    operator, one, other = s.match[1], s.match[2], s.match[3]
    kinds = {one, other}
    if several := kinds & set(_SEVERAL):
        return _SEVERAL[several.pop()]
    if "NoneType" in kinds:
        return _none(s)
    if kinds & {"function", "method", "builtin_function_or_method", "type", "ufunc"}:
        return "A function stands here without its brackets: call it, as in x.sum() or f(x)."
    if kinds & {"list", "tuple", "dict", "generator", "map", "zip", "range"}:
        what = next(k for k in (one, other) if k in "list tuple dict generator map zip range")
        return (
            f"`{operator}` does not work on a {what}. If it holds numbers, make it an array first: "
            "np.array(x). If it holds arrays, go through them one by one, with a loop and zip."
        )
    if "str" in kinds:
        return f"`{operator}` stands between a text and a number. Is a value in quotes?"
    return ""


def _shape_in_brackets(s: Stopped) -> str:
    found = re.search(r"\b(zeros|ones|empty|full|random|standard_normal)\(", s.line)
    name = found[1] if found else "zeros"
    right = {
        "full": "np.full((a, b), value)",
        "random": "rng.random((a, b)), or rng.random(shape) without a `*`",
        "standard_normal": "rng.standard_normal((a, b))",
    }.get(name, f"np.{name}((a, b))")
    return (
        "The shape is one argument: its numbers need brackets of their own. What stands behind it "
        f"is taken for a kind of numbers (dtype). Write {right}."
    )


def _sequence(s: Stopped) -> str:
    if found := re.search(r"\*\s*(?!np\.)(\w+)\(", s.line):
        return (
            f"`{found[1]}(…)` gives several values, and together they cannot be multiplied. Give "
            f"each a name first, as in `a, b = {found[1]}(…)`, and take the one you need."
        )
    return (
        "A list times a number repeats the list. To multiply each element, make it an array first: "
        "np.array(x)."
    )


def _unpack(s: Stopped) -> str:
    return (
        "The names on the left of `=` (or after `for`) are not as many as the values on the right. "
        "Print what is on the right, or its shape."
    )


_TABLE: tuple[tuple[str, str, Say], ...] = (
    (
        "TypeError UFuncTypeError _UFuncNoLoopError",
        r"for \^|bitwise_xor|\^=",
        "`^` is no power in Python. Write `**`: x**2.",
    ),
    ("TypeError AttributeError", r"'NoneType' object|NoneType' has no", _none),
    ("TypeError", r"only (?:0-dimensional|length-1|size-1|integer scalar) arrays", _scalar_only),
    ("ValueError", r"truth value of an array", _truth),
    ("ValueError", r"remapped shapes", _remapped),
    ("ValueError", r"operands could not be broadcast|non-broadcastable output", _broadcast),
    ("ValueError", r"broadcast input array from shape \((.*?)\) into shape \((.*?)\)", _into),
    ("ValueError", r"mismatch in its core dimension.*size (\d+) is different from (\d+)", _matmul),
    ("ValueError", r"shapes \(([\d,]*)\) and \(([\d,]*)\) not aligned", _not_aligned),
    (
        "ValueError",
        r"does not have enough dimensions",
        "`@` multiplies arrays, and one side is a single number here: use `*` for numbers.",
    ),
    (
        "ValueError",
        r"inhomogeneous shape",
        "np.array was given rows of different lengths, and an array has rows of one length. Are "
        "single numbers and arrays mixed, or is the last batch shorter? Keep these in a list.",
    ),
    (
        "ValueError TypeError",
        r"setting an array element with a sequence",
        "One element of an array holds one number, and you put a list or an array in it. Is a sum "
        "or an index missing on the right?",
    ),
    (
        "ValueError",
        r"cannot reshape array of size (\d+) into shape \((.*?)\)",
        "reshape keeps all elements: {0} of them do not fill the shape ({1}). Check the sizes.",
    ),
    (
        "ValueError",
        r"all the input array|same number of dimensions|must have the same shape",
        "The arrays that you put together do not have the same shape. Print the shape of each. (To "
        "put all their numbers in one row, take x.ravel() of each.)",
    ),
    (
        "ValueError",
        r"zero-size array|arg(?:max|min) of an empty|empty sequence|iterable argument is empty",
        "There is nothing to take a maximum or minimum of: the array is empty. Which index or "
        "condition left nothing?",
    ),
    (
        "IndexError",
        r"index (-?\d+) is out of bounds for axis (\d+) with size (\d+)",
        _out_of_bounds,
    ),
    (
        "IndexError",
        r"(list|tuple)(?: assignment)? index out of range|pop from empty",
        "The index is past the end: n elements have the indices 0 to n - 1. An empty list grows "
        "with .append(…).",
    ),
    (
        "IndexError",
        r"too many indices.*is (\d+)-dimensional, but (\d+)",
        "You give {1} indices, and this array has {0} axes. Print its shape: is it the array that "
        "you mean?",
    ),
    (
        "IndexError TypeError",
        r"only integers, slices|must be of integer|slice indices must|indices must be integers",
        "An index must be a whole number, and this one is not: `/` always gives a decimal number. "
        "Use `//` or int(…). (For a dict the index is a key in quotes.)",
    ),
    (
        "IndexError",
        r"boolean index did not match",
        "The condition in the brackets has another length than the array. Make it from the same "
        "array.",
    ),
    ("IndexError TypeError", r"invalid index to scalar variable|0-d array", _single),
    (
        "IndexError",
        r"shape mismatch: indexing arrays",
        "The index arrays have different lengths: X[rows, columns] takes pairs, one row and one "
        "column for each.",
    ),
    (
        "AxisError",
        r"axis (-?\d+) is out of bounds for array of dimension (\d+)",
        "There is no axis {0}: this array has {1} axes, counted from 0. An array with one axis has "
        "no rows and columns.",
    ),
    (
        "TypeError",
        r"'(?:float|numpy\.\w+)' object cannot be interpreted as an integer"
        r"|sequence of integers or",
        "A whole number is needed here, for a count or a size, and this one has decimals: `/` "
        "always gives them. Use `//` or int(…).",
    ),
    (
        "TypeError",
        r"'numpy.ndarray' object cannot be interpreted|only integer",
        "A whole number is needed here, and this is an array. Its length is len(x).",
    ),
    (
        "TypeError",
        r"'(?:builtin_function_or_method|function|method|type|numpy.ufunc|numpy._Array\w+)' "
        r"object is not (?:subscriptable|iterable)",
        "This is a function: it is called with round brackets, f(x), not with f[x].",
    ),
    ("TypeError", r"'([\w.]+)' object is not callable", _called),
    ("UnboundLocalError", r"variable '(\w+)'", _no_value_yet),
    ("NameError", r"name '(\w+)' is not defined", _name),
    ("TypeError", r"([\w.<>]+)\(\) (?:missing \d|takes .* given)", _wrong_count),
    (
        "TypeError",
        r"missing a required argument: '(\w+)'",
        "This line calls a function without its argument `{0}`: put it between the brackets, at "
        "its place.",
    ),
    (
        "TypeError",
        r"([\w.<>]+)\(\) got an unexpected keyword argument '(\w+)'",
        "{0} has no argument `{1}`. Look at its documentation: {0}?",
    ),
    (
        "TypeError",
        r"'(?:float|int|bool|numpy\.\w+\d+)' object (?:is not (?:subscriptable|iterable|"
        r"reversible)|does not support item)|non-iterable|of type '(?:float|int)' has no len"
        r"|len\(\) of unsized|iteration over a 0-d",
        _single,
    ),
    ("AttributeError", r"'(float|int)' object has no attribute '(\w+)'", _single),
    ("ValueError", r"values to unpack", _unpack),
    (
        "TypeError",
        r"Field elements must be|array\(\) takes from 1 to|data type must provide an itemsize",
        "np.array takes the rows as one argument: they need brackets of their own, np.array([[…, "
        "…], […, …]]).",
    ),
    (
        "TypeError",
        r"[Cc]annot interpret '.*' as a data type|data type '.*' not understood",
        _shape_in_brackets,
    ),
    (
        "ValueError",
        r"y has shape \((\d+),\); it needs \((\d+),\), one target per row of X",
        "X has {1} rows here, and y has {0} numbers. Take the same rows of both: X[batch] and "
        "y[batch].",
    ),
    (
        "ValueError",
        r"number sections must be larger than 0",
        "np.array_split is asked for 0 parts: `//` gives 0 where the number behind it is "
        "the larger. Slices have a fixed length: x[k : k + size] for k in range(0, n, size).",
    ),
    (
        "ValueError",
        r"array split does not result in an equal division",
        "np.split cuts along the first axis, the rows, if you give no axis, and that length cannot "
        "be cut into equal parts. To cut the columns: np.split(x, parts, axis=1).",
    ),
    ("TypeError", r"can't multiply sequence by non-int", _sequence),
    (
        "TypeError",
        r"can only concatenate (\w+)",
        "`+` puts lists (or texts) together, and does not add numbers. Make an array of the list "
        "first: np.array(x).",
    ),
    (
        "TypeError",
        r"unsupported operand type\(s\) for (\S+)(?: or pow\(\))?: '([\w.]+)' and '([\w.]+)'",
        _unsupported,
    ),
    (
        "TypeError",
        r"bad operand type for (unary \S+|abs\(\)): '(\w+)'",
        "{0} does not work on a {1}. Make an array of it first (np.array), or go through it in a "
        "loop.",
    ),
    (
        "TypeError",
        r"not supported between instances of '([\w.]+)' and '([\w.]+)'",
        "{0} and {1} cannot be compared. If it is a list of numbers, make it an array first: "
        "np.array(x).",
    ),
    (
        "TypeError",
        r"does not support argument 0 of type|not supported for the input types",
        "This function of np takes numbers, and got something else: is it a list of arrays of "
        "different lengths, or a text? Go through it in a loop.",
    ),
    (
        "UFuncTypeError _UFuncOutputCastingError _UFuncInputCastingError TypeError",
        r"[Cc]annot cast ufunc .* dtype\('u?int\d+'\)|casting rule",
        "An array of whole numbers cannot take decimals in place (+=, -=, *=, /=). Make it an "
        "array of floats first, x = x.astype(float), or write x = x - … in place of x -= ….",
    ),
    ("AttributeError", r"module 'numpy' has no attribute '(\w+)'", _no_such_function),
    ("AttributeError", r"Generator' object has no attribute '(\w+)'", _generator),
    ("AttributeError", r"'([\w.]+)' object has no attribute '(\w+)'", _no_attribute),
    (
        "AttributeError",
        r"module '([\w.]+)' has no attribute '(\w+)'",
        "There is no `{1}` in {0}: look at how it is spelt.",
    ),
    (
        "ZeroDivisionError",
        r"",
        "What this line divides by is 0. Is it a counter that starts at 0 and should start at 1, "
        "an empty list, or a whole number that `//` made 0?",
    ),
    (
        "RecursionError",
        r"",
        "The function calls itself without end. Does it reach a case in which it returns without "
        "calling itself? Or has a helper the same name as the function?",
    ),
    (
        "KeyError",
        r"(.*)",
        "The dict has no key {0}. list(d) shows which keys it has; mind capitals and underscores.",
    ),
    (
        "TypeError",
        r"'tuple' object does not support item assignment",
        "A tuple cannot be changed. Make a new one, or a list first: list(x).",
    ),
    (
        "TypeError",
        r"'(?:str|range|generator|map|zip|filter)' object (?:does not support|is not subscr)",
        "This has no elements to take or to change by index. list(x) makes a list of it.",
    ),
    (
        "ValueError",
        r"read-only",
        "This array cannot be changed: it is a view of another one. Copy it first: x = x.copy().",
    ),
    (
        "LinAlgError",
        r"[Ss]ingular",
        "This matrix has no inverse: its rows or columns depend on each other. Is a term missing "
        "on its diagonal, or is it X @ X.T in place of X.T @ X?",
    ),
    (
        "LinAlgError",
        r"must be square|at least two-dimensional|two-dimensional",
        "This needs a square matrix. Print the shape of what you give it.",
    ),
    ("BdbQuit", r"", "There is a breakpoint() left in your function: remove it."),
    (
        "ValueError",
        r"math domain error|expected a (?:positive|nonnegative) input",
        "math was asked for the root or the log of a number that has none: 0 or less.",
    ),
    (
        "OverflowError",
        r"",
        "The number is too large. math.exp stops above 709; np.exp gives inf. Can the exponent be "
        "kept at or below 0?",
    ),
    (
        "ModuleNotFoundError ImportError",
        r"No module named '([\w.]+)'|cannot import name '(\w+)'",
        "`{0}{1}` is not there to be imported. NumPy is all that this exercise needs.",
    ),
    (
        "AssertionError",
        r"",
        "An `assert` in your own code does not hold for this input.",
    ),
    (
        "SystemExit",
        r"",
        "exit() or quit() ends the program: remove it, and use `return`.",
    ),
    (
        "MemoryError _ArrayMemoryError",
        r"",
        "This would take more memory than there is. Which shape did you ask for?",
    ),
)  # fmt: skip


# ------------------------------------------------------------------------------ an interrupt
def _interrupted(failure: Failure, written: Written | None) -> str:
    """Where it was stopped, and whether that looks like a loop without end."""
    if failure.line_number is None:
        return "You stopped it. Does every loop come to its end?"
    place = f"line {failure.line_number}"
    if failure.cell:
        place += f" of the cell of {failure.cell}"
        written = read(written.around.get(failure.cell)) if written else None
    text = f"You stopped it in {place}: `{failure.line}`."
    endless = _endless_loop(failure, written) if written else ""
    return f"{text} {endless or 'Does the loop around it come to its end?'}"


def _endless_loop(failure: Failure, written: Written) -> str:
    line = failure.line_number or 0
    around = [
        node
        for node in written.nodes()
        if isinstance(node, ast.While | ast.For)
        and written.number(node) <= line <= (node.end_lineno or 0) + written.first_line - 1
    ]
    for loop in sorted(around, key=written.number, reverse=True):
        if said := _why_endless(loop, written):
            return said
    return ""


def _why_endless(loop: ast.While | ast.For, written: Written) -> str:
    where = f"the loop in line {written.number(loop)}"
    if isinstance(loop, ast.For):
        called = ast.unparse(loop.iter).split("(")[0].split(".")[-1]
        endless = called in ("count", "cycle", "repeat")
        grows = isinstance(loop.iter, ast.Name) and any(
            isinstance(node, ast.Call)
            and isinstance(node.func, ast.Attribute)
            and node.func.attr in ("append", "extend", "insert")
            and ast.unparse(node.func.value) == ast.unparse(loop.iter)
            for node in ast.walk(loop)
        )
        if grows:
            return f"In {where} the list grows while you go through it, so its end never comes."
        return f"{called}() in {where} never ends." if endless and not _leaves(loop) else ""
    names = [node.id for node in ast.walk(loop.test) if isinstance(node, ast.Name)]
    if not names:
        return "" if _leaves(loop) else f"`{written.text(loop)}` has no `break` and no `return`."
    if set(names) & _changed(loop):
        return f"Does the condition of {where} ever become false?"
    if _leaves(loop):
        return ""
    what = " or ".join(dict.fromkeys(names))
    return f"Nothing in {where} changes {what}, so `{written.text(loop)}` never ends."


def _leaves(loop: ast.AST) -> bool:
    return any(isinstance(node, ast.Break | ast.Return | ast.Raise) for node in ast.walk(loop))


def _changed(loop: ast.While) -> set[str]:
    """The names that may change in the body: assigned, or an object with a method called."""
    changed: set[str] = set()
    for node in (inner for statement in loop.body for inner in ast.walk(statement)):
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            changed.add(node.id)
        target = node.func if isinstance(node, ast.Call) else node
        stored = isinstance(node, ast.Subscript | ast.Attribute) and isinstance(
            node.ctx, ast.Store | ast.Del
        )
        if stored or isinstance(node, ast.Call):
            changed |= {n.id for n in ast.walk(target) if isinstance(n, ast.Name)}
    return changed
