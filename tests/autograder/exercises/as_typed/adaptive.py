# %% adadelta_step: averages the update itself into d, not its square
def adadelta_step(theta, s, d, grad, rho, eps):
    s = rho * s + (1 - rho) * grad**2
    delta = -np.sqrt(d + eps) / np.sqrt(s + eps) * grad
    d = rho * d + (1 - rho) * delta
    return theta + delta, s, d

# %% adadelta_step: the two roots are exchanged
def adadelta_step(theta, s, d, grad, rho, eps):
    s = rho * s + (1 - rho) * grad * grad
    rms_g = np.sqrt(s + eps)
    rms_d = np.sqrt(d + eps)
    delta = -(rms_g / rms_d) * grad
    d = rho * d + (1 - rho) * delta * delta
    return theta + delta, s, d

# %% adadelta_step: delta already has its minus and is subtracted: uphill
def adadelta_step(theta, s, d, grad, rho, eps):
    s = rho * s + (1 - rho) * grad**2
    delta = -np.sqrt(d + eps) / np.sqrt(s + eps) * grad
    d = rho * d + (1 - rho) * delta**2
    theta = theta - delta
    return theta, s, d

# %% adadelta_step: the upper root uses s of the step before instead of d (mixes up the two memories)
def adadelta_step(theta, s, d, grad, rho, eps):
    s_new = rho * s + (1 - rho) * grad**2
    delta = -np.sqrt(s + eps) / np.sqrt(s_new + eps) * grad
    d_new = rho * d + (1 - rho) * delta**2
    return theta + delta, s_new, d_new

# %% adadelta_step: the final update is made with the new d instead of the old one
def adadelta_step(theta, s, d, grad, rho, eps):
    s = rho * s + (1 - rho) * grad ** 2
    delta = -np.sqrt(d + eps) / np.sqrt(s + eps) * grad
    d = rho * d + (1 - rho) * delta ** 2
    delta = -np.sqrt(d + eps) / np.sqrt(s + eps) * grad
    return theta + delta, s, d

# %% adadelta_step: theta - delta although delta already carries the minus
def adadelta_step(theta, s, d, grad, rho, eps):
    s = rho * s + (1 - rho) * grad * grad
    delta = -(np.sqrt(d + eps) / np.sqrt(s + eps)) * grad
    d = rho * d + (1 - rho) * delta * delta
    return theta - delta, s, d

# %% adadelta_step: d averages the squared gradient instead of the squared update
def adadelta_step(theta, s, d, grad, rho, eps):
    def avg(old, new):
        return rho * old + (1 - rho) * new ** 2
    def rms(x):
        return np.sqrt(x + eps)
    s_new = avg(s, grad)
    delta = -rms(d) / rms(s_new) * grad
    d_new = avg(d, grad)
    return theta + delta, s_new, d_new

# %% optimizer_memory: forgets that Nesterov keeps a velocity too (counts it as plain gradient descent)
def optimizer_memory(name, n):
    arrays = {"sgd": 0, "momentum": 1, "nag": 0, "adagrad": 1, "rmsprop": 1,
              "adadelta": 2, "adam": 2, "nadam": 2}
    return arrays[name] * n

# %% optimizer_memory: `name == 'adam' or 'nadam'` is always true, so everything but sgd keeps 2n
def optimizer_memory(name, n):
    if name == "sgd":
        return 0
    if name == "adadelta" or name == "adam" or "nadam":
        return 2 * n
    return n

# %% optimizer_memory: thinks adadelta keeps one array, like rmsprop
def optimizer_memory(name, n):
    if name == "sgd":
        return 0
    if name in ("momentum", "nag", "adagrad", "rmsprop", "adadelta"):
        return n
    return 2 * n

# %% adagrad_step: divides by the root of the old sum, without this step's gradient
def adagrad_step(theta, G, grad, lr, eps):
    theta_new = theta - lr * grad / np.sqrt(G + eps)
    G_new = G + grad**2
    return theta_new, G_new

# %% adagrad_step: ε outside the root
def adagrad_step(theta, G, grad, lr, eps):
    G = G + grad**2
    theta = theta - lr * grad / (np.sqrt(G) + eps)
    return theta, G

# %% adagrad_step: eps outside the root
def adagrad_step(theta, G, grad, lr, eps):
    G = G + grad ** 2
    theta = theta - lr * grad / (np.sqrt(G) + eps)
    return theta, G

# %% adagrad_step: divides by the old G
def adagrad_step(theta, G, grad, lr, eps):
    new_theta = theta - lr * grad / np.sqrt(G + eps)
    new_G = G + grad ** 2
    return new_theta, new_G

# %% adagrad_step: no square root
def adagrad_step(theta, G, grad, lr, eps):
    G_new = G + np.square(grad)
    step = lr * grad / (G_new + eps)
    return theta - step, G_new

# %% adagrad_step: sums the squares over all parameters (one norm) instead of parameter by parameter
def adagrad_step(theta, G, grad, lr, eps):
    G = G + np.sum(grad ** 2)
    return theta - lr * grad / np.sqrt(G + eps), G

