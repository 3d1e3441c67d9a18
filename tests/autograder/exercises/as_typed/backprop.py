# %% dense_forward: W @ X + b as in the sources: the shapes do not fit
def dense_forward(X, W, b):
    return W @ X + b

# %% dense_forward: * instead of @
def dense_forward(X, W, b):
    return X * W + b

# %% dense_backward: divides dW and db by the number of samples once more
def dense_backward(dZ, X, W):
    m = X.shape[0]
    dX = dZ @ W.T
    dW = X.T @ dZ / m
    db = dZ.sum(axis=0) / m
    return dX, dW, db

# %% dense_backward: loop over samples with np.outer, but dW is overwritten instead of added to
def dense_backward(dZ, X, W):
    dX = np.zeros(X.shape)
    dW = np.zeros(W.shape)
    db = np.zeros(W.shape[1])
    for i in range(X.shape[0]):
        dX[i] = W @ dZ[i]
        dW = np.outer(X[i], dZ[i])
        db += dZ[i]
    return dX, dW, db

# %% dense_backward: dW divided by n although dZ already carries 1/n
def dense_backward(dZ, X, W):
    n = len(X)
    dX = dZ @ W.T
    dW = X.T @ dZ / n
    db = dZ.sum(axis=0)
    return dX, dW, db

# %% dense_backward: db summed over units (axis=1)
def dense_backward(dZ, X, W):
    return dZ @ W.T, X.T @ dZ, np.sum(dZ, axis=1)

# %% mlp_forward: the activation is applied after the last layer as well
def mlp_forward(X, params, activation):
    H = X
    caches = []
    for W, b in params:
        Z = dense_forward(H, W, b)
        caches.append((H, Z))
        H = activation(Z)
    return H, caches

# %% mlp_forward: the cache holds what comes out of the layer, not what went in
def mlp_forward(X, params, activation):
    caches = []
    H = X
    for i, (W, b) in enumerate(params):
        Z = H @ W + b
        if i < len(params) - 1:
            H = activation(Z)
        else:
            H = Z
        caches.append((H, Z))
    return H, caches

# %% mlp_forward: activation also after the last layer
def mlp_forward(X, params, activation):
    H = X
    caches = []
    for W, b in params:
        Z = dense_forward(H, W, b)
        caches.append((H, Z))
        H = activation(Z)
    return H, caches

# %% mlp_backward: takes the slope at H, the activated values, instead of at Z
def mlp_backward(dlogits, caches, params, activation_grad):
    grads = []
    dZ = dlogits
    for layer in reversed(range(len(params))):
        H = caches[layer][0]
        W = params[layer][0]
        dH, dW, db = dense_backward(dZ, H, W)
        grads.append((dW, db))
        if layer > 0:
            dZ = dH * activation_grad(H)
    return grads[::-1]

# %% mlp_backward: grads.reverse() returns None, and that is what is returned
def mlp_backward(dlogits, caches, params, activation_grad):
    grads = []
    dZ = dlogits
    for layer in range(len(params) - 1, -1, -1):
        dH, dW, db = dense_backward(dZ, caches[layer][0], params[layer][0])
        grads.append((dW, db))
        if layer > 0:
            dZ = dH * activation_grad(caches[layer - 1][1])
    grads = grads.reverse()
    return grads

# %% mlp_backward: multiplies by the slope at the last layer too, where there is no activation
def mlp_backward(dlogits, caches, params, activation_grad):
    grads = [None] * len(params)
    d = dlogits
    for i in reversed(range(len(params))):
        H, Z = caches[i]
        W, b = params[i]
        dZ = d * activation_grad(Z)
        d, dW, db = dense_backward(dZ, H, W)
        grads[i] = (dW, db)
    return grads

# %% mlp_backward: slope taken at the layer's own input H instead of at the Z of the layer before
def mlp_backward(dlogits, caches, params, activation_grad):
    grads = []
    dZ = dlogits
    for l in range(len(params) - 1, -1, -1):
        H, Z = caches[l]
        W, b = params[l]
        dH, dW, db = dense_backward(dZ, H, W)
        grads.insert(0, (dW, db))
        dZ = dH * activation_grad(H)
    return grads
