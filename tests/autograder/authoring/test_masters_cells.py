"""The cells of every exercise in its master: arguments, hint, and an example that is true."""

import pytest

from autograder.authoring.trial import Trial, look_at_master
from autograder.exercises import REGISTRY

NOTEBOOKS = sorted({exercise.notebook for exercise in REGISTRY.values()})


@pytest.mark.parametrize("name", NOTEBOOKS)
def test_the_cells_of_every_exercise_are_as_a_student_needs_them(name):
    faults = []
    for exercise in REGISTRY.values():
        if exercise.notebook == name:
            result = Trial(exercise.id)
            look_at_master(exercise, (), result)
            faults += [f"{exercise.id}: {fault}" for fault in result.faults]
    assert not faults, "\n".join(faults)
