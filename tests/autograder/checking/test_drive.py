"""Calling a student's function: what goes in, what comes out, and where it runs."""

from __future__ import annotations

import pickle
import subprocess
import sys
import textwrap
from http import HTTPStatus

import numpy as np
import pytest

from autograder.checking.drive import (
    Call,
    Foreign,
    Graph,
    Instance,
    Oracle,
    Outcome,
    Previous,
    Rng,
    plain,
    read_value,
    run,
)


def no_oracle(name, arguments):
    raise AssertionError("nobody should ask")


def one(function, *args):
    return run(function, [Call(args)], no_oracle)[0]


def test_a_walk_feeds_outputs_back():
    script = [Call((1.0, 2.0)), Call((Previous(0), Previous(1))), Call((Previous(1), 0.0))]
    outcomes = run(lambda a, b: (a + b, a * b), script, no_oracle)
    assert [o.value for o in outcomes] == [(3.0, 2.0), (5.0, 6.0), (6.0, 0.0)]


def test_what_a_generator_has_given_goes_on_too():
    script = [Call((1.0, 2.0)), Call((Previous(0), Previous(1)))]
    outcomes = run(lambda a, b: (x for x in (a + b, a * b)), script, no_oracle)
    assert [o.value for o in outcomes] == [[3.0, 2.0], [5.0, 6.0]]


def test_the_run_ends_at_the_first_failure():
    outcomes = run(lambda x: 1 / x, [Call((1.0,)), Call((0.0,)), Call((2.0,))], no_oracle)
    assert len(outcomes) == 2
    assert outcomes[1].failure.type_name == "ZeroDivisionError"


def test_a_failure_names_the_students_line_not_the_librarys():
    source = "def f(x):\n    y = x + 1\n    return np.linalg.inv(y)\n"
    namespace = {"np": np}
    exec(compile(source, "<student>", "exec"), namespace)
    failure = one(namespace["f"], np.zeros(3)).failure
    assert failure.type_name == "LinAlgError"
    assert failure.line_number == 3


def test_a_failure_in_another_cell_is_at_its_deepest_line():
    namespace = {}
    for name, source in {
        "<one>": "def helper(x):\n    return [x][1]\n",
        "<other>": "def f(x):\n\n    return helper(x)\n",
    }.items():
        exec(compile(source, name, "exec"), namespace)
    failure = one(namespace["f"], 1.0).failure
    assert (failure.line_number, failure.function, failure.cell) == (2, "helper", "helper")


def test_a_failure_inside_a_random_generator_is_at_the_line_that_called_it():
    source = "def f(rng):\n    size = 2\n    return rng.uniform(-1, 1, size, size)\n"
    namespace = {}
    exec(compile(source, "<student>", "exec"), namespace)
    failure = one(namespace["f"], Rng(0)).failure
    assert failure.type_name == "TypeError"
    assert (failure.line_number, failure.function) == (3, "f")


def test_a_failure_inside_an_oracle_is_at_the_line_that_called_it():
    def function(grad):
        point = np.zeros(2)
        return grad(point, point)

    def ask(name, arguments):
        raise ValueError("one argument, please")

    failure = run(function, [Call((Oracle("grad"),))], ask)[0].failure
    assert failure.message == "one argument, please"
    assert failure.line == "return grad(point, point)"


def test_an_oracle_is_answered_from_outside_and_remembered():
    outcome = run(lambda f: f(3.0) + f(4.0), [Call((Oracle("f"),))], lambda n, a: a[0] ** 2)[0]
    assert outcome.value == 25.0
    assert outcome.asked == (("f", (3.0,)), ("f", (4.0,)))


def test_an_oracle_that_knows_its_parameters_can_be_called_by_keyword():
    def function(step):
        return step(1.0, lr=3.0, grad=2.0)

    script = [Call((Oracle("step", ("theta", "grad", "lr")),))]
    assert run(function, script, lambda name, a: a[0] - a[2] * a[1])[0].value == -5.0

    failure = run(lambda step: step(1.0, rate=3.0), script, no_oracle)[0].failure
    assert failure.type_name == "TypeError"


