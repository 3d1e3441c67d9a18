"""Messages between the judge and the sandbox: what goes in comes out, and no bytes do harm."""

from __future__ import annotations

import numpy as np

from autograder.drive import Call, Failure, Outcome, Previous, Rng
from autograder.wire import pack, unpack


def test_a_message_comes_out_as_it_went_in():
    message = {
        "script": [Call((1.0, Rng(3)), {"lr": 0.1}), Call((Previous(0),), method="step")],
        "outcomes": [Outcome((1, [2.5]), changed=(0, "v")), Outcome(failure=Failure("E", "é", 3))],
        "x": {1: b"\x00", (2, None): -(2**70)},
    }
    assert unpack(pack(message)) == message
    got = unpack(pack({"x": np.asfortranarray(np.arange(6.0).reshape(2, 3))}))["x"]
    assert got.flags.c_contiguous
    assert got.flags.owndata
    assert got.tolist() == [[0, 1, 2], [3, 4, 5]]
