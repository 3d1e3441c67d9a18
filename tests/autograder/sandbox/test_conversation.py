"""Scripts, oracles, and a process that breaks the rules of the conversation."""

import time

import numpy as np
import pytest

from autograder.checking import drive
from autograder.checking.drive import Call, Failure, Oracle, Outcome, Previous, Rng
from autograder.sandbox import Limits, Sandbox, Stopped

SOURCE = """
import numpy as np
def step(w, g, lr=0.1):
    w -= lr * g(w)
    return w, g(w)
class Counter:
    def __init__(self, start): self.n = start
    def up(self, by): self.n += by; return self.n
def draw(rng): return rng.normal(size=3)
def nothing(): pass
def noisy():
    import warnings, sys
    print('out'); print('err', file=sys.stderr); warnings.warn('w')
    return np.log(0.0)
def wrong():
    return 1 / 0
def asks_twice(g):
    try: g(1)
    except ValueError as error: return str(error), g(2)
def by_keyword(g): return g(x=1, y=2)
letter = "b"
odd = {"a": (1, 2.5, [None, True]), 3: np.float32(2)}
"""


@pytest.fixture(scope="module")
def told():
    with Sandbox() as own, own.session() as session:
        assert session.run_cell(SOURCE).outputs == []
        yield session


def ask(name, arguments):
    return 2 * arguments[0]


def run_script(session, expression, script, ask):
    [outcomes] = session.run_scripts(expression, [(script, ask)])
    return outcomes


def in_process(expression, script, ask):
    """The same by drive.run, here."""
    namespace = {}
    exec(SOURCE, namespace)
    value = eval(expression, namespace)
    return drive.run(value, script, ask) if script else drive.read_value(value)


@pytest.mark.parametrize(
    ("expression", "script"),
    [
        ("step", [Call((np.ones(3), Oracle("g")))] * 2),
        ("step", [Call((np.ones(3), Oracle("g"))), Call((Previous(0), Oracle("g")), {"lr": 0.5})]),
        ("Counter", [Call((1,)), Call((2,), method="up"), Call(attribute="n")]),
        ("draw", [Call((Rng(5),))]),
        ("nothing", [Call()]),
        ("noisy", [Call()]),
        ("wrong", [Call(), Call()]),
        ("by_keyword", [Call((Oracle("g", ("x", "y")),))]),
        ("letter", []),
        ("odd", []),
        ("lambda x: x", [Call((np.zeros((2, 0), dtype=np.float32),))]),
    ],
)
def test_outcomes_are_those_of_a_run_here(told, expression, script):
    outside = run_script(told, expression, script, ask)
    here = in_process(expression, script, ask)
    assert len(outside) == len(here)
    for got, expected in zip(outside, here, strict=True):
        assert repr(got.value) == repr(expected.value)
        assert repr(got.asked) == repr(expected.asked)
        assert got.changed == expected.changed
        if expected.failure:
            assert got.failure.type_name == expected.failure.type_name
            assert got.failure.message == expected.failure.message
            assert got.failure.function == expected.failure.function


def test_the_line_of_a_failure_is_the_students(told):
    failure = run_script(told, "wrong", [Call()], ask)[0].failure
    assert failure.line == "return 1 / 0"
    assert failure.function == "wrong"


def test_what_is_not_there_or_no_function(told):
    assert run_script(told, "missing", [Call()], ask) == [
        Outcome(failure=Failure("NameError", "name 'missing' is not defined", cause="absent"))
    ]
    assert run_script(told, "letter", [Call()], ask) == [
        Outcome(failure=Failure("NotCallable", "'b'", cause="not callable"))
    ]
    failure = run_script(told, "odd * 2 if", [Call()], ask)[0].failure
    assert (failure.type_name, failure.cause) == ("SyntaxError", "raised")


def test_an_answer_that_cannot_be_shown_or_raises_oddly_is_still_an_answer(told):
    told.run_cell(
        "class Silent:\n    def __repr__(self): raise ValueError('no words')\nsilent = Silent()\n"
        "class Odd(BaseException): pass\ndef odd_one(): raise Odd('odd')"
    )
    assert run_script(told, "silent", [Call()], ask) == [
        Outcome(failure=Failure("NotCallable", "a Silent", cause="not callable"))
    ]
    failure = run_script(told, "odd_one()", [Call()], ask)[0].failure
    assert (failure.type_name, failure.cause) == ("Odd", "raised")


