# %% adamw_step: the decay is added to the gradient: Adam with L2, not AdamW
def adamw_step(theta, m, v, grad, t, lr, beta1, beta2, eps, weight_decay):
    grad = grad + weight_decay * theta
    m = beta1 * m + (1 - beta1) * grad
    v = beta2 * v + (1 - beta2) * grad**2
    m_hat = m / (1 - beta1**t)
    v_hat = v / (1 - beta2**t)
    theta = theta - lr * m_hat / (np.sqrt(v_hat) + eps)
    return theta, m, v

# %% adamw_step: the decay is not multiplied by the learning rate
def adamw_step(theta, m, v, grad, t, lr, beta1, beta2, eps, weight_decay):
    m = beta1 * m + (1 - beta1) * grad
    v = beta2 * v + (1 - beta2) * grad**2
    m_hat = m / (1 - beta1**t)
    v_hat = v / (1 - beta2**t)
    step = lr * m_hat / (np.sqrt(v_hat) + eps)
    return theta - step - weight_decay * theta, m, v

# %% adamw_step: decay added to the gradient (plain Adam with L2)
def adamw_step(theta, m, v, grad, t, lr, beta1, beta2, eps, weight_decay):
    grad = grad + weight_decay * theta
    m = beta1 * m + (1 - beta1) * grad
    v = beta2 * v + (1 - beta2) * grad ** 2
    m_hat = m / (1 - beta1 ** t)
    v_hat = v / (1 - beta2 ** t)
    theta = theta - lr * m_hat / (np.sqrt(v_hat) + eps)
    return theta, m, v

# %% EarlyStopping: waited is not set back after an improvement
class EarlyStopping:
    def __init__(self, patience, min_delta=0.0):
        self.patience = patience
        self.min_delta = min_delta
        self.best = np.inf
        self.best_step = None
        self.waited = 0
        self.seen = 0

    def step(self, loss):

        if loss < self.best - self.min_delta:
            self.best = loss
            self.best_step = self.seen
        else:
            self.waited += 1
        self.seen += 1
        return self.waited >= self.patience

# %% EarlyStopping: waited > patience: stops one loss too late
class EarlyStopping:
    def __init__(self, patience, min_delta=0.0):
        self.patience = patience
        self.min_delta = min_delta
        self.best = np.inf
        self.best_step = None
        self.waited = 0
        self.seen = 0

    def step(self, loss):

        if self.best - loss > self.min_delta:
            self.best, self.best_step, self.waited = loss, self.seen, 0
        else:
            self.waited += 1
        self.seen += 1
        return self.waited > self.patience

# %% EarlyStopping: compares with the loss before, for best is overwritten by every loss
class EarlyStopping:
    def __init__(self, patience, min_delta=0.0):
        self.patience = patience
        self.min_delta = min_delta
        self.best = np.inf
        self.best_step = None
        self.waited = 0
        self.seen = 0

    def step(self, loss):

        if loss < self.best - self.min_delta:
            self.waited = 0
            self.best_step = self.seen
        else:
            self.waited += 1
        self.best = loss
        self.seen += 1
        return self.waited >= self.patience

# %% EarlyStopping: returns only when it is time to stop, otherwise None instead of False
class EarlyStopping:
    def __init__(self, patience, min_delta=0.0):
        self.patience = patience
        self.min_delta = min_delta
        self.best = np.inf
        self.best_step = None
        self.waited = 0
        self.seen = 0

    def step(self, loss):

        index = self.seen
        self.seen += 1
        if loss < self.best - self.min_delta:
            self.best = loss
            self.best_step = index
            self.waited = 0
        else:
            self.waited += 1
            if self.waited >= self.patience:
                return True

# %% EarlyStopping: waited is never reset on an improvement
class EarlyStopping:
    def __init__(self, patience, min_delta=0.0):
        self.patience = patience
        self.min_delta = min_delta
        self.best = np.inf
        self.best_step = None
        self.waited = 0
        self.seen = 0

    def step(self, loss):
        if loss < self.best - self.min_delta:
            self.best = loss
            self.best_step = self.seen
        else:
            self.waited += 1
        self.seen += 1
        return self.waited >= self.patience

# %% EarlyStopping: best_step counted from 1: seen is raised first
class EarlyStopping:
    def __init__(self, patience, min_delta=0.0):
        self.patience = patience
        self.min_delta = min_delta
        self.best = np.inf
        self.best_step = None
        self.waited = 0
        self.seen = 0

    def step(self, loss):
        self.seen += 1
        if self.best - loss > self.min_delta:
            self.best = loss
            self.best_step = self.seen
            self.waited = 0
            return False
        self.waited += 1
        return self.waited >= self.patience

