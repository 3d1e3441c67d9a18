"""Written by `python -m reference_impl.experiments.images`."""

# what is changed, test accuracies of five seeds
ROWS: list[tuple[str, list[float]]] = [
    ("base", [0.523, 0.53, 0.558, 0.547, 0.513]),
    ("no augmentation", [0.16, 0.16, 0.157, 0.144, 0.148]),
    ("2 × lr, falling to 0", [0.518, 0.545, 0.514, 0.554, 0.484]),
    ("twice as wide", [0.571, 0.563, 0.614, 0.573, 0.576]),
    ("twice the epochs", [0.607, 0.599, 0.616, 0.614, 0.59]),
    ("batch normalization", [0.52, 0.542, 0.525, 0.513, 0.539]),
    ("dropout, p = 0.2", [0.508, 0.477, 0.505, 0.496, 0.464]),
    ("weight decay 0.1", [0.544, 0.531, 0.544, 0.539, 0.516]),
    ("ensemble of five", [0.579, 0.587, 0.574, 0.581, 0.577]),
]
