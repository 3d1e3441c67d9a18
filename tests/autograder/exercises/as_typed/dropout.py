# %% dropout_mask: True where dropped: p as the probability of keeping, as in the paper
def dropout_mask(shape, p, rng):
    return rng.random(shape) < p

# %% dropout_mask: the mask is already scaled: floats 0 and 1/(1-p) instead of True and False
def dropout_mask(shape, p, rng):
    keep = 1 - p
    return (rng.random(shape) < keep) / keep

# %% dropout_mask: drops exactly round(p*n) places by a permutation instead of throwing a coin for each
def dropout_mask(shape, p, rng):
    n = int(np.prod(shape))
    mask = np.ones(n, dtype=bool)
    mask[rng.permutation(n)[: int(round(p * n))]] = False
    return mask.reshape(shape)

# %% dropout_mask: one coin for each unit, shared by all samples
def dropout_mask(shape, p, rng):
    coins = rng.random(shape[-1]) >= p
    return np.broadcast_to(coins, shape).copy()

# %% dropout_mask: rng.random(*shape) as with np.random.rand: TypeError
def dropout_mask(shape, p, rng):
    return rng.random(*shape) > p

# %% dropout_mask: keeps with probability p (the paper's letter)
def dropout_mask(shape, p, rng):
    return rng.random(shape) < p

# %% dropout_mask: drops exactly a share p instead of a coin for each
def dropout_mask(shape, p, rng):
    n = int(np.prod(shape))
    mask = np.ones(n, dtype=bool)
    dropped = rng.permutation(n)[:round(p * n)]
    mask[dropped] = False
    return mask.reshape(shape)

# %% dropout_mask: one coin a unit, the same for all samples of the batch
def dropout_mask(shape, p, rng):
    coins = rng.random(shape[-1]) >= p
    return np.broadcast_to(coins, shape)

# %% dropout_mask: uses the global np.random instead of rng
def dropout_mask(shape, p, rng):
    return np.random.rand(*shape) >= p

# %% dropout_mask: normal numbers instead of uniform
def dropout_mask(shape, p, rng):
    return rng.normal(size=shape) > p

# %% dropout_mask: ready-scaled float mask: True becomes 1/(1-p)
def dropout_mask(shape, p, rng):
    keep = rng.binomial(1, 1 - p, size=shape)
    return keep / (1 - p)

# %% dropout_mask: unpacks the shape: rng.random(*shape)
def dropout_mask(shape, p, rng):
    u = rng.random(*shape)
    return u >= p

# %% dropout_forward: X[mask] leaves the dropped units out: another shape
def dropout_forward(X, mask):
    return X[mask]

# %% dropout_forward: writes the zeros into the caller's X
def dropout_forward(X, mask):
    X[~mask] = 0
    return X

# %% dropout_forward: mask turned round: zero where it should be kept
def dropout_forward(X, mask):
    return np.where(mask, 0.0, X)

# %% dropout_forward: selects the kept elements, shape is lost
def dropout_forward(X, mask):
    return X[mask]

# %% dropout_forward: zeroes in place
def dropout_forward(X, mask):
    X[~mask] = 0
    return X

# %% dropout_forward: mask inverted: kept ones are zeroed
def dropout_forward(X, mask):
    out = X.copy()
    out[mask] = 0.0
    return out

# %% dropout_forward: rescales by the share that was kept, guarded against an empty mask
def dropout_forward(X, mask):
    kept = mask.mean()
    if kept == 0:
        return np.zeros_like(X)
    return X * mask / kept

# %% dropout_inference: multiplies by p instead of 1-p
def dropout_inference(X, p):
    return p * X

# %% dropout_inference: does nothing when predicting, as the libraries do
def dropout_inference(X, p):
    return X.copy()

# %% dropout_inference: multiplies by p
def dropout_inference(X, p):
    return X * p

# %% dropout_inference: divides by 1-p
def dropout_inference(X, p):
    return X / (1 - p)

# %% inverted_dropout_forward: divides by p, the probability of dropping
def inverted_dropout_forward(X, mask, p):
    return X * mask / p

