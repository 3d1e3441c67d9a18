"""A wrong `mlp_backward` or `mlp_forward` is told the first array that is off, as computed."""

from __future__ import annotations

import numpy as np
import pytest

from autograder.checking.render import as_text
from autograder.notebook.check import verdict_on
from reference_impl.mlp import mlp_backward, mlp_forward


def spoiled(layer, which):
    """The right gradients, but for some arrays of the first network that has so many layers."""

    def backward(dlogits, caches, params, activation_grad):
        grads = [list(pair) for pair in mlp_backward(dlogits, caches, params, activation_grad)]
        if len(params) == 4:
            for i in range(layer):  # as an error of this layer spreads to all before it
                grads[i] = [array + 1 for array in grads[i]]
            for k in which:
                array = grads[layer][k]
                grads[layer][k] = array + np.arange(array.size).reshape(array.shape)
        return grads

    return backward


@pytest.mark.parametrize("layer", range(4))
@pytest.mark.parametrize(("which", "name"), [((0,), "dW"), ((1,), "db"), ((0, 1), "dW")])
def test_the_first_wrong_gradient_on_the_way_back_is_named(layer, which, name):
    text = as_text(verdict_on("mlp_backward", spoiled(layer, which)))
    assert f"grads[{layer}], which is layer {layer + 1} of 4: {name}[" in text
    if which == (0,):
        assert f"the db of layer {layer + 1} is right" in text
    elif which == (1,):
        assert f"the dW of layer {layer + 1} is right" in text
    elif layer < 3:
        assert f"look at how dZ gets from layer {layer + 2} to layer {layer + 1}" in text
    else:
        assert "its dZ is dlogits" in text


def test_the_first_wrong_array_on_the_way_forwards_is_named():
    def forward(X, params, activation):
        return mlp_forward(X, params, lambda z: activation(z) + 0.001)

    text = as_text(verdict_on("mlp_forward", forward))
    assert "caches[1], which is layer 2 of 2: H[0, 0]" in text


def test_an_activation_that_is_used_once_is_not_called_unused():
    def forward(X, params, activation):
        caches = []
        for layer, (W, b) in enumerate(params):
            Z = X @ W + b
            caches.append((X, Z))
            X = activation(Z) if layer == 0 else Z
        return Z, caches

    problem = verdict_on("mlp_forward", forward).problem
    assert "layer 3 of 4" in dict(problem.evidence)["at"]
    assert not problem.misconception
