# %% lecun_normal: gives the variance to rng.normal, which wants the standard deviation
def lecun_normal(fan_in, fan_out, rng):
    return rng.normal(0, 1 / fan_in, (fan_in, fan_out))

# %% lecun_normal: clips the weights at two standard deviations (Keras-like truncation), which makes the spread smaller
def lecun_normal(fan_in, fan_out, rng):
    sigma = np.sqrt(1 / fan_in)
    W = rng.normal(0, sigma, (fan_in, fan_out))
    return np.clip(W, -2 * sigma, 2 * sigma)

# %% lecun_normal: hands the variance to rng.normal
def lecun_normal(fan_in, fan_out, rng):
    return rng.normal(0, 1 / fan_in, (fan_in, fan_out))

# %% lecun_normal: makes its own generator with a fixed seed, ignores rng
def lecun_normal(fan_in, fan_out, rng):
    rng = np.random.default_rng(42)
    return rng.normal(0.0, np.sqrt(1 / fan_in), size=(fan_in, fan_out))

# %% init_for: `== 'relu' or 'leaky_relu'` is always true: everything is 'he'
def init_for(activation):
    if activation == "relu" or "leaky_relu":
        return "he"
    elif activation == "selu":
        return "lecun"
    else:
        return "xavier"

# %% init_for: precedence slip: `== 'relu' or 'leaky_relu'` is always true
def init_for(activation):
    if activation == "relu" or "leaky_relu":
        return "he"
    elif activation == "selu":
        return "lecun"
    else:
        return "xavier"

# %% layer_std: measures the sums before the activation
def layer_std(X, weights, activation):
    H = X
    stds = []
    for W in weights:
        Z = H @ W
        stds.append(np.std(Z))
        H = activation(Z)
    return stds

# %% layer_std: carries the sums, not the activated values, to the next layer
def layer_std(X, weights, activation):
    result = []
    out = X
    for W in weights:
        out = out @ W
        result.append(activation(out).std())
    return result

# %% layer_std: standard deviation of each unit, then the mean of these
def layer_std(X, weights, activation):
    result = []
    for W in weights:
        X = activation(X @ W)
        result.append(X.std(axis=0).mean())
    return result

# %% layer_std: the input is measured as well: one number too many at the front
def layer_std(X, weights, activation):
    H = X
    s = [float(np.std(H))]
    for W in weights:
        H = activation(np.dot(H, W))
        s.append(float(np.std(H)))
    return s

# %% layer_std: each layer gets X again, H is not carried forward
def layer_std(X, weights, activation):
    out = []
    for W in weights:
        H = activation(X @ W)
        out.append(float(np.std(H)))
        if W.shape[0] != X.shape[1]:
            break
    return out

# %% layer_std: measures before the activation
def layer_std(X, weights, activation):
    H = X
    stds = []
    for W in weights:
        Z = H @ W
        stds.append(Z.std())
        H = activation(Z)
    return stds

# %% layer_std: std over samples for each unit, then averaged
def layer_std(X, weights, activation):
    H = X
    result = []
    for W in weights:
        H = activation(H.dot(W))
        result.append(float(np.mean(np.std(H, axis=0))))
    return result

# %% uniform_fan_in: rng.random scaled by the limit: only positive weights
def uniform_fan_in(fan_in, fan_out, rng):
    limit = 1 / np.sqrt(fan_in)
    return limit * rng.random((fan_in, fan_out))

# %% uniform_fan_in: the limit is 1/fan_in, without the root
def uniform_fan_in(fan_in, fan_out, rng):
    a = 1 / fan_in
    return rng.uniform(-a, a, size=(fan_in, fan_out))

# %% uniform_fan_in: only from 0 to the limit
def uniform_fan_in(fan_in, fan_out, rng):
    limit = 1 / np.sqrt(fan_in)
    return limit * rng.random((fan_in, fan_out))

# %% uniform_fan_in: limit 1/fan_in, root forgotten
def uniform_fan_in(fan_in, fan_out, rng):
    a = 1 / fan_in
    return rng.uniform(-a, a, size=(fan_in, fan_out))

# %% xavier_normal: brackets: 2 / fan_in + fan_out
def xavier_normal(fan_in, fan_out, rng):
    sigma = np.sqrt(2 / fan_in + fan_out)
    return sigma * rng.standard_normal((fan_in, fan_out))

# %% xavier_normal: 1 over the sum of the fans instead of 2
def xavier_normal(fan_in, fan_out, rng):
    sigma = np.sqrt(1 / (fan_in + fan_out))
    return sigma * rng.standard_normal((fan_in, fan_out))

# %% xavier_uniform: the standard deviation is used as the limit (2 in place of 6)
def xavier_uniform(fan_in, fan_out, rng):
    a = np.sqrt(2 / (fan_in + fan_out))
    return rng.uniform(-a, a, (fan_in, fan_out))

# %% xavier_uniform: rng.uniform with the shape as two arguments, TypeError
def xavier_uniform(fan_in, fan_out, rng):
    limit = (6 / (fan_in + fan_out)) ** 0.5
    return rng.uniform(-limit, limit, fan_in, fan_out)

