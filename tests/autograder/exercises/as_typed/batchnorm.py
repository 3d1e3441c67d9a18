# %% batchnorm_backward: mean and std treated as constants: dX = gamma*dout/std
def batchnorm_backward(dout, cache):
    x_hat, gamma, std = cache
    dgamma = np.sum(dout * x_hat, axis=0)
    dbeta = np.sum(dout, axis=0)
    dX = gamma * dout / std
    return dX, dgamma, dbeta

# %% batchnorm_backward: the way through σ is left out
def batchnorm_backward(dout, cache):
    x_hat, gamma, std = cache
    dbeta = dout.sum(axis=0)
    dgamma = (dout * x_hat).sum(axis=0)
    dX = gamma / std * (dout - dout.mean(axis=0))
    return dX, dgamma, dbeta

# %% batchnorm_backward: sums instead of means inside the bracket
def batchnorm_backward(dout, cache):
    x_hat, gamma, std = cache
    dbeta = dout.sum(axis=0)
    dgamma = (dout * x_hat).sum(axis=0)
    dX = (gamma / std) * (dout - dbeta - x_hat * dgamma)
    return dX, dgamma, dbeta

# %% batchnorm_backward: unpacks the cache in the wrong order: gamma and std exchanged
def batchnorm_backward(dout, cache):
    x_hat, std, gamma = cache
    n = len(dout)
    dbeta = np.sum(dout, axis=0)
    dgamma = np.sum(dout * x_hat, axis=0)
    dX = gamma / std * (dout - dbeta / n - x_hat * dgamma / n)
    return dX, dgamma, dbeta

# %% batchnorm_backward: dgamma and dbeta are means over the batch
def batchnorm_backward(dout, cache):
    x_hat, gamma, std = cache
    dbeta = dout.mean(axis=0)
    dgamma = (dout * x_hat).mean(axis=0)
    dX = gamma * (dout - dbeta - x_hat * dgamma) / std
    return dX, dgamma, dbeta

# %% batchnorm_backward: full Jacobian in loops with einsum, but the last term has lost its 1/n
def batchnorm_backward(dout, cache):
    x_hat, gamma, std = cache
    n, d = dout.shape
    dX = np.zeros((n, d))
    for j in range(d):
        xh = x_hat[:, j]
        J = (np.eye(n) - np.ones((n, n)) / n - np.outer(xh, xh)) / std[j]
        dX[:, j] = np.einsum("k,ki->i", gamma[j] * dout[:, j], J)
    return dX, np.einsum("ij,ij->j", dout, x_hat), np.einsum("ij->j", dout)

# %% batchnorm_backward: mean and std treated as constants: dX = gamma dout / std
def batchnorm_backward(dout, cache):
    x_hat, gamma, std = cache
    dgamma = np.sum(dout * x_hat, axis=0)
    dbeta = np.sum(dout, axis=0)
    dX = dout * gamma / std
    return dX, dgamma, dbeta

# %% batchnorm_backward: forgets the third way (through sigma)
def batchnorm_backward(dout, cache):
    x_hat, gamma, std = cache
    dbeta = dout.sum(axis=0)
    dgamma = (dout * x_hat).sum(axis=0)
    dX = gamma / std * (dout - dout.mean(axis=0))
    return dX, dgamma, dbeta

# %% batchnorm_backward: sums instead of means in dX (dbeta and dgamma reused without / n)
def batchnorm_backward(dout, cache):
    x_hat, gamma, std = cache
    dbeta = np.einsum("nd->d", dout)
    dgamma = np.einsum("nd,nd->d", dout, x_hat)
    dX = gamma / std * (dout - dbeta - x_hat * dgamma)
    return dX, dgamma, dbeta

# %% batchnorm_backward: returns dgamma and dbeta swapped
def batchnorm_backward(dout, cache):
    x_hat, gamma, std = cache
    db = dout.sum(axis=0)
    dg = (dout * x_hat).sum(axis=0)
    n = len(dout)
    dX = gamma / (n * std) * (n * dout - db - x_hat * dg)
    return dX, db, dg

# %% fold_batchnorm: the factor goes to the rows of W (inputs) instead of its columns
def fold_batchnorm(W, b, gamma, beta, mean, var, eps):
    factor = gamma / np.sqrt(var + eps)
    W_new = W * factor[:, None]
    b_new = (b - mean) * factor + beta
    return W_new, b_new

# %% fold_batchnorm: only the mean is scaled, the bias b is not
def fold_batchnorm(W, b, gamma, beta, mean, var, eps):
    scale = gamma / np.sqrt(var + eps)
    return W * scale, b - mean * scale + beta

