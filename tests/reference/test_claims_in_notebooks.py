"""What a notebook's text says of a lab is what the lab has stored.

What a cell computes needs no line here: the cell asserts it. A number in the text that comes from a
lab has one.
"""

from __future__ import annotations

import re
from typing import NamedTuple

import nbformat
import pytest

from autograder import folders
from reference_impl.experiments.claims import LABS, results

NUMBER = r"(-?\d[\d,]*(?:\.\d+)?)"
MENTIONED = re.compile(r"\b[Ll]ab ([A-Z]\d+)\b")


class Said(NamedTuple):
    """A sentence of a notebook, with # for its number: the mean effect of a lab in a setting.

    state : what the sentence makes of it, in the lab's words
    """

    notebook: str
    sentence: str
    lab: str
    setting: str
    state: str


SAID = [
    Said(
        "01_ewma",
        "With the weight on the past, β = 0.5 needs # times as long as 0.9",
        "E3",
        "weight on the past, v = βv + (1-β)x",
        "opposite",
    ),
    Said(
        "01_ewma",
        "as pandas has it, a weight of 0.5 needs # times as long",
        "E3",
        "weight on the new value, v = (1-α)v + αx",
        "holds",
    ),
    Said(
        "02_gradient_descent",
        "At one rate for both, batches of 512 make # times the mistakes of batches of 8",
        "G3",
        "wrong on the test, one rate for both",
        "holds",
    ),
    Said(
        "02_gradient_descent",
        "with as many updates, it is # times, so they make no more",
        "G3",
        "the same, and as many updates",
        "fails",
    ),
    Said(
        "02_gradient_descent",
        "the whole set is # times as far above the lowest loss as batches of 16 at κ ≈ 10",
        "G10",
        "κ ≈ 10",
        "holds",
    ),
    Said("02_gradient_descent", "and # times at κ ≈ 100", "G10", "κ ≈ 100", "holds"),
    Said("02_gradient_descent", "At κ ≈ 2 the opposite is true by far", "G10", "κ ≈ 2", "opposite"),
    Said(
        "02_gradient_descent",
        "one rate then takes # times as many steps as the best rate for each parameter",
        "G5",
        "ravine along an axis, κ = 100",
        "holds",
    ),
    Said(
        "02_gradient_descent",
        "in a ravine that is turned at random it takes # times as many",
        "G5",
        "ravine at a random angle, κ = 100",
        "fails",
    ),
    Said(
        "03_momentum",
        "the heavy ball's training loss is # times NAG's at μ = 0.99",
        "N2",
        "training loss on the digits, momentum 0.99",
        "holds",
    ),
    Said(
        "03_momentum",
        "and at 0.9 ten seeds do not tell them apart",
        "N2",
        "training loss on the digits, momentum 0.9",
        "open",
    ),
    Said(
        "03_momentum",
        "in lab M5 below, at μ = 0.9, the ball leaves from # of the starts",
        "M5",
        "the heavy ball, momentum 0.9",
        "holds",
    ),
    Said(
        "03_momentum",
        "is not larger than NAG's, the difference is #",
        "M5",
        "NAG stays where the ball leaves, 0.9",
        "fails",
    ),
    Said(
        "03_momentum",
        "the averaged form is faster by a factor of # at η = 0.02, in lab M6",
        "M6",
        "faster at first, average, same rate",
        "holds",
    ),
    Said(
        "03_momentum",
        "with ten times the η it needs no more steps than the ball, # times as many",
        "M8",
        "against ten times the rate",
        "fails",
    ),
    Said(
        "04_adaptive",
        "AdaDelta with windows of ten steps has # times the training loss",
        "D1",
        "a window, not an average, digits",
        "holds",
    ),
    Said(
        "04_adaptive",
        "PyTorch's ε of $10^{-6}$ has # times the training loss of the best ε",
        "D1",
        "defaults, digits, 10 epochs",
        "fails",
    ),
    Said(
        "04_adaptive",
        "Adam's training loss is # times Nadam's after three epochs",
        "P7",
        "training loss, digits, 3 epochs",
        "holds",
    ),
    Said(
        "04_adaptive",
        "after ten it is # times",
        "P7",
        "training loss, digits, 10 epochs",
        "fails",
    ),
    Said(
        "04_adaptive",
        "after three epochs of digits AdaGrad's training loss is # times RMSprop's",
        "R2",
        "digits, 3 epochs",
        "fails",
    ),
    Said(
        "04_adaptive",
        "and after 30 the runs do not tell the two apart",
        "R2",
        "digits, 30 epochs",
        "open",
    ),
    Said(
        "04_adaptive",
        "gradient descent # times as far above the lowest loss as AdaGrad",
        "A3",
        "the same, standardized",
        "holds",
    ),
    Said(
        "04_adaptive",
        "with their own units it is # times",
        "A3",
        "features in units of their own",
        "holds",
    ),
    Said(
        "04_adaptive",
        "after 5 epochs the default makes # times as many as the best rate",
        "P6",
        "Adam at its default, digits, 5 epochs",
        "fails",
    ),
    Said(
        "04_adaptive",
        "and after 30 epochs still # times",
        "P6",
        "Adam at its default, digits, 30 epochs",
        "open",
    ),
    Said(
        "04_adaptive",
        "needs # times as many steps as RMSprop",
        "R3",
        "faster than AdaGrad that came all the way",
        "holds",
    ),
    Said(
        "04_adaptive",
        "But RMSprop needs # times as many as the fresh AdaGrad",
        "R3",
        "no slower than a fresh AdaGrad, to a tenth",
        "fails",
    ),
    Said(
        "04_adaptive",
        "the loss without it is # times the loss with it",
        "P2",
        "loss after 10 epochs, each its own rate",
        "fails",
    ),
    Said(
        "04_adaptive",
        "place is # times as sharp in own units",
        "P5",
        "own units, the best rate",
        "holds",
    ),
    Said(
        "04_adaptive",
        "and # times as pixels",
        "P5",
        "pixels, the best rate",
        "open",
    ),
    Said(
        "06_losses",
        "there the squared error errs # times as far",
        "L1",
        "5 % of the samples, inputs too",
        "holds",
    ),
    Said(
        "06_losses",
        "the squared error's weights are # times as far from the truth",
        "L1",
        "5 % of the targets",
        "holds",
    ),
    Said(
        "08_initialization",
        "With dropout all # sigmoid units differ in the end",
        "I1",
        "sigmoid with dropout: units that differ",
        "fails",
    ),
    Said(
        "09_batchnorm",
        "and gradient descent at 0.3 batch normalization makes it smaller by #",
        "B7",
        "3 hidden layers, SGD at 0.3",
        "holds",
    ),
    Said(
        "09_batchnorm",
        "with 10 layers it does not (#",
        "B7",
        "10 hidden layers, SGD at 0.3",
        "fails",
    ),
    Said(
        "09_batchnorm",
        "For a sigmoid network it finds the opposite",
        "B6",
        "shift of the gradient, sigmoid, each its own rate",
        "opposite",
    ),
    Said(
        "09_batchnorm",
        "the accuracy of ReLU networks of 12 layers is higher by # with it",
        "B4",
        "ReLU, gradient descent, 12 layers",
        "open",
    ),
    Said(
        "09_batchnorm",
        "smaller by # with 3 layers",
        "B7",
        "3 hidden layers, Adam at 0.01",
        "open",
    ),
    Said(
        "09_batchnorm",
        "with 3 layers, and by # with 10",
        "B7",
        "10 hidden layers, Adam at 0.01",
        "holds",
    ),
    Said(
        "09_batchnorm",
        "lab B5 does not decide it",
        "B5",
        "regularizes: 1000 samples",
        "open",
    ),
    Said(
        "11_regularization",
        "there doing nothing makes # times its mistakes",
        "Q6",
        "early stopping",
        "holds",
    ),
    Said("11_regularization", "which is as much as the # of dropout", "Q6", "dropout", "holds"),
    Said(
        "11_regularization",
        "the error is # times that of none",
        "Q3",
        "larger test error, λ = 0.01 n, 25 samples",
        "opposite",
    ),
    Said(
        "05_activations",
        "With LeCun's weights its size is off by a factor of #",
        "C11",
        "LeCun's weights",
        "holds",
    ),
    Said(
        "05_activations",
        "with He's by a factor of #",
        "C11",
        "He's weights",
        "fails",
    ),
    Said(
        "05_activations",
        "With two layers ReLU's training loss on the digits is # times ELU's",
        "C10",
        "training loss, digits, 2 hidden layers",
        "fails",
    ),
    Said(
        "05_activations",
        "raise the share of dead units by #",
        "C7",
        "cause: 12 layers in place of 3",
        "fails",
    ),
    Said(
        "05_activations",
        "ReLU's training loss with two layers is # times SELU's on the digits",
        "C15",
        "SELU: training loss, digits, 2 hidden layers",
        "fails",
    ),
    Said(
        "05_activations",
        "SELU's on the digits, and # times on signals",
        "C15",
        "SELU: training loss, signals, 2 hidden layers",
        "opposite",
    ),
    Said(
        "05_activations",
        "takes # times ReLU's time on 32",
        "C12",
        "32 × 64 elements",
        "fails",
    ),
    Said(
        "05_activations",
        "and # times on 128 × 512",
        "C12",
        "128 × 512 elements",
        "fails",
    ),
    Said(
        "10_dropout",
        "without dropout makes # times as many mistakes on fresh digits",
        "O2",
        "1000 samples, 128 units, a third of the labels wrong",
        "holds",
    ),
    Said(
        "10_dropout",
        "With 8 units per layer it is the opposite: # times",
        "O2",
        "1000 samples, 8 units",
        "opposite",
    ),
    Said(
        "12_training",
        "the wide network makes # times the mistakes of the deep one",
        "H1",
        "digits, one of 500",
        "opposite",
    ),
    Said(
        "12_training",
        "and one layer with as many parameters # times",
        "H1",
        "digits, one of as many parameters",
        "opposite",
    ),
    Said(
        "12_training",
        "after 10 epochs, the one layer with as many parameters makes # times as many",
        "H1",
        "spirals after 10 epochs, one of as many parameters",
        "holds",
    ),
    Said(
        "12_training",
        "there the narrow one makes # times their mistakes",
        "H1",
        "digits, one of as many parameters",
        "opposite",
    ),
    Said(
        "13_beyond_dense",
        "the share that a slope of grey explains grows by #",
        "H4",
        "kernels of layer 1: edges, more than before training",
        "fails",
    ),
    Said(
        "13_beyond_dense",
        "by # from the second to the third",
        "H4",
        "layer 3 more than layer 2",
        "holds",
    ),
]


