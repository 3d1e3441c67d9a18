"""Written by `python -m reference_impl.experiments.images`."""

# what is changed, test accuracies of five seeds
ROWS: list[tuple[str, list[float]]] = [
    ("base", [0.641, 0.646, 0.633, 0.656, 0.645]),
    ("no augmentation", [0.209, 0.203, 0.21, 0.217, 0.212]),
    ("2 × lr, falling to 0", [0.636, 0.651, 0.63, 0.65, 0.633]),
    ("twice as wide", [0.685, 0.67, 0.68, 0.654, 0.676]),
    ("twice the epochs", [0.696, 0.707, 0.713, 0.719, 0.693]),
    ("batch normalization", [0.651, 0.642, 0.635, 0.66, 0.637]),
    ("dropout, p = 0.2", [0.594, 0.624, 0.62, 0.594, 0.605]),
    ("weight decay 0.1", [0.643, 0.633, 0.66, 0.642, 0.632]),
    ("ensemble of five", [0.686, 0.692, 0.699, 0.691, 0.689]),
]