# %% fold_batchnorm: forgets + beta in the new bias
def fold_batchnorm(W, b, gamma, beta, mean, var, eps):
    factor = gamma / np.sqrt(var + eps)
    return W * factor, (b - mean) * factor

# %% fold_batchnorm: scales rows instead of columns (factor[:, None])
def fold_batchnorm(W, b, gamma, beta, mean, var, eps):
    scale = gamma / np.sqrt(var + eps)
    W_new = scale[:, None] * W
    b_new = (b - mean) * scale + beta
    return W_new, b_new

# %% batchnorm_parameters: one number, 4 a unit, instead of the pair (learned, tracked)
def batchnorm_parameters(units):
    return 4 * units

# %% batchnorm_parameters: counts all four per unit as learned
def batchnorm_parameters(units):
    learned = 4 * units
    tracked = 2 * units
    return learned, tracked

# %% batch_statistics: variance divided by n-1
def batch_statistics(X):
    return np.mean(X, axis=0), np.var(X, axis=0, ddof=1)

# %% batch_statistics: returns the standard deviation in place of the variance
def batch_statistics(X):
    mean = X.mean(axis=0)
    return mean, np.sqrt(((X - mean) ** 2).mean(axis=0))

# %% batch_statistics: ddof=1
def batch_statistics(X):
    return np.mean(X, axis=0), np.var(X, axis=0, ddof=1)

# %% batch_statistics: layer norm: axis=1
def batch_statistics(X):
    mean = X.mean(axis=1)
    var = X.var(axis=1)
    return mean, var

# %% batch_statistics: returns the standard deviation
def batch_statistics(X):
    mu = X.mean(axis=0)
    return mu, X.std(axis=0)

# %% batch_statistics: mean of squares without taking the mean off
def batch_statistics(X):
    n = X.shape[0]
    mean = X.sum(axis=0) / n
    var = (X ** 2).sum(axis=0) / n
    return mean, var

# %% batchnorm_forward: ε outside the root
def batchnorm_forward(X, gamma, beta, eps):
    mean, var = batch_statistics(X)
    std = np.sqrt(var) + eps
    x_hat = (X - mean) / std
    return gamma * x_hat + beta, (x_hat, gamma, std)

# %% batchnorm_forward: divides by variance + ε, without the root
def batchnorm_forward(X, gamma, beta, eps):
    mu, var = batch_statistics(X)
    std = var + eps
    x_hat = (X - mu) / std
    out = gamma * x_hat + beta
    return out, (x_hat, gamma, std)

# %% batchnorm_forward: the std in the cache is the one without ε
def batchnorm_forward(X, gamma, beta, eps):
    mean, var = batch_statistics(X)
    x_hat = (X - mean) / np.sqrt(var + eps)
    out = gamma * x_hat + beta
    cache = (x_hat, gamma, X.std(axis=0))
    return out, cache

# %% batchnorm_forward: the cache holds x_hat after scaling and shifting (same name used twice)
def batchnorm_forward(X, gamma, beta, eps):
    mean, var = batch_statistics(X)
    std = np.sqrt(var + eps)
    x_hat = (X - mean) / std
    x_hat = gamma * x_hat + beta
    return x_hat, (x_hat, gamma, std)

# %% batchnorm_forward: unpacks X.mean(axis=0) into mean and variance: ValueError (or nonsense for two columns)
def batchnorm_forward(X, gamma, beta, eps):
    mean, var = X.mean(axis=0)
    std = np.sqrt(var + eps)
    x_hat = (X - mean) / std
    return gamma * x_hat + beta, (x_hat, gamma, std)

# %% batchnorm_forward: eps outside the root
def batchnorm_forward(X, gamma, beta, eps):
    mean, var = batch_statistics(X)
    std = np.sqrt(var) + eps
    x_hat = (X - mean) / std
    return gamma * x_hat + beta, (x_hat, gamma, std)

# %% batchnorm_forward: divides by the variance plus eps, no root
def batchnorm_forward(X, gamma, beta, eps):
    mean, var = batch_statistics(X)
    x_hat = (X - mean) / (var + eps)
    out = gamma * x_hat + beta
    return out, (x_hat, gamma, np.sqrt(var + eps))

# %% batchnorm_forward: cache holds the centred X instead of x_hat
def batchnorm_forward(X, gamma, beta, eps):
    mu, var = batch_statistics(X)
    xc = X - mu
    std = np.sqrt(var + eps)
    out = gamma * (xc / std) + beta
    cache = (xc, gamma, std)
    return out, cache

