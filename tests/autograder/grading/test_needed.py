"""What must run for the marks: enough for full marks, and no picture."""

from __future__ import annotations

import ast
import sys
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import HealthCheck, given, reject, settings
from hypothesis import strategies as st

from autograder import folders
from autograder.exercises import REGISTRY
from autograder.grading.needed import (
    MAX_CELL,
    MAX_STATEMENTS,
    answer_modules,
    copies,
    reference_modules,
    without_answers,
    without_imports,
)
from autograder.grading.needed import needed as plan
from autograder.grading.submission import Cell, read, restore, source_cells
from autograder.notebook.check import verdict_on

NOTEBOOKS = folders.notebooks()


@pytest.fixture(scope="module")
def masters():
    """By name: the restored master with the author's answers, and the modules for its marks."""
    found = {}
    for name in NOTEBOOKS:
        source = source_cells(folders.master(name))
        exercises = [e for e in REGISTRY.values() if e.notebook == name]
        available = without_answers(reference_modules(source), answer_modules(exercises))
        cells = restore(read(folders.master(name).read_bytes()), source).cells
        found[name] = (cells, available)
    return found


def needed(cells, available):
    """All that runs of each cell; None: nothing."""
    found = plan(cells, available)
    both = [[c for c in (found.first.get(i), found.last.get(i)) if c] for i in range(len(cells))]
    return ["\n".join(codes) or None for codes in both]


def student(*texts):
    return [Cell("code", text, str(i)) for i, text in enumerate(texts)]


def released(*texts):
    return [Cell("code", text, f"r{i}", origin="released") for i, text in enumerate(texts)]


def solution(text):
    marks = {"grade": False, "solution": True, "grade_id": "s"}
    return Cell("code", text, "s", nbgrader=marks)


def check(text):
    marks = {"grade": True, "solution": False, "grade_id": "c"}
    return Cell("code", text, "c", nbgrader=marks, origin="released")


class Blocked:
    """An import hook: only some modules of the reference are there."""

    def __init__(self, available):
        self.available = available

    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] == "reference_impl" and name not in self.available:
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)
        return None


def execute(codes, available):
    """Run the code in one namespace, with only the available modules of the reference."""
    namespace = {"__name__": "__main__"}
    ours = {m: sys.modules.pop(m) for m in list(sys.modules) if m.startswith("reference_impl")}
    hook = Blocked(available)
    sys.meta_path.insert(0, hook)
    try:
        for code in codes:
            exec(compile(code, "<cell>", "exec"), namespace)
    finally:
        sys.meta_path.remove(hook)
        for module in [m for m in sys.modules if m.startswith("reference_impl")]:
            del sys.modules[module]
        sys.modules.update(ours)
    return namespace


@pytest.mark.parametrize("name", NOTEBOOKS)
def test_what_is_needed_is_enough_for_full_marks(masters, name):
    cells, available = masters[name]
    codes = needed(cells, available)
    assert not available & answer_modules([e for e in REGISTRY.values() if e.notebook == name])
    run = [code for cell, code in zip(cells, codes, strict=True) if code and not cell.graded]
    namespace = execute(run, available)
    for exercise in REGISTRY.values():
        if exercise.notebook != name:
            continue
        if exercise.id == "images_model":  # it trains for a minute; it is enough that it runs
            X, labels = np.eye(784, dtype=np.float32)[:64], np.arange(64) % 10
            assert namespace["images_model"](X, labels, np.random.default_rng(0))(X).shape == (64,)
        else:
            verdict = verdict_on(exercise.id, namespace[exercise.id])
            assert verdict.points == verdict.max_points, (exercise.id, verdict.problem)


@pytest.mark.parametrize("name", NOTEBOOKS)
def test_of_an_untouched_notebook_no_picture_is_needed(masters, name):
    cells, available = masters[name]
    for cell, code in zip(cells, needed(cells, available), strict=True):
        if cell.cell_type != "code":
            assert code is None
        elif cell.graded or cell.solution:
            assert code == cell.source
        else:
            assert "matplotlib" not in (code or "")
            assert "plots" not in (code or "")
            assert "show(" not in (code or "")
            statements = ast.parse(code or "").body
            assert sum(not isinstance(s, ast.Import | ast.ImportFrom) for s in statements) <= 16