# %% xavier_uniform: brackets: 6 / fan_in + fan_out
def xavier_uniform(fan_in, fan_out, rng):
    a = np.sqrt(6 / fan_in + fan_out)
    return rng.uniform(-a, a, size=(fan_in, fan_out))

# %% he_normal: fan_out under the 2 instead of fan_in
def he_normal(fan_in, fan_out, rng):
    return rng.normal(0.0, np.sqrt(2 / fan_out), size=(fan_in, fan_out))

# %% he_normal: np.random.randn: not the generator that was handed in
def he_normal(fan_in, fan_out, rng):
    return np.random.randn(fan_in, fan_out) * np.sqrt(2.0 / fan_in)

# %% he_normal: clips the normal draws at one sigma as a guard against outliers, which shrinks the spread
def he_normal(fan_in, fan_out, rng):
    sigma = np.sqrt(2 / fan_in)
    W = rng.normal(0, sigma, size=(fan_in, fan_out))
    return np.clip(W, -sigma, sigma)

# %% he_uniform: forgets the 2 of He: the 3 alone under the root
def he_uniform(fan_in, fan_out, rng):
    a = np.sqrt(3) * np.sqrt(1 / fan_in)
    return rng.uniform(-a, a, (fan_in, fan_out))

# %% he_uniform: uses the He standard deviation as the limit: sqrt(2/fan_in)
def he_uniform(fan_in, fan_out, rng):
    limit = np.sqrt(2 / fan_in)
    return rng.uniform(low=-limit, high=limit, size=(fan_in, fan_out))

# %% constant_init: shape (fan_out, fan_in), as PyTorch stores weights
def constant_init(fan_in, fan_out, value):
    return value * np.ones((fan_out, fan_in))

# %% constant_init: the shape as two arguments: np.full takes the 2nd for the value and the 3rd for a dtype, TypeError
def constant_init(fan_in, fan_out, value):
    return np.full(fan_in, fan_out, value)

# %% constant_init: shape transposed (PyTorch: out, in)
def constant_init(fan_in, fan_out, value):
    return np.full((fan_out, fan_in), value)

# %% constant_init: np.ones without the value
def constant_init(fan_in, fan_out, value):
    W = np.ones((fan_in, fan_out))
    W * value
    return W

# %% constant_init: two numbers for the shape instead of a tuple
def constant_init(fan_in, fan_out, value):
    return value * np.ones(fan_in, fan_out)

# %% distinct_units: counts the distinct rows and not the columns
def distinct_units(H, tol=1e-9):
    rounded = np.round(H / max(tol, 1e-12))
    return len(np.unique(rounded, axis=0))

# %% distinct_units: np.unique of columns rounded to 9 digits: the argument tol is ignored
def distinct_units(H, tol=1e-9):
    columns = {tuple(np.round(column, 9)) for column in H.T}
    return len(columns)

# %% distinct_units: compares each column with the one just before it only
def distinct_units(H, tol=1e-9):
    count = 1
    for j in range(1, H.shape[1]):
        if np.max(np.abs(H[:, j] - H[:, j - 1])) > tol:
            count += 1
    return count

# %% distinct_units: compares rows: np.unique along axis 0
def distinct_units(H, tol=1e-9):
    return len(np.unique(np.round(H / tol) * tol, axis=0))

# %% distinct_units: columns count as one when any sample agrees
def distinct_units(H, tol=1e-9):
    found = []
    for j in range(H.shape[1]):
        col = H[:, j]
        if not any(np.any(np.abs(col - other) <= tol) for other in found):
            found.append(col)
    return len(found)

# %% distinct_units: exact comparison, tol is ignored
def distinct_units(H, tol=1e-9):
    columns = set(tuple(column) for column in H.T)
    return len(columns)

# %% distinct_units: compares each column only with its left neighbour
def distinct_units(H, tol=1e-9):
    count = 1
    for j in range(1, H.shape[1]):
        if np.max(np.abs(H[:, j] - H[:, j - 1])) > tol:
            count += 1
    return count

# %% distinct_units: compares the means of the columns, not the columns
def distinct_units(H, tol=1e-9):
    means = np.sort(H.mean(axis=0))
    return int(1 + np.sum(np.diff(means) > tol))

# %% lecun_normal: standard deviation 1
def lecun_normal(fan_in, fan_out, rng):
    return rng.normal(0, 1, (fan_in, fan_out))

# %% lecun_normal: the root of fan_in
def lecun_normal(fan_in, fan_out, rng):
    return rng.normal(0, np.sqrt(fan_in), (fan_in, fan_out))

# %% he_normal: 1 / (2 fan_in)
def he_normal(fan_in, fan_out, rng):
    return rng.normal(0, np.sqrt(1 / (2 * fan_in)), (fan_in, fan_out))

# %% xavier_uniform: 3 sigma
def xavier_uniform(fan_in, fan_out, rng):
    return rng.uniform(-3 * np.sqrt(2 / (fan_in + fan_out)), 3 * np.sqrt(2 / (fan_in + fan_out)), (fan_in, fan_out))