# %% batchnorm_forward: returns three cache values loose instead of a tuple
def batchnorm_forward(X, gamma, beta, eps):
    mu, var = batch_statistics(X)
    std = np.sqrt(var + eps)
    x_hat = (X - mu) / std
    out = gamma * x_hat + beta
    return out, x_hat, gamma, std

# %% batchnorm_forward: shift before scale: gamma (x_hat + beta)
def batchnorm_forward(X, gamma, beta, eps):
    mu, var = batch_statistics(X)
    std = np.sqrt(var + eps)
    x_hat = (X - mu) / std
    return gamma * (x_hat + beta), (x_hat, gamma, std)

# %% update_running: PyTorch's momentum: decay is the weight of the new
def update_running(running, new, decay):
    return (1 - decay) * running + decay * new

# %% update_running: changes the caller's running in place
def update_running(running, new, decay):
    running *= decay
    running += (1 - decay) * new
    return running

# %% update_running: PyTorch's momentum: decay on the new
def update_running(running, new, decay):
    return (1 - decay) * running + decay * new

# %% update_running: changes running in place
def update_running(running, new, decay):
    running *= decay
    running += (1 - decay) * new
    return running

# %% batchnorm_inference: uses the batch's own statistics whenever there is more than one sample
def batchnorm_inference(X, gamma, beta, running_mean, running_var, eps):
    if len(X) > 1:
        mean, var = batch_statistics(X)
    else:
        mean, var = running_mean, running_var
    return gamma * (X - mean) / np.sqrt(var + eps) + beta

# %% batchnorm_inference: takes the running variance for a standard deviation: no root
def batchnorm_inference(X, gamma, beta, running_mean, running_var, eps):
    x_hat = (X - running_mean) / (running_var + eps)
    return gamma * x_hat + beta

# %% batchnorm_inference: still subtracts the batch mean (running variance is used)
def batchnorm_inference(X, gamma, beta, running_mean, running_var, eps):
    mean = X.mean(axis=0)
    x_hat = (X - mean) / np.sqrt(running_var + eps)
    return gamma * x_hat + beta

# %% batchnorm_inference: treats running_var as a standard deviation
def batchnorm_inference(X, gamma, beta, running_mean, running_var, eps):
    x_hat = (X - running_mean) / (running_var + eps)
    return gamma * x_hat + beta

# %% batchnorm_forward: σ and γ exchanged in the cache
def batchnorm_forward(X, gamma, beta, eps):
    mean, var = batch_statistics(X)
    std = np.sqrt(var + eps)
    x_hat = (X - mean) / std
    out = gamma * x_hat + beta
    return out, (x_hat, std, gamma)

# %% batchnorm_inference: no brackets: γX - mean/σ
def batchnorm_inference(X, gamma, beta, running_mean, running_var, eps):
    return gamma * X - running_mean / np.sqrt(running_var + eps) + beta

# %% batchnorm_backward: γ multiplied into dγ and dβ as well
def batchnorm_backward(dout, cache):
    x_hat, gamma, std = cache
    n = len(dout)
    g = gamma * dout
    dbeta = g.sum(axis=0)
    dgamma = (g * x_hat).sum(axis=0)
    dX = (g - dbeta / n - x_hat * dgamma / n) / std
    return dX, dgamma, dbeta

# %% batchnorm_forward: ε only where the variance is 0, as in standardize
def batchnorm_forward(X, gamma, beta, eps):
    mean, var = batch_statistics(X)
    std = np.sqrt(np.where(var == 0, eps, var))
    x_hat = (X - mean) / std
    return gamma * x_hat + beta, (x_hat, gamma, std)

# %% batchnorm_forward: out is another name of x_hat, and scaled in place
def batchnorm_forward(X, gamma, beta, eps):
    mean, var = batch_statistics(X)
    std = np.sqrt(var + eps)
    x_hat = (X - mean) / std
    out = x_hat
    out *= gamma
    out += beta
    return out, (x_hat, gamma, std)

# %% batchnorm_backward: n is the number of columns
def batchnorm_backward(dout, cache):
    x_hat, gamma, std = cache
    n = dout.shape[1]
    dbeta = dout.sum(axis=0)
    dgamma = (dout * x_hat).sum(axis=0)
    dX = gamma / std * (dout - dbeta / n - x_hat * dgamma / n)
    return dX, dgamma, dbeta

# %% fold_batchnorm: γ in the weights only
def fold_batchnorm(W, b, gamma, beta, mean, var, eps):
    std = np.sqrt(var + eps)
    return W * gamma / std, (b - mean) / std + beta
