# %% conv2d: turns the kernel round by 180 degrees, a mathematician's convolution
def conv2d(X, W, b, stride=1, pad=0):
    n, c, h, w = X.shape
    out, _, kh, kw = W.shape
    P = np.pad(X, ((0, 0), (0, 0), (pad, pad), (pad, pad)))
    K = W[:, :, ::-1, ::-1]
    H = (h + 2 * pad - kh) // stride + 1
    V = (w + 2 * pad - kw) // stride + 1
    Y = np.zeros((n, out, H, V))
    for o in range(out):
        for y in range(H):
            for x in range(V):
                window = P[:, :, y * stride : y * stride + kh, x * stride : x * stride + kw]
                Y[:, o, y, x] = np.sum(window * K[o], axis=(1, 2, 3)) + b[o]
    return Y

# %% conv2d: the window starts at (y, x): the stride counts for the size only
def conv2d(X, W, b, stride=1, pad=0):
    n, c, h, w = X.shape
    out, _, kh, kw = W.shape
    P = np.pad(X, [(0, 0), (0, 0), (pad, pad), (pad, pad)])
    rows = (h + 2 * pad - kh) // stride + 1
    cols = (w + 2 * pad - kw) // stride + 1
    Y = np.zeros((n, out, rows, cols))
    for i in range(n):
        for o in range(out):
            for y in range(rows):
                for x in range(cols):
                    Y[i, o, y, x] = (P[i, :, y : y + kh, x : x + kw] * W[o]).sum() + b[o]
    return Y

# %% conv2d: / instead of // in the size: range() of a float, TypeError
def conv2d(X, W, b, stride=1, pad=0):
    n, c, h, w = X.shape
    out, _, kh, kw = W.shape
    P = np.pad(X, ((0, 0), (0, 0), (pad, pad), (pad, pad)))
    H = (h + 2 * pad - kh) / stride + 1
    V = (w + 2 * pad - kw) / stride + 1
    Y = np.zeros((n, out, H, V))
    for i in range(n):
        for o in range(out):
            for y in range(H):
                for x in range(V):
                    s = stride
                    Y[i, o, y, x] = np.sum(P[i, :, s*y:s*y+kh, s*x:s*x+kw] * W[o]) + b[o]
    return Y

# %% conv2d: pads all four axes, samples and channels included
def conv2d(X, W, b, stride=1, pad=0):
    P = np.pad(X, pad)
    n, c, h, w = P.shape
    out, channels, kh, kw = W.shape
    H = (h - kh) // stride + 1
    V = (w - kw) // stride + 1
    Y = np.zeros((n, out, H, V))
    for i in range(n):
        for o in range(out):
            for y in range(H):
                for x in range(V):
                    window = P[i, :channels, y*stride:y*stride+kh, x*stride:x*stride+kw]
                    Y[i, o, y, x] = (window * W[o]).sum() + b[o]
    return Y

# %% conv2d: sliding windows and einsum, but the last possible place is cut off when the stride is above 1 (stop one too early)
def conv2d(X, W, b, stride=1, pad=0):
    kh, kw = W.shape[2:]
    P = np.pad(X, ((0, 0), (0, 0), (pad, pad), (pad, pad)))
    windows = np.lib.stride_tricks.sliding_window_view(P, (kh, kw), axis=(2, 3))
    if stride > 1:
        windows = windows[:, :, : windows.shape[2] - 1 : stride, : windows.shape[3] - 1 : stride]
    return np.einsum("ncyxij,ocij->noyx", windows, W) + b[None, :, None, None]

# %% conv2d: true mathematical convolution: the kernel is flipped
def conv2d(X, W, b, stride=1, pad=0):
    W = W[:, :, ::-1, ::-1]
    P = np.pad(X, ((0, 0), (0, 0), (pad, pad), (pad, pad)))
    n, c, h, w = P.shape
    o, _, kh, kw = W.shape
    H = (h - kh) // stride + 1
    V = (w - kw) // stride + 1
    Y = np.zeros((n, o, H, V))
    for y in range(H):
        for x in range(V):
            window = P[:, :, y * stride:y * stride + kh, x * stride:x * stride + kw]
            Y[:, :, y, x] = np.einsum("ncij,ocij->no", window, W) + b
    return Y

