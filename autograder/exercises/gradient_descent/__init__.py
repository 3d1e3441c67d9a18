"""Gradient descent: whole batches, mini-batches, step sizes."""

NOTEBOOK = "02_gradient_descent"