# %% l2_penalty: square of each array's sum instead of the sum of the squares
def l2_penalty(weights, lam):
    return lam * sum(np.sum(w) ** 2 for w in weights)

# %% l2_penalty: a factor 1/2, as many textbooks have it
def l2_penalty(weights, lam):
    total = 0.0
    for w in weights:
        total += np.sum(w**2)
    return lam / 2 * total

# %% l2_penalty: half lambda, as in the textbooks
def l2_penalty(weights, lam):
    return lam / 2 * sum(np.sum(w ** 2) for w in weights)

# %% l2_penalty: sum of the norms, not of their squares
def l2_penalty(weights, lam):
    total = 0.0
    for w in weights:
        total += np.linalg.norm(w)
    return lam * total

# %% l2_penalty: squares the list itself: raises
def l2_penalty(weights, lam):
    return lam * np.sum(weights ** 2)

# %% l2_gradient: arithmetic with the list itself: float times list, TypeError
def l2_gradient(weights, lam):
    return 2 * lam * weights

# %% l2_gradient: no factor 2
def l2_gradient(weights, lam):
    return [lam * w for w in weights]

# %% l1_penalty: absolute value of each array's sum
def l1_penalty(weights, lam):
    return lam * sum(np.abs(np.sum(w)) for w in weights)

# %% l1_penalty: absolute value of the sum
def l1_penalty(weights, lam):
    return lam * sum(abs(np.sum(w)) for w in weights)

# %% l1_subgradient: np.where(w > 0, lam, -lam): a weight of 0 is pushed
def l1_subgradient(weights, lam):
    return [np.where(w > 0, lam, -lam) for w in weights]

# %% l1_subgradient: np.where(w > 0, lam, -lam): pushes weights that are 0
def l1_subgradient(weights, lam):
    return [np.where(w > 0, lam, -lam) for w in weights]

# %% l1_subgradient: returns lam |w|
def l1_subgradient(weights, lam):
    grads = []
    for w in weights:
        grads.append(lam * np.abs(w))
    return grads

# %% ridge_line_loss: the intercept is penalised too
def ridge_line_loss(m, b, x, y, lam):
    residual = y - m * x - b
    return np.sum(residual**2) + lam * (m**2 + b**2)

# %% ridge_line_loss: the penalty is inside the sum and counts n times
def ridge_line_loss(m, b, x, y, lam):
    total = 0
    for xi, yi in zip(x, y):
        total += (yi - m * xi - b) ** 2 + lam * m**2
    return total

# %% ridge_line_loss: mean of the squares instead of the sum
def ridge_line_loss(m, b, x, y, lam):
    return np.mean((y - m * x - b) ** 2) + lam * m ** 2

# %% ridge_line_loss: the intercept is charged as well
def ridge_line_loss(m, b, x, y, lam):
    errors = y - (m * x + b)
    return np.sum(errors ** 2) + lam * (m ** 2 + b ** 2)

# %% ridge_line_loss: sign slip: y - m x + b
def ridge_line_loss(m, b, x, y, lam):
    return np.sum((y - m * x + b) ** 2) + lam * m ** 2

# %% ridge_fit: adds made-up rows of data (augmented least squares) with λ instead of √λ on the diagonal
def ridge_fit(X, y, lam):
    d = X.shape[1]
    X_big = np.vstack([X, lam * np.eye(d)])
    y_big = np.concatenate([y, np.zeros(d)])
    w, *_ = np.linalg.lstsq(X_big, y_big, rcond=None)
    return w

# %% ridge_fit: identity of size n instead of d: shapes do not fit
def ridge_fit(X, y, lam):
    A = X.T @ X + lam * np.eye(len(X))
    return np.linalg.solve(A, X.T @ y)

# %% ridge_fit: adds lam to every element, not to the diagonal
def ridge_fit(X, y, lam):
    return np.linalg.solve(X.T @ X + lam, X.T @ y)

# %% ridge_fit: price multiplied by n
def ridge_fit(X, y, lam):
    n, d = X.shape
    A = X.T @ X + n * lam * np.eye(d)
    return np.linalg.inv(A) @ X.T @ y

# %% ridge_fit: does not penalise the first column, taken for an intercept
def ridge_fit(X, y, lam):
    d = X.shape[1]
    I = np.eye(d)
    if d > 1:
        I[0, 0] = 0
    return np.linalg.solve(X.T @ X + lam * I, X.T @ y)

# %% soft_threshold: hard threshold: what is large enough stays as it is
def soft_threshold(w, t):
    return np.where(np.abs(w) > t, w, 0.0)

