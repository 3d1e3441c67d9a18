"""Layers, each with its forward and its backward side by side, and in textbook form beside them."""