# %% adagrad_step: in place: G += grad**2 changes the caller's array
def adagrad_step(theta, G, grad, lr, eps):
    G += grad ** 2
    theta = theta - lr * grad / np.sqrt(G + eps)
    return theta, G

# %% rmsprop_step: the new square has its full weight: 1-beta is missing
def rmsprop_step(theta, s, grad, lr, beta, eps):
    s = beta * s + grad**2
    theta = theta - lr * grad / np.sqrt(s + eps)
    return theta, s

# %% rmsprop_step: the 1-beta is squared together with the gradient
def rmsprop_step(theta, s, grad, lr, beta, eps):
    s_new = beta * s + ((1 - beta) * grad) ** 2
    step = lr / np.sqrt(s_new + eps) * grad
    return theta - step, s_new

# %% rmsprop_step: math.sqrt on an array: TypeError as soon as there is more than one parameter
import math

def rmsprop_step(theta, s, grad, lr, beta, eps):
    s = beta * s + (1 - beta) * grad**2
    theta = theta - lr * grad / math.sqrt(s + eps)
    return theta, s

# %% rmsprop_step: averages the gradient, not its square (abs guards the root)
def rmsprop_step(theta, s, grad, lr, beta, eps):
    s = beta * s + (1 - beta) * grad
    theta = theta - lr * grad / np.sqrt(np.abs(s) + eps)
    return theta, s

# %% rmsprop_step: beta and 1-beta swapped
def rmsprop_step(theta, s, grad, lr, beta, eps):
    s = (1 - beta) * s + beta * grad ** 2
    return theta - lr * grad / np.sqrt(s + eps), s

# %% rmsprop_step: hard-coded beta 0.9
def rmsprop_step(theta, s, grad, lr, beta, eps):
    s_new = 0.9 * s + 0.1 * grad ** 2
    theta_new = theta - lr / np.sqrt(s_new + eps) * grad
    return theta_new, s_new

# %% rmsprop_step: uses math.sqrt on an array
import math

def rmsprop_step(theta, s, grad, lr, beta, eps):
    s = beta * s + (1 - beta) * grad ** 2
    theta = theta - lr * grad / math.sqrt(s + eps)
    return theta, s

# %% adam_step: returns the corrected averages, which the next step would correct again
def adam_step(theta, m, v, grad, t, lr, beta1, beta2, eps):
    m = beta1 * m + (1 - beta1) * grad
    v = beta2 * v + (1 - beta2) * grad**2
    m = m / (1 - beta1**t)
    v = v / (1 - beta2**t)
    theta = theta - lr * m / (np.sqrt(v) + eps)
    return theta, m, v

# %% adam_step: only m is corrected, v is not
def adam_step(theta, m, v, grad, t, lr, beta1, beta2, eps):
    m = beta1 * m + (1 - beta1) * grad
    v = beta2 * v + (1 - beta2) * grad**2
    m_hat = m / (1 - beta1**t)
    theta = theta - lr * m_hat / (np.sqrt(v) + eps)
    return theta, m, v

# %% adam_step: believes that t starts at 0 and corrects with t+1
def adam_step(theta, m, v, grad, t, lr, beta1, beta2, eps):
    t = t + 1
    m_new = beta1 * m + (1 - beta1) * grad
    v_new = beta2 * v + (1 - beta2) * np.square(grad)
    m_hat = m_new / (1 - beta1**t)
    v_hat = v_new / (1 - beta2**t)
    return theta - lr * m_hat / (np.sqrt(v_hat) + eps), m_new, v_new

# %% adam_step: ^ for a power: TypeError between a float and an int
def adam_step(theta, m, v, grad, t, lr, beta1, beta2, eps):
    m = beta1 * m + (1 - beta1) * grad
    v = beta2 * v + (1 - beta2) * grad**2
    m_hat = m / (1 - beta1^t)
    v_hat = v / (1 - beta2^t)
    return theta - lr * m_hat / (np.sqrt(v_hat) + eps), m, v

# %% adam_step: v is corrected with beta1 as well
def adam_step(theta, m, v, grad, t, lr, beta1, beta2, eps):
    m = beta1 * m + (1 - beta1) * grad
    v = beta2 * v + (1 - beta2) * grad**2
    correction = 1 - beta1**t
    m_hat, v_hat = m / correction, v / correction
    theta = theta - lr * m_hat / (np.sqrt(v_hat) + eps)
    return theta, m, v

# %% adam_step: returns the corrected moments
def adam_step(theta, m, v, grad, t, lr, beta1, beta2, eps):
    m = beta1 * m + (1 - beta1) * grad
    v = beta2 * v + (1 - beta2) * grad ** 2
    m = m / (1 - beta1 ** t)
    v = v / (1 - beta2 ** t)
    theta = theta - lr * m / (np.sqrt(v) + eps)
    return theta, m, v

# %% adam_step: bias correction uses beta * t instead of beta ** t
def adam_step(theta, m, v, grad, t, lr, beta1, beta2, eps):
    m = beta1 * m + (1 - beta1) * grad
    v = beta2 * v + (1 - beta2) * grad ** 2
    m_hat = m / (1 - beta1 * t)
    v_hat = v / (1 - beta2 * t)
    return theta - lr * m_hat / (np.sqrt(v_hat) + eps), m, v

