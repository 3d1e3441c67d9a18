"""Written by `python -m reference_impl.experiments.moved_digits`."""

# network, training images moved, parameters, rate, test accuracies of five seeds
ROWS: list[tuple[str, bool, int, float, list[float]]] = [
    ("convolution", True, 2218, 0.01, [0.935, 0.932, 0.925, 0.936, 0.922]),
    ("dense, 11 units", True, 2287, 0.01, [0.692, 0.697, 0.736, 0.716, 0.722]),
    ("dense, 64 units", True, 13258, 0.01, [0.873, 0.891, 0.877, 0.882, 0.87]),
    ("dense, 256 units", True, 53002, 0.01, [0.913, 0.919, 0.908, 0.916, 0.913]),
    ("convolution", False, 2218, 0.03, [0.723, 0.688, 0.697, 0.672, 0.663]),
    ("dense, 11 units", False, 2287, 0.01, [0.434, 0.432, 0.426, 0.436, 0.424]),
    ("dense, 64 units", False, 13258, 0.03, [0.501, 0.513, 0.496, 0.506, 0.518]),
    ("dense, 256 units", False, 53002, 0.03, [0.531, 0.543, 0.522, 0.519, 0.524]),
]
