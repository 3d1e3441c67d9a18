"""What all optimizers share: two flat vectors, cut into blocks, and a count of steps."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from reference_impl._objects import Written, make_plain
from reference_impl._validate import has_shape, not_negative, positive
from reference_impl.compiled import available, machine_code
from reference_impl.layers.layer import Floats

BLOCK = 131_072
"""Elements per block: five float32 arrays of this length stay in the processor's caches, and an
operation on so many takes far longer than its call."""

FLUSH_EVERY = 100
"""Steps between two sweeps for subnormal numbers."""

Block = tuple[Floats, ...]
"""The same stretch of θ, of g, of each row of the state, and scratch memory of that length."""


class Optimizer(Written):
    """What all optimizers share: the vectors, their blocks, and the count of steps.

        optimizer = Adam(lr=0.001).bind(network.theta, network.grad)
        loss = network.backprop(X, labels)
        optimizer.step()

    Attributes
    ----------
    lr : learning rate, 0 or more, read at each step: set it to follow a schedule
    t : steps done
    state : (slots, parameters) what is remembered from step to step, zeros at first
    compiled : whether the steps are done by a compiled loop, since `bind`

    Copied or pickled together with its network, it goes on with the copy.
    """

    slots: tuple[str, ...] = ()
    """Names of the rows of `state`."""

    def __init__(self, lr: float) -> None:
        positive(lr=lr)
        self.lr = lr
        self.t = 0
        self.compiled = False
        self._blocks: list[Block] | None = None

    @property
    def lr(self) -> float:
        return self._lr

    @lr.setter
    def lr(self, lr: float) -> None:
        not_negative(lr=lr)
        # A np.float64, as schedules give, would turn all float32 work into float64 work.
        self._lr = float(lr)

    def bind(self, theta: Floats, grad: Floats, compiled: bool | None = None) -> Optimizer:
        """Work on these two vectors from now on, from a fresh state.

        compiled : True for the loop that Numba compiles, False for the in-place form, None for the
            loop where Numba is installed. The results are the same, to the last bit.
        """
        if theta.shape != grad.shape or theta.ndim != 1 or theta.dtype != grad.dtype:
            raise ValueError(
                f"grad is {grad.dtype} of shape {grad.shape}; it needs {theta.dtype} of "
                f"{theta.shape}, as theta, flat"
            )
        make_plain(self)
        self.t = 0
        self.state = np.zeros((len(self.slots), theta.size), theta.dtype)
        self._theta, self._grad = theta, grad
        self.compiled = self._compiles(compiled)
        self._cut_blocks()
        return self

    def _cut_blocks(self) -> None:
        theta, grad = self._theta, self._grad
        if self.compiled and (loop := self.loop()):
            self._vectors = (theta, grad, *self.state)
            self._machine_code = machine_code(loop, theta.dtype)
        scratch = np.empty(min(BLOCK, theta.size), theta.dtype)
        self._blocks = [
            (theta[i:j], grad[i:j], *self.state[:, i:j], scratch[: j - i])
            for i in range(0, theta.size, BLOCK)
            for j in [min(i + BLOCK, theta.size)]
        ]

    def __getstate__(self) -> dict[str, Any]:
        derived = ("_blocks", "_vectors", "_machine_code")
        return {name: value for name, value in vars(self).items() if name not in derived}

    def __setstate__(self, state: dict[str, Any]) -> None:
        vars(self).update(state)
        self._blocks = None
        if "_theta" in state:  # bound
            self.compiled = self.compiled and available(self._theta.dtype)
            self._cut_blocks()

    def state_dict(self) -> dict[str, Any]:
        """All that a later `load_state_dict` needs to go on as if nothing had happened.

        Raises ValueError before `bind`.
        """
        self._refuse_unbound()
        return {"t": self.t, "lr": self.lr, "state": self.state.copy()}

    def load_state_dict(self, saved: dict[str, Any]) -> None:
        """Go on from what `state_dict` gave, for parameters of the same number."""
        self._refuse_unbound()
        has_shape("state", saved["state"], self.state.shape, "as that of this optimizer")
        self.t, self.lr = int(saved["t"]), float(saved["lr"])
        self.state[...] = saved["state"]

    def _refuse_unbound(self) -> None:
        if self._blocks is None:
            raise ValueError("the optimizer has no state yet: bind(theta, grad) comes first")

    def step(self) -> None:
        """Move θ against the gradient that now stands in `grad`, which may be overwritten.

        Raises ValueError before `bind`.
        """
        if self._blocks is None:
            raise ValueError("the optimizer has nothing to move: bind(theta, grad) comes first")
        self.t += 1
        coefficients = self.coefficients()
        if self.compiled:
            self._machine_code(*self._vectors, *coefficients, *self.numbers())
        else:
            for block in self._blocks:
                self.update(*block, *coefficients)
        if self.t % FLUSH_EVERY == 0:
            flush_subnormals(self.state)

    def coefficients(self) -> tuple[float, ...]:
        """What is the same for all parameters in this step."""
        return (self.lr,)

    def update(self, *block: Any) -> None:
        """The formula, on one block: θ, g, the state's rows, scratch, then the coefficients."""
        raise NotImplementedError

    def loop(self) -> Callable[..., None] | None:
        """The same formula as a loop, of `compiled.loops`; None: there is none."""
        return None

    def numbers(self) -> tuple[float, ...]:
        """What follows the coefficients among the arguments of the loop."""
        return ()

    def _compiles(self, wanted: bool | None) -> bool:
        in_a_row = self._theta.flags.c_contiguous and self._grad.flags.c_contiguous
        possible = self.loop() is not None and available(self._theta.dtype) and in_a_row
        if wanted and not possible:
            raise ValueError(
                f"compiled is True, but {self!r} on {self._theta.dtype} has no loop, the vectors "
                "have gaps, or Numba is not installed: pip install numba, or leave compiled out"
            )
        return possible if wanted is None else wanted


def flush_subnormals(state: Floats) -> None:
    """Set to 0 what is too small for a normal floating-point number.

    An average of gradients that have become 0 decays to about 1e-45 in float32 and sticks
    there, where a processor needs up to 90 times as long for each operation.
    """
    state[np.abs(state) < np.finfo(state.dtype).tiny] = 0


def clip_by_value(grad: Floats, limit: float) -> None:
    """`gradients.clip_by_value`, in place."""
    positive(limit=limit)
    np.clip(grad, -limit, limit, out=grad)


def clip_by_global_norm(grad: Floats, max_norm: float) -> float:
    """`gradients.clip_by_global_norm` in place; returns the norm before clipping."""
    positive(max_norm=max_norm)
    norm = math.sqrt(np.dot(grad, grad))
    if math.isinf(norm) and math.isfinite(largest := float(np.abs(grad).max())):
        norm = largest * math.sqrt(np.sum(np.square(grad / largest), dtype=np.float64))
    if not norm <= max_norm:  # nan too: then all becomes nan, as in PyTorch, and the run stops
        grad *= max_norm / norm
    return norm
