# %% binary_cross_entropy: Keras' way: probabilities clipped to [1e-7, 1-1e-7], so certain mistakes cost at most 16
def binary_cross_entropy(y, z):
    z = np.clip(z, -500, 500)
    p = 1 / (1 + np.exp(-z))
    p = np.clip(p, 1e-7, 1 - 1e-7)
    return -np.mean(y * np.log(p) + (1 - y) * np.log(1 - p))

# %% binary_cross_entropy: exp(-z) in place of exp(-|z|): wrong for every negative logit
def binary_cross_entropy(y, z):
    return np.mean(np.maximum(z, 0) - y * z + np.log1p(np.exp(-z)))

# %% binary_cross_entropy: probability clipped to 1e-7: finite but wrong for large logits
def binary_cross_entropy(y, z):
    p = np.clip(sigmoid(z), 1e-7, 1 - 1e-7)
    return -np.mean(y * np.log(p) + (1 - y) * np.log(1 - p))

# %% binary_cross_entropy: only the term for y = 1
def binary_cross_entropy(y, z):
    log_p = np.minimum(z, 0) - np.log1p(np.exp(-np.abs(z)))
    return -np.mean(y * log_p)

# %% binary_cross_entropy_grad: stops at the gradient in the probability, without the factor p(1-p)
from reference_impl.activations import sigmoid

def binary_cross_entropy_grad(y, z):
    p = sigmoid(z)
    return (-y / p + (1 - y) / (1 - p)) / z.size

# %% binary_cross_entropy_grad: subtracts y from the logit, not from the probability
def binary_cross_entropy_grad(y, z):
    return (z - y) / y.size

# %% binary_cross_entropy_grad: multiplies once more with the sigmoid's slope
def binary_cross_entropy_grad(y, z):
    p = sigmoid(z)
    return (p - y) * p * (1 - p) / np.size(y)

# %% cross_entropy: logP[:, labels] takes every label's column in every row
def cross_entropy(labels, logits):
    shifted = logits - logits.max(axis=1, keepdims=True)
    logP = shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))
    return -logP[:, labels].mean()

# %% cross_entropy: np.mean over the one-hot table: divides by n*k instead of n
def cross_entropy(labels, logits):
    n, k = logits.shape
    onehot = np.eye(k)[labels]
    z = logits - logits.max(axis=1, keepdims=True)
    log_p = z - np.log(np.sum(np.exp(z), axis=1, keepdims=True))
    return -np.mean(onehot * log_p)

# %% cross_entropy: shifts the logits in the log-sum only, and not the logit that is picked
def cross_entropy(labels, logits):
    n = len(labels)
    biggest = np.max(logits, axis=1, keepdims=True)
    log_sum = np.log(np.sum(np.exp(logits - biggest), axis=1))
    picked = logits[np.arange(n), labels]
    return np.mean(log_sum - picked)

# %% cross_entropy: logits[:, labels] picks a table instead of one number a row
def cross_entropy(labels, logits):
    shifted = logits - logits.max(axis=1, keepdims=True)
    logp = shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))
    return -np.mean(logp[:, labels])

# %% cross_entropy: sum over samples instead of the mean
def cross_entropy(labels, logits):
    total = 0.0
    for i, label in enumerate(labels):
        row = logits[i] - np.max(logits[i])
        total += np.log(np.sum(np.exp(row))) - row[label]
    return total

# %% cross_entropy_grad: P[labels] -= 1 takes 1 from whole rows
from reference_impl.softmax import softmax

def cross_entropy_grad(labels, logits):
    P = softmax(logits)
    P[labels] -= 1
    return P / len(labels)

# %% cross_entropy_grad: no 1/n
def cross_entropy_grad(labels, logits):
    P = softmax(logits).copy()
    P[np.arange(len(labels)), labels] -= 1
    return P

# %% mse: the square of the mean error instead of the mean of the squares
def mse(y, yhat):
    return np.mean(yhat - y) ** 2

# %% mse: half of the mean square, the textbook 1/2
def mse(y, yhat):
    return 0.5 * np.mean((yhat - y) ** 2)

# %% mse: divides by the number of rows instead of all elements
def mse(y, yhat):
    return np.sum((yhat - y) ** 2) / len(y)

# %% mse: square of the mean error instead of the mean square
def mse(y, yhat):
    return np.mean(yhat - y) ** 2

# %% mse_grad: divides by the number of rows, not of elements
def mse_grad(y, yhat):
    return 2 * (yhat - y) / len(y)

# %% mse_grad: sign: y - yhat
def mse_grad(y, yhat):
    n = y.size
    return 2 / n * (y - yhat)

# %% mse_grad: takes the mean: returns one number
def mse_grad(y, yhat):
    return 2 * np.mean(yhat - y)

# %% mse_grad: y - yhat: sign reversed
def mse_grad(y, yhat):
    n = np.size(y)
    return 2 / n * (y - yhat)

# %% mae: the sum is missing: an array comes out and not a number
def mae(y, yhat):
    return abs(y - yhat) / y.size

# %% mae: absolute value taken after the mean
def mae(y, yhat):
    return abs(np.mean(yhat - y))

# %% mae_grad: the sign alone, without the 1/n of the mean
def mae_grad(y, yhat):
    return np.where(yhat > y, 1.0, np.where(yhat < y, -1.0, 0.0))

# %% mae_grad: no division by n
def mae_grad(y, yhat):
    return np.sign(yhat - y)

# %% mae_grad: np.where with > 0: gives -1 where the error is 0
def mae_grad(y, yhat):
    e = yhat - y
    return np.where(e > 0, 1.0, -1.0) / e.size

# %% softmax: subtracts the maximum of the whole table: a row far below the others becomes 0/0
def softmax(Z):
    e = np.exp(Z - np.max(Z))
    return e / np.sum(e, axis=1, keepdims=True)

# %% softmax: sums over the whole table instead of each row (loop over rows, clip guards the sum)
def softmax(Z):
    P = np.zeros(Z.shape)
    for i in range(Z.shape[0]):
        P[i] = np.exp(Z[i] - np.max(Z[i]))
    return P / np.maximum(P.sum(), 1e-12)

# %% softmax_backward: only the diagonal of the Jacobian, p(1-p)
def softmax_backward(P, dP):
    return dP * P * (1 - P)

# %% softmax_backward: only the diagonal of the Jacobian: p (1 - p) dp
def softmax_backward(P, dP):
    return np.einsum("nk,nk,nk->nk", P, 1 - P, dP)

# %% mae: np.linalg.norm over n
def mae(y, yhat):
    return np.linalg.norm(yhat - y) / y.size

# %% mae_grad: np.where with 1 and 0
def mae_grad(y, yhat):
    return np.where(yhat > y, 1, 0) / y.size

# %% binary_cross_entropy: np.max(z, 0)
def binary_cross_entropy(y, z):
    return np.mean(np.max(z, 0) - y * z + np.log1p(np.exp(-np.abs(z))))

# %% binary_cross_entropy_grad: the chain rule as it stands
def binary_cross_entropy_grad(y, z):
    p = sigmoid(z)
    return (-y / p + (1 - y) / (1 - p)) * p * (1 - p) / y.size

# %% softmax_backward: dP.mean
def softmax_backward(P, dP):
    return P * (dP - dP.mean(axis=1, keepdims=True))

# %% cross_entropy_grad: labels[:, None] subtracted
def cross_entropy_grad(labels, logits):
    P = softmax(logits)
    return (P - labels[:, None]) / len(labels)