def text_of(name: str) -> str:
    """The text of a notebook and the comments in its code, on one line."""
    cells = nbformat.read(folders.master(name), as_version=4).cells
    text = [c.source for c in cells if c.cell_type == "markdown"]
    code = "\n".join(c.source for c in cells if c.cell_type == "code")
    text += re.findall(r"^\s*# ?(.*)", code, re.MULTILINE)
    return re.sub(r"\s+", " ", " ".join(text))


def disagreement(said: Said, text: str, effects: list[dict]) -> str:
    """Why a sentence is not what a lab has stored; empty if it is."""
    found = re.findall(re.escape(said.sentence).replace(r"\#", NUMBER), text)
    if len(found) != 1:
        return f"the sentence is there {len(found)} times"
    [effect] = [e for e in effects if e["setting"] == said.setting]
    if effect["state"] != said.state:
        return f"it says {said.state}; the lab says {effect['state']}"
    if "#" not in said.sentence:
        return ""
    digits = len(found[0].partition(".")[2])
    right = f"{effect['mean']:,.{digits}f}"
    return "" if found[0] == right else f"it says {found[0]}; the lab says {right}"


@pytest.mark.parametrize(
    "said", SAID, ids=[f"{said.notebook[:2]} {said.sentence}" for said in SAID]
)
def test_what_a_notebook_says_of_a_lab_is_what_the_lab_found(said):
    assert not disagreement(said, text_of(said.notebook), results.read(said.lab)["effect"])


@pytest.mark.parametrize("name", folders.notebooks())
def test_of_each_lab_that_a_notebook_names_something_is_compared(name):
    named = set(MENTIONED.findall(text_of(name)))
    assert named <= LABS.keys()
    assert named == {said.lab for said in SAID if said.notebook == name}


def test_a_disagreement_is_found():
    said = Said("", "it takes # times as long", "X1", "a", "holds")
    effects = [{"setting": "a", "state": "holds", "mean": 1234.56}]
    assert not disagreement(said, "and it takes 1,235 times as long.", effects)
    assert not disagreement(said, "and it takes 1,234.6 times as long.", effects)
    assert "says 1,234; the lab says 1,235" in disagreement(
        said, "and it takes 1,234 times as long.", effects
    )
    assert "0 times" in disagreement(said, "and it takes long.", effects)
    assert "the lab says fails" in disagreement(
        said, "it takes 1,235 times as long", [effects[0] | {"state": "fails"}]
    )
