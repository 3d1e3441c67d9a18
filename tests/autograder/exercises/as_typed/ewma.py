# %% ewma_corrected: t runs from 0, with a guard so that the first one is not divided by 0
def ewma_corrected(x, beta):
    v = ewma(x, beta)
    t = np.arange(len(x))
    correction = 1 - beta**t
    correction = np.where(correction == 0, 1, correction)
    return v / correction

# %% ewma_corrected: the corrected average is fed back into the recursion
def ewma_corrected(x, beta):
    v = 0.0
    result = []
    for t, value in enumerate(x, start=1):
        v = ewma_step(v, value, beta)
        v = v / (1 - beta**t)
        result.append(v)
    return np.array(result)

# %% ewma_corrected: t counts from 0 and the first division by 0 is guarded with a tiny maximum
def ewma_corrected(x, beta):
    v = ewma(x, beta)
    t = np.arange(len(x))
    return v / np.maximum(1 - beta ** t, 1e-8)

# %% ewma_corrected: feeds the corrected value back into the recursion
def ewma_corrected(x, beta):
    v = 0.0
    out = []
    for t, xt in enumerate(x, start=1):
        v = ewma_step(v, xt, beta)
        v = v / (1 - beta ** t)
        out.append(v)
    return np.array(out)

# %% effective_window: solves beta^k = 1/e exactly, -1/ln(beta), instead of 1/(1-beta)
def effective_window(beta):
    return np.log(1 / np.e) / np.log(beta)

# %% effective_window: brackets forgotten: 1 / 1 - beta
def effective_window(beta):
    return 1 / 1 - beta

# %% beta_from_alpha: mixes alpha up with pandas' span: 1 - 2/(alpha+1)
def beta_from_alpha(alpha):
    return 1 - 2 / (alpha + 1)

# %% beta_from_alpha: mixes it up with the span/window formula: 1 - 1/alpha
def beta_from_alpha(alpha):
    return 1 - 1 / alpha

# %% ewma_step: weights exchanged: beta goes to the new value
def ewma_step(v, x, beta):
    return (1 - beta) * v + beta * x

# %% ewma_step: weights swapped: beta goes to the new value
def ewma_step(v, x, beta):
    return (1 - beta) * v + beta * x

# %% ewma_step: updates v in place with *= and +=
def ewma_step(v, x, beta):
    v *= beta
    v += (1 - beta) * x
    return v

# %% ewma_step: new value enters at full weight
def ewma_step(v, x, beta):
    return beta * v + x

# %% ewma: v_0 = 0 is in the result, which is one too long
def ewma(x, beta):
    values = [0.0]
    for value in x:
        values.append(ewma_step(values[-1], value, beta))
    return np.array(values)

# %% ewma: starts from the first value and not from 0, as pandas with adjust=False
def ewma(x, beta):
    v = x[0]
    out = []
    for xi in x:
        v = ewma_step(v, xi, beta)
        out.append(v)
    return np.array(out)

# %% ewma: MATLAB habit: assigns to places of an empty list, IndexError
def ewma(x, beta):
    v = 0
    out = []
    for t in range(len(x)):
        v = beta * v + (1 - beta) * x[t]
        out[t] = v
    return np.array(out)

# %% ewma: starts from the first value x[0] instead of 0
def ewma(x, beta):
    v = x[0]
    out = np.zeros(len(x))
    for t in range(len(x)):
        v = beta * v + (1 - beta) * x[t]
        out[t] = v
    return out

# %% ewma: prepends v_0 = 0, so n+1 values are returned
def ewma(x, beta):
    v = [0.0]
    for xi in x:
        v.append(beta * v[-1] + (1 - beta) * xi)
    return np.array(v)

# %% ewma: result array with zeros_like on an integer series: truncates the averages
def ewma(x, beta):
    out = np.zeros_like(x)
    v = 0
    for i in range(len(x)):
        v = ewma_step(v, x[i], beta)
        out[i] = v
    return out

# %% ewma: return stands inside the loop
def ewma(x, beta):
    v = 0.0
    averages = []
    for value in x:
        v = ewma_step(v, value, beta)
        averages.append(v)
        return np.array(averages)

# %% ewma: v is never carried forward: averages each value with the previous raw value
def ewma(x, beta):
    previous = np.concatenate([[0.0], x[:-1]])
    return beta * previous + (1 - beta) * x

# %% ewma_weights: the newest value's weight comes first
def ewma_weights(n, beta):
    k = np.arange(n)
    return (1 - beta) * beta**k

# %% ewma_weights: normalised so that the weights sum to 1
def ewma_weights(n, beta):
    w = beta ** np.arange(n)[::-1]
    return w / w.sum()

# %% ewma_weights: newest first: not reversed
def ewma_weights(n, beta):
    k = np.arange(n)
    return (1 - beta) * beta ** k

# %% ewma_weights: exponents n … 1 instead of n-1 … 0
def ewma_weights(n, beta):
    powers = np.arange(n, 0, -1)
    return (1 - beta) * beta ** powers

# %% ewma_weights: normalises the weights so that they sum to 1
def ewma_weights(n, beta):
    w = np.array([(1 - beta) * beta ** (n - 1 - i) for i in range(n)])
    return w / np.sum(w)
