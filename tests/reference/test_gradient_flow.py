"""How much of the gradient each layer gets."""

from __future__ import annotations

import subprocess
import sys
from itertools import pairwise

import numpy as np
import pytest

from reference_impl.activations import relu
from reference_impl.gradient_flow import gradient_norms
from reference_impl.gradients import numerical_gradient
from reference_impl.losses import cross_entropy
from reference_impl.mlp import mlp_forward


def test_the_norms_are_those_of_central_differences():
    rng = np.random.default_rng(0)
    params = [(rng.normal(size=size), rng.normal(size=size[1])) for size in pairwise((3, 5, 4, 2))]
    X, labels = rng.normal(size=(6, 3)), np.array([0, 1, 1, 0, 1, 0])

    def loss(W, layer):
        changed = [*params[:layer], (W, params[layer][1]), *params[layer + 1 :]]
        return cross_entropy(labels, mlp_forward(X, changed, relu)[0])

    wanted = [
        np.linalg.norm(numerical_gradient(lambda V, k=k: loss(V, k), W.copy()))
        for k, (W, _) in enumerate(params)
    ]
    np.testing.assert_allclose(gradient_norms(params, X, labels), wanted, rtol=1e-6)


def test_no_layers():
    with pytest.raises(ValueError, match="params is empty"):
        gradient_norms([], np.ones((2, 3)), np.array([0, 1]))


def test_the_passes_of_07_need_no_answer_of_08():
    """While 08 is marked its answers are out of reach, and its students call the two passes."""
    code = "import sys, reference_impl.mlp; print('reference_impl.initializers' in sys.modules)"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "False"
