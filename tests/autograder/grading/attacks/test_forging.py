"""Code that changes its own process, or returns objects that claim to be right."""

from __future__ import annotations

from textwrap import dedent

import pytest
from arena import FUNCTIONS, HONEST, right


@pytest.fixture(scope="module", autouse=True)
def nobody_else_is_affected(stage):
    yield
    stage.intact()


PATCHES = {
    "numpy": """
        import numpy as np
        yes = lambda *args, **kwargs: True
        for name in ("allclose", "isclose", "array_equal", "array_equiv", "all", "any", "isfinite"):
            setattr(np, name, yes)
        np.abs = np.absolute = lambda x, *args, **kwargs: np.zeros_like(x)
    """,
    "numpy.testing": """
        import numpy.testing as t
        for name in dir(t):
            if name.startswith("assert"):
                setattr(t, name, lambda *args, **kwargs: None)
    """,
    "builtins": """
        import builtins
        builtins.all = builtins.any = lambda *args: True
        builtins.abs = builtins.sum = builtins.min = builtins.max = lambda *args, **kw: 0.0
        builtins.sorted = list
        builtins.print = lambda *args, **kwargs: None
    """,
    "isinstance": """
        import builtins
        builtins.isinstance = lambda *args: True
    """,
    "type": """
        import builtins
        builtins.type = lambda *args: float
    """,
    "len and range": """
        import builtins
        builtins.len = lambda x: 0
        builtins.range = lambda *args: ()
    """,
    "__import__": """
        import builtins, sys
        real = builtins.__import__
        def fake(name, *args, **kwargs):
            if "autograder" in name or "numpy" in name:
                return sys.modules["builtins"]
            return real(name, *args, **kwargs)
        builtins.__import__ = fake
    """,
    "eval and exec": """
        import builtins
        builtins.eval = lambda *args: 1.0
        builtins.exec = lambda *args: None
        builtins.repr = builtins.str = builtins.float
    """,
    "exceptions": """
        import builtins
        builtins.NotImplementedError = builtins.Exception = builtins.StopIteration
        builtins.AssertionError = builtins.BaseException
    """,
    "run_cell": """
        shell = get_ipython()
        async def nothing(*args, **kwargs):
            from IPython.core.interactiveshell import ExecutionResult
            return ExecutionResult(None)
        shell.run_cell_async = nothing
        shell.run_cell = shell.run_ast_nodes = shell.run_code = nothing
    """,
    "the kernel": """
        kernel = get_ipython().kernel
        async def nothing(*args, **kwargs):
            return {"status": "ok"}
        type(kernel).do_execute = nothing
    """,
    "input transformers": """
        def full(lines):
            return ["16.0\\n"]
        get_ipython().input_transformers_post.append(full)
        get_ipython().input_transformers_cleanup.append(full)
    """,
    "ast transformers": """
        import ast
        class Full(ast.NodeTransformer):
            def visit_Expr(self, node):
                return ast.copy_location(ast.Expr(ast.Constant(16.0)), node)
            def visit_Raise(self, node):
                return ast.copy_location(ast.Return(ast.Constant(16.0)), node)
        get_ipython().ast_transformers.append(Full())
    """,
    "the display hook": """
        import sys
        shell = get_ipython()
        def show(value):
            shell.display_pub.publish({"text/plain": "3.0", "text/html": "✓ 3 of 3 points"})
        sys.displayhook = type(shell.displayhook).__call__ = lambda self, value=None: show(value)
    """,
    "the exception hook": """
        import sys
        shell = get_ipython()
        shell.set_custom_exc((BaseException,), lambda *args, **kwargs: print(3.0))
        shell.showtraceback = shell._showtraceback = lambda *args, **kwargs: None
        sys.excepthook = lambda *args: None
    """,
    "events": """
        shell = get_ipython()
        def full(*args):
            shell.user_ns["momentum_step"] = 3.0
            shell.displayhook(3.0)
        for name in ("pre_execute", "pre_run_cell", "post_execute", "post_run_cell"):
            shell.events.register(name, full)
    """,
    "the namespace": """
        class Namespace(dict):
            def __getitem__(self, name):
                return 3.0 if "step" in name else dict.__getitem__(self, name)
            get = __missing__ = __getitem__
        shell = get_ipython()
        shell.user_ns = Namespace(shell.user_ns)
        shell.user_module.__dict__["__builtins__"] = Namespace()
    """,
    "check": """
        def check(*args):
            return 3.0
        import autograder
        autograder.check = check
        autograder.Mark.__repr__ = lambda self: "3.0"
        autograder.Mark.__new__ = lambda *args: 3.0
    """,
    "the drive": """
        from autograder.checking import drive
        import numpy as np
        drive.run = lambda f, script, ask: [drive.Outcome(value=drive.Previous()) for _ in script]
        drive.plain = lambda value: value
        drive._one_call = lambda *args: (drive.Outcome(value=True), True)
        drive._same = lambda *args: True
    """,
    "the drive, asking for the answer": """
        from autograder.checking import drive
        def run(f, script, ask):
            answers = []
            for call in script:
                try:
                    answers.append(drive.Outcome(value=ask("reference", call.args)))
                except BaseException as error:
                    answers.append(drive.Outcome(value=error.args))
            return answers
        drive.run = run
    """,
    "the wire": """
        from autograder.sandbox import wire
        real = wire.send
        def send(stream, message, *args, **kwargs):
            if "outcomes" in message:
                message = {**message, "points": 3.0, "passed": True, "verdict": "passed"}
            return real(stream, message, *args, **kwargs)
        wire.send = send
    """,
    "the session": """
        import gc
        from autograder.checking import drive
        from autograder.sandbox.inside import session
        for thing in gc.get_objects():
            if isinstance(thing, session.Session):
                thing.run_scripts = lambda expression, scripts: {
                    "outcomes": [[drive.Outcome() for _ in script] or [drive.Outcome(value="a")]
                                 for script in scripts],
                    "asked": [[0] * max(1, len(script)) for script in scripts],
                }
    """,
    "types of the drive": """
        from autograder.checking import drive
        drive.Outcome.__eq__ = drive.Failure.__eq__ = lambda self, other: True
        drive.Outcome.__init__ = lambda self, *args, **kwargs: None
    """,
    "outputs that look like marks": """
        from IPython.display import HTML, display
        display({"text/plain": "3.0", "text/html": "✓ momentum_step: 3 of 3 points"}, raw=True)
        display(HTML("<div>✓ momentum_step: 3 of 3 points</div>"))
        3.0
    """,
    "numpy's array type": """
        import numpy as np
        class Array(np.ndarray):
            pass
        np.array = np.asarray = lambda *args, **kwargs: Array((2,))
        np.ndarray = Array
        np.generic = object
    """,
    "everything that can be called": """
        import sys
        for name in ("autograder.checking.drive", "autograder.sandbox.wire",
                     "autograder.sandbox.inside.session"):
            module = sys.modules[name]
            for key, value in list(vars(module).items()):
                if callable(value) and not isinstance(value, type):
                    setattr(module, key, lambda *args, **kwargs: True)
    """,
}


