"""Compiled, in-place and textbook: three forms of each optimizer that give the same numbers.

Where Numba is not installed, the loops run as the Python that they are: the same operations in the
same order, only slowly. With it (`make portability`, or by hand) the machine code itself is tested.
"""

from __future__ import annotations

import importlib.util
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import reference_impl
from reference_impl import compiled, optim
from reference_impl.compiled import loops
from reference_impl.layers.dense import Dense
from reference_impl.network import Network
from reference_impl.training import Trainer

NUMBA = importlib.util.find_spec("numba") is not None
SIZE, STEPS = 37, 80

OPTIMIZERS = {
    "SGD": lambda: optim.SGD(0.1),
    "SGD, decay": lambda: optim.SGD(0.1, coupled_decay=0.01),
    **{
        f"momentum, {form}": (lambda form=form: optim.SGD(0.05, momentum=0.9, form=form))
        for form in ("outside", "inside", "average")
    },
    **{
        f"Nesterov, {form}": (lambda form=form: optim.SGD(0.05, 0.9, nesterov=True, form=form))
        for form in ("outside", "inside")
    },
    "momentum, decay": lambda: optim.SGD(0.05, momentum=0.9, coupled_decay=0.01),
    "AdaGrad": lambda: optim.AdaGrad(0.1),
    "AdaGrad, as Keras": lambda: optim.AdaGrad(0.1, start=0.1),
    "AdaGrad, as PyTorch": lambda: optim.AdaGrad(0.1, eps=1e-10, eps_inside=False),
    "RMSprop": lambda: optim.RMSprop(0.01),
    "RMSprop, as PyTorch": lambda: optim.RMSprop(0.01, 0.99, 1e-8, eps_inside=False),
    "AdaDelta": lambda: optim.AdaDelta(),
    "Adam": lambda: optim.Adam(0.01),
    "Adam, as Keras": lambda: optim.Adam(0.01, eps=1e-7, eps_hat=True),
    "Adam, decay": lambda: optim.Adam(0.01, coupled_decay=0.01),
    "AdamW": lambda: optim.AdamW(0.01, weight_decay=0.1),
    "Nadam": lambda: optim.Nadam(0.01),
    "Nadam, as PyTorch": lambda: optim.Nadam(0.01, momentum_decay=0.004),
}


def start(dtype):
    rng = np.random.default_rng(0)
    return rng.normal(size=SIZE).astype(dtype), rng.normal(size=(STEPS, SIZE)).astype(dtype)


def path(make, dtype, by_loop):
    """θ after each of the steps, at a learning rate that changes."""
    theta, gradients = start(dtype)
    grad = np.zeros_like(theta)
    optimizer = make().bind(theta, grad, compiled=by_loop and NUMBA)
    if by_loop and not NUMBA:
        optimizer.compiled = True
        vectors = optimizer._vectors = (theta, grad, *optimizer.state)
        # As the compiled loop does: the numbers get the dtype of the vectors.
        optimizer._machine_code = lambda *arguments: optimizer.loop()(
            *vectors, *map(theta.dtype.type, arguments[len(vectors) :])
        )
    seen, lr = [], optimizer.lr
    for t, g in enumerate(gradients):
        grad[...] = g
        optimizer.lr = lr * (1 - t / (2 * STEPS))
        optimizer.step()
        seen.append(theta.copy())
    return np.array(seen), optimizer.state


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("name", OPTIMIZERS)
def test_the_loop_and_the_in_place_form_agree_to_the_last_bit(name, dtype):
    make = OPTIMIZERS[name]
    thetas, state = path(make, dtype, by_loop=False)
    thetas_by_loop, state_by_loop = path(make, dtype, by_loop=True)
    np.testing.assert_array_equal(thetas_by_loop, thetas)
    np.testing.assert_array_equal(state_by_loop, state)
    assert (thetas[-1] != thetas[0]).all()


