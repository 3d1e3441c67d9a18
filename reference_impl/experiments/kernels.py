"""What becomes of a first layer's kernels, over several starts.

    python -m reference_impl.experiments.kernels    # a minute of one core

It writes `kernels_stored`, from which notebook 13 prints. The convolution of `moved_digits`, at the
rate that was chosen there, with its five starts. Two numbers for each: how rough the kernels are at
the start and after training, and how many are mostly an edge.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator

import numpy as np

from reference_impl.experiments.moved_digits import NETWORKS, REPORTED, digits, trained
from reference_impl.experiments.moved_digits_stored import ROWS as MOVED
from reference_impl.experiments.stored import as_list, heading, told, write
from reference_impl.layers.layer import Floats
from reference_impl.network import Network

NAME = "convolution"

Row = tuple[int, float, float, int]


def roughness(W: Floats) -> float:
    """Half the mean squared difference of neighbouring weights, over their mean square.

    Parameters
    ----------
    W : (kernels, channels, height, width)

    Returns
    -------
    1 on average for weights drawn one by one with mean 0, 0 for kernels of one weight each
    """
    across, down = np.diff(W, axis=3), np.diff(W, axis=2)
    differences = np.concatenate([across.ravel(), down.ravel()])
    return float(np.mean(differences**2) / 2 / np.mean(W**2))


def edge_share(W: Floats) -> Floats:
    """For each kernel (kernels, 1, k, k), the share of Σ w² that a slope explains: 0 to 1."""
    k = W.shape[-1]
    slopes = (np.indices((k, k)) - (k - 1) / 2).reshape(2, -1)
    slopes /= np.linalg.norm(slopes, axis=1, keepdims=True)
    flat = W.reshape(len(W), -1)
    share: Floats = ((flat @ slopes.T) ** 2).sum(axis=1) / (flat**2).sum(axis=1)
    return share


def first_layer(network: Network) -> Floats:
    """The kernels of the first layer."""
    return network.parameters()["0.W"][0].astype(float)


def experiment() -> Iterator[Row]:
    """For each seed: roughness at the start and after training, and how many of 8 are an edge."""
    rate = next(rate for name, moves, _, rate, _ in MOVED if name == NAME and moves)
    data = digits(move_training=True)
    for seed in REPORTED:
        start = Network(NETWORKS[NAME](), (1, 14, 14), np.random.default_rng(seed))
        before, after = first_layer(start), first_layer(trained(NAME, data, rate, seed))
        edges = int(np.count_nonzero(edge_share(after) > 0.5))
        yield seed, round(roughness(before), 3), round(roughness(after), 3), edges


def as_module(rows: Iterable[Row]) -> str:
    """The text of `kernels_stored`."""
    text = heading("kernels")
    text += "# seed, roughness at the start, after training, how many of 8 are an edge by half\n"
    return text + f"ROWS: list[tuple[int, float, float, int]] = {as_list(rows)}"


def main() -> int:
    """The command: says each row when it is there, and writes them beside this file at the end."""
    write(__file__, as_module(told(experiment())))
    return 0


if __name__ == "__main__":
    sys.exit(main())
