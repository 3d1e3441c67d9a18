"""The digits that a check holds back: they are there while marking, but not those of the cases."""

from __future__ import annotations

import gzip
import json

import numpy as np
import pytest

from autograder import folders
from autograder.authoring.sample_class import authors, fill_in
from autograder.grading import assignment
from autograder.grading.assignment import variants
from autograder.grading.held_back import _asked
from autograder.grading.judge import Judge
from autograder.grading.submission import Submission

EXAM, OTHER = "12_training", "08_initialization"


@pytest.fixture(scope="module")
def loaded(tmp_path_factory):
    return assignment.load(tmp_path_factory.mktemp("course"), EXAM)


def marks(loaded, name, cells):
    """Marks and text, with only these answers, and no illustrations behind the imports."""
    document = json.loads(fill_in(folders.released(name).read_text("utf-8"), cells))
    with Judge(loaded) as judge:
        graded = judge.grade(Submission("ada", {name: json.dumps(document).encode()}))
    result = graded.notebooks[name]
    return {i: mark.score for i, mark in result.marks.items()}, result.text


def test_as_many_digits_and_none_that_a_case_asks_for(loaded):
    [(path, content)] = loaded.marks_mounts.replaced.items()
    theirs = np.loadtxt(gzip.decompress(content).decode().splitlines(), delimiter=",")
    real = np.loadtxt(gzip.decompress(path.read_bytes()).decode().splitlines(), delimiter=",")
    assert theirs.shape == real.shape
    assert (np.bincount(theirs[:, -1].astype(int)) > 100).all()
    assert theirs.min() == 0
    assert theirs[:, :-1].max() == 16
    there = {row[:-1].tobytes() for row in theirs}
    asked = {row.tobytes() for seed in variants(loaded.seed) for row in _asked(seed)}
    assert len(asked) > 1000
    assert not there & asked


def test_who_looks_at_the_digits_loses_nothing(loaded):
    """Each of these is right in a notebook, where the digits are there."""
    right = authors(EXAM)
    cells = {
        "train": "print(X.shape, labels.shape)\nn_classes = labels.max() + 1\n" + right["train"],
        "accuracy": "print(labels[:5], labels_val[:5])\n" + right["accuracy"],
        "build_mlp": right["build_mlp"],
        "digits_model": (
            "from sklearn.datasets import load_digits\nraw = load_digits()\nprint(raw.data.shape)\n"
            "SCALE = raw.data.max()\n" + SVM
        ),
    }
    found, text = marks(loaded, EXAM, cells)
    assert found["check_accuracy"] == 2.0
    assert found["check_train"] == 6.0, text[-3000:]
    assert found["check_digits_model"] == 6.0


SVM = """
def digits_model(X, labels, rng):
    from sklearn.svm import SVC

    model = SVC(C=10).fit(X / SCALE, labels)
    return lambda X: model.predict(X / SCALE)
"""


def test_where_nothing_is_held_back_the_digits_are_there(tmp_path):
    cell = "print(data.X.shape, data.X.std())\n" + authors(OTHER)["layer_std"]
    loaded = assignment.load(tmp_path, OTHER)
    passes = authors(OTHER)["gradient_norms"]  # it calls the reference's mlp_forward
    found, text = marks(loaded, OTHER, {"layer_std": cell, "gradient_norms": passes})
    assert found["check_layer_std"] == 3.0, text[-3000:]
    assert found["check_gradient_norms"] == 4.0, text[-3000:]
