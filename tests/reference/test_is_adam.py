"""The reference test of an Adam: right versions pass, and each slip is seen."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from reference_impl.optimizers import adam_step, is_adam, nadam_step


def adam(theta, m, v, grad, t, lr, beta1, beta2, eps):
    m = m + (1 - beta1) * (grad - m)
    v = v + (1 - beta2) * (grad * grad - v)
    return theta - lr * (m / (1 - beta1**t)) / (np.sqrt(v / (1 - beta2**t)) + eps), m, v


def one_step_size(theta, m, v, grad, t, lr, beta1, beta2, eps):
    m, v = beta1 * m + (1 - beta1) * grad, beta2 * v + (1 - beta2) * grad**2
    root = np.sqrt(1 - beta2**t)
    return theta - lr * root / (1 - beta1**t) * m / (np.sqrt(v) + eps * root), m, v


def element_by_element(theta, m, v, grad, *rest):
    results = [np.empty(np.shape(theta)) for _ in range(3)]
    for i in np.ndindex(np.shape(theta)):
        for result, value in zip(results, adam(theta[i], m[i], v[i], grad[i], *rest), strict=True):
            result[i] = value
    return results


def in_place_on_copies(theta, m, v, grad, t, lr, beta1, beta2, eps):
    theta, m, v = np.array(theta), np.array(m), np.array(v)
    m *= beta1
    m += (1 - beta1) * grad
    v *= beta2
    v += (1 - beta2) * np.square(grad)
    theta -= lr * m / (1 - beta1**t) / (np.sqrt(v) / np.sqrt(1 - beta2**t) + eps)
    return theta, m, v


RIGHT = [adam_step, adam, one_step_size, element_by_element, in_place_on_copies]


def variant(
    keep_m=lambda beta: beta,
    take_m=lambda beta: 1 - beta,
    keep_v=lambda beta: beta,
    take_v=lambda beta: 1 - beta,
    square=np.square,
    correct_m=lambda m, beta, t: m / (1 - beta**t),
    correct_v=lambda v, beta, t: v / (1 - beta**t),
    update=lambda m, v, eps: m / (np.sqrt(v) + eps),
    sign=-1,
    stored=lambda raw, corrected: raw,
    betas=lambda beta1, beta2: (beta1, beta2),
):
    """Adam with one part exchanged."""

    def step(theta, m, v, grad, t, lr, beta1, beta2, eps):
        beta1, beta2 = betas(beta1, beta2)
        m = keep_m(beta1) * m + take_m(beta1) * grad
        v = keep_v(beta2) * v + take_v(beta2) * square(grad)
        m_hat, v_hat = correct_m(m, beta1, t), correct_v(v, beta2, t)
        theta = theta + sign * lr * update(m_hat, v_hat, eps)
        return theta, stored(m, m_hat), stored(v, v_hat)

    return step


def changes_its_arguments(theta, m, v, grad, *rest):
    new = adam(theta, m, v, grad, *rest)
    if np.ndim(theta):
        theta[...], m[...], v[...] = new
    return new


def writes_into_one_buffer(buffers={}):  # noqa: B006 - the shared buffers are the fault
    def step(theta, *rest):
        out = buffers.setdefault(np.shape(theta), np.empty((3, *np.shape(theta))))
        out[...] = adam(theta.copy(), *rest)
        return out[0], out[1], out[2]

    return step


def counts_for_itself():
    count = itertools.count(1)

    def step(theta, m, v, grad, t, *rest):
        return adam(theta, m, v, grad, next(count), *rest)

    return step


def raises(*arguments):
    raise ZeroDivisionError


WRONG = {
    "eps inside the root": variant(update=lambda m, v, eps: m / np.sqrt(v + eps)),
    "eps squared inside the root": variant(update=lambda m, v, eps: m / np.sqrt(v + eps**2)),
    "eps dropped": variant(update=lambda m, v, eps: m / np.sqrt(v)),
    "eps before the correction": lambda theta, m, v, grad, t, lr, b1, b2, eps: adam(
        theta, m, v, grad, t, lr, b1, b2, eps / np.sqrt(1 - b2**t)
    ),
    "eps a constant": variant(update=lambda m, v, eps: m / (np.sqrt(v) + 1e-8)),
    "no root": variant(update=lambda m, v, eps: m / (v + eps)),
    "no correction": variant(correct_m=lambda m, beta, t: m, correct_v=lambda v, beta, t: v),
    "only m corrected": variant(correct_v=lambda v, beta, t: v),
    "only v corrected": variant(correct_m=lambda m, beta, t: m),
    "always the first correction": variant(
        correct_m=lambda m, beta, t: m / (1 - beta), correct_v=lambda v, beta, t: v / (1 - beta)
    ),
    "correction by beta times t": variant(correct_m=lambda m, beta, t: m / (1 - beta * t + 1e-9)),
    "t one too high": lambda *a: adam(*a[:4], a[4] + 1, *a[5:]),
    "t counted inside": counts_for_itself(),
    "corrected moments stored": variant(stored=lambda raw, corrected: corrected),
    "memory of m dropped": variant(keep_m=lambda beta: 0.0),
    "memory of v dropped": variant(keep_v=lambda beta: 0.0),
    "m summed": variant(take_m=lambda beta: 1.0),
    "v summed": variant(keep_v=lambda beta: 1.0, take_v=lambda beta: 1.0),
    "betas swapped": variant(betas=lambda beta1, beta2: (beta2, beta1)),
    "betas constant": variant(betas=lambda beta1, beta2: (0.9, 0.999)),
    "weights swapped": variant(keep_m=lambda beta: 1 - beta, take_m=lambda beta: beta),
    "v of |g|": variant(square=np.abs),
    "v of g": variant(square=lambda g: g),
    "v of the mean square": variant(square=lambda g: np.mean(g**2)),
    "uphill": variant(sign=1),
    "nadam": nadam_step,
    "lr constant": lambda *a: adam(*a[:5], 0.1, *a[6:]),
    "single precision": lambda *a: tuple(np.float32(x) for x in adam(*a)),
    "flattened": lambda *a: tuple(np.ravel(x) for x in adam(*a)),
    "m and v returned in the wrong order": lambda *a: tuple(adam(*a)[i] for i in (0, 2, 1)),
    "only theta returned": lambda *a: adam(*a)[0],
    "nothing returned": lambda *a: None,
    "arguments changed": changes_its_arguments,
    "results overwritten": writes_into_one_buffer(),
    "raises": raises,
}


@pytest.mark.parametrize("step", RIGHT, ids=lambda step: step.__name__)
def test_an_adam_is_an_adam(step):
    assert is_adam(step) is True


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("step", WRONG.values(), ids=WRONG.keys())
def test_a_slip_is_seen(step):
    assert is_adam(step) is False


def test_the_variants_differ_by_their_slip_alone():
    """Without a part exchanged, the maker of slips makes an Adam."""
    assert is_adam(variant())