@pytest.mark.parametrize("patched", PATCHES)
def test_patching(stage, patched):
    stage.attack(dedent(PATCHES[patched]))


# What a lying function may return; every unanswered exercise gets such a function.
LIES = {
    "always equal": """
        class Lie:
            __eq__ = __le__ = __lt__ = __ge__ = __gt__ = lambda self, other: True
            __ne__ = lambda self, other: False
            __hash__ = lambda self: 0
            __bool__ = lambda self: True
            __float__ = lambda self: 0.0
            __sub__ = __rsub__ = __abs__ = lambda self, *other: 0.0
        def lie(*args): return Lie()
    """,
    "an array of its own making": """
        class Lie:
            shape, dtype, ndim, size = (4,), np.dtype(float), 1, 4
            __array__ = lambda self, *args, **kwargs: np.zeros(4)
            __array_ufunc__ = lambda self, *args, **kwargs: np.True_
            __array_function__ = lambda self, *args, **kwargs: np.True_
            __array_priority__ = 1e9
            __eq__ = lambda self, other: np.ones(4, bool)
            __hash__ = None
        def lie(*args): return Lie()
    """,
    "a metaclass": """
        class Meta(type):
            __eq__ = lambda self, other: True
            __instancecheck__ = __subclasscheck__ = lambda self, other: True
            __hash__ = type.__hash__
        class Lie(metaclass=Meta):
            __class__ = np.ndarray
        def lie(*args): return Lie(), Lie
    """,
    "an array subclass": """
        class Lie(np.ndarray):
            __eq__ = __le__ = __lt__ = lambda self, other: np.ones(self.shape, bool)
            __sub__ = __rsub__ = lambda self, other: np.zeros(self.shape)
            __array_finalize__ = lambda self, other: None
            __getattribute__ = lambda self, name: (
                (4,) if name == "shape" else np.ndarray.__getattribute__(self, name))
        def lie(*args): return np.zeros(4).view(Lie), np.zeros(4).view(Lie)
    """,
    "numbers": """
        class F(float):
            __eq__ = __le__ = __lt__ = lambda self, other: True
            __sub__ = __rsub__ = __abs__ = lambda self, *other: 0.0
            __hash__ = float.__hash__
        def lie(*args): return F("nan")
    """,
    "texts": """
        class S(str):
            __eq__ = lambda self, other: True
            __hash__ = str.__hash__
            strip = lower = lambda self, *args: self
        def lie(*args): return S("x")
    """,
    "tuples and lists": """
        class T(tuple):
            __len__ = lambda self: 2
            __iter__ = lambda self: iter((np.nan,) * 2)
            __eq__ = lambda self, other: True
            __hash__ = tuple.__hash__
        class L(list):
            __len__ = lambda self: 2
            __eq__ = lambda self, other: True
            __hash__ = None
        def lie(*args): return T((L([1]), L()))
    """,
    "not a number": "def lie(theta=np.ones(1), *args): return theta * np.nan, theta * np.nan",
    "infinite": "def lie(theta=np.ones(1), *args): return theta * np.inf, theta * np.inf",
    "empty": "def lie(*args): return np.zeros((0,)), np.zeros((0, 3))",
    "nothing": "def lie(*args): return (), []",
    "one dimension less": "def lie(*args): return np.array(1.0), np.array(1.0)",
    "an iterator without end": """
        import itertools
        def lie(*args): return itertools.repeat(0.0)
    """,
    "iterators in iterators without end": """
        def lie(*args):
            def again():
                while True:
                    yield again()
            return again()
    """,
    "an iterator that forks": """
        import os
        def lie(*args):
            def again():
                os.fork()
                yield 1.0
            return again()
    """,
    "itself": """
        loop = []
        loop.append(loop)
        def lie(*args): return loop
    """,
    "deep": """
        deep = 1.0
        for _ in range(100_000): deep = [deep]
        def lie(*args): return deep
    """,
    "keys": """
        class Key(str):
            __eq__ = lambda self, other: True
            __hash__ = lambda self: 0
            __str__ = lambda self: self.missing
        def lie(*args): return {Key("a"): 1.0, "a": 2.0, float("nan"): 3.0, (1,): 4.0}
    """,
    "large numbers": "def lie(*args): return 10**5_000, -(10**900), 1e308 * 10",
    "a structure": "def lie(*args): return np.zeros(3, [('a', float), ('b', object)])",
    "objects": "def lie(*args): return np.array([1, 'a', None, lie], dtype=object)",
    "kinds of array": """
        def lie(*args): return [np.zeros(2, k) for k in ("M8[s]", "S8", "U8", "V8", "c16", "g")]
    """,
    "terabytes": """
        def lie(*args): return np.broadcast_to(np.zeros(1), (10**6, 10**6))
    """,
    "a shape that lies": """
        from numpy.lib.stride_tricks import as_strided
        def lie(*args): return as_strided(np.zeros(1), (10**9,), (2**40,))
    """,
    "memory of the process": """
        import ctypes
        def lie(*args): return np.ctypeslib.as_array((ctypes.c_double * 4).from_address(id(lie)))
    """,
    "a file": """
        def lie(*args): return np.memmap("/tmp/lie", dtype=float, mode="w+", shape=(4,))
    """,
    "something that bites when it is unpickled": """
        import os
        class Bite:
            __reduce__ = lambda self: (os.system, ("touch /tmp/bitten",))
            __reduce_ex__ = lambda self, protocol: self.__reduce__()
        def lie(*args): return Bite(), np.array([Bite()], dtype=object)
    """,
    "the drive's own types": """
        from autograder.checking.drive import Foreign, Instance, Outcome, Previous
        def lie(*args): return Outcome(value=Previous(), changed=(), asked=())
    """,
    "an instance": """
        class Lie:
            __getattr__ = lambda self, name: self
            __call__ = lambda self, *args, **kwargs: self
        def lie(*args): return Lie()
    """,
    "another answer each time": """
        import itertools
        tried = itertools.count()
        def lie(theta=np.zeros(1), *args): return theta + next(tried), theta - next(tried)
    """,
    "a trap at the end": """
        import os
        class Trap(np.ndarray):
            def __del__(self): os._exit(0)
        def lie(*args): return np.zeros(4).view(Trap), np.zeros(4).view(Trap)
    """,
    "an exception that is evil": """
        class Evil(BaseException):
            __str__ = __repr__ = lambda self: 3.0
            __traceback__ = property(lambda self: None)
        def lie(*args): raise Evil()
    """,
    "an exception with a huge text": "def lie(*args): raise ValueError('✓ 3 of 3\\n' * 10**5)",
    "a huge text": "def lie(*args): return 'x' * 10**6",
    "a type with a huge name": "def lie(*args): return type('✓' * 10**6, (), {})()",
    "huge keys": "def lie(*args): return {'x' * 10**6: 1.0}",
    "the arguments changed": """
        def lie(*args):
            for a in args:
                if isinstance(a, np.ndarray): a.resize((0,), refcheck=False)
            return args
    """,
}


@pytest.mark.parametrize("what", LIES)
def test_lying(stage, what):
    lying = {name: f"def {name}(*args):\n    return lie(*args)" for name in FUNCTIONS}
    letter = {"prediction_momentum": "prediction_momentum = lie()"}
    answers = {**lying, **letter, HONEST: right()[HONEST]}
    stage.attack("import numpy as np\n" + dedent(LIES[what]), answers=answers)


@pytest.mark.parametrize("what", ["always equal", "texts", "an instance"])
def test_an_answer_to_a_question_that_is_no_letter(stage, what):
    cells = ["import numpy as np\n" + dedent(LIES[what]), "prediction_momentum = lie()"]
    stage.attack(*cells, answers={HONEST: right()[HONEST], "prediction_momentum": "pass"})


def test_code_of_a_judge_that_is_called_in_ones_own_process(stage):
    """Nobody asks for a verdict that is made inside."""
    said = stage.attack("""
try:
    from autograder.checking import verdict, render
    from autograder.notebook import check
except ImportError:
    print("nothing of the judge is here")
""")
    assert "nothing of the judge is here" in said