def test_an_oracle_is_told_a_generator_by_a_seed_drawn_from_it():
    def function(predict, rng):
        return predict(1.0, rng) + predict(1.0, rng)

    def predict(name, arguments):
        return arguments[0] * np.random.default_rng(arguments[1].seed).random()

    script = [Call((Oracle("predict"), Rng(3)))] * 2
    first, second = run(function, script, predict)
    assert first == second
    (_, (_, one)), (_, (_, other)) = first.asked
    assert one != other


@pytest.mark.parametrize(
    "change",
    [
        lambda x: x.__iadd__(1),
        lambda x: x.sort(),
        lambda x: x.fill(np.nan),
        lambda x: x.resize((1, 3), refcheck=False),
    ],
)
def test_changing_an_array_in_place_is_seen(change):
    def function(x):
        change(x)
        return 0.0

    assert one(function, np.array([3.0, 1.0, 2.0])).changed == (0,)
    by_name = Call((), {"x": np.array([3.0, 1.0, 2.0])})
    assert run(function, [by_name], no_oracle)[0].changed == ("x",)


def test_what_a_notebook_asks_of_numpys_errors_costs_nothing():
    with np.errstate(all="raise"):
        outcome = one(lambda x: 1 / x, np.zeros(1))
    assert outcome.failure is None
    assert outcome.value == [np.inf]


def test_changing_a_list_of_arrays_in_place_is_seen():
    def function(grads):
        grads[1] *= 2
        return 0.0

    assert one(function, [np.ones(2), np.ones(3)]).changed == (0,)


def test_an_array_with_nan_that_stays_is_not_changed():
    assert one(lambda x: 0.0, np.array([np.nan, 1.0])).changed == ()


def test_the_script_itself_survives_a_student_who_changes_arguments():
    x = np.ones(2)
    run(lambda a: a.fill(7), [Call((x,))], no_oracle)
    assert x.tolist() == [1.0, 1.0]


def test_a_generator_is_read_and_an_endless_one_ends():
    def endless():
        while True:
            yield 1

    assert one(lambda: (i for i in range(3))).value == [0, 1, 2]
    assert len(one(endless).value) == 100_000


def test_exits_and_interrupts_are_failures_like_any_other():
    def leave():
        raise SystemExit(0)

    def interrupt():
        raise KeyboardInterrupt

    assert one(leave).failure.type_name == "SystemExit"
    assert one(interrupt).failure.type_name == "KeyboardInterrupt"


class MuteError(Exception):
    def __str__(self):
        raise ValueError("it says nothing")


class Bare(BaseException):
    """No Exception, and none that Python itself raises."""


@pytest.mark.parametrize("kind", [MuteError, Bare, GeneratorExit])
def test_whatever_is_raised_is_a_failure(kind):
    def function():
        raise kind

    failure = one(function).failure
    assert (failure.type_name, failure.message, failure.cause) == (kind.__name__, "", "raised")
    assert failure.line == "raise kind"


def test_an_interrupt_while_an_error_says_what_it_is_is_an_interrupt():
    class EndlessError(Exception):
        def __str__(self):
            raise KeyboardInterrupt

    def function():
        raise EndlessError

    assert one(function).failure.cause == "interrupted"


def test_an_argument_that_cannot_be_read_any_more_is_changed():
    outcome = one(lambda grads: grads.append(grads) or 1.0, [np.ones(2)])
    assert (outcome.value, outcome.changed) == (1.0, (0,))


def test_a_value_that_cannot_be_read_is_foreign():
    itself = []
    itself.append(itself)
    assert read_value(itself) == [Outcome(value=Foreign("list"))]


class Sneaky(np.ndarray):
    def __eq__(self, other):
        return True

    def __hash__(self):
        return 0


class Counter:
    """Counts from where it is told to start."""

    def __init__(self, start):
        self.count = start

    def step(self, by):
        self.count += by
        return self.count


USE_COUNTER = [Call((3,)), Call((2,), method="step"), Call(attribute="count")]


def test_an_object_is_driven_by_its_methods():
    outcomes = run(Counter, USE_COUNTER, no_oracle)
    assert [o.value for o in outcomes] == [Instance(("step",)), 5, 5]


def test_a_function_may_be_what_the_first_call_returns():
    script = [Call((3,)), Call((4,), method="__call__"), Call((5,), method="__call__")]
    outcomes = run(lambda a: lambda b: a * b, script, no_oracle)
    assert [o.value for o in outcomes] == [Instance(("__call__",)), 12, 15]


