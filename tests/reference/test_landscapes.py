"""Landscapes: gradients and Hessians against central differences, minima where they should be."""

from __future__ import annotations

import numpy as np
import pytest

from reference_impl.gradients import numerical_gradient
from reference_impl.landscapes import (
    beale,
    double_well,
    ravine,
    rosenbrock,
    saddle,
    saddle_with_floor,
)

LANDSCAPES = [
    ravine(),
    ravine(3.0),
    rosenbrock(),
    rosenbrock(5.0),
    saddle(),
    saddle_with_floor(),
    double_well(),
    double_well(0.3),
    beale(),
]


@pytest.fixture(params=LANDSCAPES, ids=lambda landscape: landscape.name)
def landscape(request):
    return request.param


@pytest.fixture
def points(landscape):
    x_low, x_high, y_low, y_high = landscape.bounds
    rng = np.random.default_rng(0)
    return rng.uniform([x_low, y_low], [x_high, y_high], size=(4, 5, 2))


def test_gradient_by_central_differences(landscape, points):
    gradients = landscape.gradient(points)
    assert gradients.shape == points.shape
    for i in np.ndindex(points.shape[:-1]):
        numerical = numerical_gradient(landscape.f, points[i])
        np.testing.assert_allclose(gradients[i], numerical, rtol=1e-5, atol=1e-5)


def test_hessian_by_central_differences_of_the_gradient(landscape, points):
    for point in points.reshape(-1, 2):
        rows = [
            numerical_gradient(lambda p, k=k: landscape.gradient(p)[k], point) for k in range(2)
        ]
        np.testing.assert_allclose(landscape.hessian(point), rows, rtol=1e-5, atol=1e-4)


def test_f_maps_any_number_of_points(landscape, points):
    values = landscape.f(points)
    assert values.shape == points.shape[:-1]
    assert values[1, 2] == landscape.f(points[1, 2])


def test_minima_are_minima_the_lowest_first(landscape):
    for minimum in landscape.minima:
        np.testing.assert_allclose(landscape.gradient(minimum), 0, atol=1e-12)
        assert np.linalg.eigvalsh(landscape.hessian(minimum)).min() > 0
    if len(landscape.minima):
        assert landscape.lowest == landscape.f(landscape.minima).min()
    else:
        assert landscape.lowest is None


def test_start_and_minima_are_in_the_picture(landscape):
    x_low, x_high, y_low, y_high = landscape.bounds
    for x, y in [landscape.start, *landscape.minima]:
        assert x_low < x < x_high
        assert y_low < y < y_high


def test_a_saddle_rises_one_way_and_falls_the_other():
    for landscape in (saddle(), saddle_with_floor()):
        low, high = np.linalg.eigvalsh(landscape.hessian(np.zeros(2)))
        assert low < 0 < high
        assert not landscape.gradient(np.zeros(2)).any()


def test_the_right_well_is_the_shallow_one():
    (left, _), (right, _) = double_well().minima
    assert left < 0 < right
    assert double_well().f(double_well().minima[1]) > double_well().lowest


@pytest.mark.parametrize(
    ("make", "value"),
    [
        (ravine, 0.5),
        (rosenbrock, 0.0),
        (double_well, 0.4),
        (double_well, 0.0),
        (double_well, 2 / np.sqrt(27)),
    ],
)
def test_a_shape_that_does_not_exist_is_refused(make, value):
    with pytest.raises(ValueError, match=r"^(condition|b|tilt) is .*; it must"):
        make(value)