@pytest.mark.parametrize("name", ["TimeLimit", "NotCallable", "Unsendable", "KeyboardInterrupt"])
def test_the_name_of_a_students_exception_decides_nothing(told, name):
    told.run_cell(f"class {name}(Exception): pass\ndef own_error(): raise {name}('mine')")
    failure = run_script(told, "own_error", [Call()], ask)[0].failure
    assert (failure.type_name, failure.cause) == (name, "raised")


def test_only_the_judges_side_speaks_of_its_limits(sandbox):
    with sandbox.session() as session:
        session.run_cell(
            "from autograder.checking import drive\n"
            "from autograder.sandbox.inside import session\n"
            "limit = drive.Outcome(failure=drive.Failure('TimeLimit', 'mine', cause='limit'))\n"
            "session.Session.run_script = lambda *args: [limit]\n"
            "def f(): return 1"
        )
        with pytest.raises(Stopped):
            run_script(session, "f", [Call()], ask)


def test_an_error_of_an_oracle_is_raised_inside(told):
    def refuse(name, arguments):
        if arguments[0] == 1:
            raise ValueError("no such point")
        return arguments[0]

    (outcome,) = run_script(told, "asks_twice", [Call((Oracle("g"),))], refuse)
    assert outcome.value == ("no such point", 2)
    assert outcome.asked == (("g", (1,)), ("g", (2,)))


def test_questions_are_answered_by_the_script_that_asks(told):
    scripts = [
        ([Call((np.zeros(1), Oracle("g")))], lambda name, arguments, i=i: np.array([float(i)]))
        for i in range(5)
    ]
    values = [script[0].value[1] for script in told.run_scripts("step", scripts)]
    assert values == [np.array([float(i)]) for i in range(5)]


def test_a_value_that_is_too_large_is_no_reason_to_stop(told):
    told.run_cell("def large(n): return np.ones(n)")
    calls = [Call((10**7,))], [Call((5 * 10**6,))], [Call((2,))]
    large, less, small = told.run_scripts("large", [(call, ask) for call in calls])
    assert large[0].failure.cause == "unsendable"
    assert less[0].failure.cause == "unsendable"
    assert small[0].value.tolist() == [1, 1]


def test_a_value_of_many_parts_is_no_reason_to_stop(told):
    told.run_cell("def many(): return [[[]] for _ in range(200_000)]")
    assert run_script(told, "many", [Call()], ask)[0].failure.cause == "unsendable"
    told.run_cell("def deep():\n    x = []\n    for _ in range(100): x = [x]\n    return x")
    assert run_script(told, "deep", [Call()], ask)[0].failure.cause == "unsendable"


def test_the_questions_are_those_that_were_asked(sandbox):
    """A process may claim that it asked something else: the claim has no effect."""
    lie = """
import autograder.checking.drive as drive
real = drive.run
def run(function, script, ask):
    ask("g", (1.0,))
    return [drive.Outcome(value=0.0, asked=(("g", (7.0,)), ("g", (8.0,)))[:n])]
drive.run = run
def f(g): return 0.0
n = 1
"""
    with sandbox.session() as session:
        session.run_cell(lie)
        script = [Call((Oracle("g"),))]
        assert run_script(session, "f", script, ask)[0].asked == (("g", (1.0,)),)
        session.run_cell("n = 0")
        assert run_script(session, "f", script, ask)[0].asked == (("g", (1.0,)),)
        session.run_cell("n = 2")
        assert run_script(session, "f", script, ask)[0].asked == (("g", (1.0,)),)


RUBBISH = [
    "os.write(fd, b'x' * 1000)",
    "os.write(fd, (2**32 - 1).to_bytes(4, 'big') + b'x' * 100)",
    "os.write(fd, (5).to_bytes(4, 'big') + b'abcde')",
    "os.write(fd, b'ab')",
    "os.write(fd, b'')",
    "os.close(fd)",
    "socket.socket(fileno=os.dup(fd)).shutdown(socket.SHUT_RDWR)",
]


@pytest.mark.parametrize("rubbish", RUBBISH)
def test_rubbish_on_every_descriptor_ends_the_notebook(sandbox, rubbish):
    process = sandbox._process.pid
    source = f"""
import os, socket
for fd in range(3, 256):
    try:
        if 'socket' in os.readlink(f'/proc/self/fd/{{fd}}'): {rubbish}
    except OSError:
        pass
"""
    with sandbox.session() as session:
        try:
            for _ in range(3):
                session.run_cell(source)
        except Stopped:
            assert session.stopped
        else:
            assert "b''" in rubbish
    with sandbox.session() as session:
        assert session.run_cell("1").outputs[0]["data"]["text/plain"] == "1"
    assert sandbox._process.pid == process