# %% conv2d: stride counts in the output size, but windows still start at y, x
def conv2d(X, W, b, stride=1, pad=0):
    P = np.pad(X, ((0, 0), (0, 0), (pad, pad), (pad, pad)))
    n, c, h, w = P.shape
    out, c, kh, kw = W.shape
    oh = (h - kh) // stride + 1
    ow = (w - kw) // stride + 1
    Y = np.zeros((n, out, oh, ow))
    for i in range(n):
        for o in range(out):
            for y in range(oh):
                for x in range(ow):
                    Y[i, o, y, x] = np.sum(P[i, :, y:y + kh, x:x + kw] * W[o]) + b[o]
    return Y

# %% conv2d: output size without padding: (h - k) // stride + 1 of the unpadded image
def conv2d(X, W, b, stride=1, pad=0):
    n, c, h, w = X.shape
    out, _, kh, kw = W.shape
    P = np.pad(X, ((0, 0), (0, 0), (pad, pad), (pad, pad)))
    down = (h - kh) // stride + 1
    across = (w - kw) // stride + 1
    Y = np.zeros((n, out, down, across))
    for y in range(down):
        for x in range(across):
            win = P[:, :, stride * y:stride * y + kh, stride * x:stride * x + kw]
            Y[:, :, y, x] = np.tensordot(win, W, axes=([1, 2, 3], [1, 2, 3])) + b
    return Y

# %% conv2d: forgets the bias
def conv2d(X, W, b, stride=1, pad=0):
    P = np.pad(X, ((0, 0), (0, 0), (pad, pad), (pad, pad)))
    kh, kw = W.shape[2:]
    windows = np.lib.stride_tricks.sliding_window_view(P, (kh, kw), axis=(2, 3))
    windows = windows[:, :, ::stride, ::stride]
    return np.einsum("ncyxij,ocij->noyx", windows, W)

# %% conv2d: np.pad(X, pad) pads also samples and channels
def conv2d(X, W, b, stride=1, pad=0):
    P = np.pad(X, pad)
    n, c, h, w = P.shape
    o, ci, kh, kw = W.shape
    rows = (h - kh) // stride + 1
    cols = (w - kw) // stride + 1
    Y = np.zeros((n, o, rows, cols))
    for y in range(rows):
        for x in range(cols):
            win = P[:, :, y * stride:y * stride + kh, x * stride:x * stride + kw]
            for k in range(o):
                Y[:, k, y, x] = (win * W[k]).sum(axis=(1, 2, 3)) + b[k]
    return Y

# %% conv2d_backward: = instead of += in dP: where windows overlap the last one wins
def conv2d_backward(dout, X, W, stride=1, pad=0):
    n, out, H, V = dout.shape
    _, _, kh, kw = W.shape
    P = np.pad(X, ((0, 0), (0, 0), (pad, pad), (pad, pad)))
    dP, dW = np.zeros_like(P), np.zeros_like(W)
    for i in range(n):
        for o in range(out):
            for y in range(H):
                for x in range(V):
                    a, b = y * stride, x * stride
                    dP[i, :, a : a + kh, b : b + kw] = dout[i, o, y, x] * W[o]
                    dW[o] += dout[i, o, y, x] * P[i, :, a : a + kh, b : b + kw]
    db = dout.sum(axis=(0, 2, 3))
    dX = dP[:, :, pad : pad + X.shape[2], pad : pad + X.shape[3]]
    return dX, dW, db

# %% conv2d_backward: cuts the frame off with pad:-pad, which is empty for pad = 0
def conv2d_backward(dout, X, W, stride=1, pad=0):
    n, out, H, V = dout.shape
    kh, kw = W.shape[2], W.shape[3]
    P = np.pad(X, ((0, 0), (0, 0), (pad, pad), (pad, pad)))
    dP = np.zeros(P.shape)
    dW = np.zeros(W.shape)
    for y in range(H):
        for x in range(V):
            r, s = y * stride, x * stride
            for i in range(n):
                for o in range(out):
                    dP[i, :, r:r+kh, s:s+kw] += dout[i, o, y, x] * W[o]
                    dW[o] += dout[i, o, y, x] * P[i, :, r:r+kh, s:s+kw]
    return dP[:, :, pad:-pad, pad:-pad], dW, dout.sum(axis=(0, 2, 3))

