"""A tape: arithmetic that remembers how each number came about, and so knows every gradient.

A :class:`Tensor` is a value and the tensors that it was computed from, its parents. Together they
are a graph, which `backpropagate` walks from the loss back to the weights. NumPy's own functions
take tensors, so a formula that is written for arrays has a gradient as it stands.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Protocol, cast

import numpy as np

from reference_impl._validate import Array

Pull = Callable[[Array], tuple[Array, ...]]
"""From the gradient of the loss in a result to its gradients in what the result came from."""


class Node(Protocol):
    """What the two walks below need to know of a tensor."""

    grad: Any

    @property
    def parents(self) -> Sequence[Node]: ...

    def backward(self) -> None: ...


def unbroadcast(grad: Array, shape: tuple[int, ...]) -> Array:
    """The gradient of an operand that was broadcast: summed back to the operand's shape.

    An element that was used several times gets the sum of the gradients of all its uses.

    Parameters
    ----------
    grad : gradient in the result, or of the result's shape
    shape : of the operand; NumPy can broadcast it to the shape of grad

    Returns
    -------
    array of this shape

    Raises
    ------
    ValueError : shape cannot be broadcast to the shape of grad

    Source: Goodfellow, Bengio and Courville, "Deep Learning", 2016, section 6.5.6: gradients of a
    variable that is used more than once add up.
    """
    grad = np.asarray(grad)
    if np.broadcast_shapes(grad.shape, shape) != grad.shape:
        raise ValueError(f"shape {shape} cannot be broadcast to {grad.shape}")
    added = grad.ndim - len(shape)
    stretched = [added + axis for axis, size in enumerate(shape) if size == 1]
    summed: Array = grad.sum(axis=(*range(added), *stretched)).reshape(shape)
    return summed


def topological_order(node: Node) -> list[Any]:
    """Every node that `node` was computed from, and itself: each once, each after its parents.

    Depth first, without recursion, so that no graph is too deep.

    Parameters
    ----------
    node : has `.parents`, each of which has parents again; a leaf has none

    Returns
    -------
    list of nodes; `node` is the last one

    Source: Tarjan, "Edge-disjoint spanning trees and depth-first search", 1976: the nodes of a
    graph without cycles in the order in which a depth-first search leaves them.
    """
    order: list[Node] = []
    entered: set[int] = set()
    waiting: list[tuple[Node, bool]] = [(node, False)]
    while waiting:
        current, parents_are_done = waiting.pop()
        if parents_are_done:
            order.append(current)
        elif id(current) not in entered:
            entered.add(id(current))
            waiting.append((current, True))
            waiting += [(parent, False) for parent in current.parents]
    return order


def backpropagate(node: Node) -> None:
    """The gradient of `node` in every node that it was computed from, as their `.grad`.

    ∂L/∂L = 1, and then each node after all nodes that were computed from it:
    ∂L/∂parent += ∂L/∂node · ∂node/∂parent

    In a leaf it is added to what was there before; in all others, which two losses may share, it
    begins at 0.

    Parameters
    ----------
    node : a scalar, such as a loss; its `.backward()` adds to the `.grad` of its parents

    Source: Linnainmaa, "Taylor expansion of the accumulated rounding error", 1976 (reverse mode).
    """
    order = topological_order(node)
    for current in order:
        if current.parents:
            current.grad = 0.0
    node.grad = node.grad + 1.0
    for current in reversed(order):
        current.backward()


# For each function of NumPy: the gradients in its arguments, from the gradient g in its result.
# Where the two of a maximum are equal, each gets half, as PyTorch's `maximum` has it.
GRADIENTS: dict[np.ufunc, Callable[..., tuple[Array, ...]]] = {
    np.add: lambda g, out, a, b: (g, g),
    np.subtract: lambda g, out, a, b: (g, -g),
    np.multiply: lambda g, out, a, b: (g * b, g * a),
    np.divide: lambda g, out, a, b: (g / b, -g * out / b),
    np.matmul: lambda g, out, a, b: (g @ b.T, a.T @ g),
    np.maximum: lambda g, out, a, b: (
        g * ((a > b) + 0.5 * (a == b)),
        g * ((b > a) + 0.5 * (a == b)),
    ),
    # Not a ** (b - 1) for b = 0: at a = 0 that is infinite, and 0 times it no number.
    np.power: lambda g, out, a, b: (g * b * a ** np.where(b == 0, 0.0, b - 1.0), 0.0 * g),
    np.square: lambda g, out, a: (2 * g * a,),
    np.sqrt: lambda g, out, a: (g / (2 * out),),
    np.exp: lambda g, out, a: (g * out,),
    np.log: lambda g, out, a: (g / a,),
    np.tanh: lambda g, out, a: (g * (1 - out**2),),
    np.negative: lambda g, out, a: (-g,),
}
_FLAT = (np.greater, np.greater_equal, np.less, np.less_equal, np.equal, np.not_equal, np.sign)


class Tensor(np.lib.mixins.NDArrayOperatorsMixin):
    """An array, what it was computed from, and the gradient of the loss in it.

    A power's exponent is taken as a constant, and matrices have two dimensions.
    """

    # A tensor equals itself only, so that a set or a list of nodes can be asked for one.
    __eq__, __hash__ = object.__eq__, object.__hash__

    def __init__(
        self, value: Any, parents: Sequence[Tensor] = (), pull: Pull | None = None
    ) -> None:
        self.value: Array = np.asarray(value, dtype=np.float64)
        self.parents = tuple(parents)
        self.grad: Any = np.zeros_like(self.value)
        self._pull = pull

    def backward(self) -> None:
        """Add this tensor's part to the gradients of its parents."""
        if self._pull is None:
            return
        for parent, grad in zip(self.parents, self._pull(np.asarray(self.grad)), strict=True):
            parent.grad = parent.grad + unbroadcast(grad, parent.shape)

    def __array_ufunc__(self, ufunc: np.ufunc, method: str, *inputs: Any, **options: Any) -> Any:
        """What NumPy does with tensors, and what + and @ mean between them."""
        if ufunc is np.power and isinstance(inputs[1], Tensor):
            raise TypeError(
                "the exponent of a power is a tensor; it must be a number, because it gets no "
                "gradient. For 2.0**x write np.exp(x * np.log(2.0))"
            )
        tensors = [x if isinstance(x, Tensor) else Tensor(x) for x in inputs]
        values = [t.value for t in tensors]
        if method == "__call__" and not options and ufunc in _FLAT:
            return ufunc(*values)  # it has no slope, so nobody has to remember it
        if method != "__call__" or options or ufunc not in GRADIENTS:
            return NotImplemented
        out = ufunc(*values)
        return Tensor(out, tensors, lambda g: GRADIENTS[ufunc](g, out, *values))

    def __array__(self, *_: Any, **__: Any) -> Array:
        """Refused: NumPy would take it for one object, and np.dot multiply element by element."""
        raise TypeError(
            "a tensor cannot be made an array, which would have no gradient; use an operator such "
            "as @, or a function of NumPy that GRADIENTS has. Its numbers are in .value"
        )

    @property
    def shape(self) -> tuple[int, ...]:
        return self.value.shape

    @property
    def ndim(self) -> int:
        return self.value.ndim

    @property
    def T(self) -> Tensor:
        return Tensor(self.value.T, (self,), lambda g: (g.T,))

    def reshape(self, *shape: Any) -> Tensor:
        return Tensor(self.value.reshape(*shape), (self,), lambda g: (g.reshape(self.shape),))

    def __getitem__(self, index: Any) -> Tensor:
        def pull(g: Array) -> tuple[Array]:
            whole = np.zeros(self.shape)
            np.add.at(whole, index, g)
            return (whole,)

        return Tensor(self.value[index], (self,), pull)

    # NumPy's functions np.sum, np.mean, … call these with arguments that only arrays need.
    def sum(self, axis: Any = None, keepdims: bool = False, **options: Any) -> Tensor:
        _only_defaults("sum", options)
        kept = self.value.sum(axis=axis, keepdims=True).shape
        out = self.value.sum(axis=axis, keepdims=keepdims)
        return Tensor(out, (self,), lambda g: (g.reshape(kept) + np.zeros(self.shape),))

    def mean(self, axis: Any = None, keepdims: bool = False, **options: Any) -> Tensor:
        _only_defaults("mean", options)
        total = self.sum(axis, keepdims)
        mean: Tensor = total * (total.value.size / self.value.size)
        return mean

    def var(self, axis: Any = None, keepdims: bool = False, **options: Any) -> Tensor:
        _only_defaults("var", options)
        squares: Tensor = (self - self.mean(axis, keepdims=True)) ** 2
        return squares.mean(axis, keepdims)

    def std(self, axis: Any = None, keepdims: bool = False, **options: Any) -> Tensor:
        _only_defaults("std", options)
        return cast(Tensor, np.sqrt(self.var(axis, keepdims)))


def _only_defaults(name: str, options: dict[str, Any]) -> None:
    """Raise TypeError for an argument that would change the result, such as where or ddof=1."""
    for option, value in options.items():
        default = 0 if option == "ddof" else None
        if option not in ("dtype", "out", "ddof") or value != default:
            raise TypeError(
                f"{option} is {value!r}; the {name} of a tensor takes axis and keepdims only"
            )