# %% soft_threshold: the negative side is forgotten: everything below t becomes 0
def soft_threshold(w, t):
    return np.maximum(w - t, 0)

# %% soft_threshold: hard threshold: small ones 0, large ones left
def soft_threshold(w, t):
    return np.where(np.abs(w) > t, w, 0.0)

# %% soft_threshold: subtracts t also from negative numbers
def soft_threshold(w, t):
    out = w.copy()
    for i in np.ndindex(w.shape):
        out[i] = w[i] - t if abs(w[i]) > t else 0
    return out

# %% lasso_fit: threshold λ instead of ηλ
def lasso_fit(X, y, lam, steps):
    eta = 1 / np.linalg.norm(X, 2) ** 2
    w = np.zeros(X.shape[1])
    for _ in range(steps):
        w = soft_threshold(w - eta * X.T @ (X @ w - y), lam)
    return w

# %% lasso_fit: the gradient has a factor 2
def lasso_fit(X, y, lam, steps):
    n, d = X.shape
    step = 1 / np.linalg.eigvalsh(X.T @ X)[-1]
    w = np.zeros(d)
    for i in range(steps):
        gradient = 2 * X.T @ (X @ w - y)
        w = soft_threshold(w - step * gradient, step * lam)
    return w

# %% lasso_fit: plain gradient descent, and the threshold only once, after the loop
def lasso_fit(X, y, lam, steps):
    eta = 1 / np.linalg.norm(X, 2) ** 2
    w = np.zeros(X.shape[1])
    for _ in range(steps):
        w = w - eta * X.T @ (X @ w - y)
    return soft_threshold(w, eta * lam)

# %% lasso_fit: threshold lam instead of eta * lam
def lasso_fit(X, y, lam, steps):
    eta = 1 / np.linalg.norm(X, 2) ** 2
    w = np.zeros(X.shape[1])
    for _ in range(steps):
        w = soft_threshold(w - eta * X.T @ (X @ w - y), lam)
    return w

# %% lasso_fit: eta is one over the singular value, not squared
def lasso_fit(X, y, lam, steps):
    w = np.zeros(X.shape[1])
    eta = 1 / np.linalg.norm(X, 2)
    for i in range(steps):
        gradient = X.T @ (X @ w - y)
        w = soft_threshold(w - eta * gradient, eta * lam)
    return w

# %% ridge_line_loss: sums the errors, then squares
def ridge_line_loss(m, b, x, y, lam):
    return np.sum(y - m * x - b) ** 2 + lam * m ** 2

# %% ridge_line_loss: ½ before the squared errors
def ridge_line_loss(m, b, x, y, lam):
    return 0.5 * np.sum((y - m * x - b) ** 2) + lam * m ** 2

# %% ridge_line_loss: absolute errors
def ridge_line_loss(m, b, x, y, lam):
    return np.sum(np.abs(y - m * x - b)) + lam * m ** 2

# %% l2_penalty: square of the sum of all weights
def l2_penalty(weights, lam):
    return lam * sum(np.sum(W) for W in weights) ** 2

# %% l2_gradient: one number
def l2_gradient(weights, lam):
    return sum(2 * lam * np.sum(W) for W in weights)

# %% l1_subgradient: one long vector
def l1_subgradient(weights, lam):
    return lam * np.sign(np.concatenate([W.ravel() for W in weights]))

# %% ridge_fit: y made a column: the result is one too
def ridge_fit(X, y, lam):
    return np.linalg.solve(X.T @ X + lam * np.eye(X.shape[1]), X.T @ y[:, None])

# %% ridge_fit: λ subtracted
def ridge_fit(X, y, lam):
    return np.linalg.solve(X.T @ X - lam * np.eye(X.shape[1]), X.T @ y)

# %% EarlyStopping: compares with the loss before, and stores it
class EarlyStopping:
    def __init__(self, patience, min_delta=0.0):
        self.patience = patience
        self.min_delta = min_delta
        self.best = np.inf
        self.best_step = None
        self.waited = 0
        self.seen = 0

    def step(self, loss):
        last = getattr(self, 'last', np.inf)
        if loss < last - self.min_delta:
            self.best, self.best_step, self.waited = loss, self.seen, 0
        else:
            self.waited += 1
        self.last = loss
        self.seen += 1
        return self.waited >= self.patience

# %% EarlyStopping: names without self
class EarlyStopping:
    def __init__(self, patience, min_delta=0.0):
        self.patience = patience
        self.min_delta = min_delta
        self.best = np.inf
        self.best_step = None
        self.waited = 0
        self.seen = 0

    def step(self, loss):
        if loss < best - min_delta:
            best = loss
            waited = 0
        else:
            waited += 1
        return waited >= patience
