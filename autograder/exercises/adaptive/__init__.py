"""Step sizes of their own for every parameter: AdaGrad to Nadam."""

NOTEBOOK = "04_adaptive"
