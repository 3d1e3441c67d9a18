"""What every layer is, and how it gets its parameters."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from reference_impl._objects import Written

Floats = NDArray[Any]
"""Floating-point arrays of the network's dtype: float32 to train, float64 to check."""

Shape = tuple[int, ...]


class Layer(Written):
    """A stage of a network: y = forward(x), dx = backward(dy).

    A layer does not own its parameters. It names their shapes in `parameter_shapes`, and the
    network gives it views into its flat vectors: parameter `W` is then `layer.W`, its gradient
    `layer.dW`.

    Three rules let layers be fast and still fit together:

    - `forward(x, training=True)` keeps what `backward` needs in attributes that start with an
      underscore; `backward` belongs to the last such forward.
    - `forward` never changes x. `backward` may overwrite dy, which is not needed afterwards.
    - `backward` *writes* the gradients of the parameters, it does not add to them.

    A NaN in x is in y too, so that the loss shows it and training stops; what `backward` then
    writes has no meaning.

    Two layers whose order makes no difference say so, and the network lets the cheaper one work
    first: see `swap_for_speed`.

    The constructor's arguments are attributes of the same names. A copy of a layer, or a pickled
    one, has its settings and no arrays: these belong to a network, which gives its copy new ones.
    """

    cuts_at_zero = False
    """Whether y = max(0, x), element by element."""

    takes_largest = False
    """Whether each number of y is the largest of some of x, and the first of equal ones gets its
    gradient."""

    def build(self, shape: Shape) -> Shape:
        """Fix the sizes for samples of this shape, (features,) say; return the output's shape.

        Raises ValueError for a shape that the layer cannot take.
        """
        return shape

    def parameter_shapes(self) -> dict[str, Shape]:
        """The learned arrays: name → shape. Known after `build`."""
        return {}

    def buffer_shapes(self) -> dict[str, Shape]:
        """Arrays that are tracked, not learned: name → shape. Known after `build`."""
        return {}

    def attach(self, arrays: dict[str, Floats]) -> None:
        """Take the views: parameters and buffers by name, the gradient of `W` as `dW`."""
        self._attached = tuple(arrays)
        for name, view in arrays.items():
            setattr(self, name, view)

    def initialize(self, rng: np.random.Generator) -> None:
        """Fill parameters and buffers. `rng` may be kept by a layer that draws while training."""

    def forward(self, x: Floats, training: bool = False) -> Floats:
        """The output for a batch x of shape (n, *shape)."""
        raise NotImplementedError

    def backward(self, dy: Floats, need_dx: bool = True) -> Floats:
        """Write the gradients of the parameters and return dx, the gradient of the input.

        Without `need_dx` what is returned has no meaning: the first layer may skip the work.
        """
        raise NotImplementedError

    def __getstate__(self) -> dict[str, Any]:
        """All but the views; what the last forward kept is emptied."""
        views = {"_attached", *vars(self).get("_attached", ())}
        return {
            name: _emptied(value) if name.startswith("_") else value
            for name, value in vars(self).items()
            if name not in views
        }


def swap_for_speed(layers: Sequence[Layer]) -> list[Layer]:
    """The order in which the layers work: pooling before the ReLU that stands in front of it.

    max_i max(0, x_i) = max(0, max_i x_i)

    The ReLU then has as few numbers as the pooling leaves. No number changes: where the largest
    is above 0 it is the same x_i, the first of equal ones; where it is not, ReLU lets no gradient
    through.
    """
    order = list(layers)
    for i in range(1, len(order)):
        if order[i].takes_largest and order[i - 1].cuts_at_zero:
            order[i - 1 : i + 1] = order[i], order[i - 1]
    return order


def _emptied(value: Any) -> Any:
    if isinstance(value, np.ndarray):
        return np.empty(0, value.dtype)
    if isinstance(value, tuple | list):
        return type(value)(map(_emptied, value))
    return value