# %% conv2d_backward: db is not summed over the samples but averaged
def conv2d_backward(dout, X, W, stride=1, pad=0):
    n, out, H, V = dout.shape
    _, _, kh, kw = W.shape
    h, w = X.shape[2:]
    P = np.pad(X, ((0, 0), (0, 0), (pad, pad), (pad, pad)))
    dP, dW = np.zeros_like(P), np.zeros_like(W)
    for y in range(H):
        for x in range(V):
            rows = slice(y * stride, y * stride + kh)
            cols = slice(x * stride, x * stride + kw)
            dP[:, :, rows, cols] += np.einsum("no,ocij->ncij", dout[:, :, y, x], W)
            dW += np.einsum("no,ncij->ocij", dout[:, :, y, x], P[:, :, rows, cols])
    db = dout.sum(axis=(2, 3)).mean(axis=0)
    return dP[:, :, pad : pad + h, pad : pad + w], dW, db

# %% conv2d_backward: dW reads the windows of X without its padding
def conv2d_backward(dout, X, W, stride=1, pad=0):
    n, out, H, V = dout.shape
    c, kh, kw = W.shape[1:]
    h, w = X.shape[2:]
    dP = np.zeros((n, c, h + 2 * pad, w + 2 * pad))
    dW = np.zeros_like(W)
    for i in range(n):
        for o in range(out):
            for y in range(H):
                for x in range(V):
                    g = dout[i, o, y, x]
                    top, left = y * stride, x * stride
                    dP[i, :, top:top+kh, left:left+kw] += g * W[o]
                    window = X[i, :, top:top+kh, left:left+kw]
                    dW[o, :, :window.shape[1], :window.shape[2]] += g * window
    dX = dP[:, :, pad:pad+h, pad:pad+w]
    return dX, dW, dout.sum(axis=(0, 2, 3))

# %% conv2d_backward: dP assigned with = instead of +=
def conv2d_backward(dout, X, W, stride=1, pad=0):
    P = np.pad(X, ((0, 0), (0, 0), (pad, pad), (pad, pad)))
    dP = np.zeros_like(P)
    dW = np.zeros_like(W)
    kh, kw = W.shape[2:]
    n, o, rows, cols = dout.shape
    for y in range(rows):
        for x in range(cols):
            ys = slice(y * stride, y * stride + kh)
            xs = slice(x * stride, x * stride + kw)
            d = dout[:, :, y, x]
            dP[:, :, ys, xs] = np.einsum("no,ocij->ncij", d, W)
            dW += np.einsum("no,ncij->ocij", d, P[:, :, ys, xs])
    db = dout.sum(axis=(0, 2, 3))
    dX = dP[:, :, pad:P.shape[2] - pad, pad:P.shape[3] - pad]
    return dX, dW, db

# %% conv2d_backward: padding is not cut off from dX
def conv2d_backward(dout, X, W, stride=1, pad=0):
    P = np.pad(X, ((0, 0), (0, 0), (pad, pad), (pad, pad)))
    dP, dW = np.zeros_like(P), np.zeros_like(W)
    kh, kw = W.shape[2], W.shape[3]
    for y in range(dout.shape[2]):
        for x in range(dout.shape[3]):
            a, c = y * stride, x * stride
            d = dout[:, :, y, x]
            dP[:, :, a:a + kh, c:c + kw] += np.tensordot(d, W, axes=(1, 0))
            dW += np.tensordot(d, P[:, :, a:a + kh, c:c + kw], axes=(0, 0))
    return dP, dW, dout.sum(axis=(0, 2, 3))

# %% conv2d_backward: db sums over the places only, keeps the samples
def conv2d_backward(dout, X, W, stride=1, pad=0):
    P = np.pad(X, ((0, 0), (0, 0), (pad, pad), (pad, pad)))
    dP, dW = np.zeros_like(P), np.zeros_like(W)
    kh, kw = W.shape[2:]
    h, w = X.shape[2:]
    for y in range(dout.shape[2]):
        for x in range(dout.shape[3]):
            rows, cols = slice(y * stride, y * stride + kh), slice(x * stride, x * stride + kw)
            d = dout[:, :, y, x]
            dP[:, :, rows, cols] += np.einsum("no,ocij->ncij", d, W)
            dW += np.einsum("no,ncij->ocij", d, P[:, :, rows, cols])
    db = dout.sum(axis=(2, 3))
    return dP[:, :, pad:pad + h, pad:pad + w], dW, db