def test_an_object_without_the_method_is_foreign_and_a_missing_name_is_a_failure():
    first, second = run(lambda start: object(), USE_COUNTER, no_oracle)
    assert first.value == Foreign("object")
    assert second.failure.type_name == "AttributeError"


def test_what_comes_out_is_plain():
    assert type(plain(np.zeros(2).view(Sneaky))) is np.ndarray
    assert type(plain(np.float64(1.0))) is float
    assert plain(np.array([None])) == Foreign("array of object")
    assert plain({"a": (1, [object()])}) == {"a": (1, [Foreign("object")])}
    assert plain(True) is True


def stubborn(kind):
    """A subclass that denies whatever it is asked."""

    def refuse(self, *args):
        raise ValueError("no")

    names = ("__str__", "__float__", "__int__", "__eq__", "__format__", "__repr__", "__hash__")
    return type(kind.__name__, (kind,), dict.fromkeys(names, refuse))


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (np.array(["he", "xavier"])[0], "he"),
        (np.where(True, "he", "xavier"), "he"),
        (stubborn(str)("he"), "he"),
        (stubborn(float)(0.5), 0.5),
        (stubborn(int)(3), 3),
        (HTTPStatus.OK, 200),
        (np.True_, True),
    ],
    ids=["NumPy's", "np.where", "str", "float", "int", "Enum", "np.bool"],
)
def test_a_text_or_a_number_of_any_subclass_is_what_its_base_class_says(value, expected):
    got = plain(value)
    assert type(got) is type(expected)
    assert got == expected


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (2**63 - 1, 2**63 - 1),
        (2**64, 2.0**64),
        ([-(10**400)], [-np.inf]),
        (10**5_000, np.inf),  # longer than Python is willing to write
    ],
    ids=["fits", "float", "in a list", "infinite"],
)
def test_a_whole_number_is_one_that_an_array_can_hold(value, expected):
    got = plain(value)
    assert type(got) is type(expected)
    assert got == expected


def test_several_texts_in_an_array_stay_foreign():
    assert plain(np.array(["he", "xavier"])) == Foreign("array of <U6")


def test_a_generator_of_randomness_is_fresh_in_every_call():
    script = [Call((Rng(3),)), Call((Rng(3),))]
    first, second = run(lambda rng: rng.random(), script, no_oracle)
    assert first == second == Outcome(value=np.random.default_rng(3).random())


def test_driving_runs_alone_in_another_process():
    """Plain data in, plain data out; the reference and the checks are not even importable there."""
    script = [Call((np.array([1.0, 2.0]), 0.5)), Call((Previous(), 0.25))]
    program = textwrap.dedent("""
        import pickle, sys
        sys.modules["reference_impl"] = None  # importing it fails from here on
        from autograder.checking.drive import run
        script = pickle.load(sys.stdin.buffer)
        outcomes = run(lambda x, a: a * x, script, None)
        ours = {name for name in sys.modules if name.startswith("autograder")}
        pickle.dump(([o.value for o in outcomes], ours), sys.stdout.buffer)
    """)
    done = subprocess.run(
        [sys.executable, "-c", program], input=pickle.dumps(script), capture_output=True, check=True
    )
    values, modules = pickle.loads(done.stdout)
    assert [v.tolist() for v in values] == [[0.5, 1.0], [0.125, 0.25]]
    assert modules == {"autograder", "autograder.checking", "autograder.checking.drive"}


SQUARE = (("x", 1.0, 0.5, ()), ("y", 2.0, 0.0, ((0, 3.0), (0, 4.0))))  # x is used twice


def test_a_graph_arrives_as_its_last_node_and_a_node_comes_back_as_its_name():
    outcome = one(lambda node: [*node.parents, node], Graph(SQUARE))
    assert outcome.value == ["x", "x", "y"]
    assert not outcome.changed


def test_gradients_that_a_call_leaves_in_a_graph_are_its_value():
    def walk(node):
        node.grad = 1.0
        node.backward()
        return "whatever"

    outcomes = run(walk, [Call((Graph(SQUARE, filled=True),))] * 2, no_oracle)
    assert [outcome.value for outcome in outcomes] == [{"x.grad": 7.5, "y.grad": 1.0}] * 2
