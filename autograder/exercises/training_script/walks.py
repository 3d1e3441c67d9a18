"""The two walks over a graph: an order of its nodes, and the gradients in that order.

A graph has many right orders. So an order is judged by what must hold of it, and not by equality.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from autograder.checking.compare import Difference, first_difference
from autograder.checking.drive import Graph, Outcome
from autograder.checking.exercise import Case, Exercise
from autograder.exercises._cases import Rng
from autograder.exercises.training_script import _graphs as graphs
from reference_impl import tape as reference


def parents_first(
    case: Case, expected: Sequence[Outcome], got: Sequence[Outcome]
) -> Difference | None:
    """Every node once, each after its parents."""
    made = case.script[0].args[0]
    assert isinstance(made, Graph)
    parents = graphs.parents_of(made)
    order = got[0].value
    if not isinstance(order, list | tuple):
        return first_difference([*parents], order)
    if not all(isinstance(name, str) for name in order):
        return Difference("type", "", "a list of nodes", "a list of something else")
    wrong = Difference("value", "the order")
    if any(name not in parents for name in order):
        return replace(wrong, expected="the nodes of this graph", got="some of an earlier call")
    return _counted(parents, order, wrong) or _placed(parents, order, wrong)


def _counted(
    parents: dict[str, tuple[str, ...]], order: Sequence[str], wrong: Difference
) -> Difference | None:
    twice = [name for name in parents if order.count(name) > 1]
    if twice:
        seen, name = f"{twice[0]} {order.count(twice[0])} times", "a node for each way to it"
        return replace(wrong, expected="each node once", got=seen, misconception=name)
    missing = [name for name in parents if name not in order]
    if not missing:
        return None
    last = next(reversed(parents))
    leaves = [name for name, of in parents.items() if not of]
    name = ""
    if missing == [last]:
        name = "the node itself left out"
    elif set(missing) == set(leaves) and len(parents) > 1:
        name = "leaves left out"
    seen = f"without {', '.join(missing)}"
    return replace(wrong, expected=f"{len(parents)} nodes", got=seen, misconception=name)


def _placed(
    parents: dict[str, tuple[str, ...]], order: Sequence[str], wrong: Difference
) -> Difference | None:
    def early(order: Sequence[str]) -> tuple[str, str] | None:
        place = {name: i for i, name in enumerate(order)}
        pairs = ((node, p) for node in order for p in parents[node] if place[p] > place[node])
        return next(pairs, None)

    found = early(order)
    if found is None:
        return None
    node, parent = found
    name = "the node first, its parents behind it" if early(order[::-1]) is None else ""
    seen = f"{node} before {parent}: {', '.join(order)}"
    return replace(
        wrong, expected=f"{parent}, a parent of {node}, first", got=seen, misconception=name
    )


topological_order = Exercise(
    "topological_order",
    reference=reference.topological_order,
    hint="A function inside your function: `visit(n)` does nothing if it has met n before; "
    "otherwise it remembers n, visits each parent of n, and appends n to the list *after* them.",
    compare=parents_first,
    minutes=12,
    difficulty=4,
)


@topological_order.cases("chains and trees", points=1)
def _(rng: Rng) -> list[Case]:
    return [
        graphs.case("a chain of 4 nodes", graphs.graph(graphs.CHAIN, rng)),
        graphs.case("a tree of 6 nodes", graphs.graph(graphs.TREE, rng)),
        graphs.case("a node without parents", graphs.graph(graphs.ALONE, rng)),
    ]


@topological_order.cases("nodes that are used twice", points=2)
def _(rng: Rng) -> list[Case]:
    return [
        graphs.case("a residual connection", graphs.graph(graphs.RESIDUAL, rng)),
        graphs.case("a short way and a long way to x", graphs.graph(graphs.DETOUR, rng)),
        graphs.case("a node times itself", graphs.graph(graphs.SQUARE, rng)),
        graphs.case("three diamonds in a row", graphs.graph(graphs.DIAMONDS, rng)),
        graphs.case(
            "two dense layers, and a way past the second",
            graphs.graph(graphs.RESIDUAL_LAYERS, rng),
        ),
    ]


@topological_order.misconception(
    "nothing visited",
    "Your list is empty: nothing is ever appended to it. Do you call `visit(node)` before you "
    "return the list?",
)
def _(node):
    return []


@topological_order.misconception(
    "the node first, its parents behind it",
    "Your order runs from the node back to the leaves. Here every node stands *after* its parents; "
    "backpropagate turns the list round later.",
)
def _(node):
    order = []

    def visit(n):
        if n not in order:
            for parent in n.parents:
                visit(parent)
            order.append(n)

    visit(node)
    return order[::-1]


@topological_order.misconception(
    "appended before its parents",
    "You append a node when you come to it, before you visit its parents. Visit the parents first, "
    "and append the node after that.",
)
def _(node):
    order = []

    def visit(n):
        if n not in order:
            order.append(n)
            for parent in n.parents:
                visit(parent)

    visit(node)
    return order


@topological_order.misconception(
    "a node for each way to it",
    "Some nodes stand in your list several times: a node that is used twice is reached on two "
    "ways. Remember which nodes you have met, and do nothing when you meet one again.",
)
def _(node):
    order = []

    def visit(n):
        for parent in n.parents:
            visit(parent)
        order.append(n)

    visit(node)
    return order


@topological_order.misconception(
    "nearest nodes last",
    "You sort the nodes by the *shortest* way to them. A node with a short way and a long way is "
    "then placed too late: in x + f(x) the x is a parent of the sum, and of what is inside f. "
    "Append a node only when all its parents are in the list.",
)
def _(node):
    order, waiting = [node], [node]
    while waiting:
        for parent in waiting.pop(0).parents:
            if parent not in order:
                order.append(parent)
                waiting.append(parent)
    return order[::-1]


@topological_order.misconception(
    "leaves left out",
    "Nodes without parents are missing from your list. They are the weights: their gradients are "
    "what we want.",
)
def _(node):
    order = []

    def visit(n):
        if n not in order and n.parents:
            for parent in n.parents:
                visit(parent)
            order.append(n)

    visit(node)
    return order


@topological_order.misconception(
    "the node itself left out",
    "The node that you are given is missing from your list. It comes last.",
)
def _(node):
    order = []

    def visit(n):
        if n not in order:
            for parent in n.parents:
                visit(parent)
            order.append(n)

    visit(node)
    return order[:-1]


@topological_order.misconception(
    "parents only",
    "You go one step back only. Each parent has parents of its own.",
)
def _(node):
    return [*dict.fromkeys(node.parents), node]


@topological_order.misconception(
    "the first parent only",
    "You follow one parent of each node. Visit all of them: a loop over n.parents, without a "
    "`return` inside it.",
)
def _(node):
    order = [node]
    while order[0].parents:
        order.insert(0, order[0].parents[0])
    return order


@topological_order.misconception(
    "gradients instead of nodes",
    "Your list holds numbers. Append the nodes themselves, not their .grad or .value.",
)
def _(node):
    order, seen = [], set()

    def visit(n):
        if n not in seen:
            seen.add(n)
            for parent in n.parents:
                visit(parent)
            order.append(n.grad)

    visit(node)
    return order


@topological_order.equivalent("depth first, with a set")
def _(node):
    order, seen = [], set()

    def visit(n):
        if id(n) in seen:
            return
        seen.add(id(n))
        for parent in reversed(n.parents):
            visit(parent)
        order.append(n)

    visit(node)
    return order


@topological_order.equivalent("what nobody waits for, from the end (Kahn)")
def _(node):
    users, found = {node: 0}, [node]
    for n in found:
        for parent in n.parents:
            if parent not in users:
                users[parent] = 0
                found.append(parent)
            users[parent] += 1
    order, ready = [], [node]
    while ready:
        n = ready.pop()
        order.append(n)
        for parent in n.parents:
            users[parent] -= 1
            if users[parent] == 0:
                ready.append(parent)
    return order[::-1]


@topological_order.equivalent("sorted by the longest way to a leaf")
def _(node):
    height = {}

    def measure(n):
        if n not in height:
            height[n] = 1 + max([measure(p) for p in n.parents], default=-1)
        return height[n]

    measure(node)
    return sorted(height, key=height.get)


# --------------------------------------------------------------------------------------------------
backpropagate = Exercise(
    "backpropagate",
    reference=reference.backpropagate,
    hint="Three lines: the gradient of the node in itself is 1. Then go through topological_order("
    "node) from its end to its start, and call .backward() of each node.",
    minutes=8,
    difficulty=3,
)


def filled(label: str, shape: graphs.Shape, rng: Rng, size: int = 0, used: str = "") -> Case:
    made = graphs.graph(shape, rng, size=size, used=used.split(), filled=True)
    return graphs.case(label, made)


@backpropagate.cases("chains and trees", points=1)
def _(rng: Rng) -> list[Case]:
    return [
        filled("a chain of 4 nodes", graphs.CHAIN, rng),
        filled("a tree of 6 nodes", graphs.TREE, rng, 3),
    ]


@backpropagate.cases("nodes that are used twice", points=1)
def _(rng: Rng) -> list[Case]:
    return [
        filled("a residual connection", graphs.RESIDUAL, rng, 2),
        filled("a short way and a long way to x", graphs.DETOUR, rng),
        filled("three diamonds in a row", graphs.DIAMONDS, rng),
        filled("a node times itself", graphs.SQUARE, rng),
    ]


@backpropagate.cases("added to what a leaf had before", points=1)
def _(rng: Rng) -> list[Case]:
    # No node is used twice: that is another group's matter, and some orders of parents hide it.
    return [
        filled("x had a gradient", graphs.TREE, rng, 2, "x"),
        filled("all weights had gradients", graphs.TWO_LAYERS, rng, 0, "w1 b1 w2 b2"),
    ]


@backpropagate.misconception(
    "set to 1 on every visit",
    "In the end every gradient is 1 in yours: you set it for each node (in the loop, or because "
    "your function calls itself for each parent), and what the node got is lost. Only the last "
    "node gets a 1.",
)
def _(node):
    order = []

    def visit(n):
        if n not in order:
            for parent in n.parents:
                visit(parent)
            order.append(n)

    visit(node)
    for n in reversed(order):
        n.grad = 1.0
        n.backward()


@backpropagate.misconception(
    "never begins",
    "All your gradients are 0: each node hands on its own gradient, and the first one has none. "
    "Begin with node.grad = 1, because ∂L/∂L = 1.",
)
def _(node):
    order = []

    def visit(n):
        if n not in order:
            for parent in n.parents:
                visit(parent)
            order.append(n)

    visit(node)
    for n in reversed(order):
        n.backward()


@backpropagate.misconception(
    "one step only",
    "Only the parents of the last node get a gradient. Either you call .backward() of that node "
    "alone, or you begin at the leaves, which have nothing to hand on yet. Go through the order "
    "from its end to its start: `reversed(…)`.",
)
def _(node):
    node.grad = 1.0
    node.backward()


@backpropagate.misconception(
    "once for each way",
    "A node that is reached on two ways hands on its gradient twice in your version, and what it "
    "got first is counted again. Call .backward() of each node once, when its gradient is "
    "complete: that is what the topological order is for.",
)
def _(node):
    node.grad = 1.0

    def back(n):
        n.backward()
        for parent in n.parents:
            back(parent)

    back(node)


@backpropagate.misconception(
    "before the gradient is complete",
    "You follow the parents at once. A node that is used twice then hands on its gradient before "
    "the second part of it has arrived. Use topological_order: in the reversed order everything "
    "that was computed from a node comes before it.",
)
def _(node):
    node.grad = 1.0
    seen = set()

    def back(n):
        if n not in seen:
            seen.add(n)
            n.backward()
            for parent in n.parents:
                back(parent)

    back(node)


@backpropagate.misconception(
    "nearest first",
    "You go by the shortest way to each node. A node with a longer way as well hands on its "
    "gradient too early, before all of it has arrived. The reversed topological order prevents "
    "this.",
)
def _(node):
    node.grad = 1.0
    order, waiting = [node], [node]
    while waiting:
        for parent in waiting.pop(0).parents:
            if parent not in order:
                order.append(parent)
                waiting.append(parent)
    for n in order:
        n.backward()


@backpropagate.misconception(
    "set to 0 first",
    "You set the gradients to 0 before you begin. A leaf keeps what it had, and the new gradient "
    "is added to it, as in PyTorch. Setting it to 0 is another line of a script: zero_grad.",
)
def _(node):
    order = []

    def visit(n):
        if n not in order:
            for parent in n.parents:
                visit(parent)
            order.append(n)

    visit(node)
    for n in order:
        n.grad = 0.0 * n.grad
    node.grad = 1.0
    for n in reversed(order):
        n.backward()


@backpropagate.misconception(
    "begins with the loss",
    "You begin with the value of the loss. The gradient of the loss in itself is 1, whatever its "
    "value is.",
)
def _(node):
    order = []

    def visit(n):
        if n not in order:
            for parent in n.parents:
                visit(parent)
            order.append(n)

    visit(node)
    node.grad = node.value
    for n in reversed(order):
        n.backward()


@backpropagate.misconception(
    "every gradient starts at 1",
    "You set the gradient of every node to 1. Only the last node gets a 1; all others start at "
    "what they have, and .backward() adds to it.",
)
def _(node):
    order = []

    def visit(n):
        if n not in order:
            for parent in n.parents:
                visit(parent)
            order.append(n)

    visit(node)
    for n in order:
        n.grad = 0.0 * n.grad + 1.0
    for n in reversed(order):
        n.backward()


@backpropagate.misconception(
    "the last node skipped",
    "The last node never hands on its gradient. Begin the loop with it. (Without brackets, "
    "`n.backward` calls nothing: `n.backward()`.)",
)
def _(node):
    order = []

    def visit(n):
        if n not in order:
            for parent in n.parents:
                visit(parent)
            order.append(n)

    visit(node)
    node.grad = 1.0
    for n in reversed(order[:-1]):
        n.backward()


@backpropagate.equivalent("a walk of its own, with np.ones")
def _(node):
    order, seen = [], set()

    def visit(n):
        if id(n) not in seen:
            seen.add(id(n))
            for parent in n.parents:
                visit(parent)
            order.append(n)

    visit(node)
    node.grad = np.ones(())
    for n in order[::-1]:
        n.backward()
    return order


@backpropagate.equivalent("each as soon as all its users are done")
def _(node):
    users, found = {node: 0}, [node]
    for n in found:
        for parent in n.parents:
            if parent not in users:
                users[parent] = 0
                found.append(parent)
            users[parent] += 1
    node.grad += 1.0
    ready = [node]
    while ready:
        n = ready.pop()
        n.backward()
        for parent in n.parents:
            users[parent] -= 1
            if users[parent] == 0:
                ready.append(parent)