# %% inverted_dropout_forward: brackets: X*mask/1 - p
def inverted_dropout_forward(X, mask, p):
    return X * mask / 1 - p

# %% inverted_dropout_forward: divides by the share that this mask happens to keep, guarded for an empty mask
def inverted_dropout_forward(X, mask, p):
    kept = mask.mean()
    if kept == 0:
        return np.zeros_like(X)
    return X * mask / kept

# %% inverted_dropout_forward: divides by p
def inverted_dropout_forward(X, mask, p):
    if p == 0:
        return X * mask
    return X * mask / p

# %% inverted_dropout_forward: precedence: / 1 - p
def inverted_dropout_forward(X, mask, p):
    return X * mask / 1 - p

# %% inverted_dropout_forward: scales by (1-p) instead of dividing
def inverted_dropout_forward(X, mask, p):
    return np.where(mask, X * (1 - p), 0.0)

# %% inverted_dropout_backward: mask alone, the factor 1/(1-p) is missing
def inverted_dropout_backward(dout, mask, p):
    return dout * mask

# %% inverted_dropout_backward: multiplies by 1-p ('undoes' the scaling)
def inverted_dropout_backward(dout, mask, p):
    return dout * mask * (1 - p)

# %% inverted_dropout_backward: scales every gradient, the dropped places included
def inverted_dropout_backward(dout, mask, p):
    return dout / (1 - p)

# %% inverted_dropout_backward: forgets the scale on the way back
def inverted_dropout_backward(dout, mask, p):
    return dout * mask

# %% inverted_dropout_backward: the mask is forgotten, only the scale
def inverted_dropout_backward(dout, mask, p):
    return dout / (1 - p)

# %% mc_dropout: a fresh generator with the same seed for each prediction: no spread at all
def mc_dropout(predict, X, samples, rng):
    runs = np.stack([predict(X, np.random.default_rng(0)) for _ in range(samples)])
    return runs.mean(axis=0), runs.std(axis=0)

# %% mc_dropout: mean and standard deviation over everything: two numbers
def mc_dropout(predict, X, samples, rng):
    outputs = []
    for s in range(samples):
        outputs.append(predict(X, rng))
    return np.mean(outputs), np.std(outputs)

# %% mc_dropout: returns the variance, the root is missing
def mc_dropout(predict, X, samples, rng):
    ys = np.array([predict(X, rng) for _ in range(samples)])
    mean = ys.mean(axis=0)
    return mean, np.mean((ys - mean) ** 2, axis=0)

# %% mc_dropout: spread with n-1 (ddof=1), as statisticians estimate it
def mc_dropout(predict, X, samples, rng):
    draws = []
    for _ in range(samples):
        draws.append(predict(X, rng))
    draws = np.stack(draws)
    return np.mean(draws, axis=0), np.std(draws, axis=0, ddof=1)

# %% mc_dropout: std with mean over everything: one number
def mc_dropout(predict, X, samples, rng):
    outputs = np.array([predict(X, rng) for _ in range(samples)])
    return outputs.mean(axis=0), outputs.std()

# %% mc_dropout: predicts once and repeats that one prediction
def mc_dropout(predict, X, samples, rng):
    outputs = np.array([predict(X, rng)] * samples)
    mean = outputs.mean(axis=0)
    std = np.sqrt(np.mean((outputs - mean) ** 2, axis=0))
    return mean, std

# %% dropout_inference: drops units when predicting too, with np.random
def dropout_inference(X, p):
    return X * (np.random.rand(*X.shape) > p)

# %% inverted_dropout_forward: draws a mask of its own
def inverted_dropout_forward(X, mask, p):
    mask = np.random.rand(*X.shape) > p
    return X * mask / (1 - p)

# %% mc_dropout: one prediction before the loop, and all count
def mc_dropout(predict, X, samples, rng):
    ys = [predict(X, rng)]
    for i in range(samples):
        ys.append(predict(X, rng))
    return np.mean(ys, axis=0), np.std(ys, axis=0)

# %% mc_dropout: predict without rng
def mc_dropout(predict, X, samples, rng):
    ys = [predict(X) for _ in range(samples)]
    return np.mean(ys, axis=0), np.std(ys, axis=0)
