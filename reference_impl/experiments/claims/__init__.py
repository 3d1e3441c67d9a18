"""The claims lab: what the sources say, measured.

Each file has the labs of a group. A lab is a claim, a run for each seed and a rule; `lab` says what
that is, `small` holds what the runs share, `results` what is kept of them. `LABS` has all by id.
"""

from importlib import import_module

from reference_impl.experiments.claims.lab import LABS, Lab

GROUPS = (
    "averages",
    "descent",
    "batches",
    "momentum",
    "nesterov",
    "adaptive",
    "adam",
    "activations",
    "against_relu",
    "initialization",
    "batchnorm",
    "regularization",
    "capacity",
)

for _group in GROUPS:
    import_module(f"{__name__}.{_group}")

__all__ = ["GROUPS", "LABS", "Lab"]
