# %% clip_by_value: clips into the caller's arrays (out=g)
def clip_by_value(grads, limit):
    for g in grads:
        np.clip(g, -limit, limit, out=g)
    return grads

# %% clip_by_value: np.clip on the list itself: arrays of several shapes do not make one array, ValueError
def clip_by_value(grads, limit):
    return np.clip(grads, -limit, limit)

# %% clip_by_value: clips only from above
def clip_by_value(grads, limit):
    return [np.minimum(g, limit) for g in grads]

# %% clip_by_global_norm: always scales to max_norm, so small gradients are enlarged; only norm 0 is guarded
def clip_by_global_norm(grads, max_norm):
    norm = np.sqrt(sum(np.sum(g**2) for g in grads))
    if norm == 0:
        return [g.copy() for g in grads], 0.0
    return [g * max_norm / norm for g in grads], norm

# %% clip_by_global_norm: adds up the norms of the arrays instead of the squares
def clip_by_global_norm(grads, max_norm):
    norm = 0.0
    for g in grads:
        norm += np.linalg.norm(g)
    factor = max_norm / norm if norm > max_norm else 1.0
    return [factor * g for g in grads], norm

# %% clip_by_global_norm: a norm for each array instead of one for all
def clip_by_global_norm(grads, max_norm):
    norm = np.sqrt(sum(np.sum(g ** 2) for g in grads))
    clipped = []
    for g in grads:
        own = np.linalg.norm(g)
        clipped.append(g * max_norm / own if own > max_norm else g.copy())
    return clipped, norm

# %% clip_by_global_norm: returns the norm after clipping
def clip_by_global_norm(grads, max_norm):
    norm = np.sqrt(sum([np.sum(g * g) for g in grads]))
    if norm > max_norm:
        grads = [g * (max_norm / norm) for g in grads]
        norm = max_norm
    return grads, norm

# %% mse_and_gradient: the 2 of the derivative is missing in the gradient
def mse_and_gradient(w, X, y):
    n = len(y)
    r = X @ w - y
    loss = np.sum(r**2) / n
    grad = X.T @ r / n
    return loss, grad

# %% mse_and_gradient: residual is y - Xw, so the gradient has the wrong sign
def mse_and_gradient(w, X, y):
    error = y - X @ w
    return np.mean(error**2), 2 / len(y) * (X.T @ error)

# %% mse_and_gradient: X * r element by element: (n, d) by (n,) does not broadcast
def mse_and_gradient(w, X, y):
    r = X @ w - y
    loss = (r**2).mean()
    grad = 2 * (X * r).mean(axis=0)
    return loss, grad

# %% mse_and_gradient: forgets the factor 2 in the gradient
def mse_and_gradient(w, X, y):
    n = len(y)
    r = X @ w - y
    loss = np.sum(r ** 2) / n
    grad = X.T @ r / n
    return loss, grad

# %% mse_and_gradient: residual is y - Xw, gradient has the wrong sign
def mse_and_gradient(w, X, y):
    error = y - X.dot(w)
    return np.mean(error ** 2), 2 / len(y) * X.T.dot(error)

# %% mse_and_gradient: divides the gradient by the number of columns instead of samples
def mse_and_gradient(w, X, y):
    n = len(w)
    residual = X @ w - y
    return np.mean(residual ** 2), (2 / n) * (X.T @ residual)

# %% gradient_descent: -= moves the same array, so every kept point is the last one (and the caller's start moves)
def gradient_descent(grad, theta, lr, steps):
    path = [theta]
    for _ in range(steps):
        theta -= lr * grad(theta)
        path.append(theta)
    return np.array(path)

# %% gradient_descent: the start is not in the result: steps rows instead of steps+1
def gradient_descent(grad, theta, lr, steps):
    points = []
    p = theta.copy()
    for i in range(steps):
        p = p - lr * grad(p)
        points.append(p)
    return np.array(points)

# %% gradient_descent: the gradient is computed once, at the start, and used in every step
def gradient_descent(grad, theta, lr, steps):
    g = grad(theta)
    path = np.zeros((steps + 1, len(theta)))
    path[0] = theta
    for t in range(steps):
        path[t + 1] = path[t] - lr * g
    return path

# %% gradient_descent: updates theta in place: all kept points are the same, and the start changes
def gradient_descent(grad, theta, lr, steps):
    path = [theta]
    for _ in range(steps):
        theta -= lr * grad(theta)
        path.append(theta)
    return np.array(path)

# %% gradient_descent: start is not in the path
def gradient_descent(grad, theta, lr, steps):
    path = []
    for _ in range(steps):
        theta = theta - lr * grad(theta)
        path.append(theta)
    return np.array(path)

# %% gradient_descent: gradient computed once, before the loop
def gradient_descent(grad, theta, lr, steps):
    path = np.zeros((steps + 1, len(theta)))
    path[0] = theta
    g = grad(theta)
    for t in range(steps):
        path[t + 1] = path[t] - lr * g
    return path

# %% gradient_descent: normalises the gradient to length 1 (guarded), so each step has length lr
def gradient_descent(grad, theta, lr, steps):
    path = [theta.copy()]
    for _ in range(steps):
        g = grad(path[-1])
        length = np.sqrt(np.sum(g ** 2))
        if length > 0:
            g = g / length
        path.append(path[-1] - lr * g)
    return np.stack(path)

