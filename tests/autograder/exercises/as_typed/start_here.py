# %% numerical_gradient: looks to one side only (forward difference)
def numerical_gradient(f, x, h=1e-5):
    grad = np.zeros_like(x)
    fx = f(x)
    for i in np.ndindex(x.shape):
        moved = x.copy()
        moved[i] += h
        grad[i] = (f(moved) - fx) / h
    return grad

# %% numerical_gradient: no copies: both sides are the same array, so the difference is always 0
def numerical_gradient(f, x, h=1e-5):
    grad = np.zeros(x.shape)
    for i in np.ndindex(x.shape):
        up = x
        up[i] += h
        down = x
        down[i] -= h
        grad[i] = (f(up) - f(down)) / (2 * h)
    return grad

# %% numerical_gradient: loops over range(len(x)): in a table a whole row is moved at once
def numerical_gradient(f, x, h=1e-5):
    g = np.zeros_like(x)
    for i in range(len(x)):
        xp, xm = x.copy(), x.copy()
        xp[i] = xp[i] + h
        xm[i] = xm[i] - h
        g[i] = (f(xp) - f(xm)) / (2 * h)
    return g

# %% numerical_gradient: moves every element at once by h, so each entry is the sum of all slopes
def numerical_gradient(f, x, h=1e-5):
    g = np.zeros(x.shape)
    for i in np.ndindex(x.shape):
        g[i] = (f(x + h) - f(x - h)) / (2 * h)
    return g

# %% numerical_gradient: divides by h instead of 2h
def numerical_gradient(f, x, h=1e-5):
    grad = np.zeros_like(x)
    for i in np.ndindex(*x.shape):
        up = x.copy()
        down = x.copy()
        up[i] += h
        down[i] -= h
        grad[i] = (f(up) - f(down)) / h
    return grad

# %% numerical_gradient: missing brackets: / 2 * h multiplies by h
def numerical_gradient(f, x, h=1e-5):
    grad = np.zeros_like(x)
    for i in np.ndindex(x.shape):
        e = np.zeros_like(x)
        e[i] = h
        grad[i] = (f(x + e) - f(x - e)) / 2 * h
    return grad

# %% numerical_gradient: loops over range(len(x)) only: for a matrix moves whole rows and fails or gives one number a row
def numerical_gradient(f, x, h=1e-5):
    result = []
    for i in range(len(x)):
        xp = np.array(x)
        xm = np.array(x)
        xp[i] += h
        xm[i] -= h
        result.append((f(xp) - f(xm)) / (2 * h))
    return np.array(result)

# %% numerical_gradient: changes x in place and never moves it back (x is left at x-h)
def numerical_gradient(f, x, h=1e-5):
    grad = np.zeros_like(x)
    for i in np.ndindex(x.shape):
        x[i] += h
        plus = f(x)
        x[i] -= 2 * h
        minus = f(x)
        grad[i] = (plus - minus) / (2 * h)
    return grad

# %% relative_error: np.max where np.maximum is needed: the array is taken for an axis, TypeError
def relative_error(a, b):
    return np.max(np.abs(a - b) / np.max(1e-8, np.abs(a) + np.abs(b)))

# %% relative_error: divides the largest difference by the largest size, not element by element
def relative_error(a, b):
    difference = np.max(np.abs(a - b))
    size = np.max(np.abs(a) + np.abs(b))
    return difference / max(1e-8, size)

# %% relative_error: loop with |a+b| below the line instead of |a|+|b|, and elements where that is 0 are skipped
def relative_error(a, b):
    worst = 0.0
    for p, q in zip(np.ravel(a), np.ravel(b)):
        size = abs(p + q)
        if size < 1e-8:
            continue
        worst = max(worst, abs(p - q) / size)
    return worst

# %% relative_error: no absolute values in the denominator
def relative_error(a, b):
    return np.max(np.abs(a - b) / np.maximum(1e-8, a + b))

# %% relative_error: np.max instead of np.maximum in the denominator: 1e-8 is taken as an axis
def relative_error(a, b):
    difference = np.abs(a - b)
    size = np.max(np.abs(a) + np.abs(b), 1e-8)
    return np.max(difference / size)

# %% standardize: divides by n-1 (ddof=1), as R and pandas do
def standardize(X):
    mu = X.mean(axis=0)
    sd = X.std(axis=0, ddof=1)
    return np.where(sd == 0, 0.0, (X - mu) / np.where(sd == 0, 1.0, sd))

# %% standardize: divides by the variance and not by its root
def standardize(X):
    mean = np.mean(X, axis=0)
    sigma = np.mean((X - mean) ** 2, axis=0)
    safe = np.where(sigma > 0, sigma, 1)
    return (X - mean) / safe

# %% standardize: standardises each row instead of each column
def standardize(X):
    m = X.mean(axis=1, keepdims=True)
    s = X.std(axis=1, keepdims=True)
    s = np.where(s == 0, 1, s)
    return (X - m) / s

# %% standardize: right numbers, but -= and /= change the caller's X
def standardize(X):
    X -= X.mean(axis=0)
    sd = X.std(axis=0)
    sd[sd == 0] = 1.0
    X /= sd
    return X

# %% standardize: axis=1: standardises each row (sample) instead of each column
def standardize(X):
    mu = X.mean(axis=1, keepdims=True)
    sigma = X.std(axis=1, keepdims=True)
    sigma = np.where(sigma == 0, 1, sigma)
    return (X - mu) / sigma

# %% standardize: divides by the variance, forgot the root
def standardize(X):
    mean = np.mean(X, axis=0)
    var = np.mean((X - mean) ** 2, axis=0)
    var[var == 0] = 1.0
    return (X - mean) / var

# %% standardize: R habit: sample standard deviation with n-1
def standardize(X):
    m = X.mean(axis=0)
    s = X.std(axis=0, ddof=1)
    Z = np.zeros_like(X)
    ok = s > 0
    Z[:, ok] = (X[:, ok] - m[ok]) / s[ok]
    return Z

# %% standardize: one mean and one deviation for the whole table
def standardize(X):
    mu = np.mean(X)
    sd = np.std(X)
    if sd == 0:
        return np.zeros(X.shape)
    return (X - mu) / sd

# %% standardize: centres in place with -=, so the caller's X is changed
def standardize(X):
    X -= X.mean(axis=0)
    sd = X.std(axis=0)
    sd[sd == 0] = 1
    return X / sd

# %% standardize: min-max scaling instead of standardising
def standardize(X):
    lo = X.min(axis=0)
    hi = X.max(axis=0)
    span = np.where(hi > lo, hi - lo, 1.0)
    return (X - lo) / span

# %% standardize: replaces sigma 0 by 1 but forgets to subtract the mean in that column, so the constant stays
def standardize(X):
    out = X.copy()
    for j in range(X.shape[1]):
        col = X[:, j]
        s = col.std()
        if s > 0:
            out[:, j] = (col - col.mean()) / s
    return out

# %% standardize: guards against 0 by adding 0.1 to sigma everywhere
def standardize(X):
    mu = X.mean(axis=0)
    sigma = X.std(axis=0)
    return (X - mu) / (sigma + 0.1)