# %% adam_step: v averages with beta1
def adam_step(theta, m, v, grad, t, lr, beta1, beta2, eps):
    m = beta1 * m + (1 - beta1) * grad
    v = beta1 * v + (1 - beta1) * grad ** 2
    m_hat = m / (1 - beta1 ** t)
    v_hat = v / (1 - beta2 ** t)
    return theta - lr * m_hat / (np.sqrt(v_hat) + eps), m, v

# %% adam_step: corrects m only, v uncorrected
def adam_step(theta, m, v, grad, t, lr, beta1, beta2, eps):
    m_new = beta1 * m + (1 - beta1) * grad
    v_new = beta2 * v + (1 - beta2) * grad ** 2
    m_hat = m_new / (1 - beta1 ** t)
    theta_new = theta - lr * m_hat / (np.sqrt(v_new) + eps)
    return theta_new, m_new, v_new

# %% nadam_step: power t in both parts: the look-ahead with t+1 is missing
def nadam_step(theta, m, v, grad, t, lr, beta1, beta2, eps):
    m = beta1 * m + (1 - beta1) * grad
    v = beta2 * v + (1 - beta2) * grad**2
    m_hat = m / (1 - beta1**t)
    v_hat = v / (1 - beta2**t)
    m_bar = beta1 * m_hat + (1 - beta1) * grad / (1 - beta1**t)
    return theta - lr * m_bar / (np.sqrt(v_hat) + eps), m, v

# %% nadam_step: the old m is in the look-ahead
def nadam_step(theta, m, v, grad, t, lr, beta1, beta2, eps):
    m_new = beta1 * m + (1 - beta1) * grad
    v_new = beta2 * v + (1 - beta2) * grad**2
    m_hat = beta1 * m / (1 - beta1 ** (t + 1)) + (1 - beta1) * grad / (1 - beta1**t)
    v_hat = v_new / (1 - beta2**t)
    theta_new = theta - lr * m_hat / (np.sqrt(v_hat) + eps)
    return theta_new, m_new, v_new

# %% nadam_step: both terms of m_hat corrected with t+1
def nadam_step(theta, m, v, grad, t, lr, beta1, beta2, eps):
    m = beta1 * m + (1 - beta1) * grad
    v = beta2 * v + (1 - beta2) * grad ** 2
    m_hat = (beta1 * m + (1 - beta1) * grad) / (1 - beta1 ** (t + 1))
    v_hat = v / (1 - beta2 ** t)
    return theta - lr * m_hat / (np.sqrt(v_hat) + eps), m, v

# %% nadam_step: uses the old m in the look-ahead term
def nadam_step(theta, m, v, grad, t, lr, beta1, beta2, eps):
    m_hat = beta1 * m / (1 - beta1 ** (t + 1)) + (1 - beta1) * grad / (1 - beta1 ** t)
    m_new = beta1 * m + (1 - beta1) * grad
    v_new = beta2 * v + (1 - beta2) * grad ** 2
    v_hat = v_new / (1 - beta2 ** t)
    return theta - lr * m_hat / (np.sqrt(v_hat) + eps), m_new, v_new

# %% is_adam: compares only theta, with the usual settings, over several steps
def is_adam(step):
    rng = np.random.default_rng(0)
    theta = rng.normal(size=5)
    a, b = (theta, np.zeros(5), np.zeros(5)), (theta, np.zeros(5), np.zeros(5))
    for t in range(1, 6):
        grad = rng.normal(size=5)
        a = adam_step(*a, grad, t, 0.01, 0.9, 0.999, 1e-8)
        b = step(*b, grad, t, 0.01, 0.9, 0.999, 1e-8)
    return bool(np.allclose(a[0], b[0]))

# %% is_adam: one random call with odd betas, shapes compared and errors caught, but ε = 1e-8 beside gradients of size 1: a missing or misplaced ε passes
def is_adam(step):
    rng = np.random.default_rng(7)
    theta, m, grad = rng.normal(size=(3, 4, 3))
    v = rng.uniform(0.5, 2.0, size=(4, 3))
    arguments = (theta, m, v, grad, 4, 0.03, 0.7, 0.95, 1e-8)
    try:
        mine = adam_step(*[np.copy(a) if isinstance(a, np.ndarray) else a for a in arguments])
        theirs = step(*arguments)
        if len(theirs) != 3:
            return False
        for p, q in zip(mine, theirs):
            if np.shape(p) != np.shape(q) or not np.allclose(p, q):
                return False
    except Exception:
        return False
    return True

# %% is_adam: one step from zero moments at t=1, compares theta only
def is_adam(step):
    theta = np.array([1.0, 2.0])
    zero = np.zeros(2)
    grad = np.array([0.3, -0.7])
    a = step(theta, zero, zero, grad, 1, 0.01, 0.9, 0.999, 1e-8)
    b = adam_step(theta, zero, zero, grad, 1, 0.01, 0.9, 0.999, 1e-8)
    return bool(np.allclose(a[0], b[0]))
