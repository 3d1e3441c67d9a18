"""The judge gives functions to a student's function: they stay cheap even for absurd arguments."""

from __future__ import annotations

import contextlib
import resource
import time

import numpy as np
import pytest
from arena import HONEST, right

from autograder.checking.answer_key import draw_cases
from autograder.checking.drive import Oracle
from autograder.exercises import REGISTRY

# What nag_step passes to its grad_fn, in place of the point ahead.
QUESTIONS = {
    "texts": "for q in ('', 'x' * 10**6, b'x', None, ..., True): ask(q)",
    "numbers": "for q in (10**400, 1j, float('nan'), float('inf'), -0.0): ask(q)",
    "shapes": "for n in (0, 1, 2, 5, 1000): ask(np.ones((n, 1))); ask(np.ones((1, n, 1)))",
    "a large array": "ask(np.ones(10**8))",
    "terabytes": "ask(np.broadcast_to(1.0, (10**6, 10**6)))",
    "large, again and again": "for _ in range(1000): ask(np.ones(10**6))",
    "millions of times": "while True: ask(theta)",
    "deep": "q = []\nfor _ in range(10**5): q = [q]\nask(q)",
    "other types": "for q in ({}, {1: [2]}, set(), (theta,) * 3, ask, type): ask(q)",
    "an array of objects": "ask(np.array([theta, ask, None], dtype=object))",
    "other arguments": "ask(); ask(theta, theta); ask(*[theta] * 10**4); ask(x=theta)",
    "itself": "import threading\n"
    "for _ in range(20): threading.Thread(target=grad_fn, args=(theta,)).start()",
    "a generator": "ask(x for x in range(10**9))",
}


@pytest.mark.parametrize("what", QUESTIONS)
def test_absurd_questions(arena, what):
    asking = "\n".join(f"    {line}" for line in QUESTIONS[what].splitlines())
    source = f"""\
def nag_step(theta, v, grad_fn, lr, beta):
    def ask(*args, **kwargs):
        try:
            return grad_fn(*args, **kwargs)
        except Exception:
            pass
{asking}
    return theta, v
"""
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    arena.attack("import numpy as np", answers={HONEST: right()[HONEST], "nag_step": source})
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 700_000  # KiB


ABSURD = (
    *((np.ones(shape),) for shape in ((0,), (2**21,), (2**21, 1), (1, 2**21), (2**10, 2**11))),
    *((value,) for value in ("x" * 2**20, [1.0] * 10**5, 10**900, None, {}, [[[]]], True)),
    (np.full(3, np.nan), np.inf),
    (),
    (np.ones(2),) * 9,
)


def with_oracles():
    """A case of each exercise that gives functions, and their names."""
    for exercise in REGISTRY.values():
        case = draw_cases(exercise, 0)[0][0]
        for argument in (argument for call in case.script[:1] for argument in call.args):
            if isinstance(argument, Oracle):
                yield pytest.param(case, argument.name, id=f"{exercise.id}-{argument.name}")


@pytest.mark.parametrize(("case", "name"), list(with_oracles()))
def test_no_function_takes_long_or_much(case, name):
    """The judge itself computes the answers, and no sandbox limits it."""
    before, start = resource.getrusage(resource.RUSAGE_SELF), time.process_time()
    for arguments in ABSURD:
        with contextlib.suppress(Exception), np.errstate(all="ignore"):
            case.ask(name, arguments)
    assert time.process_time() - start < 10
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before.ru_maxrss < 700_000  # KiB
