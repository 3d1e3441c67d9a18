"""Surfaces in two dimensions to walk on, each with its gradient and Hessian by hand."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from reference_impl._validate import Array, between, positive


@dataclass(frozen=True)
class Landscape:
    """A function of two variables, with what is needed to walk on it and to draw it.

    f : (..., 2) → (...)
    gradient : (..., 2) → (..., 2)
    hessian : (2,) → (2, 2)
    minima : (k, 2) the minima, the global one first; k = 0 if there is none
    start : (2,) a good place to start from
    bounds : (x_low, x_high, y_low, y_high) of the picture
    """

    name: str
    f: Callable[[Array], Array]
    gradient: Callable[[Array], Array]
    hessian: Callable[[Array], Array]
    minima: Array
    start: Array
    bounds: tuple[float, float, float, float]

    @property
    def lowest(self) -> float | None:
        """The value at the global minimum, or None if the function has no minimum."""
        return float(self.f(self.minima[0])) if len(self.minima) else None


def _columns(*columns: Array) -> Array:
    """Arrays (...) side by side as (..., k)."""
    return np.stack(np.broadcast_arrays(*columns), axis=-1)


def ravine(condition: float = 25.0) -> Landscape:
    """A valley, steep across and flat along.

    f = ½ (x² + κ y²),   ∇f = (x, κ y),   H = diag(1, κ)

    Parameters
    ----------
    condition : κ ≥ 1, the condition number; gradient descent is stable below 2/κ

    Returns
    -------
    Landscape with its minimum at (0, 0)

    Raises
    ------
    ValueError : condition below 1
    """
    between("condition", condition, 1, np.inf)

    def f(p: Array) -> Array:
        x, y = p[..., 0], p[..., 1]
        return (x**2 + condition * y**2) / 2

    def gradient(p: Array) -> Array:
        x, y = p[..., 0], p[..., 1]
        return _columns(x, condition * y)

    def hessian(p: Array) -> Array:
        return np.diag([1.0, condition])

    return Landscape(
        name=f"ravine, κ = {condition:g}",
        f=f,
        gradient=gradient,
        hessian=hessian,
        minima=np.array([[0.0, 0.0]]),
        start=np.array([-9.0, 1.6]),
        bounds=(-10.0, 4.0, -2.5, 2.5),
    )


def rosenbrock(b: float = 100.0) -> Landscape:
    """A curved, flat valley: easy to find, slow to follow.

    f = (1 - x)² + b (y - x²)²
    ∇f = (-2 (1 - x) - 4 b x (y - x²),  2 b (y - x²))
    H = ((2 - 4 b (y - 3 x²), -4 b x), (-4 b x, 2 b))

    Parameters
    ----------
    b : steepness of the valley's walls, above 0

    Returns
    -------
    Landscape with its minimum at (1, 1)

    Raises
    ------
    ValueError : b not above 0

    Source: Rosenbrock, "An Automatic Method for Finding the Greatest or Least Value of a
    Function", 1960.
    """
    positive(b=b)

    def f(p: Array) -> Array:
        x, y = p[..., 0], p[..., 1]
        return (1 - x) ** 2 + b * (y - x**2) ** 2

    def gradient(p: Array) -> Array:
        x, y = p[..., 0], p[..., 1]
        return _columns(-2 * (1 - x) - 4 * b * x * (y - x**2), 2 * b * (y - x**2))

    def hessian(p: Array) -> Array:
        x, y = p
        return np.array([[2 - 4 * b * (y - 3 * x**2), -4 * b * x], [-4 * b * x, 2 * b]])

    return Landscape(
        name="Rosenbrock",
        f=f,
        gradient=gradient,
        hessian=hessian,
        minima=np.array([[1.0, 1.0]]),
        start=np.array([-1.5, 1.5]),
        bounds=(-2.0, 2.0, -1.0, 3.0),
    )


def saddle() -> Landscape:
    """A pass between two peaks: up in x, down in y, flat at (0, 0).

    f = x² - y²,   ∇f = (2x, -2y),   H = diag(2, -2)

    It has no minimum: every path that leaves the pass falls for ever. Started at y = 0 exactly,
    gradient descent stops at the pass, since nothing pushes it off the ridge.

    Returns
    -------
    Landscape without a minimum
    """

    def f(p: Array) -> Array:
        x, y = p[..., 0], p[..., 1]
        return x**2 - y**2

    def gradient(p: Array) -> Array:
        x, y = p[..., 0], p[..., 1]
        return _columns(2 * x, -2 * y)

    def hessian(p: Array) -> Array:
        return np.diag([2.0, -2.0])

    return Landscape(
        name="saddle",
        f=f,
        gradient=gradient,
        hessian=hessian,
        minima=np.empty((0, 2)),
        start=np.array([-1.8, 1e-3]),
        bounds=(-2.0, 2.0, -2.0, 2.0),
    )


def saddle_with_floor() -> Landscape:
    """The pass again, with a valley below it on either side.

    f = ½ (x² - y²) + ¼ y⁴,   ∇f = (x, y³ - y),   H = diag(1, 3 y² - 1)

    Returns
    -------
    Landscape with minima at (0, ±1) and a saddle at (0, 0)
    """

    def f(p: Array) -> Array:
        x, y = p[..., 0], p[..., 1]
        return (x**2 - y**2) / 2 + y**4 / 4

    def gradient(p: Array) -> Array:
        x, y = p[..., 0], p[..., 1]
        return _columns(x, y**3 - y)

    def hessian(p: Array) -> Array:
        return np.diag([1.0, 3 * p[1] ** 2 - 1])

    return Landscape(
        name="saddle with a floor",
        f=f,
        gradient=gradient,
        hessian=hessian,
        minima=np.array([[0.0, 1.0], [0.0, -1.0]]),
        start=np.array([-1.8, 1e-3]),
        bounds=(-2.0, 2.0, -1.6, 1.6),
    )


def double_well(tilt: float = 0.1) -> Landscape:
    """Two valleys, one deeper: a local minimum to be caught in and a global one behind a hill.

    f = ¼ (x² - 1)² + τ x + ½ y²,   ∇f = (x³ - x + τ, y),   H = diag(3 x² - 1, 1)

    Parameters
    ----------
    tilt : τ in (0, 2/√27), beyond which the local minimum is gone

    Returns
    -------
    Landscape with its global minimum left, near (-1, 0), its local one right, near (1, 0)

    Raises
    ------
    ValueError : tilt outside (0, 2/√27)
    """
    positive(tilt=tilt)
    between("tilt", tilt, 0, 2 / np.sqrt(27), below=True)

    def f(p: Array) -> Array:
        x, y = p[..., 0], p[..., 1]
        return (x**2 - 1) ** 2 / 4 + tilt * x + y**2 / 2

    def gradient(p: Array) -> Array:
        x, y = p[..., 0], p[..., 1]
        return _columns(x**3 - x + tilt, y)

    def hessian(p: Array) -> Array:
        return np.diag([3 * p[0] ** 2 - 1, 1.0])

    # The three real roots of x³ - x + τ: global minimum, top of the hill, local minimum.
    left, _, right = np.sort(np.roots([1.0, 0.0, -1.0, tilt]).real)
    return Landscape(
        name="double well",
        f=f,
        gradient=gradient,
        hessian=hessian,
        minima=np.array([[left, 0.0], [right, 0.0]]),
        start=np.array([1.8, 0.9]),
        bounds=(-2.0, 2.0, -1.25, 1.25),
    )


def beale() -> Landscape:
    """Wide plains, sharp corners: large and tiny gradients on one way.

    f = a² + b² + c²,   a = 1.5 - x + x y,   b = 2.25 - x + x y²,   c = 2.625 - x + x y³
    ∂f/∂x = 2a (y - 1) + 2b (y² - 1) + 2c (y³ - 1)
    ∂f/∂y = 2a x + 4b x y + 6c x y²

    Returns
    -------
    Landscape with its minimum at (3, 0.5)

    Source: Beale, "On an iterative method for finding a local minimum of a function of more than
    one variable", 1958.
    """

    def residuals(x: Array, y: Array) -> tuple[Array, Array, Array]:
        return 1.5 - x + x * y, 2.25 - x + x * y**2, 2.625 - x + x * y**3

    def f(p: Array) -> Array:
        a, b, c = residuals(p[..., 0], p[..., 1])
        return a**2 + b**2 + c**2

    def gradient(p: Array) -> Array:
        x, y = p[..., 0], p[..., 1]
        a, b, c = residuals(x, y)
        return _columns(
            2 * a * (y - 1) + 2 * b * (y**2 - 1) + 2 * c * (y**3 - 1),
            2 * a * x + 4 * b * x * y + 6 * c * x * y**2,
        )

    def hessian(p: Array) -> Array:
        x, y = p
        a, b, c = residuals(x, y)
        xx = 2 * ((y - 1) ** 2 + (y**2 - 1) ** 2 + (y**3 - 1) ** 2)
        xy = 2 * (a + x * (y - 1)) + 4 * y * (b + x * (y**2 - 1)) + 6 * y**2 * (c + x * (y**3 - 1))
        yy = 2 * x**2 + 8 * (x * y) ** 2 + 18 * (x * y**2) ** 2 + 4 * b * x + 12 * c * x * y
        return np.array([[xx, xy], [xy, yy]])

    return Landscape(
        name="Beale",
        f=f,
        gradient=gradient,
        hessian=hessian,
        minima=np.array([[3.0, 0.5]]),
        start=np.array([1.0, 1.5]),
        bounds=(-1.0, 4.5, -1.5, 2.0),
    )