# %% minibatches: the short last batch is dropped
def minibatches(n, batch_size, rng):
    order = rng.permutation(n)
    number = n // batch_size
    return [order[i * batch_size : (i + 1) * batch_size] for i in range(number)]

# %% minibatches: draws each batch with replacement, so some samples come twice and others never
def minibatches(n, batch_size, rng):
    batches = []
    left = n
    while left > 0:
        size = min(batch_size, left)
        batches.append(rng.choice(n, size))
        left -= size
    return batches

# %% minibatches: drops the last short batch (n // batch_size)
def minibatches(n, batch_size, rng):
    order = rng.permutation(n)
    batches = []
    for i in range(n // batch_size):
        batches.append(order[i * batch_size:(i + 1) * batch_size])
    return batches

# %% minibatches: draws each batch at random from all n, so samples repeat or are missing
def minibatches(n, batch_size, rng):
    batches = []
    for start in range(0, n, batch_size):
        size = min(batch_size, n - start)
        batches.append(rng.choice(n, size=size, replace=False))
    return batches

# %% sgd_epoch: adds up the gradients of all batches at the old weights and makes one step at the end
def sgd_epoch(w, X, y, lr, batch_size, rng):
    total = np.zeros_like(w)
    for batch in minibatches(len(y), batch_size, rng):
        _, grad = mse_and_gradient(w, X[batch], y[batch])
        total = total + grad
    return w - lr * total

# %% sgd_epoch: divides the gradient by the batch size a second time
def sgd_epoch(w, X, y, lr, batch_size, rng):
    w = w.copy()
    for idx in minibatches(len(X), batch_size, rng):
        loss, g = mse_and_gradient(w, X[idx], y[idx])
        w = w - lr * g / len(idx)
    return w

# %% sgd_epoch: all batches' gradients taken at the starting weights, then summed
def sgd_epoch(w, X, y, lr, batch_size, rng):
    total = np.zeros_like(w)
    for batch in minibatches(len(y), batch_size, rng):
        loss, g = mse_and_gradient(w, X[batch], y[batch])
        total = total + g
    return w - lr * total

# %% sgd_epoch: forgets to index y with the batch: raises when shapes differ
def sgd_epoch(w, X, y, lr, batch_size, rng):
    for idx in minibatches(len(X), batch_size, rng):
        _, grad = mse_and_gradient(w, X[idx], y)
        w = w - lr * grad
    return w

# %% inverse_time_decay: compound interest: lr0 / (1 + decay) ** epoch
def inverse_time_decay(lr0, decay, epoch):
    return lr0 / (1 + decay) ** epoch

# %% inverse_time_decay: power instead of product: (1 + decay) ** epoch
def inverse_time_decay(lr0, decay, epoch):
    return lr0 / (1 + decay) ** epoch

# %% step_decay: rounds epoch/every to the nearest whole number instead of down
def step_decay(lr0, factor, every, epoch):
    drops = round(epoch / every)
    return lr0 * factor**drops

# %% step_decay: true division: decays smoothly instead of in steps
def step_decay(lr0, factor, every, epoch):
    return lr0 * factor ** (epoch / every)

# %% exponential_decay: np.exp(-rate) * epoch: the epoch is outside the exponent
def exponential_decay(lr0, rate, epoch):
    return lr0 * np.exp(-rate) * epoch

# %% exponential_decay: uses ^ for the power: raises on floats
def exponential_decay(lr0, rate, epoch):
    return lr0 * np.e ^ (-rate * epoch)

# %% cosine_decay: a quarter of a wave, lr0*cos(pi/2 * epoch/total), with a guard for the end
def cosine_decay(lr0, epoch, total):
    if epoch >= total:
        return 0.0
    return lr0 * np.cos(np.pi / 2 * epoch / total)

# %% cosine_decay: no stop at total: the cosine goes up again
def cosine_decay(lr0, epoch, total):
    return lr0 / 2 * (1 + np.cos(np.pi * epoch / total))

# %% largest_stable_lr: takes the largest diagonal element for the largest eigenvalue
def largest_stable_lr(H):
    return 2 / np.max(np.diag(H))

# %% largest_stable_lr: np.linalg.norm(H) is the Frobenius norm, not the largest eigenvalue
def largest_stable_lr(H):
    lam_max = np.linalg.norm(H)
    return 2 / lam_max

# %% largest_stable_lr: takes the largest diagonal element as curvature
def largest_stable_lr(H):
    return 2 / np.max(np.diag(H))

# %% largest_stable_lr: uses the smallest eigenvalue (first of eigvalsh)
def largest_stable_lr(H):
    eigenvalues = np.linalg.eigvalsh(H)
    return 2 / eigenvalues[0]

# %% clip_by_global_norm: compares the square
def clip_by_global_norm(grads, max_norm):
    square = sum((g**2).sum() for g in grads)
    if square > max_norm:
        grads = [g * max_norm / np.sqrt(square) for g in grads]
    return grads, np.sqrt(square)