@pytest.mark.parametrize("name", ["01_ewma", "03_momentum", "09_batchnorm"])
def test_an_edited_picture_runs_with_what_it_needs_and_what_comes_later_does_not(masters, name):
    cells, available = masters[name]
    before = needed(cells, available)
    pictures = [i for i, c in enumerate(cells) if c.cell_type == "code" and not c.nbgrader]
    edited = pictures[len(pictures) // 2]
    cells = list(cells)
    cells[edited] = replace(cells[edited], origin="student", source=cells[edited].source + "\n#")
    after = needed(cells, available)
    assert after[edited] == cells[edited].source
    assert after[edited + 1 :] == before[edited + 1 :]


def test_a_picture_of_ones_own_takes_no_other_with_it():
    cells = [
        *released("import numpy as np\nfrom reference_impl import plots\nplots.use_course_style()"),
        *released("from reference_impl.plots import show\nx = np.arange(3)\nshow(x)"),
        *released("y = x + 1\nshow(plots.curves({'y': (x, y)}), alt='y')"),
        *student("show(plots.curves({'x': (x, x)}), alt='x')"),
        *released("show(x)"),
    ]
    codes = needed(cells, {"reference_impl", "reference_impl.plots"})
    assert codes[0] == cells[0].source
    assert codes[1] == "from reference_impl.plots import show\nx = np.arange(3)"
    assert codes[2:] == [None, cells[3].source, None]


@pytest.mark.parametrize(
    ("text", "kept", "is_needed"),
    [
        ("x = 1", "print(x)", True),
        ("x: int = 1", "print(x)", True),
        ("y = 1", "print(x)", False),
        ("import x", "print(x)", True),
        ("import x.y", "print(x.y.z)", True),
        ("import y as x", "print(x)", True),
        ("from y import x", "print(x)", True),
        ("def x(): pass", "print(x)", True),
        ("async def x(): pass", "print(x)", True),
        ("class x: pass", "print(x)", True),
        ("for x in range(3): pass", "print(x)", True),
        ("with open('f') as x: pass", "print(x)", True),
        ("print(x := 1)", "print(x)", True),
        ("print([x := i for i in range(3)])", "print(x)", True),
        ("a, *x = [1, 2]", "print(x)", True),
        ("try:\n    pass\nexcept E as x:\n    pass", "print(x)", True),
        ("match 1:\n    case x: pass", "print(x)", True),
        ("if True:\n    x = 1", "print(x)", True),
        ("print([x for x in range(3)])", "print(x)", False),
        ("print({x: 1 for x in range(3)}, {x for x in range(3)})", "print(x)", False),
        ("print([i for i in range(3) for x in [i]])", "print(x)", False),
        ("class C:\n    y = [x for x in range(3)]", "print(x)", False),
        ("x = 1", "print([x for x in [1]])", False),
        ("x = 1", "print([x for x in [x]])", True),
        ("x = 1", "print(x, [x for x in [1]])", True),
        ("x = 1", "print([[x for i in [1]] for x in [1]])", False),
        ("x = 1", "print([i for i in [1] if x])", True),
        ("x = [0]", "print([i for x[0] in [1] for i in [2]])", True),
        ("x = 1", """print([f"{x!r:>{i}} {chr(10)}" for i in [1]])""", True),
        ("def f():\n    global x\n    return [x := i for i in [1]]", "f()\nprint(x)", True),
        ("print((lambda x: x)(1))", "print(x)", False),
        ("def f():\n    x = 1\nf()", "print(x)", False),
        ("class C:\n    x = 1", "print(x)", False),
        ("x = 1", "def f(x): return x", False),
        ("x = 1", "def f(): return x", True),
        ("x = 1", "f = lambda: (yield x)", True),
        ("x = 1", "class C:\n    y = x", True),
        ("x = 1", "'''\n>>> x\n'''", False),
        ("x = 1", "x += 2", True),
    ],
)
def test_a_statement_is_needed_for_the_names_that_it_binds(text, kept, is_needed):
    assert needed([*released(text), *student(kept)], ()) == [text if is_needed else None, kept]


@pytest.mark.parametrize(
    "text",
    [
        "x.append(1)",
        "x[0] = 1",
        "x.a = 1",
        "x += [1]",
        "del x[0]",
        "change(x)",
        "y = change(x)",
        "y = x\ny.append(1)",
        "[row.append(1) for row in x]",
        "def f():\n    x.append(1)\nf()",
        "def f():\n    global x\n    x = 1\nf()",
        "def f(a):\n    a.append(1)\nf(x)",
        "import numpy as np\nnp.copyto(x, 1)",
    ],
)
def test_if_a_mark_reaches_what_is_computed_all_before_runs_first(text):
    """What happens to an object is not seen in a text; a student's cell that has it runs, too."""
    cells = [*released("x = make()", text), *student("print(x)", "z = 3"), check("assert x")]
    found = plan([*cells, *released("x.clear()")], ())
    assert found.first == {0: "x = make()", 1: text, 2: "print(x)", 4: "assert x"}
    assert found.last == {3: "z = 3"}


def test_experiments_run_last_with_what_they_seem_to_need():
    cells = [
        *released("import numpy as np\nfrom time import sleep\nX = np.ones(3)\nY = slow(X)"),
        *student("sleep(55)", "best = search(f, X)", "print(best)"),
        solution("def f(x): return np.exp(x)"),
        check('check("f", f)'),
        *student("sleep(55); f(1)"),
    ]
    found = plan(cells, ())
    assert found.first == {0: "import numpy as np", 4: cells[4].source, 5: cells[5].source}
    assert found.last == {
        0: "from time import sleep\nX = np.ones(3)",
        **{i: cells[i].source for i in (1, 2, 3, 6)},
    }


@pytest.mark.parametrize(
    "text",
    [
        "f = None",
        "global_of_f = 2",
        "import numpy as np; np.exp = None",
        "np.random.seed(0)",
        "np.exp.x = 1",
        "f.cache = {}",
        "import os; os.chdir('/')",
        "import sys\nsys.path.append('lib')",
        "def g():\n    global global_of_f\n    global_of_f = 3\ng()",
        "for f in range(3): pass",
        "TABLE[0] = 1",
        "fill(TABLE)",
        "def h(): TABLE.clear()\nh()",
        "f(1)",
        "%%time\nglobal_of_f = 2",
    ],
)
def test_what_may_change_an_answer_is_no_experiment(text):
    cells = [
        *released("import numpy as np\nfrom fills import fill"),
        *student(text),
        solution("TABLE = {}\nglobal_of_f = 1\ndef f(x): return np.exp(global_of_f), TABLE"),
        check('check("f", f)'),
    ]
    found = plan(cells, ())
    assert found.first[1] == text
    assert not found.last


@pytest.mark.parametrize(
    ("definition", "call", "runs_first"),
    [
        ("def use():\n    global global_of_f\n    global_of_f = 3", "use()", True),
        ("def use():\n    global global_of_f\n    global_of_f = 3\ndef go(): use()", "go()", True),
        ("def fill(): f.cache = {}", "fill()", True),
        ("def add_up(x):\n    np.add.at(x, 0, 1)\n    return x", "add_up(np.ones(2))", False),
    ],
)
def test_a_call_of_what_changes_an_answer_is_no_experiment(definition, call, runs_first):
    cells = [
        *released("import numpy as np"),
        *student(definition),
        solution("global_of_f = 1\ndef f(x): return np.exp(global_of_f)"),
        *student(call),
        check('check("f", f)'),
    ]
    found = plan(cells, ())
    assert (3 in found.first) is runs_first
    assert (3 in found.last) is not runs_first


def test_an_import_once_more_makes_no_needed_cell():
    cells = [
        *released("import numpy as np"),
        *student("import numpy as np\nprint(np.ones(3))"),
        solution("def f(x): return np.exp(x)"),
        check('check("f", f)'),
    ]
    assert list(plan(cells, ()).last) == [1]
    cells[1] = student("import other as np\nprint(np.ones(3))")[0]
    assert not plan(cells, ()).last


def test_a_function_that_is_given_once_more_is_still_a_definition():
    text = "if OWN:\n    f, g = mine(f, g)"
    cells = [
        *released("from m import f, g\nX = make()\nOWN = False", text),
        solution("def h(x): return f(x)"),
        check('check("h", h)'),
    ]
    assert plan(cells, ()).first[0] == "from m import f\nfrom m import g\nOWN = False"
    assert plan(cells, ()).first[1] == text


def test_of_a_module_only_a_line_that_only_calls_counts():
    cells = [
        *released("import numpy as np\nnp.random.seed(0)\ny = np.ones(3)\nnp.seterr(all='ignore')"),
        solution("def f(): return np.random.normal()"),
    ]
    expected = "import numpy as np\nnp.random.seed(0)\nnp.seterr(all='ignore')"
    assert needed(cells, ())[0] == expected


def test_what_comes_after_the_last_use_is_not_needed():
    cells = [*released("x = []"), *student("print(x)"), *released("x.append(1)")]
    assert needed(cells, ())[2] is None


def test_a_function_sees_what_its_names_are_when_it_is_called():
    cells = [
        *released("x = 1"),
        solution("def f(): return x"),
        *released("x = 2"),
        check("assert f() == 2"),
        *released("x = 3"),
    ]
    assert needed(cells, ())[::2] == ["x = 1", "x = 2", None]


def test_of_a_check_the_name_of_the_check_does_not_count():
    cells = [
        *released("from autograder import check\nx = 1"),
        check('check("f", f)'),
        check("assert x == 1"),
    ]
    assert needed(cells, ())[0] == "x = 1"
    cells[1] = check('check("f", x)\nassert check')
    assert needed(cells, ())[0] == cells[0].source


@pytest.mark.parametrize(
    "text",
    [
        "get_ipython()",
        "print(globals())",
        "exec('y')",
        "import importlib",
        "from math import *",
        "import __main__",
        "def f(): return eval('y')",
        "%timeit y",
        "!ls",
        "%%timeit\nprint(y)",
        "1" + "+1" * 20_000,
    ],
)
def test_who_reads_names_in_other_ways_gets_everything(text):
    cells = [*released("y = 1\nz = 2"), *student(text)]
    assert needed(cells, ()) == ["y = 1\nz = 2", text]


def test_some_magics_need_nothing():
    text = "%matplotlib inline\nprint(x)"
    assert needed([*released("x = 1\ny = 2"), *student(text)], ()) == ["x = 1", text]


def test_a_cell_that_does_not_parse_needs_nothing():
    assert needed([*released("x = 1"), *student("print(x")], ()) == [None, "print(x"]


def test_a_released_magic_brings_everything():
    cells = released("x = 1", "%env x")
    assert needed(cells, ()) == ["x = 1", "get_ipython().run_line_magic('env', 'x')"]


def test_imports_that_are_not_there_are_left_out_name_by_name():
    there = {"reference_impl", "reference_impl.plots", "reference_impl.datasets"}
    text = (
        "from reference_impl import mlp, plots\nimport reference_impl.mlp as m; x = 1\n"
        "from reference_impl.datasets import (\n    moons,\n    blobs,\n)\n"
        "from reference_impl.mlp import mlp_forward\nimport numpy as np"
    )
    left = (
        "from reference_impl import plots\npass; x = 1\n"
        "from reference_impl.datasets import (\n    moons,\n    blobs,\n)\npass\nimport numpy as np"
    )
    assert without_imports(text, there) == left
    user = "print(mlp, m, plots, moons, mlp_forward, np)"
    expected = (
        "from reference_impl import plots\nfrom reference_impl.datasets import moons\n"
        "import numpy as np"
    )
    assert needed([*released(text), *student(user)], there) == [expected, user]
    assert needed([*student(text)], there) == [left]
    assert without_imports("%matplotlib inline\n" + text, there).endswith(left + "\n")


def test_lines_keep_their_numbers_where_an_import_is_left_out():
    text = "from reference_impl.mlp import (\n    mlp_forward,\n    mlp_backward,\n)\nx = 1 / 0"
    assert without_imports(text, ()).splitlines().index("x = 1 / 0") == 4


def test_modules_are_closed_under_what_they_import():
    wanted = (
        "from reference_impl import mlp_training, plots",
        "import reference_impl.layers.pooling",
    )
    modules = reference_modules(student(*wanted))
    assert {"reference_impl", "reference_impl.mlp", "reference_impl.plots"} <= modules
    assert "reference_impl.layers" in modules  # the package of layers.pooling
    assert "reference_impl.widgets" not in modules
    assert modules == reference_modules(student(*(f"import {module}" for module in modules)))


def test_a_module_that_imports_an_answer_is_none_to_have():
    answers = answer_modules([REGISTRY["dense_forward"], REGISTRY["prediction_backprop"]])
    assert answers == {"reference_impl.dense"}
    importers = {f"reference_impl.{name}" for name in ("layers.dense", "mlp", "mlp_training")}
    assert without_answers({*answers, *importers, "reference_impl.losses"}, answers) == {
        "reference_impl.losses"
    }


@pytest.mark.parametrize(
    ("between", "shares"),
    [
        ("def g(x): return f(x)", True),
        ("print(f(1))", True),
        ("import numpy as np\ndef g(x): return np.exp(x)", True),
        ("f = None\ng = 1", False),
        ("np.exp = None\ng = 1", False),
        ("exec('f = 1')\ng = 1", False),
        ("def g(x):\n    global f\n    f = x", False),
        ("f.cache = 1\ng = 1", False),
    ],
)
def test_two_checks_share_a_copy_if_nothing_between_changes_what_they_ask_for(between, shares):
    cells = [
        *released("import numpy as np"),
        solution("def f(x): return np.exp(x)"),
        check('check("f", f)'),
        solution(between),
        check('check("g", g)'),
    ]
    found = plan(cells, ())
    assert copies(cells, found, [2, 4]) == ({2: 4, 4: 4} if shares else {2: 2, 4: 4})


# Programs over four lists of numbers. An object may have two names.
NAMES = st.sampled_from("abcd")
NUMBERS = st.one_of(st.integers(0, 9).map(str), st.builds("len({})".format, NAMES))
FRESH = st.one_of(
    st.lists(st.integers(0, 9), max_size=3).map(str),
    st.builds("[{}]".format, NUMBERS),
    st.builds("{} + {}".format, NAMES, NAMES),
    st.builds("{}[1:]".format, NAMES),
)
VALUES = st.one_of(
    FRESH, NAMES, st.builds("f({})".format, NAMES), st.builds("g({}, {})".format, NAMES, NAMES)
)
LINES = st.one_of(
    st.builds("{} = {}".format, NAMES, VALUES),
    st.builds("{} = {} = {}".format, NAMES, NAMES, VALUES),
    st.builds("{}, {} = {}, {}".format, NAMES, NAMES, FRESH, FRESH),
    st.builds("{} += {}".format, NAMES, VALUES),
    st.builds("{}.append({})".format, NAMES, NUMBERS),
    st.builds("{}[0] = {}".format, NAMES, NUMBERS),
    st.builds("del {}[0]".format, NAMES),
    st.builds("put({}, {})".format, NAMES, NUMBERS),
    st.just("clear()"),
    st.builds("for i in {}[:1]:\n    {}.append(i)".format, NAMES, NAMES),
    st.builds("for i in [{}, {}]:\n    i.append(7)".format, NAMES, NAMES),
    st.builds("[i.append(8) for i in ({}, {})]".format, NAMES, NAMES),
    st.builds("if {}:\n    {} = {}".format, NAMES, NAMES, VALUES),
    st.builds("with suppress(Exception):\n    {} = {}".format, NAMES, VALUES),
    st.builds("def f(x):\n    return {}".format, FRESH),
    st.builds("def f(x):\n    x[0] = 6\n    return x + {}".format, NAMES),
    st.builds("def g(x, y):\n    {}[0] = 5\n    return f(y)[:]".format, NAMES),
    st.builds("def clear():\n    global {0}\n    {0} = []".format, NAMES),
    st.builds("clear = lambda: {}.clear()".format, NAMES),
)
START = (
    "from contextlib import suppress",
    "a, b, c, d = [1], [2, 3], [], [4]",
    "def f(x):\n    return x + [1]",
    "def g(x, y):\n    x.append(1)\n    return y[1:]",
    "def put(x, y):\n    x.append(y)",
    "def clear():\n    a.clear()",
)


def run_all(codes):
    namespace = {}
    for code in codes:
        exec(code, namespace)
    return namespace


def guarded(text):
    body = "\n".join("    " + line for line in text.splitlines())
    return f"try:\n{body}\nexcept Exception: pass"


@given(
    st.lists(st.tuples(LINES, st.booleans(), st.booleans()), max_size=12),
    st.sets(NAMES, min_size=1),
)
@settings(max_examples=300, suppress_health_check=[HealthCheck.filter_too_much])
def test_what_runs_first_computes_what_the_whole_program_computes(lines, wanted):
    keep = f"result = repr(({', '.join(sorted(wanted))},))"
    cells = released(*START)
    for line, guard, own in lines:
        cells += (student if own else released)(guarded(line) if guard else line)
    cells.append(check(keep))
    try:
        whole = run_all(cell.source for cell in cells)
    except Exception:
        reject()
    part = run_all(code for _, code in sorted(plan(cells, ()).first.items()))
    assert part["result"] == whole["result"]


@pytest.mark.parametrize(
    "large", ["\n".join(["y = 1"] * (MAX_STATEMENTS + 1)), f"y = {'1 + ' * (MAX_CELL // 4)}1"]
)
def test_what_is_too_long_to_slice_runs_whole(large):
    """The illustration is not needed: it runs only because the text is not sliced."""
    illustration = "picture = 1"
    few = needed([*released(illustration), *student("y = 1"), check("y")], ())
    assert few == [None, "y = 1", "y"]
    assert needed([*released(illustration), *student(large), check("y")], ()) == [
        illustration,
        large,
        "y",
    ]