# %% conv2d_backward: dW is averaged over the samples (divided by n); slow loops, with an if for pad 0
def conv2d_backward(dout, X, W, stride=1, pad=0):
    P = np.pad(X, ((0, 0), (0, 0), (pad, pad), (pad, pad)))
    dP, dW = np.zeros_like(P), np.zeros_like(W)
    n, o, H, V = dout.shape
    kh, kw = W.shape[2:]
    for i in range(n):
        for k in range(o):
            for y in range(H):
                for x in range(V):
                    r, c = y * stride, x * stride
                    dP[i, :, r:r + kh, c:c + kw] += dout[i, k, y, x] * W[k]
                    dW[k] += dout[i, k, y, x] * P[i, :, r:r + kh, c:c + kw] / n
    dX = dP if pad == 0 else dP[:, :, pad:-pad, pad:-pad]
    return dX, dW, dout.sum(axis=(0, 2, 3))

# %% max_pool2d: starts from zeros and keeps the larger: squares of negative numbers give 0
def max_pool2d(X, size):
    n, c, h, w = X.shape
    out = np.zeros((n, c, h // size, w // size))
    for y in range(h // size):
        for x in range(w // size):
            for i in range(size):
                for j in range(size):
                    out[:, :, y, x] = np.maximum(out[:, :, y, x], X[:, :, y * size + i, x * size + j])
    return out

# %% max_pool2d: reshape to (squares, squares, size, size): the numbers of one square are not together there
def max_pool2d(X, size):
    n, c, h, w = X.shape
    H, V = h // size, w // size
    cut = X[:, :, : H * size, : V * size]
    return cut.reshape(n, c, H, V, size, size).max(axis=(4, 5))

# %% max_pool2d: windows move by 1, not by size
def max_pool2d(X, size):
    n, c, h, w = X.shape
    out = np.zeros((n, c, h // size, w // size))
    for y in range(h // size):
        for x in range(w // size):
            out[:, :, y, x] = X[:, :, y:y + size, x:x + size].max(axis=(2, 3))
    return out

# %% max_pool2d: maximum also over the channels
def max_pool2d(X, size):
    n, c, h, w = X.shape
    out = np.zeros((n, c, h // size, w // size))
    for y in range(h // size):
        for x in range(w // size):
            square = X[:, :, y * size:(y + 1) * size, x * size:(x + 1) * size]
            out[:, :, y, x] = square.reshape(n, -1).max(axis=1, keepdims=True)
    return out

# %% max_pool2d: output starts at 0 and takes maximum with it: negative numbers become 0
def max_pool2d(X, size):
    n, c, h, w = X.shape
    H, V = h // size, w // size
    out = np.zeros((n, c, H, V))
    for i in range(size):
        for j in range(size):
            out = np.maximum(out, X[:, :, i:H * size:size, j:V * size:size])
    return out

# %% avg_pool2d: divides the sum by size instead of size squared
def avg_pool2d(X, size):
    n, c, h, w = X.shape
    out = np.zeros((n, c, h // size, w // size))
    for y in range(out.shape[2]):
        for x in range(out.shape[3]):
            square = X[:, :, y * size : (y + 1) * size, x * size : (x + 1) * size]
            out[:, :, y, x] = square.sum(axis=(2, 3)) / size
    return out

# %% avg_pool2d: reshape without dropping the left-over rows: raises when size does not divide
def avg_pool2d(X, size):
    n, c, h, w = X.shape
    return X.reshape(n, c, h // size, size, w // size, size).mean(axis=(3, 5))

# %% avg_pool2d: divides the sum by size instead of size squared (2)
def avg_pool2d(X, size):
    n, c, h, w = X.shape
    out = np.zeros((n, c, h // size, w // size))
    for y in range(h // size):
        for x in range(w // size):
            out[:, :, y, x] = X[:, :, y * size:(y + 1) * size, x * size:(x + 1) * size].sum(axis=(2, 3)) / size
    return out

# %% global_avg_pool: keepdims: (n, channels, 1, 1) instead of (n, channels)
def global_avg_pool(X):
    return X.mean(axis=(2, 3), keepdims=True)

# %% global_avg_pool: averages over the channels as well
def global_avg_pool(X):
    return X.mean(axis=(1, 2, 3))

# %% lstm_step: what is shown is computed from the old memory
from reference_impl.activations import sigmoid

def lstm_step(x, h, c, Wx, Wh, b):
    a_i, a_f, a_g, a_o = np.split(x @ Wx + h @ Wh + b, 4, axis=1)
    i, f, o = sigmoid(a_i), sigmoid(a_f), sigmoid(a_o)
    g = np.tanh(a_g)
    h_new = o * np.tanh(c)
    c_new = f * c + i * g
    return h_new, c_new

# %% lstm_step: blocks in the order i, f, o, g
from reference_impl.activations import sigmoid

def lstm_step(x, h, c, Wx, Wh, b):
    u = h.shape[1]
    a = x @ Wx + h @ Wh + b
    i = sigmoid(a[:, :u])
    f = sigmoid(a[:, u : 2 * u])
    o = sigmoid(a[:, 2 * u : 3 * u])
    g = np.tanh(a[:, 3 * u :])
    c = f * c + i * g
    return o * np.tanh(c), c

# %% lstm_step: one gate too few: new content with 1-f in place of the input gate, as in a GRU
from reference_impl.activations import sigmoid

def lstm_step(x, h, c, Wx, Wh, b):
    i, f, g, o = np.split(x @ Wx + h @ Wh + b, 4, axis=1)
    f, o, g = sigmoid(f), sigmoid(o), np.tanh(g)
    c_next = f * c + (1 - f) * g
    h_next = o * np.tanh(c_next)
    return h_next, c_next

# %% lstm_step: returns (c, h): the order of the results is exchanged
from reference_impl.activations import sigmoid

def lstm_step(x, h, c, Wx, Wh, b):
    gates = x @ Wx + h @ Wh + b
    ai, af, ag, ao = np.split(gates, 4, axis=1)
    c = sigmoid(af) * c + sigmoid(ai) * np.tanh(ag)
    h = sigmoid(ao) * np.tanh(c)
    return c, h

# %% lstm_step: splits the blocks as i, f, o, g: output gate and new content swapped
def lstm_step(x, h, c, Wx, Wh, b):
    a = x @ Wx + h @ Wh + b
    ai, af, ao, ag = np.split(a, 4, axis=1)
    i, f, o = sigmoid(ai), sigmoid(af), sigmoid(ao)
    g = np.tanh(ag)
    c = f * c + i * g
    h = o * np.tanh(c)
    return h, c

# %% lstm_step: shows the old memory: h' = o tanh(c)
def lstm_step(x, h, c, Wx, Wh, b):
    u = h.shape[1]
    z = x @ Wx + h @ Wh + b
    i = sigmoid(z[:, :u])
    f = sigmoid(z[:, u:2 * u])
    g = np.tanh(z[:, 2 * u:3 * u])
    o = sigmoid(z[:, 3 * u:])
    c_new = f * c + i * g
    h_new = o * np.tanh(c)
    return h_new, c_new

# %% lstm_step: no tanh around the memory when it is shown
def lstm_step(x, h, c, Wx, Wh, b):
    a = x @ Wx + h @ Wh + b
    a_i, a_f, a_g, a_o = np.split(a, 4, axis=1)
    c = sigmoid(a_f) * c + sigmoid(a_i) * np.tanh(a_g)
    return sigmoid(a_o) * c, c

# %% gru_step: z and 1-z exchanged in the mix
from reference_impl.activations import sigmoid

def gru_step(x, h, Wx, Wh, b):
    xr, xz, xn = np.split(x @ Wx + b, 3, axis=1)
    hr, hz, hn = np.split(h @ Wh, 3, axis=1)
    r = sigmoid(xr + hr)
    z = sigmoid(xz + hz)
    n = np.tanh(xn + r * hn)
    return z * n + (1 - z) * h

# %% gru_step: the original paper's place of r: (r*h) @ W_hn
from reference_impl.activations import sigmoid

def gru_step(x, h, Wx, Wh, b):
    u = h.shape[1]
    r = sigmoid(x @ Wx[:, :u] + h @ Wh[:, :u] + b[:u])
    z = sigmoid(x @ Wx[:, u:2*u] + h @ Wh[:, u:2*u] + b[u:2*u])
    n = np.tanh(x @ Wx[:, 2*u:] + b[2*u:] + (r * h) @ Wh[:, 2*u:])
    return (1 - z) * n + z * h

# %% gru_step: np.split without axis=1 cuts the samples apart: ValueError
from reference_impl.activations import sigmoid

def gru_step(x, h, Wx, Wh, b):
    xr, xz, xn = np.split(x @ Wx + b, 3)
    hr, hz, hn = np.split(h @ Wh, 3)
    r, z = sigmoid(xr + hr), sigmoid(xz + hz)
    n = np.tanh(xn + r * hn)
    return (1 - z) * n + z * h

# %% gru_step: z and 1-z swapped
def gru_step(x, h, Wx, Wh, b):
    xr, xz, xn = np.split(x @ Wx + b, 3, axis=1)
    hr, hz, hn = np.split(h @ Wh, 3, axis=1)
    r = sigmoid(xr + hr)
    z = sigmoid(xz + hz)
    n = np.tanh(xn + r * hn)
    return z * n + (1 - z) * h

# %% gru_step: r multiplies h before the product, as in the original paper
def gru_step(x, h, Wx, Wh, b):
    u = h.shape[1]
    r = sigmoid(x @ Wx[:, :u] + h @ Wh[:, :u] + b[:u])
    z = sigmoid(x @ Wx[:, u:2 * u] + h @ Wh[:, u:2 * u] + b[u:2 * u])
    n = np.tanh(x @ Wx[:, 2 * u:] + (r * h) @ Wh[:, 2 * u:] + b[2 * u:])
    return (1 - z) * n + z * h

# %% conv2d: np.pad(X, pad), and loops over the samples of X
def conv2d(X, W, b, stride=1, pad=0):
    Xp = np.pad(X, pad)
    n, out = len(X), len(W)
    kh, kw = W.shape[2:]
    H = (Xp.shape[2] - kh) // stride + 1
    Wd = (Xp.shape[3] - kw) // stride + 1
    Y = np.zeros((n, out, H, Wd))
    for i in range(n):
        for o in range(out):
            for y in range(H):
                for x in range(Wd):
                    window = Xp[i, :, y * stride:y * stride + kh, x * stride:x * stride + kw]
                    Y[i, o, y, x] = (window * W[o]).sum() + b[o]
    return Y

# %% conv2d: bias inside the sum
def conv2d(X, W, b, stride=1, pad=0):
    Xp = np.pad(X, ((0, 0), (0, 0), (pad, pad), (pad, pad)))
    n, out = len(X), len(W)
    kh, kw = W.shape[2:]
    H = (Xp.shape[2] - kh) // stride + 1
    Wd = (Xp.shape[3] - kw) // stride + 1
    Y = np.zeros((n, out, H, Wd))
    for i in range(n):
        for o in range(out):
            for y in range(H):
                for x in range(Wd):
                    window = Xp[i, :, y * stride:y * stride + kh, x * stride:x * stride + kw]
                    Y[i, o, y, x] = (window * W[o] + b[o]).sum()
    return Y

# %% conv2d: the number of places rounded up
def conv2d(X, W, b, stride=1, pad=0):
    Xp = np.pad(X, ((0, 0), (0, 0), (pad, pad), (pad, pad)))
    n, out = len(X), len(W)
    kh, kw = W.shape[2:]
    H = -(-(Xp.shape[2] - kh) // stride) + 1
    Wd = -(-(Xp.shape[3] - kw) // stride) + 1
    Y = np.zeros((n, out, H, Wd))
    for i in range(n):
        for o in range(out):
            for y in range(H):
                for x in range(Wd):
                    window = Xp[i, :, y * stride:y * stride + kh, x * stride:x * stride + kw]
                    Y[i, o, y, x] = (window * W[o]).sum() + b[o]
    return Y

# %% conv2d: channels last
def conv2d(X, W, b, stride=1, pad=0):
    Xp = np.pad(X, ((0, 0), (0, 0), (pad, pad), (pad, pad)))
    n, out = len(X), len(W)
    kh, kw = W.shape[2:]
    H = (Xp.shape[2] - kh) // stride + 1
    Wd = (Xp.shape[3] - kw) // stride + 1
    Y = np.zeros((n, H, Wd, out))
    for i in range(n):
        for o in range(out):
            for y in range(H):
                for x in range(Wd):
                    window = Xp[i, :, y * stride:y * stride + kh, x * stride:x * stride + kw]
                    Y[i, y, x, o] = (window * W[o]).sum() + b[o]
    return Y

# %% conv2d_backward: = for += in dX, in four loops
def conv2d_backward(dout, X, W, stride=1, pad=0):
    P = np.pad(X, ((0, 0), (0, 0), (pad, pad), (pad, pad)))
    dP, dW = np.zeros(P.shape), np.zeros(W.shape)
    db = dout.sum(axis=(0, 2, 3))
    kh, kw = W.shape[2:]
    for i, o, y, x in np.ndindex(dout.shape):
        d = dout[i, o, y, x]
        r, c = y * stride, x * stride
        dP[i, :, r:r + kh, c:c + kw] = d * W[o]
        dW[o] += d * P[i, :, r:r + kh, c:c + kw]
    dX = dP[:, :, pad:pad + X.shape[2], pad:pad + X.shape[3]]
    return dX, dW, db

# %% conv2d_backward: db not summed over the samples
def conv2d_backward(dout, X, W, stride=1, pad=0):
    P = np.pad(X, ((0, 0), (0, 0), (pad, pad), (pad, pad)))
    dP, dW = np.zeros(P.shape), np.zeros(W.shape)
    db = dout.sum(axis=(2, 3))
    kh, kw = W.shape[2:]
    for i, o, y, x in np.ndindex(dout.shape):
        d = dout[i, o, y, x]
        r, c = y * stride, x * stride
        dP[i, :, r:r + kh, c:c + kw] += d * W[o]
        dW[o] += d * P[i, :, r:r + kh, c:c + kw]
    dX = dP[:, :, pad:pad + X.shape[2], pad:pad + X.shape[3]]
    return dX, dW, db

# %% conv2d_backward: = for += in dW, in four loops
def conv2d_backward(dout, X, W, stride=1, pad=0):
    P = np.pad(X, ((0, 0), (0, 0), (pad, pad), (pad, pad)))
    dP, dW = np.zeros(P.shape), np.zeros(W.shape)
    db = dout.sum(axis=(0, 2, 3))
    kh, kw = W.shape[2:]
    for i, o, y, x in np.ndindex(dout.shape):
        d = dout[i, o, y, x]
        r, c = y * stride, x * stride
        dP[i, :, r:r + kh, c:c + kw] += d * W[o]
        dW[o] = d * P[i, :, r:r + kh, c:c + kw]
    dX = dP[:, :, pad:pad + X.shape[2], pad:pad + X.shape[3]]
    return dX, dW, db

# %% conv2d_backward: returns dX alone
def conv2d_backward(dout, X, W, stride=1, pad=0):
    P = np.pad(X, ((0, 0), (0, 0), (pad, pad), (pad, pad)))
    dP, dW = np.zeros(P.shape), np.zeros(W.shape)
    db = dout.sum(axis=(0, 2, 3))
    kh, kw = W.shape[2:]
    for i, o, y, x in np.ndindex(dout.shape):
        d = dout[i, o, y, x]
        r, c = y * stride, x * stride
        dP[i, :, r:r + kh, c:c + kw] += d * W[o]
        dW[o] += d * P[i, :, r:r + kh, c:c + kw]
    dX = dP[:, :, pad:pad + X.shape[2], pad:pad + X.shape[3]]
    return dX

# %% max_pool2d_backward: y + row and x + column
def max_pool2d_backward(dout, X, size):
    dX = np.zeros(X.shape)
    for n, c, y, x in np.ndindex(dout.shape):
        q = X[n, c, y * size:(y + 1) * size, x * size:(x + 1) * size]
        i, j = divmod(np.argmax(q), size)
        dX[n, c, y + i, x + j] += dout[n, c, y, x]
    return dX

# %% global_avg_pool: X.mean()
def global_avg_pool(X):
    return X.mean()

# %% global_avg_pool: mean over the channels
def global_avg_pool(X):
    return X.mean(axis=1)

# %% global_avg_pool: mean over the rows only
def global_avg_pool(X):
    return X.mean(axis=2)
