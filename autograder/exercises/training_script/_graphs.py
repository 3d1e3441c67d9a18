"""Graphs that are handed to a student's function: drawn here, made into nodes at the call."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from autograder.checking.drive import Call, Graph, NodeData
from autograder.checking.exercise import Case
from autograder.exercises._cases import Rng

# Each node's name, in small letters, and its parents' names; the last node is passed.
CHAIN = (("x", ""), ("h", "x"), ("k", "h"), ("loss", "k"))
TREE = (("w", ""), ("x", ""), ("b", ""), ("p", "w x"), ("z", "p b"), ("loss", "z"))
RESIDUAL = (("x", ""), ("w", ""), ("h", "x w"), ("r", "h"), ("y", "x r"), ("loss", "y"))
# Along one way x lies next to y, along another one it is three steps away.
DETOUR = (("x", ""), ("a", "x"), ("b", "a"), ("c", "b x"), ("y", "a c"), ("loss", "x y"))
SQUARE = (("x", ""), ("y", "x x"), ("loss", "y y"))
ALONE = (("loss", ""),)
DIAMONDS = (
    ("x", ""),
    *(
        node
        for i, before in enumerate(("x", "c0", "c1"))
        for node in ((f"a{i}", before), (f"b{i}", before), (f"c{i}", f"a{i} b{i}"))
    ),
    ("loss", "c2"),
)
_LAYERS = (
    ("x", ""), ("w1", ""), ("b1", ""), ("w2", ""), ("b2", ""),
    ("p1", "x w1"), ("z1", "p1 b1"), ("h", "z1"), ("p2", "h w2"), ("z2", "p2 b2"),
)  # fmt: skip
TWO_LAYERS = (*_LAYERS, ("loss", "z2"))
# With a way past the second layer.
RESIDUAL_LAYERS = (*_LAYERS, ("s", "z2 h"), ("loss", "s"))

Shape = Sequence[tuple[str, str]]


def graph(
    shape: Shape, rng: Rng, *, size: int = 0, used: Sequence[str] = (), filled: bool = False
) -> Graph:
    """The nodes of a graph with slopes of its own.

    Args:
        shape: names and parents.
        rng: draws the values and the slopes, and the order of each node's parents.
        size: of every value but the last one's; numbers if it is 0.
        used: leaves that have a gradient from before.
        filled: see `Graph`.
    """
    place = {name: i for i, (name, _) in enumerate(shape)}
    nodes: list[NodeData] = []
    for name, parents in shape:
        is_last = name == shape[-1][0]
        dimensions = () if is_last or not size else (size,)
        edges = [(place[p], _slope(rng, size)) for p in parents.split()]
        before = rng.uniform(1, 2, dimensions) if name in used else np.zeros(dimensions)
        nodes.append(
            (
                name,
                _number_or_array(rng.normal(size=dimensions)),
                _number_or_array(before),
                tuple(edges[i] for i in rng.permutation(len(edges))),
            )
        )
    return Graph(tuple(nodes), filled)


def case(label: str, made: Graph) -> Case:
    return Case(label, (Call((made,)),))


def parents_of(made: Graph) -> dict[str, tuple[str, ...]]:
    """Names of the parents of each node."""
    names = [node[0] for node in made.nodes]
    return {name: tuple(names[i] for i, _ in edges) for name, _, _, edges in made.nodes}


def _slope(rng: Rng, size: int) -> Any:
    """Between 0.5 and 1.5 in size, of both signs: no gradient vanishes among the others."""
    drawn = rng.uniform(0.5, 1.5, size or ()) * rng.choice((-1.0, 1.0))
    return _number_or_array(drawn)


def _number_or_array(value: Any) -> Any:
    return float(value) if np.ndim(value) == 0 else value
