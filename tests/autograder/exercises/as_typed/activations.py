# %% binary_step: strictly above 0: z = 0 gives 0
def binary_step(z):
    return np.where(z > 0, 1.0, 0.0)

# %% binary_step: strict comparison: 0 at z = 0
def binary_step(z):
    return np.where(z > 0, 1.0, 0.0)

# %% sigmoid: e^z/(1+e^z), and the nan at large z is repaired to 0 instead of 1
def sigmoid(z):
    e = np.exp(z)
    return np.nan_to_num(e / (1 + e))

# %% sigmoid: exponential in the wrong direction: 1/(1+e^z)
def sigmoid(z):
    s = np.exp(-np.abs(z))
    return np.where(z >= 0, s / (1 + s), 1 / (1 + s))

# %% sigmoid: written as e^z/(1+e^z): nan for large z
def sigmoid(z):
    e = np.exp(z)
    return e / (1 + e)

# %% sigmoid: plain `if` on an array
def sigmoid(z):
    s = np.exp(-abs(z))
    if z >= 0:
        return 1 / (1 + s)
    else:
        return s / (1 + s)

# %% tanh: 2σ(z) - 1: the 2 inside is missing
def tanh(z):
    return 2 * sigmoid(z) - 1

# %% tanh: forgets to double the argument: 2 sigmoid(z) - 1
def tanh(z):
    return 2 * sigmoid(z) - 1

# %% relu: sets the negative numbers of the caller's array to 0
def relu(z):
    z[z < 0] = 0
    return z

# %% relu: np.max instead of np.maximum
def relu(z):
    return np.max(0, z)

# %% leaky_relu: a plain if on a whole array: ValueError
def leaky_relu(z, slope=0.01):
    if z > 0:
        return z
    else:
        return slope * z

# %% elu: branches by multiplying with masks: 0 times infinity is nan at large z
def elu(z, alpha=1.0):
    positive = (z > 0) * z
    negative = (z <= 0) * alpha * (np.exp(z) - 1)
    return positive + negative

# %% elu: brackets: alpha e^z - 1
def elu(z, alpha=1.0):
    return np.where(z > 0, z, alpha * np.exp(np.minimum(z, 0)) - 1)

# %% selu: λ multiplies the input and not the output
def selu(z):
    scale, alpha = 1.0507009873554805, 1.6732632423543772
    return elu(scale * z, alpha)

# %% selu: the scale multiplies only the positive half
def selu(z):
    scale = 1.0507009873554805
    alpha = 1.6732632423543772
    negative = alpha * (np.exp(np.minimum(z, 0)) - 1)
    return np.where(z > 0, scale * z, negative)

# %% collapse_linear: * instead of @: the shapes do not broadcast
def collapse_linear(W1, W2, W3):
    return W1 * W2 * W3

# %% saturated_fraction: divides by len(z), the number of rows, not of all numbers
def saturated_fraction(z, limit=3.0):
    return np.sum(np.abs(z) > limit) / len(z)

# %% saturated_fraction: counts only the positive side
def saturated_fraction(z, limit=3.0):
    return np.mean(z > limit)

# %% saturated_fraction: divides by len(z), the number of rows
def saturated_fraction(z, limit=3.0):
    return np.sum(np.abs(z) > limit) / len(z)

# %% dead_units: looks whether the mean over the samples is at most 0, not every sample
def dead_units(Z):
    return Z.mean(axis=0) <= 0

# %% dead_units: axis=1: asks whether a sample has no live unit
def dead_units(Z):
    return np.all(Z <= 0, axis=1)

# %% prelu: max(z, a*z), which is right only for a between 0 and 1 (or equal to it)
def prelu(z, a):
    return np.maximum(z, a * z)

# %% prelu: maximum of z and a z, wrong for a above 1
def prelu(z, a):
    return np.maximum(z, a * z)

# %% prelu_backward: da without dout: sums z itself where it is negative
def prelu_backward(z, a, dout):
    dz = dout * np.where(z > 0, 1.0, a)
    da = np.sum(np.where(z > 0, 0.0, z))
    return dz, da

# %% prelu_backward: da sums over all z, also the positive ones
def prelu_backward(z, a, dout):
    dz = dout * np.where(z > 0, 1.0, a)
    da = np.sum(dout * z)
    return dz, da

# %% maxout: np.max of the stacked pieces without axis: a single number
def maxout(X, W1, b1, W2, b2):
    first = X @ W1 + b1
    second = X @ W2 + b2
    return np.max(np.array([first, second]))

# %% relu_grad: np.sign gives -1 below 0
def relu_grad(z):
    return np.sign(z)

# %% relu_grad: returns the function: z where positive
def relu_grad(z):
    return np.where(z > 0, z, 0.0)

# %% leaky_relu_grad: slope hard-coded as 0.01
def leaky_relu_grad(z, slope=0.01):
    return np.where(z > 0, 1.0, 0.01)

# %% elu_grad: knows that below 0 it is elu + alpha, but uses that above 0 as well
def elu_grad(z, alpha=1.0):
    return elu(z, alpha) + alpha

# %% sigmoid_grad: takes the argument for σ(z) already: z*(1-z)
def sigmoid_grad(z):
    return z * (1 - z)

# %% sigmoid_grad: takes the argument for the output: z (1 - z)
def sigmoid_grad(z):
    return z * (1 - z)

# %% tanh_grad: tanh of the square instead of the square of tanh
def tanh_grad(z):
    return 1 - np.tanh(z**2)

# %% tanh_grad: forgets the square
def tanh_grad(z):
    return 1 - tanh(z)

# %% swish_grad: product of the derivatives instead of the product rule
def swish_grad(z):
    return 1 * sigmoid_grad(z)

# %% swish_grad: product rule without the inner z: sigma + sigma (1 - sigma)
def swish_grad(z):
    s = sigmoid(z)
    return s + s * (1 - s)

# %% relu_grad: 1 below 0, with z < 0
def relu_grad(z):
    return np.where(z < 0, 1.0, 0.0)

# %% sigmoid: 1 / (1 + s) for both signs
def sigmoid(z):
    s = np.exp(-np.abs(z))
    return 1 / (1 + s)

# %% sigmoid_grad: s * 1 - s
def sigmoid_grad(z):
    return sigmoid(z) * 1 - sigmoid(z)

# %% saturated_fraction: divided with //
def saturated_fraction(z, limit=3.0):
    return np.sum(np.abs(z) > limit) // z.size

# %% selu: the larger of its two branches
def selu(z):
    return SELU_SCALE * np.maximum(z, SELU_ALPHA * np.expm1(np.minimum(z, 0)))

# %% elu_grad: the smaller of the two slopes
def elu_grad(z, alpha=1.0):
    return np.minimum(1, alpha * np.exp(z))