FORGED = {
    "a number that is not the request's": "{'number': 99, 'outputs': [], 'execution_count': 1}",
    "no number": "{'outputs': [], 'execution_count': 1}",
    "another type of outputs": "{'number': n, 'outputs': {}, 'execution_count': 1}",
    "another type of count": "{'number': n, 'outputs': [], 'execution_count': 'x'}",
    "a question that nobody answers": "{'number': n, 'ask': 'g', 'arguments': (), 'script': 0}",
    "a question of no script": "{'number': n, 'ask': 'g', 'arguments': (), 'script': -1}",
    "nothing": "{}",
}


@pytest.mark.parametrize("what", FORGED)
def test_a_forged_reply_ends_the_notebook(sandbox, what):
    source = f"""
import socket
from autograder.sandbox import wire
n = 1
channel = socket.socket(fileno=3)
wire.send(channel, {FORGED[what]})
"""
    with sandbox.session() as session:
        with pytest.raises(Stopped, match="broke off the conversation"):
            session.run_cell(source)
        assert session.stopped


FORGED_OUTCOMES = {
    "fewer scripts": "{'number': n, 'outcomes': [], 'asked': []}",
    "more scripts": "{'number': n, 'outcomes': [[o], [o]], 'asked': [[0], [0]]}",
    "no outcome": "{'number': n, 'outcomes': [[]], 'asked': [[]]}",
    "more outcomes than calls": "{'number': n, 'outcomes': [[o] * 3], 'asked': [[0] * 3]}",
    "fewer outcomes than calls": "{'number': n, 'outcomes': [[o]], 'asked': [[0]]}",
    "something else": "{'number': n, 'outcomes': [[5, 5]], 'asked': [[0, 0]]}",
    "a count below zero": "{'number': n, 'outcomes': [[o, o]], 'asked': [[-1, 0]]}",
    "a count that is none": "{'number': n, 'outcomes': [[o, o]], 'asked': [['x', 0]]}",
    "a reply to a cell": "{'number': n, 'outputs': [], 'execution_count': 1}",
}


@pytest.mark.parametrize("what", FORGED_OUTCOMES)
def test_forged_outcomes_end_the_notebook(sandbox, what):
    source = f"""
import socket
from autograder.sandbox import wire
from autograder.checking import drive
n = 2
o = drive.Outcome(value=1)
channel = socket.socket(fileno=3)
def f(): wire.send(channel, {FORGED_OUTCOMES[what]})
"""
    with sandbox.session() as session:
        session.run_cell(source)
        with pytest.raises(Stopped):
            session.run_scripts("f", [([Call(), Call()], ask)])


def test_questions_without_end(sandbox):
    """Their bytes are counted: a student must not be able to fill the judge's memory."""
    with sandbox.session() as session:
        session.run_cell("import numpy as np\ndef f(g):\n    while True: g(np.ones(10**6))")
        with pytest.raises(Stopped, match="the answers of a check are more than 32 MiB"):
            run_script(session, "f", [Call((Oracle("g"),))], lambda name, arguments: 0)


def test_a_process_that_does_not_read_is_not_waited_for():
    limits = Limits(cell_seconds=2, notebook_seconds=30)
    with Sandbox(limits=limits) as sandbox, sandbox.session() as session:
        session.run_cell(
            "import threading, ctypes\n"
            "threading.Timer(0.5, lambda: ctypes.PyDLL(None).sleep(60)).start()"
        )
        time.sleep(1)
        with pytest.raises(Stopped, match="2 s"):
            session.run_scripts("len", [([Call((np.ones(10**6),))], ask)])


def test_a_forked_child_of_a_cell_does_not_answer(sandbox):
    with sandbox.session() as session:
        result = session.run_cell("import os\nif os.fork() == 0: x = 'child'\nelse: x = 'parent'")
        assert result.stopped == ""
        assert session.run_cell("x").outputs[0]["data"]["text/plain"] == "'parent'"


def test_calls_without_end_fill_no_page(told):
    (output,) = told.run_cell("def f(x): return g(x)\ndef g(x): return f(x)\nf(1)").outputs
    assert output["ename"] == "RecursionError"
    lines = "\n".join(output["traceback"]).splitlines()
    assert "calls between the first and the last are not shown" in lines[-1]
    assert len(lines) < 60
