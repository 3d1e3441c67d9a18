"""An answer that rests on another one, however it is wrapped."""

from __future__ import annotations

from functools import lru_cache, partial, wraps

import numpy as np
import pytest

from autograder.checking.made_from import functions_of, namespace_of
from autograder.exercises import REGISTRY
from autograder.notebook.check import verdict_on
from autograder.notebook.needs import blame, called, mend_first
from reference_impl.ewma import ewma_step

ON_A_STEP = """
def ewma(x, beta):
    v, out = 0.0, []
    for value in x:
        v = ewma_step(v, value, beta)
        out.append(v)
    return np.array(out)
"""


def logged(function):
    @wraps(function)
    def wrapper(*args):
        return function(*args)

    return wrapper


class Called:
    """An object that is called; its class stands in the student's notebook."""

    def __init__(self, namespace):
        exec("def __call__(self, x, beta):\n    return ewma_step(x, x, beta)", namespace)
        self.__class__ = type("Called", (), {"__call__": namespace["__call__"]})


WRAPPERS = {
    "itself": lambda f: f,
    "lru_cache": lru_cache,
    "partial": partial,
    "partial of a decorated one": lambda f: partial(logged(f)),
    "a decorator": logged,
    "np.vectorize": np.vectorize,
    "an object": lambda f: Called(f.__globals__),
    "a method": lambda f: Called(f.__globals__).__call__,
}


@pytest.fixture
def ewma():
    namespace = {"np": np, "ewma_step": ewma_step}
    exec(ON_A_STEP, namespace)
    return namespace["ewma"]


@pytest.mark.parametrize("wrap", WRAPPERS.values(), ids=WRAPPERS)
def test_the_notebook_of_an_answer_is_found_through_what_wraps_it(ewma, wrap):
    answer = wrap(ewma)
    assert namespace_of(answer) is ewma.__globals__
    assert called(answer, REGISTRY["ewma"]) == ["ewma_step"]


@pytest.mark.parametrize("wrap", [lambda f: f, partial, logged])
def test_a_check_that_is_made_from_a_right_answer_goes_on(ewma, wrap, monkeypatch):
    monkeypatch.setattr(REGISTRY["ewma"], "made_from", "ewma_step")
    answer = wrap(ewma)
    assert mend_first(REGISTRY["ewma"], answer) is None
    theirs = ewma.__globals__["ewma_step"] = lambda v, x, beta: v
    refused = mend_first(REGISTRY["ewma"], answer)
    assert "made from your ewma_step, and that is not right yet" in refused.problem.headline
    assert "your ewma_step is not right yet" in (
        blame(REGISTRY["ewma"], answer, verdict_on("mse", answer)).problem.headline
    )
    assert ewma.__globals__["ewma_step"] is theirs  # the reference stood there for a moment only


def test_the_methods_of_a_class_are_found_through_a_partial():
    assert functions_of(partial(Called)) == functions_of(Called) == [Called.__init__]


def test_what_wraps_without_end_has_no_functions():
    class Endless:
        @property
        def __wrapped__(self):
            return Endless()

    assert functions_of(Endless()) == []
    assert functions_of(3) == functions_of(len) == functions_of(np.add) == []
