"""Written by `python -m reference_impl.experiments.signals`."""

# model, rate, test accuracies of five starts at that rate, and at the notebook's
ROWS: list[tuple[str, float, list[float], list[float]]] = [
    ("logistic", 0.01, [0.331, 0.335, 0.319, 0.338, 0.318], [0.331, 0.335, 0.319, 0.338, 0.318]),
    ("mlp", 0.01, [0.68, 0.663, 0.665, 0.668, 0.66], [0.667, 0.629, 0.659, 0.644, 0.662]),
    ("cnn", 0.02, [0.904, 0.917, 0.91, 0.913, 0.899], [0.904, 0.917, 0.91, 0.913, 0.899]),
    ("gru", 0.05, [0.828, 0.877, 0.841, 0.895, 0.908], [0.761, 0.757, 0.749, 0.806, 0.776]),
]