def test_every_loop_is_some_optimizers():
    used = {make().loop() for make in OPTIMIZERS.values()}
    assert used == {
        f for f in vars(loops).values() if getattr(f, "__module__", "") == loops.__name__
    }


def test_importing_the_library_does_not_import_numba():
    code = "import sys, reference_impl.training; assert 'numba' not in sys.modules"
    subprocess.run([sys.executable, "-c", code], check=True)


def test_a_loop_that_cannot_be_compiled_is_refused_only_if_it_was_asked_for():
    theta = np.zeros(3, np.longdouble)
    assert not optim.Adam().bind(theta, theta.copy()).compiled
    with pytest.raises(ValueError, match=r"compiled is True, but Adam\(\) on .* has no loop"):
        optim.Adam().bind(theta, theta.copy(), compiled=True)


def test_vectors_with_gaps_have_the_in_place_form():
    theta, expected = np.ones(6)[::2], np.ones(3)
    optimizer = optim.Adam(0.1).bind(theta, np.ones(3))
    assert not optimizer.compiled
    optimizer.step()
    optim.Adam(0.1).bind(expected, np.ones(3), compiled=False).step()
    np.testing.assert_array_equal(theta, expected)


@pytest.mark.skipif(NUMBA, reason="Numba is installed")
def test_without_numba_nothing_is_compiled():
    theta = np.zeros(3)
    assert not optim.Adam().bind(theta, theta.copy()).compiled
    with pytest.raises(ValueError, match="Numba is not installed"):
        optim.Adam().bind(theta, theta.copy(), compiled=True)


@pytest.mark.skipif(not NUMBA, reason="Numba is not installed")
@pytest.mark.parametrize("writable", [True, False])
def test_machine_code_is_kept_in_the_users_folder_if_that_can_be_written(writable, tmp_path):
    folder = tmp_path / "cache"
    folder.mkdir()
    # A file in its place cannot be written into, by root either.
    home = folder if writable else tmp_path / "file"
    home.exists() or home.write_text("")
    code = """
import numpy as np
from reference_impl import optim
theta = np.ones(3)
optimizer = optim.Adam(0.1).bind(theta, np.ones(3))
optimizer.step()
assert optimizer.compiled and (theta < 1).all()
"""
    environment = os.environ | {"XDG_CACHE_HOME": str(home), "HOME": str(home)}
    subprocess.run([sys.executable, "-c", code], check=True, env=environment)
    assert any(folder.rglob("*.nbc")) == writable
    assert not list(Path(reference_impl.__file__).parent.rglob("*.nbc"))


def test_the_forms_are_chosen_by_an_argument():
    theta = np.zeros(3)
    optimizer = optim.Adam().bind(theta, theta.copy(), compiled=False)
    assert not optimizer.compiled
    assert (
        optim.Adam().bind(theta, theta.copy()).compiled == compiled.available(np.float64) == NUMBA
    )


def last_line(dtype=np.float32, compiled=None):
    network = Network([Dense(2)], (3,), np.random.default_rng(0), dtype=dtype)
    return Trainer(network, optim.SGD(0.1), compiled=compiled).summary().splitlines()[-1]


def test_the_summary_says_which_form_is_used_and_how_to_have_the_other():
    if NUMBA:
        assert last_line() == "SGD(0.1), compiled by Numba; Trainer(…, compiled=False) does without"
        other = "SGD(0.1), in NumPy; Trainer(…, compiled=True) has Numba compile it"
    else:
        other = "SGD(0.1), in NumPy; with Numba installed (pip install numba) it would be compiled"
        assert last_line() == other
    assert last_line(compiled=False) == other
    assert last_line(np.longdouble).startswith("SGD(0.1), in NumPy; Numba does not compile ")


def test_the_summary_begins_with_the_networks_table():
    network = Network([Dense(2)], (3,), np.random.default_rng(0))
    table, _, _ = Trainer(network, optim.SGD(0.1)).summary().rpartition("\n")
    assert table == network.summary()
